"""What a .gitignore leaves out, compared with git."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from vlmr1_lint.sources.ignoring import Ignoring

PATHS = (
    "a.yaml b.yaml x.log .hidden a/b.yaml a/x.log a/b/c.yaml a/b/x.log b/a/c.yaml build/x.yaml a/build/x.yaml keep/x.log"
    " #x !x a\\b [x].yaml x1.yaml x2.yaml deep/1/2/3.yaml deep/x abc/keep abc/drop *.star a?b a!b foo.yaml afoo.yaml"
).split()
PATHS += ["two words", "end "]
PATTERNS = [
    "*.log",
    "*.log\n!keep/x.log",
    "*.log\n!x.log",
    "/a.yaml",
    "a",
    "a/",
    "/a/b",
    "a/b/",
    "b.yaml/",
    "build",
    "build/\n!build/x.yaml",
    "abc/*\n!abc/keep",
    "abc/**\n!abc/keep",
    "abc\n!abc/keep",
    "**/b",
    "a/**/x.log",
    "a/**",
    "**/*.yaml",
    "**",
    "*",
    "*\n!*/\n!*.yaml",
    "/*\n!/a",
    "#x",
    "\\#x",
    "!x",
    "\\!x",
    "a\\\\b",
    "a\\?b",
    "\\*.star",
    "x[0-9].yaml",
    "x[!0-9].yaml",
    "x[^0-9].yaml",
    "[x].yaml",
    "x?.yaml",
    "a?b",
    "two words",
    "two words   ",
    "end\\ ",
    "end ",
    "x.log\r\n",
    "\ufeffx.log",
    "",
    "/",
    "!",
    "\\",
    "x.log\\",
    "deep/*/3.yaml",
    "deep/**/3.yaml",
    "deep/*/*/*",
    "*foo*",
    "**foo.yaml",
    "foo**",
    "deep/1/**/**/3.yaml",
    "/**/x",
]


@pytest.fixture(scope="module")
def git_says(tmp_path_factory):
    """Which of `PATHS` git leaves out for the text of a .gitignore."""
    if shutil.which("git") is None:
        pytest.skip("git is not here")
    folder = tmp_path_factory.mktemp("ignoring")
    subprocess.run(["git", "init", "--quiet"], cwd=folder, check=True)

    def ask(text: str) -> set[str]:
        (folder / ".gitignore").write_bytes(text.encode())
        asked = "\0".join(PATHS).encode()
        words = ["git", "-c", "core.excludesFile=", "check-ignore", "--no-index", "-z", "--stdin"]
        done = subprocess.run(words, cwd=folder, input=asked, capture_output=True, check=False)
        assert done.returncode in (0, 1), done.stderr
        return set(done.stdout.decode().split("\0")[:-1])

    return ask


@pytest.mark.parametrize("text", PATTERNS)
def test_it_says_what_git_says(git_says, text):
    ignoring = Ignoring(text.encode())
    assert {path for path in PATHS if ignoring.ignores(path)} == git_says(text)


def test_names_that_are_not_utf8():
    name = b"\xff.yaml".decode("utf-8", "surrogateescape")
    assert Ignoring(b"\xff.yaml\n").ignores(name) and not Ignoring(b"\xfe.yaml\n").ignores(name)


def test_many_stars_do_not_hang():
    """As a regular expression, each further star multiplies the time by the length of the name."""
    pattern, name = "*a" * 60 + "*b", "a" * 200
    assert not Ignoring(pattern.encode()).ignores(name)
    assert Ignoring(pattern.encode()).ignores(name + "b")
    folders = "/".join(["**", "a"] * 40)
    assert not Ignoring(f"{folders}/b".encode()).ignores("a/" * 60 + "c")
