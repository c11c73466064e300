"""The last steps of a run: publish the new tables and write the report."""

from __future__ import annotations

import json
import time
from dataclasses import asdict
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from flows.execution.versions import resources_for, versions
from flows.paths import cache_folder

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

    from flows.execution.model import Counts, Plan
    from flows.settings import Settings
    from tasks.store import Part


def publish_tables(
    plan: Plan, parts: Sequence[Part], counts: Counts, began: float, n_threads: int = 1
) -> tuple[str, ...]:
    """Replace the old tables by the new ones, and add a row for this run.

    If nothing could be read, only `failures` and `runs` change. Returns the names of damaged files of `runs`.
    """
    from tasks.ingest import failures_frame
    from tasks.store import BatchRecord, BatchWriter, Part, publish, publish_failures, read_manifest

    parts = list(parts)
    if plan.failures:  # failures of sources that are in no batch
        writer = BatchWriter(plan.out, "failures")
        writer.write({"failures": failures_frame(plan.failures)})
        parts.append(Part(writer.finish(BatchRecord((), ())), "failures"))
    run_row = _run_row(plan, counts, began)
    if counts.is_nothing_read and read_manifest(plan.out, head_only=True).engine:
        return publish_failures(plan.out, parts, run_row)
    return publish(plan.out, plan.engine, parts, run_row, plan.sources, n_threads)


def _run_row(plan: Plan, counts: Counts, began: float) -> pl.DataFrame:
    """The row of this run in the table `runs`."""
    import polars as pl

    from tasks.schemas import RUNS

    resources = resources_for(plan.options)
    configuration = json.dumps(asdict(plan.options), sort_keys=True)
    row = {
        "run_id": plan.run_id,
        "sequence": 0,  # set when the earlier runs are read
        "started_at": plan.started_at,
        "ended_at": datetime.now(UTC),
        "versions": json.dumps(versions(), sort_keys=True),
        "dictionary": resources.dictionary,
        "lexicon_sha256": resources.lexicon_sha256,
        "judge_sha256": resources.judge_sha256,
        "configuration": configuration,
        "configuration_sha256": sha256(configuration.encode()).hexdigest(),
        **{f"n_{name}": count for name, count in asdict(counts).items()},
        "seconds": time.perf_counter() - began,
    }
    return pl.DataFrame([row], schema=RUNS.schema)


def write_report(run_id: str, settings: Settings) -> dict[str, Any]:
    """Write the report on the published tables. Returns the data of its summary."""
    from tasks.report import build_report

    return build_report(settings.out, settings.reports, run_id, cache_folder())
