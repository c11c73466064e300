"""Why a match is not a hit: one ordered list of vetoes, each with a name.

A hit is dropped by the first veto that applies. Each veto is written twice: for one hit of one text, to be read, and for
all hits at once, as arrays. A property test compares the two.

To add a veto, write both forms, add a line to `VETOES`, and a case to tests/measure/loaded_language/test_scalar.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from tasks.measure.loaded_language import conditions
from tasks.measure.loaded_language.names import are_headlines, are_known_names
from tasks.measure.loaded_language.tokenizer import Trait

if TYPE_CHECKING:
    from collections.abc import Callable

    from tasks.measure.loaded_language.entry_table import EntryTable
    from tasks.measure.loaded_language.hits import Hits
    from tasks.measure.loaded_language.scalar_text import Hit, Text
    from tasks.measure.loaded_language.tokenizer import Words
    from tasks.measure.tokens import Tokens
    from tasks.text.arrays import Bools, Ints


class Column(NamedTuple):
    """A column of texts: what the vetoes read."""

    words: Words
    tokens: Tokens
    table: EntryTable
    documents: Ints
    """The number of each text's document, in growing order."""


def is_noun(text: Text, hit: Hit) -> bool:
    """A form of a verb after a determiner or a preposition is a noun: "the slam", "full of fumes"."""
    before = hit.match_first - 1
    is_after_one = text.is_in_class(before, "determiner") or text.is_in_class(before, "preposition")
    return hit.may_be_noun and text.is_joined(before) and is_after_one


def are_nouns(column: Column, hits: Hits) -> Bools:
    """`is_noun` of all hits."""
    words = column.words
    found = hits.may_be_noun.copy()
    before, inside = words.at(hits.match_first[found] - 1)
    is_after_one = np.isin(words.codes[before], column.table.classes["determiner"])
    is_after_one |= np.isin(words.codes[before], column.table.classes["preposition"])
    found[found] = inside & words.joined[before] & is_after_one
    return found


def is_misspelt(text: Text, hit: Hit) -> bool:
    """A term that asks for hyphens has none, or an affix is a word of its own.

    An affix counts inside a word ("scaremonger", unless it asks for a hyphen) or beside a hyphen ("crime-ridden").
    """
    entry = hit.entry
    if entry.is_affix and text.words[hit.match_first].listed_as == entry.term:
        return entry.hyphenated
    hyphen_before = hit.match_first if entry.is_suffix else hit.match_first + 1
    return (entry.is_affix or entry.hyphenated) and not text.has(hyphen_before, Trait.AFTER_HYPHEN)


def are_misspelt(column: Column, hits: Hits) -> Bools:
    """`is_misspelt` of all hits."""
    words, table = column.words, column.table
    is_suffix, asks_for_hyphen = table.is_suffix[hits.entry], table.is_hyphenated[hits.entry]
    is_affix = is_suffix | table.is_prefix[hits.entry]
    is_part_of_word = words.codes[hits.match_first] == table.codes_of_affixes[hits.entry]
    place, inside = words.at(hits.match_first + ~is_suffix)
    has_hyphen = inside & words.has(place, Trait.AFTER_HYPHEN)
    found: Bools = np.where(is_part_of_word, asks_for_hyphen, (is_affix | asks_for_hyphen) & ~has_hyphen)
    return found


def fails_condition(text: Text, hit: Hit) -> bool:
    """A condition that the entry states does not hold."""
    return not all(conditions.holds(condition, text, hit) for condition in hit.entry.conditions)


def fail_conditions(column: Column, hits: Hits) -> Bools:
    """`fails_condition` of all hits."""
    return ~column.table.conditions.hold(column.words, hits)


def lacks_superlative(_text: Text, hit: Hit) -> bool:
    """There is no superlative before "ever" or "in history"."""
    return hit.entry.needs_superlative and hit.first == hit.match_first


def lack_superlative(column: Column, hits: Hits) -> Bools:
    """`lacks_superlative` of all hits."""
    found: Bools = column.table.needs_superlative[hits.entry] & (hits.first == hits.match_first)
    return found


def is_name(text: Text, hit: Hit) -> bool:
    """A capital inside a sentence makes a word a name ("Dan Savage"), unless the whole text is in headline style.

    With a capital, a word that is known as a name in its document (names.py) is one anywhere, and so is a word at the
    beginning of a sentence before a verb of saying ("Cleverly said").
    """
    word = text.words[hit.first]
    if not hit.entry.may_be_name or not word.has(Trait.CAPITAL):
        return False
    if word.listed_as in text.names:
        return True
    if word.has(Trait.ALL_CAPS | Trait.QUOTE_BEFORE):
        return False
    if text.starts_sentence(hit.first):
        return text.is_joined(hit.last) and text.is_in_class(hit.last + 1, "saying")
    return not text.is_headline


def are_names(column: Column, hits: Hits) -> Bools:
    """`is_name` of all hits."""
    words, offsets, table = column.words, column.tokens.offsets, column.table
    found = table.may_be_name[hits.entry] & words.has(hits.first, Trait.CAPITAL)
    if not found.any():
        return found
    is_headline = are_headlines(words, offsets)
    chosen = hits.keep(found)
    first = chosen.first
    following, inside = words.at(chosen.last + 1)
    is_speaker = inside & words.joined[chosen.last] & np.isin(words.codes[following], table.classes["saying"])

    def text_of(places: Ints) -> Ints:
        return np.searchsorted(offsets, words.token[places], "right") - 1

    is_written_so = np.where(words.starts_sentence[first], is_speaker, ~is_headline[text_of(first)])
    is_written_so &= ~words.has(first, Trait.ALL_CAPS | Trait.QUOTE_BEFORE)
    found[found] = is_written_so | are_known_names(words, text_of, is_headline, column.documents, first)
    return found


def is_cancelled(text: Text, hit: Hit) -> bool:
    """A prefix cancels the term: "anti-racist" does not mean what its second half says."""
    return text.has(hit.first, Trait.AFTER_HYPHEN) and text.is_in_class(hit.first - 1, "undoing_prefix")


def are_cancelled(column: Column, hits: Hits) -> Bools:
    """`is_cancelled` of all hits."""
    words = column.words
    found = words.has(hits.first, Trait.AFTER_HYPHEN)
    before, inside = words.at(hits.first[found] - 1)
    found[found] = inside & np.isin(words.codes[before], column.table.classes["undoing_prefix"])
    return found


class Veto(NamedTuple):
    """A reason why a match is not a hit."""

    name: str
    applies: Callable[[Text, Hit], bool]
    apply: Callable[[Column, Hits], Bools]


VETOES = (
    Veto("noun", is_noun, are_nouns),
    Veto("hyphen", is_misspelt, are_misspelt),
    Veto("condition", fails_condition, fail_conditions),
    Veto("no_superlative", lacks_superlative, lack_superlative),
    Veto("name", is_name, are_names),
    Veto("cancelled", is_cancelled, are_cancelled),
)
"""In the order in which they are asked. The order does not change which hits stand, only which veto is named."""


def first_veto(text: Text, hit: Hit) -> str | None:
    """The name of the first veto that applies to a hit; None if none does."""
    return next((veto.name for veto in VETOES if veto.applies(text, hit)), None)


def drop_vetoed(column: Column, hits: Hits) -> Hits:
    """The hits to which no veto applies."""
    for veto in VETOES:
        hits = hits.keep(~veto.apply(column, hits))
    return hits
