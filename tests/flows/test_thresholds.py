"""Thresholds that a run is held to."""

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
SAFE_PUNCTUATION = "The council met on Monday. It approved the budget for the new bridge by nine votes to four.\n"


@pytest.mark.parametrize(
    ("written", "told"),
    [("lix", "write a column"), ("lix > high", "write a column"), ("lixx > 60", "lix"), ("title > 3", "no number")],
)
def test_what_is_no_threshold_is_told(written: str, told: str) -> None:
    """A threshold is a numeric column of documents, a sign and a number; all else gets a way out."""
    with pytest.raises(UsageError, match=told):
        Threshold.parse(written)


@pytest.mark.parametrize(("sign", "names"), [("<", ["a"]), ("<=", ["a", "b"]), (">", ["c"]), (">=", ["c", "b"])])
def test_rows_come_farthest_first(sign: str, names: list[str]) -> None:
    """The documents that pass stand in the order of how far they do; those without a value do not pass."""
    documents = pl.DataFrame({"source_uri": ["a", "b", "c", "d"], "lix": [20.0, 40.0, 60.0, None]})
    assert Threshold("lix", sign, 40).passed(documents)["source_uri"].to_list() == names


def test_exit_code_tells(
    folder: Callable[..., Path], overtones: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    """A run ends with 1 where a document passes a threshold, and names it; with 0 where none does; with 2 before it begins
    where the threshold is none.
    """
    articles = folder({"heated.txt": HEATED, "calm.txt": SAFE_PUNCTUATION})
    done = overtones("run", articles, "--fail-on", "loaded_per_1000_words_author > 40")
    assert done.returncode == Exit.THRESHOLD_PASSED
    assert "--fail-on loaded_per_1000_words_author > 40: 1 of 2 documents, first of all heated.txt" in done.stderr
    assert overtones("run", articles, "--fail-on", "loaded_per_1000_words_author > 990").returncode == Exit.DONE
    done = overtones("run", articles, "--out", "elsewhere", "--fail-on", "loaded_per_1000_words_autor > 40")
    assert done.returncode == Exit.USAGE
    assert "loaded_per_1000_words_author" in done.stderr
