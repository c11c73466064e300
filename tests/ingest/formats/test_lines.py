"""Plain text with a document a line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tasks.options import Options

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tasks.ingest import Document, Failure

    Read = Callable[..., tuple[list[Document], list[Failure]]]


def test_a_document_a_line(read: Read, folder: Callable[..., Path]) -> None:
    """With the option each line with text is a document, named by its number; without it the file is one."""
    top = folder({"a.txt": "It froze.\r\n\r\nIt thawed.\r\n"})
    documents, failures = read(top, Options(document_per_line=True))
    assert [(document.record, document.text) for document in documents] == [("1", "It froze."), ("3", "It thawed.")]
    assert failures == []
    assert len(read(top)[0]) == 1
