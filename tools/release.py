"""What a release needs to know: ``check TAG`` (the tag is the version and CHANGELOG.md has its notes), ``notes TAG``.

Standard library only: the release workflow runs it before anything is installed.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent


def version(repository: Path = REPOSITORY) -> str:
    """The version that the package says it is. Raises ValueError where it says none."""
    text = (repository / "vlmr1_lint" / "__init__.py").read_text(encoding="utf-8")
    found = re.search(r'^__version__ = "([^"]+)"$', text, re.MULTILINE)
    if found is None:
        raise ValueError("vlmr1_lint/__init__.py has no __version__")
    return found[1]


def notes(number: str, repository: Path = REPOSITORY) -> str:
    """The section of CHANGELOG.md about version *number*, without its heading. Raises ValueError where there is none."""
    text = (repository / "CHANGELOG.md").read_text(encoding="utf-8")
    sections = re.split(r"^## ", text, flags=re.MULTILINE)[1:]
    for section in sections:
        heading, _, body = section.partition("\n")
        if re.match(rf"\[?{re.escape(number)}\]?(?:\s|$)", heading) and body.strip():
            return body.strip() + "\n"
    raise ValueError(f"CHANGELOG.md has no section '## {number}' with notes")


def main(words: list[str]) -> int:
    """Carry out the command; 0 where all is well, else 1 with one line that says what is wrong."""
    if len(words) != 2 or words[0] not in {"check", "notes"}:
        print("usage: release.py check|notes vX.Y.Z", file=sys.stderr)
        return 2
    command, tag = words
    try:
        text = notes(tag.removeprefix("v"))
        if tag != f"v{version()}":
            raise ValueError(f"the tag is {tag} and vlmr1_lint/__init__.py says {version()}")
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    if command == "notes":
        print(text, end="")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
