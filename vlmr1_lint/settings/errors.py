"""The error that a settings file causes. Apart from its sentences, because ``except`` needs it on every run."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from vlmr1_lint.settings.problems import SettingsProblem

__all__ = ["SettingsError"]


class SettingsError(Exception):
    """A settings file that cannot be used, with everything that is wrong with it."""

    def __init__(self, problems: Iterable[SettingsProblem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(problem.told() for problem in self.problems))
