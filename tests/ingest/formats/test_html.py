"""HTML pages."""

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


def test_html(read: Read, samples: Path) -> None:
    """The article of a page is kept, with marks for headings, items and quotes; scripts, menus and comments are not."""
    [document], failures = read(samples / "vantry-observer" / "2025-06-28-hostel-plan.html")
    assert not failures
    assert document.title == "Seasonal workers’ hostel plan divides seaside town"
    assert "> They pick the strawberries and we eat them." in document.text
    assert "The Grand Hotel (pictured)" in document.text
    assert "- keep a warden on site day and night;" in document.text
    assert "function" not in document.text


def test_html_in_its_declared_encoding(read: Read, folder: Callable[..., Path]) -> None:
    """The declared encoding of a page is used, not a detected one."""
    page = f"<html><head><meta charset=iso-8859-2></head><body><p>{'Łódź i Gdańsk są piękne. ' * 9}</p></body></html>"
    [document], _ = read(folder({"a.html": page.encode("iso-8859-2")}))
    assert "Łódź i Gdańsk są piękne." in document.text


def test_article_of_a_teaser(read: Read, folder: Callable[..., Path]) -> None:
    """Where the page shows the beginning only, the article is that of its JSON-LD."""
    article = "\\n\\n".join(
        [f"Snow fell on town {number}, and the roads to the coast were shut." for number in range(9)]
    )
    linked = f'{{"@type": "NewsArticle", "articleBody": "{article}"}}'
    head = f"<script type='application/ld+json'>{linked}</script>"
    page = f"<html><head>{head}</head><body><article><p>Snow fell on town 0, and</p></article></body></html>"
    [document], _ = read(folder({"a.html": page}))
    assert document.text.count("Snow fell on town") == 9
    assert "shut.\n\nSnow" in document.text
