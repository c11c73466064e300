"""Thresholds that a run is held to (`--fail-on`), so that a job can stop where an article passes one."""

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

_WRITTEN = re.compile(r"\s*(\w+)\s*([<>]=?)\s*(-?\d+(?:\.\d+)?)\s*")


class Threshold(NamedTuple):
    """A bound on a column of the table `documents`."""

    column: str
    sign: str
    bound: float

    @classmethod
    def parse(cls, written: str) -> Threshold:
        """The threshold that was written; raises UsageError where it is none.

        >>> Threshold.parse("loaded_per_1000_words_author > 40")
        Threshold(column='loaded_per_1000_words_author', sign='>', bound=40.0)
        """
        found = _WRITTEN.fullmatch(written)
        if not found:
            raise UsageError(f"--fail-on {written!r}: write a column of documents, < or >, and a number: 'lix > 60'")
        numeric = [column.name for column in DOCUMENTS.columns if column.dtype.is_numeric()]
        if found[1] not in numeric:
            raise UsageError(
                f"--fail-on: the table documents has no number called {found[1]!r}.{did_you_mean(found[1], numeric)}"
            )
        return cls(found[1], found[2], float(found[3]))

    def __str__(self) -> str:
        return f"{self.column} {self.sign} {self.bound:g}"

    def passed(self, documents: pl.DataFrame) -> pl.DataFrame:
        """The rows of `documents` that pass it, the farthest first; those without a value do not."""
        value = pl.col(self.column)
        signs = {
            "<": value < self.bound,
            "<=": value <= self.bound,
            ">": value > self.bound,
            ">=": value >= self.bound,
        }
        rows = documents.filter(signs[self.sign])
        return rows.sort(self.column, "source_uri", descending=[self.sign[0] == ">", False])


def passed_thresholds(thresholds: Sequence[Threshold], out: Path) -> list[str]:
    """A line for each threshold that a document of the tables in `out` passes: how many do, and which passes it most."""
    names = {threshold.column for threshold in thresholds}
    documents = scan_table("documents", out).select("source_uri", "record", *names).collect()
    lines = []
    for threshold in thresholds:
        passed = threshold.passed(documents)
        if passed.height:
            first = passed.row(0, named=True)
            name = ":".join(part for part in (first["source_uri"], first["record"]) if part)
            of = f"{passed.height:,} of {documents.height:,} documents"
            lines.append(f"{threshold}: {of}, first of all {name} ({first[threshold.column]:.4g})")
    return lines
