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

import itertools
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

sys.path.insert(0, str(Path(__file__).parents[2]))  # this repository's extractors, not those of an installed package

from vlmr1_lint.claims.claim import CLAIMS, MODEL_CLAIMS, SCRIPT_CLAIMS, NotUnderstood
from vlmr1_lint.claims.code import ScriptCode, TrainerCode
from vlmr1_lint.claims.extract import of_script, of_trainer
from vlmr1_lint.facts.upstream import CODE, CODE_DIGEST_BYTES, digest
from vlmr1_lint.pythoncode import outline
from vlmr1_lint.pythoncode.modules import Modules
from vlmr1_lint.pythoncode.outline import Outline
from vlmr1_lint.pythoncode.questions import QUESTIONS
from vlmr1_lint.pythoncode.source import classes, parsed
from vlmr1_lint.pythoncode.trainercode import code_of_script, said_of
from vlmr1_lint.sources import Sources
from vlmr1_lint.unknown import Unknown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from vlmr1_lint.claims.claim import Claim
    from vlmr1_lint.pythoncode.trainercode import RepositoryCode

PACKAGE = Path(__file__).parents[2] / "vlmr1_lint"
MADE_BY = "made-by"


def main(words: list[str]) -> int:
    """Write the table of the commits in *words*; the exit status."""
    target = PACKAGE / "facts" / CODE
    if "--to" in words:
        at = words.index("--to")
        target, words = Path(words[at + 1]), words[:at] + words[at + 2 :]
    rows: dict[str, dict[str, Any]] = {}
    with mock.patch.object(outline, "code_of", lambda data: None):  # nothing is taken over from the table as it is
        for word in words:
            clone, _, commit = word.rpartition("@")
            files = dict(sources(clone, commit))
            for data in files.values():
                row = row_of(data)
                if row is not None:
                    rows.setdefault(digest(data, CODE_DIGEST_BYTES), row)
            for data, found in together(files):
                states = rows[digest(data, CODE_DIGEST_BYTES)].setdefault("together", [])
                states += [found] if found not in states else []
    if not rows:
        print(__doc__, file=sys.stderr)
        return 2
    made_by = {"stamp": stamp(), "commits": [f"{name_of(word)}@{word.rpartition('@')[2]}" for word in words]}
    lines = [
        f"{MADE_BY} {json.dumps(made_by)}",
        *(f"{key} {json.dumps(rows[key], separators=(',', ':'))}" for key in sorted(rows)),
    ]
    target.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{len(rows)} files", file=sys.stderr)
    return 0


def name_of(word: str) -> str:
    """The repository's name: the last part of the clone's path."""
    return Path(word.rpartition("@")[0]).name


def sources(clone: str, commit: str) -> Iterator[tuple[str, bytes]]:
    """Every Python file of a commit, with its path there."""
    listed = subprocess.run(["git", "-C", clone, "ls-tree", "-rz", commit], capture_output=True, check=True).stdout
    for line in listed.decode("utf-8", "replace").split("\0"):
        about, _, path = line.partition("\t")
        if path.endswith(".py") and about.split()[1] == "blob":
            blob = about.split()[2]
            yield path, subprocess.run(["git", "-C", clone, "cat-file", "blob", blob], capture_output=True, check=True).stdout


def row_of(data: bytes) -> dict[str, Any] | None:
    """What is kept of one source; None for one that is not parsed, or has a default that JSON changes."""
    if parsed(data) is None:
        return None
    source = Outline(data, {})
    row: dict[str, Any] = {question: source.says(question) for question in QUESTIONS}
    row["claims"] = {name: found for name, found in claims(source) if found}
    return row if repr(json.loads(json.dumps(row, default=repr))) == repr(row) else None


def claims(source: Outline) -> Iterator[tuple[str, dict[str, Any]]]:
    """The claims of each trainer of groups whose class stands in the source alone, and of the script that parses flags."""
    for name, bases in source.says("bases").items():
        base = next((one for one in bases if one != name and "Trainer" in one), "")
        if base and "GRPO" in name + base and not any(one in source.says("bases") for one in bases):
            code = TrainerCode([("", classes(source.tree)[name])], base)
            yield f"{name}({base})", answers([one for one in CLAIMS if one not in SCRIPT_CLAIMS], of_trainer, code)
    if source.says("parsed") or source.says("parsing functions"):
        yield "", answers(sorted(SCRIPT_CLAIMS), of_script, ScriptCode("", source.tree))


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


def together(files: Mapping[str, bytes]) -> Iterator[tuple[bytes, dict[str, Any]]]:
    """The scripts among *files* with what they decide together with a trainer and the modules for families of models: the claims
    for each set of texts that a model's path may hold, and the files that were looked at for them, absent ones included.

    Paths are relative to the script's folder, ``roots`` counts the folders from there up to the repository's root.
    """
    with tempfile.TemporaryDirectory() as root:
        below = Sources(root, {os.path.join(os.path.realpath(root), path): data for path, data in files.items()})
        for path, data in below.overlays.items():
            modules = Modules(path, below)
            script = modules.at(path)
            if script is None or modules.parsing(script)[0] is not script or row_of(data) is None:
                continue
            code, folder = code_of_script(modules, script), os.path.dirname(path)
            if len(code.trainers()) == 1 and not modules.unparsed:
                texts, claims = by_texts(code, lambda name: os.path.relpath(below.path(name), folder))  # noqa: B023
                asked = {os.path.relpath(one, folder): modules.digest(one) for one in modules.asked()}
                around = {"trainer": code.trainers()[0].name, "roots": len(modules.roots), "files": asked}
                yield data, {**around, "texts": texts, "claims": claims}


class Asked(str):
    """A model's path that notes which texts are searched in it, and whether in small letters."""

    texts: list[list[Any]]
    small: bool

    @classmethod
    def path(cls, text: str, texts: list[list[Any]], *, small: bool = False) -> Asked:
        """The path *text*, which adds what is searched to *texts*."""
        found = cls(text)
        found.texts, found.small = texts, small
        return found

    def lower(self) -> Asked:
        """The path in small letters, which notes the same."""
        return Asked.path(str(self).lower(), self.texts, small=True)

    def __contains__(self, text: object) -> bool:
        if [text, self.small] not in self.texts:
            self.texts.append([text, self.small])
        return str(text) in str(self)


def by_texts(code: RepositoryCode, place: Callable[[str], str]) -> tuple[list[list[Any]], dict[str, dict[str, Any]]]:
    """The texts that are searched in a model's path, and what *code* says of the claims for every set of them in one."""
    texts: list[list[Any]] = []
    while True:
        known = list(texts)
        paths: list[str | None] = [None, *("/".join(those) for those in subsets([text for text, _ in known]))]
        found = {said_of(path, known): answered(code, path, texts, place) for path in paths}
        if texts == known:
            return texts, found


def subsets(texts: Sequence[str]) -> list[tuple[str, ...]]:
    """All sets of *texts*."""
    return [those for count in range(len(texts) + 1) for those in itertools.combinations(texts, count)]


def answered(
    code: RepositoryCode, path: str | None, texts: list[list[Any]], place: Callable[[str], str]
) -> dict[str, list[Any] | str | None]:
    """Claim → what *code* says for a model at *path*: value, file and line."""
    found: dict[str, list[Any] | str | None] = {}
    for name in sorted(MODEL_CLAIMS):
        model = None if path is None else Asked.path(path, texts)
        claim = code.claim(name, vllm=None, own=frozenset(), model=model)
        if claim is None or isinstance(claim, Unknown):
            found[name] = None if claim is None else "?"
        else:
            value = list(claim.value) if isinstance(claim.value, tuple) else claim.value
            found[name] = [value, place(claim.path), claim.line]
    return found


def stamp() -> str:
    """The hash of all code that makes rows, comments and docstrings apart."""
    extracting = [*sorted((PACKAGE / "claims").glob("*.py")), *(PACKAGE / "pythoncode" / f"{name}.py" for name in ANSWERING)]
    texts = [path.read_text(encoding="utf-8") for path in (*extracting, Path(__file__))]
    return digest(re.sub(r'(?m)^\s*(?:r?"""(?:.|\n)*?"""|#.*)$|\s+$', "", "\n".join(texts)).encode())


ANSWERING = ("questions", "source", "modules", "trainercode")
"""Modules of the room ``pythoncode`` that answer questions about a source, or find those that answer together."""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
