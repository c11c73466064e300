"""Reading tables with their declared types, as pandas or polars frames."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from tasks.errors import StoreError, UsageError, did_you_mean
from tasks.schemas import TABLES
from tasks.store.completeness import naming_damage, require_parts

if TYPE_CHECKING:
    import pandas as pd

DEFAULT_FOLDER = "data/processed"


def read_table(name: str, folder: str | Path = DEFAULT_FOLDER) -> pd.DataFrame:
    """A table as pandas frame; `frame.attrs["columns"]` has the type, unit and meaning of each column.

    A categorical column has all of its declared categories, in their order, even if the table is empty. Raises UsageError
    for an unknown table, StoreError if no run has written it yet, or a part of it is missing or damaged.
    """
    import pandas as pd

    parts = table_parts(name, folder)
    with naming_damage(Path(folder)):
        frame = pd.read_parquet(parts[0].parent)
    for column, dtype in TABLES[name].schema.items():
        if isinstance(dtype, pl.Enum):
            frame[column] = frame[column].cat.set_categories(dtype.categories.to_list())
    return frame


def scan_table(name: str, folder: str | Path = DEFAULT_FOLDER) -> pl.LazyFrame:
    """A table as polars LazyFrame with the declared types, rows in their order; errors as `read_table`.

    A damaged part is found when the frame is collected; inside `tasks.store.naming_damage` the error names the part.
    """
    # Without glob, because the name of the folder may contain "[" or "*".
    return pl.scan_parquet(table_parts(name, folder), glob=False).cast(TABLES[name].schema)


def table_parts(name: str, folder: str | Path) -> list[Path]:
    """The files of a table, in the order of its rows. Raises the errors of `read_table`."""
    if name not in TABLES:
        raise UsageError(
            f"no table is called {name!r}; the tables are: {', '.join(TABLES)}.{did_you_mean(name, TABLES)}"
        )
    path = Path(folder) / name
    if not path.is_dir():
        raise StoreError(f"{path} does not exist; `overtones run SOURCE --out {folder}` writes it")
    try:
        str(path).encode()
    except UnicodeEncodeError as error:
        raise StoreError(f"{folder}: the name of this folder is not UTF-8; rename it") from error
    require_parts(path.parent, name)
    parts = sorted(path.glob("*.parquet"))
    if not parts:
        raise StoreError(f"{path} contains no parquet file; `overtones run --out {folder}` writes the table")
    return parts
