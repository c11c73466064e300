"""Persons: the names of a document grouped by whom they stand for, and who of them is a man or a woman.

A name is a run of words with capitals, without titles, roles and parties before it. Names of two or more words with the
same first and last word are one person's. A name of one word is that of the person with this last word, else with this
given name; if there are several, of the one who is named four times as often as the next, else of nobody. Gender follows
from titles, given names and the pronouns after a name.

- "Ernest Orr", "Ernest B. Orr", "Mr Orr", "Ernest": one person
- "Ada Brandt", "Nora Brandt", "Brandt": two persons, and "Brandt" is neither
- "Helen Orr left. She ...": a woman, by her given name and by the pronoun

All documents of a batch are grouped together. A person is a number; words are compared by their hashes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from tasks.segment.quotes.names import find_names
from tasks.segment.quotes.tagger import WordFeature, lowercase
from tasks.segment.quotes.word_classes import word_classes
from tasks.text.arrays import ranges
from tasks.text.hash_index import MULTIPLIER, hash_numbers
from tasks.text.token_features import FeatureCache, hash_tokens

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tasks.segment.quotes.tagger import TaggedText
    from tasks.text.arrays import Bools, Ints

    Hashes = NDArray[np.uint64]

NOBODY, SEVERAL = -1, -2
"""What a name is looked up as if it is nobody's, or may be that of several persons."""
MALE, FEMALE = 1, 2
_GIVEN = 9  # a given name counts as much as so many pronouns
_TITLE = 6  # and so does a title
_SHOWS = 2  # how many more pronouns of one gender than of the other decide
_OUTNUMBERS = 4
_PLACES = 4  # a name that is a place's once in so many times is no person's


class Trait:
    """What a word of a name or a pronoun tells, a bit for each."""

    LEAD = 1 << 0
    """Stands before a name and is no part of it: "Republican" Ada Brandt."""
    END = 1 << 1
    """No part of the name before it: the Fed "December" meeting."""
    STATE = 1 << 2
    """The last word of a state, which may stand before a person's name: "Ohio" Senator."""
    MALE_NAME = 1 << 3
    FEMALE_NAME = 1 << 4
    MALE_TITLE = 1 << 5
    FEMALE_TITLE = 1 << 6
    MALE_PRONOUN = 1 << 7
    FEMALE_PRONOUN = 1 << 8


_BY_CLASS = {
    "honorifics": Trait.LEAD,
    "roles": Trait.LEAD,
    "articles": Trait.LEAD,
    "parties": Trait.LEAD,
    "groups": Trait.LEAD,
    "pronouns": Trait.LEAD,
    "months": Trait.END,
    "days": Trait.END,
    "states": Trait.STATE,
    "given_names_of_men": Trait.MALE_NAME,
    "given_names_of_women": Trait.FEMALE_NAME,
    "men": Trait.MALE_TITLE,
    "women": Trait.FEMALE_TITLE,
    "male_pronouns": Trait.MALE_PRONOUN,
    "female_pronouns": Trait.FEMALE_PRONOUN,
}


def traits_of(word: str) -> int:
    """The traits of a word, as bits of `Trait`.

    >>> traits_of("Mr") == Trait.LEAD | Trait.MALE_TITLE, traits_of("she") == Trait.LEAD | Trait.FEMALE_PRONOUN
    (True, True)
    """
    small = lowercase(word).rstrip(".")
    return sum({bit for name, bit in _BY_CLASS.items() if small in word_classes()[name]})


_TRAITS = FeatureCache(traits_of)


def traits_at(tagged: TaggedText, words: Ints) -> Ints:
    """The traits of some words."""
    return _TRAITS.features(tagged.buffer, tagged.start[words], tagged.end[words])


class NameWords(NamedTuple):
    """Names without what leads up to them: their first words and the words after their last ones (equal if nothing is
    left), and hashes of their first and last words.
    """

    start: Ints
    end: Ints
    first: Hashes
    last: Hashes

    @property
    def n_words(self) -> Ints:
        """The number of words of each name."""
        return self.end - self.start


def find_name_words(tagged: TaggedText, start: Ints, end: Ints) -> NameWords:
    """The names in phrases of words with capitals.

    >>> import polars as pl
    >>> from tasks.segment.quotes.tagger import TaggedText
    >>> from tasks.text.buffers import TextBuffer
    >>> tagged = TaggedText(TextBuffer.of(pl.Series(["Ostrel Sen. Brian Orr", "North Carolina Ada Faber", "Mr"])))
    >>> names = find_name_words(tagged, tagged.first, tagged.last)
    >>> tagged.texts_of(names.start, names.end).to_list()
    ['Brian Orr', 'Ada Faber', '']
    """
    phrase = np.repeat(np.arange(len(start)), end - start)
    word = ranges(start, end - start)
    traits = traits_at(tagged, word)
    is_given = np.append(traits[1:] & (Trait.MALE_NAME | Trait.FEMALE_NAME), 0)[: len(traits)] != 0
    is_lead = (traits & Trait.LEAD) != 0
    is_before = ((traits & Trait.STATE) != 0) | tagged.at(WordFeature.POSSESSIVE, word)  # "Norway's" Ada Faber
    is_lead |= is_before & is_given & (word < end[phrase] - 2)
    leads = np.flatnonzero(is_lead & (word < end[phrase] - 1))
    start = start.copy()
    start[phrase[leads]] = word[leads] + 1  # the last one counts
    ends = np.flatnonzero(((traits & Trait.END) != 0) & (word > start[phrase]))[::-1]
    end = end.copy()
    end[phrase[ends]] = word[ends]  # the first one counts
    alone = np.flatnonzero(is_lead & (word == start[phrase]))  # "Mr", "President"
    end[phrase[alone]] = start[phrase[alone]]
    return NameWords(start, end, _hash_words(tagged, start, end > start), _hash_words(tagged, end - 1, end > start))


def _hash_words(tagged: TaggedText, words: Ints, exist: Bools) -> Hashes:
    """Hashes of words, without the possessive at their ends; 0 for those that do not exist."""
    hashes = np.zeros(len(words), np.uint64)
    words = words[exist]
    hashes[exist] = hash_tokens(tagged.buffer.windows, tagged.start[words], ends_without_possessive(tagged, words))
    return hashes


def ends_without_possessive(tagged: TaggedText, words: Ints) -> Ints:
    """Where words end, in bytes, not counting "'s"."""
    end = tagged.end[words]
    owners = np.flatnonzero(tagged.at(WordFeature.POSSESSIVE, words))
    data = tagged.buffer.data
    last = end[owners]
    has_s = data[last - 1] == ord("s")
    is_straight = has_s & (data[last - 2] == ord("'"))
    is_curly = has_s & (data[np.maximum(last - 4, 0)] == 0xE2)
    end[owners] = last - 2 * is_straight - 4 * (is_curly & ~is_straight)
    return end


class Mentions(NamedTuple):
    """Names in the text, in order: the first word of each, its sentence, its person, and that word's traits."""

    word: Ints
    sentence: Ints
    person: Ints


class Persons:
    """Who is named in the documents of a batch."""

    def __init__(self, tagged: TaggedText, document: Ints) -> None:
        """`document` is the number of the document of each sentence of `tagged`, from 0, in order."""
        self._tagged = tagged
        found = find_names(tagged)
        names = find_name_words(tagged, found.start, found.end)
        some = np.flatnonzero(names.n_words > 0)
        names = NameWords(names.start[some], names.end[some], names.first[some], names.last[some])
        sentence = tagged.row[names.start]
        titles = _titles_before(tagged, names.start)
        is_place = (~found.is_person & ~found.may_be_person & (found.end - found.start > 1))[some]
        of = document[sentence]
        self._group_long_names(names, of, titles)
        person = self._add_short_names(names, of, titles)
        self._count(person, titles, found.is_person[some], is_place)
        self.mentions = Mentions(names.start, sentence, person)
        self.pronouns, self.pronoun_gender = _find_pronouns(tagged)
        self._count_pronouns()

    def _group_long_names(self, names: NameWords, document: Ints, titles: Ints) -> None:
        """One person for each pair of first and last word; named by the longest of the names."""
        long = np.flatnonzero(names.n_words > 1)
        keys = _long_keys(document[long], names.first[long], names.last[long])
        self._long_keys, index, count = np.unique(keys, return_index=True, return_counts=True)
        order = np.lexsort((long, -names.n_words[long], keys))
        firsts = np.searchsorted(keys[order], self._long_keys)
        longest = long[order[firsts]] if len(long) else long
        self.start, self.end = names.start[longest], names.end[longest]
        document, first, last = document[long[index]], names.first[long[index]], names.last[long[index]]
        given = traits_at(self._tagged, self.start)
        male, female = (given & Trait.MALE_NAME) != 0, (given & Trait.FEMALE_NAME) != 0
        is_given = male | female
        title = np.zeros(len(count), np.int64)
        person = np.searchsorted(self._long_keys, keys)
        titled = titles[long] > 0
        title[person[titled]] = titles[long][titled]
        gender = np.where(title > 0, title, np.where(male & ~female, MALE, np.where(female & ~male, FEMALE, 0)))
        fits = [(gender == 0) | (gender == shown) | (shown == 0) for shown in (0, MALE, FEMALE)]
        self._lookups = [
            [
                _Lookup(_short_keys(document, last), count, fit),
                _Lookup(_short_keys(document, first), count, fit & is_given),
            ]
            for fit in fits
        ]
        self._n_long = len(count)

    def find(self, document: Ints, names: NameWords, titles: Ints) -> Ints:
        """The person that each name stands for, NOBODY or SEVERAL."""
        person = np.full(len(document), NOBODY, np.int64)
        long, short = np.flatnonzero(names.n_words > 1), np.flatnonzero(names.n_words == 1)
        keys = _long_keys(document[long], names.first[long], names.last[long])
        person[long] = _find_sorted(self._long_keys, keys)
        keys = _short_keys(document[short], names.last[short])
        person[short] = self._find_short(keys, titles[short])
        own = short[person[short] == NOBODY]
        number = _find_sorted(self._own_keys, _short_keys(document[own], names.last[own]))
        person[own] = np.where(number >= 0, number + self._n_long, NOBODY)
        return person

    def _find_short(self, keys: Hashes, titles: Ints) -> Ints:
        """By the last word, else by the first; of several, who has the gender of the title."""
        found = np.full(len(keys), NOBODY, np.int64)
        for by_word in range(2):
            rest = np.flatnonzero(found == NOBODY)
            found[rest] = self._lookups[0][by_word].find(keys[rest])
            for gender in (MALE, FEMALE):
                doubtful = rest[(found[rest] == SEVERAL) & (titles[rest] == gender)]
                found[doubtful] = self._lookups[gender][by_word].find(keys[doubtful])
        return found

    def _add_short_names(self, names: NameWords, document: Ints, titles: Ints) -> Ints:
        """The person of each name. A word that is nobody's yet is a person by itself, unless it is a given name; one that
        may be several persons' is a person without a name.
        """
        self._own_keys = np.zeros(0, np.uint64)
        person = self.find(document, names, titles)
        short_keys = _short_keys(document, names.last)
        rest = np.flatnonzero((person < 0) & (names.n_words == 1))
        keys, index, inverse = np.unique(short_keys[rest], return_index=True, return_inverse=True)
        word = names.start[rest[index]]
        is_given = (traits_at(self._tagged, word) & (Trait.MALE_NAME | Trait.FEMALE_NAME)) != 0
        is_several = person[rest[index]] == SEVERAL
        is_kept = is_several | ~is_given
        number = np.where(is_kept, np.cumsum(is_kept) - 1 + self._n_long, NOBODY)
        person[rest] = number[inverse]
        self._own_keys = np.where(is_several, 0, keys)[is_kept]
        self.start = np.append(self.start, np.where(is_several, -1, word)[is_kept])
        self.end = np.append(self.end, (word + 1)[is_kept])
        return person

    def _count(self, person: Ints, titles: Ints, is_person: Bools, is_place: Bools) -> None:
        n = len(self.start)
        known = person >= 0
        named = person[known]
        n_mentions = np.bincount(named, minlength=n)
        n_places = np.bincount(named, is_place[known], minlength=n)
        given = np.zeros(n, np.int64)
        has_name = self.start >= 0
        given[has_name] = traits_at(self._tagged, self.start[has_name])
        has_given = (given & np.array([[Trait.MALE_NAME], [Trait.FEMALE_NAME]])) != 0
        self._shown = _GIVEN * has_given.astype(np.float64)
        for row, gender in enumerate((MALE, FEMALE)):
            self._shown[row] += _TITLE * np.bincount(named, titles[known] == gender, minlength=n)
        self.is_sure = np.bincount(named, is_person[known] | (titles[known] > 0), minlength=n) > 0
        self.is_sure |= has_given.any(axis=0) | ~has_name
        self.is_long = np.arange(n) < self._n_long
        self.may_be_place = _PLACES * n_places > n_mentions
        self._settle()

    def _count_pronouns(self) -> None:
        """The first pronoun after each mention, before the next one in its sentence, shows the gender."""
        word, sentence, person = self.mentions
        if not len(word) or not len(self.pronouns):
            return
        limit = np.minimum(np.append(word[1:], len(self._tagged.row)), self._tagged.last[sentence])
        first, last = np.searchsorted(self.pronouns, word), np.searchsorted(self.pronouns, limit)
        shows = np.flatnonzero((first < last) & (person >= 0))
        for row, gender in enumerate((MALE, FEMALE)):
            is_it = self.pronoun_gender[first[shows]] == gender
            self._shown[row] += np.bincount(person[shows], is_it, minlength=len(self.start))
        self._settle()

    def _settle(self) -> None:
        """Who is a man and who a woman, by the counts."""
        male, female = self._shown
        is_clear = (np.abs(male - female) >= _SHOWS) & (np.maximum(male, female) >= 3 * np.minimum(male, female))
        self.gender = np.where(is_clear, np.where(male > female, MALE, FEMALE), 0)

    def can_be(self, person: Ints, gender: Ints) -> Bools:
        """Whether persons can be of a gender, and are no places or bodies ("in Ostrel Castle")."""
        can: Bools = ((self.gender[person] == 0) | (self.gender[person] == gender)) & ~self.may_be_place[person]
        return can


def _titles_before(tagged: TaggedText, words: Ints) -> Ints:
    """The gender of the title before each word; 0 if there is none."""
    before = np.maximum(words - 1, 0)
    has_title = (words > tagged.start_of(words)) & tagged.at(WordFeature.HONORIFIC | WordFeature.ROLE, before)
    traits = np.zeros(len(words), np.int64)
    traits[has_title] = traits_at(tagged, before[has_title])
    return gender_of(traits, Trait.MALE_TITLE, Trait.FEMALE_TITLE)


def gender_of(traits: Ints, male: int, female: int) -> Ints:
    """The gender that traits show, 0 for none."""
    return np.where((traits & female) != 0, FEMALE, np.where((traits & male) != 0, MALE, 0))


def _find_pronouns(tagged: TaggedText) -> tuple[Ints, Ints]:
    """The words that are "he", "she", "his" and so on, and their gender."""
    words = np.flatnonzero(tagged.has(WordFeature.PRONOUN | WordFeature.ARTICLE))
    gender = gender_of(traits_at(tagged, words), Trait.MALE_PRONOUN, Trait.FEMALE_PRONOUN)
    return words[gender > 0], gender[gender > 0]


def _short_keys(document: Ints, word: Hashes) -> Hashes:
    return hash_numbers(document) + word


def _long_keys(document: Ints, first: Hashes, last: Hashes) -> Hashes:
    return hash_numbers(document) + first * MULTIPLIER + last


def _find_sorted(known: Hashes, keys: Hashes) -> Ints:
    """The place of each key among known ones, which are sorted; -1 if it is not there."""
    if not len(known):
        return np.full(len(keys), NOBODY, np.int64)
    place = np.minimum(np.searchsorted(known, keys), len(known) - 1)
    return np.where(known[place] == keys, place, NOBODY)


class _Lookup:
    """Persons by a word of their names."""

    def __init__(self, keys: Hashes, count: Ints, chosen: Bools) -> None:
        """`count` is how often each person is named; only `chosen` persons are found."""
        order = np.lexsort((-count, keys))
        self._person = order[chosen[order]]
        self._keys = keys[self._person]
        self._count = np.append(count[self._person], 0)

    def find(self, keys: Hashes) -> Ints:
        """The person with each key: the only one, or who is named four times as often as the next; else SEVERAL."""
        first, last = (np.searchsorted(self._keys, keys, side=side) for side in ("left", "right"))
        n = last - first
        stands_out = self._count[first] >= _OUTNUMBERS * self._count[np.minimum(first + 1, len(self._keys))]
        found = np.append(self._person, NOBODY)[first]
        return np.where(n == 0, NOBODY, np.where((n == 1) | stands_out, found, SEVERAL))
