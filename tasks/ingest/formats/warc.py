"""Web archives: WARC, with the pages that a crawler was sent, and WET, with the text of such pages.

Each HTML page with the status 200 is an article, read as `formats.html` reads a page; so is each text of a WET file. What
else there is (requests, revisits, redirects, pictures) is counted, and the counts are told at the end. Title and date are
those of the page, never those of the crawl. The source is the page's own, else the host of its address.
"""

from __future__ import annotations

from collections import Counter
from typing import IO, TYPE_CHECKING
from urllib.parse import urlsplit

from tasks.errors import FormatError, LeftOut, LimitExceeded, SourceError
from tasks.ingest.articles import Article, Unread
from tasks.ingest.decoding import decode
from tasks.ingest.formats.http_bodies import decode_body, split_message
from tasks.ingest.formats.markup import hide_invalid_bytes
from tasks.ingest.formats.warc_records import Record, read_records
from tasks.parts import Parts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tasks.ingest.model import Source
    from tasks.options import Options

_HTML = frozenset({"text/html", "application/xhtml+xml"})
_WANTED = frozenset({"response", "resource", "conversion"})


def read_articles(stream: IO[bytes], _source: Source, options: Options) -> Iterator[Article | Unread]:
    """The pages of a web archive, an `Unread` for each record that cannot be read; then what was left out, by kind."""
    limits = options.limits
    left_out: Counter[str] = Counter()
    n_articles = n_records = 0
    try:
        for record in read_records(stream, limits.max_document_bytes, limits.max_unpacked_bytes, _is_wanted):
            n_records = record.number
            item = _article_of(record, options)
            if isinstance(item, str):
                left_out[item] += 1
            else:
                n_articles += isinstance(item, Article)
                yield item
    except (FormatError, LimitExceeded) as error:
        yield Unread(error, str(n_records + 1))
        n_records = n_records or 1  # it is told already
    if not n_records:
        raise FormatError("this web archive has no record: it does not begin with `WARC/1.`; get it again")
    if left_out:
        kinds = ", ".join(f"{number:,} {kind}" for kind, number in left_out.most_common())
        yield Unread(LeftOut(f"{n_articles:,} of {n_records:,} records are pages; left out: {kinds}"))


def _article_of(record: Record, options: Options) -> Article | Unread | str:
    """The article of a record, why it cannot be read, or what it is if it is none."""
    name = record.headers.get("warc-target-uri") or str(record.number)
    try:
        return _read_record(record, options)
    except SourceError as error:
        return Unread(error, name)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        # What the libraries for HTML raise for a page that no server writes.
        return Unread(FormatError(f"this page cannot be read ({type(error).__name__}: {error})"), name)


def _is_wanted(headers: dict[str, str]) -> bool:
    return headers.get("warc-type", "").lower() in _WANTED


def _read_record(record: Record, options: Options) -> Article | str:
    """The article of a record, or what it is if it is none. Raises SourceError if it cannot be read."""
    if isinstance(record.block, (FormatError, LimitExceeded)):
        raise record.block
    kind = record.headers.get("warc-type", "").lower()
    if record.block is None:
        return {"revisit": "revisits (their text was stored before)"}.get(kind, f"{kind or 'unnamed'} records")
    limit = options.limits.max_document_bytes
    media_type, charset = _media_type(record.headers.get("content-type", ""))
    headers: dict[str, str] = {}
    body = record.block
    if media_type == "application/http" or (kind == "response" and body.startswith(b"HTTP/")):
        status, headers, body = split_message(body)
        if status != 200:
            return f"responses with status {status}"
        media_type, charset = _media_type(headers.get("content-type", ""))
    if media_type not in _HTML and not (kind == "conversion" and media_type == "text/plain"):
        return f"of type {media_type or 'unknown'}"
    body = decode_body(body, headers, limit)
    address = record.headers.get("warc-target-uri", "").strip("<>")
    return (
        _text_article(body, record, address)
        if media_type == "text/plain"
        else _page_article(body, charset, record, address, options)
    )


def _media_type(value: str) -> tuple[str, str | None]:
    """The type of a Content-Type, and its charset.

    >>> _media_type("Text/HTML; charset='utf-8'")
    ('text/html', 'utf-8')
    """
    kind, _, rest = value.partition(";")
    charset = None
    for parameter in rest.split(";"):
        name, _, content = parameter.partition("=")
        if name.strip().lower() == "charset":
            charset = content.strip().strip("\"'") or None
    return kind.strip().lower(), charset


def _text_article(body: bytes, record: Record, address: str) -> Article | str:
    """The article of a text that was extracted from a page: each line is a paragraph."""
    decoded = decode(body)
    lines = filter(None, (" ".join(line.split()) for line in decoded.text.split("\n")))
    text = "\n\n".join(lines)
    if not text:
        return "without text"
    return Article(
        text, "wet", record.number, fields=_fields({}, address), raw=body, decoded=decoded, address=address or None
    )


def _page_article(body: bytes, charset: str | None, record: Record, address: str, options: Options) -> Article | str:
    """The article of an HTML page, decoded as its HTTP header says, else as the page does."""
    from tasks.ingest.formats.html import declared_charset, extract_article

    decoded = decode(body, charset or declared_charset(body))
    Parts(options.limits.max_document_parts).check(decoded.text.count("<"), "tags of HTML", each=3)
    if not decoded.text.strip():
        return "without text"
    fields, text = extract_article(hide_invalid_bytes(decoded.text))
    return Article(
        text, "warc", record.number, fields=_fields(fields, address), raw=body, decoded=decoded, address=address or None
    )


def _fields(fields: dict[str, object], address: str) -> dict[str, object]:
    """The fields with the host of the address as the source if the page names none."""
    try:
        host = urlsplit(address).hostname
    except ValueError:  # an address that is none
        host = None
    return {**fields, "source": fields.get("source") or host}
