from __future__ import annotations

import csv
from datetime import UTC, datetime, timedelta, timezone
from io import BytesIO
from typing import TYPE_CHECKING, Any

import openpyxl
import pandas as pd
import polars as pl
import pytest

from tasks import store
from tasks.schemas import TABLES, Table
from tasks.store import for_spreadsheet

if TYPE_CHECKING:
    from pathlib import Path

LONGEST = 32_767
FORMULAS = (
    "=1+1",
    "=",
    "+1 more",
    "-2+3",
    "- item",
    "@SUM(A1)",
    "\t=1",
    "\n =1",
    " =1",
    "＝1+1",
    "＠x",
    "-",
    "--",
)
HARMLESS = (
    "",
    "plain",
    "-1",
    "+1",
    "-1,250.5",
    "-3%",
    "1=1",
    "a@b",
    "−5",
    "–",
    "'",
    "#x",
    " before",
    "after ",
    "NA",
    "0042",
)
CONTROLS = {
    "a\rb": "a␍b",
    "\r=1": "␍=1",
    "a\r\nb": "a␍\nb",
    "\0": "␀",
    "\x1b[1m": "␛[1m",
    "\x0b\x0c": "␋␌",
    "x\ufffe\uffff": "x\ufffd\ufffd",
}


def column(*values: object) -> pd.DataFrame:
    """A frame of one column."""
    return pd.DataFrame({"x": list(values)})


def workbook(frame: pd.DataFrame, path: Path) -> list[tuple[Any, ...]]:
    """The cells of a frame in Excel, the row of names first, read back; none of them is a formula or an error."""
    for_spreadsheet(frame).to_excel(path, index=False)
    sheet = openpyxl.load_workbook(path).active
    assert {cell.data_type for row in sheet for cell in row} <= {"s", "n", "b", "d", "inlineStr"}
    return list(sheet.iter_rows(values_only=True))


def hard_rows(table: Table) -> list[dict[str, Any]]:
    """Rows in which each text is hard to write into a cell, and each time of another kind."""
    texts = [*FORMULAS, *HARMLESS, *CONTROLS, "x" * (LONGEST + 1), "\N{DOG FACE}" * LONGEST]
    rows = []
    for number, text in enumerate(texts):
        row: dict[str, Any] = {}
        for about in table.columns:
            if about.nullable and number % 5 == 0:
                row[about.name] = None
            elif isinstance(about.dtype, pl.Enum):
                row[about.name] = about.dtype.categories[number % len(about.dtype.categories)]
            elif isinstance(about.dtype, pl.Datetime):
                row[about.name] = datetime(1700 + 12 * number, 2, 28, 12, 30, tzinfo=UTC)
            else:
                row[about.name] = {pl.String: text, pl.Boolean: True}.get(type(about.dtype), -number)
        rows.append(row)
    return rows


class TestTables:
    @pytest.mark.parametrize("name", TABLES)
    def test_hard_rows(self, tmp_path: Path, name: str) -> None:
        """Each table with whatever a text may be comes back from Excel with its rows, numbers, flags and times."""
        table = TABLES[name]
        (tmp_path / name).mkdir()
        store.write_table(table, pl.DataFrame(hard_rows(table), schema=table.schema), tmp_path / name / "x.parquet")
        frame = store.read_table(name, tmp_path)
        names, *rows = workbook(frame, tmp_path / "x.xlsx")
        assert list(names) == table.schema.names()
        assert len(rows) == len(frame)
        for about, cells in zip(table.columns, zip(*rows, strict=True), strict=True):
            expected = [None if pd.isna(value) else value for value in frame[about.name]]
            match about.dtype:
                case pl.String():
                    assert [cell is None for cell in cells] == [value in {None, ""} for value in expected]
                    assert max(len(cell.encode("utf-16-le")) // 2 for cell in cells if cell) <= LONGEST
                case pl.Datetime():
                    naive = [value and value.replace(tzinfo=None) for value in expected]
                    assert [cell and pd.Timestamp(cell) for cell in cells] == naive
                case _:
                    assert list(cells) == expected

    @pytest.mark.parametrize("name", TABLES)
    def test_without_a_row(self, tmp_path: Path, name: str) -> None:
        """A table without a row becomes a sheet with the names of its columns."""
        (tmp_path / name).mkdir()
        store.write_table(TABLES[name], TABLES[name].empty(), tmp_path / name / "x.parquet")
        frame = store.read_table(name, tmp_path)
        assert workbook(frame, tmp_path / "x.xlsx") == [tuple(TABLES[name].schema)]
        for_spreadsheet(frame).to_csv(tmp_path / "x.csv", index=False)
        assert pd.read_csv(tmp_path / "x.csv").columns.to_list() == list(TABLES[name].schema)

    def test_pandas_alone_refuses(self, tmp_path: Path) -> None:
        """Without it pandas refuses times with zones and control characters, and writes formulas."""
        with pytest.raises(ValueError, match="timezones"):
            column(pd.Timestamp("2025-07-18", tz="UTC")).to_excel(tmp_path / "x.xlsx")
        with pytest.raises(openpyxl.utils.exceptions.IllegalCharacterError):
            column("\x07").to_excel(BytesIO())
        column("=1+1").to_excel(tmp_path / "x.xlsx", index=False)
        assert openpyxl.load_workbook(tmp_path / "x.xlsx").active["A2"].data_type == "f"


class TestTexts:
    @pytest.mark.parametrize("text", FORMULAS)
    def test_formulas(self, tmp_path: Path, text: str) -> None:
        """A text that begins like a formula has an apostrophe before it, in a column of texts or categories."""
        for frame in (column(text), column(text).astype("category"), column(text).astype(object)):
            assert workbook(frame, tmp_path / "x.xlsx")[1:] == [("'" + text,)]

    @pytest.mark.parametrize("text", HARMLESS)
    def test_other_texts(self, tmp_path: Path, text: str) -> None:
        """Other texts stay as they are, numbers among them."""
        assert workbook(column(text, "end"), tmp_path / "x.xlsx")[1:] == [(text or None,), ("end",)]

    @pytest.mark.parametrize(("text", "shown"), CONTROLS.items())
    def test_controls(self, tmp_path: Path, text: str, shown: str) -> None:
        """A control character becomes a visible symbol; line breaks and tabs stay."""
        assert workbook(column(text, "a\n\tb"), tmp_path / "x.xlsx")[1:] == [(shown,), ("a\n\tb",)]

    @pytest.mark.parametrize("character", ["x", "é", "漢", "\N{DOG FACE}"])
    def test_length(self, tmp_path: Path, character: str) -> None:
        """A text that fills a cell stays; a longer one is cut between characters and says how many are missing."""
        fits = character * (LONGEST // (len(character.encode("utf-16-le")) // 2))
        [_, (whole,), (cut,)] = workbook(column(fits, fits + character), tmp_path / "x.xlsx")
        assert whole == fits
        kept, _, note = cut.partition(" [… ")
        n_missing = int(note.removesuffix(" more characters]").replace(",", ""))
        assert kept == character * (len(fits) + 1 - n_missing)
        assert LONGEST - 50 < len(cut.encode("utf-16-le")) // 2 <= LONGEST

    def test_length_with_an_apostrophe(self, tmp_path: Path) -> None:
        """An apostrophe counts as part of the text."""
        [_, (cell,)] = workbook(column("=" * LONGEST), tmp_path / "x.xlsx")
        assert cell.startswith("'==")
        assert cell.endswith("more characters]")
        assert len(cell) <= LONGEST


class TestOtherValues:
    def test_numbers_and_flags(self, tmp_path: Path) -> None:
        """Numbers stay numbers, negative ones too, also among texts; a missing one is an empty cell."""
        frame = pd.DataFrame({"n": [-1, 2], "f": [-0.5, None], "b": [True, False], "mixed": [-7, "-x"]})
        assert workbook(frame, tmp_path / "x.xlsx")[1:] == [(-1, -0.5, True, -7), (2, None, False, "'-x")]

    def test_times(self, tmp_path: Path) -> None:
        """Times are UTC, to the millisecond; those before March 1900 are texts; a missing one is an empty cell."""
        moment = datetime(2025, 7, 18, 22, 30, 0, 123456, tzinfo=timezone(timedelta(hours=-7)))
        early = datetime(1900, 2, 28, 23, 59, 59, tzinfo=UTC)
        cells = [
            row[0]
            for row in workbook(column(moment, None, early, datetime(1900, 3, 1, tzinfo=UTC)), tmp_path / "x.xlsx")
        ]
        assert cells[1:] == [datetime(2025, 7, 19, 5, 30, 0, 123000), None, "1900-02-28 23:59:59", datetime(1900, 3, 1)]  # noqa: DTZ001  # as Excel has them
        naive = workbook(column(datetime(2025, 1, 1), datetime(1850, 1, 1)), tmp_path / "x.xlsx")  # noqa: DTZ001  # a time without a zone
        assert naive[1:] == [(datetime(2025, 1, 1),), ("1850-01-01 00:00:00",)]  # noqa: DTZ001  # a time without a zone

    def test_categories_of_numbers(self, tmp_path: Path) -> None:
        """A category of numbers is numbers."""
        assert workbook(column(-1, None, 3).astype("category"), tmp_path / "x.xlsx")[1:] == [(-1,), (None,), (3,)]


class TestFrames:
    def test_the_given_frame_is_not_changed(self) -> None:
        """The frame that is given does not change; what the columns mean is kept."""
        frame = column("=1").set_index(pd.Index(["=2"], name="=3"))
        frame.attrs["columns"] = "meanings"
        shown = for_spreadsheet(frame)
        assert shown.to_dict("list") == {"'=3": ["'=2"], "x": ["'=1"]}
        assert shown.attrs == frame.attrs
        assert frame.to_dict("list") == {"x": ["=1"]}
        assert frame.index.to_list() == ["=2"]

    def test_groups_and_pivots(self, tmp_path: Path) -> None:
        """What named the rows is a column; names of columns that come from texts are made harmless as well."""
        frame = pd.DataFrame({"who": ["@a", "b"], "voice": ["=q", "=q"], "n": [1, 2]})
        pivot = frame.pivot_table(index="who", columns="voice", values=["n"], aggfunc=["sum"])
        assert workbook(pivot, tmp_path / "x.xlsx") == [("who", "sum n =q"), ("'@a", 1), ("b", 2)]
        flat = frame.pivot_table(index="who", columns="voice", values="n")
        assert workbook(flat, tmp_path / "x.xlsx") == [("who", "'=q"), ("'@a", 1), ("b", 2)]
        assert workbook(frame.describe(), tmp_path / "x.xlsx")[1] == ("count", 2)
        assert workbook(frame[frame["n"] > 1], tmp_path / "x.xlsx")[1:] == [("b", "'=q", 2)]

    def test_names_that_occur_twice(self) -> None:
        """Columns of the same name keep each its own values, also with a level of the index."""
        frame = pd.DataFrame([[1, "=a"]], columns=["x", "x"], index=pd.Index(["b"], name="x"))
        assert for_spreadsheet(frame).to_numpy().tolist() == [["b", 1, "'=a"]]

    def test_too_many_rows(self) -> None:
        """Pandas refuses what no sheet holds, before it writes a row."""
        frame = pd.DataFrame({"n": range(1_048_577)})
        with pytest.raises(ValueError, match="sheet is too large"):
            for_spreadsheet(frame).to_excel(BytesIO(), index=False)

    def test_no_columns(self) -> None:
        """A frame without columns is one without columns."""
        assert for_spreadsheet(pd.DataFrame()).shape == (0, 0)


def test_csv(tmp_path: Path) -> None:
    """CSV of it needs no quoting to keep its rows, and its first name is whole behind the mark that Excel looks for."""
    texts = [*FORMULAS, *HARMLESS, *CONTROLS, '"', ",", ";", "\N{DOG FACE}", "e\u0301"]
    frame = pd.DataFrame({"text": texts, "n": [-number for number in range(len(texts))]})
    for_spreadsheet(frame).to_csv(tmp_path / "x.csv", index=False, encoding="utf-8-sig", lineterminator="\n")
    assert (tmp_path / "x.csv").read_bytes().startswith(b"\xef\xbb\xbftext,n\n")
    with (tmp_path / "x.csv").open(newline="", encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    assert [row["text"] for row in rows] == for_spreadsheet(frame)["text"].to_list()
    assert [int(row["n"]) for row in rows] == frame["n"].to_list()
