"""The walk through a script's statements in the order bash would take, to know every variable where a command uses it.

Branches are all walked and their results merged, loops over few literal words are walked once per word, functions where they are
called. Nothing runs.
"""

from __future__ import annotations

import re

from vlmr1_lint.documents.shell import assignments, tails
from vlmr1_lint.documents.shell.commands import Command, Commands
from vlmr1_lint.documents.shell.folders import script_folder
from vlmr1_lint.documents.shell.grammar import Budget, assigned_names, body_of, parse, start_of
from vlmr1_lint.documents.shell.nodes import YamlReader
from vlmr1_lint.documents.shell.state import State, Variable, merged
from vlmr1_lint.documents.shell.text import Piece, Source, Word, string
from vlmr1_lint.documents.shell.words import Expander
from vlmr1_lint.documents.shell.yamlloop import yaml_reader
from vlmr1_lint.values import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tree_sitter import Node as Syntax

    from vlmr1_lint.documents.shell.state import Assignment
    from vlmr1_lint.documents.shell.tails import Tail
    from vlmr1_lint.documents.shell.text import Text

__all__ = ["Interpreter"]

LOOP_VALUES_MAX = 8
"""Literal words of a ``for`` that give one run each; more, and the loop's variable is unknown (issue of launch scripts)."""
LOOP_ROUNDS_MAX = 64
"""Rounds of loops inside loops, together; ours: as many training commands as are kept."""
_NO_WORDS = frozenset(
    {"comment", "file_redirect", "heredoc_redirect", "herestring_redirect", "variable_assignment", "file_descriptor"}
)


class Interpreter:
    """Walks statements. What it finds: ``commands``, ``assignments``, ``tails`` (cut commands), ``programs``."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.budget = Budget()
        self.assignments: list[Assignment] = []
        self.tails: list[Tail] = []
        self.programs: list[tuple[Source, Syntax]] = []
        self._rounds = 1
        self._called: set[int] = set()
        self._captured: list[Piece] | None = None
        self.commands = Commands(self)

    def program(self, source: Source, state: State) -> None:
        """Walk a whole program text: the file, or a string that something runs."""
        if not source.is_file:
            self.budget.text(len(source.data))
        tree = parse(source.data)
        self.programs.append((source, tree))
        self.budget.enter()
        try:
            self.block(tree.children, source, state)
        finally:
            self.budget.leave()

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
            before = len(self.commands.found)
            self.statement(statement, source, state)
            chain = self._chain(statement, source, before, cut_off)
        if chain is not None:
            self.tails += chain.end()

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
        elif kind == "redirected_statement":
            self._redirected(node, source, state)
        elif kind == "list":
            self._list(node, source, state)
        elif kind == "pipeline":
            for child in node.named_children:
                self.statement(child, source, state.copy())
        elif kind == "subshell":
            self.block(node.children, source, state.copy())
        elif kind == "function_definition":
            self._define(node, source, state)
        elif kind == "if_statement":
            self._if(node, source, state)
        elif kind == "case_statement":
            self._case(node, source, state)
        elif kind == "for_statement":
            self._for(node, source, state)
        elif kind in {"while_statement", "c_style_for_statement"}:
            self._loop(node, source, state)
        elif kind == "test_command" or (kind == "compound_statement" and node.children[0].type == "(("):
            state.forget(assigned_names(node), "((…))")
        elif kind in {"program", "compound_statement", "do_group", "negated_command", "ERROR", "variable_assignments"}:
            self.block(node.children, source, state)

    def _command(self, node: Syntax, source: Source, state: State, more: Sequence[Syntax]) -> None:
        """A simple command; *more* are words that the grammar took for targets of a redirection."""
        prefix = [child for child in node.children if child.type == "variable_assignment"]
        name = body_of(node, "command_name")
        if prefix and (name is None or _line_ends(source.data, prefix[-1].end_byte, name.start_byte)):
            # The grammar joins assignments with the command on the next line; bash does not.
            for child in prefix:
                self.assignments += assignments.carry_out(child, source, state, self.expander(source, state))
            prefix = []
        if name is None:
            return
        expander = self.expander(source, state)
        environment = {}
        for child in prefix:
            for done, variable in assignments.evaluated(child, source, state, expander):
                environment[done.name] = variable
        nodes = [child for child in node.children if (child.is_named or child.type == "$") and child.type not in _NO_WORDS]
        words = expander.words([*nodes, *more])
        end = max([nodes[-1].end_byte, *(child.end_byte for child in more)])
        start = prefix[0].start_byte if prefix else name.start_byte
        strays, cut = tails.strays(source, end)
        self.commands.run(Command(node.id, words, environment, source, start, end, strays, cut, node.has_error), state)

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
        program = Source.of(expander.heredoc(text, literal))
        self.program(program, self.commands.inner_state(words, state))

    def _list(self, node: Syntax, source: Source, state: State) -> None:
        children = [child for child in node.children if child.type not in {"comment", "\n"}]
        left, right = node.named_children[0], node.named_children[-1]
        self.statement(left, source, state)
        operator = next((child.type for child in children if child.type in {"&&", "||"}), "&&")
        if left is right or state.ended:
            return
        if operator == "&&" and not _is_test(left):
            self.statement(right, source, state)
            return
        branch = state.copy()
        self.statement(right, source, branch)
        state.adopt(merged([state, branch]) or state)

    def _define(self, node: Syntax, source: Source, state: State) -> None:
        name, body = body_of(node, "word"), node.named_children[-1]
        if name is not None and body is not name:
            state.functions[source.data[name.start_byte : name.end_byte].decode("utf-8", "replace")] = (body, source)

    def _branch(self, statements: Sequence[Syntax], source: Source, state: State) -> State:
        branch = state.copy()
        self.block(statements, source, branch)
        return branch

    def _if(self, node: Syntax, source: Source, state: State) -> None:
        arms: list[State] = []
        complete = False
        for part in [node, *[child for child in node.children if child.type in {"elif_clause", "else_clause"}]]:
            own = [child for child in part.children if child.type not in {"elif_clause", "else_clause"}]
            at = next((index for index, child in enumerate(own) if child.type == "then"), 0)
            self.block(own[:at], source, state)
            arms.append(self._branch(own[at:], source, state))
            complete = complete or part.type == "else_clause"
        if not complete:
            arms.append(state.copy())
        self._join(arms, state)

    def _case(self, node: Syntax, source: Source, state: State) -> None:
        arms, complete = [], False
        for item in node.children:
            if item.type == "case_item":
                closing = next((index for index, child in enumerate(item.children) if child.type == ")"), 0)
                complete = complete or source.data[item.start_byte : item.end_byte].lstrip(b"( ").startswith(b"*)")
                arms.append(self._branch(item.children[closing + 1 :], source, state))
        self._join(arms if complete else [*arms, state.copy()], state)

    def _join(self, arms: Sequence[State], state: State) -> None:
        result = merged(arms)
        if result is None:
            state.ended = bool(arms)
            state.returned = any(arm.returned for arm in arms)
        else:
            state.adopt(result)

    def _for(self, node: Syntax, source: Source, state: State) -> None:
        variable, body = body_of(node, "variable_name"), body_of(node, "do_group") or body_of(node, "compound_statement")
        if variable is None or body is None:
            return
        name = source.data[variable.start_byte : variable.end_byte].decode("utf-8", "replace")
        listed = [child for child in node.children if child.is_named and variable.end_byte < child.start_byte < body.start_byte]
        words = [word for word in self.expander(source, state).words(_no_comments(listed)) if not word.gone] if listed else []
        if listed and not words:
            return  # known to be empty: the body never runs
        few = len(words) <= LOOP_VALUES_MAX and len(words) * self._rounds <= LOOP_ROUNDS_MAX
        if words and few and all(word.known is not None for word in words):
            self._rounds *= len(words)
            for word in words:
                state.variables[name] = Variable(text=word.text)
                self.statement(body, source, state)
            self._rounds //= len(words)
            return
        state.forget([name], f"the loop variable ${name}")
        self._repeat(node, [body], source, state, lambda inside: inside.forget([name], f"the loop variable ${name}"))

    def _loop(self, node: Syntax, source: Source, state: State) -> None:
        text = source.data[node.start_byte : node.end_byte].split(b"do", 1)[0]
        # A loop over the script's own arguments: what the file alone decides is the run without arguments, as with ${1:-8}.
        reads_arguments = node.type == "while_statement" and re.search(rb"\$#|\bgetopts\b|\$\{?1\b", text) is not None
        if not reads_arguments or state.arguments is not None:
            self._repeat(node, node.named_children, source, state, lambda _: None)
            return
        self._repeat(node, node.named_children, source, state.copy(), lambda _: None)
        empty = [name for name in assigned_names(node) if _is_empty(state.variables.get(name))]
        state.forget(empty, "an argument of the script")

    def _repeat(
        self, node: Syntax, parts: Sequence[Syntax], source: Source, state: State, prepare: Callable[[State], None]
    ) -> None:
        """Walk a body that runs any number of times: what it assigns is unknown in it and after it."""
        names = assigned_names(node)
        inside = state.copy()
        inside.forget(names, "a loop")
        prepare(inside)
        for part in parts:
            if part.type in {
                "do_group",
                "compound_statement",
                "command",
                "list",
                "pipeline",
                "redirected_statement",
                "negated_command",
            }:
                self.statement(part, source, inside)
        inside.ended = inside.returned = False
        result = merged([state, inside])
        if result is not None:
            state.adopt(result)


def _is_empty(variable: Variable | None) -> bool:
    """Whether a variable holds nothing yet: one that is made empty and then filled from the arguments has no default."""
    return variable is None or (variable.items is None and variable.table is None and not string(variable.text))


def _no_comments(nodes: Sequence[Syntax]) -> list[Syntax]:
    return [node for node in nodes if node.type not in {"comment", "\n"}]


def _is_test(node: Syntax) -> bool:
    """Whether the left side of ``&&`` is a condition, not a step that succeeds in a working run."""
    if node.type in {"test_command", "negated_command"}:
        return True
    if node.type == "command":
        name = body_of(node, "command_name")
        return name is not None and name.text in {b"test", b"grep", b"which", b"command", b"false"}
    return node.type == "list" and any(map(_is_test, node.named_children))


def _line_ends(data: bytes, start: int, end: int) -> bool:
    return b"\n" in data[start:end].replace(b"\\\n", b"")
