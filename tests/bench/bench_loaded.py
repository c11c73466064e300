"""Speed of finding loaded terms, in MB of text per second on one core, compared with VADER on the same sentences.

    POLARS_MAX_THREADS=1 OMP_NUM_THREADS=1 taskset -c 0 python tests/bench/bench_loaded.py [FOLDER]

The texts are the files of FOLDER (default: data/raw), repeated. Warm: the vocabulary contains all tokens; cold: none.
"""

from __future__ import annotations

import sys
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from tasks.measure.loaded_language import compile_lexicon, find_loaded_terms, load_lexicon
from tasks.measure.tokens import Vocabulary, scoring_view

if TYPE_CHECKING:
    from collections.abc import Callable

MEGABYTES = 5
VADER_SHARE = 0.02  # VADER reads so much of the text: it is slow


def seconds(work: Callable[[], object]) -> float:
    """The processor time of a call, independent of other processes."""
    begin = time.process_time()
    work()
    return time.process_time() - begin


def main(folder: Path) -> None:
    """Load, cold, warm, and VADER, interleaved; the best of three."""
    files = [path.read_text("utf-8", errors="replace") for path in sorted(folder.rglob("*.txt"))]
    own = [line for text in files for line in text.splitlines() if len(line.split()) > 5]
    if not own:
        raise SystemExit(f"no text in {folder}")
    texts = own * (1 + int(MEGABYTES * 1e6) // sum(len(text.encode()) for text in own))
    size = sum(len(text.encode()) for text in texts) / 1e6
    paragraphs = pl.DataFrame(
        {"document_id": "", "paragraph_index": np.arange(len(texts), dtype=np.int32), "text": texts}
    )
    view = scoring_view(paragraphs["text"])
    load = seconds(lambda: compile_lexicon(load_lexicon()))
    matcher, analyzer = compile_lexicon(load_lexicon()), SentimentIntensityAnalyzer()
    sample = texts[: int(VADER_SHARE * len(texts))]
    sample_size = sum(len(text.encode()) for text in sample) / 1e6
    cold, warm, vader = [], [], []
    for _ in range(3):
        find = partial(find_loaded_terms, paragraphs, Vocabulary().encode(view), matcher)
        cold.append(seconds(find))
        warm.append(seconds(find))
        vader.append(seconds(lambda: [analyzer.polarity_scores(text) for text in sample]))
    print(f"lexicon of {len(matcher.lexicon.entries):,} entries loaded and compiled in {load:.2f} s")
    rates = {"cold": size / min(cold), "warm": size / min(warm), "VADER": sample_size / min(vader)}
    for name, rate in rates.items():
        print(f"{name:6} {rate:7.1f} MB/s {rate / rates['VADER']:6.0f} x VADER")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path("data/raw"))
