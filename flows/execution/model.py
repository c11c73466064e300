"""The records that a run is made of: its steps, what is planned, what comes of a batch, and how its progress is reported.

A run is planned as batches of sources. A batch that has to be analyzed is a `BatchTask`; what comes of it is a
`BatchResult`. While a batch is analyzed, its `ProgressReporter` gets the documents that are next
(`DocumentSpan`); if the process is lost there, the task is tried again with what was learned (`RetryState`).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any, NamedTuple, ParamSpec, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from tasks.errors import SourceError
    from tasks.ingest import Failure, Source
    from tasks.options import Options
    from tasks.store import BatchRecord, Part

P = ParamSpec("P")
T = TypeVar("T")


class Step(Enum):
    """The steps of a run, in their order; the value is the name under which a step is logged and tracked."""

    FETCH_TABLES = "fetch tables"
    MAKE_PLAN = "make plan"
    ANALYZE_BATCHES = "analyze batches"
    PUBLISH_TABLES = "publish tables"
    UPLOAD_TABLES = "upload tables"
    WRITE_REPORT = "write report"
    UPLOAD_REPORT = "upload report"


class StepRunner(Protocol):
    """How a step of a run is carried out."""

    def __call__(self, step: Step, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """The result of `function(*args, **kwargs)`, which does what `step` names."""


def run_directly(_step: Step, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """Call the function of a step, and nothing else."""
    return function(*args, **kwargs)


# --------------------------------------------------------------------------------------------------------------- counts


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

    @property
    def is_nothing_read(self) -> bool:
        """Whether there was something to read, and not one document came of it."""
        return bool(self.failed or self.skipped) and not self.read

    def __add__(self, other: Counts) -> Counts:
        """The counts of both together."""
        pairs = zip(asdict(self).values(), asdict(other).values(), strict=True)
        return Counts(*(mine + theirs for mine, theirs in pairs))

    @classmethod
    def of(cls, record: BatchRecord, n_new: int) -> Counts:
        """The counts of one batch, of whose documents `n_new` were analyzed by this run."""
        return cls(
            sources=sum(source.share is None or source.share.start == 0 for source in record.sources),
            documents=record.n_documents,
            new=n_new,
            unchanged=record.n_documents - n_new - record.n_kept,
            words=record.n_words,
            failed=record.n_failed,
            skipped=record.n_skipped,
            kept=record.n_kept,
        )


@dataclass(frozen=True)
class BatchTiming:
    """How long one batch took, and what it was."""

    sources: str
    n_bytes: int
    seconds: float

    @classmethod
    def of(cls, task: BatchTask, seconds: float) -> BatchTiming:
        """The batch as a person would name it: its first source, and how many more there are."""
        more = f" and {len(task.sources) - 1:,} more" if len(task.sources) > 1 else ""
        return cls(f"{task.sources[0].uri}{more}", sum(source.n_bytes for source in task.sources), seconds)


class Progress(Protocol):
    """What is called after each batch."""

    def __call__(self, counts: Counts, n_left: int, n_batches: int, latest: BatchTiming, /) -> None:
        """The counts so far, how many batches are left of how many, and what the latest took."""


# -------------------------------------------------------------------------------------------------------------- batches


class DocumentSpan(NamedTuple):
    """Where in a batch a process is: it reads the batch's source number `source`, or, where that is -1, analyzes its
    documents `first` to `end`, counted as they are read.
    """

    source: int
    first: int
    end: int


class ProgressReporter(Protocol):
    """What is called before anything that could take long."""

    def __call__(self, span: DocumentSpan | None, /) -> None:
        """From now on the process is at `span`; None: at nothing that could take long."""


def no_reporter(_span: DocumentSpan | None, /) -> None:
    """A reporter that does nothing."""


@dataclass(frozen=True)
class RetryState:
    """What earlier attempts at a batch have taught."""

    split_points: tuple[int, ...] = ()
    """Numbers of documents before which a new piece begins; pieces are analyzed one by one."""
    excluded: tuple[tuple[DocumentSpan, SourceError], ...] = ()
    """What must not be read or analyzed again, a source or a single document, and why."""


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
    retry: RetryState = field(default_factory=RetryState)


class BatchResult(NamedTuple):
    """What came of a batch, whose rows are written as parts."""

    record: BatchRecord
    n_new: int
    """How many of its documents were analyzed now."""
    seconds: float


class Analyze(Protocol):
    """What a process does with a batch. It is pickled on the way to other processes."""

    def __call__(self, task: BatchTask, /, *, report: ProgressReporter = ...) -> BatchResult:
        """The result of the batch; `report` is called with the documents that are about to be read or analyzed."""


# ------------------------------------------------------------------------------------------------------------ whole runs


@dataclass(frozen=True)
class Plan:
    """What a run will do."""

    run_id: str
    started_at: datetime
    engine: str
    ready: dict[int, Part]
    """Batches that need no work, by their number."""
    tasks: tuple[BatchTask, ...]
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
    reanalyzed_because: str = ""
    """Why all documents are analyzed again although the tables hold them; empty if they are not."""


@dataclass(frozen=True)
class RunResult:
    """What a run did, and where its output is."""

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
    reanalyzed_because: str = ""
    """Why all documents were analyzed again; empty if they were not."""
