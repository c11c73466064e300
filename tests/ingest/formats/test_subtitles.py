"""Subtitles and captions, and the turns of transcripts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tasks.ingest.formats.turns import without_sounds

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tasks.ingest import Document, Failure

    Read = Callable[..., tuple[list[Document], list[Failure]]]


def srt(*cues: str, gap: int = 0) -> str:
    """A SubRip file whose cues last two seconds."""
    step = 2 + gap
    return "\n".join(
        f"{i + 1}\n00:00:{step * i:02},000 --> 00:00:{step * i + 2:02},000\n{cue}\n" for i, cue in enumerate(cues)
    )


def vtt(*cues: str) -> str:
    """A WebVTT file whose cues last two seconds."""
    return "WEBVTT\n\n" + "\n\n".join(
        f"00:{2 * i:02}.000 --> 00:{2 * i + 2:02}.000\n{cue}" for i, cue in enumerate(cues)
    )


def test_sentences_cross_cues(read: Read, folder: Callable[..., Path]) -> None:
    """Lines and cues are joined, tags and positions are gone, numbers and a blank line inside a cue are text."""
    content = srt("<font color='red'>We lost</font>\nin {\\an8}1984", "\n2001\n\nwas <3 better.").replace("\n", "\r\n")
    [document], failures = read(folder({"a.srt": b"\xef\xbb\xbf" + content.encode()}))
    assert (document.text, document.speakers, failures) == ("We lost in 1984 2001 was <3 better.", (None,), [])


def test_turns_of_subtitles(read: Read, folder: Callable[..., Path]) -> None:
    """A dash, `>>`, a name in capitals, a name that comes again, and a pause begin a turn; sounds are no speech."""
    cues = (
        "- Who paid?\n- I did.",
        "[DOOR SLAMS]",
        "UNA BELL: You did\nnot.",
        "I know.",
        ">> Ivo Dale: Prove it.",
        ">> No.",
    )
    [document], _ = read(folder({"a.srt": srt(*cues)}))
    assert document.text.split("\n\n") == ["Who paid?", "I did.", "You did not. I know.", "Prove it.", "No."]
    assert document.speakers == (None, None, "UNA BELL", "Ivo Dale", None)
    [document], _ = read(folder({"a.srt": srt("One.", "Two.", gap=3)}))
    assert document.text == "One.\n\nTwo."
    [document], _ = read(folder({"a.srt": srt("Una Bell: Yes.", "Note: this.", "Una Bell: No.")}))
    assert (document.text, document.speakers) == ("Yes. Note: this.\n\nNo.", ("Una Bell",) * 2)


def test_voices(read: Read, folder: Callable[..., Path]) -> None:
    """A voice tag names the speaker, also within a line; notes, styles and names of cues are no text; tags go first."""
    content = vtt(
        "<v Una Bell>R&amp;D &lt;b></v> <v.loud Ivo Dale>No <00:00:01.000><c>sir</c></v>", "<v Ivo Dale>\nOr yes."
    )
    content = content.replace(
        "WEBVTT", "WEBVTT - Evening news\nKind: captions\n\nNOTE so\nno text\n\nSTYLE\n::cue {}", 1
    )
    [document], failures = read(folder({"a.vtt": content.replace("00:02.000 --> 00:04", "cue-2\n00:02.000 --> 00:04")}))
    assert (document.title, failures) == ("Evening news", [])
    assert document.text == "R&D <b>\n\nNo sir Or yes."
    assert document.speakers == ("Una Bell", "Ivo Dale")


@pytest.mark.parametrize(
    "cues",
    [
        ("the mayor", "the mayor\nspoke of", "spoke of\nthe very very", "the very very\nold bridge"),
        (
            "the mayor",
            "the mayor",
            "the mayor\nspoke of",
            "spoke of",
            "spoke of\nthe very very",
            "the very very",
            "old bridge",
        ),
        ("the", "the mayor", "the mayor spoke of", "the mayor spoke of the very very", "old bridge"),
        ("the mayor\nspoke of\nthe very", "spoke of\nthe very\nvery old", "the very\nvery old\nbridge"),
        (
            "the mayor spoke of\nthe very very",
            "mayor spoke of the\nvery very old",
            "spoke of the very\nvery old bridge",
        ),
    ],
    ids=["two lines", "with pauses", "growing", "three lines", "wrapped anew"],
)
def test_rolling_lines_are_said_once(read: Read, folder: Callable[..., Path], cues: tuple[str, ...]) -> None:
    """What a cue shows again is left out, and a word that is said twice stays, whichever program made the captions."""
    for name, content in (("a.vtt", vtt(*cues)), ("a.srt", srt(*cues))):
        [document], _ = read(folder({name: content}, name))
        assert document.text == "the mayor spoke of the very very old bridge"


def test_repeated_cues_are_kept(read: Read, folder: Callable[..., Path]) -> None:
    """In subtitles that do not roll, the same words again are said again."""
    [document], _ = read(folder({"a.srt": srt("Stop.", "No.", "No.", "Why?", "It was late.", "We had to go.")}))
    assert document.text == "Stop. No. No. Why? It was late. We had to go."


@pytest.mark.parametrize(
    ("line", "speech"),
    [
        ("[applause] Thank you.", "Thank you."),
        ("(door creaks)", ""),
        ("♪ ♪", ""),
        ("They (the council) paid.", "They (the council) paid."),
        ("We asked [him] to go.", "We asked [him] to go."),
        ("He left. (LAUGHTER)", "He left."),
        ("(speaks French)", ""),
    ],
)
def test_sounds(line: str, speech: str) -> None:
    """Notes on sounds are left out, and words in parentheses inside a sentence are kept."""
    assert without_sounds(line) == speech


def test_no_subtitles(read: Read, folder: Callable[..., Path]) -> None:
    """A file of this name without times, or without words, is a failure."""
    documents, failures = read(folder({"a.srt": "It rained.", "b.vtt": "WEBVTT\n\n00:01.000 --> 00:02.000\n[music]\n"}))
    assert (documents, [failure.error for failure in failures]) == ([], ["FormatError"] * 2)
