"""What the first bytes of a file show: its family, and the words in which its format is looked for.

A family is a kind of container or markup that the first bytes prove: `zip`, `pdf`, `rtf`, `sqlite`, `ole`, `tar` and the
others of data/signatures.toml; `xml`, `html` and `json` by their first mark; `text` is all that reads as text, `binary`
the rest. Most families hold many formats. So each has a text in which the pattern of a format is searched: the names of
an archive's members, the root element of XML, the beginning of a text.
"""

from __future__ import annotations

import lzma
import re
import struct
import tomllib
import zipfile
import zlib
from dataclasses import dataclass
from importlib.resources import files
from typing import IO

HEAD_BYTES = 1 << 16
"""Number of bytes from which a file is recognised."""

SIGNATURES = tuple(
    (bytes.fromhex(entry["bytes"]), entry.get("at", 0), entry["family"], entry["what"])
    for entry in tomllib.loads(files(__package__).joinpath("data", "signatures.toml").read_text("utf-8"))["signature"]
)
_CERTAIN = frozenset({"zip", "pdf", "rtf", "sqlite", "ole", "tar", "7z", "rar", "xz", "warc", "ebu-stl"})
"""Families whose first bytes no text begins with."""

_MARKUP = re.compile(
    r"\A(?:<\?xml\b[^>]{0,300}\?>)?(?:\s|<!--.{0,2000}?-->|<\?[^>]{0,500}\?>)*"
    r"(?:<!doctype\s+(?P<doctype>[\w.:-]+)[^\[>]{0,500}(?:\[.{0,20000}?\]\s*)?>(?:\s|<!--.{0,2000}?-->)*)?"
    r"(?:<(?P<root>[A-Za-z_][\w.:-]*)(?P<attributes>(?:\s[^<>]{0,4000})?)/?>)?",
    re.DOTALL | re.IGNORECASE,
)
_HTML_TAGS = frozenset(
    "html head body title meta div p table article section main h1 h2 span br ul ol center font".split()
)
_TAG = re.compile(r"<([A-Za-z_][\w.:-]{0,60})")
_N_TAGS = 60
_NAMESPACE = re.compile(r"""\sxmlns(?::(?P<prefix>[\w.-]+))?\s*=\s*["'](?P<uri>[^"']*)["']""")
_JSON = re.compile(r"""\A\s*(?:\{\s*(?:"|\})|\[\s*(?:\{\s*"|"|\[|\]|-?\d+\s*[,\]]))""")
_MIMETYPE = re.compile(rb"mimetype(application/[\w.+-]+?)(?:PK|\s|\Z)")
ZIP_ERRORS = (
    zipfile.BadZipFile,
    NotImplementedError,
    ValueError,
    EOFError,
    OSError,
    RuntimeError,
    OverflowError,
    struct.error,
    zlib.error,
    lzma.LZMAError,
)
"""What `zipfile` raises for damaged archives, and for what it cannot unpack."""
_N_MEMBERS = 4000
"""Number of members of an archive whose names are searched."""


@dataclass(frozen=True)
class Content:
    """The family of a file's content, what is searched for the pattern of a format, and the content in words."""

    family: str
    evidence: str
    what: str

    @property
    def is_text(self) -> bool:
        """Whether it may be read as text, because nothing proves that it is markup or a container."""
        return self.family in {"text", "binary"}


def examine(head: bytes, stream: IO[bytes] | None = None) -> Content:
    r"""What `head`, the first bytes of a file, shows. An archive is searched for names in `stream`, if it can seek.

    >>> examine(b"It rained."), examine(b"%PDF-1.7\n").family
    (Content(family='text', evidence='It rained.', what='text'), 'pdf')
    >>> examine(b'<?xml version="1.0"?><n:a xmlns:n="urn:news">')
    Content(family='xml', evidence='{urn:news}a\n<a', what='XML with the root element <n:a>')
    """
    if found := _by_signature(head):
        family, what = found
        if family == "zip":
            return Content(family, _members(head, stream), what)
        return Content(family, _streams(head, stream) if family == "ole" else "", what)
    text = _as_text(head)
    if text is None:
        return Content("binary", "", "binary data")
    bare = text.lstrip("\ufeff \t\r\n")
    if bare.startswith("<") and (content := _markup(bare)):
        return content
    if _JSON.match(bare):
        return Content("json", bare, "JSON")
    return Content("text", bare, "text")


def _by_signature(head: bytes) -> tuple[str, str] | None:
    """The family and its name in words, if the first bytes prove one."""
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n")
    for mark, at, family, what in SIGNATURES:
        if family in _CERTAIN and (head[at:].startswith(mark) or (family in {"pdf", "rtf"} and start.startswith(mark))):
            return family, what
    if head.startswith(b"PAR1") and b"\0" in head:
        return "parquet", "parquet data"
    # Some programs and mail systems write lines before the first one of a PDF; readers accept a kilobyte of them.
    return ("pdf", "a PDF") if re.search(rb"^%PDF-\d\.\d", head[:1024], re.MULTILINE) and b"\0" in head else None


def _as_text(head: bytes) -> str | None:
    """The beginning of a text, however it is encoded: only marks in ASCII are searched. None if it is no text."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return head.decode("utf-16", "ignore")
    if head.count(b"\0") > len(head) // 50:
        even, odd = head[0:4000:2].count(0), head[1:4000:2].count(0)
        if min(even, odd) * 5 > max(even, odd):
            return None
        return head.decode("utf-16-le" if odd > even else "utf-16-be", "ignore")
    return head.decode("utf-8", "replace")


def _markup(text: str) -> Content | None:
    """The content of a text that begins with a tag; None if it is not markup."""
    match = _MARKUP.match(text)
    root = (match["root"] or "") if match else ""
    if match and ((match["doctype"] or "").lower() == "html" or root.lower() == "html"):
        return Content("html", text, "an HTML page")
    is_declared = text[:5].lower() == "<?xml" or bool(match and match["doctype"])
    if match and root and (is_declared or match["attributes"] or "</" in text or match[0].endswith("/>")):
        if root.lower() in _HTML_TAGS and not is_declared:
            return Content("html", text, "a part of an HTML page")
        names = dict.fromkeys(name.rpartition(":")[2] for name in _TAG.findall(text)[:_N_TAGS])
        evidence = "\n".join([_qualified(root, match["attributes"]), *(f"<{name}" for name in names)])
        return Content("xml", evidence, f"XML with the root element <{root[:60]}>")
    return Content("xml", "", "XML") if is_declared else None


def _qualified(root: str, attributes: str) -> str:
    """The name of a root element with its namespace, as lxml writes it."""
    prefix, _, name = root.rpartition(":")
    spaces = {match["prefix"] or "": match["uri"] for match in _NAMESPACE.finditer(attributes)}
    return f"{{{spaces[prefix]}}}{name}" if spaces.get(prefix) else name


def _members(head: bytes, stream: IO[bytes] | None) -> str:
    """The names of an archive's members, one on a line, and `mimetype=` with what the member of this name holds."""
    names: list[str] = []
    mimetype = ""
    if found := _MIMETYPE.search(head, 26, 200):
        mimetype = found[1].decode("ascii")
    if stream is not None and stream.seekable():
        try:
            names = zipfile.ZipFile(stream).namelist()[:_N_MEMBERS]
        except ZIP_ERRORS:
            names = []
    if not names:  # the list of members stands at the end of the file; each member has its name before it, too
        names = [
            match[2][: int.from_bytes(match[1], "little")].decode("utf-8", "replace")
            for match in re.finditer(rb"PK\x03\x04.{22}(..)(?=..(.{0,400}))", head, re.DOTALL)
        ]
    return "\n".join([f"mimetype={mimetype}", *names])


def _streams(head: bytes, stream: IO[bytes] | None) -> str:
    """The names of the streams in an old office document: the first sectors of its directory."""
    sector_bytes = 1 << (int.from_bytes(head[30:32], "little") & 15)
    directory = head
    if stream is not None and stream.seekable():
        stream.seek((int.from_bytes(head[48:52], "little") + 1) * sector_bytes)
        directory = stream.read(8 * 512)
    return directory.decode("utf-16-le", "ignore")
