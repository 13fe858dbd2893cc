"""What commands about one file begin with: is it there, and which repository and preferences does it stand in?"""

from __future__ import annotations

import os

from vlmr1_lint.commandline.telling import tell
from vlmr1_lint.commandline.words import say
from vlmr1_lint.commands.check import given_of
from vlmr1_lint.preferences import load_preferences
from vlmr1_lint.sources import Sources, repository_root

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from vlmr1_lint.preferences import Preferences

__all__ = ["existing", "opened"]


def existing(file: str, lang: str) -> str | None:
    """The absolute path of *file*; None, told in one line, if there is no such file, or it is a
    folder."""
    if os.path.isfile(file):
        return os.path.abspath(file)
    tell(say("is-folder" if os.path.isdir(file) else "no-file", lang, path=file))
    return None


def opened(path: str, options: Any) -> tuple[Sources, Preferences]:
    """The sources of the repository that the absolute *path* stands in (without one: of the working folder), and the preferences
    that *options* and its settings come to. Raises SettingsError and RuleFileError."""
    sources = Sources(repository_root(os.path.dirname(path)) or os.getcwd())
    return sources, load_preferences(given_of(options), sources, options.config, without_settings=options.isolated)
