"""The rows of a data file, as VLM-R1's loaders read them: what they stop at, and in which line.

Two loaders: grpo_jsonl.py reads one JSON object a line, with ``conversations`` and ``image``; grpo_rec.py and sft.py read the
files of a data config, lines in ``.jsonl`` and one array in ``.json``, with ``problem`` and ``solution``.
"""

from __future__ import annotations

from vlmr1_lint.values import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

__all__ = [
    "MAX_BYTES",
    "MAX_ROWS",
    "Columns",
    "Row",
    "RowProblem",
    "Rows",
    "conversation_problems",
    "image_count",
    "merged",
    "read_array",
    "read_lines",
    "record_problems",
]

MAX_ROWS = 200
"""Rows of a data file that are looked at (bounded on purpose: a hint, no validation of the whole)."""
MAX_BYTES = 1_000_000
"""Bytes of a data file that are read."""


@value
class RowProblem:
    """What a loader stops at, or misreads. ``line`` counts from 1 (rows of an array: the row's number), ``count`` rows like
    it."""

    code: str
    line: int
    detail: str = ""
    count: int = 1


@value
class Row:
    """A row that could be read: its line (or number) and its content."""

    line: int
    content: Mapping[str, object]


@value
class Rows:
    """The head of a data file.

    rows      rows that could be read, `MAX_ROWS` at most
    problems  what a loader stops at on the way, each code once
    total     rows in the whole file; None where only its head was read, or where lines do not decide it
    is_array  it holds one JSON array (or one value over several lines) and no JSON lines
    """

    rows: tuple[Row, ...]
    problems: tuple[RowProblem, ...]
    total: int | None
    is_array: bool


def read_lines(data: bytes, whole: bool) -> Rows:
    """*data*, the head of a file of JSON lines; *whole* says whether it is all of the file."""
    kind = _shape(data)
    if kind is not None:
        return Rows((), (RowProblem(kind, 1),), None, True)
    text, problem = _text(data, whole)
    if problem is not None:
        return Rows((), (problem,), None, False)
    lines = text.split("\n")
    if lines[-1] == "" or not whole:
        lines.pop()  # what follows the last line's end, or a line that was cut
    rows, problems = [], []
    for number, line in enumerate(lines[:MAX_ROWS], 1):
        found = _row(line, number)
        if isinstance(found, RowProblem):
            problems.append(found)
        else:
            rows.append(found)
    return Rows(tuple(rows), merged(problems), len(lines) if whole else None, False)


def _shape(data: bytes) -> str | None:
    """``"array"`` or ``"pretty-printed"`` for text that is one JSON value and no lines of JSON."""
    start = data.lstrip()[:2]
    if start[:1] == b"[":
        return "array"
    return "pretty-printed" if start in (b"{\n", b"{\r") else None


def _text(data: bytes, whole: bool) -> tuple[str, RowProblem | None]:
    """*data* as Python's text mode reads it: UTF-8 with universal line ends."""
    if not whole:
        data = data[: data.rfind(b"\n") + 1]  # a character may be cut with the last line
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        return "", RowProblem("undecodable", data.count(b"\n", 0, error.start) + 1)
    if text.startswith("\ufeff"):
        return "", RowProblem("byte-order-mark", 1)
    return text.replace("\r\n", "\n").replace("\r", "\n"), None


def _row(line: str, number: int) -> Row | RowProblem:
    import json

    if not line.strip():
        return RowProblem("blank-line", number)
    try:
        found = json.loads(line)
    except ValueError as error:
        return RowProblem("invalid-json", number, _reason(error))
    except RecursionError:
        return RowProblem("invalid-json", number, "nested too deeply")
    return Row(number, found) if isinstance(found, dict) else RowProblem("not-an-object", number)


def _reason(error: ValueError) -> str:
    return str(getattr(error, "msg", "") or error).lower()


def read_array(data: bytes, whole: bool) -> Rows:
    """*data*, the head of a ``.json`` file that a loader reads whole with ``json.load`` and takes for a list of rows."""
    text, problem = _text(data, whole=True) if whole else (data.decode("utf-8", "ignore"), None)
    if problem is not None:
        return Rows((), (problem,), None, False)
    if not text.lstrip().startswith("["):
        return Rows((), (RowProblem("no-array", 1),), None, False)
    rows: list[Row] = []
    problems: list[RowProblem] = []
    for number, found in enumerate(_items(text), 1):
        if isinstance(found, dict):
            rows.append(Row(number, found))
        else:
            problems.append(RowProblem("not-an-object", number))
        if number == MAX_ROWS:
            break
    total, problem = _length(text) if whole else (None, None)
    return Rows(tuple(rows), merged([*problems, *([problem] if problem else [])]), total, True)


def _items(text: str) -> Iterator[object]:
    """The items of the array that *text* begins with, as long as they can be read: it may be cut."""
    import json

    decoder, at = json.JSONDecoder(), text.index("[") + 1
    while True:
        while text[at : at + 1].isspace() or text[at : at + 1] == ",":
            at += 1
        try:
            found, at = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            return  # the end, or no JSON: where the file is whole, `_length` says what is wrong
        yield found


def _length(text: str) -> tuple[int | None, RowProblem | None]:
    """The rows of a whole array, or what is wrong with it."""
    import json

    try:
        return len(json.loads(text)), None
    except ValueError as error:
        return None, RowProblem("invalid-json", getattr(error, "lineno", 1), _reason(error))
    except RecursionError:
        return None, RowProblem("invalid-json", 1, "nested too deeply")


def conversation_problems(rows: Rows) -> Iterator[RowProblem]:
    """What grpo_jsonl.py stops at in rows that are JSON objects (VLM-R1 grpo_jsonl.py:967-989)."""
    for row in rows.rows:
        code = _conversation(row.content)
        if code:
            yield RowProblem(code, row.line)
        problem = _image(row)
        if problem is not None:
            yield problem


def _image(row: Row) -> RowProblem | None:
    """What is odd about a row's images: no path (an empty text is the folder, from which no image is opened), none or several."""
    images = row.content.get("image", [])
    if not isinstance(images, str | list):
        return RowProblem("image-no-path", row.line, _json_type(images))
    if images == "":
        return RowProblem("image-no-path", row.line, '""')
    if isinstance(images, str):
        return None
    for image in images:
        if not isinstance(image, str) or not image:
            return RowProblem("image-no-path", row.line, "list with " + ('""' if image == "" else _json_type(image)))
    if not images:
        return RowProblem("no-image", row.line)
    return RowProblem("several-images", row.line, str(len(images))) if len(images) > 1 else None


def image_count(content: Mapping[str, object]) -> int | None:
    """How many images grpo_jsonl.py gives the trainer for a row: none without the key or for an empty list (VLM-R1
    grpo_jsonl.py:967-977, grpo_trainer.py:528-534). None where the run stops at the row."""
    images = content.get("image", [])
    paths = images if isinstance(images, list) else [images]
    return len(paths) if all(isinstance(path, str) and path for path in paths) else None


def _conversation(content: Mapping[str, object]) -> str:
    """What is wrong with a row's conversation, ``""`` if nothing is: two turns, the first one's value a text."""
    turns = content.get("conversations")
    if turns is None:
        return "no-conversations"
    if not isinstance(turns, list):
        return "conversations-no-list"
    if len(turns) < 2:
        return "too-few-turns"
    if not all(isinstance(turn, dict) and "value" in turn for turn in turns[:2]):
        return "turn-without-value"
    return "" if isinstance(turns[0]["value"], str) else "question-no-text"


def record_problems(rows: Rows) -> Iterator[RowProblem]:
    """What grpo_rec.py and sft.py stop at in rows that are JSON objects (VLM-R1 grpo_rec.py:157-206): they need one image."""
    for row in rows.rows:
        for key in ("problem", "solution", "image"):
            if key not in row.content:
                yield RowProblem(f"no-{key}", row.line)
        image = row.content.get("image", "path")
        if not isinstance(image, str) or not image:
            yield RowProblem("image-no-path", row.line, '""' if image == "" else _json_type(image))


def merged(problems: Iterable[RowProblem]) -> tuple[RowProblem, ...]:
    """*problems* with each code once: its first line, and how many there are."""
    first: dict[str, RowProblem] = {}
    counts: dict[str, int] = {}
    for problem in problems:
        first.setdefault(problem.code, problem)
        counts[problem.code] = counts.get(problem.code, 0) + problem.count
    return tuple(RowProblem(code, one.line, one.detail, counts[code]) for code, one in first.items())


def _json_type(found: object) -> str:
    names = {bool: "boolean", int: "number", float: "number", str: "string", list: "array", dict: "object", type(None): "null"}
    return names[type(found)]


class Columns:
    """The columns of the dataset that grpo_jsonl.py makes of all rows of all files: Arrow gives each one kind, and only those
    of the
    very first row are kept (datasets `Dataset.from_list`; executed with datasets 5.2.0 for every pair of kinds)."""

    def __init__(self) -> None:
        self._first: dict[str, object] = {}
        self._names: frozenset[str] | None = None

    def problems(self, rows: Rows) -> Iterator[RowProblem]:
        """What the rows of one more file get into; files in the order in which they are loaded."""
        for row in rows.rows:
            if self._names is None:
                self._names = frozenset(row.content)
            elif "image" in row.content and "image" not in self._names:
                yield RowProblem("image-after-text", row.line)
            for name in self._names.intersection(row.content).difference(OWN_COLUMNS):
                if self._clashes(name, row.content[name]):
                    kinds = f"{name}: {_json_type(self._first[name])}, {_json_type(row.content[name])}"
                    yield RowProblem("mixed-types", row.line, kinds)

    def _clashes(self, name: str, found: object) -> bool:
        """Whether Arrow cannot hold *found* in the column's kind, which its first value that is not empty gives."""
        if found is None or found in ([], {}):
            return False
        first = self._first.setdefault(name, found)
        if isinstance(first, float) and isinstance(found, bool):
            return False
        return _column_kind(first) != _column_kind(found)


OWN_COLUMNS = frozenset(("image", "image_path", "conversations", "problem", "solution", "accu_reward_method"))
"""Columns that grpo_jsonl.py makes itself, or takes away."""


def _column_kind(found: object) -> str:
    return "number" if isinstance(found, int | float) and not isinstance(found, bool) else type(found).__name__
