"""Feeds: RSS 0.9 to 2.0 and Atom. Each entry is an article.

The text of an entry is its full text where the feed has one (`content:encoded`, `content`), else its description or
summary. Its source is the paper that the entry names, else the title of the feed.
"""

from __future__ import annotations

import re
from html import unescape
from typing import IO, TYPE_CHECKING, Any

from tasks.errors import LeftOut
from tasks.ingest.articles import Article, Unread
from tasks.ingest.compression import read_whole
from tasks.ingest.formats.html_pieces import element_text, fragment_text
from tasks.ingest.formats.xml_tree import attribute, children, descendants, first_words, local_name, parse_xml, words_of
from tasks.parts import Parts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tasks.ingest.model import Source
    from tasks.options import Options

_FULL = ("encoded", "full-text", "fulltext", "content")
_SHORT = ("description", "summary", "abstract")
_DATES = ("pubdate", "published", "issued", "date", "created", "updated", "modified", "lastbuilddate")
"""In order: the first that an entry has is the date of publication."""
_MEDIA = ("/mrss", "podcast", "itunes", "media:")
"""What occurs in the namespaces (or prefixes) of pictures and sound."""
_MAX_TEASER = 60
"""Maximum number of words of a teaser. Summaries of feeds have 20 to 50 words."""
_CUT_SHORT = re.compile(r"(?:…|\.\.\.|\[…\]|\[\.\.\.\]|read more|continue reading)\W*$", re.IGNORECASE)
_ADDRESS = re.compile(r"\S+@\S+\s*\(([^()]+)\)|\(([^()]+)\)\s*\S+@\S+")


def read_articles(stream: IO[bytes], source: Source, options: Options) -> Iterator[Article | Unread]:
    """The entries of a feed; then, if it holds teasers instead of articles, how many."""
    limits = options.limits
    raw = read_whole(stream, limits.max_unpacked_bytes, "--max-unpacked-bytes", source.uri)
    Parts(limits.max_document_parts).check(raw.count(b"<"), "tags of XML", each=3)
    root, decoded = parse_xml(raw)
    form = "atom" if local_name(root) in {"feed", "entry"} else "rss"
    channel = next(descendants(root, "channel"), root)
    feed_title = _plain(_first(channel, "title"))
    feed_author = _author(channel)
    entries = [root] if local_name(root) == "entry" else [*descendants(root, "item", "entry")]
    n_teasers = n_empty = 0
    for number, entry in enumerate(entries, 1):
        text, is_full = _text(entry)
        if not text:
            n_empty += 1
            continue
        n_teasers += not is_full and is_teaser(text)
        fields = {
            "title": _plain(_first(entry, "title")),
            "source": _paper(entry) or feed_title,
            "date": next(filter(None, (first_own_words(entry, name) for name in _DATES)), None),
            "byline": _author(entry) or (feed_author if form == "atom" else None),
            "provider_id": first_own_words(entry, "guid") or first_own_words(entry, "id") or attribute(entry, "about"),
        }
        yield Article(text, form, number, fields=fields, decoded=decoded)
    notes = [
        f"{number} of {len(entries)} entries {what}"
        for number, what in ((n_teasers, "hold only a teaser, not the article"), (n_empty, "have no text"))
        if number
    ]
    if notes:
        yield Unread(LeftOut("; ".join(notes)))


def is_teaser(text: str) -> bool:
    r"""Whether the description of an entry is likely to be only the beginning or a summary of the article.

    >>> is_teaser("The bridge will shut for nine weeks …"), is_teaser("First paragraph.\n\nSecond paragraph.")
    (True, False)
    """
    return bool(_CUT_SHORT.search(text[-60:])) or ("\n" not in text and len(text.split()) <= _MAX_TEASER)


def first_own_words(entry: Any, name: str) -> str:
    """The words of the first child of an element with this local name; "" if it has none."""
    return next(filter(None, map(words_of, children(entry, name))), "")


def _first(entry: Any, name: str) -> Any:
    """The first child with this name that is not of a media namespace; None if there is none."""
    return next((child for child in children(entry, name) if not _is_media(child)), None)


def _is_media(element: Any) -> bool:
    """Whether an element describes a picture or a sound: its title and its description are not those of the article."""
    return any(mark in element.tag for mark in _MEDIA)


def _text(entry: Any) -> tuple[str, bool]:
    """The text of an entry, and whether it is the full one."""
    for names in (_FULL, _SHORT):
        found = [_content(child) for name in names for child in children(entry, name) if not _is_media(child)]
        if text := next(filter(None, found), ""):
            return text, names is _FULL
    return "", False


def _content(element: Any) -> str:
    """The plain text of an element with content: XHTML inside of it, HTML as text, or plain text."""
    kind = attribute(element, "type").lower()
    if attribute(element, "src") and not words_of(element):
        return ""
    if len(element):
        return element_text(element)
    return fragment_text(element.text or "") if kind != "text" else fragment_text(_escape(element.text or ""))


def _escape(text: str) -> str:
    """Plain text as HTML would say it: Atom's type `text` has no markup."""
    return text.replace("&", "&amp;").replace("<", "&lt;")


def _plain(element: Any) -> str:
    """A title on one line, without markup; many feeds escape it twice."""
    if element is None:
        return ""
    if attribute(element, "type").lower() == "text":
        return words_of(element)
    return " ".join(unescape(fragment_text(words_of(element)).removeprefix("# ")).split())


def _paper(entry: Any) -> str:
    """The title of the feed that an entry was taken from: Atom has it in an element, RSS as text."""
    origin = _first(entry, "source")
    if origin is None:
        return ""
    return _plain(_first(origin, "title")) if len(origin) else _plain(origin)


def _author(entry: Any) -> str | None:
    """The names of the authors of an entry, without addresses."""
    names = []
    for child in children(entry, "creator", "author"):
        if _is_media(child):
            continue
        name = first_words(child, "name") if len(child) else words_of(child)
        match = _ADDRESS.search(name)
        name = (match[1] or match[2]).strip() if match else name
        if name and "@" not in name and name not in names:
            names.append(name)
    return ", ".join(names) or None
