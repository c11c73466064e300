"""Naming: the fullest name in its document that a speaker stands for, the same throughout.

A speaker with a name is the person of that name (`persons`), or has its own name. "He" and "she" stand for a person of
their gender: of their sentence, before them, else of the nearest of three sentences above. There the one who spoke is
meant; else the only one who is named, those whose gender is known before others; of several the one who is named first.
If nobody is named, it is who spoke last, up to six sentences above. In all other cases there is no name.

- "Mayor Ada Brandt left. She said it was late.": Ada Brandt, the only person
- "Ada Brandt met Nora Faber. She said it was late.": Ada Brandt, who is named first
- "It rained on Ada Brandt and Nora Faber. ..." / "Brandt said": Ada Brandt

`name_speakers` says for each speaker by which of these rules it has its name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import polars as pl

from tasks.schemas import SPEAKER_REASONS
from tasks.segment.quotes.persons import (
    FEMALE,
    MALE,
    NOBODY,
    SEVERAL,
    NameWords,
    Persons,
    Trait,
    ends_without_possessive,
    find_name_words,
    gender_of,
    traits_at,
)
from tasks.segment.quotes.tagger import TaggedText, WordFeature
from tasks.segment.quotes.word_classes import word_classes
from tasks.text.arrays import next_true, previous_true, ranges
from tasks.text.buffers import TextBuffer

if TYPE_CHECKING:
    from tasks.segment.quotes.tag_patterns import Phrases
    from tasks.text.arrays import Bools, Ints

_N_LEVELS = 4
"""In how many sentences a person is searched for: that of the pronoun, and those above it."""
_SPOKE_WITHIN = 6  # sentences
_BODY_WITHIN = 2  # sentences
_FAR = 1 << 30  # sentences
_NAMED, _ONLY, _FIRST, _SPOKE, _SEVERAL, _UNNAMED, _NO_SOURCE = map(
    SPEAKER_REASONS.index,
    ("named", "only_person", "first_named", "spoke_last", "several", "unnamed", "no_source"),
)
_PRONOUNS = sorted(word_classes()["pronouns"] | word_classes()["possessives"])
_DESCRIBED = ("the ", "a ", "an ", "one ")


class Places(NamedTuple):
    """Where what speakers say begins, in order: the document, the sentence, and the word that names the source or, if that
    is not known, before which the content stands.
    """

    document: Ints
    sentence: Ints
    word: Ints


def name_speakers(speakers: pl.DataFrame, places: Places, tagged: TaggedText, document: Ints) -> pl.DataFrame:
    """speaker_name, speaker_reason and speaker_resolved of each of the `speakers` (`speaker` as written, or null; `trusts`,
    whether it is sure that a person speaks). `document` is the number of the document of each sentence of `tagged`.

    speaker_resolved is the speaker as written; for "he" and "she" the person's name, or else the holder of an office
    who spoke above; for "it" and "they" the body or the people who spoke above; and null for other pronouns.
    """
    persons = Persons(tagged, document)
    names = _SpeakerNames(speakers["speaker"], places.document, persons)
    person = names.person
    persons.is_sure[person[names.is_surname & (person >= 0) & speakers["trusts"].to_numpy()]] = True
    is_known = [speakers["speaker"].is_null().to_numpy(), person == SEVERAL, names.has_name]
    reason = np.select(is_known, [_NO_SOURCE, _SEVERAL, _NAMED], _UNNAMED)
    antecedents = _Antecedents(persons, tagged, places, names.gender, document)
    described = antecedents.resolve(person, reason, names.is_described)
    bodies = np.flatnonzero(names.is_body)
    described[bodies] = _bodies_above(places, bodies, names)
    name = names.text.scatter(np.flatnonzero(~names.has_name | (person == SEVERAL)), None)
    is_person = np.flatnonzero(person >= 0)
    name = name.scatter(is_person, _display(persons, tagged, person[is_person]))
    is_pronoun = np.flatnonzero(names.is_pronoun)
    resolved = speakers["speaker"].scatter(is_pronoun, name.gather(is_pronoun))
    is_office = np.flatnonzero(described >= 0)
    return pl.DataFrame(
        {
            "speaker_name": name,
            "speaker_reason": pl.Series(SPEAKER_REASONS, dtype=pl.Enum(SPEAKER_REASONS)).gather(reason),
            "speaker_resolved": resolved.scatter(is_office, speakers["speaker"].gather(described[is_office])),
        }
    )


def _bodies_above(places: Places, rows: Ints, names: _SpeakerNames) -> Ints:
    """For each of the rows whose speaker is "it" or "they": the speaker before it, if that is no person and spoke at most two
    sentences above; else -1.
    """
    before = previous_true(~names.is_pronoun & ~names.is_missing)[rows]
    is_near = (before >= 0) & (places.document[before] == places.document[rows])
    is_near &= (places.sentence[rows] - places.sentence[before] <= _BODY_WITHIN) & (names.person[before] == NOBODY)
    is_near &= names.is_many[before] == names.is_many[rows]
    return np.where(is_near, before, -1)


def _display(persons: Persons, tagged: TaggedText, person: Ints) -> pl.Series:
    """The names of persons; null for those without one."""
    distinct, which = np.unique(person, return_inverse=True)
    named = distinct[persons.start[distinct] >= 0]
    texts = _texts(tagged, persons.start[named], persons.end[named])
    names = pl.Series([None], dtype=pl.String).new_from_index(0, len(distinct))
    return names.scatter(np.flatnonzero(persons.start[distinct] >= 0), texts).gather(which)


def _texts(tagged: TaggedText, start: Ints, end: Ints) -> pl.Series:
    """The texts of phrases, with single spaces and without a possessive at the end."""
    is_some = start < end
    last = np.zeros(len(start), np.int64)
    last[is_some] = ends_without_possessive(tagged, end[is_some] - 1)
    first = np.where(is_some, np.append(tagged.start, 0)[start], 0)
    texts = tagged.buffer.cut(first, last)
    spaced = texts.str.contains_any(["\n", "\t", "\u00a0", "  "]).arg_true()
    return texts.scatter(spaced, [" ".join(text.split()) for text in texts.gather(spaced)])


class _SpeakerNames:
    """The names of speakers as they are written, a row for each."""

    def __init__(self, speakers: pl.Series, document: Ints, persons: Persons) -> None:
        distinct = speakers.drop_nulls().unique(maintain_order=True)
        tagged = TaggedText(TextBuffer.of(distinct))
        head, head_end = _heads(tagged)
        names = find_name_words(tagged, head, head_end)
        titles = _titles(tagged, names.start)
        is_one = tagged.last - tagged.first == 1
        traits = np.zeros(len(distinct), np.int64)
        traits[is_one] = traits_at(tagged, tagged.first[is_one])
        text, has_article = _whole_names(tagged, names, head, head_end)
        columns = pl.DataFrame(
            {
                "speaker": distinct,
                "text": text,
                "gender": gender_of(traits, Trait.MALE_PRONOUN, Trait.FEMALE_PRONOUN),
                "is_pronoun": distinct.str.to_lowercase().is_in(_PRONOUNS),
                "is_body": distinct.str.to_lowercase().is_in(["it", "they"]),
                "is_many": _are_many(distinct, tagged),
                "is_surname": (names.n_words == 1) & ~has_article,
                "is_joined": head_end < tagged.last,
                "is_described": _are_described(distinct, tagged) & (names.n_words == 0),
                "title": titles,
                **dict(zip(names._fields, names, strict=True)),
            }
        )
        own = speakers.to_frame("speaker").join(columns, on="speaker", how="left", maintain_order="left")
        own = own.with_columns(pl.exclude("speaker", "text").fill_null(strategy="zero"))
        start, end, first, last, title = (own[name].to_numpy() for name in (*names._fields, "title"))
        self.text = own["text"]
        self.has_name = end > start
        self.gender = own["gender"].to_numpy()
        self.is_missing = speakers.is_null().to_numpy()
        flags = ("is_pronoun", "is_surname", "is_described", "is_body", "is_many")
        self.is_pronoun, self.is_surname, self.is_described, self.is_body, self.is_many = (
            own[name].fill_null(value=False).to_numpy() for name in flags
        )
        self.person = persons.find(document, NameWords(start, end, first, last), title)
        # "the University of Ostrel" is not the "University" that is named elsewhere.
        joined = np.flatnonzero(own["is_joined"].fill_null(value=False).to_numpy() & (self.person >= 0))
        self.person[joined[~persons.is_long[self.person[joined]]]] = NOBODY


def _heads(tagged: TaggedText) -> Phrases:
    """The part of each speaker that may be a name: the run of capitals at its end; the first run if a preposition
    stands between the two ("Ada Brandt of Ostrel").
    """
    first, last = tagged.first, tagged.last
    is_capital = tagged.has(WordFeature.CAPITAL)
    start = np.maximum(previous_true(~is_capital)[last] + 1, first)
    earlier = next_true(is_capital)[first]
    led = np.flatnonzero((start > first) & (start < last))
    before = start[led] - 1
    before -= tagged.at(WordFeature.THE_OR_A, before) & (before > first[led])
    is_led = tagged.at(WordFeature.PREPOSITION | WordFeature.PLACE_PREPOSITION, before)
    led, before = led[is_led], before[is_led]
    # "the ambassador to Iceland Ada Brandt", "a spokesman for Ada Brandt"
    is_office = tagged.at(WordFeature.TO, before)
    joins = (earlier[led] < before) & ~is_office
    head, head_end = start.copy(), last.copy()
    head[led] = np.where(
        joins, earlier[led], np.where(is_office & (last[led] - start[led] > 2), start[led] + 1, last[led])
    )
    head_end[led[joins]] = next_true(~is_capital)[head[led[joins]]]
    return head, head_end


def _whole_names(tagged: TaggedText, names: NameWords, head: Ints, head_end: Ints) -> tuple[pl.Series, Bools]:
    """The name that each speaker has if it is nobody's who is known, with its article: "the Gazette", "the University of
    Ostrel"; and whether it has an article.
    """
    is_long = head_end < tagged.last
    start, end = np.where(is_long, head, names.start), np.where(is_long, tagged.last, names.end)
    led = np.flatnonzero((start > tagged.first) & (start < end))
    has_article = np.zeros(len(start), bool)
    has_article[led] = tagged.at(WordFeature.THE_OR_A, start[led] - 1)
    texts = _texts(tagged, start - has_article, end)
    return texts.zip_with(~texts.str.starts_with("The "), "the " + texts.str.slice(4)), has_article


def _titles(tagged: TaggedText, start: Ints) -> Ints:
    """The gender of the title before the name in each speaker."""
    gender = np.zeros(len(start), np.int64)
    led = np.flatnonzero(start > tagged.first)
    gender[led] = gender_of(traits_at(tagged, start[led] - 1), Trait.MALE_TITLE, Trait.FEMALE_TITLE)
    return gender


def _are_described(speakers: pl.Series, tagged: TaggedText) -> Bools:
    """Which speakers are one person without a name: "the minister", "a neighbour"."""
    last = tagged.last - 1
    is_role = tagged.at(WordFeature.ROLE, last)
    small = speakers.str.to_lowercase()
    is_led = np.any([small.str.starts_with(lead).to_numpy() for lead in _DESCRIBED], axis=0)
    described: Bools = is_role | (is_led & ~tagged.at(WordFeature.PLURAL, last))
    return described


def _are_many(speakers: pl.Series, tagged: TaggedText) -> Bools:
    """Which speakers are more than one: "they", "residents"."""
    many: Bools = tagged.at(WordFeature.PLURAL, tagged.last - 1) | (speakers.str.to_lowercase() == "they").to_numpy()
    return many


class _Antecedents:
    """The persons whom "he" and "she" may stand for, a row for each of these pronouns."""

    def __init__(self, persons: Persons, tagged: TaggedText, places: Places, gender: Ints, document: Ints) -> None:
        """`gender` is that of each speaker at the `places` that is "he" or "she", else 0."""
        self._persons, self._places, self._tagged = persons, places, tagged
        self._rows = np.flatnonzero(gender)
        self._gender = gender[self._rows]
        word = _pronoun_words(persons, tagged, places.word[self._rows], places.sentence[self._rows])
        earliest = np.searchsorted(document, places.document[self._rows])
        self._named, self._reason, self._is_doubtful = self._named_around(word, earliest)

    def _named_around(self, word: Ints, earliest: Ints) -> tuple[Ints, Ints, Bools]:
        """For each pronoun and each sentence, from its own upwards: the person that it may stand for, NOBODY or SEVERAL; the
        reason; and whether a name stands there that may be a person's. `word` is the pronoun, `earliest` the first
        sentence of its document.
        """
        mentions, persons = self._persons.mentions, self._persons
        sentence = self._places.sentence[self._rows][:, None] - np.arange(_N_LEVELS)
        first = np.searchsorted(mentions.sentence, sentence)
        last = np.searchsorted(mentions.sentence, sentence, side="right")
        last[:, 0] = np.clip(np.searchsorted(mentions.word, word), first[:, 0], last[:, 0])
        last = np.minimum(last, np.maximum(self._before_subject(sentence), first))
        last = np.where(sentence < earliest[:, None], first, last)
        shape, first, n_named = first.shape, first.ravel(), (last - first).ravel()
        n = len(first)
        place = np.repeat(np.arange(n), n_named)
        person = mentions.person[ranges(first, n_named)]
        place, person = place[person >= 0], person[person >= 0]
        wanted = np.repeat(self._gender, _N_LEVELS)
        may_be, is_sure = persons.can_be(person, wanted[place]), persons.is_sure[person]
        is_doubtful = np.bincount(place[may_be & ~is_sure & persons.is_long[person]], minlength=n) > 0
        fits = may_be & is_sure
        n_persons = len(persons.start) + 1
        place, person = np.divmod(np.unique(place[fits] * n_persons + person[fits]), n_persons)
        is_known = persons.gender[person] == wanted[place]
        counts = is_known | (np.bincount(place, is_known, minlength=n) == 0)[place]
        place, person = place[counts], person[counts]
        n_fitting = np.bincount(place, minlength=n)
        only = np.bincount(place, person, minlength=n).astype(np.int64)
        subject = np.append(mentions.person, NOBODY)[first]
        has_subject = np.bincount(place, person == subject[place], minlength=n) > 0
        found = np.select([n_fitting == 0, n_fitting == 1, has_subject], [NOBODY, only, subject], SEVERAL)
        reason = np.select([n_fitting == 1, has_subject], [_ONLY, _FIRST], _SEVERAL)
        return found.reshape(shape), reason.reshape(shape), is_doubtful.reshape(shape)

    def _before_subject(self, sentence: Ints) -> Ints:
        """For each pronoun and sentence the number of mentions up to the first "he", or "she", of the sentence: who is named
        after that is somebody else.
        """
        persons, tagged = self._persons, self._tagged
        begins = tagged.first[np.maximum(sentence, 0)]
        limit = np.full(sentence.shape, len(tagged.row), np.int64)
        for gender in (MALE, FEMALE):
            is_subject = (persons.pronoun_gender == gender) & tagged.at(WordFeature.PRONOUN, persons.pronouns)
            subjects = np.append(persons.pronouns[is_subject], len(tagged.row))
            rows = self._gender == gender
            limit[rows] = subjects[np.searchsorted(subjects, begins[rows])]
        return np.searchsorted(persons.mentions.word, limit)

    def resolve(self, person: Ints, reason: Ints, is_described: Bools) -> Ints:
        """Write the person and the reason of each pronoun into the columns of all speakers; and return for each speaker the
        one without a name for whom it stands, or -1.
        """
        n_speakers = len(person)
        described = np.full(n_speakers, -1, np.int64)
        before = previous_true(person >= 0)[self._rows].tolist()
        unnamed = previous_true(is_described)[self._rows].tolist()
        choices = self._choices()
        document, sentence = self._places.document.tolist(), self._places.sentence.tolist()
        fits = [(self._persons.gender == one) | (self._persons.gender == 0) for one in (0, MALE, FEMALE)]
        can_be = [(fit & ~self._persons.may_be_place).tolist() for fit in fits]
        people = person.tolist()

        def distance(row: int, other: int) -> int:
            """How many sentences above a speaker another one spoke; very far if in another document, or if there is none."""
            return sentence[row] - sentence[other] if other >= 0 and document[other] == document[row] else _FAR

        spoke = -1  # the last pronoun that is resolved
        for row, last, described_before, choice in zip(self._rows.tolist(), before, unnamed, choices, strict=True):
            last_row = max(spoke, last)
            far = distance(row, last_row)
            speaks = far <= min(choice.level, _SPOKE_WITHIN) and can_be[choice.gender][people[last_row]]
            if speaks and (far < _N_LEVELS or not choice.is_doubtful):
                people[row], reason[row] = people[last_row], _SPOKE
            else:
                people[row], reason[row] = choice.person, choice.reason
            if people[row] >= 0:
                spoke = row
            elif people[row] == NOBODY and distance(row, described_before) <= _SPOKE_WITHIN:
                described[row] = described_before
        person[:] = people
        return described

    def _choices(self) -> list[_Choice]:
        """For each pronoun the nearest sentence in which somebody is named for whom it may stand."""
        is_named = self._named != NOBODY
        level = np.where(is_named.any(axis=1), is_named.argmax(axis=1), 0)
        pronoun = np.arange(len(level))
        columns = (
            np.where(is_named.any(axis=1), level, _FAR),
            self._named[pronoun, level],
            np.where(is_named.any(axis=1), self._reason[pronoun, level], _UNNAMED),
            self._gender,
            self._is_doubtful.any(axis=1),
        )
        return [_Choice(*row) for row in zip(*(column.tolist() for column in columns), strict=True)]


class _Choice(NamedTuple):
    """For whom a pronoun may stand by the names around it: how many sentences above, the person or NOBODY or SEVERAL, the
    reason, the gender of the pronoun, and whether another name may be a person's.
    """

    level: int
    person: int
    reason: int
    gender: int
    is_doubtful: bool


def _pronoun_words(persons: Persons, tagged: TaggedText, word: Ints, sentence: Ints) -> Ints:
    """The words that are pronouns: those given, else the pronouns before them in the sentence ("She said: ...")."""
    pronouns = np.append(persons.pronouns, len(tagged.row))
    nth = np.searchsorted(persons.pronouns, word)
    before = pronouns[np.maximum(nth - 1, 0)]
    stands_before = (pronouns[nth] != word) & (nth > 0)
    stands_before[stands_before] = tagged.row[before[stands_before]] == sentence[stands_before]
    return np.where(stands_before, before, word)
