"""Workers that really die, and the effect on the results."""

from __future__ import annotations

import importlib
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from flows.execution.executor import analyze_batches
from flows.execution.model import BatchTask
from flows.execution.outputs import publish_tables
from flows.execution.planning import make_plan
from flows.execution.pool import WorkerPool
from flows.settings import Settings
from tasks.errors import OvertonesError
from tasks.store import read_table, scan_table

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def fatal(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The module of fatal analysis, under a name that workers can import."""
    monkeypatch.syspath_prepend(Path(__file__).parent)
    return importlib.import_module("fatal_analysis")


@pytest.fixture
def run(tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch, fatal: Any) -> Callable[..., Path]:
    """Analyze a folder with fatal analysis and two workers; returns the folder of the tables."""
    monkeypatch.setenv("OVERTONES_CACHE", str(cache))

    def analyze(source: Path, analyze: Any = fatal.analyze, **more: Any) -> Path:
        settings = Settings(source=(str(source),), out=tmp_path / "out", workers=2, batch_bytes=500, **more)
        plan = make_plan(settings)
        assert len(plan.tasks) > 1
        analyze = partial(analyze, out=plan.out, options=plan.options) if analyze is fatal.analyze else analyze
        with WorkerPool(analyze, settings.max_seconds) as pool:
            parts, counts = analyze_batches(plan, settings, pool)
        publish_tables(plan, parts, counts, time.perf_counter())
        return settings.out

    return analyze


def articles(**special: str) -> dict[str, bytes | str]:
    """Ten short articles, and the special ones among them."""
    plain: dict[str, bytes | str] = {
        f"{i}.txt": f"It rained on day {i}. Nobody minded, and the markets closed early." for i in range(10)
    }
    plain["3.txt"] = "It rained — on day 3 ".encode() + b"\x97 and nobody minded."  # a byte that is repaired
    return {**plain, **{name.replace("_", "."): text for name, text in special.items()}}


def test_document_that_kills_its_worker(tmp_path: Path, folder: Callable[..., Path], run: Callable[..., Path]) -> None:
    """A fatal document becomes a failure that names the signal; the other documents have the same rows as without it."""
    top = folder(articles(x07_txt="This one KILLS ALWAYS, whatever is done."))
    out = run(top)
    [failure] = read_table("failures", out).to_dict("records")
    assert (failure["source_uri"], failure["stage"], failure["error"]) == ("x07.txt", "analyze", "WorkerDied")
    assert "stopped by signal 9 (SIGKILL)" in failure["message"]
    assert len(read_table("documents", out)) == 10
    out.rename(tmp_path / "suffered")
    (top / "x07.txt").unlink()
    out = run(top)
    for name in ("documents", "paragraphs", "sentences", "loaded_terms"):
        assert scan_table(name, out).collect().equals(scan_table(name, tmp_path / "suffered").collect())


def test_page_that_kills_its_reader(folder: Callable[..., Path], run: Callable[..., Path]) -> None:
    """A death while reading affects only the source that was read."""
    out = run(folder(articles(x07_html="<html><body><p>This page KILLS ALWAYS.</p></body></html>")))
    assert read_table("failures", out)["source_uri"].tolist() == ["x07.html"]
    assert len(read_table("documents", out)) == 10


def test_worker_that_dies_by_chance(folder: Callable[..., Path], run: Callable[..., Path]) -> None:
    """If a worker is killed for another reason than its document, only time is lost."""
    out = run(folder(articles(x07_txt="This one KILLS ONCE.")))
    assert (out / "scars").exists()
    assert read_table("failures", out).empty
    assert len(read_table("documents", out)) == 11


def test_document_that_hangs(folder: Callable[..., Path], run: Callable[..., Path]) -> None:
    """A document that takes longer than --max-seconds is a failure that names the option; its worker is killed."""
    # Others have to be done within the limit, on a machine that may be busy.
    out = run(folder(articles(x07_txt="This one HANGS for ever. " * 30)), max_seconds=10)
    [failure] = read_table("failures", out).to_dict("records")
    assert (failure["source_uri"], failure["error"]) == ("x07.txt", "TimeLimitExceeded")
    assert "use --max-seconds" in failure["message"]
    assert len(read_table("documents", out)) == 10


def test_machine_on_which_no_worker_runs(folder: Callable[..., Path], run: Callable[..., Path], fatal: Any) -> None:
    """If workers die before they are at any document, the run ends with a message after three attempts."""
    with pytest.raises(OvertonesError, match=r"exit with code 7; this happened 3 times while it was at no document"):
        run(folder(articles()), analyze=fatal.die_at_once)


STOPPED_FOR = 3.5
MAX_SECONDS = 2.0


def stop_for_a_while(pids: Path, kill: Callable[[int, int], None]) -> None:
    """Suspend the process whose id appears in `pids` for longer than a document's limit, then continue it."""
    while not pids.exists() or not pids.read_text():
        time.sleep(0.01)
    pid = int(pids.read_text())
    time.sleep(0.3)  # until the supervisor has seen it there
    kill(pid, signal.SIGSTOP)
    time.sleep(STOPPED_FOR)
    kill(pid, signal.SIGCONT)


def result_of(fatal: Any, pids: Path, **more: Any) -> str:
    """The result of a document in a pool of one worker."""
    with WorkerPool(partial(fatal.idle, pids=pids, **more), MAX_SECONDS) as pool:
        [(_, outcome)] = pool.run([BatchTask(0, "key", ())], 1)
    return str(outcome)


@pytest.mark.parametrize("busy", [False, True])
def test_worker_that_is_stopped(tmp_path: Path, fatal: Any, busy: bool) -> None:
    """Time in which a worker is suspended does not count for its document."""
    with ThreadPoolExecutor(1) as thread:
        stopping = thread.submit(stop_for_a_while, tmp_path / "pids", os.kill)
        began = time.monotonic()
        assert result_of(fatal, tmp_path / "pids", busy=busy) == "analyzed"
        assert time.monotonic() - began > STOPPED_FOR
        stopping.result()


@pytest.mark.parametrize("busy", [False, True])
def test_worker_that_never_responds(tmp_path: Path, fatal: Any, busy: bool) -> None:
    """A worker that sleeps or computes forever is killed soon after the limit."""
    began = time.monotonic()
    assert result_of(fatal, tmp_path / "pids", busy=busy, seconds=1000.0) == "TimeLimitExceeded"
    assert MAX_SECONDS < time.monotonic() - began < 30


TOGETHER = """
import sys
from pathlib import Path
import fatal_analysis, test_pool

if __name__ == "__main__":
    print(test_pool.result_of(fatal_analysis, Path("worker")))
"""
ALONE = """
import threading
from pathlib import Path
from functools import partial
import fatal_analysis
from flows.execution.model import BatchTask
from flows.execution.time_limit import time_limit

def idle():
    with time_limit(2.0) as report:
        print(fatal_analysis.idle(BatchTask(0, "key", ()), Path("worker"), report=report))

if __name__ == "__main__":
    IDLE
"""


@pytest.mark.parametrize(
    "script",
    [
        TOGETHER,
        ALONE.replace("IDLE", "idle()"),
        ALONE.replace("IDLE", "thread = threading.Thread(target=idle); thread.start(); thread.join()"),
    ],
    ids=["a worker and its supervisor", "the main thread", "another thread"],
)
def test_machine_that_sleeps(tmp_path: Path, root: Path, script: str) -> None:
    """If all processes are suspended and continue, as when a machine sleeps, no document fails."""
    (tmp_path / "script.py").write_text(script)
    process = subprocess.Popen(
        [sys.executable, "script.py"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(root), str(Path(__file__).parent)])},
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        stop_for_a_while(tmp_path / "worker", lambda _, sign: os.killpg(process.pid, sign))
        assert process.communicate(timeout=60)[0] == "analyzed\n"
        assert process.returncode == 0
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
