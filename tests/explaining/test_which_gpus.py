"""``plan`` answers which GPUs: without hardware, for several phases, with prices, as a picture."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest
from explaining_files import VLM, ZERO3

from vlmr1_lint.reporting.printable import width

SFT = """\
model_name_or_path: Qwen/Qwen2.5-VL-3B-Instruct
dataset_name: rec
output_dir: out/sft
bf16: true
gradient_checkpointing: true
packing: false
per_device_train_batch_size: 2
gradient_accumulation_steps: 4
deepspeed: zero3.json
"""
GRPO = VLM.replace("Qwen/Qwen2.5-VL-3B-Instruct", "out/sft")
SETTINGS = "trainer: vlm-r1@2025-04\noverrides:\n  - {paths: [sft.yaml], trainer: trl-sft==0.17.0}\n"
ALONE = ("vlm.yaml", "--trainer", "vlm-r1@2025-04")


@pytest.fixture
def project(lint):
    for name, text in {"sft.yaml": SFT, "grpo.yaml": GRPO, "vlm.yaml": VLM, "zero3.json": ZERO3}.items():
        lint.write(name, text)
    return lint


def planned(project, *words):
    assert project("plan", *words, "--format", "json") in {0, 1}, project.err
    return json.loads(project.out)


def verdicts(fleets):
    return {(one["gpu"], one["nodes"], one["gpus"]): one for one in fleets}


def test_every_cell_of_the_table_is_what_plan_says_of_that_hardware(project):
    """Unchanged, and with the change that the table names."""
    table = verdicts(planned(project, *ALONE)["fleets"])
    assert {key[2] for key in table} == {1, 2, 3, 4, 5, 6, 7, 8, 16, 32}
    for key in (("RTX4090-24G", 1, 4), ("A100-40G", 1, 2), ("A100-80G", 1, 3), ("H200-141G", 1, 8)):
        cell, alone = table[key], planned(project, *ALONE, "--gpus", f"{key[2]}x{key[0]}")
        assert cell["verdict"] == alone["verdict"]
        if alone["verdict"] in {"oom", "likely-oom"}:
            assert cell["with"]["verdict"] in {"fits", "tight"}
            assert cell["with"]["cost"] == max(
                (step["cost"] for step in alone["plan"]), key=["free", "speed", "experiment"].index
            )
        else:
            assert cell["with"] is None


def test_counts_are_those_that_the_batch_divides(project):
    """A batch of one in groups of six runs on 6, 12 and 18 GPUs, of which none is a usual count of a table."""
    project.write("vlm.yaml", VLM.replace("size: 8", "size: 1").replace("generations: 8", "generations: 6"))
    shapes = {(one["nodes"], one["gpus"]) for one in planned(project, *ALONE)["fleets"]}
    assert shapes == {(1, 6), (2, 12), (3, 18)}
    assert project("plan", *ALONE) == 0
    assert "The batch and group allow no 1, 2, 3, 4, 5, 7, 8 GPUs." in project.out


def test_a_card_that_is_asked_about_is_in_the_table(project):
    assert ("L20-48G", 1, 3) in verdicts(planned(project, *ALONE, "--gpus", "3xL20")["fleets"])


@pytest.mark.parametrize("path", ["out/sft", "out/sft/", "./out/sft", "out/sft/checkpoint-500"])
def test_the_model_of_a_phase_is_what_the_phase_before_writes(project, path):
    project.write("grpo.yaml", VLM.replace("Qwen/Qwen2.5-VL-3B-Instruct", path))
    sft, grpo = planned(project, "sft.yaml", "grpo.yaml")["plans"]
    assert sft["run"]["model"] == grpo["run"]["model"] == "Qwen2.5-VL-3B"
    assert f"the model is the one that sft.yaml trains: it writes {path}" in grpo["assumptions"]


@pytest.mark.parametrize("files", [("grpo.yaml", "sft.yaml"), ("grpo.yaml",)])
def test_no_phase_takes_a_model_from_a_later_one(project, files):
    shown = planned(project, *files, "--gpus", "8xA100-80G")
    first = shown["plans"][0] if len(files) > 1 else shown
    assert first["run"]["model"] is None


@pytest.mark.parametrize("path", ["out/sft2", "out", "out/sft/final"])
def test_another_folder_is_not_the_phase_before(project, path):
    project.write("grpo.yaml", VLM.replace("Qwen/Qwen2.5-VL-3B-Instruct", path))
    assert planned(project, "sft.yaml", "grpo.yaml", "--gpus", "8xA100-80G")["plans"][1]["run"]["model"] is None


def test_hardware_for_all_serves_each_phase(project):
    shown = planned(project, "sft.yaml", "grpo.yaml")
    tables = [verdicts(plan["fleets"]) for plan in shown["plans"]]
    served = 0
    for key, row in verdicts(shown["fleets"]).items():
        own = [table[key] for table in tables]
        does = all(one["verdict"] in {"fits", "tight"} or one["with"] for one in own)
        assert does == (row["verdict"] in {"fits", "tight"} or bool(row["with"]))
        for one, path in zip(own, ("sft.yaml", "grpo.yaml"), strict=True):
            if row["with"]:
                assert row["with"].get(path) == one["with"]
        served += does
    assert served > 20


def test_prices_decide_what_is_cheapest(project):
    project.write(".vlmr1-lint.yaml", "prices: {A100-80G: 2, H20: 100, p4d.24xlarge: 0.5}\n")
    table = verdicts(planned(project, *ALONE)["fleets"])
    assert table["A100-80G", 1, 4]["per_hour"] == 8
    assert table["A100-40G", 1, 8]["per_hour"] == 0.5
    assert table["A100-40G", 2, 16]["per_hour"] == 1
    assert "per_hour" not in table["L40S-48G", 1, 8]
    project("plan", *ALONE)
    assert "Cheapest: 8xA100-40G (0.5 an hour) as it is" in project.out
    assert "not estimated" not in project.out


def test_hours_are_of_the_hardware_that_is_given(project):
    project.write(".vlmr1-lint.yaml", "prices: {A100-80G: 2}\nhours: 6\n")
    words = (*ALONE, "--gpus", "4xA100-80G")
    assert planned(project, *words)["cost"] == {"per_hour": 8, "hours": 6, "total": 48}
    assert planned(project, *words, "--hours", "2.5")["cost"]["total"] == 20
    project("plan", *words)
    assert "Cost: 8 an hour, 48 for 6 hours" in project.out
    plans = planned(project, "sft.yaml", "grpo.yaml", "--gpus", "4xA100-80G", "--hours", "6,20")["plans"]
    assert [plan["cost"]["total"] for plan in plans] == [48, 160]
    project("plan", "sft.yaml", "grpo.yaml", "--gpus", "4xA100-80G", "--hours", "6,20")
    assert "Cost on the given GPUs: 208 (sft.yaml 48, grpo.yaml 160)" in project.out


@pytest.mark.parametrize(
    ("prices", "said"),
    [
        ("{A100: 2}", "prices: 'A100' may be A100-40G or A100-80G; write which"),
        ("{B999: 2}", "prices: unknown card or cloud instance 'B999'"),
        ("{A100-80G: much}", "prices.A100-80G must be a number"),
        ("{A100-80G: -1}", "prices.A100-80G is out of range"),
    ],
)
def test_prices_that_mean_nothing_are_told(project, prices, said):
    project.write(".vlmr1-lint.yaml", f"prices: {prices}\n")
    assert project("plan", *ALONE, "--gpus", "4xA100-80G") == 2
    assert said in project.err


def test_without_prices_one_sentence_says_that_nothing_is_estimated(project):
    project("plan", *ALONE, "--gpus", "8xA100-80G")
    assert project.out.count("Price and speed are not estimated") == 1


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize(
    "words",
    [ALONE, (*ALONE, "--gpus", "8xA100-80G"), ("sft.yaml", "grpo.yaml"), ("sft.yaml", "grpo.yaml", "--gpus", "4xA100-40G")],
)
def test_one_screen(project, words, lang):
    project("plan", *words, "--lang", lang)
    lines = project.out.splitlines()
    assert 5 < len(lines) < 24
    assert max(map(width, lines)) <= 80


def test_colour_as_asked(project, monkeypatch):
    words = ("plan", *ALONE, "--gpus", "2xA100-40G")
    project(*words)
    plain = project.out
    assert "\x1b" not in plain
    project(*words, "--color", "always")
    assert re.search(r"\x1b\[1;31m█", project.out)
    assert re.sub(r"\x1b\[[0-9;]*m", "", project.out) == plain


def test_a_bar_ends_where_the_memory_does(project):
    shown = planned(project, *ALONE, "--gpus", "2xA100-40G")
    project("plan", *ALONE, "--gpus", "2xA100-40G")
    peak = next(line for line in project.out.splitlines() if "◀" in line)
    assert f"{shown['forecast']['likely_gib'] / shown['fleet']['usable_gib']:.0%}" in peak
    bars = [line for line in project.out.splitlines() if "┃" in line]
    assert len({line.index("┃") for line in bars}) == 1
    for line in bars:
        beyond = line.partition("┃")[2]
        assert beyond.startswith("█") == (int(re.search(r"(\d+)%", line)[1]) > 103) or int(
            re.search(r"(\d+)%", line)[1]
        ) in range(98, 104)


class _Page(HTMLParser):
    def __init__(self):
        super().__init__()
        self.links, self.tags = [], []

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.links += [found for name, found in attributes if name in {"src", "href"}]


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("words", [ALONE, ("sft.yaml", "grpo.yaml", "--gpus", "4xA100-40G")])
def test_pages_need_nothing_else(project, words, lang):
    project("plan", *words, "--lang", lang, "--format", "html")
    page = _Page()
    page.feed(project.out)
    assert not page.links and "script" not in page.tags and "url(" not in project.out
    assert '<meta name="viewport" content="width=device-width, initial-scale=1">' in project.out
    assert ("数量" in project.out or "显卡" in project.out) == (lang == "zh")


@pytest.mark.parametrize("form", ["svg", "html"])
def test_names_of_people_are_escaped(project, form):
    project.write('a<b>&".yaml', VLM)
    project("plan", 'a<b>&".yaml', "--trainer", "vlm-r1@2025-04", "--gpus", "8xA100-80G", "--format", form)
    assert "a<b>" not in project.out and "a&lt;b&gt;&amp;&quot;.yaml" in project.out


def test_a_drawing_is_sound_and_its_bars_add_up(project):
    words = (*ALONE, "--gpus", "8xA100-80G")
    shown = planned(project, *words)
    project("plan", *words, "--format", "svg")
    drawing = ElementTree.fromstring(project.out)
    bars = [one for one in drawing.iter("{http://www.w3.org/2000/svg}rect") if one.find("{*}title") is not None]
    sizes = sum(float(one.find("{*}title").text.split()[-2]) for one in bars)
    total = sum(part["total_gib"] for part in shown["forecast"]["instants"].values())
    assert sizes == pytest.approx(total, abs=0.3)
