"""A linear scorer, fitted on the user's annotated texts (fitting.py) and applied here.

It consists of two logistic regressions over the features of features.py:

    word:      logit(i) = bias + own(token i) + before(token i-1) + after(token i+1) + lexicon(i)
    sentence:  logit = bias + sum of own(token) / sqrt(number of tokens) + lexicon(sentence)

`own`, `before` and `after` depend on a token alone, so they are computed once for each distinct token, and a logit is a
sum of parts that can be shown word by word.

In a run, a term counts if the probability of one of its words reaches the threshold, and its weight is twice that
probability: a word that people mark half of the time is one point. Every other word that reaches the threshold becomes a
term of its own. Scores and rates follow from these rows as they do without a scorer. The second regression gives each
sentence its `loaded_probability`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING, Any, NamedTuple
from zipfile import BadZipFile

import numpy as np
import polars as pl

from tasks.errors import ConfigurationError
from tasks.measure.loaded_language.evaluation import Predictions
from tasks.measure.loaded_language.features import (
    PUNCTUATION,
    NGrams,
    Places,
    find_places,
    read_grams,
    text_features,
    word_features,
)
from tasks.measure.loaded_language.matching import FOUND, compile_lexicon, find_in_texts
from tasks.measure.tokens import Tokens, Vocabulary

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from tasks.measure.loaded_language.lexicon import Lexicon
    from tasks.measure.loaded_language.matching import Matcher
    from tasks.text.arrays import Bools, Floats, Ints

_FORMAT = 2
_KEY = ("document_id", "paragraph_index")


class Model(NamedTuple):
    """Weights of one logistic regression."""

    grams: tuple[Floats, ...]
    """One block of weights for each position: the token itself, and for words the tokens before and after."""
    features: Floats
    bias: float


class TokenModel(NamedTuple):
    """A model, with the sums of its gram weights for each distinct token: one column for each block of grams."""

    parts: tuple[Floats, ...]
    model: Model

    def word_logits(self, tokens: Tokens, features: Floats) -> Floats:
        """For each token, the logit of the probability that people mark it."""
        own, before, after = self.parts
        ids, same_text = tokens.ids, np.diff(tokens.text_of) == 0
        logits: Floats = own[ids] + features @ self.model.features + self.model.bias
        logits[1:] += before[ids[:-1]] * same_text
        logits[:-1] += after[ids[1:]] * same_text
        return logits

    def text_logits(self, tokens: Tokens, features: Floats) -> Floats:
        """For each text, the logit of the probability that people call it loaded."""
        sums = np.bincount(tokens.text_of, self.parts[0][tokens.ids], minlength=len(tokens))
        logits: Floats = sums / np.sqrt(np.maximum(tokens.counts, 1)) + features @ self.model.features
        return logits + self.model.bias


@dataclass(frozen=True)
class Scorer:
    """A fitted scorer: it predicts what the annotators of the user's data would mark."""

    word: Model
    sentence: Model
    threshold: float
    """The lowest probability with which a word counts as loaded; chosen for the best F1 under cross-validation."""
    ngrams: NGrams
    provenance: Mapping[str, Any]
    """What it was fitted on and how: hash of the data, counts, options, hash of the lexicon."""

    @cached_property
    def sha256(self) -> str:
        """The hash of everything that decides its predictions, so without the provenance."""
        digest = sha256(json.dumps([self.threshold, self.ngrams]).encode())
        for model in (self.word, self.sentence):
            for block in (*model.grams, model.features, np.array([model.bias])):
                digest.update(block.astype(np.float32).tobytes())
        return digest.hexdigest()

    def predict(self, texts: Sequence[str], lexicon: Lexicon) -> Predictions:
        """The probability that each text is loaded, and the spans of the words that reach the threshold."""
        series = pl.Series(texts, dtype=pl.String)
        tokens = Vocabulary(fold=True).encode(series)
        found = find_in_texts(series, tokens, compile_lexicon(lexicon))
        places = find_places(series, tokens, found["paragraph_index"].to_numpy(), found)
        word, sentence = self._token_models(tokens.vocabulary)
        features = word_features(tokens, places, found)
        by_token = probabilities(word.word_logits(tokens, features))
        scores = probabilities(sentence.text_logits(tokens, text_features(tokens, features)))
        return Predictions(scores, marked_spans(by_token >= self.threshold, tokens, places))

    def sentence_probabilities(self, sentences: pl.DataFrame, tokens: Tokens, matcher: Matcher) -> pl.Series:
        """`loaded_probability` of each row of `sentences` (text), whose tokens are `tokens`; null without a token."""
        found = find_in_texts(sentences["text"], tokens, matcher)
        places = find_places(sentences["text"], tokens, found["paragraph_index"].to_numpy(), found)
        _, sentence = self._token_models(tokens.vocabulary)
        logits = sentence.text_logits(tokens, text_features(tokens, word_features(tokens, places, found)))
        column = pl.Series("loaded_probability", probabilities(logits))
        return pl.select(pl.when(pl.Series(tokens.counts > 0)).then(column)).to_series()

    def rescore(self, found: pl.DataFrame, paragraphs: pl.DataFrame, tokens: Tokens) -> pl.DataFrame:
        """The rows of `find_loaded_terms` with fitted weights, and a row for each other word that reaches the threshold.

        A row of a scored category weighs twice the highest probability among its words, or 0 if that is below the
        threshold. New rows have category loaded_language, intensity 1 to 3 by probability, and rule `scorer`.
        `tokens` are those of the paragraphs; columns and order are those of `FOUND`.
        """
        numbered = paragraphs.select(_KEY).with_row_index("row")
        rows = found.select(_KEY).join(numbered, on=_KEY, how="left", maintain_order="left")["row"].cast(pl.Int64)
        places = find_places(paragraphs["text"], tokens, rows.to_numpy(), found)
        word, _ = self._token_models(tokens.vocabulary)
        by_token = probabilities(word.word_logits(tokens, word_features(tokens, places, found)))
        highest = np.zeros(found.height)
        np.maximum.at(highest, places.hit, by_token[places.covered])
        fitted = found.with_columns(
            weight=pl.when(pl.col("weight") > 0, pl.Series(highest >= self.threshold))
            .then(2 * pl.Series(highest))
            .otherwise(0.0)
        )
        is_new = by_token >= self.threshold
        is_new[places.covered] = False
        added, text_of = self._new_rows(np.flatnonzero(is_new), by_token, paragraphs, tokens, places)
        return (
            pl.concat([fitted, added])
            .with_columns(row=pl.concat([rows, pl.Series(text_of, dtype=pl.Int64)]))
            .sort("row", "start", maintain_order=True)
            .select(FOUND.names())
        )

    def _new_rows(
        self, new: Ints, by_token: Floats, paragraphs: pl.DataFrame, tokens: Tokens, places: Places
    ) -> tuple[pl.DataFrame, Ints]:
        """A row for each of the tokens `new`, without its punctuation, and the index of its paragraph."""
        strings = [tokens.vocabulary.strings[token] for token in tokens.ids[new].tolist()]
        left = np.array([len(string) - len(string.lstrip(PUNCTUATION)) for string in strings], np.int64)
        lengths = np.array([len(string.strip(PUNCTUATION)) for string in strings], np.int64)
        new, left, lengths = new[lengths > 0], left[lengths > 0], lengths[lengths > 0]
        text_of, start = tokens.text_of[new], places.starts[new] + left
        added = (
            paragraphs.select(*_KEY, paragraph=pl.col("text"))[text_of]
            .with_columns(
                pl.Series("start", start),
                pl.Series("end", start + lengths),
                pl.Series("intensity", np.clip(np.ceil(3 * by_token[new]), 1, 3)),
                pl.Series("weight", 2 * by_token[new]),
                text=pl.col("paragraph").str.slice(pl.Series(start), pl.Series(lengths)),
                category=pl.lit("loaded_language"),
                negated=pl.lit(value=False),
                reason=pl.lit("the fitted scorer predicts that people mark it"),
                rule=pl.lit("scorer"),
            )
            .with_columns(term=pl.col("text").str.to_lowercase())
        )
        return added.select(FOUND.names()).cast(FOUND), text_of

    def _token_models(self, vocabulary: Vocabulary) -> tuple[TokenModel, TokenModel]:
        """Both models, with their sums for each distinct token, which are computed once."""
        columns = vocabulary.features(f"scorer:{self.sha256}", self._token_parts)
        word = tuple(columns[f"word {place}"] for place in range(len(self.word.grams)))
        return TokenModel(word, self.word), TokenModel((columns["sentence"],), self.sentence)

    def _token_parts(self, strings: Sequence[str]) -> dict[str, Floats]:
        n_weights = len(self.word.grams[0])
        grams = read_grams(strings, n_weights, self.ngrams)
        words = read_grams(strings, n_weights, neighbours(self.ngrams))
        own, before, after = self.word.grams
        return {
            "word 0": grams.sums(own),
            "word 1": words.sums(before),
            "word 2": words.sums(after),
            "sentence": grams.sums(self.sentence.grams[0]),
        }

    def save(self, path: Path) -> None:
        """Write the scorer with its provenance to one file; the same scorer gives the same bytes.

        ConfigurationError if the file cannot be written.
        """
        blocks: dict[str, Any] = {
            f"{name}_grams_{place}": block.astype(np.float32)
            for name, model in (("word", self.word), ("sentence", self.sentence))
            for place, block in enumerate(model.grams)
        }
        description = {
            "format": _FORMAT,
            "threshold": self.threshold,
            "ngrams": self.ngrams,
            "word": {"features": self.word.features.tolist(), "bias": self.word.bias},
            "sentence": {"features": self.sentence.features.tolist(), "bias": self.sentence.bias},
            "provenance": dict(self.provenance),
        }
        try:
            with path.open("wb") as file:
                np.savez_compressed(file, description=np.array(json.dumps(description)), **blocks)
        except OSError as error:
            raise ConfigurationError(f"cannot write the scorer {path}: {error.strerror}") from error


def load_scorer(path: Path, lexicon: Lexicon) -> Scorer:
    """A scorer that `Scorer.save` wrote. ConfigurationError if it is not one, or was fitted with another lexicon."""
    try:
        with np.load(path, allow_pickle=False) as stored:
            description = json.loads(str(stored["description"]))
            if description["format"] != _FORMAT:
                raise ConfigurationError(f"{path} is a scorer of another version: fit it again with `overtones fit`")
            models = {
                name: Model(
                    tuple(stored[key].astype(np.float64) for key in sorted(stored) if key.startswith(f"{name}_grams_")),
                    np.array(description[name]["features"]),
                    float(description[name]["bias"]),
                )
                for name in ("word", "sentence")
            }
        threshold, ngrams = float(description["threshold"]), description["ngrams"]
        provenance = dict(description["provenance"])
    except OSError as error:
        raise ConfigurationError(f"cannot read the scorer {path}: {error.strerror or error}") from error
    except (ValueError, KeyError, TypeError, EOFError, BadZipFile) as error:
        raise ConfigurationError(f"{path} is not a scorer; `overtones fit` writes one") from error
    if provenance.get("lexicon_sha256") != lexicon.sha256:
        raise ConfigurationError(
            f"the scorer {path} was fitted with another lexicon: give the --lexicon files that it was fitted with, "
            "or fit it again with `overtones fit`"
        )
    return Scorer(models["word"], models["sentence"], threshold, ngrams, provenance)


def neighbours(ngrams: NGrams) -> NGrams:
    """The kind of grams for the tokens before and after: never character n-grams."""
    return "none" if ngrams == "none" else "words"


def marked_spans(marked: Bools, tokens: Tokens, places: Places) -> list[list[tuple[int, int]]]:
    """The spans of the marked tokens of each text."""
    spans: list[list[tuple[int, int]]] = [[] for _ in range(len(tokens))]
    chosen = np.flatnonzero(marked)
    columns = (tokens.text_of[chosen], places.starts[chosen], places.ends[chosen])
    for text, start, end in zip(*(column.tolist() for column in columns), strict=True):
        spans[text].append((start, end))
    return spans


def probabilities(logits: Floats) -> Floats:
    """The logistic function of each logit."""
    result: Floats = 0.5 * (1 + np.tanh(logits / 2))
    return result
