"""`overtones schedule`: the same run again and again, until it is told to stop."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from flows.terminal.console import Config, Dask, Exit, Out, Reports, Sources, Workers, print_status
from tasks.errors import UsageError


def schedule(
    source: Sources = None,
    cron: Annotated[
        str | None, typer.Option(metavar="EXPR", help='Cron expression, e.g. "0 6 * * *".', show_default=False)
    ] = None,
    interval: Annotated[
        str | None, typer.Option(metavar="DURATION", help="Duration, e.g. 15m, 1h30m, 1d.", show_default=False)
    ] = None,
    timezone: Annotated[
        str | None, typer.Option(metavar="ZONE", help="Time zone of the schedule. [this machine's]", show_default=False)
    ] = None,
    name: Annotated[
        str | None,
        typer.Option(help="Name of the deployment. [the first source's, and a hash of all places]", show_default=False),
    ] = None,
    now: Annotated[
        bool | None,
        typer.Option("--now/--no-now", help="A first run at once. [with --interval]", show_default=False),
    ] = None,
    out: Out = None,
    reports: Reports = None,
    workers: Workers = None,
    dask: Dask = None,
    config: Config = None,
) -> Exit:
    """Analyze on a schedule, as a Prefect deployment with its interface, until Ctrl-C."""
    from flows.scheduling.deployments import default_name, insist_on_name
    from flows.scheduling.schedule import Deployment, keep, parameters_of
    from flows.scheduling.timetable import Timetable, parse_interval
    from flows.settings import resolve

    if name is not None:
        insist_on_name(name)
    timetable = Timetable(
        cron, parse_interval(interval) if interval is not None else None, timezone or _zone_of_this_machine()
    )
    settings, _ = resolve(
        {"source": source or None, "out": out, "reports": reports, "workers": workers, "dask": dask}, config
    )
    parameters, run_now = parameters_of(settings), interval is not None if now is None else now
    keep(Deployment(name or default_name(settings), timetable, parameters, run_now))
    print_status("The schedule has ended; its tables and its history are kept.")
    return Exit.DONE


def _zone_of_this_machine() -> str:
    """The name of the time zone of $TZ, else of this machine; UsageError if it has none."""
    from zoneinfo import available_timezones

    from tzlocal import get_localzone

    try:
        name = str(get_localzone())  # get_localzone_name passes over a $TZ that it does not know
    except (KeyError, ValueError):
        name = os.environ.get("TZ", "")
    if name not in available_timezones():
        raise UsageError(
            f"the time zone of this machine, {name!r}, is not one with a known name; give one with --timezone"
        )
    return name
