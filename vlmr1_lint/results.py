"""What the public functions return: plain values, the same facts as the JSON reports (docs/json.md)."""

from __future__ import annotations

from vlmr1_lint.values import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

__all__ = ["Finding", "Fix", "Fixed", "Forecast", "Plan", "Report", "Step"]


@value
class Fix:
    """What would put a finding right.

    safety    ``"safe"``, ``"unsafe"`` or ``"suggestion"`` (shown, never written)
    title     in a few words
    path      the file that it changes
    withheld  why it is not written (``"run_b.sh uses it too"``), or None
    """

    safety: str
    title: str
    path: str
    withheld: str | None


@value
class Finding:
    """One thing that a rule found. Lines and columns are 1-based, columns count code points; the end is not included.

    rule, name   the rule's id and name
    severity     ``"error"``, ``"warning"`` or ``"info"``
    message      one line; ``why`` it matters; ``assumptions`` that it rests on
    path, key    file, and document path in it (``zero_optimization.stage``)
    fingerprint  what it is known by over edits elsewhere
    """

    rule: str
    name: str
    severity: str
    message: str
    why: str
    path: str
    key: str
    line: int
    column: int
    end_line: int
    end_column: int
    assumptions: tuple[str, ...]
    fingerprint: str
    fix: Fix | None


@value
class Report:
    """What linting came to.

    findings  in order of path, line, column, rule
    files     path → kind (``"args"``, ``"deepspeed"``, ``"accelerate"``, ``"data"``, ``"launch"``) of the files that are ours
    skipped   (path, rule id, missing facts) of each rule that could not be decided
    troubles  (path, words) of each file that could not be dealt with
    """

    findings: tuple[Finding, ...]
    files: Mapping[str, str]
    skipped: tuple[tuple[str, str, tuple[str, ...]], ...]
    troubles: tuple[tuple[str, str], ...]


@value
class Fixed:
    """What fixing comes to; nothing was written.

    report   what remains then
    texts    path → bytes of each file that changes
    applied  (path, rule id, title) of each fix
    diff     the same as a patch, for ``git apply``
    """

    report: Report
    texts: Mapping[str, bytes]
    applied: tuple[tuple[str, str, str], ...]
    diff: str


@value
class Forecast:
    """The memory that each GPU needs, in GiB (2**30 bytes).

    low, likely, high  see docs/memory.md; None where a fact is missing
    phase              when the most is needed: ``"backward"``, ``"generation"``, …
    verdict            ``"fits"``, ``"tight"``, ``"likely-oom"``, ``"oom"``, ``"unknown"``, ``"rejected"``
    missing            facts that would be needed
    """

    path: str
    verdict: str
    low: float | None
    likely: float | None
    high: float | None
    phase: str | None
    missing: tuple[str, ...]


@value
class Step:
    """One change of a plan.

    set              options and their new values
    cost             ``"free"``, ``"speed"`` or ``"experiment"``
    likely, verdict  in GiB, with all steps up to it
    """

    set: Mapping[str, object]
    cost: str
    likely: float | None
    verdict: str


@value
class Plan:
    """The forecast of a run, and the smallest change that makes it fit.

    steps  one after the other; none where it fits, or nothing helps
    rules  ids of the rules that say why it cannot start
    data   all that ``plan --format json`` says of the run
    """

    forecast: Forecast
    steps: tuple[Step, ...]
    rules: tuple[str, ...]
    data: Mapping[str, Any]
