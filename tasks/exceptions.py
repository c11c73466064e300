"""A user's own decisions on terms, applied to finished tables: no article is read or analyzed again.

A file of exceptions has a line for each term: the entry of the lexicon (the column `term`), `dismiss` or `accept`, and
the reason, with a tab between them. Lines that begin with `#` and empty lines count for nothing. A dismissed term is
loaded nowhere in these tables; an accepted one wherever it is proposed, also where the judge rejects it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import polars as pl

from tasks.document_totals import null_unless, reads_as_english
from tasks.errors import ConfigurationError
from tasks.measure.loaded_language import compile_lexicon, score_loaded
from tasks.measure.loaded_language.matching import propose_terms
from tasks.measure.tokens import Vocabulary
from tasks.schemas import TABLES
from tasks.segment import attribute_spans, reported_rows
from tasks.store import naming_damage, scan_table, write_table

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from tasks.measure.loaded_language import Lexicon

DECISIONS = ("accept", "dismiss")
CORRECTED = ("documents", "paragraphs", "sentences", "loaded_terms")
"""The tables that exceptions change."""
_PARAGRAPH = ["document_id", "paragraph_index"]
_SENTENCE = [*_PARAGRAPH, "sentence_index"]
_RATES = ("loaded_score", "loaded_score_author", "loaded_per_1000_words_author", "loaded_per_1000_words_quoted")


class Decision(NamedTuple):
    """One decision on a term."""

    term: str
    """An entry of the lexicon, in lower case."""
    decision: str
    reason: str


def read_exceptions(path: Path, lexicon: Lexicon) -> list[Decision]:
    """The decisions of a file, in order. ConfigurationError names the lines that are wrong.

    A line is wrong if it has no term, decision and reason, if the lexicon has no such term, or if an earlier line
    decides on the same term.
    """
    try:
        lines = path.read_text("utf-8-sig").split("\n")
    except OSError as error:
        raise ConfigurationError(f"cannot read the exceptions {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path} is not UTF-8; save it as UTF-8") from error
    found: dict[str, Decision] = {}
    mistakes = []
    for number, line in enumerate(lines, 1):
        if line.strip() and not line.startswith("#"):
            cells = [cell.strip() for cell in line.split("\t")]
            if mistake := _mistake(cells, found, lexicon):
                mistakes.append(f"line {number}: {mistake}")
            else:
                found[cells[0].lower()] = Decision(cells[0].lower(), cells[1], cells[2])
    if mistakes:
        raise ConfigurationError(f"{path}: {'; '.join(mistakes)}")
    return list(found.values())


def _mistake(cells: Sequence[str], found: Iterable[str], lexicon: Lexicon) -> str:
    """What is wrong with a line; empty if it is right."""
    if len(cells) != len(Decision._fields) or not all(cells):
        return "expected a term, accept or dismiss, and a reason, with a tab between them"
    term, decision, _ = cells
    if decision not in DECISIONS:
        return f"{decision!r} is neither accept nor dismiss"
    if term.lower() not in lexicon.by_term:
        return f"the lexicon has no entry {term!r}; `overtones lexicon show` finds the entry of a word"
    return f"{term!r} has a line already" if term.lower() in found else ""


def apply_exceptions(tables: Path, exceptions: Sequence[Decision], lexicon: Lexicon) -> dict[str, pl.DataFrame]:
    """The tables of `CORRECTED` with the decisions applied, all counts and scores computed from the rows that remain.

    Reads the tables below the folder `tables`; StoreError if they are missing or damaged. `loaded_probability` of a
    sentence stays as it is.
    """
    with naming_damage(tables):
        frames = {name: scan_table(name, tables).collect() for name in (*CORRECTED, "quotations", "attributions")}
    dismissed = [one.term for one in exceptions if one.decision == "dismiss"]
    terms = frames["loaded_terms"].filter(~pl.col("term").str.to_lowercase().is_in(dismissed))
    reasons = {one.term: one.reason for one in exceptions if one.decision == "accept"}
    if reasons:
        terms = pl.concat([terms, _accepted(frames, reasons, terms, lexicon)])
        order = frames["documents"].select("document_id").with_row_index("order")
        terms = (
            terms.join(order, on="document_id", maintain_order="left")
            .sort("order", "paragraph_index", "start")
            .select(frames["loaded_terms"].columns)
        )
    keys = {"documents": ["document_id"], "paragraphs": _PARAGRAPH, "sentences": _SENTENCE}
    scored = {name: _rescored(frames[name], terms, key) for name, key in keys.items()}
    return {**scored, "loaded_terms": terms}


def _accepted(
    frames: dict[str, pl.DataFrame], reasons: dict[str, str], terms: pl.DataFrame, lexicon: Lexicon
) -> pl.DataFrame:
    """A row, as in `loaded_terms`, for each proposed place of the accepted terms that `terms` does not have."""
    paragraphs = frames["paragraphs"].filter(pl.Series(reads_as_english(frames["paragraphs"])))
    tokens = Vocabulary(fold=True).encode(paragraphs["text"])
    name = pl.col("term").str.to_lowercase()
    found = (
        propose_terms(paragraphs, tokens, compile_lexicon(lexicon))
        .filter(pl.col("weight") > 0, name.is_in(list(reasons)))
        .with_columns(probability=pl.lit(1.0), reason=name.replace_strict(reasons, return_dtype=pl.String))
        .join(terms, on=[*_PARAGRAPH, "start"], how="anti")
    )
    sentences = frames["sentences"]
    placed = found.sort(*_PARAGRAPH, "start").join_asof(
        sentences.select(*_SENTENCE, "start").sort(*_PARAGRAPH, "start"),
        on="start",
        by=_PARAGRAPH,
        strategy="backward",
        check_sortedness=False,
    )
    spans = attribute_spans(
        placed.select(*found.columns, "sentence_index"), frames["quotations"], reported_rows(frames["attributions"])
    )
    return TABLES["loaded_terms"].conform(spans)


def _rescored(units: pl.DataFrame, terms: pl.DataFrame, key: Sequence[str]) -> pl.DataFrame:
    """Documents, paragraphs or sentences with the figures of their loaded terms."""
    ratio = next((name for name in ("quoted_word_ratio", "quoted_ratio") if name in units.columns), None)
    counted = units.select(*key, "n_words")
    if ratio:  # the tables hold the share of quoted words, not their number
        n_quoted = (units[ratio].fill_null(0.0) * units["n_words"]).round().cast(pl.Int32)
        counted = counted.with_columns(n_quoted_words=n_quoted)
    figures = score_loaded(terms, counted)
    figures = figures.select(name for name in figures.columns if name in units.columns and name not in key)
    rates = figures.select(name for name in _RATES if name in figures.columns)
    measured = null_unless(units["loaded_score"].is_not_null().to_numpy(), rates)
    return units.with_columns(figures).with_columns(measured)


def write_corrected(frames: dict[str, pl.DataFrame], folder: Path) -> None:
    """Write the tables as `folder`/NAME/part-0.parquet. ConfigurationError if the folder holds anything already."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ConfigurationError(f"{folder} exists and is not an empty folder; choose another name")
    for name, frame in frames.items():
        (folder / name).mkdir(parents=True)
        write_table(TABLES[name], frame, folder / name / "part-0.parquet")
