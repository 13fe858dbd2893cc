"""Every format against its golden file, byte for byte.

``VLMR1_LINT_UPDATE_GOLDEN=1`` rewrites them: read the difference before committing it.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from report_sample import sample

from vlmr1_lint.reporting import FORMATS, extras, render, statistics

GOLDEN = Path(__file__).parent / "golden"


def check(name: str, text: str) -> None:
    path = GOLDEN / name
    data = text.encode()
    if os.environ.get("VLMR1_LINT_UPDATE_GOLDEN") == "1":
        path.write_bytes(data)
    assert path.read_bytes() == data


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("format", FORMATS)
def test_format(format: str, lang: str) -> None:
    check(f"{format}.{lang}", render(format, sample(lang)))


def test_colour() -> None:
    check("text-colour.en", render("text", sample(color=True)))


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_beside_the_report(lang: str) -> None:
    report = sample(lang)
    check(f"statistics.{lang}", statistics.render(report))
    parts = [
        extras.fixes(report),
        extras.skipped(report),
        extras.hint(report, "fleet"),
        extras.hint(report, "run.max_prompt_length"),
    ]
    check(f"extras.{lang}", "".join(parts))
