"""Parts of Markdown files that a program writes.

Such a part stands between ``<!-- NAME: begin … -->`` and ``<!-- NAME: end -->``, each on a line of its own.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

__all__ = ["REPOSITORY", "main", "with_part"]

REPOSITORY = Path(__file__).resolve().parent.parent


def with_part(text: str, name: str, part: str) -> str:
    """*text* with *part* in place of what stands between the markers of *name*. Raises ValueError if they are not there once."""
    begin, end = rf"^<!-- {re.escape(name)}: begin\b[^\n]*-->\n", rf"^<!-- {re.escape(name)}: end -->$"
    marked = re.compile(f"({begin}).*?({end})", re.DOTALL | re.MULTILINE)
    count = len(marked.findall(text))
    if count != 1:
        raise ValueError(f"the markers of {name!r} are there {count} times, not once")
    return marked.sub(lambda match: f"{match[1]}\n{part.strip()}\n\n{match[2]}", text)


def main(name: str, parts: Mapping[str, Callable[[], str]]) -> int:
    """Write the part *name* into each file of *parts* (path in the repository: its text).

    With ``--check`` on the command line say which files are not current instead; the exit status is then 1.
    """
    command = argparse.ArgumentParser(description=sys.modules["__main__"].__doc__)
    command.add_argument("--check", action="store_true", help="write nothing, return 1 if a file is not current")
    check = command.parse_args().check
    stale = False
    for path, part in parts.items():
        file = REPOSITORY / path
        old = file.read_text(encoding="utf-8")
        new = with_part(old, name, part())
        if new == old:
            continue
        stale = True
        print(f"{path}: {'not current, run this program without --check' if check else 'written'}")
        if not check:
            file.write_text(new, encoding="utf-8", newline="\n")
    return int(check and stale)
