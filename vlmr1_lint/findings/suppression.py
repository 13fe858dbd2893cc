"""Suppressing findings: by comments in the file, and by document path in the settings (JSON has no comments).

A suppression that names no rule of ours, or that nothing needs any more, is a finding itself: `Misuse` is what the rules
SUP001 and SUP002 speak of.
"""

from __future__ import annotations

from functools import lru_cache

from vlmr1_lint.documents.model import Problem, Span
from vlmr1_lint.findings.coverage import Covering, command_of
from vlmr1_lint.findings.directives import ACTIONS, KINDS, directives
from vlmr1_lint.findings.finding import Place
from vlmr1_lint.nearest import nearest
from vlmr1_lint.values import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence

    from vlmr1_lint.documents.model import Document
    from vlmr1_lint.findings.coverage import Covered
    from vlmr1_lint.findings.directives import Directive
    from vlmr1_lint.findings.finding import Finding

__all__ = ["UNKNOWN", "UNUSED", "Misuse", "Outcome", "RuleNames", "Suppression", "apply"]

UNKNOWN, UNUSED = "SUP001", "SUP002"
"""Ids of the two rules about suppressions themselves; their texts are rule files."""


@value
class Suppression:
    """One entry of ``suppress`` in the settings.

    covers  whether it speaks of the file with this path
    path    the one file it speaks of, None if it is a pattern
    key     document path (``zero_optimization.stage``): that entry and what is below it; ``""`` for the whole file
    rule    id, name or family
    reason  why, for people
    origin  where it is written, as people read it: ``.vlmr1-lint.yaml:12``
    """

    covers: Callable[[str], bool]
    path: str | None
    key: str
    rule: str
    reason: str
    origin: str


@value
class Misuse:
    """A suppression that does not do what its author meant. Rules see it as an item of ``document.suppressions``.

    rule        ``SUP001`` (unknown) or ``SUP002`` (unused)
    place       the name within the comment; the start of the file for an entry of the settings
    what        what was written: ``GRP01``, ``kind=arg``
    suggestion  what was meant, ``""`` if nothing is near
    origin      where it is written if not at the place: ``.vlmr1-lint.yaml:12``, else ``""``
    """

    rule: str
    place: Place
    what: str
    suggestion: str = ""
    origin: str = ""

    @property
    def unknown(self) -> bool:
        """Whether it names nothing that there is; else nothing needs it."""
        return self.rule == UNKNOWN

    @property
    def document(self) -> Document:
        """The document of the place, as for other items that a rule iterates over."""
        return self.place.document

    @property
    def problem(self) -> Problem:
        """The place as a problem of the text, as for other items that a rule iterates over."""
        return Problem("suppression", self.place.entry, self.what)


@value
class Outcome:
    """kept: findings that remain; suppressed: those that do not; misuses: in file order."""

    kept: tuple[Finding, ...]
    suppressed: tuple[Finding, ...]
    misuses: tuple[Misuse, ...]


def apply(
    findings: Sequence[Finding],
    documents: Iterable[Document],
    declared: Iterable[Suppression],
    known: Mapping[str, str],
    judged: Callable[[str, str], bool],
) -> Outcome:
    """*findings* without those that a comment in *documents* or a *declared* suppression covers.

    known   every rule there is: id → name
    judged  ``(path, rule id)`` → whether the rule was on and could be decided for that file. Only then is a suppression without a
            finding unused: with ``--select`` or without a fleet, nothing can be said about it
    """
    work = _Work(findings, known, judged)
    by_path = {document.path: document for document in documents}
    misuses = [misuse for document in by_path.values() for misuse in work.comments(document)]
    for entry in declared:
        misuses += work.declared(entry, by_path.get(entry.path) if entry.path is not None else None)
    kept = tuple(finding for index, finding in enumerate(findings) if index not in work.suppressed)
    return Outcome(kept, tuple(findings[index] for index in sorted(work.suppressed)), tuple(misuses))


class RuleNames:
    """What people may call the rules *known* (id → name): to be made once where many names are looked up."""

    def __init__(self, known: Mapping[str, str]) -> None:
        self._ids = tuple(known)
        self._names = tuple(known.values())
        self._rules: dict[str, list[str]] = {}
        for rule, name in known.items():
            self._rules.setdefault(name, []).append(rule)
        families: dict[str, list[str]] = {}
        for rule in known:
            families.setdefault(rule.rstrip("0123456789"), []).append(rule)
        self._families = tuple(families)
        self._rules = {**families, **self._rules, **{rule: [rule] for rule in known}}

    def named(self, text: str) -> list[str]:
        """Ids of the rules that *text* names: one by id or by name, several by family (``GRP``) or pattern (``GRP*``), in small
        letters too. Empty if there are none."""
        found = self._rules.get(text) or self._rules.get(text.upper())
        if found is None and "*" in text:
            from fnmatch import filter as matching

            found = matching(self._ids, text.upper())
        return found or []

    def nearest(self, text: str) -> str:
        """The id, name or family that *text* is a misspelling of, else ``""``."""
        families = self._families if text.isalpha() else ()
        return _near(text, self._ids) or _near(text, self._names) or _near(text, families)


def _near(text: str, words: Iterable[str]) -> str:
    """The word that *text* is a misspelling of; hyphens against underscores count as no edit."""
    spelt = _spelt(tuple(words))
    return spelt.get(nearest(text, spelt) or "", "")


@lru_cache(maxsize=16)
def _spelt(words: tuple[str, ...]) -> dict[str, str]:
    """*words* by how they are compared."""
    return {word.replace("-", "_"): word for word in words}


class _Index:
    """The indices of findings by what a suppression says of them: thousands of one may meet thousands of the other."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        self._found: dict[Hashable, list[int]] = {}
        self.paths: dict[str, None] = {}
        for index, finding in enumerate(findings):
            place = finding.place
            document = place.document
            self.paths.setdefault(document.path)
            lines = {document.position(span.start).line for span in (place.entry, place.value or place.entry)}
            self._add(index, document.path, finding.rule, "whole", None)
            self._add(index, document.path, finding.rule, "command", command_of(place.key))
            self._add(index, document.path, finding.rule, "ends", document.position(place.entry.end).line)
            for line in lines:
                self._add(index, document.path, finding.rule, "starts", line)

    def _add(self, index: int, *key: object) -> None:
        self._found.setdefault(key, []).append(index)

    def of(self, path: str, rule: str) -> list[int]:
        """Findings of *rule* in the file *path*."""
        return self._found.get((path, rule, "whole", None), [])

    def covered(self, path: str, rule: str, covered: Covered) -> Iterator[int]:
        """Those that a comment covers."""
        if covered.whole:
            yield from self.of(path, rule)
            return
        for what, where in (("starts", covered.starts), ("ends", covered.ends), ("command", covered.command)):
            if where is not None:
                yield from self._found.get((path, rule, what, where), ())


class _Work:
    """One pass over findings and suppressions; ``suppressed`` collects indices of findings."""

    def __init__(self, findings: Sequence[Finding], known: Mapping[str, str], judged: Callable[[str, str], bool]) -> None:
        self.findings = findings
        self.names = RuleNames(known)
        self.judged = judged
        self.suppressed: set[int] = set()
        self._index: _Index | None = None

    @property
    def index(self) -> _Index:
        if self._index is None:
            self._index = _Index(self.findings)
        return self._index

    def comments(self, document: Document) -> Iterator[Misuse]:
        """Suppress what comments of *document* name; yield what is unknown or unused in them."""
        covering = Covering(document)
        for directive in directives(document):
            if directive.action in ("ignore", "ignore-file"):
                yield from self._ignore(document, directive, covering)
            else:
                yield from _words(document, directive)

    def _ignore(self, document: Document, directive: Directive, covering: Covering) -> Iterator[Misuse]:
        if not directive.rules:
            yield Misuse(UNKNOWN, Place(document, "", directive.span), f"{directive.action}[]")
        covered = covering.of(directive)
        for named in directive.rules:
            place = Place(document, "", named.span, named.span)
            rules = self.names.named(named.text)
            if not rules:
                yield Misuse(UNKNOWN, place, named.text, self.names.nearest(named.text))
                continue
            flag = _flag(named.flag) if named.flag else None
            hits = [
                index
                for rule in rules
                for index in self.index.covered(document.path, rule, covered)
                if flag is None or _flag(self.findings[index].place.key) == flag
            ]
            self.suppressed.update(hits)
            if not hits and self._judged(document.path, rules):
                yield Misuse(UNUSED, place, f"{named.text}:{named.flag}" if named.flag else named.text)

    def declared(self, entry: Suppression, document: Document | None) -> Iterator[Misuse]:
        """Suppress what *entry* of the settings covers; *document* is the one file it speaks of, if that was linted.

        Of an entry with a pattern nobody can say that it is unused: it may speak of files that were not asked for. An unknown
        rule is an error of the settings and not known of here.
        """
        rules = self.names.named(entry.rule)
        hits = [
            index
            for path in self.index.paths
            if entry.covers(path)
            for rule in rules
            for index in self.index.of(path, rule)
            if _is_below(self.findings[index].place.key, entry.key)
        ]
        self.suppressed.update(hits)
        if document and rules and not hits and self._judged(document.path, rules):
            yield Misuse(UNUSED, Place(document, entry.key, Span(0, 0)), entry.rule, origin=entry.origin)

    def _judged(self, path: str, rules: list[str]) -> bool:
        return all(self.judged(path, rule) for rule in rules)


def _words(document: Document, directive: Directive) -> Iterator[Misuse]:
    """Words that are no directive, and a kind that there is not."""
    place = Place(document, "", directive.span)
    if not directive.action:
        yield Misuse(UNKNOWN, place, directive.text, _meant(directive.text))
    elif directive.action == "kind" and directive.text not in KINDS:
        meant = _near(directive.text, KINDS)
        yield Misuse(UNKNOWN, place, f"kind={directive.text}", f"kind={meant}" if meant else "")


_OF_OTHERS = ("ignore", "ignore-file", "noqa", "disable", "disable-line", "disable-next-line", "nolint", "skip")
"""Words by which people, used to other linters, ask for silence."""


def _meant(text: str) -> str:
    """What the words *text* of a comment, which are no instruction, were to be; ``""`` where nobody can tell."""
    from re import findall, split

    word = split(r"[\s=:\[(]", text, maxsplit=1)[0]
    if word not in _OF_OTHERS:
        return _near(word, ACTIONS)
    rules = findall(r"[A-Z]{2,5}[0-9]{3}", text)
    return f"{'ignore-file' if word == 'ignore-file' else 'ignore'}[{','.join(rules) or 'GRP001'}]"


def _is_below(key: str, above: str) -> bool:
    """Whether the document path *key* is *above* or an entry below it."""
    return not above or key == above or key.startswith((above + ".", above + "["))


def _flag(text: str) -> str:
    """An option's name however it is written: ``--num-generations``, ``#2/num_generations``, ``launcher.nnodes``."""
    name = text.rsplit("/", 1)[-1].removeprefix("launcher.").removeprefix("environment.")
    return name.lstrip("-").replace("-", "_")
