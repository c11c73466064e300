"""A limit on the time for one document, enforced from inside the process that analyzes it.

In the main thread, the signal of a timer stops Python code. In other threads, and on systems without signals, a second
thread does it. Neither can stop a long computation inside a library: that takes another process (`pool.py`).
"""

from __future__ import annotations

import ctypes
import signal
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tasks.errors import TimeLimitExceeded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from flows.execution.model import DocumentSpan, ProgressReporter

POLL_SECONDS = 0.1
"""Maximum number of seconds between two checks of the time, or of the processes of a pool."""
_CHECKS = 10
"""Number of checks within a limit: a document may exceed the limit by a tenth of it."""
_SHORTEST_STEP, _LONGEST_STEP = 0.001, 1.0
"""Minimum number of seconds between two checks. Handling a signal takes microseconds, and the document must make
progress.
"""


class RunningTime:
    """The time in which this process runs, measured in steps: `step` is called repeatedly, usually on time.

    A process may be suspended: by SIGSTOP, or together with its machine, virtual machine or container. Then the clock
    advances by hours, and `step` is not called. So a step that took longer than `longest` seconds counts only as
    `longest`, or as the processor time of this process if that is longer: the caller may have been delayed by a long
    computation, but then the processor was busy.
    """

    def __init__(self, longest: float) -> None:
        self._longest = longest
        self._clock, self._worked = time.monotonic(), time.process_time()

    def step(self) -> float:
        """The seconds since the last call in which the process was running."""
        clock, worked = time.monotonic(), time.process_time()
        passed, work = clock - self._clock, worked - self._worked
        self._clock, self._worked = clock, worked
        return min(passed, max(work, self._longest))


def step_seconds(limit: float, longest: float = _LONGEST_STEP) -> float:
    """The time between two checks of a limit, at most `longest`.

    >>> step_seconds(60), step_seconds(2), step_seconds(0.0001)
    (1.0, 0.2, 0.001)
    """
    return max(_SHORTEST_STEP, min(limit / _CHECKS, longest))


@contextmanager
def time_limit(seconds: float) -> Iterator[ProgressReporter]:
    """A reporter that raises TimeLimitExceeded in this thread when a span takes longer than `seconds`.

    Time in which the process was suspended does not count (see `RunningTime`). Python code is stopped, and in the main
    thread also regular expressions. A long computation inside a library is not stopped.
    """
    is_main = threading.current_thread() is threading.main_thread() and hasattr(signal, "setitimer")
    with _limit_by_signal(seconds) if is_main else _limit_by_thread(seconds) as report:
        yield report


def limit_exceeded(seconds: float) -> TimeLimitExceeded:
    """The error for a document that took longer than `seconds`."""
    return TimeLimitExceeded(f"analyzing it took longer than {seconds:g} seconds; use --max-seconds to raise the limit")


@contextmanager
def _limit_by_signal(seconds: float) -> Iterator[ProgressReporter]:
    step = step_seconds(seconds)
    running = RunningTime(2 * step)  # on a busy machine a step takes longer than requested
    spent, is_limited = 0.0, False

    def check(_signal: int, _frame: object) -> None:
        nonlocal spent
        spent += running.step()
        if is_limited and spent > seconds:
            spent = 0.0
            raise limit_exceeded(seconds)

    def report(span: DocumentSpan | None, /) -> None:
        nonlocal spent, is_limited
        is_limited = False  # until everything is set for the new span
        running.step()
        spent = 0.0
        is_limited = span is not None
        signal.setitimer(signal.ITIMER_REAL, step if is_limited else 0.0, step)

    before = signal.signal(signal.SIGALRM, check)
    try:
        try:
            yield report
        finally:
            is_limited = False  # signals that arrive from here on raise nothing
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        _restore_handler(before)


def _restore_handler(before: Callable[..., object] | int | None) -> None:
    """Restore the handler of SIGALRM. If that would end the process, ignore the signal instead.

    A last signal of the timer may still be pending, for a thread that has not run since.
    """
    signal.signal(signal.SIGALRM, before if callable(before) else _ignore)


def _ignore(_signal: int, _frame: object) -> None:
    """Do nothing. Unlike SIG_IGN, this is not inherited by programs that are started."""


@contextmanager
def _limit_by_thread(seconds: float) -> Iterator[ProgressReporter]:
    """A second thread checks the time. It lets Python raise the error in this thread when it next runs Python code."""
    # Python raises the class without arguments, so the class must contain the message.
    overdue = type(
        TimeLimitExceeded.__name__, (TimeLimitExceeded,), {"__str__": lambda _: str(limit_exceeded(seconds))}
    )
    here, left = ctypes.c_ulong(threading.get_ident()), float("inf")
    lock, ended = threading.Lock(), threading.Event()
    step = step_seconds(seconds, POLL_SECONDS)
    running = RunningTime(2 * step)

    def report(span: DocumentSpan | None, /) -> None:
        nonlocal left
        with lock:
            ctypes.pythonapi.PyThreadState_SetAsyncExc(here, None)  # cancels an error that was meant for the last span
            running.step()
            left = float("inf") if span is None else seconds

    def check() -> None:
        nonlocal left
        while not ended.wait(step):
            with lock:
                left -= running.step()
                if left < 0:
                    left = seconds
                    ctypes.pythonapi.PyThreadState_SetAsyncExc(here, ctypes.py_object(overdue))

    thread = threading.Thread(target=check, daemon=True)
    thread.start()
    try:
        yield report
    finally:
        report(None)
        ended.set()
        thread.join()
