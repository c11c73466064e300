"""Mojibake that was altered after it was made."""

from __future__ import annotations

import pytest

from tasks.clean import clean_text, repair_text
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


@pytest.mark.parametrize(
    ("text", "n_lost"), [("标题锟斤拷", 2), ("題名：鐃緒申鐃緒申", 4), ("標題嚙踝蕭", 2), ("제목 占쏙옙", 2)]
)
def test_replacement_characters_read_as_ideographs(text: str, n_lost: int) -> None:
    """What lost characters become in the encodings of East Asia is told as lost."""
    repair = clean_text(text)
    assert repair.text.count("\ufffd") == n_lost
    assert not set("锟斤拷鐃緒申嚙踝蕭占쏙옙") & set(repair.text)


def test_a_closing_quote_cut_in_chinese() -> None:
    """A closing quotation mark that was read as Chinese and lost its last byte is restored."""
    assert clean_text("It was 鈥渄one鈥?").text == "It was “done”"
