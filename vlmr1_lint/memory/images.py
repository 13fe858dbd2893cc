"""How many patches and image tokens an image becomes: each processor's own resize rule.

Sources: transformers ``image_processing_qwen2_vl.smart_resize`` (Qwen2-VL, Qwen2.5-VL; Qwen3-VL with 16-pixel patches),
``image_processing_glm4v.smart_resize`` (an image counts as two frames against the limit), and InternVL's ``dynamic_preprocess``
as VLM-R1 copies it (``internvl_module.py``: the tiling closest in aspect ratio, and a thumbnail tile).
"""

from __future__ import annotations

from math import ceil, floor, sqrt

from vlmr1_lint.values import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vlmr1_lint.models.model import Tower

    Limits = tuple[int | None, int | None]

__all__ = ["ImageCost", "image_cost"]

FRAMES = 2
"""An image counts as so many frames against a processor's own limits (`TowerCode.pixel_limits`)."""


@value
class ImageCost:
    """One image: ``patches`` that the tower computes (class tokens included) and ``tokens`` in the prompt."""

    patches: int
    tokens: int


def image_cost(tower: Tower, width: int, height: int, limits: Limits, tiles: int) -> ImageCost:
    """An image of *width* x *height* pixels. *limits* are the processor's (min, max) in pixels, *tiles* is InternVL's limit."""
    if tower.tile:
        return _tiles(tower, _tiling(width, height, tiles))
    factor = tower.patch * tower.merge
    low, high = _limits(tower, *limits)
    rows, columns = _smart_resize(height, width, factor, low or 0, high or float("inf"))
    return _grid(tower, rows * columns)


def _limits(tower: Tower, least: int | None, most: int | None) -> tuple[float | None, float | None]:
    """The processor's own limits of an image in pixels where it reads no option, else those that are given."""
    own = tower.code.pixel_limits
    return (least, most) if own is None else (own[0] / FRAMES, own[1] / FRAMES)


def _grid(tower: Tower, tokens: int) -> ImageCost:
    return ImageCost(tokens * tower.merge**2, tokens)


def _tiles(tower: Tower, tiles: int) -> ImageCost:
    """*tiles* tiles, and a thumbnail if there is more than one; each has a class token that is dropped before merging."""
    count = tiles + 1 if tiles > 1 else 1
    patches = (tower.tile // tower.patch) ** 2
    return ImageCost(count * (patches + 1), count * patches // tower.merge**2)


def _smart_resize(height: int, width: int, factor: int, low: float, high: float) -> tuple[int, int]:
    """Rows and columns of merged patches."""
    rows, columns = max(1, round(height / factor)), max(1, round(width / factor))
    if rows * columns * factor**2 > high:
        scale = sqrt(height * width / high) * factor
        return max(1, floor(height / scale)), max(1, floor(width / scale))
    if rows * columns * factor**2 < low:
        scale = sqrt(low / (height * width)) / factor
        return ceil(height * scale), ceil(width * scale)
    return rows, columns


def _tiling(width: int, height: int, limit: int) -> int:
    """Tiles of the grid whose aspect ratio is closest; of equally close ones, a larger one if the image fills half of it."""
    wanted, tile = width / height, 448
    grids = sorted(
        ((i, j) for n in range(1, limit + 1) for i in range(1, n + 1) for j in range(1, n + 1) if i * j == n),
        key=lambda g: g[0] * g[1],
    )
    best, difference = (1, 1), float("inf")
    for columns, rows in grids:
        here = abs(wanted - columns / rows)
        if here < difference or (here == difference and width * height > 0.5 * tile**2 * columns * rows):
            best, difference = (columns, rows), here
    return best[0] * best[1]
