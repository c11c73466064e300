"""Web archives."""

from __future__ import annotations

import gzip
import zlib
from typing import TYPE_CHECKING

import brotli
import pytest
import zstandard

from tasks.options import Limits, Options

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tasks.ingest import Document, Failure

    Read = Callable[..., tuple[list[Document], list[Failure]]]

SENTENCES = (
    "The lock keeper opened the gate at dawn. The barge went through. Nobody on board said a word about the coal. "
)


def page(number: int) -> bytes:
    """An HTML page with an article."""
    body = f"<h1>Story {number}</h1><p>Number {number}. {SENTENCES}</p><p>{SENTENCES}</p>"
    return f"<html><head><title>Story {number}</title></head><body><article>{body}</article></body></html>".encode()


def record(
    block: bytes, kind: str = "response", uri: str = "http://x.example/a", media: str = "application/http"
) -> bytes:
    """A record of a web archive."""
    head = f"WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Target-URI: {uri}\r\nContent-Type: {media}\r\nContent-Length: {len(block)}"
    return f"{head}\r\n\r\n".encode() + block + b"\r\n\r\n"


def response(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    """An HTTP response with a page."""
    return "\r\n".join([f"HTTP/1.1 {status}", "Content-Type: text/html", *headers, "", ""]).encode() + body


def pages(n: int) -> list[bytes]:
    """Some records with pages."""
    return [record(response(page(i)), uri=f"http://x.example/{i}") for i in range(n)]


PACKED = {
    "a.warc": b"".join,
    "a.warc.gz": lambda records: b"".join(map(gzip.compress, records)),
    "one.warc.gz": lambda records: gzip.compress(b"".join(records)),
    "a.warc.zst": lambda records: b"".join(zstandard.ZstdCompressor().compress(one) for one in records),
}


@pytest.mark.parametrize("name", PACKED)
def test_pages_of_each_compression(read: Read, folder: Callable[..., Path], name: str) -> None:
    """Pages are articles, however the records are compressed; all else is counted."""
    others = [
        record(b"GET / HTTP/1.1\r\n\r\n", "request"),
        record(response(b"", status="404 Not Found")),
        record(b"", "revisit"),
    ]
    documents, [failure] = read(folder({name: PACKED[name]([others[0], *pages(3), *others[1:]])}))
    assert [document.text.split()[4] for document in documents] == ["0.", "1.", "2."]
    assert [document.title for document in documents] == ["Story 0", "Story 1", "Story 2"]
    assert {document.source for document in documents} == {"x.example"}
    assert failure.error == "LeftOut"
    for kind in ("3 of 6 records are pages", "1 request", "1 responses with status 404", "1 revisits"):
        assert kind in failure.message


def test_a_dictionary_before_the_records(read: Read, folder: Callable[..., Path]) -> None:
    """A .warc.zst file may begin with the dictionary that its frames need."""
    dictionary = zstandard.train_dictionary(1024, [page(i) for i in range(100)])
    raw = dictionary.as_bytes()
    frames = map(zstandard.ZstdCompressor(dict_data=dictionary).compress, pages(2))
    content = b"\x5d\x2a\x4d\x18" + len(raw).to_bytes(4, "little") + raw + b"".join(frames)
    documents, failures = read(folder({"a.warc.zst": content}))
    assert (len(documents), failures) == (2, [])


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        ("gzip", gzip.compress(page(7))),
        ("deflate", zlib.compress(page(7))),
        ("deflate", zlib.compress(page(7))[2:-4]),
        ("br", brotli.compress(page(7))),
        ("zstd", zstandard.ZstdCompressor().compress(page(7))),
        ("gzip", page(7)),
        ("br", page(7)),
        ("identity", page(7)),
    ],
)
def test_bodies_are_unpacked(read: Read, folder: Callable[..., Path], coding: str, body: bytes) -> None:
    """Each compression of a body is undone, and a header that is not true any more is passed over."""
    chunked = b"%x;a=b\r\n%s\r\n0\r\n\r\n" % (len(body), body)
    for content, more in (
        (body, ()),
        (chunked, ("Transfer-Encoding: chunked",)),
        (body, ("Transfer-Encoding: chunked",)),
    ):
        block = response(content, f"Content-Encoding: {coding}", *more)
        [document], failures = read(folder({"a.warc": record(block)}))
        assert ("Number 7." in document.text, failures) == (True, [])


def test_the_encoding_of_a_page(read: Read, folder: Callable[..., Path]) -> None:
    """The charset of the HTTP header comes before that of the page."""
    text = page(1).decode().replace("dawn.", "dawn – “so”.").replace("<head>", "<head><meta charset=utf-16>")
    block = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=windows-1252\r\n\r\n" + text.encode("cp1252")
    [document], _ = read(folder({"a.warc": record(block)}))
    assert "dawn – “so”." in document.text


def test_one_bad_record_is_one_failure(read: Read, folder: Callable[..., Path]) -> None:
    """After a damaged member, a wrong length, or a header without one, the next records are read."""
    good = pages(5)
    damaged = bytearray(gzip.compress(good[2]))
    damaged[120:124] = b"\xff\xff\xff\xff"
    packed = [gzip.compress(one) for one in good]
    wrong = [
        good[2].replace(b"Content-Length: ", b"Content-Length: 9"),
        good[2].replace(b"Content-Length", b"Contents-Length"),
    ]
    for name, content in (
        ("a.warc.gz", b"".join([*packed[:2], bytes(damaged), *packed[3:]])),
        *((f"{i}.warc", b"".join([*good[:2], bad, *good[3:]])) for i, bad in enumerate(wrong)),
    ):
        top = folder({name: content}, name)
        documents, [failure] = read(top)
        assert [document.title for document in documents] == ["Story 0", "Story 1", "Story 3", "Story 4"], name
        assert failure.error == "FormatError"


def test_an_archive_that_is_cut_short(read: Read, folder: Callable[..., Path]) -> None:
    """The last record of a file that ends too early is a failure, and the others are read."""
    for name, pack in PACKED.items():
        documents, failures = read(folder({name: pack(pages(3))[:-12]}, name))
        assert len(documents) in {2, 3}, name
        assert len(failures) <= 1


def test_texts_of_pages(read: Read, folder: Callable[..., Path]) -> None:
    """In a WET file, each line of a text is a paragraph, and the host of the address is the source."""
    block = record(b"Menu\nThe ferry sank.\nAll swam.\n", "conversion", "https://www.x.example:8/b", "text/plain")
    [document], failures = read(folder({"a.warc.wet.gz": gzip.compress(block)}))
    assert (document.text, document.source, failures) == ("Menu\n\nThe ferry sank.\n\nAll swam.", "www.x.example", [])


def test_bombs(read: Read, folder: Callable[..., Path]) -> None:
    """A body or a file that unpacks to far more than its size is stopped at the limit."""
    options = Options(limits=Limits(max_document_bytes=100_000, max_unpacked_bytes=1_000_000))
    for coding, body in (("gzip", gzip.compress(b"a" * 10**6)), ("br", brotli.compress(b"a" * 10**7))):
        _, [failure] = read(folder({"a.warc": record(response(body, f"Content-Encoding: {coding}"))}), options)
        assert (failure.error, "--max-document-bytes" in failure.message) == ("LimitExceeded", True)
    documents, failures = read(folder({"b.warc.gz": gzip.compress(b"\0" * 10**8)}, "b"), options)
    assert (documents, {failure.error for failure in failures}) == ([], {"LimitExceeded"})


def test_not_an_archive(read: Read, folder: Callable[..., Path]) -> None:
    """A file of this name without a record is a failure that says so."""
    for content in (b"It rained.", b"WARC/1.0", b""):
        documents, [failure] = read(folder({"a.warc": content}))
        assert (documents, failure.error) == ([], "FormatError")
