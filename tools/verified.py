"""Prints which rules were seen in the released packages, which rest on reading their source, and which no package speaks of.

Usage: ``python tools/verified.py``, or with rule ids or families (``DSP GRP001``). It reads the rules and
tests/packages/claims.yaml; that the packages still agree is what ``pytest -m packages`` says.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
sys.path.insert(0, str(Path(__file__).parents[1]))  # this repository's rules, not those of an installed package

from packages.claims import cases, table, versions  # type: ignore[import-not-found]

from vlmr1_lint.rulefiles.catalogue import builtin

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vlmr1_lint.rulefiles.rule import Rule


def evidence(rule: Rule, claim: dict[str, Any] | None) -> tuple[str, str]:
    """How *rule* is known to be right: ``executed``, ``partly`` or ``read``; and by which probe and versions, or why not."""
    if claim is None:
        return "read", ""
    if "probe" not in claim:
        return "read", str(claim["because"])
    probes: dict[str, list[str]] = {}
    for version in versions(rule, claim):
        for name in sorted({one.claim["probe"] for one in cases(rule, claim, version) if one.role == "fail"}):
            probes.setdefault(name, []).append(version)
    seen = "; ".join(f"{name}: {', '.join(where)}" for name, where in probes.items())
    return ("partly", f"{seen}; read: {claim['reading']}") if "reading" in claim else ("executed", seen)


def main(wanted: Sequence[str]) -> int:
    """Prints the table and the sums."""
    claims = table()
    sums: dict[str, int] = {}
    for rule in sorted(builtin(), key=lambda rule: rule.id):
        if wanted and rule.id not in wanted and rule.family not in wanted:
            continue
        how, by = evidence(rule, claims.get(rule.id))
        sums[how] = sums.get(how, 0) + 1
        print(f"{rule.id:8} {rule.severity:8} {how:9} {by}".rstrip())
    print(", ".join(f"{number} {how}" for how, number in sorted(sums.items())))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
