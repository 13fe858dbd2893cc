"""The meaning of a rule file: its expressions, places and values against the fact schema; the result is what is compiled."""

from __future__ import annotations

from vlmr1_lint.language.check import called, check, guards, resolve
from vlmr1_lint.language.errors import ExpressionError, suggest, unpack
from vlmr1_lint.language.parse import parse
from vlmr1_lint.language.templates import parse_template
from vlmr1_lint.language.trees import parts, reads, strip
from vlmr1_lint.language.types import ANY, BOOL, ListOf, Object, Optional, accepts, type_of
from vlmr1_lint.rulefiles.defaults import default_fix_title, default_name, default_title, has_value
from vlmr1_lint.rulefiles.shape import Words
from vlmr1_lint.rulefiles.source import RuleFileError, RuleProblem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from typing import Any

    from vlmr1_lint.language.check import Guarded
    from vlmr1_lint.language.trees import Tree
    from vlmr1_lint.language.types import Schema, Type
    from vlmr1_lint.rulefiles.shape import FixModel, RuleFile, Spoken
    from vlmr1_lint.rulefiles.source import RuleSource, Where

__all__ = ["check_rule", "parse_place"]

DOCUMENTS = ("deepspeed", "accelerate", "data", "launch")
"""Prefixes of places in files that a run names."""
NOTHING: Guarded = frozenset()
LANGUAGES = ("en", "zh")


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
        self.words = [name for name, one in model.let.items() if isinstance(one, Words)]
        self.word_types: dict[str, dict[str, Type]] = {lang: {} for lang in LANGUAGES}

    def record(self) -> dict[str, Any]:
        model = self.model
        self.trainers()
        each = self.names()
        when = self.condition()
        guarded = guards(when) if when else NOTHING
        body: dict[str, Any] = {
            "let": [[name, _compact(tree)] for name, tree in self.lets.items()],
            "each": [self.each, _compact(each)] if each else None,
            "when": _compact(when) if when else None,
            "at": self.place(("at",), model.at) if model.at is not None else self.first_place(when),
            "else_at": self.place(("else_at",), model.else_at) if model.else_at is not None else None,
            "some_of": model.some_of,
            "foreign": model.foreign,
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
            "name": model.name or default_name(self.source.path, model.id),
            "severity": model.severity,
            "scope": model.scope,
            "kinds": model.kinds,
            "trainers": model.trainers,
            "presets": presets,
            "some": model.some,
            "rejects": model.rejects,
            "safety": (model.fix.safety or "solver") if model.fix else None,
            "reads": self.facts_read([tree for tree in (when, each) if tree]),
            "lacking": model.lacking(),
            "in_table": self.source.in_table,
        }

    def condition(self) -> Tree | None:
        """The tree of ``when``; without one, that of ``at`` having ``value``."""
        if self.model.when is not None:
            return self.expression(("when",), self.model.when, BOOL)[0]
        document, path = parse_place(str(self.model.at))
        if path is None or document in ("launch", "data"):
            about = "options and keys of deepspeed/ and accelerate/"
            self.fail(("value",), f"value is for {about}: of {self.model.at!r} write when")
            return None
        return self.checked(("value",), has_value([document, *path], self.model.value), BOOL, NOTHING)[0]

    def first_place(self, when: Tree | None) -> list[Any]:
        """Where a finding stands whose rule does not say it: the item of ``each``, else the first option that ``when`` reads."""
        if self.each is not None:
            return self.place(("each",), self.each)
        for document, *path in self.facts_read([when]) if when else ():
            if document == "run" and path and path[0] in self.schema.options:
                return ["run", path[:1]]
            if document in ("deepspeed", "accelerate") and path and path[-1] != "present":
                return [document, path]
        if when is not None:
            self.fail((), "at is missing: write the option or the key that the finding is about")
        return ["run", ["model_name_or_path"]]

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
            elif not isinstance(text, Words) and (tree := self.parse(("let", name), text)) is not None:
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
        for name in self.words:
            self.let_words(name)
        return each

    def let_words(self, name: str) -> None:
        """Check a ``let`` in several languages: one for each, which only messages of that language see, under a name with it."""
        words = self.model.let[name]
        assert isinstance(words, Words)
        for lang in LANGUAGES:
            where: Where = ("let", name, lang)
            tree, self.word_types[lang][name] = self.parse(where, words.of(lang)), ANY
            if tree is None:
                continue
            known = self.word_types[lang]
            del known[name]
            checked, kind = self.checked(where, tree, ANY, NOTHING, known)
            known[name] = kind
            if checked is not None:
                self.lets[f"{name}:{lang}"] = spoken(checked, known, lang)

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

    def checked(
        self, where: Where, tree: Tree, wanted: Type, guarded: Guarded, words: Mapping[str, Type] | None = None
    ) -> tuple[Tree | None, Type]:
        """*tree* resolved and its type; (None, ANY) after an error. *words* are the lets in several languages that it may say."""
        try:
            self.no_words(tree, words or {})
            kind = check(tree, self.schema.with_names(words) if words else self.schema, guarded)
        except ExpressionError as error:
            self.problems += [self.source.inside(where, one.line, one.column, one.message) for one in (error, *error.others)]
            return None, ANY
        if not accepts(wanted, kind):
            self.problems.append(self.source.inside(where, 1, 1, f"this must be {wanted}, not {kind}"))
            return None, ANY
        return resolve(tree, self.schema), kind

    def no_words(self, tree: Tree, known: Collection[str]) -> None:
        """Refuse a ``let`` in several languages where nobody reads."""
        if tree[0] == "name" and tree[1] in self.words and tree[1] not in known:
            said = "only messages, fix titles and later lets in several languages can say it"
            raise ExpressionError(*unpack(tree[-1]), f"{tree[1]!r} is text in several languages: {said}")
        for part in parts(tree):
            self.no_words(part, known)

    def expression(self, where: Where, text: str, wanted: Type, guarded: Guarded = NOTHING) -> tuple[Tree | None, Type]:
        tree = self.parse(where, text)
        return (None, ANY) if tree is None else self.checked(where, tree, wanted, guarded)

    def template(self, where: Where, said: Spoken, lang: str, guarded: Guarded) -> list[Any]:
        """The parts of the text *said* in *lang*: strings, and a tree with its format for each ``{…}``."""
        where = (*where, lang if lang in said.model_fields_set else "en" if lang == "zh" else "zh")
        try:
            found = parse_template(said.of(lang).strip())
        except ExpressionError as error:
            self.problems.append(self.source.inside(where, error.line, error.column, error.message))
            return []
        checked: list[Any] = []
        known = self.word_types[lang]
        for part in found:
            if isinstance(part, str):
                checked.append(part if lang == "en" else unfold(part))
                continue
            try:
                self.no_words(part[0], known)
                check(part[0], self.schema.with_names(known), guarded)
            except ExpressionError as error:
                self.problems.append(self.source.inside(where, error.line, error.column, error.message))
                continue
            checked.append([_compact(spoken(resolve(part[0], self.schema), known, lang)), part[1]])
        return checked

    def texts(self, guarded: Guarded) -> dict[str, Any]:
        model, fix = self.model, self.model.fix
        message = {lang: self.template(("message",), model.message, lang, guarded) for lang in LANGUAGES}
        title = {lang: default_title(message[lang]) for lang in LANGUAGES}
        why = {lang: unfold(model.why.of(lang).strip()) if model.why else "" for lang in LANGUAGES}
        return {
            "title": title if model.title is None else {lang: model.title.of(lang) for lang in LANGUAGES},
            "why": why if model.why is None else {**why, "en": model.why.of("en").strip()},
            "message": message,
            "fix_title": None
            if fix is None
            else {
                lang: self.template(("fix", "title"), fix.title or default_fix_title(fix), lang, guarded) for lang in LANGUAGES
            },
            "related": [
                {lang: self.template(("related", at, "message"), one.message, lang, guarded) for lang in LANGUAGES}
                for at, one in enumerate(model.related)
            ],
            "sources": model.sources,
            "since": model.since or "",
            "verified": model.verified or "read",
            "examples": [example.model_dump(by_alias=True, exclude_none=True) for example in model.examples],
            "path": self.source.path,
            "text": self.source.text,
        }

    def fix_titles(self, fix: FixModel, guarded: Guarded) -> dict[str, Any]:
        said = fix.title or default_fix_title(fix)
        return {lang: self.template(("fix", "title"), said, lang, guarded) for lang in LANGUAGES}

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
        texts = [self.model.when or "", *(self.model.each or {}).values()]
        said: list[Spoken] = [one for one in self.model.let.values() if isinstance(one, Words)]
        texts += [one for one in self.model.let.values() if isinstance(one, str)]
        texts += [text.of(lang) for text in (*self.message_texts(), *said) for lang in LANGUAGES]
        for name in ("set", "rename", "respell", "layout"):
            texts += [str(found) for found in (getattr(self.model.fix, name, None) or {}).values()]
        texts += [(self.model.fix and self.model.fix.when) or ""]
        for name in self.model.let:
            if not any(name in text for text in texts):
                self.fail(("let", name), f"let: {name!r} is never used")

    def message_texts(self) -> list[Spoken]:
        fix = [self.model.fix.title] if self.model.fix and self.model.fix.title else []
        return [self.model.message, *fix, *(related.message for related in self.model.related)]


def spoken(tree: Any, words: Collection[str], lang: str) -> Any:
    """*tree* with the names of lets in several languages as those of *lang*: ``what`` is ``what:zh``."""
    if not isinstance(tree, tuple):
        return tree
    if len(tree) == 3 and tree[0] == "name" and tree[1] in words and isinstance(tree[2], int):
        return ("name", f"{tree[1]}:{lang}", tree[2])
    return tuple(spoken(part, words, lang) for part in tree)


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
