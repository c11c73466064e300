"""The logits of all proposed terms of a column of texts: the sums of the weights of `features.named_features`.

What follows from an entry alone is summed once for each entry, what follows from a token alone once for each distinct
token. The rest is arithmetic on arrays with an item for each proposed term.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from tasks.measure.loaded_language.context.features import (
    BESIDE_VALUE,
    GAINS,
    MOST,
    NEAR,
    NEAR_VALUE,
    OWN_VALUE,
    SCALE,
    USUAL,
    USUAL_TOKENS,
    entry_features,
    logit,
    mean_share,
)
from tasks.measure.loaded_language.context.words import (
    DENSITIES,
    EDGE,
    ENDINGS,
    SENTENCE_ENDS,
    count_columns,
    read_tokens,
)
from tasks.text.arrays import exclusive_sum

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from tasks.measure.loaded_language.entries import Entry
    from tasks.measure.tokens import Tokens
    from tasks.text.arrays import Bools, Floats, Ints

_BESIDE = {"before_1": -1, "before_2": -2, "after_1": 1, "after_2": 2}
_OF_WORDS = {"form": OWN_VALUE, **dict.fromkeys(_BESIDE, BESIDE_VALUE), "near": NEAR_VALUE}
"""The groups whose features are words, and their values."""


class TokenWeights:
    """What each distinct token adds to a logit, by its place beside a term."""

    def __init__(self, weights: Mapping[str, float], name: str) -> None:
        self._name = name
        named = [(*key.partition(":")[::2], weight) for key, weight in weights.items() if ":" in key]
        words = sorted({value for group, value, _ in named if group in _OF_WORDS})
        self._places = pl.DataFrame(
            {"word": words, "place": np.arange(1, len(words) + 1)}, schema={"word": pl.String, "place": pl.Int64}
        )
        place_of = {word: place for place, word in enumerate(words, 1)}
        self._tables = {group: np.zeros(len(words) + 1) for group in _OF_WORDS}
        for group, value, weight in named:
            if group in _OF_WORDS:
                self._tables[group][place_of[value]] = _OF_WORDS[group] * weight
        self._signs = {
            group: {value: weight for other, value, weight in named if other == group}
            for group in ("opening", "closing", "ending")
        }
        self.at_edge = {group: self._tables[group][place_of.get(EDGE, 0)] for group in _BESIDE}

    def of(self, tokens: Tokens) -> Mapping[str, NDArray[Any]]:
        """The columns of each distinct token: a weight for each group of words and signs, and what it is like."""
        return tokens.vocabulary.features(self._name, self._read)

    def _read(self, strings: Sequence[str]) -> dict[str, NDArray[Any]]:
        read = read_tokens(strings)
        place = read.join(self._places, on="word", how="left", maintain_order="left")["place"].fill_null(0).to_numpy()
        columns = {group: table[place] for group, table in self._tables.items()}
        for group in ("opening", "closing"):
            columns[group] = _looked_up(read[group], self._signs[group])
        columns["ending"] = _looked_up(_endings(read["word"]), self._signs["ending"])
        columns["is_capital"], columns["is_upper"] = read["is_capital"].to_numpy(), read["is_upper"].to_numpy()
        columns["ends_sentence"] = read["closing"].is_in(SENTENCE_ENDS).to_numpy()
        columns["densities"] = _packed(count_columns(strings, read))
        return columns


def _endings(words: pl.Series) -> pl.Series:
    """`words.ending` of each word."""
    chosen = pl.lit("")
    for end in reversed(ENDINGS):
        chosen = pl.when(pl.col("word").str.ends_with(end)).then(pl.lit(end)).otherwise(chosen)
    return words.to_frame("word").select(chosen.alias("ending")).to_series()


def _looked_up(values: pl.Series, weights: Mapping[str, float]) -> Floats:
    found: Floats = values.replace_strict(weights, default=0.0, return_dtype=pl.Float64).to_numpy()
    return found


class EntryWeights:
    """What each entry of a lexicon adds to a logit, and what else the judge needs of it; an item for each entry."""

    def __init__(self, weights: Mapping[str, float], entries: Sequence[Entry]) -> None:
        self.constant = np.array(
            [sum(weights.get(name, 0.0) * value for name, value in entry_features(entry).items()) for entry in entries]
        )
        self.gain = np.array([logit(entry.share_opinion) - logit(entry.share_report) for entry in entries])
        self.mean_share = np.array([mean_share(entry) for entry in entries])


class Columns:
    """The weights of a judge, arranged for columns of texts and the entries of one lexicon."""

    def __init__(self, weights: Mapping[str, float], entries: Sequence[Entry], name: str) -> None:
        self._weights = weights
        self._entries = entries
        self._tokens = TokenWeights(weights, name)

    @cached_property
    def entries(self) -> EntryWeights:
        """Computed when first needed."""
        return EntryWeights(self._weights, self._entries)

    def logits(self, paragraphs: pl.DataFrame, tokens: Tokens, found: pl.DataFrame) -> Floats:
        """The logit of each row of `found` (entry, first_token, last_token, rule, negated), in its order.

        `tokens` are those of the `paragraphs` (document_id, and kind if it is known). All rows are proposed terms.
        """
        entry, first, last = (found[name].to_numpy() for name in ("entry", "first_token", "last_token"))
        text = np.searchsorted(tokens.offsets, first, "right") - 1
        columns = self._tokens.of(tokens)
        total: Floats = self.entries.constant[entry] + self._of_form(columns, tokens, first, last, text)
        total += self._weight("epithet") * (found["rule"] == "epithet").to_numpy()
        total += self._weight("negated") * found["negated"].to_numpy()
        total += self._of_words_around(columns, tokens, first, last, text)
        total += self._of_kinds(paragraphs, text) + self._weight("others") * self._others(tokens, entry, text)
        return total + self._of_documents(columns, paragraphs, tokens, entry, text)

    def _weight(self, name: str) -> float:
        return self._weights.get(name, 0.0)

    def _of_form(
        self, columns: Mapping[str, NDArray[Any]], tokens: Tokens, first: Ints, last: Ints, text: Ints
    ) -> Floats:
        ids = tokens.ids[first]
        starts_text = first == tokens.offsets[text]
        starts = starts_text | columns["ends_sentence"][tokens.ids[np.maximum(first - 1, 0)]]
        is_capital = columns["is_capital"][ids]
        total: Floats = np.where(first == last, columns["form"][ids], 0.0) + columns["ending"][ids]
        total += columns["opening"][ids] + columns["closing"][tokens.ids[last]]
        total += self._weight("upper") * columns["is_upper"][ids]
        total += self._weight("capital") * (is_capital & ~starts)
        total += self._weight("capital_at_start") * (is_capital & starts)
        return total

    def _of_words_around(
        self, columns: Mapping[str, NDArray[Any]], tokens: Tokens, first: Ints, last: Ints, text: Ints
    ) -> Floats:
        begin, end = tokens.offsets[text], tokens.offsets[text + 1]

        def at(distance: int) -> tuple[NDArray[np.int32], Bools]:
            place = (first if distance < 0 else last) + distance
            inside = (place >= begin) & (place < end)
            return tokens.ids[np.where(inside, place, first)], inside

        total = np.zeros(len(first))
        for group, distance in _BESIDE.items():
            ids, inside = at(distance)
            total += np.where(inside, columns[group][ids], self._tokens.at_edge[group])
        for name, distance in (("capital_before", -1), ("capital_after", 1)):
            ids, inside = at(distance)
            total += self._weight(name) * (inside & columns["is_capital"][ids])
        for distance in (*range(-NEAR, 0), *range(1, NEAR + 1)):
            ids, inside = at(distance)
            total += np.where(inside, columns["near"][ids], 0.0)
        return total

    def _of_kinds(self, paragraphs: pl.DataFrame, text: Ints) -> Floats:
        if "kind" not in paragraphs.columns:
            return np.full(len(text), self._weight("kind:body"))
        kinds = paragraphs["kind"].cast(pl.String)
        return _looked_up(kinds[text], {kind: self._weight(f"kind:{kind}") for kind in kinds.unique().to_list()})

    def _others(self, tokens: Tokens, entry: Ints, text: Ints) -> Floats:
        shares = self.entries.mean_share[entry]
        expected = np.bincount(text, shares, minlength=len(tokens))[text]
        others: Floats = np.minimum((expected - shares) / np.sqrt(tokens.counts[text] + 10), MOST)
        return others

    def _of_documents(
        self, columns: Mapping[str, NDArray[Any]], paragraphs: pl.DataFrame, tokens: Tokens, entry: Ints, text: Ints
    ) -> Floats:
        document_of_text = paragraphs["document_id"].rle_id().to_numpy().astype(np.int64)
        document = document_of_text[text]
        bounds = tokens.offsets[exclusive_sum(np.bincount(document_of_text))]
        counts = _count_in(columns["densities"], tokens, bounds)
        total = np.zeros(len(entry))
        for name, count in zip(DENSITIES, counts, strict=True):
            shares = (count + USUAL_TOKENS * USUAL[name]) / (np.diff(bounds) + USUAL_TOKENS) * SCALE[name]
            density = np.minimum(shares, MOST)[document]
            total += self._weight(f"document_{name}") * density
            if name in GAINS:
                total += self._weight(f"gain_{name}") * self.entries.gain[entry] * density
        return total


_BITS = 7
"""Bits of a count in a packed number. All densities of up to 127 tokens are added in one pass."""


def _packed(flags: NDArray[Any]) -> NDArray[np.uint64]:
    """One number for each token, with a count of 0 or 1 for each density."""
    places = np.uint64(_BITS) * np.arange(len(flags), dtype=np.uint64)
    packed: NDArray[np.uint64] = (flags.astype(np.uint64) << places[:, None]).sum(axis=0, dtype=np.uint64)
    return packed


def _count_in(packed: NDArray[np.uint64], tokens: Tokens, bounds: Ints) -> list[NDArray[Any]]:
    """For each density, how many tokens between two of the `bounds` count for it."""
    n_tokens, most = len(tokens.ids), 2**_BITS - 1
    starts = np.unique(np.concatenate([bounds[:-1], np.arange(0, n_tokens, most)]))
    starts = starts[starts < n_tokens]
    if not len(starts):
        return [np.zeros(len(bounds) - 1) for _ in DENSITIES]
    sums = np.add.reduceat(packed[tokens.ids], starts)
    piece_of = np.searchsorted(bounds, starts, "right") - 1
    counts = (sums >> np.uint64(_BITS * place) & np.uint64(most) for place in range(len(DENSITIES)))
    return [np.bincount(piece_of, count, minlength=len(bounds) - 1) for count in counts]
