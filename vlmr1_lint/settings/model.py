"""The settings as pydantic models: their names, types and limits.

Imported only where a settings file exists, and for the JSON Schema.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from vlmr1_lint.settings.plain import MOST

__all__ = ["Settings", "json_schema"]

Severity = Literal["error", "warning", "info"]
Safety = Literal["safe", "unsafe", "suggestion"]
Kind = Literal["deepspeed", "accelerate", "data", "args", "launch", "ignore"]


def _one_or_more(found: object) -> object:
    """A single text stands for a list of one: ``ignore: GRP001``; commas part it as on the command line."""
    return [part.strip() for part in found.split(",") if part.strip()] if isinstance(found, str) else found


def _kebab(name: str) -> str:
    return name.replace("_", "-")


Text = Annotated[str, Field(min_length=1)]
Texts = Annotated[list[Text], BeforeValidator(_one_or_more, json_schema_input_type=str | list[str])]


Money = Annotated[float, Field(gt=0, le=MOST)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, alias_generator=_kebab)


class Data(_Strict):
    """What the training data looks like, where the forecast cannot know it from the files."""

    images: Annotated[int | None, Field(ge=0, le=1000, description="images in one prompt")] = None
    image: Annotated[
        str | None, Field(pattern=r"^[1-9][0-9]{0,5}x[1-9][0-9]{0,5}$", description="pixels of one image: 640x480")
    ] = None
    prompt_tokens: Annotated[int | None, Field(ge=0, le=10_000_000, description="text tokens of one prompt")] = None
    completion_tokens: Annotated[int | None, Field(ge=1, le=10_000_000, description="tokens of one completion")] = None


class _Run(_Strict):
    """What the closest settings file to a run's entry decides."""

    gpus: Annotated[Text | None, Field(description="hardware: 4xA100-40G, 2x8xA100-80G, 8x48G")] = None
    trainer: Annotated[Text | None, Field(description="vlm-r1, r1-v, trl==0.17.0, trl>=0.14,<0.17")] = None
    host_ram: Annotated[str | None, Field(pattern=r"^[0-9]+(\.[0-9]+)? ?[KMGT]i?B$", description="RAM of one node: 512GiB")] = (
        None
    )
    data: Data | None = None
    prices: Annotated[
        dict[str, Money] | None, Field(description="price of one card or one instance by its name, for an hour")
    ] = None
    hours: Annotated[Money | None, Field(description="hours that the run takes on this hardware")] = None


class _Choice(_Strict):
    """What the closest settings file to a finding decides."""

    preset: Literal["recommended", "strict"] | None = None
    select: Annotated[Texts | None, Field(description="only these rules: ids, names, families")] = None
    ignore: Annotated[Texts | None, Field(description="not these rules")] = None
    extend_select: Annotated[Texts | None, Field(description="these rules besides the preset's")] = None
    severity: Annotated[dict[str, Severity] | None, Field(description="rule: error, warning or info")] = None
    safety: Annotated[dict[str, Safety] | None, Field(description="rule: safe, unsafe or suggestion, for its fix")] = None


class Suppress(_Strict):
    """One suppression by document path, for files that have no comments."""

    path: Annotated[Text, Field(description="file or pattern, relative to the settings file")]
    key: Annotated[str, Field(description="document path: zero_optimization.stage; absent: the whole file")] = ""
    rule: Text
    reason: Annotated[Text, Field(description="why, for the next reader")]


class Override(_Run, _Choice):
    """Settings for some paths."""

    paths: Annotated[Texts, Field(min_length=1, description="patterns, relative to the settings file")]


class Settings(_Run, _Choice):
    """``[tool.vlmr1-lint]`` in pyproject.toml, or ``.vlmr1-lint.yaml``."""

    extend: Annotated[Texts | None, Field(description="settings files that this one adds to")] = None
    rules: Annotated[Texts | None, Field(description="folders with rules of your own; root settings only")] = None
    lang: Annotated[Literal["en", "zh"] | None, Field(description="root settings only")] = None
    baseline: Annotated[Text | None, Field(description="file of accepted findings; root settings only")] = None
    fail_on: Annotated[Literal["error", "warning", "info", "never"] | None, Field(description="root settings only")] = None
    exclude: Annotated[Texts | None, Field(description="patterns of files that are not linted")] = None
    kinds: Annotated[dict[str, Kind] | None, Field(description="pattern: what kind its files are")] = None
    check_data: Annotated[bool | None, Field(description="open the data files that are named")] = None
    here: Annotated[bool | None, Field(description="paths in the files exist on this machine")] = None
    overrides: list[Override] | None = None
    suppress: list[Suppress] | None = None


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a settings file, for editors."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **Settings.model_json_schema(),
        "title": "vlmr1-lint settings",
    }
