"""Pages read by a machine (OCR): ALTO 1 to 4, and hOCR. A file is one article with the text of its pages, in reading order.

A block (ALTO) or paragraph (hOCR) is a paragraph of the text, and its lines stay lines: words that are parted at line ends
are joined by the stage `clean`, which knows a dictionary and tells what it did. Where the file itself says which word it is
(`SUBS_CONTENT`), that is taken.
"""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Any

from tasks.errors import FormatError
from tasks.ingest.articles import Article, Unread
from tasks.ingest.compression import read_whole
from tasks.ingest.decoding import Decoded, decode
from tasks.ingest.formats.markup import hide_invalid_bytes
from tasks.ingest.formats.xml_tree import attribute, children, descendants, local_name, parse_xml
from tasks.parts import Parts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tasks.ingest.model import Source
    from tasks.options import Options

_LINES = frozenset({"ocr_line", "ocr_header", "ocr_footer", "ocr_caption", "ocr_textfloat", "ocr_heading", "ocrx_line"})
_GROUPS = ("ocr_par", "ocr_carea", "ocrx_block", "ocr_page")
"""What a paragraph of hOCR is: the first of these that a page has around its lines."""


def read_articles(stream: IO[bytes], source: Source, options: Options) -> Iterator[Article | Unread]:
    """The single article of a file with the layout of pages."""
    raw = read_whole(stream, options.limits.max_document_bytes, "--max-document-bytes", source.uri)
    Parts(options.limits.max_document_parts).check(raw.count(b"<"), "tags", each=3)
    paragraphs, decoded = _read_hocr(raw) if source.format == "hocr" else _read_alto(raw)
    text = "\n\n".join("\n".join(lines) for lines in paragraphs)
    if not text:
        raise FormatError("these pages have no text: the recognition found none, or was not run")
    yield Article(text, source.format, raw=raw, decoded=decoded)


# ---------------------------------------------------------------------------------------------------------------- ALTO


def _read_alto(raw: bytes) -> tuple[list[list[str]], Decoded]:
    root, decoded = parse_xml(raw)
    paragraphs: list[list[str]] = []
    places: dict[str, int] = {}
    for order in descendants(root, "readingorder"):
        for reference in descendants(order, "elementref"):
            places.setdefault(attribute(reference, "ref"), len(places))
    for page in descendants(root, "page"):
        has_spaces = next(descendants(page, "sp"), None) is not None
        for block in _ordered(page, places):
            lines = [*_alto_lines(block, has_spaces=has_spaces)]
            if lines:
                paragraphs.append(lines)
    return paragraphs, decoded


def _ordered(page: Any, places: dict[str, int]) -> list[Any]:
    """The text blocks of a page in the reading order that the file gives (`places` by id), else in that of the file."""
    blocks = [*descendants(page, "textblock")]
    if not places:
        return blocks

    def place(block: Any) -> int:
        """Its own place, or that of a block around it."""
        around = block
        while around is not None and around is not page:
            if (key := attribute(around, "id")) in places:
                return places[key]
            around = around.getparent()
        return len(places)

    return sorted(blocks, key=place)


def _alto_lines(block: Any, *, has_spaces: bool) -> Iterator[str]:
    """The lines of a block: a blank where SP stands if the page has any, else between all strings."""
    for line in descendants(block, "textline"):
        pieces: list[str] = []
        for element in children(line, "string", "sp", "hyp"):
            match local_name(element):
                case "sp":
                    pieces.append(" ")
                case "hyp":
                    if pieces and not pieces[-1].endswith("\0"):
                        pieces.append(attribute(element, "content") or "-")
                case _:
                    if pieces and not has_spaces:
                        pieces.append(" ")
                    pieces.append(_alto_word(element))
        text = "".join(pieces).replace("\0", "")
        if words := " ".join(text.split()):
            yield words


def _alto_word(string: Any) -> str:
    """The text of a string. The first part of a parted word stands for all of it, the second for nothing."""
    whole = attribute(string, "subs_content")
    kind = attribute(string, "subs_type").lower()
    if whole and kind == "hyppart1":
        return whole + "\0"  # its hyphen is none
    if whole and kind == "hyppart2":
        return ""
    return attribute(string, "content")


# ---------------------------------------------------------------------------------------------------------------- hOCR


def _read_hocr(raw: bytes) -> tuple[list[list[str]], Decoded]:
    from lxml import etree

    from tasks.ingest.formats.html import declared_charset

    decoded = decode(raw, declared_charset(raw))
    content = hide_invalid_bytes(decoded.text).encode()
    root = etree.HTML(content, etree.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True))
    paragraphs: list[list[str]] = []
    above: Any = None
    for line in () if root is None else root.iter():
        if not _LINES & _classes(line):
            continue
        group = _group(line)
        words = " ".join(_hocr_words(line))
        if not words:
            continue
        if group is not above or not paragraphs:
            paragraphs.append([])
        above = group
        paragraphs[-1].append(words)
    return paragraphs, decoded


def _classes(element: Any) -> set[str]:
    return set((element.get("class") or "").split()) if isinstance(element.tag, str) else set()


def _group(line: Any) -> Any:
    """The element around a line that makes a paragraph."""
    around: dict[str, Any] = {}
    for element in line.iterancestors():
        for name in _classes(element):
            around.setdefault(name, element)
    return next((around[name] for name in _GROUPS if name in around), None)


def _hocr_words(line: Any) -> Iterator[str]:
    """The words of a line: its word elements if it has any, else its text."""
    words = [element for element in line.iter() if {"ocrx_word", "ocr_word"} & _classes(element)]
    for element in words or [line]:
        yield from "".join(element.itertext()).split()
