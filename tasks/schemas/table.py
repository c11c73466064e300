"""What a table and a column are, as the rest of the code sees them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import polars as pl


class Column(NamedTuple):
    """One column: its name, type, meaning and unit, and whether it may hold nulls."""

    name: str
    dtype: pl.DataType
    meaning: str
    unit: str = ""
    nullable: bool = False


@dataclass(frozen=True)
class Table:
    """One table. Its key columns come first and identify a row; rows follow the order of the sources, then the key."""

    name: str
    key: tuple[str, ...]
    meaning: str
    columns: tuple[Column, ...]

    @property
    def schema(self) -> pl.Schema:
        """The polars schema, columns in order."""
        return pl.Schema({column.name: column.dtype for column in self.columns})

    def empty(self) -> pl.DataFrame:
        """The table without rows.

        >>> from tasks.schemas import FAILURES
        >>> FAILURES.empty().columns
        ['source_uri', 'record', 'stage', 'error', 'message']
        """
        return pl.DataFrame(schema=self.schema)

    def conform(self, frame: pl.DataFrame) -> pl.DataFrame:
        """`frame` with exactly the columns of this table, in order; further columns are dropped.

        Raises polars' SchemaError if a column is missing or has another type.
        """
        return frame if frame.schema == self.schema else frame.match_to_schema(self.schema, extra_columns="ignore")
