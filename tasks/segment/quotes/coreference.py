"""Persons: whom a text names, and for whom "he" and "she" stand.

"He" and "she" stand for the one person named in the nearest of: what stands before them in their paragraph, the paragraph
above, the speech above. More candidates, or a name that may be a person's, and they stand for nobody: no name is better
than a wrong one.

Speech that nobody is said to speak is carried on from the paragraph above only where both are nothing but speech there.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import polars as pl

from tasks.schemas import QUOTATION_MARKS
from tasks.segment.quotes.tagger import (
    OFFICES,
    PRONOUNS,
    Clauses,
    Is,
    small_letters,
)
from tasks.text.arrays import exclusive_sum, next_true, previous_true
from tasks.text.buffers import TextBuffer
from tasks.text.characters import ascii_letters, character_from, find_bytes
from tasks.text.hash_index import UNKNOWN, HashIndex, hash_numbers
from tasks.text.token_features import hash_tokens

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tasks.segment.quotes.context import Narration
    from tasks.segment.quotes.tagger import Numbers
    from tasks.text.arrays import Ints as Bytes


def named_people(text: str) -> tuple[list[str], list[str]]:
    """Whom a text names: those whom an office, an honorific, an age or a reporting verb shows to be persons, and names of
    two words or more that could be a company's or a place's. Owners ("Mr Orr's house") are left out, for a pronoun after
    them is seldom theirs.

    >>> named_people("Interior minister Nora Faber met Mr Orr at Ostrel Castle. Ada Brandt stayed away.")
    (['Nora Faber', 'Mr Orr'], ['Ada Brandt'])
    """
    clauses = Clauses(TextBuffer.of(pl.Series([text])))
    start, end, is_sure, is_doubtful = _find_names(clauses)
    sure, doubtful = (clauses.texts_of(start[kept], end[kept]).to_list() for kept in (is_sure, is_doubtful))
    return sure, doubtful


class _Mentions(NamedTuple):
    """Names in order, which do not overlap: where they start and end, in bytes, and a hash of their last words."""

    start: Bytes
    end: Bytes
    surname: NDArray[np.uint64]

    @classmethod
    def of(cls, clauses: Clauses, first: Numbers, last: Numbers) -> _Mentions:
        """The phrases from each of the words `first` to the ones before `last`."""
        end = clauses.end[last - 1]
        return cls(clauses.start[first], end, hash_tokens(clauses.buffer.windows, clauses.start[last - 1], end))

    def between(self, start: Bytes, end: Bytes) -> _Found:
        """Those that stand in stretches from `start` to `end` as a whole."""
        first = np.searchsorted(self.start, start)
        n_names = np.maximum(np.searchsorted(self.end, end, side="right") - first, 0)
        stretch = np.repeat(np.arange(len(start)), n_names)
        nth = np.arange(len(stretch)) + np.repeat(first - np.cumsum(n_names) + n_names, n_names)
        return _Found(stretch, nth, self.surname[nth] + hash_numbers(stretch))


class _Found(NamedTuple):
    """Names in stretches of texts."""

    stretch: Numbers
    """The number of the stretch that each stands in."""
    nth: Numbers
    """Which of the names it is."""
    key: NDArray[np.uint64]
    """A hash of the stretch and the surname."""


_BEFORE_NAMES = Is.OFFICE | Is.LEADING | Is.PREPOSITION | Is.DETERMINER | Is.EDGE | Is.AND | Is.PRONOUN


def _find_names(clauses: Clauses) -> tuple[Numbers, Numbers, NDArray[np.bool_], NDArray[np.bool_]]:
    """The first word of each name and the one behind its last, and whether it is surely or may be a person's."""
    facts, has = clauses.facts, clauses.has
    n = len(facts)
    length = clauses.end - clauses.start
    behind = np.append(clauses.buffer.data, 0)[clauses.end]
    # "UN" is no part of a name; an initial or a short title may have a full stop.
    is_dotted = (behind == ord(".")) & (has(Is.HONORIFIC) | (length == 1))
    is_name = has(Is.CAPITAL) & ~has(Is.ACRONYM) & ((length > 1) | is_dotted)
    gap_end = np.append(clauses.start[1:], 0)[:n]
    gap_start = clauses.end + is_dotted
    n_inked = exclusive_sum(clauses.buffer.data > ord(" "))
    is_joined = (gap_end > gap_start) & (n_inked[gap_end] == n_inked[gap_start])
    is_joined &= np.append(clauses.clause[1:] == clauses.clause[:-1], False)[:n]  # to the next word, by white space
    goes_on = np.append(False, (is_joined & is_name)[:-1])[:n] & is_name
    start = np.flatnonzero(is_name & ~goes_on)
    end = next_true(~goes_on)[start + 1]
    start = np.minimum(next_true(~has(_BEFORE_NAMES))[start], end)
    chosen = (start < end) & ~clauses.at(Is.OWNER, end - 1)
    start, end = start[chosen], end[chosen]
    led_by = np.where(np.append(False, is_joined)[start], np.append(0, facts)[start], 0)
    is_long = end - start > 1
    following, second = (_facts_behind(clauses, end, i) for i in range(2))
    is_comma = (following & Is.COMMA) != 0
    is_told = (np.where(is_comma, second, following) & (Is.VERB | np.where(is_comma, Is.AGE, 0))) != 0
    is_sure = ((led_by & Is.OFFICE) != 0) | (is_long & (is_told | clauses.at(Is.HONORIFIC, start)))
    is_doubtful = ~is_sure & is_long & ((led_by & Is.BEFORE_PLACES) == 0)
    return start, end, is_sure, is_doubtful


def _facts_behind(clauses: Clauses, places: Numbers, n_words: int) -> Numbers:
    """The facts of the words that stand so many words behind the ones before `places`, 0 behind the end of a text."""
    limits = clauses.end_of(places - 1)
    inside = np.minimum(places + n_words, limits)
    return np.where(inside < limits, np.append(clauses.facts, 0)[inside], 0)


_TITLES = {"he": "mrs|ms|miss|lady|dame|queen|princess", "she": "mr|sir|lord|king|prince"}
_NOT_FOR = {pronoun: rf"(?i)(?:^|\s)(?:{titles})\.?(?:\s|$)" for pronoun, titles in _TITLES.items()}
"""Whom a pronoun does not stand for."""
_NO_NAME = r"(?i)^(?:the|an?) "
_SURNAME = r"(?:^|\s)(\p{Uppercase}\S*)$"
_FAR = 600  # bytes before a pronoun in which its noun is looked for
_BLOCK = QUOTATION_MARKS.index("block")
_MARKS = "\"'“”„«»‘’‚`\0"


def settle_speakers(narration: Narration, found: pl.DataFrame) -> pl.Series:
    """The speakers of all quotations, pronouns replaced by whom they stand for (or null), and carried into paragraphs
    that are nothing but quotation. `found` has kind, speaker and cue of each.
    """
    row = narration.spans.row
    speaker = found["speaker"]
    pronoun = speaker.str.to_lowercase()
    is_pronoun, is_personal = (
        pronoun.is_in(words).fill_null(value=False).to_numpy() for words in (list(PRONOUNS), list(_NOT_FOR))
    )
    bears_name = ~pl.col("speaker").str.contains(_NO_NAME)
    surname = found.select(pl.when(bears_name).then(pl.col("speaker").str.extract(_SURNAME))).to_series()
    is_noun = speaker.is_not_null().to_numpy() & ~is_pronoun
    known = _KnownSpeakers(
        np.cumsum(~narration.goes_on, dtype=np.int64)[row], speaker, surname, np.flatnonzero(is_noun)
    )
    # Who spoke last in the paragraph, without a name: "one collector" is "he".
    first_of_row = np.searchsorted(row, row)
    noun = previous_true(is_noun)[:-1]
    is_described = is_personal & (noun >= first_of_row) & surname.is_null().to_numpy()[noun]
    personal = np.flatnonzero(is_personal & ~is_described)
    is_named, names = _look_around(narration, personal, speaker.gather(personal), known)
    # "They", "it", "we" are many, or none.
    nouns = found["speaker"].scatter(np.flatnonzero(is_pronoun), None)
    nouns = nouns.scatter(np.flatnonzero(is_described), speaker.gather(noun[is_described]))
    settled = nouns.scatter(personal, names).to_list()
    above = np.maximum(first_of_row - 1, 0)
    has_above = (first_of_row > 0) & narration.goes_on[row] & (row[above] == row - 1)
    carries_on = _carry_on(narration, found)
    unnamed = np.zeros(len(row), bool)
    unnamed[personal[~is_named]] = True
    for i in np.flatnonzero(has_above & (carries_on | unnamed)).tolist():
        spoke_above = settled[above[i]]
        if spoke_above and (carries_on[i] or _may_be(pronoun[i], spoke_above)):
            settled[i] = spoke_above
    return pl.Series("speaker", settled, dtype=pl.String)


def _may_be(pronoun: str, spoke_above: str) -> bool:
    """Whether a pronoun stands for who spoke in the paragraph above, where nobody else is named: who has a name, or is the
    minister.
    """
    last = spoke_above.rsplit(maxsplit=1)[-1]
    has_name = last[0].isupper() and not re.match(_NO_NAME, spoke_above)
    return small_letters(last) in OFFICES or (has_name and not re.search(_NOT_FOR[pronoun], spoke_above))


class _KnownSpeakers:
    """Speakers who have a name, by their surname."""

    def __init__(self, document: Numbers, speaker: pl.Series, surname: pl.Series, nouns: Numbers) -> None:
        """Of each quotation the document it stands in, its speaker and their surname, or null; `nouns` are those whose
        speaker is no pronoun.
        """
        self._document = document
        places = nouns[surname.gather(nouns).is_not_null().to_numpy()]
        surnames = TextBuffer.of(surname.gather(places))
        hashes = hash_tokens(surnames.windows, surnames.offsets[:-1], surnames.offsets[1:])
        bearers, bearer = np.unique(hashes + hash_numbers(document[places]), return_inverse=True)
        self._bearers = HashIndex()
        self._bearers.add(bearers, np.arange(len(bearers), dtype=np.int32))
        order = np.argsort(bearer, kind="stable")
        self._places = (bearer[order] << 32) + places[order]
        self.names = speaker.gather(places[order])

    def find(self, surname: NDArray[np.uint64], place: Numbers) -> Numbers:
        """For each word, given by its hash, which of the `names` bears it in the document of quotation `place`: as last
        named before the quotation, or as first named further on; -1 if none does.
        """
        bearer = self._bearers.find(surname + hash_numbers(self._document[place])).astype(np.int64)
        before = np.searchsorted(self._places, (bearer << 32) + place) - 1
        is_before = (before >= 0) & (np.append(self._places, 0)[before] >> 32 == bearer)
        return np.where(bearer == UNKNOWN, -1, np.where(is_before, before, before + 1))


class _Stretches(NamedTuple):
    """Stretches of texts, in which it is looked for whom pronouns stand for; in order of the texts."""

    row: Numbers
    """The text that each is of."""
    start: Bytes
    end: Bytes
    pronoun: pl.Series
    place: Numbers
    """The quotation that the pronoun speaks in."""

    def part(self, first: int, last: int) -> _Stretches:
        """Those from the one numbered `first` to the one before `last`."""
        row, start, end, pronoun, place = self
        own = slice(first, last)
        return _Stretches(row[own], start[own], end[own], pronoun[own], place[own])


def _look_around(
    narration: Narration, personal: Numbers, pronouns: pl.Series, known: _KnownSpeakers
) -> tuple[NDArray[np.bool_], pl.Series]:
    """Whether anybody is named around the `pronouns` that speak in the quotations `personal`, and whom each stands for."""
    offsets, rows = narration.texts.offsets, narration.spans.row[personal]
    limits = narration.spans.start[personal]
    begins = np.maximum(offsets[rows], limits - 2 * _FAR)
    # The pronoun itself may stand before the quotation.
    ends = limits - _distances_to_last(pronouns, narration.buffer.cut(character_from(narration.buffer, begins), limits))
    pronouns = pronouns.str.to_lowercase()
    starts = np.maximum(offsets[rows], ends - _FAR)
    is_named, names = _antecedents(narration.buffer, _Stretches(rows, starts, ends, pronouns, personal), known)
    # Who is named in the paragraph itself settles it: then nobody looks above.
    rest = np.flatnonzero(~is_named & narration.goes_on[rows])
    ends = offsets[rows[rest]]
    starts = np.maximum(offsets[rows[rest] - 1], ends - _FAR)
    above = _Stretches(rows[rest], starts, ends, pronouns.gather(rest), personal[rest])
    is_named[rest], names_above = _antecedents(narration.buffer, above, known)
    return is_named, names.scatter(rest, names_above)


def _distances_to_last(words: pl.Series, texts: pl.Series) -> Numbers:
    """As `_distances_in_some`; so many texts at a time, for they overlap, and are copied."""
    slices = [slice(first, first + _STRETCHES_AT_ONCE) for first in range(0, len(words), _STRETCHES_AT_ONCE)]
    distances = [_distances_in_some(words[some], texts[some]) for some in slices]
    return np.concatenate(distances) if distances else np.zeros(0, np.int64)


def _distances_in_some(words: pl.Series, texts: pl.Series) -> Numbers:
    """How many bytes before its end each of the `texts` has its word, of which few are distinct, last; 0 where it lacks it.

    >>> _distances_in_some(pl.Series(["he", "he", "She"]), pl.Series(["he or he", "the hen", "She is"])).tolist()
    [2, 0, 6]
    """
    buffer = TextBuffer.of(" " + texts + " ")
    data, behind = buffer.data, buffer.offsets[1:]
    distances = np.zeros(len(words), np.int64)
    for word in words.unique():
        found = find_bytes(data, word.encode())
        is_part = ascii_letters()[data[found - 1]] | ascii_letters()[data[found + len(word)]]
        found = found[~is_part]
        last = np.append(found, -1)[np.searchsorted(found, behind) - 1]
        has_word = np.flatnonzero((words == word).to_numpy() & (last >= buffer.offsets[:-1]))
        distances[has_word] = behind[has_word] - 1 - last[has_word]
    return distances


_AT_ONCE = 4_000_000  # bytes of stretches; what is known of their words takes twenty times that
_STRETCHES_AT_ONCE = 10_000  # that overlap: of the names in each, up to four kilobytes are known
_CONTEXT = 1000  # bytes before a stretch that can say something of the names in it


def _antecedents(
    buffer: TextBuffer, stretches: _Stretches, known: _KnownSpeakers
) -> tuple[NDArray[np.bool_], pl.Series]:
    """Whether each of the stretches names anybody for whom its pronoun may stand, and the one person that it names; null
    if there are more, or names that may be persons'.
    """
    row = stretches.row
    if not len(row):
        return np.zeros(0, bool), pl.Series(dtype=pl.String)
    start = character_from(buffer, stretches.start)
    stretches = stretches._replace(start=start)
    firsts = np.flatnonzero(np.diff(row, prepend=-1))
    earliest = np.repeat(np.minimum.reduceat(start, firsts), np.diff(firsts, append=len(row)))
    # A text is read at once, unless it is very long.
    is_long = np.diff(buffer.offsets)[row] > _AT_ONCE
    block = np.maximum.accumulate(np.where(is_long, start, buffer.offsets[row]) // _AT_ONCE)
    begins = (np.diff(block, prepend=-1) != 0) | (np.arange(len(row)) % _STRETCHES_AT_ONCE == 0)
    bounds = [*np.flatnonzero(begins).tolist(), len(row)]
    parts = [
        _antecedents_of_some(buffer, stretches.part(first, last), earliest[first:last], known)
        for first, last in pairwise(bounds)
    ]
    is_named, names = zip(*parts, strict=True)
    return np.concatenate(is_named), pl.concat(names)


def _antecedents_of_some(
    buffer: TextBuffer, stretches: _Stretches, earliest: Bytes, known: _KnownSpeakers
) -> tuple[NDArray[np.bool_], pl.Series]:
    """As `_antecedents`; of each one's text, nothing before byte `earliest` is read."""
    rows, starts, ends, pronouns, places = stretches
    n = len(rows)
    # Stretches of the same row are read together.
    first = np.flatnonzero(np.diff(rows, prepend=-1))
    begin = character_from(buffer, np.maximum(np.minimum.reduceat(starts, first) - _CONTEXT, earliest[first]))
    end = np.maximum.reduceat(ends, first)
    pieces = TextBuffer.of(buffer.cut(begin, end))
    shift = np.repeat(pieces.offsets[:-1] - begin, np.diff(np.append(first, n)))
    clauses = Clauses(pieces)
    first, last, is_sure, is_doubtful = _find_names(clauses)
    # A single letter may be all that is left of a quotation.
    capitals = np.flatnonzero(clauses.has(Is.CAPITAL) & (clauses.end - clauses.start > 1))
    phrases = ((first[is_sure], last[is_sure]), (first[is_doubtful], last[is_doubtful]), (capitals, capitals + 1))
    mentions = [_Mentions.of(clauses, *each) for each in phrases]
    sure, doubtful, words = (each.between(starts + shift, ends + shift) for each in mentions)
    # Persons of a stretch, one a surname: as they are known from elsewhere, else as first written here.
    bearer = known.find(mentions[2].surname[words.nth], places[words.stretch])
    is_known = bearer >= 0
    written = clauses.texts_of(*phrases[0])
    names = pl.concat([known.names.gather(bearer[is_known]), written.gather(sure.nth)])
    stretch = np.append(words.stretch[is_known], sure.stretch)
    _, person = np.unique(np.append(words.key[is_known], sure.key), return_index=True)
    pronoun, called = pronouns.gather(stretch[person]), names.gather(person)
    is_other = np.any([(pronoun == one) & called.str.contains(no) for one, no in _NOT_FOR.items()], axis=0)
    person = person[~is_other]
    n_persons = np.bincount(stretch[person], minlength=n)
    is_named, is_alone = n_persons > 0, n_persons == 1
    is_new = ~np.isin(doubtful.key, sure.key)
    is_named[doubtful.stretch[is_new]] = True
    is_alone[doubtful.stretch[is_new & ~np.isin(doubtful.key, words.key[is_known])]] = False
    person = person[is_alone[stretch[person]]]
    antecedents = pl.Series([None], dtype=pl.String).new_from_index(0, n).scatter(stretch[person], names.gather(person))
    as_written = stretch[person[person >= np.count_nonzero(is_known)]]
    return is_named, antecedents.scatter(as_written, antecedents.gather(as_written).str.replace_all(r"\s+", " "))


def _carry_on(narration: Narration, found: pl.DataFrame) -> NDArray[np.bool_]:
    """Which quotations, whole sentences of speech that nobody is said to speak, are a paragraph each, below one that
    begins or ends with speech.
    """
    spans, offsets = narration.spans, narration.texts.offsets
    n = len(spans.row)
    is_speech = (found["kind"] == "speech").to_numpy()
    begins, ends = spans.start == offsets[spans.row], spans.end == offsets[spans.row + 1]
    first = np.searchsorted(spans.row, spans.row)  # quotation of the paragraph
    above = np.maximum(first - 1, 0)
    is_alone = (first == np.arange(n)) & (np.append(spans.row[1:], -1) != spans.row)
    may: NDArray[np.bool_] = begins & ends & is_alone & is_speech & found["cue"].is_null().to_numpy()
    may &= (spans.mark != _BLOCK) & narration.goes_on[spans.row] & (first > 0)
    may &= (spans.row[above] == spans.row - 1) & is_speech[above] & (begins[first[above]] | ends[above])
    for i in np.flatnonzero(may & ~spans.unclosed).tolist():
        may[i] = narration.of_row(int(spans.row[i])).rstrip(_MARKS)[-1:] in {".", "!", "?", "…"}
    return may
