"""Frozen value classes that cost nothing to import.

``import dataclasses`` alone costs 1.4 times ``python -c pass`` (it pulls in ``inspect``), and each dataclass compiles methods
of its own (0.3 ms a class). `value` gives the part that values need: a constructor in field order with defaults, equality,
hash, repr, and no assignment afterwards. Type checkers treat it as a frozen dataclass (PEP 681).
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar

    from typing_extensions import dataclass_transform

    T = TypeVar("T")
else:

    def dataclass_transform(**_):
        return lambda function: function


__all__ = ["replace", "value"]


@dataclass_transform(frozen_default=True)
def value(cls: type[T]) -> type[T]:
    """Class decorator: make *cls* a frozen value whose fields are its annotated attributes, in order.

    A field with a class attribute of the same name takes that as its default (immutable defaults only: it is shared).
    Fields of a base class decorated with `value` come first. Two values are equal if they are of one class and all
    fields are equal. Attribute assignment raises AttributeError; a wrong construction raises TypeError.
    """
    inherited: tuple[str, ...] = getattr(cls, "__match_args__", ())
    own = cls.__annotations__  # a class's own only, never its base's: Python >= 3.10
    fields = inherited + tuple(name for name in own if name not in inherited)
    members = {
        "__match_args__": fields,
        "__init__": _constructor(cls, fields),
        "__setattr__": _refuse,
        "__delattr__": _refuse_delete,
    }
    members |= {name: method for name, method in _METHODS.items() if name not in cls.__dict__ or name == "__hash__"}
    for name, member in members.items():
        type.__setattr__(cls, name, member)
    return cls


def _constructor(cls: type, fields: tuple[str, ...]) -> Callable[..., None]:
    defaults = {name: getattr(cls, name) for name in fields if hasattr(cls, name)}
    names, count = frozenset(fields), len(fields)

    def __init__(self: object, *given: object, **named: object) -> None:
        have = self.__dict__
        have.update(defaults)
        if given:
            have.update(zip(fields, given))  # noqa: B905 - the length is checked below, and this is the hottest line of all
        if named:
            have.update(named)
        if len(have) != count or len(given) > count or (named and not (named.keys() <= names)):
            raise TypeError(_complaint(cls.__name__, fields, given, named, have))

    return __init__


def _complaint(
    name: str, fields: tuple[str, ...], given: tuple[object, ...], named: dict[str, object], have: dict[str, object]
) -> str:
    """What is wrong with a construction, in the words of a function call."""
    if len(given) > len(fields):
        return f"{name}() takes {len(fields)} fields, {len(given)} were given"
    unknown = [field for field in named if field not in fields]
    if unknown:
        return f"{name}() has no field {unknown[0]!r}"
    return f"{name}() lacks {', '.join(repr(field) for field in fields if field not in have)}"


def _fields_of(self: Any) -> tuple[object, ...]:
    have = self.__dict__
    return tuple([have[name] for name in self.__match_args__])


def _equal(self: object, other: object) -> object:
    if other.__class__ is not self.__class__:
        return NotImplemented
    return _fields_of(self) == _fields_of(other)


def _hash(self: object) -> int:
    return hash(_fields_of(self))


def _repr(self: Any) -> str:
    shown = ", ".join(f"{name}={self.__dict__[name]!r}" for name in self.__match_args__)
    return f"{type(self).__qualname__}({shown})"


def _refuse(self: object, name: str, _: object) -> None:
    raise AttributeError(f"{type(self).__name__} is frozen: cannot assign {name!r}")


def _refuse_delete(self: object, name: str) -> None:
    raise AttributeError(f"{type(self).__name__} is frozen: cannot delete {name!r}")


_METHODS: dict[str, Callable[..., Any]] = {"__eq__": _equal, "__hash__": _hash, "__repr__": _repr}


def replace(instance: T, **changes: Any) -> T:
    """A copy of the value *instance* with *changes* applied. Raises TypeError for a field it does not have."""
    make: Callable[..., T] = type(instance)
    return make(**{name: instance.__dict__[name] for name in instance.__match_args__ if name not in changes}, **changes)  # type: ignore[attr-defined]
