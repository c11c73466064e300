"""The Prefect flow: the wiring of `flows.pipeline`, each step a tracked task, the findings as artifacts and an asset.

What an operator sees of a run is all made here: a name that tells the corpus and the time, five or six tasks, how far
the batches are, counts and slowest inputs, the summary, and one line that says how it ended. A run of which some inputs
failed is completed under the name SomeInputsFailed; one that could do nothing has failed, and its message says why.
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
from flows.scheduling.deployments import check_settings_of_schedule, last_part
from flows.settings import Settings  # noqa: TC001  # Prefect reads the annotation when it runs
from tasks.errors import OutputInUse, OvertonesError, ServiceError
from tasks.report import render_summary

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from uuid import UUID

    from prefect import Flow
    from prefect.client.schemas.objects import State

    from flows.pipeline import PrestartedRun

P = ParamSpec("P")
T = TypeVar("T")

_RETRIED = frozenset({"fetch_tables", "make_plan", "put_tables", "write_report", "put_report"})
"""Steps that only read, or write what nobody relies on yet: they may be done again when a disk or a network fails.

The batches are not: what one input does to them is a row in `failures`. Publishing is not: its journal lets the next
run finish it.
"""
_RUN_LOGGERS = ("prefect.flow_runs", "prefect.task_runs")
_N_SLOWEST = 10
_PROGRESS_SECONDS = 2.0


def _tells_more_than_its_state(record: logging.LogRecord) -> bool:
    """Whether a log record says anything beside the message of the state: no traceback of an error of our own does."""
    return not (record.exc_info and isinstance(record.exc_info[1], OvertonesError))


for _name in _RUN_LOGGERS:
    logging.getLogger(_name).addFilter(_tells_more_than_its_state)


def _run_name() -> str:
    """The corpus and the time, so that runs can be told apart in a list."""
    settings: Any = flow_run.parameters["settings"]
    sources = settings["source"] if isinstance(settings, dict) else settings.source
    corpus = ", ".join(map(last_part, sources))
    return f"{corpus} {flow_run.scheduled_start_time.astimezone():%Y-%m-%d %H:%M %Z}"


def analyze_with(start: PrestartedRun | None) -> Flow[[Settings], Any]:
    """The flow, for a process that has begun the run already; a parameter cannot hold what it has."""

    @flow(name="overtones", flow_run_name=_run_name, persist_result=False)
    def analyze(settings: Settings) -> Any:
        """Analyze raw articles into parquet tables and a report.

        The state it ends in says in one line what was done, or why nothing was; its data is the `flows.pipeline.Result`,
        or the error. A run that finds another at work on the same tables is cancelled. A run of a schedule fails if it is
        told to read, measure or write anything else than the schedule was made for.
        """
        try:
            check_settings_of_schedule(settings)
            result = _run_tracked(settings, start)
        except OutputInUse as error:
            return Cancelled(message=str(error), data=error)
        except OvertonesError as error:
            return Failed(message=str(error), data=error)
        message = told(result)
        get_run_logger().info(message)
        if result.counts.failed and not result.counts.read:
            return Failed(message=message, data=result)
        return Completed(name="SomeInputsFailed" if result.counts.failed else None, message=message, data=result)

    return analyze


analyze = analyze_with(None)
"""What is deployed."""


@contextmanager
def without_heartbeats() -> Iterator[None]:
    """Runs in here do not tell the server every three minutes that they live, unless Prefect's settings say how often.

    The thread that does it looks once a second whether the run has ended, and Prefect waits for that.
    """
    if "heartbeat_frequency" in get_current_settings().flows.model_fields_set:
        yield
        return
    with temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}):
        yield


def told(result: pipeline.Result) -> str:
    """How a run ended, in one line."""
    counts = result.counts
    failed = f", {counts.failed:,} inputs failed (the table `failures` tells why)" if counts.failed else ""
    return (
        f"{counts.documents:,} documents ({counts.new:,} new), {counts.words:,} words in {result.seconds:.1f} s{failed}"
    )


def _run_tracked(settings: Settings, start: PrestartedRun | None) -> pipeline.Result:
    """The run of `flows.pipeline` with its steps as tasks, and what it found as artifacts."""
    artifact = cast("UUID", create_progress_artifact(0.0, key="overtones-progress", description="batches analyzed"))
    slowest: list[tuple[float, int, str]] = []
    told_percent, told_at = 0, time.monotonic()

    def progress(_counts: pipeline.Counts, n_left: int, n_batches: int, latest: pipeline.BatchTiming) -> None:
        nonlocal told_percent, told_at
        heapq.heappush(slowest, (latest.seconds, latest.n_bytes, latest.sources))
        if len(slowest) > _N_SLOWEST:
            heapq.heappop(slowest)
        percent = 100 * (n_batches - n_left) // n_batches
        # At most a hundred calls, however many batches there are, and few of a short run.
        if percent > told_percent and time.monotonic() - told_at > _PROGRESS_SECONDS:
            told_percent, told_at = percent, time.monotonic()
            update_progress_artifact(artifact, float(percent))

    perform = _Tracked(_asset(settings))
    result = pipeline.run(settings, perform, progress, start)
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
    """The published tables, as a thing that runs make anew."""
    address = settings.out_address or settings.out.absolute().as_uri()
    return Asset(key=address, properties=AssetProperties(name=f"tables in {PurePath(address).name}", url=address))


class _Tracked:
    """Carries each step out as a Prefect task; that which publishes makes the asset.

    Nothing is cached: what has to be done is decided by the tables' own record. Arguments stay out of the task's sight,
    because it would look through every source of the plan for results of other tasks.
    """

    def __init__(self, asset: Asset) -> None:
        self._asset = asset

    def __call__(self, step: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        def carry_out() -> T:
            return step(*args, **kwargs)

        name = step.__name__
        options: dict[str, Any] = {
            "name": name.replace("_", " "), "cache_policy": NO_CACHE, "persist_result": False,
        }  # fmt: skip
        if name == "publish_tables":
            return materialize(self._asset, by="overtones", **options)(carry_out)()
        if name in _RETRIED:
            options |= {"retries": 2, "retry_delay_seconds": [1, 10], "retry_condition_fn": _failed_on_input_or_output}
        return task(**options)(carry_out)()


def _failed_on_input_or_output(_task: object, _run: object, state: State[Any]) -> bool:
    """Whether a step failed because of a disk, a network or a server, which may work the next time."""
    error = state.result(raise_on_failure=False)
    return isinstance(error, (OSError, ServiceError)) or isinstance(getattr(error, "__cause__", None), OSError)
