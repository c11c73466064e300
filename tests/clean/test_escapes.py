"""Escapes that were left in a text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.clean import apply_steps, clean_text
from tasks.clean.escapes import decode_escapes, may_hold_escapes


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A caf=C3=A9 in Z=C3=BCrich", "A café in Zürich"),
        ("Dear all,=20\nthe premier=92s of=\nfice", "Dear all, \nthe premier’s office"),
        ("the premier%E2%80%99s office", "the premier’s office"),
        ("the premier\\u2019s \\ud83d\\ude00 office", "the premier’s 😀 office"),
        ("the premier\\xe2\\x80\\x99s office", "the premier’s office"),
        ("b'the premier\\xe2\\x80\\x99s office'", "the premier’s office"),
        ("the premier\\'92s office", "the premier’s office"),
        ("=?utf-8?Q?Z=C3=BCrich?= wins", "Zürich wins"),
        ("a prot+AOk-g+AOk- of hers", "a protégé of hers"),
        ("the premier\\u00e2\\u20ac\\u2122s office", "the premier’s office"),
    ],
)
def test_escapes_are_decoded(text: str, expected: str) -> None:
    """Escapes of mail, JSON, Python, RTF, URLs and UTF-7 become their characters, also if those are mojibake."""
    repair = clean_text(text)
    assert repair.text == expected
    assert apply_steps(text, repair.steps) == expected
    assert {step.kind for step in repair.steps} <= {"escaped_character", "mojibake"}


@pytest.mark.parametrize(
    "text",
    [
        "See https://a.example/caf%C3%A9 now",
        "the page a.example/caf%C3%A9 is gone",
        "use `\\u2019` in code",
        'the escape "\\u2019" is one character',
        "a link with ?q=%C3%A9 in it",
        "write “=E2=80=99” instead",
        "x=20 and y=30",
        "t=92s, or t = 92",
        "100%A5",
        "C++ and x+ABC-y",
        "bank+ATM-card",
        "\\udead is half of a character",
        r"C:\users\xe9",
        "a = b =\nc",
    ],
)
def test_code_addresses_and_mentions_are_kept(text: str) -> None:
    """What is code, an address, a mention or no escape at all stays as it is."""
    assert clean_text(text).text == text


@given(st.text(alphabet="\\ux'%=+-?AEaeC2380 \n", max_size=60))
def test_steps_fit_any_text(text: str) -> None:
    """The steps can be replayed, and there are none where the quick test finds nothing."""
    steps = decode_escapes(text)
    apply_steps(text, steps)
    assert may_hold_escapes(text) or not steps
