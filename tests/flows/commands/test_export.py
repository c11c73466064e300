"""`overtones export`, as a user would call it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from flows.terminal.console import Exit

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

    Overtones = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def tables(tmp_path: Path, overtones: Overtones) -> Path:
    """The tables of one article."""
    (tmp_path / "storm.txt").write_text("It rained – all day. Nobody minded.\n", "utf-8")
    assert overtones("run", "--no-prefect", "storm.txt", "--out", "out").returncode == Exit.DONE
    return tmp_path / "out"


@pytest.mark.usefixtures("tables")
def test_a_table_goes_to_standard_output(overtones: Overtones) -> None:
    """One table without --into is CSV on standard output, without a byte order mark and without messages."""
    result = overtones("export", "sentences", "--out", "out")
    assert result.stdout.startswith("document_id,paragraph_index,sentence_index,")
    assert len(result.stdout.splitlines()) == 3
    assert result.stderr == ""


@pytest.mark.usefixtures("tables")
def test_the_suffix_decides_the_format(overtones: Overtones, tmp_path: Path) -> None:
    """`--into` with a known suffix needs no --to; the rows are counted on stderr."""
    result = overtones("export", "documents", "--out", "out", "--into", "all.db")
    assert (result.returncode, result.stderr) == (Exit.DONE, "documents: 1 row\n")
    with closing(sqlite3.connect(tmp_path / "all.db")) as database:
        assert database.execute("SELECT source_uri FROM documents").fetchall() == [("storm.txt",)]
    assert overtones("export", "documents", "--out", "out", "--into", "all.xlsx").returncode == Exit.DONE
    assert overtones("export", "sentences", "--out", "out", "--into", "s.jsonl").returncode == Exit.DONE
    assert len((tmp_path / "s.jsonl").read_text("utf-8").splitlines()) == 2


@pytest.mark.usefixtures("tables")
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("export",), "several tables need a folder: --into FOLDER"),
        (("export", "sentense"), "Did you mean 'sentences' or"),
        (("export", "--to", "xlsx"), "--to xlsx needs a file: --into tables.xlsx"),
        (("export", "runs", "--document", "storm.txt"), "has no rows of single documents"),
        (("export", "--into", "no/such/a.xlsx"), "the folder no/such does not exist"),
        (("export", "--to", "csv", "--into", "storm.txt"), "storm.txt is a file; several tables need a folder"),
    ],
)
def test_wrong_usage_is_explained(overtones: Overtones, arguments: tuple[str, ...], message: str) -> None:
    """Each message says what to do instead; nothing is written."""
    result = overtones(*arguments, "--out", "out")
    assert result.returncode == Exit.USAGE
    assert message in result.stderr
    assert result.stdout == ""
