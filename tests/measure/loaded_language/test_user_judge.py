"""A user's own judge."""

from __future__ import annotations

import pytest

from tasks.errors import UsageError
from tasks.measure.loaded_language import load_lexicon, loaded_terms
from tasks.measure.loaded_language.evaluation import Annotated, evaluate
from tasks.measure.loaded_language.user_judge import cross_validated, fit_judge

LEXICON = load_lexicon()
NAMES = ("council", "board", "court", "party", "paper", "union", "bank", "club", "school", "team")


def rows() -> list[Annotated]:
    """Sentences of ten documents in which people marked each "brutal", and no "despot"."""
    marked = [
        Annotated(f"The {name} was brutal.", True, ((len(name) + 9, len(name) + 15),), document=name) for name in NAMES
    ]
    return [*marked, *(Annotated(f"The {name} met the despot.", label=False, document=name) for name in NAMES)] * 3


def test_learns_what_people_mark() -> None:
    """What people marked stays, and what they never marked is no longer loaded."""
    own = fit_judge(rows(), LEXICON, {"corpus": "ten"})
    text = "The crew was brutal. The crew met the despot."
    assert [term.text for term in loaded_terms(text, LEXICON, own)] == ["brutal"]
    assert own.provenance["corpus"] == "ten"
    assert (own.provenance["texts"], own.provenance["proposed terms"], own.provenance["marked terms"]) == (
        "60", "60", "30",
    )  # fmt: skip
    assert own.sha256 == fit_judge(rows(), LEXICON, {}).sha256


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (rows()[:10], "nothing to learn: 10 texts, 10 terms proposed in them, 10 of these marked"),
        ([*rows()[:2], *rows()[10:12]], "2 documents are too few for 5 folds"),
    ],
)
def test_too_little_is_refused(data: list[Annotated], message: str) -> None:
    """Data from which nothing can be learnt is reported before anything is fitted."""
    with pytest.raises(UsageError, match=message):
        cross_validated(data, LEXICON)


def test_cross_validation_predicts_every_text() -> None:
    """Each text is predicted by a judge that has not seen its document."""
    results = evaluate(rows(), {"fitted": cross_validated(rows(), LEXICON)}, n_resamples=5)
    assert results.filter(level="hit", measure="precision")["value"].item() == 1
    assert results.filter(level="hit", measure="recall")["value"].item() == 1
