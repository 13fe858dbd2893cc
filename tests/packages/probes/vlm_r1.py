"""VLM-R1's own source, importable where only what it trains with is installed.

Packages that rewards and image code import, and that decide nothing about arguments and data, are replaced by empty stand-ins,
and so is the trainer: it notes what it is given and how its training is started, and stops there.
"""

import importlib
import os
import sys
import types
from importlib.machinery import ModuleSpec
from unittest import mock

import datasets
import transformers.processing_utils

STAND_INS = (
    "babel",
    "babel.numbers",
    "Levenshtein",
    "json_repair",
    "math_verify",
    "openai",
    "utils",
    "utils.math",
    "open_r1.qwen2_5vl_monkey_patch",
    "open_r1.utils.pycocotools.coco",
    "open_r1.utils.pycocotools.cocoeval",
    "torchvision",
    "torchvision.transforms",
    "torchvision.transforms.functional",
)
"""Modules that are not there, or that patch what is not there (flash attention)."""


# Imported before the rest: datasets must not find the stand-ins, and processing_utils puts a new `transformers` in sys.modules.
assert datasets and transformers.processing_utils


class Reached(Exception):
    """The script has come as far as training. ``given``: the trainer's keyword arguments; ``started``: those of ``train``."""

    def __init__(self, given, started):
        super().__init__("training starts")
        self.given = given
        self.started = started


class Trainer:
    def __init__(self, **given):
        self.given = given

    def train(self, **started):
        raise Reached(self.given, started)


def load(source, script):
    """The module *script* (grpo_jsonl, grpo_rec) of the source tree *source*."""
    root = os.path.join(source, "src/open-r1-multimodal/src/open_r1")
    for name in STAND_INS:
        sys.modules[name] = mock.MagicMock(__path__=[], __spec__=ModuleSpec(name, None))
    for name in ("open_r1", "open_r1.trainer", "open_r1.utils"):
        sys.modules[name] = types.ModuleType(name)
        sys.modules[name].__path__ = [os.path.join(root, *name.split(".")[1:])]
    current = sys.modules["transformers"]
    if not hasattr(current, "Glm4vForConditionalGeneration"):  # VLM-R1's HEAD imports it, the release that it pins lacks it
        current.Glm4vForConditionalGeneration = None
    trainer = sys.modules["open_r1.trainer"]
    trainer.VLMGRPOTrainer = Trainer
    trainer.GRPOConfig = importlib.import_module("open_r1.trainer.grpo_config").GRPOConfig
    return importlib.import_module("open_r1." + script)
