"""``show`` as data and as text: one plain structure first, so that JSON and text cannot disagree."""

from __future__ import annotations

from vlmr1_lint.candidates.trainer import all_option_names
from vlmr1_lint.checking.forecasts import legal_worlds
from vlmr1_lint.chinese import translated
from vlmr1_lint.claims.claim import CLAIMS
from vlmr1_lint.documents.recognise import FOREIGN_LAUNCH
from vlmr1_lint.reporting.printable import cleaned
from vlmr1_lint.reporting.words import fact_name
from vlmr1_lint.units import GIB
from vlmr1_lint.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from vlmr1_lint.session import Result, Session
    from vlmr1_lint.training.run import Run

__all__ = ["as_text", "describe"]

ADAM_CHECKPOINT_BYTES = 14
"""Bytes per trained parameter of a DeepSpeed checkpoint: bf16 weights 2, fp32 master 4, two fp32 moments 8."""
WEIGHT_BYTES = 2
"""Bytes per parameter of saved bf16 safetensors."""


def describe(result: Result, session: Session, name: str) -> dict[str, Any]:
    """All that is known of the file called *name*, as plain values; unknown ones are ``{"unknown": [missing facts]}``."""
    kind = next((target.kind for target in result.targets if target.document.path == name), None)
    kind = None if kind == FOREIGN_LAUNCH else kind
    return {
        "version": 1,
        "path": name,
        "kind": kind,
        "why": result.foreign.get(name, ""),
        "runs": [_run(run) for run in result.runs if run.inputs.document.path == name],
    }


def _run(run: Run) -> dict[str, Any]:
    inputs = run.inputs
    fleet = inputs.fleet
    return {
        "entry": inputs.document.path,
        "trainer": {"candidates": list(run.candidates), "evidence": inputs.trainer.evidence},
        "model": _plain(run.model if isinstance(run.model, Unknown) else run.model.name),
        "fleet": {"text": str(fleet), "origin": fleet.origin} if fleet is not None else _plain(run.fleet),
        "world_size": _plain(run.world_size),
        "world_is_assumed": run.world_is_assumed,
        "deepspeed": {
            "used": _plain(run.uses_deepspeed),
            "zero_stage": _plain(run.zero_stage),
            "offload_optimizer": _plain(run.offload_optimizer),
            "offload_param": _plain(run.offload_param),
        },
        "assumptions": list(run.assumptions),
        "claims": [_claim(run, name) for name in CLAIMS],
        "options": list(_options(run)),
        "update": _update(run),
    }


def _claim(run: Run, name: str) -> dict[str, Any]:
    """One claim about the trainer: its value, and the file and line, or the releases, that say so."""
    value = run.behaviour(name)
    origin = {} if isinstance(value, Unknown) else {"origin": run.decided_by(name)}
    return {"name": name, "value": _plain(value), **origin}


def _options(run: Run) -> Iterator[dict[str, Any]]:
    """Every option that any candidate knows, written ones first in file order, with its effective value and origin."""
    written = list(run.inputs.written)
    for name in (*written, *sorted(all_option_names(run.inputs.trainer) - set(written))):
        node = run.node(name)
        shown: dict[str, Any] = {"name": name, "value": _plain(getattr(run, name))}
        if node is not None:
            home = run.home(name)
            at = home.position(node.span.start)
            shown |= {"origin": "file", "path": home.path, "line": at.line, "column": at.column, "written": node.text}
            known = run.has_option(name)
            shown["known"] = _plain(known)
        else:
            shown["origin"] = "default"
        yield shown


def _update(run: Run) -> dict[str, Any]:
    """What one optimizer update does, and what a run leaves on the disk."""
    group = run.num_generations
    batch = run.effective_batch
    worlds = legal_worlds(run)
    return {
        "sequences": _plain(batch),
        "prompts": _plain(_ratio(batch, group)),
        "legal_world_sizes": _plain(worlds),
        "max_steps": _plain(run.max_steps),
        "num_train_epochs": _plain(run.num_train_epochs),
        "save_steps": _plain(run.save_steps),
        "checkpoint_gib": _plain(_checkpoint(run)),
        "save_total_limit": _plain(run.save_total_limit),
    }


def _ratio(batch: object, group: object) -> object:
    for part in (batch, group):
        if isinstance(part, Unknown):
            return part
    if not isinstance(batch, int) or not isinstance(group, int) or group < 1:
        return None
    return batch // group if batch % group == 0 else round(batch / group, 2)


def _checkpoint(run: Run) -> object:
    """GiB of one checkpoint of a full fine-tune: weights, and optimizer states unless only the model is saved."""
    model = run.model
    if isinstance(model, Unknown):
        return model
    if run.full_fine_tuning is not True:
        return None
    states = 0 if run.save_only_model is True else ADAM_CHECKPOINT_BYTES
    return round(model.params_total * (WEIGHT_BYTES + states) / GIB, 1)


def _plain(found: object) -> Any:
    if isinstance(found, Unknown):
        return {"unknown": sorted(found.missing)}
    if isinstance(found, tuple):
        return [_plain(part) for part in found]
    if found is None or isinstance(found, str | int | float | bool | list | dict):
        return found
    return str(found)


# -- text --------------------------------------------------------------------------------------------------------

_LABELS = {
    "args": ("args", "训练参数"),  # kinds of files, named in English as in the settings
    "launch": ("launch", "启动脚本"),
    "accelerate": ("accelerate", "accelerate 配置"),
    "data": ("data", "数据配置"),
    "not-ours": ("not linted", "不检查"),
    "trainer": ("trainer", "训练器"),
    "because": ("because", "依据"),
    "model": ("model", "模型"),
    "fleet": ("fleet", "硬件"),
    "world": ("world size", "进程数"),
    "assumed": ("assumed", "假设"),
    "deepspeed": ("DeepSpeed", "DeepSpeed"),
    "claims": ("what the trainer does", "训练器的行为"),
    "options": ("options", "选项"),
    "update": ("one update", "一次更新"),
    "sequences": ("sequences", "序列"),
    "prompts": ("prompts", "提示"),
    "worlds": ("legal world sizes", "合法的进程数"),
    "checkpoint": ("one checkpoint", "一个检查点"),
    "unknown": ("unknown, needs {missing}", "未知，缺少 {missing}"),
    "none": ("none", "无"),
    "default": ("default", "默认"),
    "not-an-option": ("no option of this trainer", "该训练器没有此选项"),
}


def as_text(shown: dict[str, Any], lang: str, *, every: bool) -> str:
    """The same for people, with what files say made safe to print; *every* also lists options at their defaults."""
    shown = cleaned(shown)

    def say(key: str) -> str:
        return _LABELS[key][lang == "zh"]

    why = f" ({translated(shown['why'], lang)})" if shown["why"] else ""
    kind = say(shown["kind"] or "not-ours")
    lines = [f"{shown['path']}: {shown['kind'] if lang == 'en' and shown['kind'] else kind}{why}"]
    for run in shown["runs"]:
        lines += _run_text(run, say, lang, every=every)
    return "\n".join(lines)


def _run_text(run: dict[str, Any], say: Any, lang: str, *, every: bool) -> list[str]:
    def value(found: Any) -> str:
        if isinstance(found, dict) and "unknown" in found:
            return str(say("unknown")).format(missing=_facts(found["unknown"], lang))
        if isinstance(found, bool):
            return "true" if found else "false"
        if isinstance(found, list):
            return ", ".join(value(part) for part in found)
        return str(say("none")) if found is None else str(found)

    zero, update, fleet = run["deepspeed"], run["update"], run["fleet"]
    offload = [name for name in ("offload_optimizer", "offload_param") if zero[name] is True]
    stage = f"ZeRO {value(zero['zero_stage'])}" + (f" + {', '.join(offload)}" if offload else "") if zero["used"] else value(None)
    evidence = translated(run["trainer"]["evidence"], lang)
    hardware = f"{fleet['text']} ({translated(fleet['origin'], lang)})" if "text" in fleet else value(fleet)
    lines = [
        "",
        f"  {say('trainer')}: {_versions(run['trainer']['candidates'])} ({say('because')}: {evidence})",
        f"  {say('model')}: {value(run['model'])}",
        f"  {say('fleet')}: {hardware}",
        f"  {say('world')}: {value(run['world_size'])}{' (' + say('assumed') + ')' if run['world_is_assumed'] else ''}",
        f"  {say('deepspeed')}: {stage}",
        *(f"  {say('assumed')}: {translated(assumption, lang)}" for assumption in run["assumptions"]),
        f"  {say('claims')}:",
        *_claims_text(run["claims"], value),
        f"  {say('options')}:",
    ]
    shown = [option for option in run["options"] if every or option["origin"] != "default"]
    width = max((len(option["name"]) for option in shown), default=0)
    for option in shown:
        where = f"{option['path']}:{option['line']}" if option["origin"] == "file" else say("default")
        note = f"  ({say('not-an-option')})" if option.get("known") is False else ""
        unknown = isinstance(option["value"], dict) and "unknown" in option["value"] and "written" in option
        shown_value = option["written"] if unknown else value(option["value"])
        lines.append(f"    {option['name']:<{width}}  {shown_value}  [{where}]{note}")
    lines += [
        f"  {say('update')}: {value(update['prompts'])} {say('prompts')}, {value(update['sequences'])} {say('sequences')}",
        f"  {say('worlds')}: {_few(update['legal_world_sizes'], value)}",
        f"  {say('checkpoint')}: {value(update['checkpoint_gib'])} GiB" if isinstance(update["checkpoint_gib"], float) else "",
    ]
    return [line for line in lines if line or line == lines[0]]


def _claims_text(claims: list[dict[str, Any]], value: Any) -> list[str]:
    width = max(len(claim["name"]) for claim in claims)
    return [
        f"    {claim['name']:<{width}}  {value(claim['value'])}" + (f"  [{claim['origin']}]" if "origin" in claim else "")
        for claim in claims
    ]


def _facts(names: list[str], lang: str) -> str:
    """Missing facts as people read them."""
    return "、".join(fact_name(lang, name) for name in names) if lang == "zh" else ", ".join(names)


def _few(found: Any, value: Any) -> str:
    """World sizes up to 64 in short: the first, and what follows."""
    if isinstance(found, list) and len(found) > SHOWN_WORLDS:
        return f"{value(found[:SHOWN_WORLDS])}, …"
    return str(value(found))


SHOWN_WORLDS = 8


def _versions(candidates: list[str]) -> str:
    """``trl==0.14.0 … trl==1.16.0 (20)`` for many candidates, all of them for few."""
    if len(candidates) <= 3:
        return ", ".join(candidates)
    return f"{candidates[0]} … {candidates[-1]} ({len(candidates)})"
