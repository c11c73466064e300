"""Where batches are analyzed: in this process, in a pool of processes, or on a Dask cluster."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING

from flows.execution.dask_executor import run_on_dask
from flows.execution.model import BatchTiming, Counts
from flows.execution.planning import repeated_ids_tasks
from flows.execution.reuse import kept_parts
from flows.execution.time_limit import time_limit
from flows.paths import STDIN
from tasks.errors import SKIPPED

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from flows.execution.model import BatchResult, BatchTask, Plan, Progress
    from flows.execution.pool import WorkerPool
    from flows.settings import Settings
    from tasks.ingest import Source
    from tasks.store import BatchRecord, Part

_LOG = logging.getLogger("overtones")

WORTH_A_PROCESS = 2_000_000
"""Analyzing this number of bytes of text takes longer than starting a worker."""


def analyze_batches(
    plan: Plan, settings: Settings, pool: WorkerPool, progress: Progress | None = None
) -> tuple[list[Part], Counts]:
    """Analyze the batches of the plan; `progress` is called after each. Returns all parts in order, and the counts."""
    from tasks.store import Part, repeated_records

    counts = _planned_counts(plan)
    parts = dict(plan.ready)
    n_left = len(plan.tasks)
    for task, result in run_tasks(pool, plan.tasks, settings):
        record = result.record
        parts[task.number] = Part(_with_shared_names(record, task.sources), task.key)
        counts += Counts.of(record, result.n_new)
        n_left -= 1
        about = {"sources": len(record.sources), "documents": record.n_documents, "failed": record.n_failed}
        _LOG.info("batch %s", task.key[:8], extra=about | {"words": record.n_words, "batches_left": n_left})
        if progress:
            progress(counts, n_left, len(plan.tasks), BatchTiming.of(task, result.seconds))
    ordered = [parts[number] for number in sorted(parts)]
    while repeated := repeated_records(plan.out, ordered):
        for task, result in run_tasks(pool, list(repeated_ids_tasks(plan, ordered, repeated)), settings):
            ordered[task.number] = Part(result.record, task.key)
    kept = kept_parts(plan, ordered)
    return [*ordered, *kept], _final_counts(counts, kept, plan)


def _planned_counts(plan: Plan) -> Counts:
    """The counts of what needs no work: sources that are in no batch, and unchanged batches."""
    skipped = sum(failure.error == SKIPPED for failure in plan.failures)
    counts = Counts(
        sources=len(plan.failures), failed=len(plan.failures) - skipped, skipped=skipped, removed=len(plan.removed)
    )
    for part in plan.ready.values():
        counts += Counts.of(part.record, part.record.n_new if part.staged_as else 0)
    return counts


def _final_counts(counts: Counts, kept: Sequence[Part], plan: Plan) -> Counts:
    """The counts including the parts that are kept. If nothing could be read, everything in the tables is kept."""
    n_kept = sum(part.record.n_documents for part in kept)
    n_words = sum(part.record.n_words for part in kept)
    counts += Counts(documents=n_kept, kept=n_kept, words=n_words)
    if counts.is_nothing_read:
        n_documents, n_words = plan.n_earlier
        counts = replace(counts, documents=n_documents, kept=n_documents, words=n_words, removed=0)
    return counts


def _with_shared_names(record: BatchRecord, sources: Sequence[Source]) -> BatchRecord:
    """The same record, sharing its strings with the plan: for a million files this saves a third of the memory."""
    known = zip(sources, record.sources, strict=True)
    shared = (replace(of, uri=source.uri, n_bytes=source.n_bytes, mtime_ns=source.mtime_ns) for source, of in known)
    return replace(record, sources=tuple(shared))


def run_tasks(
    pool: WorkerPool, tasks: Sequence[BatchTask], settings: Settings
) -> Iterator[tuple[BatchTask, BatchResult]]:
    """Each of `tasks` with its result, in the order of completion."""
    local, shared, n_workers = split_tasks(tasks, settings)
    with time_limit(settings.max_seconds) as report:
        for task in local:
            yield task, pool.analyze(task, report=report)
    if shared:
        yield from run_on_dask(pool, shared, settings) if settings.dask else pool.run(shared, n_workers)


def split_tasks(tasks: Sequence[BatchTask], settings: Settings) -> tuple[list[BatchTask], list[BatchTask], int]:
    """The tasks for this process, the tasks for workers (the largest first), and the number of workers.

    A worker can be killed at any time, this process cannot. So only small tasks run here, and standard input, which no
    other process can read.
    """
    local = [task for task in tasks if any(source.path == STDIN for source in task.sources)]
    shared = [task for task in tasks if task not in local]
    weights = {task.number: sum(source.weight for source in task.sources) for task in shared}
    n_bytes = sum(weights.values())
    worth = 1 + n_bytes // WORTH_A_PROCESS
    n_workers = min(settings.max_workers, settings.workers or worth, len(shared))
    shared.sort(key=lambda task: weights[task.number], reverse=True)  # so that all workers end at about the same time
    if n_workers == 1 and n_bytes < WORTH_A_PROCESS and not settings.dask:
        return list(tasks), [], 0
    return local, shared, n_workers
