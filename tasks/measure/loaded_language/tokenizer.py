"""Texts as one long row of words, each a code and flags.

A token is a piece between white space; its words are what stands between its punctuation and hyphens ("crime-ridden"
is two, joined). What a token holds is worked out once for each distinct token and looked up by id from then on.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from tasks.package_data import folder_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from numpy.typing import NDArray

    from tasks.measure.loaded_language.affixes import Affixes
    from tasks.measure.tokens import Tokens

    Bools = NDArray[np.bool_]
    Ints = NDArray[np.int64]

CAPITAL = 1  # begins with a capital
UPPER = 2  # two letters or more, all in capitals
EMPHATIC = 4  # all in capitals although it is a plain word, not an acronym
LONG = 8  # four letters or more: in a headline these have capitals
NUMBER = 16  # begins with a digit
SUPERLATIVE = 32
HYPHENED = 64  # joined to the word before by a hyphen
OPENED = 128  # a quotation mark opens before it
BREAK_BEFORE = 256  # punctuation that no term reaches over
BREAK_AFTER = 512
SENTENCE_AFTER = 1024  # a sentence ends after it
CLOSED = 2048  # a quotation mark closes right after it
EXCLAIMED = 4096  # an exclamation mark follows
POSSESSOR = 8192  # a name in the possessive, wherever in its sentence it stands: "Putin's"
SPEECH = 16384  # says, calls, writes: tells of somebody's speech
OPENS_TERM = 32768  # a term of the lexicon begins with it
CONTINUES_TERM = 65536  # a term has it as its second word

MAX_WORDS = 6
"""Words of one token that are read: what has more is an address or a chain of dashes, not prose."""
_MAX_LENGTH = np.iinfo(np.uint16).max
_WORD = re.compile(r"[^\W_]+(?:(?:'|(?<=\d)[.,](?=\d))[^\W_]+)*")
_ADDRESS = re.compile(r"://|@|^www\.|^[#&]|\.(?:com|org|net|co|gov|html)\b")
_BREAK = re.compile(r"[.,;:!?()\[\]{}/|…\N{EN DASH}\N{EM DASH}\N{BULLET}]|--")
_SENTENCE_END = re.compile(r"[.!?…]")
_HYPHENS = ("-", "\N{HYPHEN}", "\N{NON-BREAKING HYPHEN}")


@dataclass(frozen=True)
class Words:
    """All words of all texts; each array has one item for each word."""

    codes: NDArray[np.int32]
    """The word's number in the lexicon, 0 if the lexicon does not know it."""
    flags: NDArray[np.int32]
    token: NDArray[np.int32]
    """The token that it stands in."""
    column: NDArray[np.uint8]
    """Its place among that token's words."""
    joined: Bools
    """Whether a term may reach from this word to the next."""
    sentence: NDArray[np.int32]
    """A number that grows with each sentence and each text."""
    starts_sentence: Bools
    starts_text: Bools

    def at(self, places: Ints) -> tuple[Ints, Bools]:
        """Places brought into range, and which were in it."""
        inside = (places >= 0) & (places < len(self.codes))
        return np.where(inside, places, 0), inside

    def has(self, places: Ints, flag: int) -> Bools:
        """Whether the words there have any of the flags."""
        found: Bools = self.flags[places] & flag > 0
        return found


class TokenReader:
    """Reads distinct tokens for one lexicon."""

    def __init__(
        self,
        codes: Mapping[str, int],
        affixes: Affixes,
        plain_words: AbstractSet[str],
        classes: Mapping[str, AbstractSet[str]],
        flags_of_codes: Mapping[int, int],
    ) -> None:
        self._flags_of_codes = flags_of_codes
        self._classes = classes
        self._codes = codes
        self._affixes = affixes
        self._plain_words = plain_words

    def __call__(self, strings: Sequence[str]) -> dict[str, NDArray[Any]]:
        """What each token holds: `n_words`; of its words, each a column, `codes` and `flags`, and where each `starts` and
        `ends` in the token. Code and flags of the first word stand apart, too.
        """
        counts: list[int] = []
        read: list[int] = []
        for string in strings:
            words = self._read(string)
            counts.append(len(words))
            read += itertools.chain.from_iterable(words)
        n_words = np.array(counts, np.int64)
        token = np.repeat(np.arange(len(n_words)), n_words)
        column = np.arange(len(token)) - np.repeat(np.cumsum(n_words) - n_words, n_words)
        codes, flags, starts, ends = facts = np.zeros((4, len(n_words), MAX_WORDS), np.int32)
        facts[:, token, column] = np.array(read, np.int32).reshape(-1, len(facts)).T
        first = {"first_code": codes[:, 0].copy(), "first_flags": flags[:, 0].copy()}
        return {
            "n_words": n_words.astype(np.uint8),
            **first,
            "codes": codes,
            "flags": flags,
            "starts": starts,
            "ends": ends,
        }

    def _read(self, string: str) -> list[tuple[int, int, int, int]]:
        """(code, flags, start, end) of each word. A token without one counts as one that nobody knows."""
        if len(string) > _MAX_LENGTH or _ADDRESS.search(string):
            return [(0, BREAK_BEFORE | BREAK_AFTER, 0, 0)]
        found = list(itertools.islice(_WORD.finditer(string), MAX_WORDS))
        if not found:
            breaks = BREAK_BEFORE | BREAK_AFTER if string == "-" or _BREAK.search(string) else 0
            return [(0, breaks | (SENTENCE_AFTER if _SENTENCE_END.search(string) else 0), 0, 0)]
        words = []
        edges = [0, *(edge for match in found for edge in match.span()), len(string)]
        for number, match in enumerate(found):
            before = string[edges[2 * number] : match.start()]
            after = string[match.end() : edges[2 * number + 3]]
            word = match[0].lower().removesuffix("'s")
            flags = self._shape(match[0], word) | self._surroundings(word, before, after, first=not number)
            if number + 1 == len(found) and flags & BREAK_AFTER and _SENTENCE_END.search(after):
                flags |= SENTENCE_AFTER
            # Not by the length of `word`: a few letters change theirs in lower case.
            end = match.end() - len("'s") * match[0].lower().endswith("'s")
            code = self._code(word)
            flags |= self._flags_of_codes.get(code, 0)
            words.append((code, flags, match.start(), end))
        return words

    def _shape(self, text: str, word: str) -> int:
        flags = LONG if len(word) > 3 else 0
        if text[0].isupper():
            flags |= CAPITAL
            if text[-2:].lower() == "'s" and not self._is_plain(word):
                flags |= POSSESSOR
            if len(word) > 1 and text.isupper():
                flags |= UPPER
                if len(word) > 2 and self._is_plain(word):
                    flags |= EMPHATIC
        elif text[0].isdigit():
            flags |= NUMBER
            letters = word.lstrip("0123456789.,")  # "1.2MILLION"
            if text.isupper() and len(letters) > 2 and self._is_plain(letters):
                flags |= UPPER | EMPHATIC
        degree = len(word) > 5 and word.endswith("est") and word not in self._classes["no_superlative"]
        if degree or word in self._classes["superlative"]:
            flags |= SUPERLATIVE
        return flags

    def _surroundings(self, word: str, before: str, after: str, *, first: bool) -> int:
        flags = 0
        if before:
            if _BREAK.search(before):
                flags |= BREAK_BEFORE
            if not first and before[-1] in _HYPHENS:
                flags |= HYPHENED
            if before[-1] in "'\"":
                flags |= OPENED
        # The stop of an abbreviation or of an initial breaks nothing.
        if (
            after
            and not (after == "." and (word in self._classes["abbreviation"] or len(word) == 1))
            and _BREAK.search(after)
        ):
            flags |= BREAK_AFTER
        if after[:1] in {"'", '"'}:
            flags |= CLOSED
        if "!" in after:
            flags |= EXCLAIMED
        return flags

    def _is_plain(self, word: str) -> bool:
        if word in self._plain_words:
            return True
        stems = (word.removesuffix(ending) for ending in ("s", "es", "d", "ed", "ing", "ly"))
        return any(len(stem) > 2 and stem in self._plain_words for stem in stems)  # "ONS" is no plural

    def _code(self, word: str) -> int:
        code = self._codes.get(word, 0)
        if not code and word.endswith("n't"):
            code = self._codes.get("n't", 0)
        return code or self._affixes.inside(word)


def read_words(tokens: Tokens, facts: Mapping[str, NDArray[Any]]) -> Words:
    """The words of all texts, from what a `TokenReader` says of each distinct token."""
    n_words = facts["n_words"].take(tokens.ids)
    counts = n_words.astype(np.int64)
    token = np.repeat(np.arange(len(counts), dtype=np.int32), counts)
    codes, flags = (np.repeat(facts[first].take(tokens.ids), counts) for first in ("first_code", "first_flags"))
    column = np.zeros(len(token), np.uint8)
    # Most tokens hold one word; of the others, the words after the first take their places.
    longer = np.flatnonzero(n_words > 1)
    n_more = counts[longer] - 1
    del n_words, counts  # of a long text they are a tenth of what is held here
    n_more_before = np.concatenate([np.zeros(1, np.int64), np.cumsum(n_more)])
    firsts = longer + n_more_before[:-1]
    for nth in range(1, MAX_WORDS):
        has = np.flatnonzero(n_more >= nth)
        places, ids = firsts[has] + nth, tokens.ids[longer[has]]
        codes[places], flags[places], column[places] = facts["codes"][ids, nth], facts["flags"][ids, nth], nth
    starts_text = np.zeros(len(codes), bool)
    begins = tokens.offsets[:-1][tokens.counts > 0]
    starts_text[begins + n_more_before[np.searchsorted(longer, begins)]] = True
    starts_sentence = starts_text.copy()
    starts_sentence[1:] |= flags[:-1] & SENTENCE_AFTER > 0
    joined = np.zeros(len(codes), bool)
    joined[:-1] = (flags[:-1] & BREAK_AFTER == 0) & (flags[1:] & BREAK_BEFORE == 0) & ~starts_sentence[1:]
    return Words(
        codes, flags, token, column, joined, np.cumsum(starts_sentence, dtype=np.int32), starts_sentence, starts_text
    )


@cache
def common_words() -> frozenset[str]:
    """Plain English words: the list of easy words that textstat ships, read without importing textstat."""
    path = folder_of("textstat", "the list of easy words is read from it") / "resources" / "en" / "easy_words.txt"
    return frozenset(path.read_text(encoding="utf-8").split())
