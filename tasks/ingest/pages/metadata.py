"""What the metadata of a page say: title, source, date, byline and, in JSON-LD, the text of the article.

A date is only taken from metadata: JSON-LD, a meta element, or a `time` element that says it is the date of publication.
None is guessed from the text, a copyright line or an address.
"""

from __future__ import annotations

import json
import re
from html import unescape
from typing import TYPE_CHECKING, Any

from tasks.ingest.dates import parse_date
from tasks.ingest.pages.names import roles_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tasks.ingest.pages.blocks import Block

_ARTICLE_TYPE = re.compile(r"(?:Article|NewsArticle|BlogPosting|Posting|Report|Review)$")
_DATES = (
    "article:published_time", "article:published", "og:published_time", "og:article:published_time", "datepublished",
    "date.published", "published_time", "publish-date", "publish_date", "publishdate", "pubdate", "publication_date",
    "publicationdate", "dc.date.issued", "dcterms.issued", "dc.date", "dcterms.date", "dcterms.created", "dc.date.created",
    "citation_publication_date", "citation_date", "parsely-pub-date", "sailthru.date", "article.published", "cxenseparse:recs:publishtime",
    "originalpublicationdate", "article_date_original", "date", "datecreated", "bt:pubdate", "rnews:datepublished",
)  # fmt: skip
_AUTHORS = ("author", "article:author", "byl", "dc.creator", "dcterms.creator", "dc.author", "parsely-author", "sailthru.author", "citation_author", "twitter:creator_name", "rnews:author")  # fmt: skip
_BY = re.compile(r"^(?:(?:written|story|words|report|text)\s+)?(?:by|von|par|por|di|door|av)\b:?\s+", re.IGNORECASE)
_LONGEST_BYLINE = 120


def metadata_of(tree: Any, blocks: list[Block]) -> dict[str, Any]:
    """`title`, `source`, `date` with `date_source`, `byline`, and `body` (the text in JSON-LD), as far as the page has them."""
    meta = _meta(tree)
    linked = _best_article(tree)
    publisher = linked.get("publisher")
    date, date_source = _date(tree, meta, linked)
    return {
        "title": _title(tree, meta, linked, blocks),
        "source": meta.get("og:site_name") or _name(publisher) or meta.get("application-name"),
        "date": date,
        "date_source": date_source,
        "byline": _byline(meta, linked, blocks),
        "body": _text(linked.get("articleBody")),
    }


def _meta(tree: Any) -> dict[str, str]:
    """The meta elements by name in lower case; of several with one name the first."""
    found: dict[str, str] = {}
    for node in tree.iter("meta"):
        name = (node.get("property") or node.get("name") or node.get("itemprop") or "").strip().lower()
        content = " ".join((node.get("content") or "").split())
        if name and content:
            found.setdefault(name, content)
    return found


def _best_article(tree: Any) -> dict[str, Any]:
    """The article in the page's JSON-LD; if there are several, the one with the most fields."""
    articles = [
        thing
        for node in tree.iter("script")
        if (node.get("type") or "").strip().lower() == "application/ld+json"
        for thing in _things(_json(node.text or ""))
        if any(isinstance(kind, str) and _ARTICLE_TYPE.search(kind) for kind in _list(thing.get("@type")))
    ]
    return max(articles, key=lambda thing: ("articleBody" in thing, len(thing)), default={})


def _json(text: str) -> Any:
    try:
        return json.loads(text.strip().removesuffix(";"), strict=False)
    except (ValueError, RecursionError):
        return None


def _things(value: Any) -> Iterator[dict[str, Any]]:
    """The objects of a JSON-LD script: one, a list, or a graph."""
    for thing in _list(value):
        if isinstance(thing, dict):
            yield thing
            for key in ("@graph", "mainEntity", "mainEntityOfPage"):
                yield from (inner for inner in _list(thing.get(key)) if isinstance(inner, dict))


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _text(value: Any) -> str | None:
    return unescape(value).strip() or None if isinstance(value, str) else None


def _name(value: Any) -> str | None:
    """The name of a person or an organization in JSON-LD."""
    for one in _list(value):
        name = one.get("name") if isinstance(one, dict) else one
        if isinstance(name, str) and name.strip():
            return unescape(name).strip()
    return None


def _date(tree: Any, meta: dict[str, str], linked: dict[str, Any]) -> tuple[Any, str | None]:
    """The date of publication as it is written, and where."""
    for key in ("datePublished", "dateCreated"):
        if parse_date(linked.get(key)) is not None:
            return linked[key], "json_ld"
    for name in _DATES:
        if parse_date(meta.get(name)) is not None:
            return meta[name], "meta"
    for node in tree.iter("time"):
        value = node.get("datetime") or node.get("content")
        if value and _is_published(node) and parse_date(value) is not None:
            return value, "time_element"
    return None, None


_PUBLISHED = re.compile(
    r"\b(?:pub-?date|date-?published|published|entry-date|posted-on|post-date|publish(?:ed)?-?(?:date|time)|dt-published"
    r"|article-?date|date-?line|timestamp|byline|entry-meta|post-meta|article-meta|meta)\b"
)


def _is_published(node: Any) -> bool:
    """Whether a `time` element says, or stands in an element that says, that it is the date of publication."""
    if node.get("pubdate") is not None or (node.get("itemprop") or "").lower() == "datepublished":
        return True
    level = node
    for _ in range(4):
        if level is None or level.tag in {"p", "li", "blockquote", "aside", "footer", "nav", "article", "body", "main"}:
            return False
        if level.tag == "header" or _PUBLISHED.search(_names(level)):
            return True
        level = level.getparent()
    return False


def _names(node: Any) -> str:
    names = f"{node.get('class') or ''} {node.get('id') or ''}"
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", names).lower().replace("_", "-")


def _title(tree: Any, meta: dict[str, str], linked: dict[str, Any], blocks: list[Block]) -> str | None:
    """The title: from JSON-LD, og:title, the only h1, or the title element."""
    headings = [block.text for block in blocks if block.element.tag == "h1" and not block.is_outside]
    named = tree.find(".//title")
    shown = " ".join("".join(named.itertext()).split()) if named is not None else ""
    given = _text(linked.get("headline")) or meta.get("og:title") or meta.get("twitter:title")
    if given and len(headings) == 1 and _starts_with(given, headings[0]):
        return headings[0]  # the rest is the name of the site
    if given:
        return given
    if shown and len(headings) == 1 and (_starts_with(shown, headings[0]) or not shown):
        return headings[0]
    return shown or (headings[0] if headings else None)


def _starts_with(whole: str, start: str) -> bool:
    return bool(start) and whole.casefold().startswith(start.casefold())


def _byline(meta: dict[str, str], linked: dict[str, Any], blocks: list[Block]) -> str | None:
    """The authors: from JSON-LD, a meta element, or the line of the page that is marked as a byline."""
    if names := [name for one in _list(linked.get("author")) if (name := _name(one)) and _is_author(name)]:
        return "; ".join(dict.fromkeys(names))
    for name in _AUTHORS:
        if (value := meta.get(name)) and _is_author(value):
            return _without_by(value)
    for block in blocks:
        name = _without_by(block.text)
        if not block.is_outside and is_byline(block) and (name != block.text or _is_name(name)):
            return name
    return None


def is_byline(block: Block) -> bool:
    """Whether a block is marked as a byline, or begins as one in a part of the page with facts about the article."""
    text = block.text
    if len(text) > _LONGEST_BYLINE or block.kind in {"heading", "caption", "quote", "row"}:
        return False
    marked = any("byline" in roles_of(level) for level in block.path[-3:]) or any(
        "byline" in roles_of(node) or node.get("rel") == "author" for node, _ in block.places[:3]
    )
    return (marked and bool(re.search(r"[^\W\d_]{2}", text))) or bool(_BY_LINE.match(text))


_BY_LINE = re.compile(r"(?:By|BY) (?:[A-Z][\w.'’-]*,? (?:and |& )?){1,7}[A-Z][\w.'’-]*(?:, .{3,60})?$")


def _is_author(name: str) -> bool:
    """Whether a value is a name, and not an address of a profile or a mail address alone."""
    return (
        len(name) <= _LONGEST_BYLINE
        and not re.match(r"(?:https?:|www\.|/|@)", name)
        and bool(re.search(r"[^\W\d_]{2}", name))
    )


def _is_name(text: str) -> bool:
    """Whether a line that is marked as a byline, but has no "by", is a name: two words or more, and no number.

    >>> _is_name("Ida Fenn"), _is_name("Print"), _is_name("Posted 4 May")
    (True, False, False)
    """
    words = text.split()
    return len(words) > 1 and words[0][0].isalpha() and not words[-1][0].islower() and not any(map(str.isdigit, text))


def _without_by(text: str) -> str:
    """A byline without the word before the names.

    >>> _without_by("By Ida Fenn")
    'Ida Fenn'
    """
    return _BY.sub("", text).strip(" |·,")
