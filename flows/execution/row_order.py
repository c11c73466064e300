"""The order of rows in a batch: by source, then by record as read, then by the rest of each table's key."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from tasks.schemas import TABLES, source_file

if TYPE_CHECKING:
    from collections.abc import Sequence


def in_order(tables: dict[str, pl.DataFrame], uris: Sequence[str]) -> dict[str, pl.DataFrame]:
    """The tables with their rows sorted by source (in the order of `uris`), record and each table's own key.

    The given frames are removed from `tables`, because they may be large.
    """
    place = pl.DataFrame(
        {"source_uri": uris, "_source": range(len(uris))}, schema={"source_uri": pl.String, "_source": pl.Int32}
    )
    documents = (
        tables["documents"]
        .with_columns(source_file())
        .join(place.rename({"source_uri": "source_file"}), on="source_file", how="left", maintain_order="left")
        .drop("source_file")
        .sort("_source", maintain_order=True)
    )
    order = documents.select("document_id").with_row_index("_document")
    ordered = {}
    for name in [*tables]:
        frame = tables.pop(name)  # so that only one table at a time exists twice
        if frame.height == 1:  # polars would copy a single row with a long text
            ordered[name] = frame
        elif name == "documents":
            ordered[name] = documents.drop("_source")
        elif name == "failures":
            failures = frame.join(place, on="source_uri", how="left", maintain_order="left")
            ordered[name] = failures.sort("_source", maintain_order=True).drop("_source")
        else:
            rest = TABLES[name].key[1:] if name in TABLES else ("paragraph_index",)
            ordered[name] = frame if is_in_order(frame, order, rest) else sorted_by(frame, order, rest)
    return ordered


def sorted_by(frame: pl.DataFrame, order: pl.DataFrame, rest: Sequence[str]) -> pl.DataFrame:
    """The rows in the `order` of their documents (`document_id`, `_document`), then by the `rest` of their key."""
    return frame.join(order, on="document_id", how="left").sort("_document", *rest).drop("_document")


def is_in_order(frame: pl.DataFrame, order: pl.DataFrame, rest: Sequence[str]) -> bool:
    """Whether `sorted_by` would change nothing. That is usual, and sorting doubles the memory of the rows."""
    documents = frame.select(pl.col("document_id").rle().struct.field("value").alias("document_id"))
    place = documents.join(order, on="document_id", how="left", maintain_order="left")["_document"].cast(pl.Int64)
    ascends = pl.lit(True)
    for key in (pl.col(name) for name in reversed(rest)):
        ascends = (key > key.shift()) | ((key == key.shift()) & ascends)
    another = pl.col("document_id") != pl.col("document_id").shift()
    return bool((place.diff().drop_nulls() > 0).all() and frame.select((another | ascends).all()).item())
