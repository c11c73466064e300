"""Naming: the fullest name in its document that a speaker stands for, the same throughout.

Names are grouped into persons: "Mr Orr" and "Orr" are the "Ernest Orr" of their document, if there is one such. A person
is a man or a woman where the text shows it: by a title, or by the "he" or "she" that follows the name most often. A pronoun
stands for the person of its sentence, else of the nearest sentence above, that it agrees with; of several for who spoke last
or is the subject there. Where two remain there is no name.

- "Mayor Ada Brandt left. She said it was late.": Ada Brandt
- "Ada Brandt met Nora Faber in Ostrel and ... Brandt said": Ada Brandt
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import polars as pl

from tasks.segment.quotes.attribution import touching
from tasks.segment.quotes.names import find_names
from tasks.segment.quotes.tagger import WordFeature, lowercase
from tasks.segment.quotes.word_classes import word_classes
from tasks.text.token_features import FeatureCache

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tasks.segment.quotes.tagger import TaggedText
    from tasks.text.arrays import Ints
    from tasks.text.buffers import TextBuffer

_MALE, _FEMALE = 1, 2
_GENDERS = FeatureCache(
    lambda word: {"he": 1, "his": 1, "him": 1, "himself": 1, "she": 2, "her": 2, "hers": 2, "herself": 2}.get(
        lowercase(word), 0
    )
)
_PERSONAL = {"he": _MALE, "she": _FEMALE}
_TOKEN = re.compile(r"[^\W_][\w'’.-]*")
_REMEMBERED = 20_000  # names
_SENTENCES_ABOVE = 4
_SPOKE_WITHIN = 6  # sentences
_OUTNUMBERS = 4
_GIVEN = 4  # a given name shows as much as so many pronouns
_PLACES = 4
_SHOWS = 2  # pronouns more of one kind than of the other, which show whether a name is a man's or a woman's


@lru_cache(_REMEMBERED)
def name_tokens(name: str) -> tuple[str, ...]:
    """The words of a name, without titles, roles and what else leads up to it; empty for what is no name.

    >>> name_tokens("energy minister Ada Brandt"), name_tokens("Mr. Orr’s"), name_tokens("the police")
    (('Ada', 'Brandt'), ('Orr',), ())
    """
    classes = word_classes()
    tokens = [token.rstrip(".") if len(token) > 2 else token for token in _TOKEN.findall(name)]
    tokens = [token.removesuffix("'s").removesuffix("’s") for token in tokens]
    begin = len(tokens)
    while begin and tokens[begin - 1][:1].isupper():
        begin -= 1
    leads = classes["honorifics"] | classes["roles"] | classes["articles"] | classes["parties"] | classes["pronouns"]
    ends = classes["months"] | classes["days"]
    smalls = [lowercase(token).rstrip(".") for token in tokens]
    end = next((i for i in range(begin + 1, len(tokens)) if smalls[i] in ends), len(tokens))
    # "Ostrel Sen. Ada Brandt": what stands behind the last title.
    titles = (i + 1 for i in range(end - 2, begin - 1, -1) if smalls[i] in leads)
    begin = next(titles, begin)
    return tuple(tokens[begin:end]) if begin < end and smalls[begin] not in leads else ()


@lru_cache(_REMEMBERED)
def gender_of_title(name: str) -> int:
    """1 if a title in a name is a man's, 2 if a woman's, else 0.

    >>> gender_of_title("Mr. Orr"), gender_of_title("actress Ada Brandt"), gender_of_title("Ada Brandt")
    (1, 2, 0)
    """
    words = {lowercase(word).rstrip(".") for word in name.split()}
    if words & word_classes()["women"]:
        return _FEMALE
    return _MALE if words & word_classes()["men"] else 0


class _Person:
    """Somebody who is named in a document."""

    __slots__ = ("counts", "gender", "is_sure", "n_places", "name", "tokens")

    def __init__(self, tokens: tuple[str, ...]) -> None:
        self.tokens = tokens
        self.name: str | None = " ".join(tokens)
        self.counts = [0, 0, 0]
        self.gender = 0
        self.is_sure = False
        self.n_places = 0
        given = lowercase(tokens[0])
        self.counts[_MALE] += _GIVEN * (given in word_classes()["given_names_of_men"])
        self.counts[_FEMALE] += _GIVEN * (given in word_classes()["given_names_of_women"])
        self.is_sure |= any(self.counts)

    def can_be(self, gender: int) -> bool:
        """Whether it can be a man, or a woman, and no place or body ("in Ostrel Castle")."""
        return self.gender in {0, gender} and _PLACES * self.n_places <= self.counts[0]


class People:
    """Who is named in a document, by the words of their names.

    >>> people = People([("Ernest Orr", True), ("Mr Orr", True), ("Ada Brandt", True)])
    >>> people.find("Orr").name, people.find("Mr Orr").gender, people.find("Faber")
    ('Ernest Orr', 1, None)
    """

    def __init__(self, names: list[tuple[str, bool | None]]) -> None:
        """The names in the order of the text, and whether each is surely a person's; None if it is a place's rather."""
        self._by_tokens: dict[tuple[str, ...], _Person] = {}
        self._by_word: dict[str, list[_Person]] = defaultdict(list)
        self._found: dict[str, _Person | None] = {}
        self._nameless: dict[tuple[str, ...], _Person] = {}
        counts: dict[tuple[str, ...], int] = defaultdict(int)
        sure: set[tuple[str, ...]] = set()
        places: dict[tuple[str, ...], int] = defaultdict(int)
        distinct = Counter(names)
        for (name, is_sure), count in distinct.items():
            tokens = name_tokens(name)
            counts[tokens] += count
            if is_sure:
                sure.add(tokens)
            elif is_sure is None:
                places[tokens] += count
        for tokens in sorted(counts, key=lambda tokens: -len(tokens)):
            if tokens and self._is_new(tokens, counts[tokens]):
                person = self._by_tokens[tokens] = _Person(tokens)
                for word in {tokens[0], tokens[-1]}:
                    self._by_word[word].append(person)
            fuller = self._fuller(tokens) if tokens else []
            for person in fuller if len(fuller) == 1 else ():
                person.counts[0] += counts[tokens]
                person.n_places += places[tokens]
                person.is_sure |= tokens in sure
        for name, is_sure in distinct:
            gender = gender_of_title(name)
            titled = self.find(name) if gender else None
            if titled:
                titled.is_sure = True
                titled.counts[gender] += 3 * distinct[name, is_sure]
        self.settle_genders()

    def _is_new(self, tokens: tuple[str, ...], count: int) -> bool:
        """Whether a name is none of the longer ones; one word alone, which is no given name, has to be written again."""
        if len(tokens) > 1:
            return not self._fuller(tokens)
        small = lowercase(tokens[0])
        is_given = any(small in word_classes()[given] for given in ("given_names_of_men", "given_names_of_women"))
        return count > 1 and not is_given and not any(one.tokens[-1] == tokens[0] for one in self._by_word[tokens[0]])

    def _fuller(self, tokens: tuple[str, ...]) -> list[_Person]:
        """The persons whose name holds all the words of a name and ends with it, or else begins with it: "Trump" is no
        "Trump Tower" where there is a "Donald Trump".
        """
        found = [person for person in self._by_word.get(tokens[-1], ()) if set(tokens) <= set(person.tokens)]
        return [person for person in found if person.tokens[-1] == tokens[-1]] or found

    def settle_genders(self) -> None:
        """Decide who is a man and who a woman, by the counts."""
        for person in (*self._by_tokens.values(), *self._nameless.values()):
            _, male, female = person.counts
            if abs(male - female) >= _SHOWS and max(male, female) >= 3 * min(male, female):
                person.gender = _MALE if male > female else _FEMALE
        self._found.clear()

    def find(self, name: str) -> _Person | None:
        """The person that a name stands for; None if there is none, or more."""
        if name not in self._found:
            self._found[name] = self._look_up(name)
        return self._found[name]

    def _look_up(self, name: str) -> _Person | None:
        tokens = name_tokens(name)
        if not tokens:
            return None
        found = self._fuller(tokens)
        gender = gender_of_title(name)
        if len(found) > 1 and gender:
            found = [person for person in found if person.gender in {0, gender}]
        if len(found) > 1:
            found.sort(key=lambda person: -person.counts[0])
            if found[0].counts[0] < _OUTNUMBERS * found[1].counts[0]:
                return None
        return found[0] if found else None

    def mentioned(self, name: str) -> _Person | None:
        """As `find`; of a name that several have, somebody without a name, the same one for each such name."""
        person = self.find(name)
        tokens = name_tokens(name)
        if person or not tokens or not self._fuller(tokens):
            return person
        if tokens not in self._nameless:
            nameless = self._nameless[tokens] = _Person(tokens)
            nameless.name, nameless.is_sure = None, True
        return self._nameless[tokens]

    def display(self, name: str) -> str | None:
        """The fullest name for a name as written, itself if it is no known person's; None for what is no name."""
        person = self.find(name)
        if person:
            return person.name
        tokens = name_tokens(name)
        if not tokens or len(self._fuller(tokens)) > 1:
            return None
        return re.sub(r"\s+", " ", name) if name[:4].lower() == "the " else " ".join(tokens)


class _Mentions(NamedTuple):
    """Names in the text, in order: their first words, sentences, texts, and whether they are surely persons', or null."""

    word: Ints
    sentence: Ints
    name: list[str]
    is_sure: list[bool | None]


def name_speakers(rows: pl.DataFrame, sentences: pl.DataFrame, texts: TextBuffer, tagged: TaggedText) -> pl.DataFrame:
    """`rows` of the table `attributions` with speaker_name. `rows` has speaker, speaker_known (whom a pronoun was found to
    stand for, or null) and source (a word of the tagged text, or null); `sentences` are those that `tagged` has.
    """
    if not rows.height:
        return rows.with_columns(speaker_name=pl.lit(None, pl.String))
    document = sentences["document_id"].rle_id().to_numpy().astype(np.int64)
    sentence, word = _places(rows, sentences, texts, tagged)
    mentions = _find_mentions(tagged)
    bounds = np.searchsorted(document[mentions.sentence], np.arange(document[-1] + 2))
    rows_of = np.searchsorted(document[sentence], np.arange(document[-1] + 2))
    speakers, known = rows["speaker"].to_list(), rows["speaker_known"].to_list()
    said = (rows["cue_class"] == "speech").fill_null(value=False).to_list()
    pronouns = np.flatnonzero(tagged.has(WordFeature.PRONOUN | WordFeature.ARTICLE))
    gender = _GENDERS.features(tagged.buffer, tagged.start[pronouns], tagged.end[pronouns])
    pronouns, gender = pronouns[gender > 0], gender[gender > 0]
    names: list[str | None] = [None] * rows.height
    for one in range(int(document[-1]) + 1):
        first, last = int(rows_of[one]), int(rows_of[one + 1])
        if first == last:
            continue
        part = slice(int(bounds[one]), int(bounds[one + 1]))
        scene = _Scene(tagged, mentions, part, pronouns, gender)
        scene.trust(speaker for speaker, is_said in zip(speakers[first:last], said[first:last], strict=True) if is_said)
        for i in range(first, last):
            names[i] = scene.name(speakers[i], known[i], int(sentence[i]), int(word[i]))
    return rows.with_columns(pl.Series("speaker_name", names, pl.String))


def _places(rows: pl.DataFrame, sentences: pl.DataFrame, texts: TextBuffer, tagged: TaggedText) -> tuple[Ints, Ints]:
    """The sentence that each row begins in, and the word of the tagged text that its source is, or stands before."""
    first, _, order = touching(rows, sentences)
    sentence = order[np.minimum(first, len(order) - 1)]
    start = np.maximum((rows["start"] - sentences["start"].gather(sentence)).to_numpy(), 0)
    word = np.searchsorted(tagged.start, texts.offsets[sentence] + texts.bytes_at(sentence, start))
    source = rows["source"].fill_null(-1).to_numpy()
    return sentence, np.where(source >= 0, source, word)


def _find_mentions(tagged: TaggedText) -> _Mentions:
    names = find_names(tagged)
    texts = tagged.texts_of(names.start - _titles_before(tagged, names.start), names.end).to_list()
    is_place = ~names.is_person & ~names.may_be_person & (names.end - names.start > 1)
    is_sure = [None if place else sure for place, sure in zip(is_place.tolist(), names.is_person.tolist(), strict=True)]
    return _Mentions(names.start, tagged.row[names.start], texts, is_sure)


def _titles_before(tagged: TaggedText, words: Ints) -> Ints:
    """1 for each word with a title before it, else 0."""
    return tagged.before(WordFeature.HONORIFIC | WordFeature.ROLE, words).astype(np.int64)


class _Scene:
    """A document: its people, where they are named, and who spoke last."""

    def __init__(self, tagged: TaggedText, mentions: _Mentions, part: slice, pronouns: Ints, gender: Ints) -> None:
        self._tagged = tagged
        self._word, self._sentence = mentions.word[part], mentions.sentence[part]
        self._names = mentions.name[part]
        self._people = People(list(zip(self._names, mentions.is_sure[part], strict=True)))
        self._pronouns, self._gender = pronouns, gender
        self._last: tuple[int, _Person] | None = None

    @cached_property
    def _person(self) -> list[_Person | None]:
        """Who each mention is; found when the first pronoun is met. With it the pronouns behind each mention, up to the next
        one, are counted, which show who is a man and who a woman.
        """
        found = {name: self._people.mentioned(name) for name in set(self._names)}
        people = [found[name] for name in self._names]
        if not people:
            return people
        end = self._tagged.last[self._sentence]
        behind = np.minimum(np.append(self._word[1:], end[-1]), end)
        first, last = (np.searchsorted(self._pronouns, words) for words in (self._word, behind))
        for i in np.flatnonzero(first < last).tolist():
            person = people[i]
            if person:
                person.counts[self._gender[first[i]]] += 1
        self._people.settle_genders()
        return people

    def trust(self, speakers: Iterable[str | None]) -> None:
        """Whoever speaks under a surname alone is a person."""
        for speaker in set(speakers):
            is_surname = speaker and not speaker.lower().startswith("the ") and len(name_tokens(speaker)) == 1
            person = self._people.find(speaker) if speaker and is_surname else None
            if person:
                person.is_sure = True

    def name(self, speaker: str | None, known: str | None, sentence: int, word: int) -> str | None:
        """The name of a speaker as written, whose words stand in a sentence, at or around a word."""
        wanted = _PERSONAL.get(speaker.lower()) if speaker else None
        person = None
        if wanted:
            if not self._person:
                return known and self._people.display(known)
            person = self._people.find(known) if known else None
            if person and not person.can_be(wanted):
                person = known = None
            person = person or self._antecedent(sentence, word, wanted)
            name = person.name if person else known and self._people.display(known)
        else:
            name = self._people.display(speaker or known or "")
            person = self._people.mentioned(speaker or known or "")
        if person:
            if wanted and not person.gender:
                person.gender = wanted
            self._last = sentence, person
        return name

    def _antecedent(self, sentence: int, word: int, wanted: int) -> _Person | None:
        """The person that a pronoun stands for."""
        before = int(np.searchsorted(self._pronouns, word))
        is_pronoun = before < len(self._pronouns) and self._pronouns[before] == word
        # The pronoun of a quotation may stand before it.
        if not is_pronoun and before and self._tagged.row[self._pronouns[before - 1]] == sentence:
            word = int(self._pronouns[before - 1])
        last = int(np.searchsorted(self._word, word))
        for above in range(_SENTENCES_ABOVE):
            # Who speaks in a sentence is its subject.
            if self._last and self._last[0] == sentence - above and self._last[1].can_be(wanted):
                return self._last[1]
            first = int(np.searchsorted(self._sentence, sentence - above))
            found = self._agreeing(first, last, wanted)
            if found:
                return self._one_of(found, first)
            last = min(first, last)
        if self._last and sentence - self._last[0] <= _SPOKE_WITHIN and self._last[1].can_be(wanted):
            return self._last[1]
        return None

    def _agreeing(self, first: int, last: int, wanted: int) -> list[_Person]:
        """The persons among some mentions whom a pronoun may stand for; those known to be a man or a woman before others."""
        people = [person for person in self._person[first:last] if person and person.is_sure and person.can_be(wanted)]
        people = list(dict.fromkeys(people))
        known = [person for person in people if person.gender == wanted]
        return known or people

    def _one_of(self, people: list[_Person], first: int) -> _Person | None:
        """Of several persons who is named first in the sentence; None if that is nobody of them."""
        if len(people) == 1:
            return people[0]
        subject = self._person[first]
        return subject if subject in people else None
