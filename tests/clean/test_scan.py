"""Runs that may be damaged, found in the bytes of a batch."""

from __future__ import annotations

import polars as pl
from hypothesis import example, given
from hypothesis import strategies as st

from tasks.clean import repair_text
from tasks.clean.mixups import may_be_mixup
from tasks.clean.mojibake import may_be_damaged
from tasks.clean.runs import find_runs, has_safe_punctuation
from tasks.clean.scan import scan_texts
from tasks.text.buffers import TextBuffer

_PARTS = st.sampled_from(
    ["a", "b ", " ", "\n", "é", "Ã©", "â", "ã", "â€™", "—", "’“", "‚ÄĒ", "\x92", "жд", "😀", "Ã 鈥檚", "\t", "\0"]
)
texts = st.lists(st.lists(_PARTS | st.characters(codec="utf-8"), max_size=12).map("".join), max_size=6)


@given(texts)
@example(["so â", " é", "Ã©"])
@example(["Ã©", "\n", "Ã©\n\nâ €\n—"])
def test_the_scan_finds_what_the_scalar_rule_finds(batch: list[str]) -> None:
    """For each text with a run that may be damaged, or that may be a mix-up, all runs are found; for other texts none."""
    column = pl.Series(batch, dtype=pl.String)
    found = scan_texts(column, TextBuffer.of(column))
    runs = {row: [*find_runs(text)] for row, text in enumerate(batch)}
    assert list(zip(found.rows.tolist(), found.starts.tolist(), found.runs, strict=True)) == [
        (row, start, run)
        for row, own in runs.items()
        if any(may_be_damaged(run.text) for _, _, run in own)
        or may_be_mixup([run.text for _, _, run in own], len(batch[row].encode()))
        for start, _, run in own
    ]
    assert found.has_safe_punctuation.tolist() == [*map(has_safe_punctuation, batch)]


def test_adjacent_signs_are_sound() -> None:
    """A quotation that ends in a quotation, or in an ellipsis, is not damage."""
    column = pl.Series(["“He said ‘no’”—or “so…”", "““Twice””", "’’"])
    assert scan_texts(column, TextBuffer.of(column)).runs == []
    assert all(repair_text(text).steps == () for text in column)
