r"""Text and names for display: characters that would control a terminal or a browser are escaped.

Such a character is shown as its number, ‹U+202E›; a byte of a file name that is not UTF-8 as \xe9.

- `escape_text`, for running text, escapes control characters (C0 except tab and line end, DEL, C1), line and paragraph
  separators, bidirectional embeddings, overrides and isolates, lone surrogates, and invisible characters that an article
  does not need: deprecated format characters, annotation marks, tags (except in the emoji flags that consist of them).
  It does not escape what right-to-left text, Persian, Thai and emoji need: directional marks (U+200E, U+200F, U+061C),
  which affect only their neighbours, joiners, soft hyphens and zero-width spaces.
- `escape_name`, for names and messages, which are one line and must be distinguishable from other names, also escapes tabs,
  line ends, and all invisible characters except the joiners U+200C and U+200D, which spelling needs.

Only text for display is escaped, never data: tables, JSON and the output of `overtones clean` are unchanged.
"""

from __future__ import annotations

import re

# Written as numbers, because the characters themselves are invisible and would reorder the line.
_CONTROLS = (
    r"\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"
    r"\u2028-\u202e\u2066-\u206f\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f"
)
_INVISIBLE = r"\t\n\r\xad\u034f\u061c\u115f\u1160\u180e\u200b\u200e\u200f\u2060-\u2065\u3164\ufeff\uffa0"
_FLAG = r"\U0001f3f4[\U000e0020-\U000e007e]+\U000e007f"
_IN_TEXT = re.compile(rf"({_FLAG})|[{_CONTROLS}]|\r(?!\n)")
_IN_NAME = re.compile(rf"({_FLAG})|[{_CONTROLS}{_INVISIBLE}]")


def escape_text(text: str) -> str:
    r"""`text` with control and bidirectional characters escaped; line ends are kept.

    >>> print(escape_text("In\u202evaders\x1b[31m\nwin"))
    In‹U+202E›vaders‹U+001B›[31m
    win
    """
    return _IN_TEXT.sub(_escape, text)


def escape_name(name: object) -> str:
    r"""A name, a path or a message on one line, with all invisible characters escaped.

    >>> print(escape_name("all\nis well\u200e.txt"), escape_name("caf\udce9"))
    all‹U+000A›is well‹U+200E›.txt caf\xe9
    """
    return _IN_NAME.sub(_escape, str(name))


def _escape(match: re.Match[str]) -> str:
    if match[1]:  # such as the flag of Scotland
        return match[0]
    number = ord(match[0])
    # Python represents a byte that is not UTF-8 as a surrogate.
    return f"\\x{number - 0xDC00:02x}" if 0xDC80 <= number <= 0xDCFF else f"‹U+{number:04X}›"
