"""The process of a local Prefect server, and how a process ends together with the command that started it."""

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


def start_session() -> None:
    """Make this process the leader of a new session: Ctrl-C does not reach it, and its group is killed if the parent ends."""
    os.setsid()

    def kill_with_parent() -> None:
        if parent := multiprocessing.parent_process():
            parent.join()
            os.killpg(os.getpgrp(), signal.SIGKILL)

    threading.Thread(target=kill_with_parent, daemon=True).start()


def serve_prefect(listening: socket.socket, environment: Mapping[str, str], log: str, starting: Path) -> None:
    """Serve Prefect's API and web interface on a listening socket until SIGTERM.

    Like `prefect server start`, without two problems of it: it notices late that the port is taken, and two servers that
    start at the same time may damage a new database. Here the file `starting` is locked until the server responds.
    """
    start_session()
    with open(log, "ab", buffering=0) as file:  # noqa: PTH123  # its descriptor is needed
        os.dup2(file.fileno(), sys.stdout.fileno())
        os.dup2(file.fileno(), sys.stderr.fileno())
    os.environ |= environment  # before the import of Prefect, which reads it once

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
