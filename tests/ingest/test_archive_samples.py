"""The samples of feeds, mail, agencies, web archives, scanned pages and transcripts, whole and with nothing beside them."""

from __future__ import annotations

import json
import unicodedata
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from tasks.clean import clean_documents
from tasks.ingest import find_sources, read_documents
from tasks.options import Options
from tasks.segment import segment_documents

if TYPE_CHECKING:
    from pathlib import Path

READ = {
    "formats": {"nitf", "newsml-g2", "ninjs", "rss", "atom", "warc", "eml", "mbox"},
    "archives": {"alto", "hocr", "ocr-text", "tei-parlamint", "tei-parlamint-ana", "srt", "webvtt", "whisper-json"},
}
REFUSED = {"page-xml", "vertical", "conllu", "akoma-ntoso", "ttml", "scc", "ebu-stl", "chat"}


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).replace("\u00ad", "").split())


def _records(shared: Path, folder: str) -> dict[str, list[dict[str, Any]]]:
    """What should come out of each file of a folder of samples."""
    files: dict[str, list[dict[str, Any]]] = {}
    for line in (shared / "samples" / folder / "manifest.jsonl").read_text("utf-8").splitlines():
        record = json.loads(line)
        files.setdefault(record["file"], []).append(record)
    return files


@pytest.mark.parametrize("folder", READ)
def test_samples(shared: Path, folder: str) -> None:
    """Each record has its text, paragraphs, title, source and date, and the speakers that its file tells."""
    for name, wanted in _records(shared, folder).items():
        if wanted[0]["format"] not in READ[folder]:
            continue
        sources, _ = find_sources([str(shared / "samples" / folder / name)])
        documents, invalid_bytes, _ = read_documents(sources, Options())
        segments = segment_documents(clean_documents(documents, invalid_bytes, Options())[0])
        assert documents.height == len(wanted), name
        for record, document in zip(wanted, segments.documents.iter_rows(named=True), strict=True):
            own = pl.col("document_id") == document["document_id"]
            paragraphs = segments.paragraphs.filter(own)
            is_title = (pl.col("kind") == "headline") & (pl.col("text") == pl.lit(document["title"]))
            texts = paragraphs.filter(~is_title.fill_null(value=False))["text"].to_list()
            assert _plain("\n\n".join(texts)) == _plain(record["text"]), name
            assert len(texts) == record["n_paragraphs"], name
            if record["exact"]:
                assert (document["title"] or None) == (record["title"] or None), name
            day = document["published_at"] and str(document["published_at"])[:10]
            assert (document["source"], day) == (record["source"], record["date"]), name
            if turns := record.get("turns"):
                spoken = segments.quotations.filter(own & (pl.col("mark") == "turn"))["speaker"].to_list()
                assert spoken == [turn["speaker"] for turn in turns for _ in turn["paragraphs"]], name


def test_refused_samples(shared: Path) -> None:
    """A format that is known and not read is refused by its name, with the way out."""
    n_refused = 0
    for name, wanted in _records(shared, "archives").items():
        if wanted[0]["format"] in REFUSED:
            sources, _ = find_sources([str(shared / "samples" / "archives" / name)])
            documents, _, failures = read_documents(sources, Options())
            assert (documents.height, failures["error"].to_list()) == (0, ["FormatError"]), name
            assert "which is not read; " in failures["message"].item()
            n_refused += 1
    assert n_refused == len(REFUSED)
