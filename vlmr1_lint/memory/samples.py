"""The samples of the three ends of a forecast: which image each of them takes, and how many."""

from __future__ import annotations

from vlmr1_lint.memory.images import image_cost, largest_image, smallest_image
from vlmr1_lint.values import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vlmr1_lint.memory.images import ImageCost
    from vlmr1_lint.memory.setup import Sample, Setup

__all__ = ["image_of", "least_image", "most_image", "sampled"]


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


def least_image(setup: Setup, image: ImageCost | None) -> ImageCost | None:
    """The smallest image that the processor makes, if it is smaller than *image*."""
    tower = setup.model.tower
    if tower is None or image is None:
        return None
    least = smallest_image(tower, setup.min_pixels)
    return least if least.patches < image.patches else image


def most_image(setup: Setup, image: ImageCost | None) -> ImageCost | None:
    """The largest image that a written limit lets through, if it is larger than *image* and nobody said how large images are."""
    tower = setup.model.tower
    if tower is None or image is None or not setup.max_pixels_set or setup.data.given:
        return image
    most = largest_image(tower, setup.max_pixels, setup.tiles)
    return most if most and most.patches > image.patches else image
