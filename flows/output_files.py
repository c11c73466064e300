"""Single files that a command writes where it is told to: only one that it wrote before is replaced."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING
from zipfile import BadZipFile

from tasks.errors import OutputRefused

if TYPE_CHECKING:
    from pathlib import Path

_LOG_KEYS = frozenset({"repair_index", "before", "after"})


def check_log(path: Path) -> None:
    """Raise OutputRefused if `path` is there and is no log of repairs; an empty file, or a device, may be written."""
    if not path.is_file() or not path.stat().st_size:
        return
    with suppress(ValueError, AttributeError), path.open("rb") as file:
        if json.loads(file.readline()).keys() >= _LOG_KEYS:
            return
    raise OutputRefused(f"--log {path} is there, and is no log of repairs; name a new file")


def check_scorer(path: Path) -> None:
    """Raise OutputRefused if `path` is there and is no scorer; an empty file, or a device, may be written."""
    import numpy as np

    if not path.is_file() or not path.stat().st_size:
        return
    with suppress(ValueError, OSError, KeyError, BadZipFile), np.load(path, allow_pickle=False) as stored:
        if "format" in json.loads(str(stored["description"])):
            return
    raise OutputRefused(f"--out {path} is there, and is no scorer; name a new file")
