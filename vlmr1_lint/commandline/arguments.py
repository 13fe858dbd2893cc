"""argparse parsers over the option tables: ``--help``, and one clear line for every mistake. Exit status 2."""

from __future__ import annotations

import argparse

from vlmr1_lint.commandline.options import RUN, SELECTION, BadValue

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any, NoReturn

    from vlmr1_lint.commandline.options import Flag

__all__ = ["add_flags", "add_rule_source_options", "add_run_options", "add_selection_options", "argument_type", "parser"]


def parser(command: str, summary: str) -> argparse.ArgumentParser:
    """The parser of *command*; without abbreviations, so that a new option never changes what an old script means."""
    name = "vlmr1-lint" if command == "check" else f"vlmr1-lint {command}"
    return _Parser(prog=name, description=summary, allow_abbrev=False)


class _Parser(argparse.ArgumentParser):
    """Says a mistake in one line, with the option that was probably meant, and both in the language asked for."""

    lang = "en"

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        from vlmr1_lint.commandline.words import asked_lang

        self.lang = asked_lang(list(args or ()))
        return super().parse_known_args(args, namespace)

    def format_help(self) -> str:
        if self.lang == "zh":
            from vlmr1_lint.commandline.help_zh import translate

            translate(self)
        return super().format_help()

    def error(self, message: str) -> NoReturn:
        from vlmr1_lint.commandline.mistakes import sentence
        from vlmr1_lint.commandline.telling import tell

        known = [text for action in self._actions for text in action.option_strings]
        tell(sentence(self.prog, message, known, self.lang))
        self.exit(2)


def add_flags(to: argparse.ArgumentParser, flags: Sequence[Flag]) -> None:
    """Add the options of a table, under its headings."""
    groups: dict[str, argparse._ArgumentGroup] = {}
    for flag in flags:
        if flag.group not in groups:
            groups[flag.group] = to.add_argument_group(flag.group)
        words = [flag.name, flag.short] if flag.short else [flag.name]
        if not flag.metavar:
            groups[flag.group].add_argument(*words, action="store_true", help=flag.help)
        else:
            action = ("extend" if flag.read and flag.read.__name__ == "names" else "append") if flag.many else "store"
            groups[flag.group].add_argument(
                *words,
                metavar=flag.metavar,
                action=action,
                type=argument_type(flag.read) if flag.read else str,
                choices=flag.choices,
                default=flag.default,
                help=flag.help,
            )


def argument_type(read: Callable[[str], object]) -> Callable[[str], object]:
    """*read* with its error as argparse wants it."""

    def convert(text: str) -> object:
        try:
            return read(text)
        except BadValue as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return convert


def add_run_options(to: argparse.ArgumentParser) -> None:
    """Options about the run: hardware, trainer, data, settings, language."""
    add_flags(to, RUN)


def add_selection_options(to: argparse.ArgumentParser) -> None:
    """Options that choose rules."""
    add_flags(to, SELECTION)


def add_rule_source_options(to: argparse.ArgumentParser) -> None:
    """Options of the commands about rules: where rules come from, and the language."""
    wanted = {"--rules", "--config", "--isolated", "--lang"}
    add_flags(to, [flag for flag in (*RUN, *SELECTION) if flag.name in wanted])
