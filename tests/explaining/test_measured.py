"""``plan --data``: the heads of data files and images decide instead of the default."""

from __future__ import annotations

import json
import struct
import sys

import pytest

from vlmr1_lint.datafiles.images import HEADER_BYTES
from vlmr1_lint.explaining.measured import MAX_ROWS, Unmeasurable, measured_data, text_tokens
from vlmr1_lint.memory.forecast import forecast
from vlmr1_lint.memory.from_run import setup_of
from vlmr1_lint.memory.setup import Data, Sample
from vlmr1_lint.preferences import Given, Preferences
from vlmr1_lint.session import Session
from vlmr1_lint.sources import Sources
from vlmr1_lint.values import replace

ARGS = """\
model_name_or_path: Qwen/Qwen2.5-VL-3B-Instruct
data_file_paths: data/train.jsonl
image_folders: data/images
deepspeed: zero3.json
bf16: true
attn_implementation: flash_attention_2
gradient_checkpointing: true
per_device_train_batch_size: 8
num_generations: 8
"""


def png(width, height, padding=0):
    header = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + b"IHDR" + struct.pack(">II", width, height) + b"\x08\x02\0\0\0"
    return header + b"\0" * padding


def row(image, question="What is this?"):
    return json.dumps({"image": image, "conversations": [{"from": "human", "value": f"<image>{question}"}, {"value": "A cat."}]})


@pytest.fixture
def measure(tmp_path):
    from vlmr1_lint.rulefiles.catalogue import Catalogue

    (tmp_path / ".git").mkdir()
    (tmp_path / "data" / "images").mkdir(parents=True)
    (tmp_path / "args.yaml").write_text(ARGS)

    def measure(rows, images):
        (tmp_path / "data" / "train.jsonl").write_text("".join(f"{one}\n" for one in rows))
        for name, data in images.items():
            (tmp_path / "data" / "images" / name).write_bytes(data)
        sources = Sources(str(tmp_path))
        preferences = Preferences(Given(gpus="8xA100-80G", trainer="vlm-r1@head"), catalogue=Catalogue(()))
        (run,) = Session(sources, [str(tmp_path / "args.yaml")], preferences).runs()
        return run, measured_data(run, Data(), sources)

    return measure


def test_the_median_the_95th_percentile_and_the_largest(measure):
    sizes = [(100 + n, 200) for n in range(100)]
    rows = [row(f"{n}.png", "x" * 4 * n) for n in range(100)]
    _, data = measure(rows, {f"{n}.png": png(*size) for n, size in enumerate(sizes)})
    assert data.given
    assert data.image == (194, 200)
    assert data.low == Sample(1, (149, 200), 64 + 49)
    assert data.high == Sample(1, (199, 200), 64 + 99)
    assert data.prompt_tokens == 64 + 94
    assert data.origin == "100 rows, 100 images"


def test_each_end_of_the_forecast_takes_its_own(measure):
    rows = [row(f"{n}.png") for n in range(20)]
    images = {f"{n}.png": png(400, 300) for n in range(20)} | {"19.png": png(4000, 3000)}
    run, data = measure(rows, images)
    found = forecast(setup_of(run, data))
    alike = forecast(setup_of(run, Data(image=(400, 300), prompt_tokens=data.prompt_tokens, given=True)))
    assert (found.low, found.likely) == (alike.low, alike.likely)
    assert found.high > 2 * alike.high  # one photo among twenty


def test_rows_without_images_and_with_several(measure):
    rows = [json.dumps({"conversations": [{"value": "2 + 2?"}, {"value": "4"}]}), row(["a.png", "b.png"])]
    _, data = measure(rows, {"a.png": png(10, 20), "b.png": png(30, 40)})
    assert (data.low.images, data.images, data.high.images) == (0, 2, 2)


def test_no_more_is_read_than_promised(measure, monkeypatch):
    asked = []
    original = Sources.head

    def head(self, path, limit):
        asked.append((path, limit))
        return original(self, path, limit)

    monkeypatch.setattr(Sources, "head", head)
    _, data = measure([row("a.png")] * (MAX_ROWS + 100), {"a.png": png(10, 20, padding=1000)})
    assert data.origin == f"{MAX_ROWS} rows, {MAX_ROWS} images"
    assert {limit for path, limit in asked if path.endswith(".png")} == {HEADER_BYTES}


def test_images_that_are_no_images_and_images_elsewhere(measure):
    rows = [row("a.png"), row("missing.png"), row("../../../etc/passwd"), row("b.png")]
    _, data = measure(rows, {"a.png": png(10, 20), "b.png": png(10, 20), "missing": b""})
    assert (data.image, data.given, data.origin) == ((10, 20), True, "4 rows, 2 of 4 images")
    _, data = measure(rows, {"b.png": b"no image at all"})
    assert (data.image, data.given, data.origin) == (Data().image, False, "4 rows, 1 of 4 images")


def test_sizes_that_nobody_read_are_assumed_and_not_known(measure):
    """The texts are measured; the image stays what it was, at all ends."""
    run, data = measure([row(f"{n}.png", "x" * 400) for n in range(100)], {})
    assert (data.images, data.image, data.prompt_tokens, data.given) == (1, Data().image, 164, False)
    assert data.origin == "100 rows, 0 of 100 images"
    assert forecast(setup_of(run, data)).low == forecast(setup_of(run, replace(data, given=True))).low


def test_twenty_images_tell_the_sizes_of_two_hundred(measure):
    rows = [row(f"{n}.png") for n in range(100)]
    _, data = measure(rows, {f"{n}.png": png(100, 50) for n in range(20)})
    assert (data.image, data.given) == ((100, 50), True)


def test_the_high_end_of_sizes_nobody_read_is_the_limit_that_is_written(measure, tmp_path):
    (tmp_path / "args.yaml").write_text(ARGS + "max_pixels: 4000000\n")
    _, data = measure([row("missing.png")], {})
    assert data.high.image == (2000, 2000)
    assert data.low.image == data.image == Data().image


def test_rows_of_text_alone_have_no_size_to_be_known(measure):
    _, data = measure([json.dumps({"conversations": [{"value": "2 + 2?"}, {"value": "4"}]})], {})
    assert (data.images, data.given) == (0, True)


def test_what_the_user_says_of_images_and_answers_stays(tmp_path, measure):
    run, _ = measure([row("missing.png")], {})
    said = Data(image=(1280, 960), given=True, completion_tokens=200)
    data = measured_data(run, said, Sources(str(tmp_path)))
    assert (data.image, data.given, data.completion_tokens) == ((1280, 960), True, 200)
    assert data.high.image == (1280, 960)


def test_the_plan_says_that_sizes_are_assumed(lint):
    lint.write("args.yaml", ARGS)
    lint.write("data/train.jsonl", f"{row('a.png')}\n" * 3)
    words = ("plan", "args.yaml", "--gpus", "8xA100-80G", "--data")
    assert lint(*words) == 0
    said = " ".join(lint.out.split())
    assert "rows and texts measured, 3 rows, 0 of 3 images (no folder data/images):" in said
    assert "their size is assumed: 640x480 (391 tokens each)" in said
    assert "images up to about" in said
    assert lint(*words, "--lang", "zh") == 0
    assert "3 行，3 张图像中读到 0 张；没有文件夹 data/images" in "".join(line.strip() for line in lint.out.splitlines())


@pytest.mark.parametrize("rows", [[], ["no json"]])
def test_no_rows_is_said(measure, rows):
    with pytest.raises(Unmeasurable, match=r"no rows that can be read on this machine: data/train\.jsonl"):
        measure(rows, {})


def test_a_run_without_data_files_is_said(lint):
    lint.write("args.yaml", ARGS.replace("data_file_paths", "# data_file_paths"))
    assert lint("plan", "args.yaml", "--gpus", "8xA100-80G", "--data") == 2
    assert lint.err == "vlmr1-lint: args.yaml: the run names no data files (data_file_paths)\n"
    assert lint("plan", "args.yaml", "--gpus", "8xA100-80G", "--data", "--lang", "zh") == 2
    assert lint.err == "vlmr1-lint：args.yaml：该训练没有给出数据文件（data_file_paths）\n"


def test_without_imagesize_one_line_says_what_to_install(measure, monkeypatch):
    monkeypatch.setitem(sys.modules, "imagesize", None)
    with pytest.raises(Unmeasurable, match=r"pip install 'vlmr1-lint\[data\]'"):
        measure([row("a.png")], {"a.png": png(1, 1)})


def test_the_plan_says_what_was_measured(lint):
    lint.write("args.yaml", ARGS)
    lint.write("data/train.jsonl", f"{row('a.png')}\n")
    lint.write("data/images/a.png", png(1280, 720))
    assert lint("plan", "args.yaml", "--gpus", "8xA100-80G", "--data", "--format", "json") == 0
    data = json.loads(lint.out)["data"]
    assert (data["measured"], data["image"], data["images"]) == ("1 rows, 1 images", "1280x720", 1)
    assert lint("plan", "args.yaml", "--gpus", "8xA100-80G", "--data") == 0
    assert "samples measured, 1 rows, 1 images" in lint.out


@pytest.mark.parametrize(("text", "tokens"), [("", 0), ("<image>", 0), ("a" * 40, 10), ("图像" * 15, 20)])
def test_text_tokens_are_counted_by_letters(text, tokens):
    assert text_tokens(text) == tokens
