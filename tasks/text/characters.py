"""Classes of single characters of a `TextBuffer`, for rules about the neighbours of a mark or a full stop.

Positions are bytes. Nearly all neighbours are ASCII, where a character is one byte. For the others the code point is put
together from its bytes, and Python's string methods (`str.isspace` and so on) are called once for each distinct one.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tasks.text.arrays import Bools, Ints
    from tasks.text.buffers import TextBuffer

QUOTATION_CHARACTERS = "\"'“”„«»‘’‚`"
"""The characters that open or close a quotation; some of them are apostrophes too."""


class CharClass:
    """The classes of a character, one bit each; 0 where there is no character. (Plain numbers: arrays of enums are slow.)"""

    CHARACTER = 1
    SPACE = 2
    ALNUM = 4
    DIGIT = 8
    UPPER = 16
    LOWER = 32
    CAPITAL = 64
    """A to Z."""
    MARK = 128
    """A quotation mark or an apostrophe."""
    OPENER = 256
    """Brackets, dashes and marks that can stand before an opening single mark."""
    PUNCTUATION = 512
    """No quotation begins with these."""
    PAUSE = 1024
    """Punctuation and marks that can stand before a closing single mark."""
    CLOSER = 2048
    """Marks and brackets that belong to the sentence before them."""
    STOP = 4096
    """Ends of sentences."""
    DASH_OR_CLOSER = 8192
    """Dashes, marks and brackets that can follow a closing single mark."""
    COMMA = 16384
    BEGINS = 32768
    """Marks and brackets that a sentence can begin with."""


_LISTED = {
    QUOTATION_CHARACTERS: CharClass.MARK,
    '([{"“—–-/': CharClass.OPENER,
    ".,;:!?)": CharClass.PUNCTUATION,
    ',.!?…;:)”"': CharClass.PAUSE,
    "\"'”’)]": CharClass.CLOSER,
    ".!?…": CharClass.STOP,
    ']"”—–-': CharClass.DASH_OR_CLOSER,
    ",": CharClass.COMMA,
    "\"'“‘([": CharClass.BEGINS,
}


def _classes_of(character: str) -> int:
    classes = CharClass.CHARACTER
    for is_member, char_class in (
        (character.isspace(), CharClass.SPACE),
        (character.isalnum(), CharClass.ALNUM),
        (character.isdigit(), CharClass.DIGIT),
        (character.isupper(), CharClass.UPPER),
        (character.islower(), CharClass.LOWER),
        ("A" <= character <= "Z", CharClass.CAPITAL),
    ):
        classes |= char_class * is_member
    for characters, char_class in _LISTED.items():
        if character in characters:
            classes |= char_class
    return classes


@cache
def _ascii_classes() -> NDArray[np.uint16]:
    return np.array([_classes_of(chr(code)) for code in range(128)], np.uint16)


def classes_at(buffer: TextBuffer, positions: Ints) -> NDArray[np.uint16]:
    """The classes (bits of `CharClass`) of the characters that begin at `positions`, all before the buffer's end.

    >>> import polars as pl
    >>> from tasks.text.buffers import TextBuffer
    >>> buffer = TextBuffer.of(pl.Series(["é1 “"]))
    >>> [bool(classes & CharClass.ALNUM) for classes in classes_at(buffer, np.array([0, 2, 3, 4]))]
    [True, True, False, False]
    """
    first_bytes = buffer.data[positions]
    classes: NDArray[np.uint16] = _ascii_classes().take(first_bytes & 0x7F)
    wide = np.flatnonzero(first_bytes >= 0x80)
    if len(wide):
        size = char_sizes(first_bytes[wide])
        place = positions[wide]
        code = np.zeros(len(wide), np.uint32)
        for i in range(4):  # the character's bytes, one after the other
            code = np.where(i < size, (code << 8) | buffer.data[np.minimum(place + i, len(buffer.data) - 1)], code)
        distinct, which = np.unique(code, return_inverse=True)
        found = [_classes_of_bytes(int(one)) for one in distinct]
        classes[wide] = np.array(found, np.uint16)[which]
    return classes


@cache
def _classes_of_bytes(code: int) -> int:
    character = code.to_bytes(4, "big").lstrip(b"\0").decode("utf-8", "replace")
    return _classes_of(character) if len(character) == 1 else 0


def are_letters(buffer: TextBuffer) -> Bools:
    """Whether a letter, a digit or an underscore begins at each byte.

    >>> import polars as pl
    >>> from tasks.text.buffers import TextBuffer
    >>> are_letters(TextBuffer.of(pl.Series(["é1 …"]))).tolist()
    [True, False, True, False, False, False, False]
    """
    is_letter = ascii_letters().take(buffer.data)
    leads = np.flatnonzero(buffer.data >= 0xC0)
    is_letter[leads] = (classes_at(buffer, leads) & CharClass.ALNUM) != 0
    return is_letter


@cache
def ascii_letters() -> Bools:
    """Whether each of the 256 bytes is a letter, a digit or an underscore of ASCII."""
    return np.array([code < 128 and (chr(code).isalnum() or chr(code) == "_") for code in range(256)])


def find_bytes(data: NDArray[np.uint8], wanted: bytes) -> Ints:
    """The positions in `data` of the few bytes `wanted`.

    >>> find_bytes(np.frombuffer("so…“…".encode(), np.uint8), "…".encode()).tolist()
    [2, 8]
    """
    n = max(len(data) - len(wanted) + 1, 0)
    is_found = data[:n] == wanted[0]
    for i in range(1, len(wanted)):
        is_found &= data[i : n + i] == wanted[i]
    return np.flatnonzero(is_found)


def rows_of(buffer: TextBuffer, positions: Ints) -> Ints:
    """The text of each of the positions, which are in ascending order.

    >>> import polars as pl
    >>> from tasks.text.buffers import TextBuffer
    >>> rows_of(TextBuffer.of(pl.Series(["ab", "", "c"])), np.array([0, 1, 2])).tolist()
    [0, 0, 2]
    """
    # Looking up the texts among the positions costs a third of looking up the positions among the texts.
    bounds = np.searchsorted(positions, buffer.offsets)
    return np.repeat(np.arange(len(buffer.offsets) - 1), np.diff(bounds))


def char_sizes(first_bytes: NDArray[np.uint8]) -> Ints:
    """The number of bytes of the characters that begin with `first_bytes`.

    >>> char_sizes(np.frombuffer("aé“".encode(), np.uint8)[[0, 1, 3]]).tolist()
    [1, 2, 3]
    """
    return 1 + (first_bytes >= 0xC0).astype(np.int64) + (first_bytes >= 0xE0) + (first_bytes >= 0xF0)


def step_back(buffer: TextBuffer, positions: Ints) -> Ints:
    """The start of the character before each of `positions`; -1 before the first.

    >>> import polars as pl
    >>> from tasks.text.buffers import TextBuffer
    >>> step_back(TextBuffer.of(pl.Series(["a“b"])), np.array([4, 1, 0])).tolist()
    [1, 0, -1]
    """
    back = positions - 1
    wide = np.flatnonzero(buffer.data[np.maximum(back, 0)] >= 0x80)
    for _ in range(3):
        place = back[wide]
        back[wide] = place - ((buffer.data[np.maximum(place, 0)] & 0xC0) == 0x80)
    return back


def character_from(buffer: TextBuffer, positions: Ints) -> Ints:
    """The first position at or after each of `positions` that is not inside a character.

    >>> import polars as pl
    >>> from tasks.text.buffers import TextBuffer
    >>> character_from(TextBuffer.of(pl.Series(["a“b"])), np.array([0, 2, 3, 4, 5])).tolist()
    [0, 4, 4, 4, 5]
    """
    return _off_continuations(buffer, positions, 1)


def character_before(buffer: TextBuffer, positions: Ints) -> Ints:
    """The last position at or before each of `positions` that is not inside a character.

    >>> import polars as pl
    >>> from tasks.text.buffers import TextBuffer
    >>> character_before(TextBuffer.of(pl.Series(["a“b"])), np.array([0, 2, 3, 4, 5])).tolist()
    [0, 1, 1, 4, 5]
    """
    return _off_continuations(buffer, positions, -1)


def _off_continuations(buffer: TextBuffer, positions: Ints, step: int) -> Ints:
    last = len(buffer.data) - 1
    for _ in range(3):
        positions = positions + step * ((buffer.data[np.minimum(positions, last)] & 0xC0) == 0x80) * (positions <= last)
    return positions


_LONGEST_RUN = 32  # characters; longer runs are ornaments, and the time for each position stays bounded


def skip(buffer: TextBuffer, positions: Ints, limits: Ints, char_class: int) -> Ints:
    """The first position at or after each of `positions`, below its limit, whose character is not of `char_class`; the
    limit if there is none. Runs are followed for 32 characters.

    >>> import polars as pl
    >>> from tasks.text.buffers import TextBuffer
    >>> skip(TextBuffer.of(pl.Series(["a  b "])), np.array([0, 1, 4]), np.array([5, 5, 5]), CharClass.SPACE).tolist()
    [0, 3, 5]
    """
    reached = positions.copy()
    active = np.flatnonzero(reached < limits)
    for _ in range(_LONGEST_RUN):
        place = reached[active]
        active = active[(classes_at(buffer, place) & char_class) != 0]
        if not len(active):
            break
        reached[active] += char_sizes(buffer.data[reached[active]])
        active = active[reached[active] < limits[active]]
    return reached


def skip_back(buffer: TextBuffer, positions: Ints, limits: Ints, char_class: int) -> Ints:
    """As `skip`, backwards: the end of the last character before each position, not below its limit, that is not of
    `char_class`.

    >>> import polars as pl
    >>> from tasks.text.buffers import TextBuffer
    >>> skip_back(TextBuffer.of(pl.Series(["ab  "])), np.array([4, 1]), np.array([0, 0]), CharClass.SPACE).tolist()
    [2, 1]
    """
    reached = positions.copy()
    active = np.flatnonzero(reached > limits)
    for _ in range(_LONGEST_RUN):
        last = step_back(buffer, reached[active])
        is_member = (classes_at(buffer, last) & char_class) != 0
        active = active[is_member]
        if not len(active):
            break
        reached[active] = last[is_member]
        active = active[reached[active] > limits[active]]
    return reached
