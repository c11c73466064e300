"""Parquet: one record per row. Only the requested columns are read."""

from __future__ import annotations

from dataclasses import asdict
from typing import IO, TYPE_CHECKING, Any

from tasks.errors import FormatError
from tasks.ingest.compression import seekable, too_much
from tasks.ingest.decoding import Decoded
from tasks.ingest.records import RequestedFields, Row, require_text_column

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tasks.ingest.model import Source
    from tasks.options import Options


def read_rows(stream: IO[bytes], source: Source, options: Options, fields: RequestedFields) -> Iterator[Row]:
    """The rows of a file. Raises LimitExceeded as soon as its values take more bytes than allowed."""
    with seekable(stream, options.limits.max_unpacked_bytes, "--max-unpacked-bytes", source.uri) as file:
        yield from _rows(file, source, options, fields)


def _rows(stream: IO[bytes], source: Source, options: Options, fields: RequestedFields) -> Iterator[Row]:
    """The rows of a file with random access.

    The sizes stated in the file are checked first, but they are no upper bound: a value stored once may be in a million
    rows. So the values are counted as they are read, row by row: each row of a batch could have the longest value.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    limit, option = options.limits.max_unpacked_bytes, "--max-unpacked-bytes"
    try:
        # A column is read a megabyte at a time instead of a whole row group.
        table = pq.ParquetFile(stream, buffer_size=1 << 20)
        wanted = set(asdict(options.fields).values())
        wanted |= {name.split(".")[0] for name in wanted}
        columns = [name for name in table.schema_arrow.names if name in wanted]
        require_text_column(options, table.schema_arrow.names)
        fields.add_present(table.schema_arrow.names)
        if _unpacked_bytes(table.metadata, columns) > limit:
            raise too_much(limit, option, source.uri)
        decoded = Decoded("", "utf-8", 1.0)
        n_left = limit
        # Threads would take eight times as long as reading a row.
        for number, row in enumerate(table.iter_batches(1, columns=columns, use_threads=False), 1):
            n_left -= row.nbytes
            if n_left < 0:
                raise too_much(limit, option, source.uri)
            [values] = row.to_pylist()
            yield Row(number, values, decoded)
    except pa.ArrowException as error:
        raise FormatError(f"not a readable parquet file: {error}; write it again") from error


def _unpacked_bytes(metadata: Any, columns: Iterable[str]) -> int:
    """The size in bytes of some columns of a parquet file, according to the file."""
    among = frozenset(columns)
    groups = map(metadata.row_group, range(metadata.num_row_groups))
    chunks = (group.column(i) for group in groups for i in range(group.num_columns))
    return sum(chunk.total_uncompressed_size for chunk in chunks if chunk.path_in_schema.split(".")[0] in among)
