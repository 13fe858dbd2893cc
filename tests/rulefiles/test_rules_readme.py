"""rules/README.md names every fact, function, field and format that a rule may use, and its example is a rule."""

from __future__ import annotations

import os

from vlmr1_lint.language.templates import FORMATS
from vlmr1_lint.language.types import ListOf, Object, Optional
from vlmr1_lint.rulefiles.catalogue import PACKAGE
from vlmr1_lint.rulefiles.load import load_rule
from vlmr1_lint.rulefiles.schema import RUN_AMONG_OTHERS, schema
from vlmr1_lint.rulefiles.shape import Example, FixModel, RuleFile, field_names

with open(os.path.join(os.path.dirname(PACKAGE), "rules", "README.md"), encoding="utf-8") as file:
    README = file.read()


def test_every_fact_is_named():
    assert [name for name in facts() if f"`{name}`" not in README] == []


def facts():
    found = schema()
    for name, kind in found.names.items():
        yield name
        yield from attributes(name, kind, found.options)


def attributes(name, kind, options):
    while isinstance(kind, ListOf | Optional):
        kind = kind.item
    if not isinstance(kind, Object) or name in {"deepspeed", "accelerate", "data"}:  # keys of files: not ours to list
        return
    if name == "shared":  # a list of groups for each option
        kind = kind.attributes["output_dir"].item
    for attribute, below in kind.attributes.items():
        if kind.name in {"run", "values"} and name != "run":  # one of several runs: what `run` has, and a little more
            if attribute in RUN_AMONG_OTHERS:
                yield attribute
        elif name == "run":
            if attribute not in options:
                yield f"run.{attribute}"
        else:
            yield attribute
            yield from attributes(attribute, below, options)


def test_every_function_is_named():
    assert [name for name in schema().functions if f"`{name}(" not in README] == []


def test_every_field_is_named():
    fields = {*field_names(RuleFile), *field_names(FixModel)}
    assert [name for name in sorted(fields) if f"`{name}`" not in README and f"\n{name}:" not in README] == []
    assert [name for name in field_names(Example) if f"`{name}`" not in README and f"{name}: |" not in README] == []


def test_every_format_is_named():
    assert [form for form in FORMATS if form and form != "repr" and f"`{form}`" not in README] == []


def test_the_example_is_a_rule():
    shortest, text = (block.split("```")[0] for block in README.split("```yaml\n")[1:3])
    assert load_rule(shortest, "example.yaml").id == "TEAM001"
    rule = load_rule(text, "example.yaml")
    assert (rule.id, rule.safety) == ("GEN050", "unsafe")
