r"""Escapes of mail, JSON, URLs and other formats that were left in a text, decoded to what they stand for.

`=E2=80=99`, `\u2019`, `%E2%80%99` and `\'92` are all `’`. Outside of their formats they are damage. They are kept in code,
in addresses and where they are quoted, and escapes of ASCII characters are kept where nothing shows that a text was
encoded as a whole.

    >>> [step[2:4] for step in decode_escapes("The plan=E2=80=94agreed \\u2019til May")]
    [('=E2=80=94', '—'), ('\\u2019', '’')]
"""

from __future__ import annotations

import re
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from typing import TYPE_CHECKING

from tasks.clean.character_classes import is_prose
from tasks.clean.orthography import is_attested
from tasks.clean.repairs import Step

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_MAY = re.compile(
    r"=(?:[C-F][0-9A-F]|20$|20\n|\?)|\\(?:u[0-9a-fA-F]{4}|x[89a-fA-F][0-9a-fA-F]|'[89a-fA-F][0-9a-fA-F])"
    r"|%[C-F][0-9A-F]%|\+[AI][A-Za-z0-9+/]{2,}-"
)
_IS_QUOTED_PRINTABLE = re.compile(
    r"=[C-F][0-9A-F](?:=[89AB][0-9A-F])+|=20$|(?<=[A-Za-z])=[89][0-9A-F](?=[A-Za-z])[^=]*=\n", re.MULTILINE
)
"""What shows that a text is quoted-printable: UTF-8, an escaped space at the end of a line, or soft line ends."""

_PATTERNS: tuple[tuple[str, str], ...] = (
    ("mime", r"=\?[\w-]{2,40}\?[BbQq]\?[^?\s]*\?="),
    ("json", r"(?:\\u[0-9a-fA-F]{4})+"),
    ("bytes", r"(?:\\x[0-9a-fA-F]{2})+"),
    ("rtf", r"(?:\\'[0-9a-fA-F]{2})+"),
    ("percent", r"(?:%[0-9A-F]{2})+"),
    ("utf7", r"\+[A-Za-z0-9+/]{3,}-"),
    ("soft", r"=\n"),
    ("quoted", r"(?:=[0-9A-F]{2})+"),
)
_ESCAPE = re.compile("|".join(f"(?P<{name}>{pattern})" for name, pattern in _PATTERNS))
_BYTES_LITERAL = re.compile(r"\Ab(?P<quote>['\"])(?P<inside>.*)(?P=quote)\Z", re.DOTALL)

_REASONS = {
    "mime": "an encoded word of a mail header",
    "json": "an escape of JSON or a programming language",
    "bytes": "escaped bytes of a programming language",
    "rtf": "an escape of RTF",
    "percent": "an escape of URLs, outside of a URL",
    "utf7": "UTF-7 in a text of another encoding",
    "soft": "a soft line end of quoted-printable mail",
    "quoted": "an escape of quoted-printable mail",
}


def may_hold_escapes(text: str) -> bool:
    r"""Whether a text may contain escapes that are decoded.

    >>> may_hold_escapes("the mayor\\u2019s"), may_hold_escapes("x = 5")
    (True, False)
    """
    return _MAY.search(text) is not None


def decode_escapes(text: str, is_protected: Callable[[int], bool] = lambda _: False) -> list[Step]:
    r"""The steps that replace escapes by their characters. `is_protected` says which positions are in code or addresses.

    >>> decode_escapes('The escape "\\u2019" and the file M%C3%BCnchen/a.txt')
    []
    """
    if not may_hold_escapes(text):
        return []
    steps = [*_decode_all(text, is_protected)]
    literal = _BYTES_LITERAL.match(text)
    if literal and steps and any(step.before.startswith("\\x") for step in steps):
        reason = "the marks of a bytes literal"
        opening = Step(0, 2, text[:2], "", "escaped_character", None, "inferred", reason)
        closing = Step(len(text) - 1, len(text), text[-1], "", "escaped_character", None, "inferred", reason)
        steps = [opening, *(step for step in steps if step.start >= 2 and step.end < len(text)), closing]
    return steps


def _decode_all(text: str, is_protected: Callable[[int], bool]) -> Iterator[Step]:
    is_quoted_printable = _IS_QUOTED_PRINTABLE.search(text) is not None
    for match in _ESCAPE.finditer(text):
        kind, (start, end) = match.lastgroup or "", match.span()
        if kind in {"soft", "quoted"} and not is_quoted_printable:
            continue
        if is_protected(start) or _is_quoted(text, start, end) or _is_in_address(text, start, end, kind):
            continue
        after = _decode(kind, match.group(), text[start - 1 : start])
        if after is not None:
            yield Step(start, end, match.group(), after, "escaped_character", None, "certain", _REASONS[kind])


def _is_quoted(text: str, start: int, end: int) -> bool:
    """Whether an escape stands alone in quotation marks or backticks."""
    around = text[start - 1 : start] + text[end : end + 1]
    return around in {"``", "''", '""', "“”", "‘’", "„“", "«»"}


_ADDRESS = re.compile(r"[/@]|:\\|\?\w+=|\w=%")


def _is_in_address(text: str, start: int, end: int, kind: str) -> bool:
    """Whether the word around an escape is an address or a path."""
    if kind in {"mime", "soft"}:
        return False
    begin, stop = start, end
    limit = 200
    while begin > 0 and not text[begin - 1].isspace() and start - begin < limit:
        begin -= 1
    while stop < len(text) and not text[stop].isspace() and stop - end < limit:
        stop += 1
    return _ADDRESS.search(text[begin:start] + " " + text[end:stop]) is not None


def _decode(kind: str, escape: str, before: str) -> str | None:
    """The characters of an escape; None if it is kept."""
    if kind == "soft":
        return ""
    if kind == "mime":
        return _decode_mime(escape)
    if kind == "json":
        units = b"".join(int(unit, 16).to_bytes(2, "big") for unit in escape.split("\\u")[1:])
        decoded = _if_text(units.decode("utf-16-be", "replace"))
        return None if decoded is None or decoded.isascii() else decoded
    if kind == "utf7":
        decoded = _if_text(escape.encode().decode("utf-7", "replace"))
        return decoded if decoded and before.isalpha() and is_attested(before, decoded[0]) else None
    raw = bytes.fromhex(re.sub(r"[^0-9a-fA-F]|x", "", escape))
    if raw.isascii():
        return raw.decode() if kind == "quoted" and raw.decode().isprintable() else None
    try:
        return _if_text(raw.decode())
    except UnicodeDecodeError:
        return None if kind == "percent" else _if_text(raw.decode("cp1252", "replace"))


def _decode_mime(word: str) -> str | None:
    try:
        return _if_text(str(make_header(decode_header(word))))
    except (HeaderParseError, LookupError, UnicodeError, ValueError):
        return None


def _if_text(decoded: str) -> str | None:
    """The characters, if all of them may occur in text and some are not ASCII."""
    is_text = all(is_prose(c) or c == "\xa0" or (ord(c) > 0x2FF and c.isalpha()) for c in decoded)
    return decoded if decoded and is_text and "\ufffd" not in decoded else None
