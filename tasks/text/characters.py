"""What single characters of a `TextBuffer` are, for rules that look at the neighbours of a mark or a full stop.

Positions are bytes. Nearly all neighbours are ASCII, and then a character is its byte. Of the others the code point is
put together from its bytes, and what Python says of it (`str.isspace` and so on) is asked once for each distinct one.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tasks.text.buffers import TextBuffer

    Bytes = NDArray[np.int64]
    """Places in a buffer."""


class Is:
    """What a character is, a bit for each; 0 where there is none. (Plain numbers: arrays of enums are slow.)"""

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
    """A bracket, dash or mark that an opening single mark may stand behind."""
    PUNCTUATION = 512
    """What no quotation begins with."""
    PAUSE = 1024
    """Punctuation and marks that a closing single mark may stand behind."""
    CLOSER = 2048
    """Marks and brackets that go with the sentence before them."""
    STOP = 4096
    """What a sentence ends with."""
    DASH_OR_CLOSER = 8192
    """Dashes, marks and brackets that may follow a closing single mark."""
    COMMA = 16384
    BEGINS = 32768
    """Marks and brackets that a sentence may begin with."""


_MARKS = "\"'“”„«»‘’‚`"
_OF_CHARACTERS = {
    _MARKS: Is.MARK,
    '([{"“—–-/': Is.OPENER,
    ".,;:!?)": Is.PUNCTUATION,
    ',.!?…;:)”"': Is.PAUSE,
    "\"'”’)]": Is.CLOSER,
    ".!?…": Is.STOP,
    ']"”—–-': Is.DASH_OR_CLOSER,
    ",": Is.COMMA,
    "\"'“‘([": Is.BEGINS,
}


def _facts_of(character: str) -> int:
    facts = Is.CHARACTER
    for holds, fact in (
        (character.isspace(), Is.SPACE),
        (character.isalnum(), Is.ALNUM),
        (character.isdigit(), Is.DIGIT),
        (character.isupper(), Is.UPPER),
        (character.islower(), Is.LOWER),
        ("A" <= character <= "Z", Is.CAPITAL),
    ):
        facts |= fact * holds
    for characters, fact in _OF_CHARACTERS.items():
        if character in characters:
            facts |= fact
    return facts


@cache
def _ascii_facts() -> NDArray[np.uint16]:
    return np.array([_facts_of(chr(code)) for code in range(128)], np.uint16)


def facts_at(buffer: TextBuffer, positions: Bytes) -> NDArray[np.uint16]:
    """What the characters that begin at `positions` are, as `Is`; none of the positions is the buffer's end.

    >>> import polars as pl
    >>> from tasks.text.buffers import TextBuffer
    >>> buffer = TextBuffer.of(pl.Series(["é1 “"]))
    >>> [bool(fact & Is.ALNUM) for fact in facts_at(buffer, np.array([0, 2, 3, 4]))]
    [True, True, False, False]
    """
    firsts = buffer.data[positions]
    facts: NDArray[np.uint16] = _ascii_facts().take(firsts & 0x7F)
    odd = np.flatnonzero(firsts >= 0x80)
    if len(odd):
        size = char_sizes(firsts[odd])
        place = positions[odd]
        code = np.zeros(len(odd), np.uint32)
        for i in range(4):  # the bytes that there are, one behind the other
            code = np.where(i < size, (code << 8) | buffer.data[np.minimum(place + i, len(buffer.data) - 1)], code)
        distinct, which = np.unique(code, return_inverse=True)
        known = [_facts_of_bytes(int(one)) for one in distinct]
        facts[odd] = np.array(known, np.uint16)[which]
    return facts


@cache
def _facts_of_bytes(code: int) -> int:
    character = code.to_bytes(4, "big").lstrip(b"\0").decode("utf-8", "replace")
    return _facts_of(character) if len(character) == 1 else 0


def are_letters(buffer: TextBuffer) -> NDArray[np.bool_]:
    """Whether a letter, a digit or an underscore begins at each byte.

    >>> import polars as pl
    >>> from tasks.text.buffers import TextBuffer
    >>> are_letters(TextBuffer.of(pl.Series(["é1 …"]))).tolist()
    [True, False, True, False, False, False, False]
    """
    is_letter = ascii_letters().take(buffer.data)
    leads = np.flatnonzero(buffer.data >= 0xC0)
    is_letter[leads] = (facts_at(buffer, leads) & Is.ALNUM) != 0
    return is_letter


@cache
def ascii_letters() -> NDArray[np.bool_]:
    """Whether each of the 256 bytes is a letter, a digit or an underscore of ASCII."""
    return np.array([code < 128 and (chr(code).isalnum() or chr(code) == "_") for code in range(256)])


def find_bytes(data: NDArray[np.uint8], wanted: bytes) -> Bytes:
    """Where in `data` the few bytes `wanted` stand.

    >>> find_bytes(np.frombuffer("so…“…".encode(), np.uint8), "…".encode()).tolist()
    [2, 8]
    """
    n = max(len(data) - len(wanted) + 1, 0)
    is_found = data[:n] == wanted[0]
    for i in range(1, len(wanted)):
        is_found &= data[i : n + i] == wanted[i]
    return np.flatnonzero(is_found)


def rows_of(buffer: TextBuffer, positions: Bytes) -> Bytes:
    """Which text each of the positions, which are in order, stands in.

    >>> import polars as pl
    >>> from tasks.text.buffers import TextBuffer
    >>> rows_of(TextBuffer.of(pl.Series(["ab", "", "c"])), np.array([0, 1, 2])).tolist()
    [0, 0, 2]
    """
    # Looking up the texts among the positions costs a third of looking up the positions among the texts.
    bounds = np.searchsorted(positions, buffer.offsets)
    return np.repeat(np.arange(len(buffer.offsets) - 1), np.diff(bounds))


def char_sizes(first_bytes: NDArray[np.uint8]) -> NDArray[np.int64]:
    """How many bytes the characters have that begin with `first_bytes`.

    >>> char_sizes(np.frombuffer("aé“".encode(), np.uint8)[[0, 1, 3]]).tolist()
    [1, 2, 3]
    """
    return 1 + (first_bytes >= 0xC0).astype(np.int64) + (first_bytes >= 0xE0) + (first_bytes >= 0xF0)


def step_back(buffer: TextBuffer, positions: Bytes) -> Bytes:
    """Where the characters begin that end before `positions`; -1 before the first.

    >>> import polars as pl
    >>> from tasks.text.buffers import TextBuffer
    >>> step_back(TextBuffer.of(pl.Series(["a“b"])), np.array([4, 1, 0])).tolist()
    [1, 0, -1]
    """
    back = positions - 1
    odd = np.flatnonzero(buffer.data[np.maximum(back, 0)] >= 0x80)
    for _ in range(3):
        place = back[odd]
        back[odd] = place - ((buffer.data[np.maximum(place, 0)] & 0xC0) == 0x80)
    return back


def character_from(buffer: TextBuffer, positions: Bytes) -> Bytes:
    """The first position from each of `positions` on that no character lies across.

    >>> import polars as pl
    >>> from tasks.text.buffers import TextBuffer
    >>> character_from(TextBuffer.of(pl.Series(["a“b"])), np.array([0, 2, 3, 4, 5])).tolist()
    [0, 4, 4, 4, 5]
    """
    return _off_continuations(buffer, positions, 1)


def character_before(buffer: TextBuffer, positions: Bytes) -> Bytes:
    """The last position up to each of `positions` that no character lies across.

    >>> import polars as pl
    >>> from tasks.text.buffers import TextBuffer
    >>> character_before(TextBuffer.of(pl.Series(["a“b"])), np.array([0, 2, 3, 4, 5])).tolist()
    [0, 1, 1, 4, 5]
    """
    return _off_continuations(buffer, positions, -1)


def _off_continuations(buffer: TextBuffer, positions: Bytes, step: int) -> Bytes:
    last = len(buffer.data) - 1
    for _ in range(3):
        positions = positions + step * ((buffer.data[np.minimum(positions, last)] & 0xC0) == 0x80) * (positions <= last)
    return positions


_LONGEST_RUN = 32  # characters; what is longer is an ornament, and the time that a walk takes stays bounded


def skip(buffer: TextBuffer, positions: Bytes, limits: Bytes, fact: int) -> Bytes:
    """The first position from each of `positions` on, below its limit, whose character lacks `fact`; the limit if there
    is none. Runs are followed for 32 characters.

    >>> import polars as pl
    >>> from tasks.text.buffers import TextBuffer
    >>> skip(TextBuffer.of(pl.Series(["a  b "])), np.array([0, 1, 4]), np.array([5, 5, 5]), Is.SPACE).tolist()
    [0, 3, 5]
    """
    reached = positions.copy()
    walking = np.flatnonzero(reached < limits)
    for _ in range(_LONGEST_RUN):
        place = reached[walking]
        walking = walking[(facts_at(buffer, place) & fact) != 0]
        if not len(walking):
            break
        reached[walking] += char_sizes(buffer.data[reached[walking]])
        walking = walking[reached[walking] < limits[walking]]
    return reached


def skip_back(buffer: TextBuffer, positions: Bytes, limits: Bytes, fact: int) -> Bytes:
    """As `skip` the other way: the end of the last character before each position, not below its limit, that lacks `fact`.

    >>> import polars as pl
    >>> from tasks.text.buffers import TextBuffer
    >>> skip_back(TextBuffer.of(pl.Series(["ab  "])), np.array([4, 1]), np.array([0, 0]), Is.SPACE).tolist()
    [2, 1]
    """
    reached = positions.copy()
    walking = np.flatnonzero(reached > limits)
    for _ in range(_LONGEST_RUN):
        last = step_back(buffer, reached[walking])
        has_fact = (facts_at(buffer, last) & fact) != 0
        walking = walking[has_fact]
        if not len(walking):
            break
        reached[walking] = last[has_fact]
        walking = walking[reached[walking] > limits[walking]]
    return reached
