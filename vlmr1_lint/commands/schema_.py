"""``vlmr1-lint schema rule|settings|args|deepspeed``: JSON Schemas for editors."""

from __future__ import annotations

from vlmr1_lint.commandline.arguments import parser
from vlmr1_lint.commandline.telling import put_report
from vlmr1_lint.explaining.schemas import args_schema, deepspeed_schema
from vlmr1_lint.reporting.places import json_text
from vlmr1_lint.rulefiles.shape import json_schema as rule_schema
from vlmr1_lint.settings.model import json_schema as settings_schema
from vlmr1_lint.trainers.vlm_r1 import VLM_R1

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

__all__ = ["run"]


def run(words: Sequence[str]) -> int:
    """Carry out the command."""
    it = parser("schema", "Print a JSON Schema.")
    it.add_argument("what", choices=("rule", "settings", "args", "deepspeed"))
    it.add_argument("--trainer", default=VLM_R1.head, help=f"for args: whose options (default {VLM_R1.head})")
    options = it.parse_args(list(words))
    put_report(json_text(_schema(options.what, options.trainer)))
    return 0


def _schema(what: str, trainer: str) -> dict[str, Any]:
    if what == "rule":
        return rule_schema()
    if what == "settings":
        return settings_schema()
    if what == "args":
        return args_schema(trainer)
    return deepspeed_schema()
