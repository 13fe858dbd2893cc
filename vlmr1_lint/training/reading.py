"""A value as the trainer's own parser reads it: what HfArgumentParser and TrlParser make of YAML values and of flag words.

TrlParser writes YAML values into argparse as *defaults*; argparse then converts a default only if it is a string, with the
field's type. So ``learning_rate: 1e-6`` (a string to PyYAML) becomes a float after all, ``num_train_epochs: 1e3`` for an int is
rejected, and a number given for a string stays a number. Flags are strings and always converted.
Source: argparse ``parse_known_args`` (defaults) and transformers ``hf_argparser.py`` (``string_to_bool``, Optional and list
fields).
"""

from __future__ import annotations

from vlmr1_lint.unknown import Unknown, is_unknown
from vlmr1_lint.values import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Reading", "fits_type", "read_flag", "read_yaml_value"]

TRUE_WORDS = frozenset(("yes", "true", "t", "y", "1"))
FALSE_WORDS = frozenset(("no", "false", "f", "n", "0"))
"""What transformers' ``string_to_bool`` accepts, in any case."""


@value
class Reading:
    """What the trainer gets.

    value    the Python value it will work with; Unknown if the text leaves it open
    problem  why the parser rejects it or reads something else, as a stable word (``"not-an-int"``, ``"not-a-float"``,
             ``"not-a-bool"``,
             ``"not-a-choice"``, ``"string-for-list"``, ``"not-json"``, ``"wrong-type"``), or ``""``
    rejected whether argument parsing itself fails; if false, the value goes on and is wrong later
    """

    value: object
    problem: str = ""
    rejected: bool = False


def read_yaml_value(raw: object, type_: str, choices: tuple[object, ...] | None = None) -> Reading:
    """What becomes of the YAML or JSON value *raw* in a field of *type_* (``"int"``, ``"float|None"``, ``"list[str]"``, …)."""
    if is_unknown(raw):
        return Reading(raw)
    kinds = _kinds(type_)
    if isinstance(raw, str):
        if any(kind.startswith("list") for kind in kinds):
            return _string_for_list(raw, kinds)
        return _chosen(_converted(raw, kinds), choices)
    if choices and any(raw == choice and type(raw) is type(choice) for choice in choices):
        return Reading(raw)  # TRL's scale_rewards is a str that also takes true and false
    return _chosen(Reading(raw, "" if _fits(raw, kinds) else "wrong-type"), choices)


def read_flag(raw: object, type_: str, choices: tuple[object, ...] | None = None) -> Reading:
    """What becomes of a flag's word or words: a str, a list of str, True for a bare flag, or Unknown. *type_* is the option's
    ``word_type``."""
    if is_unknown(raw):
        return Reading(raw)
    kinds = _kinds(type_)
    if raw is True:
        # argparse has a constant for a bare bool; of an Optional[bool] without a default it "expected one argument".
        return Reading(True) if "bool" in kinds and "None" not in kinds else Reading(Unknown("value"), "no-value", True)
    if any(kind.startswith("list") for kind in kinds):
        words = raw if isinstance(raw, list) else [raw]
        inner = [kind[5:-1] for kind in kinds if kind.startswith("list[")] or ["str"]
        readings = [_converted(word, inner) if isinstance(word, str) else Reading(word) for word in words]
        bad = next((reading for reading in readings if reading.problem), None)
        return bad or Reading([reading.value for reading in readings])
    if isinstance(raw, list):
        return Reading(Unknown("value"), "too-many-words", True)
    return _chosen(_converted(str(raw), kinds), choices)


def fits_type(raw: object, type_: str) -> bool:
    """Whether *raw* is of *type_* as it stands, without any conversion; Unknown and strings for ``str`` fit."""
    kinds = _kinds(type_)
    return is_unknown(raw) or ("str" in kinds if isinstance(raw, str) else _fits(raw, kinds))


def _kinds(type_: str) -> list[str]:
    return [kind.strip() for kind in type_.split("|")]


def _converted(text: str, kinds: list[str]) -> Reading:
    """*text* through the converter of the first of *kinds* that argparse would use; strings pass where str is among them."""
    if "str" in kinds or "Any" in kinds:
        if any(kind.startswith("dict") for kind in kinds) and text.lstrip().startswith("{"):
            return _json(text)
        return Reading(text)
    for kind in kinds:
        converter = _CONVERTERS.get(kind)
        if converter is not None:
            return converter(text)
    if any(kind.startswith("dict") for kind in kinds):
        return _json(text)
    return Reading(text)


def _integer(text: str) -> Reading:
    try:
        return Reading(int(text))
    except ValueError:
        return Reading(Unknown("value"), "not-an-int", True)


def _float(text: str) -> Reading:
    try:
        return Reading(float(text))
    except ValueError:
        return Reading(Unknown("value"), "not-a-float", True)


def _boolean(text: str) -> Reading:
    word = text.lower()
    if word in TRUE_WORDS:
        return Reading(True)
    if word in FALSE_WORDS:
        return Reading(False)
    return Reading(Unknown("value"), "not-a-bool", True)


def _json(text: str) -> Reading:
    """A dict field given as text: TrainingArguments parses text that starts with ``{`` with ``json.loads``."""
    import json

    try:
        return Reading(json.loads(text))
    except ValueError:
        return Reading(Unknown("value"), "not-json", True)


_CONVERTERS: dict[str, Callable[[str], Reading]] = {"int": _integer, "float": _float, "bool": _boolean}


def _string_for_list(text: str, kinds: list[str]) -> Reading:
    """A string where a list is wanted stays one string (argparse converts a default word by word only from the command line)."""
    if "str" in kinds:
        return Reading(text)
    return Reading(text, "string-for-list")


def _fits(raw: object, kinds: list[str]) -> bool:
    """Whether a value that is no string is of one of *kinds* as Python's own rules see it (an int is a float; a bool is no
    int)."""
    if "Any" in kinds:
        return True
    if raw is None:
        return "None" in kinds
    if isinstance(raw, bool):
        return "bool" in kinds
    if isinstance(raw, int):
        return "int" in kinds or "float" in kinds
    if isinstance(raw, float):
        return "float" in kinds
    if isinstance(raw, list):
        return any(kind.startswith("list") for kind in kinds)
    if isinstance(raw, dict):
        return any(kind.startswith("dict") for kind in kinds)
    return False


def _chosen(reading: Reading, choices: tuple[object, ...] | None) -> Reading:
    """*reading*, marked if the field has *choices* and the value is none of them."""
    if reading.problem or not choices or is_unknown(reading.value) or reading.value is None:
        return reading
    return reading if reading.value in choices else Reading(reading.value, "not-a-choice", True)
