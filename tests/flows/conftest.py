"""The command, as a user would start it."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache folder of the tests' own."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def overtones(tmp_path: Path, cache: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run the command in a folder of its own, with no Prefect server configured."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("PREFECT", "OVERTONES"))}
    environment |= {"OVERTONES_CACHE": str(cache), "PREFECT_HOME": str(tmp_path / "prefect"), "COLUMNS": "100"}

    def call(*arguments: str | Path, stdin: str = "", **more: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "flows", *map(str, arguments)]
        return subprocess.run(
            command, cwd=tmp_path, env=environment | more, input=stdin, capture_output=True, text=True, check=False
        )

    return call
