"""Options that commands share, and their values. Usage errors are one line on stderr and exit status 2."""

from __future__ import annotations

import argparse

from vlmr1_lint.values import value

__all__ = ["Output", "add_rule_source_options", "add_run_options", "add_selection_options", "parse_memory", "parse_output", "parser"]

FORMATS = ("text", "concise", "json", "sarif", "github", "gitlab", "junit", "rdjson", "markdown")


@value
class Output:
    """One ``--format FORMAT[=FILE]``: *file* is None for standard output."""

    format: str
    file: str | None = None


def parser(command: str, summary: str) -> argparse.ArgumentParser:
    """The parser of *command*; without abbreviations, so that a new option never changes what an old script means."""
    name = "vlmr1-lint" if command == "check" else f"vlmr1-lint {command}"
    return argparse.ArgumentParser(prog=name, description=summary, allow_abbrev=False)


def add_run_options(to: argparse.ArgumentParser) -> None:
    """Options about the run: hardware, trainer, data, settings, language."""
    group = to.add_argument_group("the run")
    group.add_argument("--gpus", metavar="FLEET", help="hardware, [NODESx]COUNTxCARD: 4xA100-40G, 2x8xA100-80G, 8x48G, local")
    group.add_argument("--trainer", metavar="NAME", help="who reads the files: vlm-r1, r1-v, trl, trl==0.17.0, trl>=0.18")
    group.add_argument("--host-ram", metavar="SIZE", type=parse_memory, help="host memory of each node, such as 512GiB")
    group.add_argument("--images", metavar="N", type=_count, help="images of one sample (default 1)")
    group.add_argument("--image", metavar="WxH", type=_size, help="size of an image in pixels (default 640x480)")
    group.add_argument("--prompt-tokens", metavar="N", type=_count, help="text tokens of a prompt, without image tokens (default 256)")
    settings = to.add_argument_group("settings")
    settings.add_argument("--config", metavar="FILE", help="read settings from FILE only")
    settings.add_argument("--isolated", action="store_true", help="read no settings files")
    settings.add_argument("--lang", choices=("en", "zh"), help="language of all words (default en)")
    settings.add_argument("--color", choices=("auto", "always", "never"), default="auto", help="colours on a terminal (default auto)")


def add_selection_options(to: argparse.ArgumentParser) -> None:
    """Options that choose rules."""
    group = to.add_argument_group("rules")
    group.add_argument("--select", metavar="RULE", type=_names, action="extend", help="only these rules: ID, FAMILY or name")
    group.add_argument("--ignore", metavar="RULE", type=_names, action="extend", help="leave these rules out")
    group.add_argument("--extend-select", metavar="RULE", type=_names, action="extend", help="these rules too")
    group.add_argument("--preset", choices=("recommended", "strict"), help="which set of rules to start from (default recommended)")
    group.add_argument("--rules", metavar="DIR", action="append", help="a folder of your own rules")
    group.add_argument("--check-data", action="store_true", help="also read the head of local data files")
    group.add_argument("--here", action="store_true", help="the run starts on this machine: paths must exist")


def add_rule_source_options(to: argparse.ArgumentParser) -> None:
    """Options of the commands about rules: where rules come from, and the language."""
    to.add_argument("--rules", metavar="DIR", action="append", help="a folder of your own rules")
    to.add_argument("--config", metavar="FILE", help="read settings from FILE only")
    to.add_argument("--isolated", action="store_true", help="read no settings files")
    to.add_argument("--lang", choices=("en", "zh"), help="language of all words (default en)")


def parse_memory(text: str) -> int:
    """Bytes of a size such as ``512GiB``, ``512G`` (both binary, as memory is sold) or ``31.2 GB`` (decimal). Raises ArgumentTypeError."""
    letters = text.strip().lower().replace(" ", "")
    for unit, factor in (("gib", 1024**3), ("mib", 1024**2), ("tib", 1024**4), ("gb", 10**9), ("mb", 10**6), ("g", 1024**3)):
        if letters.endswith(unit):
            try:
                size = float(letters[: -len(unit)]) * factor
            except ValueError:
                break
            if 0 < size < 2**60:
                return int(size)
            break
    raise argparse.ArgumentTypeError(f"{text!r} is no size: write it like 512GiB")


def parse_output(text: str) -> Output:
    """``sarif=report.sarif`` or ``json``. Raises ArgumentTypeError."""
    format_, equals, file = text.partition("=")
    if format_ not in FORMATS:
        raise argparse.ArgumentTypeError(f"unknown format {format_!r}: one of {', '.join(FORMATS)}")
    if equals and not file:
        raise argparse.ArgumentTypeError(f"{text!r} names no file")
    return Output(format_, file or None)


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _count(text: str) -> int:
    if text.isascii() and text.isdigit() and len(text) < 8:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is no count")


def _size(text: str) -> tuple[int, int]:
    width, _, height = text.lower().replace("×", "x").partition("x")
    if width.isdigit() and height.isdigit() and 0 < int(width) < 100_000 and 0 < int(height) < 100_000:
        return int(width), int(height)
    raise argparse.ArgumentTypeError(f"{text!r} is no image size: write it like 640x480")
