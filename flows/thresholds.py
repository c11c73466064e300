"""Thresholds for documents (`--fail-on`). A run that has documents beyond one exits with code 1, so that a job can stop."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import polars as pl

from tasks.errors import UsageError, did_you_mean
from tasks.schemas import DOCUMENTS
from tasks.store import scan_table

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_THRESHOLD = re.compile(r"\s*(\w+)\s*([<>]=?)\s*(-?\d+(?:\.\d+)?)\s*")


class Threshold(NamedTuple):
    """A bound on a column of the table `documents`."""

    column: str
    operator: str
    bound: float

    @classmethod
    def parse(cls, text: str) -> Threshold:
        """The threshold that `text` describes. Raises UsageError if it is invalid.

        >>> Threshold.parse("loaded_per_1000_words_author > 40")
        Threshold(column='loaded_per_1000_words_author', operator='>', bound=40.0)
        """
        match = _THRESHOLD.fullmatch(text)
        if not match:
            raise UsageError(
                f"--fail-on {text!r} is not a threshold; write a column of the table documents, one of < <= > >=, and a "
                "number, e.g. 'lix > 60'"
            )
        column, operator, bound = match.groups()
        numeric = [column.name for column in DOCUMENTS.columns if column.dtype.is_numeric()]
        if column not in numeric:
            raise UsageError(
                f"--fail-on {text!r}: the table documents has no numeric column {column!r}.{did_you_mean(column, numeric)}"
            )
        return cls(column, operator, float(bound))

    def __str__(self) -> str:
        return f"{self.column} {self.operator} {self.bound:g}"

    def crossing(self, documents: pl.DataFrame) -> pl.DataFrame:
        """The rows of `documents` beyond the threshold, the most extreme first. Rows without a value are left out."""
        value = pl.col(self.column)
        comparisons = {
            "<": value < self.bound,
            "<=": value <= self.bound,
            ">": value > self.bound,
            ">=": value >= self.bound,
        }
        rows = documents.filter(comparisons[self.operator])
        return rows.sort(self.column, "source_uri", descending=[self.operator[0] == ">", False])


def crossed_thresholds(thresholds: Sequence[Threshold], out: Path) -> list[str]:
    """A line for each threshold that documents in the tables in `out` cross: how many, and the most extreme one."""
    names = {threshold.column for threshold in thresholds}
    documents = scan_table("documents", out).select("source_uri", "record", *names).collect()
    lines = []
    for threshold in thresholds:
        rows = threshold.crossing(documents)
        if rows.height:
            first = rows.row(0, named=True)
            name = ":".join(part for part in (first["source_uri"], first["record"]) if part)
            counts = f"{rows.height:,} of {documents.height:,} documents"
            lines.append(f"{threshold} in {counts}; most extreme: {name} ({first[threshold.column]:.4g})")
    return lines
