"""A user's own rules: every ``.yaml`` file of a folder, checked like ours."""

from __future__ import annotations

from vlmr1_lint.rulefiles.load import RuleFileError, RuleProblem, load_rules

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from vlmr1_lint.rulefiles.rule import Rule
    from vlmr1_lint.sources import Sources

__all__ = ["own_rules"]


def own_rules(folders: Iterable[str], sources: Sources) -> list[Rule]:
    """The rules of the rule files in *folders* (absolute) and their sub-folders, by path.

    Raises RuleFileError with all that is wrong, also for a folder that is not there or holds no rule.
    """
    texts: list[tuple[str, str]] = []
    problems: list[RuleProblem] = []
    for folder in folders:
        name = sources.name(folder)
        found = list(_rule_files(folder, sources))
        if not found:
            problems.append(RuleProblem(name, 1, 1, "no folder with rule files (*.yaml)"))
        for path in found:
            # A folder outside was named on the command line; one inside comes with the files that are linted.
            text = sources.try_read(path) if sources.below(folder) else sources.try_read_anywhere(path)
            if text is None:
                problems.append(RuleProblem(sources.name(path), 1, 1, "it cannot be read"))
                continue
            try:
                texts.append((sources.name(path), text.decode("utf-8")))
            except UnicodeDecodeError:
                problems.append(RuleProblem(sources.name(path), 1, 1, "not UTF-8"))
    rules, wrong = load_rules(texts)
    if problems or wrong:
        raise RuleFileError([*problems, *wrong])
    return rules


def _rule_files(folder: str, sources: Sources) -> Iterable[str]:
    for name in sources.listing(folder):
        path = f"{folder}/{name}"
        if name.endswith((".yaml", ".yml")) and not name.startswith("."):
            yield path
        elif "." not in name and (sources.inside(path) or not sources.below(folder)):
            yield from (f"{path}/{inner}" for inner in sources.listing(path) if inner.endswith((".yaml", ".yml")))
