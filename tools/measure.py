"""Measure what a real step of TRL needs on this machine's GPU, with random weights: nothing is downloaded.

    python tools/measure.py --model Qwen2.5-0.5B --trainer grpo --batch 8 --completion 256 [--checkpointing] [--lora-r 16]
                            [--steps 3] [--vary] [--gpus 1xA100-80G] [--out rows.jsonl]
    python tools/measure.py --rehearse            # two layers on the CPU: does all of it run? Measures nothing.

Needs torch, transformers, trl and datasets (and peft for --lora-r) beside this package. A model of the table is built from its
dimensions, for text models only: a vision model needs a processor, which would have to be downloaded. Prompts are random words of
a tokenizer made here. For each phase it prints the most that tensors held (allocated), what the allocator holds (reserved) and
what nvidia-smi shows, in GiB; the last line is a row of ``measured.jsonl`` for `score_measured`, appended to --out.

With ``--vary`` each step generates up to another length, as answers differ; ``PYTORCH_CUDA_ALLOC_CONF`` acts as always.

Exit status: 0 measured (or rehearsed); 2 bad usage; 3 there is no CUDA GPU here, or a package is missing: nothing was measured.
"""

from __future__ import annotations

import argparse
import importlib
import json
import random
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from vlmr1_lint.models.model import Model
from vlmr1_lint.models.table import find_model

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

GIB = 2**30
NOTHING_MEASURED = 3
REHEARSED_LAYERS = 2
CONFIGURATIONS = {"qwen2": "Qwen2Config", "qwen3": "Qwen3Config", "llama": "LlamaConfig"}
PHASES = {
    "generation": ("_generate_single_turn", "_generate"),
    "forward": ("_compute_loss", "compute_loss"),
}


class Missing(Exception):
    """Why nothing can be measured here."""


def package(name: str) -> ModuleType:
    """The installed package *name*. Raises `Missing`."""
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise Missing(f"{name} cannot be imported ({error}): pip install torch transformers trl datasets peft") from None


def configuration(model: Model, layers: int | None = None) -> dict[str, object]:
    """*model*'s dimensions as transformers' configuration of its class takes them."""
    text = model.text
    return {
        "hidden_size": text.hidden,
        "num_hidden_layers": layers or text.layers,
        "num_attention_heads": text.heads,
        "num_key_value_heads": text.kv_heads,
        "head_dim": text.head_dim,
        "intermediate_size": text.intermediate,
        "vocab_size": text.vocab,
        "tie_word_embeddings": text.tied,
        "max_position_embeddings": text.context or 32768,
        "max_window_layers": layers or text.layers,
        "bos_token_id": 0,
        "eos_token_id": 1,
        "pad_token_id": 2,
    }


def words(count: int, rows: int, seed: int = 0) -> list[str]:
    """*rows* texts of *count* words that the tokenizer of `tokenizer` knows."""
    spread = random.Random(seed)
    return [" ".join(f"w{spread.randrange(1000)}" for _ in range(count)) for _ in range(rows)]


def tokenizer() -> object:
    """A tokenizer of a thousand words, a token each; ids beyond it decode to nothing."""
    known = {"<s>": 0, "</s>": 1, "<pad>": 2, "<unk>": 3, **{f"w{number}": 4 + number for number in range(1000)}}
    tokenizers, transformers = package("tokenizers"), package("transformers")
    made = tokenizers.Tokenizer(tokenizers.models.WordLevel(known, unk_token="<unk>"))
    made.pre_tokenizer = tokenizers.pre_tokenizers.WhitespaceSplit()
    special = {"bos_token": "<s>", "eos_token": "</s>", "pad_token": "<pad>", "unk_token": "<unk>"}
    return transformers.PreTrainedTokenizerFast(tokenizer_object=made, padding_side="left", **special)


def options(asked: argparse.Namespace) -> dict[str, object]:
    """The run as an args file would say it: what the trainer gets, and what the row says."""
    shared = {
        "per_device_train_batch_size": asked.batch,
        "gradient_accumulation_steps": asked.accumulation,
        "gradient_checkpointing": asked.checkpointing,
        "bf16": not asked.rehearse,
        "max_steps": asked.steps,
        "report_to": "none",
        "logging_steps": 1,
        "save_strategy": "no",
    }
    if asked.trainer == "sft":
        return {**shared, "max_length": asked.prompt + asked.completion}
    return {**shared, "num_generations": asked.generations, "max_completion_length": asked.completion, "beta": asked.beta}


class Meter:
    """Peaks by phase. ``shown`` asks nvidia-smi, which sees the context too, and other processes: use an idle card."""

    def __init__(self, torch: ModuleType, shown: Callable[[], int]) -> None:
        self.torch, self.shown = torch, shown
        self.phases: dict[str, tuple[int, int, int]] = {}

    def note(self, phase: str) -> None:
        cuda = self.torch.cuda
        seen = (cuda.max_memory_allocated(), cuda.memory_reserved(), self.shown())
        before = self.phases.get(phase, (0, 0, 0))
        self.phases[phase] = (max(seen[0], before[0]), max(seen[1], before[1]), max(seen[2], before[2]))

    def around(self, phase: str, owner: object, name: str) -> None:
        """From now on *owner*'s method *name* is the phase."""
        plain = getattr(owner, name)

        def metered(*given: object, **named: object) -> object:
            self.torch.cuda.reset_peak_memory_stats()
            try:
                return plain(*given, **named)
            finally:
                self.torch.cuda.synchronize()
                self.note(phase)

        setattr(owner, name, metered)


def nvidia_smi() -> int:
    """Bytes in use on the first card, all processes and the driver's own included."""
    words = ("nvidia-smi", "--query-gpu=memory.used", "--format=csv,noheader,nounits", "--id=0")
    found = subprocess.run(words, capture_output=True, text=True, check=True, timeout=30)
    return int(found.stdout.split()[0]) * 2**20


def measured(asked: argparse.Namespace, model: Model) -> dict[str, tuple[int, int, int]]:
    """Builds the trainer, runs its steps, and returns (allocated, reserved, nvidia-smi) in bytes by phase; empty in rehearsal."""
    torch, transformers, trl, datasets = (package(name) for name in ("torch", "transformers", "trl", "datasets"))
    if not asked.rehearse and not torch.cuda.is_available():
        raise Missing("there is no CUDA GPU here")
    family = CONFIGURATIONS[model.text.code.name]
    made = getattr(transformers, family)(**configuration(model, REHEARSED_LAYERS if asked.rehearse else None))
    made._attn_implementation = asked.attention
    kind = torch.float32 if asked.rehearse else torch.bfloat16
    built = transformers.AutoModelForCausalLM.from_config(made, dtype=kind).to("cpu" if asked.rehearse else "cuda")
    meter = None if asked.rehearse else Meter(torch, nvidia_smi)
    if meter is not None:
        meter.note("load")
    texts = words(
        asked.prompt + (asked.completion if asked.trainer == "sft" else 0), asked.batch * asked.accumulation * asked.steps
    )
    rows = datasets.Dataset.from_list([{"text" if asked.trainer == "sft" else "prompt": text} for text in texts])
    lora = package("peft").LoraConfig(r=asked.lora_r, target_modules="all-linear") if asked.lora_r else None
    with tempfile.TemporaryDirectory() as folder:
        shared = {"model": built, "train_dataset": rows, "processing_class": tokenizer(), "peft_config": lora}
        given = {**options(asked), "output_dir": folder, "use_cpu": asked.rehearse}
        if asked.trainer == "sft":
            trainer = trl.SFTTrainer(args=trl.SFTConfig(**given), **shared)
        else:
            trainer = trl.GRPOTrainer(args=trl.GRPOConfig(**given), reward_funcs=_reward, **shared)
        if asked.vary and asked.trainer == "grpo":
            _vary(trainer, asked.completion)
        if meter is not None:
            _meter_phases(meter, trainer)
        trainer.train()
    return meter.phases if meter is not None else {}


def _meter_phases(meter: Meter, trainer: object) -> None:
    for phase, names in PHASES.items():
        for name in names:
            if hasattr(trainer, name):
                meter.around(phase, trainer, name)
                break
    meter.around("backward", trainer.accelerator, "backward")  # type: ignore[attr-defined]
    create = trainer.create_optimizer  # type: ignore[attr-defined]

    def created(*given: object, **named: object) -> object:
        optimizer = create(*given, **named)
        meter.around("optimizer_step", optimizer, "step")
        return optimizer

    trainer.create_optimizer = created  # type: ignore[attr-defined]


def _vary(trainer: object, longest: int) -> None:
    """Every generation up to another length, spread evenly from a tenth of the longest to it."""
    generate, spread = trainer._generate_and_score_completions, random.Random(0)  # type: ignore[attr-defined]

    def generated(*given: object, **named: object) -> object:
        trainer.generation_config.max_new_tokens = spread.randint(max(longest // 10, 1), longest)  # type: ignore[attr-defined]
        return generate(*given, **named)

    trainer._generate_and_score_completions = generated  # type: ignore[attr-defined]


def _reward(completions: list[str], **_: object) -> list[float]:
    return [float(number % 2) for number, _ in enumerate(completions)]


def row_of(asked: argparse.Namespace, model: Model, trl: str, phases: dict[str, tuple[int, int, int]]) -> dict[str, object]:
    """The measurement as a row of ``measured.jsonl``."""
    written = {name: value for name, value in options(asked).items() if name not in {"max_steps", "report_to", "save_strategy"}}
    given = {"model_name_or_path": model.name, "output_dir": "o", "torch_dtype": "bfloat16", **written}
    given |= {
        "attn_implementation": asked.attention,
        **({"reward_funcs": "x"} if asked.trainer == "grpo" else {"dataset_name": "d"}),
    }
    if asked.lora_r:
        given |= {"use_peft": True, "lora_r": asked.lora_r, "lora_target_modules": "all-linear"}
    flags = ["--gpus", asked.gpus, "--trainer", f"{'trl-sft' if asked.trainer == 'sft' else 'trl'}=={trl}"]
    flags += ["--prompt-tokens", str(asked.prompt)] if asked.trainer == "grpo" else []
    return {
        "id": f"measured-{model.name}-{asked.trainer}-{asked.batch}x{asked.completion}-{asked.steps}",
        "source": "tools/measure.py",
        "args": given,
        "flags": flags,
        "measured_gib": round(max(seen[2] for seen in phases.values()) / GIB, 2),
        "kind": "nvidia-smi",
        "trust": "high",
        "note": "random weights" + (", lengths vary" if asked.vary else ""),
        "phases": {name: [round(size / GIB, 2) for size in seen] for name, seen in phases.items()},
    }


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    made.add_argument("--model", default="Qwen2.5-0.5B")
    made.add_argument("--trainer", choices=("grpo", "sft"), default="grpo")
    for name, default in (("batch", 8), ("accumulation", 1), ("generations", 8), ("prompt", 128), ("completion", 256)):
        made.add_argument(f"--{name}", type=int, default=default)
    made.add_argument("--steps", type=int, default=3)
    made.add_argument("--lora-r", type=int, default=0)
    made.add_argument("--beta", type=float, default=0.0)
    made.add_argument("--attention", default="sdpa")
    made.add_argument("--checkpointing", action="store_true")
    made.add_argument("--vary", action="store_true")
    made.add_argument("--rehearse", action="store_true")
    made.add_argument("--gpus", default="1xA100-80G", help="this card, as --gpus of vlmr1-lint names it; for the row")
    made.add_argument("--out", type=Path)
    return made


def main(arguments: list[str]) -> int:
    asked = parser().parse_args(arguments)
    model = find_model(asked.model)
    if model is None or model.tower is not None or model.text.code.name not in CONFIGURATIONS:
        print(f"{asked.model}: no text model of the table that is built here ({', '.join(CONFIGURATIONS)})", file=sys.stderr)
        return 2
    try:
        phases = measured(asked, model)
    except Missing as reason:
        print(f"nothing was measured: {reason}", file=sys.stderr)
        return NOTHING_MEASURED
    if asked.rehearse:
        print("rehearsed on the CPU with two layers; nothing was measured")
        return 0
    print(f"{'phase':16}{'allocated':>10}{'reserved':>10}{'nvidia-smi':>12}  GiB")
    for name, seen in phases.items():
        print(f"{name:16}{seen[0] / GIB:10.2f}{seen[1] / GIB:10.2f}{seen[2] / GIB:12.2f}")
    row = json.dumps(row_of(asked, model, package("trl").__version__, phases))
    print(row)
    if asked.out is not None:
        with asked.out.open("a", encoding="utf-8") as file:
            file.write(row + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
