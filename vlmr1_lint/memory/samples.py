"""The samples of the three ends of a forecast: which image each of them takes, and how many."""

from __future__ import annotations

from vlmr1_lint.memory.images import image_cost
from vlmr1_lint.values import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vlmr1_lint.memory.images import ImageCost
    from vlmr1_lint.memory.setup import Data, Sample, Setup
    from vlmr1_lint.training.run import Run

__all__ = ["image_of", "of_videos", "sampled"]

# Video-R1's trainer takes 16 frames of at most 128 x 28 x 28 pixels each; a temporal patch holds two of them, as it does of one
# image twice (tulerfeng/Video-R1, src/r1-v/src/open_r1/trainer/grpo_trainer.py).
VIDEO_IMAGES, VIDEO_FRAME = 8, (448, 224)


def of_videos(run: Run, data: Data) -> Data:
    """*data*, or where nobody described the samples and the name of the data says that they are videos, one of 16 frames."""
    described = data.given or data.origin or data.images != 1
    if described or not any("video" in name.lower() for name in _data_names(run)):
        return data
    return replace(data, images=VIDEO_IMAGES, image=VIDEO_FRAME)


def _data_names(run: Run) -> list[str]:
    found = (run.dataset_name, run.data_file_paths)
    return [name.rstrip("/").rpartition("/")[2] for name in found if isinstance(name, str)]


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
