"""The grammar is loaded without what its package loads for others, and all the same where that does not go."""

from __future__ import annotations

import subprocess
import sys
from importlib.machinery import PathFinder

import pytest
import tree_sitter
import tree_sitter_bash

from vlmr1_lint.documents.shell.grammar import language, parse

SCRIPT = b"torchrun train.py --a 1\n"
NOT_LOADED = ("importlib.resources", "typing", "tree_sitter", "tree_sitter_bash")


def test_a_script_is_read_without_the_packages() -> None:
    code = (
        "import sys\n"
        "from vlmr1_lint.documents.shell.grammar import parse\n"
        f"print(parse({SCRIPT!r}).type, *(name in sys.modules for name in {NOT_LOADED}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["program", *(["False"] * len(NOT_LOADED))]


def test_an_unusual_importer_ends_in_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    real = tree_sitter_bash.language
    monkeypatch.setattr(tree_sitter_bash, "language", lambda: asked.append("package") or real())
    monkeypatch.setattr(PathFinder, "find_spec", lambda *_: None)
    tree = tree_sitter.Parser(tree_sitter.Language(language())).parse(SCRIPT)
    assert asked == ["package"] and tree.root_node.type == "program" and not tree.root_node.has_error


@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n", b" \n", b"\n  ", b"\n\\\n", b"\n\\"])
def test_a_text_that_ends_in_a_backslash_is_whole(end: bytes) -> None:
    script = SCRIPT.rstrip() + b" \\" + end
    assert parse(script).has_error is False
    assert parse(SCRIPT.rstrip() + b" '\\" + end).has_error is True
    assert parse(b"echo a\\\\" + end.replace(b"\\", b"")).has_error is False


def test_a_comment_in_backticks_ends_where_bash_ends_it() -> None:
    script = b"torchrun train.py \\\n  `# it's a note` \\\n  --a 1\n"
    tree = parse(script)
    assert tree.has_error is False and tree.end_byte == len(script)
    assert parse(b"torchrun train.py `echo '`\n").has_error is True
