"""The same YAML in another text, for readers that are no YAML parser: a value's spelling, a comment's line, the last newline."""

from __future__ import annotations

from vlmr1_lint.documents.model import Edit, Refused, Span, format_path
from vlmr1_lint.documents.yaml.lines import after_line_break, line_end, line_start, newline

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from vlmr1_lint.documents.yaml.nodes import YamlNode

__all__ = ["layout", "respell"]


def respell(node: YamlNode, text: object) -> Edit:
    """The edit that writes the scalar *node* as *text*. Whether that means the same is seen when the new text is read.

    Raises `Refused`.
    """
    if node.refusal is not None:
        raise Refused(f"{format_path(node.path)} {node.refusal}")
    if not isinstance(text, str) or node.kind != "scalar" or node.style in ("literal", "folded"):
        raise Refused(f"{format_path(node.path)} has no other spelling")
    return Edit(node.document.path, node.span, text)


def layout(node: YamlNode, what: object) -> Iterator[Edit]:
    """The edits that move what means nothing beside the entry *node*: see `Change`. Raises `Refused`."""
    document, data = node.document, node.document.data
    end = line_end(data, node.span.end)
    if what == "final-newline":
        if after_line_break(data, end) < len(data) or data.endswith((b"\n", b"\r")):
            raise Refused("the text does not lack its last line break there")
        yield Edit(document.path, Span(len(data), len(data)), newline(data))
    elif what == "comment-above":
        start = line_start(data, node.entry_span.start)
        indent = data[start : node.entry_span.start]
        comment = data[node.span.end : end]
        if indent.strip(b" ") or not comment.lstrip(b" \t").startswith(b"#") or line_end(data, start) != end:
            raise Refused(f"no comment stands behind {format_path(node.path)} on its one line")
        kept = comment.lstrip(b" \t").decode("utf-8", "replace")
        yield Edit(document.path, Span(start, start), f"{indent.decode()}{kept}{newline(data)}")
        yield Edit(
            document.path, Span(node.entry_span.start + len(data[node.entry_span.start : node.span.end].rstrip(b" \t")), end), ""
        )
    else:
        raise Refused(f"unknown action {what!r}")
