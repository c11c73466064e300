"""Quotations: their kinds and their speakers.

`marks` decides where they open and close, and `context` finds the text around each of them in its sentence. A reporting
clause there (`reporting_clauses`) gives speaker and verb; `naming` resolves pronouns. The kind of a quotation follows from its words, its reporting clause and the words around it, by the rules in `_kinds`:

- *speech* if a reporting clause says that somebody said it, or if it is longer than a few words: Ada Brandt called it
  'a disgrace'.
- *title* if it is written like one and nobody says it: the novel 'The Long Way Down'
- *scare* (scare quotes) else: words from which the author keeps a distance. A so-called 'reform'.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import polars as pl

from tasks.parts import unlimited
from tasks.schemas import QUOTATION_KINDS, QUOTATION_MARKS, QUOTATIONS
from tasks.segment.quotes.context import Blocks, QuotationContext, stand_in_name
from tasks.segment.quotes.mark_rules import MARKS
from tasks.segment.quotes.marks import open_with_mark
from tasks.segment.quotes.reporting_clauses import find_reporting_clauses
from tasks.segment.quotes.reporting_verbs import COLON, NO_CUE, verbs_by_number
from tasks.segment.quotes.turns import find_turns
from tasks.segment.quotes.word_classes import alternatives, word_classes
from tasks.text.arrays import exclusive_sum, previous_true
from tasks.text.buffers import TextBuffer
from tasks.text.characters import CharClass, are_letters, classes_at, skip

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tasks.parts import Parts
    from tasks.text.arrays import Bools, Ints


class Quotation(NamedTuple):
    """A quoted span with its kind (speech, scare or title) and, if the text says so, speaker and reporting verb."""

    start: int
    end: int
    mark: str
    kind: str
    speaker: str | None
    cue: str | None
    cue_grade: str | None
    n_words: int
    unclosed: bool


_SPEECH, _SCARE, _TITLE = map(QUOTATION_KINDS.index, ("speech", "scare", "title"))
_BYTES_OF_MARKS = sorted({mark.encode()[0] for mark in MARKS})


def find_quotations_in(text: str, *, runs_on: bool = False, introduced_by: str = "") -> list[Quotation]:
    r"""The quotations of one paragraph; `introduced_by` is the paragraph before it, if that ends in a colon.

    Speakers are named as in the text; pronouns are resolved only where the whole document is known.

    >>> for found in find_quotations_in("They were a 'sham' and 'noise', Ada Brandt claimed. A \"modest\" reform."):
    ...     print(found.kind, found.speaker, found.cue, found.cue_grade)
    speech Ada Brandt claim slanted
    speech Ada Brandt claim slanted
    scare None None None
    """
    texts = pl.Series([introduced_by, text])
    context = QuotationContext(
        TextBuffer.of(texts),
        np.array([False, runs_on]),
        Blocks(np.zeros(2, bool), np.zeros(2, np.int64)),
        np.array([-1, 0]),
    )
    found = _describe(texts, context, np.zeros(2, bool)).filter(pl.Series(context.spans.row == 1))
    return [Quotation(*row) for row in found.select(Quotation._fields).iter_rows()]


def read_quotations(
    paragraphs: pl.DataFrame, texts: TextBuffer | None = None, parts: Parts | None = None
) -> pl.DataFrame:
    """The quotations of paragraphs (see `find_quotations`) with their speakers as the text has them, and two more columns:
    parted, whether the quotation before was interrupted in the same sentence ("'It,' said Orr, 'is over.'"); and
    carries_on, whether it is by the speaker of the quotation before.
    """
    texts = texts or TextBuffer.of(paragraphs["text"])
    parts = parts or unlimited()
    n_marks = sum(int(np.count_nonzero(texts.data == byte)) for byte in _BYTES_OF_MARKS)
    parts.check(n_marks, "quotation marks and apostrophes", each=0.25)
    above = _rows_above(paragraphs)
    follows = np.flatnonzero(above >= 0)
    runs_on = np.zeros(len(above), bool)
    runs_on[above[follows]] = open_with_mark(texts)[follows]
    turns = find_turns(paragraphs, above)
    is_block = turns.is_turn.copy()
    if "marker" in paragraphs.columns:
        is_block |= (paragraphs["marker"] == ">").to_numpy()
    block_start = texts.offsets[:-1].copy()
    rows = np.flatnonzero(turns.start)
    block_start[rows] += texts.bytes_at(rows, turns.start[rows])
    context = QuotationContext(texts, runs_on, Blocks(is_block, block_start), above)
    parts.add(len(context.spans.row), "quotations")
    is_headline = np.zeros(len(above), bool)
    if "kind" in paragraphs.columns:
        is_headline = (paragraphs["kind"].cast(pl.String) == "headline").fill_null(value=False).to_numpy()
    found = _describe(paragraphs["text"], context, is_headline)
    is_labelled = np.flatnonzero(turns.start[context.spans.row])
    labels = turns.speaker.gather(context.spans.row[is_labelled])
    found = found.with_columns(found["speaker"].scatter(is_labelled, labels))
    place = paragraphs.select("document_id", pl.col("paragraph_index").cast(pl.Int32))[context.spans.row]
    carries_on = pl.Series("carries_on", _carry_on(context, found), pl.Boolean)
    return QUOTATIONS.conform(place.hstack(found)).hstack([found["parted"], carries_on])


def _rows_above(paragraphs: pl.DataFrame) -> Ints:
    """The row of the paragraph above each one in its document, -1 if there is none. Boilerplate between them ("READ MORE")
    does not count.
    """
    is_text = np.ones(paragraphs.height, bool)
    if "kind" in paragraphs.columns:
        is_text = (paragraphs["kind"].cast(pl.String) != "boilerplate").fill_null(value=True).to_numpy()
    document = paragraphs["document_id"].rle_id().to_numpy()
    above = previous_true(is_text)[:-1]
    return np.where((above >= 0) & (document[above] == document) & is_text, above, -1)


def _describe(texts: pl.Series, context: QuotationContext, is_headline: Bools) -> pl.DataFrame:
    """All that a `Quotation` holds, a row for each; pronouns stand as they are. `is_headline` has an element for each text."""
    spans, buffer = context.spans, context.texts
    offset = buffer.code_points(buffer.offsets)[spans.row]
    inner = buffer.cut(spans.start, spans.end).str.strip_chars(MARKS)
    found = pl.DataFrame(
        {
            "start": (buffer.code_points(spans.start) - offset).astype(np.int32),
            "end": (buffer.code_points(spans.end) - offset).astype(np.int32),
            "mark": pl.Series(QUOTATION_MARKS, dtype=pl.Enum(QUOTATION_MARKS)).gather(spans.mark),
            "unclosed": spans.unclosed,
            "inner": inner,
            "n_words": count_words(inner),
            "before": context.before(),
            "after": context.after(),
            "is_headline": is_headline[spans.row],
        }
    )
    clauses = find_reporting_clauses(found["before"], found["after"], _introductions(texts, context))
    kinds = _kinds(found, clauses.verb)
    is_speech = kinds == _SPEECH
    # "'...,' Smith said. '...'": the last speech in the paragraph that has a reporting clause
    above = previous_true((clauses.verb > 0) & is_speech)[:-1]
    is_bare = found.select((pl.col("before") == "") & (pl.col("n_words") > 1)).to_series().to_numpy()
    is_bare &= ~_stand_behind_sentences(context)
    carries_on = (clauses.verb == 0) & is_bare & (above >= 0) & (spans.row[np.maximum(above, 0)] == spans.row)
    cue = np.where(carries_on, above, np.where(is_speech, np.arange(len(above)), -1))
    verb = np.where(cue < 0, 0, clauses.verb[cue])
    lemmas, grades = _verb_columns()
    return found.with_columns(
        (pl.col("before").str.contains("\0", literal=True) & pl.col("inner").shift().str.ends_with(",")).alias(
            "parted"
        ),
        pl.Series("kind", QUOTATION_KINDS, QUOTATIONS.schema["kind"]).gather(np.where(carries_on, _SPEECH, kinds)),
        pl.when(pl.Series(verb > 0)).then(clauses.speaker.gather(np.maximum(cue, 0))).alias("speaker"),
        lemmas.gather(verb),
        grades.gather(verb),
    )


def count_words(texts: pl.Series) -> NDArray[np.int32]:
    """The number of words in each text: pieces between white space with a letter or digit.

    >>> count_words(pl.Series(["It's 5 – or so", "", "–"])).tolist()
    [4, 0, 0]
    """
    buffer = TextBuffer.of(texts)
    is_bound = buffer.data == ord(" ")
    is_bound[buffer.spaces] = True
    wide = np.flatnonzero(buffer.data >= 0xC0)
    is_bound[wide] = (classes_at(buffer, wide) & CharClass.SPACE) != 0
    is_bound = np.append(is_bound, True)
    is_bound[buffer.offsets] = True
    bounds = np.flatnonzero(is_bound)
    n_letters = exclusive_sum(are_letters(buffer))[bounds]
    n_words = exclusive_sum(n_letters[1:] > n_letters[:-1])[np.searchsorted(bounds, buffer.offsets)]
    return np.diff(n_words)


@cache
def _verb_columns() -> tuple[pl.Series, pl.Series]:
    """The values of `cue` and `cue_grade` by the number of the verb."""
    verbs = [None if verb in {NO_CUE, COLON} else verb for verb in verbs_by_number()]
    return (
        pl.Series("cue", [verb and verb.lemma for verb in verbs], dtype=pl.String),
        pl.Series("cue_grade", [verb and verb.grade for verb in verbs], QUOTATIONS.schema["cue_grade"]),
    )


_INTRODUCTION = 300  # code points of the paragraph above, in which its reporting clause is searched for


def _introductions(texts: pl.Series, context: QuotationContext) -> pl.Series:
    """For each quotation that opens its paragraph, the end of the paragraph above if that ends in a colon."""
    spans, buffer = context.spans, context.texts
    first = buffer.offsets[spans.row]
    above = context.above[spans.row]
    opens = (above >= 0) & (buffer.data[np.maximum(buffer.offsets[above + 1], 1) - 1] == ord(":"))
    opens &= skip(buffer, first, spans.start, CharClass.SPACE) == spans.start
    rows = np.flatnonzero(opens)
    introductions = texts.gather(above[rows]).str.tail(_INTRODUCTION)
    return pl.Series([""], dtype=pl.String).new_from_index(0, len(opens)).scatter(rows, introductions)


_LONGEST_WORK = 60  # code points
_WORK = re.compile(rf"(?:{alternatives('works')}|[’']s)\W*(?:\w+\W+)?$")
_MAX_SCARE_WORDS = 3
_MAX_EMBEDDED_WORDS = 2
_NEXT_WORD = re.compile(r"\s+([a-z][\w'’-]*)")
_OF_ONESELF = re.compile(
    r"(?:\b(?:said|says|told|added|insisted|admitted)\b.{0,40}\b(?:he|she)(?:\s(?:also|would be|had|has))?\s)$"
)
_LONGEST_OF_ONESELF = 64  # maximum number of code points that it matches
_WORD_CHARACTER = re.compile(r"\w")


def _is_embedded(inner: str, n_words: int, before: str, after: str) -> bool:
    """Whether a quotation of one or two words is embedded in a phrase of the author's. Then only these words are taken
    from what somebody said, and the author keeps a distance from them.

    In "he spoke of a 'desperate' strategy" and "said it 'obviously' could not" the quoted word is inside a phrase of
    the author's, but in "said it was 'desperate'" it is all that was said. A feeling of the speaker is embedded, too:
    "he said he 'respects' him".
    """
    if n_words > _MAX_EMBEDDED_WORDS or not inner[-1:].isalnum():
        return False
    following = _NEXT_WORD.match(after)
    if inner.endswith("ly") and n_words == 1:
        return following is not None
    if following and (following[1] == "of" or following[1] not in word_classes()["function_words"]):
        return bool(before)
    return bool(after[:1].isspace() and _OF_ONESELF.search(before[-_LONGEST_OF_ONESELF:]))


_LONGEST_LEAD = 40  # code points
_LONGEST_NAME = 4  # words
_MENTION = re.compile(
    r"(?:\b(?:term|word|phrase|name|label|slogan|expression|nickname|hashtag)s?,?|so-called|self-styled)\s*$"
)
_NAMING = re.compile(
    r"\b(?:(?:known|famous|billed) as|dubbed|nicknamed|christened|titled|entitled|named|goes by|(?:which|that) \S+ (?:calls?|called))(?: the| a)?\s*$"
)
_MADE = re.compile(r"\b(?:wrote|writes|written|sang|sings|sung|penned|directed|directs|published|read|reads)\s*$")
_NO_TITLE_ENDS = ",.!?…"
_NO_TITLE = r"(?:^|\s)[a-z]{5}"  # short words of titles are not as long


def _is_titled(inner: str) -> bool:
    """Whether all words are written like words of a title."""
    return _WORD_CHARACTER.search(inner) is not None and all(
        word[0].isupper()
        or word[0].isdigit()
        or word.lower() in word_classes()["title_words"]
        or not _WORD_CHARACTER.search(word)
        for word in inner.split()
    )


class _Features(NamedTuple):
    """The features of a quotation for the rules about kinds."""

    is_block: Bools
    has_clause: Bools
    """There is a reporting clause."""
    is_statement: Bools
    """The reporting verb governs a statement ("said that"), not a name or a person ("called him")."""
    is_introduced: Bools
    """There is a colon before it."""
    inside_sentence: Bools
    """There are words of its sentence before it."""
    is_sentence: Bools
    """It is a complete sentence by itself."""
    ends_sentence: Bools
    is_short: Bools
    """It has up to three words."""
    is_word: Bools
    """It has one word at most."""
    is_headline: Bools
    is_mentioned: Bools
    """It is named as a word: "the term '...'"."""
    is_named: Bools
    """It is somebody's or something's name: "known as the '...'", "Ada '...' Brandt"."""
    opens_clause: Bools
    """It is the subject of its sentence: "'...' opens in May"."""


def _features(found: pl.DataFrame, verb: Ints) -> _Features:
    inner, before = pl.col("inner"), pl.col("before")
    is_short = pl.col("n_words") <= _MAX_SCARE_WORDS
    ends_sentence = inner.str.tail(1).is_in([".", "!", "?", "…"])
    inside_sentence = before.str.strip_chars() != ""
    columns = found.select(
        is_block=pl.col("mark") == "block",
        is_introduced=before.str.strip_chars_end().str.ends_with(":"),
        inside_sentence=inside_sentence,
        is_sentence=inner.str.contains(r"^\p{Lu}") & ends_sentence & ~inside_sentence,
        ends_sentence=ends_sentence,
        is_short=is_short,
        is_word=pl.col("n_words") <= 1,
        is_headline=pl.col("is_headline"),
    )
    is_mentioned, is_named, opens_clause = _name_things(found)
    frames = np.array([one.frame for one in verbs_by_number()])
    return _Features(
        **{column.name: column.to_numpy() for column in columns},
        has_clause=verb > 0,
        is_mentioned=is_mentioned,
        is_named=is_named,
        opens_clause=opens_clause,
        is_statement=frames[verb] == "that",
    )


def _name_things(found: pl.DataFrame) -> tuple[Bools, Bools, Bools]:
    """Which quotations of a few words are mentioned as words, are names, or are the subject of their sentence."""
    flags = np.zeros((3, len(found)), bool)
    some = np.flatnonzero(found["n_words"].to_numpy() <= _LONGEST_NAME)
    columns = (found[name].gather(some).to_list() for name in ("n_words", "before", "after", "is_headline"))
    flags[:, some] = np.array([_names_thing(*row) for row in zip(*columns, strict=True)], bool).reshape(-1, 3).T
    return flags[0], flags[1], flags[2]


def _names_thing(n_words: int, before: str, after: str, is_headline: bool) -> tuple[bool, bool, bool]:
    """Whether a quotation is mentioned as a word ("the term '...'"), is a name ("known as '...'", "Ada '...' Brandt"), and is
    the subject of its sentence ("'...' opens in May").
    """
    lead = before[-_LONGEST_LEAD:]
    is_name = _NAMING.search(lead) is not None
    is_name |= n_words <= _MAX_SCARE_WORDS and not is_headline and stand_in_name(lead, after)
    return (
        _MENTION.search(lead) is not None,
        is_name,
        not before.strip() and after[:1].isspace() and after[1:2].islower(),
    )


def _kinds(found: pl.DataFrame, verb: Ints) -> Ints:
    """The kind of each quotation, as its index in QUOTATION_KINDS; `found` has mark, inner, n_words, before and after,
    `verb` is the verb of its reporting clause. The first rule that holds decides.
    """
    has = _features(found, verb)
    is_said = has.has_clause | has.is_introduced | has.is_sentence | ~has.is_short
    is_said |= has.is_headline & ~has.is_word  # a headline quotes others
    return np.select(
        [_are_titles(found, has), has.is_block, has.is_mentioned & has.is_short, _are_embedded(found, has), is_said],
        [_TITLE, _SPEECH, _SCARE, _SCARE, _SPEECH],
        _SCARE,
    )


def _are_embedded(found: pl.DataFrame, has: _Features) -> Bools:
    """Which quotations are embedded in the author's own phrase, see `_is_embedded`."""
    are_embedded = np.zeros(len(found), bool)
    some = np.flatnonzero(has.is_statement & (found["n_words"].to_numpy() <= _MAX_EMBEDDED_WORDS))
    columns = (found[name].gather(some) for name in ("inner", "n_words", "before", "after"))
    are_embedded[some] = list(map(_is_embedded, *columns))
    return are_embedded


def _are_titles(found: pl.DataFrame, has: _Features) -> Bools:
    """Which quotations are written like a title and are either inside a sentence, of several words, without a reporting
    clause; or after the name of a kind of work ("the novel '...'"), even with a verb of statement.
    """
    are_titles = np.zeros(len(found), bool)
    some = np.flatnonzero((~has.has_clause | has.is_statement | has.is_named) & ~has.is_block)
    some = some[~found["inner"].gather(some).str.contains(_NO_TITLE).to_numpy()]
    some = some[list(map(_is_titled, found["inner"].gather(some)))]
    is_set_in = ~has.has_clause & ~has.is_introduced & ~has.is_word & ~has.ends_sentence
    is_set_in &= (has.inside_sentence | has.opens_clause) & ~has.is_headline
    is_set_in |= has.is_named & ~has.is_introduced
    others = some[~is_set_in[some]]
    before = found["before"].gather(others).str.tail(_LONGEST_WORK)
    are_titles[others] = [_WORK.search(text) is not None for text in before]
    leads = found["before"].gather(others).str.tail(_LONGEST_LEAD)
    ends = found["inner"].gather(others).str.tail(1)
    is_made = [
        _MADE.search(lead) is not None and end not in _NO_TITLE_ENDS for lead, end in zip(leads, ends, strict=True)
    ]
    are_titles[others] |= np.array(is_made, bool) & ~has.is_word[others]
    are_titles[some[is_set_in[some]]] = True
    return are_titles


def _stand_behind_sentences(context: QuotationContext) -> Bools:
    """Before which quotations a whole sentence of the author's stands, after the sentence of the quotation before."""
    spans = context.spans
    behind = np.zeros(len(spans.row), bool)
    some = np.flatnonzero(spans.row[1:] == spans.row[:-1]) + 1
    between = context.masked.cut(spans.end[some - 1], spans.start[some])
    behind[some] = between.str.replace_all(_ABBREVIATED, "").str.contains(_SENTENCE_BETWEEN).to_numpy()
    return behind


_ABBREVIATED = rf"(?i)\b(?:{alternatives('honorifics')})\."
_SENTENCE_BETWEEN = r"(?s)^[^.!?…]*[.!?…]+[\"”’]?\s+\p{Lu}\S*(?:\s+\S+){2,}?[.!?…]+[\"”’]?\s*$"
_BLOCK = QUOTATION_MARKS.index("block")


def _carry_on(context: QuotationContext, found: pl.DataFrame) -> Bools:
    """Which quotations continue the speech above: they have no reporting clause, consist of whole sentences, are a
    paragraph each, and follow a paragraph that begins or ends with speech.
    """
    spans, offsets = context.spans, context.texts.offsets
    n = len(spans.row)
    is_speech = (found["kind"] == "speech").to_numpy()
    begins, ends = spans.start == offsets[spans.row], spans.end == offsets[spans.row + 1]
    first = np.searchsorted(spans.row, spans.row)  # quotation of the paragraph
    before = np.maximum(first - 1, 0)
    is_alone = (first == np.arange(n)) & (np.append(spans.row[1:], -1) != spans.row)
    carries_on: Bools = begins & ends & is_alone & is_speech & found["cue"].is_null().to_numpy()
    carries_on &= (spans.mark != _BLOCK) & (first > 0)
    carries_on &= (
        (spans.row[before] == context.above[spans.row]) & is_speech[before] & (begins[first[before]] | ends[before])
    )
    some = np.flatnonzero(carries_on & ~spans.unclosed)
    last = found["inner"].gather(some).str.tail(1)
    carries_on[some] = last.is_in([".", "!", "?", "…"]).to_numpy()
    return carries_on
