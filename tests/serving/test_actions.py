"""Fixes as edits of the open text."""

from __future__ import annotations

import pytest
from desks import ARGS
from hypothesis import given
from hypothesis import strategies as st
from lsprotocol import types

from vlmr1_lint.documents.model import Span
from vlmr1_lint.serving.actions import FIX_ALL, TELL, fix_all_action, line_edits, quick_fixes, wants
from vlmr1_lint.serving.positions import Text

EVERYWHERE = Span(0, 10**9)
FLEET = {"gpus": "4xA100-40G", "trainer": "vlm-r1@head"}


def titled(desk, name, words, **given):
    """The one quick fix in the file whose title has *words*."""
    (action,) = [one for one in quick_fixes(desk.analyse(**given), name, EVERYWHERE) if words in one.title]
    return action


def applied(text: str, action: types.CodeAction, version: int = 1) -> str:
    """*text* after the action, as an editor applies it."""
    assert action.edit is not None and action.edit.document_changes is not None and action.edit.changes is None
    (change,) = action.edit.document_changes
    assert isinstance(change, types.TextDocumentEdit) and change.text_document.version == version
    data, known = text.encode(), Text(text.encode())
    for edit in sorted(change.edits, key=lambda edit: (edit.range.start.line, edit.range.start.character), reverse=True):
        assert isinstance(edit, types.TextEdit)
        start = known.offset(edit.range.start.line, edit.range.start.character)
        end = known.offset(edit.range.end.line, edit.range.end.character)
        data = data[:start] + edit.new_text.encode() + data[end:]
    return data.decode()


def test_a_safe_fix(desk):
    desk.open("args.yaml", ARGS, version=7)
    action = titled(desk, "args.yaml", "MEM001", **FLEET)
    assert action.kind == types.CodeActionKind.QuickFix and action.is_preferred and "(safe)" in action.title
    assert [one.code for one in action.diagnostics or ()] == ["MEM001"]
    assert applied(ARGS, action, 7) == ARGS.replace("checkpointing: false", "checkpointing: true")


def test_a_fix_of_a_group_is_one_action(desk):
    desk.open("args.yaml", ARGS)
    new = applied(ARGS, titled(desk, "args.yaml", "GRP001", **FLEET))
    assert "per_device_train_batch_size: 2\ngradient_accumulation_steps: 1\n" in new


def test_an_unsafe_fix_says_so_and_is_not_preferred(desk):
    desk.write(".vlmr1-lint.yaml", "safety: {MEM001: unsafe}\n")
    desk.open("args.yaml", ARGS)
    action = titled(desk, "args.yaml", "MEM001", **FLEET)
    assert "(unsafe)" in action.title and action.is_preferred is None and action.edit is not None


def test_a_suggestion_is_shown_without_edits(desk):
    desk.write(".vlmr1-lint.yaml", "safety: {MEM001: suggestion}\n")
    desk.open("args.yaml", ARGS)
    action = titled(desk, "args.yaml", "MEM001", **FLEET)
    assert "suggestion" in action.title and action.edit is None
    assert action.command is not None and action.command.command == TELL and action.command.arguments == [action.title]


def test_titles_in_chinese(desk):
    desk.open("args.yaml", ARGS)
    assert "修复（安全）" in titled(desk, "args.yaml", "MEM001", lang="zh", **FLEET).title


def test_only_fixes_where_the_cursor_is(desk):
    desk.open("args.yaml", ARGS)
    analysis = desk.analyse(**FLEET)
    at = ARGS.index("false")
    assert [one.title[:6] for one in quick_fixes(analysis, "args.yaml", Span(at, at))] == ["MEM001"]
    assert list(quick_fixes(analysis, "args.yaml", Span(0, 0))) == []


@pytest.mark.parametrize("break_", ["\n", "\r\n"])
def test_all_safe_fixes_are_what_fix_writes(desk, break_):
    from vlmr1_lint.cli import main

    text = f"# 中文注释😀{break_}" + ARGS.replace("\n", break_)
    desk.write("args.yaml", text)
    desk.open("args.yaml")
    action = fix_all_action(desk.analyse(**FLEET), "args.yaml")
    assert action is not None and action.kind == FIX_ALL
    assert (desk.folder / "args.yaml").read_bytes() == text.encode()  # the editor's to write
    main(["args.yaml", "--fix", "--quiet", "--gpus", FLEET["gpus"], "--trainer", FLEET["trainer"]])
    written = (desk.folder / "args.yaml").read_bytes().decode()
    assert written != text and applied(text, action) == written


def test_nothing_to_fix_is_no_action(desk):
    desk.open("args.yaml", ARGS.replace("false", "true"))
    assert fix_all_action(desk.analyse(), "args.yaml") is None


def test_the_fixes_of_one_file_only(desk):
    desk.open("a.yaml", ARGS)
    desk.open("b.yaml", ARGS)
    action = fix_all_action(desk.analyse(**FLEET), "a.yaml")
    assert action is not None
    applied(ARGS, action)  # one change of one document
    assert str(action.edit).count("a.yaml") == 1 and "b.yaml" not in str(action.edit)


def test_a_mark_that_editors_hide_is_out_of_reach(desk):
    """json refuses a byte order mark; no edit of the text that an editor shows removes it."""
    text = '{"zero_optimization": {"stage": "2"}, "train_micro_batch_size_per_gpu": "auto"}\n'
    desk.write("zero2.json", b"\xef\xbb\xbf" + text.encode())
    desk.open("zero2.json")
    action = titled(desk, "zero2.json", "DSP012")
    assert action.edit is None and "byte order mark" in action.title
    everything = fix_all_action(desk.analyse(), "zero2.json")
    assert everything is not None and applied(text, everything) == text.replace('"2"', "2")


def test_a_fix_of_a_file_that_is_not_open_is_withheld(desk):
    desk.write("zero.json", '{"zero_optimization": {"stage": 2}, "fp16": {"enabled": true}}')
    desk.open("run.sh", "deepspeed --num_gpus 4 grpo.py --deepspeed zero.json --num_generations 4 --bf16 --run_name a --beta 0\n")
    (action,) = [one for one in quick_fixes(desk.analyse(), "run.sh", EVERYWHERE) if "zero.json" in one.title]
    assert action.edit is None and "not among the files" in action.title
    assert fix_all_action(desk.analyse(), "run.sh") is None


def test_a_fix_that_breaks_another_run_is_withheld(desk, monkeypatch):
    from vlmr1_lint.serving import actions

    text = '{"zero_optimization": {"stage": "3"}, "train_micro_batch_size_per_gpu": "auto"}\n'
    desk.open("zero3.json", text)
    assert applied(text, titled(desk, "zero3.json", "DSP014")) == text.replace('"3"', "3")
    monkeypatch.setattr(actions, "broken_by", lambda session, texts: dict.fromkeys(texts, "other.sh"))
    action = titled(desk, "zero3.json", "DSP014")
    assert action.edit is None and "other.sh" in action.title
    assert fix_all_action(desk.analyse(), "zero3.json") is None


LINES = st.lists(st.sampled_from(["a: 1\n", "b: 的\n", "c: 😀\r\n", "\n", "d"]), max_size=12).map("".join)


@given(LINES, LINES)
def test_line_edits_make_the_new_text(old, new):
    data, shift = old.encode(), 0
    for start, end, text in line_edits(old.encode(), new.encode()):
        data = data[: start + shift] + text + data[end + shift :]
        shift += len(text) - (end - start)
    assert data == new.encode()


@pytest.mark.parametrize(
    ("only", "wanted"),
    [
        (None, True),
        ([""], True),
        (["source"], True),
        (["source.fixAll"], True),
        (["source.fixAll.vlmr1-lint"], True),
        (["source.fixAll.ruff"], False),
        (["quickfix"], False),
        (["source.fix"], False),
        ([], False),
    ],
)
def test_kinds_cover_those_below_them(only, wanted):
    assert wants(only, FIX_ALL) is wanted


def test_fixing_everything_leaves_what_the_baseline_accepts(desk):
    import json

    desk.open("args.yaml", ARGS)
    (accepted,) = [one for one in desk.analyse(**FLEET).findings if one.rule == "MEM001"]
    desk.write("base.json", json.dumps({"version": 1, "findings": [{"fingerprint": accepted.fingerprint}]}))
    action = fix_all_action(desk.analyse(**FLEET), "args.yaml")
    assert action is not None and "checkpointing: true" in applied(ARGS, action)
    desk.write(".vlmr1-lint.yaml", "baseline: base.json\n")
    action = fix_all_action(desk.analyse(**FLEET), "args.yaml")
    assert action is not None
    new = applied(ARGS, action)
    assert "checkpointing: false" in new and "per_device_train_batch_size: 2" in new
