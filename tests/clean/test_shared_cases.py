"""The accuracy that docs/repair.md states, on data outside of the repository; skipped if it is missing."""

from __future__ import annotations

import gzip
import importlib.util
import json
import random
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import polars as pl

from tasks.clean import clean_documents, clean_text, repair_text
from tasks.clean.scan import scan_texts
from tasks.ingest import INVALID_BYTES_SCHEMA
from tasks.options import Options
from tasks.text.buffers import TextBuffer

if TYPE_CHECKING:
    from pathlib import Path


def rows(path: Path) -> list[dict[str, Any]]:
    """The records of a JSONL file."""
    return [json.loads(line) for line in path.read_text("utf-8").split("\n") if line]


def clean(texts: pl.Series) -> tuple[pl.DataFrame, pl.DataFrame]:
    """What the stage makes of texts without invalid bytes."""
    documents = pl.DataFrame({"document_id": [f"{i:016x}" for i in range(len(texts))], "text": texts}).with_columns(
        text_offset=pl.lit(0, pl.Int64), encoding=pl.lit("utf-8"), format=pl.lit("record")
    )
    return clean_documents(documents, pl.DataFrame(schema=INVALID_BYTES_SCHEMA), Options())


def test_damaged_texts_are_restored(shared: Path) -> None:
    """Every synthetic case and every case from the wild is restored exactly."""
    for name in ("mojibake.jsonl", "mojibake_natural.jsonl"):
        for case in rows(shared / "cases" / name):
            assert repair_text(case["broken"]).text == case["fixed"]


def test_traps_and_clean_texts_are_left_alone(shared: Path) -> None:
    """Text that only resembles damage is kept, and so are texts in sixteen languages."""
    for name in ("mojibake_traps.jsonl", "mojibake_clean.jsonl"):
        for case in rows(shared / "cases" / name):
            assert repair_text(case["text"]).steps == ()


def test_cases_of_ftfy(shared: Path) -> None:
    """All of its negative cases pass, 68 of 70 in the wild, and 7 of the 10 that it fails itself."""
    right: defaultdict[str, int] = defaultdict(int)
    wrong: defaultdict[str, int] = defaultdict(int)
    for case in rows(shared / "cases" / "ftfy.jsonl"):
        name = case["source"].rsplit("/", 1)[-1].removesuffix(".json")
        counts = right if repair_text(case["input"]).text == case["expected_encoding_only"] else wrong
        counts[name] += 1
    assert wrong["negative"] == 0
    assert right["in-the-wild"] >= 68
    assert right["synthetic"] >= 29
    assert right["language-names"] >= 20
    assert right["known-failures"] >= 7


def test_the_seed_is_restored(shared: Path) -> None:
    """No damage of the seed article is left, and its dashes and ellipses are there."""
    (path,) = (shared / "seed").glob("*.txt")
    text = clean_text(path.read_text("utf-8")).text
    assert not set(text) & set("‚ÄĒĶ¬†\xa0")
    assert (text.count("—"), text.count("…")) == (8, 3)


def test_the_batch_finds_every_case(shared: Path) -> None:
    """The prefilter misses no broken text, alone or beside undamaged lines, and the stage repairs it alike."""
    broken = [
        case["broken"]
        for name in ("mojibake.jsonl", "mojibake_natural.jsonl")
        for case in rows(shared / "cases" / name)
    ] + [case["input"] for case in rows(shared / "cases" / "ftfy.jsonl") if case["input"].isprintable()]
    texts = pl.Series([text for case in broken for text in (case, f"“Sound” — he said\n{case}\nplain")])
    found = set(scan_texts(texts, TextBuffer.of(texts)).rows.tolist())
    assert {row for row, text in enumerate(texts) if repair_text(text).steps} <= found
    cleaned, _ = clean(texts)
    assert cleaned["text"].to_list() == [clean_text(text).text for text in texts]


def test_the_matrix_of_codecs(shared: Path) -> None:
    """Of texts damaged in 24 ways, completely or in part, at least this share of a sample is restored exactly."""
    path = shared / "cases" / "mojibake_matrix.py"
    spec = importlib.util.spec_from_file_location("mojibake_matrix", path)
    assert spec is not None
    assert spec.loader is not None
    matrix = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(matrix)
    texts = [row["text"] for row in rows(shared / "cases" / "mojibake_clean.jsonl")][::15]
    rng = random.Random(5)
    restored: defaultdict[tuple[str, int], list[bool]] = defaultdict(list)
    for chain in [(codec,) for codec in matrix.ONE_LAYER] + matrix.TWO_LAYERS:
        for text in texts:
            for mode in ("whole", "partial"):
                whole = mode == "whole"
                broken = matrix.break_text(text, chain) if whole else matrix.break_partly(text, chain, rng)
                if broken != text:
                    restored[mode, len(chain)].append(repair_text(broken).text == text)
    floors = {("whole", 1): 0.99, ("whole", 2): 0.995, ("partial", 1): 0.985, ("partial", 2): 0.99}
    shares = {key: sum(values) / len(values) for key, values in restored.items()}
    assert all(shares[key] >= floor for key, floor in floors.items()), shares


def test_clean_news_is_left_alone(shared: Path) -> None:
    """No paragraph of the corpora without natural mojibake gets an encoding repair."""
    for path in sorted((shared / "corpora" / "news").glob("*.jsonl.gz")):
        if "ukmanifestos" in path.name:
            continue
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            _, repairs = clean(pl.Series(["\n".join(json.loads(line)["paragraphs"]) for line in lines]))
        assert not set(repairs["kind"].cast(pl.String)) & {"mojibake", "lossy_mojibake", "c1_control"}


def test_unusual_encodings_in_texts(shared: Path) -> None:
    """Of the damaged texts, at least this many are restored exactly, and no sound text is changed."""
    n_restored = 0
    wrong = []
    for case in rows(shared / "cases" / "encodings_turn2.jsonl"):
        if case["kind"].startswith("file"):
            continue
        if clean_text(case["input"]).text == case["right"]:
            n_restored += case["kind"] != "sound text"
        elif case["kind"] == "sound text":
            wrong.append(case["id"])
    assert wrong == []
    assert n_restored >= 143
