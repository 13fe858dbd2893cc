"""Rules of scope project: what they see of several runs, where their findings stand, and what is refused."""

from __future__ import annotations

import pytest

from vlmr1_lint.preferences import Given, Preferences
from vlmr1_lint.rulefiles.catalogue import Catalogue
from vlmr1_lint.rulefiles.load import RuleFileError, load_rule
from vlmr1_lint.session import Session
from vlmr1_lint.sources import Sources

RULE = """\
id: TEAM001
name: runs-share-a-value
severity: warning
scope: project
each: {group: shared.output_dir}
when: group.count > 1
at: group
title: {en: t, zh: t}
message: {en: "{group.count} {group.value} {group.paths:list} | {group.others:list}", zh: z}
why: {en: w, zh: w}
sources: [https://example.org]
since: "0.1"
examples:
  - fail: "«a»: 1"
  - pass: "a: 1"
"""
MESSAGE = "{group.count} {group.value} {group.paths:list} | {group.others:list}"
ARGS = "num_generations: 8\nlearning_rate: 1.0e-6\noutput_dir: out\n"
SCRIPT = "torchrun --nproc_per_node 8 train.py --num_generations 8 --learning_rate 1e-6 --beta 0.1 --output_dir {}\n"


def lint(tmp_path, files, rule=RULE, **given):
    """The findings of *rule* in *files*, which are all asked for but those whose names begin with an underscore."""
    root = tmp_path.resolve()
    sources = Sources(str(root), {str(root / name): text.encode() for name, text in files.items()})
    preferences = Preferences(Given(preset="strict", **given), catalogue=Catalogue([load_rule(rule, "rule.yaml")]))
    asked = [str(root / name) for name in files if not name.startswith("_")]
    result = Session(sources, asked, preferences).lint()
    for _, error in result.troubles:
        raise error
    return result


def changed(*replacements):
    text = RULE
    for old, new in replacements:
        assert old in text
        text = text.replace(old, new)
    return text


def test_a_group_stands_in_its_last_run_and_shows_the_others(tmp_path):
    files = {"a.yaml": ARGS, "b.yaml": "seed: 1\n" + ARGS, "c.yaml": ARGS.replace(": out", ": other")}
    (finding,) = lint(tmp_path, files).findings
    assert finding.message == "2 out a.yaml, b.yaml | a.yaml"
    assert (finding.place.document.path, finding.place.key) == ("b.yaml", "output_dir")
    assert finding.place.document.position(finding.place.entry.start).line == 4
    assert [(one.place.document.path, one.message) for one in finding.related] == [("a.yaml", "the same value")]


def test_no_group_of_one(tmp_path):
    assert lint(tmp_path, {"a.yaml": ARGS}).findings == ()


def test_a_script_and_the_file_it_names_are_one_run(tmp_path):
    files = {"run.sh": "torchrun --nproc_per_node 8 train.py --config a.yaml\n", "a.yaml": ARGS}
    assert lint(tmp_path, files).findings == ()


def test_two_scripts_with_one_file_are_two_runs_but_one_place(tmp_path):
    script = "torchrun --nproc_per_node {} train.py --config a.yaml\n"
    (finding,) = lint(tmp_path, {"one.sh": script.format(4), "two.sh": script.format(8), "a.yaml": ARGS}).findings
    assert finding.message == "2 out a.yaml | "
    assert finding.related == ()


def test_a_finding_stands_in_a_file_that_was_asked_for(tmp_path):
    files = {"_a.yaml": ARGS, "one.yaml": ARGS, "two.sh": "torchrun --nproc_per_node 8 train.py --config _a.yaml\n"}
    (finding,) = lint(tmp_path, {**files, "one.sh": files["two.sh"].replace("8", "4")}).findings
    assert finding.place.document.path in {"one.yaml", "one.sh", "two.sh"}
    (finding,) = lint(tmp_path, {"_a.yaml": ARGS, "one.sh": files["two.sh"], "two.sh": files["two.sh"]}).findings
    assert (finding.place.document.path, finding.place.key) == ("two.sh", "config")
    assert [one.place.document.path for one in finding.related] == ["_a.yaml"]


@pytest.mark.parametrize(
    ("one", "other", "shared"),
    [
        ("/data/out", "/data/out", True),
        ("/data/out", "/data/out2", False),
        ("$OUT", "$OUT", False),  # may be anything each time
        ("out_$(date +%s)", "out_$(date +%s)", False),
        ("${REPO_HOME}/out", "${REPO_HOME}/out", True),
        ("${REPO_HOME}/out", "${REPO_HOME}/more/../out", True),
        ("out", "out", True),
    ],
)
def test_what_scripts_share(tmp_path, one, other, shared):
    files = {"a.sh": SCRIPT.format(one), "b.sh": SCRIPT.format(other)}
    assert bool(lint(tmp_path, files).findings) == shared


def test_relative_folders_are_one_from_one_folder_only(tmp_path):
    files = {"a/x.yaml": ARGS, "b/x.yaml": ARGS}
    assert lint(tmp_path, files).findings == ()
    assert len(lint(tmp_path, {**files, "b/y.yaml": ARGS}).findings) == 1
    inside = {"a.sh": "cd src\n" + SCRIPT.format("out"), "b.sh": SCRIPT.format("out")}
    assert lint(tmp_path, inside).findings == ()
    of_rate = changed(("shared.output_dir", "shared.learning_rate"))
    assert len(lint(tmp_path, files, of_rate).findings) == 1


def test_each_repository_by_itself(tmp_path):
    for name in ("one", "two"):
        (tmp_path / name / ".git").mkdir(parents=True)
    same = {"one/a.yaml": ARGS.replace(": out", ": /out"), "two/a.yaml": ARGS.replace(": out", ": /out")}
    assert lint(tmp_path, same).findings == ()
    assert len(lint(tmp_path, {**same, "two/b.yaml": same["two/a.yaml"]}).findings) == 1


def test_values_and_differing(tmp_path):
    rule = changed(
        ("when: group.count > 1", "when: distinct(group.values.seed) == [1, 2] and group.differing == ['seed', 'my_key']"),
    )
    files = {"a.yaml": ARGS + "seed: 1\n", "b.yaml": ARGS + "seed: 2\nmy_key: 1\n"}
    assert len(lint(tmp_path, files, rule).findings) == 1
    assert lint(tmp_path, {**files, "b.yaml": ARGS + "seed: 2\n"}, rule).findings == ()


def test_all_runs_are_seen_where_a_rule_reads_them(tmp_path):
    rule = changed(("each: {group: shared.output_dir}\n", ""), ("group.count > 1", "len(runs) > 2"), ("at: group", "at: seed"))
    rule = rule.replace(MESSAGE, "{runs[0].path} {len(runs)}")
    files = {f"{name}.yaml": ARGS.replace(": out", f": {name}") for name in "abc"}
    (finding,) = lint(tmp_path, files, rule).findings
    assert (finding.message, finding.place.document.path, finding.place.value) == ("a.yaml 3", "c.yaml", None)
    assert lint(tmp_path, {"a.yaml": ARGS}, rule).findings == ()


def test_a_run_as_item_stands_where_it_begins(tmp_path):
    rule = changed(("group: shared.output_dir", "one: runs"), ("group.count > 1", "one.nodes == 1 and one.seed == 7"))
    rule = rule.replace("at: group", "at: one").replace(
        "{group.count} {group.value} {group.paths:list} | {group.others:list}", "x"
    )
    (finding,) = lint(tmp_path, {"a.yaml": ARGS, "b.yaml": ARGS + "seed: 7\n"}, rule).findings
    assert (finding.place.document.path, finding.place.entry.start, finding.place.value) == ("b.yaml", 0, None)


def test_trainers_pick_the_runs_that_are_seen(tmp_path):
    rule = changed(("scope: project", 'scope: project\ntrainers: ["vlm-r1*"]'))
    files = {"a.yaml": ARGS, "b.yaml": ARGS}
    assert len(lint(tmp_path, files, rule, trainer="vlm-r1").findings) == 1
    assert lint(tmp_path, files, rule, trainer="trl==0.17.0").findings == ()


def test_what_cannot_be_decided_is_said(tmp_path):
    rule = changed(("group.count > 1", "1e9 in group.values.world_size"))
    result = lint(tmp_path, {"a.yaml": ARGS, "b.yaml": ARGS}, rule)
    assert [(one.rule, one.missing) for one in result.skipped] == [("TEAM001", ("fleet",))]


def test_a_fix_changes_the_run_of_the_finding(tmp_path):
    fix = "fix:\n  title: {en: f, zh: f}\n  safety: safe\n  set: {output_dir: elsewhere}\nexamples:\n"
    rule = changed(("examples:\n", fix), ('«a»: 1"', '«a»: 1"\n    fixed: "a: 2"'))
    (finding,) = lint(tmp_path, {"a.yaml": ARGS, "b.yaml": ARGS}, rule).findings
    assert finding.fix is not None
    assert (finding.fix.path, [change.value for change in finding.fix.changes]) == ("b.yaml", ["elsewhere"])


def test_a_suppression_is_not_unused_where_other_runs_may_be_missing(tmp_path):
    text = ARGS.replace("output_dir: out", "output_dir: out  # vlmr1-lint: ignore[TEAM001] one folder for both")
    assert lint(tmp_path, {"a.yaml": ARGS, "b.yaml": text}).findings == ()
    root = tmp_path.resolve()
    (root / "rules").mkdir()
    (root / "rules" / "r.yaml").write_text(RULE)
    (root / "b.yaml").write_text(text)
    from vlmr1_lint.preferences import load_preferences

    sources = Sources(str(root))
    preferences = load_preferences(Given(preset="strict", select=("TEAM001", "SUP"), rules=(str(root / "rules"),)), sources)
    assert Session(sources, [str(root / "b.yaml")], preferences).lint().findings == ()


@pytest.mark.parametrize(
    ("replacements", "message"),
    [
        ([("group.count > 1", 'trainer_is("trl")')], "trainer_is asks about one run: only rules of scope run can call it"),
        ([("group.count > 1", "forecast_with(beta=0).low > 1")], "forecast_with asks about one run"),
        ([("group.count > 1", "run.beta > 1")], "unknown name 'run' (did you mean 'runs'?)"),
        ([("shared.output_dir", "shared.output_dri")], "shared has no attribute 'output_dri' (did you mean 'output_dir'?)"),
        ([("shared.output_dir", '"[1, 2]"'), ("group.count", "group")], "at: int stands nowhere"),
        ([("severity: warning", "severity: warning\nsome: info")], "some belongs to scope: run"),
    ],
)
def test_what_is_refused(replacements, message):
    with pytest.raises(RuleFileError, match=message.replace("(", r"\(").replace("?)", r"\?\)")):
        load_rule(changed(*replacements).replace(MESSAGE, "x"), "r")
