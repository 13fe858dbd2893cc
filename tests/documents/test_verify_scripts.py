"""Edits of scripts are held to what was declared: of the options, the launcher, the variables, and of the command itself."""

from __future__ import annotations

import pytest

from vlmr1_lint.documents import verify as verifying
from vlmr1_lint.documents.model import Change
from vlmr1_lint.documents.read import read
from vlmr1_lint.documents.verify import verify

SCRIPT = """\
export A=1
B=1 torchrun --nproc_per_node 4 train.py args.yaml --bf16 --lr 1e-6 --name $(date) --words a b  # one
deepspeed --num_gpus 2 other.py --lr 2e-6
"""


def edited(text, edits):
    for edit in edits:
        assert edit[0] in text
        text = text.replace(*edit, 1)
    return text.encode()


def put(*path, to):
    return Change("set", (0, *path), to)


def remove(*path):
    return Change("remove", (0, *path))


def rename(*path, to):
    return Change("rename", (0, *path), to)


DECLARED = {
    "a value": ([put("lr", to="3e-6")], ("1e-6", "3e-6")),
    "a value for a bare flag": ([put("bf16", to=False)], ("--bf16", "--bf16 false")),
    "a bare flag that says so": ([put("bf16", to=True)], ("", "")),
    "a value that was not known": ([put("name", to="x")], ("$(date)", "x")),
    "a new flag": ([put("seed", to=7)], ("--words", "--seed 7 --words")),
    "several words": ([put("words", to=["c", "d", "e"])], ("a b", "c d e")),
    "several switches": ([put("words", to=[True, False])], ("a b", "true false")),
    "several words in place of one": ([put("lr", to=["a", "b"])], ("1e-6", "a b")),
    "a flag less": ([remove("lr")], ("--lr 1e-6 ", "")),
    "several words less": ([remove("words")], (" --words a b", "")),
    "another name": ([rename("lr", to="learning_rate")], ("--lr 1", "--learning_rate 1")),
    "another name for several words": ([rename("words", to="letters")], ("--words", "--letters")),
    "the launcher's value": ([put("launcher", "nproc_per_node", to=8)], ("node 4", "node 8")),
    "the launcher's name": ([rename("launcher", "nproc_per_node", to="nnodes")], ("--nproc_per_node", "--nnodes")),
    "a variable": ([put("environment", "B", to=2)], ("B=1", "B=2")),
    "the second command": ([Change("set", (1, "lr"), "3e-6")], ("2e-6", "3e-6")),
    "two changes": ([put("lr", to="3e-6"), remove("bf16")], ("--bf16 --lr 1e-6", "--lr 3e-6")),
}


@pytest.mark.parametrize(("changes", "edit"), DECLARED.values(), ids=DECLARED)
def test_what_was_declared_passes(changes, edit):
    assert verify(read("run.sh", SCRIPT.encode()), changes, SCRIPT.replace(*edit, 1).encode()) is None


OTHER = "another option would change"
LR = [put("lr", to="3e-6")]
REFUSED = {
    "nothing": (LR, [], "lr would not have the declared value"),
    "another value": (LR, [("1e-6", "4e-6")], "lr would not have the declared value"),
    "two words": (LR, [("1e-6", "3e-6 x")], "lr would not have the declared value"),
    "no word": (LR, [("1e-6", "")], "lr would not have the declared value"),
    "no new flag": ([put("seed", to=7)], [], "seed would not have the declared value"),
    "a value that is not known": ([put("name", to="$(date)")], [], "name would not have the declared value"),
    "a switch that is a word": ([put("lr", to=True)], [], "lr would not have the declared value"),
    "a switch turned on": ([put("bf16", to=False)], [], "bf16 would not have the declared value"),
    "one word of several": ([put("words", to=["a", "c"])], [], "words would not have the declared value"),
    "the second command instead": ([Change("set", (1, "lr"), "3e-6")], [], "#2/lr would not have the declared value"),
    "the launcher's value": (
        [put("launcher", "nproc_per_node", to=8)], [], "launcher.nproc_per_node would not have the declared value"),
    "a name that is not given": ([rename("lr", to="rate")], [], "lr would not have the declared name"),
    "a name with another value": (
        [rename("lr", to="rate")], [("--lr 1e-6", "--rate 1")], "lr would not have the declared name"),
    "a name that another option has": ([rename("lr", to="bf16")], [("--bf16 --lr", "--bf16")], OTHER),
    "a removal that is none": ([remove("lr")], [], OTHER),
    "another option": (LR, [("1e-6", "3e-6"), ("--bf16", "--bf16 true")], OTHER),
    "an option less": (LR, [("1e-6", "3e-6"), ("--bf16", "")], OTHER),
    "an option more": (LR, [("1e-6", "3e-6 --seed 1")], OTHER),
    "a word of another option": (LR, [("1e-6", "3e-6"), ("a b", "a c")], OTHER),
    "a word more of another option": (LR, [("1e-6", "3e-6"), ("a b", "a b c")], OTHER),
    "what is not known": (LR, [("1e-6", "3e-6"), ("date", "hostname")], OTHER),
    "a launcher's option": (LR, [("1e-6", "3e-6"), ("node 4", "node 8")], OTHER),
    "an exported variable": (LR, [("1e-6", "3e-6"), ("A=1", "A=2")], OTHER),
    "a variable that both commands get": ([put("environment", "A", to=2)], [("A=1", "A=2")], OTHER),
    "a word before the options": (LR, [("1e-6", "3e-6"), ("args.yaml", "other.yaml")], OTHER),
    "the training script": (LR, [("1e-6", "3e-6"), ("train.py", "trial.py")], OTHER),
    "the launcher": (LR, [("1e-6", "3e-6"), ("torchrun", "python -m torch.distributed.run")], OTHER),
    "a command in front": (LR, [("1e-6", "3e-6"), ("torchrun", "srun torchrun")], OTHER),
    "a folder to start from": (LR, [("1e-6", "3e-6"), ("B=1", "cd src\nB=1")], OTHER),
    "options that nobody sees": (LR, [("1e-6", '3e-6 "$@"')], OTHER),
    "another command": (LR, [("1e-6", "3e-6"), ("2e-6", "5e-6")], OTHER),
    "a command more": (LR, [("1e-6", "3e-6"), ("2e-6", "2e-6\ntorchrun third.py --lr 1")], OTHER),
    "a command less": (LR, [("1e-6", "3e-6"), ("deepspeed", "# deepspeed")], OTHER),
    "a comment": (LR, [("1e-6", "3e-6"), ("# one", "")], "a comment would be lost"),
    "what cannot be read": (LR, [("1e-6", "\0")], "the new text cannot be read: nul"),
}  # fmt: skip


@pytest.mark.parametrize(("changes", "edits", "reason"), REFUSED.values(), ids=REFUSED)
def test_what_was_not_declared_is_refused_and_named(changes, edits, reason):
    assert verify(read("run.sh", SCRIPT.encode()), changes, edited(SCRIPT, edits)) == reason


ELSEWHERE = {
    "a line in front": ([("A=1", "A=2")], "line 1 is not part of the command"),
    "a line behind": ([("2e-6", "5e-6")], "line 3 is not part of the command"),
    "a line more": ([("B=1", "cd src\nB=1")], "the script would have other lines than before"),
}


@pytest.mark.parametrize(("edits", "reason"), ELSEWHERE.values(), ids=ELSEWHERE)
def test_lines_of_other_commands_are_refused_whatever_their_values(monkeypatch, edits, reason):
    """What reads the new text again may be wrong in the same way as what wrote it: here it sees nothing."""
    monkeypatch.setattr(verifying, "_verify_flat", lambda *_: None)
    assert verify(read("run.sh", SCRIPT.encode()), LR, edited(SCRIPT, [("1e-6", "3e-6"), *edits])) == reason


BROKEN = """\
A=1 torchrun --nproc_per_node 4 train.py --lr 1e-6 \\ # one
  --words a b \\ # two
  --beta 0.1
torchrun other.py --lr 1 --lr 2
"""
BACKSLASHES = [Change("repair", (0,), "backslash-then-text")]
ONE_LINE = "--lr 1e-6 \\ # one\n"
ONE_MENDED = "--lr 1e-6 \\\n"
MENDED = {
    "one of two lines": (BACKSLASHES, [(ONE_LINE, ONE_MENDED)], None),
    "both lines": (BACKSLASHES, [(ONE_LINE, ONE_MENDED), (" # two", "")], None),
    "a flag given twice": ([Change("repair", (1,), "duplicate-flag")], [("--lr 1 ", "")], None),
    "both kinds": (
        [*BACKSLASHES, Change("repair", (1,), "duplicate-flag")], [(ONE_LINE, ONE_MENDED), ("--lr 1 ", "")], None),
    "one kind of both": (
        [*BACKSLASHES, Change("repair", (1,), "duplicate-flag")], [(ONE_LINE, ONE_MENDED)], "the script would not be mended"),
    "nothing": (BACKSLASHES, [("A=1", "A=1 ")], "the script would not be mended"),
    "another kind": (BACKSLASHES, [("--lr 1 ", "")], "the script would not be mended"),
    "a broken line more": (
        BACKSLASHES, [(ONE_LINE, ONE_MENDED), ("--beta 0.1", "--beta 0.1 \\ # x\n  --gamma 1 \\ # y\n  --delta 1")],
        "the script would not be mended"),
    "a value": (BACKSLASHES, [(ONE_LINE, "--lr 2e-6 \\\n")], "lr would change"),
    "an option less": (BACKSLASHES, [("--lr 1e-6 \\ # one\n  --words", "--words")], "lr would change"),
    "the launcher's value": (BACKSLASHES, [(ONE_LINE, ONE_MENDED), ("node 4", "node 8")], "nproc_per_node would change"),
    "an exported variable": (BACKSLASHES, [(ONE_LINE, ONE_MENDED), ("A=1", "A=2")], "A would change"),
    "the wrong of two values": ([Change("repair", (1,), "duplicate-flag")], [(" --lr 2", "")], "lr would change"),
    "a value of the other command": (
        BACKSLASHES, [(ONE_LINE, ONE_MENDED), ("--lr 1 --lr 2", "--lr 1 --lr 3")], "lr would change"),
    "a command less": (
        BACKSLASHES, [(ONE_LINE, ONE_MENDED), ("torchrun other", "echo other")], "the number of training commands would change"),
    "a command more": (
        BACKSLASHES, [(ONE_LINE, ONE_MENDED), ("torchrun other", "torchrun third.py --lr 1\ntorchrun other")],
        "the number of training commands would change"),
}  # fmt: skip


@pytest.mark.parametrize(("changes", "edits", "reason"), MENDED.values(), ids=MENDED)
def test_a_mended_script_has_the_options_that_it_had(changes, edits, reason):
    assert verify(read("run.sh", BROKEN.encode()), changes, edited(BROKEN, edits)) == reason


EMPTY = "N=\ntorchrun train.py --name $N --bf16 true\n"


def test_an_empty_value_in_quotes_is_a_value_where_there_was_a_bare_flag():
    document = read("run.sh", EMPTY.encode())
    quoted = EMPTY.replace("$N", '"$N"').encode()
    assert verify(document, [Change("repair", (0,), "unquoted-empty")], quoted) is None
    assert verify(document, [Change("repair", (0,), "unquoted-empty")], quoted.replace(b"true", b"no")) == "bf16 would change"


def test_a_bare_flag_gets_no_value_from_another_repair():
    text = b"torchrun train.py --bf16 --lr 1 \\ # one\n  --lr 2\n"
    new = b"torchrun train.py --bf16 true --lr 1 \\\n  --lr 1\n"
    assert verify(read("run.sh", text), BACKSLASHES, new) == "bf16 would change"


def test_files_that_a_script_takes_in_are_read_for_the_new_text_too():
    text = b"source env.sh\ntorchrun train.py --lr $LR --beta 0.1\n"
    document = read("run.sh", text, lambda name, _: b"LR=1e-6\n" if name == "env.sh" else None)
    assert document.node((0, "lr")).value == "1e-6"
    assert verify(document, [put("beta", to="0.2")], text.replace(b"0.1", b"0.2")) is None
