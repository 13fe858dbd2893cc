"""Quotes that nothing closes, as bash has them."""

from __future__ import annotations

import shutil
import subprocess
from random import Random

import pytest

from vlmr1_lint.documents.shell.quotes import unclosed_quote
from vlmr1_lint.documents.shell.read import read_shell

needs_bash = pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not here")


@pytest.mark.parametrize(
    "text",
    [
        "echo a «'",
        "echo «'it",
        'echo a «"b c',
        'echo "a" «"',
        'echo "a\nb "c «"',
        "echo \"it's\" «'",
        'A=$(dirname "$0")\necho «"$A',
        'echo "$(echo "b")" «"',
        "# it's\necho «'",
        "echo a#'b' «'",
        r'echo "\"" «"',
        "echo \\' «'",
        "echo $# «'",
        "cat <<< a «'",
    ],
)
def test_unclosed(text: str) -> None:
    assert unclosed_quote(text.replace("«", "").encode()) == text.encode().index("«".encode())


@pytest.mark.parametrize(
    "text",
    [
        "echo",
        "echo 'a' \"b\"",
        "# it's",
        'echo "it\'s"',
        "echo \\' \\\"",
        'echo "$(echo "b")"',
        "echo `echo \"a\"` 'b'",
        # more than quoting is needed to tell
        "cat <<EOF\nit's\nEOF\n",
        'echo "$(echo "b',
        "echo ${a:-'}",
        'echo "${a:-"b}"',
        "echo $'a\\'",
        "case a in b) echo 'c;; esac",
        "echo `# it's`",
        "echo $(echo 'a",
    ],
)
def test_closed_or_not_sure(text: str) -> None:
    assert unclosed_quote(text.encode()) is None


def test_problem_of_a_script() -> None:
    text = b"torchrun grpo.py --num_generations 8 '\n"
    [problem] = read_shell("run.sh", text).problems
    assert (problem.code, problem.detail, problem.span.start) == ("unclosed-quote", "'", len(text) - 2)


PIECES = (
    *(
        "a",
        " ",
        " ",
        "\n",
        "\n",
        "--b",
        "=",
        "$A",
        "${A}",
        "$(echo a)",
        "`echo a`",
        "\\\n",
        "\\'",
        '\\"',
        "#",
        "# a\n",
        ";",
        "&&",
    ),
    *(
        "'",
        '"',
        "'a b'",
        '"a b"',
        '"it\'s"',
        '"$(dirname "$0")"',
        "${A:-b}",
        "${#A}",
        "$((1 + 2))",
        "(",
        ")",
        "|",
        "<<<",
        "{",
        "}",
    ),
)


@pytest.mark.slow
@needs_bash
def test_bash_sees_no_end_either() -> None:
    """What is said to be unclosed bash refuses, and for that reason; of what it refuses for it, most is found."""
    random = Random(1)
    found = refused = 0
    for _ in range(1500):
        text = "echo " + "".join(random.choice(PIECES) for _ in range(random.randint(1, 14)))
        done = subprocess.run(["bash", "-n"], input=text, capture_output=True, text=True, check=False)
        lacks_quote = any(f"looking for matching `{quote}'" in done.stderr for quote in "'\"")
        refused += lacks_quote
        if unclosed_quote(text.encode()) is not None:
            found += 1
            assert done.returncode != 0, text
            assert "unexpected EOF" in done.stderr or "syntax error" in done.stderr, (text, done.stderr)
    assert refused > 100
    assert found > 0.7 * refused
