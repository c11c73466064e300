"""Which documents are at the top of which list, and which get a page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from tasks.report import phrasing
from tasks.report.corpus import DESCRIPTION, NEGATIVE, PARAGRAPH_KEY, is_document_of
from tasks.store import scan_table

if TYPE_CHECKING:
    from pathlib import Path

MAX_PAGES = 200
"""So many documents are listed and have a page; if there are more, those at the top of a list."""
_LIST_LENGTHS = {"most_loaded": 50, "most_negative": 25, "hardest": 25, "most_repaired": 20}
_BEGINNING_CHARS = 10_000
"""A name is made from so much of a text: white space may take most of it."""


def rank_documents(
    distinct: pl.DataFrame, documents: pl.DataFrame, sentences: list[dict[str, Any]], terms: list[dict[str, Any]]
) -> tuple[list[str], dict[str, list[str]]]:
    """The ids that get a page, at most `MAX_PAGES`, and the lists, by name, with the ids at the top of each."""
    # Of a million documents only the columns are sorted by which they are ranked.
    ranks = ("author_words", "n_loaded_author", "loaded_per_1000_words_author", "vader_compound_mean")
    distinct = distinct.select("document_id", "flesch_kincaid_grade_published", *ranks)
    # Short texts, in which a single term makes a high rate, come after all longer ones.
    is_long = pl.col("author_words").fill_null(0) >= phrasing.MIN_WORDS
    by_rate = distinct.sort(
        is_long, "loaded_per_1000_words_author", "document_id", descending=[True, True, False], nulls_last=True
    )
    lists = {
        "most_loaded": by_rate.filter(pl.col("n_loaded_author") > 0),
        "most_negative": distinct.filter(pl.col("vader_compound_mean") <= NEGATIVE).sort(
            "vader_compound_mean", "document_id"
        ),
        "hardest": distinct.filter(is_long, pl.col("flesch_kincaid_grade_published").is_not_null()).sort(
            "flesch_kincaid_grade_published", "document_id", descending=[True, False]
        ),
        "most_repaired": documents.filter(pl.col("n_repairs") > 0).sort(
            "n_repairs", "document_id", descending=[True, False]
        ),
    }
    tops = {name: frame["document_id"].head(_LIST_LENGTHS[name]).to_list() for name, frame in lists.items()}
    ids = [row["document_id"] for row in sentences]
    ids += [id_ for top in tops.values() for id_ in top]
    ids += [context["document_id"] for term in terms for context in term["contexts"]]
    ids += by_rate["document_id"].head(MAX_PAGES).to_list()
    ids += documents["document_id"].head(MAX_PAGES).to_list()
    chosen = set(list(dict.fromkeys(ids))[:MAX_PAGES])
    ranked = [id_ for id_ in by_rate["document_id"] if id_ in chosen]
    copies = documents.filter(pl.col("duplicate_of").is_not_null())["document_id"]
    return ranked + [id_ for id_ in copies if id_ in chosen], tops


def describe_documents(tables: Path, documents: pl.DataFrame, ids: list[str]) -> list[dict[str, Any]]:
    """A row for each of these documents, in their order: its name, date and figures."""
    chosen = pl.DataFrame({"document_id": ids}, schema={"document_id": pl.String}).join(
        documents, on="document_id", maintain_order="left"
    )
    beginnings = dict(
        scan_table("paragraphs", tables)
        .filter(is_document_of(chosen), (pl.col("kind") == "headline") | (pl.col("paragraph_index") == 0))
        .sort(pl.col("kind") != "headline", *PARAGRAPH_KEY)
        .group_by("document_id", maintain_order=True)
        .agg(pl.col("text").str.head(_BEGINNING_CHARS).first())
        .collect()
        .iter_rows()
    )
    return [
        {
            "name": phrasing.document_name(row, beginnings.get(row["document_id"])),
            "published": phrasing.day(row["published_at"]),
            **{name: row[name] for name in DESCRIPTION},
        }
        for row in chosen.iter_rows(named=True)
    ]
