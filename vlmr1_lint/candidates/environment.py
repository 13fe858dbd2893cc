"""What is installed on this machine, for users who say that it is the one that trains (``--here``).

Folders are listed; nothing is imported.
"""

from __future__ import annotations

import os
import sys

from vlmr1_lint.candidates.installs import Install

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from vlmr1_lint.sources import Sources

__all__ = ["installed"]

ACTIVE = ("VIRTUAL_ENV", "CONDA_PREFIX")
"""Variables that name the active environment, by venv's and conda's activate scripts."""


def installed(package: str, sources: Sources) -> Install | None:
    """The release of *package* in the active environment, or in this program's own where none is active; None where it is in
    neither. A release is told by the name of its folder of metadata (``trl-0.17.0.dist-info``, as pip writes it)."""
    for folder in _site_packages(sources):
        for name in sources.listing(folder):
            left, _, version = name.removesuffix(".dist-info").partition("-")
            if name.endswith(".dist-info") and left.lower() == package and version:
                return Install(f"{folder} (--here)", f"=={version}")
    return None


def _site_packages(sources: Sources) -> Iterator[str]:
    active = [path for name in ACTIVE if (path := os.environ.get(name))]
    for prefix in active[:1] or [sys.prefix]:
        yield os.path.join(prefix, "Lib", "site-packages")  # Windows
        library = os.path.join(prefix, "lib")
        for name in sources.listing(library):
            if name.startswith("python"):
                yield os.path.join(library, name, "site-packages")
