"""The grammar: tree-sitter-bash, imported only when a script is read, and small questions to its nodes."""

from __future__ import annotations

import re
import sys
from time import process_time

from vlmr1_lint.documents.formats import NO_GRAMMAR

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from tree_sitter import Node as Syntax
    from tree_sitter import Parser

__all__ = [
    "Budget",
    "Exhausted",
    "NoGrammar",
    "assigned_in_errors",
    "assigned_names",
    "body_of",
    "language",
    "parse",
    "start_of",
    "walk",
    "without_placeholders",
]

STATEMENTS_MAX = 5_000
"""Statements carried out per script, over all loops and functions; ours: a real launch script has a few hundred."""
DEPTH_MAX = 100
"""Nested statements, words, functions and strings run as programs (DESIGN, section 2: depth 100)."""
WORK_BYTES_MAX = 4_000_000
"""Bytes of strings read as programs and of assigned values, together; ours: 1,000 times what launch scripts need."""

_parser: Parser | None = None


class NoGrammar(Exception):
    """tree-sitter or its grammar of bash cannot be imported: scripts cannot be read, all else can."""


class Exhausted(Exception):
    """The script asks for more steps, depth or text than a launch script needs; reading stops where it is."""


class Budget:
    """What one reading may still spend. Every step of the walk through a script pays here, so that no text can make it hang."""

    __slots__ = ("depth", "statements", "work")

    def __init__(self) -> None:
        self.statements = STATEMENTS_MAX
        self.work = WORK_BYTES_MAX
        self.depth = 0

    def step(self) -> None:
        """Pay for one statement. Raises `Exhausted`."""
        self.statements -= 1
        if self.statements < 0:
            raise Exhausted("statements")

    def text(self, size: int) -> None:
        """Pay for *size* bytes of text that were made, not read. Raises `Exhausted`."""
        self.work -= size
        if self.work < 0:
            raise Exhausted("text")

    def enter(self) -> None:
        """Go one level down. Raises `Exhausted`."""
        self.depth += 1
        if self.depth > DEPTH_MAX:
            self.depth -= 1
            raise Exhausted("depth")

    def leave(self) -> None:
        """Go one level up."""
        self.depth -= 1


def parse(data: bytes) -> Syntax:
    """The syntax tree of *data*; text that is no bash gives a tree with ERROR nodes. Raises `NoGrammar`, and `Exhausted` for text
    that the grammar finds no end with."""
    global _parser  # noqa: PLW0603 (one parser per process: making one costs more than reading a script)
    if _parser is None:
        try:
            parsing = _binding("tree_sitter")
            grammar = language()
        except ImportError as error:
            raise NoGrammar(NO_GRAMMAR) from error
        _parser = parsing.Parser(parsing.Language(grammar))
    from vlmr1_lint.documents.shell.masked import masked

    written = _without_last_backslash(without_placeholders(data))
    plain, written = map(_without_backslashed_names, (masked(written), written))
    texts = [plain, *(_without_comments_in_backticks(text) for text in (plain, written) if b"`" in text), written]
    deadline = process_time() + PATIENCE_SECONDS + PATIENCE_PER_BYTE * len(data)
    first = _tree(plain, deadline)
    if not first.has_error:
        return first
    for text in dict.fromkeys(texts[1:]):
        tree = _tree(text, deadline) if text != plain else first
        if not tree.has_error:
            return tree
    return first


PATIENCE_SECONDS, PATIENCE_PER_BYTE = 0.1, 5e-6
"""CPU time for the trees of one text. A script of 2 KB takes 0.3 ms and one of 46 KB 17 ms; text that leaves it many ways to be
mended (``;A=\\ `` nine thousand times) would take 6 s, and nothing is lost if it is not read."""
SHORT = 4096
"""Bytes of a text that is never worth watching."""


def _tree(text: bytes, deadline: float) -> Syntax:
    """The tree of *text*. Raises `Exhausted` where the process's CPU time passes *deadline* first."""
    assert _parser is not None
    if len(text) <= SHORT:
        return _parser.parse(text).root_node
    try:  # the binding watches nothing while it reads a bytestring
        return _parser.parse(lambda at, _: text[at:], progress_callback=lambda *_: process_time() > deadline).root_node
    except ValueError:
        _parser.reset()
        raise Exhausted("syntax") from None


def _without_last_backslash(data: bytes) -> bytes:
    """bash drops a backslash at the very end of its text, and one that goes on to a line of blanks there: the grammar finds an
    error in either."""
    while True:
        text = data.rstrip(b" \t")
        if text.endswith((b"\\\n", b"\\\r\n")):
            text = text.rstrip(b"\r\n")
        elif text != data:
            return data  # the blank is what the backslash escapes
        if (len(text) - len(text.rstrip(b"\\"))) % 2 == 0:
            return data
        data = text[:-1]


def _without_backslashed_names(data: bytes) -> bytes:
    """A blank in place of the backslash in ``\\rm``, which passes an alias by, at the start of a line.

    The grammar takes such a line for more words of the command above.
    """
    if b"\\" not in data:
        return data
    # Not behind a line's end that is escaped. In strings it changes nothing: their text is taken from the script itself.
    return re.sub(rb"(?m)(?<!\\\n)(?<!\\\r\n)^([ \t]*)\\(?=[\w./-])", rb"\1 ", data)


_PLACEHOLDER = (
    rb"""(?m)((?:(?<=\s)--[\w.-]+(?:[ \t]+|=)|^[ \t]*(?:export[ \t]+)?[A-Za-z_]\w*=)[^\s"'`<>|;&#]*)<([A-Za-z][\w -]*)>"""
)
"""``<ROOT>`` in the value of a flag or of an assignment."""


def without_placeholders(data: bytes) -> bytes:
    """*data* with ``<…>`` to be filled in made a plain part of its word, byte for byte: to bash it is two redirections, of
    which the second takes the next word for a file. A value may have several."""
    if b"<" not in data:
        return data
    pattern = re.compile(_PLACEHOLDER)
    for _ in range(4):
        plain = pattern.sub(lambda found: found[1] + b"_" + found[2].replace(b" ", b"_") + b"_", data)
        if plain == data:
            break
        data = plain
    return data


def _without_comments_in_backticks(data: bytes) -> bytes:
    """Blanks in place of `# a note` behind an option, as scripts comment a command of many lines: it gives no word.

    The grammar takes the closing backtick for a part of the comment, and all that follows for its command.
    """
    note = rb"(?m)(?:^|(?<=[ \t(]))`[ \t]*#[^`\n]*`(?=[ \t)]|\\?\r?$)"
    return re.sub(note, lambda found: b" " * len(found[0]), data)


def language() -> object:
    """The grammar, as `tree_sitter.Language` takes it."""
    found: object = _binding("tree_sitter_bash").language()
    return found


def _binding(package: str) -> Any:
    """The compiled module of *package*, tree_sitter or tree_sitter_bash; the package where that does not go.

    The package's ``__init__`` costs more than to read a script: it imports importlib.resources (10 ms), for queries that
    highlight code, or typing (5 ms).
    """
    from importlib.machinery import PathFinder

    found = PathFinder.find_spec(package)
    spec = PathFinder.find_spec(f"{package}._binding", found.submodule_search_locations) if found is not None else None
    if spec is None or spec.loader is None or package in sys.modules:
        return __import__(package)
    binding = spec.loader.create_module(spec)
    assert binding is not None  # of an extension
    spec.loader.exec_module(binding)
    return binding


def walk(node: Syntax) -> Iterator[Syntax]:
    """Every node from *node* on in text order, without recursion: fuzzed text nests deeper than Python's stack."""
    cursor = node.walk()
    while True:
        found = cursor.node
        if found is not None:
            yield found
        if cursor.goto_first_child():
            continue
        while not cursor.goto_next_sibling():
            if not cursor.goto_parent():
                return


def start_of(node: Syntax, data: bytes) -> int:
    """Where *node* really starts: inside strings the grammar lets an expansion begin at the blanks in front of it."""
    start = node.start_byte
    while start < node.end_byte and (data[start : start + 1].isspace() or data[start : start + 2] == b"\\\n"):
        start += 1
    return start


def body_of(node: Syntax, kind: str) -> Syntax | None:
    """The first child of *node* of type *kind*, or None."""
    for child in node.children:
        if child.type == kind:
            return child
    return None


_SETS = re.compile(r"\$\{(\w+)(?:\[[^\]\n]*\])?:?=")
"""``${NAME:=…}``"""


def assigned_names(node: Syntax) -> set[str]:
    """Names of all variables that something below *node* may assign: assignments, ``read``, loops, ``((…))``."""
    names = set()
    for found in walk(node):
        kind = found.type
        if kind == "variable_assignment" and _is_for_one_command(found):
            continue
        if kind in {"variable_assignment", "for_statement"}:
            for child in walk(found):
                if child.type == "variable_name":
                    names.add(_text(child))
                    break
        elif kind in {"postfix_expression", "unary_expression", "c_style_for_statement"}:
            names.update(_text(child) for child in found.children if child.type in {"variable_name", "word"})
        elif kind == "expansion" and (set_ := _SETS.match(_text(found))) is not None:
            names.add(set_[1])
        elif kind == "binary_expression" and any(child.type in {"=", "+=", "-=", "*=", "/="} for child in found.children):
            names.add(_text(found.children[0]))
        elif kind == "command":
            words = [_text(child) for child in found.named_children]
            if words and words[0] in {"read", "mapfile", "readarray", "printf", "getopts", "unset", "let"}:
                names.update(word for word in words[1:] if word.isidentifier())
    return names


def assigned_in_errors(tree: Syntax, data: bytes) -> set[str]:
    """Names that the lines in which the grammar gives up may assign."""
    names: set[str] = set()
    done = 0
    for node in walk(tree):
        if (node.is_error or node.is_missing) and node.end_byte >= done:
            start = max(data.rfind(b"\n", 0, node.start_byte) + 1, done)
            done = data.find(b"\n", node.end_byte)
            done = len(data) if done < 0 else done
            found = re.findall(
                rb"\b([A-Za-z_]\w*)(?:\[[^\]\n]*\])?\+?=|\bfor\s+(\w+)|\bread\b([^\n;|&]*)|\$\{(\w+)(?:\[[^\]\n]*\])?:?=",
                data[start:done],
            )
            names.update(
                name
                for groups in found
                for one in groups
                for name in one.decode("utf-8", "replace").split()
                if name.isidentifier()
            )
    return names


def _is_for_one_command(assignment: Syntax) -> bool:
    """Whether *assignment* stands in front of a command on its line (``IFS= read -r line``), which alone sees it."""
    command = assignment.parent
    name = body_of(command, "command_name") if command is not None and command.type == "command" else None
    return name is not None and name.start_point[0] == assignment.end_point[0]


def _text(node: Syntax) -> str:
    return (node.text or b"").decode("utf-8", "replace")
