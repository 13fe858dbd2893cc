"""Small files that once took the linter seconds or gigabytes, and relatives of theirs: each a repository made for a size.

A builder takes about how many bytes to make and gives name -> bytes; the first file is the one that is linted.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["ARGS", "BOMBS", "REVIEWED", "Bomb"]

ARGS = """\
output_dir: out
model_name_or_path: Qwen/Qwen2.5-VL-3B-Instruct
dataset_name: my-dataset
data_file_paths: /d/train.jsonl
image_folders: /d/images
per_device_train_batch_size: 8
gradient_accumulation_steps: 2
num_generations: 8
bf16: true
gradient_checkpointing: false
deepspeed: zero3.json
max_pixels: 401408
max_steps: 500
save_steps: 100
"""
ZERO3 = '{"zero_optimization": {"stage": 3}, "train_micro_batch_size_per_gpu": "auto"'
LAUNCH = (
    "torchrun --nproc_per_node=4 grpo.py --model_name_or_path Qwen/Qwen2.5-VL-3B-Instruct --output_dir out"
    " --dataset_name d --data_file_paths /d/x.jsonl --image_folders /d --per_device_train_batch_size 8"
    " --num_generations 8 --max_pixels 401408"
)
Files = dict[str, bytes]


class Bomb:
    """*build* makes the files for a size in bytes; *large* is the size that the budget speaks of, *small* that of quick tests."""

    def __init__(self, build: Callable[[int], Files], small: int, large: int, words: tuple[str, ...] = ()) -> None:
        self.build, self.small, self.large, self.words = build, small, large, words


def repeated(make: Callable[[int], str], size: int) -> str:
    """``make(0) + make(1) + …`` up to about *size* characters."""
    parts, length, number = [], 0, 0
    while length < size:
        part = make(number)
        parts.append(part)
        length += len(part)
        number += 1
    return "".join(parts)


def args(make: Callable[[int], str], head: str = ARGS) -> Callable[[int], Files]:
    return lambda size: {"args.yaml": (head + repeated(make, size)).encode()}


def zero3(make: Callable[[int], str], end: str = "") -> Callable[[int], Files]:
    """A DeepSpeed JSON whose last entries come from *make*, closed by *end*."""
    return lambda size: {"zero3.json": (ZERO3 + repeated(make, size) + end + "}").encode()}


def documents(size: int) -> Files:
    return {"args.yaml": ("---\n" + ARGS).encode() * (size // len(ARGS) + 1)}


def json_comments(size: int) -> Files:
    return {"zero3.json": (ZERO3 + ",\n" + "//\n" * (size // 3) + '"bf16": {"enabled": true}}').encode()}


def json_long_comments(size: int) -> Files:
    return {"zero3.json": (ZERO3 + repeated(lambda n: f',\n"k{n}": 1 // c', size) + "\n}").encode()}


def json_commas(size: int) -> Files:
    return {"zero3.json": (ZERO3 + ', "a": [' + "[1,]," * (size // 5) + "1]}").encode()}


def json_deep(size: int) -> Files:
    return {"zero3.json": (ZERO3 + ', "a": ' + "[" * (size // 2) + "]" * (size // 2) + "}").encode()}


def json_objects(size: int) -> Files:
    return {"zero3.json": (ZERO3 + ', "a": ' + '{"a":' * (size // 6) + "1" + "}" * (size // 6) + "}").encode()}


def json_nested_section(size: int) -> Files:
    inner = ", ".join(f'"k{n}": {{"a": {n}}}' for n in range(size // 18))
    return {"zero3.json": (ZERO3 + ', "mine": {' + inner + "}}").encode()}


def json_zero_keys(size: int) -> Files:
    inner = ", ".join(f'"stag{n}": {n}' for n in range(size // 16))
    return {"zero3.json": ('{"zero_optimization": {"stage": 3, ' + inner + '}, "train_batch_size": "auto"}').encode()}


def anchors(size: int) -> Files:
    return {"args.yaml": (ARGS + repeated(lambda n: f"k{n}: &a{n} [1, 2]\n", size)).encode()}


def aliases(size: int) -> Files:
    return {"args.yaml": (ARGS + "b: &b {x: 1}\n" + repeated(lambda n: f"k{n}: *b\n", size)).encode()}


def merges(size: int) -> Files:
    def step(n: int) -> str:
        return f"m{n}: &m{n}\n  <<: *m{n - 1}\n  k{n}: {n}\n" if n else "m0: &m0\n  k0: 0\n"

    return {"args.yaml": (ARGS + repeated(step, size)).encode()}


def merge_list(size: int) -> Files:
    count = size // 20
    bases = "".join(f"m{n}: &m{n} {{k{n}: 1}}\n" for n in range(count))
    return {"args.yaml": (ARGS + bases + "all:\n  <<: [" + ", ".join(f"*m{n}" for n in range(count)) + "]\n").encode()}


def flow_deep(size: int) -> Files:
    return {"args.yaml": (ARGS + "a: " + "[" * (size // 2) + "]" * (size // 2) + "\n").encode()}


def block_deep(size: int) -> Files:
    lines, used, depth = [], 0, 0
    while used < size:
        lines.append(" " * depth + "a:\n")
        used += len(lines[-1])
        depth += 1
    return {"args.yaml": (ARGS + "".join(lines)).encode()}


def block_sequence_deep(size: int) -> Files:
    return {"args.yaml": (ARGS + "a: \n" + "- " * (size // 2) + "1\n").encode()}


def long_key(size: int) -> Files:
    return {"args.yaml": (ARGS + "k" * size + ": 1\n").encode()}


def long_keys(size: int) -> Files:
    return {"args.yaml": (ARGS + repeated(lambda n: "k" * 900 + f"{n}: 1\n", size)).encode()}


def long_value(size: int) -> Files:
    return {"args.yaml": (ARGS + "run_name: " + "a b " * (size // 4) + "\n").encode()}


def colons(size: int) -> Files:
    return {"args.yaml": (ARGS.replace("/d/train.jsonl", "a:" * (size // 2) + "b")).encode()}


def byte_order_marks(size: int) -> Files:
    return {"args.yaml": b"\xef\xbb\xbf" * (size // 3) + ARGS.encode()}


def utf16(size: int) -> Files:
    return {"args.yaml": (ARGS + repeated(lambda n: f"k{n}: 1\n", size // 2)).encode("utf-16")}


def carriage_returns(size: int) -> Files:
    return {"args.yaml": (ARGS + repeated(lambda n: f"k{n}: 1\n", size)).replace("\n", "\r").encode()}


def tabs(size: int) -> Files:
    return {"args.yaml": (ARGS + "a:\n" + repeated(lambda n: f"\tk{n}: 1\n", size)).encode()}


def colon_in_plain(size: int) -> Files:
    return {"args.yaml": (ARGS + repeated(lambda n: f"k{n}: a: b\n", size)).encode()}


def big_number(size: int) -> Files:
    return {"args.yaml": (ARGS + "seed: " + "9" * size + "\n").encode()}


def big_json_number(size: int) -> Files:
    return {"zero3.json": (ZERO3 + ', "steps_per_print": ' + "9" * size + "}").encode()}


def sexagesimal(size: int) -> Files:
    return {"args.yaml": (ARGS + "seed: 1" + ":59" * (size // 3) + "\n").encode()}


def script(make: Callable[[int], str], head: str = LAUNCH) -> Callable[[int], Files]:
    return lambda size: {"run.sh": ("#!/bin/bash\n" + head + repeated(make, size) + "\n").encode()}


def nested(opening: str, closing: str) -> Callable[[int], Files]:
    """A launch script with one construct inside itself, as deep as the size allows."""

    def build(size: int) -> Files:
        depth = size // (len(opening) + len(closing))
        return {"run.sh": f"#!/bin/bash\n{LAUNCH}\n{opening * depth}true{closing * depth}\n".encode()}

    return build


def accelerate(make: Callable[[int], str]) -> Callable[[int], Files]:
    head = "compute_environment: LOCAL_MACHINE\ndistributed_type: DEEPSPEED\nnum_processes: 4\n"
    return lambda size: {"acc.yaml": (head + repeated(make, size)).encode()}


def data_config(make: Callable[[int], str]) -> Callable[[int], Files]:
    return lambda size: {"data.yaml": ("datasets:\n" + repeated(make, size)).encode()}


def with_settings(make: Callable[[int], str], head: str = "") -> Callable[[int], Files]:
    return lambda size: {"args.yaml": ARGS.encode(), ".vlmr1-lint.yaml": (head + repeated(make, size)).encode()}


def with_toml(text: Callable[[int], str]) -> Callable[[int], Files]:
    return lambda size: {"args.yaml": ARGS.encode(), "pyproject.toml": text(size).encode()}


def extend_chain(size: int) -> Files:
    files = {"args.yaml": ARGS.encode()}
    count = size // 24
    for number in range(count):
        name = ".vlmr1-lint.yaml" if number == 0 else f"s{number}.yaml"
        files[name] = f"extend: s{number + 1}.yaml\n".encode() if number < count - 1 else b"lang: en\n"
    return files


def extend_tree(size: int) -> Files:
    """Every settings file extends all that come later."""
    files = {"args.yaml": ARGS.encode()}
    count = max(int(size**0.5) // 3, 3)
    for number in range(count):
        name = ".vlmr1-lint.yaml" if number == 0 else f"s{number}.yaml"
        later = ", ".join(f"s{n}.yaml" for n in range(number + 1, count))
        files[name] = f"extend: [{later}]\n".encode()
    return files


def rule_files(make: Callable[[int], str]) -> Callable[[int], Files]:
    return lambda size: {
        "args.yaml": ARGS.encode(),
        ".vlmr1-lint.yaml": b"rules: [mine]\n",
        "mine/mine-own-rule.yaml": make(size).encode(),
    }


RULE = """\
id: OWN001
name: mine-own-rule
severity: error
scope: run
presets: [recommended, strict]
when: {when}
at: num_generations
title: {en: t, zh: t}
message: {en: m, zh: m}
why: {en: w, zh: w}
sources: [us]
since: "0.1"
verified: read
"""


def table_of_tables(size: int) -> str:
    """Each name holds the one before twice, so that the last has two to the power of their number."""
    lets = "".join(f"""  t{n}: '{{"a": t{n - 1}, "b": t{n - 1}}}'\n""" for n in range(1, min(size // 40, 19)))
    last = min(size // 40, 19) - 1
    rule = RULE.replace("{when}", json.dumps(f"str(t{last}) != '' and t{last} == t{last}"))
    return rule.replace("message:", f"let:\n  t0: '{{\"a\": 1}}'\n{lets}message:", 1)


def own_rule(condition: Callable[[int], str]) -> Callable[[int], Files]:
    return rule_files(lambda size: RULE.replace("{when}", json.dumps(condition(size))))


def trainer_source(make: Callable[[int], str]) -> Callable[[int], Files]:
    """A launch script beside the Python source that it starts."""
    return lambda size: {"run.sh": f"#!/bin/bash\n{LAUNCH}\n".encode(), "grpo.py": make(size).encode()}


def trainer_module(make: Callable[[int], str]) -> Callable[[int], Files]:
    """The same, where the source stands in a module that the script imports."""
    head = "from trl import TrlParser, GRPOConfig\nfrom mine import MyArgs\nparser = TrlParser((MyArgs, GRPOConfig))\n"
    return lambda size: {
        "run.sh": f"#!/bin/bash\n{LAUNCH}\n".encode(),
        "grpo.py": head.encode(),
        "mine.py": make(size).encode(),
    }


def model_config(make: Callable[[int], str]) -> Callable[[int], Files]:
    text = ARGS.replace("Qwen/Qwen2.5-VL-3B-Instruct", "./model")
    return lambda size: {
        "args.yaml": text.encode(),
        "model/config.json": make(size).encode(),
        "zero3.json": (ZERO3 + "}").encode(),
    }


def data_rows(make: Callable[[int], str]) -> Callable[[int], Files]:
    text = ARGS.replace("/d/train.jsonl", "train.jsonl").replace("/d/images", "images")
    return lambda size: {"args.yaml": text.encode(), "train.jsonl": make(size).encode()}


def many_scripts(size: int) -> Files:
    """Launch scripts that name one args file."""
    files = {}
    line = "torchrun --nproc_per_node=4 grpo.py --config args.yaml\n"
    for number in range(size // len(line)):
        files[f"run{number}.sh"] = f"#!/bin/bash\n{line}".encode()
    files["args.yaml"] = ARGS.encode()
    files["zero3.json"] = (ZERO3 + "}").encode()
    return files


def one_big_zero3(size: int) -> Files:
    """Args files that name one big DeepSpeed JSON."""
    files = {f"args{n}.yaml": ARGS.encode() for n in range(20)}
    files["zero3.json"] = zero3(lambda n: f', "k{n}": {n}')(size)["zero3.json"]
    return files


def baseline(size: int) -> Files:
    entry = '{"rule": "GRP001", "path": "args.yaml", "fingerprint": "%d", "message": "m"}'
    found = ", ".join(entry % n for n in range(size // 80))
    return {"args.yaml": ARGS.encode(), "baseline.json": ('{"version": 1, "findings": [' + found + "]}").encode()}


KB, MB = 1000, 1000 * 1000
WEB = (("ATrainer", "BTrainer"), ("BTrainer", "C"), ("C", "BTrainer"), ("D", "ATrainer"))
"""Classes, each with its base (many times)."""

BOMBS: dict[str, Bomb] = {
    # many documents, comments and commas, duplicates
    "yaml documents": Bomb(documents, 20 * KB, MB),
    "yaml documents, empty": Bomb(args(lambda n: "---\n"), 20 * KB, MB),
    "yaml documents, tiny": Bomb(args(lambda n: "---\na: 1\n"), 20 * KB, MB),
    "json comments": Bomb(json_comments, 20 * KB, MB),
    "json comments behind entries": Bomb(json_long_comments, 20 * KB, MB),
    "json trailing commas": Bomb(json_commas, 20 * KB, MB),
    "json duplicate keys": Bomb(zero3(lambda n: ', "a": 1'), 20 * KB, MB),
    "json duplicates of known keys": Bomb(zero3(lambda n: ', "train_batch_size": 8'), 20 * KB, MB),
    "json duplicates, different keys": Bomb(zero3(lambda n: f', "k{n // 2}": 1'), 20 * KB, MB),
    "json unknown keys": Bomb(zero3(lambda n: f', "key_{n}": 1'), 20 * KB, MB),
    "json near misses": Bomb(zero3(lambda n: f', "fp{n % 90 + 10}{n}": 1'), 20 * KB, MB),
    "json unknown nested section": Bomb(json_nested_section, 20 * KB, MB),
    "json unknown zero keys": Bomb(json_zero_keys, 20 * KB, MB),
    "json brackets": Bomb(json_deep, 20 * KB, MB),
    "json objects": Bomb(json_objects, 20 * KB, MB),
    "json number": Bomb(big_json_number, 20 * KB, MB),
    "json surrogates": Bomb(zero3(lambda n: f', "a\\ud83d{n}": 1'), 20 * KB, MB),
    "json null bytes": Bomb(lambda size: {"zero3.json": ZERO3.encode() + b"\0" * size}, 20 * KB, MB),
    "json string": Bomb(lambda size: {"zero3.json": (ZERO3 + ', "a": "' + "\\u0041" * (size // 6) + '"}').encode()}, 20 * KB, MB),
    # args YAML
    "args unknown keys": Bomb(args(lambda n: f"my_option_{n}: {n}\n"), 20 * KB, MB),
    "args misspelt keys": Bomb(args(lambda n: f"num_generation{n}: {n}\n"), 20 * KB, MB),
    "args random keys": Bomb(args(lambda n: f"{(n * 2654435761) % 2**32:08x}{(n * 40503) % 2**16:04x}: {n}\n"), 20 * KB, MB),
    "args duplicate key": Bomb(args(lambda n: "max_steps: 500\n"), 20 * KB, MB),
    "args duplicates, different keys": Bomb(args(lambda n: f"k{n // 2}: 500\n"), 20 * KB, MB),
    "args short duplicate key": Bomb(args(lambda n: "a: 1\n"), 20 * KB, MB),
    "args anchors": Bomb(anchors, 20 * KB, MB),
    "args aliases": Bomb(aliases, 20 * KB, MB),
    "args merges": Bomb(merges, 20 * KB, MB),
    "args merge list": Bomb(merge_list, 20 * KB, MB),
    "args flow nesting": Bomb(flow_deep, 20 * KB, MB),
    "args block nesting": Bomb(block_deep, 20 * KB, MB),
    "args sequence nesting": Bomb(block_sequence_deep, 20 * KB, MB),
    "args long key": Bomb(long_key, 20 * KB, MB),
    "args long keys": Bomb(long_keys, 20 * KB, MB),
    "args long value": Bomb(long_value, 20 * KB, MB),
    "args colons": Bomb(colons, 20 * KB, MB),
    "args byte order marks": Bomb(byte_order_marks, 20 * KB, MB),
    "args utf-16": Bomb(utf16, 20 * KB, MB),
    "args carriage returns": Bomb(carriage_returns, 20 * KB, MB),
    "args tabs": Bomb(tabs, 20 * KB, MB),
    "args colon in plain": Bomb(colon_in_plain, 20 * KB, MB),
    "args number": Bomb(big_number, 20 * KB, MB),
    "args sexagesimal": Bomb(sexagesimal, 20 * KB, MB),
    "args list": Bomb(args(lambda n: f"- {n}\n", ARGS + "reward_funcs:\n"), 20 * KB, MB),
    "args nested mapping": Bomb(args(lambda n: f"  k{n}: {{a: {n}}}\n", ARGS + "mine:\n"), 20 * KB, MB),
    "args placeholders": Bomb(args(lambda n: f"k{n}: '{{{{ x }}}}'\n"), 20 * KB, MB),
    "args open placeholders": Bomb(
        lambda size: {"args.yaml": (ARGS + "run_name: '" + "${" * (size // 2) + "'\n").encode()}, 20 * KB, MB
    ),
    "args braces": Bomb(lambda size: {"args.yaml": (ARGS + "run_name: '" + "{{" * (size // 2) + "'\n").encode()}, 20 * KB, MB),
    "args folded lines": Bomb(args(lambda n: "  word\n", ARGS + "run_name: >\n"), 20 * KB, MB),
    "args escapes": Bomb(
        lambda size: {"args.yaml": (ARGS + 'run_name: "' + "\\u0041" * (size // 6) + '"\n').encode()}, 20 * KB, MB
    ),
    "args comments": Bomb(args(lambda n: f"# gpus {n}\n"), 20 * KB, MB),
    "args blank lines": Bomb(args(lambda n: "\n"), 20 * KB, MB),
    "args one flow mapping": Bomb(args(lambda n: f", k{n}: {n}", "{" + ARGS.replace("\n", ", ").rstrip(", ")), 20 * KB, MB),
    "args bools as text": Bomb(args(lambda n: f"k{n}: 'true'\n"), 20 * KB, MB),
    "args wide key letters": Bomb(args(lambda n: f"ключ_{n}: {n}\n"), 20 * KB, MB),
    "args foreign tags": Bomb(args(lambda n: f"k{n}: !x {n}\n"), 20 * KB, MB),
    "args question keys": Bomb(args(lambda n: f"? [k{n}]\n: {n}\n"), 20 * KB, MB),
    # comments that speak to the linter
    "useless suppressions": Bomb(args(lambda n: f"k{n}: 1  # vlmr1-lint: ignore[GRP001]\n"), 20 * KB, MB),
    "useless suppressions, few keys": Bomb(args(lambda n: "# vlmr1-lint: ignore[MEM001] why\n"), 20 * KB, MB),
    "unknown suppressions": Bomb(args(lambda n: f"# vlmr1-lint: ignore[GRP{n}]\n"), 20 * KB, MB),
    "suppressions in one comment": Bomb(
        lambda size: {"args.yaml": ("# vlmr1-lint: ignore[" + repeated(lambda n: f"GRP{n},", size) + "]\n" + ARGS).encode()},
        20 * KB,
        MB,
    ),
    "words that are none": Bomb(args(lambda n: f"# vlmr1-lint: ignor{n}\n"), 20 * KB, MB),
    "kinds in one comment": Bomb(
        lambda size: {"args.yaml": ("# vlmr1-lint: " + "gpus=8xH100-80G " * (size // 16) + "\n" + ARGS).encode()}, 20 * KB, MB
    ),
    "blanks in one comment": Bomb(
        lambda size: {"args.yaml": ("# vlmr1-lint: gpus=8xH100-80G" + " x" * 3 + " " * size + "x\n" + ARGS).encode()}, 20 * KB, MB
    ),
    "file suppressions": Bomb(args(lambda n: "# vlmr1-lint: ignore-file[MEM001]\n"), 20 * KB, MB),
    "hardware comments": Bomb(args(lambda n: f"# vlmr1-lint: gpus={n}xH100-80G\n"), 20 * KB, MB),
    # scripts
    "script unknown flags": Bomb(script(lambda n: f" --my_flag_{n} 1"), 20 * KB, 256 * KB),
    "script misspelt flags": Bomb(script(lambda n: f" --num_generation{n} 1"), 20 * KB, 256 * KB),
    "script suppressions": Bomb(script(lambda n: "# vlmr1-lint: ignore[MEM001]\n", LAUNCH + "\n"), 20 * KB, 256 * KB),
    "script commands": Bomb(script(lambda n: LAUNCH + f" --seed {n} --lerning_rate 1e-6\n", ""), 20 * KB, MB),
    "script repeated flag": Bomb(script(lambda n: " --seed 1"), KB, 256 * KB),
    "script echo": Bomb(script(lambda n: f"echo {n} $HOME\n", LAUNCH + "\n"), 20 * KB, MB),
    "script variables": Bomb(script(lambda n: f"A{n + 1}=$A{n}/x\n", LAUNCH + "\n"), 20 * KB, 256 * KB),
    "script subshells": Bomb(nested("(", ")"), 20 * KB, 256 * KB),
    "script groups": Bomb(nested("{ ", "; }"), 20 * KB, 256 * KB),
    "script substitutions": Bomb(nested("echo $(", ")"), 20 * KB, 256 * KB),
    "script defaults": Bomb(nested("X=${A:-", "}"), 20 * KB, 256 * KB),
    "script ifs": Bomb(nested("if true; then ", "; fi"), 20 * KB, 256 * KB),
    "script functions": Bomb(script(lambda n: f"f{n}() {{ f{n + 1}; f{n + 1}; }}\n", "f0\n" + LAUNCH + "\n"), 20 * KB, 256 * KB),
    "script here-documents": Bomb(script(lambda n: f"cat <<E{n}\n$A\nE{n}\n", LAUNCH + "\n"), 20 * KB, 256 * KB),
    "script pipeline": Bomb(script(lambda n: " | cat", LAUNCH), 20 * KB, 256 * KB),
    "script array": Bomb(script(lambda n: f" w{n}", LAUNCH + "\nA=("), 20 * KB, 256 * KB),
    "script braces": Bomb(script(lambda n: "{a,b}", "echo x"), 20 * KB, 256 * KB),
    "script escaped blanks": Bomb(script(lambda n: ";A=\\ ", LAUNCH + "\n"), 20 * KB, 256 * KB),
    "script expansions in a here-document": Bomb(script(lambda n: "${", LAUNCH + "\ncat <<E\n"), 20 * KB, 256 * KB),
    "script open quotes": Bomb(script(lambda n: "'\"", LAUNCH + "\n"), 20 * KB, 256 * KB),
    "script expansions": Bomb(script(lambda n: "${x//a/b}", LAUNCH + " --run_name "), 20 * KB, 256 * KB),
    # accelerate and data configs
    "accelerate unknown keys": Bomb(accelerate(lambda n: f"key_{n}: 1\n"), 20 * KB, MB),
    "accelerate misspelt keys": Bomb(accelerate(lambda n: f"num_proces{n}: 1\n"), 20 * KB, MB),
    "accelerate duplicates": Bomb(accelerate(lambda n: "num_processes: 4\n"), 20 * KB, MB),
    "accelerate nested": Bomb(
        lambda size: {
            "acc.yaml": accelerate(lambda n: f"  zero{n}: 1\n")(size)["acc.yaml"].replace(
                b"num_processes: 4\n", b"num_processes: 4\ndeepspeed_config:\n"
            )
        },
        20 * KB,
        MB,
    ),
    "data config wide": Bomb(data_config(lambda n: f"  - json_path: d{n}.jsonl\n"), 20 * KB, MB),
    "data config bad strategy": Bomb(
        data_config(lambda n: f"  - json_path: d.jsonl\n    sampling_strategy: fist:{n}\n"), 20 * KB, MB
    ),
    "data config missing paths": Bomb(data_config(lambda n: f"  - path: d{n}.jsonl\n"), 20 * KB, MB),
    # settings
    "settings extend chain": Bomb(extend_chain, 7 * KB, 72 * KB),
    "settings extend tree": Bomb(extend_tree, 10 * KB, MB),
    "settings unknown keys": Bomb(with_settings(lambda n: f"key_{n}: 1\n"), 20 * KB, MB),
    "settings unknown rules": Bomb(with_settings(lambda n: f"- GRP{n}0\n", "ignore:\n"), 20 * KB, MB),
    "settings duplicate keys": Bomb(with_settings(lambda n: "lang: en\n"), 20 * KB, MB),
    "settings excludes": Bomb(with_settings(lambda n: f"- a{n}/**\n", "exclude:\n"), 20 * KB, MB),
    "settings stars": Bomb(with_settings(lambda n: "- '" + "**/a*/" * 20 + f"{n}'\n", "exclude:\n"), 20 * KB, MB),
    "settings suppress": Bomb(
        with_settings(lambda n: f"- {{path: args.yaml, key: k{n}, rule: GRP001, reason: r}}\n", "suppress:\n"), 20 * KB, MB
    ),
    "settings overrides": Bomb(
        with_settings(lambda n: f"- {{paths: [a{n}.yaml], ignore: [GRP001]}}\n", "overrides:\n"), 20 * KB, MB
    ),
    "settings kinds": Bomb(with_settings(lambda n: f"  'a{n}*.yaml': args\n", "kinds:\n"), 20 * KB, MB),
    "settings nesting": Bomb(
        lambda size: {"args.yaml": ARGS.encode(), ".vlmr1-lint.yaml": b"ignore: " + b"[" * size}, 20 * KB, MB
    ),
    "toml dots": Bomb(with_toml(lambda size: "[tool.vlmr1-lint]\n" + ".".join(["a"] * (size // 2)) + " = 1\n"), 20 * KB, MB),
    "toml dotted tables": Bomb(with_toml(lambda size: "[tool.vlmr1-lint" + ".a" * (size // 2) + "]\n"), 20 * KB, MB),
    "toml foreign dots": Bomb(
        with_toml(lambda size: "[tool.vlmr1-lint]\nlang='en'\n[x]\n" + ".".join(["a"] * (size // 2)) + " = 1\n"), 20 * KB, MB
    ),
    "toml growing tables": Bomb(
        with_toml(lambda size: "[tool.vlmr1-lint]\nlang='en'\n" + repeated(lambda n: "[[x" + ".a" * (n % 19) + "]]\n", size)),
        20 * KB,
        MB,
    ),
    "toml brackets": Bomb(with_toml(lambda size: "[tool.vlmr1-lint]\nignore = " + "[" * size + "\n"), 20 * KB, MB),
    "toml inline tables": Bomb(
        with_toml(lambda size: "[tool.vlmr1-lint]\na = " + "{a=" * (size // 4) + "1" + "}" * (size // 4) + "\n"), 20 * KB, MB
    ),
    "toml unknown keys": Bomb(
        with_toml(lambda size: "[tool.vlmr1-lint]\n" + repeated(lambda n: f"key_{n} = 1\n", size)), 20 * KB, MB
    ),
    "toml unknown rules": Bomb(
        with_toml(lambda size: "[tool.vlmr1-lint]\nignore = [" + repeated(lambda n: f"'GRP{n}0',\n", size) + "]\n"), 20 * KB, MB
    ),
    # own rules
    "rule with a long sum": Bomb(own_rule(lambda size: " + ".join(["1"] * (size // 4)) + " > 0"), 20 * KB, MB),
    "rule with brackets": Bomb(own_rule(lambda size: "(" * (size // 2) + "1" + ")" * (size // 2) + " > 0"), 20 * KB, MB),
    "rule with many nots": Bomb(own_rule(lambda size: "not " * (size // 4) + "True"), 20 * KB, MB),
    "rule with many ors": Bomb(own_rule(lambda size: " or ".join(["num_generations == 1"] * (size // 24))), 20 * KB, MB),
    "rule with many names": Bomb(own_rule(lambda size: " or ".join(f"nam{n} == 1" for n in range(size // 15))), 20 * KB, MB),
    "rule with a long table": Bomb(
        own_rule(lambda size: "{" + ", ".join(f"'k{n}': {n}" for n in range(size // 12)) + "}[run.optim] == 1"), 20 * KB, MB
    ),
    "rule with nested tables": Bomb(own_rule(lambda size: "{'a': " * (size // 7) + "1" + "}" * (size // 7)), 20 * KB, MB),
    "rule with a table of tables": Bomb(rule_files(table_of_tables), 4 * KB, 16 * KB),
    "rule with many keys": Bomb(
        rule_files(lambda size: RULE.replace("{when}", "'True'") + repeated(lambda n: f"key{n}: 1\n", size)), 20 * KB, MB
    ),
    "rule with attributes": Bomb(own_rule(lambda size: "a" + ".b" * (size // 2)), 20 * KB, MB),
    "rule with minus signs": Bomb(own_rule(lambda size: "- " * (size // 2) + "1 > 0"), 20 * KB, MB),
    "rule documents": Bomb(
        rule_files(lambda size: ("---\n" + RULE.replace("{when}", "'True'")) * (size // len(RULE))), 20 * KB, MB
    ),
    # Python that is read as evidence
    "python brackets": Bomb(
        trainer_source(lambda size: "x = " + "(" * (size // 2) + ")" * (size // 2) + "\n"), 20 * KB, 256 * KB
    ),
    "python lists": Bomb(trainer_source(lambda size: "x = " + "[" * (size // 2) + "]" * (size // 2) + "\n"), 20 * KB, 256 * KB),
    "python open brackets": Bomb(trainer_source(lambda size: "x = " + "(" * size + "\n"), 20 * KB, 256 * KB),
    "python minus signs": Bomb(trainer_source(lambda size: "x = " + "- " * (size // 2) + "1\n"), 20 * KB, 256 * KB),
    "python nots": Bomb(trainer_source(lambda size: "x = " + "not " * (size // 4) + "1\n"), 20 * KB, 256 * KB),
    "python attributes": Bomb(trainer_source(lambda size: "x = a" + ".b" * (size // 2) + "\n"), 20 * KB, 256 * KB),
    "python calls": Bomb(trainer_source(lambda size: "x = a" + "()" * (size // 2) + "\n"), 20 * KB, 256 * KB),
    "python subscripts": Bomb(trainer_source(lambda size: "x = a" + "[0]" * (size // 3) + "\n"), 20 * KB, 256 * KB),
    "python sum": Bomb(trainer_source(lambda size: "x = " + "a+" * (size // 2) + "a\n"), 20 * KB, 256 * KB),
    "python powers": Bomb(trainer_source(lambda size: "x = " + "a**" * (size // 3) + "a\n"), 20 * KB, 256 * KB),
    "python comparisons": Bomb(trainer_source(lambda size: "x = " + "a<" * (size // 2) + "a\n"), 20 * KB, 256 * KB),
    "python lambdas": Bomb(trainer_source(lambda size: "x = " + "lambda:" * (size // 7) + "1\n"), 20 * KB, 256 * KB),
    "python conditionals": Bomb(trainer_source(lambda size: "x = " + "1 if a else " * (size // 12) + "1\n"), 20 * KB, 256 * KB),
    "python elifs": Bomb(trainer_source(lambda size: "if a: pass\n" + "elif a: pass\n" * (size // 13)), 20 * KB, 256 * KB),
    "python indents": Bomb(
        trainer_source(lambda size: "".join(" " * n + "if a:\n" for n in range(int((2 * size) ** 0.5))) + " " * 2000 + "pass\n"),
        20 * KB,
        256 * KB,
    ),
    "python strings": Bomb(trainer_source(lambda size: "x = " + '"a"' * (size // 3) + "\n"), 20 * KB, 256 * KB),
    "python format strings": Bomb(trainer_source(lambda size: "x = " + 'f"{a}"' * (size // 6) + "\n"), 20 * KB, 256 * KB),
    "python nested format strings": Bomb(
        trainer_source(lambda size: "x = " + 'f"{' * (size // 4) + "1" + '}"' * (size // 4) + "\n"), 20 * KB, 256 * KB
    ),
    "python format spec": Bomb(
        trainer_source(lambda size: 'x = f"' + "{a:" * (size // 4) + "}" * (size // 4) + '"\n'), 20 * KB, 256 * KB
    ),
    "python walrus": Bomb(
        trainer_source(lambda size: "x = " + "(a:=" * (size // 5) + "1" + ")" * (size // 5) + "\n"), 20 * KB, 256 * KB
    ),
    "python targets": Bomb(trainer_source(lambda size: "x = " * (size // 4) + "1\n"), 20 * KB, 256 * KB),
    "python awaits": Bomb(
        trainer_source(lambda size: "async def f():\n x = " + "await " * (size // 6) + "1\n"), 20 * KB, 256 * KB
    ),
    "python patterns": Bomb(
        trainer_source(lambda size: "match x:\n case " + "[" * (size // 2) + "]" * (size // 2) + ": pass\n"), 20 * KB, 256 * KB
    ),
    "python number": Bomb(trainer_source(lambda size: "x = " + "9" * size + "\n"), 20 * KB, 256 * KB),
    "python hex number": Bomb(trainer_source(lambda size: "x = 0x" + "9" * size + "\n"), 20 * KB, 256 * KB),
    "python null byte": Bomb(trainer_source(lambda size: "x = 1\n" * (size // 6) + "\0"), 20 * KB, 256 * KB),
    "python statements": Bomb(trainer_source(lambda size: "x = 1\n" * (size // 6)), 20 * KB, 256 * KB),
    "python names": Bomb(trainer_source(lambda size: "a\n" * (size // 2)), 20 * KB, 256 * KB),
    "python semicolons": Bomb(trainer_source(lambda size: "a;" * (size // 2) + "\n"), 20 * KB, 256 * KB),
    "python commas": Bomb(trainer_source(lambda size: "x = [" + "a," * (size // 2) + "]\n"), 20 * KB, 256 * KB),
    "python classes": Bomb(
        trainer_source(lambda size: repeated(lambda n: f"class C{n}(C{n + 1}): x: int = 1\n", size)), 20 * KB, 256 * KB
    ),
    "python class cycle": Bomb(
        trainer_source(
            lambda size: (
                "from trl import TrlParser\nTrlParser((A, B))\n"
                + repeated(lambda n: f"class A(A, B{n}, B{n}): x: int = 1\nclass B{n}(A, A): y: int = 2\n", size)
            )
        ),
        20 * KB,
        256 * KB,
    ),
    "python base web": Bomb(
        trainer_source(
            lambda size: (
                "from trl import TrlParser\nTrlParser((ATrainer,))\n"
                + "".join(f"class {n}({', '.join([m] * (size // 30))}): x: int = 1\n" for n, m in WEB)
            )
        ),
        20 * KB,
        256 * KB,
    ),
    "python star imports": Bomb(
        trainer_source(
            lambda size: "from trl import TrlParser\nTrlParser((A,))\nMyTrainer\n" + "from grpo import *\n" * (size // 19)
        ),
        20 * KB,
        256 * KB,
    ),
    "python imported parsers": Bomb(
        trainer_source(lambda size: "MyTrainer\n" + "from grpo import train\nfrom grpo import *\n" * (size // 42)),
        20 * KB,
        256 * KB,
    ),
    "python parsers": Bomb(
        trainer_source(lambda size: "from trl import TrlParser\n" + repeated(lambda n: f"TrlParser((A{n},))\n", size)),
        20 * KB,
        256 * KB,
    ),
    "python imports": Bomb(trainer_source(lambda size: repeated(lambda n: f"from m{n} import *\n", size)), 20 * KB, 256 * KB),
    "python imports of one": Bomb(
        trainer_source(
            lambda size: "from trl import TrlParser\nTrlParser((A, B))\n" + repeated(lambda n: "from grpo import *\n", size)
        ),
        20 * KB,
        256 * KB,
    ),
    "python flags": Bomb(
        trainer_source(
            lambda size: (
                "import argparse\np = argparse.ArgumentParser()\n"
                + repeated(lambda n: f"p.add_argument('--f{n}', type=int)\n", size)
            )
        ),
        20 * KB,
        256 * KB,
    ),
    "python fields": Bomb(
        trainer_source(
            lambda size: (
                "from trl import TrlParser, GRPOConfig\nfrom dataclasses import dataclass\n@dataclass\nclass A:\n"
                + repeated(lambda n: f"    f{n}: int = 1\n", size)
                + "TrlParser((A, GRPOConfig))\n"
            )
        ),
        20 * KB,
        256 * KB,
    ),
    "python module brackets": Bomb(
        trainer_module(lambda size: "x = " + "(" * (size // 2) + ")" * (size // 2) + "\n"), 20 * KB, 256 * KB
    ),
    "python module minus signs": Bomb(
        trainer_module(lambda size: "class MyArgs:\n x: int = " + "- " * (size // 2) + "1\n"), 20 * KB, 256 * KB
    ),
    "python odd bytes": Bomb(
        lambda size: {"run.sh": f"#!/bin/bash\n{LAUNCH}\n".encode(), "grpo.py": b"x = '" + b"\xff" * size + b"'\n"},
        20 * KB,
        256 * KB,
    ),
    "python encodings": Bomb(
        lambda size: {"run.sh": f"#!/bin/bash\n{LAUNCH}\n".encode(), "grpo.py": b"# coding: utf-7\n" + b"x = 1\n" * (size // 6)},
        20 * KB,
        256 * KB,
    ),
    "python continuation": Bomb(trainer_source(lambda size: "x = 1 + \\\n" * (size // 10) + "1\n"), 20 * KB, 256 * KB),
    "python decorators": Bomb(trainer_source(lambda size: "@a\n" * (size // 3) + "def f(): pass\n"), 20 * KB, 256 * KB),
    # what a run names
    "model config nesting": Bomb(model_config(lambda size: '{"model_type": "qwen2_5_vl", "a": ' + "[" * size), 20 * KB, MB),
    "model config objects": Bomb(model_config(lambda size: '{"a":' * (size // 6) + "1" + "}" * (size // 6)), 20 * KB, MB),
    "model config number": Bomb(
        model_config(lambda size: '{"model_type": "qwen2_5_vl", "hidden_size": ' + "9" * size + "}"), 20 * KB, MB
    ),
    "model config big": Bomb(
        model_config(
            lambda size: (
                '{"model_type": "qwen2_5_vl", "hidden_size": 99999999999999999999999999, "num_hidden_layers": 999999999999'
                + repeated(lambda n: f', "k{n}": 1', size)
                + "}"
            )
        ),
        20 * KB,
        MB,
    ),
    "data rows nesting": Bomb(data_rows(lambda size: '{"a":' * (size // 5) + "\n"), 20 * KB, MB, ("--check-data", "--here")),
    "data rows brackets": Bomb(
        data_rows(lambda size: ("[" * 5000 + "\n") * (size // 5001)), 20 * KB, MB, ("--check-data", "--here")
    ),
    "data rows numbers": Bomb(data_rows(lambda size: '{"image": ' + "9" * size + "}\n"), 20 * KB, MB, ("--check-data", "--here")),
    "data rows columns": Bomb(
        data_rows(lambda size: "{" + ", ".join(f'"c{n}": {n}' for n in range(size // 12)) + "}\n"),
        20 * KB,
        MB,
        ("--check-data", "--here"),
    ),
    "data rows": Bomb(
        data_rows(lambda size: '{"image": "a.png", "conversations": [{"value": "a"}, {"value": "b"}]}\n' * (size // 70)),
        20 * KB,
        MB,
        ("--check-data", "--here"),
    ),
    "data array": Bomb(data_rows(lambda size: "[" + "1," * (size // 2) + "1]"), 20 * KB, MB, ("--check-data", "--here")),
    # many files
    # A hundred and fifty files, each with a run of its own: 6 to 8 ms a run with 308 rules, a matter of speed and not of one
    # input (DESIGN, section 8). It was two hundred with 295.
    "scripts of one args file": Bomb(many_scripts, 5 * KB, 8 * KB),
    "args files of one big json": Bomb(one_big_zero3, 20 * KB, MB),
    "baseline": Bomb(baseline, 20 * KB, MB, ("--baseline", "baseline.json")),
}
"""Every bomb by name."""

SEARCH = (
    ARGS.replace("batch_size: 8", "batch_size: 15")
    .replace("steps: 2", "steps: 4096")
    .replace("generations: 8", "generations: 1000")
)
BOMBS["batch search"] = Bomb(
    lambda size: {"args.yaml": SEARCH.encode(), "zero3.json": (ZERO3 + "}").encode()}, KB, KB, ("--gpus", "4xA100-40G")
)

REVIEWED = (
    "yaml documents",
    "json comments",
    "json trailing commas",
    "json duplicate keys",
    "json duplicates, different keys",
    "json unknown keys",
    "json unknown nested section",
    "args unknown keys",
    "args anchors",
    "args short duplicate key",
    "args carriage returns",
    "args tabs",
    "useless suppressions",
    "unknown suppressions",
    "suppressions in one comment",
    "blanks in one comment",
    "script unknown flags",
    "script commands",
    "script repeated flag",
    "script variables",
    "script defaults",
    "script pipeline",
    "settings extend chain",
    "settings extend tree",
    "settings unknown rules",
    "toml dots",
    "toml unknown keys",
    "python minus signs",
    "python powers",
    "python attributes",
    "python base web",
    "python star imports",
    "batch search",
)
"""Rows of what was found to hang or to eat memory, and the worst of their relatives: what every test run goes through."""
