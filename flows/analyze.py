"""The Prefect flow: the wiring of `flows.pipeline`, each step a tracked task, the findings as artifacts."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, cast

from prefect import flow, get_run_logger, task
from prefect.artifacts import (
    create_markdown_artifact,
    create_progress_artifact,
    create_table_artifact,
    update_progress_artifact,
)
from prefect.cache_policies import NO_CACHE
from prefect.runtime import flow_run

from flows import pipeline
from flows.settings import Settings
from tasks.report import render_summary

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

P = ParamSpec("P")
T = TypeVar("T")


def _perform_tracked(step: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """Carry a step out as a Prefect task. Nothing is cached: what has to be done is decided by the tables' own record."""
    tracked = task(name=step.__name__.replace("_", " "), cache_policy=NO_CACHE, persist_result=False)(step)
    return tracked(*args, **kwargs)


def _run_name() -> str:
    """The corpus and the time, so that runs can be told apart in a list."""
    settings: Any = flow_run.parameters.get("settings") or {}
    source = settings.get("source") if isinstance(settings, dict) else settings.source
    return f"{' '.join(source or ['data/raw'])} {flow_run.scheduled_start_time:%Y-%m-%d %H:%M}"


@flow(name="overtones", flow_run_name=_run_name, persist_result=False)
def analyze(settings: Settings | None = None) -> pipeline.Result:
    """Analyze raw articles into parquet tables and a report; returns what was done and where it lies."""
    settings = settings or Settings()
    artifact = cast("UUID", create_progress_artifact(0.0, key="overtones-progress", description="batches analyzed"))

    def progress(_counts: pipeline.Counts, n_left: int, n_batches: int) -> None:
        update_progress_artifact(artifact, 100.0 * (n_batches - n_left) / n_batches)

    result = pipeline.run(settings, _perform_tracked, progress)
    create_table_artifact(
        [{"what": name, "count": count} for name, count in asdict(result.counts).items()],
        key="overtones-counts",
        description=f"Counts of run {result.run_id}; the tables are in {result.out}",
    )
    create_markdown_artifact(
        render_summary(result.summary),
        key="overtones-summary",
        description=f"Summary of run {result.run_id}; the report is {result.reports / 'index.html'}",
    )
    get_run_logger().info(
        "%d documents, %d words, %d failed, %.1f s",
        result.counts.documents,
        result.counts.words,
        result.counts.failed,
        result.seconds,
    )
    return result
