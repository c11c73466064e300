"""Reading compressed files, never more than a limit of what they unpack to."""

from __future__ import annotations

import bz2
import gzip
import io
import zlib
from typing import IO, TYPE_CHECKING, cast

import zstandard

from tasks.errors import FormatError, LimitExceeded

if TYPE_CHECKING:
    from pathlib import Path

SUFFIXES = {".gz": "gzip", ".bz2": "bzip2", ".zst": "Zstandard"}


def open_source(path: Path) -> IO[bytes]:
    """A stream of the file's content, uncompressed if its last suffix says that it is compressed."""
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

    >>> read_whole(io.BytesIO(b"text"), 10, "--max-unpacked")
    b'text'
    """
    try:
        content = stream.read(limit + 1)
    except (OSError, EOFError, zlib.error, zstandard.ZstdError) as error:
        if isinstance(error, OSError) and error.errno is not None:  # the disk's trouble, not the format's
            raise
        raise FormatError(f"the compressed data is damaged or cut short ({error}); pack it again") from error
    if len(content) > limit:
        raise LimitExceeded(f"{what} holds more than {limit:,} bytes; raise {option} to read it")
    return content
