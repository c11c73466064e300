"""Indirect speech: what a sentence reports somebody to have said, held or planned, without quoting.

A cue reports what follows it, if it takes that (`complements`), up to the end of its clause. A cue that is set off
by a comma and has nothing after it reports what stands before.

- "Orr accused the council of betrayal, but nobody cared.": "the council of betrayal", by Orr
- "The roof fell in, Ostrel police said on Monday.": "The roof fell in", by Ostrel police
- "The roof, police said, fell in.": "The roof" and "fell in", one report in two pieces
- "'The roof fell in,' police said in a letter.": nothing, for the clause belongs to the quotation

Which words report, and who their source is, is decided in `cues`. All cues of a batch are looked at together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import numpy as np
import polars as pl

from tasks.segment.quotes.complements import (
    CIRCUMSTANCE,
    KINDS,
    NO_CONTENT,
    OBJECT,
    PUNCTUATION,
    find_complements,
    name_documents,
    takes_person,
)
from tasks.segment.quotes.cues import Cues, are_quoting, find_cues, traits
from tasks.segment.quotes.reporting_clauses import VerbUse, are_negated, name_nobody, speaker_names
from tasks.segment.quotes.reporting_verbs import (
    ACCORDING_TO,
    verb_numbers,
    verbs_by_number,
)
from tasks.segment.quotes.tagger import TaggedText, WordFeature
from tasks.text.arrays import next_true
from tasks.text.buffers import TextBuffer

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tasks.text.arrays import Bools, Ints


class Reported(NamedTuple):
    """Code points `start` to `end` of a sentence that somebody is reported to have said."""

    start: int
    end: int
    speaker: str | None
    cue: str
    grade: str


_ACCORDING_TO = verb_numbers()[ACCORDING_TO]
_NONE = np.zeros(0, np.int64)
_LONGEST_SOURCE = 10  # words
_DASH = WordFeature.EM_DASH | WordFeature.HYPHEN


def reported_spans(sentence: str) -> list[Reported]:
    """What a sentence reports somebody to have said, without quoting: in order, without overlap.

    >>> [(r.speaker, r.cue) for r in reported_spans("Orr accused the council of betrayal.")]
    [('Orr', 'accuse')]
    >>> sentence = "The roof fell in, Ostrel police said."
    >>> [sentence[r.start:r.end] for r in reported_spans(sentence)]
    ['The roof fell in']
    >>> reported_spans("The red house stood empty.")
    []
    """
    buffer = TextBuffer.of(pl.Series([sentence]))
    reports = find_reports(buffer, TaggedText(buffer))
    cues = verbs_by_number()
    return [
        Reported(start, end, speaker, cues[number].lemma, cues[number].grade)
        for start, end, speaker, number in reports.select("start", "end", "speaker", "cue_number").rows()
    ]


class _Pieces(NamedTuple):
    """What is reported, in pieces: the first word and the one after the last, the place of its cue among the cues, and
    whether it is the second piece of a report.
    """

    first: Ints
    last: Ints
    cue: Ints
    goes_on: Bools

    def only(self, chosen: Bools) -> _Pieces:
        return _Pieces(self.first[chosen], self.last[chosen], self.cue[chosen], self.goes_on[chosen])


def find_reports(sentences: TextBuffer, tagged: TaggedText) -> pl.DataFrame:
    """As `reported_spans`, for each of the sentences; `tagged` are their words, with null characters for quoted speech.

    Columns: row (of the sentence), start, end (code points), first_byte, last_byte, goes_on (whether it is the second piece
    of the report above), speaker, cue_number (see `verbs_by_number`), source (the first word of the speaker, or -1) and
    is_denied (whether it is said not to have been said).
    """
    cues = find_cues(tagged)
    stops = _stops(tagged, cues)
    pieces = _in_order(tagged, cues, _find_pieces(tagged, cues, stops))
    return _frame(tagged, sentences, cues, pieces)


def _stops(tagged: TaggedText, cues: Cues) -> Bools:
    """At which words what is reported ends: marks that part clauses, and commas before a new clause or a new cue."""
    data = tagged.buffer.data
    is_stop = tagged.has(_DASH)
    is_stop |= data[tagged.start] == ord(";") if len(tagged.start) else False
    commas = np.flatnonzero(tagged.has(WordFeature.COMMA))
    commas = commas[commas + 1 < tagged.end_of(commas)]
    is_stop[commas[tagged.at(WordFeature.CLAUSE_START, commas + 1)]] = True
    # ", adding that ...", ", according to ..."
    own = cues.use <= VerbUse.PARTICIPLE
    before = cues.word[own] - 1
    before = before[before >= 0]
    is_stop[before[tagged.at(WordFeature.COMMA, before)]] = True
    # "... and said"
    second = np.flatnonzero((cues.use == VerbUse.SECOND) & are_quoting(cues.number))
    joins = cues.word[second] - 1
    joins = joins[joins >= 0]
    is_stop[joins[tagged.at(WordFeature.AND | WordFeature.BUT, joins)]] = True
    return is_stop


class _Surroundings(NamedTuple):
    """What stands around each cue; words are numbers of words, -1 for none."""

    clause: Ints
    """The first word of its reporting clause."""
    is_attached: Bools
    """The clause follows a quotation, which is its content."""
    has_comma: Bools
    """A comma stands before the clause."""
    begin: Ints
    """The first word of what the cue takes."""
    limit: Ints
    """Where the author goes on at the latest."""
    kinds: Ints
    """The kinds of the word after the cue, see `complements`."""
    behind_comma: Ints
    """The word after the cue and a comma, where the clause is set off on both sides."""


def _surroundings(tagged: TaggedText, cues: Cues, is_stop: Bools) -> _Surroundings:
    following = cues.word + 1 + np.array([cue.lemma.count(" ") for cue in verbs_by_number()])[cues.number]
    limit = _limit(tagged, cues, is_stop, following)
    begin, kinds = find_complements(tagged, cues.number, following, limit)
    is_finding = traits("cue_class", "finding")[cues.number]
    found = np.flatnonzero((begin < 0) & is_finding & ((kinds & KINDS["np"]) != 0))
    found = found[name_documents(tagged, cues.start[found], cues.end[found])]
    begin[found] = following[found]
    begin[is_finding & ((kinds & OBJECT) != 0)] = -1  # "showed them the door"
    is_finite = (cues.use == VerbUse.FINITE) & (cues.start < cues.end)
    opening = np.where(is_finite, np.minimum(cues.start, cues.word), cues.word)
    clause = opening - tagged.before(WordFeature.AS, opening)
    is_parted = tagged.behind(WordFeature.COMMA, following - 1) & ~np.append(is_stop, False)[following]
    return _Surroundings(
        clause,
        tagged.at(WordFeature.BEHIND_QUOTATION, clause),
        tagged.before(WordFeature.COMMA, clause),
        begin,
        limit,
        kinds,
        np.where(is_parted, following + 1, -1),
    )


def _limit(tagged: TaggedText, cues: Cues, is_stop: Bools, first: Ints) -> Ints:
    """Where what begins at the words `first` ends at the latest."""
    return np.minimum(next_true(is_stop)[np.clip(first, 0, len(is_stop))], tagged.end_of(cues.word))


def _find_pieces(tagged: TaggedText, cues: Cues, is_stop: Bools) -> _Pieces:
    """What each cue reports, after it, before it, or on both sides."""
    around = _surroundings(tagged, cues, is_stop)
    left = _report_to_left(tagged, cues, around)
    is_left = np.isin(np.arange(len(cues.word)), left)
    is_source = cues.number == _ACCORDING_TO
    right = np.flatnonzero((around.begin >= 0) & ~is_left & ~is_source & ~around.is_attached)
    both = left[(around.behind_comma[left] >= 0) & (cues.use[left] == VerbUse.FINITE)]
    # "As Orr said, the mill will close."
    opens = (around.clause == tagged.start_of(cues.word)) & tagged.at(WordFeature.AS, around.clause)
    opens &= ~is_source & (around.begin < 0) & (around.behind_comma >= 0)
    opened, held = np.flatnonzero(opens), _held_subjects(cues, around)
    until = _clause_ends(tagged, cues, around.begin, around.limit)
    behind_limit = _limit(tagged, cues, is_stop, around.behind_comma)
    return _joined(
        [
            (around.begin[right], until[right], right, np.isin(right, held)),
            (cues.start[held], cues.end[held], held, False),
            (tagged.start_of(cues.word)[left], around.clause[left] - 1, left, False),
            (around.behind_comma[both], behind_limit[both], both, True),
            (around.behind_comma[opened], behind_limit[opened], opened, False),
            *_according_pieces(tagged, cues, around, is_stop),
        ]
    )


_Part: TypeAlias = "tuple[Ints, Ints, Ints, Bools | bool]"
"""First words, the words after the last, the places of the cues, and whether they are second pieces."""


def _joined(parts: list[_Part]) -> _Pieces:
    first, last, cue = (np.concatenate([part[i] for part in parts]) for i in range(3))
    return _Pieces(first, last, cue, np.concatenate([np.full(len(part[0]), part[3]) for part in parts]))


def _report_to_left(tagged: TaggedText, cues: Cues, around: _Surroundings) -> Ints:
    """The cues that report what stands before their clause: it is set off by a comma, and inverted or has nothing to report
    after it.
    """
    is_source = cues.number == _ACCORDING_TO
    is_inverted = cues.start > cues.word
    is_over = (around.kinds & (PUNCTUATION | CIRCUMSTANCE | NO_CONTENT)) != 0
    is_over |= takes_person(cues.number)
    is_over &= (cues.start < cues.end) & (cues.use == VerbUse.FINITE) & (around.begin < 0)
    start = tagged.start_of(cues.word)
    is_left = around.has_comma & (is_inverted | is_over) & traits("frame", "that")[cues.number] & ~is_source
    is_left &= ~around.is_attached & (start < around.clause - 1)
    # "In a letter, he said, 'It is over.'"
    quotes = np.append(tagged.has(WordFeature.BEHIND_QUOTATION), False)[np.maximum(around.behind_comma, 0)]
    quotes |= around.behind_comma >= tagged.end_of(cues.word)
    leads = tagged.at(WordFeature.PREPOSITION | WordFeature.LEAD_IN, start) & (around.behind_comma >= 0)
    return np.flatnonzero(is_left & ~(leads & quotes))


def _held_subjects(cues: Cues, around: _Surroundings) -> Ints:
    """The cues whose subject is a part of what is held, and nobody is said to hold it: "the dam seems to be safe"."""
    is_expected = (cues.use == VerbUse.PASSIVE) & ((around.kinds & KINDS["to"]) != 0)
    is_held = traits("cue_class", "appearance")[cues.number] | is_expected
    is_held &= (around.begin >= 0) & ~around.is_attached & (cues.start < cues.end) & (cues.end <= cues.word)
    return np.flatnonzero(is_held)


def _according_pieces(tagged: TaggedText, cues: Cues, around: _Surroundings, is_stop: Bools) -> list[_Part]:
    """What stands before "according to" and its source, after it at the beginning of a sentence, or on both sides."""
    is_source = cues.number == _ACCORDING_TO
    opens = around.clause == tagged.start_of(cues.word)
    is_comma = tagged.has(WordFeature.COMMA)
    behind = next_true(is_comma)[np.minimum(cues.word + 2, len(is_comma))] + 1
    has_more = behind <= tagged.end_of(cues.word)
    limit = _limit(tagged, cues, is_stop, behind)
    first, last = np.flatnonzero(is_source & opens & has_more), np.flatnonzero(is_source & ~opens & ~around.is_attached)
    both = last[has_more[last] & (behind[last] - cues.word[last] < _LONGEST_SOURCE)]
    return [
        (behind[first], limit[first], first, False),
        (tagged.start_of(cues.word)[last], cues.word[last] - around.has_comma[last], last, False),
        (behind[both], limit[both], both, True),
    ]


def _clause_ends(tagged: TaggedText, cues: Cues, begin: Ints, limit: Ints) -> Ints:
    """Where what follows cues ends: at their limit, after a noun also at a comma or a finite auxiliary."""
    of_noun = np.flatnonzero(traits("frame", "noun")[cues.number] & (begin >= 0))
    ends = limit.copy()
    is_end = tagged.has(WordFeature.COMMA | WordFeature.FINITE_AUXILIARY)
    ends[of_noun] = np.minimum(
        ends[of_noun], next_true(is_end)[begin[of_noun] + 2 - (begin[of_noun] + 2 > len(is_end))]
    )
    return ends


def _in_order(tagged: TaggedText, cues: Cues, pieces: _Pieces) -> _Pieces:
    """The pieces that say something, in order, without those that a cue inside another piece reports; of one that begins
    inside another, what follows it. What stands before its cue is looked at first: it may hold further cues.
    """
    stands_before = pieces.last <= cues.word[pieces.cue]
    held = np.zeros(len(tagged.row) + 1, np.int64)
    np.add.at(held, pieces.first[stands_before], 1)
    np.add.at(held, np.maximum(pieces.last, pieces.first)[stands_before], -1)
    is_held = np.cumsum(held)[cues.word[pieces.cue]] > 0
    pieces = pieces.only(~is_held)
    order = np.lexsort((pieces.first, cues.word[pieces.cue]))
    first = pieces.first.copy()
    row_of_piece = tagged.row[cues.word[pieces.cue]]
    is_alone = (np.bincount(row_of_piece, minlength=1)[row_of_piece]) == 1
    kept = np.flatnonzero(is_alone & (first < pieces.last)).tolist()
    order = order[~is_alone[order]]
    reach, row_before = 0, -1
    columns = (
        order.tolist(),
        pieces.first[order].tolist(),
        pieces.last[order].tolist(),
        cues.word[pieces.cue[order]].tolist(),
        row_of_piece[order].tolist(),
    )
    for i, begin, end, word, row in zip(*columns, strict=True):
        if row != row_before:
            row_before, reach = row, 0
        if word < reach:
            continue  # said inside what is already reported
        first[i] = max(begin, reach)
        if first[i] < end:
            kept.append(i)
            reach = max(reach, end)
    chosen = np.array(kept, np.int64)
    chosen = chosen[np.lexsort((first[chosen],))]
    return _Pieces(first[chosen], pieces.last[chosen], pieces.cue[chosen], pieces.goes_on[chosen])


def _frame(tagged: TaggedText, sentences: TextBuffer, cues: Cues, pieces: _Pieces) -> pl.DataFrame:
    """The pieces as a table."""
    row = tagged.row[pieces.first] if len(pieces.first) else _NONE
    start, end = _bytes_of(tagged, pieces)
    chosen = cues.only(pieces.cue)
    offset = sentences.code_points(sentences.offsets)[row]
    # "seems to", "was told that": the subject is not who holds or says it.
    is_nobody = traits("cue_class", "appearance")[chosen.number] | (chosen.use == VerbUse.PASSIVE)
    source_end = np.where(is_nobody, chosen.start, chosen.end)
    names_nobody = name_nobody(tagged, chosen.start, source_end)
    is_denied = are_negated(tagged, chosen.word) | names_nobody
    source_end = np.where(names_nobody, chosen.start, source_end)
    return pl.DataFrame(
        {
            "row": row,
            "start": (sentences.code_points(start) - offset).astype(np.int32),
            "end": (sentences.code_points(end) - offset).astype(np.int32),
            "first_byte": start,
            "last_byte": end,
            "goes_on": pieces.goes_on,
            "speaker": speaker_names(tagged, chosen.start, source_end),
            "cue_number": chosen.number,
            "source": np.where(chosen.start < source_end, chosen.start, -1),
            "is_denied": is_denied,
        }
    )


def _bytes_of(tagged: TaggedText, pieces: _Pieces) -> tuple[Ints, Ints]:
    """Where the pieces begin and end, in bytes; masked quotations at their edges belong to them."""
    if not len(pieces.first):
        return _NONE, _NONE
    data = tagged.buffer.data
    masked = np.flatnonzero(data == 0)
    row = tagged.row[pieces.first]
    start, end = tagged.start[pieces.first], tagged.end[pieces.last - 1]
    begins = np.append(tagged.start, len(data))[pieces.last]
    limit = np.where(pieces.last < tagged.last[row], begins, tagged.buffer.offsets[row + 1])
    nth = np.searchsorted(masked, limit) - 1
    last_masked = np.append(masked, 0)[nth]
    has_masked = (nth >= 0) & (last_masked >= end)
    end = np.where(has_masked, last_masked + 1, end)
    return start - _opening_marks(data, start, tagged.buffer.offsets[row]), end


def _opening_marks(data: NDArray[np.uint8], start: Ints, earliest: Ints) -> Ints:
    """How many bytes of an opening quotation mark stand directly before each place: of a title, or of a word in scare quotes."""
    before = np.maximum(start - 1, 0)
    is_straight = ((data[before] == ord('"')) | (data[before] == ord("'"))) & (start - 1 >= earliest)
    is_curly = ((data[before] == 0x9C) | (data[before] == 0x98)) & (start - 3 >= earliest)
    is_curly &= (data[np.maximum(start - 3, 0)] == 0xE2) & (data[np.maximum(start - 2, 0)] == 0x80)
    return np.where(is_curly, 3, np.where(is_straight, 1, 0))
