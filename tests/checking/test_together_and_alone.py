"""Many files at once are judged exactly as each of them alone."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from toy import changed

from vlmr1_lint.documents.yaml.flat import read_flat
from vlmr1_lint.preferences import Given, Preferences
from vlmr1_lint.rulefiles.catalogue import builtin
from vlmr1_lint.rulefiles.load import load_rule
from vlmr1_lint.rulefiles.rule import Rule
from vlmr1_lint.ruletest import examples_of
from vlmr1_lint.session import Result, Session
from vlmr1_lint.sources import Sources
from vlmr1_lint.trainers.options import option_names, other_releases, releases

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
