"""The order of rows in a batch."""

from __future__ import annotations

from itertools import permutations

import polars as pl

from flows.execution.row_order import is_in_order, sorted_by


def test_rows_in_order_are_left_as_they_are() -> None:
    """Rows are sorted only if that changes their order: by document, then by the rest of their key."""
    order = pl.DataFrame(
        {"document_id": ["b", "a", "c"], "_document": [0, 1, 2]}, schema_overrides={"_document": pl.UInt32}
    )
    rest = ("paragraph_index", "start")
    rows = [("b", 0, 1), ("b", 0, 5), ("b", 2, 0), ("c", 0, 7), ("c", 1, 0)]
    for some in permutations(rows):
        frame = pl.DataFrame(some, ["document_id", *rest], orient="row")
        assert is_in_order(frame, order, rest) == (list(some) == rows)
        assert sorted_by(frame, order, rest).rows() == rows
