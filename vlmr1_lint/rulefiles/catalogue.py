"""The catalogue of rules: which there are, which are selected, and which a document or a run concerns."""

from __future__ import annotations

import os

from vlmr1_lint.documents.recognise import FOREIGN_LAUNCH
from vlmr1_lint.rulefiles.compiled import read_compiled, read_rule_files, stamp

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from vlmr1_lint.rulefiles.rule import Rule

__all__ = ["PRESETS", "Catalogue", "SelectionError", "builtin"]

PRESETS = ("recommended", "strict")
"""Presets, the default first."""
PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


class SelectionError(ValueError):
    """A word in --select, --ignore or settings that names no rule, family or preset; the message proposes one."""


class Catalogue:
    """Rules in the order of their ids, and indexes over them. Immutable; `select` and `extended` give others."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self.rules: tuple[Rule, ...] = tuple(sorted(rules, key=lambda rule: rule.id))
        self._by_word: dict[str, Rule] | None = None
        self._documents: dict[str, tuple[Rule, ...]] = {}
        self._of_code: dict[tuple[str, ...], tuple[Rule, ...]] = {}
        self._runs: dict[tuple[str, ...], tuple[Rule, ...]] = {}
        self._reading: dict[str, tuple[Rule, ...]] | None = None
        self._project: tuple[Rule, ...] | None = None

    def __iter__(self) -> Iterator[Rule]:
        return iter(self.rules)

    def __len__(self) -> int:
        return len(self.rules)

    def get(self, word: str) -> Rule | None:
        """The rule with the id or name *word*, or None."""
        if self._by_word is None:
            self._by_word = {word: rule for rule in self.rules for word in (rule.id, rule.name)}
        return self._by_word.get(word)

    def families(self) -> tuple[str, ...]:
        """The letters that ids begin with, sorted."""
        return tuple(sorted({rule.family for rule in self.rules}))

    def for_document(self, kind: str) -> tuple[Rule, ...]:
        """Rules of scope document that look at documents of *kind*."""
        found = self._documents.get(kind)
        if found is None and kind == FOREIGN_LAUNCH:
            found = self._documents[kind] = tuple(rule for rule in self.for_document("launch") if rule.kinds and rule.of_foreign)
        if found is None:
            found = tuple(rule for rule in self.rules if rule.scope == "document" and (rule.kinds is None or kind in rule.kinds))
            self._documents[kind] = found
        return found

    def for_code(self, candidates: tuple[str, ...]) -> tuple[Rule, ...]:
        """`for_run` where a repository's own code decides what the trainer does: that of the *candidates* rules nothing out."""
        found = self._of_code.get(candidates)
        if found is None:
            from vlmr1_lint.rulefiles.matching import applies

            found = tuple(rule for rule in self.rules if rule.scope == "run" and applies(rule.trainers, candidates))
            self._of_code[candidates] = found
        return found

    def for_run(self, candidates: tuple[str, ...]) -> tuple[Rule, ...]:
        """Rules of scope run that are about any of the *candidates* (releases of trainers)."""
        found = self._runs.get(candidates)
        if found is None:
            from vlmr1_lint.rulefiles.matching import applies

            found = tuple(
                rule
                for rule in self.rules
                if rule.scope == "run" and applies(rule.trainers, candidates) and not set(rule.never).issuperset(candidates)
            )
            self._runs[candidates] = found
        return found

    @property
    def project(self) -> tuple[Rule, ...]:
        """Rules of scope project."""
        if self._project is None:
            self._project = tuple(rule for rule in self.rules if rule.scope == "project")
        return self._project

    def reading(self, option: str) -> tuple[Rule, ...]:
        """Rules of scope run whose condition reads ``run.<option>``."""
        if self._reading is None:
            found: dict[str, list[Rule]] = {}
            for rule in self.rules:
                for name in {chain[1] for chain in rule.reads if chain[0] == "run" and len(chain) > 1}:
                    found.setdefault(name, []).append(rule)
            self._reading = {name: tuple(rules) for name, rules in found.items()}
        return self._reading.get(option, ())

    def extended(self, rules: Iterable[Rule]) -> Catalogue:
        """This catalogue and a user's own *rules*. Raises SelectionError where an id or name is taken."""
        more = tuple(rules)
        for rule in more:
            for word in (rule.id, rule.name):
                if self.get(word) is not None:
                    raise SelectionError(f"{word} of {rule.details['path']} is a built-in rule: take another id and name")
        return Catalogue((*self.rules, *more))

    def without_same(self, rules: Iterable[Rule]) -> Catalogue:
        """This catalogue without what *rules* are themselves: a folder of built-in rules takes their place."""
        same = {(rule.id, rule.name) for rule in rules}
        return Catalogue(rule for rule in self.rules if (rule.id, rule.name) not in same)

    def select(
        self,
        *,
        preset: str = "recommended",
        select: Iterable[str] = (),
        ignore: Iterable[str] = (),
        extend_select: Iterable[str] = (),
        severity: Mapping[str, str] | None = None,
        safety: Mapping[str, str] | None = None,
    ) -> Catalogue:
        """The rules that are to run.

        *select* takes the place of the preset; *extend_select* adds to it. A word is an id, a name, a family (``MEM``), a preset
        or ``ALL``; a word for one rule beats a word for many, and between equals *ignore* wins. *severity* and *safety* map such
        words to what settings want instead. ``mem001`` and ``mem`` are understood too, and ``CKPT*`` is like a family. Raises
        SelectionError for a word without meaning.
        """
        chosen = [*self._checked(tuple(select) or (preset,)), *self._checked(extend_select)]
        ignored = self._checked(ignore)
        severities, safeties = self._overrides(severity), self._overrides(safety)
        if chosen in (["recommended"], ["strict"]) and not (ignored or severities or safeties):
            return Catalogue(rule for rule in self.rules if chosen[0] in rule.presets)  # the usual case, and the same result
        rules = []
        for rule in self.rules:
            wanted = max((rank for word in chosen if (rank := _rank(word, rule))), default=0)
            if wanted > max((rank for word in ignored if (rank := _rank(word, rule))), default=0):
                new_severity, new_safety = _best(severities, rule), _best(safeties, rule)
                rules.append(rule.override(new_severity, new_safety) if new_severity or new_safety else rule)
        return Catalogue(rules)

    def _checked(self, words: Iterable[str]) -> list[str]:
        found = [self._meant(word) for word in words if word]
        for word in found:
            if "*" in word and any(_rank(word, rule) for rule in self.rules):
                continue
            if not (word in PRESETS or word == "ALL" or self.get(word) is not None or word in self.families()):
                from vlmr1_lint.language.errors import suggest

                known = [
                    *(rule.name for rule in self.rules),
                    *(rule.id for rule in self.rules),
                    *self.families(),
                    *PRESETS,
                    "ALL",
                ]
                raise SelectionError(f"unknown rule {word!r}{suggest(word, known)}")
        return found

    def _meant(self, word: str) -> str:
        """*word* as ids and families are written, where it is one in small letters."""
        upper = word.upper()
        return upper if "*" in word or self.get(upper) is not None or upper in self.families() else word

    def _overrides(self, given: Mapping[str, str] | None) -> dict[str, str]:
        return dict(zip(self._checked(given or ()), (given or {}).values(), strict=True))


def fnmatchcase(name: str, pattern: str) -> bool:
    """Whether *name* matches *pattern* (`fnmatch`); loaded where a word has a star."""
    from fnmatch import fnmatchcase as match

    return match(name, pattern)


def _rank(word: str, rule: Rule) -> int:
    """How closely *word* names *rule*: 0 not at all, 1 a preset or ALL, 2 its family, 3 itself."""
    if word in (rule.id, rule.name):
        return 3
    if word == rule.family or ("*" in word and fnmatchcase(rule.id, word)):
        return 2
    return 1 if word == "ALL" or word in rule.presets else 0


def _best(overrides: Mapping[str, str], rule: Rule) -> str | None:
    """The value of the word in *overrides* that names *rule* most closely, or None."""
    ranked = [(rank, found) for word, found in overrides.items() if (rank := _rank(word, rule))]
    return max(ranked, key=lambda pair: pair[0])[1] if ranked else None


_builtin: list[Catalogue] = []


def builtin() -> Catalogue:
    """The rules that come with the tool; read once.

    An installed package has its rules compiled. A checkout uses compiled files only if they were made from the files as they are
    now, else it reads the rule files themselves (a second or two): never anything stale. Raises RuleFileError for a rule that
    is none.
    """
    if not _builtin:
        _builtin.append(Catalogue(_load_builtin(PACKAGE)))
    return _builtin[0]


def _load_builtin(package: str) -> list[Rule]:
    compiled, shipped = f"{package}/_compiled", f"{package}/rules"
    if os.path.isdir(shipped):
        return read_compiled(compiled, None) or _from_files(shipped)
    rules = f"{os.path.dirname(package)}/rules"
    return read_compiled(compiled, stamp(package, rules)) or _from_files(rules)


def _from_files(folder: str) -> list[Rule]:
    """The rules of the rule files under *folder*, read and checked now."""
    from vlmr1_lint.rulefiles.load import RuleFileError, load_rules

    rules, problems = load_rules(read_rule_files(folder))
    if problems:
        raise RuleFileError(problems)
    return rules
