"""A limit on the time that one document may take, kept from inside the process that analyzes it.

In the main thread a timer's signal stops Python code; in other threads, and where there are no signals, a second thread
does. A library that computes for long on its own is stopped by neither: that takes another process (`pool.py`).
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
"""Between two checks of the time, or of the processes of a pool, at most."""
_CHECKS = 10
"""How often the time is checked within a limit: a document may exceed the limit by a tenth of it."""
_SHORTEST_STEP, _LONGEST_STEP = 0.001, 1.0
"""Seconds between two checks: handling a signal takes microseconds, and a document must be able to make progress."""


class RunningTime:
    """The time in which this process runs, measured in steps: `step` is called again and again, most often on time.

    A process may be suspended: by SIGSTOP, with its machine, with a virtual machine or a container. Then the clock goes
    on for hours, and `step` is not called. So of a step that took longer than `longest`
    seconds only that much counts, or what the processor worked for this process if that is more: the caller may have
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


def step_seconds(limit: float, longest: float = _LONGEST_STEP) -> float:
    """How long to wait between two checks of a limit, at most `longest`.

    >>> step_seconds(60), step_seconds(2), step_seconds(0.0001)
    (1.0, 0.2, 0.001)
    """
    return max(_SHORTEST_STEP, min(limit / _CHECKS, longest))


@contextmanager
def time_limit(seconds: float) -> Iterator[ProgressReporter]:
    """A reporter that raises TimeLimitExceeded in this thread when a span takes longer than `seconds`.

    Time in which the process was stopped does not count (see `RunningTime`). Python code is stopped, in the main thread
    regular expressions as well; a library that computes for long on its own is not.
    """
    is_main = threading.current_thread() is threading.main_thread() and hasattr(signal, "setitimer")
    with _limit_by_signal(seconds) if is_main else _limit_by_thread(seconds) as report:
        yield report


def limit_exceeded(seconds: float) -> TimeLimitExceeded:
    """The error for a document that took longer than `seconds`."""
    return TimeLimitExceeded(f"analyzing it took longer than {seconds:g} seconds; raise --max-seconds to give it more")


@contextmanager
def _limit_by_signal(seconds: float) -> Iterator[ProgressReporter]:
    step = step_seconds(seconds)
    running = RunningTime(2 * step)  # on a busy machine a step takes longer than was asked for
    spent, is_limited = 0.0, False

    def check(_signal: int, _frame: object) -> None:
        nonlocal spent
        spent += running.step()
        if is_limited and spent > seconds:
            spent = 0.0
            raise limit_exceeded(seconds)

    def report(span: DocumentSpan | None, /) -> None:
        nonlocal spent, is_limited
        is_limited = False  # until all is set for the new span
        running.step()
        spent = 0.0
        is_limited = span is not None
        signal.setitimer(signal.ITIMER_REAL, step if is_limited else 0.0, step)

    before = signal.signal(signal.SIGALRM, check)
    try:
        try:
            yield report
        finally:
            is_limited = False  # what arrives from here on raises nothing
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        _restore_handler(before)


def _restore_handler(before: Callable[..., object] | int | None) -> None:
    """Handle SIGALRM as before; where that was by ending the process, ignore it.

    A last signal of the timer may still be on its way, to a thread that has not run since.
    """
    signal.signal(signal.SIGALRM, before if callable(before) else _ignore)


def _ignore(_signal: int, _frame: object) -> None:
    """Do nothing; unlike SIG_IGN, this is not passed on to programs that are started."""


@contextmanager
def _limit_by_thread(seconds: float) -> Iterator[ProgressReporter]:
    """Another thread checks the time, and has Python raise the error in this one when it next runs Python code."""
    # It is raised without arguments, so that the class has to know the message.
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
            ctypes.pythonapi.PyThreadState_SetAsyncExc(here, None)  # takes back what was meant for the last span
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
