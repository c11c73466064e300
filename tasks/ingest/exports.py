"""Exports of news archives: what their readers share, and those that word processors write (Nexis Uni, Factiva).

Such an export is a paper in which articles follow each other, each between marks of its archive, after a cover and a
list of contents that repeat the headlines. The marks are words of the archive's web pages (`markers`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tasks.errors import FormatError, SkippedSource
from tasks.ingest.articles import Article, Unread
from tasks.ingest.dates import find_date
from tasks.ingest.markers import either, markers
from tasks.ingest.paper import Paragraph, plain_paper, tidy_paragraphs

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tasks.options import Options


@dataclass
class Exported:
    """One article of an export: its paragraphs, and what its fields say."""

    body: list[Paragraph] = field(default_factory=list)
    fields: dict[str, Any] = field(default_factory=dict)
    id: str | None = None
    """The archive's own id of the article."""


def export_articles(found: Iterable[Exported], claimed: int, archive: str) -> Iterator[Article | Unread]:
    """The articles of an export, numbered; then a failure if the file claims to hold more than were found."""
    number = 0
    for number, exported in enumerate(found, 1):
        text = plain_paper(tidy_paragraphs(exported.body))
        fields = {name: value for name, value in exported.fields.items() if value}
        if "byline" in fields:
            fields["byline"] = _BY.sub("", fields["byline"])
        if exported.id:
            fields["provider_id"] = f"{archive}:{exported.id}"
        if text:
            yield Article(text, archive, number, exported.id, fields)
        else:
            title = fields.get("title", "it")
            yield Unread(SkippedSource(f"{title!r} has no text in this export"), exported.id or str(number))
    if number < claimed:
        yield Unread(
            FormatError(
                f"{number} of {claimed} articles were read: the file says that it holds {claimed}; "
                "compare its list of contents, and export it again"
            )
        )


_BY = re.compile(r"^(?:By|BY|Von|VON|Par|PAR|Por|POR)\s+(?=\S)")
"""The word before names in a byline. In lower case, it may be a part of a name."""


def exports_of_paper(paragraphs: Sequence[Paragraph], options: Options) -> Iterator[Article | Unread] | None:
    """The articles in a paper that is an export; None if it is none.

    `paragraphs` are as they were read: a form feed stands for a new page.
    """
    for archive, split in (("nexis", _nexis_articles), ("factiva", _factiva_articles)):
        if result := split(paragraphs, options):
            found, claimed = result
            return export_articles(found, claimed, archive)
    return None


# ----------------------------------------------------------------------------------------------------------- Nexis Uni


def _nexis_articles(paragraphs: Sequence[Paragraph], options: Options) -> tuple[list[Exported], int] | None:
    words = markers("nexis", options.export_markers)
    is_end = re.compile(rf"\s*{either(words['end'])}\s*", re.IGNORECASE).fullmatch
    ends = [place for place, paragraph in enumerate(paragraphs) if is_end(paragraph.text)]
    is_body = re.compile(rf"\s*{either(words['body'])}\s*").fullmatch
    bodies = [place for place, paragraph in enumerate(paragraphs) if is_body(paragraph.text)]
    if not ends or not bodies:
        return None
    count = re.compile(rf"\s*{either(words['count'])}\s*\((\d{{1,6}})\)\s*").fullmatch
    claimed = sum(int(match[1]) for paragraph in paragraphs if (match := count(paragraph.text)))
    found = []
    begin = 0
    for end in ends:
        body = next((place for place in bodies if begin <= place < end), end)
        found.append(_nexis_article(paragraphs[begin:body], paragraphs[body + 1 : end], words))
        begin = end + 1
    return found, claimed


def _nexis_article(head: Sequence[Paragraph], body: Sequence[Paragraph], words: dict[str, tuple[str, ...]]) -> Exported:
    """The article whose headline, source, date and labels are in `head`, the last part of which is its own."""
    lines = [(paragraph, " ".join(paragraph.text.split())) for paragraph in head]
    pages = [place for place, (paragraph, _) in enumerate(lines) if "\f" in paragraph.text]
    lines = (
        [line for line in lines[max(pages, default=-1) :] if line[1]] if pages else [line for line in lines if line[1]]
    )
    byline = re.compile(rf"{either(words['byline'])}:\s*(.+)")
    label = re.compile(rf"(?:{either(words['byline'])}|{either(words['label'])}):")
    exported = Exported()
    own = next((place for place, (_, text) in enumerate(lines) if label.match(text)), len(lines))
    for _, text in lines[own:]:
        if match := byline.match(text):
            exported.fields["byline"] = match[1]
    dated = [place for place, (_, text) in enumerate(lines[:own]) if place and _is_date_line(text)]
    heading = max((place for place, (paragraph, _) in enumerate(lines[:own]) if paragraph.kind), default=None)
    place = dated[-1] if dated else None if heading is None else heading + 2
    if place is not None:
        exported.fields["date"] = find_date(lines[place][1]) if place < len(lines) else None
        if heading is None or heading >= place:
            heading = max(place - 2, 0)
        exported.fields["title"] = lines[heading][1]
        exported.fields["source"] = lines[place - 1][1] if heading < place - 1 else None
        exported.id = _content_id(lines[heading][0].link)
    after = re.compile(rf"{either(words['after'])}\s*(?::.*)?", re.DOTALL)
    for paragraph in body:
        if after.fullmatch(" ".join(paragraph.text.split())):
            break
        exported.body.append(paragraph)
    return exported


def _is_date_line(text: str) -> bool:
    """Whether a line is a date, perhaps with a day of the week, a time and an edition, and nothing before it."""
    return (
        len(text) < 80
        and ":" not in text.split(" ", maxsplit=1)[0]
        and find_date(text[:40]) is not None
        and not re.match(r"[^\W\d_]+(?: [^\W\d_]+)*:|\W*copyright|©", text, re.IGNORECASE)
    )


def _content_id(link: str) -> str | None:
    match = re.search(r"urn(?::|%3A)contentItem(?::|%3A)([\w-]{6,60})", link, re.IGNORECASE)
    return match[1] if match else None


# ------------------------------------------------------------------------------------------------------------- Factiva

_NUMBER = r"[A-Z0-9]{5,12}\d{8}[a-z0-9]{6,12}"
"""The form of Factiva's accession numbers: source, date, and a number of its own."""


def _factiva_articles(paragraphs: Sequence[Paragraph], options: Options) -> tuple[list[Exported], int] | None:
    words = markers("factiva", options.export_markers)
    last = re.compile(rf"\s*{either(words['document'])}\s+({_NUMBER})\s*").fullmatch
    found = []
    pending: list[Paragraph] = []
    for paragraph in paragraphs:
        if match := last(paragraph.text):
            exported = factiva_article([line for line in pending if line.text.strip()], options)
            exported.id = match[1]
            found.append(exported)
            pending = []
        else:
            pending.append(paragraph)
    return (found, 0) if found else None


_CODE_LINE = re.compile(
    r"(SE|HD|BY|CR|WC|PD|ET|SN|SC|NGC|GC|ED|PG|VOL|LA|CY|LP|TD|CT|CO|IN|NS|RE|IPD|IPC|PUB|RF|ART|CX|AN)(?:\s*[|\t]\s*|\s+|$)(.*)",
    re.DOTALL,
)


def factiva_article(lines: Sequence[Paragraph], options: Options) -> Exported:
    """An article of Factiva from its lines: with codes before each field, or in the order in which they are shown."""
    coded = [match for line in lines if (match := _CODE_LINE.match(line.text.strip()))]
    if {"HD", "PD"} <= {match[1] for match in coded}:
        return _coded_article(lines)
    words = markers("factiva", options.export_markers)
    texts = [" ".join(line.text.split()) for line in lines]
    count = re.compile(rf"[\d.,\s]+{either(words['words'])}", re.IGNORECASE)
    place = next((i for i, text in enumerate(texts[:12]) if i and count.fullmatch(text)), None)
    if place is None:
        return Exported(list(lines[1:]), {"title": texts[0] if texts else None})
    title, byline = _headline(lines[:place])
    exported = Exported(fields={"title": title, "byline": byline})
    dated = next((i for i in range(place + 1, min(place + 4, len(texts))) if find_date(texts[i])), place)
    exported.fields["date"] = find_date(texts[dated])
    own = dated + 1
    if own < len(texts) and re.fullmatch(r"\d{1,2}[:.]\d\d(?: [A-Z]{2,4})?", texts[own]):
        own += 1
    exported.fields["source"] = texts[own] if own < len(texts) else None
    begin = _begin_of_text(texts, own + 1, words)
    exported.body = list(lines[begin:])
    return exported


def _headline(lines: Sequence[Paragraph]) -> tuple[str | None, str | None]:
    """The headline and the byline among the lines above the number of words; a section may stand before them."""
    texts = [" ".join(line.text.split()) for line in lines]
    place = next((i for i, line in enumerate(lines) if line.kind or line.is_bold), 1 if len(texts) > 2 else 0)
    return texts[place], texts[place + 1] if len(texts) > place + 1 else None


def _begin_of_text(texts: Sequence[str], place: int, words: dict[str, tuple[str, ...]]) -> int:
    """The first line after codes, language, page and copyright."""
    language = set(words["language"])
    last = place
    for i in range(place, min(place + 8, len(texts))):
        text = texts[i]
        if re.match(r"(?:\(c\)|©|copyright)", text, re.IGNORECASE):
            return i + 1
        if text in language or re.fullmatch(r"[A-Z0-9]{2,10}|[A-Z]?\d{1,4}(?:[-,] ?\w{1,4})*", text):
            last = i + 1
    return last


def _coded_article(lines: Sequence[Paragraph]) -> Exported:
    """An article with a code of two or three letters before each field."""
    values: dict[str, list[Paragraph]] = {}
    code = ""
    for line in lines:
        text = line.text.strip()
        if (match := _CODE_LINE.match(text)) and (match[1] != code):
            code, text = match[1], match[2].strip(" |\t")
        if text:
            values.setdefault(code, []).append(Paragraph(text.rstrip(" |")))
    return coded_fields(values)


def coded_fields(values: dict[str, list[Paragraph]]) -> Exported:
    """An article by Factiva's codes: the text is lead (LP) and rest (TD)."""

    def first(code: str) -> str | None:
        return " ".join(" ".join(part.text for part in values.get(code, [])).split()) or None

    number = re.search(_NUMBER, first("AN") or "")
    fields = {"title": first("HD"), "byline": first("BY"), "source": first("SN"), "date": find_date(first("PD") or "")}
    return Exported(values.get("LP", []) + values.get("TD", []), fields, number[0] if number else None)
