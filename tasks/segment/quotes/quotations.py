"""Quotations: what they are, and who is quoted.

Where they open and close, `marks` says; what stands around each of them in its sentence, `narration`. A reporting clause
there (`speakers`) gives speaker and verb, and `people` says for whom a pronoun stands.

A quotation is *speech* if a reporting clause governs it or if it is longer than a few words, a *title* if it is written
like one and nobody says it, and else *scare*: words of the author, held at arm's length.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import polars as pl

from tasks.parts import unlimited
from tasks.schemas import QUOTATION_KINDS, QUOTATION_MARKS, QUOTATIONS
from tasks.segment.quotes.context import Narration
from tasks.segment.quotes.coreference import settle_speakers
from tasks.segment.quotes.marks import open_with_mark
from tasks.segment.quotes.reporting_clauses import find_cues
from tasks.segment.quotes.tagger import verbs_by_number
from tasks.text.arrays import exclusive_sum, previous_true
from tasks.text.buffers import TextBuffer
from tasks.text.characters import CharClass as Is
from tasks.text.characters import are_letters, classes_at, skip

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tasks.parts import Parts


class Quotation(NamedTuple):
    """A quoted span with what it is (speech, scare or title) and, where the text tells, speaker and reporting verb."""

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
_MARKS = "\"'“”„«»‘’‚`"
_BYTES_OF_MARKS = sorted({mark.encode()[0] for mark in _MARKS})


def find_quotations_in(text: str, *, runs_on: bool = False, introduced_by: str = "") -> list[Quotation]:
    r"""The quotations of one paragraph; `introduced_by` is the paragraph before it, if that ends in a colon.

    Speakers are told as the text has them; pronouns are resolved where the whole document is known.

    >>> for found in find_quotations_in("They were a 'sham' and 'noise', Ada Brandt claimed. A \"modest\" reform."):
    ...     print(found.kind, found.speaker, found.cue, found.cue_grade)
    speech Ada Brandt claim slanted
    speech Ada Brandt claim slanted
    scare None None None
    """
    texts = pl.Series([introduced_by, text])
    narration = Narration(TextBuffer.of(texts), np.array([False, runs_on]), np.zeros(2, bool), np.array([False, True]))
    found = _describe(texts, narration).filter(pl.Series(narration.spans.row == 1))
    return [Quotation(*row) for row in found.select(Quotation._fields).iter_rows()]


def find_quotations(
    paragraphs: pl.DataFrame, texts: TextBuffer | None = None, parts: Parts | None = None
) -> pl.DataFrame:
    """The quotations of all paragraphs, as the table `quotations` declares them.

    `paragraphs` has document_id, paragraph_index, text and, if it comes from `split_paragraphs`, marker; its rows are in
    document order, for speech runs on over paragraphs and "he" is somebody named before. `texts` are the bytes of the
    paragraphs, if they are read already; the quotations are added to `parts`.

    >>> paragraphs = pl.DataFrame({"document_id": ["d"] * 3, "paragraph_index": [0, 1, 2], "text": [
    ...     "'The bridge is closed,' Ada Brandt said.", "'And it will stay so.'", "She added: 'For good.'"]})
    >>> find_quotations(paragraphs).select("paragraph_index", "start", "end", "speaker", "cue").rows()
    [(0, 0, 23, 'Ada Brandt', 'say'), (1, 0, 22, 'Ada Brandt', None), (2, 11, 22, 'Ada Brandt', 'add')]
    """
    texts = texts or TextBuffer.of(paragraphs["text"])
    parts = parts or unlimited()
    n_marks = sum(int(np.count_nonzero(texts.data == byte)) for byte in _BYTES_OF_MARKS)
    parts.check(n_marks, "quotation marks and apostrophes", each=0.25)
    document = paragraphs["document_id"].rle_id().to_numpy()
    goes_on = np.append(False, document[1:] == document[:-1])[: len(document)]
    runs_on = np.append((goes_on & open_with_mark(texts))[1:], False)[: len(document)]
    is_block = (
        (paragraphs["marker"] == ">").to_numpy() if "marker" in paragraphs.columns else np.zeros(len(goes_on), bool)
    )
    narration = Narration(texts, runs_on, is_block, goes_on)
    parts.add(len(narration.spans.row), "quotations")
    found = _describe(paragraphs["text"], narration)
    found = found.with_columns(settle_speakers(narration, found))
    place = paragraphs.select("document_id", pl.col("paragraph_index").cast(pl.Int32))[narration.spans.row]
    return QUOTATIONS.conform(place.hstack(found))


def _describe(texts: pl.Series, narration: Narration) -> pl.DataFrame:
    """All that a `Quotation` holds, a row for each; pronouns stand as they are."""
    spans, buffer = narration.spans, narration.texts
    offset = buffer.code_points(buffer.offsets)[spans.row]
    inner = buffer.cut(spans.start, spans.end).str.strip_chars(_MARKS)
    found = pl.DataFrame(
        {
            "start": (buffer.code_points(spans.start) - offset).astype(np.int32),
            "end": (buffer.code_points(spans.end) - offset).astype(np.int32),
            "mark": pl.Series(QUOTATION_MARKS, dtype=pl.Enum(QUOTATION_MARKS)).gather(spans.mark),
            "unclosed": spans.unclosed,
            "inner": inner,
            "n_words": _count_words(inner),
            "before": narration.before(),
            "after": narration.after(),
        }
    )
    cues = find_cues(found["before"], found["after"], _introductions(texts, narration))
    kinds = _kinds(found, cues.verb)
    is_speech = kinds == _SPEECH
    # "'...,' Smith said. '...'": the last speech in the paragraph that somebody was said to speak
    above = previous_true((cues.verb > 0) & is_speech)[:-1]
    is_bare = found.select((pl.col("before") == "") & (pl.col("n_words") > 1)).to_series().to_numpy()
    carries_on = (cues.verb == 0) & is_bare & (above >= 0) & (spans.row[np.maximum(above, 0)] == spans.row)
    cue = np.where(carries_on, above, np.where(is_speech, np.arange(len(above)), -1))
    verb = np.where(cue < 0, 0, cues.verb[cue])
    lemmas, grades = _verb_columns()
    return found.with_columns(
        pl.Series("kind", QUOTATION_KINDS, QUOTATIONS.schema["kind"]).gather(np.where(carries_on, _SPEECH, kinds)),
        pl.when(pl.Series(verb > 0)).then(cues.speaker.gather(np.maximum(cue, 0))).alias("speaker"),
        lemmas.gather(verb),
        grades.gather(verb),
    )


def _count_words(texts: pl.Series) -> NDArray[np.int32]:
    """How many words each text has: of what stands between white space, all that holds a letter or digit.

    >>> _count_words(pl.Series(["It's 5 – or so", "", "–"])).tolist()
    [4, 0, 0]
    """
    buffer = TextBuffer.of(texts)
    is_bound = buffer.data == ord(" ")
    is_bound[buffer.spaces] = True
    wide = np.flatnonzero(buffer.data >= 0xC0)
    is_bound[wide] = (classes_at(buffer, wide) & Is.SPACE) != 0
    is_bound = np.append(is_bound, True)
    is_bound[buffer.offsets] = True
    bounds = np.flatnonzero(is_bound)
    n_letters = exclusive_sum(are_letters(buffer))[bounds]
    n_words = exclusive_sum(n_letters[1:] > n_letters[:-1])[np.searchsorted(bounds, buffer.offsets)]
    return np.diff(n_words)


@cache
def _verb_columns() -> tuple[pl.Series, pl.Series]:
    """What `cue` and `cue_grade` are by the number of the verb."""
    verbs = verbs_by_number()[1:]
    return (
        pl.Series("cue", [None, *(verb.lemma for verb in verbs)], dtype=pl.String),
        pl.Series("cue_grade", [None, *(verb.grade for verb in verbs)], QUOTATIONS.schema["cue_grade"]),
    )


_INTRODUCTION = 300  # code points of the paragraph above, in which its reporting clause is looked for


def _introductions(texts: pl.Series, narration: Narration) -> pl.Series:
    """Of each quotation that opens its paragraph, the end of the paragraph above if that ends in a colon."""
    spans, buffer = narration.spans, narration.texts
    first = buffer.offsets[spans.row]
    opens = narration.goes_on[spans.row] & (buffer.data[np.maximum(first, 1) - 1] == ord(":"))
    opens &= skip(buffer, first, spans.start, Is.SPACE) == spans.start
    rows = np.flatnonzero(opens)
    above = texts.gather(spans.row[rows] - 1).str.tail(_INTRODUCTION)
    return pl.Series([""], dtype=pl.String).new_from_index(0, len(opens)).scatter(rows, above)


_TITLE_SMALL_WORDS = frozenset("a an and as at by de for from in into la le of on or the to up vs with".split())
_LONGEST_WORK = 60  # code points
_WORK = re.compile(
    r"(?:film|movie|book|novel|song|album|single|show|series|play|programme|program|podcast|documentary|drama|comedy|"
    r"sitcom|musical|opera|poem|essay|article|column|magazine|newspaper|painting|exhibition|memoir|titled|entitled|"
    r"game|track|hit|episode|[’']s)\W*(?:\w+\W+)?$"
)
_MAX_SCARE_WORDS = 3
_MAX_WOVEN_WORDS = 2
_FUNCTION_WORDS = frozenset(
    """a about after against all along although amid among an and are as at be because been before being between both but
    by can could did do does during each either even every for from had has have he her him his how if in into is it its
    just may might more most must my near no nor not of off on once one only onto or our out over per shall she should
    since so some such than that the their them then there these they this those though through to too toward under until
    up upon was we were what when where whether which while who whom whose why will with would yet you your""".split()
)
_NEXT_WORD = re.compile(r"\s+([a-z][\w'’-]*)")
_OF_ONESELF = re.compile(
    r"(?:\b(?:said|says|told|added|insisted|admitted)\b.{0,40}\b(?:he|she)(?:\s(?:also|would be|had|has))?\s)$"
)
_LONGEST_OF_ONESELF = 64  # code points that it may match
_WORD_CHARACTER = re.compile(r"\w")


def _is_woven_in(inner: str, n_words: int, before: str, after: str) -> bool:
    """Whether what somebody is reported to have said is the author's sentence but for a word or two held at arm's length.

    In "he spoke of a 'desperate' strategy" and "said it 'obviously' could not" the marked word stands inside a phrase of
    the author's own, where in "said it was 'desperate'" it is all that was said. So is a feeling of the speaker himself:
    "he said he 'respects' him".
    """
    if n_words > _MAX_WOVEN_WORDS or not inner[-1:].isalnum():
        return False
    following = _NEXT_WORD.match(after)
    if inner.endswith("ly") and n_words == 1:
        return following is not None
    if following and (following[1] == "of" or following[1] not in _FUNCTION_WORDS):
        return bool(before)
    return bool(after[:1].isspace() and _OF_ONESELF.search(before[-_LONGEST_OF_ONESELF:]))


_NO_TITLE = r"(?:^|\s)[a-z]{5}"  # no small word of titles is as long


def _is_titled(inner: str) -> bool:
    """Whether all words are written as those of titles are."""
    return _WORD_CHARACTER.search(inner) is not None and all(
        word[0].isupper() or word[0].isdigit() or word.lower() in _TITLE_SMALL_WORDS or not _WORD_CHARACTER.search(word)
        for word in inner.split()
    )


def _kinds(found: pl.DataFrame, verb: NDArray[np.int64]) -> NDArray[np.int64]:
    """What each quotation is, as its place in QUOTATION_KINDS; `found` has mark, inner, n_words, before and after, `verb` is that of its cue."""
    inner, before = pl.col("inner"), pl.col("before")
    looks = found.select(
        is_block=pl.col("mark") == "block",
        ends_sentence=inner.str.tail(1).is_in([".", "!", "?", "…"]),
        is_led_up_to=before.str.strip_chars_end().str.ends_with(":"),
        has_words_before=before.str.strip_chars() != "",
        begins_sentence=inner.str.contains(r"^\p{Lu}"),
    )
    is_block, ends_sentence, is_led_up_to, has_words_before, begins_sentence = (
        column.to_numpy() for column in looks.get_columns()
    )
    frames = np.array([one.frame for one in verbs_by_number()])
    n_words, has_cue, is_statement = found["n_words"].to_numpy(), verb > 0, frames[verb] == "that"
    is_sentence = begins_sentence & ends_sentence & ~has_words_before
    is_speech = has_cue | is_led_up_to | (n_words > _MAX_SCARE_WORDS) | is_sentence
    kinds = np.where(is_speech | is_block, _SPEECH, _SCARE)
    may_be_woven = np.flatnonzero(is_statement & (n_words <= _MAX_WOVEN_WORDS) & ~is_block)
    woven = map(_is_woven_in, *(found[name].gather(may_be_woven) for name in ("inner", "n_words", "before", "after")))
    kinds[may_be_woven[list(woven)]] = _SCARE
    # A title that is named as one, if only the verb may have named it, too; or of some words inside a sentence.
    titled = np.flatnonzero((~has_cue | is_statement) & ~is_block)
    titled = titled[~found["inner"].gather(titled).str.contains(_NO_TITLE).to_numpy()]
    titled = titled[list(map(_is_titled, found["inner"].gather(titled)))]
    is_set_in = (~has_cue & ~is_led_up_to & (n_words > 1) & ~ends_sentence & has_words_before)[titled]
    others = titled[~is_set_in]
    is_named = [_WORK.search(before) is not None for before in found["before"].gather(others).str.tail(_LONGEST_WORK)]
    kinds[titled[is_set_in]] = kinds[others[is_named]] = _TITLE
    return kinds
