"""Two runs of transformers' Trainer, one after the other, with the output folders that two args files write.

A small Qwen2 is trained; the two runs start from different weights, save after every update, and save their model at the end.
Request: ``path``, the later run's file, the earlier's being the other of ``files``; ``classes`` as for the probe `arguments`.
Value: ``all`` (no save_total_limit) and ``limited`` (a save_total_limit of 1), in each ``earlier`` and ``later``: names of the
checkpoints that are left of each run; ``model``: whose model is in the earlier run's folder.
"""

import glob
import hashlib
import os

import arguments
import tiny
import torch
from transformers import Qwen2Config, Qwen2ForCausalLM, Trainer, TrainingArguments

UPDATES = {"earlier": 3, "later": 2}


def answer(request):
    (earlier,) = (name for name in request["files"] if name != request["path"])
    files = {"earlier": os.path.abspath(earlier), "later": os.path.abspath(request["path"])}
    value = {}
    for name, limit in (("all", None), ("limited", 1)):
        os.mkdir(name)
        os.chdir(name)
        value[name] = both(request, files, limit)
        os.chdir("..")
    return value


def both(request, files, limit):
    made = {}  # digest of weights → the run that saved them
    folders = [run({**request, "path": path}, name, limit, made) for name, path in files.items()]
    left = {path: made[digest(path)] for folder in sorted(set(folders)) for path in glob.glob(f"{folder}/checkpoint-*")}
    names = {name: sorted(os.path.basename(path) for path, whose in left.items() if whose == name) for name in files}
    return {**names, "model": made[digest(folders[0])]}


def run(request, name, limit, made):
    """One run; notes in *made* which weights are its own, and gives its folder."""
    training = next(group for group in arguments.read(request) if isinstance(group, TrainingArguments))
    training.use_cpu, training.report_to, training.save_total_limit = True, [], limit
    training.save_strategy, training.save_steps, training.max_steps = "steps", 1, UPDATES[name]
    training.per_device_train_batch_size = 1
    torch.manual_seed(list(UPDATES).index(name))
    model = Qwen2ForCausalLM(Qwen2Config(**tiny.TEXT))

    class Noting(Trainer):
        def _save(self, output_dir=None, state_dict=None):
            super()._save(output_dir, state_dict)
            made[digest(output_dir or self.args.output_dir)] = name

    trainer = Noting(model, training, train_dataset=[{"input_ids": [3, 3, 3], "labels": [3, 3, 3]}] * 4)
    trainer.train()
    trainer.save_model()
    return training.output_dir


def digest(folder):
    with open(os.path.join(folder, "model.safetensors"), "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()
