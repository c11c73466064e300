"""What is read of the sample files of each format; skipped where the data for measuring is missing."""

from __future__ import annotations

import json
import unicodedata
from typing import TYPE_CHECKING, Any

import pytest

from tasks.ingest import Document, find_sources, read_source
from tasks.options import Options

if TYPE_CHECKING:
    from pathlib import Path

FILES = (
    "nexis_uni.docx nexis_uni.rtf nexis_old.txt factiva.rtf factiva.html proquest.txt europresse.html "
    "article.docx article.odt article.pdf book.epub articles.zip articles.sqlite"
).split()


def plain(text: str) -> str:
    """A text as it is compared: composed, without soft hyphens, any white space as one blank."""
    return " ".join(unicodedata.normalize("NFC", text).replace("\N{SOFT HYPHEN}", "").split())


@pytest.mark.parametrize("name", FILES)
def test_samples_are_read_whole(shared: Path, name: str) -> None:
    """Each document has its title, source, date and text, and there is none beside them."""
    folder = shared / "samples" / "formats"
    rows: list[dict[str, Any]] = [
        json.loads(line) for line in (folder / "manifest.jsonl").read_text("utf-8").split("\n") if line
    ]
    wanted = [row for row in rows if row["file"] == name]
    [source], _ = find_sources([str(folder / name)])
    found = [item for item in read_source(source, Options()) if isinstance(item, Document)]
    assert [
        (d.title, d.source, d.published_at and f"{d.published_at:%Y-%m-%d}", plain(d.text), d.text.count("\n\n") + 1)
        for d in found
    ] == [(row["title"], row["source"], row["date"], plain(row["text"]), row["n_paragraphs"]) for row in wanted]
    for row, document in zip(wanted, found, strict=True):
        assert row.get("byline") is None or document.byline == row["byline"]
