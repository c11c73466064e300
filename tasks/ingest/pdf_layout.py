"""The layout of pages: from pieces of lines with their places to paragraphs in the order of reading.

A page is cut into zones from top to bottom, so that each zone has the same columns throughout: a headline over two
columns is a zone of one column, the columns below are another. Columns are read from left to right. A paragraph begins
with an indented line, after more space than lines have, or after a line that ends early with the end of a sentence. It
may go on in the next column or page. Lines at the top and the foot of pages that repeat, or are numbers of pages, are
not text, nor are notes in smaller letters at the foot.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING

from tasks.ingest.paper import Paragraph
from tasks.package_data import cmu_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of a line: its text, and its place in points from the lower left corner."""

    text: str
    left: float
    right: float
    bottom: float
    top: float
    hyphen: bool = False
    """Whether its last word is parted: the hyphen was left out."""

    @property
    def size(self) -> float:
        """The height of its letters."""
        return self.top - self.bottom

    @property
    def middle(self) -> float:
        """The height at which it stands."""
        return (self.top + self.bottom) / 2


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of a column, and the edges of the column."""

    segment: Segment
    column: int
    """A number of its own for each column of each page."""
    left: float
    right: float

    @property
    def indent(self) -> float:
        """How far it is from the column's left edge, in sizes."""
        return (self.segment.left - self.left) / self.segment.size


@dataclass
class _Zone:
    """Rows with the same columns: the spans of the columns, and the pieces in them."""

    spans: list[tuple[float, float]] = field(default_factory=list)
    rows: list[list[Segment]] = field(default_factory=list)


_PAGE_NUMBER = re.compile(
    r"(?i)\W*(?:(?:page|seite|pagina|página|p\.|s\.)\s*)?\d{1,4}(?:\s*(?:of|/|von|de|sur|di|-)\s*\d{1,4})?\W*"
)
_ENDS_WITH_PAGE = re.compile(
    r"(?i).{0,80}\b(?:page|seite|pagina|página|p\.)\s*\d{1,4}(?:\s*(?:of|/|von|de|sur|di)\s*\d{1,4})?\W*"
)
_SENTENCE_END = re.compile(r"[.!?…:][\"'”’»)\]]*$")
_BULLET = re.compile(r"[•◦▪●‣∙–—]\s+(?=\S)")
_TITLE, _HEADING, _SMALL = 1.25, 1.1, 0.9
"""Sizes of headlines, headings and notes, as ratios to that of the text."""


def lay_out(pages: Sequence[Sequence[Segment]]) -> list[Paragraph]:
    """The paragraphs of some pages, in the order of reading.

    >>> page = [Segment("It rained all", 10, 90, 50, 60), Segment("day.", 10, 30, 38, 48), Segment("Nobody came.", 20, 90, 26, 36)]
    >>> [paragraph.text for paragraph in lay_out([page])]
    ['It rained all day.', 'Nobody came.']
    """
    kept = _without_margins([list(page) for page in pages])
    size = _usual_size(kept)
    lines: list[_Line] = []
    for page in kept:
        for zone in _zones(_rows(page), size):
            lines += _without_notes(list(_columns(zone, len(lines))), size)
    return list(_paragraphs(lines, size))


def _usual_size(pages: Sequence[Sequence[Segment]]) -> float:
    """The size of most letters."""
    sizes: Counter[float] = Counter()
    for page in pages:
        for segment in page:
            sizes[round(segment.size * 2) / 2] += len(segment.text)
    return sizes.most_common(1)[0][0] if sizes else 1.0


def _rows(page: Sequence[Segment]) -> list[list[Segment]]:
    """The pieces that stand at one height, from top to bottom."""
    rows: list[list[Segment]] = []
    for segment in sorted(page, key=lambda segment: -segment.middle):
        if rows and abs(rows[-1][0].middle - segment.middle) < 0.4 * min(segment.size, rows[-1][0].size):
            rows[-1].append(segment)
        else:
            rows.append([segment])
    return [sorted(row, key=lambda segment: segment.left) for row in rows]


# ------------------------------------------------------------------------------------------------------ heads and feet


def _without_margins(pages: list[list[Segment]]) -> list[list[Segment]]:
    """The pages without running heads and feet."""
    rows = [_rows(page) for page in pages]
    edges: Counter[str] = Counter()
    for page in rows:
        edges.update({_pattern(row) for row in (*page[:2], *page[2:][-2:])})
    repeated = {pattern for pattern, n in edges.items() if n > 1 and n >= 0.3 * len(pages) and pattern.strip("# ")}
    kept = []
    for page in rows:
        while page and (_pattern(page[-1]) in repeated or _is_foot(page)):
            page.pop()
        while len(page) > 1 and (_pattern(page[0]) in repeated or _PAGE_NUMBER.fullmatch(_text(page[0]))):
            del page[0]
        kept.append([segment for row in page for segment in row])
    return kept


def _text(row: Sequence[Segment]) -> str:
    return " ".join(segment.text for segment in row)


def _pattern(row: Sequence[Segment]) -> str:
    return re.sub(r"\d+", "#", _text(row))


def _is_foot(page: Sequence[Sequence[Segment]]) -> bool:
    """Whether the last row of a page is a number, or ends with one and stands apart from the text."""
    text = _text(page[-1])
    if _PAGE_NUMBER.fullmatch(text):
        return True
    if len(page) < 3 or not _ENDS_WITH_PAGE.fullmatch(text):
        return False
    gaps = [above[0].middle - below[0].middle for above, below in pairwise(page)]
    return gaps[-1] > 1.5 * median(gaps[:-1])


# ------------------------------------------------------------------------------------------------------------- columns


def _zones(rows: Sequence[list[Segment]], size: float) -> Iterator[_Zone]:
    """The zones of a page, from top to bottom."""
    zone = _Zone()
    for row in rows:
        spans = _merged([(segment.left, segment.right) for segment in row], 1.2 * size)
        together = _merged([*zone.spans, *spans], 0.8 * size)
        is_crossed = len(zone.spans) > 1 and len(together) < len(zone.spans)
        is_parted = len(zone.spans) == 1 and len(spans) > 1 and len(together) == 1
        if zone.rows and (is_crossed or is_parted):
            yield zone
            zone = _Zone()
            together = spans
        zone.spans = together
        zone.rows.append(row)
    if zone.rows:
        yield zone


def _merged(spans: Sequence[tuple[float, float]], gap: float) -> list[tuple[float, float]]:
    """Spans that overlap, or are less than `gap` apart, as one."""
    merged: list[tuple[float, float]] = []
    for left, right in sorted(spans):
        if merged and left - merged[-1][1] < gap:
            merged[-1] = (merged[-1][0], max(merged[-1][1], right))
        else:
            merged.append((left, right))
    return merged


def _columns(zone: _Zone, number: int) -> Iterator[_Line]:
    """The lines of a zone, column by column. A zone of a row or two is no columns, but a line with gaps."""
    spans = zone.spans if len(zone.rows) > 2 else [(min(s[0] for s in zone.spans), max(s[1] for s in zone.spans))]
    for left, right in spans:
        number += 1
        for row in zone.rows:
            if inside := [segment for segment in row if left <= segment.left <= right]:
                joined = Segment(
                    _text(inside),
                    inside[0].left,
                    inside[-1].right,
                    min(segment.bottom for segment in inside),
                    max(segment.top for segment in inside),
                    inside[-1].hyphen,
                )
                yield _Line(joined, number, left, right)


def _without_notes(lines: list[_Line], size: float) -> list[_Line]:
    """The lines of a zone without notes in smaller letters below the text of their column."""
    kept: list[_Line] = []
    for column in dict.fromkeys(line.column for line in lines):
        own = [line for line in lines if line.column == column]
        last = max((i for i, line in enumerate(own) if line.segment.size > _SMALL * size), default=None)
        if last is None:
            kept += own
        else:
            rest = own[last + 1 :]
            kept += own[: last + 1] + ([] if rest and re.match(r"[\d*†‡§]", rest[0].segment.text) else rest)
    return kept


# ---------------------------------------------------------------------------------------------------------- paragraphs


def _paragraphs(lines: Sequence[_Line], size: float) -> Iterator[Paragraph]:
    steps = [
        above.segment.middle - line.segment.middle
        for above, line in pairwise(lines)
        if above.column == line.column and abs(line.segment.size - size) < 0.1 * size
    ]
    step = median(steps) if steps else 1.2 * size
    pending: list[_Line] = []
    for line in lines:
        if pending and _begins(pending, line, step):
            yield _paragraph(pending, size)
            pending = []
        pending.append(line)
    if pending:
        yield _paragraph(pending, size)


def _begins(pending: Sequence[_Line], line: _Line, step: float) -> bool:
    """Whether a line begins a paragraph, below the lines of the one before."""
    above = pending[-1]
    ends = _SENTENCE_END.search(above.segment.text) is not None and not above.segment.hyphen
    if abs(line.segment.size - above.segment.size) > 0.08 * above.segment.size:
        return not above.segment.hyphen
    if above.segment.hyphen:
        return False
    if _BULLET.match(line.segment.text):
        return True
    is_indented = 0.5 < line.indent < 6
    if line.column != above.column:
        return is_indented or (ends and _has_room(above, line))
    if above.segment.middle - line.segment.middle > 1.3 * max(step, 0.9 * line.segment.size):
        return True
    if is_indented and abs(line.indent - above.indent) > 0.3:
        return line.indent > above.indent
    if is_indented and len(pending) == 1 and ends:
        return True
    return ends and _has_room(above, line) and not line.segment.text[0].islower()


def _has_room(above: _Line, line: _Line) -> bool:
    """Whether the first word of a line would have had room at the end of the line above, and some more."""
    segment = line.segment
    word = segment.text.split(" ", 1)[0]
    width = (segment.right - segment.left) * len(word) / max(len(segment.text), 1)
    return above.segment.right + width + segment.size < above.right


def _paragraph(lines: Sequence[_Line], size: float) -> Paragraph:
    text = lines[0].segment.text
    for above, line in pairwise(lines):
        text = _join(text, line.segment.text, hyphen=above.segment.hyphen)
    ratio = lines[0].segment.size / size
    kind = "title" if ratio >= _TITLE else "heading" if ratio >= _HEADING else ""
    if not kind and (match := _BULLET.match(text)) and match[0][0] not in "–—":
        return Paragraph(text[match.end() :], "item")
    return Paragraph(text, kind)


def _join(before: str, after: str, *, hyphen: bool) -> str:
    """Two lines as one. A hyphen between them is left out, unless the word has one of its own.

    >>> _join("the satisfac", "tory end", hyphen=True), _join("a well", "known end", hyphen=True)
    ('the satisfactory end', 'a well-known end')
    """
    if not hyphen and not re.search(r"\w[-\N{HYPHEN}]$", before):
        return f"{before} {after}"
    before = before.rstrip("-\N{HYPHEN}")
    first = re.search(r"[\w'’]*$", before)
    rest = re.match(r"[\w'’]*", after)
    left, right = first[0].casefold() if first else "", rest[0] if rest else ""
    words = cmu_words()
    if not right or not right[0].islower() or not left.isalpha():
        return f"{before}-{after}"
    whole = left + right.casefold()
    is_compound = whole not in words and left in words and right.casefold() in words
    return f"{before}-{after}" if is_compound else f"{before}{after}"
