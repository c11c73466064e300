"""Guarantees that readers get all rows of a table or an error that names the part that is missing or damaged."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import polars as pl

from tasks.errors import StoreError
from tasks.schemas import TABLES
from tasks.store.manifest import read_manifest, table_folder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_PAUSES = (0.0, 0.1, 0.4)
"""Seconds before each check: a table may be checked while publishing exchanges it, which takes milliseconds."""


def require_parts(folder: Path, name: str) -> None:
    """Raise StoreError if the manifest in `folder` names a part of the table `name` that does not exist.

    Nothing can be missing from a table without a manifest, such as a copy of a single table.
    """
    for pause in _PAUSES:
        time.sleep(pause)
        missing = sorted(_parts_of(folder, name) - {path.name for path in (folder / name).iterdir()})
        if not missing:
            return
    more = f" (and {len(missing) - 1:,} more of this table)" if len(missing) > 1 else ""
    raise StoreError(
        f"{folder / name / missing[0]} is missing{more}; `overtones run` with the same sources writes it again, "
        f"`overtones doctor --out {folder}` compares all parts with the manifest"
    )


def _parts_of(folder: Path, name: str) -> frozenset[str]:
    """The names of the parts of a table in the manifest; none if release 0.1 wrote it, which did not list them."""
    files = (file.rpartition("/") for file in read_manifest(folder, head_only=True).files or ())
    return frozenset(part for table, _, part in files if table == name)


@contextmanager
def naming_damage(folder: Path) -> Iterator[None]:
    """If reading the tables in `folder` fails in this block because a part is damaged, raise StoreError that names it."""
    from pyarrow import ArrowException

    try:
        yield
    except (OSError, ArrowException, pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        for path in _damaged(folder):
            raise StoreError(
                f"{path} cannot be read or is not what was written; `overtones run` with the same sources writes it again"
            ) from error
        raise


def _damaged(folder: Path) -> Iterator[Path]:
    """Parts that differ from the manifest, and parts without an entry in it that cannot be read."""
    known = {
        table_folder(folder, file.table) / file.name: file
        for batch in read_manifest(folder).batches
        for file in batch.files
    }
    for name in TABLES:
        for path in sorted((folder / name).glob("*.parquet")):
            try:
                if path not in known:
                    pl.read_parquet(path, glob=False)
                elif not known[path].matches(path):
                    yield path
            except (OSError, pl.exceptions.PolarsError, pl.exceptions.PanicException):
                yield path
