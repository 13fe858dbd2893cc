"""An args file that a shell loop turns into flags: what bash makes of it, before and after what it misreads is written otherwise.

The loop is that of VLM-R1's run_scripts/multinode_training_demo.sh.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vlmr1_lint.candidates.trainer import from_selector
from vlmr1_lint.documents.model import Change, apply_edits
from vlmr1_lint.documents.read import read
from vlmr1_lint.documents.verify import verify
from vlmr1_lint.launches.loop import loop_lines, through_loop

from .oracle import arguments, needs_bash

LOOP = """\
build() {
    args=""
    while IFS=": " read -r key value; do
        [[ -z "$key" || "$key" =~ ^[[:space:]]*# ]] && continue
        value=$(echo "$value" | sed -e 's/^[[:space:]]*//' -e 's/[[:space:]]*$//' -e 's/^"//' -e 's/"$//')
        if [[ "$value" == "true" ]]; then
            args="$args --$key"
        elif [[ "$value" == "false" ]]; then
            continue
        else
            args="$args --$key $value"
        fi
    done < args.yaml
    echo "$args"
}
ARGS=$(build)
"""
USES = {
    "here": "torchrun t_grpo.py $ARGS\n",
    "another shell": 'bash -c "torchrun t_grpo.py $ARGS"\n',
    "eval": 'CMD="torchrun t_grpo.py $ARGS"\neval "$CMD"\n',
}
TRAINER = from_selector("vlm-r1", "the test")


def reader_of(script: str):
    (root,) = read("run.sh", script.encode()).roots
    assert root.args_from_yaml is not None
    return root.args_from_yaml


def flags(script: str, text: bytes) -> dict[str, list[str]]:
    """The flags with their words that bash gives the launcher."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "args.yaml").write_bytes(text)
        ((_, _, *words),) = arguments(script.encode(), Path(folder))
    found: dict[str, list[str]] = {}
    for word in words:
        if word.startswith("--"):
            found[word[2:]] = []
        else:
            found[list(found)[-1]].append(word)
    return found


def mended(text: bytes, reader, trainer=TRAINER) -> bytes:
    """*text* with every spelling and layout that the loop's lines offer, one line after the other."""
    for _ in range(50):
        document = read("args.yaml", text)
        line = next((one for one in loop_lines(document, reader, trainer) if one.spelling or one.layout), None)
        if line is None:
            return text
        said = {"respell": line.spelling, "layout": line.layout}
        changes = [Change(action, line.node.path, value) for action, value in said.items() if value is not None]
        new = apply_edits(text, document.edits(changes))
        assert verify(document, changes, new) is None
        assert yaml.safe_load(new) == yaml.safe_load(text)
        text = new
    raise AssertionError("no end")


def means(value: object) -> list[list[str]]:
    """The words that say *value* to argparse; several ways for what a bare flag says too."""
    if isinstance(value, bool):
        return [[str(value)], [str(value).lower()], *([[]] if value else [])]
    return [[] if value is None else [str(value)]]


CASES = [
    ("dataloader_pin_memory: false\n", "dataloader_pin_memory: False\n", ["False"]),
    ("ddp_find_unused_parameters: true\n", "ddp_find_unused_parameters: True\n", ["True"]),
    ("beta: 0.0", "beta: 0.0\n", ["0.0"]),
    ("beta: 0.0 # none", "# none\nbeta: 0.0\n", ["0.0"]),
    ("num_generations: 8 # a # b\n", "# a # b\nnum_generations: 8\n", ["8"]),
    ("bf16: false # two steps\n", "# two steps\nbf16: False\n", ["False"]),
    ("task_type: 'rec'\n", "task_type: rec\n", ["rec"]),
    ("task_type: 'rec' # both\n", "# both\ntask_type: rec\n", ["rec"]),
    ("run_name: '0.04'\n", 'run_name: "0.04"\n', ["0.04"]),
    ("run_name: '1'\r\n", 'run_name: "1"\r\n', ["1"]),
    ("data_file_paths: 'a:b'\n", "data_file_paths: a:b\n", ["a:b"]),
    ('run_name: "it\'s" # a text\n', '# a text\nrun_name: "it\'s"\n', ["it's"]),
    ("reward_funcs: accuracy format # list\n", "# list\nreward_funcs: accuracy format\n", ["accuracy", "format"]),
]


@needs_bash
@pytest.mark.parametrize(("text", "after", "words"), CASES)
def test_what_the_loop_misreads_is_written_so_that_it_reads_the_same(text, after, words):
    script = LOOP + USES["here"]
    key = text.partition(":")[0]
    before = flags(script, text.encode())
    assert before.get(key) != words or text.startswith("reward"), "the loop misreads it"
    assert mended(text.encode(), reader_of(script)).decode() == after
    assert flags(script, after.encode())[key] == words


@needs_bash
@pytest.mark.parametrize("use", ["another shell", "eval"])
def test_a_shell_that_reads_the_flags_again_takes_quotes_away(use):
    script = LOOP + USES[use]
    text = b"run_name: 'my run'\ntask_type: 'rec'\nbeta: 0.0\n"
    assert flags(script, text) == {"run_name": ["my run"], "task_type": ["rec"], "beta": ["0.0"]}
    reader = reader_of(script)
    document = read("args.yaml", text)
    assert list(loop_lines(document, reader, TRAINER)) == []
    passed = [through_loop(document, node, reader).value for node in document.roots[0].children]
    assert passed == ["my run", "rec", "0.0"]
    after = mended(b"run_name: my run\nnum_generations: 8 # rest\nbeta: 0.0\n", reader)
    assert after == b"run_name: 'my run'\n# rest\nnum_generations: 8\nbeta: 0.0\n"
    assert flags(script, after) == {"run_name": ["my run"], "num_generations": ["8"], "beta": ["0.0"]}


@pytest.mark.parametrize(
    "text",
    [
        "reward_funcs:\n  - accuracy\n  - format\n",
        "reward_funcs: [accuracy, format]\n",
        "model_init_kwargs:\n  use_cache: false\n",
        "run_name: my run\n",
        "run_name: my run # comment\n",
        "run_name: 'true'\n",
        "run_name: 'a\"b'\n",
        "run_name: >-\n  my\n  run\n",
        "bf16: &flag false\n",
        'bf16: "false"\n',
    ],
)
def test_what_has_no_spelling_that_both_read_alike_is_left(text):
    script = LOOP + USES["here"]
    assert mended(text.encode(), reader_of(script)).decode() == text


@pytest.mark.parametrize("test", ['"${value,,}" == "true"', '"$value" == [Tt]rue', '"$value" == "true" || "$value" == "True"'])
def test_capitals_do_not_help_where_the_loop_knows_them(test):
    script = LOOP.replace('"$value" == "true"', test) + USES["here"]
    reader = reader_of(script)
    document = read("args.yaml", b"ddp_find_unused_parameters: True\n")
    if "Tt" not in test:
        (line,) = loop_lines(document, reader, TRAINER)
        assert (line.problem, line.spelling) == ("true-bare", None)
    assert mended(b"ddp_find_unused_parameters: true\n", reader) == b"ddp_find_unused_parameters: true\n"


keys = st.sampled_from(["run_name", "beta", "bf16", "num_generations", "dataloader_pin_memory", "task_type", "reward_funcs"])
values = st.sampled_from(
    ["8", "0.04", "1e-6", "true", "false", "True", "False", "accuracy", "accuracy format", "'rec'", "'0.04'", "'my run'", '"rec"',
     '"my run"', "a:b", "/a/b c", "'true'", "'it''s'", "中文", "'中 文'", "x  "]
)  # fmt: skip
comments = st.sampled_from(["", "", " # why", "  #why", " # a: b"])
lines = st.tuples(values, comments).map("".join)
files = st.builds(
    lambda pairs, end, stop: (end.join(f"{key}: {line}" for key, line in pairs.items()) + (end if stop else "")).encode(),
    st.dictionaries(keys, lines, min_size=1, max_size=4),
    st.sampled_from(["\n", "\n# between\n", "\n\n"]),
    st.booleans(),
)


def check(text: bytes, use: str) -> None:
    script = LOOP + USES[use]
    reader = reader_of(script)
    after = mended(text, reader)
    assert mended(after, reader) == after
    document = read("args.yaml", after)
    open_ = {line.key for line in loop_lines(document, reader, TRAINER)}
    splitting = {line.key for line in loop_lines(document, reader, TRAINER) if line.problem == "comment"}
    if splitting:
        return  # what is left behind a comment reaches other flags
    found = flags(script, after)
    for key, value in yaml.safe_load(after).items():
        if key not in open_:
            assert found[key] in means(value), (key, value)
        passed = through_loop(document, document.node((0, key)), reader)
        assert (passed is None) == (key not in found)
        if passed is not None and key not in open_:
            assert found[key] == ([] if passed.value is True else [passed.value])


quick = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))


@needs_bash
@quick
@given(files, st.sampled_from(list(USES)))
def test_mended_files_say_the_same_to_bash_and_to_yaml(text, use):
    check(text, use)
