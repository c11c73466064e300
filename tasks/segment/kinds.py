"""What a paragraph is: headline, subheading, bullet, body, caption, byline, boilerplate or other, from plain text.

Body text is what sentences are made of: it ends in a full stop. What does not is set apart by place, form and company:

- the *headline* opens the document, or is the title that its source gives;
- a *subheading* is short, or shouts a word, and stands alone above body text, or stands alone below the headline;
- a *caption* describes a picture in a whole clause without a full stop, often says so ("pictured", "left"), often repeats
  the body, and often stands beside other captions;
- a *byline* tells who wrote it, and when;
- *boilerplate* is the page's furniture: share and comment lines, notices, teasers (furniture.txt);
- *other* is what is no prose: tables, addresses, code, ornaments.

A missing full stop proves nothing where nobody sets any: the document's habit decides.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from tasks.buffers import TextBuffer
from tasks.schemas import KINDS
from tasks.segment.repeats import find_repeats

if TYPE_CHECKING:
    from numpy.typing import NDArray

_KIND = pl.Enum(KINDS)
_NO_LETTER = "*"
_MAX_HEADLINE = 45  # words; tabloids tell the whole story in one
_MAX_FURNITURE = 60  # words of a notice or a caption with full stops
_MIN_CAPTION = 9  # words; a clause with a place and an act
_MAX_BYLINE = 25
_MAX_SUBHEADING = 12
_MIN_CLAUSE, _MIN_ENDED = 8, 0.25  # share of the paragraphs of so many words that end in a full stop, where it is set
_MIN_COPIED = 0.4  # share of a caption's word pairs that the body has, where captions stand around it

_ENDED = r"(?:[.!?…:;]|[.!?…,]\s?[\"'”’»)\]*_]{1,3}|[\p{Ll}\"'”’)]\.\s*[\[(]?\d{1,2}[\])]?)$"
_MONTH = (
    "(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?|"
    "Nov(?:ember)?|Dec(?:ember)?)"
)
_NAME = f"[{''.join(filter(str.isupper, map(chr, range(0x530))))}][\\w'’.-]*"  # Latin, Greek and Cyrillic capitals
_BYLINES = (
    # two names at least: "By Monday the river" is no byline
    rf"(?:[Bb]y|BY|[Ww]ords by|[Rr]eport(?:ed|ing)? by|[Ww]ritten by|[Ss]tory by|[Tt]ext by|[Ii]nterview(?:ed)? by)\s+{_NAME}(?:\s{_NAME})+(?:$|,|\s(?:and|in|for|at|with|[|/–—-])\s.*)",
    r"(?:By|From) our (?:own |\w+ )?(?:correspondent|reporter|staff)",
    r"\(?(?:Additional [Rr]eporting|Reporting|Writing|Editing|Compiled|With reporting|Produced) by\b",
    r"(?:Published|Updated|Last updated|Posted|First published|Date|Modified|Last modified)\b\W{0,3}(?:on |at )?.{0,60}\d.{0,30}$",
    rf"(?:(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day,? )?(?:\d{{1,2}}(?:st|nd|rd|th)? {_MONTH}\.?|{_MONTH}\.? \d{{1,2}}(?:st|nd|rd|th)?),? (?:19|20)\d\d\b.{{0,30}}$",
    r"(?:19|20)\d\d-\d\d-\d\d.{0,20}$",
    rf"{_NAME}(?: {_NAME}){{1,3}}(?:,| [–—|-])? (?:\w+ ){{0,2}}(?:[Cc]orrespondent|[Rr]eporter|[Ee]ditor|[Ww]riter)\b[^.]{{0,60}}$",
    r"\S+@\S+\.\w+$",
)
_BYLINE = re.compile(rf"\A(?:{'|'.join(_BYLINES)})")
_IN_BYLINES = [
    "by", "By", "BY", "From our", "Published", "Updated", "updated", "Posted", "published", "Date", "odified", "19", "20",
    "orrespondent", "eporter", "ditor", "riter", "@",
]  # fmt: skip
_TWO_NAMES = re.compile(rf"\A{_NAME}(?: {_NAME}){{1,2}}$")
_CAPTION_LABEL = r"^(?:PICTURED|Pictured|Above|Left|Right|Below|Inset|Photos?|Pictures?|Image|Caption|File photo|File picture|Photograph|Illustration|Graphic)(?:\s\([^)]*\))?\s*[:|]"
_PICTURES = ["Photograph", "Photo", "Picture", "Image", "Credit", "Pic", "Illustration"]
_AGENCIES = [
    "Getty", "Reuters", "REUTERS", "AFP", "AP", "PA", "EPA", "Shutterstock", "Alamy", "Handout", "Supplied", "Rex",
]  # fmt: skip
_CREDITS = (
    rf"(?:{'|'.join(_PICTURES)})s?(?: by| credit| courtesy of)?\s*:\s*\S.{{0,60}}$",
    rf"[/(\[|]\s*(?:{'|'.join(_AGENCIES)})\b[^.]{{0,30}}[)\]]?\.?$",
    r"^(?:Photograph|Photo|Picture)s? by\b",  # of a whole paragraph, or near enough
)
_CREDIT = re.compile("|".join(_CREDITS))
_CREDIT_LENGTH = 100  # code points from the end
_PICTURED = "|".join(
    (
        r"\((?:[Pp]ictured|above|left|right|below|centre|center|inset|file)\b[^)]{0,40}\)",
        r"\b[Pp]ictured\b",
        r"\b[Ff]ile (?:photo|picture|image|photograph)\b",
        r"\b(?:photo|picture|image|photograph) (?:shows|courtesy|by|taken)\b",
    )
)
_TABLE = r"^(?:[^0-9]{0,30}[0-9][0-9.,%/:-]*){2,}[^0-9]{0,12}$|\t|\S\s{3,}\S+\s{3,}\S|^\|.*\|$"
_CODE = r"^(?:https?://\S+|www\.\S+|\{.*\}|<[^>]+>.*|[\w.-]+\(.*\);?|@\w+|#\w+)$"
_SHOUT = r"\b\p{Lu}{4,}\b"
_ACRONYMS = r"\b(?:COVID|UNICEF|UNESCO|NASDAQ|USAID|INTERPOL|ASEAN|OPEC|NATO|NASA|AIDS|FIFA|UEFA|RSPCA|UKIP|DEFRA)\b"
_SENTENCE_BREAK = r"[\p{Ll}\d][.!?][\"'”’)]*\s+[\"'“‘(]?\p{Lu}"
_QUESTION = (
    r"^(?:What|Why|How|Who|When|Where|Which|Is|Are|Can|Could|Will|Would|Does|Do|Did|Should|Has|Have)\b[^.!?\"“]*\?$"
)


def classify_paragraphs(paragraphs: pl.DataFrame, documents: pl.DataFrame) -> pl.DataFrame:
    """`paragraphs` with kind, duplicate_of ("document_id:paragraph_index" of the first copy in the document, exact or
    nearly so, or null) and fingerprint.

    `paragraphs` comes from `split_paragraphs`, `documents` has document_id and title.

    >>> texts = ["Bridge closed after flood", "By Nora Faber", "The bridge was closed on Monday.", "What happens now?",
    ...     "A long queue of cars waits before the old bridge (pictured)", "Traffic stood still for hours.", "View all"]
    >>> paragraphs = pl.DataFrame({"document_id": ["d"] * 7, "paragraph_index": range(7), "text": texts, "marker": [""] * 7})
    >>> documents = pl.DataFrame({"document_id": ["d"], "title": [None]}, schema={"document_id": str, "title": str})
    >>> classify_paragraphs(paragraphs, documents)["kind"].to_list()
    ['headline', 'byline', 'body', 'subheading', 'caption', 'body', 'boilerplate']
    """
    looks = _look(paragraphs, documents)
    repeated = find_repeats(paragraphs, looks["is_ended"] & ~looks["is_furniture"])
    kinds = _decide(
        looks.with_columns(repeated.select("repeated_ratio", is_repeat=pl.col("duplicate_of").is_not_null()))
    )
    return repeated.drop("repeated_ratio").with_columns(kinds)


def _look(paragraphs: pl.DataFrame, documents: pl.DataFrame) -> pl.DataFrame:
    """What is seen of each paragraph by itself."""
    text = pl.col("text")
    titles = documents.select("document_id", title=pl.col("title").cast(pl.String).str.strip_chars())
    looks = (
        paragraphs.select(
            "document_id",
            "text",
            "marker",
            n_words=pl.Series(_count_spaces(paragraphs["text"]) + 1),
            is_ended=text.str.tail(8).str.contains(_ENDED),
        )
        .with_row_index("row")
        .join(titles, on="document_id", how="left", maintain_order="left")
    )
    # Long paragraphs with a full stop are body text; only the others are looked at closely.
    suspects = looks.filter((pl.col("n_words") <= _MAX_FURNITURE) | ~pl.col("is_ended"))
    tails = suspects["text"].str.tail(_CREDIT_LENGTH)
    suspects = suspects.select(
        "row",
        is_furniture=(pl.col("n_words") <= _MAX_FURNITURE) & _are_furniture(suspects["text"]),
        is_labelled=text.str.contains(_CAPTION_LABEL)
        | _match(tails, tails.str.contains_any(_PICTURES + _AGENCIES), _CREDIT),
        is_byline=_match(suspects["text"], _may_be_bylines(suspects), _BYLINE),
        is_question=(pl.col("n_words") <= _MAX_SUBHEADING) & text.str.contains(_QUESTION),
        has_letters=text.str.contains(r"\p{L}"),
    )
    loose = looks.filter(~pl.col("is_ended"))
    loose = loose.select(
        "row",
        is_pictured=text.str.contains(_PICTURED),
        is_table=text.str.contains(_TABLE) & (pl.col("n_words") <= 25),
        is_code=text.str.contains(_CODE),
        is_name=_match(loose["text"], loose["n_words"].is_between(2, 3), _TWO_NAMES),
        is_shouted=text.str.replace_all(_ACRONYMS, "").str.contains(_SHOUT),
        is_titled=text.str.count_matches(r"(?:^|\s)[\"'“‘(]?[\p{Lu}\d]") >= 0.6 * pl.col("n_words"),
        has_break=text.str.contains(_SENTENCE_BREAK),
    )
    seen = [*suspects.columns[1:], *loose.columns[1:]]
    return (
        looks.join(suspects, on="row", how="left", maintain_order="left")
        .join(loose, on="row", how="left", maintain_order="left")
        .with_columns(pl.col("has_letters").fill_null(value=True))
        .with_columns(pl.col(seen).fill_null(value=False))
    )


def _count_spaces(texts: pl.Series) -> NDArray[np.int32]:
    buffer = TextBuffer.of(texts)
    filled = np.flatnonzero(np.diff(buffer.offsets))
    counts = np.zeros(len(texts), np.int32)
    counts[filled] = np.add.reduceat(buffer.data == ord(" "), buffer.offsets[filled], dtype=np.int32)
    return counts


def _are_furniture(texts: pl.Series) -> pl.Series:
    openings, needed, further_on = _furniture()
    # Each paragraph is shown what begins with its first word; one pattern of all that may open one takes ten times as long.
    first_words = texts.str.extract(r"^[^0-9A-Za-z]{0,3}([A-Za-z]+)").str.to_lowercase()
    rows = first_words.is_in(list(openings)).arg_true()
    some = zip(first_words.gather(rows).to_list(), texts.gather(rows).to_list(), strict=True)
    opens = pl.Series([openings[word].match(text) is not None for word, text in some], dtype=pl.Boolean)
    opens_with_letter = texts.str.head(1).str.to_lowercase().is_between("a", "z")
    is_furniture = _match(texts, texts.str.contains_any(needed, ascii_case_insensitive=True), further_on)
    is_furniture |= _match(texts, ~opens_with_letter, openings[_NO_LETTER])
    return is_furniture.scatter(rows.filter(opens), values=True)


def _may_be_bylines(suspects: pl.DataFrame) -> pl.Series:
    """Which paragraphs are short and hold letters that some byline holds."""
    short = (suspects["n_words"] <= _MAX_BYLINE).arg_true()
    holds = suspects["text"].gather(short).str.contains_any(_IN_BYLINES)
    return pl.Series([False]).new_from_index(0, len(suspects)).scatter(short.filter(holds), values=True)


def _match(texts: pl.Series, is_likely: pl.Series, pattern: re.Pattern[str]) -> pl.Series:
    """Which of the likely texts, which are few, hold a match of the pattern."""
    # Polars compiles a pattern again for every batch, which takes longer for a large one than Python takes for these.
    rows = is_likely.arg_true()
    found = [pattern.search(text) is not None for text in texts.gather(rows).to_list()]
    matches = pl.Series([False]).new_from_index(0, len(texts))
    return matches.scatter(rows.filter(pl.Series(found, dtype=pl.Boolean)), values=True)


@cache
def _furniture() -> tuple[dict[str, re.Pattern[str]], list[str], re.Pattern[str]]:
    """By each word that furniture may begin with, all that does; the letters that what stands further on needs, and that."""
    text = files("tasks.segment").joinpath("furniture.txt").read_text("utf-8")
    lines = [line.split("\t") for line in text.splitlines() if line and not line.startswith("#")]
    by_word: dict[str, list[str]] = {}
    for words, pattern in lines:
        if not pattern.startswith("."):
            for word in words.split():
                by_word.setdefault(word, []).append(pattern)
    openings = {word: re.compile(rf"\A\W{{0,3}}(?:{'|'.join(some)})", re.IGNORECASE) for word, some in by_word.items()}
    needed, further_on = zip(*(line for line in lines if line[1].startswith(".")), strict=True)
    return openings, list(needed), re.compile(f"^(?:{'|'.join(further_on)})", re.IGNORECASE)


def _decide(looks: pl.DataFrame) -> pl.Series:
    """The kind of each paragraph from what is seen of it, of its neighbours and of its document."""
    n_words, marker = pl.col("n_words"), pl.col("marker")
    is_item = (marker != "") & (marker != ">") & ~marker.str.starts_with("#")
    is_heading = marker.str.starts_with("#")
    is_other = ~pl.col("has_letters") | pl.col("is_table") | pl.col("is_code")
    looks = looks.with_columns(
        is_item=is_item,
        is_heading=is_heading,
        is_other=is_other,
        # Neither set apart by its form nor ended: to be told by its place and company.
        is_loose=~(pl.col("is_ended") | is_item | is_heading | is_other | pl.col("is_furniture") | pl.col("is_byline"))
        & (marker != ">"),
        is_text=pl.col("is_ended") & ~pl.col("is_furniture") & ~pl.col("is_byline") & ~is_heading,
    )
    of_document = looks.group_by("document_id", maintain_order=True).agg(
        n_paragraphs=pl.len(),
        # Where few paragraphs that could be sentences end in a full stop, its lack says nothing.
        ended_ratio=pl.col("is_ended").filter((n_words >= _MIN_CLAUSE) & ~pl.col("is_item")).mean().fill_null(1.0),
        first=pl.col("row").filter(~(pl.col("is_furniture") | pl.col("is_byline") | is_other)).first(),
        last_text=pl.col("row").filter(pl.col("is_text") | pl.col("is_item")).last().fill_null(0),
    )
    looks = looks.join(of_document, on="document_id", how="left", maintain_order="left")
    same_above = pl.col("document_id") == pl.col("document_id").shift()
    same_below = same_above.shift(-1, fill_value=False)
    above_loose = (same_above & pl.col("is_loose").shift()).fill_null(value=False)
    below_loose = (same_below & pl.col("is_loose").shift(-1)).fill_null(value=False)
    is_first = (pl.col("row") == pl.col("first")).fill_null(value=False) & (pl.col("n_paragraphs") > 1)
    is_title = (pl.col("text") == pl.col("title")).fill_null(value=False)
    opens = is_first & (
        is_heading | (pl.col("is_loose") & (n_words <= _MAX_HEADLINE) & ~pl.col("has_break")) | pl.col("is_question")
    )
    unpunctuated = (pl.col("ended_ratio") < _MIN_ENDED) & (n_words >= _MAX_SUBHEADING)
    is_prose = (
        unpunctuated | ((n_words > _MAX_HEADLINE) & ~pl.col("is_shouted")) | (pl.col("has_break") & (n_words >= 25))
    )
    has_text_below = pl.col("row") < pl.col("last_text")
    # The line below the headline carries it on; pictures come later.
    is_lone = ~below_loose | (n_words.shift(-1) <= 3)
    is_deck = same_above & is_first.shift() & opens.shift() & is_lone & has_text_below
    # A name alone near the top is the author's.
    is_signed = pl.col("is_name") & (pl.col("row") - pl.col("first").cast(pl.Int64)).is_between(1, 3) & ~below_loose
    is_clause = (n_words >= _MIN_CAPTION) & ~pl.col("is_titled") & ~pl.col("is_shouted")
    in_gallery = (above_loose | below_loose) & (n_words >= 5) & ~pl.col("is_titled") & ~pl.col("is_shouted")
    looks = looks.with_columns(
        kind=pl.when(is_title | opens)
        .then(pl.lit("headline"))
        .when(pl.col("is_furniture"))
        .then(pl.lit("boilerplate"))
        .when(pl.col("is_byline") | (is_signed & has_text_below))
        .then(pl.lit("byline"))
        .when(is_heading)
        .then(pl.lit("subheading"))
        .when("is_item")
        .then(pl.lit("bullet"))
        .when("is_other")
        .then(pl.lit("other"))
        .when("is_labelled")
        .then(pl.lit("caption"))
        .when(pl.col("is_question") & same_below & has_text_below)
        .then(pl.lit("subheading"))
        .when(~pl.col("is_loose"))
        .then(pl.lit("body"))
        .when(pl.col("is_pictured") | (pl.col("is_repeat") & (n_words >= 5)))
        .then(pl.lit("caption"))
        .when(is_prose)
        .then(pl.lit("body"))
        .when(is_deck.fill_null(value=False))
        .then(pl.lit("subheading"))
        .when(is_clause | in_gallery)
        .then(pl.lit("caption"))
        .when(has_text_below)
        .then(pl.lit("subheading"))
        .otherwise(pl.lit("other"))
    )
    # A full stop does not save what half repeats the body and stands among captions.
    beside_captions = ((pl.col("kind").shift() == "caption") & same_above) | (
        (pl.col("kind").shift(-1) == "caption") & same_below
    )
    is_late_caption = (pl.col("kind") == "body") & (pl.col("repeated_ratio") >= _MIN_COPIED) & beside_captions
    return looks.select(
        pl.when(is_late_caption.fill_null(value=False))
        .then(pl.lit("caption"))
        .otherwise("kind")
        .cast(_KIND)
        .alias("kind")
    ).to_series()
