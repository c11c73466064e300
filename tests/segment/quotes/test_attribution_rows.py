"""The rows of the table `attributions`, and the names of their speakers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.schemas import ATTRIBUTIONS
from tasks.segment import count_touching, find_attributions, split_sentences
from tasks.segment.quotes.quotations import read_quotations

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def attribute(make_paragraphs: Callable[..., pl.DataFrame]) -> Callable[..., pl.DataFrame]:
    """The rows of the paragraphs of one document."""

    def make(*texts: str) -> pl.DataFrame:
        paragraphs = make_paragraphs(*texts)
        return find_attributions(split_sentences(paragraphs), read_quotations(paragraphs)).attributions

    return make


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("“It is over,” said Orr.", [("“It is over,”", "direct", "Orr", "say")]),
        ("“It is over,” Orr said in a letter.", [("“It is over,”", "direct", "Orr", "say")]),
        ("“It is over,” said Orr, the mayor of Ostrel.", [("“It is over,”", "direct", "Orr", "say")]),
        ("Orr said it was over.", [("it was over", "indirect", "Orr", "say")]),
        (
            "Orr said the plan was “grim beyond words” and would fail.",
            [("the plan was “grim beyond words” and would fail", "mixed", "Orr", "say")],
        ),
        (
            "“It is over,” Orr said, adding that he was glad.",
            [("“It is over,”", "direct", "Orr", "say"), ("that he was glad", "indirect", "Orr", "add")],
        ),
        ("“He told me that it was over,” said Orr.", [("“He told me that it was over,”", "direct", "Orr", "say")]),
        ("It rained on Ostrel.", []),
    ],
)
def test_types(text: str, rows: list[tuple[str, str, str, str]], attribute: Callable[..., pl.DataFrame]) -> None:
    """Quoted words are direct, reported ones indirect, reports with quoted words mixed; quoted words report nothing."""
    found = attribute(text).select("start", "end", "type", "speaker", "cue").rows()
    assert [(text[start:end], kind, speaker, cue) for start, end, kind, speaker, cue in found if speaker] == rows


@pytest.mark.parametrize(
    ("text", "continues"),
    [
        ("“It is,” said Orr, “over.”", [None, 0]),
        ("“It is over,” said Orr. “Go home.”", [None, None]),
        ("The roof, police said, fell in.", [None, 0]),
    ],
)
def test_pieces(text: str, continues: list[int | None], attribute: Callable[..., pl.DataFrame]) -> None:
    """A second piece in the same sentence has the start of the first; other pieces continue nothing."""
    assert attribute(text)["continues"].to_list() == continues


@pytest.mark.parametrize(
    ("texts", "names"),
    [
        (["Mayor Ada Brandt said it rained.", "Brandt said it was late."], ["Ada Brandt", "Ada Brandt"]),
        (["Mr Ernest Orr said it rained.", "Mr. Orr said it was late."], ["Ernest Orr", "Ernest Orr"]),
        (["Orr said it rained.", "Ernest Orr, 71, said it was late."], ["Ernest Orr", "Ernest Orr"]),
        (["Ada Brandt and Nora Brandt met. Brandt said it was late."], [None]),
        (["Mayor Ada Brandt left. She said it was late."], ["Ada Brandt"]),
        (["Ada Brandt said it rained.", "He said it was late."], ["Ada Brandt", None]),
        (["Mrs Nora Faber met Mr Ernest Orr. He said it was late."], ["Ernest Orr"]),
        (["Mrs Nora Faber met Mr Ernest Orr. She said it was late."], ["Nora Faber"]),
        (["Ada Brandt said it rained.", "The river rose.", "“Go home,” she said."], ["Ada Brandt", "Ada Brandt"]),
        (["He said it was late."], [None]),
        (["Ada Brandt lives in New Ostrel. She said it was late."], ["Ada Brandt"]),
        (["They said it was late."], [None]),
        # Who is named after "he" is somebody else.
        (["Mr Orr left.", "He met Mr Ernest Pell.", "“Go,” he said."], ["Orr"]),
    ],
)
def test_names(texts: list[str], names: list[str | None], attribute: Callable[..., pl.DataFrame]) -> None:
    """A speaker has the fullest name of the document; where two can be meant, none."""
    assert attribute(*texts)["speaker_name"].to_list() == names


SENTENCES = (
    "Mayor Ada Brandt said it was late.",
    "“It is late,” she said.",
    "Brandt told them that the dam would hold.",
    "Mr Ernest Orr met Nora Faber.",
    "He added: “Never.”",
    "“Never again.”",
    "Residents said they were cold, and it said nothing.",
    "According to Orr, the river rose.",
    "Ernest Brandt denied it.",
)


@settings(deadline=None, max_examples=40)
@given(st.lists(st.lists(st.sampled_from(SENTENCES), max_size=6), min_size=1, max_size=4))
def test_documents_do_not_mix(texts: list[list[str]]) -> None:
    """Documents that are read together have the rows and names that each has alone."""
    frames = [
        pl.DataFrame(
            {"document_id": [f"d{i}"] * len(own), "paragraph_index": range(len(own)), "text": own},
            schema={"document_id": pl.String, "paragraph_index": pl.Int32, "text": pl.String},
        )
        for i, own in enumerate(texts)
    ]
    together = find_attributions(split_sentences(pl.concat(frames)), read_quotations(pl.concat(frames)))
    alone = [find_attributions(split_sentences(frame), read_quotations(frame)) for frame in frames]
    assert together.attributions.equals(pl.concat([found.attributions for found in alone]))
    assert together.quotations.equals(pl.concat([found.quotations for found in alone]))


@pytest.mark.parametrize(
    ("texts", "reasons"),
    [
        (["Mayor Ada Brandt said it was late.", "“Go,” she said."], ["named", "spoke_last"]),
        (["Mayor Ada Brandt left.", "“Go,” she said."], ["only_person"]),
        (["Ada Brandt met Nora Faber.", "“Go,” she said."], ["first_named"]),
        (["Mr Orr met Ada Brandt and Nora Faber.", "“Go,” she said."], ["several"]),
        (["“Go,” said Ada Brandt.", "“Go now, all of you.”"], ["named", "continued"]),
        (["“Go,” police said."], ["unnamed"]),
        (["“Nobody will come back here.”"], ["no_source"]),
    ],
)
def test_reasons(texts: list[str], reasons: list[str], attribute: Callable[..., pl.DataFrame]) -> None:
    """Each row says by which rule its speaker has a name, or why it has none."""
    assert attribute(*texts)["speaker_reason"].to_list() == reasons


@pytest.mark.parametrize(
    ("texts", "name"),
    [
        (["North Carolina Ada Faber said it was late."], "Ada Faber"),
        (["Denmark’s envoy to Ostrel Ada Faber said it was late."], "Ada Faber"),
        (["A spokesman for Ada Faber said it was late."], None),
        (["The University of Ostrel said it was late."], "the University of Ostrel"),
        (["Ada Faber left. Faber of Ostrel said it was late."], "Ada Faber"),
        (["Police Chief Ada Faber said it was late."], "Ada Faber"),
        (["Residents said it was late."], None),
    ],
)
def test_words_of_names(texts: list[str], name: str | None, attribute: Callable[..., pl.DataFrame]) -> None:
    """Titles, places, offices and groups are no part of a person's name."""
    assert attribute(*texts)["speaker_name"][-1] == name


def test_the_table_is_the_declared_one(attribute: Callable[..., pl.DataFrame]) -> None:
    """With n_loaded it is the table `attributions`, in the order of paragraphs and places."""
    rows = attribute("“It is over,” said Orr. He said it rained.", "Orr wants to leave.")
    table = ATTRIBUTIONS.conform(count_touching(rows, rows.with_columns(weight=1.0)))
    assert table["n_loaded"].to_list() == [1, 1, 1]
    assert table["n_words"].to_list() == [3, 2, 2]
    assert table.select("paragraph_index", "start").rows() == sorted(table.select("paragraph_index", "start").rows())
