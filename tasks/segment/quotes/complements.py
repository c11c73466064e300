"""What stands directly after a cue, and so whether it reports and where what it reports begins.

A cue takes only some kinds of words after it (the column `takes` of its list): "maintained that ..." reports, "maintained
a lead" does not. A kind is a bit; a word may have several.

- "said the plan failed": a noun phrase
- "told the crowd to go": the person spoken to, then "to go"
- "said in a letter that he left": where it was said, then "that he left"
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from tasks.segment.quotes.reporting_verbs import verbs_by_number
from tasks.segment.quotes.tagger import WordFeature, lowercase
from tasks.segment.quotes.word_classes import word_classes
from tasks.text.token_features import FeatureCache

if TYPE_CHECKING:
    from tasks.segment.quotes.tagger import TaggedText
    from tasks.text.arrays import Bools, Ints

_LISTED = ("that", "to", "of", "for", "about", "as", "with", "on", "against", "at", "like", "in", "wh", "np", "whom")
KINDS = {name: 1 << i for i, name in enumerate(_LISTED)}
"""The bit of each kind of word that a cue may take."""
CIRCUMSTANCE = 1 << 15
"""A time or place: "on" Monday, "in" a letter, "Thursday"."""
PUNCTUATION = 1 << 16
FIRST_PERSON = 1 << 17
OBJECT = 1 << 18
"""A pronoun that is spoken to: told "them"."""
NO_CONTENT = 1 << 19
"""Begins no noun phrase: "by", "from", "and"."""
DAY = 1 << 20
GROUP = 1 << 22
"""Many people in a word without article: "police", "residents"."""
DOCUMENT = 1 << 21
"""A poll, a report: a "study" found that."""
_QUESTIONS = frozenset({"whether", "if", "how", "why", "what", "who", "when", "where", "which"})
_MARKS = frozenset(",;:()—–-")
_CLASSES = {
    "circumstances": CIRCUMSTANCE,
    "days": CIRCUMSTANCE | DAY,
    "first_persons": FIRST_PERSON,
    "objects": OBJECT,
    "no_contents": NO_CONTENT,
    "documents": DOCUMENT,
    "groups": GROUP,
}
_LONGEST_NAME = 4  # words
_MOST_WORDS = 12
"""Between a verb and the "that", "to" or question that it governs."""


@cache
def _kinds() -> FeatureCache:
    return FeatureCache(kinds_of)


def kinds_of(word: str) -> int:
    """The kinds of a word, as bits.

    >>> kinds_of("that") == KINDS["that"], kinds_of("the") == KINDS["np"], kinds_of("Monday") == CIRCUMSTANCE | DAY
    (True, True, True)
    """
    small = lowercase(word)
    found = KINDS.get(small, 0) if small not in {"np", "wh", "whom"} else 0
    found |= KINDS["wh"] * (small in _QUESTIONS) | PUNCTUATION * (small in _MARKS)
    for name, kind in _CLASSES.items():
        found |= kind * (small in word_classes()[name])
    return found if found & ~(FIRST_PERSON | OBJECT | DOCUMENT | GROUP) else found | KINDS["np"]


@cache
def _takes() -> Ints:
    """What the cue of each number takes."""
    return np.array([sum(KINDS[kind] for kind in cue.takes) for cue in verbs_by_number()], np.int64)


def kinds_at(tagged: TaggedText, words: Ints, limit: Ints) -> Ints:
    """The kinds of some words; those that are not before their `limit` count as punctuation."""
    kinds = np.full(len(words), PUNCTUATION, np.int64)
    some = np.flatnonzero(words < limit)
    kinds[some] = _kinds().features(tagged.buffer, tagged.start[words[some]], tagged.end[words[some]])
    return kinds


def find_complements(tagged: TaggedText, cue: Ints, following: Ints, limit: Ints) -> tuple[Ints, Ints]:
    """Of cues the first word of what they report to their right, or -1; and the kinds of the word after each, from the words
    `following` on. Nothing is looked for from `limit` on.

    >>> import polars as pl
    >>> from tasks.segment.quotes.tagger import TaggedText
    >>> from tasks.text.buffers import TextBuffer
    >>> tagged = TaggedText(TextBuffer.of(pl.Series(["Orr told the crowd to go", "He maintained a lead"])))
    >>> cue = np.flatnonzero(tagged.cue)
    >>> find_complements(tagged, tagged.cue[cue], cue + 1, tagged.end_of(cue))[0].tolist()
    [4, -1]
    """
    kinds = kinds_at(tagged, following, limit)
    takes = _takes()[cue]
    day = np.flatnonzero((kinds & DAY) != 0)  # "said Thursday the plan failed"
    following, first = following.copy(), kinds.copy()
    following[day] += 1
    kinds[day] = kinds_at(tagged, following[day], limit[day])
    first[day[(kinds[day] & (PUNCTUATION | CIRCUMSTANCE)) == 0]] = 0
    begin = np.where((kinds & takes) != 0, following, -1)
    spoken_to = np.flatnonzero((takes & KINDS["whom"]) != 0)
    begin[spoken_to] = _behind_person(tagged, following[spoken_to], kinds[spoken_to], limit[spoken_to])
    placed = np.flatnonzero((begin < 0) & ((kinds & CIRCUMSTANCE) != 0) & ((takes & KINDS["that"]) != 0))
    begin[placed] = _first_of(tagged, following[placed], limit[placed], KINDS["that"])
    talked = np.flatnonzero(
        (begin < 0) & ((kinds & (KINDS["to"] | KINDS["with"])) != 0) & ((takes & KINDS["about"]) != 0)
    )
    begin[talked] = _first_of(
        tagged, following[talked], limit[talked], KINDS["about"]
    )  # "talked to them about the mill"
    return begin, first


def takes_person(cue: Ints) -> Bools:
    """Which cues take the person spoken to: "told", "urged"."""
    takes: Bools = (_takes()[cue] & KINDS["whom"]) != 0
    return takes


def _behind_person(tagged: TaggedText, following: Ints, kinds: Ints, limit: Ints) -> Ints:
    """Where what somebody is told begins: at "that", "to", "about" or a question; else after a pronoun."""
    wanted = KINDS["that"] | KINDS["to"] | KINDS["about"] | KINDS["wh"]
    found = _first_of(tagged, following, limit, wanted)
    behind = following + 1
    goes_on = ((kinds & OBJECT) != 0) & ((kinds_at(tagged, behind, limit) & (KINDS["np"] | KINDS["for"])) != 0)
    found = np.where((found < 0) & goes_on, behind, found)
    named = np.flatnonzero(found < 0)  # "told the Gazette he was late"
    behind = following[named] + tagged.at(WordFeature.ARTICLE, np.minimum(following[named], len(tagged.row) - 1))
    for _ in range(_LONGEST_NAME):
        behind += (behind < limit[named]) & tagged.at(WordFeature.CAPITAL, np.minimum(behind, len(tagged.row) - 1))
    is_said = (behind > following[named]) & (behind < limit[named])
    is_said &= tagged.at(WordFeature.PRONOUN, np.minimum(behind, len(tagged.row) - 1))
    found[named[is_said]] = behind[is_said]
    return found


def _first_of(tagged: TaggedText, first: Ints, limit: Ints, wanted: int) -> Ints:
    """The first word of some kinds among a dozen from `first` on, before any mark; -1 if there is none."""
    found = np.full(len(first), -1, np.int64)
    searched = np.arange(len(first))
    for n in range(_MOST_WORDS):
        kinds = kinds_at(tagged, first[searched] + n, limit[searched])
        is_it: Bools = (kinds & wanted) != 0
        found[searched[is_it]] = first[searched[is_it]] + n
        searched = searched[~is_it & ((kinds & PUNCTUATION) == 0)]
        if not len(searched):
            break
    return found


def name_documents(tagged: TaggedText, start: Ints, end: Ints) -> Bools:
    """Whether phrases name a document: "a new poll by the Gazette"."""
    found = np.zeros(len(start), bool)
    searched = np.flatnonzero(start < end)
    for n in range(_MOST_WORDS):
        kinds = kinds_at(tagged, start[searched] + n, end[searched])
        found[searched[(kinds & DOCUMENT) != 0]] = True
        searched = searched[kinds != PUNCTUATION]
        if not len(searched):
            break
    return found


def is_first_person(tagged: TaggedText, start: Ints, end: Ints) -> Bools:
    """Whether phrases are "I", "we" or "you": who writes speaks for himself."""
    kinds = kinds_at(tagged, start, end)
    is_it: Bools = ((kinds & FIRST_PERSON) != 0) & (end - start <= 2)  # "I don't"
    return is_it
