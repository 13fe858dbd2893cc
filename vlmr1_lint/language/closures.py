"""Tree to closure: what an expression gives for a scope. Three-valued (strong Kleene), total, and bounded in cost.

``build(tree, functions)`` answers a function of one scope, a mapping from names to values. A fact that is `Unknown` makes the
result unknown unless it does not matter (``false and unknown`` is false, ``true or unknown`` is true, on either side). A value
that does not fit (a word where a number is needed, a division by zero) gives Unknown as well, naming the facts that were read.
"""

from __future__ import annotations

from vlmr1_lint.language.comparison import COMPARISONS, equal, has_key, is_number, merged, unknown_among
from vlmr1_lint.language.trees import MAX_INT_BITS, reads
from vlmr1_lint.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any, TypeAlias

    from vlmr1_lint.language.trees import Tree

    Scope: TypeAlias = Mapping[str, object]
    Closure: TypeAlias = Callable[[Scope], object]
    Functions: TypeAlias = Mapping[str, Callable[..., object]]

__all__ = ["MAX_STRING", "build"]

MAX_STRING = 10_000
"""Longest string that ``+`` makes, in characters: `let` may feed results into results."""


def build(tree: Tree, functions: Functions) -> Closure:
    """The closure of *tree* (resolved; with or without places). Raises KeyError for a function that is not
    registered, at the latest when it would be called."""
    build_kind: Callable[[Tree, Functions], Closure] = _BUILDERS[tree[0]]
    return build_kind(tree, functions)


def _misfit(tree: Tree) -> Unknown:
    """The unknown that a value which does not fit gives: it names the facts that *tree* reads."""
    return Unknown(*(".".join(names) for names in reads(tree)))


def _const(tree: Tree, _: Functions) -> Closure:
    constant = tree[1]
    return lambda scope: constant


def _name(tree: Tree, _: Functions) -> Closure:
    name = tree[1]

    def read(scope: Scope) -> object:
        try:
            return scope[name]
        except KeyError:
            return Unknown(name)

    return read


_NO_ATTRIBUTES = frozenset((str, int, float, bool, list, tuple))


def _attr(tree: Tree, functions: Functions) -> Closure:
    owner_of, name = build(tree[1], functions), tree[2]
    of_views = name in _OF_VIEWS

    def read(scope: Scope) -> object:
        owner = owner_of(scope)
        kind = owner.__class__
        if kind is Unknown or owner is None:
            return owner
        if isinstance(owner, dict):
            return owner.get(name)
        if kind in _NO_ATTRIBUTES:
            return _misfit(tree)
        if of_views and is_section(owner):
            return owner.item(name)  # type: ignore[attr-defined]
        try:
            return getattr(owner, name)
        except AttributeError:
            return _misfit(tree)

    return read


_OF_VIEWS = frozenset(("assumed", "child", "document", "get", "is_section", "is_set", "item", "keys", "node", "sections"))
"""Attributes of a section in Python, which are no facts: in a rule these words are keys of the file, like any other."""


def _index(tree: Tree, functions: Functions) -> Closure:
    if tree[1][0] == "mapping":
        return _choice(tree, functions)
    owner_of, key_of = build(tree[1], functions), build(tree[2], functions)
    attribute = _attribute(tree[2][1]) if tree[2][0] == "const" and isinstance(tree[2][1], str) else None

    def read(scope: Scope) -> object:
        owner, key = owner_of(scope), key_of(scope)
        if owner.__class__ is Unknown or key.__class__ is Unknown:
            return merged(owner, key)
        if owner is None:
            return None
        if isinstance(owner, dict):
            return (owner[key] if has_key(owner, key) else None) if key.__class__ in _KEYS else _misfit(tree)
        if isinstance(owner, list | tuple) and key.__class__ is int:
            return owner[key] if -len(owner) <= key < len(owner) else _misfit(tree)
        if key.__class__ is not str or owner.__class__ in _NO_ATTRIBUTES:
            return None if key is None and is_section(owner) else _misfit(tree)
        if is_section(owner):
            return owner.item(key)  # type: ignore[attr-defined]
        # A computed key is a file's word, and asks sections only: nothing of ours has its attributes named by a file.
        return _misfit(tree) if attribute is None else attribute(owner, tree)

    return read


_KEYS = frozenset((str, int, bool, type(None)))
"""Classes of keys that a mapping may be asked for."""


def is_section(owner: object) -> bool:
    """Whether *owner* is a mapping of a configuration file (`training.views.ConfigView`), whose ``item`` gives what a key has."""
    return getattr(owner.__class__, "is_section", False) is True


def _attribute(name: str) -> Callable[[object, Tree], object]:
    """How ``object["name"]`` and ``object.name`` read an object of ours."""

    def read(owner: object, tree: Tree) -> object:
        if name[:1] == "_":
            return _misfit(tree)
        try:
            return getattr(owner, name)
        except AttributeError:
            return _misfit(tree)

    return read


def _choice(tree: Tree, functions: Functions) -> Closure:
    """A mapping indexed where it is written: only the value that the key picks is computed."""
    values = {key: build(part, functions) for key, part in tree[1][1]}
    key_of = build(tree[2], functions)

    def choose(scope: Scope) -> object:
        key = key_of(scope)
        if key.__class__ is Unknown:
            return key
        if key.__class__ not in _KEYS:
            return _misfit(tree)
        return values[key](scope) if has_key(values, key) else None

    return choose


def _mapping(tree: Tree, functions: Functions) -> Closure:
    values = {key: build(part, functions) for key, part in tree[1]}
    return lambda scope: {key: part(scope) for key, part in values.items()}


def _list(tree: Tree, functions: Functions) -> Closure:
    items = [build(item, functions) for item in tree[1]]
    return lambda scope: [item(scope) for item in items]


def _and(tree: Tree, functions: Functions) -> Closure:
    return _logic(tree, functions, decides=False)


def _or(tree: Tree, functions: Functions) -> Closure:
    return _logic(tree, functions, decides=True)


def _logic(tree: Tree, functions: Functions, decides: bool) -> Closure:
    parts = tree[1]
    terms: list[Closure] = []  # built when they are reached: most conditions are decided by their first part
    otherwise = not decides

    def decide(scope: Scope) -> object:
        unknown: object = None
        for number, part in enumerate(parts):
            if number == len(terms):
                terms.append(build(part, functions))
            found = terms[number](scope)
            if found is decides:
                return decides
            if found is not otherwise:
                if found.__class__ is not Unknown:
                    found = _misfit(part)
                unknown = found if unknown is None else unknown | found  # type: ignore[operator]
        return otherwise if unknown is None else unknown

    return decide


def _not(tree: Tree, functions: Functions) -> Closure:
    operand = build(tree[1], functions)

    def negate(scope: Scope) -> object:
        found = operand(scope)
        if found is True:
            return False
        if found is False:
            return True
        return found if found.__class__ is Unknown else _misfit(tree)

    return negate


def _if(tree: Tree, functions: Functions) -> Closure:
    condition, then, otherwise = (build(part, functions) for part in tree[1:4])

    def choose(scope: Scope) -> object:
        found = condition(scope)
        if found is True:
            return then(scope)
        if found is False:
            return otherwise(scope)
        # Undecided: still known if both ways lead to the same value.
        one, other = then(scope), otherwise(scope)
        if equal(one, other) is True:
            return one
        return merged(found if found.__class__ is Unknown else _misfit(tree[1]), one, other)

    return choose


def _negate(tree: Tree, functions: Functions) -> Closure:
    operand = build(tree[1], functions)

    def negate(scope: Scope) -> object:
        found = operand(scope)
        if found.__class__ is Unknown:
            return found
        return -found if is_number(found) else _misfit(tree)  # type: ignore[operator]

    return negate


def _add(a: Any, b: Any) -> Any:
    return a + b


def _subtract(a: Any, b: Any) -> Any:
    return a - b


def _multiply(a: Any, b: Any) -> Any:
    return a * b


def _divide(a: Any, b: Any) -> Any:
    return a / b


def _floor(a: Any, b: Any) -> Any:
    return a // b


def _modulo(a: Any, b: Any) -> Any:
    return a % b


_SIGNS = {"+": _add, "-": _subtract, "*": _multiply, "/": _divide, "//": _floor, "%": _modulo}


def _arithmetic(tree: Tree, functions: Functions) -> Closure:
    sign, left_of, right_of = tree[1], build(tree[2], functions), build(tree[3], functions)
    operate = _SIGNS[sign]

    def compute(scope: Scope) -> object:
        left, right = left_of(scope), right_of(scope)
        if left.__class__ is Unknown or right.__class__ is Unknown:
            return merged(left, right)
        if not (is_number(left) and is_number(right)):
            joined = _joined(left, right) if sign == "+" else None
            return _misfit(tree) if joined is None else joined
        if _too_wide(left) or _too_wide(right):
            return _misfit(tree)
        try:
            result = operate(left, right)
        except ArithmeticError:
            return _misfit(tree)
        return _misfit(tree) if _too_wide(result) else result

    return compute


def _too_wide(number: Any) -> bool:
    """Whether *number* is an integer too wide to compute with in bounded time, or a float that is no number."""
    if number.__class__ is int:
        return bool(number.bit_length() > MAX_INT_BITS)
    return bool(number - number != 0)


def _joined(left: object, right: object) -> str | None:
    """The two strings as one, if they are strings and short enough."""
    return left + right if isinstance(left, str) and isinstance(right, str) and len(left) + len(right) <= MAX_STRING else None


def _compare(tree: Tree, functions: Functions) -> Closure:
    left_tree, links = tree[1], tree[2]
    if len(links) == 1:
        sign, right_tree = links[0]
        return _comparison(left_tree, sign, right_tree, functions)
    comparisons = []
    for sign, right_tree in links:
        comparisons.append(_comparison(left_tree, sign, right_tree, functions))
        left_tree = right_tree

    def compare(scope: Scope) -> object:
        unknown: object = None
        for comparison in comparisons:
            found = comparison(scope)
            if found is False:
                return False
            if found is not True:
                unknown = found if unknown is None else unknown | found  # type: ignore[operator]
        return True if unknown is None else unknown

    return compare


def _comparison(left_tree: Tree, sign: str, right_tree: Tree, functions: Functions) -> Closure:
    left_of, right_of = build(left_tree, functions), build(right_tree, functions)
    compare = COMPARISONS[sign]

    def decide(scope: Scope) -> object:
        left, right = left_of(scope), right_of(scope)
        if left.__class__ is Unknown or right.__class__ is Unknown:
            return merged(left, right)
        found = compare(left, right)
        return _misfit(left_tree) | _misfit(right_tree) if found is None else found

    return decide


def _call(tree: Tree, functions: Functions) -> Closure:
    function, arguments = functions[tree[1]], [build(argument, functions) for argument in tree[2]]

    def call(scope: Scope) -> object:
        values = [argument(scope) for argument in arguments]
        for value in values:
            if value.__class__ not in _SURELY_KNOWN:
                unknown = unknown_among(values)
                if unknown is not None:
                    return unknown
                break
        return _answer(function, values, tree)

    return call


_SURELY_KNOWN = frozenset((str, int, float, bool, type(None)))
"""Classes of values in which nothing unknown can be."""


def _answer(function: Callable[..., object], values: list[object], tree: Tree) -> object:
    """What a function of values gives. Values come from files: one that it cannot take (``round`` of infinity) is a misfit."""
    try:
        return function(*values)
    except (ArithmeticError, ValueError):
        return _misfit(tree)


def _scoped(tree: Tree, functions: Functions) -> Closure:
    function, arguments = functions[tree[1]], [build(argument, functions) for argument in tree[2]]

    def call(scope: Scope) -> object:
        values = [argument(scope) for argument in arguments]
        unknown = unknown_among(values)
        return function(scope, *values) if unknown is None else unknown

    return call


def _lenient(tree: Tree, functions: Functions) -> Closure:
    function, arguments = functions[tree[1]], [build(argument, functions) for argument in tree[2]]
    return lambda scope: _answer(function, [argument(scope) for argument in arguments], tree)


def _keywords(tree: Tree, functions: Functions) -> Closure:
    function = functions[tree[1]]
    arguments = [(name, build(argument, functions)) for name, argument in tree[2]]

    def call(scope: Scope) -> object:
        values = {name: argument(scope) for name, argument in arguments}
        unknown = unknown_among(list(values.values()))
        return function(scope, values) if unknown is None else unknown

    return call


def _reference(tree: Tree, functions: Functions) -> Closure:
    function, owner_of, name = functions[tree[1]], build(tree[2], functions), tree[3]

    def call(scope: Scope) -> object:
        owner = owner_of(scope)
        return owner if owner.__class__ is Unknown else function(owner, name)

    return call


_BUILDERS: dict[str, Callable[[Tree, Functions], Closure]] = {
    "const": _const,
    "name": _name,
    "attr": _attr,
    "index": _index,
    "list": _list,
    "mapping": _mapping,
    "and": _and,
    "or": _or,
    "not": _not,
    "if": _if,
    "negate": _negate,
    "arithmetic": _arithmetic,
    "compare": _compare,
    "call": _call,
    "scoped": _scoped,
    "lenient": _lenient,
    "keywords": _keywords,
    "reference": _reference,
}
