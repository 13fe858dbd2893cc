"""Claims that a training script decides, each with the line changed that decides it."""

from __future__ import annotations

import pytest
from claim_sources import LIBRARY, NOT_UNDERSTOOD, SCRIPT, changed, of_our_script

from vlmr1_lint.claims.claim import SCRIPT_CLAIMS

PLAIN = {
    "resumes": "checkpoint",
    "eval_data": "val_split_ratio",
    "data_reader": "json_lines",
    "data_paths": NOT_UNDERSTOOD,
    "method_count": "unread",
    "row_format": "other",
    "row_images": "unread",
    "reward_lookup": "registry",
    "reward_names": ("accuracy",),
    "unknown_model": "refused",
    "model_names": ("qwen", "internvl"),
    "reward_methods": (),
    "judge": "none",
    "log_path": "needed",
    "log_names": "own",
    "zero3_patch": "never",
}


def test_every_claim_of_a_script_is_here() -> None:
    assert set(PLAIN) == SCRIPT_CLAIMS


@pytest.mark.parametrize("name", PLAIN)
def test_as_it_is(name: str) -> None:
    assert of_our_script(name, SCRIPT) == PLAIN[name]


FOLDER = 'list(pathlib.Path(training_args.output_dir).glob("checkpoint-*"))'
RESUMES = f"    if {FOLDER}:\n        trainer.train(resume_from_checkpoint=True)\n    else:\n        trainer.train()\n"
LOOKUP = "[registry_of_rewards[name] for name in script_args.reward_funcs]"
PATCH = "monkey_patch_qwen2_5vl_forward()"
ASKS = 'training_args.deepspeed and "zero3" in training_args.deepspeed'
CHANGES = [
    ("resumes", FOLDER, FOLDER + " and training_args.resume_from_checkpoint == True", "both"),
    ("resumes", FOLDER, "training_args.fresh", NOT_UNDERSTOOD),
    ("resumes", f"    if {FOLDER}:", f"    found = {FOLDER}\n    if found:", "checkpoint"),
    ("resumes", f"if {FOLDER}:", f"if {FOLDER} and not training_args.overwrite_output_dir:", NOT_UNDERSTOOD),
    (
        "resumes",
        RESUMES,
        "    found = None\n    if not training_args.overwrite_output_dir:\n"
        "        found = get_last_checkpoint(training_args.output_dir)\n    trainer.train(resume_from_checkpoint=found)\n",
        NOT_UNDERSTOOD,
    ),
    ("resumes", RESUMES, "    trainer.train()\n", "never"),
    ("resumes", RESUMES, "    trainer.train(resume_from_checkpoint=training_args.resume_from_checkpoint)\n", "option"),
    (
        "resumes",
        RESUMES,
        "    trainer.train()\n    trainer.train(resume_from_checkpoint=training_args.last)\n",
        NOT_UNDERSTOOD,
    ),
    (
        "resumes",
        RESUMES,
        "    found = None\n    if training_args.resume_from_checkpoint is not None:\n"
        "        found = training_args.resume_from_checkpoint\n"
        "    elif last_checkpoint is not None:\n        found = last_checkpoint\n"
        "    trainer.train(resume_from_checkpoint=found)\n",
        "either",
    ),
    (
        "resumes",
        RESUMES,
        "    if training_args.resume_from_checkpoint is not None:\n"
        "        found = get_last_checkpoint(training_args.output_dir)\n        trainer.train(resume_from_checkpoint=found)\n"
        "    else:\n        trainer.train()\n",
        "both",
    ),
    ("resumes", RESUMES, "    trainer.train(resume_from_checkpoint=newest())\n", NOT_UNDERSTOOD),
    ("resumes", RESUMES, "    trainer.train(**how)\n", NOT_UNDERSTOOD),
    ("resumes", RESUMES, "", LIBRARY),
    ("eval_data", 'splits.get("validation") if training_args.eval_strategy != "no" else None', "None", "never"),
    ("eval_data", 'splits.get("validation")', "dataset[script_args.dataset_test_split]", "dataset_test_split"),
    ("eval_data", 'splits.get("validation")', "own_rows", NOT_UNDERSTOOD),
    ("eval_data", "[script_args.val_split_ratio]", "[]", NOT_UNDERSTOOD),
    ("data_reader", "json.loads(line)", "json.loads(line.strip())", "json_lines"),
    (
        "data_reader",
        "rows.append(json.loads(line))",
        "if not line.strip():\n                    continue\n                rows.append(json.loads(line))",
        NOT_UNDERSTOOD,
    ),
    (
        "data_reader",
        "            for line in f:\n                rows.append(json.loads(line))",
        "            rows += json.load(f)",
        "json",
    ),
    (
        "data_reader",
        "            for line in f:\n                rows.append(json.loads(line))",
        "            rows += read(f)",
        NOT_UNDERSTOOD,
    ),
    ("data_reader", 'script_args.data_file_paths.split(":")', "[load_dataset(script_args.dataset_name)]", "dataset"),
    ("data_reader", 'script_args.data_file_paths.split(":")', "[load_from_disk(script_args.dataset_name)]", "other"),
    ("data_reader", 'script_args.data_file_paths.split(":")', "[LazySupervisedDataset(yaml.safe_load(f))]", "data_config"),
    ("reward_lookup", LOOKUP, "[accuracy_reward]", "fixed"),
    ("reward_lookup", LOOKUP, "[registry_of_rewards.get(name) for name in script_args.reward_funcs]", NOT_UNDERSTOOD),
    (
        "reward_lookup",
        f"reward_funcs = {LOOKUP}",
        "for name in script_args.reward_funcs:\n        if name in registry_of_rewards:\n"
        "            use(registry_of_rewards[name])\n        else:\n            raise ValueError(name)",
        "checked",
    ),
    ("reward_names", '{"accuracy": accuracy_reward}', '{"iou": iou, "accuracy": accuracy_reward}', ("iou", "accuracy")),
    ("reward_names", LOOKUP, "[accuracy_reward]", ()),
    ("reward_names", '{"accuracy": accuracy_reward}', '{"accuracy": accuracy_reward, **others}', NOT_UNDERSTOOD),
    ("reward_names", '{"accuracy": accuracy_reward}', "all_of(ours)", NOT_UNDERSTOOD),
    ("reward_names", "    rows = [", '    registry_of_rewards["iou"] = iou\n    rows = [', NOT_UNDERSTOOD),
    ("reward_names", "    rows = [", "    registry_of_rewards.update(ours)\n    rows = [", NOT_UNDERSTOOD),
    ("reward_names", "    rows = [", "    registry_of_rewards |= ours\n    rows = [", NOT_UNDERSTOOD),
    ("unknown_model", "        raise ValueError(model_name)", "        return QwenModule", "taken"),
    ("model_names", '"internvl" in', '"llava" in', ("qwen", "llava")),
    ("model_names", "        raise ValueError(model_name)", "        return QwenModule", ()),
    ("model_names", '"internvl" in model_name.lower()', '"InternVL" in model_name', NOT_UNDERSTOOD),
    ("model_names", '"qwen" in model_name.lower()', '"qwen" in model_name or "omni" in model_name', NOT_UNDERSTOOD),
    ("log_path", 'os.getenv("LOG_PATH")', 'os.getenv("LOG_PATH", "rewards.log")', "default"),
    ("log_path", "with open(log_path", "if log_path:\n          with open(log_path", "default"),
    ("log_path", '    if os.getenv("DEBUG_MODE") == "true":', "    if True:", NOT_UNDERSTOOD),
    ("log_path", '{"accuracy": accuracy_reward}', "{}", "default"),
    ("log_path", 'log_path = os.getenv("LOG_PATH")', 'log_path = "rewards.log"', "unread"),
    ("log_path", '{"accuracy": accuracy_reward}', '{"iou": module.iou_reward}', NOT_UNDERSTOOD),
    ("log_names", "with open(log_path,", 'with open(log_path.replace(".txt", "_accuracy.txt"),', "by_ending"),
    ("log_names", "with open(log_path,", 'with open(log_path.replace(".log", "_accuracy.log"),', "own"),
    ("log_names", 'log_path = os.getenv("LOG_PATH")', 'log_path = "rewards.log"', "unread"),
    ("log_names", 'log_path = os.getenv("LOG_PATH")', "log_path = MY_LOG_PATH", NOT_UNDERSTOOD),
    ("reward_methods", "[script_args.val_split_ratio]", 'getattr(script_args, "reward_method")', NOT_UNDERSTOOD),
    ("reward_methods", "[script_args.val_split_ratio]", "[script_args.reward_method]", NOT_UNDERSTOOD),
    ("zero3_patch", RESUMES, f"    if {ASKS}:\n        {PATCH}\n{RESUMES}", "by_name"),
    ("zero3_patch", RESUMES, f'    if "zero3" in training_args.deepspeed:\n        {PATCH}\n{RESUMES}', "by_name"),
    ("zero3_patch", RESUMES, f"    {PATCH}\n{RESUMES}", "always"),
    ("zero3_patch", RESUMES, f"    if training_args.deepspeed:\n        {PATCH}\n{RESUMES}", NOT_UNDERSTOOD),
    ("zero3_patch", RESUMES, f"    if {ASKS} and script_args.mixed:\n        {PATCH}\n{RESUMES}", NOT_UNDERSTOOD),
    ("zero3_patch", RESUMES, f"    monkey_patch_all()\n{RESUMES}", NOT_UNDERSTOOD),
    (
        "log_path",
        'log_path = os.getenv("LOG_PATH")',
        'from ours import format_reward\n        log_path = "rewards.log"',
        NOT_UNDERSTOOD,
    ),
]
"""Claim, a text in the script, what it is changed to, and what the script says then."""


@pytest.mark.parametrize(("name", "old", "new", "value"), CHANGES)
def test_with_another_line(name: str, old: str, new: str, value: object) -> None:
    assert of_our_script(name, changed(SCRIPT, old, new)) == value


METHODS = """
client = OpenAI(api_key=key)

def asked(answer):
    return score(client.chat.completions.create(model="judge", messages=[answer]))

def by_judge(answer):
    return asked(answer)

def accuracy_reward(completions, **kwargs):
    rewards = []
    for answer, method in zip(completions, kwargs.get("method")):
        if method == "mcq":
            reward = by_choice(answer)
        elif method == "llm":
            reward = by_judge(answer)
        else:
            reward = plain(answer)
        rewards.append(reward)
    return rewards

registry = {"accuracy": accuracy_reward}

def main(script_args):
    files = script_args.data_file_paths.split(":")
    methods = script_args.reward_method.split(":")
    for file, method in zip(files, methods):
        row["method"] = row.get("method", method)
"""
CLIENT = "OpenAI(api_key=key)"
OF_METHODS = [
    ("reward_methods", "", "", ("mcq", "llm")),
    ("reward_methods", '"mcq"', '"choice"', ("choice", "llm")),
    ("reward_methods", "reward = plain(answer)", "raise ValueError(method)", NOT_UNDERSTOOD),
    ("reward_methods", "        else:\n            reward = plain(answer)\n", "", NOT_UNDERSTOOD),
    ("reward_methods", 'elif method == "llm"', "elif method in judges", NOT_UNDERSTOOD),
    ("reward_methods", '{"accuracy": accuracy_reward}', '{"answer": accuracy_reward}', NOT_UNDERSTOOD),
    ("reward_methods", 'row["method"] = row.get("method", method)', 'row["kind"] = method', NOT_UNDERSTOOD),
    ("reward_methods", "for answer, method in zip", "names = 1\n    for answer, method in zip", ("mcq", "llm")),
    ("reward_methods", 'zip(completions, kwargs.get("method"))', "zip(completions, method_of(kwargs))", NOT_UNDERSTOOD),
    ("judge", "", "", "client_timeout"),
    ("judge", CLIENT, "OpenAI(api_key=key, timeout=30)", "own_timeout"),
    ("judge", CLIENT, "OpenAI(**given)", NOT_UNDERSTOOD),
    ("judge", CLIENT, "our_client()", NOT_UNDERSTOOD),
    ("judge", "messages=[answer]", "messages=[answer], timeout=30", "own_timeout"),
    ("judge", "return asked(answer)", "return pool.submit(asked, answer)", NOT_UNDERSTOOD),
    ("judge", "return asked(answer)", "return pool.submit(asked(answer))", NOT_UNDERSTOOD),
    ("judge", '"llm"', '"length"', "none"),
    ("judge", "script_args.reward_method", "script_args.kinds", "none"),
]
"""Claim, a text in `METHODS`, what it is changed to, and what the script says then."""


@pytest.mark.parametrize(("name", "old", "new", "value"), OF_METHODS)
def test_of_reward_methods_with_another_line(name: str, old: str, new: str, value: object) -> None:
    assert of_our_script(name, changed(METHODS, old, new)) == value


def test_the_methods_may_stand_in_a_variable() -> None:
    script = METHODS.replace('zip(completions, kwargs.get("method"))', "zip(completions, methods)")
    script = script.replace("    rewards = []\n", '    methods = kwargs.get("method")\n')
    assert of_our_script("reward_methods", script) == ("mcq", "llm")
