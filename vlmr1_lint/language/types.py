"""Types of facts, functions, and the schema that expressions are checked against."""

from __future__ import annotations

from vlmr1_lint.values import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from typing import TypeAlias

    Chain: TypeAlias = tuple[str, ...]

__all__ = [
    "ANY",
    "BOOL",
    "FLOAT",
    "INT",
    "NONE",
    "STR",
    "Function",
    "ListOf",
    "MappingOf",
    "Object",
    "Optional",
    "Schema",
    "Section",
    "Type",
    "accepts",
    "holds_objects",
    "join",
    "present",
    "type_of",
]


class Type:
    """The type of a fact. Types are compared by value."""

    __slots__ = ()


@value
class Scalar(Type):
    """A type without parts."""

    name: str

    def __str__(self) -> str:
        return self.name


BOOL, INT, FLOAT, STR, NONE = Scalar("bool"), Scalar("int"), Scalar("float"), Scalar("str"), Scalar("None")
ANY = Scalar("any")
"""Anything: accepted everywhere; a value that does not fit gives Unknown when the rule is evaluated."""


@value
class ListOf(Type):
    """A list whose items are all *item*."""

    item: Type

    def __str__(self) -> str:
        return f"list of {self.item}"


@value
class MappingOf(Type):
    """A mapping written in the rule: its keys are all *key* (text or integers), its values all *item*."""

    key: Type
    item: Type

    def __str__(self) -> str:
        return f"mapping of {self.key} to {self.item}"


@value
class Optional(Type):
    """*item* or None."""

    item: Type

    def __str__(self) -> str:
        return f"{self.item} or None"


class Object(Type):
    """Something with named attributes.

    ``attributes`` maps names to types. Where names are open (an option table, a config by key) give ``lookup`` too: it is asked
    for names that ``attributes`` lacks and answers None for what does not exist. ``names()`` are what "did you mean" may propose.
    """

    __slots__ = ("attributes", "lookup", "name")

    def __init__(self, name: str, attributes: Mapping[str, Type], lookup: Callable[[str], Type | None] | None = None) -> None:
        self.name = name
        self.attributes = attributes
        self.lookup = lookup

    def attribute(self, name: str) -> Type | None:
        """The type of the attribute *name*, or None if there is none."""
        found = self.attributes.get(name)
        return self.lookup(name) if found is None and self.lookup is not None else found

    def names(self) -> Collection[str]:
        return self.attributes.keys()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Object) and (self is other or (self.name, self.attributes) == (other.name, other.attributes))

    def __hash__(self) -> int:
        return hash(self.name)

    def __str__(self) -> str:
        return self.name

    def __repr__(self) -> str:
        return f"Object({self.name!r})"


class Section(Object):
    """A mapping of a configuration file: any text may be a key of it, so that a computed one may be asked for as well."""

    __slots__ = ()


@value
class Function:
    """A registered function, as the check sees it.

    special    how it is called:
               None         ``f(*values)``, never with an unknown value: then the result is that unknown
               "lenient"    ``f(*values)``, unknown values included
               "scoped"     ``f(scope, *values)``: it needs the run that the rule is evaluated for
               "reference"  ``f(object, "x")`` for ``f(run.x)``: it asks about the option and not its value
               "keywords"   ``f(scope, {name: value, …})`` for ``f(name=value, …)``; the names are options of the run
    optional   how many of the last ``parameters`` may be left out
    reads      the chains that it reads of itself, for the index of rules (``forecast_with`` reads ``("forecast",)``)
    """

    name: str
    parameters: tuple[Type, ...]
    result: Type | Callable[[tuple[Type, ...]], Type]
    special: str | None = None
    optional: int = 0
    reads: tuple[Chain, ...] = ()


@value
class Schema:
    """What an expression may name: objects and values in scope, functions, and the options that a file can set.

    ``options`` maps each option of the run to its type, for keyword arguments and places. ``scopes`` says which of the names a
    rule of a scope has (``{"document": ("document", …), "run": …}``); a scope that it lacks has all.
    """

    names: Mapping[str, Type]
    functions: Mapping[str, Function]
    options: Mapping[str, Type]
    scopes: Mapping[str, Collection[str]] | None = None

    def for_scope(self, scope: str) -> Schema:
        """The same with the names only that rules of *scope* have."""
        names = (self.scopes or {}).get(scope)
        if names is None:
            return self
        return Schema({name: kind for name, kind in self.names.items() if name in names}, self.functions, self.options)

    def with_names(self, more: Mapping[str, Type]) -> Schema:
        """The same with *more* names in scope."""
        return Schema({**self.names, **more}, self.functions, self.options)


def accepts(wanted: Type, given: Type) -> bool:
    """Whether a value of type *given* may stand where *wanted* is asked for."""
    if ANY in (wanted, given) or wanted == given:
        return True
    if isinstance(wanted, Optional):
        return given == NONE or accepts(wanted.item, given.item if isinstance(given, Optional) else given)
    if isinstance(wanted, ListOf):
        return isinstance(given, ListOf) and accepts(wanted.item, given.item)
    if isinstance(wanted, MappingOf):
        return isinstance(given, MappingOf) and accepts(wanted.key, given.key) and accepts(wanted.item, given.item)
    return wanted == FLOAT and given == INT


def join(one: Type, other: Type) -> Type:
    """The narrowest type that holds values of both."""
    if accepts(one, other):
        return one if other != ANY else ANY
    if accepts(other, one):
        return other
    if NONE in (one, other):
        return Optional(other if one == NONE else one)
    if isinstance(one, Optional) or isinstance(other, Optional):
        inner = join(present(one), present(other))
        return inner if inner == ANY else Optional(inner)
    return ANY


def holds_objects(kind: Type) -> bool:
    """Whether a value of type *kind* is an object of ours or has one in it."""
    if isinstance(kind, ListOf | MappingOf | Optional):
        return holds_objects(kind.item)
    return isinstance(kind, Object)


def type_of(literal: object) -> Type:
    """The type of a literal value of a rule file."""
    if literal is None:
        return NONE
    if isinstance(literal, list | tuple):
        item: Type | None = None
        for part in literal:
            item = type_of(part) if item is None else join(item, type_of(part))
        return ListOf(ANY if item is None else item)
    return {bool: BOOL, int: INT, float: FLOAT, str: STR}.get(type(literal), ANY)


def present(kind: Type) -> Type:
    """*kind* without None."""
    return kind.item if isinstance(kind, Optional) else kind
