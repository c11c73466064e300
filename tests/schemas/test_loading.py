"""Tables are declared in data files, and a wrong declaration is an error that says what is wrong."""

from typing import Any

import polars as pl
import pytest

from tasks.schemas import KINDS
from tasks.schemas.loading import parse_column, parse_table
from tasks.schemas.table import Column

ID = {"name": "id", "type": "string", "meaning": "identifies a row"}


def table(*columns: dict[str, Any], key: tuple[str, ...] = ("id",), **fields: Any) -> dict[str, Any]:
    return {"meaning": "One row for each test.", "key": list(key), "columns": list(columns), **fields}


def test_a_column_has_what_its_declaration_says() -> None:
    """Type, unit and nullability are from the declaration; by default there is no unit and no null."""
    declared = {"name": "n", "type": "int8", "meaning": "count", "unit": "words", "nullable": True}
    assert parse_column(declared) == Column("n", pl.Int8(), "count", "words", nullable=True)
    assert parse_column(ID) == Column("id", pl.String(), "identifies a row", "", nullable=False)


def test_a_category_has_the_values_that_it_names() -> None:
    """`values` is the name of a tuple in the code."""
    declared = {"name": "kind", "type": "category", "values": "KINDS", "meaning": "kind"}
    assert parse_column(declared).dtype == pl.Enum(KINDS)


def test_a_group_stands_for_its_columns() -> None:
    """Columns of a group are in the place of their `include`."""
    group = (Column("a", pl.Int32(), "a"), Column("b", pl.Int32(), "b"))
    parsed = parse_table("t", table(ID, {"include": "g"}, ID | {"name": "c"}), {"g": group})
    assert list(parsed.schema) == ["id", "a", "b", "c"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"meanign": "x"}, "unknown fields: meanign"),
        ({"type": "float"}, "unknown type 'float'"),
        ({"type": "category"}, "a category, and no other type, has values"),
        ({"values": "KINDS"}, "a category, and no other type, has values"),
        ({"type": "category", "values": "COLOURS"}, "has no COLOURS"),
    ],
)
def test_a_wrong_column_is_an_error(change: dict[str, Any], message: str) -> None:
    """The error names the column and what is wrong with it."""
    with pytest.raises(ValueError, match=rf"^id: .*{message}"):
        parse_column(ID | change)


def test_a_column_without_a_meaning_is_an_error() -> None:
    """Every column has a meaning."""
    with pytest.raises(ValueError, match=r"^id: missing fields: meaning"):
        parse_column({"name": "id", "type": "string"})


@pytest.mark.parametrize(
    ("declaration", "message"),
    [
        (table(ID, ID), "declared more than once: id"),
        (table(ID, {"include": "nothing"}), "no group of columns is called 'nothing'"),
        (table(ID, key=("name",)), "first columns are not those of the key: name"),
        (table(ID, key=()), "first columns are not those of the key"),
        (table(ID, rows=3), "not meaning, key, columns, rows"),
    ],
)
def test_a_wrong_table_is_an_error(declaration: dict[str, Any], message: str) -> None:
    """A table has each column once, begins with its key, and includes groups that exist."""
    with pytest.raises(ValueError, match=message):
        parse_table("t", declaration, {})
