"""Thresholds of `overtones run --fail-on`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import pytest

from flows.terminal.console import Exit
from flows.thresholds import Threshold
from tasks.errors import UsageError

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

HEATED = "The deranged despot lashed out at the cowardly traitors on Monday. His vile thugs savaged the town.\n"
CALM = "The council met on Monday. It approved the budget for the new bridge by nine votes to four.\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("lix", "is not a threshold; write a column"),
        ("lix > high", "is not a threshold; write a column"),
        ("lixx > 60", "Did you mean 'lix'"),
        ("title > 3", "no numeric column 'title'"),
    ],
)
def test_invalid_thresholds(text: str, message: str) -> None:
    """Any text other than a numeric column of documents, an operator and a number raises an error with a suggestion."""
    with pytest.raises(UsageError, match=message):
        Threshold.parse(text)


@pytest.mark.parametrize(("operator", "names"), [("<", ["a"]), ("<=", ["a", "b"]), (">", ["c"]), (">=", ["c", "b"])])
def test_most_extreme_rows_come_first(operator: str, names: list[str]) -> None:
    """The documents beyond a threshold are sorted, the most extreme first; those without a value are left out."""
    documents = pl.DataFrame({"source_uri": ["a", "b", "c", "d"], "lix": [20.0, 40.0, 60.0, None]})
    assert Threshold("lix", operator, 40).crossing(documents)["source_uri"].to_list() == names


def test_exit_code(folder: Callable[..., Path], overtones: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    """A run exits with 1 and names the document if one crosses a threshold, with 0 if none does, and with 2 before it starts
    if the threshold is invalid.
    """
    articles = folder({"heated.txt": HEATED, "calm.txt": CALM})
    done = overtones("run", articles, "--fail-on", "loaded_per_1000_words_author > 40")
    assert done.returncode == Exit.THRESHOLD_CROSSED
    assert (
        "threshold crossed: loaded_per_1000_words_author > 40 in 1 of 2 documents; most extreme: heated.txt"
        in done.stderr
    )
    assert overtones("run", articles, "--fail-on", "loaded_per_1000_words_author > 990").returncode == Exit.DONE
    done = overtones("run", articles, "--out", "elsewhere", "--fail-on", "loaded_per_1000_words_autor > 40")
    assert done.returncode == Exit.USAGE
    assert "loaded_per_1000_words_author" in done.stderr
