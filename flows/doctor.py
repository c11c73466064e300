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


def examine(out: Path, reports: Path) -> Iterator[Finding]:
    """All findings, the environment's first, then those about the output folders."""
    yield from _python()
    yield from _requirements()
    yield from _packages()
    yield from _dictionary()
    yield from _folders(out, reports)
    try:
        yield from _tables(out)
    except OSError as error:
        yield Finding(ok=False, what=f"{error.filename or out}: {error.strerror}")


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
    from tasks.measure import dictionary

    try:
        yield Finding(ok=True, what=f"dictionary {dictionary.load_dictionary('cmudict')}")
    except Exception as error:  # noqa: BLE001  # whatever is wrong with it, the other findings are wanted
        yield Finding(ok=False, what=f"the dictionary cmudict cannot be loaded ({error}); install requirements.lock")
        return
    try:
        yield Finding(ok=True, what=f"dictionary {dictionary.load_dictionary('nltk')}, for --dictionary nltk")
    except Exception:  # noqa: BLE001  # NLTK itself, without a home folder, raises a ValueError when it is imported
        yield Finding(ok=True, what="no NLTK dictionary; --dictionary nltk would need one")


def _folders(out: Path, reports: Path) -> Iterator[Finding]:
    """A run would accept both output folders."""
    from tasks.errors import OvertonesError
    from tasks.store import check_apart, check_reports_folder

    try:
        check_apart(out, reports)
        check_reports_folder(reports)
    except OvertonesError as error:
        yield Finding(ok=False, what=str(error))


def _tables(out: Path) -> Iterator[Finding]:
    import pyarrow.parquet as pq

    from tasks.errors import OutputRefused, StoreError
    from tasks.store import MANIFEST, STATE, check_tables_folder, hash_file, read_manifest
    from tasks.store.manifest import table_folder

    if not out.is_dir():
        yield Finding(ok=True, what=f"{out}: no tables yet")
        return
    try:
        check_tables_folder(out)
        manifest = read_manifest(out)
    except (StoreError, OutputRefused) as error:
        yield Finding(ok=False, what=str(error))
        return
    if not manifest.engine:
        yield Finding(ok=True, what=f"{out}: no tables yet")
        return
    batches = manifest.batches
    files = {table_folder(out, file.table) / file.name: file for batch in batches for file in batch.files}
    damaged = [path for path, file in files.items() if not path.is_file() or hash_file(path) != file.sha256]
    for path in damaged:
        yield Finding(ok=False, what=f"{path} is not what was written; the next run makes it anew")
    if damaged:
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
