"""What was wrong with the inputs: repairs to their texts, inputs that failed, and inputs that were left out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from tasks.errors import NOT_FAILED
from tasks.store import scan_table

if TYPE_CHECKING:
    from pathlib import Path

_MAX_ROWS = 50
_MESSAGE_CHARS = 1_000
_EXAMPLE_CHARS = 60


def repair_counts(tables: Path) -> list[dict[str, Any]]:
    """Repairs by kind, with the most frequent of each as an example; `n_not_repaired` is damage that was only reported."""
    not_repaired = pl.col("before") == pl.col("after")
    repairs = scan_table("repairs", tables)
    counted = repairs.group_by("kind").agg(
        n=(~not_repaired).sum().cast(pl.Int64),
        n_not_repaired=not_repaired.sum().cast(pl.Int64),
        n_inferred=((pl.col("confidence") == "inferred") & ~not_repaired).sum().cast(pl.Int64),
        n_documents=pl.col("document_id").n_unique().cast(pl.Int64),
    )
    examples = (
        repairs.group_by("kind", "before", "after")
        .len()
        .sort("len", "before", "after", descending=[True, False, False])
        .unique("kind", keep="first", maintain_order=True)
        .select("kind", pl.col("before", "after").str.slice(0, _EXAMPLE_CHARS))
    )
    return (
        counted.join(examples, on="kind")
        .sort(pl.col("n") + pl.col("n_not_repaired"), pl.col("kind").cast(pl.String), descending=[True, False])
        .collect()
        .to_dicts()
    )


def failures(tables: Path) -> dict[str, Any]:
    """Inputs that failed, inputs that were skipped on purpose, and files without a field that was asked for.

    Of each there is the number and, up to a limit, the rows; of the first also their kinds. `n_left_out` is the number of
    files that were read and hold more than articles.
    """
    frame = scan_table("failures", tables).with_columns(pl.col("message").str.slice(0, _MESSAGE_CHARS)).collect()
    failed = frame.filter(~pl.col("error").is_in(NOT_FAILED))
    skipped = frame.filter(pl.col("error") == "SkippedSource")
    unknown_fields = frame.filter(pl.col("error") == "UnknownField")
    return {
        "n_failed": failed.height,
        "n_skipped": skipped.height,
        "kinds": _by_kind(failed),
        "skipped_files": _by_suffix(skipped.filter(pl.col("stage") != "parse")),
        "rows": failed.head(_MAX_ROWS).to_dicts(),
        "skipped": skipped.head(_MAX_ROWS).to_dicts(),
        "n_left_out": frame.filter(pl.col("error") == "LeftOut").height,
        "n_unknown_fields": unknown_fields.height,
        "unknown_fields": unknown_fields.head(_MAX_ROWS).to_dicts(),
    }


def _by_suffix(skipped: pl.DataFrame) -> list[dict[str, Any]]:
    """How many files were skipped of each suffix, in lower case, the most frequent first; without one, of the name."""
    name = pl.coalesce("record", "source_uri").str.extract(r"([^/]*)$").str.to_lowercase()
    suffix = pl.coalesce(name.str.extract(r".(\.[a-z0-9]{1,8})$"), name)
    return (
        skipped.group_by(kind=suffix, maintain_order=True)
        .agg(pl.len().alias("n"))
        .sort("n", "kind", descending=[True, False])
        .head(_MAX_ROWS)
        .to_dicts()
    )


def _by_kind(failed: pl.DataFrame) -> list[dict[str, Any]]:
    """How many rows there are of each (stage, error), how many of these are whole files, and the first message."""
    return (
        failed.group_by("stage", "error", maintain_order=True)
        .agg(pl.len().alias("n"), pl.col("record").is_null().sum().alias("n_whole"), pl.col("message").first())
        .sort("n", "stage", "error", descending=[True, False, False])
        .to_dicts()
    )
