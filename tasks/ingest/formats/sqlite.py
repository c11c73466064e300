"""SQLite: one record per row of each table with a text column or, if there is none, of each such view.

The database is only read: nothing is written beside it, and a write-ahead log that belongs to it is read from a copy.
"""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import quote

from tasks.errors import FormatError, LimitExceeded
from tasks.ingest.compression import too_much
from tasks.ingest.decoding import Decoded
from tasks.ingest.records import RequestedFields, Row, require_text_column
from tasks.ingest.usual_fields import usual_columns

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tasks.ingest.model import Source
    from tasks.options import Options

_STEPS, _MOST_STEPS = 1_000_000, 5_000
"""A query is stopped after so many million steps of the database: a view may never end."""


def read_rows(stream: IO[bytes], source: Source, options: Options, fields: RequestedFields) -> Iterator[Row]:
    """The rows of a database. Raises LimitExceeded as soon as its texts take more bytes than allowed."""
    n_steps = 0

    def count_steps() -> bool:
        nonlocal n_steps
        n_steps += 1
        return n_steps > _MOST_STEPS

    try:
        with _opened(stream) as database:
            database.text_factory = lambda raw: raw.decode("utf-8", "surrogateescape")
            database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, min(options.limits.max_document_bytes * 4 + 1000, 2**31 - 1))
            database.set_progress_handler(count_steps, _STEPS)
            yield from _rows(database, source, options, fields)
    except sqlite3.Error as error:
        if n_steps > _MOST_STEPS:
            raise LimitExceeded("a view of the database takes too long; export its rows as CSV") from error
        raise FormatError(f"the database cannot be read: {error}; export its table of articles as CSV") from error


@contextmanager
def _opened(stream: IO[bytes]) -> Iterator[sqlite3.Connection]:
    """A connection that cannot write."""
    with tempfile.TemporaryDirectory(prefix="overtones-") as folder:
        name = getattr(getattr(stream, "raw", None), "name", None)
        path = Path(name) if isinstance(name, str) else Path(folder, "database")
        log = Path(f"{path}-wal")
        has_log = isinstance(name, str) and log.is_file() and log.stat().st_size > 0
        if has_log or not isinstance(name, str):
            path = Path(folder, "database")
            with path.open("wb") as copy:
                shutil.copyfileobj(stream, copy)
            if has_log:
                shutil.copyfile(log, f"{path}-wal")
        mode = "mode=rw" if has_log else "mode=ro&immutable=1"  # the copy of a log is merged when it is opened
        database = sqlite3.connect(f"file:{quote(str(path.absolute()))}?{mode}", uri=True)
        try:
            database.execute("PRAGMA trusted_schema = OFF")
            database.execute("PRAGMA query_only = ON")
            yield database
        finally:
            database.close()


def _rows(database: sqlite3.Connection, source: Source, options: Options, fields: RequestedFields) -> Iterator[Row]:
    columns: dict[tuple[str, str], list[str]] = {}
    found = database.execute(
        "SELECT type, name FROM sqlite_master WHERE type IN ('table', 'view') ORDER BY type, rowid"
    )
    for kind, name in found.fetchall():
        if not name.startswith("sqlite_"):
            columns[kind, name] = usual_columns(_columns(database, name), options.fields)
    with_text = [key for key, names in columns.items() if options.fields.text in names]
    tables = [name for kind, name in with_text if kind == "table"] or [name for _, name in with_text]
    if not tables:
        named = [f"{name}.{column}" for _, name in columns for column in _columns(database, name)]
        require_text_column(options, named)
    n_left = options.limits.max_unpacked_bytes
    number = 0
    for name in tables:
        names = next(own for (_, table), own in columns.items() if table == name)
        fields.add_present(names)
        for values in database.execute(f"SELECT * FROM {_quoted(name)}"):  # noqa: S608  # the name is quoted
            number += 1
            n_left -= sum(len(value) for value in values if isinstance(value, (str, bytes)))
            if n_left < 0:
                raise too_much(options.limits.max_unpacked_bytes, "--max-unpacked-bytes", source.uri)
            yield Row(number, dict(zip(names, values, strict=True)), Decoded("", "utf-8", 1.0))


def _columns(database: sqlite3.Connection, name: str) -> list[str]:
    """The columns of a table or view; none if it cannot be asked, as a view of a table that is gone."""
    try:
        asked: Any = database.execute(f"SELECT * FROM {_quoted(name)} LIMIT 0")  # noqa: S608  # the name is quoted
    except sqlite3.OperationalError:
        return []
    return [column[0] for column in asked.description]


def _quoted(name: str) -> str:
    doubled = name.replace('"', '""')
    return f'"{doubled}"'
