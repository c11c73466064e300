"""From SOURCEs to batches."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from flows import pipeline
from flows.execution.planning import make_plan
from flows.settings import Settings
from tasks.schemas import TABLES
from tasks.store import read_manifest, scan_table

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import polars as pl


class TestShares:
    """A long file of records is divided among batches, and the tables do not show it."""

    @staticmethod
    def tables(source: Path, out: Path, **more: int) -> dict[str, pl.DataFrame]:
        """The result of a run of `source` in one process."""
        pipeline.run(Settings(source=(str(source),), out=out, reports=out / "reports", workers=1, **more))
        return {name: scan_table(name, out).collect() for name in TABLES if name != "runs"}

    @pytest.fixture
    def records(self, tmp_path: Path) -> Path:
        """Records with and without ids, some ids repeated far apart, lines that are not records, no final line end."""
        lines = [json.dumps({"text": f"It rained on day {i} in the north. Nobody minded."}) for i in range(60)]
        lines[5] = lines[45] = lines[55] = '{"id": "twice", "text": "The despot stormed out."}'
        lines[20] = "no record"
        lines[30] = ""
        path = tmp_path / "articles.jsonl"
        path.write_bytes("\n".join(lines).encode() + b'\n{"id": "last", "text": "caf\xe9 society"}')
        return path

    def test_same_rows(self, tmp_path: Path, records: Path) -> None:
        """Documents, their names and failures are the same as when the file is read as a whole."""
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
        """After lines were appended to a file, only its last share is analyzed again, however often its names repeat."""
        settings = Settings(source=(str(records),), out=tmp_path / "out", reports=tmp_path / "r", batch_bytes=500)
        assert pipeline.run(settings).counts.sources == 1
        n_batches = len(make_plan(settings).batches)
        with records.open("a") as file:
            file.write('\n{"id": "new", "text": "And then it rained again."}\n')
        plan = make_plan(settings)
        assert (
            len(plan.tasks) == 4 < n_batches
        )  # the last, one with a failure, two that hold a name for the second time
        assert pipeline.run(settings).counts.documents == 60
        assert scan_table("documents", settings.out).collect()["document_id"].is_unique().all()


class TestOverlap:
    """SOURCEs of which one contains the other."""

    @pytest.fixture
    def top(self, folder: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> Path:
        """A working folder with articles, and a folder below it with others."""
        top = folder({"a.txt": "It rained.", "docs/a.txt": "It poured.", "docs/b.txt": "Nobody minded."})
        monkeypatch.chdir(top)
        return top

    @staticmethod
    def documents(tmp_path: Path, *sources: str) -> list[str]:
        """The names of the documents of a run."""
        settings = Settings(source=sources, out=tmp_path / "out", reports=tmp_path / "reports", workers=1)
        pipeline.run(settings)
        return sorted(scan_table("documents", settings.out).collect()["source_uri"])

    @pytest.mark.parametrize(
        "sources", [("docs", "."), (".", "docs"), (".", "docs/../docs"), (".", "docs/b.txt", "docs"), ("link", ".")]
    )
    def test_each_file_is_read_once(self, tmp_path: Path, top: Path, sources: tuple[str, ...]) -> None:
        """The names do not depend on the order of the SOURCEs, nor on the paths under which they are given."""
        (top.parent / "link").symlink_to(top / "docs")
        paths = tuple(str(top.parent / "link") if source == "link" else source for source in sources)
        names = self.documents(tmp_path, *paths)
        assert len(names) == 3
        assert "docs/b.txt" in names

    def test_files_of_one_name_in_two_places_are_both_read(self, tmp_path: Path, top: Path) -> None:
        """Two files with equal content are two sources, and so are a file and a link to it."""
        (top / "c.txt").write_text("Nobody minded.")
        (top / "d.txt").symlink_to("c.txt")
        assert [name for name in self.documents(tmp_path, ".", "docs") if name in {"c.txt", "d.txt", "docs/b.txt"}] == [
            "c.txt", "d.txt", "docs/b.txt",
        ]  # fmt: skip
