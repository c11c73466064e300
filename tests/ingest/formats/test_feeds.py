"""Feeds: RSS and Atom."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tasks.ingest import Document, Failure

    Read = Callable[..., tuple[list[Document], list[Failure]]]


RSS = """<?xml version="1.0"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel><title>The Mill Post</title>{items}</channel></rss>"""


def test_the_full_text_comes_before_the_description(read: Read, folder: Callable[..., Path]) -> None:
    """An entry with content:encoded is read from it, and its source is the title of the feed."""
    item = (
        "<item><title>Snow &amp;amp; ice</title><guid>mp-1</guid><dc:creator>Una Bell</dc:creator>"
        "<pubDate>Tue, 06 Jan 2026 00:30:00 CET</pubDate><description>Short.</description>"
        "<content:encoded><![CDATA[<p>It snowed&mdash;twice.</p><figure><figcaption>A plough.</figcaption></figure>"
        "<p>Roads were shut.</p><script>x()</script>]]></content:encoded></item>"
    )
    [document], failures = read(folder({"a.rss": RSS.format(items=item)}))
    assert (document.text, failures) == ("It snowed—twice.\n\nRoads were shut.", [])
    assert (document.title, document.source) == ("Snow & ice", "The Mill Post")
    assert document.published_at is not None
    assert document.published_at.isoformat() == "2026-01-05T23:30:00+00:00"


def test_a_teaser_is_told(read: Read, folder: Callable[..., Path]) -> None:
    """An entry with only a short description is read, and a row says that it is a teaser; it is not a failure."""
    items = (
        "<item><title>A</title><description>The quarry will close …</description></item><item><title>B</title></item>"
    )
    documents, failures = read(folder({"a.xml": RSS.format(items=items)}))
    assert [document.text for document in documents] == ["The quarry will close …"]
    assert [(failure.error, failure.message) for failure in failures] == [
        ("LeftOut", "a.xml: 1 of 2 entries hold only a teaser, not the article; 1 of 2 entries have no text")
    ]


def test_old_feeds(read: Read, folder: Callable[..., Path]) -> None:
    """RSS 1.0 has its items beside the channel; RSS 0.91 has a DTD, which is not loaded, and its names of characters."""
    rdf = (
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>The Mill Post</title></channel>'
        '<item rdf:about="u:1"><title>Sale</title><description>The mill was sold.</description>'
        "<dc:date>2004-02-03</dc:date></item></rdf:RDF>"
    )
    old = (
        '<!DOCTYPE rss PUBLIC "-//X//DTD RSS 0.91//EN" "http://x.example/rss.dtd"><rss version="0.91"><channel>'
        "<title>M</title><item><title>Caf&eacute; & tea</title><description>It cost &pound;4.</description></item>"
        "</channel></rss>"
    )
    first, second = read(folder({"a.xml": rdf, "b.rss": old}))[0]
    assert (first.text, first.source, str(first.published_at)[:10]) == (
        "The mill was sold.",
        "The Mill Post",
        "2004-02-03",
    )
    assert (second.text, second.title) == ("It cost £4.", "Café & tea")


def test_atom(read: Read, folder: Callable[..., Path]) -> None:
    """Content comes before the summary, the day of publication before that of a change; types of text are observed."""
    feed = (
        '<feed xmlns="http://www.w3.org/2005/Atom"><title>The Mill Post</title>'
        '<entry><title type="html">Tea &amp;amp; toast</title><updated>2026-02-09T00:00:00Z</updated>'
        "<published>2026-02-01T00:00:00Z</published><author><name>Una Bell</name></author><summary>No.</summary>"
        '<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>One <b>bold</b> day.</p><p>Two.</p></div></content>'
        "</entry><entry><title>a &lt; b</title><updated>2026-02-03T00:00:00Z</updated><source><title>The Dale Sun</title></source>"
        '<content type="text">x &lt;p&gt; y</content></entry></feed>'
    )
    first, second = read(folder({"a.atom": feed}))[0]
    assert (first.text, first.title, str(first.published_at)[:10]) == (
        "One bold day.\n\nTwo.",
        "Tea & toast",
        "2026-02-01",
    )
    assert (second.text, second.source, second.title) == ("x <p> y", "The Dale Sun", "a < b")


def test_a_feed_that_is_cut_short(read: Read, folder: Callable[..., Path]) -> None:
    """XML that is not whole is a failure that names the line."""
    documents, [failure] = read(folder({"a.rss": RSS.format(items="<item><title>A")[:-30]}))
    assert (documents, failure.error) == ([], "FormatError")
    assert "not well-formed (line 3" in failure.message


def test_entities_are_not_expanded(read: Read, folder: Callable[..., Path]) -> None:
    """Entities of a DTD stay names: neither files nor a billion laughs come out of them."""
    bomb = (
        '<!DOCTYPE rss [<!ENTITY a "ha"><!ENTITY f SYSTEM "file:///etc/passwd">]>'
        "<rss><channel><title>M</title><item><title>T</title><description>&a; and &f; end.</description></item></channel></rss>"
    )
    [document], _ = read(folder({"a.rss": bomb}))
    assert document.text == "&a; and &f; end."
