"""Turns of transcripts: paragraphs whose speaker the source itself names.

All words of a turn are its speaker's, none the author's. So a turn is body text, and becomes a quotation of kind speech with
the mark `turn`. What the speaker quotes inside keeps its own row, so that it is a second voice: the turn is the pieces around
it. Scare quotes and titles are the speaker's own words.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import TYPE_CHECKING

import polars as pl

from tasks.schemas import KINDS, QUOTATION_KINDS, QUOTATION_MARKS

if TYPE_CHECKING:
    from collections.abc import Iterator

_SPEAKERS = "speakers"
_HAS_WORD = re.compile(r"[^\W_]")


def find_turns(paragraphs: pl.DataFrame, documents: pl.DataFrame) -> pl.DataFrame:
    r"""The paragraphs that are turns: row (its number in `paragraphs`) and speaker (null if not known).

    `documents` has document_id, text and, if readers name speakers, `speakers`: one for each block between empty lines of the
    text, none if it is no transcript.

    >>> documents = pl.DataFrame({"document_id": ["d"], "text": ["So.\n\nNo."], "speakers": [["Ada Vane", None]]})
    >>> paragraphs = pl.DataFrame({"document_id": ["d", "d"], "start": [0, 5]})
    >>> find_turns(paragraphs, documents).rows()
    [(0, 'Ada Vane'), (1, None)]
    """
    schema = {"row": pl.UInt32(), "speaker": pl.String()}
    if _SPEAKERS not in documents.columns or documents.height == 0:
        return pl.DataFrame(schema=schema)
    transcripts = documents.filter(pl.col(_SPEAKERS).list.len() > 0).select("document_id", "text", _SPEAKERS)
    if transcripts.is_empty():
        return pl.DataFrame(schema=schema)
    found: list[tuple[int, str | None]] = []
    numbered = paragraphs.select("document_id", "start").with_row_index("row")
    rows = numbered.join(transcripts.select("document_id"), on="document_id", how="semi", maintain_order="left")
    by_document = rows.partition_by("document_id", as_dict=True)
    for document_id, text, speakers in transcripts.iter_rows():
        # Cleaning keeps the empty lines between blocks. A block may have vanished, but not its place.
        ends = [match.start() for match in re.finditer("\n\n", text)]
        own = by_document.get((document_id,), rows.clear())
        found += [
            (row, speakers[min(bisect_left(ends, start), len(speakers) - 1)])
            for row, start in own.select("row", "start").iter_rows()
        ]
    return pl.DataFrame(found, schema=schema, orient="row").sort("row")


def turns_as_body(paragraphs: pl.DataFrame, turns: pl.DataFrame) -> pl.DataFrame:
    """`paragraphs` with the kind body for all `turns`: what is said needs no full stop to be text."""
    if turns.is_empty():
        return paragraphs
    is_turn = pl.int_range(pl.len(), dtype=pl.UInt32).is_in(turns["row"].implode())
    kind = pl.when(is_turn).then(pl.lit("body", pl.Enum(KINDS))).otherwise(pl.col("kind").cast(pl.Enum(KINDS)))
    return paragraphs.with_columns(kind=kind)


def turns_as_quotations(quotations: pl.DataFrame, paragraphs: pl.DataFrame, turns: pl.DataFrame) -> pl.DataFrame:
    """The table `quotations` with the pieces of all `turns`; `paragraphs` are those in which they were found.

    >>> from tasks.schemas import QUOTATIONS
    >>> paragraphs = pl.DataFrame({"document_id": ["d"], "paragraph_index": [0], "text": ["He said 'go' to us."]})
    >>> turns = pl.DataFrame({"row": [0], "speaker": ["Ada Vane"]})
    >>> inner = QUOTATIONS.empty()
    >>> turns_as_quotations(inner, paragraphs, turns).select("start", "end", "mark", "speaker", "n_words").rows()
    [(0, 19, 'turn', 'Ada Vane', 5)]
    """
    if turns.is_empty():
        return quotations
    said = paragraphs.select("document_id", "paragraph_index", "text").with_row_index("row").join(turns, on="row")
    key = ["document_id", "paragraph_index"]
    place = said.select("document_id", pl.col("paragraph_index").cast(quotations.schema["paragraph_index"]))
    others = quotations.join(place, on=key, how="anti", maintain_order="left")
    inner = quotations.filter(pl.col("kind").cast(pl.String) == "speech").join(
        place, on=key, how="semi", maintain_order="left"
    )
    spans: dict[tuple[str, int], list[tuple[int, int]]] = {}
    for document_id, index, start, end in inner.select(*key, "start", "end").iter_rows():
        spans.setdefault((document_id, index), []).append((start, end))
    rows = [row for one in said.iter_rows(named=True) for row in _pieces(one, spans)]
    pieces = pl.DataFrame(rows, schema=_PIECE_SCHEMA, orient="row")
    missing = [
        pl.lit(False if dtype == pl.Boolean else None, dtype).alias(name)
        for name, dtype in quotations.schema.items()
        if name not in pieces.columns
    ]
    pieces = pieces.with_columns(missing).select(quotations.columns).cast(dict(quotations.schema))  # type: ignore[arg-type]
    order = paragraphs.select("document_id", pl.col("paragraph_index").cast(quotations.schema["paragraph_index"]))
    return (
        pl.concat([others, inner, pieces])
        .join(order.with_row_index("_row"), on=key, how="left", maintain_order="left")
        .sort("_row", "start", maintain_order=True)
        .drop("_row")
    )


_PIECE_SCHEMA = {
    "document_id": pl.String(),
    "paragraph_index": pl.Int32(),
    "start": pl.Int32(),
    "end": pl.Int32(),
    "mark": pl.Enum(QUOTATION_MARKS),
    "kind": pl.Enum(QUOTATION_KINDS),
    "speaker": pl.String(),
    "n_words": pl.Int32(),
    "unclosed": pl.Boolean(),
}


def _pieces(
    turn: dict[str, object], spans: dict[tuple[str, int], list[tuple[int, int]]]
) -> Iterator[tuple[object, ...]]:
    """The pieces of a turn around what is quoted in it, as rows; without those that have no word."""
    text = str(turn["text"])
    place = (str(turn["document_id"]), int(str(turn["paragraph_index"])))
    done = 0
    for start, end in [*sorted(spans.get(place, ())), (len(text), len(text))]:
        piece = text[done:start]
        if _HAS_WORD.search(piece):
            first = done + len(piece) - len(piece.lstrip())
            last = done + len(piece.rstrip())
            n_words = sum(_HAS_WORD.search(word) is not None for word in piece.split())
            yield *place, first, last, "turn", "speech", turn["speaker"], n_words, False
        done = max(done, end)
