"""Workers that really die, and what it costs."""

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

import polars as pl
import pytest

from flows import pipeline
from flows.execution import dask_executor as dask_cluster
from flows.execution.pool import DocumentSpan, WorkerPool, time_limit
from flows.settings import Settings
from tasks import analysis
from tasks.errors import OvertonesError, TimeLimitExceeded
from tasks.store import read_table, scan_table

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def fatal(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The module of fatal analysis, which workers can import as well."""
    monkeypatch.syspath_prepend(Path(__file__).parent)
    return importlib.import_module("fatal_analysis")


@pytest.fixture
def run(tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch, fatal: Any) -> Callable[..., Path]:
    """Analyze a folder with fatal analysis and two workers; where the tables are."""
    monkeypatch.setenv("OVERTONES_CACHE", str(cache))

    def analyze(source: Path, analyze: Any = fatal.analyze, **more: Any) -> Path:
        settings = Settings(source=(str(source),), out=tmp_path / "out", workers=2, batch_bytes=500, **more)
        plan = pipeline.make_plan(settings)
        assert len(plan.work) > 1
        analyze = partial(analyze, out=plan.out, options=plan.options) if analyze is fatal.analyze else analyze
        with WorkerPool(analyze, settings.max_seconds) as crew:
            parts, counts = pipeline.analyze_batches(plan, settings, crew)
        pipeline.publish_tables(plan, parts, counts, time.perf_counter())
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
    """It becomes a failure that names the signal; the other documents' rows are as if it had never been there."""
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
    """Death while reading costs the source that was read, no more."""
    out = run(folder(articles(x07_html="<html><body><p>This page KILLS ALWAYS.</p></body></html>")))
    assert read_table("failures", out)["source_uri"].tolist() == ["x07.html"]
    assert len(read_table("documents", out)) == 10


def test_worker_that_dies_by_chance(folder: Callable[..., Path], run: Callable[..., Path]) -> None:
    """A worker that was killed for no fault of its document costs nothing but time."""
    out = run(folder(articles(x07_txt="This one KILLS ONCE.")))
    assert (out / "scars").exists()
    assert read_table("failures", out).empty
    assert len(read_table("documents", out)) == 11


def test_document_that_hangs(folder: Callable[..., Path], run: Callable[..., Path]) -> None:
    """A document that takes longer than --max-seconds is a failure that names the option; its worker is ended."""
    # Others have to be done within the limit, on a machine that may be busy.
    out = run(folder(articles(x07_txt="This one HANGS for ever. " * 30)), max_seconds=10)
    [failure] = read_table("failures", out).to_dict("records")
    assert (failure["source_uri"], failure["error"]) == ("x07.txt", "TimeLimitExceeded")
    assert "raise --max-seconds" in failure["message"]
    assert len(read_table("documents", out)) == 10


def test_machine_on_which_no_worker_lives(folder: Callable[..., Path], run: Callable[..., Path], fatal: Any) -> None:
    """Workers that die before they are at any document end the run with a reason, after three attempts."""
    with pytest.raises(OvertonesError, match=r"exit code 7; so it was 3 times, while at no document"):
        run(folder(articles()), analyze=fatal.die_at_once)


@pytest.fixture
def with_endless_document(tmp_path: Path, folder: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> Settings:
    """What runs over three articles, of which the analysis of b.txt does not end."""
    sound = analysis.analyze_documents

    def analyze_documents(documents: pl.DataFrame, *more: Any) -> Any:
        while "ENDLESS" in " ".join(documents["text"]):
            pass
        return sound(documents, *more)

    monkeypatch.setattr(analysis, "analyze_documents", analyze_documents)
    top = folder({"a.txt": "It rained.", "b.txt": "This one is ENDLESS.", "c.txt": "Nobody minded."})
    return Settings(source=(str(top),), out=tmp_path / "out", workers=1, max_seconds=1.0)


@pytest.mark.parametrize("where", ["at home", "in a thread of a Dask worker"])
def test_endless_document(with_endless_document: Settings, where: str) -> None:
    """Where no worker can be killed, Python code that does not end is stopped all the same."""
    settings = with_endless_document
    plan = pipeline.make_plan(settings)
    with pipeline.prestarted_pool(settings) as crew, ThreadPoolExecutor(1) as thread:
        if where == "at home":
            [part], _ = pipeline.analyze_batches(plan, settings, crew)
            record = part.record
        else:
            rest = (plan.work[0], plan.engine, plan.options, Path.cwd(), settings.max_seconds)
            record, _, _ = thread.submit(dask_cluster._analyze, crew.analyze, *rest, {}).result()
    assert (record.n_documents, record.n_failed) == (2, 1)
    failures = pl.read_parquet(settings.out / ".overtones" / "batches" / plan.work[0].key / "failures-*.parquet")
    assert failures.select("source_uri", "error").rows() == [("b.txt", "TimeLimitExceeded")]
    assert "longer than 1 seconds; raise --max-seconds" in failures["message"][0]


def test_panic_of_a_library(tmp_path: Path, folder: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """A panic in polars' own code, which Python takes for no ordinary error, costs the document that it comes from."""
    sound = analysis.analyze_documents

    def analyze_documents(documents: pl.DataFrame, *more: Any) -> Any:
        if "UNLUCKY" in " ".join(documents["text"]):
            raise pl.exceptions.PanicException("assertion failed")
        return sound(documents, *more)

    monkeypatch.setattr(analysis, "analyze_documents", analyze_documents)
    top = folder({"a.txt": "It rained.", "b.txt": "This one is UNLUCKY.", "c.txt": "Nobody minded."})
    settings = Settings(source=(str(top),), out=tmp_path / "out", reports=tmp_path / "reports", workers=1)
    pipeline.run(settings)
    [failure] = read_table("failures", settings.out).to_dict("records")
    assert (failure["source_uri"], failure["error"]) == ("b.txt", "PanicException")
    assert len(read_table("documents", settings.out)) == 2


def stay_at_places() -> None:
    """Be at one place shortly, at none for long, and at another one for ever."""
    with time_limit(0.2) as watch:
        watch(DocumentSpan(0, 0, 0))
        watch(None)
        time.sleep(0.4)
        watch(DocumentSpan(0, 1, 1))
        with pytest.raises(TimeLimitExceeded, match=r"longer than 0.2 seconds; raise --max-seconds"):
            sum(1 for _ in range(10**9))


def test_alarm_is_off_between_places() -> None:
    """Only time that is spent at a place counts; in a thread as in the process's first one."""
    stay_at_places()
    with ThreadPoolExecutor(1) as thread:
        thread.submit(stay_at_places).result()


STOPPED_FOR = 3.5
MAX_SECONDS = 2.0


def stop_for_a_while(pids: Path, kill: Callable[[int, int], None]) -> None:
    """Stop the process whose id comes to stand in `pids`, for longer than it may be at a document, and let it go on."""
    while not pids.exists() or not pids.read_text():
        time.sleep(0.01)
    pid = int(pids.read_text())
    time.sleep(0.3)  # until who watches has seen it there
    kill(pid, signal.SIGSTOP)
    time.sleep(STOPPED_FOR)
    kill(pid, signal.SIGCONT)


def outcome_of(fatal: Any, pids: Path, **more: Any) -> str:
    """What a crew of one brings back from a document."""
    with WorkerPool(partial(fatal.idle, pids=pids, **more), MAX_SECONDS) as crew:
        [(_, *outcome)] = crew.carry_out([pipeline.BatchTask(0, "key", ())], 1)
    return "".join(map(str, outcome))


@pytest.mark.parametrize("busy", [False, True])
def test_worker_that_is_stopped(tmp_path: Path, fatal: Any, busy: bool) -> None:
    """Time for which a worker is stopped is not time that its document takes."""
    with ThreadPoolExecutor(1) as thread:
        stopping = thread.submit(stop_for_a_while, tmp_path / "pids", os.kill)
        began = time.monotonic()
        assert outcome_of(fatal, tmp_path / "pids", busy=busy) == "analyzed"
        assert time.monotonic() - began > STOPPED_FOR
        stopping.result()


@pytest.mark.parametrize("busy", [False, True])
def test_worker_that_never_comes_back(tmp_path: Path, fatal: Any, busy: bool) -> None:
    """A worker that is asleep or busy for ever is ended after the limit, not long after it."""
    began = time.monotonic()
    assert outcome_of(fatal, tmp_path / "pids", busy=busy, seconds=1000.0) == "TimeLimitExceeded"
    assert MAX_SECONDS < time.monotonic() - began < 30


TOGETHER = """
import sys
from pathlib import Path
import fatal_analysis, test_workers

if __name__ == "__main__":
    print(test_workers.outcome_of(fatal_analysis, Path("worker")))
"""
ALONE = """
import threading
from pathlib import Path
from functools import partial
import fatal_analysis
from flows.pipeline import BatchTask
from flows.execution.pool import time_limit

def idle():
    with time_limit(2.0) as watch:
        print(fatal_analysis.idle(BatchTask(0, "key", ()), Path("worker"), watch=watch))

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
    """Where all processes are stopped and go on, as when a machine sleeps, no document pays for it."""
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
