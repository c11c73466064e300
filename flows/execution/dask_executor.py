"""Batches on a Dask cluster, submitted in the order of the plan, a few more than there are idle workers.

The workers read the sources and write the parts themselves, so they need the same folders under the same paths as the
process that plans and publishes. Before a worker analyzes a batch, it checks that it would produce the same result as
this process: same code, packages, dictionary, lexicon and options. If a worker is lost, its batch goes to another one.
A batch that has killed several workers is analyzed by a process of the local pool, whose supervision finds the document
that causes it. A document that takes too long is stopped on the worker, within the limits of `time_limit`.
"""

from __future__ import annotations

import os
import threading
from contextlib import chdir, contextmanager
from functools import cache
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flows.execution.time_limit import time_limit
from flows.execution.versions import engine_sha256
from flows.stores.addresses import adopt_secrets, kept_secrets, with_secrets
from tasks.errors import ServiceError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from distributed import Client, Future

    from flows.execution.model import Analyze, BatchResult, BatchTask
    from flows.execution.pool import WorkerPool
    from flows.settings import Settings
    from tasks.options import Options

_TIMEOUT_SECONDS = 10
_BATCHES_AHEAD = 2  # two batches per thread: one running, one waiting; a scheduler with a million batches is slow

_one_at_a_time = threading.Lock()
"""Threads of a worker share the vocabulary and Python's lock, so two batches at a time are not faster."""


def run_on_dask(
    pool: WorkerPool, tasks: Iterable[BatchTask], settings: Settings
) -> Iterator[tuple[BatchTask, BatchResult]]:
    """Each of `tasks` with its result, in the order of completion, from the workers of `settings.dask`.

    The workers do the same as those of `pool`. Tasks that kill them are given to `pool`.

    Raises ServiceError if the scheduler does not respond or has no workers, or if the workers cannot do the tasks.
    """
    engine, folder, secrets = engine_sha256(settings.options), Path.cwd(), kept_secrets()
    with _client(settings.dask) as client:
        from distributed import KilledWorker, as_completed

        done = as_completed()
        submitted: dict[Any, BatchTask] = {}
        waiting = iter(tasks)

        def submit(n_tasks: int) -> None:
            for task in islice(waiting, n_tasks):
                future = client.submit(
                    analyze_here, pool.analyze, task, engine, settings.options, folder, settings.max_seconds, secrets,
                    pure=False,
                )  # fmt: skip
                submitted[future.key] = task
                done.add(future)

        submit(_BATCHES_AHEAD * sum(client.nthreads().values()))
        for future in done:
            task = submitted.pop(future.key)
            submit(1)
            try:
                yield task, _result(future)
            except KilledWorker:
                yield from pool.run([task], 1)


@contextmanager
def _client(address: str) -> Iterator[Client]:
    try:
        from distributed import Client
    except ImportError as error:
        raise UsageError('--dask needs the extra "dask": pip install "overtones[dask]"') from error
    try:
        client = Client(with_secrets(address), timeout=_TIMEOUT_SECONDS)
    except (OSError, ValueError) as error:
        raise ServiceError(
            f"no Dask scheduler responds at {address}; `dask scheduler` starts one and prints its address, tcp://..."
        ) from error
    with client:
        try:
            client.wait_for_workers(1, timeout=_TIMEOUT_SECONDS)
        except TimeoutError as error:
            raise ServiceError(
                f"the Dask scheduler at {address} has no workers; `dask worker {address} --nthreads 1` starts one"
            ) from error
        yield client


def _result(future: Future[BatchResult]) -> BatchResult:
    """The result from a worker. Raises ServiceError if it cannot import this project or does not see the folders."""
    from concurrent.futures import CancelledError

    try:
        result: BatchResult = future.result()
    except CancelledError as error:
        raise ServiceError("the connection to the Dask scheduler was lost; the next run continues this one") from error
    except ImportError as error:
        raise ServiceError(
            f"a Dask worker cannot import overtones ({error}); install the same version there"
        ) from error
    except FileNotFoundError as error:
        raise ServiceError(
            f"a Dask worker does not see {error.filename}; sources and --out must be where all workers see them"
        ) from error
    return result


# ------------------------------------------------------------------------------------------------------ on the workers


def analyze_here(
    analyze: Analyze,
    task: BatchTask,
    engine: str,
    options: Options,
    folder: Path,
    max_seconds: float,
    secrets: dict[str, str],
) -> BatchResult:
    """Analyze one batch, if the result is the same as in the submitting process. Paths are relative to `folder`.

    Raises ServiceError if the hash of this worker's engine is not `engine`.
    """
    with _one_at_a_time, chdir(folder), time_limit(max_seconds) as report:
        adopt_secrets(secrets)
        if _engine_here(options) != engine:
            raise ServiceError(
                f"the Dask worker with process id {os.getpid()} has other code, packages, dictionary or lexicon than "
                "this process; install the same version of everything there (requirements.lock), and start it again"
            )
        return analyze(task, report=report)


_engine_here = cache(engine_sha256)
