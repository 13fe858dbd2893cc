"""Lists, branches and loops: which statements are walked with which state, and what is known after them."""

from __future__ import annotations

import re

from vlmr1_lint.documents.shell.grammar import assigned_names, body_of
from vlmr1_lint.documents.shell.state import State, Variable, any_text, merged
from vlmr1_lint.documents.shell.text import string

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from tree_sitter import Node as Syntax

    from vlmr1_lint.documents.shell.interpret import Interpreter
    from vlmr1_lint.documents.shell.text import Source

__all__ = ["is_quick", "walk_case", "walk_for", "walk_if", "walk_list", "walk_loop"]

LOOP_VALUES_MAX = 8
"""Literal words of a ``for`` that give one run each; more, and the loop's variable is unknown (issue of launch scripts)."""
LOOP_ROUNDS_MAX = 64
"""Rounds of loops inside loops, together; ours: as many training commands as are kept."""


def walk_list(walker: Interpreter, node: Syntax, source: Source, state: State) -> None:
    """``a && b``, ``a || b``: the right side is taken to run after ``&&`` unless the left side is a condition."""
    children = [child for child in node.children if child.type not in {"comment", "\n"}]
    left, right = node.named_children[0], node.named_children[-1]
    walker.statement(left, source, state)
    if not is_quick(left):
        state.running = ()
    operator = next((child.type for child in children if child.type in {"&&", "||"}), "&&")
    if left is right or state.ended:
        return
    if operator == "&&" and not _is_test(left):
        walker.statement(right, source, state)
        return
    branch = state.copy()
    walker.statement(right, source, branch)
    state.adopt(merged([state, branch]) or state)


def _branch(walker: Interpreter, statements: Sequence[Syntax], source: Source, state: State) -> State:
    branch = state.copy()
    walker.block(statements, source, branch)
    return branch


def walk_if(walker: Interpreter, node: Syntax, source: Source, state: State) -> None:
    """All branches, from the same state; what they disagree on is unknown afterwards."""
    arms: list[State] = []
    complete = False
    for part in [node, *[child for child in node.children if child.type in {"elif_clause", "else_clause"}]]:
        own = [child for child in part.children if child.type not in {"elif_clause", "else_clause"}]
        at = next((index for index, child in enumerate(own) if child.type == "then"), 0)
        walker.block(own[:at], source, state)
        arms.append(_branch(walker, own[at:], source, state))
        complete = complete or part.type == "else_clause"
    if not complete:
        arms.append(state.copy())
    _join(arms, state)


def walk_case(walker: Interpreter, node: Syntax, source: Source, state: State) -> None:
    """All arms, from the same state."""
    arms, complete = [], False
    for item in node.children:
        if item.type == "case_item":
            closing = next((index for index, child in enumerate(item.children) if child.type == ")"), 0)
            complete = complete or source.data[item.start_byte : item.end_byte].lstrip(b"( ").startswith(b"*)")
            arms.append(_branch(walker, item.children[closing + 1 :], source, state))
    _join(arms if complete else [*arms, state.copy()], state)


def _join(arms: Sequence[State], state: State) -> None:
    result = merged(arms)
    if result is None:
        state.ended = bool(arms)
        state.returned = any(arm.returned for arm in arms)
    else:
        state.adopt(result)


def walk_for(walker: Interpreter, node: Syntax, source: Source, state: State) -> None:
    """A ``for``: once per word if these are few and literal, else once with an unknown variable."""
    variable, body = body_of(node, "variable_name"), body_of(node, "do_group") or body_of(node, "compound_statement")
    if variable is None or body is None:
        return
    name = source.data[variable.start_byte : variable.end_byte].decode("utf-8", "replace")
    listed = [child for child in node.children if child.is_named and variable.end_byte < child.start_byte < body.start_byte]
    words = [word for word in walker.expander(source, state).words(_no_comments(listed)) if not word.gone] if listed else []
    if listed and not words:
        return  # known to be empty: the body never runs
    few = len(words) <= LOOP_VALUES_MAX and len(words) * walker.rounds <= LOOP_ROUNDS_MAX
    if words and few and all(word.known is not None for word in words):
        walker.rounds *= len(words)
        for word in words:
            state.variables[name] = Variable(text=word.text)
            walker.statement(body, source, state)
        walker.rounds //= len(words)
        return
    texts = [source.data[child.start_byte : child.end_byte].decode("utf-8", "replace") for child in listed]
    reason = f"the loop variable ${name}{any_text(*texts)}"
    state.forget([name], reason)
    _repeat(walker, node, source, state, (name, reason))


def walk_loop(walker: Interpreter, node: Syntax, source: Source, state: State) -> None:
    """``while``, ``until``, ``for ((…))``; a loop over the script's own arguments is taken not to run."""
    text = source.data[node.start_byte : node.end_byte].split(b"do", 1)[0]
    # A loop over the script's own arguments: what the file alone decides is the run without arguments, as with ${1:-8}.
    reads_arguments = node.type == "while_statement" and re.search(rb"\$#|\bgetopts\b|\$\{?1\b", text) is not None
    if not reads_arguments or state.arguments is not None:
        _repeat(walker, node, source, state)
        return
    _repeat(walker, node, source, state.copy())
    empty = [name for name in assigned_names(node) if _is_empty(state.variables.get(name))]
    state.forget(empty, "an argument of the script")


def _repeat(walker: Interpreter, node: Syntax, source: Source, state: State, variable: tuple[str, str] | None = None) -> None:
    """Walk a body that runs any number of times: what it assigns is unknown in it and after it, like the loop's *variable*, its
    name and why it is not known."""
    inside = state.copy()
    inside.forget(assigned_names(node), "a loop")
    if variable is not None:
        name, reason = variable
        inside.forget([name], reason)
    for part in node.named_children:
        if part.type in _STATEMENTS and (variable is None or part.type in {"do_group", "compound_statement"}):
            walker.statement(part, source, inside)
    inside.ended = inside.returned = False
    result = merged([state, inside])
    if result is not None:
        state.adopt(result)


_STATEMENTS = frozenset(
    {"do_group", "compound_statement", "command", "list", "pipeline", "redirected_statement", "negated_command", "test_command"}
)


def _is_empty(variable: Variable | None) -> bool:
    """Whether a variable holds nothing yet: one that is made empty and then filled from the arguments has no default."""
    return variable is None or (variable.items is None and variable.table is None and not string(variable.text))


def _no_comments(nodes: Sequence[Syntax]) -> list[Syntax]:
    return [node for node in nodes if node.type not in {"comment", "\n"}]


_QUICK = frozenset(
    {
        b"echo",
        b"printf",
        b"mkdir",
        b"cd",
        b"pushd",
        b"popd",
        b"set",
        b"true",
        b":",
        b"disown",
        b"touch",
        b"date",
        b"shift",
        b"export",
    }
)
"""Commands that are done at once. Others may take as long as a training in the background does, or wait for it."""
_PAUSE = rb"sleep\s+\d{1,3}s?"
"""A pause that is short beside a training: under 1,000 seconds; ours."""


def is_quick(node: Syntax) -> bool:
    """Whether what runs in the background before the statement *node* surely runs after it; of branches and loops their own
    statements decide."""
    if node.type == "command":
        name = body_of(node, "command_name")
        return name is None or name.text in _QUICK or re.fullmatch(_PAUSE, node.text or b"") is not None
    if node.type in {"list", "redirected_statement", "pipeline", "negated_command"}:
        return all(is_quick(child) for child in node.named_children if child.type not in {"file_redirect", "comment"})
    return node.type not in {"subshell", "while_statement", "c_style_for_statement", "heredoc_redirect", "herestring_redirect"}


def _is_test(node: Syntax) -> bool:
    """Whether the left side of ``&&`` is a condition, not a step that succeeds in a working run."""
    if node.type in {"test_command", "negated_command"}:
        return True
    if node.type == "command":
        name = body_of(node, "command_name")
        return name is not None and name.text in {b"test", b"grep", b"which", b"command", b"false"}
    return node.type == "list" and any(map(_is_test, node.named_children))
