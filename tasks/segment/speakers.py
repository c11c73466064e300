"""Who is speaking, and with which verb: reporting clauses around quotations, and speech reported without quotation.

English puts the reporting clause in few places: before ("Smith said: '...'"), after ("'...,' Smith said", "'...,' said
Smith"), at the end of the sentence ("... 'intensified' overnight, the border guard said") or in a phrase ("according to
Smith"). The verb comes from a list, reporting_verbs.tsv; the subject is the noun phrase that it agrees with, found by
walking from the verb to the edge of its clause. Where the walk meets something that no noun phrase holds, the speaker is
null: no name is better than a wrong one.

What is reported without quotation marks reaches from the verb to the end of its clause.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import NamedTuple


class ReportingVerb(NamedTuple):
    """A verb of saying: its base form, its grade (neutral, slanted or violent) and its frame (that, of, as or name)."""

    lemma: str
    grade: str
    frame: str


class Cue(NamedTuple):
    """A reporting clause: who speaks as the text has it (null if it does not say) and the verb or phrase."""

    speaker: str | None
    lemma: str
    grade: str
    frame: str


class Reported(NamedTuple):
    """Code points `start` to `end` of a sentence that somebody is reported to have said."""

    start: int
    end: int
    speaker: str | None
    cue: str
    grade: str


_ACCORDING_TO = ReportingVerb("according to", "neutral", "that")
PRONOUNS = frozenset({"he", "she", "they", "it", "i", "we", "you"})

# A hyphen with spaces around it is a dash.
_TOKEN = re.compile(r"[^\W_](?:[\w'’&/-]|\.(?=\w))*|[$£€][\d.,]+\w*|[,;:()—–]|(?<=\s)-(?=\s)")
_DASHES = frozenset({"—", "–", "-"})
_HONORIFICS = frozenset(
    {"mr", "mrs", "ms", "miss", "dr", "sir", "lord", "lady", "dame", "prof", "sen", "rep", "gen", "gov"}
)
_BE = frozenset({"is", "are", "was", "were", "be", "been", "being", "it's", "it’s", "that's", "that’s"})
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
_DAYS = frozenset({"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"})
# What ends a noun phrase to the left.
_EDGES = frozenset(
    {
        ",", ";", ":", "(", ")", *_DASHES, "and", "but", "or", "as", "while", "when", "that", "which", "because",
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
_OFFICES = frozenset(
    """activist actor actress adviser aide ambassador analyst archbishop author baroness bishop boss campaigner candidate captain
    chairman chairwoman chair chancellor chief coach colonel commander commissioner congressman congresswoman councillor
    critic deputy detective director doctor economist editor ex-minister ex-president ex-prime expert father foreign former
    founder general governor head inspector interior judge king lawmaker lawyer leader lieutenant lord major manager mayor
    minister mother officer opposition owner partner pastor player president presenter prime prince princess producer
    professor prosecutor queen reporter representative researcher resident scientist secretary senator sergeant singer
    spokesman spokesperson spokeswoman star superintendent teacher victim vice-president witness writer""".split()
)
# Forms that report, whoever it is that speaks.
_ALWAYS_VERBS = frozenset({"said", "told", "tells", "insisted", "admitted", "vowed"})
_MAX_NOUN_PHRASE = 12
_MAX_WINDOW = 300


@cache
def reporting_verbs() -> dict[str, ReportingVerb]:
    """Every form of every reporting verb of one word; of phrases such as "lash out", "lashed out" and so on.

    >>> reporting_verbs()["claimed"]
    ReportingVerb(lemma='claim', grade='slanted', frame='that')
    >>> reporting_verbs()["lashed out"].grade
    'violent'
    """
    verbs = {}
    for line in files("tasks.segment").joinpath("reporting_verbs.tsv").read_text("utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        lemma, forms, grade, frame = line.split("\t")
        particle = lemma.partition(" ")[2]
        for form in forms.split():
            verbs[f"{form} {particle}".strip()] = ReportingVerb(lemma, grade, frame)
    return verbs


class _Words(NamedTuple):
    """A stretch of text as words and marks: as they stand, in small letters, and where."""

    text: str
    words: list[str]
    small: list[str]
    spans: list[tuple[int, int]]


def _words(text: str) -> _Words:
    matches = list(_TOKEN.finditer(text))
    words = [match.group() for match in matches]
    small = [word.lower() for word in words]
    if "’" in text:
        small = [word.replace("’", "'") for word in small]
    return _Words(text, words, small, [match.span() for match in matches])


@cache
def _verb_words() -> frozenset[str]:
    """The words that a reporting verb or phrase can begin with."""
    return frozenset(form.partition(" ")[0] for form in reporting_verbs()) | {"according"}


def _may_be_verbs(words: _Words) -> list[int]:
    known = _verb_words()
    return [i for i, word in enumerate(words.small) if word in known]


def _verb_at(words: _Words, i: int) -> ReportingVerb | None:
    """The reporting verb at word i, if it is one by its form."""
    verbs = reporting_verbs()
    form = words.small[i]
    if i + 1 < len(words.small):
        phrase = verbs.get(f"{form} {words.small[i + 1]}")
        if phrase:
            return phrase
    if form == "according" and words.small[i + 1 : i + 2] == ["to"]:
        return _ACCORDING_TO
    # Verbs are written small: "the United States" says nothing.
    return verbs.get(form) if words.words[i][0].islower() else None


def _subject(words: _Words, verb: int) -> tuple[int, int] | None:
    """First and last-but-one word of the subject of the finite verb at word `verb`."""
    end = verb
    while end > 0 and _stands_between(words, end - 1):
        end -= 1
    if end > 0 and words.small[end - 1] == "who":
        end -= 1  # "Mr Smith, who said": the noun before
        if end > 0 and words.small[end - 1] == ",":
            end -= 1
    elif end > 1 and words.small[end - 1] in {",", ")"} | _DASHES:
        named = _name_in_apposition(words, end - 1)
        if named:
            return named
        end = _skip_apposition(words.small, end - 1)
        if end > 1 and words.small[end - 1] == ")":
            end = _skip_apposition(words.small, end - 1)  # "Brandt (Ostrel), in an interview, (said)"
    start = end
    while start > 0 and not _is_edge(words, start - 1):
        start -= 1
        if end - start > _MAX_NOUN_PHRASE:
            return None
    return _trim_noun_phrase(words, start, end)


def _stands_between(words: _Words, i: int) -> bool:
    """Whether word i can stand between subject and verb: "has", "also", "repeatedly", "on Thursday"."""
    small = words.small
    if words.words[i][0].isupper() and small[i] not in _DAYS:
        return False  # Mr Cleverly is no adverb
    word = small[i]
    if word in _AUXILIARIES or word in _ADVERBS or word in _DAYS or (word.endswith("ly") and len(word) > 4):
        return True
    following = small[i + 1] if i + 1 < len(small) else ""
    return (word == "on" and following in _DAYS) or (word == "used" and following == "to")


def _skip_apposition(small: list[str], mark: int) -> int:
    """Where the noun before an apposition ends, given the mark that closes it: "Smith, the mayor, (said)"."""
    opening = {")": "("}.get(small[mark], small[mark])
    for i in range(mark - 1, max(-1, mark - 25), -1):
        if small[i] == opening:
            return i
    return 0


def _name_in_apposition(words: _Words, mark: int) -> tuple[int, int] | None:
    """First and last-but-one word of a name that stands behind an office: "its director, Ada Brandt, (said)"."""
    start = _skip_apposition(words.small, mark) + 1
    is_name = 2 <= mark - start <= 5 and all(word[0].isupper() for word in words.words[start + 1 : mark])
    if not is_name or not (words.words[start][0].isupper() or words.small[start] in _OFFICES):
        return None
    # "Ada Brandt, Minister of State,": who has a name already is called by it; "Mr" alone is none.
    is_named = start >= 3 and words.words[start - 2][0].isupper() and words.words[start - 3][0].isupper()
    return None if is_named else (start, mark)


def _is_edge(words: _Words, i: int) -> bool:
    small = words.small[i]
    if small == "and":  # "Smith and Jones said"
        return not (
            i > 0 and words.words[i - 1][0].isupper() and words.words[i + 1 : i + 2] and words.words[i + 1][0].isupper()
        )
    return small in _EDGES


def _trim_noun_phrase(words: _Words, start: int, end: int) -> tuple[int, int] | None:
    """The phrase without what leads up to it ("But on Thursday the minister"), or nothing if it is no noun phrase."""
    small = words.small
    while start < end and (small[start] in _LEADING or small[start] in _DAYS or small[start] in _ADVERBS):
        start += 1
    if start < end and small[start] in _PREPOSITIONS:
        # "On Thursday the Kremlin", "In a statement Mr Smith": the phrase begins at the article or honorific after the first.
        later = [
            i for i in range(start + 2, end) if small[i] in {"the", "a", "he", "she", "they"} or small[i] in _HONORIFICS
        ]
        if not later:
            return None
        start = later[-1]
    if start >= end or end - start > _MAX_NOUN_PHRASE:
        return None
    if "\0" in words.text[words.spans[start][0] : words.spans[end - 1][1]]:
        return None  # a quotation stands between
    if end - start == 1 and small[start] in PRONOUNS:
        return start, end
    if end - start == 1 and small[start] in _ARTICLES:
        return None
    if small[end - 1] in PRONOUNS:
        return end - 1, end  # "in which he"
    if any(word in _FINITE or word in _EDGES - {"and"} for word in small[start:end]):
        return None
    has_name = any(word[0].isupper() for word in words.words[start:end])
    is_noun_phrase = has_name or small[start] in _DETERMINERS or (small[end - 1].endswith("s") and end - start <= 3)
    return (start, end) if is_noun_phrase else None


def _is_passive(words: _Words, verb: int) -> bool:
    """Whether the verb at word `verb` tells what was said of the subject: "was accused of", "it's been claimed"."""
    form = words.small[verb]
    if form.endswith("ing"):
        return False
    i = verb - 1
    while i >= 0 and (words.small[i] in _ADVERBS or words.small[i].endswith("ly")):
        i -= 1
    return i >= 0 and words.small[i] in _BE


def _is_participle(words: _Words, verb: int) -> bool:
    """Whether the verb's subject is somebody else: "the plan announced by Smith"."""
    return words.small[verb + 1 : verb + 2] == ["by"] and words.small[verb].endswith(("ed", "en"))


def _speaker(words: _Words, span: tuple[int, int]) -> str:
    start, end = words.spans[span[0]][0], words.spans[span[1] - 1][1]
    # "Putin's spokesman Ivan Orr": the owner is somebody else.
    return re.sub(
        r"['’]s$", "", re.sub(r"^(?:(?! of ).)*['’]s?\s+(?:[a-z][\w-]*\s+)*(?=[A-Z])", "", words.text[start:end])
    )


def _is_doubtful(words: _Words, verb: int, span: tuple[int, int]) -> bool:
    """Whether a form that may be a noun stands after something that does not make it a verb: "the claims"."""
    if words.small[verb] not in _NOUNS:
        return False
    if span[1] != verb:
        return False  # an adverb stands between, as between subject and verb
    last = words.words[span[1] - 1]
    return not (words.small[span[1] - 1] in PRONOUNS or last[0].isupper() or last.endswith("s"))


def cue_before(text: str) -> Cue | None:
    """The reporting clause in what stands before a quotation in its sentence; the nearest one if there are more.

    >>> cue_before("Speaking in Ostrel, energy minister Ada Brandt claimed that")
    Cue(speaker='energy minister Ada Brandt', lemma='claim', grade='slanted', frame='that')
    >>> cue_before("Ada Brandt praised the police and said they were").lemma
    'say'
    >>> cue_before("The sign on the door of") is None
    True
    """
    words = _words(text[-_MAX_WINDOW:])
    weaker = None
    for i in reversed(_may_be_verbs(words)):
        verb = _verb_at(words, i)
        if verb is None or (words.small[i].endswith("ing") and words.small[i:].count(",") == 1):
            continue  # "The group, calling for peace, put out ...": the participle's clause is over
        cue = _cue_at(words, i, verb)
        if cue is None:
            continue
        # "a source claims it says": the source is asked first; so is "he admitted that nobody had told him".
        is_weak = cue.speaker is None and words.small[i] in _ALWAYS_VERBS and not _is_passive(words, i)
        if not is_weak and (cue.speaker is None or cue.speaker.lower() != "it"):
            return cue
        weaker = weaker or cue
    return weaker


def _cue_at(words: _Words, i: int, verb: ReportingVerb) -> Cue | None:
    if verb is _ACCORDING_TO:
        span = _subject_to_right(words, i + 2)
        return Cue(_speaker(words, span) if span else None, *verb)
    form = words.small[i]
    if form.endswith("ing"):
        span = _subject_of_sentence(words, i)
        return Cue(_speaker(words, span) if span else None, *verb)
    if _is_participle(words, i):
        return None
    if _is_passive(words, i):
        return None if form in {"called", "expected"} else Cue(None, *verb)
    left = i - 1
    while left > 0 and _stands_between(words, left):
        left -= 1
    if left > 0 and words.small[left] in {"and", "but"}:
        span = _subject_before_conjunction(words, left)
    else:
        span = _subject(words, i)
    if span is None:
        return Cue(None, *verb) if form in _ALWAYS_VERBS else None
    return None if _is_doubtful(words, i, span) else Cue(_speaker(words, span), *verb)


def _subject_before_conjunction(words: _Words, conjunction: int) -> tuple[int, int] | None:
    """The subject of a second verb ("Smith praised them and said"): that of the reporting verb before, else the noun
    phrase that opens the sentence.
    """
    for i in range(conjunction - 1, 0, -1):
        if _verb_at(words, i) and not words.small[i].endswith("ing") and words.small[i - 1] not in {"and", "but"}:
            span = _subject(words, i)
            if span:
                return span
    return _subject_of_sentence(words, conjunction)


def _subject_of_sentence(words: _Words, before: int) -> tuple[int, int] | None:
    """The noun phrase that a sentence opens with, as far as its names reach: for participles ("..., adding:")."""
    start = 0
    while start < before and (words.small[start] in _LEADING or words.small[start] == ","):
        start += 1
    if start >= before:
        return None
    if words.small[start] in PRONOUNS:
        return start, start + 1
    end = start
    while end < before:
        word = words.words[end]
        is_name = word[0].isupper() and not (len(word) > 3 and word.isupper())  # "STORMS OUT" is shouted, no name
        is_office = words.small[end] in _OFFICES or (end == start and words.small[end] in {"the", "a"})
        # "Putin's attack dog Sergei Lavrov"
        is_owned = end > start and any(owner.endswith(("'s", "s'")) for owner in words.small[max(start, end - 2) : end])
        if not (is_name or is_office or is_owned):
            break
        end += 1
    return _trim_noun_phrase(words, start, end) if end - start > (words.small[start] in _DETERMINERS) else None


def _subject_to_right(words: _Words, start: int) -> tuple[int, int] | None:
    """The noun phrase that begins at word `start`, for an inverted verb ("said Ada Brandt, the minister")."""
    end = start
    while end < len(words.words) and end - start < _MAX_NOUN_PHRASE and words.small[end] not in _RIGHT_EDGES:
        if "\0" in words.text[words.spans[end - 1][1] : words.spans[end][1]]:
            # "said Orr of the '...'": the quotation is none of his names.
            while end > start and not words.words[end - 1][0].isupper():
                end -= 1
            break
        end += 1
    return _trim_noun_phrase(words, start, end)


def cue_after(text: str) -> Cue | None:
    """The reporting clause in what follows a quotation in its sentence.

    >>> cue_after(", said Ada Brandt, the energy minister.")
    Cue(speaker='Ada Brandt', lemma='say', grade='neutral', frame='that')
    >>> cue_after(" during the night, the border guard said early on Thursday.").speaker
    'the border guard'
    >>> cue_after(" he added.").speaker
    'he'
    """
    words = _words(text[:_MAX_WINDOW])
    first = 1 if words.small[:1] == [","] else 0
    for i in _may_be_verbs(words):
        verb = _verb_at(words, i)
        if verb is None:
            continue
        if verb is _ACCORDING_TO:
            return _cue_at(words, i, verb)
        if i == first and not words.small[i].endswith("ing"):
            inverted = _subject_to_right(words, i + 1)
            if inverted:
                return Cue(_speaker(words, inverted), *verb)
            continue
        span = _subject(words, i)
        if span is None or _is_passive(words, i) or _is_participle(words, i) or _is_doubtful(words, i, span):
            continue
        if words.small[i].endswith("ing"):
            continue  # it goes with the noun before it: "'petitions' calling for an inquiry"
        # The clause opens what follows the quotation, or stands behind a comma.
        if span[0] == first or words.small[span[0] - 1] == ",":
            return Cue(_speaker(words, span), *verb)
    return None


_CLAUSE_END = re.compile(
    r"[;—]|\s[–-]\s|,\s(?:but|while|whereas|although|though|prompting|leading|as\s(?:he|she|they|it|the)\b)"
)


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
    words = _words(sentence)
    found: list[Reported] = []
    for i in _may_be_verbs(words):
        verb = _verb_at(words, i)
        if verb is None:
            continue
        start, end = words.spans[i][1], len(sentence.rstrip())
        if found and words.spans[i][0] < found[-1].end:
            continue  # said inside what is already reported
        cue = _cue_at(words, i, verb)
        if cue is None:
            continue
        report = _report_at(words, i, cue, start, end, found[-1].end if found else 0)
        if report:
            found.append(report)
    return found


def _report_at(words: _Words, i: int, cue: Cue, start: int, end: int, earliest: int) -> Reported | None:
    text = words.text
    if cue.lemma == _ACCORDING_TO.lemma:
        comma = text.find(",", start)
        opens = not _words(text[earliest : words.spans[i][0]]).words
        if opens and comma >= 0:
            return _reported(text, comma + 1, end, cue)
        return _reported(text, earliest, words.spans[i][0], cue)
    follows = words.small[i + 1 + cue.lemma.count(" ") :]
    clause = _CLAUSE_END.search(text, start)
    stop = clause.start() if clause else end
    says_nothing_after = (
        not follows
        or follows[0] in {",", ")", "—"} | _DAYS
        or (
            follows[0] in {"on", "in", "at", "during", "late", "early", "yesterday", "today", "last", "earlier"}
            and "that" not in follows
            and len(follows) <= 8
        )
    )
    if says_nothing_after:
        # "..., officials said": what stands before the comma before the subject.
        before = text.rfind(",", earliest, words.spans[i][0])
        if before > earliest and cue.frame == "that":
            return _reported(text, earliest, before, cue)
        return None
    return _reported(text, start, stop, cue)


def _reported(text: str, start: int, end: int, cue: Cue) -> Reported | None:
    piece = text[start:end]
    start += len(piece) - len(piece.lstrip(" ,:\n"))
    end = start + len(text[start:end].rstrip(" ,.\n"))
    return Reported(start, end, cue.speaker, cue.lemma, cue.grade) if start < end else None


# "UN" is no part of a name; an initial or a short title may have a full stop.
_NAME = rf"(?:(?:(?i:{'|'.join(sorted(_HONORIFICS))})|[A-Z])\.|(?![A-Z]{{2,4}}\b)[A-ZÀ-ÖØ-Þ][\w'’-]+)"
_NAMES = re.compile(rf"(?<![\w'’-])(?=[A-ZÀ-ÖØ-Þ]){_NAME}(?:\s+{_NAME})*")
_LAST_WORD = re.compile(r"[\w'’-]+(?=\s+$)")
_FIRST_WORD = re.compile(r",?\s+([a-z]+)")
_AGE = re.compile(r",\s\d{1,2}\b")
_BEFORE_PLACES = frozenset(
    {"the", "in", "at", "from", "near", "to", "of", "for", "into", "across", "outside", "inside"}
)
_SMALL_INSIDE = _LEADING | _PREPOSITIONS | _DETERMINERS | _EDGES | PRONOUNS


class People(NamedTuple):
    """Names in a stretch of text, each under its last word."""

    sure: dict[str, str]
    """Those whom an office, an honorific, an age or a reporting verb shows to be persons."""
    doubtful: dict[str, str]
    """Names of two words or more that could be a company's or a place's."""


def named_people(text: str) -> People:
    """Those whom a text names; owners ("Mr Orr's house") are left out, for a pronoun after them is seldom theirs.

    >>> people = named_people("Interior minister Nora Faber met Mr Orr at Ostrel Castle. Ada Brandt stayed away.")
    >>> sorted(people.sure.values()), sorted(people.doubtful.values())
    (['Mr Orr', 'Nora Faber'], ['Ada Brandt'])
    """
    sure: dict[str, str] = {}
    doubtful: dict[str, str] = {}
    for match in _NAMES.finditer(text):
        words = match.group().split()
        before = _LAST_WORD.search(text, max(0, match.start() - 30), match.start())
        led_by = before[0].lower() if before else ""
        is_person = led_by in _OFFICES
        while words and (words[0].lower() in _OFFICES or words[0].lower() in _SMALL_INSIDE):
            led_by = words.pop(0).lower()
            is_person = led_by in _OFFICES
        if not words or words[-1].endswith(("'s", "’s", "s'", "s’")):
            continue
        following = _FIRST_WORD.match(text, match.end())
        is_person = (
            is_person
            or (len(words) > 1 and words[0].strip(".").lower() in _HONORIFICS)
            or (len(words) > 1 and following is not None and following[1] in reporting_verbs())
            or (len(words) > 1 and _AGE.match(text, match.end()) is not None)
        )
        if is_person:
            sure.setdefault(words[-1], " ".join(words))
        elif len(words) > 1 and led_by not in _BEFORE_PLACES:
            doubtful.setdefault(words[-1], " ".join(words))
    return People(sure, {last: name for last, name in doubtful.items() if last not in sure})
