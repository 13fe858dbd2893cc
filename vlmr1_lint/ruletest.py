"""Testing rules by their own examples: what ``vlmr1-lint test`` and the project's tests run."""

from __future__ import annotations

import os

from vlmr1_lint.fixing.fixpoint import fix_all
from vlmr1_lint.preferences import Given, Preferences
from vlmr1_lint.session import Session
from vlmr1_lint.sources import Sources
from vlmr1_lint.values import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from vlmr1_lint.findings.finding import Finding
    from vlmr1_lint.rulefiles.catalogue import Catalogue
    from vlmr1_lint.rulefiles.rule import Rule

__all__ = ["Example", "examples_of", "run_example"]

OPEN, CLOSE = "«", "»"
"""Marks in the text of a failing example around what the finding must point at."""

_FILE_OF_KIND = {
    "args": "args.yaml",
    "deepspeed": "ds_config.json",
    "accelerate": "accelerate.yaml",
    "data": "data.yaml",
    "launch": "run.sh",
}


@value
class Example:
    """One example of a rule, ready to be run.

    files     name → text without marks; *path* is the file that is linted, with a rule of scope ``project`` they all are
    kind      of *path*: a rule's example is what the rule is about, and need not be recognised as such; None: it must be
    expected  (file, start, end) that the finding must point at, byte offsets; None for an example that must pass
    fixed     what the file with the mark must read after the fix, None where nothing is fixed; that file is then linted too
    """

    rule: str
    number: int
    path: str
    files: Mapping[str, str]
    expected: tuple[str, int, int] | None
    fixed: str | None
    given: Given
    kind: str | None
    together: bool = False


def examples_of(rule: Rule) -> Iterator[Example]:
    """The examples of *rule*, in order. Raises ValueError for a failing example without a mark."""
    for number, raw in enumerate(rule.details["examples"], 1):
        yield _example(rule, number, raw)


def _example(rule: Rule, number: int, raw: Mapping[str, Any]) -> Example:
    kind = raw.get("kind") or _kind(rule, raw.get("path") or "")
    path = raw.get("path") or _FILE_OF_KIND[kind]
    texts = {path: raw["fail"] if raw.get("fail") is not None else raw["pass"], **(raw.get("files") or {})}
    files, expected = {}, None
    for name, text in texts.items():
        files[name], span = _unmarked(text)
        if span is not None:
            expected = (name, *span)
    if (expected is None) == (raw.get("fail") is not None):
        raise ValueError(f"{rule.id} example {number}: a failing example needs one «mark», a passing one none")
    # Rules about suppressions speak of other rules, so those must be on.
    select = () if rule.family == "SUP" else (rule.id,)
    given = Given(gpus=raw.get("gpus"), trainer=raw.get("trainer"), preset="strict", select=select, **_options(raw))
    return Example(
        rule=rule.id,
        number=number,
        path=path,
        files=files,
        expected=expected,
        fixed=raw.get("fixed"),
        given=given,
        kind=kind,
        together=rule.scope == "project",
    )


def _kind(rule: Rule, path: str) -> str:
    """The kind of an example that does not say it: by its rule, and by the ending of its name where that is given."""
    kinds = rule.kinds or ("args", "deepspeed", "launch")
    by_ending = {"json": "deepspeed", "sh": "launch"}.get(path.rpartition(".")[2])
    return by_ending if by_ending in kinds else kinds[0]


def _options(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Further options of an example: ``args: [--images, "2"]``."""
    if not raw.get("args"):
        return {}
    import argparse

    from vlmr1_lint.commandline.arguments import add_run_options, add_selection_options

    options = argparse.ArgumentParser(allow_abbrev=False)
    add_run_options(options)
    add_selection_options(options)
    found = options.parse_args([str(word) for word in raw["args"]])
    names = ("host_ram", "images", "image", "prompt_tokens", "check_data", "here")
    return {name: getattr(found, name) for name in names}


def _unmarked(text: str) -> tuple[str, tuple[int, int] | None]:
    start = text.find(OPEN)
    if start < 0:
        return text, None
    end = text.index(CLOSE, start)
    plain = text[:start] + text[start + 1 : end] + text[end + 1 :]
    return plain, (len(text[:start].encode()), len((text[:start] + text[start + 1 : end]).encode()))


def run_example(example: Example, folder: str, catalogue: Catalogue | None = None) -> list[str]:
    """What is wrong with *example*, one line each; empty if all is as it says. *folder* is an empty folder to work in."""
    overlays = {os.path.join(folder, name): text.encode() for name, text in example.files.items()}
    overlays = {os.path.realpath(path): data for path, data in overlays.items()}
    sources = Sources(folder, overlays)
    preferences = Preferences(example.given, catalogue=catalogue, kinds={example.path: example.kind} if example.kind else None)
    asked = list(example.files) if example.together else [example.path]
    if example.fixed is not None and example.expected is not None and example.expected[0] not in asked:
        asked.append(example.expected[0])  # a fix changes only files that were asked for
    session = Session(sources, [sources.path(name) for name in asked], preferences)
    result = session.lint()
    if example.path in result.foreign:
        return [f"{example.path} is not recognised: {result.foreign[example.path]}"]
    found = [finding for finding in result.findings if finding.rule == example.rule]
    if example.expected is None:
        return [f"unexpected finding: {_where(finding)}: {finding.message}" for finding in found]
    if not found:
        undecided = [", ".join(one.missing) for one in result.skipped if one.rule == example.rule]
        return ["no finding" + (f"; undecided for want of {undecided[0]}" if undecided else "")]
    problems = _misplaced(found, example)
    if example.fixed is not None and not problems:
        problems = _misfixed(session, example)
    return problems


def _misplaced(found: list[Finding], example: Example) -> list[str]:
    places = [
        (place.document.path, span.start, span.end)
        for finding in found
        for place in (finding.place, *(related.place for related in finding.related))
        for span in (place.value or place.entry, place.entry)
    ]
    if example.expected in places:
        return []
    return [f"finding at {_where(found[0])}, expected {example.expected}: {found[0].message}"]


def _misfixed(session: Session, example: Example) -> list[str]:
    outcome = fix_all(lambda texts: session.lint(texts).findings, session.document, {"safe", "unsafe"})
    assert example.expected is not None
    names = list(outcome.texts) or [example.path]
    got = outcome.texts.get(names[0], example.files[names[0]].encode()).decode()
    if got == example.fixed:
        return []
    reasons = "; ".join(outcome.dropped.values())
    return [f"the fix gives\n{got}\ninstead of\n{example.fixed}" + (f"\ndropped: {reasons}" if reasons else "")]


def _where(finding: Finding) -> str:
    span = finding.place.value or finding.place.entry
    return f"({finding.place.document.path}, {span.start}, {span.end})"
