"""VADER's own data, read from its package, and what it says of single tokens.

VADER's lexicon gives 7,500 words and emoticons a valence from -4 to 4. Three lists in its code add to it:
boosters and dampeners ("very", "barely"), negations, and idioms.
"""

from __future__ import annotations

import string
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from tasks.cache import cached_table
from tasks.text.hash_index import HashIndex

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from tasks.measure.tokens import Vocabulary


@dataclass(frozen=True)
class VaderLexicon:
    """VADER's own data; all keys but emojis are in lower case."""

    valences: dict[str, float]
    boosters: dict[str, float]
    """What a word or phrase adds to the valence of a word after it; below zero for dampeners."""
    negations: frozenset[str]
    idioms: dict[str, float]
    emojis: dict[str, str]
    """The description that VADER reads in the place of each emoji."""

    @property
    def phrases(self) -> list[list[str]]:
        """Idioms and boosters of several words."""
        return [phrase.split() for phrase in (*self.idioms, *self.boosters) if " " in phrase]


@cache
def vader_lexicon() -> VaderLexicon:
    """The lexicon of the installed package."""
    from vaderSentiment import vaderSentiment

    analyzer = vaderSentiment.SentimentIntensityAnalyzer()
    idioms, boosters = idioms_and_boosters()
    return VaderLexicon(analyzer.lexicon, boosters, frozenset(vaderSentiment.NEGATE), idioms, analyzer.emojis)


@cache
def idioms_and_boosters() -> tuple[dict[str, float], dict[str, float]]:
    """VADER's idioms and its boosters; separate from the lexicon, since they are in its code and need no reading."""
    from vaderSentiment import vaderSentiment

    return vaderSentiment.SPECIAL_CASES, vaderSentiment.BOOSTER_DICT


def core_of(token: str) -> str:
    """What VADER looks up: the token without the ASCII punctuation around it, unless two characters or fewer are left.

    >>> [core_of(token) for token in ('"Great!"', "ok!", ":-)", "“great”")]
    ['Great', 'ok!', ':-)', '“great”']
    """
    core = token.strip(string.punctuation)
    return core if len(core) > 2 else token


def expand_emojis(token: str) -> list[str]:
    """The tokens that VADER reads in place of one with emojis: each becomes its description.

    >>> expand_emojis("yes😀no")
    ['yes', 'grinning', 'faceno']
    """
    # VADER puts a space before a description unless the character before is one. At a token's beginning that makes no
    # difference, because there is white space before it already; so expanding depends on the token alone.
    emojis = vader_lexicon().emojis
    return "".join(f" {emojis[character]}" if character in emojis else character for character in token).split()


def is_negation(word: str) -> bool:
    """Whether a word in lower case negates: it is on VADER's list, or has "n't" in it.

    >>> [is_negation(word) for word in ("not", "mayn't", "no")]
    [True, True, False]
    """
    return word in vader_lexicon().negations or "n't" in word


class WordFlag:
    """What a token is to VADER's rules, a bit each. (Plain numbers: arrays of enums are slow.)"""

    IN_LEXICON = 1 << 0
    BOOSTER = 1 << 1
    """Strengthens or weakens what follows: very, barely."""
    UPPER_CASE = 1 << 2
    NEGATION = 1 << 3
    """See `is_negation`."""
    NO = 1 << 4
    OR_NOR = 1 << 5
    LEAST = 1 << 6
    AT_VERY = 1 << 7
    NEVER = 1 << 8
    SO_THIS = 1 << 9
    WITHOUT = 1 << 10
    DOUBT = 1 << 11
    KIND = 1 << 12
    OF = 1 << 13
    BUT = 1 << 14
    EMOJI = 1 << 15
    """Holds an emoji, which VADER reads as its description."""
    PHRASE_SECOND = 1 << 16
    """The second word of an idiom or of a booster of several words."""
    EXCLAMATION_OR_QUESTION = 1 << 17
    """Holds ! or ?."""
    ANY = IN_LEXICON | UPPER_CASE | EXCLAMATION_OR_QUESTION | BUT | PHRASE_SECOND | EMOJI
    """Flags that are searched for in all tokens of a text; the others matter next to these only."""


_FLAG_OF_WORD = {
    "no": WordFlag.NO,
    "or": WordFlag.OR_NOR,
    "nor": WordFlag.OR_NOR,
    "least": WordFlag.LEAST,
    "at": WordFlag.AT_VERY,
    "very": WordFlag.AT_VERY,
    "never": WordFlag.NEVER,
    "so": WordFlag.SO_THIS,
    "this": WordFlag.SO_THIS,
    "without": WordFlag.WITHOUT,
    "doubt": WordFlag.DOUBT,
    "kind": WordFlag.KIND,
    "of": WordFlag.OF,
    "but": WordFlag.BUT,
}

# What a word in lower case is to VADER: flags, valence and boost; the phrases that it opens, and those that it continues
# as their second word (a bit for each first word of a phrase).
_WORD_FEATURES = pl.Schema(
    {"flags": pl.Int32(), "valence": pl.Float64(), "boost": pl.Float64(), "opens": pl.Int32(), "continues": pl.Int32()}
)


class _KnownWords:
    """The words that VADER's data or rules name, with their features; and its emojis."""

    def __init__(self, table: pl.DataFrame) -> None:
        self._index = HashIndex()
        self._index.add(table["word"].hash().to_numpy(), np.arange(len(table), dtype=np.int32))
        # A row of zeros for all other words: `UNKNOWN`, which is -1, is the place of the last row.
        self._columns = {name: np.append(table[name].to_numpy(), 0) for name in _WORD_FEATURES}
        self.emojis = frozenset(table.filter(pl.col("flags") & WordFlag.EMOJI != 0)["word"])

    def features(self, words: pl.Series) -> dict[str, NDArray[Any]]:
        """`_WORD_FEATURES` of words in lower case."""
        rows = self._index.find(words.hash().to_numpy())
        return {name: column[rows] for name, column in self._columns.items()}


@cache
def _known_words(folder: Path | None) -> _KnownWords:
    return _KnownWords(cached_table(folder, "vader", metadata.version("vaderSentiment"), _list_known_words))


def _list_known_words() -> pl.DataFrame:
    lexicon = vader_lexicon()
    flags: defaultdict[str, int] = defaultdict(int)
    for words, flag in (
        (lexicon.valences, WordFlag.IN_LEXICON),
        (lexicon.boosters, WordFlag.BOOSTER),
        (lexicon.negations, WordFlag.NEGATION),
        # VADER reads character by character, and never finds other emojis.
        ([emoji for emoji in lexicon.emojis if len(emoji) == 1], WordFlag.EMOJI),
        ([second for _, second, *_ in lexicon.phrases], WordFlag.PHRASE_SECOND),
    ):
        for word in words:
            flags[word] |= flag
    for word, flag in _FLAG_OF_WORD.items():
        flags[word] |= flag
    opens: defaultdict[str, int] = defaultdict(int)
    continues: defaultdict[str, int] = defaultdict(int)
    for number, opener in enumerate(dict.fromkeys(first for first, *_ in lexicon.phrases)):
        opens[opener] = 1 << number
    for first, second, *_ in lexicon.phrases:
        continues[second] |= opens[first]
        flags.setdefault(first, 0)  # it is known, whether it has a flag of its own or not
    rows = [
        (word, flag, lexicon.valences.get(word, 0.0), lexicon.boosters.get(word, 0.0), opens[word], continues[word])
        for word, flag in flags.items()
    ]
    return pl.DataFrame(rows, {"word": pl.String(), **_WORD_FEATURES}, orient="row")


def token_features(vocabulary: Vocabulary, folder: Path | None = None) -> Mapping[str, NDArray[Any]]:
    """What each distinct token is to VADER, by id: `flags` (see `WordFlag`), `valence` in the lexicon, `boost` to words
    after it, `opens` and `continues` (phrases), `exclamations` and `questions` (marks in it), `is_flagged` (whether it has
    one of the flags `WordFlag.ANY`).
    """
    return vocabulary.features("sentiment", lambda strings: _features_of(strings, _known_words(folder)))


def _features_of(strings: Sequence[str], known_words: _KnownWords) -> dict[str, NDArray[Any]]:
    tokens = pl.Series(strings, dtype=pl.String)
    stripped = tokens.str.strip_chars(string.punctuation)
    cores = pl.select(pl.when(stripped.str.len_chars() > 2).then(stripped).otherwise(tokens)).to_series()
    lower = cores.str.to_lowercase()
    flags = np.zeros(len(tokens), np.int32)
    cased = (cores != lower).arg_true()
    is_upper = cores.gather(cased) == cores.gather(cased).str.to_uppercase()
    flags[cased.filter(is_upper)] = WordFlag.UPPER_CASE
    # Rust and Python agree on the case of ASCII letters only.
    others = (tokens.str.len_bytes() != tokens.str.len_chars()).arg_true()
    if len(others):
        other_cores = cores.gather(others).to_list()
        lower = lower.scatter(others, [core.lower() for core in other_cores])
        flags[others] = [
            (WordFlag.UPPER_CASE if core.isupper() else 0)
            | (0 if known_words.emojis.isdisjoint(token) else WordFlag.EMOJI)
            for token, core in zip(tokens.gather(others), other_cores, strict=True)
        ]
    known = known_words.features(lower)
    flags |= known["flags"]
    flags |= np.where(lower.str.contains("n't", literal=True).to_numpy(), WordFlag.NEGATION, 0)
    marked = tokens.str.contains("[!?]").arg_true()
    flags[marked] |= WordFlag.EXCLAMATION_OR_QUESTION
    punctuation = {name: np.zeros(len(tokens), np.int64) for name in ("exclamations", "questions")}
    for counts, mark in zip(punctuation.values(), "!?", strict=True):
        counts[marked] = tokens.gather(marked).str.count_matches(mark, literal=True)
    return {**known, **punctuation, "flags": flags, "is_flagged": flags & WordFlag.ANY != 0}
