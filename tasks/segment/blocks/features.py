"""How a paragraph looks by itself: what its words, marks and length say of its kind, whatever stands around it.

All is found without a model, by patterns of what pages print. Polars looks at many paragraphs; a large pattern is left to
Python, because polars would compile it again for every batch, and is shown the few lines that hold letters it needs.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    import polars as pl
    from numpy.typing import NDArray

    Flags = NDArray[np.bool_]

_NO_LETTER = "*"
_QUOTATION_MARKS = list("\"'“‘„«")
_MAX_FURNITURE = 60  # words of a notice
_MAX_LINE = 1000  # code points of what Python's patterns are shown: some would take the square of it
_MAX_BYLINE = 25
_MAX_QUESTION = 12
_MAX_ROW = 25  # of a table
_MAX_ASKING_HEADLINE = 20

_ENDED = r"(?:[.!?…:;]|[.!?…,]\s?[\"'”’»)\]*_]{1,3}|[\p{Ll}\"'”’)]\.\s*[\[(]?\d{1,2}[\])]?)$"
_MONTH = (
    "(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?|"
    "Nov(?:ember)?|Dec(?:ember)?|JAN|FEB|MAR|APR|MAY|JUNE?|JULY?|AUG|SEPT?|OCT|NOV|DEC)"
)
_NAME = f"[{''.join(filter(str.isupper, map(chr, range(0x530))))}][\\w'’.-]*"  # Latin, Greek and Cyrillic capitals
_NAMES = rf"{_NAME}(?: {_NAME}){{1,2}}"
_DAY = r"(?:Mon(?:day)?|Tue(?:s|sday)?|Wed(?:nesday)?|Thu(?:rs|rsday)?|Fri(?:day)?|Sat(?:urday)?|Sun(?:day)?)"
_TIME = r"(?:at )?(?:[01]?\d|2[0-4])[.:][0-5]\d(?:\s?[ap]\.?m\b\.?)?(?:\s?\(?[A-Z]{2,4}\)?)?"
_BYLINES = (
    # two names at least: "By Monday the river" is no byline
    rf"(?:[Bb]y|BY|[Ww]ords by|[Rr]eport(?:ed|ing)? by|[Ww]ritten by|[Ss]tory by|[Tt]ext by|[Ii]nterview(?:ed)? by|[Rr]eview(?:ed)? by)\s+{_NAME}(?:\s{_NAME})+(?:$|,|\s(?:and|in|for|at|with|[|/•·–—-])\s.*)",
    r"(?:By|From) our (?:own |\w+ )?(?:correspondent|reporter|staff|desk)\b",
    r"\(?(?:Additional [Rr]eporting|Reporting|Writing|Editing|Compiled|With reporting|Produced|Photographs|Photography) by\b",
    rf"(?:Selected|Edited|Curated|Chosen|Translated|Illustrated|Introduced) by (?:[a-z]+ ){{0,3}}{_NAME} {_NAME}\b",
    r"(?:Published|PUBLISHED|Updated|UPDATED|POSTED|Last updated|Posted|First published|Date|Modified|Last modified)\b\W{0,3}(?:on |at )?.{0,60}\d.{0,30}$",
    rf"(?:{_TIME},? )?(?:{_DAY}\.?,? )?(?:\d{{1,2}}(?:st|nd|rd|th)? {_MONTH}\.?|{_MONTH}\.? \d{{1,2}}(?:st|nd|rd|th)?),? (?:19|20)\d\d\b.{{0,45}}$",
    r"(?:(?:19|20)\d\d-\d\d-\d\d|\d{1,2}[/.]\d{1,2}[/.](?:19|20)\d\d).{0,20}$",
    rf"{_NAME}(?: {_NAME}){{1,3}}(?:,| [–—|-])? (?!(?:is|was)\b)(?:\w+ ){{0,2}}(?:[Cc]orrespondent|[Rr]eporter|[Ee]ditor|[Ww]riter|[Cc]olumnist|[Cc]ritic)\b[^.]{{0,60}}$",
    r"\S+@\S+\.\w+$",
)
_BYLINE = re.compile(rf"\A(?:{'|'.join(_BYLINES)})")
_IN_BYLINES = [
    "by", "By", "BY", "From our", "Published", "PUBLISHED", "UPDATED", "POSTED", "Updated", "updated", "Posted", "published", "Date", "odified", "19", "20",
    "orrespondent", "eporter", "ditor", "riter", "olumnist", "ritic", "@",
]  # fmt: skip
_IN_LOOSE_BYLINES = [*"–—-:", "day", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun", "iled ", "Reviewed", "address"]
_LOOSE_BYLINES = (  # without a full stop
    rf"{_DAY}\.?,? (?:\d{{1,2}}(?:st|nd|rd|th)? {_MONTH}|{_MONTH}\.? \d{{1,2}}(?:st|nd|rd|th)?)(?:,? {_TIME})?",
    rf"(?:Words|Text|Author|Reporter|Writer|Story|Interview|Reviewer)s?(?: by)?\s*:\s*{_NAME}.{{0,60}}",
    r"(?:Filed|Reviewed|First filed) (?:by|from|at|on|in)\b.{0,60}",
    rf"[–—-] ?{_NAME}(?: {_NAME}){{0,2}}",
    r"Names? and address(?:es)? (?:supplied|withheld).{0,20}",
)
_LOOSE_BYLINE = re.compile(rf"\A(?:{'|'.join(_LOOSE_BYLINES)})$")
_SIGNATURE = re.compile(  # of a letter: "Ada Brandt, Ostrel", "Dr J. Orr, by email"
    rf"\A(?:(?:Mr|Mrs|Ms|Miss|Dr|Prof|Professor|Sir|Dame|Rev|Revd|Cllr|Lord|Lady|Maj|Col|Capt|Lt|Gen)\.? )?{_NAME}(?: {_NAME}){{1,3}}(?: \([^)]*\))?, (?:(?:by|via) e-?mail|{_NAME}(?: (?:[a-z]{{2,5}} )?{_NAME}){{0,3}}(?:, {_NAME}(?: {_NAME})?)?)$"
)
_MIN_IN_NAMES = 0.5  # share of the words that begin with a capital
# Names alone, and where they are: "Ada Brandt (now) and Jon Pell at Quay Park".
_ONLY_NAMES = re.compile(
    rf"\A(?!.*\b(?:OF|THE)\b){_NAMES}(?: \([^)]*\))?(?:(?:,| and| &) {_NAMES}(?: \([^)]*\))?)*(?:,? (?:in|at) (?:the )?{_NAME}(?: {_NAME}){{0,4}})?$"
)
_BIOGRAPHY = re.compile(
    rf"\A{_NAMES} (?:is|was) (?:an?|the|our|[\w’']+['’]s)\b(?:.*[^.!?]$|.*\b(?:writer|journalist|author|reporter|correspondent|columnist|critic|editor|novelist|photographer|blogger|broadcaster|writes)\b)"
)
_CAPTION_LABEL = r"^(?:PICTURED|Pictured|Above|Left|Right|Below|Inset|Photos?|Pictures?|Image|Caption|File photo|File picture|Photograph|Illustration|Graphic)(?:\s\([^)]*\))?\s*[:|]"
_PICTURES = ["Photograph", "Photo", "Picture", "Image", "Credit", "Pic", "Illustration"]
_AGENCIES = [
    "Getty", "Reuters", "REUTERS", "AFP", "AP", "PA", "EPA", "Shutterstock", "Alamy", "Handout", "Supplied", "Rex",
]  # fmt: skip
_CREDITS = (
    rf"(?:{'|'.join(_PICTURES)})s?(?: by| credit| courtesy of)?\s*:\s*\S.{{0,60}}$",
    rf"[/(\[|]\s*(?:{'|'.join(_AGENCIES)})\b[^.]{{0,30}}[)\]]?\.?$",
    r"^(?:Photograph|Photo|Picture)s? by\b",  # of a whole paragraph, or near enough
    rf"[(\[](?:{'|'.join(_PICTURES)})s? (?:by|courtesy)\b[^.]{{0,60}}[)\]]\.?$",
    rf"[.!?”’\"')]\s+(?:{_NAMES}|The {_NAME})\s?/\s?(?:The )?{_NAME}(?: {_NAME}){{0,2}}$",
    r"\b(?:POOL|FILE|STAFF|HANDOUT|COURTESY) PHOTO$",
)
_CREDIT = re.compile("|".join(_CREDITS))
_IN_CREDITS = [*_PICTURES, *_AGENCIES, "/", " PHOTO"]
_CREDIT_LENGTH = 100  # code points from the end
_PICTURED = "|".join(
    (
        r"\((?:[Pp]ictured|above|left|right|below|centre|center|inset|file)\b[^)]{0,40}\)",
        r"\b[Pp]ictured\b",
        r", (?:wearing|holding|posing|standing|sitting|smiling|seen)\b",
        r"\b[Ff]ile (?:photo|picture|image|photograph)\b",
        r"\b(?:photo|picture|image|photograph) (?:shows|courtesy|by|taken)\b",
    )
)
_NUMBER = r"[0-9][0-9.,%/:-]*"
_NUMBERS = re.compile(_NUMBER)
_WORD = re.compile(r"\b[^\W\d_]{2,}")
_ROW = re.compile(rf"\A[^0-9]{{0,30}}{_NUMBER}(?:[^0-9.,%/:-][^0-9]{{0,29}}{_NUMBER})+[^0-9]{{0,12}}$")
_SPACED = r"\t|\S\s{3,}\S+\s{3,}\S|^\|.*\|$"  # columns
_DIGITS = list("0123456789")
_TEAM = r"(?:[A-Z0-9][\w'’.&-]*)(?: (?:[A-Z&][\w'’.&-]*)){0,3}"
_IN_NO_PROSE = [*"0123456789:★☆✮✩⭐", " ago", "--", "Ld", "LD", "ead", "LEAD", *"-/", "....", ". . .", "doi", "DOI"]
_NO_PROSES = (
    _TIME,
    r"(?:at )?\d{4} (?:GMT|BST|CET|EST|EDT|UTC)",
    r"(?:at )?\d{1,2}\s?[ap]\.?m\.?(?: [A-Z]{2,4})?",
    r"(?:an?|\d+)\s?(?:s|m|h|d|secs?|mins?|minutes?|hours?|hrs?|days?|weeks?) ago",
    r"(?:Att(?:endance)?|Ref(?:eree)?|Scorers?|Goals?|Sub(?:stitute)?s(?: not used)?|Booked|Bookings|Sent off|Bench|Umpires?|(?:Wo)?[Mm]an of the match|Player of the match|Star man|Half[- ]time|Full[- ]time|Line-?ups?|Teams?|Kick-?off|Venue|Odds|TV|Toss)\s?: .*",
    r"(?:Price|RRP|MSRP|Cost|Weight|Display|Screen|Battery(?: life)?|Processor|Chip(?:set)?|RAM|Memory|Storage|Cameras?|Dimensions|Size|Operating system|OS|Connectivity|Colou?rs?|Rating|Score|Our (?:rating|verdict)|Running time|Certificate|Tickets|Prep(?:aration)?(?: time)?|Cook(?:ing)?(?: time)?|Yield|Serves|Makes)\s?: .{1,90}",
    r"(?:Serves|Makes|Prep(?:aration)?(?: time)?|Cook(?:ing)?(?: time)?|Ready in|Yield) .{0,20}\d.{0,60}",
    r"(?:[A-Z][\w ]{0,20}\W*)?(?:[★☆✮✩⭐]\W?){2,}\W*",
    r"(?:[A-Z][\w ]{0,20}: )?\d(?:\.\d)?\s?(?:/\s?(?:5|10|100)|(?:out of (?:five|ten|5|10)|stars?)(?: stars)?)",
    r"(?:From |Now )?[£$€¥]\s?\d[\d,.]*(?:k|m|bn)?(?: (?!\w+ing\b)\S+){0,3}",
    r"\([^)]*\d[^)]*\)",
    r"[^.]{1,60}(?:\. ?){5,}[^.]{0,60}",  # leaders
    r"(?:doi|DOI|ISSN|ISBN)\b.*",
    # an agency's slugs
    r"(?:[A-Z]{2,4}\d{2,}|[a-z]{2}\d{4})\b[^a-z.]*",
    r"[A-Z]{2,3}(?:-[A-Z]{2,3})?--\S.*",
    r"[A-Z]+(?:[-/][A-Z]+)+(?: \(?(?:URGENT|LEAD|UPDATE|RECAST|WRAP|ADV|[1-9](?:ST|ND|RD|TH) LEAD).*)?",
    r"\(?(?:\d+(?:st|nd|rd|th) )?(?:Ld|LD|Lead|LEAD)\b.{0,40}",
)
_NO_PROSE = re.compile(rf"\A(?:{'|'.join(_NO_PROSES)})$")
# "Thessel Town 2-1 Ostrel (aet)"; above a report it is the headline
_SCORE = re.compile(
    rf"\A(?:[FHA]/?E?T|[Ff]inal|[Ff]ull[- ]time|[Hh]alf[- ]time|[Rr]esult)?\W*{_TEAM} \d{{1,3}}(?: ?\(\d+\))?\s?[-–—v:]\s?(?:\(\d+\) ?)?\d{{1,3}}(?: {_TEAM})?(?: \([^)]*\))?$"
)
_MAX_NO_PROSE = 6  # words where it ends in a full stop
# A line-up: "Ostrel (4-4-2): Pell; Orr, Lund, ..."
_LABEL = re.compile(r"\A[^\W\d_a-z][^\d:()]{0,41}(?:\s\([^)]{1,40}\))?: \S")
_ITEM = re.compile(r"[,;]\s")
_MAX_LABEL, _MIN_ITEMS, _MIN_CAPITALS = 90, 5, 0.8
_CODE = r"^(?:https?://\S+|www\.\S+|\{.*\}|<[^>]+>.*|[\w.-]+\(.*\);?|@\w+|#\w+)$"
_SHOUT = r"\b\p{Lu}{4,}\b"
_ACRONYMS = r"\b(?:COVID|UNICEF|UNESCO|NASDAQ|USAID|INTERPOL|ASEAN|OPEC|NATO|NASA|AIDS|FIFA|UEFA|RSPCA|UKIP|DEFRA)\b"
_SENTENCE_BREAK = r"[\p{Ll}\d][.!?][\"'”’)]*\s+[\"'“‘(]?\p{Lu}"
# What heads a list, whatever its items are marked with.
_LIST_HEADING = re.compile(
    r"\A(?:(?:.{0,40} )?(?:at a|in) (?:glance|brief|numbers|short)|key (?:points|facts|events|dates|figures|moments|takeaways|findings|stats|numbers)|(?:the )?(?:pros|cons|good|bad|highs|lows|essentials|basics|specs?|specifications|ingredients|method|highlights|facts|numbers|details|lowdown)|what (?:we|you|to) (?:liked|disliked|like|know|need to know|watch|expect|learned|learnt|do|look out for)(?: .{0,30})?|you(?:[’']ll| will)? need|(?:\w+ )?things? (?:not )?to .{1,30}|fact (?:file|box)|summary|.{0,30}\bdiary|agenda|to-?do|(?:top |our )?(?:tips|picks)|for|against|likes|dislikes|timeline|schedule|fixtures|(?:how|what) to .{1,40}|getting there|where to .{1,30}|need to know)\W*\Z",
    re.IGNORECASE,
)
_OPENING, _CLOSING = list("\"“‘'"), list("\"”’'")
_QUOTED = re.compile(r"\A[\"“‘'][^\"“”]*[\"”’']$")
_MAX_QUOTED_HEADING = 8
_SECTION = re.compile(  # names the part of the paper above the headline
    r"\A(?:opinion|comment|news|sports?|business|politics|world|uk|us|culture|analysis|letters|obituar(?:y|ies)|features?|travel|money|tech(?:nology)?|science|health|environment|education|exclusive|interview|lifestyle|arts|books|film|music|(?:\w+ )?reviews?|editorial|explainer|long read|profile|local news|breaking news|column|sketch|recipe)\W*\Z",
    re.IGNORECASE,
)
_MAX_SECTION = 3
_AFTER_GREETING = list(",–—-")
_GREETING = re.compile(r"\A(?:Dear|Hi|Hello|Good (?:morning|afternoon|evening)|Welcome)\b.{0,60}[,–—-]$")
_ASKED = re.compile(r"\A[^?]*\?$")
_CRIED = re.compile(r"\A[^?!]{3,40}[?!]$")  # in capitals
_MAX_CRIED = 6  # words
_QUESTION = (
    r"^(?:What|Why|How|Who|When|Where|Which|Is|Are|Can|Could|Will|Would|Does|Do|Did|Should|Has|Have)\b[^.!?\"“]*\?$"
)


def look(texts: pl.Series, n_words: NDArray[np.int32]) -> dict[str, Flags]:
    """What is seen of each of `texts`, which have so many words: a flag for each, by its name."""
    is_ended = texts.str.tail(8).str.contains(_ENDED).to_numpy()
    # Long paragraphs with a full stop are body text; only the others are looked at closely.
    suspects = np.flatnonzero((n_words <= _MAX_FURNITURE) | ~is_ended)
    loose = np.flatnonzero(~is_ended)
    brief = np.flatnonzero(((n_words <= _MAX_ROW) & ~is_ended) | (n_words <= _MAX_NO_PROSE))
    looks = {"is_ended": is_ended}
    for rows, look_at in ((suspects, _look_at_suspects), (loose, _look_at_loose), (brief, _look_at_brief)):
        for name, flags in look_at(texts.gather(rows), n_words[rows], rows).items():
            looks[name] = np.zeros(len(texts), bool)
            looks[name][rows] = flags
    return looks


def are_biographies(texts: pl.Series, is_likely: Flags) -> Flags:
    """Which of the likely texts say who somebody is that writes."""
    return _match(texts, is_likely, _BIOGRAPHY)


def _look_at_suspects(texts: pl.Series, n_words: NDArray[np.int32], _rows: NDArray[np.intp]) -> dict[str, Flags]:
    """Of all but long paragraphs with a full stop."""
    tails = texts.str.tail(_CREDIT_LENGTH)
    may_ask = (n_words <= _MAX_ASKING_HEADLINE) & texts.str.ends_with("?").to_numpy()
    return {
        "is_furniture": (n_words <= _MAX_FURNITURE) & _are_furniture(texts),
        "is_labelled": texts.str.contains(_CAPTION_LABEL).to_numpy()
        | _match(tails, tails.str.contains_any(_IN_CREDITS).to_numpy(), _CREDIT),
        "is_byline": _match(texts, _hold(texts, n_words <= _MAX_BYLINE, _IN_BYLINES), _BYLINE),
        "is_question": (n_words <= _MAX_QUESTION) & texts.str.contains(_QUESTION).to_numpy()
        | _match(texts, n_words <= _MAX_CRIED, _CRIED, str.isupper),
        "asks": _match(texts, may_ask, _ASKED),
        "lacks_letters": ~texts.str.contains(r"\p{L}").to_numpy(),
        "is_line_up": _are_line_ups(texts),
    }


def _look_at_loose(texts: pl.Series, n_words: NDArray[np.int32], rows: NDArray[np.intp]) -> dict[str, Flags]:
    """Of paragraphs without a full stop."""
    n_capitals = texts.str.count_matches(r"(?:^|\s)[\"'“‘(]?[\p{Lu}\d]").to_numpy()
    begins, ends = texts.str.head(1), texts.str.tail(1)
    may_be_quoted = (begins.is_in(_OPENING) & ends.is_in(_CLOSING)).to_numpy() & (n_words <= _MAX_QUOTED_HEADING)
    has_digit = texts.str.contains_any(_DIGITS).to_numpy()
    may_be_row = has_digit & (n_words <= _MAX_ROW)
    # What heads something is not alone.
    is_beside = np.append(np.diff(rows) == 1, False)[: len(rows)]
    is_beside[1:] |= np.diff(rows) == 1
    return {
        "is_pictured": texts.str.contains(_PICTURED).to_numpy(),
        "is_table": texts.str.contains(_SPACED).to_numpy() & (n_words <= _MAX_ROW)
        | _match(texts, may_be_row, _ROW, lambda text: " vs " in text or _has_few_small_words(text)),
        "is_code": texts.str.contains(_CODE).to_numpy(),
        "is_score": _match(texts, may_be_row, _SCORE),
        "is_dated": _match(texts, texts.str.contains_any(_IN_LOOSE_BYLINES).to_numpy(), _LOOSE_BYLINE),
        "is_name": _match(texts, n_capitals >= _MIN_IN_NAMES * n_words, _ONLY_NAMES),
        "is_signature": _match(texts, texts.str.contains_any([", "]).to_numpy(), _SIGNATURE),
        "is_section": _match(texts, (n_words <= _MAX_SECTION) & is_beside, _SECTION),
        "heads_list": _match(texts, (n_words <= _MAX_QUESTION) & is_beside, _LIST_HEADING),
        "is_quoted": _match(texts, may_be_quoted, _QUOTED),
        "is_greeting": _match(texts, ends.is_in(_AFTER_GREETING).to_numpy(), _GREETING),
        "is_shouted": texts.str.replace_all(_ACRONYMS, "").str.contains(_SHOUT).to_numpy(),
        "is_titled": n_capitals >= 0.6 * n_words,
        "has_break": texts.str.contains(_SENTENCE_BREAK).to_numpy(),
    }


def _look_at_brief(texts: pl.Series, _n_words: NDArray[np.int32], _rows: NDArray[np.intp]) -> dict[str, Flags]:
    """Of lines of a few words, and of somewhat more without a full stop."""
    return {"is_no_prose": _match(texts, texts.str.contains_any(_IN_NO_PROSE).to_numpy(), _NO_PROSE)}


def _has_few_small_words(text: str) -> bool:
    """Whether a text has fewer words in small letters than twice its numbers: the row of a table, unlike a headline."""
    words: list[str] = _WORD.findall(text)
    return sum(word[0].islower() for word in words) < 2 * len(_NUMBERS.findall(text))


def _are_line_ups(texts: pl.Series) -> Flags:
    """Which texts are a label and a list of names."""
    colons = texts.str.find(": ", literal=True).fill_null(_MAX_LABEL).to_numpy()
    return _match(texts, colons < _MAX_LABEL, _LABEL, _is_line_up)


def _is_line_up(text: str) -> bool:
    words = text.split()
    n_capitals = sum(word.lstrip("(")[:1].isupper() or word[:1].isdigit() for word in words)
    return len(_ITEM.findall(text)) >= _MIN_ITEMS and n_capitals >= _MIN_CAPITALS * len(words)


def _are_furniture(texts: pl.Series) -> Flags:
    openings, further_on = _furniture()
    # Each paragraph is shown what begins with its first word; one pattern of all that may open one takes ten times as long.
    first_words = texts.str.extract(r"^[^0-9A-Za-z]{0,3}([A-Za-z]+)").str.to_lowercase()
    rows = first_words.is_in(list(openings)).arg_true()
    some = zip(first_words.gather(rows).to_list(), texts.gather(rows).to_list(), strict=True)
    first = texts.str.head(1)
    # A word in quotation marks is looked for as one without.
    opens_with_word = first.is_between("a", "z") | first.is_between("A", "Z")
    opens_with_word |= first.is_in(_QUOTATION_MARKS) & first_words.is_not_null()
    is_furniture = _match(texts, ~opens_with_word.to_numpy(), openings[_NO_LETTER])
    needed = [letters for letters, _ in further_on]
    holding = texts.str.contains_any(needed, ascii_case_insensitive=True).arg_true()
    for i, text in zip(holding.to_list(), texts.gather(holding).to_list(), strict=True):
        small = text.lower()
        is_furniture[i] |= any(letters in small and pattern.match(text) for letters, pattern in further_on)
    is_furniture[rows.to_numpy()] |= np.array([openings[word].match(text) is not None for word, text in some], bool)
    return is_furniture


def _hold(texts: pl.Series, is_likely: Flags, letters: list[str]) -> Flags:
    """Which of the likely texts hold some of the letters."""
    rows = np.flatnonzero(is_likely)
    holds = np.zeros(len(texts), bool)
    holds[rows] = texts.gather(rows).str.contains_any(letters).to_numpy()
    return holds


def _match(texts: pl.Series, is_likely: Flags, pattern: re.Pattern[str], holds: Callable[[str], bool] = bool) -> Flags:
    """Which of the likely texts, which are few and short, hold a match of the pattern and for which `holds` is true."""
    rows = np.flatnonzero(is_likely)
    matches = np.zeros(len(texts), bool)
    matches[rows] = [
        len(text) <= _MAX_LINE and pattern.search(text) is not None and holds(text)
        for text in texts.gather(rows).to_list()
    ]
    return matches


@cache
def _furniture() -> tuple[dict[str, re.Pattern[str]], list[tuple[str, re.Pattern[str]]]]:
    """By each word that furniture may begin with, all that does; and what stands further on, with the letters it needs."""
    text = files("tasks.segment").joinpath("data", "boilerplate.txt").read_text("utf-8")
    lines = [line.split("\t") for line in text.splitlines() if line and not line.startswith("#")]
    by_word: dict[str, list[str]] = {}
    for words, pattern in lines:
        if not pattern.startswith("."):
            for word in words.split():
                by_word.setdefault(word, []).append(pattern)
    openings = {word: re.compile(rf"\A\W{{0,3}}(?:{'|'.join(some)})", re.IGNORECASE) for word, some in by_word.items()}
    further_on = [(letters, re.compile(pattern, re.IGNORECASE)) for letters, pattern in lines if pattern[0] == "."]
    return openings, further_on
