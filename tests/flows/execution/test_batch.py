"""One batch, from sources to parts."""

from __future__ import annotations

import gzip
import os
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from flows import pipeline
from flows.execution.executor import analyze_batches
from flows.execution.outputs import publish_tables
from flows.execution.planning import make_plan
from flows.execution.prestart import prestarted_pool
from flows.settings import Settings
from tasks import analysis, ingest
from tasks.store import read_table, scan_table

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from flows.execution.model import Counts


@pytest.mark.parametrize("name", ["a.txt", "a.jsonl", "a.txt.gz"])
def test_source_that_changes_while_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """If a file of the same length was replaced just after it was analyzed, the next run analyzes its new content."""
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


class TestChangeWhileReading:
    """Files that change between the planning of a run and their reading."""

    def run(self, tmp_path: Path, top: Path, between: Callable[[], object]) -> tuple[Counts, Settings]:
        """A run in which `between` happens after planning."""
        settings = Settings(source=(str(top),), out=tmp_path / "out", reports=tmp_path / "reports", workers=1)
        plan = make_plan(settings)
        between()
        with prestarted_pool(settings) as pool:
            parts, counts = analyze_batches(plan, settings, pool)
        publish_tables(plan, parts, counts, 0.0)
        return counts, settings

    def test_file_that_vanishes(self, tmp_path: Path, folder: Callable[..., Path]) -> None:
        """A file that is gone becomes a failure that says so; the others are read."""
        top = folder({"a.txt": "It rained.", "b.txt": "Nobody minded."})
        counts, settings = self.run(tmp_path, top, (top / "a.txt").unlink)
        assert (counts.documents, counts.failed) == (1, 1)
        assert "a.txt: No such file" in scan_table("failures", settings.out).collect()["message"][0]

    def test_file_that_changes(self, tmp_path: Path, folder: Callable[..., Path]) -> None:
        """A changed file is read in its new state, and again by the next run, because it changed after planning."""
        top = folder({"a.txt": "It rained.", "b.txt": "Nobody minded."})
        _, settings = self.run(tmp_path, top, lambda: (top / "a.txt").write_text("It rained for a whole week."))
        counts = pipeline.run(settings).counts
        assert (counts.documents, counts.new) == (2, 1)
        assert pipeline.run(settings).counts.new == 0

    def test_file_that_becomes_a_pipe(self, tmp_path: Path, folder: Callable[..., Path]) -> None:
        """A pipe, which would block forever, is skipped and reported."""
        top = folder({"a.txt": "It rained.", "b.txt": "Nobody minded."})

        def replace() -> None:
            (top / "a.txt").unlink()
            os.mkfifo(top / "a.txt")

        counts, settings = self.run(tmp_path, top, replace)
        assert (counts.documents, counts.skipped) == (1, 1)
        assert "not a regular file" in scan_table("failures", settings.out).collect()["message"][0]


def test_panic_of_a_library(tmp_path: Path, folder: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """A panic in polars, which is not an ordinary exception in Python, affects only the document that causes it."""
    sound = analysis.analyze_documents

    def analyze_documents(documents: pl.DataFrame, *more: Any) -> Any:
        if "UNLUCKY" in " ".join(documents["text"]):
            raise pl.exceptions.PanicException("assertion failed")
        return sound(documents, *more)

    monkeypatch.setattr(analysis, "analyze_documents", analyze_documents)
    top = folder({"a.txt": "It rained.", "b.txt": "This one is UNLUCKY.", "c.txt": "Nobody minded."})
    settings = Settings(source=(str(top),), out=tmp_path / "out", reports=tmp_path / "reports", workers=1)
    pipeline.run(settings)
    [failure] = read_table("failures", settings.out).to_dict("records")
    assert (failure["source_uri"], failure["error"]) == ("b.txt", "PanicException")
    assert len(read_table("documents", settings.out)) == 2
