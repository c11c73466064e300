"""CSV and TSV."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tasks.ingest import (
        Document,
        Failure,
    )

    Read = Callable[..., tuple[list[Document], list[Failure]]]


def test_csv_and_tsv(read: Read, folder: Callable[..., Path]) -> None:
    """Rows become documents; cells may hold line breaks; a row of the wrong length is a failure of its own."""
    table = 'id,text,title\n1,"One,\nindeed.",First\n2,Two.\n3,Three.,x,extra\n'
    documents, failures = read(folder({"a.csv": table, "b.tsv": "text\tid\nFour.\t4\n"}))
    assert [(d.record, d.text, d.title) for d in documents] == [
        ("1", "One,\nindeed.", "First"),
        ("2", "Two.", None),
        ("4", "Four.", None),
    ]
    assert ["4 cells in a row" in f.message for f in failures] == [True]
