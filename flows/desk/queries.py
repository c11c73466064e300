"""What the desk is asked for: documents by words and figures, and words in their contexts.

Words are compared without regard to case, and only whole words count. What a user types is never a pattern.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import polars as pl

from tasks.errors import UsageError, did_you_mean
from tasks.schemas import SCORED_CATEGORIES, TABLES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from flows.desk.snapshot import Snapshot

PAGE_ROWS = 50
MAX_QUERY = 200
"""Maximum number of characters of a query."""
MAX_PARAGRAPHS = 20_000
"""Paragraphs whose hits are listed and sorted; of a word that more contain, those of the first ones are."""
CONTEXT_CHARS = 90

FIGURES = tuple(name for name, dtype in TABLES["documents"].schema.items() if dtype.is_numeric())
"""The columns of documents by which they can be filtered and sorted."""
_SORTABLE = (*FIGURES, "name", "source", "published_at", "source_uri")
_QUERY = re.compile(r'"([^"]*)"|(\S+)')
KINDS_OF_ORDER = ("text", "left", "right")


@dataclass(frozen=True)
class Request:
    """A request for documents, checked."""

    q: tuple[str, ...] = ()
    speaker: str = ""
    term: str = ""
    source: str = ""
    since: datetime | None = None
    until: datetime | None = None
    form: str = ""
    language: str = ""
    bounds: Mapping[str, tuple[float | None, float | None]] = field(default_factory=dict)
    sort: str = ""
    descending: bool = False

    @classmethod
    def parse(cls, given: Mapping[str, str]) -> Request:
        """The request that an address holds. Raises UsageError for a value that cannot be used.

        >>> Request.parse({"q": '"tax cut" Hale', "sort": "-n_words"}).q
        ('tax cut', 'Hale')
        """
        sort = given.get("sort", "")
        name = sort.removeprefix("-")
        if name and name not in _SORTABLE:
            raise UsageError(f"documents cannot be sorted by {name!r}.{did_you_mean(name, _SORTABLE)}")
        texts = {key: given.get(key, "").strip() for key in ("speaker", "term", "source", "format", "language")}
        return cls(
            q=parse_words(given.get("q", "")),
            speaker=texts["speaker"],
            term=texts["term"],
            source=texts["source"],
            since=_parse_day(given.get("from", "")),
            until=_parse_day(given.get("to", ""), days=1),
            form=texts["format"],
            language=texts["language"],
            bounds=_parse_bounds(given),
            sort=name,
            descending=sort.startswith("-"),
        )


def parse_words(query: str) -> tuple[str, ...]:
    """The words and quoted phrases of a query. Raises UsageError if it is too long.

    >>> parse_words('budget "tax  cut" ""')
    ('budget', 'tax cut')
    """
    if len(query) > MAX_QUERY:
        raise UsageError(f"a query may have {MAX_QUERY} characters; this one has {len(query)}")
    found = (phrase or word for phrase, word in _QUERY.findall(query))
    return tuple(" ".join(words) for text in found if (words := text.replace('"', " ").split()))


def _parse_day(text: str, days: int = 0) -> datetime | None:
    if not text.strip():
        return None
    try:
        day = date.fromisoformat(text.strip())
        return datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=days)
    except (ValueError, OverflowError) as error:
        raise UsageError(f"{text!r} is not a date; write it as 2026-05-03") from error


def _parse_bounds(given: Mapping[str, str]) -> dict[str, tuple[float | None, float | None]]:
    bounds: dict[str, tuple[float | None, float | None]] = {}
    for key, text in given.items():
        side, _, name = key.partition(".")
        if side not in {"min", "max"} or not text.strip():
            continue
        if name not in FIGURES:
            raise UsageError(f"documents have no figure {name!r}.{did_you_mean(name, FIGURES)}")
        try:
            value = float(text)
        except ValueError as error:
            raise UsageError(f"{key}: {text!r} is not a number") from error
        low, high = bounds.get(name, (None, None))
        bounds[name] = (value, high) if side == "min" else (low, value)
    return bounds


def find_documents(snapshot: Snapshot, request: Request) -> pl.DataFrame:
    """The documents of a request, in its order."""
    chosen = snapshot.documents.filter(*_conditions(request))
    for words in request.q:
        chosen = chosen.join(paragraphs_with(snapshot, words).select("document_id").unique(), "document_id", how="semi")
    if request.speaker:
        chosen = chosen.join(_quoting(snapshot, request.speaker), "document_id", how="semi")
    if request.term:
        chosen = chosen.join(snapshot.terms.filter(pl.col("term") == request.term), "document_id", how="semi")
    if request.sort:
        return chosen.sort(
            request.sort, "document_id", descending=[request.descending, False], nulls_last=True, maintain_order=True
        )
    return chosen.join(snapshot.documents.select("document_id"), "document_id", maintain_order="right")


def _conditions(request: Request) -> list[pl.Expr]:
    conditions = [pl.lit(value=True)]
    for column, wanted in (("source", request.source), ("format", request.form), ("language", request.language)):
        if wanted:
            conditions.append(pl.col(column).cast(pl.String) == wanted)
    if request.since:
        conditions.append(pl.col("published_at") >= request.since)
    if request.until:
        conditions.append(pl.col("published_at") < request.until)
    for name, (low, high) in request.bounds.items():
        conditions += [pl.col(name) >= low] if low is not None else []
        conditions += [pl.col(name) <= high] if high is not None else []
    return conditions


def _quoting(snapshot: Snapshot, speaker: str) -> pl.DataFrame:
    """The quotations of a speaker whose name contains these words."""
    return snapshot.quotations.filter(pl.col("speaker").str.contains(word_pattern(speaker, pl.escape_regex)))


def word_pattern(words: str, escape: Callable[[str], str] = re.escape, boundary: str = r"\b") -> str:
    """A pattern for whole words, whatever characters they have; white space between them may differ.

    >>> re.findall(word_pattern("u.s. army"), "The U.S.  Army, not the UXSX army")
    ['U.S.  Army']
    """
    first, last = (boundary if words[place].isalnum() else "" for place in (0, -1))
    return f"(?i){first}" + r"\s+".join(map(escape, words.split())) + last


def paragraphs_with(snapshot: Snapshot, words: str) -> pl.DataFrame:
    """The paragraphs that contain a word or a phrase, in the order of the text."""
    frame = snapshot.paragraphs
    if words.isascii():  # a simpler pattern first, which takes less than half of the time
        frame = frame.filter(pl.col("text").str.contains(word_pattern(words, pl.escape_regex, r"(?-u:\b)")))
    return frame.filter(pl.col("text").str.contains(word_pattern(words, pl.escape_regex)))


@dataclass(frozen=True)
class Contexts:
    """Hits of a word or a term: how many there are, and a page of them as rows."""

    rows: pl.DataFrame
    n_hits: int
    n_paragraphs: int
    n_documents: int
    is_cut: bool
    """Whether there are more hits: only those of the first `MAX_PARAGRAPHS` paragraphs were counted."""


_HIT = {
    "document_id": pl.String(), "paragraph_index": pl.Int32(), "start": pl.Int64(), "end": pl.Int64(),
    "left": pl.String(), "hit": pl.String(), "right": pl.String(),
}  # fmt: skip


def find_contexts(
    snapshot: Snapshot,
    words: str = "",
    term: str = "",
    order: str = "text",
    offset: int = 0,
    limit: int | None = PAGE_ROWS,
) -> Contexts:
    """The hits of a word or phrase, or of a term of the lexicon, in their contexts.

    `order` is that of the text, or of the nearest words on the left or on the right. `limit` None returns all.
    """
    if order not in KINDS_OF_ORDER:
        raise UsageError(f"hits cannot be sorted by {order!r}; use one of {', '.join(KINDS_OF_ORDER)}")
    found = _places_of_term(snapshot, term) if term else paragraphs_with(snapshot, words)
    keys = found.select("document_id", "paragraph_index")
    n_paragraphs, n_documents = found.height if not term else keys.n_unique(), keys["document_id"].n_unique()
    is_cut = limit is not None and n_paragraphs > MAX_PARAGRAPHS
    found = found.head(MAX_PARAGRAPHS) if is_cut else found
    places = found if term else _places_in(found, words)
    if order == "text":
        rows = _in_context(snapshot, places[offset : offset + limit] if limit is not None else places)
    else:
        near = pl.col("left").str.to_lowercase().str.extract_all(r"\w+").list.reverse().list.join(" ")
        key = near if order == "left" else pl.col("right").str.to_lowercase().str.strip_chars_start()
        rows = _in_context(snapshot, places).sort(key, maintain_order=True)
        rows = rows[offset : offset + limit] if limit is not None else rows
    return Contexts(rows, places.height, n_paragraphs, n_documents, is_cut)


def _places_of_term(snapshot: Snapshot, term: str) -> pl.DataFrame:
    return snapshot.terms.filter(pl.col("term") == term).select(
        "document_id", "paragraph_index", pl.col("start", "end").cast(pl.Int64)
    )


def _places_in(found: pl.DataFrame, words: str) -> pl.DataFrame:
    """The places of all hits in these paragraphs, in code points."""
    pattern = re.compile(word_pattern(words))
    hits = [[match.span() for match in pattern.finditer(text)] for text in found["text"]]
    lengths = pl.Series([len(spans) for spans in hits], dtype=pl.UInt32)
    flat = [span for spans in hits for span in spans]
    return (
        found.select("document_id", "paragraph_index")
        .select(pl.all().repeat_by(lengths))
        .filter(lengths > 0)
        .explode("document_id", "paragraph_index")
        .with_columns(
            start=pl.Series([start for start, _ in flat], dtype=pl.Int64),
            end=pl.Series([end for _, end in flat], dtype=pl.Int64),
        )
    )


def _in_context(snapshot: Snapshot, places: pl.DataFrame) -> pl.DataFrame:
    """The places with the text of the hit, and what stands before and after it."""
    if places.is_empty():
        return pl.DataFrame(schema=_HIT)
    start, end, text = pl.col("start"), pl.col("end"), pl.col("text")
    first = pl.max_horizontal(start - CONTEXT_CHARS, 0)
    return places.join(
        snapshot.paragraphs.select("document_id", "paragraph_index", "text"),
        on=["document_id", "paragraph_index"],
        how="left",
        maintain_order="left",
    ).select(
        "document_id",
        "paragraph_index",
        "start",
        "end",
        left=text.str.slice(first, start - first).str.replace_all("\n", " ", literal=True),
        hit=text.str.slice(start, end - start).str.replace_all("\n", " ", literal=True),
        right=text.str.slice(end, CONTEXT_CHARS).str.replace_all("\n", " ", literal=True),
    )


def first_contexts(snapshot: Snapshot, words: str, document_ids: pl.Series) -> dict[str, dict[str, Any]]:
    """The first hit in each of these documents, in its context, by document; documents without one are left out."""
    found = paragraphs_with(snapshot, words).filter(pl.col("document_id").is_in(document_ids.implode()))
    firsts = found.unique("document_id", keep="first", maintain_order=True)
    places = _places_in(firsts, words).unique("document_id", keep="first", maintain_order=True)
    return {row["document_id"]: row for row in _in_context(snapshot, places).iter_rows(named=True)}


# ------------------------------------------------------------------------------------------------------- lists of values


def list_terms(snapshot: Snapshot) -> pl.DataFrame:
    """The scored terms: how often in the author's voice and in quoted speech, and in how many documents."""
    by_author = pl.col("voice").is_in(["author", "scare_quoted"])
    return (
        snapshot.terms.filter(pl.col("category").is_in(SCORED_CATEGORIES))
        .group_by("term", "category")
        .agg(
            n=pl.len(),
            n_author=by_author.sum(),
            n_quoted=(~by_author).sum(),
            n_documents=pl.col("document_id").n_unique(),
            weight=pl.col("weight").sum().round(3),
        )
        .sort("n", "term", descending=[True, False])
    )


def list_speakers(snapshot: Snapshot) -> pl.DataFrame:
    """The speakers as the texts name them: quotations, words, documents, and the most frequent reporting verbs."""
    speech = snapshot.quotations.filter(pl.col("kind") == "speech", pl.col("speaker").is_not_null())
    verbs = (
        speech.filter(pl.col("cue").is_not_null())
        .group_by("speaker", "cue")
        .len()
        .sort("len", "cue", descending=[True, False])
        .group_by("speaker", maintain_order=True)
        .agg(cues=pl.col("cue").head(4).str.join(", "))
    )
    return (
        speech.group_by("speaker")
        .agg(n_quotations=pl.len(), n_words=pl.col("n_words").sum(), n_documents=pl.col("document_id").n_unique())
        .join(verbs, on="speaker", how="left")
        .sort("n_words", "speaker", descending=[True, False])
    )


def nearest_ids(snapshot: Snapshot, document_id: str) -> list[dict[str, Any]]:
    """Documents whose id begins like an unknown one, or whose file has this name; at most five."""
    found = snapshot.documents.filter(
        pl.col("document_id").str.starts_with(document_id[:6])
        | pl.col("source_uri").str.ends_with(document_id)
        | (pl.col("record") == document_id)
    )
    return found.select("document_id", "name", "source_uri").head(5).to_dicts()
