"""What a run of characters beyond ASCII may have been, and what speaks for each reading."""

from __future__ import annotations

from functools import lru_cache, wraps
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from tasks.clean.letters import is_word, unfamiliarity
from tasks.clean.misreadings import (
    CODECS,
    EAST_ASIAN_CODECS,
    UTF8,
    UTF8_OR_LOSSY,
    byte_table,
    decode_east_asian,
    decode_utf8,
)
from tasks.clean.prose import (
    ACCENT,
    IDEOGRAPH,
    LOWER,
    MARK,
    MATHS,
    PICTURE,
    QUOTE,
    REFERENCE,
    UNCASED,
    UPPER,
    classify,
    is_prose,
    oddity,
)
from tasks.clean.scars import scar_table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

T = TypeVar("T")

_MAX_LAYERS = 3
_ENOUGH = 2
"""What a reading must gain to be believed by itself: one thing that prose does not do, or two that are rare."""

Chain = tuple[str, ...]


class Place(NamedTuple):
    """A run with the two characters before it and the two after it."""

    before: str
    run: str
    after: str


class Reading(NamedTuple):
    """What a place may have been."""

    text: str
    chain: Chain
    gain: int
    """How much less odd the text is if this is true."""
    left: int
    """How odd it still is."""
    unfamiliar: int
    """How many of its letter pairs are not attested: where two readings are equally odd."""
    unread: int
    """How many characters of the run stay as they are."""
    takes_before: int = 0
    """How many ASCII characters before the run are part of the damage: a straightened quote."""
    takes_after: int = 0
    """How many after it: a straightened quote, or a no-break space A0 that had become plain."""
    scar: str = ""
    """What had befallen the mojibake, if it is a scar."""


class _Decoded(NamedTuple):
    text: str
    characters: str
    """What was decoded, without what was not."""
    unread: int
    lost: int
    """How many bytes besides the lead byte a lost one took with it."""


_SHORT = 64
"""Runs up to this long come again and are worth remembering; those of megabytes, in hostile text, are not."""


def remember(size: int) -> Callable[[Callable[..., T]], Callable[..., T]]:
    """A decorator for a function of a run, or of a place, and maybe more: its last `size` results for short runs are kept.

    >>> remember(10)(len)("é")
    1
    """

    def decorate(function: Callable[..., T]) -> Callable[..., T]:
        remembered = lru_cache(size)(function)

        @wraps(function)
        def ask(subject: str | Place, *details: object) -> T:
            run = subject if isinstance(subject, str) else subject.run
            return remembered(subject, *details) if len(run) <= _SHORT else function(subject, *details)

        return ask

    return decorate


@remember(1 << 16)
def read(place: Place) -> tuple[Reading, ...]:
    """Every reading under which a place is not odder than before; none if it is not odd.

    >>> [(reading.text, reading.chain) for reading in read(Place(" ", "ÔÇö", " ")) if reading.text == "—"]
    [('—', ('cp850',)), ('—', ('cp852',))]
    >>> read(Place("t ", "—", " w"))
    ()
    """
    odd = _measure(place.before, place.run, place.after)
    if not odd:
        return ()
    readings = [*_read_scars(place, odd), *_read_east_asian(place, odd)]
    for chain, decoded, took_space in _decodings(place.run, place.after, ()):
        if took_space and place.before[-1:].isalpha() and classify(decoded.text[0]) == PICTURE:
            continue  # Inari Sami, `demokraattisâš täsiväldi`, is no warning sign
        reading = _weigh(place, odd, chain, decoded, took_space)
        if reading.gain >= 0:
            readings.append(reading)
    return tuple(readings)


@remember(1 << 16)
def read_as(place: Place, chain: Chain) -> Reading | None:
    """The reading of a place under one chain of codecs, if that explains the whole run.

    >>> read_as(Place("s", "ń", "o"), ("mac_latin2",)) is None
    True
    """
    run, took_space = place.run, False
    decoded = None
    for codec in chain:
        decoded = _decode(run, codec)
        if codec == chain[0] and place.after[:1] == " " and (decoded is None or decoded.unread):
            decoded = _decode(run + " ", codec)
            took_space = True
            if decoded and not _takes_space(decoded, place.after[1:2]):
                return None
        if decoded is None or decoded.unread:
            return None
        run = decoded.text
    if decoded is None or not all(map(is_prose, run)):
        return None
    reading = _weigh(place, _measure(place.before, place.run, place.after), chain, decoded, took_space)
    return reading if reading.gain >= 0 else None


@remember(1 << 16)
def is_nonsense(run: str, chain: Chain) -> bool:
    """Whether a run has the form of UTF-8 under a chain, but stands for what no prose holds.

    >>> is_nonsense("┼┐", ("cp437",))  # ſ
    True
    """
    for codec in chain:
        decoded = _decode(run, codec)
        if decoded is None or decoded.unread:
            return False
        run = decoded.text
    return not all(map(is_prose, run))


@remember(1 << 16)
def has_reading(run: str) -> bool:
    """Whether `read` could find a reading of a run at any place.

    >>> has_reading("Ã©"), has_reading("é")
    (True, False)
    """
    return (
        any(_decode(form, codec) for codec in CODECS for form in (run, run + " "))
        or any(scar.strip("'\"") in run for scar in scar_table())
        or any(True for _ in _read_east_asian(Place("", run, ""), 0))
    )


def needed_gain(place: Place, reading: Reading) -> int:
    """What a reading must gain to be believed without help from the rest of the text.

    More, where a byte would be lost, or one character would stand alone that seldom does, or beside letters that it is
    not known beside; and for each further layer.
    """
    needed = _ENOUGH + ("\ufffd" in reading.text)
    if len(reading.text) == 1:
        lone = not (place.before[-1:].isalnum() or place.after[:1].isalnum())
        needed += 2 * (classify(reading.text) == MARK and place.before[-1:].isalpha())
        needed += (lone and _seldom_stands_alone(reading.text)) or reading.unfamiliar > 1
    return needed + len(reading.chain) - 1


def _seldom_stands_alone(character: str) -> bool:
    kind = classify(character)
    return kind in {QUOTE, ACCENT, MATHS, IDEOGRAPH} or (kind in {UPPER, LOWER, UNCASED} and not is_word(character))


def _measure(before: str, run: str, after: str) -> int:
    text = before.rjust(2) + run + (after[:1] or " ")
    return sum(map(oddity, text, text[1:], text[2:]))


def _weigh(place: Place, odd: int, chain: Chain, decoded: _Decoded, took_space: bool) -> Reading:
    text = decoded.text
    after = place.after
    if took_space:
        after = " " if text[-1] == "à" or after[1:2] > "\x7f" else after[1:]
    left = _measure(place.before, text, after) + decoded.lost
    gain = odd - left
    if gain > 0 and not took_space and len(place.run) >= 3 * len(text) and classify(text[0]) != IDEOGRAPH:
        gain += 1  # three bytes in the form of UTF-8 are less likely to be chance than two
    unfamiliar = unfamiliarity(place.before[-1:] + text + after[:1])
    return Reading(text, chain, gain, left, unfamiliar, decoded.unread, takes_after=int(took_space))


def _decodings(run: str, after: str, chain: Chain) -> Iterator[tuple[Chain, _Decoded, bool]]:
    """Each decoding of a run through up to three layers, and whether it took the space after the run."""
    for codec in CODECS:
        if after[:1] == " ":
            decoded = _decode(run + " ", codec)
            if decoded and _takes_space(decoded, after[1:2]):
                yield (*chain, codec), decoded, True
        decoded = _decode(run, codec)
        if decoded is None or (chain and decoded.unread):
            continue  # what lay under one layer lies under the next
        if all(map(is_prose, decoded.characters)) or is_form_enough(run, decoded.unread):
            yield (*chain, codec), decoded, False
        if len(chain) + 1 < _MAX_LAYERS and 4 * len(decoded.text) <= 3 * len(run) and not decoded.text.isascii():
            yield from _decodings(decoded.text, "", (*chain, codec))


def is_form_enough(run: str, unread: int) -> bool:
    """Whether a run is UTF-8 from end to end for too long to be so by chance, whatever it stands for.

    Layers deeper than the third still hold what no prose does after three are gone.
    """
    return not unread and len(run) >= 16


def _takes_space(decoded: _Decoded, after: str) -> bool:
    """Whether a decoding may end in a no-break space that had become plain: `à` may, or a letter before the next."""
    last = decoded.text[-1]
    if decoded.unread or last == " " or classify(last) in {IDEOGRAPH, REFERENCE}:
        return False
    return (last in "à\xa0" or after.isalpha()) and all(map(is_prose, decoded.characters))


@remember(1 << 16)
def _decode(run: str, codec: str) -> _Decoded | None:
    characters = run.translate(byte_table(codec))
    form = UTF8
    if "\ufffd" in run:
        characters = "".join(["\x1a" if own == "\ufffd" else byte for byte, own in zip(characters, run, strict=True)])
        form = UTF8_OR_LOSSY
    pieces: list[str] = []
    decoded = []
    done = lost = 0
    unread = ""
    for match in form.finditer(characters):
        if "\x1a" in match.group():
            text = "\ufffd"
            lost += len(match.group()) - 1 - match.group().count("\x1a")
        else:
            text = decode_utf8(match.group())
        rest = run[done : match.start()]
        unread += rest
        pieces += rest, text
        decoded.append(text)
        done = match.end()
    if not decoded:
        return None
    rest = run[done:]
    unread = (unread + rest).replace(" ", "")
    return _Decoded("".join([*pieces, rest]), "".join(decoded), len(unread), lost)


def _read_scars(place: Place, odd: int) -> Iterator[Reading]:
    before, run, after = place
    text = before[-1:] + run + after[:1]
    begin, end = len(before[-1:]), len(before[-1:]) + len(run)
    for start in range(end):
        for stop in (start + 3, start + 2):
            scar = scar_table().get(text[start:stop])
            if scar is None or stop > len(text):
                continue
            whole = text[min(start, begin) : start] + scar.sign + text[stop : max(stop, end)]
            rest = after[1:] if stop > end else after
            left = _measure(before[:-1] if start < begin else before, whole, rest)
            takes = int(start < begin), int(stop > end)
            yield Reading(whole, (scar.codec,), odd - left, left, 0, len(whole) - 1, *takes, scar.accident)


def _read_east_asian(place: Place, odd: int) -> Iterator[Reading]:
    """A run of ideographs in a Latin text that is UTF-8 for typographic signs, and maybe the letter they swallowed."""
    before, run, after = place
    if len(run) > 4 or any(classify(character) != IDEOGRAPH for character in run):
        return
    for codec in EAST_ASIAN_CODECS:
        text = decode_east_asian(run, codec)
        if text and not any(classify(character) == IDEOGRAPH or not is_prose(character) for character in text):
            left = _measure(before, text, after)
            yield Reading(text, (codec,), odd - left + _ENOUGH, left, 0, 0)
