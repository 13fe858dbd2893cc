"""The options of ``check`` and ``plan`` as data: tables that argparse is built from and that the quick reading of a command line
uses.

Importing argparse and building a parser costs three quarters of ``python -c pass``, on every hook run. A command line made
only of known options with sound values is read from the table; anything else (``--help``, a mistake) goes to argparse.
"""

from __future__ import annotations

from vlmr1_lint.reporting import FORMATS
from vlmr1_lint.values import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["Flag", "Output", "quick"]


class BadValue(ValueError):
    """A value that an option does not take; the message says how to write it."""


@value
class Flag:
    """One option.

    name     with its dashes
    group    heading in ``--help``
    help     one line
    metavar  what stands for the value; ``""`` for an option without one
    read     text → value; raises BadValue
    choices  the only values, or None
    many     may be given several times; lists are joined
    short    one-letter name, or ``""``
    default  the value where the option is not given
    """

    name: str
    group: str
    help: str
    metavar: str = ""
    read: Callable[[str], object] | None = None
    choices: tuple[str, ...] | None = None
    many: bool = False
    short: str = ""
    default: object = None

    @property
    def attribute(self) -> str:
        """The name under which the value is kept."""
        return self.name[2:].replace("-", "_")


@value
class Output:
    """One ``--format FORMAT[=FILE]``: *file* is None for standard output."""

    format: str
    file: str | None = None


class Options:
    """What a command line says, an attribute for each option, and ``paths``."""

    def __init__(self, flags: Sequence[Flag]) -> None:
        self.paths: list[str] = []
        for flag in flags:
            setattr(self, flag.attribute, flag.default)

    def __getattr__(self, name: str) -> object:
        raise AttributeError(name)

    def give(self, flag: Flag, found: object) -> None:
        """Take in one occurrence of *flag*."""
        if not flag.many:
            setattr(self, flag.attribute, found)
            return
        before = getattr(self, flag.attribute) or []
        setattr(self, flag.attribute, [*before, *(found if isinstance(found, list) else [found])])


def quick(words: Sequence[str], flags: Sequence[Flag]) -> Options | None:
    """*words* read by the table; None where argparse must speak: unknown or abbreviated options, bad or missing values,
    ``--help``."""
    known = {name: flag for flag in flags for name in (flag.name, flag.short) if name}
    options = Options(flags)
    rest = list(reversed(words))
    while rest:
        word = rest.pop()
        if word == "--":
            options.paths += reversed(rest)
            break
        if not word.startswith("-") or word == "-":
            options.paths.append(word)
            continue
        name, equals, given = word.partition("=")
        flag = known.get(name)
        if flag is None or (equals and not flag.metavar):
            return None
        if not flag.metavar:
            options.give(flag, True)
            continue
        if not equals:
            if not rest or rest[-1].startswith("-"):
                return None
            given = rest.pop()
        try:
            found = flag.read(given) if flag.read else given
        except BadValue:
            return None
        if flag.choices is not None and found not in flag.choices:
            return None
        options.give(flag, found)
    return options


def memory(text: str) -> int:
    """Bytes of a size such as ``512GiB``, ``512G`` (both binary, as memory is sold) or ``31.2 GB`` (decimal). Raises BadValue."""
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
    raise BadValue(f"{text!r} is no size: write it like 512GiB")


def output(text: str) -> Output:
    """``sarif=report.sarif`` or ``json``. Raises BadValue."""
    format_, equals, file = text.partition("=")
    if format_ not in FORMATS:
        raise BadValue(f"unknown format {format_!r}: one of {', '.join(FORMATS)}")
    if equals and not file:
        raise BadValue(f"{text!r} names no file")
    return Output(format_, file or None)


def names(text: str) -> list[str]:
    """``GRP001,MEM`` as a list. Raises BadValue for a text without any: an unset variable must not select everything."""
    found = [name.strip() for name in text.split(",") if name.strip()]
    if not found:
        raise BadValue(f"{text!r} names no rule")
    return found


def something(text: str) -> str:
    """A text that says something. Raises BadValue."""
    if not text.strip():
        raise BadValue("an empty value")
    return text


def count(text: str) -> int:
    """A number of things. Raises BadValue."""
    if text.isascii() and text.isdigit() and len(text) < 8:
        return int(text)
    raise BadValue(f"{text!r} is no count")


def hours(text: str) -> tuple[float, ...]:
    """``6,20`` as hours of the first and of the second file. Raises BadValue."""
    try:
        found = tuple(float(part) for part in text.split(","))
    except ValueError:
        found = ()
    if not found or not all(0 < one <= MOST_HOURS for one in found):
        raise BadValue(f"{text!r} is no number of hours: write it like 6 or 6,20")
    return found


MOST_HOURS = 1_000_000


def size(text: str) -> tuple[int, int]:
    """``640x480`` as width and height in pixels. Raises BadValue."""
    width, _, height = text.lower().replace("×", "x").partition("x")
    digits = text.isascii() or text.replace("×", "x").isascii()  # "²" is a digit to isdigit, and none to int
    if digits and width.isdigit() and height.isdigit() and 0 < int(width) < 100_000 and 0 < int(height) < 100_000:
        return int(width), int(height)
    raise BadValue(f"{text!r} is no image size: write it like 640x480")


RUN = (
    Flag("--gpus", "the run", "hardware, [NODESx]COUNTxCARD: 4xA100-40G, 2x8xA100-80G, 8x48G, local", "FLEET", something),
    Flag("--trainer", "the run", "who reads the files: vlm-r1, r1-v, trl, trl==0.17.0, trl>=0.18", "NAME", something),
    Flag("--host-ram", "the run", "host memory of each node, such as 512GiB", "SIZE", memory),
    Flag("--images", "the run", "images of one sample (default 1)", "N", count),
    Flag("--image", "the run", "size of an image in pixels (default 640x480)", "WxH", size),
    Flag("--prompt-tokens", "the run", "text tokens of a prompt, without image tokens (default 256)", "N", count),
    Flag("--config", "settings", "read settings from FILE only", "FILE", something),
    Flag("--isolated", "settings", "read no settings files", default=False),
    Flag("--lang", "settings", "language of all words (default en)", "LANG", choices=("en", "zh")),
    Flag(
        "--color", "settings", "colours on a terminal (default auto)", "WHEN", choices=("auto", "always", "never"), default="auto"
    ),
)
"""Options about the run, and where settings come from."""

SELECTION = (
    Flag("--select", "rules", "only these rules: ID, FAMILY or name", "RULE", names, many=True),
    Flag("--ignore", "rules", "leave these rules out", "RULE", names, many=True),
    Flag("--extend-select", "rules", "these rules too", "RULE", names, many=True),
    Flag("--preset", "rules", "which set of rules to start from (default recommended)", "SET", choices=("recommended", "strict")),
    Flag("--rules", "rules", "a folder of your own rules", "DIR", something, many=True),
    Flag("--check-data", "rules", "also read the head of local data files", default=False),
    Flag("--here", "rules", "the run starts on this machine: paths must exist", default=False),
)
"""Options that choose rules."""

FIXING = (
    Flag("--fix", "fixing", "write the safe fixes", default=False),
    Flag("--unsafe-fixes", "fixing", "with --fix: also write fixes that change what is learned", default=False),
    Flag("--diff", "fixing", "print what --fix would write, write nothing", default=False),
    Flag("--show-fixes", "fixing", "list the fixes that were written", default=False),
    Flag("--fix-only", "fixing", "write fixes, report nothing that remains", default=False),
)

OUTPUT = (
    Flag(
        "--format",
        "output",
        ", ".join(FORMATS),
        "FORMAT[=FILE]",
        output,
        many=True,
    ),
    Flag("--statistics", "output", "count findings by rule", default=False),
    Flag("--quiet", "output", "print findings only", short="-q", default=False),
    Flag("--verbose", "output", "say why a file is not linted", short="-v", default=False),
    Flag("--upstream", "output", "list what is found in files unchanged from an upstream repository", default=False),
    Flag("--show-skipped", "output", "list rules that missing facts left undecided", default=False),
    Flag(
        "--fail-on",
        "status",
        "what makes the status 1 (default error)",
        "SEVERITY",
        choices=("error", "warning", "info", "never"),
    ),
    Flag("--exit-zero", "status", "status 0 whatever is found", default=False),
    Flag("--fail-on-no-input", "status", "status 2 if nothing was recognised", default=False),
)

FILES = (
    Flag("--stdin-filename", "files", "lint standard input as the file NAME", "NAME", something),
    Flag("--baseline", "files", "report only what FILE does not hold", "FILE", something),
    Flag("--write-baseline", "files", "write what is found to FILE", "FILE", something),
    Flag("--changes", "files", "report only what rests on the files in FILE, the output of git diff", "FILE", something),
    Flag("--exclude", "files", "leave files out: patterns as in .gitignore", "GLOB", something, many=True),
    Flag("--list-files", "files", "print the files that would be linted, and stop", default=False),
    Flag("--force-exclude", "files", "leave excluded files out even if they are named", default=False),
)

CHECK = (*FIXING, *RUN, *SELECTION, *OUTPUT, *FILES)
"""All options of ``check``."""

PLAN = (
    Flag(
        "--format",
        "output",
        "text, json, markdown, svg, html (default text)",
        "FORMAT",
        None,
        ("text", "json", "markdown", "svg", "html"),
        default="text",
    ),
    Flag("--all", "output", "also list every term, assumption, single change and card", default=False),
    Flag("--hours", "output", "hours that each file's run takes, for the cost by your prices: 6 or 6,20", "HOURS", hours),
    Flag("--safe-margin", "output", "aim at the high end of the forecast, not at the likely one", default=False),
    Flag("--data", "output", "measure the samples: read the heads of local data files and images", default=False),
    Flag("--fix", "fixing", "write the safe changes, as check --fix does", default=False),
    Flag("--unsafe-fixes", "fixing", "with --fix: also changes of the experiment", default=False),
    *RUN,
    *SELECTION,
)
"""All options of ``plan``."""
