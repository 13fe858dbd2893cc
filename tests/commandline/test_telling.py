"""One place prints, and makes what it prints safe."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import vlmr1_lint
from vlmr1_lint.commandline.telling import put, put_patch, put_report, tell

PACKAGE = Path(vlmr1_lint.__file__).parent
PRINTS = {
    "commandline/telling.py": "the only place that prints",
    "cli.py": "sets the streams up, and flushes them at the end",
    "rulefiles/build.py": "compiles rules when the package is built; what it says of failures, the interpreter prints",
}
STREAMS = frozenset(("stdout", "stderr", "__stdout__", "__stderr__"))
WRITERS = frozenset(("print_exc", "print_exception", "print_stack", "print_tb", "print_last"))


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_nothing_else_prints(path: Path) -> None:
    name = path.relative_to(PACKAGE).as_posix()
    if name in PRINTS:
        return
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        where = f"{name}:{getattr(node, 'lineno', 0)}"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in {"print", "input"}, where
        if isinstance(node, ast.Attribute):
            assert node.attr not in WRITERS, where
            owner = ast.unparse(node.value)
            assert owner != "warnings" or node.attr != "warn", where
            if owner == "sys" and node.attr in STREAMS:
                raise AssertionError(f"{where} uses sys.{node.attr}")
        if isinstance(node, ast.ImportFrom) and node.module == "sys":
            assert STREAMS.isdisjoint(alias.name for alias in node.names), where


def test_the_exceptions_are_there() -> None:
    for name in PRINTS:
        assert "sys.std" in (PACKAGE / name).read_text(encoding="utf-8") or "print(" in (PACKAGE / name).read_text(
            encoding="utf-8"
        )


@pytest.mark.parametrize(
    ("said", "printed"),
    [
        ("plain words", "plain words"),
        ("两个 words", "两个 words"),
        ("a\nb\rc\0", "a␊b␍c␀"),
        ("\x1b[31mred\x9b0m", "␛[31mred\ufffd0m"),
        ("::error::x", "./::error::x"),
        ("  ::error::x", "  ./::error::x"),
        ("\xa0\u3000::error::x", "\xa0\u3000./::error::x"),
        ("a: ::error::x", "a: ::error::x"),
        ("a ##[error]x ##vso[y] ##teamcity[z]", "a ## [error]x ## vso[y] ## teamcity[z]"),
        ("## a heading [x]", "## a heading [x]"),
        ("\u202eleft\u2066\u061c\u200f", "\ufffdleft\ufffd\ufffd\ufffd"),
        ("\ufeffmark\u200b\u00ad\u2060\U000e0041", "\ufffdmark\ufffd\ufffd\ufffd\ufffd"),
        ("می\u200cخواهم 👩\u200d🚀", "می\u200cخواهم 👩\u200d🚀"),  # joiners are part of words and of emoji
        ("byte \udcff half \ud83d", "byte \\xff half \\ud83d"),
        ("a\u2028b\u2029c\u0085d", "a⏎b⏎c\ufffdd"),
    ],
)
def test_a_sentence_is_one_line_that_nothing_obeys(said: str, printed: str, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    tell(said)
    assert capfdbinary.readouterr() == (b"", f"{printed}\n".encode())
    put(said.replace("\n", "\N{SYMBOL FOR LINE FEED}"))
    assert capfdbinary.readouterr() == (f"{printed}\n".encode(), b"")


def test_lines_stay_lines_on_standard_output(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    put("one\n\n\x1b[1mtwo\n  ::error::three")
    assert capfdbinary.readouterr().out == "one\n\n␛[1mtwo\n  ./::error::three\n".encode()
    tell("one", "two")
    assert capfdbinary.readouterr().err == b"one\ntwo\n"


def test_a_report_and_a_patch_are_printed_as_they_are(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    put_report("\x1b[31m::error::x\n")
    put_patch("+\x1b[31m\udcff\n")
    assert capfdbinary.readouterr().out == b"\x1b[31m::error::x\n+\x1b[31m\xff\n"


def test_a_patch_on_a_terminal(monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    """Nobody applies what stands on a terminal, and a terminal obeys what it is shown."""
    import sys

    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    put_patch("+\x1b[31m\udcff\n+b\n")
    assert capfdbinary.readouterr().out == "+␛[31m\\xff\n+b\n".encode()


def test_details_of_a_fault_are_told_in_safe_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    from vlmr1_lint.commands.trouble import sentences
    from vlmr1_lint.findings.finding import RuleFailed

    monkeypatch.setenv("VLMR1_LINT_TRACEBACK", "1")
    told = sentences(RuleFailed("GRP001", ValueError("x\ny")), "en", "a.yaml")
    assert told[:-1] == ["ValueError: x", "y"]
    assert told[-1].startswith("vlmr1-lint: a.yaml: rule GRP001: internal error: ValueError: x\ny;")
    assert sentences(RuleFailed("GRP001", ValueError("x")), "zh", "a.yaml")[-1].startswith(
        "vlmr1-lint：a.yaml：规则 GRP001：内部错误："
    )
