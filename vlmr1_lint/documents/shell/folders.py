"""Command substitutions that give a folder known from where the script stands."""

from __future__ import annotations

import re

from vlmr1_lint.documents.shell.text import Piece

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vlmr1_lint.documents.shell.text import Place

__all__ = ["script_folder"]

_SELF = r'"?\$(?:\{BASH_SOURCE(?:\[0\])?(?::-\$0)?\}|BASH_SOURCE|0|\{0\})"?'
_REAL = rf'"?\$\(\s*(?:readlink\s+-f|realpath)\s+{_SELF}\s*\)"?'
_DIRNAME = rf'"?(?:\$\(\s*dirname\s+(?:--\s+)?(?:{_REAL}|{_SELF})\s*\)|\$\{{BASH_SOURCE(?:\[0\])?%/\*\}})'
_QUIET = r"(?:>\s*/dev/null(?:\s+2>&1)?\s*)?"
_FORMS = (
    rf'\s*(?:builtin\s+)?cd\s+(?:-P\s+|--\s+)?{_DIRNAME}(?P<up>[\w./-]*)"?\s*{_QUIET}&&\s*pwd(?:\s+-P)?\s*',
    rf'\s*(?:realpath|readlink\s+-f)\s+{_DIRNAME}(?P<up>[\w./-]*)"?\s*',
    rf"\s*dirname\s+(?:--\s+)?(?:{_REAL}|{_SELF})\s*(?P<up>)",
)


def script_folder(body: str, place: Place) -> Piece | None:
    """What ``$(body)`` gives if it is the script's own folder or one reached from it: unknown, shown as ``${SCRIPT_DIR}/..``."""
    if len(body) > 400:
        return None
    for form in _FORMS:
        match = re.fullmatch(form, body)  # compiled on first use: most scripts have no such substitution
        if match:
            return Piece("${SCRIPT_DIR}" + match["up"], (place,), unknown="$(…)")
    if re.fullmatch(r"\s*git\s+rev-parse\s+--show-toplevel\s*", body):
        return Piece("${REPO_ROOT}", (place,), unknown="$(…)")
    if body.strip() == "pwd":
        return Piece("${PWD}", (place,), unknown="$(…)")
    return None
