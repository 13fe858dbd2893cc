"""An args file that a shell loop turns into flags (VLM-R1 run_scripts/multinode_training_demo.sh:83-97): line by line, without
YAML. What the loop makes of each line is what the trainer gets."""

from __future__ import annotations

from vlmr1_lint.candidates.trainer import known_option
from vlmr1_lint.documents.model import Node
from vlmr1_lint.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from vlmr1_lint.candidates.trainer import Trainer
    from vlmr1_lint.documents.model import Document
    from vlmr1_lint.documents.shell.nodes import YamlReader

__all__ = ["LoopLine", "LoopNode", "dropped_in_vain", "loop_lines", "through_loop"]


class LoopNode(Node):
    """A YAML node as a shell loop hands it on: its text is the value, whatever YAML makes of it."""

    __slots__ = ("children", "entry_span", "key_span", "kind", "path", "refusal", "span", "style", "text", "value")

    is_word = True
    """A command line word, and converted as such."""

    def __init__(self, node: Node, value: object) -> None:
        for name in self.__slots__:
            object.__setattr__(self, name, value if name == "value" else getattr(node, name))


class LoopLine:
    """What a loop makes of one key of the args file, where that is not what YAML would.

    problem   ``false-dropped``, ``true-bare``, ``last-line``, ``comment``, ``list``, ``nested``, ``quotes``, ``words``
    key, text the key, and its value as written
    expected  the option's type and ``default`` over all candidates; None where there is no such option, Unknown where they differ
    spelling  the same value in other words, of which the loop makes what YAML does; None where there are none, or none are needed
    layout    what else has to change in the text for that (`Change` ``layout``), or None
    """

    def __init__(self, document: Document, node: Node, problem: str, reader: YamlReader, trainer: Trainer) -> None:
        self.document = document
        self.node = node
        self.problem = problem
        self.key = str(node.path[-1])
        self.text = node.text if "\n" not in node.text else node.text.partition("\n")[0]
        known = [known_option(trainer, self.key, release) for release in trainer.candidates]
        types = {option.type if option else None for option in known}
        defaults = [option.default if option else None for option in known]
        self.expected: object = types.pop() if len(types) == 1 else Unknown("trainer version")
        alike = all(default == defaults[0] and type(default) is type(defaults[0]) for default in defaults)
        self.default: object = defaults[0] if alike else Unknown("trainer version")
        self.spelling, self.layout = _mending(document, node, problem, reader, splits="list" not in str(self.expected))


def through_loop(document: Document, node: Node, reader: YamlReader) -> Node | None:
    """*node* as the loop passes it: ``true`` a bare flag, ``false`` nothing, a key without a value a bare flag, all else its
    text."""
    text = _compared(document, node, reader)
    if (text == "false" and reader.false_is_dropped) or (reader.needs_final_newline and _on_cut_line(document, node)):
        return None
    if (text == "true" and reader.true_is_bare) or not node.text.strip() or node.style == "block":
        return LoopNode(node, True)
    return LoopNode(node, _passed(node, reader))


def dropped_in_vain(document: Document, reader: YamlReader, trainer: Trainer) -> Iterator[Node]:
    """The keys whose ``false`` the loop drops although it is the default anyway: what is written there does hold."""
    for line in loop_lines(document, reader, trainer):
        if line.problem == "false-dropped" and line.default is False:
            yield LoopNode(line.node, "false")


def loop_lines(document: Document, reader: YamlReader, trainer: Trainer) -> Iterator[LoopLine]:
    """The keys of *document* of which *reader* makes something else than YAML would, in file order."""
    for node in document.roots[0].children:
        for problem in _problems(document, node, reader):
            yield LoopLine(document, node, problem, reader, trainer)


def _problems(document: Document, node: Node, reader: YamlReader) -> Iterator[str]:
    text, compared = node.text.strip(), _compared(document, node, reader)
    if reader.needs_final_newline and _on_cut_line(document, node):
        yield "last-line"
    elif compared == "false" and reader.false_is_dropped:
        yield "false-dropped"
    elif compared == "true" and reader.true_is_bare:
        yield "true-bare"
    if _has_comment(document, node):
        yield "comment"
    if node.kind == "mapping":
        yield "nested"
    elif node.kind == "sequence":
        yield "list"
    elif text[:1] in ("'" if reader.strips_quotes else "'\"") and not (reader.reread and _in_quotes(text, reader)):
        yield "quotes"
    elif (
        _has_anchor(document, node)
        or "\n" in text
        or (len(_passed(node, reader).split()) > 1 and not (reader.reread and _in_quotes(text, reader)))
    ):
        yield "words"


def _mending(document: Document, node: Node, problem: str, reader: YamlReader, splits: bool) -> tuple[str | None, str | None]:
    """`LoopLine.spelling` and `LoopLine.layout`; *splits*: whether a value of several words is no list of them."""
    if problem == "last-line":
        return None, "final-newline"
    if problem in {"false-dropped", "true-bare"}:
        capital = {"false": "False", "true": "True"}.get(node.text)
        return (None if reader.any_case else capital), None
    problems = set(_problems(document, node, reader)) - (set() if splits else {"words"})
    spelling = _plainer(document, node, reader) if problems & {"quotes", "words"} else None
    if problems & {"list", "nested"} or (problems & {"quotes", "words"} and spelling is None):
        return None, None
    if "comment" not in problems:
        return spelling, None
    return (spelling, "comment-above") if reader.skips_comments else (None, None)


def _plainer(document: Document, node: Node, reader: YamlReader) -> str | None:
    """Another spelling of a string that arrives as that string: without quotes, or in quotes that the loop takes away, or the
    shell that reads the flags again."""
    value = node.raw
    if not isinstance(value, str) or not value or _has_anchor(document, node) or any(mark in value for mark in "'\"\\$`\n"):
        return None
    if " " in value or "\t" in value:
        return f"'{value}'" if reader.reread else None
    from vlmr1_lint.documents.yaml.render import render

    if value.lower() in {"true", "false"}:
        return None  # the loop would take it for the other kind
    plain = render(value)
    return plain if plain == value else f'"{value}"' if reader.strips_quotes else None


def _passed(node: Node, reader: YamlReader) -> str:
    """The value's text as it reaches the program, or the shell that reads it again."""
    text = node.text.strip()
    text = text.strip('"') if reader.strips_quotes else text
    return text[1:-1] if reader.reread and _in_quotes(text, reader) else text


def _in_quotes(text: str, reader: YamlReader) -> bool:
    """Whether *text* stands in quotes that the loop leaves to the shell."""
    quotes = "'" if reader.strips_quotes else "'\""
    return len(text) > 1 and text[0] == text[-1] and text[0] in quotes and text[0] not in text[1:-1]


def _compared(document: Document, node: Node, reader: YamlReader) -> str:
    """What the loop compares with ``true`` and ``false``: a comment behind the value belongs to it."""
    text = node.text.strip()
    text = text.strip('"') if reader.strips_quotes else text
    return "" if _has_comment(document, node) or _has_anchor(document, node) else text.lower() if reader.any_case else text


def _has_anchor(document: Document, node: Node) -> bool:
    """Whether an anchor or a tag stands before the value, which the loop takes for a part of it."""
    key = node.key_span
    return key is not None and document.data[key.end : node.span.start].strip(b" \t\r\n\"':") != b""


def _has_comment(document: Document, node: Node) -> bool:
    return _rest_of_line(document, node).startswith(b"#")


def _on_cut_line(document: Document, node: Node) -> bool:
    """Whether *node* stands on a last line that does not end: ``while read`` fails on it, and its body is not run."""
    last = document.data.rfind(b"\n") + 1
    return last < len(document.data) and node.entry_span.start >= last


def _rest_of_line(document: Document, node: Node) -> bytes:
    end = document.data.find(b"\n", node.span.end)
    return document.data[node.span.end : end if end >= 0 else len(document.data)].strip()
