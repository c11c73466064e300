"""Markdown to plain text that keeps only block marks.

The result has one line per block and an empty line between blocks. Headings begin with `# `, items with `- ` or `1. `,
block quotes with `> `, lines of code with four spaces. Of links, emphasis and tags, only the words are kept.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tasks.ingest.decoding import decode
from tasks.ingest.formats.markup import hide_invalid_bytes, make_markup_document
from tasks.ingest.front_matter import split_front_matter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from markdown_it.token import Token

    from tasks.ingest.model import Document, Source
    from tasks.parts import Parts

_TAG = re.compile(r"<[^<>]*>")
_MARKS = "*_`[]<&\\"
"""Characters of inline marks; each may be half of a pair."""


def read(raw: bytes, source: Source, parts: Parts) -> Document:
    """The document with an article in Markdown.

    Its parser takes two kilobytes per list item, and half as much per word in italics.
    """
    decoded = decode(raw)
    fields, text = split_front_matter(decoded.text)
    n_lines = 1 + text.count("\n") - text.count("\n\n")
    parts.check(n_lines + sum(map(text.count, _MARKS)) // 2, "lines and pairs of marks of Markdown", each=3)
    return make_markup_document(source, "markdown", decoded, raw, fields, plain_markdown(hide_invalid_bytes(text)))


def plain_markdown(text: str) -> str:
    r"""Markdown without its inline marks.

    >>> plain_markdown("# A *big* day\n\nIt [rained](http://x).\n\n- all\n- day")
    '# A big day\n\nIt rained.\n\n- all\n- day'
    """
    from markdown_it import MarkdownIt

    return "\n".join(_blocks(MarkdownIt("commonmark").parse(text))).strip("\n")


def _blocks(tokens: list[Token]) -> Iterator[str]:
    """The lines of the plain text. Items of one list are consecutive; other blocks are separated by empty lines."""
    lists: list[int | None] = []  # for each open list the number of its next item, None for bullets
    mark = ""
    n_quotes = 0
    for token in tokens:
        match token.type:
            case "heading_open":
                mark = "# "
            case "blockquote_open":
                n_quotes += 1
            case "blockquote_close":
                n_quotes -= 1
            case "bullet_list_open":
                lists.append(None)
            case "ordered_list_open":
                lists.append(int(token.attrs.get("start", 1)))
            case "bullet_list_close" | "ordered_list_close":
                lists.pop()
                if not lists:
                    yield ""
            case "list_item_open":
                number = lists[-1]
                mark = "- " if number is None else f"{number}. "
                lists[-1] = None if number is None else number + 1
            case "inline" | "html_block":
                words = (
                    _TAG.sub("", token.content) if token.type == "html_block" else _inline_text(token.children or [])
                )
                words = " ".join(words.split("\n")).strip()
                if words:
                    yield ("> " if n_quotes else "") + mark + words
                    mark = ""
                    if not lists:
                        yield ""
            case "fence" | "code_block":
                yield from ("    " + line for line in token.content.splitlines())
                yield ""
            case _:
                pass


def _inline_text(tokens: list[Token]) -> str:
    parts = []
    for token in tokens:
        if token.type in {"softbreak", "hardbreak"}:
            parts.append("\n")
        elif token.type == "image":
            parts.append(_inline_text(token.children or []))
        elif token.type != "html_inline":
            parts.append(token.content)
    return "".join(parts)
