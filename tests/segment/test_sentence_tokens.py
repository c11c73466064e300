"""What a token says about the end of a sentence."""

from __future__ import annotations

from importlib.resources import files

import pytest

from tasks.segment.sentence_tokens import After, Before, glued_places, goes_with_time, kind_after, kind_before


def test_small_words_are_no_abbreviations() -> None:
    """An abbreviation that is listed with a capital is an ordinary word without one."""
    assert (kind_before("Sat."), kind_before("sat.")) == (Before.NUMBER, Before.STOP)
    assert (kind_before("Art."), kind_before("art.")) == (Before.NUMBER, Before.STOP)


def test_footnote_marks_do_not_hide_the_stop() -> None:
    """A footnote mark behind the stop belongs to the sentence; one behind a number is none."""
    assert kind_before("sank.[12]") is Before.STOP
    assert kind_before("sank.”[1][2]") is Before.STOP
    assert kind_before("[3]") is Before.OPEN


def test_ellipses_pause_or_end() -> None:
    """An ellipsis by itself or behind a preposition is a pause; behind another word it may end a sentence."""
    assert [kind_before(token) for token in ("...", "of…", "gone...", "gone....")] == [
        Before.PAUSE,
        Before.PAUSE,
        Before.ELLIPSIS,
        Before.STOP,
    ]


@pytest.mark.parametrize(
    ("following", "belongs"),
    [
        (["Tuesday,", "when"], True),
        (["Tues.", "night"], True),
        (["CEST"], True),
        (["Sept.", "4"], True),
        (["March", "was"], False),
        (["Central", "Park"], False),
        (["Central", "Standard"], True),
        (["Lund", "time."], True),
        (["Lund", "slept"], False),
        ([], False),
    ],
)
def test_what_belongs_to_a_time(following: list[str], belongs: bool) -> None:
    """A day, a date with its number and a time zone belong to the time before them; a name does not."""
    assert goes_with_time(following) is belongs


def test_small_brands_begin_sentences() -> None:
    """A capital behind one to three small letters counts as a capital at the start."""
    assert [kind_after(word) for word in ("iPods", "macOS", "mRNA", "mother", "McX")] == [
        After.CAPITAL,
        After.CAPITAL,
        After.CAPITAL,
        After.NO_START,
        After.CAPITAL,
    ]


def test_long_tokens_are_read_once() -> None:
    """A text without white space is searched near each mark only."""
    assert len(glued_places("gone.It," * 20_000)) == 20_000


def test_lists_have_no_entry_twice() -> None:
    """Each abbreviation and each time word is listed once."""
    for name in ("abbreviations.tsv", "time_words.tsv"):
        lines = files("tasks.segment").joinpath("data", name).read_text("utf-8").splitlines()
        words = [line.split("\t")[0] for line in lines if not line.startswith("#")]
        assert len(words) == len(set(words)) > 40
