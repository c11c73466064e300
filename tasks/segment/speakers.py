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
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import polars as pl

from tasks.segment.words import ACCORDING_TO, DAYS, Clauses, Is, last_before, n_before, next_from, verbs_by_number

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from tasks.segment.words import Numbers

    Flags = NDArray[np.bool_]
    Phrases = tuple[Numbers, Numbers]


class Cue(NamedTuple):
    """A reporting clause: who speaks as the text has it (null if it does not say) and the verb or phrase."""

    speaker: str | None
    lemma: str
    grade: str
    frame: str


class Cues(NamedTuple):
    """The reporting clauses of a column of texts: the number of the verb (see `verbs_by_number`; 0 where there is no
    clause) and the speaker as the text has it, or null.
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
    return _first(cues_before(pl.Series([text])))


def cue_after(text: str) -> Cue | None:
    """The reporting clause in what follows a quotation in its sentence.

    >>> cue_after(", said Ada Brandt, the energy minister.")
    Cue(speaker='Ada Brandt', lemma='say', grade='neutral', frame='that')
    >>> cue_after(" during the night, the border guard said early on Thursday.").speaker
    'the border guard'
    >>> cue_after(" he added.").speaker
    'he'
    """
    return _first(cues_after(pl.Series([text])))


def _first(cues: Cues) -> Cue | None:
    return Cue(cues.speaker[0], *verbs_by_number()[cues.verb[0]]) if cues.verb[0] else None


def cues_before(texts: pl.Series) -> Cues:
    """As `cue_before`, for each of the texts."""
    grammar = _Grammar(Clauses(texts))
    clauses = grammar.clauses
    verb = np.flatnonzero(clauses.verb)
    n_commas = n_before(clauses.has(Is.COMMA))
    # "The group, calling for peace, put out ...": the participle's clause is over.
    is_over = clauses.has(Is.ING)[verb] & (n_commas[clauses.end_of[verb]] - n_commas[verb] == 1)
    verb = verb[~is_over]
    has_cue, (start, end) = grammar.cues(verb)
    verb, start, end = verb[has_cue], start[has_cue], end[has_cue]
    # "a source claims it says": the source is asked first; so is "he admitted that nobody had told him".
    is_weak = (start == end) & clauses.has(Is.ALWAYS_REPORTS)[verb] & ~grammar.is_passive(verb)
    is_it = (end - start == 1) & clauses.has(Is.IT)[np.minimum(start, len(clauses.facts) - 1)]
    chosen = _last_of_each(clauses.clause[verb], ~is_weak & ~is_it)
    return _tell(clauses, len(texts), verb[chosen], start[chosen], end[chosen])


def cues_after(texts: pl.Series) -> Cues:
    """As `cue_after`, for each of the texts."""
    grammar = _Grammar(Clauses(texts))
    clauses = grammar.clauses
    verb = np.flatnonzero(clauses.verb)
    lo = clauses.start_of[verb]
    opens = lo + clauses.has(Is.COMMA)[lo]
    is_according = clauses.verb[verb] == _ACCORDING_TO
    # What goes with the noun before it is none: "'petitions' calling for an inquiry".
    is_finite = ~clauses.has(Is.ING)[verb]
    is_inverted = (verb == opens) & is_finite & ~is_according
    start, end = grammar.subjects(verb)
    is_told = (start < end) & is_finite & ~is_inverted & ~grammar.is_passive(verb) & ~grammar.is_participle(verb)
    # The clause opens what follows the quotation, or stands behind a comma.
    before = np.maximum(start - 1, 0)
    is_told &= ~grammar.is_doubtful(verb, end) & ((start == opens) | clauses.has(Is.COMMA)[before])
    right = is_inverted | is_according
    start[right], end[right] = grammar.subjects_to_right(verb[right] + 1 + is_according[right])
    accepted = np.flatnonzero(np.where(is_inverted, start < end, is_told | is_according))
    _, first = np.unique(clauses.clause[verb[accepted]], return_index=True)
    chosen = accepted[first]
    return _tell(clauses, len(texts), verb[chosen], start[chosen], end[chosen])


def _last_of_each(clause: Numbers, strong: Flags) -> Numbers:
    """The last element of each clause that is strong, or the last at all if none is; clauses are in order."""
    places = np.arange(len(clause))
    order = np.lexsort((places, strong, clause))
    is_last = np.append(np.diff(clause[order]) != 0, True)[: len(order)]
    return np.asarray(order[is_last])


def _tell(clauses: Clauses, n_texts: int, verb: Numbers, start: Numbers, end: Numbers) -> Cues:
    """The cues of texts, from the verb and the subject of each that has one."""
    rows = clauses.clause[verb]
    numbers = np.zeros(n_texts, np.int64)
    numbers[rows] = clauses.verb[verb]
    speakers = pl.Series([None], dtype=pl.String).new_from_index(0, n_texts)
    named = pl.Series(_speakers(clauses, start, end), dtype=pl.String)
    return Cues(numbers, speakers.scatter(rows, named))


def _speakers(clauses: Clauses, start: Numbers, end: Numbers) -> list[str | None]:
    """The texts of phrases, null where there is none, without whom they say to own the speaker."""
    named = np.flatnonzero(start < end)
    speakers: list[str | None] = [None] * len(start)
    for i, name in zip(named.tolist(), clauses.texts_of(start[named], end[named]), strict=True):
        # "Putin's spokesman Ivan Orr": the owner is somebody else.
        is_owned = "'" in name or "’" in name
        speakers[i] = _OWNING.sub("", _OWNER.sub("", name)) if is_owned else name
    return speakers


class _Grammar:
    """What can be said of the verbs of reporting among the words of clauses, and who their subjects are."""

    def __init__(self, clauses: Clauses) -> None:
        self.clauses = clauses
        has, behind = clauses.has, clauses.behind
        names = clauses.before(Is.CAPITAL) & behind(Is.CAPITAL)
        self._is_edge = has(Is.EDGE) | (has(Is.AND) & ~names)  # "Smith and Jones said"
        self._between = has(Is.BETWEEN) | (has(Is.ON) & behind(Is.DAY)) | (has(Is.USED) & behind(Is.TO))
        self._before_between = last_before(~self._between)
        self._edge_before = last_before(self._is_edge)
        self._before_adverbs = last_before(~has(Is.ADVERB))
        self._restart_before = last_before(has(Is.RESTARTS))
        self._capital_before = last_before(has(Is.CAPITAL))
        self._after_lead = next_from(~has(Is.LEADS_UP))
        self._right_edge = next_from(has(Is.RIGHT_EDGE))
        self._n_small = n_before(~has(Is.CAPITAL))
        self._n_breaking = n_before(has(Is.FINITE | Is.EDGE))
        self._is_cut = self._stands_behind_quotation()
        self._n_cut = n_before(self._is_cut)
        self._cut = next_from(self._is_cut)

    def _stands_behind_quotation(self) -> Flags:
        """Whether a quotation stands between each word and the one before it, or the beginning of its text."""
        clauses = self.clauses
        n_blots = n_before(clauses.buffer.data == 0)
        gap_start = np.append(0, clauses.end[:-1])[: len(clauses.start)]
        gap_start = np.maximum(gap_start, clauses.buffer.offsets[clauses.clause])
        is_behind: Flags = n_blots[clauses.start] > n_blots[gap_start]
        return is_behind

    def cues(self, verb: Numbers) -> tuple[Flags, Phrases]:
        """Which of the verbs stand in a reporting clause, and the phrases that name the speakers."""
        clauses = self.clauses
        lo = clauses.start_of[verb]
        is_according = clauses.verb[verb] == _ACCORDING_TO
        is_ing = clauses.has(Is.ING)[verb] & ~is_according
        is_other = ~is_according & ~is_ing
        is_passive = is_other & self.is_passive(verb)
        is_participle = is_other & self.is_participle(verb)
        is_plain = is_other & ~is_passive & ~is_participle
        left = np.maximum(self._before_between[verb], lo)
        is_second = is_plain & (left > lo) & (verb > lo) & clauses.has(Is.AND | Is.BUT)[left]
        start, end = verb.copy(), verb.copy()
        for which, find, place in (
            (is_according, self.subjects_to_right, verb + 2),
            (is_ing, self._subjects_of_sentence, verb),
            (is_second, self._subjects_before_conjunction, left),
            (is_plain & ~is_second, self.subjects, verb),
        ):
            start[which], end[which] = find(place[which])
        has_subject = start < end
        is_told = np.where(has_subject, ~self.is_doubtful(verb, end), clauses.has(Is.ALWAYS_REPORTS)[verb])
        is_named = clauses.has(Is.NAMES)[verb]  # "was called '...'" tells no speech
        return np.where(is_plain, is_told, ~is_participle & ~(is_passive & is_named)), (start, end)

    def is_passive(self, verb: Numbers) -> Flags:
        """Whether the verb tells what was said of its subject: "was accused of", "it's been claimed"."""
        clauses = self.clauses
        before = self._before_adverbs[verb]
        is_be = (before >= clauses.start_of[verb]) & clauses.has(Is.BE)[np.maximum(before, 0)]
        return is_be & ~clauses.has(Is.ING)[verb]

    def is_participle(self, verb: Numbers) -> Flags:
        """Whether the verb's subject is somebody else: "the plan announced by Smith"."""
        return self.clauses.has(Is.PARTICIPLE)[verb] & self.clauses.behind(Is.BY)[verb]

    def is_doubtful(self, verb: Numbers, end: Numbers) -> Flags:
        """Whether a form that may be a noun follows a phrase that does not make it a verb: "the claims". An adverb
        between does, as between subject and verb.
        """
        makes_verb = self.clauses.before(Is.PRONOUN | Is.CAPITAL | Is.PLURAL)
        is_doubtful: Flags = (self.clauses.has(Is.MAYBE_NOUN) & ~makes_verb)[verb] & (end == verb)
        return is_doubtful

    def subjects(self, verb: Numbers) -> Phrases:
        """The noun phrases that finite verbs agree with."""
        clauses = self.clauses
        if not len(verb):
            return verb, verb
        lo = clauses.start_of[verb]
        end = np.maximum(self._before_between[verb], lo - 1) + 1
        last = np.maximum(end - 1, 0)
        is_relative = (end > lo) & clauses.has(Is.WHO)[last]  # "Mr Smith, who said": the noun before
        end = end - is_relative
        end -= is_relative & (end > lo) & clauses.has(Is.COMMA)[np.maximum(end - 1, 0)]
        is_apposed = ~is_relative & (end > lo + 1) & clauses.has(Is.CLOSES_APPOSITION)[last]
        name_start, name_end = self._names_in_apposition(last, lo)
        is_named = is_apposed & (name_start < name_end)
        end = np.where(is_apposed, self._skip_apposition(last, lo), end)
        # "Brandt (Ostrel), in an interview, (said)"
        again = is_apposed & (end > lo + 1) & clauses.has(Is.CLOSES)[np.maximum(end - 1, 0)]
        end = np.where(again, self._skip_apposition(np.maximum(end - 1, 0), lo), end)
        start = np.maximum(self._edge_before[end], lo - 1) + 1
        start = np.where(end - start > _MAX_NOUN_PHRASE, end, start)
        start, end = self._trim(start, end)
        return np.where(is_named, name_start, start), np.where(is_named, name_end, end)

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
            own = np.flatnonzero(clauses.has(closes)[mark])
            if len(own):
                found = last_before(clauses.has(opens))[mark[own]]
                is_near = (found >= lo[own]) & (found > mark[own] - _MAX_APPOSITION)
                opening[own] = np.where(is_near, found, lo[own])
        return opening

    def _names_in_apposition(self, mark: Numbers, lo: Numbers) -> Phrases:
        """Names that stand behind an office, before the mark that closes them: "its director, Ada Brandt, (said)"."""
        has = self.clauses.has
        start = self._skip_apposition(mark, lo) + 1
        length = mark - start
        is_name = (length >= 2) & (length <= 5) & has(Is.CAPITAL | Is.OFFICE)[np.minimum(start, mark)]
        is_name &= self._n_small[mark] == self._n_small[np.minimum(start + 1, mark)]
        # "Ada Brandt, Minister of State,": who has a name already is called by it; "Mr" alone is none.
        is_capital = has(Is.CAPITAL)
        is_called = (start - lo >= 3) & is_capital[np.maximum(start - 2, 0)] & is_capital[np.maximum(start - 3, 0)]
        return np.where(is_name & ~is_called, start, mark), mark

    def _trim(self, start: Numbers, end: Numbers) -> Phrases:
        """Phrases without what leads up to them ("But on Thursday the minister"); none where it is no noun phrase."""
        has = self.clauses.has
        if not len(start):
            return start, end
        final = len(self.clauses.facts) - 1

        def at(fact: int, places: Numbers) -> Flags:
            return has(fact)[np.clip(places, 0, final)]

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
        verbs = np.flatnonzero((clauses.verb > 0) & ~clauses.has(Is.ING) & ~clauses.before(Is.AND | Is.BUT))
        verbs = verbs[verbs > clauses.start_of[verbs]]
        start, end = self.subjects(verbs)
        has_subject = start < end
        verbs, start, end = verbs[has_subject], start[has_subject], end[has_subject]
        nth = np.searchsorted(verbs, conjunction) - 1
        is_found = (nth >= 0) & (np.append(verbs, 0)[nth] > clauses.start_of[conjunction])
        opening_start, opening_end = self._subjects_of_sentence(conjunction)
        return (
            np.where(is_found, np.append(start, 0)[nth], opening_start),
            np.where(is_found, np.append(end, 0)[nth], opening_end),
        )

    def _subjects_of_sentence(self, before: Numbers) -> Phrases:
        """The noun phrases that sentences open with, as far as their names reach, for participles ("..., adding:")."""
        clauses = self.clauses
        has = clauses.has
        if not len(before):
            return before, before
        lo = clauses.start_of[before]
        start = np.minimum(next_from(~has(Is.LEADING | Is.COMMA))[lo], before)
        # "STORMS OUT" is shouted, no name; "Putin's attack dog Sergei Lavrov" has an owner one or two words before.
        belongs = (has(Is.CAPITAL) & ~has(Is.SHOUTED)) | has(Is.OFFICE) | clauses.before(Is.OWNER)
        belongs[2:] |= has(Is.OWNER)[:-2] & (clauses.clause[2:] == clauses.clause[:-2])
        opens = (start < before) & (belongs | has(Is.THE_OR_A))[start]
        end = np.where(opens, np.minimum(next_from(~belongs)[start + 1], before), start)
        is_pronoun = (start < before) & has(Is.PRONOUN)[start]
        is_more = end - start > has(Is.DETERMINER)[start]
        trimmed_start, trimmed_end = self._trim(np.where(is_more, start, end), end)
        return np.where(is_pronoun, start, trimmed_start), np.where(is_pronoun, start + 1, trimmed_end)

    def subjects_to_right(self, start: Numbers) -> Phrases:
        """The noun phrases that begin at the words `start`, for inverted verbs ("said Ada Brandt, the minister")."""
        clauses = self.clauses
        if not len(start):
            return start, start
        end = np.minimum(np.minimum(self._right_edge[start], start + _MAX_NOUN_PHRASE), clauses.end_of[start - 1])
        # "said Orr of the '...'": the quotation is none of his names.
        cut = self._cut[start]
        name_end = np.maximum(self._capital_before[np.minimum(cut, len(clauses.facts))] + 1, start)
        return self._trim(start, np.where(cut < end, name_end, end))


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
    clauses = Clauses(sentences)
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
        _speakers(clauses, start, end),
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
