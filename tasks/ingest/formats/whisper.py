"""Transcripts of speech recognition in JSON, as Whisper and its relatives write them: whisper, faster-whisper, WhisperX,
whisper.cpp, Transformers. A file is one article; a speaker that a segment names is that of its turn.
"""

from __future__ import annotations

import re
from typing import IO, TYPE_CHECKING, Any

from tasks.errors import FormatError, LeftOut, LimitExceeded
from tasks.ingest.articles import Article, Unread
from tasks.ingest.compression import read_whole
from tasks.ingest.formats.json_articles import load_json
from tasks.ingest.formats.turns import Piece, Turn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tasks.ingest.model import Source
    from tasks.options import Options

_PAUSE = 2.0
_WITHOUT_SPACES = re.compile("[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff]$")


def read_articles(stream: IO[bytes], source: Source, options: Options) -> Iterator[Article | Unread]:
    """The single article of a transcript; then how many of its segments may be no speech."""
    raw = read_whole(stream, options.limits.max_document_bytes, "--max-document-bytes", source.uri)
    value, decoded = load_json(raw)
    segments = find_segments(value)
    if len(segments) > options.limits.max_document_parts:
        raise LimitExceeded(f"it has {len(segments):,} segments; raise --max-document-parts to read it")
    turns = _join([*map(_piece, segments)])
    if not turns and isinstance(value, dict) and str(value.get("text") or "").strip():
        turns = [Turn(None, [str(value["text"])])]
    if not turns:
        raise FormatError("this transcript has no words")
    n_doubtful = sum(map(is_doubtful, segments))
    text, speakers = "\n\n".join(turn.text for turn in turns), tuple(turn.speaker for turn in turns)
    yield Article(text, "whisper", raw=raw, decoded=decoded, speakers=speakers)
    if n_doubtful:
        message = (
            f"{n_doubtful} of {len(segments)} segments are doubtful: the recognizer says that they may be no speech"
        )
        yield Unread(LeftOut(message))


def find_segments(value: Any, *, is_inner: bool = False) -> list[dict[str, Any]]:
    """The segments of a transcript, whichever program wrote it."""
    if isinstance(value, dict):
        for key in ("segments", "chunks", "transcription"):
            if isinstance(value.get(key), list):
                value = value[key]
                break
        else:
            for key in ("result", "results", "transcript"):
                inner = value.get(key)
                if isinstance(inner, dict) and not is_inner and (found := find_segments(inner, is_inner=True)):
                    return found
            return []
    segments = value if isinstance(value, list) else []
    return [one for one in segments if isinstance(one, dict) and isinstance(one.get("text"), str)]


def is_doubtful(segment: dict[str, Any]) -> bool:
    """Whether the recognizer itself doubts that a segment is speech, by Whisper's own thresholds.

    >>> is_doubtful({"no_speech_prob": 0.93, "avg_logprob": -1.3}), is_doubtful({"no_speech_prob": 0.1})
    (True, False)
    """
    silence, probability = _number(segment.get("no_speech_prob")), _number(segment.get("avg_logprob"))
    return (silence > 0.6 and probability < -1) or _number(segment.get("compression_ratio")) > 2.4


def _number(value: Any) -> float:
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else 0.0


def _piece(segment: dict[str, Any]) -> Piece:
    start, end = segment.get("start"), segment.get("end")
    if isinstance(times := segment.get("timestamp"), list) and len(times) == 2:
        start, end = times
    elif isinstance(offsets := segment.get("offsets"), dict):
        start, end = _number(offsets.get("from")) / 1000, _number(offsets.get("to")) / 1000
    speaker = segment.get("speaker")
    if isinstance(speaker, (int, str)) and not isinstance(speaker, bool) and str(speaker).strip():
        voice = " ".join(str(speaker).split())
    else:
        voice = None
    begins = segment.get("speaker_turn_next") is True
    return Piece(segment["text"], _number(start), _number(end) or _number(start), voice, begins=begins)


def _join(pieces: list[Piece]) -> list[Turn]:
    """The turns of segments; each brings the blank before its first word, or none of them does."""
    turns: list[Turn] = []
    end, was_last = 0.0, False
    for piece in pieces:
        is_new = not turns or was_last or piece.voice != turns[-1].speaker
        if is_new or (piece.voice is None and piece.start - end > _PAUSE):
            turns.append(Turn(piece.voice))
        words = turns[-1].words
        above = words[-1][-1:] if words else " "
        is_apart = not above or above.isspace() or piece.text[:1].isspace() or _WITHOUT_SPACES.search(above)
        words.append(piece.text if is_apart else f" {piece.text}")
        end, was_last = max(end, piece.end), piece.begins
    for turn in turns:
        turn.words = ["".join(turn.words)]
    return [turn for turn in turns if turn.text]
