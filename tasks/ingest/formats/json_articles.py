"""Articles in JSON: ninjs 1 to 3 of news agencies, and `NewsArticle` of schema.org (JSON-LD) in a file of its own."""

from __future__ import annotations

import json
import re
from html import unescape
from typing import IO, TYPE_CHECKING, Any

from tasks.errors import FormatError, LeftOut
from tasks.ingest.articles import Article, Unread
from tasks.ingest.compression import read_whole
from tasks.ingest.decoding import Decoded, decode
from tasks.ingest.formats.agencies import clean_byline
from tasks.ingest.formats.html_pieces import fragment_text, plain_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tasks.ingest.model import Source
    from tasks.options import Options

_ARTICLE = re.compile(r"(?:^|[/:#])\w*(?:Article|BlogPosting)$")
_BODIES = {"body_html", "body_xhtml", "body_text", "bodies"}
_NESTED = ("@graph", "mainEntity", "itemListElement", "item")
_MAX_DEPTH = 20


def load_json(raw: bytes) -> tuple[Any, Decoded]:
    """The value of a JSON file, and how its bytes were decoded. Raises FormatError if it is not JSON."""
    decoded = decode(raw)
    try:
        return json.loads(decoded.text.lstrip("\ufeff"), strict=False), decoded
    except (ValueError, RecursionError) as error:
        raise FormatError(f"this is not whole JSON ({error}); it may be cut short: get it again") from error


def read_articles(stream: IO[bytes], source: Source, options: Options) -> Iterator[Article | Unread]:
    """The articles of a file with ninjs or JSON-LD; then how many items have no text."""
    raw = read_whole(stream, options.limits.max_unpacked_bytes, "--max-unpacked-bytes", source.uri)
    value, decoded = load_json(raw)
    items = [*_ninjs_items(value)]
    read, form = read_ninjs, "ninjs"
    if not items:
        items, read, form = [*linked_articles(value)], read_linked, "json-ld"
    n_empty = 0
    for number, item in enumerate(items, 1):
        text, fields = read(item)
        n_empty += not text
        if text:
            yield Article(text, form, None if len(items) == 1 else number, fields=fields, decoded=decoded)
    if n_empty and n_empty < len(items):
        yield Unread(LeftOut(f"{n_empty} of {len(items)} items have no text (pictures, packages)"))


def _ninjs_items(value: Any, depth: int = 0) -> Iterator[dict[str, Any]]:
    """The items of a ninjs file: one object, an array, or an object that lists them."""
    if depth > _MAX_DEPTH:
        return
    if isinstance(value, list):
        for item in value:
            yield from _ninjs_items(item, depth + 1)
    elif isinstance(value, dict):
        lower = {key.lower(): inner for key, inner in value.items()}
        if not _BODIES.isdisjoint(lower) or ("uri" in lower and ("headlines" in lower or "headline" in lower)):
            yield lower
        else:
            for key in ("items", "_items", "newsitems", "item"):
                yield from _ninjs_items(lower[key], depth + 1) if isinstance(lower.get(key), list) else ()


def read_ninjs(item: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The text and the fields of a ninjs item whose keys are in lower case.

    >>> text, fields = read_ninjs({"headline": "Rain", "body_text": "It rained.", "firstcreated": "2026-03-02"})
    >>> text, fields["title"], fields["date"]
    ('It rained.', 'Rain', '2026-03-02')
    """
    return _ninjs_text(item), {
        "title": _of_role(item.get("headlines"), "main") or _string(item.get("headline")) or _string(item.get("title")),
        "source": _ninjs_source(item),
        "date": next((item[key] for key in _NINJS_DATES if item.get(key)), None),
        "byline": clean_byline(_string(item.get("by")) or _string(item.get("byline")) or _people(item.get("people"))),
        "provider_id": _string(item.get("uri")) or _string(item.get("altids")) or None,
    }


_NINJS_DATES = ("contentcreated", "firstcreated", "versioncreated", "publishcreated")


def _ninjs_text(item: dict[str, Any]) -> str:
    """The body that keeps the paragraphs: HTML before plain text."""
    bodies = [(key.removeprefix("body_"), _string(item.get(key))) for key in ("body_html", "body_xhtml", "body_text")]
    for body in _objects(item.get("bodies")):
        kind = f"{_string(body.get('contenttype'))} {_string(body.get('role'))}".lower()
        bodies.append(("html" if "html" in kind else "text", _string(body.get("value"))))
    bodies.sort(key=lambda body: "html" not in body[0])
    for kind, content in bodies:
        if text := fragment_text(content) if "html" in kind else plain_text(content):
            return text
    return ""


def _ninjs_source(item: dict[str, Any]) -> str | None:
    sources = _objects(item.get("infosources"))
    names = [
        *(_string(one.get("name")) for one in sources if _string(one.get("role")) == "publisher"),
        *(_string(one.get("name")) for one in sources),
        *(_string(item.get(key)) for key in ("source", "provider", "copyrightholder", "infosource")),
    ]
    return next(filter(None, names), None)


def _of_role(values: Any, role: str) -> str:
    """The value of the object with this role in an array of them, else of the first."""
    found = sorted(_objects(values), key=lambda one: _string(one.get("role")).rpartition(":")[2] != role)
    return next(filter(None, (_string(one.get("value")) for one in found)), "")


def _people(people: Any) -> str:
    """The names of those people who are authors."""
    roles = {"author", "creator", "writer", "reporter"}
    return ", ".join(
        _string(one.get("name"))
        for one in _objects(people)
        if roles & {role.rpartition(":")[2].lower() for role in _strings(one.get("rel")) + _strings(one.get("role"))}
    )


# ------------------------------------------------------------------------------------------------------------ JSON-LD


def linked_articles(value: Any, depth: int = 0) -> Iterator[dict[str, Any]]:
    """The objects of JSON-LD that are articles: in arrays, graphs and lists, whatever other types they have."""
    if depth > _MAX_DEPTH:
        return
    if isinstance(value, list):
        for item in value:
            yield from linked_articles(item, depth + 1)
    elif isinstance(value, dict):
        if any(_ARTICLE.search(kind) for kind in _strings(value.get("@type")) + _strings(value.get("type"))):
            yield value
        else:
            for key in _NESTED:
                yield from linked_articles(value.get(key), depth + 1)


def read_linked(item: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    r"""The text and the fields of an article in JSON-LD.

    >>> read_linked({"articleBody": "One.\nTwo.", "author": [{"name": "Ada Vane"}]})[1]["byline"]
    'Ada Vane'
    """
    body = next(filter(None, (_string(item.get(key)) for key in ("articleBody", "text"))), "")
    return fragment_text(body), {
        "title": " ".join(unescape(_string(item.get("headline")) or _string(item.get("name"))).split()) or None,
        "source": _name(item.get("publisher")) or _name(item.get("sourceOrganization")) or None,
        "date": next((item[key] for key in ("datePublished", "dateCreated", "dateModified") if item.get(key)), None),
        "byline": clean_byline(_name(item.get("author")) or _name(item.get("creator"))),
        "provider_id": _string(item.get("identifier")) or _string(item.get("@id")) or None,
    }


def _name(value: Any) -> str:
    """The name of a person or an organization, which may be an object, a string or several."""
    if isinstance(value, list):
        return ", ".join(filter(None, (_name(one) for one in value if not isinstance(one, list))))
    if isinstance(value, dict):
        return unescape(_string(value.get("name")))
    name = _string(value)
    return "" if name.startswith(("http://", "https://", "#")) else unescape(name)


def _string(value: Any) -> str:
    """`value` if it is a string; the value of a JSON-LD object with `@value`; "" else."""
    if isinstance(value, dict):
        value = value.get("@value")
    return value.strip() if isinstance(value, str) else ""


def _strings(value: Any) -> list[str]:
    return [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, str)]


def _objects(value: Any) -> list[dict[str, Any]]:
    """The objects in an array, or the single one, with their keys in lower case."""
    several = value if isinstance(value, list) else [value]
    return [{key.lower(): inner for key, inner in one.items()} for one in several if isinstance(one, dict)]
