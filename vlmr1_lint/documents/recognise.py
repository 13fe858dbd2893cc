"""Whether a file is ours, and what it is: decided from names, cheaply, and never in favour of a foreign file.

Order: what people say by hand; what other tools' files are known by; then our own kinds. Bytes that contain none of our names
are rejected without being parsed, so that a large foreign file costs one search.
"""

from __future__ import annotations

from vlmr1_lint.documents.foreign import KEYS, PREFIXES, SIGNS, STAGES
from vlmr1_lint.documents.formats import LAUNCHERS, SHELL_SUFFIXES, UTF16, YAML_SUFFIXES
from vlmr1_lint.documents.names import (
    ACCELERATE,
    DEEPSPEED,
    MODEL_CONFIG,
    NAMES_NEEDED,
    OPTIONS,
    SPECIFIC,
    TRAINER_STATE,
    are_ours,
)
from vlmr1_lint.documents.read import read
from vlmr1_lint.sources.reading import starts_a_shell
from vlmr1_lint.values import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from vlmr1_lint.documents.model import Document

__all__ = ["FOREIGN_LAUNCH", "KINDS", "Recognition", "recognise"]

KINDS = ("deepspeed", "accelerate", "data", "args", "launch")
"""What a file can be."""
FOREIGN_LAUNCH = "foreign-launch"
"""Another tool's launch script whose command may be cut off: it starts no run of ours, and bash reads it all the same."""
_CUT = rb"\\[ \t]+(?:\r?\n|#)|\\\r\n|[^\s\\][ \t]*\n[ \t]*--\w|\\\n[ \t]*#"
"""A blank, a comment or a carriage return behind a backslash; a flag under a line without one; a comment between them."""
ANCHORS = frozenset(("model_name_or_path", "output_dir", "dataset_name", "data_file_paths", "dataset_mixture"))
"""Options that say what a run trains, on what or where to: a file of options has one, or a command line beside it has."""
ACCELERATE_SIGNS = (b"distributed_type", b"deepspeed_config", b"fsdp_config")
DEEPSPEED_SIGNS = (b"zero_optimization", b"train_micro_batch_size_per_gpu")
SPECIFIC_SIGNS = tuple(name.encode("ascii") for name in sorted(SPECIFIC))
YAML_SIGNS = (*ACCELERATE_SIGNS, b"json_path", *SPECIFIC_SIGNS)
PLAIN_STARTS = (b"python", b"uv run ")
"""What starts one process."""
STARTS = tuple(name.encode("ascii") for name in LAUNCHERS)
BOM = b"\xef\xbb\xbf"


@value
class Recognition:
    """``kind`` is one of `KINDS` or `FOREIGN_LAUNCH`, or None for a file that is not ours; ``why`` in a few words."""

    kind: str | None
    why: str


def recognise(path: str, data: bytes, parsed: Document | None = None, kind: str | None = None) -> Recognition:
    """What the file *data*, called *path*, is.

    *parsed* is its document if somebody has read it already; *kind* what settings say (a kind, or ``"ignore"``).
    """
    for said, where in ((kind, "settings"), (_said(data), "a comment")):
        if said == "ignore":
            return Recognition(None, f"{where} says ignore")
        if said in KINDS:
            return Recognition(said, f"{where} says so")
    name = path.lower()
    if data[:2] in UTF16 and name.endswith((*YAML_SUFFIXES, ".json")):
        return _recognise_utf16(path, data)
    if name.endswith(YAML_SUFFIXES):
        return _recognise_yaml(path, data, parsed)
    if name.endswith(".json"):
        return _recognise_json(path, data, parsed)
    if name.endswith(SHELL_SUFFIXES) or starts_a_shell(data):
        return _recognise_shell(data)
    return Recognition(None, "no YAML, JSON or shell script")


def _recognise_utf16(path: str, data: bytes) -> Recognition:
    """A file as PowerShell's ``>`` writes them. No trainer can read it; what it would be shows whether it is ours."""
    try:
        text = data.decode("utf-16").encode("utf-8")
    except UnicodeError:
        return Recognition(None, "it cannot be read, and none of our names is in it")
    return recognise(path, text)


def _said(data: bytes) -> str | None:
    """The word after ``kind=`` in a comment ``# vlmr1-lint: kind=…``."""
    mark = b"vlmr1-lint:"
    at = data.find(mark)
    while at >= 0:
        start, end = data.rfind(b"\n", 0, at) + 1, data.find(b"\n", at)
        end = len(data) if end < 0 else end
        sign = data.find(b"#", start, end)
        at = data.find(mark, max(at, sign), end) if sign >= 0 else -1  # the first one of the line behind a ``#``
        found = data.find(b"kind=", at, end) if at >= 0 else -1
        if found >= 0:
            words = data[found + 5 : end].replace(b",", b" ").split()
            return words[0].decode("ascii", "replace") if words else None
        at = data.find(mark, end)
    return None


def _recognise_yaml(path: str, data: bytes, parsed: Document | None) -> Recognition:
    if not any(sign in data for sign in YAML_SIGNS):
        return Recognition(None, "none of our names is in it")
    written = _line_names(data)
    foreign = _foreign(written)
    if foreign is not None:
        return foreign
    if "stage" in written and (owner := STAGES.get(_value_of(b"stage", data))):
        return Recognition(None, f"stage: {owner}")
    if "algorithm" in written and "trainer" in written:
        return Recognition(None, "algorithm and trainer: verl")
    if (b"@package" in data or b"???" in data) and _is_hydras(data):
        return Recognition(None, "@package, ???: Hydra")
    if SPECIFIC.isdisjoint(written) and len(ACCELERATE.intersection(written)) < NAMES_NEEDED:
        return _recognise_small_yaml(path, data, parsed, written)
    return _by_names(written) or _recognise_small_yaml(path, data, parsed, written)


def _is_hydras(data: bytes) -> bool:
    """Whether Hydra composes the file: ``# @package`` at its top, or ``???`` for a value that is given elsewhere."""
    lines = [line.strip() for line in data.splitlines()]
    header = next((line for line in lines if line), b"")
    return header.replace(b" ", b"").startswith(b"#@package") or any(line.endswith(b": ???") for line in lines)


def _by_names(names: Iterable[str]) -> Recognition | None:
    """What three names or more show, whether or not the text can be parsed."""
    ours = OPTIONS.intersection(names)
    launch = ACCELERATE.intersection(names)
    if len(launch) >= NAMES_NEEDED and _is_accelerate(launch) and len(launch) > len(ours):
        return Recognition("accelerate", f"it has {_some(launch)}")
    if are_ours(ours) and _is_read_as_options(ours, names):
        return Recognition("args", f"it has {_some(SPECIFIC & ours)} and {len(ours)} options in all")
    return None


def _is_read_as_options(ours: Collection[str], names: Iterable[str]) -> bool:
    """Whether a trainer's parser may read the file: it names a model, data or a folder, or is mostly made of our options.

    Notes on an experiment have some of our names among more of their own.
    """
    return not ANCHORS.isdisjoint(ours) or 2 * len(ours) > len(set(names))


def _recognise_small_yaml(path: str, data: bytes, parsed: Document | None, written: set[str]) -> Recognition:
    """A file too small, or too unusual, to be known by the names at its line starts: it has to be parsed."""
    if (
        "datasets" not in written
        and not _is_accelerate(written)
        and not data.removeprefix(BOM).lstrip().startswith((b"{", b"---"))
    ):
        return Recognition(None, f"fewer than {NAMES_NEEDED} of our options, or none that only such trainers have")
    document = read(path, data) if parsed is None else parsed
    if any(problem.fatal for problem in document.problems) or not document.roots:
        return Recognition(None, f"it cannot be read, and fewer than {NAMES_NEEDED} known names are in it")
    content = document.roots[0].raw
    if not isinstance(content, dict):
        return Recognition(None, "no mapping")
    names = {name for name in content if isinstance(name, str)}
    rows = content.get("datasets")
    if isinstance(rows, list) and any(isinstance(row, dict) and "json_path" in row for row in rows):
        return Recognition("data", "its datasets have a json_path")
    if _is_accelerate(names):
        return Recognition("accelerate", f"it has {_some(ACCELERATE & names)}")
    return _foreign(names) or _by_names(names) or Recognition(None, "too few of our options")


def _is_accelerate(names: Iterable[str]) -> bool:
    found = set(names)
    if "distributed_type" in found:
        return len(ACCELERATE & found) > 1
    return not found.isdisjoint(("deepspeed_config", "fsdp_config")) and len(ACCELERATE & found) > 1


def _recognise_json(path: str, data: bytes, parsed: Document | None) -> Recognition:
    if not any(sign in data for sign in DEEPSPEED_SIGNS):
        if any(sign in data for sign in SPECIFIC_SIGNS):
            return _recognise_args_json(path, data, parsed)
        return Recognition(None, "none of our names is in it")
    from vlmr1_lint.documents.json.read import JsonDocument, read_json

    document = parsed if isinstance(parsed, JsonDocument) else read_json(path, data)
    if isinstance(document.value, dict):
        names = set(document.value)
        ours = DEEPSPEED & names
        if not names.isdisjoint(MODEL_CONFIG):
            return Recognition(None, f"{_some(names.intersection(MODEL_CONFIG))}: a model's config.json")
        foreign = _foreign(names)
        if foreign is not None:
            return foreign
        if "zero_optimization" in ours or "train_micro_batch_size_per_gpu" in ours:
            return Recognition("deepspeed", f"it has {_some(ours)}")
        return Recognition(None, "no DeepSpeed option at its top level")
    quoted = {name for name in DEEPSPEED if f'"{name}"'.encode("ascii") in data}
    if any(f'"{name}"'.encode("ascii") in data for name in MODEL_CONFIG) or len(quoted) < NAMES_NEEDED:
        return Recognition(None, f"it cannot be read, and fewer than {NAMES_NEEDED} known names are in it")
    return Recognition("deepspeed", f"it cannot be read, but has {_some(quoted)}")


def _recognise_args_json(path: str, data: bytes, parsed: Document | None) -> Recognition:
    """An args file in JSON, which HfArgumentParser reads, and TRL's parser as well (JSON is YAML there)."""
    from vlmr1_lint.documents.json.read import JsonDocument, read_json

    document = parsed if isinstance(parsed, JsonDocument) else read_json(path, data)
    if isinstance(document.value, dict):
        names = set(document.value)
        if not names.isdisjoint(MODEL_CONFIG):
            return Recognition(None, f"{_some(names.intersection(MODEL_CONFIG))}: a model's config.json")
        if TRAINER_STATE.issubset(names):
            return Recognition(None, f"{_some(TRAINER_STATE)}: the state of a checkpoint")
        return _foreign(names) or _by_names(names) or Recognition(None, "too few of our options")
    quoted = {name for name in OPTIONS if f'"{name}"'.encode("ascii") in data}
    if document.value is not None or any(f'"{name}"'.encode("ascii") in data for name in (*MODEL_CONFIG, *KEYS)):
        return Recognition(None, "no mapping of our options")
    return _by_names(quoted) or Recognition(None, f"it cannot be read, and fewer than {NAMES_NEEDED} known names are in it")


def _recognise_shell(data: bytes) -> Recognition:
    if not any(launcher in data for launcher in (*STARTS, *PLAIN_STARTS)):
        return Recognition(None, "no launcher is in it")
    code = b"\n".join(line for line in data.splitlines() if not line.lstrip().startswith(b"#"))
    if not any(launcher in code for launcher in STARTS) and not _starts_plainly(code):
        return Recognition(None, "no launcher is in it")
    flags = code.replace(b"-", b"_")  # --num-generations is --num_generations
    ours = [sign.decode("ascii") for sign in SPECIFIC_SIGNS if b"__" + sign in flags]
    for word, owner in SIGNS.items():
        if word in code:
            why = f"{word.decode('ascii')}: {owner}"
            return Recognition(FOREIGN_LAUNCH if _may_be_cut(data) else None, why)
    if ours:
        return Recognition("launch", f"it starts training with --{ours[0]}")
    if b"--config " in code and (b".yaml" in code or b".yml" in code):
        return Recognition("launch", "it starts training with --config")
    if b"read " in code and (b".yaml" in code or b".yml" in code) and (b"--$" in code):
        return Recognition("launch", "it turns a YAML file into flags")
    return Recognition(None, "no option of ours is in its commands")


def _starts_plainly(code: bytes) -> bool:
    """Whether *code* may start a training without a launcher: ``python`` and ``uv run`` start everything, so its flags decide."""
    if not any(start in code for start in PLAIN_STARTS):
        return False
    words = (word for word in code.split() if word.startswith(b"--"))
    return are_ours({word[2:].partition(b"=")[0].replace(b"-", b"_").decode("ascii", "replace") for word in words})


def _may_be_cut(script: bytes) -> bool:
    import re  # not of a clean run

    return re.search(_CUT, script) is not None


def _line_names(data: bytes) -> set[str]:
    """The words before a colon at the very start of lines: the keys of a root mapping in block style, without parsing."""
    if len(_line_name) > KEPT_LINES:
        _line_name.clear()
    names = set()
    for line in data.removeprefix(BOM).splitlines():
        name = _line_name.get(line)
        if name is None:
            name = _line_name[line] = _name_of(line)
        if name:
            names.add(name)
    return names


KEPT_LINES = 4096
_line_name: dict[bytes, str] = {}
"""Lines of files before, and their names (``""`` for none): files of one project repeat each other."""


def _name_of(line: bytes) -> str:
    if line[:1].isalpha() or line[:1] in (b"_", b'"', b"'"):
        name, colon, _ = line.partition(b":")
        if colon and len(name) < 80:
            return name.strip(b" \t'\"").decode("utf-8", "replace")
    return ""


def _value_of(name: bytes, data: bytes) -> str:
    """The plain word behind the key *name* at the start of a line, without parsing."""
    for line in data.splitlines():
        if line.startswith(name + b":"):
            return line[len(name) + 1 :].split(b"#", 1)[0].strip(b" \t'\"").decode("utf-8", "replace")
    return ""


def _foreign(names: Iterable[str]) -> Recognition | None:
    """Whose file it is that has a key of another program: by the first of them in the alphabet, for *names* may be a set."""
    found = min((name for name in names if name in KEYS or name.startswith(DOTTED)), default=None)
    if found is None:
        return None
    owner = KEYS.get(found) or next(owner for prefix, owner in PREFIXES.items() if found.startswith(prefix))
    return Recognition(None, f"{found}: {owner}")


DOTTED = tuple(PREFIXES)


def _some(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)[:3])
