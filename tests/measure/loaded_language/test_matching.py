from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.measure.loaded_language import compile_lexicon, find_loaded_terms, load_lexicon, loaded_terms, proposed_terms
from tasks.measure.loaded_language.matching import find_in_texts
from tasks.measure.tokens import Vocabulary, scoring_view

MATCHER = compile_lexicon(load_lexicon())


def found(text: str) -> list[str]:
    """The scored terms that are proposed in a text."""
    return [term.text for term in proposed_terms(text) if term.weight > 0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The deranged despot lashed out at his critics.", ["deranged", "despot", "lashed out"]),
        ("Ministers SLAMMED the plan.", ["SLAMMED"]),
        ("A power-hungry tyrant and his cronies", ["power-hungry", "tyrant", "cronies"]),
        ("He was fed into the meat-grinder of war.", ["meat-grinder"]),
        ("“The despot’s lies”", ["despot", "lies"]),
        ("Putin's regime is near its end.", ["regime"]),
        ("In Moscow, Putin’s regime waits.", ["regime"]),
        ("It was a rag-tag army.", ["rag-tag"]),
        ("She was thrown under the bus.", ["thrown under the bus"]),
        ("They threw the whole team under the bus.", ["threw the whole team under the bus"]),
        ("He lost his mind, and they lost theirs.", ["lost his mind"]),
        ("It is the worst storm in living memory.", ["worst storm in living memory"]),
    ],
)
def test_loaded_terms_are_found(text: str, expected: list[str]) -> None:
    """Words and idioms are found in any case, inflection and typography."""
    assert set(expected) <= set(found(text))


def test_no_term_reaches_into_the_next_text() -> None:
    """No term begins in one text and ends in the next."""
    texts = pl.Series(["It was the strangest day", "ever", "They threw him under", "the bus"])
    assert find_in_texts(texts, Vocabulary(fold=True).encode(texts), MATCHER).filter(pl.col("weight") > 0).is_empty()


def test_no_epithet_of_a_name_in_the_next_text() -> None:
    """A term at a text's end is not an epithet of a name at the beginning of the next text."""
    texts = pl.Series(["He was a despot.", "Despot Putin spoke."])
    terms = find_in_texts(texts, Vocabulary(fold=True).encode(texts), MATCHER)
    assert terms["rule"].to_list() == ["lexicon", "epithet"]


@pytest.mark.parametrize(
    "text",
    [
        "The Armed Forces minister spoke of the war, the soldiers, the prisoners and the death sentences.",
        "The council met on Monday to discuss the budget for the coming year.",
        "A prisoner swap took place after the ceasefire.",
        "It rained in the afternoon, and the markets closed early.",
        "The bank raised its interest rate by a quarter of a point.",
        "Yahoo! reported higher sales.",
        "What a day it was!",
        "The mill was full of slams, and they fled from fumes.",
        "Read ALL of it. The TOP team met.",
        "Such is the 'rain' here.",
        "It is the highest price ever, and the largest crowd in history.",
        "Cleverly said that he would go.",
        "Phelps Corp <PRAT> rose.",
        "It is the law of section 84.324A of the code.",
        "The Office for National Statistics (ONS) said that prices rose.",
        "The minister called the talks 'a good start'.",
        "The students' union and the teachers' union met.",
        "The year includes an extraordinary gain of 12 million dollars on crude sales.",
        "Heavy rain caused flooding in parts of the city after the disaster relief ended.",
        "A think tank advised on the establishment of a life-threatening diseases unit.",
    ],
)
def test_plain_words_are_not(text: str) -> None:
    """Plain nouns of war, law and money, and fixed terms, are not loaded."""
    assert found(text) == []


@given(
    st.lists(
        st.sampled_from(
            [
                "deranged",
                "despot’s",
                "“regime”",
                "lashed",
                "out",
                "slams",
                "not",
                "the",
                "Putin",
                "—",
                "😀",
                "\n",
                "\u00a0",
                "e\u0301",
            ]
        ),
        max_size=30,
    )
)
def test_offsets_are_true(words: list[str]) -> None:
    """In any context, terms are where their offsets say, without overlap, in order."""
    text = " ".join(words)
    paragraphs = pl.DataFrame({"document_id": ["d"], "paragraph_index": [0], "text": [text]})
    terms = find_loaded_terms(paragraphs, Vocabulary().encode(scoring_view(paragraphs["text"])), MATCHER)
    end = 0
    for row in terms.iter_rows(named=True):
        assert text[row["start"] : row["end"]] == row["text"]
        assert row["start"] >= end
        end = row["end"]


def test_epistemic_terms_have_no_weight() -> None:
    """Hedges and similar terms are found, and do not change a score."""
    terms = loaded_terms("It is perhaps possible that he may have left, experts believe.")
    assert terms
    assert {
        term.weight for term in terms if term.category in {"hedge", "booster", "weasel", "assertive", "factive"}
    } == {0.0}


def test_long_text_is_linear() -> None:
    """A paragraph of 200,000 loaded words is matched in one pass."""
    assert len(loaded_terms("deranged despot " * 100_000)) == 200_000
