"""The main job through the real command line: find, say, fix, and be silent the second time."""

from __future__ import annotations

import json
import os
import stat
import sys

import pytest

FLEET = ("--gpus", "4xA100-40G")


def findings(lint, *words):
    lint(*words, "--format", "json")
    return json.loads(lint.out)["findings"]


def test_headline_file_on_four_cards(multinode):
    found = {one["rule"]: one for one in findings(multinode, "args.yaml", *FLEET) if one["severity"] == "error"}
    checkpointing, group = found["MEM001"], found["GRP001"]
    assert checkpointing["start"]["line"] == 12
    assert checkpointing["value"] == {"start": {"line": 12, "column": 25}, "end": {"line": 12, "column": 30}}
    assert checkpointing["fix"]["safety"] == "safe"
    assert "DeepSpeed ZeRO stage 3 from the file name zero3.json" in checkpointing["assumptions"]
    assert group["fix"]["safety"] == "safe"
    assert "8, 16, 24" in group["message"]


def test_fix_changes_those_values_byte_for_byte_and_is_silent_after(multinode):
    before = multinode.read("args.yaml")
    multinode("args.yaml", *FLEET, "--fix", "--select", "MEM001,GRP001")
    expected = before.replace("gradient_checkpointing: false", "gradient_checkpointing: true")
    expected = expected.replace("per_device_train_batch_size: 1", "per_device_train_batch_size: 2")
    expected = expected.replace("gradient_accumulation_steps: 2", "gradient_accumulation_steps: 1")
    assert multinode.read("args.yaml") == expected
    assert not [one for one in findings(multinode, "args.yaml", *FLEET) if one["rule"] in {"MEM001", "GRP001"}]


def test_diff_prints_what_fix_writes_and_writes_nothing(multinode):
    before = multinode.read("args.yaml")
    multinode("args.yaml", *FLEET, "--diff", "--select", "MEM001")
    assert multinode.read("args.yaml") == before
    changed = [line for line in multinode.out.splitlines() if line[:1] in "+-" and line[:3] not in {"+++", "---"}]
    assert changed == ["-gradient_checkpointing: false", "+gradient_checkpointing: true"]


def test_status_and_fail_on(multinode):
    assert multinode("args.yaml", *FLEET) == 1
    assert multinode("args.yaml", *FLEET, "--exit-zero") == 0
    assert multinode("args.yaml", *FLEET, "--fail-on", "never") == 0
    assert multinode("missing.yaml") == 2
    assert multinode("args.yaml", "--gpus", "4xA100") == 2
    assert "A100-40G or A100-80G" in multinode.err.replace(", ", " or ")
    assert multinode("args.yaml", "--select", "GRP0001") == 2


def test_nothing_recognised_is_one_line_and_clean(lint):
    lint.write("notes.yaml", "a: 1\n")
    assert lint("notes.yaml") == 0
    assert lint.out == ""
    assert len(lint.err.splitlines()) == 1
    assert lint("notes.yaml", "--fail-on-no-input") == 2


def test_without_a_fleet_one_line_says_what_is_missing(multinode):
    multinode("args.yaml")
    assert sum("--gpus" in line for line in multinode.err.splitlines()) == 1


def test_chinese(multinode):
    multinode("args.yaml", *FLEET, "--lang", "zh", "--select", "MEM001")
    assert "梯度检查点" in multinode.out
    assert "error" not in multinode.out


def test_missing_key_is_inserted_where_it_belongs(multinode):
    text = multinode.read("args.yaml").replace("gradient_checkpointing: false\n", "")
    multinode.write("args.yaml", text)
    multinode("args.yaml", *FLEET, "--fix", "--select", "MEM001")
    assert multinode.read("args.yaml") == text.replace("bf16: true\n", "bf16: true\ngradient_checkpointing: true\n")


def test_standard_input(multinode, monkeypatch):
    class Input:
        buffer = open(multinode.folder / "args.yaml", "rb")  # noqa: SIM115 - read by the command, closed below

    monkeypatch.setattr(sys, "stdin", Input)
    assert multinode("--stdin-filename", "other.yaml", *FLEET, "--format", "concise") == 1
    Input.buffer.close()
    assert multinode.out.startswith("other.yaml:")


class TestTroubleOnTheDisk:
    """``--fix`` where it cannot write: one clear line, status 2, nothing lost."""

    def lines(self, lint):
        return [line for line in lint.err.splitlines() if "not written" in line]

    def test_link_out_of_the_repository(self, multinode, tmp_path_factory):
        outside = tmp_path_factory.mktemp("outside") / "args.yaml"
        outside.write_text(multinode.read("args.yaml"))
        (multinode.folder / "args.yaml").unlink()
        os.symlink(outside, multinode.folder / "args.yaml")
        before = outside.read_bytes()
        assert multinode("args.yaml", *FLEET, "--fix") == 2
        assert outside.read_bytes() == before
        assert len(self.lines(multinode)) == 1

    def test_link_inside_the_repository_is_written_through(self, multinode):
        real = multinode.folder / "real" / "args.yaml"
        real.parent.mkdir()
        (multinode.folder / "args.yaml").rename(real)
        os.symlink(real, multinode.folder / "args.yaml")
        multinode("args.yaml", *FLEET, "--fix", "--select", "MEM001")
        assert (multinode.folder / "args.yaml").is_symlink()
        assert "gradient_checkpointing: true" in real.read_text()

    def test_mode_is_kept(self, multinode):
        path = multinode.folder / "args.yaml"
        path.chmod(0o640)
        multinode("args.yaml", *FLEET, "--fix", "--select", "MEM001")
        assert stat.S_IMODE(path.stat().st_mode) == 0o640

    def test_read_only_file(self, multinode, monkeypatch):
        # Root may write anything, so the system's answer is simulated.
        monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK)
        before = multinode.read("args.yaml")
        assert multinode("args.yaml", *FLEET, "--fix") == 2
        assert multinode.read("args.yaml") == before
        assert "read-only" in self.lines(multinode)[0]

    @pytest.mark.parametrize("call", ["write", "fsync", "replace"])
    def test_full_disk(self, multinode, monkeypatch, call):
        real = os.write

        def full(*given):
            if call == "write" and given and isinstance(given[0], int) and given[0] in {1, 2}:
                return real(*given)
            raise OSError(28, "No space left on device")

        before = multinode.read("args.yaml")
        with monkeypatch.context() as patched:
            patched.setattr(os, call, full)
            assert multinode("args.yaml", *FLEET, "--fix") == 2
        assert multinode.read("args.yaml") == before
        assert self.lines(multinode) == ["vlmr1-lint: args.yaml: not written: no space left on device"]
        assert sorted(os.listdir(multinode.folder)) == [".git", "args.yaml"]

    def test_file_changed_in_between(self, multinode, monkeypatch):
        from vlmr1_lint.sources import files

        edited = multinode.read("args.yaml") + "# edited meanwhile\n"
        real = files.read_with_status

        def after_an_edit(asked):
            multinode.write("args.yaml", edited)
            return real(asked)

        monkeypatch.setattr(files, "read_with_status", after_an_edit)
        assert multinode("args.yaml", *FLEET, "--fix") == 2
        assert multinode.read("args.yaml") == edited
        assert "changed" in self.lines(multinode)[0]

    def test_folder_vanishes(self, multinode, monkeypatch):
        import shutil

        from vlmr1_lint.sources import writing

        folder = multinode.folder / "gone"
        folder.mkdir()
        (multinode.folder / "args.yaml").rename(folder / "args.yaml")
        real = writing.put_over

        def vanishing(target, data, seen):
            shutil.rmtree(folder)
            real(target, data, seen)

        monkeypatch.setattr(writing, "put_over", vanishing)
        assert multinode("gone/args.yaml", *FLEET, "--fix") == 2
        assert len(self.lines(multinode)) == 1


class TestSettings:
    def test_fleet_from_a_settings_file(self, multinode):
        multinode.write(".vlmr1-lint.yaml", "gpus: 4xA100-40G\n")
        assert {"MEM001", "GRP001"} <= {one["rule"] for one in findings(multinode, "args.yaml")}

    def test_severity_ignore_and_language(self, multinode):
        multinode.write(".vlmr1-lint.yaml", "gpus: 4xA100-40G\nlang: zh\nignore: GRP001\nseverity: {MEM001: warning}\n")
        found = {one["rule"]: one for one in findings(multinode, "args.yaml")}
        assert "GRP001" not in found
        assert found["MEM001"]["severity"] == "warning"
        assert "全参数微调" in found["MEM001"]["message"]

    def test_unknown_setting_is_one_line_and_status_two(self, multinode):
        multinode.write(".vlmr1-lint.yaml", "gpu: 4xA100-40G\n")
        assert multinode("args.yaml") == 2
        assert "gpus" in multinode.err
        assert multinode.err.startswith(".vlmr1-lint.yaml:1:1:")
        assert len(multinode.err.splitlines()) == 1

    def test_suppression_comment(self, multinode):
        text = multinode.read("args.yaml").replace(
            "gradient_checkpointing: false", "gradient_checkpointing: false  # vlmr1-lint: ignore[MEM001] measured: it fits"
        )
        multinode.write("args.yaml", text)
        assert "MEM001" not in {one["rule"] for one in findings(multinode, "args.yaml", *FLEET)}

    def test_baseline(self, multinode):
        assert multinode("args.yaml", *FLEET) == 1
        assert multinode("args.yaml", *FLEET, "--write-baseline", "base.json") == 0
        assert multinode("args.yaml", *FLEET, "--baseline", "base.json") == 0
        assert multinode("args.yaml", *FLEET, "--baseline", "none.json") == 2
