"""``plan`` as text and as markdown: one line of verdict, a bar for each instant, the ladder, the smallest plan, a fleet table."""

from __future__ import annotations

from vlmr1_lint.explaining.plan_words import LETTERS, part_name, say
from vlmr1_lint.planning.plan import fits, host_is_short
from vlmr1_lint.reporting.printable import cleaned, width
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


def as_text(shown: dict[str, Any], lang: str, *, alone: bool = True) -> str:
    """The plan of one run for a terminal of 80 columns; *alone* with its own table of fleets."""
    shown = cleaned(shown)
    verdict, *reasons = _headline(shown, lang)
    lines = [*wrap(verdict, "", "  "), *(line for reason in reasons for line in wrap(reason))]
    if shown["forecast"] is None:
        lines += [line for word in HINTS if word in shown["missing"] for line in wrap(say(f"hint {word}", lang))]
        if "model_unknown" in shown["run"]:
            lines += wrap(_in(lang, shown["run"]["model_unknown"]))
    else:
        lines += _forecast(shown, lang)
    if alone:
        lines += after_blank(fleets_as_text(shown["fleets"], say("fleets", lang), lang))
    return "\n".join(lines)


HINTS = ("fleet", "accelerate configuration")
"""Missing facts that a person can give, and is told how."""


def _nvidia_smi(forecast: dict[str, Any], lang: str) -> str:
    """What nvidia-smi will show, and later, where that is more. vLLM's sleep mode takes no expandable segments."""
    now, later = round(forecast["nvidia_smi_gib"]), round(forecast["nvidia_smi_grown_gib"])
    if now == later:
        return say("nvidia-smi", lang, shown=now)
    beside_vllm = any(terms["terms"].get("vllm_pool") for terms in forecast["instants"].values())
    return say("nvidia-smi-grows-beside-vllm" if beside_vllm else "nvidia-smi-grows", lang, shown=now, grown=later)


def _forecast(shown: dict[str, Any], lang: str) -> Iterator[str]:
    forecast = shown["forecast"]
    yield from ("", say("instants", lang), *_bars(forecast, lang), "")
    if shown["verdict"] in {"fits", "tight"}:
        yield from wrap(_nvidia_smi(forecast, lang), "")
    yield _host(shown, lang)
    yield from ("", say("assumed", lang))
    for one in (*_samples(shown, lang), *_assumptions(shown, lang)):
        yield from wrap(one)
    ladder = list(_ladder(shown, lang)) if forecast["verdict"] != "fits" else []
    if ladder:
        yield from ("", say("ladder", lang), *ladder)
    if shown["plan"]:
        yield from ("", say(_plan_title(shown), lang), *_steps(shown, lang))
        if shown["unmended"]:
            yield from wrap(say("unmended", lang, rules=", ".join(shown["unmended"])))
    elif not fits(shown):
        yield from ("", *wrap(say(_hopeless(shown), lang), ""))
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
    """What was assumed."""
    return [_in(lang, one) for one in shown["assumptions"]]


def _in(lang: str, sentence: str | None) -> str:
    """A sentence of a room that speaks English only, in *lang*; the table of Chinese ones is loaded where they are wanted."""
    if lang != "zh" or not sentence:
        return sentence or ""
    from vlmr1_lint.chinese import translated

    return translated(sentence, lang)


def _headline(shown: dict[str, Any], lang: str) -> Iterator[str]:
    """The verdict; why a run is rejected; and where a node's host memory does not suffice, that."""
    path, forecast, fleet = shown["run"]["path"], shown["forecast"], shown["fleet"]
    if forecast is None or fleet is None:
        key = "no-forecast" if shown["rejected"] else "no-verdict"
        yield say(key, lang, path=path, missing=_facts(shown["missing"], lang))
    else:
        yield say(
            "verdict" if fleet["used"] == fleet["gpus"] else "verdict-of-some",
            lang,
            path=path,
            verdict=_short(shown["verdict"], lang),
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


def _host(shown: dict[str, Any], lang: str) -> str:
    room = shown["fleet"]["host_ram_gib"]
    return say("host" if room is None else "host-of", lang, host=shown["forecast"]["host_gib"], room=room)


def _bars(forecast: dict[str, Any], lang: str) -> Iterator[str]:
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


def _samples(shown: dict[str, Any], lang: str) -> Iterator[str]:
    data = shown["data"]
    key = "data" if not data["measured"] else "measured" if data["given"] else "measured-without-sizes"
    if not data["image_tokens"]:  # a text model, or samples without images
        key = "measured-of-text" if data["measured"] else "data-of-text"
    facts = {"images": data["images"], "image": data["image"], "tokens": data["image_tokens"], "prompt": data["prompt_tokens"]}
    yield say(key, lang, **facts, measured=_in(lang, data["measured"]))
    largest = data["largest_image"]
    if largest:
        yield say("largest", lang, **largest)


def _short(verdict: str, lang: str) -> str:
    """The verdict without its explanation."""
    return say(verdict, lang).partition(":")[0].partition("：")[0]


def _ladder(shown: dict[str, Any], lang: str) -> Iterator[str]:
    before = shown["forecast"]["likely_gib"]
    for change in shown["changes"]:
        if change["likely_gib"] is None or change["likely_gib"] >= before:
            continue
        saved = before - change["likely_gib"]
        yield from wrap(f"-{saved:.2f} GiB -> {change['likely_gib']:.2f} ({_outcome(shown, change, lang)})")
        yield from wrap(_written(change, lang), " " * 6, " " * 8)


def _plan_title(shown: dict[str, Any]) -> str:
    """What the steps of a plan are said to do."""
    return "legal-plan" if shown["rejected"] and not shown["unmended"] else "plan"


def _hopeless(shown: dict[str, Any]) -> str:
    """What is to be said where no plan was found."""
    if shown["rejected"]:
        return "no-legal-plan"
    if shown["verdict"] in {"fits", "tight"}:
        return "no-host-plan"
    return "no-plan-in-host" if any(change["verdict"] == "host-oom" for change in shown["changes"]) else "no-plan"


def _steps(shown: dict[str, Any], lang: str) -> Iterator[str]:
    for number, step in enumerate(shown["plan"], 1):
        yield from wrap(f"{number}. {_written(step, lang)}", "  ", "     ")
        of_text = step["verdict"] == "tight" and not shown["data"]["image_tokens"]
        verdict = say("tight-of-text" if of_text else step["verdict"], lang)
        host = _more_host(shown, step, lang)
        yield from wrap(f"-> {step['likely_gib']} GiB, {verdict}{host}", "     ", "     ")


def _outcome(shown: dict[str, Any], change: dict[str, Any], lang: str) -> str:
    """The verdict of a change; of one that a node's host memory forbids, how much that is."""
    if change["verdict"] == "host-oom":
        return say("needs-host", lang, host=change["host_gib"])
    return _short(change["verdict"], lang) + _more_host(shown, change, lang)


def _more_host(shown: dict[str, Any], change: dict[str, Any], lang: str) -> str:
    """How much host memory a change takes where that is more than the run takes as it is."""
    if change["host_gib"] <= shown["forecast"]["host_gib"]:
        return ""
    return ("；" if lang == "zh" else "; ") + say("needs-host", lang, host=change["host_gib"])


def _written(change: dict[str, Any], lang: str) -> str:
    """What to write, what it costs, and where it stands."""
    places = ", ".join(sorted(set(change["places"].values())))
    return f"{_set(change['set'])}  [{say(change['cost'], lang)}; {places}]"


def _set(changes: dict[str, Any]) -> str:
    return ", ".join(f"{name.rpartition('/')[2]}: {_value(new)}" for name, new in changes.items())


def _value(new: object) -> str:
    return str(new).lower() if isinstance(new, bool) else str(new)


def _idle(idea: dict[str, Any], lang: str) -> str:
    return say("idle", lang, change=_set(idea["set"]), likely=idea["likely_gib"])


def fleets_as_text(fleets: Sequence[dict[str, Any]], title: str, lang: str) -> Iterator[str]:
    """Which cards and counts would do: one line for each card, with the names of cloud instances. Nothing where none is known to
    do and some are unknown: that would read as a no."""
    by_card: dict[str, list[str]] = {}
    for fleet in fleets:
        if fleet["verdict"] in {"fits", "tight"}:
            nodes = f"{fleet['nodes']}x" if fleet["nodes"] > 1 else ""
            mark = "" if fleet["verdict"] == "fits" else f" ({_short('tight', lang)})"
            names = f" ({fleet['instances'][0]})" if fleet["instances"] and fleet["nodes"] == 1 else ""
            by_card.setdefault(fleet["gpu"], []).append(f"{nodes}{fleet['gpus'] // fleet['nodes']}{mark}{names}")
    missing = sorted({fact for fleet in fleets for fact in fleet.get("missing", ())})
    if not fleets or (missing and not by_card):
        return
    yield title
    if not by_card:
        yield f"  {say('no-fleets', lang)}"
    for card, counts in by_card.items():
        yield from _packed(counts, f"  {card:<12} x ", ", ")
    if missing:
        yield from wrap(say("unknown-fleets", lang, missing=_facts(missing, lang)))


def after_blank(lines: Iterable[str]) -> list[str]:
    """*lines* after an empty one; nothing where there are none."""
    found = list(lines)
    return ["", *found] if found else []


def joint_as_text(fleets: Sequence[dict[str, Any]], lang: str) -> str:
    """The fleets on which several runs would all do."""
    return "\n".join(fleets_as_text(fleets, say("joint", lang), lang))


def as_markdown(shown: list[dict[str, Any]], fleets: list[dict[str, Any]], lang: str) -> str:
    """The plans of several runs for a pull request: a table of verdicts, each run's plan, and the *fleets* that would do for
    all."""
    shown = cleaned(shown)
    lines = [_columns(("run", "verdict", "likely", "low", "high", "usable"), lang), "|---|---|---:|---:|---:|---:|"]
    for one in shown:
        forecast, fleet = one["forecast"] or {}, one["fleet"] or {}
        cells = [_cell(one["run"]["path"]), _short(one["verdict"], lang)]
        cells += [str(forecast.get(name, "")) for name in ("likely_gib", "low_gib", "high_gib")]
        lines.append("| " + " | ".join([*cells, str(fleet.get("usable_gib", ""))]) + " |")
    for one in shown:
        named = {**one, "run": {**one["run"], "path": f"`{one['run']['path']}`"}}
        said = list(_headline(named, lang))
        lines += [line for text in said[:1] if one["missing"] for line in ("", text)]
        lines += [line for text in said[1:] for line in ("", f"{named['run']['path']}{'：' if lang == 'zh' else ': '}{text}")]
        if one["plan"]:
            lines += ["", f"**{one['run']['path']}**: {say(_plan_title(one), lang)}", ""]
            for number, step in enumerate(one["plan"], 1):
                places = ", ".join(sorted(set(step["places"].values())))
                lines.append(
                    f"{number}. `{_set(step['set'])}` ({places}) → {step['likely_gib']} GiB, {_short(step['verdict'], lang)}"
                )
    usable = [fleet for fleet in fleets if fleet["verdict"] in {"fits", "tight"}]
    if usable:
        lines += ["", say("joint" if len(shown) > 1 else "fleets", lang), ""]
        lines += [_columns(("gpu", "gpus", "nodes", "verdict", "instances"), lang), "|---|---:|---:|---|---|"]
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


def _columns(names: Iterable[str], lang: str) -> str:
    return "| " + " | ".join(say(f"column {name}", lang) for name in names) + " |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
