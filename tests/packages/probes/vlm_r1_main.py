"""VLM-R1's grpo_jsonl.py, run with the arguments and the data of an example until its training starts.

Request: ``path`` or ``flags``, ``vlm_r1``; ``touch``: files to create empty, images mostly; ``rows``: create the data files that
the arguments name and the example leaves out, with that many rows; ``earlier``: the args file of a run that has left a
checkpoint.
Value: ``rewards`` (names of the functions), ``rows``, ``columns``, ``methods`` (accu_reward_method of the rows, each once),
``images`` (rows that have one), ``evaluated`` (rows for evaluation, null without), ``module`` (what stands for the model family),
``model`` (the class of the model), ``resumes`` (what training is told to resume from, null if nothing).
"""

import json
import os

import arguments
import datasets
import vlm_r1

MAP = datasets.Dataset.map


def answer(request):
    for name in request.get("touch", []):
        os.makedirs(os.path.dirname(name) or ".", exist_ok=True)
        open(name, "w").close()
    datasets.Dataset.map = lambda self, function, num_proc=None, **more: MAP(
        self, function, **more
    )  # here, not in eight processes
    module = vlm_r1.load(request["vlm_r1"], "grpo_jsonl")
    module.initialize_tokenizer = lambda path: None
    classes = (module.GRPOScriptArguments, module.GRPOConfig, module.GRPOModelConfig)
    if request.get("earlier"):
        earlier = arguments.read({**request, "path": request["earlier"]}, classes)[1]
        os.makedirs(os.path.join(earlier.output_dir, "checkpoint-1"))
    groups = arguments.read(request, classes)
    if request.get("rows"):
        write_rows(groups[0].data_file_paths, request["rows"])
    try:
        module.main(*groups)
    except vlm_r1.Reached as reached:
        given, started = reached.given, reached.started
    rows, evaluated = given["train_dataset"], given["eval_dataset"]
    model = given["vlm_module"].get_model_class(given["model"], {})
    return {
        "rewards": [function.__name__ for function in given["reward_funcs"]],
        "rows": len(rows),
        "columns": sorted(rows.column_names),
        "methods": sorted(set(rows["accu_reward_method"])),
        "images": sum(bool(row.get("image_path")) for row in rows),
        "evaluated": None if evaluated is None else len(evaluated),
        "module": type(given["vlm_module"]).__name__,
        "model": model.__name__,
        "resumes": started.get("resume_from_checkpoint"),
    }


def write_rows(paths, number):
    row = {"conversations": [{"value": "question"}, {"value": "answer"}]}
    for name in paths.split(":"):
        if not os.path.isabs(name):
            with open(name, "w") as file:
                file.write(f"{json.dumps(row)}\n" * number)
