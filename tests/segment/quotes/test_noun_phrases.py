"""Subjects, and names of persons."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from tasks.segment.quotes.names import named_people
from tasks.segment.quotes.noun_phrases import find_subjects
from tasks.segment.quotes.tagger import TaggedText
from tasks.text.buffers import TextBuffer

_NOTHING = np.zeros(0, np.int64)


def words_of(text: str) -> TaggedText:
    """The words of a text with their features."""
    return TaggedText(TextBuffer.of(pl.Series([text])))


@pytest.mark.parametrize(
    ("text", "subject"),
    [
        ("the minister has also said", "the minister"),
        ("But on Thursday the Kremlin said", "the Kremlin"),
        ("He left because energy minister Ada Brandt said", "energy minister Ada Brandt"),
        ("Smith and Jones said", "Smith and Jones"),
        ("it rained and Jones said", "Jones"),
        ("Orr (71), the old mayor, said", "Orr"),
        ("Orr — the mayor — said", "Orr"),
        ("its director, Ada Brandt, said", "Ada Brandt"),
        ("the mayor Ada Brandt, said", "mayor Ada Brandt"),
        ("Ada Brandt, Minister State, said", "Ada Brandt"),
        ("the boat, Ada Brandt – said", ""),
        ("in which he said", "he"),
        ("border guards said", "border guards"),
        ("the plan would fail said", ""),
        ("the said", ""),
        ("a b c d e f g h i j k said", "a b c d e f g h i j k"),
        ("a b c d e f g h i j k l m said", ""),
    ],
)
def test_subjects_to_the_left(text: str, subject: str) -> None:
    """The noun phrase before a verb, without introductory words and appositions, of twelve words at most."""
    words = words_of(text)
    verb = np.array([len(words.start) - 1])
    assert words.texts_of(*find_subjects(words, verb, _NOTHING, _NOTHING).to_left).to_list() == [subject]


@pytest.mark.parametrize(
    ("text", "subject"),
    [
        ("said Ada Brandt, the mayor", "Ada Brandt"),
        ("said the old man in a statement", "the old man"),
        ("said Orr of the '\0\0' again", "Orr"),
        ("said '\0\0' again", ""),
        ("said", ""),
    ],
)
def test_subjects_to_the_right(text: str, subject: str) -> None:
    """The noun phrase after an inverted verb, up to a boundary or the last name before a quotation."""
    words = words_of(text)
    assert words.texts_of(*find_subjects(words, _NOTHING, np.array([1]), _NOTHING).to_right).to_list() == [subject]


@pytest.mark.parametrize(
    ("text", "subject"),
    [
        ("Yet he rowed on, adding", "he"),
        ("The mayor rowed on, adding", "The mayor"),
        ("But Putin's attack dog Orr rowed on, adding", "Putin's attack dog Orr"),
        ("STORMS kept off, adding", ""),
        ("the boat sank, adding", ""),
    ],
)
def test_subjects_of_sentences(text: str, subject: str) -> None:
    """The name or pronoun that a sentence opens with."""
    words = words_of(text)
    participle = np.array([len(words.start) - 1])
    assert words.texts_of(*find_subjects(words, _NOTHING, _NOTHING, participle).of_sentence).to_list() == [subject]


@pytest.mark.parametrize(
    ("text", "persons", "possible"),
    [
        ("But Mr. B. Orr left", ["Mr. B. Orr"], []),
        ("Prime Minister Nora Faber left", ["Nora Faber"], []),
        ("Ernest Orr, 71, left", ["Ernest Orr"], []),
        ("Ada Brandt said no", ["Ada Brandt"], []),
        ("Ostrel Castle fell, as the UN did", [], ["Ostrel Castle"]),
        ("Ada  Brandt, Nora\nFaber", [], ["Ada  Brandt", "Nora\nFaber"]),
        ("in New Ostrel Ada's Boat sank", [], []),
        ("Orr left Mr Orr's", [], []),
    ],
)
def test_names(text: str, persons: list[str], possible: list[str]) -> None:
    """Roles, honorifics, ages and reporting verbs indicate persons; possessives, acronyms and places are not persons."""
    assert named_people(text) == (persons, possible)
