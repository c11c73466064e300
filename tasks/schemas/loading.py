"""Reads the tables from `data/*.toml` and checks them.

A file of the folder, but for `groups.toml`, is one table: its `meaning`, its `key`, and its columns in order. A column has

- `name`,
- `type`: one of `TYPES`, or `category`, whose `values` are the name of a tuple in `tasks.schemas.values`,
- `meaning`, and `unit` where it has one,
- `nullable = true` if it may hold nulls,

or it is `include = "GROUP"`, which stands for the columns of that group in `groups.toml`.
"""

from __future__ import annotations

import tomllib
from importlib import resources
from typing import TYPE_CHECKING, Any

import polars as pl

from tasks.schemas import values
from tasks.schemas.table import Column, Table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Group = tuple[Column, ...]

TYPES: dict[str, pl.DataType] = {
    "string": pl.String(),
    "bool": pl.Boolean(),
    "int8": pl.Int8(),
    "int32": pl.Int32(),
    "int64": pl.Int64(),
    "float64": pl.Float64(),
    "timestamp": pl.Datetime("us", "UTC"),
}
_FIELDS = frozenset({"name", "type", "values", "meaning", "unit", "nullable"})


def load_groups() -> dict[str, Group]:
    """The groups of columns that several tables share, by name. Errors as `parse_column`."""
    return {name: tuple(map(parse_column, columns)) for name, columns in _read("groups").items()}


def load_table(name: str, groups: Mapping[str, Group]) -> Table:
    """The table `name` from its file. Errors as `parse_table`."""
    return parse_table(name, _read(name), groups)


def parse_table(name: str, declaration: Mapping[str, Any], groups: Mapping[str, Group]) -> Table:
    """The table that the content of a file declares.

    Raises ValueError if it has other fields than these three, names a column twice or a group that does not exist, does
    not begin with the columns of its key, or declares a column wrongly (see `parse_column`).
    """
    if declaration.keys() != {"meaning", "key", "columns"}:
        raise ValueError(f"{name}: a table has meaning, key and columns, not {', '.join(declaration)}")
    columns = tuple(_columns(declaration["columns"], groups))
    names = [column.name for column in columns]
    repeated = sorted({column for column in names if names.count(column) > 1})
    if repeated:
        raise ValueError(f"{name}: declared more than once: {', '.join(repeated)}")
    key = tuple(declaration["key"])
    if not key or key != tuple(names[: len(key)]):
        raise ValueError(f"{name}: the first columns are not those of the key: {', '.join(key)}")
    return Table(name, key, declaration["meaning"], columns)


def parse_column(declaration: Mapping[str, Any]) -> Column:
    """The column that one entry of a file declares.

    Raises ValueError for unknown or missing fields, an unknown type, or values that do not exist.

    >>> parse_column({"name": "n_words", "type": "int32", "unit": "words", "meaning": "words of all paragraphs"}).unit
    'words'
    """
    name = declaration.get("name", "a column")
    unknown = declaration.keys() - _FIELDS
    if unknown:
        raise ValueError(f"{name}: unknown fields: {', '.join(sorted(unknown))}")
    missing = {"name", "type", "meaning"} - declaration.keys()
    if missing:
        raise ValueError(f"{name}: missing fields: {', '.join(sorted(missing))}")
    return Column(
        name,
        _dtype(name, declaration["type"], declaration.get("values")),
        declaration["meaning"],
        declaration.get("unit", ""),
        declaration.get("nullable", False),
    )


def _columns(declarations: list[Mapping[str, Any]], groups: Mapping[str, Group]) -> Iterator[Column]:
    """The columns of a table, those of its groups in their place."""
    for declaration in declarations:
        if declaration.keys() != {"include"}:
            yield parse_column(declaration)
        elif declaration["include"] in groups:
            yield from groups[declaration["include"]]
        else:
            raise ValueError(f"no group of columns is called {declaration['include']!r}")


def _dtype(name: str, type_: str, choices: str | None) -> pl.DataType:
    """The polars type of a column."""
    if (type_ == "category") != (choices is not None):
        raise ValueError(f"{name}: a category, and no other type, has values")
    if choices is None:
        if type_ not in TYPES:
            raise ValueError(f"{name}: unknown type {type_!r}; the types are: category, {', '.join(TYPES)}")
        return TYPES[type_]
    if not hasattr(values, choices):
        raise ValueError(f"{name}: tasks.schemas.values has no {choices}")
    return pl.Enum(getattr(values, choices))


def _read(name: str) -> dict[str, Any]:
    file = resources.files(__package__) / "data" / f"{name}.toml"
    return tomllib.loads(file.read_text("utf-8"))
