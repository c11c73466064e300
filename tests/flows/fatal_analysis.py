"""Analysis to which some documents are fatal, for workers that are to die: they import it from here by its name."""

from __future__ import annotations

import os
import signal
import time
from typing import TYPE_CHECKING, Any

from flows import pipeline
from flows.execution.pool import DocumentSpan
from tasks import analysis
from tasks.ingest.formats import html as reading

if TYPE_CHECKING:
    from pathlib import Path

    from flows.execution.pool import ProgressReporter


def suffer(text: str, scars: Path) -> None:
    """What the words of a document do to the process that meets them."""
    if "KILLS ALWAYS" in text:
        os.kill(os.getpid(), signal.SIGKILL)
    if "KILLS ONCE" in text and not scars.exists():
        scars.touch()
        os._exit(1)
    if "HANGS" in text:
        signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        time.sleep(1000)


def analyze(work: Any, out: Path, options: Any, *, watch: ProgressReporter) -> Any:
    """`analyze_batch`, in which documents are what they say."""
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
        return pipeline.analyze_batch(work, out, options, watch=watch)
    finally:
        analysis.analyze_documents = sound_analysis
        reading.extract_article = sound_extraction


def idle(work: Any, pids: Path, *, watch: ProgressReporter, seconds: float = 1.0, busy: bool = False) -> str:
    """Be at one document for so many seconds, asleep or busy, after the process has told its id in `pids`; then say what
    an earlier attempt has taught.
    """
    if work.lessons.refused:
        [(_, why)] = work.lessons.refused
        return type(why).__name__
    watch(DocumentSpan(-1, 0, 1))
    pids.write_text(str(os.getpid()))
    for _ in range(int(10 * seconds)):  # in steps, so that there is something left to do after a stop
        end = time.monotonic() + 0.1
        while busy and time.monotonic() < end:
            pass
        time.sleep(max(0, end - time.monotonic()))
    watch(None)
    return "analyzed"


def die_at_once(_work: Any, *, watch: ProgressReporter) -> Any:
    """What a worker does on a machine where none can live."""
    watch(None)
    os._exit(7)
