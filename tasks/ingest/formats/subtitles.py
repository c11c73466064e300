r"""Subtitles and captions: SubRip (.srt) and WebVTT (.vtt). A file is one article, the words of its turns.

A SubRip file is divided at the lines with times, because blank lines stand inside cues of some makers, and the text may be
a number. A WebVTT file is divided at empty lines; notes, styles, regions and the names of cues are no text.

Cues that roll up show again what the last one showed. So, in a file where many do, the lines of a cue that are equal to
the last ones shown are left out, and so is the begin of a line that grows. A word that is said twice stays.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape
from typing import IO, TYPE_CHECKING

from tasks.errors import FormatError, LimitExceeded
from tasks.ingest.articles import Article, Unread
from tasks.ingest.compression import read_whole
from tasks.ingest.decoding import decode
from tasks.ingest.formats.turns import Piece, find_labels, join_pieces, take_label, without_sounds

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tasks.ingest.model import Source
    from tasks.options import Options

_TIME = r"(?:(\d{1,3}):)?(\d{1,2}):(\d{1,2})(?:[.,:](\d{1,3}))?"
_TIMES = re.compile(rf"^[ \t]*{_TIME}[ \t]*-{{1,2}}>[ \t]*{_TIME}(?:[ \t].*)?$")
_NUMBER = re.compile(r"^[ \t]*\d+[ \t]*$")
_SRT_TAG = re.compile(r"</?(?:i|b|u|s|em|strong|font|c|span|ruby|rt)(?:\s[^<>]*)?>|\{\\[^{}]*\}", re.IGNORECASE)
_SRT_BREAK = re.compile(r"<br\s*/?>|\\[Nn]", re.IGNORECASE)
_VTT_TAG = re.compile(r"<(/?)([A-Za-z]*)([^<>]*)>")
_BEGINS = re.compile(r"^(?:>>+|&gt;&gt;)\s*|^[-–—‐]\s*(?=[^\W_]|[\"“‘'¿¡([♪.…])")
_ROLLING = 0.25
"""Share of cues that show again what the last one showed, from which on cues roll up."""
_MIN_OVERLAP = 3


@dataclass(frozen=True)
class Cue:
    """The text that is shown from `start` to `end` (seconds), as lines of (voice, words)."""

    start: float
    end: float
    lines: tuple[tuple[str | None, str], ...]


def read_articles(stream: IO[bytes], source: Source, options: Options) -> Iterator[Article | Unread]:
    """The single article of a file with subtitles."""
    raw = read_whole(stream, options.limits.max_document_bytes, "--max-document-bytes", source.uri)
    decoded = decode(raw)
    text = decoded.text.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    is_vtt = text.startswith("WEBVTT") or (source.format == "webvtt" and "WEBVTT" in text[:200])
    cues, title = read_vtt(text) if is_vtt else (read_srt(text), None)
    if not cues:
        raise FormatError("no line with times (00:00:01,000 --> 00:00:03,000): these are no subtitles; name text .txt")
    if len(cues) > options.limits.max_document_parts:
        raise LimitExceeded(f"it has {len(cues):,} cues; raise --max-document-parts to read it")
    turns = join_pieces(_pieces(cues))
    form = "webvtt" if is_vtt else "srt"
    article = Article(
        "\n\n".join(turn.text for turn in turns),
        form,
        fields={"title": title},
        raw=raw,
        decoded=decoded,
        speakers=tuple(turn.speaker for turn in turns),
    )
    yield article if turns else Unread(FormatError("these subtitles have no words"))


def _seconds(hours: str | None, minutes: str, seconds: str, fraction: str | None) -> float:
    return 3600 * int(hours or 0) + 60 * int(minutes) + int(seconds) + float(f"0.{fraction or 0}")


# ---------------------------------------------------------------------------------------------------------------- files


def read_srt(text: str) -> list[Cue]:
    r"""The cues of a SubRip file.

    >>> read_srt("1\n00:00:01,000 --> 00:00:02,000\n<i>So</i>\n\n1984\n\n2\n00:00:02,000 --> 00:00:03,000\nNo")[0].lines
    ((None, 'So'), (None, '1984'))
    """
    lines = text.split("\n")
    times = [(number, match) for number, line in enumerate(lines) if "-" in line and (match := _TIMES.match(line))]
    cues = []
    for (number, match), (following, _) in zip(times, [*times[1:], (len(lines) + 1, None)], strict=False):
        content = lines[number + 1 : following]
        if following <= len(lines):  # the number of the next cue is the last line with only digits before its times
            while content and not content[-1].strip():
                content.pop()
            if content and _NUMBER.match(content[-1]):
                content.pop()
        words = [part for line in content for part in _SRT_BREAK.sub("\n", line).split("\n")]
        words = [" ".join(_SRT_TAG.sub("", line).split()) for line in words]
        cues.append(Cue(_seconds(*match.groups()[:4]), _seconds(*match.groups()[4:]), _unvoiced(words)))
    return cues


def _unvoiced(lines: list[str]) -> tuple[tuple[str | None, str], ...]:
    return tuple((None, line) for line in lines if line)


def read_vtt(text: str) -> tuple[list[Cue], str | None]:
    r"""The cues of a WebVTT file, and the title that stands in its first line.

    >>> cues, title = read_vtt("WEBVTT - News\n\nNOTE so\n\na-1\n00:01.000 --> 00:02.000\n<v Ada Vane>R&amp;D</v>")
    >>> cues[0].lines, title
    ((('Ada Vane', 'R&D'),), 'News')
    """
    header, _, rest = text.partition("\n")
    title = header.strip().removeprefix("WEBVTT").strip().lstrip("-–— ").strip() or None
    cues = []
    for block in re.split(r"\n{2,}", rest):
        lines = block.strip("\n").split("\n")
        number = next((number for number, line in enumerate(lines[:2]) if _TIMES.match(line)), None)
        is_note = number == 1 and lines[0].startswith(("NOTE", "STYLE", "REGION"))
        match = None if number is None or is_note else _TIMES.match(lines[number])
        if number is not None and match:
            found = tuple(_voiced_lines("\n".join(lines[number + 1 :])))
            cues.append(Cue(_seconds(*match.groups()[:4]), _seconds(*match.groups()[4:]), found))
    return cues, title


def _voiced_lines(content: str) -> Iterator[tuple[str | None, str]]:
    """The lines of a cue with the voice that each is of; a line with several voices is divided."""
    voice: str | None = None
    words: list[str] = []
    hidden = 0

    def line() -> tuple[str | None, str]:
        text = " ".join(unescape("".join(words)).replace("\u200e", "").replace("\u200f", "").split())
        words.clear()
        return voice, text

    for number, row in enumerate(content.split("\n")):
        if number and (found := line())[1]:
            yield found
        place = 0
        for tag in _VTT_TAG.finditer(row):
            words += [] if hidden else [row[place : tag.start()]]
            place = tag.end()
            name = tag[2].lower()
            if name == "v":
                if (found := line())[1]:
                    yield found
                voice = None if tag[1] else " ".join(unescape(tag[3].partition(" ")[2]).split()) or None
            elif name == "rt":
                hidden += -1 if tag[1] else 1
        words += [] if hidden > 0 else [row[place:]]
    if (found := line())[1]:
        yield found


# ---------------------------------------------------------------------------------------------------------------- words


def _pieces(cues: list[Cue]) -> Iterator[Piece]:
    """The words of cues as pieces of turns, without labels and sounds."""
    shown = unroll(cues)
    labels = find_labels(_BEGINS.sub("", without_sounds(line)) for cue in shown for _, line in cue.lines)
    label: str | None = None
    for cue in shown:
        for voice, line in cue.lines:
            bare = without_sounds(line)
            begins = _BEGINS.match(bare)
            bare = bare[begins.end() :] if begins else bare
            name, words = take_label(bare, labels, anyhow=bool(begins and begins[0][0] in ">&"))
            label = name or (None if begins else label)
            if words.strip("-–—> "):
                yield Piece(words, cue.start, cue.end, voice or label, begins=bool(begins or name))


def unroll(cues: list[Cue]) -> list[Cue]:
    """Cues without what they show again of the one before, if many of them do; else the cues as they are.

    >>> cues = [Cue(0, 1, ((None, "we met"),)), Cue(1, 2, ((None, "we met"), (None, "no no"))), Cue(2, 3, ((None, "no no"),))]
    >>> [cue.lines for cue in unroll(cues)]
    [((None, 'we met'),), ((None, 'no no'),), ()]
    """
    fresh = [_fresh(above, cue) for above, cue in zip([None, *cues], cues, strict=False)]
    n_rolled = sum(
        len(new.lines) < len(cue.lines) or new.lines != cue.lines for new, cue in zip(fresh, cues, strict=True)
    )
    return fresh if n_rolled > max(1, _ROLLING * (len(cues) - 1)) - 1e-9 else cues


def _fresh(above: Cue | None, cue: Cue) -> Cue:
    """A cue without what the one `above`, if it directly precedes, has shown."""
    if above is None or not above.lines or not cue.lines or cue.start - above.end > 1:
        return cue
    before, now = above.lines, cue.lines
    for n_lines in range(min(len(before), len(now)), 0, -1):
        if before[-n_lines:] == now[:n_lines]:
            return Cue(cue.start, cue.end, now[n_lines:])
    # The last line, or all of a cue, grows word by word.
    for lines in (before, before[-1:]):
        said = " ".join(words for _, words in lines)
        rest = _rest_of_growing(said, " ".join(words for _, words in now))
        if rest is not None:
            return Cue(cue.start, cue.end, ((now[-1][0], rest),) if rest else ())
    # Lines are wrapped anew.
    old, new = (" ".join(words for _, words in lines).split() for lines in (before, now))
    for n_words in range(min(len(old), len(new)), _MIN_OVERLAP - 1, -1):
        if old[-n_words:] == new[:n_words]:
            return Cue(cue.start, cue.end, ((now[-1][0], " ".join(new[n_words:])),) if new[n_words:] else ())
    return cue


def _rest_of_growing(said: str, now: str) -> str | None:
    """What `now` adds to `said`; None if it does not begin with it."""
    return now[len(said) :].strip() if now.startswith(said) and now[len(said) : len(said) + 1] in {"", " "} else None
