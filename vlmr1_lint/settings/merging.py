"""From settings files to what they come to: one file's layer, a layer over another, the values for a path."""

from __future__ import annotations

from vlmr1_lint.settings.globs import exact, join, matcher
from vlmr1_lint.settings.layers import EntrySettings, FileSettings, Layer, Override, RootSettings
from vlmr1_lint.values import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from vlmr1_lint.findings.suppression import Suppression
    from vlmr1_lint.settings.read import SettingsFile

__all__ = ["entry_settings", "file_settings", "narrowed", "over", "own_layer", "root_settings"]


def entry_settings(layer: Layer, path: str) -> EntrySettings:
    """What *layer* says of the run whose entry is *path*."""
    values = _values_for(layer, path)
    data: Mapping[str, Any] = values.get("data", {})
    return EntrySettings(
        gpus=values.get("gpus"),
        trainer=values.get("trainer"),
        host_ram=values.get("host-ram"),
        images=data.get("images"),
        image=data.get("image"),
        prompt_tokens=data.get("prompt-tokens"),
        completion_tokens=data.get("completion-tokens"),
        prices=values.get("prices"),
        hours=values.get("hours"),
        check_data=values.get("check-data", False),
        here=values.get("here", False),
        origin=layer.path,
    )


def file_settings(layer: Layer, path: str) -> FileSettings:
    """What *layer* says of the file *path* and of findings in it."""
    values = _values_for(layer, path)
    select = values.get("select")
    kinds = [kind for covers, kind in layer.kinds if covers(path)]
    return FileSettings(
        preset=values.get("preset"),
        select=None if select is None else tuple(select),
        ignore=tuple(values.get("ignore", ())),
        extend_select=tuple(values.get("extend-select", ())),
        severity=values.get("severity", {}),
        safety=values.get("safety", {}),
        suppress=tuple(entry for entry in layer.suppress if entry.covers(path)),
        kind=kinds[-1] if kinds else None,
        excluded=any(covers(path) for covers in layer.exclude),
        origin=layer.path,
    )


def root_settings(layer: Layer) -> RootSettings:
    """What *layer* says of the invocation."""
    values: Mapping[str, Any] = layer.values
    return RootSettings(layer.rules, values.get("lang"), layer.baseline, values.get("fail-on"), layer.path)


def narrowed(entry: Suppression, paths: set[str]) -> Suppression:
    """*entry* for *paths* and no other."""
    return replace(entry, covers=paths.__contains__, path=entry.path if entry.path in paths else None)


def own_layer(file: SettingsFile, folder: str) -> Layer:
    """What *file* says itself, with its patterns and paths relative to the root."""
    values = dict(file.values)
    values.pop("extend", None)
    baseline = values.pop("baseline", None)
    return Layer(
        file.path,
        values,
        rules=tuple(join(folder, name) for name in values.pop("rules", ())),
        baseline=None if baseline is None else join(folder, baseline),
        exclude=tuple(matcher(pattern, folder) for pattern in values.pop("exclude", ())),
        kinds=tuple((matcher(pattern, folder), kind) for pattern, kind in values.pop("kinds", {}).items()),
        overrides=tuple(_override(entry, folder) for entry in values.pop("overrides", ())),
        suppress=tuple(_suppression(file, index, entry, folder) for index, entry in enumerate(values.pop("suppress", ()))),
    )


def _override(entry: Mapping[str, Any], folder: str) -> Override:
    patterns = [matcher(pattern, folder) for pattern in entry["paths"]]
    values = {name: value for name, value in entry.items() if name != "paths"}
    return Override(lambda path: any(covers(path) for covers in patterns), values)


def _suppression(file: SettingsFile, index: int, entry: Mapping[str, Any], folder: str) -> Suppression:
    from vlmr1_lint.findings.suppression import Suppression

    line, _ = file.locate(("suppress", index))
    return Suppression(
        covers=matcher(entry["path"], folder),
        path=exact(entry["path"], folder),
        key=entry.get("key", ""),
        rule=entry["rule"],
        reason=entry["reason"],
        origin=f"{file.path}:{line}",
    )


def over(base: Layer, layer: Layer) -> Layer:
    """*layer* over *base*: values replace, tables are merged, patterns and suppressions add up."""
    return replace(
        layer,
        values=_merged(base.values, layer.values),
        rules=base.rules + layer.rules,
        baseline=layer.baseline or base.baseline,
        exclude=base.exclude + layer.exclude,
        kinds=base.kinds + layer.kinds,
        overrides=base.overrides + layer.overrides,
        suppress=base.suppress + layer.suppress,
    )


def _values_for(layer: Layer, path: str) -> dict[str, Any]:
    """The values of *layer* for *path*: later overrides win."""
    values = dict(layer.values)
    for override in layer.overrides:
        if override.covers(path):
            values = _merged(values, override.values)
    return values


def _merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """*over* on top of *base*: tables key by key, ``extend-select`` and ``ignore`` added, all else replaced."""
    merged = dict(base)
    for name, value in over.items():
        if isinstance(value, dict):
            merged[name] = {**base.get(name, {}), **value}
        elif name in ("extend-select", "ignore"):
            merged[name] = [*base.get(name, ()), *value]
        else:
            merged[name] = value
    return merged
