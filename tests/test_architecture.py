"""docs/architecture.md says where things are: every path in it exists, and every column of every table has its file."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tasks.schemas import TABLES

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("page", ["docs/architecture.md", "docs/glossary.md", "CONTRIBUTING.md"])
def test_every_path_exists(root: Path, page: str) -> None:
    """Every path in the page is a file or folder of the repository."""
    named = re.findall(r"`?\b((?:tasks|flows|tests|tools)/[\w/.*-]*\w)", (root / page).read_text("utf-8"))
    assert [path for path in named if not list(root.glob(path))] == []


def test_every_column_has_its_file(root: Path) -> None:
    """Each table has a section with each of its columns exactly once; documents share those of paragraphs."""
    text = (root / "docs" / "architecture.md").read_text("utf-8").partition("## Which file decides a column")[2]
    sections = dict(section.split("\n", 1) for section in text.split("\n### ")[1:])
    named = {
        table: re.findall(r"`(\w+)`", " ".join(row.split("|")[1] for row in rows.splitlines() if row.startswith("| `")))
        for table, rows in sections.items()
    }
    measures = [column.name for column in TABLES["paragraphs"].columns if column.name in set(named["paragraphs"])]
    for name, table in TABLES.items():
        columns = [column.name for column in table.columns]
        shared = [column for column in measures if column not in named[name]] if name == "documents" else []
        missing = [column for column in columns if column not in {*named[name], *shared, "vader_compound"}]
        assert not missing, name
        assert len(named[name]) == len(set(named[name])), name
        assert set(named[name]) <= set(columns), name
