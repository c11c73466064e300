"""Mojibake that was altered after it was made."""

from __future__ import annotations

import pytest

from tasks.clean import repair_text
from tasks.clean.character_classes import RESTORABLE_SIGNS
from tasks.clean.codecs import CODECS, misread
from tasks.clean.lossy_forms import lossy_form_table, may_hold_cut_signs, restore_cut_signs


def test_every_form_has_one_origin() -> None:
    """Each form stands for one sign, in a known codec, and is not plain mojibake of another sign."""
    table = lossy_form_table()
    assert {origin.codec for origin in table.values()} <= set(CODECS)
    assert {origin.sign for origin in table.values()} <= set(RESTORABLE_SIGNS)
    for form, origin in table.items():
        assert form != misread(origin.sign, origin.codec)
        assert 2 <= len(form) <= 3


@pytest.mark.parametrize("form", ["‚Ķ", "'ÄĒ"])
def test_a_form_between_words_is_restored(form: str) -> None:
    """In a sentence, a form becomes the sign that the table names."""
    sign = lossy_form_table()[form].sign
    assert repair_text(f"he went {form} and came back").text == f"he went {sign} and came back"


@pytest.mark.parametrize(
    ("text", "signs"),
    [
        ("â€œno.â€? She", ["”"]),
        ('2009â€"11 and â€" so', ["–", "—"]),
        ("word.â€? Next", ["”"]),
        ("by the wayâ€ no", []),
        ("â€™", []),
    ],
)
def test_cut_signs(text: str, signs: list[str]) -> None:
    """A sign that lost its last byte is restored if the text around it shows which sign it was."""
    assert [step.after for step in restore_cut_signs(text)] == signs
    assert may_hold_cut_signs(text) or not signs
