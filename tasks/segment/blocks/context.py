"""The features of a paragraph in its document: its place, its neighbours and the author's habits.

They are computed in two steps, `PlacedFeatures` and `ParagraphFeatures`, because the neighbours of an unterminated
paragraph can be classified only when bylines are known.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from tasks.segment.blocks.features import LineFeatures, are_biographies
from tasks.text.arrays import exclusive_sum, next_true, previous_true, shifted

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

    from tasks.text.arrays import Bools, Floats, Ints

MAX_HEADLINE = 45  # words; tabloids tell the whole story in one
_MAX_SHORT_HEADLINE = 20  # of one with the end of a sentence inside: "The bridge will not save us. A boat might"
_MIN_CLAUSE, _MIN_TERMINATED = 8, 0.25  # words; share of such paragraphs that are terminated, where full stops are set
_MIN_CAPTIONS = 2  # with label or credit, in a gallery
_MAX_ITEM = 25
_MAX_BIOGRAPHY = 50
_MAX_ASIDE = 3
_MIN_CRY = 4
_MAX_TWEET = 60
_MIN_LONG = 20
_MAX_SHORT_LINE = 8
_NEAR_TOP = 3  # paragraphs below the first one


@dataclass(frozen=True, kw_only=True)
class PlacedFeatures(LineFeatures):
    """The features of a paragraph by itself, and those of its place in the document."""

    is_title: Bools
    """Equal to the title that came with the document."""
    is_copy: Bools
    """A copy of another paragraph of the document, exactly or nearly."""
    copied_ratio: Floats
    """Share of its word pairs that are in the most similar other paragraph."""
    is_first: Bools
    """The first of several paragraphs that is neither boilerplate, byline, section name nor other."""
    is_after_first: Bools
    """Below such a paragraph."""
    is_near_top: Bools
    """At most three paragraphs below the first one, or above it."""
    has_text_below: Bools
    """There is text or a list item somewhere below."""
    has_long_text_below: Bools
    """There is text of twenty words or more somewhere below."""
    has_more_below: Bools
    """As `has_text_below`, or text that is not prose."""
    is_biography: Bools
    """Says who an author is, and has no text below."""
    follows_clause: Bools
    """Directly below a text of eight words or more."""
    precedes_name: Bools
    """Directly above a name."""
    is_habit_to_terminate: Bools
    """Its document uses full stops: at least a quarter of the paragraphs that could be sentences end in one. In
    galleries a missing full stop always counts as evidence.
    """

    @cached_property
    def is_headline_form(self) -> Bools:
        """Unterminated, and no longer than headlines are."""
        is_short = np.where(self.has_break, self.n_words <= _MAX_SHORT_HEADLINE, self.n_words <= MAX_HEADLINE)
        return self.is_unterminated & is_short

    @cached_property
    def opens(self) -> Bools:
        """Opens its document in the form of a headline."""
        is_cry = self.is_cry & (self.n_words <= MAX_HEADLINE) & (self.n_words >= _MIN_CRY)
        return self.is_first & (self.is_heading | self.is_headline_form | self.is_question | self.asks | is_cry)

    @cached_property
    def is_signed(self) -> Bools:
        """Below a text: a letter's signature, or a name that ends the document."""
        is_last_name = self.is_short_name & ~self.has_text_below
        return ~self.is_first & self.follows_clause & (self.is_signature | is_last_name)

    @cached_property
    def is_author_name(self) -> Bools:
        """A name near the top is the author's, unless it is one of several."""
        is_alone = self.is_name & ~self.precedes_name & self.has_text_below
        return ~self.is_first & is_alone & self.is_near_top & self.is_after_first

    @cached_property
    def is_about(self) -> Bools:
        """Says who wrote the document, or when."""
        return self.has_byline_form | self.is_signed | self.is_author_name


@dataclass(frozen=True, kw_only=True)
class ParagraphFeatures(PlacedFeatures):
    """All features that the rules for kinds use."""

    is_listed: Bools
    """An item of a list without markers: below the heading of a list, or below a colon."""
    is_linked: Bools
    """A link below the heading of links to other articles."""
    is_speaker: Bools
    """A name in capitals above what the person says."""
    is_tweeted: Bools
    """Directly above who wrote it in a social network."""
    is_deck: Bools
    """The line below the headline that continues it."""
    is_in_run: Bools
    """One of three or more short lines without a full stop, one below the other."""
    is_beside_unterminated: Bools
    """Directly above or below an unterminated paragraph that is not a byline."""

    @classmethod
    def one(cls, **known: object) -> ParagraphFeatures:
        """The features of one paragraph: the given ones; others are false or 0, except that the document uses full stops.

        >>> features = ParagraphFeatures.one(n_words=3, is_first=True)
        >>> bool(features.opens), bool(features.is_text)
        (True, False)
        """
        values: dict[str, object] = dict.fromkeys((field.name for field in fields(cls)), False)
        values |= {"n_words": 0, "page_score": 0, "copied_ratio": 0.0, "is_habit_to_terminate": True} | known
        return cls(**{name: np.asarray(value) for name, value in values.items()})

    def row(self, i: int) -> ParagraphFeatures:
        """The features of paragraph `i` alone."""
        return ParagraphFeatures(**{field.name: np.asarray(getattr(self, field.name)[i]) for field in fields(self)})


def above(features: LineFeatures, which: Bools) -> Bools:
    """Whether the paragraph directly above, in the same document, is chosen."""
    return features.has_above & shifted(which, 1, fill=False)


def below(features: LineFeatures, which: Bools) -> Bools:
    """Whether the paragraph directly below, in the same document, is chosen."""
    return features.has_below & shifted(which, -1, fill=False)


def place_features(
    line: LineFeatures, texts: pl.Series, is_title: Bools, is_copy: Bools, copied_ratio: Floats
) -> ParagraphFeatures:
    """All features of the paragraphs with these `texts`; the documents' paragraphs stand together, in order."""
    return _add_neighbours(_add_place(line, texts, is_title, is_copy, copied_ratio))


def _add_place(
    line: LineFeatures, texts: pl.Series, is_title: Bools, is_copy: Bools, copied_ratio: Floats
) -> PlacedFeatures:
    documents = Documents(line.has_above)
    row = documents.row
    first = documents.first(~(line.is_boilerplate | line.has_byline_form | line.is_other | line.is_section))
    last_text = documents.last(line.is_text | line.is_item)
    could_be_sentence = (line.n_words >= _MIN_CLAUSE) & ~line.is_item
    n_terminated = documents.count(could_be_sentence & line.is_terminated)
    is_habit = n_terminated >= _MIN_TERMINATED * documents.count(could_be_sentence)
    is_gallery = documents.count(line.is_labelled) >= _MIN_CAPTIONS
    return PlacedFeatures(
        **vars_of(line),
        is_title=is_title,
        is_copy=is_copy,
        copied_ratio=copied_ratio,
        is_first=(row == first) & (line.has_above | line.has_below),
        is_after_first=(first >= 0) & (row > first),
        is_near_top=(first >= 0) & (row <= first + _NEAR_TOP),
        has_text_below=row < last_text,
        has_long_text_below=row < documents.last(line.is_text & (line.n_words >= _MIN_LONG)),
        has_more_below=row < documents.last(line.is_text | line.is_item | line.is_other),
        is_biography=are_biographies(texts, (row >= last_text) & (line.n_words <= _MAX_BIOGRAPHY)),
        follows_clause=above(line, line.is_text & (line.n_words >= _MIN_CLAUSE)),
        precedes_name=below(line, line.is_name),
        is_habit_to_terminate=is_habit | is_gallery,
    )


def _add_neighbours(placed: PlacedFeatures) -> ParagraphFeatures:
    is_unterminated = placed.is_unterminated & ~placed.is_about
    is_above_unterminated, is_below_unterminated = below(placed, is_unterminated), above(placed, is_unterminated)
    # Bylines may stand between the headline and its deck; pictures come later.
    is_above_deck = placed.opens | (placed.is_about & placed.is_near_top)
    is_lone = ~is_above_unterminated | below(placed, placed.is_about) | below(placed, placed.n_words <= _MAX_ASIDE)
    return ParagraphFeatures(
        **vars_of(placed),
        is_listed=_are_listed(placed, is_unterminated),
        is_linked=_are_linked(placed, is_unterminated),
        is_speaker=placed.is_speaker_label & below(placed, placed.is_text),
        is_tweeted=below(placed, placed.is_tweet_author) & (placed.n_words <= _MAX_TWEET),
        is_deck=above(placed, is_above_deck) & is_lone & placed.has_text_below & placed.is_after_first,
        is_in_run=_are_in_run(placed, is_unterminated & (placed.n_words <= _MAX_SHORT_LINE)),
        is_beside_unterminated=is_above_unterminated | is_below_unterminated,
    )


def _are_listed(placed: PlacedFeatures, is_unterminated: Bools) -> Bools:
    """A list continues to the next terminated paragraph, or to the next heading of a list."""
    goes_on = (is_unterminated | placed.is_item) & placed.has_above
    begins_list = ~placed.is_first & (placed.heads_list | (placed.is_text & placed.ends_in_colon))
    begins_list &= below(placed, goes_on) & below(placed, below(placed, goes_on))  # two items at least
    ends_list = ~begins_list & (~goes_on | placed.heads_list)
    is_inside = previous_true(begins_list)[1:] > previous_true(ends_list)[1:]
    return is_inside & is_unterminated & ~placed.heads_list & (placed.n_words <= _MAX_ITEM)


def _are_linked(placed: PlacedFeatures, is_unterminated: Bools) -> Bools:
    """Links continue to the next paragraph that ends in a full stop."""
    goes_on = is_unterminated & placed.has_above
    is_inside = previous_true(placed.heads_links)[1:] > previous_true(~goes_on & ~placed.heads_links)[1:]
    return is_inside & is_unterminated & (placed.n_words <= _MAX_ITEM)


def _are_in_run(placed: PlacedFeatures, is_short: Bools) -> Bools:
    is_middle = is_short & above(placed, is_short) & below(placed, is_short)
    return is_middle | (is_short & (above(placed, is_middle) | below(placed, is_middle)))


def vars_of(features: LineFeatures) -> dict[str, Any]:
    """The fields of a record by name, without derived ones."""
    return {field.name: getattr(features, field.name) for field in fields(features)}


class Documents:
    """Documents as runs of paragraphs, for counts and places in each.

    `has_above` says of each paragraph whether it belongs to the document of the one before.

    >>> documents = Documents(np.array([False, True, False]))
    >>> chosen = np.array([False, True, True])
    >>> documents.count(chosen).tolist(), documents.first(chosen).tolist(), documents.last(~chosen).tolist()
    ([1, 1, 1], [1, 1, 2], [0, 0, -1])
    """

    def __init__(self, has_above: Bools) -> None:
        self.row = np.arange(len(has_above))
        starts = np.flatnonzero(~has_above)
        ends = shifted(starts, -1, fill=len(has_above))
        document = np.cumsum(~has_above) - 1
        self._start, self._end = starts[document], ends[document]

    def count(self, which: Bools) -> NDArray[np.int32]:
        """How many are chosen in the document of each paragraph."""
        n_chosen = exclusive_sum(which)
        counts: NDArray[np.int32] = n_chosen[self._end] - n_chosen[self._start]
        return counts

    def first(self, which: Bools) -> Ints:
        """The row of the first that is chosen in the document of each paragraph; -1 if none is."""
        first = next_true(which)[self._start]
        return np.where(first < self._end, first, -1)

    def last(self, which: Bools) -> Ints:
        """The row of the last that is chosen in the document of each paragraph; -1 if none is."""
        last = previous_true(which)[self._end]
        return np.where(last >= self._start, last, -1)
