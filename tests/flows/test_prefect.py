"""Tracked runs and a work pool, on real servers."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any
from urllib.request import Request, urlopen

import pytest
import yaml

from flows.prefect_server import local_server
from flows.terminal import Exit
from tasks.store import read_table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


def test_tracked_run(
    tmp_path: Path, folder: Callable[..., Path], overtones: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    """With --prefect the same run is a flow run of coarse tasks, and leaves its counts and summary as artifacts.

    There is enough to do for a worker that is hired before Prefect is imported.
    """
    article = "It rained in the afternoon. Nobody minded.\n\n"
    done = overtones("run", "--prefect", "--workers", "1", folder({"a.txt": article * 50_000}))
    assert done.returncode == Exit.DONE, done.stderr
    assert (tmp_path / "reports" / "index.html").is_file()
    assert "Traceback" not in done.stderr
    with sqlite3.connect(tmp_path / "prefect" / "prefect.db") as database:
        [(name, state, message)] = database.execute(
            "select r.name, r.state_type, s.message from flow_run r join flow_run_state s on s.id = r.state_id"
        ).fetchall()
        tasks = database.execute("select name, state_type from task_run").fetchall()
        artifacts = dict(database.execute("select key, type from artifact where key is not null").fetchall())
        assets = database.execute(
            "select resource_id from event_resources where resource_role = '' and resource_id like 'file:%'"
        ).fetchall()
        n_heartbeats = database.execute("select count(*) from events where event like '%heartbeat%'").fetchone()[0]
    assert name.startswith("articles ")
    assert state == "COMPLETED"
    assert message.startswith("1 documents (1 new), 350,000 words in ")
    assert {kind.rsplit("-", 1)[0] for kind, _ in tasks} == {
        "make plan", "analyze batches", "publish tables", "write report",
    }  # fmt: skip
    assert {state for _, state in tasks} == {"COMPLETED"}
    assert artifacts == {
        "overtones-progress": "progress", "overtones-counts": "table", "overtones-slowest": "table",
        "overtones-summary": "markdown",
    }  # fmt: skip
    assert assets == [((tmp_path / "data" / "processed").as_uri(),)]
    assert n_heartbeats == 0


def test_server_that_does_not_answer(
    folder: Callable[..., Path], overtones: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    """A configured server that does not answer is told in one line, and the run goes on without it."""
    done = overtones("run", folder({"a.txt": "It rained."}), PREFECT_API_URL="http://127.0.0.1:9/api")
    assert done.returncode == Exit.DONE
    assert "Prefect's server at http://127.0.0.1:9/api does not answer; running without it." in done.stderr


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a Prefect server with a home of its own."""
    for name in [name for name in os.environ if name.startswith(("PREFECT", "OVERTONES"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PREFECT_HOME", str(tmp_path / "home"))
    with local_server() as started:
        started.wait()
        yield started.address


def _runs(server: str) -> list[dict[str, Any]]:
    address = f"{server}/flow_runs/filter"
    request = Request(address, b"{}", {"Content-Type": "application/json"})  # noqa: S310  # a server of our own
    with urlopen(request, timeout=10) as response:  # noqa: S310  # likewise
        runs: list[dict[str, Any]] = json.load(response)
    return runs


def test_work_pool(tmp_path: Path, cache: Path, root: Path, server: str, folder: Callable[..., Path]) -> None:
    """prefect.yaml deploys to a work pool from any folder; a worker runs it; parameters that cannot be are refused."""
    configuration = yaml.safe_load((root / "prefect.yaml").read_text("utf-8"))
    [deployment] = configuration["deployments"]
    settings = {
        "source": [str(folder({"a.txt": "It rained."}))],
        "out": str(tmp_path / "t"),
        "reports": str(tmp_path / "r"),
    }
    deployment["parameters"] = {"settings": settings}
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "prefect.yaml").write_text(yaml.safe_dump(configuration))
    environment = {**os.environ, "PREFECT_API_URL": server, "OVERTONES_CACHE": str(cache), "PYTHONPATH": str(root)}
    environment["PREFECT_WORKER_QUERY_SECONDS"] = "2"

    def prefect(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "prefect", "--no-prompt", *arguments],
            cwd=elsewhere, env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip

    pool = deployment["work_pool"]["name"]
    assert prefect("work-pool", "create", pool, "--type", "process").returncode == 0
    deployed = prefect("deploy", "--all")
    assert deployed.returncode == 0, deployed.stdout + deployed.stderr
    name = f"{configuration['name']}/{deployment['name']}"
    refused = prefect("deployment", "run", name, "--param", 'settings={"worker": 2}')
    assert refused.returncode != 0
    assert "worker" in refused.stdout + refused.stderr
    assert prefect("deployment", "run", name).returncode == 0
    worker = subprocess.Popen(
        [sys.executable, "-m", "prefect", "worker", "start", "--pool", pool],
        cwd=elsewhere, env=environment, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        deadline = time.monotonic() + 120
        while not (ended := [run for run in _runs(server) if run["state_type"] in {"COMPLETED", "FAILED", "CRASHED"}]):
            assert time.monotonic() < deadline, _runs(server)
            time.sleep(0.2)
    finally:
        os.killpg(worker.pid, signal.SIGKILL)  # it takes minutes to follow a SIGTERM
        worker.wait()
    assert [(run["state_name"], run["work_pool_name"]) for run in ended] == [("Completed", pool)]
    assert read_table("documents", tmp_path / "t")["source_uri"].tolist() == ["a.txt"]
