"""Processes that analyze batches, and the watch over them.

A process may die of one document (the system kills it for the memory it takes, a library crashes) or never come back
from it. Neither may cost more than that document. So each worker writes down, in memory that it shares with the
supervisor, which documents it is about to read or analyze, and the supervisor looks. When a worker dies, or stays with
the same documents for longer than a limit, its batch is tried again by a new worker, with the documents it was at taken
in smaller pieces; when a single document is left, that is refused, and the rest of the batch is analyzed without it.

A worker takes seconds to start: a new interpreter, polars, the vocabulary. So a crew can be prestarted_pool before there is work.

Workers end with the run, whatever ends it: the crew kills them when it is left; should the parent be killed itself, one
that is idle sees its pipe closed, one that is busy sees its parent gone.
"""

from __future__ import annotations

import ctypes
import logging
import multiprocessing
import os
import signal
import threading
import time
from collections import deque
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from multiprocessing import resource_tracker
from multiprocessing.connection import wait
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, Self, TypeAlias

from tasks.errors import LimitExceeded, OvertonesError, SourceError, TimeLimitExceeded, WorkerDied

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess

    from flows.pipeline import BatchTask
    from tasks.store import BatchRecord

    BatchResult: TypeAlias = tuple[BatchRecord, int, float]

_LOG = logging.getLogger("overtones")

_PIECES = 16
"""Into how many pieces the documents are cut among which one killed a worker: 2,000 are told apart in three retries."""
_DEATHS_ELSEWHERE = 3
"""How often a worker may die on one batch while it is at no document; then it is not the documents' fault."""
_LOOK = 0.1
"""Seconds between two looks at the workers, or at the time."""


class DocumentSpan(NamedTuple):
    """Where in a batch a worker is: it reads the batch's source number `source`, or, where that is -1, analyzes its
    documents `first` to `end`, counted as they are read.
    """

    source: int
    first: int
    end: int


_NOWHERE = DocumentSpan(-1, -1, -1)


class ProgressReporter(Protocol):
    """Who is told of each place that is come to."""

    def __call__(self, place: DocumentSpan | None, /) -> None:
        """From now on the work is at `place`; None: at nothing that could take long."""


@dataclass(frozen=True)
class RetryState:
    """What earlier attempts at a batch have taught."""

    cuts: tuple[int, ...] = ()
    """Numbers of documents before which a new piece begins; pieces are analyzed one by one."""
    refused: tuple[tuple[DocumentSpan, SourceError], ...] = ()
    """What must not be touched again, a source or a single document, and why."""


class Analyze(Protocol):
    """What a worker does with a piece of work. It is pickled on the way to the worker."""

    def __call__(self, work: BatchTask, /, *, watch: ProgressReporter = ...) -> BatchResult:
        """The record of the batch, how many of its documents were new, and how many seconds it took."""


def no_reporter(_place: DocumentSpan | None, /) -> None:
    """Nobody is told."""


# ------------------------------------------------------------------------------------------------ in this very process


class RunningTime:
    """The time in which this process runs, told in steps: `step` is called again and again, most often on time.

    A process may stand still: it is stopped by SIGSTOP, its machine sleeps, a virtual machine or a container is
    suspended. Then the clock goes on for hours, and nobody calls `step`. So of a step that took longer than `longest`
    seconds only that much counts, or what the processor worked for this process if that is more: who calls may have
    been kept by a long computation, but then the processor was at work.
    """

    def __init__(self, longest: float) -> None:
        self._longest = longest
        self._clock, self._worked = time.monotonic(), time.process_time()

    def step(self) -> float:
        """The seconds since the last call in which the process ran."""
        clock, worked = time.monotonic(), time.process_time()
        passed, work = clock - self._clock, worked - self._worked
        self._clock, self._worked = clock, worked
        return min(passed, max(work, self._longest))


_STEPS = 10
"""Looks at the time within a limit: so much later, by a part, may it bite."""
_LONGEST_STEP = 1.0
"""Seconds."""


@contextmanager
def time_limit(seconds: float) -> Iterator[ProgressReporter]:
    """A watch that raises TimeLimitExceeded in this thread when a place is stayed at for longer than `seconds`.

    Time in which the process was stopped does not count (see `RunningTime`). Python code is stopped by it, in the main
    thread regular expressions as well; a library that computes for long on its own is not: that takes a worker. Where
    there are no signals, the main thread is like others.
    """
    is_main = threading.current_thread() is threading.main_thread() and hasattr(signal, "setitimer")
    with _alarm_by_signal(seconds) if is_main else _alarm_by_thread(seconds) as watch:
        yield watch


@contextmanager
def _alarm_by_signal(seconds: float) -> Iterator[ProgressReporter]:
    step = min(seconds / _STEPS, _LONGEST_STEP)
    running = RunningTime(2 * step)  # on a busy machine a step takes longer than was asked for
    stayed = 0.0

    def look(_signal: int, _frame: object) -> None:
        nonlocal stayed
        stayed += running.step()
        if stayed > seconds:
            stayed = 0.0
            raise _too_long(seconds)

    def watch(place: DocumentSpan | None, /) -> None:
        nonlocal stayed
        signal.setitimer(signal.ITIMER_REAL, 0.0 if place is None else step, step)
        running.step()
        stayed = 0.0

    before = signal.signal(signal.SIGALRM, look)
    try:
        yield watch
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, before)


@contextmanager
def _alarm_by_thread(seconds: float) -> Iterator[ProgressReporter]:
    """Another thread looks at the time, and tells Python what to raise in this one when it is next at Python code."""
    # It is raised without arguments, so that the class has to know the message.
    overdue = type(TimeLimitExceeded.__name__, (TimeLimitExceeded,), {"__str__": lambda _: str(_too_long(seconds))})
    here, left = ctypes.c_ulong(threading.get_ident()), float("inf")
    lock, ended = threading.Lock(), threading.Event()
    step = min(seconds / _STEPS, _LOOK)
    running = RunningTime(2 * step)

    def watch(place: DocumentSpan | None, /) -> None:
        nonlocal left
        with lock:
            ctypes.pythonapi.PyThreadState_SetAsyncExc(here, None)  # takes back what was meant for the last place
            running.step()
            left = float("inf") if place is None else seconds

    def look() -> None:
        nonlocal left
        while not ended.wait(step):
            with lock:
                left -= running.step()
                if left < 0:
                    left = seconds
                    ctypes.pythonapi.PyThreadState_SetAsyncExc(here, ctypes.py_object(overdue))

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    try:
        yield watch
    finally:
        watch(None)
        ended.set()
        thread.join()


def _too_long(seconds: float) -> TimeLimitExceeded:
    return TimeLimitExceeded(f"analyzing it took longer than {seconds:g} seconds; raise --max-seconds to give it more")


# ------------------------------------------------------------------------------------------------- in processes apart


class WorkerPool:
    """Processes that do with pieces of work what `analyze` says. When the crew is left, they are dismissed.

    One that is prestarted_pool before there is work for it calls `prepare` meanwhile, to load what takes time.
    """

    def __init__(self, analyze: Analyze, max_seconds: float, prepare: Callable[[], object] | None = None) -> None:
        self.analyze = analyze
        self._prepare = prepare
        self._max_seconds = max_seconds
        self._workers: list[_Worker] = []

    def __enter__(self) -> Self:
        """The crew; nobody is prestarted_pool by this."""
        return self

    def __exit__(self, *_error: object) -> None:
        """Nobody is left."""
        self.dismiss()

    def dismiss(self) -> None:
        """Kill all at once: who is idle has nothing to lose, and what others are at is given up."""
        for worker in self._workers:
            worker.process.kill()
        for worker in self._workers:
            worker.process.join()
            worker.connection.close()
        self._workers.clear()

    def hire(self, n_workers: int) -> None:
        """Have at least so many processes."""
        while len(self._workers) < n_workers:
            self._workers.append(_Worker(self.analyze, self._prepare))

    def begin(self, work: Iterable[BatchTask], n_workers: int) -> None:
        """Hand the first pieces of `work` to up to `n_workers` processes. `carry_out` goes on with it."""
        self._hand_out(deque(_Attempt(piece) for piece in work), n_workers)

    def _hand_out(self, waiting: deque[_Attempt], n_workers: int) -> None:
        """Give each process that is at nothing the next that waits."""
        n_busy = sum(worker.attempt is not None for worker in self._workers)
        self.hire(min(n_workers, n_busy + len(waiting)))
        for worker in self._workers:
            if waiting and not worker.attempt:
                worker.begin(waiting.popleft())

    def carry_out(
        self, work: Iterable[BatchTask], n_workers: int
    ) -> Iterator[tuple[BatchTask, BatchRecord, int, float]]:
        """Each piece of `work` with its outcome, as they come, from up to `n_workers` processes.

        What `analyze` raises is raised here.
        """
        begun = [worker.attempt.work for worker in self._workers if worker.attempt]
        waiting = deque(_Attempt(piece) for piece in work if piece not in begun)
        running = RunningTime(max(2 * _LOOK, min(2 * self._max_seconds / _STEPS, _LONGEST_STEP)))
        while waiting or any(worker.attempt for worker in self._workers):
            self._hand_out(waiting, n_workers)
            busy = [worker for worker in self._workers if worker.attempt]
            wait([worker.connection for worker in busy], timeout=_LOOK)
            seconds = running.step()
            for worker in busy:
                match worker.look(seconds, self._max_seconds):
                    case _Attempt() as again:
                        self._workers.remove(worker)
                        waiting.appendleft(again)
                    case (piece, outcome):
                        yield piece, *outcome


@dataclass(frozen=True)
class _Attempt:
    """A piece of work, and how often a worker has died of it."""

    work: BatchTask
    n_deaths: int = 0
    n_deaths_elsewhere: int = 0

    def again(self, place: DocumentSpan | None, why: SourceError) -> _Attempt:
        """The next attempt, after a worker was lost at `place`."""
        if place is None:
            if self.n_deaths_elsewhere + 1 == _DEATHS_ELSEWHERE:
                raise OvertonesError(f"{why}; so it was {_DEATHS_ELSEWHERE} times, while at no document")
            return replace(self, n_deaths_elsewhere=self.n_deaths_elsewhere + 1)
        about = {"reason": str(why), "document": place.first, "documents": max(1, place.end - place.first)}
        _LOG.info("worker lost, batch %s begun again", self.work.key[:8], extra=about)
        lessons = self.work.lessons
        n_documents = place.end - place.first
        if n_documents > 1:
            step = -(-n_documents // _PIECES)
            cuts = {*lessons.cuts, *range(place.first, place.end, step), place.end}
            lessons = replace(lessons, cuts=tuple(sorted(cuts)))
        elif self.n_deaths or isinstance(why, LimitExceeded):
            lessons = replace(lessons, refused=(*lessons.refused, (place, why)))
        # Otherwise it is the first death of a document alone, which may have been chance: it is tried again as it is.
        return replace(self, work=replace(self.work, lessons=lessons), n_deaths=self.n_deaths + 1)


class _Worker:
    """A process, the pipe to it, and what it is at."""

    def __init__(self, analyze: Analyze, prepare: Callable[[], object] | None) -> None:
        context = multiprocessing.get_context("spawn")  # a fork after polars was used hangs
        self._board = context.RawArray("q", (*_NOWHERE, 0))  # the place, and how many places there were before
        self.connection, theirs = context.Pipe()
        self.process: BaseProcess = context.Process(
            target=_work, args=(analyze, prepare, theirs, self._board), daemon=True
        )
        with _one_polars_thread(), _keyboard_kept_away():
            self.process.start()
        theirs.close()
        self.attempt: _Attempt | None = None
        self._seen: tuple[int, ...] = ()
        self._stayed = 0.0

    def begin(self, attempt: _Attempt) -> None:
        """Hand out a piece of work."""
        self.attempt = attempt
        self._board[:3] = _NOWHERE
        with suppress(ConnectionError):  # it has died already, as `look` will tell
            self.connection.send(attempt.work)

    def look(self, seconds: float, max_seconds: float) -> tuple[BatchTask, BatchResult] | _Attempt | None:
        """The work and its outcome if it is done, the next attempt if the worker died or had to be killed, else None.

        `seconds` have passed since the last look. They do not count if the worker is stopped.
        """
        attempt = self.attempt
        assert attempt is not None  # noqa: S101  # only those are looked at who are at something
        try:
            if self.connection.poll():
                answer = self.connection.recv()
                self.attempt = None
                if isinstance(answer, Exception):
                    raise answer
                return attempt.work, answer
        except (EOFError, ConnectionError):
            self.process.join()
            cause = _cause(self.process.exitcode)
            return attempt.again(self._place(), WorkerDied(f"the process that analyzed it was stopped by {cause}"))
        if (seen := tuple(self._board)) != self._seen:
            self._seen, self._stayed = seen, 0.0
        elif self._place() and not self._is_stopped():
            self._stayed += seconds
            if self._stayed > max_seconds:
                self.process.kill()
                self.process.join()
                return attempt.again(self._place(), _too_long(max_seconds))
        return None

    def _is_stopped(self) -> bool:
        """Whether the process stands still because of SIGSTOP or the like; where the system does not tell, it runs."""
        if self.process.pid is None or not hasattr(os, "waitid"):
            return False
        try:  # it is asked without waiting, and without taking away what others are told
            return os.waitid(os.P_PID, self.process.pid, os.WSTOPPED | os.WNOHANG | os.WNOWAIT) is not None
        except OSError:  # it has ended, as will be seen
            return False

    def _place(self) -> DocumentSpan | None:
        place = DocumentSpan(*self._board[:3])
        return place if place != _NOWHERE else None


@contextmanager
def _one_polars_thread() -> Iterator[None]:
    """What is started here has siblings that need the other cores; this process may have yet to import polars."""
    if "POLARS_MAX_THREADS" in os.environ:
        yield
        return
    os.environ["POLARS_MAX_THREADS"] = "1"
    try:
        yield
    finally:
        del os.environ["POLARS_MAX_THREADS"]


@contextmanager
def _keyboard_kept_away() -> Iterator[None]:
    """What is started here never hears of Ctrl-C, which the terminal sends to all: the parent decides what ends."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    # Started with the first worker, it would unblock the signal again before that is started (Python 3.11).
    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _cause(exit_code: int | None) -> str:
    """What ended a process, in words.

    >>> _cause(-9)
    'signal 9 (SIGKILL), as a system that runs out of memory sends it'
    >>> _cause(1)
    'an end of its own, exit code 1'
    """
    if exit_code is None or exit_code >= 0:
        return f"an end of its own, exit code {exit_code}"
    try:
        name = signal.Signals(-exit_code).name
    except ValueError:
        name = "unknown"
    why = ", as a system that runs out of memory sends it" if name == "SIGKILL" else ""
    return f"signal {-exit_code} ({name}){why}"


def _work(analyze: Analyze, prepare: Callable[[], object] | None, connection: Connection, board: Any) -> None:
    """The life of a worker: take a piece of work, send its outcome or what it raised, until nobody sends any more."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _keep_freed_memory()
    if prepare and not connection.poll():
        with suppress(Exception):  # what is wrong is met again, and told, with the first piece of work
            prepare()

    def watch(place: DocumentSpan | None, /) -> None:
        board[:] = (*(place or _NOWHERE), board[3] + 1)

    while True:
        try:
            work = connection.recv()
        except (EOFError, OSError):  # the parent has ended, or is about to
            return
        answer: BatchResult | Exception
        try:
            answer = analyze(work, watch=watch)
        except Exception as error:  # noqa: BLE001  # the supervisor raises it
            answer = error
        try:
            connection.send(answer)
        except OSError:  # as above; nobody wants it any more
            return


_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # as malloc.h of glibc names them
_LARGEST_FROM_HEAP, _MOST_KEPT = 2**25, 2**28
"""Bytes. glibc allows no more than the first; from a document that takes more memory, the second is all that stays."""


def _keep_freed_memory() -> None:
    """Have glibc hold on to the large arrays that were freed, for the next to be made of.

    Else it gives them back, and the system has to clear them again page by page: a thirtieth of the time of a batch.
    """
    with suppress(AttributeError, OSError, TypeError):  # another system's library
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(_M_MMAP_THRESHOLD, _LARGEST_FROM_HEAP)
        mallopt(_M_TRIM_THRESHOLD, _MOST_KEPT)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
