"""XML of news agencies: NITF, and NewsML-G2 with articles in XHTML, NITF or plain text. Each item with text is an article.

The older NewsML 1 is read where it holds NITF or XHTML.
"""

from __future__ import annotations

import re
from typing import IO, TYPE_CHECKING, Any

from tasks.errors import LeftOut
from tasks.ingest.articles import Article, Unread
from tasks.ingest.compression import read_whole
from tasks.ingest.formats.html_pieces import element_text, fragment_text, plain_text
from tasks.ingest.formats.xml_tree import attribute, children, descendants, first_words, local_name, parse_xml, words_of
from tasks.parts import Parts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tasks.ingest.model import Source
    from tasks.options import Options

_BY = re.compile(r"^(?:by|von|par|por|door|af|av)\s*:?\s+(?=\S)", re.IGNORECASE)
_BESIDE_BODY = frozenset({"media", "tagline", "note", "byline", "dateline", "hedline", "abstract", "distributor"})


def read_articles(stream: IO[bytes], source: Source, options: Options) -> Iterator[Article | Unread]:
    """The items of a file with text; then how many have none: pictures, packages, lists of concepts."""
    limits = options.limits
    raw = read_whole(stream, limits.max_unpacked_bytes, "--max-unpacked-bytes", source.uri)
    Parts(limits.max_document_parts).check(raw.count(b"<"), "tags of XML", each=3)
    root, decoded = parse_xml(raw)
    items = [*_items(root)]
    n_empty = 0
    for number, (item, read) in enumerate(items, 1):
        text, fields = read(item)
        if text:
            form = "nitf" if read is read_nitf else "newsml"
            is_alone = len(items) == 1 and form == "nitf"
            yield Article(text, form, None if is_alone else number, fields=fields, decoded=decoded)
        else:
            n_empty += 1
    if n_empty and n_empty < len(items):
        yield Unread(LeftOut(f"{n_empty} of {len(items)} items have no text (pictures, packages)"))


def _items(root: Any) -> Iterator[tuple[Any, Any]]:
    """The items of a file, each with the function that reads it."""
    if items := [*descendants(root, "newsitem")]:
        yield from ((item, read_news_item) for item in items)
    else:
        yield from ((item, read_nitf) for item in descendants(root, "nitf"))


def read_nitf(nitf: Any) -> tuple[str, dict[str, Any]]:
    """The text of an element `nitf`, and its fields."""
    body = next(descendants(nitf, "body.content"), None)
    text = "" if body is None else element_text(body, left_out=_BESIDE_BODY)
    docdata = next(descendants(nitf, "docdata"), None)
    pubdata = next(descendants(nitf, "pubdata"), None)
    head = next(descendants(nitf, "head"), None)
    dates = [
        *(attribute(found, "norm") for found in ([] if docdata is None else descendants(docdata, "date.issue"))),
        attribute(pubdata, "date.publication"),
        *(attribute(found, "norm") for found in descendants(nitf, "story.date")),
        *(attribute(found, "norm") for found in ([] if docdata is None else descendants(docdata, "date.release"))),
    ]
    papers = [
        attribute(pubdata, "name"),
        *(attribute(found, "holder") for found in descendants(nitf, "doc.copyright")),
        first_words(nitf, "distributor"),
        *(attribute(found, "agent") or attribute(found, "regsrc") for found in descendants(nitf, "doc-id")),
    ]
    ids = [attribute(found, "id-string") for found in descendants(nitf, "doc-id")]
    title = first_words(nitf, "hl1") or first_words(nitf, "hedline")
    return text, {
        "title": title or (None if head is None else first_words(head, "title")),
        "source": next(filter(None, papers), None),
        "date": next(filter(None, dates), None),
        "byline": _byline(next(descendants(nitf, "byline"), None)),
        "provider_id": next(filter(None, ids), None),
    }


def _byline(element: Any) -> str | None:
    """The names in a byline, without "By" and without titles of office."""
    if element is None:
        return None
    people = [words_of(person) for person in descendants(element, "person")]
    if not any(people):
        for title in [*descendants(element, "byttl")]:
            title.text = None
            for child in [*title]:
                title.remove(child)
        people = [words_of(element)]
    return clean_byline(", ".join(filter(None, people)))


def clean_byline(text: str) -> str | None:
    """Names without the "By" before them; None if there are none.

    >>> clean_byline("By Maren Holt"), clean_byline(" ")
    ('Maren Holt', None)
    """
    return _BY.sub("", text.strip()).strip(" ,;:") or None


def read_news_item(item: Any) -> tuple[str, dict[str, Any]]:
    """The text of an element `newsItem` of NewsML-G2, or `NewsItem` of NewsML 1, and its fields."""
    contents = [*descendants(item, "contentset", "datacontent")]
    text, inner = _best_content([piece for content in contents for piece in _renditions(content)])
    meta = next(descendants(item, "contentmeta"), None)
    management = next(descendants(item, "itemmeta"), None)
    title = _main_headline([] if meta is None else [*descendants(meta, "headline")]) or first_words(item, "headline")
    fields = {
        "title": title or inner.get("title"),
        "source": _provider(management) or _provider(meta) or inner.get("source"),
        "date": _date(meta, management) or inner.get("date"),
        "byline": inner.get("byline"),
        "provider_id": attribute(item, "guid") or first_words(item, "newsitemid", "publicidentifier") or None,
    }
    if meta is not None:
        names = [words_of(by) for by in descendants(meta, "by")]
        names = names or [first_words(creator, "name") for creator in descendants(meta, "creator")]
        fields["byline"] = clean_byline(", ".join(filter(None, names))) or fields["byline"]
    return text, fields


def _renditions(content: Any) -> Iterator[Any]:
    """The pieces of a content set that hold text: the same text may stand there in several forms."""
    if local_name(content) == "datacontent":
        yield content
    else:
        yield from children(content, "inlinexml", "inlinedata")


def _best_content(renditions: list[Any]) -> tuple[str, dict[str, Any]]:
    """The text of the rendition that keeps most: XHTML, else NITF, else HTML as text, else plain text."""
    for root, read in (("html", None), ("nitf", read_nitf)):
        for piece in renditions:
            for found in descendants(piece, root):
                text, fields = (element_text(found), {}) if read is None else read(found)
                if text:
                    return text, fields
    renditions.sort(key=lambda piece: "html" not in attribute(piece, "contenttype").lower())
    for piece in renditions:
        if len(piece):
            text = element_text(piece)
        elif "plain" in attribute(piece, "contenttype").lower():
            text = plain_text(piece.text or "")
        else:
            text = fragment_text(piece.text or "")
        if text:
            return text, {}
    return "", {}


def _main_headline(headlines: list[Any]) -> str:
    """The main one of several headlines: its role says so, else it is the first."""
    ranked = sorted(headlines, key=lambda headline: not attribute(headline, "role").endswith("main"))
    return next(filter(None, map(words_of, ranked)), "")


def _provider(meta: Any) -> str | None:
    """The name of the provider or source in some metadata."""
    if meta is None:
        return None
    for name in ("provider", "infosource", "copyrightholder"):
        for found in descendants(meta, name):
            if who := first_words(found, "name") or attribute(found, "literal") or _of_code(attribute(found, "qcode")):
                return who
    return None


def _of_code(code: str) -> str:
    return code.rpartition(":")[2]


def _date(meta: Any, management: Any) -> str | None:
    """When the content was made, else when the item was first made, else when this version was."""
    created = "" if meta is None else first_words(meta, "contentcreated")
    if not created and management is not None:
        created = first_words(management, "firstcreated") or first_words(management, "versioncreated")
    return created or None
