"""Weights of a judge from labelled terms: a logistic regression with an L2 penalty, by L-BFGS, in numpy.

The penalty draws the weights to those of a `start`: to nothing for the shipped judge, to the shipped weights for one that
is fitted on a user's texts, so that a few labels correct it and do not replace it.
"""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tasks.text.arrays import Floats

PENALTY = 5.0
_WORDS = ("before_1:", "before_2:", "after_1:", "after_2:", "near:", "form:", "entry:")
FEWEST = {**dict.fromkeys(_WORDS, 4), "form:": 3, "entry:": 2}
"""A feature that is one of many names is fitted if so many labelled terms have it."""


class Labelled(NamedTuple):
    """A proposed term with its label."""

    features: Mapping[str, float]
    """See `features.named_features`."""
    is_loaded: bool
    weight: float = 1.0


def fit_weights(
    rows: Sequence[Labelled], start: Mapping[str, float] | None = None, penalty: float = PENALTY
) -> dict[str, float]:
    """The weights with the least penalized loss on labelled terms, with those of `start` that no row concerns.

    >>> rows = [Labelled({"bias": 1.0, "capital": 1.0}, False)] * 9 + [Labelled({"bias": 1.0}, True)] * 9
    >>> weights = fit_weights(rows, penalty=0.1)
    >>> weights["bias"] > 1, weights["capital"] < -1
    (True, True)
    """
    start = start or {}
    names = [name for name in _frequent(rows) if name]
    column = {name: place for place, name in enumerate(names)}
    cells = [
        (row, column[name], value)
        for row, labelled in enumerate(rows)
        for name, value in labelled.features.items()
        if name in column
    ]
    row, place, value = (np.array(part) for part in zip(*cells, strict=True))
    label = np.array([labelled.is_loaded for labelled in rows], float)
    case = np.array([labelled.weight for labelled in rows])
    centre = np.array([start.get(name, 0.0) for name in names])
    stiffness = np.array([0.0 if name == "bias" else penalty for name in names])

    def loss(weights: Floats) -> tuple[float, Floats]:
        logits = np.bincount(row, weights[place] * value, minlength=len(rows))
        away = weights - centre
        total = case @ (np.logaddexp(0.0, logits) - label * logits) + stiffness @ away**2 / 2
        residuals = case * (0.5 * (1 + np.tanh(logits / 2)) - label)
        return float(total), np.bincount(place, residuals[row] * value, minlength=len(names)) + stiffness * away

    fitted = minimize(loss, centre)
    return {**start, **{name: float(weight) for name, weight in zip(names, fitted, strict=True)}}


def calibrated(weights: Mapping[str, float], rows: Sequence[Labelled]) -> dict[str, float]:
    """The weights with the bias that makes the mean probability of some rows their rate of loaded terms.

    >>> calibrated({"bias": 0.0}, [Labelled({"bias": 1.0}, True)] * 3 + [Labelled({"bias": 1.0}, False)])["bias"]
    1.0986...
    """
    logits = np.array([sum(weights.get(name, 0.0) * value for name, value in row.features.items()) for row in rows])
    case = np.array([row.weight for row in rows])
    rate = float(case @ np.array([row.is_loaded for row in rows], float) / case.sum())
    low, high = -10.0, 10.0
    for _ in range(60):
        shift = (low + high) / 2
        mean = float(case @ (0.5 * (1 + np.tanh((logits + shift) / 2))) / case.sum())
        low, high = (shift, high) if mean < rate else (low, shift)
    return {**weights, "bias": weights["bias"] + (low + high) / 2}


def _frequent(rows: Sequence[Labelled]) -> list[str]:
    counts = Counter(name for row in rows for name in row.features)
    return sorted(name for name, n in counts.items() if n >= FEWEST.get(name[: name.find(":") + 1], 1))


def minimize(
    loss: Callable[[Floats], tuple[float, Floats]], start: Floats, n_steps: int = 200, memory: int = 10
) -> Floats:
    """L-BFGS with backtracking, after Nocedal and Wright, Numerical Optimization, algorithms 7.4 and 7.5.

    >>> minimize(lambda x: (float((x - 3) @ (x - 3)), 2 * (x - 3)), np.zeros(2)).round(4).tolist()
    [3.0, 3.0]
    """
    point, (value, slope) = start, loss(start)
    history: list[tuple[Floats, Floats, float]] = []
    for _ in range(n_steps):
        direction, alphas = -slope, []
        for step, change, curvature in reversed(history):
            alphas.append(float(step @ direction) / curvature)
            direction = direction - alphas[-1] * change
        if history:
            _, change, curvature = history[-1]
            direction = direction * (curvature / float(change @ change))
        for (step, change, curvature), alpha in zip(history, reversed(alphas), strict=True):
            direction = direction + (alpha - float(change @ direction) / curvature) * step
        descent = float(slope @ direction)
        length = 1.0 if history else 1.0 / max(1.0, math.sqrt(float(slope @ slope)))
        while True:
            new_point = point + length * direction
            new_value, new_slope = loss(new_point)
            if new_value <= value + 1e-4 * length * descent or length < 1e-10:
                break
            length /= 2
        step, change = new_point - point, new_slope - slope
        if float(step @ change) > 1e-12:
            history = [*history, (step, change, float(step @ change))][-memory:]
        done = abs(value - new_value) <= 1e-7 * max(abs(value), 1.0)
        point, value, slope = new_point, new_value, new_slope
        if done:
            break
    return point
