"""The samples of the three ends of a forecast: which image each of them takes, and how many."""

from __future__ import annotations

from vlmr1_lint.memory.images import image_cost
from vlmr1_lint.values import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vlmr1_lint.memory.images import ImageCost
    from vlmr1_lint.memory.setup import Sample, Setup

__all__ = ["image_of", "sampled"]


def sampled(setup: Setup, sample: Sample | None) -> Setup:
    """*setup* with samples like *sample* where they were measured."""
    if sample is None:
        return setup
    data = replace(setup.data, images=sample.images, image=sample.image, prompt_tokens=sample.prompt_tokens)
    return replace(setup, data=data)


def image_of(setup: Setup) -> ImageCost | None:
    """The assumed image under the processor's rule; None without a tower or images."""
    tower, data = setup.model.tower, setup.data
    if tower is None or not data.images:
        return None
    return image_cost(tower, *data.image, (setup.min_pixels, setup.max_pixels), setup.tiles)
