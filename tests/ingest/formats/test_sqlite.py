"""SQLite: a record for each row of a table with texts."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from tasks.ingest import Document, Source, read_source
from tasks.options import Limits, Options, RecordFields

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tasks.ingest import Failure

    Articles = Callable[..., tuple[list[Document], list[Failure]]]

TABLE = (
    "CREATE TABLE articles (id INTEGER, headline TEXT, body TEXT, published TEXT)",
    "INSERT INTO articles VALUES (7, 'Rain', 'It rained.', '2026-05-04'), (8, 'Dry', 'It did not.', NULL), (9, 'None', NULL, NULL)",
)


def database(path: Path, *statements: str) -> bytes:
    """The bytes of a database that these statements make."""
    connection = sqlite3.connect(path)
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()
    return path.read_bytes()


def test_usual_names_of_columns(tmp_path: Path, articles: Articles) -> None:
    """Columns are found by their usual names; a row without a text is a failure of its own."""
    documents, [failure] = articles("a.sqlite", database(tmp_path / "d", *TABLE))
    assert [(d.record, d.title, d.text, d.published_at and str(d.published_at)[:10]) for d in documents] == [
        ("7", "Rain", "It rained.", "2026-05-04"),
        ("8", "Dry", "It did not.", None),
    ]
    assert (failure.record, failure.error) == ("9", "FormatError")


def test_named_columns_and_views(tmp_path: Path, articles: Articles) -> None:
    """Options name columns; a view is read if no table has the column."""
    view = 'CREATE VIEW "all ""news""" AS SELECT body AS story, headline AS line, 1 AS id FROM articles WHERE body NOT NULL'
    fields = RecordFields(text="story", title="line")
    documents, failures = articles("a.db", database(tmp_path / "d", *TABLE, view), Options(fields=fields))
    assert [(d.record, d.title, d.text) for d in documents] == [
        ("1", "Rain", "It rained."),
        ("1#2", "Dry", "It did not."),
    ]
    assert failures == []


def test_a_database_without_texts(tmp_path: Path, articles: Articles) -> None:
    """A database without a column of texts is a failure that names the columns of its tables."""
    documents, [failure] = articles("a.sqlite", database(tmp_path / "d", "CREATE TABLE a (b TEXT)"))
    assert (documents, failure.error) == ([], "MissingField")
    assert "a.b" in failure.message


def test_rows_in_a_log_are_read_and_nothing_is_written(tmp_path: Path) -> None:
    """Rows that are still in the write-ahead log are read, and the folder of the database stays as it is."""
    path = tmp_path / "live.sqlite"
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("CREATE TABLE a (text TEXT)")
    connection.execute("INSERT INTO a VALUES ('It rained.')")
    connection.commit()
    before = {entry.name: entry.read_bytes() for entry in tmp_path.iterdir()}
    source = Source(path.name, str(path), path.stat().st_size, "sqlite", asked_for=True)
    [document] = read_source(source, Options())
    assert isinstance(document, Document)
    assert document.text == "It rained."
    assert {entry.name: entry.read_bytes() for entry in tmp_path.iterdir()} == before
    connection.close()


def test_endless_views_are_stopped(tmp_path: Path, articles: Articles) -> None:
    """A view that never ends is stopped by the limit of bytes."""
    view = "CREATE VIEW a AS WITH RECURSIVE r(text) AS (SELECT 'rain' UNION ALL SELECT text FROM r) SELECT text FROM r"
    options = Options(limits=Limits(max_unpacked_bytes=10_000))
    documents, [failure] = articles("a.sqlite", database(tmp_path / "d", view), options)
    assert (len(documents), failure.error) == (2500, "LimitExceeded")


def test_damaged_databases(tmp_path: Path, articles: Articles) -> None:
    """A damaged database is a failure."""
    raw = database(tmp_path / "d", *TABLE)
    documents, failures = articles("a.sqlite", raw[:100] + b"\xff" * (len(raw) - 100))
    assert (documents, [failure.error for failure in failures]) == ([], ["FormatError"])
