"""A loaded term of one text."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class LoadedTerm:
    """One hit; the fields are those of the table `loaded_terms`, and offsets are code points."""

    start: int
    end: int
    text: str
    term: str
    category: str
    intensity: int
    weight: float
    negated: bool
    reason: str
    rule: str
    probability: float | None = None
    """The probability that it is loaded where it stands; None for epistemic terms, and before it is judged."""
