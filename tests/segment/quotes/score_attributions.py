"""The accuracy of attributions, compared with articles in which people marked every attribution.

    python tests/segment/quotes/score_attributions.py POLNEAR.jsonl.gz [--part reading|scoring] [--errors N]

A line of the file is an article: `id`, `text` and `attributions`, each with `source`, `cue` and `content` as lists of spans of
code points. Articles are divided in two halves by a hash of their id: rules may be written after reading the first half
(`reading`, the default); the second is for scoring only, and no text of it is ever printed.

What is printed:
- characters: those that are somebody's content, whoever says them, against those that are found to be so;
- direct: contents between quotation marks, and how many are found (half of their characters are somebody's);
- named sources of those: right if the speaker shares a word of three letters or more with the annotated source;
- pronouns as sources of those: how many get a name;
- indirect: contents without quotation marks, and how many are found.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import re
import sys
import time
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from tasks.segment import segment_documents

PARTS = ("reading", "scoring")
PRONOUNS = frozenset({"he", "she", "they", "it", "we", "i", "you", "him", "her", "them", "his", "who", "himself"})
_MARKS = '"“”'
_WORD = re.compile(r"[^\W\d_]{3,}")


class Said(NamedTuple):
    """Somebody's words, as in the tables: code points in the text of the document."""

    start: int
    end: int
    speaker: str | None
    speaker_name: str | None


@dataclass(frozen=True)
class Article:
    """An annotated article."""

    id: str
    text: str
    attributions: list[dict[str, list[list[int]]]]

    def said(self, spans: list[list[int]]) -> str:
        """What stands at `spans`."""
        return " ".join(self.text[start:end] for start, end in spans)


def read_articles(path: Path, part: str) -> list[Article]:
    """The articles of one half of the file."""
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as lines:
        records = [json.loads(line) for line in lines]
    return [
        Article(record["id"], record["text"], record["attributions"])
        for record in records
        if PARTS[hashlib.sha256(record["id"].encode()).digest()[0] % 2] == part
    ]


def find_said(articles: list[Article]) -> dict[str, list[Said]]:
    """For each article what is found to be somebody's words, in order."""
    documents = pl.DataFrame(
        {
            "document_id": [article.id for article in articles],
            "text": [article.text for article in articles],
            "format": ["text"] * len(articles),
            "title": [None] * len(articles),
        },
        schema_overrides={"title": pl.String},
    )
    segments = segment_documents(documents)
    begins = segments.paragraphs.select("document_id", "paragraph_index", offset="start")
    found = segments.attributions.join(begins, on=["document_id", "paragraph_index"]).with_columns(
        pl.col("start", "end") + pl.col("offset")
    )
    rows = found.sort("document_id", "start").select("document_id", "start", "end", "speaker", "speaker_name").rows()
    return {
        document: [Said(*said) for _, *said in of_document]
        for document, of_document in groupby(rows, key=lambda row: row[0])
    }


def _covered(spans: list[list[int]], mask: np.ndarray[Any, np.dtype[np.bool_]]) -> bool:
    chosen = np.concatenate([mask[start:end] for start, end in spans]) if spans else np.zeros(0, bool)
    return bool(len(chosen)) and float(chosen.mean()) >= 0.5


def form_of(content: str) -> str:
    """Whether a content is direct (one quotation), indirect (no quotation mark) or mixed.

    >>> [form_of(content) for content in ('“No,”', "that he left", 'it was "grim"')]
    ['direct', 'indirect', 'mixed']
    """
    bare = content.strip(" \n.,;:—-")
    if not any(mark in content for mark in _MARKS):
        return "indirect"
    return "direct" if bare[:1] in _MARKS and (bare[-1:] in _MARKS or bare[1:].find('"') < 0) else "mixed"


def score(articles: list[Article], said: dict[str, list[Said]], n_errors: int = 0) -> dict[str, float]:
    """Counts by name; `n_errors` sources that are missing or wrong are printed."""
    counts: dict[str, float] = dict.fromkeys(
        ("gold", "told", "both", "direct", "direct_found", "named", "named_answered", "named_right", "pronouns",
         "pronouns_named", "indirect", "indirect_found"), 0,
    )  # fmt: skip
    for article in articles:
        told = said.get(article.id, [])
        gold_mask, told_mask = (np.zeros(len(article.text), bool) for _ in range(2))
        for span in told:
            told_mask[span.start : span.end] = True
        for attribution in article.attributions:
            for start, end in attribution["content"]:
                gold_mask[start:end] = True
        counts["gold"] += int(gold_mask.sum())
        counts["told"] += int(told_mask.sum())
        counts["both"] += int((gold_mask & told_mask).sum())
        for attribution in article.attributions:
            form = form_of(article.said(attribution["content"]))
            if form == "mixed":
                continue
            counts[form] += 1
            counts[f"{form}_found"] += _covered(attribution["content"], told_mask)
            if form == "direct" and attribution["source"]:
                n_errors -= _score_source(article, attribution, told, counts, n_errors)
    return counts


def _score_source(
    article: Article, attribution: dict[str, list[list[int]]], told: list[Said], counts: dict[str, float], n_errors: int
) -> int:
    source = article.said(attribution["source"])
    places = [
        (max(start, span.start), min(end, span.end), span) for start, end in attribution["content"] for span in told
    ]
    meeting = [span for start, end, span in places if start < end]
    if source.lower() in PRONOUNS:
        counts["pronouns"] += 1
        counts["pronouns_named"] += any(span.speaker_name for span in meeting)
        return 0
    if source == source.lower():
        return 0  # "officials", "a woman": no name
    counts["named"] += 1
    names = [name for span in meeting for name in (span.speaker, span.speaker_name) if name]
    counts["named_answered"] += bool(names)
    words = {word.lower() for word in _WORD.findall(source)}
    is_right = any(word.lower() in words for name in names for word in _WORD.findall(name))
    counts["named_right"] += is_right
    if is_right or n_errors <= 0:
        return 0
    start = attribution["content"][0][0]
    context = article.text[max(start - 200, 0) : attribution["content"][-1][1] + 120].replace("\n", " ¶ ")
    print(f"--- {article.id}: {source!r}, told {names or None}\n{context}")
    return 1


def main() -> None:
    """Print the figures, and what is missing or wrong if that is asked for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("file", type=Path)
    parser.add_argument("--part", choices=PARTS, default="reading")
    parser.add_argument("--errors", type=int, default=0, metavar="N", help="print N sources that are missing or wrong")
    arguments = parser.parse_args()
    if arguments.errors and arguments.part != "reading":
        sys.exit("the half for scoring is not to be read: --errors goes with --part reading")
    articles = read_articles(arguments.file, arguments.part)
    began = time.process_time()
    said = find_said(articles)
    seconds = time.process_time() - began
    counts = score(articles, said, arguments.errors)
    precision, recall = counts["both"] / counts["told"], counts["both"] / counts["gold"]
    print(f"{len(articles)} articles, half for {arguments.part}; {seconds:.1f} s of processor time")
    print(
        f"characters that are somebody's  P {precision:.3f}  R {recall:.3f}  F {2 / (1 / precision + 1 / recall):.3f}"
    )
    for name, part, whole in (
        ("direct contents found", "direct_found", "direct"),
        ("named sources answered", "named_answered", "named"),
        ("named sources right", "named_right", "named"),
        ("pronouns that get a name", "pronouns_named", "pronouns"),
        ("indirect contents found", "indirect_found", "indirect"),
    ):
        print(f"{name:31} {counts[part] / counts[whole]:.3f}  ({counts[part]:,.0f} of {counts[whole]:,.0f})")


if __name__ == "__main__":
    main()
