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

What a store does not answer is tried again, after pauses. Then an object that is to be read is a failure like any other;
a store that cannot be listed, or does not take the tables, ends the run: without a list nobody knows what is gone, and
half of the new tables is none.

Addresses here are redacted; what is secret in them is put back for the moment in which a store is opened, and removed
from what its library says.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from flows.stores.addresses import key_and_secret, redact_text, with_secrets
from tasks.errors import OutputRefused, OvertonesError, ServiceError, SkippedSource, SourceUnavailable, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

    from tasks.ingest import Failure, Source
    from tasks.store.ownership import Kind

T = TypeVar("T")

_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]+://", re.IGNORECASE)


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
_KEY_IN_ADDRESS = {"s3", "s3a"}
"""Stores whose library takes a key and its secret for a part of the bucket's name, if they stand in the address."""


@contextmanager
def _opened(address: str) -> Iterator[tuple[Any, str]]:
    """The file system of an address, and the path there; what goes wrong becomes an error that names the address."""
    try:
        import fsspec

        protocol = address.partition("://")[0]
        options = {} if fsspec.config.conf.get(protocol) else dict(_PATIENCE.get(protocol, {}))
        place = with_secrets(address.rstrip("/"))
        if protocol in _KEY_IN_ADDRESS:
            place, key, secret = key_and_secret(place)
            options |= {"key": key, "secret": secret} if key else {}
        try:
            opened = fsspec.core.url_to_fs(place, **options)
        except ValueError as error:  # a protocol that nobody knows
            raise UsageError(f"{address}: {redact_text(str(error))}") from error
        yield opened
    except ImportError as error:
        raise UsageError(
            f'{address}: a package is missing ({error}); pip install "overtones[object-stores]" brings it'
        ) from error
    except FileNotFoundError as error:
        raise UsageError(f"{address}: no such object or folder") from error
    except PermissionError as error:
        raise UsageError(f"{address}: the store refuses access ({redact_text(str(error))})") from error
    except OvertonesError:
        raise
    except Exception as error:  # each store's library has errors of its own
        raise ServiceError(
            f"{address}: the store refuses or does not answer ({redact_text(f'{type(error).__name__}: {error}')})"
        ) from error


_PAUSES = (0.0, 0.5, 2.0, 8.0)
"""Seconds before each attempt at something. When one has failed, its library has tried several times by itself."""
_LONG_SECONDS = 60.0
"""What has taken longer than this is not tried again."""


def _attempts() -> Iterator[None]:
    """As often as something should be tried, each after its pause."""
    began = time.monotonic()
    for pause in _PAUSES:
        if time.monotonic() - began > _LONG_SECONDS:
            return
        time.sleep(pause)
        yield


def _insist(address: str, do: Callable[[Any, str], T]) -> T:
    """What `do` returns for the file system of `address` and the path there; it is called again if the store fails."""
    for _ in _attempts():
        try:
            with _opened(address) as (files, path):
                return do(files, path)
        except ServiceError as error:
            last = error
    raise last


# ------------------------------------------------------------------------------------------------------------- sources


def list_objects(address: str) -> Iterator[Source | Failure]:
    """Every object below `address`, named by its path below it; an object that is itself given, by its address.

    Its time is a number that follows from its ETag, where the store has one. Raises UsageError if there is nothing.
    """
    from tasks.ingest import Failure
    from tasks.store import MARKER, STATE

    def look(files: Any, top: str) -> Iterator[tuple[str, dict[str, Any]]]:
        files.invalidate_cache()  # of listings: this process may have looked there before
        found = {top: files.info(top)} if files.isfile(top) else files.find(top, detail=True)
        if not found:
            raise UsageError(f"{address}: no such object or folder, or an empty one")
        return ((path.removeprefix(top), found[path]) for path in sorted(found))

    found = list(_insist(address, look))
    marker = f"/{STATE}/{MARKER}"
    outputs = {below.removesuffix(marker) for below, _ in found if below.endswith(marker)}
    if "" in outputs:
        raise UsageError(
            f"{address} holds what a run of overtones wrote, not articles; name the address of the articles"
        )
    skipped: set[str] = set()
    for below, about in found:
        asked_for = not below
        uri = address if asked_for else below.lstrip("/")
        if uri.endswith("/"):  # an object that stands for a folder
            continue
        if not asked_for and (place_and_reason := _left_out(uri, outputs)):
            if place_and_reason[0] not in skipped:
                skipped.add(place_and_reason[0])
                yield Failure.of(SkippedSource(place_and_reason[1]), place_and_reason[0])
            continue
        try:
            # Not the library's own name for the object, in which the host is missing, or a secret stands.
            yield _source(uri, address if asked_for else f"{address.rstrip('/')}/{uri}", about, asked_for=asked_for)
        except SkippedSource as error:
            yield Failure.of(error, uri)


def _left_out(uri: str, outputs: Collection[str]) -> tuple[str, str] | None:
    """The folder or object that is left out, and why, if `uri` is or lies below one."""
    from tasks.ingest import left_out_by_name

    parts = uri.split("/")
    for number, part in enumerate(parts, 1):
        place = "/".join(parts[:number])
        if f"/{place}" in outputs:
            return place, "an output folder of overtones, not of articles"
        if why := left_out_by_name(part):
            return place, why
    return None


_STATE = (
    "ETag", "etag", "md5Hash", "LastModified", "mtime", "created", "Content-MD5", "Digest", "Last-Modified"
)  # fmt: skip
"""What stores tell of an object that changes with it."""


def _source(uri: str, address: str, about: dict[str, Any], *, asked_for: bool) -> Source:
    from tasks.ingest import Source, source_format

    told = (about[key] for key in _STATE if about.get(key))
    state = next(told, time.time_ns())  # where nothing is told, it may always have changed
    mark = int.from_bytes(hashlib.sha256(str(state).encode()).digest()[:7])
    form = source_format(Path(uri).name, asked_for=asked_for)
    return Source(uri, address, int(about["size"] or 0), form, mark, asked_for=asked_for)


_AT_ONCE = 16
"""Objects that one process fetches at a time: most are small, and what takes time is to wait for the store."""
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
    for _ in _attempts():
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
        else:
            silent.clear()
            return None
    silent.append(address)
    return SourceUnavailable(why)


# -------------------------------------------------------------------------------------------------------------- tables


def check_stores(out_address: str, reports_address: str) -> None:
    """Raise OutputRefused unless tables and report may be put there without touching what somebody else put there.

    An empty address is a folder on this machine, of which nothing is said.
    """
    from tasks.store import MANIFEST, REPORT_LIST, STATE, foreign_objects

    wanted: tuple[tuple[str, Kind, str], ...] = (
        (out_address, "tables", "--out"),
        (reports_address, "report", "--reports"),
    )
    for address, kind, option in wanted:
        address = address.rstrip("/")  # noqa: PLW2901  # as it is shown
        if not address:
            continue
        names = _names_at(address)
        sign = MANIFEST if kind == "tables" else f"{STATE}/{REPORT_LIST}"
        content = _insist(f"{address}/{sign}", _content) if sign in names else None
        summary = _insist(f"{address}/summary.json", _content) if "summary.json" in names else None
        strange = foreign_objects(names, kind, content, summary)
        if strange:
            more = f" and {len(strange) - _N_NAMED:,} more" if len(strange) > _N_NAMED else ""
            raise OutputRefused(
                f"{option} {address} holds objects that no run wrote, where ours go: {', '.join(strange[:_N_NAMED])}{more}. "
                f"Nothing was written. Name an address where nothing is yet: {option} {address}/overtones"
            )


_N_NAMED = 3
"""So many objects are named in a message."""


def _names_at(address: str) -> set[str]:
    """The objects below an address, by their paths below it."""

    def look(files: Any, top: str) -> set[str]:
        files.invalidate_cache()
        return {path.removeprefix(top).lstrip("/") for path in files.find(top)}

    return _insist(address.rstrip("/"), look)


def fetch_tables(address: str, out: Path) -> None:
    """Make the working copy `out` hold what is stored at `address`, if another machine has written there since."""
    from tasks.store import MANIFEST, hash_file, read_manifest
    from tasks.store.manifest import table_folder

    def fetch(files: Any, top: str) -> None:
        manifest = _content(files, f"{top}/{MANIFEST}")
        if manifest is None:
            _empty_copy(out)
            return
        if (out / MANIFEST).is_file() and (out / MANIFEST).read_bytes() == manifest:
            return
        with tempfile.TemporaryDirectory(prefix="overtones-") as folder:
            (Path(folder) / MANIFEST).write_bytes(manifest)
            batches = read_manifest(Path(folder)).batches
        for file in (file for batch in batches for file in batch.files):
            place = table_folder(out, file.table) / file.name
            if not (place.is_file() and hash_file(place) == file.sha256):
                place.parent.mkdir(parents=True, exist_ok=True)
                aside = place.with_suffix(".fetched")
                files.get_file(f"{top}/{place.relative_to(out).as_posix()}", str(aside))
                aside.replace(place)  # never in place: parts of one content are links to one file
        runs = {Path(path).name: path for path in files.glob(f"{top}/runs/*.parquet")}
        (out / "runs").mkdir(parents=True, exist_ok=True)
        for name, path in runs.items():
            if not (out / "runs" / name).is_file():
                files.get_file(path, str(out / "runs" / name))
        for place in (out / "runs").glob("*.parquet"):  # their rows are in another file there, or were never put there
            if place.name not in runs:
                place.unlink()
        (out / MANIFEST).write_bytes(manifest)

    _insist(address, fetch)


def _empty_copy(out: Path) -> None:
    """Forget what the working copy holds: the store has no tables any more, or has not got them yet."""
    from tasks.schemas import TABLES
    from tasks.store import FINGERPRINTS, MANIFEST
    from tasks.store.manifest import table_folder

    for name in (*TABLES, FINGERPRINTS):
        shutil.rmtree(table_folder(out, name), ignore_errors=True)
    (out / MANIFEST).unlink(missing_ok=True)


def put_tables(out: Path, address: str) -> None:
    """Make the store at `address` hold what the working copy `out` holds: parts, then the manifest, then deletions.

    Raises ServiceError where the store does not take it. Then its tables are those of the last run, and of the new ones
    nothing is left beside them, unless the message says so.
    """
    from tasks.schemas import TABLES
    from tasks.store import FINGERPRINTS, MANIFEST, MARKER, STATE, is_part_name, read_manifest
    from tasks.store.manifest import table_folder

    files_of_batches = (file for batch in read_manifest(out).batches for file in batch.files)
    listed = [table_folder(out, file.table) / file.name for file in files_of_batches]
    unlisted = [*out.glob("runs/*.parquet"), *out.glob("*/part-empty.parquet"), out / STATE / MARKER]
    wanted = {path.relative_to(out).as_posix(): path for path in (*listed, *unlisted)}
    address = address.rstrip("/")
    there = _names_at(address)
    added = sorted(wanted.keys() - there)
    manifest = f"{address}/{MANIFEST}"
    try:
        for name in sorted({*added, *(name for name in wanted if name.endswith("/part-empty.parquet"))}):
            _put(wanted[name], f"{address}/{name}")
    except OvertonesError as error:
        raise ServiceError(f"{error}; {_taken_back(address, added)}") from error
    try:
        _put(out / MANIFEST, manifest)
    except OvertonesError as error:
        if (put := _is_there(out / MANIFEST, manifest)) is None:
            raise ServiceError(
                f"{error}; whether it is there all the same cannot be told, so nothing is removed"
            ) from error
        if not put:
            raise ServiceError(f"{error}; {_taken_back(address, added)}") from error
    folders = {table_folder(out, name).relative_to(out) for name in (*TABLES, FINGERPRINTS)}
    ours = {name for name in there if is_part_name(Path(name).name) and Path(name).parent in folders}
    try:
        _remove(address, sorted(ours - wanted.keys()))
    except OvertonesError as error:
        raise ServiceError(
            f"{error}; the new tables are there, old parts still lie among them until the next run"
        ) from error


def _taken_back(address: str, added: Sequence[str]) -> str:
    """What is left of a put that failed, after the parts that it had added were removed again, if that could be."""
    kept = "the tables there are those of the last run; what is new is analyzed again by the next"
    try:
        _remove(address, added)
    except OvertonesError:
        return f"{kept}, and until then new parts may lie among the old (the manifest names the old alone)"
    return kept


def put_report(reports: Path, address: str) -> None:
    """Make the store at `address` hold the report in `reports`; summaries of earlier runs stay there.

    Only objects that the report's own list there names are removed.
    """
    from tasks.store import MARKER, REPORT_LIST, STATE, listed_report_files, report_list

    address = address.rstrip("/")
    pages = listed_report_files(reports)
    list_name = f"{STATE}/{REPORT_LIST}"
    earlier = report_list(_insist(f"{address}/{list_name}", _content))
    # The index names the others, so it comes after them; what is ours is told before it is there.
    for name in (f"{STATE}/{MARKER}", list_name, *sorted(pages - {"index.html"}), "index.html"):
        if (reports / name).is_file():
            _put(reports / name, f"{address}/{name}")
    _remove(address, sorted(name for name in earlier - pages if name.startswith("documents/")))


def _put(path: Path, target: str) -> None:
    def put(files: Any, place: str) -> None:
        files.makedirs(
            place.rpartition("/")[0], exist_ok=True
        )  # where there are folders; a bucket must be there already
        files.put_file(str(path), place)

    _insist(target, put)


def _remove(address: str, names: Iterable[str]) -> None:
    """Delete what there is of these objects."""

    def remove(files: Any, place: str) -> None:
        with suppress(FileNotFoundError):  # never put, or removed by an attempt of which nothing was heard
            files.rm_file(place)

    for name in names:
        _insist(f"{address}/{name}", remove)


def _is_there(path: Path, address: str) -> bool | None:
    """Whether a put of which nothing good was heard has been done all the same; None if the store does not tell."""
    try:
        return _insist(address, _content) == path.read_bytes()
    except OvertonesError:
        return None


def _content(files: Any, place: str) -> bytes | None:
    """What an object holds; None if there is none."""
    try:
        content: bytes = files.cat_file(place)
    except FileNotFoundError:
        return None
    return content
