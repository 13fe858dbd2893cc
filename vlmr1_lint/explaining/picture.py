"""``plan`` on one screen of 80 x 24: a bar for each phase of a step against the card's limit, then the verdict and the cheapest
change that helps. Everything else stands behind ``--all``."""

from __future__ import annotations

from vlmr1_lint.explaining.hardware import cost_as_text, hardware_as_text, joint_as_text
from vlmr1_lint.explaining.plan_text import (
    after_blank,
    as_step,
    header,
    headline,
    hints,
    host_as_text,
    idle_as_text,
    nvidia_smi_as_text,
    plan_as_text,
    samples_as_text,
    short,
    wrap,
)
from vlmr1_lint.explaining.plan_words import part_name, say
from vlmr1_lint.planning.plan import fits
from vlmr1_lint.reporting.printable import cleaned, width

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import Any, TypeAlias

    Paint: TypeAlias = Callable[[str, str], str]

__all__ = ["bars", "coloured", "phases_picture", "picture", "plain"]

BAR_CELLS = 40
"""Cells of a bar that is as long as the card, or as the longest where that is longer."""
SHORT_BAR_CELLS = 26
"""The same where a verdict follows the bar."""
NAME_CELLS = 15
EIGHTHS = " ▏▎▍▌▋▊▉"
LIMIT = "┃"
CODES = {"good": "1;32", "close": "1;33", "bad": "1;31", "head": "1", "dim": "2", "mark": "36"}
"""Terminal colours (SGR parameters, ECMA-48): the sixteen that every theme defines."""
STYLES = {"fits": "good", "tight": "close"}
"""How a verdict is coloured; all others are bad news."""


def plain(_: str, text: str) -> str:
    """*text* without colour."""
    return text


def coloured(style: str, text: str) -> str:
    """*text* in a colour of `CODES`; empty text and spaces stay bare."""
    return f"\x1b[{CODES[style]}m{text}\x1b[0m" if text.strip() else text


def picture(shown: Mapping[str, Any], lang: str, paint: Paint) -> str:
    """The plan of one run."""
    shown = cleaned(shown)
    lines = [paint("head", line) for line in wrap(header(shown, lang), "")]
    if shown["forecast"] is None:
        lines += _unknown(shown, lang, paint)
        lines += after_blank(hardware_as_text(shown, lang, paint))
        missing = shown["missing"] == ["fleet"]
        return "\n".join([*lines, paint("dim", say("more-with-gpus", lang))] if missing else lines)
    lines += ["", *bars(shown, lang, paint), "", *_facts(shown, lang), ""]
    lines += _verdict(shown, lang, paint)
    if shown.get("fleets"):  # nothing that can be changed makes it fit: other hardware has to
        lines += after_blank(hardware_as_text(shown, lang, paint))
    else:
        lines += [line for text in cost_as_text(shown, lang) for line in wrap(text, "", "  ")]
    return "\n".join([*lines, paint("dim", say("more", lang))])


def phases_picture(plans: Sequence[Mapping[str, Any]], fleets: Sequence[Mapping[str, Any]], lang: str, paint: Paint) -> str:
    """The plans of several runs: a line for each, and the hardware on which all of them would run."""
    plans = cleaned(plans)
    lines: list[str] = []
    for number, shown in enumerate(plans, 1):
        lines += [paint("head", line) for line in wrap(f"{number} {header(shown, lang)}", "", "  ")]
        if shown["forecast"] is None:
            lines += _unknown(shown, lang, paint)
            continue
        style = STYLES.get(shown["verdict"], "bad") if fits(shown) else "bad"
        verdict = paint(style, short(shown["verdict"], lang))
        lines.append(f"{_bar_line(shown, shown['forecast']['instant'], lang, paint, '', SHORT_BAR_CELLS)}  {verdict}")
        lines += _help_in_short(shown, lang)
    last = paint("dim", say("more" if any(shown["forecast"] for shown in plans) else "more-with-gpus", lang))
    for explained in (2, 1, 0):  # changes below the table, as many as the screen has room for
        whole = [*lines, *joint_as_text(plans, cleaned(fleets), lang, paint, explained), last]
        if len(whole) < SCREEN:
            break
    return "\n".join(whole)


SCREEN = 24
"""Lines of a terminal, the prompt's included."""


# -- bars --------------------------------------------------------------------------------------------------------


def bars(shown: Mapping[str, Any], lang: str, paint: Paint) -> Iterator[str]:
    """A line for each phase, and the scale below."""
    forecast, usable = shown["forecast"], shown["fleet"]["usable_gib"]
    for name, part in forecast["instants"].items():
        if part["terms"]:
            peak = f"  {say('peak', lang)}" if name == forecast["instant"] else ""
            yield _bar_line(shown, name, lang, paint, peak, BAR_CELLS)
    said, cells = say("limit", lang, usable=usable), _limit(forecast, usable, BAR_CELLS)
    scale = " " * (cells - width(said)) + said + "╹" if width(said) <= cells else " " * cells + "╹ " + said.rstrip()
    yield paint("dim", " " * (NAME_CELLS + 11) + scale)


def _limit(forecast: Mapping[str, Any], usable: float, cells: int) -> int:
    """The cell of so many *cells* in which the card ends."""
    return min(cells, round(usable / max(usable, _most(forecast)) * cells))


def _most(forecast: Mapping[str, Any]) -> float:
    return float(max(part["total_gib"] for part in forecast["instants"].values()))


def _bar_line(shown: Mapping[str, Any], name: str, lang: str, paint: Paint, mark: str, cells: int) -> str:
    forecast, usable = shown["forecast"], shown["fleet"]["usable_gib"]
    total = forecast["instants"][name]["total_gib"]
    limit, share = _limit(forecast, usable, cells), total / usable
    bar = _blocks(total / max(usable, _most(forecast)) * cells)
    style = "bad" if share > 1 else "close" if name == forecast["instant"] and forecast["high_gib"] > usable else "good"
    within, beyond = bar[:limit].ljust(limit), bar[limit:]
    drawn = paint(style, within) + LIMIT + paint("bad", beyond)
    room = " " * max(0, cells - limit - len(beyond))
    label = part_name(name, lang)
    label += " " * (NAME_CELLS - width(label))
    return f"  {label}{total:>8.2f} {drawn}{room}{share:>5.0%}{paint('mark', mark)}".rstrip()


def _blocks(cells: float) -> str:
    """A bar so many *cells* long, to an eighth of one."""
    whole, rest = divmod(round(cells * 8), 8)
    return "█" * whole + (EIGHTHS[rest] if rest else "")


# -- words below -------------------------------------------------------------------------------------------------


def _facts(shown: Mapping[str, Any], lang: str) -> Iterator[str]:
    """What one would look up beside the bars: nvidia-smi, host memory, up to which image, and what was assumed."""
    data = shown["data"]
    parts = [nvidia_smi_as_text(shown["forecast"], lang), host_as_text(shown, lang)]
    yield from wrap("; ".join(parts) if lang != "zh" else "；".join(parts), "", "  ")
    if data["measured"]:
        yield from (line for text in samples_as_text(shown, lang) for line in wrap(text, "", "  "))
        return
    key = "short-data" if data["image_tokens"] else "short-data-of-text"
    text = say(key, lang, images=data["images"], image=data["image"], prompt=data["prompt_tokens"])
    largest = data["largest_image"]
    if largest:
        text += say("short-largest", lang, **largest)
    yield from wrap(text, "", "  ")


def _unknown(shown: Mapping[str, Any], lang: str, paint: Paint) -> Iterator[str]:
    """Why there is no forecast, and what would help. That only the hardware is missing is said by a table of hardware."""
    if shown["missing"] == ["fleet"] and shown["fleets"] and not shown["rejected"]:
        return
    first, *reasons = headline(shown, lang)
    yield from (paint("close", line) for line in wrap(first, "", "  "))
    for text in (*reasons, *hints(shown, lang)):
        yield from wrap(text)


def _verdict(shown: Mapping[str, Any], lang: str, paint: Paint) -> Iterator[str]:
    """The verdict with its reasons, and the smallest change that helps."""
    first, *reasons = headline(shown, lang)
    style = STYLES.get(shown["verdict"], "bad") if fits(shown) else "bad"
    yield from (paint(style, line) for line in wrap(first, "", "  "))
    for reason in reasons:
        yield from wrap(reason)
    helps = _helps(shown)
    if helps is not None:
        yield from wrap(say("safer", lang, step=as_step(helps, lang), likely=helps["likely_gib"]), "", "  ")
    else:
        yield from plan_as_text(shown, lang)
    for idea in shown["idle"]:
        yield from wrap(idle_as_text(idea, lang), "", "  ")


def _help_in_short(shown: Mapping[str, Any], lang: str) -> Iterator[str]:
    """What is wrong beside the bar, and the steps that help, in as few lines as can be."""
    for reason in list(headline(shown, lang))[1:]:
        yield from wrap(reason)
    if not shown["plan"]:
        if not fits(shown):
            yield from wrap(next(plan_as_text(shown, lang)))
        return
    steps = "; ".join(as_step(step, lang) for step in shown["plan"])
    last = shown["plan"][-1]
    yield from wrap(f"{steps} -> {last['likely_gib']} GiB, {short(last['verdict'], lang)}")
    if shown["unmended"]:
        yield from wrap(say("unmended", lang, rules=", ".join(shown["unmended"])))


def _helps(shown: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Of a run that is tight the first change, cheapest class first, with which it would fit with its margin."""
    if shown["verdict"] != "tight" or shown["plan"]:
        return None
    costs = ("free", "speed")
    able = [one for one in shown["changes"] if one["verdict"] == "fits" and one["cost"] in costs]
    return min(able, key=lambda one: costs.index(one["cost"]), default=None)
