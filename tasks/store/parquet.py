"""Guarantees that the same rows give the same bytes: tables as parquet files with their types and descriptions."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from tasks.schemas import TABLES, Table, type_name

if TYPE_CHECKING:
    from pathlib import Path


_LONG = 1_000_000
"""A column with a longer text, in bytes, gets no statistics: they omit long texts, but computing them copies the text five times."""


def arrow_type(dtype: pl.DataType) -> pa.DataType:
    """The Arrow type that pandas, polars and DuckDB all read with the intended type.

    >>> arrow_type(pl.Enum(["a"]))
    DictionaryType(dictionary<values=string, indices=int8, ordered=0>)
    """
    if isinstance(dtype, pl.Enum):
        return pa.dictionary(pa.int8(), pa.string())
    if isinstance(dtype, pl.Datetime):
        return pa.timestamp("us", tz="UTC")
    return {
        pl.String: pa.string(),
        pl.Boolean: pa.bool_(),
        pl.Float64: pa.float64(),
        pl.Int8: pa.int8(),
        pl.Int32: pa.int32(),
        pl.Int64: pa.int64(),
    }[type(dtype)]


@cache
def arrow_schema(name: str) -> pa.Schema:
    """The Arrow schema of a table: nullability, meaning and unit of each field, and `PANDAS_ATTRS` for pandas' `attrs`."""
    table = TABLES[name]
    fields = [
        pa.field(
            column.name,
            arrow_type(column.dtype),
            nullable=column.nullable,
            metadata={"meaning": column.meaning, **({"unit": column.unit} if column.unit else {})},
        )
        for column in table.columns
    ]
    attributes = {
        "table": table.name,
        "meaning": table.meaning,
        "key": list(table.key),
        "columns": {c.name: {"type": type_name(c.dtype), "unit": c.unit, "meaning": c.meaning} for c in table.columns},
    }
    return pa.schema(fields, metadata={"PANDAS_ATTRS": json.dumps(attributes, ensure_ascii=False)})


def write_table(table: Table, frame: pl.DataFrame, path: Path) -> None:
    """Write `frame`, which must hold the table's columns, as one parquet file, rows in their order.

    Raises polars' SchemaError for other columns, ValueError for a null in a column that is not nullable.
    """
    frame = table.conform(frame)
    for column in table.columns:
        if not column.nullable and frame[column.name].null_count():
            raise ValueError(f"{table.name}.{column.name} holds a null, and its schema allows none")
    schema = arrow_schema(table.name)
    # Rechunked, so that the bytes depend on the rows only.
    columns = [frame[field.name].rechunk().to_arrow().cast(field.type) for field in schema]
    is_short = [not pa.types.is_string(column.type) or _longest(column) <= _LONG for column in columns]
    pq.write_table(
        pa.Table.from_arrays(columns, schema=schema),
        path,
        compression="zstd",
        compression_level=1,
        use_dictionary=True,
        write_statistics=[field.name for field, short in zip(schema, is_short, strict=True) if short],
    )


def _longest(texts: pa.StringArray) -> int:
    """The length of the longest text, in bytes."""
    return pc.max(pc.binary_length(texts)).as_py() or 0
