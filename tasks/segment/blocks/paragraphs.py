"""Paragraphs of plain text and Markdown.

A document has one of four layouts:

- a paragraph is a line, with or without blank lines between;
- lines are hard-wrapped at some width, and the next paragraph begins after a blank line, with an indented line, or after
  a line that stops short;
- lines of printed pages that a machine has read: they are ragged, and a paragraph goes on until a blank line, an indented
  line, a heading in capitals, or a line that ends its sentence and stops short;
- blocks of Markdown, or of HTML converted to Markdown: blank lines and markers separate them, single line ends do not.

The first two are distinguished by how wrapping works: a line was broken because its next word would not have fit. So a
text is wrapped if, most of the time, a line plus the first word of the next one is as wide as the widest line.

A paragraph's `text` is exactly the document from `start` to `end`: line ends inside a wrapped paragraph are kept, white
space and markers (`# `, `• `, `> `) are outside of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from tasks.parts import unlimited
from tasks.schemas import PLAIN_FORMATS, SCANNED_FORMATS
from tasks.text.arrays import shifted
from tasks.text.buffers import WHITE_SPACE, TextBuffer

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tasks.parts import Parts
    from tasks.text.arrays import Bools, Ints

# Of hard-wrapped text, in characters; columns of figures are narrower, lines of their own wider.
_MIN_WIDTH, _MAX_WIDTH = 30, 130
_SHORT = 0.8
"""Share of the usual width below which a line of print stops short."""
_BULLETS = r"(?:[•◦▪■●‣⁃∙✓✔✗✘➤▸➢\x{F0A7}\x{F0B7}\x{F0D8}]\s*|·\s+)"  # the last ones are Word's
_MARKDOWN_MARKER = rf"^((?:#{{1,6}}\s+|>\s*|[*+\-]\s+|\d{{1,3}}[.)]\s+|{_BULLETS}))\S"
_TEXT_MARKER = rf"^((?:>\s+|{_BULLETS}|[*+\-–—]\s+|\d{{1,3}}[.)]\s+))\S"


def split_paragraphs(documents: pl.DataFrame, parts: Parts | None = None) -> pl.DataFrame:
    r"""The paragraphs of each document, in order.

    `documents` has document_id, text, format and, if it comes from the stage `clean`, is_scanned. The result has document_id, paragraph_index, text, start and end (code
    points in the document's text) and marker (the list, heading or quotation marker before it, or ""). The paragraphs are
    counted in `parts`; LimitExceeded if there are more than it allows.

    >>> text = "A headline\n\n  • one\n  • two\n\nFirst paragraph.\nSecond paragraph.\n"
    >>> split = split_paragraphs(pl.DataFrame({"document_id": ["d"], "text": [text], "format": ["text"]}))
    >>> split.select("start", "end", "marker", "text").rows()
    [(0, 10, '', 'A headline'), (16, 19, '•', 'one'), (24, 27, '•', 'two'),
     (29, 45, '', 'First paragraph.'), (46, 63, '', 'Second paragraph.')]
    """
    buffer = TextBuffer.of(documents["text"])
    parts = parts or unlimited()
    forms = documents["format"].cast(pl.String)
    layout = pl.DataFrame(
        {
            "markup": ~forms.is_in([*PLAIN_FORMATS, *SCANNED_FORMATS]),
            "scanned": forms.is_in(SCANNED_FORMATS),
            "told": forms.is_in(SCANNED_FORMATS),
        }
    )
    if "is_scanned" in documents.columns:
        layout = layout.with_columns(scanned=documents["is_scanned"] & ~layout["markup"])
    lines = _read_lines(buffer, layout, parts)
    begins = lines.filter(~pl.col("joined"))
    parts.add(begins.height, "paragraphs")
    starts = begins["start"].to_numpy()
    ends = lines.filter(~pl.col("joined").shift(-1, fill_value=False))["end"].to_numpy()
    document = begins["document"].to_numpy()
    offset = buffer.code_points(buffer.offsets)[document]
    n_before = np.searchsorted(document, document)  # paragraphs of earlier documents
    return pl.DataFrame(
        {
            "document_id": documents["document_id"].gather(document),
            "paragraph_index": (np.arange(len(document)) - n_before).astype(np.int32),
            "text": buffer.cut(starts, ends),
            "start": (buffer.code_points(starts) - offset).astype(np.int32),
            "end": (buffer.code_points(ends) - offset).astype(np.int32),
            "marker": begins["marker"].str.strip_chars(WHITE_SPACE),
        }
    )


def _read_lines(buffer: TextBuffer, layout: pl.DataFrame, parts: Parts) -> pl.DataFrame:
    """A row for each line that is not blank: document (row number), start and end (bytes of the buffer, without white
    space and marker), marker, and whether it continues the paragraph of the line above (joined).

    `layout` says of each document whether it is markup, scanned, and scanned with paragraphs that blank lines tell (told).
    """
    lines = _cut_lines(buffer, parts)
    lines = lines.hstack(layout.select(pl.all().gather(lines["document"]))).with_columns(
        # Directly below a line of the same document, without a blank line between.
        adjacent=(pl.col("document").diff() == 0).fill_null(value=False)
        & (pl.col("number").diff() == 1).fill_null(value=False),
    )
    lines = lines.with_columns(_markers(lines, buffer))
    lines = lines.with_columns(pl.when(_is_true_marker(lines)).then("marker").otherwise(pl.lit("")).alias("marker"))
    return lines.with_columns(
        start=pl.col("start") + pl.col("marker").str.len_bytes().cast(pl.Int64), joined=_is_joined(lines)
    )


def _markers(lines: pl.DataFrame, buffer: TextBuffer) -> pl.Series:
    """The possible marker at the beginning of each line, or ""."""
    first = buffer.data[lines["start"].to_numpy()] | 0x20
    rows = np.flatnonzero((first < ord("a")) | (first > ord("z")))  # no marker begins with a letter
    some = lines.select("text", "markup")[rows]
    marker = pl.col("text").str.extract(_TEXT_MARKER)
    if some["markup"].any():
        marker = pl.when("markup").then(pl.col("text").str.extract(_MARKDOWN_MARKER)).otherwise(marker)
    none = pl.Series("marker", [""]).new_from_index(0, len(lines))
    return none.scatter(rows, some.select(marker.fill_null("")).to_series())


def _cut_lines(buffer: TextBuffer, parts: Parts) -> pl.DataFrame:
    """A row for each line that is not blank: document, number (in the whole buffer, blank lines counted), start, end,
    indent and text.
    """
    data = buffer.data
    # Line separators outside ASCII count as white space here; the stage `clean` turns them into \n.
    is_break = (data >= ord("\n")) & (data <= ord("\r"))
    # The \r of \r\n is stripped with the other white space.
    is_break[:-1] &= ~((data[:-1] == ord("\r")) & (data[1:] == ord("\n")))
    starts = np.sort(np.concatenate([buffer.offsets[:-1], np.flatnonzero(is_break) + 1]))
    ends = shifted(starts, -1, fill=len(data))
    number = np.flatnonzero(_are_not_empty(data, starts, ends))
    parts.check(len(number), "lines", each=0.5)
    starts, ends = starts[number], ends[number]
    lines = pl.DataFrame({"number": number, "start": starts, "text": buffer.cut(starts, ends)}).with_columns(
        pl.col("text").str.strip_chars_start(WHITE_SPACE).alias("trimmed")
    )
    return (
        lines.filter(pl.col("trimmed") != "")
        .with_columns(
            start=pl.col("start") + (pl.col("text").str.len_bytes() - pl.col("trimmed").str.len_bytes()).cast(pl.Int64),
            indent=(
                pl.col("text").str.len_chars().cast(pl.Int32)
                - pl.col("trimmed").str.len_chars().cast(pl.Int32)
                + 3 * pl.col("text").str.starts_with("\t").cast(pl.Int32)  # a tab is four columns wide, or more
            ),
            text=pl.col("trimmed").str.strip_chars_end(WHITE_SPACE),
        )
        .with_columns(
            end=pl.col("start") + pl.col("text").str.len_bytes().cast(pl.Int64),
            document=pl.col("start").map_batches(
                lambda start: pl.Series(np.searchsorted(buffer.offsets, start.to_numpy(), side="right") - 1),
                return_dtype=pl.Int64,
            ),
        )
        .drop("trimmed")
    )


def _are_not_empty(data: NDArray[np.uint8], starts: Ints, ends: Ints) -> Bools:
    """Which of the lines are more than a line end. There may be millions of empty ones."""
    is_not_empty = starts < ends
    begin = starts[is_not_empty]
    is_not_empty[is_not_empty] = (ends[is_not_empty] - begin > 1) | ~_IS_SPACE[data[begin]]
    return is_not_empty


_IS_SPACE = np.zeros(256, bool)
_IS_SPACE[[ord(sign) for sign in WHITE_SPACE if sign.isascii()]] = True


def _is_true_marker(lines: pl.DataFrame) -> pl.Series:
    """Whether a possible marker is one: in plain text a dash or a number marks an item only if there are several."""
    mark = pl.col("marker").str.strip_chars(WHITE_SPACE)
    is_dash = mark.is_in(["*", "-", "–", "—"])
    is_number = mark.str.contains(r"^\d")
    candidates = lines.with_row_index("row").filter(pl.col("marker") != "")
    result = np.zeros(len(lines), bool)
    candidates = candidates.filter(~pl.col("scanned"))
    if candidates.is_empty():
        return pl.Series(result)
    # A line with several of its bullets is a list in one line, and keeps them.
    is_inline = mark.str.contains(rf"^{_BULLETS}$") & (pl.col("text").str.count_matches(mark, literal=True) > 1)
    true = candidates.filter(~is_inline).filter(
        pl.col("markup")
        | ~(is_dash | is_number)
        | (is_dash & (pl.len().over("document", mark) > 1))
        # 1. and 2., not "1984. It was ..."
        | (is_number & (mark.str.starts_with("1").any() & mark.str.starts_with("2").any()).over("document"))
    )
    result[true["row"].to_numpy()] = True
    return pl.Series(result)


def _is_joined(lines: pl.DataFrame) -> pl.Series:
    """Whether each line continues the paragraph of the line above it."""
    is_item = pl.col("marker") != ""
    if not lines["adjacent"].any():
        return lines["adjacent"]
    width = pl.col("indent") + pl.col("text").str.len_chars().cast(pl.Int32)
    if lines["scanned"].any():
        joined = _is_joined(lines.with_columns(scanned=False, markup=pl.col("markup") | pl.col("scanned")))
        return joined.zip_with(~lines["scanned"], _is_joined_in_print(lines))
    lines = lines.select(
        "document",
        "adjacent",
        "markup",
        "indent",
        width=width,
        # How wide the line above would be with this line's first word at its end.
        needed=width.shift(fill_value=0) + 1 + pl.col("text").str.find(r"\s").fill_null(pl.col("text").str.len_bytes()),
        indent_above=pl.col("indent").shift(fill_value=0),
        is_item=is_item,
        below_item=is_item.shift(fill_value=False),
        below_heading=pl.col("marker").str.starts_with("#").shift(fill_value=False),
        below_terminated=pl.col("text").str.contains(r"[.!?:…][\"'”’)\]]*$").shift(fill_value=True),
        starts_lower=pl.col("text").str.contains(r"^\p{Ll}"),
    )
    in_markup = pl.col("markup") & ~pl.col("below_heading")
    wrapped = _wrapped_documents(lines)
    if wrapped.is_empty():
        return lines.select(pl.col("adjacent") & ~pl.col("is_item") & in_markup).to_series()
    # A line that stops well short of the width ends its paragraph, unless the sentence clearly continues.
    is_full = pl.col("needed") > 0.9 * pl.col("full_width")
    continues = pl.col("starts_lower") & ~pl.col("below_terminated")
    # An indented line begins a paragraph, unless it hangs below its item or the whole block is indented.
    is_indented = (pl.col("indent") > pl.col("base_indent") + 1) & (
        pl.col("starts_by_indent") | (pl.col("indent") > pl.col("indent_above"))
    )
    in_wrapped = pl.col("full_width").is_not_null() & (is_full | continues) & (~is_indented | pl.col("below_item"))
    return (
        lines.join(wrapped, on="document", how="left", maintain_order="left")
        .select(pl.col("adjacent") & ~pl.col("is_item") & pl.when("markup").then(in_markup).otherwise(in_wrapped))
        .to_series()
    )


def _is_joined_in_print(lines: pl.DataFrame) -> pl.Series:
    """`_is_joined` for the lines of scanned documents; the values for other lines mean nothing."""
    text = pl.col("text")
    width = text.str.len_chars().cast(pl.Int32)
    is_capitals = (text.str.to_uppercase() == text) & text.str.contains(r"\p{Lu}.*\p{Lu}")
    stops = text.shift(fill_value="").str.contains(r"[.!?:…][\"'”’)\]]*$") & (
        width.shift(fill_value=0) < _SHORT * width.quantile(0.75, "higher").over("document")
    )
    begins = (
        (stops & ~text.str.contains(r"^\p{Ll}"))
        | (is_capitals != is_capitals.shift(fill_value=False))
        | (pl.col("indent") > pl.col("indent").shift(fill_value=0) + 1)
    )
    return lines.select(pl.col("adjacent") & (pl.col("told") | ~begins)).to_series()


def _wrapped_documents(lines: pl.DataFrame) -> pl.DataFrame:
    """document, full_width, base_indent and starts_by_indent of the plain texts that are hard-wrapped."""
    in_block = lines.filter(pl.col("adjacent") & ~pl.col("markup") & ~pl.col("is_item"))
    if in_block.is_empty():
        return pl.DataFrame()
    return (
        lines.join(in_block.select(pl.col("document").unique()), on="document", how="semi")
        .group_by("document")
        .agg(
            # Some lines are wider, such as addresses that cannot be broken, and last lines are shorter.
            full_width=pl.col("width").quantile(0.75, "higher"),
            base_indent=pl.col("indent").min(),
            starts_by_indent=_starts_by_indent(),
        )
        .filter(pl.col("full_width").is_between(_MIN_WIDTH, _MAX_WIDTH))
        .join(in_block, on="document")
        .group_by("document", "full_width", "base_indent", "starts_by_indent")
        .agg(
            full_ratio=(pl.col("needed") > pl.col("full_width")).mean(),
            open_ratio=(~pl.col("below_terminated")).mean(),
            lower_ratio=pl.col("starts_lower").mean(),
        )
        # Paragraphs of one line each end with a full stop and begin with a capital, however similar their lengths.
        .filter((pl.col("full_ratio") >= 0.5) & (pl.col("open_ratio") >= 0.5) & (pl.col("lower_ratio") >= 0.25))
        .select("document", "full_width", "base_indent", "starts_by_indent")
    )


def _starts_by_indent() -> pl.Expr:
    """Whether most indented lines of a document are followed by a line at its margin: they are first lines, not blocks."""
    is_indented = pl.col("indent") > pl.col("indent").min() + 1
    falls_back = pl.col("adjacent").shift(-1) & (pl.col("indent").shift(-1) <= pl.col("indent").min() + 1)
    return (falls_back.filter(is_indented).mean() >= 0.5).fill_null(value=False)
