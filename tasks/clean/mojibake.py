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

import re
from functools import lru_cache, partial
from itertools import repeat
from typing import TYPE_CHECKING, NamedTuple

from tasks.clean.candidates import (
    Chain,
    NonAsciiRun,
    Reading,
    generalize,
    has_reading,
    is_form_enough,
    is_nonsense,
    needed_gain,
    read,
    read_as,
    remember,
)
from tasks.clean.codecs import CODECS, EAST_ASIAN_CODECS
from tasks.clean.orthography import languages_with, n_foreign, script
from tasks.clean.prose import CURRENCY, IDEOGRAPH, UNCASED, classify, oddity
from tasks.clean.repairs import Repair, Step, compose, rewrite

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

_ENOUGH = 2
SAFE_PUNCTUATION = frozenset("‐‑‒–—―‖‗‘’“”†‡•‣․‥…")
"""Dashes, quotes and other typographic signs of which one alone between ASCII is never read as mojibake."""

_RUN = re.compile(r"[^\x00-\x7f]+(?:(?<=[âã]) [^\x00-\x7f]+)*")
"""With the space that was the second byte of three: `â €` is E2 A0 80."""


class _Testimony(NamedTuple):
    """What one place says about how its text was damaged."""

    is_odd: bool
    chains: tuple[Chain, ...]
    """Those that explain it without help."""
    letters: str
    """Its letters, if they are as they should be."""
    is_sound_sign: bool
    """Whether it is a typographic sign that is as it should be."""


class _Verdict(NamedTuple):
    """What decides, in one text, between the readings of a place. Many texts share one, so that it is asked but once."""

    trust: frozenset[tuple[Chain, int]]
    """How many distinct places each chain of codecs explains by itself; from three on, their rank is what counts."""
    whole: Chain | None
    """The chain that explains every place of the text, if one does."""
    refuted: frozenset[Chain]
    """Chains that would turn as many places into nonsense as into prose."""
    undamaged: bool
    """Whether there are typographic signs that are as they should be."""
    languages: frozenset[str]
    """Those whose alphabets hold every letter of the text that is as it should be; empty if there is no such letter."""
    scripts: frozenset[str]
    """The scripts of these letters."""


class _Outcome(NamedTuple):
    """What becomes of a place: all of the step but where it is."""

    takes_before: int
    takes_after: int
    after: str
    kind: str
    codec_chain: str
    confidence: str
    reason: str
    chain: Chain
    needs_witnesses: bool
    """Whether other places of the text had to speak for it."""
    is_final: bool
    """Whether all that it changes is the run, and nothing is left in it that could be read over."""


def repair_text(text: str) -> Repair:
    """`text` with mojibake undone, and the steps that did it.

    >>> repair_text("He said ‚ÄĒ no").text
    'He said — no'
    >>> repair_text("itÃ¢â‚¬â„¢s").steps[0][:6]
    (2, 10, 'Ã¢â‚¬â„¢', '’', 'mojibake', 'cp1252>cp1252')

    Clean text comes back as it is.

    >>> repair_text("«MAÇÃ», AMANHÃ…").steps
    ()

    It takes mojibake apart many layers deep (of `’` in Windows-1252, twelve), joins what is left of it to what it was, and
    reads the control characters 80 to 9F as Windows-1252 or Mac Roman. Lone surrogates and control characters below 80 are not its concern.
    """
    if text.isascii():
        return Repair(text)
    done = Repair(text)
    while _is_suspicious(done.text):
        more = _repair_quotes(done.text) or _repair_runs(done.text) or _repair_c1_controls(done.text)
        if not more:
            break
        done = compose(text, done, rewrite(done.text, more))
    return done


class PlacesRepaired(NamedTuple):
    """What `repair_text` makes of a text, told from its places alone."""

    steps: list[Step]
    stays: list[str]
    """The runs that are as they were."""


def repair_places(
    starts: Sequence[int], places: Sequence[NonAsciiRun], *, beside_calm_signs: bool
) -> PlacesRepaired | None:
    """The repair of a text of which the places of all runs but calm signs are given, and where their runs start.

    None where the places do not tell it: the rest of the text has a say, or it must be read over. That is seldom.

    >>> repair_places([3], [NonAsciiRun("n ", "‚ÄĒ", " n")], beside_calm_signs=False).steps[0][:4]
    (3, 6, '‚ÄĒ', '—')
    >>> repair_places([2], [NonAsciiRun("so", "â€", "? ")], beside_calm_signs=False) is None
    True
    """
    runs = [place.run for place in places]
    if _BROKEN_QUOTE.search("\n".join(runs)):
        return None
    support, outcomes = _decide_all(places, beside_calm_signs)
    steps: list[Step] = []
    stays: list[str] = []
    for start, run, outcome in zip(starts, runs, map(outcomes.__getitem__, places), strict=True):
        if outcome is None:
            stays.append(run)
        elif outcome.is_final:
            reason = _reason(outcome, support)
            steps.append(Step(start, start + len(run), run, *outcome[2:6], reason))
        else:
            return None
    if any(map(may_be_damaged, stays)) if steps else _C1.search("\n".join(runs)):
        return None
    return PlacesRepaired(steps, stays)


def _is_suspicious(text: str) -> bool:
    return any(map(may_be_damaged, set(_RUN.findall(text)) - SAFE_PUNCTUATION))


@remember(1 << 16)
def may_be_damaged(run: str) -> bool:
    """Whether anything here could change a run of characters beyond ASCII, wherever it stands; seldom true of sound ones.

    >>> may_be_damaged("â€™"), may_be_damaged("é"), may_be_damaged("£")
    (True, False, False)
    """
    return _C1.search(run) is not None or "â€" in run or has_reading(run)


def _repair_runs(text: str) -> list[Step]:
    places = []
    calm = False
    for match in _RUN.finditer(text):
        if match.group() in SAFE_PUNCTUATION:
            calm = True
        else:
            places.append((*match.span(), _place(text, *match.span())))
    support, outcomes = _decide_all([place for _, _, place in places], calm)
    steps: list[Step] = []
    for start, end, place in places:
        outcome = outcomes[place]
        if outcome and not (steps and start - outcome.takes_before < steps[-1].end):
            steps.append(_step(text, start, end, outcome, _reason(outcome, support)))
    return steps


def _place(text: str, start: int, end: int) -> NonAsciiRun:
    before, after = text[start - 2 if start > 1 else 0 : start], text[end : end + 2]
    if "\n" in before or "\n" in after:  # the line before and the one after say nothing
        before, after = before.rpartition("\n")[2], after.partition("\n")[0]
    return NonAsciiRun(before, text[start:end], after)


def _decide_all(
    places: Iterable[NonAsciiRun], calm: bool
) -> tuple[Mapping[Chain, int], Mapping[NonAsciiRun, _Outcome | None]]:
    """How many distinct places of a text each chain explains, and what becomes of each; `calm`: are there signs beside?"""
    distinct = dict.fromkeys(places)
    kinds = [*map(generalize, distinct)]
    support, verdict = _judge(kinds, calm)
    outcomes = map(_decider(verdict), kinds) if verdict else repeat(None, len(kinds))
    return support, dict(zip(distinct, outcomes, strict=True))


@remember(1 << 16)
def _testify(place: NonAsciiRun) -> _Testimony:
    readings = read(place)
    return _Testimony(
        bool(readings),
        tuple(dict.fromkeys(r.chain for r in readings if 4 * r.left <= r.gain >= needed_gain(place, r))),
        "" if readings else "".join(filter(str.isalpha, place.run)),
        not (readings or place.run.isalpha()),
    )


def _judge(places: Collection[NonAsciiRun], calm: bool) -> tuple[dict[Chain, int], _Verdict | None]:
    """How many places each chain explains, and the verdict, None if no place is odd."""
    support: dict[Chain, int] = {}
    letters: set[str] = set()
    odd, undamaged = False, calm
    for place in places:
        is_odd, chains, own_letters, is_sound_sign = _testify(place)
        odd |= is_odd
        undamaged |= is_sound_sign
        letters.update(own_letters)
        for chain in chains:
            support[chain] = support.get(chain, 0) + 1
    if not odd:
        return support, None
    refuted = frozenset(
        chain
        for chain, n in support.items()
        if 2 * n <= len(places)  # the others are too few to refute it
        and sum(is_nonsense(place.run, chain) for place in places) >= n
    )
    whole = None if calm else _explain_all(places, support, support.keys() - refuted)
    ranks = {n: 3 + rank for rank, n in enumerate(sorted({n for n in support.values() if n >= 3}))}
    trust = frozenset((chain, ranks.get(n, n)) for chain, n in support.items())
    return support, _Verdict(trust, whole, refuted, undamaged, languages_with(letters), frozenset(map(script, letters)))


def _explain_all(
    places: Collection[NonAsciiRun], support: Mapping[Chain, int], chains: Collection[Chain]
) -> Chain | None:
    """Of the chains that explain every place, the one that leaves the least odd.

    Then the deepest, since what is UTF-8 again after one layer was not so by chance.
    """
    ranked = []
    for chain in chains:
        left = unfamiliar = 0
        for place in places:
            reading = read_as(place, chain)
            if reading is None:
                break
            left += reading.left
            unfamiliar += reading.unfamiliar
        else:
            ranked.append((left, -len(chain), -support[chain], unfamiliar, _preference(chain), chain))
    return min(ranked)[-1] if ranked else None


@lru_cache(256)
def _decider(verdict: _Verdict) -> Callable[[NonAsciiRun], _Outcome | None]:
    """What becomes of each place under a verdict, as a function that remembers."""
    return remember(1 << 12)(partial(_decide, verdict=verdict, trust=dict(verdict.trust)))


def _decide(place: NonAsciiRun, verdict: _Verdict, trust: Mapping[Chain, int]) -> _Outcome | None:
    reading = _choose(place, verdict, trust)
    if reading is None:
        return None
    certain = reading.gain >= needed_gain(NonAsciiRun("", place.run, ""), reading) or reading.chain == verdict.whole
    reason = f"UTF-8 read as {' and again as '.join(reading.chain)}"
    if reading.scar:
        reason += f", then {reading.scar}"
    if "\ufffd" in reading.text:
        reason += ", a byte of it lost"
    return _Outcome(
        reading.takes_before,
        reading.takes_after,
        reading.text,
        "scar" if reading.scar else "mojibake",
        ">".join(reading.chain),
        "certain" if certain else "inferred",
        reason,
        reading.chain,
        not (certain or reading.scar),
        not (
            reading.takes_before or reading.takes_after or _goes_on(reading.text, place) or _is_suspicious(reading.text)
        ),
    )


def _goes_on(text: str, place: NonAsciiRun) -> bool:
    """Whether the text in a place would be one run with that after the next space (see `_RUN`)."""
    return text[-1:] in "âã" and place.after[:1] == " " and place.after[1:2] > "\x7f"


def _reason(outcome: _Outcome, support: Mapping[Chain, int]) -> str:
    if not outcome.needs_witnesses:
        return outcome.reason
    return f"{outcome.reason}, as in {support.get(outcome.chain, 0)} other places of the text"


@lru_cache(1 << 12)
def _preference(chain: Chain) -> tuple[int, ...]:
    return tuple(CODECS.index(codec) if codec in CODECS else len(CODECS) for codec in chain)


def _choose(place: NonAsciiRun, verdict: _Verdict, trust: Mapping[Chain, int]) -> Reading | None:
    own = read(place)
    believed = [
        r
        for r in own or filter(None, (read_as(place, chain) for chain in trust))
        if r.chain not in verdict.refuted
        and _is_believed(place, r, verdict, trust.get(r.chain, 0))
        and not (own and trust.get(r.chain, 0) <= 1 and _is_chance(r, verdict.scripts))
    ]
    return min(
        believed,
        key=lambda r: (
            r.chain != verdict.whole,
            r.left,
            bool(r.scar),
            r.unread,
            r.takes_after,
            n_foreign(r.text, verdict.languages),
            -trust.get(r.chain, 0),
            r.unfamiliar,
            len(r.chain),
            _preference(r.chain),
        ),
        default=None,
    )


def _is_believed(place: NonAsciiRun, reading: Reading, verdict: _Verdict, n: int) -> bool:
    """Whether a reading may be true, where its chain explains `n` places of the text (as `_Verdict.trust` counts)."""
    if n <= 1 and verdict.undamaged and _is_weak_inside_a_word(place, reading):
        return False
    if not n or reading.scar:
        clear = 2 * reading.left <= reading.gain or is_form_enough(place.run, reading.unread)
        return clear and reading.gain >= needed_gain(place, reading)
    if any(classify(character) == IDEOGRAPH for character in reading.text):
        return reading.gain > _ENOUGH
    if reading.left > reading.gain and reading.chain != verdict.whole:
        return False
    return reading.gain >= (0 if n >= 3 or reading.takes_after or reading.chain == verdict.whole else 1)


def _is_chance(reading: Reading, scripts: frozenset[str]) -> bool:
    """Whether a reading has letters of other scripts than the text's only, as đó in Vietnamese would be a Russian Т, and
    gains no more than chance does.

    Chance finds a letter for many an ideograph, and one without case for a quotation mark before a space.
    """
    own = {script(letter) for letter in reading.text if letter.isalpha()}
    if not (own and scripts and own.isdisjoint(scripts)):
        return False
    takes_sign = reading.takes_after and classify(reading.text[0]) == UNCASED
    return reading.gain <= _ENOUGH + (reading.chain[0] in EAST_ASIAN_CODECS) + 2 * takes_sign


def _is_weak_inside_a_word(place: NonAsciiRun, reading: Reading) -> bool:
    """Whether the only damage of a text with sound typography is a currency sign in a word (`DrÃ¥ber`).

    A text that was misread as a whole has no sound typography, so it was not, and a sign typed there is as likely.
    """
    inside = place.before[-1:].isalpha() and place.after[:1].isalpha()
    return inside and len(place.run) == 2 and classify(place.run[1]) == CURRENCY and not reading.scar


def _step(text: str, start: int, end: int, outcome: _Outcome, reason: str) -> Step:
    start -= outcome.takes_before
    end += outcome.takes_after
    after = outcome.after
    if (
        outcome.takes_after
        and after.endswith("à")
        and text[end - 1] == " " != text[end : end + 1]
        and not _GOES_ON.match(text, end)
    ):
        after += " "  # the space between two words had gone, and the one that is left was the no-break space
    return Step(start, end, text[start:end], after, outcome.kind, outcome.codec_chain, outcome.confidence, reason)


_GOES_ON = re.compile(r"s\b(?!')|quel[aeo]|quilo")
"""What follows the Portuguese `à` without a space: às, àquele, àquilo."""

_QUOTES = re.compile(
    "(?P<opened>“|â€œ)"
    "|(?P<newline>\n)"
    "|(?P<closed>”|â€\x9d)"
    "|(?P<closing>(?<=[0-9A-Za-z.,!?;:)%])â€[?\ufffd](?![^\\s.,;:!)]))"
    "|(?P<cut>(?<![^\0-\x7f])â€(?:\ufffd|\\?(?!\\w)|(?=[ \n.,;:!)]|$))(?![^\0-\x7f]))"
    '|(?P<straight>â€")'
)


def _repair_quotes(text: str) -> list[Step]:
    """Two forms that are no UTF-8 any more, and say what they were only by what stands around them.

    Of `”` in Windows-1252, the last byte, 9D, is undefined and often lost: where the line opened a quotation, it closes.
    So it does where it stands between a word and a space: of the signs with such a byte, no other one would.
    Of `—` and `–` in Windows-1252, a straightener makes the same `â€"`: between figures it is the en dash.
    """
    if "â€" not in text or not _BROKEN_QUOTE.search(text):
        return []
    steps = []
    is_open = False
    for match in _QUOTES.finditer(text):
        kind, start, end = match.lastgroup, *match.span()
        if kind == "straight":
            between_figures = text[start - 1 : start].isdigit() and text[end : end + 1].isdigit()
            sign, accident = ("–" if between_figures else "—"), "its last character straightened to a quote"
        elif kind == "cut" and is_open:
            sign, accident = "”", "its last byte lost; a quotation is open here"
        elif kind == "closing":
            sign, accident = "”", "its last byte lost; no other sign that loses one stands at the end of a word"
        else:
            is_open = kind == "opened"
            continue
        is_open = is_open and kind == "straight"
        reason = f"UTF-8 read as cp1252, {accident}"
        steps.append(Step(start, end, match.group(), sign, "scar", "cp1252", "inferred", reason))
    return steps


_BROKEN_QUOTE = re.compile("â€(?![^\0-\x7f\ufffd])")

_C1 = re.compile("[\x80-\x9f]")


def _repair_c1_controls(text: str) -> list[Step]:
    """Control characters 80 to 9F are bytes of another codec: of Windows-1252, unless Mac Roman makes better words."""
    found = list(_C1.finditer(text))
    if not found or _are_line_ends(text, {match.group() for match in found}):
        return []
    signs = {codec: _signs(codec) for codec in ("cp1252", "mac_roman")}
    inside_words = [
        m.start() for m in found if text[m.start() - 1 : m.start()].isalpha() and text[m.end() : m.end() + 1].isalpha()
    ]
    codec = min(signs, key=lambda codec: sum(_oddity_at(text, place, signs[codec]) for place in inside_words))
    reason = f"a control character that has no use in text, and is this in {codec}"
    return [
        Step(match.start(), match.end(), match.group(), sign, "c1_control", codec, "certain", reason)
        for match in found
        if (sign := signs[codec](match.group())) != match.group()
    ]


def _are_line_ends(text: str, controls: set[str]) -> bool:
    """Whether all there is are next-line characters, 85, one or more between the end of a sentence and a capital."""
    return controls == {"\x85"} and "\x85" not in _NEXT_LINE.sub("", text)


_NEXT_LINE = re.compile("(?<=[.!?:;\"'”’)])\x85+(?=[\"'“‘(]?[A-Z0-9])")


def _signs(codec: str) -> Callable[[str], str]:
    return lambda control: control.encode("latin-1").decode(codec, "ignore") or control


def _oddity_at(text: str, place: int, sign: Callable[[str], str]) -> int:
    around = text[max(place - 2, 0) : place].rjust(2) + sign(text[place]) + text[place + 1 : place + 2].ljust(1)
    return sum(map(oddity, around, around[1:], around[2:]))
