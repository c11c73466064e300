"""Cues: which words of sentences report, and who their source is.

A word of the lists of cues reports if it is used so: a verb with a subject ("Orr hopes"), an adjective after "be" ("was
wary of"), a noun ("his belief that"), or the colon of a headline ("Orr: Mill to Close"). What a verb's subject is, is
decided in `reporting_clauses`; here it is added where many people speak without an article ("police said"), and where the
verb is inverted ("..., said Orr").

- "Orr's plan to sell it failed": the noun "plan", of Orr
- "Trump Says He Is Late": a headline, whose verbs have capitals
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from tasks.segment.quotes.complements import GROUP, KINDS, is_first_person, kinds_at
from tasks.segment.quotes.noun_phrases import find_subjects
from tasks.segment.quotes.reporting_clauses import VerbUse, find_clauses
from tasks.segment.quotes.reporting_verbs import COLON, n_quoting, reporting_nouns, verb_numbers, verbs_by_number
from tasks.segment.quotes.tag_patterns import TagPattern
from tasks.segment.quotes.tagger import WordFeature

if TYPE_CHECKING:
    from tasks.segment.quotes.tagger import TaggedText
    from tasks.text.arrays import Bools, Ints

_NONE = np.zeros(0, np.int64)
_BE = TagPattern("<BE> ADVERB* $")
_REACH = 8
_LONGEST_NAME = 4  # words
_HEADLINE_WORDS = 4
_LONGEST_HEADLINE = 25  # words
_HEADLINE_CAPITALS = 0.6


class Cues(NamedTuple):
    """Cues that report: the word, the number of the cue, how it is used, and the phrase that names the source."""

    word: Ints
    number: Ints
    use: Ints
    start: Ints
    end: Ints

    def only(self, chosen: Bools | Ints) -> Cues:
        """Some of them."""
        return Cues(*(column[chosen] for column in self))


@cache
def _nouns() -> Ints:
    """Of each number of a cue that of the noun of the same forms, or 0."""
    numbers = verb_numbers()
    nouns = np.zeros(len(verbs_by_number()), np.int64)
    by_lemma = {cue.lemma: i for i, cue in enumerate(verbs_by_number()) if cue.frame != "noun"}
    for noun in reporting_nouns().values():
        nouns[numbers[noun]] = numbers[noun]
        if noun.lemma in by_lemma:
            nouns[by_lemma[noun.lemma]] = numbers[noun]
    return nouns


def are_quoting(number: Ints) -> Bools:
    """Which numbers are of cues that may introduce a quotation."""
    is_quoting: Bools = number < n_quoting()
    return is_quoting


@cache
def traits(name: str, value: str) -> Bools:
    """Which cues, by number, have a value in a column of their list."""
    return np.array([getattr(cue, name) == value for cue in verbs_by_number()])


def find_cues(tagged: TaggedText) -> Cues:
    """The cues that report, in order, with their source."""
    words = np.flatnonzero(tagged.cue)
    words = words[~tagged.at(WordFeature.CAPITAL, words) | _may_be_capital(tagged)[words]]
    number = tagged.cue[words]
    is_noun = _are_nouns(tagged, words, number)
    nouns, verbs = np.flatnonzero(is_noun), np.flatnonzero(_may_be_verbs(tagged, words) & ~is_noun)
    of_nouns = _noun_cues(tagged, words[nouns], _nouns()[number[nouns]])
    found = [_verb_cues(tagged, words[verbs], number[verbs]), of_nouns, _colons(tagged)]
    cues = Cues(*(np.concatenate(columns) for columns in zip(*found, strict=True)))
    cues = cues.only(np.argsort(cues.word, kind="stable"))
    return cues.only(~is_first_person(tagged, cues.start, cues.end))


def _may_be_capital(tagged: TaggedText) -> Bools:
    """Which words may be cues though they have a capital: those of headlines, but for the first, and "According"."""
    return (_are_headlines(tagged)[tagged.row] & (np.arange(len(tagged.row)) > tagged.first[tagged.row])) | tagged.has(
        WordFeature.ACCORDING
    )


def _are_headlines(tagged: TaggedText) -> Bools:
    """Which sentences have capitals as headlines do: most words, of four or more."""
    n_capitals = np.bincount(tagged.row[tagged.has(WordFeature.CAPITAL)], minlength=len(tagged.first))
    n_words = tagged.last - tagged.first
    are_headlines: Bools = (n_words >= _HEADLINE_WORDS) & (n_words <= _LONGEST_HEADLINE)
    are_headlines &= n_capitals > _HEADLINE_CAPITALS * n_words
    return are_headlines


def _colons(tagged: TaggedText) -> Cues:
    """Colons after a name that opens a headline: "Orr: Mill to Close"."""
    colons = np.flatnonzero(tagged.buffer.data[tagged.start] == ord(":")) if len(tagged.start) else _NONE
    start = tagged.start_of(colons)
    colons, start = colons[colons > start], start[colons > start]
    n_capitals = np.append(0, np.cumsum(tagged.has(WordFeature.CAPITAL)))
    is_name = (n_capitals[colons] - n_capitals[start] == colons - start) & (colons - start <= _LONGEST_NAME)
    is_name &= _are_headlines(tagged)[tagged.row[colons]] & ~tagged.at(
        WordFeature.ARTICLE | WordFeature.ALL_CAPS, start
    )
    colons, start = colons[is_name], start[is_name]
    number = np.full(len(colons), verb_numbers()[COLON])
    return Cues(colons, number, np.full(len(colons), VerbUse.FINITE), start, colons)


def _may_be_verbs(tagged: TaggedText, words: Ints) -> Bools:
    """Which words may be verbs: no noun alone, and none after an article or an owner, "the report", "Orr's show"."""
    is_led = tagged.before(WordFeature.ARTICLE | WordFeature.POSSESSIVE, words)
    is_led &= ~tagged.at(WordFeature.ING_FORM | WordFeature.PAST_PARTICIPLE, words)
    may_be: Bools = ~is_led & ~traits("frame", "noun")[tagged.cue[words]]
    return may_be


def _are_nouns(tagged: TaggedText, words: Ints, number: Ints) -> Bools:
    """Which cues are nouns: those that are nothing else, and forms of both after a determiner or an owner."""
    led = tagged.before(WordFeature.ARTICLE | WordFeature.POSSESSIVE, words)
    is_noun: Bools = (_nouns()[number] > 0) & (led | traits("frame", "noun")[number])
    return is_noun


def _noun_cues(tagged: TaggedText, words: Ints, number: Ints) -> Cues:
    """Nouns that report; their source is an owner that stands before them: "Orr's view that", "his old plan to"."""
    owner = np.full(len(words), -1, np.int64)
    for by in (2, 1):
        place = words - by
        is_owner = (place >= tagged.start_of(words)) & tagged.at(
            WordFeature.POSSESSIVE | WordFeature.ARTICLE, np.maximum(place, 0)
        )
        is_owner &= ~tagged.at(WordFeature.THE_OR_A, np.maximum(place, 0))
        owner[is_owner] = place[is_owner]
    has_owner = owner >= 0
    owner = np.where(has_owner, owner, words)
    start = owner.copy()
    for _ in range(2):  # a name of up to three words
        before = start - 1
        goes_on = has_owner & (before >= tagged.start_of(words)) & tagged.at(WordFeature.CAPITAL, np.maximum(before, 0))
        goes_on &= tagged.at(WordFeature.CAPITAL, start)
        start[goes_on] = before[goes_on]
    return Cues(words, number, np.full(len(words), VerbUse.FINITE), start, owner + has_owner)


def _verb_cues(tagged: TaggedText, words: Ints, number: Ints) -> Cues:
    """Verbs and adjectives that report, by `find_clauses`; a form of "be" before them has their subject."""
    clauses = find_clauses(tagged, words)
    be, be_end = _BE.find(tagged, np.maximum(tagged.start_of(words), words - _REACH), words)
    has_be = be < be_end
    is_quoting, is_adjective = are_quoting(number), traits("frame", "adjective")[number]
    is_ing = tagged.at(WordFeature.ING_FORM, words)
    is_set_off = tagged.before(WordFeature.COMMA, words) | tagged.at(WordFeature.BEHIND_QUOTATION, words)
    following = kinds_at(tagged, words + 1, tagged.end_of(words))
    is_governing = (following & (KINDS["that"] | KINDS["to"] | KINDS["wh"])) != 0
    reports = clauses.reports.copy()
    # "those who have heard him say", of whom the source is too far away to be found
    is_plain = is_quoting & (clauses.use == VerbUse.FINITE) & ~tagged.at(WordFeature.VERB_OR_NOUN, words)
    is_plain &= traits("cue_class", "speech")[number] & traits("frame", "that")[number]
    is_plain &= ~tagged.before(WordFeature.TO | WordFeature.ARTICLE | WordFeature.PREPOSITION, words)
    reports |= is_plain & (is_governing | ~tagged.at(WordFeature.PAST_PARTICIPLE, words))
    reports &= ~(is_ing & ~is_set_off & ~has_be & ~(is_governing | is_quoting))
    # "is expected to", "was told that"; of what is neither, nobody is said to say it: "was endorsed by"
    is_passive = clauses.use == VerbUse.PASSIVE
    # "was criticised for", "was blasted as"
    is_blamed = traits("cue_class", "accusation")[number] & ((following & (KINDS["for"] | KINDS["as"])) != 0)
    reports = np.where(is_passive, is_governing | is_adjective | is_blamed, reports)
    reports &= ~is_adjective | has_be
    start, end = clauses.start.copy(), clauses.end.copy()
    bare = np.flatnonzero((start == end) & (clauses.use == VerbUse.FINITE) & ~is_adjective)
    start[bare], end[bare] = _bare_subjects(tagged, words[bare])
    has_subject = start < end
    reports |= has_subject & (clauses.start == clauses.end)
    reports &= is_quoting | has_subject | (clauses.use <= VerbUse.PARTICIPLE) | has_be
    with_be = np.flatnonzero(has_be & (is_adjective | is_ing | is_passive))
    start[with_be], end[with_be] = find_subjects(tagged, be[with_be], _NONE, _NONE).to_left
    use = np.where(has_be & (is_ing | is_adjective), VerbUse.FINITE, clauses.use)
    inverted = np.flatnonzero(is_quoting & is_set_off & ~is_ing & (use == VerbUse.FINITE) & ~has_subject)
    start[inverted], end[inverted] = _inverted_subjects(tagged, words[inverted])
    # ", say, "
    reports &= has_subject | (start < end) | ~is_set_off | has_be | (use != VerbUse.FINITE) | is_governing
    return Cues(words, number, use, start, end).only(reports)


def _bare_subjects(tagged: TaggedText, words: Ints) -> tuple[Ints, Ints]:
    """Subjects of many people without an article, directly before verbs: "Ostrel police (said)", "residents (say)"."""
    end = words.copy()
    for _ in range(2):  # "residents have also (said)"
        end -= (end > tagged.start_of(words)) & tagged.before(WordFeature.BEFORE_VERB, end)
    last = end - 1
    is_group = (kinds_at(tagged, np.maximum(last, 0), np.maximum(last, 0) + 1) & GROUP) != 0
    start = np.where((last >= tagged.start_of(words)) & is_group, last, end)
    for _ in range(2):
        before = start - 1
        goes_on = (start < end) & (before >= tagged.start_of(words))
        goes_on &= tagged.at(WordFeature.CAPITAL, np.maximum(before, 0)) & ~tagged.at(
            WordFeature.LEFT_BOUNDARY | WordFeature.BEFORE_PHRASE, np.maximum(before, 0)
        )
        start -= goes_on
    return np.where(start < end, start, words), np.where(start < end, end, words)


def _inverted_subjects(tagged: TaggedText, words: Ints) -> tuple[Ints, Ints]:
    """The subjects after inverted verbs, "..., said Orr": those that no verb of their own follows."""
    start, end = find_subjects(tagged, _NONE, words + 1, _NONE).to_right
    last = len(tagged.row) - 1
    has_verb = tagged.at(WordFeature.FINITE_AUXILIARY, np.minimum(end, last)) & (end < tagged.end_of(words))
    has_verb |= tagged.at(WordFeature.PRONOUN, np.minimum(start, last))
    end[has_verb] = start[has_verb]
    return start, end
