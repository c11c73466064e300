"""The features of a paragraph by itself: evidence for its kind from its words and marks, independent of its neighbours.

No model is used: features are patterns of what pages print (data/line_patterns.toml, data/boilerplate.txt) and counts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from tasks.segment.blocks.patterns import are_boilerplate, line_pattern
from tasks.text.arrays import shifted

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

    from tasks.text.arrays import Bools

_MAX_BOILERPLATE = 60  # words of a notice
_MAX_BYLINE = 25
_MAX_QUESTION = 12
_MAX_ROW = 25  # of a table
_MAX_ASKING_HEADLINE = 20
_MAX_NO_PROSE = 6  # words where it ends in a full stop
_MAX_QUOTED_HEADING = 8
_MAX_SECTION = 3
_MAX_EXCLAIMED = 6
_MAX_SHORT_NAME = 4
_MIN_IN_NAMES = 0.5  # share of the words that begin with a capital
_MIN_IN_TITLES = 0.6
_CREDIT_LENGTH = 100  # code points from the end
_MAX_LABEL, _MIN_ITEMS, _MIN_CAPITALS = 90, 5, 0.8  # of a line-up

_OPENING_QUOTES, _CLOSING_QUOTES = list("\"“‘'"), list("\"”’'")
_QUOTES = list('“”«»"')
_AFTER_GREETING = list(",–—-")
_DIGITS = list("0123456789")
_NUMBER = re.compile(r"[0-9][0-9.,%/:-]*")
_WORD = re.compile(r"\b[^\W\d_]{2,}")
_ITEM = re.compile(r"[,;]\s")


@dataclass(frozen=True, kw_only=True)
class LineFeatures:
    """The features of a paragraph by itself, one field for each.

    The fields are arrays with an element for each paragraph; or, of a single paragraph, arrays without a dimension. The
    rules made of them hold for both. A comment "screened" or "unterminated" says that a feature is looked for only there,
    and is false elsewhere: screened are paragraphs that are short or unterminated.
    """

    n_words: NDArray[np.int32]
    """Words separated by spaces."""
    has_above: Bools
    """Its document has a paragraph above it."""
    has_below: Bools
    is_heading: Bools
    """Marked as a heading, by "#"."""
    is_quote: Bools
    """Marked as a quotation, by ">"."""
    is_item: Bools
    """Has any other marker, of a list."""
    is_terminated: Bools
    """Ends in a full stop or another mark that closes a sentence."""
    ends_in_colon: Bools
    ends_in_parenthesis: Bools
    # Screened:
    is_boilerplate: Bools
    is_labelled: Bools
    """Begins as a caption, or ends in a picture credit."""
    is_byline: Bools
    is_question: Bools
    """A short question, or a few words in capitals before a question or exclamation mark."""
    asks: Bools
    """One question of up to twenty words."""
    lacks_letters: Bools
    is_line_up: Bools
    page_score: NDArray[np.int32]
    """How much it speaks of its page or to its reader: see `page_word` in data/line_patterns.toml."""
    is_reference: Bools
    """An entry of a list of sources."""
    is_speaker_label: Bools
    """A name in capitals and a colon."""
    is_tweet: Bools
    """A text of a social network, or its author and date."""
    is_tweet_author: Bools
    """Nothing but who wrote the text above it in a social network."""
    heads_links: Bools
    """Boilerplate that stands above links to other articles."""
    is_cry: Bools
    """Ends in ! or … and most of its words begin with a capital."""
    # Of a few words:
    is_no_prose: Bools
    # Unterminated:
    is_breadcrumb: Bools
    """The path to a page, a row of links or a source."""
    is_live_entry: Bools
    is_in_capitals: Bools
    """Without any small letter."""
    is_pictured: Bools
    is_table: Bools
    is_code: Bools
    is_score: Bools
    is_short_byline: Bools
    is_name: Bools
    is_signature: Bools
    is_section: Bools
    heads_list: Bools
    is_quoted: Bools
    is_greeting: Bools
    is_all_caps: Bools
    """Holds a word of four letters or more in capitals that is not an acronym."""
    is_title_case: Bools
    """Most of its words begin with a capital."""
    has_break: Bools
    """Holds the end of a sentence inside."""

    @cached_property
    def has_byline_form(self) -> Bools:
        """Says who wrote it or when, by its words alone."""
        return self.is_byline | self.is_short_byline

    @cached_property
    def is_other(self) -> Bools:
        """Is not prose. (The result of a match above everything else is the headline.)"""
        is_form: Bools = self.lacks_letters | self.is_table | self.is_code | self.is_no_prose | self.is_line_up
        is_form = is_form | self.is_tweet | self.is_reference
        return is_form | (self.is_score & self.has_above)

    @cached_property
    def is_unterminated(self) -> Bools:
        """Neither terminated nor set apart by its form: its place and its neighbours decide its kind."""
        is_set_apart = self.is_item | self.is_heading | self.is_quote | self.is_other
        return ~(self.is_terminated | is_set_apart | self.is_boilerplate | self.has_byline_form)

    @cached_property
    def is_text(self) -> Bools:
        """Terminated, and nothing else by its form."""
        return self.is_terminated & ~(self.is_boilerplate | self.has_byline_form | self.is_heading | self.is_other)

    @cached_property
    def is_short_name(self) -> Bools:
        """A name alone."""
        return self.is_name & (self.n_words <= _MAX_SHORT_NAME) & ~self.ends_in_parenthesis


def extract_features(paragraphs: pl.DataFrame, n_words: NDArray[np.int32]) -> LineFeatures:
    """The features of `paragraphs` (document_id, text, marker; those of a document together), which have so many words.

    >>> import polars as pl
    >>> texts = ["By Nora Faber", "The boat sank.", "View all"]
    >>> paragraphs = pl.DataFrame({"document_id": ["d"] * 3, "text": texts, "marker": [""] * 3})
    >>> features = extract_features(paragraphs, np.array([3, 3, 2], np.int32))
    >>> features.is_byline.tolist(), features.is_terminated.tolist(), features.is_boilerplate.tolist()
    ([True, False, False], [False, True, False], [False, False, True])
    """
    texts, marker, document = paragraphs["text"], paragraphs["marker"], paragraphs["document_id"].rle_id().to_numpy()
    is_terminated = line_pattern("ended").find(texts.str.tail(8))
    is_heading, is_quote = marker.str.starts_with("#").to_numpy(), (marker == ">").to_numpy()
    has_above = shifted(document, 1, fill=len(document)) == document
    has_below = shifted(has_above, -1, fill=False)
    is_beside = has_above & ~shifted(is_terminated, 1) | has_below & ~shifted(is_terminated, -1)
    flags = {
        "has_above": has_above,
        "has_below": has_below,
        "is_heading": is_heading,
        "is_quote": is_quote,
        "is_item": (marker != "").to_numpy() & ~is_quote & ~is_heading,
        "is_terminated": is_terminated,
        "ends_in_colon": texts.str.ends_with(":").to_numpy(),
        "ends_in_parenthesis": texts.str.ends_with(")").to_numpy(),
    }
    # Long paragraphs with a full stop are body text; only the others are examined closely.
    screened = np.flatnonzero((n_words <= _MAX_BOILERPLATE) | ~is_terminated)
    brief = np.flatnonzero(((n_words <= _MAX_ROW) & ~is_terminated) | (n_words <= _MAX_NO_PROSE))
    unterminated = np.flatnonzero(~is_terminated)
    for rows, extract in ((screened, _of_screened), (brief, _of_brief), (unterminated, _of_unterminated)):
        for name, found in extract(texts.gather(rows), n_words[rows], is_beside[rows]).items():
            flags[name] = np.zeros(len(texts), found.dtype)
            flags[name][rows] = found
    return LineFeatures(n_words=n_words, **flags)


def are_biographies(texts: pl.Series, candidates: Bools) -> Bools:
    """Which of the candidates among `texts` say who an author is."""
    return line_pattern("biography").find(texts, candidates)


def _of_screened(texts: pl.Series, n_words: NDArray[np.int32], _is_beside: Bools) -> dict[str, Bools]:
    tails = texts.str.tail(_CREDIT_LENGTH)
    may_ask = (n_words <= _MAX_ASKING_HEADLINE) & texts.str.ends_with("?").to_numpy()
    is_exclaimed = line_pattern("exclaimed").find(texts, n_words <= _MAX_EXCLAIMED, str.isupper)
    is_boilerplate = (n_words <= _MAX_BOILERPLATE) & are_boilerplate(texts)
    return {
        "is_boilerplate": is_boilerplate,
        "page_score": _score_pages(texts),
        "is_reference": line_pattern("reference").find(texts),
        "is_speaker_label": line_pattern("speaker_label").find(texts),
        "is_tweet": line_pattern("tweet").find(texts),
        "is_tweet_author": line_pattern("tweet_author").find(texts),
        "heads_links": line_pattern("link_heading").find(texts, is_boilerplate),
        "is_cry": _are_cries(texts, n_words),
        "is_labelled": line_pattern("caption_label").find(texts) | line_pattern("credit").find(tails),
        "is_byline": line_pattern("byline").find(texts, n_words <= _MAX_BYLINE),
        "is_question": line_pattern("question").find(texts, n_words <= _MAX_QUESTION) | is_exclaimed,
        "asks": line_pattern("asked").find(texts, may_ask),
        "lacks_letters": ~texts.str.contains(r"\p{L}").to_numpy(),
        "is_line_up": _are_line_ups(texts),
    }


def _score_pages(texts: pl.Series) -> NDArray[np.int32]:
    """Three points for each phrase about the page or to its reader, and one for each word of that kind; none in texts
    without a phrase and in quotations.

    >>> import polars as pl
    >>> _score_pages(pl.Series(["Sign up for our newsletter", "The boat sank", "“Sign up,” she said"])).tolist()
    [7, 0, 0]
    """
    scores = 3 * line_pattern("page_phrase").count(texts)
    rows = np.flatnonzero(scores)
    some = texts.gather(rows)
    scores[rows] += line_pattern("page_word").count(some)
    scores[rows[some.str.contains_any(_QUOTES).to_numpy()]] = 0
    return scores


def _of_unterminated(texts: pl.Series, n_words: NDArray[np.int32], is_beside: Bools) -> dict[str, Bools]:
    """`is_beside`: directly above or below is another unterminated paragraph."""
    n_capitals = texts.str.count_matches(line_pattern("capital_word").regex).to_numpy()
    begins, ends = texts.str.head(1), texts.str.tail(1)
    may_be_quoted = (begins.is_in(_OPENING_QUOTES) & ends.is_in(_CLOSING_QUOTES)).to_numpy()
    may_be_row = texts.str.contains_any(_DIGITS).to_numpy() & (n_words <= _MAX_ROW)
    return {
        "is_breadcrumb": line_pattern("breadcrumb").find(texts, n_words <= _MAX_ROW),
        "is_live_entry": line_pattern("live_entry").find(texts),
        "is_in_capitals": ~texts.str.contains(r"\p{Ll}").to_numpy(),
        "is_pictured": line_pattern("pictured").find(texts),
        "is_table": line_pattern("columns").find(texts, n_words <= _MAX_ROW)
        | line_pattern("row").find(texts, may_be_row, _is_table_row),
        "is_code": line_pattern("code").find(texts),
        "is_score": line_pattern("score").find(texts, may_be_row),
        "is_short_byline": line_pattern("short_byline").find(texts),
        "is_name": line_pattern("only_names").find(texts, n_capitals >= _MIN_IN_NAMES * n_words),
        "is_signature": line_pattern("signature").find(texts),
        # A line above something is not alone.
        "is_section": line_pattern("section").find(texts, (n_words <= _MAX_SECTION) & is_beside),
        "heads_list": line_pattern("list_heading").find(texts, (n_words <= _MAX_QUESTION) & is_beside),
        "is_quoted": line_pattern("quoted").find(texts, may_be_quoted & (n_words <= _MAX_QUOTED_HEADING)),
        "is_greeting": line_pattern("greeting").find(texts, ends.is_in(_AFTER_GREETING).to_numpy()),
        "is_all_caps": line_pattern("capitals_word").find(texts.str.replace_all(line_pattern("acronym").regex, "")),
        "is_title_case": n_capitals >= _MIN_IN_TITLES * n_words,
        "has_break": line_pattern("sentence_break").find(texts),
    }


def _are_cries(texts: pl.Series, n_words: NDArray[np.int32]) -> Bools:
    are_cries = texts.str.tail(1).is_in(["!", "…"]).to_numpy().copy()
    rows = np.flatnonzero(are_cries)
    are_cries[rows] = line_pattern("capital_word").count(texts.gather(rows)) >= _MIN_IN_TITLES * n_words[rows]
    return are_cries


def _of_brief(texts: pl.Series, _n_words: NDArray[np.int32], _is_beside: Bools) -> dict[str, Bools]:
    return {"is_no_prose": line_pattern("no_prose").find(texts)}


def _is_table_row(text: str) -> bool:
    """Whether a text with numbers is the row of a table, unlike a headline.

    A row has fewer words in small letters than twice its numbers, or names two sides.

    >>> _is_table_row("Lund 41, Orr 27 not out"), _is_table_row("5 of the 12 boats were never seen again")
    (True, False)
    """
    words: list[str] = _WORD.findall(text)
    return " vs " in text or sum(word[0].islower() for word in words) < 2 * len(_NUMBER.findall(text))


def _are_line_ups(texts: pl.Series) -> Bools:
    """Which texts are a label and a list of names."""
    colons = texts.str.find(": ", literal=True).fill_null(_MAX_LABEL).to_numpy()
    return line_pattern("line_up_label").find(texts, colons < _MAX_LABEL, _is_list_of_names)


def _is_list_of_names(text: str) -> bool:
    words = text.split()
    n_capitals = sum(word.lstrip("(")[:1].isupper() or word[:1].isdigit() for word in words)
    return len(_ITEM.findall(text)) >= _MIN_ITEMS and n_capitals >= _MIN_CAPITALS * len(words)
