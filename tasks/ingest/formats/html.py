"""HTML pages to the article in them, as plain text with the same block marks as `formats.markdown`.

Menus, scripts and comments are removed. Title, date and source are taken from the page's metadata.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tasks.errors import FormatError
from tasks.ingest.decoding import decode
from tasks.ingest.formats.markup import hide_invalid_bytes, make_markup_document

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tasks.ingest.model import Document, Source
    from tasks.parts import Parts

_DECLARED_CHARSET = re.compile(rb"""<meta[^>]{0,200}charset\s{0,5}=\s{0,5}["']?([\w.:-]{2,40})""", re.IGNORECASE)


def read(raw: bytes, source: Source, parts: Parts) -> Document:
    """The document with the article of a page. Its parsers take two kilobytes per tag."""
    decoded = decode(raw, declared_charset(raw))
    parts.check(decoded.text.count("<"), "tags of HTML", each=3)
    if not decoded.text.strip():
        return make_markup_document(source, "html", decoded, raw, {}, "")
    fields, text = extract_article(hide_invalid_bytes(decoded.text))
    return make_markup_document(source, "html", decoded, raw, fields, text)


def declared_charset(raw: bytes) -> str | None:
    """The encoding that an HTML page declares.

    >>> declared_charset(b'<meta charset="windows-1252">')
    'windows-1252'
    """
    match = _DECLARED_CHARSET.search(raw, 0, 4096)
    return match[1].decode("ascii") if match else None


def extract_article(page: str) -> tuple[dict[str, Any], str]:
    """The metadata of the page (title, date, source), and its article as plain text, without menus and comments.

    Raises FormatError if no article can be found.
    """
    import trafilatura
    from trafilatura.settings import Document

    tree = trafilatura.load_html(page)
    if tree is not None:
        # The extractor drops figures with their captions, but a reader of the page sees the captions.
        for figure in tree.iter("figure", "figcaption"):
            figure.tag = "div" if figure.tag == "figure" else "p"
    article = (
        None
        if tree is None
        else trafilatura.bare_extraction(
            tree, include_comments=False, include_images=False, favor_recall=True, with_metadata=True
        )
    )
    if not isinstance(article, Document):
        text = trafilatura.html2txt(page)
        if not text or not text.strip():
            raise FormatError("no text was found on this page; save the article itself as .txt")
        return {}, text
    fields = {"title": article.title, "date": article.date, "source": article.sitename}
    return fields, "\n".join(_elements(article.body)).strip("\n")


def _elements(body: Any) -> Iterator[str]:  # an lxml element, which has no types
    """The lines of an extracted page, with the same marks as in Markdown."""
    for element in body:
        match element.tag:
            case "list":
                for number, item in enumerate(element.iter("item"), 1):
                    mark = f"{number}. " if element.get("rend") == "ol" else "- "
                    if words := _words_of(item):
                        yield mark + words
                yield ""
                continue
            case "quote":
                paragraphs = [words for part in element.iter("p") if (words := _words_of(part))] or [_words_of(element)]
                lines = [f"> {words}" for words in paragraphs if words]
            case "head":
                lines = [f"# {_words_of(element)}"]
            case "div" | "table":
                yield from _elements(element)
                continue
            case _:
                lines = [_words_of(element)]
        for line in filter(None, lines):
            yield line
            yield ""


def _words_of(element: Any) -> str:
    return " ".join("".join(element.itertext()).split("\n")).strip()
