"""Parquet."""

from __future__ import annotations

import gzip
import io
from typing import TYPE_CHECKING

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tasks.ingest import (
    Document,
    Failure,
    find_sources,
    read_source,
)
from tasks.options import Limits, Options, RecordFields

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Read = Callable[..., tuple[list[Document], list[Failure]]]

OPTIONS = Options()


def test_parquet(read: Read, folder: Callable[..., Path]) -> None:
    """Rows of a parquet file become documents, with the given field names."""
    buffer = io.BytesIO()
    pl.DataFrame({"body": ["One.", "Two."], "key": ["a", "b"], "n": [1, 2]}).write_parquet(buffer)
    options = Options(fields=RecordFields(text="body", id="key"))
    documents, failures = read(folder({"a.parquet": buffer.getvalue()}), options)
    assert ([(d.record, d.text) for d in documents], failures) == ([("a", "One."), ("b", "Two.")], [])


@pytest.mark.parametrize("name", ["a.parquet", "a.parquet.gz"])
def test_parquet_whose_values_are_kept_once(read: Read, folder: Callable[..., Path], name: str) -> None:
    """A value that a small parquet file repeats counts each time towards the limit for the unpacked size."""
    n, buffer = 1_000, io.BytesIO()
    pq.write_table(pa.table({"text": ["It rained. " * 10_000] * n}), buffer)
    packed = gzip.compress(buffer.getvalue()) if name.endswith(".gz") else buffer.getvalue()
    options = Options(limits=Limits(max_unpacked_bytes=1_000_000))
    assert pq.read_metadata(buffer).row_group(0).total_byte_size < 1_000_000
    documents, [failure] = read(folder({name: packed}), options)
    assert len(documents) == 9  # of 110,000 bytes each
    assert (failure.error, "--max-unpacked-bytes" in failure.message) == ("LimitExceeded", True)


def test_parquet_that_says_how_much_it_unpacks_to(read: Read, folder: Callable[..., Path]) -> None:
    """If the file states a size above the limit, nothing is read; other columns do not count."""
    buffer = io.BytesIO()
    table = pa.table({"text": ["It rained." + "0" * 100_000] * 20, "n": range(20), "notes": ["1" * 500_000] * 20})
    pq.write_table(table, buffer, use_dictionary=False, compression="zstd")
    assert len(buffer.getvalue()) < 10_000
    for limit, n_documents, n_failures in ((3_000_000, 20, 0), (1_000_000, 0, 1)):
        options = Options(limits=Limits(max_unpacked_bytes=limit))
        documents, failures = read(folder({"a.parquet": buffer.getvalue()}), options)
        assert (len(documents), [f.error for f in failures]) == (n_documents, ["LimitExceeded"] * n_failures)


def test_memory_of_reading_parquet(folder: Callable[..., Path]) -> None:
    """Rows that share a long value are read one after the other, not many at a time."""
    buffer = io.BytesIO()
    pq.write_table(pa.table({"text": ["It rained. " * 100_000] * 60}), buffer)
    [source], _ = find_sources([str(folder({"a.parquet": buffer.getvalue()}) / "a.parquet")])
    before = pa.total_allocated_bytes()
    held = [pa.total_allocated_bytes() - before for _ in read_source(source, OPTIONS)]
    assert len(held) == 60
    assert max(held) < 5_000_000
