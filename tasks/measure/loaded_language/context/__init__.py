"""The judge of context: how likely a proposed term is loaded where it stands.

The lexicon and the rules of form propose; the judge decides. It is a logistic regression over named features
(`features`), so the sum of the weights of what holds for a term says why. Modules:

- `words`: what is read of single tokens
- `features`: the features of one proposed term, to be read
- `columns`: the same sums for all proposed terms of a column of texts
- `judge`: the weights, their file, the probability and what counted
- `fitting`: weights from labelled terms
"""

from tasks.measure.loaded_language.context.judge import LOADED_FROM, Judge, load_judge

__all__ = ["LOADED_FROM", "Judge", "load_judge"]
