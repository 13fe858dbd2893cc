"""Compiled rules: the same as their files, lazy, and never stale."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from toy import RULE, SCHEMA, Run, changed

from vlmr1_lint.rulefiles import catalogue
from vlmr1_lint.rulefiles.build import compile_rules, schema_text
from vlmr1_lint.rulefiles.compiled import COLD, HOT, StaleRules, encode, read_compiled, read_rule_files, stamp, write_compiled
from vlmr1_lint.rulefiles.load import RuleFileError, load_rules, parse_rules

ROOT = os.path.dirname(catalogue.PACKAGE)
OTHER = changed(("TOY001", "TOY002"), ("both-half-precisions", "another-one"))


@pytest.fixture
def folder(tmp_path):
    records, found = parse_rules([("a.yaml", RULE), ("b.yaml", OTHER)], SCHEMA)
    assert found == []
    write_compiled(str(tmp_path), *encode(records, "made from this"))
    return tmp_path


def test_compiled_rules_equal_loaded_ones(folder):
    loaded, _ = load_rules([("a.yaml", RULE), ("b.yaml", OTHER)], SCHEMA)
    read = read_compiled(str(folder), "made from this")
    assert len(read) == 2
    for one, other in zip(loaded, read, strict=True):
        for name in ("id", "name", "severity", "scope", "kinds", "trainers", "presets", "some", "safety", "reads"):
            assert getattr(one, name) == getattr(other, name)
        scopes = [rule.program({}).scope({"run": Run(fp16=True, bf16=True, world_size=8)}) for rule in (one, other)]
        assert [rule.program({}).when(scope) for rule, scope in zip((one, other), scopes, strict=True)] == [True, True]
        assert one.message("zh", scopes[0], {}) == other.message("zh", scopes[1], {})
        assert one.details == other.details


def test_texts_are_read_only_when_asked(folder):
    rule = read_compiled(str(folder), None)[1]
    (folder / COLD).unlink()
    assert rule.program({}).when({"run": Run(fp16=False, bf16=False)}) is False
    with pytest.raises(StaleRules):
        rule.title("en")


def test_files_of_two_builds_are_not_mixed(folder):
    rule = read_compiled(str(folder), None)[0]
    records, _ = parse_rules([("a.yaml", changed(("both precisions on", "other words")))], SCHEMA)
    write_compiled(str(folder), *encode(records, "made from that"))
    with pytest.raises(StaleRules):
        rule.title("en")


@pytest.mark.parametrize(
    "damage", ["", "[]", "[1]", "nonsense", '[99,"x","made from this"]\n[]', '[1,"x","made from this"]', "é"]
)
def test_what_is_damaged_or_stale_is_not_used(folder, damage):
    assert read_compiled(str(folder), "made from this") is not None
    assert read_compiled(str(folder), "made from something else") is None
    (folder / HOT).write_text(damage, encoding="utf-8")
    assert read_compiled(str(folder), "made from this") is None
    (folder / HOT).unlink()
    assert read_compiled(str(folder), "made from this") is None


@pytest.fixture
def checkout(tmp_path):
    """A checkout with a toy rule: the real package by links, so that its schema is there."""
    package = tmp_path / "vlmr1_lint"
    package.mkdir()
    for name in ("rulefiles", "language", "checking", "facts", "trainers", "candidates", "training", "nearest.py"):
        (package / name).symlink_to(os.path.join(catalogue.PACKAGE, name))
    family = tmp_path / "rules" / "mem"
    family.mkdir(parents=True)
    source = os.path.join(ROOT, "rules", "mem", "gradient-checkpointing-off.yaml")
    with open(source, encoding="utf-8") as file:
        (family / "gradient-checkpointing-off.yaml").write_text(file.read(), encoding="utf-8")
    return tmp_path


def compile_checkout(checkout):
    package = str(checkout / "vlmr1_lint")
    made_from = stamp(package, str(checkout / "rules"))
    records = compile_rules(read_rule_files(str(checkout / "rules")))
    write_compiled(f"{package}/_compiled", *encode(records, made_from))


def test_a_checkout_uses_compiled_rules_only_while_nothing_changed(checkout, monkeypatch):
    package, rules = str(checkout / "vlmr1_lint"), checkout / "rules" / "mem"
    slow = []
    real = catalogue._from_files
    monkeypatch.setattr(catalogue, "_from_files", lambda folder: slow.append(1) or real(folder))
    assert len(catalogue._load_builtin(package)) == 1
    assert len(slow) == 1  # nothing compiled yet
    compile_checkout(checkout)
    (rule,) = catalogue._load_builtin(package)
    assert len(slow) == 1
    assert rule.severity == "error"

    file = rules / "gradient-checkpointing-off.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("severity: error", "severity: warning"), encoding="utf-8")
    (rule,) = catalogue._load_builtin(package)
    assert len(slow) == 2
    assert rule.severity == "warning"

    compile_checkout(checkout)
    catalogue._load_builtin(package)
    assert len(slow) == 2
    before = file.stat()
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns + 1))
    catalogue._load_builtin(package)
    assert len(slow) == 3

    compile_checkout(checkout)
    file.unlink()
    assert catalogue._load_builtin(package) == []
    assert len(slow) == 4


def test_a_stamp_covers_all_code_that_compiles_rules():
    """What the compiler imports from the rooms that give rules their meaning is in the stamp (documents only read YAML)."""
    code = (
        "import sys\n"
        "from vlmr1_lint.rulefiles.build import compile_rules\n"
        "from vlmr1_lint.rulefiles.compiled import read_rule_files\n"
        f"files = read_rule_files({os.path.join(ROOT, 'rules')!r})\n"
        "compile_rules([file for file in files if 'gradient-checkpointing-off' in file[0]])\n"
        "print(*(module.__file__ for name, module in sys.modules.items() if name.startswith('vlmr1_lint.')))\n"
    )
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    stamped = {line.split()[0].replace("/./", "/") for line in stamp(catalogue.PACKAGE, os.path.join(ROOT, "rules")).splitlines()}
    loaded = {os.path.relpath(path, catalogue.PACKAGE).replace(os.sep, "/") for path in run.stdout.split()}
    rooms = ("rulefiles/", "language/", "checking/", "facts/", "trainers/", "training/", "candidates/")
    deciding = {path for path in loaded if path.startswith(rooms) and "__init__" not in path}
    assert deciding - stamped - {"rulefiles/build.py"} == set()


def test_an_installed_package_trusts_what_it_was_built_with(checkout):
    package = checkout / "vlmr1_lint"
    compile_checkout(checkout)
    (checkout / "rules").rename(package / "rules")
    (rule,) = catalogue._load_builtin(str(package))
    assert rule.id == "MEM001"
    (package / "_compiled" / HOT).unlink()
    (rule,) = catalogue._load_builtin(str(package))
    assert rule.id == "MEM001"


def test_a_rule_that_is_none_stops_the_build_and_a_checkout(checkout):
    (checkout / "rules" / "mem" / "wrong.yaml").write_text("id: MEM002\n", encoding="utf-8")
    with pytest.raises(RuleFileError, match=r"rules/mem/wrong.yaml:1:1: field 'message' is missing"):
        compile_checkout(checkout)
    with pytest.raises(RuleFileError, match=r"wrong.yaml"):
        catalogue._load_builtin(str(checkout / "vlmr1_lint"))


def test_a_rule_stands_where_its_name_says(checkout):
    file = checkout / "rules" / "mem" / "gradient-checkpointing-off.yaml"
    file.rename(file.with_name("elsewhere.yaml"))
    with pytest.raises(
        RuleFileError, match=r"MEM001 gradient-checkpointing-off belongs into rules/mem/gradient-checkpointing-off.yaml"
    ):
        compile_checkout(checkout)


def test_the_schema_in_the_repository_is_current():
    with open(os.path.join(ROOT, "rules", "rule.schema.json"), encoding="utf-8") as file:
        assert file.read() == schema_text(), "run python -m vlmr1_lint.rulefiles.build --schema"


def test_the_schema_accepts_every_rule_and_refuses_unknown_fields():
    import json

    import jsonschema

    from vlmr1_lint.rulefiles.source import RuleSource

    schema = json.loads(schema_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    for path, text in read_rule_files(os.path.join(ROOT, "rules")):
        assert not list(validator.iter_errors(RuleSource(path, text).data)), path
    assert list(validator.iter_errors({**RuleSource("a", RULE).data, "sevrity": "error"}))


def test_loading_needs_no_parser(folder):
    """Two hundred rules are loaded, and one of them is put to use, without one of the heavy modules."""
    records = []
    for number in range(200):
        text = changed(("TOY001", f"TOY{number:03}"), ("both-half-precisions", f"toy-{number}"))
        records += parse_rules([(f"{number}.yaml", text)], SCHEMA)[0]
    write_compiled(str(folder), *encode(records, ""))
    code = (
        "import sys\n"
        "from vlmr1_lint.rulefiles.catalogue import Catalogue\n"
        "from vlmr1_lint.rulefiles.compiled import read_compiled\n"
        f"rules = Catalogue(read_compiled({str(folder)!r}, None))\n"
        "rules.get('TOY007').program({}).when\n"
        "heavy = {'ast', 'json', 'yaml', 'pydantic', 're', 'typing', 'dataclasses', 'inspect', 'enum'} & set(sys.modules)\n"
        "print(len(rules), sorted(heavy))\n"
    )
    run = subprocess.run(
        [sys.executable, "-S", "-c", code], cwd=ROOT, capture_output=True, text=True, check=True, env={"PYTHONPATH": ROOT}
    )
    assert run.stdout.split() == ["200", "[]"]


def test_a_stamp_reads_no_file(monkeypatch):
    def read(*_):
        raise AssertionError("a file is read")

    for way in ("builtins.open", "io.open", "os.open"):
        monkeypatch.setattr(way, read)
    assert stamp(catalogue.PACKAGE, os.path.join(ROOT, "rules"))
