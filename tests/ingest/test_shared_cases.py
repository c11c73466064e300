"""Cases from public reports and comparisons, outside of the repository; skipped if they are missing."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from tasks.errors import NOT_FAILED
from tasks.ingest.formats.html import extract_article
from tasks.options import Options

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tasks.ingest import Document, Failure

    Read = Callable[..., tuple[list[Document], list[Failure]]]


def cases(path: Path) -> list[dict[str, Any]]:
    """The records of a JSONL file."""
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def paragraphs(text: str) -> list[str]:
    """The paragraphs of a plain text, without their marks."""
    return [re.sub(r"^(?:[#>-] |\d+\. )+", "", line) for line in text.split("\n") if line]


def test_pages(shared: Path) -> None:
    """Of the small pages with one difficulty each, at least 24 of 27 come out right."""

    def is_right(right: Any, found: list[str]) -> bool:
        if isinstance(right, dict):
            return any(is_right(choice, found) for choice in right["any_of"])
        if isinstance(right, list):
            return all(part in found for part in right)
        return right in found

    pages = [case for case in cases(shared / "cases" / "peers_turn2.jsonl") if case["kind"].startswith("html")]
    wrong = [
        case["id"]
        for case in pages
        if not all(is_right(right, paragraphs(extract_article(case["input"])[1])) for right in case["right"])
    ]
    assert len(pages) - len(wrong) >= 24, wrong


_DOCUMENTS = {
    "read-csv-bom-header": ["It rained on Monday"],
    "read-tsv-quote": ['"No," she said. It rained.', "It was dry."],
    "read-tsv-two": ['"We won," he said. "It rained."', "It was dry."],
    "read-csv-open": ['"We won. It rained all day.', "It was dry.", "He left."],
    "read-csv-column": [],
    "read-record-html": ["The harbour at Ostrel closed on Monday, the port said.\n\n“It is a farce,” said Lena Marsh."],
    "read-record-html-entities": ["The harbour closed on Monday.\n\nIt opens on Friday."],
    "read-record-html-csv": ["It rained on Monday.\n\nIt was dry on Friday."],
    "read-record-list": ["It rained on Monday.\n\nIt was dry on Friday."],
    "read-json-array": ["It rained on Monday.", "It was dry."],
    "read-lines": ["The harbour closed on Monday", "A school in Troy"],
    "html-date-footer": [None],
    "html-date-tweet": [None],
    "html-date-related": [None],
    "html-time": ["2024-05-12 18:45:00+00:00"],
    "html-ld-time": ["2024-05-12 13:00:00+00:00"],
}
"""What comes out: the beginning of each document, and of the pages the date."""


def test_files(shared: Path, read: Read, folder: Callable[..., Path]) -> None:
    """At least nine of ten small files from public reports are read as they should be."""
    wrong = []
    for case in cases(shared / "cases" / "public_reports.jsonl"):
        if (right := _DOCUMENTS.get(case["id"])) is None:
            continue
        encoding = "latin-1" if "bom" in case["id"] else "utf-8"
        files = {name: text.encode(encoding) for name, text in case["input"]["files"].items()}
        documents, failures = read(folder(files, case["id"]), Options(document_per_line=case["id"] == "read-lines"))
        if case["id"].startswith("html"):
            found = [document.published_at and str(document.published_at) for document in documents]
        else:
            found = [
                start
                for document, start in zip(documents, right, strict=False)
                if start and document.text.startswith(start)
            ]
        has_failed = any(failure.error not in NOT_FAILED for failure in failures)
        if found != right or len(documents) != len(right) or has_failed != (not right):
            wrong.append(case["id"])
    assert len(wrong) <= len(_DOCUMENTS) // 10, wrong
