"""What is wrong with a lexicon, and what it says of a term."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import polars as pl

from tasks.measure.loaded_language.lexicon import PROTECTED, words_of
from tasks.measure.loaded_language.matching import sequences
from tasks.measure.tokens import Vocabulary, scoring_view

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tasks.measure.loaded_language.lexicon import Entry, Lexicon


class Problem(NamedTuple):
    """One thing to put right in a lexicon file."""

    source: str
    term: str
    message: str


def check_lexicon(lexicon: Lexicon) -> list[Problem]:
    """Duplicates, missing reasons, entries that can never match, exceptions without effect; in the order of the files.

    >>> from tasks.measure.loaded_language.lexicon import load_lexicon
    >>> check_lexicon(load_lexicon())
    []
    """
    problems = [
        *_missing_reasons(lexicon),
        *_duplicates(lexicon),
        *_unmatched_examples(lexicon),
        *_shadowed(lexicon),
        *_idle_protection(lexicon),
        *_idle_exceptions(lexicon),
        *_impossible_conditions(lexicon),
    ]
    return sorted(problems)


def show_term(lexicon: Lexicon, term: str) -> list[Entry]:
    """The entries that `term` is a form of; `lexicon.weight(entry)` says what a hit adds. None if it is in no entry.

    >>> from tasks.measure.loaded_language.lexicon import load_lexicon
    >>> [(entry.term, entry.category, entry.source) for entry in show_term(load_lexicon(), "lashed out")]
    [('lash out', 'violent_reporting_verb', 'tabloid.toml')]
    """
    wanted = tuple(words_of(term))
    return [
        entry
        for entry in lexicon.entries
        if entry.term == term or any(words == wanted for words, _ in sequences(entry))
    ]


def _missing_reasons(lexicon: Lexicon) -> Iterator[Problem]:
    for entry in lexicon.entries:
        if not entry.reason:
            yield Problem(entry.source, entry.term, "has no reason")
        if entry.category != PROTECTED and not 1 <= entry.intensity <= 3:
            yield Problem(entry.source, entry.term, "has an intensity outside 1 to 3")


def _duplicates(lexicon: Lexicon) -> Iterator[Problem]:
    seen: dict[tuple[tuple[str, ...], str, bool], Entry] = {}
    for entry in lexicon.entries:
        key = (tuple(words_of(entry.term)), entry.part_of_speech, entry.category == PROTECTED)
        first = seen.setdefault(key, entry)
        if first is not entry:
            yield Problem(entry.source, entry.term, f"stands twice, first in {first.source} as {first.category}")


def _unmatched_examples(lexicon: Lexicon) -> Iterator[Problem]:
    entries = [number for number, entry in enumerate(lexicon.entries) if entry.rule != "capitals"]
    tokens = Vocabulary().encode(scoring_view(pl.Series([lexicon.entries[number].example for number in entries])))
    words, hits = lexicon.matcher.candidates(tokens)
    texts = tokens.offsets.searchsorted(words.token[hits.first], "right") - 1
    found = set(zip(texts.tolist(), hits.entry.tolist(), strict=True))
    for text, number in enumerate(entries):
        if (text, number) not in found:
            entry = lexicon.entries[number]
            yield Problem(entry.source, entry.term, f"does not match its example: {entry.example}")


def _shadowed(lexicon: Lexicon) -> Iterator[Problem]:
    """Entries of which each form is also a form of a stronger entry without conditions."""
    strongest: dict[tuple[str, ...], tuple[float, int]] = {}
    forms = [[tuple(words) for words, _ in sequences(entry)] for entry in lexicon.entries]
    for number, entry in enumerate(lexicon.entries):
        if entry.conditions or entry.hyphenated or entry.rule != "lexicon":
            continue
        strength = float("inf") if entry.category == PROTECTED else lexicon.weight(entry)
        for words, may_be_noun in sequences(entry):
            if not may_be_noun:
                strongest[tuple(words)] = max(strongest.get(tuple(words), (-1.0, 0)), (strength, -number))
    for number, entry in enumerate(lexicon.entries):
        if entry.category == PROTECTED or not forms[number]:
            continue
        own = (lexicon.weight(entry), -number)
        stronger = [strongest.get(words, own) for words in forms[number]]
        if all(other > own for other in stronger):
            other = lexicon.entries[-stronger[0][1]]
            yield Problem(
                entry.source, entry.term, f"can never match: {other.term} in {other.source} always stands before it"
            )


def _idle_protection(lexicon: Lexicon) -> Iterator[Problem]:
    """Protected terms inside which nothing would be found."""
    entries = [entry for entry in lexicon.entries if entry.category == PROTECTED]
    tokens = Vocabulary().encode(scoring_view(pl.Series([entry.term.lower() for entry in entries], dtype=pl.String)))
    words, hits = lexicon.matcher.candidates(tokens)
    scored = [lexicon.entries[number].category != PROTECTED for number in hits.entry.tolist()]
    texts = tokens.offsets.searchsorted(words.token[hits.first], "right") - 1
    needed = set(texts[scored].tolist())
    for text, entry in enumerate(entries):
        if text not in needed:
            yield Problem(entry.source, entry.term, "protects nothing: no entry matches inside it")


def _idle_exceptions(lexicon: Lexicon) -> Iterator[Problem]:
    for entry in lexicon.entries:
        if entry.part_of_speech != "affix":
            continue
        letters = [form.strip("-") for form in (entry.term, *entry.stated_forms)]
        for exception in entry.exceptions:
            if entry.is_prefix:
                touched = any(exception.startswith(letter) for letter in letters)
            else:
                # An exception may be the beginning of words: "claustrophob".
                touched = any(exception.endswith(letter[:n]) for letter in letters for n in range(3, len(letter) + 1))
            if not touched:
                yield Problem(entry.source, entry.term, f"the exception {exception!r} has no effect")


def _impossible_conditions(lexicon: Lexicon) -> Iterator[Problem]:
    for entry in lexicon.entries:
        for condition in entry.conditions:
            for word in condition.words:
                if not word.startswith("<") and len(words_of(word)) != 1:
                    yield Problem(
                        entry.source, entry.term, f"the condition {word!r} can never hold: it is not one word"
                    )
