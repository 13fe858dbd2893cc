"""Which hardware would do, as text: a table of cards and counts, the smallest of it, and what it costs by the user's prices."""

from __future__ import annotations

from vlmr1_lint.explaining.plan_text import CELLS, facts_as_text, set_as_text, wrap
from vlmr1_lint.explaining.plan_words import say
from vlmr1_lint.planning.costs import cheapest
from vlmr1_lint.planning.fleets import NODE
from vlmr1_lint.planning.search import COSTS
from vlmr1_lint.reporting.printable import width
from vlmr1_lint.values import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import Any, TypeAlias

    Paint: TypeAlias = Callable[[str, str], str]
    Row: TypeAlias = Mapping[str, Any]

__all__ = ["Table", "cost_as_text", "hardware_as_text", "instances_as_text", "joint_as_text", "table_as_text", "table_of"]

CARD_CELLS = 13
"""Cells of a card's name in front of its row."""
COLUMN_CELLS = 6
LETTERS = "abcdefghijklmnopqrstuvwxyz"
FEW = 3
"""Changes that are explained below the table of one run on one screen; a cell that needs another says ``+``."""
OK = frozenset(("fits", "tight"))


def hardware_as_text(shown: Row, lang: str, paint: Paint) -> Iterator[str]:
    """The table of one run, and the smallest hardware that would do."""
    if not shown["fleets"]:
        return
    table = list(table_as_text(shown["fleets"], lang, paint, FEW))
    if not table:
        return
    yield from table
    yield from _smallest("", shown["fleets"], shown["hours"] if shown["fleet"] is None else None, lang)
    for text in cost_as_text(shown, lang):
        yield from wrap(text, "", "  ")


def joint_as_text(plans: Sequence[Row], fleets: Sequence[Row], lang: str, paint: Paint, explained: int) -> Iterator[str]:
    """The table for several runs together with so many changes *explained*, and the smallest hardware for each alone."""
    table = list(table_as_text(fleets, lang, paint, explained)) if fleets else []
    yield from table
    if table:
        yield from _smallest(say("for-all", lang), fleets, None, lang)
    for plan in plans:
        if plan["fleets"] and plan["missing"] in ([], ["fleet"]):
            hours = plan["hours"] if plan["fleet"] is None else None  # else they are those of the hardware that is given
            yield from _smallest(plan["run"]["path"], plan["fleets"], hours, lang)
    yield from _sum(plans, lang)
    if not any("per_hour" in row for plan in plans for row in plan["fleets"]):
        yield from wrap(say("no-cost", lang), "", "  ")


def _sum(plans: Sequence[Row], lang: str) -> Iterator[str]:
    """What all phases together cost on the given hardware, where the user says prices and hours of each."""
    totals = [plan["cost"]["total"] for plan in plans if plan["cost"] is not None and plan["cost"]["total"] is not None]
    if len(totals) == len(plans):
        parts = ", ".join(f"{plan['run']['path']} {total:g}" for plan, total in zip(plans, totals, strict=True))
        yield from wrap(say("cost-of-all", lang, total=sum(totals), parts=parts), "", "  ")


def cost_as_text(shown: Row, lang: str) -> Iterator[str]:
    """What the given hardware costs, or that nothing is estimated."""
    cost = shown.get("cost")
    if cost is not None:
        yield say("cost" if cost["total"] is None else "cost-of-hours", lang, **cost)
    elif not any("per_hour" in row for row in shown.get("fleets", ())):
        yield say("no-cost", lang)


# -- the table ---------------------------------------------------------------------------------------------------


@value
class Table:
    """A table of hardware as it is shown.

    counts   heads of the columns: cards, or nodes x cards
    needs    GiB of each card by column, ``""`` where that is another figure for each card; empty where all are
    rows     card → a text and its style for each column
    notes    what has no place in the table: cards and counts that are left out, and the changes that letters stand for
    """

    title: str
    counts: tuple[str, ...]
    needs: tuple[str, ...]
    rows: Mapping[str, Sequence[tuple[str, str]]]
    notes: tuple[str, ...]


def table_of(rows: Sequence[Row], lang: str, most: int = len(LETTERS)) -> Table:
    """Cards down, counts across: whether the files run there as they are, or with which change; *most* changes get a letter.
    Counts that the files' batch and group rule out have no column, cards on which nothing runs no row: a note names them."""
    shapes = list(dict.fromkeys((row["nodes"], row["gpus"]) for row in rows))
    by_place = {(row["gpu"], row["nodes"], row["gpus"]): row for row in rows}
    cards = list(dict.fromkeys(row["gpu"] for row in rows))
    possible = [
        shape
        for shape in shapes
        if any(by_place[card, shape[0], shape[1]]["verdict"] not in {"rejected", "unknown"} for card in cards)
    ]
    letters = _letters(rows, most)
    found = {card: [by_place[card, shape[0], shape[1]] for shape in possible] for card in cards}
    none = [card for card, row in found.items() if not any(one["verdict"] in OK or one["with"] for one in row)]
    missing = sorted({fact for row in rows for fact in row.get("missing", ())})
    needs = tuple(_need([by_place[card, shape[0], shape[1]] for card in cards]) for shape in possible)
    notes = []
    if none and not missing:
        notes.append(say("no-row" if len(none) < len(cards) else "no-rows", lang, cards=", ".join(none)))
    if missing:
        notes.append(say("unknown-fleets", lang, missing=facts_as_text(missing, lang)))
    left_out = [str(count) for count in range(1, NODE + 1) if (1, count) not in shapes]
    ruled_out = left_out + [
        _count(*shape)
        for shape in shapes
        if by_place[cards[0], shape[0], shape[1]]["verdict"] == "rejected" and shape not in possible
    ]
    if ruled_out:
        notes.append(say("ruled-out", lang, counts=", ".join(ruled_out)))
    return Table(
        title=say("which", lang),
        counts=tuple(_count(*shape) for shape in possible),
        needs=needs if any(needs) else (),
        rows=_together({card: [_cell(one, letters, lang) for one in row] for card, row in found.items() if card not in none}),
        notes=(*notes, *_legend(rows, letters, lang)),
    )


def _together(rows: Mapping[str, Sequence[tuple[str, str]]]) -> dict[str, Sequence[tuple[str, str]]]:
    """*rows*, those of cards of one size that say the same as one: ``A100/H100-80G``."""
    names: dict[tuple[str, tuple[tuple[str, str], ...]], list[str]] = {}
    for card, cells in rows.items():
        names.setdefault((card.rpartition("-")[2], tuple(cells)), []).append(card.rpartition("-")[0])
    return {f"{'/'.join(cards)}-{size}": cells for (size, cells), cards in names.items()}


def table_as_text(rows: Sequence[Row], lang: str, paint: Paint, most: int = len(LETTERS)) -> Iterator[str]:
    """`table_of` for a terminal of 80 columns."""
    table = table_of(rows, lang, most)
    if not table.rows and any(row["verdict"] == "unknown" for row in rows):
        return  # that would read as a no
    yield table.title
    if table.rows:
        yield paint("dim", _line(say("gpus", lang), table.counts))
        if table.needs:
            yield paint("dim", _line(say("gib-each", lang), table.needs))
    for card, cells in table.rows.items():
        first, *others = [(" " * (COLUMN_CELLS - width(text)), text, style) for text, style in cells]
        room = " " * (CARD_CELLS + len(first[0]) - max(CARD_CELLS, len(card)))
        yield f"{card:<{CARD_CELLS}}" + "".join(pad + paint(style, text) for pad, text, style in ((room, *first[1:]), *others))
    for note in table.notes:
        yield from wrap(note, "  ", "     ")


def _line(name: str, cells: Sequence[str]) -> str:
    start = name + " " * (CARD_CELLS - width(name))
    return start + "".join(" " * (COLUMN_CELLS - width(cell)) + cell for cell in cells)


def _count(nodes: int, gpus: int) -> str:
    return f"{nodes}x{gpus // nodes}" if nodes > 1 else str(gpus)


def _need(rows: Sequence[Row]) -> str:
    """What each card needs on that many, where it is the same for every card."""
    needs = {row.get("likely_gib") for row in rows}
    need = needs.pop() if len(needs) == 1 else None
    return "" if need is None else f"{need:.1f}" if need < 1000 else f"{need:.0f}"


def _cell(row: Row, letters: Mapping[str, str], lang: str) -> tuple[str, str]:
    verdict = row["verdict"]
    if verdict in OK:
        return say(f"cell {verdict}", lang), "good" if verdict == "fits" else "close"
    if row["with"]:
        return letters.get(_identity(row["with"]), "+"), "mark"
    return "?" if verdict == "unknown" else "-", "dim"


def _identity(change: Mapping[str, Any]) -> str:
    """What tells two changes apart: what is written, and where."""
    return repr(_homes(change))


def _homes(change: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """File → what to set there; of a *change* to several runs (path → change) what all of them want together. Runs that share a
    file get what any of them needs."""
    changes = [change] if "set" in change else [change[path] for path in sorted(change)]
    homes: dict[str, dict[str, Any]] = {}
    for one in changes:
        for name, new in one["set"].items():
            homes.setdefault(one["places"][name].partition(":")[0], {})[name] = new
    return {home: dict(sorted(homes[home].items())) for home in sorted(homes)}


def _letters(rows: Sequence[Row], most: int) -> dict[str, str]:
    """A letter for each change: those that serve most cells come first."""
    counts: dict[str, int] = {}
    for row in rows:
        if row["with"] and row["verdict"] not in OK:
            counts[_identity(row["with"])] = counts.get(_identity(row["with"]), 0) + 1
    often = sorted(counts, key=lambda change: -counts[change])[:most]
    shown = [change for change in counts if change in often]
    return dict(zip(shown, LETTERS, strict=False))


def _legend(rows: Sequence[Row], letters: Mapping[str, str], lang: str) -> Iterator[str]:
    by_letter: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        if not row["with"] or row["verdict"] in OK:
            continue
        letter = letters.get(_identity(row["with"]))
        if letter is not None:
            by_letter.setdefault(letter, []).append(row["with"])
    for letter, changes in sorted(by_letter.items()):
        yield f"{letter}: {_change(changes, lang)}"


def _change(changes: Sequence[Mapping[str, Any]], lang: str) -> str:
    """One change that stands in several cells, what it costs, and the most host memory that it needs in any."""
    parts = [one for change in changes for one in ([change] if "set" in change else change.values())]
    said = "; ".join(f"{home}: {set_as_text(new)}" for home, new in _homes(changes[0]).items())
    cost = max((one["cost"] for one in parts), key=COSTS.index)
    host = say("host-ram", lang, host=round(max(one["host_gib"] for one in parts)))
    return f"{said}  [{say(cost, lang)}; {host}]"


def instances_as_text(rows: Sequence[Row], lang: str) -> Iterator[str]:
    """Cloud instances that are a node of hardware which does as the files are."""
    named = {f"{row['gpus']}x{row['gpu']}": row["instances"] for row in rows if row["verdict"] in OK and row["nodes"] == 1}
    found = [f"{hardware}: {', '.join(names)}" for hardware, names in named.items() if names]
    if found:
        yield say("instances", lang)
    for line in found:
        yield from wrap(line)


# -- the smallest, and what it costs -----------------------------------------------------------------------------


def _smallest(name: str, rows: Sequence[Row], hours: float | None, lang: str) -> Iterator[str]:
    """The cheapest hardware by the user's prices, else the least memory in all, as the files are and with a change."""
    found = cheapest(rows)
    parts = [say(kind, lang, hardware=_priced(row, hours, lang)) for kind, row in found.items() if row is not None]
    if not parts:
        yield from wrap((f"{name}: " if name else "") + say("no-fleets", lang), "", "  ")
        return
    key = "cheapest" if any(row is not None and "per_hour" in row for row in found.values()) else "smallest"
    title = say(f"{key}-of", lang, name=name) if name else say(key, lang)
    yield from wrap(f"{title}{': ' if lang != 'zh' else '：'}{(', ' if lang != 'zh' else '，').join(parts)}", "", "  ")


def _priced(row: Row, hours: float | None, lang: str) -> str:
    hardware = f"{_count(row['nodes'], row['gpus'])}x{row['gpu']}"
    if "per_hour" not in row:
        return hardware
    total = None if hours is None else round(row["per_hour"] * hours, 2)
    price = say("price" if total is None else "price-of-hours", lang, per_hour=row["per_hour"], hours=hours, total=total)
    return f"{hardware}{'' if lang == 'zh' else ' '}{price}"


assert CARD_CELLS + 11 * COLUMN_CELLS <= CELLS
