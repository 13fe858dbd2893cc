"""What must be true of every settings file: it can be used, or each mistake is told in one line with its place."""

from __future__ import annotations

import random

from vlmr1_lint.commands.trouble import sentences
from vlmr1_lint.preferences import Given, load_preferences
from vlmr1_lint.session import Session
from vlmr1_lint.settings import SettingsError
from vlmr1_lint.sources import Sources

from .mutation import mutated
from .rules_oracle import ARGS, nothing_runs

__all__ = ["check_toml_settings", "check_yaml_settings", "toml_settings", "yaml_settings"]

YAML = (
    b"gpus: 4xA100-40G\ntrainer: vlm-r1\nselect: [MEM001, GRP]\nignore: ['YML']\nseverity: {MEM001: info}\n",
    b"preset: strict\nlang: zh\nfail-on: warning\nexclude: ['a/**', '*.json']\nkinds: {'*.yaml': args}\nhost-ram: 512GiB\n",
    b"extend: other.yaml\ndata: {images: 2, image: 640x480, prompt-tokens: 256}\n",
    b"overrides:\n  - paths: ['configs/*']\n    gpus: 2x8xA100-80G\n    severity: {GRP001: warning}\n"
    b"suppress:\n  - rule: MEM001\n    paths: ['*']\n    reason: x\n",
    b"rules: [own]\nbaseline: b.json\nsafety: {MEM001: unsafe}\nextend-select: [DSP]\ncheck-data: false\nhere: true\n",
)
VALUES = ("1", "-1", "1e400", "true", "null", "''", "x", "[]", "[1]", "{}", "{a: 1}", "[[]]", "4xA100", "0x0", "640x480",
"9" * 5000, "2024-01-01",
          ".nan", "'[x'", "'**/[!'", "'a\\\\'", "MEM001", "NOPE1", "gpus", "strict", ".", "..", "/", "other.yaml", "a.yaml",
          "\u2028", "*x")  # fmt: skip
NAMES = ("gpus", "trainer", "select", "ignore", "extend-select", "severity", "safety", "preset", "lang", "fail-on", "exclude",
"kinds", "host-ram",
         "extend", "data", "overrides", "suppress", "rules", "baseline", "check-data", "here", "gpu", "selects", "<<", "1",
         "data.images")  # fmt: skip


def yaml_settings(source: random.Random) -> bytes:
    if source.randrange(2):
        return mutated(source, YAML)
    lines = [f"{source.choice(NAMES)}: {source.choice(VALUES)}" for _ in range(source.randint(1, 4))]
    return ("\n".join(lines) + source.choice(("", "\n"))).encode("utf-8", "surrogatepass")


def toml_settings(source: random.Random) -> bytes:
    """A pyproject.toml with our table."""
    if source.randrange(3) == 0:
        return mutated(source, TOML)
    head = source.choice(
        ("[tool.vlmr1-lint]", "[tool.vlmr1-lint]", "[tool . 'vlmr1-lint']", "[[tool.vlmr1-lint]]", "[tool]\nvlmr1-lint.x=1", "")
    )
    lines = [head]
    for _ in range(source.randint(1, 4)):
        value = source.choice(("1", "-1", "1e400", "true", "''", '"x"', "[]", "[1]", "{}", "{a = 1}", "[[]]", "'4xA100-40G'",
        "'640x480'", "nan", "inf",
                               "'NOPE'", "['MEM001']", "{MEM001 = 'info'}", "[{paths = ['*']}]", "1979-05-27", "07:32:00",
                               "'other.yaml'", '"\\u2028"'))  # fmt: skip
        name = source.choice((*NAMES[:22], "data.images", "data.x.y", '"a\\nb"', "tool.vlmr1-lint.gpus"))
        lines.append(
            source.choice(
                (f"{name} = {value}", f"[tool.vlmr1-lint.{name}]", f"[[tool.vlmr1-lint.{name}]]", f"{name} = {value} # c")
            )
        )
    data = ("\n".join(lines) + "\n").encode("utf-8", "surrogatepass")
    return data if source.randrange(2) else mutated(source, (data,), 3)


TOML = (
    b"[project]\nname = 'x'\n\n[tool.vlmr1-lint]\ngpus = '4xA100-40G'\nselect = ['MEM001']\n\n"
    b"[tool.vlmr1-lint.severity]\nMEM001 = 'info'\n",
    b"[tool.vlmr1-lint]\npreset = \"strict\"\ndata = {images = 2, image = '640x480'}\n"
    b"[[tool.vlmr1-lint.overrides]]\npaths = ['a/*']\ngpus = '8xH100'\n",
    b"tool.vlmr1-lint.lang = 'zh'\ntool.\"vlmr1-lint\".exclude = ['*.json']\n",
)


def check_yaml_settings(data: bytes) -> None:
    check(".vlmr1-lint.yaml", data)


def check_toml_settings(data: bytes) -> None:
    check("pyproject.toml", data)


def check(name: str, data: bytes) -> None:
    """Raises AssertionError where the settings *data* are neither used nor told to be wrong in lines of their own."""
    root = "/nowhere"
    texts = {name: data, "other.yaml": b"extend: a.yaml\nselect: [GRP]\n", "a.yaml": ARGS, "configs/args.yaml": ARGS}
    sources = Sources(root, {f"{root}/{file}": text for file, text in texts.items()})
    lines = data.count(b"\n") + data.count(b"\r") + 1
    with nothing_runs():
        try:
            preferences = load_preferences(Given(), sources, working=root)
            result = Session(sources, [f"{root}/a.yaml", f"{root}/configs/args.yaml"], preferences).lint()
        except SettingsError as error:
            assert error.problems
            for problem in error.problems:
                for lang in ("en", "zh"):
                    told = problem.told(lang)
                    assert "\n" not in told and "\r" not in told, f"more than one line: {told!r}"
                assert problem.path != name or (1 <= problem.line <= lines + 1 and problem.column >= 1), str(problem.told())
        except Exception as error:
            told = "\n".join(sentences(error, "en"))
            assert "internal error" not in told, told
        else:
            for file, trouble in result.troubles:
                told = "\n".join(sentences(trouble, "en", file))
                assert "internal error" not in told and "\n" not in told, told
