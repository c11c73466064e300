"""The configured Prefect server: its address, whether it responds and accepts our calls. Or a local server of our own.

A local server is for one user. Every call needs its password, which is new for each server and stored in a file that only its
owner can read. Pages of other origins are rejected, and changes also need a CSRF token. Only the owner can read its database.
The process that starts the server binds the port before that, so that nobody else can answer there.

Nothing here imports Prefect, which takes two seconds.
"""

from __future__ import annotations

import base64
import multiprocessing
import os
import secrets
import socket
import stat
import tempfile
import time
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from flows.scheduling.server_process import serve_prefect
from flows.stores.addresses import redact_address
from tasks.errors import ServiceError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.process import BaseProcess

DEFAULT_PORT = 4200
_START_TIMEOUT_SECONDS = 180  # the first start creates the database; a busy machine needed 40
_STOP_TIMEOUT_SECONDS = 10
_GROUP_AND_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def quiet_environment() -> dict[str, str]:
    """Environment variables that disable Prefect's telemetry, and its messages except warnings."""
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
    return _configured("PREFECT_API_URL")


def _configured(setting: str) -> str | None:
    if setting in os.environ:
        return os.environ[setting] or None
    import tomllib

    try:
        profiles = tomllib.loads((_home() / "profiles.toml").read_text("utf-8"))
        name = os.environ.get("PREFECT_PROFILE") or profiles["active"]
        return str(profiles["profiles"][name][setting])
    except (OSError, KeyError, TypeError, ValueError):
        return None


def responds(address: str) -> bool:
    """Whether a Prefect server responds at `address` within a second."""
    return _http_status(f"{address.rstrip('/')}/health") == 200


def check_access(address: str) -> None:
    """Raise ServiceError if the server at `address` rejects the configured password or key."""
    status = _http_status(f"{address.rstrip('/')}/admin/version")
    if status in {401, 403}:
        raise ServiceError(
            f"the Prefect server at {redact_address(address)} denies access (HTTP {status}); set PREFECT_API_AUTH_STRING or "
            "PREFECT_API_KEY to its password or key, or PREFECT_API_URL to another server"
        )


def _http_status(url: str) -> int:
    """The HTTP status of a GET request; 0 if there is no response."""
    from urllib.error import HTTPError
    from urllib.request import Request, urlopen

    if not url.startswith(("http://", "https://")):
        return 0
    request = Request(url)  # noqa: S310  # checked above
    if password := _configured("PREFECT_API_AUTH_STRING"):
        request.add_header("Authorization", f"Basic {base64.b64encode(password.encode()).decode()}")
    elif key := _configured("PREFECT_API_KEY"):
        request.add_header("Authorization", f"Bearer {key}")
    try:
        with urlopen(request, timeout=1) as response:  # noqa: S310  # checked above
            return int(response.status)
    except HTTPError as error:
        error.close()
        return error.code
    except (OSError, ValueError):
        return 0


@contextmanager
def local_server(port: int = 0) -> Iterator[LocalServer]:
    """A Prefect server on 127.0.0.1 with its web interface. It is being started, and is stopped at the end of the block.

    It uses `port` if that is free, else another port. Ctrl-C at the terminal does not reach it, because others still need it
    then; it ends if this process is killed. Its database is Prefect's own, below $PREFECT_HOME. Raises ServiceError if the
    files there cannot be written.
    """
    state = state_folder()
    _make_database_private()
    with ExitStack() as stack:
        listening = stack.enter_context(closing(_listening(port)))
        port = listening.getsockname()[1]
        log = stack.enter_context(tempfile.NamedTemporaryFile())
        password = f"overtones:{secrets.token_urlsafe(24)}"
        password_file = state / f"password-{port}"
        write_private(password_file, password)
        stack.callback(password_file.unlink, missing_ok=True)
        environment = _server_environment(port, password)
        process = multiprocessing.get_context("spawn").Process(
            target=serve_prefect, args=(listening, environment, log.name, state / "starting.lock"), name="server"
        )
        process.start()
        listening.close()  # else calls would hang after the server has ended
        try:
            yield LocalServer(f"http://127.0.0.1:{port}/api", password, password_file, process, Path(log.name))
        finally:
            process.terminate()
            process.join(_STOP_TIMEOUT_SECONDS)
            process.kill()
            process.join()


def _server_environment(port: int, password: str) -> dict[str, str]:
    """Environment of a server: it requires a password, and accepts no pages of other origins."""
    return {
        **quiet_environment(),
        "PREFECT_API_URL": f"http://127.0.0.1:{port}/api",
        "PREFECT_SERVER_API_HOST": "127.0.0.1",
        "PREFECT_SERVER_API_PORT": str(port),
        "PREFECT_SERVER_API_AUTH_STRING": password,
        "PREFECT_SERVER_API_CORS_ALLOWED_ORIGINS": f"http://127.0.0.1:{port},http://localhost:{port}",
        "PREFECT_SERVER_API_CSRF_PROTECTION_ENABLED": "true",
        "PREFECT_CLIENT_CSRF_SUPPORT_ENABLED": "true",
    }


class LocalServer:
    """A Prefect server that is being started."""

    def __init__(self, address: str, password: str, password_file: Path, process: BaseProcess, log: Path) -> None:
        self.address = address
        self.password_file = password_file
        self._password = password
        self._process = process
        self._log = log

    @property
    def environment(self) -> dict[str, str]:
        """Environment variables for clients of this server."""
        return {
            "PREFECT_API_URL": self.address,
            "PREFECT_API_AUTH_STRING": self._password,
            "PREFECT_CLIENT_CSRF_SUPPORT_ENABLED": "true",
        }

    def wait(self) -> None:
        """Return when it responds. Raises ServiceError, with the end of its log, if it ends or does not respond in time."""
        deadline = time.monotonic() + _START_TIMEOUT_SECONDS
        while not responds(self.address):
            self.check()
            if time.monotonic() > deadline:
                raise ServiceError(
                    f"the Prefect server did not start within {_START_TIMEOUT_SECONDS} s{self._end_of_log()}"
                )
            time.sleep(0.2)

    def check(self) -> None:
        """Raise ServiceError, with the end of its log, if it has ended."""
        if not self._process.is_alive():
            raise ServiceError(f"the Prefect server has ended (exit code {self._process.exitcode}){self._end_of_log()}")

    def _end_of_log(self) -> str:
        log = self._log.read_text("utf-8", "replace").strip()[-2000:]
        return f"; the end of its log:\n{log}" if log else ""


def _listening(preferred: int) -> socket.socket:
    """A socket that listens on 127.0.0.1, on the preferred port if it is free.

    Connections wait in its queue until the server is ready, and no other process can answer them.
    """
    for port in (preferred, 0):
        listening = socket.socket()
        try:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a server may have ended just now
            listening.bind(("127.0.0.1", port))
            listening.listen(512)
        except OSError:
            listening.close()
        else:
            return listening
    raise ServiceError("cannot listen on 127.0.0.1: no port is free")


# ------------------------------------------------------------------------------------------------------ private files


def _home() -> Path:
    return Path(os.environ.get("PREFECT_HOME") or Path.home() / ".prefect").expanduser().absolute()


def state_folder() -> Path:
    """The folder below Prefect's home for passwords and state files. Only its owner can read it.

    Raises ServiceError if it cannot be created, or belongs to another user.
    """
    folder = _home() / "overtones"
    try:
        if not _home().exists():
            _home().parent.mkdir(parents=True, exist_ok=True)
            _home().mkdir(mode=0o700, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
            raise ServiceError(f"{folder} is not a folder that you own; set PREFECT_HOME to another folder")
        folder.chmod(0o700)
    except OSError as error:
        raise ServiceError(
            f"cannot write to {_home()}: {error.strerror}; set PREFECT_HOME to another folder"
        ) from error
    return folder


def write_private(path: Path, text: str) -> None:
    """Write a file atomically. At no time can anybody but its owner read it.

    Raises ServiceError if it cannot be written.
    """
    new = path.with_name(f"{path.name}-{secrets.token_hex(4)}")
    try:
        with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:  # noqa: PTH123  # opens a descriptor
            file.write(text)
        new.replace(path)
    except OSError as error:
        with suppress(OSError):
            new.unlink(missing_ok=True)
        raise ServiceError(f"cannot write {path}: {error.strerror}; set PREFECT_HOME to another folder") from error


def _make_database_private() -> None:
    """Make Prefect's database readable for its owner only, from its creation. SQLite gives its journals the same mode.

    A database that is configured elsewhere is not changed. Raises ServiceError if the database belongs to another user.
    """
    if _configured("PREFECT_SERVER_DATABASE_CONNECTION_URL") or _configured("PREFECT_API_DATABASE_CONNECTION_URL"):
        return
    database = _home() / "prefect.db"
    try:
        with suppress(FileExistsError):
            os.close(os.open(database, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        for path in (database, *(database.with_name(f"{database.name}-{name}") for name in ("wal", "shm", "journal"))):
            with suppress(FileNotFoundError):
                if path.stat().st_mode & _GROUP_AND_OTHERS:
                    path.chmod(0o600)
    except OSError as error:
        raise ServiceError(
            f"cannot restrict access to {database}: {error.strerror}; set PREFECT_HOME to another folder"
        ) from error
