"""Unified diffs of what a fix writes, such that ``git apply`` and ``patch -p1`` give exactly the new bytes."""

from __future__ import annotations

from vlmr1_lint.reporting.printable import clean

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    Opcode = tuple[str, int, int, int, int]

__all__ = ["unified"]


def unified(path: str, before: bytes, after: bytes, context: int = 3) -> str:
    r"""The change of the file *path* from *before* to *after*, with *context* lines around; empty if nothing changes.

    Lines end at ``\n`` only: a carriage return belongs to its line, so CRLF files stay as they are. A last line without
    line end is followed by ``\ No newline at end of file``. Bytes that are not UTF-8 come as lone surrogates: write the
    text with ``errors="surrogateescape"`` to get them back.
    """
    if before == after:
        return ""
    old, new = _lines(before), _lines(after)
    text = [f"--- {_name('a/' + path)}\n", f"+++ {_name('b/' + path)}\n"]
    for group in _groups(_opcodes(old, new), context):
        text.append(f"@@ -{_range(group[0][1], group[-1][2])} +{_range(group[0][3], group[-1][4])} @@\n")
        for tag, i1, i2, j1, j2 in group:
            if tag == "equal":
                text += [_line(" ", line) for line in old[i1:i2]]
            else:
                text += [_line("-", line) for line in old[i1:i2]]
                text += [_line("+", line) for line in new[j1:j2]]
    return "".join(text)


def _lines(data: bytes) -> list[str]:
    lines = data.decode("utf-8", "surrogateescape").split("\n")
    last = lines.pop()
    return [line + "\n" for line in lines] + ([last] if last else [])


def _line(sign: str, line: str) -> str:
    return sign + line if line.endswith("\n") else f"{sign}{line}\n\\ No newline at end of file\n"


def _opcodes(old: list[str], new: list[str]) -> list[Opcode]:
    """difflib's opcodes, found between the first and the last difference: fixes are small and files may be large."""
    from difflib import SequenceMatcher

    head, most = 0, min(len(old), len(new))
    while head < most and old[head] == new[head]:
        head += 1
    tail = 0
    while tail < most - head and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    middle = SequenceMatcher(None, old[head : len(old) - tail], new[head : len(new) - tail], autojunk=False).get_opcodes()
    found: list[Opcode] = [("equal", 0, head, 0, head)] if head else []
    found += [(tag, i1 + head, i2 + head, j1 + head, j2 + head) for tag, i1, i2, j1, j2 in middle]
    if tail:
        found.append(("equal", len(old) - tail, len(old), len(new) - tail, len(new)))
    return found


def _groups(opcodes: list[Opcode], context: int) -> Iterator[list[Opcode]]:
    """Hunks: differences less than twice the *context* apart stand in one."""
    group: list[Opcode] = []
    last = len(opcodes) - 1
    for index, (tag, i1, i2, j1, j2) in enumerate(opcodes):
        if tag != "equal":
            group.append((tag, i1, i2, j1, j2))
            continue
        length = i2 - i1
        before, after = (0 if index == 0 else context), (0 if index == last else context)
        if index not in (0, last) and length <= 2 * context:
            group.append((tag, i1, i2, j1, j2))
            continue
        if group:
            if before:
                group.append((tag, i1, min(i2, i1 + before), j1, min(j2, j1 + before)))
            yield group
            group = []
        if after:
            group = [(tag, max(i1, i2 - after), i2, max(j1, j2 - after), j2)]
    if any(tag != "equal" for tag, *_ in group):
        yield group


def _range(start: int, end: int) -> str:
    """A hunk's ``line,count`` (POSIX diff -u): an empty range names the line before it."""
    count = end - start
    if count == 1:
        return str(start + 1)
    return f"{start + 1 if count else start},{count}"


def _name(path: str) -> str:
    """*path* as git and patch read it: C-quoted if it holds odd characters, with a tab after it if it holds spaces."""
    if '"' in path or "\\" in path or "##" in path or clean(path) != path:
        return '"' + "".join(map(_quoted, path)).replace("##", "#\\043") + '"'
    return path + "\t" if " " in path else path


_SPECIAL = {"\n": "\\n", "\t": "\\t", "\r": "\\r", '"': '\\"', "\\": "\\\\"}


def _quoted(char: str) -> str:
    """*char* in a quoted name: what cannot be shown as its bytes in octal."""
    if char in _SPECIAL or clean(char) == char:
        return _SPECIAL.get(char, char)
    return "".join(f"\\{byte:03o}" for byte in char.encode("utf-8", "surrogateescape"))
