"""A hundred AdamW steps on a thousand bf16 weights of the size that models have, with the learning rate of an example.

Request: ``path``. Value: ``changed``: how many weights are not what they were; ``changed_fp32``: the same for fp32 weights.
"""

import torch
import yaml

STEPS = 100
WEIGHTS = 1000
SIZE = 0.02
"""Initializer range of Qwen2.5: the typical size of a weight."""


def answer(request):
    with open(request["path"], encoding="utf-8") as file:
        rate = yaml.safe_load(file)["learning_rate"]
    return {"changed": changed(torch.bfloat16, rate), "changed_fp32": changed(torch.float32, rate)}


def changed(dtype, rate):
    torch.manual_seed(0)
    weights = torch.nn.Parameter((SIZE * (0.5 + torch.rand(WEIGHTS))).to(dtype))
    before = weights.detach().clone()
    optimizer = torch.optim.AdamW([weights], lr=float(rate), weight_decay=0.0)
    for _ in range(STEPS):
        weights.grad = torch.randn(WEIGHTS).to(dtype)
        optimizer.step()
    return int((weights.detach() != before).sum())
