"""Repair of text that was written as UTF-8 and read as something else, once or several times.

The unit is a run: characters beyond ASCII, one after the other, with what stands on both sides. Three questions decide.

1. Could the run be mojibake? It could if the bytes that some codec has for it are UTF-8 (`misreadings`). One such
   decoding is a reading of the run; the reading's text may be mojibake again, up to three layers deep (`readings`).
2. Is it odd as it stands, and less odd as it is read (`prose.oddity`)? The difference is the reading's gain.
3. What does the rest of the text say? A codec that explains other runs of the same text is believed sooner, and a
   codec that explains all of them, sooner still.

A text is read over until nothing changes, and each step makes it shorter or takes a control character from it; so
repairing twice is repairing once.
"""

from __future__ import annotations

import collections
import re
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from tasks.clean.ledger import Repair, Step, compose, rewrite
from tasks.clean.letters import languages_with, n_foreign
from tasks.clean.misreadings import CODECS
from tasks.clean.prose import CURRENCY, IDEOGRAPH, classify, oddity
from tasks.clean.readings import (
    Chain,
    Place,
    Reading,
    has_reading,
    is_form_enough,
    is_nonsense,
    needed_gain,
    read,
    read_as,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

_ENOUGH = 2
CALM = frozenset("‐‑‒–—―‖‗‘’“”†‡•‣․‥…")
"""Dashes, quotes and other typographic signs of which one alone between ASCII is never read as mojibake."""

_RUN = re.compile(r"[^\x00-\x7f]+(?:(?<=[âã]) [^\x00-\x7f]+)*")
"""With the space that was the second byte of three: `â €` is E2 A0 80."""


class _Evidence(NamedTuple):
    """What a text says about how it was damaged."""

    support: collections.Counter[Chain]
    """For each chain of codecs, how many distinct places it explains by itself."""
    whole: Chain | None
    """The chain that explains every place of the text, if one does."""
    refuted: frozenset[Chain]
    """Chains that would turn as many places into nonsense as into prose."""
    undamaged: bool
    """Whether there are typographic signs that are as they should be."""
    languages: frozenset[str]
    """Those whose alphabets hold every letter of the text that is as it should be; empty if there is no such letter."""


def repair_text(text: str) -> Repair:
    """`text` with mojibake undone, and the steps that did it.

    >>> repair_text("He said ‚ÄĒ no").text
    'He said — no'
    >>> repair_text("itÃ¢â‚¬â„¢s").steps[0][:6]
    (2, 10, 'Ã¢â‚¬â„¢', '’', 'mojibake', 'cp1252>cp1252')

    Clean text comes back as it is.

    >>> repair_text("«MAÇÃ», AMANHÃ…").steps
    ()

    It takes mojibake apart several layers deep (of `’` in Windows-1252, eight), joins what is left of it to what it was, and reads the control characters
    80 to 9F as Windows-1252 or Mac Roman. Lone surrogates and control characters below 80 are not its concern.
    """
    return repair_excerpt(text, beside_sound_signs=False)


def repair_excerpt(lines: str, *, beside_sound_signs: bool) -> Repair:
    """`repair_text` of a text of which only `lines` are given, namely all that hold more beyond ASCII than calm signs.

    What the repair of the whole text must know of the others is whether there is a calm sign in them.

    >>> repair_excerpt("en ‚ÄĒ no", beside_sound_signs=True).text
    'en — no'
    """
    done = Repair(lines)
    while not done.text.isascii():
        for repair in (_repair_quotes, partial(_repair_runs, calm=beside_sound_signs), _repair_c1_controls):
            more = repair(done.text)
            if more.steps:
                done = compose(lines, done, more)
                break
        else:
            break
    return done


def _repair_runs(text: str, calm: bool) -> Repair:
    places = []
    for match in _RUN.finditer(text):
        if match.group() in CALM:
            calm = True
        else:
            places.append((*match.span(), _place(text, *match.span())))
    evidence = _gather_evidence(dict.fromkeys(place for _, _, place in places), calm)
    if evidence is None:
        return Repair(text)
    steps: list[Step] = []
    for start, end, place in places:
        reading = _choose(place, evidence)
        if reading and not (steps and start - reading.takes_before < steps[-1].end):
            steps.append(_step(text, start, end, reading, evidence))
    return rewrite(text, steps)


def may_be_damaged(run: str) -> bool:
    """Whether anything here could change a run of characters beyond ASCII, wherever it stands; seldom true of sound ones.

    >>> may_be_damaged("â€™"), may_be_damaged("é"), may_be_damaged("£")
    (True, False, False)
    """
    return _C1.search(run) is not None or "â€" in run or has_reading(run)


def _place(text: str, start: int, end: int) -> Place:
    return Place(text[start - 2 if start > 1 else 0 : start], text[start:end], text[end : end + 2])


def _gather_evidence(places: Collection[Place], calm: bool) -> _Evidence | None:
    """None if no place is odd; `calm` says whether there are calm signs beside the places."""
    support: collections.Counter[Chain] = collections.Counter()
    against: collections.Counter[Chain] = collections.Counter()
    sound: set[str] = set()
    odd, undamaged = False, calm
    for place in places:
        readings = read(place)
        odd = odd or bool(readings)
        undamaged = undamaged or not (readings or place.run.isalpha())
        if not readings:
            sound.update(filter(str.isalpha, place.run))
        support.update({r.chain for r in readings if 4 * r.left <= r.gain >= needed_gain(place, r)})
    if not odd:
        return None
    for place in places:
        against.update(chain for chain in support if is_nonsense(place.run, chain))
    refuted = frozenset(chain for chain in support if against[chain] >= support[chain])
    whole = []
    for chain in () if calm else support.keys() - refuted:
        explained = [reading for place in places if (reading := read_as(place, chain))]
        if len(explained) == len(places):
            # The least odd, then the deepest: what is UTF-8 again after one layer was not so by chance.
            rank = (
                sum(r.left for r in explained),
                -len(chain),
                -support[chain],
                sum(r.unfamiliar for r in explained),
                _preference(chain),
            )
            whole.append((rank, chain))
    return _Evidence(support, min(whole)[1] if whole else None, refuted, undamaged, languages_with(sound))


def _preference(chain: Chain) -> list[int]:
    return [CODECS.index(codec) if codec in CODECS else len(CODECS) for codec in chain]


def _choose(place: Place, evidence: _Evidence) -> Reading | None:
    readings = read(place) or tuple(r for chain in evidence.support if (r := read_as(place, chain)))
    believed = [r for r in readings if r.chain not in evidence.refuted and _is_believed(place, r, evidence)]
    return min(
        believed,
        key=lambda r: (
            r.chain != evidence.whole,
            r.left,
            bool(r.scar),
            r.unread,
            r.takes_after,
            n_foreign(r.text, evidence.languages),
            -evidence.support[r.chain],
            r.unfamiliar,
            len(r.chain),
            _preference(r.chain),
        ),
        default=None,
    )


def _is_believed(place: Place, reading: Reading, evidence: _Evidence) -> bool:
    n = evidence.support[reading.chain]
    if n <= 1 and evidence.undamaged and _is_weak_inside_a_word(place, reading):
        return False
    if not n or reading.scar:
        clear = 2 * reading.left <= reading.gain or is_form_enough(place.run, reading.unread)
        return clear and reading.gain >= needed_gain(place, reading)
    if any(classify(character) == IDEOGRAPH for character in reading.text):
        return reading.gain > _ENOUGH
    if reading.left > reading.gain and reading.chain != evidence.whole:
        return False
    return reading.gain >= (0 if n >= 3 or reading.takes_after or reading.chain == evidence.whole else 1)


def _is_weak_inside_a_word(place: Place, reading: Reading) -> bool:
    """Whether the only damage of a text with sound typography is a currency sign in a word (`DrÃ¥ber`).

    A text that was misread as a whole has no sound typography, so it was not, and a sign typed there is as likely.
    """
    inside = place.before[-1:].isalpha() and place.after[:1].isalpha()
    return inside and len(place.run) == 2 and classify(place.run[1]) == CURRENCY and not reading.scar


def _step(text: str, start: int, end: int, reading: Reading, evidence: _Evidence) -> Step:
    start -= reading.takes_before
    end += reading.takes_after
    after = reading.text
    if text[end - 1] == " " and after.endswith("à") and text[end : end + 1] != " " and not _GOES_ON.match(text, end):
        after += " "  # the space between two words had gone, and the one that is left was the no-break space
    reason = f"UTF-8 read as {' and again as '.join(reading.chain)}"
    certain = reading.gain >= needed_gain(Place("", "", ""), reading) or reading.chain == evidence.whole
    if reading.scar:
        reason += f", then {reading.scar}"
    elif not certain:
        reason += f", as in {evidence.support[reading.chain]} other places of the text"
    if "\ufffd" in after:
        reason += ", a byte of it lost"
    return Step(
        start,
        end,
        text[start:end],
        after,
        "scar" if reading.scar else "mojibake",
        ">".join(reading.chain),
        "certain" if certain else "inferred",
        reason,
    )


_GOES_ON = re.compile(r"s\b(?!')|quel[aeo]|quilo")
"""What follows the Portuguese `à` without a space: às, àquele, àquilo."""

_QUOTES = re.compile(
    "(?P<opened>“|â€œ)"
    "|(?P<newline>\n)"
    "|(?P<closed>”|â€\x9d)"
    "|(?P<cut>(?<![^\0-\x7f])â€(?:\ufffd|\\?|(?=[ \n.,;:!)]|$))(?![^\0-\x7f]))"
    '|(?P<straight>â€")'
)


def _repair_quotes(text: str) -> Repair:
    """Two forms that are no UTF-8 any more, and say what they were only by what stands around them.

    Of `”` in Windows-1252, the last byte, 9D, is undefined and often lost: where the line opened a quotation, it closes.
    Of `—` and `–` in Windows-1252, a straightener makes the same `â€"`: between figures it is the en dash.
    """
    if not _BROKEN_QUOTE.search(text):
        return Repair(text)
    steps = []
    is_open = False
    for match in _QUOTES.finditer(text):
        kind, start, end = match.lastgroup, *match.span()
        if kind == "straight":
            between_figures = text[start - 1 : start].isdigit() and text[end : end + 1].isdigit()
            sign, accident = ("–" if between_figures else "—"), "its last character straightened to a quote"
        elif kind == "cut" and is_open:
            sign, accident = "”", "its last byte lost; a quotation is open here"
        else:
            is_open = kind == "opened"
            continue
        is_open = is_open and kind == "straight"
        reason = f"UTF-8 read as cp1252, {accident}"
        steps.append(Step(start, end, match.group(), sign, "scar", "cp1252", "inferred", reason))
    return rewrite(text, steps)


_BROKEN_QUOTE = re.compile("â€(?![^\0-\x7f\ufffd])")

_C1 = re.compile("[\x80-\x9f]")


def _repair_c1_controls(text: str) -> Repair:
    """Control characters 80 to 9F are bytes of another codec: of Windows-1252, unless Mac Roman makes better words."""
    found = list(_C1.finditer(text))
    if not found or _are_line_ends(text, {match.group() for match in found}):
        return Repair(text)
    signs = {codec: _signs(codec) for codec in ("cp1252", "mac_roman")}
    inside_words = [
        m.start() for m in found if text[m.start() - 1 : m.start()].isalpha() and text[m.end() : m.end() + 1].isalpha()
    ]
    codec = min(signs, key=lambda codec: sum(_oddity_at(text, place, signs[codec]) for place in inside_words))
    reason = f"a control character that has no use in text, and is this in {codec}"
    return rewrite(
        text,
        [
            Step(match.start(), match.end(), match.group(), sign, "c1_control", codec, "certain", reason)
            for match in found
            if (sign := signs[codec](match.group())) != match.group()
        ],
    )


def _are_line_ends(text: str, controls: set[str]) -> bool:
    """Whether all there is are next-line characters, 85, each between the end of a sentence and a capital."""
    return controls == {"\x85"} and text.count("\x85") == len(_NEXT_LINE.findall(text))


_NEXT_LINE = re.compile("(?<=[.!?:;\"'”’)])\x85+(?=[\"'“‘(]?[A-Z0-9])")


def _signs(codec: str) -> Callable[[str], str]:
    return lambda control: control.encode("latin-1").decode(codec, "ignore") or control


def _oddity_at(text: str, place: int, sign: Callable[[str], str]) -> int:
    around = text[max(place - 2, 0) : place].rjust(2) + sign(text[place]) + text[place + 1 : place + 2].ljust(1)
    return sum(map(oddity, around, around[1:], around[2:]))
