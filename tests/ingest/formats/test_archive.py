"""Archives: their files are read as if they were in a folder, one level deep."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
from typing import TYPE_CHECKING

import pytest

from tasks.options import Limits, Options

if TYPE_CHECKING:
    from collections.abc import Callable

    from tasks.ingest import Document, Failure

    Articles = Callable[..., tuple[list[Document], list[Failure]]]

FILES: dict[str, str | bytes] = {
    "news/The Herald/a.txt": "It rained.",
    "news/The Post/b.html": "<!DOCTYPE html><html><body><p>It did not rain anywhere, said the office.</p></body></html>",
    "news/The Post/c.jsonl": '{"text": "One.", "id": "x"}\n{"text": "Two.", "source": "Other"}\n',
    "news/The Post/photo.png": b"\x89PNG",
    "news/.DS_Store": b"\0",
    "news/The Post/~$b.docx": b"\0",
    "__MACOSX/news/._a.txt": b"\0",
}


def tarred(files: dict[str, str | bytes]) -> bytes:
    """A tar archive."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        for name, content in files.items():
            raw = content.encode() if isinstance(content, str) else content
            info = tarfile.TarInfo(f"./{name}")
            info.size = len(raw)
            archive.addfile(info, io.BytesIO(raw))
    return file.getvalue()


EXPECTED = [
    ("news/The Herald/a.txt", "The Herald", "It rained."),
    ("news/The Post/b.html", "The Post", "It did not rain anywhere, said the office."),
    ("news/The Post/c.jsonl:x", "The Post", "One."),
    ("news/The Post/c.jsonl:2", "Other", "Two."),
]


@pytest.mark.parametrize(
    ("name", "pack"),
    [
        ("a.zip", None),
        ("a.tar", bytes),
        ("a.tar.gz", gzip.compress),
        ("a.tgz", gzip.compress),
        ("a.tar.bz2", bz2.compress),
        ("a.tar.xz", lzma.compress),
    ],
)
def test_files_are_read_as_in_a_folder(
    package: Callable[..., bytes], articles: Articles, name: str, pack: Callable[[bytes], bytes] | None
) -> None:
    """Each file has its format; the source is its folder; what systems leave is passed over, a picture is a row."""
    content = package(FILES) if pack is None else pack(tarred(FILES))
    documents, [row] = articles(name, content)
    assert [(d.record, d.source, d.text) for d in documents] == EXPECTED
    assert {document.source_uri for document in documents} == {name}
    assert (row.error, row.record) == ("SkippedSource", "news/The Post/photo.png")


def test_one_bad_file_is_one_failure(package: Callable[..., bytes], articles: Articles) -> None:
    """A file that cannot be read is a failure that names archive and file, and the others are read."""
    documents, failures = articles("a.zip", package({"a.docx": "not one", "b.txt": "It rained.", "c.csv": "id\n1\n"}))
    assert [document.text for document in documents] == ["It rained."]
    assert [(failure.record, failure.error) for failure in failures] == [
        ("a.docx", "FormatError"),
        ("c.csv", "MissingField"),
    ]
    assert failures[0].message.startswith("a.zip, record a.docx: this is text")


@pytest.mark.parametrize("name", ["inner.zip", "inner.tar"])
def test_archives_in_archives_are_refused(package: Callable[..., bytes], articles: Articles, name: str) -> None:
    """An archive in an archive is a failure with a way out, whatever its name; one with nothing in it is left out."""
    inner = tarred({"a.txt": "It rained."}) if name.endswith("tar") else package({"a.txt": "It rained."})
    documents, [failure] = articles("a.zip", package({name: inner, "b.txt": "Dry."}))
    assert (len(documents), failure.error) == (1, "FormatError")
    assert "unpack" in failure.message
    documents, [failure] = articles("b.zip", package({"inner.zip": package({}), "b.txt": "Dry."}))
    assert (len(documents), failure.error) == (1, "SkippedSource")


def test_names_without_a_mark(articles: Articles) -> None:
    """A name that is not marked as UTF-8 is so all the same if it can be; else it is in DOS's code page."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("cafe1.txt", "One.")
        archive.writestr("caf_2.txt", "Two.")
    raw = file.getvalue().replace(b"cafe1.txt", "caf\u00e9.txt".encode()).replace(b"caf_2.txt", b"caf\x822.txt")
    documents, _ = articles("a.zip", raw)
    assert [document.record for document in documents] == ["café.txt", "café2.txt"]


def test_limits(package: Callable[..., bytes], articles: Articles) -> None:
    """What unpacks to more than the limit, or to two hundred times its size, is not read."""
    options = Options(limits=Limits(max_unpacked_bytes=1000))
    documents, [failure] = articles(
        "a.zip", package({"a.txt": "It rained. " * 60, "b.txt": "It rained. " * 60}), options
    )
    assert (len(documents), failure.error, "--max-unpacked-bytes" in failure.message) == (1, "LimitExceeded", True)
    documents, [failure] = articles("b.zip", package({"a.txt": "a" * 20_000_000}))
    assert (documents, failure.error, failure.record) == ([], "LimitExceeded", "a.txt")


def test_passwords_are_told(package: Callable[..., bytes], articles: Articles) -> None:
    """A file with a password is a failure that says so."""
    raw = bytearray(package({"a.txt": "It rained."}))
    raw[6] |= 1
    raw[raw.index(b"PK\x01\x02") + 8] |= 1
    documents, [failure] = articles("a.zip", bytes(raw))
    assert (documents, failure.error) == ([], "FormatError")
    assert "password" in failure.message


@pytest.mark.parametrize("name", ["a.zip", "a.tar"])
def test_damaged_archives(package: Callable[..., bytes], articles: Articles, name: str) -> None:
    """An archive that is cut short gives what can be read of it, and a failure."""
    content = package(FILES) if name == "a.zip" else tarred(FILES)
    documents, failures = articles(name, content[: len(content) // 2])
    assert {failure.error for failure in failures} >= {"FormatError"} or documents
    assert failures


def test_empty_archives(package: Callable[..., bytes], articles: Articles) -> None:
    """An archive without files is left out, and so is one with nothing but what systems leave."""
    for members in ({}, {".DS_Store": b"\0"}):
        documents, [row] = articles("a.zip", package(members))
        assert (documents, row.error) == ([], "SkippedSource")


def test_a_file_without_a_name(package: Callable[..., bytes], articles: Articles) -> None:
    """A file whose name is empty is read under a name that says so."""
    raw = package({"": "It rained.", "b.txt": "Dry."})
    documents, failures = articles("a.zip", raw)
    assert ([document.record for document in documents], failures) == (["b.txt", "unnamed"], [])
