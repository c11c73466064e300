"""The kind of a paragraph: headline, subheading, bullet, body, caption, byline, boilerplate or other, from plain text.

Body text consists of sentences, so it ends in a full stop. For other text, form, place and neighbours decide:

- the *headline* opens the document, or is the title that its source gives;
- a *subheading* is short, or has a word in capitals, and is alone above body text, or alone below the headline;
- a *caption* describes a picture in a whole clause without a full stop, and often says so ("pictured", "left"), repeats
  the body, or is beside other captions;
- a *byline* says who wrote it, when and where; the signature of a letter is one;
- *boilerplate* belongs to the page: share and comment lines, notices, teasers, who the author is;
- *other* is not prose: tables, scores, line-ups, prices, times, addresses, code, ornaments.

If few paragraphs of a document end in a full stop, its absence is no evidence.

`RULES` contains all of this: the first rule that holds for the features of a paragraph decides. The same rules are
applied to one paragraph (`classify`) and to columns of them (`classify_paragraphs`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from tasks.schemas import KINDS
from tasks.segment.blocks.context import MAX_HEADLINE, ParagraphFeatures, above, below, place_features
from tasks.segment.blocks.duplicates import find_duplicates
from tasks.segment.blocks.features import extract_features
from tasks.text.buffers import TextBuffer

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from tasks.text.arrays import Bools, Ints

_KIND = pl.Enum(KINDS)
_MIN_CAPTION = 9  # words of a clause with a place and an act
_MIN_IN_GALLERY = 5  # of a caption beside another unterminated line
_MIN_SENTENCES = 25  # of unterminated text with the end of a sentence inside
_MIN_LINE = 12  # words of text in documents without full stops
_PAGE_SCORE, _PAGE_SCORE_OUTSIDE = 7, 4
_MAX_CALL = 12  # words of a short call to the reader inside the text
_WORDS_A_POINT = 7  # of text for each point
_MIN_PROMOTION = 6  # words in capitals inside a text; headings are shorter
_MIN_COPIED = 0.4  # share of a caption's word pairs that are in the body, if there are captions around it


@dataclass(frozen=True)
class Rule:
    """If `holds` is true of a paragraph's features, this is its kind."""

    id: str
    kind: str
    holds: Callable[[ParagraphFeatures], Bools]


def _is_lowercase(p: ParagraphFeatures) -> Bools:
    return ~p.is_title_case & ~p.is_all_caps


def _is_inside(p: ParagraphFeatures) -> Bools:
    """Alone between texts, not near the top."""
    return p.has_above & p.has_text_below & ~p.is_near_top & ~p.is_beside_unterminated


def _speaks_of_page(p: ParagraphFeatures) -> Bools:
    """About the page or to its reader: more so in the middle of the text, less at its end or in a line without a stop."""
    is_outside = p.is_unterminated | ~p.has_long_text_below | (p.n_words <= _MAX_CALL)
    needed = np.where(is_outside, _PAGE_SCORE_OUTSIDE, _PAGE_SCORE)
    is_dense = p.page_score * _WORDS_A_POINT >= p.n_words
    return (p.page_score >= needed) & is_dense & ~p.is_first & p.is_after_first & ~p.has_byline_form & ~p.is_item


RULES = (
    Rule("title_of_source", "headline", lambda p: p.is_title),
    Rule("opens_document", "headline", lambda p: p.opens),
    Rule("boilerplate_pattern", "boilerplate", lambda p: p.is_boilerplate),
    Rule("speaks_of_its_page", "boilerplate", _speaks_of_page),
    Rule("breadcrumb", "boilerplate", lambda p: p.is_breadcrumb & ~p.is_first),
    Rule("author_biography", "boilerplate", lambda p: p.is_biography & ~p.is_first),
    Rule("links_below_heading", "boilerplate", lambda p: p.is_linked),
    Rule("byline_pattern", "byline", lambda p: p.has_byline_form),
    Rule("signature_below_text", "byline", lambda p: p.is_signed),
    Rule("name_near_top", "byline", lambda p: p.is_author_name),
    Rule("heading_marker", "subheading", lambda p: p.is_heading),
    Rule("list_marker", "bullet", lambda p: p.is_item),
    Rule("list_without_markers", "bullet", lambda p: p.is_listed),
    Rule("no_letters", "other", lambda p: p.lacks_letters),
    Rule("table", "other", lambda p: p.is_table),
    Rule("no_prose_pattern", "other", lambda p: p.is_other),
    Rule("label_of_speaker", "other", lambda p: p.is_speaker),
    Rule("above_author_of_tweet", "other", lambda p: p.is_tweeted),
    Rule("caption_label_or_credit", "caption", lambda p: p.is_labelled),
    Rule("question_above_text", "subheading", lambda p: p.is_question & p.has_text_below),
    Rule("terminated", "body", lambda p: ~p.is_unterminated),
    Rule("greeting", "body", lambda p: p.is_greeting),
    # The following rules are only for unterminated paragraphs.
    Rule("live_report", "body", lambda p: p.is_live_entry),
    Rule(
        "promotion_in_capitals",
        "boilerplate",
        lambda p: p.is_in_capitals & _is_inside(p) & (p.n_words >= _MIN_PROMOTION),
    ),
    Rule("speaks_of_picture", "caption", lambda p: p.is_pictured),
    Rule("unterminated_copy", "caption", lambda p: p.is_copy & (p.n_words >= _MIN_IN_GALLERY)),
    Rule("no_habit_to_terminate", "body", lambda p: ~p.is_habit_to_terminate & (p.n_words >= _MIN_LINE)),
    Rule("too_long_for_heading", "body", lambda p: (p.n_words > MAX_HEADLINE) & ~p.is_all_caps),
    Rule("sentences_inside", "body", lambda p: p.has_break & (p.n_words >= _MIN_SENTENCES)),
    Rule("section_name", "subheading", lambda p: p.is_section),
    Rule("below_headline", "subheading", lambda p: p.is_deck),
    Rule("quotation_above_text", "subheading", lambda p: p.is_quoted & p.has_text_below),
    Rule("clause", "caption", lambda p: (p.n_words >= _MIN_CAPTION) & _is_lowercase(p)),
    Rule("one_of_short_lines", "bullet", lambda p: p.is_in_run & ~p.is_near_top & ~p.heads_list),
    Rule(
        "clause_in_gallery",
        "caption",
        lambda p: p.is_beside_unterminated & (p.n_words >= _MIN_IN_GALLERY) & _is_lowercase(p),
    ),
    Rule("above_text", "subheading", lambda p: p.has_more_below),
    Rule("nothing_else_holds", "other", lambda p: p.n_words >= 0),
)
"""In order: the first that holds decides. The last one always holds."""

BESIDE_CAPTIONS = Rule("copies_text_beside_captions", "caption", lambda p: p.copied_ratio >= _MIN_COPIED)
"""For paragraphs that `RULES` call body, but that are directly above or below a caption. A full stop is weak evidence
there.
"""

_ALL_RULES = (*RULES, BESIDE_CAPTIONS)
_KIND_OF_RULE = np.array([KINDS.index(rule.kind) for rule in _ALL_RULES])
_BODY, _CAPTION = KINDS.index("body"), KINDS.index("caption")


def classify(features: ParagraphFeatures, *, is_beside_caption: bool = False) -> tuple[str, str]:
    """The rule that decides about one paragraph, and its kind.

    >>> classify(ParagraphFeatures.one(n_words=3, is_first=True))
    ('opens_document', 'headline')
    >>> classify(ParagraphFeatures.one(n_words=12, is_terminated=True))
    ('terminated', 'body')
    """
    rule = next(rule for rule in RULES if rule.holds(features))
    if rule.kind == "body" and is_beside_caption and BESIDE_CAPTIONS.holds(features):
        rule = BESIDE_CAPTIONS
    return rule.id, rule.kind


def find_rules(features: ParagraphFeatures) -> Ints:
    """`classify` for columns of features: the index in `RULES` of the rule for each; their number for `BESIDE_CAPTIONS`."""
    rules = np.select([rule.holds(features) for rule in RULES], range(len(RULES)), len(RULES) - 1)
    kinds = _KIND_OF_RULE[rules]
    is_caption = kinds == _CAPTION
    is_beside = above(features, is_caption) | below(features, is_caption)
    rules[(kinds == _BODY) & is_beside & BESIDE_CAPTIONS.holds(features)] = len(RULES)
    return rules.astype(np.int64)


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
    compared, features = describe_paragraphs(paragraphs, documents, texts)
    kinds = pl.Series("kind", KINDS, _KIND).gather(_KIND_OF_RULE[find_rules(features)])
    return compared.drop("copied_ratio").with_columns(kinds)


def name_rules(paragraphs: pl.DataFrame, documents: pl.DataFrame) -> list[str]:
    """The ids of the rules that decide the kinds of `paragraphs`, for debugging."""
    _, features = describe_paragraphs(paragraphs, documents)
    return [_ALL_RULES[rule].id for rule in find_rules(features).tolist()]


def describe_paragraphs(
    paragraphs: pl.DataFrame, documents: pl.DataFrame, texts: TextBuffer | None = None
) -> tuple[pl.DataFrame, ParagraphFeatures]:
    """`paragraphs` as `find_duplicates` returns them, and all their features."""
    texts = texts or TextBuffer.of(paragraphs["text"])
    line = extract_features(paragraphs, _count_spaces(texts) + 1)
    compared = find_duplicates(paragraphs, pl.Series(line.is_terminated & ~line.is_boilerplate), texts)
    is_copy, copied_ratio = compared["duplicate_of"].is_not_null().to_numpy(), compared["copied_ratio"].to_numpy()
    is_title = _are_titles(paragraphs, documents)
    return compared, place_features(line, paragraphs["text"], is_title, is_copy, copied_ratio)


def _are_titles(paragraphs: pl.DataFrame, documents: pl.DataFrame) -> Bools:
    if documents["title"].null_count() == len(documents):
        return np.zeros(len(paragraphs), bool)
    titles = documents.select("document_id", title=pl.col("title").cast(pl.String).str.strip_chars())
    titles = paragraphs.select("document_id").join(titles, on="document_id", how="left", maintain_order="left")
    return (paragraphs["text"] == titles["title"]).fill_null(value=False).to_numpy()


def _count_spaces(texts: TextBuffer) -> NDArray[np.int32]:
    breaks = texts.spaces[texts.data[texts.spaces] != ord(" ")]
    n_spaces, n_breaks = (np.diff(np.searchsorted(places, texts.offsets)) for places in (texts.spaces, breaks))
    return (n_spaces - n_breaks).astype(np.int32)
