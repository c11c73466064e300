"""The records of a run: its steps, its plan, the results of batches, and how progress is reported.

A run is planned as batches of sources. A batch that has to be analyzed is a `BatchTask`; its result is a `BatchResult`.
While a batch is analyzed, its `ProgressReporter` is called with the documents that come next (`DocumentSpan`). If the
process dies there, the task is retried with what was learned (`RetryState`).
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
    """The steps of a run in their order. The value is the name under which a step is logged and tracked."""

    FETCH_TABLES = "fetch tables"
    MAKE_PLAN = "make plan"
    ANALYZE_BATCHES = "analyze batches"
    PUBLISH_TABLES = "publish tables"
    UPLOAD_TABLES = "upload tables"
    WRITE_REPORT = "write report"
    UPLOAD_REPORT = "upload report"


class StepRunner(Protocol):
    """How a step of a run is executed."""

    def __call__(self, step: Step, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """The result of `function(*args, **kwargs)`, which does what `step` names."""


def run_directly(_step: Step, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """Call the function of a step directly."""
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
    """Documents of an earlier run whose source is unreadable or gone now."""
    removed: int = 0
    """Sources of the last run that are gone. Their documents are removed."""

    @property
    def read(self) -> int:
        """Documents that this run read or found unchanged."""
        return self.documents - self.kept

    @property
    def is_nothing_read(self) -> bool:
        """Whether there were inputs, but none of them became a document."""
        return bool(self.failed or self.skipped) and not self.read

    def __add__(self, other: Counts) -> Counts:
        """The sums of both counts."""
        pairs = zip(asdict(self).values(), asdict(other).values(), strict=True)
        return Counts(*(mine + theirs for mine, theirs in pairs))

    @classmethod
    def of(cls, record: BatchRecord, n_new: int) -> Counts:
        """The counts of one batch; `n_new` of its documents were analyzed in this run."""
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
    """The duration of one batch, and a label for it."""

    sources: str
    n_bytes: int
    seconds: float

    @classmethod
    def of(cls, task: BatchTask, seconds: float) -> BatchTiming:
        """The timing of a task. Its label is the first source and the number of the others."""
        more = f" and {len(task.sources) - 1:,} more" if len(task.sources) > 1 else ""
        return cls(f"{task.sources[0].uri}{more}", sum(source.n_bytes for source in task.sources), seconds)


class Progress(Protocol):
    """A function that is called after each batch."""

    def __call__(self, counts: Counts, n_left: int, n_batches: int, latest: BatchTiming, /) -> None:
        """Called with the counts so far, the number of batches left and of all, and the latest timing."""


# -------------------------------------------------------------------------------------------------------------- batches


class DocumentSpan(NamedTuple):
    """What a process is doing in a batch: reading the source with the number `source`, or, if that is -1, analyzing the
    documents from `first` to `end`, counted in the order in which they are read.
    """

    source: int
    first: int
    end: int


class ProgressReporter(Protocol):
    """A function that is called before anything that could take long."""

    def __call__(self, span: DocumentSpan | None, /) -> None:
        """The process begins with `span`; None: with nothing that could take long."""


def no_reporter(_span: DocumentSpan | None, /) -> None:
    """A reporter that does nothing."""


@dataclass(frozen=True)
class RetryState:
    """What is known about a batch from earlier attempts."""

    split_points: tuple[int, ...] = ()
    """Numbers of documents at which a new piece begins. The pieces are analyzed separately."""
    excluded: tuple[tuple[DocumentSpan, SourceError], ...] = ()
    """Sources and single documents that must not be read or analyzed again, with the reason."""


@dataclass(frozen=True)
class BatchTask:
    """A batch that has to be analyzed, completely or in part."""

    number: int
    key: str
    sources: tuple[Source, ...]
    reused: tuple[str, ...] = ()
    """Sources whose rows are in the published tables already."""
    reused_from: tuple[BatchRecord, ...] = ()
    fallback: tuple[BatchRecord, ...] = ()
    """Batches that hold rows of the other sources. The rows are kept if a source cannot be read now."""
    retry: RetryState = field(default_factory=RetryState)


class BatchResult(NamedTuple):
    """The result of a batch, whose rows are written as parts."""

    record: BatchRecord
    n_new: int
    """Number of its documents that were analyzed in this run."""
    seconds: float


class Analyze(Protocol):
    """What a process does with a batch. It is pickled to be sent to other processes."""

    def __call__(self, task: BatchTask, /, *, report: ProgressReporter = ...) -> BatchResult:
        """The result of the batch. `report` is called with the documents that are about to be read or analyzed."""


# ------------------------------------------------------------------------------------------------------------ whole runs


@dataclass(frozen=True)
class Plan:
    """What a run will do."""

    run_id: str
    started_at: datetime
    engine: str
    ready: dict[int, Part]
    """Batches that need no work, by number."""
    tasks: tuple[BatchTask, ...]
    batches: tuple[tuple[Source, ...], ...]
    """The sources of each batch, by number."""
    failures: tuple[Failure, ...]
    out: Path
    options: Options
    sources: tuple[str, ...] = ()
    """The SOURCEs that the tables hold after the run, as full paths."""
    removed: tuple[str, ...] = ()
    """Names of the sources of the last run that are gone."""
    earlier: dict[str, list[BatchRecord]] = field(default_factory=dict)
    """Records of the tables for sources that were read in shares, or are read in shares now."""
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
    """The first names of the sources that are gone and whose documents were removed from the tables."""
    damaged: tuple[str, ...] = ()
    """Files of the table `runs` that were damaged and are left out."""
    reanalyzed_because: str = ""
    """Why all documents were analyzed again; empty if they were not."""
