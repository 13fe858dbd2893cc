"""Names and values that would be obeyed where a report is read: by a terminal, by the runner of a CI job, by a format's reader.

What is obeyed is modelled here once more, from the runner's source and the formats' own readers, and not taken from the package.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from samples import MULTINODE

from vlmr1_lint.cli import main
from vlmr1_lint.reporting import FORMATS

NAMES: tuple[bytes, ...] = tuple(
    name if isinstance(name, bytes) else name.encode()
    for name in (
        "plain.yaml",
        "two words .yaml",
        "中文🚀.yaml",
        "n" * 200 + ".yaml",
        "-rf.yaml",
        "$(id).yaml",
        "a:b,c%0A::error::x.yaml",
        "quote\"back\\slash'.yaml",
        "`code`|@user #1 <b>&amp;]]>.yaml",
        "::error::first.yaml",
        "  ::warning file=a::indented.yaml",
        "y\n::error::INJECTED\x1b[31m.yaml",
        "y\r::stop-commands::token.yaml",
        "##[error]anywhere.yaml",
        "a##[group]b.yaml",
        "##vso[task.setvariable variable=a]b.yaml",
        "esc\x1b]0;title\x07.yaml",
        "bell\x07back\x08.yaml",
        "tab\tand\x7fdelete.yaml",
        "c1\x9b31m.yaml",
        "right\u202eto\u202cleft.yaml",
        "isolate\u2066d\u2069.yaml",
        "mark\ufeffed.yaml",
        "zero\u200bwidth\u00ad.yaml",
        "line\u2028sep\u2029arators\u0085.yaml",
        "tag\U000e0041s.yaml",
        b"not \xff\xfe utf-8.yaml",
        b"cut \xe4\xb8.yaml",
    )
)

OBEYED = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\U000e0000-\U000e007f]"
)
"""Control characters but for line ends; separators; text direction; what has no width."""


def commands(text: str) -> list[str]:
    """What GitHub's runner takes *text* for (actions/runner, ActionCommand.cs, TryParseV2 and TryParse), and Azure's agent."""
    found = []
    for line in re.split(r"\r\n|\r|\n", text):
        first = re.match(r"\s*::([^\s:]+)[^:]*.*?::", line)
        if first:
            found.append(first[1])
        found += re.findall(r"##(?:vso)?\[[^\]]*\]", line)
    return found


class Folder:
    """The command line in a repository, with the bytes that it printed."""

    def __init__(self, path: Path, capture: Any) -> None:
        self.path = path
        self.capture = capture
        self.out = self.err = ""

    def write(self, name: bytes, text: str | bytes) -> None:
        path = os.path.join(os.fsencode(self.path), name)
        try:
            with open(path, "wb") as file:
                file.write(text if isinstance(text, bytes) else text.encode())
        except OSError:
            assert sys.platform in {"darwin", "win32"}, "their file systems refuse some of the names"

    def __call__(self, *words: str) -> int:
        before = os.getcwd()
        os.chdir(self.path)
        try:
            status = main(list(words))
        except SystemExit as stop:
            status = int(stop.code or 0)
        finally:
            os.chdir(before)
        out, err = self.capture.readouterr()
        self.out, self.err = out.decode(), err.decode()  # strict: what is printed is UTF-8
        return status


@pytest.fixture
def folder(tmp_path: Path, capfdbinary: Any) -> Folder:
    (tmp_path / ".git").mkdir()
    return Folder(tmp_path, capfdbinary)


@pytest.fixture
def names(folder: Folder) -> Folder:
    for name in NAMES:
        folder.write(name, "# vlmr1-lint: gpus=banana\n" + MULTINODE)
    return folder


def there(folder: Folder) -> list[bytes]:
    return sorted(name for name in os.listdir(os.fsencode(folder.path)) if name != b".git")


def contents(folder: Folder) -> dict[bytes, bytes]:
    return {name: Path(os.fsdecode(os.path.join(os.fsencode(folder.path), name))).read_bytes() for name in there(folder)}


def is_inert(text: str) -> None:
    assert OBEYED.findall(text) == []
    assert commands(text) == []


def no_surrogates(text: str) -> Any:
    """*text* as a strict JSON reader takes it (RFC 8259, 8.2: what cannot be encoded is refused)."""

    def strict(value: Any) -> None:
        if isinstance(value, str):
            value.encode()
        elif isinstance(value, list):
            for inner in value:
                strict(inner)
        elif isinstance(value, dict):
            for key, inner in value.items():
                strict(key)
                strict(inner)

    told = json.loads(text)
    strict(told)
    return told


@pytest.mark.parametrize("format", FORMATS)
def test_no_name_is_obeyed_in_any_format(names: Folder, format: str) -> None:
    """Every file is told of, in text that is UTF-8, and no line of it is anything but text."""
    assert names("--format", format, "--preset", "strict", "--lang", "en") == 2  # the comment says no hardware
    if format == "github":
        assert set(commands(names.out)) == {"warning", "notice"}
        assert OBEYED.findall(names.out.replace("tab\tand", "")) == []
        assert all(re.match(r"::\w+ title=[A-Z]+\d+ ", line) for line in names.out.splitlines() if line.startswith("::"))
    else:
        is_inert(names.out)
    is_inert(names.err)
    assert names.err.count("unknown card") == len(there(names))
    if format in {"json", "sarif", "gitlab", "rdjson"}:
        no_surrogates(names.out)
    elif format == "junit":
        assert len(ElementTree.fromstring(names.out)) == len(there(names))


def test_names_in_json_are_the_names(names: Folder) -> None:
    """A name that is UTF-8 is told as it is; in one that is not, a byte is told as an escape."""
    names("--format", "json")
    paths = {one["path"] for one in no_surrogates(names.out)["findings"]}
    assert paths == {name.decode("utf-8", "backslashreplace") for name in there(names)}


@pytest.mark.parametrize("words", [(), ("--verbose", "--show-skipped"), ("--statistics",), ("--fix-only", "--show-fixes")])
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_words_beside_a_report(names: Folder, words: tuple[str, ...], lang: str) -> None:
    names.write(b"foreign\x1b[1m\n::error::x.yaml", "finetuning_type: lora\nstage: sft\n")
    names("--lang", lang, *words)
    is_inert(names.out)
    is_inert(names.err)


@pytest.mark.parametrize("command", ["show", "plan", "calibrate"])
@pytest.mark.parametrize("format", ["text", "json"])
def test_commands_about_one_file(names: Folder, command: str, format: str) -> None:
    words = {"calibrate": ["--measured", "20GiB", "--dry-run"]}.get(command, [])
    hostile = MULTINODE.replace("Qwen2.5-VL-3B-Instruct", "a\\e[31m\\n::error::b\\u202e/##[error]Qwen2.5-VL-3B-Instruct")
    hostile = re.sub(r"(?m)^(model_name_or_path|run_name): (.*)$", r'\1: "\2\\e]0;x\\a\\n  ::debug::c"', hostile)
    for name in there(names)[:: 1 if format == "text" else 4]:  # json is one function for all commands
        names.write(name, hostile)
        path = os.fsdecode(name)
        names(command, "--format", format, "--gpus", "4xA100-40G", *words, "--", path)
        is_inert(names.out)
        is_inert(names.err)
        if format == "json" and names.out:
            no_surrogates(names.out)
    names(command, *words, "none\x1b[31m\n::error::x.yaml")
    is_inert(names.err)
    assert "␛" in names.err


def test_plan_in_markdown(names: Folder) -> None:
    names("plan", "--format", "markdown", "--gpus", "4xA100-40G", "--", *map(os.fsdecode, there(names)[:6]))
    is_inert(names.out)


@pytest.mark.parametrize(
    "words",
    [
        ("none\x1b[31m\n::error::x",),
        ("\udcff\ufeff",),
        ("--no\x1b[31m\n::error::x",),
        ("--gpus", "\x1b[31m\n::error::x"),
        ("--trainer", "\x1b[31m\n::error::x"),
        ("--image", "\x1b[31m\n::error::x"),
        ("--select", "\x1b[31m\n::error::x"),
        ("--config", "\x1b[31m\n::error::x"),
        ("--baseline", "\x1b[31m\n::error::x"),
        ("--rules", "\x1b[31m\n::error::x"),
        ("--format", "json=none/\x1b[31m\n::error::x"),
        ("rule", "\x1b[31m\n::error::x"),
        ("test", "\x1b[31m\n::error::x"),
        ("new-rule", "\x1b[31m\n::error::x"),
    ],
)
def test_mistakes_on_the_command_line(folder: Folder, words: tuple[str, ...]) -> None:
    """What a script passes on is quoted and not obeyed."""
    folder.write(b"args.yaml", MULTINODE)
    assert folder(*words) == 2
    is_inert(folder.err)
    is_inert(folder.out)


def test_settings_that_are_wrong(folder: Folder) -> None:
    folder.write(b"args.yaml", MULTINODE)
    folder.write(b".vlmr1-lint.yaml", '"a\\e[31m\\n::error::b\\u202e": 1\ngpus: "\\e]0;x\\a\\r::debug::x"\n')
    assert folder() == 2
    assert len(folder.err.splitlines()) == folder.err.count(".vlmr1-lint.yaml:")
    is_inert(folder.err)


def test_own_rules(folder: Folder) -> None:
    """A rule of the repository is text of a pull request too."""
    folder("new-rule", "own-rule", "rules")
    path = folder.path / "rules" / "own-rule.yaml"
    rule = path.read_text("utf-8").replace("severity: warning", "severity: error").replace("> 64", "> 1")
    rule = re.sub(r"(?m)^(message|why|  title): .*$", r'\1: "::error::m \\e[31m\\n::error::n \\u202e ##[error]o"', rule)
    path.write_text(rule, encoding="utf-8")
    folder.write(b"args.yaml", MULTINODE)
    for format in FORMATS:
        assert folder("--rules", "rules", "--select", "OWN001", "--format", format, "args.yaml") == 1
        assert "OWN001" in folder.out
        if format == "github":
            assert commands(folder.out) == ["error"]
        else:
            is_inert(folder.out)
    for words in (("rule", "OWN001"), ("rules",), ("rules", "--format", "json"), ("rules", "--format", "markdown")):
        folder(*words, "--rules", "rules")
        is_inert(folder.out)


def test_assumptions_in_annotations(folder: Folder) -> None:
    """What was assumed quotes names too: of a DeepSpeed file that is not there."""
    named = 'deepspeed: "/c/\\\\e[31m\\\\n::error::x\\\\u202e/zero3\\\\e.json"'
    folder.write(b"args.yaml", re.sub(r"(?m)^deepspeed: .*$", named, MULTINODE))
    assert folder("--format", "github", "--gpus", "4xA100-40G", "args.yaml") == 1
    assert "zero3␛" in folder.out
    assert set(commands(folder.out)) <= {"error", "warning", "notice"}
    assert OBEYED.findall(folder.out) == []


def test_warnings_about_a_repository_s_python_are_not_printed() -> None:
    """Newer releases of Python warn about an escape in a string and print what it is: here an ESC. It is still read."""
    from vlmr1_lint.pythoncode.source import parsed

    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        tree = parsed(b'x = "\\\x1b[31m"\ny = 1or 2\n')
    assert tree is not None and len(tree.body) == 2
    assert seen == []


# -- diffs -------------------------------------------------------------------------------------------------------


def fixable(folder: Folder, first: str = "") -> str:
    text = first + MULTINODE + "learning_rate: 1e-6\n"
    folder.write(b"args.yaml", text)
    return text


def applied(folder: Folder, patch: str) -> None:
    """Let git apply *patch*, without a word."""
    environment = {**os.environ, "GIT_CEILING_DIRECTORIES": str(folder.path.parent)}
    os.rmdir(folder.path / ".git")
    apply = ["git", "apply", "-"]
    done = subprocess.run(apply, input=patch.encode(), cwd=folder.path, env=environment, capture_output=True, check=True)
    assert done.stderr == b""


def test_a_diff_is_never_a_command(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lines of context begin with a space, which the runner passes over: it is told to obey nothing until a token that the file
    cannot know."""
    text = fixable(folder).replace("num_generations: 8\n", "num_generations: 8\n::error::x:\n##[error]y\n")
    script = "#!/bin/bash\ntorchrun --nproc_per_node=4 grpo_jsonl.py --model_name_or_path Qwen/Qwen2.5-VL-3B-Instruct \\\n"
    script += "  --data_file_paths a.jsonl --image_folders /x --num_generations 8 --per_device_train_batch_size 8 --bf16 \\\n"
    script += "  --gradient_checkpointing false --deepspeed zero3.json --dataset_name x\n::error::x\n##[error]y\n"
    os.unlink(folder.path / "args.yaml")
    folder.write(b"run.sh", script)
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    assert text and folder("--diff", "--gpus", "4xA100-40G", "run.sh") == 1
    plain = folder.out
    assert commands(plain) == ["error", "##[error]"]
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    folder("--diff", "--gpus", "4xA100-40G", "run.sh")
    start = re.match(r"::stop-commands::([0-9a-f]{32})\n", folder.out)
    assert start is not None
    assert folder.out == f"{start[0]}{plain}::{start[1]}::\n"
    applied(folder, folder.out)
    assert "--gradient_checkpointing true" in (folder.path / "run.sh").read_text(encoding="utf-8")


def test_a_diff_without_commands_is_as_ever(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    fixable(folder)
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    folder("--diff", "--gpus", "4xA100-40G", "args.yaml")
    plain = folder.out
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    folder("--diff", "--gpus", "4xA100-40G", "args.yaml")
    assert folder.out == plain != ""


def test_names_in_a_diff_can_be_applied(names: Folder) -> None:
    """``git apply`` reads the names back, whatever is in them."""
    for name in NAMES:
        names.write(name, MULTINODE)
    names("--diff", "--gpus", "4xA100-40G")
    patch = names.out
    heads = "".join(line for line in patch.splitlines(keepends=True) if line.startswith(("---", "+++")))
    is_inert(heads.replace("\t\n", "\n"))
    before = contents(names)
    applied(names, patch)
    after = contents(names)
    assert [name for name in before if before[name] == after[name]] == []
