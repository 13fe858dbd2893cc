"""Frozen values: construction, equality, and what they refuse."""

from __future__ import annotations

import pytest

from vlmr1_lint.values import replace, value


@value
class Point:
    x: int
    y: int = 0


@value
class Named(Point):
    name: str = ""


def test_construction_and_defaults():
    assert (Point(1).x, Point(1).y) == (1, 0)
    assert Point(1, y=2) == Point(1, 2)
    assert Named(1, 2, "a").name == "a"
    assert repr(Named(1)) == "Named(x=1, y=0, name='')"


def test_equality_is_by_class_and_fields():
    assert Point(1) == Point(1) != Point(2)
    assert Point(1) != Named(1)
    assert len({Point(1), Point(1), Point(2)}) == 2


def test_replace():
    assert replace(Named(1, 2, "a"), y=3) == Named(1, 3, "a")
    with pytest.raises(TypeError, match="no field 'z'"):
        replace(Point(1), z=1)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (Point, "lacks 'x'"),
        (lambda: Point(1, 2, 3), "takes 2 fields"),
        (lambda: Point(1, z=2), "no field 'z'"),
        (lambda: Point(z=2), "no field 'z'"),
    ],
)
def test_wrong_construction(make, words):
    with pytest.raises(TypeError, match=words):
        make()


def test_frozen():
    point = Point(1)
    with pytest.raises(AttributeError, match="frozen"):
        point.x = 2
    with pytest.raises(AttributeError, match="frozen"):
        del point.x
    assert point.x == 1
