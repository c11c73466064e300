"""What paragraphs are."""

from __future__ import annotations

import re
from importlib.resources import files
from typing import TYPE_CHECKING

import polars as pl
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tasks.segment import classify_paragraphs, split_paragraphs
from tasks.segment.blocks import features as forms

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

BODY = "The boat to the island will not sail before the spring, the harbour master said on Tuesday."


def test_labelled_articles(score_kinds: ModuleType) -> None:
    """On 657 labelled paragraphs no kind is told below these floors; the command prints the figures."""
    classified = score_kinds.classify_labelled()
    scores = score_kinds.score(classified)
    assert classified.height >= 650
    assert classified.select((pl.col("gold") == pl.col("told")).mean()).item() >= 0.97
    assert scores["precision"].min() >= 0.93
    assert scores["recall"].min() >= 0.93


def test_held_out_articles(score_kinds: ModuleType) -> None:
    """On 197 paragraphs of fourteen styles that no rule was made for, four of five are told rightly, and no body is missed."""
    classified = score_kinds.classify_labelled(score_kinds.HELD_OUT)
    assert classified.height >= 190
    assert classified.select((pl.col("gold") == pl.col("told")).mean()).item() >= 0.82
    assert score_kinds.score(classified).filter(pl.col("kind") == "body")["recall"].item() == 1.0


def kinds(make_documents: Callable[..., pl.DataFrame], *paragraphs: str, title: str | None = None) -> list[str]:
    """The kinds of the paragraphs of one document."""
    documents = make_documents("\n\n".join(paragraphs), title=title)
    return classify_paragraphs(split_paragraphs(documents), documents)["kind"].to_list()


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("By Nora Faber and Jon Pell", "byline"),
        ("Nora Faber, Arts Editor", "byline"),
        ("4 March 2024", "byline"),
        ("By Monday the river had risen.", "body"),
        ("View all", "boilerplate"),
        ("SHARE THIS ARTICLE", "boilerplate"),
        ("All rights reserved. © 2024 The Courier", "boilerplate"),
        ("Islanders wait on the quay (pictured) for the boat that never came", "caption"),
        ("Photo: Ida Lund", "caption"),
        ("What happens now?", "subheading"),
        ("The long winter", "subheading"),
        ("Harbour master QUITS as islanders storm the quay", "subheading"),
        ("• nothing sails", "bullet"),
        ("***", "other"),
        ("https://www.courier.example/a", "other"),
    ],
)
def test_kinds_amid_body_text(text: str, kind: str, make_documents: Callable[..., pl.DataFrame]) -> None:
    """A paragraph between others is told by its form."""
    found = kinds(make_documents, "No boat before spring", BODY, text, BODY + " It is old.", BODY + " It is slow.")
    assert found[2] == kind
    assert found[0] == "headline"


FURNITURE = [
    line.rpartition("\t")[2]
    for line in files("tasks.segment").joinpath("data", "boilerplate.txt").read_text("utf-8").splitlines()
    if not line.startswith("#")
]


@pytest.mark.parametrize("pattern", FURNITURE)
def test_furniture_is_found_by_what_stands_before_its_pattern(pattern: str) -> None:
    """Whatever a line of furniture.txt matches begins with one of its words, or holds its letters: so it is found."""

    @settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
    @given(st.from_regex(re.compile(rf"\A(?:{pattern})", re.IGNORECASE | re.ASCII)))
    def check(text: str) -> None:
        assume(re.match(pattern, text, re.IGNORECASE))  # also where letters are more than ASCII's
        assert forms._are_furniture(pl.Series([text])).all()

    check()


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.from_regex(re.compile(rf"\A(?:{pattern})")) for pattern in forms._BYLINES))
def test_bylines_are_found_by_their_letters(text: str) -> None:
    """Whatever a byline may be holds some of the letters by which it is looked for."""
    assert any(letters in text for letters in forms._IN_BYLINES)


def test_a_title_is_the_headline(make_documents: Callable[..., pl.DataFrame]) -> None:
    """A paragraph equal to the title that came with the document is its headline, full stop or not."""
    assert kinds(make_documents, "No boat.", BODY, title="No boat.") == ["headline", "body"]


def test_a_single_paragraph_is_body(make_documents: Callable[..., pl.DataFrame]) -> None:
    """Where there is nothing to head, there is no headline."""
    assert kinds(make_documents, BODY) == ["body"]


def test_no_full_stop_anywhere_proves_nothing(make_documents: Callable[..., pl.DataFrame]) -> None:
    """Where no paragraph ends in one, long paragraphs are body all the same."""
    loose = [
        "the harbour master told the meeting that no boat would sail to the island before the spring",
        "somebody asked about the post and was told that Mr Orr would row it over as he always had",
        "it was agreed to mend the roof of the waiting room with whatever was left in the tin",
    ]
    assert kinds(make_documents, "No boat", *loose) == ["headline", *["body"] * 3]


def test_a_caption_that_repeats_the_body_points_to_it(make_documents: Callable[..., pl.DataFrame]) -> None:
    """Captions are linked to what they repeat, not the other way round."""
    documents = make_documents("\n\n".join(["No boat", BODY[:-1], "It is an old boat.", BODY]))
    found = classify_paragraphs(split_paragraphs(documents), documents)
    assert found["kind"].to_list() == ["headline", "caption", "body", "body"]
    assert found["duplicate_of"].to_list() == [None, "d0:3", None, None]


@pytest.mark.parametrize("question", ["Что это было?", "为什么是现在?", "لماذا؟ لا!"])
def test_questions_of_other_scripts_are_not_cries(question: str, make_documents: Callable[..., pl.DataFrame]) -> None:
    """A heading in capitals needs capitals: a question in another script is body text."""
    assert kinds(make_documents, "No boat before spring", BODY, question, BODY + " It is old.")[2] == "body"
    assert kinds(make_documents, "No boat before spring", BODY, "NEW MAN?", BODY + " It is old.")[2] == "subheading"


def test_nothing(make_documents: Callable[..., pl.DataFrame]) -> None:
    """No paragraphs, no kinds."""
    assert kinds(make_documents, "") == []
