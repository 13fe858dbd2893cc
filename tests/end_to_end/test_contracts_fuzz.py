"""Whole files of any content through the whole command line: no crash, no hang, a status of 0, 1 or 2, nothing written without
``--fix``, and fixing settles."""

from __future__ import annotations

import json
import os
import signal
import sys
from contextlib import contextmanager
from io import BytesIO, StringIO, TextIOWrapper
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from vlmr1_lint.cli import main
from vlmr1_lint.documents.names import OPTIONS
from vlmr1_lint.rulefiles.catalogue import builtin
from vlmr1_lint.ruletest import examples_of

pytestmark = pytest.mark.slow
SECONDS = 20
"""A file of a few thousand bytes that takes longer hangs."""
FUZZ = settings(max_examples=int(os.environ.get("N", "400")), deadline=None, suppress_health_check=list(HealthCheck))
EXAMPLES = [example for rule in builtin() for example in examples_of(rule)]
NAMES = sorted(OPTIONS)
BASE = [
    "model_name_or_path: Qwen/Qwen2.5-VL-3B-Instruct",
    "num_generations: 8",
    "per_device_train_batch_size: 1",
    "max_completion_length: 256",
    "deepspeed: zero3.json",
]
JSON_VALUES = [
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
    10**400,
    "auto",
    "3",
    "",
    [],
    {},
    [1],
    {"device": "cpu"},
    {"enabled": "auto"},
]
ZERO = [
    *(
        "stage",
        "offload_optimizer",
        "offload_param",
        "overlap_comm",
        "reduce_bucket_size",
        "sub_group_size",
        "stage3_max_live_parameters",
    ),
    *("stage3_gather_16bit_weights_on_model_save", "contiguous_gradients", "stage_3", "round_robin_gradients"),
]
TOP = [
    *("bf16", "fp16", "train_batch_size", "train_micro_batch_size_per_gpu", "gradient_accumulation_steps", "gradient_clipping"),
    *(
        "optimizer",
        "scheduler",
        "steps_per_print",
        "zero_allow_untested_optimizer",
        "wall_clock_breakdown",
        "activation_checkpointing",
    ),
]
FLEETS = [[], ["--gpus", "4xA100-40G"], ["--gpus", "2x8xA100-80G", "--host-ram", "512GiB"], ["--gpus", "1xRTX4090-24G"]]
SCRAPS = [
    *(
        b"\t",
        b"\r",
        b"\n",
        b"\0",
        b"\xef\xbb\xbf",
        b"\xff",
        b": ",
        b"- ",
        b"#",
        b"{",
        b"}",
        b"[",
        b"]",
        b'"',
        b"'",
        b"|\n",
        b">-\n",
    ),
    *(b"*a", b"&a ", b"<<: ", b"---\n", b"...\n", b"~", b"!!python/object:os.system ", b"\xf0\x9f\x98\x80", b"9" * 400),
    *(b"${X:-1}", b"$(date)", b"`x`", b"\\\n", b"\\", b"<<EOF\n", b"; rm -rf x\n", b"for i in 1 2; do\n", b"done\n", b"&& "),
    *(b"# vlmr1-lint: ignore[MEM001]", b"# vlmr1-lint: gpus=4xA100-40G\n", b"# vlmr1-lint: kind=args\n"),
]
"""What means something to a reader of YAML, JSON or shell."""
ODD = [
    *(
        "",
        "~",
        "no",
        "true",
        "0",
        "-1",
        "1",
        "7",
        "3.5",
        "1e3",
        "1e-6",
        "010",
        ".inf",
        "-.inf",
        ".nan",
        "9" * 30,
        "1" + "0" * 400,
    ),
    *(
        "[]",
        "{}",
        "[1, 2]",
        "[[]]",
        "{a: 1}",
        "[~]",
        "{stage: 3}",
        "auto",
        "zero3.json",
        "'8'",
        "'x'",
        "!!str 8",
        "!!int '8'",
        "|\n  x",
    ),
    *(
        "/nowhere/zero3.json",
        "Qwen/Qwen2.5-VL-7B-Instruct",
        "Qwen2.5-VL-3B",
        "${X}",
        "<here>",
        "2026-01-01",
        "0x10",
        "1_000",
        "12:30",
    ),
]
"""Values that few options expect."""


@contextmanager
def streams():
    """Standard streams of our own: Hypothesis runs a test many times, and fixtures only once."""
    kept = sys.stdout, sys.stderr
    out, err = TextIOWrapper(BytesIO(), "utf-8", errors="surrogateescape", write_through=True), StringIO()
    sys.stdout, sys.stderr = out, err
    try:
        yield out, err
    finally:
        sys.stdout, sys.stderr = kept


def run(folder, *words):
    """Status and standard error of an invocation in *folder*; fails where it hangs."""

    def ring(*_):
        raise TimeoutError(f"longer than {SECONDS} s")

    before, here = signal.signal(signal.SIGALRM, ring), os.getcwd()
    os.chdir(folder)
    signal.alarm(SECONDS)
    try:
        with streams() as (_, err):
            return main(list(words)), err.getvalue()
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
        os.chdir(here)


def holds_for(files, words):
    """The properties of this module for *files* (name to bytes) and the options *words*."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        (folder / ".git").mkdir()
        for file, data in files.items():
            (folder / file).write_bytes(data)

        def now():
            return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}

        before = now()
        status, told = run(folder, ".", *words, "--preset", "strict", "--format", "json", "--format", "sarif=/dev/null")
        assert status in {0, 1, 2}
        assert "internal error" not in told, told
        assert now() == before
        status, told = run(folder, ".", *words, "--preset", "strict", "--fix", "--unsafe-fixes")
        assert status in {0, 1, 2}
        assert "internal error" not in told, told
        once = now()
        assert set(once) == set(before)
        status, told = run(folder, ".", *words, "--preset", "strict", "--fix", "--unsafe-fixes")
        assert "internal error" not in told, told
        assert now() == once


@st.composite
def mutated(draw):
    """The files of an example with a few bytes changed, and options."""
    example = draw(st.sampled_from(EXAMPLES))
    files = {name: text.encode() for name, text in example.files.items() if "/" not in name}
    assume(files)
    for _ in range(draw(st.integers(0, 4))):
        name = draw(st.sampled_from(sorted(files)))
        data = files[name]
        start = draw(st.integers(0, len(data)))
        end = min(len(data), start + draw(st.sampled_from([0, 0, 1, 2, 5, 30])))
        scrap = draw(st.sampled_from(SCRAPS) | st.binary(max_size=3) | st.sampled_from(sorted(files.values())))
        files[name] = data[:start] + scrap + data[end:]
    return files, draw(st.sampled_from(FLEETS))


@st.composite
def odd_options(draw):
    """An args file or a DeepSpeed file with odd values at known names, and options."""
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=12, unique=True))
    lines = [*BASE, *(f"{name}: {draw(st.sampled_from(ODD))}" for name in names)]
    if draw(st.booleans()):
        lines = [
            f"{line.partition(':')[0]}: {draw(st.sampled_from(ODD))}" if draw(st.integers(0, 4)) == 0 else line for line in lines
        ]
    files = {"args.yaml": "\n".join(lines).encode() + b"\n"}
    if draw(st.booleans()):
        zero = {
            name: draw(st.sampled_from(JSON_VALUES)) for name in draw(st.lists(st.sampled_from(ZERO), max_size=5, unique=True))
        }
        top = {name: draw(st.sampled_from(JSON_VALUES)) for name in draw(st.lists(st.sampled_from(TOP), max_size=5, unique=True))}
        files["zero3.json"] = json.dumps({"zero_optimization": zero, **top}, indent=draw(st.sampled_from([None, 2]))).encode()
    return files, draw(st.sampled_from(FLEETS))


@FUZZ
@given(odd_options())
def test_odd_values(case):
    holds_for(*case)


@FUZZ
@given(mutated())
def test_examples_with_faults(case):
    holds_for(*case)


@FUZZ
@given(st.sampled_from(["args.yaml", "ds.json", "run.sh", "data.yml"]), st.binary(max_size=300), st.sampled_from(FLEETS))
def test_any_bytes(name, data, words):
    holds_for({name: data, f"marked.{name}": b"# vlmr1-lint: kind=args\n" + data}, words)


@FUZZ
@given(st.lists(st.sampled_from(EXAMPLES), min_size=2, max_size=5), st.sampled_from(FLEETS))
def test_a_file_among_others_is_judged_as_it_is_alone(examples, words):
    """Args files that name nothing share nothing: what is found in one does not depend on what was linted before it."""

    def found(folder, *paths):
        with streams() as (out, _):
            here = os.getcwd()
            os.chdir(folder)
            try:
                main([*paths, *words, "--preset", "strict", "--format", "json"])
            finally:
                os.chdir(here)
            report = json.loads(out.buffer.getvalue())
        skipped = {(one["path"], one["rule"], *one["missing"]) for one in report["skipped"]}
        return [json.dumps(one, sort_keys=True) for one in report["findings"]], skipped

    with TemporaryDirectory() as name:
        folder = Path(name)
        (folder / ".git").mkdir()
        paths = []
        for index, example in enumerate(examples):
            if list(example.files) == ["args.yaml"]:
                paths.append(f"{index}.yaml")
                (folder / paths[-1]).write_text(example.files["args.yaml"])
        assume(len(paths) > 1)
        together, skipped = found(folder, *paths)
        alone = [found(folder, path) for path in paths]
        assert together == [one for findings, _ in alone for one in findings]
        assert skipped == {one for _, some in alone for one in some}
