"""Reading of files that may be compressed, up to a limit for the unpacked size.

A file of a few kilobytes may unpack to gigabytes. So each reader here counts bytes while reading, and raises
LimitExceeded, naming the option that raises the limit, before they fill the memory.
"""

from __future__ import annotations

import bz2
import gzip
import io
import stat
import tempfile
import zlib
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, cast

import zstandard

from tasks.errors import FormatError, LimitExceeded, SkippedSource

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_BLOCK = 1 << 16
SUFFIXES = {".gz": "gzip", ".bz2": "bzip2", ".zst": "Zstandard"}


def open_source(path: Path) -> IO[bytes]:
    """A stream of the file's content, uncompressed if its last suffix is that of a compression.

    Raises SkippedSource if it is not a regular file any more, but a pipe, for example, which might never end.
    """
    if not stat.S_ISREG(path.stat().st_mode):
        raise SkippedSource("not a regular file (a pipe, socket or device)")
    match SUFFIXES.get(path.suffix.lower()):
        case "gzip":
            return cast("IO[bytes]", gzip.open(path, "rb"))
        case "bzip2":
            return bz2.open(path, "rb")
        case "Zstandard":
            return io.BufferedReader(
                zstandard.ZstdDecompressor().stream_reader(path.open("rb"), read_across_frames=True)
            )
        case _:
            return path.open("rb")


def read_whole(stream: IO[bytes], limit: int, option: str, what: str = "it") -> bytes:
    """All of `stream`; LimitExceeded, naming `option`, if there is more than `limit` bytes, FormatError if it is damaged.

    >>> read_whole(io.BytesIO(b"text"), 10, "--max-unpacked-bytes")
    b'text'
    """
    blocks = []
    n_left = limit + 1  # read in blocks, because a read allocates as many bytes as it requests
    with _format_errors():
        while n_left and (block := stream.read(min(n_left, _BLOCK))):
            blocks.append(block)
            n_left -= len(block)
    if not n_left:
        raise too_much(limit, option, what)
    return blocks[0] if len(blocks) == 1 else b"".join(blocks)


def read_lines(
    stream: IO[bytes], limit: int, option: str, what: str = "it", block_bytes: int = 4_000_000
) -> Iterator[bytes]:
    r"""The content of `stream` in blocks of about `block_bytes` that end with a line; errors as those of `read_whole`.

    >>> list(read_lines(io.BytesIO(b"one\ntwo\nthree"), 100, "--max-unpacked-bytes", block_bytes=5))
    [b'one\n', b'two\n', b'three']
    """
    pending: list[bytes] = []
    n_left = limit
    while True:
        with _format_errors():
            block = stream.read(block_bytes)
        if not block:
            break
        n_left -= len(block)
        if n_left < 0:
            raise too_much(limit, option, what)
        if end := block.rfind(b"\n") + 1:
            pending.append(block[:end])
            yield _joined(pending)
        pending.append(block[end:])
    if any(pending):
        yield _joined(pending)


def _joined(blocks: list[bytes]) -> bytes:
    """All blocks joined; the list is emptied."""
    whole = b"".join(blocks)
    blocks.clear()
    return whole


@contextmanager
def _format_errors() -> Iterator[None]:
    try:
        yield
    except (OSError, EOFError, zlib.error, zstandard.ZstdError) as error:
        if isinstance(error, OSError) and error.errno is not None:  # an error of the disk, not of the format
            raise
        raise FormatError(f"the compressed data is damaged or cut short ({error}); pack it again") from error


@contextmanager
def seekable(stream: IO[bytes], limit: int, option: str, what: str = "it") -> Iterator[IO[bytes]]:
    """`stream` as a file with random access; errors as those of `read_whole`.

    Compressed data is unpacked into a temporary file, because each seek to an earlier place would unpack it again.

    >>> with seekable(gzip.open(io.BytesIO(gzip.compress(b"text"))), 10, "--max-unpacked-bytes") as file:
    ...     file.read(), file.seek(0), file.read()
    (b'text', 0, b'text')
    """
    if isinstance(stream, io.BufferedReader) and isinstance(stream.raw, io.FileIO) and stream.seekable():
        yield stream
        return
    with tempfile.TemporaryFile() as file:
        while True:
            with _format_errors():
                block = stream.read(_BLOCK)
            if not block:
                break
            if file.write(block) and file.tell() > limit:
                raise too_much(limit, option, what)
        file.seek(0)
        yield cast("IO[bytes]", file)


def too_much(limit: int, option: str, what: str) -> LimitExceeded:
    """The error for more than `limit` bytes, a limit which `option` raises."""
    return LimitExceeded(f"{what} holds more than {limit:,} bytes; raise {option} to read it")
