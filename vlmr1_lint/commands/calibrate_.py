"""``vlmr1-lint calibrate FILE --measured 31.2GiB | --log FILE``: hold a measured peak against the forecast, and keep what it
teaches about the data."""

from __future__ import annotations

import os
import sys
from argparse import SUPPRESS

from vlmr1_lint.commandline.arguments import add_run_options, add_selection_options, argument_type, parser
from vlmr1_lint.commandline.options import memory
from vlmr1_lint.commandline.telling import put, put_report, tell
from vlmr1_lint.commandline.words import asked_lang, say
from vlmr1_lint.commands.check import EXIT_CLEAN, EXIT_FINDINGS, EXIT_TROUBLE
from vlmr1_lint.commands.opening import existing, opened
from vlmr1_lint.reporting.places import json_text
from vlmr1_lint.session import Session
from vlmr1_lint.sources import Unreadable
from vlmr1_lint.units import GIB
from vlmr1_lint.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from vlmr1_lint.explaining.memory_log import Measured
    from vlmr1_lint.sources import Sources
    from vlmr1_lint.training.run import Run

__all__ = ["run"]

LOG_BYTES = 20_000_000
"""Bytes of a log that are read, its head: an hour of nvidia-smi once a second is a tenth of a megabyte."""


def run(words: Sequence[str]) -> int:
    """Carry out the command: 0 if the estimate agrees with what was measured, 1 if not, 2 for trouble."""
    it = parser("calibrate", "Compare a measured peak of GPU memory with the estimate, and say what explains the difference.")
    it.add_argument("file", metavar="FILE")
    figure = it.add_mutually_exclusive_group(required=True)
    figure.add_argument(
        "--measured", metavar="SIZE", type=argument_type(memory), help="peak of one GPU as nvidia-smi shows it: 31.2GiB"
    )
    figure.add_argument(
        "--log",
        metavar="LOG",
        help="output of nvidia-smi (its table, or csv), a trainer's log, or the CUDA out of memory message; - is standard input",
    )
    it.add_argument(
        "--completion-tokens", metavar="N", type=int, help="tokens of the longest answers so far, if the log does not say"
    )
    it.add_argument("--write", action="store_true", help="write the data that explains it into the settings")
    it.add_argument("--dry-run", action="store_true", help=SUPPRESS)  # what was asked for before --write
    it.add_argument("--format", choices=("text", "json"), default="text")
    add_run_options(it)
    add_selection_options(it)
    it.set_defaults(what_if=True)
    options = it.parse_args(list(words))
    path = existing(options.file, asked_lang(words))
    if path is None:
        return EXIT_TROUBLE
    sources, preferences = opened(path, options)
    measured = _measured(options, sources, preferences.lang)
    if measured is None:
        return EXIT_TROUBLE
    runs = Session(sources, [path], preferences).runs()
    if not runs:
        tell(say("no-run", preferences.lang, path=sources.name(path)))
        return EXIT_TROUBLE
    from vlmr1_lint.explaining.calibrate import calibration

    run = runs[0].as_equipped() if runs[0].world_is_contradicted else runs[0]
    card = run.inputs.fleet.gpu if run.inputs.fleet is not None else None
    if card is not None and measured.bytes > max(card.nominal_gb, card.usable_gib) * GIB:
        seen = f"{measured.bytes / GIB:.2f}"
        tell(say("beyond-card", preferences.lang, seen=seen, gpu=card.name, nominal=f"{card.nominal_gb:g}"))
        return EXIT_TROUBLE
    found = calibration(run, preferences.entry(sources.name(path)).data, measured)
    if isinstance(found, Unknown):
        missing = _facts(sorted(found.missing), preferences.lang)
        tell(say("no-forecast", preferences.lang, path=sources.name(path), missing=missing))
        _tell_model(runs[0], preferences.lang)
        return EXIT_TROUBLE
    kept = None
    if found["write"] is not None and options.write and not options.isolated:
        from vlmr1_lint.commands.data_settings import keep

        kept = keep(found["write"], sources.name(path), sources, preferences, options.config)
    found["settings"] = kept
    _print(found, options.format, preferences.lang)
    if kept is not None and kept.get("reason"):
        return EXIT_TROUBLE
    return EXIT_CLEAN if found["agrees"] else EXIT_FINDINGS


def _measured(options: Any, sources: Sources, lang: str) -> Measured | None:
    from vlmr1_lint.explaining.memory_log import Measured, NoFigure, read_log
    from vlmr1_lint.values import replace

    if options.measured is not None:
        return Measured("card", options.measured, completion=options.completion_tokens)
    try:
        if options.log in {"-", "/dev/stdin"}:
            data = sys.stdin.buffer.read(LOG_BYTES)
        else:
            data, _ = sources.head(os.path.abspath(options.log), LOG_BYTES)
        found = read_log(data.decode("utf-8", "replace"))
    except (NoFigure, Unreadable) as error:
        from vlmr1_lint.chinese import translated

        tell(say("trouble-in", lang, path=options.log, reason=translated(str(error), lang)))
        return None
    return replace(found, completion=options.completion_tokens or found.completion)


def _tell_model(run: Run, lang: str) -> None:
    """Why the model is unknown, where it is."""
    from vlmr1_lint.training.unknown_model import why_unknown

    reason = why_unknown(run)
    if reason:
        from vlmr1_lint.chinese import translated

        tell(say("trouble-in", lang, path=run.inputs.document.path, reason=translated(reason, lang)))


def _facts(names: Sequence[str], lang: str) -> str:
    """Missing facts as people read them; in English as the JSON form has them."""
    if lang != "zh":
        return ", ".join(names)
    from vlmr1_lint.reporting.words import fact_name

    return "、".join(fact_name(lang, name) for name in names)


def _print(found: dict[str, Any], format_: str, lang: str) -> None:
    if format_ == "json":
        put_report(json_text({"version": 1, **found}))
        return
    from vlmr1_lint.explaining.calibrate_text import as_text

    put(as_text(found, lang))
