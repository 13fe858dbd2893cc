"""``calibrate``: what is solved for is what was put in, and the settings get it."""

from __future__ import annotations

import json

import pytest

from vlmr1_lint.commandline.options import memory
from vlmr1_lint.explaining.calibrate import ROUNDING, calibration
from vlmr1_lint.explaining.calibrate_tensors import _tensors, allocation_of, tensor_name
from vlmr1_lint.explaining.calibrate_text import as_text
from vlmr1_lint.explaining.memory_log import Measured
from vlmr1_lint.memory.forecast import forecast
from vlmr1_lint.memory.from_run import setup_of
from vlmr1_lint.memory.setup import Data
from vlmr1_lint.preferences import Given, Preferences
from vlmr1_lint.reporting.printable import width
from vlmr1_lint.session import Session
from vlmr1_lint.sources import Sources
from vlmr1_lint.values import replace

GIB = 2**30
ARGS = """\
model_name_or_path: Qwen/Qwen2.5-VL-3B-Instruct
data_file_paths: data.jsonl
image_folders: images
deepspeed: zero2.json
bf16: true
attn_implementation: flash_attention_2
gradient_checkpointing: true
per_device_train_batch_size: 8
gradient_accumulation_steps: 2
num_generations: 8
max_completion_length: 1024
"""
GPUS = ("--gpus", "8xA100-80G", "--trainer", "vlm-r1@head")


@pytest.fixture
def run(tmp_path):
    from vlmr1_lint.rulefiles.catalogue import Catalogue

    path = tmp_path / "args.yaml"
    path.write_text(ARGS)
    preferences = Preferences(Given(gpus="8xA100-80G", trainer="vlm-r1@head"), catalogue=Catalogue(()))
    (run,) = Session(Sources(str(tmp_path)), [str(path)], preferences).runs()
    return run


def peak(run, kind="card", **changes):
    """What would be measured of *run* if its samples and answers were like *changes*."""
    data = Data(**{name: changes.pop(name) for name in ("image", "images", "prompt_tokens") if name in changes})
    setup = replace(setup_of(run, data), **changes)
    found = forecast(setup, memory("79.1GiB"))
    return {"card": found.reserved, "out-of-memory": found.likely}[kind]


def test_a_forecast_that_agrees_is_kept_as_given(run):
    found = calibration(run, Data(), Measured("card", int(peak(run) * 1.05)))
    assert found["agrees"]
    assert found["explanations"][0]["assumption"] == "growth"
    assert found["write"] == {"images": 1, "image": "640x480", "prompt-tokens": 256}


def test_larger_images_are_found_again(run):
    found = calibration(run, Data(), Measured("card", peak(run, image=(1280, 960))))
    assert not found["agrees"]
    wide, high = map(int, found["write"]["image"].split("x"))
    assert (wide, high) == (pytest.approx(1280, rel=0.03), pytest.approx(960, rel=0.03))


def test_short_answers_explain_less_and_are_not_written(run):
    found = calibration(run, Data(), Measured("card", peak(run, completion=300)))
    assert found["agrees"]  # between the two figures that plan prints
    assert found["explanations"][0] == {"assumption": "completion", "tokens": pytest.approx(300, abs=2), "of": 1024}
    assert found["write"] is None


def test_with_the_length_of_answers_known_images_decide(run):
    seen = peak(run, completion=300, image=(1280, 960))
    found = calibration(run, Data(), Measured("card", seen, completion=300))
    wide, high = map(int, found["write"]["image"].split("x"))
    assert (wide, high) == (pytest.approx(1280, rel=0.03), pytest.approx(960, rel=0.03))
    assert found["forecast"]["at_max_completion_gib"] > found["forecast"]["gib"]


def test_a_failure_below_the_forecast_agrees_and_one_above_does_not(run):
    likely = peak(run, "out-of-memory")
    assert calibration(run, Data(), Measured("out-of-memory", likely - 2 * GIB, tried=GIB))["agrees"]
    above = calibration(run, Data(), Measured("out-of-memory", int(likely * 1.5), tried=GIB, unused=3 * GIB))
    assert not above["agrees"]
    assert {one["assumption"] for one in above["explanations"]} == {"image", "fragmentation"}


def test_a_figure_that_nothing_explains(run):
    found = calibration(run, Data(), Measured("card", 2 * GIB))
    assert found["explanations"] == []
    assert found["write"] is None


# -- what is written explains the measurement ----------------------------------------------------------------------------

ZERO3 = ARGS.replace("zero2", "zero3").replace("length: 1024", "length: 2048") + "beta: 0.04\n"
SFT = """\
model_name_or_path: Qwen/Qwen2.5-VL-3B-Instruct
dataset_name: data
deepspeed: zero3.json
bf16: true
max_length: 2048
gradient_checkpointing: true
per_device_train_batch_size: 4
"""
RUNS = {
    "zero2": (ARGS, "8xA100-80G", "vlm-r1@head"),
    "zero3": (ZERO3, "4xA100-80G", "vlm-r1@head"),
    "InternVL, whose images come in tiles": (
        ARGS.replace("Qwen/Qwen2.5-VL-3B-Instruct", "OpenGVLab/InternVL3-2B") + "max_anyres_num: 6\n",
        "8xA100-80G",
        "vlm-r1@head",
    ),
    "a limit of pixels": (ARGS + "max_pixels: 1003520\n", "8xA100-80G", "vlm-r1@head"),
    "supervised": (SFT, "4xA100-80G", "trl"),
    "several releases": (ARGS.replace("image_folders: images\n", ""), "8xA100-80G", "trl>=0.20"),
}


def run_of(text, gpus, trainer, folder):
    from vlmr1_lint.rulefiles.catalogue import Catalogue

    path = folder / "args.yaml"
    path.write_text(text)
    given = Given(gpus=gpus, trainer=trainer)
    (run,) = Session(Sources(str(folder)), [str(path)], Preferences(given, catalogue=Catalogue(()))).runs()
    return run


def as_settings(written):
    """The data assumption that settings with *written* make."""
    wide, high = map(int, written["image"].split("x"))
    return Data(written["images"], (wide, high), written["prompt-tokens"], given=True)


def area(image):
    wide, high = map(int, image.split("x"))
    return wide * high


@pytest.mark.parametrize("name", RUNS)
@pytest.mark.parametrize(("kind", "completion"), [("card", None), ("allocated", None), ("card", 300), ("out-of-memory", None)])
def test_what_is_written_explains_what_was_measured(tmp_path, name, kind, completion):
    """Whatever is measured: where something is written, the same measurement differs by no more than the rounding from then on
    (or as little as before, if it agreed), and images are never made larger by less memory nor smaller by more."""
    run = run_of(*RUNS[name], tmp_path)
    expected = calibration(run, Data(), Measured(kind, GIB, completion=completion))["forecast"]["gib"]
    for percent in (*range(30, 130, 4), *range(130, 300, 17)):
        measured = Measured(kind, int(expected * percent / 100 * GIB), completion=completion)
        found = calibration(run, Data(), measured)
        less = percent < 100
        for one in found["explanations"]:
            if "image" in one:
                assert (area(one["image"]) <= 640 * 480) if less else (area(one["image"]) >= 640 * 480), (percent, one)
        if found["write"] is None:
            continue
        again = calibration(run, as_settings(found["write"]), measured)
        assert again["agrees"]
        left = abs(found["forecast"]["difference"]) if found["agrees"] else ROUNDING
        assert abs(again["forecast"]["difference"]) <= left, percent


def test_less_than_forecast_is_never_laid_to_larger_images(tmp_path):
    """With short answers larger images would fit the figure: two assumptions at once, which explain anything."""
    run = run_of(*RUNS["zero3"], tmp_path)
    found = calibration(run, Data(), Measured("card", int(peak(run) * 0.85)))
    assert [one["assumption"] for one in found["explanations"]] == ["completion"]
    assert found["write"] is None


def test_two_assumptions_together_are_named_as_such_and_not_written(tmp_path):
    """Less than short answers or small images alone can explain."""
    run = run_of(*RUNS["zero2"], tmp_path)
    data = Data(images=4)
    seen = peak(run, images=4, image=(320, 240), completion=64)
    found = calibration(run, data, Measured("card", seen))
    (both,) = found["explanations"]
    assert (both["assumption"], both["tokens"]) == ("both", 64)
    assert area(both["image"]) == pytest.approx(320 * 240, rel=0.1)
    assert found["write"] is None
    assert "together" in as_text({**found, "settings": None}, "en")


def test_longer_answers_than_the_settings_say(run):
    data = Data(completion_tokens=200)
    found = calibration(run, data, Measured("card", peak(run, completion=1000)))
    assert [one["assumption"] for one in found["explanations"]][:2] == ["growth", "completion"]
    assert found["explanations"][1] == {"assumption": "completion", "tokens": pytest.approx(1000, abs=2), "of": 1024}
    assert found["write"] is None
    assert "longer than completion-tokens" in as_text({**found, "settings": None}, "en")
    known = calibration(run, data, Measured("card", peak(run, completion=1000), completion=1000))
    assert known["agrees"]  # what was measured is said by the measurement, not by the settings


def test_a_failure_far_below_the_forecast_says_nothing_of_the_samples(run):
    found = calibration(run, Data(), Measured("out-of-memory", peak(run, "out-of-memory") // 2))
    assert found["agrees"]
    assert found["write"] is None


def test_every_tensor_has_a_chinese_name(run):
    setup = setup_of(run, Data())
    for one in (
        replace(setup, attention="eager", stage=3),
        replace(setup, attention="sdpa_unbatched", logits="completion"),
        replace(setup, autocast=True, engine="none", weights="fp32", logits="completion"),
        replace(setup, engine="none", weights="fp32", logits="cross_entropy"),
    ):
        for _, what, _ in _tensors(one):
            assert tensor_name(what, "zh") != what == tensor_name(what, "en")


@pytest.mark.parametrize(
    ("tensor", "term", "what"),
    [
        (lambda s, L: 2 * 8 * L * s.model.text.vocab, "logits", "bf16 logits of the whole sequence for all sequences"),
        (lambda s, L: 2 * L * s.model.text.vocab, "logits", "bf16 logits of the whole sequence for one sequence"),
        (lambda s, L: 2 * s.model.embedding, "gradients", "gradient of the embedding"),
        (lambda s, L: 4 * s.model.params_total // 8, "optimizer", "fp32 master weights of this GPU"),
    ],
)
def test_an_allocation_is_told_by_its_size(run, tensor, term, what):
    setup = setup_of(run, Data())
    size = tensor(setup, 256 + 391 + 1024)
    rounded = -(-size // 2**21) * 2**21
    assert allocation_of(setup, rounded) == (term, what)
    assert allocation_of(setup, 123_456_789_012_345) is None


# -- the command ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def project(lint):
    lint.write("configs/args.yaml", ARGS)
    return lint


def test_settings_are_made_at_the_root(project, run):
    gib = peak(run, image=(1280, 960)) / GIB
    assert project("calibrate", "configs/args.yaml", "--measured", f"{gib:.2f}GiB", *GPUS, "--write") == 1
    assert "differs" in project.out
    assert max(map(width, project.out.splitlines())) <= 80
    text = project.read(".vlmr1-lint.yaml")
    assert text.startswith("data:\n  images: 1\n  image: 12")
    assert project("calibrate", "configs/args.yaml", "--measured", f"{gib:.2f}GiB", *GPUS) == 0
    assert "agrees" in project.out
    assert project("plan", "configs/args.yaml", *GPUS, "--format", "json") == 0
    assert json.loads(project.out)["data"]["given"]


def test_settings_that_are_there_keep_everything_else(project, run):
    before = "# ours\ngpus: 8xA100-80G  # the queue\n\ndata:\n    images: 1   # one photo\n    image: 640x480\nignore: [GRP001]\n"
    project.write(".vlmr1-lint.yaml", before)
    gib = peak(run, image=(1280, 960)) / GIB
    assert project("calibrate", "configs/args.yaml", "--measured", f"{gib:.2f}GiB", "--trainer", "vlm-r1@head", "--write") == 1
    lines, old = project.read(".vlmr1-lint.yaml").splitlines(), before.splitlines()
    assert [line for line in lines if line not in old] == [lines[5], "    prompt-tokens: 256"]
    assert lines[5].startswith("    image: 12")
    assert [line for line in old if line not in lines] == ["    image: 640x480"]


def test_pyproject_is_shown_and_not_touched(project, run):
    before = '[tool.vlmr1-lint]\ngpus = "8xA100-80G"\n'
    project.write("pyproject.toml", before)
    gib = peak(run, image=(1280, 960)) / GIB
    assert project("calibrate", "configs/args.yaml", "--measured", f"{gib:.2f}GiB", "--trainer", "vlm-r1@head", "--write") == 1
    assert project.read("pyproject.toml") == before
    assert "[tool.vlmr1-lint.data]" in project.out
    assert 'image = "12' in project.out
    assert not (project.folder / ".vlmr1-lint.yaml").exists()


def test_nothing_is_written_unasked(project, run):
    gib = peak(run, image=(1280, 960)) / GIB
    for words in ((), ("--isolated",), ("--isolated", "--write")):
        project("calibrate", "configs/args.yaml", "--measured", f"{gib:.2f}GiB", *words, *GPUS)
        assert not (project.folder / ".vlmr1-lint.yaml").exists()


def test_a_settings_file_that_cannot_be_edited_is_said(project, run):
    project.write(".vlmr1-lint.yaml", "data: &d {image: 640x480}\noverrides: [{paths: a, data: *d}]\n")
    before = project.read(".vlmr1-lint.yaml")
    gib = peak(run, image=(1280, 960)) / GIB
    status = project("calibrate", "configs/args.yaml", "--measured", f"{gib:.2f}GiB", *GPUS, "--write")
    if project.read(".vlmr1-lint.yaml") == before:
        assert status == 2
        assert "was not written" in project.out
    else:
        assert project("plan", "configs/args.yaml", *GPUS) == 0


def test_logs(project):
    project.write("smi.csv", "memory.used [MiB]\n33000 MiB\n")
    assert project("calibrate", "configs/args.yaml", "--log", "smi.csv", *GPUS, "--dry-run", "--format", "json") in {0, 1}
    shown = json.loads(project.out)
    assert (shown["version"], shown["measured"]["kind"], shown["measured"]["gib"]) == (1, "card", 32.23)
    project.write("oom.log", "CUDA out of memory. Tried to allocate 594.00 MiB. this process has 78.5 GiB memory in use.\n")
    assert project("calibrate", "configs/args.yaml", "--log", "oom.log", *GPUS, "--dry-run", "--lang", "zh") == 1
    assert max(map(width, project.out.splitlines())) <= 80
    assert "词嵌入的梯度（梯度）" in project.out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("configs/args.yaml", "--log", "none.log"), "none.log: no such file"),
        (("configs/none.yaml", "--measured", "31GiB"), "configs/none.yaml: no such file"),
        (("configs/args.yaml", "--measured", "31GiB", "--isolated"), "for want of fleet"),
        (("configs/args.yaml", "--measured", "much"), "'much' is no size: write it like 512GiB"),
    ],
)
def test_trouble_is_one_clear_line(project, words, said):
    assert project("calibrate", *words) == 2
    assert said in project.err


def test_trouble_in_chinese(project):
    project.write("run.log", "nothing of use\n")
    assert project("calibrate", "configs/args.yaml", "--log", "run.log", "--lang", "zh") == 2
    assert "没有显存数字" in project.err
    assert project("calibrate", "configs/args.yaml", "--measured", "31GiB", "--isolated", "--lang", "zh") == 2
    assert "没有可以对照的预测，缺少 GPU" in project.err


def test_an_unknown_model_is_told_as_plan_does(project):
    project.write("configs/args.yaml", ARGS.replace("Qwen/Qwen2.5-VL-3B-Instruct", "org/name"))
    assert project("calibrate", "configs/args.yaml", "--measured", "31GiB", *GPUS) == 2
    wanted, reason = project.err.splitlines()
    assert wanted.endswith("for want of model")
    why = '"org/name" is not in our table of models; a local folder with its config.json would do'
    assert reason == f"vlmr1-lint: configs/args.yaml: {why}"


def planned(project):
    project("plan", "configs/args.yaml", *GPUS, "--format", "json")
    return json.loads(project.out)["forecast"]


def test_plans_own_figures_are_compared_and_printed(project):
    """What plan says is likely is no failure of the estimate, though nvidia-smi's figure is another."""
    plan = planned(project)
    assert project("calibrate", "configs/args.yaml", "--measured", f"{plan['likely_gib']}GiB", *GPUS) == 0
    assert ": agrees: " in project.out
    told = " ".join(project.out.split())
    assert f"plan: {plan['likely_gib']} GiB likely ({plan['low_gib']} to {plan['high_gib']})" in told
    assert f"nvidia-smi: about {plan['nvidia_smi_gib']} GiB" in told
    above = 1.3 * plan["nvidia_smi_gib"]
    assert project("calibrate", "configs/args.yaml", "--measured", f"{above:.2f}GiB", *GPUS) == 1
    assert project.out.index("growth") < project.out.index("images of about")
    assert "expandable_segments" in project.out


def test_more_than_the_card_has_is_no_measurement_of_it(project):
    assert project("calibrate", "configs/args.yaml", "--measured", "81GiB", *GPUS) == 2
    assert "more than a A100-80G has (80 GB)" in project.err


SMI = """\
|=========================================+========================+======================|
|   0  NVIDIA A100-SXM4-80GB          On  |   00000000:07:00.0 Off |                    0 |
| N/A   34C    P0             55W /  400W |   33000MiB /  81920MiB |     97%      Default |
+-----------------------------------------+------------------------+----------------------+
|   1  NVIDIA A100-SXM4-80GB          On  |   00000000:0F:00.0 Off |                    0 |
| N/A   33C    P0             54W /  400W |   33500MiB /  81920MiB |     99%      Default |
"""


def test_the_table_of_nvidia_smi_from_a_file_and_from_standard_input(project, monkeypatch):
    from io import BytesIO, TextIOWrapper

    project.write("smi.txt", SMI)
    answers = []
    for log in ("smi.txt", "-"):
        monkeypatch.setattr("sys.stdin", TextIOWrapper(BytesIO(SMI.encode())))
        assert project("calibrate", "configs/args.yaml", "--log", log, *GPUS, "--format", "json") in {0, 1}
        answers.append(json.loads(project.out)["measured"])
    assert answers[0] == answers[1]
    assert (answers[0]["kind"], answers[0]["gib"]) == ("card", round(33500 / 1024, 2))
