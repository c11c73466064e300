"""What a paragraph is: headline, subheading, bullet, body, caption, byline, boilerplate or other, from plain text.

Body text is what sentences are made of: it ends in a full stop. What does not is set apart by place, form and company:

- the *headline* opens the document, or is the title that its source gives;
- a *subheading* is short, or shouts a word, and stands alone above body text, or stands alone below the headline;
- a *caption* describes a picture in a whole clause without a full stop, often says so ("pictured", "left"), often repeats
  the body, and often stands beside other captions;
- a *byline* tells who wrote it, when and where; a letter's signature is one;
- *boilerplate* is the page's furniture: share and comment lines, notices, teasers (data/boilerplate.txt), who the author is;
- *other* is what is no prose: tables, scores, line-ups, prices, times, addresses, code, ornaments.

A missing full stop proves nothing where nobody sets any: the document's habit decides.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from tasks.schemas import KINDS
from tasks.segment.blocks import features as forms
from tasks.segment.blocks.duplicates import find_duplicates
from tasks.text.arrays import exclusive_sum, next_true, previous_true
from tasks.text.buffers import TextBuffer

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Flags = NDArray[np.bool_]

_KIND = pl.Enum(KINDS)
_MAX_HEADLINE = 45  # words; tabloids tell the whole story in one
_MAX_SHORT_HEADLINE = 20  # of one that holds a full stop: "The bridge will not save us. A boat might"
_MIN_CAPTION = 9  # a clause with a place and an act
_MIN_IN_GALLERY = 5  # of a caption beside another loose line
_MIN_SENTENCES = 25  # of loose text with a sentence's end inside
_MIN_LINE = 12  # of loose text where nobody sets full stops
_MAX_ITEM = 25
_MAX_NAME = 4
_MAX_BIOGRAPHY = 50
_MAX_ASIDE = 3
_NEAR_TOP = 3  # paragraphs below the first one
_MIN_CLAUSE, _MIN_ENDED = 8, 0.25  # share of the paragraphs of so many words that end in a full stop, where it is set
_MIN_CAPTIONS = 2  # with credit, in a gallery
_MIN_COPIED = 0.4  # share of a caption's word pairs that the body has, where captions stand around it


def classify_paragraphs(
    paragraphs: pl.DataFrame, documents: pl.DataFrame, texts: TextBuffer | None = None
) -> pl.DataFrame:
    """`paragraphs` with kind, duplicate_of ("document_id:paragraph_index" of the first copy in the document, exact or
    nearly so, or null) and fingerprint.

    `paragraphs` comes from `split_paragraphs`, `documents` has document_id and title; `texts` are the bytes of the
    paragraphs, if they are read already.

    >>> texts = ["Bridge closed after flood", "By Nora Faber", "The bridge was closed on Monday.", "What happens now?",
    ...     "A long queue of cars waits before the old bridge (pictured)", "Traffic stood still for hours.", "View all"]
    >>> paragraphs = pl.DataFrame({"document_id": ["d"] * 7, "paragraph_index": range(7), "text": texts, "marker": [""] * 7})
    >>> documents = pl.DataFrame({"document_id": ["d"], "title": [None]}, schema={"document_id": str, "title": str})
    >>> classify_paragraphs(paragraphs, documents)["kind"].to_list()
    ['headline', 'byline', 'body', 'subheading', 'caption', 'body', 'boilerplate']
    """
    texts = texts or TextBuffer.of(paragraphs["text"])
    n_words = _count_spaces(texts) + 1
    looks = forms.look(paragraphs["text"], n_words) | {"is_title": _are_titles(paragraphs, documents)}
    repeated = find_duplicates(paragraphs, pl.Series(looks["is_ended"] & ~looks["is_furniture"]), texts)
    looks["is_repeat"] = repeated["duplicate_of"].is_not_null().to_numpy()
    kinds = _decide(paragraphs, n_words, looks, repeated["repeated_ratio"].to_numpy())
    return repeated.drop("repeated_ratio").with_columns(kinds)


def _are_titles(paragraphs: pl.DataFrame, documents: pl.DataFrame) -> Flags:
    if documents["title"].null_count() == len(documents):
        return np.zeros(len(paragraphs), bool)
    titles = documents.select("document_id", title=pl.col("title").cast(pl.String).str.strip_chars())
    titles = paragraphs.select("document_id").join(titles, on="document_id", how="left", maintain_order="left")
    return (paragraphs["text"] == titles["title"]).fill_null(value=False).to_numpy()


def _count_spaces(texts: TextBuffer) -> NDArray[np.int32]:
    breaks = texts.spaces[texts.data[texts.spaces] != ord(" ")]
    n_spaces, n_breaks = (np.diff(np.searchsorted(places, texts.offsets)) for places in (texts.spaces, breaks))
    return (n_spaces - n_breaks).astype(np.int32)


def _decide(
    paragraphs: pl.DataFrame, n_words: NDArray[np.int32], looks: dict[str, Flags], repeated_ratio: NDArray[np.float64]
) -> pl.Series:
    """The kind of each paragraph from what is seen of it, of its neighbours and of its document."""
    marker = paragraphs["marker"]
    is_heading, is_quote = marker.str.starts_with("#").to_numpy(), (marker == ">").to_numpy()
    is_item = (marker != "").to_numpy() & ~is_quote & ~is_heading
    is_ended, is_furniture, is_byline = looks["is_ended"], looks["is_furniture"], looks["is_byline"] | looks["is_dated"]
    is_titled, is_shouted, has_break = looks["is_titled"], looks["is_shouted"], looks["has_break"]
    is_name, heads_list = looks["is_name"], looks["heads_list"]
    place = _Places(paragraphs["document_id"])
    is_other = (
        looks["lacks_letters"] | looks["is_table"] | looks["is_code"] | looks["is_no_prose"] | looks["is_line_up"]
    )
    is_other |= looks["is_score"] & place.is_same_above  # above a report it is the headline
    # Neither set apart by its form nor ended: to be told by its place and company.
    is_loose = ~(is_ended | is_item | is_heading | is_other | is_furniture | is_byline | is_quote)
    is_text = is_ended & ~is_furniture & ~is_byline & ~is_heading & ~is_other
    n_paragraphs = place.count(np.ones(len(marker), bool))
    # Where few paragraphs that could be sentences end in a full stop, its lack says nothing, but in a gallery.
    is_clause_long = (n_words >= _MIN_CLAUSE) & ~is_item
    sets_stops = place.count(is_clause_long & is_ended) >= _MIN_ENDED * place.count(is_clause_long)
    sets_stops |= place.count(looks["is_labelled"]) >= _MIN_CAPTIONS
    first = place.first(~(is_furniture | is_byline | is_other | looks["is_section"]))
    is_first = (place.row == first) & (n_paragraphs > 1)
    last_text = place.last(is_text | is_item)
    has_text_below = place.row < last_text
    has_more_below = place.row < place.last(is_text | is_item | is_other)
    is_headline = is_loose & (n_words <= np.where(has_break, _MAX_SHORT_HEADLINE, _MAX_HEADLINE))
    opens = is_first & (is_heading | is_headline | looks["is_question"] | looks["asks"])
    is_prose = ~sets_stops & (n_words >= _MIN_LINE)
    is_prose |= ((n_words > _MAX_HEADLINE) & ~is_shouted) | (has_break & (n_words >= _MIN_SENTENCES))
    # A name alone near the top is the author's, and so is one below the last text; in between it may be anybody's.
    is_near_top = (first >= 0) & (place.row > first) & (place.row <= first + _NEAR_TOP)
    is_short_name = is_name & (n_words <= _MAX_NAME) & ~paragraphs["text"].str.ends_with(")").to_numpy()
    is_signed = place.above(is_text & (n_words >= _MIN_CLAUSE)) & (
        looks["is_signature"] | (is_short_name & ~has_text_below)
    )
    is_signed |= is_name & is_near_top & ~place.below(is_name) & has_text_below
    is_signed &= ~is_first
    is_about = is_byline | is_signed
    # Who the author is stands below all that the author wrote.
    is_author = ~is_first & forms.are_biographies(
        paragraphs["text"], (place.row >= last_text) & (n_words <= _MAX_BIOGRAPHY)
    )
    # What follows the heading of a list, or a colon, is a list, up to the next paragraph that ends in a full stop.
    is_loose &= ~is_about
    above_loose, below_loose = place.above(is_loose), place.below(is_loose)
    goes_on = (is_loose | is_item) & place.is_same_above
    begins_list = ~is_first & (heads_list | (is_text & paragraphs["text"].str.ends_with(":").to_numpy()))
    begins_list &= place.below(goes_on) & place.below(place.below(goes_on))
    is_listed = (
        previous_true(begins_list)[place.row + 1] > previous_true(~begins_list & (~goes_on | heads_list))[place.row + 1]
    )
    is_listed &= is_loose & ~heads_list & (n_words <= _MAX_ITEM)
    # The line below the headline carries it on, also below the byline; pictures come later.
    is_lone = ~below_loose | place.below(is_about) | place.below(n_words <= _MAX_ASIDE)
    is_above_deck = (is_first & opens) | (is_about & (first >= 0) & (place.row <= first + _NEAR_TOP))
    is_deck = place.above(is_above_deck) & is_lone & has_text_below & (first >= 0) & (place.row > first)
    is_clause = (n_words >= _MIN_CAPTION) & ~is_titled & ~is_shouted
    in_gallery = (above_loose | below_loose) & (n_words >= _MIN_IN_GALLERY) & ~is_titled & ~is_shouted
    rules = (
        (looks["is_title"] | opens, "headline"),
        (is_furniture | is_author, "boilerplate"),
        (is_about, "byline"),
        (is_heading, "subheading"),
        (is_item | is_listed, "bullet"),
        (is_other, "other"),
        (looks["is_labelled"], "caption"),
        (looks["is_question"] & place.below(np.ones(len(marker), bool)) & has_text_below, "subheading"),
        (~is_loose | looks["is_greeting"], "body"),
        (looks["is_pictured"] | (looks["is_repeat"] & (n_words >= _MIN_IN_GALLERY)), "caption"),
        (is_prose, "body"),
        (looks["is_section"] | is_deck | (looks["is_quoted"] & has_text_below), "subheading"),
        (is_clause | in_gallery, "caption"),
        (has_more_below, "subheading"),
    )
    kinds = np.select([holds for holds, _ in rules], [KINDS.index(kind) for _, kind in rules], KINDS.index("other"))
    # A full stop does not save what half repeats the body and stands among captions.
    is_caption, is_body = kinds == KINDS.index("caption"), kinds == KINDS.index("body")
    is_late_caption = is_body & (repeated_ratio >= _MIN_COPIED) & (place.above(is_caption) | place.below(is_caption))
    kinds[is_late_caption] = KINDS.index("caption")
    return pl.Series("kind", KINDS, _KIND).gather(kinds)


class _Places:
    """Where paragraphs stand in their documents, which are in order."""

    def __init__(self, document_id: pl.Series) -> None:
        document = document_id.rle_id().to_numpy()
        self.row = np.arange(len(document))
        self.is_same_above = np.append(False, document[1:] == document[:-1])[: len(document)]
        begins = np.flatnonzero(~self.is_same_above)
        ends = np.append(begins[1:], len(document))
        self._begin, self._end = begins[document], ends[document]

    def count(self, which: Flags) -> NDArray[np.int32]:
        """How many are chosen in the document of each."""
        n_chosen = exclusive_sum(which)
        counts: NDArray[np.int32] = n_chosen[self._end] - n_chosen[self._begin]
        return counts

    def first(self, which: Flags) -> NDArray[np.int64]:
        """The row of the first that is chosen in the document of each; -1 if none is."""
        first = next_true(which)[self._begin]
        return np.where(first < self._end, first, -1)

    def last(self, which: Flags) -> NDArray[np.int64]:
        """The row of the last that is chosen in the document of each; -1 if none is."""
        last = previous_true(which)[self._end]
        return np.where(last >= self._begin, last, -1)

    def above(self, which: Flags) -> Flags:
        """Whether the one above each in its document is chosen."""
        is_below_chosen: Flags = self.is_same_above & np.append(False, which)[:-1]
        return is_below_chosen

    def below(self, which: Flags) -> Flags:
        """Whether the one below each in its document is chosen."""
        return np.append((which & self.is_same_above)[1:], False)[: len(which)]
