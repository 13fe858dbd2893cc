"""The public functions: what the command line does, for programs. Nothing is written."""

from __future__ import annotations

import os

from vlmr1_lint.chinese import translated
from vlmr1_lint.preferences import Given, load_preferences
from vlmr1_lint.results import Finding, Fix, Fixed, Forecast, Plan, Report, Step
from vlmr1_lint.session import Session
from vlmr1_lint.sources import Sources, repository_root
from vlmr1_lint.sources.discovery import discover

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from vlmr1_lint.findings.finding import Finding as Found
    from vlmr1_lint.session import Result

__all__ = ["fix", "forecast", "lint", "plan"]


def lint(
    paths: Sequence[str] = (".",),
    *,
    gpus: str | None = None,
    trainer: str | None = None,
    preset: str | None = None,
    select: Sequence[str] = (),
    lang: str | None = None,
    config: str | None = None,
) -> Report:
    """Lint *paths* (files and folders), as ``vlmr1-lint PATH …`` does, settings files included. The arguments are its options.

    Raises FileNotFoundError for a path that is not there; FleetError, SelectorError, SelectionError, SettingsError and
    RuleFileError for words that mean nothing.
    """
    given = Given(gpus=gpus, trainer=trainer, preset=preset, select=tuple(select), lang=lang)
    session = _session(paths, given, config)
    return _report(session.lint(), session.preferences.lang)


def fix(
    paths: Sequence[str] = (".",),
    *,
    unsafe: bool = False,
    gpus: str | None = None,
    trainer: str | None = None,
    preset: str | None = None,
    select: Sequence[str] = (),
    lang: str | None = None,
    config: str | None = None,
) -> Fixed:
    """What ``vlmr1-lint --fix PATH …`` would write; *unsafe* as with ``--unsafe-fixes``. Raises what `lint` raises."""
    from vlmr1_lint.reporting.diff import unified
    from vlmr1_lint.sharing import fixed_for_all, withhold
    from vlmr1_lint.values import replace

    given = Given(gpus=gpus, trainer=trainer, preset=preset, select=tuple(select), lang=lang)
    session = _session(paths, given, config)
    allowed = {"safe", "unsafe"} if unsafe else {"safe"}
    outcome, broken = fixed_for_all(session, lambda texts: session.lint(texts).findings, allowed)
    result = session.lint(outcome.texts)
    result = replace(result, findings=tuple(withhold(result.findings, broken, session.preferences.lang)))
    inside = {name: text for name, text in outcome.texts.items() if not session.sources.leads_out(session.sources.path(name))}
    return Fixed(
        report=_report(result, session.preferences.lang),
        texts=inside,
        applied=tuple((one.path, one.rule, one.title) for one in outcome.applied),
        diff="".join(unified(name, session.document(name, {}).data, text) for name, text in sorted(inside.items())),
    )


def forecast(
    path: str, *, gpus: str | None = None, trainer: str | None = None, config: str | None = None
) -> tuple[Forecast, ...]:
    """The memory forecast of each run that the file at *path* starts. Raises what `lint` raises."""
    return tuple(one.forecast for one in plan(path, gpus=gpus, trainer=trainer, config=config))


def plan(
    path: str, *, gpus: str | None = None, trainer: str | None = None, lang: str | None = None, config: str | None = None
) -> tuple[Plan, ...]:
    """What ``vlmr1-lint plan PATH`` says of each run that the file starts: *gpus* is a what-if and beats what files say. Raises
    what `lint` raises."""
    from vlmr1_lint.planning.plan import plan_of

    session = _session([path], Given(gpus=gpus, trainer=trainer, lang=lang, what_if=True), config)
    preferences = session.preferences
    entries = [(run, preferences.entry(run.inputs.document.path).data) for run in session.runs()]
    return tuple(_plan(plan_of(run, data, preferences.lang)) for run, data in entries)


def _session(paths: Sequence[str], given: Given, config: str | None) -> Session:
    sources = Sources(repository_root(os.getcwd()) or os.getcwd())
    preferences = load_preferences(given, sources, config)
    found = discover(paths, lambda path: preferences.excluded(sources.name(path)))
    if found.missing or found.outside:
        raise FileNotFoundError(f"no such file or folder: {', '.join((*found.missing, *found.outside))}")
    return Session(sources, found.files, preferences)


def _report(result: Result, lang: str) -> Report:
    return Report(
        findings=tuple(map(_finding, result.findings)),
        files={target.document.path: target.kind for target in result.targets},
        skipped=tuple((one.path, one.rule, one.missing) for one in result.skipped),
        troubles=tuple((name, translated(str(error), lang)) for name, error in result.troubles),
    )


def _finding(found: Found) -> Finding:
    document, entry, fixed = found.place.document, found.place.entry, found.fix
    start, end = document.position(entry.start), document.position(entry.end)
    return Finding(
        rule=found.rule,
        name=found.name,
        severity=found.severity,
        message=found.message,
        why=found.why,
        path=document.path,
        key=found.place.key,
        line=start.line,
        column=start.column,
        end_line=end.line,
        end_column=end.column,
        assumptions=found.assumptions,
        fingerprint=found.fingerprint,
        fix=Fix(fixed.safety, fixed.title, fixed.path, fixed.withheld) if fixed is not None else None,
    )


def _plan(shown: Mapping[str, Any]) -> Plan:
    figures = shown["forecast"] or {}
    expected = Forecast(
        path=shown["run"]["path"],
        verdict=shown["verdict"],
        low=figures.get("low_gib"),
        likely=figures.get("likely_gib"),
        high=figures.get("high_gib"),
        phase=figures.get("instant"),
        missing=tuple(shown["missing"]),
    )
    steps = tuple(Step(one["set"], one["cost"], one["likely_gib"], one["verdict"]) for one in shown["plan"])
    return Plan(expected, steps, tuple(shown.get("rules", ())), shown)
