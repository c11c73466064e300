"""One article on a terminal: its figures, its text with the loaded terms marked, a legend, and the reasons.

The voice of a term must be visible without colours, so brackets show it: [author], {quoted}. Styles repeat it. The numbers
of a paragraph are in a column to its left; on a narrow terminal, in a line above it.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from flows.terminal.layout import break_lines, split_words, wrap
from tasks.ingest import STDIN
from tasks.report import phrasing
from tasks.report.loaded_terms import AUTHOR_VOICES
from tasks.report.marked_text import cut
from tasks.report.speakers import list_speakers
from tasks.schemas import SCORED_CATEGORIES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    import polars as pl

    from flows.terminal.console import Style
    from flows.terminal.layout import Styled

Row = dict[str, Any]

_MIN_WIDTH_FOR_MARGIN = 80
"""On a narrower terminal, the column with the numbers would leave too little space for the text."""
_MARGIN = 31
"""Columns that the margin takes besides the digits of the paragraph's number."""
_MAX_TERMS, _MAX_FORMS = 8, 3
_MAX_SPEAKERS = 8
_INTENSITY_MARKS = {1: "¹", 2: "²", 3: "³"}
_UNRELIABLE_NOTES = {"short", "one_sentence"}
_SEPARATOR = "│"


def article_view(
    tables: Mapping[str, pl.DataFrame], width: int, style: Style, *, all_terms: bool = False, all_repairs: bool = False
) -> Iterator[str]:
    """The lines for the one document in `tables`, which `tasks.analysis.analyze_documents` returned.

    No line is wider than `width` columns. With `all_terms` and `all_repairs`, every term and repair is listed.
    """
    [document] = tables["documents"].to_dicts()
    paragraphs = tables["paragraphs"].to_dicts()
    terms = [term for term in tables["loaded_terms"].to_dicts() if term["category"] in SCORED_CATEGORIES]
    repairs = tables["repairs"].to_dicts()
    yield from _header(document, paragraphs, width, style)
    yield ""
    yield from _figures(document, width, style)
    yield from _repair_counts(repairs, width, are_listed=all_repairs)
    yield ""
    yield from _text(document, paragraphs, terms, tables["quotations"].to_dicts(), width, style)
    if paragraphs:
        yield from _legend(terms, width, style)
    yield from _reasons(terms, width, style, all_terms=all_terms)
    yield from _speakers(tables["attributions"], width, style)
    if all_repairs and repairs:
        yield from _repairs(repairs, width, style)


def _header(document: Row, paragraphs: Sequence[Row], width: int, style: Style) -> Iterator[str]:
    headlines = [row["text"] for row in paragraphs if row["kind"] == "headline"]
    beginning = next(iter(headlines or [row["text"] for row in paragraphs]), None)
    name = phrasing.document_name(document, beginning, 3 * width)
    yield from (style.apply(line, "bold") for line in wrap(name, width))
    place = "standard input" if document["source_uri"] == STDIN else phrasing.place(document)
    facts = [document["source"], phrasing.day(document["published_at"]), place]
    if origin := " · ".join(phrasing.printable(fact) for fact in facts if fact and fact != name):
        yield from (style.apply(line, "dim") for line in wrap(origin, width))
    yield ""
    yield from wrap(phrasing.article_finding(document, is_measured=_is_measured(document)), width)


def _is_measured(document: Row) -> bool:
    """Whether the document has English text."""
    return document["loaded_score"] is not None and document["n_words"] > 0


def _figures(document: Row, width: int, style: Style) -> Iterator[str]:
    """The main figures, each with its meaning."""
    grade, sentiment = document["flesch_kincaid_grade_published"], document["vader_compound_mean"]
    rates = {voice: document[f"loaded_per_1000_words_{voice}"] for voice in ("author", "quoted")}
    terms = {voice: phrasing.count(document[f"n_loaded_{voice}"], "term") for voice in rates}
    share = phrasing.percent(document["quoted_word_ratio"])
    length = f"in {phrasing.count(document['n_paragraphs'], 'paragraph')}"
    length += f", {share} of them quoted" if document["quoted_word_ratio"] else ""
    figures = (
        ("grade", phrasing.number(grade, 1), "US school grade of the body text (Flesch-Kincaid)"),
        ("sentiment", phrasing.number(sentiment, 2), "mean of the sentences, from −1 to 1 (VADER)"),
        ("loaded", phrasing.about(rates["author"]), f"terms per 1,000 words of the author ({terms['author']})"),
        ("", phrasing.about(rates["quoted"]), f"terms per 1,000 quoted words ({terms['quoted']})"),
        ("words", phrasing.number(document["n_words"]), length),
    )
    for name, value, meaning in figures if _is_measured(document) else figures[-1:]:
        lines = wrap(meaning, width - 22)
        yield f"  {name:<9} {style.apply(f'{value:>7}', 'bold')}   {lines[0]}"
        yield from (" " * 22 + line for line in lines[1:])


def _speakers(attributions: pl.DataFrame, width: int, style: Style) -> Iterator[str]:
    """Who speaks, how much, and with which reporting verbs."""
    rows = [row for row in list_speakers(attributions.lazy(), _MAX_SPEAKERS) if row["speaker"]]
    if rows:
        yield ""
        yield style.apply("Who says what", "bold")
    for row in rows:
        words = f"{phrasing.count(row['n_words'], 'word')}, {phrasing.percent(row['n_quoted_words'] / max(row['n_words'], 1))} quoted"
        verbs = ", ".join(cue["verb"] for cue in row["verbs"])
        yield from wrap(f"{phrasing.printable(row['speaker'])}: {words}{f' ({verbs})' if verbs else ''}", width, 2)


def _repair_counts(repairs: Sequence[Row], width: int, *, are_listed: bool) -> Iterator[str]:
    if not repairs:
        return
    kinds = Counter(repair["kind"].replace("_", " ") for repair in repairs)
    counts = ", ".join(f"{n:,} {kind}" for kind, n in kinds.most_common())
    hint = "listed below" if are_listed else "list them with --repairs"
    yield ""
    yield from wrap(f"{phrasing.count(len(repairs), 'repair')} in the text ({counts}); {hint}", width, 2)


# ------------------------------------------------------------------------------------------------------ the marked text


def _text(
    document: Row,
    paragraphs: Sequence[Row],
    terms: Sequence[Row],
    quotations: Sequence[Row],
    width: int,
    style: Style,
) -> Iterator[str]:
    """The paragraphs with their numbers, terms and quotations marked."""
    marks, quoted = _by_paragraph(terms), _by_paragraph(quotations)
    has_margin = width >= _MIN_WIDTH_FOR_MARGIN
    digits = max(2, len(str(len(paragraphs) - 1)))
    if has_margin and paragraphs:
        yield style.apply(f"{'¶':>{digits}} {'kind':<11} {'grade':>5} {'sentiment':>9} {_SEPARATOR}", "dim")
    for row in paragraphs:
        number = row["paragraph_index"]
        marked = mark_text(row["text"], marks.get(number, ()), quoted.get(number, ()))
        words = [*split_words(marked), *_remarks(row, document)]
        sentiment, polarity = phrasing.number(row["vader_compound"], 2), _polarity(row["vader_compound"])
        if has_margin:
            scores = f"{_grade(row):>5} {style.apply(f'{sentiment:>9}', polarity)}"
            margin = f"{number:>{digits}} {row['kind']:<11} {scores} {_SEPARATOR} "
            text_width = width - digits - _MARGIN
            empty = " " * (digits + _MARGIN - 2) + f"{_SEPARATOR} "
        else:
            grade = f"grade {_grade(row)}, " if row["flesch_kincaid_grade_published"] is not None else ""
            yield f"¶ {number} {row['kind']}: {grade}sentiment {style.apply(sentiment, polarity)}"
            margin = empty = "  "
            text_width = width - 2
        for line in break_lines(words, text_width):
            yield margin + "".join(style.apply(text, name) for text, name in line)
            margin = empty
        is_last = row is paragraphs[-1]
        yield "" if is_last or not has_margin else empty.rstrip()


def _by_paragraph(rows: Iterable[Row]) -> dict[int, list[Row]]:
    grouped: dict[int, list[Row]] = {}
    for row in rows:
        grouped.setdefault(row["paragraph_index"], []).append(row)
    return grouped


def _grade(row: Row) -> str:
    """The grade without decimals, which would suggest too much precision; in brackets if it is unreliable."""
    if row["flesch_kincaid_grade_published"] is None or row["readability_note"] == "not_prose":
        return phrasing.number(None)
    grade = phrasing.number(row["flesch_kincaid_grade_published"])
    return f"({grade})" if row["readability_note"] in _UNRELIABLE_NOTES else grade


def _polarity(compound: float | None) -> str:
    """Negative or positive by VADER's own thresholds; empty if neutral."""
    if compound is None or -0.05 < compound < 0.05:
        return ""
    return "positive" if compound > 0 else "negative"


def _remarks(row: Row, document: Row) -> Iterator[list[Styled]]:
    """Remarks after the text of a paragraph: duplicate, other language."""
    if row["duplicate_of"]:
        yield [(f"(duplicate of ¶ {row['duplicate_of'].rpartition(':')[2]})", "dim")]
    if row["language"] != document["language"]:
        yield [(f"({row['language']})", "dim")]


def mark_text(text: str, terms: Sequence[Row], quotations: Sequence[Row] = ()) -> Iterator[Styled]:
    """`text` with its terms in brackets and quoted speech in italics."""
    for piece in cut(text, terms, quotations):
        if piece.term is None:
            yield piece.text, "italic" if piece.quotation == "speech" else ""
        else:
            yield _mark({**piece.term, "text": piece.text})


def _mark(term: Row) -> Styled:
    """A term in the brackets of its voice, with its intensity."""
    is_author = term["voice"] in AUTHOR_VOICES
    opening, closing = "[]" if is_author else "{}"
    return f"{opening}{term['text']}{closing}{_INTENSITY_MARKS[term['intensity']]}", "author" if is_author else "quoted"


# ---------------------------------------------------------------------------------------------------- below the text


def _legend(terms: Sequence[Row], width: int, style: Style) -> Iterator[str]:
    notes = (
        "[term]: author’s own words, {term}: quoted speech; ¹ mild, ² moderate, ³ strong." if terms else "",
        (
            "grade: US school grade (Flesch-Kincaid); in brackets: unreliable, because the paragraph is short or a single "
            "sentence; –: not prose, or not English. sentiment: from −1 to 1 (VADER)."
        ),
    )
    for note in filter(None, notes):
        yield from (style.apply(line, "dim") for line in wrap(note, width))


def _reasons(terms: Sequence[Row], width: int, style: Style, *, all_terms: bool) -> Iterator[str]:
    """Why terms may be loaded: the author's terms of the highest weight, or all terms in the order of the text."""
    author = [term for term in terms if term["voice"] in AUTHOR_VOICES]
    groups = _by_entry(terms if all_terms else author)
    if not all_terms:
        groups = sorted(groups, key=lambda group: -sum(term["weight"] for term in group))[:_MAX_TERMS]
    if not groups:
        return
    yield ""
    title = (
        "All terms that may be loaded, with reasons" if all_terms else "The author’s most loaded terms, with reasons"
    )
    yield style.apply(title, "bold")
    for group in groups:
        yield from _reason(group, width, style)
    if n_left := len(terms) - sum(map(len, groups)):
        yield style.apply(f"  {phrasing.count(n_left, 'more term')}; list all with --terms", "dim")


def _by_entry(terms: Sequence[Row]) -> list[list[Row]]:
    """The terms grouped by entry of the lexicon and voice, in the order of first occurrence."""
    groups: dict[tuple[str, str], list[Row]] = {}
    for term in terms:
        groups.setdefault((term["term"], term["voice"]), []).append(term)
    return list(groups.values())


def _reason(group: Sequence[Row], width: int, style: Style) -> Iterator[str]:
    """The occurrences of one term, and why it may be loaded."""
    first = group[0]
    # A rule finds many different words; the forms of a lexicon entry differ only in their endings.
    texts = dict.fromkeys(phrasing.clip(phrasing.printable(term["text"]), 40) for term in group)
    marked = [_mark({**first, "text": text}) for text in list(texts)[:_MAX_FORMS]]
    paragraphs = dict.fromkeys(str(term["paragraph_index"]) for term in group)
    more = ", …" if len(paragraphs) > _MAX_TERMS else ""
    where = f"¶ {', '.join(list(paragraphs)[:_MAX_TERMS])}{more}"
    words = split_words([part for mark in marked for part in (mark, (" ", ""))] + [(where, "")])
    for line in break_lines(words, width - 2):
        yield "  " + "".join(style.apply(text, name) for text, name in line)
    yield from wrap(f"{phrasing.term_note(first)}: {first['reason']}", width, 6)


def _repairs(repairs: Sequence[Row], width: int, style: Style) -> Iterator[str]:
    yield ""
    yield style.apply("Repairs, in the order of the text", "bold")
    for repair in repairs:
        yield from repair_lines(repair, width)


def repair_lines(repair: Mapping[str, Any], width: int) -> Iterator[str]:
    """What was changed, and why."""
    before, after = (phrasing.clip(_visible(repair[side]), width) for side in ("before", "after"))
    yield from wrap(f"{before} (reported, not changed)" if before == after else f"{before} → {after}", width, 2)
    certainty = "" if repair["confidence"] == "certain" else ", inferred"
    yield from wrap(f"{repair['kind'].replace('_', ' ')}{certainty}: {repair['reason']}", width, 6)


def _visible(text: str) -> str:
    """The text with invisible characters written out; spaces alone are counted."""
    return phrasing.visible(text) if text.strip(" ") else f"({phrasing.count(len(text), 'space')})"
