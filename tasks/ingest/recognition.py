"""Recognition: the format of a file, by its content first, then by its name.

The order of the rules:

1. A format with a pattern that fits the content is the file's format. Formats whose suffix decides (Markdown, tables as
   text) keep it.
2. A format that is known but not read (data/refused.toml) is refused, with what to do instead.
3. A family without a pattern (an HTML page, a PDF, a database) is read under any known suffix; an archive only under its
   own, because a text that is none is more often a mistake than an archive.
4. Text is read as the suffix says. A suffix that is unknown, or missing, means plain text.
5. What is left cannot be read. Markup or a container under an unknown suffix is a failure that says what it is, and a
   file of a suffix with many formats (.xml, .json) whose content is none of them is not an article.
"""

from __future__ import annotations

import os
import re
import tomllib
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING

from tasks.errors import FormatError, SkippedSource, SourceError
from tasks.ingest.compression import SUFFIXES as COMPRESSED
from tasks.ingest.formats import CONTENT_SUFFIXES, DEFAULT_FORMAT, FORMAT_OF_SUFFIX, FORMATS, Format, Signature
from tasks.ingest.model import STDIN, Source

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tasks.ingest.signatures import Content


@dataclass(frozen=True)
class Refused:
    """A format that is known but not read."""

    what: str
    signature: Signature
    suffixes: tuple[str, ...]
    instead: str
    is_article: bool

    def error(self, *, asked_for: bool) -> SourceError:
        """The error for a file of this format, which was named itself or found in a folder."""
        message = f"this is {self.what}, which is not read; {self.instead}"
        return FormatError(message) if self.is_article or asked_for else SkippedSource(message)


REFUSED = tuple(
    Refused(
        entry["what"],
        Signature(entry["family"], entry["pattern"]),
        tuple(entry["suffixes"]),
        entry["instead"],
        entry.get("article", True),
    )
    for entry in tomllib.loads(files(__package__).joinpath("data", "refused.toml").read_text("utf-8"))["refused"]
)
_REFUSED_SUFFIXES = frozenset(suffix for refused in REFUSED for suffix in refused.suffixes)


def suffix_of(name: str) -> str:
    """The suffix of a file's name in lower case, without that of a compression.

    >>> suffix_of("A.HTML.gz"), suffix_of("all.tgz"), suffix_of("notes")
    ('.html', '.tar', '')
    """
    base, suffix = os.path.splitext(name.lower())  # noqa: PTH122  # a tenth of the time, of many files
    if suffix not in COMPRESSED:
        return suffix
    return ".tar" if suffix.startswith(".t") else os.path.splitext(base)[1]  # noqa: PTH122


def recognise(content: Content, source: Source, export_markers: tuple[str, ...] = ()) -> Format:
    """The format of a source with this content. Raises FormatError or SkippedSource if it cannot be read.

    `export_markers` are the user's own words for exports (`markers`); some of them tell a format.

    >>> from tasks.ingest.signatures import examine
    >>> recognise(examine(b"It rained."), Source("a.xyz", "a.xyz", 10, "text")).name
    'text'
    >>> recognise(examine(b"<!DOCTYPE html><p>It rained."), Source("a.xyz", "a.xyz", 10, "text"))
    Traceback (most recent call last):
    tasks.errors.FormatError: this is an HTML page; name it .html and it will be read
    """
    if source.share is not None:  # a part of a file whose lines were divided by its name
        return FORMATS[source.format]
    suffix = "" if source.path == STDIN else suffix_of(source.path)
    named = FORMATS.get(FORMAT_OF_SUFFIX.get(suffix, ""))
    if named and named.keeps_name and not _is_binary(content):
        return named
    is_known = source.path == STDIN or named or suffix in CONTENT_SUFFIXES or suffix in _REFUSED_SUFFIXES
    found = _first(content, (form for form in FORMATS.values() if form.signature and form.signature.pattern))
    if found is None and content.family == "text" and _has_marker(content.evidence, export_markers):
        found = FORMATS["nexis_txt"]
    if found is None:
        _refuse(content, source, suffix)
        if named and named.signature and named.signature.family == content.family:
            return named
        found = _first(content, (form for form in FORMATS.values() if form.signature and not form.signature.pattern))
    if found and found.holds == "files" and source.path != STDIN and suffix not in found.suffixes:
        raise FormatError(f"this is {found.what}, not text; name it {found.suffixes[0]} and it will be read")
    if found and (is_known or content.family == "text"):
        if found.name != "html" or named is None or named.name != "text" or content.what == "an HTML page":
            return found
        return named  # a text that begins with a tag
    if found and suffix not in FORMAT_OF_SUFFIX:
        own = found.suffixes[0] if found.suffixes else f".{content.family}"
        raise FormatError(f"this is {found.what}; name it {own} and it will be read")
    return _by_name(content, source, suffix, named)


def _by_name(content: Content, source: Source, suffix: str, named: Format | None) -> Format:
    """The format by the suffix, of a file whose content shows none."""
    if suffix in CONTENT_SUFFIXES:
        message = f"this is {content.what}, not of a format that is read (docs/formats.md)"
        raise FormatError(message) if source.asked_for else SkippedSource(message)
    if named and named.signature and named.signature.family != content.family and named.name not in {"html", "parquet"}:
        way = "name it .txt and it will be read" if content.family == "text" else "look at how it was saved"
        if not content.evidence and content.family == "text":
            raise FormatError(f"the file is empty, not {named.what}; save it again")
        raise FormatError(f"this is {content.what}, not {named.what}; {way}")
    if named and (named.name != DEFAULT_FORMAT or not _is_binary(content)):
        return named
    if content.is_text or (suffix in {"", ".txt"} and source.path == STDIN) or (named and not _is_binary(content)):
        return FORMATS[DEFAULT_FORMAT]
    message = f"this is {content.what}, not text"
    if content.family == "json" and not source.asked_for:
        raise SkippedSource(message)
    raise FormatError(f"{message}; save its articles in a format that is read (docs/formats.md)")


def _has_marker(text: str, export_markers: tuple[str, ...]) -> bool:
    """Whether a text has a line that the user's own words tell as the first one of an exported article."""
    expressions = [entry.partition("=")[2] for entry in export_markers if entry.startswith("nexis_txt.numbered=")]
    return any(re.search(rf"^[ \t]*{expression}[ \t]*\r?$", text, re.MULTILINE) for expression in expressions)


def _is_binary(content: Content) -> bool:
    return content.family not in {"text", "html", "xml", "json", "binary"}


def _first(content: Content, forms: Iterable[Format]) -> Format | None:
    """The first of `forms` whose signature fits."""
    return next((form for form in forms if form.signature and fits(form.signature, content)), None)


def fits(signature: Signature, content: Content) -> bool:
    """Whether a content has a signature."""
    return signature.family == content.family and (
        not signature.pattern or re.search(signature.pattern, content.evidence, re.MULTILINE) is not None
    )


def _refuse(content: Content, source: Source, suffix: str) -> None:
    """Raise the error for a format that is known but not read."""
    for refused in REFUSED:
        by_name = suffix in refused.suffixes and content.family == refused.signature.family
        if by_name or (refused.signature.pattern and fits(refused.signature, content)):
            raise refused.error(asked_for=source.asked_for)
