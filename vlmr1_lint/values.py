"""Frozen value classes that cost nothing to import.

``import dataclasses`` alone costs 1.4 times ``python -c pass`` (it pulls in ``inspect``), which is half of the time a
pre-commit hook may take. `value` gives the part of it that values need: an ``__init__`` in field order with defaults,
equality, hash, repr, and no assignment afterwards. Type checkers treat it as a frozen dataclass (PEP 681).
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
    fields are equal. Attribute assignment raises AttributeError.
    """
    inherited: tuple[str, ...] = getattr(cls, "__match_args__", ())
    own = cls.__annotations__  # a class's own only, never its base's: Python >= 3.10
    fields = inherited + tuple(name for name in own if name not in inherited)
    parameters = [f"{name}=cls.{name}" if hasattr(cls, name) else name for name in fields]
    lines = [f"def __init__(self, {', '.join(parameters)}):", *(f"  put(self, {name!r}, {name})" for name in fields)]
    mine = ", ".join(f"self.{name}" for name in fields)
    theirs = ", ".join(f"other.{name}" for name in fields)
    lines += [
        "  pass",
        "def __eq__(self, other):",
        "  if other.__class__ is not self.__class__: return NotImplemented",
        f"  return ({mine},) == ({theirs},)" if fields else "  return True",
        "def __hash__(self):",
        f"  return hash(({mine},))" if fields else "  return 0",
        "def __repr__(self):",
        f"  return f'{cls.__qualname__}({', '.join(f'{name}={{self.{name}!r}}' for name in fields)})'",
    ]
    # The text is made of field names only, which the class statement has already shown to be identifiers.
    scope: dict[str, Any] = {"cls": cls, "put": object.__setattr__}
    exec("\n".join(lines), scope)
    for name in ("__init__", "__eq__", "__hash__", "__repr__"):
        if name not in cls.__dict__ or name == "__hash__":
            setattr(cls, name, scope[name])
    type.__setattr__(cls, "__setattr__", _refuse)
    type.__setattr__(cls, "__match_args__", fields)
    return cls


def _refuse(self: object, name: str, _: object) -> None:
    raise AttributeError(f"{type(self).__name__} is frozen: cannot assign {name!r}")


def replace(instance: T, **changes: Any) -> T:
    """A copy of the value *instance* with *changes* applied. Raises TypeError for a field it does not have."""
    fields: tuple[str, ...] = instance.__match_args__  # type: ignore[attr-defined]
    kept = {name: getattr(instance, name) for name in fields if name not in changes}
    make: Callable[..., T] = type(instance)
    return make(**kept, **changes)
