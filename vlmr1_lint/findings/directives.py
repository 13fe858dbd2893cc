"""What comments tell the linter: ``# vlmr1-lint: ignore[GRP001] reason``, ``ignore-file[…]``, ``kind=…``, ``gpus=…``…"""

from __future__ import annotations

from vlmr1_lint.documents.model import Span
from vlmr1_lint.values import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from vlmr1_lint.documents.model import Document

__all__ = ["ACTIONS", "KINDS", "Directive", "Named", "directives", "parse", "setting"]

ACTIONS = ("ignore", "ignore-file", "kind", "gpus", "trainer")
KINDS = ("deepspeed", "accelerate", "data", "args", "launch", "ignore")
"""What ``kind=`` may say: the kinds of files, and ``ignore`` for a file that is none of ours."""

MAX_NAMED = 2_000
"""Instructions, and rules that they name, of one file. What follows is not read, which is a finding: each may be one itself, and
a file of a megabyte has room for a hundred thousand."""

MARK = b"vlmr1-lint:"
"""What a directive starts with: a file without these bytes has none, and costs nothing."""

_NAMED = r"(ignore-file|ignore)\s*\[([^\]\[]*)\]"
_GIVEN = r"(kind|gpus|trainer)\s*=\s*"


@value
class Named:
    """One rule that an ``ignore`` names.

    text  an id, a rule's name, or a family (``GRP``)
    flag  the command's flag that ``ignore[ID:--flag]`` speaks of, else ``""``
    span  where it stands
    """

    text: str
    flag: str
    span: Span


@value
class Directive:
    """One instruction.

    action  one of `ACTIONS`, or ``""`` for words that are none
    span    the comment
    rules   what ``ignore`` and ``ignore-file`` name
    text    what ``kind``, ``gpus`` and ``trainer`` say; the words that are no instruction
    reason  what follows ``ignore[…]``
    """

    action: str
    span: Span
    rules: tuple[Named, ...] = ()
    text: str = ""
    reason: str = ""


def directives(document: Document) -> tuple[Directive, ...]:
    """The directives of *document*, in file order; also of a text that did not parse, where they say what it is."""
    if MARK not in document.data:
        return ()
    return parse(document.comments() or _raw_comments(document.data))


def setting(found: Iterable[Directive], action: str) -> str | None:
    """What the first directive *action* says (``kind``, ``gpus``, ``trainer``), or None."""
    for directive in found:
        if directive.action == action:
            return directive.text
    return None


def parse(comments: Iterable[tuple[Span, str]]) -> tuple[Directive, ...]:
    """The directives in *comments*: ``(span, text)`` with the text from the comment sign on."""
    mark = MARK.decode()
    found: list[Directive] = []
    named = 0
    for span, text in comments:
        at = text.find(mark)
        if at >= 0 and not text[:at].strip("#/* \t"):  # "see vlmr1-lint: ..." in the middle of prose is no directive
            for directive in _of_comment(span, text, at + len(mark)):
                named += max(1, len(directive.rules))
                if named > MAX_NAMED:
                    return (*found, Directive("", span, text=f"what follows {MAX_NAMED} instructions"))
                found.append(directive)
    return tuple(found)


def _of_comment(span: Span, text: str, at: int) -> list[Directive]:
    from itertools import islice
    from re import compile

    named, given = compile(_NAMED), compile(_GIVEN)
    # A value ends at the next directive, a further comment, the end. Blanks are looked at once, from the first of them on.
    ends = compile(rf"(?<!\s)(?:\s+(?={_NAMED}|{_GIVEN})|\s+#|\s*$)")
    found: list[Directive] = []
    while True:
        while at < len(text) and text[at] in " \t,;\r":
            at += 1
        if at == len(text):
            return found
        match = named.match(text, at)
        if match:
            reason = text[match.end() :].strip().removeprefix(":").strip()
            rules = islice(_names(span, text, match.start(2), match[2]), MAX_NAMED + 1)  # one more says that there are too many
            found.append(Directive(match[1], span, tuple(rules), "", reason))
            return found
        match = given.match(text, at)
        if not match:
            found.append(Directive("", span, text=text[at:].strip()))
            return found
        end = ends.search(text, match.end())
        stop = end.start() if end else len(text)
        found.append(Directive(match[1], span, text=text[match.end() : stop].strip(" \t\"',;")))
        at = len(text) if end and end[0].strip() == "#" else stop


def _names(span: Span, text: str, at: int, inside: str) -> Iterable[Named]:
    here = span.start + len(text[:at].encode())
    for part in inside.split(","):
        name = part.strip()
        if name:
            start = here + len(part[: len(part) - len(part.lstrip())].encode())
            rule, _, flag = name.partition(":")
            yield Named(rule.strip(), flag.strip(), Span(start, start + len(name.encode())))
        here += len(part.encode()) + 1


def _raw_comments(data: bytes) -> Sequence[tuple[Span, str]]:
    """Lines that are a comment, of a text whose reader found none: it does not parse, or its format has no comments."""
    found, at = [], data.find(MARK)
    while at >= 0:
        start = data.rfind(b"\n", 0, at) + 1
        end = data.find(b"\n", at)
        end = len(data) if end < 0 else end
        sign = data.find(b"#", start, at)
        if sign >= 0 and not data[start:sign].removeprefix(b"\xef\xbb\xbf").strip():
            found.append((Span(sign, end), data[sign:end].decode("utf-8", "replace")))
        at = data.find(MARK, end)
    return found
