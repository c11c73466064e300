"""The Prefect flow: `flows.pipeline` with each step as a tracked task, and its results as artifacts and an asset.

Everything that an operator sees of a run is made here: a name with the corpus and the time, four to seven tasks, the
progress of the batches, counts and slowest inputs, the summary, and one line with the result. If some inputs failed,
the run is completed under the name SomeInputsFailed. If nothing could be done, it has failed, and its message says why.
"""

from __future__ import annotations

import heapq
import logging
import time
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, cast

from prefect import flow, get_run_logger, task
from prefect.artifacts import (
    create_markdown_artifact,
    create_progress_artifact,
    create_table_artifact,
    update_progress_artifact,
)
from prefect.assets import Asset, AssetProperties, materialize
from prefect.cache_policies import NO_CACHE
from prefect.runtime import flow_run
from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, get_current_settings, temporary_settings
from prefect.states import Cancelled, Completed, Failed

from flows import pipeline
from flows.execution.model import Step
from flows.scheduling.deployments import check_settings_of_schedule, last_part
from flows.settings import Settings  # noqa: TC001  # Prefect reads the annotation when it runs
from tasks.errors import OutputInUse, OvertonesError, ServiceError
from tasks.report import render_summary

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from uuid import UUID

    from prefect import Flow
    from prefect.client.schemas.objects import State

    from flows.execution.model import BatchTiming, Counts, RunResult
    from flows.execution.prestart import PrestartedRun

P = ParamSpec("P")
T = TypeVar("T")

_RETRIED = frozenset({Step.FETCH_TABLES, Step.MAKE_PLAN, Step.UPLOAD_TABLES, Step.WRITE_REPORT, Step.UPLOAD_REPORT})
"""Steps that only read, or write what nothing uses yet. They are retried when a disk or a network fails.

The batches are not retried: an input that fails is a row in `failures`. Publishing is not retried: the next run
finishes it from its journal.
"""
_RUN_LOGGERS = ("prefect.flow_runs", "prefect.task_runs")
_N_SLOWEST = 10
_PROGRESS_SECONDS = 2.0


def _adds_to_the_state(record: logging.LogRecord) -> bool:
    """Whether a log record adds something to the message of the state. The traceback of one of our own errors does not."""
    return not (record.exc_info and isinstance(record.exc_info[1], OvertonesError))


for _name in _RUN_LOGGERS:
    logging.getLogger(_name).addFilter(_adds_to_the_state)


def _run_name() -> str:
    """The corpus and the time, so that runs can be distinguished in a list."""
    settings: Any = flow_run.parameters["settings"]
    sources = settings["source"] if isinstance(settings, dict) else settings.source
    corpus = ", ".join(map(last_part, sources))
    return f"{corpus} {flow_run.scheduled_start_time.astimezone():%Y-%m-%d %H:%M %Z}"


def analyze_with(prestarted: PrestartedRun | None) -> Flow[[Settings], Any]:
    """The flow for a process that has already started the run. A pool of processes cannot be a parameter of a flow."""

    @flow(name="overtones", flow_run_name=_run_name, persist_result=False)
    def analyze(settings: Settings) -> Any:
        """Analyze raw articles into parquet tables and a report.

        The final state says in one line what was done, or why nothing was done. Its data is the
        `flows.execution.model.RunResult`, or the error. A run is cancelled if another run is writing the same tables. A
        run of a schedule fails if its settings would read, measure or write something else than the schedule does.
        """
        try:
            check_settings_of_schedule(settings)
            result = _run_tracked(settings, prestarted)
        except OutputInUse as error:
            return Cancelled(message=str(error), data=error)
        except OvertonesError as error:
            return Failed(message=str(error), data=error)
        message = result_line(result)
        get_run_logger().info(message)
        if result.counts.failed and not result.counts.read:
            return Failed(message=message, data=result)
        return Completed(name="SomeInputsFailed" if result.counts.failed else None, message=message, data=result)

    return analyze


analyze = analyze_with(None)
"""The flow that is deployed."""


@contextmanager
def without_heartbeats() -> Iterator[None]:
    """Disable Prefect's heartbeat (a message to the server every three minutes), unless it is configured.

    Its thread checks only once a second whether the run has ended, and Prefect waits for that.
    """
    if "heartbeat_frequency" in get_current_settings().flows.model_fields_set:
        yield
        return
    with temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}):
        yield


def result_line(result: RunResult) -> str:
    """The result of a run in one line."""
    counts = result.counts
    failed = f", {counts.failed:,} inputs failed (see the table `failures`)" if counts.failed else ""
    return (
        f"{counts.documents:,} documents ({counts.new:,} new), {counts.words:,} words in {result.seconds:.1f} s{failed}"
    )


def _run_tracked(settings: Settings, prestarted: PrestartedRun | None) -> RunResult:
    """Run `flows.pipeline` with its steps as tasks, and publish the results as artifacts."""
    artifact = cast("UUID", create_progress_artifact(0.0, key="overtones-progress", description="batches analyzed"))
    slowest: list[tuple[float, int, str]] = []
    sent_percent, sent_at = 0, time.monotonic()

    def progress(_counts: Counts, n_left: int, n_batches: int, latest: BatchTiming) -> None:
        nonlocal sent_percent, sent_at
        heapq.heappush(slowest, (latest.seconds, latest.n_bytes, latest.sources))
        if len(slowest) > _N_SLOWEST:
            heapq.heappop(slowest)
        percent = 100 * (n_batches - n_left) // n_batches
        # At most a hundred calls in a long run, and few in a short one.
        if percent > sent_percent and time.monotonic() - sent_at > _PROGRESS_SECONDS:
            sent_percent, sent_at = percent, time.monotonic()
            update_progress_artifact(artifact, float(percent))

    result = pipeline.run(settings, _TaskRunner(_asset(settings)), progress, prestarted)
    update_progress_artifact(artifact, 100.0)
    create_table_artifact(
        [{"what": name, "count": count} for name, count in asdict(result.counts).items()],
        key="overtones-counts",
        description=f"Counts of run {result.run_id}; the tables are in {result.out}",
    )
    create_table_artifact(
        [
            {"sources": sources, "bytes": n_bytes, "seconds": round(seconds, 3)}
            for seconds, n_bytes, sources in sorted(slowest, reverse=True)
        ],
        key="overtones-slowest",
        description="The batches that took longest",
    )
    create_markdown_artifact(
        f"{render_summary(result.summary)}\nReport: <{(result.reports / 'index.html').absolute().as_uri()}>\n",
        key="overtones-summary",
        description=f"Summary of run {result.run_id}; the report is {result.reports / 'index.html'}",
    )
    return result


def _asset(settings: Settings) -> Asset:
    """The published tables as an asset, which each run materializes."""
    address = settings.out_address or settings.out.absolute().as_uri()
    return Asset(key=address, properties=AssetProperties(name=f"tables in {PurePath(address).name}", url=address))


class _TaskRunner:
    """Runs each step as a Prefect task. The step that publishes materializes the asset.

    No result is cached, because the tables themselves record what has been done. The task gets no arguments, because
    Prefect would search every source of the plan for results of other tasks.
    """

    def __init__(self, asset: Asset) -> None:
        self._asset = asset

    def __call__(self, step: Step, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        def run_step() -> T:
            return function(*args, **kwargs)

        options: dict[str, Any] = {"name": step.value, "cache_policy": NO_CACHE, "persist_result": False}
        if step is Step.PUBLISH_TABLES:
            return materialize(self._asset, by="overtones", **options)(run_step)()
        if step in _RETRIED:
            options |= {"retries": 2, "retry_delay_seconds": [1, 10], "retry_condition_fn": _failed_on_input_or_output}
        return task(**options)(run_step)()


def _failed_on_input_or_output(_task: object, _run: object, state: State[Any]) -> bool:
    """Whether a step failed because of a disk, a network or a server, so that a retry may succeed."""
    error = state.result(raise_on_failure=False)
    return isinstance(error, (OSError, ServiceError)) or isinstance(getattr(error, "__cause__", None), OSError)
