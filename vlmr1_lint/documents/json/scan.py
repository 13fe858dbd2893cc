"""The span-recording pass over a JSON text. It also reads what `json` refuses but people write: comments and trailing commas."""

from __future__ import annotations

from vlmr1_lint.documents.formats import MAX_KEYS, MAX_NODES
from vlmr1_lint.documents.json.cjson import scanners

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["DEPTH", "MAX_TOLERATED", "ScanError", "Scanned", "TooDeep", "TooMany", "scan"]

DEPTH = 100
"""Levels of nesting above which a text is not read (design: limits)."""


MAX_TOLERATED = 300
"""Comments and trailing commas that a text may have. Each is a finding with the mending of all, so that what programs are told
grows with their square; a commented DeepSpeed file has some dozens."""


class ScanError(Exception):
    """The text is not JSON, not even tolerantly: `json`'s words and the code point."""

    def __init__(self, message: str, at: int) -> None:
        super().__init__(message)
        self.message, self.at = message, at


class TooDeep(ScanError):
    """Nested deeper than `DEPTH` levels."""


class TooMany(ScanError):
    """More than `MAX_KEYS` keys, `MAX_NODES` values or `MAX_TOLERATED` comments and commas; for these *value* is the text's."""

    value: object = None


class Scanned:
    """One value: its code points, what it is, and for containers its parts in file order."""

    __slots__ = ("end", "key", "key_end", "key_start", "kind", "parts", "start", "value")

    def __init__(self, kind: str, start: int) -> None:
        self.kind, self.start, self.end = kind, start, start
        self.key: str | None = None
        self.key_start = self.key_end = 0
        self.parts: list[Scanned] = []
        self.value: object = None


class Tolerated:
    """A comment (``"comment"``) or trailing comma (``"trailing-comma"``) and its code points."""

    __slots__ = ("code", "end", "start")

    def __init__(self, code: str, start: int, end: int) -> None:
        self.code, self.start, self.end = code, start, end


def scan(text: str) -> tuple[Scanned, list[Tolerated]]:
    """The value of *text* and what had to be tolerated. Raises `ScanError`."""
    scanner = _Scanner(text)
    at = scanner.blank(0)
    root = scanner.scan_value(at, 1)
    end = scanner.blank(root.end)
    if end != len(text):
        raise ScanError("Extra data", end)
    if len(scanner.tolerated) > MAX_TOLERATED:
        words = f"more than {MAX_TOLERATED} comments and trailing commas, too many to mend"
        many = TooMany(words, scanner.tolerated[MAX_TOLERATED].start)
        many.value = root.value
        raise many
    return root, scanner.tolerated


class _Scanner:
    def __init__(self, text: str) -> None:
        self.text = text
        self.tolerated: list[Tolerated] = []
        self.keys = self.nodes = 0
        self.once, self.string = scanners()

    def blank(self, at: int) -> int:
        """The first code point from *at* on that is neither white space nor part of a comment."""
        text = self.text
        while True:
            here = text[at : at + 1]
            if here and here in " \t\n\r":
                at += 1
            elif here == "#" or (here == "/" and text[at + 1 : at + 2] == "/"):
                end = text.find("\n", at)
                end = len(text) if end < 0 else end
                self.tolerate("comment", at, end)
                at = end
            elif here == "/" and text[at + 1 : at + 2] == "*":
                end = text.find("*/", at + 2)
                if end < 0:
                    raise ScanError("Unterminated comment", at)
                self.tolerate("comment", at, end + 2)
                at = end + 2
            else:
                return at

    def tolerate(self, code: str, start: int, end: int) -> None:
        self.tolerated.append(Tolerated(code, start, end))

    def scan_value(self, at: int, depth: int) -> Scanned:
        self.nodes += 1
        if self.nodes > MAX_NODES:
            raise TooMany(f"more than {MAX_NODES} values, too many to check", at)
        first = self.text[at : at + 1]
        if first in ("{", "["):
            if depth > DEPTH:
                raise TooDeep(f"nested deeper than {DEPTH} levels", at)
            return self.scan_mapping(at, depth) if first == "{" else self.scan_sequence(at, depth)
        scanned = Scanned("scalar", at)
        scanned.value, scanned.end = self.leaf(self.once, at)
        return scanned

    def leaf(self, read: Any, at: int, *more: object) -> tuple[Any, int]:
        """What `json`'s own function *read* makes of the code points at *at*."""
        try:
            value, end = read(self.text, at, *more)
        except StopIteration:
            raise ScanError("Expecting value", at) from None
        except ValueError as error:
            raise ScanError(getattr(error, "msg", str(error)), getattr(error, "pos", at)) from None
        return value, end

    def scan_mapping(self, at: int, depth: int) -> Scanned:
        scanned = Scanned("mapping", at)
        at = self.blank(at + 1)
        while self.text[at : at + 1] != "}":
            if self.text[at : at + 1] != '"':
                raise ScanError("Expecting property name enclosed in double quotes", at)
            self.keys += 1
            if self.keys > MAX_KEYS:
                raise TooMany(f"more than {MAX_KEYS} keys, too many to check", at)
            key, key_end = self.leaf(self.string, at + 1, True)
            colon = self.blank(key_end)
            if self.text[colon : colon + 1] != ":":
                raise ScanError("Expecting ':' delimiter", colon)
            part = self.scan_value(self.blank(colon + 1), depth + 1)
            part.key, part.key_start, part.key_end = key, at, key_end
            scanned.parts.append(part)
            at = self.separator(part.end, "}")
        scanned.end = at + 1
        scanned.value = {part.key: part.value for part in scanned.parts}
        return scanned

    def scan_sequence(self, at: int, depth: int) -> Scanned:
        scanned = Scanned("sequence", at)
        at = self.blank(at + 1)
        while self.text[at : at + 1] != "]":
            part = self.scan_value(at, depth + 1)
            scanned.parts.append(part)
            at = self.separator(part.end, "]")
        scanned.end = at + 1
        scanned.value = [part.value for part in scanned.parts]
        return scanned

    def separator(self, at: int, closing: str) -> int:
        """Where the next entry begins, or the *closing* bracket stands, after an entry that ends at *at*."""
        at = self.blank(at)
        here = self.text[at : at + 1]
        if here == closing:
            return at
        if here != ",":
            raise ScanError("Expecting ',' delimiter", at)
        after = self.blank(at + 1)
        if self.text[after : after + 1] == closing:
            self.tolerate("trailing-comma", at, at + 1)
        return after
