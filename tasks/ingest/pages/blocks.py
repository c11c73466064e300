"""The blocks of a page: what a browser shows as paragraphs, headings, items, captions and rows of a table.

All visible text of the page is in exactly one block. Which blocks are the article is decided in `selection`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tasks.ingest.pages.names import is_hidden, roles_of

if TYPE_CHECKING:
    from collections.abc import Iterator

HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_BLOCK_TAGS = HEADINGS | frozenset(
    "address article aside blockquote body caption center dd details dialog div dl dt fieldset figcaption figure footer "
    "form header hgroup hr html legend li main nav ol p pre section summary table tbody tfoot thead tr td th ul".split()
)
_NOT_TEXT = frozenset(
    "applet area audio base button canvas datalist embed head iframe input link map math meta noscript object option "
    "optgroup param picture progress rp rt script select source style svg template textarea title track video".split()
)
_OUTSIDE = frozenset({"nav", "footer", "form", "dialog", "aside"})
_SPACE = re.compile(r"\s+")
_INVISIBLE = dict.fromkeys((0, 1, 0xAD, 0x200B, 0x2060, 0xFEFF))
"""Soft hyphens, characters without width, and those that are used as marks here."""
_BREAK = "\0"
"""A line break in the pieces of a block."""
_CELL = "\x01"
"""The beginning of a cell."""
_SENTENCE_END = re.compile(r"[.!?:…][\"'”’»)\]]*$")
_RAISED = str.maketrans("0123456789+-()abcdefghijklmnoprstuvwxyz", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻ")
_MAX_CELL = 300
"""Number of characters of a cell of a table of data. A longer one is a part of a page that is laid out by a table."""
_MIN_SENTENCE = 8
_LONGEST_CAPTION = 60
"""Number of words of a caption. A longer one is text of a page that names everything a caption."""
_MAX_HEADING_WORDS = 14
"""A heading with more words that ends as a sentence does is a first paragraph in large type."""


@dataclass(slots=True)
class Block:
    """One block of a page."""

    element: Any
    """The innermost block element that holds its first words."""
    kind: str
    """`text`, `heading`, `item`, `caption`, `row`, `quote` or `credit` (who is quoted)."""
    mark: str
    """The mark of Markdown that stands before it."""
    paragraphs: list[str]
    n_linked: int
    """Number of characters in links."""
    path: list[Any]
    """Its ancestors, the page first, `element` last."""
    outside: tuple[Any, ...]
    """Those of its ancestors that the page calls no part of an article: a menu, a footer, share links."""
    doubtful: tuple[Any, ...]
    """Those that it calls by names that some pages give to an article, too."""
    is_hidden: bool
    places: list[tuple[Any, str]]
    """Where its text is in the tree: elements, and whether it is their `text` or their `tail`."""

    @property
    def text(self) -> str:
        """Its words, on one line."""
        return " ".join(self.paragraphs)

    @property
    def is_sentence(self) -> bool:
        """Whether it looks like a sentence or more of an article."""
        return (
            self.text.count(" ") + 1 >= _MIN_SENTENCE
            and _SENTENCE_END.search(self.text) is not None
            and self.n_linked <= len(self.text) // 2
        )

    @property
    def is_outside(self) -> bool:
        """Whether the page calls it no part of an article, or hides it."""
        return bool(self.outside or self.doubtful) or self.is_hidden


@dataclass(slots=True)
class _Open:
    """A block element that is open while the tree is read."""

    element: Any
    tag: str
    outside: tuple[Any, ...]
    doubtful: tuple[Any, ...]
    is_hidden: bool
    is_caption: bool
    is_quote: bool
    is_data: bool = False
    """Of a table: whether its rows are rows of data."""
    numbers: list[int] = field(default_factory=list)
    """Of an ordered list: the number of its next item."""


def blocks_of(tree: Any) -> list[Block]:
    """The blocks of a page, in their order."""
    return list(_Reader().read(tree))


class _Reader:
    def __init__(self) -> None:
        self._stack: list[_Open] = []
        self._pieces: list[str] = []
        self._places: list[tuple[Any, str]] = []
        self._n_linked = 0
        self._n_links = 0
        self._mark = ""

    def read(self, tree: Any) -> Iterator[Block]:
        """The blocks below `tree`. Depth is no matter, because nothing here calls itself."""
        from lxml import etree

        walk = etree.iterwalk(tree, events=("start", "end", "comment", "pi"))
        for event, node in walk:
            if event == "start":
                if node.tag in _NOT_TEXT:
                    walk.skip_subtree()
                    continue
                yield from self._start(node)
                if node.tag == "sup":
                    self._raise(node)
                    walk.skip_subtree()
                else:
                    self._add(node, "text")
            else:
                if event == "end" and node.tag not in _NOT_TEXT:
                    yield from self._end(node)
                if node is not tree:
                    self._add(node, "tail")
        yield from self._flush()

    def _add(self, node: Any, place: str) -> None:
        text = getattr(node, place)
        if not text:
            return
        text = text.translate(_INVISIBLE)
        if any(level.tag == "pre" for level in self._stack[-3:]):
            text = text.replace("\n", _BREAK)
        text = _SPACE.sub(" ", text)
        self._pieces.append(text)
        if not text.isspace():
            self._places.append((node, place))
            if self._n_links:
                self._n_linked += len(text.strip())

    def _raise(self, node: Any) -> None:
        """A superscript: the mark of a footnote is left out, a digit or letter is written as a small raised one."""
        text = "".join(node.itertext()).strip()
        is_note = self._n_links or len(node) or "footnote" in roles_of(node) | roles_of(node.getparent())
        before = "".join(self._pieces[-2:])
        if re.fullmatch(r"\[?(?:\d{1,3}|[a-z*†‡])\]?", text) and before.strip():
            if is_note or text.startswith("["):
                return
            text = text.translate(_RAISED)
        self._pieces.append(text)
        if text:
            self._places.append((node, "text"))

    def _start(self, node: Any) -> Iterator[Block]:
        tag = node.tag
        if tag == "br":
            self._pieces.append(_BREAK)
        elif tag == "a":
            self._n_links += 1
        elif tag == "q":
            self._pieces.append("“")
        elif self._is_block(node):
            if tag != "tr" and self._in_row():
                self._pieces.append(_CELL if tag in {"td", "th"} else " ")
                self._push(node)
            else:
                yield from self._flush()
                self._open(node)

    def _is_block(self, node: Any) -> bool:
        if node.tag in _BLOCK_TAGS:
            return True
        # The source of a quotation stands beside its paragraphs.
        return node.tag == "cite" and bool(self._stack) and self._stack[-1].tag == "blockquote"

    def _in_row(self) -> bool:
        return any(level.tag == "tr" and level.is_data for level in self._stack)

    def _open(self, node: Any) -> None:
        level = self._push(node)
        if node.tag == "table":
            level.is_data = _is_table_of_data(node)
        elif node.tag == "tr":
            table = next((level for level in reversed(self._stack) if level.tag == "table"), None)
            level.is_data = table is not None and table.is_data
        elif node.tag == "ol":
            start = node.get("start") or "1"
            level.numbers = [int(start) if start.isdecimal() and len(start) < 4 else 1]
        elif node.tag == "li":
            owner = self._stack[-2] if len(self._stack) > 1 else None
            if owner is not None and owner.numbers:
                self._mark = f"{owner.numbers[0]}. "
                owner.numbers[0] += 1
            else:
                self._mark = "- "

    def _push(self, node: Any) -> _Open:
        parent = self._stack[-1] if self._stack else None
        roles = roles_of(node)
        tag = node.tag
        is_pulled = "pull_quote" in roles and tag not in HEADINGS
        is_root = tag in {"html", "body", "main", "article"}
        is_outside = (
            tag in _OUTSIDE and not is_pulled and not (tag == "footer" and parent is not None and parent.is_quote)
        ) or ("boilerplate" in roles and not is_root)
        is_doubtful = "perhaps_boilerplate" in roles and not is_root
        level = _Open(
            node,
            tag,
            (parent.outside if parent is not None else ()) + ((node,) if is_outside else ()),
            (parent.doubtful if parent is not None else ()) + ((node,) if is_doubtful else ()),
            is_hidden(node) or (parent is not None and parent.is_hidden),
            tag == "figcaption" or "caption" in roles or (parent is not None and parent.is_caption),
            tag == "blockquote" or is_pulled or (parent is not None and parent.is_quote),
        )
        self._stack.append(level)
        return level

    def _end(self, node: Any) -> Iterator[Block]:
        if node.tag == "a":
            self._n_links -= 1
        elif node.tag == "q":
            self._pieces.append("”")
        elif self._stack and self._stack[-1].element is node:
            if node.tag == "tr" or not self._in_row():
                yield from self._flush()
            else:
                self._pieces.append(" ")
            self._stack.pop()
            if node.tag == "li":
                self._mark = ""

    def _flush(self) -> Iterator[Block]:
        pieces, places, n_linked = "".join(self._pieces), self._places, self._n_linked
        self._pieces, self._places, self._n_linked = [], [], 0
        if not places or not self._stack:
            return
        kind = self._kind()
        paragraphs = _paragraphs(pieces, kind)
        if not paragraphs:
            return
        if (
            kind == "heading"
            and len(paragraphs[0].split()) > _MAX_HEADING_WORDS
            and _SENTENCE_END.search(paragraphs[0])
        ):
            kind = "text"
        mark = {"heading": "# ", "quote": "> "}.get(kind, self._mark if kind == "item" else "")
        self._mark = ""
        if kind == "caption" and sum(paragraph.count(" ") for paragraph in paragraphs) >= _LONGEST_CAPTION:
            kind = "text"
        level = self._stack[-1]
        path = [level.element for level in self._stack]
        yield Block(
            level.element,
            kind,
            mark,
            paragraphs,
            n_linked,
            path,
            level.outside,
            level.doubtful,
            level.is_hidden,
            places,
        )

    def _kind(self) -> str:
        tags = [level.tag for level in self._stack]
        top = self._stack[-1]
        if top.tag in HEADINGS:
            return "heading"
        if top.tag == "tr" and top.is_data:
            return "row"
        if top.is_caption or top.tag == "caption":
            return "caption"
        if top.is_quote:
            return "credit" if top.tag in {"footer", "cite", "figcaption"} else "quote"
        return "item" if self._mark and "li" in tags else "text"


def _paragraphs(pieces: str, kind: str) -> list[str]:
    """The paragraphs of a block: two line breaks end one, and a single one does behind the end of a sentence."""
    if kind == "row":
        cells = (" ".join(cell.replace(_BREAK, " ").split(" ")).strip() for cell in pieces.split(_CELL))
        row = " | ".join(" ".join(cell.split(" ")) for cell in cells if cell)
        return [_tidy(row)] if row else []
    lines = pieces.split(_BREAK)
    if kind in {"heading", "item"}:
        joined = _tidy(" ".join(lines))
        return [joined] if joined else []
    paragraphs: list[str] = []
    is_open = False
    for line in map(_tidy, lines):
        if line and is_open and not _SENTENCE_END.search(paragraphs[-1]):
            paragraphs[-1] += " " + line
        elif line:
            paragraphs.append(line)
        is_open = bool(line)
    return paragraphs


def _tidy(line: str) -> str:
    """A line without space at its ends, and without double quotation marks where the text has its own in `<q>`."""
    line = re.sub(r" {2,}", " ", line).strip(" \xa0")
    return re.sub(r"“([“\"])|([”\"])”", r"\1\2", line) if "“" in line else line


def _is_table_of_data(table: Any) -> bool:
    """Whether the cells of a table are data: short, and more than one in a row."""
    n_rows = n_cells = 0
    for node in table.iter("table", "tr", "td", "th", *HEADINGS):
        if node.tag == "tr":
            n_rows += 1
        elif node.tag in {"td", "th"}:
            n_cells += 1
            if sum(map(len, node.itertext())) > _MAX_CELL:
                return False
        elif node is not table:
            return False
    return n_cells > n_rows
