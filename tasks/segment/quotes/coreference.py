"""Coreference: to whom "he" and "she" refer, and who continues to speak in paragraphs that name nobody.

"He" and "she" refer to the only person named in the nearest of: the text before them in their paragraph, the paragraph
above, the speech above. If there are several candidates, or names that may not be a person's, they are not resolved,
because no name is better than a wrong one.

- "Mayor Ada Brandt voted against it." / "'Never,' she said.": Ada Brandt
- "Ada Brandt and Nora Faber met. 'No,' she said.": not resolved

Speech without a reporting clause is attributed to the speaker of the paragraph above only if both paragraphs consist of
speech at that point.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import polars as pl

from tasks.schemas import QUOTATION_MARKS
from tasks.segment.quotes.mark_rules import MARKS
from tasks.segment.quotes.names import find_names
from tasks.segment.quotes.tagger import TaggedText, WordFeature, lowercase
from tasks.segment.quotes.word_classes import alternatives, word_classes
from tasks.text.arrays import previous_true, ranges
from tasks.text.buffers import TextBuffer
from tasks.text.characters import ascii_letters, character_from, find_bytes
from tasks.text.hash_index import UNKNOWN, HashIndex, hash_numbers
from tasks.text.token_features import hash_tokens

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tasks.segment.quotes.context import QuotationContext
    from tasks.text.arrays import Bools, Ints


class _Mentions(NamedTuple):
    """Names in order, without overlap: where they start and end, in bytes, and a hash of their last words."""

    start: Ints
    end: Ints
    surname: NDArray[np.uint64]

    @classmethod
    def of(cls, tagged: TaggedText, first: Ints, last: Ints) -> _Mentions:
        """The phrases from each of the words `first` to before the words `last`."""
        end = tagged.end[last - 1]
        return cls(tagged.start[first], end, hash_tokens(tagged.buffer.windows, tagged.start[last - 1], end))

    def between(self, start: Ints, end: Ints) -> _Found:
        """Those that are completely inside the passages from `start` to `end`."""
        first = np.searchsorted(self.start, start)
        n_names = np.maximum(np.searchsorted(self.end, end, side="right") - first, 0)
        passage = np.repeat(np.arange(len(start)), n_names)
        nth = ranges(first, n_names)
        return _Found(passage, nth, self.surname[nth] + hash_numbers(passage))


class _Found(NamedTuple):
    """Names in passages of texts."""

    passage: Ints
    """The number of the passage of each name."""
    nth: Ints
    """The index of the name."""
    key: NDArray[np.uint64]
    """A hash of the passage and the surname."""


_OTHER_TITLES = {"he": "female_titles", "she": "male_titles"}
_NOT_FOR = {pronoun: rf"(?i)(?:^|\s)(?:{alternatives(titles)})\.?(?:\s|$)" for pronoun, titles in _OTHER_TITLES.items()}
"""Phrases to which a pronoun does not refer."""
_NO_NAME = r"(?i)^(?:the|an?) "
_SURNAME = r"(?:^|\s)(\p{Uppercase}\S*)$"
_FAR = 600  # bytes before a pronoun in which its antecedent is searched for
_BLOCK = QUOTATION_MARKS.index("block")


def resolve_speakers(context: QuotationContext, found: pl.DataFrame) -> pl.Series:
    """The speakers of all quotations, with pronouns resolved (or null), and attributed across paragraphs that consist
    only of quotation. `found` has kind, speaker and cue of each.
    """
    row = context.spans.row
    speaker = found["speaker"]
    pronoun = speaker.str.to_lowercase()
    is_pronoun, is_personal = (
        pronoun.is_in(words).fill_null(value=False).to_numpy()
        for words in (sorted(word_classes()["pronouns"]), list(_NOT_FOR))
    )
    has_name = ~pl.col("speaker").str.contains(_NO_NAME)
    surname = found.select(pl.when(has_name).then(pl.col("speaker").str.extract(_SURNAME))).to_series()
    is_noun = speaker.is_not_null().to_numpy() & ~is_pronoun
    known = _KnownSpeakers(np.cumsum(~context.goes_on, dtype=np.int64)[row], speaker, surname, np.flatnonzero(is_noun))
    # The last speaker in the paragraph if unnamed: "he" may be "one collector".
    first_of_row = np.searchsorted(row, row)
    noun = previous_true(is_noun)[:-1]
    is_described = is_personal & (noun >= first_of_row) & surname.is_null().to_numpy()[noun]
    personal = np.flatnonzero(is_personal & ~is_described)
    is_named, names = _named_around(context, personal, speaker.gather(personal), known)
    # "They", "it" and "we" are several people, or nobody.
    nouns = found["speaker"].scatter(np.flatnonzero(is_pronoun), None)
    nouns = nouns.scatter(np.flatnonzero(is_described), speaker.gather(noun[is_described]))
    resolved = nouns.scatter(personal, names).to_list()
    above = np.maximum(first_of_row - 1, 0)
    has_above = (first_of_row > 0) & context.goes_on[row] & (row[above] == row - 1)
    carries_on = _carry_on(context, found)
    unnamed = np.zeros(len(row), bool)
    unnamed[personal[~is_named]] = True
    for i in np.flatnonzero(has_above & (carries_on | unnamed)).tolist():
        spoke_above = resolved[above[i]]
        if spoke_above and (carries_on[i] or _may_be(pronoun[i], spoke_above)):
            resolved[i] = spoke_above
    return pl.Series("speaker", resolved, dtype=pl.String)


def _may_be(pronoun: str, spoke_above: str) -> bool:
    """Whether a pronoun may refer to the speaker in the paragraph above, if nobody else is named: a speaker with a
    name, or "the minister".
    """
    last = spoke_above.rsplit(maxsplit=1)[-1]
    has_name = last[0].isupper() and not re.match(_NO_NAME, spoke_above)
    return lowercase(last) in word_classes()["roles"] or (has_name and not re.search(_NOT_FOR[pronoun], spoke_above))


class _KnownSpeakers:
    """Named speakers, by surname."""

    def __init__(self, document: Ints, speaker: pl.Series, surname: pl.Series, nouns: Ints) -> None:
        """For each quotation its document, its speaker and the speaker's surname, or null; `nouns` are the quotations
        whose speaker is not a pronoun.
        """
        self._document = document
        places = nouns[surname.gather(nouns).is_not_null().to_numpy()]
        surnames = TextBuffer.of(surname.gather(places))
        hashes = hash_tokens(surnames.windows, surnames.offsets[:-1], surnames.offsets[1:])
        distinct, person = np.unique(hashes + hash_numbers(document[places]), return_inverse=True)
        self._index = HashIndex()
        self._index.add(distinct, np.arange(len(distinct), dtype=np.int32))
        order = np.argsort(person, kind="stable")
        self._places = (person[order] << 32) + places[order]
        self.names = speaker.gather(places[order])

    def find(self, surname: NDArray[np.uint64], place: Ints) -> Ints:
        """For each word, given by its hash, the one of the `names` with this surname in the document of quotation
        `place`: the last one before the quotation, else the first one after it; -1 if there is none.
        """
        person = self._index.find(surname + hash_numbers(self._document[place])).astype(np.int64)
        before = np.searchsorted(self._places, (person << 32) + place) - 1
        is_before = (before >= 0) & (np.append(self._places, 0)[before] >> 32 == person)
        return np.where(person == UNKNOWN, -1, np.where(is_before, before, before + 1))


class _Passages(NamedTuple):
    """Passages of texts in which antecedents of pronouns are searched for, in order of the texts."""

    row: Ints
    """The text of each passage."""
    start: Ints
    end: Ints
    pronoun: pl.Series
    place: Ints
    """The quotation whose speaker is the pronoun."""

    def part(self, first: int, last: int) -> _Passages:
        """The passages with the numbers from `first` to before `last`."""
        row, start, end, pronoun, place = self
        own = slice(first, last)
        return _Passages(row[own], start[own], end[own], pronoun[own], place[own])


def _named_around(
    context: QuotationContext, personal: Ints, pronouns: pl.Series, known: _KnownSpeakers
) -> tuple[Bools, pl.Series]:
    """Whether anybody is named around the `pronouns` that speak the quotations `personal`, and to whom each refers."""
    offsets, rows = context.texts.offsets, context.spans.row[personal]
    limits = context.spans.start[personal]
    begins = np.maximum(offsets[rows], limits - 2 * _FAR)
    # The pronoun itself may precede the quotation.
    ends = limits - _distances_to_last(pronouns, context.masked.cut(character_from(context.masked, begins), limits))
    pronouns = pronouns.str.to_lowercase()
    starts = np.maximum(offsets[rows], ends - _FAR)
    is_named, names = _antecedents(context.masked, _Passages(rows, starts, ends, pronouns, personal), known)
    # The paragraph above counts only if nobody is named in the paragraph itself.
    rest = np.flatnonzero(~is_named & context.goes_on[rows])
    ends = offsets[rows[rest]]
    starts = np.maximum(offsets[rows[rest] - 1], ends - _FAR)
    above = _Passages(rows[rest], starts, ends, pronouns.gather(rest), personal[rest])
    is_named[rest], names_above = _antecedents(context.masked, above, known)
    return is_named, names.scatter(rest, names_above)


def _distances_to_last(words: pl.Series, texts: pl.Series) -> Ints:
    """`_distances_in_some` for a limited number of texts at a time, because they overlap and are copied."""
    slices = [slice(first, first + _PASSAGES_AT_ONCE) for first in range(0, len(words), _PASSAGES_AT_ONCE)]
    distances = [_distances_in_some(words[some], texts[some]) for some in slices]
    return np.concatenate(distances) if distances else np.zeros(0, np.int64)


def _distances_in_some(words: pl.Series, texts: pl.Series) -> Ints:
    """The distance in bytes of the last occurrence of each word from the end of its text; 0 if it does not occur.

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


_AT_ONCE = 4_000_000  # bytes of passages; the features of their words take twenty times that
_PASSAGES_AT_ONCE = 10_000  # overlapping passages: the names in each take up to four kilobytes
_CONTEXT = 1000  # bytes before a passage that can affect the names in it


def _antecedents(buffer: TextBuffer, passages: _Passages, known: _KnownSpeakers) -> tuple[Bools, pl.Series]:
    """Whether each of the passages names anybody to whom its pronoun may refer, and the one person that it names; null
    if there are several, or names that may not be persons'.
    """
    row = passages.row
    if not len(row):
        return np.zeros(0, bool), pl.Series(dtype=pl.String)
    start = character_from(buffer, passages.start)
    passages = passages._replace(start=start)
    firsts = np.flatnonzero(np.diff(row, prepend=-1))
    earliest = np.repeat(np.minimum.reduceat(start, firsts), np.diff(firsts, append=len(row)))
    # A text is read as a whole, unless it is very long.
    is_long = np.diff(buffer.offsets)[row] > _AT_ONCE
    block = np.maximum.accumulate(np.where(is_long, start, buffer.offsets[row]) // _AT_ONCE)
    begins = (np.diff(block, prepend=-1) != 0) | (np.arange(len(row)) % _PASSAGES_AT_ONCE == 0)
    bounds = [*np.flatnonzero(begins).tolist(), len(row)]
    parts = [
        _antecedents_of_some(buffer, passages.part(first, last), earliest[first:last], known)
        for first, last in pairwise(bounds)
    ]
    is_named, names = zip(*parts, strict=True)
    return np.concatenate(is_named), pl.concat(names)


def _antecedents_of_some(
    buffer: TextBuffer, passages: _Passages, earliest: Ints, known: _KnownSpeakers
) -> tuple[Bools, pl.Series]:
    """`_antecedents` for some passages; bytes of each text before `earliest` are not read."""
    rows, starts, ends, pronouns, places = passages
    n = len(rows)
    # Passages of the same row are read together.
    first = np.flatnonzero(np.diff(rows, prepend=-1))
    begin = character_from(buffer, np.maximum(np.minimum.reduceat(starts, first) - _CONTEXT, earliest[first]))
    end = np.maximum.reduceat(ends, first)
    pieces = TextBuffer.of(buffer.cut(begin, end))
    shift = np.repeat(pieces.offsets[:-1] - begin, np.diff(np.append(first, n)))
    tagged = TaggedText(pieces)
    found = find_names(tagged)
    # A single letter may be the rest of a masked quotation.
    capitals = np.flatnonzero(tagged.has(WordFeature.CAPITAL) & (tagged.end - tagged.start > 1))
    persons = found.start[found.is_person], found.end[found.is_person]
    possible = found.start[found.may_be_person], found.end[found.may_be_person]
    mentions = [_Mentions.of(tagged, *phrases) for phrases in (persons, possible, (capitals, capitals + 1))]
    sure, doubtful, words = (each.between(starts + shift, ends + shift) for each in mentions)
    # Persons of a passage, one per surname: by their name known from elsewhere, else as first written here.
    speaker = known.find(mentions[2].surname[words.nth], places[words.passage])
    is_known = speaker >= 0
    written = tagged.texts_of(*persons)
    names = pl.concat([known.names.gather(speaker[is_known]), written.gather(sure.nth)])
    passage = np.append(words.passage[is_known], sure.passage)
    _, person = np.unique(np.append(words.key[is_known], sure.key), return_index=True)
    pronoun, name = pronouns.gather(passage[person]), names.gather(person)
    is_other = np.any([(pronoun == one) & name.str.contains(no) for one, no in _NOT_FOR.items()], axis=0)
    person = person[~is_other]
    n_persons = np.bincount(passage[person], minlength=n)
    is_named, is_alone = n_persons > 0, n_persons == 1
    is_new = ~np.isin(doubtful.key, sure.key)
    is_named[doubtful.passage[is_new]] = True
    is_alone[doubtful.passage[is_new & ~np.isin(doubtful.key, words.key[is_known])]] = False
    person = person[is_alone[passage[person]]]
    antecedents = pl.Series([None], dtype=pl.String).new_from_index(0, n).scatter(passage[person], names.gather(person))
    as_written = passage[person[person >= np.count_nonzero(is_known)]]
    return is_named, antecedents.scatter(as_written, antecedents.gather(as_written).str.replace_all(r"\s+", " "))


def _carry_on(context: QuotationContext, found: pl.DataFrame) -> Bools:
    """Which quotations continue the speech above: they have no reporting clause, consist of whole sentences, are a
    paragraph each, and follow a paragraph that begins or ends with speech.
    """
    spans, offsets = context.spans, context.texts.offsets
    n = len(spans.row)
    is_speech = (found["kind"] == "speech").to_numpy()
    begins, ends = spans.start == offsets[spans.row], spans.end == offsets[spans.row + 1]
    first = np.searchsorted(spans.row, spans.row)  # quotation of the paragraph
    above = np.maximum(first - 1, 0)
    is_alone = (first == np.arange(n)) & (np.append(spans.row[1:], -1) != spans.row)
    may: Bools = begins & ends & is_alone & is_speech & found["cue"].is_null().to_numpy()
    may &= (spans.mark != _BLOCK) & context.goes_on[spans.row] & (first > 0)
    may &= (spans.row[above] == spans.row - 1) & is_speech[above] & (begins[first[above]] | ends[above])
    for i in np.flatnonzero(may & ~spans.unclosed).tolist():
        may[i] = context.of_row(int(spans.row[i])).rstrip(MARKS + "\0")[-1:] in {".", "!", "?", "…"}
    return may
