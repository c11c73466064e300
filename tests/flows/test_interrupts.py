"""Ctrl-C and SIGTERM, sent to real runs."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from flows.terminal.console import Exit
from tasks.store import read_manifest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture
def start(tmp_path: Path, environment: dict[str, str]) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start the command as the leader of its own session."""
    started = []

    def call(*arguments: str | Path, **more: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "flows", *map(str, arguments)],
            cwd=tmp_path,
            env=environment | more,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        started.append(process)
        return process

    yield call
    for process in started:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def wait_until(condition: Callable[[], bool], seconds: float) -> bool:
    """Whether `condition` becomes true in time."""
    end = time.monotonic() + seconds
    while not (true := condition()) and time.monotonic() < end:
        time.sleep(0.01)
    return true


def lives(group: int) -> bool:
    """Whether a process of the group is still running (not a zombie)."""
    listed = subprocess.run(["ps", "-eo", "pgid=,stat="], capture_output=True, text=True, check=True).stdout
    return any(int(line.split()[0]) == group and "Z" not in line.split()[1] for line in listed.splitlines())


@pytest.mark.parametrize("workers", ["1", "2"])
@pytest.mark.parametrize(
    ("number", "send"),
    [(signal.SIGINT, os.killpg), (signal.SIGINT, os.kill), (signal.SIGTERM, os.kill)],
    ids=["ctrl-c", "sigint", "sigterm"],
)
def test_interrupt(
    tmp_path: Path,
    corpus: Path,
    start: Callable[..., subprocess.Popen[str]],
    workers: str,
    number: signal.Signals,
    send: Callable[[int, int], None],
) -> None:
    """A run that is interrupted ends within two seconds with 130, leaves no process, and keeps finished batches."""
    staged = tmp_path / "data" / "processed" / ".overtones" / "batches"
    process = start("run", "--no-prefect", corpus, "--workers", workers, OVERTONES_BATCH_BYTES="20000")
    assert wait_until(lambda: any(staged.glob("*[0-9a-f]/batch.json")), 60)
    sent = time.monotonic()
    send(process.pid, number)
    _, output = process.communicate(timeout=10)
    assert time.monotonic() - sent < 2
    assert wait_until(lambda: not lives(process.pid), 1)
    assert process.returncode == Exit.INTERRUPTED
    assert output.splitlines()[-1].startswith("overtones: interrupted")
    assert "Traceback" not in output
    finished = {
        (path.parent / "documents-0000-0000.parquet").stat().st_ino for path in staged.glob("*[0-9a-f]/batch.json")
    }
    assert finished
    assert start("run", "--no-prefect", corpus, "--workers", "2", OVERTONES_BATCH_BYTES="20000").wait() == Exit.DONE
    out = tmp_path / "data" / "processed"
    published = {path.stat().st_ino for path in (out / "documents").glob("*.parquet")}
    assert len(read_manifest(out).batches) > len(finished)
    assert finished <= published


def test_interrupt_during_a_long_computation(environment: dict[str, str]) -> None:
    """A library call that does not return to Python does not delay the end."""
    script = """
import hashlib, flows.interrupts
flows.interrupts.end_promptly()
print("begun", flush=True)
hashlib.pbkdf2_hmac("sha512", b"", b"", 20_000_000)
"""
    with subprocess.Popen(
        [sys.executable, "-c", script], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        time.sleep(0.5)  # for the computation to begin
        sent = time.monotonic()
        process.send_signal(signal.SIGTERM)
        _, output = process.communicate(timeout=60)
        assert time.monotonic() - sent < 2
    assert (process.returncode, output.startswith("overtones: interrupted")) == (Exit.INTERRUPTED, True)
