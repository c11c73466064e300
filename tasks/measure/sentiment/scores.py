"""VADER's scores for whole columns of texts, equal to vaderSentiment 3.3.2 to the last bit.

VADER (Hutto and Gilbert 2014) looks each token up in a lexicon of valences. Where it finds one, it asks the three tokens
before it, and a few after, whether they boost, negate or replace it. All other tokens are neutral. So the work here is
done on the *sentiment words* only, one token in fifteen of news text: for each, the marks of its neighbours are
gathered, and VADER's rules are applied to all at once, in VADER's order (`_apply_rules`).

The rules are those of its code, also where the code does not do what it seems meant to do:
- "so" or "this" right before a word strengthens it by a quarter, with or without "never", if a third token precedes;
- idioms are seen only if three tokens precede and the first of these has no valence of its own;
- a word of valence 0 in capitals becomes negative;
- of values that 'but' weakens or strengthens, some are changed twice and others not at all: see `weigh_around_but`.
VADER is quadratic in the length of a text; this is linear.
"""

from __future__ import annotations

import heapq
import string
import sys
from collections import defaultdict
from dataclasses import dataclass, replace
from functools import cache, cached_property
from importlib import metadata
from math import fsum
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from tasks.cache import cached_table
from tasks.measure.tokens import Tokens, Vocabulary
from tasks.text.hash_index import MULTIPLIER, HashIndex

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

# Marks of a token, as bits.
_VALENCED = 1 << 0  # in the lexicon
_BOOSTER = 1 << 1  # strengthens or weakens what follows: very, barely
_CAPITALS = 1 << 2
_NEGATION = 1 << 3  # in VADER's list, or with n't in it
_NO = 1 << 4
_OR_NOR = 1 << 5
_LEAST = 1 << 6
_AT_VERY = 1 << 7
_NEVER = 1 << 8
_SO_THIS = 1 << 9
_WITHOUT = 1 << 10
_DOUBT = 1 << 11
_KIND = 1 << 12
_OF = 1 << 13
_BUT = 1 << 14
_EMOJI = 1 << 15  # holds an emoji, which VADER reads as its description
_IDIOM = 1 << 16  # the second word of an idiom or of a booster of several words
_EMPHASIS = 1 << 17  # holds ! or ?
_NOTABLE = _VALENCED | _CAPITALS | _EMPHASIS | _BUT | _IDIOM | _EMOJI
# What a rule asks of a word with valence itself, and of the three tokens before it, first of all.
_OWN_CAUSES = _NO | _CAPITALS
_CAUSES = _NO | _BOOSTER | _NEGATION | _NEVER | _SO_THIS | _LEAST

RULES = ("lexicon", "no", "capitals", "booster", "negation", "idiom", "least", "but", "emphasis")
"""What VADER does to a word's valence, in order; `emphasis` is done to the text's."""

_MARKED_WORDS = {
    "no": _NO,
    "or": _OR_NOR,
    "nor": _OR_NOR,
    "least": _LEAST,
    "at": _AT_VERY,
    "very": _AT_VERY,
    "never": _NEVER,
    "so": _SO_THIS,
    "this": _SO_THIS,
    "without": _WITHOUT,
    "doubt": _DOUBT,
    "kind": _KIND,
    "of": _OF,
    "but": _BUT,
}

CAPITALS_INCREMENT = 0.733
NEGATION_FACTOR = -0.74
NEVER_SO_FACTOR = 1.25
# What is left of a booster one, two and three tokens before the word.
BOOSTER_REACH = (1.0, 0.95, 0.9)
BEFORE_BUT, AFTER_BUT = 0.5, 1.5


@dataclass(frozen=True)
class _Lexicon:
    """VADER's own data, read from its package; all keys in lower case."""

    valences: dict[str, float]
    boosters: dict[str, float]
    negations: frozenset[str]
    idioms: dict[str, float]
    emojis: dict[str, str]

    @property
    def phrases(self) -> list[list[str]]:
        """Idioms and boosters of several words."""
        return [phrase.split() for phrase in (*self.idioms, *self.boosters) if " " in phrase]


@cache
def _lexicon() -> _Lexicon:
    from vaderSentiment import vaderSentiment

    analyzer = vaderSentiment.SentimentIntensityAnalyzer()
    idioms, boosters = _phrase_book()
    return _Lexicon(analyzer.lexicon, boosters, frozenset(vaderSentiment.NEGATE), idioms, analyzer.emojis)


@cache
def _phrase_book() -> tuple[dict[str, float], dict[str, float]]:
    """VADER's idioms and boosters; apart, for they are in its code, and its lexicon takes a while to read."""
    from vaderSentiment import vaderSentiment

    return vaderSentiment.SPECIAL_CASES, vaderSentiment.BOOSTER_DICT


# What a word means to VADER: marks, valence and boost; the phrases that it opens, and those that it goes on with as their
# second word (a bit for each first word of a phrase).
_MEANINGS = pl.Schema(
    {"marks": pl.Int32(), "valence": pl.Float64(), "boost": pl.Float64(), "opens": pl.Int32(), "goes_on": pl.Int32()}
)


class _KnownWords:
    """The words that mean something to VADER, with their meanings; and its emojis."""

    def __init__(self, table: pl.DataFrame) -> None:
        self._index = HashIndex()
        self._index.add(table["word"].hash().to_numpy(), np.arange(len(table), dtype=np.int32))
        # All other words mean nothing: `UNKNOWN` is the place of the last row.
        self._columns = {name: np.append(table[name].to_numpy(), 0) for name in _MEANINGS}
        self.emojis = frozenset(table.filter(pl.col("marks") & _EMOJI != 0)["word"])

    def meanings(self, words: pl.Series) -> dict[str, NDArray[Any]]:
        """`_MEANINGS` of words in lower case."""
        rows = self._index.find(words.hash().to_numpy())
        return {name: column[rows] for name, column in self._columns.items()}


@cache
def _known_words(folder: Path | None) -> _KnownWords:
    return _KnownWords(cached_table(folder, "vader", metadata.version("vaderSentiment"), _read_meanings))


def _read_meanings() -> pl.DataFrame:
    lexicon = _lexicon()
    marks: defaultdict[str, int] = defaultdict(int)
    opens: defaultdict[str, int] = defaultdict(int)
    goes_on: defaultdict[str, int] = defaultdict(int)
    for words, mark in (
        (lexicon.valences, _VALENCED),
        (lexicon.boosters, _BOOSTER),
        (lexicon.negations, _NEGATION),
        # VADER reads character by character, and never finds other emojis.
        ([emoji for emoji in lexicon.emojis if len(emoji) == 1], _EMOJI),
        ([second for _, second, *_ in lexicon.phrases], _IDIOM),
    ):
        for word in words:
            marks[word] |= mark
    for word, mark in _MARKED_WORDS.items():
        marks[word] |= mark
    for number, opener in enumerate(dict.fromkeys(first for first, *_ in lexicon.phrases)):
        opens[opener] = 1 << number
    for first, second, *_ in lexicon.phrases:
        goes_on[second] |= opens[first]
        marks.setdefault(first, 0)  # it opens a phrase, whether it means anything by itself or not
    rows = [
        (word, mark, lexicon.valences.get(word, 0.0), lexicon.boosters.get(word, 0.0), opens[word], goes_on[word])
        for word, mark in marks.items()
    ]
    return pl.DataFrame(rows, {"word": pl.String(), **_MEANINGS}, orient="row")


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
    # difference, for white space stands there already; so expanding depends on the token alone.
    emojis = _lexicon().emojis
    return "".join(f" {emojis[character]}" if character in emojis else character for character in token).split()


def _facts_of(vocabulary: Vocabulary, folder: Path | None = None) -> Mapping[str, NDArray[Any]]:
    """What VADER knows of each distinct token."""
    return vocabulary.fact_columns("sentiment", lambda strings: _token_facts(strings, _known_words(folder)))


def _token_facts(strings: Sequence[str], known_words: _KnownWords) -> dict[str, NDArray[Any]]:
    tokens = pl.Series(strings, dtype=pl.String)
    plain = (tokens.str.len_bytes() == tokens.str.len_chars()).to_numpy()
    stripped = tokens.str.strip_chars(string.punctuation)
    cores = pl.select(pl.when(stripped.str.len_chars() > 2).then(stripped).otherwise(tokens)).to_series()
    lower = cores.str.to_lowercase()
    marks = np.zeros(len(tokens), np.int32)
    cased = (cores != lower).arg_true()
    in_capitals = cores.gather(cased) == cores.gather(cased).str.to_uppercase()
    marks[cased.filter(in_capitals)] = _CAPITALS
    # Rust and Python agree on the case of ASCII letters only.
    others = np.flatnonzero(~plain)
    if len(others):
        other_cores = cores.gather(others).to_list()
        lower = lower.scatter(others, [core.lower() for core in other_cores])
        marks[others] = [
            (_CAPITALS if core.isupper() else 0) | (0 if known_words.emojis.isdisjoint(strings[i]) else _EMOJI)
            for i, core in zip(others.tolist(), other_cores, strict=True)
        ]
    known = known_words.meanings(lower)
    marks |= known["marks"]
    marks |= np.where(lower.str.contains("n't", literal=True).to_numpy(), _NEGATION, 0)
    emphatic = tokens.str.contains("[!?]").arg_true()
    marks[emphatic] |= _EMPHASIS
    punctuation = {name: np.zeros(len(tokens), np.int64) for name in ("exclamations", "questions")}
    for counts, mark in zip(punctuation.values(), "!?", strict=True):
        counts[emphatic] = tokens.gather(emphatic).str.count_matches(mark, literal=True)
    return {**known, **punctuation, "marks": marks, "is_notable": marks & _NOTABLE != 0}


def sentiment(text: str) -> dict[str, float]:
    """VADER's four scores of one text.

    >>> sentiment("The plan is not good, but the cuts are a DISASTER!")
    {'vader_neg': 0.591, 'vader_neu': 0.409, 'vader_pos': 0.0, 'vader_compound': -0.9108}
    """
    return measure_sentiment(Vocabulary().encode(pl.Series([text]))).row(0, named=True)


def explain_sentiment(text: str) -> pl.DataFrame:
    """Where a text's score comes from: `explain_sentiments` for one text.

    >>> why = explain_sentiment("Not very good!")
    >>> why.select("token", "lexicon", "booster", "negation", "emphasis", pl.col("valence").round(4))
    shape: (4, 6)
    ┌───────┬─────────┬─────────┬──────────┬──────────┬─────────┐
    │ token ┆ lexicon ┆ booster ┆ negation ┆ emphasis ┆ valence │
    │ ---   ┆ ---     ┆ ---     ┆ ---      ┆ ---      ┆ ---     │
    │ str   ┆ f64     ┆ f64     ┆ f64      ┆ f64      ┆ f64     │
    ╞═══════╪═════════╪═════════╪══════════╪══════════╪═════════╡
    │ Not   ┆ 0.0     ┆ 0.0     ┆ 0.0      ┆ 0.0      ┆ 0.0     │
    │ very  ┆ 0.0     ┆ 0.0     ┆ 0.0      ┆ 0.0      ┆ 0.0     │
    │ good! ┆ 1.9     ┆ 0.293   ┆ -3.81582 ┆ 0.0      ┆ -1.6228 │
    │ !     ┆ 0.0     ┆ 0.0     ┆ 0.0      ┆ -0.292   ┆ -0.292  │
    └───────┴─────────┴─────────┴──────────┴──────────┴─────────┘
    """
    return explain_sentiments(Vocabulary().encode(pl.Series([text]))).drop("text")


def explain_sentiments(tokens: Tokens) -> pl.DataFrame:
    """Where the texts' scores come from: a row for each token that VADER reads, in order, and one for the emphasis that
    punctuation gives to a text, where it gives any.

    Columns: `text` and `token_index`, `token`; what each rule of `RULES` added to the token's valence; `rounding`, what
    floating-point arithmetic adds to these, less than 1e-14; and their sum, `valence`. A text's valences, added from first
    to last, are its score before normalization, to the last bit.
    """
    words = _SentimentWords.of(tokens)
    terms = _contributions(words)
    rounding = [
        fsum((valence, *(-part for part in parts))) for *parts, valence in terms.select(*RULES, "valence").iter_rows()
    ]
    others = np.ones(len(words.tokens.ids), bool)
    others[words.places] = False
    neutral = np.flatnonzero(others)
    return (
        pl.concat([_tokens_at(words.tokens, neutral), terms.with_columns(rounding=pl.Series(rounding))], how="diagonal")
        .sort("text", "token_index")
        .select("text", "token_index", "token", pl.col(*RULES, "rounding", "valence").fill_null(0.0))
    )


def find_sentiment_terms(paragraphs: pl.DataFrame, tokens: Tokens) -> pl.DataFrame:
    """The rows of the table `sentiment_terms`, but for their sentences: the tokens with a valence of their own, and the
    emphasis of punctuation. `paragraphs` (document_id, paragraph_index, text) are the texts of `tokens`.
    """
    words = _SentimentWords.of(tokens)
    terms = _contributions(words).sort("text", "token_index")
    texts, token_index = terms["text"].to_numpy(), terms["token_index"].to_numpy()
    n_read = _count_read(tokens, _facts_of(tokens.vocabulary)["marks"].take(tokens.ids))
    is_token = token_index < words.tokens.counts[texts]
    # Of an emoji, the words of its description stand where it stands itself.
    origins = np.repeat(np.arange(len(tokens.ids)), n_read)[
        words.tokens.offsets[texts[is_token]] + token_index[is_token]
    ]
    ends = paragraphs["text"].str.len_chars().cast(pl.Int64).to_numpy()[texts]
    starts = ends.copy()  # the emphasis is the whole text's: it stands at its end
    starts[is_token] = tokens.starts(paragraphs["text"])[origins]
    lengths = pl.Series(tokens.vocabulary.strings, dtype=pl.String).gather(tokens.ids[origins]).str.len_chars()
    ends[is_token] = starts[is_token] + lengths.to_numpy()
    return (
        paragraphs.select("document_id", "paragraph_index")[texts]
        .with_columns(start=pl.Series(starts, dtype=pl.Int32), end=pl.Series(ends, dtype=pl.Int32))
        .hstack(terms.with_columns(pl.col("token_index").cast(pl.Int32)).drop("text"))
    )


def _contributions(words: _SentimentWords) -> pl.DataFrame:
    """A row for each sentiment word, and for the emphasis of each text that has any: text, token_index, token, what each
    rule added, and their sum, valence.
    """
    parts = {rule: np.zeros(len(words.places)) for rule in RULES}
    before = np.zeros(len(words.places))
    for rule, after in words.apply_rules():
        parts[rule] += after - before
        before = after
    weighed = words.weigh_around_but(before)
    parts["but"] = weighed - before
    emphasis = np.sign(_sum_by_text(weighed, words.text_of, len(words.tokens))) * words.emphasis()
    texts = np.flatnonzero(emphasis)
    exclamations, questions = (counts[texts].tolist() for counts in words.punctuation())
    punctuation = pl.DataFrame(
        {
            "text": texts,
            "token_index": words.tokens.counts[texts],
            "token": pl.Series(
                ["!" * n + "?" * m for n, m in zip(exclamations, questions, strict=True)], dtype=pl.String
            ),
            **{rule: np.zeros(len(texts)) for rule in RULES},
            "emphasis": emphasis[texts],
            "valence": emphasis[texts],
        }
    )
    return _tokens_at(words.tokens, words.places).with_columns(**parts, valence=weighed).vstack(punctuation)


def _tokens_at(tokens: Tokens, places: NDArray[np.int64]) -> pl.DataFrame:
    """text, token_index and token of some tokens."""
    texts = tokens.text_of[places]
    strings = pl.Series(tokens.vocabulary.strings, dtype=pl.String)
    return pl.DataFrame(
        {"text": texts, "token_index": places - tokens.offsets[texts], "token": strings.gather(tokens.ids[places])}
    )


def measure_sentiment(tokens: Tokens, folder: Path | None = None) -> pl.DataFrame:
    """VADER's scores: a row a text, the columns of `schemas.VADER`. What VADER's words mean is kept in `folder`, if one
    is given.

    `vader_neg`, `vader_neu` and `vader_pos` are shares that add up to 1, `vader_compound` runs from -1 to 1; all are 0.0
    for texts without tokens.
    """
    words = _SentimentWords.of(tokens, folder)
    return _scores(words, words.valences())


@dataclass(frozen=True)
class _SentimentWords:
    """The tokens that carry valence, in texts with emojis spelt out."""

    tokens: Tokens
    facts: Mapping[str, NDArray[Any]]
    notable: NDArray[np.int64]
    """The places of tokens with a mark of `_NOTABLE`: one pass finds all that need a look."""
    marks_of_notable: NDArray[np.int32]
    places: NDArray[np.int64]
    """Where the sentiment words stand among all tokens."""
    text_of: NDArray[np.int64]
    """The text of each."""
    mixed_capitals: NDArray[np.bool_]
    """Whether some but not all tokens of a text are in capitals; by text."""

    @classmethod
    def of(cls, tokens: Tokens, folder: Path | None = None) -> _SentimentWords:
        facts = _facts_of(tokens.vocabulary, folder)
        notable = np.flatnonzero(facts["is_notable"].take(tokens.ids))
        marks = facts["marks"].take(tokens.ids.take(notable))
        if (marks & _EMOJI != 0).any():
            return cls.of(_without_emojis(tokens, facts["marks"].take(tokens.ids)), folder)
        is_valenced = marks & (_VALENCED | _BOOSTER) == _VALENCED
        places, own = notable.compress(is_valenced), marks.compress(is_valenced)
        text_of = tokens.text_of.take(places)
        # "kind of" is no kindness.
        kinds = np.flatnonzero(own & _KIND != 0)
        of = _after(facts["marks"], tokens, places[kinds], text_of[kinds], 1) & _OF != 0
        places, text_of = np.delete(places, kinds[of]), np.delete(text_of, kinds[of])
        capitals = notable.compress(marks & _CAPITALS != 0)
        n_capitals = np.bincount(tokens.text_of.take(capitals), minlength=len(tokens))
        mixed = (n_capitals > 0) & (n_capitals < tokens.counts)
        return cls(tokens, facts, notable, marks, places, text_of, mixed)

    def noted(self, mark: int) -> NDArray[np.int64]:
        """The places of all tokens with a mark of `_NOTABLE`."""
        return self.notable.compress(self.marks_of_notable & mark != 0)

    def facts_at(self, name: str, places: NDArray[np.int64]) -> NDArray[Any]:
        """A fact of the tokens there; of the first or the last beyond these."""
        return self.facts[name].take(self.tokens.ids.take(places, mode="clip"))

    @cached_property
    def _near_idiom(self) -> NDArray[np.bool_]:
        """Whether an idiom may stand near each sentiment word. Idioms are rare, so their first and second words side by
        side are looked for, and only the words near them are read.
        """
        seconds = self.noted(_IDIOM)
        seconds = seconds[self.facts_at("opens", seconds - 1) & self.facts_at("goes_on", seconds) != 0]
        near = np.zeros(len(self.tokens.ids) + 2, bool)
        for distance in (-1, 0, 1, 2):  # from the second word to the one with valence
            near[seconds + distance] = True
        return near[self.places]

    def punctuation(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """How many exclamation and question marks each text has."""
        places = self.noted(_EMPHASIS)
        text_of, ids = self.tokens.text_of[places], self.tokens.ids[places]
        exclamations, questions = (
            np.bincount(text_of, self.facts[mark][ids], len(self.tokens)).astype(np.int64)
            for mark in ("exclamations", "questions")
        )
        return exclamations, questions

    def emphasis(self) -> NDArray[np.float64]:
        """What punctuation adds to a text's score, away from zero: up to four '!' count, and '?' from the second on."""
        exclamations, questions = self.punctuation()
        of_questions = np.where(questions > 3, 0.96, np.where(questions > 1, questions * 0.18, 0.0))
        return np.minimum(exclamations, 4) * 0.292 + of_questions

    def valences(self) -> NDArray[np.float64]:
        """What each sentiment word adds to its text's score."""
        # Most words stand beside nothing that a rule asks about, and keep their valence from the lexicon.
        own, *before = (self.facts_at("marks", self.places - distance) for distance in (0, 1, 2, 3))
        causes = (own & _OWN_CAUSES) | (np.bitwise_or.reduce(before) & _CAUSES)
        touched = np.flatnonzero((causes != 0) | self._near_idiom)
        valences = self.facts_at("valence", self.places)
        few = replace(self, places=self.places[touched], text_of=self.text_of[touched])
        *_, (_, valences[touched]) = few.apply_rules()
        return self.weigh_around_but(valences)

    def apply_rules(self) -> Iterator[tuple[str, NDArray[np.float64]]]:
        """The valences after each of VADER's rules in turn, under the rule's name; the last, 'but', is
        `weigh_around_but`.
        """
        mixed_capitals = self.mixed_capitals[self.text_of]
        starts, marks = self.tokens.offsets[self.text_of], self.facts["marks"]
        own = self.facts_at("marks", self.places)
        one, two, three = (_before(marks, self.tokens, self.places, self.text_of, distance) for distance in (1, 2, 3))
        after = _after(marks, self.tokens, self.places, self.text_of, 1)

        lexicon = self.facts_at("valence", self.places)
        yield "lexicon", lexicon

        # "no" before a word with valence has none of its own, but turns that word and the one after it; so does
        # "no x or".
        valences = np.where((own & _NO != 0) & (after & _VALENCED != 0), 0.0, lexicon)
        turned = (one & _NO != 0) | (two & _NO != 0) | ((three & _NO != 0) & (one & _OR_NOR != 0))
        valences = np.where(turned, lexicon * NEGATION_FACTOR, valences)
        yield "no", valences

        # Capitals among words that are not in capitals strengthen.
        loud = (own & _CAPITALS != 0) & mixed_capitals
        valences = valences + np.where(loud, np.where(valences > 0, CAPITALS_INCREMENT, -CAPITALS_INCREMENT), 0.0)
        yield "capitals", valences

        for distance, near, reach in zip((1, 2, 3), (one, two, three), BOOSTER_REACH, strict=True):
            # A word with valence of its own says nothing about its neighbours.
            heard = (self.places - starts >= distance) & (near & _VALENCED == 0)
            valences = self._boost(valences, heard, near, distance, reach)
            yield "booster", valences

            strengthened = without_doubt = np.False_
            if distance == 2:
                strengthened = (two & _NEVER != 0) & (one & _SO_THIS != 0)
                without_doubt = (two & _WITHOUT != 0) & (one & _DOUBT != 0)
            elif distance == 3:
                # `a and b or c` in VADER's code: "so" and "this" do not need their "never".
                strengthened = ((three & _NEVER != 0) & (two & _SO_THIS != 0)) | (one & _SO_THIS != 0)
                without_doubt = (three & _WITHOUT != 0) & ((one | two) & _DOUBT != 0)
            factor = np.where(
                strengthened,
                NEVER_SO_FACTOR,
                np.where(without_doubt, 1.0, np.where(near & _NEGATION != 0, NEGATION_FACTOR, 1.0)),
            )
            valences = np.where(heard, valences * factor, valences)
            yield "negation", valences

        # `heard` is now about the third token before: idioms are looked for there only.
        valences = self._apply_idioms(valences, heard)
        yield "idiom", valences

        # "least" turns, "at least" and "very least" do not.
        turned = (one & (_LEAST | _VALENCED) == _LEAST) & (two & _AT_VERY == 0)
        valences = np.where(turned, valences * NEGATION_FACTOR, valences)
        yield "least", valences

    def _boost(
        self,
        valences: NDArray[np.float64],
        heard: NDArray[np.bool_],
        near: NDArray[np.int32],
        distance: int,
        reach: float,
    ) -> NDArray[np.float64]:
        """A booster adds its increment away from zero, a dampener towards it; capitals add to either."""
        boosted = np.flatnonzero(heard & (near & _BOOSTER != 0))
        old = valences[boosted]
        increments = self.facts_at("boost", self.places[boosted] - distance)
        increments = np.where(old < 0, -increments, increments)
        loud = (near[boosted] & _CAPITALS != 0) & self.mixed_capitals[self.text_of[boosted]]
        increments += np.where(loud, np.where(old > 0, CAPITALS_INCREMENT, -CAPITALS_INCREMENT), 0.0)
        valences = valences.copy()
        valences[boosted] = old + increments * reach
        return valences

    def _apply_idioms(self, valences: NDArray[np.float64], heard: NDArray[np.bool_]) -> NDArray[np.float64]:
        near_idiom = np.flatnonzero(heard & self._near_idiom)
        if not len(near_idiom):
            return valences
        valences = valences.copy()
        strings = self.tokens.vocabulary.strings
        for i in near_idiom.tolist():
            place = int(self.places[i])
            end = int(self.tokens.offsets[self.text_of[i] + 1])
            window = self.tokens.ids[place - 3 : min(place + 3, end)].tolist()
            replacement, boost = find_idiom([core_of(strings[token]).lower() for token in window])
            valences[i] = (valences[i] if replacement is None else replacement) + boost
        return valences

    def weigh_around_but(self, valences: NDArray[np.float64]) -> NDArray[np.float64]:
        """What comes before the first 'but' of a text counts half, what comes after it half as much again."""
        buts = self.noted(_BUT)
        if not len(buts):
            return valences
        but_of_text = np.full(len(self.tokens), -1)
        but_of_text[self.tokens.text_of[buts[::-1]]] = buts[::-1]  # the first is written last
        but = but_of_text[self.text_of]
        weighable = np.flatnonzero((but >= 0) & (valences != 0))
        text_of, values = self.text_of[weighable], valences[weighable]
        factors = np.where(self.places[weighable] < but[weighable], BEFORE_BUT, AFTER_BUT)
        weighed = valences.copy()
        weighed[weighable] = values * factors
        confused = np.flatnonzero(_may_confuse(text_of, values, weighed[weighable])[text_of])
        if len(confused):
            counts = np.unique(text_of[confused], return_counts=True)[1]
            weighed[weighable[confused]] = weigh_by_value(values[confused], factors[confused], counts)
        return weighed


def _may_confuse(
    text_of: NDArray[np.int64], values: NDArray[np.float64], weighed: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """By text, whether VADER may take a weighed value for another one (see `weigh_by_value`): some are equal."""
    # Of a text's values those that were weighed get odd keys, the others even ones: where equal, side by side.
    hashes = ((both.view(np.uint64) * MULTIPLIER >> np.uint64(32)).view(np.int64) for both in (values, weighed))
    old, new = (text_of << 32 | values_hash for values_hash in hashes)
    keys = np.sort(np.concatenate([old & ~1, new | 1]))
    equal = np.flatnonzero((keys[1:] ^ keys[:-1]) == 1)
    confused = np.zeros(text_of.max(initial=-1) + 1, bool)
    confused[keys[equal] >> 32] = True
    return confused


def _before(
    marks: NDArray[np.int32], tokens: Tokens, places: NDArray[np.int64], text_of: NDArray[np.int64], distance: int
) -> NDArray[np.int32]:
    """The marks of the token so far before each place; none if the text begins after it."""
    beside = places - distance
    return np.where(beside >= tokens.offsets[text_of], marks.take(tokens.ids.take(beside, mode="clip")), 0)


def _after(
    marks: NDArray[np.int32], tokens: Tokens, places: NDArray[np.int64], text_of: NDArray[np.int64], distance: int
) -> NDArray[np.int32]:
    """The marks of the token so far after each place; none if the text ends before it."""
    beside = places + distance
    return np.where(beside < tokens.offsets[text_of + 1], marks.take(tokens.ids.take(beside, mode="clip")), 0)


def find_idiom(words: Sequence[str]) -> tuple[float | None, float]:
    """The valence that an idiom puts in the place of the fourth word's own, and what a booster of several words adds.

    `words` are the three before, the word itself, and up to two after it, in lower case.

    >>> find_idiom(["it", "is", "the", "bomb"]), find_idiom(["was", "sort", "of", "good"])
    ((3, 0.0), (None, -0.293))
    """
    idioms, boosters = _phrase_book()
    replacement = None
    # The later ones in this list take precedence; among the first five, the earlier.
    for start, end in ((0, 2), (0, 3), (1, 3), (1, 4), (2, 4), (3, 5), (3, 6)):
        if end <= len(words):
            replacement = idioms.get(" ".join(words[start:end]), replacement)
    return replacement, sum(boosters.get(" ".join(words[start:end]), 0.0) for start, end in ((0, 3), (0, 2), (1, 3)))


_MOST_AT_ONCE = 256  # values of a text that is weighed side by side with others
_WORTH_A_STEP = 24  # a step over all texts costs as much as going through a value of so many, one by one
_TEXTS_AT_ONCE = 4096


def weigh_by_value(
    values: NDArray[np.float64], factors: NDArray[np.float64], counts: NDArray[np.int64]
) -> NDArray[np.float64]:
    """The values of texts, `counts` of each, weighed around a 'but' as VADER does it: by value.

    VADER goes through the list and looks each value up with `list.index`, which finds the first equal one. Where an
    earlier value, already halved, equals the present one, the earlier is halved again and the present one stays as it is.

    >>> weigh_by_value(np.array([2.0, 1.0, 3.0]), np.array([0.5, 0.5, 1.5]), np.array([3])).tolist()
    [0.5, 1.0, 4.5]
    """
    ends = np.cumsum(counts)
    weighed = np.empty(len(values))
    for first in range(0, len(counts), _TEXTS_AT_ONCE):
        of_block = slice(first, first + _TEXTS_AT_ONCE)
        own = slice(ends[first] - counts[first], ends[of_block][-1])
        weighed[own] = _weigh_block_by_value(values[own], factors[own], counts[of_block])
    return weighed


def _weigh_block_by_value(
    values: NDArray[np.float64], factors: NDArray[np.float64], counts: NDArray[np.int64]
) -> NDArray[np.float64]:
    # All texts at once, value by value, as far as many texts have values; the few longer ones are left out here, for this
    # is quadratic in their length.
    ends = np.cumsum(counts)
    longest = np.sort(counts)[-_WORTH_A_STEP:]
    short = np.where(counts <= min(longest[0], _MOST_AT_ONCE), counts, 0)
    places = np.arange(short.max())
    filled = places < short[:, None]
    current, factor = np.zeros(filled.shape), np.ones(filled.shape)
    is_short = np.repeat(short > 0, counts)
    current[filled], factor[filled] = values[is_short], factors[is_short]
    for place in places.tolist():
        rows = np.flatnonzero(short > place)
        first = (current[rows, : place + 1] == current[rows, place, None]).argmax(axis=1)
        current[rows, first] *= factor[rows, first]
    weighed = np.empty(len(values))
    weighed[is_short] = current[filled]
    for text in np.flatnonzero(short < counts).tolist():
        own = slice(ends[text] - counts[text], ends[text])
        weighed[own] = _weigh_many_by_value(values[own].tolist(), factors[own].tolist())
    return weighed


def _weigh_many_by_value(originals: list[float], factors: list[float]) -> list[float]:
    """What becomes of one text's values, in time that grows with their number, not with the square of it."""
    values = list(originals)
    # Where each value stands among those already gone through; the first place on top of the heap.
    places: defaultdict[float, list[int]] = defaultdict(list)
    for here, value in enumerate(originals):
        equals = places.get(value)
        place = heapq.heappushpop(equals, here) if equals else here
        values[place] = value * factors[place]
        heapq.heappush(places[values[place]], place)
    return values


def _count_read(tokens: Tokens, marks: NDArray[np.int32]) -> NDArray[np.int64]:
    """How many tokens VADER reads in the place of each: one, unless it holds emojis."""
    places = np.flatnonzero(marks & _EMOJI != 0)
    n_read = np.ones(len(tokens.ids), np.int64)
    n_read[places] = [len(expand_emojis(tokens.vocabulary.strings[token])) for token in tokens.ids[places].tolist()]
    return n_read


def _without_emojis(tokens: Tokens, marks: NDArray[np.int32]) -> Tokens:
    """The tokens with those that hold emojis replaced by what VADER reads."""
    vocabulary = tokens.vocabulary
    has_emoji = marks & _EMOJI != 0
    expansions = [
        vocabulary.intern(expand_emojis(vocabulary.strings[token])) for token in tokens.ids[has_emoji].tolist()
    ]
    n_read = _count_read(tokens, marks)
    ids = np.repeat(tokens.ids, n_read)
    ids[np.repeat(has_emoji, n_read)] = np.concatenate(expansions)
    n_before = np.concatenate([np.zeros(1, np.int64), np.cumsum(n_read)])
    return Tokens(ids, n_before[tokens.offsets], vocabulary)


def _scores(words: _SentimentWords, valences: NDArray[np.float64]) -> pl.DataFrame:
    tokens, text_of = words.tokens, words.text_of
    n_texts, n_tokens = len(tokens), tokens.counts
    # Left to right, as VADER adds: another order differs in the last bit. A positive word also counts as a word: + 1.
    total = _sum_by_text(valences, text_of, n_texts)
    positives = np.bincount(text_of, np.where(valences > 0, valences + 1, 0.0), n_texts)
    negatives = np.bincount(text_of, np.where(valences < 0, valences - 1, 0.0), n_texts)
    neutrals = n_tokens - np.bincount(text_of, valences != 0, n_texts)

    emphasis = words.emphasis()
    total = total + np.sign(total) * emphasis
    compound = np.clip(total / np.sqrt(total * total + 15), -1.0, 1.0)
    stronger = np.sign(positives - np.abs(negatives))
    positives = np.where(stronger > 0, positives + emphasis, positives)
    negatives = np.where(stronger < 0, negatives - emphasis, negatives)
    everything = positives + np.abs(negatives) + neutrals
    everything = np.where(n_tokens > 0, everything, 1.0)
    return pl.DataFrame(
        {
            "vader_neg": _round(np.abs(negatives / everything), 3),
            "vader_neu": _round(np.abs(neutrals / everything), 3),
            "vader_pos": _round(np.abs(positives / everything), 3),
            "vader_compound": _round(compound, 4),
        }
    )


def _sum_by_text(values: NDArray[np.float64], text_of: NDArray[np.int64], n_texts: int) -> NDArray[np.float64]:
    """Python's own `sum` of each text's values."""
    if sys.version_info >= (3, 12):  # `sum` compensates for rounding errors there
        return np.array(
            [sum(part.tolist()) for part in np.split(values, np.searchsorted(text_of, np.arange(1, n_texts)))]
        )
    return np.bincount(text_of, values, n_texts).astype(np.float64, copy=False)


def _round(values: NDArray[np.float64], digits: int) -> NDArray[np.float64]:
    """Python's own `round`: numpy's, but for values so near a tie that numpy's scaling could push them over it."""
    scaled = values * 10**digits
    rounded: NDArray[np.float64] = np.rint(scaled) / 10**digits
    near_tie = np.flatnonzero(np.abs(np.abs(scaled - np.floor(scaled)) - 0.5) < 1e-6)
    rounded[near_tie] = [round(value, digits) for value in values[near_tie].tolist()]
    return rounded
