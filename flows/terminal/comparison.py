"""A comparison of two groups of documents, as text and as Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tasks.report.phrasing import count, escape_markdown, interval, number, printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

FIGURE_NAMES = {
    "loaded_per_1000_words_author": ("loaded terms per 1,000 words of the author", 1),
    "loaded_per_1000_words_quoted": ("loaded terms per 1,000 quoted words", 1),
    "quoted_word_ratio": ("share of quoted words", 3),
    "vader_compound_mean": ("sentiment (VADER), -1 to 1", 2),
    "flesch_kincaid_grade_published": ("grade (Flesch-Kincaid)", 1),
}
"""The name of each figure, and the digits after its point."""
_N_ITEMS = 12
_HEADS = ("figure", "A", "B", "A - B", "95 % CI of the difference", "significant")


def text_lines(compared: Mapping[str, Any], width: int) -> Iterator[str]:
    """The lines for a terminal."""
    yield from (f"{side.upper()}: {_about(compared[side])}" for side in ("a", "b"))
    yield ""
    rows = [_HEADS, *_figure_rows(compared["figures"])]
    widths = [max(len(row[place]) for row in rows) for place in range(len(_HEADS))]
    for row in rows:
        cells = [row[0].ljust(widths[0]), *(cell.rjust(size) for cell, size in zip(row[1:], widths[1:], strict=True))]
        yield "  ".join(cells).rstrip()
    for kind in ("terms", "words"):
        yield ""
        yield _title(kind, compared[kind])
        for side in ("a", "b"):
            if items := compared[kind][side]:
                yield from _wrapped(f"  {side.upper()}: ", [_item(item) for item in items[:_N_ITEMS]], width)


def _wrapped(head: str, items: Sequence[str], width: int) -> Iterator[str]:
    """The items after `head`, in lines of at most `width` columns if no item is longer."""
    line = head
    for place, item in enumerate(items):
        shown = item + ("," if place < len(items) - 1 else "")
        if len(line) + len(shown) > width and line.strip() != head.strip():
            yield line.rstrip()
            line = " " * len(head)
        line += shown + " "
    yield line.rstrip()


def markdown_lines(compared: Mapping[str, Any]) -> Iterator[str]:
    """The lines of a Markdown page."""
    yield "# Comparison"
    yield ""
    yield from (f"- {side.upper()}: {escape_markdown(_about(compared[side]))}" for side in ("a", "b"))
    yield ""
    yield from _markdown_table(_HEADS, _figure_rows(compared["figures"]))
    heads = (
        "",
        "item",
        "n A",
        "n B",
        "documents A",
        "documents B",
        "per 1,000 A",
        "per 1,000 B",
        "95 % CI of the difference",
    )
    for kind in ("terms", "words"):
        yield ""
        yield f"## {_title(kind, compared[kind])}"
        rows = [_item_row(side, item) for side in ("a", "b") for item in compared[kind][side]]
        if rows:
            yield ""
            yield from _markdown_table(heads, rows)


def _markdown_table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(heads)} |"
    yield f"|{'---|' * len(heads)}"
    yield from (f"| {' | '.join(row)} |" for row in rows)


def _about(facts: Mapping[str, Any]) -> str:
    first, last = facts["first_published"], facts["last_published"]
    dates = f", {first} to {last}" if first else ""
    return f"{printable(facts['name'])} ({count(facts['n_documents'], 'document')}, {count(facts['n_words'], 'word')}{dates})"


def _title(kind: str, found: Mapping[str, Any]) -> str:
    what = "Loaded terms in the author's voice" if kind == "terms" else "Words"
    n = len(found["a"]) + len(found["b"])
    if not found["n_tested"]:
        return f"{what}: none is in five documents"
    return f"{what} that are distinctive ({n or 'none'} shown, {number(found['n_tested'])} compared)"


def _figure_rows(figures: Sequence[Mapping[str, Any]]) -> list[tuple[str, ...]]:
    rows = []
    for row in figures:
        name, digits = FIGURE_NAMES[row["name"]]
        bounds = interval({"value": row["difference"], "low": row["low"], "high": row["high"]}, digits)
        verdict = {None: "too few documents", True: "yes", False: "no"}[row["differs"]]
        values = (number(row[side]["value"], digits) for side in ("a", "b"))
        rows.append((name, *values, number(row["difference"], digits), bounds, verdict))
    return rows


def _item(item: Mapping[str, Any]) -> str:
    return f"{printable(item['item'])} ({number(item['rate_a'], 2)} : {number(item['rate_b'], 2)})"


def _item_row(side: str, item: Mapping[str, Any]) -> tuple[str, ...]:
    bounds = f"{number(item['low'], 2)} to {number(item['high'], 2)}"
    counts = (number(item[name]) for name in ("n_a", "n_b", "documents_a", "documents_b"))
    rates = (number(item[name], 2) for name in ("rate_a", "rate_b"))
    return side.upper(), escape_markdown(item["item"]), *counts, *rates, bounds
