from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tasks.errors import ConfigurationError
from tasks.measure.loaded_language import load_lexicon, loaded_terms
from tasks.measure.loaded_language.entries import PROTECTED
from tasks.schemas import CATEGORIES

if TYPE_CHECKING:
    from pathlib import Path

OWN = """
[[group]]
category = "name_calling"
intensity = 3
reason = "calls officials insects"
nouns = '''
quango dweller ; e.g. A quango dweller spoke.
grey suit ; e.g. The grey suits were in the room.
'''
"""


def lexicon_file(folder: Path, content: str) -> Path:
    """A lexicon file of the user's own."""
    path = folder / "own.toml"
    path.write_text(content, "utf-8")
    return path


def test_every_shipped_entry_has_a_reason_and_a_category() -> None:
    """Every entry has a reason, a known category, and an intensity from 1 to 3."""
    for entry in load_lexicon().entries:
        if entry.category == PROTECTED:
            continue
        assert entry.reason, entry.term
        assert entry.category in CATEGORIES
        assert entry.intensity in {1, 2, 3}


def test_own_entries_are_found_in_all_their_forms(tmp_path: Path) -> None:
    """Entries of a user's file match their inflections, with their reasons."""
    lexicon = load_lexicon([lexicon_file(tmp_path, OWN)])
    found = loaded_terms("Quango-dwellers and a grey suit decided it.", lexicon)
    assert [(term.text, term.category, term.intensity) for term in found] == [
        ("Quango-dwellers", "name_calling", 3),
        ("grey suit", "name_calling", 3),
    ]
    assert {term.reason for term in found} == {"calls officials insects"}


def test_own_entries_change_the_hash(tmp_path: Path) -> None:
    """The hash that runs record distinguishes the shipped lexicon from one with a user's file."""
    assert load_lexicon().sha256 != load_lexicon([lexicon_file(tmp_path, OWN)]).sha256


def test_terms_can_be_taken_out(tmp_path: Path) -> None:
    """`remove` removes shipped terms."""
    lexicon = load_lexicon([lexicon_file(tmp_path, 'remove = ["despot"]\n')])
    assert [term.text for term in loaded_terms("The deranged despot left.", lexicon)] == ["deranged"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[[group]\n", "own.toml"),
        ('[[gruop]]\ncategory = "doubt"\n', "'gruop' is not part of a lexicon"),
        (OWN.replace("name_calling", "rudeness"), "'rudeness' is not a valid category"),
        (OWN.replace("; e.g. The", "; eg: The"), "cannot read"),
    ],
)
def test_mistakes_are_named(tmp_path: Path, content: str, message: str) -> None:
    """An invalid lexicon file is an error that names the file and the mistake."""
    with pytest.raises(ConfigurationError, match=message) as caught:
        load_lexicon([lexicon_file(tmp_path, content)])
    assert "own.toml" in str(caught.value)
