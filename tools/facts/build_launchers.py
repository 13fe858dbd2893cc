"""Make ``deepspeed.json`` and ``accelerate.json`` (known keys per section and version) from the extracted option file.

    python tools/facts/build_launchers.py OPTIONS.json OUT_FOLDER

OPTIONS.json holds ``{"deepspeed": {version: {"sections", "top_level"}}, "accelerate": {version: {"top_level", "sub",
"deepspeed_config_keys"}}}``. A section's *unknown* says what happens to a key that it does not know: rejected, ignored
or unknown.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

from build_options import canonical

# accelerate: section of the YAML -> group of launch arguments whose names are its keys
ACCELERATE_SECTIONS = {
    "deepspeed_config": "DeepSpeed Arguments",
    "fsdp_config": "FSDP Arguments",
    "megatron_lm_config": "Megatron-LM Arguments",
    "fp8_config": "FP8 Arguments",
    "mpirun_config": "MPI Arguments",
    "tp_config": "TP Arguments",
    "parallelism_config": "ParallelismConfig Arguments",
    "dynamo_config": "Resource Selection Arguments",
}
# Sections whose keys may be written without this prefix (accelerate commands/launch.py, _validate_launch_command).
OPTIONAL_PREFIX = {"1.2.1": {"fsdp_config": "fsdp_"}, "1.6.0": {"fsdp_config": "fsdp_"}}
OPTIONAL_PREFIX["1.15.0"] = {"fsdp_config": "fsdp_", "fp8_config": "fp8_", "dynamo_config": "dynamo_"}


def compact(field: dict[str, Any]) -> dict[str, Any]:
    """A key's record: type, default, choices, minimum, maximum, accepts, deprecated, successor; absent if not known."""
    record: dict[str, Any] = {}
    kind = field.get("type")
    if isinstance(kind, str):
        kind = kind.replace("pathlib.Path", "str")
        kind = {"ZeroStageEnum": "int", "OffloadDeviceEnum": "str", "list": "list"}.get(kind, kind)
        record["type"] = "object" if "lambda" in kind or "ComputeEnv" in kind else canonical(kind)
        if "Config" in kind:
            record["type"] = "dict|None" if "Optional" in kind else "dict"
        if "DistributedType" in kind or "ComputeEnvironment" in kind:
            record["type"] = "str"
    elif field.get("action") in ("store_true", "store_false"):
        record["type"] = "bool"
    if "default" in field:
        default = field["default"]
        record["default"] = 100_000_000 if default == "int(100000000.0)" else default
    for key in ("choices", "accepts"):
        if isinstance(field.get(key), list):
            record[key] = field[key]
    for constraint in field.get("constraints", ()):
        low = re.match(r"Ge\(ge=([\d.]+)\)", constraint)
        high = re.match(r"Le\(le=([\d.]+)\)", constraint)
        record.update({"minimum": float(low.group(1))} if low else {}, **({"maximum": float(high.group(1))} if high else {}))
    if field.get("deprecated"):
        record["deprecated"] = True
        record["successor"] = field.get("new_param")
    if field.get("required"):
        record["required"] = True
    return record


def deepspeed(version: str, data: dict[str, Any]) -> dict[str, Any]:
    top = {name: compact(field) for name, field in data["top_level"].items()}
    result = {"": {"unknown": "ignored", "keys": top}}
    for name, fields in data["sections"].items():
        absent = "_not_pydantic_or_absent" in fields
        keys = {key: compact(field) for key, field in fields.items() if isinstance(field, dict) and not key.startswith("_")}
        if absent and (name not in data["top_level"]):
            continue
        pydantic = any("type" in field for field in fields.values() if isinstance(field, dict))  # only its fields have a type
        result[name] = {"unknown": "unknown" if absent else "rejected" if pydantic else "ignored", "keys": keys}
    return result


def accelerate(version: str, data: dict[str, Any]) -> dict[str, Any]:
    result = {"": {"unknown": "rejected", "keys": {name: compact(field) for name, field in data["top_level"].items()}}}
    for section, group in ACCELERATE_SECTIONS.items():
        if section not in data["top_level"] or group not in data["sub"]:
            continue
        keys = {name: compact(field) for name, field in data["sub"][group].items()}
        if section == "dynamo_config":
            keys = {name: field for name, field in keys.items() if name.startswith("dynamo_")}
        if section == "deepspeed_config":
            assert set(keys) == set(data["deepspeed_config_keys"])
        result[section] = {"unknown": "ignored", "keys": keys}
        if prefix := OPTIONAL_PREFIX[version].get(section):
            result[section]["optional_prefix"] = prefix
    return result


FILLED = (
    "train_batch_size train_micro_batch_size_per_gpu gradient_accumulation_steps gradient_clipping optimizer.params.lr "
    "optimizer.params.betas optimizer.params.eps optimizer.params.weight_decay scheduler.params.warmup_min_lr "
    "scheduler.params.warmup_max_lr scheduler.params.warmup_num_steps scheduler.params.total_num_steps fp16.enabled "
    "bf16.enabled amp.enabled amp.opt_level zero_optimization.reduce_bucket_size "
    "zero_optimization.stage3_prefetch_bucket_size zero_optimization.stage3_param_persistence_threshold "
    "zero_optimization.offload_optimizer.device zero_optimization.offload_optimizer.nvme_path "
    "zero_optimization.offload_param.device zero_optimization.offload_param.nvme_path steps_per_print "
    "zero_allow_untested_optimizer"
).split()
"""Paths of a DeepSpeed JSON at which "auto" is replaced: transformers 4.49.0 integrations/deepspeed.py:140-273, accelerate 1.2.1
utils/dataclasses.py:1131-1214. accelerate overwrites the last two, whatever stands there."""


def write(versions: dict[str, Any], readme: str, path: Path, filled: list[str]) -> None:
    lines = [f' "_readme": {json.dumps(readme)}', *([f' "_filled": {json.dumps(filled)}'] if filled else [])]
    for version, sections in versions.items():
        rows = ",\n".join(
            f"   {json.dumps(name)}: {json.dumps(section, separators=(',', ':'))}" for name, section in sections.items()
        )
        lines.append(f' "{version}": {{\n{rows}\n  }}')
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


def main(source: str, folder: str) -> None:
    data = json.loads(Path(source).read_text(encoding="utf-8"))
    write(
        {version: deepspeed(version, one) for version, one in data["deepspeed"].items()},
        "Keys of a DeepSpeed JSON, by import of the released package: pydantic sections reject unknown keys (ValidationError "
        "'Extra inputs are not permitted'), the top level and sections read key by key ignore them. Section '' is the top level.",
        Path(folder) / "deepspeed.json",
        FILLED,
    )
    write(
        {version: accelerate(version, one) for version, one in data["accelerate"].items()},
        "Keys of an accelerate YAML, from commands/config/config_args.py and commands/launch.py: the top level rejects unknown "
        "keys (ValueError 'had unknown keys'), nested sections accept and ignore them. Section '' is the top level.",
        Path(folder) / "accelerate.json",
        [],
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
