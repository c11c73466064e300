from pathlib import Path

import polars as pl
import pytest

from tasks.errors import StoreError, UsageError
from tasks.schemas import TABLES
from tasks.store import find_document, write_table


@pytest.fixture
def tables(tmp_path: Path) -> Path:
    """Four documents: two files, and two records of one file."""
    rows = [
        ("aa11", "daily/storm.txt", None, "Storm closes the harbour"),
        ("aa22", "weekly/storm-again.txt", None, None),
        ("bb11", "feed.jsonl", "7", "Calm"),
        ("bb22", "feed.jsonl", "8", "Rain"),
    ]
    columns = ("document_id", "source_uri", "record", "title")
    frame = pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.String), orient="row")
    blank = {
        column.name: pl.lit(
            None
            if column.nullable
            else column.dtype.categories[0]
            if isinstance(column.dtype, pl.Enum)
            else ""
            if column.dtype == pl.String
            else 0
        ).cast(column.dtype)
        for column in TABLES["documents"].columns
        if column.name not in columns
    }
    (tmp_path / "documents").mkdir()
    documents = TABLES["documents"].conform(frame.with_columns(**blank))
    write_table(TABLES["documents"], documents, tmp_path / "documents" / "part-000000.parquet")
    failure = ("daily/calm.bin", None, "read", "FormatError", "daily/calm.bin: this is not text")
    failures = pl.DataFrame([failure], schema=TABLES["failures"].schema, orient="row")
    (tmp_path / "failures").mkdir()
    write_table(TABLES["failures"], failures, tmp_path / "failures" / "part-000000.parquet")
    return tmp_path


@pytest.mark.parametrize(
    ("name", "document_id"),
    [
        ("aa11", "aa11"),
        ("aa2", "aa22"),
        ("daily/storm.txt", "aa11"),
        ("storm.txt", "aa11"),
        ("feed.jsonl:8", "bb22"),
        ("articles/daily/storm.txt", "aa11"),
    ],
)
def test_names_a_document(tables: Path, name: str, document_id: str) -> None:
    """A document is found by its id, the beginning of it, a source, the end of it, a source with its record, and a path."""
    assert find_document(name, tables) == document_id


@pytest.mark.parametrize(
    ("name", "result"),
    [
        ("feed.jsonl", r"2 documents; choose one:\n    bb11  feed.jsonl:7\n    bb22  feed.jsonl:8"),
        ("aa", r"2 documents; choose one:\n    aa11  daily/storm.txt"),
        ("daily/strom.txt", "Did you mean 'daily/storm.txt'"),
        ("HARBOUR", r"Did you mean 'daily/storm.txt'\?"),
        ("again", r"Did you mean 'weekly/storm-again.txt'\?"),
        ("xyz", "no document 'xyz'.*or a source_uri.$"),
        ("", "no document ''"),
    ],
)
def test_reports_what_was_not_found(tables: Path, name: str, result: str) -> None:
    """A name of no document, or of several, is an error that lists candidates."""
    with pytest.raises(UsageError, match=result):
        find_document(name, tables)


def test_without_tables_there_is_no_document(tmp_path: Path) -> None:
    """Where no run has written, the error says how to make tables."""
    with pytest.raises(StoreError, match="overtones run"):
        find_document("aa11", tmp_path)


@pytest.mark.parametrize("name", ["daily/calm.bin", "articles/daily/calm.bin"])
def test_a_file_that_failed(tables: Path, name: str) -> None:
    """A file that could not be analyzed is not called unknown: its failure is the message."""
    with pytest.raises(UsageError, match=f"{name} was not analyzed: daily/calm.bin: this is not text"):
        find_document(name, tables)
    (tables / "failures" / "part-000000.parquet").unlink()
    with pytest.raises(UsageError, match=f"has no document '{name}'"):
        find_document(name, tables)
