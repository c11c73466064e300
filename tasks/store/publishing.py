"""Guarantees that readers see either all tables of the last run or all of this one, also after a crash or power cut.

1. Everything that the new tables consist of is collected in the folder `next`: unchanged parts as hard links, new parts
   beside them.
2. A journal is written, which says that `next` is complete.
3. Each table is exchanged with its present version, atomically where the system supports it (Linux), so that the table
   exists at every moment.

A run that dies before step 2 has changed nothing; one that dies later is completed by the next run (`recover`).

The name of a part consists of its position and the beginning of its hash: part-000000-0000-1f2e3d4c5b6a.parquet. A reader
who has listed a table before the exchange and opens its parts afterwards finds each part unchanged or not at all; never
other content under the same name.
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
from tasks.store.ownership import delete_replaced_parts, is_part_name, write_new
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
"""Paths are relative to the current folder (man 2 renameat2)."""

_RENAME_EXCHANGE = 2


@dataclass(frozen=True)
class Part:
    """A batch of the new tables, and where its files are now."""

    record: BatchRecord
    staged_as: str | None
    """The key of its folder among the staged batches; None if it is published already."""

    def path(self, out: Path, file: FileRecord) -> Path:
        """Where one of its files is now."""
        folder = batches_folder(out) / self.staged_as if self.staged_as else table_folder(out, file.table)
        return folder / file.name


def repeated_records(out: Path, parts: Sequence[Part]) -> dict[int, set[str]]:
    """The records whose ids occur in an earlier share of the same file, by the number of the part.

    Shares of a file are read independently, so only here can repeated ids be found.
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
    """Complete the publishing of a run that died, or discard what it had collected. Returns whether it was completed.

    Batches that the run had finished stay staged for the next run.
    """
    state = out / STATE
    is_complete = (state / _JOURNAL).exists()
    if is_complete:
        _complete_exchange(out)
    discard_replaced(out)
    return is_complete


def discard_replaced(out: Path) -> None:
    """Delete the tables that newer ones have replaced. Called some time after publishing: a reader may be listing them."""
    folders = (out / STATE / _NEXT, out / STATE / _RETIRED)
    named = {name for folder in folders for name in _named_in(folder)}
    for folder in folders:
        for name in TABLES:
            delete_replaced_parts(folder / name, out / name, named)
        shutil.rmtree(folder / FINGERPRINTS, ignore_errors=True)
        with suppress(OSError):
            (folder / MANIFEST).unlink()
        with suppress(OSError):
            folder.rmdir()


def _named_in(folder: Path) -> tuple[str, ...]:
    """The files that the manifest in `folder` names; none if there is no manifest."""
    try:
        return read_manifest(folder, head_only=True).files or ()
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

    Every table exists afterwards; a table without rows is a file without rows. `sources` are the SOURCEs that the tables
    are made from. Parts whose links to duplicates change are written again, `n_threads` at a time. The replaced tables are
    left for `discard_replaced`. Everything is on the disk when this returns.

    Returns the names of damaged files of `runs`, which were left out. Raises StoreError if the journal is damaged, OSError
    if the disk cannot be written.
    """
    discard_replaced(out)
    following = _make_next(out, (*TABLES, FINGERPRINTS))
    records = _collect(out, following, parts)
    records = _link_duplicates(following, records, n_threads)
    left_out = _collect_runs(out, following, run)
    _fill_empty(following, TABLES)
    files = tuple(
        f"{_below(name)}/{entry.name}" for name in (*TABLES, FINGERPRINTS) for entry in _entries(following / name)
    )
    Manifest(engine, sources, files, tuple(records)).write(following / MANIFEST)
    _exchange_tables(out)
    return left_out


def publish_failures(out: Path, parts: Sequence[Part], run: pl.DataFrame) -> tuple[str, ...]:
    """Replace only the tables `failures` and `runs`: `parts` are those of a run that could not read any source.

    All other tables stay, and so does what the manifest says of the sources, so that the next run finds them unchanged.
    Returns and raises the same as `publish`.
    """
    discard_replaced(out)
    earlier = read_manifest(out)
    replaced = ("failures", "runs")
    following = _make_next(out, replaced)
    of_failures = [
        replace(part, record=BatchRecord((), tuple(file for file in part.record.files if file.table == "failures")))
        for part in parts
    ]
    failures = [record for record in _collect(out, following, of_failures) if record.files]
    unchanged = [
        replace(batch, files=tuple(file for file in batch.files if file.table != "failures"))
        for batch in earlier.batches
    ]
    left_out = _collect_runs(out, following, run)
    _fill_empty(following, replaced)
    others = earlier.files
    if others is None:  # of release 0.1
        others = tuple(
            f"{_below(name)}/{entry.name}"
            for name in (*TABLES, FINGERPRINTS)
            for entry in _entries(table_folder(out, name))
            if is_part_name(entry.name)
        )
    files = (
        *(name for name in others if name.partition("/")[0] not in replaced),
        *(f"{name}/{entry.name}" for name in replaced for entry in _entries(following / name)),
    )
    Manifest(earlier.engine, earlier.sources, files, (*unchanged, *failures)).write(following / MANIFEST)
    _exchange_tables(out)
    return left_out


def _make_next(out: Path, names: Iterable[str]) -> Path:
    following = out / STATE / _NEXT
    for name in names:
        (following / name).mkdir(parents=True)
    return following


def _fill_empty(following: Path, names: Iterable[str]) -> None:
    """Write a file without rows for each table that has none."""
    for name in names:
        if not any((following / name).iterdir()):
            write_table(TABLES[name], TABLES[name].empty(), following / name / "part-empty.parquet")


def _below(name: str) -> str:
    """The path of a table's folder, relative to the output folder."""
    return name if name in TABLES else f"{STATE}/{name}"


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        return sorted(os.scandir(folder), key=lambda entry: entry.name)
    except FileNotFoundError:
        return []


def _exchange_tables(out: Path) -> None:
    """Exchange the tables with those in `next`, which is complete; they are on the disk when this returns."""
    sync_tree(out / STATE / _NEXT)
    _write_journal(out)
    _complete_exchange(out)
    shutil.rmtree(batches_folder(out), ignore_errors=True)


def _collect(out: Path, following: Path, parts: Sequence[Part]) -> list[BatchRecord]:
    """Link the files of all parts into `next`, under names that give their order."""
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


def _collect_runs(out: Path, following: Path, run: pl.DataFrame) -> tuple[str, ...]:
    """Link the files of earlier runs and add `run`, with the next number. Returns the names of damaged files.

    Earlier rows are merged into one file if there are many files, or if a release with other columns wrote them.
    """
    table = TABLES["runs"]
    frames: dict[Path, pl.DataFrame] = {}
    damaged: list[str] = []
    for entry in _entries(out / "runs"):
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
    """Rows of earlier runs with all present columns; counts that a release did not have are 0, runs are numbered by start."""
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


def _part_name(position: str, sha256: str) -> str:
    """The name of a part, from its position in the table and its hash.

    >>> _part_name("part-000000-0000", "1f2e3d4c5b6a79881f2e3d4c5b6a7988")
    'part-000000-0000-1f2e3d4c5b6a.parquet'
    """
    return f"{position}-{sha256[:12]}.parquet"


def _link(source: Path, target: Path) -> None:
    """Link a file under a second name; copy it if the file system has no hard links."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def _link_duplicates(following: Path, records: list[BatchRecord], n_threads: int) -> list[BatchRecord]:
    """Set `duplicate_of` of each repeated document and paragraph to the first one in the corpus. Returns the new records.

    A paragraph that repeats one of its own document has its link already. Only parts whose links change are written again.
    """
    relinked: dict[int, Future[BatchRecord]] = {}
    with ThreadPoolExecutor(n_threads) as threads:  # reading and writing parquet releases the GIL
        for number, links in _links(following, records):
            relinked[number] = threads.submit(_relink, following, records[number], links)
            if earlier := relinked.get(number - 2 * n_threads):
                earlier.result()  # bounds the links that wait in memory
    return [relinked[number].result() if number in relinked else record for number, record in enumerate(records)]


def _links(following: Path, records: Sequence[BatchRecord]) -> Iterator[tuple[int, pl.DataFrame]]:
    """The number of each batch that has rows, with the `link` of each of its documents and paragraphs, null for none.

    Only the fingerprints of the whole corpus are in memory at once; ids are read again, batch by batch.
    """
    files = {
        number: [following / FINGERPRINTS / file.name for file in record.files if file.table == FINGERPRINTS]
        for number, record in enumerate(records)
    }
    files = {number: paths for number, paths in files.items() if paths}
    if not files:
        return
    is_document = pl.col("paragraph_index") < 0
    scanned = (pl.scan_parquet(paths, glob=False) for paths in files.values())  # the name of the folder may contain a [
    prints = pl.concat([frame.select("fingerprint", d=is_document) for frame in scanned])
    first = pl.when(pl.col("fingerprint").is_not_null()).then(pl.col("row").min().over("d", "fingerprint"))
    firsts = prints.with_row_index("row").select("row", first=first).collect()
    repeated_rows = firsts.filter(pl.col("first") != pl.col("row"))["first"].unique()
    id_ = pl.when(is_document).then("document_id").otherwise(pl.format("{}:{}", "document_id", "paragraph_index"))
    first_ids: list[pl.DataFrame] = []
    n_before = 0
    for number, paths in files.items():
        here = pl.read_parquet(paths, glob=False).with_row_index("row", n_before)
        # In one piece: `pl.format` panics (polars 2.1) where a filter has emptied the first of several chunks.
        repeated = here.filter(pl.col("row").is_in(repeated_rows.implode())).rechunk()
        first_ids.append(repeated.select(first="row", first_id=id_))
        links = (
            here.with_columns(firsts[n_before : n_before + here.height]["first"])
            .join(pl.concat(first_ids), on="first", how="left", maintain_order="left")
            .select(
                "document_id",
                "paragraph_index",
                link=pl.coalesce("duplicate_of", pl.when(pl.col("first") != pl.col("row")).then("first_id")),
            )
        )
        yield number, links
        n_before += here.height


def _relink(following: Path, record: BatchRecord, links: pl.DataFrame) -> BatchRecord:
    """Write the parts of a batch again whose `duplicate_of` differs from `links`. Returns the new record."""
    files = []
    for file in record.files:
        key = {"documents": ["document_id"], "paragraphs": ["document_id", "paragraph_index"]}.get(file.table)
        if key is None:
            files.append(file)
            continue
        path = following / file.table / file.name
        present = pl.read_parquet(path, columns=[*key, "duplicate_of"], glob=False)
        wanted = links.filter((pl.col("paragraph_index") < 0) == (file.table == "documents")).select(*key, "link")
        if file.table == "documents":  # one row for the text, another one for the id that its archive gave it
            wanted = wanted.group_by(key, maintain_order=True).agg(pl.col("link").drop_nulls().first())
        linked = present.join(wanted, on=key, how="left", maintain_order="left")
        if not linked["link"].equals(linked["duplicate_of"]):
            table = TABLES[file.table]
            frame = pl.read_parquet(path, glob=False).cast(table.schema).with_columns(duplicate_of=linked["link"])
            temporary = path.with_suffix(".writing")
            write_table(table, frame, temporary)  # never in place: this may be a hard link to the published file
            written = FileRecord.of(file.table, temporary)
            written = replace(written, name=_part_name(file.name.rpartition("-")[0], written.sha256))
            temporary.replace(path.with_name(written.name))
            if written.name != file.name:
                path.unlink()
            files.append(written)
        else:
            files.append(file)
    return replace(record, files=tuple(files))


def _write_journal(out: Path) -> None:
    """Write the journal: `next` is complete, and these are the inode numbers of its files and folders."""
    following = out / STATE / _NEXT
    temporary = out / STATE / f"{_JOURNAL}.writing"
    write_new(temporary, json.dumps({path.name: path.stat().st_ino for path in following.iterdir()}))
    sync(temporary)
    temporary.replace(out / STATE / _JOURNAL)
    sync(out / STATE)


def _read_journal(path: Path) -> dict[str, int]:
    try:
        numbers = json.loads(path.read_text())
        return {name: int(numbers[name]) for name in numbers}
    except (ValueError, TypeError, KeyError) as error:
        raise StoreError(
            f"{path} is damaged ({error}); remove it, and the next run starts from the tables as they are"
        ) from error


def _complete_exchange(out: Path) -> None:
    """Move everything in `next` to its place. After dying at any point, it can be called again."""
    state = out / STATE
    following, retired = state / _NEXT, state / _RETIRED
    retired.mkdir(exist_ok=True)
    numbers = _read_journal(state / _JOURNAL)
    for name in (*TABLES, FINGERPRINTS, MANIFEST):
        new = following / name
        if not new.exists() or new.stat().st_ino != numbers.get(name):  # exchanged before the run died
            continue
        target = out / MANIFEST if name == MANIFEST else table_folder(out, name)
        if target.exists():
            try:
                _exchange(new, target)
                continue
            except OSError:  # not supported here: for a moment the table does not exist
                shutil.rmtree(retired / name, ignore_errors=True)
                target.rename(retired / name)
        new.rename(target)
    # Before the journal is removed, and long before the old tables are: after a power cut one of the two is complete.
    for folder in (out, following, retired, state):
        sync(folder)
    (state / _JOURNAL).unlink(missing_ok=True)
    sync(state)


def _exchange(one: Path, other: Path) -> None:
    """Exchange two files or folders atomically. Raises OSError if the system does not support it."""
    try:
        renameat2 = ctypes.CDLL(None, use_errno=True).renameat2  # Linux only; not in the module os
    except (OSError, AttributeError, TypeError) as error:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS)) from error
    if renameat2(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _RENAME_EXCHANGE):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), one, None, other)
