import itertools
import re
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from tasks.report import charts

HOSTILE = '"><script>alert(1)</script><a href=\'x\' onclick="y">&'


def parsed(chart: Markup) -> ET.Element:
    return ET.fromstring(chart)  # noqa: S314  # our own


def shares(chart: Markup) -> list[float]:
    return [float(value) for value in re.findall(r'"(-?[\d.]+)%"', chart)]


def test_what_is_shown_stays_text() -> None:
    """Labels that hold markup are escaped, in text and in attributes."""
    strip = charts.sentiment_strip([charts.Bar(0, 1, -0.5, HOSTILE)], [charts.Dot(0.5, "author", "#t1", HOSTILE)])
    tree = parsed(strip)
    assert {element.tag for element in tree.iter()} <= {"svg", "title", "desc", "text", "line", "rect", "a", "circle"}
    assert next(element for element in tree.iter("a")).get("aria-label") == HOSTILE


def test_a_chart_has_title_and_description() -> None:
    """A chart has a title and a description for assistive technology, and refers to both."""
    for chart in (
        charts.sentiment_strip([], []),
        charts.grades([{"grade": 0, "n": 3, "n_unreliable": 0}], (0, 0)),
        charts.timeline(
            "rate", "Rate", "terms", [charts.Point(0, 1, None, None, "")], [(0.0, "a"), (1.0, "b")], zero=True
        ),
    ):
        tree = parsed(chart)
        ids = {element.get("id"): element for element in tree.iter() if element.get("id")}
        assert ids[tree.get("aria-labelledby")].tag == "title"
        assert ids[tree.get("aria-describedby")].text


@given(st.lists(st.tuples(st.floats(0, 1), st.sampled_from(["author", "quoted", "scare_quoted"])), max_size=8))
def test_the_strip_has_a_dot_for_each_term(terms: list[tuple[float, str]]) -> None:
    """Each term is a link with its label; voices differ by lane or shape."""
    strip = charts.sentiment_strip([], [charts.Dot(x, voice, f"#t{i}", str(i)) for i, (x, voice) in enumerate(terms)])
    links = list(parsed(strip).iter("a"))
    assert [link.get("href") for link in links] == [f"#t{i}" for i in range(len(terms))]
    assert sum(link.find("svg/path") is not None for link in links) == sum(
        voice == "scare_quoted" for _, voice in terms
    )
    assert {link.find("circle").get("cy") for link in links if link.find("circle") is not None} <= {"10", "28"}  # type: ignore[union-attr]


def test_a_paragraph_without_a_score_has_no_bar() -> None:
    """A value that was not measured is not drawn as 0."""
    strip = parsed(charts.sentiment_strip([charts.Bar(0, 0.5, None, "a"), charts.Bar(0.5, 0.5, 0.0, "b")], []))
    assert [element.findtext("title") for element in strip.iter("rect")] == ["b"]


@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 10**6)), min_size=12, max_size=21))
def test_columns_stay_within_their_chart(counts: list[tuple[int, int]]) -> None:
    """No column is wider or higher than the chart, and the reliable paragraphs begin at the axis."""
    rows = [{"grade": grade, "n": n, "n_unreliable": other} for grade, (n, other) in enumerate(counts)]
    chart = charts.grades(rows, (7, 9))
    assert all(0 <= share <= 100 for share in shares(chart))
    columns = [e for e in parsed(chart).iter("rect") if (e.get("class") or "").startswith("column")]
    assert len(columns) == sum((n > 0) + (other > 0) for n, other in counts)
    for column in columns:
        top, height = float(column.get("y", 0)), float(column.get("height", 0))
        assert top >= 21.9
        assert top + height <= 142.1
        if column.get("class") == "column":
            assert abs(top + height - 142) < 0.1


@given(st.lists(st.floats(-1e4, 1e4), min_size=1, max_size=9), st.booleans())
def test_ticks_hold_every_value(values: list[float], zero: bool) -> None:
    """Ticks are few, even, and reach around every value."""
    marks = charts.ticks([{"value": value, "low": None, "high": None} for value in values], zero=zero)
    assert marks[0] <= min(values) + 1e-6
    assert max(values) - 1e-6 <= marks[-1]
    assert 2 <= len(marks) <= 7
    assert not zero or 0.0 in marks
    steps = [b - a for a, b in itertools.pairwise(marks)]
    assert steps == pytest.approx([steps[0]] * len(steps), abs=1e-5)


def test_a_figure_beyond_the_scale_is_not_drawn() -> None:
    """A figure beyond the scale has no dot."""
    outside = charts.whisker({"value": 99.0, "low": None, "high": None}, (0, 10))
    inside = charts.whisker({"value": 5.0, "low": 4.0, "high": 6.0}, (0, 10))
    assert parsed(outside).find("circle") is None
    assert parsed(inside).find("circle").get("cx") == "50%"  # type: ignore[union-attr]
    assert [(e.get("x1"), e.get("x2")) for e in parsed(inside).iter("line") if e.get("class") == "whisker"] == [
        ("40%", "60%")
    ]


def test_voices_share_a_bar_by_their_counts() -> None:
    """The parts of a bar follow each other and are as long as their counts."""
    bar = parsed(charts.voice_bar({"author": 2, "scare_quoted": 1, "reported": 0, "quoted": 1}, most=8))
    assert [(e.get("x"), e.get("width"), e.get("class")) for e in bar.iter("rect")] == [
        ("0%", "25%", "fill author"),
        ("25%", "12.5%", "fill scare_quoted"),
        ("37.5%", "12.5%", "fill quoted"),
    ]


def test_a_chart_can_stand_alone() -> None:
    """A picture of its own holds the chart, its colours and hatchings, and is well-formed."""
    strip = charts.sentiment_strip([charts.Bar(0, 1, -0.5, "a")], [])
    picture = parsed(charts.standalone(strip, width=600))
    space = "{http://www.w3.org/2000/svg}"
    assert (picture.tag, picture.get("viewBox")) == (
        f"{space}svg",
        f"0 0 600 {int(parsed(strip).get('height', 0)) + 14}",
    )
    assert "--paper" in (picture.findtext(f"{space}style") or "")
    assert picture.find(f".//{space}rect[@class='down']") is not None
    assert picture.find(f".//{space}pattern[@id='hatch-quoted']") is not None
