"""JUnit XML: one suite per file, one case per finding, a passed case for a file without findings.

A finding at or above ``--fail-on`` is a failure; a milder one is a passed case with its words as output, so that a CI system
turns red exactly where the command does.
"""

from __future__ import annotations

from vlmr1_lint.reporting.printable import HIDDEN, clean, well_formed
from vlmr1_lint.reporting.summary import fix_label, fix_title
from vlmr1_lint.reporting.words import say

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from vlmr1_lint.findings.finding import Finding
    from vlmr1_lint.reporting.report import Report

__all__ = ["render"]


def render(report: Report) -> str:
    """*report* as JUnit XML; a failure's ``type`` is the severity."""
    from xml.etree.ElementTree import Element, SubElement, indent, tostring

    by_path: dict[str, list[Finding]] = {path: [] for path, _ in report.files}
    for finding in report.findings:
        by_path.setdefault(finding.place.document.path, []).append(finding)
    cases = sum(max(1, len(findings)) for findings in by_path.values())
    counts = {"tests": str(cases), "failures": _failures(report, report.findings), "errors": "0"}
    root = Element("testsuites", {"name": "vlmr1-lint", **counts})
    for path, findings in by_path.items():
        counts = {"tests": str(max(1, len(findings))), "failures": _failures(report, findings), "errors": "0"}
        suite = SubElement(root, "testsuite", {"name": _xml(path), **counts})
        omitted = [one for one in report.omitted if one.path == path]
        if omitted:
            properties = SubElement(suite, "properties")
            for one in omitted:
                SubElement(properties, "property", {"name": f"omitted {_xml(one.rule)}", "value": str(one.count)})
        if not findings:
            SubElement(suite, "testcase", {"name": "vlmr1-lint", "classname": _xml(path)})
        for finding in findings:
            position = finding.place.document.position(finding.place.entry.start)
            name = f"{finding.rule} {finding.name} ({position.line}:{position.column})"
            case = SubElement(suite, "testcase", {"name": _xml(name), "classname": _xml(path), "line": str(position.line)})
            if report.fails(finding):
                told = SubElement(case, "failure", {"type": finding.severity, "message": _xml(finding.message)})
            else:
                told = SubElement(case, "system-out")
            told.text = _xml(_details(finding, report.lang))
    indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + _inert(tostring(root, encoding="unicode")) + "\n"


def _failures(report: Report, findings: Iterable[Finding]) -> str:
    return str(sum(map(report.fails, findings)))


def _details(finding: Finding, lang: str) -> str:
    place = finding.place
    position = place.document.position(place.entry.start)
    lines = [f"{place.document.path}:{position.line}:{position.column}: {finding.message}"]
    if finding.why:
        lines.append(f"{say(lang, 'why')}: {finding.why}")
    lines += [f"{say(lang, 'assumed')}: {text}" for text in finding.assumptions]
    if finding.fix:
        lines.append(f"{fix_label(lang, finding.fix)}: {fix_title(lang, finding.fix)}")
    return "\n".join(map(clean, lines))


def _xml(text: str) -> str:
    """*text* with what XML 1.0 cannot hold (control characters, U+FFFE, U+FFFF) or nobody sees replaced by U+FFFD, and lone
    surrogates as escapes."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(char if _shown(char) else "\ufffd" for char in well_formed(text))


def _shown(char: str) -> bool:
    return char in "\t\n\r" or (char not in HIDDEN and char not in "\ufffe\uffff")


def _inert(xml: str) -> str:
    """*xml*, of which the runner of a CI job takes no line for a command: written otherwise, it says the same."""
    from re import sub

    return sub(r"(?m)^(\s*):(?=:)", r"\1&#58;", xml.replace("##", "#&#35;"))
