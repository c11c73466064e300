"""Ctrl-C and SIGTERM end a run promptly, whatever it is doing.

Python handles a signal only when the main thread next executes Python code, and a library call may delay that for long.
So the interpreter also writes the number of the signal into a pipe at once. A thread that waits for it ends the process if
the main thread has not done so after a moment. Nothing is lost, because a run may be killed at any time.
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
    "overtones: interrupted; the tables of the last finished run are unchanged, and the next run continues this one"
)
_GRACE_SECONDS = 1.0
"""Maximum number of seconds that the main thread may take for an orderly exit."""


def end_promptly() -> None:
    """Let both signals raise KeyboardInterrupt, and end this process and its children at most a second later."""
    signal.signal(signal.SIGTERM, _interrupt)
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:  # a shell ignores it for background processes
        signal.signal(signal.SIGINT, _interrupt)
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    threading.Thread(target=_end_after_signal, args=(reading,), daemon=True).start()


def _interrupt(number: int, frame: FrameType | None) -> NoReturn:
    """Raise KeyboardInterrupt, once: further signals must not disturb the exit."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.default_int_handler(number, frame)


def _end_after_signal(pipe: int) -> None:
    while os.read(pipe, 1)[0] not in {signal.SIGINT, signal.SIGTERM}:
        pass  # another signal, such as SIGALRM of a time limit
    time.sleep(_GRACE_SECONDS)
    for child in multiprocessing.active_children():
        child.kill()
    print_status(INTERRUPTED)
    os._exit(Exit.INTERRUPTED)
