"""What expressions give: arithmetic, comparison, three-valued logic, and that nothing raises or runs away."""

from __future__ import annotations

import itertools
import sys

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from vlmr1_lint.documents.yaml.read import read_yaml
from vlmr1_lint.language.closures import build
from vlmr1_lint.language.parse import ExpressionError, parse, strip
from vlmr1_lint.training.views import ConfigView
from vlmr1_lint.unknown import Unknown, is_unknown

U, V = Unknown("fleet"), Unknown("model")


def value(text, functions=None, **scope):
    return build(strip(parse(text)), functions or {})(scope)


class Thing:
    """An object with an attribute, a method, and one attribute that only looks absent."""

    size = 3
    secret = property(lambda self: self.nothing)

    def method(self):
        raise AssertionError("a rule called a method")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 + 2 * 3 - 4", 3),
        ("7 / 2", 3.5),
        ("7 // 2", 3),
        ("-7 % 3", 2),
        ("'a' + 'b'", "ab"),
        ("1 < 2 < 3", True),
        ("1 < 3 < 2", False),
        ("'abc' > 'abb'", True),
        ("1 == 1.0", True),
        ("true == 1", False),
        ("[1, [2]] == [1, [2]]", True),
        ("2 in [1, 2]", True),
        ("true in [1, 2]", False),
        ("'b' not in 'abc'", False),
        ("null is None", True),
        ("0 is not None", True),
        ("[5, 6][-1]", 6),
        ("1 if 2 > 1 else x", 1),
        ("thing.size", 3),
        ("table.a.b", 7),
        ("table['a']['b']", 7),
        ("table.none.deeper.still", None),
        ("'a' in table", True),
        ("not (1 > 2)", True),
        ("{'a': 1, 'b': 2}['b']", 2),
        ("{'a': 1}['c']", None),
        ("{'a': 1}[null]", None),
        ("{1: 'one'}[1]", "one"),
        ("{1: 'one'}[true]", None),
        ("'a' in {'a': 1}", True),
        ("'b' not in {'a': 1}", True),
        ("true in {1: 1}", False),
        ("null in {'a': 1}", False),
        ("{'a': thing.size, 'b': 1 / 0}['a']", 3),  # only what is picked is computed
        ("{} == {}", True),
        ("table['' + 'a']['b']", 7),
    ],
)
def test_values(text, expected):
    found = value(text, thing=Thing(), table={"a": {"b": 7}})
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("x + 1", {"x"}),  # a word where a number is needed
        ("x < 1 and true", {"x"}),
        ("n / 0", {"n"}),
        ("n % z", {"n", "z"}),
        ("x and true", {"x"}),
        ("not n", {"n"}),
        ("thing.absent", {"thing.absent"}),
        ("thing.secret", {"thing.secret"}),
        ("x.upper", {"x.upper"}),
        ("nowhere.a", {"nowhere"}),
        ("{'a': n}[[1]]", {"n"}),
        ("thing['si' + 'ze']", {"thing"}),  # a computed key has no object's attributes
        ("thing['__class__']", {"thing.__class__"}),
        ("items[9]", {"items"}),
        ("items['a']", {"items.a"}),
        ("1 in n", {"n"}),
        ("big * big", {"big"}),
        ("x * 3", {"x"}),
        ("wide + 1", {"wide"}),
        ("huge * 2", {"huge"}),
        ("1 if x else 2", {"x"}),
        ("true + 1", set()),
    ],
)
def test_what_does_not_fit_is_unknown_and_names_what_was_read(text, missing):
    found = value(text, x="word", n=2, z=0, thing=Thing(), items=[1], big=1e308, wide=1 << 300, huge=1 << 255)
    assert is_unknown(found)
    assert found.missing == missing


# Strong Kleene tables, both ways round, over constants, facts and unknowns.
TRUTH = {"t": True, "f": False, "u": U}


@pytest.mark.parametrize(("a", "b"), list(itertools.product("tfu", repeat=2)))
def test_kleene_tables(a, b):
    both, either = value("a and b", a=TRUTH[a], b=TRUTH[b]), value("a or b", a=TRUTH[a], b=TRUTH[b])
    assert both == (False if "f" in (a, b) else U if "u" in (a, b) else True)
    assert either == (True if "t" in (a, b) else U if "u" in (a, b) else False)
    assert value("not a", a=TRUTH[a]) == {"t": False, "f": True, "u": U}[a]


def test_unknowns_merge_their_names():
    for text in (
        "a and b",
        "a or b",
        "a + b",
        "a < b",
        "a == b",
        "[a, b] == [1, 2]",
        "1 if a else b",
        "f(a, b)",
        "f(x=a, y=b)",
    ):
        assert value(text, {"f": None}, a=U, b=V) == U | V, text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 in [1, u]", True),
        ("1 in [2, u]", U),
        ("1 not in [1, u]", False),
        ("[1, u] == [2, u]", False),
        ("[1, u] == [1, u]", U),
        ("[u] != [1, 2]", True),
        ("1 < u < 3", U),
        ("3 < 2 < u", False),
        ("5 if u else 5", 5),
        ("5 if u else 6", U),
        ("u is None", U),
        ("u.a.b", U),
        ("u[0]", U),
        ("[1][u]", U),
        ("[u][0]", U),
        ("-u", U),
        ("{'a': 1}[u]", U),
        ("u in {'a': 1}", U),
        ("{'a': u, 'b': 1}['b']", 1),
        ("{'a': u, 'b': 1}['a']", U),
        ("{'a': u} == {'a': 1}", U),
        ("{'a': u} == {'b': 1}", False),
    ],
)
def test_unknown_inside(text, expected):
    assert value(text, u=U) == expected


def test_functions():
    functions = {"total": lambda a, b: a + b, "spread": lambda a: a, "is_set": lambda owner, name: (owner, name), "with": None}
    assert value("total(1, 2)", functions) == 3
    assert value("spread([1, u])", functions, u=U) == U  # a list with an unknown in it is not known

    def build_tree(*tree):
        return build(tree, {"f": lambda *arguments: arguments})({"run": {"x": U}, "u": U})

    assert build_tree("reference", "f", ("name", "run"), "x") == ({"x": U}, "x")
    assert build_tree("reference", "f", ("name", "u"), "x") == U
    assert build_tree("lenient", "f", (("name", "u"),)) == (U,)
    assert build_tree("scoped", "f", (("const", 1),)) == ({"run": {"x": U}, "u": U}, 1)
    assert build_tree("keywords", "f", (("a", ("const", 1)),)) == ({"run": {"x": U}, "u": U}, {"a": 1})
    with pytest.raises(KeyError):
        value("unregistered(1)")


def test_a_value_that_a_function_cannot_take_does_not_fit():
    functions = {"round": round, "str": str}
    assert value("round(x)", functions, x=float("inf")) == Unknown("x")
    assert value("str(x) == ''", functions, x=10**5_000) == Unknown("x")


# Expressions over five names, from the grammar, so that nearly all of them evaluate to something.
NAMES = st.sampled_from(["a", "b", "c", "d", "run.a", "run.b.c", "d[0]", "d['k']"])
ATOMS = NAMES | st.sampled_from(["0", "1", "2.5", "-3", "'x'", "''", "true", "false", "none", "[]", "[1, a]", "['x']"])
BINARY = ["+", "-", "*", "/", "//", "%", "<", "<=", ">", ">=", "==", "!=", "in", "not in", "and", "or"]


def _grow(inner):
    return st.one_of(
        st.tuples(inner, st.sampled_from(BINARY), inner).map(lambda t: f"({t[0]} {t[1]} {t[2]})"),
        st.tuples(inner, inner, inner).map(lambda t: f"({t[0]} if {t[1]} else {t[2]})"),
        st.tuples(inner, inner, inner).map(lambda t: f"({t[0]} < {t[1]} == {t[2]})"),
        inner.map(lambda t: f"(not {t})"),
        inner.map(lambda t: f"(-{t})"),
        inner.map(lambda t: f"({t} is None)"),
        st.tuples(inner, inner).map(lambda t: f"{t[0]}[{t[1]}]"),
        st.tuples(inner, inner).map(lambda t: f"[{t[0]}, {t[1]}]"),
        st.tuples(inner, inner).map(lambda t: f"{{'x': {t[0]}, 'k': {t[1]}}}"),
        st.tuples(inner, inner, inner).map(lambda t: f"{{0: {t[0]}, 1: {t[1]}}}[{t[2]}]"),
    )


EXPRESSIONS = st.recursive(ATOMS, _grow, max_leaves=12)
PLAIN = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=3), st.sampled_from(["x", "k", 0, 1, True])
)
KNOWN = st.recursive(
    PLAIN, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("kabc"), inner, max_size=3)
)
VALUES = KNOWN | st.sampled_from([U, V]) | st.just(Thing())
SCOPES = st.fixed_dictionaries(dict.fromkeys(("a", "b", "c", "d", "run"), VALUES))


def closure(text):
    try:
        return build(strip(parse(text)), {})
    except ExpressionError:
        return None


EVENTS: list[str] | None = None


def _audit(event, _):
    if EVENTS is not None:
        EVENTS.append(event)


sys.addaudithook(_audit)  # cannot be taken away again; it does nothing while EVENTS is None


@given(EXPRESSIONS, SCOPES)
def test_evaluation_runs_no_code_and_touches_nothing(text, scope):
    """Python announces whatever reaches outside (open, import, exec, frames): here is nothing to announce."""
    global EVENTS  # noqa: PLW0603
    try:
        tree = strip(parse(text))
    except ExpressionError:
        return
    EVENTS = seen = []
    try:
        build(tree, {})(scope)
    finally:
        EVENTS = None
    assert seen == []


@given(EXPRESSIONS, SCOPES)
def test_evaluation_never_raises(text, scope):
    evaluate = closure(text)
    assume(evaluate is not None)
    evaluate(scope)


def _consistent(before, after):
    """Whether *after* is a refinement of *before*: what was known stays so, or no longer fits (unknown), but never differs."""
    if is_unknown(before) or is_unknown(after):
        return True
    if isinstance(before, list) and isinstance(after, list):
        return len(before) == len(after) and all(map(_consistent, before, after))
    if isinstance(before, dict) and isinstance(after, dict):
        return before.keys() == after.keys() and all(_consistent(found, after[key]) for key, found in before.items())
    return before is after or (type(before) is type(after) and (before == after or repr(before) == repr(after) == "nan"))


@given(EXPRESSIONS, SCOPES, KNOWN)
def test_learning_a_fact_never_contradicts_a_known_result(text, scope, learned):
    evaluate = closure(text)
    assume(evaluate is not None)
    refined = {name: learned if is_unknown(found) else found for name, found in scope.items()}
    assert _consistent(evaluate(scope), evaluate(refined))


def test_cost_is_bounded_whatever_the_values():
    nested = []
    for _ in range(60):
        nested = [nested, nested]  # 2**60 parts, as YAML aliases could make them
    other = []
    for _ in range(60):
        other = [other, other]
    # None of these would end if parts were compared each time that they are met, or without a bound.
    assert value("a == b", a=nested, b=other) is True
    assert value("a in [b]", a=nested, b=other) is True
    assert is_unknown(value("a == b", a=list(range(20_000)), b=list(range(20_000))))
    grown = 3
    for _ in range(100):
        grown = value("x * x", x=grown)
    assert is_unknown(grown)
    text = "x"
    for _ in range(100):
        text = value("x + x", x=text)
    assert is_unknown(text)


def test_a_section_gives_what_its_keys_have_and_nothing_of_pythons():
    read = read_yaml("a.yaml", b"zero:\n  stage: 3\n  document: {path: x}\n  __class__: 1\nkeys: 4\n")
    view = ConfigView(read.roots[0], read, {"zero": {}, "fp16": {}})
    for text, expected in (
        ("ds.zero['sta' + 'ge']", 3),
        ("ds['ze' + 'ro'].stage", 3),
        ("ds.zero['absent' + '']", None),
        ("ds['fp' + '16']['on' + '']", None),
        ("ds.keys", 4),
        ("ds['ke' + 'ys']", 4),
        ("ds.node", None),
        ("ds['no' + 'de']", None),
        ("ds.zero.document.path", "x"),
        ("ds.zero['docu' + 'ment'].path", "x"),
        ("ds.zero['docu' + 'ment'].text", None),
        ("ds.zero['__cl' + 'ass__']", 1),
        ("ds.zero[none]", None),
        ("ds.zero[u]", U),
    ):
        found = value(text, ds=view, u=U)
        assert found == expected and type(found) is type(expected), text
    assert is_unknown(value("ds.zero[3]", ds=view))
