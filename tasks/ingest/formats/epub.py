"""E-books (.epub): a document for each part of the spine that holds text, in the order of reading."""

from __future__ import annotations

import posixpath
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import unquote

from tasks.errors import FormatError
from tasks.ingest.articles import Article, Unread
from tasks.ingest.decoding import decode
from tasks.ingest.formats.fragments import parse_html, plain_html, words_of
from tasks.ingest.formats.html import declared_charset
from tasks.ingest.packages import Package, local_name, parse_xml
from tasks.parts import Parts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tasks.ingest.model import Source
    from tasks.options import Options

_LISTS = frozenset({"toc", "cover", "loi", "lot", "index"})
"""Parts that the guide calls lists, not texts."""


def read_articles(stream: IO[bytes], _source: Source, options: Options) -> Iterator[Article | Unread]:
    """The documents of a book. Title: its heading; source, date and byline: publisher, date and creator of the book."""
    package = Package(stream, options.limits)
    root, folder = _package_document(package)
    fields = {name: _about(root, element) for name, element in _FIELDS.items()}
    locked = _locked(package)
    parts = Parts(options.limits.max_document_parts)
    number = 0
    for name in _spine(root, folder):
        try:
            raw = _unlocked(package, name, locked)
            parts.check(raw.count(b"<"), "tags", each=0.5)
        except FormatError as error:
            number += 1
            yield Unread(error, str(number))
            continue
        title, text = _part(decode(raw, declared_charset(raw)).text)
        if text:
            number += 1
            known = {key: value for key, value in {**fields, "title": title}.items() if value}
            yield Article(text, "epub", number, None, known)


_FIELDS = {"source": "publisher", "date": "date", "byline": "creator"}


def _package_document(package: Package) -> tuple[Any, str]:
    """The root of the file that lists the book's parts, and the folder of that file."""
    container = parse_xml(package.read("META-INF/container.xml"), "its container")
    name = next((file.get("full-path", "") for file in container.iter("{*}rootfile")), "")
    return parse_xml(package.read(name), "its list of parts"), posixpath.dirname(name)


def _about(root: Any, name: str) -> str | None:
    """What the book says about itself, of several the first."""
    found = next((element for element in root.iter(f"{{http://purl.org/dc/elements/1.1/}}{name}")), None)
    return words_of(found) or None


def _spine(root: Any, folder: str) -> Iterator[str]:
    """The names of the parts, in the order of reading, without lists of contents and covers."""
    items = {item.get("id"): item for item in root.iter("{*}item")}
    lists = {
        _member(folder, reference.get("href", ""))
        for reference in root.iter("{*}reference")
        if reference.get("type", "").lower() in _LISTS
    }
    for reference in root.iter("{*}itemref"):
        item = items.get(reference.get("idref"))
        if item is None or "nav" in item.get("properties", "").split():
            continue
        if (name := _member(folder, item.get("href", ""))) not in lists and "html" in item.get("media-type", "html"):
            yield name


def _member(folder: str, address: str) -> str:
    """The name of a part, by its address in the list of parts."""
    return posixpath.normpath(posixpath.join(folder, unquote(address.partition("#")[0])))


def _locked(package: Package) -> frozenset[str]:
    """The names of the parts that are locked."""
    if "META-INF/encryption.xml" not in package.names:
        return frozenset()
    root = parse_xml(package.read("META-INF/encryption.xml"), "its list of locked parts")
    return frozenset(unquote(node.get("URI", "")) for node in root.iter("{*}CipherReference"))


def _unlocked(package: Package, name: str, locked: frozenset[str]) -> bytes:
    if name in locked:
        raise FormatError(f"its part {name!r} is locked by copy protection; save the article in another way")
    return package.read(name)


def _part(text: str) -> tuple[str | None, str]:
    """The title and the text of a part: its first heading, if nothing stands before it, else the title of its page."""
    root = parse_html(text)
    if root is None:
        return None, ""
    body = next((element for element in root.iter("body")), root)
    plain = plain_html(body)
    first, _, rest = plain.partition("\n\n")
    if first.startswith("# "):
        return " ".join(first[2:].split()), rest
    title = words_of(
        next((element for element in root.iter("title") if local_name(element.getparent()) == "head"), None)
    )
    return title or None, plain
