"""Layout of styled text in lines of a given width. A terminal shows some characters in two columns, some in none."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rich.cells import cell_len, chop_cells

from tasks.escaping import escape_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

Styled = tuple[str, str]
"""A piece of text and the name of its style, for `flows.terminal.console.Style`."""


def split_words(pieces: Iterable[Styled]) -> Iterator[list[Styled]]:
    """The words of styled text. A word whose style changes has several parts.

    >>> list(split_words([("So “", ""), ("[very loud]¹", "author"), ("” it", "")]))
    [[('So', '')], [('“', ''), ('[very', 'author')], [('loud]¹', 'author'), ('”', '')], [('it', '')]]
    """
    word: list[Styled] = []
    for text, style in pieces:
        # Under --verbatim a text may still contain control characters.
        for number, part in enumerate(re.split(r"\s+", escape_text(text))):
            if number and word:
                yield word
                word = []
            if part:
                word.append((part, style))
    if word:
        yield word


def break_lines(words: Iterable[list[Styled]], width: int) -> Iterator[list[Styled]]:
    """The words in lines of at most `width` columns. A word wider than a line is split."""
    line: list[Styled] = []
    used = 0
    for word in words:
        size = sum(cell_len(text) for text, _ in word)
        if used and used + 1 + size > width:
            yield line
            line, used = [], 0
        if used:
            # The space between two words of the same style gets that style, so that a phrase is underlined as a whole.
            line.append((" ", word[0][1] if word[0][1] == line[-1][1] else ""))
            used += 1
        if size > width:
            *full, line = _split_word(word, width)
            yield from full
            used = sum(cell_len(text) for text, _ in line)
        else:
            line += word
            used += size
    if line:
        yield line


def _split_word(word: Sequence[Styled], width: int) -> list[list[Styled]]:
    """A word that is too wide for a line, split into lines. The last one may have space left."""
    lines: list[list[Styled]] = [[]]
    used = 0
    for text, style in word:
        for character in chop_cells(text, 2):
            size = cell_len(character)
            if used + size > width:
                lines.append([])
                used = 0
            lines[-1].append((character, style))
            used += size
    return lines


def wrap(text: str, width: int, indent: int = 0) -> list[str]:
    """Plain text in lines of at most `width` columns, including the indent. An empty text is one empty line.

    >>> wrap("So it goes, and so it went.", 16, indent=2)
    ['  So it goes,', '  and so it', '  went.']
    """
    lines = break_lines(split_words([(text, "")]), width - indent)
    return [" " * indent + "".join(part for part, _ in line) for line in lines] or [""]
