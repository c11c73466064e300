"""A long document takes a bounded multiple of its length, and is analyzed as if it were short."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib import import_module
from typing import TYPE_CHECKING

import pytest

from flows.pipeline import instruments_for
from tasks.analysis import analyze_documents
from tasks.ingest import find_sources, read_documents
from tasks.options import Options

if TYPE_CHECKING:
    from pathlib import Path

    import polars as pl

OPTIONS = Options()
N_BYTES = 10_000_000
MOST = 42
"""Bytes for each of a text so long, of which a third does not grow any more with longer ones."""
SENTENCES = (
    "The deranged regime slammed its critics, and Nora Faber said on Monday that nobody had told her so. ",
    "“These thugs want war,” she added. ",
    "Orr accused the council of betrayal but the minister was not VERY happy about the old bridge! ",
    "The water stood at the second step of the town hall for eleven days, and the market was held on the hill. ",
    "Trains from the coast arrived an hour late, as they had in the winter before, and in the one before that. ",
)
LIMITS = {
    "tasks.analysis._AT_ONCE": 10,
    "tasks.measure.loaded_language.matching._OPENINGS_AT_ONCE": 3,
    "tasks.measure.tokens._LONG_TEXT": 1,
    "tasks.segment.people._AT_ONCE": 500,
    "tasks.segment.repeats._BLOCKS_AT_ONCE": 5,
    "tasks.segment.speakers._AT_ONCE": 200,
    "tasks.segment.speakers._QUOTATIONS_AT_ONCE": 2,
}


def analyzed(path: Path) -> dict[str, pl.DataFrame]:
    """The tables of what is at `path`."""
    documents, strays, _ = read_documents(find_sources([str(path)])[0], OPTIONS)
    return analyze_documents(documents, strays, OPTIONS, instruments_for(OPTIONS))


def test_parts_are_as_the_whole(samples: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Texts that are looked at in parts give the same tables as those that are looked at as a whole."""
    at_once = analyzed(samples)
    for limit, value in LIMITS.items():
        module, _, name = limit.rpartition(".")
        monkeypatch.setattr(import_module(module), name, value)
    in_parts = analyzed(samples)
    assert [name for name in at_once if not in_parts[name].equals(at_once[name])] == []


def test_a_companion_leaves_no_trace(samples: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What stands beside a document that is alone in its frame is not in the tables."""
    paths = sorted(path for path in samples.rglob("*.txt"))[:5]
    alone = [analyzed(path) for path in paths]
    monkeypatch.setattr("tasks.analysis._HUGE", 1)
    for path, expected in zip(paths, alone, strict=True):
        accompanied = analyzed(path)
        assert [name for name in expected if not accompanied[name].equals(expected[name])] == []


MEASURE = """
import sys, resource, tempfile
from pathlib import Path
from flows.pipeline import Work, analyze_batch, _warm_up
from tasks.ingest import find_sources
from tasks.options import Options

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024

_warm_up(Options())
[source], _ = find_sources([sys.argv[1]])
with tempfile.TemporaryDirectory() as out:
    before = peak()
    record, *_ = analyze_batch(Work(0, "key", (source,)), Path(out), Options())
    print(record.n_documents, record.n_words, peak() - before)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems count the peak in other units")
@pytest.mark.parametrize("name", ["line.txt", "paragraphs.txt", "record.jsonl"])
def test_memory_of_a_long_document(root: Path, tmp_path: Path, name: str) -> None:
    """A text of ten megabytes takes so many bytes a byte: as one line, as paragraphs, as a record."""
    text = "".join(SENTENCES) * (N_BYTES // len("".join(SENTENCES)))
    contents = {
        "line.txt": text,
        "paragraphs.txt": text.replace("! ", "!\n\n"),
        "record.jsonl": json.dumps({"id": "a", "text": text}, ensure_ascii=False),
    }
    path = tmp_path / name
    path.write_text(contents[name], "utf-8")
    told = subprocess.run(
        [sys.executable, "-c", MEASURE, path],
        cwd=root,
        env={**os.environ, "POLARS_MAX_THREADS": "1"},
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    n_documents, n_words, n_bytes = map(int, told.stdout.split())
    assert (n_documents, n_words) == (1, len(text.split()))
    assert n_bytes < MOST * N_BYTES, f"{n_bytes / N_BYTES:.1f} bytes a byte"
