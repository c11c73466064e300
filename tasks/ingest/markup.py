"""Markdown and HTML to plain text that keeps only the marks of blocks.

What comes out has a line for each block and an empty line between blocks; headings begin with `# `, items with `- ` or
`1. `, block quotes with `> `, lines of code with four spaces. Links, emphasis and tags leave their words behind.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tasks.errors import FormatError
from tasks.ingest.decoding import take_invalid_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from markdown_it.token import Token

_FRONT_MATTER = re.compile(r"\ufeff?---[ \t]*\r?\n(.{0,20000}?)\r?\n(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.DOTALL)
_TAG = re.compile(r"<[^<>]*>")
_DECLARED_CHARSET = re.compile(rb"""<meta[^>]{0,200}charset\s{0,5}=\s{0,5}["']?([\w.:-]{2,40})""", re.IGNORECASE)


def split_front_matter(text: str) -> tuple[dict[str, Any], str]:
    r"""The fields of the YAML block that `text` begins with, and the rest; no fields and all of it if there is none.

    >>> split_front_matter("---\ntitle: A day\n---\nIt rained.")
    ({'title': 'A day'}, 'It rained.')
    """
    match = _FRONT_MATTER.match(text)
    if not match:
        return {}, text
    import yaml

    block, _ = take_invalid_bytes(match[1])
    # The loaders written in C; those in Python are quadratic in brackets.
    try:
        try:
            fields = yaml.load(block, yaml.CSafeLoader)
        except ValueError:  # a date or a number that there is not: as it is written, then
            fields = yaml.load(block, yaml.CBaseLoader)  # noqa: S506  # it makes nothing but strings
    except (yaml.YAMLError, RecursionError):
        return {}, text
    return (fields, text[match.end() :]) if isinstance(fields, dict) else ({}, text)


def plain_markdown(text: str) -> str:
    r"""Markdown without its inline marks.

    >>> plain_markdown("# A *big* day\n\nIt [rained](http://x).\n\n- all\n- day")
    '# A big day\n\nIt rained.\n\n- all\n- day'
    """
    from markdown_it import MarkdownIt

    return "\n".join(_blocks(MarkdownIt("commonmark").parse(text))).strip("\n")


def _blocks(tokens: list[Token]) -> Iterator[str]:
    """The lines of the plain text. Items of one list follow each other; other blocks stand apart."""
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


def declared_charset(raw: bytes) -> str | None:
    """The encoding that an HTML page says it has.

    >>> declared_charset(b'<meta charset="windows-1252">')
    'windows-1252'
    """
    match = _DECLARED_CHARSET.search(raw, 0, 4096)
    return match[1].decode("ascii") if match else None


def extract_article(page: str) -> tuple[dict[str, Any], str]:
    """What the page says of itself (title, date, source), and its article as plain text, without menus and comments.

    Raises FormatError where no article can be found.
    """
    import trafilatura
    from trafilatura.settings import Document

    tree = trafilatura.load_html(page)
    if tree is not None:
        # The extractor drops figures with their captions, which a reader of the page does see.
        for figure in tree.iter("figure", "figcaption"):
            figure.tag = "div" if figure.tag == "figure" else "p"
    article = (
        None
        if tree is None
        else trafilatura.bare_extraction(
            tree, include_comments=False, include_images=False, favor_recall=True, with_metadata=True
        )
    )
    if not isinstance(article, Document):
        text = trafilatura.html2txt(page)
        if not text or not text.strip():
            raise FormatError("no text was found on this page; save the article itself as .txt")
        return {}, text
    fields = {"title": article.title, "date": article.date, "source": article.sitename}
    return fields, "\n".join(_elements(article.body)).strip("\n")


def _elements(body: Any) -> Iterator[str]:  # an lxml element, which has no types
    """The lines of an extracted page, with the same marks as those of Markdown."""
    for element in body:
        match element.tag:
            case "list":
                for number, item in enumerate(element.iter("item"), 1):
                    mark = f"{number}. " if element.get("rend") == "ol" else "- "
                    if words := _words_of(item):
                        yield mark + words
                yield ""
                continue
            case "quote":
                paragraphs = [words for part in element.iter("p") if (words := _words_of(part))] or [_words_of(element)]
                lines = [f"> {words}" for words in paragraphs if words]
            case "head":
                lines = [f"# {_words_of(element)}"]
            case "div" | "table":
                yield from _elements(element)
                continue
            case _:
                lines = [_words_of(element)]
        for line in filter(None, lines):
            yield line
            yield ""


def _words_of(element: Any) -> str:
    return " ".join("".join(element.itertext()).split("\n")).strip()
