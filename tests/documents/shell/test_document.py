"""What a shell document offers besides its options: comments, variables, headers, launchers, hints for the training room."""

from __future__ import annotations

import sys

import pytest

from vlmr1_lint.documents.model import Change, Span, apply_edits
from vlmr1_lint.documents.shell.read import read_shell
from vlmr1_lint.unknown import Unknown, is_unknown


def read(text: str):  # type: ignore[no-untyped-def]
    return read_shell("run.sh", text.encode())


@pytest.mark.parametrize(
    ("text", "comments"),
    [
        ("#!/bin/bash\n# one\nA=1 # two\n", ["#!/bin/bash", "# one", "# two"]),
        ("A='# no' B=\"# no\"\nC=a#b\necho $# ${#A} # yes\n", ["# yes"]),
        ("cat <<EOF\n# no\nEOF\n# yes\n", ["# yes"]),
        ("X=(\n a # one\n b\n)\n", ["# one"]),
        ("torchrun t_grpo.py --a 1 \\ # no\n", []),
        ("torchrun t_grpo.py --a 1 \\\n  # vlmr1-lint: ignore[X]\n", ["# vlmr1-lint: ignore[X]"]),
        ("# 注释\r\nA=1\r\n", ["# 注释"]),
    ],
)
def test_comments(text: str, comments: list[str]) -> None:
    document = read(text)
    assert [comment for _, comment in document.comments()] == comments
    for span, comment in document.comments():
        assert document.data[span.start : span.end].decode().rstrip("\r") == comment


def test_variables() -> None:
    document = read("A=1\nexport B='x y'\nC=(p q)\nD=$(date)\nA=2\n")
    assert [(one.name, one.value, one.exported) for one in document.variables] == [
        ("A", "1", False),
        ("B", "x y", True),
        ("C", ["p", "q"], False),
        ("D", Unknown("$(date)"), False),
        ("A", "2", False),
    ]
    assert document.data[document.variables[1].span.start : document.variables[1].span.end] == b"'x y'"
    assert document.data[document.variables[1].key_span.start : document.variables[1].key_span.end] == b"B"


def test_launcher_and_environment_are_nodes() -> None:
    document = read("export B=2\nA=1 torchrun --nproc_per_node=8 --standalone t_grpo.py --a 1\n")
    node, flag = document.node((0, "launcher", "nproc_per_node")), document.node((0, "launcher", "standalone"))
    assert node is not None and node.value == "8"
    assert flag is not None and flag.value is True and flag.style == "bare"
    variable = document.node((0, "environment", "B"))
    assert variable is not None and variable.span == Span(9, 10)
    assert document.roots[0].environment.value == {"B": "2", "A": "1"}
    assert document.node((0, "launcher", "none")) is None and document.node((1, "a")) is None


def test_list_items_are_nodes() -> None:
    document = read("torchrun t_grpo.py --r a 'b c'\n")
    node = document.node((0, "r", 1))
    assert node is not None and node.value == "b c" and node.style == "single" and node.span == Span(25, 30)


def test_styles() -> None:
    document = read("torchrun t_grpo.py --a 1 --b \"1\" --c '1' --d\n")
    assert [child.style for child in document.roots[0].children] == ["plain", "double", "single", "bare"]
    assert [child.raw for child in document.roots[0].children] == ["1", "1", "1", True]


def test_folder_of_the_script() -> None:
    for written in (
        '$(cd "$(dirname "$0")" && pwd)',
        '$(dirname "$(realpath "$0")")',
        "$(dirname $0)",
        '$( cd -- "$( dirname -- "${BASH_SOURCE[0]}" )" &> /dev/null && pwd )'.replace(" &>", " >"),
    ):
        document = read(f"D={written}\ncd $D/..\ntorchrun t_grpo.py --c $D/z.json\n")
        node = document.roots[0].children[0]
        assert (
            is_unknown(node.value) and node.partial == "${SCRIPT_DIR}/z.json" and document.roots[0].cwd == ("${SCRIPT_DIR}/..",)
        )


def test_refusals_name_the_cause() -> None:
    document = read("for i in $X; do torchrun t_grpo.py --a $i --b $(date) --c $1 --d $UNSET --e 1; done\n")
    assert [child.refusal for child in document.roots[0].children] == [
        "comes from the loop variable $i",
        "comes from $(…)",
        "comes from $1",
        "comes from $UNSET",
        None,
    ]


def test_yaml_reader_rules() -> None:
    loop = 'A=""\nwhile IFS=": " read -r k v{test}; do{body} A="$A --$k $v"\ndone < a.yaml\ntorchrun t_grpo.py $A\n'
    plain = read(loop.format(test="", body="")).roots[0].args_from_yaml
    careful = read(loop.format(test=' || [[ -n "$k" ]]', body='\n [[ "$k" =~ ^# ]] && continue\n')).roots[0].args_from_yaml
    assert plain is not None and plain.needs_final_newline and not plain.skips_comments and not plain.true_is_bare
    assert careful is not None and not careful.needs_final_newline and careful.skips_comments
    assert plain.path == "a.yaml"


def test_problems_name_their_command() -> None:
    document = read("torchrun t_grpo.py --a 1\ntorchrun t_grpo.py --a 1 --a 2\n  --b 3\n")
    assert [(problem.code, problem.path) for problem in document.problems] == [
        ("duplicate-flag", (1, "a")),
        ("missing-backslash", (1,)),
    ]
    assert document.problems[0].first == Span(44, 47)


def test_at_most_one_problem_of_syntax() -> None:
    document = read('if x; then\ntorchrun t_grpo.py --a 1 )) ((\n}}\n"')
    assert sum(problem.code == "syntax" for problem in document.problems) == 1
    assert not any(problem.fatal for problem in document.problems)


def test_values_with_a_byte_order_mark_and_windows_lines() -> None:
    document = read_shell("run.sh", "\ufeff# x\r\ntorchrun t_grpo.py \\\r\n  --a 1 \\\r\n  --b 2\r\n".encode())
    assert [(child.path[-1], child.value) for child in document.roots[0].children] == [("a", "1"), ("b", "2")]


def test_the_grammar_is_imported_only_when_a_script_is_read() -> None:
    import subprocess

    code = "import sys, vlmr1_lint.documents.shell.read; sys.exit('tree_sitter' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_command_in_a_string_has_two_places() -> None:
    document = read('C="torchrun t_grpo.py --a 1"\nsrun -n 1 bash -c "$C"\n')
    root = document.roots[0]
    assert document.data[root.span.start : root.span.end] == b"torchrun t_grpo.py --a 1"
    assert document.data[root.use_span.start : root.use_span.end] == b'srun -n 1 bash -c "$C"'
    assert root.prefix == ("srun", "-n", "1", "bash")


def test_runs_of_a_loop_share_places() -> None:
    document = read("for g in 4 8; do torchrun t_grpo.py --g $g --a 1; done\ntorchrun t_grpo.py --a 1\n")
    assert len(document.roots) == 3
    assert document.together((0, "a")) == [(0, "a"), (1, "a")]
    assert document.together((0, "new")) == [(0, "new"), (1, "new")]
    assert document.together((2, "a")) == [(2, "a")]
    changes = [Change("set", path, 5) for path in document.together((0, "a"))]
    assert apply_edits(document.data, document.edits(changes)).startswith(
        b"for g in 4 8; do torchrun t_grpo.py --g $g --a 5; done"
    )


def test_a_loop_that_retries_is_one_run() -> None:
    assert len(read("for i in 1 2 3; do torchrun t_grpo.py --a 1 && break; done\n").roots) == 1


def test_launchers_as_people_prefix_them() -> None:
    for front in (
        "conda run -n x",
        "uv run",
        "poetry run",
        "timeout 3h",
        "numactl -N 0",
        "stdbuf -oL",
        "nice -n 5",
        "nsys profile -o x",
    ):
        document = read(f"{front} accelerate launch --num_processes 2 t_grpo.py --a 1\n")
        assert [root.launcher.name for root in document.roots] == ["accelerate"], front
        assert " ".join(document.roots[0].prefix) == front
