"""Text to tree: which expressions exist. Python's own parser reads them; whatever the language lacks is refused here."""

from __future__ import annotations

from vlmr1_lint.language.errors import ExpressionError, pack
from vlmr1_lint.language.trees import MAX_INT_BITS, reads, strip

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ast
    from collections.abc import Iterator

    from vlmr1_lint.language.trees import Tree

__all__ = ["MAX_DEPTH", "MAX_NODES", "MAX_TEXT", "ExpressionError", "parse", "reads", "strip"]

MAX_TEXT = 2_000
"""Longest expression, in characters. The longest of ours has about 300."""
MAX_NODES = 200
"""Most nodes of one tree: bounds the cost of one evaluation, since there are no loops and no recursion."""
MAX_DEPTH = 40
"""Deepest nesting of one tree."""

_ARITHMETIC = {"Add": "+", "Sub": "-", "Mult": "*", "Div": "/", "FloorDiv": "//", "Mod": "%"}
_COMPARISON = {"Eq": "==", "NotEq": "!=", "Lt": "<", "LtE": "<=", "Gt": ">", "GtE": ">="}
_COMPARISON |= {"In": "in", "NotIn": "not in", "Is": "is", "IsNot": "is not"}
_WORDS = {"true": True, "false": False, "none": None, "null": None}
_REFUSED = {"Pow": "** (power)", "LShift": "<<", "RShift": ">>", "BitOr": "| (write `or`)", "BitAnd": "& (write `and`)"}
_REFUSED |= {"BitXor": "^", "MatMult": "@", "Invert": "~", "UAdd": "unary +", "Lambda": "lambda", "JoinedStr": "f-strings"}
_REFUSED |= {"ListComp": "comprehensions", "SetComp": "comprehensions", "DictComp": "comprehensions", "NamedExpr": ":="}
_REFUSED |= {"GeneratorExp": "comprehensions", "Set": "sets", "Tuple": "tuples (write a list)"}
_REFUSED |= {"Slice": "slices", "Starred": "* (unpacking)", "Await": "await", "Yield": "yield", "YieldFrom": "yield"}
_REFUSED |= {"TemplateStr": "t-strings"}


def parse(text: str, origin: tuple[int, int] = (1, 1)) -> Tree:
    """The tree of the expression *text*, which begins at line and column *origin* of the text around it.

    Raises `ExpressionError` for anything outside the language or its limits.
    """
    try:
        return _parse(text, origin)
    except ScanError as error:
        line, column = position(text, error.index, origin)
        raise ExpressionError(line, column, error.message) from None


def _parse(text: str, origin: tuple[int, int]) -> Tree:
    if len(text) > MAX_TEXT:
        raise ScanError(0, f"expression is longer than {MAX_TEXT:,} characters")
    start = len(text) - len(text.lstrip(" \t\r\n"))
    if start == len(text):
        raise ScanError(0, "expression is empty")
    _scan(text)
    # Line breaks separate nothing in an expression; inside a string they are refused by the scan.
    flat = text.replace("\r", " ").replace("\n", " ")[start:].rstrip(" \t")
    reader = _Reader(text, start, flat, origin)
    return reader.tree(_python(reader, flat), 1)


class ScanError(Exception):
    """Something wrong at the character *index* of a text."""

    def __init__(self, index: int, message: str) -> None:
        super().__init__(message)
        self.index = index
        self.message = message


def _scan(text: str) -> None:
    """Refuse what would make the parser's work deep or change what a joined line means."""
    if "\0" in text:
        raise ScanError(text.index("\0"), "not an expression: NUL character")
    for at, character, depth in code_characters(text):
        if character == "#":
            raise ScanError(at, "comments belong into YAML, not into an expression")
        if depth > MAX_DEPTH:
            raise ScanError(at, f"expression is nested deeper than {MAX_DEPTH}")


def code_characters(text: str, start: int = 0) -> Iterator[tuple[int, str, int]]:
    """The characters of *text* from *start* that stand outside strings, each with its index and bracket depth.

    Raises `ScanError` for a line break inside a string.
    """
    at, depth, end = start, 0, len(text)
    while at < end:
        character = text[at]
        if character in "\"'":
            quote = character * 3 if text.startswith(character * 3, at) else character
            opened, at = at, at + len(quote)
            while at < end and not text.startswith(quote, at):
                if text[at] in "\r\n":
                    raise ScanError(opened, "string is not closed on its line")
                at += 2 if text[at] == "\\" else 1
            at += len(quote)
            continue
        if character in "([{":
            depth += 1
        yield at, character, depth
        if character in ")]}":
            depth -= 1
        at += 1


def position(text: str, index: int, origin: tuple[int, int] = (1, 1)) -> tuple[int, int]:
    """1-based line and column of the character *index* of *text*, which begins at *origin*."""
    before = text[:index]
    breaks = before.count("\n")
    column = index - before.rfind("\n")
    return origin[0] + breaks, column if breaks else column + origin[1] - 1


def _python(reader: _Reader, flat: str) -> ast.expr:
    """Python's syntax tree of *flat*. Raises `ExpressionError` for whatever its parser may say."""
    import ast
    import warnings

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # "\d" and `1if x` are warnings today and errors tomorrow: errors here
            return ast.parse(flat, mode="eval").body
    except SyntaxError as error:
        index = error.offset - 1 if error.offset else len(flat)  # 0 or None: the text ends too early
        message = str(error.msg).partition(". Perhaps")[0]
        raise ExpressionError(*reader.position_of(index), f"not an expression: {message}") from None
    except (ValueError, MemoryError, RecursionError, OverflowError):
        raise ExpressionError(*reader.position_of(0), "not an expression: unreadable or nested too deep") from None


class _Reader:
    """Turns Python's syntax tree into ours, counting nodes."""

    def __init__(self, text: str, start: int, flat: str, origin: tuple[int, int]) -> None:
        self.text = text
        self.origin = origin
        self.start = start
        self.bytes = flat.encode("utf-8", "replace")
        self.nodes = 0

    def position_of(self, index: int) -> tuple[int, int]:
        return position(self.text, min(self.start + index, len(self.text)), self.origin)

    def place(self, node: ast.expr) -> tuple[int, int]:
        return self.position_of(len(self.bytes[: node.col_offset].decode("utf-8", "replace")))

    def refuse(self, node: ast.expr, message: str) -> ExpressionError:
        return ExpressionError(*self.place(node), message)

    def word(self, node: ast.expr, word: str) -> str:
        if word.startswith("_"):
            raise self.refuse(node, f"{word!r}: names that begin with _ are not accessible")
        return word

    def tree(self, node: ast.expr, depth: int) -> Tree:
        self.nodes += 1
        if self.nodes > MAX_NODES:
            raise self.refuse(node, f"expression has more than {MAX_NODES} parts")
        if depth > MAX_DEPTH:
            raise self.refuse(node, f"expression is nested deeper than {MAX_DEPTH}")
        kind = type(node).__name__
        read = getattr(self, f"read_{kind}", None)
        if read is None:
            raise self.refuse(node, f"{_REFUSED.get(kind, kind)}: not part of the rule language")
        tree: Tree = (*read(node, depth + 1), pack(*self.place(node)))
        return tree

    def trees(self, nodes: list[ast.expr], depth: int) -> tuple[Tree, ...]:
        return tuple(self.tree(node, depth) for node in nodes)

    def operator(self, node: ast.expr, operator: object, known: dict[str, str]) -> str:
        kind = type(operator).__name__
        if kind not in known:
            raise self.refuse(node, f"{_REFUSED.get(kind, kind)}: not part of the rule language")
        return known[kind]

    def read_Constant(self, node: ast.Constant, _: int) -> Tree:
        value = node.value
        if isinstance(value, int) and value.bit_length() > MAX_INT_BITS:
            raise self.refuse(node, "number is too large")
        if isinstance(value, float) and value - value != 0:
            raise self.refuse(node, "number is too large")
        if isinstance(value, str) and any("\ud800" <= character <= "\udfff" for character in value):
            raise self.refuse(node, "string holds half of a surrogate pair")
        if not isinstance(value, str | int | float | None):
            raise self.refuse(node, f"{type(value).__name__} literals are not part of the rule language")
        return ("const", value)

    def read_Name(self, node: ast.Name, _: int) -> Tree:
        return ("const", _WORDS[node.id]) if node.id in _WORDS else ("name", self.word(node, node.id))

    def read_Attribute(self, node: ast.Attribute, depth: int) -> Tree:
        return ("attr", self.tree(node.value, depth), self.word(node, node.attr))

    def read_Subscript(self, node: ast.Subscript, depth: int) -> Tree:
        return ("index", self.tree(node.value, depth), self.tree(node.slice, depth))

    def read_List(self, node: ast.List, depth: int) -> Tree:
        return ("list", self.trees(node.elts, depth))

    def read_Dict(self, node: ast.Dict, depth: int) -> Tree:
        keys: list[str | int] = []
        for key in node.keys:
            if key is None:
                raise self.refuse(node, "** (unpacking): not part of the rule language")
            found = self.tree(key, depth)
            if found[0] != "const" or found[1].__class__ not in (str, int):
                raise self.refuse(key, "a key of a mapping is a string or an integer, written out")
            if found[1] in keys:
                raise self.refuse(key, f"{found[1]!r} is twice a key of this mapping")
            keys.append(found[1])
        return ("mapping", tuple(zip(keys, self.trees(node.values, depth), strict=True)))

    def read_BoolOp(self, node: ast.BoolOp, depth: int) -> Tree:
        return (type(node.op).__name__.lower(), self.trees(node.values, depth))

    def read_UnaryOp(self, node: ast.UnaryOp, depth: int) -> Tree:
        return (self.operator(node, node.op, {"Not": "not", "USub": "negate"}), self.tree(node.operand, depth))

    def read_BinOp(self, node: ast.BinOp, depth: int) -> Tree:
        sign = self.operator(node, node.op, _ARITHMETIC)
        return ("arithmetic", sign, self.tree(node.left, depth), self.tree(node.right, depth))

    def read_Compare(self, node: ast.Compare, depth: int) -> Tree:
        signs = [self.operator(node, operator, _COMPARISON) for operator in node.ops]
        first, *others = self.trees([node.left, *node.comparators], depth)
        for sign, other in zip(signs, others, strict=True):
            if sign in ("is", "is not") and other[:2] != ("const", None):
                raise self.refuse(node, f"`{sign}` is for None only: write {'==' if sign == 'is' else '!='}")
        return ("compare", first, tuple(zip(signs, others, strict=True)))

    def read_IfExp(self, node: ast.IfExp, depth: int) -> Tree:
        return ("if", self.tree(node.test, depth), self.tree(node.body, depth), self.tree(node.orelse, depth))

    def read_Call(self, node: ast.Call, depth: int) -> Tree:
        if type(node.func).__name__ != "Name":
            raise self.refuse(node, "only registered functions can be called; there are no methods")
        word = self.word(node, node.func.id)  # type: ignore[attr-defined]
        if node.args and node.keywords:
            raise self.refuse(node, f"{word}: give arguments by position or by name, not both")
        if not node.keywords:
            return ("call", word, self.trees(node.args, depth))
        names = [keyword.arg for keyword in node.keywords]
        for name in names:
            if name is None:
                raise self.refuse(node, "** (unpacking): not part of the rule language")
            self.word(node, name)
        values = self.trees([keyword.value for keyword in node.keywords], depth)
        return ("keywords", word, tuple(zip(names, values, strict=True)))
