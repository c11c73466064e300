"""The labels for fitting or evaluating a judge of loaded terms."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

LABELS = Path(__file__).parent / "labels"
CORPORA = {
    "bbc", "digitalgov", "horne2017", "masakhanews", "nltk_movie_reviews", "q_ukmanifestos", "reuters21578", "sotu",
}  # fmt: skip
PLACE = ["corpus", "document", "start", "end"]
NOT_LOADED, LOADED = set("LCNGMHB"), set("lnefdvwshupmgtc")


def labels(name: str) -> pl.DataFrame:
    """One of the files."""
    return pl.read_csv(
        LABELS / f"{name}.tsv", separator="\t", quote_char=None, schema_overrides={"document": pl.String}
    )


@pytest.fixture(scope="module")
def terms() -> pl.DataFrame:
    """The judged terms."""
    return labels("terms")


@pytest.mark.parametrize(("name", "n_rows"), [("terms", 8480), ("natural", 520), ("paragraphs", 1515), ("spans", 1622)])
def test_places(name: str, n_rows: int) -> None:
    """Every row has a different place, in one of the eight corpora."""
    rows = labels(name)
    assert rows.height == n_rows
    assert set(rows["corpus"]) == CORPORA
    assert (rows["end"] > rows["start"]).all()
    assert rows.select(PLACE).is_unique().all()


def test_verdicts_and_codes(terms: pl.DataFrame) -> None:
    """A term that is not loaded has a reason, a loaded one has a category, in both readings."""
    for verdict, code in (("verdict", "code"), ("second_verdict", "second_code")):
        given = terms.drop_nulls(verdict)
        assert set(given[verdict]) == {0, 1, 2, 3}
        assert set(given.filter(pl.col(verdict) == 0)[code]) <= NOT_LOADED
        assert set(given.filter(pl.col(verdict) > 0)[code]) <= LOADED
    assert set(labels("spans")["voice"]) == {"author", "quoted", "reported"}
    assert set(labels("spans")["code"]) <= LOADED


def test_spans_are_in_their_paragraphs() -> None:
    """Each span is inside one paragraph that was read."""
    paragraphs = labels("paragraphs").rename({"start": "from", "end": "to"})
    joined = labels("spans").join(paragraphs, on=["corpus", "document"])
    inside = joined.filter((pl.col("start") >= pl.col("from")) & (pl.col("end") <= pl.col("to")))
    assert inside.height == labels("spans").height


def test_agreement_of_the_two_readings(terms: pl.DataFrame) -> None:
    """The README states the agreement of two readings of the same terms."""
    both = terms.drop_nulls("second_verdict")
    one, other = both["verdict"] > 0, both["second_verdict"] > 0
    agreement = float((one == other).sum()) / both.height
    share, other_share = float(one.sum()) / both.height, float(other.sum()) / both.height
    by_chance = share * other_share + (1 - share) * (1 - other_share)
    kappa = (agreement - by_chance) / (1 - by_chance)
    f_score = 2 * float((one & other).sum()) / float(one.sum() + other.sum())
    assert both.height == 1000
    told = f"on .{agreement * 1000:.0f} of them (Cohen's kappa .{kappa * 1000:.0f}; F .{f_score * 1000:.0f})"
    assert told in (LABELS / "README.md").read_text("utf-8").replace("\n", " ")
