"""Cost of the parts of the stage `segment` on news, warm, in nanoseconds per word.

    python tests/bench/bench_segment.py [TEXT ...]

Each TEXT is a file of plain text, or of JSONL (also .gz) whose lines have `paragraphs`; without one, the sample
articles of the repository are repeated. The ratios to `wc -w` on the same text are printed as well, and for sentences
the ratio to pysbd if it is installed (`pip install pysbd`, in an environment of your own, because it is not a
dependency of this project). All values are the best of several turns, taken alternately in one run, in CPU time of this
process, so other processes on the machine have little effect.
"""

from __future__ import annotations

import gzip
import importlib
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from tasks.segment import (
    classify_paragraphs,
    detect_languages,
    find_attributions,
    fingerprint_texts,
    mark_voices,
    segment_documents,
    split_paragraphs,
    split_sentences,
    split_voices,
)
from tasks.segment.quotes.quotations import read_quotations

if TYPE_CHECKING:
    from collections.abc import Callable

_MAX_WORDS = 400_000
_TURNS = 5
_PYSBD_WORDS = 4_000


def read_texts(paths: list[Path]) -> list[str]:
    """Documents of about 400,000 words."""
    texts: list[str] = []
    for path in paths:
        if ".jsonl" in path.name:
            raw = path.read_bytes()
            lines = (gzip.decompress(raw) if path.suffix == ".gz" else raw).splitlines()
            texts += ["\n\n".join(json.loads(line)["paragraphs"]) for line in lines]
        else:
            texts.append(path.read_text("utf-8"))
    if not texts:
        samples = sorted(Path(__file__).parents[2].joinpath("data", "raw").rglob("*.txt"))
        texts = [path.read_text("utf-8", errors="replace") for path in samples] * 100
    kept, n_words = [], 0
    for text in texts:
        n_words += len(text.split())
        kept.append(text)
        if n_words >= _MAX_WORDS:
            break
    return kept


def seconds(work: Callable[[], object]) -> float:
    """The CPU time of one call, in this process and in those that it waited for."""
    begin = _spent()
    work()
    return _spent() - begin


def _spent() -> float:
    waited_for = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + waited_for.ru_utime + waited_for.ru_stime


def main(paths: list[Path]) -> None:
    """A line for each part."""
    texts = read_texts(paths)
    n_words = sum(len(text.split()) for text in texts)
    documents = pl.DataFrame(
        {"document_id": [str(i) for i in range(len(texts))], "text": texts, "format": "text"},
    ).with_columns(title=pl.lit(None, pl.String))
    split = split_paragraphs(documents)
    classified = classify_paragraphs(split, documents)
    _, paragraphs = detect_languages(documents, classified)
    sentences = split_sentences(paragraphs)
    quotations = read_quotations(paragraphs)
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", suffix=".txt") as file:
        file.write("\n".join(texts))
        file.flush()
        parts: dict[str, Callable[[], object]] = {
            "whole stage": lambda: segment_documents(documents),
            "paragraphs": lambda: split_paragraphs(documents),
            "kinds and duplicates": lambda: classify_paragraphs(split, documents),
            "languages": lambda: detect_languages(documents, classified),
            "sentences": lambda: split_sentences(paragraphs),
            "quotations": lambda: read_quotations(paragraphs),
            "attributions": lambda: find_attributions(sentences, quotations),
            "fingerprints": lambda: fingerprint_texts(documents["text"]),
            "voices": lambda: (mark_voices(sentences, quotations), split_voices(paragraphs, quotations)),
            "wc -w": lambda: subprocess.run(["wc", "-w", file.name], check=True, capture_output=True),
        }
        best = dict.fromkeys(parts, float("inf"))
        for _ in range(_TURNS):
            for name, work in parts.items():
                best[name] = min(best[name], seconds(work))
    print(f"{len(texts):,} documents, {n_words:,} words, {quotations.height:,} quotations")
    for name, taken in best.items():
        print(f"{name:26} {1e9 * taken / n_words:7.1f} ns a word  {taken / best['wc -w']:6.1f} x wc -w")
    compare_with_pysbd(paragraphs["text"].to_list(), best["sentences"] / n_words)


def compare_with_pysbd(texts: list[str], ours: float) -> None:
    """One more line: pysbd on the first few thousand words, paragraph by paragraph."""
    try:
        segmenter = importlib.import_module("pysbd").Segmenter(language="en", clean=False)
    except ModuleNotFoundError:
        print("pysbd is not installed: no comparison")
        return
    some, n_words = [], 0
    for text in texts:
        if n_words >= _PYSBD_WORDS:
            break
        some.append(text)
        n_words += len(text.split())
    theirs = seconds(lambda: [segmenter.segment(text) for text in some]) / n_words
    print(f"{'pysbd':26} {1e9 * theirs:7.1f} ns a word  {theirs / ours:6.1f} x ours")


if __name__ == "__main__":
    main([Path(argument) for argument in sys.argv[1:]])
