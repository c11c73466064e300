"""Speed of the columnar cleaning stage relative to ftfy, both timed in turns within one run.

    python tests/bench/bench_clean.py [FOLDER]

The text is the news in FOLDER (JSONL, each line with "paragraphs"; default: that in OVERTONES_SHARED) without
artefacts, else the sample articles of the repository, repeated. Typographic characters are added, so that there is
something to damage. For each damaged text, the output counts the documents that are restored exactly, by the calls that
are timed.

Known texts are cleaned faster, because decisions are cached. So the first line is about damaged news that is cleaned
for the first time, each share of it once.
"""

from __future__ import annotations

import gc
import gzip
import itertools
import json
import os
import random
import re
import sys
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import ftfy
import polars as pl

from tasks.clean import clean_documents, clean_text
from tasks.clean.codecs import misread
from tasks.ingest import INVALID_BYTES_SCHEMA
from tasks.options import Options

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

ROOT = Path(__file__).parents[2]
CHARACTERS = 4_000_000
ROUNDS = 5
SHARES = 4
TURN = 0.2
"""Minimum processor time of a turn in seconds; the faster cleaner runs several times in it."""


def read_news(folder: Path) -> list[list[str]]:
    """Articles as lists of paragraphs, of about `CHARACTERS` in all."""
    articles: list[list[str]] = []
    for path in sorted(folder.glob("*.jsonl.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            articles += (json.loads(line)["paragraphs"] for line in itertools.islice(lines, 400))
    if not articles:
        samples = [
            path.read_bytes().decode("utf-8", "ignore") for path in sorted((ROOT / "data" / "raw").rglob("*.txt"))
        ]
        articles = [text.split("\n") for text in samples] * (CHARACTERS // sum(map(len, samples)) + 1)
    articles = [article for article in articles if not clean_text("\n".join(map(as_ascii, article))).steps]
    random.Random(1).shuffle(articles)
    sizes = itertools.accumulate(sum(map(len, article)) for article in articles)
    return [article for article, size in zip(articles, sizes, strict=True) if size <= CHARACTERS]


def as_ascii(paragraph: str) -> str:
    """The paragraph without non-ASCII characters."""
    return paragraph.encode("ascii", "ignore").decode()


def with_typography(paragraph: str) -> str:
    """The paragraph with curly quotes and em dashes."""
    paragraph = re.sub(r'(?<![\w.,!?])"', "“", as_ascii(paragraph)).replace('"', "”").replace("'", "’")
    return re.sub(r" --? ", " — ", paragraph)


def damage(articles: list[list[str]], one_in: int) -> list[list[str]]:
    """The articles with one in `one_in` paragraphs decoded wrongly, always with the same codec within an article."""
    rng = random.Random(2)
    codecs = ("cp1252", "cp1252", "cp1252", "mac_roman", "mac_latin2", "cp850")
    damaged = []
    for article in articles:
        codec = rng.choice(codecs)
        damaged.append([misread(text, codec) if rng.randrange(one_in) == 0 else text for text in article])
    return damaged


def make_frame(articles: list[list[str]]) -> pl.DataFrame:
    """The frame as ingestion returns it."""
    return pl.DataFrame(
        {"document_id": [f"{i:016x}" for i in range(len(articles))], "text": ["\n".join(a) for a in articles]}
    ).with_columns(text_offset=pl.lit(0, pl.Int64), encoding=pl.lit("utf-8"), format=pl.lit("text"))


def cleaners(articles: list[list[str]]) -> dict[str, Callable[[], Iterable[str]]]:
    """The cleaners, each with its own input and output: a frame for ours, strings for ftfy."""
    documents, invalid_bytes, options = make_frame(articles), pl.DataFrame(schema=INVALID_BYTES_SCHEMA), Options()
    texts, peer_options = documents["text"].to_list(), ftfy.TextFixerConfig(uncurl_quotes=False)
    return {
        "ours": lambda: clean_documents(documents, invalid_bytes, options)[0]["text"],
        "ftfy": lambda: [ftfy.fix_text(text, peer_options) for text in texts],
    }


def compare_unmet(name: str, articles: list[list[str]], wanted: list[list[str]]) -> None:
    """`compare` for articles that are cleaned for the first time, each share of them once.

    The first share is not counted, because tables are built during it.
    """
    seconds, restored = {"ours": 0.0, "ftfy": 0.0}, {"ours": 0, "ftfy": 0}
    hold_still()
    for share in range(SHARES):
        for who, run in cleaners(articles[share::SHARES]).items():
            begin = time.process_time()
            made = run()
            if share:
                seconds[who] += time.process_time() - begin
                truth = map("\n".join, wanted[share::SHARES])
                restored[who] += sum(a == b for a, b in zip(made, truth, strict=True))
    counted = [article for share in range(1, SHARES) for article in articles[share::SHARES]]
    print_line(name, counted, seconds, seconds["ftfy"] / seconds["ours"], restored)


def hold_still() -> None:
    """Freeze the objects of the benchmark, so that garbage collection does not search them while the clock runs."""
    gc.collect()
    gc.freeze()


def print_line(
    name: str, articles: list[list[str]], seconds: dict[str, float], ratio: float, restored: dict[str, int]
) -> None:
    """Speeds, their ratio, and the share of documents restored by each."""
    size = sum(len("\n".join(article)) for article in articles) / 1e6
    print(
        f"{name:44} {size / seconds['ours']:8.1f} {size / seconds['ftfy']:8.2f} {ratio:8.1f} "
        f"{100 * restored['ours'] / len(articles):9.1f} {100 * restored['ftfy'] / len(articles):9.1f}"
    )


def compare(name: str, articles: list[list[str]], wanted: list[list[str]]) -> None:
    """A line for articles that are cleaned repeatedly, in turns."""
    runs = cleaners(articles)
    seconds: dict[str, list[float]] = {who: [] for who in runs}
    restored = {}
    truth = ["\n".join(article) for article in wanted]
    hold_still()
    for _ in range(ROUNDS):
        for who, run in runs.items():
            begin, n = time.process_time(), 0
            while not n or time.process_time() - begin < TURN:
                made, n = run(), n + 1
            seconds[who].append((time.process_time() - begin) / n)
            restored[who] = sum(a == b for a, b in zip(made, truth, strict=True))
    ratio = median(b / a for a, b in zip(seconds["ours"], seconds["ftfy"], strict=True))
    print_line(name, articles, {who: median(times) for who, times in seconds.items()}, ratio, restored)


def main(folder: Path) -> None:
    """A line for each kind of text."""
    articles = read_news(folder)
    plain = [[as_ascii(text) for text in article] for article in articles]
    curly = [[with_typography(text) for text in article] for article in articles]
    print(
        f"{len(articles):,} articles, {sum(map(len, itertools.chain.from_iterable(articles))):,} characters, {ROUNDS} rounds"
    )
    print(f"{'':44} {'ours MB/s':>8} {'ftfy':>7} {'ratio':>8} {'restored %':>9} {'ftfy %':>9}")
    compare_unmet("one paragraph in ten damaged, not met before", damage(curly, 10), curly)
    compare("clean ASCII", plain, plain)
    compare("clean, with curly quotes", curly, curly)
    compare("one paragraph in ten damaged", damage(curly, 10), curly)
    compare("every paragraph damaged", damage(curly, 1), curly)
    compare("every paragraph damaged, twice", [[misread(t, "cp1252") for t in a] for a in damage(curly, 1)], curly)


if __name__ == "__main__":
    shared = Path(os.environ.get("OVERTONES_SHARED", ROOT.parent / "shared"))
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else shared / "corpora" / "news")
