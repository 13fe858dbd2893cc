"""Commands: what stands in front of a training command, the shell's own commands, programs in strings."""

from __future__ import annotations

import re

from vlmr1_lint.documents.formats import PLAIN_LAUNCHERS
from vlmr1_lint.documents.model import Span
from vlmr1_lint.documents.shell import launchers, tables
from vlmr1_lint.documents.shell.grammar import Exhausted
from vlmr1_lint.documents.shell.launchers import Launch, basename
from vlmr1_lint.documents.shell.nodes import Foreign, Server
from vlmr1_lint.documents.shell.options import flag_name, resolved
from vlmr1_lint.documents.shell.sourcing import source_file
from vlmr1_lint.documents.shell.state import State, Variable
from vlmr1_lint.documents.shell.text import Piece, Source, Word, split_at, string
from vlmr1_lint.documents.shell.yamlloop import reread
from vlmr1_lint.unknown import Unknown
from vlmr1_lint.values import replace, value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from vlmr1_lint.documents.shell.interpret import Interpreter
    from vlmr1_lint.documents.shell.text import Place, Text

__all__ = ["Command", "Commands", "Found"]

ROOTS_MAX = 64
"""Training commands that are kept per script; ours: more come only from loops in loops."""
_SHELLS = frozenset({"bash", "sh", "zsh", "dash", "ksh"})
_INPUT_RUNNERS = _SHELLS | {"sbatch", "ssh", "srun"}
"""Commands that run what a here-document gives them."""
_RUNS_STRING = re.compile(r"--wrap=|--command=")
_HINT = re.compile(rf"\b({'|'.join(PLAIN_LAUNCHERS)}|accelerate|python[0-9.]*|trl|bash|sh|srun|llamafactory-cli|swift)\b")


@value
class Command:
    """A simple command: its words, its own environment, offsets in *source*, and what a broken continuation left behind it."""

    node_id: int
    words: list[Word]
    environment: dict[str, Variable]
    source: Source
    start: int
    end: int
    strays: tuple[str | Unknown, ...]
    cut: bool
    broken: bool


@value
class Found:
    """A training command as it was met, with what was known there. ``cut_off`` collects the words of lines cut off from it;
    ``beside`` are the commands that run already, in the background."""

    command: Command
    launch: Launch
    environment: dict[str, Text]
    folders: tuple[Text, ...]
    place: Place
    outer_place: Place
    prefix: tuple[str, ...]
    cut_off: list[str]
    beside: tuple[Found, ...]


class Commands:
    """Carries out what matters of simple commands, and collects the training ones.

    ``scriptless`` are launchers without a script: the command's node and where its last word ends.
    """

    def __init__(self, interpreter: Interpreter) -> None:
        self._interpreter = interpreter
        self.found: list[Found] = []
        self.foreign: list[Foreign] = []
        self.servers: list[Server] = []
        self.scriptless: dict[int, int] = {}
        self._outer: tuple[str, ...] = ()
        self._outer_place: Place | None = None

    def run(self, command: Command, state: State) -> None:
        """Carry out *command* as far as it changes what is known, or note the training that it starts."""
        words = [word for word in command.words if not word.gone]
        if not words:
            return
        name = words[0].known
        if name is not None and name in state.functions:
            arguments = self._arguments(command, words, words[1:])
            self._interpreter.call(name, arguments, command.environment, state)
        elif name is None or not self._builtin(name, words, command, state):
            self._start(command, words, state)

    def _arguments(self, command: Command, words: Sequence[Word], given: Sequence[Word]) -> tuple[Text, ...] | None:
        """The arguments that *given* are; None where *words* may be any number, and the names in *command* are kept."""
        if not command.cut and not any(word.open for word in words):
            return tuple(word.text for word in given)
        text = command.source.data[command.start : command.end].decode("utf-8", "replace")
        self._interpreter.passed.update(re.findall(r"[A-Za-z_]\w*", text))
        return None

    def runs_input(self, words: Sequence[Word]) -> bool:
        """Whether a command of *words* runs the text that a here-document gives it."""
        return bool(words) and basename(words[0]) in _INPUT_RUNNERS and not any(word.known == "-c" for word in words)

    def inner_state(self, words: Sequence[Word], state: State) -> State:
        """What a program started by *words* knows."""
        return state.elsewhere() if basename(words[0]) in tables.REMOTE else state.exported_only()

    def _builtin(self, name: str, words: list[Word], command: Command, state: State) -> bool:
        """Carry out one of the shell's own commands. False for any other command."""
        rest = words[1:]
        if name in {"cd", "pushd"}:
            targets = [word for word in rest if not (word.known or "").startswith("-")]
            if targets:
                state.folders = (*state.folders, targets[0].text)
        elif name == "eval":
            self._program(_together(rest), state, (), command)
        elif name in {"exit", "return"}:
            state.ended = True
            state.returned = name == "return"
        elif name == "shift":
            count = int(rest[0].known or "0") if rest and (rest[0].known or "").isdigit() else 1
            state.arguments = state.arguments[count:] if state.arguments is not None else None
        elif name == "set" and rest and rest[0].known == "--":
            state.arguments = self._arguments(command, rest, rest[1:])
        elif name in {"read", "mapfile", "readarray", "getopts"}:
            state.forget([word.known for word in rest if word.known and word.known.isidentifier()], f"{name}")
        elif name == "printf" and rest and rest[0].known == "-v" and len(rest) > 1 and rest[1].known:
            state.forget([rest[1].known], "printf")
        elif name == "let":
            state.forget(
                [match[1] for word in rest if (match := re.match(r"(\w+)\W*=|(\w+)(\+\+|--)", word.shown)) and match[1]], "let"
            )
        elif name in {"echo", "printf"}:
            self._interpreter.capture(rest)
        elif name in {"source", "."}:
            source_file(self._interpreter, rest, state)
        elif name not in {"set", "trap", "wait", "ulimit", "module", "alias", "true", "false", ":", "test", "["}:
            return False
        return True

    def _start(self, command: Command, words: list[Word], state: State) -> None:
        """Look through the commands in front (``srun``, ``env A=b``, ``nohup``) for one that starts a training."""
        environment = dict(command.environment)
        prefixed = remote = False
        for index, word in enumerate(words):
            name = basename(word)
            if name in _SHELLS:
                inner = self._string_of(words[index + 1 :])
                if inner is not None:
                    self._program(inner, _inside(state, environment, remote), words[: index + 1], command)
                return
            tool = launchers.foreign_tool(words, index)
            if tool is not None:
                start, end, _ = self._place(command)
                self.foreign.append(Foreign(tool, Span(start, end), word.shown))
                return
            options = launchers.serves(words, index)
            if options is not None:
                self._serve(command, words[:index], words[options:], environment, state)
                return
            launch = launchers.recognise(words, index)
            if launch is not None:
                self._note(command, words, launch, environment, state)
                return
            if launchers.lacks_script(words, index):
                self.scriptless[command.node_id] = command.end
                return
            if name in tables.PREFIXES:
                prefixed = True
                remote = remote or name in tables.REMOTE
            elif not prefixed:
                return
            elif match := re.match(r"([A-Za-z_]\w*)=", word.shown):
                environment[match[1]] = Variable(text=split_at(word.text, match.end())[1])
            elif _RUNS_STRING.match(word.shown) or (re.search(r"\s", word.shown) and _HINT.search(word.shown)):
                option = _RUNS_STRING.match(word.shown)
                inner = split_at(word.text, option.end())[1] if option else word.text
                self._program(inner, _inside(state, environment, remote), words[:index], command)

    def _serve(
        self, command: Command, front: Sequence[Word], rest: Sequence[Word], environment: dict[str, Variable], state: State
    ) -> None:
        """Note the vLLM server that *command* starts with the options *rest*."""
        options: dict[str, str | bool | Unknown] = {}
        name = ""
        for word in rest:
            if word.shown.startswith("--"):
                name, _, after = word.shown[2:].partition("=")
                name = flag_name(word) if not after else name.replace("-", "_")
                options[name] = after if after and word.known is not None else Unknown(name) if after else True
            elif name and options[name] is True:
                options[name] = word.known if word.known is not None else Unknown(name)
        exported = state.variables.get("CUDA_VISIBLE_DEVICES")
        variable = environment.get("CUDA_VISIBLE_DEVICES", exported if exported is not None and exported.exported else None)
        start, end, _ = self._outer_place or self._place(command)
        self.servers.append(
            Server(
                options,
                None if variable is None else resolved(variable.scalar),
                Span(start, end),
                (*self._outer, *(word.shown for word in front)),
            )
        )

    def _string_of(self, words: Sequence[Word]) -> Text | None:
        """The program in ``bash -c 'program'``; None if a file is run."""
        for index, word in enumerate(words):
            option = word.known or ""
            if not option.startswith("-"):
                return None
            if re.fullmatch(r"-[a-z]*c", option):
                return words[index + 1].text if index + 1 < len(words) else None
        return None

    def _program(self, text: Text, state: State, front: Sequence[Word], command: Command) -> None:
        """Walk the program *text* that *command* runs, with the words in *front* of it."""
        if not _HINT.search(string(text)) and "=" not in string(text):
            return
        outer, place = self._outer, self._outer_place
        self._outer = (*outer, *(word.shown for word in front))
        self._outer_place = place or self._place(command)
        try:
            self._interpreter.program(Source.of(reread(text)), state)
        finally:
            self._outer, self._outer_place = outer, place

    def _place(self, command: Command) -> Place:
        return command.source.place(command.start, command.end)

    def _note(self, command: Command, words: list[Word], launch: Launch, environment: dict[str, Variable], state: State) -> None:
        if len(self.found) >= ROOTS_MAX:
            raise Exhausted("commands")
        visible = {name: variable for name, variable in state.variables.items() if variable.exported}
        visible.update(environment)
        values = {name: variable.scalar for name, variable in visible.items()}
        # Words that vanished stay among the command's: a flag whose value vanished is to be reported.
        shifted = _shifted(launch, words, command.words)
        place = self._place(command)
        prefix = (*self._outer, *(word.shown for word in words[: launch.start]))
        self.found.append(
            Found(
                command=command,
                launch=shifted,
                environment=values,
                folders=state.folders,
                place=place,
                outer_place=self._outer_place or place,
                prefix=prefix,
                cut_off=[],
                beside=state.running,
            )
        )


def _shifted(launch: Launch, words: Sequence[Word], kept: Sequence[Word]) -> Launch:
    """*launch* with its indices into *words* turned into indices into *kept*, which has the vanished words as well."""
    where = {id(word): index for index, word in enumerate(kept)}
    at = [where[id(word)] for word in words] + [len(kept)]
    return replace(
        launch,
        start=at[launch.start],
        options=tuple((at[flag], at[option] if option >= 0 else -1) for flag, option in launch.options),
        script=at[launch.script],
        rest=at[launch.script] + 1,
    )


def _together(words: Sequence[Word]) -> Text:
    """The words of ``eval`` as the one text that it runs."""
    pieces: list[Piece] = []
    for word in words:
        pieces += [Piece(" ", ())] if pieces else []
        pieces += word.text
    return tuple(pieces)


def _inside(state: State, environment: dict[str, Variable], remote: bool) -> State:
    inner = state.elsewhere() if remote else state.exported_only()
    inner.folders = state.folders
    inner.variables.update({name: replace(variable, exported=True) for name, variable in environment.items()})
    return inner
