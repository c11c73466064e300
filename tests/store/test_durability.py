"""After a power cut, the tables are those of one run or of the other, complete.

The calls are recorded in the order in which the system gets them. The state of a disk after a power cut at any moment
follows from that: a file whose content was not synced may be empty, a name in a folder that was not synced may be
missing.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from flows import pipeline
from flows.settings import Settings
from tasks.store import make_folder, publishing, read_manifest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Event = tuple[str, int]
"""What was done to which inode."""


@pytest.fixture
def events(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Event]]:
    """Every sync, exchange and removal, in order, with the inode that it was done to."""
    recorded: list[Event] = []
    sync, exchange, discard, unlink = os.fsync, publishing._exchange, publishing.discard_replaced, Path.unlink

    def record_sync(descriptor: int) -> None:
        sync(descriptor)
        recorded.append(("sync", os.fstat(descriptor).st_ino))

    def record_exchange(one: Path, other: Path) -> None:
        recorded.append(("exchange", one.stat().st_ino))
        exchange(one, other)

    def record_discard(out: Path) -> None:
        recorded.append(("discard", 0))
        discard(out)

    def record_unlink(path: Path, *arguments: Any, **options: Any) -> None:
        if path.name == "journal" and path.exists():
            recorded.append(("no journal", path.stat().st_ino))
        unlink(path, *arguments, **options)

    monkeypatch.setattr(os, "fsync", record_sync)
    monkeypatch.setattr(publishing, "_exchange", record_exchange)
    monkeypatch.setattr(publishing, "discard_replaced", record_discard)
    monkeypatch.setattr("tasks.store.discard_replaced", record_discard)
    monkeypatch.setattr(Path, "unlink", record_unlink)
    return recorded


def test_order_of_syncs(tmp_path: Path, folder: Callable[..., Path], events: list[Event]) -> None:
    """The new tables are on the disk before the journal, the journal before the first exchange, the exchanges before
    the journal is removed, and all of it before the old tables are removed.
    """
    top = folder({"a.txt": "It rained.", "b.txt": "Nobody minded."})
    settings = Settings(source=(str(top),), out=tmp_path / "out", reports=tmp_path / "reports", workers=1)
    pipeline.run(settings)
    (top / "c.txt").write_text("The despot stormed out.")
    events.clear()
    pipeline.run(settings)
    out = settings.out
    exchanges = [number for number, (kind, _) in enumerate(events) if kind == "exchange"]
    first, last = exchanges[0], exchanges[-1]
    before = {inode for kind, inode in events[:first] if kind == "sync"}
    published = [*read_manifest(out).files_of_batches(out), out / "manifest.jsonl", *(out / "runs").iterdir()]
    assert {path.stat().st_ino for path in published} <= before
    assert {path.stat().st_ino for path in out.iterdir() if path.is_dir() and path.name != ".overtones"} <= before
    [journal] = [number for number, (kind, _) in enumerate(events) if kind == "no journal"]
    assert ("sync", events[journal][1]) in events[:first]
    assert ("sync", out.stat().st_ino) in events[last:journal]
    assert ("sync", (out / ".overtones").stat().st_ino) in events[last:journal]
    assert ("sync", (out / ".overtones").stat().st_ino) in events[journal:]
    assert [kind for kind, _ in events].index("discard", journal) > journal


def test_new_folders_are_synced(tmp_path: Path, events: list[Event]) -> None:
    """The name of each new folder is on the disk, because the folder above it is synced."""
    make_folder(tmp_path / "a" / "b")
    assert [inode for _, inode in events] == [tmp_path.stat().st_ino, (tmp_path / "a").stat().st_ino]


def test_a_cut_that_loses_what_was_not_synced(
    tmp_path: Path, folder: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A batch that a power cut left empty does not count as finished; a damaged row of `runs` is left out and reported."""
    top = folder({"a.txt": "It rained.", "b.txt": "Nobody minded."})
    settings = Settings(source=(str(top),), out=tmp_path / "out", reports=tmp_path / "reports", workers=1)
    pipeline.run(settings)
    [row] = (settings.out / "runs").iterdir()
    os.truncate(row, 100)
    result = pipeline.run(settings)
    assert result.damaged == (f"runs/{row.name}",)
    assert len(list((settings.out / "runs").iterdir())) == 1
    (top / "c.txt").write_text("It poured.")
    with monkeypatch.context() as patch:
        patch.setattr(pipeline, "publish_tables", lambda *_: (_ for _ in ()).throw(OSError("no power")))
        with pytest.raises(Exception, match="no power"):
            pipeline.run(settings)
    [staged] = (settings.out / ".overtones" / "batches").glob("*/documents*.parquet")
    os.truncate(staged, 0)
    assert pipeline.run(settings).counts.new == 1
