"""The typed fact schema: every name that a rule's expression may use, and its type.

A name that is missing here does not exist for rules; a test asks every attribute of the classes behind it.
"""

from __future__ import annotations

from functools import lru_cache

from vlmr1_lint.claims.claim import CLAIMS
from vlmr1_lint.language.types import (
    ANY,
    BOOL,
    FLOAT,
    INT,
    STR,
    ListOf,
    Object,
    Optional,
    Schema,
    Section,
    Type,
    present,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from vlmr1_lint.trainers.options import Option
    from vlmr1_lint.training.views import Sections

__all__ = ["schema"]

ENTRY = Object(
    "entry",
    {
        "key": STR,
        "path": STR,
        "parent": STR,
        "depth": INT,
        "value": ANY,
        "text": STR,
        "comment": STR,
        "style": STR,
        "type": STR,
        # what is known of the key: by the option tables for a run's options, by DeepSpeed's and accelerate's for their files
        "known": BOOL,
        "known_to": ListOf(STR),
        "is_flag": BOOL,
        "written_as": STR,
        "abbreviates": ListOf(STR),
        "emptied": BOOL,
        "forbidden": BOOL,
        "filled": BOOL,
        "misspelt": BOOL,
        "of_handbook": BOOL,
        "never_read": BOOL,
        "own": BOOL,
        "other_script": Optional(STR),
        "gone_through": BOOL,
        "adapted_by_script": BOOL,
        "note": Optional(STR),
        "expected": Optional(STR),
        "default": ANY,
        "choices": Optional(ListOf(ANY)),
        "reading": ANY,
        "problem": STR,
        "rejected": BOOL,
        "nearest": Optional(STR),
        "nearest_takes_value": BOOL,
        "nearest_choice": Optional(STR),
        "renamed_to": Optional(STR),
        "new_name_known": BOOL,
        "new_name_takes_value": BOOL,
        "new_name_has_it": BOOL,
        "new_name_written": BOOL,
        "older_name": Optional(STR),
        "older_name_takes_value": BOOL,
        "removed_in": Optional(STR),
        "rename_note": Optional(STR),
    },
)

PROBLEM = Object("problem", {"code": STR, "detail": STR, "detail_zh": STR, "fatal": BOOL, "text": STR, "key": STR, "path": STR})

SUPPRESSION = Object("suppression", {"unknown": BOOL, "what": STR, "what_zh": STR, "suggestion": STR, "origin": STR})

DOCUMENT = Object(
    "document",
    {
        "format": STR,
        "path": STR,
        "entries": ListOf(ENTRY),
        "problems": ListOf(PROBLEM),
        "suppressions": ListOf(SUPPRESSION),
    },
)

GPU = Object(
    "gpu",
    {
        "name": STR,
        "nominal_gb": FLOAT,
        "usable_gib": FLOAT,
        "architecture": Optional(STR),
        "bf16": BOOL,
        "flash_attention_2": BOOL,
        "tf32": BOOL,
        "fp8": BOOL,
    },
)

FLEET = Object(
    "fleet",
    {"nodes": INT, "gpus_per_node": INT, "gpus": INT, "nominal_gb": FLOAT, "host_ram": INT, "gpu": GPU, "origin": STR},
)

MODEL = Object(
    "model",
    {
        "name": STR,
        "family": STR,
        "params_total": INT,
        "params_vision": INT,
        "has_vision": BOOL,
        "vocab": INT,
        "context": Optional(INT),
        "pixels_per_image_token": Optional(INT),
        "max_pixels": Optional(INT),
        "min_pixels": Optional(INT),
    },
)

LOOP_LINE = Object(
    "line of a loop",
    {
        "problem": STR,
        "key": STR,
        "text": STR,
        "expected": Optional(STR),
        "default": ANY,
        "spelling": Optional(STR),
        "layout": Optional(STR),
    },
)

LAUNCH = Object(
    "launch",
    {
        "launcher": STR,
        "script": Optional(STR),
        "script_found": BOOL,
        "per_node": Optional(INT),
        "nodes": INT,
        "total": Optional(INT),
        "mixed_precision": Optional(STR),
        "visible": Optional(INT),
        "processes": Optional(INT),
        "environment": ANY,
        "master": Optional(STR),
        "rank": Optional(INT),
        "rank_is_fixed": BOOL,
        "rank_elsewhere": BOOL,
        "rendezvous": BOOL,
        "from_loop": BOOL,
        "port": Optional(INT),
        "port_is_taken": BOOL,
        "free_port": INT,
        "little_shared_memory": BOOL,
        "lines": ListOf(LOOP_LINE),
    },
)

SERVER = Object(
    "server",
    {
        "where": STR,
        "here": BOOL,
        "model": STR,
        "port": INT,
        "max_model_len": Optional(INT),
        "count": INT,
        "visible": Optional(INT),
        "shared": ListOf(STR),
    },
)

FORECAST = Object(
    "forecast",
    {
        "low": FLOAT,
        "likely": FLOAT,
        "high": FLOAT,
        "usable": FLOAT,
        "verdict": STR,
        "instant": STR,
        "host": FLOAT,
        "host_instant": STR,
        "largest_term": STR,
        # bytes: terms at the peak, and what other instants come to
        "logits": FLOAT,
        "reference": FLOAT,
        "training": FLOAT,
    },
)

DATA_PROBLEM = Object(
    "data problem",
    {"code": STR, "file": STR, "folder": STR, "line": INT, "detail": STR, "count": INT, "sampled": INT},
)

DATA_FILE = Object(
    "data file",
    {
        "path": STR,
        "folder": Optional(STR),
        "exists": BOOL,
        "sampled": INT,
        "smallest_side": INT,
        "smallest_image": STR,
        "problems": ListOf(DATA_PROBLEM),
    },
)

ABSENT_FILE = Object("absent file", {"role": STR, "path": STR, "folder": STR, "beside": ListOf(STR), "near": Optional(STR)})

STARTERS = Object("starters", {"mixed_precision": ListOf(STR), "main_address": BOOL})

DATA_FOLDER = Object("data folder", {"path": STR, "exists": BOOL})

SAMPLES = Object("samples", {"given": BOOL})

RUN_FACTS: Mapping[str, Type] = {
    "trainer": STR,
    "entry_seen": BOOL,
    "source_seen": BOOL,
    "is_copy": BOOL,
    "trainer_guessed": BOOL,
    "assumptions": ListOf(STR),
    "uses_deepspeed": BOOL,
    "uses_fsdp": BOOL,
    "zero_stage": INT,
    "offload_optimizer": BOOL,
    "offload_param": BOOL,
    "world_size": INT,
    "world_is_assumed": BOOL,
    "world_is_contradicted": BOOL,
    "processes_said": Optional(INT),
    "gpus": INT,
    "output_is_new": BOOL,
    "beside_vllm_server": BOOL,
    "takes_cards_behind": BOOL,
    "effective_batch": INT,
    "full_fine_tuning": BOOL,
    "is_grpo": BOOL,
}
"""Derived facts of `Run`, beside every trainer option and every claim."""


SCOPES: Mapping[str, tuple[str, ...]] = {
    "run": (
        *("run", "deepspeed", "accelerate", "launch", "fleet", "model", "forecast", "samples", "candidates"),
        *("entries", "unknown_entries", "unread_entries", "odd_entries"),
        *("here", "data_files", "data_folders", "data_problems", "data_rows", "data_images"),
        *("absent_files", "starters", "server", "server_spoken_of"),
    ),
    "document": ("document", "deepspeed", "accelerate", "data", "data_files", "data_problems", "starters"),
    "project": ("runs", "shared"),
}
"""Which names a rule of each scope has."""


@lru_cache(maxsize=1)
def schema() -> Schema:
    """The schema of all rules; a rule's ``let`` and ``each`` names are added to it by the loader."""
    from vlmr1_lint.rulefiles.signatures import SIGNATURES
    from vlmr1_lint.training.views import ACCELERATE_SECTIONS, DEEPSPEED_SECTIONS

    options = option_types()
    claims = {name: _of_definition(kind) for name, (kind, _) in CLAIMS.items()}
    facts = {**options, **RUN_FACTS, **claims}
    names: dict[str, Type] = {
        "run": Object("run", facts),
        "deepspeed": _config("deepspeed", DEEPSPEED_SECTIONS),
        "accelerate": _config("accelerate", ACCELERATE_SECTIONS),
        "data": _config("data", {}),
        "launch": Optional(LAUNCH),
        "fleet": FLEET,
        "model": MODEL,
        "forecast": FORECAST,
        "samples": SAMPLES,
        "document": DOCUMENT,
        "candidates": ListOf(STR),
        "entries": ListOf(ENTRY),
        "unknown_entries": ListOf(ENTRY),
        "unread_entries": ListOf(ENTRY),
        "odd_entries": ListOf(ENTRY),
        "here": BOOL,
        "absent_files": ListOf(ABSENT_FILE),
        "starters": STARTERS,
        "server": Optional(SERVER),
        "server_spoken_of": BOOL,
        "data_files": ListOf(DATA_FILE),
        "data_folders": ListOf(DATA_FOLDER),
        "data_problems": ListOf(DATA_PROBLEM),
        "data_rows": INT,
        "data_images": STR,
        "runs": ListOf(_one_of_several(facts)),
        "shared": Object("shared", {name: ListOf(_group(facts, kind)) for name, kind in options.items()}),
    }
    return Schema(names, SIGNATURES, options, SCOPES)


RUN_AMONG_OTHERS: Mapping[str, Type] = {"path": STR, "script": STR, "nodes": INT, "cd": STR}
"""What a run of scope ``project`` has beside ``run``'s own facts."""


def _one_of_several(facts: Mapping[str, Type]) -> Object:
    return Object("run", {**facts, "fleet": FLEET, "model": MODEL, **RUN_AMONG_OTHERS})


def _group(facts: Mapping[str, Type], kind: Type) -> Object:
    """Runs that have one value of an option of type *kind*."""
    one = _one_of_several(facts)
    values = Object("values", {name: ListOf(each) for name, each in one.attributes.items()})
    names = dict.fromkeys(("paths", "others", "differing"), ListOf(STR))
    return Object("group", {"value": present(kind), "count": INT, **names, "runs": ListOf(one), "values": values})


def _config(name: str, sections: Sections) -> Section:
    """A configuration file: sections are objects that are always there, every other key is any value or None."""
    inner: dict[str, Type] = {key: _config(f"{name}.{key}", nested) for key, nested in sections.items()}
    return Section(name, {**inner, "present": BOOL}, lambda _: ANY)


def option_types() -> dict[str, Type]:
    """Every trainer option's type over all releases: ANY where they differ, optional where a default is None.

    A None that only a file could write, or an option that a release lacks, gives an undecided rule at run time and no type
    error here.
    """
    from vlmr1_lint.trainers.options import option, option_names, other_releases, releases

    grpo = releases()
    found: dict[str, list[Option | None]] = {}
    for release in (*grpo, *other_releases()):
        for name in option_names(release):
            found.setdefault(name, []).append(option(release, name))
    return {name: _option_type([one for one in given if one is not None]) for name, given in sorted(found.items())}


def _option_type(definitions: list[Option]) -> Type:
    kinds = {_type(definition.type.removesuffix("|None")) for definition in definitions}
    kind = kinds.pop() if len(kinds) == 1 else ANY
    optional = any(definition.default is None and not definition.required for definition in definitions)
    return Optional(kind) if optional and kind is not ANY else kind


def _of_definition(text: str) -> Type:
    """The type that a table writes as *text* (``float|None``)."""
    kind = _type(text.removesuffix("|None"))
    return Optional(kind) if text.endswith("|None") else kind


def _type(text: str) -> Type:
    simple = {"bool": BOOL, "int": INT, "float": FLOAT, "str": STR}
    if text.startswith("list[") and text.endswith("]"):
        return ListOf(simple.get(text[5:-1], ANY))
    return simple.get(text, ANY)
