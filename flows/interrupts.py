"""Ctrl-C and SIGTERM end a run promptly, whatever it is doing.

Python tells of a signal when the main thread is next at Python code, and a library may keep it from there for long. So
the signal's number is also written into a pipe, at once, by the interpreter, and a thread that waits there ends the
process if the main thread has not done so after a moment. That loses nothing: a run may be killed at any instant.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from typing import TYPE_CHECKING

from flows.terminal.console import Exit, print_status

if TYPE_CHECKING:
    from types import FrameType
    from typing import NoReturn

INTERRUPTED = (
    "overtones: interrupted; the tables of the last finished run are untouched, the next run goes on from here"
)
_GRACE = 1.0
"""Seconds that the main thread has for ending in good order."""


def end_promptly() -> None:
    """From now on both signals raise KeyboardInterrupt, and end this process and its children a second later at most."""
    signal.signal(signal.SIGTERM, _interrupt)
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:  # as a shell starts what runs in the background
        signal.signal(signal.SIGINT, _interrupt)
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    threading.Thread(target=_end_after_signal, args=(reading,), daemon=True).start()


def _interrupt(number: int, frame: FrameType | None) -> NoReturn:
    """Raise KeyboardInterrupt, once: another signal must not disturb the ending."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.default_int_handler(number, frame)


def _end_after_signal(pipe: int) -> None:
    while os.read(pipe, 1)[0] not in {signal.SIGINT, signal.SIGTERM}:
        pass  # another signal, such as the alarm of a time limit
    time.sleep(_GRACE)
    for child in multiprocessing.active_children():
        child.kill()
    print_status(INTERRUPTED)
    os._exit(Exit.INTERRUPTED)
