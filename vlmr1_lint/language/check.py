"""Which expressions make sense: the check of a tree against the fact schema, at load.

``None`` is followed: what may be None can be compared for equality and asked for with ``is None``, but ordered or computed with
only where a guard has shown that it is not (``x is not None and x > 3``, ``x if x is not None else 0``).
"""

from __future__ import annotations

from vlmr1_lint.language.errors import ExpressionError, suggest, unpack
from vlmr1_lint.language.trees import chain, parts
from vlmr1_lint.language.types import (
    ANY,
    BOOL,
    FLOAT,
    INT,
    NONE,
    STR,
    ListOf,
    MappingOf,
    Object,
    Optional,
    Section,
    Type,
    accepts,
    holds_objects,
    join,
    present,
    type_of,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeAlias

    from vlmr1_lint.language.trees import Tree
    from vlmr1_lint.language.types import Chain, Function, Schema

    Guarded: TypeAlias = frozenset[Chain]

__all__ = ["called", "check", "guards", "resolve"]


def check(tree: Tree, schema: Schema, guarded: Guarded = frozenset()) -> Type:
    """The type of *tree* under *schema*, where the chains in *guarded* are known not to be None.

    Raises `ExpressionError` for unknown names, attributes and functions, wrong types, and ordering or arithmetic with None.
    """
    return _Checker(schema).type(tree, guarded)


def guards(tree: Tree, holds: bool = True) -> frozenset[Chain]:
    """The chains that cannot be None when *tree* is true (or, with ``holds=False``, when it is false)."""
    kind = tree[0]
    if kind == "not":
        return guards(tree[1], not holds)
    if kind in ("and", "or"):
        each = [guards(part, holds) for part in tree[1]]
        return frozenset[tuple[str, ...]]().union(*each) if (kind == "and") == holds else each[0].intersection(*each[1:])
    if kind == "compare":
        found: set[Chain] = set()
        left = tree[1]
        if not holds and len(tree[2]) > 1:
            return frozenset()
        for sign, right in tree[2]:
            found.update(_compared(left, sign, right, holds))
            left = right
        return frozenset(found)
    own = chain(tree)
    return frozenset((own,)) if own is not None and holds else frozenset()


def _compared(left: Tree, sign: str, right: Tree, holds: bool) -> set[Chain]:
    """Chains shown not to be None by ``left sign right`` being *holds*."""
    none_left, none_right = left[:2] == ("const", None), right[:2] == ("const", None)
    found = set()
    if none_left or none_right:
        if (sign in ("is not", "!=")) == holds and sign in ("is", "is not", "==", "!="):
            found = {chain(right if none_left else left)}
    elif holds and sign == "==":
        found = {chain(a) for a, b in ((left, right), (right, left)) if b[0] == "const"}
    elif holds and sign == "in" and right[0] == "list":
        found = {chain(left)} if all(item[0] == "const" and item[1] is not None for item in right[1]) else set()
    elif holds and sign == "in" and right[0] == "mapping":
        found = {chain(left)}
    elif holds and sign in ("<", "<=", ">", ">="):
        found = {chain(left), chain(right)}
    return {own for own in found if own is not None}


class _Checker:
    def __init__(self, schema: Schema) -> None:
        self.schema = schema

    def type(self, tree: Tree, guarded: Guarded) -> Type:
        kind: Type = getattr(self, f"type_{tree[0]}")(tree, guarded)
        if isinstance(kind, Optional) and chain(tree) in guarded:
            return kind.item
        return kind

    def fail(self, tree: Tree, message: str) -> ExpressionError:
        return ExpressionError(*unpack(tree[-1]), message)

    def type_const(self, tree: Tree, _: Guarded) -> Type:
        return type_of(tree[1])

    def type_name(self, tree: Tree, _: Guarded) -> Type:
        found = self.schema.names.get(tree[1])
        if found is None:
            raise self.fail(tree, f"unknown name {tree[1]!r}{suggest(tree[1], self.schema.names)}")
        return found

    def type_attr(self, tree: Tree, guarded: Guarded) -> Type:
        return self.attribute(tree, self.type(tree[1], guarded), tree[2])

    def attribute(self, tree: Tree, owner: Type, name: str) -> Type:
        """The type of ``owner.name``. An absent owner gives None (``deepspeed.optimizer.type`` without an optimizer)."""
        if isinstance(owner, Optional):
            inner = self.attribute(tree, owner.item, name)
            return inner if inner == ANY or isinstance(inner, Optional) else Optional(inner)
        if owner == ANY:
            return ANY
        if not isinstance(owner, Object):
            raise self.fail(tree, f"{owner} has no attribute {name!r}")
        found = owner.attribute(name)
        if found is None:
            raise self.fail(tree, f"{owner} has no attribute {name!r}{suggest(name, owner.names())}")
        return found

    def type_index(self, tree: Tree, guarded: Guarded) -> Type:
        owner, key = self.type(tree[1], guarded), self.type(tree[2], guarded)
        if isinstance(present(owner), Object) and tree[2][0] == "const" and isinstance(tree[2][1], str):
            return self.attribute(tree, owner, tree[2][1])
        if owner == ANY:
            return ANY
        if isinstance(owner, ListOf) and accepts(INT, key):
            return owner.item
        if isinstance(owner, MappingOf) and accepts(owner.key, present(key)):
            return Optional(present(owner.item)) if owner.item != ANY else ANY
        if isinstance(present(owner), Section) and accepts(STR, present(key)):
            return ANY
        raise self.fail(tree, f"{owner} cannot be indexed with {key}")

    def type_list(self, tree: Tree, guarded: Guarded) -> Type:
        return ListOf(self.joined(tree, [self.type(item, guarded) for item in tree[1]]))

    def type_mapping(self, tree: Tree, guarded: Guarded) -> Type:
        keys = [type_of(key) for key, _ in tree[1]]
        if len(set(keys)) > 1:
            raise self.fail(tree, "the keys of a mapping are all strings or all integers")
        return MappingOf(keys[0] if keys else ANY, self.joined(tree, [self.type(part, guarded) for _, part in tree[1]]))

    def joined(self, tree: Tree, kinds: list[Type]) -> Type:
        """The type of all of *kinds*. Objects of ours keep theirs: as ANY they would have attributes that no schema knows."""
        found = kinds[0] if kinds else ANY
        for kind in kinds[1:]:
            both = join(found, kind)
            if not holds_objects(both) and (holds_objects(found) or holds_objects(kind)):
                raise self.fail(tree, f"{found} and {kind} cannot stand for each other")
            found = both
        return found

    def type_and(self, tree: Tree, guarded: Guarded) -> Type:
        return self.logic(tree, guarded, "and")

    def type_or(self, tree: Tree, guarded: Guarded) -> Type:
        return self.logic(tree, guarded, "or")

    def logic(self, tree: Tree, guarded: Guarded, word: str) -> Type:
        wrong: list[ExpressionError] = []
        for part in tree[1]:
            try:
                self.truth(part, guarded, f"`{word}`")
            except ExpressionError as error:
                wrong += [error, *error.others]
            guarded |= guards(part, word == "and")
        if wrong:
            first, *others = wrong
            raise ExpressionError(first.line, first.column, first.message, tuple(others))
        return BOOL

    def truth(self, tree: Tree, guarded: Guarded, asker: str) -> None:
        kind = self.type(tree, guarded)
        if accepts(BOOL, kind):
            return
        if isinstance(kind, Optional) and accepts(BOOL, kind.item):
            raise self.fail(tree, f"{asker} needs bool, this may be None: write `== true`")
        raise self.fail(tree, f"{asker} needs bool, not {kind}: write a comparison")

    def type_not(self, tree: Tree, guarded: Guarded) -> Type:
        self.truth(tree[1], guarded, "`not`")
        return BOOL

    def type_if(self, tree: Tree, guarded: Guarded) -> Type:
        self.truth(tree[1], guarded, "`if`")
        then = self.type(tree[2], guarded | guards(tree[1]))
        return self.joined(tree, [then, self.type(tree[3], guarded | guards(tree[1], holds=False))])

    def number(self, tree: Tree, guarded: Guarded, sign: str) -> Type:
        kind = self.type(tree, guarded)
        if isinstance(kind, Optional):
            raise self.fail(tree, f"{_text(tree)} may be None: guard it (`x is not None and …`) before `{sign}`")
        if not accepts(FLOAT, kind):
            raise self.fail(tree, f"`{sign}` needs numbers, not {kind}")
        return kind

    def type_negate(self, tree: Tree, guarded: Guarded) -> Type:
        return self.number(tree[1], guarded, "-")

    def type_arithmetic(self, tree: Tree, guarded: Guarded) -> Type:
        sign, left, right = tree[1], tree[2], tree[3]
        if sign == "*":
            for part in (left, right):
                if self.type(part, guarded) == STR or isinstance(self.type(part, guarded), ListOf):
                    raise self.fail(tree, "repeating a string or list is not part of the rule language")
        if sign == "+" and self.type(left, guarded) == STR:
            if accepts(STR, kind := self.type(right, guarded)):
                return STR
            raise self.fail(tree, f"`+` cannot join str and {kind}")
        one, other = self.number(left, guarded, sign), self.number(right, guarded, sign)
        if sign in ("/", "//", "%") and right[0] == "const" and right[1] == 0:
            raise self.fail(tree, "division by zero")
        if ANY in (one, other):
            return ANY
        return FLOAT if sign == "/" or FLOAT in (one, other) else INT

    def type_compare(self, tree: Tree, guarded: Guarded) -> Type:
        left = tree[1]
        for sign, right in tree[2]:
            if sign in ("in", "not in"):
                self.membership(tree, self.type(left, guarded), sign, self.type(right, guarded))
            elif sign in ("==", "!="):
                self.equality(tree, left, self.type(left, guarded), right, self.type(right, guarded))
            elif sign not in ("is", "is not"):
                self.ordering(left, sign, right, guarded)
            else:
                self.type(left, guarded)
            guarded |= _compared(left, sign, right, holds=True)  # a chain goes on only while it holds
            left = right
        return BOOL

    def membership(self, tree: Tree, item: Type, sign: str, owner: Type) -> None:
        if owner == ANY or (owner == STR and accepts(STR, item)):
            return
        if isinstance(owner, Optional):
            raise self.fail(tree, f"`{sign}`: the right side may be None: guard it (`x is not None and …`)")
        if isinstance(owner, MappingOf):
            if not accepts(owner.key, present(item)) and item != NONE:
                raise self.fail(tree, f"{item} is never `in` a {owner}")
            return
        if not isinstance(owner, ListOf):
            raise self.fail(tree, f"`{sign}` needs a list, a mapping or a string on the right, not {owner}")
        if not (accepts(owner.item, present(item)) or accepts(present(item), owner.item) or item == NONE):
            raise self.fail(tree, f"{item} is never `in` a {owner}")

    def equality(self, tree: Tree, left: Tree, one: Type, right: Tree, other: Type) -> None:
        del left, right
        a, b = present(one), present(other)
        if NONE in (a, b) or accepts(a, b) or accepts(b, a):
            return
        raise self.fail(tree, f"{one} and {other} are never equal")

    def ordering(self, left: Tree, sign: str, right: Tree, guarded: Guarded) -> None:
        if self.type(left, guarded) == STR and self.type(right, guarded) == STR:
            return
        self.number(left, guarded, sign)
        self.number(right, guarded, sign)

    def type_call(self, tree: Tree, guarded: Guarded) -> Type:
        function, arguments = self.function(tree), tree[2]
        if function.special == "keywords" and not arguments:
            return self.result(function, ())
        if function.special == "keywords":
            raise self.fail(tree, f"{tree[1]} takes options by name: {tree[1]}(option=value)")
        self.about_a_run(tree, function)
        most = len(function.parameters)
        if not most - function.optional <= len(arguments) <= most:
            count = f"{most - function.optional} to {most}" if function.optional else f"{most}"
            raise self.fail(tree, f"{tree[1]} takes {count} argument{'' if count == '1' else 's'}, not {len(arguments)}")
        kinds = tuple(self.type(argument, guarded) for argument in arguments)
        for argument, kind, wanted in zip(arguments, kinds, function.parameters, strict=False):
            if not accepts(wanted, kind):
                raise self.fail(argument, f"{tree[1]} needs {wanted}, not {kind}")
            if function.special == "reference" and argument[0] != "attr":
                raise self.fail(argument, f"{tree[1]} needs an option, such as {tree[1]}(run.learning_rate)")
        return self.result(function, kinds)

    type_scoped = type_lenient = type_call

    def type_keywords(self, tree: Tree, guarded: Guarded) -> Type:
        function = self.function(tree)
        if function.special != "keywords":
            raise self.fail(tree, f"{tree[1]} takes no arguments by name")
        self.about_a_run(tree, function)
        for name, part in tree[2]:
            wanted = self.schema.options.get(name)
            if wanted is None:
                raise self.fail(part, f"{tree[1]}: unknown option {name!r}{suggest(name, self.schema.options)}")
            if not accepts(wanted, kind := self.type(part, guarded)):
                raise self.fail(part, f"option {name} is {wanted}, not {kind}")
        return self.result(function, tuple(self.type(part, guarded) for _, part in tree[2]))

    def about_a_run(self, tree: Tree, function: Function) -> None:
        """Refuse a function that asks the run at hand where a rule is not asked about one."""
        if function.special in ("scoped", "keywords") and "run" not in self.schema.names:
            raise self.fail(tree, f"{tree[1]} asks about one run: only rules of scope run can call it")

    def function(self, tree: Tree) -> Function:
        found = self.schema.functions.get(tree[1])
        if found is None:
            raise self.fail(tree, f"unknown function {tree[1]!r}{suggest(tree[1], self.schema.functions)}")
        return found

    def result(self, function: Function, kinds: tuple[Type, ...]) -> Type:
        return function.result if isinstance(function.result, Type) else function.result(kinds)


def _text(tree: Tree) -> str:
    return ".".join(chain(tree) or ("this",))


def resolve(tree: Tree, schema: Schema) -> Tree:
    """*tree*, already checked, with each call in the form that its function wants (see `Function`)."""
    kind = tree[0]
    if kind == "call":
        special = schema.functions[tree[1]].special
        if special == "reference":
            (argument,) = tree[2]
            return ("reference", tree[1], resolve(argument[1], schema), argument[2], tree[-1])
        if special == "keywords":
            return ("keywords", tree[1], (), tree[-1])
        return (special or "call", tree[1], tuple(resolve(part, schema) for part in tree[2]), tree[-1])
    return tuple(_resolve(part, schema) for part in tree)


def _resolve(part: object, schema: Schema) -> object:
    if not isinstance(part, tuple):
        return part
    if part and isinstance(part[0], str) and isinstance(part[-1], int):
        return resolve(part, schema)
    return tuple(_resolve(item, schema) for item in part)


def called(tree: Tree) -> tuple[str, ...]:
    """The functions that *tree* calls."""
    own = (tree[1],) if tree[0] in ("call", "keywords", "scoped", "lenient", "reference") else ()
    return (*own, *(name for part in parts(tree) for name in called(part)))
