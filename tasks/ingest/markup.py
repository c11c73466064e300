"""Texts that are written in HTML or Markdown without a name that says so: fields of records, and .txt files.

The signs must be certain, because an article may speak of a tag or hold an asterisk: of HTML an element of a block with
its end, or a line break; of Markdown links, or headings together with emphasis.
"""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tasks.parts import Parts

_BLOCK = "p|div|h[1-6]|ul|ol|li|blockquote|table|section|article|body"
_OPENING = re.compile(rf"<(?:{_BLOCK})(?:\s[^<>]*)?>", re.IGNORECASE)
_CLOSING = re.compile(rf"</(?:{_BLOCK})\s*>", re.IGNORECASE)
_INLINE = re.compile(r"<br\s{0,9}/?>|<(a|b|i|em|strong|span)(?:\s[^<>]{0,500})?>[^<>]{0,500}</\1>", re.IGNORECASE)
_WRITTEN_OUT = re.compile(rf"&lt;/(?:{_BLOCK})\s*&gt;", re.IGNORECASE)
_LINK = re.compile(r"(?<!!)\[[^\[\]\n]{1,200}\]\((?:https?://|/)[^()\s]{1,500}\)")
_HEADING = re.compile(r"^#{1,6} \S", re.MULTILINE)
_EMPHASIS = re.compile(r"(?<![\w*])\*\*[^\s*][^*\n]{0,300}\*\*(?![\w*])|^[*+-] \S", re.MULTILINE)
_QUOTED_TAG = re.compile(r"""[`"'“‘]</?\w+[^<>]*>[`"'”’]""")


def plain_markup(text: str, parts: Parts) -> tuple[str, str] | None:
    r"""The format (`html` or `markdown`) and the plain text of a text that is written in it; None for any other text.

    >>> from tasks.parts import unlimited
    >>> plain_markup("<p>It <b>rained</b>.</p><p>All day.</p>", unlimited())
    ('html', 'It rained.\n\nAll day.')
    >>> plain_markup("The tag <p> begins a paragraph.", unlimited()) is None
    True
    """
    if "<" not in text and _WRITTEN_OUT.search(text):
        text = unescape(text)
    if "<" in text and _is_html(text):
        parts.check(text.count("<"), "tags of HTML", each=3)
        return ("html", plain) if (plain := _plain_page(text)) else None
    if _is_markdown(text):
        from tasks.ingest.formats.markdown import plain_markdown

        parts.check(
            text.count("\n") + sum(map(text.count, "*_`[]<&\\")) // 2, "lines and pairs of marks of Markdown", 3
        )
        return "markdown", plain_markdown(text)
    return None


def _is_html(text: str) -> bool:
    opening = _OPENING.search(text)
    is_marked_up = (opening and _CLOSING.search(text, opening.end())) or _INLINE.search(text)
    return bool(is_marked_up) and not _QUOTED_TAG.search(text)


def _is_markdown(text: str) -> bool:
    if "](" not in text and "# " not in text:
        return False
    n_links = sum(1 for _ in _LINK.finditer(text))
    n_headings = sum(1 for _ in _HEADING.finditer(text))
    return (
        n_links > 1 or (n_links + n_headings > 0 and _EMPHASIS.search(text) is not None) or min(n_links, n_headings) > 0
    )


def _plain_page(text: str) -> str:
    """The plain text of an HTML page, or of a part of one, which is all article."""
    from tasks.errors import FormatError
    from tasks.ingest.formats.html import extract_article, write_blocks
    from tasks.ingest.pages.blocks import blocks_of
    from tasks.ingest.pages.parsing import parse_page

    if re.match(r"\s*<(?:!doctype|html)\b", text, re.IGNORECASE):
        try:
            return extract_article(text)[1]
        except FormatError:
            return ""
    tree = parse_page(text)
    return "" if tree is None else write_blocks(blocks_of(tree))
