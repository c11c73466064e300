"""Which Prefect server is configured, whether it answers, and one of our own where there is none.

Nothing here imports Prefect, which takes two seconds.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import socket
import sys
import tempfile
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tasks.errors import ServiceError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.process import BaseProcess

DEFAULT_PORT = 4200
_STARTS_WITHIN_SECONDS = 180  # on a fresh home it makes its database first; a busy machine took 40
_ENDS_WITHIN_SECONDS = 10


def quiet() -> dict[str, str]:
    """The environment in which Prefect tells nobody anything, and the terminal only what is wrong."""
    return {
        "DO_NOT_TRACK": "1",
        "PREFECT_CLOUD_ENABLE_ORCHESTRATION_TELEMETRY": "0",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "0",
        "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "0",
        "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "WARNING",
        "PREFECT_SERVER_LOGGING_LEVEL": "WARNING",
        "PREFECT_CLI_PROMPT": "0",
    }


def configured_address() -> str | None:
    """The address of the configured Prefect server: from the environment, else from Prefect's active profile."""
    if "PREFECT_API_URL" in os.environ:
        return os.environ["PREFECT_API_URL"] or None
    import tomllib

    try:
        profiles = tomllib.loads((_home() / "profiles.toml").read_text("utf-8"))
        name = os.environ.get("PREFECT_PROFILE") or profiles["active"]
        return str(profiles["profiles"][name]["PREFECT_API_URL"])
    except (OSError, KeyError, TypeError, ValueError):
        return None


def answers(address: str) -> bool:
    """Whether a Prefect server answers at `address`, within a second."""
    from urllib.request import Request, urlopen

    if not address.startswith(("http://", "https://")):
        return False
    request = Request(f"{address.rstrip('/')}/health")  # noqa: S310  # checked above
    if key := os.environ.get("PREFECT_API_KEY"):
        request.add_header("Authorization", f"Bearer {key}")
    try:
        with urlopen(request, timeout=1) as response:  # noqa: S310  # likewise
            return bool(response.status == 200)
    except OSError:
        return False


@contextmanager
def local_server(port: int = 0) -> Iterator[LocalServer]:
    """A Prefect server of our own on 127.0.0.1, with its interface; it has been told to start, and is gone afterwards.

    It gets `port` if that is free, else another.

    A Ctrl-C at the terminal does not reach it before those who still need it, and it ends when this process is killed.
    Its database is Prefect's own, below $PREFECT_HOME. Raises ServiceError if that cannot be written.
    """
    try:
        _home().mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ServiceError(f"cannot write into {_home()}: {error.strerror}; set PREFECT_HOME to a folder") from error
    port = _free_port(port)
    address = f"http://127.0.0.1:{port}/api"
    with tempfile.NamedTemporaryFile() as log:
        process = multiprocessing.get_context("spawn").Process(target=_serve, args=(port, log.name), name="server")
        process.start()
        try:
            yield LocalServer(address, process, Path(log.name))
        finally:
            process.terminate()
            process.join(_ENDS_WITHIN_SECONDS)
            process.kill()
            process.join()


def _serve(port: int, log: str) -> None:
    """`prefect server start`, in a process that was made for it."""
    import runpy

    lead_a_group_that_ends_with_its_parent()
    with open(log, "ab", buffering=0) as file:  # noqa: PTH123  # its descriptor is wanted
        os.dup2(file.fileno(), sys.stdout.fileno())
        os.dup2(file.fileno(), sys.stderr.fileno())
    os.environ |= {**quiet(), "PREFECT_API_URL": f"http://127.0.0.1:{port}/api"}
    sys.argv = ["prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port)]
    runpy.run_module("prefect", run_name="__main__")


def lead_a_group_that_ends_with_its_parent() -> None:
    """Make this process the head of a session: no Ctrl-C reaches it, and all of it is killed if the parent dies."""
    os.setsid()

    def end_with_parent() -> None:
        if parent := multiprocessing.parent_process():
            parent.join()
            os.killpg(os.getpgrp(), signal.SIGKILL)

    threading.Thread(target=end_with_parent, daemon=True).start()


class LocalServer:
    """A server that was told to start."""

    def __init__(self, address: str, process: BaseProcess, log: Path) -> None:
        self.address = address
        self._process = process
        self._log = log

    def wait(self) -> None:
        """Return when it answers. Raises ServiceError, with its last words, if it ends or does not answer in time."""
        deadline = time.monotonic() + _STARTS_WITHIN_SECONDS
        while not answers(self.address):
            self.check()
            if time.monotonic() > deadline:
                raise ServiceError(
                    f"Prefect's server did not start within {_STARTS_WITHIN_SECONDS} s{self._last_words()}"
                )
            time.sleep(0.2)

    def check(self) -> None:
        """Raise ServiceError, with its last words, if it has ended."""
        if not self._process.is_alive():
            raise ServiceError(f"Prefect's server has ended (exit code {self._process.exitcode}){self._last_words()}")

    def _last_words(self) -> str:
        said = self._log.read_text("utf-8", "replace").strip()[-2000:]
        return f"; it said:\n{said}" if said else ""


def _home() -> Path:
    return Path(os.environ.get("PREFECT_HOME") or Path.home() / ".prefect")


def _free_port(wanted: int) -> int:
    """The port that is wanted, or any if it is taken, also by a server that has only just ended."""
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", wanted))
        except OSError:
            probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
