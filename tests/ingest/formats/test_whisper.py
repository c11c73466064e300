"""Transcripts of speech recognition."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tasks.ingest import Document, Failure

    Read = Callable[..., tuple[list[Document], list[Failure]]]

SAID = [(0.0, 2.0, " We met on"), (2.0, 4.0, " Monday."), (9.0, 9.5, " So.")]


@pytest.mark.parametrize(
    "value",
    [
        {"text": "x" * 70_000, "segments": [{"start": a, "end": b, "text": t} for a, b, t in SAID], "language": "en"},
        {"text": "x", "chunks": [{"timestamp": [a, b], "text": t} for a, b, t in SAID]},
        {"transcription": [{"offsets": {"from": 1000 * a, "to": 1000 * b}, "text": t} for a, b, t in SAID]},
        [{"start": a, "end": b, "text": t.strip()} for a, b, t in SAID],
    ],
    ids=["whisper", "transformers", "whisper.cpp", "faster-whisper"],
)
def test_segments_of_each_program(read: Read, folder: Callable[..., Path], value: Any) -> None:
    """Segments are joined to turns; a pause of an unknown voice parts them."""
    [document], failures = read(folder({"a.json": json.dumps(value)}))
    assert (document.text, document.format, failures) == ("We met on Monday.\n\nSo.", "whisper", [])


def test_speakers_and_doubtful_segments(read: Read, folder: Callable[..., Path]) -> None:
    """A named speaker keeps the turn over a pause; segments that may be no speech are kept and counted."""
    segments = [
        {"start": 0, "end": 1, "text": " Yes.", "speaker": "SPEAKER_01"},
        {"start": 9, "end": 10, "text": " Well.", "speaker": "SPEAKER_01"},
        {"start": 10, "end": 11, "text": " Bye.", "speaker": "SPEAKER_00", "no_speech_prob": 0.9, "avg_logprob": -1.5},
    ]
    [document], [failure] = read(folder({"a.json": json.dumps({"segments": segments})}))
    assert (document.text, document.speakers) == ("Yes. Well.\n\nBye.", ("SPEAKER_01", "SPEAKER_00"))
    assert (failure.error, "1 of 3 segments are doubtful" in failure.message) == ("LeftOut", True)
