"""What changes the weight of a hit: a negation before it, or a name that it describes.

Each rule is written for one text and for all texts at once; a property test compares the two.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tasks.measure.loaded_language.tokenizer import Trait

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tasks.measure.loaded_language.entry_table import EntryTable
    from tasks.measure.loaded_language.hits import Hits
    from tasks.measure.loaded_language.lexicon import Lexicon
    from tasks.measure.loaded_language.scalar_text import Hit, Text
    from tasks.measure.loaded_language.tokenizer import Words
    from tasks.text.arrays import Bools

_NEGATION_REACH = 3
_NOUN_NEGATION_REACH = 2


def is_negated(text: Text, hit: Hit) -> bool:
    """A negation stands up to three words before, with no punctuation between; "no" and its like up to two.

    "not only", "no doubt" and their like negate nothing, and a negation ends at "but", "yet" and the like.
    """
    for distance in range(1, _NEGATION_REACH + 1):
        place = hit.first - distance
        if not text.is_joined(place) or text.is_in_class(place, "contrast"):
            return False
        is_negation = text.is_in_class(place, "negator") or (
            distance <= _NOUN_NEGATION_REACH and text.is_in_class(place, "noun_negator")
        )
        if is_negation and not text.is_in_class(place + 1, "no_negation_before"):
            return True
    return False


def are_negated(words: Words, hits: Hits, table: EntryTable) -> Bools:
    """`is_negated` of all hits."""
    found = np.zeros(len(hits.entry), bool)
    is_connected = np.ones(len(hits.entry), bool)
    for distance in range(1, _NEGATION_REACH + 1):
        place, inside = words.at(hits.first - distance)
        is_connected &= inside & words.joined[place] & ~np.isin(words.codes[place], table.classes["contrast"])
        is_negation = np.isin(words.codes[place], table.classes["negator"])
        if distance <= _NOUN_NEGATION_REACH:
            is_negation |= np.isin(words.codes[place], table.classes["noun_negator"])
        following, _ = words.at(place + 1)
        found |= is_connected & is_negation & ~np.isin(words.codes[following], table.classes["no_negation_before"])
    return found


def epithets(text: Text, hits: Sequence[Hit], lexicon: Lexicon) -> list[bool]:
    """Whether each hit is a loaded noun or adjective directly before a name, or directly before such a hit.

    In "deranged despot Putin" both are. Three words before a name are too far. The hits must be in order and apart.
    """
    may_be = [
        lexicon.weight(hit.entry) > 0
        and hit.entry.may_be_epithet
        and (text.starts_sentence(hit.first) or not text.has(hit.first, Trait.CAPITAL))
        for hit in hits
    ]
    is_direct = [
        is_eligible
        and text.is_joined(hit.last)
        and text.has(hit.last + 1, Trait.CAPITAL)
        and not text.has(hit.last + 1, Trait.ALL_CAPS)
        for is_eligible, hit in zip(may_be, hits, strict=True)
    ]
    is_before_one = [
        is_eligible and next_is_direct and following.first == hit.last + 1
        for is_eligible, hit, next_is_direct, following in zip(may_be, hits, is_direct[1:], hits[1:], strict=False)
    ]
    return [direct or before for direct, before in zip(is_direct, [*is_before_one, False], strict=False)]


def are_epithets(words: Words, hits: Hits, table: EntryTable) -> Bools:
    """`epithets` of all hits."""
    following, inside = words.at(hits.last + 1)
    is_before_name = (
        inside & words.joined[hits.last] & words.has(following, Trait.CAPITAL) & ~words.has(following, Trait.ALL_CAPS)
    )
    may_be = table.may_be_epithet[hits.entry]
    may_be &= words.starts_sentence[hits.first] | ~words.has(hits.first, Trait.CAPITAL)
    found = may_be & is_before_name
    is_next = (hits.first[1:] == hits.last[:-1] + 1) & ~words.starts_text[hits.first[1:]]
    found[:-1] |= may_be[:-1] & found[1:] & is_next
    return found
