"""Tables as files for other programs: CSV, JSON lines, an Excel workbook, or an SQLite database.

Parts are read one at a time, so a table may be larger than memory. CSV and Excel get the values of `for_spreadsheet`; JSON
lines and SQLite get every value unchanged. Workbook and database also hold the dictionary of columns. A file appears
under its name only when it is complete, and never replaces another one unless that is asked for.
"""

from __future__ import annotations

import codecs
import os
import sqlite3
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Literal

import polars as pl

from tasks.errors import OutputRefused, UsageError
from tasks.schemas import TABLES, data_dictionary
from tasks.store.completeness import naming_damage
from tasks.store.reading import table_parts
from tasks.store.spreadsheets import for_spreadsheet

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from openpyxl.worksheet._write_only import WriteOnlyWorksheet

Format = Literal["csv", "xlsx", "jsonl", "sqlite"]

SINGLE_FILE = frozenset({"xlsx", "sqlite"})
"""The formats that hold several tables in one file."""
DICTIONARY = "columns"
"""The sheet or table with the meaning of each column."""
_DICTIONARY_COLUMNS = ("table", "column", "type", "unit", "meaning")
_MAX_ROWS = 1_048_576
"""Rows of a sheet of Excel, the row of headings included."""
_SQLITE_TYPES = {"Boolean": "INTEGER", "String": "TEXT", "Float": "REAL", "Int": "INTEGER", "UInt": "INTEGER"}

Frames = dict[str, "Iterator[pl.DataFrame]"]


def table_frames(names: Iterable[str], folder: str | Path, document_id: str | None = None) -> Frames:
    """For each table its rows, a part at a time, with the declared types; only those of one document if it is given.

    Tables without a document_id have no rows of one document and are left out then. Raises UsageError for an unknown
    table, StoreError for one that no run has written, or for a damaged part.
    """
    parts = {name: table_parts(name, folder) for name in names}
    if document_id is not None:
        parts = {name: paths for name, paths in parts.items() if "document_id" in TABLES[name].schema}
    return {name: _frames(name, paths, Path(folder), document_id) for name, paths in parts.items()}


def _frames(name: str, paths: Sequence[Path], folder: Path, document_id: str | None) -> Iterator[pl.DataFrame]:
    for path in paths:
        rows = pl.scan_parquet(path, glob=False).cast(TABLES[name].schema)
        if document_id is not None:
            rows = rows.filter(pl.col("document_id") == document_id)
        with naming_damage(folder):
            yield rows.collect()


def count_rows(name: str, folder: str | Path) -> int:
    """The number of rows of a table, from the metadata of its parts."""
    import pyarrow.parquet as pq

    return sum(pq.read_metadata(path).num_rows for path in table_parts(name, folder))


def check_workbook(names: Iterable[str], folder: str | Path) -> None:
    """Raise UsageError if a table has more rows than a sheet of Excel."""
    for name in names:
        if (n_rows := count_rows(name, folder)) >= _MAX_ROWS:
            raise UsageError(
                f"the table {name} has {n_rows:,} rows, and a sheet of Excel has {_MAX_ROWS - 1:,}; "
                "use --to csv or --to sqlite, or --document for one document"
            )


def write_csv(frames: Iterable[pl.DataFrame], stream: IO[bytes], *, bom: bool) -> int:
    r"""Write one table as CSV. Returns the number of rows.

    A text that a spreadsheet would run as a formula has an apostrophe before it; numbers stay numbers. With `bom`, a byte
    order mark tells Excel that the file is UTF-8.

    >>> import io
    >>> write_csv([pl.DataFrame({"text": ["=1+1", "é"], "n": [-1, 0]})], stream := io.BytesIO(), bom=False)
    2
    >>> stream.getvalue().decode()
    "text,n\r\n'=1+1,-1\r\né,0\r\n"
    """
    n_rows = 0
    if bom:
        stream.write(codecs.BOM_UTF8)
    for number, frame in enumerate(frames):
        shown = for_spreadsheet(frame.to_pandas())
        stream.write(shown.to_csv(index=False, header=not number, lineterminator="\r\n").encode())
        n_rows += frame.height
    return n_rows


def write_jsonl(frames: Iterable[pl.DataFrame], stream: IO[bytes]) -> int:
    r"""Write one table as JSON lines, a row a line, times in ISO format. Returns the number of rows.

    >>> import io
    >>> write_jsonl([pl.DataFrame({"text": ["=1+1"], "n": [-1]})], stream := io.BytesIO()), stream.getvalue()
    (1, b'{"text":"=1+1","n":-1}\n')
    """
    n_rows = 0
    for frame in frames:
        frame.write_ndjson(stream)
        n_rows += frame.height
    return n_rows


def write_workbook(tables: Mapping[str, Iterable[pl.DataFrame]], path: Path) -> dict[str, int]:
    """Write a workbook with a sheet a table, and the sheet `columns`. Returns the number of rows of each table."""
    from openpyxl import Workbook

    workbook = Workbook(write_only=True)
    n_rows = {}
    for name, frames in tables.items():
        sheet = workbook.create_sheet(name)
        n_rows[name] = _fill_sheet(sheet, list(TABLES[name].schema), frames)
    sheet = workbook.create_sheet(DICTIONARY)
    _fill_sheet(sheet, _DICTIONARY_COLUMNS, [_dictionary(tables)])
    workbook.save(path)
    return n_rows


def _fill_sheet(sheet: WriteOnlyWorksheet, headings: Sequence[str], frames: Iterable[pl.DataFrame]) -> int:
    n_rows = 0
    sheet.freeze_panes = "A2"
    sheet.append(headings)
    for frame in frames:
        shown = for_spreadsheet(frame.to_pandas()).astype(object)
        shown = shown.where(shown.notna(), None)
        for row in shown.itertuples(index=False, name=None):
            sheet.append([_as_text(sheet, value) for value in row])
        n_rows += frame.height
    return n_rows


def _as_text(sheet: WriteOnlyWorksheet, value: object) -> object:
    """A cell whose text stays text: openpyxl would make an error value of "#N/A"."""
    from openpyxl.cell import WriteOnlyCell

    if not isinstance(value, str) or not value.startswith(("=", "#")):
        return value
    cell = WriteOnlyCell(sheet, value)
    cell.data_type = "s"
    return cell


def write_database(tables: Mapping[str, Iterable[pl.DataFrame]], path: Path) -> dict[str, int]:
    """Write an SQLite database with all tables, an index on document_id, and the table `columns`.

    Times are texts in ISO format, truth values 0 and 1. Returns the number of rows of each table.
    """
    n_rows = {}
    with closing(sqlite3.connect(path)) as database, database:
        for name, frames in tables.items():
            columns = TABLES[name].schema
            _create(database, name, {column: _sqlite_type(dtype) for column, dtype in columns.items()})
            n_rows[name] = sum(_insert(database, name, frame) for frame in frames)
            if "document_id" in columns:
                database.execute(f'CREATE INDEX "{name}_document_id" ON "{name}" (document_id)')
        _create(database, DICTIONARY, dict.fromkeys(_DICTIONARY_COLUMNS, "TEXT"))
        _insert(database, DICTIONARY, _dictionary(tables))
    return n_rows


def _create(database: sqlite3.Connection, name: str, columns: Mapping[str, str]) -> None:
    declared = ", ".join(f'"{column}" {kind}' for column, kind in columns.items())
    database.execute(f'CREATE TABLE "{name}" ({declared})')


def _insert(database: sqlite3.Connection, name: str, frame: pl.DataFrame) -> int:
    times = [column for column, dtype in frame.schema.items() if isinstance(dtype, pl.Datetime)]
    frame = frame.with_columns(pl.col(column).dt.to_string("iso:strict") for column in times)
    marks = ", ".join("?" * frame.width)
    database.executemany(f'INSERT INTO "{name}" VALUES ({marks})', frame.iter_rows())  # noqa: S608  # a name of TABLES
    return frame.height


def _sqlite_type(dtype: pl.DataType) -> str:
    """The SQLite type of a column: texts, categories and times are TEXT.

    >>> _sqlite_type(pl.Int32()), _sqlite_type(pl.Float64()), _sqlite_type(pl.Enum(["a"]))
    ('INTEGER', 'REAL', 'TEXT')
    """
    name = str(dtype).rstrip("0123456789")
    return _SQLITE_TYPES.get(name, "TEXT")


def _dictionary(names: Iterable[str]) -> pl.DataFrame:
    """The columns of the tables, a row each."""
    about = data_dictionary()
    rows = [
        (name, column, facts["type"], facts["unit"], facts["meaning"])
        for name in names
        for column, facts in about[name]["columns"].items()
    ]
    return pl.DataFrame(rows, schema=_DICTIONARY_COLUMNS, orient="row")


@contextmanager
def complete_file(path: Path, *, overwrite: bool) -> Iterator[Path]:
    """A temporary path, whose file gets the name `path` when the block ends without an error.

    Raises OutputRefused if `path` exists and is not to be overwritten, or is not a regular file.
    """
    check_target(path, overwrite=overwrite)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.writing")
    try:
        yield temporary
        if overwrite:
            temporary.replace(path)
        else:
            _rename_new(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def check_target(path: Path, *, overwrite: bool) -> None:
    """Raise OutputRefused if a file cannot be written at `path` without replacing something that must stay."""
    if not path.parent.is_dir():
        raise OutputRefused(f"{path} cannot be written: the folder {path.parent} does not exist")
    if not os.path.lexists(path):
        return
    if not path.is_file() or path.is_symlink():
        raise OutputRefused(f"{path} exists and is not a regular file; choose another name")
    if not overwrite:
        raise OutputRefused(f"{path} exists; choose another name, or replace it with --overwrite")


def _rename_new(temporary: Path, path: Path) -> None:
    """Give the file its name; a file that got this name in the meantime is not replaced."""
    try:
        os.link(temporary, path)
    except FileExistsError as error:
        raise OutputRefused(f"{path} exists; choose another name, or replace it with --overwrite") from error
    except OSError:  # a file system without hard links
        check_target(path, overwrite=False)
        temporary.rename(path)


_WRITERS: dict[str, Callable[..., Any]] = {"xlsx": write_workbook, "sqlite": write_database}


def export_to_file(tables: Frames, target: Path, to: Format, *, overwrite: bool = False) -> dict[str, int]:
    """Write all tables into one workbook or database. Returns the number of rows of each table."""
    with complete_file(target, overwrite=overwrite) as temporary:
        n_rows: dict[str, int] = _WRITERS[to](tables, temporary)
    return n_rows


def export_to_folder(tables: Frames, folder: Path, to: Format, *, overwrite: bool = False) -> dict[str, int]:
    """Write each table into a file of its own, `folder/TABLE.csv` or `.jsonl`. Returns the number of rows of each table.

    The folder is created. All targets are checked before the first is written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    targets = {name: folder / f"{name}.{to}" for name in tables}
    for target in targets.values():
        check_target(target, overwrite=overwrite)
    n_rows = {}
    for name, target in targets.items():
        with complete_file(target, overwrite=overwrite) as temporary, temporary.open("xb") as stream:
            n_rows[name] = export_to_stream(tables[name], stream, to, bom=True)
    return n_rows


def export_to_stream(frames: Iterable[pl.DataFrame], stream: IO[bytes], to: Format, *, bom: bool = False) -> int:
    """Write one table as CSV or JSON lines. Returns the number of rows."""
    return write_csv(frames, stream, bom=bom) if to == "csv" else write_jsonl(frames, stream)
