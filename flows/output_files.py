"""Checks before a command writes a single file: only a file of the same kind is overwritten."""

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
    """Raise OutputRefused if `path` exists and is not a log of repairs. An empty file or a device is accepted."""
    if not path.is_file() or not path.stat().st_size:
        return
    with suppress(ValueError, AttributeError), path.open("rb") as file:
        if json.loads(file.readline()).keys() >= _LOG_KEYS:
            return
    raise OutputRefused(f"--log {path}: this file exists and is not a log of repairs; choose another name")


def check_scorer(path: Path) -> None:
    """Raise OutputRefused if `path` exists and is not a scorer. An empty file or a device is accepted."""
    import numpy as np

    if not path.is_file() or not path.stat().st_size:
        return
    with suppress(ValueError, OSError, KeyError, BadZipFile), np.load(path, allow_pickle=False) as stored:
        if "format" in json.loads(str(stored["description"])):
            return
    raise OutputRefused(f"--out {path}: this file exists and is not a scorer; choose another name")
