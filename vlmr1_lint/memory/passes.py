"""The passes over the model: without gradients (reference), and forward with backward; each at its worst moments.

A *moment* is a point in time with the bytes that live then, split into the terms ``activations``, ``vision_activations`` and
``logits``. A peak is the largest moment, never a sum over moments: checkpoints, the layer being recomputed and the logits do
not all live together. Inputs count with the term they feed. Model states are not in here.
"""

from __future__ import annotations

from vlmr1_lint.memory.activations import layer_cost, outside_layers
from vlmr1_lint.memory.logits import logits_cost, reference_logits
from vlmr1_lint.memory.vision import tower_cost
from vlmr1_lint.values import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vlmr1_lint.memory.activations import Adapter, Attention, LayerCost
    from vlmr1_lint.memory.architecture import Model
    from vlmr1_lint.memory.logits import LogitsCost, Path

    Moment = tuple[int, int, int]

__all__ = ["Work", "backward_peak", "forward_peak", "reference_peak"]


@value
class Work:
    """What one GPU computes at once.

    ``batch`` sequences of ``length`` tokens, ``completion`` of them generated; ``patches`` of all images together,
    ``image_patches`` of one image; ``image_tokens`` of all images. ``stream`` is the bytes per element of the residual stream
    (4 for fp32 weights under autocast), ``logit`` of a logit, ``pixel`` of an input pixel value (2 once cast to bf16).
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
    tower_trained: bool = True
    adapter: Adapter | None = None
    stream: int = 2
    logit: int = 2
    pixel: int = 4
    keeps_logits: bool = True


def reference_peak(work: Work) -> Moment:
    """The pass without gradients: the logits, or one layer, or the tower."""
    tokens, hidden = work.batch * work.length, work.model.text.hidden
    costs = layer_cost(work.model, work.attention, work.length, work.stream, None)
    inputs, pixels = _inputs(work), _pixels(work)
    tables = _tables(work)
    moments = [
        (inputs, pixels, _reference_logits(work)),
        (inputs + tables + costs.inference * tokens, pixels, 0),
    ]
    if work.model.tower and work.patches:
        tower = tower_cost(work.model.tower, work.attention, work.image_patches, work.stream)
        moments.append((inputs, pixels + tower.inference * work.patches, 0))
        moments.append((inputs + _scatter(work), pixels + 2 * hidden * work.image_tokens, 0))
    return max(moments, key=sum)


def forward_peak(work: Work) -> Moment:
    """The end of the forward pass, with the logits and what the loss keeps of them."""
    activations, vision, logits, _ = _kept(work)
    return max(
        ((activations, vision, logits), (_inputs(work) + _scatter(work), vision, 0)),
        key=sum,
    )


def backward_peak(work: Work) -> Moment:
    """The worst moment of backward: the loss, the head, the final norm, a layer, a block of the tower, the embedding."""
    text, tokens = work.model.text, work.batch * work.length
    activations, vision, _, costs = _kept(work)
    loss = _logits(work)
    head_tokens = _head_tokens(work)
    weight = text.vocab * text.hidden
    trained = work.adapter is None
    head_gradient = 2 * weight if trained else 0
    tied = work.stream * weight if trained and text.tied else 0
    final = outside_layers(text, work.stream, work.adapter) * tokens
    moments = [
        (activations, vision, loss.loss),
        (activations, vision, _head(work, loss.head) + 2 * text.hidden * head_tokens + head_gradient),
        (activations + 16 * text.hidden * tokens, vision, tied),
        (activations - final + (costs.running + costs.saved * work.checkpointing) * tokens, vision, tied),
    ]
    inputs = _inputs(work) + _tables(work)
    if work.stream == 4 and trained:  # the head's bf16 gradient is cast to fp32
        moments.append((activations, vision, 6 * weight))
    if work.model.tower and work.patches and work.tower_trained and trained:
        tower = tower_cost(work.model.tower, work.attention, work.image_patches, work.stream)
        block = (tower.running + tower.saved * work.checkpointing) * work.patches
        moments.append((inputs + work.stream * text.hidden * tokens, vision + block, tied))
    if trained:
        moments.append((inputs + 2 * text.hidden * tokens, _pixels(work), tied + work.stream * weight))
    return max(moments, key=sum)


def _kept(work: Work) -> tuple[int, int, int, LayerCost]:
    """Activations and vision activations at the end of forward, the logits' own peak there, and the layer costs."""
    text, tokens = work.model.text, work.batch * work.length
    costs = layer_cost(work.model, work.attention, work.length, work.stream, work.adapter)
    per_layer = costs.checkpoint if work.checkpointing else costs.saved
    activations = (
        _inputs(work) + _tables(work) + (text.layers * per_layer + outside_layers(text, work.stream, work.adapter)) * tokens
    )
    if work.checkpointing and work.adapter:  # the embedding's output, and a second one that requires gradients
        activations += work.stream * text.hidden * tokens * (1 if work.patches else 0)
    vision = _pixels(work)
    tower = work.model.tower
    if tower and work.patches and work.tower_trained and work.adapter is None:
        block = tower_cost(tower, work.attention, work.image_patches, work.stream)
        vision += (tower.layers * (block.checkpoint if work.checkpointing else block.saved) + block.ends) * work.patches
    return activations, vision, max(_logits(work).forward, _head_forward(work)), costs


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
    return 2 * work.stream * rows * work.length * work.model.text.head_dim


def _scatter(work: Work) -> int:
    """Putting image features among the embeddings: both copies, a mask and its int64 prefix sum (9 bytes per element),
    or before it the index of the placeholder check (26 bytes per element of an image token)."""
    elements = work.batch * work.length * work.model.text.hidden
    check = 26 * work.image_tokens * work.model.text.hidden
    return work.stream * elements + max((work.stream + 9) * elements if work.image_tokens else 0, check)


def _head_tokens(work: Work) -> int:
    """Positions whose logits are computed."""
    if work.path == "whole" or not work.keeps_logits:
        return work.batch * work.length
    return work.batch * (work.completion + 1)


def _logits(work: Work) -> LogitsCost:
    return logits_cost(work.path, work.batch, work.length, work.completion, work.model.text.vocab, work.logit)


def _reference_logits(work: Work) -> int:
    return reference_logits(work.path, work.batch, work.length, work.completion, work.model.text.vocab, work.logit)


def _head(work: Work, gradient: int) -> int:
    """Gradient of the logits; with an adapter on the head also its scaled copy (both in fp32 for fp32 adapters)."""
    if work.adapter is None:
        return gradient
    return gradient + (2 if work.adapter.copy == 2 else 8) * _head_tokens(work) * work.model.text.vocab


def _head_forward(work: Work) -> int:
    """An adapter on the head: the base's logits, the adapter's, and their scaled copy before they are added."""
    if work.adapter is None:
        return 0
    return (2 + 2 * work.adapter.copy) * _head_tokens(work) * work.model.text.vocab
