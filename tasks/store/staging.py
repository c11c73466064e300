"""Batches written aside, each complete or not there, so that a run that died is gone on with instead of begun again.

A batch is written into a folder that gets its name, the batch's key, only when everything in it is written. The next
run that has a batch of the same key, which is a hash of its sources' state and of the engine, takes it as it is.
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
from tasks.schemas import FINGERPRINT_SCHEMA, FINGERPRINTS, TABLES
from tasks.store.durability import sync_tree
from tasks.store.manifest import STATE, BatchRecord, FileRecord, table_folder
from tasks.store.parquet import write_table

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from tasks.ingest import Source

_RECORD = "batch.json"
_MOST_ROWS = 250_000
"""In a file: while it is written, its rows are held once more. A chunk of ordinary articles has a fifth of that."""


def batches_folder(out: Path) -> Path:
    """Where batches are written aside; made if it is not there."""
    folder = out / STATE / "batches"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"cannot write into {out}: {error.strerror}; choose another folder with --out") from error
    return folder


def batch_key(sources: Iterable[Source], engine: str) -> str:
    """A name for a batch that changes with the state of each source and with the engine."""
    states = [
        [source.uri, source.path, source.n_bytes, source.mtime_ns, source.stamp, source.share and asdict(source.share)]
        for source in sources
    ]
    return hashlib.sha256(json.dumps([engine, states]).encode()).hexdigest()[:32]


def staged_batch(out: Path, key: str) -> BatchRecord | None:
    """The record of a batch that an earlier run finished but did not publish."""
    folder = batches_folder(out) / key
    try:
        record = BatchRecord.from_json((folder / _RECORD).read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return record if all(file.matches(folder / file.name) for file in record.files) else None


class BatchWriter:
    """Writes the tables of one batch, chunk by chunk, and puts them in place when the last is written.

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
        self._aside = self._folder.with_suffix(".writing")
        shutil.rmtree(self._aside, ignore_errors=True)
        self._aside.mkdir()
        self._files: list[FileRecord] = []
        self._chunk = 0

    def write(self, tables: dict[str, pl.DataFrame]) -> None:
        """Write one chunk of the batch; tables without a row leave no file, long ones several."""
        for name, frame in tables.items():
            for number, rows in enumerate(frame.iter_slices(_MOST_ROWS) if frame.height else ()):
                path = self._aside / f"{name}-{self._chunk:04d}-{number:04d}.parquet"
                if name == FINGERPRINTS:
                    content = io.BytesIO()  # of a full disk polars itself says that the file was out of specification
                    rows.match_to_schema(FINGERPRINT_SCHEMA).write_parquet(
                        content, compression="zstd", compression_level=1
                    )
                    path.write_bytes(content.getvalue())
                else:
                    write_table(TABLES[name], rows, path)
                self._files.append(FileRecord.of(name, path))
        self._chunk += 1

    def finish(self, record: BatchRecord) -> BatchRecord:
        """`record` with the files that were written; they are in place when this returns."""
        record = replace(record, files=tuple(self._files))
        (self._aside / _RECORD).write_text(record.to_json(), "utf-8", "surrogatepass")
        sync_tree(self._aside)
        shutil.rmtree(self._folder, ignore_errors=True)
        self._aside.rename(self._folder)
        return record


def reusable_rows(out: Path, batches: Iterable[BatchRecord], uris: Iterable[str]) -> dict[str, pl.DataFrame]:
    """What published parts hold of the sources `uris`: rows of every table as their analysis had left them.

    `duplicate_of` is what was found within the document; what lies across the corpus is linked anew when publishing.
    """
    wanted = list(uris)
    read = {name: _read_parts(out, batches, name) for name in (*TABLES, FINGERPRINTS) if name != "runs"}
    documents = read["documents"].filter(pl.col("source_uri").is_in(wanted))
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
    """The rows of some batches in one table, with its declared types (parquet gives categories back as open lists)."""
    schema = TABLES[name].schema if name in TABLES else FINGERPRINT_SCHEMA
    folder = table_folder(out, name)
    paths = [folder / file.name for batch in batches for file in batch.files if file.table == name]
    parts = [pl.read_parquet(path, glob=False) for path in paths]
    return pl.concat([part.cast(schema) for part in parts]) if parts else pl.DataFrame(schema=schema)
