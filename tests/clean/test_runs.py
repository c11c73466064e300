"""Runs of non-ASCII characters."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tasks.clean.character_classes import SAFE_PUNCTUATION
from tasks.clean.runs import cache_short, find_runs, has_safe_punctuation

texts = st.lists(st.sampled_from(["a", " ", "\n", "é", "â ", "ã", "—", "’“", "€"]) | st.characters(), max_size=20).map(
    "".join
)


@given(texts)
def test_runs_and_safe_signs_are_all_that_is_not_ascii(text: str) -> None:
    """A text without its runs is ASCII and safe signs, and each run is where it says."""
    rest, done = "", 0
    for start, end, run in find_runs(text):
        assert (text[start:end], start >= done) == (run.text, True)
        assert text[:start].endswith(run.before)
        assert text[end:].startswith(run.after)
        assert "\n" not in run.before + run.after
        rest += text[done:start]
        done = end
    rest += text[done:]
    assert {character for character in rest if character > "\x7f"} <= SAFE_PUNCTUATION
    assert has_safe_punctuation(text) or rest.isascii()


def test_only_results_for_short_runs_are_cached() -> None:
    """The result for a long run is computed again; that for a short one is cached."""
    calls = []

    def length(text: str) -> int:
        calls.append(text)
        return len(text)

    cached = cache_short(10)(length)
    assert [cached("é"), cached("é"), cached("é" * 99), cached("é" * 99)] == [1, 1, 99, 99]
    assert calls == ["é", "é" * 99, "é" * 99]
