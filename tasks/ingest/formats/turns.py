"""Turns of a transcript: what one person says until another one speaks. Each becomes a paragraph with its speaker.

A turn ends where another voice is named, where a mark of subtitles says so (`>>`, a dash at the begin of a line), or where
nobody speaks for a while and no voice is known. What subtitles say of sounds (`[APPLAUSE]`, `(laughs)`, `♪`) is no speech.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_PAUSE = 2.0
"""Seconds of silence after which an unknown voice begins another paragraph."""
_SOUNDS = (
    "applause cheering cheers chuckles chuckling clapping coughing coughs crosstalk crying gasps giggles grunts humming "
    "inaudible indistinct laughing laughs laughter mumbles music noise overlapping pause scoffs screaming screams shouting "
    "shouts sighs sigh silence singing sings sniffles sobbing speaking static unintelligible whispering whispers whistling"
).split()
_SOUND = rf"(?:[^\W\d_]+[ '-]){{0,3}}(?:{'|'.join(_SOUNDS)})(?:[ '-][^\W\d_]+){{0,4}}"
_IN_BRACKETS = re.compile(r"\[[^\[\]\n]{1,80}\]")
_IN_PARENTHESES = re.compile(rf"\((?:{_SOUND}|[^()\n]*[^\W\d_]{{2,}}[^()\n]*)\)", re.IGNORECASE)
_IS_SOUND = re.compile(rf"[(\[](?:{_SOUND})\W{{0,3}}[)\]]", re.IGNORECASE)
_MUSIC = re.compile(r"[♪♫♬♩]+|(?:^|(?<=\s))#(?=\s|$)")
_NAME = r"[^\W\d_][\w.’'-]*"
_CAPITAL_LABEL = re.compile(rf"((?:{_NAME}[ ,]{{1,2}}){{0,4}}{_NAME})(?:\s?\([^()]{{1,40}}\))?:(?=\s|$)")
_MAX_LABEL_WORDS = 5
_LONGEST_NOTE = 120


@dataclass
class Turn:
    """What one speaker says in a row; the speaker is None if not known."""

    speaker: str | None
    words: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


@dataclass(frozen=True)
class Piece:
    """Some words of one voice with their times in seconds.

    `begins` says that another voice begins here. `voice` is the name that is given, None if there is none.
    """

    text: str
    start: float
    end: float
    voice: str | None = None
    begins: bool = False


def join_pieces(pieces: Iterable[Piece]) -> list[Turn]:
    """The turns that consecutive pieces make up.

    >>> pieces = [Piece("We met", 0, 1), Piece("on Monday.", 1, 2), Piece("Did you?", 2, 3, begins=True)]
    >>> [turn.text for turn in join_pieces(pieces)]
    ['We met on Monday.', 'Did you?']
    """
    turns: list[Turn] = []
    end = 0.0
    for piece in pieces:
        is_new = not turns or piece.begins or piece.voice != turns[-1].speaker
        if is_new or (piece.voice is None and piece.start - end > _PAUSE):
            turns.append(Turn(piece.voice))
        turns[-1].words.append(piece.text)
        end = max(end, piece.end)
    return [turn for turn in turns if turn.text]


def without_sounds(line: str) -> str:
    """A line without what it says of sounds. Words in parentheses stay unless they are a sound or stand alone.

    >>> without_sounds("[APPLAUSE] Thank you (laughs)."), without_sounds("(DOOR SLAMS)"), without_sounds("it (the bill) is")
    ('Thank you .', '', 'it (the bill) is')
    """
    line = _MUSIC.sub(" ", line)
    bare = line.strip().lstrip("-–—> ").strip()
    if bare and (_IN_BRACKETS.fullmatch(bare) or (_is_note(bare) and _IN_PARENTHESES.fullmatch(bare))):
        return ""
    line = _IS_SOUND.sub(" ", line)
    line = re.sub(r"[(\[][^()\[\]]{1,60}[)\]]", lambda match: " " if _is_capitals(match[0]) else match[0], line)
    return " ".join(line.split())


def _is_note(text: str) -> bool:
    return len(text) <= _LONGEST_NOTE and len(text.split()) <= 6


def _is_capitals(text: str) -> bool:
    """Whether all letters are capitals, as in notes of subtitles, and there is a word of them."""
    return text == text.upper() and re.search(r"[^\W\d_]{3}", text) is not None


def take_label(line: str, labels: frozenset[str] = frozenset(), *, anyhow: bool = False) -> tuple[str | None, str]:
    """The name before a colon at the begin of a line, and the rest; None if there is no name.

    A name is one in capitals, one of the known `labels`, or, with `anyhow`, any that has the form of one.

    >>> take_label("ADA VANE: You lied."), take_label("Note: it rained."), take_label("Bo Lind: No.", anyhow=True)
    (('ADA VANE', 'You lied.'), (None, 'Note: it rained.'), ('Bo Lind', 'No.'))
    """
    match = _CAPITAL_LABEL.match(line)
    if match is None or len(match[1].split()) > _MAX_LABEL_WORDS:
        return None, line
    name = match[1]
    is_name = _is_capitals(name) or name in labels or (anyhow and all(word[0].isupper() for word in name.split()))
    return (name, line[match.end() :].strip()) if is_name else (None, line)


def find_labels(lines: Iterable[str]) -> frozenset[str]:
    """Names with small letters that stand before a colon at the begin of several lines, each word with a capital.

    >>> sorted(find_labels(["Ada Vane: Yes.", "Bo: No.", "Ada Vane: But", "Note: so", "Bo: Ah."]))
    ['Ada Vane', 'Bo']
    """
    counts: dict[str, int] = {}
    for line in lines:
        match = _CAPITAL_LABEL.match(line)
        if match and all(word[0].isupper() for word in match[1].split()):
            counts[match[1]] = counts.get(match[1], 0) + 1
    return frozenset(name for name, number in counts.items() if number > 1)
