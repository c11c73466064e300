"""How the numbers of one paragraph came about, from its row in the tables: counts and words, formulas with numbers put in,
VADER word by word, loaded terms with their reasons, repairs.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import polars as pl

from tasks.errors import StoreError, UsageError
from tasks.measure.dictionary import load_dictionary
from tasks.measure.loaded_language.scores import WORDS_PER_POINT
from tasks.measure.quantities import count_quantities, count_sentiment
from tasks.measure.readability import difficult_words, readability
from tasks.measure.sentiment import explain_sentiment, sentiment
from tasks.measure.tokens import fold_quotes
from tasks.metrics import METRICS
from tasks.store import find_document, naming_damage, scan_table

if TYPE_CHECKING:
    from pathlib import Path

Row = dict[str, Any]


def explain_paragraph(document: str, index: int, out: Path, cache_folder: Path | None = None) -> Row:
    """Everything behind the numbers of one paragraph in the tables below `out`, as plain data.

    `document` is what `tasks.store.find_document` understands. The fields: `document` and `paragraph` (their rows);
    `quantities` and `words` (see `tasks.measure.quantities`); `difficult_words`; `formulas` (name, formula with numbers,
    value in the table; and `now`, the value as it is measured now, which differs where another version wrote the tables); `sentiment` (the rows of
    `tasks.measure.sentiment.explain_sentiment` that hold anything); `loaded_terms`, each with its `share` of the loaded
    score; `repairs`. Of a paragraph that is not English, `quantities` to `sentiment` are empty.
    Raises UsageError if there is no such document or paragraph, StoreError if there are no tables, or a part of them is missing
    or damaged.
    """
    with naming_damage(out):
        document_id = find_document(document, out)
        own = pl.col("document_id") == document_id
        [row] = scan_table("documents", out).filter(own).collect().to_dicts()
        place = own & (pl.col("paragraph_index") == index)
        found, terms, repairs = pl.collect_all(
            [
                scan_table("paragraphs", out).filter(place),
                scan_table("loaded_terms", out).filter(place).sort("start"),
                scan_table("repairs", out).filter(own),
            ]
        )
        runs = scan_table("runs", out).sort("started_at").select("configuration").collect()
    if found.is_empty():
        raise UsageError(f"document {document_id} has the paragraphs 0 to {row['n_paragraphs'] - 1}, and no {index}")
    [paragraph] = found.to_dicts()
    explained: Row = {"document": row, "paragraph": paragraph}
    if paragraph["readability_note"] == "not_english":
        explained |= {"quantities": {}, "words": {}, "difficult_words": [], "formulas": [], "sentiment": []}
    else:
        explained |= _explain_scores(paragraph, terms, *_options_of(runs, out), cache_folder)
    points = terms["weight"].sum()
    share = WORDS_PER_POINT * pl.col("weight") / (WORDS_PER_POINT * points + paragraph["n_words"] + WORDS_PER_POINT)
    touching = (pl.col("start") < paragraph["end"]) & (pl.col("end") >= paragraph["start"])
    inside = repairs.filter(touching & ((pl.col("end") > paragraph["start"]) | (pl.col("start") == pl.col("end"))))
    return explained | {
        "loaded_terms": terms.with_columns(share=share).to_dicts(),
        "repairs": inside.to_dicts(),
    }


def _options_of(runs: pl.DataFrame, out: Path) -> tuple[bool, str]:
    """Whether the last of the runs scored the text as it was decoded, and its dictionary."""
    if runs.is_empty():
        raise StoreError(f"{out / 'runs'} holds no run; `overtones run --out {out}` makes the tables")
    configuration = json.loads(runs["configuration"][-1])
    return configuration["verbatim"], configuration["dictionary"]


def _explain_scores(
    paragraph: Row, terms: pl.DataFrame, verbatim: bool, dictionary_name: str, cache_folder: Path | None
) -> Row:
    text = paragraph["text"] if verbatim else fold_quotes(paragraph["text"])
    dictionary = load_dictionary(dictionary_name, cache_folder)
    counted = count_quantities(text, dictionary)
    rows = explain_sentiment(text)
    # How many words are quoted is known by their share only.
    quoted_words = round((paragraph["quoted_ratio"] or 0) * paragraph["n_words"])
    numbers = {
        **counted.numbers,
        **count_sentiment(text),
        "quoted_words": quoted_words,
        "author_words": paragraph["n_words"] - quoted_words,
        "points": terms["weight"].sum(),
        "points_author": terms.filter(pl.col("voice").cast(pl.String) != "quoted")["weight"].sum(),
    }
    return {
        "quantities": numbers,
        "words": counted.words,
        "difficult_words": difficult_words(text, dictionary),
        "formulas": _formulas(paragraph, numbers, readability(text, dictionary) | sentiment(text)),
        "sentiment": rows.filter(pl.any_horizontal(pl.exclude("token", "token_index") != 0)).to_dicts(),
    }


def _formulas(paragraph: Row, numbers: dict[str, float], measured_now: Row) -> list[Row]:
    """The formula of each metric with numbers put in; a text without words has none, for it divides by nothing."""
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
