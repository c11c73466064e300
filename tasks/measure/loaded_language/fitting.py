"""Fitting a scorer on annotated texts: two logistic regressions by L-BFGS with an L2 penalty, in numpy.

The threshold is the probability that gives the best F1 on words, each half of the data predicted by a model of the other
half. `cross_validated` predicts each text by a scorer that was fitted without it, threshold included.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import polars as pl

from tasks.errors import UsageError
from tasks.measure.loaded_language.evaluation import Predictions
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
from tasks.measure.loaded_language.scorer import Model, Scorer, TokenModel, marked_spans, neighbours, probabilities
from tasks.measure.tokens import Tokens, Vocabulary

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tasks.measure.loaded_language.evaluation import Annotated
    from tasks.measure.loaded_language.lexicon import Lexicon
    from tasks.text.arrays import Bools, Floats, Ints


@dataclass(frozen=True)
class FitOptions:
    """How a scorer is fitted; penalties are L2, on the sum of losses."""

    ngrams: NGrams = "letters"
    """Which features there are beside the lexicon's: none, words, or words and their character n-grams."""
    word_penalty: float = 1.0
    sentence_penalty: float = 1.0
    n_weights: int = 2**17
    """Weights that grams are hashed to; with fewer, more grams collide."""
    folds: int = 5
    """Parts of the data for cross-validation."""
    seed: int = 0


class _UsedGrams(NamedTuple):
    """The grams that the texts have, renumbered: the weights of all others stay 0, so they are left out of the fit."""

    grams: Grams
    numbers: Ints
    """The number that each of them had before."""

    def expand(self, weights: Floats, n_weights: int) -> Floats:
        """All `n_weights` weights: those of the used grams, and 0 for the others."""
        expanded = np.zeros(n_weights)
        expanded[self.numbers] = weights
        return expanded


def _use(grams: Grams) -> _UsedGrams:
    numbers, renumbered = np.unique(grams.grams, return_inverse=True)
    return _UsedGrams(grams._replace(grams=renumbered, n_weights=len(numbers)), numbers)


class _Fitted(NamedTuple):
    """Both models, over the used grams only, and the threshold."""

    word: Model
    sentence: Model
    threshold: float


class _Corpus(NamedTuple):
    """The annotated texts with their features."""

    tokens: Tokens
    places: Places
    own: _UsedGrams
    beside: _UsedGrams
    """The grams of a token as the neighbour of another."""
    of_words: Floats
    of_texts: Floats
    marked: Floats
    """Whether people marked each token, as 0 and 1."""
    labels: Floats
    """Whether they call each text loaded, as 0 and 1."""
    folds: Ints
    """Each text's part of the data; texts of one document are in one part."""


def fit(
    rows: Sequence[Annotated],
    lexicon: Lexicon,
    options: FitOptions | None = None,
    provenance: Mapping[str, Any] | None = None,
) -> Scorer:
    """A scorer fitted on annotated texts. `provenance` describes them, and is saved with the counts and options.

    UsageError if the scorer cannot be fitted: no marked word, only one label, or fewer documents than folds.
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
    word_grams = tuple(used.expand(block, options.n_weights) for block, used in blocks)
    sentence_grams = (corpus.own.expand(fitted.sentence.grams[0], options.n_weights),)
    return Scorer(
        fitted.word._replace(grams=word_grams),
        fitted.sentence._replace(grams=sentence_grams),
        fitted.threshold,
        options.ngrams,
        {**(provenance or {}), **known},
    )


def cross_validated(
    rows: Sequence[Annotated], lexicon: Lexicon, options: FitOptions | None = None
) -> Callable[[Sequence[str]], Predictions]:
    """A method for `evaluate`, for the same rows only: each fold is predicted by a scorer fitted on the other folds.

    A document lies in one fold as a whole, and the threshold for a fold is chosen on the others.
    """
    options = options or FitOptions()
    corpus = _read_corpus(rows, lexicon, options)
    scores, spans = np.zeros(len(rows)), [list[tuple[int, int]]() for _ in rows]
    for fold in range(options.folds):
        others = corpus.folds != fold
        predicted = _predict(_fit(corpus, others, options), corpus)
        for row in np.flatnonzero(~others).tolist():
            scores[row], spans[row] = predicted.scores[row], predicted.spans[row]
    texts = [row.text for row in rows]

    def predictions(wanted: Sequence[str]) -> Predictions:
        if list(wanted) != texts:
            raise ValueError("cross-validated predictions exist only for the rows that they were made from")
        return Predictions(scores, spans)

    return predictions


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
        _use(read_grams(strings, options.n_weights, options.ngrams)),
        _use(read_grams(strings, options.n_weights, neighbours(options.ngrams))),
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
            f"{n_documents} documents are too few for {options.folds} folds; add documents, or use fewer folds"
        )
    parts = np.arange(n_documents) % options.folds
    shuffled: Ints = np.random.default_rng(options.seed).permutation(parts)[documents]
    return shuffled


def _predict(fitted: _Fitted, corpus: _Corpus) -> Predictions:
    marked = probabilities(_word_logits(fitted.word, corpus)) >= fitted.threshold
    scores = probabilities(_sentence_logits(fitted.sentence, corpus))
    return Predictions(scores, marked_spans(marked, corpus.tokens, corpus.places))


def _best_threshold(corpus: _Corpus, chosen: Bools, options: FitOptions) -> float:
    """The threshold with the best F1 on the words of the `chosen` texts, each half predicted by a model of the other."""
    by_token = np.zeros(len(corpus.marked))
    in_half = np.isin(corpus.folds, np.unique(corpus.folds[chosen])[::2])
    for half in (in_half, ~in_half):
        model = _fit_words(corpus, chosen & ~half, options)
        own = half[corpus.tokens.text_of]
        by_token[own] = probabilities(_word_logits(model, corpus))[own]
    own = chosen[corpus.tokens.text_of]
    order = np.argsort(-by_token[own], kind="stable")
    true = np.cumsum(corpus.marked[own][order])
    f1 = 2 * true / (np.arange(1, len(order) + 1) + max(true[-1], 1.0))
    return float(by_token[own][order][np.argmax(f1)])


def _word_logits(model: Model, corpus: _Corpus) -> Floats:
    own, before, after = model.grams
    parts = (corpus.own.grams.sums(own), corpus.beside.grams.sums(before), corpus.beside.grams.sums(after))
    return TokenModel(parts, model).word_logits(corpus.tokens, corpus.of_words)


def _sentence_logits(model: Model, corpus: _Corpus) -> Floats:
    return TokenModel((corpus.own.grams.sums(model.grams[0]),), model).text_logits(corpus.tokens, corpus.of_texts)


def _fit_words(corpus: _Corpus, texts: Bools, options: FitOptions) -> Model:
    ids, same_text = corpus.tokens.ids, np.diff(corpus.tokens.text_of) == 0
    n_types = len(corpus.tokens.vocabulary.strings)

    def gradient(residuals: Floats) -> Model:
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

    def gradient(residuals: Floats) -> Model:
        own = np.bincount(ids, (residuals / root)[text_of], minlength=n_types)
        return Model((corpus.own.grams.spread(own),), corpus.of_texts.T @ residuals, float(residuals.sum()))

    sizes = (corpus.own.grams.n_weights, corpus.of_texts.shape[1])
    return _fit_logistic(
        lambda model: _sentence_logits(model, corpus), gradient, corpus.labels, texts, sizes, options.sentence_penalty
    )


def _fit_logistic(
    logits: Callable[[Model], Floats],
    gradient: Callable[[Floats], Model],
    gold: Floats,
    chosen: Bools,
    sizes: tuple[int, ...],
    penalty: float,
) -> Model:
    """The model with the least penalized loss on the chosen cases; the bias goes without penalty.

    `sizes`: the weights of each block of grams, and of the features. Weights are those that a file holds: float32.
    """
    ends = np.cumsum(sizes)

    def unpack(packed: Floats) -> Model:
        *blocks, features, bias = np.split(packed, ends)
        return Model(tuple(blocks), features, float(bias[0]))

    def loss(packed: Floats) -> tuple[float, Floats]:
        values = logits(unpack(packed))
        cases = np.logaddexp(0.0, values) - gold * values
        slopes = gradient(np.where(chosen, probabilities(values) - gold, 0.0))
        penalized = np.concatenate([packed[:-1], [0.0]]) * penalty
        flat = np.concatenate([*slopes.grams, slopes.features, [slopes.bias]]) + penalized
        return float(cases[chosen].sum() + packed @ penalized / 2), flat

    best = _minimize(loss, np.zeros(ends[-1] + 1))
    return unpack(best.astype(np.float32).astype(np.float64))


def _minimize(
    loss: Callable[[Floats], tuple[float, Floats]], start: Floats, n_steps: int = 60, memory: int = 8
) -> Floats:
    """L-BFGS with backtracking, after Nocedal and Wright, Numerical Optimization, algorithms 7.4 and 7.5.

    >>> _minimize(lambda x: (float((x - 3) @ (x - 3)), 2 * (x - 3)), np.zeros(2)).round(4).tolist()
    [3.0, 3.0]
    """
    point, (value, slope) = start, loss(start)
    history: list[tuple[Floats, Floats, float]] = []
    for _ in range(n_steps):
        direction, alphas = -slope, []
        for step, change, curvature in reversed(history):
            alphas.append(float(step @ direction) / curvature)
            direction = direction - alphas[-1] * change
        if history:
            _, change, curvature = history[-1]
            direction = direction * (curvature / float(change @ change))
        for (step, change, curvature), alpha in zip(history, reversed(alphas), strict=True):
            direction = direction + (alpha - float(change @ direction) / curvature) * step
        descent = float(slope @ direction)
        length = 1.0 if history else 1.0 / max(1.0, math.sqrt(float(slope @ slope)))
        while True:
            new_point = point + length * direction
            new_value, new_slope = loss(new_point)
            if new_value <= value + 1e-4 * length * descent or length < 1e-10:
                break
            length /= 2
        step, change = new_point - point, new_slope - slope
        if float(step @ change) > 1e-12:
            history = [*history, (step, change, float(step @ change))][-memory:]
        done = abs(value - new_value) <= 1e-6 * max(abs(value), 1.0)
        point, value, slope = new_point, new_value, new_slope
        if done:
            break
    return point
