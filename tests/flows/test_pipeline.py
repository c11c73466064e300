"""The order of the steps of a run."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def test_workers_are_started_first(root: Path) -> None:
    """Workers start before this process imports the same modules, because that takes as long."""
    program = (
        "import sys; from flows import pipeline; from flows.settings import Settings\n"
        "def prestarted_pool(settings): sys.exit('polars' in sys.modules)\n"
        "pipeline.prestarted_pool = prestarted_pool; pipeline.run(Settings())"
    )
    assert subprocess.run([sys.executable, "-c", program], cwd=root, check=False).returncode == 0
