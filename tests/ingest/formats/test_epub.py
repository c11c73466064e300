"""E-books: a document for each part that holds text, in the order of reading."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from tasks.ingest import Document, Failure

    Articles = Callable[..., tuple[list[Document], list[Failure]]]

CONTAINER = '<container><rootfiles><rootfile full-path="B/p.opf"/></rootfiles></container>'
LIST = """<package xmlns:dc="http://purl.org/dc/elements/1.1/"><metadata><dc:title>A month</dc:title><dc:publisher>The Herald</dc:publisher>
<dc:date>2026-03-31</dc:date><dc:creator>A. Writer</dc:creator></metadata><manifest><item id="n" href="nav.xhtml" properties="nav"/>
<item id="a" href="one%20a.xhtml" media-type="application/xhtml+xml"/><item id="b" href="two.xhtml"/><item id="c" href="cover.xhtml"/></manifest>
<spine><itemref idref="n"/><itemref idref="c"/><itemref idref="b"/><itemref idref="a"/><itemref idref="missing"/></spine></package>"""


def book(package: Callable[..., bytes], **parts: str) -> bytes:
    """A book with two parts, a cover without text, and a list of contents."""
    members = {
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": CONTAINER,
        "B/p.opf": LIST,
        "B/nav.xhtml": "<html><body><nav><ol><li>One</li></ol></nav></body></html>",
        "B/cover.xhtml": "<html><head><title>Cover</title></head><body><img src='c.png'/></body></html>",
        "B/one a.xhtml": "<html><head><title/></head><body><h1>One</h1><p>It rained.</p></body></html>",
        "B/two.xhtml": "<html><head><title>Two</title></head><body><p>It &#8217;did not<br/>rain.</p></body></html>",
    }
    return package(members | {f"B/{name}.xhtml": content for name, content in parts.items()})


def test_parts_in_the_order_of_reading(package: Callable[..., bytes], articles: Articles) -> None:
    """The spine gives the order; covers and lists of contents are no documents; the book gives source and date."""
    documents, failures = articles("a.epub", book(package))
    assert failures == []
    assert [(d.record, d.title, d.source, str(d.published_at)[:10], d.text) for d in documents] == [
        ("1", "Two", "The Herald", "2026-03-31", "It ’did not\nrain."),
        ("2", "One", "The Herald", "2026-03-31", "It rained."),
    ]


def test_locked_parts_are_failures(package: Callable[..., bytes], articles: Articles) -> None:
    """A part with copy protection is a failure, and the others are read."""
    locked = '<encryption><CipherReference URI="B/two.xhtml"/></encryption>'
    raw = book(package, two="\x00\x01")
    members = {"META-INF/encryption.xml": locked}
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        members |= {name: archive.read(name).decode() for name in archive.namelist()}
    documents, [failure] = articles("a.epub", package(members))
    assert [document.title for document in documents] == ["One"]
    assert "copy protection" in failure.message


def test_a_book_without_its_list_is_a_failure(package: Callable[..., bytes], articles: Articles) -> None:
    """A book whose list of parts is missing cannot be read."""
    documents, [failure] = articles("a.epub", package({"META-INF/container.xml": "<container/>"}))
    assert (documents, failure.error) == ([], "FormatError")
