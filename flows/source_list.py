"""What each file is taken for: the answer of `overtones run --list`, before anything is analyzed."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flows.paths import STDIN, is_address
from flows.stores.sources import list_objects
from tasks.errors import SKIPPED
from tasks.report.phrasing import count

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from flows.settings import Settings


@dataclass(frozen=True)
class Listed:
    """A file, and what it is taken for or why it is not read."""

    source_uri: str
    format: str | None
    """The name of its format; None if it is not read."""
    what: str
    """The format in words, or the message that says why it is not read."""
    n_bytes: int | None = None
    error: str | None = None


def list_sources(settings: Settings) -> Iterator[Listed]:
    """Every file below the SOURCEs, in order, then what is left out or cannot be read.

    The first bytes of each file are read; objects in stores and standard input are told by their names alone.
    """
    from tasks.ingest import find_sources, identify
    from tasks.ingest.formats import FORMATS
    from tasks.store import holds_tables

    sources, failures = find_sources(settings.source, list_objects, holds_tables, follow_links=settings.follow_links)
    for source in sources:
        if source.path == STDIN or is_address(source.path):
            yield Listed(source.uri, source.format, f"{FORMATS[source.format].what}, by its name", source.n_bytes)
            continue
        found = identify(source, settings.options)
        if isinstance(found, tuple):
            yield Listed(source.uri, *found, source.n_bytes)
        else:
            failures.append(found)
    for failure in sorted(failures, key=lambda failure: failure.source_uri):
        message = failure.message.removeprefix(f"{failure.source_uri}: ")
        yield Listed(failure.source_uri, None, message, error=failure.error)


def listing(files: Sequence[Listed]) -> Iterator[str]:
    """A line for each file, with the formats in a column.

    >>> list(listing([Listed("a.txt", "text", "plain text", 9), Listed("b.png", None, "a .png file", None, "SkippedSource")]))
    ['plain text  a.txt', 'left out    b.png: a .png file']
    """
    words = {
        listed: listed.what if listed.format else _OUTCOMES.get(listed.error or "", "not read") for listed in files
    }
    width = max(map(len, words.values()), default=0)
    for listed in files:
        why = "" if listed.format else f": {listed.what}"
        yield f"{words[listed].ljust(width)}  {listed.source_uri}{why}"


def summary_line(files: Sequence[Listed]) -> str:
    """How many files there are of each kind.

    >>> summary_line([Listed("a.txt", "text", "plain text", 9), Listed("b.txt", "text", "plain text", 9)])
    '2 files: 2 plain text'
    """
    kinds = Counter(listed.what if listed.format else _OUTCOMES.get(listed.error or "", "not read") for listed in files)
    return f"{count(len(files), 'file')}: {', '.join(f'{n:,} {kind}' for kind, n in kinds.most_common())}"


_OUTCOMES = {SKIPPED: "left out"}
