"""Guarantees that a staged batch is complete, so that the run after a crash continues where the last one stopped.

A batch is written into a temporary folder, which is renamed to the key of the batch when it is complete. The key is a hash
of the state of its sources and of the engine. A later run with a batch of the same key uses the staged one.
"""

from __future__ import annotations

import hashlib
import io
import json
import shutil
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

import polars as pl

from tasks.errors import StoreError
from tasks.schemas import FINGERPRINT_SCHEMA, FINGERPRINTS, TABLES, source_file
from tasks.store.durability import sync_tree
from tasks.store.manifest import STATE, BatchRecord, FileRecord, table_folder
from tasks.store.parquet import write_table

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from tasks.ingest import Source

_RECORD = "batch.json"
_MOST_ROWS = 250_000
"""Rows of a file at most: while it is written, its rows are in memory twice. A chunk of ordinary articles has a fifth."""


def batches_folder(out: Path) -> Path:
    """The folder of the staged batches, created if needed. Raises StoreError if that fails."""
    folder = out / STATE / "batches"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"cannot write into {out}: {error.strerror}; choose another folder with --out") from error
    return folder


def batch_key(sources: Iterable[Source], engine: str) -> str:
    """The key of a batch, a hash of the state of each source and of the engine."""
    states = [
        [source.uri, source.path, source.n_bytes, source.mtime_ns, source.stamp, source.share and asdict(source.share)]
        for source in sources
    ]
    return hashlib.sha256(json.dumps([engine, states]).encode()).hexdigest()[:32]


def staged_batch(out: Path, key: str) -> BatchRecord | None:
    """The record of a batch that an earlier run finished but did not publish; None if there is none, or it is damaged."""
    folder = batches_folder(out) / key
    try:
        record = BatchRecord.from_json((folder / _RECORD).read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return record if all(file.matches(folder / file.name) for file in record.files) else None


class BatchWriter:
    """Writes the tables of one batch, chunk by chunk; the batch is staged when `finish` returns.

    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as out:
    ...     writer = BatchWriter(Path(out), "k")
    ...     writer.write({"failures": TABLES["failures"].empty()})
    ...     writer.finish(BatchRecord((), ())).files
    ()
    """

    def __init__(self, out: Path, key: str) -> None:
        self._folder = batches_folder(out) / key
        self._temporary = self._folder.with_suffix(".writing")
        shutil.rmtree(self._temporary, ignore_errors=True)
        self._temporary.mkdir()
        self._files: list[FileRecord] = []
        self._chunk = 0

    def write(self, tables: dict[str, pl.DataFrame]) -> None:
        """Write one chunk of the batch; a table without rows gets no file, a long one several."""
        for name, frame in tables.items():
            for number, rows in enumerate(frame.iter_slices(_MOST_ROWS) if frame.height else ()):
                path = self._temporary / f"{name}-{self._chunk:04d}-{number:04d}.parquet"
                if name == FINGERPRINTS:
                    content = io.BytesIO()  # on a full disk polars raises a misleading error
                    rows.match_to_schema(FINGERPRINT_SCHEMA).write_parquet(
                        content, compression="zstd", compression_level=1
                    )
                    path.write_bytes(content.getvalue())
                else:
                    write_table(TABLES[name], rows, path)
                self._files.append(FileRecord.of(name, path))
        self._chunk += 1

    def finish(self, record: BatchRecord) -> BatchRecord:
        """Stage the batch. Returns `record` with the files that were written, which are synced to the disk."""
        record = replace(record, files=tuple(self._files))
        (self._temporary / _RECORD).write_text(record.to_json(), "utf-8", "surrogatepass")
        sync_tree(self._temporary)
        shutil.rmtree(self._folder, ignore_errors=True)
        self._temporary.rename(self._folder)
        return record


def reusable_rows(out: Path, batches: Iterable[BatchRecord], uris: Iterable[str]) -> dict[str, pl.DataFrame]:
    """The published rows of the sources `uris`, for every table, as their analysis gave them.

    `duplicate_of` has the repeats within a document; repeats across documents are found again when publishing.
    """
    wanted = list(uris)
    read = {name: _read_parts(out, batches, name) for name in (*TABLES, FINGERPRINTS) if name != "runs"}
    documents = read["documents"].filter(source_file().is_in(wanted))
    failures = read.pop("failures").filter(pl.col("source_uri").is_in(wanted))
    rows = {
        name: frame.join(documents.select("document_id"), on="document_id", how="semi") for name, frame in read.items()
    }
    within = rows[FINGERPRINTS].filter(pl.col("paragraph_index") >= 0).drop("fingerprint")
    paragraphs = rows["paragraphs"].drop("duplicate_of")
    linked = paragraphs.join(within, on=["document_id", "paragraph_index"], how="left", maintain_order="left")
    rows["paragraphs"] = linked.select(TABLES["paragraphs"].schema.names())
    rows["documents"] = documents.with_columns(duplicate_of=pl.lit(None, pl.String))
    return {**rows, "failures": failures}


def _read_parts(out: Path, batches: Iterable[BatchRecord], name: str) -> pl.DataFrame:
    """The rows of some batches in one table, with its declared types (parquet does not keep the categories of an Enum)."""
    schema = TABLES[name].schema if name in TABLES else FINGERPRINT_SCHEMA
    folder = table_folder(out, name)
    paths = [folder / file.name for batch in batches for file in batch.files if file.table == name]
    parts = [pl.read_parquet(path, glob=False) for path in paths]
    return pl.concat([part.cast(schema) for part in parts]) if parts else pl.DataFrame(schema=schema)
