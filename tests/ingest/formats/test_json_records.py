"""JSON with records."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tasks.ingest import Document, Failure

    Read = Callable[..., tuple[list[Document], list[Failure]]]

RECORDS = [{"id": "f", "text": "It froze."}, {"id": "t", "text": "It thawed."}]


@pytest.mark.parametrize(
    "content",
    [
        json.dumps(RECORDS),
        json.dumps({"status": "ok", "tags": ["a"], "results": RECORDS}, indent=1),
        "\n".join(map(json.dumps, RECORDS)),
    ],
    ids=["list", "list in an object", "lines"],
)
def test_records_of_a_file(read: Read, folder: Callable[..., Path], content: str) -> None:
    """A list of records, an object with such a list, and a record a line are read as so many documents."""
    documents, failures = read(folder({"a.json": content}))
    assert [(document.record, document.text) for document in documents] == [("f", "It froze."), ("t", "It thawed.")]
    assert failures == []


def test_one_record(read: Read, folder: Callable[..., Path]) -> None:
    """An object with a text is one record."""
    [document], _ = read(folder({"a.json": json.dumps(RECORDS[0])}))
    assert (document.record, document.text) == ("f", "It froze.")


def test_other_json(read: Read, folder: Callable[..., Path]) -> None:
    """JSON without records is left out of a folder and a failure if it was named; records without a text are a failure."""
    top = folder({"a.json": '{"a": 1}', "b.json": '[{"body": "It froze."}]', "c.json": '[{"text": "It froze."}, 4]'})
    documents, failures = read(top)
    assert [document.text for document in documents] == ["It froze."]
    assert [failure.error for failure in failures] == ["SkippedSource", "MissingField", "FormatError"]
    assert "its fields are: body" in failures[1].message
    assert read(top / "a.json")[1][0].error == "FormatError"


def test_broken_json(read: Read, folder: Callable[..., Path]) -> None:
    """A list that ends too early is a failure."""
    documents, [failure] = read(folder({"a.json": '[{"text": "It froze."}, '}))
    assert (documents, failure.error) == ([], "FormatError")
