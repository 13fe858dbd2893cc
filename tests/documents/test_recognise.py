"""What is ours and what is not: by hand-written files, and over a folder of real ones."""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path

import pytest

from vlmr1_lint.documents import names
from vlmr1_lint.documents.recognise import recognise
from vlmr1_lint.trainers import options

ARGS = "num_generations: 8\nbf16: true\noutput_dir: out\n"
NOTES = "num_generations: 8\nlora_dropout: 0.1\nbf16: true\nframes: 16\nvoices: 2\nrewards: 3\n"
STATE = {"save_steps": 1, "num_train_epochs": 2, "num_generations": 8, "output_dir": "x"}
ACCELERATE = "compute_environment: LOCAL_MACHINE\ndistributed_type: MULTI_GPU\nnum_processes: 8\n"
DEEPSPEED = '{"zero_optimization": {"stage": 3}, "bf16": {"enabled": "auto"}, "train_batch_size": "auto"}'
LAUNCH = "#!/bin/bash\ntorchrun --nproc_per_node=8 grpo.py --num_generations 8\n"


@pytest.mark.parametrize(
    ("path", "text", "kind"),
    [
        ("a.yaml", ARGS, "args"),
        ("a.yml", "\ufeff" + ARGS.replace("\n", "\r\n"), "args"),
        ("a.yaml", ARGS + "\tbroken: [\n", "args"),
        ("a.yaml", "num_generations: 8\nbroken: [\n", None),
        ("a.yaml", "num_generations: 8\nfoo: 1\nbar: 2\n", None),
        ("a.yaml", "seed: 1\noutput_dir: x\nlearning_rate: 1\n", None),
        ("a.yaml", "nested:\n  num_generations: 8\n  bf16: true\n  output_dir: out\n", None),
        ("a.yaml", NOTES, None),
        ("a.yaml", NOTES + "output_dir: out\n", "args"),
        ("a.yaml", NOTES.replace("frames: 16\n", ""), "args"),
        ("a.json", json.dumps(STATE), "args"),
        ("a.json", json.dumps({**STATE, "global_step": 9, "log_history": []}), None),
        ("a.yaml", ARGS + "finetuning_type: lora\n", None),
        ("a.yaml", ARGS + "stage: sft\n", None),
        ("a.yaml", ARGS + "train_type: lora\n", None),
        ("a.yaml", ARGS + "defaults:\n  - base\n", None),
        ("a.yaml", "# @package _global_\n" + ARGS, None),
        ("a.yaml", ARGS + "eval_strategy: ???\n", None),
        ("a.yaml", ARGS + "run_name: what ???\n", "args"),
        ("a.yaml", ARGS + "algorithm: {}\ntrainer: {}\n", None),
        ("a.yaml", ACCELERATE, "accelerate"),
        ("a.yaml", "deepspeed_config: {zero_stage: 3}\nmixed_precision: bf16\n", "accelerate"),
        ("a.yaml", "deepspeed_config: {zero_stage: 3\nmixed_precision: bf16\n", None),
        ("a.yaml", "datasets:\n  - json_path: a.json\n", "data"),
        ("a.yaml", "datasets:\n  - name: json_path\n", None),
        ("a.yaml", "# vlmr1-lint: kind=args\nx: 1\n", "args"),
        ("a.yaml", "# vlmr1-lint: kind=ignore\n" + ARGS, None),
        ("a.yaml", "x: 'vlmr1-lint: kind=args'\n", None),
        ("a.yaml", "{num_generations: 8, bf16: true, output_dir: x}", "args"),
        ("a.json", DEEPSPEED, "deepspeed"),
        ("a.json", DEEPSPEED.replace("}}", "},}").replace("3}", "3,}"), "deepspeed"),
        ("a.json", DEEPSPEED[:-2], "deepspeed"),
        ("a.json", '{"zero_optimization": ', None),
        ("a.json", '{"model_type": "qwen2", "zero_optimization": {}}', None),
        ("a.json", '{"a": {"zero_optimization": {}}}', None),
        ("a.json", '[{"zero_optimization": {}}]', None),
        ("a.sh", LAUNCH, "launch"),
        ("a.sh", LAUNCH + "S=$(python -c 'import swift')\n", None),
        ("run", LAUNCH, "launch"),
        ("run.txt", LAUNCH.replace("#!/bin/bash", ""), None),
        ("a.sh", "accelerate launch --config_file a.yaml grpo.py --config b.yaml\n", "launch"),
        ("a.sh", "# torchrun x.py --num_generations 8\necho --num_generations\n", None),
        ("a.sh", "torchrun train.py --finetuning_type lora --num_train_epochs 1\n", None),
        ("a.sh", "torchrun eval.py --model x\n", None),
        ("a.py", ARGS, None),
        ("a.yaml", "", None),
    ],
)
def test_kinds(path: str, text: str, kind: str | None) -> None:
    found = recognise(path, text.encode())
    assert found.kind == kind, found.why
    assert found.why


@pytest.mark.parametrize("coding", ["utf-16", "utf-16-be"])
@pytest.mark.parametrize(
    ("path", "text", "kind"),
    [("a.yaml", ARGS, "args"), ("a.json", DEEPSPEED, "deepspeed"), ("a.yaml", "services: 1\n", None), ("a.sh", LAUNCH, None)],
)
def test_utf16_is_ours_if_its_text_is(path: str, text: str, kind: str | None, coding: str) -> None:
    mark = b"\xfe\xff" if coding == "utf-16-be" else b""
    assert recognise(path, mark + text.encode(coding)).kind == kind
    assert recognise(path, mark + text.encode(coding)[:-1]).kind is None  # half a character at the end


def test_settings_decide_first() -> None:
    assert recognise("a.yaml", b"x: 1", kind="args").kind == "args"
    assert recognise("a.yaml", ARGS.encode(), kind="ignore").kind is None


def test_names_are_those_of_the_option_tables() -> None:
    every = frozenset().union(*(options.option_names(release) for release in options.releases() + options.other_releases()))
    assert every == names.OPTIONS
    assert names.SPECIFIC - {"dataset_mixer"} <= every


OURS = {"trl-args-yaml": "args", "sft-args-yaml": "args", "deepspeed-json": "deepspeed", "accelerate-yaml": "accelerate",
        "data-config-yaml": "data"}  # fmt: skip


@pytest.mark.slow
def test_real_files_are_told_apart() -> None:
    folder = os.environ.get("VLMR1_LINT_CORPUS")
    if not folder:
        pytest.skip("VLMR1_LINT_CORPUS names no folder")
    table: Counter[tuple[str, str | None]] = Counter()
    wrong = []
    for line in (Path(folder) / "index.jsonl").read_text(encoding="utf-8").splitlines():
        entry = json.loads(line)
        found = recognise(entry["path"], (Path(folder) / entry["file"]).read_bytes())
        table[entry["kind"], found.kind] += 1
        if found.kind != OURS.get(entry["kind"]):
            wrong.append(f"{entry['kind']} {entry.get('subkind')} {entry['file']} is {found.kind}: {found.why}")
    print(*sorted(table.items(), key=str), sep="\n")
    assert not wrong, "\n".join(wrong)


def test_of_several_foreign_names_the_same_one_is_told_each_time() -> None:
    text = "finetuning_type: lora\ncutoff_len: 9\nexport_dir: x\ninfer_backend: vllm\nnum_generations: 8\n"
    assert recognise("a.yaml", text.encode(), None, None).why == "cutoff_len: LLaMA-Factory"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("accelerate launch src/train_bash.py --finetuning_type lora \\\n  --stage sft\n  --bf16\n", "foreign-launch"),
        ("accelerate launch src/train_bash.py --finetuning_type lora \\ \n  --stage sft\n", "foreign-launch"),
        ("accelerate launch src/train_bash.py --finetuning_type lora \\\r\n  --stage sft\r\n", "foreign-launch"),
        ("accelerate launch src/train_bash.py --finetuning_type lora \\\n  --stage sft \\\n  --bf16\n", None),
    ],
)
def test_another_tools_script_is_read_only_where_its_command_may_be_cut(text, kind):
    assert recognise("run.sh", text.encode()).kind == kind
