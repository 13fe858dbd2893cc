"""Where a finding stands: from a rule's ``at`` to a place in a file that was asked for.

A place is an option name (``gradient_checkpointing``, ``model_init_kwargs.use_cache``), a key of a joined file
(``deepspeed/zero_optimization.stage``, ``accelerate/num_processes``), an option of the launcher or an exported variable
(``launch/nproc_per_node``, ``launch/CUDA_VISIBLE_DEVICES``), or the rule's ``each`` item.
"""

from __future__ import annotations

from vlmr1_lint.documents.model import Span, format_path
from vlmr1_lint.findings.finding import Place
from vlmr1_lint.trainers.options import ALIASES
from vlmr1_lint.training.inputs import Joined
from vlmr1_lint.training.joining import as_written
from vlmr1_lint.unknown import Unknown
from vlmr1_lint.values import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from vlmr1_lint.documents.model import Document, Node, Position
    from vlmr1_lint.rulefiles.rule import Rule, Target
    from vlmr1_lint.training.run import Run

__all__ = [
    "Located",
    "changed_place",
    "entry_place",
    "locate_in_document",
    "locate_in_run",
    "locate_item",
    "option_place",
    "position",
    "read_place",
]


@value
class Located:
    """A place as a rule means it, before it is known whether its file was asked for.

    document  the file it is in
    path      its document path, whether or not something is written there
    node      the node there, None where the key is absent
    anchor    where to point if the key is absent: the node of the mapping that would hold it, or None for the run's first option
    named_by  the node in the entry that names the file, for files that are only joined
    joined    False where the file meant is not in reach and this is the reference to it: nothing can be changed there
    """

    document: Document
    path: tuple[str | int, ...]
    node: Node | None
    anchor: Node | None = None
    named_by: Node | None = None
    joined: bool = True

    def place(self) -> Place:
        """The place to print."""
        if self.node is not None:
            return Place(self.document, format_path(self.path), self.node.entry_span, self.node.span)
        start = self._absent_at()
        return Place(self.document, format_path(self.path), Span(start, start), None)

    def _absent_at(self) -> int:
        if self.anchor is not None and len(self.anchor.path) > 1:
            return self.anchor.entry_span.start
        root = self.document.node(self.path[:1]) if self.path else None
        first = root.children[0] if root is not None and root.children else None
        return first.entry_span.start if first is not None else root.entry_span.start if root is not None else 0


def locate_in_run(target: Target, run: Run) -> Located:
    """The place *target* of a run: an option, or a key of a joined file."""
    if target.document in {"deepspeed", "accelerate"}:
        return _in_joined(run, target.document, getattr(run.inputs, target.document), target.path)
    if target.document == "launch":
        return _in_launch(run, str(target.path[0]))
    return option_place(run, target.path)


LAUNCHER_NAMES: Mapping[str, tuple[str, ...]] = {
    "nproc_per_node": ("nproc_per_node", "num_gpus", "include", "num_processes"),
    "nnodes": ("nnodes", "num_machines", "num_nodes"),
    "node_rank": ("node_rank", "machine_rank"),
    "master_addr": ("master_addr", "main_process_ip", "rdzv_endpoint"),
    "master_port": ("master_port", "main_process_port"),
}
"""What launchers (torchrun, accelerate, deepspeed) call the same option."""


def _in_launch(run: Run, name: str) -> Located:
    """An option of the launcher, by whichever of its names is written; in capitals an exported variable; ``processes`` wherever
    their number is written. The run's first option where none is there."""
    document, root = run.inputs.document, run.inputs.root.path
    if name == "processes":
        found = _in_launch(run, "nproc_per_node")
        return found if found.node is not None else _in_joined(run, "accelerate", run.inputs.accelerate, ["num_processes"])
    kind = "environment" if name.isupper() else "launcher"
    paths = [(*root, kind, one) for one in LAUNCHER_NAMES.get(name, (name,))]
    written = [(path, node) for path in paths if (node := document.node(path)) is not None]
    path, node = written[-1] if written else (paths[0], None)
    return Located(document, path, node)


def changed_place(run: Run, name: str) -> Located:
    """The place of a change: an option's name, ``deepspeed/a.b`` for a key of the DeepSpeed file, which accelerate's YAML may
    stand in for, or ``launch/nproc_per_node`` for an option of the launcher."""
    kind, slash, keys = (as_written(run, name) or name).partition("/")
    if not slash:
        return option_place(run, [name])
    if kind == "launch":
        return _in_launch(run, keys)
    return _in_joined(run, kind, getattr(run.inputs, kind), keys.split("."))


def option_place(run: Run, keys: Sequence[str | int]) -> Located:
    """The option ``keys[0]`` of a run, or what lies below it; under its other name where that is what is written."""
    name = str(keys[0])
    other = ALIASES.get(name)
    if other is not None and run.node(name) is None and run.node(other) is not None:
        name = other
    name = run.own_name(name)
    node, document = run.node(name), run.home(name)
    root = run.inputs.root if document is run.inputs.document else document.roots[0]
    path = (*(node.path if node is not None else (*root.path, name)), *keys[1:])
    if len(keys) == 1 or node is None:
        return Located(document, path, node)
    return Located(document, path, document.node(path), anchor=node)


def _in_joined(run: Run, kind: str, joined: Joined | Unknown | None, keys: Sequence[str | int]) -> Located:
    """A key of the DeepSpeed or accelerate file; the reference to it where the file is not in reach."""
    if joined is None or isinstance(joined, Unknown) or joined.view.node is None:
        option = run.node(kind) or (joined.named_by if isinstance(joined, Joined) else None)
        return Located(run.home(kind), option.path, option, joined=False) if option is not None else option_place(run, [kind])
    root = joined.view.node
    document = joined.view.document or run.home(kind)
    path = (*root.path, *keys)
    return Located(
        document, path, document.node(path), _deepest(document, path), joined.named_by if joined.view.document else None
    )


def _deepest(document: Document, path: tuple[str | int, ...]) -> Node | None:
    """The deepest node that exists on the way to *path*."""
    for length in range(len(path), 0, -1):
        node = document.node(path[:length])
        if node is not None:
            return node
    return None


def locate_in_document(target: Target, document: Document) -> Located:
    """The place *target* of a document linted by itself."""
    root = document.roots[0].path if document.roots else (0,)
    path = (*root, *target.path)
    return Located(document, path, document.node(path), _deepest(document, path))


def locate_item(item: object) -> Located | Place:
    """The place of an ``each`` item: an entry's node, a part of its value (one of several data files), a problem's
    span, an option that runs share, or where a run begins."""
    found: Located | Place | None = getattr(item, "located", None) or getattr(item, "place", None)
    if found is not None:
        return found
    document: Document = item.document  # type: ignore[attr-defined]
    node: Node | None = getattr(item, "node", None)
    part: Span | None = getattr(item, "span", None)
    if node is not None and part is not None:
        return Place(document, format_path(node.path), node.entry_span, part)
    if node is not None:
        return Located(document, node.path, node)
    problem = item.problem  # type: ignore[attr-defined]
    return Place(
        document, format_path(problem.path), problem.span, problem.span if problem.span.end > problem.span.start else None
    )


def entry_place(run: Run) -> Place:
    """Where *run* begins: before the first option of its entry."""
    return Located(run.inputs.document, (*run.inputs.root.path, ""), None).place()


_STANDS_FOR = {
    "zero_stage": "zero_optimization.stage",
    "forecast": "zero_optimization.stage",
    "offload_optimizer": "zero_optimization.offload_optimizer",
    "offload_param": "zero_optimization.offload_param",
}
"""Facts that a key of the DeepSpeed file decides."""


def read_place(rule: Rule, run: Run, document: Document) -> Place:
    """Where *document*, a file that *run* rests on, holds what *rule* read; its start where that cannot be told."""
    for located in _read(rule, run):
        if located.document.path == document.path and located.node is not None:
            return located.place()
    return Place(document, "", Span(0, 0))


def _read(rule: Rule, run: Run) -> Iterator[Located]:
    """The places of what *rule* read of *run*, as far as they are known."""
    for chain in rule.reads:
        first, last = chain[0], chain[-1]
        if first in {"deepspeed", "accelerate"} and len(chain) > 1:
            yield _in_joined(run, first, getattr(run.inputs, first), chain[1:])
        elif last in _STANDS_FOR:
            yield changed_place(run, f"deepspeed/{_STANDS_FOR[last]}")
        elif first in _STANDS_FOR:
            yield changed_place(run, f"deepspeed/{_STANDS_FOR[first]}")
        elif first == "run" and last in run.inputs.written:
            yield option_place(run, [last])


def position(place: Place) -> Position:
    """Where a finding at *place* is said to be: the start of its entry."""
    return place.document.position(place.entry.start)
