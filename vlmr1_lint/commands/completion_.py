"""``vlmr1-lint completion SHELL``: completion scripts, made from the commands and the options of ``check``."""

from __future__ import annotations

from vlmr1_lint.cli import COMMANDS
from vlmr1_lint.commandline.arguments import parser
from vlmr1_lint.commandline.telling import put_report

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["run"]

_BASH = """\
_vlmr1_lint() {{
  local word=${{COMP_WORDS[COMP_CWORD]}}
  if [[ $COMP_CWORD -eq 1 ]]; then
    COMPREPLY=( $(compgen -W "{commands}" -- "$word") $(compgen -f -- "$word") )
  elif [[ $word == -* ]]; then
    COMPREPLY=( $(compgen -W "{options}" -- "$word") )
  else
    COMPREPLY=( $(compgen -f -- "$word") )
  fi
}}
complete -o filenames -F _vlmr1_lint vlmr1-lint
"""
_ZSH = """\
#compdef vlmr1-lint
_arguments '1:command or file:_files -g "*"' '*:file:_files' {options}
"""
_FISH = """\
complete -c vlmr1-lint -n __fish_use_subcommand -a "{commands}"
{options}
"""


def run(words: Sequence[str]) -> int:
    """Carry out the command."""
    it = parser("completion", "Print a completion script for a shell.")
    it.add_argument("shell", choices=("bash", "zsh", "fish"))
    shell = it.parse_args(list(words)).shell
    from vlmr1_lint.commands.check import check_parser

    options = sorted(text for action in check_parser()._actions for text in action.option_strings if text.startswith("--"))
    if shell == "bash":
        put_report(_BASH.format(commands=" ".join(COMMANDS), options=" ".join(options)))
    elif shell == "zsh":
        put_report(_ZSH.format(options=" ".join(f"'{option}'" for option in options)))
    else:
        lines = [f"complete -c vlmr1-lint -l {option.removeprefix('--')}" for option in options]
        put_report(_FISH.format(commands=" ".join(COMMANDS), options="\n".join(lines)))
    return 0
