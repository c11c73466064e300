"""HTML to plain text without looking for an article in it: for parts of pages that are known to be one.

The result has the marks that `formats.markdown` describes. Scripts, pictures and their captions, menus and forms are
left out.
"""

from __future__ import annotations

import re
from typing import Any

_BLOCKS = frozenset(
    "address article aside blockquote body caption center dd div dl dt fieldset footer h1 h2 h3 h4 h5 h6 header hr html li "
    "main ol p pre section table tbody td tfoot th thead tr ul".split()
)
_NOT_TEXT = frozenset(
    "script style head title noscript template svg math nav form button select iframe object figure figcaption audio video "
    "canvas map rp rt".split()
)
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})


def parse_html(text: str) -> Any:
    """The root element of an HTML text; None if there is nothing in it. Nothing is loaded.

    >>> parse_html("<p>It rained.").findtext(".//p")
    'It rained.'
    """
    from lxml import etree

    parser = etree.HTMLParser(encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True)
    try:
        return etree.fromstring(text.replace("\0", "").encode("utf-8", "replace"), parser)
    except (etree.XMLSyntaxError, ValueError):
        return None


def plain_html(element: Any, skip: frozenset[str] = frozenset()) -> str:
    r"""The text of an element, its blocks with empty lines between; elements with a class in `skip` are left out.

    >>> plain_html(parse_html("<h2>A day</h2><p>It <b>rained</b>.<br>All day.<ul><li>so</ul>"))
    '# A day\n\nIt rained.\nAll day.\n\n- so'
    """
    from lxml import etree

    blocks: list[str] = []
    words: list[str] = []
    mark = ""
    n_skipped = n_quotes = 0

    def end_block() -> None:
        nonlocal mark
        for paragraph in re.split(r"\n[ \t]*\n", "".join(words)):
            lines = [" ".join(line.split()) for line in paragraph.split("\n")]
            if text := "\n".join(filter(None, lines)):
                blocks.append(("> " if n_quotes else "") + mark + text)
                mark = ""
        words.clear()

    for event, node in etree.iterwalk(element, events=("start", "end")):
        tag = node.tag.rpartition("}")[2].lower() if isinstance(node.tag, str) else ""
        is_skipped = tag in _NOT_TEXT or not tag or bool(skip and skip & set((node.get("class") or "").split()))
        is_block = tag in _BLOCKS
        if event == "start":
            n_skipped += is_skipped
            if not n_skipped:
                if is_block:
                    end_block()
                    mark = "# " if tag in _HEADINGS else "- " if tag == "li" else mark if tag in {"p", "div"} else ""
                    n_quotes += tag == "blockquote"
                elif tag == "br":
                    words.append("\n")
                words.append(_spaced(node.text))
        else:
            if not n_skipped and is_block:
                end_block()
                mark = ""
                n_quotes -= tag == "blockquote"
            n_skipped -= is_skipped
            if not n_skipped and node is not element:
                words.append(_spaced(node.tail))
    end_block()
    return "\n\n".join(blocks)


def _spaced(text: str | None) -> str:
    """Text of HTML, where a line break is a blank."""
    return re.sub(r"[ \t\r\n\f]+", " ", text) if text else ""


def has_class(element: Any, name: str) -> bool:
    """Whether an element has a class."""
    return name in (element.get("class") or "").split()


def first_with_class(element: Any, *names: str) -> Any:
    """The first element below `element` with one of these classes, the first class first; None if there is none."""
    for name in names:
        for node in element.iter():
            if isinstance(node.tag, str) and has_class(node, name):
                return node
    return None


def words_of(element: Any) -> str:
    """All text of an element on one line; empty for None."""
    return "" if element is None else " ".join("".join(element.itertext()).split())
