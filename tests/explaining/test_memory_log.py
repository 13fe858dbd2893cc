"""Memory figures in logs: each source in the wordings that are found in the field, and logs without one."""

from __future__ import annotations

import pytest

from vlmr1_lint.explaining.memory_log import NoFigure, read_log

MIB, GIB = 2**20, 2**30

TORCH_2_6 = (
    "[rank0]: torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 4.64 GiB. GPU 0 has a total capacity of"
    " 79.14 GiB of which 2.10 GiB is free. Including non-PyTorch memory, this process has 77.02 GiB memory in use. "
    "Of the allocated memory 70.11 GiB is allocated by PyTorch, and 5.20 GiB is reserved by PyTorch but "
    "unallocated. If reserved but unallocated memory is large try setting "
    "PYTORCH_CUDA_ALLOC_CONF=expandable_segments:True to avoid fragmentation."
)
TORCH_2_1 = (
    "torch.cuda.OutOfMemoryError: CUDA out of memory. Tried to allocate 594.00 MiB. GPU 3 has a total capacty of "
    "39.39 GiB of which 200.00 MiB is free. Process 12345 has 39.19 GiB memory in use. Of the allocated memory "
    "37.00 GiB is allocated by PyTorch, and 1.10 GiB is reserved by PyTorch but unallocated."
)
TORCH_1_13 = (
    "RuntimeError: CUDA out of memory. Tried to allocate 2.00 GiB (GPU 0; 23.69 GiB total capacity; 20.50 GiB already allocated;"
    " 1.20 GiB free; 21.00 GiB reserved in total by PyTorch)"
)


@pytest.mark.parametrize(
    ("text", "tried", "held", "unused"),
    [
        (TORCH_2_6, 4.64, 77.02, 5.20),
        (TORCH_2_1, 594 / 1024, 39.19, 1.10),
        (TORCH_1_13, 2.0, 20.50, None),
        (TORCH_2_6.replace(" GPU 0", "\nGPU 0"), 4.64, 77.02, 5.20),
        (TORCH_1_13 + "\n" + TORCH_2_6, 4.64, 77.02, 5.20),
    ],
)
def test_out_of_memory_messages(text, tried, held, unused):
    found = read_log(f"Loading checkpoint shards: 100%\n{text}\n")
    assert found.kind == "out-of-memory"
    assert found.tried == int(tried * GIB)
    assert found.bytes == int(held * GIB)
    assert found.unused == (None if unused is None else int(unused * GIB))
    assert found.source.startswith("CUDA out of memory. Tried to allocate")


@pytest.mark.parametrize(
    "text",
    [
        "memory.used [MiB]\n1024 MiB\n31948 MiB\n31000 MiB\n",
        "index, memory.used [MiB], utilization.gpu [%]\n0, 31948 MiB, 99 %\n1, 31000 MiB, 98 %\n",
        "timestamp, memory.used [MiB]\n2025/05/01 10:00:00.000, 31948 MiB\n",
        "1024\n31948\n",
        "1024 MiB\r\n31948 MiB\r\n",
    ],
)
def test_nvidia_smi(text):
    found = read_log(text)
    assert (found.kind, found.bytes) == ("card", 31948 * MIB)


@pytest.mark.parametrize(
    ("line", "kind", "gib"),
    [
        ("{'loss': 0.1, 'memory(GiB)': 61.39, 'train_speed(iter/s)': 0.02}", "reserved", 61.39),
        ("Max memory allocated: 31.25 GB", "allocated", 31.25),
        ("step 10 peak GPU memory 31.25 GiB", "allocated", 31.25),
        ("GPU memory used: 32000 MiB", "card", 31.25),
        ("torch reserved: 31.25GiB", "reserved", 31.25),
    ],
)
def test_lines_of_trainers(line, kind, gib):
    found = read_log(f"epoch 1\n{line.replace('31.25', '20.00').replace('61.39', '50.00').replace('32000', '20000')}\n{line}\n")
    assert found.kind == kind
    assert found.bytes == pytest.approx(gib * GIB, rel=1e-6)
    assert found.source == line


def test_the_length_of_answers_is_read_too():
    text = "{'completion_length': 183.5, 'memory(GiB)': 30.0}\n{'completion_length': 240.25, 'memory(GiB)': 31.0}\n"
    assert read_log(text).completion == 240
    assert read_log("{'completions/mean_length': 96.0, 'memory(GiB)': 30.0}").completion == 96


@pytest.mark.parametrize(
    "text", ["", "step 10 loss 0.1\n", "Process uses memory: 2 MB", "memory.used [MiB]\nN/A\n", "12\n13\n", "\0\xff"]
)
def test_logs_without_a_figure(text):
    with pytest.raises(NoFigure, match="no memory figure"):
        read_log(text)
