"""Articles in JSON: ninjs and JSON-LD."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

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


def test_json_ld(read: Read, folder: Callable[..., Path]) -> None:
    """All articles are found, in graphs and arrays, whatever else their type says; one without a text is counted."""
    first = {
        "@type": ["Thing", "NewsArticle"],
        "headline": "A &amp; b",
        "articleBody": "One.\n\nTwo.",
        "author": "Una Bell",
    }
    second = {"@type": "schema:BlogPosting", "articleBody": "<p>Three.</p>", "publisher": {"name": "The Dale Sun"}}
    graph = {"@graph": [{"@type": "WebSite"}, first, [second], {"@type": "NewsArticle", "headline": "No body"}]}
    documents, [failure] = read(folder({"a.json": json.dumps(graph)}))
    assert [document.text for document in documents] == ["One.\n\nTwo.", "Three."]
    assert (documents[0].title, documents[0].byline, documents[1].source) == ("A & b", "Una Bell", "The Dale Sun")
    assert (failure.error, "1 of 3 items have no text" in failure.message) == ("LeftOut", True)
