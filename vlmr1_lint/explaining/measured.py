"""What a run's samples look like, measured: heads of its local data files and of the images they name.

Bounded on purpose: at most `MAX_ROWS` rows of all files together, one image header of at most `HEADER_BYTES` each. Text tokens
are an approximation, for a tokenizer is large and this is a forecast.
"""

from __future__ import annotations

import os
from math import isqrt

from vlmr1_lint.datafiles.files import run_files
from vlmr1_lint.datafiles.images import HEADER_BYTES, NoReader, image_size
from vlmr1_lint.datafiles.machine import Machine
from vlmr1_lint.memory.setup import Data, Sample
from vlmr1_lint.sources import Unreadable
from vlmr1_lint.unknown import Unknown
from vlmr1_lint.values import replace, value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from vlmr1_lint.datafiles.files import DataFile
    from vlmr1_lint.sources import Sources
    from vlmr1_lint.training.run import Run

__all__ = ["MAX_ROWS", "Unmeasurable", "measured_data", "text_tokens"]

MAX_ROWS = 200
"""Rows, and images, that are looked at in all files together."""
LETTERS_PER_TOKEN = 4.0
WIDE_PER_TOKEN = 1.5
"""Characters of a token: of ASCII text, and of anything else, mostly Chinese (Qwen2's tokenizer: about 4.4 on English prose and
1.6 on Chinese; rounded to count more tokens, not fewer)."""
ENOUGH = 20
"""Images whose sizes tell those of the others: the largest of twenty is about the 95th percentile."""
TEMPLATE_TOKENS = 64
"""Chat template and the instruction that VLM-R1 adds to each question (grpo_jsonl.py QUESTION_TEMPLATE: some forty words)."""
LIKELY_SHARE = 0.95
"""The likely end takes this percentile of each figure, the low end the median, the high end the largest."""


class Unmeasurable(Exception):
    """Samples that cannot be measured; the message says why and what to do."""


@value
class _Seen:
    """What one row holds: its images' sizes as far as they could be read, how many were *sought*, how many it has, and text
    tokens."""

    sizes: tuple[tuple[int, int], ...]
    sought: int
    images: int
    tokens: int


def measured_data(run: Run, data: Data, sources: Sources) -> Data:
    """*data* with what was measured in the run's own data files in place of what is assumed.

    The size of images counts as known (*given*) where `ENOUGH` of them, or half of those that were looked for, could be read, or
    there were none to look for; else it is as *data* has it. ``origin`` says how many were read.

    Raises `Unmeasurable` where the run names no files, none of them is here, or no image header can be read for want of
    imagesize.
    """
    files = run_files(run, Machine(sources, check_data=True, here=True))
    if isinstance(files, Unknown) or not files:
        raise Unmeasurable("the run names no data files (data_file_paths)")
    rows = list(_rows(files, run.is_grpo is True))
    if not rows:
        raise Unmeasurable(f"no rows that can be read on this machine: {', '.join(file.path for file in files)}")
    sizes = [size for row in rows for size in row.sizes]
    sought = sum(row.sought for row in rows)
    known = len(sizes) >= min(sought / 2, ENOUGH)
    low, likely, high = (_sample(rows, sizes if known else (), share, data) for share in (0.5, LIKELY_SHARE, 1.0))
    if not known and not data.given:
        high = replace(high, image=max(high.image, _limit(run), *sizes, key=_area))
    return replace(
        data,
        images=likely.images,
        image=likely.image,
        prompt_tokens=likely.prompt_tokens,
        given=data.given or known,
        low=low,
        high=high,
        origin=_origin(files, len(rows), len(sizes), sought),
    )


def _origin(files: Sequence[DataFile], rows: int, read: int, sought: int) -> str:
    """What was looked at; where images are missing, the folder that is, if one is."""
    if read == sought:
        return f"{rows} rows, {read} images"
    missing = next((file.folder for file in files if file.folder and file.holder.folder(file.folder) is None), None)
    return f"{rows} rows, {read} of {sought} images" + (f" (no folder {missing})" if missing else "")


def _limit(run: Run) -> tuple[int, int]:
    """The largest square image of ``max_pixels``, where the file sets it: what the high end takes for sizes nobody read."""
    limit = run.max_pixels if run.is_set("max_pixels") else 1
    side = max(1, isqrt(limit)) if isinstance(limit, int) and limit > 0 else 1
    return side, side


def _area(size: tuple[int, int]) -> int:
    return size[0] * size[1]


def _sample(rows: Sequence[_Seen], sizes: Sequence[tuple[int, int]], share: float, data: Data) -> Sample:
    """The sample at the percentile *share* of each figure; the assumed image where there are no *sizes*."""
    by_area = sorted(sizes, key=_area)
    image = by_area[_index(len(by_area), share)] if by_area else data.image
    images = sorted(row.images for row in rows)
    tokens = sorted(row.tokens for row in rows)
    return Sample(images[_index(len(images), share)], image, tokens[_index(len(tokens), share)])


def _index(count: int, share: float) -> int:
    """Where the percentile *share* stands in a sorted list: the nearest rank."""
    return max(0, -(-int(count * share * 1000) // 1000) - 1)


def _rows(files: Sequence[DataFile], grpo: bool) -> Iterator[_Seen]:
    """Rows of all files, as many of each as the bound allows."""
    share = max(1, MAX_ROWS // len(files))
    for file in files:
        folder = file.holder.folder(file.folder) if file.folder else None
        for row in (file.read.rows if file.read is not None else ())[:share]:
            names = _images(row.content)
            sought = names[:share]
            sizes = [size for name in sought if (size := _size(file, folder, name)) is not None]
            yield _Seen(tuple(sizes), len(sought), len(names), TEMPLATE_TOKENS + sum(map(text_tokens, _texts(row.content, grpo))))


def _images(row: Mapping[str, object]) -> list[str]:
    found = row.get("image", row.get("images"))
    names = found if isinstance(found, list) else [found]
    return [name for name in names if isinstance(name, str) and name]


def _texts(row: Mapping[str, object], grpo: bool) -> Iterator[str]:
    """The question of a row; for training on answers (*grpo* false) all its turns."""
    turns = row.get("conversations", row.get("messages"))
    if isinstance(turns, list):
        for turn in turns[: 1 if grpo else len(turns)]:
            text = turn.get("value", turn.get("content")) if isinstance(turn, dict) else None
            if isinstance(text, str):
                yield text
        return
    for key in ("problem", "prompt", "question") if grpo else ("problem", "prompt", "question", "solution", "answer"):
        text = row.get(key)
        if isinstance(text, str):
            yield text


def text_tokens(text: str) -> int:
    """About how many tokens *text* is, without the place holder of an image."""
    text = text.replace("<image>", "")
    letters = sum(map(str.isascii, text))
    return round(letters / LETTERS_PER_TOKEN + (len(text) - letters) / WIDE_PER_TOKEN)


def _size(file: DataFile, folder: object, name: str) -> tuple[int, int] | None:
    """Width and height of the image *name*, None where it is not here or not understood."""
    path = os.path.normpath(os.path.join(folder, name)) if isinstance(folder, str) else file.holder.file(name)
    if not isinstance(path, str) or "\0" in path:
        return None
    try:
        head, _ = file.holder.machine.sources.head(path, HEADER_BYTES)
    except Unreadable:
        return None
    try:
        return image_size(head)
    except NoReader as error:
        raise Unmeasurable(str(error)) from None
