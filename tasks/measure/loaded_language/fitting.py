"""Fitting a scorer on annotated texts: two logistic regressions by L-BFGS with an L2 penalty, in numpy.

The threshold is the probability that gives the best F1 on words, each half of the data judged by a model of the other.
`cross_validated` judges the whole procedure, threshold included, by texts that it has not seen.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import polars as pl

from tasks.errors import UsageError
from tasks.measure.loaded_language.evaluation import Reading
from tasks.measure.loaded_language.features import (
    Grams,
    NGrams,
    Places,
    find_places,
    read_grams,
    text_features,
    word_features,
)
from tasks.measure.loaded_language.matching import compile_lexicon, find_in_texts
from tasks.measure.loaded_language.scorer import Model, Reader, Scorer, neighbours, probabilities, spans_from
from tasks.measure.tokens import Tokens, Vocabulary

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from tasks.measure.loaded_language.evaluation import Annotated
    from tasks.measure.loaded_language.lexicon import Lexicon

    Bools = NDArray[np.bool_]
    Numbers = NDArray[np.float64]
    Ints = NDArray[np.int64]


@dataclass(frozen=True)
class FitOptions:
    """How a scorer is fitted; penalties are L2, on the sum of losses."""

    ngrams: NGrams = "letters"
    """Which features there are beside the lexicon's: none, words, or words and their pieces."""
    word_penalty: float = 1.0
    sentence_penalty: float = 1.0
    n_weights: int = 2**17
    """Places that grams are hashed into; more of them collide in fewer."""
    folds: int = 5
    """Parts that the data is cut into, to choose the threshold and to judge a scorer by what it has not seen."""
    seed: int = 0


class _Used(NamedTuple):
    """Grams renumbered to those that the texts hold: the weights of all others stay 0 and need not be moved."""

    grams: Grams
    numbers: Ints
    """The number that each of them had."""

    def spelt_out(self, weights: Numbers, n_weights: int) -> Numbers:
        """Weights of the used grams among `n_weights` weights, the others 0."""
        every = np.zeros(n_weights)
        every[self.numbers] = weights
        return every


def _used(grams: Grams) -> _Used:
    numbers, renumbered = np.unique(grams.grams, return_inverse=True)
    return _Used(grams._replace(grams=renumbered, n_weights=len(numbers)), numbers)


class _Fitted(NamedTuple):
    """Both models and the threshold, over the used grams only."""

    word: Model
    sentence: Model
    threshold: float


class _Corpus(NamedTuple):
    """Texts, read once."""

    tokens: Tokens
    places: Places
    own: _Used
    beside: _Used
    """Of the words before and after."""
    of_words: Numbers
    of_texts: Numbers
    marked: Numbers
    """Whether people marked each token, as 0 and 1."""
    labels: Numbers
    """Whether they call each text loaded, as 0 and 1."""
    folds: Ints
    """Each text's part of the data; texts of one document are in one part."""


def fit(
    rows: Sequence[Annotated],
    lexicon: Lexicon,
    options: FitOptions | None = None,
    provenance: Mapping[str, Any] | None = None,
) -> Scorer:
    """A scorer fitted on annotated texts; `provenance` says what they are, and is kept with what is known here.

    UsageError if there is nothing to learn: no marked word, one label only, or fewer documents than folds.
    """
    options = options or FitOptions()
    corpus = _read_corpus(rows, lexicon, options)
    known = {
        "n_texts": len(rows),
        "n_loaded_texts": int(corpus.labels.sum()),
        "n_words": len(corpus.marked),
        "n_marked_words": int(corpus.marked.sum()),
        "lexicon_sha256": lexicon.sha256,
        "options": asdict(options),
    }
    fitted = _fit(corpus, np.ones(len(rows), bool), options)
    blocks = zip(fitted.word.grams, (corpus.own, corpus.beside, corpus.beside), strict=True)
    word_grams = tuple(used.spelt_out(block, options.n_weights) for block, used in blocks)
    sentence_grams = (corpus.own.spelt_out(fitted.sentence.grams[0], options.n_weights),)
    return Scorer(
        fitted.word._replace(grams=word_grams),
        fitted.sentence._replace(grams=sentence_grams),
        fitted.threshold,
        options.ngrams,
        {**(provenance or {}), **known},
    )


def cross_validated(
    rows: Sequence[Annotated], lexicon: Lexicon, options: FitOptions | None = None
) -> Callable[[Sequence[str]], Reading]:
    """A method for `evaluate`, of the same rows only: each part is read by a scorer fitted on the other parts.

    Parts hold whole documents, and a part's threshold is chosen inside the others.
    """
    options = options or FitOptions()
    corpus = _read_corpus(rows, lexicon, options)
    scores, spans = np.zeros(len(rows)), [list[tuple[int, int]]() for _ in rows]
    for fold in range(options.folds):
        others = corpus.folds != fold
        reading = _judge(_fit(corpus, others, options), corpus)
        for row in np.flatnonzero(~others).tolist():
            scores[row], spans[row] = reading.scores[row], reading.spans[row]
    texts = [row.text for row in rows]

    def read(wanted: Sequence[str]) -> Reading:
        if list(wanted) != texts:
            raise ValueError("a cross-validated reading is of the rows that it was made from")
        return Reading(scores, spans)

    return read


def _fit(corpus: _Corpus, chosen: Bools, options: FitOptions) -> _Fitted:
    word = _fit_words(corpus, chosen, options)
    sentence = _fit_sentences(corpus, chosen, options)
    return _Fitted(word, sentence, _best_threshold(corpus, chosen, options))


def _read_corpus(rows: Sequence[Annotated], lexicon: Lexicon, options: FitOptions) -> _Corpus:
    texts = pl.Series([row.text for row in rows], dtype=pl.String)
    tokens = Vocabulary(fold=True).encode(texts)
    found = find_in_texts(texts, tokens, compile_lexicon(lexicon))
    places = find_places(texts, tokens, found["paragraph_index"].to_numpy(), found)
    spans = [(text, start, end) for text, row in enumerate(rows) for start, end in row.spans]
    gold = pl.DataFrame(spans, schema={"row": pl.Int64, "start": pl.Int64, "end": pl.Int64}, orient="row")
    marked = np.zeros(len(tokens.ids))
    marked[find_places(texts, tokens, gold["row"].to_numpy(), gold).covered] = 1.0
    labels = np.array([row.label for row in rows], np.float64)
    if not marked.any() or not 0 < labels.sum() < len(rows):
        raise UsageError(
            f"nothing to learn: {len(rows)} texts, {int(labels.sum())} of them loaded, {int(marked.sum())} words marked; "
            "a scorer needs loaded texts and others, and spans of marked words"
        )
    of_words = word_features(tokens, places, found)
    strings = tokens.vocabulary.strings
    return _Corpus(
        tokens,
        places,
        _used(read_grams(strings, options.n_weights, options.ngrams)),
        _used(read_grams(strings, options.n_weights, neighbours(options.ngrams))),
        of_words,
        text_features(tokens, of_words),
        marked,
        labels,
        _folds(rows, options),
    )


def _folds(rows: Sequence[Annotated], options: FitOptions) -> Ints:
    documents = np.unique([row.document or str(number) for number, row in enumerate(rows)], return_inverse=True)[1]
    n_documents = int(documents.max(initial=-1)) + 1
    if n_documents < options.folds:
        raise UsageError(
            f"{n_documents} documents cannot be cut into {options.folds} parts; bring more, or fit with fewer folds"
        )
    parts = np.arange(n_documents) % options.folds
    shuffled: Ints = np.random.default_rng(options.seed).permutation(parts)[documents]
    return shuffled


def _judge(fitted: _Fitted, corpus: _Corpus) -> Reading:
    marked = probabilities(_word_logits(fitted.word, corpus)) >= fitted.threshold
    scores = probabilities(_sentence_logits(fitted.sentence, corpus))
    return Reading(scores, spans_from(marked, corpus.tokens, corpus.places))


def _best_threshold(corpus: _Corpus, chosen: Bools, options: FitOptions) -> float:
    """The probability from which on the words of `chosen` texts are told with the best F1, each half by the other."""
    chances = np.zeros(len(corpus.marked))
    in_half = np.isin(corpus.folds, np.unique(corpus.folds[chosen])[::2])
    for half in (in_half, ~in_half):
        model = _fit_words(corpus, chosen & ~half, options)
        own = half[corpus.tokens.text_of]
        chances[own] = probabilities(_word_logits(model, corpus))[own]
    own = chosen[corpus.tokens.text_of]
    order = np.argsort(-chances[own], kind="stable")
    true = np.cumsum(corpus.marked[own][order])
    f1 = 2 * true / (np.arange(1, len(order) + 1) + max(true[-1], 1.0))
    return float(chances[own][order][np.argmax(f1)])


def _word_logits(model: Model, corpus: _Corpus) -> Numbers:
    own, before, after = model.grams
    parts = (corpus.own.grams.sums(own), corpus.beside.grams.sums(before), corpus.beside.grams.sums(after))
    return Reader(parts, model).word_logits(corpus.tokens, corpus.of_words)


def _sentence_logits(model: Model, corpus: _Corpus) -> Numbers:
    return Reader((corpus.own.grams.sums(model.grams[0]),), model).text_logits(corpus.tokens, corpus.of_texts)


def _fit_words(corpus: _Corpus, texts: Bools, options: FitOptions) -> Model:
    ids, same_text = corpus.tokens.ids, np.diff(corpus.tokens.text_of) == 0
    n_types = len(corpus.tokens.vocabulary.strings)

    def gradient(residuals: Numbers) -> Model:
        before = np.bincount(ids[:-1], residuals[1:] * same_text, minlength=n_types)
        after = np.bincount(ids[1:], residuals[:-1] * same_text, minlength=n_types)
        own = np.bincount(ids, residuals, minlength=n_types)
        grams = (
            corpus.own.grams.spread(own),
            corpus.beside.grams.spread(before),
            corpus.beside.grams.spread(after),
        )
        return Model(grams, corpus.of_words.T @ residuals, float(residuals.sum()))

    chosen = texts[corpus.tokens.text_of]
    n_own, n_beside = corpus.own.grams.n_weights, corpus.beside.grams.n_weights
    sizes = (n_own, n_beside, n_beside, corpus.of_words.shape[1])
    return _fit_logistic(
        lambda model: _word_logits(model, corpus), gradient, corpus.marked, chosen, sizes, options.word_penalty
    )


def _fit_sentences(corpus: _Corpus, texts: Bools, options: FitOptions) -> Model:
    ids, text_of = corpus.tokens.ids, corpus.tokens.text_of
    n_types, root = len(corpus.tokens.vocabulary.strings), np.sqrt(np.maximum(corpus.tokens.counts, 1))

    def gradient(residuals: Numbers) -> Model:
        own = np.bincount(ids, (residuals / root)[text_of], minlength=n_types)
        return Model((corpus.own.grams.spread(own),), corpus.of_texts.T @ residuals, float(residuals.sum()))

    sizes = (corpus.own.grams.n_weights, corpus.of_texts.shape[1])
    return _fit_logistic(
        lambda model: _sentence_logits(model, corpus), gradient, corpus.labels, texts, sizes, options.sentence_penalty
    )


def _fit_logistic(
    logits: Callable[[Model], Numbers],
    gradient: Callable[[Numbers], Model],
    gold: Numbers,
    chosen: Bools,
    sizes: tuple[int, ...],
    penalty: float,
) -> Model:
    """The model with the least penalized loss on the chosen cases; the bias goes without penalty.

    `sizes`: the weights of each block of grams, and of the features. Weights are those that a file holds: float32.
    """
    ends = np.cumsum(sizes)

    def unpack(packed: Numbers) -> Model:
        *blocks, features, bias = np.split(packed, ends)
        return Model(tuple(blocks), features, float(bias[0]))

    def loss(packed: Numbers) -> tuple[float, Numbers]:
        values = logits(unpack(packed))
        cases = np.logaddexp(0.0, values) - gold * values
        slopes = gradient(np.where(chosen, probabilities(values) - gold, 0.0))
        penalized = np.concatenate([packed[:-1], [0.0]]) * penalty
        flat = np.concatenate([*slopes.grams, slopes.features, [slopes.bias]]) + penalized
        return float(cases[chosen].sum() + packed @ penalized / 2), flat

    best = _minimize(loss, np.zeros(ends[-1] + 1))
    return unpack(best.astype(np.float32).astype(np.float64))


def _minimize(
    loss: Callable[[Numbers], tuple[float, Numbers]], start: Numbers, steps: int = 60, memory: int = 8
) -> Numbers:
    """L-BFGS with backtracking, after Nocedal and Wright, Numerical Optimization, algorithms 7.4 and 7.5.

    >>> _minimize(lambda x: (float((x - 3) @ (x - 3)), 2 * (x - 3)), np.zeros(2)).round(4).tolist()
    [3.0, 3.0]
    """
    point, (value, slope) = start, loss(start)
    moves: list[tuple[Numbers, Numbers, float]] = []
    for _ in range(steps):
        direction, alphas = -slope, []
        for move, turn, curvature in reversed(moves):
            alphas.append(float(move @ direction) / curvature)
            direction = direction - alphas[-1] * turn
        if moves:
            _, turn, curvature = moves[-1]
            direction = direction * (curvature / float(turn @ turn))
        for (move, turn, curvature), alpha in zip(moves, reversed(alphas), strict=True):
            direction = direction + (alpha - float(turn @ direction) / curvature) * move
        descent = float(slope @ direction)
        length = 1.0 if moves else 1.0 / max(1.0, math.sqrt(float(slope @ slope)))
        while True:
            new_point = point + length * direction
            new_value, new_slope = loss(new_point)
            if new_value <= value + 1e-4 * length * descent or length < 1e-10:
                break
            length /= 2
        move, turn = new_point - point, new_slope - slope
        if float(move @ turn) > 1e-12:
            moves = [*moves, (move, turn, float(move @ turn))][-memory:]
        done = abs(value - new_value) <= 1e-6 * max(abs(value), 1.0)
        point, value, slope = new_point, new_value, new_slope
        if done:
            break
    return point
