"""Reports: one module per format, each a pure function from a `Report` to text."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vlmr1_lint.reporting.report import Report

__all__ = ["FORMATS", "render"]

FORMATS = ("text", "concise", "json", "sarif", "github", "gitlab", "junit", "rdjson", "markdown")
"""Every format that ``--format`` knows, the default one first."""


def render(format: str, report: Report) -> str:
    """*report* in *format*: empty, or text that ends in a newline. Raises ValueError for a format that is not in `FORMATS`.

    Only the one format's module is imported: SARIF needs ``json`` and ``urllib``, a terminal needs neither.
    """
    if format not in FORMATS:
        raise ValueError(f"unknown report format {format!r}: one of {', '.join(FORMATS)}")
    from importlib import import_module

    module = import_module(f"vlmr1_lint.reporting.{'json_' if format == 'json' else format}")
    text: str = module.render(report)
    return text
