"""Persons: whom a text names, and for whom "he" and "she" stand.

"He" and "she" stand for the one person named in the nearest of: what stands before them in their paragraph, the paragraph
above, the speech above. More candidates, or a name that may be a person's, and they stand for nobody: no name is better
than a wrong one.

Speech that nobody is said to speak is carried on from the paragraph above only where both are nothing but speech there.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import polars as pl

from tasks.schemas import QUOTATION_MARKS
from tasks.segment.words import PRONOUNS, Clauses, Is, facts_of, n_before, next_from

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    from tasks.segment.narration import Narration


class People(NamedTuple):
    """Names in a stretch of text, each under its last word."""

    sure: dict[str, str]
    """Those whom an office, an honorific, an age or a reporting verb shows to be persons."""
    doubtful: dict[str, str]
    """Names of two words or more that could be a company's or a place's."""
    words: list[str]
    """All its words with a capital, of which some may be surnames known from elsewhere."""


def named_people(text: str) -> People:
    """Those whom a text names; owners ("Mr Orr's house") are left out, for a pronoun after them is seldom theirs.

    >>> people = named_people("Interior minister Nora Faber met Mr Orr at Ostrel Castle. Ada Brandt stayed away.")
    >>> sorted(people.sure.values()), sorted(people.doubtful.values())
    (['Mr Orr', 'Nora Faber'], ['Ada Brandt'])
    """
    return find_people(pl.Series([text]))[0]


_AT_ONCE = 1 << 14  # texts
_BEFORE_NAMES = Is.OFFICE | Is.LEADING | Is.PREPOSITION | Is.DETERMINER | Is.EDGE | Is.AND | Is.PRONOUN


def find_people(texts: pl.Series) -> list[People]:
    """As `named_people`, for each of the texts."""
    # The contexts of crowded pronouns overlap, and together may be many times as long as the text.
    parts = (texts.slice(start, _AT_ONCE) for start in range(0, len(texts), _AT_ONCE))
    return [people for part in parts for people in _find_people(part)]


def _find_people(texts: pl.Series) -> list[People]:
    clauses = Clauses(texts)
    facts, has = clauses.facts, clauses.has
    n = len(facts)
    length = clauses.end - clauses.start
    behind = np.append(clauses.buffer.data, 0)[clauses.end]
    # "UN" is no part of a name; an initial or a short title may have a full stop.
    is_dotted = (behind == ord(".")) & (has(Is.HONORIFIC) | (length == 1))
    is_name = has(Is.CAPITAL) & ~has(Is.ACRONYM) & ((length > 1) | is_dotted)
    gap_end = np.append(clauses.start[1:], 0)[:n]
    gap_start = clauses.end + is_dotted
    n_inked = n_before(clauses.buffer.data > ord(" "))
    is_joined = (gap_end > gap_start) & (n_inked[gap_end] == n_inked[gap_start])
    is_joined &= np.append(clauses.clause[1:] == clauses.clause[:-1], False)[:n]  # to the next word, by white space
    goes_on = np.append(False, (is_joined & is_name)[:-1])[:n] & is_name
    start = np.flatnonzero(is_name & ~goes_on)
    end = next_from(~goes_on)[start + 1]
    start = np.minimum(next_from(~has(_BEFORE_NAMES))[start], end)
    chosen = (start < end) & ~has(Is.OWNER)[end - 1]
    start, end = start[chosen], end[chosen]
    led_by = np.where(np.append(False, is_joined)[start], np.append(0, facts)[start], 0)
    is_long = end - start > 1
    following, second = (_facts_behind(clauses, end, i) for i in range(2))
    is_comma = (following & Is.COMMA) != 0
    is_told = (np.where(is_comma, second, following) & (Is.VERB | np.where(is_comma, Is.AGE, 0))) != 0
    is_sure = ((led_by & Is.OFFICE) != 0) | (is_long & (is_told | has(Is.HONORIFIC)[start]))
    is_doubtful = ~is_sure & is_long & ((led_by & Is.BEFORE_PLACES) == 0)
    # A single letter may be all that is left of a quotation.
    capitals = np.flatnonzero(has(Is.CAPITAL) & (length > 1))
    words = clauses.buffer.cut(clauses.start[capitals], clauses.end[capitals]).to_list()
    bounds = np.searchsorted(capitals, np.append(clauses.first, n)).tolist()
    people = [People({}, {}, words[first:last]) for first, last in pairwise(bounds)]
    for which, names in ((is_sure, 0), (is_doubtful, 1)):
        rows = clauses.clause[start[which]].tolist()
        for row, text in zip(rows, clauses.texts_of(start[which], end[which]), strict=True):
            name = " ".join(text.split())
            surname = name.rpartition(" ")[2]
            if surname not in people[row].sure:
                people[row][names].setdefault(surname, name)
    return people


def _facts_behind(clauses: Clauses, places: NDArray[np.int64], n_words: int) -> NDArray[np.int64]:
    """The facts of the words that stand so many words behind the ones before `places`, 0 behind the end of a text."""
    inside = np.minimum(places + n_words, clauses.end_of[places - 1])
    return np.where(inside < clauses.end_of[places - 1], np.append(clauses.facts, 0)[inside], 0)


_MALE = frozenset({"mr", "sir", "lord", "king", "prince"})
_FEMALE = frozenset({"mrs", "ms", "miss", "lady", "dame", "queen", "princess"})
_FAR = 600  # bytes, or letters, before a pronoun in which its noun is looked for
_BLOCK = QUOTATION_MARKS.index("block")
_MARKS = "\"'“”„«»‘’‚`\0"


def settle_speakers(narration: Narration, found: pl.DataFrame) -> pl.Series:
    """The speakers of all quotations, pronouns replaced by whom they stand for (or null), and carried into paragraphs
    that are nothing but quotation. `found` has kind, speaker and cue of each.
    """
    rows = narration.spans.row.tolist()
    speakers = found["speaker"].to_list()
    carries_on = _carry_on(narration, found)
    people = _look_around(narration, speakers)
    settled: list[str | None] = []
    for first, last in _documents(narration):
        # By surname: the speaker as last named, or as first named further on.
        known = {surname: name for name in reversed(speakers[first:last]) if name and (surname := _surname(name))}
        described: str | None = None  # a speaker without a name, in this paragraph: "one collector"
        spoke_above: str | None = None
        for i in range(first, last):
            row, speaker = rows[i], speakers[i]
            if i == first or rows[i - 1] != row:
                described = None
                spoke_above = settled[i - 1] if i > first and rows[i - 1] == row - 1 else None
            if speaker is None:
                speaker = spoke_above if carries_on[i] else None
            elif speaker.lower() not in PRONOUNS:
                surname = _surname(speaker)
                if surname:
                    known[surname] = speaker
                described = None if surname else speaker
            elif i not in people.before:
                speaker = None  # "they", "it", "we": many, or none
            elif described:
                speaker = described
            else:
                surname = _surname(spoke_above) if spoke_above else ""
                spoken_above = People({surname: spoke_above} if spoke_above and surname else {}, {}, [])
                contexts = [people.before[i], people.above.get(row), spoken_above]
                is_named, speaker = _antecedent(known, speaker.lower(), contexts)
                # Where nobody has a name, it is the minister who spoke above.
                if not is_named and spoke_above and facts_of(spoke_above.rsplit(maxsplit=1)[-1]) & Is.OFFICE:
                    speaker = spoke_above
            settled.append(speaker)
    return pl.Series("speaker", settled, dtype=pl.String)


class _Surroundings(NamedTuple):
    """Who is named around the pronouns that speak."""

    before: dict[int, People]
    """Before "he" or "she" in its paragraph, by quotation."""
    above: dict[int, People]
    """In the paragraph above, by row."""


def _look_around(narration: Narration, speakers: list[str | None]) -> _Surroundings:
    spans = narration.spans
    offsets = narration.texts.offsets
    spoken = [i for i, speaker in enumerate(speakers) if speaker and speaker.lower() in {"he", "she"}]
    before = []
    for i in spoken:
        start = int(spans.start[i])
        here = narration.piece(max(int(offsets[spans.row[i]]), start - 2 * _FAR), start)
        place = here.rfind(speakers[i] or "")
        before.append((here[:place] if place >= 0 else here)[-_FAR:])
    named = dict(zip(spoken, find_people(pl.Series(before, dtype=pl.String)), strict=True))
    # Who is named in the paragraph itself settles it: then nobody looks above.
    rows = {int(spans.row[i]) for i, people in named.items() if not _settles(people, (speakers[i] or "").lower())}
    rows_below = sorted(row for row in rows if narration.goes_on[row])
    ends = offsets[rows_below].tolist()
    begins = np.maximum(offsets[np.array(rows_below, np.int64) - 1], offsets[rows_below] - _FAR).tolist()
    above = pl.Series(list(map(narration.piece, begins, ends)), dtype=pl.String)
    return _Surroundings(named, dict(zip(rows_below, find_people(above), strict=True)))


def _settles(people: People, pronoun: str) -> bool:
    return bool(people.doubtful) or any(_may_be(pronoun, name) for name in people.sure.values())


def _documents(narration: Narration) -> list[tuple[int, int]]:
    """The first and last-but-one quotation of each document that has any."""
    document = np.cumsum(~narration.goes_on)[narration.spans.row]
    bounds = np.flatnonzero(np.diff(document, prepend=-1, append=-1)).tolist()
    return list(pairwise(bounds))


def _carry_on(narration: Narration, found: pl.DataFrame) -> list[bool]:
    """Which quotations, whole sentences of speech that nobody is said to speak, are a paragraph each, below one that
    begins or ends with speech.
    """
    spans, offsets = narration.spans, narration.texts.offsets
    n = len(spans.row)
    is_speech = (found["kind"] == "speech").to_numpy()
    begins, ends = spans.start == offsets[spans.row], spans.end == offsets[spans.row + 1]
    first = np.searchsorted(spans.row, spans.row)  # quotation of the paragraph
    above = np.maximum(first - 1, 0)
    is_alone = (first == np.arange(n)) & (np.append(spans.row[1:], -1) != spans.row)
    may = begins & ends & is_alone & is_speech & found["cue"].is_null().to_numpy() & (spans.mark != _BLOCK)
    may &= narration.goes_on[spans.row] & (first > 0) & (spans.row[above] == spans.row - 1) & is_speech[above]
    may &= begins[first[above]] | ends[above]
    for i in np.flatnonzero(may & ~spans.unclosed).tolist():
        may[i] = narration.of_row(int(spans.row[i])).rstrip(_MARKS)[-1:] in {".", "!", "?", "…"}
    return list(map(bool, may))


@lru_cache(maxsize=1 << 12)
def _surname(speaker: str) -> str:
    """The last name of a speaker who bears one: none for "the minister"."""
    if speaker.lower() in PRONOUNS or speaker.lower().startswith(("the ", "a ", "an ")):
        return ""
    last = speaker.rsplit(maxsplit=1)[-1]
    return last if last[0].isupper() else ""


def _antecedent(known: Mapping[str, str], pronoun: str, contexts: Iterable[People | None]) -> tuple[bool, str | None]:
    """Whether any of the contexts names a person, and the one person that the first of these names; null if there are
    more, or names that may be persons'. `known` speakers of the document have their surname as key.
    """
    for people in contexts:
        if people is None:
            continue
        named = {word: known[word] for word in people.words if word in known}
        candidates = {surname: name for surname, name in {**people.sure, **named}.items() if _may_be(pronoun, name)}
        if candidates or people.doubtful:
            is_alone = len(candidates) == 1 and not people.doubtful.keys() - named.keys()
            return True, next(iter(candidates.values())) if is_alone else None
    return False, None


@lru_cache(maxsize=1 << 12)
def _may_be(pronoun: str, speaker: str) -> bool:
    words = {word.strip(".").lower() for word in speaker.split()}
    return not words & (_FEMALE if pronoun == "he" else _MALE)
