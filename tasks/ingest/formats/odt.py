"""OpenDocument texts (.odt, and as one XML file .fodt): the body's paragraphs, as they read after all changes are accepted.

Deleted text stands in a list of changes and is left out, as are notes, comments with their authors and times, captions,
indexes, hidden text, and the numbers of pages. Frames are not part of the paragraph they are anchored in; they are read
only where there is no other text.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Any

from tasks.errors import FormatError
from tasks.ingest.articles import Article, Unread
from tasks.ingest.compression import read_whole
from tasks.ingest.exports import exports_of_paper
from tasks.ingest.packages import Package, local_name, parse_xml
from tasks.ingest.paper import Paragraph, paper_fields, plain_paper, split_title, tidy_paragraphs
from tasks.parts import Parts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tasks.ingest.model import Source
    from tasks.options import Options

_NOT_TEXT = frozenset(
    "tracked-changes note annotation annotation-end forms table-of-content illustration-index table-index object-index "
    "user-index alphabetical-index bibliography ruby-text page-number page-count file-name hidden-text hidden-paragraph "
    "sequence-decls variable-decls user-field-decls meta scripts settings styles master-styles font-face-decls "
    "automatic-styles frame custom-shape text-box".split()
)
_BOXES = frozenset({"frame", "custom-shape", "text-box"})
_CAPTIONS = frozenset({"caption", "illustration", "figure", "table", "drawing", "text"})
"""Styles of captions: LibreOffice has one for each kind of thing that is described."""


def read_articles(stream: IO[bytes], source: Source, options: Options) -> Iterator[Article | Unread]:
    """The article of a document, or those of an export of a news archive."""
    meta = None
    if stream.read(2) == b"PK":
        stream.seek(0)
        package = Package(stream, options.limits)
        raw = package.read("content.xml")
        styles = package.read("styles.xml") if "styles.xml" in package.names else b""
        meta = package.read("meta.xml") if "meta.xml" in package.names else None
    else:
        stream.seek(0)
        raw = read_whole(stream, options.limits.max_document_bytes, "--max-document-bytes", source.uri)
        styles = b""
    Parts(options.limits.max_document_parts).check(raw.count(b"<text:"), "elements of text", each=0.5)
    root = parse_xml(raw, "its text")
    names = _Styles()
    if styles:
        names.add(parse_xml(styles, "its styles"))
    names.add(root)
    body = next((element for element in root.iter("{*}text") if local_name(element.getparent()) == "body"), None)
    if body is None:
        raise FormatError("it has no text: this OpenDocument file is of another kind; save it as .odt")
    read = list(_paragraphs(body, names, _NOT_TEXT))
    if exported := exports_of_paper(read, options):
        yield from exported
        return
    paragraphs = tidy_paragraphs(read) or tidy_paragraphs(_paragraphs(body, names, _NOT_TEXT - _BOXES))
    title, rest = split_title(paragraphs, lambda: _declared_title(root, meta))
    yield Article(plain_paper(rest), "odt", fields=paper_fields(title))


def _declared_title(root: Any, meta: bytes | None) -> str | None:
    try:
        where = root if meta is None else parse_xml(meta, "its properties")
    except FormatError:  # the text is there without them
        return None
    title = next(where.iter("{http://purl.org/dc/elements/1.1/}title"), None)
    return None if title is None else title.text


@dataclass
class _Styles:
    """What is known of the styles: which one each is made from, and which hide their text or begin a page."""

    parents: dict[str, str] = field(default_factory=dict)
    hidden: set[str] = field(default_factory=set)
    begins_page: set[str] = field(default_factory=set)

    def add(self, root: Any) -> None:
        for style in root.iter("{*}style"):
            name = _value(style, "name")
            self.parents[name] = _value(style, "parent-style-name")
            for properties in style:
                if _value(properties, "display") == "none":
                    self.hidden.add(name)
                if _value(properties, "break-before") == "page":
                    self.begins_page.add(name)

    def kind(self, name: str) -> str:
        """The kind of a paragraph with a style, `skipped` for captions."""
        for _ in range(10):
            plain = name.replace("_20_", " ").lower()
            if plain == "title":
                return "title"
            if plain.startswith("heading") or plain == "subtitle":
                return "heading"
            if plain in _CAPTIONS or plain in {"header", "footer", "footnote"}:
                return "skipped"
            if plain in {"quotations", "quote"}:
                return "quote"
            if not (name := self.parents.get(name, "")):
                break
        return ""


def _value(element: Any, name: str) -> str:
    return next((value for key, value in element.attrib.items() if key.rpartition("}")[2] == name), "")


def _paragraphs(body: Any, styles: _Styles, not_text: frozenset[str]) -> Iterator[Paragraph]:
    """The paragraphs below an element; those in a frame come after the one that it is anchored in."""
    from lxml import etree

    open_texts: list[list[str]] = []
    inner: list[Paragraph] = []
    n_skipped = n_lists = 0
    link = ""
    for event, element in etree.iterwalk(body, events=("start", "end")):
        name = local_name(element)
        is_skipped = name in not_text or (name == "span" and _value(element, "style-name") in styles.hidden)
        if event == "start":
            n_skipped += is_skipped
            if n_skipped:
                continue
            if name in {"p", "h"}:
                open_texts.append(["\f"] if _value(element, "style-name") in styles.begins_page else [])
                link = "" if len(open_texts) == 1 else link
            n_lists += name == "list"
            if name == "a":
                link = _value(element, "href")
            if open_texts:
                open_texts[-1].append(_inline(name, element))
            continue
        if not n_skipped and name in {"p", "h"}:
            paragraph = _paragraph(element, name, "".join(open_texts.pop()), styles, link, in_list=n_lists > 0)
            if paragraph:
                inner.append(paragraph)
            if not open_texts:
                yield from inner[-1:]
                yield from inner[:-1]
                inner.clear()
        n_lists -= not n_skipped and name == "list"
        n_skipped -= is_skipped
        if not n_skipped and open_texts and element.tail:
            open_texts[-1].append(element.tail.replace("\n", " "))


def _inline(name: str, element: Any) -> str:
    """What an element stands for in a text, with the text that it begins with."""
    text = (element.text or "").replace("\n", " ")
    return {"s": " ", "tab": "\t", "line-break": "\n"}.get(name, "") + text


def _paragraph(element: Any, name: str, text: str, styles: _Styles, link: str, *, in_list: bool) -> Paragraph | None:
    style = _value(element, "style-name")
    kind = styles.kind(style)
    if kind == "skipped" or style in styles.hidden:
        return None
    return Paragraph(text, kind or ("heading" if name == "h" else "item" if in_list else ""), link)
