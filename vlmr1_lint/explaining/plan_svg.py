"""``plan`` as a picture of its own (SVG 1.1, no script, no font): stacked bars of each phase against the card's limit."""

from __future__ import annotations

from html import escape

from vlmr1_lint.explaining.plan_text import header, headline, set_as_text, short
from vlmr1_lint.explaining.plan_words import part_name, say
from vlmr1_lint.planning.plan import fits
from vlmr1_lint.reporting.printable import cleaned
from vlmr1_lint.reporting.wrapping import wrapped

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any

__all__ = ["COLOURS", "GROUPS", "as_svg", "grouped", "style_of"]

GROUPS: Mapping[str, tuple[str, ...]] = {
    "weights": ("parameters", "gathered"),
    "gradients": ("gradients",),
    "optimizer": ("optimizer",),
    "reference": ("reference",),
    "activations": ("activations", "vision_activations"),
    "logits": ("logits",),
    "generation": ("kv_cache", "vllm_pool"),
    "other": ("buffered_inputs", "communication", "context"),
}
"""Terms by what a reader calls them; every term is in one group."""
COLOURS = {
    "weights": "#4269d0",
    "gradients": "#6cc5b0",
    "optimizer": "#efb118",
    "reference": "#9c6b4e",
    "activations": "#3ca951",
    "logits": "#a463f2",
    "generation": "#ff8ab7",
    "other": "#9498a0",
}
"""Fills that can be told apart on white and on dark grounds (Observable's ten, observablehq.com/plot/features/scales)."""

WIDTH, NAME, FIGURES, LINE, BAR = 760, 120, 190, 26, 16
"""Pixels: the picture, names at the left, figures at the right, distance of lines, height of a bar."""
ROW = 92
"""Cells of a line of text across the picture; a bold one of capitals would still end within it."""
LETTER = 7.4
"""About the width in pixels of a letter of 13 pixels, for the places of the legend."""


def grouped(terms: Mapping[str, float]) -> dict[str, float]:
    """GiB by group, in their order, without those that are nothing."""
    sums = {group: sum(terms.get(term, 0.0) for term in inner) for group, inner in GROUPS.items()}
    return {group: size for group, size in sums.items() if size}


def style_of(shown: Mapping[str, Any]) -> str:
    """``good``, ``close`` or ``bad``: how the verdict is coloured."""
    return {"fits": "good", "tight": "close"}.get(shown["verdict"], "bad") if fits(shown) else "bad"


def as_svg(plans: Sequence[Mapping[str, Any]], lang: str) -> str:
    """The plans of one or several runs."""
    parts: list[str] = []
    y = 14
    for shown in cleaned(plans):
        block, y = _block(shown, y, lang)
        parts += [*block]
    title = escape("; ".join(header(shown, lang) for shown in cleaned(plans)))
    return "\n".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y}" role="img" aria-label="{title}"'
            ' font-family="system-ui, sans-serif" font-size="13">',
            f"<title>{title}</title>",
            f"<style>{STYLE}</style>",
            f'<rect width="{WIDTH}" height="{y}" class="ground"/>',
            *parts,
            "</svg>",
        )
    )


STYLE = (
    ".ground{fill:#fff}text{fill:#1f2328}.dim{fill:#59636e}.limit{stroke:#d1242f;stroke-width:2}.track{fill:#eff2f5}"
    ".good{fill:#1a7f37}.close{fill:#9a6700}.bad{fill:#d1242f}.bold{font-weight:600}"
    "@media(prefers-color-scheme:dark){.ground{fill:#0d1117}text{fill:#e6edf3}.dim{fill:#9198a1}.track{fill:#21262d}"
    ".good{fill:#3fb950}.close{fill:#d29922}.bad{fill:#f85149}}"
)


def _block(shown: Mapping[str, Any], y: int, lang: str) -> tuple[list[str], int]:
    """The picture of one run from the height *y* on, and where it ends."""
    lines, y = _paragraph(header(shown, lang), "bold", y)
    y += 8
    if shown["forecast"] is None:
        below, y = _paragraph(next(headline(shown, lang)), "close", y)
        return [*lines, *below], y + 16
    forecast, usable = shown["forecast"], shown["fleet"]["usable_gib"]
    present = {name: part for name, part in forecast["instants"].items() if part["terms"]}
    scale = (WIDTH - NAME - FIGURES) / max(usable, *(part["total_gib"] for part in present.values()))
    top = y
    for name, part in present.items():
        lines += _bar(name, part, forecast["instant"], usable, scale, y, lang)
        y += LINE
    limit = NAME + usable * scale
    lines.append(f'<line class="limit" x1="{limit:.1f}" x2="{limit:.1f}" y1="{top - 2}" y2="{y}"/>')
    lines.append(_text(limit, y + 14, say("limit", lang, usable=usable).strip(), "dim", "end"))
    y += LINE
    drawn = {group for part in present.values() for group in grouped(part["terms"])}
    legend, y = _legend([group for group in GROUPS if group in drawn], y, lang)
    lines += legend
    for text, style in _sentences(shown, lang):
        below, y = _paragraph(text, style, y)
        lines += below
    return lines, y + 16


def _bar(name: str, part: Mapping[str, Any], peak: str, usable: float, scale: float, y: int, lang: str) -> Iterator[str]:
    is_peak = name == peak
    yield _text(NAME - 8, y + 13, part_name(name, lang), "bold" if is_peak else "", "end")
    yield f'<rect class="track" x="{NAME}" y="{y}" width="{usable * scale:.1f}" height="{BAR}"/>'
    x = float(NAME)
    for group, size in grouped(part["terms"]).items():
        label = escape(f"{say(f'group {group}', lang)} {size:.2f} GiB")
        shape = f'x="{x:.1f}" y="{y}" width="{size * scale:.1f}" height="{BAR}" fill="{COLOURS[group]}"'
        yield f"<rect {shape}><title>{label}</title></rect>"
        x += size * scale
    share = part["total_gib"] / usable
    mark = f" {say('peak', lang)}" if is_peak else ""
    style = "bad bold" if share > 1 else "bold" if is_peak else ""
    yield _text(WIDTH - FIGURES + 8, y + 13, f"{part['total_gib']:.1f} GiB {share:.0%}{mark}", style)


def _legend(groups: Sequence[str], y: int, lang: str) -> tuple[list[str], int]:
    lines, x = [], float(NAME)
    for group in groups:
        name = say(f"group {group}", lang)
        cells = sum(1 if letter.isascii() else 2 for letter in name)
        room = 18 + cells * LETTER + 12
        if x + room > WIDTH - 8:
            x, y = float(NAME), y + 20
        lines.append(f'<rect x="{x:.1f}" y="{y + 4}" width="12" height="12" fill="{COLOURS[group]}"/>')
        lines.append(_text(x + 18, y + 14, name, "dim"))
        x += room
    return lines, y + 28


def _sentences(shown: Mapping[str, Any], lang: str) -> Iterator[tuple[str, str]]:
    """The verdict, and the steps of the smallest change, each on a line."""
    first, *reasons = headline(shown, lang)
    yield first, f"bold {style_of(shown)}"
    for reason in reasons:
        yield reason, "dim"
    for number, step in enumerate(shown["plan"], 1):
        outcome = f"{step['likely_gib']} GiB, {short(step['verdict'], lang)}"
        yield f"{number}. {set_as_text(step['set'])} [{say(step['cost'], lang)}] → {outcome}", ""


def _paragraph(text: str, style: str, y: int) -> tuple[list[str], int]:
    """*text* in lines from the height *y* on, and where it ends."""
    found = wrapped(text, ROW)
    return [_text(16, y + 14 + 20 * number, line, style) for number, line in enumerate(found)], y + 20 * len(found)


def _text(x: float, y: float, text: str, style: str = "", anchor: str = "") -> str:
    where = f' text-anchor="{anchor}"' if anchor else ""
    kind = f' class="{style}"' if style else ""
    return f'<text x="{x:.1f}" y="{y:.1f}"{kind}{where}>{escape(text)}</text>'
