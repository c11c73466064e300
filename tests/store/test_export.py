"""Tables as files for other programs."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import openpyxl
import polars as pl
import pytest

from flows import pipeline
from flows.settings import Settings
from tasks.errors import OutputRefused, UsageError
from tasks.schemas import TABLES
from tasks.store import export, read_table

if TYPE_CHECKING:
    from pathlib import Path

TEXTS = {"a.txt": "=SUM(A1) is no formula here. It rained – all day.", "b.txt": "Nobody minded the despot."}


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tables of two articles, one of which begins like a formula."""
    folder = tmp_path_factory.mktemp("export")
    for name, text in TEXTS.items():
        (folder / name).write_text(text, "utf-8")
    sources = tuple(str(folder / name) for name in TEXTS)
    pipeline.run(Settings(source=sources, out=folder / "out", reports=folder / "reports", workers=1))
    return folder / "out"


def test_csv_holds_every_row_and_no_formula(tables: Path, tmp_path: Path) -> None:
    """A text that begins like a formula has an apostrophe before it; the file begins with a byte order mark."""
    counts = export.export_to_folder(export.table_frames(["sentences", "runs"], tables), tmp_path, "csv")
    content = (tmp_path / "sentences.csv").read_bytes()
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    assert content.startswith(b"\xef\xbb\xbf")
    assert counts == {"sentences": 3, "runs": 1}
    assert [row["text"] for row in rows] == [
        "'=SUM(A1) is no formula here.",
        "It rained – all day.",
        "Nobody minded the despot.",
    ]


def test_a_workbook_has_a_sheet_a_table_and_the_columns(tables: Path, tmp_path: Path) -> None:
    """Each sheet has all rows; the last one describes every column of the sheets."""
    path = tmp_path / "all.xlsx"
    export.export_to_file(export.table_frames(TABLES, tables), path, "xlsx")
    workbook = openpyxl.load_workbook(path)
    assert workbook.sheetnames == [*TABLES, "columns"]
    for name, table in TABLES.items():
        headings, *rows = workbook[name].iter_rows(values_only=True)
        assert list(headings) == list(table.schema)
        assert len(rows) == export.count_rows(name, tables)
    described = [row[:2] for row in workbook["columns"].iter_rows(min_row=2, values_only=True)]
    assert described == [(name, column) for name, table in TABLES.items() for column in table.schema]
    assert workbook["documents"]["A1"].data_type == "s"


def test_a_database_holds_the_values_unchanged(tables: Path, tmp_path: Path) -> None:
    """Texts and numbers are those of the tables; documents are indexed."""
    path = tmp_path / "all.sqlite"
    export.export_to_file(export.table_frames(["sentences", "documents"], tables), path, "sqlite")
    with closing(sqlite3.connect(path)) as database:
        texts = database.execute("SELECT text, n_words FROM sentences ORDER BY rowid").fetchall()
        kinds = database.execute("SELECT DISTINCT typeof(flesch_kincaid_grade), typeof(n_words) FROM documents")
        indexes = database.execute("SELECT name FROM sqlite_master WHERE type = 'index'").fetchall()
        meaning = database.execute("SELECT meaning FROM columns WHERE \"table\" = 'sentences' AND column = 'text'")
        assert kinds.fetchall() == [("real", "integer")]
        assert meaning.fetchone()[0]
    expected = read_table("sentences", tables)
    assert texts == list(expected[["text", "n_words"]].itertuples(index=False, name=None))
    assert {name for (name,) in indexes} == {"sentences_document_id", "documents_document_id"}


def test_json_lines_are_rows(tables: Path, tmp_path: Path) -> None:
    """Each line is a row with every column; nothing is escaped for spreadsheets."""
    export.export_to_folder(export.table_frames(["sentences"], tables), tmp_path, "jsonl")
    rows = [json.loads(line) for line in (tmp_path / "sentences.jsonl").read_text("utf-8").splitlines()]
    assert rows[0]["text"].startswith("=SUM")
    assert all(row.keys() == TABLES["sentences"].schema.keys() for row in rows)


def test_one_document_alone(tables: Path) -> None:
    """Only its rows; tables without a document_id are left out."""
    ids = read_table("documents", tables)["document_id"]
    frames = export.table_frames(["documents", "sentences", "runs"], tables, ids[0])
    rows = {name: pl.concat(parts) for name, parts in frames.items()}
    assert {name: frame.height for name, frame in rows.items()} == {"documents": 1, "sentences": 2}


def test_existing_files_stay(tables: Path, tmp_path: Path) -> None:
    """No file is replaced unless it is asked for, and then only regular files; nothing is left beside them."""
    mine = tmp_path / "sentences.csv"
    mine.write_text("mine")
    with pytest.raises(OutputRefused, match="--overwrite"):
        export.export_to_folder(export.table_frames(["documents", "sentences"], tables), tmp_path, "csv")
    assert [path.name for path in tmp_path.iterdir()] == ["sentences.csv"]
    link = tmp_path / "link.xlsx"
    link.symlink_to(mine)
    with pytest.raises(OutputRefused, match="not a regular file"):
        export.export_to_file(export.table_frames(["documents"], tables), link, "xlsx", overwrite=True)
    assert mine.read_text() == "mine"
    export.export_to_folder(export.table_frames(["sentences"], tables), tmp_path, "csv", overwrite=True)
    assert mine.read_bytes().startswith(b"\xef\xbb\xbf")


def test_a_failed_export_leaves_no_file(tables: Path, tmp_path: Path) -> None:
    """If a part cannot be read, no incomplete file appears under the name, and no temporary one stays."""

    def failing() -> object:
        yield from export.table_frames(["sentences"], tables)["sentences"]
        raise OSError("disk")

    with pytest.raises(OSError, match="disk"):
        export.export_to_file({"sentences": failing()}, tmp_path / "x.sqlite", "sqlite")  # type: ignore[dict-item]
    assert list(tmp_path.iterdir()) == []


def test_a_table_that_excel_cannot_hold_is_refused(tables: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message says how many rows there are and what works."""
    monkeypatch.setattr(export, "_MAX_ROWS", 3)
    with pytest.raises(UsageError, match=r"sentences has 3 rows, .* has 2; use --to csv"):
        export.check_workbook(["documents", "sentences"], tables)
