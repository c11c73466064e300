"""Reporting clauses: who is speaking, and with which verb.

English puts the reporting clause in few places: before a quotation ("Smith said: '...'"), after it ("'...,' Smith said",
"'...,' said Smith"), at the end of the sentence ("... 'intensified' overnight, the border guard said") or in a phrase
("according to Smith"). The verb comes from a list, reporting_verbs.tsv; how it is used follows from the words around it
(`_VerbUse`), and its subject is the noun phrase that it agrees with (`noun_phrases`). Where there is none, the speaker is
null.

- "The group, calling for peace, said it was '...'": "said", of "The group"; the clause of "calling" is over.
- "The plan was called '...'": no clause, for the passive of a verb that names reports nothing.

All verbs of a batch are looked at together. Phrases are pairs of arrays, first word and the word after the last; where
there is none, the two are equal.
"""

from __future__ import annotations

import re
from enum import IntEnum, auto
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import polars as pl

from tasks.segment.quotes.complements import name_documents
from tasks.segment.quotes.noun_phrases import find_subjects
from tasks.segment.quotes.reporting_verbs import ACCORDING_TO, COLON, reporting_verbs, verb_numbers, verbs_by_number
from tasks.segment.quotes.tag_patterns import TagPattern
from tasks.segment.quotes.tagger import TaggedText, WordFeature
from tasks.segment.quotes.word_classes import alternatives
from tasks.text.arrays import previous_true
from tasks.text.buffers import TextBuffer
from tasks.text.token_features import FeatureCache

if TYPE_CHECKING:
    from tasks.segment.quotes.tag_patterns import Phrases
    from tasks.text.arrays import Bools, Ints


class ReportingClause(NamedTuple):
    """Who speaks as the text has it (null if it does not say) and the verb or phrase, with its grade and frame."""

    speaker: str | None
    lemma: str
    grade: str
    frame: str


class ReportingClauses(NamedTuple):
    """The reporting clauses of quotations: the number of the verb (see `verbs_by_number`; 0 where there is no clause) and
    the speaker as the text has it, or null.
    """

    verb: Ints
    speaker: pl.Series


def reporting_clause_before(text: str) -> ReportingClause | None:
    """The reporting clause in what stands before a quotation in its sentence; the nearest one if there are more.

    >>> reporting_clause_before("Speaking in Ostrel, energy minister Ada Brandt claimed that")
    ReportingClause(speaker='energy minister Ada Brandt', lemma='claim', grade='slanted', frame='that')
    >>> reporting_clause_before("Ada Brandt praised the police and said they were").lemma
    'say'
    >>> reporting_clause_before("The sign on the door of") is None
    True
    """
    return _first(find_reporting_clauses(*(pl.Series([piece]) for piece in (text, "", ""))))


def reporting_clause_after(text: str) -> ReportingClause | None:
    """The reporting clause in what follows a quotation in its sentence.

    >>> reporting_clause_after(", said Ada Brandt, the energy minister.")
    ReportingClause(speaker='Ada Brandt', lemma='say', grade='neutral', frame='that')
    >>> reporting_clause_after(" during the night, the border guard said early on Thursday.").speaker
    'the border guard'
    >>> reporting_clause_after(" he added.").speaker
    'he'
    """
    return _first(find_reporting_clauses(*(pl.Series([piece]) for piece in ("", text, ""))))


def _first(clauses: ReportingClauses) -> ReportingClause | None:
    return ReportingClause(clauses.speaker[0], *verbs_by_number()[clauses.verb[0]][:3]) if clauses.verb[0] else None


_INTRODUCES = rf"(?::|\b(?:{alternatives('introducers')}))$"
_LONGEST_INTRODUCER = 6  # code points, one before the word among them


def find_reporting_clauses(before: pl.Series, after: pl.Series, above: pl.Series) -> ReportingClauses:
    """The reporting clause of each quotation: in what stands `before` it if that introduces it ("said that '...'"), else in
    what stands `after`, before or `above` it.

    >>> texts = map(pl.Series, (["Orr said it was", "Orr said no."], ["", " he added"], ["", ""]))
    >>> find_reporting_clauses(*texts).speaker.to_list()
    ['Orr', 'he']
    """
    around = (before, after, above)
    starts = range(0, max(len(before), 1), _QUOTATIONS_AT_ONCE)
    blocks = [_find_in_block(*(texts[start : start + _QUOTATIONS_AT_ONCE] for texts in around)) for start in starts]
    return ReportingClauses(
        np.concatenate([clauses.verb for clauses in blocks]), pl.concat([clauses.speaker for clauses in blocks])
    )


_QUOTATIONS_AT_ONCE = 10_000  # with up to a kilobyte around each


def _find_in_block(before: pl.Series, after: pl.Series, above: pl.Series) -> ReportingClauses:
    n = len(before)
    tagged = TaggedText(TextBuffer.of(pl.concat([before, after, above])))
    verb = np.flatnonzero(tagged.verb)
    stands_after = (tagged.row[verb] >= n) & (tagged.row[verb] < 2 * n)
    found = [_clauses_before(tagged, verb[~stands_after]), _clauses_after(tagged, verb[stands_after])]
    verb, start, end = (np.concatenate(columns) for columns in zip(*found, strict=True))
    clause_of_row = np.full(3 * n, -1)
    clause_of_row[tagged.row[verb]] = np.arange(len(verb))
    before_it, after_it, above_it = clause_of_row.reshape(3, n)
    introduced = before.str.strip_chars_end().str.tail(_LONGEST_INTRODUCER).str.contains(_INTRODUCES).to_numpy()
    chosen = np.select(
        [introduced & (before_it >= 0), after_it >= 0, before_it >= 0], [before_it, after_it, before_it], above_it
    )
    has_clause = np.flatnonzero(chosen >= 0)
    numbers, first, last = np.zeros((3, n), np.int64)
    numbers[has_clause] = tagged.verb[verb[chosen[has_clause]]]
    first[has_clause], last[has_clause] = start[chosen[has_clause]], end[chosen[has_clause]]
    others = _agents(tagged, np.flatnonzero(first == last)), _leads(tagged, np.flatnonzero(chosen < 0))
    for rows, number, names in others:
        numbers[rows], first[rows], last[rows] = number, *names
    return ReportingClauses(numbers, speaker_names(tagged, first, last))


def _agents(tagged: TaggedText, rows: Ints) -> tuple[Ints, Ints, Phrases]:
    """The quotations, given by their rows, that a passive names: "called '...' by Ada Brandt"; with their verbs and
    speakers.
    """
    n = len(tagged.first) // 3
    begin, verb = tagged.first[rows + n], tagged.last[rows] - 1
    may = (verb >= tagged.first[rows]) & (begin < tagged.last[rows + n])
    rows, begin, verb = rows[may], begin[may], verb[may]
    verb -= tagged.at(WordFeature.AS, verb) & (verb > tagged.first[rows])
    may = (tagged.verb[verb] > 0) & tagged.at(WordFeature.BY, begin) & _is_passive(tagged, verb)
    rows, begin, verb = rows[may], begin[may], verb[may]
    phrases = find_subjects(tagged, _NONE, begin + 1, _NONE).to_right
    return rows, tagged.verb[verb], phrases


def _leads(tagged: TaggedText, rows: Ints) -> tuple[Ints, Ints, Phrases]:
    """The quotations, given by their rows, that a name and a colon introduce without a verb of saying: "Ada Brandt: '...'",
    "Brandt was blunt: '...'"; with the number of the colon and their speakers.
    """
    last = tagged.last[rows] - 1
    may = last > tagged.first[rows]
    may[may] = _are(tagged, last[may], ":")
    rows, last = rows[may], last[may]
    start, end = _LEAD.find(tagged, tagged.first[rows], last + 1)
    found = start < end
    return rows[found], np.full(np.count_nonzero(found), verb_numbers()[COLON]), (start[found], end[found])


def _clauses_before(tagged: TaggedText, verb: Ints) -> tuple[Ints, Ints, Ints]:
    """Of the verbs the one in each text whose clause tells who says what follows the text, and the phrase of its subject:
    the nearest one if there are more.
    """
    # "calling for peace, the group put out": with one comma after it the participle's clause is over.
    commas = np.flatnonzero(tagged.has(WordFeature.COMMA))
    n_commas = np.searchsorted(commas, tagged.end_of(verb) - 1) - np.searchsorted(commas, verb)
    is_ing = tagged.at(WordFeature.ING_FORM, verb) & (tagged.verb[verb] != _ACCORDING_TO)
    # "in charge of calling": the charge is not the subject's
    is_gerund = is_ing & (_OF.features(tagged.buffer, tagged.start[verb - 1], tagged.end[verb - 1]) > 0)
    verb = verb[~(is_ing & (n_commas == 1)) & ~is_gerund & ~are_negated(tagged, verb) & ~_are_nouns(tagged, verb)]
    found = find_clauses(tagged, verb)
    start, end, reports = found.start.copy(), found.end.copy(), found.reports.copy()
    # "Said Ada Brandt: ...", "was told by Ada Brandt: ..."
    opens = (verb == tagged.start_of(verb)) & tagged.at(WordFeature.CAPITAL, verb)
    # "'...,' added Ada Brandt, '...'"
    opens |= _follow_quotations(tagged, verb) & (start == end)
    is_inverted = opens & (found.use == VerbUse.FINITE)
    has_agent = (
        _are(tagged, tagged.end_of(verb) - 1, ":") & tagged.behind(WordFeature.BY, verb) & _is_passive(tagged, verb)
    )
    to_right = np.flatnonzero(is_inverted | has_agent)
    start[to_right], end[to_right] = find_subjects(tagged, _NONE, (verb + 1 + has_agent)[to_right], _NONE).to_right
    reports[to_right] = start[to_right] < end[to_right]
    reports &= _suit(tagged, verb, start, end)
    verb, use, start, end = (column[reports] for column in (verb, found.use, start, end))
    # In "a source claims it says" the source speaks, in "he admitted that nobody had told him" he does: "it", and a verb
    # without a subject, count only where nobody else speaks.
    is_weak = (start == end) & tagged.at(WordFeature.ALWAYS_REPORTS, verb) & (use != VerbUse.PASSIVE)
    is_it = (end - start == 1) & tagged.at(WordFeature.IT, np.minimum(start, len(tagged.features) - 1))
    chosen = _last_of_each(tagged.row[verb], ~is_weak & ~is_it)
    return verb[chosen], start[chosen], end[chosen]


def _clauses_after(tagged: TaggedText, verb: Ints) -> tuple[Ints, Ints, Ints]:
    """As `_clauses_before`, of who says what stands before the text: the first one if there are more."""
    first = tagged.start_of(verb)
    opening = first + tagged.at(WordFeature.COMMA, first)
    is_according = tagged.verb[verb] == _ACCORDING_TO
    # What goes with the noun before it is none: "'petitions' calling for an inquiry".
    is_finite = ~tagged.at(WordFeature.ING_FORM, verb)
    is_inverted = (verb == opening) & is_finite & ~is_according
    reports = is_finite & ~_is_passive(tagged, verb) & ~_is_reduced(tagged, verb)
    reports &= ~are_negated(tagged, verb) & ~_are_nouns(tagged, verb)
    left, right = np.flatnonzero(reports & ~is_inverted & ~is_according), np.flatnonzero(is_inverted | is_according)
    found = find_subjects(tagged, verb[left], (verb + 1 + is_according)[right], _NONE)
    start, end = verb.copy(), verb.copy()
    (start[left], end[left]), (start[right], end[right]) = found.to_left, found.to_right
    # The clause opens what follows the quotation, or follows a comma.
    is_clause = (start == opening) | tagged.at(WordFeature.COMMA, np.maximum(start - 1, 0))
    is_clause &= ~_may_be_noun(tagged, verb, end)
    is_clause = is_according | ((start < end) & (is_inverted | is_clause))
    accepted = np.flatnonzero(is_clause & _suit(tagged, verb, start, end))
    # In "one resident, who asked for calm, said" the second verb counts.
    is_relative = _are_relative(tagged, verb[accepted])
    accepted = accepted[np.lexsort((verb[accepted], is_relative, tagged.row[verb[accepted]]))]
    _, first_of_row = np.unique(tagged.row[verb[accepted]], return_index=True)
    chosen = accepted[first_of_row]
    return verb[chosen], start[chosen], end[chosen]


def _are_nouns(tagged: TaggedText, verb: Ints) -> Bools:
    """Which forms are no verbs by their neighbours: "a think tank", "ignores calls to resign"."""
    are_nouns = tagged.before(WordFeature.ARTICLE, verb) & ~tagged.at(WordFeature.ING_FORM, verb)
    return are_nouns | (np.isin(tagged.verb[verb], _CALL) & tagged.behind(WordFeature.TO, verb))


def _follow_quotations(tagged: TaggedText, verb: Ints) -> Bools:
    """Before which verbs a quotation stands, with a comma at most between: "'...,' said"."""
    follow = tagged.at(WordFeature.BEHIND_QUOTATION, verb)
    some = np.flatnonzero(tagged.before(WordFeature.COMMA, verb))
    follow[some] |= tagged.at(WordFeature.BEHIND_QUOTATION, verb[some] - 1)
    return follow


def _are_relative(tagged: TaggedText, verb: Ints) -> Bools:
    """Which verbs are those of a relative clause: "who asked", "which had said"."""
    before = tagged.before(WordFeature.WHO, verb)
    some = np.flatnonzero(tagged.before(WordFeature.BEFORE_VERB, verb))
    before[some] = tagged.before(WordFeature.WHO, verb[some] - 1)
    return before


def are_negated(tagged: TaggedText, verb: Ints) -> Bools:
    """Which verbs follow "not" or the like: nobody said it."""
    negated = np.zeros(len(verb), bool)
    for by in (1, 2):
        some = np.flatnonzero((verb - by >= tagged.start_of(verb)) & tagged.before(WordFeature.BEFORE_VERB, verb))
        words = verb[some] - by
        negated[some] |= _NEGATIONS.features(tagged.buffer, tagged.start[words], tagged.end[words]) > 0
    return negated


def name_nobody(tagged: TaggedText, start: Ints, end: Ints) -> Bools:
    """Which phrases begin with "nobody", "no" or the like."""
    nobody = np.zeros(len(start), bool)
    some = np.flatnonzero(start < end)
    nobody[some] = _NOBODY.features(tagged.buffer, tagged.start[start[some]], tagged.end[start[some]]) > 0
    return nobody


def _suit(tagged: TaggedText, verb: Ints, start: Ints, end: Ints) -> Bools:
    """Which subjects can speak: not "nobody"; and only a document reads."""
    suits = ~name_nobody(tagged, start, end)
    reads = np.flatnonzero(tagged.verb[verb] == _READ)
    suits[reads] = name_documents(tagged, start[reads], end[reads])
    return suits


def _are(tagged: TaggedText, words: Ints, mark: str) -> Bools:
    """Which words are a mark."""
    are: Bools = tagged.buffer.data[tagged.start[words]] == ord(mark)
    return are


def _last_of_each(row: Ints, is_strong: Bools) -> Ints:
    """The last element of each row that is strong, or the last at all if none is; rows are in order."""
    order = np.lexsort((np.arange(len(row)), is_strong, row))
    is_last = np.append(np.diff(row[order]) != 0, True)[: len(order)]
    return np.asarray(order[is_last])


_OWNER = re.compile(r"^(?:(?! of ).)*['’]s?\s+(?:(?!(?:at|for|in|of|on|to)\s)[a-z][\w-]*\s+)+(?=[A-Z])")
_OWNING = re.compile(r"['’]s$")


def speaker_names(tagged: TaggedText, start: Ints, end: Ints) -> pl.Series:
    """The texts of phrases, null where there is none, without whom they say to own the speaker: of "Putin's spokesman Ivan
    Orr" it is "Ivan Orr".
    """
    names = tagged.texts_of(_without_lead(tagged, start, end), end)
    owned = names.str.contains_any(["'", "’"]).arg_true()
    speakers = [_OWNING.sub("", _OWNER.sub("", name)) for name in names.gather(owned)]
    names = names.scatter(owned, pl.Series(speakers, dtype=pl.String))
    return names.scatter(np.flatnonzero(start == end), None)


def _without_lead(tagged: TaggedText, start: Ints, end: Ints) -> Ints:
    """Where phrases begin without nouns before a name that are no titles: "after legal advice Orr" is "Orr"."""
    is_capital = tagged.has(WordFeature.CAPITAL)
    name = np.maximum(previous_true(~is_capital)[end] + 1, start)
    led = np.flatnonzero((start < name) & (name < end))
    leads = WordFeature.CAPITAL | WordFeature.DETERMINER | WordFeature.ROLE | WordFeature.HONORIFIC | WordFeature.PLURAL
    leads |= WordFeature.THE_OR_A | WordFeature.PREPOSITION | WordFeature.POSSESSIVE | WordFeature.HYPHEN
    led = led[~tagged.at(leads, start[led]) & ~tagged.at(leads, name[led] - 1)]
    start = start.copy()
    start[led] = name[led]
    return start


class VerbUse(IntEnum):
    """How a reporting verb is used; of what holds, the first in this order counts."""

    ACCORDING = auto()
    """ "according to Smith": the speaker follows."""
    PARTICIPLE = auto()
    """ "Smith left, adding": the sentence's subject speaks."""
    REDUCED = auto()
    """ "the plan announced by Smith": a relative clause without its pronoun reports nothing."""
    PASSIVE = auto()
    """ "It was claimed": nobody is said to speak. It reports unless it names: "was called '...'"."""
    SECOND = auto()
    """ "Smith praised them and said": the subject stands before the verb before."""
    FINITE = auto()
    """ "Smith later said": the subject stands to the left."""


class Clauses(NamedTuple):
    """Of each verb how it is used, whether it stands in a reporting clause, and the phrase that names the speaker."""

    use: Ints
    reports: Bools
    start: Ints
    end: Ints


_ACCORDING_TO = verb_numbers()[ACCORDING_TO]
_NO_NAME = WordFeature.PRONOUN | WordFeature.DETERMINER | WordFeature.LEAD_IN | WordFeature.PREPOSITION
_LEAD = TagPattern(
    """
    ^ LEAD_IN* <THE_OR_A? TITLE* NAME{1,4}> ANY $                       # Mayor Ada Brandt | :
    ^ LEAD_IN* <THE_OR_A? TITLE* NAME{1,4}> BE ANY{1,6} $               # Brandt | was blunt:
    ^ LEAD_IN* <TITLE* NAME NAME{1,3}> NO_NAME ANY{0,20} $              # Ada Brandt | ignores the question:
    """,
    TITLE=lambda has: has(WordFeature.ROLE | WordFeature.HONORIFIC),
    NAME=lambda has: has(WordFeature.CAPITAL) & ~has(_NO_NAME),
    NO_NAME=lambda has: (
        ~has(WordFeature.CAPITAL | WordFeature.LEFT_BOUNDARY | WordFeature.AND | WordFeature.PREPOSITION)
    ),
)
_READ = verb_numbers()[reporting_verbs()["read"]]
_NEGATIONS = FeatureCache(lambda word: word in {"not", "never"} or word.endswith(("n't", "n’t")))
_CALL = [verb_numbers()[reporting_verbs()["calls"]]]
_OF = FeatureCache(lambda word: word == "of")
_NOBODY = FeatureCache(lambda word: word.lower() in {"nobody", "none", "no", "neither"})
_PASSIVE = TagPattern("<BE> ADVERB* $")
_SECOND = TagPattern("ANY <AND_OR_BUT BEFORE_VERB*> $", AND_OR_BUT=lambda has: has(WordFeature.AND | WordFeature.BUT))
_REACH = 128
"""How many words before a verb are searched."""
_NONE = np.zeros(0, np.int64)


def find_clauses(tagged: TaggedText, verb: Ints) -> Clauses:
    """The clauses of reporting verbs."""
    conjunction, _ = _SECOND.find(tagged, *_words_before(tagged, verb))
    use = np.select(
        [
            tagged.verb[verb] == _ACCORDING_TO,
            tagged.at(WordFeature.ING_FORM, verb),
            _is_reduced(tagged, verb),
            _is_passive(tagged, verb),
            conjunction < verb,
        ],
        [VerbUse.ACCORDING, VerbUse.PARTICIPLE, VerbUse.REDUCED, VerbUse.PASSIVE, VerbUse.SECOND],
        VerbUse.FINITE,
    )
    start, end = _subjects(tagged, verb, use, conjunction)
    # "the rules, which say": who speaks is not found, but it is nobody before that.
    is_sure = tagged.at(WordFeature.ALWAYS_REPORTS, verb) | tagged.before(WordFeature.WHO, verb)
    agrees = np.where(start < end, ~_may_be_noun(tagged, verb, end), is_sure)
    reports = np.select(
        [use <= VerbUse.PARTICIPLE, use == VerbUse.REDUCED, use == VerbUse.PASSIVE],
        [True, False, ~tagged.at(WordFeature.NAMING_VERB, verb)],
        agrees,
    )
    return Clauses(use, reports, start, end)


def _subjects(tagged: TaggedText, verb: Ints, use: Ints, conjunction: Ints) -> Phrases:
    """The subjects of verbs, by their use. A second verb ("Smith praised them and said") and a participle have that of the
    reporting verb before it in the sentence, or else of the sentence.
    """
    according, participle, second, finite = (
        np.flatnonzero(use == one) for one in (VerbUse.ACCORDING, VerbUse.PARTICIPLE, VerbUse.SECOND, VerbUse.FINITE)
    )
    conjunction = conjunction[second]
    earlier = _earlier_verbs(tagged, np.append(conjunction, verb[participle]))
    left, right, opening = find_subjects(
        tagged,
        np.append(verb[finite], earlier),
        np.append(verb[according] + 2, earlier + 1),
        np.append(verb[participle], conjunction),
    )
    start, end = verb.copy(), verb.copy()
    for bounds, to_left, to_right, of_sentence in zip((start, end), left, right, opening, strict=True):
        bounds[finite] = to_left[: len(finite)]
        bounds[according] = to_right[: len(according)]
        bounds[participle] = of_sentence[: len(participle)]
        bounds[second] = of_sentence[len(participle) :]
    first, behind = (bounds[len(finite) :] for bounds in left)
    # "'...,' said Ada Brandt, adding ..."
    inverted = np.flatnonzero((first == behind) & _follow_quotations(tagged, earlier))
    for bounds, to_right in zip((first, behind), right, strict=True):
        bounds[inverted] = to_right[len(according) :][inverted]
    has_subject = first < behind
    earlier, first, behind = earlier[has_subject], first[has_subject], behind[has_subject]
    for later, place in ((second, conjunction), (participle, verb[participle])):
        nth = np.searchsorted(earlier, place) - 1
        shared = np.flatnonzero((nth >= 0) & (np.append(earlier, 0)[nth] > tagged.start_of(place)))
        start[later[shared]], end[later[shared]] = first[nth[shared]], behind[nth[shared]]
    return start, end


def _earlier_verbs(tagged: TaggedText, conjunction: Ints) -> Ints:
    """The finite reporting verbs, other than second ones, of the texts that the conjunctions stand in."""
    is_wanted = np.zeros(len(tagged.first), bool)
    is_wanted[tagged.row[conjunction]] = True
    verbs = np.flatnonzero(tagged.verb)
    verbs = verbs[is_wanted[tagged.row[verbs]] & (verbs > tagged.start_of(verbs))]
    return verbs[~tagged.at(WordFeature.ING_FORM, verbs) & ~tagged.before(WordFeature.AND | WordFeature.BUT, verbs)]


def _words_before(tagged: TaggedText, verb: Ints) -> Phrases:
    return np.maximum(tagged.start_of(verb), verb - _REACH), verb


def _is_passive(tagged: TaggedText, verb: Ints) -> Bools:
    """Whether the verb tells what was said of its subject: "was accused of", "it's been claimed"."""
    return _PASSIVE.matches(tagged, *_words_before(tagged, verb)) & ~tagged.at(WordFeature.ING_FORM, verb)


def _is_reduced(tagged: TaggedText, verb: Ints) -> Bools:
    """Whether the verb's subject is somebody else: "the plan announced by Smith"."""
    return tagged.at(WordFeature.PAST_PARTICIPLE, verb) & tagged.behind(WordFeature.BY, verb)


def _may_be_noun(tagged: TaggedText, verb: Ints, end: Ints) -> Bools:
    """Whether a form that is a noun as often follows a phrase, which ends before word `end`, that does not make it a verb:
    "the claims". An adverb between does, as between subject and verb.
    """
    makes_verb = tagged.before(WordFeature.PRONOUN | WordFeature.CAPITAL | WordFeature.PLURAL, verb)
    may_be_noun: Bools = tagged.at(WordFeature.VERB_OR_NOUN, verb) & ~makes_verb & (end == verb)
    last = verb + 1 == tagged.end_of(verb) - 1  # "the report states:"
    may_be_noun[last] &= ~_are(tagged, verb[last] + 1, ":")
    return may_be_noun
