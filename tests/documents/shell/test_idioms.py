"""Idioms that were read as known and wrong, each by itself: what is known is what bash passes, and bash is asked as well."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from vlmr1_lint.documents.shell.lines import logical_lines, word_end
from vlmr1_lint.documents.shell.placed import misplaced
from vlmr1_lint.documents.shell.read import read_shell
from vlmr1_lint.unknown import Unknown

from .batch import arguments_of
from .oracle import fault, needs_bash

if TYPE_CHECKING:
    from pathlib import Path

START = 'N="my run"\nA=a/b.c\nE=()\nX=(1 "p q")\nC=\n'
RUN = "torchrun t_grpo.py "
IDIOMS = [
    (RUN + "--a 1\n\\rm -rf x\n", ["--a", "1"]),
    (RUN + "--a 1\n\n  \\cp b c\n", ["--a", "1"]),
    ("\\torchrun t_grpo.py --a 1\n", ["--a", "1"]),
    (RUN + '--a "o/${N// /-}"\n', ["--a", "o/my-run"]),
    (RUN + '--a "${N/ /_}"\n', ["--a", "my_run"]),
    (RUN + '--a "${N//[[:space:]]/}"\n', ["--a", None]),
    (RUN + '--a "${N///}"\n', ["--a", None]),
    (RUN + '--a "${A//\\//_}"\n', ["--a", "a_b.c"]),
    (RUN + "--a x{1,$A}\n", ["--a", None]),
    (RUN + '--a {1,"2"}\n', ["--a", None]),
    (RUN + '--a $"text x"\n', ["--a", None]),
    (RUN + "--a $'\\cA' --b $'\\x41\\u00e9\\101\\q'\n", ["--a", "\x01", "--b", "AéA\\q"]),
    (RUN + "--a $'\\xe9'\n", ["--a", None]),
    (RUN + '--a="${E[@]}"tail --b "${E[@]}"tail\n', ["--a=tail", "--b", "tail"]),
    (RUN + '--a "$C${E[@]}"\n', ["--a"]),
    ("IFS=,\nB=a,b\n" + RUN + '--a $B --b "${X[@]}"\n', ["--a", None, "--b", "1", "p q"]),
    ("IFS=,\n" + RUN + '--a "${X[*]}"\n', ["--a", None]),
    ("IFS=,\nC='torchrun t_grpo.py --a 1'\nunset IFS\n$C\n", ["--a", "1"]),
    ("while IFS= read -r l; do :; done < /dev/null\n" + RUN + "--a $A\n", ["--a", "a/b.c"]),
    (RUN + '--a ~${U="a b"}\n', ["--a", None, "b"]),
    (RUN + '--a ${U="a b"}\n', ["--a", "a", "b"]),
    ('U=1\nU="${U:+x}" ' + RUN + "--a $U\n", ["--a", "1"]),
    (RUN + "--a $((U++)) --b ${U}\n", ["--a", None, "--b", None]),
    ('Q="$C\\\nb"\n' + RUN + '--a "$Q"\n', ["--a", None]),
    (RUN + "--a x$*y\n", ["--a", None]),
    ("V=($(echo a b) c)\n" + RUN + '--a "${V[1]}" --n ${#V[@]}\n', ["--a", None, "--n", None]),
    ("bash <<EOF\n\\torchrun t_grpo.py --a 1\nEOF\n", ["--a", "1"]),
    ('bash <<EOF\ntorchrun t_grpo.py --a "${X[@]}"\nEOF\n', ["--a", "1 p q"]),
    ('B="$A"\\{x torchrun t_grpo.py --a 1\n', ["--a", "1"]),
    ("V=(~/a b)\n" + RUN + '--a "${V[0]}" --b "${V[1]}"\n', ["--a", None, "--b", "b"]),
    (RUN + "--a ${C:+b c}$@1+ --b 2\n", ["--a", None, "--b", "2"]),
    ("bash <<EOF\n" + RUN + '--a=""a\\$-0 --b 2\nEOF\n', [None, "--b", "2"]),
    ("bash <<EOF\n" + RUN + '`# note` --a "${X[@]}" --b 2\nEOF\n', [None, "--a", "1 p q", "--b", "2"]),
    ("IFS=/\nbash <<EOF\n" + RUN + '--a "${X[@]}" --b 2\nEOF\n', ["--a", None, "--b", "2"]),
    ('V[1]="${U:=0}#"\n' + RUN + "--a ${U:-1}\n", ["--a", None]),
    (RUN + "--a \\\n \\ \n", ["--a", " "]),
    (RUN + "--a\\\n\\ \n", ["--a "]),
    (RUN + '--a ${C:-${C:-"b  c"}} --b ${C:-d"e  f"}\n', ["--a", "b  c", "--b", "de  f"]),
    (RUN + '--a $N""$ --b $N.$ --c 1\n', ["--a", None, "--b", None, "--c", "1"]),
    ("cat <<EOF >/dev/null\n${U:=x}\nEOF\n" + RUN + "--a ${U:-1}\n", ["--a", "1"]),
    ("A=x &\n" + RUN + "--a $A\n", ["--a", "a/b.c"]),
    ("bash <<EOF\n" + RUN + "--a a\\\\$((1 + $#))1 --b 1\nEOF\n", ["--a", None, "--b", "1"]),
    ("f() { " + RUN + '--a "$1"\n}\nf x\\ \n', ["--a", "x "]),
    (RUN + "b=~ --c b=x:~/y --a=~/z\n", [None, "--c", None, "--a=~/z"]),
    # what a branch adds may be nothing, and what stands behind it goes on the word before it
    ('if [ -n "$Z" ]; then A="$A --b 2"; fi\n' + RUN + "--a ${A}z --c $A\n", ["--a", None, "--c", "a/b.c", None]),
    ('if [ -n "$Z" ]; then A="$A --b 2"; fi\neval "' + RUN + '--a ${A}z --c $A"\n', ["--a", None, "--c", "a/b.c", None]),
    ('if [ -n "$Z" ]; then X+=(--b 2); fi\neval "' + RUN + '--a ${X[*]}z --c 1"\n', ["--a", "1", "p", None, "--c", "1"]),
    ('if [ -n "$Z" ]; then X+=(--b 2); fi\nbash <<EOF\n' + RUN + "--a ${X[@]}z\nEOF\n", ["--a", "1", "p", None]),
    ('X+=($U)\nC="${X[*]}"\neval "' + RUN + '--a ${C}z --c $C"\n', ["--a", "1", "p", None, "--c", "1", "p", "q", None]),
    # a text of which something is cut or counted may hold a quote as before
    ("A='a\"b'\nbash <<EOF\n" + RUN + "--a ${A//?/x} --b 1 --c '\"'\nEOF\n", ["--a", None]),
    ("X[0]='a\"b'\nbash <<EOF\n" + RUN + '--a ${X[@]} --b 1 --c "\nEOF\n', ["--a", None]),
    ("for i in $(echo a); do " + RUN + "--a ${U:-0} --b ${U:=1}\ndone\n", ["--a", None, "--b", None]),
]
HIDDEN = [
    "export D=\\ \n«»\n",
    'export D=$A"${C^}~$$"\\ \n«»\n',
    "D=(1 2) E=x\\ \n«»\n",
    "V[1]=\\ \n\\«»\n",
    "echo $'\\\\' ${B:+x}\n«»\necho ''\n",
    "echo \"\\$)_/#\"$'\\t\\\\'\n«»\necho $' '\n",
    "echo $\"a${B}\"$'\\E\\\\'\n[[ a =~ (a|b) ]]\n«»\necho $' '\n",
    "echo $''$'\\101' # note\n{ «» --e $\"a$((1 + 1))\\$\"\n}\nE=$\"=\n\"\n",
    'a=1 b=2\nV=\nif [ -z "$Z" ]; then C="--x 1"; fi\n«» $C\n',
    'a=1 b=2 # it\'s\nX=(1)\nif [ -z "$Z" ]; then C="--x 1"; fi\n«» $C\n',
    "f() {\n  a=1 b='2 3'\n  C='--x 1'\n  if [ -n \"$A\" ]; then «» $C; fi\n}\nf\n",
    "case $A in *) a=1 b=2\n;; esac\n«»\n",
    "echo a\\\\\n\\«»\n",
    "echo ==\n«»\n",
    'D+=$\nfor D in "$A\n\\\n"; do «»\ndone\n',
    "echo a =~ # b\n«»\n",
    "cat <<EOF >/dev/null\n'\" \\` $A\nEOF\nV=')\n'\n«»\n",
    "cat <<'E F' >/dev/null\n$( \" `\nE F\nV=')\n'\n«»\n",
]
"""Scripts in which the grammar alone takes a command for a part of what stands above it, or reads what stands there wrongly."""


@pytest.mark.parametrize(("text", "words"), IDIOMS)
def test_what_is_known(text: str, words: list[str | None]) -> None:
    (root,) = read_shell("x.sh", (START + text).encode()).roots
    assert [word if isinstance(word, str) else None for word in root.argv[2:]] == words


@pytest.mark.parametrize("text", HIDDEN)
def test_what_is_seen(text: str) -> None:
    script = START + text.replace("«»", RUN + "--a 1")
    document = read_shell("x.sh", script.encode())
    (root,) = document.roots
    assert root.argv[:4] == ("torchrun", "t_grpo.py", "--a", "1") and document.problems == []


@needs_bash
def test_seen_as_bash_starts_them(tmp_path: Path) -> None:
    scripts = [(START + text.replace("«»", RUN + "--a 1")).encode() for text in HIDDEN]
    for data, ran in zip(scripts, arguments_of(scripts, tmp_path / "work"), strict=True):
        assert ran.records and fault(data, ran) is None, data.decode()


@needs_bash
def test_as_bash_has_them(tmp_path: Path) -> None:
    scripts = [(START + text).encode() for text, _ in IDIOMS]
    for data, ran in zip(scripts, arguments_of(scripts, tmp_path / "work"), strict=True):
        assert ran.records and fault(data, ran) is None


def test_lines_are_those_of_bash() -> None:
    lines = [
        b'a b \\\n c "x\ny" $(ls\n z "$(cat <<EOF\n" ) \'\nEOF\n)") d\n',
        b"\\rm x # it's\n",
        b"X=(1\n 2 # '\n)\n",
        b"cat <<'A' <<-B\n\" ' x\nA\n\tB\n",
        b"e ${A:-\"b c\"} \"${A:-'}\" ${A#'}'} $((1<<2)) $'a\\'b'\n",
        b"(( a << 3 ))\n",
        b'f `g "h` i\n',
        b"x <<< y\r\n",
        b"'open\n\\rm x\n",
    ]
    data = b"".join(lines)
    assert [data[start:end] for start, end in logical_lines(data)] == lines
    assert [word_end(text, 0) for text in (b"a\\ b c", b'"a b"c d', b"a;b", b"a\\\nb c", b"'open")] == [4, 6, 1, 4, 5]


@pytest.mark.parametrize(
    ("old", "new", "mends", "right"),
    [
        ("A=1\nrun --a $A\nrm x\n", "A=1\nrun --a 2\nrm x\n", (), True),
        ("A=1\nrun --a $A\nrm x\n", "A=2\nrun --a $A\nrm x\n", (), True),
        ("A=1\nrun --a $A\nrm x\n", "A=1\nrun --a $A\nrm x --b\n", (), False),
        ("B=1\nrun --a $A\nrm x\n", "B=2\nrun --a $A\nrm x\n", (), False),
        ("B=1\nrun --a $A\nrm x\n", "B=1\nrun --a $A \\\nrm x\n", (), False),
        ("A=1\nrun --a $A\n--b 2\nrm x\n", "A=1\nrun --a $A \\\n--b 2\nrm x\n", ("missing-backslash",), True),
        ("A=1\nrun --a $A\nrm x\n--b 2\n", "A=1\nrun --a $A \\\nrm x \\\n--b 2\n", ("missing-backslash",), False),
        ("f() { run $1\n}\nf 1\ng 1\n", "f() { run $1\n}\nf 2\ng 1\n", (), True),
        ("f() { run $1\n}\nf 1\ng 1\n", "f() { run $1\n}\nf 1\ng 2\n", (), False),
    ],
)
def test_an_edit_stays_on_the_lines_of_its_command(old: str, new: str, mends: tuple[str, ...], right: bool) -> None:
    assert (misplaced(old.encode(), new.encode(), [old.index("run")], mends) is None) is right


def test_what_stands_behind_text_of_any_kind_in_a_program_is_not_known() -> None:
    script = 'for C in "~\n${Y[5]}"; do :; done\nbash <<EOF\ntorchrun t_grpo.py --a $C\' "b\'  --b=,"\'x  y\nEOF\n'
    root = read_shell("x.sh", script.encode()).roots[0]
    assert [str(word) for word in root.argv[:3]] == ["torchrun", "t_grpo.py", "--a"] and len(root.argv) == 4
    assert isinstance(root.argv[3], Unknown)


def test_what_is_cut_out_of_an_unknown_word_is_not_known() -> None:
    (root,) = read_shell("x.sh", b"env A={1,2} torchrun t_grpo.py --a 1\n").roots
    assert isinstance(root.environment.get("A").value, Unknown)


def test_an_item_that_an_expansion_sets_is_noticed() -> None:
    script = b"X=(a b)\nbash <<EOF\n: ${X[3]:=n}\ntorchrun t_grpo.py --a ${X[*]} --b 2\nEOF\n"
    assert isinstance(read_shell("x.sh", script).roots[0].argv[3], Unknown)


def test_a_dollar_may_open_an_expansion_on_the_next_line() -> None:
    root = read_shell("x.sh", b'C=1\ntorchrun t_grpo.py --a="b"/"$\\\n${C}" --b 2\n').roots[0]
    assert isinstance(root.argv[2], Unknown) and root.argv[3:] == ("--b", "2")
