"""TEI, and the parliaments of ParlaMint. Each `TEI` element with text is an article.

In a parliament, the text is what is said in the elements `u`, in paragraphs (`seg`, else `p`); the speaker is the person of
the list in the header, else the name in the note before the speech. Notes, noises and gaps are no speech. In other texts,
headings, paragraphs, verses and items are read, and speeches of plays have their speaker.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Any

from tasks.errors import FormatError, SkippedSource
from tasks.ingest.articles import Article, Unread
from tasks.ingest.compression import read_whole
from tasks.ingest.formats.xml_tree import attribute, children, descendants, local_name, parse_xml, words_of
from tasks.parts import Parts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tasks.ingest.decoding import Decoded
    from tasks.ingest.model import Source
    from tasks.options import Options

_NOT_SAID = frozenset(
    """
    note vocal kinesic incident gap desc teiheader figure fw linkgrp join spangrp standoff sic orig abbr rdg del surplus
    speaker stage pause shift writing index milestone
    """.split()
)
_IN_CHOICE = frozenset({"sic", "orig", "abbr"})
"""Left out only where the element stands beside its correction: alone, it is the text."""
_BREAKS = frozenset({"pb", "cb", "gb"})
_BLOCKS = frozenset(
    {"p", "seg", "ab", "l", "head", "item", "quote", "row", "trailer", "opener", "closer", "salute", "signed"}
)
_CONTAINERS = frozenset(
    {"lg", "list", "table", "div", "body", "front", "back", "group", "text", "sp", "u", "floatingtext", "cit"}
)
_BRACKETED = re.compile(r"\s*[(\[][^()\[\]]*[)\]]")


def read_articles(stream: IO[bytes], source: Source, options: Options) -> Iterator[Article | Unread]:
    """The texts of a TEI file, with their speakers if it is a transcript."""
    raw = read_whole(stream, options.limits.max_unpacked_bytes, "--max-unpacked-bytes", source.uri)
    Parts(options.limits.max_document_parts).check(raw.count(b"<"), "tags of XML", each=3)
    root, decoded = parse_xml(raw)
    texts = [element for element in descendants(root, "tei") if next(children(element, "text"), None) is not None]
    articles = [_read_text(element, root, decoded) for element in texts]
    n_articles = 0
    for number, article in enumerate(articles, 1):
        if article is not None:
            n_articles += 1
            yield article if len(articles) == 1 else _numbered(article, number)
    if not n_articles:
        message = "this TEI file has a header and no text (a list of speakers or of files)"
        yield Unread(FormatError(message) if source.asked_for else SkippedSource(message))


def _numbered(article: Article, number: int) -> Article:
    from dataclasses import replace

    return replace(article, number=number)


def _read_text(tei: Any, root: Any, decoded: Decoded) -> Article | None:
    text = next(children(tei, "text"))
    speeches = [*descendants(text, "u")]
    names = _names(root)
    blocks = _Blocks()
    if speeches:
        for speech in speeches:
            _read_speech(speech, _speaker(speech, names), blocks)
        speakers = tuple(blocks.speakers)
    else:
        _read_blocks(text, blocks)
        is_play = any(blocks.speakers)
        speakers = tuple(blocks.speakers) if is_play else ()
    if not blocks.texts:
        return None
    return Article("\n\n".join(blocks.texts), "tei", fields=_fields(tei, text, is_speech=bool(speeches)), decoded=decoded,
                   speakers=speakers)  # fmt: skip


@dataclass
class _Blocks:
    """Paragraphs in order, each with its speaker."""

    texts: list[str] = field(default_factory=list)
    speakers: list[str | None] = field(default_factory=list)

    def add(self, text: str, speaker: str | None) -> None:
        if text:
            self.texts.append(text)
            self.speakers.append(speaker)


def _read_speech(speech: Any, speaker: str | None, blocks: _Blocks) -> None:
    """The paragraphs of an element `u`: its `seg` or `p`, else all of it."""
    segments = [*children(speech, "seg", "p")]
    for segment in segments or [speech]:
        blocks.add(block_text(segment), speaker)


def _read_blocks(element: Any, blocks: _Blocks, speaker: str | None = None) -> None:
    """The paragraphs of a text that is no transcript of a parliament, at any depth."""
    for child in children(element):
        name = local_name(child)
        if name in _NOT_SAID:
            continue
        if name == "sp":
            who = next((words_of(found) for found in children(child, "speaker")), "").strip(" .:")
            _read_blocks(child, blocks, who or None)
        elif name in _CONTAINERS and name != "u":
            _read_blocks(child, blocks, speaker)
        elif name in _BLOCKS:
            inner = [*children(child, "p", "l", "lg", "list", "table")]
            if inner:
                _read_blocks(child, blocks, speaker)
            else:
                blocks.add(block_text(child), speaker)
        else:
            blocks.add(block_text(child), speaker)


# --------------------------------------------------------------------------------------------------------------- words


def block_text(element: Any) -> str:
    """The words of a paragraph on one line: corrections and expansions, without notes.

    A text with words as elements (`w`, `pc`) has a blank after each, unless an element says `join`.

    >>> block_text(parse_xml(b"<p>a dis<pb/>grace<note>so</note> <choice><sic>ti</sic><corr>it</corr></choice> is</p>")[0])
    'a disgrace it is'
    """
    words = [*_own_words(element)]
    if words:
        return _join_words(words)
    pieces: list[str] = []
    _collect(element, pieces)
    return " ".join("".join(pieces).split())


def _own_words(element: Any) -> Iterator[Any]:
    """The outermost `w` and `pc` below an element, outside of notes."""
    stack = [*element][::-1]
    while stack:
        child = stack.pop()
        name = local_name(child)
        if name in {"w", "pc"}:
            yield child
        elif name and name not in _NOT_SAID:
            stack += [*child][::-1]


def _join_words(words: list[Any]) -> str:
    pieces: list[str] = []
    is_joined = True
    for word in words:
        text = "".join(word.itertext()).strip()
        text = "".join(text.split()) if len(word) else " ".join(text.split())
        join = attribute(word, "join")
        if not text:
            continue
        if not is_joined and join not in {"left", "both", "overlap"}:
            pieces.append(" ")
        pieces.append(text)
        is_joined = join in {"right", "both"}
    return "".join(pieces)


def _collect(element: Any, pieces: list[str]) -> None:
    """Add the text in an element to `pieces`. The depth is bounded by the parser."""
    pieces.append(element.text or "")
    names = {local_name(child) for child in element}
    for child in element:
        name = local_name(child)
        if name == "lb":
            if attribute(child, "break") == "no":
                _drop_hyphen(pieces)
            else:
                pieces.append(" ")
        elif name in _BREAKS:
            if attribute(child, "break") == "no":
                _drop_hyphen(pieces)
        elif name and not _is_left_out(name, names):
            _collect(child, pieces)
        tail = child.tail or ""
        if name in _BREAKS | {"lb"} and attribute(child, "break") == "no":
            tail = tail.lstrip()
        pieces.append(tail)


def _is_left_out(name: str, names: set[str]) -> bool:
    """Whether an element is no text, beside elements of the given `names`."""
    if name in _IN_CHOICE:
        return bool(names & {"corr", "reg", "expan", "ex"})
    return name in _NOT_SAID


def _drop_hyphen(pieces: list[str]) -> None:
    """Remove white space and the hyphen before a break inside a word."""
    while pieces and not pieces[-1].strip():
        pieces.pop()
    if pieces:
        text = pieces[-1].rstrip()
        pieces[-1] = text[:-1] if text[-1] in "-\u00ad\u2010¬" else text


# -------------------------------------------------------------------------------------------------------------- header


def _names(root: Any) -> dict[str, str]:
    """The names of the persons in the header, by their ids."""
    names: dict[str, str] = {}
    for person in descendants(root, "person", "persongrp"):
        key = attribute(person, "id")
        name = next(descendants(person, "persname"), None)
        if not key or name is None:
            continue
        parts = [words_of(part) for kind in ("forename", "namelink", "surname") for part in descendants(name, kind)]
        names[key] = " ".join(filter(None, parts)) or words_of(name)
    return names


def _speaker(speech: Any, names: dict[str, str]) -> str | None:
    """The speaker of a speech: by the list of persons, else by the note above, else its id."""
    who = attribute(speech, "who").split()
    known = [names[key] for one in who if (key := one.rpartition("#")[2].rpartition(":")[2]) in names]
    if known:
        return ", ".join(known)
    for above in speech.itersiblings(preceding=True):
        if local_name(above) == "u":
            break
        is_label = local_name(above) == "note" and attribute(above, "type") == "speaker"
        if is_label and (name := _BRACKETED.sub("", words_of(above)).strip(" :.,")):
            return name
    return who[0].rpartition("#")[2] or None if who else None


def _fields(tei: Any, text: Any, *, is_speech: bool) -> dict[str, Any]:
    """Title, source and date. Of a debate, the title is its first heading, and the source the name of the corpus."""
    header = next(children(tei, "teiheader"), None)
    statement = None if header is None else next(descendants(header, "titlestmt"), None)
    main = [] if statement is None else sorted(
        children(statement, "title"), key=lambda title: attribute(title, "type") not in {"main", ""}
    )  # fmt: skip
    title = next(filter(None, map(words_of, main)), None)
    heading = next(filter(None, (block_text(head) for head in descendants(text, "head"))), None)
    source, date, byline = None, None, None
    if header is not None:
        source = _source(header)
        date = _date(header)
        byline = (
            ", ".join(filter(None, (words_of(one) for one in descendants(statement, "author"))))
            if statement is not None
            else None
        )
    return {
        "title": (heading or title) if is_speech else (title or heading),
        "source": (title or source) if is_speech else source,
        "date": date,
        "byline": byline or None,
        "provider_id": attribute(tei, "id") or None,
    }


def _source(header: Any) -> str | None:
    """The paper or book that a text was printed in, else its publisher."""
    description = next(descendants(header, "sourcedesc"), None)
    if description is not None:
        titles = sorted(
            descendants(description, "title"), key=lambda one: attribute(one, "level") not in {"j", "m", "s"}
        )
        if found := next((words_of(one) for one in titles if attribute(one, "level") != "a" and words_of(one)), None):
            return found
    return next((words_of(one) for one in descendants(header, "publisher") if words_of(one)), None)


def _date(header: Any) -> str | None:
    """The date of the setting of a speech, else of the source; never that of the file."""
    for place in ("settingdesc", "sourcedesc", "creation"):
        for found in descendants(header, place):
            for date in descendants(found, "date"):
                if when := attribute(date, "when") or attribute(date, "from") or words_of(date):
                    return when
    return None
