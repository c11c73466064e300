"""The schedule, on a real server, with real processes."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

import psutil
import pytest
from prefect.client.schemas.objects import FlowRun

from flows.schedule import Timetable, _tell_runs, parse_interval
from flows.terminal import Exit
from tasks.errors import UsageError
from tasks.store import read_table

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def _wait_for(happened: Callable[[], bool], what: str, log: Path, seconds: float = 150) -> None:
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, f"no {what} within {seconds} s:\n{log.read_text()}"
        time.sleep(0.1)


def _family(process: subprocess.Popen[bytes]) -> list[psutil.Process]:
    return psutil.Process(process.pid).children(recursive=True)


def _carries_out_a_run(process: psutil.Process) -> bool:
    with suppress(psutil.NoSuchProcess):
        return "prefect.engine" in process.cmdline()
    return False


def test_schedule_runs_and_ends_clean(tmp_path: Path, cache: Path, root: Path) -> None:
    """One command keeps a schedule that fires, and is asked to end in mid-run: nothing of it is left but its work.

    Where a run could do nothing, one line says why.
    """
    top, log, home = tmp_path / "articles", tmp_path / "log", tmp_path / "home"
    top.mkdir()
    command = [
        sys.executable,
        "-m",
        "flows",
        "schedule",
        top,
        "--interval",
        "10s",
        "--no-now",
        "--timezone",
        "Europe/Zurich",
    ]
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("PREFECT", "OVERTONES"))}
    environment |= {"PREFECT_HOME": str(home), "OVERTONES_CACHE": str(cache), "PYTHONPATH": str(root)}
    with log.open("w") as stderr:
        schedule = subprocess.Popen(command, cwd=tmp_path, env=environment, stderr=stderr, start_new_session=True)
    try:
        _wait_for(lambda: ": Failed. nothing to read" in log.read_text(), "failed run", log)
        (top / "a.txt").write_text("It rained in the afternoon. Nobody minded.")
        _wait_for(lambda: ": Completed. 1 documents" in log.read_text(), "finished run", log)
        _wait_for(lambda: any(_carries_out_a_run(process) for process in _family(schedule)), "run at work", log)
        family = _family(schedule)
    finally:
        schedule.send_signal(signal.SIGTERM)
        code = schedule.wait(90)
    assert code == Exit.DONE, log.read_text()
    _, alive = psutil.wait_procs(family, timeout=5)
    assert not alive
    told = log.read_text()
    assert "interface   http://127.0.0.1:" in told
    assert "(Europe/Zurich)" in told
    assert "Traceback" not in told
    assert read_table("documents", tmp_path / "data" / "processed")["source_uri"].tolist() == ["a.txt"]
    with sqlite3.connect(home / "prefect.db") as database:
        runs = database.execute("select name, state_type, auto_scheduled from flow_run").fetchall()
        [paused] = database.execute("select paused from deployment").fetchone()
        [slots] = database.execute("select active_slots from concurrency_limit_v2").fetchone()
    assert any(name.startswith("articles ") and scheduled and state == "COMPLETED" for name, state, scheduled in runs)
    assert not {state for _, state, _ in runs} & {"RUNNING", "PENDING", "CANCELLING"}
    assert (paused, slots) == (1, 0)


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


@pytest.mark.parametrize("text", ["", "15", "m", "15x", "1.5h", "-5m", "999999999999w"])
def test_no_interval(text: str) -> None:
    """What is no duration is refused."""
    with pytest.raises(UsageError):
        parse_interval(text)


def test_intervals_are_counted_from_midnight() -> None:
    """An interval of 15 minutes is at the quarters of the hour in the zone of the schedule, whenever it was begun."""
    schedule = Timetable(None, timedelta(minutes=15), "Asia/Kathmandu").as_prefect()
    assert (schedule.anchor_date.hour, schedule.anchor_date.minute) == (0, 0)
    assert schedule.timezone == "Asia/Kathmandu"


def test_next_runs_after_one_at_once(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """The run at once is told together with those of the timetable, though the server makes them later."""
    monkeypatch.setattr("flows.schedule._POLL_SECONDS", 0.01)

    def due(hour: int, *, auto_scheduled: bool) -> FlowRun:
        time_due = datetime(2026, 11, 23, hour, tzinfo=UTC)
        return FlowRun(flow_id=uuid4(), expected_start_time=time_due, auto_scheduled=auto_scheduled)

    answers = [[due(5, auto_scheduled=False)], [], [due(6, auto_scheduled=True), due(7, auto_scheduled=True)]]

    class Client:
        async def read_flow_runs(self, **_: object) -> list[FlowRun]:
            return answers.pop(0) if answers else []

    async def listen() -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(_tell_runs(Client(), uuid4(), Timetable("0 * * * *", None, "UTC")), 1)  # type: ignore[arg-type]

    asyncio.run(listen())
    told = capsys.readouterr().err
    assert "next runs   2026-11-23 05:00:00 UTC, 2026-11-23 06:00:00 UTC, 2026-11-23 07:00:00 UTC (UTC)" in told
