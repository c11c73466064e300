"""From batches written aside to the tables that readers see: all of a run, or none of it.

1. Everything that the new tables consist of is gathered in one folder: parts that did not change as links to the same
   files, new ones beside them. 2. A journal says that the folder is complete. 3. Each table changes places with the present
one, in one step where the system has it (Linux), so that no moment is without the table. A run that dies before 2 has
changed nothing; one that dies after it is finished by the next.

A part's name tells its place and the beginning of its hash: part-000000-0000-1f2e3d4c5b6a.parquet. Who has listed a table
before the renames and opens its parts after them finds a part as it was, or none of that name; never another content.
"""

from __future__ import annotations

import ctypes
import errno
import json
import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import polars as pl

from tasks.schemas import TABLES
from tasks.store.manifest import MANIFEST, STATE, BatchRecord, FileRecord, table_folder, write_manifest
from tasks.store.parquet import write_table
from tasks.store.staging import FINGERPRINTS, batches_folder

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from concurrent.futures import Future
    from pathlib import Path

_NEXT = "next"
_RETIRED = "retired"
_JOURNAL = "journal"

_MAX_RUN_FILES = 100
_AT_FDCWD = -100
"""Paths are read as from the present folder (man 2 renameat2)."""

_RENAME_EXCHANGE = 2


@dataclass(frozen=True)
class Part:
    """A batch of the new tables, and where its files are now."""

    record: BatchRecord
    staged_as: str | None
    """The key under which it is written aside; None if it is published already."""

    def path(self, out: Path, file: FileRecord) -> Path:
        """Where one of its files is now."""
        folder = batches_folder(out) / self.staged_as if self.staged_as else table_folder(out, file.table)
        return folder / file.name


def repeated_records(out: Path, parts: Sequence[Part]) -> dict[int, set[str]]:
    """By the number of a part that is a share of a file: its records whose names an earlier share bears as well.

    Each share was read without knowledge of the others.
    """
    names = [
        pl.scan_parquet(part.path(out, file)).select("source_uri", "record", number=pl.lit(number))
        for number, part in enumerate(parts)
        if any(source.share for source in part.record.sources)
        for file in part.record.files
        if file.table == "documents"
    ]
    if len(names) < 2:
        return {}
    repeated = pl.concat(names).filter(~pl.struct("source_uri", "record").is_first_distinct()).collect()
    return {int(key[0]): set(frame["record"]) for key, frame in repeated.partition_by("number", as_dict=True).items()}


def recover(out: Path) -> bool:
    """Finish what a run that died had begun to publish; otherwise drop what it had gathered. True if it was finished.

    Batches that it had finished stay aside for the run to come.
    """
    state = out / STATE
    finished = (state / _JOURNAL).exists()
    if finished:
        _swap(out)
    discard_replaced(out)
    return finished


def discard_replaced(out: Path) -> None:
    """Delete the tables whose place others have taken. Not before a while has passed: a reader may be listing them."""
    shutil.rmtree(out / STATE / _NEXT, ignore_errors=True)
    shutil.rmtree(out / STATE / _RETIRED, ignore_errors=True)


def publish(out: Path, engine: str, parts: Sequence[Part], run: pl.DataFrame, n_threads: int = 1) -> None:
    """Make the tables in `out` consist of `parts`, in their order, and add `run` to the table of runs.

    Every table exists afterwards; one without rows is a file without rows. `n_threads` parts at a time are written again
    where their links change. What was in their place is left for `discard_replaced`.
    """
    discard_replaced(out)
    following = out / STATE / _NEXT
    for name in (*TABLES, FINGERPRINTS):
        (following / name).mkdir(parents=True)
    records = _gather(out, following, parts)
    records = _link_duplicates(following, records, n_threads)
    _gather_runs(out, following)
    write_table(TABLES["runs"], run, following / "runs" / f"{run['run_id'][0]}.parquet")
    for name, table in TABLES.items():
        if not any((following / name).iterdir()):
            write_table(table, table.empty(), following / name / "part-empty.parquet")
    write_manifest(following / MANIFEST, engine, records)
    _write_journal(out)
    _swap(out)
    shutil.rmtree(batches_folder(out), ignore_errors=True)


def _gather(out: Path, following: Path, parts: Sequence[Part]) -> list[BatchRecord]:
    """Link the files of all parts under the names that give their order."""
    records = []
    for number, part in enumerate(parts):
        chunks: dict[str, int] = {}
        files = []
        for file in part.record.files:
            chunk = chunks[file.table] = chunks.get(file.table, -1) + 1
            name = _part_name(f"part-{number:06d}-{chunk:04d}", file.sha256)
            _link(part.path(out, file), following / file.table / name)
            files.append(replace(file, name=name))
        records.append(replace(part.record, files=tuple(files)))
    return records


def _gather_runs(out: Path, following: Path) -> None:
    """Link the files of earlier runs, or put them into one file when they are many."""
    files = sorted((out / "runs").glob("*.parquet"))
    if len(files) >= _MAX_RUN_FILES:
        with suppress(OSError, pl.exceptions.PolarsError):  # one of another version, or damaged: they stay as they are
            rows = pl.concat([pl.read_parquet(file) for file in files])
            write_table(TABLES["runs"], rows, following / "runs" / f"{files[-1].stem}-and-before.parquet")
            return
    for file in files:
        _link(file, following / "runs" / file.name)


def _part_name(place: str, sha256: str) -> str:
    """The name of a part, from its place in the table and its hash.

    >>> _part_name("part-000000-0000", "1f2e3d4c5b6a79881f2e3d4c5b6a7988")
    'part-000000-0000-1f2e3d4c5b6a.parquet'
    """
    return f"{place}-{sha256[:12]}.parquet"


def _link(source: Path, target: Path) -> None:
    """The same file under a second name; a copy where the file system has no hard links."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def _link_duplicates(following: Path, records: list[BatchRecord], n_threads: int) -> list[BatchRecord]:
    """Point each repeated document and paragraph to the first of its kind in the corpus; the records as they are then.

    What repeats a paragraph of its own document points there already. Only parts whose links change are written again.
    """
    relinked: dict[int, Future[BatchRecord]] = {}
    with ThreadPoolExecutor(n_threads) as threads:  # parquet is read and written without Python's lock
        for number, links in _links(following, records):
            relinked[number] = threads.submit(_relink, following, records[number], links)
            if earlier := relinked.get(number - 2 * n_threads):
                earlier.result()  # else the links of the whole corpus would wait in memory
    return [relinked[number].result() if number in relinked else record for number, record in enumerate(records)]


def _links(following: Path, records: Sequence[BatchRecord]) -> Iterator[tuple[int, pl.DataFrame]]:
    """The number of each batch that has rows, and what each of its documents and paragraphs repeats, as `link`.

    Of the corpus only fingerprints are held at once; names are read again, batch by batch.
    """
    files = {
        number: [following / FINGERPRINTS / file.name for file in record.files if file.table == FINGERPRINTS]
        for number, record in enumerate(records)
    }
    files = {number: paths for number, paths in files.items() if paths}
    if not files:
        return
    is_document = pl.col("paragraph_index") < 0
    prints = pl.concat([pl.scan_parquet(paths).select("fingerprint", d=is_document) for paths in files.values()])
    first = pl.when(pl.col("fingerprint").is_not_null()).then(pl.col("row").min().over("d", "fingerprint"))
    firsts = prints.with_row_index("row").select("row", first=first).collect()
    wanted = firsts.filter(pl.col("first") != pl.col("row"))["first"].unique()
    place = pl.when(is_document).then("document_id").otherwise(pl.format("{}:{}", "document_id", "paragraph_index"))
    places: list[pl.DataFrame] = []
    n_before = 0
    for number, paths in files.items():
        here = pl.read_parquet(paths).with_row_index("row", n_before)
        # In one piece: `pl.format` panics (polars 2.1) where a filter has emptied the first of several chunks.
        repeated = here.filter(pl.col("row").is_in(wanted.implode())).rechunk()
        places.append(repeated.select(first="row", place=place))
        links = (
            here.with_columns(firsts[n_before : n_before + here.height]["first"])
            .join(pl.concat(places), on="first", how="left", maintain_order="left")
            .select(
                "document_id",
                "paragraph_index",
                link=pl.coalesce("duplicate_of", pl.when(pl.col("first") != pl.col("row")).then("place")),
            )
        )
        yield number, links
        n_before += here.height


def _relink(following: Path, record: BatchRecord, links: pl.DataFrame) -> BatchRecord:
    """The record of a batch after its `duplicate_of` columns say what `links` says."""
    files = []
    for file in record.files:
        key = {"documents": ["document_id"], "paragraphs": ["document_id", "paragraph_index"]}.get(file.table)
        if key is None:
            files.append(file)
            continue
        path = following / file.table / file.name
        present = pl.read_parquet(path, columns=[*key, "duplicate_of"])
        wanted = links.filter((pl.col("paragraph_index") < 0) == (file.table == "documents")).select(*key, "link")
        linked = present.join(wanted, on=key, how="left", maintain_order="left")
        if not linked["link"].equals(linked["duplicate_of"]):
            table = TABLES[file.table]
            frame = pl.read_parquet(path).cast(table.schema).with_columns(duplicate_of=linked["link"])
            aside = path.with_suffix(".writing")
            write_table(table, frame, aside)  # never in place: readers hold the same file under its published name
            written = FileRecord.of(file.table, aside)
            written = replace(written, name=_part_name(file.name.rpartition("-")[0], written.sha256))
            aside.replace(path.with_name(written.name))
            if written.name != file.name:
                path.unlink()
            files.append(written)
        else:
            files.append(file)
    return replace(record, files=tuple(files))


def _write_journal(out: Path) -> None:
    """Say that `next` is complete, and by the numbers of its files and folders which are the new ones, wherever they are."""
    following = out / STATE / _NEXT
    aside = out / STATE / f"{_JOURNAL}.writing"
    aside.write_text(json.dumps({path.name: path.stat().st_ino for path in following.iterdir()}))
    aside.replace(out / STATE / _JOURNAL)


def _swap(out: Path) -> None:
    """Put everything in `next` in its place. May be called again after dying at any point of it."""
    state = out / STATE
    following, retired = state / _NEXT, state / _RETIRED
    retired.mkdir(exist_ok=True)
    numbers = json.loads((state / _JOURNAL).read_text())
    for name in (*TABLES, FINGERPRINTS, MANIFEST):
        new = following / name
        if not new.exists() or new.stat().st_ino != numbers[name]:  # done before the run died
            continue
        place = out / MANIFEST if name == MANIFEST else table_folder(out, name)
        if place.exists():
            try:
                _exchange(new, place)
                continue
            except OSError:  # no such system, or a file system that cannot: for a moment there is no such table
                shutil.rmtree(retired / name, ignore_errors=True)
                place.rename(retired / name)
        new.rename(place)
    (state / _JOURNAL).unlink(missing_ok=True)


def _exchange(one: Path, other: Path) -> None:
    """Let two files or folders change places in one step. OSError where that cannot be done."""
    try:
        renameat2 = ctypes.CDLL(None, use_errno=True).renameat2  # Linux; Python's os has no name for it
    except (OSError, AttributeError, TypeError) as error:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS)) from error
    if renameat2(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _RENAME_EXCHANGE):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), one, None, other)
