"""Whole folders of configuration files as cases, and the command line run over them in this process."""

from __future__ import annotations

import json
import os
import random
import shutil
import sys
from collections.abc import Sequence
from io import BytesIO, StringIO, TextIOWrapper
from pathlib import Path

from vlmr1_lint.cli import main
from vlmr1_lint.documents.names import OPTIONS
from vlmr1_lint.values import value

from .grammar import SCALARS
from .mutation import SCRAPS, mutated
from .seeds import examples

__all__ = ["Answer", "Case", "Folder", "deepspeed_case", "example_case", "options_case", "random_case"]

FLEETS: tuple[tuple[str, ...], ...] = (
    (),
    (),
    (),
    ("--gpus", "4xA100-40G"),
    ("--gpus", "2x8xA100-80G", "--host-ram", "512GiB"),
    ("--gpus", "1xRTX4090-24G"),
)
BASE = (
    "model_name_or_path: Qwen/Qwen2.5-VL-3B-Instruct",
    "num_generations: 8",
    "per_device_train_batch_size: 1",
    "max_completion_length: 256",
    "deepspeed: zero3.json",
    "output_dir: out",
    "bf16: true",
    "gradient_checkpointing: false",
)
NAMES = sorted(OPTIONS)
ODD = (
    *SCALARS,
    "3.5",
    "7",
    "auto",
    "'8'",
    "Qwen/Qwen2.5-VL-7B-Instruct",
    "/nowhere/zero3.json",
    "1" + "0" * 400,
    "[1, 2]",
    "[[]]",
)
"""Values that few options expect."""
ZERO = (
    *"""stage offload_optimizer offload_param overlap_comm reduce_bucket_size sub_group_size
    stage3_max_live_parameters stage_3""".split(),
    *"stage3_gather_16bit_weights_on_model_save contiguous_gradients round_robin_gradients stage3_prefetch_bucket_size".split(),
)
TOP = (
    *"""bf16 fp16 train_batch_size train_micro_batch_size_per_gpu gradient_accumulation_steps gradient_clipping
    optimizer scheduler""".split(),
    *"""steps_per_print zero_allow_untested_optimizer wall_clock_breakdown activation_checkpointing fp_16
    zero_optimisation""".split(),
)
JSON_VALUES = (
    None,
    True,
    False,
    0,
    1,
    2,
    3,
    -1,
    2.5,
    1e9,
    10**40,
    "auto",
    "3",
    "",
    [],
    {},
    [1],
    {"device": "cpu"},
    {"enabled": "auto"},
)


@value
class Case:
    """Files (name → bytes) and options of the command line."""

    files: dict[str, bytes]
    words: tuple[str, ...]


@value
class Answer:
    """What a run of the command line gave."""

    status: int
    out: bytes
    told: str


class Folder:
    """A folder on the disk that each case fills anew. It is a repository, and no git is asked about it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        (path / ".hg").mkdir()

    def fill(self, files: dict[str, bytes]) -> None:
        for old in self.path.iterdir():
            if old.name == ".hg":
                continue
            if old.is_dir():
                shutil.rmtree(old)
            else:
                old.unlink()
        for name, data in files.items():
            place = self.path / name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(data)

    def now(self) -> dict[str, bytes]:
        """The files that are there: a leftover is one more."""
        found = (path for path in self.path.rglob("*") if path.is_file())
        return {path.relative_to(self.path).as_posix(): path.read_bytes() for path in found}

    def run(self, *words: str) -> Answer:
        """The command line with *words* in this folder. It may answer 0, 1 or 2, and nothing of it is an internal error."""
        kept, before = (sys.stdout, sys.stderr), os.getcwd()
        raw, told = BytesIO(), StringIO()
        sys.stdout, sys.stderr = TextIOWrapper(raw, "utf-8", errors="surrogateescape", write_through=True), told
        os.chdir(self.path)
        os.environ["VLMR1_LINT_TRACEBACK"] = "1"
        try:
            status = main(list(words))
        finally:
            out = raw.getvalue()
            sys.stdout, sys.stderr = kept
            os.chdir(before)
            del os.environ["VLMR1_LINT_TRACEBACK"]
        answer = Answer(status, out, told.getvalue())
        assert status in {0, 1, 2} and "internal error" not in answer.told, answer.told[-1500:]
        return answer


def example_case(source: random.Random) -> Case:
    """The files of a rule's example with a few bytes changed in some of them."""
    example = source.choice(examples())
    files = {name: text.encode() for name, text in example.files.items()}
    for name in sorted(files):
        if source.randrange(3):
            files[name] = mutated(source, (files[name],), 3)
        files[name] = dressed(source, files[name])
    gpus = ("--gpus", example.given.gpus) if example.given.gpus and source.randrange(4) else source.choice(FLEETS)
    trainer = ("--trainer", example.given.trainer) if example.given.trainer and source.randrange(2) else ()
    return Case(files, (*gpus, *trainer))


def options_case(source: random.Random) -> Case:
    """An args file with odd values at known names."""
    lines = [line if source.randrange(6) else f"{line.partition(':')[0]}: {source.choice(ODD)}" for line in BASE]
    lines += [f"{name}: {source.choice(ODD)}" for name in source.sample(NAMES, source.randint(1, 8))]
    if source.randrange(2):
        source.shuffle(lines)
    lines = [f"{line}  # {number}" if source.randrange(4) == 0 else line for number, line in enumerate(lines)]
    files = {"args.yaml": dressed(source, ("\n".join(lines) + "\n").encode("utf-8", "surrogatepass"))}
    if source.randrange(3) == 0:
        files |= deepspeed_case(source).files
    return Case(files, source.choice(FLEETS))


def deepspeed_case(source: random.Random) -> Case:
    """A DeepSpeed JSON with odd values, and what `json` refuses in some."""
    zero = {name: source.choice(JSON_VALUES) for name in source.sample(ZERO, source.randint(0, 5))}
    top = {name: source.choice(JSON_VALUES) for name in source.sample(TOP, source.randint(0, 5))}
    text = json.dumps({"zero_optimization": zero, **top}, indent=source.choice((None, 2, "\t")))
    if source.randrange(3) == 0:
        text = text.replace("}", source.choice((",}", " // c\n}", "/* c */}", ", # d\n}")), source.randint(1, 2))
    return Case({"zero3.json": dressed(source, text.encode() + source.choice((b"\n", b"")))}, source.choice(FLEETS))


def random_case(source: random.Random) -> Case:
    """A file of any bytes under a name that is read."""
    name = source.choice(("args.yaml", "ds.json", "run.sh", "data.yml", "run", "pyproject.toml", "job.slurm"))
    data = source.randbytes(source.randint(0, 80)) + b"".join(source.choice(SCRAPS) for _ in range(source.randint(0, 20)))
    if source.randrange(2):
        data = b"# vlmr1-lint: kind=" + source.choice((b"args", b"deepspeed", b"accelerate", b"data", b"launch")) + b"\n" + data
    return Case({name: data}, source.choice(FLEETS))


def dressed(source: random.Random, data: bytes) -> bytes:
    """*data* as another editor may have saved it: a byte order mark, CRLF, no line break at the end."""
    if source.randrange(8) == 0:
        data = data.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    if source.randrange(8) == 0:
        data = data.rstrip(b"\r\n")
    return b"\xef\xbb\xbf" + data if source.randrange(16) == 0 and not data.startswith(b"\xef\xbb\xbf") else data


def names_of(files: Sequence[str] | dict[str, bytes]) -> list[str]:
    """*files* as words of a command line, settings files left out."""
    return [f"./{name}" for name in sorted(files) if name != "pyproject.toml"] or ["."]
