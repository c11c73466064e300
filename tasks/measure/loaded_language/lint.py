"""Checks of a lexicon, and what it says of a term."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, NamedTuple

import polars as pl

from tasks.measure.loaded_language.entries import word_sequences, words_of
from tasks.measure.loaded_language.matching import compile_lexicon
from tasks.measure.loaded_language.scalar import judge
from tasks.measure.tokens import Vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tasks.measure.loaded_language.entries import Entry
    from tasks.measure.loaded_language.lexicon import Lexicon
    from tasks.text.arrays import Ints


class Problem(NamedTuple):
    """One thing to correct in a lexicon file."""

    source: str
    line: int
    """From 1; 0 if unknown."""
    term: str
    message: str


def check_lexicon(lexicon: Lexicon) -> list[Problem]:
    """Duplicates, missing reasons, entries that can never match, exceptions without effect; sorted by file and line.

    >>> from tasks.measure.loaded_language.lexicon import load_lexicon
    >>> check_lexicon(load_lexicon())
    []
    """
    problems = [
        *_missing_reasons(lexicon),
        *_duplicates(lexicon),
        *_unmatched_examples(lexicon),
        *_shadowed(lexicon),
        *_unused_protection(lexicon),
        *_unused_exceptions(lexicon),
        *_impossible_conditions(lexicon),
        *_unused_removals(lexicon),
    ]
    return sorted(problems)


def show_term(lexicon: Lexicon, term: str) -> list[Entry]:
    """The entries that `term` is a form of; `lexicon.weight(entry)` says what a hit adds. The list is empty if no entry has it.

    >>> from tasks.measure.loaded_language.lexicon import load_lexicon
    >>> [(entry.term, entry.category, entry.source) for entry in show_term(load_lexicon(), "lashed out")]
    [('lash out', 'violent_reporting_verb', 'tabloid.tsv')]
    """
    wanted = tuple(words_of(term))
    return [
        entry
        for entry in lexicon.entries
        if entry.term == term or any(words == wanted for words, _ in word_sequences(entry))
    ]


def terms_inside(lexicon: Lexicon, text: str) -> list[Entry]:
    """The entries that match somewhere in `text`, those found by rules of form included, each once.

    >>> from tasks.measure.loaded_language.lexicon import load_lexicon
    >>> [entry.term for entry in terms_inside(load_lexicon(), "a hatemongering despot")]
    ['-monger', 'despot']
    """
    standing = [hit for hit, dropped_by in judge(text, lexicon) if dropped_by in {None, "overlap", "protected"}]
    return [lexicon.entries[number] for number in dict.fromkeys(hit.number for hit in standing)]


def protections(lexicon: Lexicon, entry: Entry) -> list[Entry]:
    """The protected terms that hold a form of `entry`: inside them it is no hit.

    >>> from tasks.measure.loaded_language.lexicon import load_lexicon
    >>> [term.term for term in protections(load_lexicon(), load_lexicon().by_term["psycho"][0])]
    ['American Psycho']
    """
    forms = {f" {' '.join(words)} " for words, _ in word_sequences(entry)}
    return [
        other
        for other in lexicon.entries
        if other.is_protected and any(form in f" {' '.join(words_of(other.term))} " for form in forms)
    ]


def near_misses(lexicon: Lexicon, term: str) -> list[str]:
    """Up to five forms of entries that are spelt like `term`, the most similar first.

    >>> from tasks.measure.loaded_language.lexicon import load_lexicon
    >>> near_misses(load_lexicon(), "demagog")[0]
    'demagogue'
    """
    forms = {form: None for entry in lexicon.entries if not entry.is_affix for form in entry.forms}
    return get_close_matches(term.lower(), forms, n=5, cutoff=0.75)


def _missing_reasons(lexicon: Lexicon) -> Iterator[Problem]:
    for entry in lexicon.entries:
        if not entry.reason:
            yield Problem(
                entry.source,
                entry.line,
                entry.term,
                'has no reason: say why the word is loaded (column reason; in TOML reason = "..." of its group)',
            )


def _duplicates(lexicon: Lexicon) -> Iterator[Problem]:
    """Entries with the same words and part of speech, unless each has other conditions: then they are senses."""
    seen: dict[tuple[object, ...], list[Entry]] = {}
    for entry in lexicon.entries:
        same = seen.setdefault((tuple(words_of(entry.term)), entry.part_of_speech, entry.is_protected), [])
        for first in same:
            if not (first.conditions and entry.conditions) or first.conditions == entry.conditions:
                place = f"{first.source}:{first.line}"
                message = f"is listed twice, first in {place} as {first.category}: keep one, or give each conditions"
                yield Problem(entry.source, entry.line, entry.term, message)
                break
        same.append(entry)


def _unmatched_examples(lexicon: Lexicon) -> Iterator[Problem]:
    texts, entries = _matches(lexicon, [entry.example for entry in lexicon.entries])
    found = set(zip(texts.tolist(), entries.tolist(), strict=True))
    for number, entry in enumerate(lexicon.entries):
        if (number, number) not in found:
            yield Problem(
                entry.source,
                entry.line,
                entry.term,
                f"does not match its example: {entry.example} Correct the example, the forms or the conditions",
            )


def _matches(lexicon: Lexicon, texts: list[str]) -> tuple[Ints, Ints]:
    """What matches in each text, overlapping hits included: the text, and the entry."""
    tokens = Vocabulary(fold=True).encode(pl.Series(texts, dtype=pl.String))
    words, hits = compile_lexicon(lexicon).find_unvetoed(tokens)
    return tokens.offsets.searchsorted(words.token[hits.first], "right") - 1, hits.entry


def _shadowed(lexicon: Lexicon) -> Iterator[Problem]:
    """Entries of which each form is also a form of a stronger entry without conditions."""
    strongest: dict[tuple[str, ...], tuple[float, int]] = {}
    forms = [[tuple(words) for words, _ in word_sequences(entry)] for entry in lexicon.entries]
    for number, entry in enumerate(lexicon.entries):
        if entry.conditions or entry.hyphenated or entry.rule != "lexicon":
            continue
        for words, may_be_noun in word_sequences(entry):
            if not may_be_noun:
                strength = lexicon.precedence(entry)
                strongest[tuple(words)] = max(strongest.get(tuple(words), (-1.0, 0)), (strength, -number))
    for number, entry in enumerate(lexicon.entries):
        if entry.is_protected or not forms[number]:
            continue
        own = (lexicon.precedence(entry), -number)
        stronger = [strongest.get(words, own) for words in forms[number]]
        if all(other > own for other in stronger):
            other = lexicon.entries[-stronger[0][1]]
            yield Problem(
                entry.source,
                entry.line,
                entry.term,
                f"can never match: {other.term} in {other.source}:{other.line} always takes its place. Remove one",
            )


def _unused_protection(lexicon: Lexicon) -> Iterator[Problem]:
    """Protected terms inside which nothing would be found."""
    is_protected = [entry.is_protected for entry in lexicon.entries]
    entries = [entry for entry in lexicon.entries if entry.is_protected]
    texts, found = _matches(lexicon, [entry.term.lower() for entry in entries])
    needed = {text for text, number in zip(texts.tolist(), found.tolist(), strict=True) if not is_protected[number]}
    for text, entry in enumerate(entries):
        if text not in needed:
            yield Problem(
                entry.source, entry.line, entry.term, "protects nothing, for no entry matches inside it: remove it"
            )


def _unused_exceptions(lexicon: Lexicon) -> Iterator[Problem]:
    for entry in lexicon.entries:
        if not entry.is_affix:
            continue
        letters = entry.affix_letters
        for exception in entry.exceptions:
            if entry.is_prefix:
                is_used = any(exception.startswith(letter) for letter in letters)
            else:
                # An exception may be the beginning of words: "claustrophob".
                is_used = any(exception.endswith(letter[:n]) for letter in letters for n in range(3, len(letter) + 1))
            if not is_used:
                yield Problem(
                    entry.source, entry.line, entry.term, f"the exception {exception!r} has no effect: remove it"
                )


def _impossible_conditions(lexicon: Lexicon) -> Iterator[Problem]:
    for entry in lexicon.entries:
        for condition in entry.conditions:
            for word in condition.words:
                if not word.startswith("<") and len(words_of(word)) != 1:
                    yield Problem(
                        entry.source,
                        entry.line,
                        entry.term,
                        f"the condition {word!r} can never hold, for it is not one word: list single words",
                    )


def _unused_removals(lexicon: Lexicon) -> Iterator[Problem]:
    for source, (term, line) in lexicon.unused_removals:
        way_out = f"`overtones lexicon show {term!r}` lists similar terms"
        yield Problem(source, line, term, f"is listed under remove, but there is no such entry: {way_out}")
