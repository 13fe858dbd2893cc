"""What edits of JSON look like, byte by byte, and which changes are refused."""

from __future__ import annotations

import pytest
from test_yaml_edit import drop, name, put

from vlmr1_lint.documents.json.read import read_json
from vlmr1_lint.documents.model import Change, Refused, apply_edits
from vlmr1_lint.documents.verify import verify

MANY = '{\n    "a": 1,\n    "b": {\n        "c": 2\n    },\n    "l": [1, 2]\n}\n'

CASES = [
    (MANY, [put("a", "auto")], MANY.replace("1,\n", '"auto",\n', 1)),
    (MANY, [put("b.c", 5e8)], MANY.replace("2\n", "500000000.0\n", 1)),
    (MANY, [put("b.d", True)], MANY.replace("2\n", '2,\n        "d": true\n', 1)),
    (MANY, [put("x", None, "a")], MANY.replace("1,\n", '1,\n    "x": null,\n', 1)),
    (
        MANY,
        [put("b.o.p", 1), put("b.o.q", 2)],
        MANY.replace("2\n", '2,\n        "o": {\n            "p": 1,\n            "q": 2\n        }\n', 1),
    ),
    (MANY, [drop("a")], MANY.replace('    "a": 1,\n', "")),
    (MANY, [drop("l")], MANY.replace(',\n    "l": [1, 2]', "")),
    (MANY, [drop("b"), drop("l")], '{\n    "a": 1\n}\n'),
    (MANY, [drop("b.c")], MANY.replace('\n        "c": 2\n    ', "")),
    (MANY, [drop("l"), put("z", 1)], MANY.replace('"l": [1, 2]', '"z": 1')),
    (MANY, [put("l", [1, 3])], MANY.replace("[1, 2]", "[1, 3]")),
    (MANY, [put("l.2", 3)], MANY.replace("[1, 2]", "[1, 2, 3]")),
    (MANY, [drop("l.0")], MANY.replace("[1, 2]", "[2]")),
    (MANY, [name("a", "中")], MANY.replace('"a"', '"中"')),
    (MANY, [put("b", {"c": 3})], MANY.replace("2\n", "3\n", 1)),
    ('{"a":1}', [put("b", "x")], '{"a":1, "b":"x"}'),
    ('{"a":1,"c":2}', [put("b", "x", "a")], '{"a":1,"b":"x","c":2}'),
    ("{}", [put("a", 1), put("b", 2)], '{"a": 1, "b": 2}'),
    ('{\r\n\t"a": {}\r\n}', [put("a.b", 1)], '{\r\n\t"a": {\r\n\t\t"b": 1\r\n\t}\r\n}'),
    ('{"a": "\\ud83d\\ude42", "b": 1}', [put("b", 2)], '{"a": "\\ud83d\\ude42", "b": 2}'),
    ('{"a": 5e8}', [put("a", 500000000.0)], '{"a": 5e8}'),
]


@pytest.mark.parametrize(("old", "changes", "new"), CASES)
def test_edits(old: str, changes: list[Change], new: str) -> None:
    document = read_json("a.json", old.encode())
    changed = apply_edits(document.data, document.edits(changes))
    assert changed.decode() == new
    assert verify(document, changes, changed) is None


@pytest.mark.parametrize(
    ("old", "code", "new"),
    [
        ('{"a": [1, 2,],\n}', "trailing-comma", '{"a": [1, 2]\n}'),
        ('{\n  // one\n  "a": 1, // two\n  /* three */ "b": 2 # four\n}\n', "comment", '{\n  "a": 1,\n  "b": 2\n}\n'),
        ('{"a": 1, // x\n}', "trailing-comma", '{"a": 1\n}'),
        ('\ufeff{"a": "//"}', "bom", '{"a": "//"}'),
        ('{"a": 1}\r\n// end', "comment", '{"a": 1}\r\n'),
        ('{"a": 1}/* x */ // y\n', "comment", '{"a": 1}\n'),
        ('{"a": 1 /* x */ /* y */, /* z */ // w\n}', "trailing-comma", '{"a": 1  \n}'),
    ],
)
def test_repairs(old: str, code: str, new: str) -> None:
    document = read_json("a.json", old.encode())
    change = Change("repair", (0,), code)
    changed = apply_edits(document.data, document.edits([change]))
    assert changed.decode() == new
    assert verify(document, [change], changed) is None


@pytest.mark.parametrize(
    ("text", "change", "why"),
    [
        ('{"a": 1,}', put("a", 2), "the file cannot be read"),
        ('{"a": 1 "b"}', Change("repair", (0,), "trailing-comma"), "there is no trailing-comma to mend"),
        ('{"a": 1, "a": 2}', drop("a"), "is there twice"),
        ('{"a": 1}', drop("b"), "b is not there"),
        ('{"a": 1, "b": 2}', name("a", "b"), "b is there already"),
        ('{"a": [1]}', name("a.0", "b"), "no key"),
        ('{"a": 1}', put("a.b", 2), "a cannot take b"),
        ('{"a": 1}', put("a", object()), "cannot be written"),
        ('{"a": [1]}', put("a.3", 2), "a cannot take 3"),
    ],
)
def test_refusals(text: str, change: Change, why: str) -> None:
    with pytest.raises(Refused, match=why):
        read_json("a.json", text.encode()).edits([change])
