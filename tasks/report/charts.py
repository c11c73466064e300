"""Charts as inline SVG: no script, no style attribute, no picture file.

Lengths along the page are percentages and the rest is in pixels, so that a chart fits a phone and a wall alike while its
letters and dots keep their size. Voices differ by place, shape and pattern, never by colour alone; colours come from
the page's stylesheet. A chart that says what no text beside it says has a title and a description.
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
from tasks.report.wording import count, number, step

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_LANES = {"author": 10, "scare_quoted": 10, "quoted": 28}
_STRIP_TOP, _STRIP_HALF = 44, 56
_DOT = 4


class Bar(NamedTuple):
    """A paragraph in the strip: where it begins and how long it is, as shares of the text, and its compound score."""

    start: float
    width: float
    compound: float | None
    label: str


class Dot(NamedTuple):
    """A term in the strip: where it stands, as share of the text, its voice, and where it leads."""

    place: float
    voice: str
    href: str
    label: str


class Point(NamedTuple):
    """A step of a timeline: when, as share of the whole time, with a value and its interval."""

    place: float
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


def _share(value: float) -> str:
    return f"{100 * value:.2f}".rstrip("0").rstrip(".") + "%"


def _chart(key: str, title: str, description: str, height: int, *children: str, role: str = "img") -> Markup:
    """A chart with its title and description, named `key` in its page."""
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
    """A chart of a page as a picture of its own, for a file or a notebook, `width` pixels wide, with its stylesheet.

    >>> str(standalone(grades([{"grade": 0, "n": 3, "n_unreliable": 0}], (0, 0)), width=400))[:52]
    '<svg xmlns="http://www.w3.org/2000/svg" width="400" '
    """
    left, top, right = 56, 14, 12  # what hangs over the chart's own box: the ticks' labels, half a dot
    height = int(chart.partition(' height="')[2].partition('"')[0]) + top
    inside = element("svg", chart, x=left, y=top, width=width - left - right, overflow="visible")
    ground = element("rect", width="100%", height="100%", class_="ground-paper")
    return element(
        "svg",
        element("style", Markup(stylesheet())),  # noqa: S704  # our own
        patterns(),
        ground,
        inside,
        xmlns="http://www.w3.org/2000/svg",
        width=width,
        height=height,
        viewBox=f"0 0 {width} {height}",
    )


def sentiment_strip(bars: Sequence[Bar], dots: Sequence[Dot]) -> Markup:
    """Sentiment along the text, a bar for each paragraph, and above it a dot for each loaded term."""
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
                    x=_share(bar.start),
                    width=_share(max(bar.width * 0.92, 0.0005)),
                    y=f"{middle - height if bar.compound > 0 else middle:.1f}",
                    height=f"{height:.1f}",
                    class_="up" if bar.compound > 0 else "down",
                )
            )
    shapes.append(element("line", x1="0", x2="100%", y1=middle, y2=middle, class_="axis"))
    shapes += [_dot(dot) for dot in dots]
    shapes += [
        element("text", label, x=x, y=bottom + 18, text_anchor=anchor, class_="tick")
        for label, x, anchor in (("beginning", "0", "start"), ("end of the text", "100%", "end"))
    ]
    below = sum(bar.compound is not None and bar.compound <= -0.05 for bar in bars)
    return _chart(
        "strip",
        "Sentiment along the text",
        f"{number(len(bars))} bars from the beginning to the end of the text, {number(below)} of them negative; above "
        f"them {number(len(dots))} dots for loaded terms: filled ones in the author’s voice, diamonds in scare quotes, "
        "rings in quoted speech.",
        bottom + 24,
        *shapes,
        role="group",
    )


def _dot(dot: Dot) -> Markup:
    y = _LANES[dot.voice]
    if dot.voice == "scare_quoted":  # a nested picture, because a path knows no percentages
        shape = element(
            "svg",
            element("path", d=f"M0-{_DOT + 1}L{_DOT + 1} 0 0 {_DOT + 1}-{_DOT + 1} 0Z"),
            x=_share(dot.place),
            y=y,
            overflow="visible",
            class_="dot scare_quoted",
        )
    else:
        shape = element("circle", cx=_share(dot.place), cy=y, r=_DOT, class_=f"dot {dot.voice}")
    # The words themselves are links too, in the text: one stop each for the keyboard is enough.
    return element("a", element("title", dot.label), shape, href=dot.href, tabindex="-1", aria_label=dot.label)


def voices(row: Mapping[str, int], most: int) -> Markup:
    """How often a category stands in each voice, as one bar; the numbers stand beside it in the table."""
    shapes = []
    start = 0.0
    for voice in ("author", "scare_quoted", "quoted"):
        width = row[voice] / most
        if width:
            shapes.append(element("rect", x=_share(start), width=_share(width), y=2, height=12, class_=f"fill {voice}"))
        start += width
    return element("svg", *shapes, class_="bar", width="100%", height=16, aria_hidden="true")


def patterns() -> Markup:
    """The hatchings that bars of quoted and scare-quoted terms are filled with, once for each page."""
    stripes = [
        element(
            "pattern",
            element("rect", width=6, height=6, class_=f"ground {voice}"),
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
    """How many paragraphs have each grade from 0, the last one and all above; `band` is what readers manage.

    Of each {grade, n, n_unreliable} the reliable ones stand below, solid.
    """
    heights = [row["n"] + row["n_unreliable"] for row in counts]
    most = max(heights, default=0) or 1
    n = len(counts)
    top, height = 22, 120
    bottom = top + height
    shapes = [
        element(
            "rect",
            x=_share(band[0] / n),
            width=_share((band[1] + 1 - band[0]) / n),
            y=top,
            height=height,
            class_="band",
        ),
        element(
            "text",
            f"grades {band[0]} to {band[1]}",
            x=_share((band[0] + band[1] + 1) / 2 / n),
            y=top - 8,
            text_anchor="middle",
            class_="tick",
        ),
    ]
    for row in counts:
        grade, low = row["grade"], float(bottom)
        name = f"grade {grade}{' and more' if grade == n - 1 else ''}"
        for part, class_, note in (
            (row["n"], "column", ""),
            (row["n_unreliable"], "column unreliable", ", of one sentence or few words"),
        ):
            if part:
                bar = height * part / most
                shapes.append(
                    element(
                        "rect",
                        element("title", f"{name}: {count(part, 'paragraph')}{note}"),
                        x=_share((grade + 0.08) / n),
                        width=_share(0.84 / n),
                        y=f"{low - bar:.1f}",
                        height=f"{bar:.2f}",
                        class_=class_,
                    )
                )
                low -= bar
        if grade % 4 == 0:
            label = f"{'grade ' * (not grade)}{grade}{'+' * (grade == n - 1)}"
            shapes.append(
                element("text", label, x=_share((grade + 0.5) / n), y=bottom + 18, text_anchor="middle", class_="tick")
            )
    shapes += [
        element("line", x1="0", x2="100%", y1=bottom, y2=bottom, class_="axis"),
        element("text", number(most), x=-8, y=top + 4, text_anchor="end", class_="tick"),
        element("text", "paragraphs", x=-42, y=top - 11, class_="tick"),
        element("text", "0", x=-8, y=bottom + 4, text_anchor="end", class_="tick"),
    ]
    below, within, above = (
        sum(heights[part]) for part in (slice(band[0]), slice(band[0], band[1] + 1), slice(band[1] + 1, None))
    )
    return _chart(
        "grades",
        "How hard the text is to read",
        f"A histogram of Flesch-Kincaid grades of {count(sum(heights), 'body paragraph')}: {number(below)} below grade "
        f"{band[0]}, {number(within)} from {band[0]} to {band[1]}, {number(above)} above.",
        bottom + 24,
        *shapes,
    )


def whisker(estimate: Mapping[str, float | None], scale: tuple[float, float]) -> Markup:
    """A figure as a dot and its interval as a line, for a table cell that holds the numbers too.

    What lies beyond the scale is in the numbers alone.
    """
    value, low, high = estimate["value"], estimate["low"], estimate["high"]
    shapes = [element("line", x1="0", x2="100%", y1=8, y2=8, class_="grid")]
    if scale[0] < 0 < scale[1]:
        zero = _share(_along(0, scale))
        shapes.append(element("line", x1=zero, x2=zero, y1=0, y2=16, class_="axis"))
    if low is not None and high is not None:
        shapes.append(
            element("line", x1=_share(_along(low, scale)), x2=_share(_along(high, scale)), y1=8, y2=8, class_="whisker")
        )
    if value is not None and scale[0] <= value <= scale[1]:
        shapes.append(element("circle", cx=_share(_along(value, scale)), cy=8, r=_DOT, class_="dot author"))
    return element("svg", *shapes, class_="bar", width="100%", height=16, aria_hidden="true")


def _along(value: float, scale: tuple[float, float]) -> float:
    return min(1.0, max(0.0, (value - scale[0]) / (scale[1] - scale[0] or 1)))


def ticks(estimates: Sequence[Mapping[str, float | None]], *, zero: bool) -> list[float]:
    """Round values that hold all these figures and their intervals between them, and 0 too if `zero`.

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
    """A figure over time with its intervals; `dates` stand below it, each with its place, the first and last at the ends."""
    spans: list[Mapping[str, Any]] = [point._asdict() for point in points]
    marks = ticks(spans, zero=zero)
    scale = marks[0], marks[-1]
    top, height = 14, 130
    bottom = top + height

    def down(value: float) -> str:
        return f"{bottom - height * _along(value, scale):.1f}"

    shapes = [
        shape
        for value in marks
        for shape in (
            element("line", x1="0", x2="100%", y1=down(value), y2=down(value), class_="grid"),
            element(
                "text", f"{value:g}".replace("-", "−"), x=-8, y=float(down(value)) + 4, text_anchor="end", class_="tick"
            ),
        )
    ]
    known = [point for point in points if point.value is not None]
    radius = _DOT if len(known) <= 24 else _DOT // 2  # many points stand close on a phone
    for one, other in pairwise(known):
        shapes.append(
            element(
                "line",
                x1=_share(one.place),
                x2=_share(other.place),
                y1=down(one.value or 0),
                y2=down(other.value or 0),
                class_="trend",
            )
        )
    for point in known:
        x = _share(point.place)
        if point.low is not None and point.high is not None:
            shapes.append(element("line", x1=x, x2=x, y1=down(point.low), y2=down(point.high), class_="whisker"))
        shapes.append(
            element(
                "circle", element("title", point.label), cx=x, cy=down(point.value or 0), r=radius, class_="dot author"
            )
        )
    anchors = {0.0: "start", 1.0: "end"}
    for place, label in dates:
        anchor = anchors.get(place, "middle")
        shapes.append(element("text", label, x=_share(place), y=bottom + 20, text_anchor=anchor, class_="tick"))
    values = [point.value for point in known if point.value is not None]
    described = f", from {number(min(values), 2)} to {number(max(values), 2)}" if values else ""
    return _chart(
        key,
        title,
        f"{unit} in {number(len(known))} steps from {dates[0][1]} to {dates[-1][1]}{described}; lines are 95 % intervals.",
        bottom + 26,
        *shapes,
    )


def timeline_of(course: Mapping[str, Any], figure: str, title: str, unit: str, *, zero: bool) -> Markup:
    """The timeline of one figure of what `summarize` gives as timeline: a period, and a row for each step."""
    rows, period = course["rows"], course["period"]
    days = [date.fromisoformat(row["start"]).toordinal() for row in rows]
    places = [(day - days[0]) / (days[-1] - days[0] or 1) for day in days]
    points = [
        Point(
            place,
            row[figure]["value"],
            row[figure]["low"],
            row[figure]["high"],
            f"{step(row['start'], period)}: {number(row[figure]['value'], 2)}, {count(row['n_documents'], 'document')}",
        )
        for place, row in zip(places, rows, strict=True)
    ]
    # The step next to the middle gets the third date, if it leaves the other two room on a phone.
    middle = min(range(len(rows)), key=lambda index: abs(places[index] - 0.5))
    dated = [0, *([middle] if abs(places[middle] - 0.5) < 0.15 else []), len(rows) - 1]
    dates = [(places[index], step(rows[index]["start"], period)) for index in dated]
    return timeline(figure.replace("_", "-"), title, unit, points, dates, zero=zero)
