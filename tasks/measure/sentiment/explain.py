"""Where VADER's scores come from: of one text word by word, and of many texts as the table `sentiment_terms`."""

from __future__ import annotations

from math import fsum
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from tasks.measure.sentiment.rule_columns import SentimentWords, apply_word_rules, count_expanded, weigh_around_but
from tasks.measure.sentiment.rules import (
    RULES,
    WORD_RULES,
    Sums,
    Word,
    contexts,
    count_emphasis,
    read_words,
    score,
    sum_valences,
)
from tasks.measure.sentiment.rules import emphasis as emphasis_of
from tasks.measure.sentiment.rules import weigh_around_but as weigh_one_text
from tasks.measure.sentiment.scores import emphasis, sum_by_text
from tasks.measure.sentiment.vader_lexicon import token_features

if TYPE_CHECKING:
    from tasks.measure.tokens import Tokens

_NO_PARTS = dict.fromkeys(RULES, 0.0)


def sentiment(text: str) -> dict[str, float]:
    """VADER's four scores of one text.

    >>> sentiment("The plan is not good, but the cuts are a DISASTER!")
    {'vader_neg': 0.591, 'vader_neu': 0.409, 'vader_pos': 0.0, 'vader_compound': -0.9108}
    """
    words = read_words(text)
    return score(_sums(words, _valences(words)))


def sum_sentiment(text: str) -> Sums:
    """What the scores of one text are made of.

    >>> sum_sentiment("A good, good day.")
    Sums(total=3.8, positive=5.8, negative=0.0, neutral=2)
    """
    words = read_words(text)
    return _sums(words, _valences(words))


def _sums(words: list[Word], valences: list[float]) -> Sums:
    return sum_valences(valences, emphasis_of(*count_emphasis(words)))


def _valences(words: list[Word]) -> list[float]:
    return [float(row["valence"]) for row in _explain_words(words)]


def explain_sentiment(text: str) -> pl.DataFrame:
    """Where a text's score comes from: a row for each token that VADER reads, in order, and one for the emphasis that
    punctuation gives to the text, if it gives any.

    Columns: `token_index`, `token`; what each rule of `RULES` added to the token's valence; `rounding`, what
    floating-point arithmetic adds to these, less than 1e-14; and their sum, `valence`. The valences, added from first to
    last, are the score before normalization, to the last bit.

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
    words = read_words(text)
    rows = _explain_words(words)
    exclamations, questions = count_emphasis(words)
    increment = emphasis_of(exclamations, questions)
    total = sum(row["valence"] for row in rows)
    if increment and total:
        added = increment if total > 0 else -increment
        token = "!" * exclamations + "?" * questions
        rows.append({"token_index": len(rows), "token": token, **_NO_PARTS, "emphasis": added, "valence": added})
    for row in rows:
        row["rounding"] = fsum((row["valence"], *(-row[rule] for rule in RULES)))
    numbers = dict.fromkeys((*RULES, "rounding", "valence"), pl.Float64)
    return pl.DataFrame(rows, {"token_index": pl.Int64, "token": pl.String, **numbers})


def _explain_words(words: list[Word]) -> list[dict[str, Any]]:
    """A row for each word: what the rules but `emphasis` added to its valence, and the valence."""
    rows: list[dict[str, Any]] = [
        {"token_index": place, "token": word.token, **_NO_PARTS, "valence": 0.0} for place, word in enumerate(words)
    ]
    for place, context in contexts(words):
        before = 0.0
        for rule, apply in WORD_RULES:
            valence = apply(before, context)
            rows[place][rule] += valence - before
            before = valence
        rows[place]["valence"] = before
    for row, weighed in zip(rows, weigh_one_text([row["valence"] for row in rows], words), strict=True):
        row["but"] = weighed - row["valence"]
        row["valence"] = weighed
    return rows


def find_sentiment_terms(paragraphs: pl.DataFrame, tokens: Tokens) -> pl.DataFrame:
    """The rows of the table `sentiment_terms`, but for their sentences: the tokens with a valence of their own, and the
    emphasis of punctuation. `paragraphs` (document_id, paragraph_index, text) are the texts of `tokens`.
    """
    words = SentimentWords.of(tokens)
    terms = _contributions(words).sort("text", "token_index")
    texts, token_index = terms["text"].to_numpy(), terms["token_index"].to_numpy()
    n_read = count_expanded(tokens, token_features(tokens.vocabulary)["flags"].take(tokens.ids))
    is_token = token_index < words.tokens.counts[texts]
    # The words of an emoji's description are at the place of the emoji.
    origins = np.repeat(np.arange(len(tokens.ids)), n_read)[
        words.tokens.offsets[texts[is_token]] + token_index[is_token]
    ]
    ends = paragraphs["text"].str.len_chars().cast(pl.Int64).to_numpy()[texts]
    starts = ends.copy()  # emphasis belongs to the whole text: its place is the text's end
    starts[is_token] = tokens.starts(paragraphs["text"])[origins]
    lengths = pl.Series(tokens.vocabulary.strings, dtype=pl.String).gather(tokens.ids[origins]).str.len_chars()
    ends[is_token] = starts[is_token] + lengths.to_numpy()
    return (
        paragraphs.select("document_id", "paragraph_index")[texts]
        .with_columns(start=pl.Series(starts, dtype=pl.Int32), end=pl.Series(ends, dtype=pl.Int32))
        .hstack(terms.with_columns(pl.col("token_index").cast(pl.Int32)).drop("text"))
    )


def _contributions(words: SentimentWords) -> pl.DataFrame:
    """A row for each sentiment word, and for the emphasis of each text that has any: text, token_index, token, what each
    rule added, and their sum, valence.
    """
    parts = {rule: np.zeros(len(words.places)) for rule in RULES}
    before = np.zeros(len(words.places))
    for rule, after in apply_word_rules(words):
        parts[rule] += after - before
        before = after
    weighed = weigh_around_but(before, words)
    parts["but"] = weighed - before
    added = np.sign(sum_by_text(weighed, words.text_of, len(words.tokens))) * emphasis(words)
    texts = np.flatnonzero(added)
    exclamations, questions = (counts[texts].tolist() for counts in words.punctuation())
    marks = ["!" * n + "?" * m for n, m in zip(exclamations, questions, strict=True)]
    punctuation = pl.DataFrame(
        {
            "text": texts,
            "token_index": words.tokens.counts[texts],
            "token": pl.Series(marks, dtype=pl.String),
            **{rule: np.zeros(len(texts)) for rule in RULES},
            "emphasis": added[texts],
            "valence": added[texts],
        }
    )
    tokens, text_of = words.tokens, words.text_of
    strings = pl.Series(tokens.vocabulary.strings, dtype=pl.String).gather(tokens.ids[words.places])
    terms = pl.DataFrame({"text": text_of, "token_index": words.places - tokens.offsets[text_of], "token": strings})
    return terms.with_columns(**parts, valence=weighed).vstack(punctuation)
