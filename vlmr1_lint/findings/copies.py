"""Findings about files that nobody here wrote: unchanged copies of an upstream repository's, read by its unchanged trainer.

They are true, and everyone who copied the repository gets them; reports for people fold them into one line. Errors are never
folded, nor is what rests on the user's own hardware, or on several runs together.
"""

from __future__ import annotations

from vlmr1_lint.facts.upstream import upstream_of
from vlmr1_lint.training.inputs import Joined
from vlmr1_lint.unknown import is_unknown
from vlmr1_lint.values import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from vlmr1_lint.findings.finding import Finding
    from vlmr1_lint.rulefiles.rule import Rule
    from vlmr1_lint.sources import Sources
    from vlmr1_lint.training.run import Run

__all__ = ["Copies"]

_HARDWARE = frozenset("fleet forecast samples world_size micro_batch effective_batch world_is_assumed".split())
"""Facts that a user's hardware, or assumptions about samples, decide."""


class Copies:
    """Which findings are about unchanged copies; each file is hashed once."""

    def __init__(self, sources: Sources) -> None:
        self.sources = sources
        self._known: dict[str, str | None] = {}

    def marked(self, finding: Finding, run: Run | None, rule: Rule | None) -> Finding:
        """*finding* with the upstream repository of all files that it rests on, as it is where one of them differs from
        upstream's or the finding is never folded."""
        if finding.severity == "error" or (rule is not None and rule.scope == "project"):
            return finding
        if run is not None and _rests_on_hardware(run, rule):
            return finding
        place = finding.place.document
        of_place = self._upstream(place.path, place.data)
        if of_place is None or (run is not None and not all(self._files(run))):
            return finding
        return replace(finding, upstream=of_place)

    def _files(self, run: Run) -> Iterator[str | None]:
        """The upstream repository of each file of *run*, its trainer's and training script's code included."""
        inputs = run.inputs
        joined = [file.document for file in (inputs.deepspeed, inputs.accelerate) if isinstance(file, Joined)]
        for document in (inputs.document, *inputs.origins.values(), *joined):
            if document is not None:
                yield self._upstream(document.path, document.data)
        for name in inputs.trainer.code.files() if inputs.trainer.code is not None else ():
            yield self._upstream(name, self.sources.try_read(self.sources.path(name)) or b"")

    def _upstream(self, name: str, data: bytes) -> str | None:
        if name not in self._known:
            self._known[name] = upstream_of(data)
        return self._known[name]


def _rests_on_hardware(run: Run, rule: Rule | None) -> bool:
    if is_unknown(run.fleet) or rule is None:
        return False
    return any(not _HARDWARE.isdisjoint(chain) for chain in rule.reads)
