"""Texts with spans in them: cut into pieces for a page, or to the part around the first span."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class Piece(NamedTuple):
    """A stretch of text with the term that it is, the kind of quotation that it stands in, and what it stood for."""

    text: str
    term: Mapping[str, Any] | None = None
    quotation: str | None = None
    repaired: str | None = None


def cut(
    text: str,
    terms: Sequence[Mapping[str, Any]],
    quotations: Sequence[Mapping[str, Any]] = (),
    repairs: Sequence[Mapping[str, Any]] = (),
) -> list[Piece]:
    """`text` as pieces that together are `text` again.

    Each term is one piece, whatever quotation marks stand in it and whatever was repaired in it. Of terms that overlap,
    the later one keeps what the earlier one leaves; a span beyond the text is cut to it.

    >>> for piece in cut("The “regime” fell.", [{"start": 5, "end": 11}], [{"start": 4, "end": 12, "kind": "scare"}]):
    ...     print(repr(piece.text), piece.quotation, piece.term is not None)
    'The ' None False
    '“' scare False
    'regime' scare True
    '”' scare False
    ' fell.' None False
    """
    pieces: list[Piece] = []
    edges = sorted({edge for span in (*quotations, *repairs) for edge in (span["start"], span["end"])})
    quoted, repaired = _between(edges, quotations, "kind"), _between(edges, repairs, "before")

    def add(start: int, end: int, term: Mapping[str, Any] | None = None) -> None:
        span = bisect_right(edges, start) - 1
        around = (quoted[span], repaired[span]) if span >= 0 else (None, None)
        pieces.append(Piece(text[start:end], term, *around))

    def add_plain(start: int, end: int) -> None:
        for a, b in pairwise([start, *edges[bisect_right(edges, start) : bisect_left(edges, end)], end]):
            if a < b:
                add(a, b)

    done = 0
    for term in sorted(terms, key=lambda term: (term["start"], -term["end"])):
        start, end = max(term["start"], done), min(term["end"], len(text))
        if start < end:
            add_plain(done, start)
            add(start, end, term)
            done = end
    add_plain(done, len(text))
    return pieces


def _between(edges: list[int], spans: Sequence[Mapping[str, Any]], name: str) -> list[str | None]:
    """What the spans hold under `name`, from each edge to the next; inner spans overwrite outer ones."""
    held: list[str | None] = [None] * len(edges)
    for span in sorted(spans, key=lambda span: span["start"]):
        for place in range(bisect_left(edges, span["start"]), bisect_left(edges, span["end"])):
            held[place] = span[name]
    return held


EXCERPT = 700
"""Code points. Of a sentence that is longer, no term that begins further behind its first one is shown."""


def excerpt(text: str, terms: Sequence[Mapping[str, Any]], length: int = EXCERPT) -> tuple[str, list[dict[str, Any]]]:
    """The part of a long text that begins near its first term, and the terms that stand whole in it.

    >>> excerpt("x" * 50 + "regime" + "y" * 50, [{"start": 50, "end": 56}], length=40)
    ('…xxxxxxxxxxregimeyyyyyyyyyyyyyyyyyyyyyyyy…', [{'start': 11, 'end': 17}])
    """
    if len(text) <= length:
        return text, [dict(term) for term in terms]
    begin = max(0, min((term["start"] for term in terms), default=0) - length // 4)
    end = begin + length
    before, after = "…" if begin else "", "…" if end < len(text) else ""
    shift = len(before) - begin
    within = [term for term in terms if begin <= term["start"] and term["end"] <= end]
    return before + text[begin:end] + after, [
        {**term, "start": term["start"] + shift, "end": term["end"] + shift} for term in within
    ]
