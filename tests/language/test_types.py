"""The check at load: unknown names with a suggestion, wrong types, and the guards that None needs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vlmr1_lint.language.check import called, check, resolve
from vlmr1_lint.language.errors import ExpressionError
from vlmr1_lint.language.parse import parse
from vlmr1_lint.language.types import (
    ANY,
    BOOL,
    FLOAT,
    INT,
    NONE,
    STR,
    Function,
    ListOf,
    MappingOf,
    Object,
    Optional,
    Schema,
    Section,
    accepts,
    join,
    type_of,
)

OPTIONS = {
    "learning_rate": FLOAT,
    "fp16": BOOL,
    "save_steps": FLOAT,
    "max_steps": INT,
    "save_total_limit": Optional(INT),
    "bf16": Optional(BOOL),
    "optim": STR,
    "report_to": ListOf(STR),
    "num_generations": INT,
    "lora_target_modules": Optional(ListOf(STR)),
}
ZERO = Object(
    "the zero_optimization section", {"stage": Optional(INT), "offload_param": Optional(Object("offload", {"device": STR}))}
)
SCHEMA = Schema(
    names={
        "run": Object("run", {**OPTIONS, "world_size": INT}, lambda name: ANY if name.startswith("fork_") else None),
        "deepspeed": Object("deepspeed", {"present": BOOL, "zero_optimization": Optional(ZERO)}),
        "thing": ANY,
        "gpus": Optional(INT),
        "section": Section("section", {"inner": Section("inner", {})}, lambda _: ANY),
    },
    functions={
        "is_set": Function("is_set", (ANY,), BOOL, "reference"),
        "len": Function("len", (ListOf(ANY),), INT),
        "min": Function("min", (FLOAT, FLOAT), lambda kinds: join(*kinds)),
        "closest": Function("closest", (STR, ListOf(STR)), Optional(STR), optional=1),
        "forecast_with": Function("forecast_with", (), ANY, "keywords"),
        "solve_batch": Function("solve_batch", (), ANY, "scoped"),
    },
    options=OPTIONS,
)


def kind(text):
    return check(parse(text), SCHEMA)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1", INT),
        ("null", NONE),
        ("run.learning_rate * 2 > 1e-5", BOOL),
        ("run.max_steps // 2", INT),
        ("run.max_steps / 2", FLOAT),
        ("run.max_steps + 0.5", FLOAT),
        ("run.optim + '_8bit'", STR),
        ("thing.anything.goes[3] + 1", ANY),
        ("run.report_to[0]", STR),
        ("[1, 2.5]", ListOf(FLOAT)),
        ("['a', 1]", ListOf(ANY)),
        ("[]", ListOf(ANY)),
        ("run.fork_option", ANY),
        ("run.save_total_limit", Optional(INT)),
        ("run.save_total_limit if run.save_total_limit is not None else 0", INT),
        ("1 if run.fp16 else null", Optional(INT)),
        ("1 if run.fp16 else 'a'", ANY),
        ("run.save_total_limit == 3", BOOL),
        ("run.bf16 == true and not run.fp16", BOOL),
        ("deepspeed.zero_optimization.stage", Optional(INT)),
        ("deepspeed['zero_optimization']['stage']", Optional(INT)),
        ("deepspeed.zero_optimization.offload_param.device == 'cpu'", BOOL),
        ("is_set(run.learning_rate)", BOOL),
        ("len(run.report_to)", INT),
        ("min(1, 2)", INT),
        ("min(1, 2.5)", FLOAT),
        ("closest('a')", Optional(STR)),
        ("forecast_with(num_generations=4, fp16=true).likely", ANY),
        ("solve_batch()", ANY),
        ("'a' in run.optim or 'wandb' not in run.report_to", BOOL),
        ("run.save_total_limit in [1, 2, null]", BOOL),
        ("{'a': 1, 'b': 2.5}", MappingOf(STR, FLOAT)),
        ("{}", MappingOf(ANY, ANY)),
        ("{'a': 1}[run.optim]", Optional(INT)),
        ("{'a': 1}[run.report_to[0]]", Optional(INT)),
        ("{1: 'x'}[gpus]", Optional(STR)),
        ("{'a': 1, 'b': 'x'}[run.optim]", ANY),
        ("{'a': {'b': 1}}['a']", Optional(MappingOf(STR, INT))),
        ("{'a': run}['a']", Optional(SCHEMA.names["run"])),
        ("{'a': run}['a'].fp16", Optional(BOOL)),
        ("run.optim in {'adam': 1}", BOOL),
        ("section['stage3_' + run.optim]", ANY),
        ("section.inner[run.optim] == 3", BOOL),
    ],
)
def test_types(text, expected):
    assert kind(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "gpus is not None and gpus > 3",
        "gpus is None or gpus > 3",
        "not (gpus is None) and gpus > 3",
        "not (gpus is None or run.fp16) and gpus > 3",
        "gpus != null and run.fp16 and gpus * 2 > 3",
        "gpus > 3 if gpus is not None else false",
        "false if gpus is None else gpus > 3",
        "gpus == 4 and gpus > 3",
        "gpus in [4, 8] and gpus > 3",
        "(gpus == 4 or gpus == 8) and gpus > 3",
        "run.bf16 is not None and run.bf16",
        "gpus in {4: 1, 8: 2} and gpus > 3",
        "run.lora_target_modules is not None and 'q' in run.lora_target_modules",
        "deepspeed.zero_optimization.stage is not None and deepspeed.zero_optimization.stage < 3",
        "null != gpus and gpus > 3",
    ],
)
def test_guards_make_room_for_ordering(text):
    assert kind(text) == BOOL


@pytest.mark.parametrize(
    ("text", "column", "message"),
    [
        ("rum.fp16", 1, "unknown name 'rum' (did you mean 'run'?)"),
        ("run.learning_rat > 1", 1, "run has no attribute 'learning_rat' (did you mean 'learning_rate'?)"),
        ("true and lenn([1]) > 0", 10, "unknown function 'lenn' (did you mean 'len'?)"),
        ("deepspeed.zero_optimization.stge == 1", 1, "did you mean 'stage'"),
        ("run.optim.upper", 1, "str has no attribute 'upper'"),
        ("gpus > 3", 1, "gpus may be None: guard it"),
        ("gpus + 1", 1, "gpus may be None"),
        ("-gpus", 2, "gpus may be None"),
        ("run.save_total_limit < 3", 1, "run.save_total_limit may be None"),
        ("is_set(run.save_total_limit) and run.save_total_limit < 3", 34, "may be None"),
        ("gpus is not None or gpus > 3", 21, "may be None"),
        ("gpus is None and gpus > 3", 18, "may be None"),
        ("not (gpus is None and run.fp16) and gpus > 3", 37, "may be None"),
        ("(gpus == 4 or run.fp16) and gpus > 3", 29, "may be None"),
        ("gpus in [4, null] and gpus > 3", 23, "may be None"),
        ("gpus > 3 if run.fp16 else false", 1, "may be None"),
        ("1 < gpus < 3", 5, "may be None"),
        ("'q' in run.lora_target_modules", 1, "may be None"),
        ("run.bf16 and true", 1, "write `== true`"),
        ("not run.optim", 5, "`not` needs bool, not str"),
        ("run.max_steps and true", 1, "`and` needs bool, not int"),
        ("1 if run.optim else 2", 6, "`if` needs bool"),
        ("run.optim > 3", 1, "`>` needs numbers, not str"),
        ("run.fp16 + 1", 1, "`+` needs numbers, not bool"),
        ("run.optim + 1", 1, "`+` cannot join str and int"),
        ("run.optim * 3", 1, "repeating"),
        ("3 * run.report_to", 1, "repeating"),
        ("run.optim == 3", 1, "str and int are never equal"),
        ("run.fp16 == 1", 1, "bool and int are never equal"),
        ("run.report_to == 'wandb'", 1, "never equal"),
        ("3 in run.report_to", 1, "int is never `in` a list of str"),
        ("3 in run.max_steps", 1, "needs a list, a mapping or a string"),
        ("3 in run.optim", 1, "needs a list, a mapping or a string"),
        ("run.max_steps / 0", 1, "division by zero"),
        ("run.report_to['a']", 1, "cannot be indexed with str"),
        ("run.max_steps[0]", 1, "int cannot be indexed"),
        ("{'a': 1, 1: 2}", 1, "all strings or all integers"),
        ("{'a': 1}[3]", 1, "mapping of str to int cannot be indexed with int"),
        ("{'a': 1}[run.optim] > 3", 1, "may be None"),
        ("{'a': 1}.a", 1, "has no attribute 'a'"),
        ("3 in {'a': 1}", 1, "int is never `in` a mapping of str to int"),
        ("run[run.optim]", 1, "run cannot be indexed with str"),
        ("deepspeed.zero_optimization[run.optim]", 1, "cannot be indexed with str"),
        ("section[3]", 1, "section cannot be indexed with int"),
        ("(run if run.fp16 else 1).inputs", 2, "cannot stand for each other"),
        ("[run, 1][0].inputs", 1, "cannot stand for each other"),
        ("{'a': run, 'b': thing}['b'].inputs", 1, "cannot stand for each other"),
        ("{'a': [run], 'b': [1]}", 1, "cannot stand for each other"),
        ("is_set(3)", 8, "is_set needs an option"),
        ("is_set()", 1, "takes 1 argument, not 0"),
        ("closest()", 1, "takes 1 to 2 arguments, not 0"),
        ("len(3)", 5, "len needs list of any, not int"),
        ("len(x=3)", 1, "takes no arguments by name"),
        ("forecast_with(3)", 1, "takes options by name"),
        ("forecast_with(num_generation=3)", 31 - 1, "unknown option 'num_generation' (did you mean 'num_generations'?)"),
        ("forecast_with(fp16=3)", 20, "option fp16 is bool, not int"),
    ],
)
def test_errors_say_where_and_what(text, column, message):
    with pytest.raises(ExpressionError) as caught:
        kind(text)
    assert message in caught.value.message
    assert (caught.value.line, caught.value.column) == (1, column)


def test_resolving_gives_each_function_what_it_wants():
    assert resolve(parse("is_set(run.fp16)"), SCHEMA) == ("reference", "is_set", ("name", "run", 10008), "fp16", 10001)
    assert resolve(parse("solve_batch()"), SCHEMA) == ("scoped", "solve_batch", (), 10001)
    assert resolve(parse("forecast_with()"), SCHEMA) == ("keywords", "forecast_with", (), 10001)
    tree = resolve(parse("[true and 1 < len([2])][0] if is_set(run.optim) else forecast_with(fp16=solve_batch())"), SCHEMA)
    assert set(called(tree)) == {"len", "is_set", "forecast_with", "solve_batch"}
    assert "scoped" in repr(tree)


KINDS = st.recursive(
    st.sampled_from([BOOL, INT, FLOAT, STR, NONE, ANY]),
    lambda inner: inner.map(ListOf) | inner.map(Optional) | inner.map(lambda kind: MappingOf(STR, kind)),
)


@given(KINDS, KINDS)
def test_a_join_accepts_both(one, other):
    assert accepts(join(one, other), one)
    assert accepts(join(one, other), other)


@given(KINDS)
def test_every_type_accepts_itself_and_any(one):
    assert accepts(one, one)
    assert accepts(one, ANY)
    assert accepts(ANY, one)


def test_types_of_literals():
    assert type_of([1, 2.0, None]) == ListOf(Optional(FLOAT))
    assert type_of([]) == ListOf(ANY)
    assert type_of({"a": 1}) == ANY
    assert [type_of(found) for found in (True, 1, 1.0, "a", None)] == [BOOL, INT, FLOAT, STR, NONE]


@given(st.text(max_size=300))
def test_suggestions_are_bounded_and_harmless(word):
    with pytest.raises(ExpressionError):
        check(("name", word + "?", 10001), SCHEMA)
