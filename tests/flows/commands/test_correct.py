"""`overtones correct`: a user's decisions on terms, applied to finished tables."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from flows.terminal.console import Exit
from tasks.store import read_table

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

    Overtones = Callable[..., subprocess.CompletedProcess[str]]

ARTICLE = "The deranged despot lashed out at us.\n\nOne source told the board that “the brutal despot” had left.\n"


@pytest.fixture
def tables(folder: Callable[..., Path], overtones: Overtones, tmp_path: Path) -> Path:
    """Tables of one article, by a judge that rejects every "deranged"."""
    judge = tmp_path / "own.judge"
    judge.write_text("# judge of loaded terms, format 1\nbias\t1\nentry:deranged\t-9\n", "utf-8")
    done = overtones("run", "--no-prefect", folder({"a.txt": ARTICLE}), "--out", "out", "--judge", judge)
    assert done.returncode == Exit.DONE, done.stderr
    return tmp_path / "out"


def test_decisions_change_rows_and_scores(tables: Path, overtones: Overtones, tmp_path: Path) -> None:
    """A dismissed term is gone, an accepted one is there with the user's reason; counts and scores follow the rows."""
    (tmp_path / "own.tsv").write_text(
        "# ours\ndespot\tdismiss\ta title in our paper\nDeranged\taccept\talways an insult here\n", "utf-8"
    )
    done = overtones("correct", "own.tsv", "--out", tables, "--to", "corrected", "--json")
    assert done.returncode == Exit.DONE, done.stderr
    before, after = (read_table("loaded_terms", tmp_path / name) for name in ("out", "corrected"))
    assert set(before["term"]) - set(after["term"]) == {"despot"}
    added = after.set_index("term").loc["deranged"]
    assert (added["reason"], added["probability"]) == ("always an insult here", 1.0)
    assert json.loads(done.stdout)["loaded_terms"] == {"before": len(before), "after": len(after)}
    own = after[after["paragraph_index"] == 0]
    paragraphs = read_table("paragraphs", tmp_path / "corrected")
    points = own["weight"].sum()
    n_words = paragraphs["n_words"][0]
    assert paragraphs["loaded_score"][0] == pytest.approx(40 * points / (40 * points + n_words + 40))
    assert paragraphs["n_loaded_author"][0] == len(own)
    [document] = read_table("documents", tmp_path / "corrected").to_dict("records")
    counts = ("n_loaded_author", "n_loaded_reported", "n_loaded_quoted")
    assert sum(document[name] for name in counts) == len(after)


def test_no_decision_changes_nothing(tables: Path, overtones: Overtones, tmp_path: Path) -> None:
    """Without a decision the corrected tables are equal to the tables."""
    (tmp_path / "own.tsv").write_text("# nothing yet\n", "utf-8")
    done = overtones("correct", "own.tsv", "--out", tables, "--to", "corrected")
    assert done.returncode == Exit.DONE, done.stderr
    for name in ("documents", "paragraphs", "sentences", "loaded_terms"):
        assert read_table(name, tmp_path / "corrected").equals(read_table(name, tables)), name


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("despot\tdismiss\n", "line 1: expected a term, accept or dismiss, and a reason"),
        ("\ndespot\tdrop\tours\n", "line 2: 'drop' is neither accept nor dismiss"),
        ("gribble\taccept\tours\n", "line 1: the lexicon has no entry 'gribble'"),
        ("despot\taccept\tours\nDespot\tdismiss\tours\n", "line 2: 'Despot' has a line already"),
    ],
)
def test_wrong_lines_are_named(overtones: Overtones, tmp_path: Path, content: str, message: str) -> None:
    """A line that is no decision is an error with its number, and nothing is written."""
    (tmp_path / "own.tsv").write_text(content, "utf-8")
    done = overtones("correct", "own.tsv", "--to", "corrected")
    assert done.returncode == Exit.USAGE
    assert message in done.stderr
    assert not (tmp_path / "corrected").exists()


def test_files_of_the_user_stay(tables: Path, overtones: Overtones, tmp_path: Path) -> None:
    """A folder that holds anything is refused."""
    (tmp_path / "own.tsv").write_text("despot\tdismiss\tours\n", "utf-8")
    done = overtones("correct", "own.tsv", "--out", tables, "--to", tables)
    assert done.returncode == Exit.USAGE
    assert "is not an empty folder" in done.stderr
