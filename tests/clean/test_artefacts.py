"""Artefacts other than mojibake."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tasks.clean import apply_steps, normalize_text
from tasks.clean.artefacts import _ACTIONS, _DATA, _LOSS_REASONS, _compose, may_hold_artefacts
from tasks.options import Options
from tasks.schemas import REPAIR_KINDS

_PARTS = st.sampled_from(
    [
        "a",
        "b",
        " ",
        "\n",
        "\r",
        "\xa0",
        "\u2009",
        "\xad",
        "\u200b",
        "\ufeff",
        "&",
        "amp;",
        "nbsp;",
        "#146;",
        "hellip;",
        "ﬁ",
        "e\u0301",
        "Ａ",
        "日",
        "\u202e",
        "א",
        "\x1b[1m",
        "\0",
        "\ud83d",
        "\ude00",
        "\x85",
        "\u2028",
        "http://a/",
        "`",
        "\\u2019",
    ]
)
texts = st.lists(_PARTS | st.characters(), max_size=40).map("".join)


def test_rules_name_actions_and_kinds_that_exist() -> None:
    """Each rule gives repairs of a kind that the table knows, and each action has a rule."""
    rules = _DATA["rule"]
    assert {rule["kind"] for rule in rules} | set(_LOSS_REASONS) <= set(REPAIR_KINDS)
    assert {rule["action"] for rule in rules} == set(_ACTIONS)


@given(texts)
def test_a_match_begins_as_its_rule_says(text: str) -> None:
    """The characters that are searched for first are those with which a match begins, except plain spaces."""
    for rule in _DATA["rule"]:
        for match in re.finditer(rule["pattern"], text):
            assert re.match(f"[{rule['first']}]", match.group().lstrip(" "))


@pytest.mark.parametrize(
    ("text", "wanted", "kind"),
    [
        ("one\xa0\u2009 two", "one two", "space"),
        ("one \xa0two", "one two", "space"),
        ("soft\xadware", "software", "soft_hyphen"),
        ("zero\u200bwidth", "zerowidth", "zero_width"),
        ("a\ufeffb", "ab", "byte_order_mark"),
        ("\x1b[1mbold\x1b[0m", "bold", "escape_sequence"),
        ("a\x00b\x07", "ab", "control"),
        ("\x13it\x12s\x14 \x16 no", "“it’s” – no", "control"),
        ("it\x12s\x00", "its", "control"),
        ("fish &amp; chips", "fish & chips", "html_entity"),
        ("fish &amp;amp; chips", "fish & chips", "html_entity"),
        ("it&#146;s", "it’s", "html_entity"),
        ("eﬃcient", "efficient", "ligature"),
        ("cafe\u0301", "café", "normalization"),
        ("ＡＢＣ news", "ABC news", "fullwidth"),
        ("one\r\ntwo\rthree\u2028four", "one\ntwo\nthree\nfour", "newline"),
        ("smile \ud83d\ude00", "smile 😀", "surrogate"),
        ("half \ud83d", "half \ufffd", "surrogate"),
        ("safe\u202etxt", "safetxt", "bidi_control"),
    ],
)
def test_an_artefact_becomes_the_character_it_stands_for(text: str, wanted: str, kind: str) -> None:
    """Each artefact becomes the character that it stands for, in a step of its kind."""
    repair = normalize_text(text)
    assert repair.text == wanted
    assert repair.steps[0].kind == kind


@pytest.mark.parametrize(
    "text",
    [
        "curly “quotes”, dashes – and — stay…",
        "family 👨\u200d👩\u200d👧 and ❤\ufe0f",
        "ภาษา\u200bไทย",
        "日本語のＡＢＣ",
        "Œuvre, Æsop, Ĳssel",
        "שלום \u202bעולם\u202c",
        "see http://example.org/?a=1&copy;=2",
        "write `&nbsp;` for it",
        "&amp;amp;amp; is escaped thrice",
        "AT&T; R&D",
    ],
)
def test_characters_with_a_purpose_are_kept(text: str) -> None:
    """Characters with a purpose are not changed."""
    assert normalize_text(text).text == text


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("caf\ufffd", "replacement_character"),
        ("`it\\u2019s`", "escaped_character"),
        ("the escape '%E2%80%99'", "escaped_character"),
        ('the sign "=E2=80=99"', "escaped_character"),
    ],
)
def test_a_loss_is_reported_and_left(text: str, kind: str) -> None:
    """A lost character is not guessed, and escapes in code and quotation marks are kept; both are reported."""
    repair = normalize_text(text)
    assert repair.text == text
    assert [step.kind for step in repair.steps] == [kind]


def test_words_hyphenated_at_a_line_end_are_joined_on_demand() -> None:
    """Words are joined only if the option says so; a hyphen of the word's own stays, and the line end moves behind it."""
    text = "The gov-\nernment of the well-\nknown isle"
    assert normalize_text(text).text == text
    assert normalize_text(text, Options(join_hyphens=True)).text == "The government\nof the well-known\nisle"


def test_many_marks_are_composed_in_linear_time() -> None:
    """A letter with a million marks in the wrong order is composed correctly, and quickly."""
    few, many = ("a" + marks * n for marks, n in (("\u0315\u0300", 3), ("\u0315\u0300", 500_000)))
    assert normalize_text(few).text == "à" + "\u0300" * 2 + "\u0315" * 3
    assert normalize_text(many).text == "à" + "\u0300" * 499_999 + "\u0315" * 500_000


@given(st.text(st.sampled_from("aéſﬁ가각각中\u0300\u0315\u05ae\u0316\u0344"), min_size=1100))
@settings(max_examples=20)
def test_long_pieces_are_composed_as_short_ones(piece: str) -> None:
    """NFC by polars and by Python is the same."""
    assert _compose(piece) == unicodedata.normalize("NFC", piece)


@given(texts)
@example("&amp;nbsp;\xa0 &#160;")
def test_twice_is_once_and_the_steps_make_the_text(text: str) -> None:
    """A second round changes nothing, and the steps replay."""
    repair = normalize_text(text)
    assert apply_steps(text, repair.steps) == repair.text
    assert {step.kind for step in repair.steps} <= set(REPAIR_KINDS)
    assert normalize_text(repair.text).text == repair.text


@given(texts)
def test_the_artefact_prefilter_misses_nothing(text: str) -> None:
    """The prefilter misses nothing."""
    if not may_hold_artefacts(text):
        assert normalize_text(text).steps == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\x01wx417\x02Rain fell.\x1eRoads closed.\x04", "wx417 Rain fell. Roads closed."),
        ("num\x00ber \x7fone", "number one"),
        ("first\r\r\nsecond", "first\nsecond"),
        ("ＮＥＷＳ：\u3000ｎｏｗ", "NEWS: now"),
        ("ニュース\u3000速報", "ニュース\u3000速報"),
        ("\uf0b7 milk\n\uf0a7 bread", "• milk\n▪ bread"),
        ("see you \uf04a", "see you ☺"),
        ("a private \uf0a7 sign", "a private \uf0a7 sign"),
        ("B&ampB owners", "B&B owners"),
        ("a caf&eacute in town", "a café in town"),
        ("the mayor&#8217 said", "the mayor’ said"),
        ("rock&nrolling &notes", "rock&nrolling &notes"),
        ("&#55357;&#56397; fine", "👍 fine"),
        ("&#xD83D;&#x41; odd", "&#xD83D;A odd"),
        ("http://a.example/?b=1&copy=2", "http://a.example/?b=1&copy=2"),
    ],
)
def test_controls_entities_and_symbols(text: str, expected: str) -> None:
    """Controls of wire services part words, unfinished entities are resolved, and signs of symbol fonts are known."""
    repair = normalize_text(text)
    assert repair.text == expected
    assert apply_steps(text, repair.steps) == expected
