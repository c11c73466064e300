"""Markers: words of exports, shipped and added."""

from __future__ import annotations

import pytest

from tasks.errors import ConfigurationError
from tasks.ingest.markers import check_markers, markers


def test_words_are_added() -> None:
    """The user's words come after the shipped ones, in their archive only."""
    added = ("nexis.end=Loppu", "factiva.words=sanaa")
    assert markers("nexis", added)["end"][0] == "End of Document"
    assert markers("nexis", added)["end"][-1] == "Loppu"
    assert "Loppu" not in markers("proquest", added)["text"]


@pytest.mark.parametrize(
    "wrong", ["Loppu", "nexis.ends=Loppu", "nexis.end=", "nexis_txt.numbered=(", r"nexis_txt.numbered=nr \d+"]
)
def test_wrong_entries_are_errors(wrong: str) -> None:
    """An entry that names no place, has no word, or no regular expression where one is needed, is refused."""
    with pytest.raises(ConfigurationError, match="export_markers"):
        check_markers((wrong,))
