"""Classes of characters, and the data that they come from."""

from __future__ import annotations

import sys
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from tasks.clean import character_classes
from tasks.clean.character_classes import (
    AFTER_CAPITALS,
    AFTER_ONE_LETTER,
    INSIDE_WORDS,
    NEVER,
    NEVER_FOLLOWED_BY,
    RESTORABLE_SIGNS,
    SAFE_PUNCTUATION,
    classify,
    is_prose,
)

CLASSES = {
    value
    for name, value in vars(character_classes).items()
    if name.isupper() and not name.startswith("_") and isinstance(value, str) and name != "RESTORABLE_SIGNS"
}
EVERY_CHARACTER = [*map(chr, range(sys.maxunicode + 1))]


def test_every_name_in_the_data_is_a_class() -> None:
    """A misspelt class in data/characters.toml would be a rule that never applies."""
    named = {*NEVER_FOLLOWED_BY, *INSIDE_WORDS, *AFTER_CAPITALS}.union(*NEVER_FOLLOWED_BY.values())
    assert named | {*character_classes._DATA["signs"]} <= CLASSES
    assert AFTER_ONE_LETTER <= AFTER_CAPITALS


def test_each_sign_has_one_class() -> None:
    """No sign is listed twice."""
    signs = Counter(sign for signs in character_classes._DATA["signs"].values() for sign in signs)
    assert set(signs.values()) == {1}


def test_every_character_has_a_class_that_exists() -> None:
    """Each code point is of one of the classes, and each class has one."""
    assert {classify(character) for character in EVERY_CHARACTER} == CLASSES


def test_what_no_text_holds_is_not_prose() -> None:
    """No character of the class `never` occurs in prose, and only a small part of all others does."""
    prose = [character for character in EVERY_CHARACTER if is_prose(character)]
    assert not any(classify(character) == NEVER for character in prose if character > "\x7f")
    assert {*RESTORABLE_SIGNS, *"éßжωא"} <= {*prose}


def test_safe_punctuation_has_three_bytes_that_begin_alike() -> None:
    """The scan of a batch recognizes safe signs by their bytes E2 80."""
    assert all(sign.encode()[:2] == b"\xe2\x80" and len(sign.encode()) == 3 for sign in SAFE_PUNCTUATION)


@given(st.characters())
def test_letters_are_what_python_calls_letters(character: str) -> None:
    """The classes of letters hold every letter of Unicode but the signs among them that have a class of their own."""
    kinds = {"upper", "lower", "uncased", "ideograph"}
    if character.isalpha() and character not in character_classes._CLASS_OF_SIGN:
        assert classify(character) in kinds
    if classify(character) in kinds:
        assert character.isalpha() or classify(character) in {"upper", "lower"}
