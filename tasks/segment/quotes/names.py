"""Names of persons in a text.

A name is a run of capitalized words with white space between them, without the words that introduce it ("But Mr Orr").
It is a person's name if there is a role or an honorific before it, or, for a name of two words or more, an age or a
reporting verb after it. Other names of two words or more may be a person's, a company's or a place's. Possessives are
left out, because a pronoun after "Mr Orr's house" rarely refers to Mr Orr.

- "Interior minister Nora Faber met Mr Orr.": Nora Faber and Mr Orr are persons
- "Ada Brandt left Ostrel Castle in New Ostrel.": Ada Brandt and Ostrel Castle may be; "in" makes New Ostrel a place
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import polars as pl

from tasks.segment.quotes.tag_patterns import TagPattern
from tasks.segment.quotes.tagger import TaggedText, WordFeature
from tasks.text.arrays import exclusive_sum, next_true, shifted
from tasks.text.buffers import TextBuffer

if TYPE_CHECKING:
    from tasks.text.arrays import Bools, Ints


class Names(NamedTuple):
    """Names in a tagged text, in order: first words, ends of last words, and whether they are persons."""

    start: Ints
    end: Ints
    is_person: Bools
    may_be_person: Bools
    """Those that may be persons, but are not certainly."""


def named_people(text: str) -> tuple[list[str], list[str]]:
    """The names in a text: of persons, and those that may be of persons.

    >>> named_people("Interior minister Nora Faber met Mr Orr at Ostrel Castle. Ada Brandt stayed away.")
    (['Nora Faber', 'Mr Orr'], ['Ada Brandt'])
    """
    tagged = TaggedText(TextBuffer.of(pl.Series([text])))
    names = find_names(tagged)
    sure, possible = (
        tagged.texts_of(names.start[kept], names.end[kept]).to_list() for kept in (names.is_person, names.may_be_person)
    )
    return sure, possible


_LEADS = (
    WordFeature.ROLE
    | WordFeature.LEAD_IN
    | WordFeature.PREPOSITION
    | WordFeature.DETERMINER
    | WordFeature.LEFT_BOUNDARY
    | WordFeature.AND
    | WordFeature.PRONOUN
)
_NAME = TagPattern(
    """
    ^ LEADS* <SINGLE> $                 # But in | Ostrel
    ^ LEADS* <FIRST ANY* LAST> $        # Prime Minister | Nora Faber
    """,
    LEADS=lambda has: has(_LEADS),
    SINGLE=lambda has: ~has(_LEADS | WordFeature.POSSESSIVE),
    FIRST=lambda has: ~has(_LEADS),
    LAST=lambda has: ~has(WordFeature.POSSESSIVE),
)


def find_names(tagged: TaggedText) -> Names:
    """The names in a tagged text."""
    run_start, run_end, is_joined = _runs_of_capitals(tagged)
    start, end = _NAME.find(tagged, run_start, run_end)
    is_name = start < end
    start, end = start[is_name], end[is_name]
    led_by = np.where(is_joined[start], tagged.features[start - 1], 0)
    is_long = end - start > 1
    last = end - 1
    is_speaker = tagged.behind(WordFeature.REPORTING_VERB, last)  # "Ada Brandt said"; "Ernest Orr, 71"
    is_speaker |= tagged.behind(WordFeature.COMMA, last) & tagged.behind(
        WordFeature.REPORTING_VERB | WordFeature.AGE, last, by=2
    )
    is_person = ((led_by & WordFeature.ROLE) != 0) | (is_long & (is_speaker | tagged.at(WordFeature.HONORIFIC, start)))
    return Names(start, end, is_person, ~is_person & is_long & ((led_by & WordFeature.PLACE_PREPOSITION) == 0))


def _runs_of_capitals(tagged: TaggedText) -> tuple[Ints, Ints, Bools]:
    """Where runs of capitalized words begin and end, and for all words whether they are joined to the word before: by
    white space alone, or by a full stop after an initial or an honorific.
    """
    length = tagged.end - tagged.start
    data = tagged.buffer.data
    is_dotted = (np.append(data, 0)[tagged.end] == ord(".")) & (tagged.has(WordFeature.HONORIFIC) | (length == 1))
    # "UN" is not part of a name; a single letter with a full stop is.
    is_capital = tagged.has(WordFeature.CAPITAL) & ~tagged.has(WordFeature.ACRONYM) & ((length > 1) | is_dotted)
    is_capital &= tagged.verb == 0  # "Said Ada Brandt: ..."
    gap_start = shifted(tagged.end + is_dotted, 1)
    n_inked = exclusive_sum(data > ord(" "))
    is_joined = (tagged.start > gap_start) & (n_inked[tagged.start] == n_inked[gap_start])
    is_joined &= tagged.row == shifted(tagged.row, 1, fill=-1)
    goes_on = is_joined & is_capital & shifted(is_capital, 1)
    start = np.flatnonzero(is_capital & ~goes_on)
    return start, next_true(~goes_on)[start + 1], is_joined
