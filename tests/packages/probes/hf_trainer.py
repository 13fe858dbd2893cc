"""transformers' own Trainer, made with the saving options and the DeepSpeed file of an example as the one process there is.

In a process of its own: as a child that the server forks, it gave no answer in minutes.
Request: ``path`` (args file). Value: nothing; it is made or it is not.
"""

import json
import os
import socket
import subprocess
import sys

import yaml

COUNT = ("deepspeed", "eval_strategy", "load_best_model_at_end", "save_only_model")
"""Options that the Trainer is told of the example's."""
SECONDS = 120


def answer(request):
    with open(request["path"], encoding="utf-8") as file:
        written = yaml.safe_load(file)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    alone = {"RANK": "0", "LOCAL_RANK": "0", "WORLD_SIZE": "1", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
    told = json.dumps({name: written[name] for name in COUNT if name in written})
    ran = subprocess.run(
        [sys.executable, __file__, told],
        env={**os.environ, **alone, "DS_ACCELERATOR": "cpu"},
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
    )
    if ran.returncode:
        raise RuntimeError(ran.stderr)


def make(told):
    import tiny
    from transformers import Qwen2Config, Qwen2ForCausalLM, Trainer, TrainingArguments

    training = TrainingArguments("out", use_cpu=True, report_to=[], **told)
    Trainer(Qwen2ForCausalLM(Qwen2Config(**tiny.TEXT)), training, train_dataset=[1], eval_dataset=[1])


if __name__ == "__main__":
    make(json.loads(sys.argv[1]))
