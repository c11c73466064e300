"""The rules that are written for one text agree with those written for columns, over the shipped lexicon."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tasks.measure.loaded_language import compile_lexicon, load_lexicon
from tasks.measure.loaded_language.loaded_term import LoadedTerm
from tasks.measure.loaded_language.matching import find_in_texts
from tasks.measure.loaded_language.scalar import find_terms, judge
from tasks.measure.loaded_language.vetoes import VETOES
from tasks.measure.tokens import Vocabulary

if TYPE_CHECKING:
    from pathlib import Path

LEXICON = load_lexicon()
MATCHER = compile_lexicon(LEXICON)

TERMS = sorted({form for entry in LEXICON.entries for form in entry.forms})
CONDITION_WORDS = sorted(
    {
        word
        for entry in LEXICON.entries
        for condition in entry.conditions
        for word in condition.words
        if not word.startswith("<")
    }
)
CLASS_WORDS = sorted(word for words in LEXICON.classes.values() for word in words)
OTHER_WORDS = "Putin Putin's NATO Smith London 20 1.2MILLION 50,000 rain people worst grimmest budget 😀 www.example.com é".split()
SPACES = (
    " ",
    " ",
    " ",
    " ",
    "-",
    "-",
    ", ",
    ". ",
    "! ",
    "… ",
    " — ",
    "' ",
    " '",
    " “",
    "” ",
    " (",
    "\n",
    "\u00a0",
    "--",
    "'s ",
    "’s ",
)
CASES = (str, str, str, str.capitalize, str.upper)

pieces = st.one_of(
    st.sampled_from([entry.example for entry in LEXICON.entries]),
    st.sampled_from(TERMS),
    st.sampled_from(TERMS),
    st.sampled_from(CONDITION_WORDS),
    st.sampled_from(CLASS_WORDS),
    st.sampled_from(OTHER_WORDS),
)
written = st.tuples(pieces, st.sampled_from(CASES), st.sampled_from(SPACES)).map(
    lambda parts: parts[1](parts[0].replace("...", "the plan")) + parts[2]
)
texts = st.lists(written, max_size=25).map("".join)


def found_in_columns(column: list[str]) -> list[list[LoadedTerm]]:
    """The terms of each text, found in all of them at once."""
    series = pl.Series(column, dtype=pl.String)
    terms: list[list[LoadedTerm]] = [[] for _ in column]
    found = find_in_texts(series, Vocabulary(fold=True).encode(series), MATCHER).drop("document_id")
    for row in found.iter_rows(named=True):
        terms[row.pop("paragraph_index")].append(LoadedTerm(**row))
    return terms


@settings(max_examples=150, deadline=None)
@given(st.lists(texts, min_size=1, max_size=3))
@example(["It was a despot.", "American dream Putin had."])
@example(["It was the worst day", "ever", "He said: 'the", "regime' fell"])
@example(["not", "a despot", "ultra-", "left", "NEVER", "NEVER again!", "Despot", "Putin"])
def test_columns_are_as_single_texts(column: list[str]) -> None:
    """Terms, offsets, weights and flags of each text are the same as by the rules for one text."""
    assert found_in_columns(column) == [find_terms(text, LEXICON) for text in column]


def test_examples_of_all_entries() -> None:
    """For the example of each entry, both give the same terms."""
    column = [entry.example for entry in LEXICON.entries]
    assert found_in_columns(column) == [find_terms(text, LEXICON) for text in column]


def test_articles(samples: Path) -> None:
    """For the project's own articles, both give the same terms."""
    column = [
        line for path in sorted(samples.rglob("*.txt")) for line in re.split(r"\n+", path.read_text("utf-8", "replace"))
    ]
    expected = found_in_columns(column)
    assert sum(map(len, expected)) > 50
    assert expected == [find_terms(text, LEXICON) for text in column]


CASES_OF_VETOES = [
    ("They heard the slam.", "slam", "noun"),
    ("They must have a phone.", "must-have", "hyphen"),
    ("They slam the door.", "slam", "condition"),
    ("It hardly ever rains.", "ever", "no_superlative"),
    ("The writer Dan Savage spoke of it.", "savage", "name"),
    ("An anti-racist film.", "racist", "cancelled"),
]


@pytest.mark.parametrize(("text", "term", "veto"), CASES_OF_VETOES)
def test_vetoes_are_named(text: str, term: str, veto: str) -> None:
    """A match that is not a hit has the name of the veto that dropped it."""
    assert veto in {dropped_by for hit, dropped_by in judge(text, LEXICON) if hit.entry.term == term}


def test_each_veto_has_a_case() -> None:
    """Each veto has a unique name and a case above."""
    assert sorted(veto.name for veto in VETOES) == sorted(veto for _, _, veto in CASES_OF_VETOES)


def test_other_verdicts() -> None:
    """A shorter match inside a longer one, and a protected term, have a reason, too."""
    verdicts = {(hit.entry.term, dropped_by) for hit, dropped_by in judge("The book American Psycho.", LEXICON)}
    assert ("American Psycho", "protected") in verdicts
    assert any(dropped_by == "overlap" for _, dropped_by in verdicts)
