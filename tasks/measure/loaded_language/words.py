"""Texts as one long row of words, each a code and flags.

A token is a piece between white space; its words are what stands between its punctuation and hyphens ("crime-ridden"
is two, joined). What a token holds is worked out once for each distinct token and looked up by id from then on.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tasks.errors import ConfigurationError

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
_FLAG_BITS = 16

MAX_WORDS = 6
"""Words of one token that are read: what has more is an address or a chain of dashes, not prose."""
_MAX_LENGTH = np.iinfo(np.uint16).max
TOKEN_FACTS = np.dtype(
    [
        ("n_words", np.uint8),
        ("length", np.int32),
        ("words", np.int64, (MAX_WORDS,)),  # code << _FLAG_BITS | flags
        ("starts", np.uint16, (MAX_WORDS,)),
        ("ends", np.uint16, (MAX_WORDS,)),
    ]
)

_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
_ADDRESS = re.compile(r"://|@|^www\.|^[#&]|\.(?:com|org|net|co|gov|html)\b")
_BREAK = re.compile(r"[.,;:!?()\[\]{}/|…\N{EN DASH}\N{EM DASH}\N{BULLET}]|--")
_SENTENCE_END = re.compile(r"[.!?…]")
_HYPHENS = ("-", "\N{HYPHEN}", "\N{NON-BREAKING HYPHEN}")


@dataclass(frozen=True)
class Words:
    """All words of all texts; each array has one item for each word."""

    codes: Ints
    """The word's number in the lexicon, 0 if the lexicon does not know it."""
    flags: Ints
    token: Ints
    """The token that it stands in."""
    column: Ints
    """Its place among that token's words."""
    joined: Bools
    """Whether a term may reach from this word to the next."""
    sentence: Ints
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
    ) -> None:
        self._classes = classes
        self._codes = codes
        self._affixes = affixes
        self._plain_words = plain_words

    def __call__(self, strings: Sequence[str]) -> NDArray[Any]:
        """`TOKEN_FACTS` of each token."""
        facts = np.zeros(len(strings), TOKEN_FACTS)
        n_words, lengths, words, starts, ends = (facts[name] for name in TOKEN_FACTS.names or ())
        for index, string in enumerate(strings):
            read = self._read(string)
            n_words[index] = len(read)
            lengths[index] = len(string)
            for column, (word, start, end) in enumerate(read):
                words[index, column] = word
                starts[index, column] = start
                ends[index, column] = end
        return facts

    def _read(self, string: str) -> list[tuple[int, int, int]]:
        """(code and flags, start, end) of each word. A token without one counts as one that nobody knows."""
        if len(string) > _MAX_LENGTH or _ADDRESS.search(string):
            return [(BREAK_BEFORE | BREAK_AFTER, 0, 0)]
        found = list(itertools.islice(_WORD.finditer(string), MAX_WORDS))
        if not found:
            breaks = BREAK_BEFORE | BREAK_AFTER if string == "-" or _BREAK.search(string) else 0
            return [(breaks | (SENTENCE_AFTER if _SENTENCE_END.search(string) else 0), 0, 0)]
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
            words.append((self._code(word) << _FLAG_BITS | flags, match.start(), end))
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
            # "1MILLION"
            if text.isupper() and len(text) > 4 and self._is_plain(word.lstrip("0123456789")):
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


def read_words(tokens: Tokens, facts: NDArray[Any]) -> Words:
    """The words of all texts, from the `TOKEN_FACTS` of each distinct token."""
    counts = facts["n_words"][tokens.ids].astype(np.int64)
    bounds = np.zeros(len(counts) + 1, np.int64)
    np.cumsum(counts, out=bounds[1:])
    token = np.repeat(np.arange(len(counts)), counts)
    column = np.arange(bounds[-1]) - bounds[token]
    packed = facts["words"].reshape(-1)[tokens.ids[token].astype(np.int64) * MAX_WORDS + column]
    codes, flags = packed >> _FLAG_BITS, packed & ((1 << _FLAG_BITS) - 1)
    starts_text = np.zeros(len(codes), bool)
    starts_text[bounds[tokens.offsets[:-1][np.diff(tokens.offsets) > 0]]] = True
    starts_sentence = starts_text.copy()
    starts_sentence[1:] |= flags[:-1] & SENTENCE_AFTER > 0
    joined = np.zeros(len(codes), bool)
    joined[:-1] = (flags[:-1] & BREAK_AFTER == 0) & (flags[1:] & BREAK_BEFORE == 0) & ~starts_sentence[1:]
    return Words(codes, flags, token, column, joined, np.cumsum(starts_sentence), starts_sentence, starts_text)


@cache
def common_words() -> frozenset[str]:
    """Plain English words: the list of easy words that textstat ships, read without importing textstat."""
    spec = find_spec("textstat")
    if spec is None or not spec.submodule_search_locations:
        raise ConfigurationError("textstat is not installed: its list of easy words is needed")
    path = Path(spec.submodule_search_locations[0]) / "resources" / "en" / "easy_words.txt"
    return frozenset(path.read_text(encoding="utf-8").split())
