import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tasks.errors import StoreError
from tasks.report import summarize
from tasks.report.summary import MAX_PAGES, by_category
from tasks.schemas import TABLES
from tasks.store import scan_table


@pytest.fixture(scope="module")
def summary(tables: Path) -> dict[str, Any]:
    return summarize(tables)


def test_is_plain_data(summary: dict[str, Any]) -> None:
    """What comes back is JSON, numbers included."""
    assert json.loads(json.dumps(summary, allow_nan=False)) == summary


def test_every_part_is_documented(summary: dict[str, Any], root: Path) -> None:
    """docs/report.md names what summary.json holds."""
    page = (root / "docs" / "report.md").read_text("utf-8").partition("## summary.json")[2].partition("\n## ")[0]
    assert set(re.findall(r"`(\w+)`", "".join(re.findall(r"^\| (`[^|]*) \|", page, re.MULTILINE)))) == set(summary)


def test_counts_each_text_once(tables: Path, summary: dict[str, Any]) -> None:
    """Copies are told and not counted again."""
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
    for figure in ("loaded_per_1000_words_author", "vader_compound_mean", "flesch_kincaid_grade"):
        assert source[figure]["value"] is None
    assert {"language": "de", "n_documents": 1} in summary["corpus"]["languages"]


def test_sentences_hold_their_terms(summary: dict[str, Any]) -> None:
    """Each listed sentence weighs what its author's terms weigh, and each term stands where its offsets say."""
    assert summary["sentences"]
    weights = [sentence["weight"] for sentence in summary["sentences"]]
    assert weights == sorted(weights, reverse=True)
    assert len({sentence["text"] for sentence in summary["sentences"]}) == len(weights)
    for sentence in summary["sentences"]:
        assert sum(term["weight"] for term in sentence["terms"]) == pytest.approx(sentence["weight"])
        for term in sentence["terms"]:
            assert sentence["text"][term["start"] : term["end"]] == term["text"]
            assert term["voice"] != "quoted"


def test_sentences_of_many_terms(tables: Path, summary: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a sentence's terms only those are read that its excerpt may show."""
    monkeypatch.setattr("tasks.report.summary.EXCERPT", 10**9)
    assert summarize(tables)["sentences"] == summary["sentences"]
    monkeypatch.setattr("tasks.report.summary.EXCERPT", 1)
    firsts = [sentence["terms"][:1] for sentence in summary["sentences"]]
    assert [sentence["terms"] for sentence in summarize(tables)["sentences"]] == firsts


def test_terms_show_where_they_stand(tables: Path, summary: dict[str, Any]) -> None:
    """The contexts of a term are passages of the texts around it, no two alike."""
    texts = {
        (row["document_id"], row["paragraph_index"]): row["text"]
        for row in scan_table("paragraphs", tables).collect().iter_rows(named=True)
    }
    for term in summary["terms"]:
        assert term["contexts"]
        passages = set()
        for context in term["contexts"]:
            assert context["text"].lower() == term["term"]
            passage = context["before"].lstrip("…") + context["text"] + context["after"].rstrip("…")
            assert passage in texts[context["document_id"], context["paragraph_index"]]
            passages.add(passage)
        assert len(passages) == len(term["contexts"])


def test_failures_and_skipped_files_are_told_apart(summary: dict[str, Any]) -> None:
    """What could not be read and what was no article are counted apart."""
    assert (summary["failures"]["n_failed"], summary["failures"]["n_skipped"]) == (2, 1)
    assert [row["source_uri"] for row in summary["failures"]["skipped"]] == ["daily/.notes.swp"]


def test_damage_that_was_only_told_is_no_repair(summary: dict[str, Any]) -> None:
    """A lost character that was left alone is counted apart."""
    row = next(row for row in summary["repairs"] if row["kind"] == "replacement_character")
    assert (row["n"], row["n_told"]) == (0, 1)


def test_row_order_changes_nothing(tables: Path, summary: dict[str, Any], tmp_path: Path, newsroom_module: Any) -> None:
    """The same rows in another order give the same summary."""
    shuffled = {
        name: scan_table(name, tables).collect().sample(fraction=1, shuffle=True, seed=3)
        for name in TABLES
        if name != "failures"  # listed in the order of the sources
    }
    shuffled["failures"] = scan_table("failures", tables).collect()
    assert summarize(newsroom_module.write_tables(shuffled, tmp_path)) == summary


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
        """Steps are the shortest that are not too many and mostly hold five documents; without three there is none."""
        timeline = summarize(self.written(newsroom_module, tmp_path, days))["timeline"]
        assert (timeline["period"], len(timeline["rows"])) == (period, steps)


@pytest.fixture(scope="module")
def large(newsroom_module: Any, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    tables = newsroom_module.repeated(
        newsroom_module.analyzed(newsroom_module.make_newsroom(), newsroom_module.FAILURES * 100), 3_000
    )
    return summarize(newsroom_module.write_tables(tables, tmp_path_factory.mktemp("large")))


class TestBounds:
    def test_lists_are_bounded(self, large: dict[str, Any]) -> None:
        """Three thousand documents make no longer lists than two hundred."""
        assert large["corpus"]["n_documents"] == 3_000
        assert len(large["documents"]) == MAX_PAGES
        assert len(large["failures"]["rows"]) < large["failures"]["n_failed"] == 200
        assert len(json.dumps(large)) < 400_000

    def test_what_a_list_shows_has_a_page(self, large: dict[str, Any]) -> None:
        """The documents that lists lead to are among those with a page."""
        listed = {document["document_id"] for document in large["documents"]}
        assert {sentence["document_id"] for sentence in large["sentences"]} <= listed
        for name, ids in large["lists"].items():
            assert set(ids[:10]) <= listed, name


def test_no_tables_no_summary(tmp_path: Path) -> None:
    """Without tables the error says how to make them."""
    with pytest.raises(StoreError, match="overtones run"):
        summarize(tmp_path)


def test_an_unknown_run_is_an_error(tables: Path) -> None:
    """A run that the tables do not hold cannot be reported."""
    with pytest.raises(StoreError, match="no run 19990101"):
        summarize(tables, "19990101")


def test_empty_tables_have_a_summary(tmp_path: Path, newsroom_module: Any) -> None:
    """A run that found nothing says so."""
    summary = summarize(newsroom_module.write_tables(newsroom_module.analyzed([]), tmp_path))
    assert summary["headline"] == "There was nothing to analyze: no article was found."
    assert summary["documents"] == summary["sentences"] == summary["terms"] == []


def test_categories_without_a_term_are_left_out() -> None:
    """Only what was found is listed, what authors use most first, epistemic terms last."""
    counted = {
        ("hedge", "author"): 9,
        ("doubt", "author"): 1,
        ("slogan", "scare_quoted"): 2,
        ("euphemism", "quoted"): 7,
    }
    assert [row["category"] for row in by_category(counted)] == ["slogan", "doubt", "euphemism", "hedge"]


def test_a_score_of_another_language_counts_nowhere(tmp_path: Path, newsroom_module: Any) -> None:
    """Where no English term could be found because nothing is English, the rate of the rest does not fall."""
    english = newsroom_module.Article([("body", "The regime met. It rained on the harbour.")])
    german = newsroom_module.Article([("body", "Der Hafen bleibt zu. Es regnet.")], uri="b.txt", language="de")
    tables = newsroom_module.analyzed([english, german])
    tables["documents"] = tables["documents"].with_columns(
        pl.col("loaded_score", "loaded_per_1000_words_author").fill_null(0.0)
    )
    summary = summarize(newsroom_module.write_tables(tables, tmp_path))
    assert summary["corpus"]["n_measured"] == 1
    assert summary["figures"]["loaded_per_1000_words_author"]["value"] == pytest.approx(1000 / 8)
