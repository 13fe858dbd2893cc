"""Reading settings files: values, and what is said about wrong ones, with its place and in both languages."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vlmr1_lint.settings import SettingsError
from vlmr1_lint.settings.model import json_schema
from vlmr1_lint.settings.read import SettingsFile, read_settings, unknown_rules

FULL = """\
gpus: 4xA100-40G
trainer: trl>=0.14,<0.17
host-ram: 512GiB
data: {images: 2, image: 1280x720, prompt-tokens: 400, completion-tokens: 512}
preset: strict
select: [MEM, GRP001]
ignore: SAV001, SAV002
extend-select: [LOG]
severity: {GRP001: warning}
safety: {MEM001: suggestion}
rules: [lint-rules]
lang: zh
baseline: baseline.json
fail-on: warning
exclude: [third_party]
kinds: {"configs/*.txt": args}
check-data: true
here: false
overrides:
  - paths: ["legacy/**"]
    gpus: 8xH20
    ignore: [MEM]
prices: {A100-40G: 1.5, p4d.24xlarge: 20}
hours: 6
suppress:
  - {path: configs/zero3.json, key: zero_optimization.stage, rule: DSP001, reason: measured}
"""


def yaml(text: str | bytes) -> SettingsFile:
    found = read_settings(".vlmr1-lint.yaml", text if isinstance(text, bytes) else text.encode())
    assert found is not None
    return found


def toml(text: str) -> SettingsFile | None:
    return read_settings("pyproject.toml", text.encode())


def told(text: str, path: str = ".vlmr1-lint.yaml", lang: str = "en") -> list[str]:
    with pytest.raises(SettingsError) as caught:
        read_settings(path, text.encode())
    return [problem.told(lang).removeprefix(path + ":") for problem in caught.value.problems]


def test_every_setting() -> None:
    values = yaml(FULL).values
    assert values["data"] == {"images": 2, "image": "1280x720", "prompt-tokens": 400, "completion-tokens": 512}
    assert values["ignore"] == ["SAV001", "SAV002"]
    assert values["select"] == ["MEM", "GRP001"]
    assert values["overrides"] == [{"paths": ["legacy/**"], "gpus": "8xH20", "ignore": ["MEM"]}]
    assert values["here"] is False
    assert (values["prices"], values["hours"]) == ({"A100-40G": 1.5, "p4d.24xlarge": 20.0}, 6.0)
    assert set(values) == set(json_schema()["properties"]) - {"extend"}


def test_toml_says_the_same() -> None:
    found = toml('[tool.vlmr1-lint]\ngpus = "4xA100-40G"\ndata.images = 2\n[[tool.vlmr1-lint.overrides]]\npaths = ["a/*"]\n')
    assert found is not None
    assert found.values == {"gpus": "4xA100-40G", "data": {"images": 2}, "overrides": [{"paths": ["a/*"]}]}


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "---\n", "\ufeff"])
def test_an_empty_file_is_a_settings_file_that_says_nothing(text: str) -> None:
    assert yaml(text).values == {}


@pytest.mark.parametrize("text", ["", "[tool.ruff]\n", 'dependencies = ["vlmr1-lint"]\n', 'tool = "vlmr1-lint"\n'])
def test_a_pyproject_without_our_table(text: str) -> None:
    assert toml(text) is None


def test_an_empty_table_counts() -> None:
    found = toml("[tool.vlmr1-lint]\n")
    assert found is not None
    assert found.values == {}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("lang: en\ngpsu: 4xH20\n", "2:1: unknown setting 'gpsu'; did you mean 'gpus'?"),
        ("host_ram: 1TB\n", "1:1: unknown setting 'host_ram'; did you mean 'host-ram'?"),
        ("data:\n  imagess: 3\n", "2:3: unknown setting 'data.imagess'; did you mean 'images'?"),
        ("data: {prompt_tokens: 3}\n", "1:8: unknown setting 'data.prompt_tokens'; did you mean 'prompt-tokens'?"),
        ("overrides:\n- paths: a\n  lang: zh\n", "3:3: unknown setting 'overrides[0].lang'"),
        ("suppress:\n- {path: a, rule: X}\n", "2:3: suppress[0] needs 'reason'"),
        ("overrides:\n- {ignore: a}\n", "2:3: overrides[0] needs 'paths'"),
        (
            "fail-on: warnings\n",
            "1:1: fail-on must be one of error, warning, info, never, not 'warnings'; did you mean 'warning'?",
        ),
        ("severity: {GRP001: off}\n", "1:12: severity.GRP001 must be one of error, warning, info, not false"),
        ("gpus: 4\n", "1:1: gpus must be text, not 4"),
        ("gpus: ''\n", "1:1: gpus must not be empty"),
        ("here: 'yes'\n", "1:1: here must be true or false, not 'yes'"),
        ("data: {images: '2'}\n", "1:8: data.images must be a whole number, not '2'"),
        ("data: {images: -1}\n", "1:8: data.images is out of range: -1"),
        ("data: 3\n", "1:1: data must be a table of names and values, not 3"),
        ("data: {image: 640*480}\n", "1:8: data.image must be WIDTHxHEIGHT in pixels, such as 640x480, not '640*480'"),
        ("host-ram: 512\n", "1:1: host-ram must be text, not 512"),
        ("host-ram: '512'\n", "1:1: host-ram must be a size with its unit, such as 512GiB, not '512'"),
        ("select: {a: b}\n", "1:1: select must be a list of texts, not {'a': 'b'}"),
        ("select: [a, 1]\n", "1:13: select[1] must be text, not 1"),
        ("gpus: a\ngpus: b\n", "2:1: 'gpus' is written twice"),
        ("- a\n", "1:1: the file must hold names and values"),
    ],
)
def test_wrong_settings_are_told_with_their_place(text: str, expected: str) -> None:
    assert told(text) == [expected]


def test_all_that_is_wrong_in_the_order_of_the_file() -> None:
    assert [line.split()[0] for line in told("lnag: zh\nhere: 3\ndata: {x: 1}\n")] == ["1:1:", "2:1:", "3:8:"]


def test_in_chinese() -> None:
    assert told("gpsu: 4xH20\n", lang="zh") == ["1:1: 未知的设置 'gpsu'；是否想写 'gpus'？"]


@pytest.mark.parametrize("text", ["gpus: [\n", "a: 1\n--- \nb: 2\n", "gpus: !!python/name:os.system x\n"])
def test_what_is_no_yaml(text: str) -> None:
    (line,) = told(text)
    assert "this is not YAML" in line


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[tool.vlmr1-lint]\n\ngpsu = 3\n", "3:1: unknown setting 'gpsu'; did you mean 'gpus'?"),
        ("[tool.vlmr1-lint.data]\nimagess = 3\n", "2:1: unknown setting 'data.imagess'; did you mean 'images'?"),
        ("[tool]\nvlmr1-lint.gpus = 3\n", "2:1: gpus must be text, not 3"),
        ("[tool.vlmr1-lint]\ndata = {images = 1, imagess = 2}\n", "2:21: unknown setting 'data.imagess'; did you mean 'images'?"),
        (
            '[[tool.vlmr1-lint.overrides]]\npaths = ["a"]\n[[tool.vlmr1-lint.overrides]]\npaths = ["b"]\nhre = 1\n',
            "5:1: unknown setting 'overrides[1].hre'",
        ),
        ('[tool."vlmr1-lint"]\n"fail-on" = "x"\n', "2:1: fail-on must be one of error, warning, info, never, not 'x'"),
        ("tool.vlmr1-lint = 3\n", "1:1: the file must hold names and values"),
        ("[tool.vlmr1-lint]\ngpus = \n", "2:8: this is not TOML: Invalid value"),
    ],
)
def test_wrong_settings_in_toml(text: str, expected: str) -> None:
    assert told(text, "pyproject.toml") == [expected]


def test_a_name_with_a_line_break_is_told_in_one_line() -> None:
    with pytest.raises(SettingsError) as caught:
        toml('[tool.vlmr1-lint.severity]\n"a\\n::error::b" = "x"\n')
    assert "\n" not in str(caught.value) and "severity.a\\n::error::b must be one of" in str(caught.value)


def test_a_toml_file_that_is_not_utf_8() -> None:
    with pytest.raises(SettingsError, match=r"pyproject\.toml:2:1: this is not TOML: not UTF-8"):
        read_settings("pyproject.toml", b"[tool.vlmr1-lint]\n\xff\n")


@pytest.mark.parametrize(
    "text",
    [
        "[tool.vlmr1-lint\n",
        "[tool.'vlmr1-lint' \n",
        "[tool]\nvlmr1-lint = {\n",
        "tool.vlmr1-lint.lang = \n",
        '"vlmr1-lint".x = \n',
    ],
)
def test_a_broken_toml_file_with_our_table_is_not_passed_over(text: str) -> None:
    with pytest.raises(SettingsError, match="this is not TOML"):
        toml(text)


@pytest.mark.parametrize("text", ['[project]\nname = "vlmr1-lint"\n', 'dev = ["vlmr1-lint>=0.1"]\n', "# vlmr1-lint\n"])
def test_our_name_as_a_requirement_costs_no_parser(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tomllib.loads" if sys.version_info >= (3, 11) else "tomli.loads", None)
    assert toml(text) is None


def test_unknown_rules() -> None:
    known = {"GRP001": "group-does-not-fill", "MEM001": "checkpointing-off", "MEM002": "no-sharding"}
    file = yaml(
        "select: [MEM, GRP0001]\nignore: [checkpointing-of]\nseverity: {MEN001: info}\n"
        "overrides:\n- paths: a\n  extend-select: [XYZ]\nsuppress:\n- {path: a, rule: nope, reason: r}\n"
    )
    assert [problem.told().removeprefix(".vlmr1-lint.yaml:") for problem in unknown_rules(file, known)] == [
        "1:15: select: there is no rule 'GRP0001'; did you mean 'GRP001'?",
        "2:10: ignore: there is no rule 'checkpointing-of'; did you mean 'checkpointing-off'?",
        "3:12: severity: there is no rule 'MEN001'; did you mean 'MEM001'?",
        "8:13: suppress[0].rule: there is no rule 'nope'",
        "6:19: overrides[0].extend-select: there is no rule 'XYZ'",
    ]


@given(st.binary(max_size=200))
def test_any_bytes(data: bytes) -> None:
    for path, text in ((".vlmr1-lint.yaml", data), ("pyproject.toml", b"[tool.vlmr1-lint]\n" + data)):
        try:
            read_settings(path, text)
        except SettingsError as error:
            assert all(problem.line >= 1 and problem.column >= 1 and problem.message("zh") for problem in error.problems)


def test_no_settings_cost_nothing() -> None:
    """Without a settings file neither pydantic nor a TOML reader is imported, also next to a pyproject.toml of others."""
    program = (
        "import sys\n"
        "from vlmr1_lint.settings import discover\n"
        "tree = discover({'pyproject.toml': b'[tool.ruff]'}.get)\n"
        "tree.for_entry('a/b.yaml'), tree.for_file('a/b.yaml'), tree.for_root()\n"
        "heavy = {'pydantic', 'tomllib', 'tomli', 'dataclasses', 'typing', 'pathlib', 'inspect', 'enum', 're', 'yaml'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    root = str(Path(__file__).parents[2])
    done = subprocess.run([sys.executable, "-S", "-c", program], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
