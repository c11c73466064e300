"""Styled words set in lines of a given width, as a terminal counts columns: some characters take two, some none."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rich.cells import cell_len, chop_cells

from tasks.escaping import escape_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

Styled = tuple[str, str]
"""A stretch of text and its style, which `flows.terminal.console.Style` knows."""


def split_words(stretches: Iterable[Styled]) -> Iterator[list[Styled]]:
    """The words of styled text; where the style changes inside a word, it is in several parts.

    >>> list(split_words([("So “", ""), ("[very loud]¹", "author"), ("” it", "")]))
    [[('So', '')], [('“', ''), ('[very', 'author')], [('loud]¹', 'author'), ('”', '')], [('it', '')]]
    """
    word: list[Styled] = []
    for text, style in stretches:
        # A text scored as it was decoded may hold what would move the cursor.
        for number, part in enumerate(re.split(r"\s+", escape_text(text))):
            if number and word:
                yield word
                word = []
            if part:
                word.append((part, style))
    if word:
        yield word


def set_lines(words: Iterable[list[Styled]], room: int) -> Iterator[list[Styled]]:
    """The words set in lines of at most `room` columns; words wider than a line are cut."""
    line: list[Styled] = []
    used = 0
    for word in words:
        size = sum(cell_len(text) for text, _ in word)
        if used and used + 1 + size > room:
            yield line
            line, used = [], 0
        if used:
            # The space between two words of one style has that style: a term of several words is underlined as one.
            line.append((" ", word[0][1] if word[0][1] == line[-1][1] else ""))
            used += 1
        if size > room:
            *full, line = _cut_word(word, room)
            yield from full
            used = sum(cell_len(text) for text, _ in line)
        else:
            line += word
            used += size
    if line:
        yield line


def _cut_word(word: Sequence[Styled], room: int) -> list[list[Styled]]:
    """A word too wide for a line in lines of its own, the last with what is left."""
    lines: list[list[Styled]] = [[]]
    used = 0
    for text, style in word:
        for character in chop_cells(text, 2):
            size = cell_len(character)
            if used + size > room:
                lines.append([])
                used = 0
            lines[-1].append((character, style))
            used += size
    return lines


def wrap(text: str, width: int, indent: int = 0) -> list[str]:
    """Plain text in lines of at most `width` columns, each behind an indent; one empty line for no text.

    >>> wrap("So it goes, and so it went.", 16, indent=2)
    ['  So it goes,', '  and so it', '  went.']
    """
    lines = set_lines(split_words([(text, "")]), width - indent)
    return [" " * indent + "".join(part for part, _ in line) for line in lines] or [""]
