"""The name of a schedule, and a check that its runs use the settings it was started with.

Every client of a Prefect server can start a run of a deployment with other parameters, and can change the deployment. So a
schedule stores its settings in a private file that the server cannot reach, and each of its runs compares its own settings
with these. Other runs (`overtones run`, a deployment to a work pool) have no such file and are not restricted.
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

SETTINGS_FILE = "_OVERTONES_SCHEDULE_SETTINGS"
"""The environment variable with the path of the file, in the processes of a schedule."""
_CHANGEABLE = frozenset({
    "batch_bytes", "full", "max_document_bytes", "max_file_bytes", "max_seconds", "max_unpacked_bytes", "wait", "workers",
})  # fmt: skip
"""Settings that a single run may change: how it works, not what it reads, measures and writes."""
_INVALID_IN_NAMES = frozenset("/%&<>")
_MAX_NAME_LENGTH = 60


def last_part(source: str) -> str:
    """A short name of a source: the last part of its path. Of an address, user, password and query are left out.

    >>> last_part("/srv/articles"), last_part("s3://key:secret@bucket/news?token=1"), last_part("s3://bucket")
    ('articles', 'news', 'bucket')
    """
    if not is_address(source):
        return Path(source).absolute().name or source
    parts = urlsplit(source)
    return PurePosixPath(parts.path).name or parts.hostname or "articles"


def default_name(settings: Settings) -> str:
    """A name from the first source and a hash of all sources and the output, so that different schedules differ."""
    locations = [source if is_address(source) else str(Path(source).absolute()) for source in settings.source]
    locations.append(settings.out_address or str(settings.out.absolute()))
    name = "".join("_" if c in _INVALID_IN_NAMES or not c.isprintable() else c for c in last_part(settings.source[0]))
    return f"{name[:_MAX_NAME_LENGTH]}-{sha256(json.dumps(locations).encode()).hexdigest()[:8]}"


def check_name(name: str) -> None:
    """Raise UsageError for a name that Prefect does not accept."""
    if not name.strip("'\" ") or _INVALID_IN_NAMES & set(name) or not name.isprintable():
        raise UsageError(f"--name {name!r} is not valid: it must not be empty or contain any of / % & < >")


@contextmanager
def locked_schedule(name: str, parameters: dict[str, Any]) -> Iterator[Path]:
    """The file with the settings of the schedule `name`. It is locked, so that the schedule runs only once.

    Raises UsageError if another process runs it, ServiceError if the file cannot be written.
    """
    from filelock import FileLock, Timeout

    path = state_folder() / f"schedule-{sha256(name.encode()).hexdigest()[:16]}.json"
    lock = FileLock(path.with_suffix(".lock"), timeout=0, mode=0o600)
    with ExitStack() as stack:
        try:
            stack.enter_context(lock)
        except Timeout as error:
            raise UsageError(
                f"a schedule with the name {name!r} is already running{_process(path)}; stop it, or choose another --name"
            ) from error
        write_private(path, json.dumps({"name": name, "process": os.getpid(), "settings": parameters}))
        stack.callback(path.unlink, missing_ok=True)
        yield path


def _process(path: Path) -> str:
    try:
        return f" (process {json.loads(path.read_text('utf-8'))['process']})"
    except (OSError, ValueError, KeyError):
        return ""


def check_settings_of_schedule(settings: Settings) -> None:
    """Raise UsageError if this is a run of a schedule, and its settings differ from those the schedule was started with."""
    path = os.environ.get(SETTINGS_FILE)
    if path is None:
        return
    try:
        stored = json.loads(Path(path).read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(f"cannot read the settings of this schedule ({error}); start the schedule again") from error
    expected = type(settings).model_validate(stored["settings"])
    changed = [
        name
        for name in type(settings).model_fields
        if name not in _CHANGEABLE and getattr(settings, name) != getattr(expected, name)
    ]
    if changed:
        raise UsageError(
            f"a run of the schedule {stored['name']!r} cannot change {', '.join(changed)}, only "
            f"{', '.join(sorted(_CHANGEABLE))}. Use `overtones run` for other settings"
        )
