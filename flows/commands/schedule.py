"""`overtones schedule`: repeat a run on a schedule until it is stopped."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from flows.terminal.console import Config, Dask, Exit, Out, Reports, Workers, print_status
from tasks.errors import UsageError

ScheduledSources = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[SOURCE ...]",
        help="Files, folders (recursive) or addresses (s3://...). [default: data/raw]",
        show_default=False,
    ),
]


def schedule(
    source: ScheduledSources = None,
    cron: Annotated[
        str | None,
        typer.Option(
            metavar="EXPR", help='Run at the times of a cron expression, e.g. "0 6 * * *".', show_default=False
        ),
    ] = None,
    interval: Annotated[
        str | None,
        typer.Option(metavar="DURATION", help="Run at this interval, e.g. 15m, 1h30m, 1d.", show_default=False),
    ] = None,
    timezone: Annotated[
        str | None,
        typer.Option(
            metavar="ZONE", help="Time zone, e.g. Europe/London. [default: of this machine]", show_default=False
        ),
    ] = None,
    name: Annotated[
        str | None,
        typer.Option(
            help="Name of the schedule. [default: from the first source and a hash of sources and output]",
            show_default=False,
        ),
    ] = None,
    now: Annotated[
        bool | None,
        typer.Option(
            "--now/--no-now", help="Also run once immediately. [default: only with --interval]", show_default=False
        ),
    ] = None,
    out: Out = None,
    reports: Reports = None,
    workers: Workers = None,
    dask: Dask = None,
    config: Config = None,
) -> Exit:
    """Analyze on a schedule until Ctrl-C.

    Needs either --cron or --interval. The schedule is a Prefect deployment. If no Prefect server is configured, one is started,
    with a web interface.
    """
    from flows.scheduling.deployments import check_name, default_name
    from flows.scheduling.schedule import Deployment, parameters_of, run_schedule
    from flows.scheduling.timetable import Timetable, parse_interval
    from flows.settings import resolve

    if name is not None:
        check_name(name)
    timetable = Timetable(
        cron, parse_interval(interval) if interval is not None else None, timezone or _zone_of_this_machine()
    )
    settings, _ = resolve(
        {"source": source or None, "out": out, "reports": reports, "workers": workers, "dask": dask}, config
    )
    parameters, run_now = parameters_of(settings), interval is not None if now is None else now
    run_schedule(Deployment(name or default_name(settings), timetable, parameters, run_now))
    print_status("The schedule was stopped. Its tables and its history are kept.")
    return Exit.DONE


def _zone_of_this_machine() -> str:
    """The name of the time zone from TZ, else of this machine. Raises UsageError if the name is unknown."""
    from zoneinfo import available_timezones

    from tzlocal import get_localzone

    try:
        name = str(get_localzone())  # get_localzone_name ignores an unknown TZ
    except (KeyError, ValueError):
        name = os.environ.get("TZ", "")
    if name not in available_timezones():
        raise UsageError(
            f"the time zone of this machine, {name!r}, is unknown; choose one with --timezone, e.g. Europe/London"
        )
    return name
