"""Findings about suppressions: their words stand in the rules SUP001 and SUP002, whether they hold is known only at the end."""

from __future__ import annotations

from vlmr1_lint.checking.evaluate import check_document
from vlmr1_lint.checking.scope import DocumentScope, SuppressionFacts
from vlmr1_lint.findings.suppression import UNKNOWN, UNUSED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from vlmr1_lint.checking.context import Context
    from vlmr1_lint.checking.evaluate import Said
    from vlmr1_lint.checking.scope import DocumentFacts
    from vlmr1_lint.findings.suppression import Misuse
    from vlmr1_lint.rulefiles.catalogue import Catalogue

__all__ = ["misuse_findings"]


def misuse_findings(
    misuses: Sequence[Misuse], kind_of: Callable[[str], str], rules_of: Callable[[str], Catalogue], about: Context
) -> Iterator[tuple[str, Said]]:
    """What the rules about suppressions say of *misuses*, each with the document's name, for which *kind_of* and *rules_of*
    answer."""
    by_document: dict[str, list[Misuse]] = {}
    for misuse in misuses:
        by_document.setdefault(misuse.place.document.path, []).append(misuse)
    for name, found in by_document.items():
        scope = DocumentScope(found[0].place.document, kind_of(name))
        facts: DocumentFacts = scope["document"]  # type: ignore[assignment]
        facts.suppressions = [SuppressionFacts(misuse) for misuse in found]
        rules = [rule for rule in rules_of(name) if rule.id in {UNKNOWN, UNUSED}]
        for said in check_document(scope, rules, about):
            yield name, said
