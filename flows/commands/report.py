"""`overtones report`: write the report, or the page of one document, from the tables."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING, Annotated

import typer

from flows.terminal.console import Config, Out, Reports, print_status
from tasks.errors import OutputInUse, StoreError
from tasks.escaping import escape_name

if TYPE_CHECKING:
    from pathlib import Path

    from flows.settings import Settings


def report(
    document: Annotated[
        str | None,
        typer.Option(
            metavar="ID",
            help="Write only the page of one document. ID is a document_id, its first characters, or a source_uri.",
            show_default=False,
        ),
    ] = None,
    out: Out = None,
    reports: Reports = None,
    config: Config = None,
) -> None:
    """Write the report again from the tables.

    Prints the path of the file.
    """
    from flows.paths import cache_folder
    from flows.settings import resolve
    from tasks.report import build_page, build_report

    settings, _ = resolve({"out": out, "reports": reports}, config)
    with ExitStack() as stack:
        _lock(settings, stack)
        if document is not None:
            _print_path(build_page(settings.out, settings.reports, document))
            return
        summary = build_report(settings.out, settings.reports, cache_folder=cache_folder())
    print_status(summary["headline"])
    _print_path(settings.reports / "index.html")


def _lock(settings: Settings, stack: ExitStack) -> None:
    """Lock the tables and the report until `stack` is closed, and complete an interrupted publication of tables.

    Read-only tables are read without a lock, because a run replaces whole tables at once. Raises OutputInUse if a run has
    locked a folder, StoreError if there are no tables or the report folder cannot be written.
    """
    from flows.execution.lock import holding_report, holding_tables
    from tasks.store import STATE, recover, scan_table

    if not (settings.out / STATE).is_dir():
        scan_table("documents", settings.out)  # raises before a lock file is created in a folder without tables
    try:
        stack.enter_context(holding_tables(settings.out, settings.wait))
        recover(settings.out)
    except OutputInUse:
        raise
    except StoreError:
        scan_table("documents", settings.out)
    stack.enter_context(holding_report(settings.reports, settings.out, settings.wait))


def _print_path(path: Path) -> None:
    """Print a path: unchanged for a script, escaped for a terminal."""
    print(escape_name(path) if sys.stdout.isatty() else path)
