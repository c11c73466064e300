"""The stage: decoded documents in, clean ones out, and a row for every repair, from the raw bytes to the clean text."""

from __future__ import annotations

from bisect import bisect_right
from itertools import chain, pairwise
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pyarrow as pa

from tasks.clean.artefacts import may_hold_artefacts, remove_artefacts, tell_losses
from tasks.clean.mojibake import repair_places, repair_text
from tasks.clean.repairs import Repair, Step, compose
from tasks.clean.scan import scan_texts
from tasks.parts import unlimited
from tasks.schemas import REPAIRS
from tasks.text.buffers import TextBuffer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from tasks.options import Options
    from tasks.parts import Parts


COUNTED = frozenset({"newline", "normalization"})
"""Kinds that are told once a document, with their number: a file from another platform has one at every line."""


def clean_text(text: str, options: Options | None = None) -> Repair:
    """`text` with its encoding repaired and the other artefacts removed, and the steps, with offsets into `text`.

    >>> clean_text("A\u00a0despot â€” he said").text
    'A despot — he said'
    """
    from tasks.options import Options

    return _without_artefacts(text, repair_text(text), options or Options(), unlimited())


def clean_documents(
    documents: pl.DataFrame, invalid_bytes: pl.DataFrame, options: Options, parts: Parts | None = None
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """`documents` with `text` cleaned and `n_repairs` added, and the table of repairs.

    `documents` and `invalid_bytes` are those of `tasks.ingest.read_documents`. With `options.verbatim` nothing is changed, and
    only the stray bytes of decoding are told. The repairs are added to `parts`.
    """
    parts = parts or unlimited()
    buffer = TextBuffer.of(documents["text"])
    steps = {} if options.verbatim else _find_steps(documents["text"], buffer, options, parts)
    stray_places = _stray_places(documents, invalid_bytes) if len(invalid_bytes) else {}
    for row, stray_steps in stray_places.items():
        steps[row] = _with_strays(steps.get(row, ()), stray_steps)
    if not steps:
        return documents.with_columns(n_repairs=pl.lit(0, pl.Int32)), REPAIRS.empty()
    parts.check(sum(map(len, steps.values())), "repairs")
    text, rows, repairs = _tell(documents, buffer, dict(sorted(steps.items())), stray_places)
    parts.add(len(rows), "repairs")
    n_repairs = np.bincount(rows, minlength=len(documents)).astype(np.int32)
    return documents.with_columns(text=text, n_repairs=pl.Series(n_repairs)), repairs


def _stray_places(documents: pl.DataFrame, invalid_bytes: pl.DataFrame) -> dict[int, list[Step]]:
    """For each row, by its number, that has stray bytes, a step for each of them."""
    numbers = {document_id: row for row, document_id in enumerate(documents["document_id"].to_list())}
    steps: dict[int, list[Step]] = {}
    for document_id, position, byte, after in invalid_bytes.iter_rows():
        codec = "cp1252" if after != "\N{REPLACEMENT CHARACTER}" else None
        reason = "a byte that is not valid in the encoding of the file, read as Windows-1252"
        step = Step(position, position + 1, f"\\x{byte:02x}", after, "stray_byte", codec, reason=reason)
        steps.setdefault(numbers[document_id], []).append(step)
    return steps


def _with_strays(steps: Sequence[Step], invalid_bytes: Sequence[Step]) -> tuple[Step, ...]:
    """The steps and, where none covers it, each stray byte, in order."""
    starts = [step.start for step in steps]
    before = [bisect_right(starts, stray.start) - 1 for stray in invalid_bytes]
    apart = [stray for stray, i in zip(invalid_bytes, before, strict=True) if i < 0 or steps[i].end <= stray.start]
    return tuple(sorted([*steps, *apart], key=lambda step: (step.start, step.end)))


def _find_steps(texts: pl.Series, buffer: TextBuffer, options: Options, parts: Parts) -> dict[int, Sequence[Step]]:
    """For each row whose text needs it, by its number, the steps of `clean_text`."""
    found = scan_texts(texts, buffer, parts)
    suspicious = found.artefacts
    if options.join_hyphens:
        suspicious |= texts.str.contains("-\n", literal=True).to_numpy()
    steps: dict[int, Sequence[Step]] = {}
    starts = found.starts.tolist()
    own, firsts = np.unique(found.rows, return_index=True)
    for row, (first, stop) in zip(own.tolist(), pairwise([*firsts.tolist(), len(starts)]), strict=True):
        repaired = None
        if not suspicious[row]:
            repaired = repair_places(
                starts[first:stop], found.places[first:stop], beside_calm_signs=bool(found.has_calm_signs[row])
            )
        if repaired is None or any(
            map(may_hold_artefacts, {*repaired.stays, *(step.after for step in repaired.steps)})
        ):
            suspicious[row] = True
        elif repaired.steps:
            steps[row] = repaired.steps
    del found, starts  # a place takes half a kilobyte, and a text is cleaned without them
    rows = np.flatnonzero(suspicious).tolist()
    damaged = set(own.tolist())
    for row, text in zip(rows, texts.gather(rows).to_list(), strict=True):
        repair = repair_text(text) if row in damaged else Repair(text)
        repair = _without_artefacts(text, repair, options, parts)
        if repair.steps:
            steps[row] = repair.steps
    return steps


def _without_artefacts(text: str, repaired: Repair, options: Options, parts: Parts) -> Repair:
    """What is left to do of `text`, whose encoding was repaired, so that nothing is left."""
    done = repaired
    while (cleaned := remove_artefacts(done.text, options, parts)).steps:
        done = compose(text, done, cleaned)
        # One may hide the other: `&acirc;&euro;&trade;` is mojibake in entities.
        again = repair_text(done.text)
        if not again.steps:
            break
        done = compose(text, done, again)
    return tell_losses(text, done)


def _tell(
    documents: pl.DataFrame,
    buffer: TextBuffer,
    steps: Mapping[int, Sequence[Step]],
    invalid_bytes: Mapping[int, Sequence[Step]],
) -> tuple[pl.Series, NDArray[np.int64], pl.DataFrame]:
    """The clean texts, the row of each repair, and the table of them.

    Given are the steps, and which of them are stray bytes, for rows of `documents`.
    """
    rows = np.repeat([*steps], [*map(len, steps.values())])
    starts, ends, *columns = zip(*chain.from_iterable(steps.values()), strict=True)
    afters = columns[1]
    start, end, lengths = np.array(starts), np.array(ends), np.array([*map(len, afters)])
    growth = np.cumsum(lengths - (end - start))
    clean_end = end + growth - np.append(0, growth)[np.searchsorted(rows, rows)]  # less the growth of earlier documents
    places = buffer.bytes_at(np.stack([rows, rows], axis=1), np.stack([start, end], axis=1))
    text = _replay(buffer, rows, places, afters)
    raw = _raw_places(documents, rows, np.stack([start, end], axis=1), places, invalid_bytes)
    told = pl.DataFrame(
        {
            "row": rows,
            "raw_start": raw[:, 0],
            "raw_end": raw[:, 1],
            "start": clean_end - lengths,
            "end": clean_end,
            **dict(zip(Step._fields[2:], columns, strict=True)),
        }
    )
    if not COUNTED.isdisjoint(columns[2]):
        told = _count(told)
    rows = told["row"].to_numpy()
    repairs = told.with_columns(
        document_id=documents["document_id"].gather(rows),
        repair_index=pl.Series(np.arange(len(rows)) - np.searchsorted(rows, rows)),
    )
    return text, rows, REPAIRS.conform(repairs.select(REPAIRS.schema.names()).cast(REPAIRS.schema))


def _replay(buffer: TextBuffer, rows: NDArray[np.int64], places: NDArray[np.int64], afters: Sequence[str]) -> pl.Series:
    """The texts of `buffer` with `afters[i]` in place of the bytes `places[i, 0]` to `places[i, 1]` of text `rows[i]`."""
    bounds = buffer.offsets[rows, None] + places
    lengths = np.fromiter((len(after.encode()) for after in afters), np.int64, len(afters))
    growth = np.append(0, np.cumsum(lengths - (bounds[:, 1] - bounds[:, 0])))
    offsets = buffer.offsets + growth[np.searchsorted(rows, np.arange(len(buffer.offsets)))]
    data, done = bytearray(), 0
    for first in range(0, len(afters), _STEPS_AT_ONCE):
        some = bounds[first : first + _STEPS_AT_ONCE]
        kept = np.append(done, some).tolist()
        pieces: list[bytes | memoryview] = [b""] * (2 * len(some))
        pieces[::2] = map(buffer.data.data.__getitem__, map(slice, kept[::2], kept[1::2]))
        pieces[1::2] = [after.encode() for after in afters[first : first + _STEPS_AT_ONCE]]
        data += b"".join(pieces)
        done = kept[-1]
    data += buffer.data[done:].data
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(data)]
    return pl.Series(pl.from_arrow(pa.Array.from_buffers(pa.large_string(), len(offsets) - 1, buffers)))


_STEPS_AT_ONCE = 100_000
"""Half a kilobyte each."""


def _count(told: pl.DataFrame) -> pl.DataFrame:
    """`told` with one row for all of a document's repairs of a counted kind, from the first to the last."""
    is_counted = pl.col("kind").is_in(COUNTED)
    counted = (
        told.filter(is_counted)
        .group_by("row", "kind")
        .agg(pl.exclude("raw_end", "end").first(), pl.col("raw_end", "end").last(), n=pl.len())
        .sort("row", "kind")
    )
    times = [f" ({n:,} times; the first is shown)" if n > 1 else "" for n in counted["n"].to_list()]
    once = counted.with_columns(pl.col("reason") + pl.Series(times)).select(told.columns)
    return pl.concat([told.filter(~is_counted), once]).sort("row", maintain_order=True)


def _raw_places(
    documents: pl.DataFrame,
    rows: NDArray[np.int64],
    places: NDArray[np.int64],
    in_utf8: NDArray[np.int64],
    invalid_bytes: Mapping[int, Sequence[Step]],
) -> NDArray[np.int64]:
    """The bytes as received at which code points begin: those at `places[i]` of the text of row `rows[i]`, which never
    go back. `in_utf8` are these bytes if the text is in UTF-8.
    """
    raw: NDArray[np.int64] = in_utf8 + documents["text_offset"].to_numpy()[rows, None]
    # What came out of markup or a record no longer lies in the bytes of the file: it counts as UTF-8. Of the others,
    # those in another encoding, or with bytes that were none in theirs, are looked at one by one.
    own, firsts = np.unique(rows, return_index=True)
    bounds = [*firsts.tolist(), len(rows)]
    encodings, forms = documents.select("encoding", "format")[own]
    for row, encoding, form, (first, stop) in zip(own.tolist(), encodings, forms, pairwise(bounds), strict=True):
        if form == "text" and (encoding != "utf-8" or row in invalid_bytes):
            stray_places = [stray.start for stray in invalid_bytes.get(row, ())]
            raw[first:stop] = documents["text_offset"][row] + _bytes_at(
                documents["text"][row], places[first:stop], encoding, stray_places
            )
    return raw


def _bytes_at(text: str, places: NDArray[np.int64], encoding: str, invalid_bytes: Sequence[int]) -> NDArray[np.int64]:
    """The byte at which the character at each of `places`, which never go back, begins, if each of `invalid_bytes` is one byte."""
    bounds = [0, *places.ravel().tolist()]
    sizes = [len(text[start:end].encode(encoding, "replace")) for start, end in pairwise(bounds)]
    surplus = np.cumsum([0, *(len(text[place].encode(encoding, "replace")) - 1 for place in invalid_bytes)])
    at: NDArray[np.int64] = np.cumsum(sizes).reshape(places.shape) - surplus[np.searchsorted(invalid_bytes, places)]
    return at
