"""Who is speaking, and with which verb: reporting clauses around quotations, and speech reported without quotation.

English puts the reporting clause in few places: before ("Smith said: '...'"), after ("'...,' Smith said", "'...,' said
Smith"), at the end of the sentence ("... 'intensified' overnight, the border guard said") or in a phrase ("according to
Smith"). The verb comes from a list, reporting_verbs.tsv; the subject is the noun phrase that it agrees with, found by
walking from the verb to the edge of its clause. Where the walk meets something that no noun phrase holds, the speaker is
null: no name is better than a wrong one.

What is reported without quotation marks reaches from the verb to the end of its clause.

All verbs of a batch are looked at together: what walks to the left or right end at is looked up in tables of the last
word before each place, or the first from it on, that stops them. Phrases are pairs of arrays, first word and the word
behind the last; where there is none, the two are equal.
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import polars as pl

from tasks.segment.quotes.tagger import (
    ACCORDING_TO,
    DAYS,
    Clauses,
    Is,
    verbs_by_number,
)
from tasks.text.arrays import exclusive_sum, next_true, previous_true
from tasks.text.buffers import TextBuffer, blocks_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from tasks.segment.quotes.tagger import Numbers

    Flags = NDArray[np.bool_]
    Phrases = tuple[Numbers, Numbers]


class Cue(NamedTuple):
    """A reporting clause: who speaks as the text has it (null if it does not say) and the verb or phrase."""

    speaker: str | None
    lemma: str
    grade: str
    frame: str


class Cues(NamedTuple):
    """The reporting clauses of quotations: the number of the verb (see `verbs_by_number`; 0 where there is no clause) and
    the speaker as the text has it, or null.
    """

    verb: Numbers
    speaker: pl.Series


class Reported(NamedTuple):
    """Code points `start` to `end` of a sentence that somebody is reported to have said."""

    start: int
    end: int
    speaker: str | None
    cue: str
    grade: str


_MAX_NOUN_PHRASE = 12
_MAX_APPOSITION = 25
_ACCORDING_TO = verbs_by_number().index(ACCORDING_TO)
_OWNER = re.compile(r"^(?:(?! of ).)*['’]s?\s+(?:[a-z][\w-]*\s+)*(?=[A-Z])")
_OWNING = re.compile(r"['’]s$")


def cue_before(text: str) -> Cue | None:
    """The reporting clause in what stands before a quotation in its sentence; the nearest one if there are more.

    >>> cue_before("Speaking in Ostrel, energy minister Ada Brandt claimed that")
    Cue(speaker='energy minister Ada Brandt', lemma='claim', grade='slanted', frame='that')
    >>> cue_before("Ada Brandt praised the police and said they were").lemma
    'say'
    >>> cue_before("The sign on the door of") is None
    True
    """
    return _first(find_cues(*(pl.Series([piece]) for piece in (text, "", ""))))


def cue_after(text: str) -> Cue | None:
    """The reporting clause in what follows a quotation in its sentence.

    >>> cue_after(", said Ada Brandt, the energy minister.")
    Cue(speaker='Ada Brandt', lemma='say', grade='neutral', frame='that')
    >>> cue_after(" during the night, the border guard said early on Thursday.").speaker
    'the border guard'
    >>> cue_after(" he added.").speaker
    'he'
    """
    return _first(find_cues(*(pl.Series([piece]) for piece in ("", text, ""))))


def _first(cues: Cues) -> Cue | None:
    return Cue(cues.speaker[0], *verbs_by_number()[cues.verb[0]]) if cues.verb[0] else None


_LEADS_UP = r"(?::|\b(?:that|as|of|was|were|is|be))$"
_LONGEST_LEAD = 6  # code points, one before the word among them


def find_cues(before: pl.Series, after: pl.Series, above: pl.Series) -> Cues:
    """The reporting clause of each quotation: in what stands `before` it if that leads up to it ("said that '...'"), else in
    what stands `after`, before or `above` it.

    >>> find_cues(*map(pl.Series, (["Orr said it was", "Orr said no."], ["", " he added"], ["", ""]))).speaker.to_list()
    ['Orr', 'he']
    """
    around = (before, after, above)
    starts = range(0, max(len(before), 1), _QUOTATIONS_AT_ONCE)
    blocks = [_find_cues(*(texts[start : start + _QUOTATIONS_AT_ONCE] for texts in around)) for start in starts]
    return Cues(np.concatenate([cues.verb for cues in blocks]), pl.concat([cues.speaker for cues in blocks]))


_QUOTATIONS_AT_ONCE = 10_000  # with up to a kilobyte around each


def _find_cues(before: pl.Series, after: pl.Series, above: pl.Series) -> Cues:
    n = len(before)
    clauses = Clauses(TextBuffer.of(pl.concat([before, after, above])))
    grammar = _Grammar(clauses)
    verb = np.flatnonzero(clauses.verb)
    stands_after = (clauses.clause[verb] >= n) & (clauses.clause[verb] < 2 * n)
    led_by = np.full(3 * n, -1)  # the verb of each text, as a place among `phrases`
    phrases = [_cues_before(grammar, verb[~stands_after]), _cues_after(grammar, verb[stands_after])]
    verb, start, end = (np.concatenate(columns) for columns in zip(*phrases, strict=True))
    led_by[clauses.clause[verb]] = np.arange(len(verb))
    by_place = led_by.reshape(3, n)
    before_it, after_it, above_it = by_place
    is_led_up_to = before.str.strip_chars_end().str.tail(_LONGEST_LEAD).str.contains(_LEADS_UP).to_numpy() & (
        before_it >= 0
    )
    chosen = np.where(after_it >= 0, after_it, np.where(before_it >= 0, before_it, above_it))
    chosen = np.where(is_led_up_to, before_it, chosen)
    has_cue = np.flatnonzero(chosen >= 0)
    chosen = chosen[has_cue]
    numbers = np.zeros(n, np.int64)
    numbers[has_cue] = clauses.verb[verb[chosen]]
    speakers = pl.Series([None], dtype=pl.String).new_from_index(0, n)
    return Cues(numbers, speakers.scatter(has_cue, _speakers(clauses, start[chosen], end[chosen])))


def _cues_before(grammar: _Grammar, verb: Numbers) -> tuple[Numbers, Numbers, Numbers]:
    """Of the verbs the one in each text whose clause tells who says what follows the text, and the phrase of its subject:
    the nearest one if there are more.
    """
    clauses = grammar.clauses
    # "The group, calling for peace, put out ...": the participle's clause is over.
    n_commas = exclusive_sum(clauses.has(Is.COMMA))
    is_over = clauses.at(Is.ING, verb) & (n_commas[clauses.end_of(verb)] - n_commas[verb] == 1)
    verb = verb[~is_over]
    has_cue, (start, end) = grammar.cues(verb)
    verb, start, end = verb[has_cue], start[has_cue], end[has_cue]
    # "a source claims it says": the source is asked first; so is "he admitted that nobody had told him".
    is_weak = (start == end) & clauses.at(Is.ALWAYS_REPORTS, verb) & ~grammar.is_passive(verb)
    is_it = (end - start == 1) & clauses.at(Is.IT, np.minimum(start, len(clauses.facts) - 1))
    chosen = _last_of_each(clauses.clause[verb], ~is_weak & ~is_it)
    return verb[chosen], start[chosen], end[chosen]


def _cues_after(grammar: _Grammar, verb: Numbers) -> tuple[Numbers, Numbers, Numbers]:
    """As `_cues_before`, of who says what stands before the text: the first one if there are more."""
    clauses = grammar.clauses
    lo = clauses.start_of(verb)
    opens = lo + clauses.at(Is.COMMA, lo)
    is_according = clauses.verb[verb] == _ACCORDING_TO
    # What goes with the noun before it is none: "'petitions' calling for an inquiry".
    is_finite = ~clauses.at(Is.ING, verb)
    is_inverted = (verb == opens) & is_finite & ~is_according
    start, end = grammar.subjects(verb)
    is_told = (start < end) & is_finite & ~is_inverted & ~grammar.is_passive(verb) & ~grammar.is_participle(verb)
    # The clause opens what follows the quotation, or stands behind a comma.
    is_told &= ~grammar.is_doubtful(verb, end) & ((start == opens) | clauses.at(Is.COMMA, np.maximum(start - 1, 0)))
    right = is_inverted | is_according
    start[right], end[right] = grammar.subjects_to_right(verb[right] + 1 + is_according[right])
    accepted = np.flatnonzero(np.where(is_inverted, start < end, is_told | is_according))
    _, first = np.unique(clauses.clause[verb[accepted]], return_index=True)
    chosen = accepted[first]
    return verb[chosen], start[chosen], end[chosen]


def _last_of_each(clause: Numbers, strong: Flags) -> Numbers:
    """The last element of each clause that is strong, or the last at all if none is; clauses are in order."""
    places = np.arange(len(clause))
    order = np.lexsort((places, strong, clause))
    is_last = np.append(np.diff(clause[order]) != 0, True)[: len(order)]
    return np.asarray(order[is_last])


def _speakers(clauses: Clauses, start: Numbers, end: Numbers) -> pl.Series:
    """The texts of phrases, null where there is none, without whom they say to own the speaker."""
    names = clauses.texts_of(start, end)
    # "Putin's spokesman Ivan Orr": the owner is somebody else.
    owned = names.str.contains_any(["'", "’"]).arg_true()
    speakers = [_OWNING.sub("", _OWNER.sub("", name)) for name in names.gather(owned)]
    names = names.scatter(owned, pl.Series(speakers, dtype=pl.String))
    return names.scatter(np.flatnonzero(start == end), None)


class _Grammar:
    """What can be said of the verbs of reporting among the words of clauses, and who their subjects are."""

    def __init__(self, clauses: Clauses) -> None:
        self.clauses = clauses
        has = clauses.has
        is_edge = has(Is.EDGE | Is.AND)
        ands = np.flatnonzero(has(Is.AND))  # "Smith and Jones said"
        is_edge[ands] = ~(clauses.before(Is.CAPITAL, ands) & clauses.behind(Is.CAPITAL, ands))
        is_between = has(Is.BETWEEN)
        for first, second in ((Is.ON, Is.DAY), (Is.USED, Is.TO)):
            words = np.flatnonzero(has(first))
            is_between[words] |= clauses.behind(second, words)
        self._before_between = previous_true(~is_between)
        self._edge_before = previous_true(is_edge)
        self._before_adverbs = previous_true(~has(Is.ADVERB))
        self._restart_before = previous_true(has(Is.RESTARTS))
        self._capital_before = previous_true(has(Is.CAPITAL))
        self._after_lead = next_true(~has(Is.LEADS_UP))
        self._right_edge = next_true(has(Is.RIGHT_EDGE))
        self._n_small = exclusive_sum(~has(Is.CAPITAL))
        self._n_breaking = exclusive_sum(has(Is.FINITE | Is.EDGE))
        is_cut = self._stands_behind_quotation()
        self._n_cut = exclusive_sum(is_cut)
        self._cut = next_true(is_cut)
        self._found_before: dict[int, Numbers] = {}

    def _stands_behind_quotation(self) -> Flags:
        """Whether a quotation stands between each word and the one before it, or the beginning of its text."""
        clauses = self.clauses
        is_blot = clauses.buffer.data == 0
        opens = is_blot.copy()
        opens[1:] &= ~is_blot[:-1]
        firsts = clauses.buffer.offsets[:-1]
        firsts = firsts[firsts < len(is_blot)]
        opens[firsts] = is_blot[firsts]
        blots = np.flatnonzero(opens)
        following = np.searchsorted(clauses.start, blots)
        has_word = following < len(clauses.start)
        blots, following = blots[has_word], following[has_word]
        is_behind = np.zeros(len(clauses.start), bool)
        is_behind[following[blots >= clauses.buffer.offsets[clauses.clause[following]]]] = True
        return is_behind

    def cues(self, verb: Numbers) -> tuple[Flags, Phrases]:
        """Which of the verbs stand in a reporting clause, and the phrases that name the speakers."""
        clauses = self.clauses
        lo = clauses.start_of(verb)
        is_according = clauses.verb[verb] == _ACCORDING_TO
        is_ing = clauses.at(Is.ING, verb) & ~is_according
        is_other = ~is_according & ~is_ing
        is_passive = is_other & self.is_passive(verb)
        is_participle = is_other & self.is_participle(verb)
        is_plain = is_other & ~is_passive & ~is_participle
        left = np.maximum(self._before_between[verb], lo)
        is_second = is_plain & (left > lo) & (verb > lo) & clauses.at(Is.AND | Is.BUT, left)
        start, end = verb.copy(), verb.copy()
        for which, find, place in (
            (is_according, self.subjects_to_right, verb + 2),
            (is_ing, self._subjects_of_sentence, verb),
            (is_second, self._subjects_before_conjunction, left),
            (is_plain & ~is_second, self.subjects, verb),
        ):
            start[which], end[which] = find(place[which])
        has_subject = start < end
        is_told = np.where(has_subject, ~self.is_doubtful(verb, end), clauses.at(Is.ALWAYS_REPORTS, verb))
        is_named = clauses.at(Is.NAMES, verb)  # "was called '...'" tells no speech
        return np.where(is_plain, is_told, ~is_participle & ~(is_passive & is_named)), (start, end)

    def is_passive(self, verb: Numbers) -> Flags:
        """Whether the verb tells what was said of its subject: "was accused of", "it's been claimed"."""
        clauses = self.clauses
        before = self._before_adverbs[verb]
        is_be = (before >= clauses.start_of(verb)) & clauses.at(Is.BE, np.maximum(before, 0))
        return is_be & ~clauses.at(Is.ING, verb)

    def is_participle(self, verb: Numbers) -> Flags:
        """Whether the verb's subject is somebody else: "the plan announced by Smith"."""
        return self.clauses.at(Is.PARTICIPLE, verb) & self.clauses.behind(Is.BY, verb)

    def is_doubtful(self, verb: Numbers, end: Numbers) -> Flags:
        """Whether a form that may be a noun follows a phrase that does not make it a verb: "the claims". An adverb
        between does, as between subject and verb.
        """
        makes_verb = self.clauses.before(Is.PRONOUN | Is.CAPITAL | Is.PLURAL, verb)
        is_doubtful: Flags = self.clauses.at(Is.MAYBE_NOUN, verb) & ~makes_verb & (end == verb)
        return is_doubtful

    def subjects(self, verb: Numbers) -> Phrases:
        """The noun phrases that finite verbs agree with."""
        clauses = self.clauses
        if not len(verb):
            return verb, verb
        lo = clauses.start_of(verb)
        end = np.maximum(self._before_between[verb], lo - 1) + 1
        last = np.maximum(end - 1, 0)
        is_relative = (end > lo) & clauses.at(Is.WHO, last)  # "Mr Smith, who said": the noun before
        end = end - is_relative
        end -= is_relative & (end > lo) & clauses.at(Is.COMMA, np.maximum(end - 1, 0))
        apposed = np.flatnonzero(~is_relative & (end > lo + 1) & clauses.at(Is.CLOSES_APPOSITION, last))
        mark, earliest = last[apposed], lo[apposed]
        opening = self._skip_apposition(mark, earliest)
        name_start = self._names_in_apposition(opening, mark, earliest)
        # "Brandt (Ostrel), in an interview, (said)"
        again = np.flatnonzero((opening > earliest + 1) & clauses.at(Is.CLOSES, np.maximum(opening - 1, 0)))
        opening[again] = self._skip_apposition(opening[again] - 1, earliest[again])
        end[apposed] = opening
        start = np.maximum(self._edge_before[end], lo - 1) + 1
        start = np.where(end - start > _MAX_NOUN_PHRASE, end, start)
        start, end = self._trim(start, end)
        is_named = name_start < mark
        start[apposed[is_named]], end[apposed[is_named]] = name_start[is_named], mark[is_named]
        return start, end

    def _skip_apposition(self, mark: Numbers, lo: Numbers) -> Numbers:
        """Where the nouns before appositions end, given the marks that close them: "Smith, the mayor, (said)"."""
        clauses = self.clauses
        opening = lo.copy()
        for closes, opens in (
            (Is.COMMA, Is.COMMA),
            (Is.CLOSES, Is.OPENS),
            (Is.EM_DASH, Is.EM_DASH),
            (Is.EN_DASH, Is.EN_DASH),
            (Is.HYPHEN, Is.HYPHEN),
        ):
            own = np.flatnonzero(clauses.at(closes, mark))
            if len(own):
                found = self._last_before(opens)[mark[own]]
                is_near = (found >= lo[own]) & (found > mark[own] - _MAX_APPOSITION)
                opening[own] = np.where(is_near, found, lo[own])
        return opening

    def _names_in_apposition(self, opening: Numbers, mark: Numbers, lo: Numbers) -> Numbers:
        """Where names begin that stand behind an office, between the mark that opens their apposition and the one that
        closes it: "its director, Ada Brandt, (said)"; at the latter where none does.
        """
        at = self.clauses.at
        start = opening + 1
        length = mark - start
        is_name = (length >= 2) & (length <= 5) & at(Is.CAPITAL | Is.OFFICE, np.minimum(start, mark))
        is_name &= self._n_small[mark] == self._n_small[np.minimum(start + 1, mark)]
        # "Ada Brandt, Minister of State,": who has a name already is called by it; "Mr" alone is none.
        is_called = (
            (start - lo >= 3) & at(Is.CAPITAL, np.maximum(start - 2, 0)) & at(Is.CAPITAL, np.maximum(start - 3, 0))
        )
        return np.where(is_name & ~is_called, start, mark)

    def _trim(self, start: Numbers, end: Numbers) -> Phrases:
        """Phrases without what leads up to them ("But on Thursday the minister"); none where it is no noun phrase."""
        if not len(start):
            return start, end
        final = len(self.clauses.facts) - 1

        def at(fact: int, places: Numbers) -> Flags:
            return self.clauses.at(fact, np.clip(places, 0, final))

        start = np.minimum(self._after_lead[start], end)
        # "On Thursday the Kremlin", "In a statement Mr Smith": the phrase begins at the last article or honorific.
        is_led = (start < end) & at(Is.PREPOSITION, start)
        restart = self._restart_before[end]
        start = np.where(is_led, np.where(restart >= start + 2, restart, end), start)
        length = end - start
        is_phrase = (length > 0) & (length <= _MAX_NOUN_PHRASE)
        # No quotation stands between its words.
        is_phrase &= self._n_cut[end] == self._n_cut[np.minimum(start + 1, end)]
        is_pronoun = is_phrase & (length == 1) & at(Is.PRONOUN, start)
        is_phrase &= is_pronoun | ~((length == 1) & at(Is.ARTICLE, start))
        ends_in_pronoun = is_phrase & at(Is.PRONOUN, end - 1)  # "in which he"
        is_unbroken = self._n_breaking[end] == self._n_breaking[start]
        has_name = self._n_small[end] - self._n_small[start] < length
        is_noun = has_name | at(Is.DETERMINER, start) | (at(Is.PLURAL, end - 1) & (length <= 3))
        is_phrase &= ends_in_pronoun | (is_unbroken & is_noun)
        start = np.where(ends_in_pronoun, end - 1, start)
        return np.where(is_phrase, start, end), end

    def _subjects_before_conjunction(self, conjunction: Numbers) -> Phrases:
        """The subjects of second verbs ("Smith praised them and said"): those of the reporting verbs before, else the
        noun phrases that open the sentences.
        """
        clauses = self.clauses
        is_wanted = np.zeros(len(clauses.first), bool)
        is_wanted[clauses.clause[conjunction]] = True
        verbs = np.flatnonzero(clauses.verb)
        verbs = verbs[is_wanted[clauses.clause[verbs]] & (verbs > clauses.start_of(verbs))]
        verbs = verbs[~clauses.at(Is.ING, verbs) & ~clauses.before(Is.AND | Is.BUT, verbs)]
        start, end = self.subjects(verbs)
        has_subject = start < end
        verbs, start, end = verbs[has_subject], start[has_subject], end[has_subject]
        nth = np.searchsorted(verbs, conjunction) - 1
        is_found = (nth >= 0) & (np.append(verbs, 0)[nth] > clauses.start_of(conjunction))
        opening_start, opening_end = self._subjects_of_sentence(conjunction)
        return (
            np.where(is_found, np.append(start, 0)[nth], opening_start),
            np.where(is_found, np.append(end, 0)[nth], opening_end),
        )

    def _subjects_of_sentence(self, before: Numbers) -> Phrases:
        """The noun phrases that sentences open with, as far as their names reach, for participles ("..., adding:")."""
        clauses = self.clauses
        if not len(before):
            return before, before
        start = np.minimum(self._opening[clauses.start_of(before)], before)
        opens = (start < before) & (self._belongs | clauses.has(Is.THE_OR_A))[start]
        end = np.where(opens, np.minimum(self._name_end[start + 1], before), start)
        is_pronoun = (start < before) & clauses.at(Is.PRONOUN, start)
        is_more = end - start > clauses.at(Is.DETERMINER, start)
        trimmed_start, trimmed_end = self._trim(np.where(is_more, start, end), end)
        return np.where(is_pronoun, start, trimmed_start), np.where(is_pronoun, start + 1, trimmed_end)

    @cached_property
    def _opening(self) -> Numbers:
        """For each word, the first from it on that does not lead up to a sentence's first noun phrase."""
        return next_true(~self.clauses.has(Is.LEADING | Is.COMMA))

    @cached_property
    def _belongs(self) -> Flags:
        """Which words may belong to a name."""
        clauses, has = self.clauses, self.clauses.has
        # "STORMS OUT" is shouted, no name; "Putin's attack dog Sergei Lavrov" has an owner one or two words before.
        belongs = (has(Is.CAPITAL) & ~has(Is.SHOUTED)) | has(Is.OFFICE)
        for distance in (1, 2):
            owned = np.flatnonzero(has(Is.OWNER)[:-distance]) + distance
            belongs[owned] |= clauses.clause[owned] == clauses.clause[owned - distance]
        return belongs

    @cached_property
    def _name_end(self) -> Numbers:
        """For each word, the first from it on that belongs to no name."""
        return next_true(~self._belongs)

    def _last_before(self, fact: int) -> Numbers:
        """For each word, the last one before it of which a fact is true."""
        if fact not in self._found_before:
            self._found_before[fact] = previous_true(self.clauses.has(fact))
        return self._found_before[fact]

    def subjects_to_right(self, start: Numbers) -> Phrases:
        """The noun phrases that begin at the words `start`, for inverted verbs ("said Ada Brandt, the minister")."""
        clauses = self.clauses
        if not len(start):
            return start, start
        end = np.minimum(np.minimum(self._right_edge[start], start + _MAX_NOUN_PHRASE), clauses.end_of(start - 1))
        # "said Orr of the '...'": the quotation is none of his names.
        cut = self._cut[start]
        name_end = np.maximum(self._capital_before[np.minimum(cut, len(clauses.facts))] + 1, start)
        return self._trim(start, np.where(cut < end, name_end, end))


_AT_ONCE = 4_000_000  # bytes of sentences; what is known of their words takes twenty times that
_CLAUSE_END = re.compile(
    r"[;—]|\s[–-]\s|,\s(?:but|while|whereas|although|though|prompting|leading|as\s(?:he|she|they|it|the)\b)"
)
_ANY_WORD = re.compile(r"[^\W_]|[,;:()—–]")
_ENDS_REPORT = frozenset({",", ")", "—"}) | DAYS
_WHEN_OR_WHERE = frozenset("on in at during late early yesterday today last earlier".split())
_LONGEST_WHEN_OR_WHERE = 8  # words


def reported_spans(sentence: str) -> list[Reported]:
    """What a sentence reports somebody to have said, without quoting: in order, without overlap.

    >>> [(r.speaker, r.cue) for r in reported_spans("Orr accused the council of betrayal.")]
    [('Orr', 'accuse')]
    >>> sentence = "The roof fell in, Ostrel police said."
    >>> [sentence[r.start:r.end] for r in reported_spans(sentence)]
    ['The roof fell in']
    >>> reported_spans("Orr said no more.") == reported_spans("The red house stood empty.")
    False
    """
    return [report for _, report in find_reports(pl.Series([sentence]))]


def find_reports(sentences: pl.Series) -> Iterator[tuple[int, Reported]]:
    """As `reported_spans`, for each of the sentences: its row and the report."""
    exclusive_sum = 0
    for block in blocks_of(sentences, _AT_ONCE):
        for row, report in _find_reports(block):
            yield exclusive_sum + row, report
        exclusive_sum += len(block)


def _find_reports(sentences: pl.Series) -> Iterator[tuple[int, Reported]]:
    clauses = Clauses(TextBuffer.of(sentences))
    grammar = _Grammar(clauses)
    verb = np.flatnonzero(clauses.verb)
    has_cue, (start, end) = grammar.cues(verb)
    verb, start, end = verb[has_cue], start[has_cue], end[has_cue]
    buffer = clauses.buffer
    row = clauses.clause[verb]
    offset = buffer.code_points(buffer.offsets)[row]
    places = (buffer.code_points(edge[verb]) - offset for edge in (clauses.start, clauses.end))
    verbs = verbs_by_number()
    row_before, text, earliest = -1, "", 0
    for i, number, of_row, verb_start, verb_end, speaker in zip(
        verb.tolist(),
        clauses.verb[verb].tolist(),
        row.tolist(),
        *(place.tolist() for place in places),
        _speakers(clauses, start, end).to_list(),
        strict=True,
    ):
        if of_row != row_before:
            row_before, text, earliest = of_row, sentences[of_row], 0
        if verb_start < earliest:
            continue  # said inside what is already reported
        cue = Cue(speaker, *verbs[number])
        says_nothing = _says_nothing_after(clauses, i + 1 + cue.lemma.count(" "), int(clauses.last[of_row]))
        report = _report_at(text, verb_start, verb_end, cue, earliest, says_nothing=says_nothing)
        if report:
            earliest = report.end
            yield of_row, report


def _report_at(
    text: str, verb_start: int, start: int, cue: Cue, earliest: int, *, says_nothing: bool
) -> Reported | None:
    """What a verb reports that stands from `verb_start` to `start`; nothing before `earliest`. If the verb `says_nothing`
    to its right, it is what stands to its left.
    """
    end = len(text.rstrip())
    if cue.lemma == ACCORDING_TO.lemma:
        comma = text.find(",", start)
        opens = not _ANY_WORD.search(text, earliest, verb_start)
        if opens and comma >= 0:
            return _reported(text, comma + 1, end, cue)
        return _reported(text, earliest, verb_start, cue)
    if says_nothing:
        # "..., officials said": what stands before the comma before the subject.
        before = text.rfind(",", earliest, verb_start)
        return _reported(text, earliest, before, cue) if before > earliest and cue.frame == "that" else None
    clause = _CLAUSE_END.search(text, start)
    return _reported(text, start, clause.start() if clause else end, cue)


def _says_nothing_after(clauses: Clauses, first: int, last: int) -> bool:
    """Whether the words from `first` to `last`, behind a verb, are no report: none, another clause, or when and where."""
    if first >= last:
        return True
    following = clauses.small(first)
    if following in _ENDS_REPORT:
        return True
    is_short = last - first <= _LONGEST_WHEN_OR_WHERE
    return following in _WHEN_OR_WHERE and is_short and all(clauses.small(i) != "that" for i in range(first, last))


def _reported(text: str, start: int, end: int, cue: Cue) -> Reported | None:
    piece = text[start:end]
    start += len(piece) - len(piece.lstrip(" ,:\n"))
    end = start + len(text[start:end].rstrip(" ,.\n"))
    return Reported(start, end, cue.speaker, cue.lemma, cue.grade) if start < end else None
