"""The images of a data file's rows: which rows have any, and how small they are.

Sizes are read from the heads of image files by the optional package imagesize (``vlmr1-lint[data]``).
"""

from __future__ import annotations

import os

from vlmr1_lint.datafiles.rows import image_count
from vlmr1_lint.sources import Unreadable
from vlmr1_lint.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from vlmr1_lint.datafiles.files import DataFile

__all__ = ["HEADER_BYTES", "NoReader", "image_paths", "image_size", "images_of", "smallest_image"]

HEADER_BYTES = 65_536
"""Bytes of an image that are read: sizes stand in the first few hundred, in JPEG behind a thumbnail and colour profiles."""
MAX_HEADERS = 200
"""Images of one data file whose size is read."""


class NoReader(Exception):
    """imagesize is not installed; the message says what to do."""


def images_of(files: Sequence[DataFile] | Unknown) -> str | Unknown:
    """Which rows have an image when they reach the trainer, of those that were looked at: ``all``, ``some`` or ``none``.

    ``none`` also where the first row of all lacks the key: the dataset then has no such column (VLM-R1 grpo_jsonl.py:993,
    `Dataset.from_list`). Unknown where a file that could change the answer was not read.
    """
    if isinstance(files, Unknown):
        return files
    if not files or files[0].read is None or not files[0].read.rows:
        return Unknown("check-data")
    if "image" not in files[0].read.rows[0].content:
        return "none"
    counts = [image_count(row.content) for file in files if file.read is not None for row in file.read.rows]
    with_image, without = any(counts), 0 in counts
    if with_image and without:
        return "some"
    if any(file.read is None for file in files):
        return Unknown("check-data")
    return "all" if with_image else "none"


def image_paths(content: Mapping[str, object]) -> list[str]:
    """The images of a row that can be looked for below a folder: no empty path, and none on another machine."""
    images = content.get("image")
    paths = images if isinstance(images, list) else [images]
    return [path for path in paths if isinstance(path, str) and path and "\0" not in path and not path.startswith(_SHARES)]


_SHARES = ("//", "\\\\")


def smallest_image(file: DataFile) -> tuple[int, str] | Unknown:
    """Width or height in pixels, whichever is less, of the image of *file* for which it is least, and its path in the row.

    Unknown where no image is here, or none can be read.
    """
    if file.read is None:
        return Unknown("check-data")
    try:
        sizes = [(min(size), name) for name, path in _images(file) if (size := _size(file, path)) is not None]
    except NoReader:
        return Unknown("imagesize")
    return min(sizes) if sizes else Unknown("images of the data file")


def _images(file: DataFile) -> Iterator[tuple[str, str]]:
    """Names and paths of the first images of *file* that are here, each once."""
    folder = file.holder.folder(file.folder) if file.folder else None
    if not isinstance(folder, str) or file.read is None:
        return
    names = dict.fromkeys(name for row in file.read.rows for name in image_paths(row.content))
    for name in list(names)[:MAX_HEADERS]:
        path = os.path.normpath(os.path.join(folder, name))
        if file.holder.machine.sources.exists(path):
            yield name, path


def _size(file: DataFile, path: str) -> tuple[int, int] | None:
    try:
        head, _ = file.holder.machine.sources.head(path, HEADER_BYTES)
    except Unreadable:
        return None
    return image_size(head)


def image_size(head: bytes) -> tuple[int, int] | None:
    """Width and height in pixels from the first bytes of an image file, None for bytes that are no image. Raises `NoReader`."""
    try:
        import imagesize
    except ImportError:
        raise NoReader("reading image sizes needs the package imagesize: pip install 'vlmr1-lint[data]'") from None
    from io import BytesIO

    try:
        width, height = imagesize.get(BytesIO(head))
    except Exception:  # anybody's bytes: whatever the reader stumbles over, it is no size
        return None
    return (int(width), int(height)) if width > 0 and height > 0 else None
