"""Work of a run that can be done early: workers start while this process is still importing, and the plan is made while
Prefect is imported. This saves time and changes no result.
"""

from __future__ import annotations

import io
import logging
import time
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from flows.execution.batch import analyze_local_copies
from flows.execution.executor import WORTH_A_PROCESS, split_tasks
from flows.execution.lock import holding_outputs
from flows.execution.planning import check_request, make_plan
from flows.execution.pool import WorkerPool
from flows.execution.versions import resources_for
from flows.paths import is_address
from tasks.errors import OvertonesError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from flows.execution.model import Plan
    from flows.settings import Settings
    from tasks.options import Options

_LOG = logging.getLogger("overtones")


@dataclass(frozen=True)
class PrestartedRun:
    """The part of a run that is done already."""

    began: float
    pool: WorkerPool
    plan: Plan | None = None
    """If there is a plan, the output folders are locked for this run."""


@contextmanager
def prestart(settings: Settings) -> Iterator[PrestartedRun]:
    """Start a run as far as possible without an object store: workers are running, the plan is made, and each worker
    has its first batch. Errors are ignored here: `pipeline.run` meets them again and reports them.
    """
    began = time.perf_counter()
    with ExitStack() as stack:
        pool, plan = stack.enter_context(prestarted_pool(settings)), None
        if not any(map(is_address, (settings.out_address, settings.reports_address, *settings.source))):
            with suppress(OvertonesError, OSError), ExitStack() as trying:
                check_request(settings)
                trying.enter_context(holding_outputs(settings.out, settings.reports, 0))
                trying.callback(pool.terminate)  # before the folders are unlocked
                made = make_plan(settings)
                if not settings.dask:
                    _, shared, n_workers = split_tasks(made.tasks, settings)
                    pool.submit(shared, n_workers)
                stack.push(trying.pop_all())
                plan = made
        _LOG.info("prestarted", extra={"seconds": round(time.perf_counter() - began, 3)})
        yield PrestartedRun(began, pool, plan)


def prestarted_pool(settings: Settings) -> WorkerPool:
    """The pool for a run. Workers that will certainly be needed start now, while this process does other work."""
    options = settings.options
    analyze = partial(analyze_local_copies, out=settings.out, options=options)
    pool = WorkerPool(analyze, settings.max_seconds, partial(warm_up, options))
    all_is_new = settings.full or not any(settings.out.glob("documents/*.parquet"))
    if all_is_new and not settings.dask:
        n_workers = settings.max_workers
        with suppress(OSError):  # if a process cannot be started, the run reports it when there is work for it
            pool.start(min(n_workers, estimate_bytes(settings.source, n_workers * WORTH_A_PROCESS) // WORTH_A_PROCESS))
    return pool


def estimate_bytes(sources: Sequence[str], enough: int) -> int:
    """The size in bytes of the files in `sources`, counted until it reaches `enough`. Objects in stores count as 0."""
    n_bytes = 0
    for path in (path for top in map(Path, sources) for path in chain([top], top.rglob("*"))):
        with suppress(OSError):  # reported when it is read
            n_bytes += path.stat().st_size if path.is_file() else 0
        if n_bytes >= enough:
            break
    return n_bytes


WARM_UP_TEXT = """
“It rained,” she said to the old despot of the town. Nobody minded, at that time.

Die Brücke ist seit Montag gesperrt, sagte der Minister, und sie bleibt es noch lange.
"""
"""An article that uses all of the engine: quotations, a loaded term, and a paragraph that needs the language model."""


def warm_up(options: Options) -> None:
    """Load everything that a batch needs."""
    from tasks.analysis import analyze_documents
    from tasks.ingest import STDIN, Source, read_documents

    article = io.BytesIO(WARM_UP_TEXT.encode())
    documents, invalid_bytes, _ = read_documents([Source(STDIN, STDIN, 0, "text")], options, article)
    analyze_documents(documents, invalid_bytes, options, resources_for(options))
