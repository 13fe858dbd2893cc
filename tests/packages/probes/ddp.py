"""Three updates of a small Qwen2.5-VL by transformers' Trainer on two processes: with an image, without one, with one.

Request: ``path`` (args file) of which the checkpointing, DDP and freezing options count; ``images``: an image in every row.
Value: ``updates``, those that were made.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys

import yaml

COUNT = ("gradient_checkpointing", "gradient_checkpointing_kwargs", "ddp_find_unused_parameters")
"""Options that the Trainer is told of the example's."""
SECONDS = 120
"""A process whose partner has died waits longer for it than anybody wants to."""


def answer(request):
    with open(request["path"], encoding="utf-8") as file:
        written = yaml.safe_load(file)
    told = {name: written[name] for name in COUNT if name in written}
    kinds = "iii" if request.get("images") else "iti"
    words = [json.dumps(told), kinds, json.dumps(bool(written.get("freeze_vision_modules")))]
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node=2", __file__, *words]
    with open("said", "w+") as said:
        ran = subprocess.Popen(command, stdout=said, stderr=subprocess.STDOUT, start_new_session=True)
        try:
            status = ran.wait(SECONDS)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(ran.pid, signal.SIGKILL)
        said.seek(0)
        text = said.read()
    if status:
        raise RuntimeError(text)
    return {"updates": text.count("an update")}


def train(told, kinds, frozen):
    """One of the two processes."""
    import tiny
    import torch
    from transformers import Qwen2_5_VLForConditionalGeneration, Trainer, TrainingArguments

    tiny.vision_model("model")
    model = Qwen2_5_VLForConditionalGeneration.from_pretrained("model", attn_implementation="eager")
    for name, weights in model.named_parameters():
        weights.requires_grad = not (frozen and "visual" in name)
    if told.get("gradient_checkpointing"):
        model.config.use_cache = False
        model.gradient_checkpointing_enable()
        if (told.get("gradient_checkpointing_kwargs") or {}).get("use_reentrant", True):
            model.enable_input_require_grads()  # as VLM-R1's trainer does

    class Small(Trainer):
        def compute_loss(self, model, inputs, *_, **__):
            print("an update", flush=True)
            return model(**inputs).logits.log_softmax(-1)[..., 3].mean()

    rows = [row(kind) for kind in kinds for _ in range(2)]
    arguments = TrainingArguments("out", per_device_train_batch_size=1, max_steps=len(kinds), use_cpu=True, report_to=[], **told)
    trainer = Small(model, arguments, train_dataset=rows, data_collator=lambda features: features[0])
    trainer._get_train_sampler = lambda *_: torch.utils.data.SequentialSampler(rows)
    trainer.train()
    torch.distributed.barrier()
    sys.stdout.flush()
    os._exit(0)  # taking gloo down now and then waits for ever, and is not what is asked


def row(kind):
    import torch

    ids = torch.tensor([[7, 5, 3, 3] if kind == "i" else [3, 3, 3, 3]])
    image = {"pixel_values": torch.ones(4, 3 * 2 * 14 * 14), "image_grid_thw": torch.tensor([[1, 2, 2]])}
    return {"input_ids": ids, "attention_mask": torch.ones_like(ids), **(image if kind == "i" else {})}


if __name__ == "__main__":
    train(json.loads(sys.argv[1]), sys.argv[2], json.loads(sys.argv[3]))
