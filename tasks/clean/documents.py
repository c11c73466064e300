"""The stage: decoded documents in, clean ones out, and a row for every repair, from the raw bytes to the clean text."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from tasks.clean.artefacts import may_hold_artefacts as may_hold
from tasks.clean.artefacts import remove_artefacts, tell_losses
from tasks.clean.excerpts import find_damage
from tasks.clean.ledger import Repair, Step, compose
from tasks.clean.mojibake import repair_text
from tasks.schemas import REPAIRS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tasks.options import Options

# These are told once a document, with their number: a file from another platform has one at every line.
_COUNTED = frozenset({"newline", "normalization"})


def clean_text(text: str, options: Options | None = None) -> Repair:
    """`text` with its encoding repaired and the other artefacts removed, and the steps, with offsets into `text`.

    >>> clean_text("A\u00a0despot â€” he said").text
    'A despot — he said'
    """
    from tasks.options import Options

    return _without_artefacts(text, repair_text(text), options or Options())


def clean_documents(
    documents: pl.DataFrame, strays: pl.DataFrame, options: Options
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """`documents` with `text` cleaned and `n_repairs` added, and the table of repairs.

    `documents` and `strays` are those of `tasks.ingest.read_documents`. With `options.verbatim` nothing is changed, and
    only the stray bytes of decoding are told.
    """
    stray_places = {
        document_id: list(zip(position, byte, after, strict=True))
        for document_id, position, byte, after in strays.group_by("document_id", maintain_order=True)
        .agg(pl.all())
        .rows()
    }
    is_stray = documents["document_id"].is_in(list(stray_places))
    repaired = {} if options.verbatim else _repair_batch(documents["text"], options)
    needed = is_stray | documents.select(pl.int_range(pl.len()).is_in(list(repaired))).to_series()
    rows: list[tuple[Any, ...]] = []
    texts: list[str] = []
    columns = ("document_id", "text", "text_offset", "encoding", "format")
    numbered = documents.with_row_index("row").filter(needed).select("row", *columns)
    for row, document_id, text, offset, encoding, form in numbered.iter_rows():
        repair = repaired.get(row) or Repair(text)
        places = stray_places.get(document_id, [])
        # What came out of markup or a record no longer lies in the bytes of the file: it counts as UTF-8.
        is_plain = form == "text"
        ledger = _Ledger(text, offset, encoding if is_plain else "utf-8", [p for p, *_ in places] if is_plain else [])
        rows += ((document_id, i, *told) for i, told in enumerate(ledger.rows(_with_strays(repair.steps, places))))
        texts.append(repair.text)
    repairs = REPAIRS.conform(pl.DataFrame(rows, schema=REPAIRS.schema, orient="row"))
    cleaned = documents["text"].scatter(needed.arg_true(), texts) if texts else documents["text"]
    n_repairs = repairs.group_by("document_id").agg(n_repairs=pl.len().cast(pl.Int32))
    return (
        documents.with_columns(cleaned.alias("text"))
        .join(n_repairs, on="document_id", how="left", maintain_order="left")
        .with_columns(pl.col("n_repairs").fill_null(0)),
        repairs,
    )


def _repair_batch(texts: pl.Series, options: Options) -> dict[int, Repair]:
    """For each row whose text needs it, what `clean_text` makes of that."""
    found = find_damage(texts)
    done: dict[int, Repair] = {}
    for excerpt in found.excerpts:
        repair = excerpt.repair(texts[excerpt.row])
        if repair.steps:
            done[excerpt.row] = repair
    may_hold_artefacts = found.artefacts
    for row, repair in done.items():
        # Mojibake may have hidden a no-break space.
        may_hold_artefacts[row] |= may_hold("".join({step.after for step in repair.steps}))
    if options.join_hyphens:
        may_hold_artefacts |= texts.str.contains("-\n", literal=True).to_numpy()
    for row in np.flatnonzero(may_hold_artefacts).tolist():
        text = texts[row]
        repair = _without_artefacts(text, done.get(row) or Repair(text), options)
        if repair.steps:
            done[row] = repair
    return done


def _without_artefacts(text: str, repaired: Repair, options: Options) -> Repair:
    return tell_losses(text, compose(text, repaired, remove_artefacts(repaired.text, options)))


def _with_strays(steps: Sequence[Step], strays: Sequence[tuple[int, int, str]]) -> list[Step]:
    """The steps and, where none covers it, each stray byte as a step of its own, in order."""
    told = [
        Step(
            position,
            position + 1,
            f"\\x{byte:02x}",
            after,
            "stray_byte",
            "cp1252" if after != "\N{REPLACEMENT CHARACTER}" else None,
            reason="a byte that is not valid in the encoding of the file, read as Windows-1252",
        )
        for position, byte, after in strays
        if not any(step.start <= position < step.end for step in steps)
    ]
    return sorted([*steps, *told], key=lambda step: (step.start, step.end))


class _Ledger:
    """Where the steps of one document lie in its bytes and in its clean text."""

    def __init__(self, text: str, offset: int, encoding: str, strays: Sequence[int]) -> None:
        self._text = text
        self._encoding = encoding
        self._strays = list(strays)
        self._place, self._byte = 0, offset

    def _byte_at(self, place: int) -> int:
        """The byte at which the character at `place` begins; `place` never goes back."""
        while self._strays and self._strays[0] < place:
            stray = self._strays.pop(0)
            self._byte += self._n_bytes(self._place, stray) + 1
            self._place = stray + 1
        self._byte += self._n_bytes(self._place, place)
        self._place = place
        return self._byte

    def _n_bytes(self, start: int, end: int) -> int:
        return len(self._text[start:end].encode(self._encoding, "replace"))

    def rows(self, steps: Sequence[Step]) -> Iterator[tuple[Any, ...]]:
        """The columns of REPAIRS from raw_start on. Kinds that are counted become one row, from the first to the last."""
        shift = 0
        placed: list[tuple[Any, ...]] = []
        for step in steps:
            start = step.start + shift
            if step.kind != "stray_byte":  # its byte became one character when it was decoded
                shift += len(step.after) - (step.end - step.start)
            placed.append((self._byte_at(step.start), self._byte_at(step.end), start, step.end + shift, *step[2:]))
        counted = sorted((row for row in placed if row[6] in _COUNTED), key=lambda row: row[6])
        yield from (row for row in placed if row[6] not in _COUNTED)
        for _, group in groupby(counted, key=lambda row: str(row[6])):
            first, *others = group
            last = others[-1] if others else first
            times = f" ({len(others) + 1:,} times; the first is shown)" if others else ""
            yield first[0], last[1], first[2], last[3], *first[4:9], first[9] + times
