"""Numbers, names and findings in a reader's words.

No sentence here judges: a term *may be* loaded, and no figure says left or right.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from unicodedata import combining

from tasks.escaping import escape_name, escape_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

MAX_NAME = 110
MIN_WORDS = 100
"""Of fewer words, a rate for 1,000 words is a figure of speech: counts are told instead."""
_MINUS = "\N{MINUS SIGN}"
_ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"
_MISSING = "\N{EN DASH}"

# Beside what Markdown itself gives a meaning: addresses, which many readers of it make links of.
_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>|#~@]|&(?=#?\w+;)|:(?=//)|(?<=www)\.)", re.IGNORECASE)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "June", "July", "Aug", "Sept", "Oct", "Nov", "Dec")

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
REPAIR_NAMES = {
    "mojibake": "wrong encoding (mojibake)",
    "scar": "mojibake that an earlier repair had altered",
    "html_entity": "HTML entity",
    "byte_order_mark": "byte order mark",
    "c1_control": "control character (C1)",
    "bidi_control": "mark of direction",
    "zero_width": "zero-width character",
    "newline": "line end",
    "normalization": "composed letter (NFC)",
    "surrogate": "half of a character (surrogate)",
}
"""Kinds of repair whose name in the table says too little."""
LANGUAGE_NAMES = dict(
    pair.split("=")
    for pair in (
        "af=Afrikaans am=Amharic ar=Arabic bg=Bulgarian bn=Bengali ca=Catalan cs=Czech cy=Welsh da=Danish de=German "
        "el=Greek en=English es=Spanish et=Estonian eu=Basque fa=Persian fi=Finnish fr=French ga=Irish gl=Galician "
        "he=Hebrew hi=Hindi hr=Croatian hu=Hungarian hy=Armenian id=Indonesian is=Icelandic it=Italian ja=Japanese "
        "ka=Georgian kk=Kazakh ko=Korean la=Latin lt=Lithuanian lv=Latvian mk=Macedonian ms=Malay mt=Maltese nb=Norwegian "
        "nl=Dutch nn=Norwegian no=Norwegian pl=Polish pt=Portuguese ro=Romanian ru=Russian sk=Slovak sl=Slovene "
        "sq=Albanian sr=Serbian sv=Swedish sw=Swahili ta=Tamil th=Thai tr=Turkish uk=Ukrainian ur=Urdu vi=Vietnamese "
        "zh=Chinese"
    ).split()
)
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


def step(start: str, period: str) -> str:
    """A step of a timeline, named as short as it can be.

    >>> step("2025-04-01", "1mo"), step("2025-04-01", "1q"), step("2025-04-07", "1w"), step("2025-01-01", "1y")
    ('Apr 2025', 'Q2 2025', '7 Apr 2025', '2025')
    """
    year, month, day = map(int, start.split("-"))
    return {
        "1y": f"{year}",
        "1q": f"Q{(month + 2) // 3} {year}",
        "1mo": f"{_MONTHS[month - 1]} {year}",
    }.get(period, f"{day} {_MONTHS[month - 1]} {year}")


def language_name(code: str | None) -> str:
    """A language in English, by its code where its name is not at hand.

    >>> language_name("fr"), language_name("xx"), language_name(None)
    ('French', 'xx', 'too short to tell')
    """
    return "too short to tell" if code is None else LANGUAGE_NAMES.get(code, code)


def repair_name(kind: str) -> str:
    """A kind of repair in a reader's words.

    >>> repair_name("html_entity"), repair_name("soft_hyphen")
    ('HTML entity', 'soft hyphen')
    """
    return REPAIR_NAMES.get(kind, kind.replace("_", " "))


def listing(names: Sequence[str]) -> str:
    """Names in a row.

    >>> listing(["French", "German", "Dutch"]), listing(["French"])
    ('French, German and Dutch', 'French')
    """
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))


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
    r"""A text in one line, as `tasks.escaping.escape_text` shows it.

    >>> print(printable("In\u202evaders\x1b[31m\n  win"))
    In‹U+202E›vaders‹U+001B›[31m win
    """
    return " ".join(escape_text(text).split())


def escape_markdown(text: str) -> str:
    r"""`text` as Markdown that shows it and does nothing else.

    >>> escape_markdown("[x](javascript:alert(1)) <b> a_b")
    '\\[x\\](javascript:alert(1)) \\<b\\> a\\_b'
    """
    return _MARKDOWN.sub(r"\\\1", printable(text))


def document_name(document: Mapping[str, Any], beginning: str | None, length: int = MAX_NAME) -> str:
    """What a reader would call a document: its title, else its headline or first words, else where it comes from."""
    for candidate in (document["title"], beginning):
        if candidate and any(c.isprintable() and not c.isspace() for c in candidate):
            return clip(printable(candidate), length)
    return place(document)


def place(document: Mapping[str, Any]) -> str:
    """Where a document comes from: the file, and the record in it if it is one of several."""
    uri, record = escape_name(document["source_uri"]), document["record"]
    return uri if record is None else f"{uri}, record {escape_name(record)}"


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
        foreign = [row["language"] for row in corpus["languages"] if row["language"] not in {None, "en"}]
        why = f"{'it is' if n == 1 else 'they are'} in {listing([language_name(code) for code in foreign[:4]])}"
        return f"Nothing could be measured in {count(n, 'document')}: {why if foreign else 'there is too little text'}."
    rates = summary["figures"]
    rate = rates["loaded_per_1000_words_author"]["value"] if corpus["author_words"] >= MIN_WORDS else None
    quoted = rates["loaded_per_1000_words_quoted"]["value"] if corpus["quoted_words"] >= MIN_WORDS else None
    if n == 1:
        return article_headline(corpus["n_loaded_author"], corpus["n_loaded_quoted"], rate)
    apart = _sources_apart(summary)
    if apart is not None:
        (first, high), (last, low) = ((row["source"], row["loaded_per_1000_words_author"]["value"]) for row in apart)
        return (
            f"In its own voice, {clip(printable(first), 60)} uses about {about(high)} terms that may be loaded in every "
            f"1,000 words; {clip(printable(last), 60)} uses about {about(low)}."
        )
    if not corpus["n_loaded_author"]:
        return f"No loaded term was found in the authors’ own words of {count(n, 'document')}."
    if rate is None:
        return (
            f"In {count(n, 'document')}, {count(corpus['n_loaded_author'], 'term')} of the authors’ own may be loaded."
        )
    finding = (
        f"In {count(n, 'document')}, about {about(rate)} terms in every 1,000 of the authors’ own words may be loaded"
    )
    return f"{finding}, against {about(quoted)} in what they quote." if quoted else f"{finding}."


def evidence(summary: Mapping[str, Any]) -> str:
    """How far chance may carry the first finding, and what it leaves out; empty where there is nothing to add."""
    apart = _sources_apart(summary)
    rate = summary["figures"]["loaded_per_1000_words_author"]
    sentences = []
    if apart is not None:
        high, low = (between(row["loaded_per_1000_words_author"]) for row in apart)
        sentences.append(f"More lies between the two than chance explains (95 % intervals {high} and {low}).")
    elif rate["low"] is not None and summary["corpus"]["author_words"] >= MIN_WORDS:
        sentences.append(f"Chance may carry the authors’ figure anywhere from {between(rate)} (95 % interval).")
    if summary["corpus"]["n_documents"] and summary["failures"]["n_failed"]:
        sentences.append(f"{count(summary['failures']['n_failed'], 'input')} could not be read.")
    return " ".join(sentences)


def _sources_apart(summary: Mapping[str, Any]) -> tuple[Mapping[str, Any], Mapping[str, Any]] | None:
    """The most and the least loaded source, if they differ by more than chance explains.

    Two intervals that do not overlap do; those that overlap may or may not.
    """
    compared = [row for row in summary["sources"]["rows"] if row["loaded_per_1000_words_author"]["low"] is not None]
    if len(compared) < 2:
        return None
    most, least = compared[0], compared[-1]
    low, high = most["loaded_per_1000_words_author"]["low"], least["loaded_per_1000_words_author"]["high"]
    return (most, least) if low > high else None


def article_headline(n_author: int, n_quoted: int, rate: float | None) -> str:
    """The first finding about one article; `rate` is None for one that is too short to have any.

    >>> article_headline(3, 0, 8.25)
    'In the author’s own words, 3 terms may be loaded, about 8.2 in every 1,000; none in quoted speech.'
    >>> article_headline(1, 2, None)
    'In the author’s own words, 1 term may be loaded; 2 in quoted speech.'
    """
    if not n_author:
        elsewhere = f"; {number(n_quoted)} in quoted speech" if n_quoted else ", nor in quoted speech"
        return f"No loaded term was found in the author’s own words{elsewhere}."
    quoted = number(n_quoted) if n_quoted else "none"
    found = f"In the author’s own words, {count(n_author, 'term')} may be loaded"
    return f"{found}{'' if rate is None else f', about {about(rate)} in every 1,000'}; {quoted} in quoted speech."


def article_finding(document: Mapping[str, Any], *, is_measured: bool) -> str:
    """The first finding about a row of the table documents, or why there is none."""
    if not is_measured:
        return not_measured(document["language"])
    author_words = document["n_words"] * (1 - (document["quoted_word_ratio"] or 0))
    rate = document["loaded_per_1000_words_author"] if author_words >= MIN_WORDS else None
    return article_headline(document["n_loaded_author"], document["n_loaded_quoted"], rate)


def not_measured(language: str | None) -> str:
    """Why there are no figures about an article.

    >>> not_measured("fr")
    'This text is in French, not in English: nothing was measured but its length.'
    """
    if language in {None, "en"}:
        return "There is too little text here to measure anything."
    return f"This text is in {language_name(language)}, not in English: nothing was measured but its length."


def visible(text: str) -> str:
    r"""`text` with what nobody could see in it, or tell from something else, written out.

    >>> visible("a\xa0b"), visible("e\u0301"), visible(" "), visible("")
    ('a‹U+00A0›b', 'e‹U+0301›', '(space)', '(nothing)')
    """
    if not text.strip(" "):
        return "(space)" if text else "(nothing)"
    return "".join(c if c.isprintable() and not combining(c) else f"‹U+{ord(c):04X}›" for c in text)
