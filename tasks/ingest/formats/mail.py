"""Mail: a message (.eml), and a mailbox with several (.mbox). The subject is the title, the sender's name the source.

All text parts of a message that are no attachments are its text, in order; of alternatives, one is taken. HTML is read as
`formats.html` reads a page if that keeps most of it, else as a whole. Lines of `format=flowed` are joined, and a signature
below `-- ` is left out.
"""

from __future__ import annotations

import re
from email import policy
from email.header import decode_header
from email.parser import BytesParser
from email.utils import parseaddr
from typing import IO, TYPE_CHECKING, cast

from tasks.errors import FormatError, LeftOut, LimitExceeded, SourceError
from tasks.ingest.articles import Article, Unread
from tasks.ingest.compression import read_whole
from tasks.ingest.decoding import Decoded, decode
from tasks.ingest.formats.html_pieces import fragment_text
from tasks.ingest.formats.markup import hide_invalid_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import Message

    from tasks.ingest.model import Source
    from tasks.options import Options

_SEPARATOR = re.compile(rb"From \S.{0,200}\d{1,2}:\d{2}")
"""The line before each message of a mailbox ends in a date with a time."""
_QUOTED_FROM = re.compile(rb"^>(>*From )", re.MULTILINE)
_SIGNATURE = re.compile(r"^-- ?$", re.MULTILINE)
_MAX_LINE = 1 << 20
_MAX_HEADER = 10_000
"""Characters of a header that are read."""
_MAX_DEPTH = 20
"""Maximum depth of parts within parts. Readers of mail give up earlier."""
_KEPT_BY_PAGE = 0.7
"""The share of words that the reader of pages must keep; else the page is no article with menus around it."""
_PLAIN_AS_LONG = 0.5
"""The share of an HTML alternative's words that the plain one must have, else it is only a pointer to it."""


def read_articles(stream: IO[bytes], source: Source, options: Options) -> Iterator[Article | Unread]:
    """The messages of a mailbox, or the single one of an .eml file; then how many have no text."""
    limits = options.limits
    if source.format == "mbox":
        limit = limits.max_document_bytes
        n_messages = n_empty = 0
        for n_messages, raw in enumerate(_messages(stream, limit), 1):
            item = _read_message(raw, "mbox", n_messages, limit)
            n_empty += item is None
            if item:
                yield item
        if not n_messages:
            raise FormatError("this mailbox has no message: none begins with a line `From ... 10:30:00 2026`")
        if n_empty:
            yield Unread(LeftOut(f"{n_empty} of {n_messages} messages have no text"))
        return
    raw = read_whole(stream, limits.max_document_bytes, "--max-document-bytes", source.uri)
    item = _read_message(raw, "eml", None, limits.max_document_bytes)
    yield item or Unread(FormatError("this message has no text: only attachments"))


def _messages(stream: IO[bytes], limit: int) -> Iterator[bytes]:
    """The messages of a mailbox, one in memory at a time, without the line before each; longer ones are cut at `limit`."""
    lines: list[bytes] = []
    size, is_open, below_blank, is_continued = 0, False, True, False
    while line := stream.readline(_MAX_LINE):
        begins_message = not is_continued and below_blank and _SEPARATOR.match(line) is not None
        is_continued = not line.endswith(b"\n")
        below_blank = not line.strip()
        if begins_message:
            if is_open:
                yield b"".join(lines)
            lines, size, is_open = [], 0, True
        elif is_open and size <= limit:
            lines.append(line)
            size += len(line)
    if is_open:
        yield b"".join(lines)


def _read_message(raw: bytes, form: str, number: int | None, limit: int) -> Article | Unread | None:
    """The article of a message, or why it cannot be read; None if it has no text."""
    name = None if number is None else str(number)
    if len(raw) > limit:
        return Unread(LimitExceeded(f"the message is longer than {limit:,} bytes; raise --max-document-bytes"), name)
    if form == "mbox":
        raw = _QUOTED_FROM.sub(rb"\1", raw)
    try:
        message = BytesParser(policy=policy.compat32).parsebytes(raw)
        text, decoded = _body(message)
    except SourceError as error:
        return Unread(error, name)
    except (ValueError, LookupError, RecursionError, AttributeError, TypeError, IndexError) as error:
        # The package for mail raises these for headers that no program writes.
        return Unread(FormatError(f"this message is damaged ({error}); save it again"), name)
    if not text.strip():
        return None
    sender, address = parseaddr(_raw_header(message, "From"))
    fields = {
        "title": _words(_raw_header(message, "Subject")),
        "source": _words(sender) or address,
        "date": " ".join(_raw_header(message, "Date").split()),
        "date_source": "header",
        "provider_id": _raw_header(message, "Message-ID").strip().strip("<>"),
    }
    return Article(text, form, number, fields=fields, raw=raw, decoded=decoded)


def _raw_header(message: Message, name: str) -> str:
    """The value of a header as it stands in the message; "" if it has none."""
    for key, value in message.raw_items():
        if key.lower() == name.lower():
            return re.sub(r"\r?\n(?=[ \t])", "", str(value)[:_MAX_HEADER])
    return ""


def _words(header: str) -> str:
    """A header with encoded words as text on one line.

    >>> _words("=?utf-8?q?Caf=C3=A9?= =?iso-8859-1?q?_=93so=94?=")
    'Café “so”'
    """
    try:
        pieces = decode_header(header)
    except ValueError:  # base64 that is none
        return " ".join(header.split())
    texts = []
    for piece, charset in pieces:
        raw = piece if isinstance(piece, bytes) else piece.encode("utf-8", "surrogateescape")
        texts.append(_decoded(raw, charset).text)
    return " ".join("".join(texts).split())


def _decoded(raw: bytes, charset: str | None) -> Decoded:
    """Text in the encoding that it proves, or else declares; one that is not known is guessed."""
    if charset and charset.lower().replace("_", "-") in {"utf-7", "unicode-1-1-utf-7"}:
        return Decoded(raw.decode("utf-7", "replace"), "utf-7", 0.9)
    return decode(raw, charset)


# --------------------------------------------------------------------------------------------------------------- parts


def _body(message: Message) -> tuple[str, Decoded]:
    """The text of a message, and how the first part with text was decoded."""
    texts = _texts(message, 0)
    first = next((decoded for _, decoded in texts), Decoded("", "utf-8", 1.0))
    return "\n\n".join(text for text, _ in texts), first


def _texts(part: Message, depth: int) -> list[tuple[str, Decoded]]:
    """The texts of a part and of the parts in it, in order."""
    if depth > _MAX_DEPTH or part.get_content_disposition() == "attachment":
        return []
    if part.is_multipart():
        parts = cast("list[Message]", part.get_payload())
        if part.get_content_subtype() == "alternative":
            return _best_of([_texts(inner, depth + 1) for inner in parts], parts)
        return [found for inner in parts for found in _texts(inner, depth + 1)]
    if part.get_content_maintype() != "text" or (part.get_filename() and depth):
        return []
    payload = part.get_payload(decode=True)
    decoded = _decoded(payload if isinstance(payload, bytes) else b"", part.get_content_charset())
    match part.get_content_subtype():
        case "html":
            text = _html_text(decoded.text)
        case "plain" | "enriched" | "x-markdown" | "markdown":
            text = _plain_text(decoded.text, part)
        case _:  # calendars, cards, tables
            return []
    return [(text, decoded)] if text.strip() else []


def _best_of(alternatives: list[list[tuple[str, Decoded]]], parts: list[Message]) -> list[tuple[str, Decoded]]:
    """The plain alternative, unless it only says that there is an HTML one; else the last one that has text."""
    sizes = [sum(len(text.split()) for text, _ in texts) for texts in alternatives]
    best = max(sizes, default=0)
    for texts, part, size in zip(alternatives, parts, sizes, strict=True):
        if size and part.get_content_type() == "text/plain" and size >= _PLAIN_AS_LONG * best:
            return texts
    return next((texts for texts in reversed(alternatives) if texts), [])


def _plain_text(text: str, part: Message) -> str:
    """The text of a plain part, with flowed lines joined, without the signature."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if signature := _SIGNATURE.search(text):
        text = text[: signature.start()]
    if str(part.get_param("format", "")).lower() == "flowed":
        text = join_flowed(text, delete_space=str(part.get_param("delsp", "")).lower() == "yes")
    return text.strip("\n")


def join_flowed(text: str, *, delete_space: bool = False) -> str:
    r"""Text in `format=flowed` with its soft line ends removed: a line that ends in a space goes on in the next one.

    >>> join_flowed("one \ntwo\n\n> three \n> four\n")
    'one two\n\n> three four\n'
    """
    lines: list[str] = []
    depth_above, is_open = 0, False
    for line in text.split("\n"):
        bare = line.lstrip(">")
        depth = len(line) - len(bare)
        bare = bare.removeprefix(" ")
        if is_open and depth == depth_above:
            lines[-1] += bare
        else:
            lines.append(("> " if depth else "") + bare)
        depth_above, is_open = depth, bare.endswith(" ")
        if is_open and delete_space:
            lines[-1] = lines[-1][:-1]
    return "\n".join(line.rstrip(" ") for line in lines)


def _html_text(page: str) -> str:
    """The text of an HTML part: of the article in it, if that is most of it, else all."""
    from tasks.ingest.formats.html import extract_article

    whole = fragment_text(hide_invalid_bytes(page))
    n_words = len(whole.split())
    try:
        article = extract_article(hide_invalid_bytes(page))[1] if n_words else ""
    except SourceError:
        return whole
    return article if len(article.split()) >= _KEPT_BY_PAGE * n_words else whole
