"""Hits in a column of texts, as arrays, and which of them stand where they overlap."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tasks.measure.loaded_language.lexicon import Lexicon
    from tasks.measure.loaded_language.scalar_text import Hit
    from tasks.text.arrays import Bools, Floats, Ints


class Hits(NamedTuple):
    """Where entries stand; all arrays have one item for each hit, and places of words are inclusive."""

    entry: Ints
    """The entry's place in the lexicon."""
    match_first: Ints
    match_last: Ints
    """The words that one of the entry's forms matches."""
    first: Ints
    last: Ints
    """The words that the hit covers: more than the match for affixes and superlatives."""
    may_be_noun: Bools
    """Whether the form would be a noun after a determiner."""

    @classmethod
    def matched(cls, entry: Ints, first: Ints, last: Ints, may_be_noun: Bools | None = None) -> Hits:
        """Hits that cover what they match."""
        return cls(entry, first, last, first, last, np.zeros(len(entry), bool) if may_be_noun is None else may_be_noun)

    def keep(self, chosen: Bools | Ints) -> Hits:
        """The hits that a mask or an order chooses."""
        return Hits(
            self.entry[chosen],
            self.match_first[chosen],
            self.match_last[chosen],
            self.first[chosen],
            self.last[chosen],
            self.may_be_noun[chosen],
        )


def resolve_overlaps(hits: Hits, precedence: Floats) -> Hits:
    """The hits in order. Of overlapping ones the longest stays, then that of highest precedence, then the first."""
    length = hits.last - hits.first
    order = np.lexsort((hits.entry, -precedence, -length, hits.first))
    hits, length, precedence = hits.keep(order), length[order], precedence[order]
    is_apart = np.ones(len(order), bool)
    is_apart[1:] = hits.first[1:] > np.maximum.accumulate(hits.last)[:-1]
    cluster = np.cumsum(is_apart)
    is_contested = np.bincount(cluster, minlength=1)[cluster] > 1
    stays = ~is_contested
    covered: set[int] = set()
    contested = np.flatnonzero(is_contested)
    for i in contested[np.lexsort((contested, -precedence[contested], -length[contested]))].tolist():
        words = range(int(hits.first[i]), int(hits.last[i]) + 1)
        if covered.isdisjoint(words):
            covered.update(words)
            stays[i] = True
    return hits.keep(stays)


def resolve_overlaps_of(hits: Sequence[Hit], lexicon: Lexicon) -> list[Hit]:
    """The same for the hits of one text."""

    def rank(hit: Hit) -> tuple[float, ...]:
        return hit.first - hit.last, -lexicon.precedence(hit.entry), hit.first, hit.number

    stays: list[Hit] = []
    covered: set[int] = set()
    for hit in sorted(hits, key=rank):
        words = range(hit.first, hit.last + 1)
        if covered.isdisjoint(words):
            covered.update(words)
            stays.append(hit)
    return sorted(stays, key=lambda hit: hit.first)
