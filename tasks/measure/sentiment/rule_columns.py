"""VADER's rules for the words of many texts at once: the columnar form of `rules.WORD_RULES` and `rules.weigh_around_but`.

Only *sentiment words* are looked at, one token in fifteen of news text. Each array has an element for each of them. A
function here does what the function of the same name in `rules` does to one word.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from tasks.measure.sentiment.rules import (
    AFTER_BUT,
    BEFORE_BUT,
    BOOSTER_REACH,
    CAPITALS_INCREMENT,
    NEGATION_FACTOR,
    NEVER_SO_FACTOR,
    find_idiom,
    weigh_by_value,
)
from tasks.measure.sentiment.vader_lexicon import WordFlag, core_of, expand_emojis, token_features
from tasks.text.arrays import exclusive_sum
from tasks.text.hash_index import MULTIPLIER

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from tasks.measure.tokens import Tokens
    from tasks.text.arrays import Bools, Floats, Ints

    Flags = NDArray[np.int32]
    """`WordFlag` of tokens."""

_IS_SENTIMENT_WORD = WordFlag.IN_LEXICON | WordFlag.BOOSTER
# The rules change no valence unless the word has one of the first flags, a word before it one of the second, or an idiom is
# near.
_CAUSES_IN_WORD = WordFlag.NO | WordFlag.UPPER_CASE
_CAUSES_BEFORE = WordFlag.NO | WordFlag.BOOSTER | WordFlag.NEGATION | WordFlag.NEVER | WordFlag.SO_THIS | WordFlag.LEAST


@dataclass(frozen=True)
class SentimentWords:
    """The words that VADER gives a valence, in texts whose emojis are replaced by their descriptions."""

    tokens: Tokens
    features: Mapping[str, NDArray[Any]]
    """See `token_features`."""
    flagged: Ints
    """The places of tokens with a flag of `WordFlag.ANY`: one pass finds all that matter."""
    flags_of_flagged: Flags
    places: Ints
    """The places of the sentiment words among all tokens."""
    text_of: Ints
    """The text of each sentiment word."""
    is_mixed_case: Bools
    """Whether some but not all tokens of a text are in capitals; by text."""

    @classmethod
    def of(cls, tokens: Tokens, folder: Path | None = None) -> SentimentWords:
        """The sentiment words of `tokens`; VADER's data are kept in `folder`, if one is given."""
        features = token_features(tokens.vocabulary, folder)
        flagged = np.flatnonzero(features["is_flagged"].take(tokens.ids))
        flags = features["flags"].take(tokens.ids.take(flagged))
        if (flags & WordFlag.EMOJI != 0).any():
            return cls.of(_without_emojis(tokens, features["flags"].take(tokens.ids)), folder)
        is_valenced = flags & _IS_SENTIMENT_WORD == WordFlag.IN_LEXICON
        places, own = flagged.compress(is_valenced), flags.compress(is_valenced)
        text_of = tokens.text_of.take(places)
        # The "kind" of "kind of" has no valence.
        kinds = np.flatnonzero(own & WordFlag.KIND != 0)
        is_of = _flags_after(features["flags"], tokens, places[kinds], text_of[kinds]) & WordFlag.OF != 0
        places, text_of = np.delete(places, kinds[is_of]), np.delete(text_of, kinds[is_of])
        upper = flagged.compress(flags & WordFlag.UPPER_CASE != 0)
        n_upper = np.bincount(tokens.text_of.take(upper), minlength=len(tokens))
        is_mixed_case = (n_upper > 0) & (n_upper < tokens.counts)
        return cls(tokens, features, flagged, flags, places, text_of, is_mixed_case)

    def with_flag(self, flag: int) -> Ints:
        """The places of all tokens with a flag of `WordFlag.ANY`."""
        return self.flagged.compress(self.flags_of_flagged & flag != 0)

    def feature_at(self, name: str, places: Ints) -> NDArray[Any]:
        """A feature of the tokens there; of the first or the last token beyond these."""
        return self.features[name].take(self.tokens.ids.take(places, mode="clip"))

    @cached_property
    def is_near_idiom(self) -> Bools:
        """Whether an idiom may be near each word. Idioms are rare, so their first and second words side by side are
        looked for, and only the words near them are read.
        """
        seconds = self.with_flag(WordFlag.PHRASE_SECOND)
        seconds = seconds[self.feature_at("opens", seconds - 1) & self.feature_at("continues", seconds) != 0]
        near = np.zeros(len(self.tokens.ids) + 2, bool)
        for distance in (-1, 0, 1, 2):  # from the second word to the one with a valence
            near[seconds + distance] = True
        return near[self.places]

    def punctuation(self) -> tuple[Ints, Ints]:
        """How many exclamation and question marks each text has."""
        places = self.with_flag(WordFlag.EXCLAMATION_OR_QUESTION)
        text_of, ids = self.tokens.text_of[places], self.tokens.ids[places]
        exclamations, questions = (
            np.bincount(text_of, self.features[mark][ids], len(self.tokens)).astype(np.int64)
            for mark in ("exclamations", "questions")
        )
        return exclamations, questions

    def valences(self) -> Floats:
        """What each word adds to its text's score."""
        # Most words have no neighbour that a rule depends on, and keep their valence from the lexicon.
        own, *before = (self.feature_at("flags", self.places - distance) for distance in (0, 1, 2, 3))
        causes = (own & _CAUSES_IN_WORD) | (np.bitwise_or.reduce(before) & _CAUSES_BEFORE)
        touched = np.flatnonzero((causes != 0) | self.is_near_idiom)
        valences: Floats = self.feature_at("valence", self.places)
        few = replace(self, places=self.places[touched], text_of=self.text_of[touched])
        *_, (_, valences[touched]) = apply_word_rules(few)
        return weigh_around_but(valences, self)


@dataclass(frozen=True)
class Contexts:
    """The columnar form of `rules.Context`."""

    words: SentimentWords
    own: Flags
    before: tuple[Flags, Flags, Flags]
    """The flags of the words before each, the nearest first; 0 before the first of the text."""
    after: Flags
    """The flags of the word after each; 0 after the last of the text."""
    modifies: tuple[Bools, Bools, Bools]
    """Whether the words before each may boost or negate it: those of the lexicon never do."""
    lexicon: Floats
    is_mixed_case: Bools

    @classmethod
    def of(cls, words: SentimentWords) -> Contexts:
        """The contexts of the words."""
        flags, places, text_of = words.features["flags"], words.places, words.text_of
        since_start = places - words.tokens.offsets[text_of]
        is_present = [since_start >= distance for distance in (1, 2, 3)]
        one, two, three = (
            np.where(present, words.feature_at("flags", places - distance), np.int32(0))
            for distance, present in enumerate(is_present, 1)
        )
        modifies = [
            present & (near & WordFlag.IN_LEXICON == 0)
            for present, near in zip(is_present, (one, two, three), strict=True)
        ]
        return cls(
            words=words,
            own=words.feature_at("flags", places),
            before=(one, two, three),
            after=_flags_after(flags, words.tokens, places, text_of),
            modifies=(modifies[0], modifies[1], modifies[2]),
            lexicon=words.feature_at("valence", places),
            is_mixed_case=words.is_mixed_case[text_of],
        )


def apply_word_rules(words: SentimentWords) -> Iterator[tuple[str, Floats]]:
    """The valences of the words after each rule of `rules.WORD_RULES` in turn, under the rule's name."""
    contexts = Contexts.of(words)
    valences = contexts.lexicon
    yield "lexicon", valences
    valences = negate_after_no(contexts)
    yield "no", valences
    valences = strengthen_capitals(valences, contexts)
    yield "capitals", valences
    for distance in (1, 2, 3):
        valences = boost(valences, contexts, distance)
        yield "booster", valences
        valences = negate(valences, contexts, distance)
        yield "negation", valences
    valences = replace_by_idiom(valences, contexts)
    yield "idiom", valences
    valences = negate_after_least(valences, contexts)
    yield "least", valences


def negate_after_no(contexts: Contexts) -> Floats:
    """See `rules.negate_after_no`; begins with the valences of the lexicon."""
    one, two, three = contexts.before
    is_no_itself = _has(contexts.own, WordFlag.NO) & _has(contexts.after, WordFlag.IN_LEXICON)
    is_negated = _has(one | two, WordFlag.NO) | (_has(three, WordFlag.NO) & _has(one, WordFlag.OR_NOR))
    return np.where(is_negated, contexts.lexicon * NEGATION_FACTOR, np.where(is_no_itself, 0.0, contexts.lexicon))


def strengthen_capitals(valences: Floats, contexts: Contexts) -> Floats:
    """See `rules.strengthen_capitals`."""
    is_strengthened = _has(contexts.own, WordFlag.UPPER_CASE) & contexts.is_mixed_case
    return valences + np.where(is_strengthened, _away_from_zero(valences), 0.0)


def boost(valences: Floats, contexts: Contexts, distance: int) -> Floats:
    """See `rules.boost`."""
    words, before = contexts.words, contexts.before[distance - 1]
    boosted = np.flatnonzero(contexts.modifies[distance - 1] & _has(before, WordFlag.BOOSTER))
    old = valences[boosted]
    increments = words.feature_at("boost", words.places[boosted] - distance)
    increments = np.where(old < 0, -increments, increments)
    is_upper = _has(before[boosted], WordFlag.UPPER_CASE) & contexts.is_mixed_case[boosted]
    increments += np.where(is_upper, _away_from_zero(old), 0.0)
    valences = valences.copy()
    valences[boosted] = old + increments * BOOSTER_REACH[distance - 1]
    return valences


def _away_from_zero(valences: Floats) -> Floats:
    """What capitals add."""
    return np.where(valences > 0, CAPITALS_INCREMENT, -CAPITALS_INCREMENT)


def negate(valences: Floats, contexts: Contexts, distance: int) -> Floats:
    """See `rules.negate`."""
    is_negation = _has(contexts.before[distance - 1], WordFlag.NEGATION)
    factors = np.where(is_negation, NEGATION_FACTOR, 1.0)
    if distance > 1:
        factors[_is_without_doubt(contexts, distance)] = 1.0
        factors[_is_never_so(contexts, distance)] = NEVER_SO_FACTOR
    return np.where(contexts.modifies[distance - 1], valences * factors, valences)


def _is_never_so(contexts: Contexts, distance: int) -> Bools:
    one, two, three = contexts.before
    if distance == 2:
        return _has(two, WordFlag.NEVER) & _has(one, WordFlag.SO_THIS)
    return (_has(three, WordFlag.NEVER) & _has(two, WordFlag.SO_THIS)) | _has(one, WordFlag.SO_THIS)


def _is_without_doubt(contexts: Contexts, distance: int) -> Bools:
    one, two, three = contexts.before
    if distance == 2:
        return _has(two, WordFlag.WITHOUT) & _has(one, WordFlag.DOUBT)
    return _has(three, WordFlag.WITHOUT) & _has(one | two, WordFlag.DOUBT)


def replace_by_idiom(valences: Floats, contexts: Contexts) -> Floats:
    """See `rules.replace_by_idiom`; idioms are rare, so the words near one are taken one by one."""
    words = contexts.words
    near_idiom = np.flatnonzero(contexts.modifies[2] & words.is_near_idiom)
    if not len(near_idiom):
        return valences
    valences = valences.copy()
    tokens, strings = words.tokens, words.tokens.vocabulary.strings
    for word in near_idiom.tolist():
        place, end = int(words.places[word]), int(tokens.offsets[words.text_of[word] + 1])
        window = tokens.ids[place - 3 : min(place + 3, end)].tolist()
        replacement, increment = find_idiom([core_of(strings[token]).lower() for token in window])
        valences[word] = (valences[word] if replacement is None else replacement) + increment
    return valences


def negate_after_least(valences: Floats, contexts: Contexts) -> Floats:
    """See `rules.negate_after_least`."""
    one, two, _ = contexts.before
    is_negated = _has(one, WordFlag.LEAST) & contexts.modifies[0] & ~_has(two, WordFlag.AT_VERY)
    return np.where(is_negated, valences * NEGATION_FACTOR, valences)


def weigh_around_but(valences: Floats, words: SentimentWords) -> Floats:
    """See `rules.weigh_around_but`. Only texts in which VADER may confuse values are weighed one by one."""
    buts = words.with_flag(WordFlag.BUT)
    if not len(buts):
        return valences
    but_of_text = np.full(len(words.tokens), -1)
    but_of_text[words.tokens.text_of[buts[::-1]]] = buts[::-1]  # the first is written last
    but = but_of_text[words.text_of]
    weighable = np.flatnonzero((but >= 0) & (valences != 0))
    text_of, values = words.text_of[weighable], valences[weighable]
    factors = np.where(words.places[weighable] < but[weighable], BEFORE_BUT, AFTER_BUT)
    weighed = values * factors
    confused = np.flatnonzero(_may_confuse(text_of, values, weighed)[text_of])
    bounds = np.flatnonzero(np.diff(text_of[confused], prepend=-1, append=-1))
    for start, end in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True):
        own = confused[start:end]
        weighed[own] = weigh_by_value(values[own].tolist(), factors[own].tolist())
    valences = valences.copy()
    valences[weighable] = weighed
    return valences


def _may_confuse(text_of: Ints, values: Floats, weighed: Floats) -> Bools:
    """By text, whether VADER may take a weighed value for another one (see `rules.weigh_by_value`): some are equal."""
    # Of a text's values those that were weighed get odd keys, the others even ones: where equal, side by side.
    hashes = ((both.view(np.uint64) * MULTIPLIER >> np.uint64(32)).view(np.int64) for both in (values, weighed))
    old, new = (text_of << 32 | values_hash for values_hash in hashes)
    keys = np.sort(np.concatenate([old & ~1, new | 1]))
    equal = np.flatnonzero((keys[1:] ^ keys[:-1]) == 1)
    is_confused = np.zeros(text_of.max(initial=-1) + 1, bool)
    is_confused[keys[equal] >> 32] = True
    return is_confused


def _has(flags: Flags, flag: int) -> Bools:
    has: Bools = flags & flag != 0
    return has


def _flags_after(flags: Flags, tokens: Tokens, places: Ints, text_of: Ints) -> Flags:
    """The flags of the token after each place; none if the text ends before it."""
    after = places + 1
    return np.where(after < tokens.offsets[text_of + 1], flags.take(tokens.ids.take(after, mode="clip")), np.int32(0))


def count_expanded(tokens: Tokens, flags: Flags) -> Ints:
    """How many tokens VADER reads in the place of each: one, unless it holds emojis."""
    places = np.flatnonzero(flags & WordFlag.EMOJI != 0)
    counts = np.ones(len(tokens.ids), np.int64)
    counts[places] = [len(expand_emojis(tokens.vocabulary.strings[token])) for token in tokens.ids[places].tolist()]
    return counts


def _without_emojis(tokens: Tokens, flags: Flags) -> Tokens:
    """The tokens with those that hold emojis replaced by what VADER reads."""
    vocabulary = tokens.vocabulary
    has_emoji = flags & WordFlag.EMOJI != 0
    expansions = [
        vocabulary.intern(expand_emojis(vocabulary.strings[token])) for token in tokens.ids[has_emoji].tolist()
    ]
    counts = count_expanded(tokens, flags)
    ids = np.repeat(tokens.ids, counts)
    ids[np.repeat(has_emoji, counts)] = np.concatenate(expansions)
    return replace(tokens, ids=ids, offsets=exclusive_sum(counts)[tokens.offsets])
