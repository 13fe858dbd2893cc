"""The released packages do with a rule's examples what the rule says: see claims.yaml."""

from __future__ import annotations

import os
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from vlmr1_lint.rulefiles.catalogue import builtin

from .claims import cases, problem, request, table, versions
from .runner import INTERPRETERS, VLM_R1, Interpreter, write_vlm_r1

if TYPE_CHECKING:
    from collections.abc import Iterator

CLAIMS = table()
RULES = {rule.id: rule for rule in builtin()}
PROBED = [
    (rule, version)
    for rule in CLAIMS
    if rule in RULES
    for version in versions(RULES[rule], CLAIMS[rule])
    if any(True for _ in cases(RULES[rule], CLAIMS[rule], version))
]


@pytest.fixture(scope="module")
def interpreters() -> Iterator[dict[str, Interpreter]]:
    """The interpreters that the environment names, each started at most once a probe."""
    named = {version: os.environ[name] for version, name in INTERPRETERS.items() if os.environ.get(name)}
    with ExitStack() as stack:
        yield {version: stack.enter_context(Interpreter(python)) for version, python in named.items()}


@pytest.fixture(scope="module")
def vlm_r1(tmp_path_factory: pytest.TempPathFactory) -> str | None:
    """The source tree of VLM-R1's HEAD, None where the environment names no checkout."""
    repository = os.environ.get(VLM_R1)
    return write_vlm_r1(repository, tmp_path_factory.mktemp("vlm-r1")) if repository else None


@pytest.mark.packages
@pytest.mark.parametrize(("rule", "version"), PROBED, ids=[f"{rule}-{version}" for rule, version in PROBED])
def test_packages_agree(rule: str, version: str, interpreters: dict[str, Interpreter], vlm_r1: str | None) -> None:
    if version not in interpreters:
        pytest.skip(f"{INTERPRETERS[version]} names no interpreter")
    if {**CLAIMS[rule], **(CLAIMS[rule].get(version) or {})}.get("needs_vlm_r1") and vlm_r1 is None:
        pytest.skip(f"{VLM_R1} names no checkout")
    problems = []
    for case in cases(RULES[rule], CLAIMS[rule], version):
        answer = interpreters[version].ask(case.claim["probe"], request(case, version, vlm_r1))
        found = problem(case, answer)
        if found is not None:
            problems.append(f"{case}: {found}")
    assert not problems, "\n".join(problems)


def test_what_is_called_executed_has_a_claim() -> None:
    without = [rule.id for rule in RULES.values() if rule.details["verified"] == "executed" and rule.id not in CLAIMS]
    assert without == [], "add these to tests/packages/claims.yaml: a probe and what must be seen, or `because` it cannot be"


def test_claims_are_of_rules_that_exist() -> None:
    assert [rule for rule in CLAIMS if rule not in RULES] == []


@pytest.mark.parametrize("rule", [rule for rule in CLAIMS if rule in RULES and "probe" in CLAIMS[rule]])
def test_a_claim_is_put_to_the_test(rule: str) -> None:
    claim = CLAIMS[rule]
    roles = [case.role for version in versions(RULES[rule], claim) for case in cases(RULES[rule], claim, version)]
    assert "fail" in roles
