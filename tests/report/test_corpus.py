"""Figures of a whole corpus."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tasks.report import summarize
from tasks.store import scan_table


def test_counts_each_text_once(tables: Path, summary: dict[str, Any]) -> None:
    """The number of copies is given, and they are not counted again."""
    documents = scan_table("documents", tables).collect()
    once = documents.filter(pl.col("duplicate_of").is_null())
    assert summary["corpus"]["n_documents"] == documents.height
    assert summary["corpus"]["n_copies"] == documents.height - once.height == 1
    assert summary["corpus"]["n_words"] == once["n_words"].sum()
    assert summary["corpus"]["n_loaded_author"] == once["n_loaded_author"].sum()
    assert (
        sum(row["author"] + row["scare_quoted"] for row in summary["loaded"] if row["scored"])
        == once["n_loaded_author"].sum()
    )
    assert sum(row["quoted"] for row in summary["loaded"] if row["scored"]) == once["n_loaded_quoted"].sum()


def test_rates_are_those_of_the_documents(tables: Path, summary: dict[str, Any]) -> None:
    """The corpus's rate is the mean of its documents' rates, weighted by the authors' words."""
    once = (
        scan_table("documents", tables)
        .filter(pl.col("duplicate_of").is_null(), pl.col("loaded_score").is_not_null())
        .with_columns(words=pl.col("n_words") * (1 - pl.col("quoted_word_ratio")))
        .collect()
    )
    mean = float((once["loaded_per_1000_words_author"] * once["words"]).sum()) / float(once["words"].sum())
    assert summary["figures"]["loaded_per_1000_words_author"]["value"] == pytest.approx(mean, abs=1e-5)
    assert summary["figures"]["loaded_per_1000_words_author"]["n"] == once.height


def test_sources_without_an_interval_come_last(summary: dict[str, Any]) -> None:
    """Sources are in order of their rate; those with too few documents to compare follow."""
    rates = [row["loaded_per_1000_words_author"] for row in summary["sources"]["rows"]]
    known = [rate["low"] is not None for rate in rates]
    assert known == sorted(known, reverse=True)
    values = [rate["value"] for rate in rates if rate["low"] is not None]
    assert len(values) == 4
    assert values == sorted(values, reverse=True)


def test_other_languages_count_as_words_only(summary: dict[str, Any]) -> None:
    """A German article has words, and no rate, grade or sentiment."""
    source = next(row for row in summary["sources"]["rows"] if row["source"] == "Ausland")
    assert source["n_words"] > 0
    for figure in ("loaded_per_1000_words_author", "vader_compound_mean", "flesch_kincaid_grade_published"):
        assert source[figure]["value"] is None
    assert {"language": "de", "n_documents": 1} in summary["corpus"]["languages"]


def test_a_score_of_another_language_counts_nowhere(tmp_path: Path, newsroom_module: Any) -> None:
    """If a document has no terms because it is not English, the rate of the rest does not fall."""
    english = newsroom_module.Article([("body", "The regime met. It rained on the harbour.")])
    german = newsroom_module.Article([("body", "Der Hafen bleibt zu. Es regnet.")], uri="b.txt", language="de")
    tables = newsroom_module.analyzed([english, german])
    tables["documents"] = tables["documents"].with_columns(
        pl.col("loaded_score", "loaded_per_1000_words_author").fill_null(0.0)
    )
    summary = summarize(newsroom_module.write_tables(tables, tmp_path))
    assert summary["corpus"]["n_measured"] == 1
    assert summary["figures"]["loaded_per_1000_words_author"]["value"] == pytest.approx(1000 / 8)


class TestTimeline:
    def written(self, module: Any, folder: Path, days: list[int]) -> Path:
        articles = [
            module.Article(
                [("body", "The regime met. It rained on the harbour.")],
                uri=f"{number}.txt",
                published=datetime(2025, 1, 1, tzinfo=UTC) + timedelta(days=day),
            )
            for number, day in enumerate(days)
        ]
        path: Path = module.write_tables(module.analyzed(articles), folder)
        return path

    @pytest.mark.parametrize(
        ("days", "period", "steps"),
        [
            ([day for day in range(10) for _ in range(6)], "1d", 10),
            ([3 * day for day in range(40)], "1mo", 4),
            ([day for day in range(400) for _ in range(6)], "1w", 58),
            ([0, 1, 400], "1d", 3),
            ([0, 0, 0], None, 0),
        ],
    )
    def test_steps_hold_enough_documents(
        self, newsroom_module: Any, tmp_path: Path, days: list[int], period: str | None, steps: int
    ) -> None:
        """Steps are the shortest periods that are not too many and mostly have five documents; with fewer than three
        there is none.
        """
        timeline = summarize(self.written(newsroom_module, tmp_path, days))["timeline"]
        assert (timeline["period"], len(timeline["rows"])) == (period, steps)
