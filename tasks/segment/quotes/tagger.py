"""Words of clauses, and what each of them is by itself: auxiliary, adverb, office, verb of reporting and so on.

What a word is does not depend on where it stands. So it is found once for each distinct word, as a number with a bit for
each fact. The words of all clauses of a batch stand in one array of such numbers, and grammar is arithmetic on it: "walk
left from the verb, over adverbs" is a look into a table of the last word before each that is no adverb.

Marks that part clauses are words here too.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from tasks.text.buffers import FIRST_BYTES
from tasks.text.characters import CharClass as Character
from tasks.text.characters import char_sizes, classes_at
from tasks.text.token_features import FeatureCache

if TYPE_CHECKING:
    from collections.abc import Iterator

    import polars as pl
    from numpy.typing import NDArray

    from tasks.text.buffers import TextBuffer

    Numbers = NDArray[np.int64]


class ReportingVerb(NamedTuple):
    """A verb of saying: its base form, its grade (neutral, slanted or violent) and its frame (that, of, as or name)."""

    lemma: str
    grade: str
    frame: str


ACCORDING_TO = ReportingVerb("according to", "neutral", "that")
PRONOUNS = frozenset({"he", "she", "they", "it", "i", "we", "you"})

DASHES = frozenset({"—", "–", "-"})
_HONORIFICS = frozenset(
    {"mr", "mrs", "ms", "miss", "dr", "sir", "lord", "lady", "dame", "prof", "sen", "rep", "gen", "gov"}
)
_BE = frozenset({"is", "are", "was", "were", "be", "been", "being", "it's", "that's"})
_AUXILIARIES = _BE | {
    "has", "have", "had", "will", "would", "can", "could", "may", "might", "must", "should", "did", "does", "do", "to",
}  # fmt: skip
_ADVERBS = frozenset(
    {
        "also", "then", "later", "once", "again", "now", "today", "yesterday", "often", "even", "just", "still", "only",
        "never", "not", "always", "previously", "earlier", "further", "recently", "tonight", "himself", "herself",
        "themselves", "itself", "both", "all", "each", "so", "soon", "too", "last", "night", "week", "reportedly",
    }
)  # fmt: skip
DAYS = frozenset({"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"})
# What ends a noun phrase to the left.
_EDGES = frozenset(
    {
        ",", ";", ":", "(", ")", *DASHES, "and", "but", "or", "as", "while", "when", "that", "which", "because",
        "although", "though", "if", "after", "before", "where", "whether", "how", "what", "why", "since", "until",
        "whom", "whose", "so", "than", "saying", "adding", "despite", "yet",
    }
)  # fmt: skip
# What ends a subject to the right of an inverted verb ("said the minister in a statement").
_RIGHT_EDGES = _EDGES | {
    "in", "on", "at", "to", "who", "during", "after", "from", "with", "by", "when", "last", "earlier", "later", "about",
    "today", "yesterday", "following", "speaking", "told", "tonight", "via", "is", "was", "are", "were", "has", "had", "will",
}  # fmt: skip
_LEADING = frozenset(
    {
        "and", "but", "so", "then", "yet", "even", "meanwhile", "later", "today", "yesterday", "earlier", "however", "now",
        "when", "while", "as", "yes", "no", "separately", "afterwards", "instead", "still", "here", "there", "perhaps",
    }
)  # fmt: skip
_PREPOSITIONS = frozenset(
    {
        "in", "on", "at", "by", "for", "from", "with", "during", "under", "over", "of", "to", "about", "into", "between",
        "against", "among", "through", "without", "within", "across", "amid", "last", "this", "late", "early", "speaking",
    }
)  # fmt: skip
_DETERMINERS = frozenset(
    {
        "the", "a", "an", "one", "some", "many", "several", "two", "three", "four", "five", "most", "his", "her", "their",
        "its", "our", "my", "another", "other", "both", "all", "few", "those", "these", "critics", "officials", "experts",
    }
)  # fmt: skip
_ARTICLES = frozenset({"the", "a", "an", "his", "her", "their", "its", "our", "my"})
_FINITE = _AUXILIARIES - {"to"}
# Forms that are nouns as often: only a pronoun or a name makes them verbs.
_NOUNS = frozenset(
    {
        "states", "state", "reports", "report", "notes", "note", "claims", "claim", "comments", "comment", "posts", "post",
        "texts", "text", "queries", "query", "answers", "answer", "calls", "call", "attacks", "attack", "hopes", "hope",
        "estimates", "estimate", "forecasts", "forecast", "demands", "demand", "fumes", "signals", "signal", "emails",
        "email", "messages", "message", "promises", "promise", "pledges", "pledge", "vows", "vow", "remarks", "remark",
        "counters", "counter", "reasons", "reason", "voices", "voice", "blames", "blame", "faults", "fault", "stress",
        "stresses", "jokes", "joke", "cries", "cry", "rulings", "rules", "rule", "brands", "brand", "labels",
        "label", "disputes", "dispute", "replies", "reply", "tweets", "tweet", "quips", "shouts", "shout", "screams",
        "scream", "protests", "advice", "highlights", "highlight", "outlines", "outline", "rants", "rant",
        "rage", "rails", "slams", "slam", "blasts", "blast", "doubts", "repeat", "repeats", "welcome", "approach",
        "recalls", "recall", "rebukes", "rebuke", "blogs", "blog", "savage", "skewer", "boasts", "boast", "hints", "hint",
        "mocks", "expected", "believed", "thought", "understood", "proposed", "alleged", "estimated",
    }
)  # fmt: skip
# Words that stand before a person's name, or for it.
OFFICES = frozenset(
    """activist actor actress adviser aide ambassador analyst archbishop author baroness bishop boss campaigner candidate captain
    chairman chairwoman chair chancellor chief coach colonel commander commissioner congressman congresswoman councillor
    critic deputy detective director doctor economist editor ex-minister ex-president ex-prime expert father foreign former
    founder general governor head inspector interior judge king lawmaker lawyer leader lieutenant lord major manager mayor
    minister mother officer opposition owner partner pastor player president presenter prime prince princess producer
    professor prosecutor queen reporter representative researcher resident scientist secretary senator sergeant singer
    spokesman spokesperson spokeswoman star superintendent teacher victim vice-president witness writer""".split()
)
_BEFORE_PLACES = frozenset(
    {"the", "in", "at", "from", "near", "to", "of", "for", "into", "across", "outside", "inside"}
)
_ACRONYM = re.compile(r"[A-Z]{2,4}\b")
# Forms that report, whoever it is that speaks.
_ALWAYS_VERBS = frozenset({"said", "told", "tells", "insisted", "admitted", "vowed"})


class Is:
    """What a word is, a bit for each; letters are read as small ones but where it says otherwise."""

    VERB = 1 << 0
    """A form of a reporting verb that is written small; which one, the bits from `VERB_BITS` on tell."""
    PHRASE = 1 << 1
    """The first word of a phrase that reports, such as "lashed out"."""
    ALWAYS_REPORTS = 1 << 2
    MAYBE_NOUN = 1 << 3
    CAPITAL = 1 << 4
    """Begins with a capital, as it stands."""
    ING = 1 << 5
    PARTICIPLE = 1 << 6
    """Ends as participles of the past do."""
    PLURAL = 1 << 7
    """Ends in an s."""
    OWNER = 1 << 8
    """Ends in 's or s'."""
    SHOUTED = 1 << 9
    PRONOUN = 1 << 10
    IT = 1 << 11
    WHO = 1 << 12
    ARTICLE = 1 << 13
    THE_OR_A = 1 << 14
    DETERMINER = 1 << 15
    PREPOSITION = 1 << 16
    LEADING = 1 << 17
    LEADS_UP = 1 << 18
    """May stand before a noun phrase and is no part of it: "but", "Thursday", "again"."""
    BE = 1 << 19
    FINITE = 1 << 20
    """A finite auxiliary."""
    ADVERB = 1 << 21
    BETWEEN = 1 << 22
    """May stand between a subject and its verb: "has", "also", "Thursday"."""
    ON = 1 << 23
    USED = 1 << 24
    BY = 1 << 25
    TO = 1 << 26
    ACCORDING = 1 << 27
    NAMES = 1 << 28
    """"Called" and "expected", which in the passive report nothing."""
    DAY = 1 << 29
    HONORIFIC = 1 << 30
    OFFICE = 1 << 31
    EDGE = 1 << 32
    """Ends a noun phrase to the left ("and" does so only between other words than names)."""
    RIGHT_EDGE = 1 << 33
    RESTARTS = 1 << 34
    """An article, a pronoun or an honorific: a noun phrase may begin at it."""
    AND = 1 << 35
    BUT = 1 << 36
    COMMA = 1 << 37
    OPENS = 1 << 38
    """An opening parenthesis."""
    CLOSES = 1 << 39
    """A closing one."""
    EM_DASH = 1 << 40
    EN_DASH = 1 << 41
    HYPHEN = 1 << 42
    ACRONYM = 1 << 43
    """Begins with two to four capitals that are a word."""
    BEFORE_PLACES = 1 << 44
    AGE = 1 << 45
    """One or two digits."""
    PARTICLE = 1 << 46
    """The second word of a phrase that reports."""
    DASH = EM_DASH | EN_DASH | HYPHEN
    CLOSES_APPOSITION = COMMA | CLOSES | DASH


VERB_BITS = 48
"""A reporting verb's place in `VERBS`, from this bit on."""


def facts_of(word: str) -> int:
    """What a word is, as bits of `Is`; `verb_of` these bits is the reporting verb, if it is one.

    >>> bool(facts_of("Said") & Is.VERB), bool(facts_of("said") & Is.VERB), bool(facts_of("Thursday") & Is.DAY)
    (False, True, True)
    """
    small = small_letters(word)
    is_capital = word[0].isupper()
    is_adverb = small in _ADVERBS or small.endswith("ly")
    verb = reporting_verbs().get(small) if word[0].islower() else None
    facts = _verb_numbers()[verb] << VERB_BITS if verb else 0
    for holds, fact in (
        (verb is not None, Is.VERB),
        (small in _words_of_phrases()[0], Is.PHRASE),
        (small in _words_of_phrases()[1], Is.PARTICLE),
        (small in _ALWAYS_VERBS, Is.ALWAYS_REPORTS),
        (small in _NOUNS, Is.MAYBE_NOUN),
        (is_capital, Is.CAPITAL),
        (small.endswith("ing"), Is.ING),
        (small.endswith(("ed", "en")), Is.PARTICIPLE),
        (small.endswith("s"), Is.PLURAL),
        (small.endswith(("'s", "s'")), Is.OWNER),
        (len(word) > 3 and word.isupper(), Is.SHOUTED),
        (small in PRONOUNS, Is.PRONOUN),
        (small == "it", Is.IT),
        (small == "who", Is.WHO),
        (small in _ARTICLES, Is.ARTICLE),
        (small in {"the", "a"}, Is.THE_OR_A),
        (small in _DETERMINERS, Is.DETERMINER),
        (small in _PREPOSITIONS, Is.PREPOSITION),
        (small in _LEADING, Is.LEADING),
        (small in _LEADING or small in DAYS or small in _ADVERBS, Is.LEADS_UP),
        (small in _BE, Is.BE),
        (small in _FINITE, Is.FINITE),
        (is_adverb, Is.ADVERB),
        # Mr Cleverly is no adverb.
        (
            small in DAYS
            or (not is_capital and (small in _AUXILIARIES or small in _ADVERBS or (is_adverb and len(small) > 4))),
            Is.BETWEEN,
        ),
        (word == "on", Is.ON),
        (word == "used", Is.USED),
        (small == "by", Is.BY),
        (small == "to", Is.TO),
        (small == "according", Is.ACCORDING),
        (small in {"called", "expected"}, Is.NAMES),
        (small in DAYS, Is.DAY),
        (small in _HONORIFICS, Is.HONORIFIC),
        (small in OFFICES, Is.OFFICE),
        (small in _EDGES and small != "and", Is.EDGE),
        (small in _RIGHT_EDGES, Is.RIGHT_EDGE),
        (small in {"the", "a", "he", "she", "they"} or small in _HONORIFICS, Is.RESTARTS),
        (small == "and", Is.AND),
        (small == "but", Is.BUT),
        (small == ",", Is.COMMA),
        (small == "(", Is.OPENS),
        (small == ")", Is.CLOSES),
        (small == "—", Is.EM_DASH),
        (small == "–", Is.EN_DASH),
        (small == "-", Is.HYPHEN),
        (_ACRONYM.match(word) is not None, Is.ACRONYM),
        (small in _BEFORE_PLACES, Is.BEFORE_PLACES),
        (word.isdecimal() and len(word) <= 2, Is.AGE),
    ):
        facts |= fact * holds
    return facts


def small_letters(word: str) -> str:
    """`word` in small letters, its apostrophes straight."""
    return word.lower().replace("’", "'")


@cache
def reporting_verbs() -> dict[str, ReportingVerb]:
    """Every form of every reporting verb of one word; of phrases such as "lash out", "lashed out" and so on.

    >>> reporting_verbs()["claimed"]
    ReportingVerb(lemma='claim', grade='slanted', frame='that')
    >>> reporting_verbs()["lashed out"].grade
    'violent'
    """
    verbs = {}
    for line in files("tasks.segment").joinpath("data", "reporting_verbs.tsv").read_text("utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        lemma, forms, grade, frame = line.split("\t")
        particle = lemma.partition(" ")[2]
        for form in forms.split():
            verbs[f"{form} {particle}".strip()] = ReportingVerb(lemma, grade, frame)
    return verbs


@cache
def _words_of_phrases() -> tuple[frozenset[str], ...]:
    """The first words of all phrases that report, and the second ones."""
    phrases = [form.split() for form in reporting_verbs() if " " in form]
    return tuple(map(frozenset, zip(*phrases, strict=True)))


@cache
def verbs_by_number() -> tuple[ReportingVerb, ...]:
    """The reporting verbs by the numbers that `Clauses.verb` gives; 0 is none of them."""
    return (ReportingVerb("", "", ""), ACCORDING_TO, *dict.fromkeys(reporting_verbs().values()))


@cache
def _verb_numbers() -> dict[ReportingVerb, int]:
    return {verb: i for i, verb in enumerate(verbs_by_number())}


@cache
def _known_words() -> FeatureCache:
    return FeatureCache(facts_of)


class Clauses:
    """The words of the texts of a buffer, numbered through, and what is known of each.

    >>> import polars as pl
    >>> from tasks.text.buffers import TextBuffer
    >>> clauses = Clauses(TextBuffer.of(pl.Series(["Mr. Orr, 71, said", "He's 5ft - or 6"])))
    >>> clauses.texts_of(np.arange(11), np.arange(1, 12)).to_list()
    ['Mr', 'Orr', ',', '71', ',', 'said', "He's", '5ft', '-', 'or', '6']
    >>> clauses.first.tolist(), clauses.last.tolist()
    ([0, 6], [6, 11])
    """

    def __init__(self, buffer: TextBuffer) -> None:
        """The texts may hold null characters for what is left out of them."""
        self.buffer = buffer
        self.start, self.end = _find_words(buffer)
        bounds = np.searchsorted(self.start, buffer.offsets)
        self.first, self.last = bounds[:-1], bounds[1:]
        """The first word of each text, and the one behind its last."""
        self.clause = np.repeat(np.arange(len(self.first)), np.diff(bounds))
        """The row of the text that a word stands in."""
        self.facts: Numbers = _known_words().features(buffer, self.start, self.end)
        self.verb = self._number_verbs()
        """The number of the reporting verb that each word is, or begins; 0 for none."""

    def _number_verbs(self) -> Numbers:
        facts = self.facts
        verb = facts >> VERB_BITS
        has_next = np.append(self.clause[1:] == self.clause[:-1], False)[: len(facts)]
        following = np.where(has_next, np.append(facts[1:], 0)[: len(facts)], 0)
        verb[((facts & Is.ACCORDING) != 0) & ((following & Is.TO) != 0)] = _verb_numbers()[ACCORDING_TO]
        for i in np.flatnonzero(((facts & Is.PHRASE) != 0) & ((following & Is.PARTICLE) != 0)).tolist():
            phrase = reporting_verbs().get(f"{self.small(i)} {self.small(i + 1)}")
            if phrase:
                verb[i] = _verb_numbers()[phrase]
        return verb

    def texts_of(self, first: Numbers, last: Numbers) -> pl.Series:
        """The texts from each of the words `first` to the words before `last`; empty where these are equal."""
        is_some = first < last
        starts, ends = np.zeros((2, len(first)), np.int64)
        starts[is_some], ends[is_some] = self.start[first[is_some]], self.end[last[is_some] - 1]
        return self.buffer.cut(starts, ends)

    def small(self, i: int) -> str:
        """Word i in small letters, its apostrophes straight."""
        return small_letters(self.buffer.data[self.start[i] : self.end[i]].tobytes().decode())

    def has(self, fact: int) -> NDArray[np.bool_]:
        """Of which words a fact is true, or one of several."""
        has_fact: NDArray[np.bool_] = (self.facts & fact) != 0
        return has_fact

    def at(self, fact: int, words: Numbers) -> NDArray[np.bool_]:
        """As `has`, of some of the words."""
        has_fact: NDArray[np.bool_] = (self.facts[words] & fact) != 0
        return has_fact

    def before(self, fact: int, words: Numbers) -> NDArray[np.bool_]:
        """As `at`, of the word before each in its text."""
        return (words > self.start_of(words)) & self.at(fact, words - 1)

    def behind(self, fact: int, words: Numbers) -> NDArray[np.bool_]:
        """As `at`, of the word behind each in its text."""
        following = words + 1
        has_next = following < self.end_of(words)
        return has_next & self.at(fact, np.where(has_next, following, 0))

    def start_of(self, words: Numbers) -> Numbers:
        """The first word of the text that each of the words stands in."""
        return self.first[self.clause[words]]

    def end_of(self, words: Numbers) -> Numbers:
        """The word behind the last one of the text that each of the words stands in."""
        return self.last[self.clause[words]]


_OTHER, _LETTER, _JOINER, _STOP, _MARK, _GAP = range(6)
_JOINERS = "_'’&/-"
_MARKS = ",;:()—–"
_WIDE_CURRENCIES = "£€"
_AMOUNT = re.compile(rb"[\d.,]+\w*")


@cache
def _kinds_of_ascii() -> NDArray[np.uint8]:
    kinds = np.zeros(256, np.uint8)
    for code in range(128):
        character = chr(code)
        kinds[code] = (
            _LETTER
            if character.isalnum()
            else _JOINER
            if character in _JOINERS
            else _MARK
            if character in _MARKS
            else _STOP
            if character == "."
            else _GAP
            if character.isspace()
            else _OTHER
        )
    return kinds


def _find_words(buffer: TextBuffer) -> tuple[Numbers, Numbers]:
    """Where words begin and end, in bytes. A word begins with a letter or digit and goes on over these, apostrophes,
    hyphens and stops inside; an amount of money is one; so is each mark that parts clauses, and a hyphen between spaces.
    """
    data = buffer.data
    kinds = _kinds_of_ascii().take(data)
    leads = np.flatnonzero(data >= 0xC0)
    _read_wide(buffer, leads, kinds)
    is_bound = np.zeros(len(data) + 1, bool)  # of a text, or of an amount
    is_bound[buffer.offsets] = True
    for sign, behind in _amounts(buffer, leads):
        kinds[sign:behind] = _JOINER
        kinds[sign] = _LETTER
        is_bound[[sign, behind]] = True
    hyphens = np.flatnonzero(data[1:-1] == ord("-")) + 1
    is_dash = (kinds[hyphens - 1] == _GAP) & (kinds[hyphens + 1] == _GAP) & ~is_bound[hyphens] & ~is_bound[hyphens + 1]
    kinds[hyphens[is_dash]] = _MARK
    is_letter = kinds == _LETTER
    is_inside = is_letter | (kinds == _JOINER)
    stops = np.flatnonzero((kinds == _STOP) & ~is_bound[1:])
    is_inside[stops] = is_letter[stops + 1] | (data[stops + 1] == ord("_"))
    begins, ends = is_inside.copy(), is_inside.copy()
    begins[1:] &= ~is_inside[:-1] | is_bound[1:-1]
    ends[:-1] &= ~is_inside[1:] | is_bound[1:-1]
    begin, end = np.flatnonzero(begins), np.flatnonzero(ends) + 1
    odd = np.flatnonzero(~is_letter[begin])  # what joins is no part of the word before its first letter
    letters = np.flatnonzero(is_letter[1:] & ~is_letter[:-1]) + 1
    begin[odd] = np.append(letters, len(data))[np.searchsorted(letters, begin[odd])]
    is_word = begin < end
    begin, end = begin[is_word], end[is_word]
    marks = np.flatnonzero(kinds == _MARK)
    between = np.searchsorted(begin, marks)
    return np.insert(begin, between, marks), np.insert(end, between, marks + char_sizes(data[marks]))


def _amounts(buffer: TextBuffer, leads: Numbers) -> Iterator[tuple[int, int]]:
    """Where amounts of money begin and end."""
    wide = (leads[_are(buffer, leads, sign)] for sign in _WIDE_CURRENCIES)
    signs = np.concatenate([np.flatnonzero(buffer.data == ord("$")), *wide])
    limits = buffer.offsets[np.searchsorted(buffer.offsets, signs, side="right")]
    behind = signs + char_sizes(buffer.data[signs])
    for sign, start, limit in zip(signs.tolist(), behind.tolist(), limits.tolist(), strict=True):
        amount = _AMOUNT.match(buffer.data.data, start, limit)
        if amount:
            yield sign, amount.end()


def _are(buffer: TextBuffer, places: Numbers, character: str) -> NDArray[np.bool_]:
    """Whether the character stands at each of the places."""
    encoded = character.encode()
    is_it: NDArray[np.bool_] = buffer.windows[places] & FIRST_BYTES[len(encoded)] == int.from_bytes(encoded, "little")
    return is_it


def _read_wide(buffer: TextBuffer, leads: Numbers, kinds: NDArray[np.uint8]) -> None:
    """Sets the kinds of the bytes of all characters that are not ASCII, which begin at `leads`; of marks only the first
    byte is one.
    """
    if not len(leads):
        return
    facts = classes_at(buffer, leads)
    kind = np.where(facts & Character.ALNUM, _LETTER, np.where(facts & Character.SPACE, _GAP, _OTHER))
    sizes = char_sizes(buffer.data[leads])
    for i in range(4):
        longer = sizes > i
        kinds[leads[longer] + i] = kind[longer]
    is_dash = ((facts & Character.DASH_OR_CLOSER) != 0) & ((facts & Character.OPENER) != 0)
    kinds[leads[is_dash]] = _MARK  # — and –
    apostrophes = leads[_are(buffer, leads, "’")]
    for i in range(3):
        kinds[apostrophes + i] = _JOINER
