"""What the page of one document shows, read from the tables.

Memory stays bounded: documents are read in groups, and of a document with very many terms only those are turned into rows
that its page may show.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from math import floor
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import polars as pl

from tasks.report import charts, intervals, phrasing, speakers
from tasks.report.corpus import LEXICON_LANGUAGE, MAX_GRADE, NEGATIVE
from tasks.report.loaded_terms import IN_AUTHORS_VOICE, VOICE, by_category, scan_terms
from tasks.report.marked_text import cut, excerpt
from tasks.schemas import READABILITY_NOTES, RELIABLE_NOTES, SCORED_CATEGORIES
from tasks.store import scan_table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from markupsafe import Markup

    Scan = Callable[[str], pl.LazyFrame]

MAX_TEXT_BYTES = 900_000
"""Estimated size of the marked text that a page shows; the tables hold all of the text."""
_PARAGRAPH_BYTES, _TERM_BYTES = 600, 900
"""Estimated size of the markup of a paragraph and of a term."""
MAX_TITLE = 400
_MAX_REPAIRS = 300
_MAX_SENTENCES = 8
_MAX_SPEAKERS = 40
_MAX_BARS = 400
_MAX_DOTS = 600
_MAX_GROUP_WORDS = 1_000_000
"""Words of the documents whose rows are read together, unless a single document has more."""
_MAX_SENTENCE_TERMS = 2_000
"""Of a document whose terms are limited; more terms of a sentence are not read."""
_MAX_TERMS = 20_000
"""If a document has more terms, only those are read that its page may show."""

_PARAGRAPH_COLUMNS = (
    "document_id",
    "paragraph_index",
    "kind",
    "duplicate_of",
    "language",
    "text",
    "start",
    "n_chars",
    "n_words",
    "word_count_published",
    "sentence_count_published",
    "syllable_count_published",
    "flesch_kincaid_grade_published",
    "readability_note",
    "vader_compound",
)
_SENTENCE_KEY = ["document_id", "paragraph_index", "sentence_index"]
_SCORED = pl.col("category").is_in(SCORED_CATEGORIES)
_SENTENCE_COLUMNS = ("document_id", "paragraph_index", "sentence_index", "start", "text", "n_words", "vader_compound")
_QUOTATION_COLUMNS = (
    "document_id",
    "paragraph_index",
    "start",
    "end",
    "kind",
)

Row = dict[str, Any]


def read_articles(tables: Path, document_ids: Sequence[str]) -> Iterator[Row]:
    """What the page of each of these documents shows, in the order of the ids; ids without a document are left out.

    Beside the document's own columns there is what templates/document.html names. Errors as `tasks.store.scan_table`.
    """
    return articles_of(lambda name: scan_table(name, tables), document_ids)


def articles_of(scan: Scan, document_ids: Sequence[str]) -> Iterator[Row]:
    """As `read_articles`, from the rows that `scan` gives for the name of a table, which may be a part of it."""
    n_words = dict(scan("documents").select("document_id", "n_words").collect().iter_rows())
    group: list[str] = []
    n_read = 0
    for document_id in document_ids:
        n_document = n_words.get(document_id, 0)
        if group and n_read + n_document > _MAX_GROUP_WORDS:
            yield from _read_group(scan, group)
            group, n_read = [], 0
        group.append(document_id)
        n_read += n_document
    yield from _read_group(scan, group)


def _read_group(scan: Scan, document_ids: Sequence[str]) -> Iterator[Row]:
    """As `read_articles`, all at once."""
    is_in_group = pl.col("document_id").is_in(pl.Series(document_ids, dtype=pl.String).implode())
    documents, paragraphs, sentences, terms, quotations, attributions, repairs = pl.collect_all(
        [
            scan("documents").filter(is_in_group),
            scan("paragraphs").filter(is_in_group).select(_PARAGRAPH_COLUMNS),
            scan("sentences").filter(is_in_group).select(_SENTENCE_COLUMNS),
            scan_terms(scan).filter(is_in_group).sort(*_SENTENCE_KEY[:2], "start"),
            scan("quotations").filter(is_in_group).select(_QUOTATION_COLUMNS),
            scan("attributions").filter(is_in_group).select(speakers.COLUMNS),
            scan("repairs").filter(is_in_group),
        ]
    )
    grades, sentiments = _grades_of(paragraphs), _sentiment_of(sentences)
    known = {row["document_id"]: row for row in documents.iter_rows(named=True)}
    of_paragraphs, counts = _by_document(paragraphs), _count_terms(terms)
    for document_id, count in counts.items():
        if count.by_paragraph.total() > _MAX_TERMS:
            terms = _limit_terms(terms, document_id, _fit_paragraphs(of_paragraphs[document_id], count))
    sentences = sentences.join(terms, on=_SENTENCE_KEY, how="semi", maintain_order="left")
    parts = [of_paragraphs, *map(_by_document, (sentences, terms, quotations, repairs))]
    said = attributions.partition_by("document_id", as_dict=True)
    for document_id in document_ids:
        if document_id in known:
            document = known[document_id]
            yield _article(
                document,
                _centered(grades.get(document_id), document["flesch_kincaid_grade_published"]),
                sentiments.get(document_id, _centered(None, None)),
                counts[document_id],
                said.get((document_id,), attributions.clear()),
                *(part.get(document_id, []) for part in parts),
            )


class _TermCounts(NamedTuple):
    """How many terms a document has."""

    by_paragraph: Counter[int]
    by_voice: Counter[tuple[str, str]]
    """By category and voice."""


def _count_terms(terms: pl.DataFrame) -> defaultdict[str, _TermCounts]:
    """The counts of each document."""
    counts: defaultdict[str, _TermCounts] = defaultdict(lambda: _TermCounts(Counter(), Counter()))
    for document_id, paragraph, n in terms.group_by("document_id", "paragraph_index").len().iter_rows():
        counts[document_id].by_paragraph[paragraph] = n
    for document_id, category, voice, n in terms.group_by("document_id", "category", VOICE).len().iter_rows():
        counts[document_id].by_voice[category, voice] = n
    return counts


def _limit_terms(terms: pl.DataFrame, document_id: str, fitting: list[Row]) -> pl.DataFrame:
    """`terms`, but of this document only those that its page may show: those in the text shown, those with the highest
    weights, and those of the most loaded sentences. A text of a hundred megabytes may have millions, each a kilobyte here.
    """
    limits = {row["paragraph_index"]: len(row["text"]) for row in fitting}
    places = terms.select(*_SENTENCE_KEY, "end", "weight", is_scored=_SCORED, by_author=IN_AUTHORS_VOICE)
    own = places.with_row_index("row").filter(pl.col("document_id") == document_id)
    shown = own.filter(pl.col("end") <= pl.col("paragraph_index").replace_strict(limits, default=0))
    heaviest = own.filter("is_scored").sort("weight", descending=True, maintain_order=True).head(_MAX_DOTS)
    sentences = (
        own.filter("is_scored", "by_author")
        .group_by(_SENTENCE_KEY)
        .agg(pl.col("weight").sum().round(6))
        .sort("weight", *_SENTENCE_KEY, descending=[True, False, False, False])
        .head(8 * _MAX_SENTENCES)  # more than are shown: rounding may have changed their order
    )
    of_sentences = own.join(sentences, on=_SENTENCE_KEY, how="semi")
    first = of_sentences.filter(pl.int_range(pl.len()).over(_SENTENCE_KEY) < _MAX_SENTENCE_TERMS)
    kept = pl.concat([shown["row"], heaviest["row"], first["row"]])
    is_kept = np.ones(len(terms), bool)
    is_kept[own["row"]] = False
    is_kept[kept] = True
    return terms.filter(pl.Series(is_kept))


def _by_document(frame: pl.DataFrame) -> dict[str, list[Row]]:
    rows: dict[str, list[Row]] = defaultdict(list)
    for row in frame.iter_rows(named=True):
        rows[row["document_id"]].append(row)
    return rows


def _grades_of(paragraphs: pl.DataFrame) -> dict[str, Row]:
    """The grade of each document's body text, with a confidence interval; the paragraph is the unit."""
    body = paragraphs.filter(
        pl.col("kind") == "body",
        pl.col("duplicate_of").is_null(),
        pl.col("flesch_kincaid_grade_published").is_not_null(),
    )
    counts = (pl.col(name) for name in ("word_count_published", "sentence_count_published", "syllable_count_published"))
    return dict(body.group_by("document_id").agg(estimate=intervals.flesch_kincaid_grade(*counts).struct()).iter_rows())


def _sentiment_of(sentences: pl.DataFrame) -> dict[str, Row]:
    """The mean sentiment of each document, with a confidence interval; the sentence is the unit."""
    scored = sentences.filter(pl.col("vader_compound").is_not_null())
    mean = intervals.ratio(pl.col("vader_compound") * pl.col("n_words"), pl.col("n_words"))
    return dict(scored.group_by("document_id").agg(estimate=mean.struct(lowest=-1)).iter_rows())


def _centered(estimate: Mapping[str, Any] | None, value: float | None) -> Row:
    """`value` with the interval of the estimate moved to it: the whole text may count a few sentences more or fewer."""
    if estimate is None or value is None or estimate["low"] is None:
        return {"value": value, "low": None, "high": None}
    shift = value - estimate["value"]
    return {"value": value, "low": estimate["low"] + shift, "high": estimate["high"] + shift}


def _article(
    document: Row,
    grade: Row,
    sentiment: Row,
    counts: _TermCounts,
    attributions: pl.DataFrame,
    paragraphs: list[Row],
    sentences: list[Row],
    terms: list[Row],
    quotations: list[Row],
    repairs: list[Row],
) -> Row:
    """Everything that a page shows of a document, from its rows."""
    fitting = _fit_paragraphs(paragraphs, counts)
    shown = {row["paragraph_index"]: len(row["text"]) for row in fitting}
    scored, visible, listed = _annotate(terms, shown)
    located = _with_paragraphs(repairs[:_MAX_REPAIRS], paragraphs)
    marked = _mark(fitting, visible, quotations, located)
    compounds = [row["vader_compound"] for row in paragraphs if row["vader_compound"] is not None]
    notes = Counter(row["readability_note"] for row in paragraphs)
    return {
        **_facts(document, paragraphs),
        "grade": grade,
        "sentiment": sentiment,
        "n_scored": len(compounds),
        "n_negative": sum(compound <= NEGATIVE for compound in compounds),
        "strip": _sentiment_strip(paragraphs, scored),
        "categories": by_category(counts.by_voice),
        "grades": _grades(paragraphs),
        "sentences": _loaded_sentences(sentences, scored),
        "speakers": speakers.list_speakers(attributions.lazy(), _MAX_SPEAKERS),
        "paragraphs": marked,
        "shows_repairs": any(piece.repaired is not None for row in marked for piece in row["pieces"]),
        "shown": shown,
        "n_hidden": sum(len(row["text"]) for row in paragraphs) - sum(shown.values()),
        "terms": listed,
        "repairs": located,
        "notes": [{"value": note, "n": notes[note]} for note in READABILITY_NOTES if note != "ok" and notes[note]],
        "n_repeats": sum(row["duplicate_of"] is not None for row in paragraphs),
    }


def _annotate(terms: list[Row], shown: Mapping[int, int]) -> tuple[list[Row], list[Row], list[Row]]:
    """The scored terms, those in the text shown, and those that are both.

    Each term gets its `note`, those that are both also a `number`, from 1. `shown` has the shown length of each paragraph.
    """
    for term in terms:
        term["note"] = phrasing.term_note(term)
    scored = [term for term in terms if term["category"] in SCORED_CATEGORIES]
    visible = [term for term in terms if term["end"] <= shown.get(term["paragraph_index"], 0)]
    listed = [term for term in visible if term["category"] in SCORED_CATEGORIES]
    for number, term in enumerate(listed, start=1):
        term["number"] = number
    return scored, visible, listed


def _facts(document: Row, paragraphs: list[Row]) -> Row:
    """The row of a document, without rates if it was not measured, with its name, place, date and main finding."""
    headlines = [row["text"] for row in paragraphs if row["kind"] == "headline"]
    beginning = next(iter(headlines or [row["text"] for row in paragraphs]), None)
    max_name = MAX_TITLE if headlines or document["title"] else phrasing.MAX_NAME
    is_measured = document["loaded_score"] is not None and document["language"] in {None, LEXICON_LANGUAGE}
    rates = ("loaded_per_1000_words_author", "loaded_per_1000_words_quoted")
    return {
        **document,
        **{name: document[name] if is_measured else None for name in rates},
        "is_measured": is_measured,
        "name": phrasing.document_name(document, beginning, max_name),
        "place": phrasing.place(document),
        "published": phrasing.day(document["published_at"]),
        "finding": phrasing.article_finding(document, is_measured=is_measured),
    }


def _fit_paragraphs(paragraphs: list[Row], counts: _TermCounts) -> list[Row]:
    """The first paragraphs, as many as fit on a page; the last one may be cut."""
    available = MAX_TEXT_BYTES
    fitting: list[Row] = []
    for row in paragraphs:
        marks = _PARAGRAPH_BYTES + _TERM_BYTES * counts.by_paragraph[row["paragraph_index"]]
        size = len(row["text"].encode()) + marks
        if size > available:
            # Terms are spread over the text about evenly, so a share of the text needs that share of the markup.
            shown = int(len(row["text"]) * available / size)
            return [*fitting, row | {"text": row["text"][:shown]}] if shown > 200 else fitting
        fitting.append(row)
        available -= size
    return fitting


def _mark(paragraphs: list[Row], terms: list[Row], quotations: list[Row], repairs: list[Row]) -> list[Row]:
    """The paragraphs, each with its text cut into pieces; see `marked_text.cut`."""
    marks, quoted, repaired = (_by_paragraph(rows) for rows in (terms, quotations, repairs))
    return [
        row
        | {
            "pieces": cut(
                row["text"],
                marks[row["paragraph_index"]],
                quoted[row["paragraph_index"]],
                _repairs_in(row, repaired[row["paragraph_index"]]),
            )
        }
        for row in paragraphs
    ]


def _repairs_in(paragraph: Row, repairs: list[Row]) -> list[Row]:
    """The repairs whose result is in the paragraph and can be marked, with offsets from its beginning."""
    moved = [
        repair | {"start": repair["start"] - paragraph["start"], "end": repair["end"] - paragraph["start"]}
        for repair in repairs
        if repair["before"] != repair["after"]
    ]
    # Where lines were joined, offsets in the document do not fit the paragraph: only what matches its text is marked.
    return [row for row in moved if row["after"] and paragraph["text"][row["start"] : row["end"]] == row["after"]]


def _by_paragraph(rows: list[Row]) -> defaultdict[int, list[Row]]:
    grouped: defaultdict[int, list[Row]] = defaultdict(list)
    for row in rows:
        grouped[row["paragraph_index"]].append(row)
    return grouped


def _grades(paragraphs: list[Row]) -> list[Row]:
    """How many body paragraphs have each grade from 0 to `MAX_GRADE` and more."""
    found = Counter(
        (
            row["readability_note"] in RELIABLE_NOTES,
            min(max(floor(row["flesch_kincaid_grade_published"]), 0), MAX_GRADE),
        )
        for row in paragraphs
        if row["kind"] == "body" and row["duplicate_of"] is None and row["flesch_kincaid_grade_published"] is not None
    )
    return [
        {"grade": grade, "n": found[True, grade], "n_unreliable": found[False, grade]} for grade in range(MAX_GRADE + 1)
    ]


def _sentiment_strip(paragraphs: list[Row], scored: list[Row]) -> Markup:
    """Sentiment along the text; in very long texts, neighbouring paragraphs share a bar."""
    ends: list[int] = []
    begins: dict[int, int] = {}
    for row in paragraphs:
        begins[row["paragraph_index"]] = ends[-1] if ends else 0
        ends.append(begins[row["paragraph_index"]] + max(1, row["n_chars"]))
    total = ends[-1] if ends else 1
    step = -(-len(paragraphs) // _MAX_BARS) or 1
    bars = []
    for first in range(0, len(paragraphs), step):
        group = paragraphs[first : first + step]
        known = [row for row in group if row["vader_compound"] is not None]
        n_words = sum(row["n_words"] for row in known)
        compound = sum(row["vader_compound"] * row["n_words"] for row in known) / n_words if n_words else None
        start, end = begins[group[0]["paragraph_index"]], ends[first + len(group) - 1]
        place = f"paragraph {first + 1}" if len(group) == 1 else f"paragraphs {first + 1} to {first + len(group)}"
        label = f"{place}: sentiment {phrasing.number(compound, 2)}"
        bars.append(charts.Bar(start / total, (end - start) / total, compound, label))
    heaviest = sorted(scored, key=lambda term: -term["weight"])[:_MAX_DOTS]
    dots = [
        charts.Dot(
            (begins[term["paragraph_index"]] + term["start"]) / total,
            term["voice"],
            f"#t{term['number']}" if "number" in term else "#text",
            f"{phrasing.printable(term['text'])}: {term['note']}",
        )
        for term in sorted(heaviest, key=lambda term: (term["paragraph_index"], term["start"]))
    ]
    return charts.sentiment_strip(bars, dots)


def _loaded_sentences(sentences: list[Row], scored: list[Row]) -> list[Row]:
    """The sentences with the highest sum of weights of the author's terms, with these terms."""
    own: dict[tuple[int, int], list[Row]] = defaultdict(list)
    for term in scored:
        if term["voice"] != "quoted" and term["attribution"] == "none":
            own[term["paragraph_index"], term["sentence_index"]].append(term)
    weights = {place: sum(term["weight"] for term in found) for place, found in own.items()}
    texts = {(row["paragraph_index"], row["sentence_index"]): row for row in sentences}
    heaviest = sorted(weights.keys() & texts.keys(), key=lambda place: (-weights[place], place))[:_MAX_SENTENCES]
    result = []
    for place in heaviest:
        offset = texts[place]["start"]
        marks = [term | {"start": term["start"] - offset, "end": term["end"] - offset} for term in own[place]]
        text, shown = excerpt(texts[place]["text"], marks)
        result.append({**texts[place], "text": text, "terms": shown})
    return result


def _with_paragraphs(repairs: list[Row], paragraphs: list[Row]) -> list[Row]:
    """The repairs, each with its `paragraph_index`, None before the first paragraph."""
    starts = [row["start"] for row in paragraphs]
    places = [bisect_right(starts, repair["start"]) - 1 for repair in repairs]
    return [
        repair | {"paragraph_index": paragraphs[place]["paragraph_index"] if place >= 0 else None}
        for repair, place in zip(repairs, places, strict=True)
    ]
