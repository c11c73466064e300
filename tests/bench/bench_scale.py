"""One process, two, two Dask workers, and the same run tracked by Prefect, on corpora of given sizes.

    python tests/bench/bench_scale.py [--from FOLDER] [--only one,apart,two,dask,tracked,embedded] [MEGABYTES ...]

The corpora are the texts below FOLDER (else the sample articles) and, if these are not enough, others made of their
sentences. Variants are run in turns, each as a command into an empty folder, with a warm cache and with Python's
bytecode, as an installed package has it.

`apart` is two runs of `one` at the same time: the speed of two processes that share nothing. `tracked` uses a Prefect
server that has been running for a while, `embedded` one that the command starts itself (included in `shared`).

The output is seconds by the clock, and seconds of processor time: of the process that plans, publishes and reports
(`alone`), of those that analyze (`shared`), of Prefect's server, and of everything else on the machine at that time
(`others`). If the last is large, the clock is meaningless. `alone + shared / 2` is then the time on two idle cores.
`gain` is the ratio of `one` to it, followed by the same ratio by the clock; for `apart`, both are for twice the work.
"""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psutil

from flows.scheduling.prefect_server import local_server

ROOT = Path(__file__).parents[2]
_SENTENCE_END = re.compile(rb"(?<=[.!?])[ \n]+|\n+")
_VARIANTS = ("one", "apart", "two", "dask", "tracked", "embedded")
_MEASURED = """
import atexit, json, os, resource, sys, time
began = time.perf_counter()
def report():
    def seconds(who):
        used = resource.getrusage(who)
        return used.ru_utime + used.ru_stime
    os.write(2, ("\\n#" + json.dumps({
        "clock": time.perf_counter() - began,
        "alone": seconds(resource.RUSAGE_SELF),
        "shared": seconds(resource.RUSAGE_CHILDREN),
        "memory": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss,
    })).encode())
atexit.register(report)
from flows.cli import main
main()
"""


def make_corpus(folder: Path, texts: list[bytes], n_bytes: int) -> None:
    """Files of `n_bytes` in total, in folders of a thousand: the texts, then texts of the same shape with sentences
    drawn at random, two or more per line, so that few lines occur twice.
    """
    dice = random.Random(1)
    sentences = [sentence for text in texts for sentence in _SENTENCE_END.split(text) if sentence.strip()]
    size = number = 0
    while size < n_bytes:
        text = texts[number % len(texts)]
        if number >= len(texts):
            counts = [len(_SENTENCE_END.split(line)) if line.strip() else 0 for line in text.split(b"\n")]
            text = b"\n".join(b" ".join(dice.choices(sentences, k=max(count, 2))) if count else b"" for count in counts)
        place = folder / f"{number // 1000:04d}"
        place.mkdir(parents=True, exist_ok=True)
        (place / f"{number % 1000:03d}.txt").write_bytes(text)
        size += len(text)
        number += 1


def processor_seconds(processes: list[psutil.Process]) -> float:
    """The processor time of these processes and their children so far."""
    family = [member for process in processes for member in (process, *process.children(recursive=True))]
    return sum(sum(member.cpu_times()[:2]) for member in family)


def run(
    variant: str, corpus: Path, work: Path, servers: dict[str, tuple[Any, list[psutil.Process]]], place: str = "run"
) -> dict[str, Any]:
    """One run, with its output below `place`: its times, and its numbers."""
    if variant == "apart":
        with ThreadPoolExecutor(2) as threads:
            taken, other = threads.map(lambda place: run("one", corpus, work, servers, place), ("run", "apart"))
        n_seconds = other["alone"] + other["shared"]
        return {**taken, "clock": max(taken["clock"], other["clock"]), "others": taken["others"] - n_seconds}
    shutil.rmtree(work / place, ignore_errors=True)
    options = {"one": ["--workers", "1"], "dask": ["--dask", servers.get("dask", ("",))[0]]}.get(
        variant, ["--workers", "2"]
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OVERTONES_CACHE": str(work / "cache")}
    if variant == "tracked":
        environment |= servers["tracked"][0]
    elif variant == "embedded":
        environment |= {"PREFECT_API_URL": "", "PREFECT_HOME": str(work / "embedded")}
        options.append("--prefect")
    else:
        options.append("--no-prefect")
    helpers = servers.get(variant, ("", []))[1]
    before, busy_before = processor_seconds(helpers), busy_seconds()
    places = ["--out", str(work / place / "tables"), "--reports", str(work / place / "reports")]
    done = subprocess.run(
        [sys.executable, "-c", _MEASURED, "run", str(corpus), "--json", *places, *options],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    taken = json.loads(done.stderr.rsplit("\n#", 1)[1])
    helped = processor_seconds(helpers) - before
    others = busy_seconds() - busy_before - taken["alone"] - taken["shared"] - helped
    taken["server"] = 0.0
    taken["shared" if variant == "dask" else "server"] += helped
    return {**taken, "others": others, "words": json.loads(done.stdout)["words"]}


def busy_seconds() -> float:
    """The processor time of all processes on the machine so far."""
    times = psutil.cpu_times()
    return sum(times) - times.idle - times.iowait


def start_dask(stack: ExitStack, work: Path) -> tuple[str, list[psutil.Process]]:
    """A scheduler and two workers."""
    file = work / "scheduler.json"
    environment = {
        **os.environ, "PYTHONPATH": str(ROOT), "OVERTONES_CACHE": str(work / "cache"), "POLARS_MAX_THREADS": "1",
    }  # fmt: skip

    def start(kind: str, *options: str) -> psutil.Process:
        process = subprocess.Popen(
            [sys.executable, "-m", f"distributed.cli.dask_{kind}", "--scheduler-file", str(file), "--no-dashboard",
             "--host", "127.0.0.1", *options],
            env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        stack.callback(process.wait)
        stack.callback(process.kill)
        return psutil.Process(process.pid)

    start("scheduler", "--port", "0")
    while not file.exists():
        time.sleep(0.1)
    workers = [start("worker", "--nthreads", "1", "--no-nanny", "--local-directory", str(work)) for _ in range(2)]
    return json.loads(file.read_text())["address"], workers


def main(arguments: list[str]) -> None:
    """A table for each size."""
    folder, variants = ROOT / "data" / "raw", _VARIANTS
    while arguments and arguments[0].startswith("--"):
        option, value, *arguments = arguments
        if option == "--from":
            folder = Path(value)
        else:
            variants = tuple(name for name in _VARIANTS if name in value.split(","))
    texts = [path.read_bytes() for path in sorted(folder.rglob("*.txt"))]
    with ExitStack() as stack:
        work = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        os.environ |= {"PREFECT_HOME": str(work / "prefect"), "PYTHONPYCACHEPREFIX": str(work / "bytecode")}
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        servers = {}
        if "dask" in variants:
            servers["dask"] = start_dask(stack, work)
        if "tracked" in variants:
            server = stack.enter_context(local_server())
            server.wait()
            me = psutil.Process()
            servers["tracked"] = (
                server.environment,
                [child for child in me.children() if "spawn_main" in str(child.cmdline())],
            )
        for variant in variants:  # the first run is not like the others: no cache, no bytecode, a server that is new
            run(variant, folder, work, servers)
        for megabytes in [int(argument) for argument in arguments or ["1", "10"]]:
            corpus = work / f"{megabytes}"
            make_corpus(corpus, texts, megabytes * 1_000_000)
            print(f"\n{megabytes} MB, load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
            columns = ("clock", "alone", "shared", "server", "others", "words/s", "gain", "clock")
            print(f"{'':8}", *(f"{name:>8}" for name in columns))
            first: dict[str, Any] = {}
            for variant in variants:
                taken = run(variant, corpus, work, servers)
                first = first or taken
                processor = taken["alone"] + taken["shared"]
                both = taken["alone"] + taken["shared"] / (1 if variant in {"one", "apart"} else 2)
                n_times = 2 if variant == "apart" else 1
                gain = n_times * (first["alone"] + first["shared"]) / both
                print(
                    f"{variant:8}",
                    *(f"{taken[name]:8.2f}" for name in ("clock", "alone", "shared", "server", "others")),
                    f"{taken['words'] / processor:8,.0f} {gain:8.2f} {n_times * first['clock'] / taken['clock']:8.2f}",
                    flush=True,
                )
            shutil.rmtree(corpus)


if __name__ == "__main__":
    main(sys.argv[1:])
