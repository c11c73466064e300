"""How the numbers of one paragraph were computed, from its rows in the tables: counts, formulas with numbers, VADER word
by word, loaded terms with their reasons, repairs.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from tasks.errors import StoreError, UsageError
from tasks.measure.dictionary import load_dictionary
from tasks.measure.loaded_language import load_lexicon
from tasks.measure.loaded_language.context import load_judge
from tasks.measure.loaded_language.reasons import judge_terms
from tasks.measure.loaded_language.scores import WORDS_PER_POINT
from tasks.measure.published import measure_published, published_quantities
from tasks.measure.published_counts import count_sentences, find_published
from tasks.measure.quantities import count_quantities, count_sentiment
from tasks.measure.readability import difficult_words, readability
from tasks.measure.sentiment import explain_sentiment, sentiment
from tasks.measure.tokens import fold_quotes
from tasks.metrics import METRICS
from tasks.store import find_document, naming_damage, scan_table

Row = dict[str, Any]


def explain_paragraph(document: str, index: int, out: Path, cache_folder: Path | None = None) -> Row:
    """Everything behind the numbers of one paragraph in the tables below `out`, as plain data.

    `document` is anything that `tasks.store.find_document` accepts. The fields:

    - `document` and `paragraph`: their rows;
    - `quantities` and `words`: see `tasks.measure.quantities`;
    - `difficult_words`;
    - `formulas`: the metric, its formula with numbers, its value in the table, and `now`, the value as it is measured
      now, which differs where another version wrote the tables;
    - `sentiment`: the rows of `tasks.measure.sentiment.explain_sentiment` that are not all zero;
    - `loaded_terms`, each with its `share` of the loaded score;
    - `proposed_terms`: every term that the lexicon proposes, with the judge's probability and the features that counted,
      by the lexicon and judge of the last run; see `tasks.measure.loaded_language.reasons.judge_terms`;
    - `attributions`: whose words are in it, each with its `text`;
    - `repairs`.

    `quantities` to `sentiment` are empty for a paragraph that is not English. UsageError if there is no such document or
    paragraph; StoreError if there are no tables, or if a part of them is missing or damaged.
    """
    with naming_damage(out):
        found = _read_rows(find_document(document, out), index, out)
    if found.paragraph is None:
        last = found.document["n_paragraphs"] - 1
        raise UsageError(
            f"document {found.document['document_id']} has the paragraphs 0 to {last}; there is no paragraph {index}"
        )
    explained: Row = {"document": found.document, "paragraph": found.paragraph}
    if found.paragraph["readability_note"] == "not_english":
        explained |= {"quantities": {}, "words": {}, "difficult_words": [], "formulas": [], "sentiment": []}
        explained |= {"proposed_terms": []}
    else:
        options = _last_options(found.runs, out)
        explained |= _explain_scores(found, options, cache_folder)
        lexicon = load_lexicon([Path(path) for path in options["lexicons"]])
        judge = load_judge(Path(options["judge"]) if options["judge"] else None)
        explained |= {"proposed_terms": judge_terms(found.texts, index, lexicon, judge)}
    return explained | {
        "attributions": [
            row | {"text": found.paragraph["text"][row["start"] : row["end"]]} for row in found.attributions.to_dicts()
        ],
        "loaded_terms": _with_shares(found.terms, found.paragraph["n_words"]).to_dicts(),
        "repairs": _repairs_in(found.repairs, found.paragraph).to_dicts(),
    }


class _Rows(NamedTuple):
    """The rows of the tables for a document and one of its paragraphs."""

    document: Row
    paragraph: Row | None
    texts: pl.DataFrame
    """The English paragraphs of the document."""
    terms: pl.DataFrame
    """Those of the paragraph, in order."""
    attributions: pl.DataFrame
    """Those of the paragraph, in order."""
    sentences: list[str]
    """The texts of its sentences, in order."""
    repairs: pl.DataFrame
    """Those of the document."""
    runs: pl.DataFrame
    """The configuration of each run, in order."""


def _read_rows(document_id: str, index: int, out: Path) -> _Rows:
    in_document = pl.col("document_id") == document_id
    in_paragraph = in_document & (pl.col("paragraph_index") == index)
    is_english = pl.col("language").is_null() | (pl.col("language") == "en")
    texts = scan_table("paragraphs", out).filter(in_document, is_english).sort("paragraph_index")
    documents, paragraphs, english, terms, attributions, sentences, repairs, runs = pl.collect_all(
        [
            scan_table("documents", out).filter(in_document),
            scan_table("paragraphs", out).filter(in_paragraph),
            texts.select("document_id", "paragraph_index", "text", "kind"),
            scan_table("loaded_terms", out).filter(in_paragraph).sort("start"),
            scan_table("attributions", out).filter(in_paragraph).sort("start"),
            scan_table("sentences", out).filter(in_paragraph).sort("sentence_index").select("text"),
            scan_table("repairs", out).filter(in_document),
            scan_table("runs", out).sort("started_at").select("configuration"),
        ]
    )
    [document] = documents.to_dicts()
    paragraph = paragraphs.to_dicts()[0] if paragraphs.height else None
    return _Rows(document, paragraph, english, terms, attributions, sentences["text"].to_list(), repairs, runs)


def _last_options(runs: pl.DataFrame, out: Path) -> Row:
    """The options of the last run."""
    if runs.is_empty():
        raise StoreError(f"there is no run in {out / 'runs'}; `overtones run --out {out}` writes the tables")
    options: Row = json.loads(runs["configuration"][-1])
    return options


def _with_shares(terms: pl.DataFrame, n_words: int) -> pl.DataFrame:
    """The terms with the `share` that each has in the paragraph's loaded score: the shares add up to it."""
    denominator = WORDS_PER_POINT * terms["weight"].sum() + n_words + WORDS_PER_POINT
    return terms.with_columns(share=WORDS_PER_POINT * pl.col("weight") / denominator)


def _repairs_in(repairs: pl.DataFrame, paragraph: Row) -> pl.DataFrame:
    """The repairs of a document that touch a paragraph, those that removed text at its first character included."""
    is_removal = pl.col("start") == pl.col("end")
    starts_in_time = pl.col("start") < paragraph["end"]
    ends_in_time = (pl.col("end") > paragraph["start"]) | (is_removal & (pl.col("end") == paragraph["start"]))
    return repairs.filter(starts_in_time & ends_in_time)


def _explain_scores(found: _Rows, options: Row, cache_folder: Path | None) -> Row:
    paragraph, terms, verbatim = found.paragraph or {}, found.terms, options["verbatim"]
    text = paragraph["text"] if verbatim else fold_quotes(paragraph["text"])
    dictionary = load_dictionary(options["dictionary"], cache_folder)
    counted = count_quantities(text, dictionary)
    sentences = found.sentences if verbatim else [fold_quotes(sentence) for sentence in found.sentences]
    published = count_sentences(sentences, dictionary)
    rows = explain_sentiment(text)
    # The tables hold the share of quoted words, not their number.
    quoted_words = round((paragraph["quoted_ratio"] or 0) * paragraph["n_words"])
    numbers = {
        **counted.numbers,
        **(published_quantities(published) if published["words"] else {}),
        **count_sentiment(text),
        "quoted_words": quoted_words,
        "author_words": paragraph["n_words"] - quoted_words,
        "points": terms["weight"].sum(),
        "points_author": terms.filter(pl.col("voice") != "quoted", pl.col("attribution") == "none")["weight"].sum(),
    }
    return {
        "quantities": numbers,
        "words": counted.words | find_published(sentences, dictionary),
        "difficult_words": difficult_words(text, dictionary),
        "formulas": _formulas(
            paragraph,
            numbers,
            readability(text, dictionary)
            | measure_published({name: np.array([count]) for name, count in published.items()}).row(0, named=True)
            | sentiment(text),
        ),
        "sentiment": rows.filter(pl.any_horizontal(pl.exclude("token", "token_index") != 0)).to_dicts(),
    }


def _formulas(paragraph: Row, numbers: dict[str, float], measured_now: Row) -> list[Row]:
    """The formula of each metric with its numbers; none for a text without words, which they would divide by."""
    if not numbers["words"]:
        return []
    return [
        {
            "metric": name,
            "formula": metric.formula_with(numbers),
            "value": paragraph[name],
            "now": measured_now.get(name, paragraph[name]),
        }
        for name, metric in METRICS.items()
        if metric.quantities and paragraph.get(name) is not None and numbers.keys() >= set(metric.quantities)
    ]
