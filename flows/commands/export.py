"""`overtones export`: write tables as CSV, JSON lines, an Excel workbook or an SQLite database."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from flows.terminal.console import Config, Out, print_status
from tasks.errors import UsageError

if TYPE_CHECKING:
    from tasks.store.export import Format, Frames


class ExportFormat(StrEnum):
    """The formats that a table can be exported to."""

    CSV = "csv"
    XLSX = "xlsx"
    JSONL = "jsonl"
    SQLITE = "sqlite"


_BY_SUFFIX = {
    ".csv": ExportFormat.CSV,
    ".xlsx": ExportFormat.XLSX,
    ".jsonl": ExportFormat.JSONL,
    ".ndjson": ExportFormat.JSONL,
    ".sqlite": ExportFormat.SQLITE,
    ".sqlite3": ExportFormat.SQLITE,
    ".db": ExportFormat.SQLITE,
}


def export(
    table: Annotated[
        list[str] | None,
        typer.Argument(metavar="[TABLE ...]", help="Names of tables. [default: all]", show_default=False),
    ] = None,
    to: Annotated[
        ExportFormat | None,
        typer.Option(
            metavar="FORMAT",
            help="csv, xlsx, jsonl or sqlite. [default: by the suffix of --into, else csv]",
            show_default=False,
        ),
    ] = None,
    into: Annotated[
        Path | None,
        typer.Option(
            metavar="PATH",
            help="File to write; for csv and jsonl of several tables, a folder. [default: standard output, for one table as "
            "csv or jsonl]",
            show_default=False,
        ),
    ] = None,
    document: Annotated[
        str | None,
        typer.Option(
            metavar="ID",
            help="Only the rows of one document. ID is a document_id, its first characters, or a source_uri.",
            show_default=False,
        ),
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace files that exist.")] = False,
    out: Out = None,
    config: Config = None,
) -> None:
    """Write tables as CSV, JSON lines, an Excel workbook or an SQLite database.

    Workbook and database hold the dictionary of columns, too. In CSV and Excel, a text that would run as a formula has an
    apostrophe before it.
    """
    from flows.settings import resolve
    from tasks.schemas import TABLES
    from tasks.store import find_document
    from tasks.store.export import SINGLE_FILE, check_workbook, table_frames

    settings, _ = resolve({"out": out}, config)
    names = list(dict.fromkeys(table or TABLES))
    form = to or _BY_SUFFIX.get(into.suffix.lower() if into else "", ExportFormat.CSV)
    document_id = find_document(document, settings.out) if document is not None else None
    frames = table_frames(names, settings.out, document_id)
    if not frames:
        raise UsageError(f"the table {names[0]} has no rows of single documents; leave out --document")
    if form == ExportFormat.XLSX and document_id is None:
        check_workbook(names, settings.out)
    n_rows = _write(frames, form.value, into, overwrite=overwrite, is_single=form in SINGLE_FILE)
    for name, n in n_rows.items():
        print_status(f"{name}: {n:,} row{'s' * (n != 1)}")


def _write(frames: Frames, to: Format, into: Path | None, *, overwrite: bool, is_single: bool) -> dict[str, int]:
    """Write the tables to where `into` says. Returns the number of rows of each; none if they went to standard output."""
    from tasks.store.export import complete_file, export_to_file, export_to_folder, export_to_stream

    is_one_table = len(frames) == 1
    if is_single:
        if into is None:
            raise UsageError(f"--to {to} needs a file: --into tables.{to}")
        return export_to_file(frames, into, to, overwrite=overwrite)
    if into is None:
        if not is_one_table:
            raise UsageError(f"several tables need a folder: --into FOLDER; or name one table: {', '.join(frames)}")
        [rows] = frames.values()
        export_to_stream(rows, sys.stdout.buffer, to)
        return {}
    if is_one_table and (into.suffix and not into.is_dir()):
        [(name, rows)] = frames.items()
        with complete_file(into, overwrite=overwrite) as temporary, temporary.open("xb") as stream:
            return {name: export_to_stream(rows, stream, to, bom=True)}
    if into.is_file():
        raise UsageError(f"{into} is a file; several tables need a folder: --into FOLDER")
    return export_to_folder(frames, into, to, overwrite=overwrite)
