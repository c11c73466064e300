"""Loaded terms in the author's voice, by a full analysis: to compare them with readings, and their rate in neutral texts."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from tasks.analysis import analyze_documents
from tasks.ingest import STDIN, Source, read_documents
from tasks.measure.loaded_language.evaluation import Predictions
from tasks.options import RecordFields

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tasks.options import Options
    from tasks.resources import Resources

_PLACE = ["document_id", "paragraph_index"]


def authors_terms(texts: Sequence[str], options: Options, resources: Resources) -> Predictions:
    """The loaded terms of each text that are the author's, neither quoted nor reported, and its loaded score.

    A term whose place is not known, because the text was repaired before it, is left out.
    """
    tables = _analyze(texts, options, resources)
    record = tables["documents"].select("document_id", number=pl.col("record").cast(pl.Int64))
    is_authors = (pl.col("voice") != "quoted") & (pl.col("attribution") == "none")
    offsets = tables["paragraphs"].select(*_PLACE, offset="start")
    found = (
        tables["loaded_terms"]
        .filter(is_authors)
        .join(offsets, on=_PLACE, maintain_order="left")
        .join(record, on="document_id", maintain_order="left")
        .select("number", "text", start=pl.col("start") + pl.col("offset"), end=pl.col("end") + pl.col("offset"))
    )
    spans: list[list[tuple[int, int]]] = [[] for _ in texts]
    for number, text, start, end in found.iter_rows():
        if texts[number][start:end] == text:
            spans[number].append((start, end))
    scores = np.zeros(len(texts))
    scored = tables["documents"].join(record, on="document_id", maintain_order="left")
    scores[scored["number"].to_numpy()] = scored["loaded_score"].fill_null(0.0).to_numpy()
    return Predictions(scores, spans)


def authors_rate(texts: Sequence[str], options: Options, resources: Resources) -> tuple[float, int]:
    """Loaded terms in the author's voice per 1,000 words of some texts together, and how many words these have."""
    documents = _analyze(texts, options, resources)["documents"]
    n_words = int(documents["n_words"].sum())
    return 1000 * int(documents["n_loaded_author"].sum()) / max(n_words, 1), n_words


def _analyze(texts: Sequence[str], options: Options, resources: Resources) -> dict[str, pl.DataFrame]:
    lines = "".join(json.dumps({"id": str(number), "text": text}) + "\n" for number, text in enumerate(texts))
    options = replace(options, fields=RecordFields())  # those of the lines above
    source = Source("texts.jsonl", STDIN, len(lines), "jsonl")
    documents, invalid_bytes, _ = read_documents([source], options, io.BytesIO(lines.encode()))
    return analyze_documents(documents, invalid_bytes, options, resources)
