"""From documents to runs: which files are entries, what each names, and who is meant to read it.

A run starts at an entry: a command of a launch script, else an args file that no entry of this invocation names. What an entry
names belongs to it and is no run of its own.
"""

from __future__ import annotations

from vlmr1_lint.facts.options import other_releases, releases
from vlmr1_lint.training.evidence import pinned_trl, vendored_trainer
from vlmr1_lint.training.joining import Joiner, join_deepspeed, local_model
from vlmr1_lint.training.run import Inputs, Run
from vlmr1_lint.training.trainer import Trainer, candidates_from_names, candidates_of_kind, from_selector
from vlmr1_lint.values import replace, value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from vlmr1_lint.documents.library import Library
    from vlmr1_lint.documents.model import Document, Node
    from vlmr1_lint.facts.models import Model
    from vlmr1_lint.training.fleet import Fleet

__all__ = ["Hints", "Target", "find_runs", "find_trainer"]


@value
class Target:
    """A recognised file: absolute path, document, kind."""

    path: str
    document: Document
    kind: str


@value
class Hints:
    """What the user says about an entry, None where nothing was said: the fleet, the trainer (a selector and where it was
    said), and host memory per node in bytes."""

    fleet: Fleet | None = None
    trainer: str | None = None
    trainer_origin: str = ""
    host_ram: int | None = None

    def equipped(self, fleet: Fleet | None) -> Fleet | None:
        """*fleet* with the host memory that the user says it has."""
        return fleet if fleet is None or self.host_ram is None else replace(fleet, host_ram_bytes=self.host_ram)


def find_runs(targets: Sequence[Target], library: Library, hints: Callable[[Target], Hints]) -> list[Run]:
    """Every run that *targets* start, in the order of their entries."""
    runs: list[Run] = []
    named: set[str] = set()
    for target in targets:
        if target.kind == "launch":
            from vlmr1_lint.training.scripts import script_runs

            found, names = script_runs(target, library, hints(target))
            runs += found
            named |= names
    for target in targets:
        if target.kind == "args" and target.path not in named:
            runs += [_args_run(target, root, library, hints(target)) for root in target.document.roots if root.kind == "mapping"]
    return runs


def _args_run(target: Target, root: Node, library: Library, hints: Hints) -> Run:
    """The run of an args file that nothing launches here."""
    written = written_options(root)
    joiner = Joiner(library, target.path)
    return Run(
        Inputs(
            document=target.document,
            root=root,
            written=written,
            trainer=find_trainer(target.path, frozenset(written), library, hints),
            fleet=hints.equipped(hints.fleet),
            deepspeed=join_deepspeed(written.get("deepspeed"), None, joiner),
            model=_model(written, joiner),
        )
    )


def written_options(root: Node) -> dict[str, Node]:
    """Option name → effective node of a YAML or JSON mapping, in file order; of duplicate keys the last."""
    found: dict[str, Node] = {}
    for child in root.children:
        key = child.path[-1]
        if isinstance(key, str):
            found.pop(key, None)
            found[key] = child
    return found


def _model(written: dict[str, Node], joiner: Joiner) -> Model | None:
    node = written.get("model_name_or_path")
    return local_model(node.value, joiner) if node is not None else None


def find_trainer(
    path: str, written: frozenset[str], library: Library, hints: Hints, kind: str | None = None, script: str | None = None
) -> Trainer:
    """Who reads the file at *path*: by the user's word, by the repository's own trainer, by its pins, by the option names.

    *kind* is the trainer's (``"grpo"``, ``"sft"``, ``"dpo"``) where the training script says it, *script* the absolute path of
    that script where it is in reach. Raises SelectorError for a word of the user's that means nothing.
    """
    if hints.trainer is not None:
        return from_selector(hints.trainer, hints.trainer_origin)
    by_names, why = candidates_from_names(written) if kind is None else candidates_of_kind(kind, written)
    ours = by_names[0].startswith(("vlm-r1", "r1-v")) or any(name.startswith("trl==") for name in by_names)
    if ours:
        vendored = (vendored_trainer(script, library.sources) if script else None) or vendored_trainer(path, library.sources)
        if vendored is not None:
            return vendored
    pinned = (pinned_trl(script, library.sources) if script else None) or pinned_trl(path, library.sources)
    if pinned is not None and not by_names[0].startswith(("vlm-r1", "r1-v")):
        versions, where = pinned
        pins = {one.partition("==")[2] for one in versions}
        kept = tuple(name for name in by_names if name.partition("==")[2] in pins) or _of_families(by_names, pins)
        if kept:
            return Trainer(kept, where)
    return Trainer(by_names, why, guessed=True)


def _of_families(names: tuple[str, ...], pins: set[str]) -> tuple[str, ...]:
    """The pinned releases of the families of *names*: what runs although it does not know all that the file writes."""
    families = {name.partition("==")[0] for name in names}
    known = (*releases(), *other_releases())
    return tuple(name for name in known if name.partition("==")[0] in families and name.partition("==")[2] in pins)
