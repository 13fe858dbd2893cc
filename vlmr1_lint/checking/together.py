"""Which runs rules of scope ``project`` must look at. Such rules are mostly about a value that several runs share; of thousands
of runs only that value is kept, and a run is made again where another has it too."""

from __future__ import annotations

from vlmr1_lint.documents.references import below_root
from vlmr1_lint.rulefiles.matching import picked
from vlmr1_lint.unknown import is_unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Hashable

    from vlmr1_lint.rulefiles.catalogue import Catalogue
    from vlmr1_lint.rulefiles.rule import Rule
    from vlmr1_lint.training.run import Run

__all__ = ["Together", "is_about", "written"]


class Together:
    """The files whose runs must be looked at together: ``names``, in the order in which their runs were found."""

    def __init__(self) -> None:
        self.names: dict[str, None] = {}
        self._first: dict[Hashable, str] = {}

    def note(self, run: Run, rules: Catalogue) -> None:
        """Take note of *run*, for whose file *rules* are on."""
        name = run.inputs.document.path
        for rule in rules.project:
            if not is_about(rule, run):
                continue
            if rule.shares is None:
                self.names[name] = None
            for option in rule.shares or ():
                value = written(option, run)
                if value is not None:
                    key = option, str(value)
                    if key in self._first:
                        self.names[self._first[key]] = self.names[name] = None
                    self._first.setdefault(key, name)


def is_about(rule: Rule, run: Run) -> bool:
    """Whether *rule* is about *run* for certain: its ``trainers`` pick all candidates."""
    return rule.trainers is None or len(picked(rule.trainers, run.candidates)) == len(run.candidates)


def written(option: str, run: Run) -> object:
    """The value that *run* has written for *option*, None where there is none or it is open. ``${REPO_HOME}/checkpoints/rec`` is
    not: it is below the repository's root."""
    node = run.node(option)
    if node is None:
        return None
    found = getattr(run, option)
    return found if not is_unknown(found) else below_root(getattr(node, "partial", ""), run.home(option).path)
