"""Exports of Factiva as HTML or XML; those as .rtf are read by `exports`."""

from __future__ import annotations

import re
from typing import IO, TYPE_CHECKING, Any

from tasks.ingest.compression import read_whole
from tasks.ingest.dates import find_date
from tasks.ingest.decoding import decode
from tasks.ingest.exports import Exported, coded_fields, export_articles, factiva_article
from tasks.ingest.formats.fragments import has_class, parse_html, plain_html, words_of
from tasks.ingest.formats.html import declared_charset
from tasks.ingest.packages import local_name, parse_xml
from tasks.ingest.paper import Paragraph
from tasks.parts import Parts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tasks.ingest.articles import Article, Unread
    from tasks.ingest.model import Source
    from tasks.options import Options


def read_articles(stream: IO[bytes], source: Source, options: Options) -> Iterator[Article | Unread]:
    """The articles of a page or of a set of results."""
    raw = read_whole(stream, options.limits.max_document_bytes, "--max-document-bytes", source.uri)
    Parts(options.limits.max_document_parts).check(raw.count(b"<"), "tags", each=0.5)
    found = _of_xml(raw) if source.format == "factiva_xml" else _of_html(raw, options)
    return export_articles(found, 0, "factiva")


def _of_html(raw: bytes, options: Options) -> Iterator[Exported]:
    root = parse_html(decode(raw, declared_charset(raw)).text)
    for element in () if root is None else root.iter("div"):
        if has_class(element, "article") and any(name.endswith("Article") for name in element.get("class").split()):
            yield _coded(element) or _shown(element, options)


def _coded(element: Any) -> Exported | None:
    """An article whose fields are rows of a table, each after its code."""
    values: dict[str, list[Paragraph]] = {}
    for row in element.iter("tr"):
        cells = [cell for cell in row if cell.tag in {"td", "th"}]
        if len(cells) == 2 and re.fullmatch(r"[A-Z]{2,3}", code := words_of(cells[0])):
            values[code] = [Paragraph(text) for text in plain_html(cells[1]).split("\n\n")]
    return coded_fields(values) if {"HD", "LP"} & values.keys() else None


def _shown(element: Any, options: Options) -> Exported:
    """An article as the page shows it: the headline, some lines, the paragraphs, and the number."""
    title = next(
        (
            words_of(node)
            for node in element.iter()
            if node.get("id") == "hd" or re.fullmatch(r"\w\wHeadline", node.get("class") or "")
        ),
        "",
    )
    lines = []
    number = None
    for text in plain_html(element).split("\n\n"):
        bare = text.removeprefix("# ")
        if match := re.fullmatch(r"\w+ ([A-Z0-9]{5,12}\d{8}[a-z0-9]{6,12})", bare):
            number = match[1]
            break
        lines.append(Paragraph(bare, "heading" if title and bare == title else ""))
    exported = factiva_article(lines, options)
    exported.id = number
    return exported


def _of_xml(raw: bytes) -> Iterator[Exported]:
    root = parse_xml(raw, "the file")
    for element in root.iter():
        if local_name(element).lower() != "article":
            continue
        parts: dict[str, Any] = {}
        for child in element:
            parts.setdefault(local_name(child).lower(), child)
        body = [
            Paragraph(text)
            for name in ("leadparagraph", "tailparagraphs")
            if name in parts
            for text in _paragraphs(parts[name])
        ]
        number = words_of(parts.get("accessionno")) or words_of(parts.get("reference")).rpartition("/")[2]
        dated = words_of(parts.get("publicationdate"))
        iso = re.search(r"\d{4}-\d\d-\d\d", dated) or re.fullmatch(r"\d{8}", dated)
        fields = {
            "title": words_of(parts.get("headline")),
            "byline": words_of(parts.get("byline")),
            "source": words_of(parts.get("sourcename")) or words_of(parts.get("source")),
            "date": iso[0] if iso else find_date(dated),
        }
        yield Exported(body, fields, number or None)


def _paragraphs(element: Any) -> list[str]:
    """The texts of the paragraphs in an element, which may be one itself."""
    inner = [words_of(node) for node in element.iter() if local_name(node).lower() in {"paragraph", "para", "p"}]
    return inner or [words_of(element)]
