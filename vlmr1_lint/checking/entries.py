"""Entries: what rules iterate over with ``each``. One written key with its place, what the reader made of it, and what is
known of it."""

from __future__ import annotations

from functools import cached_property, lru_cache

from vlmr1_lint.candidates.trainer import Trainer, all_option_names, goes_through, known_option
from vlmr1_lint.documents.model import format_path
from vlmr1_lint.nearest import nearest, within_reach
from vlmr1_lint.trainers.by_names import knowing
from vlmr1_lint.trainers.families import ONCE
from vlmr1_lint.training.reading import read_flag, read_yaml_value
from vlmr1_lint.unknown import Unknown, is_unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from vlmr1_lint.documents.model import Document, Node
    from vlmr1_lint.sources import Sources
    from vlmr1_lint.trainers.options import Option, Rename
    from vlmr1_lint.training.run import Run

__all__ = ["Entry", "OptionEntry", "document_entries", "option_entries"]

_TYPE_NAMES = {bool: "bool", int: "int", float: "float", str: "str", list: "list", dict: "dict", type(None): "null"}


class Entry:
    """A key (or list item) of any document."""

    def __init__(self, document: Document, node: Node) -> None:
        self.document = document
        self.node = node

    @property
    def key(self) -> str:
        """The key as the reader sees it; ``[3]`` for an item of a list."""
        last = self.node.path[-1] if len(self.node.path) > 1 else ""
        return last if isinstance(last, str) else f"[{last}]"

    @property
    def path(self) -> str:
        """Where it stands: ``zero_optimization.stage``."""
        return format_path(self.node.path)

    @property
    def parent(self) -> str:
        """The path of the mapping or list that holds it; ``""`` at the top."""
        return format_path(self.node.path[:-1])

    @property
    def depth(self) -> int:
        """1 for top-level keys."""
        return len(self.node.path) - 1

    @property
    def value(self) -> object:
        """What the file's reader (PyYAML, json, the shell) gives."""
        return self.node.value

    @property
    def text(self) -> str:
        """The value as written, quotes included."""
        return self.node.text

    @property
    def comment(self) -> str:
        """The comment behind the value on the same line of a YAML file, from its ``#`` on; ``""`` where there is none."""
        if self.document.format != "yaml":
            return ""
        data, at = self.document.data, self.node.span.end
        end = data.find(b"\n", at)
        rest = data[at : end if end >= 0 else len(data)].strip()
        return rest.decode("utf-8", "replace") if rest.startswith(b"#") else ""

    @property
    def style(self) -> str:
        """How it is written: ``plain``, ``single``, ``double``, ``literal``, ``folded``, ``flow``, ``block``, ``bare``."""
        return self.node.style

    @property
    def type(self) -> str:
        """The type of ``value``: ``bool``, ``int``, ``float``, ``str``, ``list``, ``dict``, ``null``, ``date``, ``unknown``."""
        found = self.node.value
        return "unknown" if is_unknown(found) else _TYPE_NAMES.get(type(found), "date")


class OptionEntry(Entry):
    """A written trainer option of a run, judged by the candidates' option tables."""

    def __init__(self, run: Run, name: str, node: Node, sources: Sources | None = None) -> None:
        super().__init__(run.home(name), node)
        self.run = run
        self.name = name
        self._sources = sources

    @property
    def key(self) -> str:
        """The option's name as the trainer's parser resolves it."""
        return self.name

    @cached_property
    def known(self) -> object:
        """Whether the option exists, for all candidates."""
        return self.run.has_option(self.name)

    @cached_property
    def option(self) -> Option | Unknown | None:
        """The option's definition; None where there is none, Unknown where candidates differ."""
        return self.run.option(self.name)

    @property
    def never_read(self) -> object:
        """Whether the trainer accepts the option and never looks at it; Unknown for a repository's own copy of one."""
        return self.run.never_read(self.name)

    @cached_property
    def other_script(self) -> str | None:
        """The training script that another command starts with the same args file, and that has the option; None without one."""
        if self._sources is None or self.document.format == "shell":
            return None
        from vlmr1_lint.launches.starters import knowing_script

        return knowing_script(self._sources.path(self.document.path), self.name, self._sources)

    @property
    def adapted_by_script(self) -> bool:
        """Whether the training script puts LoRA adapters on the model itself, whatever ``use_peft`` says."""
        if self._sources is None:
            return False
        from vlmr1_lint.candidates.evidence import adapts_by_hand

        launch = self.run.inputs.launch
        return adapts_by_hand(self._sources.path(self.document.path), launch.script if launch else None, self._sources)

    @property
    def own(self) -> bool:
        """Whether an argument class of the repository's own has the option."""
        return self.run.is_own(self.name)

    @property
    def gone_through(self) -> bool:
        """Whether the repository's script or trainer goes through the value with a loop: then it may be a list."""
        return goes_through(self.run.inputs.trainer, self.name)

    @property
    def note(self) -> object:
        """What happens instead where it is never read; None where nothing is known."""
        return self.run.agreed(f"note {self.name}", lambda release: (found := self._in(release)) and found.note)

    @property
    def expected(self) -> object:
        """The option's type, such as ``int`` or ``float|None``; None for an unknown option."""
        return self.run.agreed(f"type {self.name}", lambda release: (found := self._in(release)) and found.type)

    @property
    def default(self) -> object:
        """The option's default; Unknown where candidates differ."""
        return self.run.agreed(f"default {self.name}", lambda release: (found := self._in(release)) and found.default)

    @property
    def choices(self) -> object:
        """The values that the option takes, as a list; None where any value goes."""
        return self.run.agreed(f"choices {self.name}", self._choices)

    def _choices(self, release: str) -> list[object] | None:
        found = self._in(release)
        return None if found is None or found.choices is None else list(found.choices)

    def _in(self, release: str) -> Option | None:
        return known_option(self.run.inputs.trainer, self.name, release)

    @cached_property
    def reading(self) -> object:
        """What the trainer gets: the value after its parser's conversion; Unknown if rejected."""
        return self.run.reading(self.name).value

    @property
    def problem(self) -> object:
        """Why the parser rejects or misreads the value (``not-an-int``, ``not-a-choice``, …), or ``""``."""
        return self.run.agreed(f"problem {self.name}", lambda release: self.run.narrowed(release).reading(self.name).problem)

    @property
    def rejected(self) -> object:
        """Whether argument parsing fails on the value; Unknown where candidates differ."""
        return self.run.agreed(f"rejected {self.name}", lambda release: self.run.narrowed(release).reading(self.name).rejected)

    @property
    def is_flag(self) -> bool:
        """Whether it is given as a command line word: such words are always converted, and unknown ones refused."""
        return self.run.is_word(self.name)

    @property
    def written_as(self) -> str:
        """The name as it is written, ``_`` for ``-``: ``num_gen`` where `key` is ``num_generations``."""
        return str(self.node.path[-1])

    @property
    def emptied(self) -> bool:
        """Whether a flag has no value because the variable behind it is empty and stands without quotes."""
        return self.node.style == "bare" and bool(getattr(self.node, "places", ()))

    @property
    def abbreviates(self) -> list[str]:
        """The options that a flag's name is the beginning of, where it is none itself: argparse takes it for the one, and stops
        if there are several."""
        name, trainer = self.written_as, self.run.inputs.trainer
        known = all_option_names(trainer)
        return [] if not self.is_flag or name in known else sorted(option for option in known if option.startswith(name))

    @cached_property
    def nearest(self) -> object:
        """The one option within two edits of an unknown name; None if there is none."""
        trainer = self.run.inputs.trainer
        known = [*_near(self.name, trainer.candidates), *trainer.own]
        return nearest(self.name, (name for name in dict.fromkeys(known) if name not in self.run.inputs.written))

    @cached_property
    def nearest_takes_value(self) -> bool:
        """Whether the value is valid for `nearest`."""
        return self._fits(self.nearest)

    def _fits(self, name: object) -> bool:
        """Whether some candidate has the option *name* and the written value is valid for it in all that have."""
        if not isinstance(name, str):
            return False
        raw = self.node.value
        readings = [
            read_flag(raw, option.word_type, option.choices)
            if self.is_flag
            else read_yaml_value(raw, option.type, option.choices)
            for release in self.run.candidates
            if (option := known_option(self.run.inputs.trainer, name, release)) is not None
        ]
        return bool(readings) and not any(reading.problem for reading in readings)

    @property
    def misspelt(self) -> bool:
        """Whether `nearest` is surely meant: it takes the value, and the name is none that means something else."""
        return self.nearest is not None and self.nearest_takes_value and self.name not in OTHER_WORDS

    @property
    def of_handbook(self) -> bool:
        """Whether it is an option of alignment-handbook's own classes before 2025, whose files TRL's trainers read as well."""
        return self.name in ONCE

    @cached_property
    def known_to(self) -> list[str]:
        """The families of trainers (``trl``, ``trl-sft``, ``open-r1``, …) that know the option in any release that we have."""
        return knowing(self.name)

    @cached_property
    def nearest_choice(self) -> object:
        """The one choice within two edits of the written word; None if there is none."""
        choices = self.choices
        if not isinstance(choices, list) or not isinstance(self.node.value, str):
            return None
        return nearest(self.node.value, [choice for choice in choices if isinstance(choice, str)])

    @cached_property
    def _rename(self) -> Rename | None:
        from vlmr1_lint.trainers.options import renames

        return next((rename for rename in renames() if rename.old == self.name), None)

    @property
    def renamed_to(self) -> str | None:
        """The option's new name in later releases; None where it has none."""
        return self._rename.new if self._rename else None

    @property
    def new_name_known(self) -> object:
        """Whether all candidates know `renamed_to`; False where there is none."""
        new = self.renamed_to
        return self.run.has_option(new) if new else False

    @property
    def new_name_takes_value(self) -> bool:
        """Whether the value is valid for `renamed_to` as it stands."""
        return self._fits(self.renamed_to)

    @property
    def new_name_has_it(self) -> bool:
        """Whether the value is the default of `renamed_to` for all candidates: then nothing is lost where the key is dropped."""
        option = self.run.option(self.renamed_to) if self.renamed_to else None
        return not isinstance(option, Unknown) and option is not None and option.default == self.node.value

    @property
    def new_name_written(self) -> bool:
        """Whether `renamed_to` is written beside it."""
        return self.renamed_to in self.run.inputs.written

    @cached_property
    def older_name(self) -> str | None:
        """The name under which all candidates know an option that was renamed after them; None where there is none."""
        from vlmr1_lint.trainers.options import renames

        known = [rename.old for rename in renames() if rename.new == self.name and self.run.has_option(rename.old) is True]
        return known[0] if len(known) == 1 and known[0] not in self.run.inputs.written else None

    @property
    def older_name_takes_value(self) -> bool:
        """Whether the value is valid for `older_name` as it stands."""
        return self._fits(self.older_name)

    @property
    def removed_in(self) -> str | None:
        """``transformers 5.0.0``: where the name was removed or refused first; None for a name that was never renamed."""
        return f"{self._rename.package} {self._rename.version}" if self._rename else None

    @property
    def rename_note(self) -> str | None:
        """What else must change with the name."""
        return (self._rename.note or None) if self._rename else None


OTHER_WORDS = frozenset(("fp32", "eta", "beta1", "beta2", "use_lora"))
"""Names that are near one of ours and mean something else."""


@lru_cache(maxsize=1024)
def _near(word: str, candidates: tuple[str, ...]) -> tuple[str, ...]:
    """The options of *candidates* within reach of *word*: kept, for a misspelling is asked for by several rules and files."""
    return within_reach(word, _names(candidates))


@lru_cache(maxsize=64)
def _names(candidates: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(all_option_names(Trainer(candidates, "")))


def option_entries(run: Run, sources: Sources | None = None) -> Iterator[OptionEntry]:
    """Every written option of *run*, in file order."""
    for name, node in run.inputs.written.items():
        yield OptionEntry(run, name, node, sources)


def document_entries(document: Document, kind: str) -> Iterator[Entry]:
    """Every entry of *document*, a file of *kind*, nested ones and list items included, in file order."""
    from vlmr1_lint.checking.config_entries import config_entry

    for root in document.roots:
        for node in root.walk():
            yield config_entry(document, node, kind)
