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
import signal
import sys
import time
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from flows.paths import is_address
from flows.scheduling.deployments import MADE_FOR, kept_alone
from flows.scheduling.prefect_server import (
    DEFAULT_PORT,
    answers,
    configured_address,
    insist_on_access,
    local_server,
    quiet,
)
from flows.scheduling.server_process import lead_a_group_that_ends_with_its_parent
from flows.scheduling.timetable import Timetable, upcoming
from flows.stores.addresses import redact_address
from flows.terminal.console import print_status
from tasks.errors import ServiceError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.context import SpawnProcess
    from types import FrameType
    from uuid import UUID

    from prefect import Flow
    from prefect.client.orchestration import PrefectClient
    from prefect.client.schemas.objects import FlowRun

    from flows.scheduling.prefect_server import LocalServer
    from flows.settings import Settings

_ENTRY_POINT = "flows.analyze.analyze"
_POLL_SECONDS = 2.0
_ENDS_WITHIN_SECONDS = 45  # a run that is asked to end is killed after 30
_N_TOLD = 3


def parameters_of(settings: Settings) -> dict[str, Any]:
    """What the flow is given: what was asked for, with whole paths, so that it holds in any folder.

    Raises UsageError for standard input, which no scheduled run has.
    """
    from tasks.ingest import STDIN

    if STDIN in settings.source:
        raise UsageError("a scheduled run has no standard input; name files or folders")
    given = settings.model_dump(mode="json", exclude_unset=True, exclude={"prefect"})
    whole = given | {
        "source": [source if is_address(source) else str(Path(source).absolute()) for source in settings.source],
        "out": str(settings.out.absolute()),
        "reports": str(settings.reports.absolute()),
        "lexicon": [str(path.absolute()) for path in settings.lexicon],
    }
    return whole | ({"scorer": str(settings.scorer.absolute())} if settings.scorer else {})


@dataclass(frozen=True)
class Deployment:
    """What is served: its name, when it runs, and what it is told."""

    name: str
    timetable: Timetable
    parameters: dict[str, Any]
    run_now: bool


def keep(deployment: Deployment) -> None:
    """Serve `deployment` until Ctrl-C, SIGTERM or SIGHUP; returns when everything that was started has ended.

    Raises UsageError if another process keeps a schedule of that name, ServiceError if the server that is configured refuses
    us, or the server or the runner end by themselves.
    """
    os.environ |= quiet() | dict(os.environ)
    with suppress(_Ended), _ending_on_signals(), ExitStack() as stack:
        made_for = stack.enter_context(kept_alone(deployment.name, deployment.parameters))
        address = configured_address()
        server: LocalServer | None = None
        if address is not None and answers(address):
            insist_on_access(address)
        else:
            if address:
                print_status(f"Prefect's server at {redact_address(address)} does not answer; starting one here.")
            server = stack.enter_context(local_server(DEFAULT_PORT))
            address = server.address
            os.environ |= server.environment
        os.environ |= {"PREFECT_API_URL": address, MADE_FOR: str(made_for)}
        # It imports what it needs, which takes seconds, while the server starts, which takes more.
        runner = stack.enter_context(_runner(deployment, address))
        if server:
            server.wait()
        print_status(f"interface   {redact_address(address).removesuffix('/api')}")
        if server:
            print_status(f"password    {server.password_file}")
        print_status(f"schedule    {deployment.name}: {deployment.timetable.told()}")
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
        print_status("ending ...")
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
    # What a run imports is settled here. Else it would ask the server, where the deployment may have been changed.
    os.environ["PREFECT__FLOW_ENTRYPOINT"] = _ENTRY_POINT
    try:
        import flows.analyze  # noqa: F401  # while the server starts

        while not answers(address):
            time.sleep(0.2)
        asyncio.run(_serve(deployment))
    except (KeyboardInterrupt, asyncio.CancelledError):
        pass
    except Exception as error:  # noqa: BLE001  # a person reads it, who did not write Prefect
        cause: BaseException = error
        while isinstance(cause, BaseExceptionGroup):
            cause = cause.exceptions[0]
        print_status(f"overtones: the schedule cannot be served: {type(cause).__name__}: {cause}")
        sys.exit(1)


async def _serve(deployment: Deployment) -> None:
    import anyio
    import prefect.runner.runner
    from prefect import get_client
    from prefect.client.schemas.objects import TERMINAL_STATES, ConcurrencyLimitConfig, ConcurrencyLimitStrategy
    from prefect.runner import Runner
    from prefect.types.entrypoint import EntrypointType

    from flows.analyze import analyze

    async def load_flow(*_: object, **__: object) -> Flow[..., Any]:
        return analyze

    # Prefect loads the flow in this process, too, when a run is cancelled, and goes by what the deployment has become then.
    prefect.runner.runner.load_flow_from_flow_run = load_flow  # type: ignore[attr-defined]  # not declared

    ending = asyncio.Event()
    # No limit here: a run that waited for another in this process would be queued, not cancelled. A run asks for the slot
    # when it is fetched: no sooner than it must be, else it would be cancelled for one that ends before it is due.
    runner = Runner(name=deployment.name, limit=None, query_seconds=_POLL_SECONDS, prefetch_seconds=_POLL_SECONDS)
    schedule = deployment.timetable.as_prefect()
    # A module entry point: each run imports it, from whatever folder, instead of getting a copy of this process's.
    served = await analyze.ato_deployment(
        deployment.name,
        description=f"Kept by `overtones schedule`: {deployment.timetable.told()}",
        schedules=[schedule],
        paused=False,
        parameters={"settings": deployment.parameters},
        concurrency_limit=ConcurrencyLimitConfig(limit=1, collision_strategy=ConcurrencyLimitStrategy.CANCEL_NEW),
        entrypoint_type=EntrypointType.MODULE_PATH,
    )
    deployment_id = await runner.aadd_deployment(served)
    async with get_client() as client, anyio.create_task_group() as group:
        await _close_abandoned(client, deployment_id)
        await _refuse_unknown_parameters(client, deployment_id)
        if deployment.run_now:
            await client.create_flow_run_from_deployment(deployment_id)
        zone = ZoneInfo(deployment.timetable.timezone)
        times = [f"{when.astimezone(zone):%Y-%m-%d %H:%M:%S %Z}" for when in await upcoming(schedule, _N_TOLD)]
        print_status(f"next runs   {', '.join(['at once'] * deployment.run_now + times)} ({zone.key})")
        print_status("Ctrl-C ends it.")
        group.start_soon(_tell_runs, client, deployment_id, zone)
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


async def _refuse_unknown_parameters(client: PrefectClient, deployment_id: UUID) -> None:
    """Let the server say so at once, where somebody asks for a run with a parameter that there is not."""
    from prefect.client.schemas.actions import DeploymentUpdate

    schema = (await client.read_deployment(deployment_id)).parameter_openapi_schema or {}
    update = DeploymentUpdate(parameter_openapi_schema={**schema, "additionalProperties": False})
    await client.update_deployment(deployment_id, update)


async def _tell_runs(client: PrefectClient, deployment_id: UUID, zone: ZoneInfo) -> None:
    """Tell of each run from now on how it ended."""
    from httpx import HTTPError
    from prefect.client.schemas.objects import TERMINAL_STATES

    began = datetime.now(UTC)
    told: set[UUID] = set()
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
                print_status(
                    f"{when:%Y-%m-%d %H:%M:%S %Z}  {name}: {run.state.name}. {run.state.message or ''}".rstrip()
                )
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
