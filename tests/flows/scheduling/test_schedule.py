"""The schedule, on real servers, with real processes."""

from __future__ import annotations

import base64
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import psutil
import pytest

from flows.terminal.console import Exit
from tasks.store import read_table

if TYPE_CHECKING:
    from collections.abc import Callable

TEXT = "It rained in the afternoon. Nobody minded."


def _wait_for(happened: Callable[[], bool], what: str, log: Path, seconds: float = 200) -> None:
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, f"no {what} within {seconds} s:\n{log.read_text()}"
        time.sleep(0.1)


def _family(process: subprocess.Popen[bytes]) -> list[psutil.Process]:
    return psutil.Process(process.pid).children(recursive=True)


def _command_line(process: psutil.Process) -> list[str]:
    with suppress(psutil.NoSuchProcess):
        return process.cmdline()
    return []


class RunningSchedule:
    """A schedule that a command runs, and its output."""

    def __init__(self, top: Path, environment: dict[str, str], *options: str) -> None:
        self.log = top.parent / "log"
        command = [sys.executable, "-m", "flows", "schedule", top, *options]
        with self.log.open("w") as stderr:
            self.process = subprocess.Popen(
                command, cwd=top.parent, env=environment, stderr=stderr, start_new_session=True
            )

    def output(self) -> str:
        """Its output so far."""
        return self.log.read_text("utf-8")

    def value(self, label: str) -> str:
        """The value after a label such as `interface`."""
        _wait_for(lambda: f"\n{label} " in f"\n{self.output()}", label, self.log)
        return next(line.split(maxsplit=1)[1] for line in self.output().splitlines() if line.startswith(f"{label} "))

    def wait_for(self, text: str) -> None:
        """Return when its output has this text."""
        _wait_for(lambda: text in self.output(), repr(text), self.log)

    def end(self) -> None:
        """Stop it with SIGTERM; it exits with 0 and leaves no process."""
        family = _family(self.process)
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(90) == Exit.DONE, self.output()
        _, alive = psutil.wait_procs(family, timeout=5)
        assert not alive
        assert "Traceback" not in self.output()


class Api:
    """Prefect's API for clients with or without the password, and with or without a CSRF token."""

    def __init__(self, address: str, password: str = "", *, token: bool = False, origin: str = "") -> None:
        self.address = address
        self.headers = {"Content-Type": "application/json"} | ({"Origin": origin} if origin else {})
        if password:
            self.headers["Authorization"] = f"Basic {base64.b64encode(password.encode()).decode()}"
        if token:
            given = self.call("GET", "/csrf-token?client=test")[1]
            self.headers |= {"Prefect-Csrf-Client": "test", "Prefect-Csrf-Token": given["token"]}

    def call(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """The status and the response."""
        data = None if body is None else json.dumps(body).encode()
        request = Request(f"{self.address}/api{path}", data, self.headers, method=method)  # noqa: S310  # of our own
        for pause in (1, 2, 4, 8, 0):
            try:
                with urlopen(request, timeout=30) as response:  # noqa: S310  # our own server
                    self.allowed_origin = response.headers.get("Access-Control-Allow-Origin")
                    return response.status, json.loads(response.read() or "null")
            except HTTPError as error:
                status, answer = error.code, json.loads(error.read() or "null")
                if status < 500:  # else its database is busy, as other runs write to it
                    return status, answer
            time.sleep(pause)
        return status, answer

    def ended(self, run: str) -> dict[str, Any]:
        """The final state of a run."""
        deadline = time.monotonic() + 120
        while (state := self.call("GET", f"/flow_runs/{run}")[1]["state"])["type"] not in TERMINAL:
            assert time.monotonic() < deadline, state
            time.sleep(0.2)
        return dict(state)


TERMINAL = {"COMPLETED", "FAILED", "CRASHED", "CANCELLED"}


@pytest.fixture
def bare(tmp_path: Path, cache: Path, root: Path) -> dict[str, str]:
    """An environment with a PREFECT_HOME that does not exist yet."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("PREFECT", "OVERTONES"))}
    return kept | {"PREFECT_HOME": str(tmp_path / "home"), "OVERTONES_CACHE": str(cache), "PYTHONPATH": str(root)}


def test_two_schedules(tmp_path: Path, bare: dict[str, str], overtones: Callable[..., Any]) -> None:
    """Two commands that start together, on folders of the same name, run their schedules side by side and stop cleanly.

    Each has a server that only its owner can use. A run cannot change what is read or written, and a run that fails reports
    why in one line. A command that is stopped during a run leaves no processes and no open state.
    """
    for name in ("one", "two"):
        (tmp_path / name / "articles").mkdir(parents=True)
    (tmp_path / "two" / "articles" / "b.txt").write_text(TEXT)
    one = RunningSchedule(
        tmp_path / "one" / "articles", bare, "--interval", "10s", "--no-now", "--timezone", "Europe/Zurich"
    )
    two = RunningSchedule(tmp_path / "two" / "articles", bare, "--interval", "1d")
    try:
        one.wait_for(": Failed. nothing to read")
        (tmp_path / "one" / "articles" / "a.txt").write_text(TEXT)
        one.wait_for(": Completed. 1 documents")
        two.wait_for(": Completed. 1 documents")
        assert "(Europe/Zurich)" in one.value("next runs")
        assert one.value("interface") != two.value("interface")
        assert one.value("schedule").split(":")[0] != two.value("schedule").split(":")[0]
        password = Path(two.value("password")).read_text("utf-8")
        _is_private(two, tmp_path / "home", password)
        refused = overtones("schedule", tmp_path / "two" / "articles", "--cron", "0 6 * * *", "--out",
                            tmp_path / "two" / "data" / "processed", PREFECT_HOME=bare["PREFECT_HOME"])  # fmt: skip
        assert refused.returncode == Exit.USAGE
        assert f"is already running (process {two.process.pid}); stop it, or choose another --name" in refused.stderr
        _rejects_other_settings(two, tmp_path / "two", password)
        assert password not in one.output() + two.output()
        two.end()
        n_completed = one.output().count(": Completed.")
        _wait_for(lambda: one.output().count(": Completed.") > n_completed, "run after the other has ended", one.log)
        assert ": Crashed" not in one.output()
        _wait_for(
            lambda: any("prefect.engine" in _command_line(process) for process in _family(one.process)), "run", one.log
        )
        one.end()
    finally:
        for running in (one, two):
            if running.process.poll() is None:
                running.process.send_signal(signal.SIGTERM)
                running.process.wait(90)
    for name, uri in (("one", "a.txt"), ("two", "b.txt")):
        assert read_table("documents", tmp_path / name / "data" / "processed")["source_uri"].tolist() == [uri]
    with sqlite3.connect(tmp_path / "home" / "prefect.db") as database:
        runs = database.execute("select name, state_type, auto_scheduled from flow_run").fetchall()
        paused = [paused for (paused,) in database.execute("select paused from deployment").fetchall()]
        slots = [slots for (slots,) in database.execute("select active_slots from concurrency_limit_v2").fetchall()]
    assert any(name.startswith("articles ") and scheduled and state == "COMPLETED" for name, state, scheduled in runs)
    assert not {state for _, state, _ in runs} & {"RUNNING", "PENDING", "CANCELLING"}
    assert (paused, slots) == ([1, 1], [0, 0])


def _is_private(running: RunningSchedule, home: Path, password: str) -> None:
    """The server of a schedule rejects calls without the password, and only the owner can read the password."""
    address = running.value("interface")
    other_client, page = Api(address), Api(address, password, origin="http://evil.example")
    owner = Api(address, password, token=True, origin=address)
    runs = ("POST", "/flow_runs/filter", {})
    assert other_client.call("GET", "/health") == (200, True)
    assert other_client.call("GET", "/admin/version")[0] == 401
    assert other_client.call(*runs)[0] in {401, 403}
    assert Api(address, "overtones:guessed").call("GET", "/admin/version")[0] == 401
    assert page.call(*runs)[0] == 403  # no token against forgery
    assert page.call("GET", "/admin/version")[0] == 200
    assert page.allowed_origin is None
    assert owner.call(*runs)[0] == 200
    assert owner.allowed_origin == address
    for path in (home, *home.rglob("*")):
        with suppress(FileNotFoundError):  # Prefect makes and removes some
            assert path.stat().st_mode & 0o077 == 0, path
    family = [running.process.pid, *(process.pid for process in _family(running.process))]
    assert password.split(":")[1] not in str([_command_line(psutil.Process(pid)) for pid in family])


def _rejects_other_settings(running: RunningSchedule, top: Path, password: str) -> None:
    """A run with other paths fails, although the server accepts it; a run with other performance settings succeeds."""
    api = Api(running.value("interface"), password, token=True)
    [deployment] = [
        found for found in api.call("POST", "/deployments/filter", {})[1] if found["name"] in running.value("schedule")
    ]
    settings, path = deployment["parameters"]["settings"], f"/deployments/{deployment['id']}/create_flow_run"

    def ask_for(parameters: dict[str, Any], *, check: bool) -> tuple[int, Any]:
        return api.call("POST", path, {"parameters": parameters, "enforce_parameter_schema": check})

    assert ask_for({"settings": settings, "config": "mine.toml"}, check=True)[0] == 409
    assert ask_for({"settings": settings | {"worker": 2}}, check=True)[0] == 409
    # Not even what is imported can be changed from there.
    changed = {
        "entrypoint": "antigravity.flow",
        "pull_steps": [{"prefect.deployments.steps.set_working_directory": {}}],
    }
    assert api.call("PATCH", f"/deployments/{deployment['id']}", changed)[0] == 204
    other = top / "other"
    status, run = ask_for({"settings": settings | {"out": str(other), "lexicon": [str(other)]}}, check=False)
    assert status in {200, 201}, run
    state = api.ended(run["id"])
    assert state["type"] == "FAILED"
    assert "cannot change out, lexicon, only batch_bytes" in state["message"]
    _, run = ask_for({"settings": settings | {"full": True, "workers": 1}}, check=False)
    assert api.ended(run["id"])["type"] == "COMPLETED"
    assert not other.exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "needs either --cron"),
        (["--cron", "0 6 * * *", "--interval", "15m"], "needs either --cron"),
        (["--cron", "every morning"], "2 fields instead of five"),
        (["--interval", "soon"], "15m, 1h30m, 1d"),
        (["--interval", "1s"], "the minimum is 10s"),
        (["--interval", "15m", "--timezone", "Mars/Olympus"], "'Mars/Olympus' is unknown"),
        (["-", "--interval", "15m"], "cannot read standard input"),
        (["--interval", "15m", "--name", "a/b"], "or contain any of / % & < >"),
    ],
)
def test_invalid_schedule(
    overtones: Callable[..., subprocess.CompletedProcess[str]], arguments: list[str], message: str
) -> None:
    """An invalid schedule is reported in one line, before anything is started."""
    done = overtones("schedule", *arguments)
    assert done.returncode == Exit.USAGE
    assert message in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("zone", ["Mars/Olympus", "CET-1CEST"])
def test_unknown_time_zone_of_machine(overtones: Callable[..., subprocess.CompletedProcess[str]], zone: str) -> None:
    """If the time zone of the machine is unknown, the command asks for --timezone."""
    done = overtones("schedule", "--interval", "15m", TZ=zone)
    assert done.returncode == Exit.USAGE
    assert f"the time zone of this machine, {zone!r}, is unknown; choose one with --timezone" in done.stderr
    assert "Traceback" not in done.stderr
