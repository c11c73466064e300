"""One run: the order of its steps.

The same functions run in this process, in a pool of processes or on a Dask cluster, directly or as Prefect tasks: `run`
gets a `run_step` that executes each step. Nothing here imports Prefect.
"""

from __future__ import annotations

import logging
import threading
import time
from contextlib import ExitStack, contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from flows.execution.executor import analyze_batches
from flows.execution.lock import holding_outputs
from flows.execution.model import RunResult, Step, run_directly
from flows.execution.outputs import publish_tables, write_report
from flows.execution.planning import N_NAMED, check_request, make_plan
from flows.execution.prestart import PrestartedRun, prestarted_pool
from flows.stores.tables import check_stores, fetch_tables, upload_report, upload_tables
from tasks.errors import ReportError, StoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from flows.execution.model import Progress, StepRunner
    from flows.settings import Settings

_LOG = logging.getLogger("overtones")

P = ParamSpec("P")
T = TypeVar("T")


def run(
    settings: Settings,
    run_step: StepRunner = run_directly,
    progress: Progress | None = None,
    prestarted: PrestartedRun | None = None,
) -> RunResult:
    """One whole run. `progress` is called after each batch. Steps and batches are logged under the name "overtones".

    `prestarted` is the result of `prestart`, if the caller had other work to do at the same time.

    Raises UsageError for sources that do not exist, StoreError if the output folder cannot be written or is in use,
    ReportError if the tables were written but the report could not be.
    """
    run_step = _logged(run_step)
    with ExitStack() as stack:
        # First, because workers load what a batch needs while this process does the same, which takes as long.
        pool = prestarted.pool if prestarted else stack.enter_context(prestarted_pool(settings))
        plan = prestarted.plan if prestarted else None
        if not plan:
            check_request(settings)
            check_stores(settings.out_address, settings.reports_address)
            stack.enter_context(holding_outputs(settings.out, settings.reports, settings.wait))
        stack.callback(pool.terminate)  # before the folders are unlocked, so that no worker writes any more
        began = prestarted.began if prestarted and plan else time.perf_counter()
        with _write_errors(settings):
            if settings.out_address:
                run_step(Step.FETCH_TABLES, fetch_tables, settings.out_address, settings.out)
            plan = run_step(Step.MAKE_PLAN, make_plan, settings, plan)
            threading.Thread(target=import_module, args=("tasks.report",), daemon=True).start()  # while others work
            parts, counts = run_step(Step.ANALYZE_BATCHES, analyze_batches, plan, settings, pool, progress)
            pool.terminate()  # they hold memory that publishing needs
            damaged = run_step(Step.PUBLISH_TABLES, publish_tables, plan, parts, counts, began, settings.max_workers)
        run_id, removed = plan.run_id, plan.removed[: min(counts.removed, N_NAMED)]
        because = plan.reanalyzed_because
        del plan, parts  # of each source they hold half a kilobyte
        if settings.out_address:
            run_step(Step.UPLOAD_TABLES, upload_tables, settings.out, settings.out_address)
        with _report_errors():
            summary = run_step(Step.WRITE_REPORT, write_report, run_id, settings)
            if settings.reports_address:
                run_step(Step.UPLOAD_REPORT, upload_report, settings.reports, settings.reports_address)
        from tasks.store import discard_replaced  # after workers are started, because it needs the import of polars

        discard_replaced(settings.out)
        seconds = time.perf_counter() - began
        return RunResult(run_id, counts, seconds, settings.out, settings.reports, summary, removed, damaged, because)


def _logged(run_step: StepRunner) -> StepRunner:
    """`run_step`, with a log line for each step."""

    def timed(step: Step, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        began = time.perf_counter()
        result = run_step(step, function, *args, **kwargs)
        _LOG.info(step.value, extra={"seconds": round(time.perf_counter() - began, 3)})
        return result

    return timed


@contextmanager
def _write_errors(settings: Settings) -> Iterator[None]:
    """Convert errors of the file system, such as a full disk, to StoreError, which says what is unchanged."""
    try:
        yield
    except OSError as error:
        raise StoreError(
            f"cannot write into {settings.out}: {error}; "
            "the tables of the last finished run are unchanged; the next run continues from here"
        ) from error


@contextmanager
def _report_errors() -> Iterator[None]:
    """Convert any error to ReportError, because the tables exist whatever the error is."""
    try:
        yield
    except Exception as error:
        raise ReportError(
            f"the tables were written, but the report was not: {error}; write it with `overtones report`"
        ) from error
