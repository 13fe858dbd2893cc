"""Assignments: ``A=b``, ``A+=b``, arrays, ``export``, ``declare``, ``local``, ``unset``."""

from __future__ import annotations

import re
from itertools import pairwise

from vlmr1_lint.documents.model import Span
from vlmr1_lint.documents.shell.grammar import body_of, walk
from vlmr1_lint.documents.shell.lines import skeleton, word_end
from vlmr1_lint.documents.shell.patterns import assigned_in, is_strange
from vlmr1_lint.documents.shell.state import Assignment, State, Variable, unknown_variable
from vlmr1_lint.documents.shell.text import Piece, Source, is_known, split_at, string
from vlmr1_lint.unknown import Unknown
from vlmr1_lint.values import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from tree_sitter import Node as Syntax

    from vlmr1_lint.documents.shell.text import Text
    from vlmr1_lint.documents.shell.words import Expander

__all__ = ["carry_out", "evaluated", "local_names"]

PIECES_MAX = 1_000
"""Pieces that one value may be put together from; ours: a launch script's flags are a few hundred."""
PIECE_BYTES = 100
"""What a piece of a value costs of the budget beside its text: two hundred variables, each made from the one before, come to
twenty thousand pieces."""


def carry_out(node: Syntax, source: Source, state: State, expander: Expander) -> list[Assignment]:
    """Carry out an assignment, declaration or unset of *state* and say what was assigned."""
    if node.type == "unset_command":
        for child in node.named_children:
            state.variables.pop(expander.raw(child), None)
        return []
    done = []
    exported = (
        node.type == "declaration_command" and re.match(r"export\b|(declare|typeset)\s+-\w*x", expander.raw(node)) is not None
    )
    for assignment, variable in evaluated(node, source, state, expander):
        old = state.variables.get(assignment.name)
        visible = exported or (old is not None and old.exported)
        state.variables[assignment.name] = replace(variable, exported=visible)
        done.append(replace(assignment, exported=visible))
    for child in node.named_children if node.type == "declaration_command" else ():
        name = expander.raw(child)
        if child.type == "variable_name" and exported:
            old = state.variables.get(name)
            if old is not None:
                state.variables[name] = replace(old, exported=True)
    return done


def evaluated(node: Syntax, source: Source, state: State, expander: Expander) -> list[tuple[Assignment, Variable]]:
    """What the assignments in *node* give, without carrying them out."""
    associative = node.type == "declaration_command" and re.search(r"\s-\w*A", expander.raw(node)[:40]) is not None
    found = []
    for child in [node] if node.type == "variable_assignment" else node.named_children:
        if child.type == "variable_assignment":
            pair = _one(child, source, state, expander, associative)
            if pair is not None:
                found.append(pair)
        elif associative and child.type == "variable_name":
            state.variables[expander.raw(child)] = Variable(table={})
    return found


def local_names(body: Syntax) -> set[str]:
    """Names that a function declares ``local``."""
    names = set()
    for node in walk(body):
        if node.type == "declaration_command" and node.children[0].type in {"local", "declare", "typeset"}:
            for child in node.named_children:
                name = body_of(child, "variable_name") if child.type == "variable_assignment" else child
                if name is not None and name.type == "variable_name":
                    names.add((name.text or b"").decode("utf-8", "replace"))
    return names


def _one(node: Syntax, source: Source, state: State, expander: Expander, associative: bool) -> tuple[Assignment, Variable] | None:
    target = node.named_children[0] if node.named_children else None
    operator = next((child for child in node.children if child.type in {"=", "+="}), None)
    if target is None or operator is None:
        return None
    name_node = body_of(target, "variable_name") if target.type == "subscript" else target
    if name_node is None:
        return None
    name = expander.raw(name_node)
    if not name.isidentifier():
        return None  # the grammar takes a flag with a value, alone on its line, for an assignment
    old = state.variables.get(name)
    read = _reads(node, target, operator, source)
    values = [child for child in node.children if child.start_byte >= operator.end_byte]
    start, end, _ = (
        source.place(values[0].start_byte, values[-1].end_byte) if values else source.place(operator.end_byte, operator.end_byte)
    )
    if target.type == "subscript" or not read:
        raw = expander.raw(node)
        variable = unknown_variable(name, f"${name}{expander.any_text(raw, raw)}")
        state.forget(assigned_in(raw), "${…}")
    elif values and values[0].type == "array":
        variable = _array(values[0], old if operator.type == "+=" else None, expander, name, associative or _is_table(old))
    else:
        variable = _scalar(values, operator, old if operator.type == "+=" else None, expander, source)
    size = sum(len(piece.text) for text in variable.items or (variable.text,) for piece in text)
    pieces = sum(map(len, variable.items or (variable.text,)))
    expander.budget.text(size + pieces * PIECE_BYTES)
    if pieces > PIECES_MAX:
        variable = unknown_variable(name, f"${name}")
    key = source.place(name_node.start_byte, name_node.end_byte)
    return Assignment(name, _value(variable), Span(*key[:2]), Span(start, end), False), variable


def _reads(node: Syntax, target: Syntax, operator: Syntax, source: Source) -> bool:
    """Whether the assignment *node* ends where bash ends its word, and is nothing that only bash can say."""
    data = source.filled_in
    parts = [operator, *(child for child in node.children if child.start_byte >= operator.end_byte)]
    text = skeleton(data, operator.end_byte, node.end_byte)
    if text is None or word_end(data, target.start_byte) != parts[-1].end_byte or b"$q" in text or b":~" in text:
        return False
    if node.parent is not None and node.parent.type == "declaration_command" and not text.startswith(b"(") and is_strange(text):
        return False
    return all(one.end_byte == two.start_byte for one, two in pairwise(parts))


def _is_table(old: Variable | None) -> bool:
    return old is not None and old.table is not None


def _scalar(values: list[Syntax], operator: Syntax, old: Variable | None, expander: Expander, source: Source) -> Variable:
    text: Text = tuple(piece for value in values for piece in expander.text(value))
    if not values:
        text = tuple(source.pieces(operator.end_byte, operator.end_byte)) or (Piece("", ()),)
    if old is not None and old.items is not None:
        return Variable(items=((*old.items[0], *text), *old.items[1:]) if old.items else (text,), many=old.many)
    if old is None:
        return Variable(text=text)
    return Variable(text=tuple(piece for piece in (*old.text, *text) if piece.text or piece.unknown) or text)


def _array(node: Syntax, old: Variable | None, expander: Expander, name: str, associative: bool) -> Variable:
    words = expander.words([child for child in node.children if child.is_named and child.type != "comment"])
    if associative:
        table: dict[str, Text] = dict(old.table or {}) if old is not None else {}
        for word in words:
            match = re.match(r"\[([^\]]*)\]=", word.shown)
            if match is None or not is_known(word.text):
                return unknown_variable(name, f"${name}")
            table[match[1]] = split_at(word.text, match.end())[1]
        return Variable(table=table)
    if any(re.match(r"\[[^\]]*\]=", word.shown) for word in words):
        return unknown_variable(name, f"${name}")
    before = () if old is None else old.items if old.items is not None else (old.text,)
    kept = [word for word in words if not word.gone]
    many = tuple(len(before) + at for at, word in enumerate(kept) if word.open)
    return Variable(items=(*before, *(word.text for word in kept)), many=(*(old.many if old is not None else ()), *many))


def _value(variable: Variable) -> str | list[str] | Unknown:
    texts = variable.items if variable.items is not None else (variable.text,)
    if not all(map(is_known, texts)) or variable.table is not None:
        return Unknown(*(piece.text for text in texts for piece in text if piece.unknown is not None))
    return [string(text) for text in texts] if variable.items is not None else string(variable.text)
