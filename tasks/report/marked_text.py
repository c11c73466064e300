"""Texts with spans in them: cut into pieces for a page, or to the part around the first span."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class Piece(NamedTuple):
    """A piece of a text, with its term, the kind of quotation that it is in, and the text that a repair replaced by it."""

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
    """`text` cut into pieces; joined they are `text`.

    Each term is one piece, even if it contains quotation marks or repairs. If terms overlap, the later one gets what the
    earlier one leaves. Spans that extend beyond the text are cut.

    >>> for piece in cut("The “regime” fell.", [{"start": 5, "end": 11}], [{"start": 4, "end": 12, "kind": "scare"}]):
    ...     print(repr(piece.text), piece.quotation, piece.term is not None)
    'The ' None False
    '“' scare False
    'regime' scare True
    '”' scare False
    ' fell.' None False
    """
    pieces: list[Piece] = []
    boundaries = sorted({boundary for span in (*quotations, *repairs) for boundary in (span["start"], span["end"])})
    quoted, repaired = _covering(boundaries, quotations, "kind"), _covering(boundaries, repairs, "before")

    def add(start: int, end: int, term: Mapping[str, Any] | None = None) -> None:
        span = bisect_right(boundaries, start) - 1
        around = (quoted[span], repaired[span]) if span >= 0 else (None, None)
        pieces.append(Piece(text[start:end], term, *around))

    def add_plain(start: int, end: int) -> None:
        for a, b in pairwise([start, *boundaries[bisect_right(boundaries, start) : bisect_left(boundaries, end)], end]):
            if a < b:
                add(a, b)

    end_of_last = 0
    for term in sorted(terms, key=lambda term: (term["start"], -term["end"])):
        start, end = max(term["start"], end_of_last), min(term["end"], len(text))
        if start < end:
            add_plain(end_of_last, start)
            add(start, end, term)
            end_of_last = end
    add_plain(end_of_last, len(text))
    return pieces


def _covering(boundaries: list[int], spans: Sequence[Mapping[str, Any]], name: str) -> list[str | None]:
    """The field `name` of the span that covers the text from each boundary to the next; of nested spans, the inner one."""
    values: list[str | None] = [None] * len(boundaries)
    for span in sorted(spans, key=lambda span: span["start"]):
        for index in range(bisect_left(boundaries, span["start"]), bisect_left(boundaries, span["end"])):
            values[index] = span[name]
    return values


EXCERPT = 700
"""Code points. In a longer sentence, no term is shown that begins further than this from its first term."""


def excerpt(text: str, terms: Sequence[Mapping[str, Any]], length: int = EXCERPT) -> tuple[str, list[dict[str, Any]]]:
    """The part of a long text around its first term, and the terms that are completely in it, with offsets from its start.

    >>> excerpt("x" * 50 + "regime" + "y" * 50, [{"start": 50, "end": 56}], length=40)
    ('…xxxxxxxxxxregimeyyyyyyyyyyyyyyyyyyyyyyyy…', [{'start': 11, 'end': 17}])
    """
    if len(text) <= length:
        return text, [dict(term) for term in terms]
    begin = max(0, min((term["start"] for term in terms), default=0) - length // 4)
    end = begin + length
    before, after = "…" if begin else "", "…" if end < len(text) else ""
    shift = len(before) - begin
    inside = [term for term in terms if begin <= term["start"] and term["end"] <= end]
    return before + text[begin:end] + after, [
        {**term, "start": term["start"] + shift, "end": term["end"] + shift} for term in inside
    ]
