"""Which Prefect server is configured, whether it answers and lets us in, and one of our own where there is none.

A server of our own is for one user alone. Every call needs its password, which is new for each server and stands in a file
that its owner alone can read; pages of other origins get nothing; what changes something needs a token besides. Its
database is readable by its owner alone. The port is taken before the server is started, by the process that starts it, so
whatever answers there is that server.

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

from flows.scheduling.server_process import serve
from flows.stores.addresses import redact_address
from tasks.errors import ServiceError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.process import BaseProcess

DEFAULT_PORT = 4200
_STARTS_WITHIN_SECONDS = 180  # on a fresh home it makes its database first; a busy machine took 40
_ENDS_WITHIN_SECONDS = 10
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


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


def answers(address: str) -> bool:
    """Whether a Prefect server answers at `address`, within a second."""
    return _status(f"{address.rstrip('/')}/health") == 200


def insist_on_access(address: str) -> None:
    """Raise ServiceError if the server at `address` does not let us in with the password or key that is configured."""
    status = _status(f"{address.rstrip('/')}/admin/version")
    if status in {401, 403}:
        raise ServiceError(
            f"Prefect's server at {redact_address(address)} refuses the call (HTTP {status}); set PREFECT_API_AUTH_STRING or "
            "PREFECT_API_KEY to what it asks for, or PREFECT_API_URL to another server"
        )


def _status(url: str) -> int:
    """How the server answers a call, as HTTP counts it; 0 if it does not."""
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
        with urlopen(request, timeout=1) as response:  # noqa: S310  # likewise
            return int(response.status)
    except HTTPError as error:
        error.close()
        return error.code
    except (OSError, ValueError):
        return 0


@contextmanager
def local_server(port: int = 0) -> Iterator[LocalServer]:
    """A Prefect server of our own on 127.0.0.1, with its interface; it has been told to start, and is gone afterwards.

    It gets `port` if that is free, else another.

    A Ctrl-C at the terminal does not reach it before those who still need it, and it ends when this process is killed.
    Its database is Prefect's own, below $PREFECT_HOME. Raises ServiceError if that cannot be written.
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
        environment = _environment_of_server(port, password)
        process = multiprocessing.get_context("spawn").Process(
            target=serve, args=(listening, environment, log.name, state / "starting.lock"), name="server"
        )
        process.start()
        listening.close()  # nobody answers there any more when the server has ended
        try:
            yield LocalServer(f"http://127.0.0.1:{port}/api", password, password_file, process, Path(log.name))
        finally:
            process.terminate()
            process.join(_ENDS_WITHIN_SECONDS)
            process.kill()
            process.join()


def _environment_of_server(port: int, password: str) -> dict[str, str]:
    """What a server is told: to speak to those who know its password, and to no page but its own."""
    return {
        **quiet(),
        "PREFECT_API_URL": f"http://127.0.0.1:{port}/api",
        "PREFECT_SERVER_API_HOST": "127.0.0.1",
        "PREFECT_SERVER_API_PORT": str(port),
        "PREFECT_SERVER_API_AUTH_STRING": password,
        "PREFECT_SERVER_API_CORS_ALLOWED_ORIGINS": f"http://127.0.0.1:{port},http://localhost:{port}",
        "PREFECT_SERVER_API_CSRF_PROTECTION_ENABLED": "true",
        "PREFECT_CLIENT_CSRF_SUPPORT_ENABLED": "true",
    }


class LocalServer:
    """A server that was told to start."""

    def __init__(self, address: str, password: str, password_file: Path, process: BaseProcess, log: Path) -> None:
        self.address = address
        self.password_file = password_file
        self._password = password
        self._process = process
        self._log = log

    @property
    def environment(self) -> dict[str, str]:
        """What a process needs in its environment to speak to this server."""
        return {
            "PREFECT_API_URL": self.address,
            "PREFECT_API_AUTH_STRING": self._password,
            "PREFECT_CLIENT_CSRF_SUPPORT_ENABLED": "true",
        }

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


def _listening(wanted: int) -> socket.socket:
    """A socket that listens on 127.0.0.1, on the port that is wanted, or on any if that is taken.

    Connections wait there until the server is ready, and nobody else can answer them.
    """
    for port in (wanted, 0):
        listening = socket.socket()
        try:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # of a server that has only just ended
            listening.bind(("127.0.0.1", port))
            listening.listen(512)
        except OSError:
            listening.close()
        else:
            return listening
    raise ServiceError("cannot listen on 127.0.0.1: no port is free")


# ----------------------------------------------------------------------------------------------- files of its owner's


def _home() -> Path:
    return Path(os.environ.get("PREFECT_HOME") or Path.home() / ".prefect").expanduser().absolute()


def state_folder() -> Path:
    """The folder below Prefect's home where passwords and the like are kept; its owner alone can look into it.

    Raises ServiceError if it cannot be made, or belongs to somebody else.
    """
    folder = _home() / "overtones"
    try:
        if not _home().exists():
            _home().parent.mkdir(parents=True, exist_ok=True)
            _home().mkdir(mode=0o700, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
            raise ServiceError(f"{folder} is not a folder of your own; set PREFECT_HOME to another folder")
        folder.chmod(0o700)
    except OSError as error:
        raise ServiceError(f"cannot write into {_home()}: {error.strerror}; set PREFECT_HOME to a folder") from error
    return folder


def write_private(path: Path, text: str) -> None:
    """Write a file that is there as a whole or not at all, and that at no time anybody but its owner can read.

    Raises ServiceError if it cannot be written.
    """
    new = path.with_name(f"{path.name}-{secrets.token_hex(4)}")
    try:
        with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:  # noqa: PTH123  # of a descriptor
            file.write(text)
        new.replace(path)
    except OSError as error:
        with suppress(OSError):
            new.unlink(missing_ok=True)
        raise ServiceError(f"cannot write {path}: {error.strerror}; set PREFECT_HOME to another folder") from error


def _make_database_private() -> None:
    """Prefect's database is its owner's alone from its first byte on; SQLite gives its journals the same mode.

    Raises ServiceError if the database belongs to somebody else. One that is configured to be elsewhere is left alone.
    """
    if _configured("PREFECT_SERVER_DATABASE_CONNECTION_URL") or _configured("PREFECT_API_DATABASE_CONNECTION_URL"):
        return
    database = _home() / "prefect.db"
    try:
        with suppress(FileExistsError):
            os.close(os.open(database, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        for path in (database, *(database.with_name(f"{database.name}-{name}") for name in ("wal", "shm", "journal"))):
            with suppress(FileNotFoundError):
                if path.stat().st_mode & _OTHERS:
                    path.chmod(0o600)
    except OSError as error:
        raise ServiceError(
            f"{database} cannot be made yours alone: {error.strerror}; set PREFECT_HOME to another folder"
        ) from error
