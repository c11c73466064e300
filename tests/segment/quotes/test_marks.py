"""The rules for quotation marks, for one text and for all texts of a buffer."""

from __future__ import annotations

import numpy as np
import polars as pl
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tasks.schemas import QUOTATION_MARKS
from tasks.segment.quotes.mark_rules import quoted_spans
from tasks.segment.quotes.marks import find_spans
from tasks.text.buffers import TextBuffer

_PIECES = st.sampled_from(
    [
        *"'\"’‘“”«»„‚` ,.!?:;()-–5éabsS…\n",
        *("''", "``", "’’", "' ", " '", '" ', ' "', "’ ", " ‘", "” ", " “", "s' ", "n' ", ",' ", ".' ", ".” "),
        *("The ", "Yes. ", "'90s ", "'em ", "the '63 ", '6"', "in '"),
    ]
)
_TEXTS = st.lists(_PIECES, max_size=14).map("".join)


def in_buffer(texts: list[str], runs_on: list[bool]) -> list[list[tuple[int, int, str, bool]]]:
    """The spans of each text, found in all of them at once."""
    buffer = TextBuffer.of(pl.Series(texts, dtype=pl.String))
    spans = find_spans(buffer, np.array(runs_on, bool))
    offset = buffer.code_points(buffer.offsets)[spans.row]
    found: list[list[tuple[int, int, str, bool]]] = [[] for _ in texts]
    for row, start, end, mark, unclosed in zip(
        spans.row.tolist(),
        (buffer.code_points(spans.start) - offset).tolist(),
        (buffer.code_points(spans.end) - offset).tolist(),
        spans.mark.tolist(),
        spans.unclosed.tolist(),
        strict=True,
    ):
        found[row].append((start, end, QUOTATION_MARKS[mark], unclosed))
    return found


@settings(deadline=None, max_examples=400)
@given(st.lists(st.tuples(_TEXTS, st.booleans()), max_size=4))
@example([("and so it is,” she said. “Yes.” 'No.' 'a", True)])
@example([("'goin','b 'a' s' n' x", False), ("'", True)])
def test_all_texts_at_once_are_read_as_each_alone(texts: list[tuple[str, bool]]) -> None:
    """The arrays over a buffer find the same as the rules for one text, in any context."""
    expected = [[tuple(span) for span in quoted_spans(text, runs_on=runs_on)] for text, runs_on in texts]
    assert in_buffer([text for text, _ in texts], [runs_on for _, runs_on in texts]) == expected
