"""Analysis of a pasted text, in a process of its own that can be ended.

A text may take long or much memory, and a thread cannot be stopped. So a child process loads dictionary, lexicon and models
when the desk starts, and is killed and replaced when a text exceeds the time limit. Nothing is stored.
"""

from __future__ import annotations

import io
import multiprocessing
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tasks.errors import LimitExceeded, OvertonesError, WorkerDied

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from tasks.options import Options

FORMATS = ("text", "html", "markdown")
MAX_WAITING = 2
"""Analyses at a time, the running one included; more are refused."""


class DeskBusy(OvertonesError):
    """Too many texts are being analyzed."""


@dataclass(frozen=True)
class Pasted:
    """A text as it came, and its format, one of `FORMATS`."""

    content: bytes
    form: str = "text"


@dataclass(frozen=True)
class Analysis:
    """What is shown of a text: the data of its page, the rows of all tables, and the versions that decided them."""

    article: dict[str, Any]
    tables: dict[str, list[dict[str, Any]]]
    run: dict[str, Any]


class Analyst:
    """A process that analyzes one text at a time."""

    def __init__(self, options: Options, max_seconds: float) -> None:
        self._options, self._max_seconds = options, max_seconds
        self._turn = threading.Lock()
        self._places = threading.BoundedSemaphore(MAX_WAITING)
        self._start()

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._connection, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, self._options), daemon=True)
        self._process.start()
        theirs.close()

    def analyze(self, pasted: Pasted) -> Analysis:
        """The analysis of a text.

        Raises DeskBusy if two texts are waiting already, LimitExceeded after the time limit, WorkerDied if the process was
        ended by the system, OvertonesError if the text cannot be read.
        """
        if not self._places.acquire(blocking=False):
            raise DeskBusy("two texts are being analyzed; try again in a moment")
        try:
            with self._turn:
                return self._analyze(pasted)
        finally:
            self._places.release()

    def _analyze(self, pasted: Pasted) -> Analysis:
        try:
            self._connection.send(pasted)
            if not self._connection.poll(self._max_seconds):
                self._replace()
                raise LimitExceeded(f"analyzing this text took longer than {self._max_seconds:g} seconds")
            answer = self._connection.recv()
        except (EOFError, OSError) as error:
            self._replace()
            raise WorkerDied("the process that analyzed this text was ended, perhaps for lack of memory") from error
        if isinstance(answer, Exception):
            raise answer
        return answer  # type: ignore[no-any-return]

    def _replace(self) -> None:
        self.close()
        self._start()

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.join()
        self._connection.close()


def _serve(connection: Connection, options: Options) -> None:
    """The main function of the process: load everything, then answer until the pipe is closed."""
    from flows.execution.prestart import warm_up

    warm_up(options)
    while True:
        try:
            pasted = connection.recv()
        except (EOFError, OSError):
            return
        answer: Analysis | Exception
        try:
            answer = analyze_pasted(pasted, options)
        except OvertonesError as error:
            answer = error
        except Exception as error:  # noqa: BLE001  # a bug must not end the desk
            answer = OvertonesError(f"this text could not be analyzed: {type(error).__name__}: {error}")
        connection.send(answer)


def analyze_pasted(pasted: Pasted, options: Options) -> Analysis:
    """The analysis of a text in this process. Raises OvertonesError if it cannot be read."""
    from flows.execution.versions import resources_for
    from tasks.analysis import analyze_documents
    from tasks.ingest import STDIN, Source, read_documents
    from tasks.report import articles_of
    from tasks.schemas import TABLES

    source = Source(STDIN, STDIN, len(pasted.content), pasted.form)
    documents, invalid_bytes, failures = read_documents([source], options, io.BytesIO(pasted.content))
    if documents.is_empty():
        messages = failures["message"].to_list()
        raise OvertonesError(*(messages[0].split("\n") if messages else ("there is no text to analyze",)))
    document = documents[:1].with_columns(source_uri=_named("pasted text"))
    tables = analyze_documents(document, invalid_bytes, options, resources_for(options))
    [article] = articles_of(lambda name: tables[name].lazy(), tables["documents"]["document_id"].to_list())
    rows = {name: frame.to_dicts() for name, frame in tables.items() if name in TABLES}
    return Analysis(article, rows, _run_facts(options))


def _named(name: str) -> Any:
    import polars as pl

    return pl.lit(name)


def _run_facts(options: Options) -> dict[str, Any]:
    """What decided the result, as the page of a document shows it of a run."""
    from flows.execution.versions import resources_for, versions

    resources = resources_for(options)
    return {"versions": versions(), "dictionary": resources.dictionary, "lexicon_sha256": resources.lexicon_sha256}
