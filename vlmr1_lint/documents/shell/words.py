"""Words as bash expands them: quotes, variables, defaults, arrays, splitting. What cannot be known stays unknown."""

from __future__ import annotations

import re

from vlmr1_lint.documents.shell import arithmetic, patterns
from vlmr1_lint.documents.shell.fields import BREAK, joined, parts_of, split, tidy, torn, touch
from vlmr1_lint.documents.shell.grammar import Budget, body_of, start_of
from vlmr1_lint.documents.shell.state import ADDED, State, Variable
from vlmr1_lint.documents.shell.text import Piece, Source, Word, is_known, string

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tree_sitter import Node as Syntax

    from vlmr1_lint.documents.shell.fields import Item, Part
    from vlmr1_lint.documents.shell.text import Place, Text


__all__ = ["Expander"]

ESCAPED_IN_QUOTES = '\\"$`\n'
"""What a backslash escapes inside double quotes (bash manual, "Double Quotes")."""
ESCAPED_IN_HEREDOC = "\\$`\n"
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
        spans = parts_of(self.source.data, nodes)
        found: list[Word] = []
        index = 0
        while index < len(spans):
            last = index
            while last + 1 < len(spans) and touch(self.source.data, spans[last][1], spans[last + 1][0]):
                last += 1
            found += self._fields(spans[index : last + 1])
            index = last + 1
        return found

    def text(self, node: Syntax) -> Text:
        """What *node* gives as a value (right side of an assignment, here-string): no splitting."""
        items = self._items(node, quoted=True)
        return tidy([piece for piece, _ in items if piece is not None] if BREAK not in items else joined(items))

    def heredoc(self, node: Syntax, literal: bool) -> Text:
        """The text of a here-document's body; *literal* if its delimiter is quoted."""
        if literal:
            return tuple(self.source.pieces(node.start_byte, node.end_byte, "h"))
        return tidy([piece for piece, _ in self._mixed(node, node.start_byte, node.end_byte, "h") if piece is not None])

    def _fields(self, parts: Sequence[Part]) -> list[Word]:
        if any(torn(self.source.data, end) for _, end, _ in parts[:-1]):
            place = self.source.place(parts[0][0], parts[-1][1])
            text = self.source.data[parts[0][0] : parts[-1][1]].decode("utf-8", "replace")
            return [Word((Piece(text, (place,), unknown=text),), place, whole=True, open_=True)]
        items: list[Item] = []
        for start, end, node in parts:
            items += self._literal(start, end, "") if node is None else self._items(node, quoted=False)
        place = self.source.place(parts[0][0], parts[-1][1])
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
            return inside if any(item is BREAK for item in inside) else [*empty, *inside]
        if kind == "raw_string":
            return [(piece, False) for piece in self.source.pieces(start + 1, self._closed(start + 1, end, b"'"), "'")] or [
                (self._made("", node), False)
            ]
        if kind == "ansi_c_string":
            return [(self._made(patterns.ansi_c(self.raw(node)[2:-1]), node), False)]
        if kind == "simple_expansion":
            name = next((self.raw(child) for child in node.children if child.type.endswith("variable_name")), None)
            return self._variable(name, node, quoted) if name else self._literal(start, end, "")
        if kind == "expansion":
            return self._braced(node, quoted)
        if kind == "arithmetic_expansion":
            number = arithmetic.evaluate(node, self._number)
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
        escaped = {"": None, '"': ESCAPED_IN_QUOTES, "h": ESCAPED_IN_HEREDOC}[quotes]
        if quotes == "":
            text = data[start:end].decode("utf-8", "replace")
            if text.startswith("~") and (start == 0 or data[start - 1 : start] in {b" ", b"\t", b"\n", b"="}):
                items.append((Piece("~", (self.source.place(start, start + 1),), unknown="the home folder"), False))
                at = start + 1
            elif "{" in text and patterns.has_braces(text):
                return [(Piece(text, (self.source.place(start, end),), unknown="{…}"), False)]
            elif "$$" in text and (found := re.search(r"(?<!\\)\$\$", text)):  # text to the grammar, at the end of a word
                at = start + len(text[: found.start()].encode())
                number = (Piece("$$", (self.source.place(at, at + 2),), unknown="$$"), False)
                return [*(self._literal(start, at, "") if at > start else []), number, *self._literal(at + 2, end, "")]
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
                items.append((Piece(text, (self.source.place(stop, stop + 1 + size, quotes),)), False))
            at = stop + 1 + size
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

    def _list(self, texts: Sequence[Text], node: Syntax, quoted: bool, joined: bool) -> list[Item]:
        items: list[Item] = []
        for index, text in enumerate(texts):
            if index and joined:
                items.append((self._made(" ", node), False))
            elif index:
                items.append(BREAK)
            items += self._carried(text, node, quoted and (joined or not _is_any_number(text, node, self.raw)))
        return items if items or joined else [BREAK]

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
                return [(self._unknown(node, "${…}"), not quoted)]
            return self._subscript(head, node, quoted)
        if not head.type.endswith("variable_name"):
            return [(self._unknown(node, "${…}"), not quoted)]
        name = self.raw(head)
        if not rest:
            return self._variable(name, node, quoted)
        found = self.lookup(name)
        if operator in _DEFAULTS:
            return self._default(found, operator, rest[1:], node, quoted)
        if found is None or not is_known(found):
            return [(self._unknown(node, f"${name}"), not quoted)]
        operand = [self.text(child) for child in rest[1:] if child.is_named]
        if not all(map(is_known, operand)):
            return [(self._unknown(node, "${…}"), not quoted)]
        result = patterns.transformed(string(found), operator, self.raw(node), [string(text) for text in operand])
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
        return items

    def _operand(self, operand: list[Syntax], quoted: bool) -> list[Item]:
        items: list[Item] = []
        for child in operand:
            for piece, splits in self._items(child, quoted):
                # Words written as a default are split like the expansion they stand in, unless quoted themselves.
                items.append((piece, splits or (not quoted and child.type not in {"string", "raw_string"})))
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
            return self._list(items, node, quoted, joined=quoted and index == "*")
        if variable.table is not None:
            key = self.text(index_nodes[0])
            entry = variable.table.get(string(key)) if is_known(key) else None
            return self._carried(entry, node, quoted) if entry is not None else [(self._unknown(node, "${…}"), not quoted)]
        number = arithmetic.evaluate(index_nodes[0], self._number)
        items = variable.items if variable.items is not None else (variable.text,)
        known = next((at for at, item in enumerate(items) if _is_open(item)), None)  # items of which the number is known
        if number is None or number < -len(items) or (known is not None and not 0 <= number < known):
            return [(self._unknown(node, "${…}"), not quoted)]
        return self._carried(items[number] if number < len(items) else (), node, quoted)

    def _length(self, head: Syntax, node: Syntax, quoted: bool) -> list[Item]:
        name_node = body_of(head, "variable_name") or head
        variable = self.state.variables.get(self.raw(name_node))
        if variable is None or (head.type == "subscript" and (variable.items is None or any(map(_is_open, variable.items)))):
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

    def _number(self, node: Syntax) -> str | None:
        """Text of a variable or expansion inside ``$((…))``."""
        if node.type == "variable_name" or (node.type == "word" and node.child_count == 0):
            found = self.lookup(self.raw(node))
        else:
            found = self.text(node)
        return string(found) if found is not None and is_known(found) else None

    def _made(self, text: str, node: Syntax) -> Piece:
        return Piece(text[:TEXT_MAX], (self._place(node),))

    def _unknown(self, node: Syntax, why: str) -> Piece:
        return Piece(self.raw(node), (self._place(node),), unknown=why)

    def _place(self, node: Syntax) -> Place:
        """The place of an expansion, with the quotes that it stands in."""
        around = node.parent.type if node.parent is not None else ""
        quotes = '"' if around == "string" else "h" if around == "heredoc_body" else ""
        return self.source.place(start_of(node, self.source.data), node.end_byte, quotes)


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
