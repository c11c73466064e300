r"""Words that a line end parts: "disgrace-\nful" is "disgraceful", and "well-\nknown" is "well-known".

A hyphen at a line end is the word's own, or the printer's. It is the printer's if the joined word is known (of the CMU
Pronouncing Dictionary, also in British spelling, or elsewhere in the same text) and the text does not write it with a
hyphen. It is the word's own if the text writes it so, if a name goes on with a capital, or if only the parts are known
words. Where neither is known, the word is joined: names and old spellings are in no dictionary. A soft hyphen is always the
printer's. "Pre- and post-war" stays as it is.

The line end moves behind the word. What stands there otherwise is not changed.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from tasks.clean.repairs import Step
from tasks.package_data import cmu_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from tasks.text.buffers import TextBuffer

SIGNS = "-\u00ad\u2010\u2011¬⸗"
"""Hyphen, soft hyphen, Unicode's hyphens, and the signs that programs write for a hyphen at a line end."""
_SOFT = "\u00ad"
_PARTED = re.compile(
    rf"(?<![^\W_])(?P<first>[^\W\d_]+(?:['’][^\W\d_]+)?)(?P<sign>[{SIGNS}])[ \t]*\r?\n[ \t]*(?P<second>[^\W\d_]+)(?P<rest>\S*)(?P<space> ?)"
)
_WORD = re.compile(rf"[^\W\d_]+(?:[{SIGNS}'’][^\W\d_]+)*")
_SUSPENDED = frozenset({"and", "or", "nor", "to", "und", "oder", "bis", "et", "ou", "en", "of", "e", "o", "y"})
_ENDINGS = frozenset(
    """
    able ably al ance ary ation ed edly en ence er ers ery es est ful fully hood ible ic ical ing ings ion ions ish ism ist
    ists ity ive less ly ment ments ness or ors ous ously ry ship sion sions ted ters tial ting tion tional tions tive ton
    ture tures ty
    """.split()
)
"""What follows a hyphen of the printer's and is no word of its own, though the dictionary has some as names."""
_BRITISH = ((re.compile("is(e[ds]?|ers?|ing|ations?)$"), r"iz\1"), (re.compile("ys(e[ds]?|ing)$"), r"yz\1"), (re.compile("our"), "or"),
            (re.compile("lled$"), "led"), (re.compile("lling$"), "ling"))  # fmt: skip


def has_open_lines(texts: TextBuffer) -> NDArray[np.bool_]:
    r"""Which texts have a line that ends in a sign that may part a word, perhaps with a space behind: a quick look.

    >>> import polars as pl
    >>> from tasks.text.buffers import TextBuffer
    >>> has_open_lines(TextBuffer.of(pl.Series(["a dis-\ngrace", "a - b\nc", "so¬\r\nme"]))).tolist()
    [True, False, True]
    """
    ends = np.flatnonzero(texts.data == ord("\n"))
    for skipped in (b"\r", b" "):
        ends = ends - np.isin(texts.data[ends - 1], [*skipped])
    ends = ends[np.isin(texts.data[ends - 1], _LAST_BYTES)]
    row = np.searchsorted(texts.offsets, ends, side="right") - 1
    return np.bincount(row, minlength=len(texts.offsets) - 1) > 0


_LAST_BYTES = sorted({sign.encode()[-1] for sign in SIGNS})
_MAX_WIDTH = 130
"""Characters of a line of print; a paragraph on one line is longer."""
_MIN_LINES = 3
_MIN_OPEN = 0.4
"""Share of the lines that go on in the next one."""


def looks_scanned(text: str) -> bool:
    r"""Whether a plain text is that of printed lines with divided words, as programs read them from scanned pages.

    Its lines are narrow, most of them end inside a sentence, and some end inside a word.

    >>> looks_scanned("The council met on Tues-\nday evening, when the\nmayor spoke.\n")
    True
    >>> looks_scanned("The council met on Tuesday.\n\nIt was a well-\nknown story.\nA third line.")
    False
    """
    divided = (match for match in islice(_PARTED.finditer(text), _MOST_TRIED) if match["second"][0].islower())
    if not any(is_word(_plain(match["first"] + match["second"])) for match in divided):
        return False
    lines = [stripped for line in islice(_LINE.finditer(text), _MOST_LINES) if (stripped := line[0].strip())]
    widths = sorted(map(len, lines))
    if len(lines) < _MIN_LINES or widths[len(widths) * 3 // 4] > _MAX_WIDTH:
        return False
    return sum(line[-1] not in ".!?:”\"'’)" for line in lines) >= _MIN_OPEN * len(lines)


_LINE = re.compile(r"[^\n]+")
_MOST_TRIED, _MOST_LINES = 200, 2000


def join_parted_words(text: str) -> Iterator[Step]:
    r"""A step for each word of `text` that a line end parts.

    >>> [step[2:4] for step in join_parted_words("a dis-\ngrace, a well-\nknown one")]
    [('dis-\ngrace, ', 'disgrace,\n'), ('well-\nknown ', 'well-known\n')]
    """
    found = [*_PARTED.finditer(text)]
    if not found:
        return
    written = frozenset(map(_plain, _WORD.findall(text)))
    for match in found:
        sign = hyphen_between(match["first"], match["second"], match["sign"], written)
        if sign is None:
            continue
        # Without a space behind it, the word is the last of its line.
        after = match["first"] + sign + match["second"] + match["rest"] + ("\n" if match["space"] else "")
        kept = "the hyphen is the word's own" if sign else "the word is known without the hyphen, or its parts are none"
        yield Step(*match.span(), match[0], after, "hyphenation", None, "inferred", f"parted at a line end: {kept}")


def hyphen_between(first: str, second: str, sign: str, written: frozenset[str]) -> str | None:
    """What belongs between the parts of a word: "-" or nothing; None if they are no word.

    `written` are the words of the text in lower case.

    >>> hyphen_between("dis", "grace", "-", frozenset()), hyphen_between("well", "known", "-", frozenset())
    ('', '-')
    >>> hyphen_between("pre", "and", "-", frozenset()), hyphen_between("Anglo", "Saxon", "-", frozenset())
    (None, '-')
    """
    if sign == _SOFT:
        return ""
    if second in _SUSPENDED:
        return None
    joined, parted = _plain(first + second), _plain(f"{first}-{second}")
    if second[0].isupper() and not first.isupper():
        return "-"
    if is_word(joined) or joined in written:
        return "-" if parted in written and joined not in written else ""
    if parted in written or parted in cmu_words():
        return "-"
    if second.lower() in _ENDINGS:
        return ""
    return "-" if is_word(_plain(first)) and is_word(_plain(second)) and min(len(first), len(second)) > 1 else ""


def is_word(word: str) -> bool:
    """Whether a word in lower case is in the dictionary, perhaps in American spelling or without its ending.

    >>> is_word("disgraceful"), is_word("organised"), is_word("disgrac")
    (True, True, False)
    """
    known = cmu_words()
    if word in known:
        return True
    if len(word) < 5:
        return False
    american = word
    for pattern, replacement in _BRITISH:
        american = pattern.sub(replacement, american)
    stems = (american, word.removesuffix("s"), word.removesuffix("'s"), american.removesuffix("s"), word.removesuffix("ly"),
             word.removesuffix("ed"), word.removesuffix("d"))  # fmt: skip
    return any(stem in known for stem in stems if len(stem) > 4)


def _plain(word: str) -> str:
    """A word in lower case, with plain hyphens and apostrophes, and with s for the long s."""
    return word.lower().translate(_PLAIN)


_PLAIN = {ord("ſ"): "s", ord("’"): "'", ord(_SOFT): "", **dict.fromkeys(map(ord, "\u2010\u2011¬⸗"), "-")}
