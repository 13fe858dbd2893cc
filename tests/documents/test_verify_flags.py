"""Values of a command are words: a number or a switch that was set is found again as its text."""

from __future__ import annotations

import pytest

from vlmr1_lint.documents.model import Change
from vlmr1_lint.documents.read import read
from vlmr1_lint.documents.verify import verify

SCRIPT = b"torchrun train.py --num_generations 8.0 --bf16 false --report_to wandb\n"


@pytest.mark.parametrize(
    ("name", "value", "before", "after"),
    [
        ("num_generations", 8, b"8.0", b"8"),
        ("bf16", True, b"false", b"true"),
        ("bf16", True, b"false", b"True"),
        ("report_to", "none", b"wandb", b"none"),
    ],
)
def test_a_set_value_is_found_as_its_word(name, value, before, after):
    document = read("run.sh", SCRIPT)
    assert verify(document, [Change("set", (0, name), value)], SCRIPT.replace(before, after)) is None


def test_a_launchers_own_option_is_held_to_what_is_declared():
    script = b"torchrun --master_port 1111 train.py --bf16 true\n"
    document = read("run.sh", script)
    change = [Change("set", (0, "launcher", "master_port"), 1112)]
    assert verify(document, change, script.replace(b"1111", b"1112")) is None
    assert verify(document, change, script.replace(b"1111", b"1113")) is not None
    assert verify(document, [Change("set", (0, "bf16"), False)], script.replace(b"1111", b"1112").replace(b"true", b"false"))


def test_another_word_is_not_the_declared_value():
    document = read("run.sh", SCRIPT)
    assert verify(document, [Change("set", (0, "num_generations"), 8)], SCRIPT.replace(b"8.0", b"9"))
    assert verify(document, [Change("set", (0, "bf16"), True)], SCRIPT)


LIST = b'torchrun train.py --bf16 true --targets "q_proj", "v_proj" --report_to wandb\n'
WRITTEN = b'--targets "q_proj", "v_proj"'


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (Change("set", (0, "targets"), ["q_proj", "v_proj"]), b"--targets q_proj v_proj"),
        (Change("set", (0, "targets"), "all-linear"), b"--targets all-linear"),
        (Change("rename", (0, "targets"), "modules"), b'--modules "q_proj", "v_proj"'),
    ],
)
def test_a_value_of_several_words_is_one_value(change, text):
    document = read("run.sh", LIST)
    (edit,) = document.edits([change])
    changed = LIST[: edit.span.start] + edit.text.encode() + LIST[edit.span.end :]
    assert changed == LIST.replace(WRITTEN, text)
    assert verify(document, [change], changed) is None
    assert verify(document, [change], changed.replace(b"wandb", b"none")) is not None


def test_words_that_are_not_declared_are_seen():
    change = Change("set", (0, "targets"), ["q_proj", "v_proj"])
    document = read("run.sh", LIST)
    assert verify(document, [change], LIST.replace(WRITTEN, b"--targets q_proj k_proj v_proj")) is not None
    assert verify(document, [change], LIST.replace(b"true", b"true extra")) is not None
