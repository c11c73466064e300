"""VADER's rules for one text, in the order in which vaderSentiment 3.3.2 applies them.

VADER (Hutto and Gilbert 2014) looks each token up in a lexicon of valences. Where it finds one, the three words before
it, and up to two after it, may boost, negate or replace it. All other tokens are neutral.

Each rule of `WORD_RULES` takes the valence that the rules before it left and the word's `Context`, and returns the new
valence. Two more rules concern the whole text: `weigh_around_but` and `emphasis`. `rule_columns` holds the same rules for
all texts of a column at once, under the same names; tests compare them with each other, and both with the library.

The rules are those of VADER's code, also where it does not do what it seems meant to do:
- "so" or "this" right before a word strengthens it by a quarter, with or without "never", if a third word precedes;
- idioms are found only if three words precede and the first of these is not in the lexicon;
- a word of valence 0 in capitals becomes negative;
- of values that 'but' weakens or strengthens, some are changed twice and others not at all: see `weigh_by_value`.
"""

from __future__ import annotations

import heapq
import math
from collections import defaultdict
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from tasks.measure.sentiment.vader_lexicon import (
    core_of,
    expand_emojis,
    idioms_and_boosters,
    is_negation,
    vader_lexicon,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

RULES = ("lexicon", "no", "capitals", "booster", "negation", "idiom", "least", "but", "emphasis")
"""What VADER does to a word's valence, in order; `emphasis` is done to the text's."""

CAPITALS_INCREMENT = 0.733
NEGATION_FACTOR = -0.74
NEVER_SO_FACTOR = 1.25
BOOSTER_REACH = (1.0, 0.95, 0.9)
"""What is left of a booster one, two and three words before the word."""
BEFORE_BUT, AFTER_BUT = 0.5, 1.5
EXCLAMATION_INCREMENT, MAX_EXCLAMATIONS = 0.292, 4
QUESTION_INCREMENT, MAX_QUESTIONS, MANY_QUESTIONS_INCREMENT = 0.18, 3, 0.96
NORMALIZATION = 15
"""VADER's alpha: a text's sum s becomes s / sqrt(s² + 15)."""


class Word(NamedTuple):
    """A token as VADER reads it."""

    token: str
    text: str
    """What VADER looks up: the token without punctuation around it, in lower case."""
    is_upper: bool
    valence: float | None
    """Its valence in the lexicon; None if it is not there."""

    @property
    def modifies(self) -> bool:
        """Whether it may boost or negate a word after it: those of the lexicon never do."""
        return self is not ABSENT and self.valence is None


ABSENT = Word("", "", False, None)  # in the places before a text's first word


class Context(NamedTuple):
    """A word with a valence, and what VADER considers around it."""

    word: Word
    before: tuple[Word, Word, Word]
    """The words before it, the nearest first; `ABSENT` before the first of the text."""
    after: tuple[Word, ...]
    """Up to two words after it."""
    is_mixed_case: bool
    """Whether some but not all words of the text are in capitals."""


def read_words(text: str) -> list[Word]:
    """The words of a text, emojis replaced by their descriptions.

    >>> [(word.text, word.valence) for word in read_words("GOOD news 😀!")]
    [('good', 1.9), ('news', None), ('grinning', 1.5), ('face', None)]
    """
    valences = vader_lexicon().valences
    words = []
    for token in (expanded for piece in text.split() for expanded in expand_emojis(piece)):
        core = core_of(token)
        words.append(Word(token, core.lower(), core.isupper(), valences.get(core.lower())))
    return words


def contexts(words: Sequence[Word]) -> Iterator[tuple[int, Context]]:
    """The places and contexts of the words that VADER gives a valence: those of the lexicon, but for boosters and for the
    "kind" of "kind of".

    >>> [place for place, _ in contexts(read_words("It was kind of good, kind people."))]
    [4, 5]
    """
    _, boosters = idioms_and_boosters()
    is_mixed_case = 0 < sum(word.is_upper for word in words) < len(words)
    padded = [ABSENT] * 3 + list(words)
    for place, word in enumerate(words):
        after = tuple(words[place + 1 : place + 3])
        is_kind_of = word.text == "kind" and [neighbour.text for neighbour in after[:1]] == ["of"]
        if word.valence is not None and word.text not in boosters and not is_kind_of:
            three, two, one = padded[place : place + 3]
            yield place, Context(word, (one, two, three), after, is_mixed_case)


def look_up(_: float, context: Context) -> float:
    """The valence in the lexicon."""
    return context.word.valence or 0.0


def negate_after_no(valence: float, context: Context) -> float:
    """The word "no" negates the two words after it, and the third of "no x or y"; before a word of the lexicon it has no
    valence of its own.
    """
    one, two, three = (word.text for word in context.before)
    if "no" in (one, two) or (three == "no" and one in ("or", "nor")):
        return look_up(valence, context) * NEGATION_FACTOR
    if context.word.text == "no" and context.after and context.after[0].valence is not None:
        return 0.0
    return valence


def strengthen_capitals(valence: float, context: Context) -> float:
    """Capitals among words that are not in capitals strengthen."""
    if not (context.word.is_upper and context.is_mixed_case):
        return valence
    return valence + CAPITALS_INCREMENT if valence > 0 else valence - CAPITALS_INCREMENT


def boost(valence: float, context: Context, distance: int) -> float:
    """A booster strengthens, a dampener weakens, the less the farther away it is; in capitals, either strengthens more."""
    _, boosters = idioms_and_boosters()
    booster = context.before[distance - 1]
    if not booster.modifies or booster.text not in boosters:
        return valence
    increment = boosters[booster.text]
    if valence < 0:
        increment = -increment
    if booster.is_upper and context.is_mixed_case:
        increment += CAPITALS_INCREMENT if valence > 0 else -CAPITALS_INCREMENT
    return valence + increment * BOOSTER_REACH[distance - 1]


def negate(valence: float, context: Context, distance: int) -> float:
    """A negation negates; "never so" strengthens instead, and "without doubt" does nothing."""
    word = context.before[distance - 1]
    if not word.modifies:
        return valence
    texts = [neighbour.text for neighbour in context.before]
    if _is_never_so(texts, distance):
        return valence * NEVER_SO_FACTOR
    if _is_without_doubt(texts, distance):
        return valence
    return valence * NEGATION_FACTOR if is_negation(word.text) else valence


def _is_never_so(before: list[str], distance: int) -> bool:
    one, two, three = before
    if distance == 2:
        return two == "never" and one in ("so", "this")
    # `a and b or c` in VADER's code: right before the word, "so" and "this" do not need their "never".
    return distance == 3 and ((three == "never" and two in ("so", "this")) or one in ("so", "this"))


def _is_without_doubt(before: list[str], distance: int) -> bool:
    one, two, three = before
    if distance == 2:
        return two == "without" and one == "doubt"
    return distance == 3 and three == "without" and "doubt" in (one, two)


def replace_by_idiom(valence: float, context: Context) -> float:
    """An idiom with the word in it, or right before it, replaces the valence; a booster of several words before it boosts."""
    one, two, three = context.before
    if not three.modifies:
        return valence
    words = (three, two, one, context.word, *context.after)
    replacement, increment = find_idiom([word.text for word in words])
    return (valence if replacement is None else replacement) + increment


def negate_after_least(valence: float, context: Context) -> float:
    """The word "least" negates; "at least" and "very least" do not."""
    one, two, _ = context.before
    is_negated = one.text == "least" and one.modifies and two.text not in ("at", "very")
    return valence * NEGATION_FACTOR if is_negated else valence


WORD_RULES: tuple[tuple[str, Callable[[float, Context], float]], ...] = (
    ("lexicon", look_up),
    ("no", negate_after_no),
    ("capitals", strengthen_capitals),
    ("booster", partial(boost, distance=1)),
    ("negation", partial(negate, distance=1)),
    ("booster", partial(boost, distance=2)),
    ("negation", partial(negate, distance=2)),
    ("booster", partial(boost, distance=3)),
    ("negation", partial(negate, distance=3)),
    ("idiom", replace_by_idiom),
    ("least", negate_after_least),
)
"""The rules for a word in VADER's order, by their names in `RULES`."""


def find_idiom(words: Sequence[str]) -> tuple[float | None, float]:
    """The valence that an idiom puts in the place of the fourth word's own, and what a booster of several words adds.

    `words` are the three before, the word itself, and up to two after it, in lower case.

    >>> find_idiom(["it", "is", "the", "bomb"]), find_idiom(["was", "sort", "of", "good"])
    ((3, 0.0), (None, -0.293))
    """
    idioms, boosters = idioms_and_boosters()
    replacement = None
    # The later ones in this list take precedence; among the first five, the earlier.
    for start, end in ((0, 2), (0, 3), (1, 3), (1, 4), (2, 4), (3, 5), (3, 6)):
        if end <= len(words):
            replacement = idioms.get(" ".join(words[start:end]), replacement)
    return replacement, sum(boosters.get(" ".join(words[start:end]), 0.0) for start, end in ((0, 3), (0, 2), (1, 3)))


def weigh_around_but(valences: Sequence[float], words: Sequence[Word]) -> list[float]:
    """The valences of a text's words: before its first 'but' they count half, after it half as much again."""
    texts = [word.text for word in words]
    if "but" not in texts:
        return list(valences)
    but = texts.index("but")
    factors = [BEFORE_BUT if place < but else AFTER_BUT if place > but else 1.0 for place in range(len(words))]
    return weigh_by_value(valences, factors)


def weigh_by_value(originals: Sequence[float], factors: Sequence[float]) -> list[float]:
    """One text's values, weighed as VADER weighs them around a 'but': by value, not by place.

    VADER goes through its list and looks each value up with `list.index`, which finds the first equal one. Where an
    earlier value, already halved, equals the present one, the earlier is halved again and the present one stays as it is.
    That search takes VADER time that grows with the square of the number of values; here it grows with the number.

    >>> weigh_by_value([2.0, 1.0, 3.0], [0.5, 0.5, 1.5])
    [0.5, 1.0, 4.5]
    """
    values = list(originals)
    # The places of each value among those already gone through; the first place is on top of the heap.
    places: defaultdict[float, list[int]] = defaultdict(list)
    for here, value in enumerate(originals):
        equals = places.get(value)
        place = heapq.heappushpop(equals, here) if equals else here
        values[place] = value * factors[place]
        heapq.heappush(places[values[place]], place)
    return values


def emphasis(n_exclamations: int, n_questions: int) -> float:
    """What punctuation adds to a text's score, away from zero: up to four '!' count, and '?' from the second on.

    >>> emphasis(1, 1), emphasis(9, 0), emphasis(0, 2), emphasis(0, 9)
    (0.292, 1.168, 0.36, 0.96)
    """
    increment = min(n_exclamations, MAX_EXCLAMATIONS) * EXCLAMATION_INCREMENT
    if n_questions > MAX_QUESTIONS:
        return increment + MANY_QUESTIONS_INCREMENT
    return increment + (n_questions * QUESTION_INCREMENT if n_questions > 1 else 0.0)


def count_emphasis(words: Sequence[Word]) -> tuple[int, int]:
    """How many exclamation and question marks a text has."""
    return sum(word.token.count("!") for word in words), sum(word.token.count("?") for word in words)


class Sums(NamedTuple):
    """What a text's scores are made of; emphasis included."""

    total: float
    positive: float
    """Of the positive valences, each + 1."""
    negative: float
    """Of the negative valences, each - 1; not above zero."""
    neutral: int
    """The number of words without a valence."""


def sum_valences(valences: Sequence[float], increment: float) -> Sums:
    """A text's sums, from the valences of all its words and its `emphasis`, which goes to the stronger side.

    >>> sum_valences([2.0, 0.0, -1.5], 0.25)
    Sums(total=0.75, positive=3.25, negative=-2.5, neutral=1)
    """
    total = float(sum(valences))
    # One by one as VADER does it; `sum` corrects rounding errors from Python 3.12 on.
    positive = negative = 0.0
    for valence in valences:
        if valence > 0:
            positive += valence + 1
        elif valence < 0:
            negative += valence - 1
    neutral = sum(valence == 0 for valence in valences)
    total += increment if total > 0 else -increment if total < 0 else 0.0
    if positive > -negative:
        positive += increment
    elif positive < -negative:
        negative -= increment
    return Sums(total, positive, negative, neutral)


def score(sums: Sums) -> dict[str, float]:
    """VADER's four scores, by our names of columns; all are 0.0 for a text without words.

    >>> score(Sums(total=0.75, positive=3.25, negative=-2.5, neutral=1))
    {'vader_neg': 0.37, 'vader_neu': 0.148, 'vader_pos': 0.481, 'vader_compound': 0.1901}
    """
    everything = (sums.positive - sums.negative + sums.neutral) or 1.0
    compound = sums.total / math.sqrt(sums.total * sums.total + NORMALIZATION)
    return {
        "vader_neg": round(abs(sums.negative / everything), 3),
        "vader_neu": round(sums.neutral / everything, 3),
        "vader_pos": round(sums.positive / everything, 3),
        "vader_compound": round(max(-1.0, min(1.0, compound)), 4),
    }
