"""Every change that cleaning makes to prose that should need none, for people to look at.

    python tests/clean/score_clean_prose.py [FOLDER ...]

takes the texts in each FOLDER: files of JSON lines with "paragraphs", plain texts, whose lines are paragraphs, and the
catalogues (.mo) in which programs keep their messages in many languages, of which each is a text
(default: the corpora that OVERTONES_SHARED holds). It prints each repair of an encoding with what stands around it, and
of other artefacts each distinct one with how often it is met.
"""

from __future__ import annotations

import gettext
import gzip
import json
import os
import sys
from collections import Counter, defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from tasks.clean import clean_documents
from tasks.ingest import INVALID_BYTES_SCHEMA, decode, take_invalid_bytes
from tasks.options import Options

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
ENCODING = ("mojibake", "lossy_mojibake", "c1_control")
CONTEXT = 30


def read_corpora(folder: Path) -> Iterator[tuple[str, list[str]]]:
    """The name of each corpus below a folder, and its texts."""
    for path in sorted(folder.rglob("*.jsonl.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            yield path.name, ["\n".join(json.loads(line)["paragraphs"]) for line in lines]
    for place in sorted({path.parent for path in folder.rglob("*.txt")}):
        yield (
            place.name,
            [take_invalid_bytes(decode(path.read_bytes()).text)[0] for path in sorted(place.glob("*.txt"))],
        )
    messages: defaultdict[str, set[str]] = defaultdict(set)
    for path in sorted(folder.rglob("LC_MESSAGES/*.mo")):
        messages[path.parts[-3]] |= set(read_messages(path))
    for language, texts in sorted(messages.items()):
        if texts:
            yield f"messages in {language}", sorted(texts)


def read_messages(path: Path) -> Iterator[str]:
    """The messages of a catalogue that hold more than ASCII; none if it is damaged."""
    try:
        with path.open("rb") as file:
            catalogue = gettext.GNUTranslations(file)
    except (OSError, ValueError, LookupError):
        return
    for message, translation in vars(catalogue)["_catalog"].items():
        if message and isinstance(translation, str) and not translation.isascii():
            yield translation


def score(name: str, texts: list[str]) -> tuple[int, int]:
    """The number of paragraphs in a corpus, and of those with a repaired encoding; each repair is printed."""
    documents = pl.DataFrame({"document_id": [str(i) for i in range(len(texts))], "text": texts}).with_columns(
        text_offset=pl.lit(0, pl.Int64), encoding=pl.lit("utf-8"), format=pl.lit("record")
    )
    cleaned, repairs = clean_documents(documents, pl.DataFrame(schema=INVALID_BYTES_SCHEMA), Options())
    n_paragraphs = sum(bool(line.strip()) for text in texts for line in text.split("\n"))
    is_encoding = pl.col("kind").is_in(ENCODING)
    changed = set()
    lines = []
    for repair in repairs.filter(is_encoding).iter_rows(named=True):
        text = cleaned["text"][int(repair["document_id"])]
        start, end = repair["start"], repair["end"]
        before, after = text[max(0, start - CONTEXT) : start], text[end : end + CONTEXT]
        changed.add((repair["document_id"], text.count("\n", 0, start)))
        lines.append(
            f"    {before + '[' + repair['before'] + ' → ' + repair['after'] + ']' + after!r} {repair['reason']}"
        )
    print(f"{name}: {n_paragraphs:,} paragraphs, an encoding repaired in {len(changed):,}", *lines, sep="\n")
    others = Counter(repairs.filter(~is_encoding).select(pl.col("kind").cast(pl.String), "before", "after").rows())
    for (kind, before, after), n in others.most_common():
        print(f"    {n:6,} times {kind}: {before!r} → {after!r}")
    return n_paragraphs, len(changed)


def main(folders: list[Path]) -> None:
    """A list for each corpus, and the sum."""
    scores = [score(name, texts) for folder in folders for name, texts in read_corpora(folder)]
    n_paragraphs, n_changed = map(sum, zip(*scores, strict=True))
    print(f"in all {n_paragraphs:,} paragraphs, an encoding repaired in {n_changed:,}")


if __name__ == "__main__":
    shared = Path(os.environ.get("OVERTONES_SHARED", ROOT.parent / "shared"))
    main([Path(argument) for argument in sys.argv[1:]] or [shared / "corpora"])
