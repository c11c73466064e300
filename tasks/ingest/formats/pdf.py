"""PDF: the text layer, in the order of reading.

pdfium gives each character with its place; `pdf_layout` makes lines, columns and paragraphs of them. A file whose pages
are pictures has no text layer, and is a failure that says so.
"""

from __future__ import annotations

import re
from ctypes import byref, c_double
from typing import IO, TYPE_CHECKING, Any

from tasks.errors import FormatError
from tasks.ingest.articles import Article, Unread
from tasks.ingest.compression import read_whole
from tasks.ingest.paper import paper_fields, plain_paper, split_title
from tasks.ingest.pdf_layout import Segment, lay_out
from tasks.parts import Parts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tasks.ingest.model import Source
    from tasks.options import Options

_HYPHENS = frozenset({0xFFFE, 0x02, 0xAD})
"""What pdfium gives for a hyphen at a line end."""
_GAP = 1.5
"""The widest gap between two words of one line, in sizes of the font."""
_UNMAPPED = re.compile("[\x00-\x08\x0e-\x1f\ue000-\uf8ff\ufffd]")
_WAY_OUT = "make a text layer with a program for character recognition (OCR), and read the result"


def read_articles(stream: IO[bytes], source: Source, options: Options) -> Iterator[Article | Unread]:
    """The article of a file, and a failure for pages that are only pictures."""
    raw = read_whole(stream, options.limits.max_unpacked_bytes, "--max-unpacked-bytes", source.uri)
    parts = Parts(options.limits.max_document_parts)
    pages, n_pictures, declared = _pages(raw, parts)
    text = "".join(segment.text for page in pages for segment in page)
    if not text.strip():
        raise FormatError(f"it has no text layer: its pages are scanned pictures; {_WAY_OUT}")
    if len(_UNMAPPED.findall(text)) > 0.3 * len(text):
        raise FormatError(f"its fonts do not say which letters they show; {_WAY_OUT}")
    title, body = split_title(lay_out(pages), lambda: declared)
    yield Article(plain_paper(body), "pdf", fields=paper_fields(title))
    if n_pictures:
        yield Unread(
            FormatError(f"{n_pictures} of {len(pages)} pages have no text layer: they are scanned; {_WAY_OUT}")
        )


def _pages(raw: bytes, parts: Parts) -> tuple[list[list[Segment]], int, str]:
    """The segments of each page, the number of pages that are only pictures, and the declared title."""
    import pypdfium2
    from pypdfium2 import raw as pdfium

    try:
        document = pypdfium2.PdfDocument(raw)
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower():
            raise FormatError("it has a password; save it again without one") from error
        raise FormatError(f"the PDF is damaged or cut short ({error}); get it again") from error
    try:
        n_pages = len(document)
        parts.check(n_pages, "pages of PDF", each=100)
        pages = []
        n_pictures = n_characters = 0
        for number in range(n_pages):
            try:
                page = document[number]
            except pypdfium2.PdfiumError as error:
                raise FormatError(f"page {number + 1} of the PDF is damaged ({error}); get it again") from error
            text = page.get_textpage()
            n_characters += text.count_chars()
            parts.check(n_characters, "characters of PDF", each=0.02)
            segments = _segments(pdfium, text)
            if not segments:
                n_pictures += next(page.get_objects([pdfium.FPDF_PAGEOBJ_IMAGE], max_depth=3), None) is not None
            pages.append(segments)
            text.close()
            page.close()
        return pages, n_pictures, document.get_metadata_dict().get("Title", "")
    finally:
        document.close()


def _segments(pdfium: Any, page: Any) -> list[Segment]:
    """The pieces of lines on a page: characters that stand side by side without a wide gap, in the file's order."""
    segments: list[Segment] = []
    pending: list[str] = []
    left, right, bottom, top = c_double(), c_double(), c_double(), c_double()
    loose = pdfium.FS_RECTF()
    begin = end = low = high = 0.0
    is_turned = False

    def finish(*, hyphen: bool = False) -> None:
        text = "".join(pending).strip()
        if text and not is_turned:
            segments.append(Segment(text, begin, end, low, high, hyphen))
        pending.clear()

    for index in range(pdfium.FPDFText_CountChars(page)):
        code = pdfium.FPDFText_GetUnicode(page, index)
        if code in {10, 13}:
            finish()
        elif code in _HYPHENS:
            finish(hyphen=True)
        elif code in {32, 160, 0}:
            if pending:
                pending.append(" ")
        elif pdfium.FPDFText_GetCharBox(page, index, byref(left), byref(right), byref(bottom), byref(top)):
            size = high - low
            middle = (bottom.value + top.value) / 2
            apart = (
                not pending
                or left.value - end > _GAP * size
                or left.value < begin - size
                or not low - size / 2 < middle < high + size / 2
            )
            if apart:
                finish()
                pdfium.FPDFText_GetLooseCharBox(page, index, byref(loose))
                begin, low, high = left.value, loose.bottom, max(loose.top, loose.bottom + 1)
                is_turned = abs(pdfium.FPDFText_GetCharAngle(page, index)) > 0.1
            pending.append(chr(code) if not 0xD800 <= code < 0xE000 else "\N{REPLACEMENT CHARACTER}")
            end = right.value
    finish()
    return segments
