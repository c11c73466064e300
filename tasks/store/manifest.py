"""Which sources went into which part files, and how to recognize that neither has changed.

`manifest.jsonl` is beside the tables. Its first line has the engine (a hash of everything that decides a result: code,
dictionary, lexicon, options), the SOURCEs that were read, and the names of all files. Each further line is a batch: its
sources and its files, with sizes, times and hashes.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq

from tasks.errors import StoreError
from tasks.ingest import Share, Source
from tasks.schemas import FINGERPRINTS, TABLES
from tasks.store.parquet import arrow_schema

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MANIFEST = "manifest.jsonl"
STATE = ".overtones"
"""The folder beside the tables for internal files: the lock, the journal, fingerprints, staged batches."""


_PLAIN_NAME = re.compile(r"[0-9A-Za-z][0-9A-Za-z_.-]*\.parquet")


@dataclass(frozen=True, slots=True)
class SourceRecord:
    """A source as it was when it was read."""

    uri: str
    n_bytes: int
    mtime_ns: int
    sha256: str
    failed: bool = False
    """Whether any part of it failed; the next run tries such a source again."""
    share: Share | None = None
    """The share of it that was read; None for all of it."""
    stamp: int = 0
    """A number that changes with its inode and change time, see `tasks.ingest.Source`."""
    kept: bool = False
    """Whether its rows are those of an earlier run, because the source could not be read again or does not exist any more."""
    is_read: bool = True
    """Whether it gave a document."""


@dataclass(frozen=True)
class FileRecord:
    """A part of a table as it was when it was written."""

    table: str
    name: str
    n_bytes: int
    mtime_ns: int
    sha256: str

    @classmethod
    def of(cls, table: str, path: Path, name: str | None = None) -> FileRecord:
        """The record of the file at `path`."""
        status = path.stat()
        return cls(table, name or path.name, status.st_size, status.st_mtime_ns, hash_file(path))

    def matches(self, path: Path) -> bool:
        """Whether the file at `path` still holds what was written; its bytes are read only if size or time differ."""
        try:
            status = path.stat()
        except OSError:
            return False
        if status.st_size != self.n_bytes:
            return False
        return status.st_mtime_ns == self.mtime_ns or hash_file(path) == self.sha256


@dataclass(frozen=True)
class BatchRecord:
    """Sources that were analyzed together, the files that hold the results, and what was counted."""

    sources: tuple[SourceRecord, ...]
    files: tuple[FileRecord, ...]
    n_documents: int = 0
    n_words: int = 0
    n_failed: int = 0
    n_skipped: int = 0
    n_kept: int = 0
    """Documents of an earlier run whose sources could not be read or do not exist any more."""
    n_new: int = 0
    """Documents that were analyzed for this batch."""

    def to_json(self) -> str:
        """One line that `from_json` reads."""
        # `asdict` would copy each field, which takes a second for 40,000 sources.
        return json.dumps(vars(self), default=_fields, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def from_json(cls, line: str) -> BatchRecord:
        """The record that `to_json` wrote; ValueError for anything else."""
        try:
            fields: dict[str, Any] = json.loads(line)
            sources = tuple(_source_from(source) for source in fields.pop("sources"))
            files = tuple(_file_from(file) for file in fields.pop("files"))
            return cls(sources, files, **fields)
        except (TypeError, KeyError, AttributeError) as error:
            raise ValueError(str(error)) from error


def _fields(record: SourceRecord | FileRecord | Share) -> dict[str, Any]:
    if isinstance(record, SourceRecord):
        return {name: getattr(record, name) for name in SourceRecord.__slots__}
    return asdict(record) if isinstance(record, Share) else vars(record)


def _file_from(fields: dict[str, Any]) -> FileRecord:
    """The record of a file; ValueError unless its path is in the folder of a table."""
    file = FileRecord(**fields)
    if file.table not in {*TABLES, FINGERPRINTS} or not _PLAIN_NAME.fullmatch(file.name):
        raise ValueError(f"no part of a table: {file.table}/{file.name}")
    return file


def _source_from(fields: dict[str, Any]) -> SourceRecord:
    share = fields.get("share")
    if share:
        share = Share(**{**share, "taken": tuple(share["taken"])})
    return SourceRecord(**{**fields, "share": share})


def hash_file(path: Path, share: Share | None = None) -> str:
    """SHA-256 of a file's bytes, or of a share of them, in hexadecimal."""
    with path.open("rb") as file:
        if share is None:
            return hashlib.file_digest(file, "sha256").hexdigest()
        file.seek(share.start)
        return hashlib.sha256(file.read(share.end - share.start)).hexdigest()


@dataclass(frozen=True)
class Manifest:
    """What the manifest of an output folder says."""

    engine: str = ""
    """A hash of everything that decides a result; empty if there are no tables yet."""
    sources: tuple[str, ...] | None = None
    """The SOURCEs that the tables are made from, by their full paths; None for a manifest of release 0.1, which has none."""
    files: tuple[str, ...] | None = None
    """Every file of the tables, by its path below the output folder; None for a manifest of release 0.1."""
    batches: tuple[BatchRecord, ...] = ()

    def write(self, path: Path) -> None:
        """Write it to `path`, synced to the disk. Raises OSError if it cannot be written."""
        head = {"engine": self.engine, "sources": self.sources, "files": self.files}
        with path.open("w", encoding="utf-8", errors="surrogatepass") as file:
            file.write(json.dumps(head, ensure_ascii=False) + "\n")
            for batch in self.batches:
                file.write(batch.to_json() + "\n")
            file.flush()
            os.fsync(file.fileno())

    def files_of_batches(self, out: Path) -> Iterator[Path]:
        """The path below `out` of every file of a batch."""
        for batch in self.batches:
            for file in batch.files:
                yield table_folder(out, file.table) / file.name


def read_manifest(out: Path, *, head_only: bool = False) -> Manifest:
    """The manifest of the tables in `out`; an empty one if there is none.

    With `head_only` it has no batches: for a million sources it takes seconds to read them. Raises StoreError if the
    manifest exists and cannot be read.
    """
    path = out / MANIFEST
    try:
        with path.open(encoding="utf-8", errors="surrogatepass") as file:
            head = json.loads(file.readline())
            batches = () if head_only else tuple(map(BatchRecord.from_json, file))
            return Manifest(str(head["engine"]), _texts(head, "sources"), _texts(head, "files"), batches)
    except FileNotFoundError:
        return Manifest()
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StoreError(f"{path} is damaged ({error}); `overtones run --full` analyzes everything again") from error


def _texts(head: dict[str, Any], name: str) -> tuple[str, ...] | None:
    return None if head.get(name) is None else tuple(map(str, head[name]))


@dataclass(frozen=True)
class Previous:
    """The batches of the last run, for finding what need not be analyzed again."""

    batches: tuple[BatchRecord, ...]
    out: Path
    _readable: dict[int, bool] = field(default_factory=dict)

    @cached_property
    def of_shares(self) -> dict[str, list[BatchRecord]]:
        """For each source that was read in shares, the batches of these shares, in order."""
        batches: dict[str, list[BatchRecord]] = {}
        for batch in self.batches:
            for source in batch.sources:
                if source.share and (batch.n_documents or not source.failed):
                    batches.setdefault(source.uri, []).append(batch)
        return batches

    @cached_property
    def whole(self) -> dict[tuple[tuple[str, Share | None], ...], BatchRecord]:
        """Batches by their sources, each with its share."""
        return {tuple((source.uri, source.share) for source in batch.sources): batch for batch in self.batches}

    @cached_property
    def by_source(self) -> dict[str, tuple[SourceRecord, BatchRecord]]:
        """For each source that is in a single batch, its record and that batch."""
        return {
            source.uri: (source, batch) for batch in self.batches for source in batch.sources if source.share is None
        }

    def intact(self, batch: BatchRecord) -> bool:
        """Whether all files of a batch are as they were written."""
        return all(file.matches(table_folder(self.out, file.table) / file.name) for file in batch.files)

    def is_readable(self, uri: str) -> bool:
        """Whether the rows of a source can stay in tables of this release: there are some, with exactly the present columns."""
        batches = self.of_shares.get(uri) or ([self.by_source[uri][1]] if uri in self.by_source else [])
        return bool(batches) and all(map(self._is_readable, batches))

    def kept_sources(self, uri: str) -> list[Source]:
        """A source with rows in the tables, in shares if it was read in shares, marked as kept."""
        if uri in self.of_shares:  # there may also be a record of the whole source, which could not be read
            records = [source for batch in self.of_shares[uri] for source in batch.sources]
        else:
            records = [self.by_source[uri][0]]
        return [
            Source(uri, "", known.n_bytes, "", known.mtime_ns, known.stamp, share=known.share, kept=True)
            for known in records
        ]

    def _is_readable(self, batch: BatchRecord) -> bool:
        if id(batch) not in self._readable:
            self._readable[id(batch)] = self.intact(batch) and all(
                pq.read_schema(table_folder(self.out, file.table) / file.name).equals(arrow_schema(file.table))
                for file in batch.files
                if file.table in TABLES
            )
        return self._readable[id(batch)]


def table_folder(out: Path, table: str) -> Path:
    """The folder of the parts of a table; internal tables are in the state folder."""
    return out / table if table in TABLES else out / STATE / table
