"""Exports of ProQuest as plain text: articles under lines such as `Document 1 of 20`, with a label before each field."""

from __future__ import annotations

import re
from typing import IO, TYPE_CHECKING

from tasks.ingest.compression import read_whole
from tasks.ingest.dates import find_date
from tasks.ingest.decoding import decode
from tasks.ingest.exports import Exported, export_articles
from tasks.ingest.markers import Markers, either, markers
from tasks.ingest.paper import Paragraph

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tasks.ingest.articles import Article, Unread
    from tasks.ingest.model import Source
    from tasks.options import Options

_RULE = re.compile(r"_{10,}\s*")
_WRAPPED = 100
"""Lines of a text that has none longer are parts of paragraphs, not paragraphs."""


def read_articles(stream: IO[bytes], source: Source, options: Options) -> Iterator[Article | Unread]:
    """The articles of a file."""
    raw = read_whole(stream, options.limits.max_document_bytes, "--max-document-bytes", source.uri)
    lines = decode(raw).text.replace("\r\n", "\n").split("\n")
    words = markers("proquest", options.export_markers)
    numbered = re.compile(rf"{either(words['count'])} (\d{{1,6}}) \w+ (\d{{1,6}})")
    claimed = 0
    articles: list[list[str]] = []
    is_open = False
    for line in lines:
        if match := numbered.fullmatch(line.strip()):
            claimed += int(match[2]) if int(match[1]) == 1 else 0
            articles.append([])
            is_open = True
        elif _RULE.fullmatch(line):
            is_open = False
        elif is_open:
            articles[-1].append(line)
    if not articles:  # a single document has no number
        articles = [part for part in _parts(lines) if any(line.startswith(words["text"]) for line in part)]
    return export_articles((_article(article, words) for article in articles), claimed, "proquest")


def _parts(lines: Sequence[str]) -> Iterator[list[str]]:
    """The lines between rules."""
    part: list[str] = []
    for line in lines:
        if _RULE.fullmatch(line):
            yield part
            part = []
        else:
            part.append(line)
    yield part


def _article(lines: Sequence[str], words: Markers) -> Exported:
    """One article: the headline, then fields, each from its label to the next one."""
    labels = [word for place, words_ in words.items() if place != "count" for word in words_]
    label = re.compile(rf"({either(tuple(labels))}):(?:\s+(.*)|$)|(?:Illustrations?|Photographs?)\s*$")
    values: dict[str, list[str]] = {}
    name = ""
    for line in lines:
        if match := label.match(line):
            name = match[1] or "Illustration"
            if name in values:  # the first of several
                name = f"{name}, again"
            values[name] = [match[2] or ""]
        else:
            values.setdefault(name, []).append(line)

    def first(place: str) -> str:
        return next((" ".join(" ".join(values[word]).split()) for word in words[place] if word in values), "")

    headline = next((line.strip() for line in values.get("", []) if line.strip()), "")
    info = first("info")
    fields = {
        "title": first("title") or headline,
        "source": first("source").partition(";")[0] or info.partition(";")[0].partition(" [")[0],
        "date": find_date(first("date")) or find_date(info) or first("date"),
        "byline": first("byline"),
    }
    text = next((values[word] for word in words["text"] if word in values), [])
    return Exported([Paragraph(part) for part in _paragraphs(text)], fields, first("id") or None)


def _paragraphs(lines: Sequence[str]) -> list[str]:
    """The paragraphs of a text: parted by empty lines or, where lines are long, by line ends."""
    is_wrapped = max(map(len, lines), default=0) <= _WRAPPED
    if not is_wrapped:
        return list(lines)
    return [" ".join(block.split("\n")) for block in re.split(r"\n\s*\n", "\n".join(lines))]
