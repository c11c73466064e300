"""Sources and tables in object stores: s3://, gs://, az://, file://, memory:// and whatever else fsspec has an address for.

The engine knows files. So a batch's objects are brought near, into a folder that lives as long as the batch is at work,
by the process that analyzes it. The tables are made in a *working copy*, a folder on this machine that holds what the
store holds; after a run, what is new is put into the store. Each part's name carries the beginning of its hash, so nothing
that is there is ever written over. Parts go first, then the manifest, then what it no longer names is deleted.

A store has no renames, so this is less than what a folder gets:

- Who reads by the manifest sees all of the last run or all of the one before, until the old parts are deleted.
- Who lists a table's folder while a run is putting its parts there sees old and new ones together, some rows twice.
  So does, until the next run, who lists it after a run that died in between.
- The lock holds off other runs on this machine, not those on others: a store must have one writer.
"""

from __future__ import annotations

import hashlib
import re
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tasks.errors import OvertonesError, ServiceError, SkippedSource, SourceUnavailable, UsageError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from tasks.ingest import Failure, Source

_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]+://")


def is_address(text: str) -> bool:
    """Whether `text` is an address and not a path.

    >>> is_address("s3://bucket/articles"), is_address("articles"), is_address("-")
    (True, False, False)
    """
    return _ADDRESS.match(text) is not None


def working_copy(address: str) -> Path:
    """The folder on this machine that stands for what is stored at `address`."""
    from flows.pipeline import cache_folder

    return cache_folder() / "stores" / hashlib.sha256(address.rstrip("/").encode()).hexdigest()[:16]


_PATIENCE: dict[str, dict[str, Any]] = {"s3": {"config_kwargs": {"read_timeout": 20, "retries": {"max_attempts": 1}}}}
"""What a store's library is told unless it is configured (FSSPEC_S3): of S3 it would wait 25 times for a minute."""


@contextmanager
def _opened(address: str) -> Iterator[tuple[Any, str]]:
    """The file system of an address, and the path there; what goes wrong becomes an error that names the address."""
    try:
        import fsspec

        protocol = address.partition("://")[0]
        options = {} if fsspec.config.conf.get(protocol) else _PATIENCE.get(protocol, {})
        try:
            opened = fsspec.core.url_to_fs(address.rstrip("/"), **options)
        except ValueError as error:  # a protocol that nobody knows
            raise UsageError(f"{address}: {error}") from error
        yield opened
    except ImportError as error:
        raise UsageError(
            f'{address}: a package is missing ({error}); pip install "overtones[object-stores]" brings it'
        ) from error
    except FileNotFoundError as error:
        raise UsageError(f"{address}: no such object or folder") from error
    except PermissionError as error:
        raise UsageError(f"{address}: the store refuses access ({error})") from error
    except OvertonesError:
        raise
    except Exception as error:  # each store's library has errors of its own
        raise ServiceError(
            f"{address}: the store refuses or does not answer ({type(error).__name__}: {error})"
        ) from error


# ------------------------------------------------------------------------------------------------------------- sources


def list_objects(address: str) -> Iterator[Source | Failure]:
    """Every object below `address`, named by its path below it; an object that is itself given, by its address.

    Its time is a number that follows from its ETag, where the store has one. Raises UsageError if there is nothing.
    """
    from tasks.ingest import Failure

    with _opened(address) as (files, top):
        files.invalidate_cache()  # of listings: this process may have looked there before
        if files.isfile(top):
            found = {top: files.info(top)}
        else:
            found = files.find(top, detail=True)
        if not found:
            raise UsageError(f"{address}: no such object or folder, or an empty one")
        for path, about in sorted(found.items()):
            asked_for = path == top
            uri = address if asked_for else path[len(top) :].lstrip("/")
            if uri.endswith("/"):  # an object that stands for a folder
                continue
            try:
                yield _source(uri, files.unstrip_protocol(path), about, asked_for=asked_for)
            except SkippedSource as error:
                yield Failure.of(error, uri)


def _source(uri: str, address: str, about: dict[str, Any], *, asked_for: bool) -> Source:
    from tasks.ingest import Source, source_format

    state = next(
        about[key] for key in ("ETag", "etag", "md5Hash", "LastModified", "mtime", "created") if about.get(key)
    )
    mark = int.from_bytes(hashlib.sha256(str(state).encode()).digest()[:7])
    return Source(
        uri, address, int(about["size"] or 0), source_format(Path(uri).name, asked_for=asked_for), mark, asked_for
    )


_AT_ONCE = 16
"""Objects that one process fetches at a time: most are small, and what takes time is to wait for the store."""
_PAUSES = (0.0, 0.5, 2.0, 8.0)
"""Seconds before each attempt at an object. When one has failed, its library has tried several times by itself."""
_LONG_SECONDS = 60.0
"""An object that has taken longer than this is not tried again."""
_SILENT = 3
"""After so many objects in a row of which nothing was heard, the store has gone: others of the batch are not tried."""


@contextmanager
def brought_near(
    sources: Sequence[Source], reused: Collection[str] = ()
) -> Iterator[tuple[tuple[Source, ...], dict[str, SourceUnavailable]]]:
    """`sources`, those that are objects as copies in a folder that is gone afterwards; and by uri why one has no copy.

    What is `reused` is not fetched.
    """
    wanted = [source for source in sources if is_address(source.path) and source.uri not in reused]
    if not wanted:
        yield tuple(sources), {}
        return
    with tempfile.TemporaryDirectory(prefix="overtones-") as folder:
        copies = {
            source.uri: Path(folder) / f"{number}{''.join(Path(source.uri).suffixes[-2:])}"
            for number, source in enumerate(wanted)
        }
        silent: list[str] = []
        with ThreadPoolExecutor(_AT_ONCE) as threads:
            errors = list(threads.map(lambda source: _fetch(source.path, copies[source.uri], silent), wanted))
        near = (replace(source, path=str(copies.get(source.uri, source.path))) for source in sources)
        yield tuple(near), {source.uri: error for source, error in zip(wanted, errors, strict=True) if error}


def _fetch(address: str, copy: Path, silent: list[str]) -> SourceUnavailable | None:
    """Copy an object, or tell why that cannot be. `silent` are those of which nothing was heard since one was copied."""
    why = ""
    began = time.monotonic()
    for pause in _PAUSES:
        time.sleep(pause)
        if len(unheard := tuple(silent)) >= _SILENT:  # other threads add to it, and clear it
            return SourceUnavailable(f"not fetched, because the store did not answer for {unheard[-1]}")
        try:
            with _opened(address) as (files, path):
                files.get_file(path, str(copy))
        except UsageError as error:
            if isinstance(error.__cause__, OSError):  # it has gone, or is locked: that will not change soon
                return SourceUnavailable(str(error))
            raise
        except ServiceError as error:
            why = str(error)
            if time.monotonic() - began > _LONG_SECONDS:
                break
        else:
            silent.clear()
            return None
    silent.append(address)
    return SourceUnavailable(why)


# -------------------------------------------------------------------------------------------------------------- tables


def fetch_tables(address: str, out: Path) -> None:
    """Make the working copy `out` hold what is stored at `address`, if another machine has written there since."""
    from tasks.store import MANIFEST, hash_file, read_manifest
    from tasks.store.manifest import table_folder

    with _opened(address) as (files, top):
        try:
            manifest = files.cat_file(f"{top}/{MANIFEST}")
        except FileNotFoundError:
            return
        if (out / MANIFEST).is_file() and (out / MANIFEST).read_bytes() == manifest:
            return
        with tempfile.TemporaryDirectory(prefix="overtones-") as folder:
            (Path(folder) / MANIFEST).write_bytes(manifest)
            _, batches = read_manifest(Path(folder))
        for file in (file for batch in batches for file in batch.files):
            place = table_folder(out, file.table) / file.name
            if not (place.is_file() and hash_file(place) == file.sha256):
                place.parent.mkdir(parents=True, exist_ok=True)
                aside = place.with_suffix(".fetched")
                files.get_file(f"{top}/{place.relative_to(out).as_posix()}", str(aside))
                aside.replace(place)  # never in place: parts of one content are links to one file
        for path in files.glob(f"{top}/runs/*.parquet"):
            place = out / "runs" / Path(path).name
            if not place.is_file():
                place.parent.mkdir(parents=True, exist_ok=True)
                files.get_file(path, str(place))
        (out / MANIFEST).write_bytes(manifest)


def put_tables(out: Path, address: str) -> None:
    """Make the store at `address` hold what the working copy `out` holds: parts, then the manifest, then deletions."""
    from tasks.schemas import TABLES
    from tasks.store import FINGERPRINTS, MANIFEST, read_manifest
    from tasks.store.manifest import table_folder

    files_of_batches = (file for batch in read_manifest(out)[1] for file in batch.files)
    listed = [table_folder(out, file.table) / file.name for file in files_of_batches]
    unlisted = [*out.glob("runs/*.parquet"), *out.glob("*/part-empty.parquet")]
    wanted = {path.relative_to(out).as_posix(): path for path in (*listed, *unlisted)}
    with _opened(address) as (files, top):
        there = {path[len(top) :].lstrip("/") for path in files.find(top)}
        for name, path in sorted(wanted.items()):
            if name not in there or path.name == "part-empty.parquet":
                _put(files, path, f"{top}/{name}")
        _put(files, out / MANIFEST, f"{top}/{MANIFEST}")
        folders = {table_folder(out, name).relative_to(out) for name in (*TABLES, FINGERPRINTS)}
        ours = {name for name in there if name.endswith(".parquet") and Path(name).parent in folders}
        for name in sorted(ours - wanted.keys()):
            files.rm_file(f"{top}/{name}")


def put_report(reports: Path, address: str) -> None:
    """Make the store at `address` hold the report in `reports`; summaries of earlier runs stay there."""
    pages = {path.relative_to(reports).as_posix(): path for path in sorted(reports.rglob("*")) if path.is_file()}
    with _opened(address) as (files, top):
        for name in sorted(pages, key=lambda name: (name == "index.html", name)):  # the index names the others
            _put(files, pages[name], f"{top}/{name}")
        for path in files.find(f"{top}/documents"):
            if path[len(top) :].lstrip("/") not in pages:
                files.rm_file(path)


def _put(files: Any, path: Path, target: str) -> None:
    files.makedirs(target.rpartition("/")[0], exist_ok=True)  # where there are folders; a bucket must be there already
    files.put_file(str(path), target)
