"""The contracts of DESIGN §6 and §7 through the real command line, tried as a demanding user would."""

from __future__ import annotations

import json
import os
import sys

import pytest
from contracts import DEEPSPEED, FLEET, NAMING, SCRIPT, at, by_rule, pair, report
from samples import MULTINODE

from vlmr1_lint.reporting.printable import width

__all__ = ["pair"]  # a fixture

FINDING_KEYS = set("rule name severity message path key start end value assumptions fingerprint upstream related fix".split())


class TestJson:
    def test_exactly_these_keys(self, pair):
        found = report(pair, ".", *FLEET)
        assert set(found) == {"version", "findings", "omitted", "skipped", "files", "fixed"}
        assert found["version"] == 1
        assert found["findings"]
        for one in found["findings"]:
            assert set(one) == FINDING_KEYS
            assert set(one["start"]) == set(one["end"]) == {"line", "column"}
            assert one["value"] is None or set(one["value"]) == {"start", "end"}
            assert all(set(other) == {"path", "start", "end", "message"} for other in one["related"])
            if one["fix"] is not None:
                assert set(one["fix"]) == {"safety", "title", "edits"}
                assert all(set(edit) == {"path", "start", "end", "text"} for edit in one["fix"]["edits"])
        assert found["files"] == [{"path": "args.yaml", "kind": "args"}, {"path": "zero3.json", "kind": "deepspeed"}]

    def test_spans_are_half_open_over_entry_and_value(self, pair):
        found = by_rule(pair, ".", *FLEET)["MEM001"]
        assert (found["start"], found["end"]) == (at(12, 1), at(12, 30))
        assert found["value"] == {"start": at(12, 25), "end": at(12, 30)}

    def test_an_absent_key_has_no_width_and_no_value(self, multinode):
        multinode.write("args.yaml", "# first\n" + multinode.read("args.yaml").replace("gradient_checkpointing: false\n", ""))
        found = by_rule(multinode, "args.yaml", *FLEET)["MEM001"]
        assert found["start"] == found["end"] == at(2, 1)
        assert found["value"] is None
        assert found["key"] == "gradient_checkpointing"
        (edit,) = found["fix"]["edits"]
        assert edit["start"] == edit["end"]

    def test_keys_of_lists_and_later_documents(self, lint):
        lint.write("args.yaml", "gradient_checkpointing: true\n---\n" + MULTINODE)
        assert by_rule(lint, "args.yaml", *FLEET)["MEM001"]["key"] == "#2/gradient_checkpointing"
        lint.write("ds.json", DEEPSPEED)
        assert by_rule(lint, "ds.json")["DSP006"]["key"] == "zero_optimization.overlap_com"

    def test_flag_and_value_are_the_entry_in_a_script(self, lint):
        lint.write("run.sh", SCRIPT)
        found = by_rule(lint, "run.sh", *FLEET)["MEM001"]
        line = SCRIPT.splitlines()[found["start"]["line"] - 1]
        assert line[found["start"]["column"] - 1 : found["end"]["column"] - 1] == "--gradient_checkpointing false"
        value = found["value"]
        assert line[value["start"]["column"] - 1 : value["end"]["column"] - 1] == "false"

    def test_columns_count_code_points(self, multinode):
        multinode.write("args.yaml", "{'# 配置😀': 1, " + ", ".join(MULTINODE.splitlines()) + "}\n")
        found = by_rule(multinode, "args.yaml", *FLEET)["MEM001"]
        assert found["start"]["column"] == multinode.read("args.yaml").index("gradient_checkpointing") + 1

    def test_paths_are_relative_to_the_repository_wherever_one_stands(self, pair):
        pair.write("deep/er/args.yaml", MULTINODE)
        for folder, word in ((".", "deep/er/args.yaml"), ("deep", "er/args.yaml"), ("deep/er", "args.yaml"), ("deep/er", ".")):
            inner = type(pair)(pair.folder / folder, pair.capfd)
            assert by_rule(inner, word, *FLEET)["MEM001"]["path"] == "deep/er/args.yaml"

    def test_paths_are_relative_to_the_working_folder_without_a_repository(self, multinode):
        (multinode.folder / ".git").rmdir()
        multinode.write("inner/args.yaml", MULTINODE)
        inner = type(multinode)(multinode.folder / "inner", multinode.capfd)
        assert by_rule(inner, "args.yaml", *FLEET)["MEM001"]["path"] == "args.yaml"

    def test_a_folder_that_begins_with_dots_is_inside(self, lint):
        lint.write("..data/args.yaml", MULTINODE)
        assert by_rule(lint, "..data/args.yaml", *FLEET)["MEM001"]["path"] == "..data/args.yaml"

    def test_fingerprints_know_no_line_and_no_language(self, multinode):
        before = {one["fingerprint"] for one in report(multinode, "args.yaml", *FLEET)["findings"]}
        multinode.write("args.yaml", "# a comment\n\n" + MULTINODE)
        after = {one["fingerprint"] for one in report(multinode, "args.yaml", *FLEET, "--lang", "zh")["findings"]}
        assert before == after
        multinode.write("other.yaml", MULTINODE)
        assert before.isdisjoint(one["fingerprint"] for one in report(multinode, "other.yaml", *FLEET)["findings"])

    def test_fingerprints_are_of_one_finding_each(self, lint):
        lint.write("args.yaml", MULTINODE + "---\n" + MULTINODE)
        prints = [one["fingerprint"] for one in report(lint, "args.yaml", *FLEET)["findings"]]
        assert len(prints) == len(set(prints))

    def test_skipped_rules_name_the_missing_facts_once(self, multinode):
        skipped = report(multinode, "args.yaml")["skipped"]
        assert {"path": "args.yaml", "rule": "MEM001", "missing": ["fleet"]} in skipped
        assert len(skipped) == len({(one["path"], one["rule"]) for one in skipped})

    def test_fixed_counts_what_was_written(self, pair):
        assert report(pair, ".", *FLEET, "--select", "MEM001,DSP006", "--fix")["fixed"] == 2
        assert report(pair, ".", *FLEET, "--select", "MEM001,DSP006", "--fix")["fixed"] == 0

    def test_order_is_path_line_column_rule(self, pair):
        pair.write("b/args.yaml", MULTINODE)
        pair.write("a.yaml", MULTINODE + "---\n" + MULTINODE)
        found = report(pair, "zero3.json", "b", ".", "args.yaml", *FLEET, "--preset", "strict")["findings"]
        order = [(one["path"], one["start"]["line"], one["start"]["column"], one["rule"]) for one in found]
        assert order == sorted(order)
        assert len(set(map(str, found))) == len(found)


class TestOutputs:
    def test_one_format_to_standard_output_and_others_to_files(self, pair):
        assert pair(".", *FLEET, "--format", "json", "--format", "sarif=x.sarif", "--format=junit=x.xml") == 1
        assert json.loads(pair.out)["version"] == 1
        assert json.loads(pair.read("x.sarif"))["version"] == "2.1.0"
        assert pair.read("x.xml").startswith("<?xml")

    @pytest.mark.parametrize("format_", ["json", "sarif", "gitlab", "junit", "rdjson", "markdown"])
    def test_reports_for_machines_are_written_for_clean_runs_too(self, lint, format_):
        lint.write("notes.yaml", "a: 1\n")
        assert lint(".", "--format", format_, "--format", f"{format_}=out") == 0
        assert lint.out == lint.read("out") != ""

    def test_findings_and_words_are_apart(self, pair):
        assert pair("missing.yaml", ".", "--verbose") == 2
        assert "missing.yaml" not in pair.out
        assert "missing.yaml: no such file" in pair.err
        assert "DSP006" in pair.out
        assert "DSP006" not in pair.err

    def test_quiet_keeps_findings_and_drops_hints(self, pair):
        pair(".")
        assert pair.err
        loud = pair.out
        pair(".", "--quiet")
        assert (pair.out, pair.err) == (loud, "")

    def test_a_clean_run_says_nothing(self, lint):
        lint.write("ds.json", '{"zero_optimization": {"stage": 2}}\n')
        assert lint(".") == 0
        assert (lint.out, lint.err) == ("", "")

    def test_show_fixes_in_every_format_for_people(self, pair):
        for format_ in ("text", "concise"):
            pair.write("zero3.json", DEEPSPEED)
            pair(".", "--fix", "--show-fixes", "--select", "DSP006", "--format", format_)
            assert "DSP006: rename it to overlap_comm" in pair.out

    def test_fix_only_reports_nothing_that_remains(self, pair):
        pair(".", "--fix-only", "--select", "DSP006,CKPT001", "--format", "concise")
        assert pair.out == ""
        assert "overlap_comm" in pair.read("zero3.json")

    def test_unsafe_fixes_alone_write_nothing(self, pair):
        pair(".", "--unsafe-fixes")
        assert (pair.read("zero3.json"), pair.read("args.yaml")) == (DEEPSPEED, NAMING)
        pair("args.yaml", "--fix", "--select", "DSP020")
        assert pair.read("args.yaml") == NAMING
        pair("args.yaml", "--fix", "--unsafe-fixes", "--select", "DSP020")
        assert pair.read("args.yaml") == NAMING + "beta: 0.0\n"

    def test_colour_is_asked_for_or_for_terminals(self, pair, monkeypatch):
        pair(".")
        assert "\x1b[" not in pair.out
        pair(".", "--color", "always")
        assert "\x1b[" in pair.out
        monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
        pair(".")
        assert "\x1b[" in pair.out
        monkeypatch.setenv("NO_COLOR", "1")
        pair(".")
        assert "\x1b[" not in pair.out

    def test_narrow_terminals_get_narrow_notes(self, pair, monkeypatch):
        monkeypatch.setattr(os, "get_terminal_size", lambda *_: os.terminal_size((50, 20)))
        pair(".", "--select", "DSP006")
        first, *rest = pair.out.splitlines()
        assert "DSP006" in first  # one line, for programs that look for path:line:column
        assert max(map(len, rest[:-1])) <= 50

    @pytest.mark.parametrize("lang", ["en", "zh"])
    @pytest.mark.parametrize("columns", [60, 80])
    def test_notes_stay_within_the_columns_that_are_asked_for(self, pair, monkeypatch, columns, lang):
        def widest():
            pair(".", "--gpus", "2x24G", "--preset", "strict", "--lang", lang)
            return max(width(line) for line in pair.out.splitlines() if line.startswith("  "))

        usual = widest()
        monkeypatch.setenv("COLUMNS", str(columns))
        assert columns - 8 < widest() <= columns < usual
        monkeypatch.setenv("COLUMNS", "wide")
        assert widest() == usual


class TestStatus:
    def test_two_beats_one_and_the_others_are_done(self, pair):
        assert pair("missing.yaml", "args.yaml", "zero3.json", "--select", "DSP006", "--fix") == 2
        assert "overlap_comm" in pair.read("zero3.json")
        assert pair("missing.yaml", ".", "--exit-zero") == 2

    def test_one_files_bad_comment_is_its_own_trouble(self, pair):
        pair.write("bad.yaml", "# vlmr1-lint: gpus=4xFOO\n" + MULTINODE)
        pair.write("worse.yaml", "# vlmr1-lint: trainer=nobody\n" + MULTINODE)
        assert pair(".", "--format", "concise") == 2
        assert "zero3.json:5:37: DSP006" in pair.out
        assert "bad.yaml: '4xFOO': unknown card 'FOO'" in pair.err
        assert "worse.yaml: unknown trainer 'nobody'" in pair.err
        assert pair("show", "bad.yaml") == 2

    def test_a_fault_of_ours_is_one_files_trouble(self, pair, monkeypatch):
        from vlmr1_lint import engine

        real = engine.RunScope

        def failing(run, *given, **named):
            if run.inputs.document.path == "args.yaml":
                raise RuntimeError("broken")
            return real(run, *given, **named)

        pair.write("other.yaml", MULTINODE)
        monkeypatch.setattr(engine, "RunScope", failing)
        assert pair(".", "--format", "concise", *FLEET) == 2
        assert "other.yaml:12:1: MEM001" in pair.out
        assert "args.yaml: internal error: RuntimeError: broken" in pair.err
        assert len(pair.err.splitlines()) == 1

    @pytest.mark.parametrize(
        ("threshold", "status"), [("error", 0), ("warning", 1), ("info", 1), ("never", 0)]
    )  # fmt: skip
    def test_fail_on(self, pair, threshold, status):
        assert pair("args.yaml", "--select", "CKPT001", "--fail-on", threshold) == status
        pair.write(".vlmr1-lint.yaml", f"fail-on: {threshold}\n")
        assert pair("args.yaml", "--select", "CKPT001") == status

    def test_a_report_that_cannot_be_written(self, pair):
        assert pair(".", "--format", "json=none/x.json") == 2
        assert "none/x.json: not written: its folder does not exist" in pair.err


class TestMistakes:
    @pytest.mark.parametrize(
        "words",
        [
            ["--select", "MEM0O1"], ["--select", ""], ["--select", ","], ["--ignore", "XYZ"], ["--extend-select", "MEMM"],
            ["--preset", "stric"], ["--gpus", "4xA1000"], ["--gpus", "0xA100-40G"], ["--gpus", ""], ["--gpus", "-1xH100"],
            ["--gpus", "4xA100"], ["--gpus=", "."], ["--trainer", "nobody"], ["--trainer", ""], ["--host-ram", "12"],
            ["--host-ram", "nanGiB"], ["--images", "-1"], ["--images", "²"], ["--image", "640"], ["--image", "²x3"],
            ["--image", "0x0"], ["--prompt-tokens", "x"], ["--format", "xml"], ["--format", "json="], ["--fail-on", "fatal"],
            ["--lang", "fr"], ["--color", "red"], ["--baseline", "none.json"], ["--baseline", "args.yaml"],
            ["--stdin-filename"], ["--rules", "nope"], ["--rules", "args.yaml"], ["--config", "nope.yaml"], ["--nonsense"],
            ["--selct", "MEM001"], ["--fix=yes"], [""], ["-"], ["nothing.yaml"],
        ],
        ids=" ".join,
    )  # fmt: skip
    def test_one_line_and_status_two(self, multinode, words):
        assert multinode("args.yaml", "--quiet", *words) == 2
        assert len(multinode.err.splitlines()) == 1, multinode.err
        assert "internal error" not in multinode.err
        assert "Traceback" not in multinode.err

    def test_did_you_mean(self, multinode):
        for words, meant in (
            (["--select", "SUP01"], "SUP001"),
            (["--select", "gradient-checkpointing-of"], "gradient-checkpointing-off"),
            (["--selct", "MEM001"], "--select"),
            (["--statistic"], "--statistics"),
        ):
            assert multinode("args.yaml", *words) == 2
            assert f"did you mean {meant}?" in multinode.err.replace("'", "")

    def test_a_fleet_without_meaning_is_refused_though_nothing_asks_for_it(self, lint):
        lint.write("notes.yaml", "a: 1\n")
        assert lint(".", "--gpus", "4xFOO") == 2
        assert lint(".", "--trainer", "nobody") == 2

    def test_gpus_local_without_nvidia_smi(self, multinode, monkeypatch):
        monkeypatch.setenv("PATH", "")
        assert multinode("args.yaml", "--gpus", "local") == 2
        assert "nvidia-smi" in multinode.err

    def test_settings_errors_have_their_place(self, multinode):
        for text, place in (
            ("select: [MEM, NOPE1]\n", "1:15"),
            ("severity: {MEM01: info}\n", "1:12"),
            ("suppress:\n  - {path: a.json, rule: NOPE1, reason: x}\n", "2:"),
            ("overrides:\n  - paths: ['*.yaml']\n    ignore: NOPE1\n", "3:5"),
            ("fail-on: x\n", "1:"),
            ("- a\n", "1:1"),
            ("a: [\n", "2:1"),
        ):
            multinode.write(".vlmr1-lint.yaml", text)
            assert multinode("args.yaml") == 2, text
            assert multinode.err.startswith(f".vlmr1-lint.yaml:{place}"), multinode.err
            assert multinode("args.yaml", "--isolated", "--quiet") in {0, 1}

    def test_settings_outside_of_the_repository(self, multinode, tmp_path_factory):
        path = tmp_path_factory.mktemp("outside") / "settings.yaml"
        path.write_text("gpus: 4xA100-40G\nselect: MEM001\n")
        assert set(by_rule(multinode, "args.yaml", "--config", str(path))) == {"MEM001"}
        path.write_text("gpsu: 4xA100-40G\n")
        assert multinode("args.yaml", "--config", str(path)) == 2
        assert f"{path}:1:1: unknown setting 'gpsu'; did you mean 'gpus'?" in multinode.err

    def test_a_first_word_that_is_a_command_is_that_command(self, lint):
        lint.write("rules/args.yaml", MULTINODE)
        assert lint("rules") == 0
        assert "MEM001" in lint.out and "args.yaml" not in lint.out
        assert lint("./rules", *FLEET) == 1
        assert lint("check", "rules", *FLEET) == 1

    @pytest.mark.parametrize("command", ["check", "show", "plan", "rule", "rules", "test", "new-rule", "schema", "completion"])
    def test_help_in_both_languages(self, lint, command):
        assert lint(command, "--help") == 0
        english = lint.out
        assert lint(command, "--help", "--lang", "zh") == 0
        assert lint.out != english
        assert "显示帮助" in lint.out

    def test_version(self, lint):
        from vlmr1_lint import __version__

        assert lint("--version") == 0
        assert lint.out == f"vlmr1-lint {__version__}\n"
