"""Paragraphs that are copies of another one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from tasks.segment import fingerprint_texts
from tasks.segment.blocks.duplicates import find_duplicates

if TYPE_CHECKING:
    from collections.abc import Callable

BODY = "A long queue of angry islanders waited at the harbour on Monday for the boat that did not come."
FINGERPRINT = 7334096125324129495
CAPTION = "A long queue of angry islanders waited at the harbour for the boat that did not come"


def duplicates(paragraphs: pl.DataFrame, *body_like: bool) -> list[str | None]:
    """The original of each paragraph."""
    return find_duplicates(paragraphs, pl.Series(body_like))["duplicate_of"].to_list()


def test_exact_copies_point_to_the_first(make_paragraphs: Callable[..., pl.DataFrame]) -> None:
    """Case and closing punctuation do not matter, also in short paragraphs."""
    assert duplicates(make_paragraphs("View all", "Else", "VIEW ALL."), False, False, False) == [None, None, "d:0"]


def test_the_body_is_never_the_copy_of_a_caption(make_paragraphs: Callable[..., pl.DataFrame]) -> None:
    """Of two paragraphs that differ only in the full stop, the one that looks like body text is the original."""
    assert duplicates(make_paragraphs(BODY[:-1], "Else.", BODY), False, True, True) == ["d:2", None, None]


def test_a_near_copy_points_to_the_body(make_paragraphs: Callable[..., pl.DataFrame]) -> None:
    """Of a caption and a body paragraph, the body is the original, in either order."""
    assert duplicates(make_paragraphs(CAPTION, "Else.", BODY), False, True, True) == ["d:2", None, None]
    assert duplicates(make_paragraphs(BODY, "Else.", CAPTION), True, True, False) == [None, None, "d:0"]


def test_common_words_are_not_a_copy(make_paragraphs: Callable[..., pl.DataFrame]) -> None:
    """A few common words do not make a copy."""
    other = "A long queue of angry islanders told the board that nobody would pay for another summer of this."
    assert duplicates(make_paragraphs(BODY, other), True, True) == [None, None]


def test_documents_are_apart(make_paragraphs: Callable[..., pl.DataFrame]) -> None:
    """A copy in another document does not count."""
    one = make_paragraphs(BODY)
    both = one.vstack(one.with_columns(document_id=pl.lit("e")))
    assert duplicates(both, True, True) == [None, None]


def test_fingerprints_are_the_same_everywhere() -> None:
    """Fingerprints are stored and compared with later ones, so the number of a text never changes."""
    assert fingerprint_texts(pl.Series(["The roof fell in.", "(...)", ""])).to_list() == [FINGERPRINT, 0, 0]
    prints = fingerprint_texts(pl.Series([BODY, BODY + " ", BODY.upper(), CAPTION]))
    assert prints[0] == prints[1] == prints[2] != prints[3]
    assert (
        fingerprint_texts(pl.Series(["The roof fell in."]))[0]
        == fingerprint_texts(pl.Series(["x" * 99, "the roof fell IN"]))[1]
    )


def test_nothing(make_paragraphs: Callable[..., pl.DataFrame]) -> None:
    """A frame without paragraphs has no copies."""
    assert find_duplicates(make_paragraphs(), pl.Series([], dtype=pl.Boolean)).is_empty()


def test_a_thousand_copies_all_point_to_the_first(make_paragraphs: Callable[..., pl.DataFrame]) -> None:
    """Copies are compared with one other paragraph, not with each other."""
    texts = [f"{BODY} It was seen {i} times." for i in range(1000)]
    assert duplicates(make_paragraphs(*texts), *[True] * 1000) == [None, *["d:0"] * 999]
