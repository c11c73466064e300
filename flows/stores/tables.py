"""Tables and report in object stores.

The tables are made in a *working copy*, a folder on this machine with the same contents as the store. After a run, new
files are uploaded. The name of each part contains the beginning of its hash, so nothing is ever overwritten. Parts are
uploaded first, then the manifest. Then the files that are no longer in the manifest are deleted.

A store cannot rename objects, so its guarantees are weaker than those of a folder:

- Readers that use the manifest see either all of the last run or all of the one before, until the old parts are
  deleted.
- Readers that list the folder of a table during an upload see old and new parts together, some rows twice. After a run
  that was killed during an upload, the same is true until the next run.
- The lock excludes other runs on this machine, not on others. A store must have only one writer.

If the store does not accept the tables, the run ends, because half of the new tables is useless.
"""

from __future__ import annotations

import shutil
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flows.stores.filesystem import content_of, names_at, with_retries
from tasks.errors import OutputRefused, OvertonesError, ServiceError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tasks.store.ownership import Kind

_N_NAMED = 3
"""Maximum number of objects that are named in a message."""


def check_stores(out_address: str, reports_address: str) -> None:
    """Raise OutputRefused unless tables and report can be uploaded without changing other people's objects.

    An empty address means a folder on this machine, and is not checked.
    """
    if out_address:
        _check_store(out_address.rstrip("/"), "tables", "--out")
    if reports_address:
        _check_store(reports_address.rstrip("/"), "report", "--reports")


def _check_store(address: str, kind: Kind, option: str) -> None:
    from tasks.store import MANIFEST, REPORT_LIST, STATE, foreign_objects

    names = names_at(address)
    sign = MANIFEST if kind == "tables" else f"{STATE}/{REPORT_LIST}"
    content = with_retries(f"{address}/{sign}", content_of) if sign in names else None
    summary = with_retries(f"{address}/summary.json", content_of) if "summary.json" in names else None
    foreign = foreign_objects(names, kind, content, summary)
    if foreign:
        more = f" and {len(foreign) - _N_NAMED:,} more" if len(foreign) > _N_NAMED else ""
        raise OutputRefused(
            f"{option} {address} holds objects that overtones did not write: {', '.join(foreign[:_N_NAMED])}{more}. "
            f"Nothing was written. Use an empty address: {option} {address}/overtones"
        )


def fetch_tables(address: str, out: Path) -> None:
    """Update the working copy `out` to what is stored at `address`, if another machine has written there since."""
    from tasks.store import MANIFEST

    def fetch(files: Any, top: str) -> None:
        manifest = content_of(files, f"{top}/{MANIFEST}")
        if manifest is None:
            _clear_copy(out)
        elif not (out / MANIFEST).is_file() or (out / MANIFEST).read_bytes() != manifest:
            _fetch_parts(files, top, out, manifest)
            _fetch_runs(files, top, out)
            (out / MANIFEST).write_bytes(manifest)

    with_retries(address, fetch)


def _fetch_parts(files: Any, top: str, out: Path, manifest: bytes) -> None:
    """Fetch the parts that are in the manifest but not in the working copy."""
    from tasks.store import MANIFEST, hash_file, read_manifest
    from tasks.store.manifest import table_folder

    with tempfile.TemporaryDirectory(prefix="overtones-") as folder:
        (Path(folder) / MANIFEST).write_bytes(manifest)
        batches = read_manifest(Path(folder)).batches
    for file in (file for batch in batches for file in batch.files):
        place = table_folder(out, file.table) / file.name
        if not (place.is_file() and hash_file(place) == file.sha256):
            place.parent.mkdir(parents=True, exist_ok=True)
            aside = place.with_suffix(".fetched")
            files.get_file(f"{top}/{place.relative_to(out).as_posix()}", str(aside))
            aside.replace(place)  # never in place, because parts of the same content are links to one file


def _fetch_runs(files: Any, top: str, out: Path) -> None:
    """Replace the table of runs in the working copy by the one in the store."""
    runs = {Path(path).name: path for path in files.glob(f"{top}/runs/*.parquet")}
    (out / "runs").mkdir(parents=True, exist_ok=True)
    for name, path in runs.items():
        if not (out / "runs" / name).is_file():
            files.get_file(path, str(out / "runs" / name))
    for place in (out / "runs").glob("*.parquet"):  # their rows are in another file there, or were never uploaded
        if place.name not in runs:
            place.unlink()


def _clear_copy(out: Path) -> None:
    """Empty the working copy: the store has no tables any more, or not yet."""
    from tasks.schemas import TABLES
    from tasks.store import FINGERPRINTS, MANIFEST
    from tasks.store.manifest import table_folder

    for name in (*TABLES, FINGERPRINTS):
        shutil.rmtree(table_folder(out, name), ignore_errors=True)
    (out / MANIFEST).unlink(missing_ok=True)


def upload_tables(out: Path, address: str) -> None:
    """Update the store at `address` to what is in the working copy `out`: parts, then the manifest, then deletions.

    Raises ServiceError if the store does not accept it. Then the store holds the tables of the last run, and nothing of
    the new ones unless the message says so.
    """
    address = address.rstrip("/")
    wanted, there = _wanted_objects(out), names_at(address)
    added = sorted(wanted.keys() - there)
    try:
        for name in sorted({*added, *(name for name in wanted if name.endswith("/part-empty.parquet"))}):
            _upload(wanted[name], f"{address}/{name}")
    except OvertonesError as error:
        raise ServiceError(f"{error}; {_undone(address, added)}") from error
    _upload_manifest(out, address, added)
    try:
        _remove(address, _parts_among(there - wanted.keys()))
    except OvertonesError as error:
        raise ServiceError(f"{error}; the new tables were uploaded, but old parts remain until the next run") from error


def _wanted_objects(out: Path) -> dict[str, Path]:
    """The files of the working copy that must be uploaded before the manifest, by their paths below it."""
    from tasks.store import MARKER, STATE, read_manifest
    from tasks.store.manifest import table_folder

    files_of_batches = (file for batch in read_manifest(out).batches for file in batch.files)
    listed = [table_folder(out, file.table) / file.name for file in files_of_batches]
    unlisted = [*out.glob("runs/*.parquet"), *out.glob("*/part-empty.parquet"), out / STATE / MARKER]
    return {path.relative_to(out).as_posix(): path for path in (*listed, *unlisted)}


def _parts_among(names: Iterable[str]) -> list[str]:
    """Those of the objects, named by their paths below the tables, that are parts of a table."""
    from tasks.schemas import TABLES
    from tasks.store import FINGERPRINTS, is_part_name
    from tasks.store.manifest import table_folder

    folders = {table_folder(Path(), table) for table in (*TABLES, FINGERPRINTS)}
    return sorted(name for name in names if is_part_name(Path(name).name) and Path(name).parent in folders)


def _upload_manifest(out: Path, address: str, added: Sequence[str]) -> None:
    """Upload the manifest. If the store does not accept it, remove the parts that were `added` for it."""
    from tasks.store import MANIFEST

    target = f"{address}/{MANIFEST}"
    try:
        _upload(out / MANIFEST, target)
    except OvertonesError as error:
        is_there = _is_uploaded(out / MANIFEST, target)
        if is_there is None:
            raise ServiceError(
                f"{error}; it is not known whether the manifest was uploaded, so nothing was removed"
            ) from error
        if not is_there:
            raise ServiceError(f"{error}; {_undone(address, added)}") from error


def _undone(address: str, added: Sequence[str]) -> str:
    """What a failed upload has left, after removing the parts that it added, if possible."""
    kept = "the store still holds the tables of the last run; the next run analyzes the new documents again"
    try:
        _remove(address, added)
    except OvertonesError:
        return f"{kept}, and until then new parts may remain beside the old ones (the manifest lists only the old ones)"
    return kept


def upload_report(reports: Path, address: str) -> None:
    """Update the store at `address` to the report in `reports`. Summaries of earlier runs are kept.

    Only objects in the report's own list of files there are removed.
    """
    from tasks.store import MARKER, REPORT_LIST, STATE, listed_report_files, report_list

    address = address.rstrip("/")
    pages = listed_report_files(reports)
    list_name = f"{STATE}/{REPORT_LIST}"
    earlier = report_list(with_retries(f"{address}/{list_name}", content_of))
    # The index links to the others, so it comes last; the list of our files comes first.
    for name in (f"{STATE}/{MARKER}", list_name, *sorted(pages - {"index.html"}), "index.html"):
        if (reports / name).is_file():
            _upload(reports / name, f"{address}/{name}")
    _remove(address, sorted(name for name in earlier - pages if name.startswith("documents/")))


def _upload(path: Path, target: str) -> None:
    def upload(files: Any, place: str) -> None:
        folder = place.rpartition("/")[0]
        files.makedirs(folder, exist_ok=True)  # for stores with folders; a bucket must exist already
        files.put_file(str(path), place)

    with_retries(target, upload)


def _remove(address: str, names: Iterable[str]) -> None:
    """Delete those of these objects that exist."""

    def remove(files: Any, place: str) -> None:
        with suppress(FileNotFoundError):  # never uploaded, or removed by an attempt that got no response
            files.rm_file(place)

    for name in names:
        with_retries(f"{address}/{name}", remove)


def _is_uploaded(path: Path, address: str) -> bool | None:
    """Whether an upload that seemed to fail has succeeded; None if the store does not respond."""
    try:
        return with_retries(address, content_of) == path.read_bytes()
    except OvertonesError:
        return None
