"""Is everything in order? The environment, and an output folder against its manifest."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, packages_distributions, requires, version
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at: whether it is in order, and what was found."""

    ok: bool
    what: str


def examine(out: Path) -> Iterator[Finding]:
    """All findings, the environment's first."""
    yield from _python()
    yield from _requirements()
    yield from _packages()
    yield from _dictionary()
    yield from _tables(out)


def _python() -> Iterator[Finding]:
    yield Finding(sys.version_info >= (3, 11), f"Python {sys.version.split()[0]} (3.11 or newer is needed)")


def _requirements() -> Iterator[Finding]:
    """Each dependency is there, in a version that the project allows. Newer neighbours of Prefect break it."""
    from packaging.requirements import Requirement

    for line in requires("overtones") or []:
        requirement = Requirement(line)
        if requirement.marker and not requirement.marker.evaluate({"extra": ""}):
            continue
        try:
            installed = version(requirement.name)
        except PackageNotFoundError:
            yield Finding(ok=False, what=f"{requirement.name} is missing; install requirements.lock")
            continue
        ok = requirement.specifier.contains(installed, prereleases=True)
        wanted = f" ({requirement.specifier} is needed; install requirements.lock)" if not ok else ""
        yield Finding(ok, f"{requirement.name} {installed}{wanted}")


def _packages() -> Iterator[Finding]:
    """No other distribution has put files into our packages, whose names are not rare."""
    owners = packages_distributions()
    for package in ("flows", "tasks"):
        others = sorted(set(owners.get(package, [])) - {"overtones"})
        found = f"; so do {', '.join(others)}: install overtones into an environment of its own" if others else ""
        yield Finding(not others, f"the package `{package}` belongs to overtones{found}")


def _dictionary() -> Iterator[Finding]:
    from tasks.errors import OvertonesError
    from tasks.measure import dictionary

    try:
        yield Finding(ok=True, what=f"dictionary {dictionary.load_dictionary('cmudict')}")
    except Exception as error:  # noqa: BLE001  # whatever is wrong with it, the other findings are wanted
        yield Finding(ok=False, what=f"the dictionary of cmudict cannot be loaded ({error}); install requirements.lock")
        return
    try:
        yield Finding(ok=True, what=f"dictionary {dictionary.load_dictionary('nltk')}, for --dictionary nltk")
    except OvertonesError:
        yield Finding(ok=True, what="no NLTK dictionary; --dictionary nltk would need one")


def _tables(out: Path) -> Iterator[Finding]:
    import pyarrow.parquet as pq

    from tasks.errors import StoreError
    from tasks.schemas import TABLES
    from tasks.store import MANIFEST, STATE, hash_file, read_manifest
    from tasks.store.manifest import table_folder

    if not out.is_dir():
        yield Finding(ok=True, what=f"{out}: no tables yet")
        return
    try:
        _, batches = read_manifest(out)
    except StoreError as error:
        yield Finding(ok=False, what=str(error))
        return
    files = {table_folder(out, file.table) / file.name: file for batch in batches for file in batch.files}
    damaged = [path for path, file in files.items() if not path.is_file() or hash_file(path) != file.sha256]
    for path in damaged:
        yield Finding(ok=False, what=f"{path} is not what was written; the next run makes it anew")
    there = {path for name in TABLES if name != "runs" for path in (out / name).glob("*.parquet")}
    strange = sorted(path for path in there - set(files) if path.name != "part-empty.parquet")
    for path in strange:
        yield Finding(ok=False, what=f"{path} was not written by a run; the next one removes it")
    if damaged or strange:
        return
    yield Finding(ok=True, what=f"{out}: {len(files)} files are as they were written")
    n_told = sum(batch.n_documents for batch in batches)
    n_there = sum(pq.read_metadata(path).num_rows for path in (out / "documents").glob("*.parquet"))
    if n_told != n_there:
        found = f"tells of {n_told:,} documents, the table holds {n_there:,}; run with --full"
        yield Finding(ok=False, what=f"{out / MANIFEST} {found}")
    if unpublished := len(list((out / STATE / "batches").glob("*/batch.json"))):
        found = f"{unpublished:,} batches of a run that did not end are kept; the next run takes them up"
        yield Finding(ok=True, what=f"{out}: {found}")
