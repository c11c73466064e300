from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.escaping import escape_name, escape_text

OBEYED = [
    *map(chr, {*range(0x20), *range(0x7F, 0xA0)} - {0x09, 0x0A}),
    *map(chr, (*range(0x2028, 0x202F), *range(0x2066, 0x2070), 0xD800, 0xDFFF, 0xFFF9, 0xE0001, 0xE0041)),
]
INVISIBLE = [*"\t\n\r", *map(chr, (0xAD, 0x61C, 0x115F, 0x180E, 0x200B, 0x200E, 0x200F, 0x2060, 0x3164, 0xFEFF))]


@pytest.mark.parametrize("character", OBEYED, ids=lambda character: f"U+{ord(character):04X}")
def test_control_characters_are_written_out(character: str) -> None:
    """Control characters, separators, direction overrides, surrogates and tags are shown as numbers."""
    for escape in (escape_text, escape_name):
        shown = escape(f"a{character}b")
        assert shown.isprintable()
        assert shown in {f"a‹U+{ord(character):04X}›b", f"a\\x{ord(character) & 0xFF:02x}b"}


@pytest.mark.parametrize("character", INVISIBLE, ids=lambda character: f"U+{ord(character):04X}")
def test_a_name_hides_nothing(character: str) -> None:
    """Invisible characters and line ends in a name are escaped."""
    assert escape_name(f"a{character}b") == f"a‹U+{ord(character):04X}›b"


@pytest.mark.parametrize(
    "text",
    [
        "One line.\r\n\tAnother — “quoted”, ‘so’.",
        "שלום \N{RIGHT-TO-LEFT MARK}(a)\N{LEFT-TO-RIGHT MARK} سلام\N{ARABIC LETTER MARK}",
        "می\N{ZERO WIDTH NON-JOINER}شود",
        "👩\N{ZERO WIDTH JOINER}💻 ❤\N{VARIATION SELECTOR-16} 🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",
        "ภาษา\N{ZERO WIDTH SPACE}ไทย, co\N{SOFT HYPHEN}operate, 5\N{NO-BREAK SPACE}%",
    ],
)
def test_texts_keep_what_they_need(text: str) -> None:
    """Directional marks, joiners, flags, soft hyphens and zero-width spaces in a text are kept."""
    assert escape_text(text) == text


@pytest.mark.parametrize(
    "name",
    ["Ñandú (2).txt", "می\N{ZERO WIDTH NON-JOINER}شود.txt", "👩\N{ZERO WIDTH JOINER}💻.txt", "東京 — a.txt"],
)
def test_names_stay_readable(name: str) -> None:
    """Names in any script, with spaces, joiners or emoji are unchanged."""
    assert escape_name(name) == name


@given(st.text())
def test_shown_text_has_no_control_characters(text: str) -> None:
    """For any text, only tabs and line ends remain of the control characters, and no override or surrogate remains."""
    shown = escape_text(text)
    left = {unicodedata.category(character) for character in shown if character not in "\t\n\r"}
    assert not left & {"Cc", "Cs", "Zl", "Zp"}
    assert not {unicodedata.bidirectional(c) for c in shown} & {
        "LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI",
    }  # fmt: skip
    assert escape_text(shown) == shown
    assert len(escape_name(text).splitlines()) <= 1
