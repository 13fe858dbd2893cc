"""What may be written at a place: names of options that its trainer knows, and the values that an option takes."""

from __future__ import annotations

import re

from vlmr1_lint.candidates.trainer import all_option_names, known_option
from vlmr1_lint.values import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from vlmr1_lint.documents.model import Span
    from vlmr1_lint.serving.analysis import Analysis
    from vlmr1_lint.trainers.options import Option
    from vlmr1_lint.training.run import Run

__all__ = ["Proposal", "proposals"]

_KEY = re.compile(r"^(\s*)([\w-]*)$")
_VALUE = re.compile(r"^\s*([\w-]+)\s*:\s+[\"']?([^\s\"'#]*)$")
_FLAG = re.compile(r"(?:^|\s)--([\w-]*)$")
_GIVEN = re.compile(r"(?:^|\s)--([\w-]+)[ =][\"']?([^\s\"']*)$")


@value
class Proposal:
    """One thing that may be written.

    text   what is put in the place of *typed*
    typed  the beginning of it that is there already
    kind   ``"option"`` or ``"value"``
    about  type and default in one line, or ``""``
    """

    text: str
    typed: str
    kind: str
    about: str = ""


def proposals(analysis: Analysis, name: str, before: str, line: Span | None = None) -> list[Proposal]:
    """What may follow *before*, the text of a line up to the cursor, in the file called *name*; nothing where no run reads it.

    While a key is typed the text is no YAML: *line* is left out then.
    """
    run = next((run for run in analysis.runs() if _reads(run, name)), None)
    if run is None and line is not None:
        run = next((run for run in analysis.runs_without(name, line) if _reads(run, name)), None)
    if run is None:
        return []
    shell = analysis.kinds.get(name) == "launch"
    option = (_FLAG if shell else _KEY).search(before)
    if option is not None:
        return list(_names(run, option[1] if shell else option[2], "" if shell else ": "))
    given = (_GIVEN if shell else _VALUE).search(before)
    return [] if given is None else list(_values(run, given[1].replace("-", "_"), given[2]))


def _reads(run: Run, name: str) -> bool:
    return name == run.inputs.document.path or any(one.path == name for one in run.inputs.origins.values())


def _names(run: Run, typed: str, behind: str) -> Iterator[Proposal]:
    """Options that begin with *typed* and are not written yet."""
    trainer, beginning = run.inputs.trainer, typed.replace("-", "_")
    for name in sorted({*all_option_names(trainer), *trainer.own}):
        if name.startswith(beginning) and name not in run.inputs.written and run.has_option(name) is not False:
            yield Proposal(name + behind, typed, "option", _about(_known(run, name)))


def _values(run: Run, name: str, typed: str) -> Iterator[Proposal]:
    """Words that the option *name* takes, and models that the tables know."""
    option = _known(run, name)
    for word in _words(name, option):
        if word.lower().startswith(typed.lower()):
            yield Proposal(word, typed, "value")


def _words(name: str, option: Option | None) -> list[str]:
    if name == "model_name_or_path":
        from vlmr1_lint.models.table import all_models

        return [found.name for found in all_models()]
    if option is None:
        return []
    if option.choices:
        return [str(choice) for choice in option.choices if choice is not None]
    return ["true", "false"] if "bool" in option.type.split("|") else []


def _known(run: Run, name: str) -> Option | None:
    """The option as the newest release that may read the run knows it."""
    trainer = run.inputs.trainer
    found = (known_option(trainer, name, release) for release in reversed(run.candidates))
    return next((one for one in found if one is not None), None)


def _about(option: Option | None) -> str:
    if option is None:
        return ""
    return option.type if option.required else f"{option.type} = {_written(option.default)}"


def _written(default: object) -> str:
    if default is None or isinstance(default, bool):
        return "null" if default is None else str(default).lower()
    return str(default)
