"""Numbers, names and findings in a reader's words.

No sentence here judges: a term *may be* loaded, and no figure says left or right.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

MAX_NAME = 110
_MINUS = "\N{MINUS SIGN}"
_ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"
_MISSING = "\N{EN DASH}"

# Titles come from anywhere. Controls and what reorders the text around it are no part of a name.
_UNPRINTABLE = re.compile(
    "[\\x00-\\x1f\\x7f-\\x9f\N{ZERO WIDTH SPACE}\N{LEFT-TO-RIGHT MARK}\N{RIGHT-TO-LEFT MARK}\N{ARABIC LETTER MARK}"
    "\N{LINE SEPARATOR}-\N{RIGHT-TO-LEFT OVERRIDE}\N{LEFT-TO-RIGHT ISOLATE}-\N{POP DIRECTIONAL ISOLATE}"
    "\N{ZERO WIDTH NO-BREAK SPACE}]+"
)
_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>|#~&])")

CATEGORY_NAMES = {
    "loaded_language": "loaded language",
    "name_calling": "name-calling",
    "exaggeration": "exaggeration or minimising",
    "appeal_to_fear": "appeal to fear",
    "doubt": "casting doubt",
    "flag_waving": "flag-waving",
    "slogan": "slogan",
    "dehumanizing": "dehumanising",
    "euphemism": "euphemism",
    "moral_emotional": "moral-emotional",
    "violent_reporting_verb": "violent reporting verb",
    "slanted_reporting_verb": "slanted reporting verb",
    "hedge": "hedge",
    "booster": "booster",
    "weasel": "weasel wording",
    "assertive": "assertive verb",
    "factive": "factive verb",
}
VOICE_NAMES = {"author": "author’s voice", "quoted": "quoted speech", "scare_quoted": "author’s scare quotes"}
INTENSITY_NAMES = {1: "mild", 2: "moderate", 3: "strong"}
NOTE_NAMES = {
    "ok": "measured",
    "short": "too short",
    "one_sentence": "one sentence",
    "not_prose": "not prose",
    "not_english": "not English",
}
NOTE_REASONS = {
    "ok": "two sentences or more of English prose",
    "short": "too few words for the formulas to mean anything",
    "one_sentence": "a single sentence: the formulas were made for passages",
    "not_prose": "a headline, list, caption or the like, which no formula was made for",
    "not_english": "the formulas and word lists are English",
}
PERIOD_NAMES = {"1d": "day", "1w": "week", "1mo": "month", "1q": "quarter", "1y": "year"}


def number(value: float | None, digits: int = 0) -> str:
    """A number as it is read: thousands apart, a true minus, a dash for what was not measured.

    >>> number(1234567), number(-0.25, 2), number(None)
    ('1,234,567', '−0.25', '–')
    """
    if value is None:
        return _MISSING
    # Adding 0 makes -0.0 a plain nought, and so it stays one when it is rounded to one.
    text = f"{round(value, digits) + 0.0:,.{digits}f}"
    return text.replace("-", _MINUS)


def about(value: float | None) -> str:
    """A rate to the digits that a reader keeps.

    >>> about(81.04), about(8.14)
    ('81', '8.1')
    """
    return number(value, 0 if value is not None and value >= 10 else 1)


def percent(value: float | None, digits: int = 0) -> str:
    r"""A ratio in percent.

    >>> percent(0.256)
    '26\xa0%'
    """
    return _MISSING if value is None else f"{number(100 * value, digits)}\N{NO-BREAK SPACE}%"


def count(n: int, one: str, many: str = "") -> str:
    """A count with its noun.

    >>> count(1, "term"), count(1200, "term"), count(2, "copy", "copies")
    ('1 term', '1,200 terms', '2 copies')
    """
    return f"{number(n)} {one if n == 1 else many or one + 's'}"


def between(estimate: Mapping[str, float | None] | None, digits: int = 1) -> str:
    """The interval of an estimate, or nothing where there is none.

    >>> between({"value": 8.1, "low": 6.55, "high": 9.7}), between({"value": 8.1, "low": None, "high": None})
    ('6.5 to 9.7', '')
    """
    if estimate is None or estimate["low"] is None:
        return ""
    return f"{number(estimate['low'], digits)} to {number(estimate['high'], digits)}"


def moment(time: datetime) -> str:
    """A time in UTC as ISO 8601, to the second."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


def day(time: Any) -> str | None:
    """The date of a time, None for none."""
    return None if time is None else str(time.strftime("%Y-%m-%d"))


def size(n_bytes: float) -> str:
    """A size in bytes, for people.

    >>> size(512), size(19_152)
    ('512 bytes', '19 KB')
    """
    for unit, factor in (("GB", 1e9), ("MB", 1e6), ("KB", 1e3)):
        if n_bytes >= factor:
            return f"{n_bytes / factor:.0f} {unit}" if n_bytes >= 10 * factor else f"{n_bytes / factor:.1f} {unit}"
    return count(int(n_bytes), "byte")


def clip(text: str, length: int) -> str:
    """The beginning of a text, cut between words where that costs little.

    >>> clip("a regime of fear", 12), clip("short", 12)
    ('a regime of…', 'short')
    """
    if len(text) <= length:
        return text
    head = text[: length + 1]
    space = head.rfind(" ")
    return text[: space if space > 0.6 * length else length].rstrip() + _ELLIPSIS


def clip_start(text: str, length: int) -> str:
    """The end of a text, cut likewise.

    >>> clip_start("they said that the regime ", 12)
    '…the regime '
    """
    if len(text) <= length:
        return text
    tail = text[-length - 1 :]
    space = tail.find(" ")
    return _ELLIPSIS + tail[space + 1 if 0 <= space < 0.4 * length else 1 :].lstrip()


def printable(text: str) -> str:
    r"""One line without controls, and without marks that reorder what stands beside it.

    >>> printable("In\u202evaders\x1b[31m\n  win")
    'Invaders[31m win'
    """
    return " ".join(_UNPRINTABLE.sub(lambda match: " " if "\n" in match[0] or "\t" in match[0] else "", text).split())


def escape_markdown(text: str) -> str:
    r"""`text` as Markdown that shows it and does nothing else.

    >>> escape_markdown("[x](javascript:alert(1)) <b> a_b")
    '\\[x\\](javascript:alert(1)) \\<b\\> a\\_b'
    """
    return _MARKDOWN.sub(r"\\\1", printable(text))


def document_name(document: Mapping[str, Any], beginning: str | None, length: int = MAX_NAME) -> str:
    """What a reader would call a document: its title, else its headline or first words, else where it comes from."""
    for candidate in (document["title"], beginning):
        if candidate and (name := printable(candidate)):
            return clip(name, length)
    return place(document)


def place(document: Mapping[str, Any]) -> str:
    """Where a document comes from: the file, and the record in it if it is one of several."""
    uri, record = printable(document["source_uri"]), document["record"]
    return uri if record is None else f"{uri}, record {printable(record)}"


def term_note(term: Mapping[str, Any]) -> str:
    """What is said of a term beside its reason: category, strength, whose word it is.

    >>> term_note({"category": "name_calling", "intensity": 3, "voice": "quoted", "attribution": "direct",
    ...            "speaker": "Lavrov", "negated": False})
    'name-calling, strong, quoted speech (Lavrov)'
    """
    voice = VOICE_NAMES[term["voice"]]
    if term["voice"] == "author" and term["attribution"] == "indirect":
        voice += f", reporting {printable(term['speaker'])}" if term["speaker"] else ", by report"
    elif term["speaker"]:
        voice += f" ({printable(term['speaker'])})"
    words = [CATEGORY_NAMES[term["category"]], INTENSITY_NAMES[term["intensity"]], voice]
    return ", ".join(words + (["negated"] if term["negated"] else []))


def headline(summary: Mapping[str, Any]) -> str:
    """The first finding about a corpus: which source stands out, else how loaded the authors' own language is."""
    corpus, failures = summary["corpus"], summary["failures"]
    n = corpus["n_documents"] - corpus["n_copies"]
    if not corpus["n_documents"]:
        if failures["n_failed"]:
            return f"Nothing could be analyzed: {count(failures['n_failed'], 'input')} could not be read."
        return "There was nothing to analyze: no article was found."
    if not corpus["n_measured"]:
        return f"Nothing could be measured in {count(n, 'document')}: there is too little English text."
    rate, quoted = (summary["figures"][f"loaded_per_1000_words_{voice}"]["value"] for voice in ("author", "quoted"))
    if n == 1:
        return article_headline(corpus["n_loaded_author"], corpus["n_loaded_quoted"], rate)
    # Two intervals that do not overlap differ by more than chance explains; those that do may differ or not.
    compared = [row for row in summary["sources"]["rows"] if row["loaded_per_1000_words_author"]["low"] is not None]
    if len(compared) > 1:
        most, least = compared[0], compared[-1]
        high, low = most["loaded_per_1000_words_author"], least["loaded_per_1000_words_author"]
        if high["low"] > low["high"]:
            first, last = (clip(printable(row["source"]), 60) for row in (most, least))
            return (
                f"In its own voice, {first} uses about {about(high['value'])} terms that may be loaded in every "
                f"1,000 words; {last} uses about {about(low['value'])}."
            )
    if not corpus["n_loaded_author"]:
        return f"No loaded term was found in the authors’ own words of {count(n, 'document')}."
    finding = (
        f"In {count(n, 'document')}, about {about(rate)} terms in every 1,000 of the authors’ own words may be loaded"
    )
    return f"{finding}, against {about(quoted)} in what they quote." if quoted else f"{finding}."


def article_headline(n_author: int, n_quoted: int, rate: float | None) -> str:
    """The first finding about one article.

    >>> article_headline(3, 0, 8.25)
    'In the author’s own words, 3 terms may be loaded, about 8.2 in every 1,000; none in quoted speech.'
    """
    if not n_author:
        elsewhere = f"; {number(n_quoted)} in quoted speech" if n_quoted else ", nor in quoted speech"
        return f"No loaded term was found in the author’s own words{elsewhere}."
    quoted = number(n_quoted) if n_quoted else "none"
    found = f"In the author’s own words, {count(n_author, 'term')} may be loaded"
    return f"{found}, about {about(rate)} in every 1,000; {quoted} in quoted speech."


def not_measured(language: str | None) -> str:
    """Why there are no figures about an article.

    >>> not_measured("fr")
    'This text is in another language than English (fr); nothing was measured but its length.'
    """
    if language in {None, "en"}:
        return "There is too little text here to measure anything."
    return f"This text is in another language than English ({language}); nothing was measured but its length."


def visible(text: str) -> str:
    r"""`text` with what nobody could see in it written out.

    >>> visible("a\xa0b"), visible("")
    ('a‹U+00A0›b', '(nothing)')
    """
    if not text:
        return "(nothing)"
    return "".join(c if c == " " or c.isprintable() else f"‹U+{ord(c):04X}›" for c in text)
