"""Words and their traits.

A token is a piece of text between white space. Its words are what stands between its punctuation and hyphens
("crime-ridden" is two words). What a token holds is read once for each distinct token (`TokenReader.read`). A column of
texts is one long array of words, put together by looking tokens up (`read_words`).
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from tasks.package_data import folder_of
from tasks.text.arrays import exclusive_sum

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from tasks.measure.loaded_language.lexicon import Lexicon
    from tasks.measure.tokens import Tokens
    from tasks.text.arrays import Bools, Ints


class Trait:
    """What is true of a word where it stands. Traits are bits, combined in one integer for each word."""

    CAPITAL = 1 << 0
    """It begins with a capital."""
    ALL_CAPS = 1 << 1
    """It has two letters or more, all of them capitals."""
    LONG = 1 << 2
    """It has four letters or more: in a headline such words have capitals."""
    NUMBER = 1 << 3
    """It begins with a digit."""
    SUPERLATIVE = 1 << 4
    """It is a superlative: "worst", "grimmest"."""
    AFTER_HYPHEN = 1 << 5
    """A hyphen joins it to the word before."""
    QUOTE_BEFORE = 1 << 6
    """A quotation mark opens directly before it."""
    BREAK_BEFORE = 1 << 7
    """Before it stands punctuation that no term spans."""
    BREAK_AFTER = 1 << 8
    """After it stands punctuation that no term spans."""
    ENDS_SENTENCE = 1 << 9
    """A sentence ends after it."""
    POSSESSIVE_NAME = 1 << 10
    """It is a name in the possessive: "Putin's"."""
    STARTS_TERM = 1 << 11
    """A term of the lexicon begins with it. Known to the matcher only."""
    CONTINUES_TERM = 1 << 12
    """It is the second word of a term. Known to the matcher only."""


MAX_WORDS = 6
"""Words of one token that are read. Tokens with more are addresses or chains of dashes."""
_MAX_LENGTH = np.iinfo(np.uint16).max
_WORD = re.compile(r"[^\W_]+(?:(?:'|(?<=\d)[.,](?=\d))[^\W_]+)*")
_ADDRESS = re.compile(r"://|@|^<[A-Z.]+>|^www\.|^[#&]|\.(?:com|org|net|co|gov|html)\b")
_BREAK = re.compile(r"[.,;:!?()\[\]{}/|…\N{EN DASH}\N{EM DASH}\N{BULLET}]|--")
_LONE_BREAK = re.compile(rf"^-\Z|{_BREAK.pattern}")
_SENTENCE_END = re.compile(r"[.!?…:]")  # what follows a colon is written like the beginning of a sentence
_HYPHENS = ("-", "\N{HYPHEN}", "\N{NON-BREAKING HYPHEN}")


class Word(NamedTuple):
    """One word of a token."""

    text: str
    """In lower case, without 's; empty if the token holds no word."""
    traits: int
    """Those `Trait`s that follow from the token alone."""
    start: int
    end: int


class TokenReader:
    """Reads single tokens.

    >>> from tasks.measure.loaded_language.lexicon import load_lexicon
    >>> read = TokenReader(load_lexicon()).read
    >>> [(word.text, word.start, word.end) for word in read("crime-ridden,")]
    [('crime', 0, 5), ('ridden', 6, 12)]
    >>> read("crime-ridden,")[1].traits == Trait.LONG | Trait.AFTER_HYPHEN | Trait.BREAK_AFTER
    True
    """

    def __init__(self, lexicon: Lexicon) -> None:
        self._classes = lexicon.classes
        listed = (entry.forms for entry in lexicon.entries if entry.term.isalpha() and entry.term.islower())
        self._plain_words = common_words().union(*listed)

    def read(self, token: str) -> list[Word]:
        """The words of a token; an empty one with the token's punctuation as its traits, if it has none."""
        if len(token) > _MAX_LENGTH or _ADDRESS.search(token):
            return [Word("", Trait.BREAK_BEFORE | Trait.BREAK_AFTER, 0, 0)]
        found = list(itertools.islice(_WORD.finditer(token), MAX_WORDS))
        if not found:
            traits = Trait.BREAK_BEFORE | Trait.BREAK_AFTER if _LONE_BREAK.search(token) else 0
            return [Word("", traits | (Trait.ENDS_SENTENCE if _SENTENCE_END.search(token) else 0), 0, 0)]
        words = []
        edges = [0, *(edge for match in found for edge in match.span()), len(token)]
        for number, match in enumerate(found):
            before = token[edges[2 * number] : match.start()]
            after = token[match.end() : edges[2 * number + 3]]
            lower = match[0].lower()
            text = lower.removesuffix("'s")
            traits = self._own_traits(match[0], text) | self._punctuation(text, before, after, is_first=not number)
            if number + 1 == len(found) and traits & Trait.BREAK_AFTER and _SENTENCE_END.search(after):
                traits |= Trait.ENDS_SENTENCE
            # Not by the length of `text`: some letters have another length in lower case.
            words.append(Word(text, traits, match.start(), match.end() - len("'s") * lower.endswith("'s")))
        return words

    def _own_traits(self, written: str, word: str) -> int:
        """Traits that follow from how a word is written, and from the classes that it is listed in."""
        traits = Trait.LONG if len(word) > 3 else 0
        if written[0].isupper():
            traits |= Trait.CAPITAL
            if written[-2:].lower() == "'s" and not self._is_plain(word):
                traits |= Trait.POSSESSIVE_NAME
            if len(word) > 1 and written.isupper():
                traits |= Trait.ALL_CAPS
        elif written[0].isdigit():
            traits |= Trait.NUMBER
        ends_like_one = len(word) > 5 and word.endswith("est") and word not in self._classes["no_superlative"]
        if ends_like_one or word in self._classes["superlative"]:
            traits |= Trait.SUPERLATIVE
        return traits

    def _punctuation(self, word: str, before: str, after: str, *, is_first: bool) -> int:
        """Traits that follow from the punctuation around a word."""
        traits = 0
        if before:
            if _BREAK.search(before):
                traits |= Trait.BREAK_BEFORE
            if not is_first and before[-1] in _HYPHENS:
                traits |= Trait.AFTER_HYPHEN
            if before[-1] in "'\"":
                traits |= Trait.QUOTE_BEFORE
        if after:
            is_abbreviated = after == "." and (len(word) == 1 or word in self._classes["abbreviation"])
            if not is_abbreviated and _BREAK.search(after):
                traits |= Trait.BREAK_AFTER
        return traits

    def _is_plain(self, word: str) -> bool:
        if word in self._plain_words:
            return True
        stems = (word.removesuffix(ending) for ending in ("s", "es", "d", "ed", "ing", "ly"))
        return any(len(stem) > 2 and stem in self._plain_words for stem in stems)


@dataclass(frozen=True)
class Words:
    """All words of all texts; each array has one item for each word."""

    codes: NDArray[np.int32]
    """The word's number in the lexicon, 0 if the lexicon does not have it."""
    traits: NDArray[np.int32]
    token: NDArray[np.int32]
    """The token that it stands in."""
    column: NDArray[np.uint8]
    """Its index among that token's words."""
    joined: Bools
    """Whether a term may span this word and the next."""
    sentence: NDArray[np.int32]
    """A number that grows with each sentence and each text."""
    starts_sentence: Bools
    starts_text: Bools

    def at(self, places: Ints) -> tuple[Ints, Bools]:
        """The places, those out of range replaced by 0, and which were in range."""
        inside = (places >= 0) & (places < len(self.codes))
        return np.where(inside, places, 0), inside

    def has(self, places: Ints, traits: int) -> Bools:
        """Whether the words at the places have any of the traits."""
        found: Bools = self.traits[places] & traits > 0
        return found


class TokenTable:
    """Reads distinct tokens into arrays, for `Vocabulary.features`."""

    def __init__(self, reader: TokenReader, code_of: Callable[[str], int], traits_of_codes: Mapping[int, int]) -> None:
        self._read = reader.read
        self._code_of = code_of
        self._traits_of_codes = traits_of_codes

    def __call__(self, tokens: Sequence[str]) -> dict[str, NDArray[Any]]:
        """For each token `n_words`; for each of its words, a column each, `codes` and `traits`, and where it `starts` and
        `ends` in the token; and `first_code` and `first_traits`, contiguous copies of the first columns.
        """
        counts: list[int] = []
        numbers: list[int] = []
        for token in tokens:
            words = self._read(token)
            counts.append(len(words))
            for text, traits, start, end in words:
                code = self._code_of(text)
                numbers += (code, traits | self._traits_of_codes.get(code, 0), start, end)
        n_words = np.array(counts, np.int64)
        token_of = np.repeat(np.arange(len(n_words)), n_words)
        column = np.arange(len(token_of)) - np.repeat(exclusive_sum(n_words)[:-1], n_words)
        codes, trait_bits, starts, ends = table = np.zeros((4, len(n_words), MAX_WORDS), np.int32)
        table[:, token_of, column] = np.array(numbers, np.int32).reshape(-1, len(table)).T
        return {
            "n_words": n_words.astype(np.uint8),
            "first_code": codes[:, 0].copy(),
            "first_traits": trait_bits[:, 0].copy(),
            "codes": codes,
            "traits": trait_bits,
            "starts": starts,
            "ends": ends,
        }


def read_words(tokens: Tokens, table: Mapping[str, NDArray[Any]]) -> Words:
    """The words of all texts, from what a `TokenTable` says of each distinct token."""
    n_words = table["n_words"].take(tokens.ids)
    counts = n_words.astype(np.int64)
    token = np.repeat(np.arange(len(counts), dtype=np.int32), counts)
    codes, traits = (np.repeat(table[first].take(tokens.ids), counts) for first in ("first_code", "first_traits"))
    column = np.zeros(len(token), np.uint8)
    # Most tokens hold one word. In the others, fill in the words after the first.
    longer = np.flatnonzero(n_words > 1)
    n_more = counts[longer] - 1
    del n_words, counts  # for a long text they take a tenth of the memory used here
    n_more_before = exclusive_sum(n_more)
    firsts = longer + n_more_before[:-1]
    for nth in range(1, MAX_WORDS):
        has = np.flatnonzero(n_more >= nth)
        places, ids = firsts[has] + nth, tokens.ids[longer[has]]
        codes[places], traits[places], column[places] = table["codes"][ids, nth], table["traits"][ids, nth], nth
    starts_text = np.zeros(len(codes), bool)
    begins = tokens.offsets[:-1][tokens.counts > 0]
    starts_text[begins + n_more_before[np.searchsorted(longer, begins)]] = True
    starts_sentence = starts_text.copy()
    starts_sentence[1:] |= traits[:-1] & Trait.ENDS_SENTENCE > 0
    joined = np.zeros(len(codes), bool)
    joined[:-1] = (traits[:-1] & Trait.BREAK_AFTER == 0) & (traits[1:] & Trait.BREAK_BEFORE == 0) & ~starts_sentence[1:]
    sentence = np.cumsum(starts_sentence, dtype=np.int32)
    return Words(codes, traits, token, column, joined, sentence, starts_sentence, starts_text)


@cache
def common_words() -> frozenset[str]:
    """Plain English words: the list of easy words that textstat ships, read without importing textstat."""
    path = folder_of("textstat", "the list of easy words is read from it") / "resources" / "en" / "easy_words.txt"
    return frozenset(path.read_text(encoding="utf-8").split())
