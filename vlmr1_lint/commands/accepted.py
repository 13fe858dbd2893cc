"""The findings that a baseline accepts: they are neither told nor fixed."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from vlmr1_lint.findings.finding import Finding
    from vlmr1_lint.sources import Sources

__all__ = ["Baseline"]


class Baseline:
    """The baseline at the absolute *path*, or none; read when the first finding asks for it."""

    def __init__(self, sources: Sources, path: str | None) -> None:
        self._sources = sources
        self._path = path
        self._accepted: frozenset[str] | None = None
        self.path = path
        self.gone = 0
        """Entries that no finding matches any more."""

    def new(self, findings: Sequence[Finding]) -> tuple[Finding, ...]:
        """Those of *findings* that it does not hold. Raises BaselineError where it cannot be read."""
        if not findings or self._path is None:
            return tuple(findings)
        from vlmr1_lint.findings.baseline import split

        if self._accepted is None:
            path, self._path = self._path, None  # what cannot be read is said once
            self._accepted, self._path = self._read(path), path
        found = split(findings, self._accepted)
        self.gone = found.gone
        return found.new

    def _read(self, path: str) -> frozenset[str]:
        from vlmr1_lint.findings.baseline import BaselineError, read

        data = self._sources.try_read_anywhere(path)
        if data is None:
            raise BaselineError(f"{path}: no such baseline: write one with --write-baseline {path}")
        return read(data, path)
