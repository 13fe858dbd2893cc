"""The parts of ``plan`` as text: verdict, steps of a plan, what was assumed, the terms of each phase."""

from __future__ import annotations

from vlmr1_lint.explaining.plan_words import LETTERS, part_name, say
from vlmr1_lint.planning.plan import fits, host_is_short
from vlmr1_lint.reporting.printable import cleaned, width
from vlmr1_lint.reporting.wrapping import wrapped

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from typing import Any, TypeAlias

    Paint: TypeAlias = Callable[[str, str], str]

__all__ = ["CELLS", "after_blank", "as_step", "assumed_as_text", "details", "facts_as_text", "header", "headline", "hints"]
__all__ += [
    "host_as_text",
    "idle_as_text",
    "nvidia_smi_as_text",
    "plan_as_text",
    "plan_title",
    "samples_as_text",
    "set_as_text",
    "short",
    "subject",
    "wrap",
]

CELLS = 80
"""Terminal cells of a line, where no single word is longer."""
BAR_CELLS = 48
"""Cells of the longest bar: a line stays within 80 columns."""


def details(shown: Mapping[str, Any], lang: str, paint: Paint) -> str:
    """All that ``plan --all`` says of one run before the picture: terms, assumptions, every single change."""
    from vlmr1_lint.explaining.hardware import instances_as_text, table_as_text

    shown = cleaned(shown)
    lines = [paint("head", line) for line in wrap(header(shown, lang), "")]
    if shown["forecast"] is not None:
        lines += _forecast(shown, lang)
    if shown["fleets"]:
        lines += after_blank(table_as_text(shown["fleets"], lang, paint))
        lines += instances_as_text(shown["fleets"], lang)
    return "\n".join(lines)


def hints(shown: Mapping[str, Any], lang: str) -> list[str]:
    """What would help where there is no forecast."""
    found = [say(f"hint {word}", lang) for word in HINTS if word in shown["missing"]]
    return [*found, _in(lang, shown["run"]["model_unknown"])] if "model_unknown" in shown["run"] else found


HINTS = ("fleet", "accelerate configuration")
"""Missing facts that a person can give, and is told how."""


def nvidia_smi_as_text(forecast: Mapping[str, Any], lang: str) -> str:
    """What nvidia-smi will show, and later, where that is more. vLLM's sleep mode takes no expandable segments."""
    now, later = round(forecast["nvidia_smi_gib"]), round(forecast["nvidia_smi_grown_gib"])
    if now == later:
        return say("nvidia-smi", lang, shown=now)
    beside_vllm = any(terms["terms"].get("vllm_pool") for terms in forecast["instants"].values())
    return say("nvidia-smi-grows-beside-vllm" if beside_vllm else "nvidia-smi-grows", lang, shown=now, grown=later)


def header(shown: Mapping[str, Any], lang: str) -> str:
    """The file, the cards, the model and how it is trained."""
    fleet = shown["fleet"]
    nodes = f"{fleet['nodes']} x " if fleet and fleet["nodes"] > 1 else ""
    cards = f"{nodes}{fleet['gpus'] // fleet['nodes']} x {fleet['gpu']}" if fleet else ""
    return " | ".join(part for part in (shown["run"]["path"], cards, subject(shown, lang)) if part)


def subject(shown: Mapping[str, Any], lang: str) -> str:
    """The model and how it is trained: ``Qwen2.5-VL-7B · ZeRO-3 · full fine-tuning``."""
    run = shown["run"]
    parts = [run["model"] or say("unknown-model", lang)]
    if run["zero_stage"]:
        parts.append(f"ZeRO-{run['zero_stage']}")
    if run["use_peft"] is not None:
        parts.append("LoRA" if run["use_peft"] else say("full", lang))
    return " · ".join(parts)


def _forecast(shown: Mapping[str, Any], lang: str) -> Iterator[str]:
    forecast = shown["forecast"]
    yield from ("", say("instants", lang), *_bars(forecast, lang), "", say("assumed", lang))
    for one in assumed_as_text(shown, lang):
        yield from wrap(one)
    ladder = list(_ladder(shown, lang)) if forecast["verdict"] != "fits" else []
    if ladder:
        yield from ("", say("ladder", lang), *ladder)


def plan_as_text(shown: Mapping[str, Any], lang: str) -> Iterator[str]:
    """The smallest change that makes a run start and fit, step by step; or that there is none."""
    if shown["plan"]:
        yield from (say(plan_title(shown), lang), *_steps(shown, lang))
        if shown["unmended"]:
            yield from wrap(say("unmended", lang, rules=", ".join(shown["unmended"])))
    elif not fits(shown):
        yield from wrap(say(_hopeless(shown), lang), "")


def wrap(text: str, first: str = "  ", rest: str = "    ") -> Iterator[str]:
    """*text* in lines of at most `CELLS`, indented: the first by *first*, the others by *rest*."""
    indent = first
    for line in wrapped(text, CELLS - max(len(first), len(rest))):
        yield indent + line
        indent = rest


def facts_as_text(names: Sequence[str], lang: str) -> str:
    """Missing facts as people read them."""
    if lang != "zh":
        return ", ".join(names)
    from vlmr1_lint.reporting.words import fact_name

    return "、".join(fact_name(lang, name) for name in names)


def assumed_as_text(shown: Mapping[str, Any], lang: str) -> list[str]:
    """What was assumed: of the samples, and beside."""
    return [*samples_as_text(shown, lang), *(_in(lang, one) for one in shown["assumptions"])]


def _in(lang: str, sentence: str | None) -> str:
    """A sentence of a room that speaks English only, in *lang*; the table of Chinese ones is loaded where they are wanted."""
    if lang != "zh" or not sentence:
        return sentence or ""
    from vlmr1_lint.chinese import translated

    return translated(sentence, lang)


def headline(shown: Mapping[str, Any], lang: str) -> Iterator[str]:
    """The verdict; why a run is rejected; and where a node's host memory does not suffice, that."""
    path, forecast, fleet = shown["run"]["path"], shown["forecast"], shown["fleet"]
    if forecast is None or fleet is None:
        key = "no-forecast" if shown["rejected"] else "no-verdict"
        yield say(key, lang, path=path, missing=facts_as_text(shown["missing"], lang))
    else:
        yield say(
            "verdict" if fleet["used"] == fleet["gpus"] else "verdict-of-some",
            lang,
            path=path,
            verdict=short(shown["verdict"], lang),
            likely=forecast["likely_gib"],
            low=forecast["low_gib"],
            high=forecast["high_gib"],
            usable=fleet["usable_gib"],
            gpu=fleet["gpu"],
            count=fleet["gpus"],
            used=fleet["used"],
        )
    if shown["rejected"]:
        yield from (say("why-rejected", lang, **stop) for stop in shown["rejected"])
    yield from (say("error-beside", lang, **error) for error in shown.get("errors", ()))
    if host_is_short(shown):
        yield say("host-short", lang, host=forecast["host_gib"], room=fleet["host_ram_gib"])


def host_as_text(shown: Mapping[str, Any], lang: str) -> str:
    room = shown["fleet"]["host_ram_gib"]
    return say("host" if room is None else "host-of", lang, host=shown["forecast"]["host_gib"], room=room)


def _bars(forecast: Mapping[str, Any], lang: str) -> Iterator[str]:
    most = max(part["total_gib"] for part in forecast["instants"].values()) or 1.0
    used = set()
    for name, part in forecast["instants"].items():
        if not part["terms"]:
            continue
        mark = ">" if name == forecast["instant"] else " "
        shown = part_name(name, lang)
        yield f"{mark} {shown}{' ' * (15 - width(shown))}{part['total_gib']:>8.2f}  {_bar(part['terms'], most)}"
        used |= part["terms"].keys()
    yield from _packed([f"{letter} {part_name(term, lang)}" for term, letter in LETTERS.items() if term in used], "  ")


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
    for term, letter in LETTERS.items():
        upto += terms.get(term, 0.0)
        text += letter * (round(upto / most * BAR_CELLS) - len(text))
    return text


def samples_as_text(shown: Mapping[str, Any], lang: str) -> Iterator[str]:
    data = shown["data"]
    key = "data" if not data["measured"] else "measured" if data["given"] else "measured-without-sizes"
    if not data["image_tokens"]:  # a text model, or samples without images
        key = "measured-of-text" if data["measured"] else "data-of-text"
    facts = {"images": data["images"], "image": data["image"], "tokens": data["image_tokens"], "prompt": data["prompt_tokens"]}
    yield say(key, lang, **facts, measured=_in(lang, data["measured"]))
    largest = data["largest_image"]
    if largest:
        yield say("largest", lang, **largest)


def short(verdict: str, lang: str) -> str:
    """The verdict without its explanation."""
    return say(verdict, lang).partition(":")[0].partition("：")[0]


def _ladder(shown: Mapping[str, Any], lang: str) -> Iterator[str]:
    before = shown["forecast"]["likely_gib"]
    for change in shown["changes"]:
        if change["likely_gib"] is None or change["likely_gib"] >= before:
            continue
        saved = before - change["likely_gib"]
        yield from wrap(f"-{saved:.2f} GiB -> {change['likely_gib']:.2f} ({_outcome(shown, change, lang)})")
        yield from wrap(as_step(change, lang), " " * 6, " " * 8)


def plan_title(shown: Mapping[str, Any]) -> str:
    """What the steps of a plan are said to do."""
    return "legal-plan" if shown["rejected"] and not shown["unmended"] else "plan"


def _hopeless(shown: Mapping[str, Any]) -> str:
    """What is to be said where no plan was found."""
    if shown["rejected"]:
        return "no-legal-plan"
    if shown["verdict"] in {"fits", "tight"}:
        return "no-host-plan"
    return "no-plan-in-host" if any(change["verdict"] == "host-oom" for change in shown["changes"]) else "no-plan"


def _steps(shown: Mapping[str, Any], lang: str) -> Iterator[str]:
    for number, step in enumerate(shown["plan"], 1):
        yield from wrap(f"{number}. {as_step(step, lang)}", "  ", "     ")
        of_text = step["verdict"] == "tight" and not shown["data"]["image_tokens"]
        verdict = say("tight-of-text" if of_text else step["verdict"], lang)
        host = _more_host(shown, step, lang)
        yield from wrap(f"-> {step['likely_gib']} GiB, {verdict}{host}", "     ", "     ")


def _outcome(shown: Mapping[str, Any], change: Mapping[str, Any], lang: str) -> str:
    """The verdict of a change; of one that a node's host memory forbids, how much that is."""
    if change["verdict"] == "host-oom":
        return say("needs-host", lang, host=change["host_gib"])
    return short(change["verdict"], lang) + _more_host(shown, change, lang)


def _more_host(shown: Mapping[str, Any], change: Mapping[str, Any], lang: str) -> str:
    """How much host memory a change takes where that is more than the run takes as it is."""
    if change["host_gib"] <= shown["forecast"]["host_gib"]:
        return ""
    return ("；" if lang == "zh" else "; ") + say("needs-host", lang, host=change["host_gib"])


def as_step(change: Mapping[str, Any], lang: str) -> str:
    """What to write, what it costs, and where it stands."""
    places = ", ".join(sorted(set(change["places"].values())))
    return f"{set_as_text(change['set'])}  [{say(change['cost'], lang)}; {places}]"


def set_as_text(changes: Mapping[str, Any]) -> str:
    """What to write, by the names that a reader finds in the file."""
    return ", ".join(f"{_inner(name)}: {_value(new)}" for name, new in changes.items())


def _inner(name: str) -> str:
    """A key without the file and the section that every such key stands in."""
    return name.rpartition("/")[2].removeprefix("zero_optimization.").removeprefix("deepspeed_config.")


def _value(new: object) -> str:
    return str(new).lower() if isinstance(new, bool) else str(new)


def idle_as_text(idea: Mapping[str, Any], lang: str) -> str:
    return say("idle", lang, change=set_as_text(idea["set"]), likely=idea["likely_gib"])


def after_blank(lines: Iterable[str]) -> list[str]:
    """*lines* after an empty one; nothing where there are none."""
    found = list(lines)
    return ["", *found] if found else []
