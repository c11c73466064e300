"""How far a hit extends beyond the words that an entry matches.

The rule is written twice: for one text, to be read, and for all texts at once, as arrays. A property test compares the two.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tasks.measure.loaded_language.tokenizer import Trait

if TYPE_CHECKING:
    from tasks.measure.loaded_language.entry_table import EntryTable
    from tasks.measure.loaded_language.hits import Hits
    from tasks.measure.loaded_language.scalar_text import Hit, Text
    from tasks.measure.loaded_language.tokenizer import Words

    Span = tuple[int, int]
    """The first word and the last."""

_SUPERLATIVE_REACH = 8

# How far a hit extends. An affix with a hyphen includes the word that it is joined to: "crime-ridden",
# "pseudo-science". "ever" and "in history" include the words from a superlative on, up to eight words before them.


def extend(text: Text, hit: Hit) -> Span:
    """The first and last word that a hit covers."""
    first, last = hit.match_first, hit.match_last
    if hit.entry.is_suffix and text.has(first, Trait.AFTER_HYPHEN):
        return first - 1, last
    if hit.entry.is_prefix and text.has(last + 1, Trait.AFTER_HYPHEN):
        return first, last + 1
    if hit.entry.needs_superlative:
        for place in range(first - 1, first - _SUPERLATIVE_REACH - 1, -1):
            if text.same_sentence(place, first) and text.has(place, Trait.SUPERLATIVE):
                return place, last
    return first, last


def extend_all(words: Words, hits: Hits, table: EntryTable) -> Hits:
    """The hits with the words that `extend` says."""
    following, inside = words.at(hits.match_last + 1)
    is_joined = inside & words.has(following, Trait.AFTER_HYPHEN)
    last = hits.match_last + (table.is_prefix[hits.entry] & is_joined)
    first = hits.match_first - (table.is_suffix[hits.entry] & words.has(hits.match_first, Trait.AFTER_HYPHEN))
    searching = np.flatnonzero(table.needs_superlative[hits.entry])
    for distance in range(1, _SUPERLATIVE_REACH + 1):
        start = hits.match_first[searching]
        place, inside = words.at(start - distance)
        same_sentence = inside & (words.sentence[place] == words.sentence[start])
        found = same_sentence & words.has(place, Trait.SUPERLATIVE)
        first[searching[found]] = place[found]
        searching = searching[~found]
    return hits._replace(first=first, last=last)
