"""Reading a launch script: its training commands, their options, and where each value stands. Nothing is executed."""

from __future__ import annotations

import re

from vlmr1_lint.documents.formats import PLAIN_LAUNCHERS
from vlmr1_lint.documents.model import Document, Problem, Refused, Span, apply_edits
from vlmr1_lint.documents.shell import places
from vlmr1_lint.documents.shell.grammar import Exhausted, parse, walk
from vlmr1_lint.documents.shell.interpret import Interpreter
from vlmr1_lint.documents.shell.nodes import Launcher, ShellNode, ShellRoot
from vlmr1_lint.documents.shell.options import Options, attached_node, bare_node, flag_name, resolved, value_node
from vlmr1_lint.documents.shell.slurm import SbatchHeader, sbatch_headers
from vlmr1_lint.documents.shell.state import State
from vlmr1_lint.documents.shell.text import Source, is_known, split_at, string
from vlmr1_lint.documents.shell.unread import swallowed
from vlmr1_lint.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from vlmr1_lint.documents.model import Change, DocPath, Edit, Node, Reach
    from vlmr1_lint.documents.shell.commands import Command, Found
    from vlmr1_lint.documents.shell.nodes import Foreign, Server
    from vlmr1_lint.documents.shell.state import Assignment
    from vlmr1_lint.documents.shell.tails import Tail
    from vlmr1_lint.documents.shell.text import Text, Word

__all__ = ["ShellDocument", "read_shell"]

SIZE_MAX_BYTES = 50_000
"""Larger scripts are not read: the longest of 649 public launch scripts has 12,394 bytes, and one four times as long takes a
second where it is full of what is dear to read. (DESIGN, section 2, lets other files have 5 MB.)"""
_LAUNCHES = re.compile(
    rb"\b(%s|accelerate\s+launch|torch\.distributed)\b[^\n]*(?:--|\\)" % "|".join(PLAIN_LAUNCHERS).encode("ascii")
)
"""A line that looks like a launch, in text that cannot be read well enough to be sure."""


_STILL_A_WORD = re.compile(rb"(?:\\\r?\n)*\\[ \t]")


class ShellDocument(Document):
    """A launch script.

    roots      one `ShellRoot` per training command, in file order (one per value of a small ``for``)
    foreign    training commands of other tools, recognised and not read
    servers    commands that start TRL's vLLM server, in the order in which they are met
    variables  assignments in the order they were carried out
    sbatch     options of ``#SBATCH`` headers
    passed     names in calls and ``set --`` of whose arguments nothing is known
    """

    format = "shell"

    def __init__(self, path: str, data: bytes) -> None:
        super().__init__(path, data)
        self.roots: Sequence[ShellRoot] = ()
        self.foreign: Sequence[Foreign] = ()
        self.servers: Sequence[Server] = ()
        self.variables: Sequence[Assignment] = ()
        self.sbatch: Sequence[SbatchHeader] = ()
        self.tails: Sequence[Tail] = ()
        self.passed: Collection[str] = ()
        self._comments: list[tuple[Span, str]] | None = None

    def node(self, path: DocPath) -> Node | None:
        """The node at *path*; ``(root, "launcher", name)`` and ``(root, "environment", name)`` are nodes too."""
        if len(path) == 3 and path[1] in {"launcher", "environment"} and isinstance(path[0], int) and path[0] < len(self.roots):
            root = self.roots[path[0]]
            name = str(path[2])
            return root.launcher.get(name) if path[1] == "launcher" else root.environment.get(name)
        return super().node(path)

    def comments(self) -> list[tuple[Span, str]]:
        """The true comments of the file: not ``#`` in strings, here-documents, or after an escaped blank."""
        if self._comments is None:
            self._comments = []
            if b"#" in self.data and not any(problem.fatal for problem in self.problems):
                try:
                    tree = parse(self.data)
                except Exhausted:
                    return self._comments
                for node in walk(tree):
                    if node.type == "comment" and self.data[max(node.start_byte - 2, 0) : node.start_byte] not in {
                        b"\\ ",
                        b"\\\t",
                    }:
                        span = Span(node.start_byte, node.end_byte)
                        self._comments.append((span, self.data[span.start : span.end].decode("utf-8", "replace").rstrip("\r")))
        return self._comments

    def together(self, path: DocPath) -> list[DocPath]:
        """The paths, *path* first, that one place of the text decides: the same option of the runs that a loop starts.

        A change of one of them is refused unless it is declared for all.
        """
        if not isinstance(path[0], int) or path[0] >= len(self.roots):
            return [path]
        node, span = self.node(path), self.roots[path[0]].span
        others = [(index, *path[1:]) for index, root in enumerate(self.roots) if index != path[0] and root.span == span]
        if not isinstance(node, ShellNode):
            return [path, *others]
        return [path, *(other for other in others if _same_place(node, self.node(other)))]

    def edits(self, changes: Sequence[Change]) -> list[Edit]:
        """The text edits that carry out *changes* and nothing else. Raises `Refused`."""
        from vlmr1_lint.documents.shell.edit import edits

        if any(problem.code == "too-deep" and problem.detail != "commands" for problem in self.problems):
            raise Refused("the script is not read to its end")  # what the rest does with an edited value is not known
        if self.unread:
            raise Refused("a launch of the script is not read")
        made = edits(self, changes)
        reason = self.strays(changes, apply_edits(self.data, made))
        if reason is not None:
            raise Refused(reason)
        return made

    def edits_apart(self, fixes: Sequence[Sequence[Change]]) -> list[list[Edit] | None]:
        """The edits of each of *fixes* as if it alone were carried out; None for one that `edits` has to be asked for.

        Fixes of different commands, each written within its own, are checked together: a script of a hundred commands is then
        read a few times and not a few hundred.
        """
        from vlmr1_lint.documents.shell.apart import edits_apart

        return edits_apart(self, fixes)

    def strays(self, changes: Sequence[Change], new: bytes) -> str | None:
        """Why *new*, the text after *changes*, differs on lines that are not those of their commands; None if it does not."""
        from vlmr1_lint.documents.shell.placed import misplaced

        own = {change.path[0] for change in changes if change.path}
        roots = [root for at, root in enumerate(self.roots) if at in own or not own]
        starts = [at for root in roots for at in (root.span.start, root.use_span.start)]
        return misplaced(self.data, new, starts, [str(change.value) for change in changes if change.action == "repair"])


WORDS_MAX = 8_000
"""Words of all training commands of a script together: eighty commands of a hundred words. To ask all rules about more takes
longer than the two seconds that a file may take (DESIGN, section 8)."""


def read_shell(path: str, data: bytes, reach: Reach | None = None) -> ShellDocument:
    """Read the script *data* and what it sources, which *reach* gives. Never raises for what the text is: see ``problems``."""
    document = ShellDocument(path, data)
    document.reach = reach
    fatal = _unreadable(data)
    if fatal is not None:
        document.problems = [fatal]
        return document
    interpreter = Interpreter(data, reach)
    state = State()
    problems: list[Problem] = []
    try:
        interpreter.program(Source(data), state)
        interpreter.uncalled(state)
    except Exhausted as reason:
        if not interpreter.programs:  # not even its own text has a tree
            document.problems = [Problem("too-large", Span(0, 0), fatal=True)]
            return document
        problems.append(Problem("too-deep", Span(0, 0), str(reason)))
    found = _different(sorted(interpreter.commands.found, key=lambda found: found.place[0]))
    if sum(len(one.command.words) for one in found) > WORDS_MAX:
        document.problems = [Problem("too-large", Span(0, 0), f"more than {WORDS_MAX} words in its commands", fatal=True)]
        return document
    roots, extra = [], []
    for index, one in enumerate(found):
        root, own = _root(data, index, one)
        root.beside = tuple(at for at, other in enumerate(found) if any(other is running for running in one.beside))
        roots.append(root)
        extra += own
    document.roots = roots
    document.foreign = interpreter.commands.foreign
    document.servers = interpreter.commands.servers
    document.variables = interpreter.assignments
    document.tails = _distinct_tails(interpreter.tails)
    document.sbatch = sbatch_headers(interpreter.programs)
    document.passed = interpreter.passed
    source, tree = interpreter.programs[0]
    document.unread = [Span(*place) for place in swallowed(source.filled_in, tree)]
    if roots and b"\r\n" in data:
        at = data.index(b"\r\n")
        problems.append(Problem("crlf", Span(at, at + 1), "bash takes the carriage return for text"))
    problems += extra + [_tail_problem(tail, found) for tail in document.tails] + _syntax(interpreter, roots)
    if not roots and not _LAUNCHES.search(data):
        problems = []  # not a launch script: what is wrong with it is not for us to say
    document.problems = sorted(_distinct(problems), key=lambda problem: problem.span.start)
    return document


def _unreadable(data: bytes) -> Problem | None:
    if len(data) > SIZE_MAX_BYTES:
        return Problem("too-large", Span(0, 0), fatal=True)
    if b"\0" in data:
        at = data.index(b"\0")
        return Problem("nul", Span(at, at + 1), fatal=True)
    try:
        data.decode()
    except UnicodeDecodeError as error:
        return Problem("undecodable", Span(error.start, error.end), fatal=True)
    return None


def _root(data: bytes, index: int, found: Found) -> tuple[ShellRoot, list[Problem]]:
    command, launch = found.command, found.launch
    words = command.words
    options = Options(data, (index,), words[launch.rest :])
    launcher_options = [_launcher_option(data, index, words, flag, option) for flag, option in launch.options]
    first = words[launch.start]
    script = words[launch.script]
    span = Span(*found.place[:2])
    script_span = places.span(data, places.value_places(data, [script], script.text, attached=False)[-1])
    root = ShellRoot(
        (index,),
        {str(node.path[-1]): node.value for node in options.nodes},
        span=span,
        entry_span=span,
        use_span=Span(*found.outer_place[:2]),
        kind="mapping",
        style="block",
        text=data[span.start : span.end].decode("utf-8", "replace"),
        children=options.nodes,
    )
    root.launcher = Launcher(launch.name, Span(*first.at[:2]), tuple(launcher_options), launch.open)
    root.script = f"trl {script.shown}" if launch.name == "trl" else script.shown
    root.script_span = script_span
    root.module = launch.module
    root.positionals = options.positionals
    root.environment = _environment(data, index, found.environment, span)
    root.cwd = tuple(string(folder) for folder in found.folders)
    root.argv = _argv(words[launch.start :], command)
    root.open = options.open or command.cut or command.broken or bool(found.cut_off)
    root.args_from_yaml = options.reader
    root.prefix = found.prefix
    return root, _option_problems(index, options)


def _same_place(node: ShellNode, other: Node | None) -> bool:
    return isinstance(other, ShellNode) and other.places[-1:] == node.places[-1:] and other.entry_span == node.entry_span


def _different(found: Sequence[Found]) -> list[Found]:
    """Commands without those that a loop or a function starts again with nothing changed (a loop that retries)."""
    kept: dict[object, Found] = {}
    for one in found:
        words = tuple((string(word.text), word.gone, is_known(word.text)) for word in one.command.words)
        environment = tuple(sorted((name, string(text)) for name, text in one.environment.items()))
        kept.setdefault((one.place, one.outer_place, words, environment), one)
    return list(kept.values())


def _argv(words: Sequence[Word], command: Command) -> tuple[str | Unknown, ...]:
    """The arguments as bash passes them, with what a broken continuation leaves behind them."""
    argv = [resolved(word.text) for word in words if not word.gone]
    strays = list(command.strays)
    if strays and _STILL_A_WORD.match(command.source.data, command.end):  # no blank before it: still the last word
        last, first = argv.pop(), strays.pop(0)
        argv.append(last + first if isinstance(last, str) and isinstance(first, str) else Unknown(str(last)))
    return (*argv, *strays)


def _option_problems(index: int, options: Options) -> list[Problem]:
    problems: list[Problem] = []
    seen: dict[DocPath, ShellNode] = {}
    for node in options.nodes:
        if node.path in seen and node.key_span is not None:
            problems.append(Problem("duplicate-flag", node.key_span, str(node.path[-1]), node.path, seen[node.path].key_span))
        seen[node.path] = node
    for at, word in options.empty:
        node = options.nodes[at]
        first = node.span if node.span != node.use_span else None
        problems.append(Problem("unquoted-empty", Span(*word.at[:2]), node.flag or "", node.path, first))
    return problems


def _launcher_option(data: bytes, index: int, words: Sequence[Word], flag: int, option: int) -> ShellNode:
    word = words[flag]
    path: DocPath = (index, "launcher", flag_name(word))
    equals = word.text[0].text.find("=")
    if equals >= 0:
        before, after = split_at(word.text, equals + 1)
        return attached_node(data, path, word, after or (before[-1].part(len(before[-1].text), len(before[-1].text)),))
    return value_node(data, path, word, [words[option]]) if option >= 0 else bare_node(data, path, word, None)


def _environment(data: bytes, index: int, values: dict[str, Text], span: Span) -> ShellNode:
    children = []
    for name, text in values.items():
        found = places.value_places(data, [], text, attached=True)
        shown = places.span(data, found[0]) if found else Span(span.start, span.start)
        children.append(
            ShellNode(
                (index, "environment", name),
                resolved(text),
                span=shown,
                entry_span=shown,
                use_span=shown,
                partial=string(text),
                style=places.style(data, shown),
                text=data[shown.start : shown.end].decode("utf-8", "replace"),
                refusal=places.refusal(text),
                places=found,
            )
        )
    at = Span(span.start, span.start)
    values_known: dict[str, object] = {
        name: string(text) if is_known(text) else Unknown(f"${name}") for name, text in values.items()
    }
    return ShellNode(
        (index, "environment"),
        values_known,
        span=at,
        entry_span=at,
        use_span=at,
        kind="mapping",
        style="block",
        children=children,
    )


def _tail_problem(tail: Tail, found: Sequence[Found]) -> Problem:
    owners = [index for index, one in enumerate(found) if any(one is own for own in tail.found)]
    return Problem(tail.code, tail.span, tail.detail, (owners[0],) if owners else (), tail.first)


def _distinct(problems: Sequence[Problem]) -> list[Problem]:
    """One problem per code and place: a loop's body is walked several times."""
    return list({(problem.code, problem.span): problem for problem in reversed(problems)}.values())


def _distinct_tails(tails: Sequence[Tail]) -> list[Tail]:
    return list({(tail.code, tail.span): tail for tail in tails}.values())


def _syntax(interpreter: Interpreter, roots: Sequence[ShellRoot]) -> list[Problem]:
    """At most one problem for text that the grammar cannot place."""
    source, tree = interpreter.programs[0]
    if not tree.has_error:
        return []
    from vlmr1_lint.documents.shell.quotes import unclosed_quote

    quote = unclosed_quote(source.data)
    if quote is not None and _stops_a_launch(source.data, quote, roots):
        return [Problem("unclosed-quote", Span(quote, quote + 1), source.data[quote : quote + 1].decode())]
    for node in walk(tree):
        if node.is_error or node.is_missing:
            start, end, _ = source.place(node.start_byte, node.end_byte)
            line = source.data.find(b"\n", start, end)
            return [Problem("syntax", Span(start, end if line < 0 else line))]
    return []


def _stops_a_launch(data: bytes, at: int, roots: Sequence[ShellRoot]) -> bool:
    """Whether what bash cannot read from *at* on keeps a training command from starting: bash reads and runs line by line."""
    line = data.rfind(b"\n", 0, at) + 1
    while line > 0 and data[:line].rstrip(b"\r\n").endswith(b"\\"):
        line = data.rfind(b"\n", 0, line - 1) + 1
    return any(root.use_span.end > line for root in roots) or _LAUNCHES.search(data, line) is not None
