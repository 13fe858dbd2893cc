"""An args file that a shell loop turns into flags (VLM-R1 run_scripts/multinode_training_demo.sh:83-97): line by line, without
YAML. What the loop makes of each line is what the trainer gets."""

from __future__ import annotations

from vlmr1_lint.documents.model import Node
from vlmr1_lint.training.trainer import known_option
from vlmr1_lint.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from vlmr1_lint.documents.model import Document
    from vlmr1_lint.documents.shell.nodes import YamlReader
    from vlmr1_lint.training.trainer import Trainer

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
    """

    def __init__(self, document: Document, node: Node, problem: str, trainer: Trainer) -> None:
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


def through_loop(document: Document, node: Node, reader: YamlReader) -> Node | None:
    """*node* as the loop passes it: ``true`` a bare flag, ``false`` nothing, a key without a value a bare flag, all else its
    text."""
    text = node.text.strip()
    if (text == "false" and reader.false_is_dropped) or (reader.needs_final_newline and _on_cut_line(document, node)):
        return None
    if (text == "true" and reader.true_is_bare) or not text or node.style == "block":
        return LoopNode(node, True)
    return LoopNode(node, text.strip('"') if reader.strips_quotes else text)


def dropped_in_vain(document: Document, reader: YamlReader, trainer: Trainer) -> Iterator[Node]:
    """The keys whose ``false`` the loop drops although it is the default anyway: what is written there does hold."""
    for line in loop_lines(document, reader, trainer):
        if line.problem == "false-dropped" and line.default is False:
            yield LoopNode(line.node, "false")


def loop_lines(document: Document, reader: YamlReader, trainer: Trainer) -> Iterator[LoopLine]:
    """The keys of *document* of which *reader* makes something else than YAML would, in file order."""
    for node in document.roots[0].children:
        for problem in _problems(document, node, reader):
            yield LoopLine(document, node, problem, trainer)


def _problems(document: Document, node: Node, reader: YamlReader) -> Iterator[str]:
    text = node.text.strip()
    if reader.needs_final_newline and _on_cut_line(document, node):
        yield "last-line"
    elif text == "false" and reader.false_is_dropped:
        yield "false-dropped"
    elif text == "true" and reader.true_is_bare:
        yield "true-bare"
    if _rest_of_line(document, node).startswith(b"#"):
        yield "comment"
    if node.kind == "mapping":
        yield "nested"
    elif node.kind == "sequence":
        yield "list"
    elif text[:1] == "'":
        yield "quotes"
    elif "\n" in text or len(text.split()) > 1:
        yield "words"


def _on_cut_line(document: Document, node: Node) -> bool:
    """Whether *node* stands on a last line that does not end: ``while read`` fails on it, and its body is not run."""
    last = document.data.rfind(b"\n") + 1
    return last < len(document.data) and node.entry_span.start >= last


def _rest_of_line(document: Document, node: Node) -> bytes:
    end = document.data.find(b"\n", node.span.end)
    return document.data[node.span.end : end if end >= 0 else len(document.data)].strip()
