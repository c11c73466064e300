"""Subjects: the noun phrases that are subjects of reporting verbs.

The evidence is the words around the verb alone; there is no parser. A subject is searched for from the verb to the left,
past words that may be in between, up to a boundary, a word that no noun phrase contains. Then introductory words are
cut off. The rest must have the form of a noun phrase: a name, a determiner or a short plural. If any of this fails there
is no subject, because no name is better than a wrong one.

- "But on Thursday the minister, who was late, later (said)": the minister
- "Brandt (Ostrel), in an interview, (said)": Brandt

Each rule is a pattern over tagged words, see `tag_patterns`. Phrases are pairs of arrays: the first word and the end of
the last word; the two are equal if there is no phrase.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from tasks.segment.quotes.tag_patterns import TagPattern
from tasks.segment.quotes.tagger import WordFeature

if TYPE_CHECKING:
    from tasks.segment.quotes.tag_patterns import Condition, Has, Phrases
    from tasks.segment.quotes.tagger import TaggedText
    from tasks.text.arrays import Bools, Ints

_MAX_WORDS = 12
"""Maximum number of words in a noun phrase."""
_REACH = 128
"""Number of words that are searched on one side; half of them for a phrase and two appositions."""
_DASH = WordFeature.EM_DASH | WordFeature.EN_DASH | WordFeature.HYPHEN
_BOUNDARY = WordFeature.LEFT_BOUNDARY | WordFeature.CONJUNCTION


_MARKS = {
    "COMMA": "COMMA",
    "OPEN_PARENTHESIS": "CLOSE_PARENTHESIS",
    "EM_DASH": "EM_DASH",
    "EN_DASH": "EN_DASH",
    "HYPHEN": "HYPHEN",
}
"""The marks that open an apposition, and those that close it."""
_APPOSITION = " | ".join(f"{opens} NO_{opens}{{0,23}} {closes}" for opens, closes in _MARKS.items())
_IN_PARENTHESES = "OPEN_PARENTHESIS NO_OPEN_PARENTHESIS{0,23} CLOSE_PARENTHESIS"


def _other_than(feature: int) -> Condition:
    return lambda has: ~has(feature)


_SUBJECT = TagPattern(
    rf"""
    <INNER* HEAD> BEFORE_VERB* $                                        # the minister | has also (said)
    <INNER+> COMMA? WHO BEFORE_VERB* $                                  # Mr Smith | , who later (said)
    <INNER+> ({_IN_PARENTHESES})? ({_APPOSITION}) BEFORE_VERB* $        # Orr | (71), the mayor, (said)
    """,
    INNER=lambda has: ~has(_BOUNDARY),
    HEAD=lambda has: ~has(_BOUNDARY | WordFeature.BEFORE_VERB | WordFeature.WHO),
    **{f"NO_{opens}": _other_than(getattr(WordFeature, opens)) for opens in _MARKS},
)

_NAME_IN_APPOSITION = TagPattern(
    # A name keeps its apposition: "Ada Brandt, Minister of State, (said)".
    """
    ((^ | NO_CAPITAL) CAPITAL? OPENS | ^ ANY) <CAPITAL_OR_ROLE CAPITAL{1,4}> CLOSES BEFORE_VERB* $  # , Ada Brandt, (said)
    """,
    NO_CAPITAL=lambda has: ~has(WordFeature.CAPITAL),
    OPENS=lambda has: has(WordFeature.COMMA | WordFeature.OPEN_PARENTHESIS | _DASH),
    CAPITAL_OR_ROLE=lambda has: has(WordFeature.CAPITAL | WordFeature.ROLE),
    CLOSES=lambda has: has(WordFeature.COMMA | WordFeature.CLOSE_PARENTHESIS | _DASH),
)

_LED = TagPattern(
    """
    ^ BEFORE_PHRASE* <FIRST ANY{0,11}> $                            # But later | the minister
    ^ BEFORE_PHRASE* LEADS ANY+ <PHRASE_START NO_START{0,11}> $     # On Thursday | the Kremlin
    """,
    FIRST=lambda has: ~has(WordFeature.BEFORE_PHRASE | WordFeature.PREPOSITION),
    LEADS=lambda has: has(WordFeature.PREPOSITION) & ~has(WordFeature.BEFORE_PHRASE),
    NO_START=lambda has: ~has(WordFeature.PHRASE_START),
)


def _unbroken(has: Has) -> Bools:
    """A word that does not interrupt a noun phrase; "would" does: "the plan would"."""
    return ~has(WordFeature.FINITE_AUXILIARY | WordFeature.LEFT_BOUNDARY)


def _inside(has: Has) -> Bools:
    """`_unbroken`, without a quotation before the word: a noun phrase has none between its words."""
    return _unbroken(has) & ~has(WordFeature.BEHIND_QUOTATION)


_NOUN_PHRASE = TagPattern(
    """
    ^ ANY UNCUT* <UNCUT_PRONOUN> $      # in which | he
    ^ <PRONOUN> $                       # she
    ^ <SINGLE> $                        # Brandt, critics
    ^ <GROUP INSIDE+> $                 # women in the camp
    ^ <INTRODUCED INSIDE+> $            # the old man, Ada Brandt
    ^ <UNBROKEN INSIDE* NAME INSIDE*> $ # energy minister Ada Brandt
    ^ <UNBROKEN INSIDE? PLURALS> $      # border guards
    """,
    UNCUT=lambda has: ~has(WordFeature.BEHIND_QUOTATION),
    UNCUT_PRONOUN=lambda has: has(WordFeature.PRONOUN) & ~has(WordFeature.BEHIND_QUOTATION),
    SINGLE=lambda has: (
        _unbroken(has)
        & has(WordFeature.CAPITAL | WordFeature.DETERMINER | WordFeature.PLURAL)
        & ~has(WordFeature.ARTICLE)
    ),
    INTRODUCED=lambda has: _unbroken(has) & has(WordFeature.CAPITAL | WordFeature.DETERMINER),
    UNBROKEN=_unbroken,
    INSIDE=_inside,
    NAME=lambda has: _inside(has) & has(WordFeature.CAPITAL),
    PLURALS=lambda has: _inside(has) & has(WordFeature.PLURAL),
)

_RIGHT_SUBJECT = TagPattern(
    """
    ^ <INNER* NAME> NO_NAME* CUT                # (said) Orr of the | '...'
    ^ <INNER+> (RIGHT_BOUNDARY | $)             # (said) Ada Brandt | , the mayor
    """,
    INNER=lambda has: ~has(WordFeature.RIGHT_BOUNDARY | WordFeature.BEHIND_QUOTATION),
    NAME=lambda has: has(WordFeature.CAPITAL) & ~has(WordFeature.RIGHT_BOUNDARY | WordFeature.BEHIND_QUOTATION),
    NO_NAME=lambda has: ~has(WordFeature.CAPITAL | WordFeature.RIGHT_BOUNDARY | WordFeature.BEHIND_QUOTATION),
    CUT=lambda has: has(WordFeature.BEHIND_QUOTATION) & ~has(WordFeature.RIGHT_BOUNDARY),
)


def _may_be_of_name(has: Has) -> Bools:
    """A word that may belong to a name or precede it; "STORMS OUT" is in capitals for emphasis."""
    return (has(WordFeature.CAPITAL) & ~has(WordFeature.ALL_CAPS)) | has(WordFeature.ROLE | WordFeature.POSSESSED)


def _opens_sentence(has: Has) -> Bools:
    return (_may_be_of_name(has) | has(WordFeature.THE_OR_A)) & ~has(WordFeature.LEAD_IN | WordFeature.COMMA)


_SENTENCE_SUBJECT = TagPattern(
    """
    ^ OPENING* <PRONOUN>                        # Yet he | rowed on, (adding)
    ^ OPENING* <DETERMINED OF_NAME+>            # The mayor | rowed on, (adding)
    ^ OPENING* <UNDETERMINED OF_NAME*>          # But Putin's attack dog Orr | rowed on, (adding)
    """,
    OPENING=lambda has: has(WordFeature.LEAD_IN | WordFeature.COMMA),
    DETERMINED=lambda has: _opens_sentence(has) & has(WordFeature.DETERMINER),
    UNDETERMINED=lambda has: _opens_sentence(has) & ~has(WordFeature.DETERMINER),
    OF_NAME=_may_be_of_name,
)


class Subjects(NamedTuple):
    """Subjects found in three ways, see `find_subjects`."""

    to_left: Phrases
    to_right: Phrases
    of_sentence: Phrases


def find_subjects(tagged: TaggedText, verb: Ints, right_start: Ints, inside: Ints) -> Subjects:
    """Subjects to the left of verbs; those that begin at the words `right_start`, after inverted verbs ("said Ada Brandt,
    the mayor"); and the subjects of the sentences that contain the words `inside`, as far as their names reach, which are
    those of participles ("..., adding:").
    >>> import polars as pl
    >>> from tasks.segment.quotes.tagger import TaggedText
    >>> from tasks.text.buffers import TextBuffer
    >>> tagged = TaggedText(TextBuffer.of(pl.Series(["But on Thursday the minister, who was late, later said"])))
    >>> nothing = np.zeros(0, np.int64)
    >>> tagged.texts_of(*find_subjects(tagged, np.array([11]), nothing, nothing).to_left).to_list()
    ['the minister']
    """
    earliest = np.maximum(tagged.start_of(verb), verb - _REACH)
    right_limit = np.minimum(right_start + _MAX_WORDS, tagged.end_of(right_start - 1))
    opening = tagged.start_of(inside)
    found = [
        _not_too_long(_SUBJECT.find(tagged, earliest, verb)),
        _RIGHT_SUBJECT.find(tagged, right_start, right_limit),
        _SENTENCE_SUBJECT.find(tagged, opening, np.minimum(inside, opening + _REACH)),
    ]
    start, end = (np.concatenate(columns) for columns in zip(*found, strict=True))
    start, end = _NOUN_PHRASE.find(tagged, *_LED.find(tagged, start, end))
    name_start, name_end = _names_in_apposition(tagged, earliest, verb)
    named = np.flatnonzero(name_start < name_end)
    start[named], end[named] = name_start[named], name_end[named]
    bounds = [len(verb), len(verb) + len(right_start)]
    return Subjects(*zip(np.split(start, bounds), np.split(end, bounds), strict=True))


def _not_too_long(phrases: Phrases) -> Phrases:
    start, end = phrases
    return np.where(end - start > _MAX_WORDS, end, start), end


def _names_in_apposition(tagged: TaggedText, first: Ints, last: Ints) -> Phrases:
    """Names in apposition, between marks of one kind, at the end of the words from `first` to before `last`: "its
    director, Ada Brandt, (said)". The first mark may be missing at the beginning: "the mayor Ada Brandt, (said)".
    """
    start, end = _NAME_IN_APPOSITION.find(tagged, first, last)
    found = np.flatnonzero(start < end)
    opening, closing = start[found] - 1, end[found]
    is_pair = opening == first[found]
    for opens, closes in _MARKS.items():
        is_pair |= tagged.at(getattr(WordFeature, opens), opening) & tagged.at(getattr(WordFeature, closes), closing)
    end[found[~is_pair]] = start[found[~is_pair]]
    return start, end
