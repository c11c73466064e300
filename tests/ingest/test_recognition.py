"""Recognition: the format of a file, by its content first, then by its name."""

from __future__ import annotations

import io
import tarfile
from typing import TYPE_CHECKING

import pytest

from tasks.errors import FormatError, SkippedSource
from tasks.ingest import Source, read_documents
from tasks.ingest.formats import FORMAT_OF_SUFFIX, FORMATS
from tasks.ingest.recognition import REFUSED, recognise
from tasks.ingest.signatures import examine
from tasks.options import Options

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PAGE = b"<!DOCTYPE html><html><body><p>It rained all day in the town, and nobody minded.</p></body></html>"


def taken_for(content: bytes, name: str, *, asked_for: bool = False) -> str:
    """The name of the format of a file, or the error that refuses it."""
    try:
        source = Source(name, name, len(content), "text", asked_for=asked_for)
        return recognise(examine(content, io.BytesIO(content)), source).name
    except (FormatError, SkippedSource) as error:
        return f"{type(error).__name__}: {error}"


@pytest.mark.parametrize(
    ("content", "name", "form"),
    [
        (b"It rained.", "a.txt", "text"),
        (b"It rained.", "a", "text"),
        (b"It rained.", "a.article", "text"),
        (b"# It rained", "a.md", "markdown"),
        (b"<html><p>It rained.", "a.md", "markdown"),
        (b"<html>,text", "a.csv", "csv"),
        (PAGE, "a.html", "html"),
        (PAGE, "a.txt", "html"),
        (PAGE, "a.doc", "html"),
        (b"<p>It rained.</p>", "a.txt", "text"),
        (b"It rained.", "a.html", "html"),
        (b"It rained.", "a.doc", "text"),
    ],
)
def test_format(content: bytes, name: str, form: str) -> None:
    """Content decides where it is certain, then the suffix, and a text with an unknown suffix is plain text."""
    assert taken_for(content, name) == form


@pytest.mark.parametrize(
    ("content", "name", "says"),
    [
        (PAGE, "a.article", "this is an HTML page; name it .html and it will be read"),
        (b"<?xml version='1.0'?><a>", "a.article", "XML with the root element <a>"),
        (b"PK\x03\x04" + bytes(30), "a.txt", "this is a ZIP archive, not text; name it .zip and it will be read"),
        (b"7z\xbc\xaf\x27\x1c", "a", "a 7z archive"),
        (b"It rained.", "a.docx", "this is text, not a Word document (.docx); name it .txt and it will be read"),
        (b"", "a.docx", "the file is empty"),
    ],
)
def test_what_is_no_text_is_a_failure(content: bytes, name: str, says: str) -> None:
    """Markup or a container under a suffix that is not its own is never read as text; the message says what it is."""
    message = taken_for(content, name)
    assert message.startswith("FormatError")
    assert says in message


@pytest.mark.parametrize("suffix", [".xml", ".json"])
def test_data_is_no_article(suffix: str) -> None:
    """XML without articles is left out of a folder, and a failure if it was named."""
    content = b"<?xml version='1.0'?><a>"
    assert taken_for(content, f"a{suffix}").startswith("SkippedSource")
    assert taken_for(content, f"a{suffix}", asked_for=True).startswith("FormatError")


@pytest.mark.parametrize("refused", REFUSED, ids=lambda refused: refused.what)
def test_refused_formats(refused: object) -> None:
    """A format that is refused has a way out, and no suffix that is read."""
    assert refused.instead  # type: ignore[attr-defined]
    assert not set(refused.suffixes) & set(FORMAT_OF_SUFFIX)  # type: ignore[attr-defined]


def test_saved_pages_with_pictures_are_refused_by_name() -> None:
    """What is known but not read is refused by its name, with what to do instead, in a folder as well."""
    content = b"From: <Saved>\r\nMIME-Version: 1.0\r\nSnapshot-Content-Location: http://a.example/\r\n\r\n"
    message = taken_for(content, "a.mhtml")
    assert message.startswith("FormatError: this is a saved page")
    assert ".html" in message


def test_old_word_documents_are_refused(folder: Callable[..., Path], read: Callable[..., object]) -> None:
    """An old Word document is a failure that says how to save it, also under another name."""
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(22) + b"\x09\0" + bytes(16) + bytes(4)
    content = head + bytes(512 - len(head)) + "WordDocument".encode("utf-16-le") + bytes(400)
    documents, failures = read(folder({"a.doc": content, "b.docx": content, "c.txt": content}))  # type: ignore[misc]
    assert documents == []
    assert [failure.error for failure in failures] == ["FormatError"] * 3
    assert all("save it as .docx" in failure.message for failure in failures)


def test_standard_input_is_read_by_its_content() -> None:
    """Standard input has no name, so that its content alone decides."""
    documents, _, _ = read_documents([Source("-", "-", 0, "text")], Options(), io.BytesIO(PAGE))
    assert documents.select("format", "text").rows() == [("html", "It rained all day in the town, and nobody minded.")]


def test_every_family_has_a_format_or_is_refused() -> None:
    """A signature names a family that `examine` knows."""
    families = {form.signature.family for form in FORMATS.values() if form.signature}
    archive = io.BytesIO()
    tarfile.open(fileobj=archive, mode="w").close()
    assert families <= {"zip", "xml", "html", "json", "text", "pdf", "rtf", "sqlite", "tar", "parquet", "warc"}
