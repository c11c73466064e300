"""What a token says about the end of a sentence: how it ends (`Before`), how it starts (`After`), and which pairs of the
two end one (`ends_between`).

Both kinds are features of a token alone. Abbreviations and names with an exclamation mark are in data/abbreviations.tsv,
words that have a capital only where a sentence begins in data/sentence_openers.txt.
"""

from __future__ import annotations

import re
from enum import IntEnum
from functools import cache, lru_cache
from importlib.resources import files

import numpy as np


class Before(IntEnum):
    """The kind of end of the token before a possible sentence end."""

    OPEN = 0
    """No end at all: "word", "Smith,", "[...]"."""
    STOP = 1
    """A full stop: "town.", 'town."'."""
    EXCLAMATION = 2
    """A question or exclamation mark: "what?", "No!'"."""
    ELLIPSIS = 3
    """Three dots or the character for them: "well...", "wait…"."""
    INITIAL = 4
    """A capital letter with a full stop: "J."."""
    NEVER = 5
    """An abbreviation that never ends a sentence: "Mr.", "e.g."."""
    NUMBER = 6
    """An abbreviation unless a number follows: "No.", "Sept."."""
    MAYBE = 7
    """An abbreviation that can end a sentence, or a name with an exclamation mark: "Inc.", "U.S.", "Yahoo!"."""
    TIME = 8
    """"a.m." and "p.m."."""
    PAUSE = 9
    """An ellipsis by itself, or behind a word that wants another: "...", "on…"."""


class After(IntEnum):
    """The kind of start of the token after a possible sentence end."""

    NO_START = 0
    """A small letter or a mark: "and", "-"."""
    CAPITAL = 1
    """A capital that could be a name's: "Smith", "“Smith", "iPhone"."""
    OPENER = 2
    """A capital on a word that has none inside a sentence: "The", "'We"."""
    FIRST_PERSON = 3
    """"I", which is always a capital."""
    NUMBER = 4
    """A number, a sum, a bullet or a bar: "20", "$5m", "|"."""


_STARTS = frozenset({After.CAPITAL, After.OPENER, After.FIRST_PERSON, After.NUMBER})
_ENDED_BY: dict[Before, frozenset[After]] = {
    Before.OPEN: frozenset(),
    Before.STOP: _STARTS,
    Before.EXCLAMATION: _STARTS,
    Before.ELLIPSIS: _STARTS - {After.FIRST_PERSON},
    Before.INITIAL: frozenset({After.OPENER, After.FIRST_PERSON}),
    Before.NEVER: frozenset(),
    Before.NUMBER: _STARTS - {After.NUMBER},
    Before.MAYBE: frozenset({After.OPENER, After.FIRST_PERSON}),
    Before.TIME: _STARTS - {After.NUMBER},
    Before.PAUSE: frozenset({After.OPENER}),
}
ENDS = np.array([[after in _ENDED_BY[before] for after in After] for before in Before])
"""Whether a sentence ends between a token of a kind `Before` and one of a kind `After`."""

CLOSERS = "\"'”’»›)]}*_"
OPENERS = "\"'“‘«‹([{*_¿¡`-–—"
TERMINATORS = ".!?…。！？"
_NUMBER_STARTS = "$£€¥#@•·▪■●|"
_TIME = re.compile(r"[\d.:]*([ap]\.m)")
_LETTERS_WITH_STOPS = re.compile(r"(?:[^\W\d_]\.)+[^\W\d_]")
_FOOTNOTE = re.compile(r"(?<=[^\d\s])([.!?][\"'”’]*)(?:\[\d{1,3}\])+$")
# A brand that begins small: one to three small letters, then a capital.
_SMALL_BRAND = re.compile(r"[a-z]{1,3}[A-Z]")
# A sentence that trails off after one of these goes on.
_WANTS_MORE = frozenset("a an the of on at in to from with by for and or my your his her our their".split())


@cache
def _abbreviations() -> dict[str, Before]:
    return {abbreviation: Before[kind.upper()] for abbreviation, kind in _rows("abbreviations.tsv")}


def _rows(name: str) -> list[list[str]]:
    text = files("tasks.segment").joinpath("data", name).read_text("utf-8")
    return [line.split("\t") for line in text.splitlines() if line and not line.startswith("#")]


@cache
def _opening_words() -> frozenset[str]:
    return frozenset(word for (word,) in _rows("sentence_openers.txt"))


@cache
def _time_words() -> dict[str, str]:
    return {word: kind for word, kind in _rows("time_words.tsv")}  # noqa: C416  a row is a list


def _known(word: str) -> Before | None:
    """What the list says of an abbreviation; one that the list writes with a capital needs it."""
    known = _abbreviations().get(word)
    return known if known is not None else _abbreviations().get(word.lower())


@lru_cache(maxsize=1 << 17)
def kind_before(token: str) -> Before:
    """The kind of end of `token`.

    >>> [kind_before(token).name for token in ["town.'", "Mr.", "U.S.", "why?", "J.", "[...]", "3.5", "town.[2]"]]
    ['STOP', 'NEVER', 'MAYBE', 'EXCLAMATION', 'INITIAL', 'OPEN', 'OPEN', 'STOP']
    """
    bare = _FOOTNOTE.sub(r"\1", token).rstrip(CLOSERS)
    if not bare or bare[-1] not in TERMINATORS:
        return Before.OPEN
    if bare[-1] in "!?！？":
        return _known(bare.lstrip(OPENERS)) or Before.EXCLAMATION
    word = bare.rstrip(".…。")
    if len(bare) - len(word) > 1 or bare[-1] == "…":
        # Four dots are an ellipsis and a full stop.
        if bare.endswith("...."):
            return Before.STOP
        if word.endswith(("[", "(")):
            return Before.OPEN
        goes_on = bare == token and (not word or word.lower() in _WANTS_MORE)
        return Before.PAUSE if goes_on else Before.ELLIPSIS
    word = word.lstrip(OPENERS)
    if len(word) == 1 and word.isupper():
        return Before.INITIAL
    known = _known(word)
    if known is not None:
        return known
    if _TIME.fullmatch(word.lower()):
        return Before.TIME
    # Letters with full stops between: "U.S.", "J.K.".
    return Before.MAYBE if _LETTERS_WITH_STOPS.fullmatch(word) else Before.STOP


@lru_cache(maxsize=1 << 17)
def kind_after(token: str) -> After:
    """The kind of start of `token`.

    >>> [kind_after(token).name for token in ["Smith", "'The", "I've", "(20", "and", "—", "iPhone", "US"]]
    ['CAPITAL', 'OPENER', 'FIRST_PERSON', 'NUMBER', 'NO_START', 'NO_START', 'CAPITAL', 'CAPITAL']
    """
    bare = token.lstrip(OPENERS)
    if not bare:
        return After.NO_START
    if bare[0].isdigit() or bare[0] in _NUMBER_STARTS:
        return After.NUMBER
    word = re.split(r"[^\w]", bare, maxsplit=1)[0]
    if word == "I":
        return After.FIRST_PERSON
    is_acronym = len(word) > 1 and word.isupper()  # "US" is not "us"
    if word[:1].isupper() and not is_acronym and word.lower() in _opening_words():
        return After.OPENER
    if _SMALL_BRAND.match(bare):
        return After.CAPITAL
    # Scripts without capitals begin sentences too.
    return After.CAPITAL if bare[0].isalpha() and not bare[0].islower() else After.NO_START


def goes_with_time(following: list[str]) -> bool:
    """Whether the tokens behind "a.m." or "p.m." belong to the time: a day, a date, or the zone.

    >>> goes_with_time(["Monday."]), goes_with_time(["Aug.", "9"]), goes_with_time(["New", "York", "time."])
    (True, True, True)
    >>> goes_with_time(["Smith", "left"]), goes_with_time(["May", "left"])
    (False, False)
    """
    if not following:
        return False
    word = re.split(r"[^\w]", following[0], maxsplit=1)[0]
    later = [token.rstrip(".,;:!?)\"'”’").lower() for token in following[1:3]]
    kind = _time_words().get(word)
    if kind == "month":
        return bool(following[1:]) and following[1][0].isdigit()
    if kind == "region":
        is_last = following[0] != word or len(following) == 1
        return is_last or following[1][0].islower() or later[0] in {"time", "standard", "daylight"}
    return kind is not None or "time" in later[:1] or (later[1:] == ["time"] and following[1][0].isupper())


def glued_places(text: str) -> list[int]:
    """Where a sentence begins directly behind the mark that ends the one before, without white space between.

    The word before the mark must be no abbreviation, and the word after it one that shows the beginning of a sentence;
    behind a word in small letters, any word with a capital does. Addresses and names of files are left alone.

    >>> glued_places("It closed on Monday.It opens.“We sail,” she said.Nobody came."), glued_places("Visit www.Shop.Then")
    ([20, 29, 49], [])
    """
    return [
        match.end()
        for match in _GLUED.finditer(text)
        if text[match.start() - 1 : match.start()] in _SMALL_LETTERS
        and _parts_sentences(text, match.start(), match.end())
    ]


_GLUED = re.compile(r"[.!?][”’»)\]]?(?=[“‘«(]?[A-Z])")
_SMALL_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz")
_LONGEST_WORD = 60  # code points on either side
_LAST_WORD = re.compile(r"[^\W\d_]+(?:['’][a-z]+)?$")
_NEXT_WORD = re.compile(r"[“‘«(]?([A-Z]\w*)(?:['’][a-z]+)?")


def _parts_sentences(text: str, mark: int, place: int) -> bool:
    left = re.split(r"\s", text[max(0, mark - _LONGEST_WORD) : mark])[-1]
    right = re.split(r"\s", text[place : place + _LONGEST_WORD], maxsplit=1)[0]
    if re.search(r"[@/\\_=<>{}\d]|www\.", left + right):
        return False
    last, following = _LAST_WORD.search(left), _NEXT_WORD.match(right)
    if not last or not following or len(last[0]) < 2 or kind_before(f"{last[0]}{text[mark]}") not in _GLUING:
        return False
    if kind_after(following[1]) in {After.OPENER, After.FIRST_PERSON}:
        return True
    is_word = following[1][1:].islower() and not right[following.end() :].startswith((".", "("))
    return is_word and (last[0].islower() or place - mark > 1 or right[0] != following[1][0])


_GLUING = frozenset({Before.STOP, Before.EXCLAMATION})
