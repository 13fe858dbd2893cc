"""Model architectures: dimensions, exact parameter counts, and which model a name or path means."""

from __future__ import annotations

from vlmr1_lint.values import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

__all__ = ["Model", "TextDimensions", "UnsupportedConfig", "VisionDimensions", "all_models", "find_model", "is_quantised_name"]
__all__ += ["model_from_config", "read_config"]


class UnsupportedConfig(Exception):
    """A ``config.json`` that tells no model that we know. The message goes on from its name: ``has no hidden_size``."""


@value
class TextDimensions:
    """The language model. ``intermediate`` is the width of a dense MLP; in a mixture of experts each expert has
    ``moe_intermediate``.
    """

    hidden: int
    layers: int
    heads: int
    kv_heads: int
    head_dim: int
    intermediate: int
    vocab: int
    tied_embeddings: bool
    max_position_embeddings: int | None = None
    moe_intermediate: int | None = None
    num_experts: int | None = None
    experts_per_token: int | None = None
    llm: str | None = None


@value
class VisionDimensions:
    """The vision tower. ``patch_size`` and ``window_size`` are in pixels; a merged token covers
    ``pixels_per_image_token``.

    Towers of fixed tiles (InternViT) have ``image_size`` and ``tokens_per_tile`` instead. ``out_hidden`` is the width
    handed to the language model; where it is None a connector outside the tower does that (InternVL's ``mlp1``, counted
    as language).
    """

    type: str
    depth: int
    hidden: int
    intermediate: int
    heads: int
    patch_size: int
    temporal_patch_size: int = 1
    spatial_merge_size: int = 1
    out_hidden: int | None = None
    pixels_per_image_token: int | None = None
    window_size: int | None = None
    fullatt_block_indexes: tuple[int, ...] = ()
    deepstack_visual_indexes: tuple[int, ...] = ()
    num_position_embeddings: int | None = None
    image_size: int | None = None
    downsample_ratio: float | None = None
    tokens_per_tile: int | None = None


@value
class Model:
    """An architecture with its sizes.

    ``family`` is one of qwen2, qwen2_vl, qwen2_5_vl, qwen3_vl, qwen3_vl_moe, internvl, glm4v. Parameter counts are
    exact; tied embeddings count once; ``params_language`` is all that is not the vision tower. ``min_pixels`` and
    ``max_pixels`` are the limits of the model's own published processor (None: it has none), which a trainer may
    override (VLM-R1 sets 3136 and 12845056). ``logits_to_keep_since`` is the first transformers release read whose
    class computes logits of the last tokens only when asked; None: none does.
    """

    name: str
    family: str
    architecture: str
    hf_repo: str | None
    text: TextDimensions
    vision: VisionDimensions | None
    params_total: int
    params_vision: int
    params_language: int
    min_pixels: int | None = None
    max_pixels: int | None = None
    pixels_source: str | None = None
    logits_to_keep_since: str | None = None
    verified: str = ""
    source: str = ""

    @property
    def has_vision(self) -> bool:
        """Whether it has a vision tower."""
        return self.vision is not None

    @property
    def vocab(self) -> int:
        """Rows of the output projection: the width of the logits."""
        return self.text.vocab

    @property
    def context(self) -> int | None:
        """Longest sequence in tokens that its positions were made for (``max_position_embeddings``); None where not known."""
        return self.text.max_position_embeddings

    @property
    def pixels_per_image_token(self) -> int | None:
        """Pixels that one image token stands for; None for towers of fixed tiles and for models without one."""
        return self.vision.pixels_per_image_token if self.vision is not None else None


_records: dict[str, dict[str, Any]] = {}
_models: dict[str, Model] = {}


def _load() -> dict[str, dict[str, Any]]:
    """The records of all models by name."""
    if not _records:
        from vlmr1_lint.facts.data import load

        _records.update((record["name"], record) for record in load("models.json")["models"])
    return _records


def _named(name: str) -> Model | None:
    """The model of the table called *name*; a run asks for one or two of them."""
    if name not in _models and name in _load():
        _models[name] = _model(_load()[name])
    return _models.get(name)


def _model(record: dict[str, Any]) -> Model:
    tower: dict[str, Any] = {
        key: tuple(item) if isinstance(item, list) else item for key, item in (record["vision"] or {}).items()
    }
    sizes: dict[str, Any] = {"text": TextDimensions(**record["text"]), "vision": VisionDimensions(**tower) if tower else None}
    return Model(**{**record, **sizes})


def all_models() -> tuple[Model, ...]:
    """Every model of the table."""
    return tuple(found for name in _load() if (found := _named(name)) is not None)


def find_model(name_or_path: str) -> Model | None:
    """The model that a Hub name, a folder or a checkpoint path means, from its last telling component; None if unknown.

    Family and size must both be there as whole tokens: ``Qwen2.5-VL-3B`` is not ``Qwen2.5-3B``. Names of quantised
    weights are unknown, for their sizes differ (`is_quantised_name`).
    """
    published = _by_repository().get(name_or_path.rstrip("/").rpartition("/")[2])
    if published is not None:
        return _named(published)
    from vlmr1_lint.facts.model_names import recognise

    name = recognise(name_or_path)
    return _named(name) if name else None


_repositories: dict[str, str] = {}


def _by_repository() -> dict[str, str]:
    """Names of models by the published name itself (``Qwen2.5-VL-3B-Instruct``): most files say just that, and no pattern need
    be compiled."""
    if not _repositories:
        repositories = ((record["hf_repo"], name) for name, record in _load().items())
        _repositories.update((repository.rpartition("/")[2], name) for repository, name in repositories if repository)
    return _repositories


def is_quantised_name(name_or_path: str) -> bool:
    """Whether the name says that the weights are quantised (AWQ, GPTQ, int4, GGUF, …)."""
    from vlmr1_lint.facts.model_names import is_quantised, last_component

    return is_quantised(last_component(name_or_path))


def model_from_config(config: Mapping[str, Any], name: str = "") -> Model | None:
    """The model that a ``config.json`` describes, None where `read_config` raises."""
    try:
        return read_config(config, name)
    except UnsupportedConfig:
        return None


def read_config(config: Mapping[str, Any], name: str = "") -> Model:
    """The model that a ``config.json`` describes, with parameters counted from its dimensions. Raises `UnsupportedConfig`.

    Supported: Qwen2-VL, Qwen2.5-VL, Qwen3-VL (dense and MoE), InternVL 2.5/3 with InternViT-300M (remote code and
    transformers), GLM-4.1V, Qwen2 text models. Not supported are quantised weights, and shapes that the formulas do not
    cover. *name* is used if given.
    """
    from vlmr1_lint.facts.model_config import read

    return read(config, name)
