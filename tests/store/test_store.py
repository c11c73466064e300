from __future__ import annotations

import errno
import json
import os
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow.parquet as pq
import pytest

from tasks import store
from tasks.errors import StoreError, UsageError
from tasks.schemas import RUNS, TABLES, Table
from tasks.store import publishing

if TYPE_CHECKING:
    from pathlib import Path


def rows(table: Table, *given: dict[str, Any]) -> pl.DataFrame:
    """A frame of a table in which what is not given is the least that its type holds, or null."""
    frame = []
    for row in given:
        full: dict[str, Any] = {}
        for column in table.columns:
            if column.nullable:
                full[column.name] = None
            elif isinstance(column.dtype, pl.Enum):
                full[column.name] = column.dtype.categories[0]
            else:
                full[column.name] = {pl.String: "", pl.Boolean: False, pl.Float64: 0.0}.get(type(column.dtype), 0)
        frame.append(full | row)
    return pl.DataFrame(frame, schema=table.schema)


def prints(*given: tuple[str, int, int | None]) -> pl.DataFrame:
    """Fingerprints of documents (paragraph_index -1) and paragraphs."""
    frame = pl.DataFrame(given, schema=["document_id", "paragraph_index", "fingerprint"], orient="row")
    return frame.with_columns(duplicate_of=None).cast(dict(store.FINGERPRINT_SCHEMA))  # type: ignore[arg-type]


def batch(out: Path, key: str, *documents: tuple[str, int], chunks: int = 1) -> store.Part:
    """A staged batch of documents of one paragraph each, given by id and fingerprint, written in so many chunks."""
    writer = store.BatchWriter(out, key)
    for chunk in range(chunks):
        some = documents[chunk::chunks]
        writer.write(
            {
                "documents": rows(TABLES["documents"], *({"document_id": d, "source_uri": d} for d, _ in some)),
                "paragraphs": rows(TABLES["paragraphs"], *({"document_id": d, "text": f"text {p}"} for d, p in some)),
                store.FINGERPRINTS: prints(*((d, place, p) for d, p in some for place in (-1, 0))),
            }
        )
    sources = tuple(store.SourceRecord(d, 1, 1, "") for d, _ in documents)
    return store.Part(writer.finish(store.BatchRecord(sources, (), len(documents))), key)


def unable_to_exchange(one: Path, other: Path) -> None:
    """The error of a file system that cannot exchange files."""
    raise OSError(errno.EINVAL, os.strerror(errno.EINVAL), one, None, other)


def names(folder: Path | int) -> set[str]:
    """What a folder holds, given by its path or as one that was opened."""
    return {entry.name for entry in os.scandir(folder)}


def run_row(run_id: str = "r1") -> pl.DataFrame:
    """A row of the table of runs."""
    return rows(RUNS, {"run_id": run_id})


def bytes_of(out: Path) -> dict[str, bytes]:
    """The content of every file below a folder that a reader sees, except the table of runs."""
    files = (path for path in sorted(out.rglob("*")) if path.is_file())
    return {
        path.relative_to(out).as_posix(): path.read_bytes()
        for path in files
        if ".overtones" not in path.parts and "runs" not in path.parts and path.name != store.MANIFEST
    }


class TestTypes:
    @pytest.fixture
    def out(self, tmp_path: Path) -> Path:
        """Tables with one row each, every nullable column null."""
        writer = store.BatchWriter(tmp_path, "k")
        writer.write({name: rows(table, {}) for name, table in TABLES.items() if name != "runs"})
        store.publish(tmp_path, "engine", [store.Part(writer.finish(store.BatchRecord((), ())), "k")], run_row())
        return tmp_path

    @pytest.mark.parametrize("name", TABLES)
    def test_pandas(self, out: Path, name: str) -> None:
        """Counts are integers, flags are booleans, choices are categories, and each column has its meaning."""
        frame = store.read_table(name, out)
        for column in TABLES[name].columns:
            dtype = frame[column.name].dtype
            match column.dtype:
                case pl.Enum():
                    assert (
                        isinstance(dtype, pd.CategoricalDtype) == (not column.nullable)
                        or frame[column.name].isna().all()
                    )
                case pl.Int8() | pl.Int32() | pl.Int64():
                    assert pd.api.types.is_integer_dtype(dtype) or column.nullable  # pandas has no null in an integer
                case pl.Boolean():
                    assert pd.api.types.is_bool_dtype(dtype)
                case pl.Float64():
                    assert pd.api.types.is_float_dtype(dtype)
                case pl.Datetime():
                    assert str(dtype) == "datetime64[us, UTC]"
                case _:
                    assert pd.api.types.is_string_dtype(dtype) or frame[column.name].isna().all()
            assert frame.attrs["columns"][column.name]["meaning"] == column.meaning

    @pytest.mark.parametrize("name", TABLES)
    def test_polars_and_duckdb(self, out: Path, name: str) -> None:
        """DuckDB and polars read the same rows under the same names."""
        table = TABLES[name]
        assert store.scan_table(name, out).collect().schema == table.schema
        relation = duckdb.read_parquet(f"{out}/{name}/*.parquet")
        assert relation.columns == list(table.schema)
        assert relation.fetchall()[0][0] == store.read_table(name, out).iloc[0, 0]

    def test_fields_carry_their_meaning(self, out: Path) -> None:
        """The parquet schema contains the meaning and the unit of a column, and whether it may be null."""
        schema = pq.read_schema(next((out / "sentences").glob("*.parquet")))
        field = schema.field("start")
        assert field.metadata == {b"meaning": b"start in the paragraph", b"unit": b"code points"}
        assert not field.nullable
        assert json.loads(schema.metadata[b"PANDAS_ATTRS"])["key"] == [
            "document_id",
            "paragraph_index",
            "sentence_index",
        ]

    def test_long_texts_have_no_statistics(self, tmp_path: Path) -> None:
        """A text of a megabyte is stored as it is; of its column alone the file says no least and greatest value."""
        frame = rows(TABLES["failures"], {"message": "x" * 1_000_001})
        store.write_table(TABLES["failures"], frame, tmp_path / "x.parquet")
        assert pl.read_parquet(tmp_path / "x.parquet")["message"].item() == frame["message"].item()
        row_group = pq.read_metadata(tmp_path / "x.parquet").row_group(0)
        columns = map(row_group.column, range(row_group.num_columns))
        assert [column.path_in_schema for column in columns if not column.is_stats_set] == ["message"]

    def test_null_in_a_count_is_refused(self, tmp_path: Path) -> None:
        """A null where the schema allows none is an error, not a float column."""
        frame = rows(TABLES["failures"], {"source_uri": None})
        with pytest.raises(ValueError, match=r"failures\.source_uri holds a null"):
            store.write_table(TABLES["failures"], frame, tmp_path / "x.parquet")

    def test_unknown_table(self, tmp_path: Path) -> None:
        """An unknown table is an error that lists the tables."""
        with pytest.raises(UsageError, match="the tables are: documents"):
            store.read_table("articles", tmp_path)
        with pytest.raises(StoreError, match="overtones run"):
            store.read_table("documents", tmp_path)


class TestPublishing:
    def test_every_table_exists_after_an_empty_run(self, tmp_path: Path) -> None:
        """A run without a document leaves all tables, with their types and no rows."""
        store.publish(tmp_path, "engine", [], run_row())
        for name in TABLES:
            assert store.scan_table(name, tmp_path).collect().schema == TABLES[name].schema

    def test_runs_add_up(self, tmp_path: Path) -> None:
        """Each run adds its row to the table of runs."""
        for run_id in ("r1", "r2"):
            store.publish(tmp_path, "engine", [], run_row(run_id))
        assert store.read_table("runs", tmp_path)["run_id"].tolist() == ["r1", "r2"]

    def test_repeats_point_to_the_first(self, tmp_path: Path) -> None:
        """A document and a paragraph that occurred before, in any batch, are links to it."""
        parts = [batch(tmp_path, "k1", ("a", 1), ("b", 2)), batch(tmp_path, "k2", ("c", 1), ("d", 3))]
        store.publish(tmp_path, "engine", parts, run_row())
        documents = store.read_table("documents", tmp_path)
        paragraphs = store.read_table("paragraphs", tmp_path)
        assert documents["duplicate_of"].fillna("").tolist() == ["", "", "a", ""]
        assert paragraphs["duplicate_of"].fillna("").tolist() == ["", "", "a:0", ""]

    def test_threads_change_nothing(self, tmp_path: Path) -> None:
        """The tables are the same bytes whether parts are written again one by one or several at a time."""
        for n_threads in (1, 3):
            out = tmp_path / str(n_threads)
            out.mkdir()
            parts = [batch(out, f"k{i}", (f"d{i}", i % 3), (f"e{i}", i)) for i in range(20)]
            store.publish(out, "e", parts, run_row(), n_threads=n_threads)
        assert store.read_table("documents", tmp_path / "1")["duplicate_of"].notna().sum() == 20
        assert bytes_of(tmp_path / "1") == bytes_of(tmp_path / "3")

    def test_repeats_in_a_batch_of_several_chunks(self, tmp_path: Path) -> None:
        """A repeat whose first copy is in a later chunk of its batch is found as well."""
        parts = [batch(tmp_path, "k1", ("a", 1), ("b", 2), ("c", 3), chunks=3), batch(tmp_path, "k2", ("d", 2))]
        store.publish(tmp_path, "engine", parts, run_row())
        assert store.read_table("documents", tmp_path)["duplicate_of"].fillna("").tolist() == ["", "", "", "b"]

    def test_other_content_has_another_name(self, tmp_path: Path) -> None:
        """A part that was listed before a run is unchanged after it, or does not exist."""
        store.publish(tmp_path, "e", [batch(tmp_path, "k1", ("a", 1)), batch(tmp_path, "k2", ("b", 2))], run_row())
        before = bytes_of(tmp_path)
        _, second = store.read_manifest(tmp_path).batches
        parts = [batch(tmp_path, "k3", ("c", 2)), store.Part(second, None)]
        store.publish(tmp_path, "e", parts, run_row("r2"))
        after = bytes_of(tmp_path)
        assert store.read_table("documents", tmp_path)["duplicate_of"].fillna("").tolist() == ["", "c"]
        assert len(after) == len(before)
        common = {name for name in before.keys() & after.keys() if not name.endswith("part-empty.parquet")}
        assert all(before[name] == after[name] for name in common)

    def test_unchanged_parts_are_not_written_again(self, tmp_path: Path) -> None:
        """An unchanged batch keeps the same files, and links to removed documents are withdrawn."""
        store.publish(tmp_path, "e", [batch(tmp_path, "k1", ("a", 1)), batch(tmp_path, "k2", ("c", 1))], run_row())
        manifest = store.read_manifest(tmp_path)
        first, second = manifest.batches
        assert manifest.engine == "e"
        kept = (tmp_path / "documents" / first.files[0].name).stat().st_ino
        store.publish(tmp_path, "e", [store.Part(first, None)], run_row("r2"))
        assert (tmp_path / "documents" / first.files[0].name).stat().st_ino == kept
        [first] = store.read_manifest(tmp_path).batches
        store.publish(tmp_path, "e", [store.Part(first, None), batch(tmp_path, "k3", ("c", 9))], run_row("r3"))
        assert store.read_table("documents", tmp_path)["duplicate_of"].isna().all()
        assert second.n_documents == 1

    def test_history_leaves_no_trace(self, tmp_path: Path) -> None:
        """Tables have the same bytes whether they were made at once or with an intermediate state."""
        once, steps = tmp_path / "once", tmp_path / "steps"
        for out in (once, steps):
            out.mkdir()
        store.publish(once, "e", [batch(once, "k1", ("a", 1)), batch(once, "k2", ("b", 2))], run_row())
        store.publish(steps, "e", [batch(steps, "k0", ("z", 2)), batch(steps, "k2", ("b", 2))], run_row())
        _, second = store.read_manifest(steps).batches
        store.publish(steps, "e", [batch(steps, "k1", ("a", 1)), store.Part(second, None)], run_row("r2"))
        assert bytes_of(steps) == bytes_of(once)

    def test_no_moment_without_a_table(self, tmp_path: Path) -> None:
        """A reader always finds a table during publication; one that was listing it can list all of the old one."""
        for name in ("one", "other"):
            (tmp_path / name).mkdir()
        try:
            publishing._exchange(tmp_path / "one", tmp_path / "other")
        except OSError as error:
            pytest.skip(f"folders cannot change places in one step here: {error.strerror}")
        store.publish(tmp_path, "e", [batch(tmp_path, "k", ("a", 1))], run_row())
        table = tmp_path / "documents"
        ended = threading.Event()

        def look() -> set[bool]:
            seen = set()
            while not ended.is_set():
                seen.add(table.exists())
            return seen

        with ThreadPoolExecutor(1) as readers:
            reader = readers.submit(look)
            for number in range(8):
                before, listing = names(table), os.open(table, os.O_RDONLY)
                store.publish(tmp_path, "e", [batch(tmp_path, f"{number}", (f"{number}", 1))], run_row())
                assert names(listing) == before != names(table)
                store.discard_replaced(tmp_path)
                assert not names(listing)
                os.close(listing)
            ended.set()
            assert reader.result() == {True}

    def test_files_of_runs_do_not_pile_up(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Rows of many runs are put into one file, in order; an unreadable file does not affect the others."""
        monkeypatch.setattr(publishing, "_MAX_RUN_FILES", 3)
        names = [f"r{number}" for number in range(8)]
        for name in names:
            store.publish(tmp_path, "e", [], run_row(name))
        assert store.read_table("runs", tmp_path)["run_id"].tolist() == names
        assert len(list((tmp_path / "runs").iterdir())) <= 3
        (tmp_path / "runs" / "r7.parquet").write_bytes(b"PAR1")
        assert store.publish(tmp_path, "e", [], run_row("s8")) == ("runs/r7.parquet",)
        assert store.publish(tmp_path, "e", [], run_row("s9")) == ()
        runs = store.read_table("runs", tmp_path)
        assert runs["run_id"].tolist() == [*names[:-1], "s8", "s9"]
        assert runs["sequence"].tolist() == list(range(1, 10))

    def test_runs_of_a_release_with_other_columns(self, tmp_path: Path) -> None:
        """Their rows get the present columns; they are numbered by their start, and the next run follows them."""
        store.publish(tmp_path, "e", [], run_row("r1"))
        path = tmp_path / "runs" / "r1.parquet"
        earlier = pl.read_parquet(path).drop("sequence", "n_kept", "n_removed")
        pl.concat([earlier, earlier.with_columns(run_id=pl.lit("r0"))]).write_parquet(path)
        store.publish(tmp_path, "e", [], run_row("r2"))
        runs = store.read_table("runs", tmp_path)
        assert dict(zip(runs["run_id"], runs["sequence"], strict=True)) == {"r0": 1, "r1": 2, "r2": 3}
        assert runs["n_kept"].tolist() == [0, 0, 0]

    @pytest.mark.parametrize("exchanges", [True, False], ids=["in one step", "in two"])
    @pytest.mark.parametrize("moment", range(1, 30))
    def test_dying_while_publishing(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: int, *, exchanges: bool
    ) -> None:
        """A run that dies at any rename leaves the old tables or, after recovery, the new ones; never a mixture."""
        if not exchanges:
            monkeypatch.setattr(publishing, "_exchange", unable_to_exchange)
        reference = tmp_path / "reference"
        out = tmp_path / "out"
        for folder in (reference, out):
            folder.mkdir()
            store.publish(folder, "e", [batch(folder, "k1", ("a", 1))], run_row())
        before = bytes_of(out)
        store.publish(reference, "e", [batch(reference, "k2", ("a", 1), ("b", 1))], run_row("r2"))
        part = batch(out, "k2", ("a", 1), ("b", 1))
        calls = 0

        def dying(original: Any) -> Any:
            def step(*args: Any, **kwargs: Any) -> Any:
                nonlocal calls
                calls += 1
                if calls == moment:
                    raise KeyboardInterrupt
                return original(*args, **kwargs)

            return step

        path = type(out)
        with monkeypatch.context() as patch:
            patch.setattr(path, "rename", dying(path.rename))
            patch.setattr(path, "replace", dying(path.replace))
            patch.setattr(path, "write_text", dying(path.write_text))
            patch.setattr(path, "unlink", dying(path.unlink))
            patch.setattr(publishing, "_link", dying(publishing._link))
            patch.setattr(publishing, "_exchange", dying(publishing._exchange))
            try:
                store.publish(out, "e", [part], run_row("r2"))
            except KeyboardInterrupt:
                died = True
            else:
                died = False
        finished = store.recover(out)
        assert bytes_of(out) == (bytes_of(reference) if finished or not died else before)
        assert not (out / store.STATE / "next").exists()
        assert not (out / store.STATE / "journal").exists()


class TestStaging:
    def test_finished_batch_is_found_again(self, tmp_path: Path) -> None:
        """A completely staged batch is used; an incomplete or changed one is not."""
        part = batch(tmp_path, "k", ("a", 1))
        assert store.staged_batch(tmp_path, "k") == part.record
        assert store.staged_batch(tmp_path, "other") is None
        store.BatchWriter(tmp_path, "cut")
        assert store.staged_batch(tmp_path, "cut") is None
        path = store.batches_folder(tmp_path) / "k" / part.record.files[0].name
        path.write_bytes(path.read_bytes()[:-1] + b"x")
        assert store.staged_batch(tmp_path, "k") is None

    def test_long_tables(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A table with many rows is written as several files, which are one table again, in order."""
        documents = [(name, number) for number, name in enumerate("abcde")]
        store.publish(tmp_path / "one", "e", [batch(tmp_path / "one", "k", *documents, chunks=2)], run_row())
        monkeypatch.setattr("tasks.store.staging._MOST_ROWS", 2)
        part = batch(tmp_path / "several", "k", *documents, chunks=2)
        assert Counter(file.table for file in part.record.files) == {
            "documents": 3,
            "paragraphs": 3,
            store.FINGERPRINTS: 5,
        }
        store.publish(tmp_path / "several", "e", [part], run_row())
        for name in ("documents", "paragraphs"):
            one, several = (store.scan_table(name, tmp_path / out).collect() for out in ("one", "several"))
            assert several.equals(one)

    def test_reusable_rows(self, tmp_path: Path) -> None:
        """Rows of a source are returned as its analysis made them, without links across the corpus."""
        store.publish(tmp_path, "e", [batch(tmp_path, "k1", ("a", 1), ("b", 1), ("c", 3))], run_row())
        records = store.read_manifest(tmp_path).batches
        kept = store.reusable_rows(tmp_path, records, ["b", "c"])
        assert kept["documents"]["document_id"].to_list() == ["b", "c"]
        assert kept["paragraphs"]["duplicate_of"].to_list() == [None, None]
        assert {name: frame.schema for name, frame in kept.items() if name in TABLES} == {
            name: table.schema for name, table in TABLES.items() if name != "runs"
        }

    def test_damaged_manifest(self, tmp_path: Path) -> None:
        """A manifest that cannot be read is an error that suggests a solution."""
        (tmp_path / store.MANIFEST).write_text("{}\n")
        with pytest.raises(StoreError, match="overtones run --full"):
            store.read_manifest(tmp_path)
