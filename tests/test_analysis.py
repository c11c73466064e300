"""Generated articles through all stages of the engine: properties of any text.

    OVERTONES_TEST_FUZZ_SECONDS=60 python -m pytest tests/test_analysis.py

generates articles for this time, with a different random seed each time. A batch that fails is kept, and its file is
named.
"""

from __future__ import annotations

import json
import os
import random
import time
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
import pytest

from flows.execution.versions import resources_for
from tasks.analysis import analyze_documents
from tasks.ingest import find_sources, read_documents
from tasks.options import Options

if TYPE_CHECKING:
    from tasks.ingest import Frames

RAW = Path(__file__).parents[1] / "data" / "raw"
SECONDS = float(os.environ.get("OVERTONES_TEST_FUZZ_SECONDS", "0"))
N_BATCHES = 6  # where no time is given
N_ARTICLES = 30
N_ALONE = 3
OPTIONS = Options()
PARAGRAPH = ["document_id", "paragraph_index"]

SIGNS = [
    *"“”‘’'\"«»‹›„‚`(){}[]…—–-.!?;:,\n\t\0中文日本аяاİıſßﬁ€£%&@#*_\u00a0\u0085\u00ad\u200b\u2028\u202e\u0301\u0315\ufeff\ufffd",
    *("😀", "👩‍💻", "🇬🇧", "\ud83d", "\udc80", "\n\n", "\r\n", "\n- ", "\n* ", "\n1. ", "\n> ", "\n# ", "\n\n\n"),
    *(
        " said ",
        " he said ",
        "she ",
        "according to ",
        " claimed that ",
        "“I ",
        "’s",
        "n't",
        "'tis ",
        "'90s ",
        "O'Neil’s ",
    ),
    *(" but ", " not ", " VERY ", "NO ", "kind of ", "...", ". . . ", "Mr. ", "U.S. ", "a.m. ", "No. ", "1.5MILLION "),
    *(
        "(pictured)",
        "By Nora Faber\n",
        "READ MORE: ",
        "https://x.y/?a=1&amp;b ",
        "&nbsp;",
        "=20",
        "\\u2019",
        "â€™",
        "Ã©",
    ),
    *("‚Äî", "Ãƒ¢", "ï¿½", "ﬀ", "è­¦", "Ð¾"),
]


def texts() -> list[str]:
    """The seeds: the project's own articles."""
    documents, _, _ = read_documents(find_sources([str(RAW)])[0], OPTIONS)
    return [text for text in documents["text"] if text]


def mutate(dice: random.Random, text: str, stock: list[str]) -> str:
    """`text` with signs inserted, and parts removed, repeated, and replaced by parts of other texts."""
    letters = list(text)
    for _ in range(dice.randint(1, 40)):
        place = dice.randint(0, len(letters))
        match dice.choices(("sign", "gap", "other", "again"), (6, 2, 1, 1))[0]:
            case "sign":
                letters[place:place] = list(dice.choice(SIGNS) * dice.choice((1, 1, 1, 2, 3, 50)))
            case "gap":
                del letters[place : place + dice.choice((1, 2, 10, 100))]
            case "other":
                other = dice.choice(stock)
                begin = dice.randint(0, len(other))
                letters[place:place] = list(other[begin : begin + dice.randint(0, 300)])
            case _:
                begin = dice.randint(0, len(letters))
                letters[place:place] = letters[begin : begin + dice.randint(0, 60)]
    return "".join(letters)


def breed(dice: random.Random, stock: list[str], path: Path) -> None:
    """A file of records with changed pieces of articles."""
    bred = []
    for number in range(N_ARTICLES):
        text = dice.choice(stock)
        begin = dice.randint(0, len(text))
        bred.append({"id": number, "text": mutate(dice, text[begin : begin + dice.randint(0, 4000)], stock)})
    path.write_text("\n".join(map(json.dumps, bred)), encoding="ascii")


def analyze(frames: Frames) -> dict[str, pl.DataFrame]:
    """All tables of some documents."""
    documents, invalid_bytes, _ = frames
    return analyze_documents(documents, invalid_bytes, OPTIONS, resources_for(OPTIONS))


def check(tables: dict[str, pl.DataFrame]) -> None:
    """Properties of the tables of any texts."""
    paragraphs, sentences = tables["paragraphs"], tables["sentences"]
    assert (paragraphs["end"] - paragraphs["start"] == paragraphs["n_chars"]).all()
    whole = paragraphs.select(*PARAGRAPH, whole="text")
    for name in ("sentences", "loaded_terms"):
        for row in tables[name].join(whole, on=PARAGRAPH, how="left").iter_rows(named=True):
            assert row["text"] == row["whole"][row["start"] : row["end"]]
    for row in tables["quotations"].join(whole, on=PARAGRAPH, how="left").iter_rows(named=True):
        assert 0 <= row["start"] < row["end"] <= len(row["whole"])
    joined = whole.join(
        sentences.group_by(PARAGRAPH).agg(pl.col("text").str.join("")), on=PARAGRAPH, how="left"
    ).fill_null("")
    for text, parts in joined.select("whole", "text").iter_rows():
        assert "".join(text.split()) == "".join(parts.split())


def check_alone(dice: random.Random, frames: Frames, tables: dict[str, pl.DataFrame]) -> None:
    """A document's rows do not depend on its neighbours."""
    documents, invalid_bytes, failures = frames
    for number in dice.sample(range(documents.height), min(N_ALONE, documents.height)):
        one = documents[number : number + 1]
        own = pl.col("document_id") == one["document_id"].item()
        alone = analyze((one, invalid_bytes.filter(own), failures))
        for name, frame in alone.items():
            assert frame.equals(tables[name].filter(own)), f"{name} of record {one['record'].item()}"


@pytest.mark.filterwarnings("error")
def test_any_text_is_analyzed(tmp_path: Path) -> None:
    """Nothing is raised, offsets are correct, sentences lose no character, and no document changes another's rows."""
    stock = texts()
    end = time.monotonic() + SECONDS
    n_batches = 0
    while time.monotonic() < end if SECONDS else n_batches < N_BATCHES:
        seed = random.SystemRandom().randrange(10**9) if SECONDS else n_batches
        dice = random.Random(seed)
        path = tmp_path / f"{seed}.jsonl"
        breed(dice, stock, path)
        frames = read_documents(find_sources([str(path)])[0], OPTIONS)
        try:
            tables = analyze(frames)
            check(tables)
            check_alone(dice, frames, tables)
        except (Exception, pl.exceptions.PanicException) as error:
            raise AssertionError(f"{path}: {error}") from error
        path.unlink()
        n_batches += 1
    print(f"{n_batches * N_ARTICLES:,} articles bred")
