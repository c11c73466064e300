"""Reading: whatever a source holds becomes documents or failures."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
from typing import TYPE_CHECKING

import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tasks.ingest import (
    Document,
    Failure,
    Source,
    find_sources,
    read_documents,
)
from tasks.options import Limits, Options

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Read = Callable[..., tuple[list[Document], list[Failure]]]

OPTIONS = Options()


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress, zstandard.ZstdCompressor().compress])
def test_compressed(read: Read, folder: Callable[..., Path], pack: Callable[[bytes], bytes]) -> None:
    """The text is the same with each compression."""
    suffix = {gzip.compress: "gz", bz2.compress: "bz2", lzma.compress: "xz"}.get(pack, "zst")
    documents, failures = read(folder({f"a.txt.{suffix}": pack(b"It rained. " * 99)}))
    assert ([d.text for d in documents], failures) == (["It rained. " * 99], [])


def test_bomb(read: Read, folder: Callable[..., Path]) -> None:
    """A file that unpacks to more than the limit is refused, and the message names the option."""
    bomb = gzip.compress(bytes(5_000_000))
    options = Options(limits=Limits(max_unpacked_bytes=1_000_000))
    documents, [failure] = read(folder({"a.txt.gz": bomb}), options)
    assert not documents
    assert (failure.error, "--max-unpacked-bytes" in failure.message) == ("LimitExceeded", True)


@pytest.mark.parametrize("damage", [lambda b: b[:-9], lambda b: b[:-8] + bytes(8), lambda _: b"", lambda _: b"plain"])
def test_damaged_gzip(read: Read, folder: Callable[..., Path], damage: Callable[[bytes], bytes]) -> None:
    """Damaged compressed data is a failure or an empty document, never a crash."""
    documents, failures = read(folder({"a.txt.gz": damage(gzip.compress(b"It rained. " * 99))}))
    assert len(documents) + len(failures) == 1


def test_xz_in_parts_and_cut_short(read: Read, folder: Callable[..., Path]) -> None:
    """An xz file may have several streams; one that is cut short is a failure."""
    packed = lzma.compress(b"It rained. " * 9)
    documents, failures = read(folder({"a.txt.xz": packed + packed, "b.txt.xz": packed[:-9]}))
    assert [document.text for document in documents] == ["It rained. " * 18]
    assert [(failure.source_uri, failure.error) for failure in failures] == [("b.txt.xz", "FormatError")]


def test_invalid_bytes_have_their_places(folder: Callable[..., Path]) -> None:
    """Each invalid byte is a row with its position in the text, the byte, and its replacement."""
    sources, _ = find_sources([str(folder({"a.txt": "“a” — “b” ".encode() + b"x\x97y"}))])
    documents, invalid_bytes, failures = read_documents(sources, OPTIONS)
    assert documents["text"].to_list() == ["“a” — “b” x—y"]
    assert invalid_bytes.select("position", "byte", "after").rows() == [(11, 0x97, "—")]
    assert failures.height == 0


def test_stdin() -> None:
    """Standard input is a source like others, under the name `-`."""
    documents, _, _ = read_documents([Source("-", "-", 0, "text")], OPTIONS, io.BytesIO(b"It rained."))
    assert documents.select("source_uri", "text").rows() == [("-", "It rained.")]


def test_samples_are_all_read(samples: Path) -> None:
    """Every sample article is read, with its source."""
    sources, failures = find_sources([str(samples)])
    documents, _, more = read_documents(sources, OPTIONS)
    assert (len(failures), more.height, documents.height) == (0, 0, 18)
    assert documents["source"].null_count() == 0


@given(
    st.binary(max_size=400),
    st.sampled_from([".txt", ".md", ".jsonl", ".csv", ".tsv", ".parquet", ".txt.gz", ".csv.zst"]),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_bytes_under_any_name(read: Read, folder: Callable[..., Path], content: bytes, suffix: str) -> None:
    """Any content of a file becomes documents that can be stored, or failures of the expected kinds."""
    documents, failures = read(folder({f"a{suffix}": content}) / f"a{suffix}")
    for document in documents:
        document.text.encode()
    assert {failure.error for failure in failures} <= {"DecodingError", "FormatError", "MissingField", "SkippedSource"}
