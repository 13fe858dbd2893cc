"""What every document does, whatever its format."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from vlmr1_lint.documents.model import Document

PIECES = st.sampled_from([b"a", b"\n", b"\r\n", "é".encode(), "中".encode(), "🚀".encode(), b"\xff", b"\xe4\xb8", b"\x80", b"\t"])


@given(st.booleans(), st.lists(PIECES, max_size=30), st.lists(st.integers(0, 120), max_size=30))
def test_a_position_does_not_depend_on_those_asked_before(bom: bool, pieces: list[bytes], offsets: list[int]) -> None:
    """Columns are counted from the last place that was asked for; alone, from the start of the line."""
    data = (b"\xef\xbb\xbf" if bom else b"") + b"".join(pieces)
    document = Document("a.yaml", data)
    for offset in (min(offset, len(data)) for offset in offsets):
        assert document.position(offset) == Document("a.yaml", data).position(offset)


def test_columns_of_a_long_line_are_not_counted_from_its_start() -> None:
    """Ten thousand places in one line of a megabyte look at the line a few times, and not ten thousand."""

    class Counted(bytes):
        looked = 0

        def __getitem__(self, key):  # type: ignore[no-untyped-def, override]
            found = super().__getitem__(key)
            Counted.looked += len(found) if isinstance(found, bytes) else 1
            return found

    data = Counted(b'{"key": 1, ' * 100_000)
    document = Document("a.json", data)
    for start in range(0, len(data), 11 * 10):
        for offset in (start, start + 9, start + 5):
            assert document.position(offset).column == offset + 1
    assert Counted.looked < 5 * len(data)
