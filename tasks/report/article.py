"""What the tables say of one document: everything that its page shows."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from math import floor
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import polars as pl

from tasks.report import charts, intervals, wording
from tasks.report.marked_text import cut, excerpt
from tasks.report.summary import AUTHOR_VOICES, LEXICON_LANGUAGE, MAX_GRADE, NEGATIVE, by_category
from tasks.schemas import READABILITY_NOTES, SCORED_CATEGORIES
from tasks.store import scan_table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from markupsafe import Markup

MAX_TEXT_BYTES = 900_000
"""So much of a document's marked text is shown on its page, estimated; the tables hold all of it."""
_PARAGRAPH_BYTES, _TERM_BYTES = 600, 900
MAX_TITLE = 400
_MAX_REPAIRS = 300
_N_SENTENCES = 8
_MAX_VERBS = 4
_MAX_SPEAKERS = 40
_MAX_BARS = 400
_MAX_DOTS = 600
_WORDS_AT_ONCE = 1_000_000
"""Of the documents whose rows are read together, unless a single one has more."""
_MAX_TERMS_OF_SENTENCE = 2_000
"""Of a crowded document: with more terms, a sentence that weighs much is known by its first ones."""
_MANY_TERMS = 20_000
"""With more terms a document is crowded: those alone that its page may show are looked at one by one."""

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
    "lexicon_count",
    "sentence_count",
    "syllable_count",
    "flesch_kincaid_grade",
    "readability_note",
    "vader_compound",
)
_SENTENCE = ["document_id", "paragraph_index", "sentence_index"]
_SCORED = pl.col("category").is_in(SCORED_CATEGORIES)
_SENTENCE_COLUMNS = ("document_id", "paragraph_index", "sentence_index", "start", "text", "n_words", "vader_compound")
_QUOTATION_COLUMNS = (
    "document_id",
    "paragraph_index",
    "start",
    "end",
    "kind",
    "speaker",
    "cue",
    "cue_grade",
    "n_words",
)

Row = dict[str, Any]


def read_articles(tables: Path, document_ids: Sequence[str]) -> Iterator[Row]:
    """What the page of each of these documents shows, in the order of the ids; ids that the tables lack are left out."""
    n_words = dict(scan_table("documents", tables).select("document_id", "n_words").collect().iter_rows())
    group: list[str] = []
    n_read = 0
    for document_id in document_ids:
        n_own = n_words.get(document_id, 0)
        if group and n_read + n_own > _WORDS_AT_ONCE:
            yield from _read_group(tables, group)
            group, n_read = [], 0
        group.append(document_id)
        n_read += n_own
    yield from _read_group(tables, group)


def _read_group(tables: Path, document_ids: Sequence[str]) -> Iterator[Row]:
    """As `read_articles`, all at once."""
    among = pl.col("document_id").is_in(pl.Series(document_ids, dtype=pl.String).implode())
    documents, paragraphs, sentences, terms, quotations, repairs = pl.collect_all(
        [
            scan_table("documents", tables).filter(among),
            scan_table("paragraphs", tables).filter(among).select(_PARAGRAPH_COLUMNS),
            scan_table("sentences", tables).filter(among).select(_SENTENCE_COLUMNS),
            scan_table("loaded_terms", tables).filter(among),  # as in all tables, in the order of the text
            scan_table("quotations", tables).filter(among).select(_QUOTATION_COLUMNS),
            scan_table("repairs", tables).filter(among),
        ]
    )
    grades, feelings = _grades_of(paragraphs), _sentiment_of(sentences)
    known = {row["document_id"]: row for row in documents.iter_rows(named=True)}
    of_paragraphs, counts = _by_document(paragraphs), _count_terms(terms)
    for document_id, count in counts.items():
        if count.by_paragraph.total() > _MANY_TERMS:
            terms = _thin_out(terms, document_id, _fitting(of_paragraphs[document_id], count))
    sentences = sentences.join(terms, on=_SENTENCE, how="semi", maintain_order="left")
    parts = [of_paragraphs, *map(_by_document, (sentences, terms, quotations, repairs))]
    for document_id in document_ids:
        if document_id in known:
            document = known[document_id]
            yield _article(
                document,
                _moved(grades.get(document_id), document["flesch_kincaid_grade"]),
                feelings.get(document_id, _moved(None, None)),
                counts[document_id],
                *(part.get(document_id, []) for part in parts),
            )


class _TermCounts(NamedTuple):
    """How many terms a document has."""

    by_paragraph: Counter[int]
    by_voice: Counter[tuple[str, str]]
    """By category and voice."""
    by_speaker: Counter[str | None]
    """The loaded ones in what somebody is quoted to say."""


def _count_terms(terms: pl.DataFrame) -> defaultdict[str, _TermCounts]:
    """The counts of each document."""
    counts: defaultdict[str, _TermCounts] = defaultdict(lambda: _TermCounts(Counter(), Counter(), Counter()))
    for document_id, paragraph, n in terms.group_by("document_id", "paragraph_index").len().iter_rows():
        counts[document_id].by_paragraph[paragraph] = n
    for document_id, category, voice, n in terms.group_by("document_id", "category", "voice").len().iter_rows():
        counts[document_id].by_voice[category, voice] = n
    quoted = terms.filter(_SCORED, pl.col("voice") == "quoted")
    for document_id, speaker, n in quoted.group_by("document_id", "speaker").len().iter_rows():
        counts[document_id].by_speaker[speaker] = n
    return counts


def _thin_out(terms: pl.DataFrame, document_id: str, fitting: list[Row]) -> pl.DataFrame:
    """The terms, but of a crowded document only those that stand in the text shown, the heaviest, and those of the
    sentences whose terms weigh most: a text of a hundred megabytes may hold millions, each of them a kilobyte here.
    """
    limits = {row["paragraph_index"]: len(row["text"]) for row in fitting}
    places = terms.select(
        *_SENTENCE, "end", "weight", is_scored=_SCORED, by_author=pl.col("voice").is_in(AUTHOR_VOICES)
    )
    own = places.with_row_index("row").filter(pl.col("document_id") == document_id)
    shown = own.filter(pl.col("end") <= pl.col("paragraph_index").replace_strict(limits, default=0))
    heaviest = own.filter("is_scored").sort("weight", descending=True, maintain_order=True).head(_MAX_DOTS)
    sentences = (
        own.filter("is_scored", "by_author")
        .group_by(_SENTENCE)
        .agg(pl.col("weight").sum().round(6))
        .sort("weight", *_SENTENCE, descending=[True, False, False, False])
        .head(8 * _N_SENTENCES)  # more than are shown: rounding may have changed their order
    )
    within = own.join(sentences, on=_SENTENCE, how="semi")
    first = within.filter(pl.int_range(pl.len()).over(_SENTENCE) < _MAX_TERMS_OF_SENTENCE)
    kept = pl.concat([shown["row"], heaviest["row"], first["row"]])
    is_left_out = np.zeros(len(terms), bool)
    is_left_out[own["row"]] = True
    is_left_out[kept] = False
    return terms.filter(~pl.Series(is_left_out))


def _by_document(frame: pl.DataFrame) -> dict[str, list[Row]]:
    rows: dict[str, list[Row]] = defaultdict(list)
    for row in frame.iter_rows(named=True):
        rows[row["document_id"]].append(row)
    return rows


def _grades_of(paragraphs: pl.DataFrame) -> dict[str, Row]:
    """The grade of each document's body, with the interval that its paragraphs give it."""
    body = paragraphs.filter(
        pl.col("kind") == "body", pl.col("duplicate_of").is_null(), pl.col("flesch_kincaid_grade").is_not_null()
    )
    counts = (pl.col(name) for name in ("lexicon_count", "sentence_count", "syllable_count"))
    return dict(body.group_by("document_id").agg(e=intervals.flesch_kincaid_grade(*counts).struct()).iter_rows())


def _sentiment_of(sentences: pl.DataFrame) -> dict[str, Row]:
    """The mean sentiment of each document, with the interval that its sentences give it."""
    scored = sentences.filter(pl.col("vader_compound").is_not_null())
    mean = intervals.ratio(pl.col("vader_compound") * pl.col("n_words"), pl.col("n_words"))
    return dict(scored.group_by("document_id").agg(e=mean.struct(lowest=-1)).iter_rows())


def _moved(estimate: Mapping[str, Any] | None, value: float | None) -> Row:
    """The estimate with its interval around `value`: joined paragraphs count a sentence more or less than apart."""
    if estimate is None or value is None or estimate["low"] is None:
        return {"value": value, "low": None, "high": None}
    shift = value - estimate["value"]
    return {"value": value, "low": estimate["low"] + shift, "high": estimate["high"] + shift}


def _article(
    document: Row,
    grade: Row,
    sentiment: Row,
    counts: _TermCounts,
    paragraphs: list[Row],
    sentences: list[Row],
    terms: list[Row],
    quotations: list[Row],
    repairs: list[Row],
) -> Row:
    fitting = _fitting(paragraphs, counts)
    shown = {row["paragraph_index"]: len(row["text"]) for row in fitting}
    for term in terms:
        term["note"] = wording.term_note(term)
    scored = [term for term in terms if term["category"] in SCORED_CATEGORIES]
    visible = [term for term in terms if term["end"] <= shown.get(term["paragraph_index"], 0)]
    listed = [term for term in visible if term["category"] in SCORED_CATEGORIES]
    for number, term in enumerate(listed, start=1):
        term["number"] = number
    placed = _placed(repairs[:_MAX_REPAIRS], paragraphs)
    headlines = [row["text"] for row in paragraphs if row["kind"] == "headline"]
    beginning = next(iter(headlines or [row["text"] for row in paragraphs]), None)
    marked = _marked(fitting, visible, quotations, placed)
    compounds = [row["vader_compound"] for row in paragraphs if row["vader_compound"] is not None]
    notes = Counter(row["readability_note"] for row in paragraphs)
    measured = document["loaded_score"] is not None and document["language"] in {None, LEXICON_LANGUAGE}
    rates = ("loaded_per_1000_words_author", "loaded_per_1000_words_quoted")
    return {
        **document,
        **{name: document[name] if measured else None for name in rates},
        "is_measured": measured,
        "name": wording.document_name(
            document, beginning, MAX_TITLE if headlines or document["title"] else wording.MAX_NAME
        ),
        "place": wording.place(document),
        "published": wording.day(document["published_at"]),
        "finding": wording.article_finding(document, is_measured=measured),
        "grade": grade,
        "sentiment": sentiment,
        "n_scored": len(compounds),
        "n_negative": sum(compound <= NEGATIVE for compound in compounds),
        "strip": _strip(paragraphs, scored),
        "categories": by_category(counts.by_voice),
        "grades": _grades(paragraphs),
        "sentences": _loaded_sentences(sentences, scored),
        "speakers": _speakers(quotations, counts),
        "paragraphs": marked,
        "shows_repairs": any(piece.repaired is not None for row in marked for piece in row["pieces"]),
        "shown": shown,
        "n_hidden": sum(len(row["text"]) for row in paragraphs) - sum(shown.values()),
        "terms": listed,
        "repairs": placed,
        "notes": [{"value": note, "n": notes[note]} for note in READABILITY_NOTES if note != "ok" and notes[note]],
        "n_repeats": sum(row["duplicate_of"] is not None for row in paragraphs),
    }


def _fitting(paragraphs: list[Row], counts: _TermCounts) -> list[Row]:
    """The paragraphs that fit on a page, the last one perhaps in part."""
    left = MAX_TEXT_BYTES
    fitting: list[Row] = []
    for row in paragraphs:
        marks = _PARAGRAPH_BYTES + _TERM_BYTES * counts.by_paragraph[row["paragraph_index"]]
        size = len(row["text"].encode()) + marks
        if size > left:
            # Terms are spread over the text about evenly, so a share of it takes the same share of the marks.
            shown = int(len(row["text"]) * left / size)
            return [*fitting, row | {"text": row["text"][:shown]}] if shown > 200 else fitting
        fitting.append(row)
        left -= size
    return fitting


def _marked(paragraphs: list[Row], terms: list[Row], quotations: list[Row], repairs: list[Row]) -> list[Row]:
    """The paragraphs with their text in pieces."""
    marks, quoted, repaired = (_by_paragraph(rows) for rows in (terms, quotations, repairs))
    return [
        row
        | {
            "pieces": cut(
                row["text"],
                marks[row["paragraph_index"]],
                quoted[row["paragraph_index"]],
                _within(row, repaired[row["paragraph_index"]]),
            )
        }
        for row in paragraphs
    ]


def _within(paragraph: Row, repairs: list[Row]) -> list[Row]:
    """The repairs that left something in the paragraph that can be marked, by their place in it."""
    moved = [
        repair | {"start": repair["start"] - paragraph["start"], "end": repair["end"] - paragraph["start"]}
        for repair in repairs
        if repair["before"] != repair["after"]
    ]
    # Where lines were joined, places in the document are not those in the paragraph: what stands there decides.
    return [row for row in moved if row["after"] and paragraph["text"][row["start"] : row["end"]] == row["after"]]


def _by_paragraph(rows: list[Row]) -> defaultdict[int, list[Row]]:
    grouped: defaultdict[int, list[Row]] = defaultdict(list)
    for row in rows:
        grouped[row["paragraph_index"]].append(row)
    return grouped


def _grades(paragraphs: list[Row]) -> list[Row]:
    """How many body paragraphs have each grade from 0 to `MAX_GRADE` and more."""
    found = Counter(
        (row["readability_note"] == "ok", min(max(floor(row["flesch_kincaid_grade"]), 0), MAX_GRADE))
        for row in paragraphs
        if row["kind"] == "body" and row["duplicate_of"] is None and row["flesch_kincaid_grade"] is not None
    )
    return [
        {"grade": grade, "n": found[True, grade], "n_unreliable": found[False, grade]} for grade in range(MAX_GRADE + 1)
    ]


def _strip(paragraphs: list[Row], scored: list[Row]) -> Markup:
    """Sentiment along the whole text; in very long ones, neighbouring paragraphs share a bar."""
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
        label = f"{place}: sentiment {wording.number(compound, 2)}"
        bars.append(charts.Bar(start / total, (end - start) / total, compound, label))
    heaviest = sorted(scored, key=lambda term: -term["weight"])[:_MAX_DOTS]
    dots = [
        charts.Dot(
            (begins[term["paragraph_index"]] + term["start"]) / total,
            term["voice"],
            f"#t{term['number']}" if "number" in term else "#text",
            f"{wording.printable(term['text'])}: {term['note']}",
        )
        for term in sorted(heaviest, key=lambda term: (term["paragraph_index"], term["start"]))
    ]
    return charts.sentiment_strip(bars, dots)


def _loaded_sentences(sentences: list[Row], scored: list[Row]) -> list[Row]:
    """The sentences whose author's terms weigh most, with these terms in them."""
    own: dict[tuple[int, int], list[Row]] = defaultdict(list)
    for term in scored:
        if term["voice"] in AUTHOR_VOICES:
            own[term["paragraph_index"], term["sentence_index"]].append(term)
    weights = {place: sum(term["weight"] for term in found) for place, found in own.items()}
    texts = {(row["paragraph_index"], row["sentence_index"]): row for row in sentences}
    heaviest = sorted(weights.keys() & texts.keys(), key=lambda place: (-weights[place], place))[:_N_SENTENCES]
    result = []
    for place in heaviest:
        offset = texts[place]["start"]
        marks = [term | {"start": term["start"] - offset, "end": term["end"] - offset} for term in own[place]]
        text, within = excerpt(texts[place]["text"], marks)
        result.append({**texts[place], "text": text, "terms": within})
    return result


def _speakers(quotations: list[Row], counts: _TermCounts) -> list[Row]:
    """Who is quoted, those with the most words first; what no one is named for comes last, as speaker None.

    `verbs` counts what the author introduces the speaker's words by, as (verb, grade).
    """
    by_speaker: defaultdict[str | None, list[Row]] = defaultdict(list)
    for quotation in quotations:
        if quotation["kind"] == "speech":
            by_speaker[quotation["speaker"]].append(quotation)
    rows = [
        {
            "speaker": speaker,
            "n_quotations": len(spoken),
            "n_words": sum(quotation["n_words"] for quotation in spoken),
            "n_loaded": counts.by_speaker[speaker],
            "verbs": Counter((row["cue"], row["cue_grade"]) for row in spoken if row["cue"]).most_common(_MAX_VERBS),
            "paragraph_index": spoken[0]["paragraph_index"],
        }
        for speaker, spoken in by_speaker.items()
    ]
    return sorted(rows, key=lambda row: (row["speaker"] is None, -row["n_words"]))[:_MAX_SPEAKERS]


def _placed(repairs: list[Row], paragraphs: list[Row]) -> list[Row]:
    """The repairs, each with the paragraph that it lies in, None before the first."""
    starts = [row["start"] for row in paragraphs]
    places = [bisect_right(starts, repair["start"]) - 1 for repair in repairs]
    return [
        repair | {"paragraph_index": paragraphs[place]["paragraph_index"] if place >= 0 else None}
        for repair, place in zip(repairs, places, strict=True)
    ]
