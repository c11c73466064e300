"""Sources in object stores: lists of objects, and temporary copies of them.

The engine reads files. So the process that analyzes a batch copies the objects of the batch into a temporary folder. An
object that cannot be copied is a failure like any other. A store that cannot be listed ends the run, because without a
list it is not known which objects are gone.
"""

from __future__ import annotations

import hashlib
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flows.paths import is_address
from flows.stores.filesystem import attempts, opened_store, with_retries
from tasks.errors import ServiceError, SkippedSource, SourceUnavailable, UsageError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from tasks.ingest import Failure, Source


def list_objects(address: str) -> Iterator[Source | Failure]:
    """Every object below `address`, by its path below it. If `address` is an object itself, it is named by its address.

    Its time is a number derived from its ETag, if the store has one. Raises UsageError if there is nothing.
    """
    from tasks.ingest import Failure

    found = _listing(address)
    outputs = _outputs_among(address, found)
    skipped: set[str] = set()
    for below, about in found.items():
        asked_for = not below
        uri = address if asked_for else below.lstrip("/")
        if uri.endswith("/"):  # an object instead of a folder
            continue
        if not asked_for and (place_and_reason := _left_out(uri, outputs)):
            if place_and_reason[0] not in skipped:
                skipped.add(place_and_reason[0])
                yield Failure.of(SkippedSource(place_and_reason[1]), place_and_reason[0])
            continue
        try:
            # The library's own name of the object lacks the host, or contains a secret.
            yield _source(uri, address if asked_for else f"{address.rstrip('/')}/{uri}", about, asked_for=asked_for)
        except SkippedSource as error:
            yield Failure.of(error, uri)


def _listing(address: str) -> dict[str, dict[str, Any]]:
    """What the store reports about each object at and below `address`, by its path below it, sorted."""

    def find(files: Any, top: str) -> dict[str, dict[str, Any]]:
        files.invalidate_cache()  # the cache of listings: this process may have read one before
        found = {top: files.info(top)} if files.isfile(top) else files.find(top, detail=True)
        if not found:
            raise UsageError(f"{address}: no such object or folder, or an empty one")
        return {path.removeprefix(top): found[path] for path in sorted(found)}

    return with_retries(address, find)


def _outputs_among(address: str, found: Iterable[str]) -> set[str]:
    """The output folders of runs, by their paths below `address`. Raises UsageError if `address` is one itself."""
    from tasks.store import MARKER, STATE

    marker = f"/{STATE}/{MARKER}"
    outputs = {below.removesuffix(marker) for below in found if below.endswith(marker)}
    if "" in outputs:
        raise UsageError(f"{address} contains output of overtones, not articles; use the address of the articles")
    return outputs


def _left_out(uri: str, outputs: Collection[str]) -> tuple[str, str] | None:
    """The folder or object that is skipped, and why, if `uri` is one or is below one."""
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
"""Properties of an object that change with its content. Most stores have one of them."""


def _source(uri: str, address: str, about: dict[str, Any], *, asked_for: bool) -> Source:
    from tasks.ingest import Source, source_format

    known = (about[key] for key in _STATE if about.get(key))
    state = next(known, time.time_ns())  # without any of them, the object may have changed every time
    mark = int.from_bytes(hashlib.sha256(str(state).encode()).digest()[:7])
    form = source_format(Path(uri).name, asked_for=asked_for)
    return Source(uri, address, int(about["size"] or 0), form, mark, asked_for=asked_for)


_AT_ONCE = 16
"""Number of objects that a process fetches at the same time. Most are small, and most of the time is spent waiting."""
_SILENT = 3
"""After this number of objects in a row without a response, the store is considered down, and the rest of the batch is
not tried.
"""


@contextmanager
def local_copies(
    sources: Sequence[Source], reused: Collection[str] = ()
) -> Iterator[tuple[tuple[Source, ...], dict[str, SourceUnavailable]]]:
    """`sources` with objects as copies in a temporary folder; and, by URI, why an object has no copy.

    Objects that are `reused` are not fetched.
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
        local = (replace(source, path=str(copies.get(source.uri, source.path))) for source in sources)
        yield tuple(local), {source.uri: error for source, error in zip(wanted, errors, strict=True) if error}


def _fetch(address: str, copy: Path, silent: list[str]) -> SourceUnavailable | None:
    """Copy an object. Returns the error if that fails. `silent` lists objects without a response since the last success."""
    reason = ""
    for _ in attempts():
        if len(unanswered := tuple(silent)) >= _SILENT:  # other threads append to it and clear it
            return SourceUnavailable(f"not fetched, because the store did not respond for {unanswered[-1]}")
        try:
            with opened_store(address) as (files, path):
                files.get_file(path, str(copy))
        except UsageError as error:
            if isinstance(error.__cause__, OSError):  # it is gone, or access is denied: a retry will not help
                return SourceUnavailable(str(error))
            raise
        except ServiceError as error:
            reason = str(error)
        else:
            silent.clear()
            return None
    silent.append(address)
    return SourceUnavailable(reason)
