"""The records of a web archive (WARC): headers and blocks, from a file of any size in bounded memory.

Files are compressed record by record: each record is a member of its own (gzip) or a frame (Zstandard). Some are one
member, and some are not compressed. A member that is damaged costs its own records only: reading goes on with the next
one. So members are unpacked here and not by `compression`, which stops at the first damage.
"""

from __future__ import annotations

import re
import zlib
from contextlib import suppress
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

import zstandard

from tasks.errors import FormatError, LimitExceeded
from tasks.ingest.compression import read_some

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_BLOCK = 1 << 16
_PIECE = 1 << 12
"""Packed bytes that are unpacked at once: of damaged data, no more than this is lost before the damage."""
_MAX_HEADER = 1 << 17
_MAX_JUNK = 1 << 24
"""Number of bytes without a record after which a member is given up."""
_MAX_RATIO = 50
"""How many bytes a packed byte may unpack to, on average; pages have 4 to 10."""
_BEGIN = re.compile(rb"WARC/\d\.\d+[ \t]*\r?\n")
_EMPTY_LINE = re.compile(rb"\r?\n\r?\n")
_NEXT = re.compile(rb"\r?\n\r?\n(?=WARC/\d\.\d+[ \t]*\r?\n)")
_GZIP, _ZSTD, _SKIPPABLE = b"\x1f\x8b\x08", b"\x28\xb5\x2f\xfd", b"\x2a\x4d\x18"
_DICTIONARY = b"\x5d" + _SKIPPABLE


@dataclass(frozen=True)
class Record:
    """One record: its number from 1, its headers with names in lower case, and its block.

    The block is None if the record is not wanted, and an error if it could not be read.
    """

    number: int
    headers: dict[str, str]
    block: bytes | FormatError | LimitExceeded | None


def read_records(
    file: IO[bytes], limit: int, unpacked_limit: int, is_wanted: Callable[[dict[str, str]], bool]
) -> Iterator[Record]:
    """The records of a WARC file. Blocks that are not wanted are passed over; one over `limit` bytes is an error.

    Raises LimitExceeded if the file unpacks to more than `unpacked_limit` bytes and to 50 times its size.
    """
    number = 0
    for member in _members(file, unpacked_limit):
        while (found := _next_record(member, number + 1, limit, is_wanted)) is not None:
            number += 1
            yield found


def _next_record(
    member: _Member, number: int, limit: int, is_wanted: Callable[[dict[str, str]], bool]
) -> Record | None:
    """The next record of a member; None at its end. Damage is the block of the record that it is in."""
    headers: dict[str, str] = {}
    if not member.seek_record():
        # Behind damage, what looks like the begin of a member may be so by chance.
        damage, member.damage = member.damage, None
        return Record(number, {}, damage) if damage and not member.is_doubtful else None
    try:
        headers = _headers(member.read_header())
        size = _block_size(headers)
    except FormatError as error:
        return Record(number, headers, error)
    if size <= limit and is_wanted(headers):
        return Record(number, headers, _own_block(member.read(size), size, member))
    member.skip(size)
    too_long = LimitExceeded(f"the record is longer than {limit:,} bytes; raise --max-document-bytes to read it")
    return Record(number, headers, too_long if is_wanted(headers) else None)


def _block_size(headers: dict[str, str]) -> int:
    length = headers.get("content-length", "")
    if not length.isascii() or not length.isdigit() or len(length) > 15:
        raise FormatError("a record without a valid Content-Length")
    return int(length)


def _own_block(block: bytes, size: int, member: _Member) -> bytes | FormatError:
    """The block if it ends where the next record begins; else it is cut there, and an error."""
    rest = member.peek(4)
    if len(block) == size and (not rest or not rest.strip(b"\r\n")):
        return block
    if following := _NEXT.search(block):
        member.unread(block[following.end() :])
    elif len(block) < size:
        damage, member.damage = member.damage, None
        return damage or FormatError(f"the record is cut short: {len(block):,} of {size:,} bytes are there")
    return FormatError("its Content-Length is wrong: it does not end where the next record begins")


def _headers(raw: bytes) -> dict[str, str]:
    """The fields of a header, with names in lower case. A line that begins with white space continues the one above."""
    text = re.sub(r"\r?\n[ \t]+", " ", raw.decode("utf-8", "replace"))
    pairs = (line.partition(":") for line in text.split("\n")[1:])
    return {name.strip().lower(): value.strip() for name, colon, value in reversed([*pairs]) if colon}


@dataclass
class _Member:
    """The unpacked bytes of a member, read forwards. Where they are damaged, they end."""

    blocks: Iterator[bytes]
    pending: bytes = b""
    is_doubtful: bool = False
    """Whether it follows a damaged one: what looks like its begin may be by chance."""
    damage: FormatError | None = None
    """The damage at which the bytes ended, until it is told."""
    was_damaged: bool = False

    def _fill(self, size: int) -> bool:
        """Have `size` bytes pending; returns whether there are so many."""
        pieces, have = [self.pending], len(self.pending)
        try:
            while have < size and (block := next(self.blocks, None)) is not None:
                pieces.append(block)
                have += len(block)
        except FormatError as error:
            self.damage, self.was_damaged = error, True
        self.pending = b"".join(pieces)
        return have >= size

    def peek(self, size: int) -> bytes:
        self._fill(size)
        return self.pending[:size]

    def read(self, size: int) -> bytes:
        self._fill(size)
        content, self.pending = self.pending[:size], self.pending[size:]
        return content

    def skip(self, size: int) -> bool:
        """Pass over `size` bytes; returns whether there were so many."""
        while size:
            if not self.pending and not self._fill(1):
                return False
            n = min(size, len(self.pending))
            self.pending = self.pending[n:]
            size -= n
        return True

    def unread(self, content: bytes) -> None:
        self.pending = content + self.pending

    def seek_record(self) -> bool:
        """Move to the next line that begins a record; returns whether there is one."""
        n_junk = 0
        while self._fill(64) or self.pending:
            self.pending = self.pending.lstrip(b"\r\n\0")
            if match := _BEGIN.search(self.pending):
                self.pending = self.pending[match.start() :]
                return True
            if not self._fill(len(self.pending) + 1):
                return False
            n_junk += max(0, len(self.pending) - 64)
            if n_junk > _MAX_JUNK:
                return False
            self.pending = self.pending[-64:] if len(self.pending) > _BLOCK else self.pending
        return False

    def read_header(self) -> bytes:
        """The header of the record that begins here, which ends at an empty line, before another record begins."""
        size = 4096
        while True:
            is_more = self._fill(size)
            following = _BEGIN.search(self.pending, 5)
            end = _EMPTY_LINE.search(self.pending, 0, following.start() if following else len(self.pending))
            if end:
                header, self.pending = self.pending[: end.start()], self.pending[end.end() :]
                return header
            if following or not is_more or size > _MAX_HEADER:
                self.pending = self.pending[following.start() if following else len(self.pending) :]
                damage, self.damage = self.damage, None
                raise damage or FormatError("the header of the record has no end")
            size *= 2


# ------------------------------------------------------------------------------------------------------------- members


def _members(file: IO[bytes], unpacked_limit: int) -> Iterator[_Member]:
    """The members of a file, each to be read before the next one is asked for."""
    packed = _Packed(file, unpacked_limit)
    head = packed.peek(4)
    if head.startswith(_GZIP[:2]):
        unpack = _gunzip
    elif head == _ZSTD or (head[1:] == _SKIPPABLE and 0x50 <= head[0] <= 0x5F):
        dictionary = _read_dictionary(packed)
        unpack = lambda packed: _unzstd(packed, dictionary)  # noqa: E731
    else:
        yield _Member(iter(lambda: packed.take() or None, None))
        return
    magic = _GZIP if head.startswith(_GZIP[:2]) else _ZSTD
    is_doubtful = False
    while packed.seek(magic):
        member = _Member(unpack(packed), is_doubtful=is_doubtful)
        yield member
        with suppress(FormatError):
            for _ in member.blocks:  # what was not read of it
                pass
        is_doubtful = member.was_damaged


@dataclass
class _Packed:
    """The bytes of a file, forwards, and how much they have unpacked to."""

    file: IO[bytes]
    unpacked_limit: int
    pending: bytes = b""
    n_packed: int = 0
    n_unpacked: int = 0

    def take(self) -> bytes:
        """Some bytes; none at the end."""
        block, self.pending = self.pending or read_some(self.file, _BLOCK), b""
        self.n_packed += len(block)
        return block

    def give_back(self, rest: bytes) -> None:
        self.pending = rest + self.pending
        self.n_packed -= len(rest)

    def peek(self, size: int) -> bytes:
        while len(self.pending) < size and (block := read_some(self.file, _BLOCK)):
            self.pending += block
        return self.pending[:size]

    def seek(self, magic: bytes) -> bool:
        """Move to the next occurrence of `magic`; returns whether there is one."""
        while True:
            place = self.pending.find(magic)
            if place >= 0:
                self.pending = self.pending[place:]
                return True
            self.pending = self.pending[1 - len(magic) :]
            block = read_some(self.file, _BLOCK)
            if not block:
                return False
            self.pending += block

    def count(self, n_bytes: int) -> None:
        """Count unpacked bytes. Raises LimitExceeded for far more than the file can hold of pages."""
        self.n_unpacked += n_bytes
        if self.n_unpacked > max(self.unpacked_limit, _MAX_RATIO * self.n_packed):
            raise LimitExceeded(
                f"it unpacks to more than {self.unpacked_limit:,} bytes and {_MAX_RATIO} times its size; "
                "raise --max-unpacked-bytes to read it"
            )


def _gunzip(packed: _Packed) -> Iterator[bytes]:
    """The content of the gzip member that begins here. After damage, `packed` is behind this member's first byte."""
    decompressor = zlib.decompressobj(31)
    is_first = True
    while True:
        block = packed.take()
        if not block:
            raise FormatError("the compressed data is cut short")
        for start in range(0, len(block), _PIECE):
            rest = block[start : start + _PIECE]
            try:
                while rest:
                    content = decompressor.decompress(rest, _BLOCK)
                    packed.count(len(content))
                    rest = decompressor.unconsumed_tail
                    if content:
                        yield content
                    if decompressor.eof:
                        packed.give_back(decompressor.unused_data + block[start + _PIECE :])
                        return
            except zlib.error as error:
                packed.give_back(block[1:] if is_first else block[start:])
                raise FormatError(f"the compressed data is damaged ({error})") from error
        is_first = False


def _unzstd(packed: _Packed, dictionary: zstandard.ZstdCompressionDict | None) -> Iterator[bytes]:
    """The content of the Zstandard frame that begins here."""
    decompressor = zstandard.ZstdDecompressor(dict_data=dictionary, max_window_size=1 << 27).decompressobj()
    is_first = True
    while True:
        block = packed.take()
        if not block:
            raise FormatError("the compressed data is cut short")
        for start in range(0, len(block), _PIECE):
            try:
                content = decompressor.decompress(block[start : start + _PIECE])
            except zstandard.ZstdError as error:
                packed.give_back(block[1:] if is_first else block[start:])
                raise FormatError(f"the compressed data is damaged ({error})") from error
            packed.count(len(content))
            if content:
                yield content
            if decompressor.eof:
                packed.give_back(decompressor.unused_data + block[start + _PIECE :])
                return
        is_first = False


def _read_dictionary(packed: _Packed) -> zstandard.ZstdCompressionDict | None:
    """The dictionary that a .warc.zst file may begin with, in a frame of its own; it may be compressed itself."""
    head = packed.peek(8)
    if not head.startswith(_DICTIONARY):
        return None
    size = int.from_bytes(head[4:8], "little")
    if size > _MAX_JUNK:
        raise FormatError("its dictionary is larger than any; the file is damaged")
    content = packed.peek(8 + size)[8:]
    packed.pending = packed.pending[8 + size :]
    if content.startswith(_ZSTD):
        try:
            content = zstandard.ZstdDecompressor().decompressobj().decompress(content)
        except zstandard.ZstdError as error:
            raise FormatError(f"its dictionary is damaged ({error})") from error
    return zstandard.ZstdCompressionDict(content)
