"""The published tables, frozen in memory: what lists and searches read.

There is no index. A run writes nothing for the desk, and nothing becomes stale: when a run has published, its manifest
differs, the new parts are loaded, and one reference is exchanged. A request keeps the snapshot that it began with, so no
answer mixes two runs. Pages of single documents read the parts of that document only.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING

import polars as pl

from tasks.schemas import TABLES
from tasks.store import MANIFEST, naming_damage, read_manifest
from tasks.store.manifest import table_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

_COLUMNS = {
    "documents": None,
    "paragraphs": ("document_id", "paragraph_index", "kind", "duplicate_of", "language", "text"),
    "loaded_terms": (
        "document_id", "paragraph_index", "sentence_index", "start", "end", "text", "term", "category", "voice",
        "attribution", "weight", "speaker",
    ),
    "quotations": ("document_id", "paragraph_index", "start", "end", "kind", "speaker", "cue", "cue_grade", "n_words"),
}  # fmt: skip
"""The tables in memory with their columns; None means all."""
_NAME_CHARS = 400


@dataclass(frozen=True)
class Snapshot:
    """The tables as one run has published them."""

    folder: Path
    version: str
    """A hash of the manifest: the same for the same tables."""
    files: tuple[Mapping[str, tuple[Path, ...]], ...]
    """For each part of the corpus its files, by table."""
    frames: Mapping[str, pl.DataFrame]

    @property
    def documents(self) -> pl.DataFrame:
        """All documents, in the order of the table, with `name` and `part`, the number of their part."""
        return self.frames["documents"]

    @property
    def paragraphs(self) -> pl.DataFrame:
        """The texts of all paragraphs."""
        return self.frames["paragraphs"]

    @property
    def terms(self) -> pl.DataFrame:
        """All loaded terms."""
        return self.frames["loaded_terms"]

    @property
    def quotations(self) -> pl.DataFrame:
        """All quotations."""
        return self.frames["quotations"]

    @cached_property
    def parts(self) -> dict[str, int]:
        """The number of the part of each document, by its id."""
        return dict(self.documents.select("document_id", "part").iter_rows())

    def scan(self, document_id: str) -> Callable[[str], pl.LazyFrame]:
        """Scans a table, by its name, in the part of one document only. Raises KeyError for an unknown id."""
        files = self.files[self.parts[document_id]]

        def scan(name: str) -> pl.LazyFrame:
            table = TABLES[name]
            paths = files.get(name, ())
            if not paths:
                return table.empty().lazy()
            return pl.scan_parquet(list(paths), glob=False).cast(table.schema)

        return scan


class Desk:
    """Gives the newest snapshot of the tables in a folder."""

    def __init__(self, folder: Path) -> None:
        """Load the tables. Raises StoreError if there are none, or a part is missing or damaged."""
        self._folder = folder
        self._lock = threading.Lock()
        self._loaded: dict[Path, pl.DataFrame] = {}
        self._seen = self._stamp()
        self._snapshot = self._load()

    def snapshot(self) -> Snapshot:
        """The tables as last published. While new ones are loaded, other callers get the ones before."""
        if self._stamp() != self._seen and self._lock.acquire(blocking=False):
            try:
                seen = self._stamp()
                self._snapshot, self._seen = self._load(), seen
            finally:
                self._lock.release()
        return self._snapshot

    def _stamp(self) -> tuple[int, int, int]:
        try:
            status = (self._folder / MANIFEST).stat()
        except OSError:
            return (0, 0, 0)
        return status.st_ino, status.st_mtime_ns, status.st_size

    def _load(self) -> Snapshot:
        from tasks.store import scan_table

        for name in _COLUMNS:
            scan_table(name, self._folder)  # raises if the table does not exist or a part of it is missing
        manifest = read_manifest(self._folder)
        content = (self._folder / MANIFEST).read_bytes()
        files = tuple(
            {
                name: tuple(table_folder(self._folder, name) / file.name for file in batch.files if file.table == name)
                for name in TABLES
            }
            for batch in manifest.batches
        )
        loaded: dict[Path, pl.DataFrame] = {}
        with naming_damage(self._folder):
            frames = {name: self._frame(name, files, loaded) for name in _COLUMNS}
        self._loaded = loaded  # frees the parts that are gone
        frames["documents"] = _with_names(frames["documents"], frames["paragraphs"])
        return Snapshot(self._folder, sha256(content).hexdigest()[:16], files, frames)

    def _frame(
        self, name: str, files: tuple[Mapping[str, tuple[Path, ...]], ...], loaded: dict[Path, pl.DataFrame]
    ) -> pl.DataFrame:
        """One table in memory. Parts that are loaded already are reused: their names contain hashes of their content."""
        schema, wanted = TABLES[name].schema, _COLUMNS[name]
        columns = list(wanted or schema)
        pieces = []
        for number, of_part in enumerate(files):
            for path in of_part[name]:
                frame = self._loaded.get(path)
                if frame is None:
                    frame = pl.read_parquet(path, columns=columns, glob=False).cast(
                        {column: schema[column] for column in columns}
                    )
                loaded[path] = frame
                pieces.append(frame.with_columns(part=pl.lit(number, pl.Int32)) if name == "documents" else frame)
        if not pieces:
            empty = TABLES[name].empty().select(columns)
            return empty.with_columns(part=pl.lit(None, pl.Int32)) if name == "documents" else empty
        return pl.concat(pieces)


def _with_names(documents: pl.DataFrame, paragraphs: pl.DataFrame) -> pl.DataFrame:
    """The documents with `name`: the title, else the headline, else the first words, else the file."""
    text = pl.col("text").str.head(_NAME_CHARS)
    headlines = paragraphs.filter(pl.col("kind") == "headline").unique("document_id", keep="first", maintain_order=True)
    beginnings = paragraphs.filter(pl.col("paragraph_index") == 0)
    has_words = pl.col("title").str.contains(r"\w")
    return (
        documents.join(
            headlines.select("document_id", headline=text), on="document_id", how="left", maintain_order="left"
        )
        .join(beginnings.select("document_id", beginning=text), on="document_id", how="left", maintain_order="left")
        .with_columns(name=pl.coalesce(pl.when(has_words).then("title"), "headline", "beginning", "source_uri"))
        .drop("headline", "beginning")
    )
