"""Places and neighbours of paragraphs, compared with loops over documents."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tasks.segment.blocks.context import Documents, ParagraphFeatures, above, below

# For each document, whether each of its paragraphs is chosen.
DOCUMENTS = st.lists(st.lists(st.booleans(), min_size=1, max_size=5), max_size=5)


def flat(documents: list[list[bool]]) -> tuple[np.ndarray, np.ndarray]:
    """has_above and the choice, through all documents."""
    has_above = [i > 0 for document in documents for i in range(len(document))]
    return np.array(has_above, bool), np.array([chosen for document in documents for chosen in document], bool)


@given(DOCUMENTS)
def test_counts_and_places_are_those_of_each_document(documents: list[list[bool]]) -> None:
    """All paragraphs of a document get its count, and the rows of its first and last chosen paragraph."""
    has_above, chosen = flat(documents)
    expected, start = [], 0
    for document in documents:
        rows = [start + i for i, is_chosen in enumerate(document) if is_chosen]
        expected += [(len(rows), rows[0] if rows else -1, rows[-1] if rows else -1)] * len(document)
        start += len(document)
    places = Documents(has_above)
    found = zip(places.count(chosen), places.first(chosen), places.last(chosen), strict=True)
    assert [tuple(map(int, row)) for row in found] == expected


@given(DOCUMENTS)
def test_neighbours_stand_in_the_same_document(documents: list[list[bool]]) -> None:
    """There is nothing above the first paragraph of a document, and nothing below its last."""
    has_above, chosen = flat(documents)
    has_below = np.append(has_above[1:], False)[: len(has_above)]
    features = ParagraphFeatures.one(has_above=has_above, has_below=has_below)
    assert above(features, chosen).tolist() == [
        is_above for document in documents for is_above in [False, *document[:-1]]
    ]
    assert below(features, chosen).tolist() == [
        is_below for document in documents for is_below in [*document[1:], False]
    ]
