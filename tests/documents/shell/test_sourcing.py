"""``source env.sh``: what another file sets is known if it is in reach, as bash has it; else every variable is unknown."""

from __future__ import annotations

import pytest

from vlmr1_lint.documents.model import Change, Refused, apply_edits
from vlmr1_lint.documents.shell.read import read_shell
from vlmr1_lint.documents.verify import verify
from vlmr1_lint.unknown import Unknown

from .oracle import agree, arguments, needs_bash

START = "torchrun t_grpo.py"


def reader(files):
    return lambda name, folders: files[name].encode() if name in files else None


def read(script, **files):
    return read_shell("run.sh", script.encode(), reader({f"{name}.sh": text for name, text in files.items()}))


@needs_bash
@pytest.mark.parametrize(
    ("script", "env"),
    [
        (f"source env.sh\n{START} --a $A --b ${{B:-2}}\n", "A=1\n"),
        (f"A=0\n. env.sh\n{START} --a $A\n", "A=1\n"),
        (f"source env.sh\nA=0\n{START} --a $A\n", "A=1\n"),
        (f"A=5\nsource env.sh\n{START} --a $B\n", "B=$((A*2))\n"),
        (f"source env.sh\nbash -c '{START} --a $A'\n", "export A=1\n"),
        (f'source env.sh\n{START} "${{F[@]}}" $G\n', 'F=(--a 1 --b "x y")\nF+=(--c)\nG="--d 4 --e"\n'),
        (f"source env.sh\n{START} --a $A\n", 'if [ -z "$A" ]; then\n  A=1\nelse\n  A=1\nfi\n'),
        (f"source env.sh\n{START} --a $A\n", ': "${A:=1}"\n'),
        (f"source env.sh\n{START} --a $A\n", "A=1\nreturn\nA=2\n"),
        (f"source env.sh\n{START} --a $A\n", "source more.sh\nA=$M\n"),
        (f"source env.sh\n{START} --a $A\n", "f() { A=3; }\nA=1\n"),
        ("source env.sh\neval $CMD\n", f'CMD="{START} --a 1"\n'),
        (f"if true; then\n  source env.sh\nelse\n  source env.sh\nfi\n{START} --a $A\n", "A=1\n"),
        (f"{START} --a ${{A:-3}}\nsource env.sh\n", "A=1\n"),
    ],
)
def test_as_bash_has_it(tmp_path, script, env):
    (tmp_path / "env.sh").write_text(env)
    (tmp_path / "more.sh").write_text("M=7\n")
    roots = read(script, env=env, more="M=7\n").roots
    assert roots
    assert not any(isinstance(word, Unknown) for root in roots for word in root.argv)
    assert agree(roots, arguments(script.encode(), tmp_path))


@pytest.mark.parametrize(
    "script",
    [
        f"A=0\nsource env.sh\n{START} --a $A\n",
        f"source env.sh\n{START} --a ${{A:-2}}\n",
        f"export A=0\nsource ./config\nbash -c '{START} --a $A'\n",
        f"A=0\nif [ -f env.sh ]; then source env.sh; fi\n{START} --a $A\n",
        f"if [ -f env.sh ]; then source env.sh; fi\n{START} --a ${{A:-2}}\n",
        f"[ -f env.sh ] && . env.sh\n{START} --a ${{A:-2}}\n",
        f"A=0\nsource $HERE/env.sh\n{START} --a $A\n",
        f"set -a; source .env; set +a\n{START} --a ${{A:-1}}\n",
        f"f() {{ source env.sh; }}\nf\n{START} --a ${{A:-1}}\n",
    ],
)
def test_a_file_out_of_reach_may_set_every_variable(script):
    (root,) = read(script).roots
    assert isinstance(root.get("a").value, Unknown)
    assert root.get("a").refusal is not None


@pytest.mark.parametrize(
    "file",
    ["~/.bashrc", "/etc/profile.d/modules.sh", "venv/bin/activate", "activate", "$HOME/miniconda3/etc/profile.d/conda.sh",
     "/usr/local/Ascend/ascend-toolkit/set_env.sh", "$CONDA/bin/activate", "~/.profile"],
)  # fmt: skip
def test_what_sets_up_an_environment_leaves_a_scripts_variables_alone(file):
    (root,) = read(f"A=1\nsource {file} name\n{START} --a $A --b ${{B:-2}}\n").roots
    assert (root.get("a").value, root.get("b").value) == ("1", "2")


def test_a_fix_is_written_where_the_value_is_used():
    script = f"source env.sh\n{START} --a $A --b 1\n{START} --a $A\n"
    document = read(script, env="A=1\n")
    change = Change("set", (0, "a"), 2)
    changed = apply_edits(document.data, document.edits([change]))
    assert changed.decode() == script.replace("$A", "2", 1)
    assert verify(document, [change], changed) is None
    with pytest.raises(Refused):
        read(f"source env.sh\n{START} $F\n", env='F="--a 1"\n').edits([change])


def test_commands_and_functions_of_the_other_file_are_not_this_scripts():
    assert read("source env.sh\nf\n", env=f"f() {{ {START} --a 1; }}\n{START} --b 1\n").roots == []


def test_files_that_source_each_other_come_to_an_end():
    (root,) = read(f"source env.sh\n{START} --a ${{A:-1}}\n", env="source env.sh\n").roots
    assert isinstance(root.get("a").value, Unknown)
