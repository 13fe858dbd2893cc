"""Claims that script, trainer and the module for the model's family decide together, each with its deciding line changed."""

from __future__ import annotations

import ast
from collections.abc import Sequence

import pytest
from claim_sources import LIBRARY, NOT_UNDERSTOOD, OPTIONS, changed, trainer_code

from vlmr1_lint.claims.claim import MODEL_CLAIMS, NotUnderstood
from vlmr1_lint.claims.code import Names, ScriptCode
from vlmr1_lint.claims.extract import of_model

SCRIPT = """
def module_of(path):
    if "qwen" in path.lower():
        return QwenModule
    elif "internvl" in path.lower():
        return InternModule
    else:
        raise ValueError(path)

def main(script_args, training_args, model_args):
    module = module_of(model_args.model_name_or_path)
    if script_args.is_reward_customized_from_vlm_module:
        reward_funcs = [module.select_reward_func(name, script_args.task_type) for name in script_args.reward_funcs]
    trainer = RowsGRPOTrainer(
        vlm_module=module(),
        max_pixels=script_args.max_pixels,
        train_dataset=rows,
    )
"""
TRAINER = """
class RowsGRPOTrainer(Trainer):
    def __init__(self, model, args, peft_config=None, **kwargs):
        self.words = self.vlm_module.get_vision_modules_keywords()
        if peft_config is not None:
            def linear_layers(model, words):
                found = set()
                for name, layer in model.named_modules():
                    if any(word in name for word in words):
                        continue
                    found.add(name)
                return found
            targets = linear_layers(model, self.words)
            peft_config.target_modules = targets
            model = get_peft_model(model, peft_config)
        if processing_class is None:
            for part, option in self.vlm_module.get_custom_processing_keywords():
                if option in kwargs:
                    place = getattr(processing_class, part, processing_class)
                    setattr(place, option, kwargs[option])
        if hasattr(self.vlm_module, "get_eos_token_id"):
            self.eos = self.vlm_module.get_eos_token_id(processing_class)

    def _prepare_inputs(self, inputs):
        images = []
        for row in inputs:
            opened = [PIL.Image.open(path) for path in row["image_path"]]
            for image in opened:
                images.append(image)
        batch, extra = self.vlm_module.prepare_model_inputs(self.processing_class, inputs, images, padding=True)
        if extra is not None:
            assert len(extra) == len(inputs)
        return batch
"""
MODULES = """
class BaseModule:
    def get_vision_modules_keywords(self):
        return ["visual"]

    def get_custom_processing_keywords(self):
        return [("image_processor", "max_pixels")]

class QwenModule(BaseModule):
    def get_eos_token_id(self, processing_class):
        return 2

    def prepare_model_inputs(self, processing_class, texts, images, padding=True):
        extra = None
        if len(images) > 0:
            batch = processing_class(text=texts, images=images)
            extra = [{"grid": grid} for grid in batch["image_grid_thw"]]
        else:
            batch = processing_class(text=texts)
        return batch, extra

    @staticmethod
    def select_reward_func(func, task_type):
        match task_type:
            case "rec":
                return rewards[func]
            case _:
                raise ValueError(func)

class InternModule(BaseModule):
    def get_custom_processing_keywords(self):
        return [("None", "max_anyres_num")]

    def get_eos_token_id(self, processing_class, model):
        return model.eos

    def prepare_model_inputs(self, processing_class, texts, images, padding=True):
        tiles = []
        for image in images:
            tiles.append(tiled(image))
        return processing_class(texts, torch.cat(tiles, dim=0)), None

    @staticmethod
    def select_reward_func(func, task_type):
        return rewards[func]
"""
QWEN, INTERN = "Qwen/Qwen2.5-VL-3B-Instruct", "OpenGVLab/InternVL3-2B"


class Classes(Names):
    """The classes of *source*, and its functions, as another module imports them."""

    def __init__(self, source: str) -> None:
        self.body = ast.parse(source).body

    def classes(self, name: str) -> Sequence[tuple[str, ast.ClassDef]]:
        found = [("modules.py", node) for node in self.body if isinstance(node, ast.ClassDef) and node.name == name]
        return found + [one for _, node in found for base in node.bases for one in self.classes(ast.unparse(base))]

    def function(self, name: str) -> tuple[str, ast.FunctionDef, Names] | None:
        return next(
            (("modules.py", one, self) for one in self.body if isinstance(one, ast.FunctionDef) and one.name == name), None
        )


def of_our_run(name: str, model: str | None, script: str = SCRIPT, trainer: str = TRAINER, modules: str = MODULES) -> object:
    """What the sources say of the claim *name* for the path *model*."""
    try:
        claim = of_model(name, ScriptCode("train.py", ast.parse(script), Classes(modules)), trainer_code(trainer), model)
    except NotUnderstood:
        return NOT_UNDERSTOOD
    return LIBRARY if claim is None else claim.value


PLAIN = {
    "image_count": (True, False, NOT_UNDERSTOOD),
    "text_batches": ("text", "fails", NOT_UNDERSTOOD),
    "module_calls": ("fit", "get_eos_token_id", NOT_UNDERSTOOD),
    "lora_vision": ("left_out", "left_out", "left_out"),
    "pixel_limit": ("option", "processor", NOT_UNDERSTOOD),
    "reward_tasks": (("rec",), ("any",), NOT_UNDERSTOOD),
}
"""Claim → what is said for the two models, and for a path that nobody knows."""


def test_every_claim_of_a_model_is_here() -> None:
    assert set(PLAIN) == MODEL_CLAIMS


@pytest.mark.parametrize("name", PLAIN)
def test_as_it_is(name: str) -> None:
    assert tuple(of_our_run(name, model) for model in (QWEN, INTERN, None)) == PLAIN[name]


@pytest.mark.parametrize("name", [name for name in PLAIN if name != "reward_tasks"])
def test_a_class_that_says_nothing_leaves_it_to_trl(name: str) -> None:
    assert of_our_run(name, QWEN, trainer=OPTIONS) == LIBRARY


WITHOUT = {
    "image_count": False,
    "text_batches": None,
    "module_calls": "fit",
    "lora_vision": "option",
    "pixel_limit": "processor",
    "reward_tasks": (),
}
"""What a trainer that is whole, and its script, say without a module for the model's family."""


@pytest.mark.parametrize("name", WITHOUT)
def test_a_trainer_without_modules(name: str) -> None:
    trainer = "class OurGRPOTrainer(Trainer):\n    def __init__(self, model):\n        self.generate(model)\n"
    assert of_our_run(name, None, script="OurGRPOTrainer(model).train()", trainer=trainer) == WITHOUT[name]


RETURN_QWEN = "        return QwenModule\n"
PICKS = [
    ('"qwen" in path.lower()', '"Qwen2" in path', QWEN, "text"),
    ('"qwen" in path.lower()', '"Qwen3" in path', QWEN, "refused"),
    ('"qwen" in path.lower()', '"qwen" in path.lower() and "vl" in path.lower()', QWEN, "text"),
    ('"qwen" in path.lower()', '"omni" in path.lower() or "instruct" in path.lower()', QWEN, "text"),
    ('"qwen" in path.lower()', '"omni" not in path.lower()', INTERN, "text"),
    ('"qwen" in path.lower()', "is_qwen(path)", QWEN, NOT_UNDERSTOOD),
    ("    elif", "    if", INTERN, "fails"),
    (RETURN_QWEN, "        return modules[path]\n", QWEN, NOT_UNDERSTOOD),
    (RETURN_QWEN, "        return OurModule\n", QWEN, NOT_UNDERSTOOD),
    (RETURN_QWEN, "        print(path)\n        return QwenModule\n", QWEN, NOT_UNDERSTOOD),
    ("module = module_of(model_args.model_name_or_path)", "module = QwenModule", INTERN, "text"),
    ("module = module_of(model_args.model_name_or_path)", "module = modules[0]", QWEN, NOT_UNDERSTOOD),
    ("vlm_module=module()", "vlm_module=QwenModule()", INTERN, "text"),
    ("vlm_module=module()", "vlm_module=made", QWEN, NOT_UNDERSTOOD),
    ("        vlm_module=module(),\n", "", QWEN, NOT_UNDERSTOOD),
    ("def module_of(path):", "def other(path):", QWEN, NOT_UNDERSTOOD),
    (
        "def module_of(path):\n",
        "def module_of(path):\n    small = path.lower()\n    if 'instruct' in small:\n        return QwenModule\n",
        QWEN,
        "text",
    ),
]
"""A text in the script, what it is changed to, a model, and what becomes of batches without images then."""


@pytest.mark.parametrize(("old", "new", "model", "value"), PICKS)
def test_the_module_that_the_script_picks(old: str, new: str, model: str, value: str) -> None:
    script = changed(SCRIPT, old, new)
    if value == "refused":
        assert of_our_run("module_calls", model, script=script) == value
        value = NOT_UNDERSTOOD
    assert of_our_run("text_batches", model, script=script) == value


def test_a_function_of_another_module_picks_it() -> None:
    start = SCRIPT.index("def main")
    assert of_our_run("text_batches", INTERN, SCRIPT[start:], TRAINER, MODULES + SCRIPT[:start]) == "fails"


ASSERTED = "            assert len(extra) == len(inputs)\n"
OPENED = 'opened = [PIL.Image.open(path) for path in row["image_path"]]'
PREPARED = "batch, extra = self.vlm_module.prepare_model_inputs("
SEARCHED = "if any(word in name for word in words):\n                        continue"
LIMITED = "processing_class.image_processor.max_pixels = max_pixels\n"
IN_TRAINER = [
    ("image_count", ASSERTED, "            if len(extra) != len(inputs):\n                raise ValueError\n", True),
    ("image_count", ASSERTED, "            print(len(extra) == len(inputs))\n", False),
    ("image_count", ASSERTED, "            assert len(inputs) > 0\n", False),
    ("image_count", OPENED, OPENED.replace('"]]', '"][:1]]'), NOT_UNDERSTOOD),
    ("image_count", "if extra is not None:", "if self.strict:", NOT_UNDERSTOOD),
    (
        "image_count",
        "                images.append(image)\n",
        "                if image.size:\n                    images.append(image)\n",
        NOT_UNDERSTOOD,
    ),
    (
        "image_count",
        "            for image in opened:\n                images.append(image)\n",
        "            images.append(opened[0])\n",
        NOT_UNDERSTOOD,
    ),
    ("image_count", "images = []", "images = list(inputs)", NOT_UNDERSTOOD),
    ("text_batches", "images = []", "images = [blank]", NOT_UNDERSTOOD),
    ("text_batches", OPENED, f'{OPENED} or [PIL.Image.new("RGB", (28, 28))]', NOT_UNDERSTOOD),
    ("module_calls", "get_eos_token_id(processing_class)", "get_eos_token_id(processing_class, model)", "get_eos_token_id"),
    ("module_calls", "get_eos_token_id(processing_class)", "get_eos_token_id(processing_class=1)", "fit"),
    ("module_calls", "get_eos_token_id(processing_class)", "get_eos_token_id(tokenizer=1)", "get_eos_token_id"),
    ("module_calls", "get_eos_token_id(processing_class)", "get_eos_token_id(*given)", "fit"),
    (
        "module_calls",
        'if hasattr(self.vlm_module, "get_eos_token_id"):',
        "if args.eos:\n            self.vlm_module.get_eos_token_id()\n        if self.vlm_module.has_eos:",
        "fit",
    ),
    ("module_calls", "padding=True)", "padding=True, videos=inputs)", "prepare_model_inputs"),
    ("lora_vision", SEARCHED, "if not any(word in name for word in words):\n                        continue", NOT_UNDERSTOOD),
    ("lora_vision", SEARCHED, "if layer is None:\n                        continue", NOT_UNDERSTOOD),
    ("lora_vision", "linear_layers(model, self.words)", "linear_layers(model, [])", NOT_UNDERSTOOD),
    ("lora_vision", "self.words = self.vlm_module.get_vision_modules_keywords()", 'self.words = ["vision_tower"]', "left_out"),
    ("lora_vision", "self.words = self.vlm_module.get_vision_modules_keywords()", 'self.words = ["lm_head"]', NOT_UNDERSTOOD),
    ("lora_vision", "            peft_config.target_modules = targets\n", "", "option"),
    ("lora_vision", "peft_config.target_modules = targets", "peft_config.target_modules = others(model)", NOT_UNDERSTOOD),
    ("pixel_limit", "setattr(place, option, kwargs[option])", "setattr(processing_class, option, kwargs[option])", "processor"),
    ("pixel_limit", "setattr(place, option, kwargs[option])", "setattr(place, option, args.limit)", NOT_UNDERSTOOD),
    ("pixel_limit", "setattr(place, option, kwargs[option])", "place.limit(option)", NOT_UNDERSTOOD),
    (
        "pixel_limit",
        "        if hasattr",
        f'        if "Qwen" in model_id:\n            {LIMITED}        if hasattr',
        "option",
    ),
    (
        "pixel_limit",
        "        if hasattr",
        f'        if "Aria" in model_id:\n            {LIMITED}        if hasattr',
        "processor",
    ),
    (
        "pixel_limit",
        "        if hasattr",
        "        processing_class.image_processor.max_pixels = 1000\n        if hasattr",
        NOT_UNDERSTOOD,
    ),
]
"""Claim, a text in the trainer, what it is changed to, and what is said for Qwen then."""


@pytest.mark.parametrize(("name", "old", "new", "value"), IN_TRAINER)
def test_with_another_line_of_the_trainer(name: str, old: str, new: str, value: object) -> None:
    assert of_our_run(name, QWEN, trainer=changed(TRAINER, old, new)) == value


CASE = '            case "rec":\n                return rewards[func]\n'
ELSE = "        else:\n            batch = processing_class(text=texts)\n"
EXTRA = 'extra = [{"grid": grid} for grid in batch["image_grid_thw"]]'
IN_MODULE = [
    ("image_count", QWEN, EXTRA, 'extra = [{"grid": grid} for grid in batch.get("image_grid_thw", [])]', True),
    ("image_count", QWEN, EXTRA, "extra = None", NOT_UNDERSTOOD),
    ("image_count", QWEN, EXTRA, "extra = [{} for _ in texts]", NOT_UNDERSTOOD),
    ("image_count", QWEN, "return batch, extra", "return batch, None", False),
    ("image_count", QWEN, "return batch, extra", "return batch", NOT_UNDERSTOOD),
    ("text_batches", QWEN, "if len(images) > 0:", "if images is not None and len(images) > 0:", "text"),
    ("text_batches", QWEN, "if len(images) > 0:", "if images:", "text"),
    ("text_batches", QWEN, "if len(images) > 0:", "if self.ready:", NOT_UNDERSTOOD),
    (
        "text_batches",
        QWEN,
        ELSE,
        "        else:\n            batch = processing_class(text=texts, images=[blank])\n",
        NOT_UNDERSTOOD,
    ),
    ("text_batches", INTERN, "torch.cat(tiles, dim=0)", "torch.cat(tiles, dim=0) if tiles else None", NOT_UNDERSTOOD),
    ("text_batches", INTERN, "for image in images:", "for image in images or [blank]:", NOT_UNDERSTOOD),
    ("module_calls", INTERN, "processing_class, model):", "processing_class, model=None):", "fit"),
    ("module_calls", INTERN, "processing_class, model):", "processing_class, **other):", "fit"),
    ("module_calls", INTERN, "processing_class, model):", "processing_class, *, model):", "get_eos_token_id"),
    ("lora_vision", QWEN, '["visual"]', "[]", NOT_UNDERSTOOD),
    ("pixel_limit", QWEN, '("image_processor", "max_pixels")', '("image_processor", "min_pixels")', "processor"),
    ("pixel_limit", QWEN, '[("image_processor", "max_pixels")]', "words()", NOT_UNDERSTOOD),
    ("reward_tasks", QWEN, CASE, CASE.replace('"rec"', '"rec" | "gui"'), NOT_UNDERSTOOD),
    ("reward_tasks", QWEN, CASE, CASE + CASE.replace("rec", "gui"), ("rec", "gui")),
    (
        "reward_tasks",
        QWEN,
        "            case _:\n                raise ValueError(func)\n",
        "            case _:\n                return rewards[func]\n",
        NOT_UNDERSTOOD,
    ),
    (
        "reward_tasks",
        QWEN,
        "        match task_type:\n",
        '        if func == "length":\n            return length\n        match task_type:\n',
        NOT_UNDERSTOOD,
    ),
    (
        "reward_tasks",
        QWEN,
        "        match task_type:\n",
        '        if task_type != "seg":\n            raise ValueError(func)\n        match task_type:\n',
        ("seg",),
    ),
]
"""Claim, model, a text in the modules, what it is changed to, and what is said then."""


@pytest.mark.parametrize(("name", "model", "old", "new", "value"), IN_MODULE)
def test_with_another_line_of_the_module(name: str, model: str, old: str, new: str, value: object) -> None:
    assert of_our_run(name, model, modules=changed(MODULES, old, new)) == value


IN_SCRIPT = [
    ("pixel_limit", "max_pixels=script_args.max_pixels", "max_pixels=1003520", NOT_UNDERSTOOD),
    ("pixel_limit", "        max_pixels=script_args.max_pixels,\n", "", NOT_UNDERSTOOD),
    ("reward_tasks", "if script_args.is_reward_customized_from_vlm_module:", "if script_args.fast:", NOT_UNDERSTOOD),
    ("reward_tasks", "script_args.task_type)", "tasks[name])", NOT_UNDERSTOOD),
    ("reward_tasks", "module.select_reward_func(name, script_args.task_type)", "registry[name]", ()),
]
"""Claim, a text in the script, what it is changed to, and what is said for Qwen then."""


@pytest.mark.parametrize(("name", "old", "new", "value"), IN_SCRIPT)
def test_with_another_line_of_the_script(name: str, old: str, new: str, value: object) -> None:
    assert of_our_run(name, QWEN, script=changed(SCRIPT, old, new)) == value


def test_a_claim_says_the_line_that_decides_it() -> None:
    line = 1 + next(at for at, text in enumerate(TRAINER.split("\n")) if "assert len(extra)" in text)
    script = ScriptCode("train.py", ast.parse(SCRIPT), Classes(MODULES))
    assert str(of_model("image_count", script, trainer_code(TRAINER), QWEN)) == f"trainer/ours.py:{line}"
    line = 1 + next(at for at, text in enumerate(MODULES.split("\n")) if "torch.cat" in text)
    assert str(of_model("text_batches", script, trainer_code(TRAINER), INTERN)) == f"modules.py:{line}"
