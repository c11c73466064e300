"""HTML pages to the article in them, as plain text with the same block marks as `formats.markdown`.

Menus, scripts and comments are removed. Title, source, date and byline are taken from the page's metadata.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tasks.errors import FormatError
from tasks.ingest.decoding import decode
from tasks.ingest.formats.markup import hide_invalid_bytes, make_markup_document
from tasks.ingest.pages.blocks import Block, blocks_of
from tasks.ingest.pages.metadata import is_byline, metadata_of
from tasks.ingest.pages.selection import select

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tasks.ingest.model import Document, Source
    from tasks.parts import Parts

_DECLARED_CHARSET = re.compile(rb"""<meta[^>]{0,200}charset\s{0,5}=\s{0,5}["']?([\w.:-]{2,40})""", re.IGNORECASE)
_TEASER = 2
"""A text in JSON-LD that is more than so many times as long as that of the page is taken instead."""


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
    """The metadata of the page (title, source, date, byline), and its article as plain text, without menus and comments.

    If the page shows a teaser only and has the article in its JSON-LD, that is the text. Raises FormatError if there is
    no text.
    """
    fields, blocks, text = article_blocks(page)
    body = fields.pop("body")
    text = write_blocks(blocks) or text
    if body and len(body) > _TEASER * sum(len(block.text) for block in blocks if block.kind != "heading"):
        text = _plain_body(body)
    if not text.strip():
        raise FormatError(_NO_TEXT)
    return fields, text


def article_blocks(page: str) -> tuple[dict[str, Any], list[Block], str]:
    """The metadata of the page (`metadata_of`), the blocks of its article, and without such blocks its text."""
    import trafilatura

    tree = trafilatura.load_html(page)
    if tree is None:
        raise FormatError(_NO_TEXT)
    blocks = blocks_of(tree)
    fields = metadata_of(tree, blocks)
    chosen, text = select(tree, blocks)
    if not chosen and not text:
        chosen = [block for block in blocks if not block.is_outside]
    return fields, _with_byline(blocks, chosen), text


_NO_TEXT = "no text was found on this page; save the article itself as .txt"


def _with_byline(blocks: list[Block], chosen: list[Block]) -> list[Block]:
    """The blocks with the byline that stands near their beginning, in the order of the page."""
    taken = {id(block) for block in chosen}
    places = [number for number, block in enumerate(blocks) if id(block) in taken]
    if not places:
        return chosen
    near = range(max(0, places[0] - 6), min(len(blocks), places[0] + 12))
    taken |= {id(blocks[number]) for number in near if not blocks[number].is_outside and is_byline(blocks[number])}
    return [block for block in blocks if id(block) in taken]


def write_blocks(blocks: list[Block]) -> str:
    """The blocks as plain text: items of a list on lines that follow each other, else an empty line between."""
    return "\n".join(_lines(blocks)).strip("\n")


def _lines(blocks: list[Block]) -> Iterator[str]:
    after_item = False
    for block in blocks:
        is_item = block.kind == "item"
        if after_item and not is_item:
            yield ""
        for paragraph in block.paragraphs:
            yield block.mark + paragraph
            if not is_item:
                yield ""
        after_item = is_item


def _plain_body(body: str) -> str:
    """The text of a JSON-LD article, whose paragraphs are lines or elements."""
    if re.search(r"<(?:p|br|div)\b", body, re.IGNORECASE):
        import trafilatura

        tree = trafilatura.load_html(body)
        if tree is not None:
            return write_blocks(blocks_of(tree))
    return "\n\n".join(filter(None, (" ".join(line.split()) for line in body.splitlines())))
