"""Plain text: the whole file is the article, except front matter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tasks.ingest.decoding import decode, take_invalid_bytes
from tasks.ingest.documents import make_document
from tasks.ingest.formats.markup import hide_invalid_bytes, make_markup_document
from tasks.ingest.front_matter import split_front_matter
from tasks.ingest.markup import plain_markup

if TYPE_CHECKING:
    from tasks.ingest.model import Document, Source
    from tasks.parts import Parts


def read(raw: bytes, source: Source, parts: Parts) -> Document:
    """The document of a plain text file; its text is part of the received bytes, from `text_offset` on.

    A file that is written in HTML or Markdown, whatever its name, is read as such.
    """
    decoded = decode(raw)
    fields, text = split_front_matter(decoded.text)
    if marked_up := plain_markup(hide_invalid_bytes(text), parts):
        form, plain = marked_up
        return make_markup_document(source, form, decoded, raw, fields, plain)
    front = decoded.text[: len(decoded.text) - len(text)]
    offset = decoded.offset + len(front.encode(decoded.encoding, "surrogateescape"))
    text, invalid_bytes = take_invalid_bytes(text)
    return make_document(source, "text", decoded, raw, text, offset, invalid_bytes, fields)
