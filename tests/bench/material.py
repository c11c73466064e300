"""Texts for benchmarks: news from the corpora in OVERTONES_SHARED, else random text; and how calls are timed."""

from __future__ import annotations

import gzip
import json
import os
import random
import re
import resource
from itertools import accumulate, islice
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).parents[2]
SHARED = Path(os.environ.get("OVERTONES_SHARED", ROOT.parent / "shared"))
_CORPORA = ("bbc", "masakhanews")


def documents(n_words: int) -> tuple[str, list[str]]:
    """A description of the text, and articles with `n_words` words in total, with blank lines between paragraphs."""
    folder = SHARED / "corpora" / "news"
    if folder.is_dir():
        source, texts = f"news ({', '.join(_CORPORA)})", _news(folder)
    else:
        source, texts = f"invented of the CMU dictionary's words (no corpora at {SHARED})", _invented()
    taken, n_taken = [], 0
    for text in texts:
        taken.append(text)
        n_taken += len(text.split())
        if n_taken >= n_words:
            break
    return source, taken


def words(n_words: int) -> tuple[str, list[str]]:
    """A description of the text, and its first words."""
    source, texts = documents(n_words)
    return source, list(islice((word for text in texts for word in text.split()), n_words))


def _news(folder: Path) -> Iterator[str]:
    for name in _CORPORA:
        with gzip.open(folder / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
            for line in lines:
                yield "\n\n".join(json.loads(line)["paragraphs"])


def _invented() -> Iterator[str]:
    """Random articles: words with natural frequencies (Zipf's law), sentences and paragraphs as long as in news, some
    commas, capitals and quotations. They are the same every time.
    """
    from tasks.package_data import cmu_words

    chance = random.Random(6)
    vocabulary = sorted(word for word in cmu_words() if re.fullmatch("[a-z']+", word))
    chance.shuffle(vocabulary)
    weights = list(accumulate(1 / (rank + 3) for rank in range(len(vocabulary))))

    def sentence() -> str:
        output = chance.choices(vocabulary, cum_weights=weights, k=chance.randint(6, 34))
        output = [word + "," if chance.random() < 0.06 else word for word in output]
        output = [word.capitalize() if chance.random() < 0.08 else word for word in output]
        closed = f"{' '.join(output).rstrip(',').capitalize()}{chance.choices('.?!', (40, 2, 1))[0]}"
        return f"“{closed}”" if chance.random() < 0.1 else closed

    while True:
        paragraphs = [" ".join(sentence() for _ in range(chance.randint(1, 4))) for _ in range(chance.randint(4, 12))]
        yield "\n\n".join(paragraphs)


def seconds(call: Callable[[], object]) -> float:
    """The processor time of a call, in this process and in those that it waits for."""
    begin = _spent()
    call()
    return _spent() - begin


def _spent() -> float:
    usage = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(part.ru_utime + part.ru_stime for part in usage)
