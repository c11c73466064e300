"""Charts as inline SVG: no script, no style attribute, no image file.

Horizontal lengths are percentages and all else is in pixels, so that a chart fits screens of every width while its labels
and dots keep their size. Voices differ by position, shape and pattern, never by colour alone; colours come from the page's
stylesheet. A chart has a title and a description unless the text beside it says the same.
"""

from __future__ import annotations

from datetime import date
from functools import cache
from importlib import resources
from itertools import pairwise
from math import ceil, floor, log10
from typing import TYPE_CHECKING, Any, NamedTuple

from markupsafe import Markup, escape

from tasks.escaping import escape_text
from tasks.report.phrasing import count, number, period_label

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

_DOT_ROWS = {"author": 10, "scare_quoted": 10, "quoted": 28}
"""Vertical position of the dots of each voice, in pixels."""
_STRIP_TOP, _STRIP_HALF = 44, 56
"""Where the bars of a sentiment strip begin, and the height of a bar of score 1 or -1, in pixels."""
_GRADES_TOP, _GRADES_HEIGHT = 22, 120
_TIMELINE_TOP, _TIMELINE_HEIGHT = 14, 130
_DOT_RADIUS = 4


class Bar(NamedTuple):
    """A paragraph in a sentiment strip: its start and length, as shares of the text, and its compound score."""

    start: float
    width: float
    compound: float | None
    label: str


class Dot(NamedTuple):
    """A term in a sentiment strip: its position as share of the text, its voice, and the target of its link."""

    position: float
    voice: str
    href: str
    label: str


class Point(NamedTuple):
    """A step of a timeline: its position as share of the whole time, its value and confidence interval."""

    position: float
    value: float | None
    low: float | None
    high: float | None
    label: str


def element(name: str, *children: str, **attributes: object) -> Markup:
    """An SVG element; text among `children` and all attributes are escaped, an attribute that is None is left out.

    >>> element("text", "a < b", x=1, text_anchor="end", class_=None)
    Markup('<text x="1" text-anchor="end">a &lt; b</text>')
    """
    inside = "".join(child if isinstance(child, Markup) else escape(escape_text(child)) for child in children)
    outside = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(escape_text(str(value)))}"'
        for key, value in attributes.items()
        if value is not None
    )
    return Markup(f"<{name}{outside}>{inside}</{name}>")  # noqa: S704  # escaped above; the names are this module's


def _percent(value: float) -> str:
    return f"{100 * value:.2f}".rstrip("0").rstrip(".") + "%"


def _chart(key: str, title: str, description: str, height: int, *children: str, role: str = "img") -> Markup:
    """A chart with its title and description; `key` is its class and the prefix of its ids."""
    return element(
        "svg",
        element("title", title, id=f"{key}-title"),
        element("desc", description, id=f"{key}-description"),
        *children,
        class_=f"chart {key}",
        height=height,
        width="100%",
        role=role,
        aria_labelledby=f"{key}-title",
        aria_describedby=f"{key}-description",
    )


@cache
def stylesheet() -> str:
    """The stylesheet of pages and charts."""
    return resources.files(__package__).joinpath("templates/style.css").read_text(encoding="utf-8").strip()


def standalone(chart: Markup, width: int = 760) -> Markup:
    """A chart as an SVG document of its own, for a file or a notebook, `width` pixels wide, with its stylesheet.

    >>> str(standalone(grades([{"grade": 0, "n": 3, "n_unreliable": 0}], (0, 0)), width=400))[:52]
    '<svg xmlns="http://www.w3.org/2000/svg" width="400" '
    """
    left, top, right = 56, 14, 12  # what extends beyond the chart's box: labels of ticks, half a dot
    height = int(chart.partition(' height="')[2].partition('"')[0]) + top
    inside = element("svg", chart, x=left, y=top, width=width - left - right, overflow="visible")
    background = element("rect", width="100%", height="100%", class_="background-paper")
    return element(
        "svg",
        element("style", Markup(stylesheet())),  # noqa: S704  # our own
        patterns(),
        background,
        inside,
        xmlns="http://www.w3.org/2000/svg",
        width=width,
        height=height,
        viewBox=f"0 0 {width} {height}",
    )


def sentiment_strip(bars: Sequence[Bar], dots: Sequence[Dot]) -> Markup:
    """Sentiment along the text: a bar for each paragraph, and above the bars a dot for each loaded term."""
    middle = _STRIP_TOP + _STRIP_HALF
    bottom = middle + _STRIP_HALF
    shapes: list[Markup] = [
        element("text", label, x=-8, y=y + 4, text_anchor="end", class_="tick")
        for label, y in (("author", 10), ("quoted", 28), ("+1", _STRIP_TOP), ("0", middle), ("−1", bottom))
    ]
    shapes += [element("line", x1="0", x2="100%", y1=y, y2=y, class_="grid") for y in (_STRIP_TOP, bottom)]
    for bar in bars:
        if bar.compound is not None:
            height = max(1.0, abs(bar.compound) * _STRIP_HALF)
            shapes.append(
                element(
                    "rect",
                    element("title", bar.label),
                    x=_percent(bar.start),
                    width=_percent(max(bar.width * 0.92, 0.0005)),
                    y=f"{middle - height if bar.compound > 0 else middle:.1f}",
                    height=f"{height:.1f}",
                    class_="up" if bar.compound > 0 else "down",
                )
            )
    shapes.append(element("line", x1="0", x2="100%", y1=middle, y2=middle, class_="axis"))
    shapes += [_dot(dot) for dot in dots]
    shapes += [
        element("text", label, x=x, y=bottom + 18, text_anchor=anchor, class_="tick")
        for label, x, anchor in (("start of the text", "0", "start"), ("end of the text", "100%", "end"))
    ]
    below = sum(bar.compound is not None and bar.compound <= -0.05 for bar in bars)
    return _chart(
        "strip",
        "Sentiment along the text",
        f"{number(len(bars))} bars from the start to the end of the text, {number(below)} of them negative; above "
        f"them {number(len(dots))} dots for loaded terms: filled ones in the author’s voice, diamonds in scare quotes, "
        "rings in quoted speech.",
        bottom + 24,
        *shapes,
        role="group",
    )


def _dot(dot: Dot) -> Markup:
    y = _DOT_ROWS[dot.voice]
    if dot.voice == "scare_quoted":  # a nested svg element, because a path cannot use percentages
        shape = element(
            "svg",
            element("path", d=f"M0-{_DOT_RADIUS + 1}L{_DOT_RADIUS + 1} 0 0 {_DOT_RADIUS + 1}-{_DOT_RADIUS + 1} 0Z"),
            x=_percent(dot.position),
            y=y,
            overflow="visible",
            class_="dot scare_quoted",
        )
    else:
        shape = element("circle", cx=_percent(dot.position), cy=y, r=_DOT_RADIUS, class_=f"dot {dot.voice}")
    # The terms in the text are links, too, and reachable by keyboard: dots need not be.
    return element("a", element("title", dot.label), shape, href=dot.href, tabindex="-1", aria_label=dot.label)


def voice_bar(row: Mapping[str, int], most: int) -> Markup:
    """The counts of a category by voice as one stacked bar; `most` is the count of a bar of full width."""
    shapes = []
    start = 0.0
    for voice in ("author", "scare_quoted", "quoted"):
        width = (row[voice] + (row["reported"] if voice == "quoted" else 0)) / most
        if width:
            shapes.append(
                element("rect", x=_percent(start), width=_percent(width), y=2, height=12, class_=f"fill {voice}")
            )
        start += width
    return element("svg", *shapes, class_="bar", width="100%", height=16, aria_hidden="true")


def patterns() -> Markup:
    """The hatch patterns that fill bars of quoted and scare-quoted terms; a page needs them once."""
    stripes = [
        element(
            "pattern",
            element("rect", width=6, height=6, class_=f"background {voice}"),
            element("rect", width=width, height=6, class_="stripe"),
            id=f"hatch-{voice}",
            width=6,
            height=6,
            patternUnits="userSpaceOnUse",
            patternTransform=f"rotate({angle})",
        )
        for voice, angle, width in (("quoted", 45, 1.6), ("scare_quoted", -45, 4))
    ]
    return element("svg", element("defs", *stripes), class_="patterns", width=0, height=0, aria_hidden="true")


def grades(counts: Sequence[Mapping[str, int]], band: tuple[int, int]) -> Markup:
    """A histogram of paragraphs by grade; the last column stands for its grade and all above.

    `counts` has {grade, n, n_unreliable} for each grade from 0. Reliable paragraphs are the lower, solid part of a column.
    `band` marks the grades at which adults read, first and last.
    """
    heights = [row["n"] + row["n_unreliable"] for row in counts]
    most = max(heights, default=0) or 1
    bottom = _GRADES_TOP + _GRADES_HEIGHT
    shapes = [
        *_grade_band(band, len(counts)),
        *(shape for row in counts for shape in _grade_column(row, len(counts), most)),
        element("line", x1="0", x2="100%", y1=bottom, y2=bottom, class_="axis"),
        element("text", number(most), x=-8, y=_GRADES_TOP + 4, text_anchor="end", class_="tick"),
        element("text", "paragraphs", x=-42, y=_GRADES_TOP - 11, class_="tick"),
        element("text", "0", x=-8, y=bottom + 4, text_anchor="end", class_="tick"),
    ]
    below, within, above = (
        sum(heights[part]) for part in (slice(band[0]), slice(band[0], band[1] + 1), slice(band[1] + 1, None))
    )
    return _chart(
        "grades",
        "Paragraphs by reading grade",
        f"A histogram of Flesch-Kincaid grades of {count(sum(heights), 'body paragraph')}: {number(below)} below grade "
        f"{band[0]}, {number(within)} from {band[0]} to {band[1]}, {number(above)} above.",
        bottom + 24,
        *shapes,
    )


def _grade_band(band: tuple[int, int], n: int) -> Iterator[Markup]:
    """The area behind the columns of some of `n` grades, and its label."""
    first, last = band
    yield element(
        "rect",
        x=_percent(first / n),
        width=_percent((last + 1 - first) / n),
        y=_GRADES_TOP,
        height=_GRADES_HEIGHT,
        class_="band",
    )
    center = _percent((first + last + 1) / 2 / n)
    yield element("text", f"grades {first} to {last}", x=center, y=_GRADES_TOP - 8, text_anchor="middle", class_="tick")


def _grade_column(row: Mapping[str, int], n: int, most: int) -> Iterator[Markup]:
    """The parts of one of `n` columns, and under every fourth one its label; `most` paragraphs have the full height."""
    grade, bottom = row["grade"], _GRADES_TOP + _GRADES_HEIGHT
    name = f"grade {grade}{' and more' if grade == n - 1 else ''}"
    parts = ((row["n"], "column", ""), (row["n_unreliable"], "column unreliable", ", of one sentence or few words"))
    low = float(bottom)
    for size, class_, note in parts:
        if size:
            height = _GRADES_HEIGHT * size / most
            low -= height
            yield element(
                "rect",
                element("title", f"{name}: {count(size, 'paragraph')}{note}"),
                x=_percent((grade + 0.08) / n),
                width=_percent(0.84 / n),
                y=f"{low:.1f}",
                height=f"{height:.2f}",
                class_=class_,
            )
    if grade % 4 == 0:
        label = f"{'grade ' * (not grade)}{grade}{'+' * (grade == n - 1)}"
        center = _percent((grade + 0.5) / n)
        yield element("text", label, x=center, y=bottom + 18, text_anchor="middle", class_="tick")


def whisker(estimate: Mapping[str, float | None], scale: tuple[float, float]) -> Markup:
    """A figure as a dot and its confidence interval as a line, for a table cell that also has the numbers.

    A figure beyond the scale has no dot.
    """
    value, low, high = estimate["value"], estimate["low"], estimate["high"]
    shapes = [element("line", x1="0", x2="100%", y1=8, y2=8, class_="grid")]
    if scale[0] < 0 < scale[1]:
        zero = _percent(_position(0, scale))
        shapes.append(element("line", x1=zero, x2=zero, y1=0, y2=16, class_="axis"))
    if low is not None and high is not None:
        shapes.append(
            element(
                "line",
                x1=_percent(_position(low, scale)),
                x2=_percent(_position(high, scale)),
                y1=8,
                y2=8,
                class_="whisker",
            )
        )
    if value is not None and scale[0] <= value <= scale[1]:
        shapes.append(element("circle", cx=_percent(_position(value, scale)), cy=8, r=_DOT_RADIUS, class_="dot author"))
    return element("svg", *shapes, class_="bar", width="100%", height=16, aria_hidden="true")


def _position(value: float, scale: tuple[float, float]) -> float:
    """Where a value lies on a scale, from 0 to 1; values beyond it lie at its ends."""
    return min(1.0, max(0.0, (value - scale[0]) / (scale[1] - scale[0] or 1)))


def ticks(estimates: Sequence[Mapping[str, float | None]], *, zero: bool) -> list[float]:
    """Round, evenly spaced values that span all figures and their intervals, and 0 as well if `zero`.

    >>> ticks([{"value": 3.2, "low": 1.0, "high": 6.1}, {"value": 4.0, "low": None, "high": None}], zero=True)
    [0.0, 2.0, 4.0, 6.0, 8.0]
    """
    ends = [v for e in estimates for v in (e["value"], e["low"], e["high"]) if v is not None] + [0.0] * zero
    low, high = min(ends, default=0.0), max(ends, default=1.0)
    spread = max(high - low, 1e-3)
    unit = 10.0 ** floor(log10(spread / 4))
    step = next(unit * factor for factor in (1, 2, 5, 10) if spread / unit / factor <= 4)
    first, last = floor(low / step), ceil(high / step)
    return [round(number * step, 6) for number in range(first, max(last, first + 1) + 1)]


def timeline(
    key: str, title: str, unit: str, points: Sequence[Point], dates: Sequence[tuple[float, str]], *, zero: bool
) -> Markup:
    """A figure over time with its confidence intervals; `dates` are labels of the time axis, each with its position."""
    spans: list[Mapping[str, Any]] = [point._asdict() for point in points]
    marks = ticks(spans, zero=zero)
    bottom = _TIMELINE_TOP + _TIMELINE_HEIGHT

    def y_of(value: float) -> str:
        return f"{bottom - _TIMELINE_HEIGHT * _position(value, (marks[0], marks[-1])):.1f}"

    known = [point for point in points if point.value is not None]
    shapes = [shape for value in marks for shape in _grid_line(value, y_of(value))]
    shapes += [
        element(
            "line",
            x1=_percent(one.position),
            x2=_percent(other.position),
            y1=y_of(one.value or 0),
            y2=y_of(other.value or 0),
            class_="trend",
        )
        for one, other in pairwise(known)
    ]
    radius = _DOT_RADIUS if len(known) <= 24 else _DOT_RADIUS // 2  # many points are close together on a phone
    shapes += [shape for point in known for shape in _point(point, radius, y_of)]
    anchors = {0.0: "start", 1.0: "end"}
    for position, label in dates:
        anchor = anchors.get(position, "middle")
        shapes.append(element("text", label, x=_percent(position), y=bottom + 20, text_anchor=anchor, class_="tick"))
    values = [point.value for point in known if point.value is not None]
    span = f", from {number(min(values), 2)} to {number(max(values), 2)}" if values else ""
    steps = f"{unit} in {number(len(known))} steps from {dates[0][1]} to {dates[-1][1]}{span}"
    return _chart(key, title, f"{steps}; lines are 95 % confidence intervals.", bottom + 26, *shapes)


def _grid_line(value: float, y: str) -> tuple[Markup, Markup]:
    """A horizontal line with its value."""
    label = f"{value:g}".replace("-", "−")
    return (
        element("line", x1="0", x2="100%", y1=y, y2=y, class_="grid"),
        element("text", label, x=-8, y=float(y) + 4, text_anchor="end", class_="tick"),
    )


def _point(point: Point, radius: int, y_of: Callable[[float], str]) -> Iterator[Markup]:
    """A point of a timeline, with its interval if it has one."""
    x = _percent(point.position)
    if point.low is not None and point.high is not None:
        yield element("line", x1=x, x2=x, y1=y_of(point.low), y2=y_of(point.high), class_="whisker")
    label = element("title", point.label)
    yield element("circle", label, cx=x, cy=y_of(point.value or 0), r=radius, class_="dot author")


def timeline_of(summary: Mapping[str, Any], figure: str, title: str, unit: str, *, zero: bool) -> Markup:
    """The timeline of one figure; `summary` is the part `timeline` of what `summarize` returns."""
    rows, period = summary["rows"], summary["period"]
    days = [date.fromisoformat(row["start"]).toordinal() for row in rows]
    positions = [(day - days[0]) / (days[-1] - days[0] or 1) for day in days]
    points = [
        Point(
            position,
            row[figure]["value"],
            row[figure]["low"],
            row[figure]["high"],
            f"{period_label(row['start'], period)}: {number(row[figure]['value'], 2)}, {count(row['n_documents'], 'document')}",
        )
        for position, row in zip(positions, rows, strict=True)
    ]
    # The step nearest to the middle gets a label, too, if the three labels do not overlap on a phone.
    middle = min(range(len(rows)), key=lambda index: abs(positions[index] - 0.5))
    dated = [0, *([middle] if abs(positions[middle] - 0.5) < 0.15 else []), len(rows) - 1]
    dates = [(positions[index], period_label(rows[index]["start"], period)) for index in dated]
    return timeline(figure.replace("_", "-"), title, unit, points, dates, zero=zero)
