"""The process of a Prefect server that a command starts for itself, and how such a process ends with its command."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import socket
    from collections.abc import Mapping
    from pathlib import Path


def lead_a_group_that_ends_with_its_parent() -> None:
    """Make this process the head of a session: no Ctrl-C reaches it, and all of it is killed if the parent dies."""
    os.setsid()

    def end_with_parent() -> None:
        if parent := multiprocessing.parent_process():
            parent.join()
            os.killpg(os.getpgrp(), signal.SIGKILL)

    threading.Thread(target=end_with_parent, daemon=True).start()


def serve(listening: socket.socket, environment: Mapping[str, str], log: str, starting: Path) -> None:
    """Serve Prefect's API and interface on a socket that listens already, until SIGTERM.

    What `prefect server start` does, without its two faults: it finds out late that somebody else has taken the port, and
    two of them at once may spoil a new database. Here the file `starting` is locked until the server answers.
    """
    lead_a_group_that_ends_with_its_parent()
    with open(log, "ab", buffering=0) as file:  # noqa: PTH123  # its descriptor is wanted
        os.dup2(file.fileno(), sys.stdout.fileno())
        os.dup2(file.fileno(), sys.stderr.fileno())
    os.environ |= environment  # before Prefect is imported, which reads it once

    import uvicorn
    from filelock import FileLock
    from prefect.server.api.server import create_app
    from prefect.settings import get_current_settings

    lock = FileLock(starting, mode=0o600)

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            lock.release()

    with lock:
        api = get_current_settings().server.api
        config = uvicorn.Config(
            create_app(final=True),
            timeout_keep_alive=api.keepalive_timeout,
            ws_ping_interval=api.websocket_ping_interval,
            ws_ping_timeout=api.websocket_ping_timeout,
            log_level="warning",
        )
        Server(config).run([listening])
