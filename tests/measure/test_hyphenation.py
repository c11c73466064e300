"""Hyphenation of many words at once."""

from __future__ import annotations

import random

import pyphen
import pytest

from tasks.measure.dictionary import load_dictionary
from tasks.measure.hyphenation import american_english


@pytest.fixture(scope="module")
def reference() -> pyphen.Pyphen:
    """What textstat uses: pyphen, in American English."""
    return pyphen.Pyphen(lang="en_US")


def test_words_of_the_dictionary(reference: pyphen.Pyphen) -> None:
    """Known words have as many parts as pyphen finds."""
    words = random.Random(3).sample(load_dictionary().entries["word"].to_list(), 5_000)
    assert american_english().parts(words).tolist() == [len(reference.positions(word)) + 1 for word in words]


def test_invented_words(reference: pyphen.Pyphen) -> None:
    """Anything has as many parts as pyphen finds: short, long, with dots, digits and other scripts."""
    invent = random.Random(4)
    letters = "aabcdeefghiijklmnooprssttuvwxyzéﬁﬂ'’.0123ß日😀"
    words = ["".join(invent.choices(letters, k=invent.randint(0, 16))) for _ in range(5_000)]
    words += ["", ".", "..", "a", "antidisestablishmentarianism", "hyphen" * 500]
    assert american_english().parts(words).tolist() == [len(reference.positions(word)) + 1 for word in words]


def test_no_words() -> None:
    """No words have no parts."""
    assert american_english().parts([]).tolist() == []
