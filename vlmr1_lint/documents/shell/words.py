"""Words as bash expands them: quotes, variables, defaults, arrays, splitting. What cannot be known stays unknown."""

from __future__ import annotations

import re
from itertools import pairwise

from vlmr1_lint.documents.shell import arithmetic, patterns
from vlmr1_lint.documents.shell.fields import NOTHING, is_added, joined, parts_of, split, tidy, torn, touch
from vlmr1_lint.documents.shell.grammar import Budget, body_of, start_of
from vlmr1_lint.documents.shell.lines import command_words, expansion_end, skeleton, word_end
from vlmr1_lint.documents.shell.state import ADDED, ANY_TEXT, State, Variable, any_text, any_text_of
from vlmr1_lint.documents.shell.tails import CUT
from vlmr1_lint.documents.shell.text import BLANKS, BREAK, HOLE, Piece, Source, Word, is_known, string

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tree_sitter import Node as Syntax

    from vlmr1_lint.documents.shell.fields import Part
    from vlmr1_lint.documents.shell.text import Item, Place, Text


__all__ = ["Expander"]

ESCAPED_IN_QUOTES = '\\"$`\n'
"""What a backslash escapes inside double quotes (bash manual, "Double Quotes")."""
ESCAPED_IN_HEREDOC = "\\$`\n"
_MEANS_ITSELF = re.compile(rb"(?:[^\\$`]|\\.|\\\Z|\$(?![\w@*#?$!{(-]))*", re.S)
_BARE = re.compile(rb"[\w./:,@%+=-]+")
"""A word in which every character means itself: most are."""
_SPECIAL = tuple(bytes((sign,)) for sign in b"@*#?$!-0123456789")
_IN_QUOTES = frozenset(bytes((sign,)) for sign in b"@*#?$!-{(_0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
_BEHIND_DOLLAR = {"": _IN_QUOTES | {b"'", b'"'}, '"': _IN_QUOTES, "h": _IN_QUOTES}
"""What makes an expansion of a dollar in front of it, outside of quotes, in them and in a here-document."""
_LONE_DOLLAR = re.compile(rb"\$(?![\w@*#?$!{('\"-])")
_LATE_DOLLAR = re.compile(rb"\$(?:\\\n)+[\w@*#?$!{(-]")
"""A dollar whose expansion goes on behind an escaped line end: bash joins the lines first."""
UNSEEN_MAX = 50
"""Such expansions in one text; ours: a launch script has one or two."""
_BEFORE_HOME = frozenset({b" ", b"\t", b"\r", b"\n", b"=", b"(", b";", b"|", b"&", b"<", b">", b"`"})
"""What a ``~`` that means a home folder stands behind: it begins a word, or a value."""
_OPERATORS = re.compile(r"(?<=[\w{\]])##?")
"""``${#NAME}``, ``${NAME#…}``: no comment's sign."""
_NAME_GOES_ON = re.compile(rb"(?:\\\r?\n)+\w")
"""A name that goes on behind an escaped line end: bash joins the lines first."""
TEXT_MAX = 200_000
"""Characters of one value that are kept; ours: Linux takes no argument above 131,072 bytes."""


class Expander:
    """Expands the words of *source* in *state*. *substitute* gives what a command substitution is known to give, or None."""

    def __init__(self, source: Source, state: State, budget: Budget, substitute: Callable[[Syntax, Source], Text | None]) -> None:
        self.source = source
        self.state = state
        self.budget = budget
        self._substitute = substitute

    def raw(self, node: Syntax) -> str:
        """The node's text as written in its program."""
        return self.source.data[start_of(node, self.source.data) : node.end_byte].decode("utf-8", "replace")

    def words(self, nodes: Sequence[Syntax]) -> list[Word]:
        """The arguments that the word *nodes* give, adjacent ones joined (``a\\<newline>b`` is one word)."""
        data = self.source.data
        parts = parts_of(data, nodes)
        spans: list[tuple[int, int]] = []
        for start, _, _ in parts:
            if not spans or start >= spans[-1][1]:
                spans.append((start, word_end(self.source.filled_in, start)))
        return self._words(parts, spans)

    def command(self, nodes: Sequence[Syntax], start: int) -> list[Word]:
        """The arguments of the command whose first word begins at *start* and whose words the grammar sees in *nodes*."""
        data = self.source.data
        parts = parts_of(data, nodes)
        spans = command_words(self.source.filled_in, start)
        last = parts[-1][1]
        if not self.source.is_file:
            spans = self._to_first_hole(spans)
        if CUT.match(data, last):  # what a broken continuation leaves is told of elsewhere (tails.strays)
            spans = [(start, min(end, last)) for start, end in spans if start < last]
        return self._words(parts, spans)

    def _to_first_hole(self, spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
        """*spans* of a string that is run, with all from the first unknown text on that may hold quotes, a comment's sign or
        a line's end: what stands behind it is then no word of its own, or none of this command. A number or name that the script
        is given or asks a program for (``$RANK``, ``$(hostname)``) is taken for one without."""
        for at, (start, end) in enumerate(spans):
            if any((piece.unknown or "").endswith(ANY_TEXT) for piece in self.source.pieces(start, end)):
                return [*spans[:at], (start, spans[-1][1])]
        return spans

    def _words(self, parts: Sequence[Part], spans: Sequence[tuple[int, int]]) -> list[Word]:
        """The arguments in the words at *spans*. One that the grammar, in *parts*, ends elsewhere is unknown."""
        found: list[Word] = []
        index = 0
        for start, end in spans:
            while index < len(parts) and parts[index][0] < start:
                index += 1
            first = index
            while index < len(parts) and parts[index][0] < end:
                index += 1
            own = parts[first:index]
            if own and (own[0][0], own[-1][1]) == (start, end) and self._tiles(own):
                found += self._fields(own)
            else:
                found.append(self._unread(start, end))
        return found

    def _tiles(self, parts: Sequence[Part]) -> bool:
        return all(touch(self.source.data, one[1], two[0]) for one, two in pairwise(parts))

    def _unread(self, start: int, end: int) -> Word:
        """A word of which only its place is known: it may be any number of arguments."""
        place = self.source.place(start, end)
        text = self.source.data[start:end].decode("utf-8", "replace").replace(HOLE, "…")
        self.state.forget(patterns.assigned_in(text), "${…}")
        return Word((Piece(text, (place,), unknown=text + self.any_text(text, text)),), place, whole=True, open_=True)

    def text(self, node: Syntax) -> Text:
        """What *node* gives as a value (right side of an assignment, here-string): no splitting."""
        items = self._items(node, quoted=True)
        if BREAK in items and self._separated:
            return (self._unknown(node, "$IFS"),)
        return tidy([piece for piece, _ in items if piece is not None] if BREAK not in items else joined(items))

    def heredoc(self, node: Syntax, literal: bool) -> Text:
        """The text of a here-document's body; *literal* if its delimiter is quoted."""
        if literal:
            return tuple(self.source.pieces(node.start_byte, node.end_byte, "h"))
        items = self._mixed(node, node.start_byte, node.end_byte, "h")
        if self._separated:
            between = (Piece("${IFS}", (), unknown="$IFS"), False)
            items = [between if item == BREAK else item for item in items]
        return tidy(joined(items))

    def _fields(self, parts: Sequence[Part]) -> list[Word]:
        start, end = parts[0][0], parts[-1][1]
        if len(parts) == 1 and self.source.is_file and _BARE.fullmatch(self.source.data, start, end):
            place = self.source.place(start, end)
            return [Word(tuple(self.source.pieces(start, end)), place, whole=True)]
        if any(torn(self.source.data, end) for _, end, _ in parts[:-1]) or patterns.is_strange(
            skeleton(self.source.filled_in, start, end)
        ):
            return [self._unread(start, end)]
        items: list[Item] = []
        for at, to, node in parts:
            items += self._literal(at, to, "") if node is None else self._items(node, quoted=False)
        if any(splits and piece is not None and piece.text for piece, splits in items) and (
            self._separated or _LONE_DOLLAR.search(self.source.data, start, end)
        ):
            return [self._unread(start, end)]  # split at who knows what; a dollar that opens nothing keeps bash from splitting
        if _may_join(items):
            return [self._unread(start, end)]
        place = self.source.place(start, end)
        words = split(items, self.budget)
        if not words:
            return [Word(tidy([piece for piece, _ in items if piece is not None]), place, whole=True, gone=True)]
        return [Word(tidy(word), place, len(words) == 1, open_=loose) for word, loose in words]

    def _items(self, node: Syntax, quoted: bool) -> list[Item]:
        self.budget.enter()
        try:
            return self._expand(node, quoted)
        finally:
            self.budget.leave()

    def _expand(self, node: Syntax, quoted: bool) -> list[Item]:
        kind, start, end = node.type, start_of(node, self.source.data), node.end_byte
        if kind == "string":
            start += 1 if self.source.data[start : start + 1] == b'"' else 2  # $"…" is a string as well
            inside = self._mixed(node, start, self._closed(start, end, b'"'), '"')
            empty = [(piece, False) for piece in self.source.pieces(start, start, '"')] or [(self._made("", node), False)]
            # "${A[@]}" of an empty array gives no word, though it stands in quotes: no marker beside array items.
            if NOTHING in inside and all(piece is None or not (piece.text or piece.unknown) for piece, _ in inside):
                return [item for item in inside if item[0] is None]
            return inside if any(item[0] is None for item in inside) else [*empty, *inside]
        if kind == "raw_string":
            return [(piece, False) for piece in self.source.pieces(start + 1, self._closed(start + 1, end, b"'"), "'")] or [
                (self._made("", node), False)
            ]
        if kind == "ansi_c_string":
            text = patterns.ansi_c(self.raw(node)[2:-1])
            return [(self._unknown(node, "$'…'") if text is None else self._made(text, node), False)]
        if kind == "simple_expansion":
            name = next((self.raw(child) for child in node.children if child.type.endswith("variable_name")), None)
            if name and _NAME_GOES_ON.match(self.source.data, end):
                return [(self._unknown(node, f"${name}"), not quoted)]
            return self._variable(name, node, quoted) if name else self._literal(start, end, "")
        if kind == "expansion":
            return self._braced(node, quoted)
        if kind == "arithmetic_expansion":
            number = arithmetic.evaluate(node, self._number)
            if number is None:
                self.state.forget(patterns.assigned_in(self.raw(node)), "$((…))")
            return [(self._unknown(node, "$((…))") if number is None else self._made(str(number), node), not quoted)]
        if kind == "command_substitution":
            known = self._substitute(node, self.source)
            if known is None:
                return [(self._unknown(node, "$(…)"), not quoted)]
            place = self._place(node)
            return [(piece.through(place), not quoted) for piece in known]
        if kind in {"process_substitution", "brace_expression"}:
            return [(self._unknown(node, "<(…)" if kind == "process_substitution" else "{…}"), not quoted)]
        return self._mixed(node, start, end, "")

    def _closed(self, start: int, end: int, quote: bytes) -> int:
        """The end of what stands between quotes; broken text may lack the closing one."""
        return end - 1 if end > start and self.source.data[end - 1 : end] == quote else end

    def _mixed(self, node: Syntax, start: int, end: int, quotes: str) -> list[Item]:
        """Literal text between *start* and *end* with the expansions among the children of *node* in their places."""
        items: list[Item] = []
        at = start
        for child in node.children:
            if child.type in _EXPANDED and child.end_byte > at and child.end_byte <= end:
                items += self._literal(at, start_of(child, self.source.data), quotes)
                items += self._items(child, quoted=quotes != "")
                at = child.end_byte
            elif child.type in {"concatenation", "word"} and child.child_count and quotes == "" and child.start_byte >= at:
                items += self._literal(at, child.start_byte, quotes)
                items += self._items(child, quoted=False)
                at = child.end_byte
        return items + self._literal(at, end, quotes)

    def _literal(self, start: int, end: int, quotes: str) -> list[Item]:
        """Literal text with its backslashes taken away as bash does inside these *quotes*."""
        data, at = self.source.data, start
        items: list[Item] = []
        if b"$\\\n" in data[start : end + 2] and _LATE_DOLLAR.search(data, start, end + 9) is not None:
            text = data[start:end].decode("utf-8", "replace")
            return [(Piece(text, (self.source.place(start, end, quotes),), unknown="$"), quotes == "")]
        escaped = {"": None, '"': ESCAPED_IN_QUOTES, "h": ESCAPED_IN_HEREDOC}[quotes]
        if quotes == "":
            text = data[start:end].decode("utf-8", "replace")
            if text.startswith("~") and (start == 0 or data[start - 1 : start] in _BEFORE_HOME):
                items.append((Piece("~", (self.source.place(start, start + 1),), unknown="the home folder"), False))
                at = start + 1
            elif "{" in text and patterns.has_braces(text):
                return [(Piece(text, (self.source.place(start, end),), unknown="{…}"), False)]
            elif "$$" in text and (found := re.search(r"(?<!\\)\$\$", text)):  # text to the grammar, at the end of a word
                at = start + len(text[: found.start()].encode())
                number = (Piece("$$", (self.source.place(at, at + 2),), unknown="$$"), False)
                return [*(self._literal(start, at, "") if at > start else []), number, *self._literal(at + 2, end, "")]
        known = _MEANS_ITSELF.match(data, at, end)
        stop = known.end() if known is not None else at
        if stop < end:  # an expansion that the grammar does not see: of one character, or who knows how far
            narrow = data[stop] == 36 and data[stop + 1 : stop + 2] in _SPECIAL and data.count(b"$", at, end) <= UNSEEN_MAX
            behind = stop + 2 if narrow else min(expansion_end(data, stop), end)
            text = data[stop:behind].decode("utf-8", "replace")
            unseen = (Piece(text, (self.source.place(stop, behind, quotes),), unknown=text), quotes == "")
            before = self._literal(at, stop, quotes) if at < stop else []
            return [*items, *before, unseen, *(self._literal(behind, end, quotes) if behind < end else [])]
        while (stop := data.find(b"\\", at, end)) >= 0:
            after = data[stop + 1 : min(stop + 2, end)]
            if not after or (escaped is not None and after.decode("latin-1") not in escaped):
                # Not an escape: the backslash stays.
                items += [(piece, False) for piece in self.source.pieces(at, stop + 1, quotes)]
                at = stop + 1
                continue
            items += [(piece, False) for piece in self.source.pieces(at, stop, quotes)] if stop > at else []
            size = 1
            if after != b"\n":
                while stop + 1 + size < end and data[stop + 1 + size] & 0xC0 == 0x80:
                    size += 1  # the rest of a multi-byte character
                text = data[stop + 1 : stop + 1 + size].decode("utf-8", "replace")
                place = self.source.place(stop, stop + 1 + size, quotes)
                items.append((Piece(text, (place,), unknown="\\…" if text == HOLE else None), False))
            at = stop + 1 + size
        if at < end and data[end - 1] == 36 and data[end : end + 1] in _BEHIND_DOLLAR[quotes]:
            # The grammar tore the expansion: what it gives is told in its place, and what follows may belong to it.
            items += [(piece, False) for piece in self.source.pieces(at, end - 1, quotes)] if at < end - 1 else []
            place = self.source.place(end - 1, end, quotes)
            items.append((Piece("$", (place,), unknown="$"), quotes == ""))
            at = end
        if at < end:
            items += [(piece, False) for piece in self.source.pieces(at, end, quotes)]
        if quotes == "" and not self.source.is_file:
            # What was unknown when the string was made is read again here, and may be several words.
            items = [(piece, piece is not None and piece.unknown is not None) for piece, _ in items]
        return items

    def _variable(self, name: str, node: Syntax, quoted: bool) -> list[Item]:
        if name in {"@", "*"}:
            return self._arguments(node, name, quoted)
        found = self.lookup(name)
        if found is None:
            return [(self._unknown(node, f"${name}"), not quoted)]
        return self._carried(found, node, quoted)

    def _arguments(self, node: Syntax, name: str, quoted: bool) -> list[Item]:
        arguments = self.state.arguments
        if arguments is None:
            return [(self._unknown(node, f"${name}"), True)]
        return self._list(arguments, node, quoted, joined=quoted and name == "*")

    def _list(self, texts: Sequence[Text], node: Syntax, quoted: bool, joined: bool, many: Sequence[int] = ()) -> list[Item]:
        items: list[Item] = []
        for index, text in enumerate(texts):
            if index and joined:
                vanishes = index in many or (len(text) > 0 and is_added(text[0], splits=False))
                items.append((Piece(" ", (self._place(node),), glue=vanishes), False))
            elif index:
                items.append(BREAK)
            loose = not joined and _is_any_number(text, node, self.raw)
            carried = self._carried(text, node, quoted and not loose)
            if index in many and not joined:
                carried = [(piece, splits or (piece is not None and piece.unknown is not None)) for piece, splits in carried]
            items += carried
        if joined and self._separated:
            return [(self._unknown(node, "$IFS"), False)]
        return items if items or joined else [NOTHING]

    def lookup(self, name: str) -> Text | None:
        """The value of ``$name``; None if the script doesn't decide it."""
        if name == "#":
            arguments = self.state.arguments
            return None if arguments is None else (Piece(str(len(arguments)), ()),)
        if name.isdigit():
            arguments = self.state.arguments
            if arguments is None or name == "0":
                return None
            return arguments[int(name) - 1] if int(name) <= len(arguments) else ()
        variable = self.state.get(name)
        return None if variable is None else variable.scalar

    def _carried(self, text: Text, node: Syntax, quoted: bool) -> list[Item]:
        place = self._place(node)
        self.budget.text(sum(len(piece.text) for piece in text))
        carried = [piece.through(place) for piece in text] or [Piece("", (place,))]
        return [(piece, not quoted) for piece in carried]

    def _braced(self, node: Syntax, quoted: bool) -> list[Item]:
        """``${…}`` in the forms that a reader can decide; anything else is unknown."""
        children = node.children[1:-1] if node.child_count > 2 else []
        if not children or children[-1].type == "}":
            return [(self._unknown(node, "${…}"), not quoted)]
        if children[0].type == "#" and len(children) == 2:
            return self._length(children[1], node, quoted)
        head, rest = children[0], children[1:]
        operator = rest[0].type if rest else ""
        if head.type == "subscript":
            if rest:
                self.state.forget(patterns.assigned_in(self.raw(node)), "${…}")
                return [(self._unknown(node, "${…}"), not quoted)]
            return self._subscript(head, node, quoted)
        if not head.type.endswith("variable_name"):
            return [(self._unknown(node, "${…}"), not quoted)]
        name = self.raw(head)
        if not rest:
            return self._variable(name, node, quoted)
        found = self.lookup(name)
        if operator in _DEFAULTS:
            if not self._reads_operand(rest, node.end_byte - 1, quoted):
                if "=" in operator:
                    self.state.forget([name], "${…}")
                return [(self._unknown(node, "${…}"), not quoted)]
            return self._default(found, operator, rest[1:], node, quoted)
        if found is None or not is_known(found):
            return [(self._unknown(node, f"${name}"), not quoted)]
        result = patterns.transformed(string(found), self.raw(node), self._known)
        return [(self._unknown(node, "${…}") if result is None else self._made(result, node), not quoted)]

    def _default(self, found: Text | None, operator: str, operand: list[Syntax], node: Syntax, quoted: bool) -> list[Item]:
        """``${V:-d}`` and its kin. A variable that the script never sets is taken as not set where it runs."""
        name = self.raw(node.children[1])
        unset = found is None or (operator[0] == ":" and string(found) == "")
        if found is not None and not is_known(found) and operator[-1] in "-=+":
            return [(self._unknown(node, f"${name}"), not quoted)]
        if operator in {":+", "+"}:
            return self._operand(operand, quoted) if not unset else [(self._made("", node), not quoted)]
        if not unset and found is not None:
            return self._carried(found, node, quoted)
        if operator in {":?", "?"}:
            return [(self._unknown(node, f"${name}"), not quoted)]
        items = self._operand(operand, quoted) or [(self._made("", node), not quoted)]
        if operator in {":=", "="}:
            self.state.variables[name] = Variable(text=tidy([piece for piece, _ in items if piece is not None]))
            items = [(piece, not quoted) for piece, _ in items]  # what was assigned is expanded, whatever was quoted in it
        return items

    def _reads_operand(self, parts: Sequence[Syntax], end: int, quoted: bool) -> bool:
        """Whether the default behind the operator, up to *end*, is what the grammar sees in *parts*, the operator first."""
        data, start = self.source.data, parts[0].end_byte
        written = data[start:end]
        if b"\\" in written or (quoted and (b"'" in written or b'"' in written)):
            return False
        text = skeleton(data, start, end)
        if text is None or patterns.is_strange(text) or any(sign in text for sign in b"~{}"):
            return False
        return parts[-1].end_byte == end and all(one.end_byte == two.start_byte for one, two in pairwise(parts))

    def _operand(self, operand: Sequence[Syntax], quoted: bool) -> list[Item]:
        """What is written as a default: its words are split like the expansion that they stand in, but for what is quoted there,
        and an expansion there as any other."""
        items: list[Item] = []
        at = operand[0].start_byte if operand else 0
        for child in operand:
            words = self._literal(at, child.start_byte, "") if child.start_byte > at else []
            at = child.end_byte
            if child.type == "concatenation":
                own = self._operand(child.children, quoted)
            elif child.type in _EXPANDED:
                own = self._items(child, quoted)
            else:
                # From where the grammar lets it begin, at the blanks in front of it.
                text = self._literal(child.start_byte, at, "") if child.child_count == 0 else self._items(child, quoted)
                words, own = words + text, []
            items += [(piece, splits or not quoted) for piece, splits in words] + own
        return items

    def _subscript(self, head: Syntax, node: Syntax, quoted: bool) -> list[Item]:
        name_node = body_of(head, "variable_name")
        index_nodes = [child for child in head.named_children if child.type != "variable_name"] or head.named_children[1:]
        variable = self.state.variables.get(self.raw(name_node)) if name_node else None
        if variable is None or len(index_nodes) != 1:
            return [(self._unknown(node, f"${{{self.raw(head)}}}"), not quoted or "[@]" in self.raw(head))]
        index = self.raw(index_nodes[0])
        if index in {"@", "*"}:
            if variable.table is not None:
                return [(self._unknown(node, "${…}"), True)]
            items = variable.items if variable.items is not None else (variable.text,)
            return self._list(items, node, quoted, joined=quoted and index == "*", many=variable.many)
        if variable.table is not None:
            key = self.text(index_nodes[0])
            entry = variable.table.get(string(key)) if is_known(key) else None
            return self._carried(entry, node, quoted) if entry is not None else [(self._unknown(node, "${…}"), not quoted)]
        number = arithmetic.evaluate(index_nodes[0], self._number)
        items = variable.items if variable.items is not None else (variable.text,)
        known = next(
            (at for at, item in enumerate(items) if at in variable.many or _is_open(item)), None
        )  # items of which the number is known
        if number is None or number < -len(items) or (known is not None and not 0 <= number < known):
            return [(self._unknown(node, "${…}"), not quoted)]
        return self._carried(items[number] if number < len(items) else (), node, quoted)

    def _length(self, head: Syntax, node: Syntax, quoted: bool) -> list[Item]:
        name_node = body_of(head, "variable_name") or head
        variable = self.state.variables.get(self.raw(name_node))
        if variable is None or (
            head.type == "subscript" and (variable.items is None or variable.many or any(map(_is_open, variable.items)))
        ):
            return [(self._unknown(node, "${#…}"), not quoted)]
        if head.type == "subscript" and variable.items is not None:
            return [(self._made(str(len(variable.items)), node), not quoted)]
        return [
            (
                self._made(str(len(string(variable.scalar))), node)
                if is_known(variable.scalar)
                else self._unknown(node, "${#…}"),
                not quoted,
            )
        ]

    def _known(self, name: str) -> str | None:
        found = self.lookup(name)
        return string(found) if found is not None and is_known(found) else None

    @property
    def _separated(self) -> bool:
        """Whether the script sets ``IFS``: what bash splits words at, and joins them with, is then not what it starts with."""
        set_ = self.state.variables.get("IFS")
        return set_ is not None and string(set_.scalar) != BLANKS

    def _number(self, node: Syntax) -> str | None:
        """Text of a variable or expansion inside ``$((…))``."""
        if node.type == "variable_name" or (node.type == "word" and node.child_count == 0):
            found = self.lookup(self.raw(node))
        else:
            found = self.text(node)
        return string(found) if found is not None and is_known(found) else None

    def _made(self, text: str, node: Syntax) -> Piece:
        return Piece(text[:TEXT_MAX], (self._place(node),), unknown=self.raw(node) if HOLE in text else None)

    def _unknown(self, node: Syntax, why: str) -> Piece:
        raw = self.raw(node)
        if why in {"${#…}", "$((…))"}:  # a number
            return Piece(raw, (self._place(node),), unknown=why)
        own = "" if node.type == "command_substitution" else _OPERATORS.sub("", raw)
        return Piece(raw, (self._place(node),), unknown=why + self.any_text(raw, own))

    def any_text(self, written: str, *texts: str) -> str:
        """`ANY_TEXT` where one of *texts*, or a variable that is *written*, may hold quotes, comment signs or line ends."""
        named = [found for name in re.findall(r"\w+", written) if (found := self.state.variables.get(name)) is not None]
        return any_text(*texts) or any_text_of(text for one in named for text in (one.text, *(one.items or ())))

    def _place(self, node: Syntax) -> Place:
        """The place of an expansion, with the quotes that it stands in."""
        around = node.parent.type if node.parent is not None else ""
        quotes = '"' if around == "string" else "h" if around == "heredoc_body" else ""
        return self.source.place(start_of(node, self.source.data), node.end_byte, quotes)


def _may_join(items: Sequence[Item]) -> bool:
    """Whether an unknown text may vanish between the word before it and text behind it, which are one word then."""
    return any(
        before is BREAK and piece is not None and splits and piece.unknown is not None and behind is not BREAK
        for before, (piece, splits), behind in zip(items, items[1:], items[2:])  # noqa: B905 (the last two are followed by less)
    )


def _is_open(item: Text) -> bool:
    """Whether *item* of an array is what a branch adds to it; or stands for a variable that may be an array and is not known."""
    reason = item[0].unknown if len(item) == 1 else None
    return reason is not None and (reason.startswith(ADDED) or item[0].text.startswith("${"))


def _is_any_number(text: Text, node: Syntax, raw: Callable[[Syntax], str]) -> bool:
    """Whether *text*, an item of what the expansion *node* gives, may be any number of words: that of an array that is not known
    at all, or what a branch adds to one."""
    return len(text) == 1 and text[0].unknown is not None and raw(node).startswith(text[0].text.rstrip("}"))


_EXPANDED = frozenset(
    {"simple_expansion", "expansion", "command_substitution", "arithmetic_expansion", "string", "raw_string", "ansi_c_string"}
    | {"process_substitution", "brace_expression", "translated_string"}
)
_DEFAULTS = frozenset({":-", "-", ":=", "=", ":+", "+", ":?", "?"})
