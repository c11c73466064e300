"""The tables as they are declared."""

from pathlib import Path

import polars as pl
import pytest

from tasks.schemas import TABLES, Table, tables, values

DATA = {path.stem for path in Path(tables.__file__).with_name("data").glob("*.toml")}


def test_every_file_is_a_table() -> None:
    """There is a file for each table, and no file that is not read."""
    assert {*TABLES, "groups"} == DATA


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda table: table.name)
def test_counts_and_flags_are_never_null(table: Table) -> None:
    """Only texts, measurements, times, categories and the place of another row (`continues`) may be null."""
    nullable = [column.name for column in table.columns if column.nullable and column.name != "continues"]
    assert not [name for name in nullable if table.schema[name].is_integer() or table.schema[name] == pl.Boolean]


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda table: table.name)
def test_numbers_have_units(table: Table) -> None:
    """Every number has a unit, except indices, the number of a run and the intensity, whose meanings say it."""
    without = {column.name for column in table.columns if column.dtype.is_numeric() and not column.unit}
    assert without <= {"paragraph_index", "sentence_index", "token_index", "repair_index", "sequence", "intensity"}


def test_every_list_of_values_is_used() -> None:
    """Each list of values belongs to a column, or is part of one."""
    dtypes = [dtype for table in TABLES.values() for dtype in table.schema.values()]
    used = {value for dtype in dtypes if isinstance(dtype, pl.Enum) for value in dtype.categories}
    declared = {value for name, choices in vars(values).items() if name.isupper() for value in choices}
    assert declared == used
