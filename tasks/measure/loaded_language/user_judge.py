"""A user's own judge, fitted on annotated texts: the shipped weights, corrected by what people marked there.

The terms that the lexicon proposes are labelled: loaded if people marked one of their words. `cross_validated` predicts
each text by a judge that was fitted without the texts of its document.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import polars as pl

from tasks.errors import UsageError
from tasks.measure.loaded_language.context import Judge, load_judge
from tasks.measure.loaded_language.context.features import named_features, proposals
from tasks.measure.loaded_language.context.fitting import Labelled, fit_weights
from tasks.measure.loaded_language.evaluation import Predictions, predict_with_lexicon
from tasks.measure.loaded_language.matching import compile_lexicon, judge_in_texts
from tasks.measure.tokens import Vocabulary

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tasks.measure.loaded_language.evaluation import Annotated
    from tasks.measure.loaded_language.lexicon import Lexicon
    from tasks.text.arrays import Ints


class Proposed(NamedTuple):
    """The labelled terms of annotated texts, and in which text each is."""

    terms: list[Labelled]
    text_of: Ints


def label_terms(rows: Sequence[Annotated], lexicon: Lexicon) -> Proposed:
    """The proposed terms of annotated texts with their labels. UsageError if there is nothing to learn from them."""
    texts = pl.Series([row.text for row in rows], dtype=pl.String)
    tokens = Vocabulary(fold=True).encode(texts)
    found = judge_in_texts(texts, tokens, compile_lexicon(lexicon)).filter(pl.col("probability").is_not_null())
    frame = pl.DataFrame({"document_id": [str(number) for number in range(len(rows))]})
    terms = []
    for proposal, text, start, end in zip(
        proposals(frame, tokens, found, lexicon),
        *(found[name] for name in ("paragraph_index", "start", "end")),
        strict=True,
    ):
        is_marked = any(first < end and start < last for first, last in rows[text].spans)
        terms.append(Labelled(named_features(proposal), is_marked))
    n_loaded = sum(term.is_loaded for term in terms)
    if not 0 < n_loaded < len(terms):
        raise UsageError(
            f"nothing to learn: {len(rows)} texts, {len(terms)} terms proposed in them, {n_loaded} of these marked; "
            "a judge needs proposed terms that people marked and others that they did not"
        )
    return Proposed(terms, found["paragraph_index"].to_numpy().astype(np.int64))


def fit_judge(rows: Sequence[Annotated], lexicon: Lexicon, provenance: Mapping[str, str]) -> Judge:
    """A judge fitted on annotated texts, starting from the shipped one; the same rows give the same judge.

    UsageError if there is nothing to learn from them.
    """
    proposed = label_terms(rows, lexicon)
    counts = {"texts": f"{len(rows)}", "proposed terms": f"{len(proposed.terms)}"}
    counts["marked terms"] = f"{sum(term.is_loaded for term in proposed.terms)}"
    return Judge.of(fit_weights(proposed.terms, load_judge().weights), {**provenance, **counts})


def cross_validated(
    rows: Sequence[Annotated], lexicon: Lexicon, n_folds: int = 5
) -> Callable[[Sequence[str]], Predictions]:
    """A method for `evaluate` that predicts each of these rows by a judge that was fitted without its document.

    UsageError if there is nothing to learn, or if there are fewer documents than folds.
    """
    proposed = label_terms(rows, lexicon)
    fold_of = _folds(rows, n_folds)

    def predict(texts: Sequence[str]) -> Predictions:
        scores, spans = np.zeros(len(texts)), [list[tuple[int, int]]() for _ in texts]
        for fold in range(n_folds):
            known = (fold_of != fold)[proposed.text_of]
            weights = fit_weights(
                [term for term, chosen in zip(proposed.terms, known, strict=True) if chosen], load_judge().weights
            )
            own = np.flatnonzero(fold_of == fold)
            predicted = predict_with_lexicon([texts[text] for text in own.tolist()], lexicon, Judge.of(weights, {}))
            scores[own] = predicted.scores
            for text, found in zip(own.tolist(), predicted.spans, strict=True):
                spans[text] = found
        return Predictions(scores, spans)

    return predict


def _folds(rows: Sequence[Annotated], n_folds: int) -> Ints:
    documents = np.unique([row.document or str(number) for number, row in enumerate(rows)], return_inverse=True)[1]
    n_documents = int(documents.max(initial=-1)) + 1
    if n_documents < n_folds:
        raise UsageError(f"{n_documents} documents are too few for {n_folds} folds; add documents, or use fewer folds")
    shuffled: Ints = np.random.default_rng(0).permutation(np.arange(n_documents) % n_folds)[documents]
    return shuffled
