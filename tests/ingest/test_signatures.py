"""Signatures: what the first bytes of a file show."""

from __future__ import annotations

import io
import zipfile

import pytest

from tasks.ingest.signatures import SIGNATURES, examine


def packed(**members: str) -> bytes:
    """A ZIP archive with these members; `__` in a name stands for a slash."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "/"), content)
    return file.getvalue()


def test_every_signature_has_a_name() -> None:
    """Each entry has bytes, a family and words for messages."""
    assert all(mark and family and what for mark, _, family, what in SIGNATURES)


@pytest.mark.parametrize(
    ("head", "family"),
    [
        (b"", "text"),
        (b"It rained.", "text"),
        (b"<3 you all", "text"),
        (b"[Updated] It rained.", "text"),
        (b"PK is short for a name.", "text"),
        (b"PAR1 is what it said.", "text"),
        (b"{not json}", "text"),
        (b"\0\1\2" * 99, "binary"),
        (b'{"text": "It rained."}', "json"),
        (b'[{"text": 1}]', "json"),
        (b"\xef\xbb\xbf {\n}", "json"),
        (b"<!DOCTYPE html>\n<html><body>", "html"),
        (b"<!-- saved -->\n<!doctype HTML PUBLIC '-//W3C//DTD HTML 4.01//EN'><p>", "html"),
        (b"<?xml version='1.0'?><html xmlns='http://www.w3.org/1999/xhtml'>", "html"),
        ("<html><body>".encode("utf-16"), "html"),
        ("<html><body>".encode("utf-16-le") * 9, "html"),
        (b"<p>It rained.</p>", "html"),
        (b"<?xml version='1.0'?><a/>", "xml"),
        (b"<!DOCTYPE nitf SYSTEM 'nitf.dtd'><nitf>", "xml"),
        (b"<rss version='2.0'>", "xml"),
        (b"{\\rtf1\\ansi", "rtf"),
        (b"\r\n%PDF-1.4\n", "pdf"),
        (b"PK\x03\x04" + bytes(30), "zip"),
        (b"SQLite format 3\0", "sqlite"),
        (b"\0" * 257 + b"ustar\x0000", "tar"),
        (b"PAR1\x15\0", "parquet"),
    ],
)
def test_family(head: bytes, family: str) -> None:
    """Markup and containers are told from text, and text that begins like them is text."""
    assert examine(head).family == family


def test_root_elements_have_their_namespace() -> None:
    """The evidence of XML is the name of its root, whatever stands before it."""
    head = b"\xef\xbb\xbf<?xml version='1.0'?>\n<!-- a --><?b c?>\n<n:news a='1' xmlns:n='urn:n' xmlns='urn:o'>"
    assert examine(head).evidence == "{urn:n}news\n<news"


def test_members_of_an_archive() -> None:
    """The evidence of an archive is its names, from its list or, where that is cut off, from the members themselves."""
    archive = packed(mimetype="application/epub+zip", META_INF__container="")
    whole = examine(archive, io.BytesIO(archive)).evidence
    assert whole == "mimetype=application/epub+zip\nmimetype\nMETA_INF/container"
    assert examine(archive[:-30], io.BytesIO(archive[:-30])).evidence == whole
    assert examine(archive).evidence == whole


def test_streams_of_an_old_office_document() -> None:
    """The evidence of an old office document is the names of its streams, wherever its directory is."""
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(22) + b"\x09\0" + bytes(16) + b"\x02\0\0\0"
    content = head + bytes(3 * 512 - len(head)) + "WordDocument".encode("utf-16-le")
    assert "WordDocument" in examine(content[:512], io.BytesIO(content)).evidence
