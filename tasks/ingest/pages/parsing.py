"""HTML text to a tree."""

from __future__ import annotations

from typing import Any


def parse_page(text: str) -> Any:
    """The root element of a page or of a part of one; None if there is nothing in it. Nothing is loaded.

    >>> parse_page("<p>It rained.").findtext(".//p")
    'It rained.'
    """
    from lxml import html

    try:
        return html.document_fromstring(
            text.replace("\0", "").encode("utf-8", "surrogatepass"),
            parser=html.HTMLParser(encoding="utf-8", no_network=True, remove_pis=True),
        )
    except (ValueError, html.etree.ParserError):
        return None
