"""The multinode demo's reader: a shell loop that turns the lines of a YAML file into flags."""

from __future__ import annotations

import re

from vlmr1_lint.documents.model import Span
from vlmr1_lint.documents.shell.nodes import YamlReader
from vlmr1_lint.documents.shell.text import Piece, string
from vlmr1_lint.values import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from tree_sitter import Node as Syntax

    from vlmr1_lint.documents.shell.text import Text
    from vlmr1_lint.documents.shell.words import Expander

__all__ = ["reread", "yaml_reader"]


def yaml_reader(loop: Syntax, redirect: Syntax, expander: Expander) -> YamlReader | None:
    """The reader that ``while read … done < file`` is, or None if it makes no flags of what it reads.

    The rules are read off the loop's text: which values it compares, what its ``sed`` takes away.
    """
    if not redirect.named_children or redirect.children[0].type != "<":
        return None
    text = expander.raw(loop)
    read = re.search(r"\bread\s+(?:-\w+\s+)*([A-Za-z_]\w*)\s+([A-Za-z_]\w*)", text)
    if read is None or not re.search(rf"--?\$\{{?{read[1]}\b", text):
        return None
    target = redirect.named_children[0]
    start, end, _ = expander.source.place(target.start_byte, target.end_byte)
    condition = text.split("do", 1)[0]
    return YamlReader(
        path=string(expander.text(target)),
        span=Span(start, end),
        true_is_bare=re.search(r"==?\s*[\"']?true\b", text) is not None,
        false_is_dropped=re.search(r"==?\s*[\"']?false\b[\s\S]*?\bcontinue\b", text) is not None,
        strips_quotes=re.search(r"s/\^\"//|//\\?\"/|#\\?\"|tr -d", text) is not None,
        skips_comments=re.search(r"\^?(\[\[:space:\]\]\*)?#", text) is not None,
        needs_final_newline=re.search(r"\|\|\s*\[\[?\s*-n", condition) is None,
        any_case=re.search(_ANY_CASE, text) is not None,
    )


_ANY_CASE = r",,\}|nocasematch|\[[Tt]{2}\]|\[[Ff]{2}\]|==?\s*[\"']?(?:True|False)\b|\btr\b[^|;]*(?:A-Z|upper)|\bgrep\s+-\w*i"
"""What makes a loop treat ``True`` like ``true``: lower case made of it, a match in any case, a comparison of its own."""


def reread(text: Text) -> Text:
    """*text* as a program that a shell reads: flags of a YAML file in it are read once more."""
    return tuple(_once_more(piece) if isinstance(piece.reader, YamlReader) else piece for piece in text)


def _once_more(piece: Piece) -> Piece:
    assert isinstance(piece.reader, YamlReader)
    return Piece(piece.text, piece.trail, piece.exact, piece.unknown, replace(piece.reader, reread=True))
