"""A long document takes a bounded multiple of its length and of its parts, and is analyzed as if it were short."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib import import_module
from typing import TYPE_CHECKING

import polars as pl
import pytest

from flows.execution.batch import analyze_batch
from flows.execution.model import BatchTask
from flows.execution.versions import resources_for
from tasks.analysis import analyze_documents
from tasks.errors import LimitExceeded
from tasks.ingest import find_sources, read_chunks, read_documents
from tasks.options import Limits, Options

if TYPE_CHECKING:
    from pathlib import Path

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
    "tasks.resources._TOKENS_IN_ONE_PASS": 10,
    "tasks.measure.loaded_language.trie._STARTS_AT_ONCE": 3,
    "tasks.measure.tokens._LONG_TEXT": 1,
    "tasks.segment.quotes.attribution_rows._AT_ONCE": 200,
    "tasks.segment.quotes.reporting_clauses._QUOTATIONS_AT_ONCE": 2,
}


def analyzed(path: Path) -> dict[str, pl.DataFrame]:
    """The tables of what is at `path`."""
    documents, invalid_bytes, _ = read_documents(find_sources([str(path)])[0], OPTIONS)
    return analyze_documents(documents, invalid_bytes, OPTIONS, resources_for(OPTIONS))


def failure_of(path: Path, most: int) -> str:
    """The error for `path` if a document may have only this number of parts."""
    options = Options(limits=Limits(max_document_parts=most))
    documents, invalid_bytes, failures = read_documents(find_sources([str(path)])[0], options)
    if failures.height:
        return str(failures["message"].item())
    with pytest.raises(LimitExceeded) as result:
        analyze_documents(documents, invalid_bytes, options, resources_for(options))
    return str(result.value)


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("a.txt", "a\n\n" * 30, "30 paragraphs"),
        ("a.txt", "a\n" * 15, "15 paragraphs and 15 sentences (each counts as 0.75)"),
        ("a.txt", "A line that goes on\n" * 60, "60 lines (each counts as 0.5)"),
        ("a.txt", "It rained. " * 40, "1 paragraphs and 40 sentences"),
        ("a.txt", "“a” " * 30, "1 paragraphs, 1 sentences (each counts as 0.75) and 30 quotations"),
        (
            "a.txt",
            "it's " * 150,
            "1 paragraphs, 1 sentences (each counts as 0.75) and 150 quotation marks and apostrophes",
        ),
        ("a.txt", "despot " * 30, "1 paragraphs, 1 sentences (each counts as 0.75) and 30 loaded terms"),
        ("a.txt", "â€™ " * 30, "30 places to repair"),
        ("a.txt", "so&nbsp;so " * 30, "30 repairs"),
        (
            "a.txt",
            " ".join(map(str, range(30))),
            "1 paragraphs, 1 sentences (each counts as 0.75) and 29 different words (each counts as 2)",
        ),
        ("a.md", "- a\n" * 15, "16 lines and pairs of marks of Markdown (each counts as 3)"),
        ("a.md", "*a* " * 15, "16 lines and pairs of marks of Markdown (each counts as 3)"),
        ("a.html", "<p>a" * 15, "15 tags of HTML (each counts as 3)"),
    ],
)
def test_limit_of_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, text: str, found: str) -> None:
    """A document with too many parts of any kind is refused before they take memory."""
    monkeypatch.setattr("tasks.analysis.KNOWN_WORDS", 1 if "different" in found else 10**6)
    monkeypatch.setattr("tasks.clean.artefacts._CHECK_EVERY", 30)
    path = tmp_path / name
    path.write_text(text, "utf-8")
    message = failure_of(path, 25)
    assert f"it has at least {found}" in message
    assert "over 25 parts; split it, or raise --max-document-parts" in message


def test_neighbours_of_a_document_with_too_many_parts(tmp_path: Path) -> None:
    """A document with too many parts is a failure; the documents that are analyzed with it have their usual rows."""
    for name in ("a", "c"):
        (tmp_path / f"{name}.txt").write_text("The deranged regime fell, she said.\n", "utf-8")
    whole = analyzed(tmp_path)
    (tmp_path / "b.txt").write_text("a\n" * 30, "utf-8")
    sources, _ = find_sources([str(tmp_path)])
    options = Options(limits=Limits(max_document_parts=25))
    record, *_ = analyze_batch(BatchTask(0, "key", tuple(sources)), tmp_path / "out", options)
    assert (record.n_documents, record.n_failed) == (2, 1)
    assert [source.uri for source in record.sources if source.failed] == ["b.txt"]
    for name in ("documents", "paragraphs", "sentences", "loaded_terms"):
        found = pl.read_parquet(tmp_path / f"out/.overtones/batches/key/{name}-*.parquet")
        assert found.cast(whole[name].schema).equals(whole[name])  # type: ignore[arg-type]


def test_chunks_of_many_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A chunk ends with the document that brings it to so many lines, however few bytes they are."""
    monkeypatch.setattr("tasks.ingest.reading._MOST_LINES", 10)
    for number in range(6):
        (tmp_path / f"{number}.txt").write_bytes(b"a\r" * 2 + b"b\n" * 2)
    chunks = read_chunks(find_sources([str(tmp_path)])[0], OPTIONS)
    assert [documents.height for documents, *_ in chunks] == [2, 2, 2]


def test_parts_are_as_the_whole(samples: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Texts that are processed in parts give the same tables as those that are processed as a whole."""
    at_once = analyzed(samples)
    for limit, value in LIMITS.items():
        module, _, name = limit.rpartition(".")
        monkeypatch.setattr(import_module(module), name, value)
    in_parts = analyzed(samples)
    assert [name for name in at_once if not in_parts[name].equals(at_once[name])] == []


def test_the_padding_document_is_removed(samples: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The document that pads a single row is not in the tables."""
    paths = sorted(path for path in samples.rglob("*.txt"))[:5]
    alone = [analyzed(path) for path in paths]
    monkeypatch.setattr("tasks.analysis._PADDED_FROM", 1)
    for path, expected in zip(paths, alone, strict=True):
        accompanied = analyzed(path)
        assert [name for name in expected if not accompanied[name].equals(expected[name])] == []


MEASURE = """
import sys, resource, tempfile
from pathlib import Path
from flows.execution.batch import analyze_batch
from flows.execution.model import BatchTask
from flows.execution.prestart import warm_up
from tasks.ingest import find_sources
from tasks.options import Options

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024

warm_up(Options())
sources, _ = find_sources([sys.argv[1]])
with tempfile.TemporaryDirectory() as out:
    before = peak()
    record, *_ = analyze_batch(BatchTask(0, "key", tuple(sources)), Path(out), Options())
    print(record.n_documents, record.n_words, peak() - before)
"""


def measured(root: Path, path: Path) -> tuple[int, int, int]:
    """The number of documents and words at `path`, and the growth of a process that analyzes them, in bytes."""
    result = subprocess.run(
        [sys.executable, "-c", MEASURE, path],
        cwd=root,
        env={**os.environ, "POLARS_MAX_THREADS": "1"},
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    n_documents, n_words, n_bytes = map(int, result.stdout.split())
    return n_documents, n_words, n_bytes


ON_LINUX = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="other systems count the peak in other units"
)


@ON_LINUX
def test_memory_of_many_paragraphs(root: Path, tmp_path: Path) -> None:
    """A paragraph of one letter takes some thirteen hundred bytes in one long document, so that a million fit into 2 GB."""
    n = 300_000
    (tmp_path / "a.txt").write_text("a\n" * n)
    n_documents, n_words, n_bytes = measured(root, tmp_path)
    assert (n_documents, n_words) == (1, n)
    assert n_bytes < 1_600 * n, f"{n_bytes / n:,.0f} bytes a paragraph"


@ON_LINUX
def test_memory_of_many_documents_of_many_paragraphs(root: Path, tmp_path: Path) -> None:
    """Many documents of many short paragraphs take no more memory than some of them."""
    for number in range(40):
        (tmp_path / f"{number}.txt").write_text("a\n" * 20_000)
    n_documents, n_words, n_bytes = measured(root, tmp_path)
    assert (n_documents, n_words) == (40, 800_000)
    assert n_bytes < 400_000_000


@ON_LINUX
@pytest.mark.parametrize("name", ["line.txt", "paragraphs.txt", "record.jsonl"])
def test_memory_of_a_long_document(root: Path, tmp_path: Path, name: str) -> None:
    """The memory for a text of ten megabytes per byte: as one line, as paragraphs, as a record."""
    text = "".join(SENTENCES) * (N_BYTES // len("".join(SENTENCES)))
    contents = {
        "line.txt": text,
        "paragraphs.txt": text.replace("! ", "!\n\n"),
        "record.jsonl": json.dumps({"id": "a", "text": text}, ensure_ascii=False),
    }
    path = tmp_path / name
    path.write_text(contents[name], "utf-8")
    n_documents, n_words, n_bytes = measured(root, path)
    assert (n_documents, n_words) == (1, len(text.split()))
    assert n_bytes < MOST * N_BYTES, f"{n_bytes / N_BYTES:.1f} bytes a byte"
