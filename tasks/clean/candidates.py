"""What a run of characters beyond ASCII may have been, and what speaks for each reading."""

from __future__ import annotations

from functools import lru_cache, wraps
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from tasks.clean.codecs import (
    CODECS,
    EAST_ASIAN_CODECS,
    UTF8,
    UTF8_OR_LOSSY,
    byte_table,
    decode_east_asian,
    decode_utf8,
    lead_pattern,
)
from tasks.clean.lossy_forms import scar_table
from tasks.clean.orthography import is_word, unfamiliarity
from tasks.clean.prose import (
    ACCENT,
    DIGIT,
    IDEOGRAPH,
    LOWER,
    MARK,
    MATHS,
    OTHER_SIGN,
    PICTURE,
    QUOTE,
    REFERENCE,
    UNCASED,
    UPPER,
    classify,
    is_prose,
    oddity,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

T = TypeVar("T")

_MAX_LAYERS = 3
_ENOUGH = 2
"""What a reading must gain to be believed by itself: one thing that prose does not do, or two that are rare."""

Chain = tuple[str, ...]


class NonAsciiRun(NamedTuple):
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
        def ask(subject: str | NonAsciiRun, *details: object) -> T:
            run = subject if isinstance(subject, str) else subject.run
            return remembered(subject, *details) if len(run) <= _SHORT else function(subject, *details)

        return ask

    return decorate


@remember(1 << 16)
def generalize(place: NonAsciiRun) -> NonAsciiRun:
    """The place without what makes no difference to its readings, so that many places are one.

    Of the second character before, rules ask whether it is a letter, and a small one. The second one after counts if
    the first may belong to the damage: a quote, or a space that the run may take.

    >>> generalize(NonAsciiRun("it", "â€™", "s ")), generalize(NonAsciiRun("l ", "â€”", " b"))
    (NonAsciiRun(before='at', run='â€™', after='s'), NonAsciiRun(before='a ', run='â€”', after=' '))
    >>> generalize(NonAsciiRun("t'", "ÄĒ", " b"))
    NonAsciiRun(before="t'", run='ÄĒ', after=' ')
    """
    before, run, after = place
    if len(run) > _SHORT:
        return place
    if len(before) == 2 and before[1] < "\x80" and before[1] not in _STRAIGHT_QUOTES:
        second = before[0]
        before = ("a" if second.islower() else "A") if second.isalpha() else " "
        before += place.before[1]
    if (
        len(after) == 2
        and after[1] < "\x80"
        and not (after[0] in _STRAIGHT_QUOTES or (after[0] == " " and _may_take_space(run)))
    ):
        after = after[0]
    return NonAsciiRun(before, run, after)


_STRAIGHT_QUOTES = "'\""


@remember(1 << 16)
def _may_take_space(run: str) -> bool:
    """Whether there may be a no-break space after a run, or what a layer makes of it, that had become plain."""
    layers = (_decode(run, codec) for codec in CODECS)
    return bool(_decodings_with_space(run)) or any(
        _may_take_space(decoded.text) for decoded in layers if decoded and not decoded.unread
    )


@remember(1 << 16)
def read(place: NonAsciiRun) -> tuple[Reading, ...]:
    """Every reading under which a place is not odder than before; none if it is not odd.

    >>> [(reading.text, reading.chain) for reading in read(NonAsciiRun(" ", "ÔÇö", " ")) if reading.text == "—"]
    [('—', ('cp850',)), ('—', ('cp852',))]
    >>> read(NonAsciiRun("t ", "—", " w"))
    ()
    """
    odd = _measure(place.before, place.run, place.after)
    if not odd:
        return ()
    readings = [*_read_scars(place, odd), *_read_east_asian(place, odd)]
    readings += (_weigh(place, odd, chain, decoded, took_space=False) for chain, decoded in _decodings(place.run))
    if place.after[:1] == " ":
        for codec, decoded in _decodings_with_space(place.run):
            if not _takes_space(decoded, place.after[1:2]):
                continue
            if place.before[-1:].isalpha() and classify(decoded.text[0]) == PICTURE:
                continue  # Inari Sami, `demokraattisâš täsiväldi`, is no warning sign
            readings.append(_weigh(place, odd, (codec,), decoded, took_space=True))
    return tuple(reading for reading in readings if reading.gain >= 0)


@remember(1 << 16)
def read_as(place: NonAsciiRun, chain: Chain) -> Reading | None:
    """The reading of a place under one chain of codecs, if that explains the whole run.

    >>> read_as(NonAsciiRun("s", "ń", "o"), ("mac_latin2",)) is None
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
    reading = _weigh(place, _measure(place.before, place.run, place.after), chain, decoded, took_space=took_space)
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

    >>> has_reading("Ã©"), has_reading("é"), has_reading("’”")
    (True, False, False)
    """
    return (
        any(_decode(run, codec) for codec in CODECS)
        or bool(_decodings_with_space(run))
        or any(scar.strip("'\"") in run for scar in scar_table())
        or any(True for _ in _read_east_asian(NonAsciiRun("", run, ""), 0))
    )


def needed_gain(place: NonAsciiRun, reading: Reading) -> int:
    """What a reading must gain to be believed without help from the rest of the text.

    More, where a byte would be lost, or one character would stand alone that seldom does, or beside letters that it is
    not known beside; for each further layer; and for each character of a word that is mojibake in part only, if the
    other part becomes no sign or Latin letter: what misreads a text does not stop within a word, but chance does (вперёд).
    """
    needed = _ENOUGH + ("\ufffd" in reading.text)
    if reading.unread and " " not in place.run and any(map(_is_outlandish, set(reading.text) - set(place.run))):
        needed += reading.unread
    kind = classify(reading.text[0])
    needed += 2 * (kind == MARK and place.before[-1:].isalpha())
    if len(reading.text) == 1:
        lone = not (place.before[-1:].isalnum() or place.after[:1].isalnum())
        # Žďár is a town, and a syllable of Korean before an r.
        needed += 2 * (kind == IDEOGRAPH and (place.before[-1:].isalpha() or place.after[:1].isalpha()))
        needed += (lone and _seldom_stands_alone(reading.text)) or reading.unfamiliar > 1
    return needed + len(reading.chain) - 1


def _is_outlandish(character: str) -> bool:
    """Whether a character is of one script or calling only, and neither a Latin letter nor a sign of common use."""
    return character > "\u036f" and classify(character) in _OF_A_SCRIPT


_OF_A_SCRIPT = frozenset({UPPER, LOWER, UNCASED, IDEOGRAPH, MARK, DIGIT, OTHER_SIGN, PICTURE})


def _seldom_stands_alone(character: str) -> bool:
    kind = classify(character)
    if kind == OTHER_SIGN:
        return "\u0370" <= character <= "\u1fff"  # punctuation of scripts of the East
    return kind in {QUOTE, ACCENT, MATHS, IDEOGRAPH} or (kind in {UPPER, LOWER, UNCASED} and not is_word(character))


def _measure(before: str, run: str, after: str) -> int:
    text = before.rjust(2) + run + (after[:1] or " ")
    return sum(map(oddity, text, text[1:], text[2:]))


def _weigh(place: NonAsciiRun, odd: int, chain: Chain, decoded: _Decoded, *, took_space: bool) -> Reading:
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


@remember(1 << 16)
def _decodings(run: str) -> tuple[tuple[Chain, _Decoded], ...]:
    """Each decoding of a run, through up to three layers."""
    return tuple(_decode_layers(run, ()))


@remember(1 << 16)
def _decodings_with_space(run: str) -> tuple[tuple[str, _Decoded], ...]:
    """Each decoding of a run and a space after it, if that may have been a no-break space at all, and its codec."""
    decodings = ((codec, _decode(run + " ", codec)) for codec in CODECS)
    return tuple((codec, decoded) for codec, decoded in decodings if decoded and _takes_space(decoded, "a"))


def _decode_layers(run: str, chain: Chain) -> Iterator[tuple[Chain, _Decoded]]:
    for codec in CODECS:
        decoded = _decode(run, codec)
        if decoded is None or (chain and decoded.unread):
            continue  # what lay under one layer lies under the next
        if all(map(is_prose, decoded.characters)) or is_form_enough(run, decoded.unread):
            yield (*chain, codec), decoded
        if decoded.unread:
            continue  # what has no byte under one layer has none under the next
        if len(chain) + 1 < _MAX_LAYERS and 4 * len(decoded.text) <= 3 * len(run) and not decoded.text.isascii():
            yield from _decode_layers(decoded.text, (*chain, codec))


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
    if not lead_pattern(codec).search(run):
        return None
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


def _read_scars(place: NonAsciiRun, odd: int) -> Iterator[Reading]:
    before, run, after = place
    text = before[-1:] + run + after[:1]
    begin, end = len(before[-1:]), len(before[-1:]) + len(run)
    scars = scar_table()
    for start in range(end):
        for stop in (start + 3, start + 2):
            scar = scars.get(text[start:stop])
            if scar is None or stop > len(text):
                continue
            whole = text[min(start, begin) : start] + scar.sign + text[stop : max(stop, end)]
            rest = after[1:] if stop > end else after
            left = _measure(before[:-1] if start < begin else before, whole, rest)
            takes = int(start < begin), int(stop > end)
            yield Reading(whole, (scar.codec,), odd - left, left, 0, len(whole) - 1, *takes, scar.accident)


def _read_east_asian(place: NonAsciiRun, odd: int) -> Iterator[Reading]:
    """A run of ideographs in a Latin text that is UTF-8 for typographic signs, and maybe the letter they swallowed."""
    before, run, after = place
    if len(run) > 4 or any(classify(character) != IDEOGRAPH for character in run):
        return
    for codec in EAST_ASIAN_CODECS:
        text = decode_east_asian(run, codec)
        if text and not any(classify(character) == IDEOGRAPH or not is_prose(character) for character in text):
            left = _measure(before, text, after)
            yield Reading(text, (codec,), odd - left + _ENOUGH, left, 0, 0)
