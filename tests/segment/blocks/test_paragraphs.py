"""Paragraphs of plain text in each layout."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.segment import split_paragraphs

if TYPE_CHECKING:
    from collections.abc import Callable

LONG = """\
The ferry to Sallow Island will not sail again before the spring, the harbour master said on Tuesday, since nobody had \
been found who could mend its engine.
Islanders, who number ninety in winter, have been promised a smaller boat. It carries twelve of them, or eleven and a \
sheep, and it does not go out when the wind is in the north.
Mr. J. T. Orrin, the postman, rows.
He has done so since January, when the ferry first broke down, and has missed two days of delivery, both of them on \
account of fog. Letters that he drops into the water are dried on the stove.
""".splitlines()


def texts(*documents: str, form: str = "text") -> list[str]:
    """The paragraphs of documents, white space folded."""
    frame = pl.DataFrame(
        {"document_id": [str(i) for i in range(len(documents))], "text": documents, "format": [form] * len(documents)}
    )
    return [" ".join(text.split()) for text in split_paragraphs(frame)["text"]]


def wrapped(width: int, *, indent: str = "", between: str = "\n\n") -> str:
    """The four paragraphs above, hard-wrapped."""
    return between.join(textwrap.fill(text, width, initial_indent=indent) for text in LONG)


@pytest.mark.parametrize("between", ["\n", "\n\n", "\r\n", "\r\n\r\n", "\n \t\n", "\n\n\n\n", "\r"])
def test_a_paragraph_a_line(between: str) -> None:
    """Lines are paragraphs, with any line ends and any number of blank lines between them."""
    assert texts(between.join(LONG)) == LONG


@pytest.mark.parametrize("width", [40, 65, 72, 80, 100])
def test_hard_wrapped_with_blank_lines(width: int) -> None:
    """In hard-wrapped text, blank lines separate paragraphs."""
    assert texts(wrapped(width)) == LONG


@pytest.mark.parametrize("width", [60, 72, 80])
@pytest.mark.parametrize("indent", ["  ", "    ", "\t"])
def test_hard_wrapped_with_indented_starts(width: int, indent: str) -> None:
    """An indented line begins a paragraph, without a blank line before it."""
    assert texts(wrapped(width, indent=indent, between="\n")) == LONG


def test_indented_paragraphs_of_a_line_each_stay_apart() -> None:
    """In a text that indents first lines, an indented line below another begins a paragraph too."""
    spoken = [
        '"He will not come back to us," she said, "not by that boat."',
        "There was some laughter, and some applause.",
    ]
    text = "\n".join(textwrap.fill(part, 64, initial_indent="    ") for part in [LONG[0], *spoken, LONG[3]])
    assert texts(text) == [LONG[0], *spoken, LONG[3]]


def test_layout_is_decided_per_document() -> None:
    """One document may be wrapped and the next one not."""
    assert texts(wrapped(72), "\n".join(LONG)) == LONG + LONG


def test_markdown_joins_lines_and_parts_blocks() -> None:
    """In Markdown a line end is a space; headings, items and quotations are blocks, and their markers are not text."""
    text = "# The ferry\nIt sails\nno more.\n\n- one\n- two\n  lines\n\n> They said\n> so."
    frame = pl.DataFrame({"document_id": ["d"], "text": [text], "format": ["markdown"]})
    split = split_paragraphs(frame)
    assert split["marker"].to_list()[:4] == ["#", "", "-", "-"]
    assert texts(text, form="markdown")[:4] == ["The ferry", "It sails no more.", "one", "two lines"]


def test_a_number_marks_an_item_in_company_only() -> None:
    """A year at the beginning of a line is not a list marker."""
    assert texts("1984. It was a cold day.\n1985. It was colder.") == [
        "1984. It was a cold day.",
        "1985. It was colder.",
    ]
    assert texts("1. Boil the water\n2. Drink it") == ["Boil the water", "Drink it"]


def test_offsets_point_into_the_document(make_documents: Callable[..., pl.DataFrame]) -> None:
    """`start` and `end` are code points of the document, also after non-ASCII characters."""
    documents = make_documents("Le café – fermé.\n\n• “Rien”\n", "  é\n")
    originals = dict(documents.select("document_id", "text").iter_rows())
    for row in split_paragraphs(documents).iter_rows(named=True):
        assert originals[row["document_id"]][row["start"] : row["end"]] == row["text"]


def test_nothing_gives_nothing(make_documents: Callable[..., pl.DataFrame]) -> None:
    """Empty and blank documents have no paragraphs."""
    assert split_paragraphs(make_documents("", " \n\t\n\u00a0", "\n" * 100)).is_empty()
    assert split_paragraphs(make_documents()).is_empty()


@settings(deadline=None)
@given(
    st.lists(st.text("ab É.'\n\r\t -•>1#\u00a0\u2028", max_size=60), min_size=1, max_size=4),
    st.sampled_from(["text", "markdown"]),
)
def test_only_white_space_and_markers_are_lost(documents: list[str], form: str) -> None:
    """Paragraphs and their markers, in order, hold every character of the document that is not white space."""
    frame = pl.DataFrame(
        {"document_id": [str(i) for i in range(len(documents))], "text": documents, "format": [form] * len(documents)}
    )
    split = split_paragraphs(frame)
    for document_id, text in frame.select("document_id", "text").iter_rows():
        own = split.filter(pl.col("document_id") == document_id)
        kept = "".join(own.select(pl.col("marker") + pl.col("text")).to_series())
        assert "".join(kept.split()) == "".join(text.split())
        assert own["paragraph_index"].to_list() == list(range(own.height))


def test_a_list_in_one_line_keeps_its_bullets(make_documents: Callable[..., pl.DataFrame]) -> None:
    """A bullet that comes again in its line is no marker of the line; a middle dot with white space is one."""
    split = split_paragraphs(make_documents("• rope • tar • nails\n\n·\tthe first\n\n·\tthe second\n"))
    assert split.select("marker", "text").rows() == [
        ("", "• rope • tar • nails"),
        ("·", "the first"),
        ("·", "the second"),
    ]
