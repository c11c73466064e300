"""The tables of a run, and the groups of columns that measuring fills."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from tasks.schemas.loading import load_groups, load_table

if TYPE_CHECKING:
    from tasks.schemas.table import Table

_GROUPS = load_groups()

READABILITY_COUNTS = _GROUPS["readability_counts"]
READABILITY_METRICS = _GROUPS["readability_metrics"]
(TEXT_STANDARD,) = _GROUPS["text_standard"]
READABILITY = (*READABILITY_COUNTS, *READABILITY_METRICS, TEXT_STANDARD)
READABILITY_PUBLISHED = _GROUPS["readability_published"]
VADER = _GROUPS["vader"]

DOCUMENTS = load_table("documents", _GROUPS)
PARAGRAPHS = load_table("paragraphs", _GROUPS)
SENTENCES = load_table("sentences", _GROUPS)
LOADED_TERMS = load_table("loaded_terms", _GROUPS)
EPISTEMIC_TERMS = load_table("epistemic_terms", _GROUPS)
SENTIMENT_TERMS = load_table("sentiment_terms", _GROUPS)
QUOTATIONS = load_table("quotations", _GROUPS)
ATTRIBUTIONS = load_table("attributions", _GROUPS)
REPAIRS = load_table("repairs", _GROUPS)
FAILURES = load_table("failures", _GROUPS)
RUNS = load_table("runs", _GROUPS)

TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        DOCUMENTS,
        PARAGRAPHS,
        SENTENCES,
        LOADED_TERMS,
        EPISTEMIC_TERMS,
        SENTIMENT_TERMS,
        QUOTATIONS,
        ATTRIBUTIONS,
        REPAIRS,
        FAILURES,
        RUNS,
    )
}
"""The tables that readers see, by name."""

FINGERPRINTS = "fingerprints"
"""The name of the table by which repeated texts are found across batches. It lies in the state folder, for no reader."""
FINGERPRINT_SCHEMA = pl.Schema(
    {
        "document_id": pl.String(),
        "paragraph_index": pl.Int32(),  # -1 stands for the whole document
        "fingerprint": pl.UInt64(),  # null: too short to be a repeat
        "duplicate_of": pl.String(),  # the repeat found within the document
    }
)
