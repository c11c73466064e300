"""Tables that follow from installed packages, kept in a folder so that the next process need not make them again.

A kept table is a parquet file. Its name and its metadata hold a key of everything that it follows from, so another
version of a package makes another file; its metadata also hold a sum of its content, so a damaged file is known. What
cannot be read is made again, and where nothing can be written, nothing is kept.
"""

from __future__ import annotations

import inspect
import io
import platform
import secrets
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Callable


def cached_table(folder: Path | None, name: str, version: str, make: Callable[[], pl.DataFrame]) -> pl.DataFrame:
    """The table that `make` returns, read from `folder` if it was kept there for the same `version`.

    Python's and polars' versions count, too, for it is theirs to say what lower case is, and so do the module that `make`
    stands in and those beside it. Without a folder the table is made. Several processes may do this at once.
    """
    if folder is None:
        return make()
    modules = sorted(Path(inspect.getfile(make)).parent.glob("*.py"))
    maker = sha256(b"".join(module.read_bytes() for module in modules)).hexdigest()
    key = f"{name} {version}, Python {platform.python_version()}, polars {pl.__version__}, made by {maker}"
    file = folder / f"{name}-{sha256(key.encode()).hexdigest()[:16]}.parquet"
    table = _read(file, key)
    if table is None:
        table = make()
        _write(table, file, key)
    return table


def _read(file: Path, key: str) -> pl.DataFrame | None:
    """The table, unless there is none, it is another, or it is damaged."""
    try:
        content = file.read_bytes()
        metadata = pl.read_parquet_metadata(io.BytesIO(content))
        table = pl.read_parquet(content)
    # A damaged file makes polars raise whatever it likes, panics among it, which are no `Exception`.
    except (OSError, pl.exceptions.PolarsError, pl.exceptions.PanicException):
        return None
    return table if metadata.get("key") == key and metadata.get("content") == _content(table) else None


def _write(table: pl.DataFrame, file: Path, key: str) -> None:
    # Polars itself opens no path that is not UTF-8, and of a full disk it says that the file was out of specification.
    content = io.BytesIO()
    table.write_parquet(content, metadata={"key": key, "content": _content(table)})
    # Another process may be writing or reading it now: written aside, and put in its place at once.
    aside = file.with_suffix(f".{secrets.token_hex(8)}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        aside.write_bytes(content.getvalue())
        aside.replace(file)
    except OSError:
        with suppress(OSError):
            aside.unlink()


def _content(table: pl.DataFrame) -> str:
    """A number that another content would hardly have."""
    return f"{table.columns} {table.hash_rows().implode().hash().item()}"
