"""Compressed files, and the limits for reading them."""

from __future__ import annotations

import gzip
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.errors import FormatError, LimitExceeded
from tasks.ingest.compression import read_lines, read_whole

LINES = st.lists(st.binary(max_size=12)).map(b"\n".join)


@given(LINES, st.integers(1, 20))
def test_blocks_are_whole_lines(content: bytes, size: int) -> None:
    """Blocks join to the content, and each but the last ends with a line."""
    blocks = list(read_lines(io.BytesIO(content), 1000, "--max-unpacked-bytes", block_bytes=size))
    assert b"".join(blocks) == content
    assert all(block.endswith(b"\n") for block in blocks[:-1])
    assert all(blocks)


@given(st.integers(1, 50), st.integers(1, 20))
def test_limit(limit: int, size: int) -> None:
    """Content as long as the limit is read; both readers refuse longer content, and name the option that raises it."""
    for n_bytes in (limit, limit + 1):
        read = [
            lambda content: read_whole(content, limit, "--max-unpacked-bytes"),
            lambda content: list(read_lines(content, limit, "--max-unpacked-bytes", block_bytes=size)),
        ]
        for reader in read:
            if n_bytes == limit:
                reader(io.BytesIO(b"x" * n_bytes))
            else:
                with pytest.raises(LimitExceeded, match="raise --max-unpacked-bytes"):
                    reader(io.BytesIO(b"x" * n_bytes))


@given(LINES, st.integers(1, 40))
def test_cut_gzip(content: bytes, n_lost: int) -> None:
    """A truncated compressed file is reported as damaged, however little is missing."""
    packed = gzip.compress(content, mtime=0)
    with (
        gzip.open(io.BytesIO(packed[: max(1, len(packed) - n_lost)])) as stream,
        pytest.raises(FormatError, match="damaged or cut short"),
    ):
        list(read_lines(stream, 1000, "--max-unpacked-bytes"))
