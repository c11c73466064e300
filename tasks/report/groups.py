"""Groups of documents that can be compared: a source, a period, a language, one document, or other tables."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from tasks.errors import UsageError, did_you_mean
from tasks.report import corpus
from tasks.report.comparison import compare_figures, count_words, distinctive, n_tested, word_counts
from tasks.report.phrasing import day
from tasks.schemas import SCORED_CATEGORIES
from tasks.store import find_document, naming_damage, scan_table

if TYPE_CHECKING:
    from collections.abc import Callable

KINDS = ("source", "period", "language", "document", "tables")
FORMS = "source:NAME, period:2026-01-01..2026-03-31, language:CODE, document:ID or tables:FOLDER"
_AUTHOR = ("author", "scare_quoted")


@dataclass(frozen=True)
class Group:
    """Some documents of tables."""

    name: str
    """As it was asked for."""
    folder: Path
    documents: pl.DataFrame
    """As from `corpus.read_documents`, without copies."""

    @property
    def facts(self) -> dict[str, Any]:
        """What is said of the group: its name, size and dates."""
        dates = self.documents["published_at"]
        return {
            "name": self.name,
            "n_documents": self.documents.height,
            "n_words": int(self.documents["n_words"].cast(pl.Int64).sum()),
            "first_published": day(dates.min()),
            "last_published": day(dates.max()),
        }


def read_group(text: str, folder: Path) -> Group:
    """The group that `text` describes, in the tables below `folder`; a folder with tables is a group by itself.

    Raises UsageError if the description cannot be understood, or no document fits.
    """
    kind, _, value = text.partition(":")
    if kind not in KINDS or not value:
        if (Path(text) / "documents").is_dir():
            kind, value = "tables", text
        else:
            raise UsageError(f"{text!r} describes no group of documents; use {FORMS}")
    if kind == "tables":
        folder = Path(value)
    with naming_damage(folder):
        everything = corpus.read_documents(folder)
    chosen = everything.filter(_CONDITIONS[kind](value, folder))
    distinct = chosen.filter(pl.col("duplicate_of").is_null()) if kind != "document" else chosen
    if distinct.is_empty():
        known = everything[kind].drop_nulls().unique().to_list() if kind in {"source", "language"} else []
        raise UsageError(f"no document in {folder} fits {text!r}.{did_you_mean(value, known)}")
    return Group(text, folder, distinct)


def _in_period(value: str, _folder: Path) -> pl.Expr:
    first, dots, last = value.partition("..")
    if not dots:
        raise UsageError(f"{value!r} is not a period; write it as 2026-01-01..2026-03-31")
    published = pl.col("published_at")
    conditions = [published.is_not_null()]
    conditions += [published >= _day(first)] if first else []
    conditions += [published < _day(last) + timedelta(days=1)] if last else []
    return pl.all_horizontal(conditions)


def _day(text: str) -> datetime:
    try:
        parsed = date.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"{text!r} is not a date; write it as 2026-05-03") from error
    return datetime(parsed.year, parsed.month, parsed.day, tzinfo=UTC)


_CONDITIONS: dict[str, Callable[[str, Path], pl.Expr]] = {
    "source": lambda value, _: pl.col("source") == value,
    "language": lambda value, _: pl.col("language") == value,
    "period": _in_period,
    "document": lambda value, folder: pl.col("document_id") == find_document(value, folder),
    "tables": lambda _value, _folder: pl.lit(value=True),
}


def compare_groups(one: Group, other: Group, n_items: int = 20) -> dict[str, Any]:
    """Two groups compared, as plain data.

    `a` and `b` say what the groups are. `figures` has a row for each figure, as from `compare_figures`. `terms` and `words`
    have how many were compared (`n_tested`), and the most distinctive ones of each group, at most `n_items` (`a`, `b`).
    """
    figures = [corpus.figures(group.documents) for group in (one, other)]
    terms, words = (_terms(one), _terms(other)), (_words(one), _words(other))
    n_words = word_counts(words[0]), word_counts(words[1])
    return {
        "a": one.facts,
        "b": other.facts,
        "figures": compare_figures(*figures),
        "terms": _items(distinctive(*terms, _author_words(one), _author_words(other)), n_tested(*terms), n_items),
        "words": _items(distinctive(*words, *n_words), n_tested(*words), n_items),
    }


def _items(found: pl.DataFrame, n: int, n_items: int) -> dict[str, Any]:
    return {
        "n_tested": n,
        "a": found.filter(pl.col("log_odds") > 0).head(n_items).to_dicts(),
        "b": found.filter(pl.col("log_odds") < 0).reverse().head(n_items).to_dicts(),
    }


def _terms(group: Group) -> pl.DataFrame:
    """How often each scored term is in the author's voice of each document."""
    return (
        scan_table("loaded_terms", group.folder)
        .filter(
            pl.col("document_id").is_in(group.documents["document_id"].implode()),
            pl.col("voice").is_in(_AUTHOR),
            pl.col("category").is_in(SCORED_CATEGORIES),
        )
        .group_by("document_id", item=pl.col("term"))
        .agg(n=pl.len().cast(pl.Int64))
        .collect()
    )


def _author_words(group: Group) -> dict[str, float]:
    return dict(group.documents.select("document_id", pl.col("author_words").fill_null(0.0)).iter_rows())


def _words(group: Group) -> pl.DataFrame:
    ids = group.documents["document_id"]
    paragraphs = (
        scan_table("paragraphs", group.folder)
        .filter(pl.col("document_id").is_in(ids.implode()))
        .select("document_id", "duplicate_of", "text")
        .collect()
    )
    return count_words(paragraphs, ids)
