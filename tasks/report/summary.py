"""What the tables say of a whole corpus: the figures that the index, summary.md and summary.json share.

A document that repeats another is counted once. Figures that compare carry a 95 % interval with the document as unit.
All lists are bounded, so that the summary of 100,000 documents is no longer than that of 200.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import polars as pl

from tasks.errors import NOT_FAILED, StoreError
from tasks.report import intervals, wording
from tasks.report.marked_text import EXCERPT, excerpt
from tasks.schemas import CATEGORIES, KINDS, READABILITY_NOTES, SCORED_CATEGORIES, TERM_VOICES
from tasks.store import scan_table

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

MAX_PAGES = 200
"""So many documents are listed and have a page; with more, those at the top of a list."""
MAX_GRADE = 20
LEXICON_LANGUAGE = "en"
"""The language that terms are looked for in; a text too short to tell its language is taken for it."""
NEGATIVE, POSITIVE = -0.05, 0.05
"""Where VADER's authors draw the line between negative, neutral and positive (Hutto and Gilbert 2014)."""
_LIST_LENGTHS = {"most_loaded": 50, "most_negative": 25, "hardest": 25, "most_repaired": 20}
_N_SENTENCES = 25
_N_TERMS = 25
_N_CONTEXTS = 2
_N_SOURCES = 25
_N_FAILURES = 50
_N_RUNS = 10
_CONTEXT_CHARS = 70
_BEGINNING_CHARS = 10_000
"""Of these a name is made, of what is left of them in one line."""
_MESSAGE_CHARS = 1_000
_RUN_COLUMNS = (
    "run_id",
    "started_at",
    "n_documents",
    "n_new",
    "n_unchanged",
    "n_failed",
    "n_skipped",
    "n_words",
    "seconds",
)
_DESCRIPTION = (
    "document_id",
    "source_uri",
    "record",
    "source",
    "language",
    "duplicate_of",
    "n_words",
    "n_repairs",
    "quoted_word_ratio",
    "flesch_kincaid_grade",
    "vader_compound_mean",
    "n_loaded_author",
    "n_loaded_quoted",
    "loaded_per_1000_words_author",
)
_MIN_STEPS, _MAX_STEPS = 3, 60
"""A timeline of fewer steps shows no course, one of more is a thicket."""

AUTHOR_VOICES = ("author", "scare_quoted")
_IN_AUTHORS_VOICE = pl.col("voice").is_in(AUTHOR_VOICES)
_SCORED = pl.col("category").is_in(SCORED_CATEGORIES)
_KEY = ["document_id", "paragraph_index"]


def summarize(tables: Path, run_id: str | None = None) -> dict[str, Any]:
    """The figures of the tables below `tables` as plain data; `headline` is the first finding in plain words, and
    `evidence` how far chance may carry it.

    `run_id` is the run to report, the latest one if not given. Raises StoreError if the tables do not hold it.
    """
    run, *runs = read_runs(tables, run_id)
    documents = _documents(tables)
    distinct = documents.filter(pl.col("duplicate_of").is_null())
    copies = documents.filter(pl.col("duplicate_of").is_not_null())["document_id"]
    paragraphs = scan_table("paragraphs", tables).filter(~pl.col("document_id").is_in(copies.implode()))
    terms = scan_table("loaded_terms", tables).filter(~pl.col("document_id").is_in(copies.implode()))
    sentences, frequent = _loaded_sentences(tables, terms), _frequent_terms(tables, terms)
    listed, lists = _listed(distinct, documents, sentences, frequent)
    summary = {
        "run": run,
        "corpus": _corpus(documents, distinct),
        "figures": distinct.select(**_estimates()).row(0, named=True),
        "paragraphs": _paragraphs(paragraphs),
        "loaded": by_category(_voices(terms)),
        "sources": _sources(distinct),
        "timeline": _timeline(distinct),
        "lists": lists,
        "documents": _described(tables, documents, listed),
        "sentences": sentences,
        "terms": frequent,
        "repairs": _repairs(tables),
        "failures": _failures(tables),
        "runs": [{name: row[name] for name in _RUN_COLUMNS} for row in runs],
    }
    return {"headline": wording.headline(summary), "evidence": wording.evidence(summary), **_rounded(summary)}


def read_runs(tables: Path, run_id: str | None = None) -> list[dict[str, Any]]:
    """The run to report (the latest one, or `run_id`), and after it the latest ones in order, itself among them.

    Raises StoreError if the tables do not hold it.
    """
    frame = scan_table("runs", tables).sort("sequence", descending=True).collect()
    chosen = frame.head(1) if run_id is None else frame.filter(pl.col("run_id") == run_id)
    if chosen.is_empty():
        raise StoreError(f"{tables / 'runs'} holds no run {run_id or ''}; `overtones run --out {tables}` makes one")
    return [
        {
            **row,
            "started_at": wording.moment(row["started_at"]),
            "ended_at": wording.moment(row["ended_at"]),
            "versions": json.loads(row["versions"]),
            "configuration": json.loads(row["configuration"]),
        }
        for row in pl.concat([chosen, frame.head(_N_RUNS)]).iter_rows(named=True)
    ]


def _documents(tables: Path) -> pl.DataFrame:
    """The documents with what is measured of each; what was not measured of one is null throughout."""
    measured = pl.col("loaded_score").is_not_null() & (
        pl.col("language").fill_null(LEXICON_LANGUAGE) == LEXICON_LANGUAGE
    )
    author_words = pl.col("n_words") * (1 - pl.col("quoted_word_ratio").fill_null(0))
    scored = pl.col("vader_compound_mean").is_not_null()
    graded = pl.col("flesch_kincaid_grade").is_not_null()
    return (
        scan_table("documents", tables)
        .with_columns(
            author_words=pl.when(measured).then(author_words),
            loaded_per_1000_words_author=pl.when(measured).then(pl.col("loaded_per_1000_words_author")),
            quoted_words=pl.when(measured).then(pl.col("n_words") - author_words),
            author_terms=pl.when(measured).then(pl.col("n_loaded_author")),
            quoted_terms=pl.when(measured).then(pl.col("n_loaded_quoted")),
            scored_words=pl.when(scored).then(pl.col("n_words")),
            sentiment_sum=pl.col("vader_compound_mean") * pl.col("n_words"),
            graded_words=pl.when(graded).then(pl.col("lexicon_count")),
            graded_sentences=pl.when(graded).then(pl.col("sentence_count")),
            graded_syllables=pl.when(graded).then(pl.col("syllable_count")),
        )
        .select(
            *_DESCRIPTION,
            "title",
            "published_at",
            "n_paragraphs",
            "n_body_paragraphs",
            "n_sentences",
            "loaded_per_1000_words_quoted",
            "loaded_score",
            "author_words",
            "quoted_words",
            "author_terms",
            "quoted_terms",
            "scored_words",
            "sentiment_sum",
            "graded_words",
            "graded_sentences",
            "graded_syllables",
        )
        .collect()
    )


def _estimates() -> dict[str, pl.Expr]:
    """What corpora, sources and months are compared by."""
    column = pl.col
    rate = intervals.ratio(column("author_terms"), column("author_words"), per=1000)
    quoted = intervals.ratio(column("quoted_terms"), column("quoted_words"), per=1000)
    share = intervals.ratio(column("quoted_words"), column("author_words") + column("quoted_words"))
    sentiment = intervals.ratio(column("sentiment_sum"), column("scored_words"))
    grade = intervals.flesch_kincaid_grade(
        column("graded_words"), column("graded_sentences"), column("graded_syllables")
    )
    return {
        "loaded_per_1000_words_author": rate.struct(lowest=0),
        "loaded_per_1000_words_quoted": quoted.struct(lowest=0),
        "quoted_word_ratio": share.struct(lowest=0),
        "vader_compound_mean": sentiment.struct(lowest=-1),
        "flesch_kincaid_grade": grade.struct(),
    }


def _corpus(documents: pl.DataFrame, distinct: pl.DataFrame) -> dict[str, Any]:
    languages = distinct.group_by("language").len().sort("len", "language", descending=[True, False], nulls_last=True)
    first, last = distinct["published_at"].min(), distinct["published_at"].max()
    counts = distinct.select(
        pl.col("n_paragraphs", "n_body_paragraphs", "n_sentences", "n_repairs").sum().cast(pl.Int64),
        pl.col("n_words").cast(pl.Int64).sum(),
        n_measured=pl.col("author_words").count().cast(pl.Int64),
        author_words=pl.col("author_words").sum().round().cast(pl.Int64),
        quoted_words=pl.col("quoted_words").sum().round().cast(pl.Int64),
        n_loaded_author=pl.col("n_loaded_author").sum().cast(pl.Int64),
        n_loaded_quoted=pl.col("n_loaded_quoted").sum().cast(pl.Int64),
    )
    return {
        "n_documents": documents.height,
        "n_copies": documents.height - distinct.height,
        "n_repaired_documents": int((documents["n_repairs"] > 0).sum()),
        **counts.row(0, named=True),
        "languages": [{"language": code, "n_documents": n} for code, n in languages.iter_rows()],
        "first_published": wording.day(first),
        "last_published": wording.day(last),
    }


def _paragraphs(paragraphs: pl.LazyFrame) -> dict[str, Any]:
    """Counts over paragraphs that repeat no other: kinds, notes, sentiment, and the grades of body ones."""
    once = paragraphs.filter(pl.col("duplicate_of").is_null())
    graded = once.filter(pl.col("kind") == "body", pl.col("flesch_kincaid_grade").is_not_null())
    kinds, notes, grades, feelings, repeats = pl.collect_all(
        [
            once.group_by("kind").len(),
            once.group_by("readability_note").len(),
            graded.group_by(
                reliable=pl.col("readability_note") == "ok",
                grade=pl.col("flesch_kincaid_grade").floor().clip(0, MAX_GRADE).cast(pl.Int64),
            ).len(),
            once.select(
                negative=(pl.col("vader_compound") <= NEGATIVE).sum(),
                positive=(pl.col("vader_compound") >= POSITIVE).sum(),
                scored=pl.col("vader_compound").count(),
            ),
            paragraphs.select(pl.col("duplicate_of").count()),
        ]
    )
    found = {(reliable, grade): n for reliable, grade, n in grades.iter_rows()}
    return {
        "kinds": _counts(kinds, KINDS),
        "readability_notes": _counts(notes, READABILITY_NOTES),
        "grades": [
            {"grade": grade, "n": found.get((True, grade), 0), "n_unreliable": found.get((False, grade), 0)}
            for grade in range(MAX_GRADE + 1)
        ],
        "sentiment": feelings.row(0, named=True),
        "n_repeats": repeats.item(),
    }


def _counts(frame: pl.DataFrame, values: Iterable[str | int]) -> list[dict[str, Any]]:
    known = dict(frame.iter_rows())
    return [{"value": value, "n": known.get(value, 0)} for value in values]


def _voices(terms: pl.LazyFrame) -> dict[tuple[str, str], int]:
    counted = terms.group_by("category", "voice").len().collect()
    return {(category, voice): n for category, voice, n in counted.iter_rows()}


def by_category(counted: Mapping[tuple[str, str], int]) -> list[dict[str, Any]]:
    """Counts of terms by (category, voice) as a row for each category found, the author's most frequent ones first.

    >>> by_category({("doubt", "quoted"): 2})
    [{'category': 'doubt', 'scored': True, 'author': 0, 'quoted': 2, 'scare_quoted': 0}]
    """
    rows = [
        {
            "category": category,
            "scored": category in SCORED_CATEGORIES,
            **{voice: counted.get((category, voice), 0) for voice in TERM_VOICES},
        }
        for category in CATEGORIES
        if any((category, voice) in counted for voice in TERM_VOICES)
    ]
    return sorted(rows, key=lambda row: (not row["scored"], -row["author"] - row["scare_quoted"], -row["quoted"]))


def _sources(distinct: pl.DataFrame) -> dict[str, Any]:
    """The sources with the most documents, most loaded in the authors' voice first; those without an interval last."""
    named = distinct.filter(pl.col("source").is_not_null())
    rows = (
        named.group_by("source")
        .agg(n_documents=pl.len().cast(pl.Int64), n_words=pl.col("n_words").cast(pl.Int64).sum(), **_estimates())
        .sort("n_documents", "source", descending=[True, False])
    )
    rate = pl.col("loaded_per_1000_words_author").struct
    top = rows.head(_N_SOURCES).sort(
        rate.field("low").is_null(), rate.field("value"), "source", descending=[False, True, False], nulls_last=True
    )
    return {"n": rows.height, "n_unnamed": distinct.height - named.height, "rows": top.to_dicts()}


def _timeline(distinct: pl.DataFrame) -> dict[str, Any]:
    """The corpus in the shortest steps that are not too many and hold enough documents for an interval."""
    dated = distinct.filter(pl.col("published_at").is_not_null())
    chosen = None
    for period in wording.PERIOD_NAMES:
        sizes = dated.group_by(pl.col("published_at").dt.truncate(period)).len()["len"]
        if len(sizes) < _MIN_STEPS:
            break
        chosen = period
        if len(sizes) <= _MAX_STEPS and sizes.sort()[len(sizes) // 2] >= intervals.MIN_UNITS:
            break
    if chosen is None:
        return {"period": None, "n_dated": dated.height, "rows": []}
    rows = (
        dated.group_by(start=pl.col("published_at").dt.truncate(chosen).dt.date())
        .agg(n_documents=pl.len().cast(pl.Int64), **_estimates())
        .sort("start")
        .with_columns(pl.col("start").cast(pl.String))
    )
    return {"period": chosen, "n_dated": dated.height, "rows": rows.to_dicts()}


def _loaded_sentences(tables: Path, terms: pl.LazyFrame) -> list[dict[str, Any]]:
    """The sentences whose author's terms weigh most, each text once, with these terms in it."""
    key = [*_KEY, "sentence_index"]
    loaded = terms.filter(_SCORED, _IN_AUTHORS_VOICE)
    heaviest = (
        loaded.group_by(key)
        .agg(weight=pl.col("weight").sum().round(6))
        .sort("weight", *key, descending=[True, False, False, False])
        .head(8 * _N_SENTENCES)  # more than are shown: some repeat each other
        .collect()
    )
    sentences = (
        scan_table("sentences", tables)
        .filter(_among(heaviest))
        .join(heaviest.lazy(), on=key)
        .select(*key, "weight", "start", "end", "text", "n_words")
        .collect()
        .sort("weight", "n_words", *key, descending=[True, False, False, False, False])
        .unique("text", keep="first", maintain_order=True)
        .head(_N_SENTENCES)
    )
    places = sentences.lazy().select(*key, offset="start", until="end")
    near = pl.col("start") < pl.col("start").min().over(key) + EXCERPT  # a sentence may hold millions
    found = loaded.filter(_among(sentences)).join(places, on=key).filter(near).sort(*_KEY, "start").collect()
    within: dict[tuple[str, int, int], list[dict[str, Any]]] = {}
    for term in found.iter_rows(named=True):
        offset, length = term["offset"], term["until"] - term["offset"]
        place = (term["document_id"], term["paragraph_index"], term["sentence_index"])
        within.setdefault(place, []).append(
            {
                "start": term["start"] - offset,
                "end": min(term["end"] - offset, length),
                **{name: term[name] for name in TERM_FIELDS},
            }
        )
    result = []
    for row in sentences.iter_rows(named=True):
        text, marks = excerpt(row["text"], within[row["document_id"], row["paragraph_index"], row["sentence_index"]])
        result.append({**{name: row[name] for name in (*key, "n_words", "weight")}, "text": text, "terms": marks})
    return result


def _among(chosen: pl.DataFrame) -> pl.Expr:
    """Whether a row is of a document that `chosen` names. Before a join it spares the texts of all other rows."""
    return pl.col("document_id").is_in(chosen["document_id"].unique().implode())


TERM_FIELDS = (
    "text",
    "term",
    "category",
    "intensity",
    "weight",
    "voice",
    "attribution",
    "speaker",
    "negated",
    "reason",
    "rule",
)


def _frequent_terms(tables: Path, terms: pl.LazyFrame) -> list[dict[str, Any]]:
    """The terms that authors use most, and a few places where they stand."""
    scored = terms.filter(_SCORED)
    top = (
        scored.group_by("term", "category")
        .agg(
            n_author=_IN_AUTHORS_VOICE.sum().cast(pl.Int64),
            n_quoted=(~_IN_AUTHORS_VOICE).sum().cast(pl.Int64),
            n_documents=pl.col("document_id").n_unique().cast(pl.Int64),
            reason=pl.col("reason").sort().first(),
        )
        .sort("n_author", "n_quoted", "term", "category", descending=[True, True, False, False])
        .head(_N_TERMS)
        .collect()
    )
    named = ["term", "category"]
    contexts = (
        scored.join(top.lazy().select(named), on=named)
        .select(*named, "voice", *_KEY, "start", "end")
        .sort("voice", *_KEY, "start")
        .unique([*named, "document_id"], keep="first", maintain_order=True)
        .group_by(named, maintain_order=True)
        .head(8 * _N_CONTEXTS)  # more than are shown: some repeat each other
        .collect()
    )
    passages = (
        scan_table("paragraphs", tables)
        .filter(_among(contexts))
        .join(contexts.lazy().select(_KEY).unique(), on=_KEY)
        .select(*_KEY, "text")
        .collect()
    )
    # Equal ones have one number, and the texts stand outside of the rows: one may be a hundred megabytes long.
    texts = passages["text"].to_list()
    numbers = {text: number for number, text in enumerate(dict.fromkeys(texts))}
    numbered = pl.DataFrame([passages[name] for name in _KEY]).with_columns(
        passage=pl.Series([numbers[text] for text in texts], dtype=pl.Int64)
    )
    shown = (
        contexts.join(numbered, on=_KEY, maintain_order="left")
        .unique([*named, "passage"], keep="first", maintain_order=True)
        .group_by(named, maintain_order=True)
        .head(_N_CONTEXTS)
    )
    distinct = list(numbers)
    by_term: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in shown.iter_rows(named=True):
        passage = distinct[row["passage"]]
        # A character more than is shown says that there is more.
        before = passage[max(row["start"] - _CONTEXT_CHARS - 1, 0) : row["start"]]
        after = passage[row["end"] : row["end"] + _CONTEXT_CHARS + 1]
        by_term.setdefault((row["term"], row["category"]), []).append(
            {
                "document_id": row["document_id"],
                "paragraph_index": row["paragraph_index"],
                "before": wording.clip_start(before, _CONTEXT_CHARS),
                "text": wording.clip(passage[row["start"] : row["end"]], 2 * _CONTEXT_CHARS),
                "after": wording.clip(after, _CONTEXT_CHARS),
                "voice": row["voice"],
            }
        )
    return [{**row, "contexts": by_term.get((row["term"], row["category"]), [])} for row in top.iter_rows(named=True)]


def _listed(
    distinct: pl.DataFrame, documents: pl.DataFrame, sentences: list[dict[str, Any]], terms: list[dict[str, Any]]
) -> tuple[list[str], dict[str, list[str]]]:
    """The ids that get a page, at most `MAX_PAGES`, and the lists that some of them top."""
    # Of a million documents only what they are ranked by is put in order.
    ranks = ("author_words", "n_loaded_author", "loaded_per_1000_words_author", "vader_compound_mean")
    distinct = distinct.select("document_id", "flesch_kincaid_grade", *ranks)
    # After all longer texts come those in which a single term would make a rate to put them at the top.
    enough = pl.col("author_words").fill_null(0) >= wording.MIN_WORDS
    by_rate = distinct.sort(
        enough,
        "loaded_per_1000_words_author",
        "document_id",
        descending=[True, True, False],
        nulls_last=True,
    )
    lists = {
        "most_loaded": by_rate.filter(pl.col("n_loaded_author") > 0),
        "most_negative": distinct.filter(pl.col("vader_compound_mean") <= NEGATIVE).sort(
            "vader_compound_mean", "document_id"
        ),
        "hardest": distinct.filter(enough, pl.col("flesch_kincaid_grade").is_not_null()).sort(
            "flesch_kincaid_grade", "document_id", descending=[True, False]
        ),
        "most_repaired": documents.filter(pl.col("n_repairs") > 0).sort(
            "n_repairs", "document_id", descending=[True, False]
        ),
    }
    tops = {name: frame["document_id"].head(_LIST_LENGTHS[name]).to_list() for name, frame in lists.items()}
    ids = [row["document_id"] for row in sentences]
    ids += [i for top in tops.values() for i in top]
    ids += [context["document_id"] for term in terms for context in term["contexts"]]
    ids += by_rate["document_id"].head(MAX_PAGES).to_list()
    ids += documents["document_id"].head(MAX_PAGES).to_list()
    chosen = set(list(dict.fromkeys(ids))[:MAX_PAGES])
    ranked = [i for i in by_rate["document_id"] if i in chosen]
    copies = documents.filter(pl.col("duplicate_of").is_not_null())["document_id"]
    return ranked + [i for i in copies if i in chosen], tops


def _described(tables: Path, documents: pl.DataFrame, ids: list[str]) -> list[dict[str, Any]]:
    chosen = pl.DataFrame({"document_id": ids}, schema={"document_id": pl.String}).join(
        documents, on="document_id", maintain_order="left"
    )
    beginnings = dict(
        scan_table("paragraphs", tables)
        .filter(
            _among(chosen),
            (pl.col("kind") == "headline") | (pl.col("paragraph_index") == 0),
        )
        .sort(pl.col("kind") != "headline", *_KEY)
        .group_by("document_id", maintain_order=True)
        .agg(pl.col("text").str.head(_BEGINNING_CHARS).first())
        .collect()
        .iter_rows()
    )
    return [
        {
            "name": wording.document_name(row, beginnings.get(row["document_id"])),
            "published": wording.day(row["published_at"]),
            **{name: row[name] for name in _DESCRIPTION},
        }
        for row in chosen.iter_rows(named=True)
    ]


def _repairs(tables: Path) -> list[dict[str, Any]]:
    """Repairs by kind, with the most frequent of each as an example; damage that was only told is counted apart."""
    told = pl.col("before") == pl.col("after")
    repairs = scan_table("repairs", tables)
    counted = repairs.group_by("kind").agg(
        n=(~told).sum().cast(pl.Int64),
        n_told=told.sum().cast(pl.Int64),
        n_inferred=((pl.col("confidence") == "inferred") & ~told).sum().cast(pl.Int64),
        n_documents=pl.col("document_id").n_unique().cast(pl.Int64),
    )
    examples = (
        repairs.group_by("kind", "before", "after")
        .len()
        .sort("len", "before", "after", descending=[True, False, False])
        .unique("kind", keep="first", maintain_order=True)
        .select("kind", pl.col("before", "after").str.slice(0, 60))
    )
    return (
        counted.join(examples, on="kind")
        .sort(pl.col("n") + pl.col("n_told"), pl.col("kind").cast(pl.String), descending=[True, False])
        .collect()
        .to_dicts()
    )


def _failures(tables: Path) -> dict[str, Any]:
    frame = scan_table("failures", tables).with_columns(pl.col("message").str.slice(0, _MESSAGE_CHARS)).collect()
    failed = frame.filter(~pl.col("error").is_in(NOT_FAILED))
    skipped = frame.filter(pl.col("error") == "SkippedSource")
    return {
        "n_failed": failed.height,
        "n_skipped": skipped.height,
        "kinds": _kinds(failed),
        "skipped_kinds": _kinds(skipped),
        "rows": failed.head(_N_FAILURES).to_dicts(),
        "skipped": skipped.head(_N_FAILURES).to_dicts(),
        "n_unknown_fields": frame.filter(pl.col("error") == "UnknownField").height,
        "unknown_fields": frame.filter(pl.col("error") == "UnknownField").head(_N_FAILURES).to_dicts(),
    }


def _kinds(failures: pl.DataFrame) -> list[dict[str, Any]]:
    """How many rows there are of each kind, how many of these are whole files, and the first message of it."""
    return (
        failures.group_by("stage", "error", maintain_order=True)
        .agg(pl.len().alias("n"), pl.col("record").is_null().sum().alias("n_whole"), pl.col("message").first())
        .sort("n", "stage", "error", descending=[True, False, False])
        .to_dicts()
    )


def _rounded(value: Any) -> Any:
    """The same with its floats to six decimals: sums over threads differ in the last bits, reports should not."""
    if isinstance(value, float):
        return round(value, 6) + 0.0
    if isinstance(value, dict):
        return {name: _rounded(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_rounded(item) for item in value]
    return value
