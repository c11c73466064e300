"""The summary of a corpus."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tasks.errors import StoreError
from tasks.report import summarize
from tasks.schemas import TABLES
from tasks.store import scan_table


def test_is_plain_data(summary: dict[str, Any]) -> None:
    """The summary is valid JSON, including numbers."""
    assert json.loads(json.dumps(summary, allow_nan=False)) == summary


def test_every_part_is_documented(summary: dict[str, Any], root: Path) -> None:
    """docs/report.md describes every field of summary.json."""
    page = (root / "docs" / "report.md").read_text("utf-8").partition("## summary.json")[2].partition("\n## ")[0]
    assert set(re.findall(r"`(\w+)`", "".join(re.findall(r"^\| (`[^|]*) \|", page, re.MULTILINE)))) == set(summary)


def test_row_order_changes_nothing(tables: Path, summary: dict[str, Any], tmp_path: Path, newsroom_module: Any) -> None:
    """The same rows in another order give the same summary."""
    shuffled = {
        name: scan_table(name, tables).collect().sample(fraction=1, shuffle=True, seed=3)
        for name in TABLES
        if name != "failures"  # listed in the order of the sources
    }
    shuffled["failures"] = scan_table("failures", tables).collect()
    assert summarize(newsroom_module.write_tables(shuffled, tmp_path)) == summary


def test_no_tables_no_summary(tmp_path: Path) -> None:
    """Without tables the error says how to make them."""
    with pytest.raises(StoreError, match="overtones run"):
        summarize(tmp_path)


def test_an_unknown_run_is_an_error(tables: Path) -> None:
    """A run that is not in the tables cannot be reported."""
    with pytest.raises(StoreError, match="no run 19990101"):
        summarize(tables, "19990101")


def test_empty_tables_have_a_summary(tmp_path: Path, newsroom_module: Any) -> None:
    """A run that found nothing says so."""
    summary = summarize(newsroom_module.write_tables(newsroom_module.analyzed([]), tmp_path))
    assert summary["headline"] == "There was nothing to analyze: no article was found."
    assert summary["documents"] == summary["sentences"] == summary["terms"] == []
