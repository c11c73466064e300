"""Reading: from sources to tables of documents, of their invalid bytes, and of failures.

Errors of inputs are not raised: every source becomes documents or rows of failures, and the other sources are read. The
reader of each format is in `formats`.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from functools import partial
from importlib import import_module
from itertools import chain
from pathlib import Path
from typing import IO, TYPE_CHECKING

from tasks.errors import FormatError, LimitExceeded
from tasks.ingest.articles import article_documents
from tasks.ingest.compression import examined, open_source, read_whole
from tasks.ingest.documents import Frames, take_frames
from tasks.ingest.formats import FORMAT_OF_SUFFIX, FORMATS
from tasks.ingest.model import STDIN, Document, Failure, Source
from tasks.ingest.recognition import recognise, suffix_of
from tasks.ingest.records import RequestedFields, read_records
from tasks.parts import Parts
from tasks.schemas import ARCHIVES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tasks.ingest.formats import Format
    from tasks.options import Options

_MOST_LINES = 2**17
"""Maximum number of lines in a chunk. Four megabytes of ordinary articles have half as many, even with short lines."""


def read_documents(sources: Iterable[Source], options: Options, stdin: IO[bytes] | None = None) -> Frames:
    """All documents of `sources` (DOCUMENT_SCHEMA), their invalid bytes (INVALID_BYTES_SCHEMA), and failures (FAILURES).

    Standard input is `stdin` if that is given.
    """
    [frames] = read_chunks(sources, options, stdin, chunk_bytes=None)
    return frames


def read_chunks(
    sources: Iterable[Source], options: Options, stdin: IO[bytes] | None = None, chunk_bytes: int | None = 2**22
) -> Iterator[Frames]:
    """Like `read_documents`, a limited amount at a time: a chunk ends with the document that reaches `chunk_bytes`.

    That is the size of a batch or half of it, so that no small rest remains, because each chunk has a fixed cost. A chunk also ends after a number of lines, because each line may be a paragraph, which takes two kilobytes.
    """
    documents: list[Document] = []
    failures: list[Failure] = []
    size = n_lines = n_chunks = 0
    # Only the frames hold the documents, so that the caller can free them before the next chunk.
    for item in chain.from_iterable(read_source(source, options, stdin) for source in sources):
        if isinstance(item, Failure):
            failures.append(item)
        else:
            documents.append(item)
            size += item.n_bytes
            n_lines += 1 + item.text.count("\n") + item.text.count("\r")
        del item
        if chunk_bytes is not None and (size >= chunk_bytes or n_lines >= _MOST_LINES):
            yield take_frames(documents, failures)
            size = n_lines = 0
            n_chunks += 1
    if documents or failures or not n_chunks:
        yield take_frames(documents, failures)


def read_source(source: Source, options: Options, stdin: IO[bytes] | None = None) -> Iterator[Document | Failure]:
    """The documents of one source, or the failure; of a file with records, the records that can be read."""
    limit = options.limits.max_file_bytes
    if source.n_bytes > limit:
        complaint = f"the file has {source.n_bytes:,} bytes, over {limit:,}; raise --max-file-bytes to read it"
        yield Failure.of(LimitExceeded(complaint), source.uri)
        return
    try:
        named = FORMATS.get(FORMAT_OF_SUFFIX.get(suffix_of(source.path), ""))
        if named and named.unpacks and source.is_compressed and source.path != STDIN:
            with open_source(Path(source.path), unpack=False) as file:
                yield from _read_articles(named, file, source, options)
        elif source.path == STDIN:
            yield from _read_stream(stdin or sys.stdin.buffer, source, options)
        else:
            with open_source(Path(source.path)) as stream:
                yield from _read_stream(stream, source, options)
    except Exception as error:  # noqa: BLE001  # whatever one input does, the others are read
        yield Failure.of(error, source.uri)


def identify(source: Source, options: Options) -> tuple[str, str] | Failure:
    """The format of a file and its name in words, or why it cannot be read.

    A paper is read up to its first article, because an export of a news archive looks like any other paper.

    >>> from tasks.options import Options
    >>> identify(Source("reading.py", __file__, 100, "text"), Options())
    ('text', 'plain text')
    """
    try:
        with (
            open_source(Path(source.path)) as stream,
            examined(stream, options.limits.max_unpacked_bytes, "--max-unpacked-bytes", source.uri) as (content, _),
        ):
            form = recognise(content, source, options.export_markers)
    except Exception as error:  # noqa: BLE001  # whatever one input does, the others are looked at
        return Failure.of(error, source.uri)
    if form.name in _PAPERS:
        first = next(read_source(source, options), None)
        if isinstance(first, Document) and first.format in ARCHIVES:
            return first.format, f"an export of {_ARCHIVE_NAMES[first.format]} as {form.what}"
    return form.name, form.what


_PAPERS = frozenset({"docx", "odt", "fodt", "rtf"})
_ARCHIVE_NAMES = dict(zip(ARCHIVES, ("Nexis", "Factiva", "ProQuest", "Europresse"), strict=True))


def _read_stream(
    stream: IO[bytes], source: Source, options: Options, *, in_archive: bool = False
) -> Iterator[Document | Failure]:
    limits = options.limits
    with examined(stream, limits.max_unpacked_bytes, "--max-unpacked-bytes", source.uri) as (content, whole):
        form = recognise(content, source, options.export_markers)
        source = replace(source, format=form.name)
        reader = import_module(f"tasks.ingest.formats.{form.module}")
        if form.holds == "records":
            fields = RequestedFields.of(options)
            yield from read_records(source, options, reader.read_rows(whole, source, options, fields), fields)
        elif form.holds == "articles":
            yield from _read_articles(form, whole, source, options)
        elif form.holds == "files":
            if in_archive:
                raise FormatError(f"{form.what} in an archive is not read; unpack the outer one and name the folder")
            yield from reader.read_members(whole, source, options, partial(_read_stream, in_archive=True))
        else:
            limit = min(
                (limits.max_unpacked_bytes, "--max-unpacked-bytes"), (limits.max_document_bytes, "--max-document-bytes")
            )
            yield reader.read(read_whole(whole, *limit, source.uri), source, Parts(limits.max_document_parts))


def _read_articles(form: Format, stream: IO[bytes], source: Source, options: Options) -> Iterator[Document | Failure]:
    """The articles of a file of this format, and what cannot be read of it."""
    reader = import_module(f"tasks.ingest.formats.{form.module}")
    source = replace(source, format=form.name)
    yield from article_documents(reader.read_articles(stream, source, options), source, options)
