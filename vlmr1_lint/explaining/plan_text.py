"""``plan`` as text and as markdown: one line of verdict, a bar for each instant, the ladder, the smallest plan, a fleet table."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

__all__ = ["as_markdown", "as_text"]

BAR_CELLS = 48
"""Cells of the longest bar: a line stays within 80 columns."""

_LETTERS = {
    "parameters": "P",
    "gradients": "G",
    "optimizer": "O",
    "reference": "R",
    "gathered": "W",
    "activations": "A",
    "vision_activations": "V",
    "logits": "L",
    "buffered_inputs": "I",
    "kv_cache": "K",
    "vllm_pool": "M",
    "communication": "N",
    "context": "C",
}
"""A letter for each term: bars are read without colour."""

_WORDS: dict[str, tuple[str, str]] = {
    "fits": ("fits", "放得下"),
    "tight": ("tight: fits unless memory is fragmented or images are large", "紧张：碎片或大图可能导致超出"),
    "likely-oom": ("likely out of memory", "很可能显存不足"),
    "oom": ("out of memory", "显存不足"),
    "unknown": ("unknown", "未知"),
    "rejected": ("rejected", "会被拒绝"),
    "verdict": (
        "{path}: {verdict}: {likely} GiB likely ({low} to {high}) of {usable} GiB on each {gpu}, {count} GPU(s)",
        "{path}：{verdict}：{count} 张 {gpu}，每卡预计 {likely} GiB（{low} 至 {high}），可用 {usable} GiB",
    ),
    "no-verdict": ("{path}: unknown, needs {missing}", "{path}：未知，缺少 {missing}"),
    "fleet-hint": (
        "  give --gpus 4xA100-40G, or gpus: in .vlmr1-lint.yaml",
        "  请给出 --gpus 4xA100-40G，或在 .vlmr1-lint.yaml 中写 gpus:",
    ),
    "instants": ("Memory of one GPU by instant, GiB (the largest decides):", "各时刻单卡显存，GiB（以最大者为准）："),
    "host": ("Host RAM of a node: {host} GiB", "单机内存：{host} GiB"),
    "assumed": ("Assumed:", "假设："),
    "data": (
        "samples of {images} image(s) of {image} ({tokens} tokens each), {prompt} text tokens: --images, --image, --prompt-tokens",
        "每个样本 {images} 张 {image} 图像（每张 {tokens} token），文本 {prompt} token：可用 --images、--image、--prompt-tokens 设置",
    ),
    "ladder": ("What each change alone would give:", "各项单独修改的效果："),
    "plan": ("Smallest change that fits:", "能放下的最小修改："),
    "no-plan": (
        "No change within the planner's reach makes it fit: use more or larger cards.",
        "在可尝试的修改中没有能放下的：请使用更多或更大的卡。",
    ),
    "idle": ("Idle memory: {change} would still fit ({likely} GiB)", "显存有空闲：{change} 仍放得下（{likely} GiB）"),
    "fleets": ("As it is, it would run on:", "不作修改时可运行于："),
    "no-fleets": ("none of the usual cards and counts", "常见的卡和数量都不行"),
    "free": ("free", "无代价"),
    "speed": ("slower", "变慢"),
    "experiment": ("changes the experiment", "改变实验"),
}


def _say(key: str, lang: str, **facts: object) -> str:
    return _WORDS[key][lang == "zh"].format(**facts)


def as_text(shown: dict[str, Any], lang: str) -> str:
    """The plan of one run for a terminal of 80 columns."""
    lines = [_verdict(shown, lang)]
    forecast = shown["forecast"]
    if forecast is None:
        return "\n".join([*lines, _say("fleet-hint", lang)] if "fleet" in shown["missing"] else lines)
    lines += ["", _say("instants", lang), *_bars(forecast), "", _say("host", lang, host=forecast["host_gib"])]
    lines += ["", _say("assumed", lang), f"  {_samples(shown, lang)}", *(f"  {one}" for one in shown["assumptions"])]
    if shown["verdict"] != "fits" and shown["changes"]:
        lines += ["", _say("ladder", lang), *_ladder(shown, lang)]
    if shown["plan"]:
        lines += ["", _say("plan", lang), *(f"  {one}" for one in _steps(shown["plan"], lang))]
    elif shown["verdict"] in {"oom", "likely-oom"}:
        lines += ["", _say("no-plan", lang)]
    lines += ["", *(_idle(idea, lang) for idea in shown["idle"])] if shown["idle"] else []
    lines += ["", _say("fleets", lang), *_fleets(shown, lang)]
    return "\n".join(lines)


def _verdict(shown: dict[str, Any], lang: str) -> str:
    path, forecast, fleet = shown["run"]["path"], shown["forecast"], shown["fleet"]
    if forecast is None or fleet is None:
        return _say("no-verdict", lang, path=path, missing=", ".join(shown["missing"]))
    return _say(
        "verdict",
        lang,
        path=path,
        verdict=_say(shown["verdict"], lang),
        likely=forecast["likely_gib"],
        low=forecast["low_gib"],
        high=forecast["high_gib"],
        usable=fleet["usable_gib"],
        gpu=fleet["gpu"],
        count=fleet["gpus"],
    )


def _bars(forecast: dict[str, Any]) -> Iterator[str]:
    most = max(part["total_gib"] for part in forecast["instants"].values()) or 1.0
    used = set()
    for name, part in forecast["instants"].items():
        mark = ">" if name == forecast["instant"] else " "
        yield f"{mark} {name:<15}{part['total_gib']:>8.2f}  {_bar(part['terms'], most)}"
        used |= part["terms"].keys()
    yield "  " + "  ".join(f"{letter} {term}" for term, letter in list(_LETTERS.items())[:7] if term in used)
    rest = "  ".join(f"{letter} {term}" for term, letter in list(_LETTERS.items())[7:] if term in used)
    if rest:
        yield f"  {rest}"


def _bar(terms: dict[str, float], most: float) -> str:
    """A bar of letters whose cells add up to the whole, whatever rounding does to each term."""
    text, upto = "", 0.0
    for term, letter in _LETTERS.items():
        upto += terms.get(term, 0.0)
        text += letter * (round(upto / most * BAR_CELLS) - len(text))
    return text


def _samples(shown: dict[str, Any], lang: str) -> str:
    data = shown["data"]
    return _say(
        "data", lang, images=data["images"], image=data["image"], tokens=data["image_tokens"], prompt=data["prompt_tokens"]
    )


def _ladder(shown: dict[str, Any], lang: str) -> Iterator[str]:
    before = shown["forecast"]["likely_gib"]
    for change in shown["changes"]:
        if change["likely_gib"] is None or change["likely_gib"] >= before:
            continue
        saved = before - change["likely_gib"]
        yield f"  -{saved:.2f} GiB -> {change['likely_gib']:.2f} ({_say(change['verdict'], lang).split(':')[0].split('：')[0]})"
        yield f"      {_set(change['set'])}  [{_say(change['cost'], lang)}; {', '.join(sorted(set(change['places'].values())))}]"


def _steps(steps: list[dict[str, Any]], lang: str) -> Iterator[str]:
    for number, step in enumerate(steps, 1):
        yield f"{number}. {_set(step['set'])}"
        places = ", ".join(sorted(set(step["places"].values())))
        yield f"   -> {step['likely_gib']} GiB, {_say(step['verdict'], lang)}  [{_say(step['cost'], lang)}; {places}]"


def _set(changes: dict[str, Any]) -> str:
    return ", ".join(f"{name.rpartition('/')[2]}: {_value(new)}" for name, new in changes.items())


def _value(new: object) -> str:
    return str(new).lower() if isinstance(new, bool) else str(new)


def _idle(idea: dict[str, Any], lang: str) -> str:
    return _say("idle", lang, change=_set(idea["set"]), likely=idea["likely_gib"])


def _fleets(shown: dict[str, Any], lang: str) -> Iterator[str]:
    by_card: dict[str, list[str]] = {}
    for fleet in shown["fleets"]:
        if fleet["verdict"] in {"fits", "tight"}:
            nodes = f"{fleet['nodes']}x" if fleet["nodes"] > 1 else ""
            mark = "" if fleet["verdict"] == "fits" else " (" + _say("tight", lang).split(":")[0].split("：")[0] + ")"
            names = f" ({fleet['instances'][0]})" if fleet["instances"] and fleet["nodes"] == 1 else ""
            by_card.setdefault(fleet["gpu"], []).append(f"{nodes}{fleet['gpus'] // fleet['nodes']}{mark}{names}")
    if not by_card:
        yield f"  {_say('no-fleets', lang)}"
    for card, counts in by_card.items():
        yield f"  {card:<12} x {', '.join(counts)}"


def as_markdown(shown: list[dict[str, Any]], lang: str) -> str:
    """The plans of several runs for a pull request: a table of verdicts, then each run's plan."""
    lines = ["| run | verdict | likely GiB | low | high | usable GiB |", "|---|---|---:|---:|---:|---:|"]
    for one in shown:
        forecast, fleet = one["forecast"] or {}, one["fleet"] or {}
        cells = [one["run"]["path"], _say(one["verdict"], lang).split(":")[0]]
        cells += [str(forecast.get(name, "")) for name in ("likely_gib", "low_gib", "high_gib")]
        lines.append("| " + " | ".join([*cells, str(fleet.get("usable_gib", ""))]) + " |")
    for one in shown:
        if one["plan"]:
            lines += ["", f"**{one['run']['path']}**: {_say('plan', lang)}", ""]
            lines += [f"{number}. `{_set(step['set'])}` → {step['likely_gib']} GiB" for number, step in enumerate(one["plan"], 1)]
    return "\n".join(lines)
