"""Suppressing findings: by comments in the file, and by document path in the settings (JSON has no comments).

A suppression that names no rule of ours, or that nothing needs any more, is a finding itself: `Misuse` is what the rules
SUP001 and SUP002 speak of.
"""

from __future__ import annotations

from vlmr1_lint.checking.coverage import coverage
from vlmr1_lint.checking.directives import ACTIONS, KINDS, directives
from vlmr1_lint.checking.finding import Place
from vlmr1_lint.checking.nearest import nearest
from vlmr1_lint.documents.model import Problem, Span
from vlmr1_lint.values import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from vlmr1_lint.checking.directives import Directive
    from vlmr1_lint.checking.finding import Finding
    from vlmr1_lint.documents.model import Document

__all__ = ["UNKNOWN", "UNUSED", "Misuse", "Outcome", "Suppression", "apply", "nearest_rule", "rules_named"]

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


def rules_named(text: str, known: Mapping[str, str]) -> list[str]:
    """Ids of the rules that *text* names: one by id or by name, several by family (``GRP``). Empty if there are none."""
    if text in known:
        return [text]
    return [rule for rule, name in known.items() if name == text] or [rule for rule in known if rule.rstrip("0123456789") == text]


def nearest_rule(text: str, known: Mapping[str, str]) -> str:
    """The id, name or family that *text* is a misspelling of, else ``""``."""
    families = {rule.rstrip("0123456789") for rule in known} if text.isalpha() else set()
    return _near(text, known) or _near(text, known.values()) or _near(text, families)


def _near(text: str, words: Iterable[str]) -> str:
    """The word that *text* is a misspelling of; hyphens against underscores count as no edit."""
    spelt = {word.replace("-", "_"): word for word in words}
    return spelt.get(nearest(text, spelt) or "", "")


class _Work:
    """One pass over findings and suppressions; ``suppressed`` collects indices of findings."""

    def __init__(self, findings: Sequence[Finding], known: Mapping[str, str], judged: Callable[[str, str], bool]) -> None:
        self.findings = findings
        self.known = known
        self.judged = judged
        self.suppressed: set[int] = set()

    def comments(self, document: Document) -> Iterator[Misuse]:
        """Suppress what comments of *document* name; yield what is unknown or unused in them."""
        for directive in directives(document):
            if directive.action in ("ignore", "ignore-file"):
                yield from self._ignore(document, directive)
            else:
                yield from _words(document, directive)

    def _ignore(self, document: Document, directive: Directive) -> Iterator[Misuse]:
        if not directive.rules:
            yield Misuse(UNKNOWN, Place(document, "", directive.span), f"{directive.action}[]")
        covers = coverage(document, directive)
        for named in directive.rules:
            place = Place(document, "", named.span, named.span)
            rules = rules_named(named.text, self.known)
            if not rules:
                yield Misuse(UNKNOWN, place, named.text, nearest_rule(named.text, self.known))
                continue
            hit = self._suppress(rules, document.path, _both(covers, named.flag))
            if not hit and self._judged(document.path, rules):
                yield Misuse(UNUSED, place, f"{named.text}:{named.flag}" if named.flag else named.text)

    def declared(self, entry: Suppression, document: Document | None) -> Iterator[Misuse]:
        """Suppress what *entry* of the settings covers; *document* is the one file it speaks of, if that was linted.

        Of an entry with a pattern nobody can say that it is unused: it may speak of files that were not asked for. An unknown
        rule is an error of the settings and not known of here.
        """
        rules = rules_named(entry.rule, self.known)
        hit = False
        for path in {finding.place.document.path for finding in self.findings if entry.covers(finding.place.document.path)}:
            hit |= self._suppress(rules, path, lambda finding: _is_below(finding.place.key, entry.key))
        if document and rules and not hit and self._judged(document.path, rules):
            yield Misuse(UNUSED, Place(document, entry.key, Span(0, 0)), entry.rule, origin=entry.origin)

    def _suppress(self, rules: list[str], path: str, covers: Callable[[Finding], bool]) -> bool:
        """Suppress findings of *rules* in the file *path* that *covers* says; whether there was one."""
        hits = {
            index
            for index, finding in enumerate(self.findings)
            if finding.rule in rules and finding.place.document.path == path and covers(finding)
        }
        self.suppressed |= hits
        return bool(hits)

    def _judged(self, path: str, rules: list[str]) -> bool:
        return all(self.judged(path, rule) for rule in rules)


def _words(document: Document, directive: Directive) -> Iterator[Misuse]:
    """Words that are no directive, and a kind that there is not."""
    place = Place(document, "", directive.span)
    if not directive.action:
        word = directive.text.split("=")[0].split("[")[0].split()[0] if directive.text else ""
        yield Misuse(UNKNOWN, place, directive.text, _near(word, ACTIONS))
    elif directive.action == "kind" and directive.text not in KINDS:
        meant = _near(directive.text, KINDS)
        yield Misuse(UNKNOWN, place, f"kind={directive.text}", f"kind={meant}" if meant else "")


def _is_below(key: str, above: str) -> bool:
    """Whether the document path *key* is *above* or an entry below it."""
    return not above or key == above or key.startswith((above + ".", above + "["))


def _both(covers: Callable[[Finding], bool], flag: str) -> Callable[[Finding], bool]:
    """*covers*, and the finding is about the option *flag* if one is named."""
    if not flag:
        return covers
    return lambda finding: _flag(finding.place.key) == _flag(flag) and covers(finding)


def _flag(text: str) -> str:
    """An option's name however it is written: ``--num-generations``, ``#2/num_generations``, ``launcher.nnodes``."""
    name = text.rsplit("/", 1)[-1].removeprefix("launcher.").removeprefix("environment.")
    return name.lstrip("-").replace("-", "_")
