"""Commands about one file say the same of a file that is not there, in the language asked for."""

from __future__ import annotations

import pytest

COMMANDS = (("show",), ("plan",), ("calibrate", "--measured", "30GiB"))


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
@pytest.mark.parametrize(
    ("lang", "line"), [("en", "vlmr1-lint: none.yaml: no such file\n"), ("zh", "vlmr1-lint：none.yaml：没有这个文件\n")]
)
def test_a_file_that_is_not_there(lint, command, lang, line):
    assert lint(*command, "none.yaml", "--lang", lang) == 2
    assert (lint.out, lint.err) == ("", line)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_file_that_starts_no_run(lint, lang):
    lint.write("notes.yaml", "a: 1\n")
    assert lint("calibrate", "notes.yaml", "--measured", "30GiB", "--lang", lang) == 2
    from_calibrate = lint.err
    assert lint("plan", "notes.yaml", "--lang", lang) == 2
    assert lint.err == from_calibrate
    assert len(lint.err.splitlines()) == 1
