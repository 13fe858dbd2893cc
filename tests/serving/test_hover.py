"""What is shown over an option and over a finding."""

from __future__ import annotations

from desks import ARGS

from vlmr1_lint.serving.hover import hover


def over(desk, name, word, **given):
    """What is shown over the first *word* of the file."""
    analysis = desk.analyse(**given)
    document = analysis.document(name)
    found = hover(analysis, name, document.data.index(word.encode()))
    return found[0] if found is not None else ""


def test_effective_value_and_default(desk):
    desk.open("args.yaml", ARGS.replace("logging_steps: 1", "learning_rate: 1e-6"))
    text = over(desk, "args.yaml", "learning_rate", trainer="vlm-r1@head")
    assert "takes effect: `1e-06`" in text  # YAML gives a string, the trainer's parser a float
    assert "default `1e-06`, `float` (vlm-r1)" in text


def test_defaults_that_differ_by_release(desk):
    desk.open("args.yaml", ARGS + "beta: 0.1\n")
    text = over(desk, "args.yaml", "beta", trainer="trl>=0.17,<0.20")
    assert "default `0.04`, `float` (trl 0.17.0" in text and "default `0.0`, `float` (trl " in text


def test_an_option_of_some_releases_only(desk):
    desk.open("args.yaml", ARGS)
    text = over(desk, "args.yaml", "data_file_paths", trainer="trl==0.17.0")
    assert "no option of trl 0.17.0" in text and "takes effect" not in text


def test_the_forecast_needs_a_fleet(desk):
    desk.open("args.yaml", ARGS.replace("num_generations: 8", "num_generations: 4"))
    assert "memory forecast" not in over(desk, "args.yaml", "per_device_train_batch_size")
    text = over(desk, "args.yaml", "per_device_train_batch_size", gpus="4xA100-40G")
    assert "memory forecast on 4xA100-40G: **fits**" in text
    assert "memory forecast" not in over(desk, "args.yaml", "logging_steps", gpus="4xA100-40G")


def test_a_forecast_of_an_unknown_model_is_unknown(desk):
    desk.open("args.yaml", ARGS.replace("Qwen2.5-VL-3B-Instruct", "my-own-model"))
    text = over(desk, "args.yaml", "per_device_train_batch_size", gpus="4xA100-40G")
    assert "unknown, needs the model" in text


def test_the_rule_of_a_finding(desk):
    desk.open("args.yaml", ARGS)
    text = over(desk, "args.yaml", "false", gpus="4xA100-40G")
    assert "**MEM001** `gradient-checkpointing-off`" in text and "fix (safe): " in text and "takes effect: `false`" in text


def test_in_chinese(desk):
    desk.open("args.yaml", ARGS)
    text = over(desk, "args.yaml", "per_device_train_batch_size", gpus="4xA100-40G", lang="zh")
    assert "实际生效：`1`" in text and "显存预测" in text and "takes" not in text


def test_flags_of_a_script(desk):
    script = "torchrun --nproc_per_node=4 grpo_rec.py --run_name 实验😀 --num_generations 4 --bf16 --beta 0\n"
    desk.open("run.sh", script)
    assert "takes effect: `4`" in over(desk, "run.sh", "--num_generations")


def test_a_file_that_two_runs_read(desk):
    script = "accelerate launch grpo.py --config args.yaml --num_generations {n}\n"
    desk.write("one.sh", script.format(n=4))
    desk.open("one.sh")
    desk.open("args.yaml", ARGS)
    assert "takes effect: `8`" not in over(desk, "args.yaml", "num_generations")


def test_nothing_over_nothing(desk):
    desk.open("args.yaml", "# a comment\n" + ARGS)
    desk.open("other.yaml", "a: 1\n")
    assert over(desk, "args.yaml", "a comment") == over(desk, "other.yaml", "a: 1") == ""
