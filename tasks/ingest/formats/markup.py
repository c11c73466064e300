"""Shared by the readers of markup: how undecodable bytes pass through their parsers.

Such bytes are lone surrogates in a text (`decoding`), which markup parsers reject or drop. So for the parser they are
replaced by private use characters with the same numbers plus a constant, and become surrogates again in its result.
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
    r"""`text` with private use characters for bytes that could not be decoded.

    >>> hide_invalid_bytes("a\udc97b")
    'a\uf797b'
    """
    return text.translate(_TO_PRIVATE) if _INVALID_BYTE.search(text) else text


def make_markup_document(
    source: Source, form: str, decoded: Decoded, raw: bytes, fields: dict[str, Any], plain: str
) -> Document:
    """A document whose text `plain` was extracted from the result of `hide_invalid_bytes`.

    The text is not a part of the received bytes any more, so its offsets are those of its own UTF-8.
    """
    if _INVALID_BYTE.search(decoded.text):
        plain = plain.translate(_FROM_PRIVATE)
    text, invalid_bytes = take_invalid_bytes(plain)
    return make_document(source, form, decoded, raw, text, 0, invalid_bytes, fields)
