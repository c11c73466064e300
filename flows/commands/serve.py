"""`overtones serve`: the desk, a local web application on the tables."""

from __future__ import annotations

import secrets
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from flows.terminal.console import Config, Out, print_status
from tasks.errors import UsageError

if TYPE_CHECKING:
    import socket

    from flows.settings import Settings

MAX_PASTE_SECONDS = 10.0
"""Time limit for a pasted text."""


def serve(
    out: Out = None,
    port: Annotated[int, typer.Option(metavar="N", min=0, max=65535, help="Port; 0 takes any free one.")] = 8377,
    host: Annotated[
        str,
        typer.Option(
            metavar="ADDRESS", help="Address to listen on. Any other than this machine's own makes it private."
        ),
    ] = "127.0.0.1",
    allow_host: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="A further host name to accept. Can be repeated.", show_default=False),
    ] = None,
    private: Annotated[
        bool,
        typer.Option("--private", help="Ask for a password, which is printed, e.g. on a machine with several users."),
    ] = False,
    config: Config = None,
) -> None:
    """Read, search and paste articles in a web browser, on this machine.

    Without tables, texts can be pasted. Nothing that is pasted is stored. Ctrl-C ends it.
    """
    from flows.desk.guard import LOCAL_NAMES, host_name
    from flows.settings import resolve

    settings, _ = resolve({"out": out}, config)
    if settings.out_address:
        raise UsageError("the desk reads tables in a folder; `overtones report --out ADDRESS` keeps a local copy")
    is_local = host in {"127.0.0.1", "::1", "localhost"}
    names = LOCAL_NAMES | {name for name in map(host_name, allow_host or ()) if name}
    if not is_local:
        names |= {host_name(f"[{host}]" if ":" in host else host)}
    password = secrets.token_urlsafe(12) if private or not is_local else ""
    _run(settings, host, port, names, password)


def _run(settings: Settings, host: str, port: int, names: frozenset[str], password: str) -> None:
    import uvicorn

    from flows.desk.app import WebDesk
    from flows.desk.paste import Analyst
    from flows.desk.snapshot import Desk

    has_tables = (settings.out / "documents").is_dir()
    listening = _listen(host, port)
    analyst = Analyst(settings.options, MAX_PASTE_SECONDS)
    try:
        desk = Desk(settings.out) if has_tables else None
        application = WebDesk(desk, analyst, names=names, password=password).application()
        bound = listening.getsockname()[1]
        shown = f"[{host}]" if ":" in host else host
        print_status(f"The desk is at http://{shown}:{bound}/ (Ctrl-C ends it)")
        if password:
            print_status(f"It asks for a password (any user name): {password}")
        print_status(
            f"Tables: {settings.out}" if has_tables else f"There are no tables in {settings.out}: texts can be pasted."
        )
        sys.stderr.flush()
        server = uvicorn.Server(
            uvicorn.Config(
                application,
                log_level="warning",
                access_log=False,
                server_header=False,
                limit_concurrency=64,
                timeout_keep_alive=5,
                timeout_graceful_shutdown=2,
                lifespan="off",
            )
        )
        server.run(sockets=[listening])
    except KeyboardInterrupt:
        pass
    finally:
        analyst.close()
        listening.close()
    print_status("The desk was stopped.")


def _listen(host: str, port: int) -> socket.socket:
    """A socket that listens. Raises UsageError if the port is in use, or the address is not one of this machine."""
    import socket

    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen()  # requests that come before the server runs wait for it
    except OSError as error:
        listening.close()
        raise UsageError(f"cannot listen on {host}, port {port}: {error.strerror}; choose another: --port 0") from error
    return listening
