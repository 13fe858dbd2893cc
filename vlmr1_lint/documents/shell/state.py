"""What a script knows at one point: variables, functions, arguments, folder."""

from __future__ import annotations

import re

from vlmr1_lint.documents.shell.text import Piece, is_known, split_at, string
from vlmr1_lint.unknown import Unknown
from vlmr1_lint.values import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tree_sitter import Node as Syntax

    from vlmr1_lint.documents.model import Span
    from vlmr1_lint.documents.shell.commands import Found
    from vlmr1_lint.documents.shell.text import Source, Text

__all__ = ["ADDED", "ANY_TEXT", "Assignment", "State", "Variable", "any_text", "any_text_of", "merged", "unknown_variable"]


@value
class Assignment:
    """One assignment as it was carried out: ``value`` is the text, a list for an array, or `Unknown`."""

    name: str
    value: str | list[str] | Unknown
    key_span: Span
    span: Span
    exported: bool


@value
class Variable:
    """A variable: ``text``, or the ``items`` of an array, or the ``table`` of an associative array.

    ``many`` are the indices of items that may be any number of them: an unknown text that stands outside of quotes.
    """

    text: tuple[Piece, ...] = ()
    items: tuple[tuple[Piece, ...], ...] | None = None
    table: dict[str, tuple[Piece, ...]] | None = None
    exported: bool = False
    many: tuple[int, ...] = ()

    @property
    def scalar(self) -> Text:
        """What ``$NAME`` gives: the text, or the first item of an array."""
        if self.items is None:
            return self.text
        return self.items[0] if self.items else ()

    def same(self, other: Variable | None) -> bool:
        """Whether both hold the same known value."""
        if other is None or (self.items is None) != (other.items is None) or self.table != other.table:
            return False
        mine, theirs = ((one.text,) if one.items is None else one.items for one in (self, other))
        return len(mine) == len(theirs) and all(
            one is two or (is_known(one) and is_known(two) and string(one) == string(two))
            for one, two in zip(mine, theirs, strict=True)
        )


class State:
    """The state between two statements; branches and subshells work on copies.

    arguments  ``$1`` … inside a function whose call is known, else None
    folders    targets of ``cd``, in order
    ended      whether ``exit`` or ``return`` was passed
    returned   whether it was ``return``, which ends the function only
    overlaid   a sourced file that could not be read: it may have set any variable
    running    training commands that were started with ``&`` and surely still run
    """

    __slots__ = ("arguments", "ended", "folders", "functions", "overlaid", "returned", "running", "variables")

    def __init__(self) -> None:
        self.variables: dict[str, Variable] = {}
        self.functions: dict[str, tuple[Syntax, Source]] = {}
        self.arguments: tuple[Text, ...] | None = None
        self.folders: tuple[Text, ...] = ()
        self.ended = False
        self.returned = False
        self.overlaid: str | None = None
        self.running: tuple[Found, ...] = ()

    def copy(self) -> State:
        """A state that can change without changing this one."""
        other = State()
        other.variables = dict(self.variables)
        other.functions = dict(self.functions)
        other.arguments = self.arguments
        other.folders = self.folders
        other.overlaid = self.overlaid
        other.running = self.running
        return other

    def exported_only(self) -> State:
        """What a program started from here sees: exported variables, no functions, no arguments."""
        other = self.copy()
        other.variables = {name: variable for name, variable in self.variables.items() if variable.exported}
        other.functions = {}
        other.arguments = None
        return other

    def elsewhere(self) -> State:
        """What a program on another machine sees: nothing of this script."""
        return State()

    def forget(self, names: Iterable[str], why: str) -> None:
        """Make the variables *names* unknown because of *why*."""
        for name in names:
            old = self.variables.get(name)
            self.variables[name] = unknown_variable(name, why, exported=old is not None and old.exported)

    def overlay(self, file: str) -> None:
        """Make all variables unknown, those too that are not set so far: *file* may have set them."""
        self.overlaid = file
        for name in list(self.variables):
            self.forget([name], f"${name}, which {file} may set")

    def get(self, name: str) -> Variable | None:
        """The variable *name*; None if it is not set where the script runs, as far as the script says."""
        found = self.variables.get(name)
        if found is None and self.overlaid is not None:
            return unknown_variable(name, f"${name}, which {self.overlaid} may set")
        return found

    def adopt(self, other: State) -> None:
        """Become *other* (the state at the end of a branch)."""
        self.variables, self.functions, self.arguments = other.variables, other.functions, other.arguments
        self.folders, self.ended, self.returned = other.folders, other.ended, other.returned
        self.overlaid, self.running = other.overlaid, other.running


def unknown_variable(name: str, why: str, exported: bool = False) -> Variable:
    """The variable *name*, unknown because of *why*."""
    return Variable(text=(Piece(f"${{{name}}}", (), unknown=why),), exported=exported)


ANY_TEXT = ", which may hold any text"
"""How the reason ends why a variable is unknown whose texts in the script have quotes, comment signs or line ends."""


def any_text(*texts: str) -> str:
    """`ANY_TEXT` where one of *texts*, run as a program, may change what stands behind it; else nothing."""
    return ANY_TEXT if any(sign in text for text in texts for sign in "'\"`\\#\n") else ""


ADDED = "what a branch adds to "
"""How the reason begins why the end of a text or an array is unknown, of which the beginning is known."""


def _either(name: str, one: Variable | None, two: Variable | None) -> Variable:
    """The variable *name* that is *one* or *two*: where both begin alike, that beginning, and whatever a branch adds.

    Unknown as a whole where nothing is alike, where what is added does not begin with a flag (it may be more of the last value),
    and where it says a flag of the beginning once more.
    """
    exported = any(variable is not None and variable.exported for variable in (one, two))
    values = [text for variable in (one, two) if variable is not None for text in (variable.text, *(variable.items or ()))]
    unknown = unknown_variable(name, f"${name}, which a branch sets{any_text_of(values)}", exported)
    if one is None or two is None or one.table is not None or two.table is not None:
        return unknown
    added = Piece(f"${{{name}}}", (), unknown=f"{ADDED}${name}")
    if one.items is not None and two.items is not None:
        count = next((at for at, pair in enumerate(zip(one.items, two.items, strict=False)) if not _alike(*pair)), None)
        count = min(len(one.items), len(two.items)) if count is None else count
        rest = [[string(item) for item in items[count:]] for items in (one.items, two.items)]
        if not _are_new_flags([string(item) for item in one.items[:count]], rest):
            return unknown
        many = tuple(at for at in one.many if at < count)
        return Variable(items=(*one.items[:count], (added,)), exported=exported, many=many)
    if one.items is not None or two.items is not None:
        return unknown
    texts = string(one.text), string(two.text)
    size = _words_in_common(*texts)
    before = split_at(one.text, size)[0] if size or "" in texts else None
    if before is None or not _alike(before, split_at(two.text, size)[0]):
        return unknown
    if not _are_new_flags(texts[0][:size].split(), [text[size:].split() for text in texts]):
        return unknown
    return Variable(text=(*before, *((Piece(" ", (), glue=True),) if size else ()), added), exported=exported)


def any_text_of(values: Iterable[Text]) -> str:
    """`ANY_TEXT` where one of *values* says so of itself, or is such a text."""
    pieces = [piece for text in values for piece in text]
    if any((piece.unknown or "").endswith(ANY_TEXT) for piece in pieces):
        return ANY_TEXT
    return any_text(*(piece.text for piece in pieces if piece.unknown is None))


def _alike(one: Text, two: Text) -> bool:
    """Whether both texts are the same; what is unknown in them must come from the same places."""
    open_ends = [[(piece.text, piece.trail[:1]) for piece in text if piece.unknown is not None] for text in (one, two)]
    return string(one) == string(two) and open_ends[0] == open_ends[1] and all(trail for _, trail in open_ends[0])


def _words_in_common(one: str, two: str) -> int:
    """How many characters both begin with, up to the end of a word in both."""
    ends = [match.end() for match in re.finditer(r"\S+", one)]
    return max((end for end in ends if one[:end] == two[:end] and two[end : end + 1].strip() == ""), default=0)


def _are_new_flags(words: Sequence[str], more: Sequence[Sequence[str]]) -> bool:
    """Whether each of *more* is empty or begins with a flag, and none says a flag of *words* once more."""
    if any(part and not part[0].startswith("--") for part in more):
        return False
    said, added = _flags(words), {name for part in more for name in _flags(part)}
    return not said & added


def _flags(words: Sequence[str]) -> set[str]:
    return {word.split("=", 1)[0].replace("-", "_") for word in words if word.startswith("--")}


def merged(states: Iterable[State]) -> State | None:
    """The state after branches that end in *states*: what they agree on, the rest unknown. None if every branch has ended."""
    going = [state for state in states if not state.ended]
    if not going:
        return None
    result = going[0].copy()
    for other in going[1:]:
        for name in {*result.variables, *other.variables}:
            mine, theirs = result.get(name), other.get(name)
            if mine is None or not mine.same(theirs):
                result.variables[name] = _either(name, mine, theirs)
        result.functions.update({name: body for name, body in other.functions.items() if name not in result.functions})
        result.folders += tuple(folder for folder in other.folders if folder not in result.folders)
        result.overlaid = result.overlaid or other.overlaid
        result.running = tuple(one for one in result.running if any(one is two for two in other.running))
    return result
