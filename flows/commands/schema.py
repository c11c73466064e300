"""`overtones schema`: describe the tables."""

from __future__ import annotations

from typing import Annotated

import typer

from flows.terminal.console import print_json
from tasks.errors import UsageError, did_you_mean


def _tables() -> list[str]:
    from tasks.schemas import TABLES

    return list(TABLES)


def schema(
    table: Annotated[
        str | None, typer.Argument(help="Name of a table. [default: all]", show_default=False, autocompletion=_tables)
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    as_markdown: Annotated[bool, typer.Option("--markdown", help="Print a Markdown page.")] = False,
) -> None:
    """Describe the tables and their columns."""
    from tasks.schemas import TABLES, data_dictionary, data_dictionary_as_markdown

    if table is not None and table not in TABLES:
        raise UsageError(f"unknown table {table!r}; the tables are: {', '.join(TABLES)}.{did_you_mean(table, TABLES)}")
    if as_markdown:
        print(data_dictionary_as_markdown(), end="")
        return
    tables = {name: about for name, about in data_dictionary().items() if table in {None, name}}
    if as_json:
        print_json(tables)
        return
    for name, about in tables.items():
        print(f"{name} ({', '.join(about['key'])}): {about['meaning']}")
        for column, facts in about["columns"].items():
            unit = f" [{facts['unit']}]" if facts["unit"] else ""
            null = ", may be null" if facts["nullable"] else ""
            print(f"    {column}: {facts['type']}{null}{unit}. {facts['meaning']}")
        print()
