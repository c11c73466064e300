"""The resources for measuring that are slow to load: vocabulary, dictionary, lexicon and judge, loaded once per
process.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tasks.measure.dictionary import Dictionary, load_dictionary
from tasks.measure.loaded_language import Lexicon, compile_lexicon, load_lexicon
from tasks.measure.loaded_language.context import Judge, load_judge
from tasks.measure.readability import measure_readability
from tasks.measure.sentiment import measure_sentiment
from tasks.measure.tokens import Tokens, Vocabulary, concat

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import polars as pl

    from tasks.measure.loaded_language import Matcher
    from tasks.options import Options


@dataclass(frozen=True)
class Resources:
    """The resources of all batches of a process."""

    vocabulary: Vocabulary
    pronunciations: Dictionary
    lexicon: Lexicon
    judge: Judge
    cache_folder: Path | None = None
    """Where tables are cached between processes."""

    @cached_property
    def matcher(self) -> Matcher:
        """The compiled lexicon; compiled when first needed, since a run without new documents does not need it."""
        return compile_lexicon(self.lexicon, self.cache_folder)

    def sentiments(self, *columns: Tokens) -> list[pl.DataFrame]:
        """VADER's scores of several columns of texts, in one pass."""
        return _in_one_pass(partial(measure_sentiment, folder=self.cache_folder), columns)

    def readabilities(self, *columns: Tokens) -> list[pl.DataFrame]:
        """Metrics and counts of textstat for several columns of texts, in one pass. No text may be only white space."""
        return _in_one_pass(lambda tokens: measure_readability(tokens, None, self.pronunciations), columns)

    @property
    def dictionary(self) -> str:
        """The pronouncing dictionary and its version."""
        return str(self.pronunciations)

    @property
    def lexicon_sha256(self) -> str:
        """The hash of everything that decides which terms are loaded."""
        return self.lexicon.sha256

    @property
    def judge_sha256(self) -> str:
        """The hash of the weights of the judge."""
        return self.judge.sha256


def load_resources(options: Options, cache_folder: Path | None = None) -> Resources:
    """Dictionary, vocabulary, lexicon and judge as `options` say; what is slow to make is kept in `cache_folder`.

    ConfigurationError if the dictionary, a lexicon or the judge cannot be read.
    """
    lexicon = load_lexicon([Path(path) for path in options.lexicons])
    judge = load_judge(Path(options.judge) if options.judge else None)
    pronunciations = load_dictionary(options.dictionary, cache_folder)
    return Resources(Vocabulary(fold=not options.verbatim), pronunciations, lexicon, judge, cache_folder)


_TOKENS_IN_ONE_PASS = 4_000_000
"""Four times the tokens of four megabytes of text: paragraphs, sentences, documents and voices."""


def _in_one_pass(measure: Callable[[Tokens], pl.DataFrame], columns: Sequence[Tokens]) -> list[pl.DataFrame]:
    """`measure` of each column of texts. They are measured together, unless that would take too much memory."""
    if sum(len(column.ids) for column in columns) > _TOKENS_IN_ONE_PASS:
        return [measure(replace(column)) for column in columns]  # a copy, so that its cached properties are freed
    measures = measure(concat(columns))
    ends = np.cumsum([len(column) for column in columns]).tolist()
    return [measures[end - len(column) : end] for column, end in zip(columns, ends, strict=True)]
