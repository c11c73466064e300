"""Loaded language: a lexicon with reasons, rules of form, and scores that are sums over the terms found."""

from tasks.measure.loaded_language.entries import Entry
from tasks.measure.loaded_language.lexicon import Lexicon, load_lexicon
from tasks.measure.loaded_language.loaded_term import LoadedTerm
from tasks.measure.loaded_language.matching import (
    Matcher,
    compile_lexicon,
    find_loaded_terms,
    loaded_terms,
    proposed_terms,
)
from tasks.measure.loaded_language.scores import (
    loaded_rates,
    loaded_score,
    score_loaded,
    sentence_probabilities,
)

__all__ = [
    "Entry",
    "Lexicon",
    "LoadedTerm",
    "Matcher",
    "compile_lexicon",
    "find_loaded_terms",
    "load_lexicon",
    "loaded_rates",
    "loaded_score",
    "loaded_terms",
    "proposed_terms",
    "score_loaded",
    "sentence_probabilities",
]
