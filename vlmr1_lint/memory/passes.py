"""The passes over the model, each at its worst moments: without gradients (reference, prefill), forward, backward.

A *moment* is a point in time with the bytes that live then: ``(activations, vision_activations, logits, graded)``, where
*graded* counts the parameters whose gradient is complete by then. A peak is the largest moment, never a sum over moments:
checkpoints, the layer being recomputed and the logits do not all live together. Inputs count with the term they feed. Model
states are not in here.
"""

from __future__ import annotations

from vlmr1_lint.memory.activations import layer_cost, outside_layers
from vlmr1_lint.memory.logits import logits_cost
from vlmr1_lint.memory.precision import BF16
from vlmr1_lint.memory.vision import tower_cost
from vlmr1_lint.values import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vlmr1_lint.memory.activations import Adapter, Attention, LayerCost
    from vlmr1_lint.memory.architecture import Model, Tower
    from vlmr1_lint.memory.logits import LogitsCost, Path
    from vlmr1_lint.memory.precision import Precision
    from vlmr1_lint.memory.vision import TowerCost

    Moment = tuple[int, int, int, int]

__all__ = ["Work", "backward_moments", "forward_moments", "inference_moments", "reference_moments"]


@value
class Work:
    """What one GPU computes at once.

    ``batch`` sequences of ``length`` tokens, ``completion`` of them generated; ``patches`` of all images together,
    ``image_patches`` of one image; ``image_tokens`` of all images. ``logit`` is the bytes of a logit as the
    loss sees it (4 where outputs are converted to fp32), ``pixel`` of an input pixel value (2 once cast to bf16).
    ``keeps_logits`` says whether the model class honours ``logits_to_keep``.
    """

    model: Model
    batch: int
    length: int
    completion: int
    patches: int = 0
    image_patches: int = 0
    image_tokens: int = 0
    attention: Attention = "flash"
    path: Path = "whole"
    checkpointing: bool = True
    tower_checkpointing: bool = True
    tower_trained: bool = True
    adapter: Adapter | None = None
    precision: Precision = BF16
    logit: int = 2
    pixel: int = 4
    keeps_logits: bool = True


def reference_moments(work: Work) -> list[Moment]:
    """The pass without gradients over whole sequences."""
    return inference_moments(work, work.length, _logits(work).inference)


def inference_moments(work: Work, length: int, logits: int) -> list[Moment]:
    """A pass without gradients over *length* tokens per sequence: the logits (bytes), or one layer, or the tower."""
    tokens, hidden = work.batch * length, work.model.text.hidden
    layer = layer_cost(work.model, work.attention, length, work.precision, None).inference
    inputs, pixels = _inputs(work), _pixels(work)
    casts, computed = (
        _casts(work),
        work.precision.compute * work.batch * (_positions(work) if logits else 0) * work.model.text.vocab,
    )
    moments = [
        (inputs, pixels, logits, 0),
        (inputs + casts + 2 * hidden * tokens, pixels, min(computed, logits), 0),
        (inputs + casts + _tables(work) + layer * tokens, pixels, 0, 0),
    ]
    if work.model.tower and work.patches:
        tower = _tower_cost(work, work.model.tower).inference
        moments.append((inputs, pixels + tower * work.patches, 0, 0))
        moments.append((inputs + _scatter(work), pixels + 2 * hidden * work.image_tokens, 0, 0))
    return moments


def forward_moments(work: Work) -> list[Moment]:
    """The end of the model's forward, where autocast still holds its bf16 weights; the loss; and the embedding before both."""
    activations, vision, _ = _kept(work)
    text, tokens = work.model.text, work.batch * work.length
    computed = 0 if work.path.startswith("liger") else work.precision.compute * work.batch * _positions(work) * text.vocab
    return [
        (activations, vision, max(_logits(work).forward, _head_forward(work)), 0),
        (activations - _kept_casts(work) + _casts(work), vision, max(computed, _head_forward(work)), 0),
        (_inputs(work) + _scatter(work), vision, 0, 0),
        *_running(work, activations - outside_layers(text, work.precision, work.adapter) * tokens, vision),
    ]


def _running(work: Work, activations: int, vision: int) -> list[Moment]:
    """With checkpointing, the last layer while it runs without keeping anything; and the tower where it keeps nothing."""
    moments: list[Moment] = []
    if work.checkpointing:
        running = layer_cost(work.model, work.attention, work.length, work.precision, None).inference
        moments.append((activations + running * work.batch * work.length, vision, 0, 0))
    tower = work.model.tower
    if tower and work.patches and (work.adapter is not None or not work.tower_trained):
        moments.append((_inputs(work), vision + _tower_cost(work, tower).inference * work.patches, 0, 0))
    return moments


def backward_moments(work: Work) -> list[Moment]:
    """Backward: the loss, the head, the final norm, a layer, a block of the tower, the embedding."""
    model, text, tokens = work.model, work.model.text, work.batch * work.length
    activations, vision, costs = _kept(work)
    loss = _logits(work)
    weight = model.embedding
    trained = work.adapter is None
    tied = work.precision.stream * weight if trained and text.tied else 0
    head_done = 0 if text.tied else weight
    final = outside_layers(text, work.precision, work.adapter) * tokens
    head_gradient = work.precision.compute * weight if trained and not work.path.startswith("liger") else 0
    hidden_gradient = work.precision.compute * text.hidden * work.batch * _positions(work)
    moments = [
        (activations, vision, loss.loss, 0),
        (activations, vision, _head(work, loss.head) + hidden_gradient + head_gradient, 0),
        (activations + 16 * text.hidden * tokens, vision, tied, head_done),
        (
            activations - final + (costs.running + costs.saved * work.checkpointing) * tokens,
            vision,
            tied,
            head_done,
        ),
    ]
    if not trained:
        return moments
    # The first layer comes last: its checkpoint is the only one left, but the gradients of all others are there. Between the
    # two both change evenly, so no layer in between is worse than both.
    inputs = _inputs(work) + _tables(work) + work.precision.stream * text.hidden * tokens
    language = model.total - model.tower_total - weight
    moments.append((inputs + (costs.running + costs.saved) * tokens, vision, tied, language))
    if work.precision.casts:  # the head's bf16 gradient is cast to fp32; its own bf16 copy is gone by then
        moments.append((activations - 2 * weight, vision, 6 * weight, 0))
    graded = language
    if model.tower and work.patches and work.tower_trained:
        tower = _tower_cost(work, model.tower)
        block = (tower.running + tower.saved * work.tower_checkpointing - tower.merger) * work.patches
        moments.append((inputs, vision + block, tied, language))
        graded += model.tower_total
    moments.append((inputs, _pixels(work), tied + work.precision.stream * weight, graded))
    return moments


def _kept(work: Work) -> tuple[int, int, LayerCost]:
    """Activations and vision activations at the end of forward, and the layer costs."""
    text, tokens = work.model.text, work.batch * work.length
    costs = layer_cost(work.model, work.attention, work.length, work.precision, work.adapter)
    per_layer = costs.checkpoint if work.checkpointing else costs.saved
    activations = _inputs(work) + _tables(work) + _kept_casts(work)
    activations += (text.layers * per_layer + outside_layers(text, work.precision, work.adapter)) * tokens
    if work.checkpointing and work.adapter and work.patches:
        # The embedding's output is made to require gradients, so both it and its copy with the images live.
        activations += work.precision.stream * text.hidden * tokens
    vision = _pixels(work)
    tower = work.model.tower
    if tower and work.patches and work.tower_trained and work.adapter is None:
        block = _tower_cost(work, tower)
        per_block = block.checkpoint if work.tower_checkpointing else block.saved
        vision += (tower.layers * per_block + block.ends) * work.patches
    return activations, vision, costs


def _tower_cost(work: Work, tower: Tower) -> TowerCost:
    # Before transformers 4.51 sdpa saw all images of the batch as one sequence.
    together = work.attention == "sdpa_unbatched"
    return tower_cost(tower, work.attention, work.patches if together else work.image_patches, work.precision)


def _casts(work: Work) -> int:
    """fp32 weights under autocast: a bf16 copy of every weight is cached until the model's forward returns."""
    if not work.precision.casts:
        return 0
    model = work.model
    embedding = 0 if model.text.tied else model.embedding
    tower = 0 if work.patches else model.tower_total
    return 2 * (model.total - embedding - tower)


def _kept_casts(work: Work) -> int:
    """The copies that the graph keeps for backward: all of them, or with checkpointing those outside the layers."""
    if not work.precision.casts or work.adapter is not None:
        return 0
    if not work.checkpointing:
        return _casts(work)
    tower = work.model.tower
    merged = tower.hidden * tower.merge**2 if tower and work.patches and work.tower_trained else 0
    return 2 * work.model.embedding + 2 * merged * (merged + (tower.out_hidden if tower else 0))


def _inputs(work: Work) -> int:
    """Token ids and positions (int64) and the completion mask (int32)."""
    tokens = work.batch * work.length
    positions = 24 * tokens if work.model.rotary_tables == 3 else 8 * work.length
    return 8 * tokens + positions + 4 * work.batch * work.completion


def _pixels(work: Work) -> int:
    """The processor's patches, as the trainer holds them."""
    tower = work.model.tower
    return work.pixel * tower.channels * work.patches if tower else 0


def _tables(work: Work) -> int:
    """Rotary cos and sin: for every sequence and three positions with M-RoPE, else once for all sequences."""
    rows = 3 * work.batch if work.model.rotary_tables == 3 else 1
    return 2 * work.precision.stream * rows * work.length * work.model.text.head_dim


def _scatter(work: Work) -> int:
    """Putting image features among the embeddings: both copies, a mask and its int64 prefix sum (9 bytes per element),
    or before it the index of the placeholder check (26 bytes per element of an image token)."""
    elements = work.batch * work.length * work.model.text.hidden
    check = 26 * work.image_tokens * work.model.text.hidden
    return work.precision.stream * elements + max((work.precision.stream + 9) * elements if work.image_tokens else 0, check)


def _positions(work: Work) -> int:
    """Positions of a sequence whose logits are computed."""
    completion_only = work.path.startswith("completion") or work.path == "liger"
    return work.completion + 1 if completion_only and work.keeps_logits else work.length


def _logits(work: Work) -> LogitsCost:
    kept = work.length - 1 if work.path == "whole" else work.completion
    text = work.model.text
    return logits_cost(work.path, work.batch, _positions(work), kept, text=text, sizes=(work.precision.compute, work.logit))


def _head(work: Work, gradient: int) -> int:
    """Gradient of the logits; with an adapter on the head also its scaled copy (both in fp32 for fp32 adapters)."""
    if work.adapter is None or not work.adapter.head:
        return gradient
    return gradient + (2 if work.adapter.copy == 2 else 8) * work.batch * _positions(work) * work.model.text.vocab


def _head_forward(work: Work) -> int:
    """An adapter on the head: the base's logits, the adapter's, and their scaled copy before they are added."""
    if work.adapter is None or not work.adapter.head:
        return 0
    return (2 + 2 * work.adapter.copy) * work.batch * _positions(work) * work.model.text.vocab
