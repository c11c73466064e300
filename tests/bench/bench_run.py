"""The whole batch run, from text files to tables and report, compared with a plain script and with `wc -w`.

    python tests/bench/bench_run.py

The script (`article_script` in reference.py) does what is easy with the libraries: ftfy, textstat's 26 English outputs
and VADER for each paragraph, VADER for each sentence, pandas to parquet. It runs on a sample, because it is slow, and
its time is given per word. `wc -w` only counts. Each turn runs all of them on the same files, each as one process on
one core. Times are processor times, user and system; the table shows the medians of the turns.

Warm: a process that has analyzed the same articles before. Cold: a new process with the cached tables of an earlier
one, including imports and loading. First ever: the same with an empty cache folder. The report has at most 200 pages
for any corpus, so it is listed separately.
"""

from __future__ import annotations

import os

# Before polars and numpy are imported, here and in the processes started below.
os.environ |= {"POLARS_MAX_THREADS": "1", "OMP_NUM_THREADS": "1"}
if hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})

import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from material import ROOT, documents, seconds
from reference import article_script

if TYPE_CHECKING:
    from collections.abc import Callable

N_WORDS = int(os.environ.get("OVERTONES_TEST_BENCH_WORDS", "1000000"))
N_WORDS_OF_SCRIPT = 20_000
N_TURNS = 3


def write_articles(folder: Path) -> tuple[str, list[Path], int]:
    """A description of the text, one file per article, and their number of words."""
    source, texts = documents(N_WORDS)
    files = [folder / f"{number:05}.txt" for number in range(len(texts))]
    for file, text in zip(files, texts, strict=True):
        file.write_text(text, encoding="utf-8")
    return source, files, sum(len(text.split()) for text in texts)


def ours(folder: Path, out: Path) -> Callable[[], tuple[float, float]]:
    """A run in this process: the seconds for its tables, and those for its report."""
    from flows import pipeline
    from flows.execution import executor
    from flows.execution.batch import analyze_local_copies
    from flows.execution.model import Step
    from flows.execution.pool import WorkerPool
    from flows.execution.prestart import PrestartedRun
    from flows.settings import resolve

    given = {"source": [str(folder)], "out": out / "tables", "reports": out / "reports", "full": True, "workers": 1}
    settings, _ = resolve(given, None)
    # A process that has met the words is this one; no other is started.
    executor.WORTH_A_PROCESS = sys.maxsize
    pool = WorkerPool(partial(analyze_local_copies, out=settings.out, options=settings.options), settings.max_seconds)

    def run() -> tuple[float, float]:
        of_report = [0.0]

        def run_step(step: Step, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
            results: list[Any] = []
            spent = seconds(lambda: results.append(function(*args, **kwargs)))
            of_report[0] += spent if step is Step.WRITE_REPORT else 0.0
            return results[0]

        prestarted = PrestartedRun(0.0, pool)
        whole = seconds(lambda: pipeline.run(settings, run_step, prestarted=prestarted))
        return whole - of_report[0], of_report[0]

    return run


def stages(folder: Path, out: Path) -> dict[str, float]:
    """The seconds of each stage between the files and the parts of the tables, in a warm process."""
    from flows.execution.versions import resources_for
    from tasks.analysis import measure_segments
    from tasks.clean import clean_documents
    from tasks.ingest import find_sources, read_chunks
    from tasks.options import Options
    from tasks.segment import segment_documents
    from tasks.store import BatchWriter

    options = Options()
    instruments = resources_for(options)
    sources, _ = find_sources([str(folder)])
    spent: dict[str, float] = {}

    def timed(name: str, step: Callable[..., Any], *args: Any) -> Any:
        results: list[Any] = []
        spent[name] = spent.get(name, 0.0) + seconds(lambda: results.append(step(*args)))
        return results[0]

    chunks = read_chunks(sources, options)
    writer = BatchWriter(out, "bench")
    while chunk := timed("reading", next, chunks, None):
        received, invalid_bytes, _ = chunk
        clean, repairs = timed("cleaning", clean_documents, received, invalid_bytes, options)
        segments = timed("segmenting", segment_documents, clean, options)
        tables = timed("measuring", measure_segments, segments, options, instruments)
        timed("writing", writer.write, {**tables, "repairs": repairs})
    return spent


def in_a_new_process(folder: Path, out: Path, cache_folder: Path) -> None:
    """The command in a new process."""
    places = ["--out", str(out / "tables"), "--reports", str(out / "reports")]
    command = [sys.executable, "-m", "flows", "run", "--no-prefect", "--full", "--workers", "1", *places, str(folder)]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "OVERTONES_CACHE": str(cache_folder)}
    subprocess.run(command, env=environment, check=True, capture_output=True)


def main() -> None:
    """The table of speeds and ratios."""
    with tempfile.TemporaryDirectory() as place:
        work = Path(place)
        articles, out = work / "articles", work / "out"
        articles.mkdir()
        source, files, n_words = write_articles(articles)
        n_bytes = sum(file.stat().st_size for file in files)
        script = article_script()
        run = ours(articles, out)
        run()
        per_word: dict[str, list[float]] = {}

        def note(name: str, n: int, spent: float) -> None:
            per_word.setdefault(name, []).append(spent / n)

        counting = ["wc", "-w", *map(str, files)]
        step = max(1, len(files) * N_WORDS_OF_SCRIPT // n_words)
        for turn in range(N_TURNS):
            sample = files[turn * step : (turn + 1) * step]
            n_sampled = sum(len(file.read_text(encoding="utf-8").split()) for file in sample)
            note("script", n_sampled, seconds(lambda sample=sample: script(sample, work)))  # type: ignore[misc]
            note("wc -w", n_words, seconds(lambda: subprocess.run(counting, check=True, capture_output=True)))
            tables, report = run()
            note("warm, tables", n_words, tables)
            note("warm, tables and report", n_words, tables + report)
            with tempfile.TemporaryDirectory() as cache:
                for name in ("first ever, all of it", "cold, all of it"):
                    note(name, n_words, seconds(lambda cache=cache: in_a_new_process(articles, out, Path(cache))))  # type: ignore[misc]
        by_stage = stages(articles, out / "stages")
    print(f"{source}: {len(files):,} articles, {n_words:,} words, {n_bytes / 1e6:.1f} MB; one core")
    print(f"{'':>24} {'words a second':>15} {'times the script':>17} {'times wc takes':>15}")
    typical = {name: median(times) for name, times in per_word.items()}
    for name, time in typical.items():
        print(f"{name:>24} {1 / time:>15,.0f} {typical['script'] / time:>16,.1f}x {time / typical['wc -w']:>14,.1f}x")
    result = ", ".join(f"{name} {spent / n_words * 1e9:,.0f}" for name, spent in by_stage.items())
    print(f"nanoseconds a word of the stages, warm: {result}")


if __name__ == "__main__":
    main()
