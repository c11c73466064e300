"""CSV and TSV."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.ingest.formats.delimited import Table

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tasks.ingest import (
        Document,
        Failure,
    )

    Read = Callable[..., tuple[list[Document], list[Failure]]]


def test_csv_and_tsv(read: Read, folder: Callable[..., Path]) -> None:
    """Rows become documents; cells may hold line breaks; a row of the wrong length is a failure of its own."""
    table = 'id,text,title\n1,"One,\nindeed.",First\n2,Two.\n3,Three.,x,extra\n'
    documents, failures = read(folder({"a.csv": table, "b.tsv": "text\tid\nFour.\t4\n"}))
    assert [(d.record, d.text, d.title) for d in documents] == [
        ("1", "One,\nindeed.", "First"),
        ("2", "Two.", None),
        ("4", "Four.", None),
    ]
    assert ["4 cells in a row" in f.message for f in failures] == [True]


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
@pytest.mark.parametrize("suffix", ["csv", "tsv"])
def test_separator_is_told_from_the_header(read: Read, folder: Callable[..., Path], mark: str, suffix: str) -> None:
    """The separator is the one that makes the text field a column, whatever the suffix; a byte order mark is none of it."""
    table = f"\ufeffid{mark}text{mark}title\r\n7{mark}It froze.{mark}Frost\r\n"
    [document], failures = read(folder({f"a.{suffix}": table}))
    assert (document.record, document.text, document.title, failures) == ("7", "It froze.", "Frost", [])


def test_separator_that_the_file_names(read: Read, folder: Callable[..., Path]) -> None:
    """The first line of a spreadsheet's export may name the separator."""
    [document], _ = read(folder({"a.csv": "sep=;\ntext;id\nIt froze, at last.;3\n"}))
    assert (document.record, document.text) == ("3", "It froze, at last.")


@pytest.mark.parametrize(
    "cell",
    ['"Stop," he called.', '"Stop," he called. "Now."', '"Stop', 'A 3" nail', '"Stop" and "go"', '""'],
)
def test_cell_that_begins_with_a_quotation(cell: str) -> None:
    """Marks that do not enclose the cell are part of its text, and the next row is not swallowed."""
    table = Table(iter(["id\ttext\n", f"1\t{cell}\n", "2\tIt froze.\n"]))
    table.read_header("text")
    assert list(table.rows()) == [(2, ["1", cell if cell != '""' else ""]), (3, ["2", "It froze."])]


def test_unclosed_cell_before_a_quoted_one() -> None:
    """A mark that is never closed ends with its line, although a later cell is quoted over two lines."""
    lines = ["id,text\n", '1,"It froze.\n', '2,"It thawed,\n', 'slowly."\n', "3,It froze.\n"]
    table = Table(iter(lines), ",")
    table.read_header("text")
    assert list(table.rows()) == [(2, ["1", '"It froze.']), (3, ["2", "It thawed,\nslowly."]), (5, ["3", "It froze."])]


def test_quotation_marks_that_were_not_doubled() -> None:
    """A quoted cell may hold a quotation whose marks were not doubled."""
    table = Table(iter(["text,id\n", '"He said "no" and left, at once.",4\n']), ",")
    table.read_header("text")
    assert list(table.rows()) == [(2, ['He said "no" and left, at once.', "4"])]


@given(st.lists(st.lists(st.text('ab",\n ', max_size=6), min_size=2, max_size=2), min_size=1, max_size=6))
def test_what_the_csv_module_writes_is_read_unchanged(rows: list[list[str]]) -> None:
    """Every table that is written by the rules, with all cells quoted, is read as it was."""
    written = io.StringIO()
    csv.writer(written, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows([["id", "text"], *rows])
    table = Table(iter(written.getvalue().splitlines(keepends=True)), ",")
    assert table.read_header("text") == ["id", "text"]
    assert [cells for _, cells in table.rows()] == rows
