"""Scripts put together at random from assignments, quotes, expansions, arrays, loops and commands: as bash has them."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vlmr1_lint.documents.model import Change, Refused, apply_edits
from vlmr1_lint.documents.shell.read import read_shell

from .oracle import accepts, agree, arguments, needs_bash

names = st.sampled_from(["A", "B", "C"])
arrays = st.sampled_from(["X", "Y"])
blanks = st.sampled_from([" ", "  ", "\t", " \\\n  ", "\\\n "])
letters = st.text("abz019._/:,+=@%-", min_size=1, max_size=4)
numbers = st.integers(0, 40).map(str)
default = st.one_of(letters, st.just(""), letters.map(lambda text: f'"{text} {text}"'))
expansion = st.one_of(
    names.map("${{{}}}".format),
    st.tuples(names, st.sampled_from([":-", "-", ":+"]), default).map(lambda t: f"${{{t[0]}{t[1]}{t[2]}}}"),
    st.tuples(arrays, st.sampled_from(["[0]", "[1]"])).map(lambda t: f"${{{t[0]}{t[1]}}}"),
    st.tuples(numbers, st.sampled_from("+-*"), numbers).map(lambda t: f"$(({t[0]} {t[1]} {t[2]}))"),
    names.map("${{#{}}}".format),
    st.tuples(names, st.sampled_from(["%/*", "##*/", "#a", "%%.*"])).map(lambda t: f"${{{t[0]}{t[1]}}}"),
)
inside = st.one_of(
    letters, st.just(" "), st.just("  "), st.just("'"), st.sampled_from([r"\"", r"\$", r"\\", r"\a", "\\\n", "中"]), expansion
)
double = st.lists(inside, max_size=4).map(lambda parts: '"' + "".join(parts) + '"')
single = st.text('ab $"\\#中', max_size=4).map("'{}'".format)
escaped = st.sampled_from([r"a\ b", r"b\ a", r"a\$", r"a\"", r"b\a", r"a\\", r"a\#", "中"])
parts = st.one_of(letters, double, single, escaped, expansion)
joined = st.lists(parts, min_size=1, max_size=3).map("".join).filter(lambda text: not text.startswith(("-", "=")))
word = st.one_of(joined, names.map("${}".format))
rounds = st.one_of(letters, double, single)
value = st.one_of(word, double, single, st.just(""))
listed = st.one_of(word, arrays.map('"${{{}[@]}}"'.format), arrays.map("${{{}[@]}}".format), arrays.map('"${{{}[*]}}"'.format))
flags = st.sampled_from(["--a", "--bb", "--c-d", "--e_f"])
argument = st.one_of(
    st.tuples(flags, blanks, word).map("".join),
    st.tuples(flags, st.just("="), word).map("".join),
    flags,
    listed,
)


@st.composite
def commands(draw: st.DrawFn) -> str:
    gap = draw(blanks.filter(lambda gap: gap != "\\\n "))
    return gap.join(["torchrun", "t_grpo.py", *draw(st.lists(argument, max_size=5))])


statements = st.deferred(
    lambda: st.one_of(
        st.tuples(names, st.sampled_from(["=", "+="]), value).map("".join),
        st.tuples(names, value).map(lambda t: f"export {t[0]}={t[1]}"),
        st.tuples(arrays, st.sampled_from(["=", "+="]), st.lists(listed, max_size=3)).map(
            lambda t: f"{t[0]}{t[1]}({' '.join(t[2])})"
        ),
        st.tuples(arrays, st.lists(argument, min_size=1, max_size=2)).map(
            lambda t: f'if [ -n "$Z" ]; then {t[0]}+=({" ".join(t[1])}); fi'
        ),
        st.tuples(names, flags, letters).map(
            lambda t: f'if [ -z "$Z" ]; then {t[0]}="${t[0]} {t[1]} {t[2]}"; fi\ntorchrun t_grpo.py ${t[0]} --c-d 1'
        ),
        commands(),
        commands().map(lambda text: text + " > log 2>&1"),
        commands().map(lambda text: f"({text})"),
        st.tuples(names, value, commands()).map(lambda t: f"{t[0]}={t[1]} {t[2]}"),
        st.tuples(names, st.lists(rounds, min_size=1, max_size=3), commands()).map(
            lambda t: f"for {t[0]} in {' '.join(t[1])}; do {t[2]}; done"
        ),
        st.tuples(st.sampled_from("fg"), commands(), st.lists(word, max_size=2)).map(
            lambda t: f'{t[0]}() {{ {t[1]} $1 "$2"; }}\n{t[0]} {" ".join(t[2])}'
        ),
        st.lists(st.tuples(flags, letters).map(" ".join), max_size=3).map(lambda t: f'C="{" ".join(t)}"\ntorchrun t_grpo.py $C'),
        st.tuples(flags, names).map(lambda t: f'C="torchrun t_grpo.py {t[0]} \\${t[1]}"\neval "$C"'),
        st.tuples(flags, names).map(lambda t: f"export {t[1]}\nbash -c 'torchrun t_grpo.py {t[0]} \"${t[1]}\"'"),
    )
)
cut = re.compile(r"""\\[ \t]+$|""\$|["']\\(?!\n)""", re.M)
"""Broken continuations, which have fixtures of their own, and ``""$A`` and ``"a"\\b``, which tree-sitter-bash tears apart."""
start = "A=a/b.c\nB='x  y'\nC=\nX=(1 'p q')\nY=()\n"
scripts = (
    st.lists(statements, min_size=1, max_size=6)
    .map("\n".join)
    .filter(lambda text: not cut.search(text))
    .map(lambda text: f"{start}{text}\n")
)


def check(script: str) -> None:
    data = script.encode()
    if not accepts(data):
        return
    with tempfile.TemporaryDirectory() as folder:
        assert agree(read_shell("x.sh", data).roots, arguments(data, Path(folder)))


def check_change(script: str, text: str) -> None:
    data = script.encode()
    document = read_shell("x.sh", data)
    if not document.roots or not accepts(data):
        return
    nodes = [node for root in document.roots for node in root.children]
    for change in [Change("set", (0, "fresh"), text), *(Change("set", node.path, text) for node in nodes[:2])]:
        try:
            new = apply_edits(data, document.edits([change]))
        except Refused:
            continue
        assert accepts(new)
        with tempfile.TemporaryDirectory() as folder:
            assert agree(read_shell("x.sh", new).roots, arguments(new, Path(folder)))


quick = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
long = settings(max_examples=3000, deadline=None, suppress_health_check=list(HealthCheck))


@needs_bash
@quick
@given(scripts)
def test_arguments(script: str) -> None:
    check(script)


@needs_bash
@quick
@given(scripts, st.one_of(letters, st.text("a '\"$\\`中", max_size=4)))
def test_changed_arguments(script: str, text: str) -> None:
    check_change(script, text)


@pytest.mark.slow
@needs_bash
@long
@given(scripts)
def test_arguments_long(script: str) -> None:
    check(script)


@pytest.mark.slow
@needs_bash
@long
@given(scripts, st.one_of(letters, st.text("a '\"$\\`中", max_size=4)))
def test_changed_arguments_long(script: str, text: str) -> None:
    check_change(script, text)
