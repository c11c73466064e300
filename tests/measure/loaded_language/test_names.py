"""Names that look like loaded words."""

from __future__ import annotations

import polars as pl
import pytest

from tasks.measure.loaded_language import compile_lexicon, find_loaded_terms, load_lexicon
from tasks.measure.loaded_language.scalar import find_terms, judge
from tasks.measure.tokens import Vocabulary

LEXICON = load_lexicon()
MATCHER = compile_lexicon(LEXICON)


def found_in_documents(documents: list[list[str]]) -> list[str]:
    """What is found in the paragraphs of each document."""
    rows = [(str(number), text) for number, texts in enumerate(documents) for text in texts]
    paragraphs = pl.DataFrame(rows, schema=["document_id", "text"], orient="row").with_row_index("paragraph_index")
    tokens = Vocabulary(fold=True).encode(paragraphs["text"])
    terms = find_loaded_terms(paragraphs.cast({"paragraph_index": pl.Int32}), tokens, MATCHER)
    return terms.filter(pl.col("weight") > 0)["text"].to_list()


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (["The singer Lee Savage was late.", "Savage ate first."], []),
        (["Savage ate first.", "The singer Lee Savage was late."], []),
        (["Savage ate first.", "It was late."], ["Savage"]),
        (["The singer Lee Savage was late.", "Savage ate. It was a savage attack."], ["Savage", "savage"]),
        (["The missile (SLAM) was tested.", "SLAM flew."], []),
        (["SAVAGE LATE AGAIN", "The singer Lee Savage was late."], []),
        (["New Savage Plan To Close Mines", "Savage ate."], ["Savage", "Savage"]),
    ],
)
def test_names_are_known_in_their_document(document: list[str], expected: list[str]) -> None:
    """A word written as a name and never in lower case is a name in the whole document; headlines show no names."""
    assert found_in_documents([document]) == expected
    single = [
        term.text
        for place, text in enumerate(document)
        for term in find_terms(text, LEXICON, document[:place] + document[place + 1 :])
        if term.weight > 0
    ]
    assert single == expected


def test_names_are_known_in_their_document_only() -> None:
    """A name in one document is none in the next."""
    assert found_in_documents([["The singer Lee Savage was late."], ["Savage ate first."]]) == ["Savage"]


def test_speakers_are_names() -> None:
    """A capitalized word at the beginning of a sentence before "said" is who speaks."""
    assert not find_terms("Savage said so.", LEXICON)
    assert "name" in {veto for hit, veto in judge("Savage said so.", LEXICON)}
