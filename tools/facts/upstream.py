"""Makes vlmr1_lint/facts/upstream.json: which configuration files, trainers and training scripts the upstream repositories ever
held.

    python tools/facts/upstream.py VLM-R1=/clones/VLM-R1 R1-V=/clones/R1-V …

Each argument names a repository and a clone of it (or its git directory) with the whole history. A file counts if the linter
takes
it for one of its own kinds, or if it is Python of the trainer or of a training script. Of files that several repositories hold
the first one named is the upstream. Only hashes are kept (`vlmr1_lint.facts.upstream.digest`), no text.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from vlmr1_lint.documents.recognise import recognise
from vlmr1_lint.facts.upstream import digest
from vlmr1_lint.sources.discovery import SUFFIXES

TABLE = Path(__file__).parents[2] / "vlmr1_lint" / "facts" / "upstream.json"
README = (
    "Hashes (BLAKE2b, 8 bytes, hex) of files that upstream repositories held in any commit, by repository: configuration files of"
    " the linter's kinds, trainers and training scripts. Made by tools/facts/upstream.py from whole clones; see `facts.upstream`."
)


def main(arguments: list[str]) -> int:
    """Write the table for the clones named in *arguments*; the exit status."""
    seen: set[str] = set()
    table: dict[str, str] = {"_readme": README}
    for argument in arguments:
        name, _, clone = argument.partition("=")
        found = sorted(_hashes(clone) - seen)
        seen.update(found)
        table[name] = " ".join(found)
        print(f"{name}: {len(found)} files", file=sys.stderr)
    TABLE.write_text(json.dumps(table, indent=1) + "\n", encoding="utf-8")
    return 0 if arguments else 2


def _hashes(clone: str) -> set[str]:
    found = set()
    for path, blob in sorted(_blobs(clone)):
        data = subprocess.run(["git", "-C", clone, "cat-file", "blob", blob], capture_output=True, check=False).stdout
        if data and _counts(path, data):
            found.add(digest(data))
    return found


def _blobs(clone: str) -> set[tuple[str, str]]:
    """Path and blob of every file of interest in any commit."""
    command = ["git", "-C", clone, "log", "--all", "--no-renames", "--format=", "--raw", "--no-abbrev", "-z"]
    words = subprocess.run(command, capture_output=True, check=True).stdout.decode("utf-8", "replace").split("\0")
    pairs = zip(words[::2], words[1::2], strict=False)
    return {(path, about.split()[3]) for about, path in pairs if about.startswith(":") and _may_count(path)}


def _may_count(path: str) -> bool:
    return path.endswith(SUFFIXES) or (path.endswith(".py") and "grpo" in path.lower())


def _counts(path: str, data: bytes) -> bool:
    return path.endswith(".py") or recognise(path, data, None, None).kind is not None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
