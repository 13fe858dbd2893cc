"""SARIF 2.1.0 (OASIS standard), for GitHub code scanning and other viewers."""

from __future__ import annotations

from vlmr1_lint.reporting.places import documents, edits, json_text
from vlmr1_lint.reporting.printable import well_formed
from vlmr1_lint.reporting.report import RuleText
from vlmr1_lint.reporting.summary import fix_label
from vlmr1_lint.reporting.words import say

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vlmr1_lint.documents.model import Document, Span
    from vlmr1_lint.findings.finding import Finding, Related
    from vlmr1_lint.reporting.report import Report

__all__ = ["render"]

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

_LEVELS = {"error": "error", "warning": "warning", "info": "note"}
_LANGUAGES = {"en": "en-US", "zh": "zh-CN"}


def render(report: Report) -> str:
    """*report* as a SARIF log with one run. Paths are relative to the repository root (``%SRCROOT%``)."""
    rules = _rules(report)
    order = {rule.id: index for index, rule in enumerate(rules)}
    known = documents(report)
    driver = {
        "name": "vlmr1-lint",
        **({"version": report.version, "semanticVersion": report.version} if report.version else {}),
        "rules": [_descriptor(rule, report.lang) for rule in rules],
    }
    run = {
        "tool": {"driver": driver},
        # GitHub keeps the alerts of each category apart: two jobs over different folders do not close each other's.
        "automationDetails": {"id": _category(report.paths)},
        "language": _LANGUAGES.get(report.lang, "en-US"),
        "columnKind": "unicodeCodePoints",
        "invocations": [_invocation(report)],
        "artifacts": [{"location": _artifact(path), "properties": {"kind": kind}} for path, kind in report.files],
        "results": [_result(finding, order[finding.rule], report.lang, known) for finding in report.findings],
    }
    return json_text({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]})


PATHS_MAX = 8
"""Paths that a category names: more are no choice of somebody who sets up a job."""


def _category(paths: tuple[str, ...]) -> str:
    named = paths if len(paths) <= PATHS_MAX else ()
    return "/".join(("vlmr1-lint", *map(_text, named), ""))


def _invocation(report: Report) -> dict[str, object]:
    """How it went; results that are left out are told as notifications (SARIF 3.20.21)."""
    if not report.omitted:
        return {"executionSuccessful": True}
    notifications = [
        {
            "level": "note",
            "message": {"text": _text(one.told(report.lang))},
            "associatedRule": {"id": one.rule},
            "locations": [{"physicalLocation": {"artifactLocation": _artifact(one.path)}}],
            "properties": {"omitted": one.count},
        }
        for one in report.omitted
    ]
    return {"executionSuccessful": True, "toolExecutionNotifications": notifications}


def _rules(report: Report) -> list[RuleText]:
    """The rules that findings name, by id; one whose text the report lacks is described by its finding."""
    found: dict[str, RuleText] = {}
    for finding in report.findings:
        bare = RuleText(finding.rule, finding.name, finding.severity, finding.name, finding.why, ())
        found.setdefault(finding.rule, report.rules.get(finding.rule, bare))
    return [found[rule] for rule in sorted(found)]


def _descriptor(rule: RuleText, lang: str) -> dict[str, object]:
    why = rule.why or rule.title
    sources = say(lang, "markdown-sources")
    listed = "".join(f"\n- {source}" for source in rule.sources)
    links = [source for source in rule.sources if source.startswith("https://") and " " not in source]
    return {
        "id": rule.id,
        "name": rule.name,
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": why},
        "help": {
            "text": why + (f"\n\n{sources}:{listed}" if listed else ""),
            "markdown": f"**{rule.title}**\n\n{why}" + (f"\n\n{sources}:\n{listed}" if listed else ""),
        },
        **({"helpUri": links[0]} if links else {}),
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
        "properties": {"tags": [rule.id.rstrip("0123456789")]},
    }


def _result(finding: Finding, rule: int, lang: str, known: dict[str, Document]) -> dict[str, object]:
    place = finding.place
    lines = [finding.message, *(f"{say(lang, 'assumed')}: {text}" for text in finding.assumptions)]
    result: dict[str, object] = {
        "ruleId": finding.rule,
        "ruleIndex": rule,
        "level": _LEVELS[finding.severity],
        "message": {"text": _text("\n".join(lines))},
        "locations": [
            {
                "physicalLocation": _physical(place.document, place.entry),
                "logicalLocations": [{"fullyQualifiedName": place.key}],
            }
        ],
    }
    if finding.fingerprint:
        # Not GitHub's own "primaryLocationLineHash": its upload step computes that, and warns about any other value.
        result["partialFingerprints"] = {"vlmr1LintFingerprint/v1": finding.fingerprint}
    if finding.related:
        result["relatedLocations"] = [_related(index, other) for index, other in enumerate(finding.related, 1)]
    fixes = _fixes(finding, lang, known)
    if fixes:
        result["fixes"] = fixes
    return result


def _related(index: int, related: Related) -> dict[str, object]:
    place = related.place
    return {
        "id": index,
        "physicalLocation": _physical(place.document, place.entry),
        "message": {"text": _text(related.message)},
    }


def _fixes(finding: Finding, lang: str, known: dict[str, Document]) -> list[dict[str, object]]:
    """The fix as replacements. One that is withheld is not offered: a viewer would write it with one click."""
    fix = finding.fix
    changes: dict[str, list[dict[str, object]]] = {}
    for document, edit in edits(finding, known):
        replacement = {"deletedRegion": _region(document, edit.span), "insertedContent": {"text": edit.text}}
        changes.setdefault(edit.path, []).append(replacement)
    if fix is None or fix.withheld is not None or not changes:
        return []
    label = fix_label(lang, fix)
    return [
        {
            "description": {"text": _text(f"{label}: {fix.title}")},
            "artifactChanges": [
                {"artifactLocation": _artifact(path), "replacements": replacements} for path, replacements in changes.items()
            ],
        }
    ]


def _physical(document: Document, span: Span) -> dict[str, object]:
    return {"artifactLocation": _artifact(document.path), "region": _region(document, span)}


def _artifact(path: str) -> dict[str, str]:
    from urllib.parse import quote

    try:
        name = quote(path, errors="surrogateescape")  # the bytes of the name
    except UnicodeEncodeError:  # half of a pair: Windows allows it in names
        name = quote(well_formed(path))
    if path.startswith("/"):  # outside the folder that paths are relative to
        return {"uri": f"file://{name}"}
    return {"uri": name, "uriBaseId": "%SRCROOT%"}


def _region(document: Document, span: Span) -> dict[str, int]:
    """A text region: 1-based and half-open as ours; equal columns are an insertion point (SARIF 3.30.8)."""
    start, end = document.position(span.start), document.position(span.end)
    return {"startLine": start.line, "startColumn": start.column, "endLine": end.line, "endColumn": end.column}


def _text(text: str) -> str:
    """*text* with what SARIF would take for an embedded link (3.11.6) escaped."""
    return text.replace("[", "\\[") if "](" in text else text
