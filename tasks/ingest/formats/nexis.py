"""Old exports of Nexis as plain text: articles under lines such as `1 of 3 DOCUMENTS`, in lines of 78 characters."""

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

_CENTRED = 8
"""Least number of blanks before a line that stands in the middle of the page."""


def read_articles(stream: IO[bytes], source: Source, options: Options) -> Iterator[Article | Unread]:
    """The articles of a file."""
    raw = read_whole(stream, options.limits.max_document_bytes, "--max-document-bytes", source.uri)
    lines = decode(raw).text.replace("\r\n", "\n").replace("\f", "\n").split("\n")
    words = markers("nexis_txt", options.export_markers)
    numbered = re.compile("|".join(rf"(?:{expression})" for expression in words["numbered"]))
    places: list[int] = []
    claimed = 0
    for place, line in enumerate(lines):
        if match := numbered.fullmatch(line.strip()):
            number, count = [int(group[-9:]) for group in match.groups() if group][:2]
            claimed += count if number == 1 else 0
            places.append(place)
    found = (
        _article(lines[begin + 1 : end], words) for begin, end in zip(places, [*places[1:], len(lines)], strict=True)
    )
    return export_articles(found, claimed, "nexis")


def _article(lines: Sequence[str], words: Markers) -> Exported:
    """One article: in the middle its source and date, then the headline, labels, the text, labels, the copyright."""
    exported = Exported()
    is_label = re.compile(rf"({either(words['byline'] + words['title'] + words['label'])}):\s*(.*)", re.DOTALL).match
    is_after = re.compile(rf"{either(words['after'])}:").match
    in_text = False
    for block in _blocks(lines):
        is_centred = all(line.startswith(" " * _CENTRED) for line in block)
        text = " ".join(" ".join(block).split())
        if is_centred and (not in_text or re.match(r"(?:copyright|©|\(c\))", text, re.IGNORECASE)):
            if in_text:
                break
            _add_centred([line.strip() for line in block], exported)
        elif is_after(text):
            break
        elif match := None if exported.body else is_label(text):
            in_text = True
            if match[1] in words["byline"]:
                exported.fields["byline"] = match[2]
            elif match[1] in words["title"]:
                exported.fields["title"] = match[2]
        elif not in_text and "title" not in exported.fields:
            exported.fields["title"] = text
        else:
            in_text = True
            exported.body.append(Paragraph(text))
    return exported


def _add_centred(lines: Sequence[str], exported: Exported) -> None:
    """Take source and date from lines in the middle of the page."""
    for line in lines:
        if not re.match(r"(?:copyright|©|\(c\))", line, re.IGNORECASE) and (date := find_date(line)):
            exported.fields.setdefault("date", date)
        else:
            exported.fields.setdefault("source", line)


def _blocks(lines: Sequence[str]) -> Iterator[list[str]]:
    """Lines without an empty line between them."""
    block: list[str] = []
    for line in [*lines, ""]:
        if line.strip():
            block.append(line)
        elif block:
            yield block
            block = []
