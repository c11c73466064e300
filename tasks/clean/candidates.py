"""Candidates: what a run of non-ASCII characters may have been before it was damaged, and the evidence for each.

A run can be mojibake only if its bytes in some codec are UTF-8 (`codecs.undo_misreading`), if it contains a known
altered form (`lossy_forms`), or if it consists of ideographs whose bytes are UTF-8. Each such origin is a candidate.
The text of a candidate may be mojibake again, up to three layers deep; the codecs of all layers, outermost first, are
its chain. Two numbers are computed for each candidate:

- `improvement`: how much less implausible the surroundings are if it is true;
- `residual`: how implausible they still are.

    >>> [best, *_] = find_candidates(NonAsciiRun("id", "â€”", " s"))
    >>> best.text, best.chain, best.improvement, best.residual
    ('—', ('cp1252',), 3, 0)

`required_improvement` says how much is needed to accept a candidate without other evidence; `evidence` decides with the
help of the rest of the text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tasks.clean.character_classes import (
    ACCENT,
    DIGIT,
    IDEOGRAPH,
    LOWER,
    MARK,
    MATHS,
    OTHER_SIGN,
    PICTURE,
    PRIVATE,
    QUOTE,
    REFERENCE,
    UNCASED,
    UPPER,
    classify,
    is_prose,
)
from tasks.clean.codecs import (
    EAST_ASIAN_CODECS,
    RARE_CODECS,
    Decoding,
    decode_east_asian,
    possible_codecs,
    undo_misreading,
)
from tasks.clean.lossy_forms import lossy_form_table, may_hold_lossy_form
from tasks.clean.orthography import is_word, unfamiliarity
from tasks.clean.plausibility import implausibility
from tasks.clean.runs import SHORT, NonAsciiRun, cache_short
from tasks.clean.sound_forms import is_sound_form

if TYPE_CHECKING:
    from collections.abc import Iterator

_MAX_LAYERS = 3
ENOUGH = 2
"""The improvement that is sufficient evidence: one thing that never occurs in prose is gone, or two that are rare."""

_TOO_LONG_FOR_CHANCE = 16
"""Maximum number of characters in a run."""

Chain = tuple[str, ...]


class Candidate(NamedTuple):
    """A possible origin of a run."""

    text: str
    chain: Chain
    improvement: int
    """How much less implausible the text is if this is true."""
    residual: int
    """How implausible it still is."""
    unfamiliar: int
    """Number of its letter pairs that are not attested; decides between equally plausible candidates."""
    n_undecoded: int
    """Number of characters of the run that stay unchanged."""
    takes_before: int = 0
    """Number of ASCII characters before the run that belong to the damage: a straightened quote."""
    takes_after: int = 0
    """Number of them after it: a straightened quote, or a no-break space A0 that became a space."""
    alteration: str = ""
    """The alteration, if it is a lossy form."""


@cache_short(1 << 16)
def generalize(run: NonAsciiRun) -> NonAsciiRun:
    """The run without details that make no difference to its candidates, so that many runs become equal.

    Of the second character before, the rules only need to know whether it is a lower-case letter. The second one after
    counts only if the first may belong to the damage: a quote, or a space that the run may take.

    >>> generalize(NonAsciiRun("it", "â€™", "s ")), generalize(NonAsciiRun("l ", "â€”", " b"))
    (NonAsciiRun(before='at', text='â€™', after='s'), NonAsciiRun(before='a ', text='â€”', after=' '))
    >>> generalize(NonAsciiRun("t'", "ÄĒ", " b"))
    NonAsciiRun(before="t'", text='ÄĒ', after=' ')
    """
    before, text, after = run
    if len(text) > SHORT:
        return run
    if len(before) == 2 and before[1] < "\x80" and before[1] not in _STRAIGHT_QUOTES:
        second = before[0]
        before = ("a" if second.islower() else "A") if second.isalpha() else " "
        before += run.before[1]
    if (
        len(after) == 2
        and after[1] < "\x80"
        and not (after[0] in _STRAIGHT_QUOTES or (after[0] == " " and _may_take_space(text)))
    ):
        after = after[0]
    return NonAsciiRun(before, text, after)


_STRAIGHT_QUOTES = "'\""


@cache_short(1 << 16)
def _may_take_space(text: str) -> bool:
    """Whether the run, or a layer of it, may end in a no-break space that became a space."""
    layers = (undo_misreading(text, codec) for codec in possible_codecs(text))
    return bool(_decodings_with_space(text)) or any(
        _may_take_space(decoding.text) for decoding in layers if decoding and not decoding.n_undecoded
    )


@cache_short(1 << 16)
def find_candidates(run: NonAsciiRun) -> tuple[Candidate, ...]:
    """Every candidate that makes the text no less plausible; none if the run is plausible already.

    >>> [candidate.chain for candidate in find_candidates(NonAsciiRun(" ", "ÔÇö", " ")) if candidate.text == "—"]
    [('cp850',), ('cp852',), ('cp857',)]
    >>> find_candidates(NonAsciiRun("t ", "—", " w"))
    ()
    """
    before = 0 if is_sound_form(run) else _implausibility_around(*run)
    if not before:
        return ()
    candidates = [*_lossy_candidates(run, before), *_east_asian_candidates(run, before)]
    candidates += (_score(run, before, chain, decoding, takes_space=False) for chain, decoding in _decodings(run.text))
    if run.after[:1] == " ":
        candidates += _candidates_with_space(run, before)
    return tuple(candidate for candidate in candidates if candidate.improvement >= 0)


@cache_short(1 << 16)
def find_candidate(run: NonAsciiRun, chain: Chain) -> Candidate | None:
    """The candidate of a run under one chain of codecs, if that explains the whole run.

    >>> find_candidate(NonAsciiRun("s", "ń", "o"), ("mac_latin2",)) is None
    True
    """
    text, takes_space = run.text, False
    decoding = None
    for codec in chain:
        decoding = undo_misreading(text, codec)
        if codec == chain[0] and run.after[:1] == " " and (decoding is None or decoding.n_undecoded):
            decoding = undo_misreading(text + " ", codec)
            takes_space = True
            if decoding and not _may_end_in_space(decoding, run.after[1:2]):
                return None
        if decoding is None or decoding.n_undecoded:
            return None
        text = decoding.text
    if decoding is None or not all(map(is_prose, text)):
        return None
    candidate = _score(run, _implausibility_around(*run), chain, decoding, takes_space=takes_space)
    return candidate if candidate.improvement >= 0 else None


@cache_short(1 << 16)
def is_nonsense(text: str, chain: Chain) -> bool:
    """Whether a run is valid UTF-8 under a chain, but decodes to characters that prose never contains.

    >>> is_nonsense("┼┐", ("cp437",))  # ſ
    True
    """
    for codec in chain:
        decoding = undo_misreading(text, codec)
        if decoding is None or decoding.n_undecoded:
            return False
        text = decoding.text
    return not all(map(is_prose, text))


@cache_short(1 << 16)
def may_have_candidates(text: str) -> bool:
    """Whether `find_candidates` could find one for a run of this text, in any context.

    >>> may_have_candidates("Ã©"), may_have_candidates("é"), may_have_candidates("’”")
    (True, False, False)
    """
    return (
        any(undo_misreading(text, codec) for codec in possible_codecs(text))
        or bool(_decodings_with_space(text))
        or may_hold_lossy_form(text)
        or any(True for _ in _east_asian_candidates(NonAsciiRun("", text, ""), 0))
    )


def required_improvement(run: NonAsciiRun, candidate: Candidate) -> int:
    """The improvement that a candidate needs to be accepted without help from the rest of the text.

    More is required if a byte was lost; if a single character results that seldom stands alone, or that is not attested
    beside its neighbours; for each further layer; and for each character of a partly damaged word whose other part becomes
    no sign or Latin letter, because a wrong codec affects whole words, and chance does not (вперёд).

    >>> dash = NonAsciiRun("id", "â€”", " s")
    >>> [required_improvement(dash, candidate) for candidate in find_candidates(dash)[:1]]
    [2]
    """
    first = classify(candidate.text[0])
    n_rare = n_rare_codecs(candidate.chain)
    is_after_letter, is_before_letter = run.before[-1:].isalpha(), run.after[:1].isalpha()
    required = ENOUGH + ("\ufffd" in candidate.text) + len(candidate.chain) - 1
    if candidate.n_undecoded and " " not in run.text and any(map(_is_of_a_script, {*candidate.text} - {*run.text})):
        required += candidate.n_undecoded
    required += n_rare + 2 * (n_rare > 0 and candidate.takes_after) + 2 * (first == MARK and is_after_letter)
    if len(candidate.text) == 1:
        is_alone = not (run.before[-1:].isalnum() or run.after[:1].isalnum())
        # Žďár is a town, and a syllable of Korean before an r.
        required += 2 * (first == IDEOGRAPH and (is_after_letter or is_before_letter))
        required += (is_alone and _seldom_stands_alone(candidate.text)) or candidate.unfamiliar > 1
    return required


def n_rare_codecs(chain: Chain) -> int:
    """The number of codecs of a chain that are met seldom, so that chance is a likelier explanation.

    >>> n_rare_codecs(("cp1252", "cp737"))
    1
    """
    return sum(codec in RARE_CODECS for codec in chain)


def _is_of_a_script(character: str) -> bool:
    """Whether a character belongs to one script or purpose only, and is neither a Latin letter nor a common sign."""
    return character > "\u036f" and classify(character) in _OF_A_SCRIPT


_OF_A_SCRIPT = frozenset({UPPER, LOWER, UNCASED, IDEOGRAPH, MARK, DIGIT, OTHER_SIGN, PICTURE})


def _seldom_stands_alone(character: str) -> bool:
    kind = classify(character)
    if kind == OTHER_SIGN:
        return "\u0370" <= character <= "\u1fff"  # punctuation of East Asian scripts
    return kind in {QUOTE, ACCENT, MATHS, IDEOGRAPH} or (kind in {UPPER, LOWER, UNCASED} and not is_word(character))


def _implausibility_around(before: str, text: str, after: str) -> int:
    """The implausibility of a text with the two characters before it and one after it."""
    whole = before.rjust(2) + text + (after[:1] or " ")
    return sum(map(implausibility, whole, whole[1:], whole[2:]))


def _score(run: NonAsciiRun, before: int, chain: Chain, decoding: Decoding, *, takes_space: bool) -> Candidate:
    """The candidate for a decoding, given how implausible the run is unchanged."""
    text = decoding.text
    after = run.after
    if takes_space:
        after = " " if text[-1] == "à" or after[1:2] > "\x7f" else after[1:]
    residual = _implausibility_around(run.before, text, after) + decoding.n_lost
    if n_rare_codecs(chain) and _is_foreign_sign_in_word(run, text):
        residual += ENOUGH
    improvement = before - residual
    if improvement > 0 and not takes_space and len(run.text) >= 3 * len(text) and classify(text[0]) != IDEOGRAPH:
        improvement += 1  # three bytes that form valid UTF-8 are less likely to be chance than two
    unfamiliar = unfamiliarity(run.before[-1:] + text + after[:1])
    return Candidate(text, chain, improvement, residual, unfamiliar, decoding.n_undecoded, takes_after=int(takes_space))


def _is_foreign_sign_in_word(run: NonAsciiRun, text: str) -> bool:
    """Whether a text would be a sign of a script without capitals, beside an ASCII letter."""
    beside = run.before[-1:] + run.after[:1]
    return any("\u0590" <= sign <= "\u1fff" and classify(sign) == OTHER_SIGN for sign in text) and any(
        map(str.isalpha, beside)
    )


@cache_short(1 << 16)
def _decodings(text: str) -> tuple[tuple[Chain, Decoding], ...]:
    """Each decoding of a run, through up to three layers."""
    return tuple(_decode_layers(text, ()))


def _decode_layers(text: str, chain: Chain) -> Iterator[tuple[Chain, Decoding]]:
    for codec in possible_codecs(text):
        decoding = undo_misreading(text, codec)
        if decoding is None or (chain and decoding.n_undecoded):
            continue  # what was not decoded in one layer is the input of the next
        is_long = is_too_long_for_chance(text, decoding.n_undecoded)
        if all(map(is_prose, decoding.decoded)) or (is_long and not any(map(_is_private, decoding.decoded))):
            yield (*chain, codec), decoding
        if decoding.n_undecoded:
            continue  # what has no byte in one layer has none in the next
        if len(chain) + 1 < _MAX_LAYERS and 4 * len(decoding.text) <= 3 * len(text) and not decoding.text.isascii():
            yield from _decode_layers(decoding.text, (*chain, codec))


def _is_private(character: str) -> bool:
    return classify(character) == PRIVATE


def is_too_long_for_chance(text: str, n_undecoded: int) -> bool:
    """Whether a run is completely UTF-8 and too long for that to be chance, whatever it decodes to.

    After three layers are removed, deeper mojibake still contains characters that prose never contains.

    >>> is_too_long_for_chance("Ã©" * 8, 0), is_too_long_for_chance("Ã©", 0)
    (True, False)
    """
    return not n_undecoded and len(text) >= _TOO_LONG_FOR_CHANCE


@cache_short(1 << 16)
def _decodings_with_space(text: str) -> tuple[tuple[str, Decoding], ...]:
    """Each decoding of a run with the space after it, if that may have been a no-break space, and the codec."""
    decodings = (
        (codec, undo_misreading(text + " ", codec)) for codec in possible_codecs(text + " ") if codec not in RARE_CODECS
    )
    return tuple((codec, decoding) for codec, decoding in decodings if decoding and _may_end_in_space(decoding, "a"))


def _candidates_with_space(run: NonAsciiRun, before: int) -> Iterator[Candidate]:
    """Candidates that take the space after the run: it was a byte A0 (no-break space) that became a space."""
    for codec, decoding in _decodings_with_space(run.text):
        if not _may_end_in_space(decoding, run.after[1:2]):
            continue
        if run.before[-1:].isalpha() and classify(decoding.text[0]) == PICTURE:
            continue  # Inari Sami, `demokraattisâš täsiväldi`, is not a warning sign
        yield _score(run, before, (codec,), decoding, takes_space=True)


def _may_end_in_space(decoding: Decoding, after: str) -> bool:
    """Whether a decoding may end in a no-break space that became a space, as `à` may, or a letter before the next word."""
    last = decoding.text[-1]
    if decoding.n_undecoded or last == " " or classify(last) in {IDEOGRAPH, REFERENCE}:
        return False
    return (last in "à\xa0" or after.isalpha()) and all(map(is_prose, decoding.decoded))


def _lossy_candidates(run: NonAsciiRun, implausible: int) -> Iterator[Candidate]:
    """A candidate for each lossy form in a run, with a quote before or after it that may be part of it."""
    before, own, after = run
    text = before[-1:] + own + after[:1]
    begin, end = len(before[-1:]), len(before[-1:]) + len(own)
    table = lossy_form_table()
    for start in range(end):
        for stop in (start + 3, start + 2):
            form = table.get(text[start:stop])
            if form is None or stop > len(text):
                continue
            whole = text[min(start, begin) : start] + form.sign + text[stop : max(stop, end)]
            rest = after[1:] if stop > end else after
            residual = _implausibility_around(before[:-1] if start < begin else before, whole, rest)
            takes = int(start < begin), int(stop > end)
            improvement = implausible - residual
            yield Candidate(whole, (form.codec,), improvement, residual, 0, len(whole) - 1, *takes, form.alteration)


def _east_asian_candidates(run: NonAsciiRun, implausible: int) -> Iterator[Candidate]:
    """Candidates of ideographs in a Latin text that are typographic signs in UTF-8, maybe with an absorbed letter."""
    before, text, after = run
    if len(text) > 4 or any(classify(character) != IDEOGRAPH for character in text):
        return
    for codec in EAST_ASIAN_CODECS:
        decoded = decode_east_asian(text, codec)
        if decoded and not any(classify(character) == IDEOGRAPH or not is_prose(character) for character in decoded):
            residual = _implausibility_around(before, decoded, after)
            yield Candidate(decoded, (codec,), implausible - residual + ENOUGH, residual, 0, 0)
