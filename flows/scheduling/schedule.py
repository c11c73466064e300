"""A running schedule: a Prefect deployment, a runner process for its runs, and a Prefect server if none is configured.

There are three processes. The command itself is the supervisor. The server and the runner each lead a session of their own,
so Ctrl-C at the terminal reaches only the supervisor. It stops the runner, then the server, then the rest of the runner's
process group (flow runs and their workers). If the supervisor is killed, both notice it and end with their groups. So no
process outlives the command.

Runs do not queue up. The deployment has one slot; a run that is due while another one runs is cancelled. The lock in the
output folder protects against runs from elsewhere on the same tables.
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
from flows.scheduling.deployments import SETTINGS_FILE, locked_schedule
from flows.scheduling.prefect_server import (
    DEFAULT_PORT,
    check_access,
    configured_address,
    local_server,
    quiet_environment,
    responds,
)
from flows.scheduling.server_process import start_session
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
    from prefect.runner import Runner

    from flows.scheduling.prefect_server import LocalServer
    from flows.settings import Settings

_ENTRY_POINT = "flows.analyze.analyze"
_POLL_SECONDS = 2.0
_STOP_TIMEOUT_SECONDS = 45  # Prefect kills a run 30 s after it is asked to stop
_N_NEXT_RUNS = 3


def parameters_of(settings: Settings) -> dict[str, Any]:
    """The parameters of the flow: the settings that were given, with absolute paths.

    Raises UsageError for standard input, which a scheduled run does not have.
    """
    from tasks.ingest import STDIN

    if STDIN in settings.source:
        raise UsageError("a schedule cannot read standard input; name files or folders")
    given = settings.model_dump(mode="json", exclude_unset=True, exclude={"prefect"})
    absolute = given | {
        "source": [source if is_address(source) else str(Path(source).absolute()) for source in settings.source],
        "out": str(settings.out.absolute()),
        "reports": str(settings.reports.absolute()),
        "lexicon": [str(path.absolute()) for path in settings.lexicon],
    }
    return absolute | ({"judge": str(settings.judge.absolute())} if settings.judge else {})


@dataclass(frozen=True)
class Deployment:
    """Name, times and parameters of a schedule, and whether it also runs at its start."""

    name: str
    timetable: Timetable
    parameters: dict[str, Any]
    run_now: bool


def run_schedule(deployment: Deployment) -> None:
    """Serve `deployment` until Ctrl-C, SIGTERM or SIGHUP. Returns when all processes that it started have ended.

    Raises UsageError if another process runs a schedule of that name, ServiceError if the configured server denies access, or
    if the server or the runner end by themselves.
    """
    os.environ |= quiet_environment() | dict(os.environ)
    with suppress(_Stopped), _stop_on_signals(), ExitStack() as stack:
        settings_file = stack.enter_context(locked_schedule(deployment.name, deployment.parameters))
        address, server = _address_of_server(stack)
        os.environ |= {"PREFECT_API_URL": address, SETTINGS_FILE: str(settings_file)}
        # The runner's imports take seconds, the start of the server takes longer. So both start at the same time.
        runner = stack.enter_context(_runner(deployment, address))
        if server:
            server.wait()
        print_status(f"interface   {redact_address(address).removesuffix('/api')}")
        if server:
            print_status(f"password    {server.password_file}")
        print_status(f"schedule    {deployment.name}: {deployment.timetable}")
        while runner.is_alive():
            runner.join(1)
            if server:
                server.check()
        raise ServiceError(f"the runner has ended (exit code {runner.exitcode}); see its messages above")


def _address_of_server(stack: ExitStack) -> tuple[str, LocalServer | None]:
    """The address of the configured server if it responds, else that of a local server, which is also returned."""
    address = configured_address()
    if address is not None and responds(address):
        check_access(address)
        return address, None
    if address:
        print_status(f"The Prefect server at {redact_address(address)} does not respond; starting a local server.")
    server = stack.enter_context(local_server(DEFAULT_PORT))
    os.environ |= server.environment
    return server.address, server


class _Stopped(BaseException):
    """The command was asked to stop."""


@contextmanager
def _stop_on_signals() -> Iterator[None]:
    """Raise _Stopped on Ctrl-C, SIGTERM or SIGHUP, once: further signals do not disturb the orderly exit."""

    def stop(_signal: int, _frame: FrameType | None) -> None:
        for name in before:
            signal.signal(name, signal.SIG_IGN)
        print_status("stopping ...")
        raise _Stopped

    before = {name: signal.signal(name, stop) for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(name, handler)


@contextmanager
def _runner(deployment: Deployment, address: str) -> Iterator[SpawnProcess]:
    """The process that serves `deployment`. It and all its children are stopped at the end of the block."""
    process = multiprocessing.get_context("spawn").Process(
        target=serve_deployment, args=(deployment, address), name="runner"
    )
    process.start()
    try:
        yield process
    finally:
        if process.pid is not None:
            with suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGINT)
            process.join(_STOP_TIMEOUT_SECONDS)
            process.kill()
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)


# ------------------------------------------------------------------------------------------- in the runner's process


def serve_deployment(deployment: Deployment, address: str) -> None:
    """Register `deployment` with the server at `address` when it responds, and execute its runs until SIGINT."""
    start_session()
    # The flow that a run imports is fixed here. Else a run would ask the server, where the deployment may be changed.
    os.environ["PREFECT__FLOW_ENTRYPOINT"] = _ENTRY_POINT
    try:
        import flows.analyze  # noqa: F401  # while the server starts

        while not responds(address):
            time.sleep(0.2)
        asyncio.run(_serve(deployment))
    except (KeyboardInterrupt, asyncio.CancelledError):
        pass
    except Exception as error:  # noqa: BLE001  # a traceback of Prefect does not help the user
        cause: BaseException = error
        while isinstance(cause, BaseExceptionGroup):
            cause = cause.exceptions[0]
        print_status(f"overtones: the schedule cannot be served: {type(cause).__name__}: {cause}")
        sys.exit(1)


async def _serve(deployment: Deployment) -> None:
    import anyio
    from prefect import get_client
    from prefect.client.schemas.objects import TERMINAL_STATES
    from prefect.runner import Runner

    _fix_flow()
    stopping = asyncio.Event()
    # No limit here: a run that waits for another in this process would be queued, not cancelled. A run takes the slot when
    # it is fetched, so it is fetched late: else it would be cancelled because of a run that ends before it is due.
    runner = Runner(name=deployment.name, limit=None, query_seconds=_POLL_SECONDS, prefetch_seconds=_POLL_SECONDS)
    deployment_id = await _register(deployment, runner)
    async with get_client() as client, anyio.create_task_group() as group:
        await _close_abandoned(client, deployment_id)
        await _reject_unknown_parameters(client, deployment_id)
        if deployment.run_now:
            await client.create_flow_run_from_deployment(deployment_id)
        await _print_next_runs(deployment)
        group.start_soon(_print_finished_runs, client, deployment_id, ZoneInfo(deployment.timetable.timezone))
        asyncio.get_running_loop().add_signal_handler(signal.SIGINT, stopping.set)
        finished: list[FlowRun] = []

        async def stop() -> None:
            await stopping.wait()
            if not runner.started:
                group.cancel_scope.cancel()
            finished.extend(await _runs(client, deployment_id, *TERMINAL_STATES))
            await runner.astop()

        group.start_soon(stop)
        await runner.start()
        await _restore_states(client, finished)
        group.cancel_scope.cancel()


def _fix_flow() -> None:
    """Let Prefect use our flow in this process, too.

    Prefect loads the flow here when a run is cancelled. It would use what the deployment has become on the server.
    """
    import prefect.runner.runner

    from flows.analyze import analyze

    async def load_flow(*_: object, **__: object) -> Flow[..., Any]:
        return analyze

    prefect.runner.runner.load_flow_from_flow_run = load_flow  # type: ignore[attr-defined]  # not declared


async def _register(deployment: Deployment, runner: Runner) -> UUID:
    """Create the deployment on the server and add it to the runner; returns its id."""
    from prefect.client.schemas.objects import ConcurrencyLimitConfig, ConcurrencyLimitStrategy
    from prefect.types.entrypoint import EntrypointType

    from flows.analyze import analyze

    # With a module as entry point, each run imports the flow, in any folder, instead of getting a copy of this process's.
    served = await analyze.ato_deployment(
        deployment.name,
        description=f"Started by `overtones schedule`: {deployment.timetable}",
        schedules=[deployment.timetable.as_prefect()],
        paused=False,
        parameters={"settings": deployment.parameters},
        concurrency_limit=ConcurrencyLimitConfig(limit=1, collision_strategy=ConcurrencyLimitStrategy.CANCEL_NEW),
        entrypoint_type=EntrypointType.MODULE_PATH,
    )
    return await runner.aadd_deployment(served)


async def _print_next_runs(deployment: Deployment) -> None:
    zone = ZoneInfo(deployment.timetable.timezone)
    due = await upcoming(deployment.timetable.as_prefect(), _N_NEXT_RUNS)
    times = [f"{when.astimezone(zone):%Y-%m-%d %H:%M:%S %Z}" for when in due]
    print_status(f"next runs   {', '.join(['now'] * deployment.run_now + times)} ({zone.key})")
    print_status("Stop with Ctrl-C.")


async def _restore_states(client: PrefectClient, finished: list[FlowRun]) -> None:
    """Undo a change by Prefect: it marks finished runs as cancelled if their processes have not quite ended."""
    for run in finished:
        if run.state and (await client.read_flow_run(run.id)).state_type != run.state_type:
            await client.set_flow_run_state(run.id, run.state, force=True)


async def _close_abandoned(client: PrefectClient, deployment_id: UUID) -> None:
    """Mark runs of an earlier command that was killed as crashed. They would occupy the slot forever."""
    from prefect.client.schemas.objects import StateType
    from prefect.states import Crashed

    for run in await _runs(client, deployment_id, StateType.PENDING, StateType.RUNNING, StateType.CANCELLING):
        message = "the command that executed this run was killed"
        await client.set_flow_run_state(run.id, Crashed(message=message), force=True)


async def _reject_unknown_parameters(client: PrefectClient, deployment_id: UUID) -> None:
    """Let the server reject a run with an unknown parameter when it is requested."""
    from prefect.client.schemas.actions import DeploymentUpdate

    schema = (await client.read_deployment(deployment_id)).parameter_openapi_schema or {}
    update = DeploymentUpdate(parameter_openapi_schema={**schema, "additionalProperties": False})
    await client.update_deployment(deployment_id, update)


async def _print_finished_runs(client: PrefectClient, deployment_id: UUID, zone: ZoneInfo) -> None:
    """Print the final state of each run that ends from now on."""
    from httpx import HTTPError
    from prefect.client.schemas.objects import TERMINAL_STATES

    started_at = datetime.now(UTC)
    printed: set[UUID] = set()
    while True:
        ended: list[FlowRun] = []
        with suppress(HTTPError):  # the server may be unreachable for a while
            ended = await _runs(client, deployment_id, *TERMINAL_STATES)
        for run in ended:
            if run.id not in printed and run.state and run.state.timestamp > started_at:
                printed.add(run.id)
                when = run.state.timestamp.astimezone(zone)
                # A run that was never started has a provisional name.
                due_at = (run.expected_start_time or when).astimezone(zone)
                name = run.name if run.run_count else f"the run due at {due_at:%H:%M:%S}"
                print_status(
                    f"{when:%Y-%m-%d %H:%M:%S %Z}  {name}: {run.state.name}. {run.state.message or ''}".rstrip()
                )
        await asyncio.sleep(_POLL_SECONDS)


async def _runs(client: PrefectClient, deployment_id: UUID, *states: Any) -> list[FlowRun]:
    """At most 20 runs of the deployment in `states`, the earliest due first; of finished runs, the 20 latest."""
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
