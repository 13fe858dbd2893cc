"""``plan`` as one HTML page that needs nothing else: no script, no font, no request. It reads on a phone."""

from __future__ import annotations

from html import escape

from vlmr1_lint.explaining.hardware import table_of
from vlmr1_lint.explaining.plan_svg import COLOURS, GROUPS, grouped, style_of
from vlmr1_lint.explaining.plan_text import (
    assumed_as_text,
    headline,
    hints,
    host_as_text,
    nvidia_smi_as_text,
    plan_title,
    set_as_text,
    short,
    subject,
)
from vlmr1_lint.explaining.plan_words import part_name, say
from vlmr1_lint.reporting.printable import cleaned

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any

__all__ = ["as_html"]

STYLE = """\
:root{color-scheme:light dark;--text:#1f2328;--dim:#59636e;--ground:#fff;--track:#eff2f5;--edge:#d1d9e0;--good:#1a7f37;
--close:#9a6700;--bad:#d1242f}
@media(prefers-color-scheme:dark){:root{--text:#e6edf3;--dim:#9198a1;--ground:#0d1117;--track:#21262d;--edge:#3d444d;--good:#3fb950;
--close:#d29922;--bad:#f85149}}
body{margin:0 auto;padding:1rem;max-width:46rem;background:var(--ground);color:var(--text);font:16px/1.5 system-ui,sans-serif}
h1{font-size:1.3rem}h2{font-size:1.1rem;margin:2rem 0 .2rem;overflow-wrap:anywhere}p{margin:.4rem 0}.dim{color:var(--dim)}
.good{color:var(--good)}.close{color:var(--close)}.bad{color:var(--bad)}.mark{font-weight:600}.verdict{font-weight:600}
.row{margin:.5rem 0}.name{display:flex;justify-content:space-between;font-size:.9rem}.peak .name{font-weight:600}
.bar{position:relative;display:flex;height:1rem;background:linear-gradient(var(--track),var(--track)) no-repeat}
.bar i{display:block}.limit{position:absolute;top:-3px;bottom:-3px;width:2px;background:var(--bad)}
.legend{display:flex;flex-wrap:wrap;gap:.2rem 1rem;font-size:.85rem;padding:0;list-style:none}
.legend i{display:inline-block;width:.8rem;height:.8rem;margin-right:.35rem}
.wide{overflow-x:auto}table{border-collapse:collapse;font-size:.85rem;white-space:nowrap}
td,th{border:1px solid var(--edge);padding:.2rem .5rem;text-align:right}td:first-child,th:first-child{text-align:left}
code{background:var(--track);padding:.1rem .3rem;overflow-wrap:anywhere}li{margin:.2rem 0}"""


def as_html(plans: Sequence[Mapping[str, Any]], fleets: Sequence[Mapping[str, Any]], lang: str) -> str:
    """The plans of one or several runs, and the hardware in *fleets* on which all of them would run."""
    plans = cleaned(plans)
    name = escape(", ".join(shown["run"]["path"] for shown in plans))
    sections = [line for shown in plans for line in _section(shown, lang)]
    return "\n".join(
        (
            "<!DOCTYPE html>",
            f'<html lang="{"zh-Hans" if lang == "zh" else "en"}"><head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>vlmr1-lint plan: {name}</title><style>{STYLE}</style></head><body>",
            *sections,
            *_hardware(cleaned(fleets), lang),
            "</body></html>",
        )
    )


def _section(shown: Mapping[str, Any], lang: str) -> Iterator[str]:
    fleet = shown["fleet"]
    yield f"<h2>{escape(shown['run']['path'])}</h2>"
    cards = f"{fleet['gpus']} x {fleet['gpu']} · " if fleet else ""
    yield f'<p class="dim">{escape(cards + subject(shown, lang))}</p>'
    first, *reasons = headline(shown, lang)
    yield f'<p class="verdict {style_of(shown)}">{escape(first)}</p>'
    for text in (*reasons, *(hints(shown, lang) if shown["forecast"] is None else ())):
        yield f"<p>{escape(text)}</p>"
    if shown["forecast"] is not None:
        yield from _forecast(shown, lang)
    if shown["plan"]:
        yield f"<p>{escape(say(plan_title(shown), lang))}</p><ol>"
        for step in shown["plan"]:
            outcome = f"{step['likely_gib']} GiB, {short(step['verdict'], lang)}"
            places = ", ".join(sorted(set(step["places"].values())))
            yield (
                f"<li><code>{escape(set_as_text(step['set']))}</code> [{escape(say(step['cost'], lang))}; {escape(places)}]"
                f" → {escape(outcome)}</li>"
            )
        yield "</ol>"


def _forecast(shown: Mapping[str, Any], lang: str) -> Iterator[str]:
    forecast, usable = shown["forecast"], shown["fleet"]["usable_gib"]
    present = {name: part for name, part in forecast["instants"].items() if part["terms"]}
    most = max(usable, *(part["total_gib"] for part in present.values()))
    limit = usable / most * 100
    for name, part in present.items():
        peak = name == forecast["instant"]
        share = part["total_gib"] / usable
        figures = f"{part['total_gib']:.1f} GiB · {share:.0%}" + (f" {say('peak', lang)}" if peak else "")
        style = ' class="bad"' if share > 1 else ""
        pieces = "".join(
            f'<i style="width:{size / most * 100:.2f}%;background:{COLOURS[group]}"'
            f' title="{escape(say(f"group {group}", lang))} {size:.2f} GiB"></i>'
            for group, size in grouped(part["terms"]).items()
        )
        yield (
            f'<div class="row{" peak" if peak else ""}"><div class="name"><span>{escape(part_name(name, lang))}</span>'
            f'<span{style}>{escape(figures)}</span></div><div class="bar" style="background-size:{limit:.2f}% 100%">{pieces}'
            f'<b class="limit" style="left:calc({limit:.2f}% - 2px)"></b></div></div>'
        )
    drawn = {group for part in present.values() for group in grouped(part["terms"])}
    keys = "".join(
        f'<li><i style="background:{COLOURS[group]}"></i>{escape(say(f"group {group}", lang))}</li>'
        for group in GROUPS
        if group in drawn
    )
    yield f'<ul class="legend">{keys}<li class="bad">▏{escape(say("limit", lang, usable=usable))}</li></ul>'
    yield f"<p>{escape(nvidia_smi_as_text(forecast, lang))}<br>{escape(host_as_text(shown, lang))}</p>"
    yield f"<details><summary>{escape(say('assumed', lang))}</summary><ul>"
    yield from (f"<li>{escape(one)}</li>" for one in assumed_as_text(shown, lang))
    yield "</ul></details>"


def _hardware(fleets: Sequence[Mapping[str, Any]], lang: str) -> Iterator[str]:
    """The table of cards and counts."""
    if not fleets:
        return
    table = table_of(fleets, lang)
    yield f"<h2>{escape(table.title)}</h2>"
    if table.rows:
        heads = "".join(f"<th>{escape(one)}</th>" for one in (say("gpus", lang), *table.counts))
        yield f'<div class="wide"><table><tr>{heads}</tr>'
        if table.needs:
            needs = "".join(f"<td>{escape(one)}</td>" for one in table.needs)
            yield f'<tr class="dim"><td>{escape(say("gib-each", lang))}</td>{needs}</tr>'
        for card, cells in table.rows.items():
            drawn = "".join(f'<td class="{style}">{escape(text)}</td>' for text, style in cells)
            yield f"<tr><td>{escape(card)}</td>{drawn}</tr>"
        yield "</table></div>"
    for note in table.notes:
        yield f"<p>{escape(note)}</p>"
