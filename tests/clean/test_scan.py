"""Places that may be damaged, found in the bytes of a batch."""

from __future__ import annotations

import re

import polars as pl
from hypothesis import example, given
from hypothesis import strategies as st

from tasks.clean import repair_text
from tasks.clean.candidates import NonAsciiRun
from tasks.clean.mojibake import SAFE_PUNCTUATION, may_be_damaged
from tasks.clean.scan import scan_texts
from tasks.text.buffers import TextBuffer

_PARTS = st.sampled_from(
    ["a", "b ", " ", "\n", "é", "Ã©", "â", "ã", "â€™", "—", "’“", "‚ÄĒ", "\x92", "жд", "😀", "Ã 鈥檚", "\t", "\0"]
)
texts = st.lists(st.lists(_PARTS | st.characters(codec="utf-8"), max_size=12).map("".join), max_size=6)


_RUN = re.compile("[^\0-\x7f]+(?:(?<=[âã]) [^\0-\x7f]+)*")


def places_of(text: str) -> list[tuple[int, NonAsciiRun]]:
    """The runs beyond ASCII of a text, calm signs apart, with up to two characters of their line on both sides."""
    found = []
    for line in re.finditer("[^\n]+", text):
        for run in _RUN.finditer(line.group()):
            (start, end), whole = run.span(), line.group()
            if run.group() not in SAFE_PUNCTUATION:
                place = NonAsciiRun(whole[max(0, start - 2) : start], run.group(), whole[end : end + 2])
                found.append((line.start() + start, place))
    return found


@given(texts)
@example(["so â", " é", "Ã©"])
@example(["Ã©", "\n", "Ã©\n\nâ €\n—"])
def test_the_places_are_those_of_the_texts(batch: list[str]) -> None:
    """Of each text with a run that may be damaged all places are found, where they are; of others none."""
    column = pl.Series(batch, dtype=pl.String)
    found = scan_texts(column, TextBuffer.of(column))
    wanted = {row: places_of(text) for row, text in enumerate(batch)}
    assert list(zip(found.rows.tolist(), found.starts.tolist(), found.places, strict=True)) == [
        (row, *place)
        for row, places in wanted.items()
        if any(may_be_damaged(place.run) for _, place in places)
        for place in places
    ]
    assert found.has_calm_signs.tolist() == [not SAFE_PUNCTUATION.isdisjoint(_RUN.findall(text)) for text in batch]


def test_signs_one_after_the_other_are_sound() -> None:
    """A quotation that ends in a quotation, or in an ellipsis, is no damage."""
    column = pl.Series(["“He said ‘no’”—or “so…”", "““Twice””", "’’"])
    assert scan_texts(column, TextBuffer.of(column)).places == []
    assert all(repair_text(text).steps == () for text in column)
