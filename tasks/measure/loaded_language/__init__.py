"""Loaded language: a lexicon with reasons, the rules of form, and the scores that decompose into their rows."""

from tasks.measure.loaded_language.lexicon import Entry, Lexicon, load_lexicon
from tasks.measure.loaded_language.matching import LoadedTerm, Matcher, compile_lexicon, find_loaded_terms, loaded_terms
from tasks.measure.loaded_language.scores import loaded_rates, loaded_score, score_loaded

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
    "score_loaded",
]
