"""Reading of files that may be compressed, up to a limit for the unpacked size.

A file of a few kilobytes may unpack to gigabytes. So each reader here counts bytes while reading, and raises
LimitExceeded, naming the option that raises the limit, before they fill the memory.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import stat
import tempfile
import zlib
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any, cast

import zstandard

from tasks.errors import FormatError, LimitExceeded, SkippedSource
from tasks.ingest.signatures import HEAD_BYTES, Content, examine

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_BLOCK = 1 << 16
SUFFIXES = {
    ".gz": "gzip", ".bz2": "bzip2", ".zst": "Zstandard", ".xz": "xz",
    ".tgz": "gzip", ".tbz2": "bzip2", ".tzst": "Zstandard", ".txz": "xz",
}  # fmt: skip
"""The suffixes of compressed files, and the kind of compression. Those with a t are of archives."""
_XZ_MEMORY = 1 << 28
"""Maximum number of bytes that the unpacking of xz may take: a few bytes can ask for gigabytes."""


def open_source(path: Path, *, unpack: bool = True) -> IO[bytes]:
    """A stream of the file's content, uncompressed if its last suffix is that of a compression, unless `unpack` is false.

    Raises SkippedSource if it is not a regular file any more, but a pipe, for example, which might never end.
    """
    if not stat.S_ISREG(path.stat().st_mode):
        raise SkippedSource("not a regular file (a pipe, socket or device)")
    match SUFFIXES.get(path.suffix.lower()) if unpack else None:
        case "gzip":
            return cast("IO[bytes]", gzip.open(path, "rb"))
        case "bzip2":
            return bz2.open(path, "rb")
        case "Zstandard":
            return io.BufferedReader(
                zstandard.ZstdDecompressor().stream_reader(path.open("rb"), read_across_frames=True)
            )
        case "xz":
            return io.BufferedReader(_XzStream(path.open("rb")), _BLOCK)
        case _:
            return path.open("rb")


class _XzStream(io.RawIOBase):
    """The content of xz data, unpacked with bounded memory."""

    def __init__(self, packed: IO[bytes]) -> None:
        self._packed = packed
        self._decompressor = lzma.LZMADecompressor(memlimit=_XZ_MEMORY)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not (self._decompressor.eof and not self._decompressor.unused_data):
            if self._decompressor.eof:  # another stream follows
                packed, self._decompressor = self._decompressor.unused_data, lzma.LZMADecompressor(memlimit=_XZ_MEMORY)
            else:
                packed = self._packed.read(_BLOCK) if self._decompressor.needs_input else b""
                if not packed and self._decompressor.needs_input:
                    raise EOFError("the end of the data is missing")
            if content := self._decompressor.decompress(packed, len(buffer)):
                buffer[: len(content)] = content
                return len(content)
        return 0

    def close(self) -> None:
        self._packed.close()
        super().close()


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
    except (OSError, EOFError, zlib.error, lzma.LZMAError, zstandard.ZstdError) as error:
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
    if _is_file(stream):
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


@contextmanager
def examined(stream: IO[bytes], limit: int, option: str, what: str = "it") -> Iterator[tuple[Content, IO[bytes]]]:
    """What the first bytes of `stream` show, and the stream from its first byte on; errors as those of `read_whole`.

    An archive or a database can be read only with random access, so that `stream` is unpacked as by `seekable` then.

    >>> with examined(io.BytesIO(b"It rained."), 100, "--max-unpacked-bytes") as (content, stream):
    ...     content.family, stream.read()
    ('text', b'It rained.')
    """
    begin = stream.tell() if _is_file(stream) else 0
    head = read_some(stream, HEAD_BYTES)
    content = examine(head)
    if _is_file(stream):
        stream.seek(begin)
        whole = stream
    else:
        whole = cast("IO[bytes]", io.BufferedReader(_Resumed(head, stream), _BLOCK))
    if content.family not in _RANDOM_ACCESS:
        yield content, whole
        return
    with seekable(whole, limit, option, what) as file:
        content = examine(head, file)
        file.seek(0)
        yield content, file


_RANDOM_ACCESS = frozenset({"zip", "tar", "sqlite", "parquet", "ole"})
"""Families whose readers go to and fro in a file."""


def read_some(stream: IO[bytes], n_bytes: int) -> bytes:
    """The next `n_bytes` of a stream, fewer only at its end: a pipe or a decompressor gives what it has."""
    blocks = []
    with _format_errors():
        while n_bytes and (block := stream.read(n_bytes)):
            blocks.append(block)
            n_bytes -= len(block)
    return b"".join(blocks)


class _Resumed(io.RawIOBase):
    """A stream from its begin on whose first bytes, `head`, were read already."""

    def __init__(self, head: bytes, rest: IO[bytes]) -> None:
        self._head, self._rest = head, rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        content = self._head[: len(buffer)] or self._rest.read(len(buffer))
        self._head = self._head[len(content) :]
        buffer[: len(content)] = content
        return len(content)


def _is_file(stream: IO[bytes]) -> bool:
    """Whether a stream has random access at no cost."""
    is_buffered = isinstance(stream, (io.BufferedReader, io.BufferedRandom)) and isinstance(stream.raw, io.FileIO)
    return isinstance(stream, io.BytesIO) or (is_buffered and stream.seekable())


def too_much(limit: int, option: str, what: str) -> LimitExceeded:
    """The error for more than `limit` bytes, a limit which `option` raises."""
    return LimitExceeded(f"{what} holds more than {limit:,} bytes; raise {option} to read it")
