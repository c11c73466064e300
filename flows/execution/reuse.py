"""What is reused from the last run's tables: batches and sources that did not change, and sources that are unreadable
now.
"""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from flows.paths import STDIN, is_address

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flows.execution.model import Plan
    from tasks.ingest import Source
    from tasks.store import BatchRecord, Part, Previous, SourceRecord

_FRESH_NS = 2_000_000_000
"""A file changed less than two seconds ago may change again within the same clock tick of its file system."""


def unchanged_batch(batch: Sequence[Source], previous: Previous, earlier: Previous) -> BatchRecord | None:
    """The last run's record of the same batch, if its sources and its files have not changed since.

    `previous` is a manifest of the same engine, `earlier` of any engine. For sources that are kept, the record may be
    from another engine.
    """
    all_kept = all(source.kept for source in batch)
    record = (earlier if all_kept else previous).whole.get(tuple((source.uri, source.share) for source in batch))
    if record is None or not previous.intact(record):
        return None
    pairs = list(zip(batch, record.sources, strict=True))
    if not all_kept and any(source.kept and not known.kept for source, known in pairs):
        return None
    if not all(_is_unchanged(source, known) for source, known in pairs):
        return None
    # A source that was touched but not changed gets its new time.
    sources = tuple(
        replace(known, mtime_ns=source.mtime_ns, stamp=settled_stamp(source), kept=source.kept)
        for source, known in pairs
    )
    return replace(record, sources=sources, n_kept=record.n_documents if all_kept else record.n_kept)


def reusable_sources(
    batch: Sequence[Source], previous: Previous, earlier: Previous
) -> tuple[tuple[str, ...], tuple[BatchRecord, ...], tuple[BatchRecord, ...]]:
    """For a batch that changed: its unchanged sources, the batches of the last run that hold them, and the batches that
    hold rows of its other sources.
    """
    uris: list[str] = []
    reused: dict[int, BatchRecord] = {}
    fallback: dict[int, BatchRecord] = {}
    for source in batch:
        known, record = (earlier if source.kept else previous).by_source.get(source.uri, (None, None))
        worth_it = source.kept or len(batch) > 1
        is_same = known is not None and record is not None and worth_it and _is_unchanged(source, known)
        if is_same and record and (id(record) in reused or earlier.intact(record)):
            reused[id(record)] = record
            uris.append(source.uri)
        elif source.share is None and source.uri in earlier.by_source and earlier.is_readable(source.uri):
            record = earlier.by_source[source.uri][1]
            fallback[id(record)] = record
    return tuple(uris), tuple(reused.values()), tuple(fallback.values())


def settled_stamp(source: Source) -> int:
    """The stamp by which the next run recognizes a source; 0, which no file has, if it must compare the bytes."""
    return 0 if source.mtime_ns > time.time_ns() - _FRESH_NS else source.stamp


def _is_unchanged(source: Source, known: SourceRecord) -> bool:
    """Whether a source has not changed since the last run read it.

    Its bytes are compared only if its time, inode or change time differ.
    """
    from tasks.store import hash_file

    if source.kept:
        return True
    if known.failed or known.kept or source.path == STDIN or source.n_bytes != known.n_bytes:
        return False
    try:
        same_file = (source.mtime_ns, source.stamp) == (known.mtime_ns, known.stamp)
        if same_file and (source.stamp or is_address(source.path)):
            return True
        return hash_file(Path(source.path), source.share) == known.sha256
    except OSError:
        return False


# ------------------------------------------------------------------------------------ sources that are unreadable now


def held_in_shares(batches: Sequence[Sequence[Source]], earlier: Previous) -> dict[str, list[BatchRecord]]:
    """Records of the tables for sources that were read in shares, or are read in shares now."""
    now = {source.uri for batch in batches for source in batch if source.share and source.uri in earlier.by_source}
    held = {uri: [earlier.by_source[uri][1]] for uri in now} | earlier.of_shares
    return {uri: records for uri, records in held.items() if earlier.is_readable(uri)}


def kept_parts(plan: Plan, parts: Sequence[Part]) -> list[Part]:
    """The rows in the tables of each file that is unreadable now, and that was read in shares then or now.

    Rows of other files are kept by the process that analyzes their batch.
    """
    from tasks.store import Part

    sources = [source for part in parts for source in part.record.sources if source.uri in plan.earlier]
    there = {source.uri for source in sources}
    read = {source.uri for source in sources if source.kept or source.is_read}
    kept: list[Part] = []
    for uri in sorted(there - read):
        records = plan.earlier[uri]
        if all(len(record.sources) == 1 for record in records):  # shares: their parts hold nothing else
            kept += [Part(_as_kept(record), None) for record in records]
        else:
            kept.append(_kept_part(plan.out, uri, records, f"kept-{len(kept)}"))
    return kept


def _as_kept(record: BatchRecord) -> BatchRecord:
    """The record of a batch whose rows are kept although its source could not be read."""
    return replace(
        record,
        sources=tuple(replace(source, kept=True) for source in record.sources),
        files=tuple(file for file in record.files if file.table != "failures"),
        n_failed=0,
        n_kept=record.n_documents,
    )


def _kept_part(out: Path, uri: str, records: Sequence[BatchRecord], name: str) -> Part:
    """A new part, staged as `name`, with the rows of one source of a batch with several."""
    from tasks.store import BatchRecord, BatchWriter, Part, reusable_rows

    writer = BatchWriter(out, name)
    rows = reusable_rows(out, records, [uri])
    del rows["failures"]  # its failure of this run has been written already
    writer.write(rows)
    n_documents, n_words = rows["documents"].height, int(rows["documents"]["n_words"].sum())
    [source] = {source for record in records for source in record.sources if source.uri == uri}
    record = BatchRecord((replace(source, kept=True),), (), n_documents, n_words, n_kept=n_documents)
    return Part(writer.finish(record), name)
