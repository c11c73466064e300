"""`overtones compare`, as a user would call it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from flows.terminal.console import Exit

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def article(number: int, source: str) -> dict[str, str]:
    """An article; those of the tabloid are loaded."""
    verb = "The shameless mayor slammed the disgraceful vote." if source == "tabloid" else "The mayor opposed the vote."
    text = f"{verb} The council met on day {number} and spoke of roads for an hour. " * 4
    return {"id": f"{source}{number}", "source": source, "date": f"2026-0{1 + number % 2}-1{number}", "text": text}


@pytest.fixture
def tables(tmp_path: Path, overtones: Callable[..., Any]) -> Path:
    """The tables of two sources with eight articles each."""
    records = [article(number, source) for source in ("tabloid", "agency") for number in range(8)]
    (tmp_path / "news.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records), "utf-8")
    assert overtones("run", "--no-prefect", "news.jsonl", "--out", "out").returncode == Exit.DONE
    return tmp_path / "out"


@pytest.mark.usefixtures("tables")
def test_two_sources_are_compared(overtones: Callable[..., Any]) -> None:
    """As text, JSON and Markdown, with the same figures."""
    text = overtones("compare", "source:tabloid", "source:agency", "--out", "out").stdout
    assert "A: source:tabloid (8 documents, " in text
    assert "shameless (" in text
    shown = json.loads(overtones("compare", "source:tabloid", "source:agency", "--out", "out", "--json").stdout)
    assert [item["item"] for item in shown["terms"]["a"]]
    assert shown["figures"][0]["difference"] > 0
    markdown = overtones("compare", "source:tabloid", "source:agency", "--out", "out", "--markdown").stdout
    assert "| loaded terms per 1,000 words of the author |" in markdown


@pytest.mark.usefixtures("tables")
def test_other_groups_are_compared(overtones: Callable[..., Any]) -> None:
    """Periods, one document, and a folder of tables."""
    for group, n in (
        ("period:2026-01-01..2026-01-31", 8),
        ("period:..2026-02-11", 10),
        ("document:news.jsonl:agency1", 1),
        ("out", 16),
    ):
        result = overtones("compare", group, "source:agency", "--out", "out", "--json")
        assert json.loads(result.stdout)["a"]["n_documents"] == n, group


@pytest.mark.usefixtures("tables")
@pytest.mark.parametrize(
    ("group", "message"),
    [
        ("source:tabloyd", "Did you mean 'tabloid'?"),
        ("tabloid", "describes no group of documents; use source:NAME"),
        ("period:2026", "write it as 2026-01-01..2026-03-31"),
        ("period:2026-1-1..", "'2026-1-1' is not a date"),
        ("document:nothing", "has no document 'nothing'"),
        ("tables:nowhere", "overtones run"),
    ],
)
def test_wrong_groups_are_explained(overtones: Callable[..., Any], group: str, message: str) -> None:
    """The message says what a group is, or what is near."""
    result = overtones("compare", group, "source:agency", "--out", "out")
    assert result.returncode == Exit.USAGE
    assert message in result.stderr
