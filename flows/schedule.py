"""A schedule that one command keeps: a Prefect server if there is none, a deployment, a process that carries its runs out.

Three processes. The one that was called supervises. The server and the runner each head a session of their own: a
Ctrl-C at the terminal reaches the supervisor alone, which ends the runner, then the server, and then whatever is left
of the runner's process group (flow runs and their workers are in it). Should the supervisor be killed, both see it and
end with all that is theirs. So nothing outlives the command.

Runs do not pile up. The deployment has one slot; a run that comes due while it is taken is cancelled, not queued. Should
a run be at work on the same tables from elsewhere, the lock in the output folder has the last word.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import re
import signal
import time
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from flows.object_stores import is_address
from flows.prefect_server import (
    DEFAULT_PORT,
    answers,
    configured_address,
    lead_a_group_that_ends_with_its_parent,
    local_server,
    quiet,
)
from flows.terminal import tell
from tasks.errors import ServiceError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.context import SpawnProcess
    from types import FrameType
    from uuid import UUID

    from prefect.client.orchestration import PrefectClient
    from prefect.client.schemas.objects import FlowRun
    from prefect.client.schemas.schedules import CronSchedule, IntervalSchedule

    from flows.prefect_server import LocalServer
    from flows.settings import Settings

SHORTEST_INTERVAL = timedelta(seconds=10)
_POLL_SECONDS = 2.0
_ENDS_WITHIN_SECONDS = 45  # a run that is asked to end is killed after 30
_LOOKS_WITHIN = timedelta(seconds=30)  # every five seconds, on an idle machine
_N_TOLD = 3


@dataclass(frozen=True)
class Timetable:
    """When runs are due: a cron expression or an interval, in a time zone."""

    cron: str | None
    interval: timedelta | None
    timezone: str

    def __post_init__(self) -> None:
        """Raise UsageError for a timetable that cannot be kept."""
        if (self.cron is None) == (self.interval is None):
            raise UsageError('say when: either --cron "0 6 * * *" or --interval 15m')
        try:
            ZoneInfo(self.timezone)
        except (KeyError, ValueError, OSError) as error:
            raise UsageError(
                f"--timezone {self.timezone!r}: no such zone; UTC is one, Europe/London another"
            ) from error
        if self.cron is not None:
            self.as_prefect()

    def as_prefect(self) -> CronSchedule | IntervalSchedule:
        """The timetable in Prefect's words. Intervals are counted from midnight, so that 15m is at :00, :15, :30, :45."""
        from prefect.client.schemas.schedules import CronSchedule, IntervalSchedule
        from pydantic import ValidationError

        if self.interval is not None:
            midnight = datetime(2020, 1, 1, tzinfo=ZoneInfo(self.timezone))
            return IntervalSchedule(interval=self.interval, anchor_date=midnight, timezone=self.timezone)
        try:
            return CronSchedule(cron=self.cron or "", timezone=self.timezone)
        except ValidationError as error:
            raise UsageError(
                f"--cron {self.cron!r} is no cron expression; five fields are needed, minute hour day month weekday: "
                '"0 6 * * *" is six every morning'
            ) from error


_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def parse_interval(text: str) -> timedelta:
    """A duration as people write it; UsageError for anything else, and for less than ten seconds.

    >>> parse_interval("15m"), parse_interval("1h30m"), parse_interval("2 d")
    (datetime.timedelta(seconds=900), datetime.timedelta(seconds=5400), datetime.timedelta(days=2))
    """
    parts = re.findall(r"(\d+)\s*([smhdw])", text.lower())
    if not parts or re.sub(r"\d+\s*[smhdw]|\s", "", text.lower()):
        raise UsageError(f"--interval {text!r} is no duration; a number and a unit (s, m, h, d, w) are: 15m, 1h30m, 1d")
    try:
        interval = sum((timedelta(**{_UNITS[unit]: int(number)}) for number, unit in parts), timedelta())
    except OverflowError as error:
        raise UsageError(f"--interval {text!r} is longer than time is counted") from error
    if interval < SHORTEST_INTERVAL:
        raise UsageError(f"--interval {text!r} is too short: {SHORTEST_INTERVAL.seconds}s is the least")
    return interval


def parameters_of(settings: Settings) -> dict[str, Any]:
    """What the flow is given: what was asked for, with whole paths, so that it holds in any folder.

    Raises UsageError for standard input, which no scheduled run has.
    """
    from tasks.ingest import STDIN

    if STDIN in settings.source:
        raise UsageError("a scheduled run has no standard input; name files or folders")
    given = settings.model_dump(mode="json", exclude_unset=True, exclude={"prefect"})
    return given | {
        "source": [source if is_address(source) else str(Path(source).absolute()) for source in settings.source],
        "out": str(settings.out.absolute()),
        "reports": str(settings.reports.absolute()),
        "lexicon": [str(path.absolute()) for path in settings.lexicon],
    }


@dataclass(frozen=True)
class Deployment:
    """What is served: its name, when it runs, and what it is told."""

    name: str
    timetable: Timetable
    parameters: dict[str, Any]
    run_now: bool


def keep(deployment: Deployment) -> None:
    """Serve `deployment` until Ctrl-C, SIGTERM or SIGHUP; returns when everything that was started has ended.

    Raises ServiceError if the server or the runner end by themselves.
    """
    os.environ |= quiet() | dict(os.environ)
    with suppress(_Ended), _ending_on_signals(), ExitStack() as stack:
        address = configured_address()
        server: LocalServer | None = None
        if address is None or not answers(address):
            if address:
                tell(f"Prefect's server at {address} does not answer; starting one here.")
            server = stack.enter_context(local_server(DEFAULT_PORT))
            address = server.address
        os.environ["PREFECT_API_URL"] = address
        # It imports what it needs, which takes seconds, while the server starts, which takes more.
        runner = stack.enter_context(_runner(deployment, address))
        if server:
            server.wait()
        tell(f"interface   {address.removesuffix('/api')}")
        while runner.is_alive():
            runner.join(1)
            if server:
                server.check()
        raise ServiceError(f"the runner has ended (exit code {runner.exitcode}); what it said stands above")


class _Ended(BaseException):
    """The command was asked to end."""


@contextmanager
def _ending_on_signals() -> Iterator[None]:
    """Raise _Ended where Ctrl-C, SIGTERM or SIGHUP arrive, once: what ends in an orderly way is not disturbed again."""

    def end(_signal: int, _frame: FrameType | None) -> None:
        for name in before:
            signal.signal(name, signal.SIG_IGN)
        tell("ending ...")
        raise _Ended

    before = {name: signal.signal(name, end) for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(name, handler)


@contextmanager
def _runner(deployment: Deployment, address: str) -> Iterator[SpawnProcess]:
    """The process that serves `deployment`; it and all that it started are gone afterwards."""
    process = multiprocessing.get_context("spawn").Process(target=serve, args=(deployment, address), name="runner")
    process.start()
    try:
        yield process
    finally:
        if process.pid is not None:
            with suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGINT)
            process.join(_ENDS_WITHIN_SECONDS)
            process.kill()
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)


# ------------------------------------------------------------------------------------------- in the runner's process


def serve(deployment: Deployment, address: str) -> None:
    """Register `deployment` with the server at `address` as soon as it answers, and carry its runs out until SIGINT."""
    lead_a_group_that_ends_with_its_parent()
    with suppress(KeyboardInterrupt, asyncio.CancelledError):
        import flows.analyze  # noqa: F401  # while the server starts

        while not answers(address):
            time.sleep(0.2)
        asyncio.run(_serve(deployment))


async def _serve(deployment: Deployment) -> None:
    import anyio
    from prefect import get_client
    from prefect.client.schemas.objects import TERMINAL_STATES, ConcurrencyLimitConfig, ConcurrencyLimitStrategy
    from prefect.runner import Runner
    from prefect.types.entrypoint import EntrypointType

    from flows.analyze import analyze

    ending = asyncio.Event()
    # No limit here: a run that waited for another in this process would be queued, not cancelled. A run asks for the slot
    # when it is fetched: no sooner than it must be, else it would be cancelled for one that ends before it is due.
    runner = Runner(name=deployment.name, limit=None, query_seconds=_POLL_SECONDS, prefetch_seconds=_POLL_SECONDS)
    # A module entry point: each run imports it, from whatever folder, instead of getting a copy of this process's.
    served = await analyze.ato_deployment(
        deployment.name,
        schedules=[deployment.timetable.as_prefect()],
        paused=False,
        parameters={"settings": deployment.parameters},
        concurrency_limit=ConcurrencyLimitConfig(limit=1, collision_strategy=ConcurrencyLimitStrategy.CANCEL_NEW),
        entrypoint_type=EntrypointType.MODULE_PATH,
    )
    deployment_id = await runner.aadd_deployment(served)
    async with get_client() as client, anyio.create_task_group() as group:
        await _close_abandoned(client, deployment_id)
        if deployment.run_now:
            await client.create_flow_run_from_deployment(deployment_id)
        group.start_soon(_tell_runs, client, deployment_id, deployment.timetable)
        asyncio.get_running_loop().add_signal_handler(signal.SIGINT, ending.set)
        finished: list[FlowRun] = []

        async def stop() -> None:
            await ending.wait()
            if not runner.started:
                group.cancel_scope.cancel()
            finished.extend(await _runs(client, deployment_id, *TERMINAL_STATES))
            await runner.astop()

        group.start_soon(stop)
        await runner.start()
        # Prefect calls cancelled what has finished, too, as long as its process has not quite ended.
        for run in finished:
            if run.state and (await client.read_flow_run(run.id)).state_type != run.state_type:
                await client.set_flow_run_state(run.id, run.state, force=True)
        group.cancel_scope.cancel()


async def _close_abandoned(client: PrefectClient, deployment_id: UUID) -> None:
    """Call crashed what an earlier command left at work when it was killed: it would hold the slot for ever."""
    from prefect.client.schemas.objects import StateType
    from prefect.states import Crashed

    for run in await _runs(client, deployment_id, StateType.PENDING, StateType.RUNNING, StateType.CANCELLING):
        message = "the command that carried this run out has been killed"
        await client.set_flow_run_state(run.id, Crashed(message=message), force=True)


async def _tell_runs(client: PrefectClient, deployment_id: UUID, timetable: Timetable) -> None:
    """Tell when the next runs are due, and of each run how it ended."""
    from httpx import HTTPError
    from prefect.client.schemas.objects import TERMINAL_STATES, StateType

    zone = ZoneInfo(timetable.timezone)
    began = datetime.now(UTC)
    told: set[UUID] = set()
    due: dict[UUID, FlowRun] = {}
    while True:
        due |= {run.id: run for run in await _runs(client, deployment_id, StateType.SCHEDULED)}
        # A run at once is there, and perhaps at work, before the server has looked at the timetable.
        if any(run.auto_scheduled for run in due.values()) or (due and datetime.now(UTC) > began + _LOOKS_WITHIN):
            break
        await asyncio.sleep(_POLL_SECONDS)
    times = sorted(run.expected_start_time.astimezone(zone) for run in due.values() if run.expected_start_time)
    tell(f"next runs   {', '.join(f'{when:%Y-%m-%d %H:%M:%S %Z}' for when in times[:_N_TOLD])} ({timetable.timezone})")
    tell("Ctrl-C ends it.")
    while True:
        ended: list[FlowRun] = []
        with suppress(HTTPError):  # a server of somebody's own may be away for a while
            ended = await _runs(client, deployment_id, *TERMINAL_STATES)
        for run in ended:
            if run.id not in told and run.state and run.state.timestamp > began:
                told.add(run.id)
                when = run.state.timestamp.astimezone(zone)
                # One that never began has not got its name yet.
                due_at = (run.expected_start_time or when).astimezone(zone)
                name = run.name if run.run_count else f"the run due at {due_at:%H:%M:%S}"
                tell(f"{when:%Y-%m-%d %H:%M:%S %Z}  {name}: {run.state.name}. {run.state.message or ''}".rstrip())
        await asyncio.sleep(_POLL_SECONDS)


async def _runs(client: PrefectClient, deployment_id: UUID, *states: Any) -> list[FlowRun]:
    """The deployment's runs in some states, the earliest due first; of those that have ended, the latest."""
    from prefect.client.schemas.filters import (
        DeploymentFilter,
        DeploymentFilterId,
        FlowRunFilter,
        FlowRunFilterState,
        FlowRunFilterStateType,
    )
    from prefect.client.schemas.objects import TERMINAL_STATES
    from prefect.client.schemas.sorting import FlowRunSort

    ended = set(states) <= TERMINAL_STATES
    runs = await client.read_flow_runs(
        deployment_filter=DeploymentFilter(id=DeploymentFilterId(any_=[deployment_id])),
        flow_run_filter=FlowRunFilter(state=FlowRunFilterState(type=FlowRunFilterStateType(any_=list(states)))),
        sort=FlowRunSort.EXPECTED_START_TIME_DESC if ended else FlowRunSort.EXPECTED_START_TIME_ASC,
        limit=20,
    )
    return runs[::-1] if ended else runs
