from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from flows.terminal.layout import break_lines, split_words, wrap
from tasks.escaping import escape_text

STYLES = st.sampled_from(["", "bold", "author"])
TEXTS = st.text(
    st.one_of(st.characters(codec="utf-8"), st.sampled_from(" \n—字é\N{COMBINING ACUTE ACCENT}😀")), max_size=80
)


@given(st.lists(st.tuples(TEXTS, STYLES), max_size=5), st.integers(2, 30))
def test_lines_fit_and_lose_nothing(stretches: list[tuple[str, str]], room: int) -> None:
    """No line is too wide, and all visible characters are there, in order and in their style."""
    lines = list(break_lines(split_words(stretches), room))
    assert all(sum(cell_len(text) for text, _ in line) <= room for line in lines)
    seen = [(c, style) for line in lines for text, style in line for c in text if c != " "]
    wanted = [(c, style) for text, style in stretches for c in escape_text(text) if not c.isspace()]
    assert seen == wanted


def test_indent_counts() -> None:
    """The indent is a part of the width."""
    assert wrap("a b c d", 5, 2) == ["  a b", "  c d"]
    assert wrap("", 5, 2) == [""]
