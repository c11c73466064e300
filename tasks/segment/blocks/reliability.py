"""Whether a paragraph's readability figures are reliable, and if not, why.

The formulas were fitted on running prose of a hundred words and more. In a single sentence the words per sentence are one
number and not a mean. Below about thirty words, one long word changes a grade by whole years. Captions, headings, bylines
and boilerplate are not prose, whatever their length.
"""

from __future__ import annotations

import polars as pl

from tasks.schemas import READABILITY_NOTES

MIN_WORDS = 30
"""At this length, one word of four syllables instead of one changes Flesch-Kincaid by 3 * 11.8 / 30 = 1.2 grades."""
MIN_SENTENCES = 2
_PROSE = "body"
_GRADES_A_WORD = 0.39  # of Flesch-Kincaid, for each word in a sentence


def note_readability(
    kind: pl.Expr | None = None,
    language: pl.Expr | None = None,
    n_words: pl.Expr | None = None,
    n_sentences: pl.Expr | None = None,
    textstat_sentences: pl.Expr | None = None,
) -> pl.Expr:
    """The column readability_note from kind, language, n_words, n_sentences and sentence_count: the first that holds of
    not_english (the figures are null), not_prose, short (fewer than 30 words), one_sentence, sentences_differ (textstat
    cuts sentences elsewhere, so that its Flesch-Kincaid grade differs by one or more), ok. Columns not given have these
    names.

    >>> frame = pl.DataFrame({"kind": ["body", "body", "body", "caption", "body", "body"],
    ...     "n_words": [80, 12, 40, 60, 90, 80], "n_sentences": [4, 1, 1, 3, 5, 4], "sentence_count": [4, 1, 1, 3, 5, 7],
    ...     "language": ["en", "en", "en", "en", "de", "en"]})
    >>> frame.select(note_readability())["readability_note"].to_list()
    ['ok', 'short', 'one_sentence', 'not_prose', 'not_english', 'sentences_differ']
    """
    kind = pl.col("kind") if kind is None else kind
    language = pl.col("language") if language is None else language
    n_words = pl.col("n_words") if n_words is None else n_words
    n_sentences = pl.col("n_sentences") if n_sentences is None else n_sentences
    theirs = pl.col("sentence_count") if textstat_sentences is None else textstat_sentences
    difference = _GRADES_A_WORD * (n_words / theirs - n_words / n_sentences).abs()
    return (
        # An unknown language counts as English: the text is too short to detect it.
        pl.when(language.fill_null("en") != "en")
        .then(pl.lit("not_english"))
        .when(kind.cast(pl.String) != _PROSE)
        .then(pl.lit("not_prose"))
        .when(n_words < MIN_WORDS)
        .then(pl.lit("short"))
        .when(n_sentences < MIN_SENTENCES)
        .then(pl.lit("one_sentence"))
        .when(difference >= 1)
        .then(pl.lit("sentences_differ"))
        .otherwise(pl.lit("ok"))
        .cast(pl.Enum(READABILITY_NOTES))
        .alias("readability_note")
    )
