"""Args files that a program of the repository's own reads are not ours, whatever option names they share with TRL."""

from __future__ import annotations

import pytest

OWN = """\
model_name_or_path: Qwen/Qwen2-VL-2B
image_root: images
output_dir: out
num_generations: 2
temperature: 0.7
learning_rate: 1e-5
per_device_train_batch_size: 1
save_steps: 200
save_total_limit: 3
seed: 42
max_steps: 500
bf16: true
warmup_steps: 10
weight_decay: 0.01
gamma: 0.99
vf_coef: 1.0
reward_clip_value: 1.0
"""
"""Three options that no trainer has, beside fourteen of VLM-R1's and transformers': too few to speak for themselves."""
YAML_READER = "import sys, yaml\nconfig = yaml.safe_load(open(sys.argv[1]))\ntrain(config)\n"
HARDCODED = "from trainer import GSPOTrainer\nGSPOTrainer(group=2).train()\n"
OURS = "from trl import TrlParser, GRPOConfig\nargs = TrlParser((GRPOConfig,)).parse_args_and_config()\n"
START = "from trl import TrlParser, GRPOConfig\ndef main():\n    TrlParser((GRPOConfig,)).parse_args_and_config()\n"
RUN = "python src/main.py configs/gspo.yaml\n"
INSTRUCT = """\
model_name_or_path: allenai/OLMo-1B
output_dir: out
learning_rate: 2.0e-05
per_device_train_batch_size: 2
gradient_accumulation_steps: 8
gradient_accumulation_steps: 4
max_seq_length: 4096
use_flash_attn: true
with_tracking: true
add_bos: true
"""


def found(lint, *words):
    lint("--format", "concise", "--preset", "strict", *words)
    return lint.out


@pytest.mark.parametrize(
    ("files", "ours"),
    [
        ({}, True),
        ({"scripts/run.sh": "python3 $ROOT/src/main.py --config $ROOT/configs/gspo.yaml\n", "src/main.py": HARDCODED}, False),
        ({"scripts/run.sh": RUN, "src/main.py": YAML_READER}, False),
        ({"src/own/main.py": "import yaml\nconfig = yaml.safe_load(open('configs/gspo.yaml'))\n"}, False),
        ({"src/main.py": YAML_READER}, True),  # it may read any file
        ({"scripts/run.sh": RUN, "src/main.py": OURS}, True),
        ({"scripts/run.sh": RUN, "src/main.py": YAML_READER + "GRPOConfig(**config)\n"}, True),
        ({"scripts/run.sh": RUN, "src/main.py": "from .start import main\n", "src/start.py": START}, True),
    ],
)
def test_a_file_that_the_repositorys_own_program_reads(lint, files, ours):
    lint.write("configs/gspo.yaml", OWN)
    for name, text in files.items():
        lint.write(name, text)
    assert ("KEY023" in found(lint, "configs")) is ours
    assert bool(found(lint, "configs")) is ours


def test_why_it_is_not_ours_is_said(lint):
    lint.write("configs/gspo.yaml", OWN)
    lint.write("src/main.py", "import yaml\nconfig = yaml.safe_load(open('configs/gspo.yaml'))\n")
    lint("configs", "--verbose")
    assert "configs/gspo.yaml: src/main.py reads it, which is another program" in lint.err
    lint("configs", "--verbose", "--lang", "zh")
    assert "configs/gspo.yaml：由其他程序 src/main.py 读取" in lint.err


def test_options_of_another_program_make_the_whole_file_foreign(lint):
    lint.write("sft.yaml", INSTRUCT)
    assert found(lint, "sft.yaml") == ""
    lint("sft.yaml", "--verbose")
    assert "sft.yaml: add_bos, use_flash_attn, with_tracking: options of another program" in lint.err


@pytest.mark.parametrize("said", ["# vlmr1-lint: kind=args\n", "# vlmr1-lint: trainer=trl-sft\n"])
def test_users_may_say_that_it_is_ours_all_the_same(lint, said):
    lint.write("sft.yaml", said + INSTRUCT)
    assert "YML009" in found(lint, "sft.yaml")


SHARED = """\
model_name_or_path: Qwen/Qwen3-1.7B
output_dir: out
learning_rate: 2.0e-05
per_device_train_batch_size: 4
gradient_accumulation_steps: 4
max_seq_length: 2560
bf16: true
logging_steps: 10
logging_steps: 20
"""
"""Nothing that TRL lacks, and a key that stands twice: what is ours is told of it."""
LOADED = "import yaml\nfrom trl import SFTConfig, SFTTrainer\nconfig = yaml.safe_load(open({file}))\n"
NAMED = LOADED + "args = SFTConfig(output_dir='out', max_length=config['max_seq_length'])\n"
IN_PLACE = LOADED + "options = dict(max_length=config['max_seq_length'])\nargs = SFTConfig(**options)\n"
PICKED = LOADED + "options = {{key: config[key] for key in config}}\nargs = SFTConfig(**options)\n"
WHOLE = LOADED + "args = SFTConfig(**config)\n"


@pytest.mark.parametrize(
    ("files", "ours"),
    [
        ({}, True),
        ({"scripts/train.py": NAMED.format(file="sys.argv[1]")}, False),
        ({"scripts/train.py": NAMED.format(file="'configs/small.yaml'"), "src/other.py": OURS}, False),
        ({"scripts/train.py": NAMED.format(file="sys.argv[1]"), "src/other.py": OURS}, True),  # either may read it
        ({"scripts/train.py": NAMED.format(file="sys.argv[1]"), "run.sh": 'trl sft --config "$1"\n'}, True),
        ({"scripts/train.py": IN_PLACE.format(file="sys.argv[1]")}, False),
        ({"scripts/train.py": PICKED.format(file="sys.argv[1]")}, True),
        ({"scripts/train.py": WHOLE.format(file="sys.argv[1]")}, True),
        ({"scripts/train.py": "import yaml\nconfig = yaml.safe_load(open('configs/small.yaml'))\n"}, True),  # it trains nothing
    ],
)
def test_a_file_without_strange_options_that_a_program_loads_itself(lint, files, ours):
    lint.write("configs/small.yaml", SHARED)
    for name, text in files.items():
        lint.write(name, text)
    assert ("YML009" in found(lint, "configs")) is ours
    lint("configs", "--verbose")
    assert ("configs/small.yaml: scripts/train.py reads it, which is another program" in lint.err) is not ours
