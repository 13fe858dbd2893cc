"""A repository with open files, linted as the server lints it."""

from __future__ import annotations

from pathlib import Path

from samples import MULTINODE

from vlmr1_lint.preferences import Given
from vlmr1_lint.serving.analysis import Analysis, Asked, Opened, analyse

ARGS = MULTINODE
"""An args file of the shape of VLM-R1's multinode example: MEM001 and GRP001 on four cards of 40 GB."""


class Desk:
    """Files on the disk, and files that are open with other text."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.opened: dict[str, Opened] = {}

    def write(self, name: str, text: str | bytes) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())

    def open(self, name: str, text: str | None = None, version: int = 1) -> None:
        path = self.folder / name
        shown = path.read_bytes().decode("utf-8-sig") if text is None else text
        self.opened[name] = Opened(path.as_uri(), version, str(path), shown)

    def analyse(self, encoding: str = "utf-16", **given: object) -> Analysis:
        return analyse(str(self.folder), list(self.opened.values()), Asked(Given(**given)), encoding)  # type: ignore[arg-type]
