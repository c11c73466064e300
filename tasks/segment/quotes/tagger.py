"""Words of texts, tagged: each with the set of features that rules ask for.

A word has features by itself ("said" is a form of a reporting verb, "Thursday" a day with a capital) and some from its
neighbours ("on" before "Thursday" may stand before a verb, "and" between two names joins them). The former are found
once for each distinct word. A set of features is a number with a bit for each; a *tag* is the number of a distinct set,
of which news has a few hundred.

- "Mr Orr has said": HONORIFIC CAPITAL | CAPITAL | FINITE_AUXILIARY BEFORE_VERB | REPORTING_VERB ALWAYS_REPORTS
- "Smith and Jones": "and" has AND; in "it rained and stopped" it has AND CONJUNCTION, which ends a noun phrase.

Patterns over tags are in `tag_patterns`, the rules made of them in `noun_phrases` and `names`.
"""

from __future__ import annotations

import re
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np

from tasks.segment.quotes.reporting_verbs import (
    ACCORDING_TO,
    cue_of,
    n_quoting,
    reporting_verbs,
    verb_numbers,
    words_of_phrases,
)
from tasks.segment.quotes.word_classes import word_classes
from tasks.segment.quotes.words import find_words
from tasks.text.token_features import FeatureCache

if TYPE_CHECKING:
    from collections.abc import Callable

    import polars as pl

    from tasks.segment.quotes.tag_patterns import TagPattern
    from tasks.text.arrays import Bools, Ints
    from tasks.text.buffers import TextBuffer


class WordFeature:
    """What a word is, a bit for each. Words are read in lower case unless a feature says otherwise."""

    REPORTING_VERB = 1 << 0
    """A form of a reporting verb, written in lower case; the bits from `VERB_BITS` on tell which."""
    PHRASE = 1 << 1
    """The first word of a phrase that reports: "lashed" out."""
    PARTICLE = 1 << 2
    """The second word of such a phrase: lashed "out"."""
    ALWAYS_REPORTS = 1 << 3
    VERB_OR_NOUN = 1 << 4
    NAMING_VERB = 1 << 5
    ING_FORM = 1 << 6
    PAST_PARTICIPLE = 1 << 7
    """Ends in -ed or -en."""
    CAPITAL = 1 << 8
    """Begins with a capital letter."""
    ALL_CAPS = 1 << 9
    """Four letters or more, all of them capitals."""
    ACRONYM = 1 << 10
    """Begins with two to four capitals that are a word: "UN", "EU-wide"."""
    PLURAL = 1 << 11
    """Ends in -s."""
    POSSESSIVE = 1 << 12
    """Ends in 's or s'."""
    AGE = 1 << 13
    """One or two digits."""
    PRONOUN = 1 << 14
    ARTICLE = 1 << 15
    THE_OR_A = 1 << 16
    DETERMINER = 1 << 17
    PREPOSITION = 1 << 18
    PLACE_PREPOSITION = 1 << 19
    HONORIFIC = 1 << 20
    ROLE = 1 << 21
    DAY = 1 << 22
    LEAD_IN = 1 << 23
    BEFORE_PHRASE = 1 << 24
    """May stand before a noun phrase and is no part of it: "but", "Thursday", "again"."""
    PHRASE_START = 1 << 25
    BE = 1 << 26
    FINITE_AUXILIARY = 1 << 27
    ADVERB = 1 << 28
    BEFORE_VERB = 1 << 29
    """May stand between a subject and its verb: "has", "also", "Thursday"."""
    LEFT_BOUNDARY = 1 << 30
    RIGHT_BOUNDARY = 1 << 31
    IT = 1 << 32
    WHO = 1 << 33
    BY = 1 << 34
    TO = 1 << 35
    ACCORDING = 1 << 36
    AND = 1 << 37
    BUT = 1 << 38
    COMMA = 1 << 39
    OPEN_PARENTHESIS = 1 << 40
    CLOSE_PARENTHESIS = 1 << 41
    EM_DASH = 1 << 42
    EN_DASH = 1 << 43
    HYPHEN = 1 << 44
    ON = 1 << 45
    """Exactly "on"."""
    USED = 1 << 46
    """Exactly "used"."""
    CONJUNCTION = 1 << 47
    """From its neighbours: an "and" that stands not between two words with a capital. It ends a noun phrase."""
    POSSESSED = 1 << 48
    """From its neighbours: stands one or two words after a possessive, as in "Putin's attack dog"."""
    BEHIND_QUOTATION = 1 << 49
    """Between it and the word before it, or the beginning of its text, stands a quotation."""
    CLAUSE_START = 1 << 50
    """Behind a comma it begins a clause that is no part of what is reported: ", but"."""
    AS = 1 << 51
    """Exactly "as"."""

    MAY_BE_NAME = 1 << 52
    """Exactly "May" or "Will", a name or an auxiliary."""
    GROUP = 1 << 53
    """Many people in a word that needs no article: "police"."""


_IS = WordFeature
VERB_BITS = 54
"""The place of a cue in `verbs_by_number`, from this bit on."""

_BY_CLASS = {
    "always_verbs": _IS.ALWAYS_REPORTS,
    "verbs_or_nouns": _IS.VERB_OR_NOUN,
    "naming_verbs": _IS.NAMING_VERB,
    "pronouns": _IS.PRONOUN,
    "articles": _IS.ARTICLE,
    "determiners": _IS.DETERMINER,
    "prepositions": _IS.PREPOSITION,
    "place_prepositions": _IS.PLACE_PREPOSITION,
    "honorifics": _IS.HONORIFIC | _IS.PHRASE_START,
    "roles": _IS.ROLE,
    "days": _IS.DAY | _IS.BEFORE_PHRASE | _IS.BEFORE_VERB,
    "lead_ins": _IS.LEAD_IN | _IS.BEFORE_PHRASE,
    "noun_phrase_starts": _IS.PHRASE_START,
    "forms_of_be": _IS.BE,
    "finite_auxiliaries": _IS.FINITE_AUXILIARY,
    "adverbs": _IS.ADVERB | _IS.BEFORE_PHRASE,
    "left_boundaries": _IS.LEFT_BOUNDARY,
    "right_boundaries": _IS.RIGHT_BOUNDARY,
    "clause_starters": _IS.CLAUSE_START,
    "groups": _IS.GROUP | _IS.PLURAL,
}
"""The features of the words of each class."""
_BY_WORD = {
    "the": _IS.THE_OR_A,
    "a": _IS.THE_OR_A,
    "it": _IS.IT,
    "who": _IS.WHO,
    "which": _IS.WHO,
    "by": _IS.BY,
    "to": _IS.TO,
    "according": _IS.ACCORDING,
    "and": _IS.AND,
    "but": _IS.BUT,
    ",": _IS.COMMA,
    "(": _IS.OPEN_PARENTHESIS,
    ")": _IS.CLOSE_PARENTHESIS,
    "—": _IS.EM_DASH,
    "–": _IS.EN_DASH,
    "-": _IS.HYPHEN,
}
_ACRONYM = re.compile(r"[A-Z]{2,4}\b")
_BY_SHAPE: tuple[tuple[int, Callable[[str], object]], ...] = (
    (_IS.CAPITAL, lambda word: word[0].isupper()),
    (_IS.ALL_CAPS, lambda word: len(word) > 3 and word.isupper()),
    (_IS.ACRONYM, _ACRONYM.match),
    (_IS.ON, lambda word: word == "on"),
    (_IS.USED, lambda word: word == "used"),
    (_IS.AS, lambda word: word in {"as", "As"}),
    (_IS.MAY_BE_NAME, lambda word: word in {"May", "Will"}),
    (_IS.AGE, lambda word: len(word) <= 2 and word.isdecimal()),
)
"""Features that depend on how a word is written."""
_BY_ENDING = {
    ("ing",): _IS.ING_FORM,
    ("ed", "en"): _IS.PAST_PARTICIPLE,
    ("s",): _IS.PLURAL,
    ("'s", "s'"): _IS.POSSESSIVE,
    ("ly",): _IS.ADVERB,
}


@cache
def _features_of_listed() -> dict[str, int]:
    """The features of the words that are in a list."""
    found = dict(_BY_WORD)
    phrase, particle = words_of_phrases()
    lists = [(words, _BY_CLASS[name]) for name, words in word_classes().items() if name in _BY_CLASS]
    for words, features in (*lists, (phrase, _IS.PHRASE), (particle, _IS.PARTICLE)):
        for word in words:
            found[word] = found.get(word, 0) | features
    return found


def features_of(word: str) -> int:
    """The features that a word has by itself, as bits of `WordFeature`; of a cue also its number.

    >>> said, title = features_of("said"), features_of("Said")
    >>> bool(said & WordFeature.REPORTING_VERB), bool(title & WordFeature.REPORTING_VERB)
    (True, False)
    """
    small = lowercase(word)
    features = _features_of_listed().get(small, 0)
    for feature, is_so in _BY_SHAPE:
        features |= feature * bool(is_so(word))
    for endings, feature in _BY_ENDING.items():
        features |= feature * small.endswith(endings)
    # An adverb by its ending only from five letters on: "fly" is none. "Mr Cleverly" is no adverb either.
    is_adverb = small in word_classes()["adverbs"] or (len(small) > 4 and bool(features & _IS.ADVERB))
    if not word[0].isupper() and (is_adverb or small in word_classes()["auxiliaries"]):
        features |= _IS.BEFORE_VERB
    features |= cue_of(small) << VERB_BITS
    features |= _IS.REPORTING_VERB * (word[0].islower() and small in reporting_verbs())
    return features


def lowercase(word: str) -> str:
    """`word` in lower case, its apostrophes straight.

    >>> lowercase("He’s")
    "he's"
    """
    return word.lower().replace("’", "'")


class _Tagset:
    """The distinct sets of features met so far, numbered."""

    def __init__(self) -> None:
        self._numbers: dict[int, int] = {}
        self._lock = Lock()  # batches may be analyzed in several threads

    def number(self, features: int) -> int:
        """The tag of a set of features."""
        with self._lock:
            return self._numbers.setdefault(features, len(self._numbers))

    def features(self) -> Ints:
        """The set of features of each tag."""
        with self._lock:
            return np.fromiter(self._numbers, np.int64, len(self._numbers))


_TAGSET = _Tagset()


@cache
def _known_words() -> FeatureCache:
    return FeatureCache(lambda word: _TAGSET.number(features_of(word)))


class TaggedText:
    """The words of the texts of a buffer, numbered through, and the features of each.

    >>> import polars as pl
    >>> from tasks.text.buffers import TextBuffer
    >>> tagged = TaggedText(TextBuffer.of(pl.Series(["Mr. Orr, 71, said", "He's 5ft - or 6"])))
    >>> tagged.texts_of(np.arange(11), np.arange(1, 12)).to_list()
    ['Mr', 'Orr', ',', '71', ',', 'said', "He's", '5ft', '-', 'or', '6']
    >>> tagged.first.tolist(), tagged.last.tolist()
    ([0, 6], [6, 11])
    >>> np.flatnonzero(tagged.has(WordFeature.COMMA)).tolist()
    [2, 4]
    """

    def __init__(self, buffer: TextBuffer) -> None:
        """The texts may hold null characters for quotations that are masked."""
        self.buffer = buffer
        self.start, self.end = find_words(buffer)
        """Where each word begins and ends, in bytes."""
        bounds = np.searchsorted(self.start, buffer.offsets)
        self.first, self.last = bounds[:-1], bounds[1:]
        """The first word of each text, and the one after its last."""
        self.row = np.repeat(np.arange(len(self.first)), np.diff(bounds))
        """The row of the text that each word stands in."""
        self.tag: Ints = _known_words().features(buffer, self.start, self.end)
        """The number of each word's set of features."""
        self.features: Ints = _TAGSET.features().take(self.tag)
        """Each word's set of features."""
        self._add_features_of_neighbours()
        self.tagset = _TAGSET.features()
        """The set of features of each tag."""
        self.cue = self._number_cues()
        """The number of the cue that each word is, or begins; 0 for none: see `verbs_by_number`."""
        self.verb = np.where((self.cue < n_quoting()) & self._may_quote(), self.cue, 0)
        """As `cue`, of the reporting verbs alone, which may introduce a quotation."""
        self.searched: dict[TagPattern, tuple[list[str], TextBuffer]] = {}
        """What patterns made of these words to search them, see `tag_patterns`."""

    def _add_features_of_neighbours(self) -> None:
        words = np.flatnonzero(self.features & (_IS.ON | _IS.USED | _IS.AND | _IS.POSSESSIVE | _IS.MAY_BE_NAME))

        def of(feature: int) -> Ints:
            return words[self.at(feature, words)]

        def add(feature: int, words: Ints) -> Ints:
            self.features[words] |= feature
            return words

        ons, useds, ands, owners, mays = map(of, (_IS.ON, _IS.USED, _IS.AND, _IS.POSSESSIVE, _IS.MAY_BE_NAME))
        # "Anna May said", "Will Hart said"
        names = mays[self.before(_IS.CAPITAL, mays) | self.behind(_IS.CAPITAL, mays)]
        self.features[names] &= ~(_IS.FINITE_AUXILIARY | _IS.LEFT_BOUNDARY | _IS.RIGHT_BOUNDARY | _IS.BEFORE_VERB)
        joins_names = self.before(_IS.CAPITAL, ands) & self.behind(_IS.CAPITAL, ands)
        possessed = np.concatenate([owners[owners + by < self.end_of(owners)] + by for by in (1, 2)])
        changed = [
            names,
            add(_IS.BEFORE_VERB, ons[self.behind(_IS.DAY, ons)]),
            add(_IS.BEFORE_VERB, useds[self.behind(_IS.TO, useds)]),
            add(_IS.CONJUNCTION, ands[~joins_names]),
            add(_IS.POSSESSED, possessed),
            add(_IS.BEHIND_QUOTATION, self._words_behind_quotations()),
        ]
        words = np.concatenate(changed)
        distinct, which = np.unique(self.features[words], return_inverse=True)
        self.tag[words] = np.array([_TAGSET.number(features) for features in distinct.tolist()], np.int64)[which]

    def _words_behind_quotations(self) -> Ints:
        """The words before which a masked quotation stands in their text, with no other word between."""
        is_masked = self.buffer.data == 0
        starts = is_masked.copy()
        starts[1:] &= ~is_masked[:-1]
        firsts = self.buffer.offsets[:-1]
        firsts = firsts[firsts < len(is_masked)]
        starts[firsts] = is_masked[firsts]
        quotations = np.flatnonzero(starts)
        words = np.searchsorted(self.start, quotations)
        has_word = words < len(self.start)
        quotations, words = quotations[has_word], words[has_word]
        return words[quotations >= self.buffer.offsets[self.row[words]]]

    def _may_quote(self) -> Bools:
        """Which cues may introduce a quotation: those with a small letter, "According to", and an inverted verb at the
        beginning: "Said Ada Brandt: ...".
        """
        may_quote = ~self.has(_IS.CAPITAL) | self.has(_IS.ACCORDING)
        first = self.first[self.first < self.last]
        is_finite = self.at(_IS.ALWAYS_REPORTS | _IS.PLURAL | _IS.PAST_PARTICIPLE, first)
        first = first[is_finite & ~self.at(_IS.VERB_OR_NOUN, first) & self.behind(_IS.CAPITAL, first)]
        may_quote[first] = True
        return may_quote

    def _number_cues(self) -> Ints:
        verb = self.features >> VERB_BITS
        pairs = np.flatnonzero(self.features & (_IS.ACCORDING | _IS.PHRASE))
        according = pairs[self.at(_IS.ACCORDING, pairs) & self.behind(_IS.TO, pairs)]
        verb[according] = verb_numbers()[ACCORDING_TO]
        for i in pairs[self.at(_IS.PHRASE, pairs) & self.behind(_IS.PARTICLE, pairs)].tolist():
            phrase = reporting_verbs().get(f"{self.lowercase(i)} {self.lowercase(i + 1)}")
            if phrase:
                verb[i] = verb_numbers()[phrase]
        return verb

    def texts_of(self, first: Ints, last: Ints) -> pl.Series:
        """The texts from each of the words `first` to the words before `last`; empty where these are equal."""
        is_some = first < last
        starts, ends = np.zeros((2, len(first)), np.int64)
        starts[is_some], ends[is_some] = self.start[first[is_some]], self.end[last[is_some] - 1]
        return self.buffer.cut(starts, ends)

    def lowercase(self, i: int) -> str:
        """Word i in lower case, its apostrophes straight."""
        return lowercase(self.buffer.data[self.start[i] : self.end[i]].tobytes().decode())

    def has(self, features: int) -> Bools:
        """Which words have one of the features."""
        has_feature: Bools = ((self.tagset & features) != 0).take(self.tag)
        return has_feature

    def at(self, features: int, words: Ints) -> Bools:
        """Which of some words have one of the features."""
        has_feature: Bools = (self.features[words] & features) != 0
        return has_feature

    def before(self, features: int, words: Ints) -> Bools:
        """As `at`, of the word before each in its text."""
        return (words > self.start_of(words)) & self.at(features, words - 1)

    def behind(self, features: int, words: Ints, by: int = 1) -> Bools:
        """As `at`, of the word after each in its text, or of one further on."""
        following = words + by
        has_following = following < self.end_of(words)
        return has_following & self.at(features, np.where(has_following, following, 0))

    def start_of(self, words: Ints) -> Ints:
        """The first word of the text that each of the words stands in."""
        return self.first[self.row[words]]

    def end_of(self, words: Ints) -> Ints:
        """The word after the last one of the text that each of the words stands in."""
        return self.last[self.row[words]]
