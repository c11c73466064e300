"""The cleaning stage: decoded documents to clean documents, with a row for every repair.

Each text goes through three steps, repeated until nothing changes: mojibake (`mojibake`), other artefacts
(`artefacts`), and again mojibake, which artefacts may have hidden. A scan over the whole batch (`scan`) finds the few
texts that need it. Most of these are repaired from their damaged runs alone; the others are processed as strings.

A repair has its position in three texts: in the clean text (code points), in the decoded text (code points), and in the
bytes as received (`raw_start`, `raw_end`), so that it can be traced back to the file.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import replace
from itertools import chain, pairwise
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pyarrow as pa

from tasks.clean.artefacts import may_hold_artefacts, remove_artefacts, report_losses
from tasks.clean.hyphens import has_open_lines, looks_scanned
from tasks.clean.mojibake import repair_runs, repair_text
from tasks.clean.repairs import Repair, Step, compose
from tasks.clean.scan import ScanResult, scan_texts
from tasks.parts import unlimited
from tasks.schemas import PLAIN_FORMATS, REPAIRS, SCANNED_FORMATS
from tasks.text.buffers import TextBuffer

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from tasks.options import Options
    from tasks.parts import Parts


COUNTED = frozenset({"newline", "normalization"})
"""Kinds with one row per document, with their number: a file from another platform has one at every line."""


def clean_text(text: str, options: Options | None = None) -> Repair:
    """`text` with its encoding repaired and other artefacts removed, and the steps, with offsets into `text`.

    >>> clean_text("A\u00a0despot â€” he said").text
    'A despot — he said'
    """
    from tasks.options import Options

    return _without_artefacts(text, repair_text(text), options or Options(), unlimited())


def clean_documents(
    documents: pl.DataFrame, invalid_bytes: pl.DataFrame, options: Options, parts: Parts | None = None
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """`documents` with `text` cleaned, `n_repairs` and `is_scanned` added, and the table of repairs.

    is_scanned says that a machine has read the text from printed pages: its lines are lines of the page, and words that
    line ends part are joined.

    `documents` and `invalid_bytes` are those of `tasks.ingest.read_documents`. With `options.verbatim` nothing is changed, and
    only the invalid bytes of decoding are reported. The repairs are added to `parts`. Raises LimitExceeded if there are more
    than `parts` allow.

    >>> from tasks.ingest import Source, read_documents
    >>> import io
    >>> from tasks.options import Options
    >>> raw = io.BytesIO("He left itâ€”so they said".encode())
    >>> documents, invalid_bytes, _ = read_documents([Source("-", "-", 0, "text")], Options(), raw)
    >>> cleaned, repairs = clean_documents(documents, invalid_bytes, Options())
    >>> cleaned["text"].item(), repairs.select("raw_start", "raw_end", "start", "end").row(0)
    ('He left it—so they said', (10, 18, 10, 11))
    """
    parts = parts or unlimited()
    buffer = TextBuffer.of(documents["text"])
    to_join, scanned = _find_parted(documents, buffer, options)
    documents = documents.with_columns(is_scanned=pl.Series(np.isin(np.arange(len(documents)), scanned)))
    steps = {} if options.verbatim else _find_steps(documents["text"], buffer, to_join, options, parts)
    byte_steps = _invalid_byte_steps(documents, invalid_bytes) if len(invalid_bytes) else {}
    for row, own in byte_steps.items():
        steps[row] = _with_invalid_bytes(steps.get(row, ()), own)
    if not steps:
        return documents.with_columns(n_repairs=pl.lit(0, pl.Int32)), REPAIRS.empty()
    parts.check(sum(map(len, steps.values())), "repairs")
    text, rows, repairs = _as_tables(documents, buffer, dict(sorted(steps.items())), byte_steps)
    parts.add(len(rows), "repairs")
    n_repairs = np.bincount(rows, minlength=len(documents)).astype(np.int32)
    return documents.with_columns(text=text, n_repairs=pl.Series(n_repairs)), repairs


def _invalid_byte_steps(documents: pl.DataFrame, invalid_bytes: pl.DataFrame) -> dict[int, list[Step]]:
    """For each row with invalid bytes, by its number, a step for each of them."""
    numbers = {document_id: row for row, document_id in enumerate(documents["document_id"].to_list())}
    steps: dict[int, list[Step]] = {}
    for document_id, position, byte, after in invalid_bytes.iter_rows():
        is_cp1252 = bytes([byte]).decode("cp1252", "replace") == after
        codec = "cp1252" if is_cp1252 and after != "\N{REPLACEMENT CHARACTER}" else None
        read_as = "as Windows-1252" if is_cp1252 else "in the encoding in which its line is words of a language"
        reason = f"a byte that is not valid in the encoding of the file, read {read_as}"
        step = Step(position, position + 1, f"\\x{byte:02x}", after, "invalid_byte", codec, reason=reason)
        steps.setdefault(numbers[document_id], []).append(step)
    return steps


def _with_invalid_bytes(steps: Sequence[Step], invalid_bytes: Sequence[Step]) -> tuple[Step, ...]:
    """The steps, and each invalid byte that none of them covers, in order."""
    starts = [step.start for step in steps]
    before = [bisect_right(starts, byte.start) - 1 for byte in invalid_bytes]
    apart = [byte for byte, i in zip(invalid_bytes, before, strict=True) if i < 0 or steps[i].end <= byte.start]
    return tuple(sorted([*steps, *apart], key=lambda step: (step.start, step.end)))


def _find_steps(
    texts: pl.Series, buffer: TextBuffer, to_join: frozenset[int], options: Options, parts: Parts
) -> dict[int, Sequence[Step]]:
    """For each row whose text needs it, by its number, the steps of `clean_text`; in the rows `to_join`, words that line
    ends part are joined.
    """
    found = scan_texts(texts, buffer, parts)
    as_text = found.may_hold_artefacts
    as_text[[*to_join]] = True
    joining = replace(options, join_hyphens=True)
    steps: dict[int, Sequence[Step]] = {}
    damaged = set()
    for row, own_steps in _steps_of_runs(found, as_text):
        damaged.add(row)
        if own_steps is None:
            as_text[row] = True
        elif own_steps:
            steps[row] = own_steps
    del found  # a run takes half a kilobyte, and cleaning a text does not need it
    rows = np.flatnonzero(as_text).tolist()
    for row, text in zip(rows, texts.gather(rows).to_list(), strict=True):
        repair = repair_text(text) if row in damaged else Repair(text)
        repair = _without_artefacts(text, repair, joining if row in to_join else options, parts)
        if repair.steps:
            steps[row] = repair.steps
    return steps


def _find_parted(documents: pl.DataFrame, buffer: TextBuffer, options: Options) -> tuple[frozenset[int], list[int]]:
    """The rows in which words are to be joined where line ends part them, and the rows that are scanned prints."""
    forms = documents["format"].cast(pl.String)
    is_scanned = forms.is_in(SCANNED_FORMATS).to_numpy().copy()
    is_plain = forms.is_in(PLAIN_FORMATS).to_numpy()
    some = np.flatnonzero(has_open_lines(buffer) & (is_plain | is_scanned | options.join_hyphens))
    for row, text in zip(some.tolist(), documents["text"].gather(some).to_list(), strict=True):
        is_scanned[row] |= bool(is_plain[row]) and looks_scanned(text)
    to_join = some if options.join_hyphens else some[is_scanned[some]]
    return frozenset(to_join.tolist()), np.flatnonzero(is_scanned).tolist()


def _steps_of_runs(found: ScanResult, as_text: NDArray[np.bool_]) -> Iterator[tuple[int, list[Step] | None]]:
    """Each row with damaged runs, and the steps of its text.

    None if `as_text` says that the text itself is needed, or if the runs alone do not decide.
    """
    starts = found.starts.tolist()
    rows, firsts = np.unique(found.rows, return_index=True)
    for row, (first, stop) in zip(rows.tolist(), pairwise([*firsts.tolist(), len(starts)]), strict=True):
        repaired = None
        if not as_text[row]:
            has_safe_punctuation = bool(found.has_safe_punctuation[row])
            repaired = repair_runs(
                starts[first:stop], found.runs[first:stop], has_safe_punctuation=has_safe_punctuation
            )
        if repaired and not any(
            map(may_hold_artefacts, {*repaired.unchanged, *(step.after for step in repaired.steps)})
        ):
            yield row, repaired.steps
        else:
            yield row, None


def _without_artefacts(text: str, repaired: Repair, options: Options, parts: Parts) -> Repair:
    """The remaining repair of `text`, whose encoding was repaired already, until nothing changes."""
    done = repaired
    while (cleaned := remove_artefacts(done.text, options, parts)).steps:
        done = compose(text, done, cleaned)
        # One may hide the other: `&acirc;&euro;&trade;` is mojibake in entities.
        again = repair_text(done.text)
        if not again.steps:
            break
        done = compose(text, done, again)
    return report_losses(text, done)


def _as_tables(
    documents: pl.DataFrame,
    buffer: TextBuffer,
    steps: Mapping[int, Sequence[Step]],
    invalid_bytes: Mapping[int, Sequence[Step]],
) -> tuple[pl.Series, NDArray[np.int64], pl.DataFrame]:
    """The clean texts, the row of each repair, and the table of repairs.

    `steps` and `invalid_bytes` are by row of `documents`.
    """
    rows = np.repeat([*steps], [*map(len, steps.values())])
    starts, ends, *columns = zip(*chain.from_iterable(steps.values()), strict=True)
    afters = columns[1]
    start, end, lengths = np.array(starts), np.array(ends), np.array([*map(len, afters)])
    growth = np.cumsum(lengths - (end - start))
    clean_end = end + growth - np.append(0, growth)[np.searchsorted(rows, rows)]  # minus that of earlier ones
    positions = buffer.bytes_at(np.stack([rows, rows], axis=1), np.stack([start, end], axis=1))
    text = _apply(buffer, rows, positions, afters)
    raw = _raw_offsets(documents, rows, np.stack([start, end], axis=1), positions, invalid_bytes)
    table = pl.DataFrame(
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
        table = _merge_counted(table)
    rows = table["row"].to_numpy()
    repairs = table.with_columns(
        document_id=documents["document_id"].gather(rows),
        repair_index=pl.Series(np.arange(len(rows)) - np.searchsorted(rows, rows)),
    )
    return text, rows, REPAIRS.conform(repairs.select(REPAIRS.schema.names()).cast(REPAIRS.schema))


def _apply(
    buffer: TextBuffer, rows: NDArray[np.int64], positions: NDArray[np.int64], afters: Sequence[str]
) -> pl.Series:
    """The texts of `buffer`, with bytes `positions[i]` (start, end) of text `rows[i]` replaced by `afters[i]`."""
    bounds = buffer.offsets[rows, None] + positions
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


def _merge_counted(table: pl.DataFrame) -> pl.DataFrame:
    """`table` with one row for all repairs of a counted kind in a document, from the first to the last."""
    is_counted = pl.col("kind").is_in(COUNTED)
    counted = (
        table.filter(is_counted)
        .group_by("row", "kind")
        .agg(pl.exclude("raw_end", "end").first(), pl.col("raw_end", "end").last(), n=pl.len())
        .sort("row", "kind")
    )
    times = [f" ({n:,} times; the first is shown)" if n > 1 else "" for n in counted["n"].to_list()]
    once = counted.with_columns(pl.col("reason") + pl.Series(times)).select(table.columns)
    return pl.concat([table.filter(~is_counted), once]).sort("row", maintain_order=True)


def _raw_offsets(
    documents: pl.DataFrame,
    rows: NDArray[np.int64],
    positions: NDArray[np.int64],
    in_utf8: NDArray[np.int64],
    invalid_bytes: Mapping[int, Sequence[Step]],
) -> NDArray[np.int64]:
    """The offsets in the received bytes of code points: those at `positions[i]` of the text of row `rows[i]`, in
    ascending order. `in_utf8` are these offsets if the text is in UTF-8.
    """
    raw: NDArray[np.int64] = in_utf8 + documents["text_offset"].to_numpy()[rows, None]
    # What came out of markup or a record no longer lies in the bytes of the file: it counts as UTF-8. Of the others,
    # those in another encoding, or with invalid bytes, are gone through one by one.
    own, firsts = np.unique(rows, return_index=True)
    bounds = [*firsts.tolist(), len(rows)]
    encodings, forms = documents.select("encoding", "format")[own]
    for row, encoding, form, (first, stop) in zip(own.tolist(), encodings, forms, pairwise(bounds), strict=True):
        if form == "text" and (encoding != "utf-8" or row in invalid_bytes):
            at = [byte.start for byte in invalid_bytes.get(row, ())]
            raw[first:stop] = documents["text_offset"][row] + _bytes_at(
                documents["text"][row], positions[first:stop], encoding, at
            )
    return raw


def _bytes_at(
    text: str, positions: NDArray[np.int64], encoding: str, invalid_bytes: Sequence[int]
) -> NDArray[np.int64]:
    """The byte offset of the character at each of `positions`, in ascending order; each of `invalid_bytes` is one byte."""
    bounds = [0, *positions.ravel().tolist()]
    sizes = [len(text[start:end].encode(encoding, "replace")) for start, end in pairwise(bounds)]
    surplus = np.cumsum([0, *(len(text[position].encode(encoding, "replace")) - 1 for position in invalid_bytes)])
    at: NDArray[np.int64] = (
        np.cumsum(sizes).reshape(positions.shape) - surplus[np.searchsorted(invalid_bytes, positions)]
    )
    return at
