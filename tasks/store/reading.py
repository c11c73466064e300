"""Reading the tables back, for pandas and for the report."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from tasks.errors import StoreError, UsageError, did_you_mean
from tasks.schemas import TABLES

if TYPE_CHECKING:
    import pandas as pd

DEFAULT_FOLDER = "data/processed"


def read_table(name: str, folder: str | Path = DEFAULT_FOLDER) -> pd.DataFrame:
    """A table as pandas frame; `frame.attrs["columns"]` tells what each column means.

    Raises UsageError for a name that no table has, StoreError where no run has written it yet.
    """
    import pandas as pd

    return pd.read_parquet(_table_folder(name, folder))


def scan_table(name: str, folder: str | Path = DEFAULT_FOLDER) -> pl.LazyFrame:
    """A table as lazy polars frame with the declared types, its rows in order of source and place."""
    folder = _table_folder(name, folder)
    return pl.scan_parquet(folder / "*.parquet").cast(TABLES[name].schema)


def _table_folder(name: str, folder: str | Path) -> Path:
    if name not in TABLES:
        raise UsageError(
            f"no table is called {name!r}; the tables are: {', '.join(TABLES)}.{did_you_mean(name, TABLES)}"
        )
    path = Path(folder) / name
    if not path.is_dir():
        raise StoreError(f"{path} does not exist; `overtones run --out {folder}` writes it")
    return path
