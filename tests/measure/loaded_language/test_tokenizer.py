"""The words of tokens and their traits."""

from __future__ import annotations

import pytest

from tasks.measure.loaded_language import load_lexicon
from tasks.measure.loaded_language.tokenizer import MAX_WORDS, TokenReader, Trait

READER = TokenReader(load_lexicon())
TRAITS = {name: bit for name, bit in vars(Trait).items() if name.isupper()}


def traits_of(token: str) -> list[set[str]]:
    """The names of the traits of each word of a token."""
    return [{name for name, bit in TRAITS.items() if word.traits & bit} for word in READER.read(token)]


def test_traits_are_bits() -> None:
    """No two traits share a bit."""
    assert sorted(TRAITS.values()) == [1 << n for n in range(len(TRAITS))]


@pytest.mark.parametrize(
    ("token", "traits"),
    [
        ("so", [set()]),
        ("Rain", [{"CAPITAL", "LONG"}]),
        ("NATO", [{"CAPITAL", "ALL_CAPS", "LONG"}]),
        ("1.2MILLION", [{"NUMBER", "LONG"}]),
        ("<PSO>", [{"BREAK_BEFORE", "BREAK_AFTER"}]),
        ("Putin's", [{"CAPITAL", "LONG", "POSSESSIVE_NAME"}]),
        ("worst", [{"LONG", "SUPERLATIVE"}]),
        ("forest", [{"LONG"}]),
        ("grimmest", [{"LONG", "SUPERLATIVE"}]),
        ("crime-ridden", [{"LONG"}, {"LONG", "AFTER_HYPHEN"}]),
        ("'sham'", [{"LONG", "QUOTE_BEFORE"}]),
        ("(so)", [{"BREAK_BEFORE", "BREAK_AFTER"}]),
        ("so.", [{"BREAK_AFTER", "ENDS_SENTENCE"}]),
        ("Mr.", [{"CAPITAL"}]),
        ("J.", [{"CAPITAL"}]),
        ("-", [{"BREAK_BEFORE", "BREAK_AFTER"}]),
        ("%", [set()]),
        ("…", [{"BREAK_BEFORE", "BREAK_AFTER", "ENDS_SENTENCE"}]),
        ("https://x.y/so", [{"BREAK_BEFORE", "BREAK_AFTER"}]),
    ],
)
def test_traits(token: str, traits: list[set[str]]) -> None:
    """Traits follow from how a token is written, from its punctuation, and from the classes of its words."""
    assert traits_of(token) == traits


def test_words_are_inside_the_token() -> None:
    """A possessive 's is not part of the word, and letters that become longer in lower case do not shift offsets."""
    assert [(word.text, word.start, word.end) for word in READER.read("(İstanbul's-regime)")][1:] == [
        ("regime", 12, 18)
    ]
    [first, _] = READER.read("(İstanbul's-regime)")
    assert (first.start, first.end) == (1, 9)


def test_long_chains_are_cut() -> None:
    """Only the first words of a token are read."""
    assert len(READER.read("-".join("abcdefgh"))) == MAX_WORDS
