"""Front matter."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tasks.ingest import (
        Document,
        Failure,
    )

    Read = Callable[..., tuple[list[Document], list[Failure]]]


def test_front_matter_with_an_invalid_byte(read: Read, folder: Callable[..., Path]) -> None:
    """A byte of another encoding in a title is decoded as in a text."""
    path = folder({"a.md": "---\ntitle: Caf\u00e9\n---\nIt rained, \u201cagain\u201d."})
    file = path / "a.md" if path.is_dir() else path
    file.write_bytes(file.read_bytes().replace(b"title: Caf", b"title: \x96 Caf"))
    [document], _ = read(path)
    assert document.title == "– Café"


@pytest.mark.parametrize("date", ["2022-89-21", "9" * 5000, "[" * 3000])
def test_invalid_front_matter(read: Read, folder: Callable[..., Path], date: str) -> None:
    """With an invalid date, the document has no date, but is read."""
    front = f"---\ntitle: A wet day\ndate: {date}\n---\n"
    [document], failures = read(folder({"a.md": front + "It rained."}))
    assert document.published_at is None
    assert document.text.endswith("It rained.")
    assert failures == []


def test_front_matter(read: Read, folder: Callable[..., Path]) -> None:
    """Front matter gives title, source, date and byline, and is not part of the text; offsets include its length."""
    front = "---\ntitle: A wet day\nsource: The Post\ndate: 2024-02-03\nauthors: [Ida Fenn, Ole Ruud]\n---\n"
    for name in ("a.txt", "a.md"):
        [document], _ = read(folder({name: front + "It rained."}, name))
        assert (document.title, document.source) == ("A wet day", "The Post")
        assert document.published_at == datetime(2024, 2, 3, tzinfo=UTC)
        assert (document.date_source, document.byline) == ("front_matter", "Ida Fenn; Ole Ruud")
        assert document.text == "It rained."
    [document], _ = read(folder({"b.txt": front + "It rained."}, "offset"))
    assert document.text_offset == len(front)
