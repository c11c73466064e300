"""Documents that take too long, stopped from inside their process."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from flows.execution.dask_executor import analyze_here
from flows.execution.executor import analyze_batches
from flows.execution.model import DocumentSpan
from flows.execution.planning import make_plan
from flows.execution.prestart import prestarted_pool
from flows.execution.time_limit import time_limit
from flows.settings import Settings
from tasks import analysis
from tasks.errors import TimeLimitExceeded

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def with_endless_document(tmp_path: Path, folder: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The failures of a run over three articles, in which the analysis of b.txt never ends."""
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
    """Endless Python code is stopped even if no worker can be killed."""
    settings = with_endless_document
    plan = make_plan(settings)
    with prestarted_pool(settings) as pool, ThreadPoolExecutor(1) as thread:
        if where == "at home":
            [part], _ = analyze_batches(plan, settings, pool)
            record = part.record
        else:
            rest = (plan.tasks[0], plan.engine, plan.options, Path.cwd(), settings.max_seconds)
            record = thread.submit(analyze_here, pool.analyze, *rest, {}).result().record
    assert (record.n_documents, record.n_failed) == (2, 1)
    failures = pl.read_parquet(settings.out / ".overtones" / "batches" / plan.tasks[0].key / "failures-*.parquet")
    assert failures.select("source_uri", "error").rows() == [("b.txt", "TimeLimitExceeded")]
    assert "longer than 1 seconds; use --max-seconds" in failures["message"][0]


def stay_at_spans() -> None:
    """Be at one span for a short time, at none for a long time, and at another one forever."""
    with time_limit(0.2) as report:
        report(DocumentSpan(0, 0, 0))
        report(None)
        time.sleep(0.4)
        report(DocumentSpan(0, 1, 1))
        with pytest.raises(TimeLimitExceeded, match=r"longer than 0.2 seconds; use --max-seconds"):
            sum(1 for _ in range(10**9))


def test_no_limit_between_spans() -> None:
    """Only time at a span counts, in a thread as in the main thread."""
    stay_at_spans()
    with ThreadPoolExecutor(1) as thread:
        thread.submit(stay_at_spans).result()


TINY = """
import threading
from flows.execution.model import DocumentSpan
from flows.execution.time_limit import time_limit
from tasks.errors import TimeLimitExceeded

def compute():
    while True:
        sum(range(1000))

threading.Thread(target=compute, daemon=True).start()
for limit in (0.01, 0.001, 1e-5, 1e-9) * 10:
    try:
        with time_limit(limit) as report:
            report(DocumentSpan(-1, 0, 1))
            sum(number for number in range(5000))
            report(None)
    except TimeLimitExceeded:
        pass
print("done")
"""


def test_tiny_limits(root: Path) -> None:
    """A limit shorter than the time of a check ends documents, never the process, and no signal arrives afterwards."""
    done = subprocess.run(
        [sys.executable, "-c", TINY], cwd=root, capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "done\n", "")


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGALRM")
def test_late_signal() -> None:
    """A signal of the timer that arrives after the end of the limit is ignored; another handler is restored."""

    def theirs(_signal: int, _frame: object) -> None:
        """Do nothing."""

    before = signal.signal(signal.SIGALRM, signal.SIG_DFL)
    try:
        with time_limit(60):
            pass
        signal.raise_signal(signal.SIGALRM)  # it would end this process
        signal.signal(signal.SIGALRM, theirs)
        with time_limit(60):
            assert signal.getsignal(signal.SIGALRM) is not theirs
        assert signal.getsignal(signal.SIGALRM) is theirs
    finally:
        signal.signal(signal.SIGALRM, before)
