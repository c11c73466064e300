r"""Rich text (.rtf): its paragraphs, each byte in the code page of its font.

RTF is ASCII with control words and groups in braces. `\'e9` is a byte in the code page of the current font; `\u8217` is
a character, followed by as many substitutes for old readers as `\uc` says. What a reader of the page does not see in the
text (tables of fonts, heads and feet, notes, comments, pictures, deleted and hidden text) is in groups or between
control words that are skipped. No library is used: the one that is small and free keeps deleted text, takes Macintosh
text for Windows', and splits characters outside the basic plane.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, replace
from typing import IO, TYPE_CHECKING

from tasks.errors import FormatError
from tasks.ingest.articles import Article, Unread
from tasks.ingest.compression import read_whole
from tasks.ingest.exports import exports_of_paper
from tasks.ingest.paper import Paragraph, paper_fields, plain_paper, split_title, tidy_paragraphs
from tasks.parts import Parts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tasks.ingest.model import Source
    from tasks.options import Options

_TOKEN = re.compile(
    rb"\\(?:(?P<word>[A-Za-z]{1,32})(?P<number>-?\d{1,10})?[ ]?|'(?P<byte>[0-9a-fA-F]{2})|(?P<symbol>[^A-Za-z]))"
    rb"|(?P<brace>[{}])|[\r\n\0]+|(?P<text>[^\\{}\r\n\0]+)|\\"
)
_SKIPPED = frozenset(
    b"colortbl header headerl headerr headerf footer footerl footerr footerf footnote annotation atnid atnauthor pict "
    b"object nonshppict shppict shp do nonesttables xe tc rxe private bkmkstart bkmkend revtbl filetbl upr".split()
)
"""Groups whose content is not text. Groups that begin with a star are skipped as well, but for those below."""
_KEPT_STARS = frozenset({b"fldinst", b"ud"})
_SYMBOLS = {
    b"emdash": "—", b"endash": "–", b"lquote": "‘", b"rquote": "’", b"ldblquote": "“", b"rdblquote": "”",
    b"bullet": "•", b"tab": "\t", b"line": "\n", b"lbr": "\n", b"page": "\f", b"emspace": " ", b"enspace": " ", b"qmspace": " ",
    b"~": "\N{NO-BREAK SPACE}", b"_": "-", b"-": "", b"\\": "\\", b"{": "{", b"}": "}",
}  # fmt: skip
_ENDS = frozenset({b"par", b"sect", b"row", b"cell", b"nestcell", b"nestrow"})
_CODE_PAGES = {
    77: "mac_roman", 128: "cp932", 129: "cp949", 134: "gbk", 136: "big5", 161: "cp1253", 162: "cp1254", 163: "cp1258",
    177: "cp1255", 178: "cp1256", 186: "cp1257", 204: "cp1251", 222: "cp874", 238: "cp1250",
}  # fmt: skip
"""The code pages of fonts, by the number of their character set."""
_DEEPEST = 10_000


def read_articles(stream: IO[bytes], source: Source, options: Options) -> Iterator[Article | Unread]:
    """The article of a file, or those of an export of a news archive."""
    raw = read_whole(stream, options.limits.max_document_bytes, "--max-document-bytes", source.uri)
    Parts(options.limits.max_document_parts).check(
        raw.count(b"\\par") + raw.count(b"{"), "paragraphs and groups", each=0.5
    )
    reader = _Reader(raw)
    paragraphs = list(reader.paragraphs())
    if exported := exports_of_paper(paragraphs, options):
        yield from exported
        return
    title, body = split_title(tidy_paragraphs(paragraphs), lambda: reader.title)
    yield Article(plain_paper(body), "rtf", fields=paper_fields(title))


@dataclass(slots=True)
class _Group:
    """What holds from an opening brace, or a control word after it, to the closing one."""

    font: int | None = None
    n_substitutes: int = 1
    is_skipped: bool = False
    is_hidden: bool = False
    is_deleted: bool = False
    is_bold: bool = False
    place: bytes = b""
    """The destination that is not text but is read: fonttbl, stylesheet, title, fldinst."""


class _Reader:
    """One pass over the tokens of a file."""

    def __init__(self, raw: bytes) -> None:
        self._raw = raw
        self._code_page = "cp1252"
        self._charsets: dict[int, int] = {}
        self._styles: dict[int, str] = {}
        self._group = _Group()
        self._default_font: int | None = None
        self._font = self._style = 0
        self._aside: list[str] = []
        """The text of a destination that is read."""
        self._texts: list[str] = []
        self._pending = bytearray()
        self._codec = "cp1252"
        self._kind = self._link = ""
        self._is_bold = True
        self.title = ""

    def paragraphs(self) -> Iterator[Paragraph]:
        r"""The paragraphs, with `\f` for a new page."""
        stack: list[_Group] = []
        place = n_to_skip = 0
        is_star = False
        while place < len(self._raw) and (match := _TOKEN.match(self._raw, place)):
            place = match.end()
            word, brace = match["word"], match["brace"]
            if brace:
                self._flush()
                n_to_skip = 0
                if brace == b"{":
                    if len(stack) > _DEEPEST:
                        raise FormatError("its groups are nested too deeply; save it again")
                    stack.append(self._group)
                    self._group = replace(self._group)
                elif stack:
                    self._close(stack[-1])
                    self._group = stack.pop()
            elif word:
                number = int(match["number"]) if match["number"] else None
                if word == b"bin":
                    place += min(max(number or 0, 0), len(self._raw))
                elif word == b"u":
                    self._add_character(number or 0)
                    n_to_skip = self._group.n_substitutes
                elif word in _ENDS and not self._is_aside():
                    self._flush()
                    yield self._paragraph()
                elif n_to_skip and word in _SYMBOLS:
                    n_to_skip -= 1
                else:
                    self._control(word, number, is_star=is_star)
            elif match["byte"] or match["text"]:
                content = bytes([int(match["byte"], 16)]) if match["byte"] else match["text"]
                skipped = min(n_to_skip, len(content))
                n_to_skip -= skipped
                self._add_bytes(content[skipped:])
            elif match["symbol"] and match["symbol"] != b"*":
                if n_to_skip:
                    n_to_skip -= 1
                elif match["symbol"] in b"\r\n" and not self._is_aside():
                    self._flush()
                    yield self._paragraph()
                else:
                    self._add(_SYMBOLS.get(match["symbol"], ""))
            is_star = match["symbol"] == b"*" or (is_star and not (word or brace))
        self._flush()
        yield self._paragraph()

    def _paragraph(self) -> Paragraph:
        """The paragraph that ends here."""
        text = "".join(self._texts).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        paragraph = Paragraph(text, self._kind, self._link, is_bold=self._is_bold and bool(text.strip()))
        self._texts.clear()
        self._link, self._is_bold = "", True
        return paragraph

    def _is_aside(self) -> bool:
        return self._group.is_skipped or bool(self._group.place)

    def _close(self, outer: _Group) -> None:
        """What was read in a destination that ends here."""
        place, text = self._group.place, "".join(self._aside)
        if not place or outer.place == place:
            if place == b"stylesheet" and text.strip():
                self._styles[self._style] = text.strip(" ;").lower()
                self._style = 0
                self._aside.clear()
            return
        if place == b"title":
            self.title = text
        elif place == b"fldinst" and (match := re.match(r"\s*HYPERLINK\s+\"([^\"]*)\"", text)):
            self._link = match[1]
        elif place == b"fldinst" and re.match(r"\s*(?:PAGE|NUMPAGES|TOC|SEQ|DATE|TIME|FILENAME)\b", text):
            outer.is_skipped = True  # the result of the field, in the same group
        self._aside.clear()

    def _control(self, word: bytes, number: int | None, *, is_star: bool) -> None:
        group = self._group
        is_on = number != 0
        if is_star and word not in _KEPT_STARS:
            self._flush()
            group.is_skipped = True
            return
        match word:
            case b"fonttbl" | b"stylesheet" | b"title" | b"fldinst":
                self._flush()
                group.place = word
                self._aside.clear()
            case b"info" | b"listtext" | b"pntext" | b"pntxtb" | b"pntxta":
                self._flush()
                self._kind = self._kind or ("" if word == b"info" else "item")
                group.place = b"info"
            case b"ud":
                group.is_skipped = False
            case _ if word in _SKIPPED:
                self._flush()
                group.is_skipped = True
            case b"ansicpg":
                self._code_page = _codec(number or 0)
            case b"mac" | b"pc" | b"pca":
                self._code_page = {b"mac": "mac_roman", b"pc": "cp437", b"pca": "cp850"}[word]
            case b"deff":
                self._default_font = number
            case b"f":
                self._flush()
                self._font = number or 0
                if group.place != b"fonttbl":
                    group.font = number
            case b"fcharset" if group.place == b"fonttbl":
                self._charsets[self._font] = number or 0
            case b"s" if group.place == b"stylesheet":
                self._style = number or 0
            case b"s":
                self._kind = _kind_of(self._styles.get(number or 0, "")) or self._kind
            case b"outlinelevel" if not self._is_aside() and (number or 0) < 9:
                self._kind = self._kind or "heading"
            case b"pard" if not self._is_aside():
                self._kind = ""
            case b"plain":
                self._flush()
                group.is_hidden = group.is_deleted = group.is_bold = False
                group.font = None
            case b"v":
                self._flush()
                group.is_hidden = is_on
            case b"deleted":
                self._flush()
                group.is_deleted = is_on
            case b"b":
                self._flush()
                group.is_bold = is_on
            case b"uc":
                group.n_substitutes = min(max(number or 0, 0), 9)
            case _ if word in _SYMBOLS:
                self._add(_SYMBOLS[word])

    def _font_codec(self) -> str:
        """The code page of the current font."""
        font = self._default_font if self._group.font is None else self._group.font
        charset = self._charsets.get(font) if font is not None else None
        if charset == 0 and set(self._charsets.values()) & _CODE_PAGES.keys():
            return "cp1252"  # other fonts have the letters of the document's own code page
        return _CODE_PAGES.get(charset or 0, self._code_page)

    def _add_bytes(self, content: bytes) -> None:
        if not content or self._group.is_skipped:
            return
        codec = self._font_codec()
        if codec != self._codec:
            self._flush()
            self._codec = codec
        self._pending += content

    def _add_character(self, number: int) -> None:
        self._add(chr(number & 0xFFFF))

    def _flush(self) -> None:
        """Decode the bytes that were read since the last change of group, font or character."""
        if self._pending:
            content = bytes(self._pending)
            self._pending.clear()
            self._add(content.decode("ascii" if content.isascii() else self._codec, "replace"))

    def _add(self, text: str) -> None:
        """Add text where it belongs: to the paragraph, or to what is read aside."""
        if self._pending:
            self._flush()
        group = self._group
        if group.is_skipped or group.is_hidden or group.is_deleted:
            return
        if group.place:
            self._aside.append(text)
            return
        self._texts.append(text)
        if not group.is_bold and text.strip():
            self._is_bold = False


def _codec(number: int) -> str:
    """Python's name of a code page; cp1252 for one that it does not know."""
    name = {65001: "utf-8", 10000: "mac_roman", 936: "gbk"}.get(number, f"cp{number}")
    try:
        codecs.lookup(name)
    except LookupError:
        return "cp1252"
    return name


def _kind_of(style: str) -> str:
    if style == "title":
        return "title"
    return "heading" if re.match(r"heading \d|subtitle", style) else "item" if style.startswith("list") else ""
