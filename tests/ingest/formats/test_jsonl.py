"""JSONL."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tasks.ingest import (
        Document,
        Failure,
    )

    Read = Callable[..., tuple[list[Document], list[Failure]]]


def test_jsonl_rescues_every_good_record(read: Read, folder: Callable[..., Path]) -> None:
    """Each bad line is a failure with its number; the others are read."""
    lines = [
        b'{"id": "a", "text": "fine one.", "date": "2024-05-06T07:08:09Z", "source": "Post", "title": "T"}',
        b"not json",
        b'{"id": "b", "text": "caf\xe9"}',
        b'{"text": "no id"}',
        b'{"id": "a", "text": "same id"}',
        b'{"id": 7, "text": 42}',
        b"[1, 2]",
        b'{"id": "lone", "text": "lone \\ud800 half, whole \\ud83d\\ude00"}',
        b"[" * 100_000,
    ]
    documents, failures = read(folder({"a.jsonl": b"\n".join(lines)}))
    assert [(d.record, d.text) for d in documents] == [
        ("a", "fine one."),
        ("b", "café"),
        ("4", "no id"),
        ("a#5", "same id"),
        ("lone", "lone \ufffd half, whole 😀"),
    ]
    assert documents[0].published_at == datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)
    assert [f.record for f in failures] == ["2", "7", "7", "9"]
    assert len({d.document_id for d in documents}) == len(documents)


def test_message_points_at_the_place(read: Read, folder: Callable[..., Path]) -> None:
    """For a line that is not JSON, the message has a mark below the invalid character."""
    _, [failure] = read(folder({"a.jsonl": '{"text": "x",}'}))
    first, excerpt, mark = failure.message.splitlines()
    assert first.startswith("a.jsonl, record 1: this line is not JSON")
    assert excerpt[mark.index("^")] in ",}"


def test_json_of_any_text_is_read_unchanged(read: Read, folder: Callable[..., Path]) -> None:
    """Any text that JSON can contain is the document's text."""
    text = "“Quoted” \\ \t\n \u2028 é 😀"
    [document], _ = read(folder({"a.jsonl": json.dumps({"text": text})}))
    assert document.text == text
