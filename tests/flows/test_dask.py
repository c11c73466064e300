"""Runs on a Dask cluster: a real scheduler and real worker processes, on 127.0.0.1."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from flows.execution.dask_executor import analyze_here
from flows.execution.model import BatchTask
from flows.execution.versions import engine_sha256
from flows.stores.addresses import with_secrets
from flows.terminal.console import Exit
from tasks.options import Options
from tasks.schemas import TABLES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Overtones = Callable[..., subprocess.CompletedProcess[str]]


@contextmanager
def _dask(tmp_path: Path, command: str, *arguments: str, code: Path, cache: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A scheduler or a worker that runs `code`, and is stopped afterwards."""
    environment = {**os.environ, "PYTHONPATH": str(code), "OVERTONES_CACHE": str(cache), "POLARS_MAX_THREADS": "1"}
    process = subprocess.Popen(
        [sys.executable, "-m", f"distributed.cli.dask_{command}", *arguments, "--no-dashboard",
         "--scheduler-file", str(tmp_path / "scheduler.json")],
        cwd="/", env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield process
    finally:
        process.kill()
        process.wait()


class Cluster:
    """A scheduler with workers."""

    def __init__(self, address: str, workers: list[subprocess.Popen[bytes]]) -> None:
        self.address = address
        self.workers = workers


@pytest.fixture
def cluster(tmp_path: Path, root: Path, cache: Path) -> Iterator[Callable[..., Cluster]]:
    """Start a scheduler and this number of workers with the code in `code`."""
    with ExitStack() as stack:

        def start(n_workers: int, code: Path = root) -> Cluster:
            port = ("--host", "127.0.0.1", "--port", "0")
            stack.enter_context(_dask(tmp_path, "scheduler", *port, code=root, cache=cache))
            file = tmp_path / "scheduler.json"
            deadline = time.monotonic() + 60
            while not file.exists():
                assert time.monotonic() < deadline, "the scheduler did not start"
                time.sleep(0.05)
            options = ("--nthreads", "1", "--no-nanny", "--host", "127.0.0.1", "--local-directory", str(tmp_path))
            workers = [
                stack.enter_context(_dask(tmp_path, "worker", *options, code=code, cache=cache))
                for _ in range(n_workers)
            ]
            return Cluster(json.loads(file.read_text())["address"], workers)

        yield start


def _tables(out: Path) -> dict[str, bytes]:
    return {
        path.relative_to(out).as_posix(): path.read_bytes()
        for name in TABLES
        if name != "runs"
        for path in sorted((out / name).glob("*.parquet"))
    }


def test_secrets_of_addresses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that was not started by this process gets the secrets of addresses with its first batch."""
    monkeypatch.setenv("_OVERTONES_ADDRESSES", "{}")
    found: list[str] = []

    def analyze(_task: BatchTask, **_: object) -> Any:
        found.append(with_secrets("s3://bucket/articles/a.txt"))

    options = Options()
    secrets = {"s3://bucket/articles": "s3://me:secret@bucket/articles"}
    analyze_here(analyze, BatchTask(0, "", ()), engine_sha256(options), options, tmp_path, 60.0, secrets)
    assert found == ["s3://me:secret@bucket/articles/a.txt"]


def test_a_lost_worker_is_survived(
    tmp_path: Path, corpus: Path, overtones: Overtones, cluster: Callable[..., Cluster]
) -> None:
    """Two Dask workers, one of which is killed during a batch, write the same bytes as one process."""
    batches = {"OVERTONES_BATCH_BYTES": "30000"}
    assert overtones("run", "--no-prefect", corpus, "--out", "one", "--workers", "1", **batches).returncode == Exit.DONE
    dask = cluster(2)
    aside = tmp_path / "two" / ".overtones" / "batches"

    def kill_one_in_mid_batch() -> bool:
        if dask.workers[0].poll() is None and any(aside.glob("*.writing")) and any(aside.glob("*/batch.json")):
            dask.workers[0].kill()
        return dask.workers[0].poll() is not None

    command = ("run", "--no-prefect", "corpus", "--out", "two", "--dask", dask.address)
    done = _while(lambda: overtones(*command, **batches), kill_one_in_mid_batch)
    assert done.returncode == Exit.DONE, done.stderr
    assert dask.workers[0].poll() is not None, "the run was over before a worker could be killed"
    one, two = _tables(tmp_path / "one"), _tables(tmp_path / "two")
    assert len([name for name in one if name.startswith("documents/")]) > 4
    assert one == two


def _while(
    run: Callable[[], subprocess.CompletedProcess[str]], interfere: Callable[[], bool]
) -> subprocess.CompletedProcess[str]:
    """The result of `run`; `meddle` is called repeatedly beside it until it returns true."""
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(run)
        while not future.done() and not interfere():
            time.sleep(0.01)
        return future.result()


def test_scheduler_that_is_not_there(overtones: Overtones, folder: Callable[..., Path]) -> None:
    """An address at which no scheduler responds is reported in one line."""
    done = overtones("run", "--no-prefect", folder({"a.txt": "It rained."}), "--dask", "tcp://127.0.0.1:9")
    assert done.returncode == Exit.USAGE
    assert "no Dask scheduler responds at tcp://127.0.0.1:9" in done.stderr
    assert "Traceback" not in done.stderr


def test_workers_with_other_code(
    tmp_path: Path, root: Path, overtones: Overtones, folder: Callable[..., Path], cluster: Callable[..., Cluster]
) -> None:
    """A worker that would give other results refuses, with a message that says what to do."""
    other = tmp_path / "other"
    for package in ("flows", "tasks"):
        shutil.copytree(root / package, other / package)
    with (other / "tasks" / "analysis.py").open("a") as file:
        file.write("# another version\n")
    dask = cluster(1, code=other)
    done = overtones("run", "--no-prefect", folder({"a.txt": "It rained."}), "--dask", dask.address)
    assert done.returncode == Exit.USAGE
    assert "has other code" in done.stderr
    assert "Traceback" not in done.stderr
