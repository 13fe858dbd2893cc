"""``plan`` as markdown, for a pull request or the summary of a job: verdicts, bars, what to change, hardware."""

from __future__ import annotations

from vlmr1_lint.explaining.hardware import table_of
from vlmr1_lint.explaining.picture import bars, plain
from vlmr1_lint.explaining.plan_text import headline, plan_title, set_as_text, short
from vlmr1_lint.explaining.plan_words import say
from vlmr1_lint.reporting.printable import cleaned

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from typing import Any

__all__ = ["as_markdown"]

MOST_CHANGES = 6
"""Changes that are explained below the table of a summary."""


def as_markdown(shown: list[dict[str, Any]], fleets: list[dict[str, Any]], lang: str) -> str:
    """The plans of several runs: a table of verdicts, each run's plan, and the hardware in *fleets* that would do for all."""
    shown = cleaned(shown)
    lines = [_columns(("run", "verdict", "likely", "low", "high", "usable"), lang), "|---|---|---:|---:|---:|---:|"]
    for one in shown:
        forecast, fleet = one["forecast"] or {}, one["fleet"] or {}
        cells = [_cell(one["run"]["path"]), short(one["verdict"], lang)]
        cells += [str(forecast.get(name, "")) for name in ("likely_gib", "low_gib", "high_gib")]
        lines.append("| " + " | ".join([*cells, str(fleet.get("usable_gib", ""))]) + " |")
    for one in shown:
        named = {**one, "run": {**one["run"], "path": f"`{one['run']['path']}`"}}
        said = list(headline(named, lang))
        lines += [line for text in said[:1] if one["missing"] for line in ("", text)]
        lines += [line for text in said[1:] for line in ("", f"{named['run']['path']}{'：' if lang == 'zh' else ': '}{text}")]
        if one["plan"]:
            lines += ["", f"**{one['run']['path']}**: {say(plan_title(one), lang)}", ""]
            for number, step in enumerate(one["plan"], 1):
                places = ", ".join(sorted(set(step["places"].values())))
                outcome = f"{step['likely_gib']} GiB, {short(step['verdict'], lang)}"
                lines.append(f"{number}. `{set_as_text(step['set'])}` ({places}) → {outcome}")
        if one["forecast"] is not None:
            lines += ["", "```text", *bars(one, lang, plain), "```"]
    return "\n".join([*lines, *_hardware(fleets, lang)])


def _hardware(fleets: Sequence[Mapping[str, Any]], lang: str) -> Iterator[str]:
    """The table of cards and counts, and what its letters stand for."""
    table = table_of(cleaned(fleets), lang, MOST_CHANGES) if fleets else None
    if table is None or not table.rows:
        return
    yield from ("", table.title, "")
    yield "| " + " | ".join((say("gpus", lang), *table.counts)) + " |"
    yield "|---|" + "---:|" * len(table.counts)
    if table.needs:
        yield "| " + " | ".join((say("gib-each", lang), *table.needs)) + " |"
    for card, cells in table.rows.items():
        yield "| " + " | ".join((card, *(text for text, _ in cells))) + " |"
    yield from ("", *(f"* {note}" for note in table.notes))


def _columns(names: Iterable[str], lang: str) -> str:
    return "| " + " | ".join(say(f"column {name}", lang) for name in names) + " |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
