"""What readers of markup share: a way past their parsers for bytes that could not be decoded.

Such bytes stand in a text as lone surrogates (`decoding`), which parsers of markup refuse or drop. On the way through a parser
they are characters of private use, at the same distance, and become surrogates again in what comes out.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tasks.ingest.decoding import Decoded, take_invalid_bytes
from tasks.ingest.documents import make_document

if TYPE_CHECKING:
    from tasks.ingest.model import Document, Source

_TO_PRIVATE = {0xDC80 + i: 0xF780 + i for i in range(128)}
_FROM_PRIVATE = {private: surrogate for surrogate, private in _TO_PRIVATE.items()}
_INVALID_BYTE = re.compile("[\udc80-\udcff]")


def hide_invalid_bytes(text: str) -> str:
    r"""`text` with characters of private use for bytes that could not be decoded.

    >>> hide_invalid_bytes("a\udc97b")
    'a\uf797b'
    """
    return text.translate(_TO_PRIVATE) if _INVALID_BYTE.search(text) else text


def make_markup_document(
    source: Source, form: str, decoded: Decoded, raw: bytes, fields: dict[str, Any], plain: str
) -> Document:
    """A document whose text `plain` was extracted from what `hide_invalid_bytes` made of the decoded text.

    The text no longer lies in the bytes as received, so it counts as UTF-8 from its own beginning.
    """
    if _INVALID_BYTE.search(decoded.text):
        plain = plain.translate(_FROM_PRIVATE)
    text, invalid_bytes = take_invalid_bytes(plain)
    return make_document(source, form, decoded, raw, text, 0, invalid_bytes, fields)
