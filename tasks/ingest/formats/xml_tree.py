"""XML to a tree: without DTD, external entities or network, and with the names of HTML's characters resolved.

Feeds and agency files use `&pound;` and `&mdash;` of a DTD that is never loaded. So these names become characters before
the text is parsed, a bare `&` becomes `&amp;`, and the DOCTYPE is left out with everything that it declares. CDATA is
not touched. Elements are compared by their local names, because producers differ in namespaces.
"""

from __future__ import annotations

import re
from html.entities import html5
from typing import TYPE_CHECKING, Any

from tasks.errors import FormatError
from tasks.ingest.decoding import Decoded, decode
from tasks.ingest.formats.markup import hide_invalid_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator

_DECLARATION = re.compile(r"\s*<\?xml\b[^>]{0,200}\?>")
_DECLARED_ENCODING = re.compile(rb"""<\?xml[^>]{0,100}encoding\s{0,5}=\s{0,5}["']([\w.:-]{2,40})["']""")
_DOCTYPE = re.compile(
    r"""<!DOCTYPE(?:[^\[<>"']|"[^"]{0,2000}"|'[^']{0,2000}'){0,2000}(?:\[[^\]]{0,100000}\]\s{0,100})?>""", re.IGNORECASE
)
_LATEST_DOCTYPE = 20_000
"""The place before which the DOCTYPE stands; comments may stand before it."""
_REFERENCE = re.compile(r"&(?:(#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|amp|lt|gt|quot|apos);|([A-Za-z][A-Za-z0-9]{1,31});)?")
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]+")
_NOT_IN_XML = {*range(9), 11, 12, *range(14, 32), *range(0xD800, 0xE000), 0xFFFE, 0xFFFF}
_NAMESPACE_DOMAIN = 3
"""The number of libxml2 for errors of namespaces; a tree with such errors is whole."""


def parse_xml(raw: bytes) -> tuple[Any, Decoded]:
    """The root element of an XML file, and how its bytes were decoded.

    Raises FormatError, which names the place, if it is not well-formed.

    >>> root, decoded = parse_xml(b"<!DOCTYPE a SYSTEM 'x.dtd'><a>AT&T &mdash; &pound;40</a>")
    >>> root.text, decoded.encoding
    ('AT&T — £40', 'utf-8')
    """
    from lxml import etree

    match = _DECLARED_ENCODING.search(raw, 0, 300)
    decoded = decode(raw, match[1].decode("ascii") if match else None)
    text = hide_invalid_bytes(decoded.text).lstrip("\ufeff\t\n\r ")
    text = _DECLARATION.sub("", text, count=1)
    start = text[:_LATEST_DOCTYPE].lower().find("<!doctype")
    if start >= 0 and (doctype := _DOCTYPE.match(text, start)):
        text = text[:start] + text[doctype.end() :]
    text = _NOT_XML.sub("", text)
    pieces = [
        piece if is_cdata or "&" not in piece else _REFERENCE.sub(_resolve, piece) for piece, is_cdata in _split(text)
    ]
    # A prefix that is not declared is an error that only a recovering parser passes over. Every other one is raised.
    parser = etree.XMLParser(
        resolve_entities=False, load_dtd=False, no_network=True, remove_comments=True, remove_pis=True, recover=True,
        encoding="utf-8",
    )  # fmt: skip
    root = etree.fromstring("".join(pieces).encode(), parser) if text.strip() else None
    errors = [entry for entry in parser.error_log if entry.domain != _NAMESPACE_DOMAIN]
    if errors or root is None:
        place = f" (line {errors[0].line}: {errors[0].message})" if errors else ""
        raise FormatError(f"this XML is not well-formed{place}; it may be cut short: get it again")
    return root, decoded


def _split(text: str) -> Iterator[tuple[str, bool]]:
    """The text in pieces, and whether each is a CDATA section."""
    done = 0
    while (start := text.find("<![CDATA[", done)) >= 0 and (end := text.find("]]>", start)) >= 0:
        yield text[done:start], False
        yield text[start : end + 3], True
        done = end + 3
    yield text[done:], False


def _resolve(match: re.Match[str]) -> str:
    """What a reference, or a bare `&`, becomes in XML without a DTD."""
    if match[1]:
        number = match[1].lower()
        if number[0] != "#":
            return match[0]
        code = int(f"0{number[1:]}", 0) if number[1] == "x" else int(number[1:])
        return "" if code in _NOT_IN_XML or code > 0x10FFFF else match[0]
    character = html5.get(f"{match[2]};") if match[2] else None
    return character if character and character not in "&<" else f"&amp;{match[0][1:]}"


def local_name(element: Any) -> str:
    """The name of an element without its namespace, in lower case; "" for a comment.

    >>> local_name(parse_xml(b"<x:Title xmlns:x='y'/>")[0])
    'title'
    """
    tag = element.tag
    return tag.rpartition("}")[2].rpartition(":")[2].lower() if isinstance(tag, str) else ""


def children(element: Any, *names: str) -> Iterator[Any]:
    """The children of an element with one of the local `names`, in order; all elements if none is given."""
    for child in element:
        if (name := local_name(child)) and (not names or name in names):
            yield child


def descendants(element: Any, *names: str) -> Iterator[Any]:
    """The elements below (and including) an element with one of the local `names`, in order."""
    return (found for found in element.iter() if local_name(found) in names)


def words_of(element: Any) -> str:
    r"""All text in an element on one line; "" for None.

    >>> words_of(parse_xml(b"<a>one <b>two</b>\n  three</a>")[0])
    'one two three'
    """
    return "" if element is None else " ".join("".join(element.itertext()).split())


def first_words(element: Any, *path: str) -> str:
    """The words of the first descendant with one of the local names of `path` that has any; "" if there is none."""
    return next(filter(None, map(words_of, descendants(element, *path))), "")


def attribute(element: Any, name: str) -> str:
    """An attribute by its local name, without white space around it; "" if there is none.

    >>> attribute(parse_xml(b'<a xml:id=" x "/>')[0], "id")
    'x'
    """
    if element is None:
        return ""
    for key, value in element.attrib.items():
        if str(key).rpartition("}")[2].rpartition(":")[2].lower() == name:
            return str(value).strip()
    return ""
