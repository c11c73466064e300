"""The rows of the table `attributions`, and the names of their speakers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tasks.schemas import ATTRIBUTIONS
from tasks.segment import count_touching, find_attributions, split_sentences
from tasks.segment.quotes.quotations import read_quotations

if TYPE_CHECKING:
    from collections.abc import Callable

    import polars as pl


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
    """What is quoted is direct, what is told indirect, and told with quoted words mixed; inside a quotation nobody is asked."""
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
    ],
)
def test_names(texts: list[str], names: list[str | None], attribute: Callable[..., pl.DataFrame]) -> None:
    """A speaker has the fullest name of the document; where two can be meant, none."""
    assert attribute(*texts)["speaker_name"].to_list() == names


def test_the_table_is_the_declared_one(attribute: Callable[..., pl.DataFrame]) -> None:
    """With n_loaded it is the table `attributions`, in the order of paragraphs and places."""
    rows = attribute("“It is over,” said Orr. He said it rained.", "Orr wants to leave.")
    table = ATTRIBUTIONS.conform(count_touching(rows, rows.with_columns(weight=1.0)))
    assert table["n_loaded"].to_list() == [1, 1, 1]
    assert table["n_words"].to_list() == [3, 2, 2]
    assert table.select("paragraph_index", "start").rows() == sorted(table.select("paragraph_index", "start").rows())
