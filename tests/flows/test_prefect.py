"""Tracked runs and a work pool, on real servers."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest
import yaml

from flows.scheduling.prefect_server import local_server
from flows.terminal.console import Exit
from tasks.store import read_table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from flows.scheduling.prefect_server import LocalServer


def test_tracked_run(
    tmp_path: Path, folder: Callable[..., Path], overtones: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    """With --prefect the run is a flow run with a few tasks, and its counts and summary are artifacts.

    There is enough work for a worker that is started before Prefect is imported.
    """
    article = "It rained in the afternoon. Nobody minded.\n\n"
    done = overtones("run", "--prefect", "--workers", "1", folder({"a.txt": article * 50_000}))
    assert done.returncode == Exit.DONE, done.stderr
    assert (tmp_path / "reports" / "index.html").is_file()
    assert "Traceback" not in done.stderr
    assert "The password for its web interface is in " in done.stderr
    assert (tmp_path / "prefect" / "prefect.db").stat().st_mode & 0o777 == 0o600
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
    """A configured server that does not respond is reported in one line, and the run continues without it."""
    done = overtones("run", folder({"a.txt": "It rained."}), PREFECT_API_URL="http://127.0.0.1:9/api")
    assert done.returncode == Exit.DONE
    assert "The Prefect server at http://127.0.0.1:9/api does not respond; running without Prefect." in done.stderr


class _Refusing(BaseHTTPRequestHandler):
    """A server that requires a password which the client does not have."""

    def do_GET(self) -> None:
        self.send_response(200 if self.path.endswith("/health") else 401)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Write no log."""


@pytest.fixture
def refusing() -> Iterator[str]:
    """The address of a server that responds, but denies access."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Refusing) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/api"
        server.shutdown()


def test_server_that_denies_access(
    refusing: str, folder: Callable[..., Path], overtones: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    """If the configured server denies access, a run continues without it with a message; with --prefect it ends."""
    articles = folder({"a.txt": "It rained."})
    for command, code in (
        (["run"], Exit.DONE), (["run", "--prefect"], Exit.USAGE), (["schedule", "--interval", "15m"], Exit.USAGE),
    ):  # fmt: skip
        done = overtones(*command, articles, PREFECT_API_URL=refusing, PREFECT_API_KEY="wrong")
        assert done.returncode == code, done.stderr
        assert (
            f"the Prefect server at {refusing} denies access (HTTP 401); set PREFECT_API_AUTH_STRING or" in done.stderr
        )
        assert "Traceback" not in done.stderr


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalServer]:
    """A Prefect server with a home of its own."""
    for name in [name for name in os.environ if name.startswith(("PREFECT", "OVERTONES"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PREFECT_HOME", str(tmp_path / "home"))
    with local_server() as started:
        started.wait()
        yield started


def _states(home: Path) -> list[tuple[str, str]]:
    """The states of the runs and where they were executed, from the database."""
    query = "select r.state_name, p.name from flow_run r left join work_queue q on q.id = r.work_queue_id left join work_pool p on p.id = q.work_pool_id"
    with closing(sqlite3.connect(home / "prefect.db")) as database:
        return [(str(state), str(pool)) for state, pool in database.execute(query)]


def test_work_pool(tmp_path: Path, cache: Path, root: Path, server: LocalServer, folder: Callable[..., Path]) -> None:
    """prefect.yaml deploys to a work pool from any folder; a worker runs it; invalid parameters are rejected."""
    configuration = yaml.safe_load((root / "prefect.yaml").read_text("utf-8"))
    [deployment] = configuration["deployments"]
    settings = {
        "source": [str(folder({"a.txt": "It rained."}))],
        "out": str(tmp_path / "t"),
        "reports": str(tmp_path / "r"),
    }
    deployment["parameters"] = {"settings": settings}
    elsewhere, home = tmp_path / "elsewhere", tmp_path / "home"
    elsewhere.mkdir()
    (elsewhere / "prefect.yaml").write_text(yaml.safe_dump(configuration))
    environment = {**os.environ, **server.environment, "OVERTONES_CACHE": str(cache), "PYTHONPATH": str(root)}
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
    for parameter in ('settings={"worker": 2}', "worker=2"):
        refused = prefect("deployment", "run", name, "--param", parameter)
        assert refused.returncode != 0
        assert "worker" in refused.stdout + refused.stderr
    assert prefect("deployment", "run", name).returncode == 0
    worker = subprocess.Popen(
        [sys.executable, "-m", "prefect", "worker", "start", "--pool", pool],
        cwd=elsewhere, env=environment, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        deadline = time.monotonic() + 120
        while not (ended := [run for run in _states(home) if run[0] in {"Completed", "Failed", "Crashed"}]):
            assert time.monotonic() < deadline, _states(home)
            time.sleep(0.2)
    finally:
        os.killpg(worker.pid, signal.SIGKILL)  # it takes minutes to follow a SIGTERM
        worker.wait()
    assert ended == [("Completed", pool)]
    assert read_table("documents", tmp_path / "t")["source_uri"].tolist() == ["a.txt"]
