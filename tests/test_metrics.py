from __future__ import annotations

import re
from typing import Any

import pytest

from tasks.metrics import METRICS, QUANTITIES, metrics_as_markdown, parse_metrics
from tasks.schemas import TABLES

# Numbers that measure nothing of the text: keys, places, and what is said of the file.
PLACES = {"paragraph_index", "sentence_index", "start", "end"}
OF_THE_FILE = {"n_bytes", "encoding_confidence", "language_confidence"}
MEASURED = sorted(
    {
        column.name
        for table in ("documents", "paragraphs", "sentences")
        for column in TABLES[table].columns
        if column.dtype.is_numeric() and column.name not in PLACES | OF_THE_FILE
    }
    | {"text_standard"}
)


def test_every_metric_is_explained() -> None:
    """The metrics are exactly the numeric columns that measure a text."""
    assert sorted(METRICS) == MEASURED


@pytest.mark.parametrize("name", MEASURED)
def test_explanations_are_complete(name: str) -> None:
    """Each metric has all fields, and its formula contains known quantities only."""
    metric = METRICS[name]
    assert all(metric)
    assert set(metric.quantities) <= QUANTITIES.keys()
    assert not re.search(r"[{}]", metric.formula_in_words)
    assert not metric.caution.endswith(".")


def test_quantities_are_all_used() -> None:
    """There is no quantity that no formula needs."""
    assert {name for metric in METRICS.values() for name in metric.quantities} == QUANTITIES.keys()


def test_numbers_put_in() -> None:
    """Numbers in a formula have no trailing zeros, and negative ones are in brackets."""
    assert METRICS["vader_compound"].formula_with({"valence": -0.1 - 0.2}) == "(−0.3) / √((−0.3)² + 15)"


def test_page() -> None:
    """The page has a section for each metric."""
    assert re.findall(r"^## (\w+)$", metrics_as_markdown(), re.MULTILINE) == list(METRICS)


WORDS = {"formula": "{words}", "source": "us", "range": "0 and more", "direction": "more", "caution": "It counts $what"}


def declared(name: str = "n_words", **change: Any) -> dict[str, Any]:
    return {"quantities": {"words": "words"}, "phrases": {"what": "words"}, "metrics": {name: WORDS | change}}


def test_phrases_are_put_in() -> None:
    """A phrase that several metrics share is in the file once."""
    assert parse_metrics(declared())["n_words"].caution == "It counts words"


@pytest.mark.parametrize(
    ("declaration", "message"),
    [
        (declared("n_wrods"), "n_wrods is not a column of a table"),
        (declared(formula="{wrods}"), "n_words: unknown quantities: wrods"),
        (declared(caution="$nothing"), r"n_words: unknown phrase \$nothing"),
        (declared(Caution=""), "n_words: a metric has formula, source, range, direction, caution, not .*Caution"),
    ],
)
def test_a_wrong_declaration_is_an_error(declaration: dict[str, Any], message: str) -> None:
    """A metric is a column, has all fields, and uses quantities and phrases that exist."""
    with pytest.raises(ValueError, match=message):
        parse_metrics(declaration)
