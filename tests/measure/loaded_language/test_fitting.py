from __future__ import annotations

import pytest

from tasks.errors import UsageError
from tasks.measure.loaded_language import load_lexicon
from tasks.measure.loaded_language.evaluation import Annotated, evaluate
from tasks.measure.loaded_language.fitting import FitOptions, cross_validated, fit

LEXICON = load_lexicon()
NAMES = ("council", "board", "court", "party", "paper", "union", "bank", "club", "school", "team")


def rows(word: str) -> list[Annotated]:
    """Sentences of ten documents, half of them with a word that people marked."""
    plain = [Annotated(f"{name} monday", label=False, document=name) for name in NAMES]
    spans = [((len(name) + 1, len(name) + 1 + len(word)),) for name in NAMES]
    texts = [f"{name} {word}" for name in NAMES]
    return plain + [
        Annotated(*pair, document=name) for *pair, name in zip(texts, [True] * 10, spans, NAMES, strict=True)
    ]


@pytest.mark.parametrize(
    ("ngrams", "word", "found"),
    [
        ("none", "despotic", True),
        ("none", "gribble", False),
        ("words", "gribble", True),
        ("words", "gribbles", False),
        ("letters", "gribbles", True),
    ],
)
def test_ngrams_decide_what_is_learnt(ngrams: str, word: str, *, found: bool) -> None:
    """Without grams only the lexicon's hits have weights, with words those words, with letters also similar words."""
    learnt = "despotic" if word == "despotic" else "gribble"
    scorer = fit(rows(learnt), LEXICON, FitOptions(ngrams=ngrams, n_weights=2**12))  # type: ignore[arg-type]
    predicted = scorer.predict([f"crew {word}"], LEXICON)
    assert (predicted.spans[0] == [(5, 5 + len(word))]) is found


def test_fitting_is_the_same_each_time() -> None:
    """The same data give the same scorer."""
    options = FitOptions(n_weights=2**10)
    assert fit(rows("gribble"), LEXICON, options).sha256 == fit(rows("gribble"), LEXICON, options).sha256


def test_provenance_counts() -> None:
    """A scorer records what it was fitted on."""
    known = fit(rows("gribble"), LEXICON, FitOptions(n_weights=2**10), {"corpus": "gribbles"}).provenance
    assert known["corpus"] == "gribbles"
    assert (known["n_texts"], known["n_loaded_texts"], known["n_words"], known["n_marked_words"]) == (20, 10, 40, 10)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (rows("gribble")[:10], "nothing to learn: 10 texts, 0 of them loaded, 0 words marked"),
        (rows("gribble")[8:12], "4 documents are too few for 5 folds"),
    ],
)
def test_too_little_is_refused(data: list[Annotated], message: str) -> None:
    """Data from which nothing can be learnt is reported before anything is fitted."""
    with pytest.raises(UsageError, match=message):
        fit(data, LEXICON)


def test_cross_validation_predicts_unseen_texts() -> None:
    """Words that occur in one document only cannot be learnt from the others."""
    own = [
        Annotated(f"The {word} met.", True, ((4, 4 + len(word)),), document=word)
        for word in ("abc", "def", "ghi", "jkl")
    ]
    plain = [Annotated(f"The {name} met on Monday.", label=False, document=name) for name in NAMES]
    known = [
        Annotated(f"The {name} met gribble people.", True, ((len(name) + 9, len(name) + 16),), document=name)
        for name in NAMES
    ]
    every = [*own, *plain, *known]
    results = evaluate(
        every, {"fitted": cross_validated(every, LEXICON, FitOptions(ngrams="words", n_weights=2**11))}, n_resamples=5
    )
    recall = results.filter(level="word", measure="recall")["value"].item()
    assert recall == pytest.approx(10 / 14)
