"""HTML and Markdown without a name that says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tasks.ingest.markup import plain_markup
from tasks.parts import unlimited

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tasks.ingest import Document, Failure

    Read = Callable[..., tuple[list[Document], list[Failure]]]


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("<p>It froze.</p><p>It thawed.", "It froze.\n\nIt thawed."),
        ("It froze.<br /><br />It thawed.", "It froze.\n\nIt thawed."),
        ("It <b>froze</b> &amp; thawed.", "It froze & thawed."),
        ("&lt;div&gt;It froze.&lt;/div&gt;", "It froze."),
    ],
)
def test_html(text: str, plain: str) -> None:
    """Elements of blocks, line breaks and pairs of tags show that a text is HTML."""
    assert plain_markup(text, unlimited()) == ("html", plain)


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("# Frost\n\nIt **froze** all day.", "# Frost\n\nIt froze all day."),
        ("Read [this](https://a.example/b) and [that](/c).", "Read this and that."),
    ],
)
def test_markdown(text: str, plain: str) -> None:
    """Two links, or a heading and emphasis, show that a text is Markdown."""
    assert plain_markup(text, unlimited()) == ("markdown", plain)


@pytest.mark.parametrize(
    "text",
    [
        "It froze at <4 degrees, and thawed at >5.",
        "The tag `<p>` ends with `</p>`, he taught.",
        "# 1 on the list was Frost.",
        "* It froze.\n* It thawed.",
        "He wrote [sic](see below) and 2 ** 3.",
        "<p " * 1000,
    ],
)
def test_plain_text(text: str) -> None:
    """A text that speaks of a tag, or has a single mark, stays as it is."""
    assert plain_markup(text, unlimited()) is None


def test_text_files(read: Read, folder: Callable[..., Path]) -> None:
    """A .txt file with HTML or Markdown in it is read as such, and its front matter is kept."""
    page = "---\ntitle: Frost\n---\n<p>It froze.</p>\n<p>It thawed.</p>\n"
    documents, _ = read(folder({"a.txt": page, "b.txt": "## Frost\n\n- It *froze*.\n- It thawed.\n"}))
    assert [(document.format, document.title, document.text) for document in documents] == [
        ("html", "Frost", "It froze.\n\nIt thawed."),
        ("markdown", None, "# Frost\n\n- It froze.\n- It thawed."),
    ]
