"""The meaning of a rule file: its expressions, places and values against the fact schema; the result is what is compiled."""

from __future__ import annotations

from vlmr1_lint.rulefiles.language.check import called, check, guards, resolve
from vlmr1_lint.rulefiles.language.errors import ExpressionError, suggest
from vlmr1_lint.rulefiles.language.parse import parse
from vlmr1_lint.rulefiles.language.templates import parse_template
from vlmr1_lint.rulefiles.language.trees import reads, strip
from vlmr1_lint.rulefiles.language.types import ANY, BOOL, ListOf, Object, Optional, accepts, type_of
from vlmr1_lint.rulefiles.source import RuleFileError, RuleProblem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from vlmr1_lint.rulefiles.language.check import Guarded
    from vlmr1_lint.rulefiles.language.trees import Tree
    from vlmr1_lint.rulefiles.language.types import Schema, Type
    from vlmr1_lint.rulefiles.shape import FixModel, RuleFile
    from vlmr1_lint.rulefiles.source import RuleSource, Where

__all__ = ["check_rule", "parse_place"]

DOCUMENTS = ("deepspeed", "accelerate", "data", "launch")
"""Prefixes of places in files that a run names."""
NOTHING: Guarded = frozenset()


def check_rule(model: RuleFile, source: RuleSource, schema: Schema) -> dict[str, Any]:
    """The record of the rule *model*. Raises `RuleFileError`."""
    return _Check(model, source, schema).record()


class _Check:
    """One rule's check; problems are collected, so that one run shows them all."""

    def __init__(self, model: RuleFile, source: RuleSource, schema: Schema) -> None:
        self.model = model
        self.source = source
        self.schema = schema.for_scope(model.scope)
        self.problems: list[RuleProblem] = []
        self.each = next(iter(model.each), None) if model.each else None
        self.lets: dict[str, Tree] = {}

    def record(self) -> dict[str, Any]:
        model = self.model
        self.trainers()
        each = self.names()
        when, _ = self.expression(("when",), model.when, BOOL)
        guarded = guards(when) if when else NOTHING
        body: dict[str, Any] = {
            "let": [[name, _compact(tree)] for name, tree in self.lets.items()],
            "each": [self.each, _compact(each)] if each else None,
            "when": _compact(when) if when else None,
            "at": self.place(("at",), model.at),
            "related": [self.place(("related", index, "at"), related.at) for index, related in enumerate(model.related)],
            "fix": self.fix(model.fix, guarded) if model.fix else None,
        }
        texts = self.texts(guarded)
        self.unused()
        if self.problems:
            raise RuleFileError(sorted(self.problems, key=lambda problem: (problem.line, problem.column)))
        return {**self.head(when, each), "body": body, "texts": texts}

    def head(self, when: Tree | None, each: Tree | None) -> dict[str, Any]:
        model = self.model
        presets = sorted({*model.presets, "strict"})
        return {
            "id": model.id,
            "name": model.name,
            "severity": model.severity,
            "scope": model.scope,
            "kinds": model.kinds,
            "trainers": model.trainers,
            "presets": presets,
            "some": model.some,
            "rejects": model.rejects,
            "safety": (model.fix.safety or "solver") if model.fix else None,
            "reads": self.facts_read([tree for tree in (when, each) if tree]),
        }

    def fail(self, where: Where, message: str) -> None:
        self.problems.append(self.source.problem(where, message))

    def trainers(self) -> None:
        from vlmr1_lint.rulefiles.matching import selector_problem

        for index, selector in enumerate(self.model.trainers or ()):
            problem = selector_problem(selector)
            if problem:
                self.fail(("trainers", index), problem)

    def names(self) -> Tree | None:
        """Check ``let`` and ``each`` in the order in which they can be computed, and put their names in scope.

        A ``let`` may name earlier ones and the item of ``each``; the list of ``each`` may name lets that do not name its item.
        """
        parsed: dict[str, Tree] = {}
        for name, text in self.model.let.items():
            if name in self.schema.names or name == self.each:
                self.fail(("let", name), f"let: {name!r} is already the name of something else")
            elif (tree := self.parse(("let", name), text)) is not None:
                parsed[name] = tree
        inner = {self.each} if self.each else set()
        for name, tree in parsed.items():
            if any(chain[0] in inner for chain in reads(tree)):
                inner.add(name)
            else:
                self.let(name, tree)
        each = self.item() if self.model.each else None
        for name, tree in parsed.items():
            if name in inner:
                self.let(name, tree)
        self.lets = {name: self.lets[name] for name in parsed if name in self.lets}
        return each

    def let(self, name: str, tree: Tree) -> None:
        checked, kind = self.checked(("let", name), tree, ANY, NOTHING)
        self.schema = self.schema.with_names({name: kind})  # also after an error: one message for one mistake
        if checked is not None:
            self.lets[name] = checked

    def item(self) -> Tree | None:
        """Check the list of ``each`` and put its item in scope."""
        ((name, text),) = (self.model.each or {}).items()
        if name in self.schema.names or name in self.schema.options:
            self.fail(("each", name), f"each: {name!r} is already the name of something else")
        tree, kind = self.expression(("each", name), text, ListOf(ANY))
        found = kind.item if isinstance(kind, ListOf) else ANY
        self.schema = self.schema.with_names({name: found})
        if not isinstance(found, Object) and found != ANY and self.model.at == name:
            self.fail(("at",), f"at: {found} stands nowhere: write the option that the finding is about")
        return tree

    def parse(self, where: Where, text: str) -> Tree | None:
        try:
            return parse(text)
        except ExpressionError as error:
            self.problems.append(self.source.inside(where, error.line, error.column, error.message))
            return None

    def checked(self, where: Where, tree: Tree, wanted: Type, guarded: Guarded) -> tuple[Tree | None, Type]:
        """*tree* resolved and its type; (None, ANY) after an error."""
        try:
            kind = check(tree, self.schema, guarded)
        except ExpressionError as error:
            self.problems.append(self.source.inside(where, error.line, error.column, error.message))
            return None, ANY
        if not accepts(wanted, kind):
            self.problems.append(self.source.inside(where, 1, 1, f"this must be {wanted}, not {kind}"))
            return None, ANY
        return resolve(tree, self.schema), kind

    def expression(self, where: Where, text: str, wanted: Type, guarded: Guarded = NOTHING) -> tuple[Tree | None, Type]:
        tree = self.parse(where, text)
        return (None, ANY) if tree is None else self.checked(where, tree, wanted, guarded)

    def template(self, where: Where, text: str, guarded: Guarded) -> list[Any]:
        try:
            parts = parse_template(text)
        except ExpressionError as error:
            self.problems.append(self.source.inside(where, error.line, error.column, error.message))
            return []
        checked: list[Any] = []
        for part in parts:
            if isinstance(part, str):
                checked.append(part if where[-1] == "en" else unfold(part))
                continue
            try:
                check(part[0], self.schema, guarded)
            except ExpressionError as error:
                self.problems.append(self.source.inside(where, error.line, error.column, error.message))
                continue
            checked.append([_compact(resolve(part[0], self.schema)), part[1]])
        return checked

    def texts(self, guarded: Guarded) -> dict[str, Any]:
        model = self.model
        both = ("en", "zh")
        fix = model.fix
        return {
            "title": {lang: getattr(model.title, lang) for lang in both},
            "why": {"en": model.why.en.strip(), "zh": unfold(model.why.zh.strip())},
            "message": {lang: self.template(("message", lang), getattr(model.message, lang).strip(), guarded) for lang in both},
            "fix_title": None
            if fix is None
            else {lang: self.template(("fix", "title", lang), getattr(fix.title, lang).strip(), guarded) for lang in both},
            "related": [
                {
                    lang: self.template(("related", at, "message", lang), getattr(one.message, lang).strip(), guarded)
                    for lang in both
                }
                for at, one in enumerate(model.related)
            ],
            "sources": model.sources,
            "since": model.since,
            "verified": model.verified,
            "examples": [example.model_dump(by_alias=True, exclude_none=True) for example in model.examples],
            "path": self.source.path,
            "text": self.source.text,
        }

    def place(self, where: Where, text: str) -> list[Any]:
        """The place *text* as ``[document, path]``; problems are collected."""
        if text == self.each:
            return ["each", [text]]
        document, path = parse_place(text)
        if path is None:
            forms = "option, option.key, deepspeed/section.key, launch/nproc_per_node or data/datasets[0].x"
            self.fail(where, f"{text!r} is not a place: write {forms}")
            return ["run", [text]]
        problem = self.path_problem(document, path)
        if problem:
            self.fail(where, problem)
        return [document, path]

    def path_problem(self, document: str, path: list[str | int]) -> str | None:
        """Why nothing can stand at *path* of *document*, or None."""
        if document == "run" and path[0] not in self.schema.options:
            known = [*self.schema.options, *([self.each] if self.each else [])]
            return f"unknown option {path[0]!r}{suggest(str(path[0]), known)}"
        for length in range(1, len(path) + 1):
            if self.kind_at(document, path[:length]) is None:
                return f"{document} has no {'.'.join(map(str, path[:length]))!r}"
        return None

    def kind_at(self, document: str, path: list[str | int]) -> Type | None:
        """The type of what stands at *path* of *document*, None if there can be nothing."""
        kind: Type | None = ANY if document == "launch" else self.schema.names.get(document, ANY)
        if document == "run":
            kind, path = self.schema.options.get(str(path[0])), path[1:]
        for part in path:
            kind = kind.item if isinstance(kind, Optional) else kind
            if isinstance(kind, Object) and isinstance(part, str):
                kind = kind.attribute(part)
            elif isinstance(kind, ListOf) and isinstance(part, int):
                kind = kind.item
            elif kind != ANY:
                return None
        return kind

    def fix(self, fix: FixModel, guarded: Guarded) -> dict[str, Any]:
        when = None
        if fix.when is not None:
            when, _ = self.expression(("fix", "when"), fix.when, BOOL, guarded)
            guarded = guarded | guards(when) if when else guarded
        set_all, assignments = None, []
        for text, found in (fix.set or {}).items():
            if text == "expr" and fix.set is not None and len(fix.set) == 1:
                set_all, _ = self.expression(("fix", "set", "expr"), str(found), ANY, guarded)
            else:
                assignments.append(self.assignment(("fix", "set", text), text, found, guarded))
        body = {
            "safety": fix.safety,
            "group": fix.group or self.model.name,
            "order": fix.order,
            "repair": fix.repair,
            "when": _compact(when) if when else None,
            "set": assignments,
            "set_all": _compact(set_all) if set_all else None,
            "remove": [self.place(("fix", "remove", index), text) for index, text in enumerate(fix.remove or ())],
            **{name: self.new_texts(name, getattr(fix, name) or {}, guarded) for name in ("rename", "respell", "layout")},
        }
        self.one_file(body)
        return body

    def new_texts(self, field: str, given: dict[str, Any], guarded: Guarded) -> list[list[Any]]:
        """Places of the fix's *field* with the trees of their texts."""
        return [
            [self.place(("fix", field, text), text), self.computed(("fix", field, text), found, guarded)[0]]
            for text, found in given.items()
        ]

    def one_file(self, body: dict[str, Any]) -> None:
        places = [*body["remove"], *(place for name in ("set", "rename", "respell", "layout") for place, _ in body[name])]
        files = {place[0] for place in places} | ({"run"} if body["set_all"] else set())
        if len(files) > 1:
            self.fail(("fix",), f"a fix changes one file only, this one changes {' and '.join(sorted(files))}")

    def assignment(self, where: Where, text: str, found: object, guarded: Guarded) -> list[Any]:
        place = self.place(where, text)
        tree, kind = self.computed(where, found, guarded)
        wanted = ANY if place[0] == "each" else self.kind_at(place[0], place[1]) or ANY
        if not accepts(wanted, kind):
            self.fail(where, f"{text} is {wanted}, not {kind}")
        return [place, tree]

    def computed(self, where: Where, found: object, guarded: Guarded) -> tuple[Any, Type]:
        """The tree of a literal or of ``{expr: …}``, and its type."""
        text = getattr(found, "expr", None)
        if text is None:
            return _literal(found), type_of(found)
        tree, kind = self.expression((*where, "expr"), text, ANY, guarded)
        return (_compact(tree) if tree else None), kind

    def facts_read(self, trees: list[Tree]) -> list[list[str]]:
        """The chains of facts that *trees* read, through ``let``; names of the rule itself are not facts."""
        found: dict[tuple[str, ...], None] = {}
        waiting, seen = list(trees), set[str]()
        while waiting:
            tree = waiting.pop(0)
            for function in called(tree):
                found.update(dict.fromkeys(self.schema.functions[function].reads))
            for chain in reads(tree):
                if chain[0] in self.lets and chain[0] not in seen:
                    seen.add(chain[0])
                    waiting.append(self.lets[chain[0]])
                elif chain[0] not in self.lets and chain[0] != self.each:
                    found[chain] = None
        return [list(chain) for chain in found]

    def unused(self) -> None:
        """A name that nothing reads is a slip; its text is looked for, so that comments on it cost no second analysis."""
        texts = [self.model.when, *self.model.let.values(), *(self.model.each or {}).values()]
        texts += [part for text in self.message_texts() for part in (text.en, text.zh)]
        for name in ("set", "rename", "respell", "layout"):
            texts += [str(found) for found in (getattr(self.model.fix, name, None) or {}).values()]
        texts += [(self.model.fix and self.model.fix.when) or ""]
        for name in self.model.let:
            if not any(name in text for text in texts):
                self.fail(("let", name), f"let: {name!r} is never used")

    def message_texts(self) -> list[Any]:
        fix = [self.model.fix.title] if self.model.fix else []
        return [self.model.message, *fix, *(related.message for related in self.model.related)]


def parse_place(text: str) -> tuple[str, list[str | int] | None]:
    """Document and path of the place *text*; the path is None if it is not a place.

    ``gradient_checkpointing`` and ``model_init_kwargs.use_cache`` are options of the run, ``deepspeed/zero_optimization.stage``
    is in another file, ``launch/nproc_per_node`` is the launcher's own option.
    """
    document, slash, rest = text.partition("/")
    if not slash:
        document, rest = "run", text
    elif document not in DOCUMENTS:
        return document, None
    path: list[str | int] = []
    for part in rest.split("."):
        name, *indices = part.split("[")
        if not (name.replace("_", "a").replace("-", "a").isalnum() and name.isascii()):
            return document, None
        if not all(index.endswith("]") and index[:-1].isdecimal() and len(index) < 6 for index in indices):
            return document, None
        path += [name, *(int(index[:-1]) for index in indices)]
    return document, path


def unfold(text: str) -> str:
    """Chinese *text* without the spaces that YAML's folding puts between lines: those between two characters outside ASCII."""
    words = text.split(" ")
    joined = words[0]
    for word in words[1:]:
        wide = joined[-1:] > "\x7f" and word[:1] > "\x7f"
        joined += word if wide else f" {word}"
    return joined


def _literal(found: Any) -> list[Any]:
    if isinstance(found, list):
        return ["list", [_literal(item) for item in found]]
    return ["const", found]


def _compact(tree: Tree) -> Any:
    return strip(tree)
