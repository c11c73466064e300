"""The wiring of a run."""

from __future__ import annotations

import gzip
import json
import multiprocessing
import os
import re
import subprocess
import sys
from importlib.metadata import PackageNotFoundError
from itertools import permutations
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from platformdirs import user_cache_path

from flows import pipeline
from flows.pipeline import cache_folder, resources_for
from flows.settings import Settings
from tasks import ingest
from tasks.errors import ConfigurationError, UsageError
from tasks.options import Options
from tasks.schemas import TABLES
from tasks.store import read_manifest, scan_table

if TYPE_CHECKING:
    from collections.abc import Callable


def test_the_cache_folder_is_the_users(monkeypatch: pytest.MonkeyPatch) -> None:
    """Unless OVERTONES_CACHE names another."""
    monkeypatch.delenv("OVERTONES_CACHE", raising=False)
    assert cache_folder() == user_cache_path("overtones")
    monkeypatch.setenv("OVERTONES_CACHE", "/somewhere/else")
    assert cache_folder() == Path("/somewhere/else")


def test_a_package_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run in an environment that lacks a package whose version decides the results ends with its name."""

    def version(name: str) -> str:
        if name == "pyphen":
            raise PackageNotFoundError(name)
        return "1.0"

    monkeypatch.setattr(pipeline, "version", version)
    with pytest.raises(ConfigurationError, match=r"(?s)pyphen is not installed.*overtones doctor"):
        pipeline.versions.__wrapped__()


@pytest.mark.parametrize("writable", [True, False])
def test_instruments_do_without_a_cache_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, writable: bool) -> None:
    """The dictionary is kept in the cache folder; where there can be none, it is made all the same."""
    folder = tmp_path / "cache"
    if not writable:
        folder.write_text("no folder")
    monkeypatch.setenv("OVERTONES_CACHE", str(folder))
    resources_for.cache_clear()
    assert len(resources_for(Options()).pronunciations.entries) > 100_000
    resources_for.cache_clear()
    assert folder.is_dir() is writable


@pytest.mark.parametrize(("published", "n_hired"), [(False, 2), (True, 0)])
def test_workers_that_will_surely_be_needed(tmp_path: Path, published: bool, n_hired: int) -> None:
    """They are prestarted_pool before there is a plan, unless there are tables that may be up to date, and gone afterwards."""
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_bytes(b"It rained. " * 200_000)
    if published:
        (tmp_path / "out" / "documents").mkdir(parents=True)
        (tmp_path / "out" / "documents" / "part-000000-0000.parquet").touch()
    settings = Settings(source=(str(tmp_path),), out=tmp_path / "out", workers=3)
    with pipeline.prestarted_pool(settings):
        children = multiprocessing.active_children()
        assert len(children) == n_hired
        for child in children if Path("/proc/self/status").exists() else ():
            [blocked] = re.findall(r"SigBlk:\s*(\w+)", Path(f"/proc/{child.pid}/status").read_text())
            assert int(blocked, 16) & 2, "a Ctrl-C at the terminal must not reach a worker"
    assert not multiprocessing.active_children()


def test_workers_are_hired_first(root: Path) -> None:
    """Before this process imports what they import as well, which takes as long here as there."""
    program = (
        "import sys; from flows import pipeline; from flows.settings import Settings\n"
        "def prestarted_pool(settings): sys.exit('polars' in sys.modules)\n"
        "pipeline.prestarted_pool = prestarted_pool; pipeline.run(Settings())"
    )
    assert subprocess.run([sys.executable, "-c", program], cwd=root, check=False).returncode == 0


class TestStart:
    """Runs that are begun before `run` is called."""

    def test_it_holds_the_folder_and_is_gone_on_with(self, tmp_path: Path, folder: Callable[..., Path]) -> None:
        """Nobody else can begin meanwhile; its plan is the one carried out, its workers keep what they have begun."""
        top = folder({f"{n}.txt": f"It rained on day {n}." for n in range(3)})
        settings = Settings(
            source=(str(top),), out=tmp_path / "out", reports=tmp_path / "reports", workers=2, batch_bytes=20
        )
        with pipeline.started(settings) as start, pipeline.started(settings) as late:
            assert start.plan
            assert late.plan is None
            assert len(multiprocessing.active_children()) == 2
            result = pipeline.run(settings, start=start)
            assert result.run_id == start.plan.run_id
            assert not multiprocessing.active_children()
        assert result.counts.documents == 3
        with pipeline.started(settings) as start:
            assert start.plan
            assert not start.plan.work

    def test_what_goes_wrong_is_told_by_the_run(self, tmp_path: Path) -> None:
        """The start is then none, and another run may begin."""
        settings = Settings(source=("nothing/here",), out=tmp_path / "out", reports=tmp_path / "reports")
        with pipeline.started(settings) as start, pytest.raises(UsageError, match="no such file"):
            pipeline.run(settings, start=start)


@pytest.mark.parametrize("name", ["a.txt", "a.jsonl", "a.txt.gz"])
def test_source_that_changes_while_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """What the next run finds is what the file holds since, though it is as long as before and was just analyzed."""
    source = tmp_path / "articles" / name
    source.parent.mkdir()
    sound = ingest.read_chunks

    def write(word: str) -> None:
        article = f'{{"text": "It was {word}."}}' if "jsonl" in name else f"It was {word}."
        source.write_bytes(gzip.compress(article.encode(), mtime=0) if name.endswith("gz") else article.encode())

    def change_and_read(*arguments: Any) -> Any:
        write("wet")
        return sound(*arguments)

    def run() -> tuple[int, list[str]]:
        out, reports = tmp_path / "out", tmp_path / "reports"
        result = pipeline.run(Settings(source=(str(source.parent),), out=out, reports=reports, workers=1))
        return result.counts.unchanged, scan_table("paragraphs", out).collect()["text"].to_list()

    write("dry")
    with monkeypatch.context() as patch:
        patch.setattr(ingest, "read_chunks", change_and_read)
        run()
    _, texts = run()
    assert texts == ["It was wet."]
    assert run() == (1, texts)


class TestShares:
    """A long file of records is shared among batches, and nothing in the tables tells of it."""

    @staticmethod
    def tables(source: Path, out: Path, **more: int) -> dict[str, pl.DataFrame]:
        """What a run of one process makes of `source`."""
        pipeline.run(Settings(source=(str(source),), out=out, reports=out / "reports", workers=1, **more))
        return {name: scan_table(name, out).collect() for name in TABLES if name != "runs"}

    @pytest.fixture
    def records(self, tmp_path: Path) -> Path:
        """Records with and without ids, some ids twice and far apart, lines that are no records, and no last line end."""
        lines = [json.dumps({"text": f"It rained on day {i} in the north. Nobody minded."}) for i in range(60)]
        lines[5] = lines[45] = lines[55] = '{"id": "twice", "text": "The despot stormed out."}'
        lines[20] = "no record"
        lines[30] = ""
        path = tmp_path / "articles.jsonl"
        path.write_bytes("\n".join(lines).encode() + b'\n{"id": "last", "text": "caf\xe9 society"}')
        return path

    def test_same_rows(self, tmp_path: Path, records: Path) -> None:
        """Documents, their names and failures are those of the file read at once."""
        whole = self.tables(records, tmp_path / "whole")
        shared = self.tables(records, tmp_path / "shared", batch_bytes=500)
        assert len(read_manifest(tmp_path / "shared").batches) > 5
        names = whole["documents"]["record"].to_list()
        assert [name for name in names if name.startswith("twice")] == ["twice", "twice#46", "twice#56"]
        assert whole["failures"]["record"].to_list() == ["21"]
        for name, frame in whole.items():
            decoded = ["encoding", "encoding_confidence"] if name == "documents" else []  # each share by itself
            assert shared[name].drop(decoded).equals(frame.drop(decoded)), name

    def test_longer_file(self, tmp_path: Path, records: Path) -> None:
        """Of a file to which lines were added only the last share is analyzed again, however often its names repeat."""
        settings = Settings(source=(str(records),), out=tmp_path / "out", reports=tmp_path / "r", batch_bytes=500)
        assert pipeline.run(settings).counts.sources == 1
        n_batches = len(pipeline.make_plan(settings).batches)
        with records.open("a") as file:
            file.write('\n{"id": "new", "text": "And then it rained again."}\n')
        plan = pipeline.make_plan(settings)
        assert len(plan.work) == 4 < n_batches  # the last, one with a failure, two that hold a name for the second time
        assert pipeline.run(settings).counts.documents == 60
        assert scan_table("documents", settings.out).collect()["document_id"].is_unique().all()


class TestChangeWhileReading:
    """Files that are others when they are read than they were when the run was planned."""

    def run(self, tmp_path: Path, top: Path, between: Callable[[], object]) -> tuple[pipeline.Counts, Settings]:
        """A run in which `between` happens after planning."""
        settings = Settings(source=(str(top),), out=tmp_path / "out", reports=tmp_path / "reports", workers=1)
        plan = pipeline.make_plan(settings)
        between()
        with pipeline.prestarted_pool(settings) as crew:
            parts, counts = pipeline.analyze_batches(plan, settings, crew)
        pipeline.publish_tables(plan, parts, counts, 0.0)
        return counts, settings

    def test_file_that_vanishes(self, tmp_path: Path, folder: Callable[..., Path]) -> None:
        """It is a failure that says so; the others are read."""
        top = folder({"a.txt": "It rained.", "b.txt": "Nobody minded."})
        counts, settings = self.run(tmp_path, top, (top / "a.txt").unlink)
        assert (counts.documents, counts.failed) == (1, 1)
        assert "a.txt: No such file" in scan_table("failures", settings.out).collect()["message"][0]

    def test_file_that_changes(self, tmp_path: Path, folder: Callable[..., Path]) -> None:
        """It is read as it is then, and again by the next run, which sees that it has changed since it was planned."""
        top = folder({"a.txt": "It rained.", "b.txt": "Nobody minded."})
        _, settings = self.run(tmp_path, top, lambda: (top / "a.txt").write_text("It rained for a whole week."))
        counts = pipeline.run(settings).counts
        assert (counts.documents, counts.new) == (2, 1)
        assert pipeline.run(settings).counts.new == 0

    def test_file_that_becomes_a_pipe(self, tmp_path: Path, folder: Callable[..., Path]) -> None:
        """Opening a pipe would wait for ever; it is left out, and told."""
        top = folder({"a.txt": "It rained.", "b.txt": "Nobody minded."})

        def replace() -> None:
            (top / "a.txt").unlink()
            os.mkfifo(top / "a.txt")

        counts, settings = self.run(tmp_path, top, replace)
        assert (counts.documents, counts.skipped) == (1, 1)
        assert "not a regular file" in scan_table("failures", settings.out).collect()["message"][0]


def test_rows_in_order_are_left_as_they_are() -> None:
    """Rows are sorted only where that changes their order: by documents, then by the rest of their key."""
    order = pl.DataFrame(
        {"document_id": ["b", "a", "c"], "_document": [0, 1, 2]}, schema_overrides={"_document": pl.UInt32}
    )
    rest = ("paragraph_index", "start")
    rows = [("b", 0, 1), ("b", 0, 5), ("b", 2, 0), ("c", 0, 7), ("c", 1, 0)]
    for some in permutations(rows):
        frame = pl.DataFrame(some, ["document_id", *rest], orient="row")
        in_order = pipeline._is_in_order(frame, order, rest)
        assert in_order == (list(some) == rows)
        assert pipeline._sorted_by(frame, order, rest).rows() == rows
