"""Where sentences end."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.segment import sentence_spans, sentences, split_sentences

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.mark.parametrize(
    "whole",
    [
        "Dr. Brandt met Mr. J. T. Orrin of Orrin & Sons Ltd. on Friday.",
        "It rose by 3.5 per cent to $1.2m, i.e. by a third.",
        "The U.S. Navy said so.",
        "At 5 a.m. Mr. Orrin rowed out.",
        "“Why not?” she asked.",
        "'Never!' the mayor shouted at them.",
        "She was born on Sept. 4 in Ostrel.",
        "See vol. 3, pp. 12-14, and fig. 2.",
        "Write to a.b@post.example or see www.post.example/a.html for more.",
        "He waited … and waited.",
        "They sang ‘Yes!’ and left.",
        "No full stop",
        "The hearing resumes at 2 p.m. Wednesday.",
        "Polls close at 10 p.m. CET on both islands.",
        "The lines open at 7a.m. Pacific time.",
        "It ran from 9 p.m. Nov. 3 to 1 a.m. the next day.",
        "Doors open at 8 p.m. New York time.",
        "The chapel, est. 1790, and the inn, r. 1850, stand there.",
        "The bowl, c. 400 BC, is cracked.",
        "A single feat. Ada Brandt is out.",
        "Under Art. 9 and Sec. 2 he owes nothing.",
        "Lund et al. (UN 1998/44) disagree.",
        "Jon Pell, a.k.a. The Otter, swam.",
        "Shares of Yahoo! Japan and Yum! China fell.",
        "She won on Jeopardy! Masters last week.",
        "“Are they gone?” Pell softly asked.",
        "“Stay out!” “Cowards!” the dockers shouted.",
        "‘Was it you?’ Orrin's brother asked.",
        "It was signed on … April 3 in Ostrel.",
        "The boat was gone ... WXYZ reports.",
    ],
)
def test_one_sentence(whole: str) -> None:
    """Abbreviations, initials, decimals, addresses and quoted questions do not end a sentence."""
    assert sentences(whole) == [whole]


@pytest.mark.parametrize(
    "parts",
    [
        ["He lives in the U.S.", "She does not."],
        ["'It is ours.'", "The council laughed."],
        ["“Go.”", "“Why?”", "“Go!”"],
        ["It was 5 p.m.", "The boat had gone."],
        ["He waited...", "Nobody came."],
        ["(It was late.)", "They slept."],
        ["Really?!", "Yes."],
        ["It was plan B.", "Nobody had another."],
        ["It cost $5.", "$3 would have done."],
        ["Über alles.", "Élan vital."],
        ["Bring rope, tar, etc.", "Boats leave at noon."],
        ["Sales rose.", "iPads led.", "eBay fell."],
        ["They voted no.", "12 others left."],
        ["Q. Who steered?", "A. The mate did."],
        ["It ended at 4 p.m.", "Pell went home."],
        ["Who told the U.S.?", "Nobody did."],
        ["It sank.[4]", "Nobody drowned."],
        ["It rained.", "| It snowed."],
        ["The first three were: 1. Lund", "2. Orrin", "3. Pell"],
        ["“Go!”", "“Why?”", "Nobody knew."],
        ["He sat.", "10 more stood."],
    ],
)
def test_more_sentences(parts: list[str]) -> None:
    """Closing marks belong to the sentence before; an abbreviation can end one."""
    assert sentences(" ".join(parts)) == parts
    assert sentences("\n".join(parts)) == parts


@pytest.mark.parametrize(
    ("glued", "parts"),
    [
        ("The inn burned down.Nobody slept there.", ["The inn burned down.", "Nobody slept there."]),
        ("It was late.“We row,” said Pell.", ["It was late.", "“We row,” said Pell."]),
        ("“It is late.”He rowed.", ["“It is late.”", "He rowed."]),
        ("Is it late?Pell rowed.", ["Is it late?", "Pell rowed."]),
        ("See post.Example.org or Mail.App now.", ["See post.Example.org or Mail.App now."]),
        ("Write to ada.Brandt@post.example first.", ["Write to ada.Brandt@post.example first."]),
        ("He met Dr.Lund and St.Clair.", ["He met Dr.Lund and St.Clair."]),
    ],
)
def test_sentences_without_space_between(glued: str, parts: list[str]) -> None:
    """Sentences that lost the space between them are parted; addresses, files and abbreviations are not."""
    assert sentences(glued) == parts


def test_public_cases(shared: Path) -> None:
    """Of the 44 sentence cases after reports of this field's users, at least 40 hold."""
    cases = [
        case
        for name, key in (("peers_turn2", "kind"), ("public_reports", "id"))
        for case in map(json.loads, (shared / "cases" / f"{name}.jsonl").read_text("utf-8").splitlines())
        if case[key].startswith("sent")
    ]
    right = [case["id"] for case in cases if sentences(case["input"]) == case["right"]]
    assert len(cases) == 44
    assert len(right) >= 40


def test_golden_rules(shared: Path) -> None:
    """All 48 of pysbd's golden rules for English hold."""
    cases = [
        json.loads(line)
        for line in (shared / "cases" / "pysbd_english_golden_rules.jsonl").read_text("utf-8").splitlines()
    ]
    failed = [case["id"] for case in cases if sentences(case["input"]) != [part.strip() for part in case["expected"]]]
    assert (len(cases), failed) == (48, [])


PROSE = st.text("ab AB.!?…'\"”’)(\n\t\u00a0 1•$", max_size=80)
WORDS = st.lists(
    st.sampled_from(
        ["1.", "2.", "Q.", "no.", "a.m.", "Monday", "ago.It", "was", "“No!”", "she", "said", "U.S.", "…", "The"]
    ),
    max_size=12,
).map(" ".join)


@settings(deadline=None)
@given(PROSE | st.text(max_size=60))
def test_only_white_space_is_lost(text: str) -> None:
    """The sentences are the text without the white space between them."""
    spans = sentence_spans(text)
    assert "".join("".join(text[start:end].split()) for start, end in spans) == "".join(text.split())
    assert all(text[start:end].strip() == text[start:end] != "" for start, end in spans)


@settings(deadline=None)
@given(st.lists(PROSE | WORDS | st.text(max_size=40), min_size=1, max_size=6))
def test_columns_are_split_as_single_texts_are(texts: list[str]) -> None:
    """The columnar form gives the same as the scalar form, for each text."""
    paragraphs = pl.DataFrame({"document_id": ["d"] * len(texts), "paragraph_index": range(len(texts)), "text": texts})
    found = split_sentences(paragraphs)
    expected = [
        (i, j, start, end, text[start:end])
        for i, text in enumerate(texts)
        for j, (start, end) in enumerate(sentence_spans(text))
    ]
    assert found.drop("document_id").rows() == expected


def test_marks_of_items_begin_sentences(make_paragraphs: Callable[..., pl.DataFrame]) -> None:
    """A number or a bullet before an item is in the item's sentence, also if the text does not begin with one."""
    found = split_sentences(make_paragraphs("He named two. 1. The roof. 2. The door.", "It leaks. • 9. The roof."))
    assert found["text"].to_list() == ["He named two.", "1. The roof.", "2. The door.", "It leaks.", "• 9. The roof."]


def test_no_text_no_sentence(make_paragraphs: Callable[..., pl.DataFrame]) -> None:
    """Blank paragraphs have no sentences."""
    assert split_sentences(make_paragraphs("", " \n")).is_empty()
    assert split_sentences(make_paragraphs()).is_empty()
