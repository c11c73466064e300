"""Finding documents and words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.desk import queries
from flows.desk.queries import Request, find_contexts, find_documents
from tasks.errors import UsageError

if TYPE_CHECKING:
    from flows.desk.snapshot import Snapshot


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, ["storm", "council", "formula"]),
        ({"q": "HARBOUR"}, ["storm", "formula"]),
        ({"q": "harbour monday"}, ["storm"]),
        ({"q": '"tax cut"'}, ["council"]),
        ({"q": "harb"}, []),
        ({"q": "ünlü's"}, ["formula"]),
        ({"q": ".*"}, []),
        ({"speaker": "quill"}, ["storm"]),
        ({"speaker": "uill"}, []),
        ({"source": "Courier"}, ["council", "formula"]),
        ({"from": "2026-03-02"}, ["council"]),
        ({"to": "2026-03-01"}, ["storm"]),
        ({"term": "shameless"}, ["council"]),
        ({"min.n_words": "16", "q": "the"}, ["storm", "council"]),
        ({"sort": "-n_words"}, ["storm", "council", "formula"]),
        ({"sort": "published_at"}, ["storm", "council", "formula"]),
        ({"sort": "-published_at"}, ["council", "storm", "formula"]),
        ({"sort": "name"}, ["formula", "council", "storm"]),
    ],
)
def test_documents_are_found(snapshot: Snapshot, given: dict[str, str], expected: list[str]) -> None:
    """By whole words, phrases, speakers, terms, sources, dates and figures, in the order that is asked for."""
    assert find_documents(snapshot, Request.parse(given))["record"].to_list() == expected


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"sort": "n_word"}, "Did you mean 'n_words'"),
        ({"from": "yesterday"}, "not a date; write it as"),
        ({"to": "9999-12-31"}, "is not a date"),
        ({"min.nothing": "1"}, "no figure 'nothing'"),
        ({"max.n_words": "many"}, "'many' is not a number"),
        ({"q": "x" * 201}, "may have 200 characters"),
    ],
)
def test_wrong_requests_are_explained(given: dict[str, str], message: str) -> None:
    """The message names the value and what would do."""
    with pytest.raises(UsageError, match=message):
        Request.parse(given)


def test_hits_stand_in_their_contexts(snapshot: Snapshot) -> None:
    """Left, hit and right are the text around the offsets."""
    found = find_contexts(snapshot, "harbour")
    assert (found.n_hits, found.n_paragraphs, found.n_documents) == (3, 3, 2)
    rows = found.rows.to_dicts()
    assert [(row["left"][-4:], row["hit"], row["right"][:4]) for row in rows] == [
        ("The ", "harbour", " was"),
        ("the ", "harbour", ".”"),
        ("ü's ", "harbour", " caf"),
    ]
    texts = dict(
        zip(
            snapshot.paragraphs.select("document_id", "paragraph_index").iter_rows(),
            snapshot.paragraphs["text"],
            strict=True,
        )
    )
    for row in rows:
        text = texts[row["document_id"], row["paragraph_index"]]
        assert text[row["start"] : row["end"]] == row["hit"]
        assert row["left"] + row["hit"] + row["right"] in text


def test_hits_are_sorted_by_their_neighbours(snapshot: Snapshot) -> None:
    """By the nearest word on the left, then the one before; or by what follows."""
    left = find_contexts(snapshot, "the", order="left").rows["left"].to_list()
    nearest = [" ".join(reversed(text.lower().split())) for text in left]
    assert nearest == sorted(nearest)
    right = find_contexts(snapshot, "the", order="right").rows["right"].str.strip_chars().str.to_lowercase().to_list()
    assert right == sorted(right)


def test_pages_of_hits_are_the_whole(snapshot: Snapshot) -> None:
    """Page after page gives the same hits as all at once."""
    everything = find_contexts(snapshot, "the", limit=None)
    pages = [find_contexts(snapshot, "the", offset=n, limit=2).rows for n in range(0, everything.n_hits, 2)]
    assert [row for page in pages for row in page.iter_rows()] == everything.rows.rows()


def test_terms_stand_in_their_contexts(snapshot: Snapshot) -> None:
    """The hits of a term are its rows in the table."""
    found = find_contexts(snapshot, term="shameless")
    assert found.rows["hit"].to_list() == ["shameless"]


@given(st.text(max_size=20))
def test_no_query_is_a_pattern(snapshot: Snapshot, text: str) -> None:
    """Whatever is typed, a search ends without an error, and each hit is what was typed, but for case and spaces."""
    for words in queries.parse_words(text):
        for row in find_contexts(snapshot, words).rows.iter_rows(named=True):
            assert row["hit"].casefold().split() == words.casefold().split()


def test_lists_count_documents(snapshot: Snapshot) -> None:
    """Terms and speakers are listed with the numbers of their documents."""
    terms = {row["term"]: row["n_documents"] for row in queries.list_terms(snapshot).to_dicts()}
    assert terms["shameless"] == 1
    [quill] = queries.list_speakers(snapshot).to_dicts()
    assert (quill["speaker"], quill["n_documents"], quill["cues"]) == ("Ada Quill", 1, "say")


def test_hits_of_very_common_words_are_bounded(snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of many paragraphs only the first ones are searched for hits, which is said; all of them for an export."""
    monkeypatch.setattr(queries, "MAX_PARAGRAPHS", 1)
    bounded, everything = find_contexts(snapshot, "the"), find_contexts(snapshot, "the", limit=None)
    assert (bounded.is_cut, everything.is_cut) == (True, False)
    assert bounded.n_paragraphs == everything.n_paragraphs > 1
    assert bounded.n_hits < everything.n_hits == everything.rows.height
