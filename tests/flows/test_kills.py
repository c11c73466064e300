"""Runs killed at random moments: a few by default, fifty with OVERTONES_TEST_KILLS=50 (`make kills`)."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from flows.terminal.console import Exit

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

N_KILLS = int(os.environ.get("OVERTONES_TEST_KILLS", "4"))
BATCH_BYTES = "8000"


def files(out: Path) -> dict[str, bytes]:
    """Every file in a folder of tables, without what differs between runs: `runs`, times in the manifest, the lock."""
    return {
        path.relative_to(out).as_posix(): path.read_bytes()
        for path in sorted(out.rglob("*"))
        if path.is_file() and path.parent.name != "runs" and path.name not in {"manifest.jsonl", "lock"}
    }


@pytest.mark.timeout(120 * N_KILLS)
def test_tables_of_killed_runs_are_complete(
    tmp_path: Path,
    corpus: Path,
    environment: dict[str, str],
    overtones: Callable[..., subprocess.CompletedProcess[str]],
) -> None:
    """A run killed at any moment is completed by the next: the same bytes, no lost or duplicate rows, no leftover file.

    Each kill hits a run that changes published tables: articles were added, changed and removed.
    """
    environment |= {"OVERTONES_BATCH_BYTES": BATCH_BYTES}
    before, undisturbed, out = tmp_path / "before", tmp_path / "undisturbed", tmp_path / "out"
    articles = sorted(corpus.iterdir())[:24]
    for path in sorted(corpus.iterdir())[24:]:
        path.unlink()
    late = {path: path.read_bytes() for path in articles[::3]}
    for path in late:
        path.unlink()

    def arguments(folder: Path, workers: int) -> list[str | Path]:
        return ["run", "--no-prefect", corpus, "--out", folder, "--workers", str(workers)]

    assert overtones(*arguments(before, 2), **environment).returncode == Exit.DONE
    for path, content in late.items():
        path.write_bytes(content)
    articles[1].write_text("Quite another story. It rained in the afternoon, and nobody minded.")
    articles[2].unlink()
    shutil.copytree(before, undisturbed)
    began = time.monotonic()
    assert overtones(*arguments(undisturbed, 2), **environment).returncode == Exit.DONE
    duration = time.monotonic() - began
    expected = files(undisturbed)
    assert expected != files(before)

    dice = random.Random(2022)
    n_killed = 0
    while n_killed < N_KILLS:
        workers = 1 + n_killed % 2
        shutil.rmtree(out, ignore_errors=True)
        shutil.copytree(before, out)
        began = time.monotonic()
        process = subprocess.Popen(
            [sys.executable, "-m", "flows", *map(str, arguments(out, workers))],
            cwd=tmp_path,
            env=environment,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            process.wait(dice.uniform(0.1, 1) * duration)
        except subprocess.TimeoutExpired:
            # Either all of it, or the parent alone: then workers are left for a moment, beside those of the next run.
            (os.kill if n_killed % 4 < 2 else os.killpg)(process.pid, signal.SIGKILL)
            process.wait()
            n_killed += 1
        else:  # it was quicker than runs were before
            duration = time.monotonic() - began
        done = overtones(*arguments(out, workers), **environment)
        assert done.returncode == Exit.DONE, done.stderr
        assert files(out) == expected, f"kill {n_killed}"
        assert len(list((out / "runs").iterdir())) in {2, 3}
        print(f"{n_killed} kills survived", flush=True)
