"""Articles in JSON: ninjs and JSON-LD."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tasks.ingest.formats.json_articles import articles_of_page

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tasks.ingest import Document, Failure

    Read = Callable[..., tuple[list[Document], list[Failure]]]


BODY = "<p>The kiln was lit.</p><p>It burned.</p>"


@pytest.mark.parametrize(
    "item",
    [
        {
            "headline": "Kiln",
            "byline": "By Una Bell",
            "body_html": BODY,
            "body_text": "Lit. Burned.",
            "source": "Dale Press",
        },
        {
            "headlines": [{"role": "short", "value": "K"}, {"role": "main", "value": "Kiln"}],
            "bodies": [{"contenttype": "text/plain", "value": "Lit."}, {"contenttype": "text/html", "value": BODY}],
            "infosources": [{"role": "publisher", "name": "Dale Press"}],
        },
        {
            "headlines": [{"value": "Kiln"}],
            "bodies": [{"role": "x", "contentType": "application/xhtml+xml", "value": BODY}],
            "infoSources": [{"name": "Dale Press"}],
        },
    ],
    ids=["1", "2", "3"],
)
def test_ninjs(read: Read, folder: Callable[..., Path], item: dict[str, object]) -> None:
    """Each version of ninjs is read, from the body in HTML, with the main headline and the publisher."""
    content = json.dumps({"uri": "u:1", "versioncreated": "2026-02-11", "firstcreated": "2026-02-10", **item})
    [document], failures = read(folder({"a.json": content}))
    assert (document.text, failures) == ("The kiln was lit.\n\nIt burned.", [])
    assert (document.title, document.source, str(document.published_at)[:10]) == ("Kiln", "Dale Press", "2026-02-10")


def test_a_ninjs_array(read: Read, folder: Callable[..., Path]) -> None:
    """In an array, each item with text is an article, and pictures are counted."""
    items = [{"uri": "u:1", "body_text": "One.\nTwo."}, {"uri": "u:2", "headline": "Photo", "type": "picture"}]
    [document], [failure] = read(folder({"a.json": json.dumps(items)}))
    assert (document.text, document.record, failure.error) == ("One.\n\nTwo.", "1", "LeftOut")


def test_json_that_is_no_article(read: Read, folder: Callable[..., Path]) -> None:
    """Other JSON in a folder is left out, and one that is cut short is a failure."""
    documents, failures = read(folder({"a.json": '{"size": 1}', "b.json": '{"body_html": "<p>'}))
    assert (documents, sorted(failure.error for failure in failures)) == ([], ["FormatError", "SkippedSource"])


def test_json_ld_of_a_page() -> None:
    """All articles of all blocks are found, in graphs and arrays, whatever else their type says; broken blocks are not."""
    first = {
        "@type": ["Thing", "NewsArticle"],
        "headline": "A &amp; b",
        "articleBody": "One.\n\nTwo.",
        "author": "Una Bell",
    }
    blocks = [
        json.dumps({"@graph": [{"@type": "WebSite"}, first]}),
        "<!-- " + json.dumps([{"@type": "schema:BlogPosting", "articleBody": "<p>Three.</p>"}]) + " -->",
        "{broken",
        json.dumps({"@type": "NewsArticle", "headline": "No body"}),
    ]
    page = "".join(f"<script type='application/ld+json; charset=utf-8'>{block}</script>" for block in blocks)
    found = articles_of_page(page)
    assert [text for text, _ in found] == ["One.\n\nTwo.", "Three."]
    assert (found[0][1]["title"], found[0][1]["byline"]) == ("A & b", "Una Bell")
