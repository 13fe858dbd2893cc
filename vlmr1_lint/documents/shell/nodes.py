"""Nodes of a shell document: flags, their values, and the training command that they belong to."""

from __future__ import annotations

from vlmr1_lint.documents.model import Node, Span
from vlmr1_lint.unknown import Unknown
from vlmr1_lint.values import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from vlmr1_lint.documents.model import DocPath
    from vlmr1_lint.documents.shell.text import Place

__all__ = ["Foreign", "Launcher", "Server", "ShellNode", "ShellRoot", "YamlReader"]


@value
class Foreign:
    """A training command that is recognised and not ours: ``name`` of the tool, its place, the command word as written."""

    name: str
    span: Span
    word: str


@value
class Server:
    """A command that starts TRL's vLLM server (``trl vllm-serve``).

    options  its own options by name, with ``_`` for ``-``: the value, True for a bare flag, `Unknown` where it is open
    visible  CUDA_VISIBLE_DEVICES at it, None where it is not set
    span     the command
    prefix   commands in front (``nohup``, ``srun``), as written
    """

    options: Mapping[str, str | bool | Unknown]
    visible: str | Unknown | None
    span: Span
    prefix: tuple[str, ...]


@value
class YamlReader:
    """A shell loop that turns the lines of a YAML file into flags, and what it makes of them.

    path                 the file that the loop reads, as resolved as it can be
    span                 the loop's input in the script
    true_is_bare         ``key: true`` becomes a bare ``--key``
    false_is_dropped     ``key: false`` gives no flag
    strips_quotes        double quotes around a value are taken away (single quotes reach the program)
    skips_comments       lines that start with ``#`` are skipped (comments after a value are not)
    needs_final_newline  the last line is lost if it doesn't end with a newline
    any_case             ``True`` and ``False`` are treated like ``true`` and ``false``
    reread               its flags are part of a text that a shell reads once more (``ssh host "torchrun … $ARGS"``, ``eval``):
                         quotes that are still there do quote
    """

    path: str
    span: Span
    true_is_bare: bool
    false_is_dropped: bool
    strips_quotes: bool
    skips_comments: bool
    needs_final_newline: bool
    any_case: bool = False
    reread: bool = False


class ShellNode(Node):
    """A flag with its value, one of several values, an exported variable, or a launcher's own option.

    flag          the flag as written (``--dataset-name``), None for values without a flag
    use_span      the value's word in the command (``$MAX_STEPS``), where ``span`` is the assignment that it came through
    partial       the value with unresolved parts as they are written (``${REPO_HOME}/local_scripts/zero3.json``)
    places        where the value can be written, the literal first, the word in the command last
    key_place     where the flag is written
    attached      the value follows ``=`` in the flag's own word
    """

    __slots__ = (
        "attached",
        "children",
        "entry_span",
        "flag",
        "key_place",
        "key_span",
        "kind",
        "partial",
        "path",
        "places",
        "refusal",
        "span",
        "style",
        "text",
        "use_span",
        "value",
    )

    path: DocPath
    value: object
    span: Span
    entry_span: Span
    key_span: Span | None
    kind: str
    style: str
    text: str
    refusal: str | None
    children: Sequence[ShellNode]

    def __init__(
        self,
        path: DocPath,
        resolved: object,
        *,
        span: Span,
        entry_span: Span,
        use_span: Span,
        key_span: Span | None = None,
        flag: str | None = None,
        partial: str = "",
        kind: str = "scalar",
        style: str = "plain",
        text: str = "",
        refusal: str | None = None,
        children: Sequence[ShellNode] = (),
        places: Sequence[Place] = (),
        key_place: Place | None = None,
        attached: bool = False,
    ) -> None:
        self.path = path
        self.value = resolved
        self.span = span
        self.entry_span = entry_span
        self.use_span = use_span
        self.key_span = key_span
        self.flag = flag
        self.partial = partial
        self.kind = kind
        self.style = style
        self.text = text
        self.refusal = refusal
        self.children = children
        self.places = places
        self.key_place = key_place
        self.attached = attached

    @property
    def raw(self) -> object:
        """The value with unresolved parts as they are written; True for a bare flag."""
        if self.kind == "sequence":
            return [child.raw for child in self.children]
        return True if self.style == "bare" else self.partial


@value
class Launcher:
    """What starts the script, and its own options (nodes with paths ``(root, "launcher", name)``).

    ``name`` is ``torchrun``, ``torch.distributed``, ``accelerate``, ``deepspeed``, ``python`` or ``trl``; ``open`` says that the
    launcher gets further options that cannot be known.
    """

    name: str
    span: Span
    options: tuple[ShellNode, ...]
    open: bool

    def get(self, name: str) -> ShellNode | None:
        """The launcher's option *name* (``nproc_per_node``), the last of duplicates, or None."""
        found = None
        for option in self.options:
            if option.path[-1] == name:
                found = option
        return found


class ShellRoot(ShellNode):
    """One training command: a mapping whose children are the training script's options.

    span            the command; the string it was written in, if something runs that
    use_span        the statement of the file that runs it (``eval $CMD``, ``srun bash -c "…"``), else the same
    launcher        `Launcher`
    script          the training script as far as it is known (``src/open_r1/grpo.py``, ``trl grpo``, a module name), or None
    script_span     its word in the command
    module          the script is a module name (``-m``)
    positionals     values before the first flag (a YAML file given to the script)
    environment     a mapping of the variables that the script exports to the command, paths ``(root, "environment", NAME)``
    cwd             ``cd`` targets in order, unresolved parts as they are written
    argv            the arguments as bash passes them, launcher first; `Unknown` where they are not known
    open            more options may be given than the file shows: an absent option is unknown
    args_from_yaml  a `YamlReader` if the options come from a YAML file through a shell loop, else None
    prefix          commands in front (``srun``, ``nohup``), as written
    beside          indices of the script's commands that still run in the background when this one starts
    """

    __slots__ = (
        "args_from_yaml",
        "argv",
        "beside",
        "cwd",
        "environment",
        "launcher",
        "module",
        "open",
        "positionals",
        "prefix",
        "script",
        "script_span",
    )

    launcher: Launcher
    script: str | None
    script_span: Span | None
    module: bool
    positionals: Sequence[ShellNode]
    environment: ShellNode
    cwd: tuple[str, ...]
    argv: tuple[str | Unknown, ...]
    open: bool
    args_from_yaml: YamlReader | None
    prefix: tuple[str, ...]
    beside: tuple[int, ...]
