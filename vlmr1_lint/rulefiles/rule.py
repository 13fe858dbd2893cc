"""A rule as the linter runs it: light to load, its expressions become closures only when they are asked for."""

from __future__ import annotations

from vlmr1_lint.language.closures import build
from vlmr1_lint.values import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any

    from vlmr1_lint.language.closures import Closure, Functions, Scope

__all__ = ["FixProgram", "Program", "Rule", "RuleScope", "Target"]

LANGUAGES = ("en", "zh")
"""Languages of all texts."""


@value
class Target:
    """A place in a rule: what ``at``, ``related``, ``remove`` and the keys of ``set`` and ``rename`` name.

    ``document`` is ``"run"`` (an option of the run, wherever it is written), ``"deepspeed"``, ``"accelerate"`` or ``"data"`` (a
    path in that file), ``"launch"`` (an option of the launcher, or an exported variable), or ``"each"`` (the place of the item
    that ``each`` is at; ``path`` is the variable's name).
    """

    document: str
    path: tuple[str | int, ...]


class Lets:
    """The closures of ``let`` by name, each built when it is first asked for: many are words of a message that is never said."""

    __slots__ = ("_built", "_functions", "_trees")

    def __init__(self, pairs: Iterable[tuple[str, Any]], functions: Functions) -> None:
        self._trees = dict(pairs)
        self._functions = functions
        self._built: dict[str, Closure] = {}

    def __bool__(self) -> bool:
        return bool(self._trees)

    def get(self, name: str) -> Closure | None:
        """The closure called *name*, None where there is none."""
        found = self._built.get(name)
        if found is None and name in self._trees:
            found = self._built[name] = build(self._trees[name], self._functions)
        return found


class RuleScope(dict[str, object]):
    """The names that one rule sees: those of *base*, the item of ``each``, and ``let``, computed when first read."""

    def __init__(self, base: Scope, lets: Lets | Mapping[str, Closure], items: Mapping[str, object]) -> None:
        super().__init__(items)
        self.base = base
        self.lets = lets

    def __missing__(self, name: str) -> object:
        let = self.lets.get(name)
        found = self[name] = self.base[name] if let is None else let(self)
        return found

    def __getattr__(self, name: str) -> Any:
        """What functions that get the scope ask the base for (its run, its assumptions)."""
        return getattr(self.base, name)


class FixProgram:
    """The fix of a rule with its expressions as closures. ``safety`` is None where the solver says it."""

    def __init__(self, body: Mapping[str, Any], functions: Functions) -> None:
        self.safety: str | None = body["safety"]
        self.group: str = body["group"]
        self.order: int = body["order"]
        self.when: Closure | None = build(body["when"], functions) if body["when"] else None
        self.set: tuple[tuple[Target, Closure], ...] = _assignments(body["set"], functions)
        self.set_all: Closure | None = build(body["set_all"], functions) if body["set_all"] else None
        self.remove: tuple[Target, ...] = tuple(_target(place) for place in body["remove"])
        self.rename: tuple[tuple[Target, Closure], ...] = _assignments(body["rename"], functions)
        self.respell: tuple[tuple[Target, Closure], ...] = _assignments(body["respell"], functions)
        self.layout: tuple[tuple[Target, Closure], ...] = _assignments(body["layout"], functions)
        self.repair: str | None = body["repair"]


class Program:
    """A rule's expressions as closures: ``when``, ``each`` (name and list), ``let``; the fix when it is asked for."""

    def __init__(self, body: Mapping[str, Any], functions: Functions, rest: Callable[[], Mapping[str, Any]]) -> None:
        """*body* is what decides; *rest* gives ``fix`` and ``related``, once there is a finding."""
        self._rest = rest
        self._functions = functions
        self._fix: FixProgram | None = None
        self.when: Closure = build(body["when"], functions)
        self.let = Lets(body["let"], functions)
        each = body["each"]
        self.each: tuple[str, Closure] | None = (each[0], build(each[1], functions)) if each else None
        self.each_is_entries = bool(each) and each[1][0] == "name" and each[1][1] == "entries"
        self.at: Target = _target(body["at"])

    def scope(self, base: Scope, item: object = None) -> Scope:
        """The scope to evaluate this rule in, over *base*; *item* is the item of ``each``."""
        if self.each is not None:
            return RuleScope(base, self.let, {self.each[0]: item})
        return RuleScope(base, self.let, {}) if self.let else base

    def items_scope(self, base: Scope) -> Scope:
        """The scope to evaluate the list of ``each`` in: no item yet."""
        return RuleScope(base, self.let, {}) if self.let else base

    @property
    def else_at(self) -> Target | None:
        """The place of the finding where ``at`` is not written."""
        place = self._rest()["else_at"]
        return None if place is None else _target(place)

    @property
    def related(self) -> tuple[Target, ...]:
        """Other places that a finding speaks of, in the order of `Rule.related_message`."""
        return tuple(_target(place) for place in self._rest()["related"])

    @property
    def fix(self) -> FixProgram | None:
        if self._fix is None:
            body = self._rest()["fix"]
            self._fix = None if body is None else FixProgram(body, self._functions)
        return self._fix


def _target(place: tuple[str, list[str | int]]) -> Target:
    return Target(place[0], tuple(place[1]))


def _assignments(pairs: list[Any], functions: Functions) -> tuple[tuple[Target, Closure], ...]:
    return tuple((_target(place), build(tree, functions)) for place, tree in pairs)


class Rule:
    """One rule. What decides whether it is asked at all is at hand; the rest is read from the compiled files when needed.

    id, name, severity, scope  as in its file
    kinds     kinds of documents that it looks at (scope document), or None for all
    trainers  selectors of trainers that it is about, or None for all
    presets   presets that hold it
    some      severity where it holds for some candidates only, or None
    needs     words (see `needs`), one of each list at least is in a run for which it can fire
    keys      of entries that it is about, where it goes through entries of options and its condition names them (see `keys`)
    rejects   whether the run cannot start where it fires
    never     trainer releases that ``trainers`` picks and whose behaviour rules it out
    safety    of its fix: ``"safe"``, ``"unsafe"``, ``"suggestion"``, ``"solver"`` (it depends), or None without a fix
    """

    def __init__(self, row: list[Any], load: Callable[[str], Any]) -> None:
        """*row* is the rule's line in the index, ``load("body" | "texts" | "details")`` gives the rest."""
        self.id: str = row[0]
        self.name: str = row[1]
        self.severity: str = row[2]
        self.scope: str = row[3]
        self.kinds: tuple[str, ...] | None = None if row[4] is None else tuple(row[4])
        self.trainers: tuple[str, ...] | None = None if row[5] is None else tuple(row[5])
        self.presets: tuple[str, ...] = tuple(row[6])
        self.some: str | None = row[7]
        self.safety: str | None = row[8]
        self.needs: list[list[str]] = row[9]
        self.never: tuple[str, ...] = tuple(row[10])
        self.keys: list[str] | None = row[11]
        self.rejects: bool = row[12]
        self.safety_override: str | None = None
        self._load = load
        self._body: Any = None
        self._texts: Any = None
        self._details: Any = None
        self._program: tuple[Functions, Program] | None = None

    @property
    def family(self) -> str:
        """The letters of the id: ``MEM`` of ``MEM001``."""
        return self.id.rstrip("0123456789")

    @property
    def reads(self) -> tuple[tuple[str, ...], ...]:
        """Chains of facts that decide whether it fires: ``(("run", "learning_rate"), …)``."""
        return tuple(tuple(names) for names in self.finding["reads"])

    @property
    def shares(self) -> list[str] | None:
        """The options that runs must have in common for a rule of scope ``project`` to hold; None where there is no telling."""
        found: list[str] | None = self.body["shares"]
        return found

    @property
    def needs_half(self) -> bool:
        """Whether it must hold for half of the candidates at least, where it does not hold for all."""
        return bool(self.finding["some_of"] == "half")

    @property
    def of_foreign(self) -> bool:
        """Whether it is also asked of other tools' launch scripts."""
        return bool(self.finding["foreign"])

    @property
    def body(self) -> Mapping[str, Any]:
        """The trees that decide, and the place, as compiled."""
        if self._body is None:
            self._body = self._load("body")
        body: Mapping[str, Any] = self._body
        return body

    @property
    def texts(self) -> Mapping[str, Any]:
        """Titles and messages, as compiled; read only when something is to be said."""
        if self._texts is None:
            self._texts = self._load("texts")
        texts: Mapping[str, Any] = self._texts
        return texts

    @property
    def finding(self) -> Mapping[str, Any]:
        """What a finding needs beside its texts, as compiled: ``fix``, ``related``, ``reads``."""
        found: Mapping[str, Any] = self.texts["finding"]
        return found

    @property
    def details(self) -> Mapping[str, Any]:
        """``sources``, ``since``, ``verified``, ``examples``, ``path`` and ``text`` (the rule file), for pages about the rule."""
        if self._details is None:
            self._details = self._load("details")
        details: Mapping[str, Any] = self._details
        return details

    def possible(self, words: frozenset[str]) -> bool:
        """Whether it can fire for a run that holds *words* (`needs.words_of`); if not, it need not be asked."""
        return not any(words.isdisjoint(need) for need in self.needs)

    def program(self, functions: Functions) -> Program:
        """The rule's closures over *functions*; kept, so that many files cost one building."""
        if self._program is None or self._program[0] is not functions:
            self._program = (functions, Program(self.body, functions, lambda: self.finding))
        return self._program[1]

    def title(self, lang: str) -> str:
        """What it is about, for tables."""
        return str(self.texts["title"][lang])

    def why(self, lang: str) -> str:
        """Why it matters."""
        return str(self.texts["why"][lang])

    def message(self, lang: str, scope: Scope, functions: Functions) -> str:
        """What to say about the finding that *scope* shows."""
        return _fill(self.texts["message"][lang], lang, scope, functions)

    def fix_title(self, lang: str, scope: Scope, functions: Functions) -> str:
        """What the fix does."""
        return _fill(self.texts["fix_title"][lang], lang, scope, functions)

    def related_message(self, index: int, lang: str, scope: Scope, functions: Functions) -> str:
        """What to say at the related place number *index*."""
        return _fill(self.texts["related"][index][lang], lang, scope, functions)

    def override(self, severity: str | None, safety: str | None) -> Rule:
        """The same rule with another severity or safety of its fix, as settings ask for; what is loaded is shared."""
        copy = Rule.__new__(Rule)
        copy.__dict__.update(self.__dict__)
        copy.severity = severity or self.severity
        copy.safety_override = safety or self.safety_override
        return copy

    def __repr__(self) -> str:
        return f"Rule({self.id} {self.name})"


def _fill(template: Any, lang: str, scope: Scope, functions: Functions) -> str:
    """The text of a compiled *template*, which is in *lang*. Nothing is said on a clean run, so its code is imported here."""
    from vlmr1_lint.language.templates import build_template

    return build_template(template, functions, lang)(scope)
