"""Control characters 80 to 9F."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.clean.c1_controls import has_c1_controls, restore_c1_controls
from tasks.clean.repairs import apply_steps


@pytest.mark.parametrize(
    ("text", "restored"),
    [
        ("it\x92s \x93so\x94 \x96 no", "it’s “so” – no"),
        ("caf\x8e soci\x8et\x8e", "café société"),  # Mac Roman: é is 8E, which in Windows-1252 is Ž
        ("One.\x85Two.", "One.\x85Two."),
        ("undefined \x81", "undefined \x81"),
    ],
)
def test_controls_become_the_signs_of_the_more_plausible_codec(text: str, restored: str) -> None:
    """Windows-1252 is assumed, unless words are more plausible in Mac Roman; line ends are kept."""
    assert apply_steps(text, restore_c1_controls(text)) == restored


@given(st.text(st.sampled_from("ab \n.A") | st.characters(max_codepoint=0xFF)))
def test_only_controls_change(text: str) -> None:
    """Each step replaces one control character, and a text without any has no step."""
    steps = restore_c1_controls(text)
    assert all(len(step.before) == 1 and "\x80" <= step.before <= "\x9f" for step in steps)
    assert has_c1_controls(text) or not steps
