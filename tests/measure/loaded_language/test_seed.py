"""Manual annotations of one long tabloid article, which is outside of the repository."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tasks.measure.loaded_language import LoadedTerm, load_lexicon, loaded_terms

if TYPE_CHECKING:
    from pathlib import Path

# What a careful reader marks, in the author's words and in those of others; each wherever it stands.
LOADED = """
deranged, despot, exodus, 1MILLION, brutal, crackdown, complicit, cripple, shoved off, skyrocketed, faltering, fury,
getting desperate, backfiring, his regime, puppet regime, grinding, attack dog, STORMS OUT, delusional, Russophobia,
slamming, stormed out, totalitarian, atrocities, lashed out, connivance, rambling, Nazi-like, trampled on, neo-Nazi,
tarnish, 'fake', self-proclaimed, rattled, failure, miserable, horribly, hubris, weak, problem gambler, terrified,
rocketed, on the altar of, inspirational, war machine, decimated, Desperate Russian, BONES, scramble, crammed,
skyrocketing, panic, drastic, into the teeth of, lies, propaganda, meat-grinder, shameful, haunting, inconsolably,
bloodshed, ominously, turning a blind eye, courageously, 'sham'
"""
NEUTRAL = r"\b(?:[Aa]rmed [Ff]orces|deaths?|soldiers?|prisoner swap|wars?|military|troops|killed|referendums)\b"


@pytest.fixture(scope="module")
def reading(shared: Path) -> tuple[str, list[LoadedTerm]]:
    """The article and the scored terms found in it."""
    (article,) = (shared / "seed").glob("*.txt")
    text = article.read_text("utf-8")
    return text, [term for term in loaded_terms(text, load_lexicon()) if term.weight > 0]


def test_careful_readers_spans_are_found(reading: tuple[str, list[LoadedTerm]]) -> None:
    """At least 92 % of the annotated places have a hit."""
    text, terms = reading
    patterns = [rf"(?<!\w){re.escape(phrase.strip())}(?!\w)" for phrase in LOADED.split(",")]
    marked = [match for pattern in patterns for match in re.finditer(pattern, text)]
    missed = [
        match[0] for match in marked if not any(term.start < match.end() and term.end > match.start() for term in terms)
    ]
    assert len(marked) > 80
    assert len(missed) <= 0.08 * len(marked), missed


def test_nothing_neutral_is_flagged(reading: tuple[str, list[LoadedTerm]]) -> None:
    """Plain nouns of war and law are not hits by themselves, and fixed terms contain none."""
    text, terms = reading
    plain = [match.span() for match in re.finditer(NEUTRAL, text)]
    assert plain
    assert not [term for term in terms if any(start <= term.start and term.end <= end for start, end in plain)]
