"""docs/own-rules.md and rules/README.md: their files are written down in order and their commands run, and say what is shown."""

from __future__ import annotations

import json
import re
import shlex

from checkout import REPOSITORY

PAGE = (REPOSITORY / "docs" / "own-rules.md").read_text(encoding="utf-8")
PART = re.compile(r"(?:^`(?P<file>[^`\n]+)`:\n\n)?^```(?P<language>\w+)\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE)


def told(lint, block):
    """The console *block* with what its commands really say."""
    lines = []
    for command in re.findall(r"^\$ (.*)$", block, re.MULTILINE):
        program, *words = shlex.split(command)
        assert program == "vlmr1-lint"
        lint(*words)
        lines += [f"$ {command}\n", lint.out, lint.err]
    return "".join(lines)


def replayed(lint):
    """The page with its console blocks as they come out."""

    def replay(part):
        if part["file"]:
            lint.write(part["file"], part["text"])
            return part[0]
        if part["language"] != "console":
            return part[0]
        return f"```console\n{told(lint, part['text'])}```"

    return PART.sub(replay, PAGE)


def test_the_page_says_what_happens(lint):
    assert replayed(lint) == PAGE


def test_the_page_shows_three_rules_and_their_examples_pass(lint):
    rules = [part["file"] for part in PART.finditer(PAGE) if (part["file"] or "").startswith("team-rules/")]
    assert len(rules) == 4
    replayed(lint)
    assert lint("test", "team-rules") == 0
    assert lint.out.endswith(" 0 failed\n")


def test_pages_and_lists_know_the_rules(lint):
    replayed(lint)
    assert lint("rule", "TEAM001") == 0
    assert "Checkpoints belong on the team's disk" in lint.out
    assert lint("rules", "--rules", "team-rules") == 0
    assert [word for word in ("TEAM001", "TEAM002", "TEAM003") if word not in lint.out] == []


def test_a_rule_stands_in_the_rule_schema(lint):
    """Editors complete and check rules by the schema: it must take what the page shows."""
    import jsonschema
    import yaml

    schema = json.loads((REPOSITORY / "rules" / "rule.schema.json").read_text(encoding="utf-8"))
    for part in PART.finditer(PAGE):
        if (part["file"] or "").startswith("team-rules/"):
            jsonschema.validate(yaml.safe_load(part["text"]), schema)


README = (REPOSITORY / "rules" / "README.md").read_text(encoding="utf-8")


def shell(lint, command):
    """Carry out one line of a page's ``sh`` block, comments and quotes as a shell has them."""
    program, *words = shlex.split(command, comments=True)
    assert program == "vlmr1-lint" and not set(words) & {">", "|", "&&"}, command
    return lint(*words)


def test_the_commands_of_the_readme_work_as_written(lint):
    lint.write("configs/rec.yaml", "model_name_or_path: Qwen/Qwen2.5-VL-3B-Instruct\nnum_generations: 128\nbf16: true\n")
    (block,) = re.findall(r"^```sh\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)
    new, test, check = block.splitlines()
    assert (shell(lint, new), lint.out) == (0, "my-rules/too-many-generations.yaml\n")
    assert (shell(lint, test), lint.out) == (0, "2 example(s) passed, 0 failed\n")
    shell(lint, check)
    assert "OWN001" in lint.out
    before = lint.read("my-rules/too-many-generations.yaml")
    assert shell(lint, new) == 2 and lint.err == "vlmr1-lint: my-rules/too-many-generations.yaml: it is there already\n"
    assert lint.read("my-rules/too-many-generations.yaml") == before


def test_the_rules_of_the_readme_pass_their_examples(lint):
    blocks = re.findall(r"^```yaml\n((?:id|shared):.*?)^```$", README, re.DOTALL | re.MULTILINE)
    assert len(blocks) == 3
    for number, text in enumerate(blocks):
        lint.write(f"readme-{number}/a-rule.yaml", text.replace("name: temperature-zero\n", ""))
        assert lint("test", f"readme-{number}") == 0, lint.err or lint.out


def test_the_commands_for_ci_work_as_written(lint):
    replayed(lint)
    (block,) = re.findall(r"^```sh\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    statuses = [shell(lint, command) for command in block.strip().split(" && ")]
    assert statuses == [0, 0]


RENAMING = """\
id: TEAM004
name: one-name-for-two-runs
severity: warning
scope: project
presets: [recommended]
each: {group: shared.run_name}
when: len(group.paths) > 1
at: group
title: {en: t, zh: t}
message: {en: "{group.count} runs are called {group.value}", zh: z}
why: {en: w, zh: w}
fix:
  title: {en: another name, zh: 换个名称}
  safety: safe
  set: {run_name: {expr: 'group.value + "-" + str(group.count)'}}
sources: [https://example.org]
since: "0.1"
examples:
  - path: a.yaml
    fail: |
      num_generations: 8
      learning_rate: 1.0e-6
      run_name: rec
    files:
      b.yaml: |
        num_generations: 8
        learning_rate: 1.0e-6
        run_name: «rec»
    fixed: |
      num_generations: 8
      learning_rate: 1.0e-6
      run_name: rec-2
  - path: a.yaml
    pass: |
      num_generations: 8
      learning_rate: 1.0e-6
      run_name: rec
"""


def test_fixes_of_a_rule_about_several_runs_come_to_an_end(lint):
    lint.write("rules/r.yaml", RENAMING)
    assert lint("test", "rules") == 0
    for name in "abcd":
        lint.write(f"{name}.yaml", "num_generations: 8\nlearning_rate: 1.0e-6\nrun_name: rec  # ours\n")
    words = ("--rules", "rules", "--select", "TEAM")
    assert lint("a.yaml", "b.yaml", "c.yaml", "d.yaml", *words, "--fail-on", "warning") == 1
    assert lint("a.yaml", "b.yaml", "c.yaml", "d.yaml", *words, "--fix", "--fail-on", "warning") == 0
    names = [lint.read(f"{name}.yaml").splitlines()[-1] for name in "abcd"]
    assert names == ["run_name: rec  # ours", "run_name: rec-2  # ours", "run_name: rec-3  # ours", "run_name: rec-4  # ours"]


def test_one_of_the_runs_alone_has_nothing_to_share(lint):
    lint.write("rules/r.yaml", RENAMING)
    for name in "ab":
        lint.write(f"{name}.yaml", "num_generations: 8\nlearning_rate: 1.0e-6\nrun_name: rec\n")
    assert lint("a.yaml", "--rules", "rules", "--select", "TEAM", "--fail-on", "warning") == 0
