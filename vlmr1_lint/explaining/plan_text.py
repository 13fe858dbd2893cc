"""``plan`` as text and as markdown: one line of verdict, a bar for each instant, the ladder, the smallest plan, a fleet table."""

from __future__ import annotations

from vlmr1_lint.reporting.printable import width
from vlmr1_lint.reporting.wrapping import wrapped

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import Any

__all__ = ["as_markdown", "as_text", "joint_as_text", "wrap"]

CELLS = 80
"""Terminal cells of a line, where no single word is longer."""
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
        "{path}: {verdict}: {likely} GiB of {usable} on each of {count} {gpu} ({low} to {high})",
        "{path}：{verdict}：{count} 张 {gpu} 每卡 {likely} GiB，可用 {usable}（{low} 至 {high}）",
    ),
    "no-verdict": ("{path}: unknown, needs {missing}", "{path}：未知，缺少 {missing}"),
    "hint fleet": (
        "give --gpus 4xA100-40G, or gpus: in .vlmr1-lint.yaml",
        "请给出 --gpus 4xA100-40G，或在 .vlmr1-lint.yaml 中写 gpus:",
    ),
    "hint accelerate configuration": (
        "what shards the model is said elsewhere: name the launch script instead, or accelerate's YAML beside it"
        " (plan args.yaml zero3.yaml)",
        "模型如何切分写在别处：请改为给出启动脚本，或同时给出 accelerate 的 YAML（plan args.yaml zero3.yaml）",
    ),
    "instants": ("Memory of one GPU by instant, GiB (the largest decides):", "各时刻单卡显存，GiB（以最大者为准）："),
    "host": ("Host RAM of a node: {host} GiB", "单机内存：{host} GiB"),
    "assumed": ("Assumed:", "假设："),
    "data": (
        "samples of {images} image(s) of {image} ({tokens} tokens each), {prompt} text tokens:"
        " --images, --image, --prompt-tokens, or --data to measure them",
        "每个样本 {images} 张 {image} 图像（每张 {tokens} token），文本 {prompt} token："
        "可用 --images、--image、--prompt-tokens 设置，或用 --data 实测",
    ),
    "measured": (
        "samples measured, {measured}: 95 of 100 have at most {images} image(s), {image} ({tokens} tokens each),"
        " {prompt} text tokens"
        " (counted roughly); the low end takes the median, the high end the largest",
        "实测样本（{measured}）：95% 的样本不超过 {images} 张图像、{image}（每张 {tokens} token）、文本约 {prompt} token；"
        "下限取中位数，上限取最大值",
    ),
    "largest": (
        "max_pixels is not written: images at the limit of {max_pixels:,} pixels take {image_tokens:,} tokens each,"
        " and a batch of them {likely_gib:,.0f} GiB ({verdict})",
        "没有写 max_pixels：达到 {max_pixels:,} 像素上限的图像每张占 {image_tokens:,} token，"
        "一批这样的图像需要 {likely_gib:,.0f} GiB（{verdict}）",
    ),
    "joint": ("All of them, as they are, would run on:", "不作修改时，以上任务都可运行于："),
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


_CHINESE_PARTS = {
    "load": "加载",
    "reference": "参考模型",
    "generation": "生成",
    "forward": "前向",
    "backward": "反向",
    "optimizer_step": "优化器更新",
    "save": "保存",
    "parameters": "参数",
    "gradients": "梯度",
    "optimizer": "优化器",
    "gathered": "聚合的参数",
    "activations": "激活",
    "vision_activations": "视觉激活",
    "logits": "logits",
    "buffered_inputs": "缓存的输入",
    "kv_cache": "KV 缓存",
    "vllm_pool": "vLLM 显存池",
    "communication": "通信",
    "context": "CUDA 上下文",
}
"""Instants and terms in Chinese; in English they go by the names that the JSON form has."""


def _part(name: str, lang: str) -> str:
    return _CHINESE_PARTS[name] if lang == "zh" else name


def _say(key: str, lang: str, **facts: object) -> str:
    return _WORDS[key][lang == "zh"].format(**facts)


def as_text(shown: dict[str, Any], lang: str, *, alone: bool = True) -> str:
    """The plan of one run for a terminal of 80 columns; *alone* with its own table of fleets."""
    lines = list(wrap(_verdict(shown, lang), "", "  "))
    if shown["forecast"] is None:
        lines += [line for word in HINTS if word in shown["missing"] for line in wrap(_say(f"hint {word}", lang))]
    else:
        lines += _forecast(shown, lang)
    if alone and shown["fleets"]:
        lines += ["", *fleets_as_text(shown["fleets"], _say("fleets", lang), lang)]
    return "\n".join(lines)


HINTS = ("fleet", "accelerate configuration")
"""Missing facts that a person can give, and is told how."""


def _forecast(shown: dict[str, Any], lang: str) -> Iterator[str]:
    forecast = shown["forecast"]
    yield from ("", _say("instants", lang), *_bars(forecast, lang), "", _say("host", lang, host=forecast["host_gib"]))
    yield from ("", _say("assumed", lang))
    for one in (*_samples(shown, lang), *_assumptions(shown, lang)):
        yield from wrap(one)
    if shown["verdict"] != "fits" and shown["changes"]:
        yield from ("", _say("ladder", lang), *_ladder(shown, lang))
    if shown["plan"]:
        yield from ("", _say("plan", lang), *_steps(shown["plan"], lang))
    elif shown["verdict"] in {"oom", "likely-oom"}:
        yield from ("", *wrap(_say("no-plan", lang), ""))
    for idea in shown["idle"]:
        yield from ("", *wrap(_idle(idea, lang), "", "  "))


def wrap(text: str, first: str = "  ", rest: str = "    ") -> Iterator[str]:
    """*text* in lines of at most `CELLS`, indented: the first by *first*, the others by *rest*."""
    indent = first
    for line in wrapped(text, CELLS - max(len(first), len(rest))):
        yield indent + line
        indent = rest


def _facts(names: Sequence[str], lang: str) -> str:
    """Missing facts as people read them."""
    if lang != "zh":
        return ", ".join(names)
    from vlmr1_lint.reporting.words import fact_name

    return "、".join(fact_name(lang, name) for name in names)


def _assumptions(shown: dict[str, Any], lang: str) -> Sequence[str]:
    """What was assumed, in *lang*; the table of Chinese sentences is loaded where they are wanted."""
    said: Sequence[str] = shown["assumptions"]
    if lang != "zh":
        return said
    from vlmr1_lint.checking.chinese import translated

    return [translated(one, lang) for one in said]


def _verdict(shown: dict[str, Any], lang: str) -> str:
    path, forecast, fleet = shown["run"]["path"], shown["forecast"], shown["fleet"]
    if forecast is None or fleet is None:
        return _say("no-verdict", lang, path=path, missing=_facts(shown["missing"], lang))
    return _say(
        "verdict",
        lang,
        path=path,
        verdict=_short(shown["verdict"], lang),
        likely=forecast["likely_gib"],
        low=forecast["low_gib"],
        high=forecast["high_gib"],
        usable=fleet["usable_gib"],
        gpu=fleet["gpu"],
        count=fleet["gpus"],
    )


def _bars(forecast: dict[str, Any], lang: str) -> Iterator[str]:
    most = max(part["total_gib"] for part in forecast["instants"].values()) or 1.0
    used = set()
    for name, part in forecast["instants"].items():
        if not part["terms"]:
            continue
        mark = ">" if name == forecast["instant"] else " "
        shown = _part(name, lang)
        yield f"{mark} {shown}{' ' * (15 - width(shown))}{part['total_gib']:>8.2f}  {_bar(part['terms'], most)}"
        used |= part["terms"].keys()
    yield from _packed([f"{letter} {_part(term, lang)}" for term, letter in _LETTERS.items() if term in used], "  ")


def _packed(items: Iterable[str], first: str, between: str = "  ") -> Iterator[str]:
    """*items* in lines of at most `CELLS`, none broken; the lines after *first* are indented like it."""
    line, indent = first, " " * len(first)
    for item in items:
        joined = line + item if line in {first, indent} else line + between + item
        if width(joined) > CELLS and line not in {first, indent}:
            yield line.rstrip() + between.rstrip()
            joined = indent + item
        line = joined
    yield line


def _bar(terms: dict[str, float], most: float) -> str:
    """A bar of letters whose cells add up to the whole, whatever rounding does to each term."""
    text, upto = "", 0.0
    for term, letter in _LETTERS.items():
        upto += terms.get(term, 0.0)
        text += letter * (round(upto / most * BAR_CELLS) - len(text))
    return text


def _samples(shown: dict[str, Any], lang: str) -> Iterator[str]:
    data = shown["data"]
    key = "measured" if data["measured"] else "data"
    facts = {"images": data["images"], "image": data["image"], "tokens": data["image_tokens"], "prompt": data["prompt_tokens"]}
    yield _say(key, lang, **facts, measured=data["measured"])
    largest = data["largest_image"]
    if largest:
        yield _say("largest", lang, **{**largest, "verdict": _short(largest["verdict"], lang)})


def _short(verdict: str, lang: str) -> str:
    """The verdict without its explanation."""
    return _say(verdict, lang).partition(":")[0].partition("：")[0]


def _ladder(shown: dict[str, Any], lang: str) -> Iterator[str]:
    before = shown["forecast"]["likely_gib"]
    for change in shown["changes"]:
        if change["likely_gib"] is None or change["likely_gib"] >= before:
            continue
        saved = before - change["likely_gib"]
        yield f"  -{saved:.2f} GiB -> {change['likely_gib']:.2f} ({_short(change['verdict'], lang)})"
        yield from wrap(_written(change, lang), " " * 6, " " * 8)


def _steps(steps: list[dict[str, Any]], lang: str) -> Iterator[str]:
    for number, step in enumerate(steps, 1):
        yield from wrap(f"{number}. {_written(step, lang)}", "  ", "     ")
        yield from wrap(f"-> {step['likely_gib']} GiB, {_say(step['verdict'], lang)}", "     ", "     ")


def _written(change: dict[str, Any], lang: str) -> str:
    """What to write, what it costs, and where it stands."""
    places = ", ".join(sorted(set(change["places"].values())))
    return f"{_set(change['set'])}  [{_say(change['cost'], lang)}; {places}]"


def _set(changes: dict[str, Any]) -> str:
    return ", ".join(f"{name.rpartition('/')[2]}: {_value(new)}" for name, new in changes.items())


def _value(new: object) -> str:
    return str(new).lower() if isinstance(new, bool) else str(new)


def _idle(idea: dict[str, Any], lang: str) -> str:
    return _say("idle", lang, change=_set(idea["set"]), likely=idea["likely_gib"])


def fleets_as_text(fleets: Iterable[dict[str, Any]], title: str, lang: str) -> Iterator[str]:
    """Which cards and counts would do: one line for each card, with the names of cloud instances."""
    yield title
    by_card: dict[str, list[str]] = {}
    for fleet in fleets:
        if fleet["verdict"] in {"fits", "tight"}:
            nodes = f"{fleet['nodes']}x" if fleet["nodes"] > 1 else ""
            mark = "" if fleet["verdict"] == "fits" else f" ({_short('tight', lang)})"
            names = f" ({fleet['instances'][0]})" if fleet["instances"] and fleet["nodes"] == 1 else ""
            by_card.setdefault(fleet["gpu"], []).append(f"{nodes}{fleet['gpus'] // fleet['nodes']}{mark}{names}")
    if not by_card:
        yield f"  {_say('no-fleets', lang)}"
    for card, counts in by_card.items():
        yield from _packed(counts, f"  {card:<12} x ", ", ")


def joint_as_text(fleets: Iterable[dict[str, Any]], lang: str) -> str:
    """The fleets on which several runs would all do."""
    return "\n".join(fleets_as_text(fleets, _say("joint", lang), lang))


def as_markdown(shown: list[dict[str, Any]], fleets: list[dict[str, Any]], lang: str) -> str:
    """The plans of several runs for a pull request: a table of verdicts, each run's plan, and the *fleets* that would do for
    all."""
    lines = ["| run | verdict | likely GiB | low | high | usable GiB |", "|---|---|---:|---:|---:|---:|"]
    for one in shown:
        forecast, fleet = one["forecast"] or {}, one["fleet"] or {}
        cells = [_cell(one["run"]["path"]), _short(one["verdict"], lang)]
        cells += [str(forecast.get(name, "")) for name in ("likely_gib", "low_gib", "high_gib")]
        lines.append("| " + " | ".join([*cells, str(fleet.get("usable_gib", ""))]) + " |")
    for one in shown:
        if one["missing"]:
            lines += ["", _say("no-verdict", lang, path=f"`{one['run']['path']}`", missing=_facts(one["missing"], lang))]
        if one["plan"]:
            lines += ["", f"**{one['run']['path']}**: {_say('plan', lang)}", ""]
            for number, step in enumerate(one["plan"], 1):
                places = ", ".join(sorted(set(step["places"].values())))
                lines.append(
                    f"{number}. `{_set(step['set'])}` ({places}) → {step['likely_gib']} GiB, {_short(step['verdict'], lang)}"
                )
    usable = [fleet for fleet in fleets if fleet["verdict"] in {"fits", "tight"}]
    if usable:
        lines += ["", _say("joint" if len(shown) > 1 else "fleets", lang), ""]
        lines += ["| gpu | gpus | nodes | verdict | instances |", "|---|---:|---:|---|---|"]
        for fleet in usable:
            cells = [
                fleet["gpu"],
                str(fleet["gpus"]),
                str(fleet["nodes"]),
                _short(fleet["verdict"], lang),
                ", ".join(fleet["instances"]),
            ]
            lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
