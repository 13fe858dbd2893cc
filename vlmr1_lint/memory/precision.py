"""The number formats a forward pass runs in. Sizes are bytes per element."""

from __future__ import annotations

from vlmr1_lint.values import value

__all__ = ["AUTOCAST", "BF16", "FP32", "Precision"]


@value
class Precision:
    """``stream``: the residual stream and the weights it meets in norms; ``compute``: what linears and attention take."""

    stream: int
    compute: int

    @property
    def casts(self) -> bool:
        """Does every linear cast its input and its weight (autocast over fp32 weights)?"""
        return self.stream != self.compute


BF16 = Precision(2, 2)
AUTOCAST = Precision(4, 2)
FP32 = Precision(4, 4)
