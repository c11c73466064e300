from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import pytest

from tasks.measure.loaded_language import compile_lexicon, load_lexicon
from tasks.measure.loaded_language.lint import check_lexicon, show_term
from tasks.measure.tokens import Vocabulary

if TYPE_CHECKING:
    from pathlib import Path

GROUP = """
[[group]]
category = "name_calling"
intensity = 2
reason = "tests the checks"
"""


def messages(folder: Path, content: str) -> list[str]:
    """What is wrong with a user's file."""
    path = folder / "own.toml"
    path.write_text(content, "utf-8")
    return [problem.message for problem in check_lexicon(load_lexicon([path])) if problem.source == str(path)]


def test_shipped_lexicon_has_no_problem() -> None:
    """The shipped lexicon has no duplicate, no dead entry, and every entry matches its example."""
    assert check_lexicon(load_lexicon()) == []


def test_literal_contexts_do_not_match() -> None:
    """No shipped entry matches beside a word that must not stand near it."""
    lexicon = load_lexicon()
    cases = [
        (number, f"{entry.term.replace(' ...', '')} {word}")
        for number, entry in enumerate(lexicon.entries)
        for condition in entry.conditions
        if condition.where == "near" and not condition.wanted and "one" not in entry.term and not entry.is_affix
        for word in condition.words
        if not word.startswith("<")
    ]
    tokens = Vocabulary(fold=True).encode(pl.Series([text for _, text in cases]))
    words, hits = compile_lexicon(lexicon).find_unvetoed(tokens)
    texts = tokens.offsets.searchsorted(words.token[hits.first], "right") - 1
    begins = words.token[hits.first] == tokens.offsets[texts]  # the word itself may be a form of the term
    found = set(zip(texts[begins].tolist(), hits.entry[begins].tolist(), strict=True))
    assert len(cases) > 10_000
    assert [text for place, (number, text) in enumerate(cases) if (place, number) in found] == []


def test_shipped_lexicon_is_large() -> None:
    """The shipped lexicon has 4,000 entries or more, without protected terms."""
    assert sum(entry.category != "protected" for entry in load_lexicon().entries) >= 4_000


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (GROUP + "nouns = '''\nquangoer\nquangoer\n'''", "is listed twice"),
        (GROUP.replace("tests the checks", "") + "nouns = 'quangoer'", "has no reason"),
        (GROUP + "nouns = 'quangoer ; e.g. Nobody is named here.'", "does not match its example"),
        (GROUP + "verbs = 'quango'\nphrases = '''\nquangoes ; not left: the\nquangoes\n'''", "is listed twice"),
        (GROUP + "nouns = 'quangoer ; not left: the old'", "can never hold"),
        (GROUP + "affixes = '-quango ; except: zebra'", "has no effect"),
        ("[[protected]]\nreason = 'a name'\nnouns = 'quiet quay'", "protects nothing"),
    ],
)
def test_mistakes_are_found(tmp_path: Path, content: str, message: str) -> None:
    """Each kind of mistake in a lexicon file is reported."""
    assert any(message in result for result in messages(tmp_path, content))


def test_shadowed_entries_are_found(tmp_path: Path) -> None:
    """An entry whose forms all belong to a stronger one is reported, because it can never match."""
    strong = GROUP.replace("intensity = 2", "intensity = 3")
    result = messages(tmp_path, strong + "nouns = 'quangoer'\n" + GROUP + "phrases = 'quangoer'\n")
    assert any("can never match" in message for message in result)


def test_terms_are_shown_by_any_form() -> None:
    """A term is found by its inflections, with or without hyphen, and by its British spelling."""
    lexicon = load_lexicon()
    assert [entry.term for entry in show_term(lexicon, "meat-grinders")] == ["meat grinder"]
    assert [entry.term for entry in show_term(lexicon, "demonised")] == ["demonize"]
    assert show_term(lexicon, "table") == []
