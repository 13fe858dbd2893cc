"""Flags that a branch adds: what stands before them is known, whichever way bash goes; what they say is not."""

from __future__ import annotations

import pytest

from vlmr1_lint.documents.model import Change, apply_edits
from vlmr1_lint.documents.shell.read import read_shell
from vlmr1_lint.unknown import Unknown

from .oracle import agree, arguments, needs_bash

BEGIN = "torchrun t_grpo.py"
SCRIPTS = [
    (f'F="--a 1 --b 2"\nif [ "$X" ]; then F="$F --c 3"; fi\n{BEGIN} $F\n', {"a": "1", "b": "2"}),
    (f'F="--a 1 --b 2"\n[ "$X" ] && F+=" --c 3"\n{BEGIN} $F --z 3\n', {"a": "1", "b": "2", "z": "3"}),
    (f'F=(--a 1 --b 2)\nif [ "$X" ]; then F+=(--c 3); fi\n{BEGIN} "${{F[@]}}" --z 3\n', {"a": "1", "b": "2", "z": "3"}),
    (f'F=(--a 1)\nif [ "$X" ]; then F+=(--c 3); else F+=(--d "4 5"); fi\n{BEGIN} "${{F[@]}}"\n', {"a": "1"}),
    (f'F=(--a "$(date +%s%N > /dev/null; echo 1)")\nif [ "$X" ]; then F+=(--c); fi\n{BEGIN} "${{F[@]}}"\n', {}),
    (f'F=""\nif [ "$X" ]; then F="--c 3"; fi\n{BEGIN} --a 1 $F\n', {"a": "1"}),
    ('C="torchrun t_grpo.py --a 1"\nif [ "$X" ]; then C="$C --c 3"; fi\n$C\n', {"a": "1"}),
    ('C="torchrun t_grpo.py --a 1"\nif [ "$X" ]; then C="$C --c 3"; fi\neval $C --z 2\n', {"a": "1", "z": "2"}),
    # what is added may belong to the last value, or say a flag of the beginning once more
    (f'F=(--a 1 --b)\nif [ "$X" ]; then F+=(2); fi\n{BEGIN} "${{F[@]}}" --z 3\n', {"z": "3"}),
    (f'F="--a 1 --b x"\nif [ "$X" ]; then F+=" y"; fi\n{BEGIN} $F --z 3\n', {"z": "3"}),
    (f'F=(--a 1 --b 2)\nif [ "$X" ]; then F+=(--a 3); fi\n{BEGIN} "${{F[@]}}" --z 3\n', {"z": "3"}),
    (f'F="--a-b 1"\nif [ "$X" ]; then F="$F --a_b=2"; fi\n{BEGIN} $F --z 3\n', {"z": "3"}),
]


@needs_bash
@pytest.mark.parametrize("given", ["", "1"])
@pytest.mark.parametrize(("script", "known"), SCRIPTS)
def test_the_beginning_is_known_whichever_way_bash_goes(tmp_path, script, known, given):
    (root,) = read_shell("run.sh", script.encode()).roots
    values = {str(node.path[-1]): node.value for node in root.children}
    assert {name: value for name, value in values.items() if isinstance(value, str)} == known
    assert root.open
    assert agree([root], arguments(f"X={given}\n{script}".encode(), tmp_path))


@pytest.mark.parametrize("script", [script for script, known in SCRIPTS if "a" in known])
def test_a_fix_reaches_the_beginning_and_nothing_else(script):
    document = read_shell("run.sh", script.encode())
    changed = apply_edits(document.data, document.edits([Change("set", (0, "a"), 7)])).decode()
    assert changed == script.replace("--a 1", "--a 7")


@pytest.mark.parametrize(
    "use",
    ["${X[1]}", "${X[-1]}", "${#X[@]}", "${X[2]}", "a$$"],
)
@pytest.mark.parametrize("added", ["0", "--c 3"])
def test_what_depends_on_the_number_of_items_is_not_known(use, added):
    script = f'X=(--a)\nif [ "$1" ]; then X+=({added}); fi\n{BEGIN} --z={use} --y {use} --x 1\n'
    (root,) = read_shell("run.sh", script.encode()).roots
    values = {str(node.path[-1]): node.value for node in root.children}
    assert isinstance(values["z"], Unknown)
    assert isinstance(values["y"], Unknown)
    assert values["x"] == "1"
