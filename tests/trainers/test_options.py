"""Options by release: counts, and values that were read in the released sources."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

import vlmr1_lint.trainers
from vlmr1_lint.trainers import options
from vlmr1_lint.trainers.families import FAMILIES, family_of
from vlmr1_lint.trainers.family import Family
from vlmr1_lint.trainers.trl import TRL
from vlmr1_lint.trainers.vlm_r1 import VLM_R1

FOLDER = Path(vlmr1_lint.trainers.__file__).parent


def _default(release: str, name: str) -> object:
    found = options.option(release, name)
    assert found is not None, (release, name)
    return found.default


def test_releases_in_order() -> None:
    names = options.releases_of(TRL)
    assert len(names) == 20 and names[0] == "trl==0.14.0" and names[-1] == "trl==1.16.0"
    assert options.releases_of(VLM_R1) == ("vlm-r1", "vlm-r1@2025-02")
    every = (*options.releases(), *options.other_releases())
    assert every[: len(names)] == names and len(set(every)) == len(every)
    assert {family.name for name in every if (family := family_of(name))} == set(FAMILIES)
    with pytest.raises(KeyError):
        options.option_names("trl==9.9.9")


@pytest.mark.parametrize(
    ("release", "fields"),
    [  # GRPOConfig + ModelConfig + script arguments, counted in the extraction that was checked by import
        ("trl==0.14.0", 140 + 17 + 7),
        ("trl==0.17.0", 169 + 18 + 7),
        ("trl==1.16.0", 191 + 19 + 8 + 3),
        ("vlm-r1", 158 + 19 + 18),
        ("open-r1", 178 + 18 + 26),
        ("trl-sft==0.17.0", 147 + 18 + 6),
    ],
)
def test_counts(release: str, fields: int) -> None:
    names = options.option_names(release)
    groups = [found.group for name in names if (found := options.option(release, name))]
    assert len(groups) == len(names)
    assert fields - 5 <= len(names) <= fields  # a name in two classes counts once


@pytest.mark.parametrize(
    ("name", "before", "old", "since", "new"),
    [
        ("gradient_checkpointing", "trl==0.21.0", False, "trl==0.22.2", True),
        ("logging_steps", "trl==0.18.2", 500, "trl==0.19.1", 10),
        ("per_device_train_batch_size", "trl==0.14.0", 1, "trl==0.15.2", 8),
        ("beta", "trl==0.18.2", 0.04, "trl==0.19.1", 0.0),
        ("bf16", "trl==0.18.2", False, "trl==0.19.1", None),
        ("temperature", "trl==0.17.0", 0.9, "trl==0.18.2", 1.0),
        ("loss_type", "trl==0.21.0", "bnpo", "trl==0.22.2", "dapo"),
        ("vllm_mode", "trl==0.29.1", "server", "trl==1.0.0", "colocate"),
        ("max_completion_length", "trl==1.5.1", 256, "trl==1.10.0", 512),
        ("max_prompt_length", "trl==0.25.1", 512, "trl==0.26.2", None),
    ],
)
def test_defaults_that_moved(name: str, before: str, old: object, since: str, new: object) -> None:
    assert (_default(before, name), _default(since, name)) == (old, new)


def test_num_generations_is_8_everywhere() -> None:
    assert {_default(release, "num_generations") for release in options.releases()} == {8}


def test_vlm_r1_has_its_own_classes() -> None:
    pixels = options.option("vlm-r1", "max_pixels")
    assert pixels is not None
    assert (pixels.default, pixels.type, pixels.group) == (12_845_056, "int|None", "ScriptArguments")
    assert "grpo_jsonl.py" in pixels.source and not pixels.inherited
    assert options.option("vlm-r1", "loss_type") is None  # TRL's, which VLM-R1's GRPOConfig has not
    assert options.option("trl==0.17.0", "loss_type") is not None
    assert _default("vlm-r1", "reward_funcs") == ("accuracy", "format")
    dataset = options.option("vlm-r1", "dataset_name")
    assert dataset is not None and dataset.required and dataset.default is None
    assert options.option("vlm-r1", "freeze_vision_modules") and not options.option("vlm-r1@2025-02", "freeze_vision_modules")
    assert options.option("vlm-r1@2025-02", "vlm_trainer") and not options.option("vlm-r1", "vlm_trainer")
    assert options.option("r1-v", "max_pixels") and not options.option("r1-v", "data_file_paths")


def test_options_that_are_never_read() -> None:
    temperature = options.option("vlm-r1", "temperature")
    assert temperature is not None and not temperature.read
    assert temperature.note == "never read: the trainer generates with temperature 1 whatever is written"
    for name in ("use_vllm", "reward_weights", "log_completions", "ds3_gather_for_generation", "max_prompt_length"):
        found = options.option("vlm-r1", name)
        assert found is not None and not found.read
    for name in ("num_generations", "max_completion_length", "beta", "epsilon", "num_iterations", "gradient_checkpointing"):
        found = options.option("vlm-r1", name)
        assert found is not None and found.read and found.note is None
    assert all(found.read for name in options.option_names("trl==0.17.0") if (found := options.option("trl==0.17.0", name)))
    prompt = options.option("vlm-r1@2025-02", "max_prompt_length")  # there it cuts the prompt
    assert prompt is not None and prompt.read


@pytest.mark.parametrize(
    ("release", "name", "type_", "choices"),
    [
        ("trl==0.17.0", "eval_strategy", "str", ("no", "steps", "epoch")),
        ("trl==0.17.0", "save_strategy", "str", ("no", "steps", "epoch", "best")),
        ("trl==0.17.0", "loss_type", "str", ("grpo", "bnpo", "dr_grpo")),
        ("trl==0.18.2", "vllm_mode", "str", ("server", "colocate")),
        ("trl==0.17.0", "torch_dtype", "str|None", ("auto", "bfloat16", "float16", "float32")),
        ("trl==0.17.0", "deepspeed", "dict|str|None", None),
        ("trl==0.17.0", "fsdp", "list[str]|str|None", None),
        ("trl==0.17.0", "debug", "str|list[str]", None),
        ("trl==0.17.0", "reward_weights", "list[float]|None", None),
        ("trl==0.17.0", "lora_target_modules", "list[str]|None", None),
        ("trl==0.17.0", "learning_rate", "float", None),
        ("trl==0.17.0", "bf16", "bool", None),
        ("trl==0.17.0", "num_generations", "int|None", None),
        ("trl==0.17.0", "report_to", "str|list[str]|None", None),
        ("trl==1.16.0", "model_init_kwargs", "dict|str|None", None),
    ],
)
def test_types_and_choices(release: str, name: str, type_: str, choices: tuple[str, ...] | None) -> None:
    found = options.option(release, name)
    assert found is not None
    assert (found.type, found.choices) == (type_, choices)


def test_enums_come_with_their_values() -> None:
    old, new = options.option("trl==0.17.0", "optim"), options.option("trl==1.16.0", "optim")
    assert old is not None and old.choices is not None and "adamw_hf" in old.choices
    assert new is not None and new.choices is not None and "adamw_hf" not in new.choices
    scheduler = options.option("vlm-r1", "lr_scheduler_type")
    assert scheduler is not None and scheduler.choices is not None
    assert {"linear", "cosine", "constant_with_warmup"} <= set(scheduler.choices)


@pytest.mark.parametrize("release", [*options.releases(), *options.other_releases()])
def test_every_option_is_whole(release: str) -> None:
    parts = {
        "bool",
        "int",
        "float",
        "str",
        "list[str]",
        "list[float]",
        "list",
        "dict",
        "object",
        "list[object]",
        "list[dict]",
        "None",
    }
    for name in options.option_names(release):
        found = options.option(release, name)
        assert found is not None and found.name == name
        kinds = set(found.type.replace("[dict|object]", "[object]").split("|"))
        assert kinds <= parts, (name, found.type)
        if found.default is None:
            assert found.required or "None" in kinds or found.type in ("bool", "float", "dict", "int", "str"), (name, found.type)
        elif not isinstance(found.default, tuple):
            kind = type(found.default).__name__
            assert kind in kinds or (kind == "int" and "float" in kinds), (name, found.type, found.default)
        assert found.source.rpartition(":")[2].isdigit() and "*" not in found.source
        assert found.group in ("GRPOConfig", "SFTConfig", "DPOConfig", "ORPOConfig", "ModelConfig", "ScriptArguments")


def test_sources_name_the_version_that_was_read() -> None:
    found = options.option("trl==0.17.0", "learning_rate")
    assert found is not None and found.source.startswith("trl 0.14.0 trl/trainer/grpo_config.py:") and not found.inherited
    found = options.option("trl==0.22.2", "save_steps")
    assert found is not None and found.inherited and found.source.startswith("transformers ")
    assert options.paired_transformers("vlm-r1") == "4.49.0"


def test_neighbours() -> None:
    assert options.option("trl-sft==0.17.0", "max_seq_length") and not options.option("trl-sft==0.20.0", "max_seq_length")
    assert options.option("trl-sft==0.17.0", "num_generations") is None
    assert options.option("trl-dpo==0.17.0", "loss_type")
    assert options.option("open-r1", "system_prompt") and options.option("open-r1", "cosine_max_len")
    assert options.option("alignment-handbook-sft", "dataset_mixture")


@pytest.mark.parametrize(
    ("version", "found"),
    [
        ("0.17.0", ("trl==0.17.0",)),
        ("0.18.0", ("trl==0.18.2",)),
        ("1.3.0", ("trl==1.0.0", "trl==1.5.1")),
        ("2.0.0", ("trl==1.16.0",)),
        ("0.12.1", ()),
        ("main", ()),
        ("", ()),
    ],
)
def test_pins_between_releases(version: str, found: tuple[str, ...]) -> None:
    assert options.releases_of_trl(version) == found


def test_renames_agree_with_the_options() -> None:
    renames = options.renames()
    assert len({rename.old for rename in renames}) == len(renames) >= 50
    everything = {name for release in (*options.releases(), *options.other_releases()) for name in options.option_names(release)}
    newest = options.option_names("trl==1.16.0")
    line = [options.option_names(release) for release in options.releases_of(TRL)]
    gone = {name for before, after in pairwise(line) for name in before - after}
    for rename in renames:
        assert rename.old in everything and (rename.new is None or rename.new in everything), rename
        assert rename.package in ("trl", "transformers") and rename.source
        if rename.version != "2.0.0":
            assert rename.old not in newest, rename
            assert rename.old in gone or "only" in rename.note
    assert gone <= {rename.old for rename in renames} | {"tp_size"}


@pytest.mark.parametrize("family", FAMILIES.values(), ids=FAMILIES)
def test_the_tables_stay_small(family: Family) -> None:
    folder = FOLDER / family.folder
    assert (folder / family.options).stat().st_size < 25_000
    assert (folder / "claims.json").is_file() is family.claims or family.folder == "trl"


@pytest.mark.parametrize("release", [*options.releases(), *options.other_releases()])
def test_names_never_read_are_those_of_the_options(release: str) -> None:
    found = (options.option(release, name) for name in options.option_names(release))
    assert options.unread_names(release) == {one.name for one in found if one is not None and not one.read}


@pytest.mark.parametrize(
    ("release", "name", "type_"),
    [
        ("trl==0.18.2", "bf16", "bool"),
        ("trl==0.19.1", "bf16", "bool|None"),  # its default became None
        ("vlm-r1", "use_vllm", "bool"),  # optional, but false by default
        ("vlm-r1", "tf32", "bool|None"),
        ("trl==1.16.0", "activation_checkpointing", "bool"),
        ("vlm-r1", "learning_rate", "float"),
    ],
)
def test_types_on_the_command_line(release: str, name: str, type_: str) -> None:
    found = options.option(release, name)
    assert found is not None and found.word_type == type_
