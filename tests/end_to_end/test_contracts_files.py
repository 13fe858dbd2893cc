"""The contracts of DESIGN §2, §6 and §7 about files: odd ones, those asked for and not, fixing, sharing, suppressing."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from io import BytesIO

import pytest
from contracts import DEEPSPEED, FLEET, SCRIPT, at, by_rule, pair, report
from samples import MULTINODE

__all__ = ["pair"]  # a fixture


@pytest.fixture
def deadline():
    """What waits for ever fails after ten seconds."""

    def ring(*_):
        raise TimeoutError("it hangs")

    before = signal.signal(signal.SIGALRM, ring)
    signal.alarm(10)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


FOREIGN = [b"", b"\n", b"\xef\xbb\xbf", b"---\n...\n", b"[" * 100_000, b"\0" * 100, b"\xff\xfe", b"{}", b"null"]


def windows(text):
    return text.replace("/path/to/models/", "C:\\models\\")


class TestOddFiles:
    def test_pipes_and_devices_are_not_waited_for(self, multinode, deadline):
        os.mkfifo(multinode.folder / "pipe.yaml")
        assert multinode(".", *FLEET, "--format", "concise") == 1
        assert multinode.err == ""
        assert multinode("pipe.yaml", "/dev/null", "args.yaml", *FLEET) == 1
        assert "pipe.yaml: cannot be read: it is no plain file" in multinode.err

    def test_links_in_circles_and_to_nowhere(self, multinode, deadline):
        for name, target in (("loop.yaml", "loop.yaml"), ("nowhere.yaml", "none.yaml"), ("here", ".")):
            os.symlink(target, multinode.folder / name)
        assert multinode(".", *FLEET, "--format", "concise") == 1
        assert multinode.err == ""
        assert multinode("loop.yaml", "nowhere.yaml", "args.yaml", *FLEET) == 1
        assert len([line for line in multinode.err.splitlines() if "cannot be read" in line]) == 2
        assert by_rule(multinode, "here/args.yaml", *FLEET)["MEM001"]["path"] == "here/args.yaml"

    def test_a_file_without_permission(self, multinode, monkeypatch):
        real = os.open

        def refusing(path, *given, **named):
            if str(path).endswith("secret.yaml"):
                raise PermissionError(13, "Permission denied")
            return real(path, *given, **named)

        multinode.write("secret.yaml", MULTINODE)
        monkeypatch.setattr(os, "open", refusing)
        assert multinode(".", *FLEET, "--format", "concise") == 1
        assert "secret.yaml: cannot be read: permission denied" in multinode.err
        assert "args.yaml:12:1" in multinode.out

    def test_a_file_that_vanishes_before_it_is_read(self, multinode, monkeypatch):
        from vlmr1_lint.sources import files

        real = files.read_plain

        def vanishing(path, *given):
            if path.endswith("gone.yaml") and os.path.exists(path):
                os.unlink(path)
            return real(path, *given)

        multinode.write("gone.yaml", MULTINODE)
        monkeypatch.setattr(files, "read_plain", vanishing)
        assert multinode(".", *FLEET, "--format", "concise") == 1
        assert "gone.yaml: cannot be read: no such file or directory" in multinode.err

    @pytest.mark.skipif(sys.platform in {"darwin", "win32"}, reason="file names are Unicode there")
    @pytest.mark.parametrize("format_", ["text", "concise", "json", "sarif", "github", "gitlab", "junit", "rdjson", "markdown"])
    def test_a_name_that_is_not_utf8(self, lint, format_):
        name = os.fsdecode(b"a\xffb.yaml")
        lint.write(name, MULTINODE)
        assert lint(name, *FLEET, "--format", f"{format_}=out") == 1
        assert lint(".", *FLEET, "--fix", "--quiet", "--format", f"{format_}=out") == 0
        assert "gradient_checkpointing: true" in lint.read(name)
        assert (lint.folder / "out").read_bytes()

    @pytest.mark.parametrize("name", ["args.yaml", "ds.json", "run.sh"])
    @pytest.mark.parametrize("data", FOREIGN)
    def test_nothing_of_ours_is_silence(self, lint, name, data, deadline):
        lint.write(name, data)
        assert lint(".", "--format", "concise", *FLEET) == 0
        assert lint.out == ""

    def test_what_cannot_be_read_is_a_finding_if_it_is_ours(self, lint, deadline):
        for data, place in (
            (MULTINODE.encode() + b"# caf\xe9\n", "22:6"),
            (MULTINODE.encode() + b"\0\n", "22:1"),
            (MULTINODE.encode() + b"# x\n" * 1_300_000, "1:1"),
            (MULTINODE.encode() + b'x: "abc\n', "23:1"),
            (MULTINODE.encode() + b"\tx: 1\n", "22:1"),
        ):
            lint.write("args.yaml", data)
            assert lint("args.yaml", "--format", "concise", *FLEET) == 1, data[-20:]
            (line,) = lint.out.splitlines()
            assert line.startswith(f"args.yaml:{place}: YML"), line
        lint.write("args.yaml", b"a: 1\n" * 1_300_000)
        assert lint("args.yaml", *FLEET) == 0
        assert lint.out == ""

    @pytest.mark.parametrize(
        ("before", "after"),
        [
            (lambda text: text.replace("\n", "\r\n"), lambda text: text.replace("\n", "\r\n")),
            (lambda text: "\ufeff" + text, lambda text: "\ufeff" + text),
            (str.rstrip, str.rstrip),
            (lambda text: "%YAML 1.1\n---\n" + text + "...\n", lambda text: "%YAML 1.1\n---\n" + text + "...\n"),
            (lambda text: text.replace("\n", "   # 注释😀\n"), lambda text: text.replace("\n", "   # 注释😀\n")),
            (windows, windows),
        ],
        ids=["crlf", "bom", "no-final-newline", "directive", "comments", "windows-path"],
    )  # fmt: skip
    def test_only_the_bytes_of_the_value_change(self, lint, before, after):
        fixed = MULTINODE.replace("checkpointing: false", "checkpointing: true")
        lint.write("args.yaml", before(MULTINODE))
        assert lint("args.yaml", *FLEET, "--fix", "--select", "MEM001") == 0
        assert lint.read("args.yaml") == after(fixed)

    @pytest.mark.parametrize("coding", ["utf-16", "utf-16-be"])
    def test_utf16_is_told_and_left_alone(self, lint, coding):
        """Windows shells write it with ``>``; trainers open their files as UTF-8."""
        mark = b"\xfe\xff" if coding == "utf-16-be" else b""
        for name, text in (("args.yaml", MULTINODE), ("ds.json", DEEPSPEED), ("notes.yaml", "a: 1\n")):
            lint.write(name, mark + text.encode(coding))
        before = (lint.folder / "args.yaml").read_bytes()
        assert lint(".", "--fix", "--format", "concise") == 1
        assert lint.out.splitlines() == [
            "args.yaml:1:1: YML023 error the file cannot be read: UTF-16, not UTF-8",
            "ds.json:1:1: JSN001 error the file cannot be read: UTF-16, not UTF-8",
        ]
        assert (lint.folder / "args.yaml").read_bytes() == before

    def test_carriage_returns_alone_end_lines_and_stay(self, lint):
        lint.write("args.yaml", MULTINODE.replace("\n", "\r"))
        assert lint("args.yaml", *FLEET, "--trainer", "vlm-r1", "--fix") in {0, 1}
        fixed = (lint.folder / "args.yaml").read_bytes()
        assert b"gradient_checkpointing: true\r" in fixed
        assert b"\n" not in fixed

    def test_args_in_json(self, lint):
        options = {
            "model_name_or_path": "Qwen/Qwen2.5-VL-3B-Instruct",
            "data_file_paths": "a.jsonl",
            "image_folders": "/x",
            "num_generations": 8,
            "per_device_train_batch_size": 2,
            "gradient_checkpointing": False,
        }
        lint.write("args.json", json.dumps(options, indent=2))
        assert lint(".", *FLEET, "--fix", "--select", "MEM001") == 0
        assert json.loads(lint.read("args.json")) == {**options, "gradient_checkpointing": True}

    def test_a_broken_json_in_a_fresh_process(self, lint):
        """json's C scanner raises its errors through json.decoder, which nothing may have imported by then."""
        lint.write("ds.json", '{"zero_optimization": {"stage": 2,}, "bf16": {"enabled": true}}\n')
        command = [sys.executable, "-m", "vlmr1_lint", "ds.json", "--format", "concise", "--select", "DSP012"]
        done = subprocess.run(command, cwd=lint.folder, capture_output=True, text=True, check=False)
        assert done.returncode == 1
        assert done.stdout.startswith("ds.json:1:34: DSP012 error")


class TestStandardInput:
    @pytest.fixture
    def piped(self, lint, monkeypatch):
        def run(text, *words):
            class Input:
                buffer = BytesIO(text.encode())

            monkeypatch.setattr(sys, "stdin", Input)
            return lint(*words)

        return run

    def test_the_fixed_text_is_alone_on_standard_output(self, lint, piped):
        lint.write("args.yaml", "on disk")
        assert piped(MULTINODE, "--stdin-filename", "args.yaml", "--fix", *FLEET, "--select", "MEM001,CKPT001") == 0
        assert lint.out == MULTINODE.replace("checkpointing: false", "checkpointing: true")
        assert "CKPT001" in lint.err
        assert lint.read("args.yaml") == "on disk"

    @pytest.mark.parametrize("text", ["a: 1\n", "", MULTINODE, "\ufeff# Köln\r\n"])
    def test_a_text_that_needs_no_fix_comes_back_as_it_is(self, lint, piped, text):
        piped(text, "--stdin-filename", "x/args.yaml", "--fix", "--quiet", "--select", "DSP001")
        assert lint.out == text

    def test_the_diff_is_alone_on_standard_output(self, lint, piped):
        assert piped(MULTINODE, "--stdin-filename", "args.yaml", "--diff", *FLEET, "--select", "MEM001", "--format", "json") == 1
        assert lint.out.startswith("--- a/args.yaml\n+++ b/args.yaml\n@@")
        assert lint.out.endswith(" max_pixels: 401408\n")

    def test_findings_without_fixing_are_on_standard_output(self, lint, piped):
        assert piped(MULTINODE, "--stdin-filename", "x/args.yaml", "-", *FLEET, "--format", "concise") == 1
        assert lint.out.startswith("x/args.yaml:12:1: MEM001")

    def test_it_stands_in_for_the_file_that_a_link_means(self, lint, piped):
        lint.write("args.yaml", "on: disk\n")
        os.symlink("args.yaml", lint.folder / "link.yaml")
        assert piped(MULTINODE, "--stdin-filename", "link.yaml", *FLEET, "--format", "concise") == 1

    def test_other_paths_beside_it_are_a_mistake(self, lint, piped):
        assert piped(MULTINODE, "--stdin-filename", "args.yaml", "other.yaml", "--quiet") == 2
        assert lint.err == "vlmr1-lint: other.yaml: not linted: --stdin-filename lints standard input alone\n"


class TestBatches:
    """pre-commit names some of the files: what is said stands in one of them, and nothing else is written."""

    def test_the_file_to_change_was_not_asked_for(self, pair):
        found = by_rule(pair, "args.yaml", "--select", "DSP001")["DSP001"]
        assert (found["path"], found["key"]) == ("args.yaml", "deepspeed")
        assert (found["start"], found["value"]["start"]) == (at(13, 1), at(13, 12))
        assert found["related"][0]["path"] == "zero3.json"
        assert found["related"][0]["start"] == at(3, 3)
        assert found["fix"]["safety"] == "safe"
        assert "zero3.json was not among the files to lint" in found["fix"]["title"]
        assert found["fix"]["edits"][0]["path"] == "zero3.json"
        pair("args.yaml", "--fix", "--unsafe-fixes")
        assert pair.read("zero3.json") == DEEPSPEED
        pair("args.yaml", "--diff")
        assert "zero3.json" not in pair.out.replace("deepspeed: zero3.json", "")

    def test_both_were_asked_for(self, pair):
        found = by_rule(pair, "zero3.json", "args.yaml", "--select", "DSP001")["DSP001"]
        assert (found["path"], found["key"]) == ("zero3.json", "train_micro_batch_size_per_gpu")
        pair("args.yaml", "zero3.json", "--fix", "--select", "DSP001")
        assert pair.read("zero3.json") == DEEPSPEED.replace('_per_gpu": 4', '_per_gpu": "auto"')

    def test_the_file_alone_is_judged_with_the_runs_that_name_it(self, pair):
        assert {one["path"] for one in report(pair, "zero3.json")["findings"]} == {"zero3.json"}
        assert by_rule(pair, "zero3.json")["DSP001"]["fingerprint"] == by_rule(pair, ".")["DSP001"]["fingerprint"]

    def test_every_finding_is_in_a_file_that_was_asked_for(self, pair):
        pair.write("run.sh", SCRIPT)
        for asked in (["args.yaml"], ["zero3.json"], ["run.sh"], ["run.sh", "args.yaml"]):
            for one in report(pair, *asked, *FLEET, "--preset", "strict")["findings"]:
                assert one["path"] in asked

    def test_a_fix_that_harms_another_run_is_withheld_and_says_so(self, lint):
        text = MULTINODE.replace("per_device_train_batch_size: 1", "per_device_train_batch_size: 2")
        lint.write("args.yaml", text)
        lint.write("run.sh", "torchrun --nproc_per_node=4 grpo_jsonl.py --config args.yaml\n")
        words = ("args.yaml", "--gpus", "6xA100-40G", "--select", "GRP001")
        assert "num_generations 6" in by_rule(lint, *words)["GRP001"]["fix"]["title"]
        assert lint(*words, "--diff") == 1
        assert lint.out == ""
        assert "run.sh uses it too" in lint.err
        assert lint(*words, "--fix") == 1
        assert lint.read("args.yaml") == text
        assert "run.sh" in lint.out
        os.unlink(lint.folder / "run.sh")
        assert lint(*words, "--fix") == 0

    def test_runs_that_differ_are_related(self, lint):
        lint.write("args.yaml", MULTINODE)
        for cards in (4, 6):
            lint.write(f"run{cards}.sh", f"torchrun --nproc_per_node={cards} grpo_jsonl.py --config args.yaml\n")
        found = by_rule(lint, ".", "--select", "GRP001")["GRP001"]
        assert "x 4 GPUs" in found["message"]
        assert [(one["path"], "x 6 GPUs" in one["message"]) for one in found["related"]] == [("run6.sh", True)]


class TestWriting:
    def test_a_path_outside_of_the_repository(self, lint, tmp_path_factory):
        outside = tmp_path_factory.mktemp("outside") / "args.yaml"
        outside.write_text(MULTINODE)
        assert lint(str(outside), *FLEET, "--fix", "--select", "MEM001") == 0
        assert "checkpointing: true" in outside.read_text()

    def test_a_link_out_of_another_repository(self, lint, tmp_path_factory):
        folder, other = tmp_path_factory.mktemp("outside"), tmp_path_factory.mktemp("other")
        (other / "args.yaml").write_text(MULTINODE)
        os.symlink(other / "args.yaml", folder / "args.yaml")
        assert lint(str(folder / "args.yaml"), *FLEET, "--fix", "--select", "MEM001") == 2
        assert (other / "args.yaml").read_text() == MULTINODE

    def test_two_names_of_one_file(self, multinode):
        os.symlink("args.yaml", multinode.folder / "link.yaml")
        assert multinode(".", *FLEET, "--fix", "--select", "MEM001") == 0
        assert multinode.err == ""
        assert "checkpointing: true" in multinode.read("args.yaml")

    def test_two_invocations_at_once(self, multinode):
        """Each writes the whole or nothing, and leaves no temporary file behind."""
        command = [sys.executable, "-m", "vlmr1_lint", "args.yaml", *FLEET, "--fix", "--quiet", "--select", "MEM001"]
        running = [subprocess.Popen(command, cwd=multinode.folder, stderr=subprocess.PIPE, text=True) for _ in range(2)]
        for one in running:
            _, told = one.communicate(timeout=60)
            assert (one.returncode, told) == (0, "") or (one.returncode == 2 and "run again" in told)
        assert multinode.read("args.yaml") == MULTINODE.replace("checkpointing: false", "checkpointing: true")
        assert sorted(os.listdir(multinode.folder)) == [".git", "args.yaml"]


class TestSuppression:
    def rules(self, lint, name="args.yaml", *words):
        return {one["rule"] for one in report(lint, name, *FLEET, "--select", "MEM001,GRP001,SUP", *words)["findings"]}

    def test_on_the_line_above_and_for_the_file(self, lint):
        assert self.write(lint, "gradient_checkpointing: false  # vlmr1-lint: ignore[MEM001] it fits") == {"GRP001"}
        assert self.write(lint, "# vlmr1-lint: ignore[MEM001] it fits\ngradient_checkpointing: false") == {"GRP001"}
        assert self.write(lint, "gradient_checkpointing: false\n# vlmr1-lint: ignore-file[MEM, GRP001] yes") == set()
        assert self.write(lint, "gradient_checkpointing: false  # vlmr1-lint: ignore[gradient-checkpointing-off]") == {"GRP001"}

    def test_unknown_and_unused_ones_are_findings(self, lint):
        lines = "# vlmr1-lint: ignore[MEM001]\nbf16: true\n# vlmr1-lint: ignor[MEM001]\ngradient_checkpointing: false"
        assert self.write(lint, lines) == {"MEM001", "GRP001", "SUP001", "SUP002"}

    def write(self, lint, line):
        lint.write("args.yaml", MULTINODE.replace("gradient_checkpointing: false", line))
        return self.rules(lint)

    def test_in_scripts_above_the_command(self, lint):
        for words, found in (
            ("ignore[MEM001] yes", {"GRP001"}),
            ("ignore[MEM001:--gradient_checkpointing] yes", {"GRP001"}),
            ("ignore[MEM001:--bf16] no", {"MEM001", "GRP001", "SUP002"}),
        ):
            lint.write("run.sh", SCRIPT.replace("torchrun", f"# vlmr1-lint: {words}\ntorchrun"))
            assert self.rules(lint, "run.sh") == found

    def test_json_by_settings(self, lint):
        lint.write("ds.json", DEEPSPEED)
        entry = "suppress:\n  - {path: ./ds.json, key: zero_optimization.overlap_com, rule: %s, reason: known}\n"
        lint.write(".vlmr1-lint.yaml", entry % "DSP006")
        assert report(lint, ".")["findings"] == []
        lint.write(".vlmr1-lint.yaml", entry % "DSP014")
        assert set(by_rule(lint, ".")) == {"DSP006", "SUP002"}

    def test_of_a_shared_file_is_not_unused_because_its_run_was_not_asked_for(self, pair):
        pair.write(".vlmr1-lint.yaml", "suppress:\n  - {path: ./zero3.json, rule: DSP001, reason: known}\n")
        assert "DSP001" not in by_rule(pair, ".")
        alone = by_rule(pair, "zero3.json")
        assert "DSP006" in alone and not {"DSP001", "SUP002"} & set(alone)

    def test_a_baseline_outlives_lines_and_languages(self, multinode):
        assert multinode("args.yaml", *FLEET, "--write-baseline", "base.json") == 0
        multinode.write("args.yaml", "# one more line\n" + MULTINODE)
        assert multinode("args.yaml", *FLEET, "--baseline", "base.json", "--lang", "zh") == 0
        assert multinode.out == ""
        multinode.write(".vlmr1-lint.yaml", "baseline: base.json\n")
        multinode.write("inner/x.yaml", "a: 1\n")
        assert type(multinode)(multinode.folder / "inner", multinode.capfd)("../args.yaml", *FLEET) == 0


HOSTILE = [
    "'__import__(\"os\").system(\"touch pwned\")'", "run.num_generations.__class__", "'9**9**9 > 1'", "'[1] * 999999999 == [1]'",
    "'" + "(" * 500 + "1" + ")" * 500 + " == 1'", "'" + "not " * 5000 + "true'", "'(lambda: 1)() == 1'", "'1 << 99999 > 2'",
    "'[x for x in [1]] == [1]'", "'10 % 0 == 1'", "run.num_generation > 1", "run.num_generations > 'x'", "1", "''", "null", "[1]",
    "!!python/object/apply:os.system ['touch pwned']",
]  # fmt: skip


class TestOwnRules:
    @pytest.fixture
    def own(self, multinode):
        """A rule that `new-rule` makes, in a folder ``mine``."""
        assert multinode("new-rule", "too-many-generations", "mine") == 0
        rule = multinode.read("mine/too-many-generations.yaml")
        multinode.write("mine/too-many-generations.yaml", rule.replace("> 64", "> 4"))
        return multinode

    def test_by_option_and_by_settings(self, own):
        assert set(by_rule(own, "args.yaml", "--rules", "mine", "--select", "OWN")) == {"OWN001"}
        own.write(".vlmr1-lint.yaml", "rules: [mine]\nselect: too-many-generations\n")
        (own.folder / "inner").mkdir()
        inner = type(own)(own.folder / "inner", own.capfd)
        assert set(by_rule(inner, "../args.yaml")) == {"OWN001"}
        assert own("rule", "OWN001") == 0

    @pytest.mark.parametrize("when", HOSTILE, ids=lambda when: when[:30])
    def test_hostile_conditions_have_a_place_and_do_nothing(self, own, when, deadline):
        rule = own.read("mine/too-many-generations.yaml")
        own.write("mine/too-many-generations.yaml", rule.replace("when: run.num_generations > 4", f"when: {when}"))
        assert own("args.yaml", "--rules", "mine") == 2
        assert own.err.startswith(f"mine/too-many-generations.yaml:{2 if when == 'null' else 4}:")
        assert not (own.folder / "pwned").exists()

    @pytest.mark.parametrize(
        "text",
        ["", "a", "{", "id: [\n", "&a [*a]\n", "\0", "[" * 10_000, "id: OWN002\n", "a: &a [x, x]\n" + "".join(
            f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n" for before, name in zip("abcdefg", "bcdefgh", strict=True)
        )],
        ids=["empty", "word", "open", "cut", "cycle", "nul", "deep", "short", "laughs"],
    )  # fmt: skip
    def test_files_that_are_no_rules(self, own, text, deadline):
        own.write("mine/x.yaml", text)
        assert own("args.yaml", "--rules", "mine") == 2
        assert own.err.startswith("mine/x.yaml:")

    def test_a_pipe_among_the_rules(self, own, deadline):
        os.mkfifo(own.folder / "mine" / "pipe.yaml")
        assert own("args.yaml", "--rules", "mine") == 2
        assert own.err == "mine/pipe.yaml:1:1: it cannot be read\n"


class TestProcess:
    """What only a process of its own shows."""

    def run(self, lint, *words, **more):
        command = [sys.executable, "-m", "vlmr1_lint", *words]
        return subprocess.run(command, cwd=lint.folder, capture_output=True, check=False, timeout=60, **more)

    def test_a_closed_pipe(self, multinode):
        for number in range(200):
            multinode.write(f"a{number}.yaml", MULTINODE)
        command = f"'{sys.executable}' -m vlmr1_lint . --gpus 4xA100-40G | head -1"
        done = subprocess.run(command, shell=True, cwd=multinode.folder, capture_output=True, text=True, check=False, timeout=60)
        assert len(done.stdout.splitlines()) == 1
        assert done.stderr == ""

    @pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full here")
    def test_a_full_device(self, multinode):
        with open("/dev/full", "w") as full:
            command = [sys.executable, "-m", "vlmr1_lint", "args.yaml", *FLEET]
            done = subprocess.run(command, cwd=multinode.folder, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
        assert done.returncode == 2
        assert done.stderr == "vlmr1-lint: standard output: not written: no space left on device\n"

    def test_closed_streams(self, multinode):
        for closed in (">&-", ">&- 2>&-"):
            command = f"'{sys.executable}' -m vlmr1_lint args.yaml --gpus 4xA100-40G {closed}"
            done = subprocess.run(command, shell=True, cwd=multinode.folder, capture_output=True, text=True, check=False)
            assert done.returncode == 1, closed
            assert done.stderr == ""

    def test_any_locale(self, multinode):
        plain = {**os.environ, "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": ""}
        for words in (["args.yaml", "none.yaml", *FLEET], ["--help"], ["plan", "args.yaml", *FLEET]):
            done = self.run(multinode, *words, "--lang", "zh", env=plain)
            told = (done.stdout + done.stderr).decode("utf-8")
            assert any("\u4e00" <= char <= "\u9fff" for char in told), words
            assert "UnicodeEncodeError" not in told

    def test_interrupt(self, multinode, monkeypatch):
        from vlmr1_lint.session import Session

        def interrupted(*_):
            raise KeyboardInterrupt

        monkeypatch.setattr(Session, "lint", interrupted)
        assert multinode(".", "--fix") == 130
        assert multinode.err == "vlmr1-lint: interrupted\n"
        assert multinode.read("args.yaml") == MULTINODE


@pytest.mark.parametrize(
    "line",
    [
        "max_pixels: -1",
        "max_anyres_num: 999999",
        "lora_target_modules: 7",
        "lora_dropout: {a: 1}",
        "min_pixels: [[]]",
        "attn_implementation: {a: 1}",
        "max_completion_length: 1" + "0" * 400,
        "gradient_accumulation_steps: " + "9" * 30,
    ],
    ids=lambda line: line[:30],
)
def test_values_that_no_trainer_takes_neither_crash_nor_hang(lint, line, deadline):
    """What fuzzing found; `test_contracts_fuzz` looks for more."""
    lint.write("args.yaml", MULTINODE + line + "\nuse_peft: true\n")
    assert lint("args.yaml", *FLEET, "--preset", "strict", "--fix", "--unsafe-fixes", "--fix-only") in {0, 1}
    assert "internal error" not in lint.err
