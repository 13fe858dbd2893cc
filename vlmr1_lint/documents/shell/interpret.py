"""The walk through a script's statements in the order bash would take, to know every variable where a command uses it.

Branches are all walked and their results merged, loops over few literal words are walked once per word, functions where they are
called. Nothing runs.
"""

from __future__ import annotations

import re
from contextlib import contextmanager

from vlmr1_lint.documents.shell import assignments, flow, tails
from vlmr1_lint.documents.shell.commands import Command, Commands
from vlmr1_lint.documents.shell.folders import script_folder
from vlmr1_lint.documents.shell.grammar import Budget, assigned_in_errors, assigned_names, body_of, parse, start_of
from vlmr1_lint.documents.shell.lines import word_end
from vlmr1_lint.documents.shell.nodes import YamlReader
from vlmr1_lint.documents.shell.patterns import assigned_in
from vlmr1_lint.documents.shell.state import State, Variable, unknown_variable
from vlmr1_lint.documents.shell.text import Piece, Source, Word
from vlmr1_lint.documents.shell.words import Expander
from vlmr1_lint.documents.shell.yamlloop import reread, yaml_reader
from vlmr1_lint.values import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tree_sitter import Node as Syntax

    from vlmr1_lint.documents.model import Reach
    from vlmr1_lint.documents.shell.commands import Found
    from vlmr1_lint.documents.shell.state import Assignment
    from vlmr1_lint.documents.shell.tails import Tail
    from vlmr1_lint.documents.shell.text import Text

__all__ = ["Interpreter"]

_ASSIGNMENT = re.compile(rb"([A-Za-z_]\w*)\+?=")
_NO_WORDS = frozenset(
    {"comment", "file_redirect", "heredoc_redirect", "herestring_redirect", "variable_assignment", "file_descriptor"}
)


class Interpreter:
    """Walks statements. What it finds: ``commands``, ``assignments``, ``tails`` (cut commands), ``programs``.

    ``reach`` gives the files that the script sources; ``sourced`` are their trees, ``sourcing`` how many are being read.
    ``torn`` are variables that something sets in text that the grammar cannot read: they are never known. ``passed`` are names in
    what gives arguments of which nothing is known.
    """

    def __init__(self, data: bytes, reach: Reach | None = None) -> None:
        self.data = data
        self.reach = reach
        self.sourced: list[Syntax] = []
        self.sourcing = 0
        self.budget = Budget()
        self.assignments: list[Assignment] = []
        self.tails: list[Tail] = []
        self.programs: list[tuple[Source, Syntax]] = []
        self.rounds = 1
        self.torn: set[str] = set()
        self.passed: set[str] = set()
        self._called: set[int] = set()
        self._captured: list[Piece] | None = None
        self.commands = Commands(self)

    def program(self, source: Source, state: State) -> None:
        """Walk a whole program text: the file, or a string that something runs."""
        if not source.is_file:
            self.budget.text(len(source.data))
        tree = parse(source.data)
        self.programs.append((source, tree))
        if tree.has_error:
            names = assigned_in_errors(tree, source.data)
            self.torn |= names
            state.forget(names, "text that cannot be read")
        self.budget.enter()
        try:
            self.block(tree.children, source, state)
        finally:
            self.budget.leave()

    @contextmanager
    def apart(self) -> Iterator[None]:
        """While another file's text is walked: what is found there is not this script's."""
        kept = self.assignments, self.tails, self.commands
        self.assignments, self.tails, self.commands = [], [], Commands(self)
        self.sourcing += 1
        try:
            yield
        finally:
            self.assignments, self.tails, self.commands = kept
            self.sourcing -= 1

    def uncalled(self, state: State) -> None:
        """Walk the functions that nothing in the file calls, with unknown arguments."""
        for name, (body, source) in list(state.functions.items()):
            if body.id not in self._called:
                self._called.add(body.id)
                inside = state.copy()
                inside.functions.pop(name, None)
                self.statement(body, source, inside)

    def expander(self, source: Source, state: State) -> Expander:
        """The expander for words of *source* in *state*."""
        return Expander(source, state, self.budget, lambda node, where: self._substitution(node, where, state))

    def block(self, statements: Sequence[Syntax], source: Source, state: State) -> None:
        """Walk *statements* in order; look after each training command for lines that its author meant to belong to it."""
        chain: tails.Chain | None = None
        for statement in statements:
            if not statement.is_named or statement.type == "comment":
                continue
            if state.ended:
                return
            cut_off: list[Tail] = []
            orphan = tails.orphan(statement, source, scripts=chain is not None and chain.scriptless)
            if chain is not None and orphan is not None:
                cut_off = chain.follow(orphan)
                if not chain.scriptless:
                    self.tails += cut_off
                    continue
            elif chain is not None:
                self.tails += chain.end()
            before, running = len(self.commands.found), state.running
            self.statement(statement, source, state.copy() if _is_behind(statement) else state)
            state.running = self._still_running(statement, before, running, state)
            chain = self._chain(statement, source, before, cut_off)
        if chain is not None:
            self.tails += chain.end()

    def _still_running(self, statement: Syntax, before: int, running: tuple[Found, ...], state: State) -> tuple[Found, ...]:
        """The commands that surely still run in the background after *statement*; *before* it *running* did."""
        if _is_behind(statement):
            return (*running, *self.commands.found[before:])
        return state.running if flow.is_quick(statement) else ()

    def _chain(self, statement: Syntax, source: Source, before: int, cut_off: Sequence[Tail]) -> tails.Chain | None:
        """What to look for behind *statement* if it starts a training, or is a launcher whose script is not on its line.

        *cut_off* are the problems of such a launcher above, to which the script in *statement* was meant to belong.
        """
        command = tails.first_command(statement)
        if command is None:
            return None
        found = [one for one in self.commands.found[before:] if one.command.node_id == command.id]
        if found:
            self.tails += [replace(tail, found=tuple(found)) for tail in cut_off]
            for one in found if cut_off else ():
                one.cut_off.append("launcher")
            return tails.Chain(source, command, found, found[0].command.end)
        end = self.commands.scriptless.get(command.id)
        return None if end is None else tails.Chain(source, command, (), end)

    def statement(self, node: Syntax, source: Source, state: State) -> None:
        """Walk one statement."""
        self.budget.step()
        self.budget.enter()
        try:
            self._statement(node, source, state)
        finally:
            self.budget.leave()

    def _statement(self, node: Syntax, source: Source, state: State) -> None:
        kind = node.type
        if kind == "command":
            self._command(node, source, state, ())
        elif kind in {"variable_assignment", "declaration_command", "unset_command"}:
            self.assignments += assignments.carry_out(node, source, state, self.expander(source, state))
            state.forget(self.torn, "text that cannot be read")
        elif kind == "redirected_statement":
            self._redirected(node, source, state)
        elif kind == "list":
            flow.walk_list(self, node, source, state)
        elif kind == "pipeline":
            for child in node.named_children:
                self.statement(child, source, state.copy())
        elif kind == "subshell":
            self.block(node.children, source, state.copy())
        elif kind == "function_definition":
            self._define(node, source, state)
        elif kind == "if_statement":
            flow.walk_if(self, node, source, state)
        elif kind == "case_statement":
            flow.walk_case(self, node, source, state)
        elif kind == "for_statement":
            flow.walk_for(self, node, source, state)
        elif kind in {"while_statement", "c_style_for_statement"}:
            flow.walk_loop(self, node, source, state)
        elif kind == "test_command" or (kind == "compound_statement" and node.children[0].type == "(("):
            state.forget(assigned_names(node), "((…))")
        elif kind in {"program", "compound_statement", "do_group", "negated_command", "ERROR", "variable_assignments"}:
            self.block(node.children, source, state)

    def _command(self, node: Syntax, source: Source, state: State, more: Sequence[Syntax]) -> None:
        """A simple command; *more* are words that the grammar took for targets of a redirection."""
        prefix = [child for child in node.children if child.type == "variable_assignment"]
        name = body_of(node, "command_name")
        nodes = [child for child in node.children if (child.is_named or child.type == "$") and child.type not in _NO_WORDS]
        torn: list[str] = []
        behind = word_end(source.filled_in, prefix[-1].start_byte) if prefix else 0
        if prefix and name is not None and name.start_byte < behind:
            # The grammar tore the value of the assignment, and takes the rest of it for the command's name.
            nodes = [child for child in nodes if child.start_byte >= behind]
            while nodes and (match := _ASSIGNMENT.match(source.data, nodes[0].start_byte, nodes[0].end_byte)):
                torn.append(match[1].decode())
                nodes = nodes[1:]
            name = nodes[0] if nodes else None
        if prefix and (name is None or _line_ends(source.data, prefix[-1].end_byte, name.start_byte)):
            # The grammar joins assignments with the command on the next line; bash does not.
            for child in prefix:
                self.assignments += assignments.carry_out(child, source, state, self.expander(source, state))
            prefix = []
        if name is None:
            state.forget(torn, "an assignment that cannot be read")
            return
        expander = self.expander(source, state)
        words = expander.command([*nodes, *more], nodes[0].start_byte)
        # bash expands the words first, and what stands in front of them afterwards.
        environment = {one: unknown_variable(one, f"${one}") for one in torn}
        for child in prefix:
            for done, variable in assignments.evaluated(child, source, state, expander):
                environment[done.name] = variable
        end = max([nodes[-1].end_byte, *(child.end_byte for child in more)])
        start = prefix[0].start_byte if prefix else name.start_byte
        strays, cut = tails.strays(source, end)
        self.commands.run(
            Command(
                node_id=node.id,
                words=words,
                environment=environment,
                source=source,
                start=start,
                end=end,
                strays=strays,
                cut=cut,
                broken=node.has_error,
            ),
            state,
        )

    def call(self, name: str, arguments: tuple[Text, ...] | None, environment: dict[str, Variable], state: State) -> None:
        """Call the function *name*."""
        body, source = state.functions[name]
        self._called.add(body.id)
        outer, kept = state.arguments, {key: state.variables.get(key) for key in environment}
        state.variables.update(environment)
        state.arguments = arguments
        local = {key: state.variables.get(key) for key in assignments.local_names(body)}
        self.statement(body, source, state)
        for key, variable in {**local, **kept}.items():
            if variable is None:
                state.variables.pop(key, None)
            else:
                state.variables[key] = variable
        state.arguments = outer
        if state.returned:
            state.ended = state.returned = False

    def capture(self, words: Sequence[Word]) -> None:
        """Note what an ``echo`` inside a command substitution prints."""
        if self._captured is not None:
            for word in words:
                self._captured += word.text

    def _substitution(self, node: Syntax, source: Source, state: State) -> Text | None:
        """What ``$(…)`` gives, where it is a folder, or flags that a function makes of a YAML file."""
        inner = [child for child in node.named_children if child.type != "comment"]
        start = start_of(node, source.data)
        body = source.data[start : node.end_byte].decode("utf-8", "replace")
        body = body[2:-1] if body.startswith("$(") else body[1:-1]
        folder = script_folder(body, source.place(start, node.end_byte))
        if folder is not None:
            return (folder,)
        command = body_of(inner[0], "command_name") if len(inner) == 1 and inner[0].type == "command" else None
        name = source.data[command.start_byte : command.end_byte].decode("utf-8", "replace") if command else ""
        if name not in state.functions:
            return None
        outer, self._captured = self._captured, []
        try:
            self.statement(inner[0], source, state.copy())
            printed = [piece for piece in self._captured if isinstance(piece.reader, YamlReader)]
        finally:
            self._captured = outer
        return (Piece(f"$({body.strip()})", (), unknown="$(…)", reader=printed[0].reader),) if printed else None

    def _redirected(self, node: Syntax, source: Source, state: State) -> None:
        body = node.named_children[0] if node.named_children else None
        if body is None:
            return
        redirects = [child for child in node.named_children[1:] if child.type == "file_redirect"]
        more = [
            extra for redirect in redirects for extra in [c for c in redirect.named_children if c.type != "file_descriptor"][1:]
        ]
        if body.type == "command":
            self._command(body, source, state, more)
        else:
            self.statement(body, source, state)
        if body.type == "while_statement":
            self._mark_yaml(body, redirects, source, state)
        for child in node.named_children[1:]:
            if child.type == "heredoc_redirect":
                self._heredoc(body, child, source, state)
        # Commands after a here-document's start on its line (``<<EOF && x``) are not walked: only their own text follows.

    def _mark_yaml(self, loop: Syntax, redirects: Sequence[Syntax], source: Source, state: State) -> None:
        for redirect in redirects:
            reader = yaml_reader(loop, redirect, self.expander(source, state))
            for name in assigned_names(loop) if reader is not None else ():
                if re.search(rf"\b{name}\+?=[^\n]*--?\$", self.expander(source, state).raw(loop)):
                    state.variables[name] = Variable(text=(Piece(f"${{{name}}}", (), unknown=f"${name}", reader=reader),))

    def _heredoc(self, body: Syntax, redirect: Syntax, source: Source, state: State) -> None:
        """A here-document that a shell or a scheduler runs; one that is written to a file is no command."""
        start, text = body_of(redirect, "heredoc_start"), body_of(redirect, "heredoc_body")
        name = body_of(body, "command_name") if body.type == "command" else None
        if start is None or text is None or name is None:
            return
        expander = self.expander(source, state)
        words = expander.words([child for child in body.children if child.is_named and child.type not in _NO_WORDS])
        if not self.commands.runs_input(words):
            return
        literal = source.data[start.start_byte : start.start_byte + 1] in {b"'", b'"', b"\\"}
        last = source.data[: text.end_byte].rstrip(b"\n")
        if not literal and (len(last) - len(last.rstrip(b"\\"))) % 2:
            state.ended = True  # the backslash takes the line that ends the document into it: bash reads on to the script's end
            return
        # What an expansion in it assigns is known in it, and not behind it: a command that is started expands it for itself.
        apart = state.copy()
        program = Source.of(reread(self.expander(source, apart).heredoc(text, literal)))
        state.forget(() if literal else assigned_in(expander.raw(text)), "a here-document")
        self.program(program, self.commands.inner_state(words, state))

    def _define(self, node: Syntax, source: Source, state: State) -> None:
        name, body = body_of(node, "word"), node.named_children[-1]
        if name is not None and body is not name:
            state.functions[source.data[name.start_byte : name.end_byte].decode("utf-8", "replace")] = (body, source)


def _is_behind(statement: Syntax) -> bool:
    """Whether *statement* runs in the background, which is a shell of its own."""
    return statement.next_sibling is not None and statement.next_sibling.type == "&"


def _line_ends(data: bytes, start: int, end: int) -> bool:
    return b"\n" in data[start:end].replace(b"\\\n", b"")
