"""Memory for texts that repeat a single element: the peak of the process that analyzes each, and the result.

    python tests/bench/bench_shapes.py [--bytes 20000000] [SHAPE ...]

A SHAPE is a part of a name in shapes.py; without one, all are measured, which takes a quarter of an hour with 20 MB
each. `a byte` is the growth of the peak per byte of the file. The reason is printed if a file could not be analyzed.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from shapes import SHAPES

_MEASURE = """
import resource, sys, tempfile, time
from pathlib import Path

import polars as pl
from flows.execution.batch import analyze_batch
from flows.execution.model import BatchTask
from flows.execution.pool import keep_freed_memory
from flows.execution.prestart import warm_up
from tasks.ingest import find_sources
from tasks.options import Options

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024

keep_freed_memory()
warm_up(Options())
[source], _ = find_sources([sys.argv[1]])
with tempfile.TemporaryDirectory() as out:
    before, began = peak(), time.perf_counter()
    record, *_ = analyze_batch(BatchTask(0, "key", (source,)), Path(out), Options())
    seconds = time.perf_counter() - began
    failed = sorted(Path(out).rglob("failures-*.parquet"))
    why = pl.read_parquet(failed)["message"][0].partition(": ")[2].partition("\\n")[0] if failed else ""
grown = (peak() - before) / source.n_bytes
print(f"{peak() / 1e6:6,.0f} MB {grown:5.0f} a byte {seconds:6.1f} s {record.n_documents:10,} documents  {why[:150]}")
"""


def main() -> None:
    """Print a line for each shape."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("shapes", nargs="*")
    parser.add_argument("--bytes", type=int, default=1_000_000)
    arguments = parser.parse_args()
    chosen = [name for name in SHAPES if not arguments.shapes or any(part in name for part in arguments.shapes)]
    width = max(map(len, chosen), default=0)
    with tempfile.TemporaryDirectory() as folder:
        for name in chosen:
            path = Path(folder) / name
            path.write_bytes(SHAPES[name](arguments.bytes).encode())
            output = subprocess.run([sys.executable, "-c", _MEASURE, path], capture_output=True, text=True, check=False)
            print(f"{name:{width}} {(output.stdout or output.stderr).strip().splitlines()[-1]}", flush=True)
            path.unlink()


if __name__ == "__main__":
    main()
