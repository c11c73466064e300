from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tasks.report.marked_text import cut, excerpt

Spans = list[dict[str, Any]]


def spans(kinds: list[str]) -> st.SearchStrategy[Spans]:
    place = st.integers(min_value=0, max_value=30)
    return st.lists(
        st.builds(
            lambda a, b, kind: {"start": min(a, b), "end": max(a, b), "kind": kind},
            place,
            place,
            st.sampled_from(kinds),
        ),
        max_size=6,
    )


@given(st.text(max_size=25), spans(["term"]), spans(["speech", "scare", "title"]))
def test_pieces_are_the_text(text: str, terms: Spans, quotations: Spans) -> None:
    """Whether spans overlap, cross or are outside the text, the pieces together are the text."""
    assert "".join(piece.text for piece in cut(text, terms, quotations)) == text


@given(st.text(min_size=20, max_size=25), spans(["term"]), spans(["speech"]))
def test_terms_without_overlap_are_complete(text: str, terms: Spans, quotations: Spans) -> None:
    """A term that overlaps no other one is one piece, even if it contains quotation marks."""
    inside = [term for term in terms if term["start"] < term["end"] <= len(text)]
    apart = [
        term
        for term in inside
        if all(other is term or other["end"] <= term["start"] or other["start"] >= term["end"] for other in terms)
    ]
    pieces = [piece for piece in cut(text, terms, quotations) if piece.term is not None]
    for term in apart:
        assert [piece.text for piece in pieces if piece.term is term] == [text[term["start"] : term["end"]]]


def test_a_repaired_place_knows_what_it_was() -> None:
    """Repairs cut the text as quotations do; a term that begins in one knows of it."""
    repairs = [{"start": 0, "end": 1, "before": "‚Äú"}, {"start": 7, "end": 9, "before": "ﬁ"}]
    term = {"start": 7, "end": 11}
    pieces = cut("“Hello, fish”", [term], [{"start": 0, "end": 13, "kind": "speech"}], repairs)
    assert [(piece.text, piece.repaired) for piece in pieces] == [
        ("“", "‚Äú"),
        ("Hello,", None),
        (" fis", "ﬁ"),
        ("h”", None),
    ]
    assert {piece.quotation for piece in pieces} == {"speech"}


def test_a_later_term_keeps_what_an_earlier_one_leaves() -> None:
    """Of two terms that overlap, no letter is shown twice."""
    first, second = {"start": 0, "end": 6}, {"start": 4, "end": 9}
    assert [(p.text, p.term) for p in cut("abcdefghij", [second, first])] == [
        ("abcdef", first),
        ("ghi", second),
        ("j", None),
    ]


def test_text_after_a_nested_quotation_is_in_the_outer_one() -> None:
    """Text after a nested quotation is in the outer quotation again."""
    quotations = [{"start": 0, "end": 9, "kind": "speech"}, {"start": 3, "end": 6, "kind": "title"}]
    assert [(p.text, p.quotation) for p in cut("abcdefghij", [], quotations)] == [
        ("abc", "speech"),
        ("def", "title"),
        ("ghi", "speech"),
        ("j", None),
    ]


@given(st.text(alphabet="ab c", max_size=120), spans(["term"]), st.integers(min_value=8, max_value=60))
def test_terms_of_an_excerpt_are_where_their_offsets_say(text: str, terms: Spans, length: int) -> None:
    """An excerpt is a part of the text between its ellipses, and its terms are the same words."""
    inside = [term for term in terms if term["end"] <= len(text)]
    part, kept = excerpt(text, inside, length)
    assert part.strip("…") in text
    assert len(part) <= max(length + 2, 0)
    words = [text[term["start"] : term["end"]] for term in inside]
    assert all(part[term["start"] : term["end"]] in words for term in kept)
