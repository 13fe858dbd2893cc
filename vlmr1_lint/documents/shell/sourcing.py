"""``source env.sh``: variables that another file sets.

The file is read where it is in reach. What it assigns is known then, but stands nowhere in this script: a fix is written where
the value is used, never there. Where it is not in reach, it may set every variable, and all of them are unknown.
"""

from __future__ import annotations

import re

from vlmr1_lint.documents.shell.grammar import parse
from vlmr1_lint.documents.shell.text import Piece, Source, string
from vlmr1_lint.values import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from vlmr1_lint.documents.shell.interpret import Interpreter
    from vlmr1_lint.documents.shell.state import State, Variable
    from vlmr1_lint.documents.shell.text import Text, Word

__all__ = ["source_file"]

DEPTH_MAX = 4
"""Files that source each other, one in the other; ours."""
_ENVIRONMENT = (
    r"(?:^|/)(?:activate|conda\.sh|mamba\.sh|micromamba\.sh|\.?\w*profile|\.?\w*rc|setvars\.sh|set_env\.sh|modules\.sh|nvm\.sh)$"
    r"|^(?:/etc/|/opt/|/usr/|~)|/(?:etc/profile\.d|\.cargo|site-packages)/"
)
"""Files that set up a shell, an environment or a toolkit (conda, virtualenv, oneAPI, CANN, Lmod) and none of a script's own
variables. Ours, from public launch scripts."""


def source_file(interpreter: Interpreter, words: Sequence[Word], state: State) -> None:
    """Carry out ``source`` with *words* behind it."""
    if not words or re.search(_ENVIRONMENT, words[0].shown):
        return
    found = interpreter.reach(words[0].shown, tuple(map(string, state.folders))) if interpreter.reach is not None else None
    try:
        text = found.decode() if found is not None else None
    except UnicodeDecodeError:
        text = None
    if text is None or "\0" in text or interpreter.sourcing >= DEPTH_MAX:
        state.overlay(words[0].shown)
        return
    _carry_out(interpreter, text, state)


def _carry_out(interpreter: Interpreter, text: str, state: State) -> None:
    """Walk *text* for what it sets; its commands are other scripts' to start, its functions have no place here."""
    source = Source.of((Piece(text, ()),))
    interpreter.budget.text(len(source.data))
    tree = parse(source.data)
    before, functions = dict(state.variables), dict(state.functions)
    with interpreter.apart():
        interpreter.sourced.append(tree)  # syntax nodes are told apart by their addresses: they must live on
        interpreter.block(tree.children, source, state)
    state.functions = functions
    state.ended = state.ended and not state.returned
    state.returned = False
    for name, variable in state.variables.items():
        if before.get(name) is not variable:
            state.variables[name] = _placeless(variable)
    state.folders = tuple(map(_bare, state.folders))


def _placeless(variable: Variable) -> Variable:
    return replace(
        variable,
        text=_bare(variable.text),
        items=None if variable.items is None else tuple(map(_bare, variable.items)),
        table=None if variable.table is None else {key: _bare(text) for key, text in variable.table.items()},
    )


def _bare(text: Text) -> Text:
    return tuple(Piece(piece.text, (), unknown=piece.unknown, reader=piece.reader) for piece in text)
