"""What pandas, polars, pyarrow and DuckDB read from the tables, as docs/python.md describes it."""

from __future__ import annotations

import csv
import json
import re
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

import altair as alt
import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

from tasks import store
from tasks.errors import StoreError
from tasks.schemas import FORMATS, TABLES, Table

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

N_PARTS = len(FORMATS)
NEVER_USED = FORMATS[1]
MOMENT = datetime(2025, 7, 18, 22, 30, 0, 123456, tzinfo=UTC)


def sample(table: Table, number: int) -> dict[str, Any]:
    """A row: in every second one all that may be null is null, and the third and every second after it hold empty texts."""
    row: dict[str, Any] = {}
    for column in table.columns:
        if column.nullable and number % 2:
            row[column.name] = None
        elif isinstance(column.dtype, pl.Enum):
            used = [value for value in reversed(column.dtype.categories) if value != NEVER_USED]
            row[column.name] = used[number % len(used)]
        elif isinstance(column.dtype, pl.String):
            row[column.name] = f"{column.name} {number:02}" if number % 4 == 0 or not column.nullable else ""
        elif isinstance(column.dtype, pl.Datetime):
            row[column.name] = MOMENT + timedelta(days=number)
        elif isinstance(column.dtype, pl.Boolean):
            row[column.name] = number % 3 == 0
        else:
            row[column.name] = number
    return row


def write(folder: Path, table: Table, rows: list[dict[str, Any]], n_parts: int) -> None:
    """Write rows as so many parts, whose hashes sort against their order."""
    (folder / table.name).mkdir(parents=True)
    for part in range(n_parts):
        frame = pl.DataFrame(rows[part::n_parts] if n_parts == 1 else rows[part : part + 1], schema=table.schema)
        store.write_table(table, frame, folder / table.name / f"part-{part:06d}-0000-{99 - part:012d}.parquet")


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The top folder: `parts` with tables of twelve parts, `empty`, `nulls`, and one named like a key and its value."""
    top = tmp_path_factory.mktemp("tables")
    for table in TABLES.values():
        rows = [sample(table, number) for number in range(N_PARTS)]
        write(top / "parts", table, rows, N_PARTS)
        write(top / "empty", table, [], 1)
        write(top / "nulls", table, rows[1:2], 1)
    table = TABLES["documents"]
    write(top / "day=2025-07-18", table, [sample(table, number) for number in range(N_PARTS)], 1)
    return top


class Reader(Protocol):
    """One way to read a table: a folder, or one file of it."""

    call: ClassVar[str]
    meanings_in: ClassVar[str]

    def __init__(self, path: Path) -> None: ...

    def fields(self) -> dict[str, Any]:
        """All that the reader knows of each column before it looks at values."""

    def type_of(self, column: str) -> str:
        """The type of a column, by the reader's name."""

    def values(self, column: str) -> list[Any]:
        """The content of a column, as Python values."""

    def categories(self, column: str) -> list[str] | None:
        """The values that a category may have, as far as the reader knows."""

    def ordered(self, column: str) -> list[str]:
        """The distinct values of a column, in the order in which the reader sorts by it."""

    def meanings(self) -> str:
        """What the reader returns as meanings of columns."""


class Pandas(Reader):
    call = "`pandas.read_parquet(folder)`"
    meanings_in = "`frame.attrs`"

    def __init__(self, path: Path) -> None:
        self.frame = pd.read_parquet(path)

    def fields(self) -> dict[str, Any]:
        return dict(self.frame.dtypes.astype(str))

    def type_of(self, column: str) -> str:
        return str(self.frame[column].dtype)

    def values(self, column: str) -> list[Any]:
        return self.frame[column].tolist()

    def categories(self, column: str) -> list[str] | None:
        return self.frame[column].cat.categories.to_list()

    def ordered(self, column: str) -> list[str]:
        return self.frame.sort_values(column)[column].unique().tolist()

    def meanings(self) -> str:
        return json.dumps(self.frame.attrs)


class Polars(Reader):
    call = "`polars.read_parquet(folder)`"
    meanings_in = "`polars.read_parquet_metadata(part)`"

    def __init__(self, path: Path) -> None:
        self.path = path
        self.frame = pl.read_parquet(path)

    def fields(self) -> dict[str, Any]:
        return dict(self.frame.schema)

    def type_of(self, column: str) -> str:
        return repr(self.frame.schema[column])

    def values(self, column: str) -> list[Any]:
        return self.frame[column].to_list()

    def categories(self, column: str) -> list[str] | None:
        dtype = self.frame.schema[column]
        return dtype.categories.to_list() if isinstance(dtype, pl.Enum) else None

    def ordered(self, column: str) -> list[str]:
        return self.frame[column].sort().unique(maintain_order=True).to_list()

    def meanings(self) -> str:
        return json.dumps(pl.read_parquet_metadata(min(self.path.iterdir())))


class Pyarrow(Reader):
    call = "`pyarrow.parquet.read_table(folder)`"
    meanings_in = "`table.field(column).metadata`"

    def __init__(self, path: Path) -> None:
        self.table = pq.read_table(path)

    def fields(self) -> dict[str, Any]:
        return {field.name: (str(field.type), field.nullable) for field in self.table.schema}

    def type_of(self, column: str) -> str:
        return str(self.table.field(column).type)

    def values(self, column: str) -> list[Any]:
        return self.table[column].to_pylist()

    def categories(self, column: str) -> list[str] | None:
        return self.table[column].unify_dictionaries().chunk(0).dictionary.to_pylist()

    def ordered(self, column: str) -> list[str]:
        try:
            return self.table.sort_by(column)[column].unique().to_pylist()
        except pa.ArrowNotImplementedError:
            return []

    def meanings(self) -> str:
        return str([field.metadata for field in self.table.schema])


class DuckDB(Reader):
    call = "DuckDB, `from 'folder/*.parquet'`"
    meanings_in = "`parquet_kv_metadata('part')`"

    def __init__(self, path: Path) -> None:
        self.files = f"{path}/*.parquet" if path.is_dir() else str(path)
        self.session = duckdb.connect()
        self.session.execute("SET TimeZone = 'Asia/Tokyo'")

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        return self.session.execute(query, [self.files]).fetchall()

    def fields(self) -> dict[str, Any]:
        return {name: facts for name, *facts in self.rows("describe from read_parquet(?)")}

    def type_of(self, column: str) -> str:
        return str(self.fields()[column][0])

    def values(self, column: str) -> list[Any]:
        return [value for (value,) in self.session.read_parquet(self.files).select(column).fetchall()]

    def categories(self, column: str) -> list[str] | None:
        names = re.fullmatch(r"ENUM\((.*)\)", self.type_of(column))
        return names[1].split(", ") if names else None

    def ordered(self, column: str) -> list[str]:
        distinct = self.session.read_parquet(self.files).select(column).distinct()
        return [value for (value,) in distinct.order(column).fetchall()]

    def meanings(self) -> str:
        return str(self.rows("select decode(value) from parquet_kv_metadata(?) limit 1"))


READERS: tuple[type[Reader], ...] = (Pandas, Polars, Pyarrow, DuckDB)


def the_type(table: str, column: str) -> Callable[[type[Reader], Path], str]:
    """A fact: the type of a column."""
    return lambda reader, top: f"`{reader(top / 'parts' / table).type_of(column)}`"


def a_null(table: str, column: str) -> Callable[[type[Reader], Path], str]:
    """The Python value that represents a null."""

    def tell(reader: type[Reader], top: Path) -> str:
        nulls = reader(top / "parts" / table).values(column)[1::2]
        return f"`{', '.join({str(value) for value in nulls})}`"

    return tell


def nulls_alone(reader: type[Reader], top: Path) -> str:
    """Whether columns that hold nothing but nulls have the types of others."""
    alone, others = (reader(top / folder / "quotations").fields() for folder in ("nulls", "parts"))
    return "keep their type" if alone == others else "lose their type"


def empty_text(reader: type[Reader], top: Path) -> str:
    """Whether an empty text and a null are different."""
    empty, null = (reader(top / "parts" / "documents").values("title")[number] for number in (2, 1))
    return "distinguished" if empty == "" and not isinstance(null, str) else "confused"


def zone(reader: type[Reader], top: Path) -> str:
    """In which zone a time is shown; that it is the same moment is asserted."""
    [value, *_] = reader(top / "parts" / "documents").values("published_at")
    assert value == MOMENT
    return {"UTC": "UTC", "Asia/Tokyo": "the session's"}[str(value.tzinfo)]


def categories(reader: type[Reader], top: Path) -> str:
    """Whether the declared values of a category are known, also those that no row has."""
    known = reader(top / "parts" / "documents").categories("format")
    return "listed, in order" if known == list(FORMATS) else "not listed" if known is None else "some listed"


def sorting(reader: type[Reader], top: Path) -> str:
    """How a table is sorted by a category."""
    declared = [value for value in FORMATS if value != NEVER_USED]
    orders = {tuple(declared): "as declared", tuple(sorted(declared)): "by the alphabet", (): "refused"}
    return orders[tuple(reader(top / "parts" / "documents").ordered("format"))]


def never_null(reader: type[Reader], top: Path) -> str:
    """Whether the reader knows which columns hold no null: one that may be null is then another field than one that may not."""
    fields = reader(top / "parts" / "documents").fields()
    return "not known" if fields["title"] == fields["encoding"] else "known"


def meanings(reader: type[Reader], top: Path) -> str:
    """Where the meaning of a column is found."""
    given = reader(top / "parts" / "documents").meanings()
    [column] = [column for column in TABLES["documents"].columns if column.name == "n_words"]
    return reader.meanings_in if column.meaning in given else "lost"


def order(reader: type[Reader], top: Path) -> str:
    """Whether the rows of many parts come in the order of the table."""
    ids = reader(top / "parts" / "documents").values("document_id")
    return "kept" if ids == [f"document_id {number:02}" for number in range(N_PARTS)] else "lost"


def empty_table(reader: type[Reader], top: Path) -> str:
    """Whether a table without a row has the columns and types of one with rows; `continues`, which pandas reads as a float
    where it has nulls, aside.
    """

    def fields(folder: str, name: str) -> dict[str, Any]:
        return {column: kind for column, kind in reader(top / folder / name).fields().items() if column != "continues"}

    same = all(fields("empty", name) == fields("parts", name) for name in TABLES)
    return "the same columns and types" if same else "other columns or types"


def empty_categories(reader: type[Reader], top: Path) -> str:
    """Whether a category in a table without a row knows its values."""
    known = reader(top / "empty" / "documents").categories("format")
    return "listed, in order" if known == list(FORMATS) else "not listed"


def single_part(reader: type[Reader], top: Path) -> str:
    """Whether one file gives what its folder gives, in a folder that is named like a key and its value."""
    folder = top / "day=2025-07-18" / "documents"
    more = reader(min(folder.iterdir())).fields().keys() - TABLES["documents"].schema.keys()
    return "no column more" if not more else f"one more: `{', '.join(more)}`"


def hive(reader: type[Reader], top: Path) -> str:
    """Whether a folder named like a key and its value makes a column."""
    more = reader(top / "day=2025-07-18" / "documents").fields().keys() - TABLES["documents"].schema.keys()
    return "no column more" if not more else f"one more: `{', '.join(more)}`"


FACTS: dict[str, Callable[[type[Reader], Path], str]] = {
    "text": the_type("documents", "title"),
    "category": the_type("documents", "format"),
    "its declared values": categories,
    "the same in an empty table": empty_categories,
    "sorted by it": sorting,
    "count": the_type("documents", "n_words"),
    "intensity": the_type("loaded_terms", "intensity"),
    "size": the_type("documents", "n_bytes"),
    "flag": the_type("quotations", "unclosed"),
    "measurement": the_type("documents", "quoted_word_ratio"),
    "time": the_type("documents", "published_at"),
    "its zone": zone,
    "null in a text": a_null("documents", "title"),
    "null in a category": a_null("quotations", "cue_grade"),
    "null in a measurement": a_null("documents", "quoted_word_ratio"),
    "null in a time": a_null("documents", "published_at"),
    "empty text and null": empty_text,
    "columns of nulls alone": nulls_alone,
    "columns that are never null": never_null,
    "meanings and units": meanings,
    "order of rows, over all parts": order,
    "table without a row": empty_table,
    "output folder `day=2025-07-18`": hive,
    "one part of it": single_part,
}


def matrix(root: Path) -> list[list[str]]:
    """The table of docs/python.md, row by row."""
    page = (root / "docs" / "python.md").read_text("utf-8")
    section = page.split("## What each reader gives\n")[1].split("\n## ")[0]
    lines = [line.strip("|").split("|") for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line] for line in lines if set("".join(line)) != {"-"}]


class TestMatrix:
    @pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.__name__)
    @pytest.mark.parametrize("fact", FACTS)
    def test_cell(self, tables: Path, root: Path, fact: str, reader: type[Reader]) -> None:
        """Each cell says what its reader gives."""
        [messages] = [row for row in matrix(root) if row[0] == fact]
        assert messages[1 + READERS.index(reader)] == FACTS[fact](reader, tables)

    def test_no_other_cells(self, root: Path) -> None:
        """The table has these readers and facts, in this order, and none besides."""
        [head, *rows] = matrix(root)
        assert head[1:] == [reader.call for reader in READERS]
        assert [row[0] for row in rows] == list(FACTS)
        assert {len(row) for row in rows} == {1 + len(READERS)}


class TestOwnReaders:
    @pytest.mark.parametrize("folder", ["parts", "empty", "nulls"])
    @pytest.mark.parametrize("name", TABLES)
    def test_categories(self, tables: Path, folder: str, name: str) -> None:
        """Categories list their declared values in order, whatever the rows hold, and meanings are kept."""
        frame, lazy = store.read_table(name, tables / folder), store.scan_table(name, tables / folder)
        assert lazy.collect_schema() == TABLES[name].schema
        for column, dtype in TABLES[name].schema.items():
            if isinstance(dtype, pl.Enum):
                assert frame[column].cat.categories.to_list() == dtype.categories.to_list()
        assert frame.attrs["columns"].keys() == TABLES[name].schema.keys()
        assert frame.astype(object).where(frame.notna(), None).to_dict("list") == lazy.collect().to_dict(
            as_series=False
        )

    def test_as_pandas_but_for_categories(self, tables: Path) -> None:
        """`read_table` gives the columns and values that pandas gives, in an order that no folder's name changes."""
        for folder in ("parts", "day=2025-07-18"):
            frame = store.read_table("documents", tables / folder)
            pd.testing.assert_frame_equal(frame, pd.read_parquet(tables / folder / "documents"))
            assert frame["document_id"].tolist() == [f"document_id {number:02}" for number in range(N_PARTS)]

    @pytest.mark.parametrize("folder", ["tables [v2]", "tables {a,b}", "what*?", "50%", "ünïcödé", "day=2025-07-18"])
    def test_names_of_folders(self, tmp_path: Path, folder: str) -> None:
        """Characters that a pattern would give a meaning have none in the name of a folder."""
        write(tmp_path / folder, TABLES["failures"], [sample(TABLES["failures"], 0)], 1)
        assert store.scan_table("failures", tmp_path / folder).collect().height == 1
        assert len(store.read_table("failures", tmp_path / folder)) == 1

    def test_folder_without_a_part(self, tmp_path: Path) -> None:
        """A table without parts is an error and not a frame without columns."""
        (tmp_path / "documents").mkdir()
        for read in (store.read_table, store.scan_table):
            with pytest.raises(StoreError, match=r"documents contains no parquet file; `overtones run --out"):
                read("documents", tmp_path)

    def test_duckdb_without_a_column_of_the_folder(self, tables: Path) -> None:
        """With `hive_partitioning = false` DuckDB gives the table's columns alone."""
        files = f"{tables}/day=2025-07-18/documents/*.parquet"
        relation = duckdb.sql(f"from read_parquet('{files}', hive_partitioning = false)")
        assert relation.columns == TABLES["documents"].schema.names()

    def test_zone_of_duckdb(self, tables: Path) -> None:
        """In a session with time zone UTC, DuckDB shows times as in the tables."""
        session = duckdb.connect()
        session.execute("SET TimeZone = 'UTC'")
        times = session.read_parquet(f"{tables}/parts/documents/*.parquet").select("published_at").fetchall()
        assert str(times[0][0]) == str(MOMENT)


class TestCharts:
    @pytest.mark.parametrize("folder", ["parts", "empty"])
    @pytest.mark.parametrize("name", TABLES)
    def test_frames_as_they_are(self, tables: Path, folder: str, name: str) -> None:
        """Altair makes a valid chart with all rows of each table, whatever its columns are."""
        frame = store.read_table(name, tables / folder)
        for column, dtype in TABLES[name].schema.items():
            kind = {pl.String: "nominal", pl.Enum: "nominal", pl.Boolean: "nominal", pl.Datetime: "temporal"}
            drawn = alt.Chart(frame[[column]]).mark_point().encode(x=column if len(frame) else f"{column}:N").to_dict()
            [rows] = drawn["datasets"].values()
            assert len(rows) == len(frame)
            if len(frame):
                assert drawn["encoding"]["x"]["type"] == kind.get(type(dtype), "quantitative")
                assert rows[0][column] == (
                    frame[column][0].isoformat() if kind.get(type(dtype)) == "temporal" else frame[column][0]
                )

    def test_many_rows(self) -> None:
        """Altair refuses more than 5,000 rows, unless this limit is disabled."""
        chart = alt.Chart(pd.DataFrame({"n": range(5001)})).mark_point().encode(x="n")
        with pytest.raises(alt.MaxRowsError):
            chart.to_dict()
        with alt.data_transformers.disable_max_rows():
            assert [len(rows) for rows in chart.to_dict()["datasets"].values()] == [5001]


CELLS = (
    *("a\rb", "\r", "a\nb", "\n", "a\r\nb", "\r\n", 'say "no"', '"', '""', '",\r', "a,b", ",", "a;b", "a\tb", "\t"),
    *("=1+1", "+1", "-1", "@x", "\t=1", " before", "after ", "  ", "a\0b", "\0", "", "\\", "\\N", "#x", "'", "''"),
    *("NA", "null", "None", "nan", "NULL", "true", "1e5", "0042", "-0", "2025-07-18", "\N{DOG FACE}", "\U0010fffd"),
    *("\u0301", "e\u0301", "\ufeffx", "\x1a", "\x1b[1m", "\x7f", "\x85", "\u2028"),
    *("\u202e", "\u200b", "\ufffe", "\uffff", "x" * 200_000),
)


@pytest.fixture(scope="module")
def repairs_table() -> pl.DataFrame:
    """Repairs of texts that are hard to write down, with and without a chain of codecs."""
    table = TABLES["repairs"]
    texts = [
        {"before": cell, "after": cell[::-1], "codec_chain": None if number % 3 else cell, "reason": "why"}
        for number, cell in enumerate(CELLS)
    ]
    rows = [sample(table, 2 * number) | {"repair_index": -number} | text for number, text in enumerate(texts)]
    return pl.DataFrame(rows, schema=table.schema)


def texts_of(frame: pl.DataFrame, *, null: str | None = None, empty: str | None = "") -> list[tuple[str | None, ...]]:
    """The columns of texts, with the representations of a null and of an empty text."""
    rows = frame.select(pl.col("before", "after", "codec_chain").cast(pl.String)).rows()
    meant = {None: null, "": empty}
    return [tuple(meant.get(text, text) for text in row) for row in rows]


class TestCSV:
    @pytest.fixture(autouse=True)
    def _long_cells(self) -> Any:
        limit = csv.field_size_limit(1_000_000)
        yield
        csv.field_size_limit(limit)

    @pytest.fixture(params=[False, True], ids=["plain", "with a byte order mark"])
    def file(self, request: pytest.FixtureRequest, tmp_path: Path, repairs_table: pl.DataFrame) -> Path:
        """The repairs as polars writes them."""
        repairs_table.lazy().sink_csv(tmp_path / "repairs.csv", include_bom=request.param)
        return tmp_path / "repairs.csv"

    def test_polars(self, file: Path, repairs_table: pl.DataFrame) -> None:
        """Polars reads what it wrote: the same types, nulls and texts."""
        assert pl.read_csv(file, schema=TABLES["repairs"].schema).equals(repairs_table)

    @pytest.mark.parametrize("name", TABLES)
    def test_every_table(self, tables: Path, tmp_path: Path, name: str) -> None:
        """Each table comes back from CSV as it was, times and categories included; also without a row."""
        for folder in ("parts", "empty"):
            store.scan_table(name, tables / folder).sink_csv(tmp_path / "x.csv")
            frame = pl.read_csv(tmp_path / "x.csv", schema=TABLES[name].schema)
            assert frame.equals(store.scan_table(name, tables / folder).collect())

    def test_duckdb(self, file: Path, repairs_table: pl.DataFrame) -> None:
        """DuckDB reads each text, and distinguishes nulls from empty texts with the right option."""
        read = f"from read_csv('{file}', header = true, allow_quoted_nulls = false)"
        assert texts_of(duckdb.sql(read).pl()) == texts_of(repairs_table)
        read = read.replace("allow_quoted_nulls = false", "allow_quoted_nulls = true")
        assert texts_of(duckdb.sql(read).pl()) == texts_of(repairs_table, empty=None)

    def test_pandas(self, file: Path, repairs_table: pl.DataFrame) -> None:
        """Pandas reads each text, an empty one as null; without arguments it takes some words for nulls."""
        frame = pd.read_csv(file, keep_default_na=False, na_values=[""])
        assert texts_of(pl.from_pandas(frame)) == texts_of(repairs_table, empty=None)
        assert frame["repair_index"].tolist() == repairs_table["repair_index"].to_list()
        lost = set(repairs_table["before"]) - set(pd.read_csv(file)["before"])
        assert lost == {"", "NA", "null", "None", "nan", "NULL"}

    def test_csv(self, file: Path, repairs_table: pl.DataFrame) -> None:
        """Python's csv reads each text, a null as an empty one."""
        with file.open(newline="", encoding="utf-8-sig") as lines:
            rows = list(csv.DictReader(lines))
        assert [(r["before"], r["after"], r["codec_chain"]) for r in rows] == texts_of(repairs_table, null="")
        csv.field_size_limit(131_072)  # the default
        with file.open(newline="", encoding="utf-8-sig") as lines, pytest.raises(csv.Error, match="field limit"):
            list(csv.DictReader(lines))

    def test_pandas_writes_a_lone_return_bare(self, tmp_path: Path, repairs_table: pl.DataFrame) -> None:
        """Where lines end in a newline, `to_csv` breaks rows at carriage returns under an old Python."""
        path = tmp_path / "x.csv"
        repairs_table.to_pandas().to_csv(path, index=False, lineterminator="\n")
        with path.open(newline="", encoding="utf-8") as lines:
            is_broken = len(list(csv.DictReader(lines))) > repairs_table.height
        assert is_broken == (sys.version_info < (3, 11, 9) or (3, 12) <= sys.version_info < (3, 12, 3))

    def test_pandas_with_quotes(self, tmp_path: Path, repairs_table: pl.DataFrame) -> None:
        """What `to_csv` writes with all texts in quotes is read by all, a null and an empty text being the same."""
        path, texts = tmp_path / "x.csv", texts_of(repairs_table, null="")
        repairs_table.to_pandas().to_csv(path, index=False, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC)
        with path.open(newline="", encoding="utf-8") as lines:
            assert [(r["before"], r["after"], r["codec_chain"]) for r in csv.DictReader(lines)] == texts
        by_pandas = pd.read_csv(path, keep_default_na=False, na_values=[""])
        by_polars = pl.read_csv(path, schema=TABLES["repairs"].schema)
        by_duckdb = duckdb.sql(f"from read_csv('{path}', header = true, allow_quoted_nulls = false)")
        for frame in (pl.from_pandas(by_pandas), by_polars, by_duckdb.pl()):
            assert texts_of(frame, null="") == texts

    @pytest.mark.parametrize("writer", ["csv", "duckdb", "pyarrow"])
    def test_other_writers(self, tmp_path: Path, repairs_table: pl.DataFrame, writer: str) -> None:
        """Python's csv, DuckDB and pyarrow quote a carriage return, and polars reads the rows that they wrote."""
        path = tmp_path / "x.csv"
        frame = repairs_table.select("repair_index", "before", "after", "codec_chain")
        if writer == "csv":
            with path.open("w", newline="", encoding="utf-8") as file:
                csv.writer(file).writerows([frame.columns, *frame.rows()])
        elif writer == "duckdb":
            duckdb.from_arrow(frame.to_arrow()).write_csv(str(path))
        else:
            pyarrow.csv.write_csv(frame.to_arrow(), path)
        read = pl.read_csv(path, schema=frame.schema)
        assert texts_of(read, null="") == texts_of(frame, null="")

    def test_ids_that_look_like_numbers(self, tmp_path: Path) -> None:
        """Pandas and polars read them as numbers unless the type is given; DuckDB does not if they begin with a zero."""
        path = tmp_path / "x.csv"
        pl.DataFrame({"record": ["0042", "0043"]}).write_csv(path)
        assert pd.read_csv(path)["record"].tolist() == pl.read_csv(path)["record"].to_list() == [42, 43]
        assert pd.read_csv(path, dtype={"record": "str"})["record"].tolist() == ["0042", "0043"]
        assert duckdb.read_csv(str(path), header=True).fetchall() == [("0042",), ("0043",)]
