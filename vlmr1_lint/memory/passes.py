"""The passes over the model, each at its worst steps: without gradients (reference, prefill), forward, backward.

A `Step` is a point in time of a pass with the bytes that live then. A peak is the largest step, never a sum over steps:
checkpoints, the layer being recomputed and the logits do not all live together. Inputs count with the term they feed. Model
states are not in here.
"""

from __future__ import annotations

from operator import itemgetter

from vlmr1_lint.memory.activations import layer_cost, outside_layers
from vlmr1_lint.memory.experts import expert_copies, expert_gradients
from vlmr1_lint.memory.logits import logits_cost
from vlmr1_lint.memory.precision import BF16
from vlmr1_lint.memory.vision import projector_kept, tower_cost
from vlmr1_lint.values import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vlmr1_lint.memory.activations import Adapter, Attention
    from vlmr1_lint.memory.experts import Experts
    from vlmr1_lint.memory.logits import Path
    from vlmr1_lint.memory.precision import Precision
    from vlmr1_lint.memory.vision import TowerCost
    from vlmr1_lint.models.model import Model

__all__ = ["Passes", "Step", "Work"]


class Step(tuple[int, int, int, int]):
    """Bytes of activations, of the vision tower's activations and of logits that live at one point of a pass, and ``graded``: the
    parameters whose gradient is complete by then. A plain tuple with names: a forecast makes some hundred."""

    __slots__ = ()
    activations = property(itemgetter(0))
    vision = property(itemgetter(1))
    logits = property(itemgetter(2))
    graded = property(itemgetter(3))


@value
class Work:
    """What one GPU computes at once.

    ``batch`` sequences of ``length`` tokens, ``completion`` of them generated; ``patches`` of all images together,
    ``image_patches`` of one image; ``image_tokens`` of all images. ``logit`` is the bytes of a logit as the
    loss sees it (4 where outputs are converted to fp32), ``pixel`` of an input pixel value (2 once cast to bf16).
    ``keeps_logits`` says whether the model class honours ``logits_to_keep``. ``experts`` is how a mixture of experts takes its
    weights; ``evaluates`` says that the pass without gradients is that of another model, which is not in training mode;
    ``tower_adapter`` is LoRA on a block of the tower.
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
    experts: Experts = "copied"
    evaluates: bool = True
    tower_adapter: Adapter | None = None


class Passes:
    """The steps of *work*. What several passes share is computed once, in bytes of one GPU."""

    def __init__(self, work: Work) -> None:
        self.work = work
        model, text = work.model, work.model.text
        self.tokens = work.batch * work.length
        self.layer = layer_cost(model, work.attention, work.length, work.precision, work.adapter)
        # A mixture of experts copies their weights in every layer, and sums gradients of all experts at once.
        copied = text.experts > 0 and work.experts == "copied"
        self.copies = expert_copies(text, self.tokens, work.precision) if copied else 0
        self.summed = expert_gradients(text, self.tokens, work.precision) if copied and work.adapter is None else 0
        self.outside = outside_layers(text, work.precision, work.adapter) * self.tokens
        self.remote = model.traits.remote_code
        self.tower = self._tower()
        trained = work.tower_trained and work.adapter is None
        self.tower_trained = self.tower is not None and (trained or work.tower_adapter is not None)
        completion_only = work.path.startswith("completion") or work.path == "liger"
        self.positions = work.completion + 1 if completion_only and work.keeps_logits else work.length
        kept = work.length - 1 if work.path == "whole" else work.completion
        sizes = (work.precision.compute, max(work.logit, text.logit))
        self.logits = logits_cost(work.path, work.batch, self.positions, kept, text=text, sizes=sizes)
        # Token ids and positions (int64) and the completion mask (int32).
        positions = 24 * self.tokens if model.rotary_tables == 3 else 8 * work.length
        self.inputs = 8 * self.tokens + positions + 4 * work.batch * work.completion
        self.pixels = work.pixel * model.tower.channels * work.patches if model.tower else 0
        # Rotary cos and sin: for every sequence and three positions with M-RoPE, else once for all sequences.
        rows = 3 * work.batch if model.rotary_tables == 3 else 1
        self.tables = 2 * work.precision.stream * rows * work.length * text.rotary
        if text.code.caches_in_training and not work.checkpointing:  # every layer looks up its own
            self.tables *= text.layers
        self.activations, self.vision = self._kept_activations(), self._kept_vision()

    def reference(self) -> list[Step]:
        """The pass without gradients over whole sequences."""
        return self.inference(self.work.length, self.logits.inference, evaluates=self.work.evaluates)

    def inference(self, length: int, logits: int, *, evaluates: bool = False) -> list[Step]:
        """A pass without gradients over *length* tokens per sequence: the logits (bytes), or one layer, or the tower."""
        work, text = self.work, self.work.model.text
        tokens, casts = work.batch * length, self._casts()
        computed = work.precision.compute * work.batch * (self.positions if logits else 0) * text.vocab
        # InternLM2 casts its logits before it returns, while the cache that it made for nothing is still there.
        returned = 3 * computed if text.logit > work.precision.compute else computed
        running = self._running_layer(length, evaluates)
        ending = 2 * text.hidden * (2 if self.remote else 1) + self._cached()  # InternVL's caller still holds the embeddings
        steps = [
            Step((self.inputs, self.pixels, logits, 0)),
            Step((self.inputs + casts + ending * tokens, self.pixels, min(returned, logits), 0)),
            Step((self.inputs + casts + self.tables + running * tokens, self.pixels + self._features(), 0, 0)),
        ]
        if self.tower:
            embeddings = work.precision.stream * text.hidden * tokens  # they were looked up before
            steps.append(Step((self.inputs + embeddings, self.pixels + self.tower.inference * work.patches, 0, 0)))
            steps.append(Step((self.inputs + self._scatter(), self.pixels + 2 * text.hidden * work.image_tokens, 0, 0)))
        return steps

    def forward(self) -> list[Step]:
        """The end of the model's forward, where autocast still holds its bf16 weights; the loss; the embedding before both."""
        work, text = self.work, self.work.model.text
        computed = work.precision.compute * work.batch * self.positions * text.vocab
        if work.path.startswith("liger"):
            computed = 0
        if text.logit > work.precision.compute:
            computed *= 3  # InternLM2 casts its logits before it returns
        # What its cache holds, autograd does too unless the batch was unpadded.
        cached = self._cached() * self.tokens if work.attention.endswith("padded") else 0
        head = self._head_forward()
        steps = [
            Step((self.activations, self.vision, max(self.logits.forward, head), 0)),
            Step((self.activations - self._kept_casts() + self._casts() + cached, self.vision, max(computed, head), 0)),
            Step((self.inputs + self._scatter(), self.vision, 0, 0)),
        ]
        if work.checkpointing:  # the last layer, while it runs without keeping anything; its input and the embeddings are kept
            running = (self.layer.inference - 2 * work.precision.stream * text.hidden) * self.tokens
            steps.append(Step((self.activations - self.outside + running, self.vision + self._features(), 0, 0)))
        if self.tower and (work.tower_checkpointing or not self.tower_trained):  # a block of the tower that keeps nothing
            embeddings = work.precision.stream * text.hidden * self.tokens
            kept, running = self.pixels, self.tower.inference
            if self.tower_trained:  # the last one: its input is kept, and what the first one needed; the merger is to come
                kept = self.vision - self.tower.merger * work.patches
                running -= self.tower.checkpoint + self.tower.begins
            steps.append(Step((self.inputs + embeddings, kept + running * work.patches, 0, 0)))
        return steps

    def backward(self) -> list[Step]:
        """Backward: the loss, the head, the final norm, a layer, a block of the tower, the embedding."""
        work, model, text = self.work, self.work.model, self.work.model.text
        trained = work.adapter is None
        size, stream, weight = work.precision.compute, work.precision.stream, model.embedding
        tied = stream * weight if trained and text.tied else 0
        head_done = weight if trained and not text.tied else 0
        head_gradient = size * weight if trained and not work.path.startswith("liger") else 0
        reaching = self._head() + size * text.hidden * work.batch * self.positions + head_gradient
        recomputed = self.layer.saved * self.tokens + self.copies if work.checkpointing else 0
        last_layer = self.activations - self.outside + self._running_backward() + recomputed
        steps = [
            Step((self.activations, self.vision, self.logits.loss, 0)),
            Step((self.activations, self.vision, reaching, 0)),
            Step((self.activations + 16 * text.hidden * self.tokens, self.vision, tied, head_done)),
            Step((last_layer, self.vision, tied, head_done)),
        ]
        if not trained:
            return steps + self._tower_backward(self.inputs + self.tables, 0, 0)
        if work.precision.casts:  # the head's bf16 gradient is cast to fp32; its own bf16 copy is gone by then
            steps.append(Step((self.activations - 2 * weight, self.vision, 6 * weight, 0)))
        # The first layer comes last: its checkpoint is the only one left, but the gradients of all others are there. Between
        # the two both change evenly, so no layer in between is worse than both.
        left = self.inputs + self.tables + stream * text.hidden * self.tokens
        graded = model.params_language - weight
        first_layer = self._running_backward() + self.layer.saved * self.tokens + self.copies
        # Of its own weights only the down projection's has its gradient by then; experts' are still being summed.
        own = model.layer_total - (0 if text.experts else text.hidden * text.intermediate)
        steps.append(Step((left + first_layer, self.vision, tied, graded - own)))
        steps += self._tower_backward(left, tied, graded)
        if self.tower_trained:
            graded = model.params_total - weight
        steps.append(Step((left, self.pixels, tied + stream * weight, graded)))
        return steps

    def _tower_backward(self, left: int, tied: int, graded: int) -> list[Step]:
        """The last and the first block of the tower, when of the language model only *left* and *tied* live."""
        tower, model = self.tower, self.work.model
        if tower is None or model.tower is None or not self.tower_trained:
            return []
        recomputed = tower.saved if self.work.tower_checkpointing else 0
        block = (tower.running + recomputed - tower.merger) * self.work.patches
        done = graded
        if self.work.adapter is None:  # its first block comes last, as with the layers
            done += model.params_vision - model.params_vision // max(model.tower.depth, 1)
        first = (tower.running + tower.saved) * self.work.patches
        return [Step((left, self.vision + block, tied, graded)), Step((left, self.pixels + first, tied, done))]

    def _tower(self) -> TowerCost | None:
        work, tower = self.work, self.work.model.tower
        if tower is None or not work.patches:
            return None
        if work.attention.endswith("unbatched"):  # all images of the batch are one sequence
            return tower_cost(tower, work.attention, work.patches, work.precision, 1, work.tower_adapter)
        images = max(work.patches // max(work.image_patches, 1), 1)
        return tower_cost(tower, work.attention, work.image_patches, work.precision, images, work.tower_adapter)

    def _kept_activations(self) -> int:
        """What the language model keeps between forward and backward, inputs included."""
        work, text = self.work, self.work.model.text
        per_layer = self.layer.checkpoint if work.checkpointing else self.layer.saved
        kept = self.inputs + self.tables + self._kept_casts() + text.layers * per_layer * self.tokens + self.outside
        if not work.checkpointing:
            kept += text.layers * self.copies
        if work.checkpointing and work.adapter and work.patches:
            # The embedding's output is made to require gradients, so both it and its copy with the images live.
            kept += work.precision.stream * text.hidden * self.tokens
        return kept

    def _kept_vision(self) -> int:
        """What the tower keeps, pixels included."""
        tower, model = self.tower, self.work.model.tower
        if tower is None or model is None:
            return self.pixels
        if not self.tower_trained:
            return self.pixels + projector_kept(model, self.work.precision.compute, self.work.adapter) * self.work.patches
        per_block = tower.checkpoint if self.work.tower_checkpointing else tower.saved
        return self.pixels + (model.depth * per_block + tower.ends) * self.work.patches

    def _running_backward(self) -> int:
        """Beyond what one layer saved, at the worst point of its backward: per token; or where tokens are few, the gradient of
        the down projection's weight in place of one of the MLP's; or the gradients of experts."""
        work, text = self.work, self.work.model.text
        running = self.layer.running * self.tokens + self.summed
        if work.adapter is None and not text.experts:
            running += max(text.intermediate * (work.precision.stream * text.hidden - work.precision.compute * self.tokens), 0)
        return running

    def _running_layer(self, length: int, evaluates: bool = False) -> int:
        """One layer without gradients, per token. Only eager attention depends on the length."""
        work, layer = self.work, self.layer
        if work.adapter is not None or (length != work.length and work.attention.startswith("eager")):
            layer = layer_cost(work.model, work.attention, length, work.precision, None)
        return layer.evaluated if evaluates and work.experts == "copied" else layer.inference

    def _casts(self) -> int:
        """fp32 weights under autocast: a bf16 copy of every weight is cached until the model's forward returns."""
        work, model = self.work, self.work.model
        if not work.precision.casts:
            return 0
        embedding = 0 if model.text.tied else model.embedding
        tower = 0 if work.patches else model.params_vision
        return 2 * (model.params_total - embedding - tower)

    def _kept_casts(self) -> int:
        """The copies that the graph keeps for backward: all of them, or with checkpointing those outside the layers."""
        work, tower = self.work, self.work.model.tower
        if not work.precision.casts or work.adapter is not None:
            return 0
        if not work.checkpointing:
            return self._casts()
        merged = tower.merged if tower and self.tower_trained else 0
        return 2 * work.model.embedding + 2 * merged * (merged + (tower.out_hidden if tower else 0))

    def _cached(self) -> int:
        """What a class that fills a cache in every pass (InternLM2's, unless checkpointing is on) holds: keys, and the fused
        projection of which the values are a view. Bytes per token, until the model's forward returns."""
        text = self.work.model.text
        if not text.code.caches_in_training or self.work.checkpointing:
            return 0
        return 2 * text.layers * (text.queries + 3 * text.keys)

    def _scatter(self) -> int:
        """Putting image features among the embeddings: both copies, a mask and its int64 prefix sum (9 bytes per element),
        or before it the index of the placeholder check (26 bytes per element of an image token)."""
        work, hidden = self.work, self.work.model.text.hidden
        elements, stream = self.tokens * hidden, work.precision.stream
        if self.remote:  # a clone; of image tokens the features twice, what they replace, that times zero, and the sum
            return 2 * stream * elements + 5 * stream * work.image_tokens * hidden
        check = 26 * work.image_tokens * hidden
        return stream * elements + max((stream + 9) * elements if work.image_tokens else 0, check)

    def _features(self) -> int:
        """Image features that deepstack adds in the first layers: held, with those of the input, until the layers are through."""
        work, tower = self.work, self.work.model.tower
        if tower is None or not tower.deepstack:
            return 0
        return (1 + tower.deepstack) * work.precision.compute * work.model.text.hidden * work.image_tokens

    def _head(self) -> int:
        """Gradient of the logits; with an adapter on the head also its scaled copy (both in fp32 for fp32 adapters)."""
        work = self.work
        if work.adapter is None or not work.adapter.head:
            return self.logits.head
        return self.logits.head + (2 if work.adapter.copy == 2 else 8) * work.batch * self.positions * work.model.text.vocab

    def _head_forward(self) -> int:
        """An adapter on the head: the base's logits, the adapter's, and their scaled copy before they are added."""
        work = self.work
        if work.adapter is None or not work.adapter.head:
            return 0
        return (2 + 2 * work.adapter.copy) * work.batch * self.positions * work.model.text.vocab
