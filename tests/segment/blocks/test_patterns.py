"""The patterns of lines, and the filters that select the lines to search."""

from __future__ import annotations

import re
from importlib.resources import files

import polars as pl
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tasks.segment.blocks.patterns import LinePattern, are_boilerplate, line_pattern, line_patterns, search

CASES = [(name, *case) for name, feature in line_patterns().items() for case in feature.examples]


@pytest.mark.parametrize(("name", "regex", "example"), CASES)
def test_each_pattern_matches_its_example(name: str, regex: str, example: str) -> None:
    """The example beside a pattern is matched by that pattern alone, and by its feature."""
    feature = line_pattern(name)
    assert LinePattern(feature.engine, regex, (), ()).find(pl.Series([example])).all()
    assert feature.find(pl.Series([example])).all()


@pytest.mark.parametrize("name", [name for name, feature in line_patterns().items() if feature.requires])
def test_required_literals_are_in_every_match(name: str) -> None:
    """Every text that a pattern matches contains one of its literals."""
    feature = line_pattern(name)

    @settings(max_examples=300, deadline=None)
    @given(st.one_of(st.from_regex(re.compile(regex)) for regex, _ in feature.examples))
    def check(text: str) -> None:
        assert any(literal.lower() in text.lower() for literal in feature.requires)

    check()


def test_texts_above_a_thousand_characters_are_not_searched() -> None:
    """Python's patterns are limited in length, because some would take quadratic time."""
    texts = pl.Series(["a" * 1000, "a" * 1001])
    assert search(texts, texts.is_not_null().to_numpy(), re.compile("a")).tolist() == [True, False]


BOILERPLATE = [
    line.rpartition("\t")[2]
    for line in files("tasks.segment").joinpath("data", "boilerplate.txt").read_text("utf-8").splitlines()
    if not line.startswith("#")
]


@pytest.mark.parametrize("pattern", BOILERPLATE)
def test_boilerplate_is_found_by_the_words_before_its_pattern(pattern: str) -> None:
    """A match of a line of boilerplate.txt begins with one of its words, or contains its literal, and so is found."""

    @settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
    @given(st.from_regex(re.compile(rf"\A(?:{pattern})", re.IGNORECASE | re.ASCII)))
    def check(text: str) -> None:
        assume(re.match(pattern, text, re.IGNORECASE))  # also where letters are more than ASCII's
        assert are_boilerplate(pl.Series([text])).all()

    check()
