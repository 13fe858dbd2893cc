"""The shape of a rule file, as pydantic models: strict, no unknown fields. Used when rules are built, tested or a user's own.

A user's rule needs ``id``, ``message`` and ``when`` (or ``at`` and ``value``); a built-in one says everything (`NEEDED`). Types
of values and texts of expressions are checked by `vlmr1_lint.rulefiles.meaning`; here is what can be said without the facts.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

__all__ = ["MODELS", "NEEDED", "Example", "ExpressionValue", "FixModel", "Related", "RuleFile", "Text", "Words"]

Severity = Literal["error", "warning", "info"]
Kind = Literal["args", "deepspeed", "accelerate", "data", "launch"]


def _expression_text(found: object) -> object:
    """YAML reads `4`, `0.5` and `true` as values; where an expression is wanted they are its text."""
    return str(found) if isinstance(found, bool | int | float) else found


Expression = Annotated[str, BeforeValidator(_expression_text), Field(min_length=1, max_length=2000)]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
PlaceText = Annotated[str, Field(min_length=1, max_length=200)]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Spoken(Strict):
    """Something in one language at least; the other falls back on it."""

    @model_validator(mode="after")
    def _says_something(self) -> Spoken:
        if not self.model_fields_set:
            raise ValueError("write `{en: …, zh: …}`, or one of them")
        return self

    def of(self, lang: str) -> str:
        """What is there for *lang*."""
        other = "zh" if lang == "en" else "en"
        return str(getattr(self, lang if lang in self.model_fields_set else other))


class Words(Spoken):
    """An expression for each language, for messages: each takes its own."""

    en: Expression = ""
    zh: Expression = ""


class Sentence(Spoken):
    """What is said; a plain text is said in both languages."""

    @model_validator(mode="before")
    @classmethod
    def _plain(cls, found: object) -> object:
        return {"en": found, "zh": found} if isinstance(found, str) else found


class Text(Sentence):
    """A text in the languages of the tool; messages and fix titles fill in `{expression}` and `{expression:format}`."""

    en: Annotated[str, Field(min_length=1, max_length=2000)] = ""
    zh: Annotated[str, Field(min_length=1, max_length=2000)] = ""


class Title(Sentence):
    """A static text of at most 80 characters, for tables."""

    en: Annotated[str, Field(min_length=1, max_length=80)] = ""
    zh: Annotated[str, Field(min_length=1, max_length=80)] = ""


class ExpressionValue(Strict):
    """A value that is computed: `{expr: "run.per_device_train_batch_size * 2"}`."""

    expr: Expression


Plain = bool | int | float | str | None
Value = ExpressionValue | bool | int | float | str | list[Plain] | None


class FixModel(Strict):
    """How to put it right. All changes are in one file and are written together or not at all."""

    title: Annotated[Text, Field(description="default: which places it changes")] | None = None
    safety: Annotated[
        Literal["safe", "unsafe", "suggestion"] | None,
        Field(description="may be absent only where `set: {expr: …}` is computed by a solver, which then says it"),
    ] = None
    group: (
        Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$", description="fixes of one cause share a group: one per pass")] | None
    ) = None
    order: Annotated[int, Field(ge=0, le=1000, description="the lowest of a group goes first")] = 100
    when: Annotated[Expression, Field(description="one more condition, for the fix alone")] | None = None
    set: (
        Annotated[
            dict[str, Value],
            Field(min_length=1, description="place: value, place: {expr: …}, or {expr: …} for a mapping of options to values"),
        ]
        | None
    ) = None
    remove: Annotated[list[PlaceText], Field(min_length=1)] | None = None
    rename: Annotated[dict[str, str | ExpressionValue], Field(min_length=1)] | None = None
    respell: Annotated[
        dict[str, str | ExpressionValue] | None,
        Field(min_length=1, description="place: another text of the same value, for a reader that is no YAML parser; null: none"),
    ] = None
    layout: Annotated[
        dict[str, str | ExpressionValue] | None,
        Field(min_length=1, description="place: comment-above or final-newline, which change the text and no value; null: none"),
    ] = None
    repair: Annotated[str, Field(description="code of the problem whose syntax is mended; each: that of the item")] | None = None

    @model_validator(mode="after")
    def _says_what_to_do(self) -> FixModel:
        said = (self.set, self.remove, self.rename, self.respell, self.layout, self.repair)
        if all(one is None for one in said):
            raise ValueError("a fix needs one of set, remove, rename, respell, layout, repair")
        computed = self.set is not None and list(self.set) == ["expr"]
        if self.safety is None and not computed:
            raise ValueError("a fix needs safety: safe, unsafe or suggestion")
        if computed and not isinstance((self.set or {})["expr"], str):
            raise ValueError("set: expr needs the text of an expression")
        return self


class Related(Strict):
    """Another place that the finding speaks of."""

    at: PlaceText
    message: Text


class Example(Strict):
    """A file that the rule finds fault with (`fail`, the place marked with «…») or does not (`pass`)."""

    fail: (
        Annotated[
            str, Field(min_length=1, description="«…» stands around what the finding must cover; «» is a place without width")
        ]
        | None
    ) = None
    passes: Annotated[str | None, Field(min_length=1)] = Field(None, alias="pass")
    fixed: Annotated[str, Field(description="what the fix makes of the text that holds the mark")] | None = None
    gpus: Annotated[str, Field(examples=["4xA100-40G"])] | None = None
    trainer: Annotated[str, Field(examples=["vlm-r1", "trl==0.17.0"])] | None = None
    kind: Kind | None = None
    path: Annotated[str, Field(description="name of the file, where it matters")] | None = None
    files: Annotated[dict[str, str], Field(description="other files, by path")] | None = None
    args: Annotated[list[str], Field(description="further options of the command line")] | None = None

    @model_validator(mode="after")
    def _fails_or_passes(self) -> Example:
        if (self.fail is None) == (self.passes is None):
            raise ValueError("an example needs either fail or pass")
        if self.fixed is not None and self.fail is None:
            raise ValueError("fixed belongs to a failing example")
        marked = [text for text in (self.fail, *(self.files or {}).values()) if text and "«" in text]
        if self.fail is not None and not marked:
            raise ValueError("a failing example marks the place of the finding with «…»")
        if self.passes is not None and ("«" in self.passes or marked):
            raise ValueError("a passing example has no mark")
        if any(text.count("«") != text.count("»") for text in marked):
            raise ValueError("a mark is not closed: «…»")
        return self


class RuleFile(Strict):
    """A rule of vlmr1-lint. It needs `id`, `message`, and `when` or else `at` and `value`."""

    id: Annotated[str, Field(pattern=r"^[A-Z]{2,8}[0-9]{3}$", description="family and number, such as MEM001")]
    name: (
        Annotated[
            str,
            Field(
                pattern=r"^[a-z0-9]+(-[a-z0-9]+)+$", max_length=60, description="names the bad pattern; default: the file's name"
            ),
        ]
        | None
    ) = None
    severity: Severity = "warning"
    scope: Annotated[
        Literal["document", "run", "project"],
        Field(description="document: once per file; run: once per run; project: once for all runs of a repository"),
    ] = "run"
    kinds: Annotated[list[Kind], Field(min_length=1, description="scope document: which files")] | None = None
    trainers: Annotated[list[str], Field(min_length=1, examples=[["vlm-r1", "trl>=0.14,<0.17"]])] | None = None
    presets: Annotated[list[Literal["recommended", "strict"]], Field(min_length=1)] = ["recommended"]
    let: Annotated[
        dict[Name, Expression | Words],
        Field(max_length=20, description="names for expressions, computed when first read; {en: …, zh: …}: for messages"),
    ] = {}
    each: Annotated[dict[Name, Expression], Field(min_length=1, max_length=1)] | None = None
    when: Annotated[Expression, Field(description="the rule fires where this is true")] | None = None
    value: Annotated[
        bool | int | float | str | list[Plain] | None,
        Field(description="instead of when: it fires where `at` has this value, or one of these"),
    ] = None
    some: (
        Annotated[Severity, Field(description="also fires, at this severity, where it holds for some candidate trainers only")]
        | None
    ) = None
    some_of: Annotated[
        Literal["any", "half"], Field(description="with some: of how many of the candidates it must hold at least")
    ] = "any"
    rejects: Annotated[bool, Field(description="the run cannot start; of a warning: it may not, so no plan proposes it")] = False
    at: (
        Annotated[
            PlaceText,
            Field(
                description="default: the first option that when reads",
                examples=["gradient_checkpointing", "deepspeed/zero_optimization.stage", "entry"],
            ),
        ]
        | None
    ) = None
    foreign: Annotated[bool, Field(description="also asked of other tools' launch scripts: bash itself reads it so")] = False
    else_at: Annotated[PlaceText, Field(description="the place where `at` is not written")] | None = None
    related: Annotated[list[Related], Field(max_length=8)] = []
    title: Annotated[Title, Field(description="default: the message, its figures left out")] | None = None
    message: Text
    why: Text | None = None
    fix: FixModel | None = None
    sources: Annotated[list[str], Field(min_length=1)] = []
    since: Annotated[str, Field(pattern=r"^[0-9]+\.[0-9]+$")] | None = None
    verified: Annotated[Literal["executed", "read"], Field(description="how the evidence was obtained")] | None = None
    examples: list[Example] = []

    def disagreements(self) -> list[str]:
        """What is wrong with its fields together."""
        found = []
        compared = "value" in self.model_fields_set
        if self.when is None and not (compared and self.at is not None):
            found.append("a rule needs when (an expression), or at and value")
        if self.when is not None and compared:
            found.append("write when, or at and value, not both")
        if self.scope != "document" and self.kinds is not None:
            found.append("kinds belong to scope: document")
        if self.foreign and self.kinds != ["launch"]:
            found.append("foreign belongs to rules of kinds: [launch]")
        if self.scope != "run" and self.some is not None:
            found.append("some belongs to scope: run")
        if self.some is None and self.some_of != "any":
            found.append("some_of belongs to some")
        if self.rejects and (self.scope != "run" or self.severity == "info"):
            found.append("rejects belongs to errors and warnings of scope: run")
        if self.fix is None and any(example.fixed is not None for example in self.examples):
            found.append("an example has a fixed text, the rule has no fix")
        order = ("error", "warning", "info")
        if self.some is not None and order.index(self.some) < order.index(self.severity):
            found.append("some: cannot be worse than the severity")
        return found

    def lacking(self) -> list[str]:
        """What a built-in rule would have to say besides."""
        found = [f"field {name!r} is missing" for name in NEEDED if name not in self.model_fields_set]
        if self.fix is not None and self.fix.title is None:
            found.append("field 'title' of the fix is missing")
        texts: dict[str, Spoken | None] = {"title": self.title, "message": self.message, "why": self.why}
        texts["fix.title"] = self.fix.title if self.fix is not None else None
        texts |= {f"related[{number}].message": one.message for number, one in enumerate(self.related)}
        texts |= {f"let.{name}": one for name, one in self.let.items() if isinstance(one, Words)}
        for name, text in texts.items():
            static = name in ("title", "why") or (name == "message" and text is not None and "{" not in text.of("en"))
            if text is not None and ((static and text.of("en") == text.of("zh")) or text.model_fields_set != {"en", "zh"}):
                found.append(f"{name} must be in both languages: {{en: …, zh: …}}")
        failing = [example for example in self.examples if example.fail is not None]
        if not failing or len(failing) == len(self.examples):
            found.append("a rule needs a failing and a passing example")
        if self.fix is not None and self.fix.safety != "suggestion" and all(example.fixed is None for example in failing):
            found.append("a rule with a fix shows a fixed text in an example")
        return found


NEEDED = ("name", "severity", "presets", "when", "at", "title", "why", "sources", "since", "examples")
"""Fields that a built-in rule says and a user's own may leave out."""

MODELS: dict[str, type[BaseModel]] = {
    "": RuleFile,
    "message": Text,
    "why": Text,
    "title": Text,
    "fix": FixModel,
    "related": Related,
    "examples": Example,
    "let": Words,
}
"""The model of what stands under a field, by the field's name: for the names that "did you mean" may propose."""


def field_names(model: type[BaseModel]) -> list[str]:
    """The names of *model*'s fields as rule files write them."""
    return [field.alias or name for name, field in model.model_fields.items()]


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a rule file, for editors."""
    found = RuleFile.model_json_schema(by_alias=True)
    for name in ("Text", "Title"):  # a plain text is read as one in both languages
        longest = found["$defs"][name]["properties"]["en"]["maxLength"]
        found["$defs"][name] = {"anyOf": [{"type": "string", "minLength": 1, "maxLength": longest}, found["$defs"][name]]}
    definitions = found.pop("$defs")
    part = {**found["properties"], "with": {"type": "object", "additionalProperties": {"type": "string"}}}
    definitions["Rule"] = found
    definitions["Part"] = {"type": "object", "additionalProperties": False, "properties": part}
    rows = {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/Part"}}
    definitions["Table"] = {
        "type": "object",
        "description": "Several rules that share what they have in common; <name> in it is what the row's `with` says.",
        "additionalProperties": False,
        "required": ["rules"],
        "properties": {"shared": {"$ref": "#/$defs/Part"}, "rules": rows},
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "vlmr1-lint rule",
        "anyOf": [{"$ref": "#/$defs/Rule"}, {"$ref": "#/$defs/Table"}],
        "$defs": definitions,
    }
