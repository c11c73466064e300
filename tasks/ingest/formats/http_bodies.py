"""The bodies of HTTP messages: chunks joined and compression undone, up to a size.

Archives often keep headers that are not true of the body any more. So a body that is not what its header says is taken
as it is.
"""

from __future__ import annotations

import re
import zlib
from typing import TYPE_CHECKING

import zstandard

from tasks.errors import FormatError, LimitExceeded

if TYPE_CHECKING:
    from collections.abc import Mapping

_CHUNK_SIZE = re.compile(rb"[ \t]*([0-9A-Fa-f]{1,8})[^\r\n]{0,200}\r?\n")
_BLOCK = 1 << 16
_ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"


def split_message(message: bytes) -> tuple[int, dict[str, str], bytes]:
    r"""The status, headers (names in lower case) and body of an HTTP response; status 0 if it has no status line.

    >>> split_message(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<p>")
    (200, {'content-type': 'text/html'}, b'<p>')
    """
    match = re.match(rb"HTTP/\d(?:\.\d)?[ \t]+(\d{3})", message)
    end = re.search(rb"\r?\n\r?\n", message)
    head, body = (message[: end.start()], message[end.end() :]) if end else (message, b"")
    if match is None:
        return 0, {}, message
    headers: dict[str, str] = {}
    for line in head.split(b"\n")[1:]:
        name, colon, value = line.decode("latin-1").partition(":")
        if colon:
            headers.setdefault(name.strip().lower(), value.strip())
    return int(match[1]), headers, body


def decode_body(body: bytes, headers: Mapping[str, str], limit: int) -> bytes:
    r"""The content of a body. Raises LimitExceeded if it is longer than `limit`, FormatError if it is damaged.

    >>> decode_body(b"3\r\nabc\r\n0\r\n\r\n", {"transfer-encoding": "chunked"}, 100)
    b'abc'
    """
    if "chunked" in headers.get("transfer-encoding", "").lower():
        body = _join_chunks(body)
    codings = f"{headers.get('content-encoding', '')},{headers.get('transfer-encoding', '')}".lower().split(",")
    for coding in reversed([name.strip() for name in codings[:8]]):
        try:
            match coding:
                case "gzip" | "x-gzip" if body.startswith(b"\x1f\x8b"):
                    body = _inflate(body, 31, limit)
                case "deflate":
                    body = _inflate_either(body, limit)
                case "br":
                    body = _unbrotli(body, limit)
                case "zstd" if body.startswith(_ZSTD_MAGIC):
                    body = _unzstd(body, limit)
                case _:
                    pass
        except (zlib.error, zstandard.ZstdError, EOFError) as error:
            raise FormatError(f"its body is damaged: not {coding} data to its end ({error})") from error
    return body


def _join_chunks(body: bytes) -> bytes:
    """The content of a chunked body; the body itself if it is not chunked. A body that is cut short is taken so far."""
    pieces: list[bytes] = []
    position = 0
    while match := _CHUNK_SIZE.match(body, position):
        size = int(match[1], 16)
        if size == 0:
            return b"".join(pieces)
        pieces.append(body[match.end() : match.end() + size])
        position = match.end() + size
        if body[position : position + 2] == b"\r\n":
            position += 2
        elif body[position : position + 1] == b"\n":
            position += 1
    return b"".join(pieces) if pieces and position >= len(body) else body


def _inflate(body: bytes, window: int, limit: int) -> bytes:
    """Deflated data in one of zlib's containers: 31 is gzip, 15 zlib, -15 none. A body that is cut short is taken so far."""
    pieces: list[bytes] = []
    size = 0
    while body:
        decompressor = zlib.decompressobj(window)
        while body and not decompressor.eof:
            pieces.append(decompressor.decompress(body, _BLOCK))
            size += len(pieces[-1])
            _check(size, limit)
            body = decompressor.unconsumed_tail
        # Several members may follow one another.
        body = decompressor.unused_data if window == 31 and decompressor.unused_data[:2] == b"\x1f\x8b" else b""
    return b"".join(pieces)


def _inflate_either(body: bytes, limit: int) -> bytes:
    """A body with the coding `deflate`: zlib by the standard, without its header by some servers, plain if neither."""
    for window in (15, -15, 31):
        try:
            return _inflate(body, window, limit)
        except zlib.error:
            continue
    return body


def _unbrotli(body: bytes, limit: int) -> bytes:
    """A body compressed by Brotli; the body itself if it is none."""
    import brotli

    decompressor = brotli.Decompressor()
    pieces: list[bytes] = []
    size = 0
    try:
        pieces.append(decompressor.process(body, output_buffer_limit=_BLOCK))
        while not decompressor.is_finished():
            size += len(pieces[-1])
            _check(size, limit)
            if decompressor.can_accept_more_data() and not pieces[-1]:
                break  # cut short
            pieces.append(decompressor.process(b"", output_buffer_limit=_BLOCK))
    except brotli.error as error:
        if body.lstrip()[:1] == b"<":
            return body
        raise EOFError(str(error)) from error
    return b"".join(pieces)


def _unzstd(body: bytes, limit: int) -> bytes:
    decompressor = zstandard.ZstdDecompressor(max_window_size=1 << 27)
    pieces: list[bytes] = []
    size = 0
    for piece in decompressor.read_to_iter(body, read_size=_BLOCK, write_size=_BLOCK):
        pieces.append(piece)
        size += len(piece)
        _check(size, limit)
    return b"".join(pieces)


def _check(size: int, limit: int) -> None:
    if size > limit:
        raise LimitExceeded(f"its body unpacks to more than {limit:,} bytes; raise --max-document-bytes to read it")
