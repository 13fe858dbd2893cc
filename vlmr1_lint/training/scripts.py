"""Runs that a launch script starts: one for each training command, with the files that its options name."""

from __future__ import annotations

import os
import re

from vlmr1_lint.candidates.entryscript import kind_by_name, read_script, script_path
from vlmr1_lint.candidates.evidence import holds_other_trainer
from vlmr1_lint.candidates.trainer import Trainer, all_option_names, known_option, makes_adapters
from vlmr1_lint.documents.references import expand_home, resolve
from vlmr1_lint.documents.shell.nodes import ShellNode
from vlmr1_lint.launches.allotted import allotment, equipped, of_each_machine
from vlmr1_lint.launches.launch import Launch, as_count, as_rank, visible_devices
from vlmr1_lint.launches.loop import LoopNode, dropped_in_vain, loop_lines, through_loop
from vlmr1_lint.launches.ports import free_port, is_taken, port_of
from vlmr1_lint.pythoncode.trainercode import code_of_file
from vlmr1_lint.trainers.by_names import is_of_another_program
from vlmr1_lint.trainers.r1_v import R1_V
from vlmr1_lint.trainers.vlm_r1 import VLM_R1
from vlmr1_lint.training.inputs import Inputs
from vlmr1_lint.training.joining import Elsewhere, Joiner, join_accelerate, join_deepspeed, name_in
from vlmr1_lint.training.run import Run
from vlmr1_lint.training.runs import find_trainer, made_of, model_beside, with_copied, written_options
from vlmr1_lint.unknown import Unknown
from vlmr1_lint.values import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vlmr1_lint.documents.library import Library
    from vlmr1_lint.documents.model import Document, Node
    from vlmr1_lint.documents.shell.nodes import Launcher, ShellRoot, YamlReader
    from vlmr1_lint.documents.shell.read import ShellDocument
    from vlmr1_lint.launches.fleet import Fleet
    from vlmr1_lint.sources import Sources
    from vlmr1_lint.training.runs import Hints, Target

__all__ = ["script_runs"]

FEWEST_OPTIONS = 3
"""Known option names that make a command ours, as for args files (DESIGN §1)."""


def script_runs(target: Target, library: Library, hints: Hints) -> tuple[list[Run], set[str]]:
    """The runs of the script *target*, and the absolute paths of args files that belong to them and are no runs of their own."""
    runs: list[Run] = []
    named: set[str] = set()
    document: ShellDocument = target.document  # type: ignore[assignment]
    for root in document.roots:
        options = _Options(root, document, _joiner(root, target.path, library))
        named |= options.files
        run = _run(target, root, options, library, hints)
        if run is not None:
            runs.append(run)
    return runs, named


def _folders(root: ShellRoot, holder: str, library: Library) -> tuple[str, ...]:
    """Absolute folders that the command's ``cd`` targets may mean, the last one first."""
    found: list[str] = []
    for text in reversed(root.cwd):
        path = expand_home(text, holder, library.sources)
        if "$" in path:
            continue
        bases = [""] if os.path.isabs(path) else library.sources.ancestors(holder)
        found += [os.path.normpath(os.path.join(base, path)) for base in bases]
    return tuple(found)


def _joiner(root: ShellRoot, holder: str, library: Library) -> Joiner:
    """The joiner of a command that *holder* starts."""
    folders = _folders(root, holder, library)
    last = expand_home(root.cwd[-1], holder, library.sources) if root.cwd else ""
    script = _script_path(root)
    away = os.path.isabs(last) and "$" not in last and not library.sources.inside(os.path.normpath(last))
    if not away or os.path.isabs(script) or "$" in script or not script.endswith(".py"):
        return Joiner(library, holder, folders)
    # Another machine's checkout: of this one it can only be the folder that holds the script, as it is written.
    path = script_path(script, holder, library.sources, folders)
    tail = os.sep + os.path.normpath(script)
    return Elsewhere(library, holder, (path.removesuffix(tail),) if path is not None and path.endswith(tail) else ())


class _Options:
    """Options of one command: those of a YAML file that it reads, and the flags over them."""

    def __init__(self, root: ShellRoot, document: ShellDocument, joiner: Joiner) -> None:
        self.joiner = joiner
        self.files: set[str] = set()
        self.written: dict[str, Node] = {}
        self.origins: dict[str, Document] = {}
        self.reader: YamlReader | None = root.args_from_yaml
        self.unread = False  # whether --config names a file that is not in reach
        self.document: Document | None = None  # the args file, and the node that names it
        self.named_by: Node | None = None
        self._yaml(root)
        for child in root.children:
            name = str(child.path[-1])
            if name != "config":
                self.written.pop(name, None)
                self.written[name] = child
                self.origins[name] = document

    def take_back(self, trainer: Trainer) -> None:
        """Take in what a loop drops and *trainer* does anyway: it holds, and is written in the file."""
        if self.reader is not None and self.document is not None:
            for node in dropped_in_vain(self.document, self.reader, trainer):
                name = str(node.path[-1])
                if name not in self.written:
                    self.written[name] = node
                    self.origins[name] = self.document

    def _yaml(self, root: ShellRoot) -> None:
        """Take in the args file: ``--config FILE``, a lone ``FILE.yaml``, or the file that a shell loop turns into flags."""
        config = root.get("config")
        named = [(name_in(config), config)] if config is not None else []
        named += [(name_in(positional), positional) for positional in root.positionals[:1]]
        named += [(self.reader.path, _loops_input(root, self.reader))] if self.reader is not None else []
        for name, node in named:
            path = resolve(name, self.joiner.holder, self.joiner.library.sources, self.joiner.folders) if name else None
            document = self.joiner.library.try_document(path) if path else None
            if path and document is not None and document.roots and document.roots[0].kind == "mapping":
                self.files.add(path)
                self.document, self.named_by = document, node
                for key, given in written_options(document.roots[0]).items():
                    read = given if self.reader is None else through_loop(document, given, self.reader)
                    if read is not None:
                        self.written[key] = read
                        self.origins[key] = document
            elif node is config and name.endswith((".yaml", ".yml", ".json")):
                self.unread = True


def _loops_input(root: ShellRoot, reader: YamlReader) -> ShellNode:
    """The file behind the loop's ``<`` as a node."""
    span = reader.span
    return ShellNode((*root.path, "config"), reader.path, span=span, entry_span=span, use_span=span)


def _run(target: Target, root: ShellRoot, options: _Options, library: Library, hints: Hints) -> Run | None:
    """The run of one command, or None if it is no training of ours."""
    trainer = _trainer(target, root, options, library, hints)
    if trainer is None:
        return None
    options.take_back(trainer)
    by_parser = options.document if options.reader is None else None  # keys of a YAML file are never abbreviations
    in_full = frozenset(name for name, origin in options.origins.items() if by_parser is not None and origin is by_parser)
    written = _resolved_names(options.written, trainer, in_full)
    known = all_option_names(trainer)
    if len([name for name in written if name in known]) < FEWEST_OPTIONS:
        return None
    origins = {name: options.origins.get(name) or options.origins[str(node.path[-1])] for name, node in written.items()}
    accelerate = None
    if root.launcher.name == "accelerate":
        config = root.launcher.get("config_file")
        accelerate = join_accelerate(name_in(config), config, options.joiner) if config is not None else None
    launch = _launch(root, target.document, options, trainer)
    fleet, gpus = _hardware(target.document, root, launch, hints)  # type: ignore[arg-type]
    inputs = Inputs(
        document=target.document,
        root=root,
        written=written,
        trainer=trainer,
        fleet=hints.equipped(fleet),
        gpus=gpus,
        launch=launch,
        deepspeed=join_deepspeed(written.get("deepspeed"), accelerate, options.joiner),
        accelerate=accelerate,
        model=model_beside(written, trainer, options.joiner),
        origins=origins,
        args_named_by=options.named_by,
        as_flags=True,
        open=options.unread
        or (root.open and not (options.reader and options.document)),  # a loop's file, once read, hides nothing
    )
    return made_of(replace(inputs, fleet=of_each_machine(inputs.fleet, inputs.processes, inputs.machines)))


def _trainer(target: Target, root: ShellRoot, options: _Options, library: Library, hints: Hints) -> Trainer | None:
    """Who reads the flags: by the user's word, the training script's source, its name, the options. None for a trainer that the
    tables do not hold: a script whose argument classes are all its own."""
    names = frozenset(options.written)
    if hints.trainer is not None:
        return find_trainer(target.path, names, library, hints)
    script = _script_path(root)
    base = script.rpartition("/")[2]
    if base in VLM_R1.scripts:
        found = find_trainer(target.path, names | {"data_file_paths"}, library, hints)
        if not found.entry_seen:
            found = Trainer(found.candidates, f"{base} is VLM-R1's training script", found.own)
        path = script_path(script, target.path, library.sources, options.joiner.folders)
        return found if path is None else replace(found, code=code_of_file(path, library.sources, found.code))
    folders = options.joiner.folders
    key = "training script", script, os.path.dirname(target.path), tuple(folders)
    source = library.once(key, lambda: read_script(script, target.path, library.sources, folders))
    if source is not None and _is_another_state(source.path, target.path, library):
        source = None
    if source is None:
        kind = kind_by_name(script)
        if kind is None and is_of_another_program(names):
            return None
        # The trainer that the repository holds need not be the one that a script out of reach starts, nor have its options.
        found = find_trainer(target.path, names, library, hints, kind)
        several = found.source_seen and script != VLM_R1.demo and _other_trainer(target.path, library)
        code = None if several else found.code
        return replace(found, entry_seen=False, is_copy=found.is_copy or several, code=code)
    if source.kind == "other":
        return None
    found = find_trainer(target.path, names, library, hints, source.kind, source.path)
    if found.family == R1_V.name and found.source_seen:
        found = replace(found, candidates=(_variant(source.path, library),))
    copied = source.trains and not found.source_seen
    text = found.text + source.text
    own = {**found.own, **source.own}
    found = with_copied(replace(found, own=own), target.path, names, library)
    return replace(
        found,
        entry_seen=source.complete,
        source_seen=True,
        is_copy=found.is_copy or copied,
        text=text,
        adapts=makes_adapters(source.text),
        code=source.code,
    )


def _is_another_state(script: str, holder: str, library: Library) -> bool:
    """Whether the launch script *holder* lies below the folder of the training *script* that it starts, beside a copy of it: an
    older state of both was put aside, and the script that it was written for is the copy."""
    folder, beside = os.path.dirname(holder), os.path.join(os.path.dirname(holder), os.path.basename(script))
    return beside != script and folder.startswith(os.path.dirname(script) + os.sep) and library.sources.holds(beside)


def _other_trainer(path: str, library: Library) -> bool:
    """Whether the repository of *path* holds several trainers of its own."""
    return library.once(("other trainer", os.path.dirname(path)), lambda: holds_other_trainer(path, library.sources))


def _variant(script: str, library: Library) -> str:
    """Which of R1-V's trainers the *script* starts: it need not be the package's ``grpo.py``, nor take the same class."""
    from vlmr1_lint.candidates.vllm import variant_of_script

    return library.once(("variant of R1-V", script), lambda: variant_of_script(script, library.sources))


def _script_path(root: ShellRoot) -> str:
    """The training script as a path: ``python -m open_r1.grpo`` runs ``open_r1/grpo.py``."""
    script = (root.script or "").replace("\\", "/")
    return script.replace(".", "/") + ".py" if root.module and "/" not in script else script


def _resolved_names(written: dict[str, Node], trainer: Trainer, in_full: frozenset[str]) -> dict[str, Node]:
    """*written* by the names that argparse resolves: an unambiguous prefix stands for its option, ``no_x`` for ``x: false``,
    but for the names in *in_full*."""
    known = all_option_names(trainer)
    found: dict[str, Node] = {}
    for name, node in written.items():
        full = name
        read = node
        if name not in known and name not in in_full:
            starting = [option for option in known if option.startswith(name)]
            if len(starting) == 1:
                full = starting[0]
            elif name.startswith("no_") and node.style == "bare" and _is_on_by_default(name[3:], trainer):
                full, read = name[3:], LoopNode(node, "false")
        found.pop(full, None)
        found[full] = read
    return found


def _is_on_by_default(name: str, trainer: Trainer) -> bool:
    """Whether some candidate's parser has ``--no_name``: that of a switch whose default is true (transformers hf_argparser.py
    _parse_dataclass_field)."""
    options = [known_option(trainer, name, release) for release in trainer.candidates]
    return any(option is not None and option.default is True for option in options)


def _launch(root: ShellRoot, document: Document, options: _Options, trainer: Trainer) -> Launch:
    launcher, joiner, data = root.launcher, options.joiner, document.data
    environment = {str(child.path[-1]): child.value for child in root.environment.children}
    total = as_count(_said(launcher, "num_processes")) if launcher.name == "accelerate" else None
    per_node = as_count(_said(launcher, "nproc_per_node", "num_gpus"))
    if per_node is None:
        per_node = _included(launcher)
    if per_node is None and launcher.name == "python":
        per_node = 1
    nodes = as_count(_said(launcher, "nnodes", "num_machines", "num_nodes"))
    lines = loop_lines(options.document, options.reader, trainer) if options.document and options.reader else ()
    sources = joiner.library.sources
    return Launch(
        launcher=launcher.name,
        script=root.script,
        script_found=bool(root.script and resolve(root.script, joiner.holder, sources, joiner.folders)),
        per_node=per_node,
        nodes=1 if nodes is None else nodes,
        total=total,
        mixed_precision=_word(_said(launcher, "mixed_precision")) if launcher.name == "accelerate" else None,
        visible=visible_devices(environment.get("CUDA_VISIBLE_DEVICES")),
        environment=environment,
        folders=tuple(root.cwd),
        master=_host(_said(launcher, "master_addr", "main_process_ip", "rdzv_endpoint")),
        rank=as_rank(_said(launcher, "node_rank", "machine_rank")),
        rank_is_fixed=_is_fixed(launcher.get("node_rank") or launcher.get("machine_rank"), data),
        # Where nothing is said there is one node; accelerate may say more in its YAML.
        rank_elsewhere=nodes != 1
        and (nodes is not None or launcher.name == "accelerate")
        and _rank_elsewhere(root, joiner.holder, sources),
        rendezvous=any(launcher.get(name) is not None for name in ("rdzv_backend", "rdzv_endpoint", "rdzv_id")),
        from_loop=options.reader is not None,
        lines=tuple(lines),
        port=port_of(root),
        port_is_taken=is_taken(root, document),  # type: ignore[arg-type]
        little_shared_memory=_little_shared_memory(root.prefix),
        free_port=free_port(root, document) if root.beside else 0,  # type: ignore[arg-type]
    )


def _little_shared_memory(prefix: tuple[str, ...]) -> bool:
    """Whether the commands in front, *prefix*, start a container and do not speak of its shared memory; False where an open
    word may do so."""
    text = " ".join(prefix)
    started = re.search(r"\b(?:docker|podman)\s+(?:container\s+)?run\b(.*)", text)
    return (
        started is not None
        and re.search(r"--ipc\b|--shm-size\b|/dev/shm|(?<!\S)[\"']?\$\{?\w+[\[\]@*}\"']*(?!\S)|\$\(", started[1]) is None
    )


def _said(launcher: Launcher, *names: str) -> object:
    """What the last of the launcher's options *names* that is written says; None without any."""
    nodes = [node for name in names if (node := launcher.get(name)) is not None]
    return nodes[-1].value if nodes else None


def _is_fixed(node: ShellNode | None, data: bytes) -> bool:
    """Whether the option's value is written where it stands or in a plain assignment: not as ``${RANK:-0}``, nor in a ``for``."""
    if node is None or not node.places:
        return False
    start = node.places[0][0]
    if node.entry_span.start <= start:
        return b"$" not in data[node.use_span.start : node.use_span.end]
    return re.search(rb"""(?m)(?:^|[\s;])[A-Za-z_]\w*=["']?\Z""", data[max(start - 200, 0) : start]) is not None


_RANKS = rb"""(?m)^[^#\n]*(?:--(?:node|machine)_rank[= ]|\bNODE_RANK=)["']?(\d+)"""
SIBLINGS_MAX = 60
"""Scripts of one folder that are searched for another rank; a bound, ours."""


def _rank_elsewhere(root: ShellRoot, holder: str, sources: Sources) -> bool:
    """Whether another script in the folder of *holder* starts the same training script as node 1 or later, or, where this one
    does, as another node."""
    script, folder = os.fsencode(os.path.basename(_script_path(root))), os.path.dirname(holder)
    own = as_rank(_said(root.launcher, "node_rank", "machine_rank"))
    names = [name for name in sources.listing(folder) if name.endswith((".sh", ".bash", ".slurm", ".sbatch"))]
    for name in names[:SIBLINGS_MAX] if script else ():
        data = sources.try_read(os.path.join(folder, name)) if os.path.join(folder, name) != holder else None
        if data is not None and script in data and any(int(rank) != own for rank in re.findall(_RANKS, data)):
            return True
    return False


def _word(said: object) -> str | Unknown | None:
    return said if isinstance(said, str | Unknown) else None


def _host(address: object) -> str | Unknown | None:
    """The host of ``host:port``."""
    if isinstance(address, str):
        return address.rpartition(":")[0] or address
    return address if isinstance(address, Unknown) else None


def _hardware(document: ShellDocument, root: ShellRoot, launch: Launch, hints: Hints) -> tuple[Fleet | None, int | None]:
    """The hardware of a command, and where no card is known the number of its GPUs: what the script is allotted and what the
    user says together; what the user asks about alone."""
    if hints.fleet is not None and hints.what_if:
        return hints.fleet, None
    included = _included(root.launcher)
    return equipped(hints.fleet, allotment({header.name: header.value for header in document.sbatch}, launch, included))


def _included(launcher: Launcher) -> int | None:
    """How many cards of this machine ``deepspeed --include localhost:0,1`` names."""
    said = _said(launcher, "include")
    if not isinstance(said, str) or ":" not in said or "@" in said:
        return None
    return len([part for part in said.rpartition(":")[2].split(",") if part.strip()]) or None
