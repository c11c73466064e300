"""Two groups of documents compared."""

from __future__ import annotations

import random

import polars as pl
import pytest

from tasks.report.comparison import compare_figures, count_words, distinctive, n_tested, p_value, welch, word_counts


def estimate(value: float, half: float, n: int = 30) -> dict[str, float]:
    """A figure with its interval."""
    return {"value": value, "low": value - half, "high": value + half, "n": n}


def test_holm_is_stricter_the_more_figures_there_are() -> None:
    """A difference with p = .03 is significant alone, and not beside four others that are nothing."""
    a, b = {"x": estimate(1.0, 0.5)}, {"x": estimate(1.77, 0.5)}
    [alone] = compare_figures(a, b)
    assert 0.025 < alone["p"] < 0.05
    assert alone["differs"] is True
    nothing = {name: estimate(1.0, 0.5) for name in "bcde"}
    rows = compare_figures(a | nothing, b | nothing)
    assert [row["differs"] for row in rows] == [False] * 5
    certain = {"y": estimate(1.0, 0.5)}, {"y": estimate(9.0, 0.5)}
    assert [row["differs"] for row in compare_figures(a | certain[0], b | certain[1])] == [True, True]


def test_few_documents_are_not_tested() -> None:
    """Without an interval there is a difference and no verdict; without a value there is neither."""
    few = {"value": 2.0, "low": None, "high": None, "n": 3}
    [row] = compare_figures({"x": few}, {"x": estimate(1.0, 0.5)})
    assert (row["difference"], row["low"], row["differs"]) == (1.0, None, None)
    [row] = compare_figures({"x": few | {"value": None}}, {"x": estimate(1.0, 0.5)})
    assert row["difference"] is None


@pytest.mark.parametrize(
    ("t", "freedom", "p"), [(2.571, 5, 0.05), (1.812, 10, 0.1), (3.169, 10, 0.01), (2.0, 60, 0.05)]
)
def test_p_values_are_those_of_tables(t: float, freedom: float, p: float) -> None:
    """Quantiles of printed tables, to a twentieth of the probability."""
    assert p_value(t, freedom) == pytest.approx(p, rel=0.05)


def test_unequal_variances_have_fewer_degrees_of_freedom() -> None:
    """Between those of the smaller group and of both together."""
    assert welch(1.0, 10, 0.001, 100)[1] == pytest.approx(9.0, rel=0.01)


def corpus(rate: float, n_documents: int, seed: int) -> pl.DataFrame:
    """Paragraphs in which one word has a rate, among words that all are alike."""
    draw = random.Random(seed)
    rows = []
    for number in range(n_documents):
        words = [draw.choice("abcdefgh") * 3 for _ in range(200)]
        words = ["harbour" if draw.random() < rate else word for word in words]
        rows.append((f"{seed}-{number}", None, " ".join(words)))
    schema = {"document_id": pl.String, "duplicate_of": pl.String, "text": pl.String}
    return pl.DataFrame(rows, schema=schema, orient="row")


def compared(one: pl.DataFrame, other: pl.DataFrame) -> pl.DataFrame:
    """The distinctive words of two sets of paragraphs."""
    counts = [count_words(frame, frame["document_id"].unique()) for frame in (one, other)]
    return distinctive(counts[0], counts[1], word_counts(counts[0]), word_counts(counts[1]))


def test_a_frequent_word_is_distinctive() -> None:
    """Of nine words the one whose rate differs is found, on the side where it is frequent, with its true difference."""
    [row] = compared(corpus(0.05, 30, 1), corpus(0.01, 30, 2)).to_dicts()
    assert (row["item"], row["log_odds"] > 0) == ("harbour", True)
    assert row["low"] < 40 < row["high"]
    [row] = compared(corpus(0.01, 30, 1), corpus(0.05, 30, 2)).to_dicts()
    assert row["log_odds"] < 0


def test_a_word_of_one_document_is_not_distinctive() -> None:
    """However often that document has it: the document is the unit."""
    one, other = corpus(0.0, 30, 1), corpus(0.0, 30, 2)
    one[0, "text"] = "harbour " * 5_000
    assert compared(one, other).is_empty()


def test_halves_of_one_corpus_have_nothing_distinctive() -> None:
    """In twenty random divisions, at most one has a distinctive word."""
    n_found = sum(not compared(corpus(0.02, 20, seed), corpus(0.02, 20, seed + 100)).is_empty() for seed in range(20))
    assert n_found <= 1


def test_small_groups_have_nothing_distinctive() -> None:
    """Below five documents nothing is tested."""
    assert compared(corpus(0.5, 4, 1), corpus(0.0, 30, 2)).is_empty()


def test_words_are_counted_without_case_and_copies() -> None:
    """Hyphens and apostrophes are inside words; repeated paragraphs do not count."""
    schema = {"document_id": pl.String, "duplicate_of": pl.String, "text": pl.String}
    rows = [("a", None, "Well-known: it's well-known. 42"), ("a", "x:0", "copy"), ("b", None, "other")]
    counts = count_words(pl.DataFrame(rows, schema=schema, orient="row"), pl.Series(["a"]))
    assert dict(counts.select("item", "n").iter_rows()) == {"well-known": 2, "it's": 1}
    assert n_tested(counts, counts) == 0
