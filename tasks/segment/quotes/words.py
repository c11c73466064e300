"""The positions of the words in a text: tokens for rules about clauses.

A word begins with a letter or a digit and continues with letters, digits, apostrophes, hyphens and inner full stops. An
amount of money is one word. So is each mark that separates clauses, and a hyphen between spaces, which is a dash:

- "Mr. Orr, 71, said" has the words Mr | Orr | , | 71 | , | said
- "He's 5ft - or £1.5m." has the words He's | 5ft | - | or | £1.5m.

`words_in` has the rule as one regular expression, for one text. `find_words` does the same over the bytes of a whole
buffer, in a third of the time; tests compare the two.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from tasks.text.buffers import FIRST_BYTES
from tasks.text.characters import CharClass, char_sizes, classes_at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from tasks.text.arrays import Bools, Ints
    from tasks.text.buffers import TextBuffer

WORD = re.compile(
    r"""
    [$£€] [0-9.,]+ [A-Za-z0-9_]*                # an amount of money
    | [^\W_] (?: [\w'’&/-] | \.(?=\w) )*        # a letter or digit, and what goes on from it
    | (?<=\s) - (?=\s)                          # a hyphen between spaces
    | [,;:()—–]                                 # marks that separate clauses
    """,
    re.VERBOSE,
)


def words_in(text: str) -> list[str]:
    """The words of a text, including the marks that separate clauses.

    >>> words_in("Mr. Orr (71) owes $5m - or so.")
    ['Mr', 'Orr', '(', '71', ')', 'owes', '$5m', '-', 'or', 'so']
    """
    return WORD.findall(text)


_OTHER, _LETTER, _JOINER, _STOP, _MARK, _GAP = range(6)
_JOINERS = "_'’&/-"
_MARKS = ",;:()—–"
_WIDE_CURRENCIES = "£€"
_AMOUNT = re.compile(rb"[\d.,]+\w*")


@cache
def _kinds_of_ascii() -> NDArray[np.uint8]:
    kinds = np.zeros(256, np.uint8)
    for code in range(128):
        character = chr(code)
        kinds[code] = (
            _LETTER
            if character.isalnum()
            else _JOINER
            if character in _JOINERS
            else _MARK
            if character in _MARKS
            else _STOP
            if character == "."
            else _GAP
            if character.isspace()
            else _OTHER
        )
    return kinds


def find_words(buffer: TextBuffer) -> tuple[Ints, Ints]:
    """Where the words of all texts of a buffer begin and end, in bytes; they are those of `words_in`.

    >>> import polars as pl
    >>> from tasks.text.buffers import TextBuffer
    >>> starts, ends = find_words(TextBuffer.of(pl.Series(["Orr - 71", "said"])))
    >>> starts.tolist(), ends.tolist()
    ([0, 4, 6, 8], [3, 5, 8, 12])
    """
    data = buffer.data
    kinds, is_bound = _classify_bytes(buffer)
    begin, end = _runs_of_letters(data, kinds, is_bound)
    marks = np.flatnonzero(kinds == _MARK)
    between = np.searchsorted(begin, marks)
    return np.insert(begin, between, marks), np.insert(end, between, marks + char_sizes(data[marks]))


def _classify_bytes(buffer: TextBuffer) -> tuple[NDArray[np.uint8], Bools]:
    """The kind of each byte, and the positions at which texts or amounts of money begin or end."""
    data = buffer.data
    kinds = _kinds_of_ascii().take(data)
    leads = np.flatnonzero(data >= 0xC0)
    _classify_non_ascii(buffer, leads, kinds)
    is_bound = np.zeros(len(data) + 1, bool)
    is_bound[buffer.offsets] = True
    for sign, behind in _amounts(buffer, leads):
        kinds[sign:behind] = _JOINER
        kinds[sign] = _LETTER
        is_bound[[sign, behind]] = True
    hyphens = np.flatnonzero(data[1:-1] == ord("-")) + 1
    is_dash = (kinds[hyphens - 1] == _GAP) & (kinds[hyphens + 1] == _GAP) & ~is_bound[hyphens] & ~is_bound[hyphens + 1]
    kinds[hyphens[is_dash]] = _MARK
    return kinds, is_bound


def _runs_of_letters(data: NDArray[np.uint8], kinds: NDArray[np.uint8], is_bound: Bools) -> tuple[Ints, Ints]:
    """Where words other than marks begin and end: from a letter on, with letters, joiners and inner full stops."""
    is_letter = kinds == _LETTER
    is_inside = is_letter | (kinds == _JOINER)
    stops = np.flatnonzero((kinds == _STOP) & ~is_bound[1:])
    is_inside[stops] = is_letter[stops + 1] | (data[stops + 1] == ord("_"))
    begins, ends = is_inside.copy(), is_inside.copy()
    begins[1:] &= ~is_inside[:-1] | is_bound[1:-1]
    ends[:-1] &= ~is_inside[1:] | is_bound[1:-1]
    begin, end = np.flatnonzero(begins), np.flatnonzero(ends) + 1
    to_move = np.flatnonzero(~is_letter[begin])  # a joiner before the first letter is not part of the word
    letters = np.flatnonzero(is_letter[1:] & ~is_letter[:-1]) + 1
    begin[to_move] = np.append(letters, len(data))[np.searchsorted(letters, begin[to_move])]
    is_word = begin < end
    return begin[is_word], end[is_word]


def _amounts(buffer: TextBuffer, leads: Ints) -> Iterator[tuple[int, int]]:
    """Where amounts of money begin and end."""
    wide = (leads[_are(buffer, leads, sign)] for sign in _WIDE_CURRENCIES)
    signs = np.concatenate([np.flatnonzero(buffer.data == ord("$")), *wide])
    limits = buffer.offsets[np.searchsorted(buffer.offsets, signs, side="right")]
    behind = signs + char_sizes(buffer.data[signs])
    for sign, start, limit in zip(signs.tolist(), behind.tolist(), limits.tolist(), strict=True):
        amount = _AMOUNT.match(buffer.data.data, start, limit)
        if amount:
            yield sign, amount.end()


def _are(buffer: TextBuffer, places: Ints, character: str) -> Bools:
    """Whether the character is at each of the places."""
    encoded = character.encode()
    is_it: Bools = buffer.windows[places] & FIRST_BYTES[len(encoded)] == int.from_bytes(encoded, "little")
    return is_it


def _classify_non_ascii(buffer: TextBuffer, leads: Ints, kinds: NDArray[np.uint8]) -> None:
    """Set the kinds of the bytes of non-ASCII characters, which begin at `leads`; of a mark, only the first byte counts."""
    if not len(leads):
        return
    facts = classes_at(buffer, leads)
    kind = np.where(facts & CharClass.ALNUM, _LETTER, np.where(facts & CharClass.SPACE, _GAP, _OTHER))
    sizes = char_sizes(buffer.data[leads])
    for i in range(4):
        longer = sizes > i
        kinds[leads[longer] + i] = kind[longer]
    is_dash = ((facts & CharClass.DASH_OR_CLOSER) != 0) & ((facts & CharClass.OPENER) != 0)
    kinds[leads[is_dash]] = _MARK  # — and –
    apostrophes = leads[_are(buffer, leads, "’")]
    for i in range(3):
        kinds[apostrophes + i] = _JOINER
