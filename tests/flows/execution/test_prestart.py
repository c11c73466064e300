"""Work of a run that is done early."""

from __future__ import annotations

import multiprocessing
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from flows import pipeline
from flows.execution.prestart import estimate_bytes, prestart, prestarted_pool
from flows.settings import Settings
from tasks.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.mark.parametrize(("published", "n_started"), [(False, 2), (True, 0)])
def test_workers_that_will_surely_be_needed(tmp_path: Path, published: bool, n_started: int) -> None:
    """Workers start before there is a plan, unless tables exist that may be up to date, and are gone afterwards."""
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_bytes(b"It rained. " * 200_000)
    if published:
        (tmp_path / "out" / "documents").mkdir(parents=True)
        (tmp_path / "out" / "documents" / "part-000000-0000.parquet").touch()
    settings = Settings(source=(str(tmp_path),), out=tmp_path / "out", workers=3)
    with prestarted_pool(settings):
        children = multiprocessing.active_children()
        assert len(children) == n_started
        for child in children if Path("/proc/self/status").exists() else ():
            [blocked] = re.findall(r"SigBlk:\s*(\w+)", Path(f"/proc/{child.pid}/status").read_text())
            assert int(blocked, 16) & 2, "a Ctrl-C at the terminal must not reach a worker"
    assert not multiprocessing.active_children()


class TestPrestart:
    """Runs that are started before `run` is called."""

    def test_it_locks_the_folder_and_the_run_continues(self, tmp_path: Path, folder: Callable[..., Path]) -> None:
        """No other run can start at the same time; the run uses this plan, and its workers keep their first batches."""
        top = folder({f"{n}.txt": f"It rained on day {n}." for n in range(3)})
        settings = Settings(
            source=(str(top),), out=tmp_path / "out", reports=tmp_path / "reports", workers=2, batch_bytes=20
        )
        with prestart(settings) as prestarted, prestart(settings) as late:
            assert prestarted.plan
            assert late.plan is None
            assert len(multiprocessing.active_children()) == 2
            result = pipeline.run(settings, prestarted=prestarted)
            assert result.run_id == prestarted.plan.run_id
            assert not multiprocessing.active_children()
        assert result.counts.documents == 3
        with prestart(settings) as prestarted:
            assert prestarted.plan
            assert not prestarted.plan.tasks

    def test_errors_are_reported_by_the_run(self, tmp_path: Path) -> None:
        """Then there is no plan, and the folder is not locked."""
        settings = Settings(source=("nothing/here",), out=tmp_path / "out", reports=tmp_path / "reports")
        with prestart(settings) as prestarted, pytest.raises(UsageError, match="no such file"):
            pipeline.run(settings, prestarted=prestarted)


def test_bytes_are_counted_until_there_are_enough(tmp_path: Path) -> None:
    """Files in the sources count; sources that do not exist, and objects in stores, count 0."""
    (tmp_path / "below").mkdir()
    for name in ("a.txt", "below/b.txt"):
        (tmp_path / name).write_bytes(bytes(10))
    assert estimate_bytes([str(tmp_path), "not/there", "s3://bucket/a"], 1000) == 20
    assert estimate_bytes([str(tmp_path / "a.txt")], 1000) == 10
    assert estimate_bytes([str(tmp_path)], 5) == 10
