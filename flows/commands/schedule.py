"""`overtones schedule`: the same run again and again, until it is told to stop."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from flows.terminal import Config, Dask, Exit, Out, Reports, Sources, Workers, tell


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
        str | None, typer.Option(help="Name of the deployment. [the first source's]", show_default=False)
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
    from tzlocal import get_localzone_name

    from flows.schedule import Deployment, Timetable, keep, parameters_of, parse_interval
    from flows.settings import resolve

    timetable = Timetable(
        cron, parse_interval(interval) if interval is not None else None, timezone or get_localzone_name() or "UTC"
    )
    settings, _ = resolve(
        {"source": source or None, "out": out, "reports": reports, "workers": workers, "dask": dask}, config
    )
    name = name or Path(settings.source[0]).absolute().name.replace("%", "_") or "articles"
    keep(Deployment(name, timetable, parameters_of(settings), interval is not None if now is None else now))
    tell("The schedule has ended; its tables and its history are kept.")
    return Exit.DONE
