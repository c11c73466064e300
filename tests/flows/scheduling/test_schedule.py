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


class Kept:
    """A schedule that a command keeps, and what it tells."""

    def __init__(self, top: Path, environment: dict[str, str], *options: str) -> None:
        self.log = top.parent / "log"
        command = [sys.executable, "-m", "flows", "schedule", top, *options]
        with self.log.open("w") as stderr:
            self.process = subprocess.Popen(
                command, cwd=top.parent, env=environment, stderr=stderr, start_new_session=True
            )

    def told(self) -> str:
        """All that it has said so far."""
        return self.log.read_text("utf-8")

    def value(self, label: str) -> str:
        """What stands beside a label such as `interface`."""
        _wait_for(lambda: f"\n{label} " in f"\n{self.told()}", label, self.log)
        return next(line.split(maxsplit=1)[1] for line in self.told().splitlines() if line.startswith(f"{label} "))

    def wait_for(self, text: str) -> None:
        """Return as soon as it has said this."""
        _wait_for(lambda: text in self.told(), repr(text), self.log)

    def end(self) -> None:
        """SIGTERM; it ends well, and leaves no process."""
        family = _family(self.process)
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(90) == Exit.DONE, self.told()
        _, alive = psutil.wait_procs(family, timeout=5)
        assert not alive
        assert "Traceback" not in self.told()


class Api:
    """Prefect's API as somebody calls it who knows the password or does not, with a token against forgery or without."""

    def __init__(self, address: str, password: str = "", *, token: bool = False, origin: str = "") -> None:
        self.address = address
        self.headers = {"Content-Type": "application/json"} | ({"Origin": origin} if origin else {})
        if password:
            self.headers["Authorization"] = f"Basic {base64.b64encode(password.encode()).decode()}"
        if token:
            given = self.call("GET", "/csrf-token?client=test")[1]
            self.headers |= {"Prefect-Csrf-Client": "test", "Prefect-Csrf-Token": given["token"]}

    def call(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """The status, and the answer."""
        data = None if body is None else json.dumps(body).encode()
        request = Request(f"{self.address}/api{path}", data, self.headers, method=method)  # noqa: S310  # of our own
        for pause in (1, 2, 4, 8, 0):
            try:
                with urlopen(request, timeout=30) as response:  # noqa: S310  # likewise
                    self.allowed_origin = response.headers.get("Access-Control-Allow-Origin")
                    return response.status, json.loads(response.read() or "null")
            except HTTPError as error:
                status, answer = error.code, json.loads(error.read() or "null")
                if status < 500:  # else its database is busy, as other runs write to it
                    return status, answer
            time.sleep(pause)
        return status, answer

    def ended(self, run: str) -> dict[str, Any]:
        """The state of a run when it has ended."""
        deadline = time.monotonic() + 120
        while (state := self.call("GET", f"/flow_runs/{run}")[1]["state"])["type"] not in TERMINAL:
            assert time.monotonic() < deadline, state
            time.sleep(0.2)
        return dict(state)


TERMINAL = {"COMPLETED", "FAILED", "CRASHED", "CANCELLED"}


@pytest.fixture
def bare(tmp_path: Path, cache: Path, root: Path) -> dict[str, str]:
    """An environment in which Prefect has a home that is not there yet."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("PREFECT", "OVERTONES"))}
    return kept | {"PREFECT_HOME": str(tmp_path / "home"), "OVERTONES_CACHE": str(cache), "PYTHONPATH": str(root)}


def test_two_schedules(tmp_path: Path, bare: dict[str, str], overtones: Callable[..., Any]) -> None:
    """Two commands that start together, on folders of one name, keep their schedules side by side and end clean.

    Each has a server, which only its owner can use; a run does only what its schedule was made for; one that could do
    nothing says why in one line. Asked to end in the middle of a run, a command leaves nothing but its work.
    """
    for name in ("one", "two"):
        (tmp_path / name / "articles").mkdir(parents=True)
    (tmp_path / "two" / "articles" / "b.txt").write_text(TEXT)
    one = Kept(tmp_path / "one" / "articles", bare, "--interval", "10s", "--no-now", "--timezone", "Europe/Zurich")
    two = Kept(tmp_path / "two" / "articles", bare, "--interval", "1d")
    try:
        one.wait_for(": Failed. nothing to read")
        (tmp_path / "one" / "articles" / "a.txt").write_text(TEXT)
        one.wait_for(": Completed. 1 documents")
        two.wait_for(": Completed. 1 documents")
        assert "(Europe/Zurich)" in one.value("next runs")
        assert one.value("interface") != two.value("interface")
        assert one.value("schedule").split(":")[0] != two.value("schedule").split(":")[0]
        password = Path(two.value("password")).read_text("utf-8")
        _is_for_its_owner_alone(two, tmp_path / "home", password)
        refused = overtones("schedule", tmp_path / "two" / "articles", "--cron", "0 6 * * *", "--out",
                            tmp_path / "two" / "data" / "processed", PREFECT_HOME=bare["PREFECT_HOME"])  # fmt: skip
        assert refused.returncode == Exit.USAGE
        assert f"is kept already, by process {two.process.pid}; end that one, or give" in refused.stderr
        _does_what_it_was_made_for(two, tmp_path / "two", password)
        assert password not in one.told() + two.told()
        two.end()
        n_completed = one.told().count(": Completed.")
        _wait_for(lambda: one.told().count(": Completed.") > n_completed, "run after the other has ended", one.log)
        assert ": Crashed" not in one.told()
        _wait_for(
            lambda: any("prefect.engine" in _command_line(process) for process in _family(one.process)), "run", one.log
        )
        one.end()
    finally:
        for kept in (one, two):
            if kept.process.poll() is None:
                kept.process.send_signal(signal.SIGTERM)
                kept.process.wait(90)
    for name, uri in (("one", "a.txt"), ("two", "b.txt")):
        assert read_table("documents", tmp_path / name / "data" / "processed")["source_uri"].tolist() == [uri]
    with sqlite3.connect(tmp_path / "home" / "prefect.db") as database:
        runs = database.execute("select name, state_type, auto_scheduled from flow_run").fetchall()
        paused = [paused for (paused,) in database.execute("select paused from deployment").fetchall()]
        slots = [slots for (slots,) in database.execute("select active_slots from concurrency_limit_v2").fetchall()]
    assert any(name.startswith("articles ") and scheduled and state == "COMPLETED" for name, state, scheduled in runs)
    assert not {state for _, state, _ in runs} & {"RUNNING", "PENDING", "CANCELLING"}
    assert (paused, slots) == ([1, 1], [0, 0])


def _is_for_its_owner_alone(kept: Kept, home: Path, password: str) -> None:
    """Nobody gets at the server of a schedule without the password, or at the password without being its owner."""
    address = kept.value("interface")
    stranger, page = Api(address), Api(address, password, origin="http://evil.example")
    owner = Api(address, password, token=True, origin=address)
    runs = ("POST", "/flow_runs/filter", {})
    assert stranger.call("GET", "/health") == (200, True)
    assert stranger.call("GET", "/admin/version")[0] == 401
    assert stranger.call(*runs)[0] in {401, 403}
    assert Api(address, "overtones:guessed").call("GET", "/admin/version")[0] == 401
    assert page.call(*runs)[0] == 403  # no token against forgery
    assert page.call("GET", "/admin/version")[0] == 200
    assert page.allowed_origin is None
    assert owner.call(*runs)[0] == 200
    assert owner.allowed_origin == address
    for path in (home, *home.rglob("*")):
        with suppress(FileNotFoundError):  # Prefect makes and removes some
            assert path.stat().st_mode & 0o077 == 0, path
    family = [kept.process.pid, *(process.pid for process in _family(kept.process))]
    assert password.split(":")[1] not in str([_command_line(psutil.Process(pid)) for pid in family])


def _does_what_it_was_made_for(kept: Kept, top: Path, password: str) -> None:
    """A run that is told of other places fails, though the server lets it; one that is told how to work runs."""
    api = Api(kept.value("interface"), password, token=True)
    [deployment] = [
        found for found in api.call("POST", "/deployments/filter", {})[1] if found["name"] in kept.value("schedule")
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
    assert "was made for another out, lexicon; its runs may differ in" in state["message"]
    _, run = ask_for({"settings": settings | {"full": True, "workers": 1}}, check=False)
    assert api.ended(run["id"])["type"] == "COMPLETED"
    assert not other.exists()


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ([], "say when"),
        (["--cron", "0 6 * * *", "--interval", "15m"], "say when"),
        (["--cron", "every morning"], "five fields are needed"),
        (["--interval", "soon"], "15m, 1h30m, 1d"),
        (["--interval", "1s"], "10s is the least"),
        (["--interval", "15m", "--timezone", "Mars/Olympus"], "no such zone"),
        (["-", "--interval", "15m"], "no standard input"),
        (["--interval", "15m", "--name", "a/b"], "none of the characters / % & < >"),
    ],
)
def test_schedule_that_cannot_be_kept(
    overtones: Callable[..., subprocess.CompletedProcess[str]], arguments: list[str], complaint: str
) -> None:
    """A schedule that makes no sense is told in one line, before anything is started."""
    done = overtones("schedule", *arguments)
    assert done.returncode == Exit.USAGE
    assert complaint in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("zone", ["Mars/Olympus", "CET-1CEST"])
def test_time_zone_that_cannot_be_told(overtones: Callable[..., subprocess.CompletedProcess[str]], zone: str) -> None:
    """Where this machine's time zone has no name that is known, the command says how to name one."""
    done = overtones("schedule", "--interval", "15m", TZ=zone)
    assert done.returncode == Exit.USAGE
    assert f"the time zone of this machine, {zone!r}, is not one with a known name; give one" in done.stderr
    assert "Traceback" not in done.stderr
