"""The layout of pages: from pieces of lines with their places to paragraphs in the order of reading.

A page is cut along its gutters: places that stay free of letters over some rows with text on both sides. What is above a
gutter is read first, then what is left of it, right of it, and below. A paragraph begins
with an indented line, after more space than lines have, or after a line that ends early with the end of a sentence. It
may go on in the next column or page. Lines at the top and the foot of pages that repeat, or are numbers of pages, are
not text, nor are notes in smaller letters at the foot.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING

from tasks.ingest.paper import Paragraph
from tasks.package_data import cmu_words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence


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


_PAGE_NUMBER = re.compile(
    r"(?i)\W*(?:(?:page|seite|pagina|página|p\.|s\.)\s*)?\d{1,4}(?:\s*(?:of|/|von|de|sur|di|-)\s*\d{1,4})?\W*"
)
_ENDS_WITH_PAGE = re.compile(
    r"(?i).{0,80}\b(?:page|seite|pagina|página|p\.)\s*\d{1,4}(?:\s*(?:of|/|von|de|sur|di)\s*\d{1,4})?\W*"
)
_SENTENCE_END = re.compile(r"[.!?…:][\"'”’»)\]]*$")
_BULLET = re.compile(r"[•◦▪●‣∙–—]\s+(?=\S)")
_TITLE, _HEADING, _SMALL, _INITIAL = 1.25, 1.1, 0.9, 1.6
"""Sizes of headlines, headings, notes and large initials, as ratios to that of the text."""


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
        for rows in _columns(_rows(_with_initials(page, size)), size):
            lines += _without_notes(list(_lines(rows, len(lines))), size)
    return list(_paragraphs(lines, size))


def _usual_size(pages: Sequence[Sequence[Segment]]) -> float:
    """The size of most letters."""
    sizes: Counter[float] = Counter()
    for page in pages:
        for segment in page:
            sizes[round(segment.size * 2) / 2] += len(segment.text)
    return sizes.most_common(1)[0][0] if sizes else 1.0


def _with_initials(page: list[Segment], size: float) -> list[Segment]:
    """The pieces of a page with large initials as the first letters of their words, and the lines beside them not indented."""
    initials = [
        piece for piece in page if len(piece.text) == 1 and piece.text.isalpha() and piece.size > _INITIAL * size
    ]
    for initial in initials:
        beside = [
            piece
            for piece in page
            if initial.bottom < piece.middle < initial.top and 0 <= piece.left - initial.right < 1.5 * size
        ]
        if not beside:
            continue
        first = max(beside, key=lambda piece: piece.middle)
        changed = {id(piece): replace(piece, left=initial.left) for piece in beside}
        changed[id(first)] = replace(changed[id(first)], text=initial.text + first.text)
        page = [changed.get(id(piece), piece) for piece in page if piece is not initial]
    return page


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


def _columns(rows: list[list[Segment]], size: float, depth: int = 0) -> Iterator[list[list[Segment]]]:
    """The columns of some rows, in the order of reading, each as rows of its own.

    The best gutter is a place that stays free of letters over the most rows with text on both sides. What is above it
    comes first, then what is left of it, what is right of it, and what is below.
    """
    gutter = _gutter(rows, size) if depth < _DEEPEST else None
    if gutter is None:
        if rows:
            yield rows
        return
    place, begin, end = gutter
    between = rows[begin:end]
    yield from _columns(rows[:begin], size, depth + 1)
    yield from _columns(_side(between, lambda segment: segment.left < place), size, depth + 1)
    yield from _columns(_side(between, lambda segment: segment.left >= place), size, depth + 1)
    yield from _columns(rows[end:], size, depth + 1)


def _side(rows: list[list[Segment]], belongs: Callable[[Segment], bool]) -> list[list[Segment]]:
    """The pieces of rows on one side of a gutter."""
    return [own for row in rows if (own := [segment for segment in row if belongs(segment)])]


def _gutter(rows: list[list[Segment]], size: float) -> tuple[float, int, int] | None:
    """The middle of the best gutter, and the first row and the end of the rows that it parts; None if there is none."""
    gaps = [
        [(one.right, other.left) for one, other in pairwise(row) if other.left - one.right > _NARROWEST * size]
        for row in rows
    ]
    middles = Counter(round((left + right) / 2) for row in gaps for left, right in row)
    best: tuple[int, float, float, int, int] | None = None
    for place, _ in middles.most_common(_MOST_PLACES):
        for begin, end in _free_runs(rows, place):
            inside = [gap for row in gaps[begin:end] for gap in row if gap[0] <= place <= gap[1]]
            if len(inside) < _LEAST_ROWS or not _are_aligned([gap[1] for gap in inside]):
                continue
            left, right = max(gap[0] for gap in inside), min(gap[1] for gap in inside)
            found = (len(inside), right - left, (left + right) / 2, begin, end)
            if right - left > _NARROWEST * size and (best is None or found > best):
                best = found
    return None if best is None else best[2:]


def _are_aligned(edges: Sequence[float]) -> bool:
    """Whether most lines begin at one place: those right of a gutter do, words after wide gaps do not."""
    usual, _ = Counter(map(round, edges)).most_common(1)[0]
    return sum(abs(edge - usual) <= 1 for edge in edges) >= _ALIGNED * len(edges)


def _free_runs(rows: list[list[Segment]], place: float) -> Iterator[tuple[int, int]]:
    """The runs of rows that have no letter at a place. Rows before the first one with text on its right are above it."""
    begin: int | None = None
    for number, row in enumerate(rows):
        if any(segment.left <= place <= segment.right for segment in row):
            if begin is not None:
                yield begin, number
            begin = None
        elif begin is None and row[-1].left > place:
            begin = number
    if begin is not None:
        yield begin, len(rows)


_NARROWEST = 0.8
"""The least width of a gutter, in sizes of the text."""
_LEAST_ROWS = 3
"""The least number of rows with text on both sides of a gutter."""
_ALIGNED = 0.6
"""The least share of lines right of a gutter that begin at the same place; others are indented."""
_MOST_PLACES = 100
_DEEPEST = 20


def _lines(rows: list[list[Segment]], number: int) -> Iterator[_Line]:
    """The lines of a column."""
    left = min(segment.left for row in rows for segment in row)
    right = max(segment.right for row in rows for segment in row)
    for row in rows:
        joined = Segment(
            _text(row),
            row[0].left,
            row[-1].right,
            min(segment.bottom for segment in row),
            max(segment.top for segment in row),
            row[-1].hyphen,
        )
        yield _Line(joined, number, left, right)


def _without_notes(lines: list[_Line], size: float) -> list[_Line]:
    """The lines of a column without notes in smaller letters below its text."""
    last = max((i for i, line in enumerate(lines) if line.segment.size > _SMALL * size), default=None)
    if last is None:
        return lines
    rest = lines[last + 1 :]
    return lines[: last + 1] if rest and re.match(r"[\d*†‡§]", rest[0].segment.text) else lines


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
