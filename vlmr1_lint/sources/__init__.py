"""The disk, as the rest of the linter sees it; nothing else touches a file.

`files` is what other rooms ask, `discovery` finds the files that PATHs stand for. Below them: `paths` (what a path means),
`reading` and `writing` (one file), `git` and `hardware` (the two modules that start a program, which `programs` finds).
"""

from vlmr1_lint.sources.files import Sources
from vlmr1_lint.sources.paths import on_network, placed, repository_root
from vlmr1_lint.sources.reading import MAX_BYTES, Unreadable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vlmr1_lint.sources.writing import Unwritable, write_new, write_report

__all__ = [
    "MAX_BYTES",
    "Sources",
    "Unreadable",
    "Unwritable",
    "on_network",
    "placed",
    "repository_root",
    "write_new",
    "write_report",
]


def __getattr__(name: str) -> object:
    # Most runs write nothing.
    if name in ("Unwritable", "write_new", "write_report"):
        from vlmr1_lint.sources import writing

        return getattr(writing, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
