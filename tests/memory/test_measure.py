"""`tools/measure.py`: what of it runs without a GPU."""

import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from simulated import MODELS

TOOLS = Path(__file__).parents[2] / "tools"
sys.path.insert(0, str(TOOLS))
import measure  # noqa: E402 - tools are no package


def test_without_torch_or_a_gpu_nothing_is_measured(tmp_path):
    command = [sys.executable, str(TOOLS / "measure.py"), "--out", str(tmp_path / "rows")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == measure.NOTHING_MEASURED == 3
    assert done.stderr.startswith("nothing was measured: ")
    assert done.stdout == ""
    assert not (tmp_path / "rows").exists()


@pytest.mark.parametrize("name", ["Qwen2.5-VL-3B", "No-such-model-1B"])
def test_a_model_that_cannot_be_built(name, capsys):
    assert measure.main(["--model", name]) == 2
    assert name in capsys.readouterr().err


@pytest.mark.parametrize("name", ["qwen2.5-0.5b", "qwen3-1.7b", "llama-3.2-1b"])
def test_configuration_has_the_table_s_dimensions(name):
    text = MODELS[name].text
    made = measure.configuration(MODELS[name])
    assert (made["hidden_size"], made["num_hidden_layers"], made["vocab_size"]) == (text.hidden, text.layers, text.vocab)
    assert made["num_attention_heads"] * made["head_dim"] == text.queries
    assert measure.configuration(MODELS[name], 2)["num_hidden_layers"] == 2
    assert text.code.name in measure.CONFIGURATIONS


def test_words_are_tokens_and_repeat_by_seed():
    assert [len(text.split()) for text in measure.words(7, 3)] == [7, 7, 7]
    assert measure.words(5, 2) == measure.words(5, 2) != measure.words(5, 2, seed=1)


class Cuda:
    """Peaks that a test sets, as torch.cuda tells them."""

    def __init__(self):
        self.allocated = self.reserved = 0

    def max_memory_allocated(self):
        return self.allocated

    def memory_reserved(self):
        return self.reserved

    def reset_peak_memory_stats(self):
        self.allocated = 0

    def synchronize(self):
        pass


def test_meter_notes_the_most_of_each_phase():
    cuda = Cuda()
    meter = measure.Meter(SimpleNamespace(cuda=cuda), lambda: cuda.reserved + 500)
    trainer = SimpleNamespace()

    def backward(peak):
        cuda.allocated, cuda.reserved = peak, max(cuda.reserved, peak + 10)
        return "done"

    trainer.backward = backward
    meter.around("backward", trainer, "backward")
    assert [trainer.backward(peak) for peak in (30, 90, 60)] == ["done"] * 3
    assert meter.phases == {"backward": (90, 100, 600)}


@pytest.mark.parametrize("trainer", ["grpo", "sft"])
def test_a_row_is_one_that_the_score_reads(trainer):
    from score_measured import _asked

    asked = measure.parser().parse_args(["--trainer", trainer, "--lora-r", "8", "--checkpointing", "--model", "Qwen2.5-7B"])
    phases = {"load": (2**30, 2**30, 2**31), "backward": (2**31, 2**31, 3 * 2**30)}
    row = json.loads(json.dumps(measure.row_of(asked, MODELS["qwen2.5-7b"], "0.24.0", phases)))
    assert (row["measured_gib"], row["phases"]["load"]) == (3.0, [1.0, 1.0, 2.0])
    found = _asked(row)
    assert found is not None and 14 < found["low"] < found["high"]
