"""Exports of Europresse: a page with an element `article` for each; the certificate below it is not part of it."""

from __future__ import annotations

import re
from typing import IO, TYPE_CHECKING, Any

from tasks.ingest.compression import read_whole
from tasks.ingest.dates import find_date
from tasks.ingest.decoding import decode
from tasks.ingest.exports import Exported, export_articles
from tasks.ingest.formats.fragments import first_with_class, parse_html, plain_html, words_of
from tasks.ingest.formats.html import declared_charset
from tasks.ingest.markers import either, markers
from tasks.ingest.paper import Paragraph
from tasks.parts import Parts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tasks.ingest.articles import Article, Unread
    from tasks.ingest.model import Source
    from tasks.options import Options


def read_articles(stream: IO[bytes], source: Source, options: Options) -> Iterator[Article | Unread]:
    """The articles of a page."""
    raw = read_whole(stream, options.limits.max_document_bytes, "--max-document-bytes", source.uri)
    Parts(options.limits.max_document_parts).check(raw.count(b"<"), "tags", each=0.5)
    root = parse_html(decode(raw, declared_charset(raw)).text)
    found = [] if root is None else list(root.iter("article"))
    if not found and root is not None:
        found = [root]
    return export_articles((_article(element, options) for element in found), 0, "europresse")


def _article(element: Any, options: Options) -> Exported:
    text = first_with_class(element, "docOcurrContainer", "DocText")
    head = words_of(first_with_class(element, "DocHeader"))
    everything = " ".join(next(element.iter("footer"), element).itertext())
    word = either(markers("europresse", options.export_markers)["id"])
    number = re.search(rf"{word}\s*:\s*(\S+)", everything) or re.search(r"\b(news·\d{8}·\S+)", everything)
    dated = find_date(head) or _date_of_number(number[1] if number else "")
    fields = {
        "title": words_of(first_with_class(element, "titreArticleVisu", "titreArticle")),
        "source": _source(words_of(first_with_class(element, "DocPublicationName"))),
        "date": dated,
        "byline": _byline(element),
    }
    body = [] if text is None else [Paragraph(part) for part in plain_html(text).split("\n\n")]
    return Exported(body, fields, number[1] if number else None)


def _source(name: str) -> str:
    """The name of a paper without its number and the kind of its edition.

    >>> _source("The Herald, no. 24 112"), _source("The Herald (web site)")
    ('The Herald', 'The Herald')
    """
    return re.split(r",? n[o°]\.? ?\d| ?\((?:site web|web site|sites? web|web).*", name)[0].strip(" ,")


def _byline(element: Any) -> str:
    """Who wrote an article: the authors' element, else the line below the headline in its head."""
    authors = first_with_class(element, "docAuthors")
    if authors is None:
        head = next(element.iter("header"), None)
        authors = None if head is None else first_with_class(head, "sm-margin-bottom")
    return words_of(authors).strip(" ;")


def _date_of_number(number: str) -> str | None:
    match = re.search(r"·(\d{4})(\d\d)(\d\d)·", number)
    return f"{match[1]}-{match[2]}-{match[3]}" if match else None
