"""What each metric of the tables is: its formula, where it comes from, its range, and what it does not mean.

Stated once: `overtones explain`, the explanation of a paragraph and docs/metric_reference.md all read it here. What is
measured, and in which unit, stands with the columns in `schemas`.

A formula is arithmetic over *quantities*, in braces. For a reader these become their names ("words / sentences"), for a
paragraph its own numbers ("45 / 2"); the tests put numbers in and compare with what was measured, so no formula here can
say other than what the code does.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from tasks import schemas

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

QUANTITIES = {
    "words": "words",
    "sentences": "sentences",
    "syllables": "syllables",
    "letters": "letters",
    "characters": "characters",
    "tokens": "tokens",
    "monosyllables": "words of 1 syllable",
    "polysyllables": "words of 3 syllables or more",
    "miniwords": "words of up to 3 letters",
    "long_words": "words of more than 6 letters",
    "unlisted": "words not on the list of easy ones",
    "unlisted_2": "words of 2 syllables or more not on the list of easy ones",
    "unlisted_3": "words of 3 syllables or more not on the list of easy ones",
    "dale_chall_surcharge": "3.6365 if more than 5 % of the words are not on the list, else 0",
    "dale_chall_surcharge_v2": "3.6365 if the score so far is above 0.05, else 0",
    "linsear_points": "points of the first 100 words: 1 up to 2 syllables, 3 from 3 on",
    "linsear_sentences": "sentences of the first 100 words",
    "linsear_reduction": "2 if there are 20 points a sentence or fewer, else 0",
    "valence": "sum of the valences",
    "positive": "sum of the positive valences, each word's + 1",
    "negative": "size of the sum of the negative valences, each word's - 1",
    "neutral": "tokens without valence",
    "points": "sum of the terms' weights",
    "points_author": "sum of the author's terms' weights",
    "author_words": "words outside quoted speech",
    "quoted_words": "words in quoted speech",
    "author_terms": "scored terms in the author's voice",
    "quoted_terms": "scored terms in quoted speech",
}
_QUANTITY = re.compile(r"\{(\w+)\}")


class Metric(NamedTuple):
    """One metric; `name` is its column."""

    name: str
    formula: str
    """Arithmetic over quantities in braces, or a rule in words."""
    source: str
    range: str
    direction: str
    """What higher values are."""
    caution: str
    """What it does not mean, or where it misleads."""

    @property
    def column(self) -> schemas.Column:
        """The column that holds it, in the first table that has one of that name."""
        return next(column for table in schemas.TABLES.values() for column in table.columns if column.name == self.name)

    @property
    def quantities(self) -> tuple[str, ...]:
        """The quantities that the formula needs, each once; none if it is a rule in words.

        >>> METRICS["flesch_kincaid_grade"].quantities
        ('words', 'sentences', 'syllables')
        """
        return tuple(dict.fromkeys(_QUANTITY.findall(self.formula)))

    @property
    def formula_in_words(self) -> str:
        """The formula with the names of its quantities.

        >>> METRICS["rix"].formula_in_words
        '[words of more than 6 letters] / sentences'
        """
        return _put_in(
            self.formula, lambda name: f"[{QUANTITIES[name]}]" if " " in QUANTITIES[name] else QUANTITIES[name]
        )

    def formula_with(self, numbers: Mapping[str, float]) -> str:
        """The formula with numbers put in.

        >>> METRICS["rix"].formula_with({"long_words": 12, "sentences": 3})
        '12 / 3'
        """
        return _put_in(self.formula, lambda name: _plain(numbers[name]))


def _put_in(formula: str, text_of: Callable[[str], str]) -> str:
    return _QUANTITY.sub(lambda match: text_of(match[1]), formula)


def _plain(number: float) -> str:
    """A number without digits that say nothing, in brackets where a sign would run into the formula's own."""
    text = f"{number:.10g}".replace("-", "−")
    return f"({text})" if number < 0 else text


_WPS = "{words} / {sentences}"
_SPW = "{syllables} / {words}"
_UNBOUNDED = "about 0 to 18, not bounded"
_GRADE = "harder: years of US school"
_AS_GRADE = (
    "A year of school is what US pupils of another time needed to answer questions on such a passage. It sees lengths, not "
    "sense, order or layout, and was fitted on passages of 100 words and more"
)
_MADE_FOR = "Made for {language}; textstat answers for English, where it means little"
_COUNT = "0 and more"
_LONGER = "more text"
_SHARE = "0 to 1"
_COMPOUND = "-1 to 1"
_TONE = (
    "It is the tone of words, not an opinion on a subject, nor whose opinion it is; war, crime and illness are negative in "
    "the driest report"
)
_VADER = "Hutto and Gilbert 2014, as vaderSentiment 3.3.2 computes it"
_TEXTSTAT = "textstat 0.7.13"
_OWN = "this project"
_MAY_BE = (
    "Terms may be loaded: each row of loaded_terms has its reason to agree or disagree with. It counts words, not truth"
)

_ALL = (
    # ------------------------------------------------------------------------------------------------------- counts
    Metric(
        "lexicon_count",
        "white-space separated tokens that hold a letter, a digit or an underscore",
        _TEXTSTAT,
        _COUNT,
        _LONGER,
        'A hyphenated "well-known" is one word',
    ),
    Metric(
        "sentence_count",
        "stretches between runs of . ! ? that have more than two words; at least 1 for any text but the empty one",
        _TEXTSTAT,
        _COUNT,
        _LONGER,
        '"3.5" and "U.S." end sentences here, line ends and "…" do not; n_sentences counts with more care',
    ),
    Metric(
        "syllable_count",
        "syllables by the pronouncing dictionary that `runs` names; places to hyphenate + 1 for words it lacks",
        _TEXTSTAT,
        _COUNT,
        _LONGER,
        "Names and new words are guesses",
    ),
    Metric("char_count", "characters that are no white space", _TEXTSTAT, _COUNT, _LONGER, "Punctuation counts"),
    Metric(
        "letter_count",
        "characters that are neither white space nor punctuation",
        _TEXTSTAT,
        _COUNT,
        _LONGER,
        "Digits count",
    ),
    Metric(
        "polysyllabcount",
        "words of three syllables or more",
        _TEXTSTAT,
        _COUNT,
        "more long words",
        "Long is not difficult: everybody knows 'Saturday' and 'hospital'",
    ),
    Metric(
        "monosyllabcount",
        "words of one syllable",
        _TEXTSTAT,
        _COUNT,
        "more short words",
        "Short is not easy: few know 'sloe'",
    ),
    Metric(
        "difficult_words",
        "distinct words of two syllables or more that are not on textstat's list of 2,940 easy ones",
        _TEXTSTAT,
        _COUNT,
        "more words that may be unfamiliar",
        "Inflected easy words ('refuses') and names count as difficult",
    ),
    Metric(
        "miniword_count",
        "words of three letters or fewer",
        _TEXTSTAT,
        _COUNT,
        "more small words",
        "They are 'the' and 'of' as well as 'apt'",
    ),
    Metric(
        "long_word_count",
        "words of more than six letters",
        _TEXTSTAT,
        _COUNT,
        "more long words",
        "Letters are counted, digits too",
    ),
    Metric("n_chars", "code points of the clean text", _OWN, _COUNT, _LONGER, "White space counts"),
    Metric(
        "n_words",
        "white-space separated tokens that hold a letter, a digit or an underscore",
        _OWN,
        _COUNT,
        _LONGER,
        "The same as lexicon_count for a paragraph; for a document, of all its paragraphs, where lexicon_count is of the body",
    ),
    Metric(
        "n_sentences",
        "rows in `sentences`, by rules that know abbreviations, decimals and quotations",
        _OWN,
        _COUNT,
        _LONGER,
        "The readability formulas use textstat's sentence_count instead, for parity",
    ),
    Metric(
        "n_syllables",
        "syllable_count under a short name",
        _TEXTSTAT,
        _COUNT,
        _LONGER,
        "Names and new words are guesses",
    ),
    Metric("n_paragraphs", "rows in `paragraphs`", _OWN, _COUNT, _LONGER, "Headlines, captions and furniture count"),
    Metric(
        "n_body_paragraphs",
        "paragraphs of kind body that repeat no other",
        _OWN,
        _COUNT,
        _LONGER,
        "A document's readability is of these, as one text",
    ),
    Metric(
        "n_repairs",
        "rows in `repairs`",
        _OWN,
        _COUNT,
        "more damage",
        "Damage to the text as it was received says nothing of its author",
    ),
    Metric(
        "words_per_sentence",
        _WPS,
        _TEXTSTAT,
        _COUNT,
        "longer sentences",
        "The sentences are textstat's, cut at every stop",
    ),
    Metric(
        "avg_syllables_per_word", _SPW, _TEXTSTAT, "about 1 to 2.5", "longer words", "Names and new words are guesses"
    ),
    Metric(
        "avg_character_per_word",
        "{characters} / {tokens}",
        _TEXTSTAT,
        "about 3 to 8",
        "longer words",
        "Punctuation counts, and a lone dash is a token",
    ),
    Metric(
        "avg_letter_per_word",
        "{letters} / {words}",
        _TEXTSTAT,
        "about 3 to 7",
        "longer words",
        "Digits count as letters",
    ),
    Metric(
        "avg_sentence_per_word",
        "{sentences} / {words}",
        _TEXTSTAT,
        _SHARE,
        "shorter sentences",
        "The sentences are textstat's, cut at every stop",
    ),
    # -------------------------------------------------------------------------------------------------- readability
    Metric(
        "flesch_reading_ease",
        f"206.835 − 1.015 × {_WPS} − 84.6 × {_SPW}",
        "Flesch 1948, Journal of Applied Psychology 32(3)",
        "about 0 to 100, not bounded",
        "easier",
        "It sees lengths, not sense, order or layout, and was fitted on passages of 100 words and more",
    ),
    Metric(
        "flesch_kincaid_grade",
        f"0.39 × {_WPS} + 11.8 × {_SPW} − 15.59",
        "Kincaid et al. 1975, Research Branch Report 8-75",
        _UNBOUNDED,
        _GRADE,
        _AS_GRADE,
    ),
    Metric(
        "smog_index",
        "1.043 × √(30 × {polysyllables} / {sentences}) + 3.1291",
        "McLaughlin 1969, Journal of Reading 12(8)",
        "3.1 and more, not bounded",
        _GRADE,
        "Made for samples of 30 sentences and more: of a paragraph it is a guess",
    ),
    Metric(
        "coleman_liau_index",
        "5.8 × {letters} / {words} − 29.6 × {sentences} / {words} − 15.8",
        "Coleman and Liau 1975, Journal of Applied Psychology 60(2)",
        _UNBOUNDED,
        _GRADE,
        _AS_GRADE,
    ),
    Metric(
        "automated_readability_index",
        f"4.71 × {{characters}} / {{tokens}} + 0.5 × {_WPS} − 21.43",
        "Smith and Senter 1967, AMRL-TR-66-220",
        _UNBOUNDED,
        _GRADE,
        _AS_GRADE,
    ),
    Metric(
        "dale_chall_readability_score",
        f"0.1579 × 100 × {{unlisted}} / {{words}} + 0.0496 × {_WPS} + {{dale_chall_surcharge}}",
        "Dale and Chall 1948, Educational Research Bulletin 27, as textstat computes it",
        "about 0 to 20; 4.9 and less is easy, 10 for graduates",
        "harder",
        "The list is of easy words, not of all their forms: 'refuses' counts as difficult, and so do names",
    ),
    Metric(
        "dale_chall_readability_score_v2",
        f"0.1579 × 100 × {{unlisted_2}} / {{words}} + 0.0496 × {_WPS} + {{dale_chall_surcharge_v2}}",
        "textstat's second form of Dale-Chall",
        "about 3.6 to 20",
        "harder",
        "The surcharge is nearly always due, for its bound is 100 times too low",
    ),
    Metric(
        "linsear_write_formula",
        "({linsear_points} / {linsear_sentences} − {linsear_reduction}) / 2",
        "O'Hayre 1966, Gobbledygook has gotta go",
        "-1 and more, not bounded",
        _GRADE,
        "Only the first 100 words count; a single long sentence goes beyond any school",
    ),
    Metric(
        "gunning_fog",
        f"0.4 × ({_WPS} + 100 × {{unlisted_3}} / {{words}})",
        "Gunning 1952, The technique of clear writing",
        _UNBOUNDED,
        _GRADE,
        _AS_GRADE,
    ),
    Metric(
        "spache_readability",
        f"0.141 × {_WPS} + 0.086 × 100 × {{unlisted_2}} / {{words}} + 0.839",
        "Spache 1953, Elementary School Journal 53(7)",
        "about 1 to 10, not bounded",
        _GRADE,
        "For reading matter of the first three school years, which news is not",
    ),
    Metric(
        "mcalpine_eflaw",
        "({words} + {miniwords}) / {sentences}",
        "McAlpine 1997, Global English for global business",
        "1 and more; 25 and less is easy",
        "harder for learners of English",
        "It punishes small words, which others find easy",
    ),
    Metric(
        "lix",
        f"{_WPS} + 100 × {{long_words}} / {{words}}",
        "Björnsson 1968, Läsbarhet",
        "about 20 (easy) to 60 (hard)",
        "harder",
        "Its bounds were drawn for Swedish, whose words are longer",
    ),
    Metric(
        "rix",
        "{long_words} / {sentences}",
        "Anderson 1983, Journal of Reading 26(6)",
        "about 0 (easy) to 8 (hard)",
        "harder",
        "It sees lengths, not sense",
    ),
    Metric(
        "crawford",
        "−0.205 × 100 × {sentences} / {words} + 0.049 × 100 × {syllables} / {words} − 3.407",
        "Crawford 1985, Lectura y Vida 6(4)",
        "not bounded",
        "harder: years of schooling",
        _MADE_FOR.format(language="Spanish"),
    ),
    Metric(
        "gulpease_index",
        "300 × {sentences} / {words} − 10 × {characters} / {tokens} + 89",
        "Lucisano and Piemontese 1988, Scuola e città 3",
        "about 0 to 100, not bounded",
        "easier",
        _MADE_FOR.format(language="Italian"),
    ),
    Metric(
        "fernandez_huerta",
        f"206.84 − 60 × {_SPW} − 1.02 × {_WPS}",
        "Fernández Huerta 1959, Consigna 214",
        "about 0 to 100, not bounded",
        "easier",
        _MADE_FOR.format(language="Spanish"),
    ),
    Metric(
        "szigriszt_pazos",
        f"206.835 − 62.3 × {_SPW} − {_WPS}",
        "Szigriszt Pazos 1992, Complutense University of Madrid",
        "about 0 to 100, not bounded",
        "easier",
        _MADE_FOR.format(language="Spanish"),
    ),
    Metric(
        "gutierrez_polini",
        f"95.2 − 9.7 × {{letters}} / {{words}} − 0.35 × {_WPS}",
        "Gutiérrez de Polini 1972, Investigación sobre lectura en Venezuela",
        "about 0 to 100, not bounded",
        "easier",
        _MADE_FOR.format(language="Spanish"),
    ),
    *(
        Metric(
            f"wiener_sachtextformel_{variant}",
            formula,
            "Bamberger and Vanecek 1984, Lesen, Verstehen, Lernen, Schreiben",
            "about 4 to 15, not bounded",
            "harder: years of school",
            _MADE_FOR.format(language="German"),
        )
        for variant, formula in (
            (
                1,
                f"0.1935 × 100 × {{polysyllables}} / {{words}} + 0.1672 × {_WPS} + 0.1297 × 100 × {{long_words}} / {{words}} − 0.0327 × 100 × {{monosyllables}} / {{words}} − 0.875",
            ),
            (
                2,
                "0.2007 × 100 × {polysyllables} / {words} + 0.1682 × {words} / {sentences} + 0.1373 × 100 × {long_words} / {words} − 2.779",
            ),
            (3, "0.2963 × 100 × {polysyllables} / {words} + 0.1905 × {words} / {sentences} − 1.1144"),
            (4, "0.2744 × 100 × {polysyllables} / {words} + 0.2656 × {words} / {sentences} − 1.693"),
        )
    ),
    Metric(
        "reading_time",
        "14.69 × {characters} / 1000",
        "Demberg and Keller 2008, Cognition 109",
        _COUNT,
        "longer: seconds",
        "A mean over readers and texts; what is hard is read more slowly",
    ),
    Metric(
        "text_standard",
        "the grade that most of flesch_kincaid_grade, flesch_reading_ease (by its decade), smog_index, coleman_liau_index, "
        "automated_readability_index, dale_chall_readability_score, linsear_write_formula and gunning_fog vote for, each rounded down, up "
        "and to the nearest; the one named first wins a tie",
        _TEXTSTAT,
        "0th and 1st grade to 17th and 18th grade",
        _GRADE,
        "A vote of formulas that disagree is no measurement",
    ),
    # ---------------------------------------------------------------------------------------------------- sentiment
    Metric(
        "vader_neg", "{negative} / ({positive} + {negative} + {neutral})", _VADER, _SHARE, "more negative words", _TONE
    ),
    Metric(
        "vader_neu",
        "{neutral} / ({positive} + {negative} + {neutral})",
        _VADER,
        _SHARE,
        "more words without valence",
        "A neutral word is one that the lexicon lacks",
    ),
    Metric(
        "vader_pos", "{positive} / ({positive} + {negative} + {neutral})", _VADER, _SHARE, "more positive words", _TONE
    ),
    Metric(
        "vader_compound",
        "{valence} / √({valence}² + 15)",
        _VADER,
        _COMPOUND,
        "more positive",
        f"{_TONE}. Sums grow with length, so a long text scores near -1 or 1 whatever its tone",
    ),
    Metric(
        "vader_compound_author",
        "vader_compound of what stands outside quoted speech",
        _VADER,
        _COMPOUND,
        "more positive",
        _TONE,
    ),
    Metric("vader_compound_quoted", "vader_compound of the quoted speech", _VADER, _COMPOUND, "more positive", _TONE),
    Metric(
        "vader_compound_mean",
        "mean of the sentences' vader_compound, weighted by their words",
        f"{_VADER}; the mean is this project's",
        _COMPOUND,
        "more positive",
        f"{_TONE}. It does not saturate, and hides how sentences differ",
    ),
    # --------------------------------------------------------------------------------------------- voice and loading
    Metric(
        "quoted_ratio",
        "{quoted_words} / {words}",
        _OWN,
        _SHARE,
        "more quoted speech",
        "Reported speech without quotation marks is the author's here",
    ),
    Metric(
        "quoted_word_ratio",
        "{quoted_words} / {words}",
        _OWN,
        _SHARE,
        "more quoted speech",
        "Reported speech without quotation marks is the author's here",
    ),
    Metric(
        "n_loaded_author",
        "rows in loaded_terms of a scored category, outside quoted speech; scare quotes are the author's",
        _OWN,
        _COUNT,
        "more terms that may be loaded",
        _MAY_BE,
    ),
    Metric(
        "n_loaded_quoted",
        "rows in loaded_terms of a scored category, in quoted speech",
        _OWN,
        _COUNT,
        "more terms that may be loaded",
        f"{_MAY_BE}. To quote is a choice, too, which this does not judge",
    ),
    Metric(
        "loaded_per_1000_words_author",
        "1000 × {author_terms} / {author_words}",
        _OWN,
        "0 to 1,000",
        "more loaded",
        f"{_MAY_BE}. In short texts one term is many in a thousand",
    ),
    Metric(
        "loaded_per_1000_words_quoted",
        "1000 × {quoted_terms} / {quoted_words}",
        _OWN,
        "0 to 1,000",
        "more loaded",
        f"{_MAY_BE}. In short quotations one term is many in a thousand",
    ),
    Metric(
        "loaded_score",
        "40 × {points} / (40 × {points} + {words} + 40)",
        _OWN,
        "0 to below 1; a half is a point to every 40 words, beyond the first 40",
        "more loaded",
        f"{_MAY_BE}. It compares texts; it is no probability and no verdict on an author",
    ),
    Metric(
        "loaded_score_author",
        "40 × {points_author} / (40 × {points_author} + {author_words} + 40)",
        _OWN,
        "0 to below 1",
        "more loaded",
        f"{_MAY_BE}. It compares texts; it is no probability and no verdict on an author",
    ),
    Metric(
        "loaded_probability",
        "what the scorer given with --scorer says of the sentence: a logistic function of its weighted features",
        "the annotated texts that the scorer was fitted on",
        "0 to 1",
        "more likely called loaded by people like those annotators",
        "It is those annotators' judgement, learnt from few examples, and no verdict on an author",
    ),
)

METRICS: dict[str, Metric] = {metric.name: metric for metric in _ALL}


def metrics_as_markdown() -> str:
    """All metrics as a page of documentation."""
    opening = (
        "Made from `tasks/metrics.py` by `make docs`; `overtones explain METRIC` prints the same. Where a formula would divide "
        "by nothing, the score is 0.0. [What is counted, and how parity is checked](metrics.md)."
    )
    lines = ["# Every metric", "", opening, ""]
    for metric in METRICS.values():
        column = metric.column
        lines += [
            f"## {metric.name}",
            "",
            f"{column.meaning[0].upper()}{column.meaning[1:]}.",
            "",
            f"- Formula: {metric.formula_in_words}",
            f"- Source: {metric.source}",
            f"- Range: {metric.range}; higher is {metric.direction}",
            f"- Mind: {metric.caution}.",
            "",
        ]
    return "\n".join(lines)
