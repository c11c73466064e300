"""What a schedule is known by, and what its runs may do: only that for which it was made.

Whoever may talk to a Prefect server may start a run of a deployment with other parameters, and may change the deployment.
So a schedule keeps what it was made for in a file of its own, which its owner alone can read and no call to the server
reaches, and each of its runs looks there. Runs of anybody else's making (`overtones run`, a deployment to a work pool) have
no such file and are free.
"""

from __future__ import annotations

import json
import os
from contextlib import ExitStack, contextmanager
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from flows.paths import is_address
from flows.scheduling.prefect_server import state_folder, write_private
from tasks.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flows.settings import Settings

MADE_FOR = "_OVERTONES_SCHEDULE_MADE_FOR"
"""The environment variable that names the file, in the processes of a schedule."""
_FREE = frozenset({
    "batch_bytes", "full", "max_document_bytes", "max_file_bytes", "max_seconds", "max_unpacked_bytes", "wait", "workers",
})  # fmt: skip
"""What a single run may be told otherwise: how it goes about its work, not what it reads, measures and writes."""
_NOT_IN_NAMES = frozenset("/%&<>")
_LONGEST = 60


def last_part(source: str) -> str:
    """What a person calls a source: the last part of its path, of an address without user, password and query.

    >>> last_part("/srv/articles"), last_part("s3://key:secret@bucket/news?token=1"), last_part("s3://bucket")
    ('articles', 'news', 'bucket')
    """
    if not is_address(source):
        return Path(source).absolute().name or source
    parts = urlsplit(source)
    return PurePosixPath(parts.path).name or parts.hostname or "articles"


def default_name(settings: Settings) -> str:
    """A name that no schedule of other sources or another output has: that of the first source, and a short hash."""
    places = [source if is_address(source) else str(Path(source).absolute()) for source in settings.source]
    places.append(settings.out_address or str(settings.out.absolute()))
    name = "".join("_" if c in _NOT_IN_NAMES or not c.isprintable() else c for c in last_part(settings.source[0]))
    return f"{name[:_LONGEST]}-{sha256(json.dumps(places).encode()).hexdigest()[:8]}"


def insist_on_name(name: str) -> None:
    """Raise UsageError for a name that Prefect does not take."""
    if not name.strip("'\" ") or _NOT_IN_NAMES & set(name) or not name.isprintable():
        raise UsageError(f"--name {name!r}: a name has letters, and none of the characters / % & < >")


@contextmanager
def kept_alone(name: str, parameters: dict[str, Any]) -> Iterator[Path]:
    """The file that says what the schedule `name` was made for; nobody else keeps a schedule of that name meanwhile.

    Raises UsageError if somebody does, ServiceError if the file cannot be written.
    """
    from filelock import FileLock, Timeout

    path = state_folder() / f"schedule-{sha256(name.encode()).hexdigest()[:16]}.json"
    lock = FileLock(path.with_suffix(".lock"), timeout=0, mode=0o600)
    with ExitStack() as stack:
        try:
            stack.enter_context(lock)
        except Timeout as error:
            raise UsageError(
                f"a schedule of the name {name!r} is kept already{_by_whom(path)}; end that one, or give this one another "
                "--name"
            ) from error
        write_private(path, json.dumps({"name": name, "process": os.getpid(), "settings": parameters}))
        stack.callback(path.unlink, missing_ok=True)
        yield path


def _by_whom(path: Path) -> str:
    try:
        return f", by process {json.loads(path.read_text('utf-8'))['process']}"
    except (OSError, ValueError, KeyError):
        return ""


def insist_on_what_it_was_made_for(settings: Settings) -> None:
    """Raise UsageError, naming what differs, if this is a run of a schedule that was made for something else."""
    path = os.environ.get(MADE_FOR)
    if path is None:
        return
    try:
        made_for = json.loads(Path(path).read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(f"cannot read what this schedule was made for ({error}); start the schedule again") from error
    allowed = type(settings).model_validate(made_for["settings"])
    differing = [
        name
        for name in type(settings).model_fields
        if name not in _FREE and getattr(settings, name) != getattr(allowed, name)
    ]
    if differing:
        raise UsageError(
            f"the schedule {made_for['name']!r} was made for another {', '.join(differing)}; its runs may differ in "
            f"{', '.join(sorted(_FREE))} alone. `overtones run` reads and writes what it is told"
        )
