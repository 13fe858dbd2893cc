"""Rule files: what is read, and for each mistake the line, the column and one clear sentence."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from toy import RULE, SCHEMA, Run, changed

from vlmr1_lint.rulefiles.load import RuleFileError, load_rule, load_rules
from vlmr1_lint.rulefiles.rule import Target
from vlmr1_lint.unknown import Unknown


def load(text):
    return load_rule(text, "rules/toy/x.yaml", SCHEMA)


def problems(text):
    with pytest.raises(RuleFileError) as caught:
        load(text)
    return [str(problem).removeprefix("rules/toy/x.yaml:") for problem in caught.value.problems]


def test_a_rule_as_the_linter_sees_it():
    rule = load(RULE)
    assert (rule.id, rule.name, rule.family, rule.severity, rule.scope) == (
        "TOY001",
        "both-half-precisions",
        "TOY",
        "error",
        "run",
    )
    assert (rule.kinds, rule.trainers, rule.presets, rule.some, rule.safety) == (
        None,
        None,
        ("recommended", "strict"),
        None,
        "safe",
    )
    assert rule.reads == (("run", "fp16"), ("run", "bf16"), ("run", "world_size"))
    assert rule.details["path"] == "rules/toy/x.yaml"
    assert rule.details["text"] == RULE
    assert rule.details["examples"][1] == {"pass": "bf16: true\n"}


def test_a_program_evaluates():
    rule, functions = load(RULE), {}
    program = rule.program(functions)
    assert rule.program(functions) is program
    base = {"run": Run(fp16=True, bf16=True, world_size=8, num_generations=3)}
    scope = program.scope(base)
    assert program.when(scope) is True
    assert program.when(program.scope({"run": Run(fp16=True, bf16=True, world_size=4)})) is False
    assert program.when(program.scope({"run": Run(fp16=Unknown("a"), bf16=True, world_size=8)})) == Unknown("a")
    assert program.at == Target("run", ("fp16",))
    assert program.related == (Target("run", ("bf16",)),)
    assert rule.message("en", scope, functions) == "fp16 and bf16 are both on, on 8 processes"
    assert rule.message("zh", scope, functions) == "fp16 与 bf16 同时开启，共 8 个进程"  # no space where YAML folded a line
    assert rule.related_message(0, "zh", scope, functions) == "bf16 是 true"
    assert rule.fix_title("en", scope, functions) == "turn fp16 off"
    assert rule.why("en") == "The trainer refuses it."
    assert rule.title("zh") == "两种精度同时开启"
    fix = program.fix
    assert (fix.safety, fix.group, fix.order, fix.when, fix.set_all, fix.remove, fix.rename, fix.repair) == (
        *("safe", "precision", 100, None, None, (), (), None),
    )
    assert [(target, value(scope)) for target, value in fix.set] == [
        (Target("run", ("fp16",)), False),
        (Target("run", ("num_generations",)), 6),
    ]


EACH = (
    ("when: run.fp16 and run.bf16 and wide", "each: {entry: document.entries}\nwhen: not entry.known and short == key"),
    ("  limit: 4\n  wide: run.world_size > limit\n", "  key: entry.key\n  short: entry.key\n"),
    ("name:", "scope: document\nkinds: [args, deepspeed]\nname:"),
    ("at: fp16", "at: entry"),
    ('related:\n  - {at: bf16, message: {en: "bf16 is {run.bf16}", zh: "bf16 是 {run.bf16}"}}\n', ""),
    ("on {run.world_size} processes", "{entry.key}"),
    ("共 {run.world_size} 个进程", "{key}"),
    ("  set: {fp16: false, num_generations: {expr: run.num_generations * 2}}", "  rename: {entry: {expr: key}}"),
)


def test_each_goes_over_a_list_and_let_may_name_its_item():
    rule = load(changed(*EACH))
    assert (rule.scope, rule.kinds, rule.reads) == ("document", ("args", "deepspeed"), (("document", "entries"),))
    program = rule.program({})
    base = {"document": {"entries": [{"key": "a", "known": True}, {"key": "b", "known": False}]}}
    name, items = program.each
    assert name == "entry"
    found = items(program.items_scope(base))
    scopes = [program.scope(base, item) for item in found]
    assert [program.when(scope) for scope in scopes] == [False, True]
    assert program.at == Target("each", ("entry",))
    ((target, word),) = program.fix.rename
    assert (target, word(scopes[1])) == (Target("each", ("entry",)), "b")


def test_lets_are_computed_only_when_read_and_once():
    calls = []

    class Counting(Run):
        @property
        def world_size(self):
            calls.append(1)
            return 8

    program = load(RULE).program({})
    assert program.when(program.scope({"run": Counting(fp16=False, bf16=True)})) is False
    assert calls == []
    scope = program.scope({"run": Counting(fp16=True, bf16=True)})
    assert program.when(scope) is True
    assert scope["wide"] is True
    assert calls == [1]


def test_a_fix_by_the_solver_needs_no_safety():
    text = changed(
        ("  safety: safe\n", ""),
        ("  set: {fp16: false, num_generations: {expr: run.num_generations * 2}}", "  set: {expr: solve()}"),
    )
    rule = load(text)
    assert rule.safety == "solver"
    fix = rule.program({"solve": lambda scope: {"num_generations": scope.run.num_generations}}).fix
    base = type("Base", (dict,), {})(run=1)
    base.run = Run(num_generations=5)
    assert fix.safety is None
    assert fix.set_all(rule.program({"solve": None}).scope(base)) == {"num_generations": 5}


def test_reads_of_functions_count():
    assert ("run", "num_generations") in load(changed(("and wide", "and wide and solve() == 3"))).reads


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("severity: error", "severity: eror", "'eror' is not one of error, warning, info (did you mean 'error'?)"),
        ("id: TOY001\n", "", "1:1: field 'id' is missing"),
        ("message:\n  en: fp16 and", "massage:\n  en: fp16 and", "1:1: field 'message' is missing"),
        ("when: run.fp16 and run.bf16 and wide\n", "", "1:1: a rule needs when (an expression), or at and value"),
        ("when: run.fp16 and", "value: 3\nwhen: run.fp16 and", "1:1: write when, or at and value, not both"),
        ("title: {en: both precisions on, zh: 两种精度同时开启}", "title: [x]", "12:1: title: write `{en: …, zh: …}` or a text"),
        ("title: {en: both precisions on, zh: 两种精度同时开启}", "title: {}", "12:1: write `{en: …, zh: …}`, or one of them"),
        ("{en: both precisions on, zh: 两种精度同时开启}", "x" * 81, "12:8: title is longer than 80 characters"),
        ("why: {en: The trainer refuses it., zh: 训练器会拒绝。}", "why: ''", "18:6: why is empty"),
        ("  limit: 4", "  limit: [4]", "6:3: let.limit: write an expression, or `{en: …, zh: …}`"),
        ("  limit: 4", "  limit: {en: 4, fr: 5}", "6:18: unknown field 'fr'"),
        ("  limit: 4", "  limit: {en: 4, zh: 5}", "7:26: 'limit' is text in several languages: only messages"),
        ("set: {fp16: false", "set: {fp16: [[1]]", "23:9: fix.set.fp16: write a plain value, a list of them or `{expr: …}`"),
        ("fix:\n", "rejects: 3\nfix:\n", "19:10: rejects must be true or false, not a number"),
        ("presets: [recommended]", "presets: recommended", "presets must be a list, not text"),
        ("severity:", "severty: error\nseverity:", "3:1: unknown field 'severty' (did you mean 'severity'?)"),
        ("  safety: safe", "  safty: safe", "21:3: unknown field 'safty' (did you mean 'safety'?)"),
        ("  - fail: |", "  - fial: |", "27:5: unknown field 'fial' (did you mean 'fail'?)"),
        ("why: {en: The", "why: {end: The", "18:7: unknown field 'end' (did you mean 'en'?)"),
        ("at: fp16", "at: on", "9:5: at must be text, not true or false: quote it"),
        ("at: fp16", "at: fp61", "9:5: unknown option 'fp61' (did you mean 'fp16'?)"),
        ("at: fp16", "at: world_size", "9:5: unknown option 'world_size'"),
        ("at: fp16", "at: a b", "9:5: 'a b' is not a place"),
        ("at: fp16", "at: shell/x", "9:5: 'shell/x' is not a place"),
        ("at: fp16", "at: deepspeed/zero.stage", "9:5: deepspeed has no 'zero'"),
        ("at: fp16", "at: fp16.x", "9:5: run has no 'fp16.x'"),
        ("at: fp16", "at: deepspeed/zero_optimization.stag", "9:5: deepspeed has no 'zero_optimization.stag'"),
        ("id: TOY001", "id: TOY1", "1:5: id: 'TOY1' does not fit: 2 to 8 capital letters and 3 digits"),
        ("when: run.fp16 and run.bf16", "when: run.fp16 and run.bf61", "8:20: run has no attribute 'bf61'"),
        ("when: run.fp16 and run.bf16 and wide", "when: 'run.fp16 and run.bf61 and wide'", "8:21: run has no attribute 'bf61'"),
        ("when: run.fp16 and", "when: |\n  run.fp16 and\n  run.bf61 and", "10:3: run has no attribute 'bf61'"),
        ("when: run.fp16 and", "when: >-\n  run.fp16 and\n  run.bf61 and", "8:7: run has no attribute 'bf61'"),
        ("when: run.fp16 and run.bf16 and wide", "when: run.max_steps + 1 if wide else 3", "8:7: this must be bool, not int"),
        ("when: run.fp16 and", "when: run.fp16 &", "8:7: & (write `and`)"),
        ("when: run.fp16 and", "when: document.entries == [] and", "8:7: unknown name 'document'"),
        ("  limit: 4", "  limit: 4 +", "6:13: not an expression"),
        ("  limit: 4", "  limit: width", "6:10: unknown name 'width'"),
        ("  limit: 4", "  limit: wide", "6:10: unknown name 'wide'"),
        ("  limit: 4", "  run: 4\n  limit: 4", "6:8: let: 'run' is already the name of something else"),
        ("  limit: 4", "  limit: 4\n  unread: 5", "7:11: let: 'unread' is never used"),
        ("  limit: 4", "  Limit: 4", "6:3: let.Limit"),
        ("on {run.world_size} processes", "on {run.world_sise} processes", "14:38: run has no attribute 'world_sise'"),
        ("on {run.world_size} processes", "on {run.world_size processes", "14:37: '{' is not closed"),
        ("on {run.world_size} processes", "on {run.world_size:gigs}", "14:38: unknown format 'gigs'"),
        ("{en: \"bf16 is {run.bf16}\"", "{en: \"bf16 is {run.bf61}\"", "11:40: run has no attribute 'bf61'"),
        ("set: {fp16: false", "set: {fp16: \"no\"", "23:15: fp16 is bool, not str"),
        ("set: {fp16: false", "set: {deepspeed/zero_optimization.stage: 3", "19:1: a fix changes one file only"),
        ("expr: run.num_generations * 2", "expr: run.optim", "23:22: num_generations is int, not str"),
        ("expr: run.num_generations * 2", "exp: run.num_generations * 2", "23:40: unknown field 'exp' (did you mean 'expr'?)"),
        ("  safety: safe\n", "", "19:1: a fix needs safety"),
        ("  set: {fp16: false, num_generations: {expr: run.num_generations * 2}}\n", "", "19:1: a fix needs one of set, remove"),
        ("«true»", "true", "27:5: a failing example marks the place"),
        ("«true»", "«true", "27:5: a mark is not closed"),
        ("  - pass: |", "  - pass: |\n      «»", "33:5: a passing example has no mark"),
        ("presets:", "trainers: [vlm-r2]\npresets:", "4:12: 'vlm-r2' picks no known trainer; known: "),
        ("presets:", "trainers: [\"trl>\"]\npresets:", "4:12: "),
        ("presets:", "kinds: [args]\npresets:", "1:1: kinds belong to scope: document"),
        ("presets:", "some: info\nsome: info\npresets:", "5:1: duplicate-key: some"),
        ("severity: error", "severity: warning\nsome: error", "1:1: some: cannot be worse"),
        ("presets: [recommended]", "presets: &a [recommended]\nkinds: *a", "1:1: anchors, aliases and merge keys"),
        ("presets: [recommended]", "presets: [recommended\n", ": "),
        ("  limit: 4", "  on: 4\n  limit: 4", "6:3: keys must be text"),
        ("since: \"0.1\"", "since: 0.1", "since must be text, not a number: quote it"),
        ("sources: [https://example.org/source]", "sources: []", "24:1: sources needs at least 1 of them"),
        ("sources: [https://example.org/source]", "sources: !!python/object:os.system {}", "24:36: tag: "),
    ],
)  # fmt: skip
def test_mistakes(old, new, expected):
    found = problems(changed((old, new)))
    assert any(expected in problem for problem in found), found
    assert all("\n" not in problem for problem in found)


def test_all_mistakes_are_told_at_once():
    found = problems(changed(("at: fp16", "at: fp61"), ("run.bf16 and wide", "run.bf61 and wide")))
    assert [problem.partition(" ")[0] for problem in found] == ["8:20:", "9:5:"]
    found = problems(changed(("severity: error", "severity: eror"), ("since:", "sinse:")))
    assert [problem.partition(" ")[0] for problem in found] == ["3:11:", "25:1:"]
    found = problems("name: x\nat: on\nwhy: []\n")
    assert found == [
        "1:1: field 'id' is missing",
        "1:1: field 'message' is missing",
        "1:7: name: 'x' does not fit: two or more lower-case words with - between them, as in too-many-steps",
        "2:5: at must be text, not true or false: quote it",
        "3:1: why: write `{en: …, zh: …}` or a text, not a list",
    ]


def test_expressions_are_looked_at_beside_a_wrong_shape():
    found = problems(
        changed(("severity: error", "severity: eror"), ("run.bf16 and wide", "run.bf61 and wide"), ("  safety: safe\n", ""))
    )
    assert [problem.partition(" ")[0] for problem in found] == ["3:11:", "8:20:", "19:1:"]


def test_each_part_of_a_condition_is_looked_at():
    found = problems(changed(("run.fp16 and run.bf16 and wide", "run.fp61 and run.max_steps and (wide or run.optim)")))
    assert [problem.partition(" ")[0] for problem in found] == ["8:7:", "8:20:", "8:47:"]


def test_a_rule_of_three_fields():
    rule = load_rule(
        "id: TEAM001\nwhen: run.fp16 and run.max_steps > 3\nmessage: '{run.max_steps} steps of fp16'\n",
        "own/no_fp16.yaml",
        SCHEMA,
    )
    assert (rule.id, rule.name, rule.severity, rule.presets, rule.safety) == (
        "TEAM001",
        "no-fp16",
        "warning",
        ("recommended", "strict"),
        None,
    )
    assert rule.program({}).at == Target("run", ("fp16",))
    scope = {"run": Run(fp16=True, max_steps=7)}
    for lang in ("en", "zh"):
        assert rule.title(lang) == "… steps of fp16"
        assert rule.message(lang, scope, {}) == "7 steps of fp16"
        assert rule.why(lang) == ""
    assert (rule.details["sources"], rule.details["examples"], rule.details["since"]) == ([], [], "")


@pytest.mark.parametrize(
    ("at", "value", "held", "other"),
    [
        ("optim", "lion", {"run": Run(optim="lion")}, {"run": Run(optim="adam")}),
        ("optim", "[lion, sgd]", {"run": Run(optim="sgd")}, {"run": Run(optim="adam")}),
        ("save_total_limit", "null", {"run": Run(save_total_limit=None)}, {"run": Run(save_total_limit=1)}),
        (
            "deepspeed/zero_optimization.stage",
            "3",
            {"deepspeed": {"zero_optimization": {"stage": 3}}},
            {"deepspeed": {"zero_optimization": {"stage": 2}}},
        ),
    ],
)
def test_a_place_and_a_value(at, value, held, other):
    rule = load_rule(f"id: TEAM001\nat: {at}\nvalue: {value}\nmessage: {{zh: 不行}}\n", "team.yaml", SCHEMA)
    assert rule.name == "team-team001"
    program = rule.program({})
    assert program.when(held) is True
    assert program.when(other) is False
    assert (rule.message("en", held, {}), rule.title("en")) == ("不行", "不行")


def test_a_value_that_the_place_cannot_have():
    for lines, expected in (
        ("at: optim\nvalue: 3\n", "x.yaml:3:8: str and int are never equal"),
        ("at: launch/nproc_per_node\nvalue: 3\n", "x.yaml:3:8: value is for options and keys of deepspeed/ and accelerate/"),
        ("when: 1 < 2\n", "x.yaml:1:1: at is missing: write the option or the key that the finding is about"),
    ):
        with pytest.raises(RuleFileError) as caught:
            load_rule(f"id: TEAM001\n{lines}message: m\n", "x.yaml", SCHEMA)
        assert str(caught.value.problems[0]).startswith(expected), caught.value.problems


WORDS = changed(
    (
        "  limit: 4\n",
        '  limit: 4\n  many: {en: \'"many " + run.optim\', zh: \'"很多 " + run.optim\'}\n  said: {en: many, zh: many + "！"}\n',
    ),
    ("on {run.world_size} processes", "{said}"),
    ("共 {run.world_size} 个进程", "{said}{many}"),
    ("turn fp16 off", "turn {many} off"),
)


def test_words_of_a_language_are_for_its_messages():
    rule = load(WORDS)
    scope = rule.program({}).scope({"run": Run(optim="lion")})
    assert rule.message("en", scope, {}) == "fp16 and bf16 are both on, many lion"
    assert rule.message("zh", scope, {}) == "fp16 与 bf16 同时开启， 很多 lion！很多 lion"
    assert rule.fix_title("en", scope, {}) == "turn many lion off"


@pytest.mark.parametrize(
    ("old", "new"),
    [("and wide", "and wide and many != ''"), ("expr: run.num_generations * 2", "expr: many"), ("limit: 4", "limit: many")],
)
def test_words_of_a_language_are_for_messages_only(old, new):
    assert old in WORDS
    (found,) = problems(WORDS.replace(old, new, 1))
    assert (
        "'many' is text in several languages: only messages, fix titles and later lets in several languages can say it" in found
    )


def test_words_of_one_language_serve_the_other():
    rule = load(WORDS.replace(""", zh: '"很多 " + run.optim'""", ""))
    scope = rule.program({}).scope({"run": Run(optim="lion")})
    assert rule.message("zh", scope, {}).endswith("， many lion！many lion")


@pytest.mark.parametrize(
    ("text", "expected"), [("", "1:1: the file is empty"), ("- a", "1:1: a rule is a mapping"), ("3", "1:1: a rule is")]
)
def test_what_is_no_rule_at_all(text, expected):
    assert problems(text)[0].startswith(expected)


def test_several_files_keep_the_good_ones():
    second = changed(("TOY001", "TOY002"))
    rules, found = load_rules([("a.yaml", RULE), ("b.yaml", "id: 3"), ("c.yaml", RULE), ("d.yaml", second)], SCHEMA)
    assert [rule.id for rule in rules] == ["TOY001"]
    assert {problem.path for problem in found} == {"b.yaml", "c.yaml", "d.yaml"}
    assert "c.yaml:1:1: TOY001 is already used by a.yaml" in map(str, found)
    assert "d.yaml:1:1: both-half-precisions is already used by a.yaml" in map(str, found)


LINES = RULE.splitlines(keepends=True)


@given(st.lists(st.sampled_from(LINES) | st.text(max_size=20), max_size=60).map("".join))
def test_any_text_is_a_rule_or_an_error_inside_it(text):
    try:
        load(text)
    except RuleFileError as error:
        lines = text.splitlines() or [""]
        assert error.problems
        for problem in error.problems:
            assert 1 <= problem.line <= len(lines) + 1
            assert problem.column >= 1
            assert "\n" not in problem.message


@given(st.integers(0, len(LINES) - 1), st.text(max_size=30))
def test_any_one_line_replaced(index, line):
    text = "".join([*LINES[:index], line, "\n", *LINES[index + 1 :]])
    try:
        load(text)
    except RuleFileError as error:
        assert error.problems
