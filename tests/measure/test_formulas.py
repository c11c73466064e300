"""The readability formulas."""

from __future__ import annotations

import inspect
from collections import Counter
from math import ceil, floor
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.measure import formulas

if TYPE_CHECKING:
    from collections.abc import Callable

# All but those that are for numbers alone (SMOG), or for arrays alone (the standard).
ELEMENTWISE = [
    function
    for name, function in inspect.getmembers(formulas, inspect.isfunction)
    if function.__module__ == formulas.__name__
    and not name.startswith("_")
    and name not in {"smog_index", "text_standard", "wiener_sachtextformel"}
]
SCORES = st.floats(-5, 25) | st.integers(-5, 25).map(float) | st.integers(-5, 25).map(lambda n: n + 0.5)


@pytest.mark.parametrize("formula", ELEMENTWISE)
def test_a_formula_is_the_same_for_numbers_and_arrays(formula: Callable[..., object]) -> None:
    """Each element of the result is that of the single numbers, to the last bit."""
    random = np.random.default_rng(3)
    n_arguments = len(inspect.signature(formula).parameters)
    arguments = random.uniform(0.1, 40.0, (n_arguments, 500))
    assert np.asarray(formula(*arguments)).tolist() == [formula(*column) for column in arguments.T.tolist()]


def grade_by_votes(reading_ease: float, scores: list[float]) -> int:
    """The grade of `text_standard`, written simply: all votes are listed in textstat's order, and counted."""
    if 60 <= reading_ease < 70:
        of_ease = [8, 9]
    else:
        grades = {90: 5, 80: 6, 70: 7, 50: 10, 40: 11, 30: 12}
        of_ease = [next((grade for ease, grade in grades.items() if ease <= reading_ease < 100), 13)]
    votes = []
    for number, score in enumerate(scores):
        votes += [floor(score), ceil(score), round(score)]
        if not number:
            votes += of_ease
    return Counter(votes).most_common(1)[0][0]


@settings(deadline=None)  # a busy machine is no error
@given(st.lists(st.tuples(st.floats(-50, 150), *[SCORES] * 7), min_size=1, max_size=5))
def test_the_standard_is_the_most_frequent_vote(texts: list[tuple[float, ...]]) -> None:
    """The grade is the first of those with the most votes, limited to 1 to 18."""
    ease, *scores = (np.array(column) for column in zip(*texts, strict=True))
    expected = [min(max(grade_by_votes(ease, list(scores)), 1), 18) for ease, *scores in texts]
    first_words = [standard.split(" and ")[1] for standard in formulas.text_standard(ease, scores)]
    assert [int("".join(filter(str.isdigit, word))) for word in first_words] == expected
