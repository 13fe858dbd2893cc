"""The disk, as the rest of the linter sees it: `files` reads and writes, `discovery` finds. Nothing else touches a file."""

from vlmr1_lint.sources.files import MAX_BYTES, Sources, Unreadable, Unwritable, on_network, repository_root, write_report

__all__ = ["MAX_BYTES", "Sources", "Unreadable", "Unwritable", "on_network", "repository_root", "write_report"]
