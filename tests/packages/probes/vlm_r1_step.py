"""VLM-R1's own way from the rows of an example to what its model is given: grpo_jsonl.py reads them, the trainer's sampler and
accelerate deal them out to the GPUs, and the trainer and its module for the model family prepare each batch. None is generated.

Request: ``path`` (args file; with ``data_config`` a data config, whose rows grpo_rec.py reads), ``vlm_r1``, ``world_size``;
``as_is``: deal out the example's own rows, not many copies of them. Images that the rows name are made; ``pictures``: rows with
images of these sizes in place of the example's.
Value: ``batches``; ``prompts``: the most prompts in one batch; ``shrunk``: an image that is large enough has lost pixels before
it comes to the processor; ``pixels``: of images as the processor gives them to the model, each number once.
"""

import copy
import importlib
import json
import os
import re
import struct
from types import SimpleNamespace

import arguments
import datasets
import PIL.Image
import torch
import vlm_r1
from accelerate.data_loader import BatchSamplerShard
from tokenizers import Tokenizer, models, pre_tokenizers
from torch.utils.data import BatchSampler
from trainer import leave_out_deepspeed
from transformers import Qwen2_5_VLProcessor, Qwen2TokenizerFast, Qwen2VLImageProcessor

MAP = datasets.Dataset.map
ROWS = 64
"""Rows at least that are dealt out."""
BATCHES = 12
"""Batches of each GPU that are prepared."""
SIDE = 56
"""Width and height of an image of which the example does not say them."""
PATCH = 14 * 14
"""Pixels of one patch of Qwen2.5-VL's image processor."""
SMALLEST = 28
"""Width and height from which VLM-R1 leaves an image as it is."""
TEMPLATE = (
    "{% for message in messages %}{% for part in message.content %}{% if part.type == 'image' %}<|image_pad|>"
    "{% elif part.type == 'text' %}{{ part.text }}{% endif %}{% endfor %}{% endfor %}"
)


class Prepared(Exception):
    """The batch is ready for the model."""


def answer(request):
    datasets.Dataset.map = lambda self, function, num_proc=None, **more: MAP(self, function, **more)
    make_images(request["files"])
    if request.get("data_config"):
        rows, training, family = of_data_config(request)
        limits = {}
    else:
        rows, training, family, limits = of_arguments(request)
    if not request.get("as_is"):
        rows = [copy.copy(row) for _ in range(-(-ROWS // len(rows))) for row in rows]
    made = trainer(rows, training, family, request.get("world_size") or 1)
    for name, limit in limits.items():
        setattr(made.processing_class.image_processor, name, limit)  # VLM-R1 grpo_trainer.py:314-318
    return dealt_out(made, rows)


def of_arguments(request):
    leave_out_deepspeed(request["path"])
    module = vlm_r1.load(request["vlm_r1"], "grpo_jsonl")
    module.initialize_tokenizer = lambda path: None
    groups = arguments.read(request, (module.GRPOScriptArguments, module.GRPOConfig, module.GRPOModelConfig))
    if request.get("pictures"):
        draw(groups[0], request["pictures"])
    try:
        module.main(*groups)
    except vlm_r1.Reached as reached:
        given = reached.given
    names = [name for component, name in given["vlm_module"].get_custom_processing_keywords() if component == "image_processor"]
    return list(given["train_dataset"]), groups[1], given["vlm_module"], {name: given[name] for name in names}


def draw(script, pictures):
    """Rows with images of these sizes, where the script looks for them."""
    script.data_file_paths, script.image_folders = "drawn.jsonl", "images"
    with open("drawn.jsonl", "w") as file:
        for width, height in pictures:
            name = f"{width}x{height}.png"
            save(f"images/{name}", (width, height))
            file.write(json.dumps({"image": name, "conversations": [{"value": "question"}, {"value": "answer"}]}) + "\n")


def of_data_config(request):
    module = vlm_r1.load(request["vlm_r1"], "grpo_rec")
    script = SimpleNamespace(image_root="images")
    rows = module.LazySupervisedDataset(request["path"], script, "{Question}")
    training = module.GRPOConfig("out", per_device_train_batch_size=2, num_generations=2, report_to=[])
    return [rows[number] for number in range(len(rows))], training, module.Qwen2VLModule()


def make_images(files):
    """The images that rows name, as large as the head of a GIF says where the example has one, in whatever folder is asked."""
    for name, text in files.items():
        if name.endswith(".gif"):
            save(name, struct.unpack("<HH", text.encode("latin-1")[6:10]))
    for name, text in files.items():
        if name.endswith((".json", ".jsonl")):
            for image in re.findall(r'"([^"]+\.(?:png|gif|jpe?g))"', text):
                if not os.path.exists(f"images/{image}"):
                    save(f"images/{image}", (SIDE, SIDE))


def save(name, size):
    os.makedirs(os.path.dirname(name), exist_ok=True)
    PIL.Image.new("RGB", size).save(name)


def trainer(rows, training, family, world_size):
    """VLM-R1's trainer with all that it needs until it generates, and no model."""
    module = importlib.import_module("open_r1.trainer.grpo_trainer")
    made = object.__new__(module.VLMGRPOTrainer)
    training.use_cpu = True
    made.args, made.train_dataset, made.vlm_module = training, rows, family
    made.num_generations, made.num_iterations = training.num_generations, training.num_iterations
    made.is_deepspeed_enabled = False
    made.accelerator = SimpleNamespace(num_processes=world_size, device=torch.device("cpu"))
    made.processing_class = processor()

    def generate(*_):
        raise Prepared

    module.unwrap_model_for_generation = generate
    if type(family).__name__ == "InvernVLModule":
        without_remote_code(family)
        made.processing_class = Words(made.processing_class.tokenizer)
    family.prepare_model_inputs = Watched(family.prepare_model_inputs)
    return made


def without_remote_code(family):
    """What InternVL's module takes from its model's own code: the template of a conversation, tokens of a tile."""
    family.model_config = SimpleNamespace(vision_config=SimpleNamespace(image_size=448))
    family.num_image_token = 1
    family._load_image = lambda image, **_: torch.zeros(1, 3, 2, 2)  # torchvision is not there
    family.prepare_prompt = lambda _, inputs: [
        "".join("<image>" if part["type"] == "image" else part["text"] for part in row["prompt"][0]["content"]) for row in inputs
    ]


class Words:
    """A tokenizer for InternVL's module, with the attribute that the trainer sets."""

    def __init__(self, tokenizer):
        self.tokenizer, self.max_anyres_num = tokenizer, 12

    def __call__(self, *given, **more):
        return self.tokenizer(*given, **more)


class Watched:
    """The preparation of a batch, noting the sizes of the images it is given, and their pixels afterwards."""

    def __init__(self, prepare):
        self.prepare, self.sizes, self.pixels = prepare, [], set()

    def __call__(self, processor, texts, images, **more):
        self.sizes = [image.size for image in images]
        prepared, additional = self.prepare(processor, texts, images, **more)
        self.pixels.update(int(grid.prod()) * PATCH for grid in prepared.get("image_grid_thw", []))
        return prepared, additional


def processor():
    words = {"<pad>": 0, "<eos>": 1, "<unk>": 2, "<|image_pad|>": 3, "<|video_pad|>": 4}
    made = Tokenizer(models.WordLevel(words, unk_token="<unk>"))
    made.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    marks = {"pad_token": "<pad>", "eos_token": "<eos>", "unk_token": "<unk>"}
    tokenizer = Qwen2TokenizerFast(tokenizer_object=made, additional_special_tokens=["<|image_pad|>", "<|video_pad|>"], **marks)
    return Qwen2_5_VLProcessor(Qwen2VLImageProcessor(min_pixels=SIDE * SIDE), tokenizer, chat_template=TEMPLATE)


def dealt_out(made, rows):
    """Prepares the first batches of every GPU, as accelerate deals them out."""
    size, batches, prompts, shrunk = made.accelerator.num_processes, 0, 0, False
    for process in range(size):
        drawn = BatchSampler(made._get_train_sampler(), made.args.per_device_train_batch_size, drop_last=False)
        for number, batch in enumerate(BatchSamplerShard(drawn, size, process)):
            if number == BATCHES:
                break
            inputs = [dict(rows[index]) for index in batch]
            try:
                made._generate_and_score_completions(inputs, None)
            except Prepared:
                batches, prompts = batches + 1, max(prompts, len(set(batch)))
            shrunk = shrunk or any(
                min(before) >= SMALLEST and before != after
                for before, after in zip(sizes(inputs), made.vlm_module.prepare_model_inputs.sizes, strict=True)
            )
    pixels = sorted(made.vlm_module.prepare_model_inputs.pixels)
    return {"batches": batches, "prompts": prompts, "shrunk": shrunk, "pixels": pixels}


def sizes(inputs):
    loaded = [[row["image"]] if row.get("image") else map(PIL.Image.open, row.get("image_path") or []) for row in inputs]
    return [image.size for images in loaded for image in images]
