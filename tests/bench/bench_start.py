"""Time for one article: `overtones run --no-prefect one.txt` and `overtones show one.txt`, from call to end.

    python tests/bench/bench_start.py

Best of several calls, after one that fills the cache folder: seconds by the clock, and processor time, user and system,
which is the more reliable number on a machine that others use, too. For comparison: an interpreter that imports
nothing, and one that imports polars and pyarrow.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from material import ROOT, documents, seconds

N_CALLS = 7


def main() -> None:
    """The table of times."""
    with tempfile.TemporaryDirectory() as place:
        work = Path(place)
        article = work / "one.txt"
        source, texts = documents(1_000)
        article.write_text(texts[0], encoding="utf-8")
        places = ["--out", str(work / "tables"), "--reports", str(work / "reports")]
        overtones = [sys.executable, "-m", "flows"]
        commands = {
            "python": [sys.executable, "-c", ""],
            "python, polars and pyarrow": [sys.executable, "-c", "import polars, pyarrow.parquet"],
            "overtones --help": [*overtones, "--help"],
            "overtones run --no-prefect one.txt": [*overtones, "run", "--no-prefect", "--full", *places, str(article)],
            "overtones show one.txt": [*overtones, "show", str(article)],
        }
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "OVERTONES_CACHE": str(work / "cache")}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed program has its modules compiled

        print(f"{source}: one article of {len(texts[0].split()):,} words; best of {N_CALLS} calls")
        print(f"{'':>36} {'clock':>8} {'processor':>10}")
        for name, command in commands.items():
            clock, processor = [], []
            for _ in range(N_CALLS + 1):
                begin = time.perf_counter()
                processor.append(
                    seconds(
                        lambda command=command: subprocess.run(
                            command, env=environment, check=True, capture_output=True
                        )  # type: ignore[misc]
                    )
                )
                clock.append(time.perf_counter() - begin)
            print(f"{name:>36} {min(clock[1:]):>6.2f} s {min(processor[1:]):>8.2f} s")


if __name__ == "__main__":
    main()
