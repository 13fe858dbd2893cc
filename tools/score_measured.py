"""Score the forecast's interval against published peaks of whole runs (``measured.jsonl``), for `score_forecast`.

Each row is an args file with flags of ``vlmr1-lint plan``, as a user would give them. It is asked the way a user asks, and the
figure of the row's kind is compared: nvidia-smi and what torch reserved with ``nvidia_smi_gib`` (less the context where it is
torch's own figure), what tensors held with ``likely_gib`` less the context. The interval is low to high, whatever the kind.
Rows whose collector says that they are not comparable (``trust: skip``) are listed and not counted.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import statistics
import tempfile
from pathlib import Path
from typing import TypedDict

from vlmr1_lint.cli import main as vlmr1_lint

__all__ = ["score_measured"]


class _Row(TypedDict):
    id: str
    args: dict[str, object]
    flags: list[str]
    measured_gib: float
    kind: str
    trust: str
    note: str


class _Scored(TypedDict):
    row: _Row
    low: float
    likely: float
    high: float
    shown: float
    verdict: str


# What is known about rows that the interval does not hold.
REASONS = {
    "msw-agent-3b": "a header of whole numbers, to which high rounds",
    "msw-fsdp2-lora7b": "the run is FSDP2, whose root unit (2 GiB) stays gathered; the row puts it as ZeRO-3",
    "msw-latex-vl7b": "the script generates while it evaluates (predict_with_generate), which no TRL trainer of SFT does",
    "msw-3848": "prompts of up to 3,072 tokens by the thread, 200 by the row",
    "vlm-r1-164-400": "growth by step 400, told apart from high; images vary too, and only lengths are modelled",
}


def score_measured(path: Path) -> None:
    """How far the figure of its kind is off, and how often the interval holds, by kind of measurement; every miss with its
    reason. AgileRL's own loop (``trust: loop``) is no trainer of ours and left out."""
    rows: list[_Row] = [json.loads(line) for line in path.read_text().splitlines() if line.strip()]
    scored = [found for row in rows if row["trust"] != "loop" for found in [_asked(row)] if found is not None]
    print("\nMeasured runs: low, likely, what nvidia-smi will show, high (GiB); the figure of the row's kind against measured")
    for found in scored:
        row, held = found["row"], _holds(found)
        figures = " ".join(f"{found[name]:6.1f}" for name in ("low", "likely", "shown", "high"))
        mark = "holds " if held else "MISSED" if row["trust"] != "skip" else "(skip)"
        seen = f"{row['measured_gib']:6.1f} {100 * _error(found):+6.1f} %"
        print(f"  {row['id']:20} {figures} | {seen} {mark} {row['kind']}, {row['trust']}")
        if not held:
            print(f"        {REASONS.get(row['id'], row['note'] or 'not explained')}")
    counted = [found for found in scored if found["row"]["trust"] != "skip"]
    for kind in sorted({found["row"]["kind"] for found in counted}):
        _summary(kind, [found for found in counted if found["row"]["kind"] == kind])
    _summary("all", counted)
    _summary("trust high or medium", [found for found in counted if found["row"]["trust"] in {"high", "medium"}])


def _summary(name: str, found: list[_Scored]) -> None:
    errors = [_error(one) for one in found]
    sizes = sorted(map(abs, errors))
    widths = statistics.median(one["high"] / one["likely"] for one in found)
    median, bias = 100 * statistics.median(sizes), 100 * statistics.median(errors)
    print(
        f"  {name}: holds {sum(map(_holds, found))} of {len(found)}, median high/likely {widths:.2f}; error of its kind:", end=" "
    )
    print(f"median {median:.1f} %, worst {100 * sizes[-1]:.1f} %, bias {bias:+.1f} %")


def _holds(found: _Scored) -> bool:
    return found["low"] <= found["row"]["measured_gib"] <= found["high"]


def _error(found: _Scored) -> float:
    """Of the figure of the row's kind, relative to what was measured."""
    allocated = "allocated" in found["row"]["kind"]
    return found["likely" if allocated else "shown"] / found["row"]["measured_gib"] - 1


def _asked(row: _Row) -> _Scored | None:
    """What ``plan`` answers; None (and a line) where it gives no figure."""
    here = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "args.yaml").write_text(json.dumps(row["args"]))  # JSON is YAML
        os.chdir(folder)
        said = io.StringIO()
        try:
            with contextlib.redirect_stdout(said), contextlib.redirect_stderr(io.StringIO()):
                vlmr1_lint(["plan", "args.yaml", *row["flags"], "--format", "json"])
        finally:
            os.chdir(here)
    shown = json.loads(said.getvalue() or "{}")
    forecast = shown.get("forecast")
    if forecast is None:
        print(f"  {row['id']:20} not forecast: {', '.join(shown.get('missing', ['no answer']))}")
        return None
    return {
        "row": row,
        "low": forecast["low_gib"],
        "likely": forecast["likely_gib"],
        "high": forecast["high_gib"],
        "shown": forecast["nvidia_smi_gib"],
        "verdict": shown["verdict"],
    }
