"""Image tokens by each processor's own rule; figures computed with the processors themselves where a source says so."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vlmr1_lint.memory.images import image_cost
from vlmr1_lint.models.table import find_model


def tower(name):
    return find_model(name).tower


QWEN = tower("Qwen2.5-VL-3B-Instruct")
QWEN3 = tower("Qwen3-VL-8B-Instruct")
INTERNVL = tower("InternVL2_5-4B")
GLM = tower("GLM-4.1V-9B-Thinking")
VLM_R1 = (3136, 12_845_056)


@pytest.mark.parametrize(
    ("size", "limits", "tokens"),
    [
        ((640, 480), VLM_R1, 391),  # COCO in VLM-R1
        ((28, 28), VLM_R1, 4),  # raised to min_pixels
        ((4480, 2800), VLM_R1, 16_000),
        ((10_000, 10_000), VLM_R1, 16_384),  # lowered to max_pixels
        ((1600, 1200), (3136, 401_408), 494),  # 26 x 19: both sides round down
        ((640, 480), (None, None), 391),
    ],
)
def test_qwen(size, limits, tokens):
    cost = image_cost(QWEN, *size, limits, 12)
    assert (cost.tokens, cost.patches) == (tokens, 4 * tokens)


def test_qwen3_merges_32_pixels():
    assert image_cost(QWEN3, 640, 480, (65_536, 16_777_216), 12).tokens == 20 * 15


@pytest.mark.parametrize(("size", "tiles"), [((448, 448), 1), ((896, 448), 3), ((640, 480), 13), ((4000, 1000), 5)])
def test_internvl_counts_tiles_and_a_thumbnail(size, tiles):
    cost = image_cost(INTERNVL, *size, (None, None), 12)
    assert (cost.tokens, cost.patches) == (256 * tiles, 1025 * tiles)


def test_glm_ignores_the_limits_it_is_given():
    """2,451 tokens before and after (measured with Glm4vImageProcessor for one image of 1,640 x 1,188 pixels or so)."""
    assert image_cost(GLM, 1600, 1200, (3136, 401_408), 12) == image_cost(GLM, 1600, 1200, (None, None), 12)
    assert image_cost(GLM, 1600, 1200, (None, None), 12).tokens == 57 * 43


sides = st.integers(28, 8000)


@given(sides, sides, st.integers(100_000, 12_000_000))
def test_no_image_is_larger_than_the_limit_allows(width, height, limit):
    cost = image_cost(QWEN, width, height, (3136, limit), 12)
    assert cost.tokens <= max(limit // 28**2, 1 + max(width, height) // 28)
    assert cost.patches == 4 * cost.tokens


@given(sides, sides)
def test_fewer_pixels_allowed_never_make_more_tokens(width, height):
    tokens = [image_cost(QWEN, width, height, (3136, limit), 12).tokens for limit in (12_845_056, 2_000_000, 401_408)]
    assert tokens == sorted(tokens, reverse=True)
