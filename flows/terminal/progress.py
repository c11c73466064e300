"""The progress of a run on a terminal: current step, batches, words per second, time left."""

from __future__ import annotations

from typing import TYPE_CHECKING, ParamSpec, TypeVar

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from flows import pipeline
from flows.execution.model import Step

if TYPE_CHECKING:
    from collections.abc import Callable

    from flows.execution.model import BatchTiming, Counts, RunResult
    from flows.settings import Settings

P = ParamSpec("P")
T = TypeVar("T")

_STEPS = {
    Step.FETCH_TABLES: "downloading the tables",
    Step.MAKE_PLAN: "listing the sources",
    Step.ANALYZE_BATCHES: "analyzing",
    Step.PUBLISH_TABLES: "writing the tables",
    Step.UPLOAD_TABLES: "uploading the tables",
    Step.WRITE_REPORT: "writing the report",
    Step.UPLOAD_REPORT: "uploading the report",
}


def run_with_progress(settings: Settings) -> RunResult:
    """Do `pipeline.run` with a progress bar on stderr, which is removed at the end."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        TimeElapsedColumn(),
        TextColumn("{task.fields[speed]}"),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None, speed="")

        def perform(step: Step, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
            bar.update(task, description=_STEPS[step])
            return function(*args, **kwargs)

        def progress(counts: Counts, n_left: int, n_batches: int, _latest: BatchTiming, /) -> None:
            seconds = bar.tasks[0].elapsed or 0.001
            bar.update(
                task, total=n_batches, completed=n_batches - n_left, speed=_speed(counts, n_left, n_batches, seconds)
            )

        return pipeline.run(settings, perform, progress)


def _speed(counts: Counts, n_left: int, n_batches: int, seconds: float) -> str:
    """Words per second, and an estimate of the time for the remaining batches.

    >>> from flows.execution.model import Counts
    >>> _speed(Counts(documents=10, new=10, words=50_000), 3, 4, 2.0)
    '25,000 words/s, 1 of 4 batches, about 6 s left'
    """
    # Unchanged documents are copied from the previous run and take no time.
    words = counts.words * counts.new / max(counts.documents, 1)
    left = n_left * seconds / max(n_batches - n_left, 1)
    time_left = f"{left / 60:,.0f} min" if left >= 100 else f"{left:.0f} s"
    batches = f", {n_batches - n_left:,} of {n_batches:,} batches, about {time_left} left" if n_left else ""
    return f"{words / seconds:,.0f} words/s{batches}"
