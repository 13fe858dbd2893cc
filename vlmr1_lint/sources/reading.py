"""The bytes of one file, and what the file was when they were read."""

from __future__ import annotations

import os
from stat import S_ISREG

__all__ = ["MAX_BYTES", "Unreadable", "read_plain", "read_with_status", "reason", "starts_a_shell"]

MAX_BYTES = 5 * 1024 * 1024
"""Files above this many bytes are never read whole (DESIGN §2); no configuration file comes near it."""

_READING = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
"""How files are opened: without waiting for the other end of a pipe, and byte for byte on Windows."""


class Unreadable(Exception):
    """A file that cannot be read; the message says why in a few words."""


def read_plain(path: str, limit: int = MAX_BYTES) -> bytes:
    """At most *limit* + 1 bytes of the file: the last one tells that there is more. Raises `Unreadable`.

    A pipe or a device is refused: reading one may wait for ever, or change what it is connected to.
    """
    return read_with_status(path, limit)[0]


def read_with_status(path: str, limit: int = MAX_BYTES) -> tuple[bytes, os.stat_result]:
    """The same, and the file's status from before its first byte was read."""
    try:
        handle = os.open(path, _READING)
        try:
            status = os.fstat(handle)
            if not S_ISREG(status.st_mode):
                raise Unreadable("it is no plain file")
            return _bytes(handle, status.st_size + 1, limit + 1), status
        finally:
            os.close(handle)
    except OSError as error:
        raise Unreadable(reason(error)) from error


def _bytes(handle: int, expected: int, most: int) -> bytes:
    """At most *most* bytes from the open file *handle*; *expected* of them are asked for at a time."""
    found = b""
    while most > len(found):
        piece = os.read(handle, min(max(expected, 4096), most - len(found)))
        if not piece:
            break
        found += piece
    return found


def reason(error: OSError) -> str:
    """Why the system refused, in its own few words."""
    return (error.strerror or str(error)).lower()


def starts_a_shell(data: bytes) -> bool:
    """Whether the first line of *data* names a shell: ``#!/bin/bash``, ``#!/usr/bin/env sh``."""
    if not data.startswith(b"#!"):
        return False
    words = data[2:128].split(b"\n", 1)[0].split()
    return any(word.rsplit(b"/", 1)[-1] in (b"sh", b"bash", b"zsh", b"dash") for word in words[:2])
