"""The judge: weights of named features, the probability that follows from them, and their file.

A file is text. Lines that begin with `#` say where the weights come from (`# name: value`); every other line is the name
of a feature, a tab and its weight. The shipped one is `data/judge.tsv`; `overtones fit` writes others.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache, lru_cache
from hashlib import sha256
from importlib import resources
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from tasks.errors import ConfigurationError
from tasks.measure.loaded_language.context.columns import Columns
from tasks.measure.loaded_language.context.features import Proposal, named_features

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import polars as pl

    from tasks.measure.loaded_language.lexicon import Lexicon
    from tasks.measure.tokens import Tokens
    from tasks.text.arrays import Floats

LOADED_FROM = 0.5
"""The lowest probability with which a proposed term is loaded."""
_FORMAT = "judge of loaded terms, format 1"
_SHIPPED = resources.files("tasks.measure.loaded_language.context") / "data" / "judge.tsv"


class Counted(NamedTuple):
    """A feature that holds for a term, and what it adds to the logit."""

    name: str
    value: float


@dataclass(frozen=True, eq=False)
class Judge:
    """A logistic regression over `features.named_features`."""

    weights: Mapping[str, float]
    provenance: Mapping[str, str]
    """On what and how it was fitted, and how well it does."""
    sha256: str
    """Of the weights."""

    @classmethod
    def of(cls, weights: Mapping[str, float], provenance: Mapping[str, str]) -> Judge:
        """A judge with these weights."""
        return cls(weights, provenance, sha256(_lines(weights).encode()).hexdigest())

    def counted(self, proposal: Proposal) -> list[Counted]:
        """What each feature of a proposed term adds to its logit, the largest first; without what adds nothing."""
        features = named_features(proposal)
        added = (Counted(name, self.weights.get(name, 0.0) * value) for name, value in features.items())
        return sorted((one for one in added if one.value), key=lambda one: (-abs(one.value), one.name))

    def probability(self, proposal: Proposal) -> float:
        """The probability that a proposed term is loaded where it stands."""
        return self.probability_of(named_features(proposal))

    def probability_of(self, features: Mapping[str, float]) -> float:
        """The probability that follows from features."""
        return 0.5 * (1 + math.tanh(sum(self.weights.get(name, 0.0) * value for name, value in features.items()) / 2))

    def probabilities(self, paragraphs: pl.DataFrame, tokens: Tokens, found: pl.DataFrame, lexicon: Lexicon) -> Floats:
        """`probability` of each row of `found`: see `columns.Columns.logits`."""
        logits = _columns(self, lexicon).logits(paragraphs, tokens, found)
        result: Floats = 0.5 * (1 + np.tanh(logits / 2))
        return result

    def save(self, path: Path) -> None:
        """Write the judge to a file. ConfigurationError if it cannot be written."""
        about = "".join(f"# {name}: {value}\n" for name, value in self.provenance.items())
        try:
            path.write_text(f"# {_FORMAT}\n{about}{_lines(self.weights)}", encoding="utf-8")
        except OSError as error:
            raise ConfigurationError(f"cannot write the judge {path}: {error.strerror}") from error


def load_judge(path: Path | None = None) -> Judge:
    """The judge of a file; the shipped one if none is given. ConfigurationError if it cannot be read or is not a judge.

    >>> load_judge().weights["bias"] != 0
    True
    """
    if path is None:
        return _shipped()
    try:
        content = path.read_text("utf-8")
    except OSError as error:
        raise ConfigurationError(f"cannot read the judge {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path} is not a judge; `overtones fit` writes one") from error
    return _parse(content, str(path))


@cache
def _shipped() -> Judge:
    return _parse(_SHIPPED.read_text("utf-8"), "the shipped judge")


@lru_cache(maxsize=4)
def _columns(judge: Judge, lexicon: Lexicon) -> Columns:
    return Columns(judge.weights, lexicon.entries, f"judge:{judge.sha256}")


def _parse(content: str, name: str) -> Judge:
    first, *lines = content.split("\n")
    if first != f"# {_FORMAT}":
        raise ConfigurationError(f"{name} is not a judge; `overtones fit` writes one")
    weights: dict[str, float] = {}
    provenance: dict[str, str] = {}
    for number, line in enumerate(lines, 2):
        if line.startswith("# "):
            key, _, value = line[2:].partition(": ")
            provenance[key] = value
        elif line:
            feature, _, weight = line.partition("\t")
            try:
                weights[feature] = float(weight)
            except ValueError as error:
                raise ConfigurationError(
                    f"{name}, line {number}: expected the name of a feature, a tab and a number, not {line!r}"
                ) from error
    return Judge.of(weights, provenance)


def _lines(weights: Mapping[str, float]) -> str:
    return "".join(f"{name}\t{weight:.4g}\n" for name, weight in sorted(weights.items()))
