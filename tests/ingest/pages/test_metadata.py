"""The metadata of a page."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tasks.ingest.dates import parse_date
from tasks.ingest.pages.blocks import blocks_of
from tasks.ingest.pages.metadata import metadata_of
from tasks.ingest.pages.parsing import parse_page


def metadata(head: str = "", body: str = "<p>It froze.</p>") -> dict[str, Any]:
    """The metadata of a page with this head and body."""
    tree = parse_page(f"<html><head>{head}</head><body>{body}</body></html>")
    return metadata_of(tree, blocks_of(tree))


def script(**fields: object) -> str:
    """The element with an article in JSON-LD."""
    return f"<script type='application/ld+json'>{json.dumps({'@type': 'NewsArticle'} | fields)}</script>"


def test_date_with_time_and_zone() -> None:
    """The date of JSON-LD comes first, then that of a meta element, with time and zone."""
    meta = "<meta property='article:published_time' content='2025-01-04T09:30:00+02:00'>"
    found = metadata(script(datePublished="2025-01-03T23:00:00-05:00") + meta)
    assert (str(parse_date(found["date"])), found["date_source"]) == ("2025-01-04 04:00:00+00:00", "json_ld")
    found = metadata(meta)
    assert (str(parse_date(found["date"])), found["date_source"]) == ("2025-01-04 07:30:00+00:00", "meta")


def test_time_element_of_the_article() -> None:
    """A time element gives the date where the page says that it is that of publication."""
    marked = "<div class='entry-meta'><time datetime='2025-01-04'>4 January</time></div><p>It froze.</p>"
    assert metadata(body=marked)["date_source"] == "time_element"
    assert metadata(body="<p>He left on <time datetime='2025-01-04'>4 January</time>.</p>")["date"] is None


@pytest.mark.parametrize(
    "body", ["<footer>© 2017 The Post</footer>", "<p>4 January 2025</p>", "<a href='/2017/02/03/frost'>Frost</a>"]
)
def test_no_date_is_guessed(body: str) -> None:
    """A year of a copyright line, a date in the text, and one in an address are not the page's date."""
    assert (metadata(body=body)["date"], metadata(body=body)["date_source"]) == (None, None)


@pytest.mark.parametrize(
    ("head", "body", "byline"),
    [
        (script(author=[{"name": "Ida Fenn"}, {"name": "Ole Ruud"}]), "", "Ida Fenn; Ole Ruud"),
        (script(author="Ida Fenn"), "<p class=byline>By Ole Ruud</p>", "Ida Fenn"),
        ("<meta name=author content='By Ida Fenn'>", "", "Ida Fenn"),
        ("<meta property='article:author' content='https://social.example/ida'>", "<p>By Ida Fenn</p>", "Ida Fenn"),
        ("", "<span class=article__byline>By <a>Ida Fenn</a></span>", "Ida Fenn"),
        ("", "<p>By night it froze.</p>", None),
        ("", "<p class=author>Ida Fenn</p>", "Ida Fenn"),
        ("", "<p class=author>Print</p><p class=byline>4 May, 10:15</p>", None),
        ("", "<div class=comments><p class=author>Ida Fenn</p></div>", None),
    ],
)
def test_byline(head: str, body: str, byline: str | None) -> None:
    """The byline is from JSON-LD, a meta element or the line that is marked as one; an address is none."""
    assert metadata(head, body)["byline"] == byline


@pytest.mark.parametrize(
    ("head", "body", "title"),
    [
        ("<title>Frost in Hull | The Post</title>", "<h1>Frost in Hull</h1>", "Frost in Hull"),
        ("<meta property=og:title content='Frost in Hull'><title>Post</title>", "", "Frost in Hull"),
        ("", "<h1>Frost in Hull</h1>", "Frost in Hull"),
        ("", "<p>It froze.</p>", None),
    ],
)
def test_title(head: str, body: str, title: str | None) -> None:
    """The title has no name of the site behind it."""
    assert metadata(head, body)["title"] == title


def test_graph_and_broken_json() -> None:
    """The article is found in a graph; JSON that cannot be read is passed over."""
    graph = {
        "@graph": [{"@type": "WebPage"}, {"@type": ["Article"], "headline": "Frost", "publisher": {"name": "Post"}}]
    }
    found = metadata(
        f"<script type='application/ld+json'>{{</script><script type='application/ld+json'>{json.dumps(graph)}</script>"
    )
    assert (found["title"], found["source"]) == ("Frost", "Post")
