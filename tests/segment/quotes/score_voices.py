"""Agreement with annotators about the voice of spans: the author's words, or quoted speech.

    python tests/segment/quotes/score_voices.py BASIL.jsonl

Each line of the file is a sentence: {doc, text, spans: [{start, end, voice, category}]}, voice being author or quoted.
Scare quotes count as the author's. Printed are the accuracy on spans of lexical bias, that of the rule "what stands
between double quotation marks is quoted", and the confusions of ours.
"""

from __future__ import annotations

import json
import re
import sys
from itertools import groupby
from pathlib import Path
from typing import Any

import polars as pl

from tasks.segment import attribute_spans, find_quotations

_NOTHING_REPORTED = {
    "document_id": pl.String,
    "paragraph_index": pl.Int32,
    "start": pl.Int32,
    "end": pl.Int32,
    "speaker": pl.String,
}
_BETWEEN_DOUBLES = re.compile(r"[\"“].*?(?:[\"”]|$)")


def read_spans(path: Path) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Paragraphs (one a sentence) and spans of lexical bias with their gold voice."""
    sentences = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    paragraphs, spans = [], []
    for doc, of_doc in groupby(sentences, key=lambda sentence: sentence["doc"]):
        for index, sentence in enumerate(of_doc):
            paragraphs.append((doc, index, sentence["text"]))
            spans += [
                (doc, index, span["start"], span["end"], span["voice"], _is_between_doubles(sentence["text"], span))
                for span in sentence["spans"]
                if span["category"] == "lexical"
            ]
    place = {"document_id": pl.String, "paragraph_index": pl.Int32}
    return (
        pl.DataFrame(paragraphs, schema={**place, "text": pl.String}, orient="row"),
        pl.DataFrame(
            spans,
            schema={**place, "start": pl.Int32, "end": pl.Int32, "gold": pl.String, "plain_rule": pl.Boolean},
            orient="row",
        ),
    )


def _is_between_doubles(text: str, span: dict[str, Any]) -> bool:
    return any(match.start() < span["end"] and match.end() > span["start"] for match in _BETWEEN_DOUBLES.finditer(text))


def score(path: Path) -> dict[str, Any]:
    """N (spans), accuracy, accuracy of the plain double-quote rule, and the number of each (gold, ours)."""
    paragraphs, spans = read_spans(path)
    result = attribute_spans(spans, find_quotations(paragraphs), pl.DataFrame(schema=_NOTHING_REPORTED))
    result = result.with_columns(
        ours=pl.when(pl.col("voice") == "quoted").then(pl.lit("quoted")).otherwise(pl.lit("author")),
        plain=pl.when("plain_rule").then(pl.lit("quoted")).otherwise(pl.lit("author")),
    )
    return {
        "n": result.height,
        "accuracy": result.select((pl.col("ours") == pl.col("gold")).mean()).item(),
        "plain_rule": result.select((pl.col("plain") == pl.col("gold")).mean()).item(),
        "confusions": dict(sorted((row[:2], row[2]) for row in result.group_by("gold", "ours").len().iter_rows())),
    }


if __name__ == "__main__":
    scores = score(Path(sys.argv[1]))
    print(f"{scores['n']} spans: accuracy {scores['accuracy']:.4f}; plain double-quote rule {scores['plain_rule']:.4f}")
    for (gold, ours), n in scores["confusions"].items():
        print(f"  gold {gold:6}  ours {ours:6}  {n}")
