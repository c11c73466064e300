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
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from tasks.errors import StoreError
from tasks.schemas import FINGERPRINTS, TABLES
from tasks.store.durability import sync, sync_tree
from tasks.store.manifest import MANIFEST, STATE, BatchRecord, FileRecord, Manifest, read_manifest, table_folder
from tasks.store.ownership import is_part_name, put_back, write_new
from tasks.store.parquet import write_table
from tasks.store.staging import batches_folder

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from concurrent.futures import Future

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
        pl.scan_parquet(part.path(out, file), glob=False).select("source_uri", "record", number=pl.lit(number))
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
    places = (out / STATE / _NEXT, out / STATE / _RETIRED)
    named = {name for aside in places for name in _named_in(aside)}
    for aside in places:
        for name in TABLES:
            put_back(aside / name, out / name, named)
        shutil.rmtree(aside / FINGERPRINTS, ignore_errors=True)
        with suppress(OSError):
            (aside / MANIFEST).unlink()
        with suppress(OSError):
            aside.rmdir()


def _named_in(aside: Path) -> tuple[str, ...]:
    """The files that a manifest in `aside` names; none if there is none."""
    try:
        return read_manifest(aside, head_only=True).files or ()
    except StoreError:
        return ()


def publish(
    out: Path,
    engine: str,
    parts: Sequence[Part],
    run: pl.DataFrame,
    sources: tuple[str, ...] = (),
    n_threads: int = 1,
) -> tuple[str, ...]:
    """Make the tables in `out` consist of `parts`, in their order, and add `run` to the table of runs.

    Every table exists afterwards; one without rows is a file without rows. `sources` are the SOURCEs that the tables
    hold from now on. `n_threads` parts at a time are written again where their links change. What was in their place is
    left for `discard_replaced`. Everything is on the disk when this returns: files of `runs` that were damaged and are
    left out, by their names.
    """
    discard_replaced(out)
    following = _make_next(out, (*TABLES, FINGERPRINTS))
    records = _gather(out, following, parts)
    records = _link_duplicates(following, records, n_threads)
    left_out = _gather_runs(out, following, run)
    _fill_empty(following, TABLES)
    files = tuple(
        f"{_below(name)}/{entry.name}" for name in (*TABLES, FINGERPRINTS) for entry in _listed(following / name)
    )
    Manifest(engine, sources, files, tuple(records)).write(following / MANIFEST)
    _put_in_place(out)
    return left_out


def publish_failures(out: Path, parts: Sequence[Part], run: pl.DataFrame) -> tuple[str, ...]:
    """Renew the tables `failures` and `runs` alone: `parts` hold the failures of a run that could read nothing.

    What the tables held before stays, and what is known of the sources, so that the next run finds them unchanged.
    """
    discard_replaced(out)
    earlier = read_manifest(out)
    renewed = ("failures", "runs")
    following = _make_next(out, renewed)
    of_failures = [
        replace(part, record=BatchRecord((), tuple(file for file in part.record.files if file.table == "failures")))
        for part in parts
    ]
    failures = [record for record in _gather(out, following, of_failures) if record.files]
    kept = [
        replace(batch, files=tuple(file for file in batch.files if file.table != "failures"))
        for batch in earlier.batches
    ]
    left_out = _gather_runs(out, following, run)
    _fill_empty(following, renewed)
    others = earlier.files
    if others is None:  # of release 0.1
        others = tuple(
            f"{_below(name)}/{entry.name}"
            for name in (*TABLES, FINGERPRINTS)
            for entry in _listed(table_folder(out, name))
            if is_part_name(entry.name)
        )
    files = (
        *(name for name in others if name.partition("/")[0] not in renewed),
        *(f"{name}/{entry.name}" for name in renewed for entry in _listed(following / name)),
    )
    Manifest(earlier.engine, earlier.sources, files, (*kept, *failures)).write(following / MANIFEST)
    _put_in_place(out)
    return left_out


def _make_next(out: Path, names: Iterable[str]) -> Path:
    following = out / STATE / _NEXT
    for name in names:
        (following / name).mkdir(parents=True)
    return following


def _fill_empty(following: Path, names: Iterable[str]) -> None:
    """Every table exists; one without rows is a file without rows."""
    for name in names:
        if not any((following / name).iterdir()):
            write_table(TABLES[name], TABLES[name].empty(), following / name / "part-empty.parquet")


def _below(name: str) -> str:
    """The folder of a table, below the output folder."""
    return name if name in TABLES else f"{STATE}/{name}"


def _listed(folder: Path) -> list[os.DirEntry[str]]:
    try:
        return sorted(os.scandir(folder), key=lambda entry: entry.name)
    except FileNotFoundError:
        return []


def _put_in_place(out: Path) -> None:
    """Swap the tables for those in `next`, which is complete, and see to it that a power cut changes nothing of it."""
    sync_tree(out / STATE / _NEXT)
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


def _gather_runs(out: Path, following: Path, run: pl.DataFrame) -> tuple[str, ...]:
    """Link the files of earlier runs and add `run`, with the next number; the names of files that are damaged.

    Earlier rows are put into one file when their files are many, or when they are of a release with other columns.
    """
    table = TABLES["runs"]
    frames: dict[Path, pl.DataFrame] = {}
    damaged: list[str] = []
    for entry in _listed(out / "runs"):
        path = Path(entry.path)
        if not entry.name.endswith(".parquet") or entry.name == "part-empty.parquet":
            continue
        try:
            frames[path] = pl.read_parquet(path, glob=False)
        except (OSError, pl.exceptions.PolarsError):
            damaged.append(f"runs/{entry.name}")
    rows = _with_all_columns(list(frames.values()))
    if len(frames) >= _MAX_RUN_FILES or any(frame.columns != list(table.schema) for frame in frames.values()):
        last = list(frames)[-1].stem.removesuffix("-and-before")
        write_table(table, rows, following / "runs" / f"{last}-and-before.parquet")
    else:
        for path in frames:
            _link(path, following / "runs" / path.name)
    numbered = run.with_columns(sequence=pl.lit(max(rows["sequence"], default=0) + 1, table.schema["sequence"]))
    write_table(table, numbered, following / "runs" / f"{run['run_id'][0]}.parquet")
    return tuple(damaged)


def _with_all_columns(frames: list[pl.DataFrame]) -> pl.DataFrame:
    """Rows of earlier runs with the columns of today; what a release did not count is 0, its order that of its starts."""
    schema = TABLES["runs"].schema
    if not frames:
        return pl.DataFrame(schema=schema)
    rows = pl.concat(frames, how="diagonal_relaxed")
    if "sequence" not in rows.columns:
        rows = rows.sort("started_at", "run_id").with_row_index("sequence", offset=1)
    missing = [name for name in schema if name not in rows.columns]
    rows = rows.with_columns(pl.lit(None, schema[name]).alias(name) for name in missing)
    counts = [name for name, dtype in schema.items() if dtype.is_numeric()]
    return rows.select(pl.col(name).cast(dtype) for name, dtype in schema.items()).with_columns(
        pl.col(counts).fill_null(0)
    )


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
    scanned = (pl.scan_parquet(paths, glob=False) for paths in files.values())  # the folder's name may hold a [
    prints = pl.concat([frame.select("fingerprint", d=is_document) for frame in scanned])
    first = pl.when(pl.col("fingerprint").is_not_null()).then(pl.col("row").min().over("d", "fingerprint"))
    firsts = prints.with_row_index("row").select("row", first=first).collect()
    wanted = firsts.filter(pl.col("first") != pl.col("row"))["first"].unique()
    place = pl.when(is_document).then("document_id").otherwise(pl.format("{}:{}", "document_id", "paragraph_index"))
    places: list[pl.DataFrame] = []
    n_before = 0
    for number, paths in files.items():
        here = pl.read_parquet(paths, glob=False).with_row_index("row", n_before)
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
        present = pl.read_parquet(path, columns=[*key, "duplicate_of"], glob=False)
        wanted = links.filter((pl.col("paragraph_index") < 0) == (file.table == "documents")).select(*key, "link")
        linked = present.join(wanted, on=key, how="left", maintain_order="left")
        if not linked["link"].equals(linked["duplicate_of"]):
            table = TABLES[file.table]
            frame = pl.read_parquet(path, glob=False).cast(table.schema).with_columns(duplicate_of=linked["link"])
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
    write_new(aside, json.dumps({path.name: path.stat().st_ino for path in following.iterdir()}))
    sync(aside)
    aside.replace(out / STATE / _JOURNAL)
    sync(out / STATE)


def _read_journal(path: Path) -> dict[str, int]:
    try:
        numbers = json.loads(path.read_text())
        return {name: int(numbers[name]) for name in numbers}
    except (ValueError, TypeError, KeyError) as error:
        raise StoreError(
            f"{path} is damaged ({error}); remove it, and the next run starts from the tables as they are"
        ) from error


def _swap(out: Path) -> None:
    """Put everything in `next` in its place. May be called again after dying at any point of it."""
    state = out / STATE
    following, retired = state / _NEXT, state / _RETIRED
    retired.mkdir(exist_ok=True)
    numbers = _read_journal(state / _JOURNAL)
    for name in (*TABLES, FINGERPRINTS, MANIFEST):
        new = following / name
        if not new.exists() or new.stat().st_ino != numbers.get(name):  # done before the run died
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
    # Before the journal goes, and long before the old tables do: a power cut leaves one or the other, whole.
    for folder in (out, following, retired, state):
        sync(folder)
    (state / _JOURNAL).unlink(missing_ok=True)
    sync(state)


def _exchange(one: Path, other: Path) -> None:
    """Let two files or folders change places in one step. OSError where that cannot be done."""
    try:
        renameat2 = ctypes.CDLL(None, use_errno=True).renameat2  # Linux; Python's os has no name for it
    except (OSError, AttributeError, TypeError) as error:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS)) from error
    if renameat2(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _RENAME_EXCHANGE):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), one, None, other)
