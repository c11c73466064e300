from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tasks.errors import FormatError
from tasks.measure.loaded_language import load_lexicon
from tasks.measure.loaded_language.evaluation import (
    OTHERS,
    Annotated,
    AnnotatedFields,
    evaluate,
    installed_methods,
    predict_with_lexicon,
    predict_with_words,
    read_annotated,
)

if TYPE_CHECKING:
    from pathlib import Path

    import polars as pl

ROWS = [
    Annotated("A vile and cruel plot.", True, ((2, 6), (11, 16))),
    Annotated("A cruel wind.", label=False),
    Annotated("A plain day.", label=False),
    Annotated("A rotten day.", True, ((2, 8),)),
]
FLOORS = {
    "babe": {("word", "f1"): 0.42, ("sentence", "auc"): 0.77},
    "ptc_docs": {("sentence", "auc"): 0.77, ("hit", "precision"): 0.45, ("hit", "recall"): 0.49},
    "basil": {("sentence", "auc"): 0.67},
}
CATEGORIES = {
    "babe": frozenset[str](),
    "ptc_docs": frozenset({"Loaded_Language", "Name_Calling,Labeling"}),
    "basil": frozenset({"lexical"}),
}


def value(results: pl.DataFrame, level: str, measure: str) -> float:
    """One figure of the results."""
    found = results.filter(level=level, measure=measure)["value"].item()
    assert isinstance(found, float)
    return found


def test_measures_are_those_of_the_definitions() -> None:
    """Two of three marked words are found, with one word too many; a list finds half of the loaded texts."""
    results = evaluate(ROWS, {"list": lambda texts: predict_with_words(texts, {"vile", "cruel"})}, n_resamples=20)
    assert value(results, "word", "precision") == pytest.approx(2 / 3)
    assert value(results, "word", "recall") == pytest.approx(2 / 3)
    assert value(results, "sentence", "precision") == pytest.approx(1 / 2)
    assert value(results, "sentence", "macro_f1") == pytest.approx(1 / 2)
    # Scores 2/5 and 0 against 1/3 and 0: above, above; below, even.
    assert value(results, "sentence", "auc") == pytest.approx(2.5 / 4)


def test_intervals_hold_their_value() -> None:
    """The same seed gives the same intervals, and they contain the values."""
    methods = {"list": lambda texts: predict_with_words(texts, {"vile", "cruel"})}
    results = evaluate(ROWS, methods, n_resamples=200)
    assert results.equals(evaluate(ROWS, methods, n_resamples=200))
    assert (results["low"] <= results["value"]).all()
    assert (results["value"] <= results["high"]).all()


def test_articles_are_cut_into_lines() -> None:
    """A record of several lines becomes one text for each, with its part of the spans."""
    record = {"text": "One\ntwo vile\n\nthree", "label": 1, "spans": [{"start": 2, "end": 12, "category": "x"}]}
    rows = read_annotated([json.dumps(record)], frozenset({"x"}))
    assert [(row.text, row.label, row.spans) for row in rows] == [
        ("One", True, ((2, 3),)),
        ("two vile", True, ((0, 8),)),
        ("three", False, ()),
    ]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("{", "Expecting"),
        ("[]", "not a JSON object"),
        ('{"label": 1}', "no text in the field 'text'"),
        ('{"text": "a"}', "neither 'label' nor 'spans'"),
        ('{"text": "a", "label": "SUBJ"}', "expected 1"),
        ('{"text": "a", "spans": [{"start": 0}]}', "does not say where"),
        ('{"text": "a", "spans": [{"start": 0, "end": 2}]}', "does not say where"),
    ],
)
def test_other_lines_are_named(line: str, why: str) -> None:
    """Each line that is not an annotated text is reported by its number, with what is wrong."""
    with pytest.raises(FormatError, match=rf"line 2: .*{why}.*; line 4: "):
        read_annotated(['{"text": "a", "label": 0}', line, "", line])


def test_labelled_text_without_spans_is_not_split() -> None:
    """With only a label for several lines, it is unknown which line is loaded."""
    [row] = read_annotated(['{"text": "One.\\nVile.", "label": 1}'])
    assert (row.text, row.label) == ("One.\nVile.", True)


def test_fields_may_have_other_names() -> None:
    """Text, label, spans and document are read from the given fields."""
    line = '{"sentence": "Vile.", "biased": 1, "words": [{"start": 0, "end": 4}], "url": "a"}'
    [row] = read_annotated([line], fields=AnnotatedFields("sentence", "biased", "words", "url"))
    assert row == Annotated("Vile.", label=True, spans=((0, 4),), document="a")


def test_only_what_is_installed_is_compared() -> None:
    """VADER is always available; a method is left out if its package or its data are missing."""
    assert "vader" in installed_methods()
    assert set(installed_methods()) <= set(OTHERS)


@pytest.mark.parametrize("corpus", FLOORS)
def test_agreement_with_experts_does_not_fall(shared: Path, corpus: str) -> None:
    """The figures of docs/loaded_language.md are reproduced on the development data, and are above VADER's."""
    with (shared / "eval" / "loaded" / f"{corpus}.jsonl").open(encoding="utf-8") as lines:
        rows = [row for row in read_annotated(lines, CATEGORIES[corpus]) if len(row.text.split()) > 2]
    lexicon = load_lexicon()
    methods = {"overtones": lambda texts: predict_with_lexicon(texts, lexicon), "vader": OTHERS["vader"]}
    results = evaluate(rows, methods, n_resamples=2)
    own, vader = results.filter(method="overtones"), results.filter(method="vader")
    for (level, measure), floor in FLOORS[corpus].items():
        assert value(own, level, measure) >= floor, (level, measure)
    for level, measure in (("word", "f1"), ("sentence", "auc"), ("hit", "f1")):
        assert value(own, level, measure) > value(vader, level, measure)
