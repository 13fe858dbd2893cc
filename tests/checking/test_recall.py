"""Many files at once are judged exactly as each of them alone."""

from __future__ import annotations

import ast
import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from toy import changed

import vlmr1_lint
from vlmr1_lint.checking.catalogue import builtin
from vlmr1_lint.checking.dependence import DERIVED, FORECAST
from vlmr1_lint.checking.facts_schema import RUN_FACTS
from vlmr1_lint.checking.load import load_rule
from vlmr1_lint.checking.needs import SUSPICIONS
from vlmr1_lint.checking.rule import Rule
from vlmr1_lint.documents.yaml.flat import read_flat
from vlmr1_lint.facts.options import option_names, other_releases, releases
from vlmr1_lint.facts.profiles import profile
from vlmr1_lint.preferences import Given, Preferences
from vlmr1_lint.ruletest import examples_of
from vlmr1_lint.session import Result, Session
from vlmr1_lint.sources import Sources
from vlmr1_lint.training.effective import BEHAVIOURS
from vlmr1_lint.training.fleet import parse_fleet
from vlmr1_lint.training.inputs import Inputs
from vlmr1_lint.training.run import Run
from vlmr1_lint.training.trainer import Trainer

OPTIONS = frozenset().union(*(option_names(release) for release in (*releases(), *other_releases())))


def args_texts() -> Iterator[str]:
    """The args files of all rules' examples that consist of plain lines."""
    for rule in builtin():
        for example in examples_of(rule):
            text = example.files[example.path]
            if example.path == "args.yaml" and read_flat("args.yaml", text.encode()) is not None:
                yield text


def told(result: Result) -> dict[str, list[object]]:
    """What *result* says of each file, as plain text."""
    found: dict[str, list[object]] = {}
    for one in result.findings:
        place = one.place
        what = (
            one.rule,
            one.severity,
            one.message,
            place.key,
            place.entry,
            place.value,
            one.assumptions,
            one.fingerprint,
            one.fix,
        )
        found.setdefault(place.document.path, []).append(repr(what))
    for skipped in result.skipped:
        found.setdefault(skipped.path, []).append(repr((skipped.rule, skipped.missing)))
    return found


def variants(texts: list[str], dice: random.Random, count: int) -> Iterator[str]:
    """Some of *texts*, each several times with a few values replaced by others that the option has elsewhere."""
    values: dict[str, set[str]] = {}
    for text in texts:
        for line in text.splitlines():
            name, colon, value = line.partition(": ")
            if colon and name.isidentifier():
                values.setdefault(name, set()).add(value)
    values.setdefault("deepspeed", set()).update(("zero2.json", "zero3.json", "ds.json", "{}"))
    while count:
        base = dice.choice(texts).splitlines()
        for _ in range(min(count, 6)):
            lines = list(base)
            for at in dice.sample(range(len(lines)), min(len(lines), dice.choice([0, 1, 1, 2, 3]))):
                name = lines[at].partition(": ")[0]
                if name in values and ": " in lines[at]:
                    lines[at] = f"{name}: {dice.choice(sorted(values[name]))}"
            if dice.random() < 0.2:
                dice.shuffle(lines)
            count -= 1
            yield "\n".join(lines) + "\n"


def lint_all_and_each(texts: list[str], folder: Path, gpus: str | None, trainer: str | None) -> None:
    (folder / "ds.json").write_text('{"zero_optimization": {"stage": 2}, "train_batch_size": 8, "bf16": {"enabled": true}}')
    files = [folder / f"{number:03}.yaml" for number in range(len(texts))]
    for file, text in zip(files, texts, strict=True):
        file.write_text(text, encoding="utf-8")
    several = tuple(rule.id for rule in builtin().project)  # alone, a run shares nothing
    preferences = Preferences(Given(gpus=gpus, trainer=trainer, preset="strict", ignore=several))
    root = str(folder)
    together = told(Session(Sources(root), [str(file) for file in files], preferences).lint())
    alone: dict[str, list[object]] = {}
    for file in files:
        alone.update(told(Session(Sources(root), [str(file)], preferences).lint()))
    assert together == alone


@pytest.mark.parametrize(("seed", "gpus", "trainer"), [(1, None, None), (2, "4xA100-40G", None), (3, "2x8xH20", "vlm-r1")])
def test_files_together_are_judged_as_each_alone(seed: int, gpus: str | None, trainer: str | None, tmp_path: Path) -> None:
    dice = random.Random(seed)
    lint_all_and_each(list(variants(list(args_texts()), dice, 90)), tmp_path, gpus, trainer)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(8))
def test_many_files_together_are_judged_as_each_alone(seed: int, tmp_path: Path) -> None:
    dice = random.Random(seed + 100)
    gpus = dice.choice([None, "4xA100-40G", "8xA100-80G", "1x24G", "2x8xH20"])
    trainer = dice.choice([None, None, "vlm-r1", "trl>=0.17,<0.20"])
    lint_all_and_each(list(variants(list(args_texts()), dice, 300)), tmp_path, gpus, trainer)


@pytest.mark.parametrize("allowed", ["check_data", "here"])
def test_files_together_are_judged_as_each_alone_where_the_disk_may_be_asked(allowed: str, tmp_path: Path) -> None:
    (tmp_path / "rows.jsonl").write_text("[]\n")
    text = "data_file_paths: {}\nimage_folders: nowhere\nnum_generations: 8\nmax_pixels: 9\n"
    for number, name in enumerate(("rows.jsonl", "none.jsonl", "rows.jsonl")):
        (tmp_path / f"{number}.yaml").write_text(text.format(name))
    given: dict[str, bool] = {allowed: True}
    preferences = Preferences(Given(trainer="vlm-r1", **given))  # type: ignore[arg-type]
    files = [str(tmp_path / f"{number}.yaml") for number in range(3)]
    together = told(Session(Sources(str(tmp_path)), files, preferences).lint())
    alone: dict[str, list[object]] = {}
    for file in files:
        alone.update(told(Session(Sources(str(tmp_path)), [file], preferences).lint()))
    assert together == alone
    assert {"check_data": "DAT006", "here": "DAT026"}[allowed] in repr(together)


def test_rules_are_really_left_out(tmp_path: Path) -> None:
    """The tests above would pass as well if every rule were asked about every file."""
    from vlmr1_lint.checking import recall

    asked: list[str] = []

    def counted(rule, scope, about):  # type: ignore[no-untyped-def]
        asked.append(rule.id)
        return original(rule, scope, about)

    original = recall.ask
    text = "model_name_or_path: m\nnum_generations: 8\nper_device_train_batch_size: 8\nreward_funcs: [accuracy]\nrun_name: x{}\n"
    for number in range(2):
        (tmp_path / f"{number}.yaml").write_text(text.format(number))
    recall.ask = counted  # type: ignore[assignment]
    try:
        Session(Sources(str(tmp_path)), [str(tmp_path / f"{number}.yaml") for number in range(2)], Preferences(Given())).lint()
    finally:
        recall.ask = original
    repeated = {rule for rule in asked if asked.count(rule) > 1}
    assert len(set(asked)) > 20
    assert len(repeated) < 5


class Watched(dict[str, object]):
    """Written options that note whose nodes are looked at."""

    def __init__(self, nodes: dict[str, object]) -> None:
        super().__init__(nodes)
        self.seen: set[str] = set()

    def __getitem__(self, name: str) -> object:
        self.seen.add(name)
        return super().__getitem__(name)

    def get(self, name: str, default: object = None) -> object:  # type: ignore[override]
        self.seen.add(name)
        return super().get(name, default)


def test_derived_facts_follow_from_the_options_that_are_named() -> None:
    """Every fact that is no option and no behaviour of a trainer reads no other option than the table says."""
    assert set(DERIVED) == set(RUN_FACTS) - BEHAVIOURS
    for text in list(args_texts())[:60]:
        document = read_flat("args.yaml", text.encode())
        assert document is not None
        nodes: dict[str, object] = {str(node.key): node for node in document.roots[0].children}
        for release in ("vlm-r1", "trl==0.14.0", releases()[8]):
            for fleet in (None, parse_fleet("4xA100-40G")):
                for fact, options in DERIVED.items():
                    watched = Watched(nodes)
                    run = Run(Inputs(document, document.roots[0], watched, Trainer((release,), ""), fleet))  # type: ignore[arg-type]
                    getattr(run, fact)
                    assert watched.seen <= set(options), fact


def test_forecasts_name_no_option_that_is_not_listed() -> None:
    """Names of options in the source of all that a forecast or solver runs, as attributes, words or keywords."""
    package = Path(vlmr1_lint.__file__).parent
    named: set[str] = set()
    for path in [*(package / "memory").glob("*.py"), package / "checking" / "forecasts.py", package / "training" / "run.py"]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute):
                named.add(node.attr)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                named.add(node.value)
            elif isinstance(node, ast.keyword) and node.arg is not None:
                named.add(node.arg)
    for release in releases():
        named.add(profile(release).liger_option or "")
    assert named & OPTIONS <= set(FORECAST.split())


def toy(when: str, each: str = "") -> Rule:
    text = changed(
        ("let:\n  limit: 4\n  wide: run.world_size > limit\n", ""),
        ("  set: {fp16: false, num_generations: {expr: run.num_generations * 2}}", "  set: {fp16: false}"),
    )
    text = text.replace("when: run.fp16 and run.bf16 and wide\n", f"{each}when: >-\n  {when}\n")
    return load_rule(text, "x.yaml")


ENTRIES = "each: {entry: entries}\n"


@pytest.mark.parametrize(
    ("when", "each", "expected"),
    [
        ("run.bf16 == true and run.fp16 == true", "", ["bf16", "fp16"]),
        ("is_set(run.bf16) and has_option(run.fp16)", "", []),  # runs that are compared write the same options
        ("is_set(deepspeed.bf16) and run.bf16 == true", "", ["bf16"]),
        ("here and run.bf16 == true", "", []),
        ("fleet.gpus > 4 and deepspeed.present", "", []),
        ("run.micro_batch > 4", "", ["per_device_train_batch_size", "use_vllm"]),
        ("model.has_vision", "", ["model_name_or_path"]),
        ('run.divisibility == "micro" and run.trainer == "trl"', "", []),
        ('forecast.verdict == "oom"', "", sorted(FORECAST.split())),
        ('entry.key == "bf16" and entry.type == "str"', ENTRIES, ["bf16"]),
        ('entry.type == "str" and entry.key in ["bf16", "fp16"] and run.beta > 0', ENTRIES, ["beta", "bf16", "fp16"]),
        ('(entry.key == "bf16" and run.beta > 0) or entry.key == "fp16"', ENTRIES, ["beta", "bf16", "fp16"]),
        ('entry.key == ("bf16" if is_set(run.bf16) else "fp16")', ENTRIES, ["bf16", "fp16"]),
        ('entry.key == "bf16" or entry.type == "str"', ENTRIES, None),
        ('entry.type == "str"', ENTRIES, None),
        ('not (entry.key == "bf16")', ENTRIES, None),
        ('entry.key == "bf16" and entry.nearest is not None', ENTRIES, None),
        ('entry.type == "str"', "each: {entry: odd_entries}\n", ["odd_entries"]),
        ("entry.nearest is not None and run.beta > 0", "each: {entry: unknown_entries}\n", ["beta", "unknown_entries"]),
    ],
)
def test_what_a_rule_depends_on(when: str, each: str, expected: list[str] | None) -> None:
    assert toy(when, each).depends == expected


@pytest.mark.parametrize(
    ("when", "each", "expected"),
    [
        ('entry.type == "str" and entry.key in ["bf16", "fp16"]', ENTRIES, ["bf16", "fp16"]),
        ('entry.key == "bf16" or (entry.key == "fp16" and run.beta > 0)', "each: {entry: odd_entries}\n", ["bf16", "fp16"]),
        ('entry.key != "bf16"', ENTRIES, None),
        ("entry.key == entry.value", ENTRIES, None),
        ("run.bf16 == true", "", None),
    ],
)
def test_which_entries_a_rule_is_about(when: str, each: str, expected: list[str] | None) -> None:
    found = toy(when, each)
    assert found.keys == expected
    assert (expected in found.needs) == (expected is not None)


def test_nearly_every_rule_names_what_it_depends_on() -> None:
    rules = [one for one in builtin() if one.scope == "run"]
    assert sum(one.depends is None for one in rules) < 0.1 * len(rules)
    names = {name for one in rules for name in one.depends or ()}
    assert names <= OPTIONS | set(SUSPICIONS)


def test_files_of_other_folders_are_no_neighbours(tmp_path: Path) -> None:
    """Two folders with DeepSpeed files of one name: the same lines mean different things."""
    text = "num_generations: 8\nreward_funcs: [accuracy]\nper_device_train_batch_size: 8\nbf16: true\ndeepspeed: ds.json\n"
    for folder, stage in (("a", 2), ("b", 3)):
        os.makedirs(tmp_path / folder)
        (tmp_path / folder / "args.yaml").write_text(text)
        half = str(stage == 2).lower()
        (tmp_path / folder / "ds.json").write_text(
            f'{{"zero_optimization": {{"stage": {stage}}}, "bf16": {{"enabled": {half}}}}}'
        )
    files = [str(tmp_path / folder / "args.yaml") for folder in ("a", "b")]
    preferences = Preferences(Given(preset="strict"))
    together = told(Session(Sources(str(tmp_path)), files, preferences).lint())
    alone: dict[str, list[object]] = {}
    for file in files:
        alone.update(told(Session(Sources(str(tmp_path)), [file], preferences).lint()))
    assert together == alone
    assert together["a/args.yaml"] != together["b/args.yaml"]
