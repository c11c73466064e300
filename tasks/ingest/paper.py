"""Papers: what the readers of word processors' files share. A paper is a list of paragraphs with the styles that matter.

From it comes one article with its title, or as many as an export of a news archive holds (`exports`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

_JUNK_TITLE = re.compile(
    r"(?i)\A(?:microsoft (?:word|powerpoint) - .*|(?:document|dokument|untitled|sans titre|unbenannt|title)\W*\d*|.*\.(?:docx?|odt|rtf|pdf|txt|indd|qxp))\Z"
)


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph: its text, with line breaks where the author made them, and what its style says."""

    text: str
    kind: str = ""
    """`title`, `heading`, `item`, `quote`, or empty."""
    link: str = ""
    """The address that it is linked with, if any."""
    is_bold: bool = False
    """Whether all of it is bold, where the reader tells."""


_MARKS = {"heading": "# ", "item": "- ", "quote": "> "}


def plain_paper(paragraphs: Iterable[Paragraph]) -> str:
    r"""The text of paragraphs, with the marks of `formats.markdown`.

    >>> plain_paper([Paragraph("A day", "heading"), Paragraph("It rained."), Paragraph("all", "item")])
    '# A day\n\nIt rained.\n\n- all'
    """
    return "\n\n".join(_MARKS.get(paragraph.kind, "") + paragraph.text for paragraph in paragraphs)


def tidy_paragraphs(paragraphs: Iterable[Paragraph]) -> list[Paragraph]:
    """Paragraphs without empty ones, empty lines, runs of blanks, and soft hyphens."""
    tidy = []
    for paragraph in paragraphs:
        text = paragraph.text.replace("\N{SOFT HYPHEN}", "")
        lines = [" ".join(line.split()) for line in text.split("\n")]
        if text := "\n".join(filter(None, lines)):
            tidy.append(replace(paragraph, text=text))
    return tidy


def split_title(
    paragraphs: Sequence[Paragraph], declared: Callable[[], object] = lambda: None
) -> tuple[str | None, list[Paragraph]]:
    """The title of a paper, and its paragraphs without it.

    The title is the first paragraph in the style of titles, else a heading that comes first, else the title that the
    file's properties declare, unless a program made it. A paragraph that repeats it at the begin is not text.

    >>> split_title([Paragraph("A day", "title"), Paragraph("It rained.")])
    ('A day', [Paragraph(text='It rained.', kind='', link='', is_bold=False)])
    """
    rest = list(paragraphs)
    for place, paragraph in enumerate(rest[:_N_FIRST]):
        if paragraph.kind == "title" or (paragraph.kind == "heading" and place == 0):
            del rest[place]
            return " ".join(paragraph.text.split()), [_as_heading(other) for other in rest]
    title = " ".join(str(declared() or "").split())
    if not title or _JUNK_TITLE.match(title):
        return None, rest
    if rest and _folded(rest[0].text) == _folded(title):
        del rest[0]
    return title, rest


_N_FIRST = 5
"""Number of paragraphs among which the title is: a kicker, a date or a byline may stand before it."""


def _as_heading(paragraph: Paragraph) -> Paragraph:
    return replace(paragraph, kind="heading") if paragraph.kind == "title" else paragraph


def _folded(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))


def paper_fields(title: str | None, **others: Any) -> dict[str, Any]:
    """The fields of an article that are known."""
    return {name: value for name, value in {"title": title, **others}.items() if value}
