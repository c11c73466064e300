"""The summary of a corpus: the figures that the index, summary.md and summary.json share.

All lists are bounded, so that the summary of 100,000 documents is no longer than that of 200.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import polars as pl

from tasks.errors import StoreError
from tasks.report import corpus, data_quality, loaded_terms, phrasing, rankings, speakers
from tasks.store import scan_table

if TYPE_CHECKING:
    from pathlib import Path

_MAX_RUNS = 10
_MAX_SPEAKERS = 25
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


def summarize(tables: Path, run_id: str | None = None) -> dict[str, Any]:
    """The figures of the tables below `tables` as plain data, described in docs/report.md.

    `headline` is the main finding in plain words, `evidence` its confidence interval and what it leaves out. `run_id` is
    the run to report, the latest one if not given. Raises StoreError if the tables do not hold it.
    """
    run, *runs = read_runs(tables, run_id)
    documents = corpus.read_documents(tables)
    distinct = documents.filter(pl.col("duplicate_of").is_null())
    copies = documents.filter(pl.col("duplicate_of").is_not_null())["document_id"]
    is_distinct = ~pl.col("document_id").is_in(copies.implode())
    terms = loaded_terms.scan_terms(lambda name: scan_table(name, tables)).filter(is_distinct)
    sentences = loaded_terms.most_loaded_sentences(tables, terms)
    frequent = loaded_terms.most_frequent_terms(tables, terms)
    ids, lists = rankings.rank_documents(distinct, documents, sentences, frequent)
    summary = {
        "run": run,
        "corpus": corpus.corpus_counts(documents, distinct),
        "figures": corpus.figures(distinct),
        "paragraphs": corpus.paragraph_counts(scan_table("paragraphs", tables).filter(is_distinct)),
        "loaded": loaded_terms.by_category(loaded_terms.count_by_voice(terms)),
        "sources": corpus.compare_sources(distinct),
        "speakers": speakers.list_speakers(scan_table("attributions", tables).filter(is_distinct), _MAX_SPEAKERS),
        "timeline": corpus.timeline(distinct),
        "lists": lists,
        "documents": rankings.describe_documents(tables, documents, ids),
        "sentences": sentences,
        "terms": frequent,
        "repairs": data_quality.repair_counts(tables),
        "failures": data_quality.failures(tables),
        "runs": [{name: row[name] for name in _RUN_COLUMNS} for row in runs],
    }
    return {"headline": phrasing.headline(summary), "evidence": phrasing.evidence(summary), **_rounded(summary)}


def read_runs(tables: Path, run_id: str | None = None) -> list[dict[str, Any]]:
    """The run to report (the latest one, or `run_id`), followed by the latest runs in order, itself among them.

    Raises StoreError if the tables do not hold it.
    """
    frame = scan_table("runs", tables).sort("sequence", descending=True).collect()
    chosen = frame.head(1) if run_id is None else frame.filter(pl.col("run_id") == run_id)
    if chosen.is_empty():
        raise StoreError(f"{tables / 'runs'} has no run {run_id or ''}; start one with `overtones run --out {tables}`")
    return [
        {
            **row,
            "started_at": phrasing.timestamp(row["started_at"]),
            "ended_at": phrasing.timestamp(row["ended_at"]),
            "versions": json.loads(row["versions"]),
            "configuration": json.loads(row["configuration"]),
        }
        for row in pl.concat([chosen, frame.head(_MAX_RUNS)]).iter_rows(named=True)
    ]


def _rounded(value: Any) -> Any:
    """The same with its floats to six decimals: sums over threads differ in the last bits, reports should not."""
    if isinstance(value, float):
        return round(value, 6) + 0.0
    if isinstance(value, dict):
        return {name: _rounded(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_rounded(item) for item in value]
    return value
