"""A pool of supervised processes that analyze batches.

A document may kill its process (the system stops it for its memory, a library crashes), or never finish. That must not
cost more than this one document. So each worker writes into shared memory which documents it is about to read or
analyze, and the pool polls this status. If a worker dies, or works on the same documents for longer than the limit, a
new worker retries its batch, with the documents in question split into smaller pieces. When a single document is left,
it is excluded, and the rest of the batch is analyzed without it.

A worker takes seconds to start: a new interpreter, polars, the vocabulary. So workers can be started before there is
work for them.

Workers always end with the run. The pool terminates them at the end of its block. If the parent process is killed, an
idle worker finds its pipe closed, and a busy one finds that its parent has ended.
"""

from __future__ import annotations

import ctypes
import logging
import multiprocessing
import os
import signal
import threading
from collections import deque
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from multiprocessing import resource_tracker
from multiprocessing.connection import wait
from typing import TYPE_CHECKING, Any, Self

from flows.execution.model import BatchResult, BatchTask, DocumentSpan
from flows.execution.time_limit import POLL_SECONDS, RunningTime, limit_exceeded, step_seconds
from tasks.errors import LimitExceeded, OvertonesError, SourceError, WorkerDied

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess

    from flows.execution.model import Analyze

_LOG = logging.getLogger("overtones")

_PIECES = 16
"""Pieces into which the documents are split after one of them killed a worker: three retries find one in 2,000."""
_DEATHS_ELSEWHERE = 3
"""How often a worker may die on a batch while it is at no document; after that, the run fails."""
_NO_SPAN = DocumentSpan(-1, -1, -1)


class WorkerPool:
    """Processes that run `analyze` on batches. They are terminated at the end of the block.

    A worker that is started before there is work for it calls `prepare`, to load what takes time.
    """

    def __init__(self, analyze: Analyze, max_seconds: float, prepare: Callable[[], object] | None = None) -> None:
        self.analyze = analyze
        self._prepare = prepare
        self._max_seconds = max_seconds
        self._workers: list[Worker] = []

    def __enter__(self) -> Self:
        """The pool. No process is started."""
        return self

    def __exit__(self, *_error: object) -> None:
        """Terminate all processes."""
        self.terminate()

    def terminate(self) -> None:
        """Kill all workers at once. Idle workers have nothing to lose, and the tasks of the others are given up."""
        for worker in self._workers:
            worker.process.kill()
        for worker in self._workers:
            worker.process.join()
            worker.connection.close()
        self._workers.clear()

    def start(self, n_workers: int) -> None:
        """Start processes until there are `n_workers`."""
        while len(self._workers) < n_workers:
            self._workers.append(Worker(self.analyze, self._prepare))

    def submit(self, tasks: Iterable[BatchTask], n_workers: int) -> None:
        """Give the first of `tasks` to up to `n_workers` processes. A call of `run` with the same tasks continues."""
        self._assign(deque(Attempt(task) for task in tasks), n_workers)

    def _assign(self, waiting: deque[Attempt], n_workers: int) -> None:
        """Give each idle process the next waiting task."""
        n_busy = sum(worker.attempt is not None for worker in self._workers)
        self.start(min(n_workers, n_busy + len(waiting)))
        for worker in self._workers:
            if waiting and not worker.attempt:
                worker.submit(waiting.popleft())

    def run(self, tasks: Iterable[BatchTask], n_workers: int) -> Iterator[tuple[BatchTask, BatchResult]]:
        """Each of `tasks` with its result, in the order of completion, from up to `n_workers` processes.

        Exceptions of `analyze` are raised here.
        """
        submitted = [worker.attempt.task for worker in self._workers if worker.attempt]
        waiting = deque(Attempt(task) for task in tasks if task not in submitted)
        running = RunningTime(max(2 * POLL_SECONDS, 2 * step_seconds(self._max_seconds)))
        while waiting or any(worker.attempt for worker in self._workers):
            self._assign(waiting, n_workers)
            busy = [worker for worker in self._workers if worker.attempt]
            wait([worker.connection for worker in busy], timeout=POLL_SECONDS)
            seconds = running.step()
            for worker in busy:
                match worker.poll(seconds, self._max_seconds):
                    case Attempt() as next_attempt:
                        self._workers.remove(worker)
                        waiting.appendleft(next_attempt)
                    case (task, result):
                        yield task, result


@dataclass(frozen=True)
class Attempt:
    """A task, and how often a worker has died on it."""

    task: BatchTask
    n_deaths: int = 0
    n_deaths_elsewhere: int = 0

    def next_attempt(self, span: DocumentSpan | None, reason: SourceError) -> Attempt:
        """The next attempt, after a worker was lost at `span`.

        Raises OvertonesError if workers are lost repeatedly while they are at no document.
        """
        if span is None:
            if self.n_deaths_elsewhere + 1 == _DEATHS_ELSEWHERE:
                raise OvertonesError(f"{reason}; this happened {_DEATHS_ELSEWHERE} times while it was at no document")
            return replace(self, n_deaths_elsewhere=self.n_deaths_elsewhere + 1)
        n_documents = span.end - span.first
        about = {"reason": str(reason), "document": span.first, "documents": max(1, n_documents)}
        _LOG.info("worker lost, batch %s is retried", self.task.key[:8], extra=about)
        retry = self.task.retry
        if n_documents > 1:
            step = -(-n_documents // _PIECES)
            points = {*retry.split_points, *range(span.first, span.end, step), span.end}
            retry = replace(retry, split_points=tuple(sorted(points)))
        elif self.n_deaths or isinstance(reason, LimitExceeded):
            retry = replace(retry, excluded=(*retry.excluded, (span, reason)))
        # Otherwise it is the first death on a single document. That may be chance, so the task is retried unchanged.
        return replace(self, task=replace(self.task, retry=retry), n_deaths=self.n_deaths + 1)


class Worker:
    """A process, the pipe to it, and its current task."""

    def __init__(self, analyze: Analyze, prepare: Callable[[], object] | None) -> None:
        context = multiprocessing.get_context("spawn")  # a fork hangs after polars was used
        # The current span of the worker, and the number of spans it has reported.
        self._shared_status = context.RawArray("q", (*_NO_SPAN, 0))
        self.connection, theirs = context.Pipe()
        self.process: BaseProcess = context.Process(
            target=worker_main, args=(analyze, prepare, theirs, self._shared_status), daemon=True
        )
        with _one_polars_thread(), _without_keyboard_interrupts():
            self.process.start()
        theirs.close()
        self.attempt: Attempt | None = None
        self._last_status: tuple[int, ...] = ()
        self._seconds_at_span = 0.0

    def submit(self, attempt: Attempt) -> None:
        """Send a task to the process."""
        self.attempt = attempt
        self._shared_status[:3] = _NO_SPAN
        with suppress(ConnectionError):  # it has died already; `poll` will find out
            self.connection.send(attempt.task)

    def poll(self, seconds: float, max_seconds: float) -> tuple[BatchTask, BatchResult] | Attempt | None:
        """The task and its result if it is done; the next attempt if the worker died or had to be killed; else None.

        `seconds` have passed since the last call. They do not count if the worker is suspended. Raises the exceptions
        of `analyze`.
        """
        attempt = self.attempt
        assert attempt is not None  # noqa: S101  # only busy workers are polled
        try:
            if self.connection.poll():
                answer = self.connection.recv()
                self.attempt = None
                if isinstance(answer, Exception):
                    raise answer
                return attempt.task, answer
        except (EOFError, ConnectionError):
            self.process.join()
            cause = _cause(self.process.exitcode)
            return attempt.next_attempt(
                self._span(), WorkerDied(f"the process that analyzed it was stopped by {cause}")
            )
        if (status := tuple(self._shared_status)) != self._last_status:
            self._last_status, self._seconds_at_span = status, 0.0
        elif self._span() and not self._is_stopped():
            self._seconds_at_span += seconds
            if self._seconds_at_span > max_seconds:
                self.process.kill()
                self.process.join()
                return attempt.next_attempt(self._span(), limit_exceeded(max_seconds))
        return None

    def _is_stopped(self) -> bool:
        """Whether the process is suspended (by SIGSTOP, for example); False if the system does not report that."""
        if self.process.pid is None or not hasattr(os, "waitid"):
            return False
        try:  # does not wait, and leaves the event for other callers
            return os.waitid(os.P_PID, self.process.pid, os.WSTOPPED | os.WNOHANG | os.WNOWAIT) is not None
        except OSError:  # it has ended; the caller will see that
            return False

    def _span(self) -> DocumentSpan | None:
        span = DocumentSpan(*self._shared_status[:3])
        return span if span != _NO_SPAN else None


@contextmanager
def _one_polars_thread() -> Iterator[None]:
    """Processes started in this block use one thread each. (The variable is set, because polars may not be imported yet.)"""
    if "POLARS_MAX_THREADS" in os.environ:
        yield
        return
    os.environ["POLARS_MAX_THREADS"] = "1"
    try:
        yield
    finally:
        del os.environ["POLARS_MAX_THREADS"]


@contextmanager
def _without_keyboard_interrupts() -> Iterator[None]:
    """Processes started in this block ignore Ctrl-C, which the terminal sends to all. The parent ends them."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    # If it started with the first worker, it would unblock the signal before that worker starts (Python 3.11).
    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _cause(exit_code: int | None) -> str:
    """Why a process ended, in words.

    >>> _cause(-9)
    'signal 9 (SIGKILL), which the system sends when it runs out of memory'
    >>> _cause(1)
    'its own exit with code 1'
    """
    if exit_code is None or exit_code >= 0:
        return f"its own exit with code {exit_code}"
    try:
        name = signal.Signals(-exit_code).name
    except ValueError:
        name = "unknown"
    why = ", which the system sends when it runs out of memory" if name == "SIGKILL" else ""
    return f"signal {-exit_code} ({name}){why}"


# ---------------------------------------------------------------------------------------------------- in the processes


def worker_main(
    analyze: Analyze, prepare: Callable[[], object] | None, connection: Connection, shared_status: Any
) -> None:
    """The main function of a worker: receive a task, send its result or its exception, until the pipe is closed."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    keep_freed_memory()
    if prepare and not connection.poll():
        with suppress(Exception):  # an error occurs again with the first task, and is reported then
            prepare()

    def report(span: DocumentSpan | None, /) -> None:
        shared_status[:] = (*(span or _NO_SPAN), shared_status[3] + 1)

    while True:
        try:
            task = connection.recv()
        except (EOFError, OSError):  # the parent has ended, or is about to end
            return
        answer: BatchResult | Exception
        try:
            answer = analyze(task, report=report)
        except Exception as error:  # noqa: BLE001  # the pool raises it
            answer = error
        try:
            connection.send(answer)
        except OSError:  # as above
            return


_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # the numbers of these options in glibc's malloc.h
_LARGEST_FROM_HEAP, _MOST_KEPT = 2**25, 2**28
"""Bytes. The first is glibc's maximum. The second is all that is kept after a document that takes more memory."""


def keep_freed_memory() -> None:
    """Make glibc keep the memory of large arrays that were freed, for new ones.

    Otherwise it returns the memory, and the system has to clear the pages again, which takes a thirtieth of the time of
    a batch.
    """
    with suppress(AttributeError, OSError, TypeError):  # not glibc
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(_M_MMAP_THRESHOLD, _LARGEST_FROM_HEAP)
        mallopt(_M_TRIM_THRESHOLD, _MOST_KEPT)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
