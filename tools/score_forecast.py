"""Score the memory forecast against simulated peaks and field reports, and print every miss.

    python tools/score_forecast.py FOLDER [MORE_SIMULATED.csv ...]

FOLDER (or the environment variable VLMR1_LINT_CASES) holds ``simulated-peaks.csv``, ``field-reports.jsonl`` and
``measured.jsonl``. What is compared, and what counts, is said beside each table. Nothing here tunes the forecast: a report is
translated into a `Setup` with what it states, what its trainer's default was, and the printed data assumption; what it leaves
open stays unknown.
"""

from __future__ import annotations

import csv
import json
import os
import re
import statistics
import sys
from pathlib import Path
from typing import Any

from vlmr1_lint.memory.activations import adapter_of
from vlmr1_lint.memory.passes import Passes, Step, Work
from vlmr1_lint.memory.precision import AUTOCAST, BF16, FP32
from vlmr1_lint.models.model import Model
from vlmr1_lint.models.table import all_models
from vlmr1_lint.values import replace

sys.path.insert(0, str(Path(__file__).parent))
from field_reports import Unknown, setup_of
from score_measured import score_measured

GIB = 2**30
MODELS = {model.name.lower(): model for model in all_models()}
ATTENTION = {"flash": "flash", "flash-pad": "flash_padded", "sdpa": "sdpa", "sdpa-mask": "sdpa_masked", "eager": "eager"}

# Families of models whose rows are reported by model, whatever their options.
NEWER_FAMILIES = {"internvl": "InternVL", "glm": "GLM-4.1V", "qwen3-vl-30b": "Qwen3-VL-MoE", "qwen3-vl": "Qwen3-VL"}

# Verdicts that contradict what happened, and what is known about why.
REASONS = {
    "ms-swift-4486": "called anomalous by the collection itself: arithmetic says it fits, also with offload",
    "vlm-r1-337": "custom task whose image size is not stated; max_pixels is at its default of 12.8 million; "
    "and the code of that date stops with this command before it trains (DSP020)",
}


def model_of_row(row: dict[str, str]) -> Model:
    """The model, with as many decoder layers and as small a vocabulary as the simulator was told (``--layers``, ``--vocab``)."""
    model, arguments = MODELS[row["model"]], row.get("args", "")
    layers = int(found[1]) if (found := re.search(r"--layers (\d+)", arguments)) else model.text.layers
    vocab = int(found[1]) if (found := re.search(r"--vocab (\d+)", arguments)) else model.text.vocab
    words = (model.text.vocab - vocab) * (1 if model.text.tied else 2)
    total = model.params_total - (model.text.layers - layers) * model.layer_total - words * model.text.hidden
    return replace(model, text=replace(model.text, layers=layers, vocab=vocab), params_total=total)


def work_of_row(row: dict[str, str]) -> Work:
    """One row of the simulator as the forecast's `Work`."""
    model, batch, images, patches = model_of_row(row), int(row["batch"]), int(row["images"]), int(row["vision_patches"])
    remote = model.traits.remote_code  # InternVL's own code
    attention: Any = ATTENTION[row["attn"]]
    if row["transformers"].startswith("4.49") and model.tower and attention.startswith("flash"):
        attention = attention.replace("flash", "flash_repeated")
    rank, arguments = int(row["lora_r"]), row.get("args", "")
    copy = 4 if "--lora-dtype fp32" in arguments and "--autocast" not in arguments else 2
    checkpointing = _true(row["gc"])
    precision = BF16
    if row["weights"] == "fp32":
        precision = AUTOCAST if _true(row["autocast"]) else FP32
    return Work(
        model=model,
        batch=batch,
        length=int(row["seq"]),
        completion=int(row["completion"]),
        patches=patches,
        image_patches=patches // (batch * images) if images else 0,
        image_tokens=int(row["image_tokens_per_row"]) * batch,
        attention=attention,
        path="whole" if row["logits"] == "vlmr1" else "completion_in_place",
        checkpointing=checkpointing,
        tower_checkpointing=checkpointing or remote,
        tower_trained=not _true(row["freeze_vision"]) and not rank,
        adapter=adapter_of(model.text, rank, None, copy=copy, dropout=True) if rank else None,
        precision=precision,
        logit=4 if _true(row["logits_fp32"]) or precision is FP32 else 2,
        pixel=2 if remote else 4,
        # Qwen2-VL's class (transformers 4.57) and InternVL's compute logits of all positions whatever logits_to_keep says.
        keeps_logits=not (row["model"].startswith("qwen2-vl") or remote),
        experts="copied",
        evaluates=not rank,
    )


def family(row: dict[str, str]) -> str:
    """The family whose errors are reported together."""
    for start, name in NEWER_FAMILIES.items():
        if row["model"].startswith(start):
            return name
    if _true(row["logits_fp32"]):
        return "fp32 logits"
    if row["logits"] == "trl":
        return "TRL logits"
    if int(row["lora_r"]):
        return "LoRA"
    if _true(row["freeze_vision"]):
        return "frozen vision"
    return "checkpointing on" if _true(row["gc"]) else "checkpointing off"


def score_simulated(paths: list[Path]) -> None:
    """activations + vision activations + logits at the peak, against ``act_peak``; components by phase beside it."""
    errors: dict[str, list[dict[str, float]]] = {}
    worst: list[tuple[float, str]] = []
    for path in paths:
        with path.open(newline="") as file:
            for row in csv.DictReader(file):
                work = work_of_row(row)
                forward, backward = _peak(Passes(work).forward()), _peak(Passes(work).backward())
                found = {
                    "peak": max(forward, backward) / int(row["act_peak"]) - 1,
                    "forward": forward / int(row["act_peak_fwd"]) - 1,
                    "backward": backward / int(row["act_peak_bwd"]) - 1,
                }
                if row["ref_peak"] and "--no-ref" not in row.get("args", ""):
                    found["reference"] = _peak(Passes(work).reference()) / int(row["ref_peak"]) - 1
                errors.setdefault(family(row), []).append(found)
                errors.setdefault("all", []).append(found)
                worst.append((found["peak"], row.get("args", "")))
    print("\nSimulated peaks: relative error of the peak (and of its parts), in percent")
    print(f"{'family':18} rows   median    p95  worst | forward  backward reference (worst)")
    for name, found_all in sorted(errors.items()):
        peaks = sorted(abs(found["peak"]) for found in found_all)
        parts = [_worst(found_all, part) for part in ("forward", "backward", "reference")]
        p95 = peaks[min(len(peaks) - 1, int(0.95 * len(peaks)))]
        print(
            f"{name:18} {len(peaks):4} {100 * statistics.median(peaks):7.2f} {100 * p95:7.2f} {100 * peaks[-1]:6.2f}"
            f" | {parts[0]:7.2f} {parts[1]:8.2f} {parts[2]:9.2f}"
        )
    print("five largest:")
    for error, arguments in sorted(worst, key=lambda item: -abs(item[0]))[:5]:
        print(f"  {100 * error:+.2f} %  {arguments}")


def score_reports(path: Path) -> None:
    """Measured reports, then the verdicts of the others."""
    reports = [json.loads(line) for line in path.read_text().splitlines() if line.strip()]
    _score_peaks(reports)
    _score_verdicts(reports)


def _score_peaks(reports: list[dict[str, Any]]) -> None:
    """Relative error of ``reserved`` (what nvidia-smi sees), and whether the interval holds what was measured."""
    measured: list[tuple[float, str]] = []
    inside: list[tuple[bool, float]] = []
    print("\nMeasured reports: reserved by the allocator against measured (GiB), error in percent")
    for report in reports:
        if report["outcome"] == "measured":
            try:
                forecast, _ = setup_of(report)
            except Unknown as reason:
                print(f"  {report['id']:28} not forecast: {reason}")
                continue
            likely, seen = forecast.reserved / GIB, report["measured_peak_gb_per_gpu"]
            measured.append((likely / seen - 1, report["id"]))
            inside.append((forecast.low / GIB <= seen <= forecast.high / GIB, forecast.high / forecast.likely))
            figures = f"{likely:7.1f} {seen:7.1f}  {100 * (likely / seen - 1):+6.1f}"
            print(f"  {report['id']:28} {figures}  high {forecast.high / GIB:.1f} ({forecast.instant}) {report['trainer']}")
    if measured:
        sizes = sorted(abs(error) for error, _ in measured)
        bias = statistics.median(error for error, _ in measured)
        median, worst = 100 * statistics.median(sizes), 100 * sizes[-1]
        print(f"  median {median:.1f} %, worst {worst:.1f} %, bias {100 * bias:+.1f} %, of {len(sizes)}")
        held, widths = [held for held, _ in inside], [width for _, width in inside]
        print(f"  the interval holds {sum(held)} of {len(held)}, median high/likely {statistics.median(widths):.2f}")


def _score_verdicts(reports: list[dict[str, Any]]) -> None:
    """The verdict against what happened."""
    verdicts: dict[str, list[str]] = {"fits": [], "oom": []}
    told = 0
    print("\nVerdicts over GRPO reports of medium and high confidence (GPU memory)")
    for report in reports:
        counted = report["algo"] == "grpo" and report["confidence"] in {"medium", "high"} and report.get("resource") != "host_ram"
        if not counted or report["outcome"] not in verdicts:
            continue
        try:
            forecast, usable = setup_of(report)
            verdict, figures = (
                forecast.verdict(usable),
                f"{forecast.low / GIB:.1f} {forecast.likely / GIB:.1f} {forecast.high / GIB:.1f}",
            )
            figures += f" of {usable / GIB:.1f} at {forecast.instant}" if usable else ""
        except Unknown as reason:
            verdict, figures = "unknown", str(reason)
        verdicts[report["outcome"]].append(verdict)
        print(f"  {report['outcome']:5} {verdict:11} {report['id']:28} {figures}")
        if (report["outcome"], verdict) == ("oom", "fits") and report.get("modality") == "vlm" and not _describes_images(report):
            told += 1
            print("        the report does not describe its images: plan says up to which size they fit (data.largest_image)")
        if {report["outcome"], verdict} in ({"oom", "fits"}, {"fits", "likely-oom"}):
            print(f"        {REASONS.get(report['id'], 'not explained')}")
    fitted, failed = verdicts["fits"], verdicts["oom"]
    decided = [verdict for verdict in fitted if verdict != "unknown"]
    everything = fitted + failed
    undecided = sum(verdict in {"tight", "unknown"} for verdict in everything)
    print(f"  fits said of a known OOM: {failed.count('fits')} of {len(failed)}, of which with the largest image: {told}")
    kept = sum(verdict not in {"oom", "likely-oom"} for verdict in decided)
    print(f"  neither oom nor likely-oom said of runs that fitted: {kept} of {len(decided)} (target 80 %)")
    print(f"  oom said of a run that fitted: {fitted.count('oom')} of {len(fitted)} (target 0)")
    print(f"  likely-oom said of a run that fitted: {fitted.count('likely-oom')} of {len(fitted)} (target at most 1 in 10)")
    print(f"  undecided: {undecided} of {len(everything)} (target at most a third)")


def _describes_images(report: dict[str, Any]) -> bool:
    return any(name in report["params"] for name in ("image", "images", "images_per_sample", "frames"))


def _peak(moments: list[Step]) -> int:
    return max(moment[0] + moment[1] + moment[2] for moment in moments)


def _worst(found: list[dict[str, float]], part: str) -> float:
    return 100 * max((abs(one[part]) for one in found if part in one), default=0.0)


def _true(text: Any) -> bool:
    return str(text) == "True"


def main(arguments: list[str]) -> int:
    folder = arguments[0] if arguments else os.environ.get("VLMR1_LINT_CASES", "")
    if not folder or not Path(folder).is_dir():
        print("give the folder with simulated-peaks.csv and field-reports.jsonl, or set VLMR1_LINT_CASES", file=sys.stderr)
        return 2
    score_simulated([Path(folder) / "simulated-peaks.csv", *map(Path, arguments[1:])])
    score_reports(Path(folder) / "field-reports.jsonl")
    if (Path(folder) / "measured.jsonl").is_file():
        score_measured(Path(folder) / "measured.jsonl")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
