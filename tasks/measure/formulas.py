"""The published readability formulas, as textstat 0.7.13 computes them for English: one function a formula.

Each works on a number and on a numpy array, and keeps textstat's order of operations, so that the results are equal to
the last bit. None guards against texts without words: `readability` does, in one place, where the formulas are applied.

Arguments are ratios of counts: `words_per_sentence`, `letters_per_word` ...; `difficult_percent` and the like are
percentages of words. Each docstring names the publication, and where textstat departs from it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from tasks.text.arrays import Floats

Number = TypeVar("Number", float, "Floats")


def flesch_reading_ease(words_per_sentence: Number, syllables_per_word: Number) -> Number:
    """Flesch Reading Ease. Flesch, R. (1948). A new readability yardstick. Journal of Applied Psychology 32(3).

    >>> round(flesch_reading_ease(20.0, 1.5), 3)
    59.635
    """
    return 206.835 - 1.015 * words_per_sentence - 84.6 * syllables_per_word


def flesch_kincaid_grade(words_per_sentence: Number, syllables_per_word: Number) -> Number:
    """Flesch-Kincaid grade level. Kincaid, J. P. et al. (1975). Derivation of new readability formulas for Navy
    enlisted personnel. Research Branch Report 8-75.

    >>> round(flesch_kincaid_grade(20.0, 1.5), 3)
    9.91
    """
    return (0.39 * words_per_sentence) + (11.8 * syllables_per_word) - 15.59


def smog_index(polysyllables_per_sentence: float) -> float:
    """SMOG grade. McLaughlin, G. H. (1969). SMOG grading: a new readability formula. Journal of Reading 12(8).

    Made for samples of 30 sentences; textstat answers for any number. For single numbers only: in one of 2,000 values
    numpy's square root differs from Python's power in the last bit.

    >>> round(smog_index(10 / 30), 3)
    6.427
    """
    root: float = (30 * polysyllables_per_sentence) ** 0.5
    return (1.043 * root) + 3.1291


def coleman_liau_index(letters_per_word: Number, sentences_per_word: Number) -> Number:
    """Coleman-Liau index. Coleman, M. and Liau, T. L. (1975). A computer readability formula designed for machine
    scoring. Journal of Applied Psychology 60(2).

    >>> round(coleman_liau_index(4.8, 0.05), 3)
    10.56
    """
    return (0.058 * (letters_per_word * 100)) - (0.296 * (sentences_per_word * 100)) - 15.8


def automated_readability_index(characters_per_word: Number, words_per_sentence: Number) -> Number:
    """Automated Readability Index. Smith, E. A. and Senter, R. J. (1967). Automated Readability Index. AMRL-TR-66-220.

    >>> round(automated_readability_index(5.0, 20.0), 3)
    12.12
    """
    return (4.71 * characters_per_word) + (0.5 * words_per_sentence) - 21.43


def dale_chall_readability_score(difficult_percent: Number, words_per_sentence: Number) -> Number:
    """Dale-Chall score. Dale, E. and Chall, J. S. (1948). A formula for predicting readability. Educational Research
    Bulletin 27. Difficult are the words outside textstat's list of 2,940 easy ones.

    >>> round(dale_chall_readability_score(10.0, 20.0), 4)
    6.2075
    """
    score = (0.1579 * difficult_percent) + (0.0496 * words_per_sentence)
    return score + dale_chall_surcharge(difficult_percent)


def dale_chall_surcharge(difficult_percent: Number) -> Number:
    """What the Dale-Chall score adds for texts of which more than 5 % of the words are difficult.

    >>> dale_chall_surcharge(5.0), dale_chall_surcharge(5.1)
    (0.0, 3.6365)
    """
    return 3.6365 * (difficult_percent > 5)  # type: ignore[return-value]  # to the stubs, of any precision


def dale_chall_readability_score_v2(difficult_percent: Number, words_per_sentence: Number) -> Number:
    """Dale-Chall score in textstat's second form: one-syllable words are never difficult, and the surcharge is due
    if the score, not the percentage, passes 0.05: in practice always.

    >>> round(dale_chall_readability_score_v2(0.0, 20.0), 4)
    4.6285
    """
    score = 0.1579 * difficult_percent + 0.0496 * words_per_sentence
    return score + dale_chall_surcharge_v2(score)


def dale_chall_surcharge_v2(score: Number) -> Number:
    """What textstat's second form adds to the score so far.

    >>> dale_chall_surcharge_v2(0.05), dale_chall_surcharge_v2(1.0)
    (0.0, 3.6365)
    """
    return 3.6365 * (score > 0.05)  # type: ignore[return-value]  # to the stubs, of any precision


def linsear_write_formula(points_per_sentence: Number) -> Number:
    """Linsear Write. O'Hayre, J. (1966). Gobbledygook has gotta go. US Bureau of Land Management.

    A word of one or two syllables is a point, a longer one three, over the first 100 words.

    >>> linsear_write_formula(24.0), linsear_write_formula(12.0)
    (12.0, 5.0)
    """
    return (points_per_sentence - linsear_reduction(points_per_sentence)) / 2


def linsear_reduction(points_per_sentence: Number) -> Number:
    """What Linsear Write takes off where there are 20 points a sentence or fewer.

    >>> linsear_reduction(20.0), linsear_reduction(20.5)
    (2, 0)
    """
    return 2 * (points_per_sentence <= 20)  # type: ignore[return-value]  # to the stubs, of any precision


def gunning_fog(words_per_sentence: Number, difficult_percent: Number) -> Number:
    """Gunning fog index. Gunning, R. (1952). The technique of clear writing. Difficult are words of three syllables or
    more that are not on the list of easy ones.

    >>> round(gunning_fog(20.0, 10.0), 3)
    12.0
    """
    return 0.4 * (words_per_sentence + difficult_percent)


def spache_readability(words_per_sentence: Number, difficult_percent: Number) -> Number:
    """Spache formula. Spache, G. (1953). A new readability formula for primary-grade reading materials. Elementary
    School Journal 53(7). Difficult are words of two syllables or more that are not on the list of easy ones.

    >>> round(spache_readability(10.0, 5.0), 3)
    2.679
    """
    return (0.141 * words_per_sentence) + (0.086 * difficult_percent) + 0.839


def mcalpine_eflaw(words: Number, miniwords: Number, sentences: Number) -> Number:
    """EFLAW, for readers with English as a foreign language. McAlpine, R. (1997). Global English for global business.
    Miniwords have three letters or fewer.

    >>> mcalpine_eflaw(20.0, 8.0, 1.0)
    28.0
    """
    return (words + miniwords) / sentences


def lix(words_per_sentence: Number, long_percent: Number) -> Number:
    """LIX. Björnsson, C. H. (1968). Läsbarhet. Long words have more than six letters.

    >>> lix(20.0, 25.0)
    45.0
    """
    return words_per_sentence + long_percent


def rix(long_words: Number, sentences: Number) -> Number:
    """RIX. Anderson, J. (1983). Lix and Rix: variations on a little-known readability index. Journal of Reading 26(6).

    >>> rix(6.0, 2.0)
    3.0
    """
    return long_words / sentences


def crawford(sentences_per_word: Number, syllables_per_word: Number) -> Number:
    """Crawford's years of schooling, made for Spanish. Crawford, A. N. (1985). Fórmula y gráfico para determinar la
    comprensibilidad de textos del nivel primario en castellano. Lectura y Vida 6(4).

    >>> round(crawford(0.05, 1.5), 3)
    2.918
    """
    return -0.205 * (100 * sentences_per_word) + 0.049 * (100 * syllables_per_word) - 3.407


def gulpease_index(sentences_per_word: Number, characters_per_word: Number) -> Number:
    """Gulpease, made for Italian. Lucisano, P. and Piemontese, M. E. (1988). Gulpease. Scuola e città 3.

    >>> gulpease_index(0.05, 5.0)
    54.0
    """
    return (300 * sentences_per_word) - (10 * characters_per_word) + 89


def fernandez_huerta(words_per_sentence: Number, syllables_per_word: Number) -> Number:
    """Fernández Huerta's ease, made for Spanish. Fernández Huerta, J. (1959). Medidas sencillas de lecturabilidad.
    Consigna 214.

    >>> round(fernandez_huerta(20.0, 1.5), 3)
    96.44
    """
    return 206.84 - (60 * syllables_per_word) - (1.02 * words_per_sentence)


def szigriszt_pazos(words_per_sentence: Number, syllables_per_word: Number) -> Number:
    """Szigriszt Pazos' perspicuity, made for Spanish. Szigriszt Pazos, F. (1992). Sistemas predictivos de legibilidad
    del mensaje escrito. Complutense University of Madrid.

    >>> round(szigriszt_pazos(20.0, 1.5), 3)
    93.385
    """
    return 206.835 - 62.3 * syllables_per_word - words_per_sentence


def gutierrez_polini(letters_per_word: Number, words_per_sentence: Number) -> Number:
    """Gutiérrez de Polini's comprehensibility, made for Spanish. Gutiérrez de Polini, L. E. (1972). Investigación
    sobre lectura en Venezuela.

    >>> round(gutierrez_polini(4.8, 20.0), 3)
    41.64
    """
    return 95.2 - 9.7 * letters_per_word - 0.35 * words_per_sentence


# Weights of: % words of three syllables or more, words a sentence, % words of more than six letters,
# % words of one syllable; and the constant.
_WIENER_WEIGHTS = {
    1: (0.1935, 0.1672, 0.1297, 0.0327, 0.875),
    2: (0.2007, 0.1682, 0.1373, 0.0, 2.779),
    3: (0.2963, 0.1905, 0.0, 0.0, 1.1144),
    4: (0.2744, 0.2656, 0.0, 0.0, 1.693),
}


def wiener_sachtextformel(
    variant: int,
    polysyllable_percent: Number,
    words_per_sentence: Number,
    long_percent: Number,
    monosyllable_percent: Number,
) -> Number:
    """Vienna formula for factual texts, variants 1 to 4, made for German. Bamberger, R. and Vanecek, E. (1984). Lesen,
    Verstehen, Lernen, Schreiben.

    >>> round(wiener_sachtextformel(1, 20.0, 15.0, 30.0, 50.0), 3)
    7.759
    """
    polysyllable, sentence, long, monosyllable, constant = _WIENER_WEIGHTS[variant]
    return (
        (polysyllable * polysyllable_percent)
        + (sentence * words_per_sentence)
        + (long * long_percent)
        - (monosyllable * monosyllable_percent)
        - constant
    )


def reading_time(characters: Number) -> Number:
    """Seconds to read, at 14.69 ms a character. Demberg, V. and Keller, F. (2008). Data from eye-tracking corpora as
    evidence for theories of syntactic processing complexity. Cognition 109.

    >>> reading_time(1000.0)
    14.69
    """
    return 14.69 * characters / 1000


_ORDINALS = {1: "1st", 2: "2nd", 3: "3rd"}
# textstat holds the grade between 1 and 18 and names it together with the one below.
_GRADES = [f"{_ORDINALS.get(n, f'{n}th')} and {_ORDINALS.get(n + 1, f'{n + 1}th')} grade" for n in range(18)]


def text_standard(reading_ease: Floats, grades: Sequence[Floats]) -> pl.Series:
    """The grade that most formulas agree on, for each text, in textstat's words; `grades` are the Flesch-Kincaid, SMOG,
    Coleman-Liau, ARI, Dale-Chall, Linsear Write and Gunning fog scores, in this order.

    Each score votes for its floor, its ceiling and its rounded value; Flesch Reading Ease votes once for the grade of
    its decade, or twice, for 8 and 9, between 60 and 70. Of grades with equally many votes the one named first wins.

    >>> text_standard(np.array([65.0]), [np.array([score]) for score in (8.2, 9.0, 8.5, 7.1, 6.9, 8.0, 9.9)]).item()
    '7th and 8th grade'
    """
    ease_grade = np.select(
        [(reading_ease < 100) & (reading_ease >= ease) for ease in _EASE_GRADES], list(_EASE_GRADES.values()), 13
    )
    no_grade = np.iinfo(np.int32).min  # a vote that no other vote equals
    votes = []
    for score in grades:
        votes += [np.floor(score), np.ceil(score), np.rint(score)]
        if len(votes) == 3:
            votes += [ease_grade, np.where(ease_grade == 8, 9, no_grade)]
    winner = _first_of_the_most(np.stack(votes, dtype=np.int32, casting="unsafe"))
    return pl.Series(_GRADES).gather(np.clip(winner, 1, len(_GRADES)) - 1)


def _first_of_the_most(ballot: NDArray[np.int32]) -> NDArray[np.int32]:
    """In each column, the value that occurs most often; of several such the first."""
    winner: NDArray[np.int32] = ballot[0].copy()
    most = np.zeros(ballot.shape[1], np.int8)
    for place, grade in enumerate(ballot):
        n_votes = (ballot[place:] == grade).view(np.int8).sum(axis=0, dtype=np.int8)
        better = n_votes > most
        np.copyto(winner, grade, where=better)
        np.copyto(most, n_votes, where=better)
    return winner


# The lowest ease of each decade and its grade; below 30, and from 100 on, textstat says 13.
_EASE_GRADES = {90: 5, 80: 6, 70: 7, 60: 8, 50: 10, 40: 11, 30: 12}
