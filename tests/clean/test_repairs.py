"""Steps and their composition."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.clean.repairs import Repair, Step, apply_steps, compose, rewrite


@st.composite
def edits(draw: st.DrawFn, text: str) -> Repair:
    """A repair of `text` that changes a few parts of it, some to nothing."""
    bounds = sorted(draw(st.sets(st.integers(0, len(text)), max_size=8)))
    steps = [
        Step(start, end, text[start:end], draw(st.text("xyz", max_size=3)), "mojibake", "cp1252", reason="for a test")
        for start, end in zip(bounds[::2], bounds[1::2], strict=False)
    ]
    return rewrite(text, steps)


class TestCompose:
    """Two repairs made one."""

    @given(st.data(), st.text("abcdef", max_size=20))
    def test_one_repair_does_what_two_did(self, data: st.DataObject, text: str) -> None:
        """Replaying the composed steps on the first text gives the last text."""
        first = data.draw(edits(text))
        second = data.draw(edits(first.text))
        both = compose(text, first, second)
        assert both.text == second.text
        assert apply_steps(text, both.steps) == second.text

    def test_layers_follow_each_other_in_the_chain(self) -> None:
        """The codec that was undone first is the outermost."""
        first = rewrite("aXXb", [Step(1, 3, "XX", "Y", "mojibake", "cp1252")])
        second = rewrite("aYb", [Step(1, 2, "Y", "é", "mojibake", "mac_roman", "inferred")])
        (step,) = compose("aXXb", first, second).steps
        assert step[:7] == (1, 3, "XX", "é", "mojibake", "cp1252>mac_roman", "inferred")


class TestApplySteps:
    """The replay of steps."""

    def test_overlapping_steps_are_refused(self) -> None:
        """No place is changed twice."""
        steps = [Step(0, 2, "ab", "x", "space"), Step(1, 3, "bc", "y", "space")]
        with pytest.raises(ValueError, match="the text has 'bc' at 1:3"):
            apply_steps("abc", steps)
