"""Readability and sentiment against textstat and VADER: words a second, and how many times as many.

    python tests/bench/bench_measure.py

The libraries are asked for what a script would ask them for, a paragraph at a time: textstat's 26 English outputs (all
but averages and the formulas made for other languages) and VADER's four scores. Ours are all that the tables hold, 39
and four, for a column of paragraphs. VADER slows down with a text's length: 2,000 words are an article. Both take turns, in one process on one core; of their turns the medians count.

The text is news from the corpora that OVERTONES_SHARED names, cut into paragraphs of exactly so many words; without
these corpora it is this repository's sample articles over and over, which flatters: they have few distinct words.

Warm: the vocabulary has met the words. Cold: a new process that has met none and has nothing loaded, once with what an
earlier process kept in the cache folder, and once on a machine that was never used. Imports are not counted, and of the
libraries no loading either.
"""

from __future__ import annotations

import os

# Before polars and numpy are imported, here and in the processes started below.
os.environ |= {"POLARS_MAX_THREADS": "1", "OMP_NUM_THREADS": "1"}
if hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})

import gzip
import importlib.util
import json
import subprocess
import sys
import tempfile
import time
from itertools import cycle, islice
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

ROOT = Path(__file__).parents[2]
SHARED = Path(os.environ.get("OVERTONES_SHARED", ROOT.parent / "shared"))
N_WORDS = 1_000_000
N_WORDS_OF_LIBRARIES = 30_000
N_TURNS = 5
LENGTHS = (22, 229, 2_000)


def news_words() -> tuple[str, list[str]]:
    """What the text is, and its first million words."""
    corpora = SHARED / "corpora" / "news"
    if corpora.is_dir():
        names = ("bbc", "masakhanews")
        words = (word for name in names for text in _paragraphs(corpora / f"{name}.jsonl.gz") for word in text.split())
        return f"news ({', '.join(names)})", list(islice(words, N_WORDS))
    files = sorted((ROOT / "data" / "raw").rglob("*.txt"))
    own = [word for file in files for word in file.read_text("utf-8", errors="replace").split()]
    return f"this repository's samples, repeated (no corpora at {SHARED})", list(islice(cycle(own), N_WORDS))


def _paragraphs(file: Path) -> Iterator[str]:
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield from json.loads(line)["paragraphs"]


def cut(words: list[str], length: int) -> list[str]:
    """Paragraphs of so many words."""
    return [" ".join(words[start : start + length]) for start in range(0, len(words), length)]


def libraries() -> Callable[[Iterable[str]], None]:
    """Asks textstat and VADER about each paragraph."""
    path = ROOT / "tests" / "measure" / "conftest.py"
    spec = importlib.util.spec_from_file_location("oracles", path)
    assert spec is not None
    assert spec.loader is not None
    oracles = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(oracles)

    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    from tasks import schemas
    from tasks.measure.dictionary import load_dictionary

    names = [c.name for c in schemas.READABILITY if "made for" not in c.meaning and not c.name.startswith("avg_")]
    assert len(names) == 26
    textstat: Callable[[str], Any] = oracles.Textstat(load_dictionary(), names)
    vader = SentimentIntensityAnalyzer()

    def measure(texts: Iterable[str]) -> None:
        for text in texts:
            textstat(text)
            vader.polarity_scores(text)

    return measure


def ours(cache_folder: Path | None = None) -> Callable[[list[str]], None]:
    """Measures a column of paragraphs; the vocabulary grows with each call."""
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
        measure_sentiment(tokens)

    return measure


def seconds(call: Callable[[], object]) -> float:
    """How much of a processor's time a call takes; what others do on this machine does not count."""
    begin = time.process_time()
    call()
    return time.process_time() - begin


def seconds_cold(texts: list[str], cache_folder: Path) -> float:
    """How long a new process takes for its first texts."""
    command = [sys.executable, __file__, "--cold", str(cache_folder)]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    process = subprocess.run(
        command, input=json.dumps(texts), env=environment, capture_output=True, text=True, check=True
    )
    return float(process.stdout)


def main() -> None:
    """The table of ratios, and the cost of a very long paragraph."""
    source, words = news_words()
    print(
        f"{source}: {len(words):,} words, {len(set(words)):,} distinct; one core; words a second (times the libraries)"
    )
    print(f"{'paragraph':>10} {'libraries':>10} {'warm':>20} {'cold':>20} {'cold, first ever':>20}")
    ask, measure = libraries(), ours()
    for length in LENGTHS:
        texts = cut(words, length)
        n_texts = N_WORDS_OF_LIBRARIES // length
        measure(texts)
        turns: dict[str, list[float]] = {"libraries": [], "warm": [], "cold": [], "cold, first ever": []}
        for turn in range(N_TURNS):
            sample = texts[turn * n_texts : (turn + 1) * n_texts]
            turns["libraries"].append(n_texts * length / seconds(lambda sample=sample: ask(sample)))  # type: ignore[misc]
            turns["warm"].append(len(words) / seconds(lambda texts=texts: measure(texts)))  # type: ignore[misc]
            with tempfile.TemporaryDirectory() as folder:
                for name in ("cold, first ever", "cold"):
                    turns[name].append(len(words) / seconds_cold(texts, Path(folder)))
        reference = median(turns.pop("libraries"))
        figures = [f"{f'{median(speeds):,.0f} ({median(speeds) / reference:,.0f}x)':>20}" for speeds in turns.values()]
        print(f"{length:>10} {reference:>10,.0f} {' '.join(figures)}")

    text = " ".join(words)[:5_000_000]
    short = cut(text.split(" "), LENGTHS[0])
    measure([text])
    times = [(seconds(lambda: measure([text])), seconds(lambda: measure(short))) for _ in range(N_TURNS)]
    ratio = median(one / many for one, many in times)
    print(
        f"one paragraph of {len(text) / 1e6:.1f} MB takes {ratio:.2f} times what it takes in paragraphs of {LENGTHS[0]} words"
    )


if __name__ == "__main__":
    if sys.argv[1:2] == ["--cold"]:
        import tasks.measure.readability
        import tasks.measure.sentiment  # noqa: F401

        given = json.load(sys.stdin)
        print(seconds(lambda: ours(Path(sys.argv[2]))(given)))
    else:
        main()
