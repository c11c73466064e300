"""One batch, from sources to parts of every table: read, analyze, sort, write.

A document that makes a stage fail does not affect the others. The documents that were analyzed together with it are
split in halves and analyzed again, until it is alone. It then becomes a row in `failures`.
"""

from __future__ import annotations

import time
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from flows.execution.model import BatchResult, BatchTask, DocumentSpan, no_reporter
from flows.execution.reuse import settled_stamp
from flows.execution.versions import resources_for
from flows.paths import STDIN
from flows.stores.sources import local_copies
from tasks.errors import NOT_FAILED, SKIPPED

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import polars as pl

    from flows.execution.model import ProgressReporter, RetryState
    from tasks.ingest import Frames, Source
    from tasks.options import Options
    from tasks.resources import Resources
    from tasks.store import BatchRecord


def analyze_local_copies(
    task: BatchTask, out: Path, options: Options, *, report: ProgressReporter = no_reporter
) -> BatchResult:
    """Like `analyze_batch`, after the objects of the batch were copied into a temporary folder.

    Objects that cannot be copied are excluded.
    """
    with local_copies(task.sources, task.reused) as (sources, unavailable):
        fresh = [source.uri for source in task.sources if source.uri not in task.reused]
        excluded = [(DocumentSpan(fresh.index(uri), -1, -1), error) for uri, error in unavailable.items()]
        retry = replace(task.retry, excluded=(*task.retry.excluded, *excluded))
        return analyze_batch(replace(task, sources=sources, retry=retry), out, options, report=report)


def analyze_batch(
    task: BatchTask, out: Path, options: Options, *, report: ProgressReporter = no_reporter
) -> BatchResult:
    """Analyze one batch, from bytes to parts of every table below `out`.

    `report` is called with the documents that are about to be read or analyzed.
    """
    from tasks.analysis import KNOWN_WORDS

    resources = resources_for(options)
    if len(resources.vocabulary) > KNOWN_WORDS:
        resources.vocabulary.forget()
    began = time.perf_counter()
    batch = _Batch(task, out)
    fresh = [source for source in task.sources if source.uri not in task.reused]
    for first, frames in _read(fresh, task.retry, options, report):
        batch.note_digests(frames[0])
        tables = _analyze_pieces(first, frames, task.retry, options, resources, report)
        del frames  # a text may be large
        batch.add(tables)
    batch.add_fallback()
    return BatchResult(batch.finish(), batch.n_new, time.perf_counter() - began)


class _Batch:
    """The parts of a batch as they are written, and the contents of its record."""

    def __init__(self, task: BatchTask, out: Path) -> None:
        from tasks.store import BatchWriter, reusable_rows

        self._task, self._out = task, out
        self._reused = reusable_rows(out, task.reused_from, task.reused) if task.reused else None
        self._writer = BatchWriter(out, task.key)
        # Stamps are taken before the sources are read, so that a later change is found by the next run. Sources of one
        # chunk are hashed when read.
        self._digests = {
            source.uri: _digest(source)
            for source in task.sources
            if source.uri in task.reused or not source.is_document
        }
        self._uris = [source.uri for source in task.sources]
        self._stays = {source.uri for source in task.sources if source.kept}
        self._last: dict[str, pl.DataFrame] = {}
        """The tables of the latest chunk, if they have not been written yet."""
        self._failed: set[str] = set()
        self._read: set[str] = set()
        self._unread: set[str] = set()
        self.n_new = self._n_documents = self._n_words = self._n_failed = self._n_skipped = self._n_kept = 0

    def note_digests(self, documents: pl.DataFrame) -> None:
        """Store the hashes of sources that were read in one chunk, as far as their documents have them.

        A file that is named like a text may hold an export or a paper: the hashes of its documents are not that of the file.
        """
        import polars as pl

        whole = documents.filter(
            pl.col("record").is_null() & pl.col("format").cast(pl.String).is_in(["text", "markdown", "html"])
        )
        known = zip(_files_of(whole), whole["content_sha256"], strict=True)
        self._digests |= {uri: digest for uri, digest in known if uri not in self._digests}

    def add(self, tables: dict[str, pl.DataFrame]) -> None:
        """Write the tables of a chunk of documents, the first one with the reused rows. `tables` is emptied."""
        import polars as pl

        self.n_new += tables["documents"].height
        self._read |= set(_files_of(tables["documents"]))
        if (reused := self._reused) is not None:
            self._n_kept += int(_files_of(reused["documents"]).is_in(list(self._stays)).sum())
            tables = {name: pl.concat([tables.pop(name), reused[name]]) for name in [*tables]}
            self._reused = None
            del reused
        tables = self._in_order(tables)
        self._count(tables)
        if self._last:
            self._writer.write(self._last)
        self._last = tables if self._task.fallback else {}  # rows of earlier runs may have to be sorted in
        if not self._last:
            self._writer.write(tables)

    def add_fallback(self) -> None:
        """Add the rows of earlier runs for sources that could not be read now, and write everything that remains."""
        import polars as pl

        from tasks.store import reusable_rows

        if self._task.fallback and self._unread - self._read:
            earlier = reusable_rows(self._out, self._task.fallback, self._unread - self._read)
            earlier["failures"] = earlier["failures"].clear()  # its failure of this run has been written already
            self._stays |= set(_files_of(earlier["documents"]))
            self._n_kept += earlier["documents"].height
            self._count_documents(earlier["documents"])
            self._last = self._in_order({name: pl.concat([frame, earlier[name]]) for name, frame in self._last.items()})
        if self._last:
            self._writer.write(self._last)

    def finish(self) -> BatchRecord:
        """The record of the batch. Its parts are then in place."""
        from tasks.store import BatchRecord, SourceRecord

        records = [
            SourceRecord(
                source.uri,
                source.n_bytes,
                source.mtime_ns,
                self._digests.get(source.uri, ""),
                source.uri in self._failed,
                source.share,
                settled_stamp(source),
                source.uri in self._stays,
                source.uri in self._read or source.uri in self._task.reused,
            )
            for source in self._task.sources
        ]
        counts = self._n_documents, self._n_words, self._n_failed, self._n_skipped, self._n_kept, self.n_new
        return self._writer.finish(BatchRecord(tuple(records), (), *counts))

    def _in_order(self, tables: dict[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
        from flows.execution.row_order import in_order  # it imports polars

        return in_order(tables, self._uris)

    def _count(self, tables: dict[str, pl.DataFrame]) -> None:
        self._count_documents(tables["documents"])
        failures = tables["failures"]
        has_failed = ~failures["error"].is_in(NOT_FAILED)
        self._n_skipped += int((failures["error"] == SKIPPED).sum())
        self._n_failed += int(has_failed.sum())
        self._failed |= set(failures.filter(has_failed)["source_uri"])
        self._unread |= set(failures["source_uri"])

    def _count_documents(self, documents: pl.DataFrame) -> None:
        self._n_documents += documents.height
        self._n_words += int(documents["n_words"].sum())


def _files_of(documents: pl.DataFrame) -> pl.Series:
    """The sources that documents were read from, by their uris."""
    from tasks.schemas import source_file

    return documents.select(source_file()).to_series()


def _digest(source: Source) -> str:
    """The SHA-256 of a source in its present state; None if it is not a file."""
    from tasks.store import hash_file

    try:
        is_file = source.path != STDIN and Path(source.path).is_file()
        return hash_file(Path(source.path), source.share) if is_file else ""
    except OSError:
        return ""


# ---------------------------------------------------------------------------------------------------- read and analyze


def _read(
    sources: Sequence[Source], retry: RetryState, options: Options, report: ProgressReporter
) -> Iterator[tuple[int, Frames]]:
    """The chunks of `read_chunks`, each with the number of its first document; excluded sources, as failures."""
    import polars as pl

    from tasks.ingest import Failure, failures_frame, read_chunks

    excluded = {span.source: error for span, error in retry.excluded if span.source >= 0}
    excluded_rows = [failures_frame([Failure.of(error, sources[number].uri) for number, error in excluded.items()])]
    n_read = current = 0

    def reported() -> Iterator[Source]:
        nonlocal current
        for current, source in enumerate(sources):  # `current` is used below
            if current not in excluded:
                report(DocumentSpan(current, n_read, n_read))
                yield source

    for documents, invalid_bytes, failures in read_chunks(reported(), options):
        report(None)
        first, n_read = n_read, n_read + documents.height
        chunk = [(documents, invalid_bytes, pl.concat([*excluded_rows, failures]))]
        excluded_rows = []
        del documents  # so that the caller can free them
        yield first, chunk.pop()
        report(DocumentSpan(current, n_read, n_read))
    report(None)


def _analyze_pieces(
    first: int, frames: Frames, retry: RetryState, options: Options, resources: Resources, report: ProgressReporter
) -> dict[str, pl.DataFrame]:
    """The tables of a chunk, analyzed in pieces. Pieces end at the split points; `first` is its first document's number."""
    from tasks.analysis import no_tables

    documents, invalid_bytes, failures = frames
    excluded = {span.first: error for span, error in retry.excluded if span.source < 0}
    last = first + documents.height
    bounds = [first, *(point for point in retry.split_points if first < point < last), last]
    pieces = [{**no_tables(), "failures": failures}]
    for start, end in pairwise(bounds):
        piece = documents if (start, end) == (first, last) else documents[start - first : end - first]
        if start in excluded and piece.height:
            pieces.append(_failure_of(excluded[start], piece))
        else:
            pieces.append(_analyze_or_split(start, piece, invalid_bytes, options, resources, report))
    report(None)
    return {name: _stack([piece[name] for piece in pieces]) for name in pieces[0]}


def _stack(frames: list[pl.DataFrame]) -> pl.DataFrame:
    """The rows of all frames. If one frame has all the rows, it is returned itself."""
    import polars as pl

    filled = [frame for frame in frames if frame.height] or frames[:1]
    return filled[0] if len(filled) == 1 else pl.concat(filled)


def _analyze_or_split(
    first: int,
    documents: pl.DataFrame,
    invalid_bytes: pl.DataFrame,
    options: Options,
    resources: Resources,
    report: ProgressReporter,
) -> dict[str, pl.DataFrame]:
    """The tables of `documents`. A document that makes a stage fail becomes a failure; the others are analyzed."""
    import polars as pl

    from tasks.analysis import analyze_documents
    from tasks.schemas import FAILURES

    ids = documents["document_id"].to_frame()
    invalid_bytes = invalid_bytes.join(ids, on="document_id", how="semi", maintain_order="left")
    try:
        report(DocumentSpan(-1, first, first + documents.height))
        return {
            **analyze_documents(_moved(documents), invalid_bytes, options, resources),
            "failures": FAILURES.empty(),
        }
    # Whatever happens with one document, the others are analyzed.
    except (Exception, pl.exceptions.PanicException) as error:  # noqa: BLE001
        if documents.height == 1:
            return _failure_of(error, documents)
    # The error is freed here, and with it everything that the attempt had created.
    middle = documents.height // 2
    one = _analyze_or_split(first, documents[:middle], invalid_bytes, options, resources, report)
    other = _analyze_or_split(first + middle, documents[middle:], invalid_bytes, options, resources, report)
    return {name: pl.concat([one[name], other[name]]) for name in one}


def _moved(documents: pl.DataFrame) -> pl.DataFrame:
    """Move the documents into a new list, so that `analyze_documents` can free them.

    A single document may be large. Its text is removed from the given frame, to which all callers hold a reference. (In
    polars 2.1 there is no other way to give up a frame.)
    """
    if documents.height != 1:
        return documents
    moved = documents.clone()
    documents.drop_in_place("text")
    return moved


def _failure_of(error: BaseException, document: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """The tables for a single document that could not be analyzed: a row in `failures`."""
    from tasks.analysis import no_tables
    from tasks.ingest import Failure, failures_frame

    row = document.row(0, named=True)
    file = _files_of(document).item()
    record = row["record"] if file == row["source_uri"] else row["source_uri"]
    failure = Failure.of(error, file, record, stage="analyze")
    return {**no_tables(), "failures": failures_frame([failure])}
