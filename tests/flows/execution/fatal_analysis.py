"""Analysis in which some documents kill their process. Workers import this module by its name."""

from __future__ import annotations

import os
import signal
import time
from typing import TYPE_CHECKING, Any

from flows.execution.batch import analyze_batch
from flows.execution.model import DocumentSpan
from tasks import analysis
from tasks.ingest.formats import html as reading

if TYPE_CHECKING:
    from pathlib import Path

    from flows.execution.model import ProgressReporter


def suffer(text: str, scars: Path) -> None:
    """What the words of a document do to the process that analyzes them."""
    if "KILLS ALWAYS" in text:
        os.kill(os.getpid(), signal.SIGKILL)
    if "KILLS ONCE" in text and not scars.exists():
        scars.touch()
        os._exit(1)
    if "HANGS" in text:
        signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        time.sleep(1000)


def analyze(task: Any, out: Path, options: Any, *, report: ProgressReporter) -> Any:
    """`analyze_batch` with documents that do what their words say."""
    sound_analysis, sound_extraction = analysis.analyze_documents, reading.extract_article

    def analyze_documents(documents: Any, *more: Any) -> Any:
        suffer(" ".join(documents["text"]), out / "scars")
        return sound_analysis(documents, *more)

    def extract_article(page: str) -> Any:
        suffer(page, out / "scars")
        return sound_extraction(page)

    analysis.analyze_documents = analyze_documents
    reading.extract_article = extract_article
    try:
        return analyze_batch(task, out, options, report=report)
    finally:
        analysis.analyze_documents = sound_analysis
        reading.extract_article = sound_extraction


def idle(task: Any, pids: Path, *, report: ProgressReporter, seconds: float = 1.0, busy: bool = False) -> str:
    """Report one document for some seconds, asleep or busy, after writing the process id to `pids`; then return what
    earlier attempts have taught.
    """
    if task.retry.excluded:
        [(_, error)] = task.retry.excluded
        return type(error).__name__
    report(DocumentSpan(-1, 0, 1))
    pids.write_text(str(os.getpid()))
    for _ in range(int(10 * seconds)):  # in steps, so that there is something left to do after a stop
        end = time.monotonic() + 0.1
        while busy and time.monotonic() < end:
            pass
        time.sleep(max(0, end - time.monotonic()))
    report(None)
    return "analyzed"


def die_at_once(_task: Any, *, report: ProgressReporter) -> Any:
    """The main function of a worker on a machine on which no worker can run."""
    report(None)
    os._exit(7)
