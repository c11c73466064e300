"""What textstat counts, for whole columns of texts: the columnar form of `counts.count_text`.

Removing punctuation never removes white space, so what becomes of a token depends on that token alone. Its word, letters,
syllables and difficulty are found once for each distinct token; a text's counts are sums over its
tokens (see `packed_counters`). Sentences may end inside a token, but how many words a sentence has still follows from
features of tokens: see `_Sentences`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from tasks.measure.counts import LINSEAR_WORDS, SHORTEST_SENTENCE, WORD_KINDS, letters_of, word_of
from tasks.measure.dictionary import easy_words
from tasks.measure.packed_counters import PackedCounters
from tasks.text.arrays import exclusive_sum

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from tasks.measure.dictionary import Dictionary
    from tasks.measure.tokens import Tokens, Vocabulary
    from tasks.text.arrays import Ints

_TERMINATORS = re.compile(r"[.!?]+")
_WORD_CHARACTER = re.compile(r"\w")


class TokenFlag:
    """The features of a token that matter for sentences or need special treatment, a bit each; most tokens have none."""

    NO_WORD = 1
    """It contains no word."""
    TERMINATOR = 2
    """It contains one of .!?"""
    WORD_BEFORE = 4
    """It has a word character before its first terminator."""
    WORD_AFTER = 8
    """It has a word character after its last terminator."""
    OVERFLOW = 16
    """It is too long for the packed counters."""
    NO_SYLLABLE = 32
    """Its word has no syllable: "shh"."""
    IRREGULAR = NO_WORD | OVERFLOW | NO_SYLLABLE


# The counters of a token, which are looked up together, with the largest value that one token may have.
_LENGTHS = {"char_count": 16, "punctuation": 4, "syllable_count": 8}
_COUNTERS = PackedCounters({**_LENGTHS, **dict.fromkeys(WORD_KINDS, 1)})
# The bits above the counters: tokens that need special treatment.
_HAS_TERMINATOR = 1
_IS_IRREGULAR = 2
_IS_DIFFICULT = 4  # its word is one of `unlisted_2`

# So many tokens are counted at a time: larger arrays would not fit into the processor's caches.
_BLOCK_TOKENS = 1 << 18
_NO_WORD = "-"  # stands for the missing word of a token; no word has punctuation


def count_texts(tokens: Tokens, dictionary: Dictionary) -> dict[str, Ints]:
    """The counts of `counts.count_text`, each with an element a text. A text without tokens has one sentence, as if it were
    white space: "" cannot be distinguished from it.
    """
    features = _token_features(tokens.vocabulary, dictionary)
    of_blocks = [_count_block(block, features) for block in tokens.blocks(_BLOCK_TOKENS)]
    return {name: np.concatenate([of_block[name] for of_block in of_blocks]) for name in of_blocks[0]}


def count_words(tokens: Tokens, dictionary: Dictionary) -> Ints:
    """`lexicon_count` alone, of each text."""
    flags = _token_features(tokens.vocabulary, dictionary)["flags"].take(tokens.ids)
    no_word = np.flatnonzero(flags & TokenFlag.NO_WORD != 0)
    n_words: Ints = tokens.counts - np.diff(np.searchsorted(no_word, tokens.offsets))
    return n_words


def _token_features(vocabulary: Vocabulary, dictionary: Dictionary) -> Mapping[str, NDArray[Any]]:
    """Of each distinct token: `packed` (its counters and what is above them), `flags` (see `TokenFlag`), `words` (a number
    for its word), and `_LENGTHS`.
    """

    def compute(strings: Sequence[str]) -> dict[str, NDArray[Any]]:
        tokens = pl.Series(strings, dtype=pl.String)
        is_ascii = (tokens.str.len_bytes() == tokens.str.len_chars()).to_numpy()
        n_letters, bare = _remove_punctuation(tokens, is_ascii)
        words = vocabulary.number("words", bare)
        distinct = bare.arg_unique().to_numpy()
        row_of = np.empty(words.max(initial=0) + 1, np.int64)
        row_of[words[distinct]] = np.arange(len(distinct))
        of_distinct = _word_features(bare.gather(distinct), dictionary)
        of_word = {feature: values[row_of[words]] for feature, values in of_distinct.items()}
        n_characters = tokens.str.len_chars().to_numpy().astype(np.int64)
        lengths = {
            "char_count": n_characters,
            "punctuation": n_characters - n_letters,
            "syllable_count": of_word["syllables"],
        }
        flags, packed = _pack(lengths, n_letters, of_word, _find_terminators(tokens, is_ascii))
        return {"packed": packed, "flags": flags, "words": words, **lengths}

    return vocabulary.features(f"readability, {dictionary}", compute)


def _pack(
    lengths: Mapping[str, Ints], n_letters: Ints, of_word: Mapping[str, NDArray[Any]], terminators: Ints
) -> tuple[NDArray[np.uint8], Ints]:
    """The flags of each token, and its counters with the bits above them."""
    overflow = np.any([lengths[name] > largest for name, largest in _LENGTHS.items()], axis=0)
    is_word, has_syllable = of_word["is_word"], of_word["syllables"] > 0
    flags = terminators | overflow * TokenFlag.OVERFLOW | ~is_word * TokenFlag.NO_WORD
    flags |= (is_word & ~has_syllable) * TokenFlag.NO_SYLLABLE
    above = (
        (flags & TokenFlag.TERMINATOR != 0) * _HAS_TERMINATOR
        + (flags & TokenFlag.IRREGULAR != 0) * _IS_IRREGULAR
        + of_word["unlisted_2"] * _IS_DIFFICULT
    )
    counters = {name: np.where(overflow, 0, values) for name, values in lengths.items()}
    packed = _COUNTERS.pack(counters | _word_kinds(of_word, n_letters))
    return flags.astype(np.uint8), packed | above << _COUNTERS.n_bits


def _remove_punctuation(tokens: pl.Series, is_ascii: NDArray[np.bool_]) -> tuple[Ints, pl.Series]:
    """The number of letters of each token, and its word, `_NO_WORD` where there is none."""
    # Rust's regular expressions agree with Python's on ASCII and nowhere else, so other tokens are taken one by one.
    bare = tokens.str.replace_all("[^0-9A-Za-z_]", "")
    n_letters = bare.str.len_chars().to_numpy().astype(np.int64)
    n_letters[~is_ascii] = [len(letters_of(token)) for token in tokens.filter(~is_ascii)]
    one_by_one = ~is_ascii | tokens.str.contains("'", literal=True).to_numpy()
    bare = bare.scatter(np.flatnonzero(one_by_one), [word_of(token) for token in tokens.filter(one_by_one)])
    return n_letters, bare.replace("", _NO_WORD)


def _find_terminators(tokens: pl.Series, is_ascii: NDArray[np.bool_]) -> Ints:
    """The flags of each token that concern terminators."""
    flags = np.zeros(len(tokens), np.int64)
    has_terminator = tokens.str.contains("[.!?]").to_numpy()
    regular = has_terminator & is_ascii
    before, after = (
        tokens.filter(regular).str.contains(pattern).to_numpy()
        for pattern in ("^[^.!?]*[0-9A-Za-z_]", "[0-9A-Za-z_][^.!?]*$")
    )
    flags[regular] = TokenFlag.TERMINATOR | before * TokenFlag.WORD_BEFORE | after * TokenFlag.WORD_AFTER
    others = has_terminator & ~is_ascii
    flags[others] = [terminator_flags(token) for token in tokens.filter(others)]
    return flags


def terminator_flags(token: str) -> int:
    """The flags that concern terminators, of a token that holds one.

    >>> terminator_flags("end.”") == TokenFlag.TERMINATOR | TokenFlag.WORD_BEFORE
    True
    """
    first, *_, last = _TERMINATORS.split(token)
    return (
        TokenFlag.TERMINATOR
        | (TokenFlag.WORD_BEFORE if _WORD_CHARACTER.search(first) else 0)
        | (TokenFlag.WORD_AFTER if _WORD_CHARACTER.search(last) else 0)
    )


def _word_features(words: pl.Series, dictionary: Dictionary) -> dict[str, NDArray[Any]]:
    """What decides which counts a word belongs to: the columnar form of `counts.read_words`."""
    # Rust and Python agree on the case of ASCII letters only.
    special = (words.str.len_bytes() != words.str.len_chars()).arg_true().to_numpy()
    lower_special = [word.lower() for word in words.gather(special)]
    lower = words.str.to_lowercase().scatter(special, lower_special)
    is_word = (words != _NO_WORD).to_numpy()
    is_unlisted = is_word & ~lower.is_in(easy_words()).to_numpy()
    syllables = is_word * dictionary.syllables(lower)
    if_unlisted = syllables.copy()
    if_unlisted[special] = dictionary.syllables(
        pl.Series([word_of(word).lower() for word in lower_special], dtype=pl.String)
    )
    return {
        "is_word": is_word,
        "syllables": syllables,
        "unlisted": is_unlisted,
        "unlisted_2": is_unlisted & (if_unlisted >= 2),
        "unlisted_3": is_unlisted & (if_unlisted >= 3),
    }


def _word_kinds(of_word: Mapping[str, NDArray[Any]], n_letters: Ints) -> dict[str, NDArray[np.bool_]]:
    """The columnar form of `counts.WORD_KINDS`, by token."""
    is_word, syllables = of_word["is_word"], of_word["syllables"]
    return {
        "monosyllabcount": is_word & (syllables == 1),
        "polysyllabcount": is_word & (syllables >= 3),
        "miniword_count": is_word & (n_letters <= 3),
        "long_word_count": n_letters > 6,
        **{kind: of_word[kind] for kind in ("unlisted", "unlisted_2", "unlisted_3")},
    }


def _count_block(tokens: Tokens, features: Mapping[str, NDArray[Any]]) -> dict[str, Ints]:
    packed = features["packed"].take(tokens.ids)
    above = (packed >> _COUNTERS.n_bits).astype(np.uint8)
    difficult, irregular, ends = (
        np.flatnonzero(above & bit != 0) for bit in (_IS_DIFFICULT, _IS_IRREGULAR, _HAS_TERMINATOR)
    )
    flags = features["flags"].take(tokens.ids.take(irregular))
    no_word, no_syllable, overflow = (
        irregular.compress(flags & flag != 0) for flag in (TokenFlag.NO_WORD, TokenFlag.NO_SYLLABLE, TokenFlag.OVERFLOW)
    )
    words = _Words(packed, no_word, no_syllable)
    sentences = _Sentences(words, ends, features["flags"].take(tokens.ids.take(ends)))
    counts = words.counts(tokens.offsets)
    for name in _LENGTHS:
        np.add.at(counts[name], tokens.text_of.take(overflow), features[name].take(tokens.ids.take(overflow)))
    counts["letter_count"] = counts["char_count"] - counts.pop("punctuation")
    counts["tokens"] = tokens.counts
    counts["sentence_count"] = sentences.count(tokens.offsets)
    counts["difficult_words"] = _count_distinct(difficult, tokens, features["words"])
    counts |= _count_linsear(tokens, words, sentences, counts)
    return counts


@dataclass(frozen=True)
class _Words:
    """The words of all texts."""

    packed: Ints
    """The counters of each token."""
    no_word: Ints
    """The places of tokens without a word."""
    no_syllable: Ints
    """The places of words without a syllable."""

    def before(self, places: Ints) -> Ints:
        """How many words are before each place; the places ascend."""
        return places - np.searchsorted(self.no_word, places)

    def place_after(self, n_words: Ints) -> Ints:
        """The place after the word with that number, counted through all texts from 1."""
        return n_words + np.searchsorted(self.no_word - np.arange(len(self.no_word)), n_words)

    def counts(self, offsets: Ints) -> dict[str, Ints]:
        """The sums of the counters between these places, but for tokens that overflow; and `linsear_points`."""
        counts = _COUNTERS.sums(self.packed, offsets)
        n_words = np.diff(self.before(offsets))
        n_no_syllable = np.diff(np.searchsorted(self.no_syllable, offsets))
        # A point for each word of one or two syllables, three for each longer one.
        counts["linsear_points"] = n_words + 2 * counts["polysyllabcount"] - n_no_syllable
        counts["lexicon_count"] = n_words
        return counts


@dataclass(frozen=True)
class _Sentences:
    """Where sentences end among the tokens of all texts.

    A sentence is what is between runs of terminators, if it has three words or more. So runs cut the words of tokens, too:
    of "a.b.c" the first ends one stretch of words, the last begins the next, and "b" is a stretch alone, never long
    enough. What counts is therefore the stretch from one token with a terminator to the next (or from and to the text's
    ends): the word after the last terminator of the former, the whole tokens between, and the word before the first
    terminator of the latter.
    """

    words: _Words
    ends: Ints
    """The places of tokens with terminators."""
    flags: NDArray[np.uint8]
    """Their flags."""

    @cached_property
    def stretches(self) -> tuple[Ints, Ints]:
        """Up to which number of words a stretch reaches that a token with a terminator ends; and from which one the
        next stretch begins, after as many such tokens as the place in the array says.
        """
        words = self.words.before(self.ends)
        holds_word = self.flags & TokenFlag.NO_WORD == 0
        before, after = (self.flags & flag != 0 for flag in (TokenFlag.WORD_BEFORE, TokenFlag.WORD_AFTER))
        return words + before, np.append(0, words + holds_word - after)

    def count(self, offsets: Ints) -> Ints:
        """How many sentences textstat finds in the texts between these places: at least one in each."""
        up_to, after = self.stretches
        first, last = np.searchsorted(self.ends, offsets[:-1]), np.searchsorted(self.ends, offsets[1:])
        has_end = first < last
        words = self.words.before(offsets)
        begin, end = words[:-1], words[1:]
        since = after[:-1].copy()
        since[first[has_end]] = begin[has_end]
        n_before = exclusive_sum(up_to - since >= SHORTEST_SENTENCE)
        is_rest_long = end - np.where(has_end, after[last], begin) >= SHORTEST_SENTENCE
        n_sentences: Ints = n_before[last] - n_before[first] + is_rest_long
        return np.maximum(n_sentences, 1)


def _count_distinct(places: Ints, tokens: Tokens, words: NDArray[np.int32]) -> Ints:
    """How many distinct words are at these places, in each text."""
    bits = int(words.max(initial=0)).bit_length()
    # Pairs of a text and a word; halves of the width are sorted in half the time.
    width = np.uint32 if len(tokens).bit_length() + bits <= 32 else np.uint64
    pairs: NDArray[Any] = tokens.text_of.take(places).astype(width)
    pairs <<= bits
    pairs |= words.take(tokens.ids.take(places)).astype(width)
    pairs.sort()
    is_first = np.ones(len(pairs), bool)
    np.not_equal(pairs[1:], pairs[:-1], out=is_first[1:])
    return np.bincount((pairs.compress(is_first) >> bits).astype(np.int64), minlength=len(tokens))


def _count_linsear(tokens: Tokens, words: _Words, sentences: _Sentences, counts: Mapping[str, Ints]) -> dict[str, Ints]:
    """`linsear_points` and `linsear_sentences`: those of the whole text, or of `counts.linsear_part` where it is shorter."""
    points, n_sentences = counts["linsear_points"].copy(), counts["sentence_count"].copy()
    long = np.flatnonzero(tokens.counts > LINSEAR_WORDS)
    if len(long):
        starts = tokens.offsets[long]
        ends = np.minimum(words.place_after(words.before(starts) + LINSEAR_WORDS), tokens.offsets[long + 1])
        # Between these places are, in turn, a text's first words and all that follows up to the next long text.
        places = np.append(np.stack([starts, ends], axis=1), len(tokens.ids))
        points[long] = words.counts(places)["linsear_points"][::2]
        n_sentences[long] = sentences.count(places)[::2]
    return {"linsear_points": points, "linsear_sentences": n_sentences}
