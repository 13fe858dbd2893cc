"""The shape of a rule file, as pydantic models: strict, no unknown fields. Used when rules are built, tested or a user's own.

Types of values and texts of expressions are checked by `vlmr1_lint.rulefiles.load`; here is what can be said without the facts.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

__all__ = ["MODELS", "Example", "ExpressionValue", "FixModel", "Related", "RuleFile", "Text"]

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


class Text(Strict):
    """A text in both languages of the tool; messages and fix titles fill in `{expression}` and `{expression:format}`."""

    en: Annotated[str, Field(min_length=1, max_length=2000)]
    zh: Annotated[str, Field(min_length=1, max_length=2000)]


class Title(Strict):
    """A static text of at most 80 characters, for tables."""

    en: Annotated[str, Field(min_length=1, max_length=80)]
    zh: Annotated[str, Field(min_length=1, max_length=80)]


class ExpressionValue(Strict):
    """A value that is computed: `{expr: "run.per_device_train_batch_size * 2"}`."""

    expr: Expression


Value = ExpressionValue | bool | int | float | str | list[bool | int | float | str | None] | None


class FixModel(Strict):
    """How to put it right. All changes are in one file and are written together or not at all."""

    title: Text
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
    """A rule of vlmr1-lint."""

    id: Annotated[str, Field(pattern=r"^[A-Z]{2,8}[0-9]{3}$", description="family and number, such as MEM001")]
    name: Annotated[
        str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)+$", max_length=60, description="names the bad pattern; also the file's name")
    ]
    severity: Severity
    scope: Annotated[
        Literal["document", "run", "project"],
        Field(description="document: once per file; run: once per run; project: once for all runs of a repository"),
    ] = "run"
    kinds: Annotated[list[Kind], Field(min_length=1, description="scope document: which files")] | None = None
    trainers: Annotated[list[str], Field(min_length=1, examples=[["vlm-r1", "trl>=0.14,<0.17"]])] | None = None
    presets: Annotated[list[Literal["recommended", "strict"]], Field(min_length=1)] = ["strict"]
    let: Annotated[
        dict[Name, Expression], Field(max_length=20, description="names for expressions, computed when first read")
    ] = {}
    each: Annotated[dict[Name, Expression], Field(min_length=1, max_length=1)] | None = None
    when: Annotated[Expression, Field(description="the rule fires where this is true")]
    some: (
        Annotated[Severity, Field(description="also fires, at this severity, where it holds for some candidate trainers only")]
        | None
    ) = None
    rejects: Annotated[bool, Field(description="the run cannot start; of a warning: it may not, so no plan proposes it")] = False
    at: Annotated[PlaceText, Field(examples=["gradient_checkpointing", "deepspeed/zero_optimization.stage", "entry"])]
    related: Annotated[list[Related], Field(max_length=8)] = []
    title: Title
    message: Text
    why: Text
    fix: FixModel | None = None
    sources: Annotated[list[str], Field(min_length=1)]
    since: Annotated[str, Field(pattern=r"^[0-9]+\.[0-9]+$")]
    verified: Annotated[Literal["executed", "read"], Field(description="how the evidence was obtained")] = "read"
    examples: Annotated[list[Example], Field(min_length=2)]

    @model_validator(mode="after")
    def _parts_agree(self) -> RuleFile:
        if self.scope != "document" and self.kinds is not None:
            raise ValueError("kinds belong to scope: document")
        if self.scope != "run" and self.some is not None:
            raise ValueError("some belongs to scope: run")
        if self.rejects and (self.scope != "run" or self.severity == "info"):
            raise ValueError("rejects belongs to errors and warnings of scope: run")
        failing = [example for example in self.examples if example.fail is not None]
        if not failing or len(failing) == len(self.examples):
            raise ValueError("a rule needs a failing and a passing example")
        if self.fix is None and any(example.fixed is not None for example in failing):
            raise ValueError("an example has a fixed text, the rule has no fix")
        if self.fix is not None and self.fix.safety != "suggestion" and all(example.fixed is None for example in failing):
            raise ValueError("a rule with a fix shows a fixed text in an example")
        order = ("error", "warning", "info")
        if self.some is not None and order.index(self.some) < order.index(self.severity):
            raise ValueError("some: cannot be worse than the severity")
        return self


MODELS: dict[str, type[BaseModel]] = {
    "": RuleFile,
    "message": Text,
    "why": Text,
    "title": Text,
    "fix": FixModel,
    "related": Related,
    "examples": Example,
}
"""The model of what stands under a field, by the field's name: for the names that "did you mean" may propose."""


def field_names(model: type[BaseModel]) -> list[str]:
    """The names of *model*'s fields as rule files write them."""
    return [field.alias or name for name, field in model.model_fields.items()]


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a rule file, for editors."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **RuleFile.model_json_schema(by_alias=True),
        "title": "vlmr1-lint rule",
    }
