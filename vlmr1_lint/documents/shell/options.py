"""From the arguments after a training script to option nodes, as argparse cuts them up, without knowing any option."""

from __future__ import annotations

import re

from vlmr1_lint.documents.model import Span
from vlmr1_lint.documents.placeholders import placeholder
from vlmr1_lint.documents.shell import places
from vlmr1_lint.documents.shell.nodes import ShellNode, YamlReader
from vlmr1_lint.documents.shell.state import ADDED
from vlmr1_lint.documents.shell.text import Piece, Word, is_known, split_at, string
from vlmr1_lint.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from vlmr1_lint.documents.model import DocPath
    from vlmr1_lint.documents.shell.text import Place, Text

__all__ = ["Options", "flag_name", "resolved", "value_node"]

_FLAG = re.compile(r"--[^\s=\-][^\s=]*|-[A-Za-z_][^\s=]*")
_PLACEHOLDER = re.compile(rb"[ \t]+(<[A-Za-z][^<>\n]*>)(?=\s|\Z)")
_ARGUMENTS = re.compile(
    r"(^|_)(args?|argv|arguments?|opts?|options?|flags?|extra\w*|params?|overrides?|cmd|command)\d*($|_)|^[@*]$", re.I
)
"""Names of variables that hold further flags rather than one value. Ours, from public launch scripts."""


class Options:
    """The options of one command: ``nodes`` in order, ``positionals`` before the first flag.

    open    unknown words were found that may be further flags
    reader  the `YamlReader` that such words come from, if a loop makes them of a YAML file
    empty   (flag node index, word) where a flag's value vanished because an unquoted variable is empty
    """

    def __init__(self, data: bytes, base: DocPath, words: Sequence[Word]) -> None:
        self.nodes: list[ShellNode] = []
        self.positionals: list[ShellNode] = []
        self.open = False
        self.reader: YamlReader | None = None
        self.empty: list[tuple[int, Word]] = []
        self._data = data
        self._base = base
        flag: Word | None = None
        attached: Text | None = None
        values: list[Word] = []
        for word in words:
            start = string(word.text[:1]) if word.text and word.text[0].unknown is None else ""
            match = _FLAG.match(start)
            if match and start[match.end() :][:1] in {"", "="} and not word.gone:
                self._finish(flag, attached, values)
                flag, values = word, []
                attached = _after_equals(word)
            elif word.open and self._is_more(word, flag, attached, values):
                self.open = True
                self.reader = self.reader or next((p.reader for p in word.text if isinstance(p.reader, YamlReader)), None)
            elif word.gone and flag is None:
                continue
            elif attached is None:
                values.append(word)
            elif not word.gone:
                self._positional(word)
        self._finish(flag, attached, values)

    def _is_more(self, word: Word, flag: Word | None, attached: Text | None, values: Sequence[Word]) -> bool:
        """Whether unknown text is further flags: by its name, or because the flag before it has its value already."""
        if any(piece.reader is not None or (piece.unknown or "").startswith(ADDED) for piece in word.text):
            return True
        names = [re.sub(r"^\$\{?|\}$|\[.*", "", piece.text) for piece in word.text if piece.unknown is not None]
        if any(_ARGUMENTS.search(name) for name in names) and len(word.text) == 1:
            return True
        return flag is None or attached is not None or bool(values)

    def _positional(self, word: Word) -> None:
        if not word.gone:
            path = (*self._base, "positionals", len(self.positionals))
            self.positionals.append(value_node(self._data, path, None, [word]))

    def _finish(self, flag: Word | None, attached: Text | None, values: list[Word]) -> None:
        if flag is None:
            for word in values:
                self._positional(word)
            return
        name = flag_name(flag)
        path = (*self._base, name)
        if attached is not None:
            self.nodes.append(attached_node(self._data, path, flag, attached))
            return
        gone = [word for word in values if word.gone]
        kept = [word for word in values if not word.gone]
        if kept:
            self.nodes.append(value_node(self._data, path, flag, kept))
        else:
            if gone:
                self.empty.append((len(self.nodes), gone[0]))
            self.nodes.append(bare_node(self._data, path, flag, gone[0] if gone else None))
        if is_known(flag.text) is False:
            self.open = True


def _after_equals(word: Word) -> Text | None:
    """The value in ``--flag=value``, None without ``=``."""
    text = word.text[0].text
    at = text.find("=")
    if at < 0:
        return None
    before, after = split_at(word.text, at + 1)
    if after:
        return after
    last = before[-1]
    return (last.part(len(last.text), len(last.text)),)


def flag_name(flag: Word) -> str:
    """The option's name as argparse files it: without leading dashes, ``_`` for ``-``."""
    return flag.shown.split("=", 1)[0].lstrip("-").replace("-", "_")


def resolved(text: Sequence[Piece]) -> str | Unknown:
    """The characters of *text*, or `Unknown` that names the unresolved parts as they are written."""
    if is_known(text):
        return string(text)
    return Unknown(*(piece.text for piece in text if piece.unknown is not None))


def _filled_in(text: Sequence[Piece]) -> str | Unknown:
    """The same for a value, which is unknown too where it holds ``<…>`` that is to be filled in."""
    found = resolved(text)
    open_part = placeholder(found) if isinstance(found, str) and "<" in found else None
    return found if open_part is None else Unknown(open_part)


def _flag_place(data: bytes, flag: Word) -> Place:
    size = len(flag.text[0].text.split("=", 1)[0]) if "=" in flag.text[0].text else None
    text = flag.text if size is None else split_at(flag.text, size)[0]
    found = places.value_places(data, [flag], text, attached=size is not None)
    return found[0] if found else flag.at


def _entry(key: Span, use: Span) -> Span:
    return Span(min(key.start, use.start), max(key.end, use.end))


def attached_node(data: bytes, path: DocPath, flag: Word, text: Text) -> ShellNode:
    """The node of ``--flag=value``."""
    found = places.value_places(data, [flag], text, attached=True)
    key_place = _flag_place(data, flag)
    use = places.span(data, places.word_use(flag, flag, text, found, attached=True))
    key = Span(*key_place[:2])
    span = places.span(data, found[0]) if found else use
    return ShellNode(
        path,
        _filled_in(text),
        span=span,
        entry_span=_entry(key, use),
        use_span=use,
        key_span=key,
        flag=flag.shown.split("=", 1)[0],
        partial=string(text),
        style=places.style(data, span),
        text=_text(data, span),
        refusal=places.refusal(text),
        places=found,
        key_place=key_place,
        attached=True,
    )


def bare_node(data: bytes, path: DocPath, flag: Word, gone: Word | None) -> ShellNode:
    """The node of a flag without a value; *gone* is the word that an empty variable made vanish."""
    key_place = _flag_place(data, flag)
    key = Span(*key_place[:2])
    open_value = None if gone else _PLACEHOLDER.match(data, key.end)
    if open_value is not None:
        return _placeholder_node(path, flag, key_place, Span(*open_value.span(1)), open_value[1].decode("utf-8", "replace"))
    found = places.value_places(data, [gone], gone.text, attached=False) if gone else ()
    use = Span(*gone.at[:2]) if gone else Span(key.end, key.end)
    span = places.span(data, found[0]) if found else use
    return ShellNode(
        path,
        True,
        span=span,
        entry_span=_entry(key, use),
        use_span=use,
        key_span=key,
        flag=flag.shown,
        style="bare",
        text=_text(data, span),
        refusal=places.refusal(flag.text),
        places=found,
        key_place=key_place,
    )


def _placeholder_node(path: DocPath, flag: Word, key_place: Place, span: Span, text: str) -> ShellNode:
    """The node of ``--output_dir <OUTPUT_DIR>``: a redirection, as far as bash goes; a value to be filled in is what is meant."""
    key = Span(*key_place[:2])
    return ShellNode(
        path,
        Unknown(text),
        span=span,
        entry_span=_entry(key, span),
        use_span=span,
        key_span=key,
        flag=flag.shown,
        partial=text,
        text=text,
        refusal=f"stands for {text}",
        key_place=key_place,
    )


def value_node(data: bytes, path: DocPath, flag: Word | None, words: Sequence[Word]) -> ShellNode:
    """The node of a value in one word, or of a list in several; *flag* is None for positionals."""
    text = tuple(piece for word in words for piece in word.text)
    found = places.value_places(data, words, text, attached=False)
    key_place = _flag_place(data, flag) if flag else None
    key = Span(*key_place[:2]) if key_place else None
    around = flag or words[0]
    first = places.word_use(around, words[0], words[0].text, found, attached=False)
    last = places.word_use(around, words[-1], words[-1].text, found, attached=False)
    first, last = places.quoted(data, first), places.quoted(data, last)
    use = Span(first[0], max(first[1], last[1]))
    span = places.span(data, found[0]) if found else use
    children = [] if len(words) == 1 else [value_node(data, (*path, index), None, [word]) for index, word in enumerate(words)]
    return ShellNode(
        path,
        [child.value for child in children] if children else _filled_in(text),
        span=span,
        entry_span=use if key is None else _entry(key, use),
        use_span=use,
        key_span=key,
        flag=flag.shown if flag else None,
        partial=" ".join(string(word.text) for word in words),
        kind="sequence" if children else "scalar",
        style=places.style(data, span),
        text=_text(data, span),
        refusal=places.refusal(text),
        children=children,
        places=found,
        key_place=key_place,
    )


def _text(data: bytes, span: Span) -> str:
    return data[span.start : span.end].decode("utf-8", "replace")
