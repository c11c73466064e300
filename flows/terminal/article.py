"""One article as a terminal shows it: its figures, its text with the loaded terms marked, what the marks mean, and why.

Whose word a term is must be seen without colours, so brackets say it: [the author's], {quoted}. Styles repeat it for
those who see them. The numbers of a paragraph stand in a gutter beside it; in a narrow terminal, in a line above.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from flows.terminal.layout import set_lines, split_words, wrap
from tasks.ingest import STDIN
from tasks.report import phrasing as wording
from tasks.report.loaded_terms import AUTHOR_VOICES
from tasks.report.marked_text import cut
from tasks.schemas import SCORED_CATEGORIES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    import polars as pl

    from flows.terminal.console import Style
    from flows.terminal.layout import Styled

Row = dict[str, Any]

_STACKED = 80
"""In fewer columns than these, a gutter leaves too little for the text."""
_N_TERMS, _N_FORMS = 8, 3
_STRENGTHS = {1: "¹", 2: "²", 3: "³"}
_UNSURE = {"short", "one_sentence"}
_RULE = "│"


def render_article(
    tables: Mapping[str, pl.DataFrame], width: int, pen: Style, *, all_terms: bool = False, all_repairs: bool = False
) -> Iterator[str]:
    """The lines for the one document that `tables` hold, as `tasks.analysis.analyze_documents` made them.

    No line is wider than `width` columns. `all_terms` and `all_repairs` list what is only counted otherwise.
    """
    [document] = tables["documents"].to_dicts()
    paragraphs = tables["paragraphs"].to_dicts()
    terms = [term for term in tables["loaded_terms"].to_dicts() if term["category"] in SCORED_CATEGORIES]
    repairs = tables["repairs"].to_dicts()
    yield from _head(document, paragraphs, width, pen)
    yield ""
    yield from _figures(document, width, pen)
    yield from _told_repairs(repairs, width, listed=all_repairs)
    yield ""
    yield from _text(document, paragraphs, terms, tables["quotations"].to_dicts(), width, pen)
    if paragraphs:
        yield from _legend(terms, width, pen)
    yield from _reasons(terms, width, pen, all_terms=all_terms)
    if all_repairs and repairs:
        yield from _repairs(repairs, width, pen)


def _head(document: Row, paragraphs: Sequence[Row], width: int, pen: Style) -> Iterator[str]:
    headlines = [row["text"] for row in paragraphs if row["kind"] == "headline"]
    beginning = next(iter(headlines or [row["text"] for row in paragraphs]), None)
    name = wording.document_name(document, beginning, 3 * width)
    yield from (pen.write(line, "strong") for line in wrap(name, width))
    place = "standard input" if document["source_uri"] == STDIN else wording.place(document)
    facts = [document["source"], wording.day(document["published_at"]), place]
    if told := " · ".join(wording.printable(fact) for fact in facts if fact and fact != name):
        yield from (pen.write(line, "faint") for line in wrap(told, width))
    yield ""
    yield from wrap(wording.article_finding(document, is_measured=_is_measured(document)), width)


def _is_measured(document: Row) -> bool:
    """Whether there is English text."""
    return document["loaded_score"] is not None and document["n_words"] > 0


def _figures(document: Row, width: int, pen: Style) -> Iterator[str]:
    """The headline figures, each with what it is."""
    grade, sentiment = document["flesch_kincaid_grade"], document["vader_compound_mean"]
    rates = {voice: document[f"loaded_per_1000_words_{voice}"] for voice in ("author", "quoted")}
    terms = {voice: wording.count(document[f"n_loaded_{voice}"], "term") for voice in rates}
    share = wording.percent(document["quoted_word_ratio"])
    length = f"in {wording.count(document['n_paragraphs'], 'paragraph')}"
    length += f", {share} of them quoted" if document["quoted_word_ratio"] else ""
    figures = (
        ("grade", wording.number(grade, 1), "years of school that the body text takes, by Flesch-Kincaid"),
        ("sentiment", wording.number(sentiment, 2), "mean of the sentences by VADER, from −1 to 1"),
        ("loaded", wording.about(rates["author"]), f"in every 1,000 of the author’s own words ({terms['author']})"),
        ("", wording.about(rates["quoted"]), f"in every 1,000 quoted words ({terms['quoted']})"),
        ("words", wording.number(document["n_words"]), length),
    )
    for name, value, meaning in figures if _is_measured(document) else figures[-1:]:
        lines = wrap(meaning, width - 22)
        yield f"  {name:<9} {pen.write(f'{value:>7}', 'strong')}   {lines[0]}"
        yield from (" " * 22 + line for line in lines[1:])


def _told_repairs(repairs: Sequence[Row], width: int, *, listed: bool) -> Iterator[str]:
    if not repairs:
        return
    kinds = Counter(repair["kind"].replace("_", " ") for repair in repairs)
    what = ", ".join(f"{n:,} {kind}" for kind, n in kinds.most_common())
    way_on = "listed below" if listed else "--repairs lists them"
    told = f"{wording.count(len(repairs), 'repair')} to the text as it was received ({what}); {way_on}"
    yield ""
    yield from wrap(told, width, 2)


# ------------------------------------------------------------------------------------------------------ the marked text


def _text(
    document: Row,
    paragraphs: Sequence[Row],
    terms: Sequence[Row],
    quotations: Sequence[Row],
    width: int,
    pen: Style,
) -> Iterator[str]:
    marks, quoted = _by_paragraph(terms), _by_paragraph(quotations)
    beside = width >= _STACKED
    digits = max(2, len(str(len(paragraphs) - 1)))
    if beside and paragraphs:
        head = f"{'¶':>{digits}} {'kind':<11} {'grade':>5} {'tone':>5} {_RULE}"
        yield pen.write(head, "faint")
    for row in paragraphs:
        number = row["paragraph_index"]
        marked = mark_text(row["text"], marks.get(number, ()), quoted.get(number, ()))
        words = [*split_words(marked), *_remarks(row, document)]
        tone, feeling = wording.number(row["vader_compound"], 2), _feeling(row["vader_compound"])
        if beside:
            margin = (
                f"{number:>{digits}} {row['kind']:<11} {_grade(row):>5} {pen.write(f'{tone:>5}', feeling)} {_RULE} "
            )
            room = width - digits - 27
            empty = " " * (digits + 25) + f"{_RULE} "
        else:
            grade = f"grade {_grade(row)}, " if row["flesch_kincaid_grade"] is not None else ""
            yield f"¶ {number} {row['kind']}: {grade}tone {pen.write(tone, feeling)}"
            margin = empty = "  "
            room = width - 2
        for line in set_lines(words, room):
            yield margin + "".join(pen.write(text, style) for text, style in line)
            margin = empty
        is_last = row is paragraphs[-1]
        yield "" if is_last or not beside else empty.rstrip()


def _by_paragraph(rows: Iterable[Row]) -> dict[int, list[Row]]:
    grouped: dict[int, list[Row]] = {}
    for row in rows:
        grouped.setdefault(row["paragraph_index"], []).append(row)
    return grouped


def _grade(row: Row) -> str:
    """The grade without decimals, which mean nothing; in brackets where even the rest means little."""
    if row["flesch_kincaid_grade"] is None or row["readability_note"] == "not_prose":
        return wording.number(None)
    grade = wording.number(row["flesch_kincaid_grade"])
    return f"({grade})" if row["readability_note"] in _UNSURE else grade


def _feeling(compound: float | None) -> str:
    """VADER's own bounds of negative and positive."""
    if compound is None or -0.05 < compound < 0.05:
        return ""
    return "positive" if compound > 0 else "negative"


def _remarks(row: Row, document: Row) -> Iterator[list[Styled]]:
    """What else is to be said of a paragraph, behind its text."""
    if row["duplicate_of"]:
        yield [(f"(repeats ¶ {row['duplicate_of'].rpartition(':')[2]})", "faint")]
    if row["language"] != document["language"]:
        yield [(f"({row['language']})", "faint")]


def mark_text(text: str, terms: Sequence[Row], quotations: Sequence[Row] = ()) -> Iterator[Styled]:
    """`text` with its terms in brackets and the quotations in a style of their own."""
    for piece in cut(text, terms, quotations):
        if piece.term is None:
            yield piece.text, "quiet" if piece.quotation == "speech" else ""
        else:
            yield _mark({**piece.term, "text": piece.text})


def _mark(term: Row) -> Styled:
    """A term with its brackets, which say whose it is, and its strength."""
    is_author = term["voice"] in AUTHOR_VOICES
    opening, closing = "[]" if is_author else "{}"
    return f"{opening}{term['text']}{closing}{_STRENGTHS[term['intensity']]}", "author" if is_author else "quoted"


# ---------------------------------------------------------------------------------------------------- below the text


def _legend(terms: Sequence[Row], width: int, pen: Style) -> Iterator[str]:
    notes = (
        "[term] is the author’s own, {term} stands in quoted speech; ¹ mild, ² moderate, ³ strong." if terms else "",
        (
            "grade: years of school (Flesch-Kincaid); in brackets where the paragraph is short or a single sentence, which "
            "no formula was made for; – where it is no prose. tone: VADER, from −1 to 1."
        ),
    )
    for note in filter(None, notes):
        yield from (pen.write(line, "faint") for line in wrap(note, width))


def _reasons(terms: Sequence[Row], width: int, pen: Style, *, all_terms: bool) -> Iterator[str]:
    """Why the terms may be loaded: the heaviest ones of the author's, or all in the order of the text."""
    author = [term for term in terms if term["voice"] in AUTHOR_VOICES]
    shown = terms if all_terms else author
    groups: dict[tuple[str, str], list[Row]] = {}
    for term in shown:
        groups.setdefault((term["term"], term["voice"]), []).append(term)
    order = list(groups.values())
    if not all_terms:
        order = sorted(order, key=lambda group: -sum(term["weight"] for term in group))[:_N_TERMS]
    if not order:
        return
    yield ""
    title = (
        "Terms that may be loaded, as they stand"
        if all_terms
        else "The author’s heaviest terms, and why they may be so"
    )
    yield pen.write(title, "strong")
    for group in order:
        first = group[0]
        # A rule of form finds many a word; the lexicon's own forms differ by their endings only.
        texts = dict.fromkeys(wording.clip(wording.printable(term["text"]), 40) for term in group)
        marked = [_mark({**first, "text": text}) for text in list(texts)[:_N_FORMS]]
        places = dict.fromkeys(str(term["paragraph_index"]) for term in group)
        more = ", …" if len(places) > _N_TERMS else ""
        where = f"¶ {', '.join(list(places)[:_N_TERMS])}{more}"
        words = split_words([part for text, style in marked for part in ((text, style), (" ", ""))] + [(where, "")])
        for line in set_lines(words, width - 2):
            yield "  " + "".join(pen.write(text, style) for text, style in line)
        yield from wrap(f"{wording.term_note(first)}: {first['reason']}", width, 6)
    n_left = len(terms) - sum(map(len, order))
    if n_left:
        yield pen.write(f"  {wording.count(n_left, 'more term')}: --terms lists all", "faint")


def _repairs(repairs: Sequence[Row], width: int, pen: Style) -> Iterator[str]:
    yield ""
    yield pen.write("What was repaired, in the order of the text", "strong")
    for repair in repairs:
        yield from repair_lines(repair, width)


def repair_lines(repair: Mapping[str, Any], width: int) -> Iterator[str]:
    """What was changed, and why."""
    before, after = (wording.clip(_seen(repair[side]), width) for side in ("before", "after"))
    yield from wrap(f"{before} (told, left as it is)" if before == after else f"{before} → {after}", width, 2)
    sure = "" if repair["confidence"] == "certain" else ", inferred"
    yield from wrap(f"{repair['kind'].replace('_', ' ')}{sure}: {repair['reason']}", width, 6)


def _seen(text: str) -> str:
    """A text that is looked at for itself, so that even a space must be seen."""
    return wording.visible(text) if text.strip(" ") else f"({wording.count(len(text), 'space')})"
