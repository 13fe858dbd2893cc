"""Changing scripts: the exact text that comes out, and for every fixture that bash builds the arguments that were meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from vlmr1_lint.documents.model import Change, Refused, apply_edits
from vlmr1_lint.documents.shell.nodes import ShellNode
from vlmr1_lint.documents.shell.read import ShellDocument, read_shell

from .expectations import expected, fixtures
from .oracle import accepts, agree, arguments, needs_bash

all_fixtures = pytest.mark.parametrize("path", fixtures(), ids=lambda path: path.stem)


def changed(text: str, *changes: Change) -> str:
    document = read_shell("run.sh", text.encode())
    return apply_edits(document.data, document.edits(changes)).decode()


def put(key: str, value: object, root: int = 0) -> Change:
    return Change("set", (root, key), value)


RUN = "torchrun train_grpo.py \\\n  --a 1 \\\n  --b 2 \\\n  --bf16 \\\n\necho done\n"


@pytest.mark.parametrize(
    ("text", "changes", "result"),
    [
        (RUN, [put("a", 5)], RUN.replace("--a 1", "--a 5")),
        (RUN, [put("a", 5), put("b", "x y")], RUN.replace("--a 1", "--a 5").replace("--b 2", "--b 'x y'")),
        (RUN, [put("a", "it's")], RUN.replace("--a 1", '--a "it\'s"')),
        (RUN, [put("a", "")], RUN.replace("--a 1", "--a ''")),
        (RUN, [put("a", ["x", "y z"])], RUN.replace("--a 1", "--a x 'y z'")),
        (RUN, [put("a", 1e-6)], RUN.replace("--a 1", "--a 1e-06")),
        (RUN, [put("bf16", False)], RUN.replace("--bf16", "--bf16 false")),
        (RUN, [put("bf16", True)], RUN),
        (RUN, [put("c", 3)], RUN.replace("--bf16 \\\n", "--bf16 \\\n  --c 3 \\\n")),
        (RUN, [put("c", 3), put("d", True)], RUN.replace("--bf16 \\\n", "--bf16 \\\n  --c 3 \\\n  --d true \\\n")),
        (RUN, [Change("remove", (0, "b"))], RUN.replace("  --b 2 \\\n", "")),
        (RUN, [Change("remove", (0, "a"))], RUN.replace("  --a 1 \\\n", "")),
        (RUN, [Change("remove", (0, "bf16"))], RUN.replace("  --bf16 \\\n", "")),
        (
            RUN,
            [Change("remove", (0, "a")), put("b", 3), put("c", 4)],
            "torchrun train_grpo.py \\\n  --b 3 \\\n  --bf16 \\\n  --c 4 \\\n\necho done\n",
        ),
        (RUN, [Change("rename", (0, "a"), "alpha")], RUN.replace("--a 1", "--alpha 1")),
        (RUN, [Change("set", (0, "c"), 3, "a")], RUN.replace("--a 1 \\\n", "--a 1 \\\n  --c 3 \\\n")),
        ("torchrun t_grpo.py --a 1 > log &\n", [put("b", 2)], "torchrun t_grpo.py --a 1 --b 2 > log &\n"),
        ("torchrun t_grpo.py --a 1 2>&1 | tee log\n", [Change("remove", (0, "a"))], "torchrun t_grpo.py 2>&1 | tee log\n"),
        ("torchrun t_grpo.py --a=1 --b='x'\n", [put("a", "y z"), put("b", "y z")], "torchrun t_grpo.py --a='y z' --b='y z'\n"),
        ("torchrun t_grpo.py --a=1\n", [put("b", 2)], "torchrun t_grpo.py --a=1 --b=2\n"),
        ("torchrun t_grpo.py --a-b 1\n", [put("c_d", 2)], "torchrun t_grpo.py --a-b 1 --c-d 2\n"),
        ("torchrun t_grpo.py\n", [put("a", 2)], "torchrun t_grpo.py --a 2\n"),
        ("accelerate launch t_grpo.py c.yaml\n", [put("a", 2)], "accelerate launch t_grpo.py c.yaml --a 2\n"),
        ("torchrun t_grpo.py --f True\n", [put("f", False)], "torchrun t_grpo.py --f False\n"),
        ("torchrun t_grpo.py --f True --g True\n", [put("h", False)], "torchrun t_grpo.py --f True --g True --h False\n"),
        ("torchrun t_grpo.py --r a b --c 1\n", [put("r", ["a"])], "torchrun t_grpo.py --r a --c 1\n"),
        ("torchrun t_grpo.py --r a b --c 1\n", [Change("set", (0, "r", 1), "z")], "torchrun t_grpo.py --r a z --c 1\n"),
        ("torchrun t_grpo.py --a 1 --b 2 --a 3\n", [put("a", 4)], "torchrun t_grpo.py --a 1 --b 2 --a 4\n"),
        ("torchrun t_grpo.py --a 1 --b 2 --a 3\n", [Change("remove", (0, "a"))], "torchrun t_grpo.py --b 2\n"),
        (
            "torchrun --nproc_per_node=8 t_grpo.py --a 1\n",
            [Change("set", (0, "launcher", "nproc_per_node"), 4)],
            "torchrun --nproc_per_node=4 t_grpo.py --a 1\n",
        ),
        (
            "torchrun --nproc_per_node 8 t_grpo.py --a 1\n",
            [Change("set", (0, "launcher", "nnodes"), 2)],
            "torchrun --nproc_per_node 8 --nnodes 2 t_grpo.py --a 1\n",
        ),
        ("torchrun t_grpo.py --a 1\n", [Change("set", (0, "launcher", "nnodes"), 2)], "torchrun --nnodes 2 t_grpo.py --a 1\n"),
        (
            "CUDA_VISIBLE_DEVICES=0,1 torchrun t_grpo.py --a 1\n",
            [Change("set", (0, "environment", "CUDA_VISIBLE_DEVICES"), "0")],
            "CUDA_VISIBLE_DEVICES=0 torchrun t_grpo.py --a 1\n",
        ),
    ],
)
def test_in_the_command(text: str, changes: list[Change], result: str) -> None:
    assert changed(text, *changes) == result


@pytest.mark.parametrize(
    ("text", "changes", "result"),
    [
        ('BS="4" # per GPU\ntorchrun t_grpo.py --bs $BS\n', [put("bs", 2)], 'BS="2" # per GPU\ntorchrun t_grpo.py --bs $BS\n'),
        ("export BS=4\ntorchrun t_grpo.py --bs $BS\n", [put("bs", 2)], "export BS=4\ntorchrun t_grpo.py --bs 2\n"),
        (
            "BS=4\ntorchrun t_grpo.py --bs $BS --run_name r$BS\n",
            [put("bs", 2)],
            "BS=4\ntorchrun t_grpo.py --bs 2 --run_name r$BS\n",
        ),
        (
            'BS=4\ntorchrun t_grpo.py --bs "$BS" --x $BS\n',
            [put("bs", 2), put("x", 2)],
            'BS=2\ntorchrun t_grpo.py --bs "$BS" --x $BS\n',
        ),
        (
            "BS=4\ntorchrun t_grpo.py --bs $BS\ntorchrun t_grpo.py --bs $BS\n",
            [put("bs", 2, 1)],
            "BS=4\ntorchrun t_grpo.py --bs $BS\ntorchrun t_grpo.py --bs 2\n",
        ),
        (
            "BS=4\ntorchrun t_grpo.py --bs $BS\ntorchrun t_grpo.py --bs $BS\n",
            [put("bs", 2, 0), put("bs", 2, 1)],
            "BS=2\ntorchrun t_grpo.py --bs $BS\ntorchrun t_grpo.py --bs $BS\n",
        ),
        (
            "BS=4\ntorchrun t_grpo.py --bs $BS\ntorchrun t_grpo.py --bs $BS\n",
            [put("bs", 2, 0), put("bs", 3, 1)],
            "BS=2\ntorchrun t_grpo.py --bs $BS\ntorchrun t_grpo.py --bs 3\n",
        ),
        ("A=4\nB=$A\ntorchrun t_grpo.py --a $A --b $B\n", [put("b", 2)], "A=4\nB=2\ntorchrun t_grpo.py --a $A --b $B\n"),
        ("torchrun t_grpo.py --bs ${BS:-4}\n", [put("bs", 2)], "torchrun t_grpo.py --bs ${BS:-2}\n"),
        ("BS=${1:-4}\ntorchrun t_grpo.py --bs $BS\n", [put("bs", 2)], "BS=${1:-2}\ntorchrun t_grpo.py --bs $BS\n"),
        ("N=4\ntorchrun t_grpo.py --bs $((N * 2))\n", [put("bs", 4)], "N=4\ntorchrun t_grpo.py --bs 4\n"),
        (
            "O='--a 1 --b 2'\ntorchrun t_grpo.py $O\n",
            [put("a", 5), put("c", 3)],
            "O='--a 5 --b 2 --c 3'\ntorchrun t_grpo.py $O\n",
        ),
        ("O='--a 1 --b 2'\ntorchrun t_grpo.py $O\n", [Change("remove", (0, "a"))], "O='--b 2'\ntorchrun t_grpo.py $O\n"),
        (
            "O='--a 1'\ntorchrun t_grpo.py $O\ntorchrun t_grpo.py $O\n",
            [put("b", 2, 1)],
            "O='--a 1'\ntorchrun t_grpo.py $O\ntorchrun t_grpo.py --b 2 $O\n",
        ),
        (
            'O=(\n  --a 1 # one\n  --b 2 # two\n)\ntorchrun t_grpo.py "${O[@]}"\n',
            [put("c", "x y")],
            "O=(\n  --a 1 # one\n  --b 2 # two\n  --c 'x y'\n)\ntorchrun t_grpo.py \"${O[@]}\"\n",
        ),
        (
            'O=(\n  --a 1 # one\n  --b 2 # two\n)\ntorchrun t_grpo.py "${O[@]}"\n',
            [Change("remove", (0, "a"))],
            'O=(\n  --b 2 # two\n)\ntorchrun t_grpo.py "${O[@]}"\n',
        ),
        (
            "O=(--a 1 --b 2)\ntorchrun t_grpo.py ${O[@]}\n",
            [Change("remove", (0, "a")), put("b", 4)],
            "O=(--b 4)\ntorchrun t_grpo.py ${O[@]}\n",
        ),
        (
            'C="torchrun t_grpo.py \\\n  --a 1"\neval $C\n',
            [put("a", 2), put("b", 3)],
            'C="torchrun t_grpo.py \\\n  --a 2 \\\n  --b 3"\neval $C\n',
        ),
        (
            "srun bash -c 'torchrun t_grpo.py --a 1'\n",
            [put("a", 2), put("b", 3)],
            "srun bash -c 'torchrun t_grpo.py --a 2 --b 3'\n",
        ),
        (
            "for g in 4 8; do torchrun t_grpo.py --g $g; done\n",
            [put("g", 6, 1)],
            "for g in 4 6; do torchrun t_grpo.py --g $g; done\n",
        ),
        (
            "for g in 4 8; do torchrun t_grpo.py --g $g --a 1; done\n",
            [put("a", 6, 0), put("a", 6, 1)],
            "for g in 4 8; do torchrun t_grpo.py --g $g --a 6; done\n",
        ),
        ("E=\ntorchrun t_grpo.py --e $E --x 1\n", [put("e", "d")], "E=d\ntorchrun t_grpo.py --e $E --x 1\n"),
    ],
)
def test_where_it_came_from(text: str, changes: list[Change], result: str) -> None:
    assert changed(text, *changes) == result


@pytest.mark.parametrize(
    ("text", "change"),
    [
        ("torchrun t_grpo.py --a $1\n", put("a", 2)),
        ("torchrun t_grpo.py --a $(date)\n", put("a", 2)),
        ("for i in $X; do torchrun t_grpo.py --a $i; done\n", put("a", 2)),
        ("for g in 4 8; do torchrun t_grpo.py --g $g --a 1; done\n", put("a", 2)),
        ("for g in 4 8; do torchrun t_grpo.py --g $g --a 1; done\n", put("b", 2)),
        ("for g in 4 8; do torchrun t_grpo.py --g $g --a 1; done\n", Change("remove", (0, "a"))),
        ("torchrun t_grpo.py --a 1\n", Change("remove", (0, "b"))),
        ("torchrun t_grpo.py --a 1\n", put("a", None)),
        ("torchrun t_grpo.py --a 1\n", put("a", 2, 1)),
        ("torchrun t_grpo.py --a 1\n", Change("set", (0, "environment", "X"), "1")),
        ("torchrun t_grpo.py --a 1\n", Change("repair", (0,), "missing-backslash")),
        ("O='--a 1'\ntorchrun t_grpo.py $O\n", put("a", "x y")),
        ("bash -c 'torchrun t_grpo.py --a 1'\n", put("a", "it's")),
        ("echo hi\n", put("a", 2)),
    ],
)
def test_refused(text: str, change: Change) -> None:
    with pytest.raises(Refused):
        changed(text, change)


@pytest.mark.parametrize(
    ("text", "code", "result"),
    [
        ("torchrun t_grpo.py \\\n  --a 1 \\ \n  --b 2\n", "backslash-then-text", "torchrun t_grpo.py \\\n  --a 1 \\\n  --b 2\n"),
        (
            "torchrun t_grpo.py \\\n  --a 1 \\ # no\n  --b 2 \\\t\n  --c\n",
            "backslash-then-text",
            "torchrun t_grpo.py \\\n  --a 1 \\\n  --b 2 \\\n  --c\n",
        ),
        ("torchrun t_grpo.py \\\n  --a 1 \\ \necho\n", "backslash-then-text", "torchrun t_grpo.py \\\n  --a 1 \necho\n"),
        ("torchrun t_grpo.py \\\n  --a 1\n  --b 2\n", "missing-backslash", "torchrun t_grpo.py \\\n  --a 1 \\\n  --b 2\n"),
        (
            "torchrun t_grpo.py \\\n  --a 1 \\\n\n  --b 2\n",
            "missing-backslash",
            "torchrun t_grpo.py \\\n  --a 1 \\\n \\\n  --b 2\n",
        ),
        (
            "if x; then\n  torchrun t_grpo.py \\\n    --a 1 \\\n    # --z \\\n    --b 2\nfi\n",
            "comment-in-continuation",
            "if x; then\n  # --z \\\n  torchrun t_grpo.py \\\n    --a 1 \\\n    --b 2\nfi\n",
        ),
        ("E=\ntorchrun t_grpo.py --e $E --x 1\n", "unquoted-empty", 'E=\ntorchrun t_grpo.py --e "$E" --x 1\n'),
        ("torchrun t_grpo.py --a 1 --b 2 --a 3\n", "duplicate-flag", "torchrun t_grpo.py --b 2 --a 3\n"),
    ],
)
def test_repair(text: str, code: str, result: str) -> None:
    assert changed(text, Change("repair", (0,), code)) == result
    assert not read_shell("run.sh", result.encode()).problems


def changes_for(document: ShellDocument) -> list[Change]:
    """One change of each kind for the options that a script has: every value that is known, a new flag, a removal."""
    found = []
    for root in document.roots[:2]:
        own = [node for node in root.children if node.refusal is None]
        found += [Change("set", node.path, "17") for node in own]
        found += [Change("set", node.path, "new value's") for node in own[:1]]
        found += [Change("set", (root.path[0], "brand_new"), 3)]
        found += [Change("remove", node.path) for node in own[:2]]
        found += [Change("set", node.path, 5) for node in root.launcher.options[:1] if node.refusal is None]
    return found


@all_fixtures
def test_changes_do_what_they_declare(path: Path) -> None:
    document = read_shell(path.name, path.read_bytes())
    for change in changes_for(document):
        try:
            found = document.edits([change])
        except Refused:
            continue
        new = read_shell(path.name, apply_edits(document.data, found))
        node = new.node(change.path)
        assert (node is None) == (change.action == "remove")
        assert node is None or node.value in (change.value, str(change.value)), change
        for before, after in zip(document.roots, new.roots, strict=True):
            mine = {child.path: child.raw for child in before.walk() if child.path[:2] != change.path[:2]}
            theirs = {child.path: child.raw for child in after.walk() if child.path[:2] != change.path[:2]}
            assert mine == theirs


def test_values_of_real_shapes_can_be_set() -> None:
    """Of the values known in the fixtures nearly all can be set; what can't comes twice through a loop or a shared string."""
    done = refused = 0
    for path in fixtures():
        document = read_shell(path.name, path.read_bytes())
        for root in document.roots:
            for node in root.children:
                if node.refusal is None and isinstance(node, ShellNode):
                    try:
                        document.edits([Change("set", node.path, "17")])
                        done += 1
                    except Refused:
                        refused += 1
    assert refused <= 0.05 * done


@needs_bash
@all_fixtures
def test_bash_accepts_and_builds_the_changed_arguments(path: Path, tmp_path: Path) -> None:
    data = path.read_bytes()
    document = read_shell(path.name, data)
    if not document.roots:
        pytest.skip("nothing to change")
    whole = "no" not in expected(data).notes.get("oracle", [])
    valid = accepts(data)
    for number, change in enumerate(changes_for(document)[:6]):
        try:
            new = apply_edits(data, document.edits([change]))
        except Refused:
            continue
        assert accepts(new) or not valid, change
        after = read_shell(path.name, new)
        if whole:
            folder = tmp_path / str(number)
            folder.mkdir()
            assert agree(after.roots, arguments(new, folder)), change


@pytest.mark.parametrize(
    "script",
    [
        b'Y=(--bb 5)\ntorchrun t_grpo.py "${Y[@]}" --dd "${Y[@]:1}"\n',
        b'Y=(--bb 5)\nZ=x$(echo ${Y[1]})\ntorchrun t_grpo.py "${Y[@]}" --dd "$Z"\n',
    ],
)
def test_an_option_that_is_not_known_may_come_from_the_same_variable(script: bytes) -> None:
    with pytest.raises(Refused):
        read_shell("x.sh", script).edits([Change("set", (0, "bb"), "7")])


def test_a_script_that_is_not_read_to_its_end_is_not_edited() -> None:
    with pytest.raises(Refused, match="not read to its end"):
        read_shell("x.sh", b"torchrun t_grpo.py --a 1\n" + b":;" * 6_000).edits([Change("set", (0, "a"), "7")])


def test_a_value_that_an_unknown_call_passes_on_is_not_edited_where_it_is_set():
    """bash splits the arguments of ``f`` in a way that is not known, and ``$2`` is still made from ``$C``."""
    text = """IFS=,
A=xyz
C=8
f() { torchrun t_grpo.py $1 "$2"; }
f ${#A}"$C" --a
torchrun t_grpo.py --num_generations "$C"
"""
    assert changed(text, put("num_generations", 16, 1)) == text.replace('--num_generations "$C"', '--num_generations "16"')
    given = (
        text.replace("f ${#A}", "set -- ${#A}")
        .replace("f() { torchrun t_grpo.py $1", "g() { :")
        .replace("--a\n", '--a\ntorchrun t_grpo.py $1 "$2"\n')
    )
    assert changed(given, put("num_generations", 16, 1)) == given.replace('--num_generations "$C"', '--num_generations "16"')


def test_a_script_with_a_launch_that_the_grammar_swallows_is_not_edited():
    text = "torchrun t_grpo.py --a 1\necho ]]\n\\\ntorchrun t_grpo.py --b 1\n"
    assert len(read_shell("run.sh", text.encode()).roots) == 1
    with pytest.raises(Refused, match="a launch of the script is not read"):
        changed(text, put("a", 2))
