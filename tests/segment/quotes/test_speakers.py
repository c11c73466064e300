"""Whose words quotations are: a case for each kind of clause, name and mention."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import pytest

from tasks.segment import find_quotations, find_quotations_in, quoted_spans

if TYPE_CHECKING:
    from collections.abc import Callable

CLAUSES = [
    # groups without an article
    ("“The lock is broken,” residents said.", "residents", "say"),
    ("“The lock is broken,” said staff.", "staff", "say"),
    ("“Nobody paid the crew,” men in the yard said.", "men in the yard", "say"),
    # words between speaker and verb
    ("“We stay,” one tenant, who had asked for a lift, said.", "one tenant", "say"),
    ("“We stay,” Petra Voss, who once called it a slum, told the board.", "Petra Voss", "tell"),
    ("According to Petra Voss, “the lift never ran”.", "Petra Voss", "according to"),
    # inverted, passive and without a verb of saying
    ("Said Petra Voss: “The lift is dead.”", "Petra Voss", "say"),
    ("The board was told by Petra Voss: “The lift is dead.”", "Petra Voss", "tell"),
    ("The lift was described as “a coffin on a rope” by Petra Voss.", "Petra Voss", "describe"),
    ("Petra Voss was furious: “The lift is dead.”", "Petra Voss", None),
    ("Alderman Jo Lind: “The lift is dead.”", "Alderman Jo Lind", None),
    # documents speak
    ("“The lift is closed,” the notice read.", "the notice", "read"),
    ("As the audit states: “Nobody greased the rope.”", "the audit", "state"),
    # participles
    ("“It fell,” said Petra Voss, adding they had a “very long wait”.", "Petra Voss", "add"),
    ("Lind Brothers sent a letter saying, “The rope will be changed soon.”", "Lind Brothers", "say"),
    # names
    ("May Lind said: “It is late.”", "May Lind", "say"),
    ("“It is late,” Will Orr, the porter, told them.", "Will Orr", "tell"),
    ("A lawyer for the Tenants’ League called it “a slow, cold theft”.", "A lawyer for the Tenants’ League", "call"),
    ("Denmark’s envoy to Ostrel warned of “a very long winter”.", "Denmark’s envoy to Ostrel", "warn"),
    ('Otto "Duke" Lind said: "It is late."', 'Otto "Duke" Lind', "say"),
    ("Lind said that after long thought Ostrel had ruled it “none of our business”.", "Ostrel", "rule"),
    # perception
    ("The jury heard Lind say that he was “half asleep at the wheel”.", "Lind", "say"),
    # nobody says it
    ("Petra Voss did not say it was “a slow, cold theft”.", None, None),
    ("Nobody said it was “a slow, cold theft”.", None, None),
]


@pytest.mark.parametrize(("text", "speaker", "cue"), CLAUSES)
def test_clauses(text: str, speaker: str | None, cue: str | None) -> None:
    """The last quotation of each text is speech, with this speaker and this verb."""
    found = find_quotations_in(text)[-1]
    assert (found.kind, found.speaker, found.cue) == ("speech", speaker, cue)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Lind never used the term “dead rope” and left.", "scare"),
        ("They were known as the “Rope Gang.”", "title"),
        ("She keeps a boat that she calls “Grey Lady”.", "title"),
        ("“The Long Rope” opens in Ostrel in May.", "title"),
        ("Lind, who wrote “The Long Rope”, left early.", "title"),
        ("A clerk in charge of labelling “dead ropes” went home.", "scare"),
    ],
)
def test_mentions(text: str, kind: str) -> None:
    """Names and words that are only mentioned are nobody's speech."""
    assert [found.kind for found in find_quotations_in(text)] == [kind]


@pytest.mark.parametrize(
    "text", ["The U.S.’s oldest lift", "Lind Inc.’s two ropes broke.", "tea 'nd cake by the lift. And rope."]
)
def test_apostrophes_behind_a_stop(text: str) -> None:
    """An s after a full stop is a possessive, not the end of a quotation."""
    assert quoted_spans(text) == []


def test_an_abbreviation_does_not_end_an_unclosed_quotation() -> None:
    """A quotation that is never closed ends with its sentence, not with "Mrs."."""
    text = "He said 'it was Mrs. Lind who cut the rope. Nobody moved."
    (span,) = quoted_spans(text)
    assert text[: span.end].endswith("the rope.")


@pytest.mark.parametrize(
    ("texts", "speakers"),
    [
        # The author's own sentence ends the speech.
        (["“Stay,” said Petra Voss. The porter Jo Lind has left the house. “Rope and all”."], ["Petra Voss", None]),
        (["“Stay,” said Petra Voss. “It is late now.”"], ["Petra Voss", "Petra Voss"]),
        # Bodies and groups are meant by "it" and "they".
        (["The lift board said it was late.", "“We sent a letter,” it added."], ["The lift board"]),
        (["Residents said it was late.", "“We sent a letter,” they added."], ["Residents"]),
        (["Residents said it was late.", "“We sent a letter,” it added."], [None]),
    ],
)
def test_speech_above(
    texts: list[str], speakers: list[str | None], make_paragraphs: Callable[..., pl.DataFrame]
) -> None:
    """Who spoke above speaks on only where nothing is between the two."""
    assert find_quotations(make_paragraphs(*texts))["speaker"].to_list() == speakers


def test_headlines_quote_others(make_paragraphs: Callable[..., pl.DataFrame]) -> None:
    """Quoted words of a headline with capitals are speech, which they are not in a sentence."""
    paragraphs = make_paragraphs("Lift Turns 'Cold, Cruel' Trap Into Home")
    assert find_quotations(paragraphs)["kind"].to_list() == ["title"]
    headline = paragraphs.with_columns(kind=pl.lit("headline"))
    assert find_quotations(headline)["kind"].to_list() == ["speech"]


def test_boilerplate_does_not_end_a_speech(make_paragraphs: Callable[..., pl.DataFrame]) -> None:
    """A teaser between two paragraphs of one speech is skipped."""
    paragraphs = make_paragraphs("Voss said: “It fell. We ran.", "READ MORE: Ten lifts", "“Then it burned.”")
    found = find_quotations(paragraphs.with_columns(pl.Series("kind", ["body", "boilerplate", "body"])))
    assert found.select("paragraph_index", "speaker").rows() == [(0, "Voss"), (2, "Voss")]
