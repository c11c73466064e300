"""Checks before a command writes a single file: only a file of the same kind is overwritten."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING

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


def check_judge(path: Path) -> None:
    """Raise OutputRefused if `path` exists and is not a judge. An empty file or a device is accepted."""
    from tasks.errors import ConfigurationError
    from tasks.measure.loaded_language.context import load_judge

    if not path.is_file() or not path.stat().st_size:
        return
    with suppress(ConfigurationError):
        load_judge(path)
        return
    raise OutputRefused(f"--out {path}: this file exists and is not a judge; choose another name")
