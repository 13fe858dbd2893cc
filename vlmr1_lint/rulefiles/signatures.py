"""Signatures of the functions that rules may call: what the checker knows of each. Loaded only when rules are checked."""

from __future__ import annotations

from vlmr1_lint.language.types import ANY, BOOL, FLOAT, INT, STR, Function, ListOf, Optional, Type

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["SIGNATURES"]


def _forecast_type(_: tuple[Type, ...]) -> Type:
    from vlmr1_lint.rulefiles.schema import FORECAST

    return FORECAST


def _first(kinds: tuple[Type, ...]) -> Type:
    return kinds[0]


_FUNCTIONS = (
    Function("len", (ANY,), INT),
    Function("round", (FLOAT,), INT),
    Function("min", (FLOAT, FLOAT, FLOAT), _first, optional=1),
    Function("max", (FLOAT, FLOAT, FLOAT), _first, optional=1),
    Function("gcd", (INT, INT), INT),
    Function("int", (ANY,), INT),
    Function("float", (ANY,), FLOAT),
    Function("str", (ANY,), STR),
    Function("type", (ANY,), STR),
    Function("is_known", (ANY,), BOOL, "lenient"),
    Function("is_number", (ANY,), BOOL),
    Function("is_text", (ANY,), BOOL),
    Function("is_placeholder", (ANY,), BOOL),
    Function("is_placeholder_path", (ANY,), BOOL),
    Function("lower", (STR,), STR),
    Function("strip", (STR, STR), STR),
    Function("starts_with", (STR, STR), BOOL),
    Function("ends_with", (STR, STR), BOOL),
    Function("contains", (STR, STR), BOOL),
    Function("basename", (STR,), STR),
    Function("replace", (STR, STR, STR), STR),
    Function("split", (STR, STR), ListOf(STR)),
    Function("words", (STR, STR), ListOf(STR)),
    Function("is_name", (STR,), BOOL),
    Function("join", (ANY, STR), STR),
    Function("distinct", (ListOf(ANY),), ListOf(ANY)),
    Function("without", (ListOf(ANY), ListOf(ANY)), ListOf(ANY)),
    Function("range", (INT, INT), ListOf(INT)),
    Function("nearest", (STR, ListOf(ANY)), Optional(STR)),
    Function("is_set", (ANY,), BOOL, "reference"),
    Function("has_option", (ANY,), BOOL, "reference"),
    Function("never_read", (ANY,), BOOL, "reference"),
    Function("is_own", (ANY,), BOOL, "reference"),
    Function("decided_by", (ANY,), STR, "reference"),
    Function("trainer_is", (STR,), BOOL, "scoped"),
    Function("transformers", (), STR, "scoped"),
    Function("transformers_before", (STR,), BOOL, "scoped"),
    Function("solve_batch", (), ANY, "scoped"),
    Function("fewer_processes", (), ANY, "scoped"),
    Function("legal_world_sizes", (), ListOf(INT), "scoped"),
    Function("memory_fix", (), ANY, "scoped", reads=(("forecast",),)),
    Function("path_exists", (STR,), BOOL, "scoped", reads=(("here",),)),
    Function("checkpoints", (STR,), ListOf(STR), "scoped", reads=(("here",),)),
    Function("forecast_with", (), _forecast_type, "keywords", reads=(("forecast",),)),
    Function("forecast_of_image", (INT,), _forecast_type, "scoped", reads=(("forecast",),)),
)

SIGNATURES: Mapping[str, Function] = {function.name: function for function in _FUNCTIONS}
"""Function name → signature; a test holds them against `functions.FUNCTIONS`."""
