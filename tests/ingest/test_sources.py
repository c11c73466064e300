"""Sources: which are found, which are left out, and names that do not change."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tasks.errors import UsageError
from tasks.ingest import (
    Document,
    Failure,
    find_sources,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Read = Callable[..., tuple[list[Document], list[Failure]]]


def test_uri_is_the_path_below_the_source(read: Read, folder: Callable[..., Path]) -> None:
    """A document keeps its id if its folder is moved."""
    content = {"daily/a.txt": "One.", "b.txt": "Two."}
    here, _ = read(folder(content, "here"))
    there, _ = read(folder(content, "there"))
    assert [d.source_uri for d in here] == ["b.txt", "daily/a.txt"]
    assert [d.source for d in here] == [None, "daily"]
    assert [d.document_id for d in here] == [d.document_id for d in there]


def test_two_sources_with_a_file_of_one_name(folder: Callable[..., Path]) -> None:
    """Two files of one name below two SOURCEs are both read."""
    one, two = folder({"a.txt": "One."}, "one"), folder({"a.txt": "Two."}, "two")
    sources, _ = find_sources([str(one), str(two)])
    assert len({source.uri for source in sources}) == 2
    assert {source.path for source in sources} == {str(one / "a.txt"), str(two / "a.txt")}


def test_the_same_source_twice_is_one(folder: Callable[..., Path]) -> None:
    """A file that is named twice is read once."""
    top = folder({"a.txt": "One."})
    assert len(find_sources([str(top), str(top)])[0]) == 1


def test_files_that_are_not_articles_are_left_out_with_a_row(read: Read, folder: Callable[..., Path]) -> None:
    """Images, backups and swap files are skipped, each with a row that says so."""
    top = folder({"a.txt": "One.", "b.png": b"\x89PNG", "a.txt~": "Old.", ".a.txt.swp": b"b0", ".DS_Store": b"\0"})
    documents, failures = read(top)
    assert [d.source_uri for d in documents] == ["a.txt"]
    assert {(f.source_uri, f.error) for f in failures} == {
        (name, "SkippedSource") for name in ("b.png", "a.txt~", ".a.txt.swp", ".DS_Store")
    }


def test_pipes_links_and_loops(read: Read, folder: Callable[..., Path]) -> None:
    """A pipe is never opened, a dangling link is a failure, a link to a folder is reported and not followed."""
    top = folder({"a.txt": "One."})
    os.mkfifo(top / "pipe.txt")
    (top / "gone.txt").symlink_to("nowhere.txt")
    (top / "loop").symlink_to(".")
    (top / "one.txt").symlink_to("other.txt")
    (top / "other.txt").symlink_to("one.txt")
    documents, failures = read(top)
    assert [d.source_uri for d in documents] == ["a.txt"]
    assert {f.source_uri for f in failures} == {"pipe.txt", "gone.txt", "loop", "one.txt", "other.txt"}
    sources, unread = find_sources([str(top)], follow_links=True)
    assert [source.uri for source in sources] == ["a.txt"]
    assert {failure.source_uri for failure in unread} == {"pipe.txt", "gone.txt", "one.txt", "other.txt"}


def test_names_that_are_not_utf8(read: Read, folder: Callable[..., Path]) -> None:
    """A file name that is not UTF-8 is written with escapes, and the file is read."""
    top = folder({"a.txt": "One."})
    with open(os.fsencode(top) + b"/caf\xe9.txt", "wb") as file:  # noqa: PTH123  # pathlib knows no bytes
        file.write(b"Two.")
    documents, _ = read(top)
    assert [d.source_uri for d in documents] == ["a.txt", "caf\\xe9.txt"]


def test_missing_source() -> None:
    """A SOURCE that does not exist is a usage error that names it."""
    with pytest.raises(UsageError, match=r"nowhere\.txt: no such file"):
        find_sources(["nowhere.txt"])
