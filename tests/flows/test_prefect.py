from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from flows.cli import Exit

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path


def test_tracked_run(
    tmp_path: Path, folder: Callable[..., Path], overtones: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    """With --prefect the same run is a flow run of coarse tasks, and leaves its counts and summary as artifacts."""
    done = overtones("run", "--prefect", folder({"a.txt": "It rained in the afternoon. Nobody minded."}))
    assert done.returncode == Exit.DONE, done.stderr
    assert (tmp_path / "reports" / "index.html").is_file()
    assert "Traceback" not in done.stderr
    with sqlite3.connect(tmp_path / "prefect" / "prefect.db") as database:
        [(name, state)] = database.execute("select name, state_type from flow_run").fetchall()
        tasks = database.execute("select name, state_type from task_run").fetchall()
        artifacts = dict(database.execute("select key, type from artifact where key is not null").fetchall())
    assert str(tmp_path / "articles") in name
    assert state == "COMPLETED"
    assert {kind.rsplit("-", 1)[0] for kind, _ in tasks} == {
        "make plan", "analyze batches", "publish tables", "write report",
    }  # fmt: skip
    assert {state for _, state in tasks} == {"COMPLETED"}
    assert artifacts == {
        "overtones-progress": "progress", "overtones-counts": "table", "overtones-summary": "markdown",
    }  # fmt: skip


def test_server_that_does_not_answer(
    folder: Callable[..., Path], overtones: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    """A configured server that does not answer is told in one line, and the run goes on without it."""
    done = overtones("run", folder({"a.txt": "It rained."}), PREFECT_API_URL="http://127.0.0.1:9/api")
    assert done.returncode == Exit.DONE
    assert "Prefect's server at http://127.0.0.1:9/api does not answer; running without it." in done.stderr
