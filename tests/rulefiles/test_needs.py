"""Rules that need not be asked: what is skipped could not have fired."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from toy import changed

from vlmr1_lint.candidates.trainer import Trainer
from vlmr1_lint.checking.functions import FUNCTIONS
from vlmr1_lint.checking.scope import RunScope
from vlmr1_lint.documents.model import Document, Node
from vlmr1_lint.documents.yaml.read import read_yaml
from vlmr1_lint.rulefiles.catalogue import Catalogue, builtin
from vlmr1_lint.rulefiles.load import load_rule
from vlmr1_lint.rulefiles.matching import picked
from vlmr1_lint.rulefiles.needs import words_of
from vlmr1_lint.trainers.options import releases
from vlmr1_lint.training.inputs import Inputs, Joined
from vlmr1_lint.training.run import Run
from vlmr1_lint.training.views import DEEPSPEED_SECTIONS, ConfigView
from vlmr1_lint.unknown import Unknown

BARE = (
    ("let:\n  limit: 4\n  wide: run.world_size > limit\n", ""),
    ("  set: {fp16: false, num_generations: {expr: run.num_generations * 2}}", "  set: {fp16: false}"),
)


def rule(when, let="", number=1):
    text = changed(*BARE, ("TOY001", f"TOY{number:03}"), ("both-half", f"both-half-{number}"))
    text = text.replace("when: run.fp16 and run.bf16 and wide\n", f"{let}when: >-\n  {when}\n")
    return load_rule(text, "x.yaml")


@pytest.mark.parametrize(
    ("when", "needs"),
    [
        ("run.fp16 == true", [["fp16"]]),
        ("run.fp16 == true and run.bf16 == true and run.world_size > 4", [["fp16"], ["bf16"]]),
        ("run.fp16 == true or run.world_size > 4", []),
        ("is_set(run.max_steps) and model.params_total > 3", [["max_steps"]]),
        ("run.per_device_train_batch_size > 4", []),  # 8 by default
        ("run.per_device_train_batch_size > 40", [["per_device_train_batch_size"]]),
        ("run.use_vllm == true and run.beta == 0.5", [["use_vllm"], ["beta"]]),
        ("run.zero_stage == 3 and run.fp16 == true", [["deepspeed/"], ["fp16"]]),
        ("deepspeed.zero_optimization.stage == 3", [["deepspeed/"]]),
        ("deepspeed.present and accelerate.present", [["deepspeed/"], ["accelerate/"]]),
        ("not deepspeed.present and launch is not None", [["launch/"]]),
        ("fleet.gpus == 4", []),
        ("not is_known(run.fp16)", []),
        ("not (run.fp16 != true)", [["fp16"]]),
    ],
)
def test_needs(when, needs):
    assert rule(when).needs == needs


def test_needs_go_through_let():
    assert rule("both and small", "let:\n  both: run.fp16 == true and run.use_vllm == true\n  small: fleet.gpus < 4\n").needs == [
        *(["fp16"], ["use_vllm"]),
    ]
    assert rule("half == true", "let:\n  half: run.fp16\n").needs == [["fp16"]]


def test_behaviour_tells_releases():
    found = rule('run.divisibility == "micro" and run.fp16 == true')
    assert "trl==0.17.0" in found.never
    assert "vlm-r1" not in found.never
    catalogue = Catalogue([found])
    assert list(catalogue.for_run(("trl==0.17.0", "trl==0.18.2"))) == []
    assert list(catalogue.for_run(("trl==0.17.0", "vlm-r1"))) == [found]
    assert found.needs == [["fp16"]]


DEEPSPEED = read_yaml("ds.json", b'{"zero_optimization": {"stage": 3}, "fp16": {"enabled": true}}').roots[0]


def run_of(candidates, changes, with_deepspeed=False, own=(), opened=False):
    joined = Joined(ConfigView(DEEPSPEED, None, DEEPSPEED_SECTIONS)) if with_deepspeed else None
    trainer = Trainer(candidates, "", own=dict.fromkeys(own))
    return Run(Inputs(Document("", b""), Node(), {}, trainer, deepspeed=joined, changes=changes, open=opened))


def test_words_of_a_run():
    assert words_of(run_of(("vlm-r1",), {"fp16": True, "deepspeed/a.b": 1}, own=("mine",))) == {
        "fp16",
        "deepspeed/a.b",
        "deepspeed/",
        "mine",
    }
    assert words_of(run_of(("vlm-r1",), {}, with_deepspeed=True)) == {"deepspeed/"}
    assert words_of(run_of(("vlm-r1",), {}, opened=True)) is None


OPTIONS = [
    "fp16",
    "bf16",
    "use_vllm",
    "beta",
    "max_steps",
    "num_generations",
    "per_device_train_batch_size",
    "gradient_checkpointing",
]
OPTIONS += ["use_peft", "deepspeed", "torch_dtype", "report_to", "save_strategy", "learning_rate", "attn_implementation"]
VALUES = st.sampled_from(
    [True, False, None, 0, 1, 2, 3, 8, 64, 1e-6, "no", "steps", "auto", "zero3.json", [], ["wandb"], Unknown("x")]
)
PARTS = st.one_of(
    st.tuples(
        st.sampled_from(OPTIONS), st.sampled_from(["==", "!="]), st.sampled_from(["true", "false", "null", "3", "'no'", "[]"])
    ).map(lambda part: f"type(run.{part[0]}) == 'x' or str(run.{part[0]}) {part[1]} str({part[2]})"),
    st.sampled_from(OPTIONS).map(lambda name: f"is_set(run.{name})"),
    st.sampled_from(OPTIONS).map(lambda name: f"not has_option(run.{name})"),
    st.sampled_from(["run.uses_deepspeed", "run.zero_stage == 3", "deepspeed.fp16.enabled == true", "not deepspeed.present"]),
    st.sampled_from(
        ["run.divisibility == 'micro'", "run.beta_zero_works", "trainer_is('trl>=0.18')", "run.logits != 'whole_sequence'"]
    ),
)
CONDITIONS = st.lists(PARTS.map(lambda part: f"({part})") | PARTS.map(lambda part: f"(not ({part}))"), min_size=1, max_size=4)
CANDIDATES = st.lists(st.sampled_from(releases()), min_size=1, max_size=3, unique=True).map(tuple)
RUNS = st.builds(run_of, CANDIDATES, st.dictionaries(st.sampled_from(OPTIONS), VALUES, max_size=6), st.booleans())


def fires(found, run):
    """Whether the rule holds for the run, or for any of its candidates."""
    program, meant = found.program(FUNCTIONS), picked(found.trainers, run.candidates)
    seen = [run.of(meant), *(run.narrowed(release) for release in meant)] if meant else []
    return any(program.when(program.scope(RunScope(one, None))) is True for one in seen)


@given(CONDITIONS.map(" and ".join), RUNS)
def test_what_is_not_asked_could_not_fire(when, run):
    found = rule(when)
    asked = found.possible(words_of(run)) and Catalogue([found]).for_run(run.candidates)
    assert asked or not fires(found, run)


RULES = [found for found in builtin() if found.scope == "run" and found.program(FUNCTIONS).each is None]


@given(st.sampled_from(RULES), RUNS)
def test_nor_could_any_rule_of_ours(found, run):
    asked = found.possible(words_of(run)) and Catalogue([found]).for_run(run.candidates)
    if not asked and picked(found.trainers, run.candidates):
        program = found.program(FUNCTIONS)
        assert program.when(program.scope(RunScope(run, None))) is not True


@pytest.mark.parametrize(
    ("each", "when", "needs"),
    [
        ("{entry: odd_entries}", 'entry.type == "str"', [["odd_entries/"]]),
        ("{entry: unknown_entries}", "run.fp16 == true", [["unknown_entries/"], ["fp16"]]),
        ("{problem: data_problems}", 'problem.code == "array"', [["check-data/"]]),
        ("{file: data_files}", "file.smallest_side < 28", [["check-data/"]]),
        ('{file: "data_files if run.bf16 == true else []"}', "file.sampled > 3 and file.exists", [["check-data/"]]),
        ("{file: data_files}", "file.sampled > 3 or file.exists", []),
        ("{file: data_files}", "is_known(file.sampled) == false", []),
        ('{file: "data_files if here else []"}', "file.exists", [["here/"]]),
        ("{entry: entries}", 'entry.type == "str"', []),
    ],
)
def test_a_list_that_is_empty_needs_no_rule(each, when, needs):
    assert rule(when, f"each: {each}\n").needs == needs


def test_a_condition_here_needs_it():
    assert rule("here and run.fp16 == true").needs == [["here/"], ["fp16"]]
