r"""Pieces of HTML or XHTML that are an article and nothing else, as a feed, an agency or a mail holds them.

All of the text is kept, in the plain text that `formats.markdown` describes: a line for each block, an empty line between
blocks, `# `, `- ` and `> ` as marks. Scripts, styles, forms and captions of pictures are left out. A page with menus and
notices around its article is for `formats.html`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html import unescape
from typing import Any

from tasks.ingest.formats.xml_tree import local_name

_LEFT_OUT = frozenset(
    """
    script style head title template noscript iframe object embed form button select option textarea svg math audio
    video figcaption media media-caption media-producer media-reference caption
    """.split()
)
_BLOCKS = frozenset(
    """
    address article aside block blockquote body bq center dd details div dl dt fieldset fig figure footer h1 h2 h3 h4 h5
    h6 header hl1 hl2 hr li main nav note ol p pre section summary table tbody td tfoot th thead tr ul html credit
    """.split()
)
_HEADINGS = frozenset("h1 h2 h3 h4 h5 h6 hl1 hl2".split())
_CAPTION_CLASS = re.compile(r"caption-text|caption__|figcaption|(?:^|[\s_-])caption(?:$|[\s_-])", re.IGNORECASE)
_MARKUP = re.compile(r"</?[A-Za-z][A-Za-z0-9]*(?:\s[^<>]{0,5000})?/?>|<!--")
_PARAGRAPH_END = re.compile(r"\n[ \t\xa0]*\n\s*|\n\s*\n")


def fragment_text(content: str) -> str:
    r"""The plain text of a piece of HTML, or of plain text, in which an empty line ends a paragraph.

    >>> print(fragment_text("<h2>So</h2><p>It <b>rain</b>ed.<br>Much.</p><ul><li>a<li>b</ul><script>x()</script>"))
    # So
    <BLANKLINE>
    It rained. Much.
    <BLANKLINE>
    - a
    - b
    >>> fragment_text("Bread &amp; butter\n\nand  jam")
    'Bread & butter\n\nand jam'
    """
    if not _MARKUP.search(content):
        return plain_text(unescape(content))
    from lxml import etree

    tree = etree.HTML(content.replace("\0", ""), etree.HTMLParser(remove_comments=True, remove_pis=True))
    return "" if tree is None else element_text(tree)


def plain_text(content: str) -> str:
    """Plain text with each paragraph on one line and empty lines between; an empty line ends a paragraph.

    If there is none, each line is a paragraph.
    """
    content = content.replace("\r\n", "\n").replace("\r", "\n").strip()
    pieces = _PARAGRAPH_END.split(content) if _PARAGRAPH_END.search(content) else content.split("\n")
    return "\n\n".join(filter(None, (" ".join(piece.split()) for piece in pieces)))


def element_text(element: Any, *, left_out: frozenset[str] = frozenset()) -> str:
    """The plain text of an element of HTML, XHTML or NITF, without the elements whose local names are `left_out`."""
    from lxml import etree

    writer = _Writer()
    walker = etree.iterwalk(element, events=("start", "end", "comment", "pi"))
    for event, node in walker:
        if event in {"comment", "pi"}:
            writer.add(node.tail)
            continue
        name = local_name(node)
        is_out = name in _LEFT_OUT or name in left_out or _is_caption(node)
        if event == "start":
            if is_out:
                walker.skip_subtree()
            else:
                writer.open(name)
                writer.add(node.text)
        else:
            if not is_out:
                writer.close(name)
            if node is not element:
                writer.add(node.tail)
    writer.end_block()
    return "\n".join(writer.lines).strip("\n")


def _is_caption(node: Any) -> bool:
    return _CAPTION_CLASS.search(node.get("class") or "") is not None


@dataclass
class _Writer:
    """The lines of a text whose elements are opened and closed in order."""

    lines: list[str] = field(default_factory=list)
    _words: list[str] = field(default_factory=list)
    _lists: list[int | None] = field(default_factory=list)
    """For each open list the number of its next item, None for bullets."""
    _mark: str = ""
    _n_quotes: int = 0
    _n_verbatim: int = 0

    def add(self, text: str | None) -> None:
        """Text of the current block."""
        if text:
            self._words.append(text if self._n_verbatim else " ".join(re.split(r"[ \t\r\n\f]+", text)))

    def open(self, name: str) -> None:
        if name == "br":
            self._words.append("\n")
        elif name in _BLOCKS:
            self.end_block()
            if name in {"ul", "ol"}:
                self._lists.append(1 if name == "ol" else None)
            elif name == "li":
                self._mark = self._next_item()
            elif name in _HEADINGS:
                self._mark = "# "
            elif name in {"blockquote", "bq"}:
                self._n_quotes += 1
            elif name == "pre":
                self._n_verbatim += 1

    def close(self, name: str) -> None:
        if name not in _BLOCKS:
            return
        self.end_block()
        if name in {"ul", "ol"} and self._lists:
            self._lists.pop()
            if not self._lists and self.lines and self.lines[-1]:
                self.lines.append("")
        elif name in {"li", *_HEADINGS}:
            self._mark = ""
        elif name in {"blockquote", "bq"}:
            self._n_quotes -= 1
        elif name == "pre":
            self._n_verbatim -= 1

    def end_block(self) -> None:
        """Write the block that is open; two line breaks in a row part it."""
        content = "".join(self._words)
        self._words.clear()
        for piece in _PARAGRAPH_END.split(content.strip()):
            if words := " ".join(piece.split()):
                self.lines.append(("> " if self._n_quotes else "") + self._mark + words)
                if not (self._lists and self._mark):
                    self.lines.append("")
                self._mark = ""

    def _next_item(self) -> str:
        number = self._lists[-1] if self._lists else None
        if number is None:
            return "- "
        self._lists[-1] = number + 1
        return f"{number}. "
