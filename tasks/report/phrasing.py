"""Numbers, names and findings as a reader sees them.

No sentence here judges: a term *may be* loaded, and no figure says left or right.
"""

from __future__ import annotations

import re
import tomllib
from importlib import resources
from typing import TYPE_CHECKING, Any
from unicodedata import combining

from tasks.escaping import escape_name, escape_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

MAX_NAME = 110
MIN_WORDS = 100
"""A rate per 1,000 words is not given for fewer words than these; counts are given instead."""
_MINUS = "\N{MINUS SIGN}"
_ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"
_MISSING = "\N{EN DASH}"

# Characters with a meaning in Markdown, and addresses, which many programs that show Markdown turn into links.
_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>|#~@]|&(?=#?\w+;)|:(?=//)|(?<=www)\.)", re.IGNORECASE)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "June", "July", "Aug", "Sept", "Oct", "Nov", "Dec")

_LABELS: dict[str, dict[str, str]] = tomllib.loads((resources.files(__package__) / "labels.toml").read_text("utf-8"))
CATEGORY_NAMES = _LABELS["categories"]
VOICE_NAMES = _LABELS["voices"]
INTENSITY_NAMES = {int(intensity): name for intensity, name in _LABELS["intensities"].items()}
NOTE_NAMES = _LABELS["readability_notes"]
NOTE_REASONS = _LABELS["readability_note_reasons"]
SPEAKER_REASONS = _LABELS["speaker_reasons"]
REPAIR_NAMES = _LABELS["repair_kinds"]
PERIOD_NAMES = _LABELS["periods"]
LANGUAGE_NAMES = _LABELS["languages"]


def number(value: float | None, digits: int = 0) -> str:
    """A number for reading: with thousands separators and a minus sign; a dash for None, which was not measured.

    >>> number(1234567), number(-0.25, 2), number(None)
    ('1,234,567', '−0.25', '–')
    """
    if value is None:
        return _MISSING
    # Adding 0.0 turns -0.0 into 0.0, also where rounding gave it.
    text = f"{round(value, digits) + 0.0:,.{digits}f}"
    return text.replace("-", _MINUS)


def about(value: float | None) -> str:
    """A rate to two digits: without decimals from 10 on, else with one.

    >>> about(81.04), about(8.14)
    ('81', '8.1')
    """
    return number(value, 0 if value is not None and value >= 10 else 1)


def percent(value: float | None, digits: int = 0) -> str:
    r"""A ratio as a percentage.

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


def interval(estimate: Mapping[str, float | None] | None, digits: int = 1) -> str:
    """The confidence interval of an estimate, '' where there is none.

    >>> interval({"value": 8.1, "low": 6.55, "high": 9.7}), interval({"value": 8.1, "low": None, "high": None})
    ('6.5 to 9.7', '')
    """
    if estimate is None or estimate["low"] is None:
        return ""
    return f"{number(estimate['low'], digits)} to {number(estimate['high'], digits)}"


def timestamp(time: datetime) -> str:
    """A time in UTC as ISO 8601, to the second."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


def day(time: Any) -> str | None:
    """The date of a time, None for none."""
    return None if time is None else str(time.strftime("%Y-%m-%d"))


def period_label(start: str, period: str) -> str:
    """The label of a step of a timeline, from its first day and the period of the timeline.

    >>> [period_label("2025-04-01", period) for period in ("1mo", "1q")], period_label("2025-04-07", "1w")
    (['Apr 2025', 'Q2 2025'], '7 Apr 2025')
    """
    year, month, day = map(int, start.split("-"))
    return {
        "1y": f"{year}",
        "1q": f"Q{(month + 2) // 3} {year}",
        "1mo": f"{_MONTHS[month - 1]} {year}",
    }.get(period, f"{day} {_MONTHS[month - 1]} {year}")


def language_name(code: str | None) -> str:
    """The English name of a language, its code where the name is unknown.

    >>> language_name("fr"), language_name("xx"), language_name(None)
    ('French', 'xx', 'unknown (text too short)')
    """
    return "unknown (text too short)" if code is None else LANGUAGE_NAMES.get(code, code)


def repair_name(kind: str) -> str:
    """The name of a kind of repair.

    >>> repair_name("html_entity"), repair_name("soft_hyphen")
    ('HTML entity', 'soft hyphen')
    """
    return REPAIR_NAMES.get(kind, kind.replace("_", " "))


def join_names(names: Sequence[str]) -> str:
    """Names as an enumeration.

    >>> join_names(["French", "German", "Dutch"]), join_names(["French"])
    ('French, German and Dutch', 'French')
    """
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))


def file_size(n_bytes: float) -> str:
    """A size in bytes, kilobytes, megabytes or gigabytes.

    >>> file_size(512), file_size(19_152)
    ('512 bytes', '19 KB')
    """
    for unit, factor in (("GB", 1e9), ("MB", 1e6), ("KB", 1e3)):
        if n_bytes >= factor:
            return f"{n_bytes / factor:.0f} {unit}" if n_bytes >= 10 * factor else f"{n_bytes / factor:.1f} {unit}"
    return count(int(n_bytes), "byte")


def clip(text: str, length: int) -> str:
    """The beginning of a text, at most `length` characters and an ellipsis, cut between words if a space is near the end.

    >>> clip("a regime of fear", 12), clip("short", 12)
    ('a regime of…', 'short')
    """
    if len(text) <= length:
        return text
    head = text[: length + 1]
    space = head.rfind(" ")
    return text[: space if space > 0.6 * length else length].rstrip() + _ELLIPSIS


def clip_start(text: str, length: int) -> str:
    """The end of a text, cut in the same way.

    >>> clip_start("they said that the regime ", 12)
    '…the regime '
    """
    if len(text) <= length:
        return text
    tail = text[-length - 1 :]
    space = tail.find(" ")
    return _ELLIPSIS + tail[space + 1 if 0 <= space < 0.4 * length else 1 :].lstrip()


def printable(text: str) -> str:
    r"""A text on one line, escaped by `tasks.escaping.escape_text`.

    >>> print(printable("In\u202evaders\x1b[31m\n  win"))
    In‹U+202E›vaders‹U+001B›[31m win
    """
    return " ".join(escape_text(text).split())


def escape_markdown(text: str) -> str:
    r"""`text` as Markdown that shows exactly this text, without markup.

    >>> escape_markdown("[x](javascript:alert(1)) <b> a_b")
    '\\[x\\](javascript:alert(1)) \\<b\\> a\\_b'
    """
    return _MARKDOWN.sub(r"\\\1", printable(text))


def document_name(document: Mapping[str, Any], beginning: str | None, length: int = MAX_NAME) -> str:
    """The name of a document: its title, else its headline or first words (`beginning`), else its place."""
    for candidate in (document["title"], beginning):
        if candidate and any(c.isprintable() and not c.isspace() for c in candidate):
            return clip(printable(candidate), length)
    return place(document)


def place(document: Mapping[str, Any]) -> str:
    """Where a document is from: the file, and the record if the file has several."""
    uri, record = escape_name(document["source_uri"]), document["record"]
    return uri if record is None else f"{uri}, record {escape_name(record)}"


def term_note(term: Mapping[str, Any]) -> str:
    """A term's category, intensity, voice and speaker, and whether it is negated.

    >>> term_note({"category": "name_calling", "intensity": 3, "voice": "quoted", "attribution": "direct",
    ...            "speaker": "Lavrov", "negated": False})
    'name-calling, strong, quoted speech (Lavrov)'
    """
    voice = VOICE_NAMES[term["voice"]]
    if term["voice"] == "author" and term["attribution"] == "indirect":
        voice += f", reporting {printable(term['speaker'])}" if term["speaker"] else ", reported speech"
    elif term["speaker"]:
        voice += f" ({printable(term['speaker'])})"
    intensity = [INTENSITY_NAMES[term["intensity"]]] if term["intensity"] else []  # epistemic terms have none
    words = [CATEGORY_NAMES[term["category"]], *intensity, voice]
    return ", ".join(words + (["negated"] if term["negated"] else []))


def headline(summary: Mapping[str, Any]) -> str:
    """The main finding about a corpus: which sources differ, else the rate of loaded terms in the authors' own words."""
    corpus, failures = summary["corpus"], summary["failures"]
    n = corpus["n_documents"] - corpus["n_copies"]
    if not corpus["n_documents"]:
        if failures["n_failed"]:
            return f"Nothing could be analyzed: {count(failures['n_failed'], 'input')} could not be read."
        return "There was nothing to analyze: no article was found."
    if not corpus["n_measured"]:
        foreign = [row["language"] for row in corpus["languages"] if row["language"] not in {None, "en"}]
        why = f"{'it is' if n == 1 else 'they are'} in {join_names([language_name(code) for code in foreign[:4]])}"
        return f"Nothing could be measured in {count(n, 'document')}: {why if foreign else 'there is too little text'}."
    rates = summary["figures"]
    rate = rates["loaded_per_1000_words_author"]["value"] if corpus["author_words"] >= MIN_WORDS else None
    quoted = rates["loaded_per_1000_words_quoted"]["value"] if corpus["quoted_words"] >= MIN_WORDS else None
    if n == 1:
        return article_headline(corpus["n_loaded_author"], corpus["n_loaded_quoted"], rate)
    different = _different_sources(summary)
    if different is not None:
        (first, high), (last, low) = (
            (row["source"], row["loaded_per_1000_words_author"]["value"]) for row in different
        )
        return (
            f"In its own voice, {clip(printable(first), 60)} uses about {about(high)} terms per 1,000 words that may be "
            f"loaded; {clip(printable(last), 60)} uses about {about(low)}."
        )
    if not corpus["n_loaded_author"]:
        return f"No loaded term was found in the authors’ own words of {count(n, 'document')}."
    if rate is None:
        return f"In {count(n, 'document')}, {count(corpus['n_loaded_author'], 'term')} in the authors’ own words may be loaded."
    finding = f"In {count(n, 'document')}, about {about(rate)} terms per 1,000 of the authors’ own words may be loaded"
    return f"{finding}, compared with {about(quoted)} in quoted speech." if quoted else f"{finding}."


def evidence(summary: Mapping[str, Any]) -> str:
    """The confidence interval of the main finding, and how many inputs it leaves out; '' if there is nothing to add."""
    different = _different_sources(summary)
    rate = summary["figures"]["loaded_per_1000_words_author"]
    sentences = []
    if different is not None:
        high, low = (interval(row["loaded_per_1000_words_author"]) for row in different)
        sentences.append(f"The difference is statistically significant (95 % CI {high} and {low}).")
    elif rate["low"] is not None and summary["corpus"]["author_words"] >= MIN_WORDS:
        sentences.append(f"95 % CI of the rate in the authors’ own words: {interval(rate)}.")
    if summary["corpus"]["n_documents"] and summary["failures"]["n_failed"]:
        sentences.append(f"{count(summary['failures']['n_failed'], 'input')} could not be read.")
    return " ".join(sentences)


def _different_sources(summary: Mapping[str, Any]) -> tuple[Mapping[str, Any], Mapping[str, Any]] | None:
    """The most and the least loaded source, if the difference is significant; else None."""
    compared = [row for row in summary["sources"]["rows"] if row["loaded_per_1000_words_author"]["low"] is not None]
    if len(compared) < 2:
        return None
    from tasks.report.intervals import is_significant  # imports polars, which printing a name does not need

    most, least = compared[0], compared[-1]
    rate = "loaded_per_1000_words_author"
    return (most, least) if is_significant(most[rate], least[rate], len(compared)) else None


def article_headline(n_author: int, n_quoted: int, rate: float | None) -> str:
    """The main finding about one article; `rate` is None for an article that is too short.

    >>> article_headline(3, 0, 8.25)
    'In the author’s own words, 3 terms may be loaded, about 8.2 per 1,000 words; none in quoted speech.'
    >>> article_headline(1, 2, None)
    'In the author’s own words, 1 term may be loaded; 2 in quoted speech.'
    """
    if not n_author:
        elsewhere = f"; {number(n_quoted)} in quoted speech" if n_quoted else ", nor in quoted speech"
        return f"No loaded term was found in the author’s own words{elsewhere}."
    quoted = number(n_quoted) if n_quoted else "none"
    found = f"In the author’s own words, {count(n_author, 'term')} may be loaded"
    return f"{found}{'' if rate is None else f', about {about(rate)} per 1,000 words'}; {quoted} in quoted speech."


def article_finding(document: Mapping[str, Any], *, is_measured: bool) -> str:
    """The main finding about a document, a row of the table; if nothing was measured, the reason."""
    if not is_measured:
        return not_measured(document["language"])
    author_words = document["n_words"] * (1 - (document["quoted_word_ratio"] or 0))
    rate = document["loaded_per_1000_words_author"] if author_words >= MIN_WORDS else None
    return article_headline(document["n_loaded_author"], document["n_loaded_quoted"], rate)


def not_measured(language: str | None) -> str:
    """Why there are no figures about an article.

    >>> not_measured("fr")
    'This text is in French, not in English: only its length was measured.'
    """
    if language in {None, "en"}:
        return "This text is too short to measure anything."
    return f"This text is in {language_name(language)}, not in English: only its length was measured."


def visible(text: str) -> str:
    r"""`text` with characters that are invisible or look like others replaced by their numbers.

    >>> visible("a\xa0b"), visible("e\u0301"), visible(" "), visible("")
    ('a‹U+00A0›b', 'e‹U+0301›', '(space)', '(nothing)')
    """
    if not text.strip(" "):
        return "(space)" if text else "(nothing)"
    return "".join(c if c.isprintable() and not combining(c) else f"‹U+{ord(c):04X}›" for c in text)
