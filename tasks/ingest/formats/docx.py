"""Word documents (.docx): the body's paragraphs, as they read after all changes are accepted.

Insertions are text; deletions, comments, notes, captions, tables of contents, hidden text and the results of page
numbers are not. Text boxes are not part of the paragraph they are anchored in; they are read only where there is no
other text. Names of elements are compared without their namespaces, of which there are two (transitional and strict).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import IO, TYPE_CHECKING, Any

from tasks.errors import FormatError
from tasks.ingest.articles import Article, Unread
from tasks.ingest.exports import exports_of_paper
from tasks.ingest.packages import Package, local_name, parse_xml, xml_events
from tasks.ingest.paper import Paragraph, paper_fields, plain_paper, split_title, tidy_paragraphs
from tasks.parts import Parts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tasks.ingest.model import Source
    from tasks.options import Options

_NOT_TEXT = frozenset(
    "del moveFrom Fallback drawing pict object instrText delText delInstrText footnoteReference endnoteReference "
    "commentReference annotationRef sectPr rt altChunk tblPr trPr tcPr sdtPr".split()
)
_OFF = frozenset({"0", "false", "off"})
_FIELDS = re.compile(r"\s*(?:PAGE|NUMPAGES|SECTIONPAGES|PAGEREF|TOC|SEQ|FILENAME|SAVEDATE|PRINTDATE)\b", re.IGNORECASE)
"""Fields whose results are not the author's words."""
_HEADING = re.compile(r"heading \d")
_SKIPPED_STYLE = re.compile(r"caption|toc (?:\d|heading)|table of figures|header|footer|footnote text|endnote text")
_QUOTES = frozenset({"quote", "intense quote", "block text"})


def read_articles(stream: IO[bytes], _source: Source, options: Options) -> Iterator[Article | Unread]:
    """The article of a document, or those of an export of a news archive."""
    package = Package(stream, options.limits)
    main = _main_part(package)
    raw = package.read(main)
    parts = Parts(options.limits.max_document_parts)
    parts.check(raw.count(b"<w:p") + raw.count(b"<w:r"), "paragraphs and runs of Word", each=0.5)
    styles = _styles(package.read(part)) if (part := _beside(main, "styles.xml")) in package.names else {}
    links = _links(package, main) if b"hyperlink" in raw else {}
    read = list(_Reader(styles, links).paragraphs(raw))
    if exported := exports_of_paper(read, options):
        yield from exported
        return
    paragraphs = tidy_paragraphs(read)
    if not paragraphs:
        paragraphs = tidy_paragraphs(_Reader(styles, links, boxes=True).paragraphs(raw))
    title, body = split_title(paragraphs, lambda: _declared_title(package))
    yield Article(plain_paper(body), "docx", fields=paper_fields(title))


_USUAL = "word/document.xml"


def _main_part(package: Package) -> str:
    """The name of the part with the text: the usual one, else that of the package's relations."""
    if _USUAL not in package.names and "_rels/.rels" in package.names:
        for relation in parse_xml(package.read("_rels/.rels"), "its part '_rels/.rels'").iter("{*}Relationship"):
            if relation.get("Type", "").endswith("/officeDocument"):
                return str(relation.get("Target", "")).lstrip("/")
    return _USUAL


def _beside(part: str, name: str) -> str:
    """The name of a part in the same folder."""
    return f"{part.rpartition('/')[0]}/{name}"


@lru_cache(maxsize=16)
def _styles(raw: bytes) -> dict[str, str]:
    """The kind of each paragraph style by its id, which depends on the language of Word; the name in English tells.

    A style of the user's own has the kind of the one that it is made from. The XML is searched, not parsed: a template
    has hundreds of styles, and parsing them takes four times as long as reading the text. Many documents share one.
    """
    names: dict[str, str] = {}
    parents: dict[str, str] = {}
    for block in _STYLE.split(raw.decode("utf-8", "replace"))[1:]:
        if style := _STYLE_ID.search(block):
            name, parent = _STYLE_NAME.search(block), _PARENT.search(block)
            names[style[1]] = name[1].lower() if name else ""
            parents[style[1]] = parent[1] if parent else ""
    kinds = {}
    for style_id in names:
        current, kind = style_id, ""
        for _ in range(10):
            if (kind := _kind_of(names.get(current, ""))) or not (current := parents.get(current, "")):
                break
        kinds[style_id] = kind
    return kinds


_STYLE = re.compile(r"<(?:[\w.-]+:)?style\s")
_STYLE_ID = re.compile(r"""^[^>]*\bstyleId=["']([^"']*)["']""")
_STYLE_NAME = re.compile(r"""<(?:[\w.-]+:)?name\s[^>]*\bval=["']([^"']*)["']""")
_PARENT = re.compile(r"""<(?:[\w.-]+:)?basedOn\s[^>]*\bval=["']([^"']*)["']""")


def _kind_of(name: str) -> str:
    """The kind of a style by its name in English, in lower case."""
    if name == "title":
        return "title"
    if _HEADING.match(name) or name == "subtitle":
        return "heading"
    if _SKIPPED_STYLE.match(name):
        return "skipped"
    return "quote" if name in _QUOTES else "item" if name.startswith("list") and name != "list paragraph" else ""


def _links(package: Package, main: str) -> dict[str, str]:
    """The address of each link, by the id of its relation."""
    part = _beside(main, f"_rels/{main.rpartition('/')[2]}.rels")
    if part not in package.names:
        return {}
    try:
        relations = parse_xml(package.read(part), f"its part {part!r}").iter("{*}Relationship")
    except FormatError:  # the text is there without them
        return {}
    return {relation.get("Id", ""): relation.get("Target", "") for relation in relations}


def _declared_title(package: Package) -> str | None:
    if "docProps/core.xml" not in package.names:
        return None
    try:
        core = parse_xml(package.read("docProps/core.xml"), "its properties")
    except FormatError:  # the text is there without them
        return None
    title = next(core.iter("{http://purl.org/dc/elements/1.1/}title"), None)
    return None if title is None else title.text


def _value(element: Any, name: str) -> str:
    """An attribute, whatever its namespace; empty if there is none."""
    if element is None:
        return ""
    return next((value for key, value in element.attrib.items() if key.rpartition("}")[2] == name), "")


class _Reader:
    """The paragraphs of a document's main part, read in one pass over its elements."""

    def __init__(self, styles: dict[str, str], links: dict[str, str], *, boxes: bool = False) -> None:
        self._styles, self._links = styles, links
        self._not_text = _NOT_TEXT - {"drawing", "pict"} if boxes else _NOT_TEXT
        self._n_skipped = 0
        """Number of open elements whose content is not text."""
        self._texts: list[str] = []
        self._kind = self._link = ""
        self._is_hidden = self._joins_next = False
        self._fields: list[str | None] = []
        """The instructions of open fields; None where their result has begun and is text, "" where it is not."""

    def paragraphs(self, raw: bytes) -> Iterator[Paragraph]:
        """The paragraphs of the XML in `raw`."""
        for event, element in xml_events(raw, "its text"):
            name = local_name(element)
            if event == "start":
                self._start(name, element)
                continue
            self._end(name, element)
            if name == "p" and not self._n_skipped and not self._joins_next:
                if self._kind != "skipped":
                    yield Paragraph("".join(self._texts), self._kind, self._link)
                self._texts.clear()
                self._kind = self._link = ""
            if name in {"p", "tbl"}:
                element.clear()
                while element.getprevious() is not None and element.getparent() is not None:
                    del element.getparent()[0]

    def _start(self, name: str, element: Any) -> None:
        if name in self._not_text:
            self._n_skipped += 1
            if name == "del" and local_name(element.getparent()) == "rPr":
                self._joins_next = True  # the mark at the end of the paragraph was deleted
        elif name == "r":
            self._is_hidden = False
        elif name == "hyperlink":
            self._link = self._links.get(_value(element, "id"), "")
        elif name == "p" and not self._n_skipped:
            self._joins_next = False
            self._kind = ""

    def _end(self, name: str, element: Any) -> None:
        if name in self._not_text:
            self._n_skipped -= 1
        if name == "instrText" and self._fields and self._fields[-1] is not None:
            self._fields[-1] += element.text or ""
        if self._n_skipped:
            return
        match name:
            case "t" | "br" | "cr" | "tab" | "ptab" | "noBreakHyphen":
                if not self._is_hidden and "" not in self._fields:
                    self._texts.append(self._text_of(name, element))
            case "fldChar":
                self._field(_value(element, "fldCharType"))
            case "vanish" if local_name(element.getparent().getparent()) == "r":
                self._is_hidden = _value(element, "val") not in _OFF
            case "pStyle":
                self._kind = self._kind or self._kind_of_style(_value(element, "val"))
            case "outlineLvl" if not self._kind and _value(element, "val") in set("012345678"):
                self._kind = "heading"
            case "numPr" if not self._kind:
                self._kind = "item"

    @staticmethod
    def _text_of(name: str, element: Any) -> str:
        match name:
            case "t":
                return element.text or ""
            case "noBreakHyphen":
                return "-"
            case "tab" | "ptab":
                return "" if local_name(element.getparent()) == "tabs" else "\t"
            case "br" if _value(element, "type") == "page":
                return "\f"
            case _:
                return "\n"

    def _field(self, kind: str) -> None:
        """Follow a field from its begin over its instruction and its result to its end."""
        if kind == "begin":
            self._fields.append(" ")
        elif kind == "separate" and self._fields:
            self._fields[-1] = "" if _FIELDS.match(self._fields[-1] or "") else None
        elif kind == "end" and self._fields:
            self._fields.pop()

    def _kind_of_style(self, style: str) -> str:
        """The kind of a style; where the list of styles is missing, by its id, which is its name in English Word."""
        known = self._styles.get(style)
        return _kind_of(re.sub(r"(?<=[a-z])(?=\d)", " ", style.lower())) if known is None else known
