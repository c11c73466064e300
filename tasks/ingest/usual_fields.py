"""The columns of a table of articles in a database or a workbook, whose names nobody chose for this program."""

from __future__ import annotations

import tomllib
from dataclasses import asdict
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from tasks.options import RecordFields

if TYPE_CHECKING:
    from collections.abc import Sequence


def usual_columns(columns: Sequence[str], wanted: RecordFields) -> list[str]:
    """`columns`, renamed to the names in `wanted` where a column has another usual name of that field.

    A field whose name the user gave has that name and no other, and a column that has the wanted name is always taken.

    >>> usual_columns(["ID", "headline", "body"], RecordFields())
    ['id', 'title', 'text']
    >>> usual_columns(["text", "body"], RecordFields()), usual_columns(["body"], RecordFields(text="content"))
    (['text', 'body'], ['body'])
    """
    renamed = list(columns)
    default = asdict(RecordFields())
    for field, name in asdict(wanted).items():
        if name in columns or name != default[field]:
            continue
        lower = [column.strip().lower() for column in columns]
        found = next((usual for usual in _usual_names()[field] if usual in lower), None)
        if found is not None and lower.index(found) not in [i for i, new in enumerate(renamed) if new != columns[i]]:
            renamed[lower.index(found)] = name
    return renamed


@cache
def _usual_names() -> dict[str, list[str]]:
    return tomllib.loads(files(__package__).joinpath("data", "field_names.toml").read_text("utf-8"))
