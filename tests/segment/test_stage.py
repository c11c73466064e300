"""The stage as a whole."""

from __future__ import annotations

import json
import re
import time
from typing import TYPE_CHECKING

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.measure.dictionary import load_dictionary
from tasks.measure.readability import measure_readability
from tasks.measure.tokens import Vocabulary, scoring_view
from tasks.segment import segment_documents

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ARTICLE = (
    "Boat will not sail\n\nBy Nora Faber\n\nThe boat 'will not sail', Ada Brandt said on Monday. Islanders wept.\n\n"
    "“It is a scandal,” Mr Orr said. “I row.\n\n“I have rowed since 1990.”\n\nView all\n"
)


def test_columns_of_each_frame(make_documents: Callable[..., pl.DataFrame]) -> None:
    """The frames hold what their docstrings say, also without a row."""
    for documents in (make_documents(), make_documents(""), make_documents(ARTICLE)):
        found = segment_documents(documents)
        assert {"language", "language_confidence"} <= set(found.documents.columns)
        assert {"kind", "duplicate_of", "fingerprint", "author_text", "n_quoted_words"} <= set(found.paragraphs.columns)
        assert {"sentence_index", "voice"} <= set(found.sentences.columns)


def test_an_article(make_documents: Callable[..., pl.DataFrame]) -> None:
    """Kinds, sentences and voices of a whole article."""
    found = segment_documents(make_documents(ARTICLE))
    assert found.paragraphs["kind"].to_list() == ["headline", "byline", "body", "body", "body", "boilerplate"]
    assert found.quotations["speaker"].to_list() == ["Ada Brandt", "Mr Orr", "Mr Orr", "Mr Orr"]
    assert found.sentences.filter(pl.col("paragraph_index") == 4)["voice"].to_list() == ["quoted"]


def test_titles_of_plain_texts_are_their_headlines(make_documents: Callable[..., pl.DataFrame]) -> None:
    """Plain text and Markdown without a title get their headline; records, given titles and texts without one do not."""
    documents = make_documents(ARTICLE, ARTICLE, ARTICLE, "The mud is deep. It is old.\n").with_columns(
        format=pl.Series(["text", "markdown", "record", "text"]),
    )
    assert segment_documents(documents).documents["title"].to_list() == ["Boat will not sail"] * 2 + [None, None]
    titled = documents.with_columns(title=pl.lit("A boat"))
    assert segment_documents(titled).documents["title"].to_list() == ["A boat"] * 4


def test_golden_rules_as_documents(make_documents: Callable[..., pl.DataFrame], shared: Path) -> None:
    """All 48 of pysbd's golden rules for English hold for records, too, lists in one line included."""
    cases = map(json.loads, (shared / "cases" / "pysbd_english_golden_rules.jsonl").read_text("utf-8").splitlines())
    for case in cases:
        documents = make_documents(case["input"]).with_columns(format=pl.lit("record"))
        assert segment_documents(documents).sentences["text"].to_list() == [part.strip() for part in case["expected"]]


def test_a_batch_is_its_documents(make_documents: Callable[..., pl.DataFrame]) -> None:
    """The result for a document does not depend on the other documents of the batch."""
    other = "A harbour\n\nThe mud is “deep”, said Orr.\n\nThe mud is deep and old and nobody walks there\n"
    both = segment_documents(make_documents(ARTICLE, other, ARTICLE))
    alone = segment_documents(make_documents(other))
    for name in ("paragraphs", "sentences", "quotations"):
        of_both = getattr(both, name).filter(pl.col("document_id") == "d1").drop("document_id")
        assert of_both.equals(getattr(alone, name).drop("document_id"))


# Those formulas of textstat's that grow with difficulty and read the whole text; Dale-Chall's is known to err here.
FORMULAS = ["flesch_kincaid_grade", "smog_index", "coleman_liau_index", "automated_readability_index", "gunning_fog",
    "spache_readability", "lix", "rix", "crawford"]  # fmt: skip


def test_levels_of_the_same_text_are_in_order(shared: Path, make_documents: Callable[..., pl.DataFrame]) -> None:
    """The advanced version of each of 20 articles is harder than the intermediate, and that than the elementary."""
    paths = sorted((shared / "corpora" / "sample" / "onestop").glob("*.txt"))
    found = segment_documents(make_documents(*(path.read_text("utf-8-sig") for path in paths)))
    body = found.paragraphs.filter(pl.col("kind") == "body", pl.col("duplicate_of").is_null())
    texts = body.group_by("document_id", maintain_order=True).agg(pl.col("text").str.join("\n"))["text"]
    measured = measure_readability(Vocabulary().encode(scoring_view(texts)), None, load_dictionary("cmudict"))
    measured = measured.with_columns(difficulty=-pl.col("flesch_reading_ease"), name=pl.Series([p.stem for p in paths]))
    for formula in [*FORMULAS, "difficulty"]:
        scores = dict(measured.select("name", formula).iter_rows())
        articles = {name.rpartition("-")[0] for name in scores}
        assert len(articles) == 20
        assert [a for a in sorted(articles) if not scores[f"{a}-adv"] > scores[f"{a}-int"] > scores[f"{a}-ele"]] == []


LETTERS = re.compile(r"[^\W_]")
WILD = st.text("aB é.,:;'\"’“”‘!?…\n\r\t\u00a0\u2028-•>#(1\x00\x1b", max_size=120) | st.text(max_size=60)


def test_a_long_paragraph_of_one_quotation(make_documents: Callable[..., pl.DataFrame]) -> None:
    """A megabyte of speech without a line end is one paragraph, one quotation, and complete sentences."""
    text = "“" + "He said so. " * 80_000 + "Then he left.”"
    found = segment_documents(make_documents(text))
    assert found.paragraphs.height == found.quotations.height == 1
    assert found.sentences.height == 80_001


@settings(max_examples=60, deadline=None)
@given(st.lists(WILD, min_size=1, max_size=3), st.sampled_from(["text", "markdown", "html"]))
def test_any_text_is_split_without_loss(texts: list[str], form: str) -> None:
    """Sentences of paragraphs, with the markers, hold every character that is not white space."""
    documents = pl.DataFrame(
        {
            "document_id": [str(i) for i in range(len(texts))],
            "text": texts,
            "format": [form] * len(texts),
            "title": pl.Series([None] * len(texts), dtype=pl.String),
        }
    )
    found = segment_documents(documents)
    for name, text in zip(documents["document_id"], texts, strict=True):
        of_document = pl.col("document_id") == name
        markers = found.paragraphs.filter(of_document).select("paragraph_index", "marker").rows()
        sentences = found.sentences.filter(of_document)
        kept = "".join(
            marker + "".join(sentences.filter(pl.col("paragraph_index") == index)["text"]) for index, marker in markers
        )
        assert "".join(kept.split()) == "".join(text.split())
        for start, end, piece in found.paragraphs.filter(of_document).select("start", "end", "text").iter_rows():
            assert text[start:end] == piece
        voices = found.paragraphs.filter(of_document).select("text", "author_text", "quoted_text")
        for whole, author, quoted in voices.iter_rows():
            assert sorted(LETTERS.findall(author + quoted)) == sorted(LETTERS.findall(whole))


HOSTILE = {
    "single marks": "'a ",
    "soft closes": "s' ",
    "double marks": '"a ',
    "curly opens": "“a ",
    "closed quotations": "'a' said B. ",
    "reporting verbs": "said that ",
    "names": "Ada Brandt and ",
    "commas": "he said, ",
    "stops": ". ",
    "spaced ellipses": "a . . . ",
    "no spaces": "a.",
    "one word": "a",
    "lines": "a\n",
    "blank lines": "\n \n",
    "the same paragraph": "a crowd of many people came down to the dark shore\n\n",
    "bullets": "- a\n",
    "indented": "    a\n",
    "wide characters": "é…“ ",
    "list marks": "1. ",
    "parentheses": "(a ",
    "nothing but quotation marks": "'",
    "nothing but double marks": '"',
    "curly marks that never close": "“",
    "nested marks that never close": "“a ‘b \"c 'd ",
    "marks of all kinds": "\"'“‘",
    "elisions": "'em 'tis ",
    "possessives": "s' x' ",
    "inches": '2"x',
    "amounts": "$5, ",
    "pronouns": "'a,' he said. ",
    "sentences beside quotations": '"We are here," said Mr Orr. He left. ',
    "dialogue": "'Go,' said Ada Brandt.\n\n'No,' he said.\n\n",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_texts_take_linear_time(name: str, make_documents: Callable[..., pl.DataFrame]) -> None:
    """Four times the text takes about four times as long, for any repeated text."""

    def seconds(n_chars: int) -> float:
        documents = make_documents(HOSTILE[name] * (n_chars // len(HOSTILE[name])))
        best = float("inf")
        for _ in range(2):
            begin = time.process_time()
            segment_documents(documents)
            best = min(best, time.process_time() - begin)
        return best

    seconds(1_000)
    # 20 ms are forgiven, for what does not depend on the text.
    assert seconds(40_000) <= 8 * seconds(10_000) + 0.02
