"""Scripts that are broken in every way: no crash, no hang, sane places."""

from __future__ import annotations

import random
import time

import pytest

from vlmr1_lint.documents.model import Change, Refused, apply_edits
from vlmr1_lint.documents.shell.read import read_shell

from .expectations import fixtures

SECONDS_MAX = 60.0
"""What counts as a hang, in seconds of processor time, for a script of a few kilobytes: the slowest takes one."""
TOKENS = (
    b"\\\n", b"\\ \n", b"\n", b"$(", b")", b'"', b"'", b"`", b"${", b"}", b"$((", b"))", b"<<EOF\n", b"EOF\n", b"# x", b";;",
    b"(", b"{", b"&&", b"||", b"|", b"&", b"if x; then ", b"fi\n", b"for i in 1 2; do ", b"done\n", b"case x in ", b"esac\n",
    b"f() { ", b"A=", b"A+=(", b'A="$A$A"\n', b"$A", b'"${A[@]}"', b"eval ", b'bash -c "', b"torchrun t_grpo.py --a 1 ",
    b" --b", b"=", b"\r\n", b"\t", b"\xe4\xb8\xad", b"\xff", b"\0", b"$'\\x", b"{1..9}", b"[[ ", b" ]]",
    b"while read x; do ", b"$1", b"$@", b"exit\n", b"return\n", b"unset A\n", b"export A\n", b"~/", b"%%", b"##",
)  # fmt: skip


def mutated(source: random.Random, scripts: list[bytes]) -> bytes:
    """A script with one to eight random changes: cut, doubled, moved, sown with tokens, crossed with another."""
    data = bytearray(source.choice(scripts))
    for _ in range(source.randint(1, 8)):
        at = source.randint(0, len(data))
        to = min(len(data), at + source.choice((1, 2, 5, 20, 100)))
        kind = source.randrange(6)
        if kind == 0:
            del data[at:to]
        elif kind == 1:
            data[at:at] = source.choice(TOKENS)
        elif kind == 2:
            data[at:at] = data[at:to]
        elif kind == 3:
            other = source.choice(scripts)
            start = source.randint(0, len(other))
            data[at:at] = other[start : start + 200]
        elif kind == 4:
            data[at:to] = bytes(source.choice(b"\\\"'$`(){}[];&|<>#\n\t !*?~=-ab1") for _ in range(to - at))
        else:
            data[at:at] = source.choice(TOKENS) * source.choice((2, 10, 150))
    return bytes(data)


def read_and_change(data: bytes) -> None:
    started = time.process_time()
    document = read_shell("x.sh", data)
    assert sum(problem.code == "syntax" for problem in document.problems) <= 1
    assert len(document.roots) <= 64
    for span, text in document.comments():
        assert text.startswith("#") and span.start < span.end <= len(data)
    for problem in document.problems:
        assert 0 <= problem.span.start <= problem.span.end <= len(data)
    for root in document.roots:
        for node in (root, *root.walk(), *root.launcher.options, *root.environment.children, *root.positionals):
            for span in (node.span, node.entry_span, node.use_span):
                assert 0 <= span.start <= span.end <= len(data)
    if document.roots:
        root = document.roots[0]
        changes = [Change("set", (0, "fresh"), 1), *(Change("set", node.path, "7") for node in root.children[:1])]
        for change in changes:
            try:
                new = apply_edits(data, document.edits([change]))
            except Refused:
                continue
            node = read_shell("x.sh", new).node(change.path)
            assert node is not None and node.value == str(change.value)
    assert time.process_time() - started < SECONDS_MAX


def run(seed: int, count: int) -> None:
    source = random.Random(seed)
    scripts = [path.read_bytes() for path in fixtures()]
    for number in range(count):
        data = mutated(source, scripts)
        try:
            read_and_change(data)
        except Exception as error:
            raise AssertionError(f"script {number} of seed {seed}: {data!r}") from error


def test_some_mutated_scripts() -> None:
    run(1, 150)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(10, 30))
def test_many_mutated_scripts(seed: int) -> None:
    run(seed, 1000)


@pytest.mark.parametrize(
    "text",
    [
        "$(" * 20_000,
        "(" * 50_000,
        '"' * 50_001,
        "if x; then\n" * 5_000,
        "A=x\n" + 'A="$A$A"\n' * 60 + "torchrun t_grpo.py --a $A\n",
        "A=(x)\n" + 'A+=("${A[@]}")\n' * 60 + 'torchrun t_grpo.py "${A[@]}"\n',
        "f() { f; f; }\nf\ntorchrun t_grpo.py --a 1\n",
        "f() { g; }\ng() { f; }\nf\n",
        "A='eval $A'\neval $A\n",
        'A=\'bash -c "$A"; torchrun t_grpo.py\'\nexport A\nbash -c "$A"\n',
        "for a in 1 2 3 4 5 6 7 8; do " * 8 + "torchrun t_grpo.py --a $a; " + "done; " * 8,
        "torchrun t_grpo.py " + "--a 1 \\\n" * 20_000,
        "torchrun t_grpo.py --a " + "x" * 1_000_000,
        "torchrun t_grpo.py \\\n" + "# c\n" * 20_000 + "--a 1\n",
        "# c\n" * 100_000,
        "A=" + "${A:-" * 5_000 + "}" * 5_000,
        "A=$((" + "(" * 5_000 + "1" + ")" * 5_000 + "))",
        "a" * 100 + " \\" + " " * 100_000 + "\n",
        "cat <<EOF\n" * 3_000,
        "x | " * 10_000 + "x",
        "x && " * 10_000 + "x",
        "M=" + "ab" * 900 + "\ntorchrun t_grpo.py --m ${M##*a*a*a*a*a*a*c}\n",
    ],
    ids=lambda text: text[:20],
)
def test_bombs(text: str) -> None:
    started = time.process_time()
    document = read_shell("x.sh", text.encode())
    document.comments()
    assert len(document.roots) <= 64
    assert time.process_time() - started < SECONDS_MAX


def test_limits() -> None:
    assert [problem.code for problem in read_shell("x.sh", b"a\0").problems] == ["nul"]
    assert [problem.code for problem in read_shell("x.sh", b"echo \xff\n").problems] == ["undecodable"]
    large = read_shell("x.sh", b"# x\n" * 1_500_000)
    assert [problem.code for problem in large.problems] == ["too-large"] and large.problems[0].fatal
