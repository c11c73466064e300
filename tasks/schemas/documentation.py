"""The tables described for people: as plain data, and as the page docs/tables.md."""

from __future__ import annotations

from typing import Any

import polars as pl

from tasks.schemas.tables import TABLES


def data_dictionary() -> dict[str, Any]:
    """All tables and columns as plain data: what `overtones schema --json` prints.

    >>> data_dictionary()["sentences"]["key"]
    ['document_id', 'paragraph_index', 'sentence_index']
    """
    return {
        table.name: {
            "meaning": table.meaning,
            "key": list(table.key),
            "columns": {
                column.name: {
                    "type": type_name(column.dtype),
                    "unit": column.unit,
                    "meaning": column.meaning,
                    "nullable": column.nullable,
                }
                for column in table.columns
            },
        }
        for table in TABLES.values()
    }


def data_dictionary_as_markdown() -> str:
    """The same as a page of documentation, a section and a table for each table."""
    opening = "Made from `tasks/schemas/data` by `make docs`; `overtones schema` prints the same."
    lines = ["# The tables", "", opening, ""]
    for name, about in data_dictionary().items():
        lines += [f"## {name}", "", f"{about['meaning']} Key: {', '.join(f'`{key}`' for key in about['key'])}.", ""]
        lines += ["| column | type | unit | meaning |", "|---|---|---|---|"]
        for column, facts in about["columns"].items():
            null = ", may be null" if facts["nullable"] else ""
            lines.append(f"| `{column}` | {facts['type']}{null} | {facts['unit']} | {facts['meaning']} |")
        lines.append("")
    return "\n".join(lines)


def type_name(dtype: pl.DataType) -> str:
    """The name of a type, as it is shown to people.

    >>> type_name(pl.Enum(["author", "quoted"]))
    'category {author, quoted}'
    >>> type_name(pl.Int32())
    'int32'
    """
    if isinstance(dtype, pl.Enum):
        return f"category {{{', '.join(dtype.categories)}}}"
    if isinstance(dtype, pl.Datetime):
        return "timestamp[us, UTC]"
    return {"String": "string", "Boolean": "bool"}.get(str(dtype), str(dtype).lower())
