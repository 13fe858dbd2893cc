"""Makes vlmr1_lint/facts/upstream_code.jsonl: what the linter asks of the Python of upstream repositories, answered beforehand.

    python tools/facts/upstream_code.py /clones/VLM-R1@90052f4 /clones/R1-V@bbbbe3d …

Each argument is a clone (or its git directory) and a commit of it. Of each Python file there a row is kept: the answers to
`pythoncode.questions.QUESTIONS` and the claims, by the linter's own extractors, under the hash of the file. A checkout that has
the same file byte for byte is answered from the row, and the file is not parsed. No text of a file is kept but names, and types
and defaults of its classes' fields.

The first line has the commits, and the hash of the extractors' code (`stamp`). A test compares it: what older extractors said is
not what today's would say. ``--to FILE`` writes another file.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).parents[2]))  # this repository's extractors, not those of an installed package

from vlmr1_lint.claims.claim import CLAIMS, SCRIPT_CLAIMS, NotUnderstood
from vlmr1_lint.claims.code import ScriptCode, TrainerCode
from vlmr1_lint.claims.extract import of_script, of_trainer
from vlmr1_lint.facts.upstream import CODE, CODE_DIGEST_BYTES, digest
from vlmr1_lint.pythoncode.outline import Outline
from vlmr1_lint.pythoncode.questions import QUESTIONS
from vlmr1_lint.pythoncode.source import classes, parsed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from vlmr1_lint.claims.claim import Claim

PACKAGE = Path(__file__).parents[2] / "vlmr1_lint"
MADE_BY = "made-by"


def main(words: list[str]) -> int:
    """Write the table of the commits in *words*; the exit status."""
    target = PACKAGE / "facts" / CODE
    if "--to" in words:
        at = words.index("--to")
        target, words = Path(words[at + 1]), words[:at] + words[at + 2 :]
    rows: dict[str, str] = {}
    for word in words:
        clone, _, commit = word.rpartition("@")
        for data in sources(clone, commit):
            row = row_of(data)
            if row is not None:
                rows[digest(data, CODE_DIGEST_BYTES)] = json.dumps(row, separators=(",", ":"))
    if not rows:
        print(__doc__, file=sys.stderr)
        return 2
    made_by = {"stamp": stamp(), "commits": [f"{name_of(word)}@{word.rpartition('@')[2]}" for word in words]}
    lines = [f"{MADE_BY} {json.dumps(made_by)}", *(f"{key} {rows[key]}" for key in sorted(rows))]
    target.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{len(rows)} files", file=sys.stderr)
    return 0


def name_of(word: str) -> str:
    """The repository's name: the last part of the clone's path."""
    return Path(word.rpartition("@")[0]).name


def sources(clone: str, commit: str) -> Iterator[bytes]:
    """Every Python file of a commit."""
    listed = subprocess.run(["git", "-C", clone, "ls-tree", "-rz", commit], capture_output=True, check=True).stdout
    for line in listed.decode("utf-8", "replace").split("\0"):
        about, _, path = line.partition("\t")
        if path.endswith(".py") and about.split()[1] == "blob":
            blob = about.split()[2]
            yield subprocess.run(["git", "-C", clone, "cat-file", "blob", blob], capture_output=True, check=True).stdout


def row_of(data: bytes) -> dict[str, Any] | None:
    """What is kept of one source; None for one that is not parsed, or has a default that JSON changes."""
    if parsed(data) is None:
        return None
    outline = Outline(data, {})
    row: dict[str, Any] = {question: outline.says(question) for question in QUESTIONS}
    row["claims"] = {name: found for name, found in claims(outline) if found}
    return row if repr(json.loads(json.dumps(row, default=repr))) == repr(row) else None


def claims(outline: Outline) -> Iterator[tuple[str, dict[str, Any]]]:
    """The claims of each trainer of groups whose class stands in the source alone, and of the script that parses flags."""
    for name, bases in outline.says("bases").items():
        base = next((one for one in bases if one != name and "Trainer" in one), "")
        if base and "GRPO" in name + base and not any(one in outline.says("bases") for one in bases):
            code = TrainerCode([("", classes(outline.tree)[name])], base)
            yield f"{name}({base})", answers([one for one in CLAIMS if one not in SCRIPT_CLAIMS], of_trainer, code)
    if outline.says("parsed") or outline.says("parsing functions"):
        yield "", answers(sorted(SCRIPT_CLAIMS), of_script, ScriptCode("", outline.tree))


def answers(names: Iterable[str], ask: Callable[[str, Any], Claim | None], code: object) -> dict[str, Any]:
    """Claim → value and line; None where a library decides it, ``"?"`` where the code is not understood."""
    found: dict[str, Any] = {}
    for name in names:
        try:
            claim = ask(name, code)
        except NotUnderstood:
            found[name] = "?"
            continue
        value = None if claim is None else claim.value
        found[name] = None if claim is None else [list(value) if isinstance(value, tuple) else value, claim.line]
    return found


def stamp() -> str:
    """The hash of all code that makes rows, comments and docstrings apart."""
    extracting = [*sorted((PACKAGE / "claims").glob("*.py")), *(PACKAGE / "pythoncode" / f"{name}.py" for name in ANSWERING)]
    texts = [path.read_text(encoding="utf-8") for path in (*extracting, Path(__file__))]
    return digest(re.sub(r'(?m)^\s*(?:r?"""(?:.|\n)*?"""|#.*)$|\s+$', "", "\n".join(texts)).encode())


ANSWERING = ("questions", "source")
"""Modules of the room ``pythoncode`` that answer questions about a source."""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
