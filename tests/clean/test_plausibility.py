"""The measure of implausibility."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.clean.plausibility import NOT_IN_PROSE, implausibility, penalties

_CHARACTERS = (
    st.sampled_from(list("abzAB09 .,'\"\néÃ©â€™‚ÄĒ“”—…ôÔœжДωΩ√π¬°\xa0日鈥█\u0301\ufffd\u200d")) | st.characters()
)


@pytest.mark.parametrize(
    ("before", "first", "second", "rules"),
    [
        ("n", "ï", "v", set()),
        (" ", "“", "W", set()),
        ("d", "’", "s", set()),
        ("2", "π", "r", set()),
        ("√", "π", "r", set()),
        (" ", "√", "π", set()),
        ("f", "Ã", "©", {"sign_after_capital"}),
        ("d", "ж", "e", {"script_changes"}),
        ("i", "™", "s", {"sign_inside_word"}),
        (" ", "„", " ", {"low_quote_opens"}),
        (" ", "√", "∆", {"root_of_sign"}),
        (" ", "é", "T", {"case_changes"}),
        (" ", "ń", "ć", {"pair_not_attested"}),
        (" ", "日", "é", {"ideograph_beside_letter"}),
        (" ", "█", "a", {"classes_never_meet"}),
        (" ", "é", "\x81", {"never_in_text"}),
        (" ", "é", "\ufffd", {"lost_after_letter"}),
    ],
)
def test_the_rules_that_a_pair_breaks(before: str, first: str, second: str, rules: set[str]) -> None:
    """Each pair violates exactly the rules that are named."""
    assert set(penalties(before, first, second)) == rules


@given(_CHARACTERS, _CHARACTERS, _CHARACTERS)
def test_implausibility_is_the_sum_of_penalties(before: str, first: str, second: str) -> None:
    """The implausibility is the sum of the penalties, and each penalty is 1 or 2."""
    found = penalties(before, first, second)
    assert implausibility(before, first, second) == sum(found.values())
    assert set(found.values()) <= {1, NOT_IN_PROSE}


@given(st.characters(), st.characters(max_codepoint=0x7F), st.characters(max_codepoint=0x7F))
def test_ascii_is_never_implausible(before: str, first: str, second: str) -> None:
    """Damage of an encoding is not visible in ASCII."""
    assert implausibility(before, first, second) == 0
