"""The tables: every column with its type, unit, range and meaning, stated once, in `data/*.toml`.

From here come the types of each stage's result, the metadata inside the parquet files, `PANDAS_ATTRS`,
`overtones schema` and docs/tables.md.

Counts and flags are never null. A measurement is null where it would mean nothing, and a column beside it says why.
Offsets are code points, half-open, unless the unit says bytes.
"""

from tasks.schemas.documentation import data_dictionary, data_dictionary_as_markdown, type_name
from tasks.schemas.table import Column, Table
from tasks.schemas.tables import (
    DOCUMENTS,
    FAILURES,
    FINGERPRINT_SCHEMA,
    FINGERPRINTS,
    LOADED_TERMS,
    PARAGRAPHS,
    QUOTATIONS,
    READABILITY,
    READABILITY_COUNTS,
    READABILITY_METRICS,
    READABILITY_PUBLISHED,
    REPAIRS,
    RUNS,
    SENTENCES,
    SENTIMENT_TERMS,
    TABLES,
    TEXT_STANDARD,
    VADER,
)
from tasks.schemas.values import (
    ATTRIBUTIONS,
    CATEGORIES,
    CONFIDENCES,
    CUE_GRADES,
    EPISTEMIC_CATEGORIES,
    FORMATS,
    KINDS,
    QUOTATION_KINDS,
    QUOTATION_MARKS,
    READABILITY_NOTES,
    RELIABLE_NOTES,
    REPAIR_KINDS,
    SCORED_CATEGORIES,
    TERM_VOICES,
    VOICES,
)

__all__ = [
    "ATTRIBUTIONS",
    "CATEGORIES",
    "CONFIDENCES",
    "CUE_GRADES",
    "DOCUMENTS",
    "EPISTEMIC_CATEGORIES",
    "FAILURES",
    "FINGERPRINTS",
    "FINGERPRINT_SCHEMA",
    "FORMATS",
    "KINDS",
    "LOADED_TERMS",
    "PARAGRAPHS",
    "QUOTATIONS",
    "QUOTATION_KINDS",
    "QUOTATION_MARKS",
    "READABILITY",
    "READABILITY_COUNTS",
    "READABILITY_METRICS",
    "READABILITY_NOTES",
    "READABILITY_PUBLISHED",
    "RELIABLE_NOTES",
    "REPAIRS",
    "REPAIR_KINDS",
    "RUNS",
    "SCORED_CATEGORIES",
    "SENTENCES",
    "SENTIMENT_TERMS",
    "TABLES",
    "TERM_VOICES",
    "TEXT_STANDARD",
    "VADER",
    "VOICES",
    "Column",
    "Table",
    "data_dictionary",
    "data_dictionary_as_markdown",
    "type_name",
]
