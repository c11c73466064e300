"""What stands behind the tables: which sources went into which part files, and how to tell that neither has changed.

`manifest.jsonl` lies beside the tables. Its first line names the engine (everything that decides a result: code,
dictionary, lexicon, options), each further line is a batch: its sources and its files, with sizes, times and hashes.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from tasks.errors import StoreError
from tasks.ingest import Share
from tasks.schemas import TABLES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

MANIFEST = "manifest.jsonl"
STATE = ".overtones"
"""The folder beside the tables for what no reader needs: the lock, the journal, fingerprints, work in progress."""


@dataclass(frozen=True, slots=True)
class SourceRecord:
    """A source as it was when it was read."""

    uri: str
    n_bytes: int
    mtime_ns: int
    sha256: str
    failed: bool = False
    """Whether any of it ended in failures; such a source is tried again by the next run."""
    share: Share | None = None
    """What of it was read; None: all."""


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
            files = tuple(FileRecord(**file) for file in fields.pop("files"))
            return cls(sources, files, **fields)
        except (TypeError, KeyError, AttributeError) as error:
            raise ValueError(str(error)) from error


def _fields(record: SourceRecord | FileRecord | Share) -> dict[str, Any]:
    if isinstance(record, SourceRecord):
        return {name: getattr(record, name) for name in SourceRecord.__slots__}
    return asdict(record) if isinstance(record, Share) else vars(record)


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


def write_manifest(path: Path, engine: str, batches: Iterable[BatchRecord]) -> None:
    """Write the manifest of a whole output folder."""
    with path.open("w", encoding="utf-8", errors="surrogatepass") as file:
        file.write(json.dumps({"engine": engine}) + "\n")
        for batch in batches:
            file.write(batch.to_json() + "\n")
        file.flush()
        os.fsync(file.fileno())


def read_manifest(out: Path) -> tuple[str, list[BatchRecord]]:
    """The engine and the batches of the tables in `out`; an empty name and no batches where there are none yet.

    Raises StoreError if the manifest is there and cannot be read.
    """
    path = out / MANIFEST
    try:
        with path.open(encoding="utf-8", errors="surrogatepass") as file:
            engine = str(json.loads(file.readline())["engine"])
            return engine, [BatchRecord.from_json(line) for line in file]
    except FileNotFoundError:
        return "", []
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StoreError(f"{path} is damaged ({error}); `overtones run --full` makes everything anew") from error


@dataclass(frozen=True)
class Previous:
    """The last run's batches, for finding what need not be done again."""

    batches: tuple[BatchRecord, ...]
    out: Path

    @cached_property
    def whole(self) -> dict[tuple[tuple[str, Share | None], ...], BatchRecord]:
        """Batches by the sources that they hold, and of each what share."""
        return {tuple((source.uri, source.share) for source in batch.sources): batch for batch in self.batches}

    @cached_property
    def by_source(self) -> dict[str, tuple[SourceRecord, BatchRecord]]:
        """For each source that is in one batch its record and that batch."""
        return {
            source.uri: (source, batch) for batch in self.batches for source in batch.sources if source.share is None
        }

    def intact(self, batch: BatchRecord) -> bool:
        """Whether all files of a batch are as they were written."""
        return all(file.matches(table_folder(self.out, file.table) / file.name) for file in batch.files)


def table_folder(out: Path, table: str) -> Path:
    """Where the parts of a table lie; tables for no reader lie in the state folder."""
    return out / table if table in TABLES else out / STATE / table


def iterate_files(out: Path) -> Iterator[Path]:
    """Every file that belongs to the output: the parts of all tables, and the manifest."""
    yield out / MANIFEST
    for batch in read_manifest(out)[1]:
        for file in batch.files:
            yield table_folder(out, file.table) / file.name
