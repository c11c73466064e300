"""Batches: which sources are read and analyzed together, and long files in shares that several processes can read."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from tasks.ingest.decoding import is_wide
from tasks.ingest.formats import FORMATS
from tasks.ingest.model import STDIN, Share, Source

if TYPE_CHECKING:
    from collections.abc import Iterable

_BLOCK = 1 << 20
_LEAST_BATCH, _LARGEST_BATCH = 2**21, 2**23
"""The fixed cost of a batch is that of 0.5 MB of text (docs/scale.md): a fifth of a batch of 2 MiB, little of 8 MiB."""
_N_BATCHES = 16
"""Minimum number of batches, if they are large enough, so that a few workers share the work evenly."""


def fitting_batch_bytes(sources: Iterable[Source]) -> int:
    """The best size for batches of `sources`: large enough to be cheap, small enough to distribute.

    It is a power of two, so that it changes only when a corpus has doubled (and then all batches change). It depends only on
    the sources, not on the number of workers, and so do the files that are written.

    >>> [fitting_batch_bytes([Source("a", "a", size, "text")]) for size in (10**6, 10**8, 10**12)]
    [2097152, 4194304, 8388608]
    """
    share = sum(source.weight for source in sources) // _N_BATCHES
    return min(max(_LEAST_BATCH, 2 ** (share.bit_length() - 1)), _LARGEST_BATCH) if share else _LEAST_BATCH


def share_out(source: Source, share_bytes: int) -> list[Source]:
    """`source` in shares of about `share_bytes`, so that several processes can read it; unchanged if it is not long.

    Only a format whose records are lines can be read from any line on: JSONL, but not CSV, whose cells may contain line
    ends, and not compressed files. Each share begins with a line and knows the number of lines before it.
    """
    form = FORMATS.get(source.format)
    can_start_anywhere = form is not None and form.starts_at_any_line
    if not can_start_anywhere or source.is_compressed or source.path == STDIN or source.n_bytes < 2 * share_bytes:
        return [source]
    shares: list[Source] = []
    n_lines = 0
    with Path(source.path).open("rb") as file:
        if is_wide(file.peek(4000)):
            return [source]
        while (start := file.tell()) < source.n_bytes:
            n_before = n_lines
            for size in range(share_bytes, 0, -_BLOCK):
                n_lines += file.read(min(size, _BLOCK)).count(b"\n")
            n_lines += file.readline().count(b"\n")
            end = file.tell()
            if end == start:  # it has become shorter
                break
            shares.append(replace(source, n_bytes=end - start, share=Share(start, end, n_before)))
    return shares


def plan_batches(sources: Iterable[Source], batch_bytes: int) -> list[tuple[Source, ...]]:
    """`sources`, in their order, in batches of about `batch_bytes`.

    Where a batch ends is decided by the sources near its end, not by counting from the beginning: a source ends a batch
    if a hash of its name, as a number from 0 to 1, is below a threshold that grows with its size. So a source that is added
    or removed changes its own batch and leaves the others as they were. A source of `batch_bytes` or more is a batch of its
    own, and so is a share of one.

    >>> sources = [Source(str(i), str(i), 100, "text") for i in range(1000)]
    >>> before, after = plan_batches(sources, 5_000), plan_batches(sources[1:], 5_000)
    >>> len(before), len(set(before) - set(after))
    (32, 1)
    """
    batches: list[tuple[Source, ...]] = []
    pending: list[Source] = []
    size = 0
    for source in sources:
        weight = source.weight
        if pending and (size + weight > batch_bytes or source.share):
            batches.append(tuple(pending))
            pending, size = [], 0
        pending.append(source)
        size += weight
        draw = int.from_bytes(hashlib.blake2b(source.uri.encode(), digest_size=4).digest()) / 2**32
        if source.share or size >= batch_bytes or (size >= batch_bytes / 4 and draw < 2 * weight / batch_bytes):
            batches.append(tuple(pending))
            pending, size = [], 0
    if pending:
        batches.append(tuple(pending))
    return batches
