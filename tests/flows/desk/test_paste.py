"""The process that analyzes pasted texts."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from flows.desk import paste
from flows.desk.paste import Analyst, DeskBusy, Pasted
from tasks.errors import LimitExceeded, OvertonesError, WorkerDied
from tasks.options import Options

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def process() -> Iterator[Analyst]:
    """An analyst with its process."""
    analyst = Analyst(Options(), 60)
    yield analyst
    analyst.close()


def test_texts_are_analyzed_one_after_another(process: Analyst) -> None:
    """Each answer has the page's data and the rows of all tables."""
    for word in ("shameless", "despotic"):
        analysis = process.analyze(Pasted(f"The {word} mayor slept.".encode()))
        assert [row["text"] for row in analysis.tables["loaded_terms"]] == [word]
        assert analysis.article["n_words"] == 4


def test_what_cannot_be_read_is_an_error(process: Analyst) -> None:
    """The process answers with the message, and goes on."""
    with pytest.raises(OvertonesError):
        process.analyze(Pasted(b"\x00\x01\x02\xff\xfe" * 400))
    assert process.analyze(Pasted(b"It rained.")).article["n_words"] == 2


def test_a_killed_process_is_replaced(process: Analyst) -> None:
    """One text fails, the next one is analyzed by a new process."""
    process._process.kill()
    process._process.join()
    with pytest.raises(WorkerDied, match="ended"):
        process.analyze(Pasted(b"It rained."))
    assert process.analyze(Pasted(b"It rained.")).article["n_words"] == 2


def test_the_time_limit_replaces_the_process(process: Analyst, monkeypatch: pytest.MonkeyPatch) -> None:
    """A text that takes too long is given up."""
    before = process._process.pid
    monkeypatch.setattr(process, "_max_seconds", 0.0)
    with pytest.raises(LimitExceeded, match="longer than 0 seconds"):
        process.analyze(Pasted(("It rained. " * 20_000).encode()))
    assert process._process.pid != before


def test_a_third_text_has_to_wait(process: Analyst) -> None:
    """Two at a time are accepted, the running one included."""
    with process._turn:
        waiting = [
            threading.Thread(target=process.analyze, args=(Pasted(b"It rained."),)) for _ in range(paste.MAX_WAITING)
        ]
        for thread in waiting:
            thread.start()
        while process._places._value:
            pass
        with pytest.raises(DeskBusy):
            process.analyze(Pasted(b"It rained."))
    for thread in waiting:
        thread.join()
